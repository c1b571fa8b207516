"""The SPARQL that gives what an answer gives, for whoever wants to go on from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policygraph.align.library import Library
from policygraph.ask.grammar import Understood
from policygraph.ids import Iris, concept

_PREFIXES = (
    "PREFIX pg: <https://w3id.org/policygraph/ontology#>\n"
    "PREFIX eli: <http://data.europa.eu/eli/ontology#>\n"
    "PREFIX prov: <http://www.w3.org/ns/prov#>\n"
)
_LINK = "?link a pg:ImplementationLink ; pg:source ?clause ; pg:target ?higher ; pg:relation ?relation ; pg:score ?score ."
_LIMIT = 60


def query_for(
    found: Understood, library: Library, records: Sequence[Mapping[str, object]], *, iris: Iris | None = None
) -> str:
    """One query over the union of all graphs; `iris` prints under the base that the release was built with."""
    iris = iris or Iris()
    body = _BODIES[found.intent or ""] if found.intent in _BODIES else _BODIES["clauses"]
    select, where, order = body
    values = _values(found, library, records, iris)
    for name, block in values.items():
        where = where.replace(f"%{name}%", block)
    indented = "\n".join(f"  {line}" for line in where.splitlines() if line.strip())
    return f"{_PREFIXES}SELECT {select} WHERE {{\n{indented}\n}}{order}"


def _values(
    found: Understood, library: Library, records: Sequence[Mapping[str, object]], iris: Iris
) -> dict[str, str]:
    documents = [name for mention in found.mentions for name in mention.documents]
    asked = {leaf.id for clause in found.clauses for leaf in library.leaves(clause)}
    for holder in found.holders:
        numbers = library.items(holder)
        asked |= {leaf.id for item in found.items for clause in numbers.get(item, ()) for leaf in library.leaves(clause)}
    side = "higher"
    if asked and records and records[0].get("kind") == "link":
        side = "clause" if found.intent == "implements" and _is_lower(asked, library) else "higher"
    relations = ["implements", "partially_implements"]
    if any(record.get("relation") == "corresponds" for record in records):
        relations.append("corresponds")
    others = list(found.others) if found.items else []
    return {
        "asked": _block(side, (iris.record(name) for name in sorted(asked))),
        "relations": _block("relation", (concept("relation", name) for name in relations)),
        "others": _block("document", (iris.record(name) for name in others)),
        "documents": _block("document", (iris.record(name) for name in dict.fromkeys(documents))),
        "indicators": _strings("indicator", _written(found, library)),
        "agencies": _strings("agency", found.agency),
        "roles": _block("role", (concept("role", name) for name in _ROLES.get(found.role or "", ()))),
        "date": f'FILTER(STR(?due) <= "{found.date}")' if found.date else "",
        "strictness": f"FILTER(?strictness = <{concept('strictness', found.strictness)}>)"
        if found.strictness in ("stricter", "looser", "equal")
        else "",
        "direction": f'FILTER(?direction = "{found.direction}")' if found.direction else "",
        "found": _block("clause", (iris.record(str(record["clause"])) for record in records[:_LIMIT])),
    }


_ROLES = {"lead": ("lead",), "support": ("cooperate", "participate"), "responsible": ("responsible", "lead")}


def _is_lower(asked: Iterable[str], library: Library) -> bool:
    documents = {library.clauses[name].document for name in asked}
    return any(lower in documents for lower, _ in library.pairs) and not any(
        higher in documents for _, higher in library.pairs
    )


def _written(found: Understood, library: Library) -> list[str]:
    """The indicators as the documents write them."""
    names = {target.indicator for entry in library.records for target in entry.targets}
    return sorted(name for name in names if name.lower() in found.indicator)


def _block(variable: str, iris: Iterable[str]) -> str:
    listed = " ".join(f"<{iri}>" for iri in iris)
    return f"VALUES ?{variable} {{ {listed} }}" if listed else ""


def _strings(variable: str, names: Iterable[str]) -> str:
    escaped = (name.replace("\\", "\\\\").replace('"', '\\"') for name in names)
    listed = " ".join(f'"{name}"' for name in escaped)
    return f"VALUES ?{variable} {{ {listed} }}" if listed else ""


#: For each intent: what is selected, the pattern with its blocks, the order.
_BODIES: Mapping[str, tuple[str, str, str]] = {
    "implements": (
        "DISTINCT ?clause ?higher ?relation ?score ?text",
        f"%asked%\n%relations%\n%others%\n{_LINK}\n?clause prov:wasQuotedFrom ?document ; pg:text ?text .",
        " ORDER BY DESC(?score)",
    ),
    "wording": (
        "DISTINCT ?clause ?higher ?direction ?sourceText ?targetText",
        f"%asked%\n%documents%\n{_LINK}\n?link pg:shift ?shift .\n"
        "?shift pg:direction ?direction ; pg:sourceText ?sourceText ; pg:targetText ?targetText .\n"
        "?clause prov:wasQuotedFrom ?document .\n%direction%",
        "",
    ),
    "verbatim": (
        "DISTINCT ?clause ?higher ?share",
        f"%asked%\n%documents%\n{_LINK}\n?link pg:verbatim ?share .\n?clause prov:wasQuotedFrom ?document .",
        " ORDER BY DESC(?share)",
    ),
    "compare": (
        "DISTINCT ?source ?target ?strictness ?timing ?scope ?reason",
        "%documents%\n?link a pg:TargetLink ; pg:source ?source ; pg:target ?target ; pg:strictness ?strictness ;\n"
        "  pg:timing ?timing ; pg:scope ?scope ; pg:reason ?reason .\n"
        "?source prov:wasQuotedFrom ?document .\n%strictness%",
        "",
    ),
    "indicator": (
        "DISTINCT ?target ?document ?text ?due",
        "%indicators%\n%documents%\n?target a pg:Target ; pg:indicatorName ?indicator ; prov:wasQuotedFrom ?document ;\n"
        "  pg:text ?text .\nOPTIONAL { ?target pg:due/<http://www.w3.org/2006/time#inXSDDate> ?due }",
        "",
    ),
    "due": (
        "DISTINCT ?clause ?due ?action",
        "%documents%\n?deadline a pg:Deadline ; pg:clause ?clause ; prov:wasQuotedFrom ?document ;\n"
        "  pg:due/<http://www.w3.org/2006/time#inXSDDate> ?due .\nOPTIONAL { ?deadline pg:action ?action }\n%date%",
        " ORDER BY ?due",
    ),
    "agency": (
        "DISTINCT ?clause ?agency ?role",
        "%agencies%\n%roles%\n%documents%\n?note a pg:ResponsibilityNote ; pg:clause ?clause ;\n"
        "  prov:wasQuotedFrom ?document ; pg:responsibility ?part .\n?part pg:name ?agency ; prov:hadRole ?role .",
        "",
    ),
    "partners": (
        "?other (COUNT(DISTINCT ?note) AS ?times)",
        "%agencies%\n%documents%\n?note a pg:ResponsibilityNote ; prov:wasQuotedFrom ?document ;\n"
        "  pg:responsibility/pg:name ?agency , ?other .\nFILTER(?other != ?agency)",
        " GROUP BY ?other ORDER BY DESC(?times)",
    ),
    "citations": (
        "DISTINCT ?document ?title ?basis",
        "%documents%\n?citation a pg:Citation ; prov:wasQuotedFrom ?document ; pg:citedTitle ?title ; pg:basis ?basis .",
        "",
    ),
    "clauses": (
        "?clause ?document ?text",
        "%found%\n?clause a pg:Clause ; prov:wasQuotedFrom ?document ; pg:text ?text .",
        "",
    ),
}
