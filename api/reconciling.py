"""`/reconcile`: the Reconciliation Service API 0.2 (W3C community report), as OpenRefine and its like speak it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from policygraph.api.problems import problem
from policygraph.api.serving import Live, Serving
from policygraph.errors import InputError, UsageError
from policygraph.ids import ONTOLOGY
from policygraph.reconcile import PROPERTIES, TYPES, Candidate, Matcher
from policygraph.settings import Settings

_VERSION = "0.2"
#: Queries of one batch; clients send ten.
_BATCH = 100
#: Candidates of one query at most.
_MOST = 50
_FORM = "application/x-www-form-urlencoded"


def reconciling(serving: Serving, *, settings: Settings) -> APIRouter:
    """The routes."""
    router = APIRouter()
    del settings
    matchers: dict[str, Matcher] = {}

    def matcher(live: Live) -> Matcher:
        """The matcher of the release in service; that of a former one is let go."""
        if live.release.id not in matchers:
            matchers.clear()
            matchers[live.release.id] = Matcher(live.graph.library)
        return matchers[live.release.id]

    @router.get("/reconcile", include_in_schema=False)
    @router.get("/reconcile/", include_in_schema=False)
    async def manifest(request: Request) -> Response:
        """What the service offers, or the answers to a batch in the address."""
        queries = request.query_params.get("queries")
        if queries is not None:
            return await answered(queries, request)
        async with serving.lease() as live:
            return JSONResponse(_manifest(str(request.base_url), live))

    @router.post("/reconcile", include_in_schema=False)
    @router.post("/reconcile/", include_in_schema=False)
    async def reconcile(request: Request) -> Response:
        """Candidates for each name of a batch."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            return problem(415, f"{kind or 'No type'} is no batch.", remedy=f"Send {_FORM} with `queries`, an object of queries in JSON.")
        try:
            fields = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        except UnicodeDecodeError as error:
            raise InputError("The form is not UTF-8.", remedy="Encode it as UTF-8.") from error
        if "queries" not in fields:
            raise UsageError("There are no `queries`." if "extend" not in fields else "Data extension is not offered.", remedy="See /reconcile.")
        return await answered(fields["queries"], request)

    async def answered(queries: str, request: Request) -> Response:
        batch = _batch(queries)
        async with serving.opened() as live:
            client = request.client.host if request.client else ""
            found = await live.think(lambda: {name: {"result": _result(query, matcher(live))} for name, query in batch.items()}, client=client)
            return JSONResponse(found, headers={"Policygraph-Release": live.release.id})

    @router.get("/reconcile/suggest/entity", include_in_schema=False)
    async def entities(request: Request, prefix: str = "", cursor: int = 0) -> Response:
        async with serving.opened() as live:
            client = request.client.host if request.client else ""
            start = max(0, min(cursor, 10_000))
            found = await live.think(lambda: matcher(live).begin(prefix, limit=start + 10)[start:], client=client)
            return JSONResponse({"result": [{"id": c.id, "name": c.name, "description": c.description, "notable": [_type(c.kind)]} for c in found]})

    @router.get("/reconcile/suggest/type", include_in_schema=False)
    async def types(prefix: str = "") -> Response:
        return JSONResponse({"result": [_type(kind) for kind, name in TYPES.items() if prefix.lower() in f"{kind} {name}".lower()]})

    @router.get("/reconcile/suggest/property", include_in_schema=False)
    async def properties(prefix: str = "") -> Response:
        return JSONResponse({"result": [{"id": pid, "name": name} for pid, name in PROPERTIES.items() if prefix.lower() in f"{pid} {name}".lower()]})

    return router


def _manifest(base: str, live: Live) -> dict[str, Any]:
    service = f"{base.rstrip('/')}/reconcile"
    suggest = {name: {"service_url": service, "service_path": f"/suggest/{name}"} for name in ("entity", "type", "property")}
    return {
        "versions": [_VERSION], "name": "policygraph", "identifierSpace": live.iris.base, "schemaSpace": ONTOLOGY,
        "documentation": f"{base}docs", "serviceVersion": live.release.id, "view": {"url": f"{base}id/{{{{id}}}}"},
        "defaultTypes": [_type(kind) for kind in TYPES], "suggest": suggest,
    }  # fmt: skip


def _type(kind: str) -> dict[str, str]:
    return {"id": kind, "name": TYPES[kind]}


def _batch(text: str) -> Mapping[str, Mapping[str, Any]]:
    """The queries of a batch, checked as the specification has them."""
    try:
        batch = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`queries` is no JSON ({error}).", remedy="Send an object of queries.") from error
    if not isinstance(batch, dict) or len(batch) > _BATCH:
        raise UsageError(f"`queries` is no object of at most {_BATCH} queries.", remedy='Send {"q0": {"query": "生态环境厅"}}.')
    for name, query in batch.items():
        fit = isinstance(query, dict) and isinstance(query.get("query", ""), str) and (query.get("query") is not None or query.get("properties"))
        number = query.get("limit", 1) if fit else 1
        if not fit or isinstance(number, bool) or not isinstance(number, int | float):
            raise UsageError(f"{name}: it is no query.", remedy="A query has `query`, and may have `type`, `limit`, `properties`.")
    return batch


def _result(query: Mapping[str, Any], matcher: Matcher) -> list[dict[str, Any]]:
    kinds = query.get("type") or ()
    kinds = [kinds] if isinstance(kinds, str) else [each for each in kinds if isinstance(each, str)] if isinstance(kinds, list) else []
    limit = max(1, min(int(query.get("limit") or 10), _MOST))
    found = matcher.find(str(query.get("query") or ""), kinds=kinds, limit=limit, region=_region(query.get("properties")))
    return [_row(candidate) for candidate in found]


def _region(properties: Any) -> str | None:
    """The region among the properties of a query; of several the first, of one that was itself reconciled its code."""
    for each in properties if isinstance(properties, list) else []:
        if isinstance(each, dict) and each.get("pid") == "region":
            value = each.get("v")
            value = value[0] if isinstance(value, list) and value else value
            value = value.get("id", "") if isinstance(value, dict) else value
            return str(value).removeprefix("region/") or None
    return None


def _row(candidate: Candidate) -> dict[str, Any]:
    return {
        "id": candidate.id, "name": candidate.name, "description": candidate.description, "score": candidate.score, "match": candidate.match,
        "type": [_type(candidate.kind)],
    }  # fmt: skip
