"""Evidence for each clause, fused by score.

Every kind of evidence is brought to a scale of its own that does not depend on how many clauses there are: lexical
scores as shares of what a clause with every word would get, similarities in standard deviations above an ordinary
clause (a fixed sample). The weights were fitted on the development queries by cross-validation (`benchmarks/search.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from policygraph.search.bridge import Bridge
from policygraph.search.index import ROLES, ClauseIndex
from policygraph.search.text import grams, is_chinese, plain
from policygraph.search.understand import Understood
from policygraph.search.weights import Floats

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

#: BM25's term frequency factor nears this (k1 + 1) for a term that is said again and again.
_SATURATION = 2.2
_SINGLE = 0.25
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


def gather(
    understood: Understood, index: ClauseIndex, *, encode: Callable[[list[str]], Floats] | None,
    allowed: npt.NDArray[np.bool_] | None, depth: int,
) -> Evidence:  # fmt: skip
    """Look up `depth` candidates for each kind of evidence and score them all. Only `allowed` rows are candidates."""
    lists: dict[str, dict[int, float]] = {}
    lists["words"] = _lexical(index, understood.core, depth, "text")
    lists["heading"] = _lexical(index, understood.core, depth, "head")
    found = [(bridge, _phrases(index, bridge, depth, "text")) for bridge in understood.bridges]
    official = any(bridge.official for bridge in understood.bridges)
    strength = max(sum(bridge.strength for bridge in understood.bridges), 1)
    lists["bridge"] = _sum([(values, bridge.strength / strength) for bridge, values in found])
    heads = [(_phrases(index, bridge, depth, "head"), bridge.strength / strength) for bridge in understood.bridges]
    lists["bridge_heading"] = _sum(heads)
    sentence: dict[int, int] = {}
    similarity: dict[int, float] = {}
    if encode is not None:
        terms = " ".join(dict.fromkeys(term for bridge in understood.bridges for term in bridge.terms))
        vectors = encode([understood.said, terms] if terms else [understood.said])
        lists["whole"] = _whole(index, vectors[0], depth)
        lists["part"], sentence, similarity = _parts(index, vectors[0], depth)
        if terms:
            lists["bridge_whole"] = _whole(index, vectors[1], depth)
            lists["bridge_part"], nearest, _ = _parts(index, vectors[1], depth)
            sentence = {**nearest, **sentence} if is_chinese(understood.core) else {**sentence, **nearest}
        else:
            lists["bridge_whole"], lists["bridge_part"] = lists["whole"], lists["part"]
    condition = _conditions(understood, index)
    candidates = set().union(*lists.values())
    if understood.conditions or understood.bare:
        candidates |= set(np.flatnonzero(condition).tolist())
        if not candidates and allowed is not None:
            candidates = set(np.flatnonzero(allowed)[:depth].tolist())
    rows = np.array(sorted(candidates), np.int64)
    if allowed is not None:
        rows = rows[allowed[rows]]
    arrays = {name: _array(lists.get(name, {}), rows, index.size) for name in _LISTS}
    return Evidence(
        rows=rows, condition=condition[rows], official=official,
        sentence=np.array([sentence.get(row, -1) for row in rows.tolist()], np.int64),
        similarity=np.array([similarity.get(row, 0.0) for row in rows.tolist()], np.float32),
        bridged=[(bridge, _array(values, rows, index.size)) for bridge, values in found], **arrays,
    )  # fmt: skip


_LISTS = ("words", "heading", "bridge", "bridge_heading", "whole", "part", "bridge_whole", "bridge_part")


def _array(values: dict[int, float], rows: Rows, size: int) -> Array:
    """The values of the rows; a row beyond the depth of a list counts as its last."""
    known = np.fromiter(values.values(), np.float32, len(values))
    every = np.full(size, min(float(known.min(initial=0.0)), 0.0), np.float32)
    every[np.fromiter(values, np.int64, len(values))] = known
    return every[rows]


def _lexical(index: ClauseIndex, text: str, depth: int, where: str) -> dict[int, float]:
    terms: dict[str, float] = {}
    for gram in grams(text):
        terms[gram] = _SINGLE if len(gram) == 1 and is_chinese(gram) else 1.0
    if len(terms) == 1:
        terms = dict.fromkeys(terms, 1.0)
    ideal = sum(weight * index.weight(term) for term, weight in terms.items()) * _SATURATION
    found = index.match(list(terms.items()), limit=depth, field=where)
    return {row: score / ideal for row, score in found.items()}


def _phrases(index: ClauseIndex, bridge: Bridge, depth: int, where: str) -> dict[int, float]:
    """The best of a bridge's terms in each clause: a term counts where all its pairs of characters stand."""
    best: dict[int, float] = {}
    for term in bridge.terms:
        terms = [g for g in dict.fromkeys(grams(term)) if len(g) > 1] or grams(term)
        ideal = sum(index.weight(g) for g in terms) * _SATURATION
        if not ideal:
            continue
        for row, score in index.match([(g, 1.0) for g in terms], limit=depth, field=where, every=True).items():
            best[row] = max(best.get(row, 0.0), score / ideal)
    return best


def _sum(lists: list[tuple[dict[int, float], float]]) -> dict[int, float]:
    total: dict[int, float] = {}
    for values, weight in lists:
        for row, value in values.items():
            total[row] = total.get(row, 0.0) + weight * value
    return total


def _scale(index: ClauseIndex, vector: Floats) -> tuple[float, float]:
    ordinary = np.einsum("ij,j->i", index.ordinary, vector)  # too small to be worth the threads of a matrix product
    return float(ordinary.mean()), float(ordinary.std()) or 1.0


def _whole(index: ClauseIndex, vector: Floats, depth: int) -> dict[int, float]:
    mean, spread = _scale(index, vector)
    rows, scores = index.whole.search(vector, depth)
    return dict(zip(rows.tolist(), ((scores - mean) / spread).tolist(), strict=True))


def _parts(index: ClauseIndex, vector: Floats, depth: int) -> tuple[dict[int, float], dict[int, int], dict[int, float]]:
    """For each clause its best sentence: how near in deviations, which, and the inner product."""
    mean, spread = _scale(index, vector)
    parts, scores = index.parts.search(vector, depth * 4)
    rows, first = np.unique(index.sentences[parts, 0], return_index=True)
    clauses, best = rows.tolist(), scores[first]
    values = dict(zip(clauses, ((best - mean) / spread).tolist(), strict=True))
    return values, dict(zip(clauses, parts[first].tolist(), strict=True)), dict(zip(clauses, best.tolist(), strict=True))


def _conditions(understood: Understood, index: ClauseIndex) -> Array:
    """How well each clause meets the conditions that do not filter: due date, role, modality. 0 to 1 each."""
    met = np.zeros(index.size, np.float32)
    if understood.due:
        names = index.names["due"]
        same = {i for i, name in enumerate(names) if name == understood.due}
        year = {i for i, name in enumerate(names) if name[:4] == understood.due[:4]}
        share = 1.0 if understood.bare else 0.5
        met += np.maximum(index.mask("due", same) * share, index.mask("due", year) * share * 0.7)
    if understood.agencies:
        chosen = {i for i, name in enumerate(index.names["agency"]) if name in understood.agencies}
        if understood.role:
            met += index.mask("agency", chosen, extra=ROLES.index(understood.role)) * 0.7
        met += index.mask("agency", chosen) * 0.3
    if understood.modality and understood.modality in index.names["modality"]:
        met += index.mask("modality", {index.names["modality"].index(understood.modality)}) * 0.2
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
    body = plain(text)
    marks = np.zeros(len(body), np.bool_)
    for word in wanted:
        at = body.find(word)
        while at >= 0:
            marks[at : at + len(word)] = True
            at = body.find(word, at + 1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marks.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
