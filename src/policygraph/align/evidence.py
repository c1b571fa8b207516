"""Which pairs of passages are worth judging, and the evidence for each: by wording, by meaning, by place, by agency."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from policygraph.align.passages import Passage
from policygraph.align.terms import Bags, Cells, Floats, Ints, Weights, compare, special, terms_of, weight_of
from policygraph.encode.text import sentences

if TYPE_CHECKING:
    from policygraph.encode.encoder import Encoder

Matrix = NDArray[np.float32]

#: Higher passages proposed for a lower one (and the other way round) by each retriever, and by each demand.
PROPOSALS = 12
PROPOSALS_OF_A_DEMAND = 2
#: Neighbours that say how close a text usually is to the other document: meaning counts above that level only.
NEIGHBOURS = 10
#: Passages up to which every one is compared for its meaning; of more, faiss looks near the asking one only.
EXACT = 1000
#: How much one unit of meaning weighs beside one of wording when two demands are compared. Cosines of the encoder
#: above the usual level span about a fifteenth of the range of lexical ones.
MEANING = 15.0
#: The share of the best rival that is taken off an answer: a demand answered better elsewhere counts less.
RIVAL = 0.65
#: What counts as the likeness of agencies where one side names none: neither for nor against.
NOBODY = 0.5
#: Below every value that an answer can have.
_NOTHING = -1.0
#: What a likeness of agencies counts at least: where none is alike, each name has its share still.
_NEXT_TO_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Meaning:
    """The encoder's vectors of one document: of its sentences (those of passage `i` from `first[i]` to
    `first[i + 1]`), of its passages, which are the means of theirs, and of its demands."""

    first: Ints
    sentences: Matrix
    bodies: Matrix
    demands: Matrix


@dataclass(frozen=True, slots=True)
class Side:
    """One document of a pair: its passages, their vectors, and the vectors of all their demands end to end."""

    passages: Sequence[Passage]
    bodies: Bags
    names: Bags
    named: Ints
    demands: Bags
    first: Ints
    terms: Sequence[frozenset[str]]
    meaning: Meaning | None

    @classmethod
    def build(cls, passages: Sequence[Passage], weights: Weights, encoder: Encoder | None) -> Side:
        texts = [demand.text for passage in passages for demand in passage.demands]
        return cls(
            passages=passages,
            bodies=weights.bags([passage.body for passage in passages]),
            names=weights.bags([name for passage in passages for name in passage.names]),
            named=np.repeat(np.arange(len(passages)), [len(passage.names) for passage in passages]),
            demands=weights.bags(texts),
            first=_edges(len(passage.demands) for passage in passages),
            terms=[terms_of(passage.body) for passage in passages],
            meaning=_meaning(passages, texts, encoder) if encoder is not None and texts else None,
        )

    @property
    def owner(self) -> Ints:
        """The passage of each demand."""
        return np.repeat(np.arange(len(self.passages)), np.diff(self.first))


def sides_of(lower: Sequence[Passage], higher: Sequence[Passage], *, encoder: Encoder | None) -> tuple[Side, Side]:
    """Both documents under the weights of their pair."""
    both = [*lower, *higher]
    names = [name for passage in both for name in passage.names]
    weights = Weights.count([passage.body for passage in both], also=names)
    return Side.build(lower, weights, encoder), Side.build(higher, weights, encoder)


def evidence_of(lower: Sequence[Passage], higher: Sequence[Passage], *, encoder: Encoder | None) -> list[Evidence]:
    """The evidence of every pair of passages that is worth judging."""
    return judge(*sides_of(lower, higher, encoder=encoder))


def judge(lower: Side, higher: Side) -> list[Evidence]:
    """The same, of documents that are prepared already."""
    bodies, demands = compare(lower.bodies, higher.bodies), compare(lower.demands, higher.demands)
    pairs = propose(lower, higher, bodies=bodies, demands=demands)
    return weigh(lower, higher, pairs, bodies=bodies, demands=demands)


def _edges(counts: Iterable[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(list(counts))]).astype(np.int64)


def _meaning(passages: Sequence[Passage], demands: list[str], encoder: Encoder) -> Meaning:
    parts = [[passage.body[a:b] for a, b in sentences(passage.body)] or [passage.body] for passage in passages]
    texts = list(chain.from_iterable(parts))
    vectors = encoder.encode_passages([*texts, *demands])
    first = _edges(len(part) for part in parts)
    lengths = np.array([len(text) for text in texts], np.float32)[:, None]
    bodies = np.add.reduceat(vectors[: len(texts)] * lengths, first[:-1], axis=0)
    bodies /= np.linalg.norm(bodies, axis=1, keepdims=True)
    return Meaning(first, vectors[: len(texts)], bodies, vectors[len(texts) :])


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


#: What each feature says; the calibration has one weight for each. Those of `MEANT` speak where there is an encoder,
#: those of `WORDED` where there is none.
FEATURES = {
    "meaning": "the encoder's cosine of the two provisions above what each usually has with the other document",
    "likeness": "the cosine of their wording above what each usually has with the other document",
    "demand": "the lower demand answered best here, less two thirds of what it finds elsewhere",
    "sentence": "the higher sentence that comes nearest here in meaning, less two thirds of what it finds elsewhere",
    "name": "cosine of leads and headings; what several higher provisions share speaks for those most alike in wording",
    "place": "minus the distance of their places, as shares of the documents: lower plans keep the order of higher ones",
    "terms": "the rarest terms of art that both name: rare in everyday language and in both documents",
    "agencies": "cosine of who answers for them, by function and role, rare bodies weighing more",
}
MEANT = ("meaning", "sentence")
WORDED = ("likeness",)


def propose(lower: Side, higher: Side, *, bodies: Cells, demands: Cells) -> tuple[Ints, Ints]:
    """The pairs of passages worth judging (lower numbers, higher numbers), from three retrievers in both directions,
    goals apart from provisions."""
    rows, columns = [], []
    below, above = lower.owner, higher.owner
    for swap in (False, True):
        a, b = bodies.best(PROPOSALS, of_columns=swap)
        c, d = demands.best(PROPOSALS_OF_A_DEMAND, of_columns=swap)
        rows += [a, below[c]]
        columns += [b, above[d]]
        if lower.meaning is not None and higher.meaning is not None:
            asking, asked = (higher.meaning, lower.meaning) if swap else (lower.meaning, higher.meaning)
            numbers, near = _nearest(asking.bodies, asked.bodies)
            rows.append(near if swap else numbers)
            columns.append(numbers if swap else near)
    groups = [np.array([passage.group == "goal" for passage in side.passages]) for side in (lower, higher)]
    keys = np.unique(np.concatenate(rows) * len(higher.passages) + np.concatenate(columns))
    found, places = np.divmod(keys, len(higher.passages))
    fitting = groups[0][found] == groups[1][places]
    return found[fitting], places[fitting]


def _nearest(asking: Matrix, asked: Matrix) -> tuple[Ints, Ints]:
    """The nearest passages of the other document: all are compared while they are few."""
    number = min(PROPOSALS, len(asked))
    if len(asked) <= EXACT:
        found = np.argsort(-(asking @ asked.T), axis=1, kind="stable")[:, :number].ravel()
    else:
        import faiss

        index = faiss.IndexHNSWFlat(asked.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
        index.add(np.ascontiguousarray(asked))
        found = index.search(np.ascontiguousarray(asking), number)[1].ravel()
    rows = np.repeat(np.arange(len(asking)), number)
    return rows[found >= 0], found[found >= 0].astype(np.int64)


def weigh(lower: Side, higher: Side, pairs: tuple[Ints, Ints], *, bodies: Cells, demands: Cells) -> list[Evidence]:
    """The evidence of every proposed pair. Rivals are the other proposed pairs of the same passage."""
    rows, columns = _places(pairs[0]), _places(pairs[1])
    both = list(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True))
    wording = _demand_wording(lower, higher, both, rows=rows, demands=demands)
    answers = wording
    features: dict[str, Sequence[float] | Floats] = {}
    if lower.meaning is not None and higher.meaning is not None:
        a, b = lower.meaning, higher.meaning
        close = [a.demands[_part(lower.first, i)] @ b.demands[_part(higher.first, j)].T for i, j in both]
        answers = [w + MEANING * z for w, z in zip(wording, _above_usual(close, rows, columns), strict=True)]
        close = [a.bodies[i : i + 1] @ b.bodies[j : j + 1].T for i, j in both]
        features["meaning"] = [float(table[0, 0]) for table in _above_usual(close, rows, columns)]
        close = [a.sentences[_part(a.first, i)] @ b.sentences[_part(b.first, j)].T for i, j in both]
        nearest = _above_usual(close, rows, columns)
        features["sentence"] = _unrivalled(nearest, columns, axis=0)
    else:
        close = [np.array([[cosine]]) for cosine in bodies.at(*pairs)]
        features["likeness"] = [float(table[0, 0]) for table in _above_usual(close, rows, columns)]
    features["demand"] = _unrivalled(answers, rows, axis=1)
    features["name"] = _names(lower, higher, pairs, bodies=bodies)
    places = [(numbers + 0.5) / len(side.passages) for numbers, side in zip(pairs, (lower, higher), strict=True)]
    features["place"] = -np.abs(places[0] - places[1])
    features["terms"] = _terms(lower, higher, both)
    features["agencies"] = _agencies(lower, higher, both)
    return [
        Evidence(i, j, answers[k], wording[k], {name: float(values[k]) for name, values in features.items()})
        for k, (i, j) in enumerate(both)
    ]


def _places(numbers: Ints) -> list[Ints]:
    """Where each number stands."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1) if len(order) else []


def _part(first: Ints, number: int) -> slice:
    return slice(int(first[number]), int(first[number + 1]))


def _names(lower: Side, higher: Side, pairs: tuple[Ints, Ints], *, bodies: Cells) -> Floats:
    """The best cosine of two names, in parts for all the higher passages that have such a name: the heading of an item
    speaks for that of its paragraphs that the lower one is like, and where it is like none for each alike."""
    cells = compare(lower.names, higher.names)
    width = len(higher.passages)
    keys = lower.named[cells.rows] * width + higher.named[cells.columns]
    known, place = np.unique(keys, return_inverse=True)
    best = np.zeros(len(known))
    np.maximum.at(best, place, cells.cosines)
    rows, columns = np.divmod(known, width)
    parts = best * (bodies.at(rows, columns) + _NEXT_TO_NOTHING)
    total = np.bincount(rows, parts, minlength=len(lower.passages))[rows]
    shares = np.divide(best * parts, total, out=np.zeros_like(best), where=total > 0)
    return Cells(rows, columns, shares, width).at(*pairs)


def _terms(lower: Side, higher: Side, pairs: Sequence[tuple[int, int]]) -> list[float]:
    below, above = _rarities(lower.terms), _rarities(higher.terms)
    return [
        weight_of((term, below[term] * above[term] * special(term)) for term in lower.terms[i] & higher.terms[j])
        for i, j in pairs
    ]


def _rarities(sets: Sequence[Iterable[str]]) -> dict[str, float]:
    frequency = Counter(chain.from_iterable(sets))
    return {term: math.log((1 + len(sets)) / count) for term, count in frequency.items()}


def _agencies(lower: Side, higher: Side, pairs: Sequence[tuple[int, int]]) -> list[float]:
    below, above = _held(lower), _held(higher)
    found = []
    for i, j in pairs:
        a, b = below[i], above[j]
        found.append(sum(weight * b[name] for name, weight in a.items() if name in b) if a and b else NOBODY)
    return found


def _held(side: Side) -> list[Mapping[str, float]]:
    """Who answers for each passage, as a unit vector."""
    rare = _rarities([passage.agencies for passage in side.passages])
    found: list[Mapping[str, float]] = []
    for passage in side.passages:
        weights = {name: weight * rare[name] for name, weight in passage.agencies.items()}
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        found.append({name: weight / norm for name, weight in weights.items()} if norm else {})
    return found


def _demand_wording(
    lower: Side, higher: Side, pairs: Sequence[tuple[int, int]], *, rows: Sequence[Ints], demands: Cells
) -> list[Floats]:
    """For each pair the cosines of its demands, lower ones down and higher ones across."""
    tables: list[Floats] = [np.empty((0, 0))] * len(pairs)
    column = np.full(len(higher.demands), -1, dtype=np.int64)
    for places in rows:
        number = pairs[places[0]][0]
        parts = [_part(higher.first, pairs[k][1]) for k in places]
        columns = np.concatenate([np.arange(part.start, part.stop) for part in parts])
        column[columns] = np.arange(len(columns))
        here = slice(*np.searchsorted(demands.rows, lower.first[number : number + 2]))
        at = column[demands.columns[here]]
        table = np.zeros((int(lower.first[number + 1] - lower.first[number]), len(columns)))
        table[demands.rows[here][at >= 0] - lower.first[number], at[at >= 0]] = demands.cosines[here][at >= 0]
        column[columns] = -1
        edge = 0
        for k, part in zip(places, parts, strict=True):
            tables[k] = table[:, edge : edge + part.stop - part.start]
            edge += part.stop - part.start
    return tables


def _above_usual(close: Sequence[Matrix], rows: Sequence[Ints], columns: Sequence[Ints]) -> list[Floats]:
    """Cosines less the usual level of both sides (the mean of the nearest neighbours), doubled: some texts are close
    to everything."""
    tables = [table.astype(np.float64) for table in close]
    out = [2 * table for table in tables]
    for places in rows:
        usual = _top_mean(np.concatenate([tables[k] for k in places], axis=1), axis=1)
        for k in places:
            out[k] -= usual[:, None]
    for places in columns:
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


def _unrivalled(answers: Sequence[Floats], places_of: Sequence[Ints], *, axis: int) -> list[float]:
    """For each pair: the best of its demands' answers, less a share of the best answer that demand finds elsewhere."""
    out = [_NOTHING] * len(answers)
    for places in places_of:
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
