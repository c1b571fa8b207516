"""Reviewing: the records of a data folder's release, and what persons say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from policygraph.columns import Columns
from policygraph.columns.layout import OF_DOCUMENT, OF_PAIR
from policygraph.corpus.folder import REFIT
from policygraph.errors import NotFoundError, ReleaseError, UsageError, some_of
from policygraph.model import Document
from policygraph.program import program_version
from policygraph.read import clean
from policygraph.release.export import row
from policygraph.release.folder import DataFolder, Release
from policygraph.review.agreement import Agreement, Disagreement, agreements, disagreements
from policygraph.review.book import Book, Verdicts, now
from policygraph.review.force import book_of, put_into_force
from policygraph.review.matching import ARROW, Finder, Fit, Fitted, Unfit, located, place_of
from policygraph.review.queue import Waiting, Wanted, how_many, waiting
from policygraph.review.refit import Refitted, refitted
from policygraph.review.refit import apply as apply_curves
from policygraph.review.scoring import Score, is_asserted, scores
from policygraph.review.verdict import (
    BETWEEN,
    CORRECTABLE,
    KINDS,
    TABLES,
    Judgement,
    Kind,
    Place,
    Role,
    Verdict,
    name_of,
)
from policygraph.settings import Settings
from policygraph.table import Table

_KIND_OF: Mapping[str, Kind] = {table: kind for kind, (table, _) in TABLES.items()}  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class By:
    """Who judges. `settles`: an editor's word that holds whatever reviewers say."""

    reviewer: str
    role: Role = "reviewer"
    settles: bool = False


@dataclass(frozen=True, slots=True)
class _Put:
    """Verdicts as they were read, put to the release, and by the record that they are on."""

    verdicts: Verdicts
    fitted: Fitted
    by_id: Mapping[str, Fit]


class Review:
    """Verdicts on the release in service of a data folder. It reads the release as the program found it; `put_into_force`
    makes what persons say hold. Share it between threads; open another one when a new build is in service."""

    def __init__(self, folder: DataFolder, *, book: Book | None = None, settings: Settings | None = None) -> None:
        chosen = settings or Settings.load()
        self.folder, self.settings = folder, chosen
        found = book or book_of(folder, named=chosen.verdicts)
        if found is None:
            raise ReleaseError(f"Nobody knows where the documents of {folder.path} are.", remedy="Build again, or name the file: --verdicts.")
        self.book = found
        self.release: Release = folder.as_found()
        columns = Columns.open(self.release.columns)
        if columns is None:
            raise ReleaseError(f"Release {self.release.id} is of an earlier program.", remedy="Build again: policygraph build.")
        self.columns: Columns = columns
        self.finder = Finder(columns, source=self.release.source_text)
        self._put: _Put | None = None

    def close(self) -> None:
        self.columns.close()

    # -- what was judged ----------------------------------------------------------------------------------------------

    @property
    def verdicts(self) -> Verdicts:
        return self.book.read()

    @property
    def fitted(self) -> Fitted:
        """The current verdicts put to the release."""
        return self._current.fitted

    def on(self, identifier: str) -> Fit | None:
        """What was said of a record."""
        return self._current.by_id.get(identifier)

    @property
    def _current(self) -> _Put:
        verdicts, put = self.verdicts, self._put
        if put is None or put.verdicts is not verdicts:
            fitted = self.finder.fitted(verdicts)
            by_id = {fit.id: fit for fit in fitted.fits if fit.key[0] != "read" and fit.kind != "agency"}
            put = self._put = _Put(verdicts, fitted, by_id)
        return put

    def history(self) -> Table[Verdict]:
        """All verdicts, the latest first, those that were superseded too."""
        rows = sorted(self.verdicts.all, key=lambda verdict: verdict.time, reverse=True)
        return Table(rows, note=_broken(self.verdicts) or ("" if rows else "Nothing was judged yet."))

    def unfit(self) -> Table[Unfit]:
        """The verdicts that fit no record of the release, and why; none of them is dropped."""
        rows = self.fitted.unfit
        return Table(rows, note="" if rows else "Every verdict fits its record.")

    def disagreements(self) -> Table[Disagreement]:
        """The records on which reviewers do not agree, those first that wait for a third."""
        rows = disagreements(self.fitted.fits)
        return Table(rows, note="" if rows else "Nobody disagrees.")

    def agreements(self) -> Table[Agreement]:
        """How far each two reviewers agree on what both judged."""
        rows = agreements(self.fitted.fits)
        return Table(rows, note="" if rows else "No two reviewers judged the same record.")

    def evaluate(self) -> Table[Score]:
        """The release, as the program found it, against what persons say."""
        rows = scores(self.columns, self.fitted)
        return Table(rows, note="" if rows else "Nothing was judged yet.")

    def refit(self, *, apply: bool = False) -> Table[Refitted]:
        """What the verdicts on links make of the curves that give links their probability; with `apply` those that are better on
        links left out are kept beside the verdicts, and the next build links by them."""
        rows = refitted(self.columns, self.fitted)
        if apply:
            apply_curves(rows, self.book.path.with_name(REFIT))
        return Table(rows, note="" if rows else "No link was judged yet.")

    def queue(
        self, *, kind: Kind = "link", document: str | None = None, higher: str | None = None, agency: str | None = None,
        reviewer: str = "", disputed: bool = False, limit: int = 50, offset: int = 0,
    ) -> Table[Waiting]:  # fmt: skip
        """The records that wait for the word of `reviewer`, the least sure first: all that they have not judged and no editor has
        settled; of `disputed` those on which others do not agree."""
        wanted = Wanted(kind=kind, document=document, higher=higher, agency=agency)
        mine, settled, fought = set(), set(), set()
        for fit in self.fitted.fits:
            if fit.kind != kind or fit.key[0] == "read":
                continue
            if any(verdict.reviewer == reviewer for verdict in fit.verdicts):
                mine.add(fit.id)
            if fit.holds is None:
                fought.add(fit.id)
            elif any(verdict.settles for verdict in fit.verdicts):
                settled.add(fit.id)
        skipped = mine | settled
        found: list[Waiting] = []
        left = 0
        for sureness, identifier, documents in waiting(self.columns, wanted):
            if identifier in skipped or (disputed and identifier not in fought):
                continue
            left += 1
            if offset < left <= offset + limit:
                record = self.record(identifier)[1]
                found.append(Waiting(id=identifier, kind=kind, sureness=sureness, document=documents[0], higher=(*documents, None)[1], record=record))
            elif left > offset + limit and not disputed and agency is None:
                left = how_many(self.columns, wanted) - self._counted(skipped, wanted)
                break
        return Table(found, note=f"{left} wait." if left else "Nothing waits.")

    def _counted(self, identifiers: set[str], wanted: Wanted) -> int:
        """How many of these judged records are wanted."""
        return sum(
            fit.kind == wanted.kind and fit.id in identifiers and fit.record is not None and fit.key[0] != "read" and is_asserted(fit.kind, fit.record)
            and wanted.document in (None, fit.documents[0]) and (wanted.higher is None or wanted.higher == fit.documents[-1])
            for fit in self.fitted.fits
        )  # fmt: skip

    # -- judging ------------------------------------------------------------------------------------------------------

    def record(self, identifier: str) -> tuple[Kind, Any]:
        """A record of the release, as the program found it, with its kind."""
        table = OF_PAIR if identifier.startswith(("link-", "tlink-")) else OF_DOCUMENT
        for name in table:
            if name in _KIND_OF and (record := self.columns.find(name, identifier)) is not None:
                return _KIND_OF[name], record
        fit = self.on(identifier)
        if fit is not None and (verdict := fit.holds or fit.verdicts[0]).correction is not None:
            return fit.kind, SimpleNamespace(id=identifier, **verdict.correction)
        raise NotFoundError(f"There is no record {identifier!r} to judge.", remedy="Ids are in policygraph review queue, in exports and on the pages.")

    def judge(
        self, identifier: str, judgement: Judgement, *, by: By, correction: Mapping[str, Any] | None = None, reason: str = ""
    ) -> Verdict:
        """Accept, reject or correct a record, by its id; `correction` holds its right fields."""
        if judgement not in ("accepted", "rejected", "corrected"):
            raise UsageError(f"A record cannot be {judgement!r}.", remedy="It is accepted, rejected or corrected.")
        return self.book.add(self.prepared(identifier, judgement, by=by, correction=correction, reason=reason))

    def judge_all(self, identifiers: Iterable[str], judgement: Judgement, *, by: By, reason: str = "") -> list[Verdict]:
        """Accept or reject several records at once: all of them or, where one is none, nothing."""
        return self.book.add_all([self.prepared(identifier, judgement, by=by, reason=reason) for identifier in identifiers])

    def prepared(
        self, identifier: str, judgement: Judgement, *, by: By, correction: Mapping[str, Any] | None = None, reason: str = ""
    ) -> Verdict:
        """The verdict that `judge` writes, not written yet."""
        kind, record = self.record(identifier)
        fit = self.on(identifier)
        own = next((each for each in fit.verdicts if each.reviewer == by.reviewer), None) if fit else None
        if isinstance(record, SimpleNamespace) and fit is not None:  # another reviewer added it
            places, name, found = fit.verdicts[0].places, fit.verdicts[0].name, dict(fit.verdicts[0].correction or {})
        else:
            places, name = self._places(kind, record)
            found = {each: value for each, value in row(record).items() if each in (*CORRECTABLE[kind], "score")}
        return self._made(
            kind, judgement, places, by=by, name=name, correction=correction, reason=reason, record=identifier, found=found,
            supersedes=own.id if own else None,
        )  # fmt: skip

    def judge_agency(self, document: str, name: str, *, by: By, agency: str | None = None, reason: str = "") -> Verdict:
        """Say which body a name means in a document: `agency` is its canonical id; None says that it is what the program takes
        it for."""
        found = self.document(document)
        known = {role.name: role.agency for note in self.columns.of("responsibilities", found.id) for role in note.agencies}
        if name not in known:
            raise NotFoundError(f"{found.id} gives no duty to {name!r}.", remedy=f"It names: {'、'.join(sorted(known)[:20])}.")
        judgement: Judgement = "accepted" if agency is None else "corrected"
        correction = None if agency is None else {"agency": agency}
        return self.book.add(self._made("agency", judgement, (place_of(self.columns, found),), by=by, name=name, correction=correction, reason=reason, record=found.id, found={"agency": known[name]} if known[name] else None))

    def add_link(self, lower: str, higher: str, *, by: By, relation: str, reason: str = "") -> Verdict:
        """Add a link that was missed: ids of the lower and of the higher clause."""
        return self.book.add(self.prepared_link(lower, higher, by=by, relation=relation, reason=reason))

    def prepared_link(self, lower: str, higher: str, *, by: By, relation: str, reason: str = "") -> Verdict:
        """The verdict that `add_link` writes."""
        ends = []
        for identifier in (lower, higher):
            clause = self.columns.find("clauses", identifier)
            if clause is None:
                raise NotFoundError(f"There is no clause {identifier!r}.", remedy="policygraph search shows ids of clauses.")
            ends.append(place_of(self.columns, clause))
        if (ends[0].document, ends[1].document) not in self.columns.pairs:
            raise UsageError(
                f"{ends[0].document} and {ends[1].document} were not aligned.", remedy="Name the pair in manifest.toml ([[pairs]]) and build again."
            )
        return self._made("link", "added", tuple(ends), by=by, correction={"relation": relation}, reason=reason)

    def add(self, kind: Kind, *, document: str, quote: str, by: By, fields: Mapping[str, Any], reason: str = "", near: int = 0) -> Verdict:
        """Add what was missed in a document: a target, task, deadline, responsibility or citation. `quote` is how the text has it,
        white space aside; where it stands several times, the place next to `near` counts."""
        found = self.document(document)
        source = self.release.source_text(found.id)
        words = "".join(quote.split())
        places = []
        at = 0
        while (span := located(words, source, start=at, end=len(source))) is not None:
            places.append(span)
            at = span[0] + 1
        if not places:
            raise NotFoundError(f"{found.id} does not say {quote!r}.", remedy="Quote it as the text has it; white space does not count.")
        if len(places) > 1 and not near:
            raise UsageError(f"{found.id} says {quote!r} {len(places)} times.", remedy=f"Say which: near one of {', '.join(str(a) for a, _ in places[:8])}.")
        span = min(places, key=lambda span: abs(span[0] - near))
        return self.book.add(self.prepared_span(kind, found.id, span, by=by, fields=fields, reason=reason))

    def prepared_span(self, kind: Kind, document: str, span: tuple[int, int], *, by: By, fields: Mapping[str, Any], reason: str = "") -> Verdict:
        """The verdict that adds a record on a stretch of a document's source text."""
        found, source = self.document(document), self.release.source_text(document)
        place = Place.of(found, start=span[0], end=span[1], text=clean(source[span[0] : span[1]]), whole=True)
        named = SimpleNamespace(**{"indicator": "", "value": None, "verb": "", "object": "", "date": None, "recurrence": None, **fields})
        name = "" if kind == "responsibility" else name_of(kind, named)
        return self._made(kind, "added", (place,), by=by, name=name, correction=dict(fields), reason=reason)

    def read_whole(self, document: str, *, by: By, kind: Kind, higher: str | None = None, reason: str = "") -> Verdict:
        """Mark that of a kind a document (of links: a lower and a `higher` one) holds nothing but what was found and not rejected,
        and what was added."""
        return self.book.add(self.prepared_whole(document, by=by, kind=kind, higher=higher, reason=reason))

    def prepared_whole(self, document: str, *, by: By, kind: Kind, higher: str | None = None, reason: str = "") -> Verdict:
        """The verdict that `read_whole` writes."""
        if (kind in BETWEEN) != (higher is not None):
            what = "names both documents" if kind in BETWEEN else "names one document"
            raise UsageError(f"Read whole for {kind}: it {what}.", remedy="Links and comparisons lie between a lower and a higher document.")
        places = tuple(place_of(self.columns, self.document(name)) for name in (document, higher) if name is not None)
        return self._made(kind, "read_whole", places, by=by, reason=reason)

    def withdraw(self, verdict: str, *, by: By) -> Verdict:
        """Take one's own word back."""
        found = self.verdicts.find(verdict)
        return self.book.add(replace(found, judgement="withdrawn", correction=None, reason="", settles=False, reviewer=by.reviewer, role=by.role, time=now(), program=program_version(), supersedes=found.id, superseded_by=None))

    def put_into_force(self) -> Release:
        """Have the release in service say what persons say: quick for few documents, and waits for a build that runs."""
        with self.folder.locked(self.settings.lock_seconds):
            return put_into_force(self.folder, self.folder.as_found(), self.verdicts)

    # -- behind the methods -------------------------------------------------------------------------------------------

    @staticmethod
    def kind(name: str) -> Kind:
        """The kind of this name."""
        if name not in KINDS:
            raise UsageError(f"{name!r} is no kind of record to judge.", remedy=f"Kinds: {', '.join(KINDS)}.")
        return name

    def _made(
        self, kind: Kind, judgement: Judgement, places: tuple[Place, ...], *, by: By, name: str = "", correction: Mapping[str, Any] | None = None,
        reason: str = "", record: str = "", found: Mapping[str, Any] | None = None, supersedes: str | None = None,
    ) -> Verdict:  # fmt: skip
        return Verdict(
            kind=kind, judgement=judgement, places=places, name=name, correction=correction, reason=reason, reviewer=by.reviewer, role=by.role,
            settles=by.settles, time=now(), program=program_version(), record=record, found=found, supersedes=supersedes,
        )  # fmt: skip

    def _places(self, kind: Kind, record: Any) -> tuple[tuple[Place, ...], str]:
        if kind not in BETWEEN:
            return (place_of(self.columns, record),), "" if kind == "document" else name_of(kind, record)
        table = "clauses" if kind == "link" else "targets"
        ends = [self.columns.find(table, identifier) for identifier in (record.source, record.target)]
        name = ARROW.join(name_of("target", end) for end in ends) if kind == "comparison" else ""
        return tuple(place_of(self.columns, end) for end in ends), name

    def document(self, name: str) -> Document:
        """The document with this id, number or title."""
        for document in self.columns.documents.values():
            if name in (document.id, document.number, document.title, f"《{document.title}》"):
                return document
        raise NotFoundError(f"There is no document {name!r}.", remedy=f"Documents: {some_of(self.columns.documents)}.")

    @cached_property
    def titles(self) -> Mapping[str, str]:
        return {document.id: document.title for document in self.columns.documents.values()}


def _broken(verdicts: Verdicts) -> str:
    return " ".join(f"Line {each.line} is no verdict: {each.reason}." for each in verdicts.broken)
