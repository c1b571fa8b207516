"""The pages of a document's original that its source view shows, with the words lit."""

from __future__ import annotations

from dataclasses import dataclass

from policygraph.api.serving import Live
from policygraph.read import Rectangle

#: Pages shown at once: a record stands on one or two, a whole chapter on many.
_MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page: its number from 1, its size, and the rectangles that are lit, all in the page's own unit."""

    number: int
    width: float
    height: float
    lit: tuple[Rectangle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """The pages shown, of how many, and where in the text those before and behind begin."""

    shown: tuple[Sheet, ...]
    total: int
    left: int

    @property
    def before(self) -> int | None:
        first = self.shown[0].number
        return first - 1 if first > 1 else None

    @property
    def behind(self) -> int | None:
        last = self.shown[-1].number
        return last + 1 if last < self.total else None


def sheets(live: Live, document: str, *, span: tuple[int, int], page: int = 0) -> Sheets | None:
    """The page asked for, else those on which the characters of `span` stand, else the first; None without pages."""
    places = live.release.places(document)
    if places is None:
        return None
    lit = places.rectangles(*span)
    total = len(places.pages)
    on = [min(page, total)] if page else sorted({rectangle.page for rectangle in lit}) or [places.page_of(span[0]) or 1]
    shown = tuple(
        Sheet(number=n, width=places.pages[n - 1][0] / 10, height=places.pages[n - 1][1] / 10, lit=tuple(r for r in lit if r.page == n)) for n in on[:_MOST]
    )
    return Sheets(shown=shown, total=total, left=len(on[_MOST:]))
