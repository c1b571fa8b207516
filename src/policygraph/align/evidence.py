"""Which pairs of passages are worth judging, and the evidence for each: by wording, by meaning, by place, by agency."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from policygraph.align.answers import harmonic, judged, mutual, rivalled
from policygraph.align.calibration import Calibration, load_judge
from policygraph.align.cover import (
    Read,
    Spelt,
    met_in_meaning,
    met_in_wording,
    read_both,
    spell_both,
    stretches_of,
    views,
    words_shared,
)
from policygraph.align.passages import Passage
from policygraph.align.terms import Bags, Cells, Floats, Ints, Weights, compare, special, terms_of, weight_of

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
#: The share of the best rival that is taken off an answer: a demand answered better elsewhere counts less.
RIVAL = 0.65
#: What counts as the likeness of agencies where one side names none: neither for nor against.
NOBODY = 0.5
#: Below every value that an answer can have.
_NOTHING = -1.0
#: What a likeness of agencies counts at least: where none is alike, each name has its share still.
_NEXT_TO_NOTHING = 1e-6
#: The share of a provision below which claims no longer differ: a word or two of a long paragraph.
_A_SLIVER = 0.02


@dataclass(frozen=True, slots=True)
class Side:
    """One document of a pair: its passages, their characters, what the encoder reads in them, and the vectors of all
    their demands end to end."""

    passages: Sequence[Passage]
    bodies: Bags
    names: Bags
    named: Ints
    demands: Bags
    first: Ints
    terms: Sequence[frozenset[str]]
    spelt: Spelt
    read: Read | None

    @classmethod
    def build(cls, passages: Sequence[Passage], *, weights: Weights, spelt: Spelt, read: Read | None) -> Side:
        return cls(
            passages=passages,
            bodies=weights.bags([passage.body for passage in passages]),
            names=weights.bags([name for passage in passages for name in passage.names]),
            named=np.repeat(np.arange(len(passages)), [len(passage.names) for passage in passages]),
            demands=weights.bags([demand.text for passage in passages for demand in passage.demands]),
            first=_edges(len(passage.demands) for passage in passages),
            terms=[terms_of(passage.body) for passage in passages],
            spelt=spelt,
            read=read,
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
    stretches = [[_stretches(passage) for passage in side] for side in (lower, higher)]
    spelt = spell_both(*stretches)
    read: tuple[Read | None, Read | None] = (None, None)
    if encoder is not None and lower and higher:
        read = read_both(*(encoder.encode_stretches(asked_of(side)) for side in (lower, higher)))
    sides = [
        Side.build(side, weights=weights, spelt=characters, read=tokens)
        for side, characters, tokens in zip((lower, higher), spelt, read, strict=True)
    ]
    return sides[0], sides[1]


def asked_of(passages: Sequence[Passage]) -> list[list[str]]:
    """What an encoder is asked to read of a document, whatever it is paired with: each passage under its names."""
    return [[_title(passage), *_stretches(passage)] for passage in passages]


def _stretches(passage: Passage) -> list[str]:
    return list(stretches_of(passage.body, [demand.text for demand in passage.demands]))


def _title(passage: Passage) -> str:
    """What a provision is read under."""
    return " ".join(passage.names) + "。"


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


@dataclass(slots=True)
class Evidence:
    """The evidence for one pair of passages (numbers in their documents).

    `answers` is the demands' table: lower demands down, higher demands across, how probably one carries out the other.
    `judging` holds what that was judged by.
    """

    lower: int
    higher: int
    answers: Floats
    wording: Floats
    features: dict[str, float]
    judging: dict[str, Floats]


#: What each feature says; the calibration has one weight for each. Those of `MEANT` speak where there is an encoder,
#: those of `WORDED` where there is none.
FEATURES = {
    "name": "cosine of leads and headings; what several higher provisions share speaks for those most alike in wording",
    "place": "minus the distance of their places, as shares of the documents: lower plans keep the order of higher ones",
    "terms": "the rarest terms of art that both name: rare in everyday language and in both documents",
    "agencies": "cosine of who answers for them, by function and role, rare bodies weighing more",
    "lower_answers": "the share of the lower provision's demands that carry out one of the higher provision",
    "higher_answered": "the share of the higher provision's demands that the lower one carries out",
    "spelt_special_up": "the lower provision's words that the higher one has, above the usual",
    "spelt_special_down": "the higher provision's words that the lower one has, above the usual",
    "spelt_said_up": "the share of the lower provision's words that the higher one has, less what each usually has",
    "spelt_said_down": "the share of the higher provision's words that the lower one has, less what each usually has",
    "spelt_claim_up": "the lower stretches that go here when every higher provision takes what it words best, as a logarithm",
    "spelt_claim_down": "the higher stretches that go here when every lower provision takes what it words best",
    "mutual": "how much surer the best answer is than any that one of its two demands finds elsewhere, in log odds",
    "demand": "the lower demand worded most like one here, less two thirds of what it finds elsewhere",
    "read_said_up": "how far the higher provision means what the lower one says, less what each usually has",
    "read_said_down": "how far the lower provision means what the higher one says, less what each usually has",
    "read_special_up": "the same, token by token above the usual",
    "read_special_down": "the same, token by token above the usual",
    "read_claim_up": "the lower stretches that go here when every higher provision takes what it means best",
    "read_claim_down": "the higher stretches that go here when every lower provision takes what it means best",
}
MEANT = tuple(name for name in FEATURES if name.startswith("read_"))
WORDED = ("spelt_said_up", "spelt_said_down", "demand", "higher_answered")


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
        if lower.read is not None and higher.read is not None:
            asking, asked = (higher.read, lower.read) if swap else (lower.read, higher.read)
            numbers, near = _nearest(_bodies(asking), _bodies(asked))
            rows.append(near if swap else numbers)
            columns.append(numbers if swap else near)
    groups = [np.array([passage.group == "goal" for passage in side.passages]) for side in (lower, higher)]
    keys = np.unique(np.concatenate(rows) * len(higher.passages) + np.concatenate(columns))
    found, places = np.divmod(keys, len(higher.passages))
    fitting = groups[0][found] == groups[1][places]
    return found[fitting], places[fitting]


def _bodies(read: Read) -> Matrix:
    """The mean vector of each passage, rare tokens weighing more."""
    starts = read.tokens.edges[read.tokens.stretches[:-1]]
    bodies: Matrix = np.add.reduceat(read.vectors * read.tokens.weights[:, None].astype(np.float32), starts, axis=0)
    bodies /= np.linalg.norm(bodies, axis=1, keepdims=True) + 1e-9
    return bodies


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


def weigh(
    lower: Side, higher: Side, pairs: tuple[Ints, Ints], *, bodies: Cells, demands: Cells, judge_by: Calibration | None = None
) -> list[Evidence]:
    """The evidence of every proposed pair. Rivals are the other proposed pairs of the same passage. `judge_by` judges
    pairs of demands, by default as fitted."""
    rows, columns = places_of(pairs[0]), places_of(pairs[1])
    both = list(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True))
    if not both:
        return []
    features: dict[str, Sequence[float] | Floats] = {
        "name": _names(lower, higher, pairs, bodies=bodies),
        "terms": _terms(lower, higher, both),
        "agencies": _agencies(lower, higher, both),
    }
    places = [(numbers + 0.5) / len(side.passages) for numbers, side in zip(pairs, (lower, higher), strict=True)]
    features["place"] = -np.abs(places[0] - places[1])

    group = partial(views, pairs=both, rows=rows, columns=columns)
    met = met_in_wording(lower.spelt, higher.spelt, both)
    seen = group(lower.spelt.tokens, higher.spelt.tokens, met, source="wording")
    features |= _named("spelt", seen, rows, columns)
    features["spelt_claim_up"] = np.log(np.asarray(features["spelt_claim_up"]) + _A_SLIVER)
    wording = _demand_wording(lower, higher, both, rows=rows, demands=demands)
    features["demand"] = _unrivalled(wording, rows, axis=1)
    judging = {"wording": wording, **rivalled(wording, rows=rows, columns=columns, name="wording")}
    words = words_shared(lower.spelt, higher.spelt, both)
    judging |= dict(zip(("lower_worded", "higher_worded", "rare_words"), words, strict=True))
    source = "spelt"
    if lower.read is not None and higher.read is not None:
        source = "read"
        met, said, taken = met_in_meaning(lower.read, higher.read, both)
        seen = group(lower.read.tokens, higher.read.tokens, met, source="meaning")
        features |= _named("read", seen, rows, columns)
        meant = [harmonic(a, b) for a, b in zip(said, taken, strict=True)]
        judging |= rivalled(meant, rows=rows, columns=columns, name="meant")
        judging["meant_inner_claim"] = [table - table.max(axis=0, keepdims=True) for table in meant]
        judging |= {"meant": meant, "lower_said": said, "higher_said": taken, "meant_above": _above_usual(meant, rows, columns)}
    likeness = np.asarray(features[f"{source}_said_up"]) + np.asarray(features[f"{source}_said_down"])
    for name, values in (("name", features["name"]), ("said", likeness)):
        judging[name] = [np.full(table.shape, value) for table, value in zip(wording, values, strict=True)]

    answers = judged(judging, judge_by or load_judge(encoder=source == "read"))
    features |= answered(answers, lower, higher, both)
    features["mutual"] = mutual(answers, rows=rows, columns=columns)
    return [
        Evidence(
            i, j, answers[k], wording[k],
            {name: float(values[k]) for name, values in features.items()},
            {name: tables[k] for name, tables in judging.items()},
        )
        for k, (i, j) in enumerate(both)
    ]  # fmt: skip


def answered(
    answers: Sequence[Floats], lower: Side, higher: Side, pairs: Sequence[tuple[int, int]]
) -> dict[str, Sequence[float]]:
    """The share of each provision's demands, by length, that answer one of the other."""
    lengths = [[np.array([len(d.text) for d in p.demands], np.float64) for p in side.passages] for side in (lower, higher)]
    up, down = [], []
    for (i, j), table in zip(pairs, answers, strict=True):
        up.append(float(table.max(axis=1) @ lengths[0][i] / lengths[0][i].sum()))
        down.append(float(table.max(axis=0) @ lengths[1][j] / lengths[1][j].sum()))
    return {"lower_answers": up, "higher_answered": down}


def _named(source: str, seen: Mapping[str, Floats], rows: Sequence[Ints], columns: Sequence[Ints]) -> dict[str, Floats]:
    """Views under the names of their features; what is said counts above the usual of both documents."""
    found = {f"{source}_{name}": values for name, values in seen.items()}
    for name in (f"{source}_said_up", f"{source}_said_down"):
        tables = [np.array([[value]]) for value in found[name]]
        found[name] = np.array([table[0, 0] for table in _above_usual(tables, rows, columns)])
    return found


def places_of(numbers: Ints) -> list[Ints]:
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


def _above_usual(close: Sequence[Floats], rows: Sequence[Ints], columns: Sequence[Ints]) -> list[Floats]:
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
