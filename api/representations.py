"""One resource, many representations: JSON, HTML, Turtle, JSON-LD, and CSV for lists.

A route makes a `Resource` or a `Listing` and `Representations.respond` gives what the client wants of it, by suffix or by
Accept, with the headers that let caches and machines find their way. Graph formats come from the graph itself, by the very
query that the answer names.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import hashlib
import html
import io
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, TypeVar, cast, overload
from urllib.parse import quote, urlencode

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from policygraph.api.behind import address_of, root_of
from policygraph.api.negotiation import choose
from policygraph.api.problems import problem
from policygraph.api.serving import Live
from policygraph.cite import FORMATS as BIBLIOGRAPHIES
from policygraph.settings import Settings
from policygraph.sparql.formats import BY_NAME, Format
from policygraph.sparql.frames import Job

Row = Mapping[str, Any]
Made_co = TypeVar("Made_co", covariant=True)

JSON = Format(name="json", media_type="application/json", suffix="json", iri="", charset=False)
HTML = Format(name="html", media_type="text/html", suffix="html", iri="", aliases=("application/xhtml+xml",))
CSV = Format(name="csv", media_type="text/csv", suffix="csv", iri="")
TURTLE, JSONLD = BY_NAME["turtle"], Format(name="jsonld", media_type="application/ld+json", suffix="jsonld", iri="", charset=False)
OF_RESOURCE: tuple[Format, ...] = (JSON, HTML, TURTLE, JSONLD)
OF_LISTING: tuple[Format, ...] = (JSON, HTML, CSV, TURTLE, JSONLD)
#: What can be cited can be had as an entry of a bibliography.
CITATIONS: tuple[Format, ...] = tuple(
    Format(name=form.name, media_type=form.media_type, suffix=form.suffix, iri="", charset=form.name != "csl-json")
    for form in BIBLIOGRAPHIES.values() if form.name != "words"
)  # fmt: skip
SUFFIXES: Mapping[str, Format] = {f".{form.suffix}": form for form in (*OF_LISTING, *CITATIONS)}
#: What may stand in the query of an address as it is (RFC 3986, 3.4).
_IN_QUERY = "%!$&'()*+,;=:@/?-._~"
#: Rows of a table that are made and sent at once.
_PIECE = 500
#: What spreadsheets run as a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One thing: `data` as JSON writes it, `kind` for the page that shows it, and the IRIs whose statements make it up."""

    kind: str
    data: Row
    subjects: Sequence[str] = ()
    sparql: str | None = None
    #: the document or clause that this is, where it can be cited
    cited: str | None = None
    #: whether `sparql` is a CONSTRUCT that gives the graph formats, in place of the statements about `subjects`
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Records in a meaningful order; `iris` beside them where they are named in the graph.

    `rows` are all there are, or, where `total` is given, the page asked for out of so many. `name` is what JSON calls them.
    """

    kind: str
    rows: Sequence[Row]
    columns: Sequence[str] = ()
    iris: Sequence[str] = ()
    sparql: str | None = None
    note: str = ""
    more: Row = field(default_factory=dict)
    total: int | None = None
    name: str = "items"


class Made(Sequence[Made_co]):
    """A sequence whose elements are made from others when they are taken: of a list only its page is ever made."""

    def __init__(self, make: Callable[[Any], Made_co], *, of: Sequence[Any]) -> None:
        self.make, self.of = make, of

    def __len__(self) -> int:
        return len(self.of)

    @overload
    def __getitem__(self, at: int) -> Made_co: ...
    @overload
    def __getitem__(self, at: slice) -> list[Made_co]: ...
    def __getitem__(self, at: int | slice) -> Made_co | list[Made_co]:
        return [self.make(element) for element in self.of[at]] if isinstance(at, slice) else self.make(self.of[at])


class Page(Protocol):
    """What draws pages: the body of an HTML answer from the JSON answer."""

    def __call__(self, request: Request, *, kind: str, answer: Row, live: Live) -> str: ...


class Representations:
    """Answers with what the client wants."""

    def __init__(self, *, settings: Settings) -> None:
        self.settings = settings
        self.page = designed_page() or plain_page

    async def respond(self, request: Request, thing: Resource | Listing, *, live: Live) -> Response:
        offers = _offers(thing)
        suffix = request.scope.get("policygraph.suffix")
        form = next((offer for offer in offers if f".{offer.suffix}" == suffix), None) if suffix else None
        if suffix is None:
            form = choose(offers, ", ".join(request.headers.getlist("accept")) or None)
        if form is None:
            names = ", ".join(offer.media_type for offer in offers)
            return problem(406, "This resource has none of the formats asked for.", remedy=f"It has {names}.", headers={"Vary": "Accept"})
        headers = {"Vary": "Accept, Cookie" if form is HTML else "Accept", "Policygraph-Release": live.release.id, "Cache-Control": "no-cache"}
        if form in CITATIONS:
            return await cited(form, str(cast(Resource, thing).cited), live=live, headers={**headers, "Link": ", ".join(_alternates(request, offers=offers, chosen=form))})
        language = request.cookies.get("lang", "") if form is HTML else ""
        tag = hashlib.sha256(f"{live.release.id} {form.name} {language} {address_of(request)}?{request.url.query}".encode()).hexdigest()[:20]
        headers["ETag"] = f'W/"{tag}"'
        if request.method == "POST":
            del headers["ETag"]  # what was sent is not in the address
        elif tag in request.headers.get("if-none-match", "") or request.headers.get("if-none-match", "").strip() == "*":
            return Response(status_code=304, headers=headers)
        client = request.client.host if request.client else ""
        if form is CSV and isinstance(thing, Listing) and thing.total is None and "limit" not in request.query_params:
            headers["Link"] = ", ".join(_alternates(request, offers=offers, chosen=form))
            return await self._table(thing, start=self._asked(request, thing)[0], headers=headers, live=live, client=client)
        made = partial(self._made, request, thing, form=form, headers=headers, live=live)
        if isinstance(thing, Listing) and len(self._page_of(request, thing)) > self.settings.page_size:
            body = await live.think(made, client=client)  # takes as long as a search, so it takes turns as one
        elif form is HTML:
            body = await asyncio.to_thread(made)
        else:
            body = made()
        if form in (TURTLE, JSONLD):
            return await self._graph(str(body), form=form, headers=headers, live=live, client=client)
        return Response(body, headers=headers, media_type=form.content_type)

    def _made(self, request: Request, thing: Resource | Listing, *, form: Format, headers: dict[str, str], live: Live) -> str | bytes:
        """The body, or for the graph formats the query that gives it; `Link` is added to the headers."""
        subjects = thing.subjects if isinstance(thing, Resource) else ()
        rows: list[Row] = []
        links = _alternates(request, offers=_offers(thing), chosen=form)
        answer: dict[str, Any]
        if isinstance(thing, Listing):
            page = self._page_of(request, thing)
            start, count = self._asked(request, thing)
            total = len(thing.rows) if thing.total is None else thing.total
            rows, subjects = list(thing.rows[page.start : page.stop]), list(thing.iris[page.start : page.stop])
            answer = {
                **thing.more, "release": live.release.id, "total": total, "offset": start, "limit": count,
                thing.name: rows, "next": None, "note": thing.note or thing.more.get("message", ""),
            }  # fmt: skip
            if start + count < total:
                answer["next"] = _at(request, offset=start + count, limit=count)
                links.append(f'<{answer["next"]}>; rel="next"')
            if start:
                links.append(f'<{_at(request, offset=max(0, start - count), limit=count)}>; rel="prev"')
        else:
            answer = {"release": live.release.id, **thing.data}
        headers["Link"] = ", ".join(links)
        whole = isinstance(thing, Resource) and thing.whole and thing.sparql is not None
        construct = str(thing.sparql) if whole else statements_of(subjects)
        if form in (TURTLE, JSONLD):
            return construct
        answer.setdefault("sparql", thing.sparql or construct)
        if form is CSV:
            return to_csv(rows, columns=cast(Listing, thing).columns)
        if form is HTML:
            return self.page(request, kind=thing.kind, answer=answer, live=live)
        return to_json(answer)

    async def _table(self, thing: Listing, *, start: int, headers: dict[str, str], live: Live, client: str) -> Response:
        """The whole table, piece by piece: what a client stops reading is not made."""
        columns = thing.columns

        def piece(at: int) -> str:
            text = to_csv(thing.rows[at : at + _PIECE], columns=columns)
            return text if at == start else text.removeprefix("\ufeff").partition("\r\n")[2]

        first = await live.think(partial(piece, start), client=client)

        async def pieces() -> AsyncIterator[str]:
            with live.used():
                yield first
                for at in range(start + _PIECE, len(thing.rows), _PIECE):
                    began = time.perf_counter()
                    text = await asyncio.to_thread(piece, at)
                    live.pool.budget.spend(client, seconds=time.perf_counter() - began)
                    yield text

        return StreamingResponse(pieces(), headers=headers, media_type=CSV.content_type)

    async def _graph(self, query: str, *, form: Format, headers: dict[str, str], live: Live, client: str) -> Response:
        job = Job(query=query, graph=form.name, rows=self.settings.query_rows, size=self.settings.query_bytes, depth=100_000)
        answer = await live.pool.answer(job, client=client)
        with contextlib.closing(answer):
            body = answer.body.read()
        if answer.cut:
            headers["Policygraph-Cut"] = f"{answer.cut}; rows={answer.rows}; bytes={answer.size}"
        return Response(body, headers=headers, media_type=form.content_type)

    def _asked(self, request: Request, thing: Listing) -> tuple[int, int]:
        """Offset and limit; the routes have checked that they are numbers in range."""
        usual = self.settings.page_size if thing.total is None else self.settings.hits
        offset = request.query_params.get("offset", "0")
        limit = request.query_params.get("limit", str(usual))
        return int(float(offset)), min(int(float(limit)), self.settings.page_size_most)

    def _page_of(self, request: Request, thing: Listing) -> range:
        """Which of the rows make up the page; where there is a total, the rows are that page."""
        start, count = self._asked(request, thing)
        return range(len(thing.rows))[start : start + count] if thing.total is None else range(len(thing.rows))[:count]



def _offers(thing: Resource | Listing) -> tuple[Format, ...]:
    if isinstance(thing, Listing):
        return OF_LISTING
    return (*OF_RESOURCE, *CITATIONS) if thing.cited else OF_RESOURCE


def citation_asked(request: Request) -> Format | None:
    """The format of bibliographies that a request for a page asks for, by suffix or by Accept; None for the page."""
    suffix = request.scope.get("policygraph.suffix")
    if suffix:
        return next((form for form in CITATIONS if f".{form.suffix}" == suffix), None)
    form = choose((HTML, *CITATIONS), ", ".join(request.headers.getlist("accept")) or None)
    return form if form in CITATIONS else None


async def cited(form: Format, identifier: str, *, live: Live, headers: Mapping[str, str] | None = None) -> Response:
    """An entry of a bibliography; the day of access is today, so that nothing of it is kept."""
    body = await asyncio.to_thread(lambda: live.graph.cite(identifier, format=form.name))
    said = {"Vary": "Accept", "Policygraph-Release": live.release.id, **(headers or {}), "Cache-Control": "no-store"}
    return Response(body, headers=said, media_type=form.content_type)


def statements_of(subjects: Sequence[str]) -> str:
    """The query for all statements about `subjects` and their parts.

    >>> statements_of(["https://example.org/doc/a"])[:47]
    'CONSTRUCT { ?s ?p ?o } WHERE { { VALUES ?s { <h'
    """
    values = " ".join(f"<{iri}>" for iri in dict.fromkeys(subjects))
    return (
        f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{ VALUES ?s {{ {values} }} ?s ?p ?o }} UNION "
        f"{{ VALUES ?whole {{ {values} }} ?whole ?has ?s . "
        "FILTER(ISBLANK(?s) || STRSTARTS(STR(?s), CONCAT(STR(?whole), \"#\"))) ?s ?p ?o } }"
    )


def to_csv(rows: Sequence[Row], *, columns: Sequence[str] = ()) -> str:
    """CSV that spreadsheets open as it is meant: a byte-order mark, lists joined by 、, and no cell that runs as a formula.

    >>> to_csv([{"a": "=1+1", "b": ["甲", "乙"]}])
    "\\ufeffa,b\\r\\n'=1+1,甲、乙\\r\\n"
    """
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        return _cell("、".join(str(_cell(part)) for part in value))
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and len(text) > 1 else text


def _at(request: Request, **changes: int) -> str:
    query = [(k, v) for k, v in request.query_params.multi_items() if k not in changes]
    query += [(name, str(value)) for name, value in changes.items()]
    return f"{_path(request)}{request.scope.get('policygraph.suffix') or ''}?{urlencode(query)}"


def _path(request: Request) -> str:
    return root_of(request) + quote(request.scope["path"], safe="/~-._")


def _alternates(request: Request, *, offers: Sequence[Format], chosen: Format) -> list[str]:
    query = f"?{quote(request.url.query, safe=_IN_QUERY)}" if request.url.query else ""
    path = _path(request)
    return [
        f'<{path}.{offer.suffix}{query}>; rel="alternate"; type="{offer.media_type}"' for offer in offers if offer != chosen
    ]


def designed_page() -> Page | None:
    """`policygraph.api.pages.render`, where that module is there."""
    if find_spec("policygraph.api.pages") is None:
        return None
    return cast("Page | None", getattr(import_module("policygraph.api.pages"), "render", None))


def plain_page(request: Request, *, kind: str, answer: Row, live: Live) -> str:
    """A page that shows an answer as it is, for an installation without the designed ones."""
    del live
    title = f"{kind} · policygraph"
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
        f"<body><h1>{html.escape(kind)}</h1>{_block(answer)}"
        f'<p><a href="{html.escape(_path(request))}.json">JSON</a></p></body></html>'
    )


def _block(value: object) -> str:
    if isinstance(value, Mapping):
        rows = "".join(f"<dt>{html.escape(str(k))}</dt><dd>{_block(v)}</dd>" for k, v in value.items() if v not in (None, "", [], ()))
        return f"<dl>{rows}</dl>"
    if isinstance(value, list | tuple):
        return "<ul>" + "".join(f"<li>{_block(part)}</li>" for part in value) + "</ul>"
    return html.escape(str(value))
