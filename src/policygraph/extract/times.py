"""The time expressions of policy texts: what is said, the day or period it means, and what part it plays.

A grammar of this genre's own: 到2025年底, 2030年前, 2023年6月底前, “十四五”期间, 2022—2023年, 三年内, 6月底前 … The part an
expression plays decides what may be made of it: only `due` sets when something must be done. Dates in titles, quoted
words and plan names are not expressions of time at all.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Literal

from policygraph.extract.lexicon import any_of, hide_names, lexicon
from policygraph.model import Document, Granularity

Part = Literal[
    "due",  # something must be done by then, or in that period
    "advance",  # 提前一年: `date` counts back from an anchor that the reader of the sentence knows
    "baseline",  # 比2020年, 较2015年: what a change is measured from
    "past",  # over before the document was issued
    "from",  # 2023年起: a beginning
    "name",  # part of a name, or said in passing
]
#: The ways of writing a time; `ontology/rules.toml` describes each that can become a deadline.
TimeRule = Literal[
    "time.advance", "time.bare", "time.baseline", "time.date", "time.epoch", "time.from", "time.half", "time.joined",
    "time.month", "time.months", "time.name", "time.outlook", "time.past", "time.plan", "time.quarter", "time.range", "time.span",
    "time.stage", "time.word",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """An expression and its span in the reading. `date` is its last day (None for `advance` without anchor, and for a
    `name`), `earliest` the first day where a period is meant, `months` how far an `advance` goes back."""

    start: int
    end: int
    part: Part
    date: str | None
    earliest: str | None = None
    granularity: Granularity = "year"
    months: int = 0
    rule: TimeRule = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Now:
    """What a document's own words count from: the year it works in (今年, 6月底), the day it was issued, and the years
    that its title names (2023—2025年, 2022年度)."""

    year: int | None
    issued: date | None = None
    planned: tuple[int, int] | None = None


_TITLE_YEAR = re.compile(r"(?<![—\-－~～至\d])(20\d\d)年(?:度)?(?![—\-－~～至前])")
_TITLE_RANGE = re.compile(r"(20\d\d)年?[—\-－~～至]+(20\d\d)年")
_PLAN_YEAR = re.compile(r"(?<![—\-－~～至\d到])(20\d\d)年(?:度)?(?![—\-－~～至前底末本版修])")
_PLAN = re.compile(r"(?:计划|要点|安排|任务|方案|目标|举措|措施|清单)(?:的通知|分解[表]?|分工[表]?|责任[表]?)?[》”]?(?:的通知)?$")
_TITLE_PLAN = re.compile(r"“?(十[一二三四五六七八九]?五)(?:”|规划|时期|期间)")
_NUMBER_YEAR = re.compile(r"[〔\[（(](20\d\d)[〕\]）)]")


def now_of(document: Document) -> Now:
    """The year a document works in: the one in its title (2021年度工作计划), else that of its date, number or period."""
    return _now(document.title, document.date, document.number)


def horizon_of(document: Document) -> str | None:
    """The last day of the years that a plan's title names: what its goals are due by when they name no date
    themselves (2022年行动计划, 三年行动计划（2023—2025年）, “十四五”规划)."""
    planned = now_of(document).planned
    return f"{planned[1]}-12-31" if planned else None


@lru_cache(maxsize=8)
def _now(title: str, dated: str | None, number: str | None) -> Now:
    return replace(_working(title, dated, number), planned=_planned(title))


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
    issued = date.fromisoformat(dated) if dated and len(dated) == 10 else None
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


_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_SMALL = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "半": 0}
_YEAR = r"(?:20\d\d|二[〇○零0][一二三四五六七八九〇○零]{2})"
_DASH = r"(?:[—–\-－~～]{1,2}|至|到)"
_LIMIT = r"(?P<limit>之前|以前|前(?!三年|两年|列|述|期))?"


@cache
def _grammar() -> re.Pattern[str]:
    epochs = "|".join(lexicon("periods")["epochs"])
    return re.compile(
        rf"""
          (?P<months>(?P<first_year>{_YEAR})年(?P<first_month>1[0-2]|0?[1-9])月?{_DASH}(?:(?P<last_year>{_YEAR})年)?
            (?P<last_month>1[0-2]|0?[1-9])月底?)
        | (?P<range>(?P<first>{_YEAR})年?{_DASH}(?P<last>{_YEAR})年(?:期间|底|末)?)
        | (?P<dated>(?:(?:截至|截止|截止到|截至到|展望到?|到|至|在|于)(?={_YEAR}年))?(?P<year>{_YEAR})年(?P<annual>度)?
            (?: (?P<month>1[0-2]|0?[1-9])月份?(?:(?P<day>[12]\d|3[01]|0?[1-9])日)?
              | 第?(?P<quarter>[一二三四1-4])季度 | (?P<half>[上下]半年) )?
            (?P<close>年?(?:底|末|终)|(?:[上中下]旬))? (?P<turn>初)? ){_LIMIT}
        | (?P<plan>(?:到|至|在)?“?(?P<which>十[一二三四五六七八九]?五)”?(?P<part>期间|时期|规划期|期末|末期?|中期))
        | (?P<advance>提前(?P<ahead>[一二两三半]|\d{{1,2}})(?P<ahead_unit>个月|年))
        | (?P<span>(?:力争)?(?:未来|今后|再?用|利用|经过|通过)?(?P<count>[一二两三四五六七八九十]|\d{{1,2}}){_DASH}?
            (?P<count_high>[一二两三四五六七八九十]|\d{{1,2}})?(?P<count_unit>个月|年)(?:左右)?(?P<within>内|之内|以内|(?:的)?(?:时间|努力)))
        | (?P<stage>(?P<stage_first>1[0-2]|[1-9])月?(?:[上中下]旬)?{_DASH}(?P<stage_last>1[0-2]|[1-9])月(?P<stage_close>份|底|末|[上中下]旬)?)
        | (?P<monthly>(?:(?P<which_year>今年|本年|明年|次年|当年)年?)?(?:截至|到|于)?(?P<month2>1[0-2]|[1-9])月份?(?:(?P<day2>[12]\d|3[01]|0?[1-9])日)?
            (?P<close2>底|末|中旬|上旬|下旬)?(?P<limit2>之前|以前|前)?)
        | (?P<word>(?:到|于)?(?:今年|本年度?|明年|年)(?:内|底|末|终)(?:之前|以前|前)?|今年(?:内|底)?|明年(?:底)?|全年
            |(?:今年|明年)?(?:第?[一二三四]季度|[上下]半年)(?:末|底)?(?:之前|以前|前)?)
        | (?P<epoch>(?:到|至)?(?:{epochs}))
        """,
        re.VERBOSE,
    )


#: Nothing else in a text can start an expression; most clauses have none of these.
_MAYBE = re.compile(
    r"20\d\d年|20\d\d[—–\-－~～至]|二[〇○零]|[一二三四五六七八九]?五”?(?:期|时期|末|规划期|中期)|提前|年(?:内|底|末|终)|[\d]月|[全今明]年|[年月](?:左右|的?时间|之内|以内|的?努力)|季度|半年|世纪"
)
_BASELINE = re.compile(r"(?:比|较|相比|以|相对于|相较于)$")
_BASELINE_AFTER = re.compile(r"(?:的)?(?:基础上|水平|基准|相比|为基|增长|的?同期|（)")
_FROM_BEFORE = re.compile(r"(?:自|从|期自|由)$")
_FROM_AFTER = re.compile(r"(?:\d{1,2}日)?(?:起|以来|开始|以后|后|之后)")
#: 由2020年的54%提高到60%: a value that a change starts from.
_FROM_VALUE = re.compile(r"的?(?:约|近|不足)?[\d.,]+[^\d，。；]{0,8}(?:提高|提升|增加|增长|扩大|上升|增|升|下降|降低|降|减少|减|压减|缩短)(?:到|至|为)")
_HEAD = re.compile(r"(?:^|[。；，：、！？□）〕”\n\s]|其中|——|\d[.．]|并|且)$")
_PROMISE = re.compile(
    r"(?:确保|力争|争取|计划|保证|预计|实现|推动|努力|必须|要求|应|须|应当|务必|原则上)(?:在|于|到)?$"
)
_LABEL = re.compile(r"(?:期限|时限|时间|节点|进度|日期|期|限)(?:要求)?[：:]?$")
_EVERY = re.compile(r"(?:每|逐|各|历|上一?|近|连续|过去|第|满|超过|超|每隔|前|过|续存|成立|建成后|投产后|后)$")
_PASSED = re.compile(r"已|曾|以?前已|版|修订|修正|印发|发布|第\d|号|出台的|颁布|批准|全国第|现状|（现状")
_AREA_BEFORE = re.compile(r"(?:全[省市国县区州]|我[省市国县区州]|本[省市])$")
_VERBS = re.compile(
    r"\d|完成|达到|达|提高|提升|下降|降低|减少|增加|增长|实现|建成|建立|形成|控制|保持|稳定|新[建增]|全[部面]|基本|力争"
)
_REACHES = re.compile(r"(?:力争|基本|全面)?(?:达到?|实现|提高|提升|完成|新[建增]|下降|降低)")
#: 接入比例2025年不低于80%: a year between what is measured and its value.
_REACHES_VALUE = re.compile(r"(?:力争|分别|累计|均)*(?:达到?|不低于|不超过|提高[到至]|提升[到至]|控制在|下降到|降至|超过|突破)约?\d")
_SENTENCE_END = re.compile(r"[。；！？]")
_CLAUSE_END = re.compile(r"[，。；：！？]")


@cache
def _name_after() -> re.Pattern[str]:
    """What makes the words after a date the rest of a name: 2030年前碳达峰行动方案, 2025年目标任务."""
    return re.compile(
        rf"(?!{any_of('periods', 'openers')})[^，。；：、！？]{{0,22}}?(?:{any_of('periods', 'instruments')})(?=[，。；、！？》）和及]|$)"
    )


@cache
def _descriptive() -> re.Pattern[str]:
    return re.compile(any_of("periods", "descriptive"))


@cache
def _outlook() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('periods', 'outlook_ends')})$")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _SMALL.get(text, 0)


def _year(text: str) -> int:
    return int(text.translate(_DIGITS))


def last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def months_before(day: str, months: int) -> str:
    """The same end of a month or year, `months` earlier: a year before 2025-12-31 is 2024-12-31."""
    when = date.fromisoformat(day)
    count = when.year * 12 + when.month - 1 - months
    year, month = divmod(count, 12)
    end = last_day(year, month + 1)
    whole = when == last_day(when.year, when.month)
    return (end if whole else end.replace(day=min(when.day, end.day))).isoformat()


class _Reader:
    """Reads one stretch of folded text; `hidden` is its twin without names."""

    def __init__(self, folded: str, now: Now) -> None:
        self.hidden = hide_names(folded)
        self.now = now
        self.found: list[TimeExpression] = []

    def read(self) -> list[TimeExpression]:
        for match in _grammar().finditer(self.hidden):
            expression = self._interpret(match)
            if expression is not None:
                self.found.append(expression)
        self._coordinate()
        return self.found

    def _before(self, at: int) -> str:
        return self.hidden[max(at - 8, 0) : at]

    def _rest_of_clause(self, at: int) -> str:
        end = _CLAUSE_END.search(self.hidden, at)
        return self.hidden[at : end.start() if end else len(self.hidden)]

    def _rest_of_sentence(self, at: int) -> str:
        end = _SENTENCE_END.search(self.hidden, at)
        return self.hidden[at : end.start() if end else len(self.hidden)]

    def _interpret(self, match: re.Match[str]) -> TimeExpression | None:
        if match["months"]:
            return self._months(match)
        if match["range"]:
            return self._range(match)
        if match["dated"]:
            return self._dated(match)
        if match["plan"]:
            return self._plan(match)
        if match["advance"]:
            months = _number(match["ahead"]) * (12 if match["ahead_unit"] == "年" else 1) or 6
            before = self.hidden[max(match.start() - 24, 0) : match.start()]
            counts = self.hidden.startswith(
                ("完成", "实现", "达", "，", "。", "；", "建成", "消除", "基本", "达到", "□", "半", "碳", "全面"),
                match.end(),
            )
            part: Part = "advance" if counts or "力争" in before or match.end() == len(self.hidden) else "name"
            return TimeExpression(
                match.start(), match.end(), part, None, granularity="year", months=months, rule="time.advance"
            )
        if match["span"]:
            return self._span(match)
        if match["stage"]:
            return self._stage(match)
        if match["monthly"]:
            return self._monthly(match)
        if match["word"]:
            return self._word(match)
        period = lexicon("periods")["epochs"][match[0].lstrip("到至")]
        return TimeExpression(
            match.start(), match.end(), "due", period["last"], granularity="period", rule="time.epoch"
        )

    def _months(self, match: re.Match[str]) -> TimeExpression:
        """2023年7月至2024年12月: a stage of work, in brackets or not."""
        first = date(_year(match["first_year"]), int(match["first_month"]), 1)
        last = last_day(_year(match["last_year"] or match["first_year"]), int(match["last_month"]))
        before = self._before(match.start())
        over = self.now.year is not None and last.year < self.now.year
        governs = self._governs(before) or _LABEL.search(before) is not None or before.endswith("段（")
        part: Part = "past" if over else "due" if governs and last > first else "name"
        return TimeExpression(
            match.start(),
            match.end(),
            part,
            last.isoformat(),
            first.isoformat(),
            granularity="period",
            rule="time.months",
        )

    def _range(self, match: re.Match[str]) -> TimeExpression:
        first, last = _year(match["first"]), _year(match["last"])
        before, at = self._before(match.start()), match.end()
        part: Part = "due"
        if self.now.year is not None and last < self.now.year:
            part = "past"
        elif _LABEL.search(before) and "规划期" not in before and "有效期" not in before:
            part = "due"
        elif (
            before.endswith(("（", "规划期", "自", "从", "期为"))
            or self.hidden.startswith("）", at)
            or not self._governs(before)
            or _name_after().match(self.hidden, at)
        ):
            part = "name"
        return TimeExpression(
            match.start(), at, part, f"{last}-12-31", earliest=f"{first}-01-01", granularity="period", rule="time.range"
        )

    def _plan(self, match: re.Match[str]) -> TimeExpression | None:
        period = lexicon("periods")["plans"].get(match["which"])
        if period is None:
            return None
        before, at = self._before(match.start()), match.end()
        ends = match["part"] in ("末", "期末", "末期")
        part: Part = "due"
        if self.now.year is not None and int(period["last"][:4]) < self.now.year:
            part = "baseline" if _BASELINE.search(before) else "past"
        elif _BASELINE.search(before):
            part = "baseline"
        elif ends:
            part = "due" if not self.hidden.startswith("的", at) else "name"
        elif self._in_passing(match, before):
            part = "name"
        earliest = None if ends else period["first"]
        return TimeExpression(
            match.start(), at, part, period["last"], earliest=earliest,
            granularity="year" if ends else "period", rule="time.plan",
        )  # fmt: skip

    @staticmethod
    def _governs(before: str) -> bool:
        """Whether an expression stands where it governs what follows: at the head of a clause or after a promise."""
        return any(pattern.search(before) for pattern in (_HEAD, _PROMISE, _AREA_BEFORE))

    def _in_passing(self, match: re.Match[str], before: str) -> bool:
        """A plan period that is spoken about (“十四五”时期是…的关键时期, 将“十四五”时期新增的…), not promised for."""
        if self.hidden.startswith(("是", "的", "为", "内"), match.end()):
            return True
        if not (self._governs(before) or match[0][0] in "到在"):
            return True
        return _descriptive().search(self._rest_of_sentence(match.end())) is not None

    def _dated(self, match: re.Match[str]) -> TimeExpression | None:
        year = _year(match["year"])
        last, earliest, granularity = self._last(year, match)
        start, end = match.start(), match.end()
        base = TimeExpression(
            start, end, "due", last.isoformat(), earliest=earliest, granularity=granularity, rule="time.date"
        )
        before = self._before(start)
        reaches = match[0][0] in "到至截展"
        named = any(match[name] is not None for name in ("limit", "close", "quarter", "half"))
        if _BASELINE.search(before) or (not reaches and not named and _BASELINE_AFTER.match(self.hidden, end)):
            return replace(base, part="baseline", date=f"{year}-12-31", rule="time.baseline")
        if re.search(r"有效期(?:限)?$|有效期(?:限)?[至到为]$", before):
            return replace(base, part="name", rule="time.name")
        if _LABEL.search(before):
            return base
        if before.endswith(("由", "从")) and _FROM_VALUE.match(self.hidden, end):
            return replace(base, part="baseline", date=f"{year}-12-31", rule="time.baseline")
        if _FROM_BEFORE.search(before) or (not match["limit"] and _FROM_AFTER.match(self.hidden, end)):
            return replace(base, part="from", rule="time.from")
        over = self.now.year is not None and (year < self.now.year or (year == self.now.year and match[0][0] == "截"))
        if self.now.issued is not None and last < self.now.issued and year <= self.now.issued.year and not over:
            over = self.now.year == self.now.issued.year
        if over:
            return replace(base, part="past", rule="time.past")
        if match["annual"] or before.endswith(("（", "〔")) and not (reaches or named):
            return replace(base, part="name", rule="time.name")
        if _name_after().match(self.hidden, end) and not self.hidden.startswith("，", end):
            return replace(base, part="name", rule="time.name")
        if reaches and _outlook().search(self._rest_of_clause(end)):
            return replace(base, part="name", rule="time.outlook")
        if reaches or (named and match["turn"] is None):
            return base
        return self._bare(match, base)

    def _bare(self, match: re.Match[str], base: TimeExpression) -> TimeExpression:
        """A year without 到, 底 or 前 governs what follows only at the head of a clause (2025年，全省…), or after a
        promise (确保2021年全省碳排放强度下降4.2%)."""
        before, end = self._before(match.start()), match.end()
        head = _HEAD.search(before) is not None or match[0][0] in "在于"
        if self.hidden.startswith(("，", "）"), end) and head and not before.endswith("、"):
            return replace(base, rule="time.bare")
        rest = self._rest_of_clause(end)
        if (before.endswith("、") and _REACHES.match(rest)) or _REACHES_VALUE.match(rest):  # …不低于80%、2027年实现全部接入
            return replace(base, rule="time.bare")
        if (
            (head and not before.endswith("、") or _PROMISE.search(before))
            and _VERBS.search(rest)
            and not _PASSED.match(rest)
        ):
            if rest.startswith(("的", "度", "已")):
                return replace(base, part="name", rule="time.name")
            return replace(base, rule="time.bare")
        return replace(base, part="name", rule="time.name")

    def _last(self, year: int, match: re.Match[str]) -> tuple[date, str | None, Granularity]:
        before = match["limit"] is not None and match["close"] is None
        if match["day"]:
            day = min(int(match["day"]), calendar.monthrange(year, int(match["month"]))[1])
            when = date(year, int(match["month"]), day)
            return (when - timedelta(days=1) if before and day == 1 else when), None, "day"
        if match["month"]:
            month = int(match["month"])
            tenth = {"上旬": 10, "中旬": 20}.get(match["close"] or "")
            when = date(year, month, tenth) if tenth else last_day(year, month)
            return (date(year, month, 1) - timedelta(days=1) if before else when), None, "month"
        if match["quarter"] or match["half"]:
            quarter = match["quarter"] is not None
            length = 3 if quarter else 6
            part = _number(match["quarter"]) if quarter else 1 if match["half"][0] == "上" else 2
            first = date(year, (part - 1) * length + 1, 1)
            granularity: Granularity = "quarter" if quarter else "half"
            if before:
                return first - timedelta(days=1), None, granularity
            return last_day(year, part * length), first.isoformat(), granularity
        if before or match["turn"]:
            return date(year - 1, 12, 31) if before else date(year, 1, 31), None, "year"
        return date(year, 12, 31), None, "year"

    def _known_year(self, at: int) -> int | None:
        """The year that a month without a year belongs to: that of the last month said, else the document's."""
        for expression in reversed(self.found):
            if (
                expression.part == "due"
                and expression.date
                and expression.granularity in ("month", "day", "quarter", "half")
            ):
                return int(expression.date[:4])
        return self.now.year

    def _stage(self, match: re.Match[str]) -> TimeExpression | None:
        """The months of a stage of work, which begin a clause (自查阶段：5至9月份，…)."""
        year, first, last = self._known_year(match.start()), int(match["stage_first"]), int(match["stage_last"])
        opens = _HEAD.search(self._before(match.start())) and self.hidden.startswith(("，", "：", "）"), match.end())
        if year is None or first > last or not opens:
            return None
        end = {"上旬": 10, "中旬": 20}.get(match["stage_close"] or "")
        when = date(year, last, end) if end else last_day(year, last)
        return TimeExpression(
            match.start(), match.end(), "due", when.isoformat(), earliest=f"{year}-{first:02}-01", granularity="month", rule="time.stage"
        )

    def _monthly(self, match: re.Match[str]) -> TimeExpression | None:
        before = self._before(match.start())
        labelled = _LABEL.search(before) is not None
        staged = match[0].endswith("月份") and before.endswith("：") and self.hidden.startswith("，", match.end())
        if not (match["close2"] or match["limit2"] or staged or (labelled and not before.endswith("年"))):
            return None
        if before.endswith(("每年", "年", "个", "第")) or before[-1:].isdigit() or _EVERY.search(before):
            return None
        year = self._known_year(match.start())
        if year is None:
            return None
        if match["which_year"] in ("明年", "次年"):
            year += 1
        month = int(match["month2"])
        if match["day2"]:
            when = date(year, month, min(int(match["day2"]), calendar.monthrange(year, month)[1]))
            if match["limit2"] and when.day == 1:
                when -= timedelta(days=1)
        elif match["close2"] in ("上旬", "中旬"):
            when = date(year, month, 10 if match["close2"] == "上旬" else 20)
        elif match["limit2"] and not match["close2"]:
            when = date(year, month, 1) - timedelta(days=1)
        else:
            when = last_day(year, month)
        issued = self.now.issued
        if issued is not None and when < issued and year == issued.year == self.now.year and not labelled:
            when = last_day(year + 1, when.month) if not match["day2"] else when.replace(year=year + 1)
        granularity: Granularity = "day" if match["day2"] else "month"
        return TimeExpression(
            match.start(), match.end(), "due", when.isoformat(), granularity=granularity, rule="time.month"
        )

    def _word(self, match: re.Match[str]) -> TimeExpression | None:
        text, before = match[0], self._before(match.start())
        year = self._known_year(match.start())
        if (
            year is None
            or _EVERY.search(before)
            or before[-1:].isdigit()
            or before.endswith(("个", "多", "数", "年", "月"))
        ):
            return None
        if self.hidden.startswith(
            ("生", "度", "级", "轻", "龄", "均", "的", "历", "以来", "来", "报", "薪"), match.end()
        ):
            return None
        if "明年" in text:
            year += 1
        if "季度" in text:
            month = _number(re.sub(r"[^一二三四]", "", text)) * 3
            if text.endswith("前") and not re.search(r"[末底]之?以?前", text):  # 三季度前: before it begins
                start = date(year, month - 2, 1) - timedelta(days=1)
                return TimeExpression(match.start(), match.end(), "due", start.isoformat(), granularity="quarter", rule="time.quarter")
            return TimeExpression(
                match.start(), match.end(), "due", last_day(year, month).isoformat(), earliest=f"{year}-{month - 2:02}-01",
                granularity="quarter", rule="time.quarter",
            )  # fmt: skip
        if "半年" in text:
            first = 1 if "上" in text else 7
            return TimeExpression(
                match.start(), match.end(), "due", last_day(year, first + 5).isoformat(), earliest=f"{year}-{first:02}-01",
                granularity="half", rule="time.half",
            )  # fmt: skip
        if text in ("今年", "全年", "明年") and not (_HEAD.search(before) or _PROMISE.search(before)):
            return None
        whole = text in ("今年", "全年", "明年") or text.endswith("内")
        return TimeExpression(
            match.start(),
            match.end(),
            "due",
            f"{year}-12-31",
            earliest=f"{year}-01-01" if whole else None,
            rule="time.word",
        )

    def _span(self, match: re.Match[str]) -> TimeExpression | None:
        before = self._before(match.start())
        planned = self.now.planned
        if planned and match["count_unit"] == "年" and _number(match["count"]) == planned[1] - planned[0] + 1 > 1:
            return TimeExpression(
                match.start(), match.end(), "due", f"{planned[1]}-12-31", earliest=f"{planned[0]}-01-01",
                granularity="period", rule="time.span",
            )  # fmt: skip
        counted = match[0].startswith(("未来", "今后", "用", "再用", "利用", "经过", "通过", "力争"))
        if (
            self.now.issued is None
            or _EVERY.search(before)
            or before[-1:].isdigit()
            or before.endswith(("十", "起", "之日起", "第"))
        ):
            return None
        if not counted and not (_HEAD.search(before) or _PROMISE.search(before) or before.endswith(("在", "于"))):
            return None
        if _FROM_AFTER.match(self.hidden, match.end()) or re.search(
            r"(?:之日|日起|施行后|实施后|发布后|之后|受理|收到)[^，。；]*$",
            self.hidden[max(match.start() - 24, 0) : match.start()],
        ):
            return None
        months = _number(match["count_high"] or match["count"]) * (12 if match["count_unit"] == "年" else 1)
        issued = self.now.issued
        year, month = divmod(issued.year * 12 + issued.month - 1 + months, 12)
        when = date(year, month + 1, min(issued.day, calendar.monthrange(year, month + 1)[1]))
        return TimeExpression(
            match.start(),
            match.end(),
            "due",
            when.isoformat(),
            earliest=issued.isoformat(),
            granularity="period",
            rule="time.span",
        )

    def _coordinate(self) -> None:
        """在2023年和2026年，… and 2023年、2025年底，…: a year joined to one that is due is due."""
        for i in range(len(self.found) - 1):
            one, two = self.found[i], self.found[i + 1]
            if self.hidden[one.end : two.start] not in ("和", "、", "及", "与"):
                continue
            head = _HEAD.search(self._before(one.start)) or self.hidden[one.start] in "在于到"
            if head and {one.part, two.part} == {"due", "name"} and one.rule != "time.plan":
                named = i if one.part == "name" else i + 1
                self.found[named] = replace(self.found[named], part="due", rule="time.joined")


@lru_cache(maxsize=16)
def find_times(folded: str, now: Now) -> tuple[TimeExpression, ...]:
    """The time expressions of a folded stretch, in reading order.

    >>> [(t.part, t.date) for t in find_times("较2020年下降5%，到2025年底达标", Now(2022))]
    [('baseline', '2020-12-31'), ('due', '2025-12-31')]
    """
    if not _MAYBE.search(folded):
        return ()
    return tuple(_Reader(folded, now).read())
