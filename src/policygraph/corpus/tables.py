"""Documents as tables: a file with one row a document becomes files of a corpus, each with a sidecar of its metadata.

The columns are guessed by their names (`ontology/vocabulary/columns.tsv`) or given; nothing of a row is dropped in silence: one
without a text, and a value that is no day, region or level, is said with its row. Rows count from 1, without the head.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from policygraph.errors import InputError
from policygraph.program import VOCABULARY
from policygraph.settings import Settings
from policygraph.vocabulary.regions import regions_in

#: By suffix; a workbook is one only when its first row names a text and a title, since it may be a document itself.
SUFFIXES = frozenset([".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".sqlite", ".sqlite3", ".db", ".xlsx"])
#: Characters of a title that stand in the name of its file: names of files are short on some disks.
_OF_TITLE = 20
_LEVELS = {
    "国家级": "national", "中央": "national", "国家": "national", "省级": "provincial", "省": "provincial", "市级": "municipal", "市": "municipal",
    "县级": "county", "区级": "county", "县": "county", "区县": "county",
    "national": "national", "provincial": "provincial", "municipal": "municipal", "county": "county",
}  # fmt: skip
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})")
_BETWEEN = re.compile(r"[,，、;；|\n]+|\s{2,}")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What a table gave: the files written, by row; which column was taken for what; what was wrong, row by row."""

    files: tuple[Path, ...]
    columns: Mapping[str, str]
    problems: tuple[str, ...]


@cache
def column_names() -> dict[str, tuple[str, ...]]:
    """What columns are called, by field."""
    lines = (VOCABULARY / "columns.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith(("#", "field\t")))
    return {field: tuple(names.split("/")) for field, names in rows}


def guess_columns(names: Sequence[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Which column holds which field: as given, else by its name. A column serves one field.

    >>> guess_columns(["序号", "标题", "发文字号", "正文"])
    {'title': '标题', 'text': '正文', 'number': '发文字号'}
    """
    found = dict(given or {})
    plain = {re.sub(r"[\s【】\[\]_]", "", name).lower(): name for name in names}
    for field, known in column_names().items():
        for each in known:
            name = plain.get(each.replace("_", ""))
            if field not in found and name is not None and name not in found.values():
                found[field] = name
    return found


def is_table(path: Path, *, settings: Settings) -> bool:
    """Whether a file is a table with one row a document."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES or not path.is_file():
        return False
    if suffix != ".xlsx":
        return True
    try:
        names = list(next(iter(_rows(path, settings=settings)), {}))
    except InputError:
        return False  # the reader of documents says what is wrong with it
    return {"title", "text"} <= guess_columns(names).keys()


def unpack(path: Path, folder: Path, *, settings: Settings, given: Mapping[str, str] | None = None) -> Unpacked:
    """Write a text file and its sidecar into `folder` for each row of the table. InputError where no column holds the texts."""
    files, problems, columns = [], [], dict(given or {})
    number = 0
    for number, row in enumerate(_rows(path, settings=settings), start=1):
        if number == 1:
            columns = _columns(list(row), given or {}, path=path)
        text = _said(row.get(columns["text"]))
        if not text:
            problems.append(f"row {number}: its {columns['text']} is empty.")
            continue
        title = _said(row.get(columns.get("title", "")))
        shown = re.sub(r"[^\w\u3400-\u9fff]+", "-", title)[:_OF_TITLE].strip("-")
        place = folder / f"{path.stem}-{number:04d}{'-' if shown else ''}{shown}.txt"
        overrides, wrong = _overrides(row, columns)
        problems += [f"row {number}: {each}" for each in wrong]
        place.write_text(text if not title or title in text[: len(title) + 200] else f"{title}\n\n{text}", "utf-8")
        place.with_name(place.name + ".toml").write_text(_toml(overrides), "utf-8")
        files.append(place)
    if not number:
        raise InputError(f"{path.name}: the table has no rows.", remedy="Export it again, with its head line.")
    return Unpacked(files=tuple(files), columns=columns, problems=tuple(problems))


def _columns(names: Sequence[str], given: Mapping[str, str], *, path: Path) -> dict[str, str]:
    for field, name in given.items():
        if name not in names:
            raise InputError(f"{path.name}: there is no column {name!r} for {field}.", remedy=f"Columns: {'、'.join(names)}.")
    columns = guess_columns(names, given)
    if "text" not in columns:
        raise InputError(f"{path.name}: no column is seen to hold the texts.", remedy=f"Name it with --text. Columns: {'、'.join(names)}.")
    return columns


def _overrides(row: Row, columns: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What the sidecar says, and the values that cannot be taken."""
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for field, column in columns.items():
        value = row.get(column)
        said = _said(value)
        if field == "text" or not said:
            continue
        taken: Any = said
        if field in ("date", "effective"):
            taken = _day(value)
        elif field == "issuers":
            taken = [part for part in (p.strip() for p in _BETWEEN.split(said)) if part]
        elif field == "region":
            taken = said if re.fullmatch(r"\d{6}", said) else _region(said)
        elif field == "level":
            taken = _LEVELS.get(said)
        if taken:
            found[field] = taken
        else:
            wrong.append(f"{column} = {said!r} is no {field}; it is left out.")
    return found, wrong


def _region(name: str) -> str | None:
    """The code of a region that the whole value names (四川省成都市 is 成都市)."""
    found = regions_in(name)
    return found[-1][2] if found and found[0][0] == 0 and found[-1][1] >= len(name.rstrip("省市区县")) else None


def _day(value: Any) -> str | None:
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    match = _DAY.match(_said(value))
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None


def _said(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _toml(fields: Mapping[str, Any]) -> str:
    """The fields as TOML, whose basic strings and arrays of them are those of JSON."""
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items())


# -- rows ----------------------------------------------------------------------------------------------------------


def _rows(path: Path, *, settings: Settings) -> Iterator[Row]:
    """The rows of a table as mappings from the names of its columns."""
    if path.stat().st_size > settings.file_bytes:
        from policygraph.read.limits import refused

        raise refused("file_bytes", settings=settings, name=path.name, why=f"it has {path.stat().st_size} bytes")
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return _separated(path)
    if suffix in (".jsonl", ".ndjson"):
        return _json_lines(path)
    if suffix == ".parquet":
        return _parquet(path)
    if suffix == ".xlsx":
        return _workbook(path, settings=settings)
    return _sqlite(path)


def _separated(path: Path) -> Iterator[Row]:
    from policygraph.read.text import decode

    text, _ = decode(path.read_bytes(), name=path.name)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))  # of the whole process: others may need what they have
    head = text.partition("\n")[0]
    separator = max(",\t;|", key=head.count)
    for number, row in enumerate(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator), start=1):
        if None in row:
            raise InputError(f"{path.name}, row {number}: it has more values than the head has names.", remedy="Is a quotation mark missing before it?")
        yield {name: value for name, value in row.items() if name is not None}


def _json_lines(path: Path) -> Iterator[Row]:
    from policygraph.read.text import decode

    text, _ = decode(path.read_bytes(), name=path.name)
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path.name}, line {number}: not JSON ({error}).", remedy="Each line is one object.") from error
        if not isinstance(row, dict):
            raise InputError(f"{path.name}, line {number}: no object.", remedy='Each line is an object: {"标题": …, "正文": …}.')
        yield row


def _parquet(path: Path) -> Iterator[Row]:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise InputError(f"{path.name}: Parquet is read with the extra tables.", remedy="Install it: pip install 'policygraph[tables]'.") from error
    try:
        for batch in parquet.ParquetFile(path).iter_batches():
            yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path.name}: not readable as Parquet ({error}).", remedy="Export it again.") from error


def _sqlite(path: Path) -> Iterator[Row]:
    """The rows of the table that has a column of texts; of several, none is chosen."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")]
            fitting = [name for name in names if "text" in guess_columns(_heads(base, name))]
            if len(fitting) != 1:
                why = f"of its tables {'、'.join(fitting) or 'none'} hold texts" if names else "it has no tables"
                raise InputError(f"{path.name}: {why}.", remedy="Export the one that is meant as CSV.")
            heads = _heads(base, fitting[0])
            for row in base.execute(f"SELECT * FROM {_quoted(fitting[0])}"):
                yield dict(zip(heads, row, strict=True))
    except sqlite3.Error as error:
        raise InputError(f"{path.name}: not readable as SQLite ({error}).", remedy="Export its table as CSV.") from error


def _heads(base: sqlite3.Connection, table: str) -> list[str]:
    return [column[1] for column in base.execute(f"PRAGMA table_info({_quoted(table)})")]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _workbook(path: Path, *, settings: Settings) -> Iterator[Row]:
    """The rows of the first sheet with a table, below its first row."""
    from policygraph.read import read_bytes

    source = read_bytes(path.read_bytes(), name=path.name, settings=settings)
    if not source.tables:
        raise InputError(f"{path.name}: it holds no table.", remedy="Give the table its head line and at least one row.")
    lines: dict[int, dict[int, str]] = {}
    for cell in source.tables[0].cells:
        lines.setdefault(cell.row, {})[cell.column] = source.text[cell.start : cell.end]
    first, *rest = (lines[row] for row in sorted(lines))
    yield from ({name: line.get(column, "") for column, name in first.items()} for line in rest)


def tables_among(files: Iterable[Path], *, settings: Settings, given: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
    """The tables of documents among files, and the rest; when columns are given, every file that can be a table is one."""
    tables: list[Path] = []
    rest: list[Path] = []
    for path in files:
        table = path.suffix.lower() in SUFFIXES and path.is_file() if given else is_table(path, settings=settings)
        (tables if table else rest).append(path)
    return tables, rest
