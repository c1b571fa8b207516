"""The texts of an index as one row of characters, so that what a clause says can be counted exactly and at once for any
set of them: how often each gram of a query stands in each.

Invariant: texts are made plain; each ends with a 0, so that no pair of characters reaches over into the next. Characters
beyond 16 bits are kept as 0 and match nothing.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from policygraph.encode.text import grams, is_chinese, plain

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

#: BM25: how soon a word said again counts no more, and how much a long text is held to its length.
_K1, _B = 1.2, 0.75
#: What the frequency factor of BM25 nears for a word that is said again and again.
SATURATION = _K1 + 1


@dataclass(frozen=True, slots=True)
class Packed:
    """Texts as an index has them: their characters, each text ended by a 0, and how many each has with that."""

    characters: bytes
    lengths: bytes

    @classmethod
    def of(cls, texts: Iterable[str]) -> Packed:
        parts = [_characters(text) for text in texts]
        return cls(b"".join(part.tobytes() for part in parts), np.array([len(part) for part in parts], np.int32).tobytes())


class TextsWriter:
    """Writes texts, as `Packed` has them, one after the other to `path`.npy, and at the end where each begins to
    `path`.starts.npy. Those of a large corpus are not held."""

    def __init__(self, path: Path) -> None:
        self._path, self._lengths = path, array("i")
        self._file = path.with_suffix(".npy").open("wb")
        self._head(0)

    def add(self, texts: Packed) -> None:
        self._lengths.frombytes(texts.lengths)
        self._file.write(texts.characters)

    def close(self) -> None:
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._lengths, dtype=np.int64)])
        self._file.seek(0)
        self._head(int(starts[-1]))
        self._file.close()
        np.save(self._path.with_suffix(".starts.npy"), starts)

    def _head(self, characters: int) -> None:
        """What tells the type and the size of an array: it takes the same room for any size, since it leaves some for digits."""
        described = np.lib.format.header_data_from_array_1_0(np.zeros(0, np.uint16))
        np.lib.format.write_array_header_1_0(self._file, {**described, "shape": (characters,)})


def _characters(text: str) -> npt.NDArray[np.uint16]:
    points = np.frombuffer((plain(text) + "\0").encode("utf-32-le"), np.uint32)
    return np.where(points < 1 << 16, points, 0).astype(np.uint16)


class Texts:
    """Opened texts, by their number."""

    def __init__(self, path: Path) -> None:
        self._characters: npt.NDArray[np.uint16] = np.load(path.with_suffix(".npy"), mmap_mode="r")
        self._starts: Ints = np.load(path.with_suffix(".starts.npy"))
        self._mean = max(len(self._characters) / max(len(self._starts) - 1, 1), 1.0)

    def text(self, number: int) -> str:
        """One text, made plain."""
        return _read(self._characters[self._starts[number] : self._starts[number + 1] - 1])

    def weights(self, number: int) -> dict[str, float]:
        """What each gram of a text adds to its BM25, times the gram's inverse document frequency."""
        counts = Counter(grams(self.text(number)))
        length = float(self._starts[number + 1] - self._starts[number])
        norm = _K1 * (1 - _B + _B * length / self._mean)
        return {gram: count * SATURATION / (count + norm) for gram, count in counts.items()}

    def bm25(self, numbers: Ints, weights: dict[str, float]) -> Floats:
        """BM25 of each of the texts, `weights` being the inverse document frequencies of the grams."""
        counts = self.counts(numbers, list(weights))
        lengths = (self._starts[numbers + 1] - self._starts[numbers]).astype(np.float32)
        norm = np.float32(_K1) * (np.float32(1 - _B) + np.float32(_B / self._mean) * lengths)
        saturated = counts * np.float32(SATURATION) / (counts + norm[:, None])
        total: Floats = np.einsum("ij,j->i", saturated, np.array(list(weights.values()), np.float32))
        return total

    def counts(self, numbers: Ints, wanted: Sequence[str]) -> Floats:
        """How often each gram stands in each text: a row a text, a column a gram."""
        places, of = self._places(numbers)
        characters = self._characters[places]
        table = np.zeros((len(numbers), len(wanted)), np.float32)
        self._count_chinese(characters, of, wanted, table)
        latin = [column for column, gram in enumerate(wanted) if not is_chinese(gram)]
        if latin:
            whole = _read(characters)
            for column in latin:
                for match in _word(wanted[column]).finditer(whole):
                    table[of[match.start()], column] += 1
        return table

    @staticmethod
    def _count_chinese(characters: npt.NDArray[np.uint16], of: Ints, wanted: Sequence[str], table: Floats) -> None:
        letters = {letter for gram in wanted if is_chinese(gram) for letter in gram if ord(letter) < 1 << 16}
        number = {letter: i for i, letter in enumerate(sorted(letters), 1)}
        if not number:
            return
        of_character = np.zeros(1 << 16, np.int32)
        for letter, i in number.items():
            of_character[ord(letter)] = i
        size = len(number) + 1
        column_of = np.full(size * size, -1, np.int64)
        for column, gram in enumerate(wanted):
            if all(letter in number for letter in gram) and len(gram) <= 2:
                first, last = (0, number[gram]) if len(gram) == 1 else (number[gram[0]], number[gram[1]])
                column_of[first * size + last] = column
        codes = of_character[characters]
        known = np.flatnonzero(codes)
        single = column_of[codes[known]]
        before = known[known > 0] - 1
        pair = column_of[codes[before].astype(np.int64) * size + codes[before + 1]]
        pair[codes[before] == 0] = -1
        width = table.shape[1]
        for columns, where in ((single, known), (pair, before)):
            met = columns >= 0
            cells = of[where[met]] * width + columns[met]
            table += np.bincount(cells, minlength=table.size).reshape(table.shape).astype(np.float32)

    def holding(self, numbers: Ints, words: str) -> npt.NDArray[np.bool_]:
        """Which of the texts hold these very words."""
        places, of = self._places(numbers)
        whole = _read(self._characters[places])
        found = np.zeros(len(numbers), np.bool_)
        at = whole.find(words)
        while at >= 0:
            found[of[at]] = True
            at = whole.find(words, at + 1)
        return found

    def _places(self, numbers: Ints) -> tuple[Ints, Ints]:
        """The places of all characters of the texts, and for each which of the texts it is in."""
        starts, lengths = self._starts[numbers], self._starts[numbers + 1] - self._starts[numbers]
        of = np.repeat(np.arange(len(numbers)), lengths)
        begins = np.cumsum(lengths) - lengths
        return np.arange(int(lengths.sum())) - begins[of] + starts[of], of


def _read(characters: npt.NDArray[np.uint16]) -> str:
    """The characters as a text of the same length; lone surrogates, which stand for nothing, as 0."""
    kept = np.where((characters >= 0xD800) & (characters < 0xE000), 0, characters).astype("<u2")
    return kept.tobytes().decode("utf-16-le")


def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?<![a-z0-9][.\-]){re.escape(word)}(?![a-z0-9])(?![.\-][a-z0-9])")
