"""Qualitative states side by side: a degree and an outcome (基本 + 消除), and the object that stands among them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache

from policygraph.model import Strictness
from policygraph.program import VOCABULARY

_WIDTH = re.compile("全[国省市区县]|全自治区")


@dataclass(frozen=True, slots=True)
class States:
    """The vocabulary of states: words of degree by rank, outcomes by group, longest words first."""

    plain: int
    degrees: tuple[tuple[str, int], ...]
    outcomes: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    bearing: re.Pattern[str]
    whole: re.Pattern[str]
    pushed: re.Pattern[str]


@cache
def states() -> States:
    path = VOCABULARY / "states.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    degrees = [(word, int(entry["rank"])) for entry in data["degree"] for word in entry["words"]]
    outcomes = [(word, str(entry["name"])) for entry in data["outcome"] for word in entry["words"]]
    graded = "|".join(sorted((word for word, _ in degrees), key=len, reverse=True))
    beside = "|".join(map(re.escape, data["beside"]["words"]))
    bearing = "|".join(sorted(data["bearing"]["words"], key=len, reverse=True))
    return States(
        int(data["plain"]),
        tuple(sorted(degrees, key=lambda entry: -len(entry[0]))),
        tuple(sorted(outcomes, key=lambda entry: -len(entry[0]))),
        tuple(data["beside"]["words"]),
        re.compile(rf"((?:{graded}|{beside})*(?:{bearing}))([\u4e00-\u9fffA-Za-z“”（）、]{{2,}})$"),
        re.compile("|".join(data["whole"]["words"])),
        re.compile(rf"(?:{'|'.join(data['pushed']['words'])})(?=(?:{bearing}))"),
    )


@lru_cache(maxsize=1 << 13)
def split_state(state: str) -> tuple[str, str]:
    """A state as what is to come about and the object that it is said of, where the object stands behind the verb.

    >>> split_state("完成定界立标"), split_state("无黑臭水体"), split_state("持续改善")
    (('完成', '定界立标'), ('无', '黑臭水体'), ('持续改善', ''))
    """
    found = states().bearing.match(state)
    if not found or any(word in found[2] for word, _ in states().outcomes if len(word) > 1):
        return state, ""
    return found[1], found[2]


def compare_states(lower: str, higher: str) -> tuple[Strictness, str]:
    """Order of two qualitative states, and the reason.

    >>> compare_states("有所改善", "持续提升")
    ('looser', '有所改善 < 持续提升')
    >>> compare_states("完成闭库", "完成闭库并销号")
    ('looser', '并销号 is left out')
    >>> compare_states("无黑臭水体", "基本消除")[0]
    'stricter'
    >>> compare_states("建立", "推动建立")[0], compare_states("基本建立", "推动因地制宜基本建立")[0]
    ('stricter', 'equal')
    """
    a, b = (_core(_WIDTH.sub("", state)) for state in (lower, higher))
    if b.startswith(a) and re.match("并|和|且", b[len(a) :]):
        return "looser", f"{b[len(a) :]} is left out"
    if a.startswith(b) and re.match("并|和|且", a[len(b) :]):
        return "stricter", f"{a[len(b) :]} is added"
    pushed = [bool(states().pushed.search(state)) for state in (lower, higher)]
    a, b = (states().pushed.sub("", core) for core in (a, b))
    (degree_a, outcome_a), (degree_b, outcome_b) = _graded(a), _graded(b)
    if a != b and (outcome_a is None or outcome_a != outcome_b):
        return "not_comparable", f"no order between {lower} and {higher}"
    if a == b or degree_a == degree_b:
        if pushed[0] != pushed[1]:
            return ("looser", f"{lower} < {higher}") if pushed[0] else ("stricter", f"{lower} > {higher}")
        return "equal", f"both {higher}" if a == b else f"{lower} is as much as {higher}"
    if degree_a > degree_b:
        return "stricter", f"{lower} > {higher}"
    return "looser", f"{lower} < {higher}"


def same_outcome(lower: str, higher: str) -> bool:
    outcome = _graded(_core(lower))[1]
    return lower == higher or (outcome is not None and outcome == _graded(_core(higher))[1])


def is_whole(state: str) -> bool:
    """Whether a state takes in everything that it is said of, as a share of 100% does (全面执行, 全覆盖, 应收尽收)."""
    return bool(states().whole.search(state)) and not re.search("基本|力争|逐步", state)


def _core(state: str) -> str:
    for word in states().beside:
        shorter = state.replace(word, "")
        state = shorter or state
    return state


def _graded(state: str) -> tuple[int, str | None]:
    """The degree and the group of the outcome. A word that holds back (基本) counts before one that drives on, and of
    those the strongest; words of degree alone (成效显著) are an outcome of their own."""
    known = states()
    ranks = [rank for word, rank in known.degrees if word in state]
    weak = [rank for rank in ranks if rank < known.plain]
    degree = min(weak) if weak else max(ranks, default=known.plain)
    outcome = next((name for word, name in known.outcomes if word in state), None)
    if outcome is None and ranks:
        rest = state
        for word, _ in known.degrees:
            rest = rest.replace(word, "")
        outcome = None if rest else "degree"
    return degree, outcome
