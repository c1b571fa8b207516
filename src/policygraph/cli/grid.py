"""How a table is laid out on a terminal: ids stay whole or break after a slash, long texts wrap and end in …."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

#: Blanks between two columns.
_GAP = 2
#: A text column gets at least this width where there is more than that in it, and a cell no more than these lines.
_LEAST, _LINES = 12, 6
_ID = re.compile(r"[\w.:/#=+-]*/[\w.:/#=+-]*|[A-Za-z0-9_.:+-]*")


def print_grid(rows: Sequence[Sequence[str]], *, columns: Sequence[str], title: str = "") -> None:
    """The rows as a grid; where the terminal is too narrow for one, each row as lines of name and value."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    width = shutil.get_terminal_size().columns
    console = Console(width=width)
    used = [place for place in range(len(columns)) if any(row[place] for row in rows)]  # an empty column says nothing
    cells = [[row[place] for row in rows] for place in used]
    ids = [all(_ID.fullmatch(cell) for cell in column) for column in cells]
    names = [columns[place] for place in used]
    widths = _widths(cells, names=names, ids=ids, room=width - _GAP * len(used))
    if widths is None:
        _print_blocks(console, rows=[[row[place] for place in used] for row in rows], names=names, title=title)
        return
    grid = Grid(title=title or None, header_style="bold", title_justify="left")
    grid.box, grid.padding, grid.show_edge = box.SIMPLE_HEAD, (0, 1, 0, 0), False
    for name, column, each in zip(names, cells, widths, strict=True):
        numbers = all(cell.replace(".", "").isdigit() or not cell for cell in column)
        grid.add_column(name, justify="right" if numbers else "left", overflow="fold", width=each)
    for row in zip(*cells, strict=True):
        shown = [broken(c, each) if i else _shortened(c, each) for c, i, each in zip(row, ids, widths, strict=True)]
        grid.add_row(*(Text(cell) for cell in shown))
    console.print(grid)


def broken(identifier: str, width: int) -> str:
    """An id over several lines where it is wider than `width`, broken after a slash only.

    >>> broken("sichuan-2023/part_3/item_1", 20)
    'sichuan-2023/part_3/\\nitem_1'
    """
    lines = [""]
    for piece in re.findall(r"[^/]*/|[^/]+", identifier):
        if lines[-1] and len(lines[-1] + piece) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def _shortened(text: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    room = width * _LINES - _LINES  # a wide character may leave the end of a line empty
    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + "…"


def _widths(
    cells: Sequence[Sequence[str]], *, names: Sequence[str], ids: Sequence[bool], room: int
) -> list[int] | None:
    """The width of each column: what it needs at least, and of what is left a share of what it would like."""
    from rich.cells import cell_len

    like, least = [], []
    for name, column, is_id in zip(names, cells, ids, strict=True):
        like.append(max(map(cell_len, (name, *column))))
        pieces = (len(piece) for cell in column for piece in cell.replace("/", "/ ").split())
        least.append(max(cell_len(name), max(pieces, default=0) if is_id else min(like[-1], _LEAST)))
    left = room - sum(least)
    if left < 0:
        return None
    wanted = sum(like) - sum(least)
    return [low + (high - low) * min(left, wanted) // max(wanted, 1) for low, high in zip(least, like, strict=True)]


def _print_blocks(console: Console, *, rows: Sequence[Sequence[str]], names: Sequence[str], title: str) -> None:
    from rich.text import Text

    if title:
        console.print(title, style="bold", markup=False)
    for row in rows:
        for name, cell in zip(names, row, strict=True):
            if cell:
                shown = broken(cell, console.width - len(name) - 2) if _ID.fullmatch(cell) else cell
                console.print(Text.assemble((f"{name}: ", "bold"), shown), overflow="fold")
        console.print()
