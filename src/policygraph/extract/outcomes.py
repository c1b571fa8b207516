"""Subjects and outcomes: what a clause is about, where, how firmly, and the state it promises."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from policygraph.extract.lexicon import HIDDEN, any_of
from policygraph.extract.times import TimeExpression
from policygraph.model import Comparator, Relative

#: The ways of writing a target, each described in `ontology/rules.toml`; what is only `named` gives its name to the
#: value that comes after it.
TargetRule = Literal["behind", "level", "made", "named", "outcome", "row", "share"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch between commas: the words as written, their twin with names and asides hidden, its bounds, the
    time expressions in it, and the indicators of the values before it in the sentence."""

    text: str
    hidden: str
    start: int
    stop: int
    sentence: int
    times: tuple[TimeExpression, ...]
    earlier: tuple[str, ...] = ()

    def first(self) -> int:
        """Where the words begin, after a date and marks at the head."""
        at = self.start
        for time in self.times:
            if self.hidden[at : time.start].strip("，、：； 　—-0123456789.①②③并且") == "":
                at = time.end
        while at < self.stop and self.hidden[at] in "，、：；）— -":
            at += 1
        return at


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured, the area in front of it, the hedge with it, and where it begins in the reading."""

    name: str
    area: str | None
    hedge: str | None
    start: int


@dataclass(frozen=True, slots=True)
class Found:
    """A target as found in a part, before it has a date and an identity."""

    start: int
    end: int
    at: int
    indicator: str
    rule: TargetRule
    comparator: Comparator | None = None
    value: float | int | str | None = None
    unit: str | None = None
    relative: Relative | None = None
    baseline: str | None = None
    state: str | None = None
    area: str | None = None
    hedge: str | None = None
    alternative: bool = False


_JOINTS = re.compile(
    r"^(?:[，、：；和及或与并且\s—（）)]|以及|同时|其中|确保|保证|推动|促进|使得?|努力|将|把|到时|\d+[.．]|——)+"
)
_PLACE_RANGE = re.compile(r"^(?!政策|目录|标准|规定|完成|基本|推动|实现|全面).{2,40}?(?:范围内|区域内|流域内|境内)(?:[和及、]{1,2}.{2,30}?范围内)*(?:的)?(?=.{2})")


@cache
def hedges() -> re.Pattern[str]:
    return re.compile(any_of("target-words", "hedges"))


@cache
def _area_head() -> re.Pattern[str]:
    places = any_of("target-words", "place_ends")
    return re.compile(
        rf"^(?:(?:{any_of('target-words', 'areas')})(?:（[^（）]{{1,6}}）)?(?![、和及与上中下黄])(?:的|内|所有)?|[\u4e00-\u9fff]{{2,4}}(?:、[\u4e00-\u9fff]{{2,4}})*(?:等(?:地|市|{places})?)?的(?=城市|农村|县))+"
    )


@cache
def _only_area() -> re.Pattern[str]:
    return re.compile(
        rf"^[^，。；]{{0,24}}?(?:{any_of('target-words', 'place_ends')}|{any_of('target-words', 'areas')})(?:等)?$"
    )


def is_area(name: str) -> bool:
    """Whether a name is a place or a class of places alone (县城达到70%): what is measured was said before."""
    plain = re.sub(rf"（[^（）]*）|{HIDDEN}+$", "", name)
    return bool(plain) and _only_area().match(plain) is not None


def place_of(words: str) -> str | None:
    """The class of places that words end in, without the verb before it (推进全省70%的行政村… speaks of 全省)."""
    if not is_area(words):
        return None
    tail = re.search(rf"(?:{any_of('target-words', 'areas')})$", words)
    return tail[0] if tail else words


def read_subject(part: Part, start: int, end: int) -> Subject:
    """The subject in a stretch of a part; its name is empty when only marks, dates and hedges stand there."""
    at = start
    hedge_match = hedges().search(part.hidden, start, end)
    hedge = hedge_match[0] if hedge_match else None
    changed = True
    while changed and at < end:
        changed = False
        if joint := _JOINTS.match(part.hidden[at:end]):
            at, changed = at + joint.end(), True
        if lead := hedges().match(part.hidden, at, end):
            at, changed = lead.end(), True
        for time in part.times:
            if at <= time.start < end and part.hidden[at : time.start].strip("，、在于比较 ") == "":
                at, changed = time.end, True
    words = part.text[at:end]
    for time in part.times:  # a date inside the subject (排放在2030年前达峰) is no part of its name
        if at < time.start and time.end <= end and time.part != "baseline":
            words = words.replace(part.text[time.start : time.end], "")
    begin = at
    area = None
    place = _PLACE_RANGE.match(words) or _area_head().match(words)
    if place and len(words) > place.end():
        area, words = place[0].removesuffix("所有").rstrip("的内"), words[place.end() :]
    return Subject(hedges().sub("", words).strip("的，、：； "), area, hedge, begin)


@cache
def _results() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('target-words', 'adverbs')})*(?:{any_of('target-words', 'results')})(?![区率度])")


@cache
def _states() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('target-words', 'states')})(?:{HIDDEN}+)?$")


@cache
def _actions() -> re.Pattern[str]:
    return re.compile(rf"(?:并|同时|且|进一步)*(?!重点(?:行业|区域|领域|流域|地区|企业|单位|城市|产业|河湖|水域))(?:{any_of('target-words', 'actions')})")


@cache
def _links() -> re.Pattern[str]:
    return re.compile(rf"(?!从[业事]|经[济营费])(?:{any_of('target-words', 'links')})")


@cache
def _state_head() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('target-words', 'adverbs')})+")


_EXPLAINS = re.compile(r"不纳入|不计入|目标值|现状值|是指|指标名称|^(?:总体|具体|主要|分项|阶段性?|近期|远期|年度)?(?:目标|指标)$|^第[一二三四五六]阶段")
_ASIDE = re.compile(r"[（(]其中[^（）()]*[）)]")
#: 各地根据本方案: what somebody goes by is no outcome.
_BY = re.compile(r"(?:根据|按照|依据|依照|对照|结合)[^，]{0,16}(?:方案|要求|实际|规定|部署|计划|规划|标准|分工)$")
_LIGHT = re.compile(r"^(?:并|同时|且|其中|率先|确保|推动|推进|促进|力争|争取|努力|要|应当|应|须)+")


#: 实现监测点位区县级全覆盖: what is measured ends before the idiom, which is the state.
_IDIOM = re.compile(r"(?:[省市区县乡镇村]{1,3}级)?(?:全覆盖|清零|[零负]增长|达标排放|应.尽.)$")
#: 逐一明确整治方案: a noun at the end is no state of what stands before it when a verb opens the words.
_NOUN = re.compile(r"方案|名录|清单|机制|体系|格局|制度|网络|框架|目标|要求|标准|成效")
_OPENING = re.compile(r"(?:逐一|逐步|持续|不断|全面|进一步)*(?:明确|巩固|健全|完善|落实|优化|拓展|扩大|制定|编制)")
#: States of two words (巩固提升, 有新提升).
_PAIRED = re.compile(r"(?:巩固|有新的?|有较大|得到新的?|规范)$")


def opens_with_action(words: str) -> bool:
    """Whether words open with an order, a result or a circumstance rather than with a name."""
    return any(pattern.match(words) is not None for pattern in (_actions(), _results(), _links()))


def outcome_of(part: Part, *, first: bool, goal: bool) -> Found | None:
    """The dated outcome without a number that a part states, if it states one. The first words after a date are what
    is due, whatever their verb; later ones only where they state a result or a state."""
    start = part.first()
    hidden = part.hidden[start : part.stop].rstrip("，。；： ")
    end = start + len(hidden)
    if any(time.end == end and time.start > start for time in part.times):
        return None  # 各单位于2024年2月8日前，: what is due comes next
    if len(hidden.strip(HIDDEN)) < 3 or (hidden.startswith(HIDDEN) and len(hidden.strip(HIDDEN)) < 4):
        return None
    if _EXPLAINS.search(hidden) or _BY.search(hidden):
        return None
    core = _LIGHT.sub("", hidden)
    result = _results().match(core)
    state = _states().search(hidden)
    action = _actions().match(hidden)
    if _links().match(hidden) and not (
        state and first and not hidden.startswith(("通过", "按", "以", "围绕", "经", "从", "根据"))
    ):
        return None
    if not result:
        if len(core) <= 4 and not state:
            return None  # 具体实施
        if action and not (first and (state or _results().search(hidden))):
            return None
        if not (first or goal or state):
            return None
        if not first and len(hidden) < 6:
            return None
        if not first and not state and not _state_head().search(hidden, 2):
            return None
    subject = read_subject(part, start, end)
    if not subject.name or subject.start >= end:
        return None
    name, said = _divide(_ASIDE.sub("", subject.name), result is not None)
    hedge = subject.hedge
    return Found(subject.start, end, start, name, "outcome", state=said, area=subject.area, hedge=hedge)


def _divide(words: str, opens_with_result: bool) -> tuple[str, str]:
    """What is to change and its state: 尾矿库 | 基本可控; 基本消除 | 生活污水直排 the other way round."""
    light = _LIGHT.match(words)
    offset = light.end() if light else 0
    opens_with_result = opens_with_result or _results().match(words, offset) is not None
    if opens_with_result and (verb := _results().match(words, offset)) and verb.end() < len(words):
        name = words[verb.end() :].strip("的") or words
        if (end := _IDIOM.search(name)) and end.start() >= 4 and words[: verb.end()].endswith("实现"):
            return name[: end.start()], words[: verb.end()] + end[0]
        return name, words[: verb.end()]
    for head in _state_head().finditer(words, 2):
        if words[head.start() - 1] in "、的" or words.startswith(("性", "、", "的"), head.end()):
            continue
        if not words.startswith(("年均", "人均", "平均"), head.start() - 1):
            return words[: head.start()], words[head.start() :]
    if (tail := _states().search(words)) and tail.start() >= 2:
        if _NOUN.match(tail[0]) and (opening := _OPENING.match(words)) and opening.end() < tail.end() - 1:
            return words[opening.end() :], opening[0]
        start = tail.start() - (len(pair[0]) if (pair := _PAIRED.search(words[: tail.start()])) else 0)
        if start >= 2:
            return words[:start], words[start:]
        return words[: tail.start()], words[tail.start() :]
    return words, words
