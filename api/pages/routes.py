"""Pages that are no resource of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from policygraph.api.pages.site import STATIC, draw, language, messages
from policygraph.api.pages.views import link_context, matrix, side_by_side
from policygraph.api.serving import Live, Serving
from policygraph.errors import NotFoundError
from policygraph.settings import Settings

_HTML = "text/html; charset=utf-8"
_COLOURS = {"implemented": "#24694b", "partly": "#8fc3a7", "corresponds": "#9db4d8", "absent": "#f3d9d4"}


def routes(serving: Serving, *, settings: Settings) -> list[BaseRoute]:
    """Home, links, side by side, source, the matrix as a picture, timeline and calendar, about, static files."""
    del settings

    def page(template: str, make: Callable[[Request, Live], dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def show(request: Request) -> Response:
            async with serving.opened() as live:
                return Response(draw(request, template, live=live, **make(request, live)), media_type=_HTML, headers={"Policygraph-Release": live.release.id})

        return show

    def home(request: Request, live: Live) -> dict[str, Any]:
        return {"matrix": matrix(live), "documents": list(live.graph.library.documents.values())}

    def link(request: Request, live: Live) -> dict[str, Any]:
        found = link_context(request.path_params["id"], live)
        if found is None:
            raise NotFoundError(f"There is no link {request.path_params['id']!r}.", remedy="See /coverage for the links there are.")
        return found

    def compare(request: Request, live: Live) -> dict[str, Any]:
        library = live.graph.library
        higher, lower = library.document(request.path_params["a"]).id, library.document(request.path_params["b"]).id
        return side_by_side(higher, lower, live)

    def source(request: Request, live: Live) -> dict[str, Any]:
        document = live.graph.library.document(request.path_params["id"])
        text = live.source(document.id)
        start, end = (_number(request, name, most=len(text)) for name in ("start", "end"))
        return {"document": document, "before": text[:start], "lit": text[start:end], "after": text[max(start, end):], "start": start, "end": end}

    def timeline(request: Request, live: Live) -> dict[str, Any]:
        return {"rows": _due(request, live), "regions": _regions(live)}

    def about(request: Request, live: Live) -> dict[str, Any]:
        return {"manifest": live.release.manifest, "triples": live.triples}

    async def picture(request: Request) -> Response:
        async with serving.opened() as live:
            return Response(_matrix_svg(matrix(live), language(request)), media_type="image/svg+xml")

    async def calendar(request: Request) -> Response:
        async with serving.opened() as live:
            return Response(_calendar(_due(request, live)), media_type="text/calendar; charset=utf-8",
                            headers={"Content-Disposition": 'attachment; filename="policygraph.ics"'})

    async def choose(request: Request) -> Response:
        wanted = "en" if request.path_params["lang"] == "en" else "zh"
        back = request.query_params.get("back", "/")
        answer = RedirectResponse(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/", status_code=303)
        answer.set_cookie("lang", wanted, samesite="lax", httponly=True, max_age=31_536_000)
        return answer

    return [
        Route("/", page("home.html", home), name="home"),
        Route("/links/{id}", page("link.html", link)),
        Route("/compare/{a}/{b}", page("compare.html", compare)),
        Route("/sources/{id}", page("source.html", source)),
        Route("/coverage/matrix.svg", picture),
        Route("/timeline.ics", calendar),
        Route("/timeline", page("timeline.html", timeline)),
        Route("/about", page("about.html", about)),
        Route("/language/{lang}", choose),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _number(request: Request, name: str, *, most: int) -> int:
    text = request.query_params.get(name, "0")
    return min(int(text), most) if text.isdigit() and len(text) < 10 else 0


def _due(request: Request, live: Live) -> list[Any]:
    chosen = {name: request.query_params.get(name) or None for name in ("by", "since", "region", "agency")}
    return list(live.graph.due(**chosen))


def _regions(live: Live) -> list[tuple[str, str]]:
    from policygraph.resolve.regions import regions

    codes = {d.region for d in live.graph.library.documents.values() if d.region}
    return [(code, regions()[code].short) for code in sorted(codes)]


def _calendar(rows: list[Any]) -> str:
    """Deadlines as all-day events (RFC 5545); lines are folded at 75 octets."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//policygraph//timeline//ZH"]
    for row in rows:
        day = row.date.replace("-", "")
        summary = f"{row.action or row.text}（{'、'.join(row.lead)}）" if row.lead else (row.action or row.text)
        lines += ["BEGIN:VEVENT", f"UID:{row.clause.replace('/', '-')}-{row.start}@policygraph", f"DTSTAMP:{day}T000000Z", f"DTSTART;VALUE=DATE:{day}",
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


def _matrix_svg(found: dict[str, Any], lang: str) -> str:
    """The coverage matrix as a picture of its own."""
    column = 0 if lang == "zh" else 1
    rows, columns = found["rows"], found["columns"]
    width, height = 360 + 130 * len(columns), 60 + 22 * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for i, col in enumerate(columns):
        out.append(f'<text x="{360 + 130 * i}" y="30">{escape(col["place"])} {escape(col["title"][:8])}</text>')
    for j, row in enumerate(rows):
        y = 48 + 22 * j
        out.append(f'<text x="8" y="{y + 14}">{escape(row["number"])} {escape(row["heading"][:22])}{escape(row["place"])}</text>')
        for i, col in enumerate(columns):
            cell = row["cells"].get(col["id"])
            if cell:
                name = messages()[cell["status"]][column]
                out.append(f'<rect x="{360 + 130 * i}" y="{y}" width="122" height="19" fill="{_COLOURS[cell["status"]]}"/><text x="{366 + 130 * i}" y="{y + 14}">{escape(name)}</text>')
    return "".join([*out, "</svg>"])
