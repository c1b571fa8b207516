"""From lay words and English to the words of policy: `ontology/vocabulary/terms.tsv` applied to a query."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from policygraph.encode.text import plain
from policygraph.program import VOCABULARY


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A row of the vocabulary that a query meets: the words of the query, and the terms that policy texts use.

    `official` says that the query already uses one of the terms.
    """

    words: tuple[str, ...]
    terms: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    official: bool

    @property
    def phrase(self) -> str:
        """The terms as a text of their own."""
        return " ".join(self.terms)

    @property
    def strength(self) -> int:
        """How much of the query speaks for it, in characters."""
        return sum(b - a for a, b in self.spans)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the vocabulary: its terms, and its phrases in English, each with the letters it begins with."""

    terms: tuple[str, ...]
    english: tuple[tuple[str, re.Pattern[str]], ...]


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(_Row(terms, tuple((_first(word), _pattern(word)) for word in english)) for terms, _, english in _lines())


@cache
def _chinese() -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """The rows of each word in Chinese, terms and lay words alike, and the lengths that words have."""
    rows: dict[str, tuple[int, ...]] = {}
    for number, (terms, lay, _) in enumerate(_lines()):
        for word in dict.fromkeys(map(plain, (*terms, *lay))):
            rows[word] = (*rows.get(word, ()), number)
    return rows, tuple(sorted({len(word) for word in rows}))


@cache
def _lines() -> tuple[tuple[tuple[str, ...], ...], ...]:
    path = VOCABULARY / "terms.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple(tuple(tuple(filter(None, (row[name] or "").split(";"))) for name in ("term", "lay", "english")) for row in rows)


def phrases() -> list[str]:
    """The phrases of all bridges, each once."""
    return list(dict.fromkeys(" ".join(row.terms) for row in _rows()))


def _first(phrase: str) -> str:
    return re.split(r"[\s\-]+", plain(phrase))[0][:3]


def _pattern(phrase: str) -> re.Pattern[str]:
    words = re.split(r"[\s\-]+", plain(phrase))
    words[-1] = re.escape(re.sub(r"(?<=[a-z]{3})(?:es|s)$", "", words[-1])) + "(?:s|es)?"
    phrase = r"[\s\-]+".join([*map(re.escape, words[:-1]), words[-1]])
    return re.compile(rf"(?<![a-z0-9]){phrase}(?![a-z0-9])")


def bridges(query: str, *, limit: int = 5) -> list[Bridge]:
    """The rows that the query meets, the strongest first. A word inside a longer word of another row does not count:
    in 垃圾厂参观 there is no 垃圾 of its own.

    >>> [b.terms[0] for b in bridges("泔水怎么处理")]
    ['餐厨垃圾']
    """
    text = plain(query)
    met = sorted(_met(text), key=lambda meeting: meeting[0])
    kept: dict[tuple[str, ...], list[tuple[int, int, bool]]] = {}
    for number, start, end in met:
        if not any(a <= start and end <= b and b - a > end - start for _, a, b in met):
            terms = _rows()[number].terms
            kept.setdefault(terms, []).append((start, end, text[start:end] in terms))
    found = [
        Bridge(
            words=tuple(dict.fromkeys(query[a:b] for a, b, _ in spans)), terms=terms,
            spans=tuple(sorted({(a, b) for a, b, _ in spans})), official=any(official for _, _, official in spans),
        )
        for terms, spans in kept.items()
    ]  # fmt: skip
    return sorted(found, key=lambda bridge: -bridge.strength)[:limit]


def _met(text: str) -> Iterator[tuple[int, int, int]]:
    """The rows that have a word in the text, and where."""
    words, lengths = _chinese()
    for start in range(len(text)):
        for length in lengths:
            if start + length > len(text):
                break
            for number in words.get(text[start : start + length], ()):
                yield number, start, start + length
    latin = {word[:length] for word in re.findall(r"[a-z0-9]+", text) for length in (1, 2, 3)}
    for number, row in enumerate(_rows() if latin else ()):
        for first, pattern in row.english:
            if first in latin:
                yield from ((number, *match.span()) for match in pattern.finditer(text))
