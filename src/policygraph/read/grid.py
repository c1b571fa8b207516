"""Ruled tables of a page: from the lines that are drawn to cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Points within which two lines meet, or stand at one place: lines are up to 2 points wide and end where the other begins.
_NEAR = 3.0
#: Pages with more rules than this are drawings, not tables: a table of a hundred rows and twenty columns
#: has some 120 lines once the pieces that lie in a row are joined, a map thousands.
MOST_RULES = 1500
#: Cells that a grid may have: above, lines cross that are no table, and the work grows with the cells.
MOST_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal or vertical line from `start` to `end` at `at`."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class GridCell:
    row: int
    column: int
    rows: int
    columns: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's place on the page, its column edges and its cells (merged ones once)."""

    x0: float
    y0: float
    x1: float
    y1: float
    xs: tuple[float, ...]
    cells: tuple[GridCell, ...]

    def holds(self, x: float, y: float) -> bool:
        return self.x0 - 1 <= x <= self.x1 + 1 and self.y0 - 1 <= y <= self.y1 + 1

    @property
    def columns(self) -> int:
        return len(self.xs) - 1


def grids(horizontal: Sequence[Rule], vertical: Sequence[Rule]) -> list[Grid]:
    """The tables that rules form, top to bottom. Rules that cross nothing (underlines, frames of letterheads) form
    none."""
    across, down = _merged(horizontal), _merged(vertical)
    if len(across) + len(down) > MOST_RULES:
        return []
    found = [
        grid
        for rows, columns in _connected(across, down)
        if len(rows) >= 2 and len(columns) >= 1
        for grid in _grid(rows, columns)
    ]
    return sorted(found, key=lambda grid: grid.y0)


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Rules on one line that touch, as one."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda r: (round(r.at / 2), r.start)):
        last = merged[-1] if merged else None
        if last and abs(last.at - rule.at) < 2.5 and rule.start <= last.end + _NEAR:
            merged[-1] = Rule(last.at, last.start, max(last.end, rule.end))
        else:
            merged.append(rule)
    return [rule for rule in merged if rule.end - rule.start > 4]


def _connected(across: Sequence[Rule], down: Sequence[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Groups of rules that cross or touch."""
    parent = list(range(len(across) + len(down)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, h in enumerate(across):
        for j, v in enumerate(down):
            crosses = h.start - _NEAR <= v.at <= h.end + _NEAR and v.start - _NEAR <= h.at <= v.end + _NEAR
            if crosses:
                parent[root(i)] = root(len(across) + j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate([*across, *down]):
        rows, columns = groups.setdefault(root(i), ([], []))
        (rows if i < len(across) else columns).append(rule)
    yield from groups.values()


def _edges(values: Sequence[float]) -> list[float]:
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > _NEAR:
            edges.append(value)
    return edges


def _grid(rows: list[Rule], columns: list[Rule]) -> Iterator[Grid]:
    ys = _edges([rule.at for rule in rows])
    xs = _edges([rule.at for rule in columns])
    left, right = min(rule.start for rule in rows), max(rule.end for rule in rows)
    if xs[0] - left > 10:  # points, less than any column: no rule at the open side of the table
        xs.insert(0, left)
    if right - xs[-1] > 10:
        xs.append(right)
    if len(xs) < 2 or len(ys) < 2 or len(xs) * len(ys) > MOST_CELLS:
        return
    width, height = len(xs) - 1, len(ys) - 1
    parent = list(range(width * height))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    walls = {x: [rule for rule in columns if abs(rule.at - x) <= _NEAR] for x in xs[1:-1]}
    floors = {y: [rule for rule in rows if abs(rule.at - y) <= _NEAR] for y in ys[1:-1]}
    for r in range(height):
        middle = (ys[r] + ys[r + 1]) / 2
        for c in range(width):
            if c + 1 < width and not any(v.start <= middle <= v.end for v in walls[xs[c + 1]]):
                parent[root(r * width + c + 1)] = root(r * width + c)
            centre = (xs[c] + xs[c + 1]) / 2
            if r + 1 < height and not any(h.start <= centre <= h.end for h in floors[ys[r + 1]]):
                parent[root((r + 1) * width + c)] = root(r * width + c)
    members: dict[int, list[tuple[int, int]]] = {}
    for r in range(height):
        for c in range(width):
            members.setdefault(root(r * width + c), []).append((r, c))
    cells = []
    for places in members.values():
        top, bottom = min(r for r, _ in places), max(r for r, _ in places)
        first, last = min(c for _, c in places), max(c for _, c in places)
        cells.append(
            GridCell(top, first, bottom - top + 1, last - first + 1, xs[first], ys[top], xs[last + 1], ys[bottom + 1])
        )
    yield Grid(xs[0], ys[0], xs[-1], ys[-1], tuple(xs), tuple(cells))
