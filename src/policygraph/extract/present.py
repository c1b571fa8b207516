"""The present of a document: the day it was issued, the year that its own words count from, and the years it plans for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache

from policygraph.extract.lexicon import any_of, lexicon
from policygraph.model import Document


@dataclass(frozen=True, slots=True)
class Now:
    """What a document's own words count from: the year it works in (今年, 6月底), the day it was issued, the years that
    its title names (2023—2025年, 2022年度), and the day it takes effect. `rules`: it sets rules and no aims (办法, 条例), so
    that a bare 三个月内 in it runs from what the rule speaks of."""

    year: int | None
    issued: date | None = None
    planned: tuple[int, int] | None = None
    effective: date | None = None
    rules: bool = False


_TITLE_YEAR = re.compile(r"(?<![—\-－~～至\d])(20\d\d)年(?:度)?(?![—\-－~～至前])")
_TITLE_RANGE = re.compile(r"(20\d\d)年?[—\-－~～至]+(20\d\d)年")
_PLAN_YEAR = re.compile(r"(?<![—\-－~～至\d到])(20\d\d)年(?:度)?(?![—\-－~～至前底末本版修])")
_PLAN = re.compile(r"(?:计划|要点|安排|任务|方案|目标|举措|措施|清单)(?:的通知|分解[表]?|分工[表]?|责任[表]?)?[》”]?(?:的通知)?$")
_TITLE_PLAN = re.compile(r"“?(十[一二三四五六七八九]?五)(?:”|规划|时期|期间)")
_NUMBER_YEAR = re.compile(r"[〔\[（(](20\d\d)[〕\]）)]")


def now_of(document: Document) -> Now:
    """The year a document works in: the one in its title (2021年度工作计划), else that of its date, number or period."""
    return _now(document.title, document.date, document.number, document.effective)


def horizon_of(document: Document) -> str | None:
    """The last day of the years that a plan's title names: what its goals are due by when they name no date
    themselves (2022年行动计划, 三年行动计划（2023—2025年）, “十四五”规划)."""
    planned = now_of(document).planned
    return f"{planned[1]}-12-31" if planned else None


_GOALS_OF = re.compile(r"(?:(?P<year>20\d\d)年(?:[^，。；]{0,8})|“?(?P<plan>十[一二三四五六七八九]?五)”?(?:时期|期间)?[^，。；]{0,10})(?:目标|指标)")


def dated_goals_of(heading: str, document: Document) -> str | None:
    """The last day of the years whose goals a heading says it holds (（一）2025年目标, “十四五”时期主要目标); nothing for
    those that are over."""
    match = _GOALS_OF.search(heading)
    if match is None:
        return None
    period = lexicon("periods")["plans"].get(match["plan"])
    last = int(match["year"] or (period["last"][:4] if period else 0))
    year = now_of(document).year
    return f"{last}-12-31" if last and (year is None or last >= year) else None


@lru_cache(maxsize=8)
def _now(title: str, dated: str | None, number: str | None, effective: str | None) -> Now:
    return replace(
        _working(title, dated, number), planned=_planned(title), effective=_day(effective), rules=_rules().search(title) is not None
    )


@cache
def _rules() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('periods', 'rules')})(?:[（(][^（）()]*[）)])*[》”]?(?:的(?:通知|公告|决定))?$")


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written and len(written) == 10 else None


def _planned(title: str) -> tuple[int, int] | None:
    if years := _TITLE_RANGE.search(title):
        return int(years[1]), int(years[2])
    named = set(_PLAN_YEAR.findall(title))
    if len(named) == 1 and _PLAN.search(title):
        return int(min(named)), int(min(named))
    plan = _TITLE_PLAN.search(title)
    period = lexicon("periods")["plans"].get(plan[1]) if plan else None
    return (int(period["first"][:4]), int(period["last"][:4])) if period else None


def _working(title: str, dated: str | None, number: str | None) -> Now:
    issued = _day(dated)
    titled = set(_TITLE_YEAR.findall(title)) if not _TITLE_RANGE.search(title) else set()
    if len(titled) == 1 and (issued is None or abs(int(min(titled)) - issued.year) <= 1):
        return Now(int(min(titled)), issued)
    if dated:
        return Now(int(dated[:4]), issued)
    if match := _NUMBER_YEAR.search(number or ""):
        return Now(int(match[1]), None)
    if match := _TITLE_RANGE.search(title):
        return Now(int(match[1]), None)
    for plan, period in lexicon("periods")["plans"].items():
        if f"“{plan}”" in title or f"{plan}规划" in title:
            return Now(int(period["first"][:4]), None)
    return Now(None, None)
