"""What extractors work on: a leaf clause with its reading, and what is known about the document around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policygraph.extract.lists import Listed
from policygraph.model import Clause, Document
from policygraph.read import Reading

_OPEN = "（〔【《“〈"
_CLOSE = "）〕】》”〉"
_EDGES = re.compile(f"[{_OPEN}{_CLOSE}。！？]")
_EDGES_AND_SEMICOLONS = re.compile(f"[{_OPEN}{_CLOSE}。！？；]")


@dataclass(frozen=True, slots=True)
class Named:
    """An instrument as a document first names it, for the short names that it is given later."""

    title: str
    number: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """The document, the deadline that a goals section lends to its later paragraphs, and the one that the heading of
    a stage gives to all under it (ISO dates or None)."""

    document: Document
    goal_deadline: str | None = None
    stage_deadline: str | None = None
    #: What the sentence before the list makes of an item of it.
    listed: Listed | None = None
    #: What the document calls other instruments for short.
    short_names: Mapping[str, Named] = field(default_factory=dict)

    @property
    def year(self) -> int | None:
        """The year the document was issued: what 今年 and 6月底 refer to."""
        return int(self.document.date[:4]) if self.document.date else None


@dataclass(frozen=True, slots=True)
class Provision:
    """A leaf clause and its reading. `lead` and `notes` are stretches of the reading: the opening sentence that names
    the clause (its end, 0 when it has none), and the responsibility notes, which no other extractor reads."""

    clause: Clause
    reading: Reading
    lead_end: int = 0
    notes: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        return self.reading.text

    @property
    def folded(self) -> str:
        return self.reading.folded

    def with_notes(self, notes: tuple[tuple[int, int], ...]) -> Provision:
        return Provision(self.clause, self.reading, self.lead_end, notes) if notes else self

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.reading.span(start, end)

    def in_note(self, position: int) -> bool:
        return any(a <= position < b for a, b in self.notes)

    def sentences(self, *, semicolons: bool = True) -> Iterator[tuple[int, int]]:
        """Stretches of the reading that end at 。！？ (and at ；, unless told not to) outside brackets, quotation
        marks and book-title marks; notes are left out and end a sentence."""
        folded, start, depth = self.folded, 0, 0
        marks = _EDGES_AND_SEMICOLONS if semicolons else _EDGES
        edges = sorted(self.notes) + [(len(folded), len(folded))]
        for note_start, note_end in edges:
            for mark in marks.finditer(folded, start, note_start):
                char = mark.group()
                if char in _OPEN:
                    depth += 1
                elif char in _CLOSE:
                    depth = max(depth - 1, 0)
                elif depth == 0:
                    yield start, mark.end()
                    start = mark.end()
            if note_start > start:
                yield start, note_start
            start, depth = max(start, note_end), 0
