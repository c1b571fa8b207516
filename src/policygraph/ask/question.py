"""A question while it is read: its plain text, and what of it was understood so far."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import cast

from policygraph.read import folded

_HAN = re.compile(r"[㐀-鿿]")


def fold_question(question: str) -> str:
    """Lower case, full-width forms made plain, traditional characters simplified, spaces around Chinese characters
    taken out.

    >>> fold_question("四川 哪一條落實國家方案第 １０ 條？")
    '四川哪一条落实国家方案第10条?'
    """
    return folded(question)


@cache
def words(table: str) -> Mapping[str, str]:
    """A table of `words.toml`: patterns by name."""
    return cast(Mapping[str, str], _file()[table])


@cache
def word_list(table: str, name: str) -> frozenset[str]:
    return frozenset(cast(Mapping[str, Sequence[str]], _file()[table])[name])


@cache
def _file() -> Mapping[str, object]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


class Sheet:
    """The text of a question. Each character that a condition, a word of asking or a courtesy took is marked as read;
    what is left at the end is what the question is about, or was not understood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.english = not _HAN.search(text)
        self._read = bytearray(len(text))
        self._held = bytearray(len(text))

    def mark(self, start: int, end: int, *, hold: bool = False) -> None:
        """Say that a stretch is read; `hold` keeps it from being read again as something else (a name is no topic)."""
        self._read[start:end] = b"\1" * (end - start)
        if hold:
            self._held[start:end] = b"\1" * (end - start)

    def holds(self, start: int, end: int) -> bool:
        return any(self._held[start:end])

    @property
    def free(self) -> str:
        """The text with a dot for each character that a name holds."""
        return "".join("·" if held else char for char, held in zip(self.text, self._held, strict=True))

    def says(self, pattern: str) -> bool:
        """Whether the free text has the pattern; what it matches (its groups, where it has any that match) is read."""
        found = False
        for match in re.finditer(pattern, self.free):
            found = found or match.end() > match.start()
            spans = [match.span(i) for i in range(1, len(match.groups()) + 1) if match.span(i)[0] >= 0]
            for start, end in spans or [match.span()]:
                self.mark(start, end)
        return found

    def first(self, table: str) -> str | None:
        """The first name of a table of patterns that the text has."""
        found = [name for name, pattern in words(table).items() if self.says(pattern)]
        return found[0] if found else None

    def all(self, table: str) -> tuple[str, ...]:
        return tuple(name for name, pattern in words(table).items() if self.says(pattern))

    def stretches(self) -> Iterator[tuple[int, str]]:
        """The stretches between names and punctuation, with where they begin."""
        for match in re.finditer(r"[㐀-鿿ⅰ-ⅻa-z0-9.%'-]+", self.free):
            yield match.start(), match.group()

    def is_read(self, start: int, end: int) -> bool:
        """Whether at least half of a word is read: of 条款 the pattern for 条 has read enough."""
        return 2 * sum(self._read[start:end]) >= end - start
