"""The routes under `/review`: JSON for programs that bear a token, pages for people who signed in with one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from policygraph.api.behind import root_of
from policygraph.api.negotiation import choose
from policygraph.api.pages.site import draw
from policygraph.api.problems import problem
from policygraph.api.representations import HTML, JSON
from policygraph.api.reviewing.desk import Desk
from policygraph.api.reviewing.reviewers import Reviewer
from policygraph.api.reviewing.sessions import COOKIE, Session, Sessions, is_own
from policygraph.api.reviewing.shown import about_record, add_page, listed, queue_page
from policygraph.api.serving import Live, Serving
from policygraph.errors import InputError, UsageError
from policygraph.review import Review, Verdict
from policygraph.settings import Settings

_HTML = "text/html; charset=utf-8"
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
#: Nothing of what a reviewer sees is kept by a proxy.
_PRIVATE = {"Cache-Control": "no-store"}
_BODY = "Send JSON: {id, judgement, correction?, reason?, settle?}, {add: {…}}, {agency: {…}}, {read_whole: {…}} or {withdraw: id}."
Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Who:
    """Who asks: a reviewer, with a session where they are on the pages."""

    reviewer: Reviewer
    session: Session | None


def reviewing(serving: Serving, desk: Desk, *, settings: Settings, behind_tls: bool) -> list[BaseRoute]:
    """The routes; `behind_tls`: cookies go over TLS alone."""
    sessions = Sessions(seconds=settings.session_seconds, most=settings.review_sessions)

    def who(request: Request) -> _Who | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            found = desk.reviewers.of_token(token.strip())
            return _Who(found, None) if found else None
        session = sessions.of(request.cookies.get(COOKIE))
        if session is None or not desk.reviewers.still(session.reviewer):
            return None
        return _Who(session.reviewer, session)

    def known(answer: Callable[[Request, _Who], Awaitable[Response]]) -> Answer:
        """Only for who is known; people are shown where to sign in, programs get 401."""

        async def show(request: Request) -> Response:
            found = await asyncio.to_thread(who, request)
            if found is not None:
                response = await answer(request, found)
                response.headers.setdefault("Cache-Control", "no-store")
                return response
            if "authorization" in request.headers:
                await asyncio.to_thread(desk.audit_stranger, client=_client(request), action="refused")
            elif request.method == "GET" and choose((JSON, HTML), request.headers.get("accept")) is HTML:
                return RedirectResponse("/review/sign-in", status_code=303)
            challenge = {"WWW-Authenticate": 'Bearer realm="policygraph review"'}
            return problem(401, "Reviewing wants a reviewer's token.", remedy="Ask the editor for one: policygraph review token NAME.", headers=challenge)

        return show

    def page(template: str, make: Callable[[Request, Live, Review, _Who], dict[str, Any]]) -> Answer:
        async def show(request: Request, person: _Who) -> Response:
            async with serving.opened() as live:
                review = await asyncio.to_thread(desk.review, live)
                found = await asyncio.to_thread(make, request, live, review, person)
                if choose((HTML, JSON), request.headers.get("accept")) is JSON:
                    return JSONResponse(found["data"])
                shared = {"person": person.reviewer, "csrf": person.session.csrf if person.session else "", "trouble": desk.trouble}
                body = await asyncio.to_thread(lambda: draw(request, template, live=live, **{**shared, **found}))
                return Response(body, media_type=_HTML)

        return known(show)

    async def sign_in(request: Request) -> Response:
        if request.method == "GET":
            async with serving.opened() as live:
                body = await asyncio.to_thread(lambda: draw(request, "review_sign_in.html", live=live, refused=False))
            return Response(body, media_type=_HTML, headers=_PRIVATE)
        if not _same_site(request):
            return _foreign()
        token = dict(parse_qsl((await request.body()).decode("utf-8", "replace"))).get("token", "").strip()
        found = await asyncio.to_thread(desk.reviewers.of_token, token)
        if found is None:
            await asyncio.to_thread(desk.audit_stranger, client=_client(request), action="sign-in")
            async with serving.opened() as live:
                body = await asyncio.to_thread(lambda: draw(request, "review_sign_in.html", live=live, refused=True))
            return Response(body, 403, media_type=_HTML, headers=_PRIVATE)
        await asyncio.to_thread(desk.audit, client=_client(request), reviewer=found.name, action="sign-in")
        answer = RedirectResponse("/review", status_code=303)
        answer.set_cookie(COOKIE, sessions.begin(found), httponly=True, samesite="strict", secure=behind_tls, path=root_of(request) or "/", max_age=int(settings.session_seconds))
        return answer

    async def sign_out(request: Request, person: _Who) -> Response:
        refusal = await _refuse_forged(request, person, await _sent(request))
        if refusal is not None:
            return refusal
        sessions.end(request.cookies.get(COOKIE))
        answer = RedirectResponse("/review/sign-in", status_code=303)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    async def judge(request: Request, person: _Who) -> Response:
        """`POST /review/verdicts`: from a program JSON, from a page a form."""
        given = await _sent(request)
        refusal = await _refuse_forged(request, person, given)
        if refusal is not None:
            await asyncio.to_thread(desk.audit, client=_client(request), reviewer=person.reviewer.name, action="judge", refused="forged request")
            return refusal
        if person.reviewer.role == "reader":
            await asyncio.to_thread(desk.audit, client=_client(request), reviewer=person.reviewer.name, action="judge", refused="a reader")
            return problem(403, f"{person.reviewer.name} reads, and does not judge.", remedy="Ask the editor for the role of a reviewer.")
        async with serving.opened() as live:
            review = await asyncio.to_thread(desk.review, live)
            verdict = await asyncio.to_thread(
                desk.write, lambda: _judged(review, person.reviewer, given), client=_client(request), reviewer=person.reviewer.name, action="judge",
                of=lambda verdict: {"verdict": verdict.id, "judgement": verdict.judgement, "kind": verdict.kind, "record": verdict.record},
            )  # fmt: skip
        desk.put_into_force_soon()
        if choose((JSON, HTML), request.headers.get("accept")) is HTML:
            back = str(given.get("back", "/review"))
            return RedirectResponse(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/review", status_code=303)
        return JSONResponse(verdict.row(), 201)

    return [
        Route("/review", page("review.html", queue_page), methods=["GET"]),
        Route("/review/add", page("review_add.html", add_page), methods=["GET"]),
        Route("/review/lists", page("review_lists.html", listed), methods=["GET"]),
        Route("/review/records/{id:path}", page("review_record.html", about_record), methods=["GET"]),
        Route("/review/verdicts", known(judge), methods=["POST"]),
        Route("/review/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/review/sign-out", known(sign_out), methods=["POST"]),
    ]


def _judged(review: Review, reviewer: Reviewer, given: Mapping[str, Any]) -> Verdict:
    """The verdict that a request gives."""
    by = reviewer.by(settles=bool(given.get("settle")))
    reason = _text(given, "reason")
    if "withdraw" in given:
        return review.withdraw(_text(given, "withdraw"), by=by)
    for name in ("add", "agency", "read_whole"):
        if name in given:
            what = given[name]
            if not isinstance(what, Mapping):
                raise UsageError(f"`{name}` is no object.", remedy=_BODY)
            return _further(review, name, what, by=by, reason=reason)
    correction = given.get("correction")
    if correction is not None and not isinstance(correction, Mapping):
        raise UsageError("`correction` is no object.", remedy=_BODY)
    judgement = _text(given, "judgement")
    return review.judge(_text(given, "id"), judgement, by=by, correction=correction, reason=reason)  # type: ignore[arg-type]


def _further(review: Review, name: str, what: Mapping[str, Any], *, by: Any, reason: str) -> Verdict:
    document = _text(what, "document")
    if name == "agency":
        return review.judge_agency(document, _text(what, "name"), by=by, agency=what.get("agency") and _text(what, "agency"), reason=reason)
    if name == "read_whole":
        return review.read_whole(document, by=by, kind=review.kind(_text(what, "kind")), higher=what.get("higher") and _text(what, "higher"), reason=reason)
    if what.get("kind") == "link":
        return review.add_link(_text(what, "lower"), _text(what, "higher"), by=by, relation=_text(what, "relation"), reason=reason)
    fields = what.get("fields")
    near = what.get("near", 0)
    if not isinstance(fields, Mapping) or not isinstance(near, int):
        raise UsageError("What is added has `fields`, an object, and maybe `near`, a number.", remedy=_BODY)
    return review.add(review.kind(_text(what, "kind")), document=document, quote=_text(what, "quote"), by=by, fields=fields, reason=reason, near=near)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise UsageError(f"`{name}` is no text.", remedy=_BODY)
    return value


async def _sent(request: Request) -> dict[str, Any]:
    """The fields of a body; of a form those that correct a record (`field.value`) as its correction, a changed one only."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == _FORM:
        given: dict[str, Any] = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        said = {name.removeprefix("field."): value for name, value in given.items() if name.startswith("field.")}
        if given.get("judgement") == "corrected":
            given["correction"] = {name: _field(value) for name, value in said.items() if value != given.get(f"was.{name}")}
        return given | _grouped(given, said)
    if kind != _JSON:
        raise InputError(f"{kind or 'A body without a media type'} is no verdict.", remedy=_BODY)
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The body is no JSON ({error}).", remedy=_BODY) from error
    if not isinstance(given, dict):
        raise InputError("The body is no object.", remedy=_BODY)
    return given


def _grouped(given: Mapping[str, str], said: Mapping[str, str]) -> dict[str, Any]:
    """The parts of a form that belong together: `agency.name`, `read_whole.document`, `add.quote` …"""
    found: dict[str, Any] = {}
    for group in ("agency", "read_whole", "add"):
        parts = {name.removeprefix(f"{group}."): value.strip() for name, value in given.items() if name.startswith(f"{group}.")}
        if parts:
            found[group] = parts
    if "add" in found:
        added = found["add"]
        fields = {name: value for name, text in said.items() if (value := _field(text)) is not None}
        near = added.get("near", "")
        found["add"] = {**added, **fields, "fields": fields, "near": int(near) if near.isascii() and near.isdigit() and len(near) < 10 else 0}
    return found


def _field(value: str) -> Any:
    """What a form's field means: nothing where it is empty, JSON where it is that, else the text."""
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except ValueError:
        return value.strip()


async def _refuse_forged(request: Request, person: _Who, given: Mapping[str, Any]) -> Response | None:
    """Refuse what another site sends in the name of a reviewer who is signed in. A bearer of a token sends it by hand."""
    if person.session is None:
        return None
    token = request.headers.get("x-review-token") or given.get("csrf")
    if not _same_site(request) or not isinstance(token, str) or not is_own(person.session, token):
        return _foreign()
    return None


def _same_site(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def _foreign() -> Response:
    return problem(403, "This did not come from a page of this service.", remedy="Open the page again and send it from there.")


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
