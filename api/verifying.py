"""`/verify`: a text goes in, its claims come out, each beside what the documents say."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from policygraph.api.examples import responses
from policygraph.api.problems import problem
from policygraph.api.representations import Representations, Resource
from policygraph.api.serving import Serving
from policygraph.errors import InputError, UsageError
from policygraph.read.text import decode
from policygraph.settings import Settings
from policygraph.table import plain

_FORM, _JSON, _TEXT = "application/x-www-form-urlencoded", "application/json", "text/plain"
_HOW = "Send the text as text/plain, or JSON or a form with `text` and, if it names no document, `document`."
_SENT: dict[str, Any] = {
    "type": "object", "required": ["text"],
    "properties": {"text": {"type": "string"}, "document": {"type": "string", "description": "What the text speaks of where it names none."}},
}  # fmt: skip
_EXAMPLE = {"text": "《四川省打好长江保护修复攻坚战实施方案》提出，到2025年，农膜回收率达80%。"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            _JSON: {"schema": _SENT, "example": _EXAMPLE},
            _TEXT: {"schema": {"type": "string"}, "example": _EXAMPLE["text"]},
            _FORM: {"schema": _SENT, "example": _EXAMPLE},
        },
    }
}


def verifying(serving: Serving, *, settings: Settings) -> APIRouter:
    """The routes."""
    router = APIRouter()
    show = Representations(settings=settings).respond
    answers = responses("verify") | {415: {"description": "The media type of the request is not supported."}}

    @router.get("/verify", tags=["questions"], response_class=Response, responses=responses("verify"))
    async def ask_for_text(request: Request) -> Response:
        """核对文本。The page that takes a text; in other formats, how to send one."""
        async with serving.opened() as live:
            data = {"how": f"POST /verify. {_HOW}", "characters": settings.verify_characters}
            return await show(request, Resource(kind="verify", data=data), live=live)

    @router.post("/verify", tags=["questions"], response_class=Response, responses=answers, openapi_extra=_BODY)
    async def verify(request: Request) -> Response:
        """核对文本中的引文、文号、标题、条、数字、期限与责任单位。What a text says of the documents: each claim found, differing,
        contradicted, not held or not checkable, beside what the source says."""
        kind = request.headers.get("content-type", _TEXT).partition(";")[0].strip().lower()
        if kind not in (_TEXT, _JSON, _FORM):
            return problem(415, f"{kind} is no text to verify.", remedy=_HOW)
        text, document = _sent(await request.body(), kind=kind)
        async with serving.opened() as live:
            client = request.client.host if request.client else ""
            found = await live.think(lambda: live.graph.verify(text, document=document), client=client)
            where = [claim.where for claim in found.claims if claim.where]
            subjects = [live.iris.record(place.clause or place.document) for place in where]
            data = {**plain(found), "document": document}
            return await show(request, Resource(kind="verify", data=data, subjects=subjects), live=live)

    return router


def _sent(body: bytes, *, kind: str) -> tuple[str, str | None]:
    """The text of a request and the document it names."""
    if not body.strip():
        raise InputError("There is no text.", remedy=_HOW)
    text, _ = decode(body, name="the text")
    if kind == _TEXT:
        return text, None
    if kind == _FORM:
        given: dict[str, Any] = dict(reversed(parse_qsl(text, keep_blank_values=True)))
    else:
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"The body is no JSON ({error}).", remedy=_HOW) from error
    words, document = (given.get("text"), given.get("document")) if isinstance(given, dict) else (None, None)
    if not isinstance(words, str) or not words.strip() or not isinstance(document, str | None):
        raise UsageError("There is no `text`, or a field is no text.", remedy=_HOW)
    if not all(_is_text(each) for each in (words, document or "")):
        raise InputError("The text has half a character (a lone surrogate).", remedy="Send it as UTF-8.")
    return words, document or None


def _is_text(words: str) -> bool:
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True
