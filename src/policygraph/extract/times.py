"""The time expressions of policy texts: what is said, the day or period it means, and what part it plays.

A grammar of this genre's own: 到2025年底, 2030年前, 2023年6月底前, “十四五”期间, 2022—2023年, 三年内, 6月底前 … The part an
expression plays decides what may be made of it: only `due` sets when something must be done. Dates in titles, quoted
words and plan names are not expressions of time at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from policygraph.extract import time_grammar as grammar
from policygraph.extract.days import day_in, last_day, months_after
from policygraph.extract.lexicon import HIDDEN, hide_names, lexicon
from policygraph.extract.present import Now
from policygraph.extract.quantities import han_number
from policygraph.extract.terms import TermRule, find_terms
from policygraph.model import Granularity, Term

Part = Literal[
    "due",  # something must be done by then, or in that period
    "open",  # due, but on no single day: each year, within a time from an event, or counted from a present not told
    "begins",  # 自2017年起，新车执行…: an order that begins and does not end
    "advance",  # 提前一年: `date` counts back from an anchor that the reader of the sentence knows
    "baseline",  # 比2020年, 较2015年: what a change is measured from
    "past",  # over before the document was issued
    "from",  # 本办法自2023年起施行: a beginning that orders nothing
    "name",  # part of a name, or said in passing
]
#: The ways of writing a time; `ontology/rules.toml` describes each that can become a deadline.
TimeRule = Literal[
    "time.about", "time.advance", "time.bare", "time.baseline", "time.begins", "time.date", "time.days", "time.epoch", "time.feast", "time.from",
    "time.half", "time.joined", "time.month", "time.months", "time.name", "time.numeric", "time.outlook", "time.past", "time.plan",
    "time.quarter", "time.range", "time.season", "time.span", "time.stage", "time.unplaced", "time.word", TermRule,
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """An expression and its span in the reading. `date` is its last day (None for `advance` without anchor, for what is
    `open` or `begins`, and for a `name`), `earliest` the first day where a period is meant, `months` how far an `advance`
    goes back; `recurrence` and `within` as in a `Deadline`."""

    start: int
    end: int
    part: Part
    date: str | None
    earliest: str | None = None
    granularity: Granularity = "year"
    months: int = 0
    rule: TimeRule = field(kw_only=True)
    recurrence: str | None = None
    within: Term | None = None


#: 自2021年1月1日至2022年12月31日，对…免征: for so long something holds.
_TELLS = re.compile(r"期?间?，?(?:对|给予|按)?[^。；]{0,60}?(?:免征|减征|减免|暂停|免收|适用|有效|停产)")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else grammar.SMALL.get(text) or han_number(text) or 0


def _year(text: str) -> int:
    return int(text.translate(grammar.DIGITS))


class _Reader:
    """Reads one stretch of folded text; `hidden` is its twin without names."""

    def __init__(self, folded: str, now: Now) -> None:
        self.hidden = hide_names(folded)
        self.now = now
        self.found: list[TimeExpression] = []
        self.yearly: list[int] = []

    def read(self) -> list[TimeExpression]:
        rest = self.hidden
        terms = list(find_terms(self.hidden, self.now))
        self.yearly = [term.start for term in terms if term.recurrence and term.recurrence.startswith("FREQ=YEARLY")]
        for term in terms:
            rest = rest[: term.start] + HIDDEN * (term.end - term.start) + rest[term.end :]
        for match in grammar.grammar().finditer(rest):
            expression = self._interpret(match)
            if expression is not None:
                self.found.append(expression)
        self._coordinate()
        for term in terms:
            self.found.append(
                TimeExpression(
                    term.start, term.end, "due" if term.date else "open", term.date, earliest=term.earliest,
                    granularity=term.granularity, rule=term.rule, recurrence=term.recurrence, within=term.within,
                )
            )  # fmt: skip
        return sorted(self.found, key=lambda time: time.start)

    def _before(self, at: int) -> str:
        return self.hidden[max(at - 8, 0) : at]

    def _rest_of_clause(self, at: int) -> str:
        end = grammar.CLAUSE_END.search(self.hidden, at)
        return self.hidden[at : end.start() if end else len(self.hidden)]

    def _rest_of_sentence(self, at: int) -> str:
        end = grammar.SENTENCE_END.search(self.hidden, at)
        return self.hidden[at : end.start() if end else len(self.hidden)]

    def _interpret(self, match: re.Match[str]) -> TimeExpression | None:
        if match["days"]:
            return self._days(match)
        if match["months"]:
            return self._months(match)
        if match["numeric"]:
            return self._numeric(match)
        if match["feast"]:
            return self._feast(match)
        if match["range"]:
            return self._range(match)
        if match["dated"]:
            return self._dated(match)
        if match["plan"]:
            return self._plan(match)
        if match["aims"]:
            period = lexicon("periods")["plans"].get(match["aims_of"])
            over = period is None or self.now.year is not None and int(period["last"][:4]) < self.now.year
            return None if period is None or over else TimeExpression(
                match.start(), match.end(), "due", period["last"], earliest=period["first"], granularity="period", rule="time.plan"
            )  # fmt: skip
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

    def _days(self, match: re.Match[str]) -> TimeExpression | None:
        """2021年10月26日至12月10日: the days between which something is done."""
        before = self._before(match.start())
        year = _year(match["days_year"]) if match["days_year"] else self._known_year(match.start())
        if year is None:
            return self._unplaced(match, "day")
        month, until = _number(match["days_month"]), _number(match["until_month"] or match["days_month"])
        last_year = _year(match["until_year"]) if match["until_year"] else year + (until < month)
        first, last = day_in(year, month, _number(match["days_day"])), day_in(last_year, until, _number(match["until_day"]))
        if last < first or self.hidden.startswith(("的", "为", "（"), match.end()) or _TELLS.match(self._rest_of_sentence(match.end())) or grammar.PERIOD_OF.search(before) and not grammar.OPEN_FOR.search(before):
            part: Part = "name"
        else:
            part = "past" if self.now.issued is not None and last < self.now.issued else "due"
        return TimeExpression(
            match.start(), match.end(), part, last.isoformat(), first.isoformat(), granularity="period", rule="time.days"
        )

    def _numeric(self, match: re.Match[str]) -> TimeExpression:
        """2025.6.30前, 2025-09-30, 2025/10/31: due with 前 or 底, after a label, or at the head of a clause."""
        year, month = int(match["numeric_year"]), int(match["numeric_month"])
        when = day_in(year, month, int(match["numeric_day"])) if match["numeric_day"] else last_day(year, month)
        if match["numeric_before"]:
            when = date(year, month, 1) - timedelta(days=1)
        before, limit = self._before(match.start()), match["numeric_limit"] or match["numeric_close"] or match["numeric_before"]
        due = limit or grammar.LABEL.search(before) or (self._governs(before) and match[0][0] in "到至在于")
        over = self.now.issued is not None and when < self.now.issued
        part: Part = "name" if not due else "past" if over else "due"
        return TimeExpression(
            match.start(), match.end(), part, when.isoformat(), granularity="day" if match["numeric_day"] else "month", rule="time.numeric"
        )

    def _feast(self, match: re.Match[str]) -> TimeExpression | None:
        """春节前, 汛期前: the eve of a feast, where its day is known; a season begins on no day that a text could name."""
        if match["feast_year"]:
            year: int | None = _year(match["feast_year"])
        else:
            year = self.now.year if match["feast_word"] else self._known_year(match.start())
        days = lexicon("periods")["feasts"].get(match["feast_name"])
        if year is None or days is None:
            return TimeExpression(match.start(), match.end(), "open", None, granularity="period", rule="time.season")
        issued = self.now.issued
        for each in (year + (match["feast_word"] == "明年"), year + 1):
            day = days.get(str(each)) or days.get("every")
            if day is None:
                return TimeExpression(match.start(), match.end(), "open", None, granularity="period", rule="time.season")
            when = date.fromisoformat(f"{each}-{day}") - timedelta(days=1)
            if match["feast_year"] or issued is None or when >= issued:
                break
        return TimeExpression(match.start(), match.end(), "due", when.isoformat(), granularity="day", rule="time.feast")

    def _each_year(self, match: re.Match[str]) -> TimeExpression:
        """10月31日前, in rules: they hold every year."""
        day = _number(match["day2"]) if match["day2"] else {"上旬": 10, "中旬": 20}.get(match["close2"] or "", -1)
        month = _number(match["month2"])
        if match["limit2"] and not match["close2"] and not match["day2"]:
            month = (month - 2) % 12 + 1
        rule = f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}"
        granularity: Granularity = "day" if match["day2"] else "month"
        return TimeExpression(match.start(), match.end(), "open", None, granularity=granularity, rule="time.every", recurrence=rule)

    def _unplaced(self, match: re.Match[str], granularity: Granularity) -> TimeExpression:
        """Something due that counts from a present which the text does not tell."""
        return TimeExpression(match.start(), match.end(), "open", None, granularity=granularity, rule="time.unplaced")

    def _months(self, match: re.Match[str]) -> TimeExpression:
        """2023年7月至2024年12月: a stage of work, in brackets or not."""
        first = date(_year(match["first_year"]), int(match["first_month"]), 1)
        last = last_day(_year(match["last_year"] or match["first_year"]), int(match["last_month"]))
        before = self._before(match.start())
        over = self.now.year is not None and last.year < self.now.year
        governs = self._governs(before) or grammar.LABEL.search(before) is not None or before.endswith("段（")
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
        elif grammar.LABEL.search(before) and "规划期" not in before and "有效期" not in before:
            part = "due"
        elif (
            before.endswith(("（", "规划期", "自", "从", "期为"))
            or self.hidden.startswith(("）", "第"), at)
            or not self._governs(before)
            or grammar.name_after().match(self.hidden, at)
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
            part = "baseline" if grammar.BASELINE.search(before) else "past"
        elif grammar.BASELINE.search(before):
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
        return any(pattern.search(before) for pattern in (grammar.HEAD, grammar.PROMISE, grammar.AREA_BEFORE))

    def _in_passing(self, match: re.Match[str], before: str) -> bool:
        """A plan period that is spoken about (“十四五”时期是…的关键时期, 将“十四五”时期新增的…), not promised for."""
        if self.hidden.startswith(("是", "的", "为", "内", "目标", "任务", "规划"), match.end()):
            return True
        if not (self._governs(before) or match[0][0] in "到在"):
            return True
        return grammar.descriptive().search(self._rest_of_sentence(match.end())) is not None

    def _dated(self, match: re.Match[str]) -> TimeExpression | None:
        year = _year(match["year"])
        last, earliest, granularity = self._last(year, match)
        start, end = match.start(), match.end()
        base = TimeExpression(
            start, end, "due", last.isoformat(), earliest=earliest, granularity=granularity, rule="time.date"
        )
        before = self._before(start)
        if match["about"]:
            base = replace(base, rule="time.about")
        reaches = match[0][0] in "到至截展"
        named = any(match[name] is not None for name in ("limit", "close", "quarter", "half", "about"))
        led = before + match[0][0] if match[0][0] in "到至" else before
        if grammar.REACHES_YEAR.search(led) and grammar.OF_YEAR.match(self.hidden, end):
            return replace(base, part="baseline", date=f"{year}-12-31", rule="time.baseline")
        if grammar.BASELINE.search(before) or (not reaches and not named and grammar.BASELINE_AFTER.match(self.hidden, end)):
            return replace(base, part="baseline", date=f"{year}-12-31", rule="time.baseline")
        if re.search(r"有效期(?:限)?$|有效期(?:限)?[至到为]$", before):
            return replace(base, part="name", rule="time.name")
        if grammar.LABEL.search(before) and not (grammar.FROM_AFTER.match(self.hidden, end) and match["limit"] is None):
            return base
        if before.endswith(("由", "从")) and grammar.FROM_VALUE.match(self.hidden, end):
            return replace(base, part="baseline", date=f"{year}-12-31", rule="time.baseline")
        if grammar.FROM_BEFORE.search(before) or (not match["limit"] and grammar.FROM_AFTER.match(self.hidden, end)):
            return self._beginning(match, base)
        until = match[0][0] == "截" and match["limit"] is None
        over = self.now.year is not None and (year < self.now.year or (year == self.now.year and until))
        if self.now.issued is not None and last < self.now.issued and year <= self.now.issued.year and not over:
            over = self.now.year == self.now.issued.year
        if over and not (reaches or self._governs(before) or before.endswith(("其中", "（"))) and self.hidden[end : end + 1] not in ("，", "、"):
            return replace(base, part="name", rule="time.name")  # 淘汰2005年底前注册的车辆: the year tells which
        if over and not self._still_due(match, year, last):
            return replace(base, part="past", rule="time.past")
        staged = before.endswith("段（") or before.endswith("（") and grammar.opens_with_act(self._rest_of_clause(end))
        if staged and match["annual"] is None:  # 准备阶段（2024年4月）, （2021年完成编制）
            return base
        if grammar.AIMS.match(self.hidden, end) and self._governs(before):
            return replace(base, rule="time.bare")
        if match["annual"] or before.endswith(("（", "〔")) and not (reaches or named):
            return replace(base, part="name", rule="time.name")
        if grammar.name_after().match(self.hidden, end) and not self.hidden.startswith("，", end):
            return replace(base, part="name", rule="time.name")
        if named and not reaches and not self._governs(before) and grammar.ATTRIBUTE.match(self.hidden, end):
            return replace(base, part="name", rule="time.name")  # 2017年3月前产生的减排量
        if before.endswith("展望") and not self._rest_of_clause(end):
            return replace(base, part="name", rule="time.outlook")  # 规划期至2025年，远景展望至2035年。
        if reaches and grammar.outlook().search(self._rest_of_clause(end)):
            return replace(base, part="name", rule="time.outlook")
        if reaches or (named and match["turn"] is None):
            return base
        return self._bare(match, base)

    def _still_due(self, match: re.Match[str], year: int, last: date) -> bool:
        """2013年底前，全面完成改造, in a plan that came out a little later: what was ordered is not what was reached."""
        if match["limit"] is None or match[0][0] == "截" or self.now.year is None or year < self.now.year - 1:
            return False
        rest = self._rest_of_clause(match.end()) or self._rest_of_sentence(match.end())
        return grammar.ORDERED.match(rest) is not None and self._governs(self._before(match.start()))

    def _beginning(self, match: re.Match[str], base: TimeExpression) -> TimeExpression:
        """自2017年起，新车执行…标准: an order from a day on; 本办法自2023年7月1日起施行: when a text takes effect."""
        year = _year(match["year"])
        month = _number(match["month"]) if match["month"] else 1
        first = day_in(year, month, _number(match["day"]) if match["day"] else 1)
        over = self.now.year is not None and year < self.now.year
        after = grammar.FROM_AFTER.match(self.hidden, match.end())
        end = after.end() if after else match.end()
        rest = self.hidden[end:].lstrip("，")
        sentence = self._sentence_before(match.start())
        if over or after is None or after[0].endswith("来") or grammar.TAKES_EFFECT.match(rest) or grammar.OF_ITSELF.search(sentence) or rest.startswith(("的", "（", "至")):
            return replace(base, part="from", rule="time.from")
        start = base.start - (self.hidden[base.start - 1 : base.start] in ("自", "从"))
        heads = self._governs(self._before(start)) or self._before(start).endswith("段（") or self.hidden[start] in "自从" or match[0][0] in "自从"
        part: Part = "begins" if heads else "from"
        return replace(base, start=start, end=end, part=part, date=None, earliest=first.isoformat(), rule="time.begins")

    def _sentence_before(self, at: int) -> str:
        floor = max(self.hidden.rfind(mark, 0, at) for mark in "。；！？") + 1
        return self.hidden[floor:at]

    def _bare(self, match: re.Match[str], base: TimeExpression) -> TimeExpression:
        """A year without 到, 底 or 前 governs what follows only at the head of a clause (2025年，全省…), or after a
        promise (确保2021年全省碳排放强度下降4.2%)."""
        before, end = self._before(match.start()), match.end()
        head = grammar.HEAD.search(before) is not None or match[0][0] in "在于"
        if self.hidden.startswith(("，", "）"), end) and head and not before.endswith("、"):
            return replace(base, rule="time.bare")
        rest = self._rest_of_clause(end)
        if grammar.WHICH.match(rest):
            return replace(base, part="name", rule="time.name")
        if (before.endswith("、") and grammar.REACHES.match(rest)) or grammar.REACHES_VALUE.match(rest):  # …不低于80%、2027年实现全部接入
            return replace(base, rule="time.bare")
        if (
            (head and not before.endswith("、") or grammar.PROMISE.search(before))
            and (grammar.VERBS.search(rest) or grammar.opens_with_act(rest) and end + len(rest) < len(self.hidden))
            and not grammar.PASSED.match(rest)
        ):
            if rest.startswith(("的", "度", "已", "以来")):
                return replace(base, part="name", rule="time.name")
            return replace(base, rule="time.bare")
        return replace(base, part="name", rule="time.name")

    def _last(self, year: int, match: re.Match[str]) -> tuple[date, str | None, Granularity]:
        before = match["limit"] is not None and match["close"] is None
        if match["day"]:
            when = day_in(year, _number(match["month"]), _number(match["day"]))
            return (when - timedelta(days=1) if before and when.day == 1 else when), None, "day"
        if match["month"]:
            month = _number(match["month"])
            tenth = {"上旬": 10, "中旬": 20}.get(match["close"] or "")
            when = date(year, month, tenth) if tenth else last_day(year, month)
            return (date(year, month, 1) - timedelta(days=1) if before else when), None, "month"
        if (match["close"] or "").endswith("中"):
            return date(year, 6, 30), None, "half"
        if match["quarter"] or match["half"]:
            quarter = match["quarter"] is not None
            length = 3 if quarter else 6
            part = _number(match["quarter"]) if quarter else 1 if match["half"][0] == "上" else 2
            first = date(year, (part - 1) * length + 1, 1)
            granularity: Granularity = "quarter" if quarter else "half"
            return last_day(year, part * length), None if before else first.isoformat(), granularity
        if before or match["turn"]:
            return date(year - 1, 12, 31) if before else date(year, 1, 31), None, "year"
        return date(year, 12, 31), None, "year"

    def _known_year(self, at: int) -> int | None:
        """The year that a month without a year belongs to: that of the last month said, or of a bare year that governs
        the sentence (2024年，上半年完成…，三季度末完成…), else the document's."""
        for expression in reversed(self.found):
            if expression.part != "due" or not expression.date:
                continue
            if expression.granularity in ("month", "day", "quarter", "half"):
                return int(expression.date[:4])
            if expression.rule == "time.bare" and not grammar.SENTENCE_END.search(self.hidden, expression.end, at):
                return int(expression.date[:4])
        return self.now.year

    def _stage(self, match: re.Match[str]) -> TimeExpression | None:
        """The months of a stage of work, which begin a clause (自查阶段：5至9月份，…)."""
        year, first, last = self._known_year(match.start()), int(match["stage_first"]), int(match["stage_last"])
        opens = grammar.HEAD.search(self._before(match.start())) and self.hidden.startswith(("，", "：", "）"), match.end())
        if year is None or first > last or not opens:
            return None
        end = {"上旬": 10, "中旬": 20}.get(match["stage_close"] or "")
        when = date(year, last, end) if end else last_day(year, last)
        return TimeExpression(
            match.start(), match.end(), "due", when.isoformat(), earliest=f"{year}-{first:02}-01", granularity="month", rule="time.stage"
        )

    def _monthly(self, match: re.Match[str]) -> TimeExpression | None:
        before = self._before(match.start())
        labelled = grammar.LABEL.search(before) is not None
        staged = match[0].endswith("月份") and before.endswith("：") and self.hidden.startswith("，", match.end())
        if not (match["close2"] or match["limit2"] or staged or (labelled and not before.endswith("年"))):
            return None
        if before.endswith(("每年", "年", "个", "第")) or before[-1:].isdigit() or grammar.EVERY.search(before):
            return None
        year = self.now.year if match["which_year"] in ("今年", "本年", "明年") else self._known_year(match.start())
        sentence = self.hidden.rfind("。", 0, match.start()) + 1
        again = any(start >= sentence for start in self.yearly if start < match.start())
        held = self.now.rules and not any(t.rule in ("time.date", "time.days") for t in self.found)
        if (again or held) and match["which_year"] not in ("今年", "本年", "明年"):
            return self._each_year(match)
        if year is None:
            return self._unplaced(match, "day" if match["day2"] else "month")
        if match["which_year"] in ("明年", "次年"):
            year += 1
        month = _number(match["month2"])
        if match["day2"]:
            when = day_in(year, month, _number(match["day2"]))
            if match["limit2"] and when.day == 1:
                when -= timedelta(days=1)
        elif match["close2"] in ("上旬", "中旬"):
            when = date(year, month, 10 if match["close2"] == "上旬" else 20)
        elif match["limit2"] and not match["close2"]:
            when = date(year, month, 1) - timedelta(days=1)
        else:
            when = last_day(year, month)
        issued = self.now.issued
        said = match["which_year"] in ("今年", "本年", "当年")
        if issued is not None and when < issued and year == issued.year == self.now.year and not labelled and not said:
            when = last_day(year + 1, when.month) if not match["day2"] else when.replace(year=year + 1)
        granularity: Granularity = "day" if match["day2"] else "month"
        return TimeExpression(
            match.start(), match.end(), "due", when.isoformat(), granularity=granularity, rule="time.month"
        )

    def _word(self, match: re.Match[str]) -> TimeExpression | None:
        text, before = match[0], self._before(match.start())
        if text in ("去年", "上年", "前年"):
            gone = f"{(self.now.year or 1) - 1:04}-12-31"
            return TimeExpression(match.start(), match.end(), "past", gone, rule="time.past") if grammar.HEAD.search(before) else None
        if grammar.EVERY.search(before) or before[-1:].isdigit() or before.endswith(("个", "多", "数", "年", "月")):
            return None
        if text.startswith(("年中", "到年中")) and not self._governs(before):
            return None
        if self.hidden.startswith(
            ("生", "度", "级", "轻", "龄", "均", "的", "历", "以来", "来", "报", "薪"), match.end()
        ):
            return None
        own = "今年" in text or "明年" in text or "后年" in text or "本年" in text or text == "全年"
        year = self.now.year if own else self._known_year(match.start())
        if year is None:
            whole = text in ("今年", "全年", "明年")
            return None if whole and not self._governs(before) else self._unplaced(match, "year")
        year += 1 if "明年" in text else 2 if "后年" in text else 0
        if "季度" in text:
            month = _number(re.sub(r"[^一二三四]", "", text)) * 3
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
        if "年中" in text:
            return TimeExpression(match.start(), match.end(), "due", f"{year}-06-30", granularity="half", rule="time.half")
        if text in ("今年", "全年", "明年") and not (grammar.HEAD.search(before) or grammar.PROMISE.search(before)):
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
        if grammar.EVERY.search(before) or before[-1:].isdigit() or before.endswith(("十", "起", "之日起", "第")):
            return None
        if not counted and not (grammar.HEAD.search(before) or grammar.PROMISE.search(before) or before.endswith(("在", "于"))):
            return None
        if grammar.FROM_AFTER.match(self.hidden, match.end()) or re.search(
            r"(?:之日|日起|施行后|实施后|发布后|之后|受理|收到)[^，。；]*$",
            self.hidden[max(match.start() - 24, 0) : match.start()],
        ):
            return None
        if match["count"] == "半" and match["count_unit"] != "年" or grammar.HOLDS.match(self.hidden, match.end()):
            return None
        months = 6 if match["count"] == "半" else _number(match["count_high"] or match["count"]) * (12 if match["count_unit"] == "年" else 1)
        months += 6 if match["count_half"] else 0
        again = next((t.date for t in reversed(self.found) if t.part == "due" and t.date), None) if "再用" in match[0] else None
        issued = date.fromisoformat(again) if again else self.now.issued
        if issued is None or match["longer"]:
            return self._unplaced(match, "period")
        if match["within"].endswith("努力") and not again and months % 12 == 0:  # 经过五年努力, of 2013: the years 2013 to 2017
            return TimeExpression(
                match.start(), match.end(), "due", f"{issued.year + months // 12 - 1}-12-31", earliest=f"{issued.year}-01-01",
                granularity="period", rule="time.span",
            )  # fmt: skip
        when = months_after(issued, months)
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
        """在2023年和2026年，… and 2023年、2025年底，…: a year joined to one that is due is due; so are the years of a list
        of those who get there (甲县2024年、乙县2025年完成创建)."""
        for i in range(len(self.found) - 1):
            one, two = self.found[i], self.found[i + 1]
            between = self.hidden[one.end : two.start]
            if grammar.LISTED.fullmatch(between) and {one.part, two.part} <= {"due", "name"} and one.rule in grammar.LONE and two.rule in grammar.LONE:
                rest = self._rest_of_clause(two.end)
                if one.part == "due" or two.part == "due" or grammar.REACHES.match(rest) or grammar.opens_with_act(rest):
                    self.found[i], self.found[i + 1] = (replace(t, part="due", rule="time.joined") if t.part == "name" else t for t in (one, two))
                continue
            if between not in ("和", "、", "及", "与"):
                continue
            head = grammar.HEAD.search(self._before(one.start)) or self.hidden[one.start] in "在于到"
            if head and {one.part, two.part} == {"due", "name"} and one.rule != "time.plan":
                named = i if one.part == "name" else i + 1
                self.found[named] = replace(self.found[named], part="due", rule="time.joined")


@lru_cache(maxsize=16)
def find_times(folded: str, now: Now) -> tuple[TimeExpression, ...]:
    """The time expressions of a folded stretch, in reading order.

    >>> [(t.part, t.date) for t in find_times("较2020年下降5%，到2025年底达标", Now(2022))]
    [('baseline', '2020-12-31'), ('due', '2025-12-31')]
    """
    if not grammar.maybe().search(folded):
        return ()
    return tuple(_Reader(folded, now).read())
