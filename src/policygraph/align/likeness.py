"""How far two targets speak of one thing: what is measured, of what, with the words of one for those of the other."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from policygraph.align.measures import same_measure
from policygraph.align.states import is_whole, same_outcome, split_state
from policygraph.model import Target
from policygraph.program import VOCABULARY
from policygraph.vocabulary.areas import areas_in
from policygraph.vocabulary.regions import regions

#: Likeness of two names from which they are taken for one: the lowest at which the targets of the corpus that are two
#: things stay apart (收集率 and 处理率 of one sewage are told apart by their steps, below).
SAME = 0.42
#: The same for two states: 水平提升 and 能力增强 are said of everything, and what they are said of has to be the same.
SAME_STATE = 0.5
#: What is left of a likeness when the thing measured, the last word of a name, differs (名录 and 保护区).
_OTHER_HEAD = 0.7
#: What is left of it when one is a figure and the other a state, or when the figures are of two measures.
_FIGURE_BESIDE_STATE, _OTHER_MEASURE = 0.5, 0.7
#: What two states on one outcome add, and when the names end in the same four characters too (重要河湖生态流量 and
#: 主要支流生态流量, both 得到…保障).
_SAME_OUTCOME, _SAME_END = 0.05, 0.12
_WIDTH = re.compile(
    r"全国|全省|全市|全自治区|全区|全县|全域|我国|我省|我市|本市|本省|境内|范围内?|总体|主要污染物(?=重点工程)"
    r"|长江经济带|[^，]{0,6}流域|所有|各地|相关|重点(?!工程)|主要|省级及以上|市级及以上|地级及以上|县级以上|县级及以上"
    r"|^一批|工作$|[的、，“”\"]"
)
_REST = ("其他", "其它", "其余")
_ASIDE = re.compile(r"（[^）]*）|\([^)]*\)|[①-⑩]")
#: 东部地区和城市近郊区等有条件地区农村生活污水治理率: the tier of the country in front of what is measured.
_TIER = re.compile(r"^.{2,24}地区(?!生产总值)(?=.{4})")


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary of measured things: other words for one thing, longest first; kinds of settlement; steps; things
    told apart; words of deferral."""

    same: tuple[tuple[str, str], ...]
    settlements: tuple[tuple[re.Pattern[str], frozenset[str]], ...]
    steps: Mapping[str, re.Pattern[str]]
    apart: Mapping[str, re.Pattern[str]]
    neighbours: str
    belonging: frozenset[str]
    coordinate: re.Pattern[str]
    deferring: re.Pattern[str]


@cache
def words() -> Words:
    data = tomllib.loads((VOCABULARY / "measures.toml").read_text(encoding="utf-8"))
    same = [(form, row[0]) for row in data["same"] for form in row[1:]]
    return Words(
        tuple(sorted(same, key=lambda entry: -len(entry[0]))),
        tuple((re.compile(form), frozenset(kinds.split())) for form, kinds in data["settlements"]["forms"]),
        {name: re.compile("|".join(forms)) for name, forms in data["steps"].items()},
        {name: re.compile("|".join(forms)) for name, forms in data["apart"].items() if name != "neighbours"},
        data["apart"]["neighbours"],
        frozenset(data["belonging"]["words"]),
        re.compile(f"(?:{'|'.join(data['coordinate']['words'])})+"),
        re.compile("|".join(data["deferral"]["words"])),
    )


@cache
def _provinces() -> re.Pattern[str]:
    names = [name for each in regions().values() if each.level == "provincial" for name in each.names]
    return re.compile(f"(?:{'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})(?:段|境内)?")


@lru_cache(maxsize=1 << 14)
def plain(text: str) -> str:
    """A text in the words that things are compared by: one word for each thing, without the width of the area.

    >>> plain("四川省长江流域国控断面水质达到或优于Ⅲ类比例"), plain("公共机构碳排放总量")
    ('国控断面水质优良比例', '公共机构二氧化碳排放总量')
    """
    text = _ASIDE.sub("", text)
    for _ in range(2):  # 面积占比 is 面积比例 first, and only then what it is the share of
        for form, first in words().same:
            if form not in text:
                continue
            kept = text.replace(first, "\0") if form in first else text  # 碳排放 in 二氧化碳排放 stays
            text = kept.replace(form, first).replace("\0", first)
    return _WIDTH.sub("", _provinces().sub("", text))


@lru_cache(maxsize=1 << 14)
def pairs_of(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset([text])


@dataclass(frozen=True, slots=True)
class Measured:
    """What a target measures, as it is compared: its name in plain words, the pairs of characters, the last word of each
    thing that it names, the settlements, steps and things of the vocabulary in it, the water class of a share."""

    name: str
    pairs: frozenset[str]
    heads: frozenset[str]
    settlements: frozenset[str]
    unsettled: str
    steps: frozenset[str]
    things: Mapping[str, frozenset[str]]
    grade: str | None


@lru_cache(maxsize=1 << 14)
def _measured(area: str, indicator: str, obj: str) -> Measured:
    tier = _TIER.match(indicator)
    if tier and (area or areas_in(tier[0])):
        indicator = indicator[tier.end() :]
    whole = area + indicator + obj
    name = plain(whole) or whole
    grade = re.search(r"达到?(?:或[优好]于)?(劣?[ⅠⅡⅢⅣⅤ])类|(劣?[ⅠⅡⅢⅣⅤV])类|优良(?!天)", whole)
    rate = re.search("[率例]$", name)
    kinds = [kinds for form, kinds in words().settlements if form.search(indicator + obj)]
    return Measured(
        name,
        pairs_of(name),
        frozenset(plain(part)[-2:] for part in re.split("[和及与、]", indicator + obj) if plain(part)),
        frozenset().union(*kinds),
        re.sub("|".join(form.pattern for form, _ in words().settlements), "", name),
        frozenset(step for step, form in words().steps.items() if form.search(name)) if rate else frozenset(),
        {group: frozenset(form.findall(name)) for group, form in words().apart.items()},
        (grade[1] or grade[2] or "Ⅲ").replace("V", "Ⅴ") if grade and rate else None,
    )


def measured(target: Target) -> Measured:
    obj = "" if target.state == target.indicator else split_state(target.state or "")[1]
    return _measured(target.area or "", target.indicator, obj)


def likeness(lower: Target, higher: Target) -> float:
    """How far two targets speak of one thing, 0 to 1.

    What is measured has to agree: two indicators that the vocabulary tells apart are alike only with the same figure
    (化肥农药利用率 43% and 主要粮食作物化肥利用率 43%), and one of towns is never one of villages.
    """
    if lower.concept and higher.concept:
        if lower.concept == higher.concept:
            return 1.0
        same_figure = lower.value is not None and same_measure(lower, higher) and lower.value == higher.value
        if not same_figure and not _of_wider_settlements(lower, higher):
            return 0.0
    return 0.0 if obstacle(lower, higher) else resemblance(lower, higher)


def _of_wider_settlements(lower: Target, higher: Target) -> bool:
    """Whether two targets measure one thing, the one for more kinds of settlement (城镇生活垃圾无害化处理率, 县城…)."""
    a, b = measured(lower), measured(higher)
    return bool(a.settlements & b.settlements) and a.settlements != b.settlements and a.unsettled == b.unsettled


def obstacle(lower: Target, higher: Target) -> str | None:
    """Why two targets cannot be of one thing however alike their names are, None when nothing stands in the way."""
    a, b = measured(lower), measured(higher)
    for group, things in a.things.items():
        if things and b.things[group] and not things & b.things[group]:
            return "another object"
    if a.name.startswith(_REST) != b.name.startswith(_REST):
        return "another object"
    if a.settlements and b.settlements and not a.settlements & b.settlements:
        return "another kind of settlement"
    if a.steps and b.steps and not a.steps & b.steps:
        return "another measure"
    if a.grade and b.grade and a.grade != b.grade:
        return "another water class"
    return None


def are_neighbours(lower: Target, higher: Target) -> bool:
    """Whether two targets name one pollutant in common."""
    group = words().neighbours
    return bool(measured(lower).things[group] & measured(higher).things[group])


def same_thing(lower: Target, higher: Target, score: float) -> bool:
    """Whether a likeness is enough to take two targets for one."""
    return score >= (SAME_STATE if lower.value is None and higher.value is None else SAME)


def shares_last_word(lower: Target, higher: Target) -> bool:
    """Whether two targets name a thing with one last word (排查整改 is not 监测, however much stands before it)."""
    if lower.concept is not None and lower.concept == higher.concept:
        return True
    return bool(measured(lower).heads & measured(higher).heads)


def shares_head(lower: Target, higher: Target) -> bool:
    """Whether the thing that the one name ends in is in the other at all (饮水安全保障水平 and 居民饮水安全)."""
    a, b = measured(lower).name, measured(higher).name
    return a[-2:] in b or b[-2:] in a


def resemblance(lower: Target, higher: Target) -> float:
    """How far the names of two targets agree, whatever they measure."""
    a, b = measured(lower), measured(higher)
    if a.name == b.name:
        return 1.0
    common = len(a.pairs & b.pairs)
    score = common / (len(a.pairs) + len(b.pairs)) + 0.5 * common / min(len(a.pairs), len(b.pairs))
    if not a.heads & b.heads and not a.name.endswith(b.name) and not b.name.endswith(a.name):
        score *= _OTHER_HEAD
    if (lower.value is None) != (higher.value is None):
        state = lower.state or higher.state or ""
        score *= 1 if is_whole(state) and "%" in (lower.unit, higher.unit) else _FIGURE_BESIDE_STATE
    elif lower.value is not None and not same_measure(lower, higher):
        score *= _OTHER_MEASURE
    elif lower.value is None and lower.state and higher.state and same_outcome(lower.state, higher.state):
        score += _SAME_END if a.name[-4:] == b.name[-4:] else _SAME_OUTCOME
    return min(score, 1.0)
