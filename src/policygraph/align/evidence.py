"""Which pairs of passages are worth judging, and the evidence for each: by wording, by meaning, by place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from policygraph.align.passages import Passage
from policygraph.align.terms import Postings, Weights, cosine, rarity, terms_of, vocabulary

if TYPE_CHECKING:
    from policygraph.search.encoder import Encoder

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

#: Higher passages proposed for a lower one (and the other way round) by each retriever.
PROPOSALS = 12
#: Neighbours that say how close a text usually is to the other document: meaning counts above that level only.
NEIGHBOURS = 10
#: How much one unit of meaning weighs beside one of wording when two demands are compared. Cosines of the encoder
#: above the usual level span about a tenth of the range of lexical ones.
MEANING = 10.0
#: The share of the best rival that is taken off a demand's answer: a demand answered better elsewhere counts less.
RIVAL = 0.5
_NOTHING = -1.0


@dataclass(slots=True)
class Side:
    """One document of a pair: its passages, their vectors, and the vectors of all their demands end to end."""

    passages: Sequence[Passage]
    body: list[dict[str, float]]
    names: list[list[dict[str, float]]]
    demands: list[dict[str, float]]
    terms: list[frozenset[str]]
    owner: NDArray[np.int64]
    first: NDArray[np.int64]
    body_meaning: Matrix | None = None
    demand_meaning: Matrix | None = None

    @classmethod
    def build(cls, passages: Sequence[Passage], weights: Weights, encoder: Encoder | None) -> Side:
        counts = [len(passage.demands) for passage in passages]
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        texts = [demand.text for passage in passages for demand in passage.demands]
        side = cls(
            passages=passages,
            body=[weights.vector(passage.body) for passage in passages],
            names=[[weights.vector(name) for name in passage.names] for passage in passages],
            demands=[weights.vector(text) for text in texts],
            terms=[terms_of(passage.body) for passage in passages],
            owner=np.repeat(np.arange(len(passages)), counts),
            first=first,
        )
        if encoder is not None and texts:
            vectors = _encode(encoder, tuple([passage.body for passage in passages] + texts))
            side.body_meaning, side.demand_meaning = vectors[: len(passages)], vectors[len(passages) :]
        return side


@lru_cache(maxsize=4)
def _encode(encoder: Encoder, texts: tuple[str, ...]) -> Matrix:
    """The vectors of one document's texts, kept while its other pairs are aligned."""
    return encoder.encode_passages(list(texts))


@dataclass(slots=True)
class Evidence:
    """The evidence for one pair of passages (numbers in their documents).

    `answers` is the demands' table: lower demands down, higher demands across, how well one answers the other.
    """

    lower: int
    higher: int
    answers: Floats
    wording: Floats
    features: dict[str, float] = field(default_factory=dict)


#: What each feature says; the calibration has one weight for each.
FEATURES = {
    "wording": "logarithm of the cosine of the two provisions' weighed n-grams",
    "meaning": "the encoder's cosine of the two provisions above what each usually has with the other document",
    "demand": "the lower demand answered best here, less half of what it finds elsewhere",
    "demanded": "the higher demand answered best here, less half of what answers it elsewhere",
    "name": "cosine of leads and headings",
    "terms": "the rarest terms of art that both have, by how few passages of each document have them",
}


def propose(lower: Side, higher: Side) -> list[tuple[int, int]]:
    """The pairs of passages worth judging, from three retrievers in both directions, goals apart from provisions."""
    pairs: set[tuple[int, int]] = set()
    for swap in (False, True):
        asking, asked = (higher, lower) if swap else (lower, higher)
        bodies = Postings(asked.body, known=vocabulary(asking.body))
        demands = Postings(asked.demands, known=vocabulary(asking.demands))
        near = _nearest(asking, asked)
        for number, passage in enumerate(asking.passages):
            found = _best(*bodies.search(asking.body[number]))
            for row in range(asking.first[number], asking.first[number + 1]):
                hits, scores = demands.search(asking.demands[row])
                if len(hits):
                    best = hits[np.argsort(-scores, kind="stable")[:2]]
                    found.update(int(asked.owner[hit]) for hit in best)
            found.update(near[number])
            pairs.update(
                ((other, number) if swap else (number, other))
                for other in found
                if asked.passages[other].group == passage.group
            )
    return sorted(pairs)


def _best(numbers: NDArray[np.int64], scores: Floats) -> set[int]:
    return {int(number) for number in numbers[np.argsort(-scores, kind="stable")[:PROPOSALS]]}


def _nearest(asking: Side, asked: Side) -> list[list[int]]:
    if asking.body_meaning is None or asked.body_meaning is None:
        return [[] for _ in asking.passages]
    import faiss

    width = asked.body_meaning.shape[1]
    exact = len(asked.passages) <= 1000
    index = faiss.IndexFlatIP(width) if exact else faiss.IndexHNSWFlat(width, 32, faiss.METRIC_INNER_PRODUCT)
    index.add(np.ascontiguousarray(asked.body_meaning))
    _, found = index.search(np.ascontiguousarray(asking.body_meaning), min(PROPOSALS, len(asked.passages)))
    return [[int(number) for number in row if number >= 0] for row in found]


def weigh(lower: Side, higher: Side, pairs: Sequence[tuple[int, int]]) -> list[Evidence]:
    """The evidence of every proposed pair. Rivals are the other proposed pairs of the same passage."""
    rows = _by(pairs, 0)
    columns = _by(pairs, 1)
    wording = _demand_wording(lower, higher, pairs, rows)
    answers = wording
    meaning = [0.0] * len(pairs)
    if lower.demand_meaning is not None and higher.demand_meaning is not None:
        close = [
            _cosines(lower.demand_meaning[_slice(lower, a)], higher.demand_meaning[_slice(higher, b)]) for a, b in pairs
        ]
        answers = [w + MEANING * z for w, z in zip(wording, _above_usual(close, rows, columns), strict=True)]
    if lower.body_meaning is not None and higher.body_meaning is not None:
        close = [_cosines(lower.body_meaning[a : a + 1], higher.body_meaning[b : b + 1]) for a, b in pairs]
        meaning = [float(table[0, 0]) for table in _above_usual(close, rows, columns)]
    demand = _unrivalled(answers, rows, axis=1)
    demanded = _unrivalled(answers, columns, axis=0)
    rare = _rarities(lower), _rarities(higher)
    found = []
    for k, (a, b) in enumerate(pairs):
        features = {
            "wording": math.log(cosine(lower.body[a], higher.body[b]) + 0.02),
            "meaning": meaning[k],
            "demand": demand[k],
            "demanded": demanded[k],
            "name": max((cosine(x, y) for x in lower.names[a] for y in higher.names[b]), default=0.0),
            "terms": rarity((term, rare[0][term] * rare[1][term]) for term in lower.terms[a] & higher.terms[b]),
        }
        found.append(Evidence(a, b, answers[k], wording[k], features))
    return found


def _rarities(side: Side) -> dict[str, float]:
    frequency = Counter(term for terms in side.terms for term in terms)
    return {term: math.log((1 + len(side.terms)) / count) for term, count in frequency.items()}


def _by(pairs: Sequence[tuple[int, int]], side: int) -> dict[int, list[int]]:
    places: dict[int, list[int]] = {}
    for k, pair in enumerate(pairs):
        places.setdefault(pair[side], []).append(k)
    return places


def _cosines(a: Matrix, b: Matrix) -> Floats:
    return (a @ b.T).astype(np.float64)


def _slice(side: Side, number: int) -> slice:
    return slice(int(side.first[number]), int(side.first[number + 1]))


def _demand_wording(
    lower: Side, higher: Side, pairs: Sequence[tuple[int, int]], rows: dict[int, list[int]]
) -> list[Floats]:
    tables: list[Floats] = [np.empty((0, 0))] * len(pairs)
    postings = Postings(higher.demands, known=vocabulary(lower.demands))
    column = np.full(len(higher.demands), -1, dtype=np.int64)
    for number, places in rows.items():
        parts = [_slice(higher, pairs[k][1]) for k in places]
        columns = np.concatenate([np.arange(part.start, part.stop) for part in parts])
        column[columns] = np.arange(len(columns))
        rows_here = range(lower.first[number], lower.first[number + 1])
        table = np.zeros((len(rows_here), len(columns)))
        for i, row in enumerate(rows_here):
            hits, scores = postings.search(lower.demands[row])
            at = column[hits]
            table[i, at[at >= 0]] = scores[at >= 0]
        column[columns] = -1
        edge = 0
        for k, part in zip(places, parts, strict=True):
            tables[k] = table[:, edge : edge + part.stop - part.start]
            edge += part.stop - part.start
    return tables


def _above_usual(tables: list[Floats], rows: dict[int, list[int]], columns: dict[int, list[int]]) -> list[Floats]:
    """Cosines less the usual level of both sides (the mean of the nearest neighbours), doubled: some texts are close
    to everything."""
    out = [2 * table for table in tables]
    for places in rows.values():
        usual = _top_mean(np.concatenate([tables[k] for k in places], axis=1), axis=1)
        for k in places:
            out[k] -= usual[:, None]
    for places in columns.values():
        usual = _top_mean(np.concatenate([tables[k] for k in places], axis=0), axis=0)
        for k in places:
            out[k] -= usual[None, :]
    return out


def _top_mean(table: Floats, *, axis: int) -> Floats:
    size = table.shape[axis]
    keep = min(NEIGHBOURS, size)
    top = np.partition(table, size - keep, axis=axis)
    mean: Floats = np.take(top, np.arange(size - keep, size), axis=axis).mean(axis=axis)
    return mean


def _unrivalled(answers: list[Floats], places_of: dict[int, list[int]], *, axis: int) -> list[float]:
    """For each pair: the best of its demands' answers, less a share of the best answer that demand finds elsewhere."""
    out = [_NOTHING] * len(answers)
    for places in places_of.values():
        best = np.stack([answers[k].max(axis=axis) for k in places], axis=1)
        if best.shape[1] == 1:
            rival = np.zeros_like(best)
        else:
            order = np.sort(best, axis=1)
            rival = np.where(best >= order[:, -1:], order[:, -2:-1], order[:, -1:])
        margin = (best - RIVAL * rival).max(axis=0)
        for k, value in zip(places, margin, strict=True):
            out[k] = float(value)
    return out
