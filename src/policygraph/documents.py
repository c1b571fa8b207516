"""One file's way from bytes to records, and the records of a whole build without holding them all.

`process` is what worker processes run: a pure function of the file's content, its overrides and the program. What it
finds goes into the cache, by the hash of all it depends on; only a short `Outcome` comes back, so the memory of a
build is bounded by the documents in flight.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

from policygraph.cache import Cache, key_of
from policygraph.corpus import CorpusFile
from policygraph.errors import InputError
from policygraph.model import Citation, Document, DocumentRecords
from policygraph.program import EXTRACTION, program_version
from policygraph.release import Problem
from policygraph.settings import SETTINGS, Settings

#: Record types of a document, in the order in which tables show them.
COUNTED = ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "findings")
#: Faults of a document that its warnings spell out.
_FAULTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A cache entry: the stored text of a file and the records of the documents in it."""

    text: str
    documents: tuple[DocumentRecords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentHead:
    """What a build keeps in memory of each document; the rest is in the cache under `key`."""

    key: str
    source: str
    document: Document
    citations: tuple[Citation, ...]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a file: heads of its documents, or the problem."""

    key: str
    source: str
    sha256: str
    heads: tuple[DocumentHead, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file to process, and where to keep what comes out."""

    file: CorpusFile
    cache: Cache
    settings: Settings

    #: Under which the result is kept. Made once, in the main process, so that workers cannot see it otherwise.
    key: str


def job_for(file: CorpusFile, *, cache: Cache, settings: Settings) -> Job:
    """The job of a file, keyed by all that its result depends on."""
    limits = {s.name: getattr(settings, s.name) for s in SETTINGS if s.group == "read"}
    version = program_version(EXTRACTION)
    key = key_of("document", file.source, file.document, file.sha256, file.overrides, limits, version)
    return Job(file=file, cache=cache, settings=settings, key=key)


def known(job: Job) -> Outcome | None:
    """The outcome that an earlier build kept for this very file. What it names is needed, read again or not."""
    job.cache.asked.update((job.key, text_key(job.key)))
    outcome = job.cache.get(key_of("outcome", job.key))
    return outcome if isinstance(outcome, Outcome) else None


def text_key(key: str) -> str:
    """Under which the stored text alone of a file is kept."""
    return key_of("text", key)


def process(job: Job) -> Outcome:
    """Read, segment and extract one file, check every span, keep the result."""
    try:
        extracted = _extract(job)
    except InputError as error:
        outcome = Outcome(
            key=job.key, source=job.file.source, sha256=job.file.sha256,
            problem=Problem(source=job.file.source, reason=error.message, remedy=error.remedy),
        )  # fmt: skip
    except OSError as error:
        # Not kept: the file may be there again the next time.
        return Outcome(
            key=job.key, source=job.file.source, sha256="",
            problem=Problem(
                source=job.file.source,
                reason=f"could not be read to its end ({error.strerror or error}).",
                remedy="Was it moved while it was read? Build again.",
            ),
        )  # fmt: skip
    else:
        if extracted is None:
            return Outcome(key=job.key, source=job.file.source, sha256="")
        outcome = Outcome(
            key=job.key,
            source=job.file.source,
            sha256=job.file.sha256,
            heads=tuple(_head(job, records) for records in extracted.documents),
        )
        job.cache.write(text_key(job.key), extracted.text.encode())
        job.cache.put(job.key, extracted)
    job.cache.put(key_of("outcome", job.key), outcome)
    return outcome


def died(job: Job) -> Outcome:
    """The outcome of a file that killed the process that read it."""
    return Outcome(
        key=job.key,
        source=job.file.source,
        sha256="",
        problem=Problem(
            source=job.file.source,
            reason="the process that read it was killed (out of memory?).",
            remedy="Split the file, or lower --workers.",
        ),
    )


def _extract(job: Job) -> Extracted | None:
    """None when the file is no longer the one that the job names."""
    from policygraph.extract import extract
    from policygraph.read import read_bytes
    from policygraph.read.limits import refused
    from policygraph.segment import segment

    if job.file.bytes > job.settings.file_bytes:
        why = f"it has {job.file.bytes} bytes"
        raise refused("file_bytes", settings=job.settings, name=job.file.source, why=why)
    data = job.file.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != job.file.sha256:
        return None
    source = replace(read_bytes(data, name=Path(job.file.source).name, settings=job.settings), name=job.file.source)
    documents = []
    for document, clauses in segment(source, doc_id=job.file.document):
        own = job.file.overrides if document.id == job.file.document else {}
        described = describe(document, overrides=own, source=job.file.source)
        documents.append(checked(extract(source, described, clauses), text=source.text))
    if not any(records.clauses for records in documents):
        raise InputError(
            "no clause was found in it.", remedy="Is it a policy text? A scan needs the ocr extra: pip install policygraph[ocr]."
        )
    return Extracted(text=source.text, documents=tuple(documents))


def describe(document: Document, *, overrides: Mapping[str, Any], source: str) -> Document:
    """The document with the manifest's fields in place of what was read; where the text says otherwise, a warning."""
    changes: dict[str, Any] = {"source": source}
    warnings = [text for text in document.warnings if not any(f"Set {name} in" in text for name in overrides)]
    for name, value in overrides.items():
        if name == "id":
            continue
        given = tuple(value) if isinstance(value, list) else value
        read = getattr(document, name)
        if read and read != given:
            warnings.append(f"{name}: the text says {_shown(read)}, the manifest {_shown(given)}; the manifest is taken.")
        changes[name] = given
    return replace(document, **changes, warnings=tuple(warnings))


def _shown(value: object) -> str:
    return "、".join(value) if isinstance(value, tuple) else str(value)


def checked(records: DocumentRecords, *, text: str) -> DocumentRecords:
    """The records without those whose evidence does not hold (a span that does not give the record's text, an id that
    is there twice, a reference to nothing); what was found is said in the document's warnings. Clauses stay, so that
    the document still shows."""
    from policygraph.graph.validate import check_document

    faults = check_document(records, text)
    if not faults:
        return records
    wrong = {fault.subject for fault in faults if fault.check in ("span", "text", "id", "reference")}
    kept = {name: tuple(r for r in getattr(records, name) if r.id not in wrong) for name in COUNTED if name != "clauses"}
    said = [f"check: {fault}." for fault in faults[:_FAULTS]]
    if len(faults) > _FAULTS:
        said.append(f"check: {len(faults) - _FAULTS} more faults.")
    document = replace(records.document, warnings=(*records.document.warnings, *said))
    return replace(records, document=document, **kept)


def _head(job: Job, records: DocumentRecords) -> DocumentHead:
    return DocumentHead(
        key=job.key,
        source=job.file.source,
        document=records.document,
        citations=records.citations,
        counts={name: len(getattr(records, name)) for name in COUNTED},
    )


class Documents(Mapping[str, DocumentRecords]):
    """The records of a build by document id, read from the cache when asked for; the last few are kept at hand.

    `finish` is applied to what the cache gives: it resolves what only the whole corpus can.
    """

    def __init__(
        self, heads: Sequence[DocumentHead], *, cache: Cache, finish: Callable[[DocumentRecords], DocumentRecords]
    ) -> None:
        self.heads = {head.document.id: head for head in sorted(heads, key=lambda head: head.document.id)}
        self.texts = Texts(self)
        self._cache = cache
        self._finish = finish
        self._recent: OrderedDict[str, Extracted] = OrderedDict()

    def __len__(self) -> int:
        return len(self.heads)

    def __iter__(self) -> Iterator[str]:
        return iter(self.heads)

    def __getitem__(self, document: str) -> DocumentRecords:
        for records in self.extracted(document).documents:
            if records.document.id == document:
                return self._finish(records)
        raise KeyError(document)

    def extracted(self, document: str) -> Extracted:
        """The cache entry that holds a document."""
        key = self.heads[document].key
        found = self._recent.pop(key, None) or self._cache.get(key)
        if not isinstance(found, Extracted):
            raise InputError(f"The cache entry of {document} was removed while the build ran.", remedy="Build again.")
        self._recent[key] = found
        while len(self._recent) > 8:
            self._recent.popitem(last=False)
        return found

    def in_order(self) -> Sequence[DocumentRecords]:
        """All records, a document at a time, by id."""
        return _InOrder(self)

    def outlines(self) -> tuple[DocumentRecords, ...]:
        """Documents and citations alone: enough to plan which documents belong together."""
        return tuple(
            self._finish(DocumentRecords(document=head.document, citations=head.citations))
            for head in self.heads.values()
        )


class Texts(Mapping[str, str]):
    """The stored source text of each document."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __getitem__(self, document: str) -> str:
        return self._documents.extracted(document).text


class _InOrder(Sequence[DocumentRecords]):
    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._ids = tuple(documents)

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> DocumentRecords: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[DocumentRecords]: ...
    def __getitem__(self, index: int | slice) -> DocumentRecords | Sequence[DocumentRecords]:
        if isinstance(index, slice):
            return [self._documents[name] for name in self._ids[index]]
        return self._documents[self._ids[index]]
