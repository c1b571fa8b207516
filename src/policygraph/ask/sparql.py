"""The SPARQL that gives what an answer gives, for whoever wants to go on from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policygraph.align.library import Library
from policygraph.ask.grammar import Understood, fold_question, sides
from policygraph.ask.scope import ROLES, documents_of, leaves_of, of_basis, pairs_of
from policygraph.ids import Iris, concept

_PREFIXES = (
    "PREFIX pg: <https://w3id.org/policygraph/ontology#>\n"
    "PREFIX eli: <http://data.europa.eu/eli/ontology#>\n"
    "PREFIX prov: <http://www.w3.org/ns/prov#>\n"
)
_LINK = "?link a pg:ImplementationLink ; pg:source ?clause ; pg:target ?higher ; pg:relation ?relation ; pg:score ?score ."
_LINK_OF_PAIR = f"%pairs%\n%links%\n{_LINK}\n?clause prov:wasQuotedFrom ?lower . ?higher prov:wasQuotedFrom ?upper ."
_COMPARED = (
    "%pairs%\n?link a pg:TargetLink ; pg:source ?source ; pg:target ?target ; pg:strictness ?strictness ;\n"
    "  pg:timing ?timing ; pg:scope ?scope ; pg:reason ?reason .\n"
    "?source prov:wasQuotedFrom ?lower . ?target prov:wasQuotedFrom ?upper ."
)
_DROPPED = (
    "%pairs%\n?coverage a pg:Coverage ; pg:subject ?target ; pg:inDocument ?lower ; pg:status %absent% .\n"
    "?target a pg:Target ; prov:wasQuotedFrom ?upper ; pg:text ?text ."
)
_MEASURES = "%documents%\n?clause a pg:Clause ; pg:leaf true ; pg:kind ?kind ; prov:wasQuotedFrom ?document ; pg:text ?text .\n%measures%"


def query_for(
    found: Understood, library: Library, records: Sequence[Mapping[str, object]], *, iris: Iris | None = None
) -> str:
    """One query over the union of all graphs; `iris` prints under the base that the release was built with."""
    iris = iris or Iris()
    select, where, order = _BODIES.get(_form(found), _BODIES["clauses"])
    values = _values(found, library, records, iris)
    for name, block in values.items():
        where = where.replace(f"%{name}%", block)
    indented = "\n".join(f"  {line}" for line in where.splitlines() if line.strip())
    return f"{_PREFIXES}SELECT {select} WHERE {{\n{indented}\n}}{order}"


def _form(found: Understood) -> str:
    """The intent, and for comparisons whether national targets without a counterpart are asked for too."""
    if found.intent == "compare" and found.strictness == "dropped":
        return "dropped"
    if found.intent == "compare" and found.strictness is None and found.timing is None and not found.indicator:
        return "compare and dropped"
    return found.intent or ""


def _values(
    found: Understood, library: Library, records: Sequence[Mapping[str, object]], iris: Iris
) -> dict[str, str]:
    documents = documents_of(found, library)
    pairs = pairs_of(found, library)
    asked = leaves_of(found, library)
    against = {record.get("against") for record in records}
    lower = sorted({pair[0] for pair in pairs})
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
        "documents": _block("document", (iris.record(name) for name in documents)),
        "pairs": _pairs(pairs, iris),
        "pairs with absences": _pairs([pair for pair in pairs if pair[0] in against] or pairs, iris),
        "lowers": _block("other", (iris.record(name) for name in lower)),
        "links": _either(asked, iris) + f"\nFILTER(?relation != <{concept('relation', 'related')}>)",
        "measures": _among("kind", (concept("clause-kind", name) for name in ("measure", "safeguard"))),
        "leading": _among("role", (concept("role", name) for name in ("lead", "responsible"))),
        "taken up": _block("status", (concept("coverage", name) for name in ("implemented", "partly"))),
        "covered": _block(
            "status", (concept("coverage", name) for name in ("implemented", "partly", "corresponds", "absent"))
        ),
        "absent": f"<{concept('coverage', 'absent')}>",
        "new": f"<{concept('coverage', 'new')}>",
        "basis": "FILTER(?basis)" if of_basis(found) else "",
        "timing": _timing(found),
        "compared": _compared(found, library),
        "indicators": _strings("indicator", _written(found, library)),
        "held by": f"%agencies%\n%roles%\n{_HELD}" if found.agency else "",
        "agencies": _strings("agency", found.agency),
        "roles": _block("role", (concept("role", name) for name in ROLES.get(found.role or "", ()))),
        "year": _year(found),
        "date": f'FILTER(STR(?due) <= "{found.date}")' if found.date else "",
        "after": f'FILTER(STR(?due) > "{found.after}")' if found.after else "",
        "strictness": _one_of("strictness", found.strictness) if found.strictness != "dropped" else "",
        "direction": f'FILTER(?direction = "{found.direction}")' if found.direction else "",
        "found": _block("clause", (iris.record(str(record["clause"])) for record in records if record.get("clause"))),
    }


#: That an agency asked for has a part in what is due.
_HELD = (
    "?note a pg:ResponsibilityNote ; pg:clause ?clause ; pg:responsibility ?part .\n"
    "?part pg:name ?agency ; prov:hadRole ?role ."
)


def _one_of(kind: str, asked: str | None) -> str:
    """That the variable named as the kind is the concept asked for, or one of two."""
    listed = ", ".join(f"<{concept(kind, name)}>" for name in sides(kind, asked)) if asked else ""
    return f"FILTER(?{kind} IN ({listed}))" if listed else ""


def _timing(found: Understood) -> str:
    """The timing asked for; what cannot be compared is neither early nor late."""
    incomparable = f"FILTER(?strictness != <{concept('strictness', 'not_comparable')}>)"
    return "\n".join([_one_of("timing", found.timing), incomparable if found.timing and not found.strictness else ""]).strip()


def _year(found: Understood) -> str:
    """That a target is for the year asked for, if one is."""
    if found.after:
        return f'FILTER(STR(?due) > "{found.after}")'
    return f'FILTER(STRSTARTS(STR(?due), "{found.date[:4]}"))' if found.date else ""


def _is_lower(asked: Iterable[str], library: Library) -> bool:
    documents = {library.clauses[name].document for name in asked}
    return any(lower in documents for lower, _ in library.pairs) and not any(
        higher in documents for _, higher in library.pairs
    )


def _written(found: Understood, library: Library) -> list[str]:
    """The indicators as the documents write them."""
    names = {target.indicator for entry in library.records for target in entry.targets}
    return sorted(name for name in names if fold_question(name) in found.indicator)


def _pairs(pairs: Iterable[tuple[str, str]], iris: Iris) -> str:
    listed = " ".join(f"(<{iris.record(a)}> <{iris.record(b)}>)" for a, b in pairs)
    return f"VALUES (?lower ?upper) {{ {listed} }}"


def _either(clauses: Iterable[str], iris: Iris) -> str:
    """That one end of a link is one of these clauses, if there are any."""
    listed = ", ".join(f"<{iris.record(name)}>" for name in sorted(clauses))
    return f"FILTER(?clause IN ({listed}) || ?higher IN ({listed}))" if listed else ""


def _compared(found: Understood, library: Library) -> str:
    """That one of two compared targets has the indicator asked for, if one is."""
    names = ", ".join(map(_quoted, _written(found, library)))
    if not names:
        return ""
    return (
        "?source pg:indicatorName ?ofLower . ?target pg:indicatorName ?ofHigher .\n"
        f"FILTER(?ofLower IN ({names}) || ?ofHigher IN ({names}))"
    )


def _among(variable: str, iris: Iterable[str]) -> str:
    return f"FILTER(?{variable} IN ({', '.join(f'<{iri}>' for iri in iris)}))"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _block(variable: str, iris: Iterable[str]) -> str:
    listed = " ".join(f"<{iri}>" for iri in iris)
    return f"VALUES ?{variable} {{ {listed} }}" if listed else ""


def _strings(variable: str, names: Iterable[str]) -> str:
    listed = " ".join(map(_quoted, names))
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
        f"{_LINK_OF_PAIR}\n?link pg:shift ?shift .\n"
        "?shift pg:direction ?direction ; pg:sourceText ?sourceText ; pg:targetText ?targetText .\n%direction%",
        "",
    ),
    "verbatim": (
        "DISTINCT ?clause ?higher ?share",
        f"{_LINK_OF_PAIR}\n?link pg:verbatim ?share .",
        " ORDER BY DESC(?share)",
    ),
    "absent": (
        "DISTINCT ?clause ?text",
        "%pairs with absences%\n?coverage a pg:Coverage ; pg:subject ?clause ; pg:inDocument ?lower ; pg:status %absent% .\n"
        "?clause a pg:Clause ; prov:wasQuotedFrom ?upper ; pg:text ?text .\n"
        "FILTER NOT EXISTS {\n%lowers%\n%taken up%\n"
        "  ?taken a pg:Coverage ; pg:subject ?clause ; pg:inDocument ?other ; pg:status ?status .\n}",
        " ORDER BY ?clause",
    ),
    "new": (
        "DISTINCT ?clause ?upper ?text",
        "%pairs%\n?coverage a pg:Coverage ; pg:subject ?clause ; pg:inDocument ?upper ; pg:status %new% .\n"
        "?clause prov:wasQuotedFrom ?lower ; pg:text ?text .",
        " ORDER BY ?clause",
    ),
    "coverage": (
        "DISTINCT ?clause ?lower ?status ?text",
        "%pairs%\n%covered%\n?coverage a pg:Coverage ; pg:subject ?clause ; pg:inDocument ?lower ; pg:status ?status .\n"
        "?clause a pg:Clause ; prov:wasQuotedFrom ?upper ; pg:text ?text .",
        " ORDER BY ?clause",
    ),
    "compare": (
        "DISTINCT ?source ?target ?strictness ?timing ?scope ?reason",
        f"{_COMPARED}\n%strictness%\n%timing%\n%compared%",
        "",
    ),
    "dropped": ("DISTINCT ?target ?lower ?text", _DROPPED, " ORDER BY ?target"),
    "compare and dropped": (
        "DISTINCT ?source ?target ?strictness ?timing ?scope ?reason",
        f"{{\n{_COMPARED}\n}} UNION {{\n{_DROPPED}\n}}",
        "",
    ),
    "no_lead": (
        "DISTINCT ?clause ?text",
        f"{_MEASURES}\nFILTER NOT EXISTS {{\n"
        "  ?note pg:clause ?clause ; pg:responsibility ?part . ?part prov:hadRole ?role .\n"
        "  FILTER NOT EXISTS { ?part pg:inherited true }\n  %leading%\n}",
        " ORDER BY ?clause",
    ),
    "no_deadline": (
        "DISTINCT ?clause ?text",
        f"{_MEASURES}\nFILTER NOT EXISTS {{ ?deadline a pg:Deadline ; pg:clause ?clause }}",
        " ORDER BY ?clause",
    ),
    "indicator": (
        "DISTINCT ?target ?document ?text ?due",
        "%indicators%\n%documents%\n?target a pg:Target ; pg:indicatorName ?indicator ; prov:wasQuotedFrom ?document ;\n"
        "  pg:text ?text .\nOPTIONAL { ?target pg:due/<http://www.w3.org/2006/time#inXSDDate> ?due }\n%year%",
        "",
    ),
    "due": (
        "DISTINCT ?clause ?due ?action",
        "%documents%\n%held by%\n?deadline a pg:Deadline ; pg:clause ?clause ; prov:wasQuotedFrom ?document ;\n"
        "  pg:due/<http://www.w3.org/2006/time#inXSDDate> ?due .\nOPTIONAL { ?deadline pg:action ?action }\n%date%\n%after%",
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
        "DISTINCT ?clause ?document ?title ?basis",
        "%documents%\n?citation a pg:Citation ; pg:clause ?clause ; prov:wasQuotedFrom ?document ;\n"
        "  pg:citedTitle ?title ; pg:basis ?basis .\n%basis%",
        "",
    ),
    "clauses": (
        "?clause ?document ?text",
        "%found%\n?clause a pg:Clause ; prov:wasQuotedFrom ?document ; pg:text ?text .",
        "",
    ),
}
