"""What a lower provision takes word for word, what it adapts, what is new, and where its force changed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from policygraph.model import Match, Shift
from policygraph.program import VOCABULARY

#: Characters in a row from which a stretch counts as taken word for word.
RUN = 6
_PUNCTUATION = "，。；：、！？（）“”《》〔〕—"
_TOWN = re.compile("城市|城镇|县城|建成区")
_VILLAGE = re.compile("农村|行政村|乡村")
_PLAIN = re.compile(f"[{_PUNCTUATION}\\s]")

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


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of force with what they are and how strong, longest first; and those that are none inside a term, with
    the verbs and states before which they are one (基本消除, but 基本农田)."""

    forces: tuple[tuple[str, str, int], ...]
    before: Mapping[str, re.Pattern[str]]
    plain: re.Pattern[str]


@cache
def _words() -> _Words:
    path = VOCABULARY / "force.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    words = [(w, str(group["kind"]), int(group["strength"])) for group in data["force"] for w in group["words"]]
    before = {word: re.compile(f"{word}(?={'|'.join(data['before']['states'])})") for word in data["before"]["words"]}
    loose = sorted({*(word for word, _, _ in words), *data["manner"]["words"]}, key=len, reverse=True)
    return _Words(tuple(sorted(words, key=lambda entry: -len(entry[0]))), before, re.compile("|".join(loose)))


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
    for word, kind, strength in _words().forces:
        if word in _words().before and not _words().before[word].search(rest):
            continue
        if word in rest:
            rest = rest.replace(word, "，" * len(word))
            if abs(strength) > abs(found.strength):
                found = Force(word, kind, strength)
    return found


def towns_beside_villages(one: str, other: str) -> bool:
    """Whether one of two texts speaks of towns and the other of villages.

    >>> towns_beside_villages("农村黑臭水体", "县级城市建成区黑臭水体"), towns_beside_villages("城乡供水", "农村供水")
    (True, False)
    """
    towns, villages = ([bool(kind.search(text)) for text in (one, other)] for kind in (_TOWN, _VILLAGE))
    return (towns[0] and villages[1]) or (villages[0] and towns[1])


def one_object(lower: str, higher: str) -> bool:
    """Whether two demands ask something of one thing: what stands last in the one stands in the other too or is akin to
    its last word (整治, 治理), most of the shorter one's words, beside those of force and manner, are the other's, and
    it is not towns here and villages there.

    >>> one_object("有序推进农村厕所革命", "因地制宜推进农村厕所革命")
    True
    >>> one_object("稳步推进危险废物分类处置", "全面公布危险废物名录")
    False
    """
    a, b = (_PLAIN.sub("", _words().plain.sub("", text)) for text in (lower, higher))
    if len(a) < 2 or len(b) < 2 or towns_beside_villages(lower, higher):
        return False
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (a, b)]
    common = len(pairs[0] & pairs[1]) / min(len(pairs[0]), len(pairs[1]))
    return common >= COMMON and (a[-2:] in b or b[-2:] in a or bool(set(a[-2:]) & set(b[-2:])))


def shifts_between(matches: Sequence[Match]) -> tuple[Shift, ...]:
    """Where a matched demand is put weaker or harder than the one it answers."""
    found = []
    for match in matches:
        if match.weight < RELIABLE or match.source_text == match.target_text:
            continue
        lower, higher = force_of(match.source_text), force_of(match.target_text)
        if lower.strength == higher.strength or not one_object(match.source_text, match.target_text):
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
#: Share of the shorter demand's pairs of characters that the other has from which both ask for one thing.
COMMON = 0.55
