"""How a record lies in a row: a column a field, in the order of the record's fields.

`place` tells where: the number of the part (a document, or a pair of documents) and the place in it. Within a document's
part an id is written without the document's, as `/part_2/item_10`; small records and tuples inside are JSON.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from policygraph import model

#: Bits of `place` that tell the place within a part: no document has as many records of a kind (a text has at most
#: 800,000 characters), no pair of documents as many links.
PLACE_BITS = 20
#: Of a document, in the order of `DocumentRecords`; and of a pair, in that of `Links`.
OF_DOCUMENT: Mapping[str, type[Any]] = {
    "documents": model.Document, "clauses": model.Clause, "tasks": model.Task, "targets": model.Target, "deadlines": model.Deadline,
    "responsibilities": model.Responsibility, "citations": model.Citation, "findings": model.Finding,
}  # fmt: skip
OF_PAIR: Mapping[str, type[Any]] = {
    "alignments": model.Alignment, "target_links": model.TargetLink, "coverage": model.Coverage,
}  # fmt: skip
TABLES = {**OF_DOCUMENT, **OF_PAIR}
#: Fields that are ids of something in the record's own document.
_OWN = frozenset({"id", "clause", "parent", "alternative_to", "repeats"})
#: What is looked up by anything but its document: column by table.
INDEXED = {
    "clauses": ("id",), "targets": ("id",), "alignments": ("id", "source", "target"), "target_links": ("id", "source", "target"),
    "coverage": ("id", "subject"),
}  # fmt: skip
#: What questions look for in all documents at once: the bodies that the notes of a document name, each once in each role, and what its clauses
#: are headed, both as words are looked for in them. The rows lie in the part of their document, those of headings at the places of their clauses.
DERIVED: Mapping[str, tuple[str, ...]] = {"bodies": ("name", "said", "agency", "role"), "headings": ("said",)}
#: Values of a column that are kept as they were read: the bodies of one note are those of many.
_SAME = 4_096
_INTEGERS = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a table, and both ways between a record and its row."""

    name: str
    record: type[Any]
    columns: tuple[str, ...]
    packs: tuple[Callable[[Any], Any] | None, ...]
    reads: tuple[Callable[[Any], Any] | None, ...]
    own: tuple[int, ...]
    derived: bool

    def row(self, record: Any, *, document: str) -> list[Any]:
        """The values of a record's columns; `document` is that of its part, empty for a link."""
        values = [getattr(record, name) for name in self.columns]
        for i, pack in enumerate(self.packs):
            if pack is not None:
                values[i] = pack(values[i])
        for i in self.own if document else ():
            values[i] = shortened(values[i], document)
        return values

    def reader(self, column: str) -> Callable[[Any], Any]:
        """What makes a field's value of its column."""
        return self.reads[self.columns.index(column)] or (lambda value: value)

    def made(self, values: tuple[Any, ...] | list[Any], *, document: str) -> Any:
        """The record that `row` was given."""
        row = list(values)
        for i, read in enumerate(self.reads):
            if read is not None:
                row[i] = read(row[i])
        for i in self.own if document else ():
            value = row[i]
            if value is not None and value[:1] == "/":
                row[i] = document + value
        fields = dict(zip(self.columns, row, strict=True))
        return self.record(document=document, **fields) if self.derived else self.record(**fields)


def shortened(identifier: str | None, document: str) -> str | None:
    """An id as it lies in the part of a document."""
    if identifier is not None and identifier.startswith(document) and identifier[len(document) : len(document) + 1] == "/":
        return identifier[len(document) :]
    return identifier


@cache
def layouts() -> Mapping[str, Layout]:
    """The layout of each table."""
    return {name: _layout(name, record) for name, record in TABLES.items()}


def shape() -> str:
    """All tables and their columns: other records need other columns."""
    return json.dumps({name: _shape(record) for name, record in TABLES.items()} | {name: [*columns] for name, columns in DERIVED.items()})


def _layout(name: str, record: type[Any]) -> Layout:
    hints = get_type_hints(record)
    derived = name in OF_DOCUMENT and name != "documents"
    columns = tuple(field.name for field in dataclasses.fields(record) if not (derived and field.name == "document"))
    return Layout(
        name=name, record=record, columns=columns, derived=derived,
        packs=tuple(_pack(hints[column]) for column in columns),
        reads=tuple(_read(hints[column]) for column in columns),
        own=tuple(i for i, column in enumerate(columns) if derived and column in _OWN),
    )  # fmt: skip


def _shape(record: type[Any]) -> list[Any]:
    hints = get_type_hints(record)
    inner = {name: _record_in(hints[name]) for name in hints}
    return [[field.name, _shape(kind) if (kind := inner[field.name]) else None] for field in dataclasses.fields(record)]


# -- values --------------------------------------------------------------------------------------------------------


def _pack(hint: Any) -> Callable[[Any], Any] | None:
    if get_origin(hint) is tuple or _record_in(hint) is not None:
        return lambda value: json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")) if value else None
    if int in (hint, *get_args(hint)) and float in get_args(hint):
        return _number
    return None


def _number(value: Any) -> Any:
    """A number, or the digits of one that is too long for a column."""
    return value if not isinstance(value, int) or value in _INTEGERS else str(value).encode()


def _read(hint: Any) -> Callable[[Any], Any] | None:
    if get_origin(hint) is tuple or _record_in(hint) is not None:
        make = _maker(hint)
        empty = () if get_origin(hint) is tuple else None

        @lru_cache(maxsize=_SAME)
        def read(value: str | None) -> Any:
            return empty if value is None else make(json.loads(value))

        return read
    if hint is bool:
        return bool
    if int in get_args(hint) and float in get_args(hint):
        return lambda value: int(value) if isinstance(value, bytes) else value
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if dataclasses.is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    return value


def _maker(hint: Any) -> Callable[[Any], Any]:
    """What makes a value of its JSON."""
    if get_origin(hint) is tuple:
        inner = _maker(get_args(hint)[0])
        return lambda values: tuple([inner(value) for value in values])
    kind = _record_in(hint)
    if kind is None:
        return lambda value: value
    hints = get_type_hints(kind)
    names = tuple(field.name for field in dataclasses.fields(kind))
    makers = tuple(_maker(hints[name]) for name in names)
    return lambda row: None if row is None else kind(**{n: make(v) for n, make, v in zip(names, makers, row, strict=True)})


def _record_in(hint: Any) -> type[Any] | None:
    """The record type that a field holds, alone, in a tuple, or none of it."""
    if get_origin(hint) in (tuple, Union, UnionType):
        return next((found for arm in get_args(hint) if (found := _record_in(arm)) is not None), None)
    return hint if isinstance(hint, type) and dataclasses.is_dataclass(hint) else None
