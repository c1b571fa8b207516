"""What is still to be judged, the least sure first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policygraph.columns import Columns
from policygraph.columns.layout import PLACE_BITS
from policygraph.errors import UsageError
from policygraph.review.verdict import BETWEEN, TABLES, Kind

#: How sure rules are that leave nothing open.
_SURE_OF_RULES = 0.8
#: What a record says by itself of being unsure: something that no vocabulary resolves, or that the text leaves open.
_UNSURE = 0.4
#: Rows that are read at once.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A record that waits for a judgement. `sureness` runs from 0 (as likely wrong as right) to 1."""

    id: str
    kind: Kind
    sureness: float
    document: str
    higher: str | None
    record: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a queue is narrowed to: a kind, a document (of a link: the lower one), a higher document, a body named in it."""

    kind: Kind = "link"
    document: str | None = None
    higher: str | None = None
    agency: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in TABLES:
            raise UsageError(f"There is no queue of {self.kind!r}.", remedy=f"Kinds: {', '.join(TABLES)}.")


def waiting(columns: Columns, wanted: Wanted) -> Iterator[tuple[float, str, tuple[str, ...]]]:
    """Sureness, id and documents of the records of a kind, the least sure first, read as far as they are asked for; no record
    is made."""
    if wanted.kind in BETWEEN:
        yield from _between(columns, wanted, TABLES[wanted.kind][0])
    else:
        yield from _found(columns, wanted, doubt=True)
        yield from _found(columns, wanted, doubt=False)


def how_many(columns: Columns, wanted: Wanted) -> int:
    """How many records there are of a kind, of those that are wanted."""
    if wanted.kind in BETWEEN or wanted.agency is not None:
        return sum(1 for _ in waiting(columns, wanted))
    return columns.count(TABLES[wanted.kind][0], _within(columns, wanted.document))


def _found(columns: Columns, wanted: Wanted, *, doubt: bool) -> Iterator[tuple[float, str, tuple[str, ...]]]:
    """The records of rules that leave something open, or those that do not, in the order of documents and text."""
    table = TABLES[wanted.kind][0]
    clause = "id" if wanted.kind == "document" else "clause"
    condition = f"{_within(columns, wanted.document)} AND {'' if doubt else 'NOT'} coalesce({_DOUBTS[wanted.kind]}, 0)"
    names = {number: name for name, number in columns.numbers.items()}
    named: dict[str, frozenset[str]] = {}
    last = -1
    while rows := columns.rows(f"SELECT place, id, {clause} FROM {table} WHERE place > ? AND {condition} ORDER BY place LIMIT {_AT_ONCE}", [last]):
        for place, identifier, inside in rows:
            last = place
            document = names.get(place >> PLACE_BITS)
            if document is None:
                continue
            if wanted.agency is not None:
                if document not in named:
                    named[document] = _clauses_naming(columns, document, wanted.agency)
                if full_id(inside, document) not in named[document]:
                    continue
            yield _UNSURE if doubt else _SURE_OF_RULES, full_id(identifier, document), (document,)


def _within(columns: Columns, document: str | None) -> str:
    if document is None:
        return "1"
    return columns.within([document]) if document in columns.numbers else "0"


def full_id(identifier: str, document: str) -> str:
    """An id as it lies in the part of a document, in full."""
    return document + identifier if identifier.startswith("/") else identifier


def _between(columns: Columns, wanted: Wanted, table: str) -> Iterator[tuple[float, str, tuple[str, ...]]]:
    conditions, values = ["relation <> 'related'" if table == "alignments" else "1"], list[Any]()
    for side, name in (("lower", wanted.document), ("higher", wanted.higher)):
        if name is not None:
            conditions.append(f"{side} = ?")
            values.append(columns.numbers.get(name, -1))
    names = {number: name for name, number in columns.numbers.items()}
    here: dict[str, frozenset[str]] = {}
    rows = columns.rows(f"SELECT id, source, lower, higher, score FROM {table} WHERE {' AND '.join(conditions)} ORDER BY abs(score - 0.5), id", values)
    for identifier, source, lower, higher, score in rows:
        if lower not in names or higher not in names:
            continue
        if wanted.agency is not None:
            if names[lower] not in here:
                here[names[lower]] = _clauses_naming(columns, names[lower], wanted.agency)
            clause = source if table == "alignments" else source.rpartition("/")[0]
            if clause not in here[names[lower]]:
                continue
        yield round(abs(score - 0.5) * 2, 4), identifier, (names[lower], names[higher])


def _clauses_naming(columns: Columns, document: str, agency: str) -> frozenset[str]:
    """The clauses of a document that name a body, and the document itself if one does."""
    notes = columns.of("responsibilities", document)
    found = {note.clause for note in notes if any(agency in (role.agency, role.name) or agency in role.name for role in note.agencies)}
    return frozenset(found | ({document} if found else set()))


#: What of a record, in its columns, says that the text or the vocabularies leave something open.
_DOUBTS: Mapping[str, str] = {
    "target": "(concept IS NULL OR deadline IS NULL)",
    "task": "object = ''",
    "deadline": "date IS NULL",
    "responsibility": "instr(agencies, ',null,') > 0",
    "citation": "(instrument IS NULL AND target IS NULL)",
    "document": "(number IS NULL OR region IS NULL OR date IS NULL OR warnings IS NOT NULL)",
}
