"""The application: routes, guards and the release they serve, put together."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from policygraph.api.annotations import annotation_routes
from policygraph.api.behind import Behind, root_of
from policygraph.api.documentation import SPARQL_PATHS, documentation
from policygraph.api.examples import PROBLEM_SCHEMA
from policygraph.api.guards import Guards, Metrics
from policygraph.api.mcp import agents
from policygraph.api.negotiation import choose
from policygraph.api.operations import operations
from policygraph.api.originals import originals
from policygraph.api.problems import on_error, problem
from policygraph.api.reconciling import reconciling
from policygraph.api.representations import HTML, JSON, SUFFIXES
from policygraph.api.resources import resources
from policygraph.api.serving import Serving
from policygraph.api.sparql import SparqlEndpoint
from policygraph.api.verifying import verifying
from policygraph.errors import NotFoundError, PolicyGraphError, UsageError
from policygraph.settings import Settings

if TYPE_CHECKING:
    from policygraph.api.reviewing import Desk

DESCRIPTION = """政策知识图谱：条款、任务、目标、期限、责任单位与条款之间的落实关系，每条都有原文依据。

A knowledge graph of Chinese policy documents. Every answer names the release it comes from, the SPARQL query that gives
it, and the characters of the source that bear it out. Read-only."""


def create_app(data: Path, settings: Settings | None = None, *, review: bool = False, behind_tls: bool = False) -> ASGIApp:
    """The service on the data folder `data`; a folder without a release is served with 503 until it has one. `review`:
    reviewers may judge (`policygraph.api.reviewing`), over loopback or, with `behind_tls`, behind a server that speaks TLS.

    SPARQL queries do not go through FastAPI, which takes as long as a small query.
    """
    limits = settings or Settings()
    serving = Serving(data, settings=limits)
    metrics = Metrics()
    for_agents = agents(serving, settings=limits)
    desk = _desk(data, settings=limits) if review else None
    serving.reviewing = review

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        await serving.start()
        warming = asyncio.create_task(asyncio.to_thread(desk.warm)) if desk is not None else None
        watch = asyncio.create_task(serving.watch())
        try:
            async with for_agents.running():
                yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            if desk is not None and warming is not None:
                await warming
                await desk.close()
            await serving.close()

    app = FastAPI(
        title="policygraph",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    endpoint = SparqlEndpoint(serving, settings=limits)
    app.router.routes.extend(endpoint.graph_routes)
    app.include_router(operations(serving, metrics=metrics))
    app.include_router(resources(serving, settings=limits))
    app.include_router(annotation_routes(serving, settings=limits))
    app.include_router(originals(serving, settings=limits))
    app.include_router(verifying(serving, settings=limits))
    app.include_router(reconciling(serving))
    app.include_router(documentation())
    if find_spec("policygraph.api.pages") is not None:
        pages = import_module("policygraph.api.pages")
        if hasattr(pages, "routes"):
            app.router.routes.extend(pages.routes(serving, settings=limits))
    if desk is not None:
        from policygraph.api.reviewing import reviewing

        app.router.routes.extend(reviewing(serving, desk, settings=limits, behind_tls=behind_tls))
    app.router.routes.append(Route("/", _home, include_in_schema=False))
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]

    async def description(request: Request) -> Response:
        return JSONResponse(app.openapi() | {"servers": [{"url": root_of(request) or "/"}]})

    app.router.routes.append(Route("/openapi.json", description, include_in_schema=False))
    app.add_exception_handler(PolicyGraphError, _shown(on_error))
    for wrong in (NotFoundError, UsageError):
        app.add_exception_handler(wrong, _shown(partial(_missing, serving)))
    app.add_exception_handler(RequestValidationError, _shown(_invalid))
    app.add_exception_handler(HTTPException, _shown(_http))
    app.add_exception_handler(Exception, _shown(on_error))
    sparql = ServerErrorMiddleware(endpoint, handler=on_error)
    direct = {"/sparql": sparql, "/sparql/": sparql, "/mcp": ServerErrorMiddleware(for_agents, handler=on_error)}
    return Behind(Guards(app, direct=direct, settings=limits, metrics=metrics), settings=limits)


def _desk(data: Path, *, settings: Settings) -> Desk:
    from policygraph.api.reviewing import Desk

    return Desk(data, settings=settings)


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        found.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        found["paths"] |= SPARQL_PATHS
        app.openapi_schema = found
    return app.openapi_schema


def _shown(handler: Callable[[Request, Exception], Awaitable[Response]]) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The handler's problem, as a page where the client would rather have one."""

    async def handle(request: Request, error: Exception) -> Response:
        answer = await handler(request, error)
        if answer.status_code < 400:
            return answer
        wanted = choose((JSON, HTML), request.headers.get("accept")) if request.scope.get("policygraph.suffix") is None else None
        if wanted is not HTML or find_spec("policygraph.api.pages") is None:
            return answer
        page = import_module("policygraph.api.pages").render_problem(request, json.loads(bytes(answer.body)))
        headers = {name: value for name, value in answer.headers.items() if name not in ("content-length", "content-type")}
        return Response(page, answer.status_code, headers=headers, media_type="text/html; charset=utf-8")

    return handle


async def _missing(serving: Serving, request: Request, error: Exception) -> Response:
    """Where what is asked for stands now, if it had another id, in the path or in a parameter; else the problem."""
    former = serving.live.release.manifest.former if serving.live else {}
    steps, asked = request.url.path.split("/"), request.query_params.multi_items()
    place = [former.get(step, step) for step in steps]
    parameters = [(name, "/".join(former.get(step, step) for step in value.split("/"))) for name, value in asked]
    if (place, parameters) == (steps, asked):
        if isinstance(error, NotFoundError) and (known := _suffixes(request)):
            error = NotFoundError(error.message, remedy=f"{error.remedy or ''}{known}".strip())
        return await on_error(request, error)
    now = "/".join(map(quote, place))
    return RedirectResponse(f"{now}?{urlencode(parameters)}" if parameters else now, status_code=308)


async def _home(request: Request) -> Response:
    """Where an installation without pages begins."""
    del request
    return RedirectResponse("/docs", status_code=303)


async def _invalid(request: Request, error: Exception) -> Response:
    del request
    found = error.errors() if isinstance(error, RequestValidationError) else []
    wrong = [{"parameter": str(row["loc"][-1]), "reason": str(row["msg"])} for row in found]
    detail = "; ".join(f"{row['parameter']}: {row['reason']}" for row in wrong)
    return problem(422, detail, remedy="See /docs for what each parameter takes.", extra={"errors": wrong})


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 404:
        return problem(404, f"There is nothing at {request.url.path}.", remedy=f"See /docs for what there is.{_suffixes(request)}")
    if status == 405:
        return problem(405, f"{request.method} is not taken at {request.url.path}.", remedy="See /docs for what is.", headers=headers)
    return problem(status, str(getattr(error, "detail", "")) or "Refused.", headers=headers)


def _suffixes(request: Request) -> str:
    """Which formats there are, where the address ends like one that is not."""
    ending = re.search(r"\.[A-Za-z][A-Za-z0-9]{0,7}$", request.url.path)
    return f" No format is {ending[0]}: {', '.join(SUFFIXES)}." if ending and ending[0] not in SUFFIXES else ""
