"""The text that a reader makes: paragraphs and tables put one after another, with the spans of the cells."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from policygraph.read.limits import refused
from policygraph.read.source import Cell, SourceText, Table
from policygraph.settings import Settings

CELL_GAP = "\t"


def _stored_characters() -> dict[int, str | None]:
    """Characters that never stand in stored text (they end lines, or are invisible), and radicals as characters."""
    table: dict[int, str | None] = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0xFEFF, 0xFFFE, 0xFFFF])
    table |= {0x09: " ", 0x0A: " ", 0x0B: " ", 0x0C: " ", 0x0D: " ", 0x85: " ", 0xA0: " ", 0x2028: " ", 0x2029: " "}
    table |= dict.fromkeys(range(0xD800, 0xE000))
    for code in [*range(0x2E80, 0x2FE0), *range(0xF900, 0xFB00)]:
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            table[code] = plain
    return table


_STORED = _stored_characters()
_SPACES = re.compile(r" {3,}")


def stored(text: str) -> str:
    """`text` on one line, without control characters, surrogates and look-alike radicals.

    >>> stored("\\u2f00、\\u2f63产\\x0b")
    '一、生产'
    """
    return _SPACES.sub("  ", text.translate(_STORED)).strip()


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell before it has a place in the text."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1


@dataclass(slots=True)
class Composer:
    """Collects what a reader finds, in reading order; `source` gives the whole. One paragraph a line, one table row
    a line with a tab between cells (a cell that spans rows stands in its first)."""

    name: str
    settings: Settings
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _tables: list[Table] = field(default_factory=list)
    _warnings: list[str] = field(default_factory=list)

    def warn(self, warning: str) -> None:
        if warning not in self._warnings:
            self._warnings.append(warning)

    def paragraph(self, text: str) -> None:
        """Adds a paragraph; one that is empty once cleaned adds nothing."""
        line = stored(text)
        if line:
            self._add(line + "\n")

    def table(self, cells: Iterable[TableCell]) -> None:
        """Adds a table; cells may come in any order, and rows without text are kept as empty cells of the table."""
        rows: dict[int, list[TableCell]] = {}
        for cell in cells:
            rows.setdefault(cell.row, []).append(cell)
            self.check(len(self._parts) + len(rows))
        start, placed = self._length, []
        for row in sorted(rows):
            line = sorted(rows[row], key=lambda cell: cell.column)
            texts = [stored(cell.text) for cell in line]
            at = self._length
            for cell, text in zip(line, texts, strict=True):
                placed.append(
                    Cell(
                        row=cell.row, column=cell.column, start=at, end=at + len(text),
                        rows=cell.rows, columns=cell.columns,
                    )
                )
                at += len(text) + 1
            if any(texts):
                self._add(CELL_GAP.join(texts) + "\n")
            else:
                placed[-len(line) :] = [_emptied(cell, max(start, self._length - 1)) for cell in placed[-len(line) :]]
        if self._length > start:
            self._tables.append(Table(start=start, end=self._length - 1, cells=tuple(placed)))

    def _add(self, line: str) -> None:
        self._length += len(line)
        if self._length > self.settings.file_characters:
            raise refused("file_characters", settings=self.settings, name=self.name, why="its text is too long")
        self._parts.append(line)
        self.check(len(self._parts))

    def check(self, lines: int) -> None:
        """Refuses a text of more than `file_paragraphs` lines."""
        if lines > self.settings.file_paragraphs:
            raise refused("file_paragraphs", settings=self.settings, name=self.name, why="it has too many paragraphs or rows")

    @property
    def characters(self) -> int:
        return self._length

    def source(
        self,
        data: bytes,
        *,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
        ocr: bool = False,
        warnings: Sequence[str] = (),
    ) -> SourceText:
        """What the reader gives for the file of these bytes."""
        return SourceText(
            name=self.name,
            sha256=hashlib.sha256(data).hexdigest(),
            text="".join(self._parts),
            media_type=media_type,
            paragraphs_known=True,
            tables=tuple(self._tables),
            metadata={key: stored(value) for key, value in (metadata or {}).items() if stored(value)},
            ocr=ocr,
            warnings=(*warnings, *self._warnings),
        )


def _emptied(cell: Cell, at: int) -> Cell:
    return Cell(row=cell.row, column=cell.column, start=at, end=at, rows=cell.rows, columns=cell.columns)
