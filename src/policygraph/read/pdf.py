"""PDF with a text layer: the characters' places become lines, tables and paragraphs.

pdfium is the engine: no script of the file runs (the build has no JavaScript), nothing it refers to is fetched.
`read_pdf` works in a process of its own; `parse_pdf` is what runs there.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

import pypdfium2
import pypdfium2.raw as pdfium

from policygraph.errors import InputError
from policygraph.read.composer import Composer, TableCell
from policygraph.read.grid import MOST_RULES, Grid, Rule, grids
from policygraph.read.isolated import read_isolated
from policygraph.read.layout import Glyph, Line, Page, in_columns, joined, lines_of, paragraphs, without_running_heads
from policygraph.read.limits import check_size, refused
from policygraph.read.scans import read_scan
from policygraph.read.source import SourceText
from policygraph.settings import Settings

MEDIA_TYPE = "application/pdf"
#: A page with fewer characters than this, on average, has no text layer worth the name.
_FEW_CHARACTERS = 20
#: Depth to which drawings within drawings are looked through for lines: programs nest two or three.
_DEEPEST_FORM = 8
_Point = tuple[float, float]
_UNMAPPED = re.compile("[\ufffd\ufffe\ue000-\uf8ff\x00]")


def read_pdf(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """The text of a PDF: its text layer, or, where it has none, what the OCR extra recognises."""
    settings = settings or Settings()
    check_size(data, name=name, settings=settings)
    source = read_isolated(data, name=name, kind="pdf", settings=settings)
    pages = int(source.metadata.get("pages", "1"))
    unmapped = len(_UNMAPPED.findall(source.text))
    # of a long document fifty pages' worth is enough: plates without text may follow
    if len(source.text) >= _FEW_CHARACTERS * min(pages, 50) and unmapped <= 0.3 * len(source.text):
        return source
    why = "its characters have no Unicode values" if unmapped else "it has no text layer (a scan)"
    return read_scan(data, name=name, why=why, settings=settings)


@dataclass(slots=True)
class _Content:
    """What stands on a page before anything is made of it."""

    number: int
    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)


def open_pdf(data: bytes, *, name: str, settings: Settings) -> pypdfium2.PdfDocument:
    """The PDF, once it is seen to be one that can be read within the limits."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(f"{name}: the PDF is locked with a password.", remedy="Save a copy without it.") from error
        raise InputError(
            f"{name}: not a readable PDF ({error}).", remedy="Open it, save it anew, or give its text as .txt or .docx."
        ) from error
    if len(document) > settings.pages:
        raise refused("pages", settings=settings, name=name, why=f"it has {len(document)} pages")
    return document


def parse_pdf(data: bytes, *, name: str, settings: Settings) -> SourceText:
    """The text layer of a PDF, and its tables."""
    document = open_pdf(data, name=name, settings=settings)
    composer = Composer(name, settings)
    contents = []
    _check_length(document, name=name, settings=settings)
    for number in range(len(document)):
        try:
            contents.append(_content(document[number], number))
        except pypdfium2.PdfiumError:
            composer.warn(f"page {number + 1} cannot be read")
    compose(contents, composer)
    return composer.source(data, media_type=MEDIA_TYPE, metadata=_metadata(document))


def _check_length(document: pypdfium2.PdfDocument, *, name: str, settings: Settings) -> None:
    """Refuses a PDF of more than `file_characters`; counting them is quick, their places are not."""
    characters = 0
    for number in range(len(document)):
        try:
            page = document[number]
            textpage = page.get_textpage()
        except pypdfium2.PdfiumError:
            continue
        characters += pdfium.FPDFText_CountChars(textpage.raw)
        textpage.close()
        page.close()
        if characters > settings.file_characters:
            raise refused("file_characters", settings=settings, name=name, why="its text is too long")


def _metadata(document: pypdfium2.PdfDocument) -> dict[str, str]:
    said = document.get_metadata_dict(skip_empty=True)
    created = re.match(r"\(?D:(\d{4})(\d{2})(\d{2})", said.get("CreationDate", ""))
    metadata = {"pages": str(len(document))}
    if said.get("Title"):
        metadata["file_title"] = said["Title"]
    if said.get("Author"):
        metadata["file_author"] = said["Author"]
    if created:
        metadata["file_date"] = "-".join(created.groups())
    return metadata


def _content(page: pypdfium2.PdfPage, number: int) -> _Content:
    width, height = page.get_size()
    turn = page.get_rotation() % 360
    across, down = (height, width) if turn in (90, 270) else (width, height)
    left, bottom = (max(sides) for sides in zip(page.get_mediabox()[:2], page.get_cropbox()[:2], strict=True))

    def place(x: float, y: float) -> tuple[float, float]:
        """Page coordinates from the top left corner as the page is seen."""
        x, y = x - left, y - bottom
        if turn == 90:
            return y, x
        if turn == 180:
            return across - x, y
        if turn == 270:
            return down - y, across - x
        return x, down - y

    content = _Content(number, width, height)
    content.glyphs = list(_glyphs(page, turn, place))
    if content.glyphs:
        horizontal: list[Rule] = []
        vertical: list[Rule] = []
        for (x0, y0), (x1, y1) in _strokes(page):
            (ax, ay), (bx, by) = place(x0, y0), place(x1, y1)
            if abs(ay - by) < 1.5 and abs(ax - bx) > 4:
                horizontal.append(Rule((ay + by) / 2, min(ax, bx), max(ax, bx)))
            elif abs(ax - bx) < 1.5 and abs(ay - by) > 4:
                vertical.append(Rule((ax + bx) / 2, min(ay, by), max(ay, by)))
        content.grids = grids(horizontal, vertical)
    return content


def _glyphs(page: pypdfium2.PdfPage, turn: int, place: Callable[[float, float], _Point]) -> Iterator[Glyph]:
    textpage = page.get_textpage()
    raw = textpage.raw
    x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
    for i in range(pdfium.FPDFText_CountChars(raw)):
        code = pdfium.FPDFText_GetUnicode(raw, i)
        if code <= 0x20 or pdfium.FPDFText_IsGenerated(raw, i) == 1 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            continue
        text = chr(code)
        if text.isspace():
            continue
        angle = math.degrees(pdfium.FPDFText_GetCharAngle(raw, i))
        if abs((angle - (360 - turn) % 360 + 180) % 360 - 180) > 5 and abs((angle - turn + 180) % 360 - 180) > 5:
            continue  # a watermark across the page
        pdfium.FPDFText_GetCharOrigin(raw, i, x, y)
        pdfium.FPDFText_GetLooseCharBox(raw, i, box)
        (ax, ay), (bx, by) = place(box.left, box.bottom), place(box.right, box.top)
        _, baseline = place(x.value, y.value)
        x0, x1, size = min(ax, bx), max(ax, bx), abs(ay - by)
        if not all(map(math.isfinite, (x0, x1, baseline))) or max(abs(x0), abs(x1), abs(baseline)) > 1e5:
            continue
        if code > 0x2E7F and x1 - x0 > 1:
            size = x1 - x0
        if code == 0x02:
            text = "-"
        yield Glyph(text, x0, x1, baseline, max(size, 1.0))


def _strokes(page: pypdfium2.PdfPage) -> Iterator[tuple[_Point, _Point]]:
    """The straight lines that the page draws, thin filled boxes among them."""
    count = 0
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=_DEEPEST_FORM):
        left, bottom, right, top = item.get_bounds()
        if right - left < 3 and top - bottom < 3:
            continue
        if right - left < 3:
            middle = (left + right) / 2
            strokes = [((middle, bottom), (middle, top))]
        elif top - bottom < 3:
            middle = (bottom + top) / 2
            strokes = [((left, middle), (right, middle))]
        else:
            strokes = list(_segments(item))
        yield from strokes
        count += len(strokes)
        if count > 4 * MOST_RULES:
            return


def _segments(item: pypdfium2.PdfObject) -> Iterator[tuple[_Point, _Point]]:
    """The straight segments of a path that is stroked; curves and fillings draw no rules."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item.raw, fill, stroke)
    if not stroke.value:
        return
    matrix = item.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    first: _Point | None = None
    last: _Point | None = None
    for k in range(min(pdfium.FPDFPath_CountSegments(item.raw), MOST_RULES)):
        segment = pdfium.FPDFPath_GetPathSegment(item.raw, k)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO and last is not None:
            yield last, point
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment) and first is not None:
            yield point, first
            last = first


@dataclass(slots=True)
class _TableOnPage:
    """A table, the page it stands on, and the lines of each of its cells."""

    page: int
    top: float
    grid: Grid
    texts: list[list[list[Line]]]

    def rows(self) -> list[TableCell]:
        return [
            TableCell(cell.row, cell.column, " ".join(joined(part) for part in parts), cell.rows, cell.columns, tuple(chain(*parts)))
            for cell, parts in zip(self.grid.cells, self.texts, strict=True)
        ]


def compose(contents: list[_Content], composer: Composer) -> None:
    """Puts the pages into text: paragraphs and tables in reading order."""
    pages: list[Page] = []
    tables: list[_TableOnPage] = []
    for content in contents:
        composer.page(content.number, width=content.width, height=content.height)
        free = content.glyphs
        for grid in content.grids:
            inside = [glyph for glyph in free if grid.holds((glyph.x0 + glyph.x1) / 2, glyph.y - 0.3 * glyph.size)]
            if not inside:
                continue
            texts = _cell_texts(grid, inside, content)
            filled = sum(1 for parts in texts if parts)
            if grid.columns < 2 or filled < 3:
                continue  # a box around running text: its lines are read as the page's
            inner = set(map(id, inside))
            free = [glyph for glyph in free if id(glyph) not in inner]
            tables.append(_TableOnPage(content.number, grid.y0, grid, texts))
        pages.append(Page(content.number, content.width, content.height, lines_of(free, page=content.number)))
    pages = [in_columns(page) for page in without_running_heads(pages)]
    _put(paragraphs(pages), _continued(tables, pages), composer)


def _cell_texts(grid: Grid, glyphs: list[Glyph], content: _Content) -> list[list[list[Line]]]:
    inside: list[list[Glyph]] = [[] for _ in grid.cells]
    for glyph in glyphs:
        x, y = (glyph.x0 + glyph.x1) / 2, glyph.y - 0.3 * glyph.size
        for i, cell in enumerate(grid.cells):
            if cell.x0 <= x < cell.x1 and cell.y0 <= y < cell.y1:
                inside[i].append(glyph)
                break
    texts = []
    for cell, found in zip(grid.cells, inside, strict=True):
        parts: list[list[Line]] = []
        for line in lines_of(found, page=content.number):
            # Short lines of a list (省发展改革委 / 省财政厅) stay apart; a line as wide as the cell goes on.
            full = parts and cell.x1 - parts[-1][-1].x1 < 2.0 * line.size
            if full:
                parts[-1].append(line)
            else:
                parts.append([line])
        texts.append(parts)
    return texts


def _continued(tables: list[_TableOnPage], pages: list[Page]) -> list[tuple[_TableOnPage, list[TableCell]]]:
    """Each table with its cells; one that goes on at the top of the next page is one table, its header told once."""
    text_below = {page.number: max((line.y for line in page.lines), default=0.0) for page in pages}
    text_above = {page.number: min((line.y for line in page.lines), default=math.inf) for page in pages}
    whole: list[tuple[_TableOnPage, list[TableCell]]] = []
    last: _TableOnPage | None = None
    for table in tables:
        cells = table.rows()
        goes_on = (
            last is not None
            and table.page == last.page + 1
            and len(table.grid.xs) == len(last.grid.xs)
            and all(abs(a - b) < 6 for a, b in zip(table.grid.xs, last.grid.xs, strict=True))
            and text_below.get(last.page, 0.0) < last.grid.y1
            and text_above.get(table.page, math.inf) > table.grid.y0
        )
        if goes_on:
            first, kept = whole[-1]
            header = [cell.text for cell in kept if cell.row == 0]
            if [cell.text for cell in cells if cell.row == 0] == header:
                cells = [cell for cell in cells if cell.row > 0]
            base = max(cell.row + cell.rows for cell in kept)
            skipped = min((cell.row for cell in cells), default=0)
            if _cut_row(kept, cells, base=base, first=skipped):
                _join_row(kept, cells, base=base, first=skipped)
                cells, skipped = [cell for cell in cells if cell.row > skipped], skipped + 1
            kept += [
                replace(cell, row=cell.row - skipped + base) for cell in cells
            ]
        else:
            whole.append((table, cells))
        last = table
    return whole


def _cut_row(above: list[TableCell], below: list[TableCell], *, base: int, first: int) -> bool:
    """Whether the first row on a page is the rest of the last one on the page before: half of its cells or more are
    empty under full ones, and what it holds goes on with a text that had not ended."""
    last = {cell.column: cell.text for cell in above if cell.row + cell.rows == base}
    rest = {cell.column: cell.text for cell in below if cell.row == first and cell.rows == 1}
    empty = [column for column, text in rest.items() if not text and last.get(column)]
    goes_on = [column for column, text in rest.items() if text and last.get(column, "。")[-1:] not in "。；"]
    return bool(goes_on) and 2 * len(empty) >= len(rest)


def _join_row(above: list[TableCell], below: list[TableCell], *, base: int, first: int) -> None:
    rest = {cell.column: cell for cell in below if cell.row == first and cell.text}
    for i, cell in enumerate(above):
        more = rest.get(cell.column)
        if cell.row + cell.rows == base and more is not None:
            above[i] = replace(cell, text=f"{cell.text} {more.text}", lines=(*cell.lines, *more.lines))


def _put(found: list[list[Line]], tables: list[tuple[_TableOnPage, list[TableCell]]], composer: Composer) -> None:
    waiting = list(tables)
    for paragraph in found:
        first = paragraph[0]
        while waiting and (waiting[0][0].page, waiting[0][0].top) < (first.page, first.y):
            composer.table(waiting.pop(0)[1])
        composer.paragraph(joined(paragraph), lines=paragraph)
    for _, cells in waiting:
        composer.table(cells)
