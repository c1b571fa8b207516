// The query page: editor, examples, and the answer as table and as graph.
import { ask } from "./answer.js";
import { edit } from "./editor.js";
import { namer } from "./names.js";
import { table } from "./table.js";

const { prefixes, terms, base, words } = JSON.parse(document.getElementById("facts").textContent);
const names = namer({ prefixes, base });
const form = document.getElementById("sparql");
const state = document.getElementById("state");
const panels = { table: document.getElementById("as-table"), graph: document.getElementById("as-graph") };
const tabs = [...document.querySelectorAll("[role=tab]")];
const downloads = document.getElementById("downloads");
const textarea = document.getElementById("query");
let answer = null;
let drawn = null;
let wanted = "table";

if (location.hash.startsWith("#q=")) textarea.value = decodeURIComponent(location.hash.slice(3).replace(/\+/g, " "));
const editor = edit(textarea, { prefixes, terms, label: words.query, run: () => form.requestSubmit() });

if (innerWidth < 900) document.querySelector(".side").open = false;
for (const example of document.querySelectorAll("[data-query]")) {
  example.addEventListener("click", () => {
    editor.text = example.dataset.query;
    wanted = example.dataset.as;
    form.requestSubmit();
  });
}
for (const button of document.querySelectorAll("[data-prefix]")) {
  button.addEventListener("click", () => {
    editor.declare([button.dataset.prefix]);
    editor.focus();
  });
}

async function choose(name) {
  for (const tab of tabs) {
    const chosen = tab.dataset.panel === name;
    tab.ariaSelected = String(chosen);
    tab.tabIndex = chosen ? 0 : -1;
    panels[tab.dataset.panel].hidden = !chosen;
  }
  if (name === "graph" && answer && drawn !== answer) {
    drawn = answer;
    const { draw } = await import("./graph.js");
    await draw(panels.graph, answer, { names, words });
  }
}
tabs.forEach((tab, at) => {
  tab.addEventListener("click", () => choose(tab.dataset.panel));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.focus();
    choose(next.dataset.panel);
  });
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  editor.declare();
  const query = editor.text;
  history.replaceState(null, "", `#q=${encodeURIComponent(query)}`);
  document.getElementById("answer").hidden = false;
  state.className = "meta";
  state.textContent = words.running;
  panels.table.replaceChildren();
  panels.graph.replaceChildren();
  downloads.replaceChildren();
  try {
    answer = await ask(query);
  } catch (problem) {
    answer = null;
    state.className = "warn";
    state.textContent = `${words.failed} ${problem.message} ${problem.remedy ?? ""}`;
    const [, line, column] = problem.message.match(/(\d+):(\d+)/) ?? [];
    if (line && problem.status === 400) editor.show(Number(line), Number(column));
    await choose("table");
    return;
  }
  const count = answer.rows.length;
  state.textContent = "truth" in answer
    ? words.truth[answer.truth ? 0 : 1]
    : `${(answer.triples ? words.statements : words.rows).replace("{n}", count)} · ${answer.milliseconds} ms${answer.cut ? ` · ${words.cut}` : ""}${answer.slow ? ` · ${words.slow}` : ""}`;
  if (answer.variables.length) panels.table.append(table(answer, { names, words }));
  if (!("truth" in answer)) offer(query, answer.triples ? ["ttl", "nt", "jsonld", "rdf"] : ["csv", "tsv", "srj", "srx"]);
  await choose(wanted);
  wanted = tabs.find((tab) => tab.ariaSelected === "true").dataset.panel;
});

function offer(query, formats) {
  const shown = { ttl: "Turtle", nt: "N-Triples", jsonld: "JSON-LD", rdf: "RDF/XML", csv: "CSV", tsv: "TSV", srj: "JSON", srx: "XML" };
  downloads.append(`${words.download} `);
  for (const format of formats) {
    const link = document.createElement("a");
    link.href = `${new URL("../../sparql", import.meta.url)}?${new URLSearchParams({ query, format })}`;
    link.download = `result.${format}`;
    link.textContent = shown[format];
    downloads.append(link, " ");
  }
}

if (location.hash.startsWith("#q=")) form.requestSubmit();
