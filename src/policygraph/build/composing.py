"""What a release holds of one document - its text, its graph, its part of the index - made in parallel and
kept: a document that did not change, and cites what it cited, is not written again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from policygraph.build.documents import DocumentHead, extracted_in, resolved, text_key
from policygraph.cache import Cache, KeptFile, key_of
from policygraph.errors import PolicyGraphError
from policygraph.executor import Executors
from policygraph.program import program_version
from policygraph.settings import Settings

#: Of a character in most files: what executors measure work in.
_BYTES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A document's files, and under which key its part of the index is kept."""

    document: str
    text: KeptFile
    graph: KeptFile
    index: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeJob:
    """A document to write: where its records are kept, and which documents its citations name."""

    key: str
    document: str
    extracted: str
    cited: Mapping[str, str]
    base_iri: str
    cache: Cache

    @property
    def index(self) -> str:
        return key_of("index", self.key)


def compose_all(
    heads: Mapping[str, DocumentHead], targets: Mapping[str, str], *, settings: Settings, cache: Cache, executors: Executors
) -> Iterator[Composed]:
    """Each document's files, in the order of `heads`; what an earlier build kept is taken from the cache."""
    version = program_version()
    jobs = []
    for document, head in heads.items():
        cited = {c.id: targets[c.id] for c in head.citations if c.id in targets}
        key = key_of("composed", head.key, document, cited, settings.base_iri, version)
        jobs.append(
            ComposeJob(key=key, document=document, extracted=head.key, cited=cited, base_iri=settings.base_iri, cache=cache)
        )
    known = {job.key: _known(job) for job in jobs}
    missing = [job for job in jobs if known[job.key] is None]
    work = _BYTES * sum(heads[job.document].document.characters for job in missing)
    made = executors(work, items=len(missing)).map(compose, missing, died=_died)
    for job in jobs:
        yield known[job.key] or next(made)


def compose(job: ComposeJob) -> Composed:
    """Write what a release holds of a document: a function of its records, the documents it cites, and the program."""
    from policygraph.graph.write import write_document
    from policygraph.search.parts import part_of

    found, text = extracted_in(job.cache, job.extracted, document=job.document)
    records = resolved(found, job.cited)
    keep = job.cache.keep
    composed = Composed(
        document=job.document,
        text=keep(text_key(job.extracted), text.encode()),
        graph=keep_quads(job.cache, key_of("graph", job.key), write_document(records, base_iri=job.base_iri, version=program_version())),
        index=job.index,
    )
    job.cache.put(job.index, part_of(records))
    job.cache.put(job.key, composed)
    return composed


def keep_quads(cache: Cache, key: str, quads: bytes) -> KeptFile:
    """Keep N-Quads as the compressed file that releases hold; its lines are those of the quads."""
    from policygraph.graph.quads import packed as compressed

    return cache.keep(key, compressed(quads), lines=quads.count(b"\n"))


def kept_quads(cache: Cache, key: str, make: Callable[[], bytes]) -> KeptFile:
    """The N-Quads kept for `key`, or made and kept now."""
    found = cache.get(key)
    if isinstance(found, KeptFile) and cache.holds(found):
        return found
    kept = keep_quads(cache, key_of("file", key), make())
    cache.put(key, kept)
    return kept


def _known(job: ComposeJob) -> Composed | None:
    found = job.cache.get(job.key)
    if not isinstance(found, Composed):
        return None
    whole = all(job.cache.holds(kept) for kept in (found.text, found.graph))
    return found if whole and job.cache.has(found.index) else None


def _died(job: ComposeJob) -> Composed:
    raise PolicyGraphError(
        f"The process that wrote {job.document} was killed (out of memory?).", remedy="Lower --workers."
    )
