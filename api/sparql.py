"""The SPARQL 1.1 Protocol (query), Service Description and Graph Store Protocol (GET, HEAD).

Updates are not refused here: they do not exist.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from email.message import Message
from typing import IO
from urllib.parse import parse_qsl, quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from policygraph.api.negotiation import choose, parse_accept, quality_of
from policygraph.api.problems import problem, problem_of
from policygraph.api.representations import designed_page
from policygraph.api.serving import Live, Serving
from policygraph.errors import PolicyGraphError, QueryError
from policygraph.settings import Settings, limit_reached
from policygraph.sparql.description import describe
from policygraph.sparql.formats import BOOLEAN, GRAPH, SOLUTIONS, Format
from policygraph.sparql.frames import Job
from policygraph.sparql.worker_process import Answer

_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
_PIECE = 1 << 16
#: Whether the client of a query is still there is looked at only when the query takes longer than this.
_UNWATCHED_SECONDS = 0.05
_ALLOW = {"Allow": "GET, HEAD, POST, OPTIONS"}
_ALLOW_GRAPHS = {"Allow": "GET, HEAD, OPTIONS"}
#: What `?format=` may say, for links that cannot send an Accept header.
_NAMES = {form.suffix: form.media_type for form in (*SOLUTIONS, *GRAPH)} | {"json": "application/json", "xml": "text/xml"}
_NAMES |= {form.name: form.media_type for form in GRAPH}


class SparqlEndpoint:
    """The routes under `/sparql` and `/graphs`."""

    def __init__(self, serving: Serving, *, settings: Settings) -> None:
        self.serving, self.settings = serving, settings
        self.page = designed_page()

    @property
    def routes(self) -> list[Route]:
        methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
        return [
            Route("/sparql", self.sparql, methods=methods),
            Route("/sparql/", self.sparql, methods=methods),
            Route("/graphs", self.graphs, methods=methods),
            Route("/graphs/{path:path}", self.graphs, methods=methods),
        ]

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
                return _respond(answer, request=request, release=live.release.id)
        except PolicyGraphError as error:
            return problem_of(error)

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
                graphs = () if default else (named[0] if named else str(request.url.replace(query="")),)
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
                return _respond(answer, request=request, release=live.release.id)
        except PolicyGraphError as error:
            return problem_of(error)

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

    async def _parameters(self, request: Request) -> list[tuple[str, str]] | Response:
        try:
            parameters = parse_qsl(request.scope["query_string"].decode(), keep_blank_values=True, errors="strict")
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
            body = (await request.body()).decode("utf-8")
            if media_type == _QUERY:
                return [*parameters, ("query", body)]
            fields = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=1000)
            return parameters + fields
        except UnicodeDecodeError as error:
            raise QueryError("The request is not UTF-8.", remedy="Encode the query as UTF-8.") from error
        except ValueError as error:
            raise QueryError("The form has too many fields.", remedy="Send at most 1000.") from error

    def _job(self, query: str, *, parameters: list[tuple[str, str]], request: Request, base: str) -> Job:
        if len(query) > self.settings.query_characters:
            what = f"The query has {len(query)} characters"
            raise limit_reached("query_characters", settings=self.settings, what=what)
        default = tuple(value for name, value in parameters if name == "default-graph-uri")
        named = tuple(value for name, value in parameters if name == "named-graph-uri")
        for graph in (*default, *named):
            if not graph or any(c in graph for c in '<>"{}|^`\\ \t\r\n'):
                raise QueryError(f"{graph!r} is no IRI of a graph.", remedy="Give absolute IRIs.")
        accept = _accept(request, dict(parameters).get("format", ""))
        solutions, boolean, graph_form = choose(SOLUTIONS, accept), choose(BOOLEAN, accept), choose(GRAPH, accept)
        by_protocol = bool(default or named)
        return Job(
            query=query,
            base=base,
            default_graphs=default if by_protocol else None,
            named_graphs=named if by_protocol else None,
            solutions=solutions.name if solutions else None,
            boolean=boolean.name if boolean else None,
            graph=graph_form.name if graph_form else None,
            rows=self.settings.query_rows,
            size=self.settings.query_bytes,
            depth=self.settings.query_depth,
        )

    async def _answer(self, job: Job, *, request: Request, live: Live) -> Answer:
        """The answer, unless the client hangs up first: then its worker is freed."""
        client = request.client.host if request.client else ""
        work = asyncio.create_task(live.pool.answer(job, client=client))
        try:
            await asyncio.wait({work}, timeout=_UNWATCHED_SECONDS)
            if not work.done():
                await _done_or_gone(work, request=request)
            return work.result()
        finally:
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)


async def _done_or_gone(work: asyncio.Task[Answer], *, request: Request) -> None:
    gone = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
    if not work.done():
        raise ClientDisconnect


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _respond(answer: Answer, *, request: Request, release: str) -> Response:
    headers = {
        "Content-Length": str(answer.size),
        "Vary": "Accept",
        "Policygraph-Release": release,
        "Policygraph-Rows": str(answer.rows),
        "Cache-Control": "no-cache",
    }
    if answer.cut:
        headers["Policygraph-Cut"] = f"{answer.cut}; rows={answer.rows}; bytes={answer.size}"
    if request.method == "HEAD" or answer.size <= _PIECE:
        with contextlib.closing(answer):
            body = b"" if request.method == "HEAD" else answer.body.read()
        return Response(body, headers=headers, media_type=answer.content_type)
    return StreamingResponse(_pieces(answer.body), headers=headers, media_type=answer.content_type)


async def _pieces(body: IO[bytes]) -> AsyncIterator[bytes]:
    with body:
        while piece := body.read(_PIECE):
            yield piece


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
    return str(request.url).partition("?")[0]


def _offer(forms: tuple[Format, ...]) -> str:
    return "Ask for one of " + ", ".join(form.media_type for form in forms) + "."
