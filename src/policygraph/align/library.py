"""Documents and their links, looked up by what people name: a document, an item's number, a region."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from policygraph.align.numerals import numeral
from policygraph.errors import NotFoundError
from policygraph.model import Alignment, Clause, Coverage, Document, DocumentRecords, Links, Target, TargetLink

IMPLEMENTING = ("implements", "partially_implements", "corresponds", "parallels")
#: What is said of a higher target that no link compares.
UNCOMPARED = ("deferred", "not_applicable", "absent")
_NUMBERED = ("article", "item", "subitem", "section", "point")


@dataclass(frozen=True, slots=True)
class Sibling:
    """Two clauses of different lower documents that answer one higher clause; `score` is the weaker link's."""

    source: str
    target: str
    through: str
    score: float


@dataclass(frozen=True)
class Library:
    """All records of a release, indexed. Reads only; share it between questions."""

    records: tuple[DocumentRecords, ...]
    links: Links

    @cached_property
    def documents(self) -> dict[str, Document]:
        return {entry.document.id: entry.document for entry in self.records}

    @cached_property
    def of(self) -> dict[str, DocumentRecords]:
        return {entry.document.id: entry for entry in self.records}

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        return {clause.id: clause for entry in self.records for clause in entry.clauses}

    @cached_property
    def targets(self) -> dict[str, Target]:
        return {target.id: target for entry in self.records for target in entry.targets}

    @cached_property
    def children(self) -> dict[str, list[Clause]]:
        found: dict[str, list[Clause]] = {}
        for clause in self.clauses.values():
            if clause.parent:
                found.setdefault(clause.parent, []).append(clause)
        return found

    @cached_property
    def up(self) -> dict[str, list[Alignment]]:
        """Links by their lower clause, best first."""
        return self._by("source")

    @cached_property
    def down(self) -> dict[str, list[Alignment]]:
        """Links by their higher clause, best first."""
        return self._by("target")

    def _by(self, side: str) -> dict[str, list[Alignment]]:
        found: dict[str, list[Alignment]] = {}
        for link in sorted(self.links.alignments, key=lambda link: (-link.score, link.source, link.target)):
            found.setdefault(getattr(link, side), []).append(link)
        return found

    def document(self, name: str) -> Document:
        """The document with this id, number or title."""
        for document in self.documents.values():
            if name in (document.id, document.number, document.title, f"《{document.title}》"):
                return document
        known = ", ".join(sorted(self.documents)) or "none"
        raise NotFoundError(f"There is no document {name!r}.", remedy=f"Documents: {known}.")

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
        found = [leaf for child in self.children.get(clause.id, ()) for leaf in self.leaves(child)]
        return tuple(sorted(found, key=lambda leaf: leaf.order))

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
            for clause in clauses
            for link in self.down.get(clause.id, ())
            if link.relation in IMPLEMENTING and (wanted is None or self.clauses[link.source].document in wanted)
        )

    def implemented(self, clauses: Iterable[Clause]) -> tuple[Alignment, ...]:
        """Links from these lower clauses, best first."""
        return _ranked(
            link for clause in clauses for link in self.up.get(clause.id, ()) if link.relation in IMPLEMENTING
        )

    def siblings(self, clause: str) -> tuple[Sibling, ...]:
        """Clauses of other lower documents that answer the same higher clause as this one."""
        document = self.clauses[clause].document
        best: dict[str, Sibling] = {}
        for link in self.implemented([self.clauses[clause]]):
            for other in self.implementing([self.clauses[link.target]]):
                score = min(link.score, other.score)
                if self.clauses[other.source].document == document:
                    continue
                if other.source not in best or best[other.source].score < score:
                    best[other.source] = Sibling(clause, other.source, link.target, score)
        return tuple(sorted(best.values(), key=lambda sibling: (-sibling.score, sibling.target)))

    def coverage(self, higher: str, lower: str) -> tuple[Coverage, ...]:
        """What the lower document does with each clause of the higher one, and what is new in it, in reading order."""
        self._pair(higher, lower)
        found = []
        for record in self.links.coverage:
            clause = self.clauses.get(record.subject)
            if clause and (clause.document, record.document) in ((higher, lower), (lower, higher)):
                found.append((clause.document != higher, clause.order, record))
        return tuple(record for _, _, record in sorted(found, key=lambda entry: entry[:2]))

    @cached_property
    def _dropped(self) -> dict[tuple[str, str], tuple[str, ...]]:
        found: dict[tuple[str, str], list[str]] = {}
        for record in self.links.coverage:
            if record.status == "dropped":
                found.setdefault((record.subject, record.document), []).extend(near.text or "" for near in record.nearest)
        return {key: tuple(texts) for key, texts in found.items()}

    def left_out(self, clause: str, *, document: str) -> tuple[str, ...]:
        """The demands of a higher clause that nothing in a lower document answers, though the clause is taken up."""
        return self._dropped.get((clause, document), ())

    def compare(self, higher: str, lower: str) -> tuple[tuple[TargetLink, ...], tuple[Coverage, ...]]:
        """Target links of two documents, and what is said of the higher targets that no link compares (deferred,
        not_applicable, absent), in reading order."""
        self._pair(higher, lower, pairs=self.compared)
        ours, theirs = {t.id for t in self.of[lower].targets}, {t.id: t.start for t in self.of[higher].targets}
        links = [link for link in self.links.target_links if link.source in ours and link.target in theirs]
        dropped = [
            record
            for record in self.links.coverage
            if record.subject in theirs and record.document == lower and record.status in UNCOMPARED
        ]
        return (
            tuple(sorted(links, key=lambda link: (theirs[link.target], -link.score))),
            tuple(sorted(dropped, key=lambda record: theirs[record.subject])),
        )

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The (lower, higher) documents that were aligned."""
        found = {
            (self.clauses[link.source].document, self.clauses[link.target].document) for link in self.links.alignments
        }
        for record in self.links.coverage:
            clause = self.clauses.get(record.subject)
            if clause and record.status != "new":
                found.add((record.document, clause.document))
        return frozenset(found)

    @cached_property
    def _places(self) -> dict[str, str]:
        from policygraph.align.distinct import first_places

        return first_places(target for entry in self.of.values() for target in entry.targets)

    def first_place(self, target: str) -> str:
        """The first target of its document that says the same as this one: distinct targets are counted by it."""
        return self._places[target]

    @cached_property
    def compared(self) -> frozenset[tuple[str, str]]:
        """The (lower, higher) documents whose targets were compared: the aligned pairs, and siblings, one way."""
        links = ((self.targets[link.source], self.targets[link.target]) for link in self.links.target_links)
        siblings = {(source.document, target.document) for source, target in links}
        return self.pairs | {pair for pair in siblings if pair[::-1] not in self.pairs}

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


def _ranked(links: Iterable[Alignment]) -> tuple[Alignment, ...]:
    order = {relation: rank for rank, relation in enumerate(IMPLEMENTING)}
    unique: dict[str, Alignment] = {link.id: link for link in links}
    return tuple(sorted(unique.values(), key=lambda link: (order[link.relation] >= 2, -link.score, link.source)))


def build_library(records: Sequence[DocumentRecords], links: Links) -> Library:
    return Library(tuple(records), links)
