"""`/reconcile`: the Reconciliation Service API 0.2 (W3C community report), as OpenRefine and its like speak it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from policygraph.api.behind import base_of
from policygraph.api.examples import errors
from policygraph.api.problems import problem
from policygraph.api.serving import Live, Serving
from policygraph.errors import InputError, NotFoundError, UsageError
from policygraph.ids import ONTOLOGY
from policygraph.reconcile import EXTENSIONS, PROPERTIES, TYPES, Candidate, Matcher

_VERSION = "0.2"
#: Queries of one batch; clients send ten.
_BATCH = 100
#: Candidates of one query at most.
_MOST = 50
_FORM = "application/x-www-form-urlencoded"


#: Things of one request for values, and their values in all.
_THINGS, _VALUES = 1000, 5000
#: A preview stands in a frame of the client's page, which may be anywhere; it runs nothing.
_PREVIEW_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors *"
_WIDTH, _HEIGHT = 400, 120
_PREVIEW = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{name}</title>
<body style="font: 14px/1.6 sans-serif; margin: 8px"><a href="{view}" target="_blank" rel="noopener">{name}</a><br>{kind}<br>{description}</body></html>
"""
_AGENCY: dict[str, Any] = {"id": "agency/510000/development-reform", "name": "四川省发展改革委"}
_BATCH_EXAMPLE = {"q0": {"query": "川发改委", "type": "agency", "limit": 3}}
_RESULT_EXAMPLE = {"q0": {"result": [_AGENCY | {"description": "四川，…", "score": 100.0, "match": True, "type": [{"id": "agency", "name": TYPES["agency"]}]}]}}
_FORM_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM: {
                "schema": {"type": "object", "properties": {"queries": {"type": "string"}, "extend": {"type": "string"}}},
                "example": {"queries": json.dumps(_BATCH_EXAMPLE, ensure_ascii=False)},
            }
        },
    }
}


def _answers(example: Any, *, media_type: str = "application/json") -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {200: {"description": "The answer.", "content": {media_type: {"schema": {}, "example": example}}}}
    return found | errors() | {415: {"description": "The media type of the request is not supported."}}


def reconciling(serving: Serving) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["reconciliation"], default_response_class=Response)
    matchers: dict[str, Matcher] = {}

    def matcher(live: Live) -> Matcher:
        """The matcher of the release in service; that of a former one is let go."""
        if live.release.id not in matchers:
            matchers.clear()
            matchers[live.release.id] = Matcher(live.graph.library)
        return matchers[live.release.id]

    @router.get("/reconcile", responses=_answers({"versions": [_VERSION], "name": "policygraph"}))
    @router.get("/reconcile/", include_in_schema=False)
    async def manifest(request: Request, queries: str | None = None, extend: str | None = None) -> Response:
        """What the service offers; or, with `queries` or `extend`, the answer to what POST takes."""
        if queries is not None:
            return await answered(queries, request)
        if extend is not None:
            return await extended(extend, request)
        async with serving.lease() as live:
            return JSONResponse(_manifest(base_of(request), live))

    @router.post("/reconcile", openapi_extra=_FORM_BODY, responses=_answers(_RESULT_EXAMPLE))
    @router.post("/reconcile/", include_in_schema=False)
    async def reconcile(request: Request) -> Response:
        """Candidates for each name of a batch (`queries`), or what is known of things that were found (`extend`)."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            return problem(415, f"{kind or 'No type'} is no batch.", remedy=f"Send {_FORM} with `queries`, an object of queries in JSON.")
        try:
            fields = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True, errors="strict"))
        except UnicodeDecodeError as error:
            raise InputError("The form is not UTF-8.", remedy="Encode it as UTF-8.") from error
        if "extend" in fields:
            return await extended(fields["extend"], request)
        if "queries" not in fields:
            raise UsageError("There are no `queries`.", remedy='Send queries={"q0": {"query": "生态环境厅"}}; see /reconcile.')
        return await answered(fields["queries"], request)

    async def answered(queries: str, request: Request) -> Response:
        batch = _batch(queries)
        async with serving.opened() as live:
            client = request.client.host if request.client else ""
            found = await live.think(lambda: {name: {"result": _result(query, matcher(live))} for name, query in batch.items()}, client=client)
            return JSONResponse(found, headers={"Policygraph-Release": live.release.id})

    async def extended(extend: str, request: Request) -> Response:
        ids, properties = _wanted(extend)
        async with serving.opened() as live:
            client = request.client.host if request.client else ""
            rows = await live.think(lambda: {each: {pid: _values(matcher(live), each, pid) for pid in properties} for each in ids}, client=client)
            meta = [_property(pid) | ({"type": _type("region")} if pid == "region" else {}) for pid in properties]
            return JSONResponse({"meta": meta, "rows": rows}, headers={"Policygraph-Release": live.release.id})

    @router.get("/reconcile/suggest/entity", responses=_answers({"result": [_AGENCY]}))
    async def entities(request: Request, prefix: str = "", cursor: int = 0) -> Response:
        """Things a name of which begins so, or has it within; ten from `cursor` on."""
        async with serving.opened() as live:
            client = request.client.host if request.client else ""
            start = max(0, min(cursor, 10_000))
            found = await live.think(lambda: matcher(live).begin(prefix, limit=start + 10)[start:], client=client)
            return JSONResponse({"result": [{"id": c.id, "name": c.name, "description": c.description, "notable": [_type(c.kind)]} for c in found]})

    @router.get("/reconcile/suggest/type", responses=_answers({"result": [{"id": "agency", "name": TYPES["agency"]}]}))
    async def types(prefix: str = "") -> Response:
        """The types whose id or name has these letters."""
        return JSONResponse({"result": [_type(kind) for kind, name in TYPES.items() if prefix.lower() in f"{kind} {name}".lower()]})

    @router.get("/reconcile/suggest/property", responses=_answers({"result": [{"id": "region", "name": PROPERTIES["region"]}]}))
    async def properties(prefix: str = "") -> Response:
        """The properties that a query may have beside its name."""
        return JSONResponse({"result": [{"id": pid, "name": name} for pid, name in PROPERTIES.items() if prefix.lower() in f"{pid} {name}".lower()]})

    @router.get("/reconcile/properties", responses=_answers({"type": "document", "properties": [{"id": "number", "name": EXTENSIONS["number"][0]}]}))
    async def proposed(type: str = "", limit: int = 0) -> Response:  # noqa: A002
        """What can be asked of the things of a type (`extend`); all properties without one."""
        if type and type not in TYPES:
            raise UsageError(f"{type!r} is no type.", remedy=f"Types: {', '.join(TYPES)}.")
        found = [_property(pid) for pid, (_, kinds) in EXTENSIONS.items() if not type or type in kinds]
        return JSONResponse({"type": type, "properties": found[:limit] if limit > 0 else found} | ({"limit": limit} if limit > 0 else {}))

    @router.get("/reconcile/preview", responses=_answers("<!doctype html>…", media_type="text/html"))
    async def preview(request: Request, id: str) -> Response:  # noqa: A002
        """A few words on a thing, as a page that clients show in a frame."""
        async with serving.opened() as live:
            client = request.client.host if request.client else ""
            thing = await live.think(lambda: matcher(live).thing(id), client=client)
            if thing is None:
                raise NotFoundError(f"{_some(id)} is nothing that names are matched to.", remedy="Ask for an id that /reconcile gave.")
            view = f"{base_of(request)}id/{quote(thing.id)}"
            page = _PREVIEW.format(name=escape(thing.name), view=escape(view), kind=escape(TYPES[thing.kind]), description=escape(thing.description))
            return HTMLResponse(page, headers={"Content-Security-Policy": _PREVIEW_POLICY, "Policygraph-Release": live.release.id})

    return router


def _manifest(base: str, live: Live) -> dict[str, Any]:
    service = f"{base.rstrip('/')}/reconcile"
    suggest = {name: {"service_url": service, "service_path": f"/suggest/{name}"} for name in ("entity", "type", "property")}
    return {
        "versions": [_VERSION], "name": "policygraph", "identifierSpace": live.iris.base, "schemaSpace": ONTOLOGY,
        "documentation": f"{base}docs", "serviceVersion": live.release.id, "view": {"url": f"{base}id/{{{{id}}}}"},
        "defaultTypes": [_type(kind) for kind in TYPES], "suggest": suggest,
        "preview": {"url": f"{service}/preview?id={{{{id}}}}", "width": _WIDTH, "height": _HEIGHT},
        "extend": {"propose_properties": {"service_url": service, "service_path": "/properties"}, "property_settings": []},
    }  # fmt: skip


def _type(kind: str) -> dict[str, str]:
    return {"id": kind, "name": TYPES[kind]}


def _property(pid: str) -> dict[str, Any]:
    return {"id": pid, "name": EXTENSIONS[pid][0]}


def _some(value: str) -> str:
    """A value of the request as a message has it: what is long is cut."""
    return repr(value if len(value) <= 100 else value[:100] + "…")


def _wanted(text: str) -> tuple[list[str], list[str]]:
    """The things and properties of a request for values."""
    try:
        wanted = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`extend` is no JSON ({error}).", remedy="Send an object with `ids` and `properties`.") from error
    ids = wanted.get("ids") if isinstance(wanted, dict) else None
    asked = wanted.get("properties") if isinstance(wanted, dict) else None
    if not isinstance(ids, list) or not isinstance(asked, list) or not all(isinstance(each, str) for each in ids):
        raise UsageError("`extend` has no `ids` and `properties`.", remedy='Send {"ids": ["doc/…"], "properties": [{"id": "number"}]}.')
    named = [each.get("id") if isinstance(each, dict) else None for each in asked]
    for pid in named:
        if not isinstance(pid, str) or pid not in EXTENSIONS:
            raise UsageError(f"{_some(str(pid))} is no property.", remedy=f"Properties: {', '.join(EXTENSIONS)}.")
    if len(ids) > _THINGS or len(ids) * len(named) > _VALUES:
        raise UsageError(f"{len(ids)} things with {len(named)} properties are too many.", remedy=f"Ask for {_THINGS} things, and {_VALUES} values, at most.")
    return list(dict.fromkeys(ids)), list(dict.fromkeys(map(str, named)))


def _values(matcher: Matcher, identifier: str, pid: str) -> list[dict[str, str]]:
    found = matcher.values(identifier, pid)
    return [{"str": value} if isinstance(value, str) else {"id": value.id, "name": value.name} for value in found]


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
        if not fit or isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
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
