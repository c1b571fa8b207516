"""Evidence for each clause, fused by score.

Every kind of evidence is brought to a scale of its own that does not depend on how many clauses there are: lexical
scores as shares of what a clause with every word would get, similarities in standard deviations above an ordinary
clause (a fixed sample). The weights were fitted on the development queries by cross-validation (`benchmarks/search.py`).
What is remembered between queries (phrases, their neighbours) follows from the index alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache, partial
from typing import Self

import numpy as np
import numpy.typing as npt

from policygraph.encode.encoder import normalised
from policygraph.encode.text import grams, is_chinese, plain
from policygraph.encode.weights import Floats
from policygraph.search.bridge import Bridge
from policygraph.search.index import ClauseIndex
from policygraph.search.understand import Understood

Encode = Callable[[list[str]], Floats]
Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

#: BM25's term frequency factor nears this (k1 + 1) for a term that is said again and again.
_SATURATION = 2.2
#: What a single character counts beside a pair of them: it stands in many words that have nothing to do with each other.
_SINGLE = 0.25
#: Phrases of the vocabulary whose clauses are remembered, and sets of them whose neighbours are.
_PHRASES, _NEAR = 512, 64
_NO_WORD = re.compile(r"\W")
_WORDS_OF_A_PHRASE = re.compile(r"[\s，。、；：？！“”（）]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each kind of evidence counts. With an encoder; `LEXICAL` is for an index without vectors."""

    words: float = 5.0
    heading: float = 1.5
    bridge: float = 7.0
    bridge_heading: float = 0.5
    whole: float = 0.3
    part: float = 0.7
    bridge_whole: float = 0.5
    bridge_part: float = 0.5
    condition: float = 8.0


FUSED = Weights()
LEXICAL = Weights(whole=0, part=0, bridge_whole=0, bridge_part=0)


@dataclass(slots=True)
class Evidence:
    """The evidence for the candidate rows; each array has a place for each of `rows`."""

    rows: Rows
    words: Array
    heading: Array
    bridge: Array
    bridge_heading: Array
    whole: Array
    part: Array
    bridge_whole: Array
    bridge_part: Array
    condition: Array
    #: for each kind of condition that does not filter, which rows meet it
    met: dict[str, npt.NDArray[np.bool_]]
    #: the best sentence of each row (a row of the sentence table), -1 without an encoder
    sentence: Rows
    #: inner product of the query and the best sentence
    similarity: Array
    official: bool = False
    bridged: list[tuple[Bridge, Array]] = field(default_factory=list)

    def score(self, weights: Weights) -> Array:
        total = np.zeros(len(self.rows), np.float32)
        for name in (f.name for f in fields(Weights)):
            total += np.float32(getattr(weights, name)) * getattr(self, name)
        return total


@dataclass(frozen=True, slots=True)
class _Found:
    """What one kind of evidence found: rows in ascending order, and a value for each."""

    rows: Rows
    values: Array

    def at(self, rows: Rows) -> Array:
        """The values of the rows; a row beyond the depth of the list counts as its last."""
        last = min(float(self.values.min(initial=0.0)), 0.0)
        if not len(self.rows):
            return np.zeros(len(rows), np.float32)
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[places] == rows, self.values[places], np.float32(last))


_NOTHING = _Found(np.zeros(0, np.int64), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class _Nearest:
    """What is near a vector: clauses, and of each its best sentence: how near in deviations, which, and the inner product."""

    whole: _Found
    part: _Found
    sentence: Rows
    similarity: Array

    @classmethod
    def of(cls, vector: Floats, index: ClauseIndex, depth: int) -> Self:
        ordinary = np.einsum("ij,j->i", index.ordinary, vector)  # too small to be worth the threads of a matrix product
        mean, spread = float(ordinary.mean()), float(ordinary.std()) or 1.0
        clauses, scores = index.whole.search(vector, depth)
        order = np.argsort(clauses)
        sentences, products = index.parts.search(vector, len(index.sentences) if depth >= index.size else depth * 4)
        rows, first = np.unique(index.sentences[sentences, 0], return_index=True)
        best = products[first]
        return cls(
            whole=_Found(clauses[order], (scores[order] - mean) / spread),
            part=_Found(rows.astype(np.int64), (best - mean) / spread),
            sentence=sentences[first], similarity=best,
        )  # fmt: skip

    def sentences_at(self, rows: Rows) -> Rows:
        """The best sentence of each row, -1 where none was found."""
        places, known = self._places(rows)
        return np.where(known, self.sentence[places], -1)

    def similarities_at(self, rows: Rows) -> Array:
        places, known = self._places(rows)
        return np.where(known, self.similarity[places], np.float32(0))

    def _places(self, rows: Rows) -> tuple[Rows, npt.NDArray[np.bool_]]:
        places = np.minimum(np.searchsorted(self.part.rows, rows), len(self.part.rows) - 1)
        return places, self.part.rows[places] == rows


class Gatherer:
    """Gathers evidence from one index; what it found for the phrases of the vocabulary is remembered."""

    def __init__(self, index: ClauseIndex) -> None:
        self.index = index
        self._phrases = lru_cache(_PHRASES)(partial(_phrases, index))
        self._near = lru_cache(_NEAR)(self._near_phrases)

    def gather(
        self, understood: Understood, *, encode: Encode | None, allowed: npt.NDArray[np.bool_] | None, depth: int
    ) -> Evidence:
        """Look up `depth` candidates for each kind of evidence and score them all. Only `allowed` rows are candidates."""
        index = self.index
        said = len(_NO_WORD.sub("", understood.core)) if is_chinese(understood.core) else 0
        found = [(bridge, self._phrases(bridge.terms, depth, "text")) for bridge in understood.bridges]
        heads = [(bridge, self._phrases(bridge.terms, depth, "head")) for bridge in understood.bridges]
        lists = {
            "words": _lexical(index, understood.core, depth, "text"),
            "heading": _lexical(index, understood.core, depth, "head"),
            "bridge": _together(found, said),
            "bridge_heading": _together(heads, said),
        }
        near: list[_Nearest] = []
        if encode is not None:
            near = [_Nearest.of(encode([understood.said])[0], index, depth)]
            if understood.bridges:
                near.append(self._near(tuple(bridge.phrase for bridge in understood.bridges), depth, encode))
            lists |= {"whole": near[0].whole, "part": near[0].part, "bridge_whole": near[-1].whole, "bridge_part": near[-1].part}
        met = _conditions(understood, index)
        condition = sum(met.values(), np.zeros(index.size, np.float32))
        rows = _all_rows(list(lists.values()))
        if understood.conditions or understood.bare:
            rows = np.union1d(rows, np.flatnonzero(condition))
            if not len(rows) and allowed is not None:
                rows = np.flatnonzero(allowed)[:depth]
        if allowed is not None:
            rows = rows[allowed[rows]]
        sentence = np.full(len(rows), -1, np.int64)
        # the sentence nearest to the words of the query; in a foreign language what they were bridged to comes first
        for nearest in near if is_chinese(understood.core) else reversed(near):
            sentence = np.where(sentence < 0, nearest.sentences_at(rows), sentence)
        return Evidence(
            rows=rows, condition=condition[rows], met={name: values[rows] > 0 for name, values in met.items()}, official=any(bridge.official for bridge in understood.bridges),
            sentence=sentence, similarity=near[0].similarities_at(rows) if near else np.zeros(len(rows), np.float32),
            bridged=[(bridge, values.at(rows)) for bridge, values in found],
            **{name: lists.get(name, _NOTHING).at(rows) for name in _LISTS},
        )  # fmt: skip

    def highest(self, vector: Floats) -> float:
        """What a clause of just this vector would have, in deviations above an ordinary clause."""
        ordinary = np.einsum("ij,j->i", self.index.ordinary, vector)
        return float((1 - ordinary.mean()) / (ordinary.std() or 1.0))

    def _near_phrases(self, phrases: tuple[str, ...], depth: int, encode: Encode) -> _Nearest:
        (vector,) = normalised(np.sum(encode(list(phrases)), axis=0, keepdims=True))
        return _Nearest.of(vector, self.index, depth)


_LISTS = ("words", "heading", "bridge", "bridge_heading", "whole", "part", "bridge_whole", "bridge_part")


def _lexical(index: ClauseIndex, text: str, depth: int, where: str) -> _Found:
    terms: dict[str, float] = {}
    for gram in grams(text):
        terms[gram] = _SINGLE if len(gram) == 1 and is_chinese(gram) else 1.0
    if len(terms) == 1:
        terms = dict.fromkeys(terms, 1.0)
    ideal = sum(weight * index.weight(term) for term, weight in terms.items()) * _SATURATION
    return _ascending(*index.match(list(terms.items()), limit=depth, field=where), ideal=ideal)


def _phrases(index: ClauseIndex, phrases: tuple[str, ...], depth: int, where: str) -> _Found:
    """The best of a bridge's terms in each clause: a term counts where all its pairs of characters stand."""
    best = []
    for term in phrases:
        terms = [g for g in dict.fromkeys(grams(term)) if len(g) > 1] or grams(term)
        ideal = sum(index.weight(g) for g in terms) * _SATURATION
        if ideal:
            best.append(_ascending(*index.match([(g, 1.0) for g in terms], limit=depth, field=where, every=True), ideal=ideal))
    rows = _all_rows(best)
    return _Found(rows, np.maximum.reduce([found.at(rows) for found in best], initial=0)) if len(rows) else _NOTHING


def _ascending(rows: Rows, scores: Array, *, ideal: float) -> _Found:
    order = np.argsort(rows)
    return _Found(rows[order], scores[order] / np.float32(ideal)) if len(rows) else _NOTHING


def _all_rows(lists: Sequence[_Found]) -> Rows:
    return np.unique(np.concatenate([_NOTHING.rows, *(found.rows for found in lists)]))


def _together(lists: Sequence[tuple[Bridge, _Found]], said: int) -> _Found:
    """The bridges of a query as one, each by its strength. One short word of a long question (抓 in 偷挖江里的沙子，谁来抓)
    speaks for little of it: `said` is how many Chinese characters there are to match, and what the bridges leave of
    them is left to the rest of the evidence."""
    rows = _all_rows([found for _, found in lists])
    strength = max(sum(bridge.strength for bridge, _ in lists), 1)
    share = min(strength / said, 1.0) ** 0.5 if said else 1.0
    values = sum((found.at(rows) * np.float32(bridge.strength / strength) for bridge, found in lists), np.zeros(len(rows), np.float32))
    return _Found(rows, values * np.float32(share))


def _conditions(understood: Understood, index: ClauseIndex) -> dict[str, Array]:
    """For each kind of condition that does not filter alone, how well each clause meets it, 0 to 1."""
    met: dict[str, Array] = {}
    if understood.due:
        names, day = index.names["due"], understood.due.day
        share = 1.0 if understood.bare else 0.5
        same, year = ({i for i, name in enumerate(names) if test(name)} for test in (day.__eq__, lambda n: n[:4] == day[:4] and n <= day))
        met["due"] = np.maximum(index.mask("due", same) * np.float32(share), index.mask("due", year) * np.float32(share * 0.7))
        if understood.due.open:
            earlier = {i for i, name in enumerate(names) if name < day}
            met["due"] = np.maximum(met["due"], index.mask("due", earlier) * np.float32(share * 0.3))
    if understood.agencies:
        of = np.float32(len(understood.agencies))
        met["agency"] = sum((index.body_mask(body.names) for body in understood.agencies), np.zeros(index.size, np.float32)) * 0.3 / of
        in_role = [index.body_mask(body.names, body.roles) for body in understood.agencies if body.role]
        met["role"] = sum(in_role, np.zeros(index.size, np.float32)) * np.float32(0.7) / of
    if understood.indicators:
        names = index.names["indicator"]
        chosen = {names.index(name) for name in understood.indicators}
        met["indicator"] = index.mask("indicator", chosen) * np.float32(0.2)
    if understood.modality and understood.modality in index.names["modality"]:
        met["modality"] = index.mask("modality", {index.names["modality"].index(understood.modality)}) * np.float32(0.2)
    return met


def words_wanted(understood: Understood) -> tuple[str, ...]:
    """What is lit in a hit: pairs of characters and words of the query, and the terms it was bridged to."""
    wanted = [plain(term) for bridge in understood.bridges for term in bridge.terms]
    for phrase in _WORDS_OF_A_PHRASE.split(plain(understood.core)):
        if is_chinese(phrase):
            wanted += [phrase[i : i + 2] for i in range(len(phrase) - 1)] or [phrase]
        elif phrase:
            wanted.append(phrase)
    return tuple(dict.fromkeys(filter(None, wanted)))


def matched_words(wanted: Iterable[str], text: str) -> list[tuple[int, int]]:
    """Stretches of `text` in which the wanted words stand."""
    body = _plain(text)
    found: list[tuple[int, int]] = []
    for word in wanted:
        at = body.find(word)
        while at >= 0:
            found.append((at, at + len(word)))
            at = body.find(word, at + 1)
    stretches: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = stretches[-1][0], max(end, stretches[-1][1])
        else:
            stretches.append((start, end))
    return stretches


_plain = lru_cache(4096)(plain)
