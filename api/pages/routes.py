"""Pages that are no resource of the API."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from policygraph.api.behind import root_of
from policygraph.api.pages.matrix import matrix, picture
from policygraph.api.pages.overview import overview
from policygraph.api.pages.pairs import link_context, side_by_side
from policygraph.api.pages.quality import measured
from policygraph.api.pages.sheets import sheets
from policygraph.api.pages.site import STATIC, draw, language, region_name
from policygraph.api.representations import citation_asked, cited
from policygraph.api.serving import Live, Serving
from policygraph.errors import NotFoundError
from policygraph.model import Document
from policygraph.release.due import SECTIONS, Due, DueRows, first_on
from policygraph.report import SECTIONS as PARTS
from policygraph.report import PairReport, heading, note, to_docx, to_html, to_markdown
from policygraph.settings import Settings

#: Deadlines of a page, and days of the bars above them: each some hundred bytes.
_DUE, _DAYS = 100, 120
_HTML = "text/html; charset=utf-8"
_REPORTS: Mapping[str, tuple[Callable[[PairReport], str | bytes], str]] = {
    "html": (to_html, _HTML),
    "md": (to_markdown, "text/markdown; charset=utf-8"),
    "docx": (to_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


def routes(serving: Serving, *, settings: Settings) -> list[BaseRoute]:
    """Home, links, side by side, source, the matrix as a picture, timeline and calendar, about, static files."""
    del settings

    def page(template: str, make: Callable[[Request, Live], dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def show(request: Request) -> Response:
            async with serving.opened() as live:
                body = await asyncio.to_thread(lambda: draw(request, template, live=live, **make(request, live)))
                return Response(body, media_type=_HTML, headers={"Policygraph-Release": live.release.id})

        return show

    def citable(show: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            form = citation_asked(request)
            if form is None:
                return await show(request)
            async with serving.opened() as live:
                return await cited(form, request.path_params["id"], live=live)

        return answer

    def home(request: Request, live: Live) -> dict[str, Any]:
        links = live.graph.columns.count("alignments", "relation IN ('implements', 'partially_implements')")
        found = overview(live, language(request))
        return {"matrix": matrix(live) if found["small"] else None, "here_is": found, "documents": live.release.manifest.documents, "links": links}

    def link(request: Request, live: Live) -> dict[str, Any]:
        named = request.query_params.get("higher"), request.query_params.get("lower")
        found = link_context(request.path_params["id"], live, pair=(named[0], named[1]) if named[0] and named[1] else None)
        if found is None:
            raise NotFoundError(f"There is no link {request.path_params['id']!r}.", remedy="See /coverage for the links there are.")
        return found

    def compare(request: Request, live: Live) -> dict[str, Any]:
        return side_by_side(request.path_params["a"], request.path_params["b"], live)

    def source(request: Request, live: Live) -> dict[str, Any]:
        document = live.graph.library.document(request.path_params["id"])
        text = live.source(document.id)
        start, end = (_number(request, name, most=len(text)) for name in ("start", "end"))
        shown = {"document": document, "before": text[:start], "lit": text[start:end], "after": text[max(start, end):], "start": start, "end": end}
        return {**shown, "sheets": sheets(live, document.id, span=(start, end), page=_number(request, "page", most=100_000))}

    def timeline(request: Request, live: Live) -> dict[str, Any]:
        rows = _due(request, live)
        page = {"total": len(rows), "offset": _number(request, "offset", most=len(rows)), "limit": _DUE}
        shown = rows[page["offset"] : page["offset"] + _DUE]
        dated = [row for row in shown if row.section == "dated"]
        others = {name: [row for row in shown if row.section == name] for name in SECTIONS[1:]}
        bars = _bars(rows.days, there={row.date for row in dated if row.date})
        return {"page": page, "dated": dated, "others": others, "regions": _regions(live, language(request)), "dates": bars}

    def about(request: Request, live: Live) -> dict[str, Any]:
        return {"manifest": live.release.manifest, "triples": live.triples, "quality": measured(), "judged": live.release.judged}

    async def drawn(request: Request) -> Response:
        asked = request.query_params
        async with serving.opened() as live:
            found = matrix(live, status=asked.get("status"), order=asked.get("sort"), lower=asked.get("lower"))
            return Response(picture(found, language(request)), media_type="image/svg+xml")

    async def calendar(request: Request) -> Response:
        async with serving.opened() as live:
            documents = live.graph.library.documents
            return Response(_calendar(_due(request, live), documents), media_type="text/calendar; charset=utf-8",
                            headers={"Content-Disposition": 'attachment; filename="policygraph.ics"'})

    async def beside(request: Request) -> Response:
        """To the page of two documents, each named by its id, number or title."""
        async with serving.opened() as live:
            ids = [live.graph.library.document(request.query_params.get(name, "").strip()).id for name in ("one", "other")]
            return RedirectResponse("/compare/" + "/".join(quote(each) for each in ids), status_code=303)

    async def choose(request: Request) -> Response:
        wanted = "en" if request.path_params["lang"] == "en" else "zh"
        back = request.query_params.get("back", "/")
        answer = RedirectResponse(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/", status_code=303)
        answer.set_cookie("lang", wanted, path=root_of(request) or "/", samesite="lax", httponly=True, max_age=31_536_000)
        return answer

    async def reported(request: Request) -> Response:
        form = request.query_params.get("format", "page")
        if form not in (*_REPORTS, "page"):
            raise NotFoundError(f"A report cannot be had as {form!r}.", remedy=f"Formats: {', '.join(_REPORTS)}.")
        async with serving.opened() as live:
            lang: Literal["zh", "en"] = "en" if language(request) == "en" else "zh"
            named = request.path_params["a"], request.path_params["b"]
            found = await live.think(lambda: live.graph.report(*named, lang=lang), client=request.client.host if request.client else "")
            headers = {"Policygraph-Release": live.release.id}
            if form == "page":
                shown = {"page": found, "sections": [(s, heading(found, s), note(found, s)) for s in PARTS if found.of(s)]}
                return Response(await asyncio.to_thread(lambda: draw(request, "report.html", live=live, **shown)), media_type=_HTML, headers=headers)
            make, media = _REPORTS[form]
            headers["Content-Disposition"] = f'attachment; filename="report.{form}"'
            return Response(await asyncio.to_thread(make, found), media_type=media, headers=headers)

    return [
        Route("/", page("home.html", home), name="home"),
        Route("/links/{id}", citable(page("link.html", link))),
        Route("/beside", beside),
        Route("/compare/{a}/{b}", page("compare.html", compare)),
        Route("/compare/{a}/{b}/report", reported),
        Route("/sources/{id}", page("source.html", source)),
        Route("/coverage/matrix.svg", drawn),
        Route("/timeline.ics", calendar),
        Route("/timeline", page("timeline.html", timeline)),
        Route("/about", page("about.html", about)),
        Route("/language/{lang}", choose),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _number(request: Request, name: str, *, most: int) -> int:
    text = request.query_params.get(name, "0")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _due(request: Request, live: Live) -> DueRows:
    chosen = {name: request.query_params.get(name) or None for name in ("by", "since", "region", "agency")}
    rows = live.graph.due(**chosen).rows
    return rows if isinstance(rows, DueRows) else DueRows(live.graph.columns, ())


def _bars(days: list[str], *, there: set[str]) -> list[dict[str, Any]]:
    """How much is due on each day, or, where there are many days, in each year; `here` where the day is on the page."""
    by_day = sorted(Counter(days).items())
    if len(by_day) <= _DAYS:
        return [{"name": day, "n": n, "since": day, "by": day, "here": day in there} for day, n in by_day]
    by_year = sorted(Counter(day[:4] for day in days).items())
    return [{"name": year, "n": n, "since": f"{year}-01-01", "by": f"{year}-12-31", "here": False} for year, n in by_year]


def _regions(live: Live, lang: str) -> list[tuple[str, str]]:
    codes = {d.region for d in live.graph.library.documents.values() if d.region}
    return [(code, region_name(code, lang)) for code in sorted(codes)]


def _begins(row: Due, document: Document) -> str | None:
    """The day of an event: the last day, or the first time that a rule falls on after its document (a text without a
    date: after today); None for what stands on no day."""
    if not row.recurrence:
        return row.date
    after = row.earliest or (document.date if document.date and len(document.date) == 10 else None)
    first = first_on(row.recurrence, date.fromisoformat(after) if after else date.today())
    return first.isoformat() if first else None


def _calendar(rows: Iterable[Due], documents: Mapping[str, Document]) -> str:
    """Deadlines as all-day events (RFC 5545), those that recur with their rule; lines are folded at 75 octets. What runs
    from an event has no day and is left out."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//policygraph//timeline//ZH"]
    for row in rows:
        begins = _begins(row, documents[row.document])
        if begins is None:
            continue
        day = begins.replace("-", "")
        summary = f"{row.action or row.text}（{'、'.join(row.lead)}）" if row.lead else (row.action or row.text)
        lines += ["BEGIN:VEVENT", f"UID:{row.clause.replace('/', '-')}-{row.start}@policygraph", f"DTSTAMP:{day}T000000Z", f"DTSTART;VALUE=DATE:{day}",
                  *([f"RRULE:{row.recurrence}"] if row.recurrence else []),
                  "SUMMARY:" + _escaped(summary), "DESCRIPTION:" + _escaped(f"{row.document} {row.clause}"), "END:VEVENT"]
    return "\r\n".join(folded for line in [*lines, "END:VCALENDAR"] for folded in _folded(line)) + "\r\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    parts, current = [], ""
    for char in line:
        if len((current + char).encode()) > 73:
            parts.append(current)
            current = " "
        current += char
    return [*parts, current]
