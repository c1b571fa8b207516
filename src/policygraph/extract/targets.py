"""Targets: every future value a provision commits to, and every dated outcome without a number.

A quantity becomes a target only where the grammar of its clause makes it one: after a predicate (达到85%), behind the
thing it measures at the end of a clause (减排量14.92万吨), under a verb that brings things about (完成130个…), or as
the share of things that reach a state (70%以上国控断面水质达到Ⅱ类). Scope (400总吨以下船舶), places (岸线3公里范围内),
sums paid out, reports of what is reached, and anything in a prohibition are none.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from policygraph.extract.deadlines import SILENT, due_times
from policygraph.extract.indicators import resolve_indicator
from policygraph.extract.lexicon import HIDDEN, hide_asides, hide_names
from policygraph.extract.outcomes import (
    Found,
    Part,
    divide,
    ends_in_state,
    is_order,
    opens_with_action,
    outcome_of,
    read_subject,
    says_state,
)
from policygraph.extract.positions import find_values, forbids, is_report, table_row
from policygraph.extract.present import now_of
from policygraph.extract.provision import Context, Provision
from policygraph.extract.quantities import may_hold_quantity
from policygraph.extract.times import TimeExpression, find_times
from policygraph.model import Deadline, Target

_SENTENCE = re.compile(r"[^。！？]+[。！？]?")
_PART = re.compile(r"[^，；：]+[，；：]?")
_RATIO = re.compile(r"(?<=\d)：(?=\d)")
#: （其中川西地区达到40%）: a value in brackets, of a part of what stands before them.
_WITHIN = re.compile(r"（((?:其中|力争|不含|含)?[^（）。]*\d[^（）。]*)）")
#: 接入工程的比例，到2023年达到80%、2025年达到90%: what is measured stands before the dates.
_ANNOUNCED = re.compile(r"(?:率|比例|比重|占比|总量|总数|数量|规模|面积|能力|浓度|强度|总额|产值|收入|水平|里程)$")
#: 年均增速达到8%, 占规模以上工业比重提高到20%: what grows or has the share stands before it.
_OF_SOMETHING = re.compile(r"(?:年均|年平均|平均|累计|同比|总体)*(?:增速|增幅|增长率|涨幅|降幅|降速)")
_SHARE_IN = re.compile(r"占(?:全[国省市县区]|[^，。；]{2,14})比[重例]")
_SIZE_OF = re.compile(r"(?:总?规模|总量|数量|面积|投入)$")
_LOOKS_BACK = re.compile(r"[^，。]{0,12}(?:(?:年来|以来|至今|目前)，|今年以来|(?:去年|上年)(?:，|全|共|末|底))")
_STOP = re.compile(r"[，。；]")
_LISTED = re.compile("、")
#: 力争实现煤炭消费总量负增长: promised in the sentence after a date, and so by that date
_PROMISED = re.compile(r"[^，。；]{0,24}?(?:力争|争取|确保)(?:基本|全面|率先)?(?:实现|达到|消除|保持|建成|完成)[^，。；]{2,}")
#: 12月15日前全部足额完成清缴: the only kind of state that a day is set for
_DONE_BY = re.compile(r"[^，。；]{0,16}?(?:完成|实现|消除|建成|达到|达标|清零)|[^，。；]*(?:清零|达标|到位|全覆盖)$")
#: Words of who may apply, and by what.
_CONDITION = re.compile(r"申报|申请|自筹|注册资本|从业人员|资质|学历|职称|周岁|纳税|信用|经费额度|资助额度|成立(?:时间)?满")
_THOSE = re.compile(r"[^。；]*?的，(?:可|方可|可以|给予|按|由|予以|应当|应|视为|不得|须|经|报|从|享受|认定)")
#: What decides by when the words after it are: what stands on no day governs nothing, and ends what governed before.
_GOVERNS = ("due", "past", "from", "begins", "advance")
_start = attrgetter("start")
#: 基本完成…划定, 完成全市所有…认定: an end that can be seen to be reached is one without a date, too.
_ENDED = "基本(?:{0}|建成|清零)|全部(?:{0}|建成|清零)|全面(?:{0})|彻底(?:{0})|完成(?:全[省市区县国])?(?:所有|全部)".format("完成|解决|消除|淘汰")
_MAY_REACH = re.compile(_ENDED)
_REACHED = re.compile(rf"(?:并|同时|且)?(?:{_ENDED})(?!了|的|后)")
#: 形成…, whose object is not yet named where the comma stands; and the words that name it
_OPENS = re.compile(r"(?:并|同时)?(?:逐步|基本|初步|全面)?(?:形成|构建|建立|打造|建成)[^的，]{6,}(?<!格局)(?<!体系)(?<!机制)(?<!局面)(?<!模式)(?<!网络)")
_CLOSES = re.compile(r"的[^，。；的]{2,12}(?:格局|体系|机制|局面|模式|网络)$")
_QUIET = SILENT | {"principle", "definition", "table"}


@dataclass(frozen=True, slots=True)
class _Due:
    """The date that governs a stretch: where it stands (-1: before this sentence), its day. `on_day`: it is a day, or runs
    from day to day, by which something is done; a state is seldom reached on one."""

    start: int
    end: int
    date: str
    inherited: bool
    on_day: bool = False


def _governing(at: int, times: Sequence[TimeExpression], carried: str | None) -> tuple[_Due | None, bool]:
    """The last date before `at`, and whether what stands at `at` is over already."""
    before = times[: bisect.bisect_right(times, at, key=_start)]
    last = next((t for t in reversed(before) if t.part in _GOVERNS or t.rule == "time.unplaced"), None)
    if last is None:
        return (_Due(-1, -1, carried, True) if carried else None), False
    if last.part == "past":
        return None, True
    if last.part in ("from", "begins", "open") or last.date is None:
        return None, False
    return _Due(last.start, last.end, last.date, False, last.granularity == "day" or last.rule == "time.days"), False


def _hide(provision: Provision) -> str:
    hidden = hide_asides(hide_names(provision.folded))
    hidden = _RATIO.sub("∶", hidden)
    for start, end in provision.notes:
        hidden = hidden[:start] + HIDDEN * (end - start) + hidden[end:]
    return hidden


class _Builder:
    """Collects the targets of one provision in reading order."""

    def __init__(self, provision: Provision, context: Context) -> None:
        self.provision = provision
        self.context = context
        self.targets: list[Target] = []

    def add(self, found: Found, due: _Due | None, *, rule: str) -> Target:
        clause, text = self.provision.clause, self.provision.text
        start, end = self.provision.span(min(found.start, found.at), found.end)
        target = Target(
            id=f"{clause.id}/target_{len(self.targets) + 1}",
            document=clause.document,
            clause=clause.id,
            text=text[min(found.start, found.at) : found.end],
            indicator=found.indicator,
            comparator=found.comparator,
            value=found.value,
            unit=found.unit,
            relative=found.relative,
            baseline=found.baseline,
            state=found.state,
            deadline=due.date if due else None,
            deadline_inherited=due.inherited if due else False,
            area=found.area,
            hedge=found.hedge,
            concept=resolve_indicator(found.indicator),
            alternative_to=self.targets[-1].id if found.alternative and self.targets else None,
            start=start,
            end=end,
            by=rule,
        )
        self.targets.append(target)
        return target


    def extend(self, found: Found) -> None:
        """Let the last target reach to the end of what was found: it is the rest of its object."""
        before = self.targets[-1]
        start, _ = self.provision.reading.locate(before.start, before.end)
        _, end = self.provision.span(found.at, found.end)
        text = self.provision.text[start : found.end]
        self.targets[-1] = replace(before, text=text, indicator=text.removeprefix(before.state or ""), end=end)


def extract_targets(
    provision: Provision, context: Context, *, deadlines: Sequence[Deadline] | None = None
) -> list[Target]:
    """The targets of a provision. `deadlines` are those already found in it, None when nobody looked: an empty
    list spares the search for dates."""
    kind = provision.clause.kind
    if kind in _QUIET:
        return []
    now = now_of(context.document)
    times = [t for t in find_times(provision.folded, now) if t.part not in ("due", "advance", "open", "begins")]
    due = due_times(provision, context) if deadlines is None or deadlines else []
    times = sorted([*times, *due], key=lambda t: t.start)
    hidden = _hide(provision)
    goal = kind == "goal"
    if is_report(hidden, times):
        return []
    builder = _Builder(provision, context)
    if row := table_row(provision.text, hidden):
        builder.add(
            row, _Due(-1, -1, context.goal_deadline, True) if context.goal_deadline else None, rule="target.row/1"
        )
        return builder.targets
    if goal and not due and not _STOP.search(hidden):
        return []
    carried = context.goal_deadline if goal else None
    stage = None if goal else context.stage_deadline
    for sentence in _SENTENCE.finditer(hidden):
        carried = _read_sentence(builder, hidden, sentence.span(), times=times, carried=carried or stage, goal=goal, stage=stage, rules=now.rules)
    return builder.targets


def _parts(hidden: str, start: int, end: int, *, times: Sequence[TimeExpression], dated: bool = False) -> Iterator[tuple[int, int]]:
    """The stretches between commas, cut also before a date of its own (2030年前实现碳达峰、2060年前实现碳中和)."""
    ends = {time.end for time in times}
    dates = [t for t in times if t.part == "due" and hidden[t.start - 1] == "、" and t.start - 1 not in ends]
    for piece in _PART.finditer(hidden, start, end):
        at, stop = piece.start(), piece.end() - (hidden[piece.end() - 1] in "，；：。")
        for time in dates:
            if at < time.start < stop:
                yield at, time.start - 1
                at = time.start
        for comma in _LISTED.finditer(hidden, at, stop) if dated else ():  # 基础设施基本完善、产业生态初步构建
            if ends_in_state(hidden[at : comma.start()]) and ends_in_state(hidden[comma.end() : stop]):
                yield at, comma.start()
                at = comma.end()
        yield at, stop


def _in_turn(hidden: str, times: Sequence[TimeExpression], count: int) -> Sequence[TimeExpression]:
    """The dates that a list of values is for, one each (到2023年、2025年，…分别达到A、B)."""
    due = [t for t in times if t.part == "due"]
    for i in range(len(due) - count + 1):
        run = due[i : i + count]
        if count > 1 and all(hidden[a.end : b.start] in ("、", "和", "及") for a, b in zip(run, run[1:], strict=False)):
            return run
    return ()


def _read_sentence(
    builder: _Builder,
    hidden: str,
    span: tuple[int, int],
    *,
    times: Sequence[TimeExpression],
    carried: str | None,
    goal: bool,
    stage: str | None,
    rules: bool,
) -> str | None:
    """Reads one sentence; returns the date that it hands on to the next. `stage` is the day by which the stage ends
    that the heading names: for values and states, not for the acts on the way. `rules`: figures without a date are limits."""
    start, end = span
    if end <= builder.provision.lead_end and not any(start <= t.start < end for t in times):
        return carried
    bracketed = [m.span(1) for m in _WITHIN.finditer(builder.provision.folded, start, end) if "□" in hidden[m.start() : m.end()]]
    inside = [t for t in times if start <= t.start < end and not builder.provision.in_note(t.start)]
    aside = [t for t in inside if any(a < t.start and t.end < b or a == t.start and t.end < b for a, b in bracketed)]
    inside = [t for t in inside if t not in aside]
    if not inside and not carried and not may_hold_quantity(hidden, start, end) and not _MAY_REACH.search(hidden, start, end):
        return None
    if not inside and (forbids(hidden[start:end]) or _LOOKS_BACK.match(hidden, start)):
        return None
    first, previous = True, None
    indicators: list[str] = []
    dated_here = whole = ordered = False
    before: Part | None = None  # the part before, where it gave no value
    for at, stop in _parts(hidden, start, end, times=inside, dated=bool(inside or carried)):
        here = inside[bisect.bisect_left(inside, at, key=_start) : bisect.bisect_left(inside, stop, key=_start)]
        if any(t.part in ("due", "past") for t in here):
            first = True
        governing, over = _governing(max(stop - 1, at), inside, carried)
        if over:
            previous = None
            continue
        part = Part(builder.provision.text, hidden, at, stop, start, tuple(here), tuple(indicators))
        dated_here = dated_here or (governing is not None and not governing.inherited)
        values = find_values(part, previous=previous, dated=governing is not None)
        if values and governing is None and not goal and (rules or _is_condition(hidden, start, stop)):
            values = []
        values = _with_subject(values, previous, before)
        before = None if values else part if part.first() < part.stop else before
        announced = None if values or here else _announced(part)
        in_turn = _in_turn(hidden, inside, len(values)) if "分别" in hidden[at:stop] else ()
        for i, value in enumerate(values):
            due_at, past = _governing(value.at, inside, carried)
            if in_turn:
                due_at = _Due(in_turn[i].start, in_turn[i].end, in_turn[i].date or "", False)
            if past:
                continue
            builder.add(value, due_at, rule=f"target.{value.rule}/1")
            previous = value
            indicators.append(value.indicator)
        if values and previous is not None:
            _read_asides(builder, bracketed, part, times=aside, governing=governing, previous=previous)
        if values:
            first = False
            continue
        if announced:
            previous, first = announced, False
            continue
        advanced = next((t for t in here if t.part == "advance"), None)
        if advanced and builder.targets and advanced.date:
            _add_advance(builder, part, advanced)
            continue
        if governing is None or (
            governing.inherited and not goal and governing.date != stage and not _PROMISED.match(hidden, at, stop)
        ):
            if governing is None and not here and _REACHED.match(hidden, part.first(), stop) and (found := outcome_of(part, first=False, goal=False)):
                builder.add(found, None, rule="target.reached/1")
            continue
        if governing.start < at and hidden.startswith("全年", max(governing.start, 0)):
            continue  # 全年服务200万人次；构建新模式: the year is for the figure
        staged = governing.inherited and stage is not None
        if staged and opens_with_action(part.hidden[part.first() : part.stop]):
            continue
        if governing.on_day and not _DONE_BY.match(hidden, part.first(), stop):
            continue  # 于11月10日前报送: what is done on a day is a task
        words = hidden[part.first() : stop]
        if first and not governing.inherited:
            ordered = is_order(words)
        if ordered and not ends_in_state(words):
            continue  # 6月底前，各市明确改造计划，建立台账: what comes after an order is ordered too
        listed = goal or previous is not None and previous.rule == "outcome" and not governing.inherited
        found = outcome_of(part, first=first and not staged, goal=listed, dated=not governing.inherited)
        if found and whole and _CLOSES.search(hidden[part.first() : stop]) and not opens_with_action(hidden[part.first() : stop]):
            builder.extend(found)  # 形成…上挂高等院校，下联…的互联互通格局: one object over a comma
            whole = False
        elif found:
            builder.add(found, governing, rule="target.outcome/1")
            first, previous = False, found
            whole = _OPENS.fullmatch(hidden[part.first() : stop]) is not None
            _read_asides(builder, bracketed, part, times=aside, governing=governing, previous=found)
    if goal:
        last = next((t.date for t in reversed(inside) if t.part == "due"), None)
        return last or carried
    last_due, _ = _governing(end, inside, carried)
    return last_due.date if last_due and indicators else None


def _with_subject(values: list[Found], previous: Found | None, before: Part | None) -> list[Found]:
    """The values, those that name only a growth or a share with what grows or has it: what was measured before in the
    sentence, or what the part before says something of."""
    named: list[Found] = []
    for value in values:
        growth = _OF_SOMETHING.fullmatch(value.indicator)
        if growth or _SHARE_IN.fullmatch(value.indicator):
            measured = named[-1] if named else previous
            thing = measured.indicator if measured else _spoken_of(before) if before else ""
            thing = thing if growth else _SIZE_OF.sub("", thing)
            value = replace(value, indicator=thing + value.indicator)
        named.append(value)
    return named


def _spoken_of(part: Part) -> str:
    """What a part says the state of (农村居民人均可支配收入稳步提高); nothing where it opens with an act."""
    words = part.hidden[part.first() : part.stop]
    if opens_with_action(words) or HIDDEN in words:
        return ""
    name, state = divide(read_subject(part, part.first(), part.stop).name, opens_with_result=False)
    return name if name != state and 2 < len(name) <= 20 else ""


def _is_condition(hidden: str, start: int, stop: int) -> bool:
    """Whether a figure says who may apply or for what: 营业收入不低于2000万元的，可以申请认定."""
    sentence_end = next((at for at in range(stop, len(hidden)) if hidden[at] in "。；"), len(hidden))
    sentence = hidden[start:sentence_end]
    return _CONDITION.search(sentence) is not None or hidden[stop - 1] == "的" or _THOSE.match(hidden, stop, sentence_end) is not None


def _announced(part: Part) -> Found | None:
    """What a part names to be measured further on, when it is nothing but a name."""
    words = part.hidden[part.first() : part.stop]
    if len(words) < 5 or not _ANNOUNCED.search(words) or opens_with_action(words) or says_state(words):
        return None
    subject = read_subject(part, part.first(), part.stop)
    return Found(subject.start, part.stop, part.start, subject.name, "named", area=subject.area) if subject.name else None


def _read_asides(
    builder: _Builder, bracketed: Sequence[tuple[int, int]], part: Part, *, times: Sequence[TimeExpression],
    governing: _Due | None, previous: Found,
) -> None:  # fmt: skip
    """The values that brackets in a part add to what stands before them (其中城市公交不低于90%)."""
    for start, end in bracketed:
        if not part.start <= start < part.stop:
            continue
        hidden = hide_names(builder.provision.folded)
        here = [t for t in times if start <= t.start < end]
        for at, stop in _parts(hidden, start, end, times=here):
            inner = Part(builder.provision.text, hidden, at, stop, part.sentence, tuple(t for t in here if at <= t.start < stop))
            for value in find_values(inner, previous=previous, dated=True):
                due, past = _governing(value.at, here, None)
                if not past:
                    builder.add(value, due or governing, rule="target.aside/1")


def _add_advance(builder: _Builder, part: Part, advanced: TimeExpression) -> None:
    """力争提前一年完成: the outcome before it, at the earlier date and for the place named here."""
    before = builder.targets[-1]
    subject = read_subject(part, part.start, advanced.start)
    hedge = subject.hedge
    start, end = builder.provision.span(part.first(), part.stop)
    builder.targets.append(
        replace(
            before,
            id=f"{before.clause}/target_{len(builder.targets) + 1}",
            text=builder.provision.text[part.first() : part.stop],
            deadline=advanced.date,
            deadline_inherited=False,
            area=subject.name or subject.area or before.area,
            hedge=hedge,
            alternative_to=None,
            start=start,
            end=end,
            by="target.advance/1",
        )
    )
