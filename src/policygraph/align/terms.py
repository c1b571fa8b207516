"""What two texts share, weighed by how rare it is: character n-grams under the document frequencies of one pair, and
the terms of art that both name."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_OUTSIDE = re.compile(r"[^㐀-鿿A-Za-z0-9.%]")
_DATE = re.compile(r"(?:20\d\d|[“”十一二三四五]{3,5})年?(?:年?底)?")
#: Sizes of n-grams. Four characters of sixteen bits are what one machine word holds.
SIZES = (2, 3, 4)
#: An n-gram that more texts hold than this proposes nothing: it keeps the work in proportion to what is proposed.
POSTINGS = 200
#: Products added up at a time, a bound of memory.
_AT_ONCE = 1 << 21


def _occurrences(texts: Sequence[str]) -> tuple[Ints, NDArray[np.uint64]]:
    """Every 2- to 4-gram inside runs of words, with the number of its text; dates and punctuation belong to none."""
    plain = [_OUTSIDE.sub("\0", _DATE.sub("，", text)) for text in texts]
    joined = "\0".join(plain) + "\0\0\0\0"
    characters = np.frombuffer(joined.encode("utf-16-le"), dtype="<u2").astype(np.uint64)
    owner = np.repeat(np.arange(len(plain)), [len(text) + 1 for text in plain])
    size = len(owner)
    owners, found = [], []
    gram, whole = characters, characters != 0
    for width in range(2, max(SIZES) + 1):
        gram = (gram[:size] << np.uint64(16)) | characters[width - 1 : width - 1 + size]
        whole = whole[:size] & (characters[width - 1 : width - 1 + size] != 0)
        if width in SIZES:
            owners.append(owner[whole])
            found.append(gram[whole])
        gram = np.concatenate([gram, np.zeros(4, np.uint64)])
        whole = np.concatenate([whole, np.zeros(4, bool)])
    return np.concatenate(owners), np.concatenate(found)


def grams_at(texts: Sequence[str]) -> dict[int, Ints]:
    """For every character of the texts end to end the number of the gram of each size that begins there, -1 where it
    would hold a date, a mark, or the end of the text."""
    plain = "".join(_OUTSIDE.sub("\0", _DATE.sub(lambda date: "\0" * len(date.group()), text)) for text in texts)
    characters = np.frombuffer((plain + "\0" * max(SIZES)).encode("utf-16-le"), dtype="<u2").astype(np.uint64)
    size = len(plain)
    gram, whole = characters[:size], characters[:size] != 0
    found: dict[int, Ints] = {}
    for width in range(2, max(SIZES) + 1):
        following = characters[width - 1 : width - 1 + size]
        gram, whole = (gram << np.uint64(16)) | following, whole & (following != 0)
        numbers = np.full(size, -1, np.int64)
        numbers[whole] = np.unique(gram[whole], return_inverse=True)[1]
        found[width] = numbers
    return found


@dataclass(frozen=True, slots=True)
class Bags:
    """Texts as sparse unit vectors: the entries of text `i` are those from `first[i]` to `first[i + 1]`."""

    first: Ints
    terms: Ints
    weights: Floats

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def rows(self) -> Ints:
        return np.repeat(np.arange(len(self)), np.diff(self.first))


@dataclass(frozen=True, slots=True)
class Weights:
    """Inverse document frequencies over the passages of both documents of a pair: what many passages say, the common
    phrases of the genre and of the topic, weighs next to nothing."""

    grams: NDArray[np.uint64]
    rarity: Floats

    @classmethod
    def count(cls, texts: Sequence[str], *, also: Sequence[str] = ()) -> Weights:
        """Frequencies over `texts`; what only `also` says is known too, as said by none of them."""
        owners, found = _occurrences([*texts, *also])
        grams, terms = np.unique(found, return_inverse=True)
        counted = owners < len(texts)
        once = np.unique(terms[counted] * len(texts) + owners[counted]) // max(len(texts), 1)
        frequency = np.bincount(once, minlength=len(grams))
        return cls(grams, np.log((1 + len(texts)) / (1 + frequency)))

    def bags(self, texts: Sequence[str]) -> Bags:
        """The texts as unit vectors over their n-grams (empty for one that has none)."""
        owners, found = _occurrences(texts)
        terms = np.searchsorted(self.grams, found)
        known = terms < len(self.grams)
        known[known] = self.grams[terms[known]] == found[known]
        keys, counts = np.unique(owners[known] * len(self.grams) + terms[known], return_counts=True)
        rows, terms = np.divmod(keys, max(len(self.grams), 1))
        weights = (1 + np.log(counts)) * self.rarity[terms]
        norms = np.sqrt(np.bincount(rows, weights**2, minlength=len(texts)))
        weights = weights / np.where(norms > 0, norms, 1.0)[rows]
        first = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(texts)))])
        return Bags(first.astype(np.int64), terms.astype(np.int64), weights)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a table of cosines that are not zero, by row and then by column."""

    rows: Ints
    columns: Ints
    cosines: Floats
    width: int

    def at(self, rows: Ints, columns: Ints) -> Floats:
        """The cosines of some cells."""
        keys, wanted = self.rows * self.width + self.columns, rows * self.width + columns
        place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        if not len(keys):
            return np.zeros(len(wanted))
        return np.where(keys[place] == wanted, self.cosines[place], 0.0)

    def best(self, number: int, *, of_columns: bool = False) -> tuple[Ints, Ints]:
        """Rows and columns of the best cells of each row (of each column), at most `number` of them."""
        asking = self.columns if of_columns else self.rows
        near = np.flatnonzero(self.cosines >= _limits(asking, self.cosines, number)[asking]) if len(asking) else asking
        order = near[np.lexsort((-self.cosines[near], asking[near]))]  # stable: of two alike the first one
        asked = asking[order]
        starts = np.flatnonzero(np.concatenate([[True], asked[1:] != asked[:-1]])) if len(asked) else asked
        rank = np.arange(len(asked)) - np.repeat(starts, np.diff(np.append(starts, len(asked))))
        kept = order[rank < number]
        return self.rows[kept], self.columns[kept]


def _limits(groups: Ints, values: Floats, number: int) -> Floats:
    """For each group the value that `number` of its values reach, the least of them where it has no more."""
    order = np.argsort(groups, kind="stable")
    limits = np.zeros(int(groups.max()) + 1)
    edges = np.searchsorted(groups[order], np.arange(len(limits) + 1))
    grouped = values[order]
    for group, (start, end) in enumerate(itertools.pairwise(edges.tolist())):
        if end > start:
            at = max(end - start - number, 0)
            limits[group] = np.partition(grouped[start:end], at)[at]
    return limits


def compare(below: Bags, above: Bags) -> Cells:
    """The cosines of all texts that share a rare enough n-gram, by an inverted index: the work grows with what is
    shared, not with the product of the two sizes."""
    size = int(max(below.terms.max(initial=-1), above.terms.max(initial=-1))) + 1
    held = np.bincount(above.terms, minlength=size)
    order = np.argsort(above.terms, kind="stable")
    columns, weights = above.rows[order], above.weights[order]
    starts = np.cumsum(held) - held
    useful = (held[below.terms] > 0) & (held[below.terms] <= POSTINGS)
    rows, terms, values = below.rows[useful], below.terms[useful], below.weights[useful]
    parts = [_products(rows[s], terms[s], values[s], held, starts, columns, weights, len(above)) for s in _slices(rows, held[terms])]
    keys = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, np.int64)
    cosines = np.concatenate([part[1] for part in parts]) if parts else np.empty(0)
    found, places = np.divmod(keys, max(len(above), 1))
    return Cells(found, places, cosines, max(len(above), 1))


def _slices(rows: Ints, work: Ints) -> Iterator[slice]:
    """Entries in parts of bounded work that end where a row ends."""
    edges = np.flatnonzero(np.diff(rows)) + 1
    done = np.cumsum(work)
    start = 0
    while start < len(rows):
        limit = (done[start - 1] if start else 0) + _AT_ONCE
        fitting = edges[(edges > start) & (done[edges - 1] <= limit)]
        later = edges[edges > start]
        end = len(rows) if done[-1] <= limit else int(fitting[-1] if len(fitting) else later[0] if len(later) else len(rows))
        yield slice(start, end)
        start = end


def _products(
    rows: Ints, terms: Ints, values: Floats, held: Ints, starts: Ints, columns: Ints, weights: Floats, width: int
) -> tuple[Ints, Floats]:
    times = held[terms]
    inside = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    place = np.repeat(starts[terms], times) + inside
    keys, cell = np.unique(np.repeat(rows, times) * width + columns[place], return_inverse=True)
    sums: Floats = np.bincount(cell, np.repeat(values, times) * weights[place], minlength=len(keys)).astype(np.float64)
    return keys, sums


def cosine(a: str, b: str, weights: Weights) -> float:
    """The cosine of two texts under these weights.

    >>> round(cosine("石漠化治理", "石漠化治理", Weights.count(["石漠化治理", "岸线修复"])), 4)
    1.0
    """
    cells = compare(weights.bags([a]), weights.bags([b]))
    return float(cells.cosines.sum())


# -- terms of art ----------------------------------------------------------------------------------------------------

_PAUSE = re.compile(r"[^㐀-鿿A-Za-z0-9]+")
_WORD = re.compile(r"[㐀-鿿]{2,}")
#: Parts of speech that name things and activities, by the first letter of the tagger's mark: nouns, fixed phrases,
#: abbreviations, attributes, verbs (for the genre makes nouns of them: 治理, 监测).
_NAMING = "nijlbv"
#: The same for the parts of a term of two words (绿色 + 矿山, 公益 + 诉讼); verbs of two characters only.
_FIRST, _SECOND = "njbaz", "n"
#: How often a word of everyday language stands in the word list's own sample before it says half as much: terms of
#: art (石漠化 4, 节水 98, 岸线 168) stay below, 调查 (8,332), 存在 (15,579) and 农村 (11,479) far above.
EVERYDAY = 300
#: Terms of art that speak for a pair; more of them add nothing but length.
TERMS = 2


def terms_of(text: str) -> frozenset[str]:
    """The words and pairs of neighbouring words, up to six characters, that name something: 公益诉讼, 石漠化, 岸线.

    >>> "公益诉讼" in terms_of("落实生态环境保护公益诉讼制度")
    True
    >>> sorted(term for term in terms_of("地表水和地下水") if "和" in term)
    []
    """
    import rjieba

    found: set[str] = set()
    for run in _PAUSE.split(_DATE.sub("，", text)):
        words = rjieba.tag(run) if run else []
        for i, (word, mark) in enumerate(words):
            if len(word) >= 2 and mark[0] in _NAMING and _WORD.fullmatch(word):
                found.add(word)
            if i + 1 < len(words) and _joins(words[i], _FIRST) and _joins(words[i + 1], _SECOND):
                pair = word + words[i + 1][0]
                if 3 <= len(pair) <= 6:
                    found.add(pair)
    return frozenset(found)


def _joins(word: tuple[str, str], marks: str) -> bool:
    text, mark = word
    return mark[0] in marks or (mark[0] == "v" and len(text) >= 2)


@lru_cache(maxsize=1 << 16)
def special(term: str) -> float:
    """How much of a term of art a term is, from 1 (unknown to everyday language) towards 0."""
    import rjieba

    return 1 / (1 + rjieba.suggest_freq(term) / EVERYDAY)


def telling(text: str) -> float:
    """How `special` the two least everyday words of a text are together.

    >>> telling("改造老旧管网") > 1.5, telling("扩大实施范围") < 0.1
    (True, True)
    """
    import rjieba

    return sum(sorted(special(word) for word, _ in rjieba.tag(text) if _WORD.fullmatch(word))[-TERMS:])


def weight_of(shared: Iterable[tuple[str, float]]) -> float:
    """The weight of the rarest shared terms, one inside another counted once."""
    used: list[str] = []
    total = 0.0
    for term, weight in sorted(shared, key=lambda entry: (-entry[1], -len(entry[0]), entry[0])):
        if any(term in other or other in term for other in used):
            continue
        used.append(term)
        total += weight
        if len(used) == TERMS:
            break
    return math.sqrt(total)
