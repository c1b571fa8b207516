"""Stata: the tidy tables and the flat records as `.dta`, with labels of variables and values.

Format 118 (Stata 14 and later), whose texts are UTF-8. A text longer than `_FIXED` bytes makes its column a strL; identifiers stay
fixed, so that they can be merged on. Closed sets of values are numbers from 1, in the order of the codebook, with labels; yes and no
are 1 and 0. What a row does not have is empty, or `.`.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygraph.align.library import Library
from policygraph.errors import PolicyGraphError
from policygraph.graph.codebook import Column, of_records
from policygraph.graph.schema import BY_NAME
from policygraph.publish.tables import tables
from policygraph.release.export import cell, split, write_whole, writing_into

if TYPE_CHECKING:
    import pandas

#: Bytes of a text beside which a column of fixed width wastes more than it saves.
_FIXED = 244
#: Names of our columns that Stata keeps for itself.
_RESERVED = frozenset(("end",))
#: Characters of a label of a variable or of a table (Stata's limit).
_LABEL = 80
#: Written in place of the time, so that the same release gives the same bytes.
_NO_TIME = datetime(2000, 1, 1)
#: Records that a tidy table has, with more beside them.
_TIDIED = ("alignments", "responsibilities", "target_links")


def stata(library: Library, folder: Path) -> list[Path]:
    """Write a `.dta` for each tidy table, and for each record type that no tidy table has. The files written.

    Raises PolicyGraphError where pandas is not installed.
    """
    try:
        import pandas  # noqa: F401
    except ImportError as error:
        raise PolicyGraphError("Stata files need pandas.", remedy="pip install 'policygraph[pandas]', or export csv.") from error
    with writing_into(folder):
        return _written(library, folder)


def _written(library: Library, folder: Path) -> list[Path]:
    written = []
    for table in tables():
        rows = list(table.rows(library))
        data = {column.name: [row[column.name] for row in rows] for column in table.columns}
        written.append(_write(folder / f"{table.name}.dta", data, table.columns, about=f"{table.zh} · {table.en}"))
    for name, kind in BY_NAME.items():
        if name not in _TIDIED:
            columns = [column for column in of_records(kind, split=True) if "." not in column.name]
            data = split([field.name for field in dataclasses.fields(kind.record)], list(library.columns.all(name)))
            written.append(_write(folder / f"{name}.dta", data, columns, about=name))
    return written


def _write(path: Path, data: Mapping[str, Sequence[Any]], columns: Sequence[Column], *, about: str) -> Path:
    import pandas

    frame = pandas.DataFrame({_named(column): _series(column, data[column.name]) for column in columns})
    long = [name for name in frame if frame[name].dtype == object and frame[name].map(lambda text: len(text.encode())).max() > _FIXED]
    labels = {_named(column): _codes(column) for column in columns if column.values}
    buffer = io.BytesIO()
    frame.to_stata(
        buffer, write_index=False, version=118, time_stamp=_NO_TIME, data_label=_label(about), convert_strl=long,
        variable_labels={_named(column): _label(column.about) for column in columns},
        value_labels={name: {code: f"{zh} {said}" for said, (code, zh) in values.items()} for name, values in labels.items()},
    )  # fmt: skip
    return write_whole(path, buffer.getvalue())


def _named(column: Column) -> str:
    """The name of a variable: `end` is a word of Stata's language, and becomes `end_`."""
    return f"{column.name}_" if column.name in _RESERVED else column.name


def _series(column: Column, values: Sequence[Any]) -> pandas.Series[Any]:
    import pandas

    if column.values:
        codes = _codes(column)
        return pandas.Series([None if value is None else codes[str(value).lower() if isinstance(value, bool) else value][0] for value in values], dtype="float64")
    if column.type in ("integer", "number"):
        return pandas.Series(values, dtype="float64")
    if column.type == "boolean":
        return pandas.Series([None if value is None else int(value) for value in values], dtype="float64")
    return pandas.Series(["" if value is None else str(cell(value)) for value in values], dtype=object)


def _codes(column: Column) -> dict[str, tuple[int, str]]:
    """Value → its number and Chinese label."""
    first = 0 if column.values[0].code == "false" else 1
    return {value.code: (at, value.zh) for at, value in enumerate(column.values, start=first)}


def _label(text: str) -> str:
    """Both languages if they fit, else the Chinese."""
    return text if len(text) <= _LABEL else text.partition(" · ")[0][:_LABEL]
