"""The resources: documents, clauses and all that was found in them, the same names as the Python API and the commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from policygraph.align.report import sureness
from policygraph.api.examples import responses
from policygraph.api.representations import Listing, Made, Representations, Resource
from policygraph.api.serving import Live, Serving
from policygraph.errors import NotFoundError, some_of
from policygraph.ids import Name
from policygraph.model import (
    Alignment,
    Citation,
    Clause,
    Coverage,
    Document,
    Finding,
    Responsibility,
    Target,
    TargetLink,
)
from policygraph.release.due import Due
from policygraph.release.holdings import chosen_documents
from policygraph.settings import Settings
from policygraph.table import plain

if TYPE_CHECKING:
    from policygraph.align.asked import Paired
    from policygraph.search import SearchResult

_CONTEXT = 200  # characters of source shown on either side of a clause
_INDICATOR = ("indicator", "written", "targets", "documents", "units")
_AGENCY = ("id", "name", "names", "leads", "supports")

Id = Annotated[str, Path(description="Identifier: the document's, with the clause's place after it.", max_length=500)]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Records to leave out before the page.")]
Limit = Annotated[int | None, Query(ge=1, le=10_000_000, description="Records of the page, within the setting page_size_most.")]
Text = Annotated[str | None, Query(max_length=200)]
DocumentOrder = Literal["newest", "oldest", "title"]
Date = Annotated[str | None, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="ISO date, included.")]
RoleName = Literal["lead", "responsible", "cooperate", "participate", "implement"]


def resources(serving: Serving, *, settings: Settings) -> APIRouter:
    """The routes."""
    router = APIRouter()
    show = Representations(settings=settings).respond

    def most(limit: int | None) -> int:
        return min(limit or settings.hits, settings.page_size_most)

    def listing(path: str, tag: str, example: str) -> Callable[[Any], Any]:
        return router.get(path, tags=[tag], response_class=Response, responses=responses(example, listing=True))

    def resource(path: str, tag: str, example: str) -> Callable[[Any], Any]:
        return router.get(path, tags=[tag], response_class=Response, responses=responses(example))

    @listing("/documents", "documents", "document")
    async def documents(
        request: Request, q: Text = None, region: Text = None, level: Text = None, province: Text = None, year: Text = None,
        kind: Text = None, issuer: Text = None, sort: DocumentOrder | None = None, offset: Offset = 0, limit: Limit = None,
    ) -> Response:  # fmt: skip
        """文件。The documents of the release: those whose title, number, issuers or file name hold `q`, of a region or of all of a
        province (GB/T 2260 code), of a level, year, kind (实施方案) and issuer."""
        async with serving.opened() as live:
            rows = chosen_documents(
                live.graph.columns.documents.values(), words=q, region=region, order=sort,
                facets={"level": level, "province": province, "year": year, "kind": kind, "issuer": issuer},
            )  # fmt: skip
            return await show(request, _records("documents", rows, of=Document, live=live), live=live)

    @resource("/documents/{id}", "documents", "document")
    async def document(request: Request, id: Id) -> Response:  # noqa: A002
        """一份文件及其结构。A document with its metadata and its outline."""
        async with serving.opened() as live:
            records = live.graph.records.get(id)
            if records is None:
                raise NotFoundError(f"There is no document {id!r}.", remedy=f"Documents: {some_of(live.graph.columns.numbers)}.")
            counts = {name: len(getattr(records, name)) for name in ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "findings")}
            outline = [
                {"id": c.id, "parent": c.parent, "kind": c.kind, "type": c.type, "number": c.number, "heading": c.heading,
                 "lead": c.lead, "leaf": c.leaf, "start": c.start, "end": c.end}
                for c in records.clauses
            ]  # fmt: skip
            data = {**plain(records.document), "counts": counts, "outline": outline}
            return await show(request, Resource(kind="document", data=data, subjects=[live.iris.record(id)], cited=id), live=live)

    @listing("/clauses", "clauses", "clause")
    async def clauses(
        request: Request, document: Text = None, leaves: bool = False, offset: Offset = 0, limit: Limit = None
    ) -> Response:
        """条款。Clauses in reading order."""
        async with serving.opened() as live:
            rows = live.all("clauses", document=document, condition="leaf" if leaves else "1")
            return await show(request, _records("clauses", rows, of=Clause, live=live), live=live)

    @listing("/clauses/{id:path}/implementations", "links", "alignment")
    async def implementations(
        request: Request, id: Id, region: Text = None, document: Text = None, offset: Offset = 0, limit: Limit = None  # noqa: A002
    ) -> Response:
        """哪些下级条款落实本条。Lower clauses that implement this one, best first, with their evidence; with `document`, those
        of any document, aligned on the spot where the build did not."""
        async with serving.opened() as live:
            clause = live.clause(id)
            paired = await _paired(request, live, higher=clause.document, lower=document) if document else None
            library = paired.library if paired else live.graph.library
            found = library.implementing(library.leaves(clause), documents=(document,) if document else None)
            if region:
                found = tuple(a for a in found if live.document_of(a.source).region == region)
            note = "" if found else "Nothing in the other documents was found to implement this clause."
            return await show(request, _links(found, live=live, note=_noted(note, paired)), live=live)

    @listing("/clauses/{id:path}/implements", "links", "alignment")
    async def implements(
        request: Request, id: Id, document: Text = None, offset: Offset = 0, limit: Limit = None  # noqa: A002
    ) -> Response:
        """本条落实上级哪一条。Higher clauses that this one implements, best first, with their evidence; with `document`, those
        of any document, aligned on the spot where the build did not."""
        async with serving.opened() as live:
            clause = live.clause(id)
            paired = await _paired(request, live, higher=document, lower=clause.document) if document else None
            library = paired.library if paired else live.graph.library
            found = library.implemented(library.leaves(clause))
            if document:
                found = tuple(a for a in found if library.clauses[a.target].document == document)
            note = "" if found else "This clause was not found to implement any clause of the other documents."
            return await show(request, _links(found, live=live, note=_noted(note, paired)), live=live)

    @listing("/clauses/{id:path}/similar", "links", "hit")
    async def similar(
        request: Request, id: Id, document: Text = None, region: Text = None, offset: Offset = 0, limit: Limit = None  # noqa: A002
    ) -> Response:
        """意思相近的条款。Clauses nearest in meaning, whatever words they use."""
        async with serving.opened() as live:
            if not live.clause(id).leaf:
                raise NotFoundError(
                    f"The clause {id!r} has parts, and likeness is known of those only.", remedy=f"See children at /clauses/{id}."
                )
            found = await live.think(
                lambda: live.searcher.similar(id, limit=most(limit), offset=offset, document=document, region=region), client=_client(request)
            )
            return await show(request, _hits(found, live=live), live=live)

    @resource("/clauses/{id:path}", "clauses", "clause")
    async def clause(request: Request, id: Id) -> Response:  # noqa: A002
        """一条条款：任务、目标、期限、责任单位、关联与原文。A clause with all that was found in it and its place in the source."""
        async with serving.opened() as live:
            return await show(request, _clause(live.clause(id), live=live), live=live)

    @listing("/chain", "links", "step")
    async def chain(
        request: Request,
        clause: Annotated[str | None, Query(max_length=500, description="A clause's id; or name a document and an item of it.")] = None,
        document: Text = None, item: Annotated[int | None, Query(ge=1, le=10_000)] = None, offset: Offset = 0, limit: Limit = None,
    ) -> Response:  # fmt: skip
        """落实链：一条要求在部门、省、市逐级由谁承接，相隔几天，照录、增加、丢失了什么；也可由下往上查。Who carries out an item or clause
        at each level, with lag, what is kept, added and lost on the way, and the way back up."""
        async with serving.opened() as live:
            found = live.graph.chain(document or live.clause(clause or "").document, item=item, clause=clause)
            rows = tuple(found)
            iris = Made(lambda step: live.iris.link(step.link) if step.link else live.iris.record(step.clause or step.document), of=rows)
            return await show(request, Listing(kind="chain", rows=Made(plain, of=rows), columns=found.columns, iris=iris, note=found.note), live=live)

    @listing("/coverage", "links", "coverage")
    async def coverage(
        request: Request, higher: Text = None, lower: Text = None, status: Text = None, offset: Offset = 0, limit: Limit = None,
        listed: Annotated[int, Query(ge=0, description="On the page of a family: where its list of documents begins.")] = 0,
    ) -> Response:  # fmt: skip
        """落实情况：哪些条款已落实、部分落实、缺失或新增。What a lower document takes up of a higher one, and what is new. Two
        documents that the build did not align are aligned on the spot, and the note says so."""
        async with serving.opened() as live:
            _refuse_unknown(live, higher, lower)
            paired = None
            if higher and lower:
                paired = await _paired(request, live, higher=higher, lower=lower)
                kept: Sequence[Any] = [row for row in paired.library.coverage(higher, lower) if status in (None, row.status)]
            else:
                kept = live.graph.columns.listed_between("coverage", lower, higher, status=status)
            return await show(request, _records("coverage", kept, of=Coverage, live=live, note=_noted("", paired)), live=live)

    @listing("/compare", "links", "target_link")
    async def compare(
        request: Request, higher: Text = None, lower: Text = None, strictness: Text = None,
        offset: Offset = 0, limit: Limit = None,
    ) -> Response:  # fmt: skip
        """目标比较：更严、持平、更宽、更早或更晚。Lower targets beside the higher ones on the same indicator. Two documents whose
        targets the build did not compare are compared on the spot, and the note says so."""
        async with serving.opened() as live:
            library = live.graph.library
            dropped: Sequence[Any] = ()
            _refuse_unknown(live, higher, lower)
            rows: Sequence[Any] = library.target_links(lower, higher)
            paired = None
            if higher and lower:
                paired = await _paired(request, live, higher=higher, lower=lower, targets=True)
                rows, dropped = paired.library.compare(higher, lower)
            kept = [row for row in rows if strictness in (None, row.strictness)]
            shown = [
                {**plain(row), "source_text": library.targets[row.source].text, "target_text": library.targets[row.target].text}
                for row in kept
            ]
            columns = (*_columns(TargetLink), "source_text", "target_text")
            more = {"dropped": [plain(record) for record in dropped]}
            iris = [live.iris.link(row.id) for row in kept]
            listing = Listing(kind="compare", rows=shown, columns=columns, iris=iris, more=more, note=_noted("", paired))
            return await show(request, listing, live=live)

    @listing("/targets", "facts", "target")
    async def targets(
        request: Request, indicator: Text = None, document: Text = None, region: Text = None,
        offset: Offset = 0, limit: Limit = None,
    ) -> Response:  # fmt: skip
        """目标，可按指标筛选。Targets, of one indicator when it is named."""
        async with serving.opened() as live:
            table = live.graph.targets(indicator=indicator or None, document=document, region=region)
            return await show(request, _records("targets", table, of=Target, live=live, note=table.note), live=live)

    @listing("/indicators", "facts", "indicator")
    async def indicators(request: Request, offset: Offset = 0, limit: Limit = None) -> Response:
        """指标及其目标数。Indicators with the number of targets and the documents that set them."""
        async with serving.opened() as live:
            rows = [
                {"indicator": name, "written": written, "targets": targets, "documents": documents, "units": units}
                for name, targets, written, documents, units in live.graph.columns.indicators
            ]
            iris = [live.iris.print(Name("indicator", str(row["indicator"]))) for row in rows]
            return await show(request, Listing(kind="indicators", rows=rows, columns=_INDICATOR, iris=iris), live=live)

    @listing("/deadlines", "facts", "deadline")
    async def deadlines(
        request: Request, by: Date = None, since: Date = None, document: Text = None, region: Text = None,
        agency: Text = None, offset: Offset = 0, limit: Limit = None,
    ) -> Response:  # fmt: skip
        """何时到期、谁牵头。What is due from `since` to `by`, soonest first, and who leads it; then what recurs, runs from an event or only begins."""
        async with serving.opened() as live:
            table = live.graph.due(by=by, since=since, document=document, region=region, agency=agency)
            iris = Made(lambda row: live.iris.record(row.clause), of=table)
            listing = Listing(kind="deadlines", rows=Made(plain, of=table), columns=_columns(Due), iris=iris, note=table.note)
            return await show(request, listing, live=live)

    @listing("/agencies", "agencies", "agency")
    async def agencies(request: Request, offset: Offset = 0, limit: Limit = None) -> Response:
        """责任单位。Agencies with the number of clauses they lead and support."""
        async with serving.opened() as live:
            rows = _agencies(live)
            iris = [live.iris.print(Name("agency", row["id"])) for row in rows]
            return await show(request, Listing(kind="agencies", rows=rows, columns=_AGENCY, iris=iris), live=live)

    @resource("/agencies/{id:path}", "agencies", "agency")
    async def agency(request: Request, id: Id) -> Response:  # noqa: A002
        """某单位牵头、配合的事项与合作单位。What an agency, by id or by name, leads and supports, and with whom."""
        async with serving.opened() as live:
            if not id:
                raise NotFoundError("No agency is named.", remedy="See /agencies.")
            profile = live.graph.agency(id)
            data = {
                "id": id, "agencies": profile.agencies,
                "leads": profile.leads().to_dicts(),
                "supports": [plain(d) for d in profile.duties if d.role not in ("lead", "responsible")],
                "partners": profile.partners.to_dicts(),
            }  # fmt: skip
            subjects = [live.iris.print(Name("agency", name)) for name in profile.agencies]
            return await show(request, Resource(kind="agency", data=data, subjects=subjects), live=live)

    @listing("/responsibilities", "agencies", "responsibility")
    async def responsibilities(
        request: Request, agency: Text = None, role: RoleName | None = None, document: Text = None,
        offset: Offset = 0, limit: Limit = None,
    ) -> Response:  # fmt: skip
        """责任分工。Responsibility notes with the agencies and their roles."""
        async with serving.opened() as live:
            rows = [
                note for note in live.all("responsibilities", document=document)
                if any(agency in (None, r.agency, r.name) and role in (None, r.role) for r in note.agencies)
            ]  # fmt: skip
            return await show(request, _records("responsibilities", rows, of=Responsibility, live=live), live=live)

    @listing("/citations", "facts", "citation")
    async def citations(
        request: Request, document: Text = None, basis: bool | None = None, offset: Offset = 0, limit: Limit = None
    ) -> Response:
        """引用的文件与依据。Instruments that documents cite, and those they rest on."""
        async with serving.opened() as live:
            rows = live.all("citations", document=document, condition="1" if basis is None else "basis" if basis else "NOT basis")
            return await show(request, _records("citations", rows, of=Citation, live=live), live=live)

    @listing("/audit", "operation", "finding")
    async def audit(request: Request, document: Text = None, offset: Offset = 0, limit: Limit = None) -> Response:
        """未抽取出内容的句子与未识别的名称。Sentences from which nothing was taken, and names that no vocabulary knows."""
        async with serving.opened() as live:
            table = live.graph.audit(document)
            return await show(request, _records("findings", table, of=Finding, live=live, note=table.note), live=live)

    @listing("/search", "questions", "hit")
    async def search(
        request: Request,
        q: Annotated[str, Query(description="Words or a question, Chinese or English.", max_length=10_000)] = "",
        region: Text = None, document: Text = None, kind: Text = None, agency: Text = None, role: RoleName | None = None,
        due_by: Annotated[str | None, Query(pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")] = None,
        indicator: Text = None, modality: Text = None,
        parse: Annotated[bool, Query(description="Whether conditions in the words of the query are understood.")] = True,
        offset: Offset = 0, limit: Limit = None,
    ) -> Response:  # fmt: skip
        """按意思检索条款。Clauses that speak of a thing, whatever words they use; conditions in the query are filters."""
        async with serving.opened() as live:
            found = await live.think(
                lambda: live.searcher.search(
                    q, limit=most(limit), offset=offset, region=region, document=document, kind=kind, agency=agency,
                    role=role, due_by=due_by, indicator=indicator, modality=modality, parse=parse,
                ),
                client=_client(request),
            )  # fmt: skip
            return await show(request, _hits(found, live=live), live=live)

    @resource("/ask", "questions", "ask")
    async def ask(
        request: Request, q: Annotated[str, Query(min_length=1, max_length=1000)],
        without: Annotated[list[str] | None, Query(max_length=20, description="What of the understood to take back: a field's name or a document's id.")] = None,
        after: Annotated[str | None, Query(max_length=1000, description="The question before, which this one goes on from: 那重庆呢？")] = None,
    ) -> Response:  # fmt: skip
        """用自然语言提问。A question in Chinese or English, answered with records and the SPARQL that gives them."""
        from policygraph.ask import ask as answer_question

        async with serving.opened() as live:
            answer = await live.think(
                lambda: answer_question(
                    q, live.graph.library, without=without or (), after=after, texts=live.graph.source_text, pair=live.graph.pair,
                    reader=live.graph.second_reader,
                ),
                client=_client(request),
            )
            data = {"question": q, **answer.to_dict()}
            named = [str(record["clause"]) for record in answer.records if record.get("clause")]
            subjects = [live.iris.record(name) for name in named]
            return await show(request, Resource(kind="ask", data=data, subjects=subjects, sparql=answer.sparql), live=live)

    @resource("/release", "operation", "release")
    async def release(request: Request) -> Response:
        """本次发布：输入、哈希与数量。The release in service: inputs, hashes, counts."""
        async with serving.opened() as live:
            manifest = live.release.manifest
            data = {**plain(manifest), "id": manifest.id}
            described = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{live.iris.graph('dataset')}> {{ ?s ?p ?o }} }}"
            return await show(request, Resource(kind="release", data=data, sparql=described, whole=True), live=live)

    @router.get("/id/{kind}/{id:path}", include_in_schema=False)
    async def dereference(kind: str, id: str) -> Response:  # noqa: A002
        """A thing's IRI leads to the document about it, where the base of IRIs is this service's address."""
        if kind in ("region", "indicator"):
            return RedirectResponse(f"/documents?region={quote(id)}" if kind == "region" else f"/targets?indicator={quote(id)}", status_code=303)
        named = {"agency": "agencies", "release": "release", "annotation": "annotations", "original": "originals"}
        where = named.get(kind, "clauses" if "/" in id else "documents")
        if kind not in ("doc", *named):
            raise NotFoundError(f"There is no page about {kind}/{id}.", remedy="Ask /sparql about it.")
        place = f"/{where}" if where == "release" else f"/{where}/{quote(id)}"
        return RedirectResponse(place, status_code=303)

    return router


def _refuse_unknown(live: Live, *documents: str | None) -> None:
    for name in documents:
        if name is not None and name not in live.graph.columns.numbers:
            raise NotFoundError(f"There is no document {name!r}.", remedy=f"Documents: {some_of(live.graph.columns.numbers)}.")


async def _paired(request: Request, live: Live, *, higher: str, lower: str, targets: bool = False) -> Paired:
    """Two documents with their links; the client pays for what is aligned on the spot."""
    known = live.graph.library.compared if targets else live.graph.library.pairs
    if {(lower, higher), (higher, lower)} & known:
        return live.graph.pair(higher, lower, targets=targets)
    return await live.think(lambda: live.graph.pair(higher, lower, targets=targets), client=_client(request))


def _noted(note: str, paired: Paired | None) -> str:
    return " ".join(filter(None, (note, paired.note if paired else "")))


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _columns(of: type) -> tuple[str, ...]:
    """The names of a record's fields: the head line of CSV, also of an empty list."""
    return tuple(field.name for field in fields(of))


def _records(kind: str, rows: Iterable[Any], *, of: type, live: Live, note: str = "") -> Listing:
    found = rows if isinstance(rows, Sequence) else list(rows)
    name = live.iris.link if kind == "coverage" else live.iris.record
    iris = Made(lambda row: name(row.id), of=found)
    return Listing(kind=kind, rows=Made(plain, of=found), columns=_columns(of), iris=iris, note=note)


def _hits(found: SearchResult, *, live: Live) -> Listing:
    data = found.to_dict()
    hits = data.pop("hits")
    iris = [live.iris.record(hit["clause"]) for hit in hits]
    columns = ("clause", "document", "score", "confidence", "kind", "number", "text", "source", "start", "end")
    return Listing(kind="search", rows=hits, columns=columns, iris=iris, total=found.total, more=data, name="hits")


def _links(found: Sequence[Alignment], *, live: Live, note: str) -> Listing:
    clauses = live.graph.library.clauses

    def row(link: Alignment) -> dict[str, Any]:
        return {
            **plain(link), "sureness": sureness(link.score), "source_clause": _brief(clauses[link.source], live=live),
            "target_clause": _brief(clauses[link.target], live=live),
        }  # fmt: skip

    iris = Made(lambda link: live.iris.link(link.id), of=found)
    columns = (*_columns(Alignment), "sureness", "source_clause", "target_clause")
    return Listing(kind="implementations", rows=Made(row, of=found), columns=columns, iris=iris, note=note)


def _brief(clause: Clause, *, live: Live) -> dict[str, Any]:
    return {
        "id": clause.id, "document": clause.document, "label": live.graph.library.label(clause), "kind": clause.kind,
        "text": clause.text, "start": clause.start, "end": clause.end,
    }  # fmt: skip


def _clause(clause: Clause, *, live: Live) -> Resource:
    library = live.graph.library
    found = {name: live.of_clause(name, clause.id) for name in ("tasks", "targets", "deadlines", "responsibilities", "citations")}
    source = live.source(clause.document)
    above = []
    parent = library.clauses.get(clause.parent or "")
    while parent is not None:
        above.append({"id": parent.id, "number": parent.number, "heading": parent.heading})
        parent = library.clauses.get(parent.parent or "")
    data = {
        **plain(clause),
        "label": library.label(clause),
        "path": above[::-1],
        "children": [child.id for child in library.children(clause.id)],
        "source": {
            "file": library.documents[clause.document].source,
            "start": clause.start,
            "end": clause.end,
            "text": source[clause.start : clause.end],
            "before": source[max(0, clause.start - _CONTEXT) : clause.start],
            "after": source[clause.end : clause.end + _CONTEXT],
            "page": places.page_of(clause.start) if (places := live.release.places(clause.document)) else None,
        },
        **{name: [plain(record) for record in records] for name, records in found.items()},
        "implements": _counterparts(library.up(clause.id), side="target", live=live),
        "implementations": _counterparts(library.down(clause.id), side="source", live=live),
        "parallels": [
            part for other, link in library.beside(clause.id)
            for part in _counterparts([link], side="target" if link.target == other else "source", live=live)
        ],
    }
    subjects = [live.iris.record(clause.id)]
    subjects += [live.iris.record(record.id) for records in found.values() for record in records]
    return Resource(kind="clause", data=data, subjects=subjects, cited=clause.id)


def _counterparts(links: Iterable[Alignment], *, side: str, live: Live) -> list[dict[str, Any]]:
    clauses = live.graph.library.clauses
    return [
        {"id": link.id, "relation": link.relation, "score": link.score, "sureness": sureness(link.score), "verbatim": link.verbatim,
         "demands": link.demands, "answered": link.answered,
         "clause": _brief(clauses[getattr(link, side)], live=live)}
        for link in links
    ]  # fmt: skip


def _agencies(live: Live) -> list[dict[str, Any]]:
    names: dict[str, Counter[str]] = {}
    leads: Counter[str] = Counter()
    supports: Counter[str] = Counter()
    for key, name, role, times in live.graph.columns.bodies:
        names.setdefault(key, Counter())[name] += times
        (leads if role in ("lead", "responsible") else supports)[key] += times
    rows = [
        {"id": key, "name": written.most_common(1)[0][0], "names": sorted(written), "leads": leads[key], "supports": supports[key]}
        for key, written in names.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["leads"] - row["supports"], row["id"]))
