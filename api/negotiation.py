"""Content negotiation: which of the offered representations a client wants (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from policygraph.sparql.formats import Format

#: A quoted string, also one without an end: no character is looked at twice.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?$)', re.DOTALL)
#: Ranges of a header that are read; browsers send eight, and the work grows with ranges and formats.
_MOST_RANGES = 100
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class Range:
    """One media range of an Accept header. Parameters other than `q` and `charset` count only as specificity."""

    main: str
    sub: str
    quality: float
    parameters: int = 0

    def matches(self, media_type: str) -> bool:
        main, _, sub = media_type.partition("/")
        return self.main in ("*", main) and self.sub in ("*", sub)

    @property
    def specificity(self) -> int:
        return (self.main != "*") + (self.sub != "*") + min(self.parameters, 1)


def parse_accept(header: str | None) -> list[Range]:
    """The media ranges of a header; what is no media range is left out. No header accepts everything.

    >>> [(r.main, r.quality) for r in parse_accept("text/turtle;q=0.5, */*;q=0.1")]
    [('text', 0.5), ('*', 0.1)]
    """
    if header is None or not header.strip():
        return [Range("*", "*", 1.0)]
    ranges = []
    # what a quoted string says chooses nothing, so it need not be kept
    for part in _QUOTED.sub("", header).split(",", _MOST_RANGES)[:_MOST_RANGES]:
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        main, slash, sub = media_type.lower().partition("/")
        if not slash or not main or not sub or (main == "*" and sub != "*"):
            continue
        quality, others = 1.0, 0
        for parameter in filter(None, parameters):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                quality = float(value.strip()) if _QUALITY.fullmatch(value.strip()) else 0.0
            elif name.strip().lower() != "charset":
                others += 1
        ranges.append(Range(main, sub, quality, others))
    return ranges


def quality_of(media_types: Sequence[str], ranges: Sequence[Range]) -> float:
    """How much a client wants the representation that goes by any of `media_types`: the most specific range decides."""
    best = 0.0
    for media_type in media_types:
        fitting = [r for r in ranges if r.matches(media_type)]
        if fitting:
            best = max(best, max(fitting, key=lambda r: (r.specificity, r.quality)).quality)
    return best


@lru_cache(maxsize=256)
def choose(offers: tuple[Format, ...], header: str | None) -> Format | None:
    """The offer that the client wants most, the first of equals; None when it accepts none.

    >>> from policygraph.sparql.formats import GRAPH
    >>> choose(GRAPH, "application/ld+json, text/turtle;q=0.9").name
    'jsonld'
    """
    ranges = parse_accept(header)
    best: Format | None = None
    best_quality = 0.0
    for offer in offers:
        quality = quality_of((offer.media_type, *offer.aliases), ranges)
        if quality > best_quality:
            best, best_quality = offer, quality
    return best
