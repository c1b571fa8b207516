"""The codebook: what each column of a table means, its type, its unit, and the values it takes, in Chinese and English.

Of records it is what `ontology/fields.json`, the types of the fields and the concept schemes say; of tidy tables
(`policygraph.publish`) what `ontology/tables.toml` says.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from policygraph.graph.schema import Concept, RecordType
from policygraph.graph.vocabulary import scheme_labels
from policygraph.program import ONTOLOGY, VOCABULARY

#: The columns of the codebook itself.
CODEBOOK = ("table", "column", "type", "zh", "en", "unit", "values")
_TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value that a column takes, and what it means."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its table, name and type (Frictionless), what it means, its unit, and its values where they are a closed set.
    `agencies.role` is the field `role` of what stands in the lists of the column `agencies`."""

    table: str
    name: str
    type: str
    zh: str
    en: str
    unit: str = ""
    values: tuple[Value, ...] = ()

    @property
    def about(self) -> str:
        """What it means, in both languages."""
        return " · ".join(filter(None, (self.zh, self.en)))

    @property
    def listed(self) -> str:
        """Its values in one cell: `lead = 牵头 · lead；…`."""
        return "；".join(f"{value.code} = {value.zh} · {value.en}" for value in self.values)


def codebook_rows(columns: Iterable[Column]) -> Iterator[tuple[str, ...]]:
    """The codebook as rows under `CODEBOOK`."""
    return ((each.table, each.name, each.type, each.zh, each.en, each.unit, each.listed) for each in columns)


def of_records(kind: RecordType, *, split: bool = False) -> tuple[Column, ...]:
    """The columns of a record type, in order, each followed by the fields of what is listed in it. With `split`, as in the formats
    that have one type a column: a water class stands in `value_class`, beside the numbers of `value`."""
    return tuple(_of_records(kind, table=kind.name, prefix="", split=split))


def _of_records(kind: RecordType, *, table: str, prefix: str, split: bool) -> Iterator[Column]:
    within = {part.name: part.of for part in kind.nested} | {part.name: part.of for part in kind.listed}
    schemes = {field.name: field.codec.scheme for field in kind.fields if isinstance(field.codec, Concept)}
    hints = typing.get_type_hints(kind.record)
    for field in dataclasses.fields(kind.record):
        about, unit = _said(kind.name, field.name)
        zh, _, en = about.partition(" · ")
        values = values_of(schemes.get(field.name, field.name)) if _literals(hints[field.name]) else ()
        column = Column(table=table, name=prefix + field.name, type=_type(hints[field.name]), zh=zh, en=en, unit=unit, values=values)
        if split and field.name == "value":
            yield dataclasses.replace(column, type="number")
            zh, _, en = _said(kind.name, "value_class")[0].partition(" · ")
            yield Column(table=table, name=f"{prefix}value_class", type="string", zh=zh, en=en)
        else:
            yield column
        if field.name in within:
            yield from _of_records(within[field.name], table=table, prefix=f"{prefix}{field.name}.", split=False)


@cache
def _fields() -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = json.loads((ONTOLOGY / "fields.json").read_text("utf-8"))
    return found


def _said(table: str, name: str) -> tuple[str, str]:
    """What a field means, and its unit."""
    known = _fields()
    about, _, *unit = known.get(f"{table}.{name}") or known[name]
    return about, unit[0] if unit else ""


def _literals(hint: Any) -> tuple[str, ...]:
    """The closed set of a field's values, empty where it is open."""
    if typing.get_origin(hint) is Literal:
        return typing.get_args(hint)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next((found for part in typing.get_args(hint) if (found := _literals(part))), ())
    return ()


def _type(hint: Any) -> str:
    parts = [part for part in typing.get_args(hint) if part is not type(None)] if typing.get_origin(hint) in (types.UnionType, typing.Union) else [hint]
    if len(parts) > 1:
        return "any"
    [part] = parts
    if _literals(part):
        return "string"
    if typing.get_origin(part) is tuple:
        return "array"
    return _TYPES.get(part, "object")


@cache
def values_of(name: str) -> tuple[Value, ...]:
    """The values of a closed set: of a concept scheme, or of a table of `ontology/vocabulary/values.toml`."""
    own = _own_values().get(name)
    labels = {code: (zh, en) for code, (zh, en) in own.items()} if own else scheme_labels(name)
    return tuple(Value(code=code, zh=zh, en=en) for code, (zh, en) in labels.items())


@cache
def _own_values() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((VOCABULARY / "values.toml").read_text("utf-8"))
