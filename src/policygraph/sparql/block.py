"""A pattern as rows that are joined, what they bind, and conditions: its solutions are the rows of one SELECT, each as often."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policygraph.columns.layout import PLACE_BITS
from policygraph.sparql.facts import Fact, Things
from policygraph.sparql.sorts import Figure, Sort, UncoveredError, Written

if TYPE_CHECKING:
    from rdflib.term import Identifier

#: More rows that one query joins are the engine's: SQLite joins at most 64, and looks for their order as long as it takes.
_MOST_ROWS = 10
#: A column of a row, as the rest of the query names it.
_COLUMN = re.compile(r"\br[0-9]+\.c[0-9]+\b")


@dataclass(frozen=True, slots=True)
class File:
    """One of the files that hold the tables, and which of its rows `t` count."""

    name: str
    conditions: tuple[str, ...] = ()


@dataclass(slots=True)
class Row:
    """One row of a table in a pattern: its place among the rows, and what of it is needed, by column name."""

    number: int
    things: Things
    #: the variable or IRI of GRAPH, None for any graph
    scope: Identifier | None
    columns: dict[str, str] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)

    @property
    def graph(self) -> str:
        """The graph that states its facts."""
        return self.column("('doc/' || d.id)" if self.things.of_document else "'links'")

    def column(self, sql: str) -> str:
        """The name of a value of the row, for the rest of the query."""
        name = self.columns.setdefault(sql, f"c{len(self.columns)}")
        return f"r{self.number}.{name}"


@dataclass(frozen=True, slots=True)
class Thing:
    """What a subject is: a row, or a thing within it, whose list is `alias`."""

    row: Row
    things: Things
    identity: Fact
    alias: str = ""

    def sql(self, template: str) -> str:
        return template.format(t="t", d="d", j=self.alias)


@dataclass(frozen=True, slots=True)
class Bound:
    """What a variable is bound to: SQL that names columns of rows."""

    sql: str
    sort: Sort
    maybe: bool = False


@dataclass(slots=True)
class Block:
    """Rows joined, and what they bind. No two blocks share a row."""

    rows: list[Row] = field(default_factory=list)
    bound: dict[str, Bound] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    #: what each subject is, for the facts that OPTIONAL and EXISTS ask of it, by its term and graph
    subjects: dict[tuple[Identifier, Identifier | None], Thing] = field(default_factory=dict)

    def bind(self, variable: str, found: Bound) -> None:
        """Bind a variable, or have it be the same as it is."""
        before = self.bound.get(variable)
        if before is None:
            self.bound[variable] = found
            return
        if before.maybe or found.maybe or before.sort != found.sort or isinstance(found.sort, Figure | Written):
            raise UncoveredError
        self.conditions.append(f"{before.sql} = {found.sql}")

    def join(self, other: Block) -> None:
        self.rows += other.rows
        self.conditions += other.conditions
        self.subjects = {**other.subjects, **self.subjects}
        for variable, found in other.bound.items():
            self.bind(variable, found)


def select(
    block: Block, given: Iterable[str], *, files: Sequence[File], distinct: bool = False, grouped: Iterable[str] = (),
    orders: Iterable[str] = (),
) -> str:  # fmt: skip
    """The SELECT of a block. Rows that are joined are made first, each once, so that they can be looked up."""
    if not block.rows or len(block.rows) > _MOST_ROWS:
        raise UncoveredError
    own: dict[int, list[str]] = {row.number: [] for row in block.rows}
    joint: list[str] = []
    for condition in block.conditions:
        named = [row.number for row in block.rows if f"r{row.number}." in condition]
        (own[named[0]] if len(named) == 1 else joint).append(condition)
    rest = [f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(given)} FROM", ""]
    rest += [_where(joint)] if joint else []
    rest += [*grouped, *([f"ORDER BY {', '.join(orders)}"] if orders else [])]
    used = set(_COLUMN.findall(" ".join((*block.conditions, *rest))))
    parts = {f"r{row.number}": _rows(row, own[row.number], used, files) for row in block.rows}
    if len(parts) == 1:
        ((name, sql),) = parts.items()
        rest[1] = f"({sql}) {name}"
    else:
        rest[1] = ", ".join(parts)
        rest.insert(0, "WITH " + ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, sql in parts.items()))
    return " ".join(rest)


def _rows(row: Row, asked: Sequence[str], used: Container[str], files: Sequence[File]) -> str:
    """The SELECT of one row's table: those of its columns that are used, where it says what it must."""
    columns = [f"{sql} AS {name}" for sql, name in row.columns.items() if f"r{row.number}.{name}" in used] or ["1"]
    beside = "".join(f", json_each({of}) j{at}" for at, of in enumerate(row.lists))
    if "d.id" in " ".join((*columns, *row.conditions)):
        beside = f" JOIN names d ON d.number = t.place >> {PLACE_BITS}{beside}"
    inner = " UNION ALL ".join(
        f"SELECT {', '.join(columns)} FROM {file.name}.{row.things.table} t{beside}{_where((*file.conditions, *row.conditions))}"
        for file in files
    )
    return f"SELECT * FROM ({inner}) r{row.number}{_where(asked)}" if asked else inner


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
