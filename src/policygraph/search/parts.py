"""What the index holds of one document: made once, kept, and put together with those of the other documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
import numpy.typing as npt

from policygraph.encode.text import sentences
from policygraph.model import Clause, DocumentRecords
from policygraph.search.texts import Packed

Field = Literal["document", "region", "kind", "agency", "due", "indicator", "modality", "number"]
FIELDS: tuple[Field, ...] = ("document", "region", "kind", "agency", "due", "indicator", "modality", "number")
ROLES = ("lead", "responsible", "cooperate", "participate", "implement")

#: What is left of a title when the country, the date of the text and its state are taken off.
_TITLE_FRAME = re.compile(r"^中华人民共和国|[（(][^（()）]*[）)]|[-_ ]*\d{4}(?:-\d\d-\d\d|年.*)?$")

#: Clauses of these kinds say nothing that a search is for.
_LEFT_OUT = ("heading", "front", "back", "contents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A clause as the index shows it."""

    clause: str
    document: str
    source: str
    start: int
    end: int
    kind: str
    number: str | None
    path: tuple[str, ...]
    lead: str | None
    text: str
    #: the article that the clause is part of, or the clause itself: what is found as one
    unit: str

    def line(self) -> bytes:
        """The entry as a line of `clauses.jsonl`."""
        values = {name: getattr(self, name) for name in Entry.__slots__}
        return json.dumps(values, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Entry:
        """The entry that such a line holds."""
        values = json.loads(line)
        return cls(**{**values, "path": tuple(values["path"])})


@dataclass(frozen=True, slots=True)
class Unit:
    """Clauses that are found as one: those of an article, or one by itself. `first` and `last` are rows (half-open)."""

    first: int
    last: int
    heading: str
    text: str

    @property
    def passage(self) -> str:
        """The text as it is encoded: under its heading, unless it begins with it."""
        return f"{self.heading}：{self.text}" if self.heading and not self.text.startswith(self.heading) else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPart:
    """A document's clauses as lines of `clauses.jsonl`, and what can be asked of them. `fact_rows` are rows of (clause,
    field, place in the field's `names`, extra), `sentence_rows` of (clause, start, end), `unit_rows` the first clause of each unit,
    clauses counted in the document; `texts` and `heads` are those of the units."""

    document: str
    title: str
    number: str | None
    region: str | None
    source: str
    size: int
    lines: bytes
    names: Mapping[str, tuple[str, ...]]
    fact_rows: bytes
    sentence_rows: bytes
    unit_rows: bytes
    texts: Packed
    heads: Packed
    agencies: Mapping[str, str]

    @property
    def facts(self) -> npt.NDArray[np.int32]:
        return np.frombuffer(self.fact_rows, np.int32).reshape(-1, 4)

    @property
    def sentences(self) -> npt.NDArray[np.int32]:
        return np.frombuffer(self.sentence_rows, np.int32).reshape(-1, 3)

    @property
    def firsts(self) -> npt.NDArray[np.int32]:
        """The first clause of each unit."""
        return np.frombuffer(self.unit_rows, np.int32)

    def entries(self) -> Iterator[Entry]:
        """The clauses, in order."""
        return map(Entry.read, self.lines.splitlines(keepends=True))

    def units(self) -> list[Unit]:
        """The articles and lone clauses, in order. The rows of one stand side by side."""
        return units_of(self.entries())


def units_of(entries: Iterable[Entry]) -> list[Unit]:
    """The units that a document's clauses are found as."""
    units: list[Unit] = []
    row = 0
    for _, together in groupby(entries, key=lambda entry: entry.unit):
        held = list(together)
        heading = held[0].path[-1] if held[0].path else ""
        units.append(Unit(row, row + len(held), heading, _unnumbered(held[0]) + "".join(entry.text for entry in held[1:])))
        row += len(held)
    return units


def _unnumbered(entry: Entry) -> str:
    """What an article says: its number (第十条) stands in every article, and is looked up by itself."""
    return entry.text.removeprefix(entry.number).lstrip() if entry.kind == "article" and entry.number else entry.text


def part_of(records: DocumentRecords) -> IndexPart:
    """The part of an index that a document has."""
    entries: list[Entry] = []
    rows: dict[str, int] = {}
    facts: list[tuple[int, Field, str, int]] = []
    for entry, numbers in _entries(records):
        rows[entry.clause] = row = len(entries)
        entries.append(entry)
        facts += [(row, "document", entry.document, 0), (row, "kind", entry.kind, 0)]
        if records.document.region:
            facts.append((row, "region", records.document.region, 0))
        facts += [(row, "number", number, 0) for number in numbers]
    facts += [(rows[clause], field, value, extra) for clause, field, value, extra in _facts(records) if clause in rows]
    places: dict[str, dict[str, int]] = {field: {} for field in FIELDS}
    numbered = [(row, FIELDS.index(f), places[f].setdefault(value, len(places[f])), extra) for row, f, value, extra in facts]
    stretches = [(row, a, b) for row, entry in enumerate(entries) for a, b in sentences(entry.text)]
    document, units = records.document, units_of(entries)
    return IndexPart(
        document=document.id, title=document.title, number=document.number, region=document.region, source=document.source, size=len(entries),
        lines=b"".join(entry.line() for entry in entries),
        names={field: tuple(places[field]) for field in FIELDS},
        fact_rows=np.array(sorted(set(numbered)), np.int32).tobytes(),
        sentence_rows=np.array(stretches, np.int32).tobytes(),
        unit_rows=np.array([unit.first for unit in units], np.int32).tobytes(),
        texts=Packed.of(unit.text for unit in units), heads=Packed.of(unit.heading for unit in units),
        agencies={
            agency.name: agency.agency
            for note in records.responsibilities if note.clause in rows for agency in note.agencies if agency.agency
        },
    )  # fmt: skip


def _facts(records: DocumentRecords) -> Iterable[tuple[str, Field, str, int]]:
    """(clause, field, value, extra) of what was found in the clauses."""
    for responsibility in records.responsibilities:
        for agency in responsibility.agencies:
            yield responsibility.clause, "agency", agency.name, ROLES.index(agency.role)
    for deadline in records.deadlines:
        if deadline.date:
            yield deadline.clause, "due", deadline.date, 0
    for target in records.targets:
        yield target.clause, "indicator", target.indicator, 0
        if target.deadline:
            yield target.clause, "due", target.deadline, 0
    for task in records.tasks:
        yield task.clause, "modality", task.modality, 0


def _entries(records: DocumentRecords) -> Iterator[tuple[Entry, list[str]]]:
    clauses = {clause.id: clause for clause in records.clauses}
    for clause in records.clauses:
        if not clause.leaf or clause.kind in _LEFT_OUT or not clause.text.strip():
            continue
        above = list(_above(clause, clauses))
        numbers = [c.number for c in (clause, *above) if c.number and c.type in ("item", "article", "subitem")]
        yield Entry(
            clause=clause.id, document=clause.document, source=records.document.source, start=clause.start,
            end=clause.end, kind=clause.kind, number=next((c.number for c in (clause, *above) if c.number), None),
            path=tuple(c.heading for c in reversed(above) if c.heading), lead=clause.lead, text=clause.text,
            unit=next((c.id for c in (clause, *above) if c.type == "article"), clause.id),
        ), numbers  # fmt: skip


def _above(clause: Clause, clauses: dict[str, Clause]) -> Iterator[Clause]:
    parent = clauses.get(clause.parent) if clause.parent else None
    while parent is not None:
        yield parent
        parent = clauses.get(parent.parent) if parent.parent else None


def short_title(title: str) -> str:
    """What people call a document: without the country, and the date and state of its text.

    >>> short_title("中华人民共和国水污染防治法（2017年修正）")
    '水污染防治法'
    """
    while (shorter := _TITLE_FRAME.sub("", title).strip()) != title:
        title = shorter
    return title
