"""The pages: HTML from the same answers that the HTTP API gives.

`render` draws a resource's answer; `routes` holds the pages that are no resource of the API (home, links, side by side,
source, timeline, about). Everything is drawn on the server and reads without JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from policygraph.api.behind import root_of
from policygraph.api.pages.routes import routes as routes
from policygraph.api.pages.site import Shown, draw, language
from policygraph.api.pages.views import VIEWS
from policygraph.api.pages.wording import linked, problem_in
from policygraph.api.serving import Live

__all__ = ["render", "render_problem", "routes"]


def render(request: Request, *, kind: str, answer: Any, live: Live) -> str:
    """The page that shows an answer of this kind; kinds without a design of their own are shown as a table."""
    view = VIEWS.get(kind, VIEWS["plain"])
    template, context = view(Shown(answer, live, request))
    return draw(request, template, live=live, answer=answer, kind=kind, **context)


def render_problem(request: Request, problem: Mapping[str, Any]) -> str:
    """The page that says what went wrong and the way out, in the reader's language."""
    lang, status = language(request), str(problem.get("status", 500))
    detail, remedy = (str(problem.get(name, "")) for name in ("detail", "remedy"))
    said = [problem_in(lang, part) for part in (detail, remedy)]
    original = " ".join((detail, remedy)).strip() if None in said else ""
    shown = [linked(part, root=root_of(request)) for part in said if part]
    return draw(request, "error.html", live=None, status=status, said=shown, original=original)
