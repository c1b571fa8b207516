"""The period within which a question wants things due: 2024年底前, 2023至2025年之间, 2024年内, 十四五末, by 2024."""

from __future__ import annotations

import calendar
import json
import re
from functools import cache

from policygraph.ask.plan import Period
from policygraph.ask.question import Sheet
from policygraph.program import VOCABULARY

_LEFT_OUT = re.compile(
    r"[(（,，]?(?:但|且)?(?:不含|不包括|不算|不要|不是|并非|而非|除去?了?|排除|没有|无)(?:在|于)?(?P<after>20\d\d)年?(?:底|年底|年末|当年)?"
    r"(?:的?(?:到期|截止|完成|要求完成|期限|时限))?(?:的|那些)?(?:以外|之外|外)?的?[)）]?"
    r"|(?P<before>20\d\d)年?(?:底|及以前|以前|前)?(?:的|到期的)?(?:不算|除外|不包括(?:在内)?|不要|以外|之外)"
    r"|,?\s*\b(?:but )?(?:excluding|except(?: for)?|not counting|other than|not (?:due )?(?:in|by))\s+(?P<english>20\d\d)\b"
)
_HAN_YEAR = re.compile(r"二[〇零○][一二三四五六七八九〇零]{2}(?=年)")
_HAN = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_BETWEEN = re.compile(
    r"(?:从|自|between\s+|from\s+)?(?P<a>20\d\d)年?(?:初|起)?\s*(?:至|到|—|－|–|-|~|和|与|、|and|to)\s*(?P<b>20\d\d)(?!-\d)年?(?:底|末)?(?:之间|期间|这[两三几]年)?(?:间)?"
)
_DATE = re.compile(
    r"(?P<past>\b(?:after|since)\s+(?:\w+\s+){0,3}?|晚于|迟于)?(?P<to>[早先]于|截至|截止到?|到|至|\bby(?: the)?(?: end of)?\s+|\buntil\s+|\bbefore(?: the end of)?\s+|\bin\s+)?"
    r"(?P<year>20\d\d)(?![\d.%])(?:年度?|-(?=\d\d-)|/)?"
    r"(?:(?P<month>1[0-2]|0?[1-9])(?:月份?|-)(?:(?P<day>3[01]|[12]\d|0?[1-9])[日号]?)?)?(?P<half>上半年|下半年)?"
    r"(?P<end>年?底|年末|末|年?内|以内|当年|全年)?(?P<before>之前|以前|前)?(?P<later>之后|以后|后|起)?"
)
_PLAN = re.compile(r"[“\"]?(?P<plan>十[二三四五六]五|1[234567]th five[- ]year)[”\"]?(?:时期|期间|规划期|期)?(?P<end>末|底|结束)?(?P<before>之前|以前|前)?(?!规划|生态|节|[^,，。]{0,10}规划)")


def name_period(sheet: Sheet) -> Period | None:
    """The period that the question states; a bare year is all of it. Years in the names of documents are no period."""
    text = _HAN_YEAR.sub(lambda match: match.group().translate(_HAN), sheet.free)
    if match := _LEFT_OUT.search(text):  # 2024年底前, 2023年的不算
        sheet.mark(*match.span(), hold=True)
        found = name_period(sheet)
        year = match["after"] or match["before"] or match["english"]
        if found is None:
            return Period(match.group().strip(" ,，"), None, None, (year,))
        return Period(f"{found.words}，{match.group()}", found.first, found.last, (year, *found.left_out))
    for match in _BETWEEN.finditer(text):
        sheet.mark(*match.span(), hold=True)
        return Period(match.group().strip(), f"{match['a']}-01-01", f"{match['b']}-12-31")
    for match in _PLAN.finditer(text):
        if match["plan"] in _plans():
            sheet.mark(*match.span(), hold=True)
            first, last = _plans()[match["plan"]]
            return Period(match.group().strip(), last[:4] + "-01-01" if match["end"] and not match["before"] else first, last)
    for match in _DATE.finditer(text):
        sheet.mark(*match.span(), hold=True)
        return _dated(match)
    return None


def _dated(match: re.Match[str]) -> Period:
    year, month = int(match["year"]), int(match["month"] or 12)
    if match["half"] == "上半年":
        month = 6
    day = int(match["day"] or calendar.monthrange(year, month)[1])
    last = f"{year}-{month:02d}-{min(day, calendar.monthrange(year, month)[1]):02d}"
    said = match.group().strip()
    if match["past"] or match["later"]:
        return Period(said, f"{year + 1}-01-01" if not match["month"] else last, None)
    to = (match["to"] or "").strip()
    if match["before"] or to.startswith(("by", "until", "before", "截", "早", "先")) or match["day"]:
        if (match["before"] and not match["end"] or to in ("before", "早于", "先于")) and not match["month"]:
            last = f"{year - 1}-12-31"  # 2030年前 ends with 2029
        return Period(said, None, last)
    first = f"{year}-{month:02d}-01" if match["month"] else f"{year}-07-01" if match["half"] == "下半年" else f"{year}-01-01"
    return Period(said, first, last)


@cache
def _plans() -> dict[str, tuple[str, str]]:
    """The five-year plans by the names in use, with their first and last days."""
    plans = json.loads((VOCABULARY / "periods.json").read_text("utf-8"))["plans"]
    found = {name: (plan["first"], plan["last"]) for name, plan in plans.items()}
    return found | {f"{plan['id'].split('-')[0]} five-year": found[name] for name, plan in plans.items()} | {
        f"{plan['id'].split('-')[0]} five year": found[name] for name, plan in plans.items()
    }
