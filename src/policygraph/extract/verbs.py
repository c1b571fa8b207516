"""The verbs and adverbs of the genre, read from the vocabulary folder, and how they are found in a text."""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from policygraph.extract.lexicon import lexicon
from policygraph.program import VOCABULARY


class Verb(NamedTuple):
    """A verb of the vocabulary. `anywhere` ones open a directive after a subject or a phrase too, others only where
    the directive begins; `takes` tells an object from a whole clause (推动企业…) and from a state (达到…)."""

    anywhere: bool
    takes: str
    modality: str


@dataclass(frozen=True, slots=True)
class Words:
    """The verbs and adverbs of the genre. `adverbs` says which of them hedge; `cues` stand before verbs only, so that
    even a verb that is mostly a noun is the predicate after them (企业依法公开…)."""

    verbs: dict[str, Verb]
    adverbs: dict[str, bool]
    cues: frozenset[str]
    verb_sizes: dict[str, tuple[int, ...]]
    adverb_sizes: dict[str, tuple[int, ...]]


@cache
def words() -> Words:
    """The vocabulary files `verbs.tsv` and `adverbs.tsv`, read once."""
    folder = VOCABULARY
    with (folder / "verbs.tsv").open(encoding="utf-8", newline="") as file:
        verbs = {
            row["verb"]: Verb(row["use"] == "any", row["takes"], row["modality"])
            for row in csv.DictReader(file, delimiter="\t")
        }
    with (folder / "adverbs.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    adverbs = {row["adverb"]: row["hedge"] == "yes" for row in rows}
    cues = frozenset(row["adverb"] for row in rows if row["cue"] == "yes")
    return Words(verbs, adverbs, cues, _sizes(verbs), _sizes(adverbs))


def _sizes(table: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """By first character, how long the words are that begin with it, longest first."""
    sizes: dict[str, set[int]] = {}
    for word in table:
        sizes.setdefault(word[0], set()).add(len(word))
    return {first: tuple(sorted(found, reverse=True)) for first, found in sizes.items()}


@cache
def group(name: str) -> frozenset[str]:
    """A small group of words of `wording.json`, which says of each what it is for."""
    return frozenset(lexicon("wording")[name])


def longest(text: str, position: int, table: Container[str], sizes: dict[str, tuple[int, ...]]) -> str:
    """The longest word of a table that stands at a position, or nothing."""
    for size in sizes.get(text[position : position + 1], ()):
        word = text[position : position + size]
        if word in table:
            return word
    return ""


#: 城镇新建建筑全面执行绿色建筑标准: new says which buildings.
_NEW_BUILDINGS = re.compile(r"新建(?:民用|公共|居住|工业)?(?:建筑|住宅|小区|厂房)(?:全面|全部|严格|必须|应当?|要)*(?:执行|达到|落实|推行|采用)")


def verb_at(text: str, position: int) -> str:
    """The verb at a position, if it is not the first half of a noun (节水型, 管理员, 规模化)."""
    lexicon = words()
    word = longest(text, position, lexicon.verbs, lexicon.verb_sizes)
    if not word:
        return ""
    end = position + len(word)
    following = text[end : end + 1]
    if following and following in "型性者员率式":
        return ""
    if following == "类" and text[end + 1 : end + 2] != "似":
        return ""
    if following == "网" and word in ("接入", "配电", "输电", "排水", "供电", "供热", "供气", "供水") and text[end + 1 : end + 2] != "络":
        return ""
    if following == "县" and word in ("帮扶", "示范", "试点", "创建", "达标"):
        return ""
    if word == "新建" and _NEW_BUILDINGS.match(text, position):
        return ""
    if word == "建设" and text[end : end + 2] in ("项目", "用地", "单位"):
        return ""
    if following == "区" and text[end + 1 : end + 2] not in ("域", "县", "级", "块", "位"):
        return ""
    if following == "化" and text[end + 1 : end + 2] not in tuple("工肥解学石妆债"):
        return ""
    return word
