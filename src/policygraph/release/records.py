"""A release's records as the graph holds them, in a form that opens in a tenth of the time: what a program that runs
for one question reads. The graph stays the source; the tests hold the two equal.

`records/documents/<id>.json` and, for each pair of documents, a file in `records/links/` hold rows in the order of the
records' fields, and the names of those fields: a file with other names counts as absent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from policygraph.model import DocumentRecords, Links

LINKS = "records/links"
Whole = TypeVar("Whole", DocumentRecords, Links)


def packed(whole: DocumentRecords | Links) -> bytes:
    """All records of a document, or all links: the same bytes for the same records."""
    rows = {field.name: _row(getattr(whole, field.name)) for field in fields(whole)}
    content = {"fields": _names(type(whole)), "rows": rows}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def unpacked(data: bytes, kind: type[Whole]) -> Whole | None:
    """What `packed` was given; None when it was packed by a program with other fields."""
    plain: Any = kind
    try:
        content = json.loads(data)
        if content["fields"] != _names(plain):
            return None
        return kind(**{name: read(content["rows"][name]) for name, read in _readers(plain).items()})
    except (ValueError, KeyError, TypeError):
        return None


def document_name(document: str) -> str:
    """Where the records of a document stand in a release."""
    return f"records/documents/{document}.json"


def read_document(release: Path, document: str) -> DocumentRecords | None:
    """The records of a document of the release in this folder, if they are there."""
    return _read(release / document_name(document), DocumentRecords)


def read_links(release: Path) -> Links | None:
    """The links of the release in this folder, by their ids, if they are there."""
    folder = release / LINKS
    if not folder.is_dir():
        return None
    found = [_read(path, Links) for path in sorted(folder.iterdir())]
    parts = [part for part in found if part is not None]
    if len(parts) < len(found):
        return None
    every = {field.name: [link for part in parts for link in getattr(part, field.name)] for field in fields(Links)}
    return Links(**{name: tuple(sorted(links, key=attrgetter("id"))) for name, links in every.items()})


def _read(path: Path, kind: type[Whole]) -> Whole | None:
    try:
        return unpacked(path.read_bytes(), kind)
    except OSError:
        return None


def _row(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_row(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return [_row(getattr(value, name)) for name in value.__dataclass_fields__]
    return value


def _same(value: Any) -> Any:
    return value


@cache
def _readers(kind: type) -> Mapping[str, Callable[[Any], Any]]:
    """For each field, what makes its value of JSON."""
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if get_origin(hint) is tuple:
        inner = _reader(get_args(hint)[0])
        return tuple if inner is _same else lambda values: tuple([inner(value) for value in values])
    if get_origin(hint) in (Union, UnionType):
        held = _held(hint)
        if held is None:
            return _same
        whole = _reader(held)
        return lambda value: None if value is None else whole(value)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        names = tuple(_readers(hint))
        special = [(i, read) for i, read in enumerate(_readers(hint).values()) if read is not _same]

        def record(row: list[Any]) -> Any:
            for i, read in special:
                row[i] = read(row[i])
            return hint(**dict(zip(names, row, strict=True)))

        return record
    return _same


def _held(hint: Any) -> type | None:
    """The record type of a field that holds one or none."""
    return next((arm for arm in get_args(hint) if hasattr(arm, "__dataclass_fields__")), None)


def _names(kind: type) -> dict[str, list[str]]:
    """The fields of a record type and of those inside it."""
    found: dict[str, list[str]] = {}
    for name, hint in get_type_hints(kind).items():
        inner = get_args(hint)[0] if get_origin(hint) is tuple else _held(hint) or hint
        if isinstance(inner, type) and hasattr(inner, "__dataclass_fields__"):
            found |= _names(inner)
        found.setdefault(kind.__name__, []).append(name)
    return found
