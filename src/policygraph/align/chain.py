"""The chain of a clause: who carries it out at each level below, what it carries out above, and what is kept, added and
lost from one step to the next.

A clause stands below the nearest level that has it: a city's clause below its province's, and below the nation's where
no provincial clause on the way carries it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from policygraph.align.library import Library
from policygraph.align.pairs import stands_above
from policygraph.align.passages import without_note
from policygraph.align.report import sureness
from policygraph.align.wording import verbatim_share
from policygraph.model import Alignment, Clause, Document

_CARRYING = ("implements", "partially_implements")
#: Levels that one goes up or down: nation, ministry, province, its department, city, its department, county.
_DEEPEST = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One clause of a chain. `depth` counts from the clause asked for: 0 itself, 1 who carries it out, -1 what it carries
    out. `link` joins it to `through`, the clause one step nearer to the one asked for; `lag` are the days from the higher
    document of the two to the lower one, None where a day is not known. `kept` is the share of the higher text, its note apart, that
    stands in the lower one word for word, `answered` how many of its `demands` the lower clause takes up, `left_out` those that
    nothing in the lower document does, `added` those of the lower clause that the higher document does not have. A document
    of the next level that was held against this one and does not carry the clause is a step without clause: absent."""

    depth: int
    relation: str | None
    document: str
    level: str | None
    region: str | None
    date: str | None
    clause: str | None
    citation: str
    through: str | None
    link: str | None
    score: float | None
    sureness: str | None
    lag: int | None
    kept: float | None
    demands: int | None
    answered: int | None
    left_out: tuple[str, ...]
    added: tuple[str, ...]
    text: str
    start: int
    end: int


def chain(library: Library, clauses: Iterable[Clause]) -> tuple[Step, ...]:
    """The steps above each clause, the farthest last, then the clause itself, then the steps below it, each before those
    that carry it out further."""
    return tuple(step for clause in clauses for step in _Chain(library, clause).steps())


class _Chain:
    """The links that lead from one clause up and down; holds nothing but what was read of them."""

    def __init__(self, library: Library, clause: Clause) -> None:
        self.library, self.clause = library, clause

    def steps(self) -> Iterator[Step]:
        yield from self._walk(self.clause, self._onward(up=True), depth=-1)
        yield self._step(self.clause, 0)
        yield from self._walk(self.clause, self._onward(up=False), depth=1)

    def _onward(self, *, up: bool) -> Mapping[str, list[Alignment]]:
        """For each clause on the way, the links that lead on from it: to each end from the nearest level that has it."""
        look = self.library.up if up else self.library.down
        leading: dict[str, list[Alignment]] = {}
        frontier, reached = [self.clause.id], {self.clause.id}
        for _ in range(_DEEPEST):
            ends = []
            for name in frontier:
                links = [link for link in look(name) if link.relation in _CARRYING]
                for link in links:
                    end = link.target if up else link.source
                    leading.setdefault(end, []).append(link)
                    if end not in reached:
                        reached.add(end)
                        ends.append(end)
            frontier = ends
        onward: dict[str, list[Alignment]] = {}
        for links in leading.values():
            before = {link.id: self._document(link.source if up else link.target) for link in links}
            for link in links:
                if not any(_between(before[link.id], other, up=up) for other in before.values()):
                    onward.setdefault(link.source if up else link.target, []).append(link)
        return onward

    def _document(self, clause: str) -> Document:
        return self.library.documents[self.library.columns.home(clause)]

    def _walk(self, clause: Clause, onward: Mapping[str, list[Alignment]], *, depth: int) -> Iterator[Step]:
        """The steps beyond a clause; one that several links lead to is told at each, and what is beyond it once."""
        told: set[str] = set()

        def beyond(before: Clause, at: int) -> Iterator[Step]:
            links = sorted(onward.get(before.id, ()), key=lambda link: (self._document(self._end(link, at)).date or "9", -link.score))
            for link in links:
                found = self.library.clauses[self._end(link, at)]
                yield self._step(found, at, link=link)
                if found.id not in told:
                    told.add(found.id)
                    yield from beyond(found, at + depth)
            if depth > 0:
                yield from self._absent(before, at)

        yield from beyond(clause, depth)

    @staticmethod
    def _end(link: Alignment, depth: int) -> str:
        return link.target if depth < 0 else link.source

    def _absent(self, clause: Clause, depth: int) -> Iterator[Step]:
        """The documents held against this clause's in which nothing carries it out. Those that are older are not told: they
        could not have."""
        higher = self.library.documents[clause.document]
        for record in self.library.covering(clause.id):
            document = self.library.documents.get(record.document)
            if record.status != "absent" or document is None or not stands_above(higher, document):
                continue
            lag = _days(higher, document)
            if lag is None or lag >= 0:
                yield Step(
                    depth=depth, relation="absent", document=document.id, level=document.level, region=document.region, date=document.date,
                    clause=None, citation=f"《{document.title}》", through=clause.id, link=None, score=None, sureness=None,
                    lag=lag, kept=None, demands=None, answered=None,
                    left_out=(), added=(), text="", start=0, end=0,
                )  # fmt: skip

    def _step(self, clause: Clause, depth: int, *, link: Alignment | None = None) -> Step:
        document = self.library.documents[clause.document]
        lower, higher = (self.library.clauses[link.source], self.library.clauses[link.target]) if link else (clause, clause)
        return Step(
            depth=depth, relation=link.relation if link else None, document=document.id, level=document.level, region=document.region,
            date=document.date, clause=clause.id, citation=self.library.label(clause),
            through=None if link is None else lower.id if depth < 0 else higher.id, link=link.id if link else None,
            score=link.score if link else None, sureness=sureness(link.score) if link else None,
            lag=_days(self.library.documents[higher.document], self.library.documents[lower.document]) if link else None,
            kept=round(verbatim_share(without_note(higher.text), lower.text), 4) if link else None,
            demands=link.demands if link else None, answered=link.answered if link else None,
            left_out=self.library.left_out(higher.id, document=lower.document) if link else (),
            added=self.library.added(lower.id, document=higher.document) if link else (),
            text=clause.text, start=clause.start, end=clause.end,
        )  # fmt: skip


def _between(far: Document, near: Document, *, up: bool) -> bool:
    """Whether, of two documents before a clause, the second lies between the first and that clause."""
    return stands_above(near, far) if up else stands_above(far, near)


def _days(higher: Document, lower: Document) -> int | None:
    try:
        return (date.fromisoformat(lower.date or "") - date.fromisoformat(higher.date or "")).days
    except ValueError:
        return None
