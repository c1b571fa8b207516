// How IRIs are written for people, and where their pages are.
export function namer({ prefixes, base }) {
  const known = Object.entries(prefixes).sort((a, b) => b[1].length - a[1].length);
  const vocabulary = "https://w3id.org/policygraph/vocabulary/";
  return {
    /** `pg:Clause`, `relation/implements`, `national-yangtze-2022/part_2`; otherwise the IRI itself. */
    short(iri) {
      if (iri.startsWith(base)) return iri.slice(base.length).replace(/^doc\//, "");
      if (iri.startsWith(vocabulary)) return iri.slice(vocabulary.length);
      const [name, start] = known.find(([, at]) => iri.startsWith(at) && iri.length > at.length) ?? [];
      return name ? `${name}:${iri.slice(start.length)}` : iri;
    },
    /** The page about it, or null. */
    page(iri) {
      const name = iri.startsWith(base) ? iri.slice(base.length).split("#")[0] : "";
      return /^(doc|agency|release)\/./.test(name) && !/_?(task|target|deadline|note|citation|finding)_\d+$/.test(name) ? new URL(`../../id/${name}`, import.meta.url).pathname : null;
    },
    /** What a node belongs to: a document, agencies, or the vocabulary. */
    group(iri) {
      const [kind, name] = iri.startsWith(base) ? iri.slice(base.length).split("/") : [];
      return kind === "doc" ? name : kind === "agency" ? "agency" : kind ?? "vocabulary";
    },
  };
}
