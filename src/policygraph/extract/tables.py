"""Targets from indicator tables (指标 | 单位 | 2020年 | 2025年 | 属性): one for each indicator and future year, each with its
cell as the source."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policygraph.extract.grids import INDICATOR, YEAR, Leaves, rows_of, tables_of
from policygraph.extract.indicators import resolve_indicator
from policygraph.extract.quantities import comparator, find_quantities
from policygraph.model import Clause, Comparator, Document, Relative, Target
from policygraph.read import Cell, SourceText, Table, clean, fold

TARGET_RULE = "target.table/1"
_NO_INDICATOR = re.compile(r"类型|类别|领域|属性|性质|序号|单位|数值|^指标值|目标值|现状值|一级指标")
_UNIT = re.compile(r"^(?:计量)?单位$")
_PRESENT = re.compile(r"现状|基期|基准|基数|实际|完成(?:情况|值)|历史")
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


def extract_table_targets(
    source: SourceText, document: Document, clauses: Sequence[Clause], *, tables: Sequence[Table] | None = None
) -> list[Target]:
    """A target for each indicator and future year of the indicator tables; `—` and the present value give none."""
    leaves = Leaves(clauses)
    found: list[Target] = []
    for table in tables_of(source) if tables is None else tables:
        rows = rows_of(table, source)
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
    said = {k: [int(y) for y in YEAR.findall(h)] for k, h in headers.items()}
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
        titled = YEAR.findall(document.title)
        target = next((k for k, h in headers.items() if re.search(r"目标值?$|规划值|目标任务", h)), None)
        if target is not None and titled:
            columns[target] = int(titled[-1])
    return columns


def _baseline_year(headers: dict[int, str], years: dict[int, int]) -> str | None:
    earlier = [int(y) for k, h in headers.items() if k not in years for y in YEAR.findall(h)]
    return str(max(earlier)) if earlier else None


def _indicator_column(headers: dict[int, str], years: dict[int, int]) -> int | None:
    candidates = [
        (0 if "指标" in h else 1, k)
        for k, h in headers.items()
        if k not in years and INDICATOR.search(h) and not _NO_INDICATOR.search(h)
    ]
    return min(candidates)[1] if candidates else None


def _target(
    source: SourceText, document: Document, clause: Clause, *, name: Cell, cell: Cell, unit: str, usual: str, year: int, base: str | None,
    leaves: Leaves,
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
