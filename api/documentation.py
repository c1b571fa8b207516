"""The API's own documentation: Swagger UI from local files, and the SPARQL endpoint in OpenAPI's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from policygraph.api.examples import errors
from policygraph.sparql.formats import GRAPH, SOLUTIONS

STATIC = Path(__file__).parent / "static"
_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>policygraph API</title>
<link rel="stylesheet" href="static/swagger-ui/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="static/swagger-ui/swagger-ui-bundle.js"></script><script src="static/swagger-ui/start.js"></script>
</body></html>
"""
#: Swagger UI sets styles from its scripts; only this page may.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def documentation() -> APIRouter:
    """`/docs` and `/static`."""
    router = APIRouter()

    @router.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})

    router.routes.append(Mount("/static", StaticFiles(directory=STATIC), name="static"))
    return router


def _operation(summary: str, **more: Any) -> dict[str, Any]:
    content: dict[str, Any] = {form.media_type: {"schema": {}} for form in (*SOLUTIONS, *GRAPH)}
    answers: dict[str, Any] = {"200": {"description": "The result; Policygraph-Answered-By says what it was read from (columns, store, graph store), Policygraph-Cut if it is not whole, Policygraph-Slow if it came near its deadline.", "content": content}}
    answers |= {str(status): found for status, found in errors().items()}
    answers["415"] = {"description": "The media type of the request is not supported."}
    return {"summary": summary, "tags": ["sparql"], "responses": answers, **more}


def _text(name: str, description: str, *, several: bool = False) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "string"}
    return {
        "name": name, "in": "query", "description": description,
        "schema": {"type": "array", "items": kind} if several else kind,
    }  # fmt: skip


_DATASET = [
    _text("default-graph-uri", "Graphs that make up the default graph.", several=True),
    _text("named-graph-uri", "Graphs that GRAPH may name.", several=True),
]
_EXAMPLE = "SELECT ?indicator (COUNT(*) AS ?n) WHERE { ?t <https://w3id.org/policygraph/ontology#indicator> ?indicator } GROUP BY ?indicator"
SPARQL_PATHS: dict[str, Any] = {
    "/sparql": {
        "get": _operation(
            "A SPARQL 1.1 query; without one, the service description",
            parameters=[{**_text("query", "The query."), "example": _EXAMPLE}, *_DATASET],
        ),
        "post": _operation(
            "A SPARQL 1.1 query in the body",
            parameters=_DATASET,
            requestBody={
                "required": True,
                "content": {
                    "application/sparql-query": {"schema": {"type": "string"}, "example": _EXAMPLE},
                    "application/x-www-form-urlencoded": {
                        "schema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
                        "example": {"query": _EXAMPLE},
                    },
                },
            },
        ),
    },
    "/graphs": {
        "get": _operation(
            "A graph, by the SPARQL 1.1 Graph Store Protocol",
            parameters=[_text("graph", "IRI of a named graph."), {**_text("default", "The union of all."), "allowEmptyValue": True}],
        )
    },
}
