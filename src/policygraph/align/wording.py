"""What a lower provision takes word for word, what it adapts, what is new, and where its force changed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import policygraph
from policygraph.model import Match, Shift

#: Characters in a row from which a stretch counts as taken word for word.
RUN = 6
_PUNCTUATION = "，。；：、！？（）“”《》〔〕—"

Kind = Literal["verbatim", "adapted", "new"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch `text[start:end]` of the lower provision and where its words come from."""

    kind: Kind
    start: int
    end: int


def _plain(text: str) -> tuple[str, list[int]]:
    kept = [(char, i) for i, char in enumerate(text) if char not in _PUNCTUATION]
    return "".join(char for char, _ in kept), [i for _, i in kept]


def _taken(lower: str, higher: str) -> list[bool]:
    """Which characters of `lower` stand in a run of RUN or more that `higher` has too."""
    runs = {higher[i : i + RUN] for i in range(len(higher) - RUN + 1)}
    taken = [False] * len(lower)
    for i in range(len(lower) - RUN + 1):
        if lower[i : i + RUN] in runs:
            taken[i : i + RUN] = [True] * RUN
    return taken


def verbatim_share(lower: str, higher: str) -> float:
    """Share of the lower text's characters, punctuation apart, that stand in the higher one word for word.

    >>> verbatim_share("深化美丽岸线建设。禁止新建码头。", "恢复生态功能，深化美丽岸线建设。")
    0.5714285714285714
    """
    a, _ = _plain(lower)
    if not a:
        return 0.0
    return sum(_taken(a, _plain(higher)[0])) / len(a)


def stretches(lower: str, higher: str, *, matched: Iterable[str] = ()) -> tuple[Stretch, ...]:
    """The lower text cut by origin: word for word, adapted (inside a demand that answers a higher one: `matched`
    holds those demands' texts), new."""
    plain, at = _plain(lower)
    origin: list[Kind] = ["new"] * len(lower)
    for text in matched:
        start = lower.find(text)
        if start >= 0:
            origin[start : start + len(text)] = ["adapted"] * len(text)
    for taken, i in zip(_taken(plain, _plain(higher)[0]), at, strict=True):
        if taken:
            origin[i] = "verbatim"
    for i, char in enumerate(lower):
        if char in _PUNCTUATION and i:
            origin[i] = origin[i - 1]
    found: list[Stretch] = []
    for i, kind in enumerate(origin):
        if found and found[-1].kind == kind:
            found[-1] = Stretch(kind, found[-1].start, i + 1)
        else:
            found.append(Stretch(kind, i, i + 1))
    return tuple(found)


@cache
def _forces() -> tuple[tuple[str, str, int], ...]:
    """Words of force with what they are and how strong, longest first (`ontology/vocabulary/force.toml`)."""
    path = Path(policygraph.__file__).parent / "ontology" / "vocabulary" / "force.toml"
    groups = tomllib.loads(path.read_text(encoding="utf-8"))["force"]
    words = [(word, str(group["kind"]), int(group["strength"])) for group in groups for word in group["words"]]
    return tuple(sorted(words, key=lambda entry: -len(entry[0])))


@dataclass(frozen=True, slots=True)
class Force:
    """How strongly a demand is put: what weakens or hardens it (None for a plain order, strength 0)."""

    word: str | None
    kind: str
    strength: int


def force_of(text: str) -> Force:
    """The strongest departure from a plain order in a demand.

    >>> force_of("鼓励有条件的化工园区推进初期雨水收集处理")
    Force(word='有条件的', kind='modality', strength=-3)
    >>> force_of("建立排污口长效管理机制").strength
    0
    """
    found = Force(None, "modality", 0)
    rest = text
    for word, kind, strength in _forces():
        if word in rest:
            rest = rest.replace(word, "，" * len(word))
            if abs(strength) > abs(found.strength):
                found = Force(word, kind, strength)
    return found


def shifts_between(matches: Sequence[Match]) -> tuple[Shift, ...]:
    """Where a matched demand is put weaker or harder than the one it answers."""
    found = []
    for match in matches:
        if match.weight < RELIABLE or match.source_text == match.target_text:
            continue
        lower, higher = force_of(match.source_text), force_of(match.target_text)
        if lower.strength == higher.strength:
            continue
        found.append(
            Shift(
                kind=lower.kind if lower.word else higher.kind,
                direction="weaker" if lower.strength < higher.strength else "harder",
                source_text=match.source_text,
                target_text=match.target_text,
                source_start=match.source_start,
                source_end=match.source_end,
                target_start=match.target_start,
                target_end=match.target_end,
            )
        )
    return tuple(found)


#: Weight of a match from which its two demands are taken to be one, so that a change of force means something.
RELIABLE = 0.4
