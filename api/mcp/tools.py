"""The tools: what an agent can ask, and what it gets. Every answer has `message`, which says what was found, or why
nothing was; `items`, each with its place in the source; and `total`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policygraph.api.serving import Live
from policygraph.errors import NotFoundError, UsageError
from policygraph.table import plain
from policygraph.vocabulary.regions import regions, regions_in

Row = dict[str, Any]
Arguments = Mapping[str, Any]

#: Items of an answer unless told otherwise, and at most: an agent reads all that it is given.
_USUAL, _MOST = 20, 50
#: Characters of a text in a list; the whole is had by read_clause.
_SHORT = 400
_TEXT: Row = {"type": "string"}
_NUMBER: Row = {"type": "integer", "minimum": 0}
_DAY: Row = {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}
_PAGED: Row = {"limit": {"type": "integer", "minimum": 1, "maximum": _MOST}, "offset": _NUMBER}
_PLACE = ("document", "clause", "citation", "start", "end")


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool found. `message` is never empty."""

    message: str
    items: Sequence[Row] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRow:
    """A tool: its name, what it is for, what it takes, and the fields of its items."""

    name: str
    about: str
    takes: Mapping[str, Row]
    needs: tuple[str, ...] = ()
    gives: tuple[str, ...]
    #: None: the SPARQL tool, which the query workers answer
    work: Callable[[Live, Arguments], Found] | None

    @property
    def input_schema(self) -> Row:
        return {"type": "object", "properties": dict(self.takes), "additionalProperties": False} | ({"required": list(self.needs)} if self.needs else {})

    @property
    def output_schema(self) -> Row:
        items = {"type": "array", "items": {"type": "object", "properties": {name: {} for name in self.gives}}}
        return {
            "type": "object", "required": ["message", "items", "total"],
            "properties": {"message": _TEXT, "items": items, "total": {"type": "integer"}, "release": _TEXT},
        }  # fmt: skip


def find_clauses(live: Live, asked: Arguments) -> Found:
    document = _document(live, asked.get("document"))
    offset, limit = _page(asked)
    found = live.searcher.search(
        asked["query"], limit=limit, offset=offset, region=asked.get("region"), document=document, agency=asked.get("agency"), due_by=asked.get("due_by")
    )
    items = [
        {**_at(live, hit.clause, hit.start, hit.end), "text": _short(hit.text), "confidence": round(hit.confidence, 2), "why": [reason.text for reason in hit.why]}
        for hit in found.hits
    ]
    doubt = "" if found.confident or not items else "None of these clearly answers the query. "
    said = f"{doubt}{found.message} ".lstrip() if found.message else doubt
    if not items:
        return Found(f"{said}No clause was found: use other words, or leave conditions out.", (), 0)
    return Found(f"{said}{_counted(items, total=found.total, offset=offset, what='clauses')}", items, found.total)


def read_clause(live: Live, asked: Arguments) -> Found:
    library = live.graph.library
    clause = live.clause(asked["clause"])
    source = live.source(clause.document)
    leaves = library.leaves(clause)
    item: Row = {**_at(live, clause.id, clause.start, clause.end), "text": clause.text, "source": source[clause.start : clause.end]}
    item["parts"] = [child.id for child in library.children(clause.id)]
    for name in ("tasks", "targets", "deadlines", "responsibilities", "citations"):
        item[name] = [_lean(record) for leaf in leaves for record in live.of_clause(name, leaf.id)]
    item["implements"] = [_link(live, link, other=link.target) for link in library.implemented(leaves)]
    item["implemented_by"] = [_link(live, link, other=link.source) for link in library.implementing(leaves)]
    if not clause.leaf:
        item["text"] = "\n".join([clause.text, *(leaf.text for leaf in leaves)])
    counted = ", ".join(f"{len(item[name])} {name}" for name in ("tasks", "targets", "deadlines", "responsibilities", "implements", "implemented_by"))
    return Found(f"{item['citation']}: {counted}.", [item], 1)


def who_implements(live: Live, asked: Arguments) -> Found:
    library, graph = live.graph.library, live.graph
    document = _document(live, asked["document"], needed=True) or ""
    item, clause, upwards = asked.get("item"), asked.get("clause"), asked.get("direction") == "up"
    if upwards:
        found = list(graph.implemented_by(document, item=item, clause=clause))
        if (region := asked.get("region")) is not None:
            found = [row for row in found if library.documents[library.columns.home(row.target)].region == _region(region)]
    else:
        found = list(graph.implements(document, item=item, clause=clause, region=asked.get("region")))
    offset, limit = _page(asked)
    items = [
        {
            "relation": row.relation, "score": round(row.score, 3), "sureness": row.sureness, "clause": row.source, "citation": row.source_citation,
            "text": _short(row.source_text), "document": row.document, "start": row.start, "end": row.end, "higher_clause": row.target,
            "higher_citation": row.target_citation, "higher_text": _short(row.target_text), "left_out": list(row.left_out),
            "evidence": [{"lower": match.source_text, "higher": match.target_text} for match in row.evidence[:3]],
        }
        for row in found[offset : offset + limit]
    ]  # fmt: skip
    if not items:
        return Found(_why_not_implemented(live, document, asked, upwards=upwards), (), len(found))
    return Found(_counted(items, total=len(found), offset=offset, what="links, best first"), items, len(found))


def _why_not_implemented(live: Live, document: str, asked: Arguments, *, upwards: bool) -> str:
    """Why there is no link: nothing was aligned with it, or the nearest clauses fall short, and of what."""
    library = live.graph.library
    pairs = [pair for pair in library.pairs if pair[0 if upwards else 1] == document]
    if not pairs:
        other = "no document above it was" if upwards else "no document below it was"
        return f"No link: {other} aligned with {document} in this release."
    clauses = {leaf.id for leaf in library.item(document, asked["item"])} if asked.get("item") else set()
    if asked.get("clause"):
        full = asked["clause"] if asked["clause"].startswith(document) else f"{document}/{asked['clause']}"
        clauses = {leaf.id for leaf in library.leaves(library.clauses[full])}
    near = [
        f"{library.label(library.clauses[candidate.clause])} ({candidate.reason or round(candidate.score, 2)})"
        for record in library.covering(*clauses) if record.status in ("absent", "new")
        for candidate in record.nearest[:1] if candidate.clause in library.clauses
    ]  # fmt: skip
    beside = f" Nearest, and why it falls short: {'; '.join(dict.fromkeys(near))}." if near else ""
    return f"No link was found, though it was aligned with {', '.join(sorted({pair[1 if upwards else 0] for pair in pairs}))}.{beside}"


def compare(live: Live, asked: Arguments) -> Found:
    higher, lower = (_document(live, asked[name], needed=True) or "" for name in ("higher", "lower"))
    rows = [row for row in live.graph.compare(higher, lower) if asked.get("strictness") in (None, row.strictness)]
    offset, limit = _page(asked)
    items = [
        {**{name: getattr(row, name) for name in ("strictness", "timing", "scope", "indicator", "higher_text", "lower_text", "reason", "document", "clause", "start", "end")},
         "citation": _cited(live, row.clause)}
        for row in rows[offset : offset + limit]
    ]  # fmt: skip
    if not items:
        return Found(f"{higher} has no target that {lower} answers so: it sets {len(live.graph.records[higher].targets)} targets.", (), len(rows))
    return Found(_counted(items, total=len(rows), offset=offset, what=f"targets of {higher} beside {lower}"), items, len(rows))


def targets(live: Live, asked: Arguments) -> Found:
    document = _document(live, asked.get("document"))
    rows = list(live.graph.targets(indicator=asked.get("indicator"), document=document, region=asked.get("region")))
    offset, limit = _page(asked)
    fields = ("indicator", "comparator", "value", "unit", "relative", "state", "baseline", "deadline", "area", "hedge", "text")
    items = [{**_at(live, row.clause, row.start, row.end), **{n: getattr(row, n) for n in fields if getattr(row, n) is not None}} for row in rows[offset : offset + limit]]
    if not items:
        names = sorted({t.indicator for t in live.all("targets", document=document)})
        near = difflib.get_close_matches(asked.get("indicator") or "", names, n=5, cutoff=0.4)
        like = f" Indicators with like names: {', '.join(near)}." if near else ""
        return Found(f"No target {'for an indicator like ' + asked['indicator'] if asked.get('indicator') else 'is set'} there.{like}", (), len(rows))
    return Found(_counted(items, total=len(rows), offset=offset, what="targets"), items, len(rows))


def due(live: Live, asked: Arguments) -> Found:
    document, agency = _document(live, asked.get("document")), asked.get("agency")
    if not (set(asked) - {"limit", "offset"}):
        raise UsageError("Nothing is asked.", remedy="Give an agency, a time (since, by), a region or a document.")
    found: list[Row] = []
    known = live.graph.agency(agency) if agency else None  # says who there is, where nobody has that name
    dated = "by" in asked or "since" in asked
    if known is not None and not dated:
        for duty in known.duties:
            of = live.document_of(duty.clause)
            if document in (None, duty.document) and _region(asked.get("region")) in (None, of.region):
                found.append({"kind": "duty", "role": duty.role, "name": duty.name, "heading": duty.heading, "text": _short(duty.text), **_at(live, duty.clause, duty.start, duty.end)})
    table = live.graph.due(by=asked.get("by"), since=asked.get("since"), document=document, region=asked.get("region"), agency=agency)
    for row in table:
        found.append({
            "kind": "deadline", "date": row.date, "section": row.section, "action": row.action, "lead": list(row.lead), "others": list(row.others),
            "text": row.text, **_at(live, row.clause, row.start, row.end),
        })  # fmt: skip
    offset, limit = _page(asked)
    items = found[offset : offset + limit]
    note = f" {table.note}" if table.note else ""
    partners = ""
    if known is not None and known.partners:
        partners = " Works most with " + ", ".join(f"{p.name} ({p.together})" for p in known.partners[:5]) + "."
    if not items:
        return Found(f"Nothing is found.{note or ' No document gives it a duty or day there.'}", (), len(found))
    return Found(_counted(items, total=len(found), offset=offset, what="duties and days") + partners + note, items, len(found))


def ask(live: Live, asked: Arguments) -> Found:
    answer = live.graph.ask(asked["question"])
    offset, limit = _page(asked)
    items = [plain(record) for record in answer.records[offset : offset + limit]]
    hint = f" It can be put so: {'; '.join(answer.suggestions)}" if answer.suggestions else ""
    if not answer.answered:
        return Found(f"Not answered. {answer.message}{hint} Try find_clauses.", (), 0)
    return Found(answer.message or _counted(items, total=len(answer.records), offset=offset, what="records"), items, len(answer.records))


def verify(live: Live, asked: Arguments) -> Found:
    found = live.graph.verify(asked["text"], document=_document(live, asked.get("document")))
    items = [{name: value for name, value in plain(claim).items() if value not in (None, [], "")} for claim in found.claims]
    return Found(f"{found.outcome}: {found.message}", items, len(items))


_WHERE = {"region": _TEXT, "document": _TEXT}
TOOLS: tuple[ToolRow, ...] = (
    ToolRow(
        name="find_clauses", about="Clauses of Chinese policy documents that speak of a thing, by meaning; query in Chinese or English.",
        takes={"query": _TEXT, **_WHERE, "agency": _TEXT, "due_by": _DAY, **_PAGED}, needs=("query",),
        gives=(*_PLACE, "text", "confidence", "why"), work=find_clauses,
    ),
    ToolRow(
        name="read_clause", about="One clause whole, by id: its exact source text, tasks, targets, deadlines, bodies, and links up and down.",
        takes={"clause": _TEXT}, needs=("clause",),
        gives=(*_PLACE, "text", "source", "parts", "tasks", "targets", "deadlines", "responsibilities", "citations", "implements", "implemented_by"),
        work=read_clause,
    ),
    ToolRow(
        name="who_implements",
        about="Lower clauses that carry out a document, its item or clause (direction down), or what it carries out (up), with evidence on both sides.",
        takes={"document": _TEXT, "item": _NUMBER, "clause": _TEXT, "region": _TEXT, "direction": {"enum": ["down", "up"]}, **_PAGED},
        needs=("document",),
        gives=(*_PLACE, "relation", "score", "sureness", "text", "higher_clause", "higher_citation", "higher_text", "left_out", "evidence"),
        work=who_implements,
    ),
    ToolRow(
        name="compare", about="Each target of a higher document beside a lower one's: equal, stricter, looser, deferred, absent, and why.",
        takes={"higher": _TEXT, "lower": _TEXT, "strictness": _TEXT, **_PAGED}, needs=("higher", "lower"),
        gives=(*_PLACE, "strictness", "timing", "scope", "indicator", "higher_text", "lower_text", "reason"), work=compare,
    ),
    ToolRow(
        name="targets", about="Targets across documents: indicator, value, unit, deadline.",
        takes={"indicator": _TEXT, **_WHERE, **_PAGED},
        gives=(*_PLACE, "indicator", "comparator", "value", "unit", "relative", "state", "baseline", "deadline", "area", "hedge", "text"), work=targets,
    ),
    ToolRow(
        name="due", about="What is due in a time, and who leads it; of an agency also all its duties and with whom it works.",
        takes={"agency": _TEXT, "since": _DAY, "by": _DAY, **_WHERE, **_PAGED},
        gives=(*_PLACE, "kind", "date", "section", "action", "lead", "others", "role", "name", "heading", "text"), work=due,
    ),
    ToolRow(
        name="ask", about="A question in Chinese or English, answered with records; says what it did not understand.",
        takes={"question": {"type": "string", "maxLength": 1000}, **_PAGED}, needs=("question",),
        gives=(*_PLACE, "kind", "text"), work=ask,
    ),
    ToolRow(
        name="verify",
        about="Checks what a Chinese text says of the documents: each quotation, number, title, item, figure, day, body found, differs, contradicted, not_held or not_checkable.",
        takes={"text": _TEXT, "document": _TEXT}, needs=("text",),
        gives=("kind", "text", "status", "reason", "says", "changes", "where", "start", "end"), work=verify,
    ),
    ToolRow(
        name="sparql", about="A read-only SPARQL 1.1 query on the graph (prefixes pg:, eli:, … are known; see resource policygraph://ontology).",
        takes={"query": _TEXT}, needs=("query",), gives=(), work=None,
    ),
)  # fmt: skip


def _document(live: Live, name: str | None, *, needed: bool = False) -> str | None:
    """The id of a document that is named by id, number or title, or by the one title that contains the words."""
    if name is None and not needed:
        return None
    library = live.graph.library
    try:
        return library.document(name or "").id
    except NotFoundError:
        found = live.graph.verifier.naming.title((name or "").strip("《》")) or tuple(d.id for d in library.documents.values() if name and name in d.title)
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFoundError(f"{name!r} names {len(found)} documents.", remedy=f"Name one: {', '.join(found)}.") from None
        raise


def _region(name: str | None) -> str | None:
    """The code of a region that is named."""
    if name is None or name.isdigit():
        return name
    named = regions_in(name) or [(0, 0, each.code) for each in regions().values() if name.lower() in (english.lower() for english in each.english)]
    if not named:
        raise NotFoundError(f"{name!r} is no region.", remedy="Name it (四川, 成都市) or give its GB/T 2260 code (510000).")
    return named[0][2]


def _page(asked: Arguments) -> tuple[int, int]:
    return int(asked.get("offset", 0)), int(asked.get("limit", _USUAL))


def _at(live: Live, clause: str, start: int, end: int) -> Row:
    return {"document": live.graph.library.clauses[clause].document, "clause": clause, "citation": _cited(live, clause), "start": start, "end": end}


def _cited(live: Live, clause: str) -> str:
    library = live.graph.library
    return library.label(library.clauses[clause]) if clause in library.clauses else clause


def _link(live: Live, link: Any, *, other: str) -> Row:
    return {"clause": other, "citation": _cited(live, other), "relation": link.relation, "score": round(link.score, 3)}


def _lean(record: Any) -> Row:
    """A record without what is empty or said beside it."""
    return {name: value for name, value in plain(record).items() if value not in (None, [], False, "") and name not in ("document", "clause")}


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"


def _counted(items: Iterable[Row], *, total: int, offset: int, what: str) -> str:
    shown = len(list(items))
    if shown == total:
        return f"{total} {what}."
    more = f" Ask with offset={offset + shown} for more." if offset + shown < total else ""
    return f"{offset + 1}–{offset + shown} of {total} {what}.{more}"
