"""DOCX: paragraphs with the numbers that Word makes, tables, text boxes, notes; tracked changes are accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from policygraph.errors import InputError
from policygraph.read.composer import Composer, TableCell
from policygraph.read.numerals import WRITERS
from policygraph.read.packed import Packed
from policygraph.read.source import SourceText
from policygraph.settings import Settings

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_VAL, _ID = _W + "val", _W + "id"
#: Taken out by a tracked change, or no text of the document.
_GONE = {_W + tag for tag in ("del", "moveFrom", "instrText", "delText", "delInstrText", "rPr", "pPr", "tblPr", "fldData")}
#: Columns that a cell may span: the widest tables of documents have some dozens, and a file may say two thousand million.
_MOST_SPAN = 200
_PLACEHOLDER = re.compile(r"%(\d)")


def read_docx(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """The text of a DOCX as it stands when all tracked changes are accepted."""
    settings = settings or Settings()
    packed = Packed(data, name=name, settings=settings)
    root = packed.xml("word/document.xml")
    if root is None:
        raise InputError(f"{name}: no Word document in the file.", remedy="Save it as .docx, or give its text as .txt.")
    if root.tag.startswith(_STRICT):
        raise InputError(f"{name}: saved as “Strict Open XML”.", remedy="Save it as the usual .docx.")
    body = root.find(_W + "body")
    composer = Composer(name, settings)
    if body is not None:
        _Reader(composer, _Numbering(packed.xml("word/numbering.xml"), _Styles(packed.xml("word/styles.xml"))), _notes(packed)).blocks(body)
    return composer.source(data, media_type=MEDIA_TYPE, metadata=_metadata(packed))


def _metadata(packed: Packed) -> dict[str, str]:
    core = packed.xml("docProps/core.xml")
    found: dict[str, str] = {}
    for element in core if core is not None else ():
        key = {"title": "file_title", "creator": "file_author", "created": "file_date"}.get(etree.QName(element).localname)
        if key and element.text:
            found[key] = element.text[:10] if key == "file_date" else element.text
    return found


def _notes(packed: Packed) -> dict[str, etree._Element]:
    """Footnotes and endnotes by kind and id."""
    found = {}
    for kind in ("footnote", "endnote"):
        root = packed.xml(f"word/{kind}s.xml")
        for note in root if root is not None else ():
            if note.get(_W + "type") is None:
                found[f"{kind}{note.get(_ID)}"] = note
    return found


def _value(element: etree._Element | None, path: str) -> str | None:
    found = element.find(path) if element is not None else None
    return found.get(_VAL) if found is not None else None


def _number(text: str | None, default: int = 0) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else default


class _Styles:
    """What paragraph styles say of numbering and alignment, through the styles that they are based on."""

    def __init__(self, root: etree._Element | None) -> None:
        self._by_id = {s.get(_W + "styleId"): s for s in root.iter(_W + "style")} if root is not None else {}

    def chain(self, style: str | None) -> Iterator[etree._Element]:
        seen: set[str] = set()
        while style is not None and style not in seen and style in self._by_id:
            seen.add(style)
            yield self._by_id[style]
            style = _value(self._by_id[style], _W + "basedOn")

    def numbering(self, style: str | None) -> tuple[str | None, str | None]:
        """The list and level that a style puts its paragraphs in."""
        number = level = None
        for element in self.chain(style):
            properties = element.find(f"{_W}pPr/{_W}numPr")
            if properties is not None:
                number = number or _value(properties, _W + "numId")
                level = level or _value(properties, _W + "ilvl")
        return number, level

    def alignment(self, style: str | None) -> str | None:
        return next((found for s in self.chain(style) if (found := _value(s, f"{_W}pPr/{_W}jc"))), None)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    legal: bool
    restart: int | None


@dataclass(slots=True)
class _List:
    """A numbering definition and how far it has counted."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)

    def next(self, level: int) -> str:
        here = self.levels.get(level)
        if here is None:
            return ""
        self.counts[level] = self.counts.get(level, here.start - 1) + 1
        for deeper in [k for k in self.counts if k > level]:
            restart = self.levels[deeper].restart
            if restart != 0 and (restart is None or level < restart):
                del self.counts[deeper]
        if here.form == "bullet":
            return ""

        def written(match: re.Match[str]) -> str:
            k = int(match[1]) - 1
            other = self.levels.get(k)
            if other is None:
                return ""
            count = self.counts.get(k, other.start)
            form = "decimal" if here.legal else other.form
            return WRITERS.get(form, str)(count)

        return _PLACEHOLDER.sub(written, here.text)


class _Numbering:
    """Numbers of automatic lists, counted in document order."""

    def __init__(self, root: etree._Element | None, styles: _Styles) -> None:
        self.styles = styles
        self._lists: dict[str, _List] = {}
        self._started: set[str] = set()
        self._overrides: dict[str, dict[int, int]] = {}
        if root is None:
            return
        abstract = {a.get(_W + "abstractNumId"): a for a in root.iter(_W + "abstractNum")}
        shared: dict[str | None, _List] = {}
        for number in root.iter(_W + "num"):
            key = _value(number, _W + "abstractNumId")
            definition = abstract.get(key)
            if definition is None:
                continue
            link = _value(definition, _W + "numStyleLink")
            if link is not None:
                linked = [a for a in abstract.values() if _value(a, _W + "styleLink") == link]
                definition = linked[0] if linked else definition
            if key not in shared:
                shared[key] = _List({_number(lvl.get(_W + "ilvl")): _level(lvl) for lvl in definition.iter(_W + "lvl")})
            identifier = number.get(_W + "numId") or ""
            starts = {
                _number(o.get(_W + "ilvl")): _number(_value(o, _W + "startOverride"), 1)
                for o in number.iter(_W + "lvlOverride")
                if o.find(_W + "startOverride") is not None
            }
            self._lists[identifier] = shared[key]
            self._overrides[identifier] = starts

    def label(self, properties: etree._Element | None) -> str:
        """The number that Word shows before a paragraph with these properties, "" for none."""
        style = _value(properties, _W + "pStyle")
        number, level = self.styles.numbering(style)
        direct = properties.find(_W + "numPr") if properties is not None else None
        number = _value(direct, _W + "numId") or number
        level = _value(direct, _W + "ilvl") or level
        if number is None or number == "0" or number not in self._lists:
            return ""
        numbers = self._lists[number]
        if number not in self._started:
            self._started.add(number)
            for k, start in self._overrides[number].items():
                numbers.counts[k] = start - 1
        return numbers.next(_number(level))


def _level(element: etree._Element) -> _Level:
    restart = _value(element, _W + "lvlRestart")
    return _Level(
        start=_number(_value(element, _W + "start"), 1),
        form=_value(element, _W + "numFmt") or "decimal",
        text=_value(element, _W + "lvlText") or "",
        legal=element.find(_W + "isLgl") is not None,
        restart=None if restart is None else _number(restart),
    )


class _Reader:
    """Walks the body. `blocks` holds no recursion deeper than the XML parser lets nest."""

    def __init__(self, composer: Composer, numbering: _Numbering, notes: dict[str, etree._Element]) -> None:
        self._composer, self._numbering, self._notes = composer, numbering, notes
        self._carried = ""

    def blocks(self, parent: etree._Element) -> None:
        """Adds the paragraphs and tables of a body, text box or content control."""
        for element in parent:
            if element.tag == _W + "p":
                self._paragraph(element)
            elif element.tag == _W + "tbl":
                self._table(element)
            elif element.tag not in _GONE and isinstance(element.tag, str):
                self.blocks(_chosen(element))

    def _paragraph(self, element: etree._Element) -> None:
        lines, boxes = self._lines(element)
        for line in lines:
            self._composer.paragraph(line)
        for box in boxes:
            if box.tag in (_W + "footnote", _W + "endnote") or box.tag == _W + "txbxContent":
                self.blocks(box)

    def _lines(self, element: etree._Element) -> tuple[list[str], list[etree._Element]]:
        """A paragraph's lines (one unless it holds line breaks), its number before the first, and what hangs on it."""
        parts: list[str] = []
        boxes: list[etree._Element] = []
        self._inline(element, parts, boxes)
        properties = element.find(_W + "pPr")
        text = self._carried + "".join(parts)
        self._carried = ""
        if properties is not None and properties.find(f"{_W}rPr/{_W}del") is not None:
            self._carried = text  # its mark is deleted: it runs into the next paragraph
            return [], boxes
        if not text.strip():
            return [], boxes
        text = self._numbering.label(properties) + text
        alignment = _value(properties, _W + "jc") or self._numbering.styles.alignment(_value(properties, _W + "pStyle"))
        return [text.replace("\n", "")] if alignment == "center" else text.split("\n"), boxes

    def _inline(self, parent: etree._Element, parts: list[str], boxes: list[etree._Element]) -> None:
        for element in parent:
            tag = element.tag
            if tag == _W + "t":
                parts.append(element.text or "")
            elif tag == _W + "tab":
                parts.append(" ")
            elif tag in (_W + "br", _W + "cr"):
                parts.append("" if element.get(_W + "type") in ("page", "column") else "\n")
            elif tag == _W + "noBreakHyphen":
                parts.append("-")
            elif tag in (_W + "footnoteReference", _W + "endnoteReference"):
                note = self._notes.get(etree.QName(element).localname.removesuffix("Reference") + (element.get(_ID) or ""))
                if note is not None:
                    boxes.append(note)
            elif tag == _W + "txbxContent":
                boxes.append(element)
            elif tag == _W + "r" and element.find(f"{_W}rPr/{_W}vanish") is not None:
                continue
            elif tag not in _GONE and isinstance(tag, str):
                self._inline(_chosen(element), parts, boxes)

    def _table(self, element: etree._Element) -> None:
        cells: list[TableCell] = []
        held: list[etree._Element] = []
        spans: dict[int, int] = {}
        row_number = 0
        for row in _rows(element):
            column = _number(_value(row, f"{_W}trPr/{_W}gridBefore"))
            for cell in row.iter(_W + "tc"):
                if _owner(cell, _W + "tr") is not row:
                    continue
                properties = cell.find(_W + "tcPr")
                width = min(max(_number(_value(properties, _W + "gridSpan"), 1), 1), _MOST_SPAN)
                merge = properties.find(_W + "vMerge") if properties is not None else None
                if merge is not None and merge.get(_VAL) != "restart" and column in spans:
                    above = cells[spans[column]]
                    cells[spans[column]] = TableCell(above.row, above.column, above.text, row_number - above.row + 1, above.columns)
                else:
                    spans.pop(column, None)
                    if merge is not None:
                        spans[column] = len(cells)
                    held.append(cell)
                    cells.append(TableCell(row_number, column, "", 1, width))
                column += width
            row_number += 1
            self._composer.check(row_number)
        if len({cell.column for cell in cells}) < 2:  # a box around running text
            for cell in held:
                self.blocks(cell)
            return
        self._composer.table(
            TableCell(c.row, c.column, self._cell_text(element), c.rows, c.columns) for c, element in zip(cells, held, strict=True)
        )

    def _cell_text(self, cell: etree._Element) -> str:
        lines: list[str] = []
        for paragraph in cell.iter(_W + "p"):
            if not any(ancestor.tag in _GONE or ancestor.tag == _W + "txbxContent" for ancestor in _between(paragraph, cell)):
                lines += self._lines(paragraph)[0]
        return " ".join(line.strip() for line in lines if line.strip())


def _chosen(element: etree._Element) -> etree._Element:
    """The one alternative to read where a file offers the same content twice."""
    return element[0] if element.tag == _ALTERNATE and len(element) else element


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for row in table.iter(_W + "tr"):
        if _owner(row, _W + "tbl") is table and row.find(f"{_W}trPr/{_W}del") is None:
            yield row


def _owner(element: etree._Element, tag: str) -> etree._Element | None:
    return next(element.iterancestors(tag), None)


def _between(element: etree._Element, top: etree._Element) -> Iterator[etree._Element]:
    for ancestor in element.iterancestors():
        if ancestor is top:
            return
        yield ancestor
