"""Times that are no single day: what comes back (每年10月25日前), and what runs from an event or ends before one
(自受理之日起20个工作日内, 有效期满前六个月内)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Literal

from policygraph.extract.days import day_in, months_after
from policygraph.extract.lexicon import any_of
from policygraph.extract.present import Now
from policygraph.extract.quantities import han_number
from policygraph.model import Granularity, TermUnit
from policygraph.model import Term as Length

#: The ways of writing what stands on no single day; `ontology/rules.toml` describes each.
TermRule = Literal["time.before", "time.every", "time.term", "time.within"]


@dataclass(frozen=True, slots=True)
class TermExpression:
    """What a stretch says that stands on no single day: a rule, or a length. `date` and `earliest` where the event it runs
    from is a day after all: the document's own issue, or a date."""

    start: int
    end: int
    rule: TermRule
    granularity: Granularity
    recurrence: str | None = None
    within: Length | None = None
    date: str | None = None
    earliest: str | None = None


_HAN = "一二两三四五六七八九十"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月"
_DAY = r"(?:[12]\d|3[01]|0?[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]"
_CLOSE = r"(?:底|末|[上中下]旬)"
_BY = r"(?:之前|以前|前|之内|以内|内)"
_POINT = rf"(?:{_MONTH}份?(?:{_DAY}|{_CLOSE})?|年{{0,1}}[底末终]|第?[一二三四1-4]季度[末底]?|[上下]半年[末底]?)"

#: 17时, 下午5点, 12:00
_HOUR = r"(?:上午|下午|中午|晚上?)?(?:2[0-4]|1\d|0?\d|十[一二]?|[一二三四五六七八九])(?:时|点|：|:)(?:[0-5]\d分?|半|整)?"
#: 每年10月25日前, 每两年6月底前, 每季度首月10日前, 每月5日、20日前, 每周五前, 每日17时前
_EVERY = re.compile(
    rf"""
      每(?:一|(?P<of_years>[两二三四五六七八九十]|\d{{1,2}}))?(?:个)?年(?:度)?的?(?:于|在)?(?P<points>{_POINT}(?:{_BY}?[、和及与]{_POINT})*)(?P<year_by>{_BY})?
    | (?:每(?:一)?(?:个)?季度?(?:的)?(?:(?P<quarter_month>首月|第一个?月|末月|最后一个?月|次月)(?:的)?(?P<quarter_day>{_DAY})?|(?P<quarter_end>[末底])|结束当月[末底]))(?P<quarter_by>{_BY})?
    | (?:每(?:一)?(?:个)?月|次月|按月于次?月)(?:的)?(?:(?P<month_day>{_DAY}(?:前?[、和及]{_DAY})*)|(?P<month_end>{_CLOSE}))(?P<month_by>{_BY})?
    | 每(?:个)?(?:日|天|工作日)(?P<hour>{_HOUR}|(?:上班|下班))(?P<hour_by>之前|以前|前)
    | 每(?:个)?(?:周|星期)(?P<weekday>[一二三四五六日天])(?P<week_by>{_BY})?
    | (?:次年|翌年|第二年|下一?年度?)(?P<next_point>{_MONTH}份?(?:{_DAY}|{_CLOSE})?)(?P<next_by>{_BY})?
    """,
    re.VERBOSE,
)
_DAYS = re.compile(_DAY)
_MAY_RECUR = re.compile(r"[每次翌]|第二年|下一年")
_MAY_LAST = re.compile(r"(?:[日天周月年时期度半]|时间)(?:之内|以内|内|之前|以前|前)|前[\d一二两三四五六七八九十]")
_PART = re.compile(rf"{_POINT}")
_WEEKDAYS = {"一": "MO", "二": "TU", "三": "WE", "四": "TH", "五": "FR", "六": "SA", "日": "SU", "天": "SU"}
#: 每年6月5日为环境日, 每年5月的第二个星期日: what is told of a day is no order.
_TELLS = re.compile(r"(?:至|到|—|－|-|~)(?=\d|[一二三四五六七八九十]+月|次年|翌年)|为|是|定为|作为|的第")
_YEARLY = re.compile(r"每年|逐年|年度|上一?年|当年|本年|每个?学年|会计年度")

_UNITS: dict[str, tuple[TermUnit, bool]] = {
    "个工作日": ("day", True), "工作日": ("day", True), "个自然日": ("day", False), "自然日": ("day", False), "日": ("day", False), "天": ("day", False),
    "个小时": ("hour", False), "小时": ("hour", False), "周": ("week", False), "个星期": ("week", False), "星期": ("week", False),
    "个月": ("month", False), "月": ("month", False), "个季度": ("month", False), "年": ("year", False),
}  # fmt: skip
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_LENGTH = re.compile(
    rf"(?P<about>约|近|最迟|最长|不超过|不得超过)?(?<![月\d年第一二三四五六七八九十百])(?P<count>\d{{1,3}}|[{_HAN}百]{{1,4}}|半)(?:[（(]\d+[）)])?(?P<unit>{_UNIT})(?P<half>半)?(?:的?时间)?(?P<within>之内|以内|内)"
    rf"|(?<=前)(?P<count3>\d{{1,3}}|[{_HAN}]{{1,4}})(?P<unit3>个工作日|工作日|个?自然日|日|天|个月)(?=向|提出|申请|报|办理|书面|告知|通知)"
    rf"|(?<![月\d年第一二三四五六七八九十百])(?P<count2>\d{{1,3}}|[{_HAN}]{{1,4}})(?P<unit2>个工作日|工作日|个?自然日|日|天|个小时|小时|个月)(?P<ahead>之前|以前|前)"
)
_BOUNDARY = re.compile(r"[，。；：！？、（）()]")
_MODAL = re.compile(r"(?:应当|应该|应|必须|须|需要|需|可以|可|要|请|务必|原则上|一般|最迟|力争|争取|确保|会同[^，]{2,12}?)+(?:在|于|自|从)?|(?<![现存所内潜])在(?!线|职|校|岗|建|途|库)|(?<![关属由对位处基高低大小等鉴])于|自(?!然|主|动|行|我|身|治|愿|筹|查|评|由|有|用|建|产)|从(?!事|业)")
_FROM = re.compile(r"^(?P<event>.*?)(?:的)?(?:之日|当日|次日|当天|次月|日)?(?:起|开始|算起)(?:的)?(?:，|,)?$")
_AFTER = re.compile(r"^(?P<event>.*?)(?:的)?(?:之后|以后|后)(?:的)?(?:，|,)?$")
_BEFORE = re.compile(r"^(?P<event>.*?)(?:的)?(?:之前|以前|前)(?:的)?$")
_DATE = re.compile(r"^(?P<year>20\d\d)年(?:(?P<month>1[0-2]|0?[1-9])月(?:(?P<day>[12]\d|3[01]|0?[1-9])日)?)?(?:度)?$")
#: 三年内不得申请, 近三年内无违法记录, 三年内未发生: for so long something holds; nothing is due.
_HOLDS = re.compile(r"^[^，。；]{0,14}?(?:未|无|没有|禁止|不(?!低于|少于|超过|小于|大于|定期|断))|^(?:有|曾|发生|累计|连续|两次|的|均|已|可|多次|受到|存在|免)")
_GLOSS = re.compile(r"^[（(][^（）()]*[）)]")
_NO_LENGTH = re.compile(r"(?:近|前|过去|连续|(?<!届)(?<!期)满|每|第|同一|任意|任何|上|最近|超过|逾期|期限|任期|有效期|为期|约|十|\d|隔|多|余|延长|不少于|不低于)$")


@cache
def _own_issue() -> re.Pattern[str]:
    return re.compile(rf"^(?:本|该)?(?:{any_of('periods', 'own_names')})?(?:正式)?(?:印发|发布|下发|公布|出台|颁布|公开发布)(?:实施|施行|执行)?(?:之|后)?$")


@cache
def _own_effect() -> re.Pattern[str]:
    return re.compile(rf"^(?:本|该)?(?:{any_of('periods', 'own_names')})?(?:正式)?(?:施行|实施|生效|执行)(?:之|后)?$")


@cache
def _event_ends() -> re.Pattern[str]:
    """Words that an event ends in without 后 (收到通知, 季度结束, 有效期届满)."""
    return re.compile(
        rf"(?:(?:{any_of('periods', 'event_ends')})|(?:收到|接到|接报|受理|作出|发现|取得|获悉|知悉|签订|签署|送达|下达|办结|公示|通过|完成)[^，。；]{{0,16}})(?:之日|当日|日)?$"
    )


def find_terms(hidden: str, now: Now) -> Iterator[TermExpression]:
    """The expressions of a stretch (names hidden), in reading order, none overlapping another.

    >>> [(t.recurrence, t.within) for t in find_terms("每年10月25日前报送", Now(2020))]
    [('FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25', None)]
    """
    found = [*_every(hidden, rules=now.rules)] if _MAY_RECUR.search(hidden) else []
    taken = [(t.start, t.end) for t in found]
    for match in _LENGTH.finditer(hidden) if _MAY_LAST.search(hidden) else ():
        if any(a < match.end() and match.start() < b for a, b in taken):
            continue
        if term := _length(match, hidden, now):
            found.append(term)
    yield from sorted(found, key=lambda term: term.start)


def _every(hidden: str, *, rules: bool) -> Iterator[TermExpression]:
    for match in _EVERY.finditer(hidden):
        if match["points"]:
            if not match["year_by"] and _TELLS.match(hidden, match.end()):
                continue
            yield from (_of_years(term, match["of_years"]) for term in _points_apart(match))
            continue
        elif match["next_point"]:
            sentence = hidden[max(hidden.rfind("。", 0, match.start()), hidden.rfind("；", 0, match.start())) + 1 : match.start()]
            rest = re.match(r"[^。；]*", hidden[match.end() :])
            if re.search(r"20\d\d年", sentence) or not (rules or _YEARLY.search(sentence) or rest and _YEARLY.search(rest[0])):
                continue
            rule, granularity = _points(match["next_point"], limit=match["next_by"])
        elif match["hour"]:
            rule, granularity = "FREQ=DAILY", "day"
        elif match["weekday"]:
            rule, granularity = f"FREQ=WEEKLY;BYDAY={_WEEKDAYS[match['weekday']]}", "day"
        elif match["month_day"] or match["month_end"]:
            if match[0].startswith("次月") and not re.search(r"每月|按月|逐月|月度|当月|上月", hidden[: match.start()]):
                continue
            rule, granularity = f"FREQ=MONTHLY;BYMONTHDAY={_day_of(match['month_day'], match['month_end'])}", "day"
        else:
            months = {"末": "3,6,9,12", "最": "3,6,9,12"}.get((match["quarter_month"] or "末")[0], "1,4,7,10")
            rule = f"FREQ=YEARLY;BYMONTH={months};BYMONTHDAY={_day_of(match['quarter_day'], None)}"
            granularity = "day" if match["quarter_day"] else "month"
        yield TermExpression(match.start(), match.end(), "time.every", granularity, recurrence=rule)


def _of_years(term: TermExpression, count: str | None) -> TermExpression:
    """The rule of every year as one of every so many years (每两年6月底前)."""
    if count is None or term.recurrence is None:
        return term
    return replace(term, recurrence=term.recurrence.replace("FREQ=YEARLY", f"FREQ=YEARLY;INTERVAL={_count(count)}"))


def _points_apart(match: re.Match[str]) -> Iterator[TermExpression]:
    """The rules for the points of a year: one where they fall on like days (6月底和12月底), else one each (3月31日、9月30日)."""
    written = match["points"]
    points = list(_PART.finditer(written))
    ends = [re.sub(rf"^{_MONTH}份?", "", point[0]) for point in points]
    if ends[-1] in ("底", "末"):  # 每年6月、12月底前
        ends = [end or ends[-1] for end in ends]
        written = re.sub(rf"({_MONTH})(?=[、和及与])", r"\1底", written)
    if len(set(ends)) == 1:
        rule, granularity = _points(written, limit=match["year_by"])
        yield TermExpression(match.start(), match.end(), "time.every", granularity, recurrence=rule)
        return
    for i, point in enumerate(points):
        rule, granularity = _points(point[0], limit=match["year_by"])
        start = match.start() if i == 0 else match.start("points") + point.start()
        end = match.end() if point is points[-1] else match.start("points") + point.end()
        yield TermExpression(start, end, "time.every", granularity, recurrence=rule)


def _points(points: str, *, limit: str | None) -> tuple[str, Granularity]:
    """The rule for the days or months of a year that are named (6月底和12月底)."""
    months: list[int] = []
    day, granularity = "-1", "month"
    before = limit in ("之前", "以前", "前")
    for match in _PART.finditer(points):
        said = match[0]
        if said[-1] in "底末终" and "月" not in said and "季" not in said and "半" not in said:
            months.append(12)
        elif "季" in said:
            months.append(_count(re.sub(r"[^一二三四1-4]", "", said)) * 3)
        elif "半年" in said:
            months.append(6 if said[0] == "上" else 12)
        else:
            written, _, rest = said.partition("月")
            month = _count(written)
            rest = rest.removeprefix("份")
            if rest.endswith(("日", "号")):
                day, granularity = str(_count(rest[:-1])), "day"
            elif rest in ("上旬", "中旬"):
                day = "10" if rest == "上旬" else "20"
            elif not rest and before:
                month = (month - 2) % 12 + 1  # 每年3月前: before it begins
            months.append(month)
    return f"FREQ=YEARLY;BYMONTH={','.join(map(str, sorted(set(months))))};BYMONTHDAY={day}", granularity  # type: ignore[return-value]


def _day_of(day: str | None, close: str | None) -> str:
    if day:
        return ",".join(str(_count(each[0][:-1])) for each in _DAYS.finditer(day))
    return {"上旬": "10", "中旬": "20"}.get(close or "", "-1")


def _count(written: str) -> int:
    return int(written) if written.isdigit() else han_number(written) or 0


def _length(match: re.Match[str], hidden: str, now: Now) -> TermExpression | None:
    ahead = match["ahead"] is not None
    count, unit = next((match[f"count{n}"], match[f"unit{n}"]) for n in ("", "2", "3") if match[f"count{n}"])
    kind, working = _UNITS[unit]
    amount = 6 if count == "半" else _count(count)
    if count == "半":
        if kind != "year":
            return None
        kind = "month"
    if match["half"]:
        amount, kind = amount * 12 + 6, "month"
    if unit == "个季度":
        amount *= 3
    if amount < 1 or unit == "月" and count.isdigit():  # 6月内: a month of the year
        return None
    start = match.start()
    head, begin = _head(hidden, start)
    event, side = _event(head)
    if not event:
        event, side = _said_before(hidden, start)
        begin = start
    rest = _GLOSS.sub("", hidden[match.end() : match.end() + 40])
    if side != "before" and _NO_LENGTH.search(hidden[max(start - 6, 0) : start]) or _HOLDS.match(rest):
        return None
    granularity: Granularity = {"month": "month", "year": "year"}.get(kind, "day")  # type: ignore[assignment]
    if ahead:
        event = event if side != "from" else ""
        event = event or (head if 2 <= len(head) <= 24 and side == "" else "")
        if not event:
            return None
        return TermExpression(begin, match.end(), "time.before", granularity, within=Length(amount=amount, unit=kind, working=working, before=event))
    if not event and side == "":
        bare = kind in ("hour", "week") or working or now.rules or _condition(hidden, start)
        if not bare and kind == "day" and not now.rules:
            bare = True
        if not bare:
            return None  # 三年内: counted from the document's own day
        if not _MODAL.search(hidden[max(start - 3, 0) : start]) and hidden[start - 1 : start] not in ("，", "") and kind in ("year",):
            return None
        condition = _condition(hidden, start)
        return TermExpression(start, match.end(), "time.within", granularity, within=Length(amount=amount, unit=kind, working=working, after=condition))
    if side == "before":
        return TermExpression(begin, match.end(), "time.before", granularity, within=Length(amount=amount, unit=kind, working=working, before=event))
    first = _known(event, now)
    dated = _last(first, amount, kind) if first and not working and kind in ("day", "week", "month", "year") else None
    own = _own_issue().match(event) is not None or _own_effect().match(event) is not None
    return TermExpression(
        begin, match.end(), "time.within" if dated is None else "time.term", "period" if dated and not own else granularity,
        within=Length(amount=amount, unit=kind, working=working, after=event) if _DATE.match(event) is None else None,
        date=dated.isoformat() if dated else None, earliest=first.isoformat() if dated and first else None,
    )  # fmt: skip


def _said_before(hidden: str, at: int) -> tuple[str, str]:
    """The event that stands before who must act and how (收到举报后应在5日内…, 发现隐患应当在24小时内…)."""
    floor = max((boundary.end() for boundary in _BOUNDARY.finditer(hidden, max(at - 60, 0), at)), default=max(at - 60, 0))
    modal = _MODAL.search(hidden, floor + 2, at)
    return _event(hidden[floor : modal.start()]) if modal else ("", "")


def _head(hidden: str, at: int) -> tuple[str, int]:
    """The words before a length that may say what it runs from, and where they begin."""
    floor = 0
    for boundary in _BOUNDARY.finditer(hidden, max(at - 60, 0), at):
        floor = boundary.end()
    if floor == at and hidden[at - 1 : at] in ("，",):  # 公示无异议后，10个工作日内
        previous = max(hidden.rfind(mark, 0, at - 1) for mark in "，。；：、！？") + 1
        said = hidden[previous : at - 1]
        if re.search(r"(?:之日起|日起|起|后|之后)$", said):
            return _strip(said + "，", previous)
    return _strip(hidden[floor:at], floor)


def _strip(words: str, begin: int) -> tuple[str, int]:
    """The words without who must act and how: from the last 自, 在, 应 on."""
    last = None
    for modal in _MODAL.finditer(words):
        if modal.end() < len(words) or not words[modal.end() :]:
            last = modal
        if modal[0].endswith(("自", "从")):
            break
    return (words[last.end() :], begin + last.end() - (1 if last[0].endswith(("自", "从", "在", "于")) else 0)) if last else (words, begin)


def _event(words: str) -> tuple[str, str]:
    """The event that words name, and whether the time runs from it or ends before it."""
    for pattern, side in ((_FROM, "from"), (_AFTER, "after"), (_BEFORE, "before")):
        match = pattern.match(words)
        if match and (len(match["event"]) >= 2 or side == "from" and match["event"]):
            return match["event"].strip("的，"), side
    words = words.strip("的，")
    if len(words) >= 2 and _event_ends().search(words):
        return re.sub(r"(?:之日|当日)$", "", words), "after"
    return "", ""


def _condition(hidden: str, at: int) -> str | None:
    """What a rule speaks of where a bare length runs from it (遗失许可证的，应在一个月内…)."""
    floor = max(hidden.rfind(mark, 0, at) for mark in "。；！？") + 1
    match = re.search(r"([^，。；]{2,60})的，[^，。；]{0,16}$", hidden[floor:at])
    return match[1] if match else None


def _known(event: str, now: Now) -> date | None:
    if written := _DATE.match(event):
        year, month, day = int(written["year"]), int(written["month"] or 1), int(written["day"] or 1)
        return day_in(year, month, day)
    if event in ("今年", "本年", "明年") and now.year:
        return date(now.year + (event == "明年"), 1, 1)
    if _own_issue().match(event):
        return now.issued
    return now.effective if _own_effect().match(event) else None


def _last(first: date, amount: int, unit: TermUnit) -> date:
    """The last day of a time that begins on a day: 2024年起三年 ends with 2026; six months from 15 March on 15 September."""
    if unit in ("day", "week"):
        return first + timedelta(days=amount * (7 if unit == "week" else 1))
    when = months_after(first, amount * (12 if unit == "year" else 1))
    return when - timedelta(days=1) if first.day == 1 else when
