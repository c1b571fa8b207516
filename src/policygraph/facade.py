"""`PolicyGraph`: everything that can be asked of a release, one method a question, named as the command line's commands.

    from policygraph import PolicyGraph

    pg = PolicyGraph.open("data/")
    pg.targets(indicator="农膜回收率").frame()

Answers are read by need from the release's columns, which hold what its RDF graph holds (`policygraph.columns`), and come
as a `Table` of frozen records. SPARQL is answered from the graph.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from policygraph.columns import Columns, columns_of
from policygraph.errors import NotFoundError, UsageError, some_of
from policygraph.model import Clause, Document, DocumentRecords, Finding, Links, Responsibility, Target
from policygraph.read import Places, Rectangle
from policygraph.release.due import Due, due_rows
from policygraph.release.duties import AgencyProfile, duties_of
from policygraph.release.folder import DataFolder, DocumentSummary, Release, hold
from policygraph.settings import Settings
from policygraph.table import Table

if TYPE_CHECKING:
    from policygraph.align.asked import Paired
    from policygraph.align.chain import Step
    from policygraph.align.library import Library
    from policygraph.align.reader import Reader as SecondReader
    from policygraph.align.report import Compared, Covered, Implementation
    from policygraph.ask import Answer
    from policygraph.cite import Reference
    from policygraph.graph.read import Reader
    from policygraph.release.asked import AskedPairs
    from policygraph.release.rules import Rule
    from policygraph.report import PairReport
    from policygraph.review import Review
    from policygraph.search import Searcher, SearchResult
    from policygraph.verify import Verification, Verifier


#: Pairs aligned on the spot that stay while a release is open: some megabytes each.
_KEPT_PAIRS = 32


class PolicyGraph:
    """A release, opened for reading. Use as a context manager, or `close()` it, to let the release be pruned."""

    def __init__(self, release: Release, *, settings: Settings | None = None, tell: Callable[[str], None] = lambda _: None) -> None:
        """`tell` is told what takes long, and the way out."""
        self.release, self._tell = release, tell
        self.settings = settings or Settings.load()
        self._hold: int | None = hold(release.folder)
        self._aligned: dict[tuple[str, str], Paired] = {}

    @classmethod
    def open(
        cls, data: str | Path = "data", *, release: str | None = None, as_found: bool | None = None, settings: Settings | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> PolicyGraph:  # fmt: skip
        """The release in service in the folder `data`, or the one named; `as_found`: as the program found it, without what
        reviewers judged (left out: as the setting says)."""
        folder, chosen = DataFolder(Path(data)), settings or Settings.load()
        opened = folder.release(release) if release else folder.current()
        alone = chosen.as_found if as_found is None else as_found
        return cls(folder.as_found(opened) if alone else opened, settings=chosen, tell=tell)

    def close(self) -> None:
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None
        if (found := self.__dict__.pop("found", None)) not in (None, self):
            found.close()

    def __enter__(self) -> PolicyGraph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<PolicyGraph {self.release.id}: {len(self.release.manifest.documents)} documents>"

    # -- reading ------------------------------------------------------------------------------------------------------

    @cached_property
    def reader(self) -> Reader:
        """Typed records from the graph, through SPARQL: from the release's store, or from the endpoint of the setting
        `graph_store`. A large release has no store until it is first wanted here, which takes a minute or more."""
        from policygraph.graph import Reader, open_store
        from policygraph.graph.parts import ensure_store

        store = open_store(self.settings.graph_store or ensure_store(self.release.graph, self.release.store))
        return Reader(store, base_iri=self.release.manifest.base_iri)

    @cached_property
    def columns(self) -> Columns:
        """The release's records, read by need. Of a release that has no columns (formats 1 to 3), or whose graph is read from
        the endpoint of the setting `graph_store`, all are read from the graph first."""
        found = None if self.settings.graph_store else Columns.open(self.release.columns)
        return found or self._columns_of_graph()

    def _columns_of_graph(self) -> Columns:
        from concurrent.futures import ThreadPoolExecutor

        if not self.settings.graph_store:
            self._tell(
                f"Release {self.release.id} has no columns that this program reads: all its records are read from its graph first. "
                "Build again to have answers at once: policygraph build."
            )
        with ThreadPoolExecutor() as threads:  # the store answers one while the answer for another is taken apart
            return columns_of(threads.map(self.reader.document_records, self._ids()), self.reader.links())

    @property
    def records(self) -> Mapping[str, DocumentRecords]:
        """All records by document id, each document's read when it is asked for."""
        return _Records(self.columns)

    @property
    def links(self) -> Links:
        """All links between documents, read anew each time: keep what you need again."""
        return self.columns.links

    @cached_property
    def library(self) -> Library:
        """Records and links by what people name: what the questions on links are answered from."""
        from policygraph.align.library import Library

        return Library(self.columns)

    def source_text(self, document: str) -> str:
        """The text that a document's spans count in."""
        return self.release.source_text(document)

    def places(self, document: str, start: int = 0, end: int | None = None) -> Table[Rectangle]:
        """Where the characters `start` to `end` of the text (all of them when not given) stand on the pages of the original, a
        row a line: `page` from 1, lengths from its top left corner in points (pixels of a scan)."""
        found = self.places_of(document)
        stop = len(self.source_text(document)) if end is None else end
        note = "" if found else f"{document} has no pages: it was read from a text, or the build kept no original."
        return Table(found.rectangles(start, stop) if found else (), columns=_columns(Rectangle), note=note)

    def places_of(self, document: str) -> Places | None:
        """The pages of a document's original and where every character stands on them; None where there are none."""
        return self.release.places(self._document(document))

    def page(self, document: str, number: int) -> bytes:
        """Page `number` (from 1) of the original as PNG."""
        from policygraph.release.pictures import page_picture

        return page_picture(self.release, self._document(document), number, settings=self.settings)

    # -- documents ----------------------------------------------------------------------------------------------------

    def info(self) -> Table[DocumentSummary]:
        """What the release holds, a row a document."""
        return Table(self.release.manifest.documents)

    def documents(self) -> Table[Document]:
        """The documents with their metadata."""
        return Table(self.columns.documents.values())

    def clauses(self, document: str) -> Table[Clause]:
        """The clauses of a document in reading order."""
        return Table(self.columns.of("clauses", self._document(document)))

    def audit(self, document: str | None = None) -> Table[Finding]:
        """Sentences with a quantity, date or role word from which nothing was taken, and names that no vocabulary
        knows."""
        rows = [finding for name in self._some(document) for finding in self.columns.of("findings", name)]
        return Table(rows, note="" if rows else "Every sentence with a quantity, a date or a role word gave a record.")

    def rules(self) -> Table[Rule]:
        """What each rule stands for that a record or link names, and how often it fired in this release."""
        from policygraph.release.rules import counted

        return Table(counted(self.columns.rules()))

    # -- targets, deadlines, agencies ---------------------------------------------------------------------------------

    def targets(
        self, *, indicator: str | None = None, document: str | None = None, region: str | None = None
    ) -> Table[Target]:
        """Targets, those for one indicator when it is named (as written, in part, or as canonical concept)."""
        chosen = self._some(document, region=region)
        if indicator is None:
            return Table(self.columns.listed("targets", self.columns.within(chosen)), columns=_columns(Target))
        wanted = _plain(indicator)
        among = self.columns.within(chosen)
        measured = self.columns.rows(f"SELECT DISTINCT indicator, concept FROM targets WHERE {among}")
        found = {(name, concept) for name, concept in measured if wanted in _plain(name) or wanted == _plain(concept or "")}
        concepts = {concept for name, concept in found if concept and _plain(name) == wanted}
        names = [name for name, concept in measured if (name, concept) in found or concept in concepts]
        rows = [
            target
            for target in self.columns.where("targets", f"{among} AND indicator IN (SELECT value FROM json_each(?))", [_json(names)])
            if (target.indicator, target.concept) in found or target.concept in concepts
        ]
        return Table(rows, columns=_columns(Target), note="" if rows else f"No target for an indicator like {indicator}.")

    def due(
        self,
        *,
        by: str | None = None,
        since: str | None = None,
        document: str | None = None,
        region: str | None = None,
        agency: str | None = None,
    ) -> Table[Due]:
        """What is due from `since` to `by` (ISO dates, both included), soonest first, and who leads it; then what has no
        single last day, section by section. Between two days stands what recurs in that time; what runs from an event
        or only begins stands in no time, so that it is left out where one is asked for, and the note says how much."""
        for name, value in (("by", by), ("since", since)):
            if value is not None:
                _check_date(value, name=name)
        rows, left = due_rows(self.columns, self._some(document, region=region), since=since, by=by, agency=agency)
        note = "" if rows else "Nothing is due in that time."
        if left:
            note = f"{note} {left} without a day are left out (they run from an event, or only begin): ask without since and by.".strip()
        return Table(rows, columns=_columns(Due) if rows else (), note=note)

    def agency(self, name: str) -> AgencyProfile:
        """What an agency, named as a document writes it or by its canonical id, leads and supports."""
        return duties_of(self.columns, name)

    # -- the graph ----------------------------------------------------------------------------------------------------

    def sparql(self, query: str, *, before_store: Callable[[], None] | None = None) -> Table[dict[str, Any]]:
        """The solutions of a SELECT query, the triples of a CONSTRUCT or DESCRIBE, or one row for an ASK. What the columns do
        not tell is asked of the store; `before_store` is called then, since that of a large release is made at its first use."""
        from policygraph.sparql.statistics import tell

        told = None if self.settings.graph_store else tell(self.release, query)
        if told is None and before_store is not None:
            before_store()
        rows, columns = told if told is not None else self.reader.query(query)
        return Table(rows, columns=columns, note="" if rows else "The query has no solution.")

    def export(self, folder: str | Path, *, format: str = "jsonl") -> list[Path]:  # noqa: A002
        """Write the release into `folder` in a format: jsonl, csv, parquet, xlsx, turtle, nquads, jsonld, graphml, agencies
        (bodies with roles and years, as GraphML and GEXF), annotations, tables (tidy tables with their codebook, as a data set
        to hand on) or stata (the tidy tables and records as `.dta` with labels). The files written."""
        if format == "tables":
            from policygraph.publish import publish

            return publish(self.library, Path(folder), manifest=self.release.manifest)
        if format == "stata":
            from policygraph.publish import stata

            return stata(self.library, Path(folder))
        from policygraph.release.export import export

        written: list[Path] = export(self, Path(folder), format=format)
        return written

    # -- links between documents: policygraph.align and policygraph.ask ----------------------------------------------

    def implements(
        self, document: str, *, item: int | None = None, clause: str | None = None, region: str | None = None,
        lower: str | None = None,
    ) -> Table[Implementation]:  # fmt: skip
        """The lower clauses that implement an item or clause of a higher document (of all of it when neither is
        named), of one region or one `lower` document if given; best first. Documents older than the higher one only
        correspond, those of its level run parallel. With `lower`, any two documents: those that the build did not align
        are aligned now, and the table's note says so."""
        from policygraph.align import report

        paired = self.pair(document, lower) if lower else None
        found = report.implements(
            paired.library if paired else self.library, document, item=item, clause=self._now(clause), region=region, lower=self._now(lower)
        )
        note = "" if found else "No clause implements it."
        return Table(found, columns=_columns(report.Implementation), note=_noted(note, paired))

    def implemented_by(
        self, document: str, *, item: int | None = None, clause: str | None = None, higher: str | None = None
    ) -> Table[Implementation]:
        """The higher clauses that an item or clause of a lower document implements, best first; with `higher`, those of
        that document, whether the build aligned the two or not."""
        from policygraph.align import report

        paired = self.pair(higher, document) if higher else None
        found = report.implemented_by(
            paired.library if paired else self.library, document, item=item, clause=self._now(clause), higher=self._now(higher)
        )
        note = "" if found else "It implements no clause."
        return Table(found, columns=_columns(report.Implementation), note=_noted(note, paired))

    def chain(self, document: str, *, item: int | None = None, clause: str | None = None) -> Table[Step]:
        """Who carries out an item or clause at each level below, with lag, what is kept word for word, added and lost on
        the way; and the way up to what it carries out itself. `depth` says how many steps below (or above: negative)."""
        from policygraph.align import report
        from policygraph.align.chain import Step, chain

        if item is None and clause is None:
            raise UsageError("A chain is of an item or a clause.", remedy="Name one: item=10, or a clause's id.")
        found = chain(self.library, report.asked_clauses(self.library, document, item=item, clause=self._now(clause)))
        alone = all(step.depth == 0 for step in found)
        return Table(found, columns=_columns(Step), note="Nothing below carries it out, and it carries out nothing above." if alone else "")

    def coverage(self, higher: str, *lower: str) -> Table[Covered]:
        """What lower documents (all that were aligned when none is named) do with each clause of the higher one, and
        what is new in them; of a plan and its successor, what is kept and what is changed. A pair that the build did not
        align is aligned now, and the table's note says so."""
        from policygraph.align import report

        pairs = [self.pair(higher, name) for name in lower]
        found = [row for paired in pairs for row in report.coverage(paired.library, higher, (paired.lower,), standing=paired.standing)]
        if not lower:
            found += report.coverage(self.library, higher, ())
        return Table(found, columns=_columns(report.Covered), note=_noted("", *pairs))

    def compare(self, higher: str, lower: str) -> Table[Compared]:
        """What the lower document says of each target of the higher one: equal, stricter, looser, not_comparable, or
        deferred, not_applicable, absent; with timing, scope and reason. A pair that the build did not align is aligned
        now, and the table's note says so."""
        from policygraph.align import report

        paired = self.pair(higher, lower, targets=True)
        found = report.compare(paired.library, higher, lower)
        return Table(found, columns=_columns(report.Compared), note=_noted("", paired))

    def pair(self, higher: str, lower: str, *, targets: bool = False) -> Paired:
        """Two documents with the links between them; of `targets` it is enough that the build compared those, in either
        order. Where the build did not align the two they are aligned now, and kept in the data folder."""
        from policygraph.align.asked import Paired, refuse_reversed, standing
        from policygraph.align.library import build_library

        library = self.library
        above, below = library.document(higher), library.document(lower)
        if above.id == below.id:
            raise NotFoundError(f"{above.id} is named twice.", remedy="Name two documents, the higher one first.")
        stands = standing(above, below)
        known = library.compared if targets else library.pairs
        if (below.id, above.id) in known or (targets and (above.id, below.id) in known):
            return Paired(library=library, higher=above.id, lower=below.id, standing=stands)
        refuse_reversed(above, below)
        key = (below.id, above.id)
        if key not in self._aligned:
            both = {name: self.records[name] for name in (above.id, below.id)}
            texts = {name: self.source_text(name) for name in both}
            links, by = self._asked_pairs.links(both[above.id], both[below.id], texts=texts)
            while len(self._aligned) >= _KEPT_PAIRS:
                self._aligned.pop(next(iter(self._aligned)), None)
            made = build_library(tuple(both.values()), self._as_judged(links), aligned=(key,))
            self._aligned[key] = Paired(library=made, higher=above.id, lower=below.id, standing=stands, by=by)
        return self._aligned[key]

    def _as_judged(self, links: Links) -> Links:
        """Links that are aligned on the spot, without those that reviewers rejected of the same clauses, and with their word on others."""
        said = self.release.judged.get("verdicts", {})
        kept = []
        for link in links.alignments:
            if any(row["holds"] and row["judgement"] == "rejected" for row in said.get(link.id, ())):
                continue
            kept.append((self.columns.find("alignments", link.id) or link) if link.id in said else link)
        return replace(links, alignments=tuple(kept))

    @cached_property
    def _asked_pairs(self) -> AskedPairs:
        from policygraph.release.asked import AskedPairs

        return AskedPairs(self.release)

    def report(self, higher: str, lower: str, *, lang: Literal["zh", "en"] = "zh") -> PairReport:
        """The page of two documents: what the lower one drops, softens, hardens, adds and leaves open of the higher one's
        targets, in sentences (Chinese or English) with both texts. `policygraph.report.write(page, path)` writes it as .md, .html or .docx."""
        from policygraph.report import report

        return report(self.pair(higher, lower, targets=True).library, higher, lower, lang=lang)

    def ask(self, question: str, *, after: str | None = None) -> Answer:
        """The answer to a question in Chinese or English, with evidence and SPARQL; or what was not understood. `after` is
        the question before, which a follow-up (那重庆呢？) goes on from."""
        from policygraph.ask import ask

        return ask(question, self.library, after=after, texts=self.source_text, pair=self.pair, reader=self.second_reader)

    def second_reader(self) -> SecondReader | None:
        """The second reader that the settings name, None where they name none."""
        from policygraph.align.reader import Reader

        return Reader.of(self.settings)

    # -- citing: policygraph.cite --------------------------------------------------------------------------------------

    def references(self, identifier: str) -> tuple[Reference, ...]:
        """The entries of a bibliography for a document (id, number or title), a clause, or a link (both its clauses and
        the link itself)."""
        from policygraph.cite import references

        return references(self._now(identifier), library=self.library, base=self.release.manifest.base_iri, release=self.release.id)

    def cite(self, *identifiers: str, format: str = "gbt7714", accessed: date | None = None) -> str:  # noqa: A002
        """Documents, clauses and links as a bibliography: gbt7714, bibtex, ris, csl-json, or words (as a text names them).
        `accessed` is the day of access, today unless given."""
        from policygraph.cite import written

        entries = {entry.key: entry for name in identifiers for entry in self.references(name)}
        return written(tuple(entries.values()), format, accessed=accessed or date.today())

    # -- texts about documents: policygraph.verify --------------------------------------------------------------------

    @cached_property
    def verifier(self) -> Verifier:
        """What texts are verified with: the documents, joined when a text first speaks of them."""
        from policygraph.verify import Verifier

        return Verifier(self.library, source=self.source_text, settings=self.settings)

    def verify(self, text: str, *, document: str | None = None) -> Verification:
        """What a text (a report, a news item, an answer) claims of the documents, each claim beside what the source says:
        found, differs, contradicted, not_held, not_checkable. `document` is what it speaks of where it names none."""
        return self.verifier.verify(text, document=document)

    # -- reviewers: policygraph.review --------------------------------------------------------------------------------

    @cached_property
    def review(self) -> Review:
        """Judging the records of the data folder that the release is in: verdicts, the queue, agreement, scores."""
        from policygraph.review import Review

        return Review(DataFolder(self.release.folder.parents[1]), settings=self.settings)

    @cached_property
    def found(self) -> PolicyGraph:
        """The release as the program found it: this one, where nobody judged."""
        if not self.release.judged:
            return self
        return PolicyGraph(DataFolder(self.release.folder.parents[1]).as_found(self.release), settings=self.settings)

    def judgements(self, identifier: str) -> tuple[dict[str, Any], ...]:
        """What reviewers said of a record in this release: judgement, reviewer, time, reason, and whether it holds."""
        return tuple(self.release.judged.get("verdicts", {}).get(identifier, ()))

    # -- search: policygraph.search ----------------------------------------------------------------------------------

    @cached_property
    def searcher(self) -> Searcher:
        """The release's search index. The encoder loads at the first query."""
        from policygraph.search import Searcher

        return Searcher.open(self.release.folder / "index", settings=self.settings)

    def search(
        self, query: str, *, limit: int | None = None, offset: int = 0, region: str | None = None,
        document: str | None = None, kind: str | None = None, agency: str | None = None, role: str | None = None,
        due_by: str | None = None, indicator: str | None = None, modality: str | None = None, parse: bool = True,
    ) -> SearchResult:  # fmt: skip
        """The clauses that speak of a thing, whatever words they use, in Chinese or English; conditions in the words of
        the query (region, document, agency, date) are understood unless `parse` is False."""
        return self.searcher.search(
            query, limit=self.settings.hits if limit is None else limit, offset=offset, region=region, document=self._now(document), kind=kind,
            agency=agency, role=role, due_by=due_by, indicator=indicator, modality=modality, parse=parse,
        )  # fmt: skip

    def similar(
        self, clause: str, *, limit: int | None = None, offset: int = 0, document: str | None = None, region: str | None = None
    ) -> SearchResult:
        """The clauses nearest in meaning to a clause, itself left out."""
        return self.searcher.similar(
            self._now(clause), limit=self.settings.hits if limit is None else limit, offset=offset, document=self._now(document), region=region
        )

    # -- behind the methods -------------------------------------------------------------------------------------------

    def _ids(self) -> list[str]:
        return [document.id for document in self.release.manifest.documents]

    @cached_property
    def _former(self) -> Mapping[str, str]:
        return self.release.manifest.former

    @overload
    def _now(self, identifier: str) -> str: ...
    @overload
    def _now(self, identifier: None) -> None: ...
    def _now(self, identifier: str | None) -> str | None:
        """The id that a document, or something in it, has now, by one that it had."""
        if identifier is None:
            return None
        document, slash, place = identifier.partition("/")
        return f"{self._former.get(document, document)}{slash}{place}"

    def _document(self, document: str) -> str:
        if document in self.columns.numbers:
            return document
        now = self._former.get(document)
        if now is None:
            raise NotFoundError(f"There is no document {document!r}.", remedy=f"Documents: {some_of(self._ids())}.")
        return now

    def _some(self, document: str | None, *, region: str | None = None) -> list[str]:
        """The one document, or all; those of a region, of which there must be some."""
        all_of_it = list(self.columns.numbers) if document is None else [self._document(document)]
        if region is None:
            return all_of_it
        of = self.columns.documents
        found = [name for name in all_of_it if _in_region(of[name], region)]
        if not found and document is None:
            from policygraph.vocabulary.regions import regions

            held = sorted({held for name in all_of_it if (held := of[name].region)})
            known = "、".join(regions()[code].short if code in regions() else code for code in held)
            raise NotFoundError(f"There is no document of {region}.", remedy=f"There are documents of: {known}.")
        return found


class _Records(Mapping[str, DocumentRecords]):
    """The records of each document, read when they are asked for."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __getitem__(self, document: str) -> DocumentRecords:
        if document not in self._columns.numbers:
            raise KeyError(document)
        return self._columns.records(document)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns.numbers)

    def __len__(self) -> int:
        return len(self._columns.numbers)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _columns(row: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


def _noted(note: str, *pairs: Paired | None) -> str:
    """A note with what is to be said of each pair, once."""
    return " ".join(dict.fromkeys(filter(None, (note, *(paired.note for paired in pairs if paired)))))


def _plain(text: str) -> str:
    return "".join(char for char in text if char not in "的 “”\u3000")


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _notes_by_clause(notes: Iterable[Responsibility]) -> dict[str, list[Responsibility]]:
    found: dict[str, list[Responsibility]] = {}
    for note in notes:
        found.setdefault(note.clause, []).append(note)
    return found


def _in_region(document: Document, region: str | None) -> bool:
    """Whether a document is of a region, given by code or by name."""
    if region is None:
        return True
    if region.isdigit():
        return document.region == region
    from policygraph.vocabulary.regions import regions_in

    named = regions_in(region)
    if not named:
        raise NotFoundError(f"{region!r} is no region.", remedy="Name it (四川, 成都市) or give its GB/T 2260 code (510000).")
    return document.region == named[0][2]


def _check_date(text: str, *, name: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--{name}: {text!r} is no date.", remedy="Dates are written 2023-12-31.") from error
