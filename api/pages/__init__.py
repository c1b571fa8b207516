"""The pages: HTML from the same answers that the HTTP API gives.

`render` draws a resource's answer; `routes` holds the pages that are no resource of the API (home, links, side by side,
source, timeline, about). Everything is drawn on the server and reads without JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from policygraph.api.pages.routes import routes as routes
from policygraph.api.pages.site import draw
from policygraph.api.pages.views import VIEWS
from policygraph.api.serving import Live

__all__ = ["render", "render_problem", "routes"]


def render(request: Request, *, kind: str, answer: Any, live: Live) -> str:
    """The page that shows an answer of this kind; kinds without a design of their own are shown as a table."""
    view = VIEWS.get(kind, VIEWS["plain"])
    template, context = view(answer, live)
    return draw(request, template, live=live, answer=answer, kind=kind, **context)


def render_problem(request: Request, problem: Mapping[str, Any]) -> str:
    """The page that says what went wrong and the way out."""
    shown = {name: problem.get(name, "") for name in ("status", "detail", "remedy")}
    return draw(request, "error.html", live=None, **shown)
