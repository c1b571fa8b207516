"""Targets of two documents on the same indicator, side by side: strictness, timing, scope, and why."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise

from policygraph.align.links import short_hash
from policygraph.align.wording import towns_beside_villages
from policygraph.model import Candidate, Coverage, Scope, Strictness, Target, TargetLink, Timing
from policygraph.program import VOCABULARY
from policygraph.vocabulary.regions import excludes

METHOD = "targets/1"
#: Likeness of two indicators from which they are taken for one.
SAME = 0.42
#: Indicators nearly as like as the best counterpart are counterparts too: goals and measures state a target twice.
NEARLY = 0.75
#: What is left of a likeness when the thing measured, the last word of an indicator, differs (名录 and 保护区).
_OTHER_HEAD = 0.7
_NEAREST = 3
_AREA = re.compile(
    r"全国|全省|全市|全区|全县|我省|我市|本市|本省|长江经济带|[^，]{0,6}流域|所有|各地|相关|重点|主要|省级及以上|市级及以上|地级及以上|县级以上|县级及以上|[的、，（）()“”]"
)
_CLASSES = {name: rank for rank, names in enumerate(("ⅠI", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ"), 1) for name in names}
_SCALES = {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2}
_AREAS = {"平方公里": 1e6, "平方千米": 1e6, "公顷": 1e4, "亩": 1e4 / 15, "平方米": 1.0}


@dataclass(frozen=True, slots=True)
class _Indicator:
    """An indicator's name as it is compared: without areas, its pairs of characters, and the last word of each thing
    that it names."""

    plain: str
    pairs: frozenset[str]
    heads: frozenset[str]


@lru_cache(maxsize=1 << 14)
def _indicator(name: str) -> _Indicator:
    plain = _AREA.sub("", name) or name
    pairs = frozenset(plain[i : i + 2] for i in range(len(plain) - 1)) or frozenset([plain])
    heads = frozenset(part[-2:] for part in re.split("[和及与、]", name) if part)
    return _Indicator(plain, pairs, heads)


def likeness(lower: Target, higher: Target) -> float:
    """How far two targets speak of one indicator, 0 to 1.

    What is measured has to agree: two indicators that the vocabulary tells apart are alike only with the same figure
    (化肥农药利用率 43% and 主要粮食作物化肥利用率 43%), and one of towns is never one of villages.
    """
    if lower.concept and higher.concept:
        if lower.concept == higher.concept:
            return 1.0
        if lower.value is None or not _same_measure(lower, higher) or lower.value != higher.value:
            return 0.0
    if towns_beside_villages(lower.indicator, higher.indicator):
        return 0.0
    a, b = _indicator(lower.indicator), _indicator(higher.indicator)
    if a.plain == b.plain:
        return 1.0
    common = len(a.pairs & b.pairs)
    score = common / (len(a.pairs) + len(b.pairs)) + 0.5 * common / min(len(a.pairs), len(b.pairs))
    if not a.heads & b.heads and a.plain not in b.plain and b.plain not in a.plain:
        score *= _OTHER_HEAD
    if (lower.value is None) != (higher.value is None):
        score *= 0.5
    elif lower.value is not None and not _same_measure(lower, higher):
        score *= 0.7
    elif lower.value is None and lower.state and lower.state == higher.state:
        score += 0.05
    return min(score, 1.0)


@dataclass(frozen=True, slots=True)
class _States:
    plain: int
    degrees: tuple[tuple[str, int], ...]
    outcomes: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    sums: tuple[str, ...]
    each: tuple[str, ...]


@cache
def _states() -> _States:
    path = VOCABULARY / "states.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    degrees = [(word, int(entry["rank"])) for entry in data["degree"] for word in entry["words"]]
    outcomes = [(word, str(entry["name"])) for entry in data["outcome"] for word in entry["words"]]
    return _States(
        int(data["plain"]),
        tuple(sorted(degrees, key=lambda entry: -len(entry[0]))),
        tuple(sorted(outcomes, key=lambda entry: -len(entry[0]))),
        tuple(data["beside"]["words"]),
        tuple(data["sums"]["words"]),
        tuple(data["sums"]["each"]),
    )


def compare_states(lower: str, higher: str) -> tuple[Strictness, str]:
    """Order of two qualitative states, and the reason.

    >>> compare_states("有所改善", "持续提升")
    ('looser', '有所改善 < 持续提升')
    >>> compare_states("完成闭库", "完成闭库并销号")
    ('looser', '并销号 is left out')
    >>> compare_states("无黑臭水体", "基本消除")[0]
    'stricter'
    """
    a, b = _core(lower), _core(higher)
    if a == b:
        return "equal", f"both {higher}"
    if b.startswith(a) and re.match("并|和|且", b[len(a) :]):
        return "looser", f"{b[len(a) :]} is left out"
    if a.startswith(b) and re.match("并|和|且", a[len(b) :]):
        return "stricter", f"{a[len(b) :]} is added"
    (degree_a, outcome_a), (degree_b, outcome_b) = _graded(a), _graded(b)
    if outcome_a is None or outcome_a != outcome_b:
        return "not_comparable", f"no order between {lower} and {higher}"
    if degree_a == degree_b:
        return "equal", f"{lower} is as much as {higher}"
    if degree_a > degree_b:
        return "stricter", f"{lower} > {higher}"
    return "looser", f"{lower} < {higher}"


def _core(state: str) -> str:
    for word in _states().beside:
        shorter = state.replace(word, "")
        state = shorter or state
    return state


def _graded(state: str) -> tuple[int, str | None]:
    known = _states()
    degree = next((rank for word, rank in known.degrees if word in state), known.plain)
    outcome = next((name for word, name in known.outcomes if word in state), None)
    return degree, outcome


def _unit(unit: str | None) -> tuple[float, str]:
    """A unit as a factor and its base: 万公顷 → (1e8, 平方米); 万吨/日 stays a rate."""
    base, factor = (unit or "").replace("个百分点", "百分点"), 1.0
    while len(base) > 1 and base[0] in _SCALES:
        factor *= _SCALES[base[0]]
        base = base[1:]
    if base in _AREAS:
        return factor * _AREAS[base], "平方米"
    return factor, {"％": "%", "立方米/天": "立方米/日", "吨/天": "吨/日"}.get(base, base)


def _same_measure(lower: Target, higher: Target) -> bool:
    return _unit(lower.unit)[1] == _unit(higher.unit)[1] and lower.relative == higher.relative


def compare_values(lower: Target, higher: Target, *, one_area: bool = False) -> tuple[Strictness, str]:
    """Strictness of two quantitative targets on one indicator, and the reason; `one_area` says that both documents
    speak for the same area, so that absolute amounts are compared."""
    if isinstance(lower.value, str) or isinstance(higher.value, str):
        ranks = [_CLASSES.get(str(target.value).rstrip("类")) for target in (lower, higher)]
        if ranks[0] is None or ranks[1] is None:
            return "not_comparable", f"no order between {lower.value} and {higher.value}"
        return _ordered(-ranks[0], -ranks[1], lower, higher)
    if lower.value is None or higher.value is None:
        return "not_comparable", "one is a number, the other a state"
    if lower.relative != higher.relative:
        return "not_comparable", "a level beside a change"
    (factor_a, base_a), (factor_b, base_b) = _unit(lower.unit), _unit(higher.unit)
    if base_a != base_b:
        return "not_comparable", f"{lower.unit} is another measure than {higher.unit}"
    if lower.baseline and higher.baseline and lower.baseline != higher.baseline:
        return "not_comparable", f"against {lower.baseline}, not {higher.baseline}"
    a, b = lower.value * factor_a, higher.value * factor_b
    if a != b and not one_area and _adds_up(lower, base_a) and _adds_up(higher, base_b):
        return "not_comparable", "a sum over another area"
    down = higher.relative != "increase" and (higher.comparator == "<=" or lower.comparator == "<=")
    return _ordered(-a, -b, lower, higher) if down else _ordered(a, b, lower, higher)


def _adds_up(target: Target, base: str) -> bool:
    """Whether a target is an absolute amount, that of the whole area the sum of its parts': not one for each thing."""
    if any(word in target.indicator or word in target.text for word in _states().each):
        return False
    amount = re.sub("/(?:日|天|月|年|小时|秒)$", "", base)
    return any(amount == _unit(word)[1] for word in _states().sums)


def _ordered(a: float, b: float, lower: Target, higher: Target) -> tuple[Strictness, str]:
    if a == b:
        if lower.hedge and not higher.hedge:
            return "looser", f"the same figure, but {lower.hedge}"
        if higher.hedge and not lower.hedge:
            return "stricter", f"the same figure, without {higher.hedge}"
        return "equal", f"both {_figure(higher)}"
    word: Strictness = "stricter" if a > b else "looser"
    return word, f"{_figure(lower)} against {_figure(higher)}"


def _figure(target: Target) -> str:
    return f"{target.value:g}{target.unit or ''}" if isinstance(target.value, (int, float)) else f"{target.value}类"


def _timing(lower: Target, higher: Target) -> Timing:
    if not lower.deadline or not higher.deadline:
        return "undated"
    if lower.deadline == higher.deadline:
        return "equal"
    return "earlier" if lower.deadline < higher.deadline else "later"


def _scope(lower: Target, higher: Target) -> Scope:
    lower, higher = _same_order(lower, higher)
    a, b = _indicator(lower.indicator).plain, _indicator(higher.indicator).plain
    if a == b or lower.concept is not None and lower.concept == higher.concept:
        return "same"
    if b in a:
        return "narrower"
    return "broader" if a in b else "other"


def _moved(one: Target, other: Target) -> str | None:
    """The word of degree that stands in the one's state and in the other's name (水质总体保持优良, 总体水质保持优良)."""
    state, beside = one.state or "", other.state or ""
    words = (word for word, _ in _states().degrees if len(word) > 1)
    return next((w for w in words if w in state and w not in beside and w in other.indicator), None)


def _same_order(lower: Target, higher: Target) -> tuple[Target, Target]:
    """The two targets without a word of degree that both have in another place."""
    for one, other in ((lower, higher), (higher, lower)):
        if word := _moved(one, other):
            state, name = (one.state or "").replace(word, "", 1), other.indicator.replace(word, "", 1)
            if not state or not name:
                continue
            plain, named = replace(one, state=state), replace(other, indicator=name)
            return (plain, named) if one is lower else (named, plain)
    return lower, higher


def compare(lower: Target, higher: Target, *, one_area: bool = False) -> tuple[Strictness, str]:
    if lower.value is None and higher.value is None:
        lower, higher = _same_order(lower, higher)
        strictness, reason = compare_states(lower.state or lower.text, higher.state or higher.text)
        if strictness == "equal" and lower.hedge and not higher.hedge:
            return "looser", f"{reason}, but {lower.hedge}"
        return strictness, reason
    return compare_values(lower, higher, one_area=one_area)


def link_targets(
    lower: Sequence[Target],
    higher: Sequence[Target],
    *,
    documents: tuple[str, str],
    regions: tuple[str | None, str | None] = (None, None),
) -> tuple[tuple[TargetLink, ...], tuple[Coverage, ...]]:
    """Links of lower targets to higher ones on the same indicator, and for each higher target that is addressed to the
    lower document's region whether there is one; `documents` and `regions` are those of the lower and the higher
    document."""
    links: list[TargetLink] = []
    coverage: list[Coverage] = []
    alternatives = _alternatives(higher)
    ends = _ends(lower) | _ends(higher)
    met: set[str] = set()
    for target in higher:
        scored = sorted(((likeness(source, target), source) for source in lower), key=lambda e: (-e[0], e[1].id))
        least = max(SAME, NEARLY * scored[0][0]) if scored else 1.0
        chosen = [(score, source) for score, source in scored if score >= least]
        if others := alternatives.get(target.id):
            chosen = [
                (score, source)
                for score, source in chosen
                if _same_measure(source, target) or not any(_same_measure(source, other) for other in others)
            ]
        chosen = [(score, source) for score, source in chosen if _demands(source, target, ends)]
        elsewhere = bool(regions[0] and target.area and excludes(target.area, regions[0]))
        if chosen:
            met.add(target.id)
        for score, source in chosen:
            strictness, reason = compare(source, target, one_area=regions[0] == regions[1])
            if elsewhere:
                strictness, reason = "not_comparable", f"the higher target is for {target.area} only"
            links.append(
                TargetLink(
                    id=f"tlink-{short_hash(source.id, target.id)}",
                    source=source.id,
                    target=target.id,
                    strictness=strictness,
                    timing="undated" if elsewhere else _timing(source, target),
                    scope="other" if elsewhere else _scope(source, target),
                    reason=reason,
                    score=round(score, 4),
                    method=METHOD,
                )
            )
        if elsewhere:
            continue
        nearest = [
            Candidate(clause=source.id, score=round(score, 4), reason=f"speaks of {source.indicator}")
            for score, source in scored[:_NEAREST]
            if score > 0
        ]
        coverage.append(
            Coverage(
                id=f"coverage-{short_hash(target.id, documents[0])}",
                subject=target.id,
                document=documents[0],
                status="met" if chosen else "absent",
                nearest=() if chosen else tuple(nearest),
            )
        )
    return tuple(links), tuple(_settled(record, met, alternatives, ends) for record in coverage)


def _settled(
    record: Coverage, met: Set[str], alternatives: Mapping[str, Sequence[Target]], ends: Mapping[str, str]
) -> Coverage:
    """A target is no absence when its alternative, or the other end of its range, has a counterpart."""
    others = {other.id for other in alternatives.get(record.subject, ())} | {ends.get(record.subject, "")}
    return replace(record, status="met", nearest=()) if others & met else record


def _ends(targets: Sequence[Target]) -> dict[str, str]:
    """The two ends of each range (5%-10%), each by the other's id."""
    found: dict[str, str] = {}
    for low, high in pairwise(targets):
        same = (low.clause, low.start, low.end, low.indicator) == (high.clause, high.start, high.end, high.indicator)
        if same and (low.comparator, high.comparator) == (">=", "<="):
            found |= {low.id: high.id, high.id: low.id}
    return found


def _demands(lower: Target, higher: Target, ends: Mapping[str, str]) -> bool:
    """Whether these are the ends that count where one is a range: the upper ones beside a cap, else the lower ones."""
    ranged = [target for target in (lower, higher) if target.id in ends]
    end = "<=" if any(target.comparator == "<=" for target in (lower, higher) if target not in ranged) else ">="
    return all(target.comparator == end for target in ranged)


def _alternatives(targets: Sequence[Target]) -> Mapping[str, list[Target]]:
    """For each target, those that it is an alternative to (70%以上或比2020年提高5个百分点以上), both ways round."""
    by_id = {target.id: target for target in targets}
    found: dict[str, list[Target]] = {}
    for target in targets:
        if target.alternative_to in by_id:
            other = by_id[target.alternative_to]
            found.setdefault(target.id, []).append(other)
            found.setdefault(other.id, []).append(target)
    return found
