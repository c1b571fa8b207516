"""Figures side by side: units, sums of areas, the direction in which a figure is stricter."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from policygraph.align.states import is_whole
from policygraph.model import Strictness, Target
from policygraph.program import VOCABULARY

_CLASSES = {name: rank for rank, names in enumerate(("ⅠI", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ"), 1) for name in names}
_SCALES = {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2}
_AREAS = {"平方公里": 1e6, "平方千米": 1e6, "公顷": 1e4, "亩": 1e4 / 15, "平方米": 1.0}
_RATE = re.compile("/(?:日|天|月|年|小时|秒)$")
#: A cubic metre of water weighs a tonne, and plants for water are sized in either.
_WATER = {"立方米/日": "吨/日", "立方米/天": "吨/日", "吨/天": "吨/日", "％": "%"}


def unit_of(unit: str | None) -> tuple[float, str]:
    """A unit as a factor and its base: 万公顷 → (1e8, 平方米); 万吨/日 stays a rate."""
    base, factor = (unit or "").replace("个百分点", "百分点"), 1.0
    while len(base) > 1 and base[0] in _SCALES:
        factor *= _SCALES[base[0]]
        base = base[1:]
    if base in _AREAS:
        return factor * _AREAS[base], "平方米"
    return factor, _WATER.get(base, base)


def same_measure(lower: Target, higher: Target) -> bool:
    return unit_of(lower.unit)[1] == unit_of(higher.unit)[1] and lower.relative == higher.relative


def compare_values(lower: Target, higher: Target, *, one_area: bool = False) -> tuple[Strictness, str]:
    """Strictness of two quantitative targets on one indicator, and the reason; `one_area` says that both documents
    speak for the same area, so that absolute amounts are compared."""
    if isinstance(lower.value, str) or isinstance(higher.value, str):
        ranks = [_CLASSES.get(str(target.value).rstrip("类")) for target in (lower, higher)]
        if ranks[0] is None or ranks[1] is None:
            return "not_comparable", f"no order between {lower.value} and {higher.value}"
        return _ordered(-ranks[0], -ranks[1], lower, higher)
    if lower.value is None or higher.value is None:
        return _beside_state(lower, higher)
    if lower.relative != higher.relative:
        return "not_comparable", "a level beside a change"
    (factor_a, base_a), (factor_b, base_b) = unit_of(lower.unit), unit_of(higher.unit)
    if base_a != base_b:
        return "not_comparable", f"another measure: {lower.unit} beside {higher.unit}"
    if lower.baseline and higher.baseline and lower.baseline != higher.baseline:
        return "not_comparable", f"another base: {lower.baseline} beside {higher.baseline}"
    if yearly(lower) != yearly(higher):
        return "not_comparable", "a figure for each year beside one for the whole time"
    a, b = lower.value * factor_a, higher.value * factor_b
    if a != b and not one_area and adds_up(lower) and adds_up(higher):
        return "not_comparable", "a sum over another area"
    return _ordered(-a, -b, lower, higher) if _fewer_is_more(lower, higher) else _ordered(a, b, lower, higher)


def yearly(target: Target) -> bool:
    return bool(re.search("每年|年均|逐年", target.text + target.indicator))


def _fewer_is_more(lower: Target, higher: Target) -> bool:
    """Whether the smaller figure is the stricter one: a cap, or a level of what is to become less."""
    if higher.relative == "decrease":
        return False
    if higher.comparator == "<=" or lower.comparator == "<=":
        return True
    from policygraph.extract import (
        direction_of,  # some hundred patterns, which those who only read links can do without
    )

    return higher.relative is None and direction_of(higher.concept or lower.concept) == "less"


def _beside_state(lower: Target, higher: Target) -> tuple[Strictness, str]:
    """A share beside a state: all of a thing is its 100%, and less than that falls short of all."""
    figure, state = (lower, higher.state) if lower.value is not None else (higher, lower.state)
    share = figure.unit == "%" and figure.relative is None and isinstance(figure.value, (int, float))
    if not share or not state or not is_whole(state):
        return "not_comparable", "a figure beside a state"
    if figure.value == 100:
        return "equal", f"{_figure(figure)} is {state}"
    if figure is lower:
        return "looser", f"{_figure(lower)} against {state}"
    return "stricter", f"{state} against {_figure(higher)}"


@cache
def _sums() -> tuple[frozenset[str], re.Pattern[str]]:
    """The units of amounts that add up over areas, and what says that a figure is of each thing."""
    data = tomllib.loads((VOCABULARY / "states.toml").read_text(encoding="utf-8"))["sums"]
    return frozenset(unit_of(word)[1] for word in data["words"]), re.compile("|".join(data["each"]))


def adds_up(target: Target) -> bool:
    """Whether a target is an absolute amount, that of the whole area the sum of its parts': no share, no price, no time,
    and not one for each thing."""
    units, each = _sums()
    if each.search(target.indicator + target.text):
        return False
    amount = _RATE.sub("", unit_of(target.unit)[1])
    from policygraph.extract import resolve_unit

    known = resolve_unit(amount)
    return amount in units or known is not None and known[0].kind == "count"


def _ordered(a: float, b: float, lower: Target, higher: Target) -> tuple[Strictness, str]:
    if a == b:
        if lower.hedge and not higher.hedge:
            return "looser", f"the same figure, but {lower.hedge}"
        if higher.hedge and not lower.hedge:
            return "stricter", f"the same figure, without {higher.hedge}"
        around = [target.comparator == "~" for target in (lower, higher)]
        bound = [target.comparator in (">=", "<=") for target in (lower, higher)]
        if around[0] and bound[1]:
            return "looser", f"about {_figure(lower)} against a bound of {_figure(higher)}"
        if bound[0] and around[1]:
            return "stricter", f"a bound of {_figure(lower)} against about {_figure(higher)}"
        return "equal", f"both {_figure(higher)}"
    word: Strictness = "stricter" if a > b else "looser"
    return word, f"{_figure(lower)} against {_figure(higher)}"


def _figure(target: Target) -> str:
    return f"{target.value:g}{target.unit or ''}" if isinstance(target.value, (int, float)) else f"{target.value}类"
