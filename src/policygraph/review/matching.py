"""Verdicts find their records: by content, whatever a rebuild named them.

A place is found by the document and the characters where it stood; where the file changed or a rule cuts otherwise, by its
words, the nearest to where they stood. What is found so fits; what is not is `Unfit`, with the reason, and stays on the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from policygraph.columns import Columns
from policygraph.ids import link_id
from policygraph.model import Document
from policygraph.review.book import Verdicts, standing
from policygraph.review.verdict import BETWEEN, TABLES, Kind, Place, Verdict, name_of, words_hash

#: Between the names of two targets that are compared.
ARROW = "→"
#: Why a verdict fits nothing. `stale`: the words that were judged have changed. `gone`: the document is not in the release.
#: `not found`: the words are there, and the program takes no such record from them.
Why = Literal["stale", "gone", "not found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What is judged in a release: the record as found (None where it is added), the documents it lies in (lower, higher),
    the spans where it now stands, the current verdicts on it, and the one that holds (None: they do not agree)."""

    kind: Kind
    key: tuple[str, ...]
    record: Any
    documents: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    ends: tuple[str, ...]
    moved: bool
    verdicts: tuple[Verdict, ...]

    @property
    def holds(self) -> Verdict | None:
        return standing(self.verdicts)

    @property
    def id(self) -> str:
        """The id of the record, of one that is added what it will stand under."""
        return self.record.id if self.record is not None else self.key[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A verdict that no record of the release fits."""

    verdict: Verdict
    why: Why
    detail: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """All current verdicts, put to a release."""

    fits: tuple[Fit, ...]
    unfit: tuple[Unfit, ...]


@dataclass(frozen=True, slots=True)
class _At:
    """Where a place is now: its document, the span and the clause; `record` is what the program found there, if anything."""

    document: str
    span: tuple[int, int]
    record: Any
    clause: str
    moved: bool


class _LostError(Exception):
    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why, self.detail = why, detail


class Finder:
    """Finds what verdicts are on in one release; what it looked up it keeps."""

    def __init__(self, columns: Columns, *, source: Callable[[str], str]) -> None:
        """`source` gives the stored text of a document."""
        self.columns, self._source = columns, source
        self._by_hash: dict[str, str] = {}
        for document in columns.documents.values():
            self._by_hash.setdefault(document.sha256, document.id)
        self._spans: dict[tuple[str, str], dict[tuple[int, int], list[Any]]] = {}
        self._words: dict[tuple[str, str], dict[str, list[Any]]] = {}
        self._found: dict[tuple[str, str], Fit | tuple[Why, str]] = {}

    def fitted(self, verdicts: Verdicts) -> Fitted:
        """All current verdicts by the record that they are on."""
        groups: dict[tuple[str, ...], tuple[Fit, dict[str, Verdict]]] = {}
        added: dict[str, Fit] = {}
        unfit = []
        for verdict in sorted(verdicts.current, key=lambda each: each.judgement != "added"):
            fit = self._fit_or_why(verdict)
            if isinstance(fit, tuple):
                if verdict.subject not in added:
                    unfit.append(Unfit(verdict=verdict, why=fit[0], detail=fit[1]))
                    continue
                fit = added[verdict.subject]  # what one reviewer added another one judges
            if verdict.judgement == "added":
                added.setdefault(verdict.subject, fit)
            _, said = groups.setdefault((fit.kind, *fit.key), (fit, {}))
            before = said.get(verdict.reviewer)
            if before is None or before.time <= verdict.time:
                said[verdict.reviewer] = verdict  # before the text moved, and after: one reviewer has one word
        fits = tuple(replace(fit, verdicts=tuple(said.values())) for fit, said in groups.values())
        return Fitted(fits, tuple(unfit))

    def _fit_or_why(self, verdict: Verdict) -> Fit | tuple[Why, str]:
        """The record that a verdict is on, or why there is none."""
        key = (verdict.subject, verdict.judgement)
        if key not in self._found:
            try:
                self._found[key] = self._fit(verdict)
            except _LostError as lost:
                self._found[key] = (lost.why, lost.detail)
        return self._found[key]

    def _fit(self, verdict: Verdict) -> Fit:
        kind = verdict.kind
        if verdict.judgement == "read_whole":
            documents = tuple(self._document(place).id for place in verdict.places)
            for place in verdict.places:
                if self.columns.documents[self._document(place).id].sha256 != place.sha256:
                    raise _LostError("stale", f"{place.document} has changed since it was read whole")
            return _made(kind, ("read", *documents), None, documents, verdict)
        if kind == "document":
            document = self._document(verdict.places[0])
            moved = document.sha256 != verdict.places[0].sha256
            if moved and words_hash(document.title) != verdict.places[0].words:
                raise _LostError("stale", f"{document.id} has another title: {document.title}")
            return _made(kind, (document.id,), document, (document.id,), verdict, moved=moved)
        if kind == "agency":
            return self._agency(verdict)
        table = {"link": "clauses", "comparison": "targets"}.get(kind) or TABLES[kind][0]
        added = verdict.judgement == "added" and kind not in BETWEEN
        names = verdict.name.split(ARROW) if kind == "comparison" else [verdict.name] * len(verdict.places)
        if len(names) != len(verdict.places):
            raise _LostError("not found", f"it names no two targets: {verdict.name}")
        strict = verdict.judgement == "rejected" and kind not in BETWEEN  # what was rejected is what the program said then
        if added:
            at = [self._within(verdict.places[0])]
        else:
            at = [self._at(place, table, name=name, strict=strict) for place, name in zip(verdict.places, names, strict=True)]
        moved = any(each.moved for each in at)
        documents = tuple(each.document for each in at)
        if kind in BETWEEN:
            if any(each.record is None for each in at):
                raise _LostError("not found", f"one of the two targets is no longer found: {verdict.name}")
            ends = tuple(each.record.id for each in at)
            record = self.columns.find(TABLES[kind][0], link_id("link" if kind == "link" else "tlink", *ends))
            if (documents[0], documents[1]) not in self.columns.pairs and documents not in self.columns.compared and record is None:
                raise _LostError("not found", f"{documents[0]} and {documents[1]} were not aligned")
            return _made(kind, ends, record, documents, verdict, at=at, ends=ends, moved=moved)
        there = at[0]
        record = there.record
        if added:
            same = self._spans_of(table, documents[0]).get(there.span, ())
            record = next((each for each in same if name_of(kind, each) == verdict.name), None)
        key = f"{there.clause}/{kind}_r{verdict.subject[:6]}" if record is None else record.id
        return _made(kind, (key,), record, documents, verdict, at=at, ends=(there.clause,), moved=moved)

    def _agency(self, verdict: Verdict) -> Fit:
        """A body as a document names it: the name has to stand there still."""
        document = self._document(verdict.places[0])
        for note in self.columns.of("responsibilities", document.id):
            if any(role.name == verdict.name for role in note.agencies):
                return _made("agency", (document.id, verdict.name), note, (document.id,), verdict, moved=document.sha256 != verdict.places[0].sha256)
        raise _LostError("stale", f"{document.id} no longer names {verdict.name}")

    def _document(self, place: Place) -> Document:
        """The document of a place: by its id and file, else by its file, else by its id."""
        documents = self.columns.documents
        named = documents.get(place.document)
        if named is not None and named.sha256 == place.sha256:
            return named
        if place.sha256 in self._by_hash:
            return documents[self._by_hash[place.sha256]]
        if named is not None:
            return named
        raise _LostError("gone", f"the release holds no {place.document}")

    def _at(self, place: Place, table: str, *, name: str, strict: bool) -> _At:
        """The record of a table at a place. `strict`: of this very name. Where the program takes nothing from the words any more,
        there is none, and only what persons said of it."""
        document = self._document(place)
        span = (place.start, place.end)
        here = [each for each in self._spans_of(table, document.id).get(span, ()) if words_hash(each.text) == place.words]
        found = _named(here, table, name, strict=strict)
        if found is not None:
            return _At(document.id, span, found, _clause(found), moved=False)
        same = self._words_of(table, document.id).get(place.words, ())
        found = _named(sorted(same, key=lambda each: abs(each.start - place.start)), table, name, strict=strict)
        if found is not None:
            return _At(document.id, (found.start, found.end), found, _clause(found), moved=True)
        if document.sha256 != place.sha256:
            raise _LostError("stale", f"the text of {document.id} has changed: {place.text}")
        overlapping = [each for each in self.columns.of(table, document.id) if min(each.end, place.end) > max(each.start, place.start)]
        found = _named(overlapping, table, name, strict=True)
        if found is not None and table != "clauses":
            return _At(document.id, (found.start, found.end), found, _clause(found), moved=True)  # another rule cuts it otherwise
        if strict or overlapping or table in ("clauses", "documents"):
            raise _LostError("not found", f"the program no longer finds it in {document.id}: {place.text}")
        return self._within(place)

    def _within(self, place: Place) -> _At:
        """A stretch of a document, with the leaf clause that holds it."""
        document = self._document(place)
        clauses = [each for each in self.columns.of("clauses", document.id) if each.leaf]
        if document.sha256 == place.sha256:
            holder = next((each for each in clauses if each.start <= place.start and place.end <= each.end), None)
            if holder is not None:
                return _At(document.id, (place.start, place.end), None, holder.id, moved=False)
            raise _LostError("not found", f"no one clause of {document.id} holds it: {place.text}")
        wanted = "".join(place.text.split())
        holding = [] if wanted.endswith("…") else [each for each in clauses if wanted in "".join(each.text.split())]
        for holder in sorted(holding, key=lambda each: abs(each.start - place.start)):
            span = located(wanted, self._source(document.id), start=holder.start, end=holder.end)
            if span is not None:
                return _At(document.id, span, None, holder.id, moved=True)
        raise _LostError("stale", f"the text of {document.id} has changed: {place.text}")

    def _spans_of(self, table: str, document: str) -> Mapping[tuple[int, int], list[Any]]:
        key = (table, document)
        if key not in self._spans:
            found: dict[tuple[int, int], list[Any]] = {}
            for record in self.columns.of(table, document):
                found.setdefault((record.start, record.end), []).append(record)
            self._spans[key] = found
        return self._spans[key]

    def _words_of(self, table: str, document: str) -> Mapping[str, list[Any]]:
        key = (table, document)
        if key not in self._words:
            found: dict[str, list[Any]] = {}
            for record in self.columns.of(table, document):
                found.setdefault(words_hash(record.text), []).append(record)
            self._words[key] = found
        return self._words[key]


def _made(
    kind: Kind, key: tuple[str, ...], record: Any, documents: tuple[str, ...], verdict: Verdict, *, at: Sequence[_At] = (),
    ends: tuple[str, ...] = (), moved: bool = False,
) -> Fit:  # fmt: skip
    spans = tuple(each.span for each in at)
    return Fit(kind=kind, key=key, record=record, documents=documents, spans=spans, ends=ends, moved=moved, verdicts=(verdict,))


def _named(records: Sequence[Any], table: str, name: str, *, strict: bool) -> Any:
    """The record of this name; where only one stands there, that one, whatever a newer rule calls it."""
    kind = next((kind for kind, (of, _) in TABLES.items() if of == table), None)
    if not records or kind is None:
        return records[0] if records else None
    exact = [each for each in records if name_of(kind, each) == name]  # type: ignore[arg-type]
    if exact:
        return exact[0]
    return records[0] if len(records) == 1 and not strict else None


def _clause(record: Any) -> str:
    return str(getattr(record, "clause", record.id))


def located(words: str, source: str, *, start: int, end: int) -> tuple[int, int] | None:
    """Where words stand in a stretch of a text, white space aside.

    >>> located("推广岸电", "……推广\\n岸电。", start=0, end=8)
    (2, 7)
    """
    places = [at for at in range(start, end) if not source[at].isspace()]
    found = "".join(source[at] for at in places).find(words)
    return (places[found], places[found + len(words) - 1] + 1) if found >= 0 and words else None


def place_of(columns: Columns, record: Any) -> Place:
    """The place of a document, a clause, or anything found in one."""
    if isinstance(record, Document):
        return Place.of(record, start=record.start, end=record.end or record.characters, text=record.title)
    document = columns.documents[record.document]
    return Place.of(document, start=record.start, end=record.end, text=record.text)
