"""What whoever runs the service asks: is it alive, can it answer, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from policygraph.api.guards import Metrics
from policygraph.api.problems import problem_of
from policygraph.api.serving import Serving
from policygraph.errors import PolicyGraphError, ReleaseError


def operations(serving: Serving, *, metrics: Metrics) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", summary="The process is alive", response_class=JSONResponse)
    async def healthz() -> Response:
        return JSONResponse({"status": "alive"})

    @router.get(
        "/readyz",
        summary="A release is in service, its records are loaded, and it can be queried",
        response_class=JSONResponse,
        responses={503: {"description": "No release, or its folder cannot be read."}},
    )
    async def readyz() -> Response:
        live, trouble = serving.live, serving.trouble
        if live is None or not live.pool.ready or trouble is not None:
            found: PolicyGraphError = trouble or ReleaseError("No query worker runs.", remedy="See the log.")
            return problem_of(found)
        if not live.is_loaded:
            return problem_of(ReleaseError("The records of the release are not loaded.", remedy="Try again in a moment."))
        return JSONResponse({"status": "ready", "release": live.release.id})

    @router.get("/metrics", summary="Counts and times in Prometheus' text format", response_class=PlainTextResponse)
    async def prometheus() -> Response:
        live = serving.live
        gauges = {} if live is None else {
            "query_workers": float(len(live.pool.all)),
            "queries_waiting": float(live.pool.waiting),
            "queries_killed": float(live.pool.killed),
            "statements": float(live.triples),
        }  # fmt: skip
        return PlainTextResponse(metrics.text(gauges), media_type="text/plain; version=0.0.4")

    return router
