"""Queries answered from the columns of a release: counts, sums, searches and sorts over its records, many times as fast as
the engine goes through statements, and before there is a store at all.

What the columns do not tell in full is None here, and the engine's. Each query was read by the engine's own parser first, so
that nothing is answered here that would be an error there.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from policygraph.columns import Columns, connect
from policygraph.columns.layout import OF_PAIR, PLACE_BITS
from policygraph.columns.writing import DOUBLED
from policygraph.errors import ReleaseError
from policygraph.graph import EmbeddedStore, terms
from policygraph.graph.quads import SUFFIX, open_quads
from policygraph.graph.store import Row
from policygraph.ids import Iris
from policygraph.sparql.block import File
from policygraph.sparql.facts import Facts, facts
from policygraph.sparql.place import Place
from policygraph.sparql.sorts import Sort, Term, UncoveredError, named, plain
from policygraph.sparql.translation import Translated, translate

if TYPE_CHECKING:
    from policygraph.release.folder import Release

#: Digits behind the point of a decimal of the engine.
_DIGITS = 18
#: The file of a release that holds what persons rejected.
_REJECTED = f"rejected{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Solutions:
    """What the engine's `QuerySolutions` are: variables, and rows of terms in their order."""

    variables: Sequence[ox.Variable]
    rows: Iterator[Sequence[Term | None]] = field(repr=False)

    def __iter__(self) -> Iterator[Sequence[Term | None]]:
        return self.rows


class Statistics:
    """Answers what the columns of one release tell. Open it in the thread that asks."""

    def __init__(self, connection: sqlite3.Connection, *, base_iri: str, graph: Path) -> None:
        self._connection = connection
        self._iris = Iris(base_iri)
        self._sort = named(self._iris)
        self._graph = graph
        connection.execute("CREATE TEMP TABLE names (number INTEGER PRIMARY KEY, id TEXT)")
        connection.execute("INSERT INTO names SELECT number, lower FROM parts WHERE higher = ''")
        functions: dict[str, tuple[int, Callable[..., Any]]] = {
            "iri": (2, lambda kind, value: self._sort(kind).iri(value)), "day": (1, _day),
            "characters": (1, len), "ends_with": (2, str.endswith),  # SQLite's own stop at a NUL
        }  # fmt: skip
        for name, (arguments, function) in functions.items():
            connection.create_function(name, arguments, _of_bound(function), deterministic=True)
        connection.create_aggregate("mean", 1, _Mean)  # type: ignore[arg-type]
        self._files = _files(connection)
        self._apart: dict[str, bool] = {}
        self._noted = _noted(connection, self._files)
        self._nothing = ox.Store()

    @classmethod
    def open(cls, place: Place) -> Statistics | None:
        """The columns at a place; None where they cannot be read."""
        connection = connect(Path(place.columns))
        return None if connection is None else cls(connection, base_iri=place.base_iri, graph=Path(place.graph))

    @cached_property
    def facts(self) -> Facts:
        return facts(self._sort)

    @cached_property
    def _record(self) -> re.Pattern[str]:
        """What names a record in a query, or a prefix of them."""
        return re.compile(f"<{re.escape(self._iris.base)}(?:(?:doc|link)/[^>]*)?>")

    def close(self) -> None:
        self._connection.close()

    def is_quick_elsewhere(self, query: str) -> bool:
        """Whether a query begins at a thing that it names: the engine finds that at once, and need not be helped."""
        return self._record.search(query) is not None

    def answer(self, query: str, *, base: str | None = None) -> bool | Solutions | None:
        """The answer; None where the columns do not tell it. SyntaxError for what is no SPARQL."""
        if "service" in query.casefold():  # another server is not asked to find out whether this is SPARQL
            return None
        read = self._nothing.query(query, base_iri=base, use_default_graph_as_union=True)
        if isinstance(read, ox.QueryTriples):
            return None
        try:
            translated = self.translated(query, base=base)
            cursor = self._connection.execute(translated.sql, translated.values)
        except (UncoveredError, sqlite3.Error):
            return None
        if isinstance(read, ox.QueryBoolean):
            return cursor.fetchone() is not None
        return self._solutions(cursor, translated, list(read.variables))

    def translated(self, query: str, *, base: str | None = None) -> Translated:
        """The SELECT for a query; UncoveredError where the columns do not tell its answer."""
        from rdflib.plugins.sparql.algebra import translateQuery
        from rdflib.plugins.sparql.parser import parseQuery

        try:
            algebra = translateQuery(parseQuery(query), base=base).algebra
            found = translate(algebra, facts=self.facts, sort=self._sort, files=self._files)
        except UncoveredError:
            raise
        except Exception as error:  # rdflib raises of every kind at what the engine has read a moment ago
            raise UncoveredError from error
        if found.any_graph and self._rejected_are_among_records or not all(map(self._are_told_apart, sorted(found.tables))):
            raise UncoveredError
        return found

    def _are_told_apart(self, table: str) -> bool:
        """Whether each record of a kind has an id of its own: the graph says of two with one id what both rows have. The files
        note it; where one does not (an earlier program wrote it), it is looked for, once."""
        if table not in self._apart:
            doubled = DOUBLED + table in self._noted if DOUBLED in self._noted else self._has_doubles(table)
            self._apart[table] = not doubled and (table not in _NESTED or not self._are_nested())
        return self._apart[table]

    def _has_doubles(self, table: str) -> bool:
        part = "" if table in OF_PAIR else f"place >> {PLACE_BITS}, "
        twice = f"SELECT 1 FROM {table} GROUP BY {part}id HAVING count(*) > 1 LIMIT 1"
        return self._connection.execute(twice).fetchone() is not None

    def _are_nested(self) -> bool:
        """Whether a document has the id of a clause of another: `plan/annex_1`, where `plan` has an annex 1."""
        numbers = {name: number for number, name in self._connection.execute("SELECT number, id FROM names")}
        for name in numbers:
            for at in (found.start() for found in re.finditer("/", name)):
                first = numbers.get(name[:at], 0) << PLACE_BITS
                clause = "SELECT 1 FROM clauses WHERE id = ? AND place >= ? AND place < ?"
                if first and self._connection.execute(clause, (name[at:], first, first + (1 << PLACE_BITS))).fetchone():
                    return True
        return False

    def _solutions(self, cursor: sqlite3.Cursor, translated: Translated, variables: list[ox.Variable]) -> Solutions | None:
        names = [name for name, _ in translated.columns]
        if sorted(names) != sorted(variable.value for variable in variables):
            return None
        places = [names.index(variable.value) for variable in variables]
        makers = [_maker(translated.columns[place][1]) for place in places]
        both = list(zip(places, makers, strict=True))
        return Solutions(variables, ([None if row[at] is None else make(row[at]) for at, make in both] for row in _read(cursor)))

    @cached_property
    def _rejected_are_among_records(self) -> bool:
        """Whether a rejected record has the id of one that holds: then the graphs together say more of it than its row."""
        path = self._graph / _REJECTED
        if not path.exists():
            return False
        with open_quads(path) as lines:
            subjects = {line.split(b" ", 1)[0].decode() for line in lines}
        columns = Columns(self._connection)
        names = [self._iris.parse(terms.iri_of(subject)) for subject in subjects]
        return any(columns.find(table, name.id) is not None for name in names for table in _TABLES.get(name.kind, ()))


def tell(release: Release, query: str) -> tuple[list[Row], tuple[str, ...]] | None:
    """The rows and columns that the columns of a release give for a query, as `Reader.query` does; None where the store has to be
    asked, or finds the answer at once."""
    place = Place.of(release)
    statistics = None if place is None else Statistics.open(place)
    if statistics is None:
        return None
    with contextlib.closing(statistics):
        try:
            found = None if release.store.is_dir() and statistics.is_quick_elsewhere(query) else statistics.answer(query)
        except SyntaxError:
            EmbeddedStore.of().query(query, format="json")  # raises QueryError: no store has to be made to say what is wrong
            return None
        if found is None or isinstance(found, bool):
            return None if found is None else ([{"boolean": str(found).lower()}], ("boolean",))
        names = tuple(variable.value for variable in found.variables)
        return [{name: _lexical(term) for name, term in zip(names, row, strict=True) if term is not None} for row in found], names


def _lexical(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


_TABLES = {
    "doc": ("tasks", "targets", "deadlines", "responsibilities", "citations"), "link": ("alignments", "target_links"),
}  # fmt: skip


#: Kinds of which a document of a file with several may have the id of another's.
_NESTED = frozenset({"documents", "clauses"})


class _Mean:
    """The mean of numbers as the engine has it: their exact sum by their count, cut after 18 digits."""

    def __init__(self) -> None:
        self.total, self.count = 0, 0

    def step(self, value: float) -> None:
        sign, digits, exponent = Decimal(repr(value)).as_tuple()
        whole = int("".join(map(str, digits))) * 10 ** (_DIGITS + int(exponent))  # no decimal of the engine has more digits
        self.total += -whole if sign else whole
        self.count += 1

    def finalize(self) -> str | None:
        if not self.count:
            return None
        whole, rest = divmod(abs(self.total) // self.count, 10**_DIGITS)
        return plain(Decimal(f"{'-' if self.total < 0 else ''}{whole}.{rest:018d}"))


def _of_bound(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with NULL for NULL."""
    return lambda *values: None if None in values else function(*values)


def _day(value: str) -> str:
    """A day of the calendar; ValueError for what is none: a month, a year, words."""
    if date.fromisoformat(value).isoformat() != value:
        raise ValueError(value)
    return value


def _noted(connection: sqlite3.Connection, files: Iterable[File]) -> set[str]:
    """What the files note of doubled records; nothing where one notes nothing."""
    notes = [{name for (name,) in connection.execute(f"SELECT name FROM {file.name}.facts")} for file in files]
    return set().union(*notes) if all(DOUBLED in note for note in notes) else set()


def _read(cursor: sqlite3.Cursor) -> Iterator[Sequence[Any]]:
    try:
        yield from cursor
    except sqlite3.Error as error:
        raise ReleaseError(f"The columns of the release cannot be read ({error}).", remedy="Build again.") from error


def _files(connection: sqlite3.Connection) -> list[File]:
    """The files of these columns. What is gone of the first is looked for only where something is."""
    if not any(name == "since" for _, name, _ in connection.execute("PRAGMA database_list")):
        return [File("main")]
    gone = connection.execute("SELECT count(*) FROM since.gone").fetchone()[0]
    stays = (f"t.place >> {PLACE_BITS} NOT IN (SELECT number FROM since.gone)",) if gone else ()
    return [File("main", stays), File("since")]


def _maker(sort: Sort | None) -> Callable[[Any], Term | None]:
    return sort.term if sort is not None else lambda _: None
