"""Where the characters of a stored text stand on the pages of their original: what lights them in its picture.

Invariant: strips are in the order of the text and do not overlap; a character without a strip has no known place.
"""

from __future__ import annotations

import bisect
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policygraph.errors import ReleaseError

#: Lengths are kept as whole tenths of a page's own unit (a point of a PDF, a pixel of a scan).
TENTHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """A stretch of a line on a page. `page` counts from 1; lengths run from the page's top left corner, in the unit that
    `width` and `height` of the page are given in (points of a PDF, pixels of a scan)."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Strip:
    """Characters beside each other on one line of a page (from 0): `edges` are their left sides and the last one's right."""

    start: int
    page: int
    top: int
    bottom: int
    edges: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.edges) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The pages of an original, each with width and height in tenths, and the strips of its text."""

    pages: tuple[tuple[int, int], ...]
    strips: tuple[Strip, ...]

    def rectangles(self, start: int, end: int) -> list[Rectangle]:
        """Where the characters `start` to `end` (exclusive) of the text stand, a rectangle a line."""
        found = []
        first = bisect.bisect_right(self.strips, start, key=lambda strip: strip.end)
        for strip in self.strips[first:]:
            if strip.start >= end:
                break
            width, height = self.pages[strip.page]
            left = strip.edges[max(0, start - strip.start)]
            right = strip.edges[min(end, strip.end) - strip.start]
            sides = (left, strip.top, max(left, right), strip.bottom, width, height)
            x0, y0, x1, y1, across, down = (side / TENTHS for side in sides)
            found.append(Rectangle(page=strip.page + 1, left=x0, top=y0, right=x1, bottom=y1, width=across, height=down))
        return found

    def page_of(self, start: int) -> int | None:
        """The page (from 1) on which the first character with a place from `start` on stands."""
        first = bisect.bisect_right(self.strips, start, key=lambda strip: strip.end)
        return self.strips[first].page + 1 if first < len(self.strips) else None

    def span_of(self, page: int) -> tuple[int, int] | None:
        """The first and the last character (exclusive) of the text on a page (from 1); None for one without text."""
        ends = [(strip.start, strip.end) for strip in self.strips if strip.page == page - 1]
        return (min(start for start, _ in ends), max(end for _, end in ends)) if ends else None

    def rows(self) -> dict[str, Any]:
        """As JSON has it; of the edges the first, then the steps, which are small and much alike."""
        strips = [
            [strip.start, strip.page, strip.top, strip.bottom, strip.edges[0], *(b - a for a, b in zip(strip.edges, strip.edges[1:], strict=False))]
            for strip in self.strips
        ]  # fmt: skip
        return {"pages": [list(page) for page in self.pages], "strips": strips}

    @classmethod
    def of_rows(cls, rows: dict[str, Any]) -> Places:
        """What `rows` gave."""
        return cls(
            pages=tuple((width, height) for width, height in rows["pages"]),
            strips=tuple(Strip(start, page, top, bottom, _summed(edges)) for start, page, top, bottom, *edges in rows["strips"]),
        )

    def packed(self) -> bytes:
        """As a file of a release: the same bytes for the same places."""
        return gzip.compress(json.dumps(self.rows(), separators=(",", ":")).encode(), mtime=0)

    @classmethod
    def unpacked(cls, data: bytes) -> Places:
        """What `packed` gave; raises ReleaseError for anything else."""
        try:
            return cls.of_rows(json.loads(gzip.decompress(data)))
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise ReleaseError(f"The places of characters on pages cannot be read ({error}).", remedy="Build again: policygraph build.") from error


def _summed(steps: Sequence[int]) -> tuple[int, ...]:
    edges = []
    at = 0
    for step in steps:
        at += step
        edges.append(at)
    return tuple(edges)
