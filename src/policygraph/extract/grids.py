"""Tables as rows under their headers: those that a reader found, and those that stand in a text as lines with bars, tabs
or wide gaps between cells. A table that goes on over the page is one, its header once."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from policygraph.model import Clause, Role
from policygraph.read import Cell, SourceText, Table, clean, fold

INDICATOR = re.compile(r"指标|名称|项目")
YEAR = re.compile(r"(20\d\d)年?")
_ROLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (re.compile(r"^(?:牵头|主办|主要责任)(?:责任)?(?:单位|部门|处室|机构)"), "lead"),
    (re.compile(r"^(?:配合|协办|协助|支持|协同)(?:单位|部门|处室|机构)"), "cooperate"),
    (re.compile(r"^参与(?:单位|部门|处室|机构)"), "participate"),
    (re.compile(r"^(?:实施|落实)(?:单位|主体|部门)"), "implement"),
    (re.compile(r"^(?:责任|负责|承办)(?:单位|部门|处室|主体|机构|科室)"), "responsible"),
)
_GAP = re.compile(r"\t| {2,}|\u3000+")
_MOST_ROWS = 5000
_NUMBER_COLUMN = re.compile(r"^(?:序号|编号|项目编号|号)$")
_WHOLE_BODY = re.compile(r"[部厅局委办院署会行社队所站校处科府）]$|部门|单位|公司|集团|[市县区州乡镇]$|等$|/$|—$|-$")
#: Between the parts of a table stands a page number at most, or 续表.
_BETWEEN_PAGES = 12



def tables_of(source: SourceText, start: int = 0, end: int | None = None) -> tuple[Table, ...]:
    """The tables that the reader found in a stretch of the source, and those that stand in it as lines, in reading order;
    those that go on over the page as one."""
    stop = len(source.text) if end is None else end
    known = [table for table in source.tables if start <= table.start < stop]
    taken = [(table.start, table.end) for table in known]
    found = sorted([*known, *_text_tables(source.text, taken, start, stop)], key=lambda table: table.start)
    return tuple(_joined(found, source))


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedTable(Table):
    """A table that goes on over pages; `breaks` are the rows that begin a page."""

    breaks: tuple[int, ...] = ()


def _joined(tables: Sequence[Table], source: SourceText) -> Iterator[Table]:
    """The tables, one that a page parts made whole: as wide as the one before, nothing between them, its header the same
    or none."""
    held: Table | None = None
    for table in tables:
        if held and _goes_on(held, table, source):
            offset = max(cell.row + cell.rows for cell in held.cells)
            breaks = held.breaks if isinstance(held, PagedTable) else ()
            moved = [replace(cell, row=cell.row + offset) for cell in table.cells]
            held = PagedTable(start=held.start, end=table.end, cells=(*held.cells, *moved), breaks=(*breaks, offset))
            continue
        if held:
            yield held
        held = table
    if held:
        yield held


def _goes_on(before: Table, table: Table, source: SourceText) -> bool:
    if _width(before) != _width(table) or len(clean(source.text[before.end : table.start])) > _BETWEEN_PAGES:
        return False
    headers = rows_of(before, source).headers
    own = rows_of(table, source).headers
    return bool(headers) and (not own or own == headers)


def _width(table: Table) -> int:
    return max((cell.column + cell.columns for cell in table.cells), default=0)


def _text_tables(text: str, taken: Sequence[tuple[int, int]], first: int, stop: int) -> Iterator[Table]:
    """Runs of lines with three cells or more under a line that names columns."""
    cells: list[Cell] = []
    width = row = 0
    start = end = 0
    at = first
    misses = 0
    ahead = iter(sorted(taken))
    table = next(ahead, None)
    for line in text[first:stop].splitlines(keepends=True):
        here, at = at, at + len(line)
        while table and table[1] < here:
            table = next(ahead, None)
        if (table and table[0] <= here) or not line.strip():
            continue
        spans = _cell_spans(line, here)
        if not cells and len(spans) < 3:
            continue
        texts = [clean(text[a:b]) for a, b in spans]
        opens = len(spans) >= 3 and _names_columns(texts)
        if opens and cells:
            if row:
                yield Table(start=start, end=end, cells=tuple(cells))
            cells = []
        if not cells:
            if opens:
                width, row, start, end, misses = len(spans), 0, here, here + len(line.rstrip()), 0
                cells = [Cell(row=0, column=k, start=a, end=b) for k, (a, b) in enumerate(spans)]
            continue
        if all(set(t) <= set("-:") for t in texts):  # the rule under a Markdown header
            continue
        if len(spans) < 3 or len(spans) > width or row > _MOST_ROWS:
            misses += 1
            if misses > 1 or len(line.strip()) > 20 or row > _MOST_ROWS:
                if row:
                    yield Table(start=start, end=end, cells=tuple(cells))
                cells = []
            continue
        misses, row, end = 0, row + 1, here + len(line.rstrip())
        shift = width - len(spans)  # a missing first cell is the category that spans rows
        cells += [Cell(row=row, column=k + shift, start=a, end=b) for k, (a, b) in enumerate(spans)]
    if cells and row:
        yield Table(start=start, end=end, cells=tuple(cells))


def _cell_spans(line: str, offset: int) -> list[tuple[int, int]]:
    stripped = line.strip()
    if stripped.startswith("|") and stripped.endswith("|") and stripped.count("|") >= 3:
        first = line.index("|")
        bars = [i for i, char in enumerate(line) if char == "|" and i >= first]
        pieces = [(a + 1, b) for a, b in zip(bars, bars[1:], strict=False)]
        markdown = True
    else:
        edges = [match.span() for match in _GAP.finditer(line)]
        pieces = list(zip([0, *(b for _, b in edges)], [*(a for a, _ in edges), len(line)], strict=True))
        markdown = False
    spans = []
    for a, b in pieces:
        inside = line[a:b]
        left = a + len(inside) - len(inside.lstrip())
        right = a + len(inside.rstrip())
        if right > left:
            spans.append((offset + left, offset + right))
        elif markdown:
            spans.append((offset + a, offset + a))
    return spans


def _names_columns(texts: Sequence[str]) -> bool:
    folded = [fold(text) for text in texts]
    indicator = any(INDICATOR.search(t) for t in folded) and any(YEAR.search(t) or "目标" in t for t in folded)
    return (indicator or any(role_of(t) for t in folded)) and all(len(t) <= 25 for t in folded)


def role_of(header: str) -> Role | None:
    plain = re.sub(r"\s", "", header)
    if len(plain) > 14 or "：" in plain:
        return None
    return next((role for pattern, role in _ROLES if pattern.match(plain)), None)


@dataclass(frozen=True, slots=True)
class Rows:
    """A table by rows: the header of each column, and each row's cell in each column (spanning cells in all)."""

    headers: dict[int, str]
    rows: list[dict[int, Cell]]
    lowest: dict[int, str]  # the last line of each column's header: 牵头单位 under 责任单位
    #: What a page cut off a row: by its place in `rows`, the cells that go on on the next page.
    cut_off: dict[int, dict[int, Cell]] = field(default_factory=dict)


def rows_of(table: Table, source: SourceText) -> Rows:
    grid: dict[int, dict[int, Cell]] = {}
    for cell in table.cells:
        for line in range(cell.row, min(cell.row + cell.rows, cell.row + _MOST_ROWS)):
            for column in range(cell.column, cell.column + cell.columns):
                grid.setdefault(line, {})[column] = cell
    order = sorted(grid)
    first = next((i for i, row in enumerate(order[:4]) if _names_columns_of(grid[row], source)), None)
    if first is None:
        return Rows({}, [], {})
    last = first
    if any(cell.columns > 1 and len(set(grid[order[first]].values())) > 1 for cell in grid[order[first]].values()):
        last = min(first + 1, len(order) - 1)
    headers: dict[int, str] = {}
    lowest: dict[int, str] = {}
    for number in order[first : last + 1]:
        for column, cell in grid[number].items():
            text = fold(clean(source.text[cell.start : cell.end]))
            if text and text not in headers.get(column, ""):
                headers[column] = headers.get(column, "") + text
                lowest[column] = text
    rows: list[dict[int, Cell]] = []
    cut_off: dict[int, dict[int, Cell]] = {}
    opens_page = False
    breaks = table.breaks if isinstance(table, PagedTable) else ()
    for number in order[last + 1 :]:
        row = grid[number]
        opens_page = opens_page or number in breaks
        texts = {column: fold(clean(source.text[cell.start : cell.end])) for column, cell in row.items()}
        if _repeats(texts, headers, lowest):
            opens_page = True
            continue
        if rows and _is_cut_off(texts, headers, rows[-1], source, opens_page=opens_page):
            cut_off[len(rows) - 1] = row
        else:
            rows.append(row)
        opens_page = False
    return Rows(headers, rows, lowest, cut_off)


def _repeats(texts: dict[int, str], headers: dict[int, str], lowest: dict[int, str]) -> bool:
    """Whether a row says the header again, as on each page."""
    said = {column: text for column, text in texts.items() if text}
    same = sum(text in (headers.get(column), lowest.get(column)) or (text in headers.get(column, "") and len(text) > 1) for column, text in said.items())
    return bool(said) and same == len(said)


def _is_cut_off(texts: dict[int, str], headers: dict[int, str], before: dict[int, Cell], source: SourceText, *, opens_page: bool) -> bool:
    """Whether a row goes on with the one before, which a page cut: it has no number of its own, and what it goes on with
    is not at its end. Where no reader tells that a page begins, a word that breaks off must tell it."""
    numbered = next((column for column, header in headers.items() if _NUMBER_COLUMN.search(header)), min(headers, default=0))
    if texts.get(numbered, ""):
        return False
    for column, text in texts.items():
        cell = before.get(column)
        above = fold(clean(source.text[cell.start : cell.end])) if cell else ""
        if text and above and above[-1] not in "。；！" and (opens_page or _breaks_off(above, text, headers.get(column, ""))):
            return True
    return False


def _breaks_off(above: str, below: str, header: str) -> bool:
    """Whether a cell ends within a word: half a name of a body, half a date, a comma."""
    if role_of(header):
        return not _WHOLE_BODY.search(above)
    if re.search(r"\d{4}年$|\d$", above) and below[0].isdigit():
        return True
    return above[-1] in "、，" or below[0] in "、，。；）"


def _names_columns_of(row: dict[int, Cell], source: SourceText) -> bool:
    cells = list(dict.fromkeys(row.values()))
    texts = [clean(source.text[cell.start : cell.end]) for cell in cells]
    folded = [fold(text) for text in texts]
    return len(cells) >= 2 and (
        any(role_of(t) for t in folded)
        or (any(INDICATOR.search(t) for t in folded) and any(YEAR.search(t) or "目标" in t or "年份" in t for t in folded))
    )


class Leaves:
    """Finds the leaf clause that holds an offset, and numbers the records of each."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._leaves = sorted((c for c in clauses if c.leaf), key=lambda c: c.start)
        self._starts = [clause.start for clause in self._leaves]
        self._counts: Counter[str] = Counter()

    def at(self, offset: int) -> Clause | None:
        i = bisect.bisect_right(self._starts, offset) - 1
        return self._leaves[i] if i >= 0 and offset < self._leaves[i].end else None

    def identify(self, clause: Clause, kind: str) -> str:
        self._counts[clause.id] += 1
        return f"{clause.id}/table_{kind}_{self._counts[clause.id]}"
