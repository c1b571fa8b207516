"""The text that a reader makes: paragraphs and tables put one after another, with the spans of the cells."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from policygraph.read.layout import Glyph, Line
from policygraph.read.limits import refused
from policygraph.read.places import TENTHS, Places, Strip
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
#: Of an em, above and below the baseline: the body of Chinese type with a little air.
_ASCENT, _DESCENT = 0.92, 0.2


def stored(text: str) -> str:
    """`text` on one line, without control characters, surrogates and look-alike radicals.

    >>> stored("\\u2f00、\\u2f63产\\x0b")
    '一、生产'
    """
    return _SPACES.sub("  ", text.translate(_STORED)).strip()


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell before it has a place in the text; `lines` are those of the page that its text was set in."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1
    lines: tuple[Line, ...] = ()


@dataclass(slots=True)
class Composer:
    """Collects what a reader finds, in reading order; `source` gives the whole. One paragraph a line, one table row
    a line with a tab between cells (a cell that spans rows stands in its first). Of what comes with the lines of a page,
    the places of its characters are kept."""

    name: str
    settings: Settings
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _tables: list[Table] = field(default_factory=list)
    _warnings: list[str] = field(default_factory=list)
    _pages: dict[int, tuple[int, int]] = field(default_factory=dict)
    _strips: list[Strip] = field(default_factory=list)

    def warn(self, warning: str) -> None:
        if warning not in self._warnings:
            self._warnings.append(warning)

    def page(self, number: int, *, width: float, height: float) -> None:
        """Says how large a page (from 0) is on which lines stand."""
        self._pages[number] = (round(width * TENTHS), round(height * TENTHS))

    def paragraph(self, text: str, *, lines: Sequence[Line] = ()) -> None:
        """Adds a paragraph, and the lines of a page that it was set in; one that is empty once cleaned adds nothing."""
        line = stored(text)
        if line:
            self._strips += strips(line, lines, at=self._length)
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
                for cell, text, put in zip(line, texts, placed[-len(line) :], strict=True):
                    self._strips += strips(text, cell.lines, at=put.start)
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
            places=self._places(),
        )

    def _places(self) -> Places | None:
        if not self._strips:
            return None
        sizes = tuple(self._pages.get(number, (0, 0)) for number in range(max(self._pages) + 1))
        return Places(pages=sizes, strips=tuple(self._strips))


def strips(text: str, lines: Sequence[Line], *, at: int) -> list[Strip]:
    """Where the characters of a paragraph or cell stand, `text` being what was made of `lines` and `at` its place in the
    stored text: nothing was added to their characters but spaces. Where that is not so, none has a known place."""
    found: list[Strip] = []
    glyphs = _shown(lines)
    last: Line | None = None
    edges: list[int] = []
    start, right = 0, 0
    for i, char in enumerate(text):
        if char.isspace():
            edges.append(right)
            continue
        shown, glyph, line = next(glyphs, ("", None, None))
        if glyph is None or line is None or shown != char:
            return []
        if line is not last:
            if last is not None:
                found.append(_strip(last, start=at + start, edges=[*edges, right]))
            last, start, edges = line, i, []
        edges.append(round(glyph.x0 * TENTHS))
        right = round(glyph.x1 * TENTHS)
    if last is not None:
        found.append(_strip(last, start=at + start, edges=[*edges, right]))
    return found


def _shown(lines: Sequence[Line]) -> Iterator[tuple[str, Glyph, Line]]:
    """Each character of the lines as it is stored, with the glyph and the line that it is of."""
    for line in lines:
        for glyph in line.glyphs:
            for char in glyph.text.translate(_STORED):
                if not char.isspace():
                    yield char, glyph, line


def _strip(line: Line, *, start: int, edges: list[int]) -> Strip:
    top, bottom = line.y - _ASCENT * line.size, line.y + _DESCENT * line.size
    return Strip(start, line.page, round(top * TENTHS), round(bottom * TENTHS), tuple(edges))


def _emptied(cell: Cell, at: int) -> Cell:
    return Cell(row=cell.row, column=cell.column, start=at, end=at, rows=cell.rows, columns=cell.columns)
