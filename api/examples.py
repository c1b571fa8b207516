"""What the OpenAPI description says of answers: their status codes and formats, with real examples."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details; `remedy` is the way out.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string"},
    },
}
_ERRORS = {
    400: "The request is wrong; the detail says how.",
    401: "The service wants a bearer token.",
    404: "Nothing of that name is in the release.",
    406: "None of the formats asked for is offered.",
    413: "The request is too large.",
    422: "A parameter is wrong.",
    429: "The client has used up its query time, or holds too much at once; see Retry-After.",
    503: "Too busy, or no release yet; see Retry-After.",
    504: "A time limit was reached.",
}


@cache
def _examples() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "examples.json").read_text("utf-8"))
    return found


def responses(example: str, *, listing: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose answers look like `example`."""
    value = _examples().get(example, {})
    if listing:
        value = {"release": "0f3a…", "total": 1, "offset": 0, "limit": 50, "items": [value], "next": None, "note": "", "sparql": "CONSTRUCT …"}
    content: dict[str, Any] = {
        "application/json": {"schema": {"type": "object"}, "example": value},
        "text/html": {"schema": {"type": "string"}},
        "text/turtle": {"schema": {"type": "string"}},
        "application/ld+json": {"schema": {}},
    }
    if listing:
        content["text/csv"] = {"schema": {"type": "string"}}
    found: dict[int | str, dict[str, Any]] = {
        200: {"description": "The answer, in the format asked for.", "content": content},
        304: {"description": "Not changed since the ETag sent."},
    }
    return found | errors()


def errors() -> dict[int | str, dict[str, Any]]:
    """The errors that any route may give."""
    return {
        status: {"description": text, "content": {"application/problem+json": {"schema": _PROBLEM}}}
        for status, text in _ERRORS.items()
    }
