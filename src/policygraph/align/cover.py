"""How much of one provision the other says, token by token: the nearest counterpart of each token, by meaning or by
wording, and what a provision claims when its counterparts in all rival provisions are weighed.

Every view is taken in both directions. `down` looks from the higher provision: how well each of its tokens is met in the
lower one; `up` from the lower one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policygraph.align.terms import Floats, Ints, grams_at
from policygraph.encode.encoder import TokenVectors

Matrix = NDArray[np.float32]

#: Neighbours that say how well a token, or a text, is usually met: only what is above that level counts.
NEIGHBOURS = 10
#: What the neighbours of two tokens on either side add to their likeness: phrases count, not scattered words.
NEIGHBOUR = 0.5
#: How sharply a stretch goes to the provision that says it best. Cosines of tokens differ by hundredths, shares of common
#: n-grams by tenths.
SHARPNESS = {"meaning": 0.06, "wording": 0.1}
#: What nobody says better than this goes to nobody: without it each stretch of a short document would be claimed.
NOBODY = {"meaning": 0.35, "wording": 0.3}
#: What a character is worth that both have inside a common run of 2, 3, 4 characters.
RUNS: Mapping[int, float] = {2: 0.3, 3: 0.7, 4: 1.0}
_LEAST = 1e-6
#: What a stretch that says nothing counts as saying, so that nothing is divided by nothing.
_A_LITTLE = 0.1


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a document's passages end to end. Passage `i` has the stretches from `stretches[i]` to
    `stretches[i + 1]`, stretch `k` the tokens from `edges[k]` to `edges[k + 1]`; what many passages say weighs little."""

    edges: Ints
    stretches: Ints
    weights: Floats

    def of(self, passage: int) -> slice:
        a, b = self.stretches[passage], self.stretches[passage + 1]
        return slice(int(self.edges[a]), int(self.edges[b]))

    def inner(self, passage: int) -> Ints:
        """Where the stretches of a passage begin, counted from its first token."""
        part = self.edges[self.stretches[passage] : self.stretches[passage + 1]]
        inner: Ints = part - part[0]
        return inner


@dataclass(frozen=True, slots=True)
class Met:
    """How well the tokens of both passages of each pair are met in the other one."""

    up: list[Floats]
    down: list[Floats]


def weights_of(sides: Sequence[tuple[Ints, Ints]]) -> list[Floats]:
    """Inverse document frequencies of tokens, over the passages of both documents: for each side the token numbers and
    the passage of each."""
    frequency: Counter[int] = Counter()
    texts = 0
    for tokens, owners in sides:
        frequency.update(token for token, _ in set(zip(tokens.tolist(), owners.tolist(), strict=True)))
        texts += int(owners.max(initial=-1)) + 1
    return [np.array([np.log((1 + texts) / frequency[token]) for token in tokens.tolist()]) + _LEAST for tokens, _ in sides]


# -- by meaning ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Read:
    """A document's passages as the encoder reads them, each with the names above it."""

    tokens: Tokens
    vectors: Matrix


def read_both(
    below: Sequence[TokenVectors], above: Sequence[TokenVectors]
) -> tuple[Read, Read]:
    """Both documents of a pair, about the centre of all their tokens. The first stretch of each text, the names, is
    read with the others and not compared."""
    sides = [_joined(texts) for texts in (below, above)]
    centre = np.concatenate([vectors for _, _, _, vectors in sides]).mean(axis=0)
    owners = [np.repeat(np.arange(len(stretches) - 1), np.diff(edges[stretches])) for _, edges, stretches, _ in sides]
    weights = weights_of([(pieces, owner) for (pieces, *_), owner in zip(sides, owners, strict=True)])
    found = []
    for (_, edges, stretches, vectors), weight in zip(sides, weights, strict=True):
        centred = (vectors - centre).astype(np.float32)
        centred /= np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9
        found.append(Read(Tokens(edges, stretches, weight), centred))
    return found[0], found[1]


def _joined(texts: Sequence[TokenVectors]) -> tuple[Ints, Ints, Ints, Matrix]:
    pieces, sizes, stretches, vectors = [], [], [0], []
    for text in texts:
        start = int(text.edges[1])
        pieces.append(text.pieces[start:])
        vectors.append(text.vectors()[start:])
        sizes += np.diff(text.edges[1:]).tolist()
        stretches.append(len(sizes))
    edges = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return np.concatenate(pieces), edges, np.array(stretches, np.int64), np.concatenate(vectors)


def met_in_meaning(lower: Read, higher: Read, pairs: Sequence[tuple[int, int]]) -> tuple[Met, list[Floats], list[Floats]]:
    """How the tokens of each pair are met, and for each pair two tables (lower stretches down, higher ones across): the
    share of the lower stretch, by weight, that the higher one says, and the other way round."""
    met = Met([], [])
    said, taken = [], []
    for i, j in pairs:
        ours, theirs = lower.tokens.of(i), higher.tokens.of(j)
        likeness = _smooth(lower.vectors[ours] @ higher.vectors[theirs].T)
        a, b = lower.tokens.inner(i), higher.tokens.inner(j)
        across = np.maximum.reduceat(likeness, b, axis=1)
        along = np.maximum.reduceat(likeness, a, axis=0)
        met.up.append(across.max(axis=1))
        met.down.append(along.max(axis=0))
        said.append(_means(across, lower.tokens.weights[ours], a))
        taken.append(_means(along.T, higher.tokens.weights[theirs], b).T)
    return met, said, taken


def _smooth(table: Matrix) -> Matrix:
    """Each cell with its neighbours along the diagonal; at the edges a cell is its own neighbour."""
    before, after = table.copy(), table.copy()
    before[1:, 1:] = table[:-1, :-1]
    after[:-1, :-1] = table[1:, 1:]
    smooth = (table + NEIGHBOUR * (before + after)) / (1 + 2 * NEIGHBOUR)
    return smooth.astype(np.float32)


def _means(values: NDArray[np.floating], weights: Floats, starts: Ints) -> Floats:
    """Weighted means of rows, from each start to the next."""
    total = np.add.reduceat(weights, starts)
    means: Floats = np.add.reduceat(values * weights[:, None], starts, axis=0) / total[:, None]
    return means


# -- by wording ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spelt:
    """A document's passages as characters, with the number of the 2-, 3- and 4-gram that begins at each (-1 for none) and
    the rarity of the pair of characters."""

    tokens: Tokens
    grams: Mapping[int, Ints]
    rarity: Floats


def spell_both(below: Sequence[Sequence[str]], above: Sequence[Sequence[str]]) -> tuple[Spelt, Spelt]:
    """Both documents of a pair, each passage given in stretches."""
    texts = [[stretch + "\0" for passage in side for stretch in passage] for side in (below, above)]
    grams = grams_at(texts[0] + texts[1])
    border = sum(len(text) for text in texts[0])
    found, known = [], []
    for side, stretches, part in zip((below, above), texts, (slice(0, border), slice(border, None)), strict=True):
        edges = np.concatenate([[0], np.cumsum([len(text) for text in stretches])]).astype(np.int64)
        counts = np.concatenate([[0], np.cumsum([len(passage) for passage in side])]).astype(np.int64)
        ours = {size: numbers[part] for size, numbers in grams.items()}
        owner = np.repeat(np.arange(len(side)), np.diff(edges[counts]))
        found.append((edges, counts, ours))
        known.append((ours[2], owner))
    sides = []
    for (edges, counts, ours), rarity in zip(found, weights_of(known), strict=True):
        beginning = np.where(ours[2] >= 0, rarity, 0.0)
        both = np.maximum(beginning, np.concatenate([[0.0], beginning[:-1]])) + _LEAST  # a character is as rare as its rarest pair
        sides.append(Spelt(Tokens(edges, counts, both), ours, beginning))
    return sides[0], sides[1]


def met_in_wording(lower: Spelt, higher: Spelt, pairs: Sequence[tuple[int, int]]) -> Met:
    """How the characters of each pair are met in runs that the other one has too."""
    rows, columns = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    return Met(_held(lower, higher, rows, columns), _held(higher, lower, columns, rows))


def _held(asking: Spelt, asked: Spelt, rows: Ints, columns: Ints) -> list[Floats]:
    starts, ends = _bounds(asking)
    sizes = ends[rows] - starts[rows]
    first = np.cumsum(sizes) - sizes
    places = np.arange(int(sizes.sum())) - np.repeat(first, sizes) + np.repeat(starts[rows], sizes)
    other = np.repeat(columns, sizes)
    met = np.zeros(len(places))
    asked_starts, asked_ends = _bounds(asked)
    owner = np.repeat(np.arange(len(asked_starts)), asked_ends - asked_starts)
    for size, worth in RUNS.items():
        width = int(max(asking.grams[size].max(initial=0), asked.grams[size].max(initial=0))) + 2
        keys = np.unique((owner * width + asked.grams[size])[asked.grams[size] >= 0])
        grams = asking.grams[size][places]
        wanted = other * width + grams
        place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        hit = (grams >= 0) & (keys[place] == wanted) if len(keys) else np.zeros(len(grams), bool)
        for shift in range(size):  # a run never leaves its stretch, for a mark ends each
            met[shift:] = np.maximum(met[shift:], np.where(hit[: len(hit) - shift], worth, 0.0))
    return np.split(met, first[1:])


def _bounds(side: Spelt) -> tuple[Ints, Ints]:
    edges = side.tokens.edges[side.tokens.stretches]
    return edges[:-1], edges[1:]


@dataclass(frozen=True, slots=True)
class _Words:
    """The pairs of characters of one passage, in order of their numbers, and their rarity in each of its stretches that
    has them."""

    numbers: Ints
    rarity: Floats

    @classmethod
    def of(cls, side: Spelt, passage: int) -> _Words:
        part = side.tokens.of(passage)
        grams = side.grams[2][part]
        said = grams >= 0
        stretch = np.searchsorted(side.tokens.inner(passage), np.arange(len(grams)), side="right") - 1
        numbers, place = np.unique(grams[said], return_inverse=True)
        rarity = np.zeros((len(side.tokens.inner(passage)), len(numbers)))
        rarity[stretch[said], place] = side.rarity[part][said]
        return cls(numbers, rarity)


def words_shared(
    lower: Spelt, higher: Spelt, pairs: Sequence[tuple[int, int]]
) -> tuple[list[Floats], list[Floats], list[Floats]]:
    """For each pair three tables (lower stretches down, higher ones across): the share of the lower stretch's pairs of
    characters, by rarity, that the higher stretch has, the other way round, and how much rarity they share, as a logarithm."""
    ours = {i: _Words.of(lower, i) for i in {i for i, _ in pairs}}
    theirs = {j: _Words.of(higher, j) for j in {j for _, j in pairs}}
    of_lower, of_higher, rare = [], [], []
    for i, j in pairs:
        a, b = ours[i], theirs[j]
        _, left, right = np.intersect1d(a.numbers, b.numbers, assume_unique=True, return_indices=True)
        shared = a.rarity[:, left] @ (b.rarity[:, right] > 0).T.astype(np.float64)
        of_lower.append(shared / (a.rarity.sum(axis=1) + _A_LITTLE)[:, None])
        of_higher.append(shared / (b.rarity.sum(axis=1) + _A_LITTLE)[None, :])
        rare.append(np.log1p(shared))
    return of_lower, of_higher, rare


# -- what both say of pairs ------------------------------------------------------------------------------------------


def views(
    lower: Tokens,
    higher: Tokens,
    met: Met,
    *,
    pairs: Sequence[tuple[int, int]],
    rows: Sequence[Ints],
    columns: Sequence[Ints],
    source: str,
) -> dict[str, Floats]:
    """For each pair, from either side: `said`, the share that is met; `special`, how much better than usual it is met;
    `claim`, the share of its stretches that go here when every rival takes what it says best."""
    up = [lower.of(i) for i, _ in pairs]
    down = [higher.of(j) for _, j in pairs]
    found: dict[str, Floats] = {}
    for name, side, parts, values, groups, passages in (
        ("up", lower, up, met.up, rows, [i for i, _ in pairs]),
        ("down", higher, down, met.down, columns, [j for _, j in pairs]),
    ):
        said, special, claim = (np.zeros(len(pairs)) for _ in range(3))
        for places in groups:
            k = places[0]
            weights = side.weights[parts[k]]
            table = np.stack([values[place] for place in places])
            total = weights.sum()
            said[places] = table @ weights / total
            special[places] = np.maximum(table - _top_mean(table), 0) @ weights / total
            starts = side.inner(passages[k])
            shares = _means(table.T, weights, starts)
            shares = np.exp((shares - NOBODY[source]) / SHARPNESS[source])
            shares /= 1 + shares.sum(axis=1, keepdims=True)
            sizes = np.add.reduceat(weights, starts)
            claim[places] = sizes @ shares / sizes.sum()
        found |= {f"said_{name}": said, f"special_{name}": special, f"claim_{name}": claim}
    return found


def _top_mean(table: NDArray[np.floating]) -> NDArray[np.floating]:
    keep = min(NEIGHBOURS, len(table))
    mean: NDArray[np.floating] = np.partition(table, len(table) - keep, axis=0)[len(table) - keep :].mean(axis=0)
    return mean


def stretches_of(body: str, demands: Sequence[str]) -> Iterator[str]:
    """A provision's text in stretches that each end with a demand; together they are the text.

    >>> list(stretches_of("到2025年，健全台账，推动就业。", ["健全台账", "推动就业"]))
    ['到2025年，健全台账', '，推动就业。']
    """
    start, at = 0, 0
    for number, demand in enumerate(demands, start=1):
        place = body.find(demand, at)
        at = place + len(demand) if place >= 0 else at
        end = len(body) if number == len(demands) else at
        yield body[start:end]
        start = end
