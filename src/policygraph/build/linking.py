"""Links pair by pair: each pair of documents is aligned, checked and written as RDF by itself, and kept in the cache.

What stays in memory of a pair is a `LinkedPair`, some numbers, and its links stay in the cache; so the memory of a build does not grow with its links, and
a pair of which neither document changed costs a look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from policygraph.align.doubt import SecondReader
from policygraph.build.composing import keep_quads
from policygraph.build.documents import Documents, extracted_in
from policygraph.cache import Cache, KeptFile, key_of
from policygraph.errors import PolicyGraphError
from policygraph.executor import Executor, Executors
from policygraph.ids import Iris
from policygraph.model import DocumentRecords, Links
from policygraph.program import program_version
from policygraph.settings import Settings

if TYPE_CHECKING:
    from policygraph.align import Pair
    from policygraph.align.reader import Reader
    from policygraph.encode.encoder import Encoder
    from policygraph.encode.kept import KeptEncoder, KeptTokens

#: Aligning two documents takes so much longer than extracting them.
_WEIGHT = 5
#: Documents that a worker keeps at hand, some megabytes each: pairs of one document come one after the other.
_AT_HAND = 4
#: How a release says that the second reader did not answer: its next build asks again.
UNANSWERED = "questions to the second reader got no answer"
#: Reasons of one pair that are told: they are the same for most.
_REASONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPair:
    """What became of a pair: its graph, with so many records of each type in it and so many statements that assert a link; what the second reader was asked of it, by
    what became of it, why some did not count, and where its answers are kept."""

    key: str
    lower: str
    higher: str
    graph: KeptFile
    counts: dict[str, int]
    asserted: int
    faults: tuple[str, ...] = ()
    read: dict[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairJob:
    """A pair to align: where the records of its documents are kept, and where to keep what comes out."""

    key: str
    lower: str
    higher: str
    lower_key: str
    higher_key: str
    older: bool
    siblings: bool
    kin: bool
    base_iri: str
    cache: Cache
    second: SecondReader | None = None
    refit: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def link(
    pairs: Iterable[Pair],
    documents: Documents,
    *,
    settings: Settings,
    cache: Cache,
    executors: Executors,
    encoder: KeptEncoder | None,
    identity: str,
    reader: Reader | None = None,
    refit: Mapping[str, tuple[float, float]],
) -> Iterator[LinkedPair]:
    """Each pair linked, in the order of the pairs; what an earlier build kept is taken from the cache."""
    jobs = [_job(pair, documents, settings=settings, cache=cache, identity=identity, reader=reader, refit=refit) for pair in pairs]
    kept = {job.key: _known(job) for job in jobs}
    missing = [job for job in jobs if kept[job.key] is None]
    executor = executors(_work(missing, documents), items=len(missing))
    if encoder is None:
        made = executor.map(link_pair, missing, died=_died)
    else:
        made = _linked(missing, executor=executor, encoder=encoder)
    for job in jobs:
        linked = kept[job.key] or next(made)
        cache.asked.update(linked.answers)
        yield linked


def _linked(jobs: Sequence[PairJob], *, executor: Executor, encoder: KeptEncoder) -> Iterator[LinkedPair]:
    """The encoder reads in this process, on all cores, each document before the first pair that it is in; the pairs are
    judged by workers, which know what it has read."""
    from policygraph.align import asked_of

    read: set[str] = set()

    def as_read() -> Iterator[PairJob]:
        for job in jobs:
            for document, key in ((job.lower, job.lower_key), (job.higher, job.higher_key)):
                if document not in read:
                    read.add(document)
                    records, text = extracted_in(job.cache, key, document=document)
                    encoder.keep_stretches(asked_of(records, text))
            yield job

    made = executor.map(partial(_link_by_what_is_kept, kept=encoder.kept), as_read(), died=_died)
    for job, linked in zip(jobs, made, strict=True):
        yield linked or link_pair(job, encoder=encoder)


def _link_by_what_is_kept(job: PairJob, *, kept: KeptTokens) -> LinkedPair | None:
    """None where something was not kept: the disk may have been full."""
    try:
        return link_pair(job, encoder=kept)
    except LookupError:
        return None


def link_pair(job: PairJob, *, encoder: Encoder | None = None) -> LinkedPair:
    """Align a pair, check its links, write their graph: a function of the two documents, the encoder and the program."""
    from policygraph.align import align_pair
    from policygraph.graph.validate import check_links
    from policygraph.graph.write import write_links

    lower, lower_text = _extracted(job.cache, job.lower_key, job.lower)
    higher, higher_text = _extracted(job.cache, job.higher_key, job.higher)
    texts = {job.lower: lower_text, job.higher: higher_text}
    links = align_pair(
        higher, lower, texts=texts, encoder=encoder, older=job.older, siblings=job.siblings, kin=job.kin, second=job.second, refit=job.refit
    )
    faults = tuple(f"fault: {fault}" for fault in check_links(links, [lower, higher], texts))
    graph = write_links(links, documents=[lower.document, higher.document], base_iri=job.base_iri, version=program_version())
    counts = {field.name: len(getattr(links, field.name)) for field in fields(links)}
    linked = LinkedPair(
        key=job.key, lower=job.lower, higher=job.higher, counts=counts, faults=faults,
        asserted=graph.count(f" <{Iris(job.base_iri).graph('implementation')}> .\n".encode()),
        graph=keep_quads(job.cache, key_of("graph", job.key), graph),
        read=dict(job.second.counts) if job.second else {},
        unread=tuple(reason for reason, _ in job.second.reasons.most_common(_REASONS)) if job.second else (),
        answers=tuple(job.second.keys) if job.second else (),
    )  # fmt: skip
    job.cache.put(links_key(job.key), links)
    if not linked.read.get("unanswered"):  # what was not answered is asked again by the next build
        job.cache.put(job.key, linked)
    return linked


def links_key(key: str) -> str:
    """Under which the links of a pair are kept, by the key of the pair."""
    return key_of("links", key)


def links_in(cache: Cache, pair: LinkedPair) -> Links:
    """The links of a pair, from the cache."""
    found = cache.get(links_key(pair.key))
    if isinstance(found, Links):
        return found
    raise PolicyGraphError(f"The links of {pair.lower} and {pair.higher} were removed while the build ran.", remedy="Build again.")


@lru_cache(maxsize=_AT_HAND)
def _extracted(cache: Cache, key: str, document: str) -> tuple[DocumentRecords, str]:
    return extracted_in(cache, key, document=document)


def total(linked: Sequence[LinkedPair]) -> dict[str, int]:
    """Records of each type in all pairs."""
    return {field.name: sum(pair.counts[field.name] for pair in linked) for field in fields(Links)}


def read_of(linked: Sequence[LinkedPair]) -> dict[str, int]:
    """What the second reader was asked in all, by what became of it."""
    counts: Counter[str] = Counter()
    for pair in linked:
        counts.update(pair.read)
    return dict(counts)


def told_of_reading(linked: Sequence[LinkedPair]) -> Iterator[str]:
    """The answers of the second reader that do not count, and those that did not come, with the reasons most given."""
    counts = read_of(linked)
    reasons = Counter(reason for pair in linked for reason in pair.unread).most_common(_REASONS)
    said = "; ".join(reason for reason, _ in reasons)
    if counts.get("unanswered"):
        yield f"{counts['unanswered']} of {counts['asked']} {UNANSWERED}; their links stand as the program judges them: {said}"
    elif counts.get("rejected"):
        yield f"{counts['rejected']} of {counts['asked']} answers of the second reader do not count: {said}"


def _job(
    pair: Pair, documents: Documents, *, settings: Settings, cache: Cache, identity: str, reader: Reader | None,
    refit: Mapping[str, tuple[float, float]],
) -> PairJob:
    ends = [[documents.heads[name].key, name] for name in (pair.lower, pair.higher)]
    return PairJob(
        key=key_of("pair", ends, pair.older, pair.siblings, pair.kin, identity, settings.base_iri, program_version(), *([refit] if refit else [])),
        lower=pair.lower, higher=pair.higher, lower_key=ends[0][0], higher_key=ends[1][0], older=pair.older, siblings=pair.siblings,
        kin=pair.kin,
        base_iri=settings.base_iri, cache=cache, second=SecondReader.of(reader, cache, settings) if reader else None, refit=refit,
    )  # fmt: skip


def _known(job: PairJob) -> LinkedPair | None:
    found = job.cache.get(job.key)
    if not isinstance(found, LinkedPair):
        return None
    return found if job.cache.holds(found.graph) and job.cache.has(links_key(job.key)) else None


def _work(jobs: Sequence[PairJob], documents: Documents) -> int:
    size = {name: head.document.characters for name, head in documents.heads.items()}
    return _WEIGHT * sum(size[job.lower] + size[job.higher] for job in jobs)


def _died(job: PairJob) -> LinkedPair:
    raise PolicyGraphError(
        f"The process that aligned {job.lower} with {job.higher} was killed (out of memory?).", remedy="Lower --workers."
    )
