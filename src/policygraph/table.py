"""Results as people use them: a sequence of records that becomes a pandas frame, JSON, or a table in a notebook; and
records as plain values, for JSON."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from policygraph.errors import PolicyGraphError

if TYPE_CHECKING:
    import pandas

Row = TypeVar("Row")
#: Rows that a notebook shows; below them stands how many more there are.
_SHOWN = 50


class ReadByNeed(Sequence[Row]):
    """Records that lie on the disk: each is read when it is taken. What gives them says how (`policygraph.columns`)."""


class Table(Sequence[Row], Generic[Row]):
    """Records of one kind, in a meaningful order. `columns` are their fields; `note` says what a reader should know
    (nothing found, and why). A long table is read by need, row by row: keep what you need again."""

    __slots__ = ("columns", "note", "rows")

    def __init__(self, rows: Iterable[Row], *, columns: Sequence[str] | None = None, note: str = "") -> None:
        self.rows: Sequence[Row] = rows if isinstance(rows, ReadByNeed) else tuple(rows)
        self.columns: tuple[str, ...] = tuple(columns) if columns is not None else _columns(self.rows)
        self.note = note

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Table[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Table[Row]:
        if isinstance(index, slice):
            return Table(self.rows[index], columns=self.columns, note=self.note)
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and (tuple(self.rows), self.columns) == (tuple(other.rows), other.columns)

    def __hash__(self) -> int:
        return hash((tuple(self.rows), self.columns))

    def to_dicts(self) -> list[dict[str, Any]]:
        """The records as plain values, as JSON writes them."""
        return [_as_dict(row) for row in self.rows]

    def frame(self) -> pandas.DataFrame:
        """A pandas frame with a column a field. pandas is an extra: `pip install policygraph[pandas]`."""
        try:
            import pandas
        except ImportError as error:
            raise PolicyGraphError("pandas is not installed.", remedy="pip install 'policygraph[pandas]'") from error
        return pandas.DataFrame(self.to_dicts(), columns=list(self.columns))

    def __repr__(self) -> str:
        if not self.rows:
            return f"<no rows{': ' + self.note if self.note else ''}>"
        lines = [f"<{len(self)} rows of {type(self.rows[0]).__name__}>"]
        lines += [f"  {row}" for row in self.rows[:5]] + (["  …"] if len(self) > 5 else [])
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{html.escape(self.note or 'no rows')}</p>"
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(show(row.get(name)))}</td>" for name in self.columns) + "</tr>"
            for row in self[:_SHOWN].to_dicts()
        )
        more = f"<p>{len(self) - _SHOWN} more rows</p>" if len(self) > _SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def show(value: object) -> str:
    """A field's value as a table cell shows it.

    >>> show(("生态环境厅", "水利厅"))
    '生态环境厅、水利厅'
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:g}"
    if is_dataclass(value) and not isinstance(value, type):
        value = plain(value)
    if isinstance(value, dict):
        named = [str(value[name]) for name in ("name", "role", "kind", "clause") if value.get(name)]
        return " ".join(named) or str(value)
    if isinstance(value, list | tuple):
        return "、".join(show(part) for part in value)
    return str(value)


def _columns(rows: Sequence[object]) -> tuple[str, ...]:
    if not rows:
        return ()
    first = rows[0]
    return tuple(f.name for f in fields(first)) if is_dataclass(first) else tuple(_as_dict(first))


def _as_dict(row: object) -> dict[str, Any]:
    if is_dataclass(row) and not isinstance(row, type):
        return plain(row)
    return dict(row)  # type: ignore[call-overload, no-any-return]


#: The names of the fields by class; none of what is no record.
_NAMES: dict[type, tuple[str, ...]] = {}
_AS_THEY_ARE = frozenset([str, int, float, bool, type(None)])


def plain(record: object) -> dict[str, Any]:
    """The fields of `record`, records within it taken apart too.

    >>> from policygraph.model import Deadline
    >>> plain(Deadline(id="a#deadline_1", document="a", clause="a", text="2025年底", date="2025-12-31", start=0, end=6, by="x"))["date"]
    '2025-12-31'
    """
    return {name: _value(getattr(record, name)) for name in _names(type(record))}


def _names(kind: type) -> tuple[str, ...]:
    found = _NAMES.get(kind)
    if found is None:
        found = _NAMES[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
    return found


def _value(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is tuple or kind is list:
        return kind([_value(part) for part in value])
    if kind is dict:
        return {key: _value(part) for key, part in value.items()}
    return plain(value) if _names(kind) else value
