"""The SPARQL that gives what an answer gives, for whoever wants to go on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from policygraph.align.library import Library
from policygraph.ask.bodies import strict_roles
from policygraph.ask.plan import Plan
from policygraph.ask.scope import documents_of, leaves_of, of_basis, pairs_of
from policygraph.ids import Iris, concept

_PREFIXES = (
    "PREFIX pg: <https://w3id.org/policygraph/ontology#>\n"
    "PREFIX eli: <http://data.europa.eu/eli/ontology#>\n"
    "PREFIX prov: <http://www.w3.org/ns/prov#>\n"
)
_DUE = "pg:due/<http://www.w3.org/2006/time#inXSDDate>"
_LINK = "?link a pg:ImplementationLink ; pg:source ?clause ; pg:target ?higher ; pg:relation ?relation ; pg:score ?s ."
_LINK_OF_PAIR = f"%pairs%\n%links%\n{_LINK}\n?clause prov:wasQuotedFrom ?lower . ?higher prov:wasQuotedFrom ?upper ."
_COMPARED = (
    "%target links%\n?link a pg:TargetLink ; pg:strictness ?strictness ; pg:timing ?timing ; pg:scope ?scope ; pg:reason ?reason .\n"
    "{ ?link pg:source ?source ; pg:target ?target } UNION { ?link pg:source ?target ; pg:target ?source }"
)
_MISSED = "%missed%\n?target a pg:Target ; pg:text ?text ; prov:wasQuotedFrom ?document ."
_MEASURES = "%documents%\n?clause a pg:Clause ; pg:leaf true ; pg:kind ?kind ; prov:wasQuotedFrom ?document ; pg:text ?text .\n%measures%"


def query_for(plan: Plan, library: Library, records: Sequence[Mapping[str, object]], *, iris: Iris | None = None) -> str:
    """One query over the union of all graphs; `iris` prints under the base that the release was built with."""
    iris = iris or Iris()
    select, where, order = _BODIES[_form(plan, records)]
    for name, block in _values(plan, library, records, iris).items():
        if f"%{name}%" in where:
            where = where.replace(f"%{name}%", block())
    indented = "\n".join(f"  {line}" for line in where.splitlines() if line.strip())
    return f"{_PREFIXES}SELECT {select} WHERE {{\n{indented}\n}}{order}"


def _form(plan: Plan, records: Sequence[Mapping[str, object]]) -> str:
    """Which query gives these records: by what is asked, and by what kind of record was found."""
    kinds = {record["kind"] for record in records}
    if plan.asked == "compare":
        if "target_link" not in kinds:
            return "targets" if kinds == {"target"} else "dropped"
        return "compare and dropped" if "coverage" in kinds else "compare"
    if plan.asked == "implements" and records and records[0]["kind"] == "link":
        return "implemented" if records[0]["seen"] == "higher" else "implements"
    if plan.asked == "wording" and "target_link" in kinds:
        return "found"
    if plan.asked in ("absent", "new") and (plan.whole_items or plan.topic or (kinds == {"clause"})):
        return "clauses"
    if plan.asked in ("no_lead", "no_deadline") and (plan.topic or plan.bodies or plan.places):
        return "clauses"
    if plan.asked == "citations" and "laws" in plan.answer:
        return "clauses"
    asked = plan.asked or ""
    return {
        "cited": "cited",
        "due": "agency" if plan.bodies else "due",
        "fact": "documents",
        "force": "found",
        "indicator": "targets",
        "item_lead": "clauses",
        "item_text": "clauses",
        "tasks": "clauses",
        "topic_lead": "clauses",
    }.get(asked, asked)


def _values(plan: Plan, library: Library, records: Sequence[Mapping[str, object]], iris: Iris) -> dict[str, Callable[[], str]]:
    """What makes each block, which takes a while of many documents: only those that a form has are made."""
    documents = documents_of(plan, library)
    pairs = cache(lambda: pairs_of(plan, library))
    against = {record.get("against") for record in records}
    roles = sorted({role for held in plan.bodies for role in strict_roles(held, plan.question)})
    return {
        "documents": lambda: _block("document", (iris.record(name) for name in documents)),
        "cited": lambda: _block("cited", (iris.record(name) for name in plan.cited)),
        "pairs": lambda: _pairs(pairs(), iris),
        "pairs with absences": lambda: _pairs([pair for pair in pairs() if pair[0] in against] or pairs(), iris),
        "lowers": lambda: _block("other", (iris.record(name) for name in sorted({pair[0] for pair in pairs()}))),
        "links": lambda: _either(leaves_of(plan, library), iris) + f"\nFILTER(?relation NOT IN (<{concept('relation', 'related')}>, <{concept('relation', 'parallels')}>))",
        "measures": lambda: _among("kind", (concept("clause-kind", name) for name in ("measure", "safeguard"))),
        "leading": lambda: _among("role", (concept("role", name) for name in ("lead", "responsible"))),
        "taken up": lambda: _block("status", (concept("coverage", name) for name in ("implemented", "partly"))),
        "covered": lambda: _block("status", (concept("coverage", name) for name in ("implemented", "partly", "corresponds", "absent"))),
        "absent": lambda: f"<{concept('coverage', 'absent')}>",
        "new": lambda: f"<{concept('coverage', 'new')}>",
        "basis": lambda: "FILTER(?basis)" if of_basis(plan) else "",
        "agencies": lambda: _strings("agency", plan.agency),
        "roles": lambda: _block("role", (concept("role", name) for name in roles)),
        "direction": lambda: f'FILTER(?direction = "{plan.direction}")' if plan.direction else "",
        "found links": lambda: _found("link", records, "id", iris.link, kind="link"),
        "target links": lambda: _found("link", records, "id", iris.link, kind="target_link"),
        "shifts": lambda: _found("link", records, "id", iris.link, kind="shift"),
        "missed": lambda: _found("target", records, "id", iris.record, kind="coverage"),
        "targets": lambda: _found("target", records, "id", iris.record, kind="target"),
        "deadlines": lambda: _found("deadline", records, "id", iris.record, kind="deadline"),
        "found": lambda: _found("clause", records, "clause", iris.record),
    }


def _found(
    variable: str, records: Iterable[Mapping[str, object]], field: str, iri: Callable[[str], str], *, kind: str | None = None
) -> str:
    """The records found, by a field; where nothing was, nothing is to be found."""
    ids = dict.fromkeys(str(record[field]) for record in records if record.get(field) and kind in (None, record["kind"]))
    return f"VALUES ?{variable} {{ {' '.join(f'<{iri(name)}>' for name in ids)} }}"


def _pairs(pairs: Iterable[tuple[str, str]], iris: Iris) -> str:
    listed = " ".join(f"(<{iris.record(a)}> <{iris.record(b)}>)" for a, b in pairs)
    return f"VALUES (?lower ?upper) {{ {listed} }}"


def _either(clauses: Iterable[str], iris: Iris) -> str:
    """That one end of a link is one of these clauses, if there are any."""
    listed = ", ".join(f"<{iris.record(name)}>" for name in sorted(clauses))
    return f"FILTER(?clause IN ({listed}) || ?higher IN ({listed}))" if listed else ""


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


#: For each form: what is selected, the pattern with its blocks, the order.
_BODIES: Mapping[str, tuple[str, str, str]] = {
    "implements": (
        "?clause (MAX(?s) AS ?score)",
        f"%found%\n%found links%\n{_LINK}",
        " GROUP BY ?clause ORDER BY DESC(?score)",
    ),
    "implemented": (
        "?higher (MAX(?s) AS ?score)",
        f"%found links%\n{_LINK}",
        " GROUP BY ?higher ORDER BY DESC(?score)",
    ),
    "wording": (
        "DISTINCT ?clause ?text ?otherText ?direction",
        "%shifts%\n?link a pg:ImplementationLink ; pg:shift ?shift .\n?shift pg:direction ?direction .\n%direction%\n"
        "{ ?link pg:source ?clause . ?shift pg:sourceText ?text ; pg:targetText ?otherText } UNION\n"
        "{ ?link pg:target ?clause . ?shift pg:targetText ?text ; pg:sourceText ?otherText }",
        "",
    ),
    "verbatim": ("DISTINCT ?clause ?higher ?share", f"{_LINK_OF_PAIR}\n?link pg:verbatim ?share .", " ORDER BY DESC(?share)"),
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
        "?clause a pg:Clause ; prov:wasQuotedFrom ?lower ; pg:text ?text .",
        " ORDER BY ?clause",
    ),
    "coverage": (
        "DISTINCT ?clause ?lower ?status ?text",
        "%pairs%\n%covered%\n?coverage a pg:Coverage ; pg:subject ?clause ; pg:inDocument ?lower ; pg:status ?status .\n"
        "?clause a pg:Clause ; prov:wasQuotedFrom ?upper ; pg:text ?text .",
        " ORDER BY ?clause",
    ),
    "compare": ("DISTINCT ?source ?target ?strictness ?timing ?scope ?reason", _COMPARED, ""),
    "dropped": ("DISTINCT ?target ?document ?text", _MISSED, " ORDER BY ?target"),
    "compare and dropped": (
        "DISTINCT ?source ?target ?strictness ?timing ?scope ?reason",
        f"{{\n{_COMPARED}\n}} UNION {{\n{_MISSED}\n}}",
        "",
    ),
    "targets": (
        "DISTINCT ?target ?document ?text ?due",
        f"%targets%\n?target a pg:Target ; prov:wasQuotedFrom ?document ; pg:text ?text .\nOPTIONAL {{ ?target {_DUE} ?due }}",
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
    "due": (
        "DISTINCT ?deadline ?clause ?due ?action",
        f"%deadlines%\n?deadline a pg:Deadline ; pg:clause ?clause ; {_DUE} ?due .\nOPTIONAL {{ ?deadline pg:action ?action }}",
        " ORDER BY ?due",
    ),
    "agency": (
        "DISTINCT ?clause",
        "%found%\n%agencies%\n%roles%\n?note a pg:ResponsibilityNote ; pg:clause ?clause ; pg:responsibility ?part .\n"
        "?part pg:name ?agency ; prov:hadRole ?role .",
        "",
    ),
    "partners": (
        "?other (COUNT(DISTINCT ?note) AS ?times)",
        "%agencies%\n%documents%\n?note a pg:ResponsibilityNote ; prov:wasQuotedFrom ?document ;\n"
        "  pg:responsibility/pg:name ?agency , ?other .\nFILTER(?other != ?agency)",
        " GROUP BY ?other ORDER BY DESC(?times)",
    ),
    "citations": (
        "DISTINCT ?citation ?clause ?document ?title ?basis",
        "%documents%\n?citation a pg:Citation ; pg:clause ?clause ; prov:wasQuotedFrom ?document ;\n"
        "  pg:citedTitle ?title ; pg:basis ?basis .\n%basis%",
        "",
    ),
    "cited": (
        "DISTINCT ?citation ?clause ?document ?title",
        "%cited%\n?citation a pg:Citation ; pg:citedDocument ?cited ; pg:clause ?clause ; prov:wasQuotedFrom ?document ; pg:citedTitle ?title .",
        "",
    ),
    "documents": ("DISTINCT ?document ?title", "%documents%\n?document a pg:PolicyDocument ; eli:title ?title .", ""),
    "found": ("DISTINCT ?clause ?document ?text", "%found%\n?clause a pg:Clause ; prov:wasQuotedFrom ?document ; pg:text ?text .", ""),
    "clauses": ("DISTINCT ?clause ?document ?text", "%found%\n?clause a pg:Clause ; prov:wasQuotedFrom ?document ; pg:text ?text .", ""),
}
