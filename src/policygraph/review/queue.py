"""What is still to be judged, the least sure first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policygraph.columns import Columns
from policygraph.errors import UsageError
from policygraph.review.verdict import BETWEEN, TABLES, Kind

#: How sure rules are that leave nothing open.
_SURE_OF_RULES = 0.8
#: What a record says by itself of being unsure: something that no vocabulary resolves, or that the text leaves open.
_UNSURE = 0.4


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
    """Sureness, id and documents of the records of a kind, the least sure first. No record is made that has a score."""
    table = TABLES[wanted.kind][0]
    if wanted.kind in BETWEEN:
        yield from _between(columns, wanted, table)
        return
    names = [name for name in columns.numbers if wanted.document in (None, name)]
    found: list[tuple[float, str, tuple[str, ...]]] = []
    for name in names:
        here = None if wanted.agency is None else _clauses_naming(columns, name, wanted.agency)
        records: Sequence[Any] = [columns.documents[name]] if wanted.kind == "document" else columns.of(table, name)
        for record in records:
            if here is not None and (record.id if wanted.kind == "document" else record.clause) not in here:
                continue
            found.append((sureness(wanted.kind, record), record.id, (name,)))
    yield from sorted(found)


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


_DOUBTS: Mapping[str, Callable[[Any], bool]] = {
    "target": lambda target: target.concept is None or target.deadline is None,
    "task": lambda task: not task.object,
    "deadline": lambda deadline: deadline.date is None,
    "responsibility": lambda note: any(role.agency is None for role in note.agencies),
    "citation": lambda citation: citation.instrument is None and citation.target is None,
    "document": lambda document: None in (document.number, document.region, document.date) or bool(document.warnings),
}


def sureness(kind: Kind, record: Any) -> float:
    """How sure a record is: of a link how far its score is from a half; of what rules found, whether it leaves something open."""
    if kind in BETWEEN:
        return round(abs(float(record.score) - 0.5) * 2, 4)
    return _UNSURE if _DOUBTS[kind](record) else _SURE_OF_RULES
