"""From lay words and English to the words of policy: `ontology/vocabulary/terms.tsv` applied to a query."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import policygraph
from policygraph.search.text import plain


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
    """A line of the vocabulary: its words in Chinese, and its phrases in English, each with the word it begins with."""

    terms: tuple[str, ...]
    chinese: tuple[str, ...]
    english: tuple[tuple[str, re.Pattern[str]], ...]
    #: What a text must have one of for the row to meet it: first characters in Chinese, first letters in English.
    signs: frozenset[str]

    def meets(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """Where the text has a word of this row, and whether that is one of its terms."""
        for word in self.chinese:
            at = text.find(word)
            while at >= 0:
                yield at, at + len(word), word in self.terms
                at = text.find(word, at + 1)
        for first, pattern in self.english:
            if first in text:
                yield from ((m.start(), m.end(), False) for m in pattern.finditer(text))


@cache
def _rows() -> tuple[_Row, ...]:
    path = Path(policygraph.__file__).parent / "ontology" / "vocabulary" / "terms.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = []
    for row in rows:
        terms, lay, english = (tuple(filter(None, (row[name] or "").split(";"))) for name in ("term", "lay", "english"))
        latin = [(_first(word), re.compile(rf"(?<![a-z0-9]){_english(word)}(?![a-z0-9])")) for word in english]
        chinese = tuple(dict.fromkeys(map(plain, (*terms, *lay))))
        signs = frozenset([*(word[0] for word in chinese), *(first for first, _ in latin)])
        found.append(_Row(terms, chinese, tuple(latin), signs))
    return tuple(found)


def phrases() -> list[str]:
    """The phrases of all bridges, each once."""
    return list(dict.fromkeys(" ".join(row.terms) for row in _rows()))


def _first(phrase: str) -> str:
    return re.split(r"[\s\-]+", plain(phrase))[0][:3]


def _english(phrase: str) -> str:
    words = re.split(r"[\s\-]+", plain(phrase))
    words[-1] = re.escape(re.sub(r"(?<=[a-z]{3})(?:es|s)$", "", words[-1])) + "(?:s|es)?"
    return r"[\s\-]+".join([*map(re.escape, words[:-1]), words[-1]])


def bridges(query: str, *, limit: int = 5) -> list[Bridge]:
    """The rows that the query meets, the strongest first. A word inside a longer word of another row does not count:
    in 垃圾厂参观 there is no 垃圾 of its own.

    >>> [b.terms[0] for b in bridges("泔水怎么处理")]
    ['餐厨垃圾']
    """
    text = plain(query)
    met: list[tuple[_Row, int, int, bool]] = []
    signs = {*text, *(word[:length] for word in re.findall(r"[a-z0-9]+", text) for length in (1, 2, 3))}
    for row in _rows():
        if not row.signs.isdisjoint(signs):
            met += [(row, start, end, official) for start, end, official in row.meets(text)]
    kept: dict[tuple[str, ...], list[tuple[int, int, bool]]] = {}
    for row, start, end, official in met:
        if not any(a <= start and end <= b and b - a > end - start for _, a, b, _ in met):
            kept.setdefault(row.terms, []).append((start, end, official))
    found = [
        Bridge(
            words=tuple(dict.fromkeys(query[a:b] for a, b, _ in spans)), terms=terms,
            spans=tuple(sorted({(a, b) for a, b, _ in spans})), official=any(official for _, _, official in spans),
        )
        for terms, spans in kept.items()
    ]  # fmt: skip
    return sorted(found, key=lambda bridge: -bridge.strength)[:limit]
