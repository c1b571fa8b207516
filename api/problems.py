"""Errors as problem details (RFC 9457): one shape everywhere, with the way out in it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from policygraph.errors import (
    EncoderError,
    InputError,
    LimitError,
    NotFoundError,
    PolicyGraphError,
    QueryError,
    ReleaseError,
    UsageError,
)
from policygraph.sparql.pool import BudgetSpentError, BusyError, TooMuchMemoryError, TooSlowError
from policygraph.sparql.worker_process import AnswerError

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "The request is wrong",
    401: "A token is needed",
    403: "Refused",
    404: "Not found",
    405: "Not allowed here: this service is read-only",
    406: "No acceptable format",
    413: "The request is too large",
    414: "The address is too long",
    415: "The media type of the request is not supported",
    421: "Unknown host",
    422: "A parameter is wrong",
    429: "Too many requests",
    431: "The head of the request is too large",
    500: "An error of the service",
    503: "The service is busy or not ready",
    504: "A time limit was reached",
}
#: The first class that fits decides.
_STATUS: tuple[tuple[type[PolicyGraphError], int], ...] = (
    (BudgetSpentError, 429),
    (BusyError, 503),
    (TooSlowError, 504),
    (TooMuchMemoryError, 503),
    (LimitError, 413),
    (NotFoundError, 404),
    (QueryError, 400),
    (UsageError, 400),
    (InputError, 400),
    (ReleaseError, 503),
    (EncoderError, 503),
)
_ANSWER_STATUS = {"malformed": 400, "refused": 400, "not acceptable": 406, "memory": 503, "failed": 503}


def problem(
    status: int,
    detail: str,
    *,
    remedy: str = "",
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, object] | None = None,
) -> Response:
    """A problem response."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        **({"remedy": remedy} if remedy else {}),
        **(extra or {}),
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, headers={"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE)


def problem_of(error: PolicyGraphError) -> Response:
    """The problem that `error` is to a client."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if isinstance(error, AnswerError):
        status = _ANSWER_STATUS[error.kind]
    headers = {}
    if isinstance(error, BusyError):
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    elif status == 503:
        headers["Retry-After"] = "5"
    return problem(status, error.message, remedy=error.remedy, headers=headers)


async def on_error(request: Request, error: Exception) -> Response:
    """Handler of errors raised on purpose."""
    del request
    if isinstance(error, PolicyGraphError):
        return problem_of(error)
    return problem(500, "Something broke that should not; it is in the log.", remedy="Try again, or report it.")
