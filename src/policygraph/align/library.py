"""Documents and their links, looked up by what people name: a document, an item's number, a region."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from policygraph.align.numerals import numeral
from policygraph.columns import Columns, KeptRecords, columns_of
from policygraph.errors import NotFoundError, some_of
from policygraph.ids import former_id
from policygraph.model import Alignment, Clause, Coverage, Document, DocumentRecords, Links, Target, TargetLink

IMPLEMENTING = ("implements", "partially_implements", "corresponds", "parallels")
#: What is said of a higher target that no link compares.
UNCOMPARED = ("deferred", "not_applicable", "absent")
Record = TypeVar("Record", Clause, Target)
_NUMBERED = ("article", "item", "subitem", "section", "point")


@dataclass(frozen=True, slots=True)
class Sibling:
    """Two clauses of different lower documents that answer one higher clause; `score` is the weaker link's."""

    source: str
    target: str
    through: str
    score: float


class Found(Mapping[str, Record]):
    """The records of a kind by their ids, each looked up alone; to go through all, read them from the columns."""

    def __init__(self, columns: Columns, table: str) -> None:
        self._columns, self._table = columns, table

    def __getitem__(self, identifier: str) -> Record:
        found: Record | None = self._columns.find(self._table, identifier)
        if found is None:
            raise KeyError(identifier)
        return found

    def __iter__(self) -> Iterator[str]:
        return (record.id for record in self._columns.all(self._table))

    def __len__(self) -> int:
        return self._columns.count(self._table)


class Library:
    """The records of a release, looked up as questions need them. Reads only; share it between questions."""

    def __init__(self, columns: Columns, *, aligned: Iterable[tuple[str, str]] = ()) -> None:
        """`aligned` are (lower, higher) documents known to be aligned, whatever came of it."""
        self.columns = columns
        self._aligned = frozenset(aligned)
        self.clauses: Mapping[str, Clause] = Found(columns, "clauses")
        self.targets: Mapping[str, Target] = Found(columns, "targets")
        self.of: Mapping[str, KeptRecords] = {document: KeptRecords(columns, document) for document in columns.numbers}
        self._places: dict[str, dict[str, str]] = {}

    @property
    def records(self) -> Iterable[KeptRecords]:
        """The documents, one after the other."""
        return self.of.values()

    @property
    def documents(self) -> dict[str, Document]:
        return self.columns.documents

    @property
    def links(self) -> Links:
        """All links, read anew each time."""
        return self.columns.links

    def children(self, clause: str) -> list[Clause]:
        """The clauses right below a clause, in reading order."""
        return [each for each in self.columns.of("clauses", self.columns.home(clause)) if each.parent == clause]

    def up(self, *clauses: str) -> list[Alignment]:
        """Links from these lower clauses, best first."""
        return sorted(self._downward(self.columns.linked("alignments", "source", clauses)), key=_best)

    def down(self, *clauses: str) -> list[Alignment]:
        """Links into these higher clauses, best first."""
        return sorted(self._downward(self.columns.linked("alignments", "target", clauses)), key=_best)

    def beside(self, clause: str) -> list[tuple[str, Alignment]]:
        """The clauses of neighbours that run parallel to this one, each with its link, best first: of neighbours neither is
        the lower one, whichever the build took for it."""
        found = [(link.target, link) for link in self.columns.linked("alignments", "source", [clause])]
        found += [(link.source, link) for link in self.columns.linked("alignments", "target", [clause])]
        return sorted(((other, link) for other, link in found if link.relation == "parallels"), key=lambda entry: _best(entry[1]))

    def _downward(self, links: Iterable[Alignment]) -> Iterator[Alignment]:
        """The links without those of neighbours, which run neither up nor down, unless these two are what was asked for."""
        for link in links:
            if link.relation != "parallels" or (self.columns.home(link.source), self.columns.home(link.target)) in self._aligned:
                yield link

    def alignments(self, lower: str | None = None, higher: str | None = None) -> list[Alignment]:
        """Links between documents of which one is below the other (any, where none is named), in the order of their ids."""
        return list(self._downward(self.columns.between("alignments", lower, higher)))

    def target_links(self, lower: str | None = None, higher: str | None = None) -> Sequence[TargetLink]:
        """Links between the targets of documents (any, where none is named), in the order of their ids."""
        return self.columns.between("target_links", lower, higher)

    def covered(self, document: str | None = None, subjects_of: str | None = None, *, status: str | None = None) -> Sequence[Coverage]:
        """What is recorded of a document, about clauses and targets of another (any, where none is named)."""
        return self.columns.between("coverage", document, subjects_of, status=status)

    def covering(self, *subjects: str) -> list[Coverage]:
        """What is recorded about these clauses or targets."""
        return self.columns.linked("coverage", "subject", subjects)

    def document(self, name: str) -> Document:
        """The document with this id, number or title, or with the file of this name."""
        for document in self.documents.values():
            if name in (document.id, document.number, document.title, f"《{document.title}》"):
                return document
        for document in self.documents.values():
            if name == former_id(document.source) and not document.part_of:
                return document
        raise NotFoundError(f"There is no document {name!r}.", remedy=f"Documents: {some_of(sorted(self.documents))}.")

    def items(self, document: str) -> dict[int, list[Clause]]:
        """The document's numbered items by number: its articles, else the numbered headings or paragraphs of the
        kind whose numbers run on through the document; of several that start anew, all that have the number."""
        clauses = [clause for clause in self.of[document].clauses if clause.number]
        best: dict[int, list[Clause]] = {}
        for kind in _NUMBERED:
            found: dict[int, list[Clause]] = {}
            for clause in clauses:
                if clause.type == kind and (value := numeral(clause.number or "")) is not None:
                    found.setdefault(value, []).append(clause)
            if kind == "article" and found:
                return found
            if len(found) > len(best):
                best = found
        return best

    def leaves(self, clause: Clause) -> tuple[Clause, ...]:
        """The leaf clauses at or below a clause, in reading order."""
        if clause.leaf:
            return (clause,)
        return tuple(self.columns.leaves(clause.id))

    def item(self, document: str, number: int) -> tuple[Clause, ...]:
        """The leaf clauses of item `number`."""
        items = self.items(document)
        if number not in items:
            title = self.documents[document].title
            if not items:
                raise NotFoundError(f"《{title}》 has no numbered items.", remedy="Name the clause by its heading.")
            raise NotFoundError(
                f"《{title}》 has no item {number}: its items run from {min(items)} to {max(items)}.",
                remedy=f"Ask for an item from {min(items)} to {max(items)}.",
            )
        return tuple(leaf for clause in items[number] for leaf in self.leaves(clause))

    def implementing(
        self, clauses: Iterable[Clause], *, documents: Iterable[str] | None = None
    ) -> tuple[Alignment, ...]:
        """Links into these higher clauses (of `documents` only), implementing ones before corresponding, best first."""
        wanted = None if documents is None else set(documents)
        return _ranked(
            link
            for link in self.down(*(clause.id for clause in clauses))
            if link.relation in IMPLEMENTING and (wanted is None or self.columns.home(link.source) in wanted)
        )

    def implemented(self, clauses: Iterable[Clause]) -> tuple[Alignment, ...]:
        """Links from these lower clauses, best first."""
        return _ranked(
            link for link in self.up(*(clause.id for clause in clauses)) if link.relation in IMPLEMENTING
        )

    def siblings(self, clause: str) -> tuple[Sibling, ...]:
        """Clauses of other lower documents that answer the same higher clause as this one."""
        document = self.columns.home(clause)
        best: dict[str, Sibling] = {}
        for link in self.implemented([self.clauses[clause]]):
            for other in self.implementing([self.clauses[link.target]]):
                score = min(link.score, other.score)
                if self.columns.home(other.source) == document:
                    continue
                if other.source not in best or best[other.source].score < score:
                    best[other.source] = Sibling(clause, other.source, link.target, score)
        return tuple(sorted(best.values(), key=lambda sibling: (-sibling.score, sibling.target)))

    def coverage(self, higher: str, lower: str) -> tuple[Coverage, ...]:
        """What the lower document does with each clause of the higher one, and what is new in it, in reading order."""
        self._pair(higher, lower)
        order = {clause.id: (side, clause.order) for side, name in enumerate((higher, lower)) for clause in self.of[name].clauses}
        found = [record for record in (*self.covered(lower, higher), *self.covered(higher, lower)) if record.subject in order]
        return tuple(sorted(found, key=lambda record: (order[record.subject], record.id)))

    def left_out(self, clause: str, *, document: str) -> tuple[str, ...]:
        """The demands of a higher clause that nothing in a lower document answers, though the clause is taken up."""
        return self._demands(clause, document, status="dropped")

    def added(self, clause: str, *, document: str) -> tuple[str, ...]:
        """The demands of a lower clause that answer nothing in a higher document of which it takes up a clause."""
        return self._demands(clause, document, status="added")

    def _demands(self, clause: str, document: str, *, status: str) -> tuple[str, ...]:
        found = [record for record in self.covering(clause) if record.status == status and record.document == document]
        return tuple(near.text or "" for record in found for near in record.nearest)

    def compare(self, higher: str, lower: str) -> tuple[tuple[TargetLink, ...], tuple[Coverage, ...]]:
        """Target links of two documents, and what is said of the higher targets that no link compares (deferred,
        not_applicable, absent), in reading order."""
        self._pair(higher, lower, pairs=self.compared)
        theirs = {target.id: target.start for target in self.of[higher].targets}
        links = self.target_links(lower, higher)
        dropped = [r for r in self.covered(lower, higher) if r.subject in theirs and r.status in UNCOMPARED]
        return (
            tuple(sorted(links, key=lambda link: (theirs[link.target], -link.score))),
            tuple(sorted(dropped, key=lambda record: theirs[record.subject])),
        )

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The (lower, higher) documents that were aligned."""
        return self.columns.pairs | self._aligned

    def first_place(self, target: str) -> str:
        """The first target of its document that says the same as this one: distinct targets are counted by it."""
        from policygraph.align.distinct import first_places

        document = self.columns.home(target)
        if document not in self._places:
            self._places[document] = first_places(self.of[document].targets)
        return self._places[document][target]

    @cached_property
    def compared(self) -> frozenset[tuple[str, str]]:
        """The (lower, higher) documents whose targets were compared: the aligned pairs, and siblings, one way."""
        return self.pairs | {pair for pair in self.columns.compared if pair[::-1] not in self.pairs}

    def _pair(self, higher: str, lower: str, *, pairs: frozenset[tuple[str, str]] | None = None) -> None:
        pairs = self.pairs if pairs is None else pairs
        for name in (higher, lower):
            self.document(name)
        if lower == higher:
            raise NotFoundError(f"{lower} is named twice.", remedy="Name two documents, the higher one first.")
        if (higher, lower) in pairs and (lower, higher) not in pairs:
            raise NotFoundError(
                f"{lower} is the higher document of the two, not {higher}.", remedy=f"Swap them: {lower} {higher}."
            )
        if (lower, higher) not in pairs:
            known = "; ".join(f"{b} ← {a}" for a, b in sorted(pairs)) or "none"
            raise NotFoundError(
                f"{lower} and {higher} were not aligned: no basis, citation or subject relates them.",
                remedy=f"Aligned pairs: {known}.",
            )

    def label(self, clause: Clause) -> str:
        """How to cite a clause: document, the number of its item, its lead or heading."""
        document = self.documents[clause.document]
        number, name = clause.number, clause.lead or clause.heading
        parent = self.clauses.get(clause.parent or "")
        if article := self._in_article(clause):
            return f"《{document.title}》{article}{name or ''}"
        while parent is not None and (number is None or name is None):
            if parent.type not in ("part", "chapter", "book"):
                number = number or parent.number
                name = name or parent.heading
            parent = self.clauses.get(parent.parent or "")
        shown = re.sub(r"^[（(]?|[)）]?$", "", number) if number else ""
        where = f"（{shown}）" if shown else ""
        return f"《{document.title}》{where}{name or ''}"

    def _in_article(self, clause: Clause) -> str:
        """How the items of an article are cited: 第七条第（二）项; empty outside of articles."""
        found, steps = clause, []
        while found.type != "article":
            if found.number and found.type in ("item", "subitem", "point"):
                written = found.number.strip("（）().、．")
                steps.append(f"第（{written}）项" if found.type == "item" else f"第{written}目")
            above = self.clauses.get(found.parent or "")
            if above is None:
                return ""
            found = above
        return (found.number or "") + "".join(reversed(steps))


def _best(link: Alignment) -> tuple[float, str, str]:
    return -link.score, link.source, link.target


def _ranked(links: Iterable[Alignment]) -> tuple[Alignment, ...]:
    order = {relation: rank for rank, relation in enumerate(IMPLEMENTING)}
    unique: dict[str, Alignment] = {link.id: link for link in links}
    return tuple(sorted(unique.values(), key=lambda link: (order[link.relation] >= 2, -link.score, link.source)))


def build_library(
    records: Sequence[DocumentRecords], links: Links, *, aligned: Iterable[tuple[str, str]] = ()
) -> Library:
    """A library of records that are at hand; `aligned` as of `Library`."""
    return Library(columns_of(records, links), aligned=aligned)
