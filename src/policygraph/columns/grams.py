"""Which documents have which pairs of characters: a file beside the columns, so that a word is looked for where it can be.

A file is a row of blocks, each of up to so many documents: how many pairs and how many entries it has, the pairs in their order,
where the documents of each begin among the entries, and the entries, documents counted from the first of the block.

Invariant: a document that has a word has all its pairs. Not the other way round: who wants to know looks into the document.
"""

from __future__ import annotations

import mmap
import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

FILE = "grams.bin"
#: Documents of a block: as many as are sorted at once.
_BLOCK = 512
#: Number of the first document, pairs, entries.
_HEAD = struct.Struct("<III")


class GramsWriter:
    """Writes the file as documents come, in the order of their numbers."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._block: list[tuple[int, bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._write()
        self._file.close()

    def add(self, number: int, lines: Sequence[str]) -> None:
        """The words of a document, as they are searched."""
        self._block.append((number, "\n".join(lines).encode("utf-16-le", "surrogatepass")))
        if len(self._block) == _BLOCK:
            self._write()

    def _write(self) -> None:
        import numpy as np

        if not self._block:
            return
        first = self._block[0][0]
        keys = []
        for number, text in self._block:
            units = np.frombuffer(text, "<u2").astype(np.uint64)
            keys.append(np.unique(units[:-1] << 16 | units[1:]) << 16 | np.uint64(number - first))
        whole = np.sort(np.concatenate(keys))
        pairs, starts = np.unique(whole >> 16, return_index=True)
        self._file.write(_HEAD.pack(first, len(pairs), len(whole)))
        self._file.write(pairs.astype("<u4").tobytes() + np.append(starts, len(whole)).astype("<u4").tobytes())
        entries = (whole & 0xFFFF).astype("<u2").tobytes()
        self._file.write(entries + b"\0" * (-len(entries) % 4))
        self._block = []


class Grams:
    """The file, opened; only the parts of it that are asked for are read."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def documents(self, words: Sequence[str]) -> list[int] | None:
        """The numbers of the documents that have all pairs of characters of these words, in order; None where that may be any,
        since the words are single characters."""
        units = (memoryview(word.encode("utf-16-le", "surrogatepass")).cast("H") for word in words)
        wanted = sorted({a << 16 | b for word in units for a, b in pairwise(word)})
        if not wanted:
            return None
        return [number for block in self._blocks() for number in block.holding(wanted)]

    def _blocks(self) -> Iterator[_Block]:
        at = 0
        while at < len(self._bytes):
            block = _Block(self._bytes, at)
            yield block
            at = block.end


class _Block:
    def __init__(self, data: memoryview, at: int) -> None:
        self.first, pairs, entries = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        self._pairs = data[at : at + 4 * pairs].cast("I")
        at += 4 * pairs
        self._starts = data[at : at + 4 * (pairs + 1)].cast("I")
        at += 4 * (pairs + 1)
        self._entries = data[at : at + 2 * entries].cast("H")
        self.end = at + 2 * entries + (-2 * entries) % 4

    def holding(self, pairs: Sequence[int]) -> list[int]:
        found: set[int] | None = None
        for pair in pairs:
            at = bisect_left(self._pairs, pair)
            if at == len(self._pairs) or self._pairs[at] != pair:
                return []
            here = self._entries[self._starts[at] : self._starts[at + 1]]
            found = set(here) if found is None else found.intersection(here)
        return [self.first + number for number in sorted(found or ())]
