"""The day by which a query wants things done: 2024年底前, 十四五末, before 2024."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass

_HAN = str.maketrans("〇零一二三四五六七八九", "00123456789")
_HAN_YEAR = re.compile(r"二[〇零○][一二三四五六七八九〇零]{2}(?=年)")
_DATE = re.compile(
    r"(?P<past>\b(?:after|since|from)\s*)?(?P<to>到|至|截至|截止|\b(?:by|until)(?:\s+the\s+end\s+of)?|\bbefore(?P<end_of>\s+the\s+end\s+of)?)?"
    r"\s*(?P<year>20\d\d)\s*(?:年|(?![\d.%]))\s*"
    r"(?:(?P<month>1[0-2]|0?[1-9])月份?(?:(?P<day>3[01]|[12]\d|0?[1-9])[日号])?)?"
    r"(?P<end>年?底|年末|末|年?内|以内)?(?P<before>之前|以前|前)?(?P<later>之后|以后|后|起)?"
)
_PERIOD = re.compile(r"[“\"]?十(?P<plan>[三四五六])五[”\"]?(?:期|时期|规划期)?(?:末|底|结束)(?:之前|以前|前)?")


@dataclass(frozen=True, slots=True)
class Due:
    """A day, and where the query names it. `open`: what is due on any earlier day is asked for too."""

    day: str
    start: int
    end: int
    open: bool


def due(text: str, *, chinese: bool) -> Due | None:
    """The first day in a query by which something is to be done. A bare year in Chinese names no such day, nor does
    what lies after one."""
    text = _HAN_YEAR.sub(lambda match: match.group().replace("○", "〇").translate(_HAN), text)
    return next(_days(text, chinese=chinese), None)


def _days(text: str, *, chinese: bool) -> Iterator[Due]:
    for match in _PERIOD.finditer(text):
        year = 2020 + 5 * ("三四五六".index(match["plan"]))
        yield Due(f"{year}-12-31", *match.span(), open=False)
    for match in _DATE.finditer(text):
        if match["past"] or match["later"] or not (match["to"] or match["end"] or match["before"] or not chinese):
            continue
        year, month = int(match["year"]), int(match["month"] or 12)
        before = match["before"] or (match["to"] or "").startswith("before") and not match["end_of"]
        if before and not match["end"] and not match["day"]:
            year, month = (year, month - 1) if match["month"] and month > 1 else (year - 1, 12)
        last = calendar.monthrange(year, month)[1]
        day = min(int(match["day"]), last) if match["day"] else last
        yield Due(f"{year}-{month:02d}-{day:02d}", *match.span(), open=bool(match["before"] or match["to"] in ("by", "before")))
