"""One file's way from bytes to records, and the records of a whole build without holding them all.

`process` is what worker processes run: a pure function of the file's content, its overrides and the program. What it
finds goes into the cache, by the hash of all it depends on; only a short `Outcome` comes back, so the memory of a
build is bounded by the documents in flight.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from policygraph.cache import Cache, KeptFile, key_of
from policygraph.corpus.folder import CorpusFile, describe
from policygraph.errors import InputError, PolicyGraphError, Problem
from policygraph.model import Citation, Document, DocumentRecords
from policygraph.program import EXTRACTION, program_version
from policygraph.read import Places
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
    original: Original | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A file whose pages can be shown: itself, and where its characters stand on them."""

    file: KeptFile
    places: KeptFile


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentHead:
    """What a build keeps in memory of each document; the rest is in the cache under `key`."""

    key: str
    source: str
    document: Document
    citations: tuple[Citation, ...]
    counts: dict[str, int]
    original: Original | None = None


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
    job.cache.asked.add(job.key)
    outcome = job.cache.get(key_of("outcome", job.key))
    if not isinstance(outcome, Outcome):
        return None
    kept = [file for head in outcome.heads if head.original for file in (head.original.file, head.original.places)]
    return outcome if all(job.cache.holds(file) for file in kept) else None


def text_key(key: str) -> str:
    """Under which the stored text of a file is kept as a file."""
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
    except Exception as error:  # noqa: BLE001 - what a rule makes of one document costs the others nothing
        return Outcome(key=job.key, source=job.file.source, sha256="", problem=_fault(job, error))
    else:
        if extracted is None:
            return Outcome(key=job.key, source=job.file.source, sha256="")
        outcome = Outcome(
            key=job.key,
            source=job.file.source,
            sha256=job.file.sha256,
            heads=tuple(_head(job, records, extracted.original) for records in extracted.documents),
        )
        job.cache.put(job.key, extracted)
    job.cache.put(key_of("outcome", job.key), outcome)
    return outcome


def _fault(job: Job, error: Exception) -> Problem:
    """What is said of a document that the program fails on: it is not kept, so that the next build tries again."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).parent.name}/{Path(last.filename).name}:{last.lineno}"
    return Problem(
        source=job.file.source,
        reason=f"the program failed on it ({type(error).__name__} at {where}: {error}).",
        remedy="This is a fault of policygraph: please report it with the file.",
    )


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
    from policygraph.align import told_once
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
        documents.append(told_once(_said(checked(extract(source, described, clauses), text=source.text))))
    if not any(records.clauses for records in documents):
        raise InputError(
            "no clause was found in it.", remedy="Is it a policy text? A scan needs the ocr extra: pip install policygraph[ocr]."
        )
    return Extracted(text=source.text, documents=tuple(documents), original=_original(job, data, source.places))


def _original(job: Job, data: bytes, places: Places | None) -> Original | None:
    """The file kept beside its text, where it has pages to show."""
    if places is None or not job.settings.keep_originals:
        return None
    file = job.cache.keep(key_of("original", job.file.sha256), data, lines=0)
    return Original(file=file, places=job.cache.keep(key_of("places", job.key), places.packed(), lines=len(places.strips)))


def _said(records: DocumentRecords) -> DocumentRecords:
    """The records, with a warning when nothing came from the text."""
    from policygraph.extract import no_provisions

    said = no_provisions(records)
    if not said:
        return records
    return replace(records, document=replace(records.document, warnings=(*records.document.warnings, said)))


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


def _head(job: Job, records: DocumentRecords, original: Original | None) -> DocumentHead:
    return DocumentHead(
        key=job.key,
        source=job.file.source,
        document=records.document,
        citations=records.citations,
        counts={name: len(getattr(records, name)) for name in COUNTED} | {"targets": distinct_targets(records)},
        original=original,
    )


def distinct_targets(records: DocumentRecords) -> int:
    """How many targets a document sets, each counted once in however many places it stands."""
    return sum(1 for target in records.targets if target.repeats is None)


def extracted_in(cache: Cache, key: str, *, document: str) -> tuple[DocumentRecords, str]:
    """A document's records and the stored text that they count in, from the cache."""
    found = cache.get(key)
    for records in found.documents if isinstance(found, Extracted) else ():
        if records.document.id == document:
            return records, found.text
    raise PolicyGraphError(f"The cache entry of {document} was removed while the build ran.", remedy="Build again.")


def resolved(records: DocumentRecords, targets: Mapping[str, str]) -> DocumentRecords:
    """The records with the documents that citations name in them; `targets` is by citation id."""
    citations = tuple(
        replace(citation, target=targets[citation.id]) if citation.id in targets else citation
        for citation in records.citations
    )
    return replace(records, citations=citations)


class Documents:
    """The heads of a build's documents by id; their records are read from the cache when asked for, and not kept.

    `targets` are the documents that citations name, which only the whole corpus can tell.
    """

    def __init__(self, heads: Sequence[DocumentHead], *, cache: Cache, targets: Mapping[str, str]) -> None:
        self.heads = {head.document.id: head for head in sorted(heads, key=lambda head: head.document.id)}
        self.targets = targets
        self._cache = cache

    def __len__(self) -> int:
        return len(self.heads)

    def records(self, document: str) -> DocumentRecords:
        """All records of a document."""
        found, _ = extracted_in(self._cache, self.heads[document].key, document=document)
        return resolved(found, self.targets)

    def outlines(self) -> tuple[DocumentRecords, ...]:
        """Documents and citations alone: enough to plan which documents belong together."""
        return tuple(
            resolved(DocumentRecords(document=head.document, citations=head.citations), self.targets)
            for head in self.heads.values()
        )
