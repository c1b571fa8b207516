// Asks the service and reads what it answers: rows of terms for SELECT, and for CONSTRUCT and DESCRIBE too.
const TRIPLE = /^(<[^>]*>|_:\S+) (<[^>]*>) (<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:\^\^<[^>]*>|@[\w-]+)?) \.$/;
const ESCAPES = { t: "\t", n: "\n", r: "\r", b: "\b", f: "\f" };

const unescaped = (text) =>
  text.replace(/\\(?:u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|(.))/g, (_, four, eight, one) =>
    one ? (ESCAPES[one] ?? one) : String.fromCodePoint(parseInt(four ?? eight, 16)));

function term(written) {
  if (written.startsWith("<")) return { type: "uri", value: unescaped(written.slice(1, -1)) };
  if (written.startsWith("_:")) return { type: "bnode", value: written.slice(2) };
  const end = written.lastIndexOf('"');
  const literal = { type: "literal", value: unescaped(written.slice(1, end)) };
  const rest = written.slice(end + 1);
  if (rest.startsWith("@")) literal["xml:lang"] = rest.slice(1);
  if (rest.startsWith("^^")) literal.datatype = rest.slice(3, -1);
  return literal;
}

/** The answer to `query`: `{variables, rows, triples, truth, cut, slow, milliseconds}`; throws what the service says is wrong. */
export async function ask(query) {
  const started = performance.now();
  const reply = await fetch(new URL("../../sparql", import.meta.url), {
    method: "POST",
    headers: { "Content-Type": "application/sparql-query", Accept: "application/sparql-results+json, application/n-triples;q=0.9" },
    body: query,
  });
  const text = await reply.text();
  const milliseconds = Math.round(performance.now() - started);
  if (!reply.ok) {
    const problem = JSON.parse(text);
    throw Object.assign(new Error(problem.detail), { remedy: problem.remedy ?? "", status: reply.status });
  }
  const [cut, slow] = ["Cut", "Slow"].map((name) => reply.headers.get(`Policygraph-${name}`) ?? "");
  if ((reply.headers.get("Content-Type") ?? "").startsWith("application/n-triples")) {
    const rows = text.split("\n").map((line) => line.match(TRIPLE)).filter(Boolean)
      .map(([, s, p, o]) => ({ subject: term(s), predicate: term(p), object: term(o) }));
    return { variables: ["subject", "predicate", "object"], rows, triples: true, cut, slow, milliseconds };
  }
  const answer = JSON.parse(text);
  if ("boolean" in answer) return { truth: answer.boolean, variables: [], rows: [], cut, slow, milliseconds };
  return { variables: answer.head.vars, rows: answer.results.bindings, triples: false, cut, slow, milliseconds };
}
