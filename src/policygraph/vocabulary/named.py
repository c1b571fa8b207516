"""Names of public bodies in running words, Chinese or English, by the functions of `agencies.tsv`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from policygraph.vocabulary.agencies import english_names, functions

_TAILS = "主管部门|部门|委员会|厅|局|委|部|办公室|办"
#: 水利部署, 财政部分, 教育局长, 环保部队, 财政局属…, 农业委托, 民政局委员: the name ends within another word.
_GOES_ON = "署分件位属队长托派任员"
_ENGLISH_KINDS = "ministry|department|bureau|administration|commission|office|agency"


@dataclass(frozen=True, slots=True)
class NamedBody:
    """A stretch that names a body: the slug of its function, and the kind of body in English words (`ministry`; None in
    Chinese ones, where the ending says it)."""

    start: int
    end: int
    function: str
    kind: str | None = None


def bodies_named(text: str, *, also: tuple[tuple[str, str], ...] = ()) -> Iterator[NamedBody]:
    """The bodies that words name by their function, those in Chinese first; the same stretch may be named once in each.
    `also` are further English names with their functions.

    >>> [(text[b.start : b.end], b.function) for text in ["由省水利厅牵头"] for b in bodies_named(text)]
    [('省水利厅', 'water-resources')]
    >>> [(b.function, b.kind) for b in bodies_named("led by the ministry of water resources")]
    [('water-resources', 'ministry')]
    """
    for match in _chinese().finditer(text):
        yield NamedBody(*match.span(), _stems()[match["stem"]])
    for match in _english(also).finditer(text):
        yield NamedBody(*match.span(), _english_stems(also)[match["name"]], match["before"] or match["after"])


@cache
def _stems() -> dict[str, str]:
    return {stem: slug for slug, stems in functions().items() for stem in stems if len(stem) > 1}


@cache
def _english_stems(also: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {name.lower(): slug for slug, name in english_names().items()} | dict(also)


@cache
def _chinese() -> re.Pattern[str]:
    stems = "|".join(map(re.escape, sorted(_stems(), key=len, reverse=True)))
    return re.compile(rf"(?:国家|中国|省|市)?(?P<stem>{stems})(?:{_TAILS})(?![{_GOES_ON}])")


@cache
def _english(also: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted(_english_stems(also), key=len, reverse=True)))
    return re.compile(
        rf"\b(?:(?:the\s+)?(?:national\s+|provincial\s+|municipal\s+)?(?P<before>{_ENGLISH_KINDS})\s+(?:of|for)\s+(?:the\s+)?)?"
        rf"(?P<name>{names})(?(before)|\s+(?P<after>{_ENGLISH_KINDS}|authorities|departments|bureaus))\b"
    )
