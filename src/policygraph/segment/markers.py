"""The numbering grammar of official documents: what opens a numbered provision.

GB/T 9704-2012 orders the levels 一、 （一） 1. （1）; regulations have 编 章 节 条 款 项 (立法法 第六十五条); emergency plans and
standards number 1 / 1.1 / 1.1.1 (GB/T 1.1), which only their neighbours tell from quantities (`numbering`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from policygraph.model import ClauseType

_HAN = "零〇○一二三四五六七八九十百千"
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "Ｏ": 0}


@dataclass(frozen=True, slots=True)
class Level:
    """One level of numbering: `rank` orders the levels from outermost, `type` names its clauses."""

    name: str
    rank: int
    type: ClauseType


BOOK = Level("编", 10, "book")
CHAPTER = Level("章", 20, "chapter")
SECTION = Level("节", 30, "section")
ARTICLE = Level("条", 40, "article")
PART = Level("一、", 50, "part")
ITEM = Level("（一）", 60, "item")
SUBITEM = Level("1.", 70, "subitem")
POINT = Level("（1）", 80, "point")
CIRCLE = Level("①", 90, "point")
BULLET = Level("——", 100, "bullet")

#: 1 / 1.1 / 1.1.1 / 1.1.1.1 as the numbering of the whole text, and within a provision that a number of another kind opens.
DECIMALS = (Level("1", 42, "part"), Level("1.1", 44, "item"), Level("1.1.1", 46, "subitem"), Level("1.1.1.1", 48, "point"))
INNER_DECIMALS = (SUBITEM, Level("1.1 inner", 72, "point"), Level("1.1.1 inner", 74, "point"), Level("1.1.1.1 inner", 76, "point"))

_STATUTE = {"编": BOOK, "篇": BOOK, "章": CHAPTER, "节": SECTION, "条": ARTICLE}


@dataclass(frozen=True, slots=True)
class Marker:
    """A number that opens a provision: its level, ordinal (0 for bullets), the stretch it takes, as written; `inserted`
    is the 1 of 第一百三十三条之一."""

    level: Level
    ordinal: int
    start: int
    end: int
    written: str
    inserted: int = 0


def number(han: str) -> int:
    """The value of a Chinese or Arabic ordinal.

    >>> number("二十一"), number("十"), number("一百零三"), number("12"), number("1十2"), number("一千二百六十")
    (21, 10, 103, 12, 12, 1260)
    """
    if han.isdigit():
        return int(han)
    if not any(c in han for c in "十百千"):
        return int("".join(str(_digit(c)) for c in han))
    total, current = 0, 0
    for char in han:
        if char in "百千":
            total, current = total + (current or 1) * (100 if char == "百" else 1000), 0
        elif char == "十":
            total, current = total + (current or 1) * 10, 0
        else:
            current = _digit(char)
    return total + current


def _digit(char: str) -> int:
    return int(char) if char.isdigit() else _DIGITS[char]


_MARKER = re.compile(
    rf"""
    (?=[第（\d①-⑳—•●■◆▪{_HAN}-])  # how each of them begins
    (?:
      第(?P<statute>[{_HAN}0-9]{{1,9}})(?P<kind>[编篇章节条])(?:(?<=条)之(?P<inserted>[一二三四五六七八九十]{{1,3}})(?![一二三四五六七八九十]))?
        (?!的|(?<=条)(?:之(?![{_HAN}])|例|件[第。，]|款[规的第]|第（?[{_HAN}0-9]{{1,4}}）?[款项]))
    | (?P<part>[{_HAN}]{{1,4}})[、．.](?!\d)
    | （(?P<item>[{_HAN}]{{1,4}})）
    | (?P<sub>\d{{1,2}})(?:[.．](?!\d)|、(?!\d))
    | (?P<dotted>\d{{1,2}})\.(?=\d{{1,2}}(?:月|日|年|[—-]\d{{1,2}}月))
    | （(?P<point>\d{{1,2}})）
    | (?P<close>\d{{1,2}})）
    | (?P<circle>[①-⑳])
    | (?P<bullet>——|—(?!—)|[•●■◆▪]|-(?=[\u4e00-\u9fff]))
    )
    """,
    re.VERBOSE,
)


_LEVELS = {"part": PART, "item": ITEM, "sub": SUBITEM, "dotted": SUBITEM, "point": POINT, "close": POINT}


def _marker(match: re.Match[str]) -> Marker:
    start, end = match.span()
    written = match.group()
    form = match.lastgroup or ""
    if form in _LEVELS:
        return Marker(_LEVELS[form], number(match[form]), start, end, written)
    if form in ("kind", "inserted"):
        inserted = number(match["inserted"]) if match["inserted"] else 0
        return Marker(_STATUTE[match["kind"]], number(match["statute"]), start, end, written, inserted)
    if form == "circle":
        return Marker(CIRCLE, ord(written) - ord("①") + 1, start, end, written)
    return Marker(BULLET, 0, start, end, written)


def marker_at(folded: str, position: int = 0) -> Marker | None:
    """The marker that opens `folded` at `position`, if any.

    >>> marker_at("（十）深入推进长江入河排污口整治。").ordinal
    10
    >>> marker_at("十五五”期间") is None and marker_at("2.5万公顷") is None
    True
    """
    match = _MARKER.match(folded, position)
    return _marker(match) if match else None


def markers_in(folded: str) -> list[Marker]:
    """Every marker-like stretch of `folded`, wherever it stands; the caller decides which of them open something."""
    return [_marker(m) for m in _MARKER.finditer(folded)]
