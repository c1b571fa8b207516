"""Targets and responsibilities from tables, each with its cell as the source.

Two tables recur in the genre. The indicator table (指标 | 单位 | 2020年 | 2025年 | 属性) gives a target for each
indicator and future year. The division of tasks (重点任务 | 责任单位 | 完成时限) gives the bodies of each row. Tables come
from the readers (`SourceText.tables`) or stand in the text as lines with bars, tabs or wide gaps between cells.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policygraph.extract.cells import bodies_of
from policygraph.extract.indicators import resolve_indicator
from policygraph.extract.present import Now, now_of
from policygraph.extract.quantities import comparator, find_quantities
from policygraph.extract.times import find_times
from policygraph.model import Clause, Comparator, Document, Relative, Responsibility, Role, Target
from policygraph.read import Cell, SourceText, Table, clean, fold

TARGET_RULE = "target.table/1"
NOTE_RULE = "responsibility.table/1"

_INDICATOR = re.compile(r"指标|名称|项目")
_NO_INDICATOR = re.compile(r"类型|类别|领域|属性|性质|序号|单位|数值|^指标值|目标值|现状值|一级指标")
_UNIT = re.compile(r"^(?:计量)?单位$")
_YEAR = re.compile(r"(20\d\d)年?")
_PRESENT = re.compile(r"现状|基期|基准|基数|实际|完成(?:情况|值)|历史")
_TIME_COLUMN = re.compile(r"(?:完成|办结|工作|推进|实施)?(?:时限|期限|时间|进度)(?:要求|安排|节点)?$")
_ROLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (re.compile(r"^(?:牵头|主办|主要责任)(?:责任)?(?:单位|部门|处室|机构)"), "lead"),
    (re.compile(r"^(?:配合|协办|协助|支持|协同)(?:单位|部门|处室|机构)"), "cooperate"),
    (re.compile(r"^参与(?:单位|部门|处室|机构)"), "participate"),
    (re.compile(r"^(?:实施|落实)(?:单位|主体|部门)"), "implement"),
    (re.compile(r"^(?:责任|负责|承办)(?:单位|部门|处室|主体|机构|科室)"), "responsible"),
)
_NOTHING = re.compile(r"[-–—―－/\\.…*〔〕\s]*|无|暂无")
_BARE_NUMBER = re.compile(r"(?P<sign>[≥≤><＞＜约])?(?P<number>\d[\d,]*(?:\.\d+)?)(?P<after>以上|以内|以下|左右)?")
_UNIT_IN_NAME = re.compile(r"[（(]([^（）()\d]{1,12})[）)]$")
#: 2025年目标值（万吨）; above a table: 单位：万吨.
_UNIT_IN_HEADER = re.compile(r"（(?:单位：)?([^（）\d]{1,12})）$")
_UNIT_ABOVE = re.compile(r"(?:^|[（\s])单位：\s*([^（）\d、，；]{1,12}?)）?$")
_SHARE = re.compile(r"(?:率|比例|比重|占比|覆盖面)$")
_ABOVE = 60
_BRACKETS = "〔〕[]【】（）() "
_RISE: tuple[tuple[re.Pattern[str], Relative], ...] = (
    (re.compile(r"^(?:累计)?(?:新增|增加|增长|提高|提升|上升)"), "increase"),
    (re.compile(r"^(?:累计)?(?:下降|降低|减少|削减|压减)"), "decrease"),
)
_FALLS = re.compile(r"(?:下降|降低|减少|削减)(?:比例|率|幅度)?$")
_GAP = re.compile(r"\t| {2,}|\u3000+")
_MOST_ROWS = 5000


def tables_of(source: SourceText, start: int = 0, end: int | None = None) -> tuple[Table, ...]:
    """The tables that the reader found in a stretch of the source, and those that stand in it as lines, in reading order."""
    stop = len(source.text) if end is None else end
    known = [table for table in source.tables if start <= table.start < stop]
    taken = [(table.start, table.end) for table in known]
    return tuple(sorted([*known, *_text_tables(source.text, taken, start, stop)], key=lambda table: table.start))


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
    indicator = any(_INDICATOR.search(t) for t in folded) and any(_YEAR.search(t) or "目标" in t for t in folded)
    return (indicator or any(_role_of(t) for t in folded)) and all(len(t) <= 25 for t in folded)


def _role_of(header: str) -> Role | None:
    plain = re.sub(r"\s", "", header)
    if len(plain) > 14 or "：" in plain:
        return None
    return next((role for pattern, role in _ROLES if pattern.match(plain)), None)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A table by rows: the header of each column, and each row's cell in each column (spanning cells in all)."""

    headers: dict[int, str]
    rows: list[dict[int, Cell]]
    lowest: dict[int, str]  # the last line of each column's header: 牵头单位 under 责任单位


def _rows_of(table: Table, source: SourceText) -> _Rows:
    grid: dict[int, dict[int, Cell]] = {}
    for cell in table.cells:
        for row in range(cell.row, min(cell.row + cell.rows, cell.row + _MOST_ROWS)):
            for column in range(cell.column, cell.column + cell.columns):
                grid.setdefault(row, {})[column] = cell
    order = sorted(grid)
    first = next((i for i, row in enumerate(order[:4]) if _names_columns_of(grid[row], source)), None)
    if first is None:
        return _Rows({}, [], {})
    last = first
    if any(cell.columns > 1 and len(set(grid[order[first]].values())) > 1 for cell in grid[order[first]].values()):
        last = min(first + 1, len(order) - 1)
    headers: dict[int, str] = {}
    lowest: dict[int, str] = {}
    for row in order[first : last + 1]:
        for column, cell in grid[row].items():
            text = fold(clean(source.text[cell.start : cell.end]))
            if text and text not in headers.get(column, ""):
                headers[column] = headers.get(column, "") + text
                lowest[column] = text
    return _Rows(headers, [grid[row] for row in order[last + 1 :]], lowest)


def _names_columns_of(row: dict[int, Cell], source: SourceText) -> bool:
    cells = list(dict.fromkeys(row.values()))
    texts = [clean(source.text[cell.start : cell.end]) for cell in cells]
    folded = [fold(text) for text in texts]
    return len(cells) >= 2 and (
        any(_role_of(t) for t in folded)
        or (any(_INDICATOR.search(t) for t in folded) and any(_YEAR.search(t) or "目标" in t or "年份" in t for t in folded))
    )


class _Leaves:
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


def extract_table_targets(
    source: SourceText, document: Document, clauses: Sequence[Clause], *, tables: Sequence[Table] | None = None
) -> list[Target]:
    """A target for each indicator and future year of the indicator tables; `—` and the present value give none."""
    leaves = _Leaves(clauses)
    found: list[Target] = []
    for table in tables_of(source) if tables is None else tables:
        rows = _rows_of(table, source)
        years = _target_years(rows.headers, document)
        name_column = _indicator_column(rows.headers, years)
        if name_column is None or not years:
            continue
        unit_column = next((k for k, header in rows.headers.items() if _UNIT.match(header)), None)
        base = _baseline_year(rows.headers, years)
        above = _unit_above(table, source)
        for row in rows.rows:
            name = row.get(name_column)
            if name is None or name.end == name.start:
                continue
            unit_cell = row.get(unit_column) if unit_column is not None else None
            unit = clean(source.text[unit_cell.start : unit_cell.end]) if unit_cell else ""
            for column, year in years.items():
                cell = row.get(column)
                if cell is None or cell is name:
                    continue
                clause = leaves.at(cell.start)
                if clause is None or cell.end == cell.start:
                    continue
                usual = _unit_in_header(rows.headers[column]) or above
                target = _target(source, document, clause, name=name, cell=cell, unit=unit, usual=usual, year=year, base=base, leaves=leaves)
                if target is not None:
                    found.append(target)
    return found


def _is_unit(written: str) -> bool:
    quantity = next(iter(find_quantities(f"5{written}")), None)
    return quantity is not None and quantity.unit == written


def _unit_in_header(header: str) -> str:
    """The unit that the header of a column of values names, "" for none (（现状值） is none)."""
    match = _UNIT_IN_HEADER.search(header)
    return match[1] if match and _is_unit(match[1]) else ""


def _unit_above(table: Table, source: SourceText) -> str:
    """The one unit that stands above a table for all its values."""
    lines = source.text[max(table.start - _ABOVE, 0) : table.start].split("\n")
    shown = [fold(line.strip()) for line in lines if line.strip()]
    match = _UNIT_ABOVE.search(shown[-1]) if shown else None
    return match[1] if match and _is_unit(match[1]) else ""


def _target_years(headers: dict[int, str], document: Document) -> dict[int, int]:
    """The columns that hold what is to be reached, with their years."""
    said = {k: [int(y) for y in _YEAR.findall(h)] for k, h in headers.items()}
    issued = int(document.date[:4]) if document.date else None
    every = [years[-1] for years in said.values() if years]
    columns: dict[int, int] = {}
    for column, years in said.items():
        if years and not _PRESENT.search(headers[column]) and "比" not in headers[column]:
            year = years[-1]
            later = year >= issued if issued else len(every) == 1 or year > min(every)
            if later:
                columns[column] = year
    if not columns:
        titled = _YEAR.findall(document.title)
        target = next((k for k, h in headers.items() if re.search(r"目标值?$|规划值|目标任务", h)), None)
        if target is not None and titled:
            columns[target] = int(titled[-1])
    return columns


def _baseline_year(headers: dict[int, str], years: dict[int, int]) -> str | None:
    earlier = [int(y) for k, h in headers.items() if k not in years for y in _YEAR.findall(h)]
    return str(max(earlier)) if earlier else None


def _indicator_column(headers: dict[int, str], years: dict[int, int]) -> int | None:
    candidates = [
        (0 if "指标" in h else 1, k)
        for k, h in headers.items()
        if k not in years and _INDICATOR.search(h) and not _NO_INDICATOR.search(h)
    ]
    return min(candidates)[1] if candidates else None


def _target(
    source: SourceText, document: Document, clause: Clause, *, name: Cell, cell: Cell, unit: str, usual: str, year: int, base: str | None,
    leaves: _Leaves,
) -> Target | None:
    raw = clean(source.text[cell.start : cell.end])
    folded = fold(raw).strip(_BRACKETS)
    if _NOTHING.fullmatch(folded):
        return None
    indicator = clean(source.text[name.start : name.end])
    indicator = re.sub(r"^\d{1,2}[.．、]\s*|[①-⑳]|[〔\[]\d{1,2}[〕\]]$|\*$|(?<=[\u4e00-\u9fff])\d$", "", indicator)
    named = _UNIT_IN_NAME.search(indicator)
    if named and not unit:
        unit, indicator = named[1], indicator[: named.start()]
    unit = fold(unit).strip(_BRACKETS)
    if not unit and not _SHARE.search(indicator):
        unit = usual
    relative: Relative | None = next((way for pattern, way in _RISE if pattern.match(folded)), None)
    if relative is None and _FALLS.search(indicator):
        relative = "decrease"
    value, shown_unit, sign = _value(folded, "" if _NOTHING.fullmatch(unit) else unit)
    return Target(
        id=leaves.identify(clause, "target"),
        document=document.id,
        clause=clause.id,
        text=raw,
        indicator=indicator,
        comparator=sign,
        value=value,
        unit=shown_unit,
        relative=relative if value is not None else None,
        baseline=base if value is not None and relative else None,
        state=None if value is not None else folded,
        deadline=f"{year}-12-31",
        concept=resolve_indicator(indicator),
        start=cell.start,
        end=cell.end,
        by=TARGET_RULE,
    )


def _value(folded: str, unit: str) -> tuple[float | int | str | None, str | None, Comparator | None]:
    """Value, unit and comparator of a cell; a bare number takes the unit of its row."""
    bare = _BARE_NUMBER.fullmatch(folded)
    if bare:
        folded = f"{bare['sign'] or ''}{bare['number']}{unit}{bare['after'] or ''}"
    quantity = next(iter(find_quantities(folded)), None)
    if quantity is not None:
        return quantity.value, quantity.unit, comparator(folded[: quantity.start], quantity)
    if bare:
        number = bare["number"].replace(",", "")
        sign: Comparator = {"≥": ">=", ">": ">=", "≤": "<=", "<": "<=", "约": "~"}.get(bare["sign"] or "", "=")  # type: ignore[assignment]
        sign = {"以上": ">=", "以内": "<=", "以下": "<=", "左右": "~"}.get(bare["after"] or "", sign)  # type: ignore[assignment]
        return float(number) if "." in number else int(number), unit or None, sign
    return None, None, None


def extract_table_responsibilities(
    source: SourceText, document: Document, clauses: Sequence[Clause], *, tables: Sequence[Table] | None = None
) -> list[Responsibility]:
    """A responsibility for each cell of bodies in the tables that divide tasks, dated by the row's own time column."""
    leaves = _Leaves(clauses)
    now = now_of(document)
    found: list[Responsibility] = []
    for table in tables_of(source) if tables is None else tables:
        rows = _rows_of(table, source)
        roles = {k: role for k, header in rows.headers.items() if (role := _role_of(rows.lowest[k]) or _role_of(header))}
        time_column = next((k for k, h in rows.headers.items() if _TIME_COLUMN.search(h) and k not in roles), None)
        for row in rows.rows if roles else ():
            others = [cell for k, cell in sorted(row.items(), reverse=True) if k not in roles and k != time_column]
            task = next((cell for cell in others if cell.end - cell.start > 4), None)
            for column, role in roles.items():
                cell = row.get(column)
                if cell is None or cell.end == cell.start or cell in others:
                    continue
                agencies = tuple(bodies_of(source.text[cell.start : cell.end], role=role, region=document.region))
                clause = leaves.at((task or cell).start) or leaves.at(cell.start)
                if not agencies or clause is None:
                    continue
                found.append(
                    Responsibility(
                        id=leaves.identify(clause, "note"),
                        document=document.id,
                        clause=clause.id,
                        text=clean(source.text[cell.start : cell.end]),
                        agencies=agencies,
                        deadline=_due(source, row.get(time_column) if time_column is not None else None, now),
                        start=cell.start,
                        end=cell.end,
                        by=NOTE_RULE,
                    )
                )
    return found


def _due(source: SourceText, cell: Cell | None, now: Now) -> str | None:
    if cell is None:
        return None
    written = fold(clean(source.text[cell.start : cell.end]))
    for said in (written, "到" + written):  # a bare 2025年 in the column of deadlines is one
        due = [time.date for time in find_times(said, now) if time.date and time.part == "due"]
        if due:
            return due[-1]
    return None
