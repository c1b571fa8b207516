"""What two texts share, weighed by how rare it is: character n-grams under the document frequencies of one pair."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RUN = re.compile(r"[㐀-鿿A-Za-z0-9.%]+")
_DATE = re.compile(r"(?:20\d\d|[“”十一二三四五]{3,5})年?(?:年?底)?")
SIZES = (2, 3, 4)
#: A term that more texts hold than this proposes nothing: it keeps the work in proportion to what is proposed.
POSTINGS = 200


def grams(text: str) -> Counter[str]:
    """Character 2- to 4-grams inside runs of words; dates and punctuation belong to none."""
    counts: Counter[str] = Counter()
    for run in _RUN.findall(_DATE.sub("，", text)):
        for size in SIZES:
            counts.update(run[i : i + size] for i in range(len(run) - size + 1))
    return counts


_WORD = re.compile(r"[㐀-鿿]{2,}")
_PAUSE = re.compile(r"[^㐀-鿿A-Za-z0-9]+")
#: Terms of art that speak for a pair; more of them add nothing but length.
TERMS = 4


def terms_of(text: str) -> frozenset[str]:
    """Words of two characters and more, and pairs of neighbouring words of up to six: 公益诉讼, 无废城市, 石漠化.

    >>> "公益诉讼" in terms_of("落实生态环境保护公益诉讼制度")
    True
    """
    import rjieba

    found: set[str] = set()
    for run in _PAUSE.split(_DATE.sub("，", text)):
        words = rjieba.cut(run)
        for i, word in enumerate(words):
            if _WORD.fullmatch(word):
                found.add(word)
            if i + 1 < len(words) and 3 <= len(pair := word + words[i + 1]) <= 6:
                found.add(pair)
    return frozenset(found)


def rarity(shared: Iterable[tuple[str, float]]) -> float:
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


@dataclass(frozen=True, slots=True)
class Weights:
    """Inverse document frequencies over the passages of both documents of a pair: what many passages say, the common
    phrases of the genre and of the topic, weighs next to nothing."""

    frequency: Counter[str]
    texts: int

    @classmethod
    def count(cls, texts: Iterable[str]) -> Weights:
        frequency: Counter[str] = Counter()
        number = 0
        for text in texts:
            number += 1
            frequency.update(grams(text).keys())
        return cls(frequency, number)

    def vector(self, text: str) -> dict[str, float]:
        """The text as a unit vector over its n-grams (empty when it has none)."""
        weights = {
            gram: (1 + math.log(count)) * math.log((1 + self.texts) / (1 + self.frequency[gram]))
            for gram, count in grams(text).items()
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {gram: weight / norm for gram, weight in weights.items()} if norm else {}


def cosine(a: dict[str, float], b: dict[str, float]) -> float:
    if len(a) > len(b):
        a, b = b, a
    return sum(weight * b[gram] for gram, weight in a.items() if gram in b)


class Postings:
    """An inverted index over vectors: which of them share a rare enough term with a query, and how much.

    Terms outside `known`, those of the texts that will ask, are left out: they can never be found.
    """

    def __init__(self, vectors: Sequence[dict[str, float]], *, known: Container[str]) -> None:
        terms: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        weights: list[float] = []
        for number, vector in enumerate(vectors):
            for gram, weight in vector.items():
                if gram in known:
                    rows.append(terms.setdefault(gram, len(terms)))
                    columns.append(number)
                    weights.append(weight)
        order = np.argsort(np.array(rows, dtype=np.int64), kind="stable")
        self._terms = terms
        self._columns = np.array(columns, dtype=np.int64)[order]
        self._weights = np.array(weights, dtype=np.float64)[order]
        self._first = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(terms)))]).astype(np.int64)

    def search(self, vector: dict[str, float]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Numbers of the vectors that share a term with this one, and their cosines."""
        numbers, weights = [], []
        for gram, weight in vector.items():
            term = self._terms.get(gram)
            if term is None:
                continue
            start, end = self._first[term], self._first[term + 1]
            if end - start <= POSTINGS:
                numbers.append(self._columns[start:end])
                weights.append(weight * self._weights[start:end])
        if not numbers:
            return np.empty(0, dtype=np.int64), np.empty(0)
        found, place = np.unique(np.concatenate(numbers), return_inverse=True)
        return found.astype(np.int64), np.bincount(place, np.concatenate(weights)).astype(np.float64)


def vocabulary(vectors: Iterable[dict[str, float]]) -> set[str]:
    """All terms of some vectors."""
    return set().union(*vectors)
