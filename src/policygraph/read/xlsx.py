"""Spreadsheets (XLSX): divisions of tasks and indicator tables come as such. Each sheet that is shown gives its title
lines and its table; values stand as the sheet shows them (85%, 2025年6月), formulas as what they last gave."""

from __future__ import annotations

import datetime
import itertools
import posixpath
import re
from collections.abc import Iterator

from lxml import etree

from policygraph.errors import InputError
from policygraph.read.composer import Composer, TableCell
from policygraph.read.packed import Packed
from policygraph.read.source import SourceText
from policygraph.settings import Settings

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
#: Formats that every spreadsheet program knows by number (ECMA-376, 18.8.30): dates with and without a day, shares.
_WHOLE_DATES = frozenset([14, 15, 16, 22, 30, 31, 50, 51, 53, 54, 58])
_MONTHS = frozenset([17, 27, 36, 52, 55, 57])
_SHARES = frozenset([9, 10])
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
#: Day 0 of a spreadsheet: 1900 counts as a leap year there, so that day 61 is 1 March 1900.
_FIRST_DAY = datetime.date(1899, 12, 30)
#: Columns that are read: tables of documents have some dozens, and formatting alone makes a sheet 16,384 wide.
_MOST_COLUMNS = 500


def read_xlsx(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """The text and the tables of the sheets of a workbook that are shown."""
    settings = settings or Settings()
    packed = Packed(data, name=name, settings=settings)
    book = packed.xml("xl/workbook.xml")
    if book is None:
        raise InputError(f"{name}: no workbook in the file.", remedy="Save it as .xlsx, or give its text as .txt.")
    shared = _shared(packed.xml("xl/sharedStrings.xml"))
    formats = _formats(packed.xml("xl/styles.xml"))
    relations = packed.xml("xl/_rels/workbook.xml.rels")
    targets = {r.get("Id"): r.get("Target") or "" for r in relations} if relations is not None else {}
    composer = Composer(name, settings)
    for sheet in book.iter(_S + "sheet"):
        if sheet.get("state") in ("hidden", "veryHidden"):
            composer.warn(f"sheet {sheet.get('name')} is hidden and left out")
            continue
        place = targets.get(sheet.get(_RELATION), "")
        root = packed.xml(place.lstrip("/") if place.startswith("/") else posixpath.normpath(f"xl/{place}"))
        if root is not None:
            _put(list(_cells(root, shared, formats, composer)), composer)
    if not composer.characters:
        raise InputError(f"{name}: its sheets hold no text.", remedy="Put the policy text into it, or take it out of the corpus.")
    return composer.source(data, media_type=MEDIA_TYPE)


def _text(element: etree._Element) -> str:
    """The text of a string, without the readings that stand over characters."""
    return "".join(t.text or "" for t in element.iter(_S + "t") if t.getparent().tag != _S + "rPh")


def _shared(root: etree._Element | None) -> list[str]:
    return [_text(item) for item in root.iter(_S + "si")] if root is not None else []


def _formats(root: etree._Element | None) -> list[str]:
    """What each cell style shows numbers as: share, date, month or number."""
    if root is None:
        return []
    own = {f.get("numFmtId"): _LITERAL.sub("", f.get("formatCode") or "").lower() for f in root.iter(_S + "numFmt")}
    styles = root.find(_S + "cellXfs")
    return [_kind(style.get("numFmtId") or "0", own) for style in styles] if styles is not None else []


def _kind(identifier: str, own: dict[str | None, str]) -> str:
    code = own.get(identifier)
    number = int(identifier) if identifier.isdecimal() and len(identifier) < 9 else 0
    if code is None:
        return "date" if number in _WHOLE_DATES else "month" if number in _MONTHS else "share" if number in _SHARES else "number"
    if "%" in code:
        return "share"
    return ("date" if "d" in code else "month" if "m" in code else "number") if "y" in code else "number"


def _cells(
    root: etree._Element, shared: list[str], formats: list[str], composer: Composer
) -> Iterator[TableCell]:
    """The cells of a sheet, merged ones with their spans; what a merged cell hides is left out."""
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for merge in root.iter(_S + "mergeCell"):
        ends = _PLACE.findall(merge.get("ref") or "")
        if len(ends) == 2:
            (top, left), (bottom, right) = (_place(*end) for end in ends)
            spans[top, left] = (max(bottom - top + 1, 1), min(max(right - left + 1, 1), _MOST_COLUMNS))
    for number, row in enumerate(root.iter(_S + "row"), 1):
        composer.check(number)
        for cell in itertools.islice(row.iter(_S + "c"), _MOST_COLUMNS):
            match = _PLACE.fullmatch(cell.get("r") or "")
            text = _shown(cell, shared, formats)
            if match is None or not text.strip():
                continue
            at = _place(match[1], match[2])
            if at[1] < _MOST_COLUMNS:
                yield TableCell(*at, text, *spans.get(at, (1, 1)))


def _place(letters: str, digits: str) -> tuple[int, int]:
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(digits) - 1, column - 1


def _shown(cell: etree._Element, shared: list[str], formats: list[str]) -> str:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return _text(cell)
    value = cell.findtext(_S + "v") or ""
    if kind == "s":
        return shared[int(value)] if value.isdecimal() and len(value) < 9 and int(value) < len(shared) else ""
    style = cell.get("s") or ""
    form = formats[int(style)] if style.isdecimal() and len(style) < 9 and int(style) < len(formats) else "number"
    try:
        number = float(value) if kind == "n" and value else None
    except ValueError:
        number = None
    if number is None or not abs(number) < 1e15:
        return "" if kind in ("e", "b") else value
    if form == "share":
        return f"{number * 100:.10g}%"
    if form in ("date", "month") and 1 <= number < 2_958_466:
        day = _FIRST_DAY + datetime.timedelta(days=int(number))
        return f"{day.year}年{day.month}月" + (f"{day.day}日" if form == "date" else "")
    return f"{number:.12g}"


def _put(cells: list[TableCell], composer: Composer) -> None:
    """Lines with one cell above the table are paragraphs (its title, 单位：万吨), all from the first row on is the table,
    and lines with one cell below it are paragraphs again (注：…)."""
    rows: dict[int, list[TableCell]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell)
    order = sorted(rows)
    full = [row for row in order if len(rows[row]) > 1]
    first, last = (full[0], full[-1]) if full else (order[-1] + 1 if order else 0, -1)
    last = max([last, *(cell.row + cell.rows - 1 for row in full for cell in rows[row])])
    _paragraphs([rows[row] for row in order if row < first], composer)
    composer.table(cell for row in order if first <= row <= last for cell in rows[row])
    _paragraphs([rows[row] for row in order if row > max(last, first - 1)], composer)


def _paragraphs(rows: list[list[TableCell]], composer: Composer) -> None:
    for row in rows:
        for cell in row:
            for line in cell.text.split("\n"):
                composer.paragraph(line)
