"""Columns written: all parts anew, or what changed beside what an earlier release has.

`all.sqlite` holds the parts of some build, sorted, and `grams.bin` which of its documents have which pairs of characters; `since.sqlite`, where there is one, the parts that later builds put in,
and the numbers of those of `all.sqlite` that are `gone`. Releases share the first file. A document keeps its number in
both, since links name it.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from policygraph.columns.grams import FILE as GRAMS
from policygraph.columns.grams import GramsWriter
from policygraph.columns.layout import DERIVED, INDEXED, PLACE_BITS, layouts, shape
from policygraph.ids import home
from policygraph.model import Clause, DocumentRecords, Links
from policygraph.read import folded

ALL, SINCE = "all.sqlite", "since.sqlite"
#: The words of a clause as they are searched.
SEARCHED = "coalesce(folded, text || char(10) || coalesce(heading, '') || char(10) || coalesce(lead, ''))"
#: That a clause has a word, which is given three times, in one of the lines that are searched: without joining them.
HAS = "(instr(coalesce(folded, text), ?) OR folded IS NULL AND (instr(heading, ?) OR instr(lead, ?)))"
#: Columns beside those of a record's fields: the words of a clause as they are searched (nothing where that is its text),
#: the numbers of the documents that a link is between, and whether what a coverage record is about is a clause.
BESIDE: Mapping[str, tuple[str, ...]] = {
    "clauses": ("folded",), "alignments": ("lower", "higher"), "target_links": ("lower", "higher"),
    "coverage": ("lower", "higher", "of_clause"),
}  # fmt: skip
#: A fact of a file: it is noted where a table has two records of one id in a part, as this with the name of the table.
DOUBLED = "doubled "
#: Characters of a heading that a question names a clause by: less is a word of the language, more is a sentence.
LEAST_HEADING, MOST_HEADING = 6, 120
_INDEXES = tuple((table, column) for table, columns in INDEXED.items() for column in columns)
#: So many parts of a hundred may lie in the second file before everything is written anew.
_MOST_SINCE = 25

#: How the ids of targets end, and those of clauses do not: `/para_1/target_2`, `/para_1/table_target_1`.
_TARGET = re.compile(r"/(?:[^/]*_)?target_[0-9]+$")
#: Marks of full and of half width, which no word has.
_MARKS = dict.fromkeys(map(ord, "，,；;：:！!？?（()）"))

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A document (`higher` is empty) or a pair of documents, and the key of all that its records depend on."""

    lower: str
    higher: str
    key: str

    @property
    def name(self) -> Name:
        return self.lower, self.higher


def write_columns(
    folder: Path, parts: Iterable[Part], *, load: Callable[[Part], DocumentRecords | Links], before: Path | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> None:  # fmt: skip
    """Write the columns of these parts into `folder`, which is made, going on from those in the folder `before` where that
    is less work. `load` gives a part's records; `done` is told how many parts are in."""
    wanted = {part.name: part for part in sorted(parts, key=_order)}
    folder.mkdir(parents=True)
    if before is not None and _goes_on(before, folder, wanted, load=load):
        return
    for file in (ALL, GRAMS, SINCE):
        (folder / file).unlink(missing_ok=True)
    with closing(create(folder / ALL)) as connection, GramsWriter(folder / GRAMS) as grams:
        numbers: dict[str, int] = {}
        for number, part in enumerate(wanted.values(), start=1):
            if not part.higher:
                numbers[part.lower] = number
            insert(connection, number, part, load(part), numbers=numbers)
            if not part.higher:
                places = number << PLACE_BITS, ((number + 1) << PLACE_BITS) - 1
                found = connection.execute(f"SELECT {SEARCHED} FROM clauses WHERE place BETWEEN ? AND ?", places)
                grams.add(number, [line for (line,) in found])
            done(number)
        index(connection)
        connection.commit()


def create(path: Path | str) -> sqlite3.Connection:
    """A new file with empty tables."""
    connection = sqlite3.connect(path, check_same_thread=False)
    _quick(connection)
    connection.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
    connection.execute("INSERT INTO facts VALUES ('shape', ?)", (shape(),))
    connection.execute("INSERT INTO facts VALUES (?, '')", (DOUBLED,))
    connection.execute("CREATE TABLE parts (number INTEGER PRIMARY KEY, lower TEXT, higher TEXT, key TEXT)")
    connection.execute("CREATE TABLE gone (number INTEGER PRIMARY KEY)")
    for name, layout in layouts().items():
        columns = ", ".join(f'"{column}"' for column in (*layout.columns, *BESIDE.get(name, ())))
        connection.execute(f"CREATE TABLE {name} (place INTEGER PRIMARY KEY, {columns})")
    for name, derived in DERIVED.items():
        connection.execute(f"CREATE TABLE {name} (place INTEGER PRIMARY KEY, {', '.join(derived)})")
    return connection


def index(connection: sqlite3.Connection) -> None:
    """Make what rows are looked up by; after they are in, which takes a third of the time."""
    for table, column in _INDEXES:
        connection.execute(f'CREATE INDEX "{table}_{column}" ON {table} ("{column}")')
    connection.execute("CREATE INDEX headings_said ON headings (said)")
    connection.execute("CREATE INDEX targets_measured ON targets (indicator, area, state)")
    for table in ("alignments", "target_links", "coverage"):
        connection.execute(f"CREATE INDEX {table}_between ON {table} (lower, higher)")
        connection.execute(f"CREATE INDEX {table}_above ON {table} (higher)")


def insert(
    connection: sqlite3.Connection, number: int, part: Part, records: DocumentRecords | Links, *, numbers: Mapping[str, int]
) -> None:
    """Put the records of a part into the tables; `numbers` are those of the documents that links are between."""
    connection.execute("INSERT INTO parts VALUES (?, ?, ?, ?)", (number, part.lower, part.higher, part.key))
    own = part.lower if isinstance(records, DocumentRecords) else ""
    first = number << PLACE_BITS
    names = frozenset(part.name) if numbers.keys() >= {*part.name} else frozenset(numbers)
    for field in fields(records):
        found = getattr(records, field.name)
        if isinstance(records, DocumentRecords) and field.name == "document":
            _rows(connection, "documents", [[first, *layouts()["documents"].row(found, document="")]])
            continue
        layout = layouts()[field.name]
        if len({record.id for record in found}) < len(found):
            connection.execute("INSERT OR IGNORE INTO facts VALUES (?, '')", (DOUBLED + field.name,))
        rows = [
            [first + at, *layout.row(record, document=own), *_beside(field.name, record, numbers=numbers, names=names)]
            for at, record in enumerate(found)
        ]
        _rows(connection, field.name, rows)
    if isinstance(records, DocumentRecords):
        _rows(connection, "bodies", [[first + at, *body] for at, body in enumerate(_bodies(records))])
        _rows(connection, "headings", [[first + at, said] for at, clause in enumerate(records.clauses) if (said := heading_said(clause))])


def _rows(connection: sqlite3.Connection, table: str, rows: list[list[Any]]) -> None:
    if rows:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _beside(table: str, record: Any, *, numbers: Mapping[str, int], names: frozenset[str]) -> Iterator[Any]:
    """The values of the columns beside those of a record's fields."""
    if table == "clauses":
        yield searched(record)
    elif table in ("alignments", "target_links"):
        yield numbers.get(home(record.source, names))
        yield numbers.get(home(record.target, names))
    elif table == "coverage":
        yield numbers.get(record.document)
        yield numbers.get(home(record.subject, names))
        yield int(not _TARGET.search(record.subject))


def _bodies(records: DocumentRecords) -> Iterator[tuple[str, str, str | None, str]]:
    """The bodies that the notes of a document name, each once in each role: the name as written, as words are looked for in it, the
    canonical id, the role."""
    named = dict.fromkeys((body.name, body.agency, body.role) for note in records.responsibilities for body in note.agencies)
    return ((name, folded(name), agency, role) for name, agency, role in named)


def heading_said(clause: Clause) -> str | None:
    """What a clause is headed, as a question would say it: its lead, else its heading; None where that is short or a sentence."""
    said = folded(clause.lead or clause.heading or "").strip("。.")
    return said if LEAST_HEADING <= len(said) <= MOST_HEADING else None


def searched(clause: Clause) -> str | None:
    """The words of a clause as they are searched, line by line; None where that is how they stand, marks aside."""
    lines = (clause.text, clause.heading or "", clause.lead or "")
    plain = "\n".join(folded(line) for line in lines)
    return None if _without_marks(plain) == _without_marks("\n".join(lines)) else plain


def _without_marks(text: str) -> str:
    return text.translate(_MARKS)


def _order(part: Part) -> tuple[bool, str, str]:
    """Documents before the pairs that name them."""
    return bool(part.higher), part.lower, part.higher


# -- going on from what is there ---------------------------------------------------------------------------------


def _goes_on(before: Path, folder: Path, wanted: Mapping[Name, Part], *, load: Callable[[Part], DocumentRecords | Links]) -> bool:
    """Whether `folder` now holds the wanted parts, by sharing the first file of `before` and changing a copy of the second."""
    try:
        there = _parts_in(before)
    except sqlite3.Error:
        return False  # other columns, or damaged
    if there is None or not (before / GRAMS).exists():
        return False
    changed = [part for name, part in wanted.items() if name not in there or there[name][1] != part.key]
    out = {name: number for name, (number, _, _) in there.items() if name not in wanted}
    out |= {part.name: there[part.name][0] for part in changed if part.name in there}
    since = len(changed) + sum(fresh for name, (_, _, fresh) in there.items() if name not in out)
    gone = sum(not fresh for name, (_, _, fresh) in there.items() if name in out)
    if max(since, gone) * 100 > _MOST_SINCE * len(wanted):
        return False
    for file in (ALL, GRAMS):
        try:
            os.link(before / file, folder / file)
        except OSError:
            shutil.copyfile(before / file, folder / file)
    if (before / SINCE).exists():
        shutil.copyfile(before / SINCE, folder / SINCE)
        connection = sqlite3.connect(folder / SINCE)
        _quick(connection)
    else:
        connection = create(folder / SINCE)
        index(connection)
    with closing(connection):
        for name, number in out.items():
            _take_out(connection, number, fresh=there[name][2])
        numbers = {lower: number for (lower, higher), (number, _, _) in there.items() if not higher and (lower, higher) in wanted}
        free = 1 + max((number for number, _, _ in there.values()), default=0)
        for part in changed:
            number = free if part.higher else numbers.get(part.lower, free)
            free += number == free
            if not part.higher:
                numbers[part.lower] = number
            insert(connection, number, part, load(part), numbers=numbers)
        connection.commit()
    return True


def _parts_in(folder: Path) -> dict[Name, tuple[int, str, bool]] | None:
    """Number and key of each part in a folder, and whether it lies in the second file; None where columns are others."""
    found: dict[Name, tuple[int, str, bool]] = {}
    gone: set[int] = set()
    for name in (SINCE, ALL):
        if name == SINCE and not (folder / SINCE).exists():
            continue
        with closing(sqlite3.connect(f"{(folder / name).absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            if connection.execute("SELECT value FROM facts WHERE name = 'shape'").fetchone() != (shape(),):
                return None
            for number, lower, higher, key in connection.execute("SELECT number, lower, higher, key FROM parts"):
                if number not in gone:
                    found[lower, higher] = (number, key, name == SINCE)
            gone |= {number for (number,) in connection.execute("SELECT number FROM gone")}
    return found


def _take_out(connection: sqlite3.Connection, number: int, *, fresh: bool) -> None:
    if not fresh:
        connection.execute("INSERT INTO gone VALUES (?)", (number,))
        return
    connection.execute("DELETE FROM parts WHERE number = ?", (number,))
    for table in (*layouts(), *DERIVED):
        connection.execute(f"DELETE FROM {table} WHERE place >> {PLACE_BITS} = ?", (number,))


def _quick(connection: sqlite3.Connection) -> None:
    """The file is thrown away when its build does not end: no journal, no waiting for the disk."""
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "secure_delete = ON", "locking_mode = EXCLUSIVE"):
        connection.execute(f"PRAGMA {pragma}")


