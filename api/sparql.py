"""The SPARQL 1.1 Protocol (query), Service Description and Graph Store Protocol (GET, HEAD).

Updates are not refused here: they do not exist.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from email.message import Message
from functools import lru_cache
from typing import IO
from urllib.parse import quote, unquote_to_bytes

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from policygraph.api.behind import address_of
from policygraph.api.negotiation import choose, parse_accept, quality_of
from policygraph.api.problems import problem, problem_of
from policygraph.api.representations import designed_page
from policygraph.api.serving import Live, Serving
from policygraph.errors import PolicyGraphError, QueryError
from policygraph.settings import Settings, limit_reached
from policygraph.sparql.description import describe
from policygraph.sparql.formats import BOOLEAN, GRAPH, SOLUTIONS, Format
from policygraph.sparql.frames import Job
from policygraph.sparql.pool import slowness
from policygraph.sparql.worker_process import Answer

_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
#: Bytes that are read from a worker's result and sent at a time: what a socket takes at once.
_PIECE = 1 << 16
#: The status in the log where the client has hung up; nobody receives it.
_GONE = 499
#: Whether the client of a query is still there is looked at only when the query takes longer than this.
_UNWATCHED_SECONDS = 0.05
_ALLOW = {"Allow": "GET, HEAD, POST, OPTIONS"}
_ALLOW_GRAPHS = {"Allow": "GET, HEAD, OPTIONS"}
#: What `?format=` may say, for links that cannot send an Accept header.
_NAMES = {form.suffix: form.media_type for form in (*SOLUTIONS, *GRAPH)} | {"json": "application/json", "xml": "text/xml"}
_NAMES |= {form.name: form.media_type for form in GRAPH}


class SparqlEndpoint:
    """`/sparql`, and the routes under `/graphs`."""

    def __init__(self, serving: Serving, *, settings: Settings) -> None:
        self.serving, self.settings = serving, settings
        self.page = designed_page()

    @property
    def graph_routes(self) -> list[Route]:
        """The routes of the Graph Store Protocol."""
        methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
        return [Route(path, self.graphs, methods=methods) for path in ("/graphs", "/graphs/{path:path}")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/sparql` as an application of its own."""
        response = await self.sparql(Request(scope, receive))
        await response(scope, receive, send)

    async def sparql(self, request: Request) -> Response:
        """A query, or without one the service description."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_ALLOW)
        if request.method not in ("GET", "HEAD", "POST"):
            return problem(405, f"{request.method} is no operation of a query endpoint.", headers=_ALLOW)
        try:
            parameters = await self._parameters(request)
            if isinstance(parameters, Response):
                return parameters
            queries = [value for name, value in parameters if name == "query"]
            if not queries and request.method != "POST" and not parameters:
                if self.page is not None and wants_html(request):
                    async with self.serving.opened() as live:
                        page = self.page(request, kind="sparql", answer={}, live=live)
                        return Response(page, headers={"Vary": "Accept"}, media_type="text/html; charset=utf-8")
                return await self._description(request)
            if any(name in ("update", "using-graph-uri", "using-named-graph-uri") for name, _ in parameters):
                return problem(400, "This service has no updates.", remedy="Send a query, in the parameter query.")
            if len(queries) != 1:
                raise QueryError(
                    f"The request holds {len(queries)} queries; exactly one is wanted.", remedy="Give query once."
                )
            async with self.serving.lease() as live:
                job = self._job(queries[0], parameters=parameters, request=request, base=_endpoint(request))
                answer = await self._answer(job, request=request, live=live)
                return self._respond(answer, request=request, release=live.release.id)
        except PolicyGraphError as error:
            return problem_of(error)
        except ClientDisconnect:
            return Response(status_code=_GONE)

    async def graphs(self, request: Request) -> Response:
        """One graph: `?default`, `?graph=IRI`, or by its own address under `/graphs/`."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_ALLOW_GRAPHS)
        if request.method not in ("GET", "HEAD"):
            return problem(405, "Graphs are read-only here; they change by a new build.", headers=_ALLOW_GRAPHS)
        try:
            named = request.query_params.getlist("graph")
            default = "default" in request.query_params
            direct = request.path_params.get("path")
            if len(named) + default + bool(direct) != 1:
                return problem(400, "Exactly one graph is wanted.", remedy="Give ?default or ?graph=IRI, one of them.")
            async with self.serving.lease() as live:
                accept = _accept(request)
                form = choose(GRAPH, accept)
                if form is None:
                    return problem(406, "A graph has none of the formats asked for.", remedy=_offer(GRAPH))
                graphs = () if default else (named[0] if named else address_of(request),)
                if graphs and not await self._has(graphs[0], request=request, live=live):
                    return problem(404, f"There is no graph <{graphs[0]}>.", remedy="GET /sparql lists the graphs.")
                job = Job(
                    query="CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
                    default_graphs=graphs or None,
                    graph=form.name,
                    rows=self.settings.query_rows,
                    size=self.settings.query_bytes,
                )
                answer = await self._answer(job, request=request, live=live)
                return self._respond(answer, request=request, release=live.release.id)
        except PolicyGraphError as error:
            return problem_of(error)
        except ClientDisconnect:
            return Response(status_code=_GONE)

    async def _has(self, graph: str, *, request: Request, live: Live) -> bool:
        iri = quote(graph, safe="!#$%&'()*+,-./0123456789:;=?@_~[]") if graph.isascii() else graph
        if any(character in iri for character in '<>"{}|^`\\ '):
            raise QueryError(f"{graph!r} is no IRI.", remedy="Percent-encode it once.")
        answer = await self._answer(
            Job(query=f"ASK {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}", boolean="json"), request=request, live=live
        )
        with contextlib.closing(answer):
            return b"true" in answer.body.read()

    async def _description(self, request: Request) -> Response:
        form = choose(GRAPH, _accept(request))
        if form is None:
            return problem(406, "The service description has none of the formats asked for.", remedy=_offer(GRAPH))
        async with self.serving.lease() as live:
            count = Job(
                query="SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g", rows=10_000
            )
            answer = await self._answer(count, request=request, live=live)
            with contextlib.closing(answer):
                body = describe(answer.body.read(), endpoint=_endpoint(request), form=form.name)
            headers = {"Policygraph-Release": live.release.id, "Vary": "Accept"}
            return Response(body, headers=headers, media_type=form.content_type)

    def _respond(self, answer: Answer, *, request: Request, release: str) -> Response:
        headers = {
            "Content-Length": str(answer.size),
            "Vary": "Accept",
            "Policygraph-Release": release,
            "Policygraph-Rows": str(answer.rows),
            "Policygraph-Answered-By": answer.by,
            "Cache-Control": "no-cache",
        }
        if slow := slowness(answer.seconds, self.settings):
            headers["Policygraph-Slow"] = slow
        if answer.cut:
            headers["Policygraph-Cut"] = f"{answer.cut}; rows={answer.rows}; bytes={answer.size}"
        if request.method == "HEAD" or answer.size <= _PIECE:
            with contextlib.closing(answer):
                body = b"" if request.method == "HEAD" else answer.body.read()
            return Response(body, headers=headers, media_type=answer.content_type)
        return StreamingResponse(_pieces(answer.body), headers=headers, media_type=answer.content_type)

    async def _parameters(self, request: Request) -> list[tuple[str, str]] | Response:
        try:
            parameters = _fields(request.scope["query_string"])
            if request.method != "POST":
                return parameters
            header = Message()
            header["content-type"] = request.headers.get("content-type", "")
            media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
            if media_type not in (_FORM, _QUERY):
                return problem(
                    415,
                    f"A POST of type {media_type or 'none'} is no query.",
                    remedy=f"Send {_QUERY} with the query as body, or {_FORM}.",
                    headers={"Accept-Post": f"{_QUERY}, {_FORM}"},
                )
            charset = header.get_content_charset("utf-8")
            if charset not in ("utf-8", "us-ascii"):
                return problem(415, f"The query is in {charset}.", remedy="SPARQL over HTTP is UTF-8.")
            body = await request.body()
            return parameters + ([("query", body.decode())] if media_type == _QUERY else _fields(body))
        except UnicodeDecodeError as error:
            raise QueryError("The request is not UTF-8.", remedy="Encode the query as UTF-8.") from error

    def _job(self, query: str, *, parameters: list[tuple[str, str]], request: Request, base: str) -> Job:
        if len(query) > self.settings.query_characters:
            what = f"The query has {len(query)} characters"
            raise limit_reached("query_characters", settings=self.settings, what=what)
        default = tuple(value for name, value in parameters if name == "default-graph-uri")
        named = tuple(value for name, value in parameters if name == "named-graph-uri")
        for graph in (*default, *named):
            if not graph or any(c in graph for c in '<>"{}|^`\\ \t\r\n'):
                raise QueryError(f"{graph!r} is no IRI of a graph.", remedy="Give absolute IRIs.")
        solutions, boolean, triples = _formats(_accept(request, dict(parameters).get("format", "")))
        by_protocol = bool(default or named)
        return Job(
            query=query,
            base=base,
            default_graphs=default if by_protocol else None,
            named_graphs=named if by_protocol else None,
            solutions=solutions,
            boolean=boolean,
            graph=triples,
            rows=self.settings.query_rows,
            size=self.settings.query_bytes,
            depth=self.settings.query_depth,
        )

    async def _answer(self, job: Job, *, request: Request, live: Live) -> Answer:
        """The answer, unless the client hangs up first: then its worker is freed."""
        client = request.scope["client"]
        with _Watch(request):
            return await live.pool.answer(job, client=client[0] if client else "")


class _Watch:
    """Cancels the block when the client hangs up, and has it raise ClientDisconnect. A block that takes less than
    `_UNWATCHED_SECONDS` is left alone: to watch would cost more than it could save."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.watching: asyncio.Task[None] | None = None
        self.gone = False

    def __enter__(self) -> None:
        self.block = asyncio.current_task()
        self.timer = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, self._begin)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.timer.cancel()
        if self.watching is not None:
            self.watching.cancel()
        if self.gone and kind is asyncio.CancelledError and self.block is not None:
            self.block.uncancel()
            raise ClientDisconnect

    def _begin(self) -> None:
        self.watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
        if self.block is not None:
            self.gone = True
            self.block.cancel()


async def _pieces(body: IO[bytes]) -> AsyncIterator[bytes]:
    with body:
        while piece := body.read(_PIECE):
            yield piece


def _fields(text: bytes) -> list[tuple[str, str]]:
    """The fields of a form or of the query of an address, in order.

    >>> _fields(b"query=ASK+%7B%7D&x")
    [('query', 'ASK {}'), ('x', '')]
    """
    pairs = [part.partition(b"=") for part in text.replace(b"+", b" ").split(b"&") if part]
    return [(unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()) for name, _, value in pairs]


@lru_cache(maxsize=256)
def _formats(accept: str | None) -> tuple[str | None, str | None, str | None]:
    """The names of the formats wanted of solutions, truth values and graphs."""
    solutions, boolean, graph = choose(SOLUTIONS, accept), choose(BOOLEAN, accept), choose(GRAPH, accept)
    return solutions.name if solutions else None, boolean.name if boolean else None, graph.name if graph else None


def _accept(request: Request, asked: str | None = None) -> str | None:
    name = request.query_params.get("format") if asked is None else asked
    if name:
        return _NAMES.get(name.lower(), name)
    return ", ".join(request.headers.getlist("accept")) or None


def wants_html(request: Request) -> bool:
    """Whether a client prefers a page to data: browsers do."""
    ranges = parse_accept(_accept(request))
    html = quality_of(["text/html"], [r for r in ranges if r.main != "*"])
    return html > 0 and html >= max(quality_of([form.media_type], ranges) for form in GRAPH)


def _endpoint(request: Request) -> str:
    return address_of(request)


def _offer(forms: tuple[Format, ...]) -> str:
    return "Ask for one of " + ", ".join(form.media_type for form in forms) + "."
