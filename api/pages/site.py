"""Templates, languages and the frame of every page."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

from policygraph.align.report import sureness
from policygraph.api.behind import base_of, root_of
from policygraph.api.pages.wording import figure, percent
from policygraph.report.reasons import reason_in
from policygraph.vocabulary.regions import regions

if TYPE_CHECKING:
    from jinja2 import Environment

    from policygraph.align.asked import Paired
    from policygraph.api.serving import Live
    from policygraph.model import Clause

_API = Path(__file__).resolve().parent.parent
STATIC = _API / "static"
LANGUAGES = ("zh", "en")
#: Clauses of a document on a page: a kilobyte or two each.
CLAUSES = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """What a view has to show: an answer of the API, the release it comes from, and the request for it."""

    answer: Any
    live: Live
    request: Request


@cache
def messages() -> dict[str, list[str]]:
    """Every word of the pages: key → Chinese, English."""
    return dict(tomllib.loads((_API / "templates" / "messages.toml").read_text("utf-8")))


def words_of(lang: str) -> Callable[[str], str]:
    """What gives the words of a key in a language; a key without words is its own word.

    >>> words_of("en")("coverage"), words_of("zh")("lead")
    ('Coverage', '牵头')
    """
    column = LANGUAGES.index(lang)
    return lambda key: messages()[key][column] if key in messages() else key


def region_name(code: str, lang: str) -> str:
    """The short name of a region in a language; Chinese where it has no other.

    >>> region_name("510000", "en"), region_name("510000", "zh")
    ('Sichuan', '四川')
    """
    found = regions().get(code)
    if found is None:
        return code
    return found.english[0] if lang == "en" and found.english else found.short


def language(request: Request) -> str:
    """The language asked for: by the address, else by the cookie, else Chinese."""
    wanted = request.query_params.get("lang") or request.cookies.get("lang") or "zh"
    return wanted if wanted in LANGUAGES else "zh"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(_API / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["policygraph.api.pages.rooted.Rooted"],
    )
    found.filters["path"] = lambda text: quote(str(text), safe="/~-._")
    found.filters["percent"] = percent
    found.filters["figure"] = figure
    found.filters["sureness"] = sureness
    return found


def draw(request: Request, template: str, *, live: Live | None, **context: Any) -> str:
    """A page in the language of the request."""
    lang = language(request)
    t = words_of(lang)

    def here(**changes: Any) -> str:
        """This page's query with some parameters changed: None takes one off, a list gives one several times."""
        query = [(k, v) for k, v in request.query_params.multi_items() if k not in changes]
        query += [(k, str(v)) for k, v in changes.items() if v is not None and not isinstance(v, list)]
        query += [(k, str(v)) for k, values in changes.items() if isinstance(values, list) for v in values]
        return "?" + urlencode(query)

    library = live.graph.library if live and live.release.manifest.documents else None

    def title(document: str) -> str:
        return library.documents[document].title if library and document in library.documents else document

    def label(clause: str) -> str:
        return library.label(library.clauses[clause]) if library and clause in library.clauses else clause

    def brief(clause: str) -> str:
        """The label of a clause inside its document: without the title, and by what stands above it where it has no name."""
        own = label(clause).partition("》")[2]
        found = library.clauses.get(clause) if library else None
        while not own and library and found and found.parent:
            found = library.clauses[found.parent]
            own = f"{found.number or ''}{found.heading or ''}"
        return own or label(clause)

    def in_document(clause: Clause) -> str:
        """Where a clause stands on the page of its document, which begins with the clause's hundred."""
        first = clause.order - clause.order % CLAUSES
        return f"{root_of(request)}/documents/{quote(clause.document)}?offset={first}#{quote(clause.id)}"

    def cite(document: str, clause: str = "") -> str:
        """A document or clause as GB/T 7714 has it."""
        return live.graph.cite(clause or document).strip() if live and library and document in library.documents else ""

    def region(code: str) -> str:
        return region_name(code, lang)

    def short(document: str) -> str:
        found = library.documents.get(document) if library else None
        return f"{region(found.region or '')} {(found.date or '')[:4]}".strip() if found else document

    def say(reason: str, place: str = "") -> str:
        return reason_in(lang, reason, place=place)

    def standing_said(paired: Paired) -> str:
        """How two documents stand to each other, by name, and who aligned them."""
        said = "" if paired.standing == "above" else t(f"standing_{paired.standing}")
        said = said.replace("{higher}", title(paired.higher)).replace("{lower}", title(paired.lower))
        return said + (t(f"asked_{paired.by.value}") if paired.by else "")

    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    shared = {
        "say": say, "standing_said": standing_said, "region_of": region, "short_of": short, "back": quote(back, safe="/"), "t": t, "lang": lang, "here": here, "title_of": title, "label_of": label, "brief_of": brief, "in_document": in_document, "record_of": live.record if live else None, "cite": cite, "request": request, "live": live,
        "root": root_of(request), "base": base_of(request), "path": request.url.path, "library": library, "today": date.today().isoformat(),
        "release": live.release.id if live else None, "reviewing": bool(live and live.reviewing),
    }  # fmt: skip
    return _environment().get_template(template).render(**shared | context)
