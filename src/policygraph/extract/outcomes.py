"""Subjects and outcomes: what a clause is about, where, how firmly, and the state it promises."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from policygraph.extract.baselines import baseline_of, without_baseline
from policygraph.extract.lexicon import HIDDEN, any_of
from policygraph.extract.times import TimeExpression
from policygraph.model import Comparator, Relative

#: The ways of writing a target, each described in `ontology/rules.toml`; what is only `named` gives its name to the
#: value that comes after it.
TargetRule = Literal["behind", "engaged", "level", "made", "named", "outcome", "rank", "row", "share"]


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
    r"^(?:[，、：；和及或与并且\s—（）)]|以及|同时|其中|确保|保证|推动|促进|使得?|努力|将|把|到时|分别|最迟|最晚|不晚|不迟|\d+[.．]|——)+"
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


#: 重点行业能效达到先进水平: which ones, and no 重点推进.
_OF_NOTE = "重点(?:行业|区域|领域|地区|城市|企业|流域|单位|湖|河|产业|污染|工程|用能|群体|海域|品种|产品|水域|生态|排放|监管)"


@cache
def _actions() -> re.Pattern[str]:
    return re.compile(rf"(?:并|同时|且|进一步|逐步|不断|稳步|有序)*(?!{_OF_NOTE})(?:{any_of('target-words', 'actions')})")


@cache
def _links() -> re.Pattern[str]:
    return re.compile(rf"(?!从[业事]|经[济营费])(?:{any_of('target-words', 'links')})")


@cache
def _state_head() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('target-words', 'adverbs')})+")


_EXPLAINS = re.compile(r"不纳入|不计入|目标值|现状值|是指|指标名称|^(?:总体|具体|主要|分项|阶段性?|近期|远期|年度)?(?:目标|指标)$|^第[一二三四五六]阶段|^(?:□+|（[一二三四五六七八九十]）|\d[.．])?(?:20\d\d年|“?十.五[”\"]?|[近中远]期)[^，。]{0,10}目标$")
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
@cache
def _orders() -> re.Pattern[str]:
    """What somebody is told to do by a date (4月底前出台方案, 将汇总表报送省厅): a task, and no state that is reached."""
    orders = any_of("target-words", "orders")
    return re.compile(
        rf"^(?:(?:将|把|向|由|对|就|会同|并|同时|抓紧|及时|尽快|统一|逐级|认真|按要求|分别|组织|按程序|书面|另行|联合)[^，。；]{{0,40}}?)?(?:{orders})(?![率权型制期者度化]|工作(?!方案)|机制|体系|能力|水平)"
        rf"|^(?:各(?:地|市|县|区|省|州|部门|单位|有关|级|设区)|由|(?:省|市|县|区|州)[^，。；]{{0,12}}(?:厅|局|委|办|政府|部门))[^，。；]{{0,24}}?(?:{orders})(?![率权型制期者度化]|工作(?!方案)|机制|体系|能力|水平)"
        rf"|(?:报送|提交|上报|出台|印发|发布|备案|竣工|公布)$"
    )


#: 各地区要制定…政策, 企业应当…; but 京津冀要于2015年底前基本完成… is reached.
_TOLD = re.compile(
    r"^[^，。；]{0,24}?(?:(?<![重主需必紧摘提纪首简概])要(?!求|素|闻|点|件|塞|害|冲|领)|应当|必须|须(?!知)|(?<![供响适相])应(?![用急对收治税聘届变]|.尽)|负责)(?:在|于)?(?:[\d年月日底末之以前]{4,})?"
)


def is_order(words: str) -> bool:
    """Whether words tell somebody to do something."""
    core = _LIGHT.sub("", words)
    if _orders().search(core):
        return True
    told = _TOLD.match(core)
    if told is None:
        return False
    rest = _LIGHT.sub("", core[told.end() :])
    return not (_results().match(rest) or _some().match(rest) or _states().search(rest) and not _actions().match(rest))


_PROMISE_END = re.compile(r"(?<=.)(?:确保|力争|争取|努力)$")
_MADE_OF = re.compile(r"(?:形成|构建|建立|建设|打造|建成|培育)(?!.{0,3}$)")


@cache
def _some() -> re.Pattern[str]:
    """办好一批…院校, 研发、示范、推广一批…产品: a verb that brings some of a kind about."""
    where = r"(?:(?:在|通过|依托)[^，。；]{2,40}?(?=形成|改造|建设|建成|培育|打造|创建|推广|实施|布局|遴选|推出|孵化))?"
    return re.compile(where + r"(?:重点|着力|努力|加快|积极|新)*[\u4e00-\u9fff]{2,4}(?:、[\u4e00-\u9fff]{2,4})*(?:出|好)?一批")


def says_state(words: str) -> bool:
    """Whether words say what something will be (市场主体具备受理能力, 产业生态初步构建)."""
    return _holds().match(words) is not None or ends_in_state(words)


def ends_in_state(words: str) -> bool:
    """Whether words are a thing and the state it will be in (产业生态初步构建), not an object that states describe
    (形成布局合理、结构优化的格局)."""
    if _MADE_OF.search(words):
        return False
    return any(head.end() < len(words) and _states().fullmatch(words, head.end()) is not None for head in _state_head().finditer(words, 2))


@cache
def _holds() -> re.Pattern[str]:
    return re.compile(rf"^(?!(?!{_OF_NOTE})(?:{any_of('target-words', 'actions')}))[^，。；]{{2,40}}?(?:{any_of('target-words', 'holds')})[^，。；]{{2,}}")


def opens_with_action(words: str) -> bool:
    """Whether words open with an order, a result or a circumstance rather than with a name."""
    return any(pattern.match(words) is not None for pattern in (_actions(), _results(), _links()))


def outcome_of(part: Part, *, first: bool, goal: bool, dated: bool = True) -> Found | None:
    """The dated outcome without a number that a part states, if it states one. The first words after a date are what
    is due, whatever their verb unless it tells somebody to do something; later ones only where they state a result or a
    state. `dated`: the date stands in this sentence."""
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
    if is_order(hidden):
        return None
    result = _results().match(core) or _some().match(core)
    state = _states().search(hidden)
    action = _actions().match(hidden)
    if _links().match(hidden) and not _some().match(core) and not (
        state and first and not hidden.startswith(("通过", "按", "以", "围绕", "经", "从", "根据"))
    ):
        return None
    if not result:
        if len(core) <= 4 and not state:
            return None  # 具体实施
        if action and not (first and dated and (state or _results().search(hidden))):
            return None
        if (goal or first) and _holds().match(hidden):
            state = state or _holds().match(hidden)
        if not (first or goal or state):
            return None
        if not first and len(hidden) < 6:
            return None
        if not first and not state and not _state_head().search(hidden, 2):
            return None
    subject = read_subject(part, start, end)
    if not subject.name or subject.start >= end:
        return None
    name, said = divide(_ASIDE.sub("", subject.name), _results().match(core) is not None)
    return Found(
        subject.start, end, start, _PROMISE_END.sub("", without_baseline(name)) or name, "outcome", state=said, area=subject.area, hedge=subject.hedge,
        baseline=baseline_of(subject.name),
    )  # fmt: skip


def divide(words: str, opens_with_result: bool) -> tuple[str, str]:
    """What is to change and its state: 尾矿库 | 基本可控; 基本消除 | 生活污水直排 the other way round."""
    light = _LIGHT.match(words)
    offset = light.end() if light else 0
    opens_with_result = opens_with_result or _results().match(words, offset) is not None
    if opens_with_result and (verb := _results().match(words, offset)) and verb.end() < len(words):
        name = words[verb.end() :].strip("的") or words
        said = words[: verb.end()].removeprefix("要")
        if (end := _IDIOM.search(name)) and end.start() >= 4 and said.endswith("实现"):
            return name[: end.start()], said + end[0]
        return name, said
    heads = list(_state_head().finditer(words, 2))
    whole = [head for head in heads if head.end() < len(words) and _states().fullmatch(words, head.end())]
    for head in whole or heads:
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
