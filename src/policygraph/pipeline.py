"""The build, from corpus to published release: the only place where stages are put together.

`STAGES` is the list. A stage is a function; what it reads are its parameters, what it writes the keys of the mapping
it returns, both declared in the list and held to it when it runs. To add a stage, write the function and add a line.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from policygraph.cache import Cache, key_of
from policygraph.corpus import Corpus, CorpusFile, read_corpus, read_corpus_file
from policygraph.documents import DocumentHead, Documents, Job, Outcome, died, job_for, known, process, text_key
from policygraph.errors import InputError, PolicyGraphError, ReleaseError
from policygraph.executor import executor_for
from policygraph.model import DocumentRecords
from policygraph.program import program_version
from policygraph.release import (
    FORMAT,
    DataFolder,
    DocumentSummary,
    InputFile,
    Manifest,
    Problem,
    Release,
    list_files,
    stored_name,
)
from policygraph.settings import Settings

if TYPE_CHECKING:
    from policygraph.graph.parts import Before
    from policygraph.graph.validate import Violation
    from policygraph.linking import LinkedPair
    from policygraph.search.encoder import Encoder
    from policygraph.search.kept import KeptEncoder

_CHANGED = "changed while it was read."


class Progress(Protocol):
    """Told how far a build is: `done` of `total` in a stage."""

    def __call__(self, stage: str, *, done: int, total: int) -> None: ...


def silent(stage: str, *, done: int, total: int) -> None:
    """The progress of a build that nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build did. `unchanged` when the release stood already; `seconds` by stage."""

    release: Release
    unchanged: bool
    extracted: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def documents(self) -> tuple[DocumentSummary, ...]:
        return self.release.manifest.documents

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.release.manifest.problems

    @property
    def warnings(self) -> tuple[str, ...]:
        manifest = self.release.manifest
        return (*manifest.warnings, *(f"{d.id}: {text}" for d in manifest.documents for text in d.warnings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step of the build with what it reads and what it writes."""

    run: Callable[..., Mapping[str, Any]]
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.run.__name__

    def __call__(self, state: dict[str, Any]) -> None:
        written = self.run(**{name: state[name] for name in self.reads})
        if set(written) != set(self.writes):
            raise PolicyGraphError(f"Stage {self.name} wrote {sorted(written)}, but declares {sorted(self.writes)}.")
        state.update(written)


def build(
    corpus: Path,
    data: Path,
    *,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> BuildReport:
    """Build the documents of `corpus` into a new release of `data` and put it into service.

    Files of which nothing can be taken are in the report's problems; the others are built. Nothing is put into service
    when there are no documents at all, or when the build fails: the release before stays as it is.
    """
    chosen = settings or Settings.load()
    folder = DataFolder(data)
    try:
        with folder.locked(chosen.lock_seconds):
            return _build(corpus, folder=folder, settings=chosen, progress=progress)
    except OSError as error:
        raise _explained(error, data=data) from error


def _build(corpus: Path, *, folder: DataFolder, settings: Settings, progress: Progress) -> BuildReport:
    found = read_corpus(corpus)
    if not found.files and not found.problems:
        raise InputError(f"There is no document in {corpus}.", remedy="Put text, Markdown, PDF, DOCX or HTML files there.")
    encoder = _encoder(settings, folder=folder, progress=progress)
    identity = _identity(encoder)
    release_id = release_id_of(found, settings=settings, encoder=identity)
    standing = _standing(folder, release_id)
    if standing is not None:
        folder.point_to(release_id)
        return BuildReport(release=standing, unchanged=True, extracted=0)
    from policygraph.graph.parts import before_in

    with folder.staging() as staged, ThreadPoolExecutor(2) as background:
        state: dict[str, Any] = {
            "corpus": found,
            "settings": settings,
            "cache": Cache(folder.cache),
            "progress": progress,
            "encoder": encoder,
            "encoder_identity": identity,
            "staged": staged,
            "background": background,
            "before": before_in(folder, base_iri=settings.base_iri),
        }
        seconds = {}
        for stage in STAGES:
            began = time.monotonic()
            progress(stage.name, done=0, total=0)
            stage(state)
            seconds[stage.name] = time.monotonic() - began
        release = folder.publish(staged, release_id=state["manifest"].id)
    if encoder is not None:
        encoder.clear()
    folder.prune(settings.keep_releases)
    state["cache"].note(release.id)
    state["cache"].prune(folder.ids())
    return BuildReport(release=release, unchanged=False, extracted=state["extracted"], seconds=seconds)


def release_id_of(corpus: Corpus, *, settings: Settings, encoder: str) -> str:
    """The id of the release that these inputs give: the same on every machine, whatever the order of files."""
    inputs = [[file.source, file.document, file.sha256, file.overrides] for file in corpus.files]
    problems = [[problem.source, problem.reason] for problem in corpus.problems]
    return key_of(
        program_version(), settings.base_iri, encoder, inputs, problems, corpus.warnings, corpus.add, corpus.forbid
    )[:16]


# -- the stages ------------------------------------------------------------------------------------------------------


def extract_documents(corpus: Corpus, cache: Cache, settings: Settings, progress: Progress) -> dict[str, Any]:
    """Read, segment and extract every file that the cache does not know."""
    jobs = [job_for(file, cache=cache, settings=settings) for file in corpus.files]
    outcomes = {job.key: outcome for job in jobs if (outcome := known(job)) is not None}
    missing = [job for job in jobs if job.key not in outcomes]
    executor = executor_for(
        sum(job.file.bytes for job in missing),
        items=len(missing),
        workers=settings.workers,
        in_flight=settings.in_flight,
    )
    for done, outcome in enumerate(executor.map(process, missing, died=died), start=1):
        outcomes[outcome.key] = outcome
        progress("extract_documents", done=done, total=len(missing))
    kept: list[CorpusFile] = []
    heads: list[DocumentHead] = []
    problems = list(corpus.problems)
    taken: set[str] = {file.document for file in corpus.files}
    for job in jobs:
        file, outcome = job.file, outcomes[job.key]
        if outcome.problem is None and not outcome.heads:
            file, outcome = _again(job)
        if outcome.problem is not None:
            problems.append(outcome.problem)
        else:
            heads += _distinct(outcome, document=file.document, taken=taken, problems=problems)
        kept.append(file)
    if not heads:
        raise InputError(_all_failed(problems), remedy="The release before, if there is one, stays in service.")
    return {
        "heads": tuple(heads),
        "problems": tuple(sorted(problems, key=lambda problem: problem.source)),
        "inputs": replace(corpus, files=tuple(kept)),
        "extracted": len(missing),
    }


def name_release(inputs: Corpus, settings: Settings, encoder_identity: str) -> dict[str, Any]:
    """Name the release by its inputs as they were read."""
    return {"release_id": release_id_of(inputs, settings=settings, encoder=encoder_identity)}


def resolve_citations(heads: tuple[DocumentHead, ...], cache: Cache) -> dict[str, Any]:
    """Find which citations name a document of the corpus."""
    by_number: dict[str, str] = {}
    by_title: dict[str, str] = {}
    for head in sorted(heads, key=lambda head: head.document.id):
        document = head.document
        if document.number:
            by_number.setdefault(document.number, document.id)
        by_title.setdefault(_plain_title(document.title), document.id)
    targets: dict[str, str] = {}
    for head in heads:
        for citation in head.citations:
            found = by_number.get(citation.number or "") or by_title.get(_plain_title(citation.title))
            if found and found != citation.document:
                targets[citation.id] = found
    return {"documents": Documents(heads, cache=cache, finish=_Resolved(targets)), "targets": targets}


def store_sources(documents: Documents, cache: Cache, staged: Path) -> dict[str, Any]:
    """Put the text that offsets count in into the release."""
    for document, head in documents.heads.items():
        path = staged / stored_name(document)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = cache.read(text_key(head.key))
        path.write_bytes(documents.texts[document].encode() if text is None else text)
    return {}


def write_documents(
    documents: Documents,
    targets: dict[str, str],
    settings: Settings,
    cache: Cache,
    staged: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Begin `graph.nq`: vocabularies, and a named graph a document; one that did not change is not written again."""
    from policygraph.graph.describe import write_vocabulary
    from policygraph.graph.write import write_document

    base, version = settings.base_iri, program_version()
    keys: dict[str, str] = {}
    sizes: dict[str, int] = {}
    with (staged / "graph.nq").open("wb") as graph:
        part = _kept(cache, key_of("vocabulary", base, version), lambda: write_vocabulary(base_iri=base))
        graph.write(part)
        sizes["vocabulary"] = part.count(b"\n")
        for done, (document, head) in enumerate(documents.heads.items(), start=1):
            cited = {citation.id: targets.get(citation.id) for citation in head.citations}
            keys[document] = key_of("graph", head.key, document, cited, base, version)
            part = _kept(cache, keys[document], partial(_document_graph, write_document, documents, document, base, version))
            graph.write(part)
            sizes[f"doc/{document}"] = part.count(b"\n")
            progress("write_documents", done=done, total=len(documents))
    return {"document_keys": keys, "sizes": sizes}


def begin_store(
    document_keys: dict[str, str], before: Before | None, settings: Settings, staged: Path, background: ThreadPoolExecutor
) -> dict[str, Any]:
    """Load what is there of the graph into the engine's own format, while the next stage works."""
    from policygraph.graph.parts import load_documents

    near = before if before is not None and before.is_near(document_keys) else None
    return {
        "loading": background.submit(load_documents, staged, before=near, documents=document_keys, base_iri=settings.base_iri)
    }


def align_documents(
    documents: Documents,
    inputs: Corpus,
    encoder: Encoder | None,
    encoder_identity: str,
    settings: Settings,
    cache: Cache,
    progress: Progress,
) -> dict[str, Any]:
    """Find the links of each pair of documents that belong together; a pair that did not change is not aligned again."""
    from policygraph.align import plan_pairs
    from policygraph.linking import link

    pairs = plan_pairs(documents.outlines(), add=inputs.add, forbid=inputs.forbid)
    linked: list[LinkedPair] = []
    found = link(pairs, documents, settings=settings, cache=cache, encoder=encoder, identity=encoder_identity)
    for done, pair in enumerate(found, start=1):
        linked.append(pair)
        progress("align_documents", done=done, total=len(pairs))
    return {"linked": tuple(linked)}


def begin_check(documents: Documents, cache: Cache, background: ThreadPoolExecutor) -> dict[str, Any]:
    """Check the schemes and a sample by SHACL in a process beside this one, while the next stages work."""
    from policygraph.graph.checked import begin_shapes

    return {"shapes": begin_shapes(documents, cache=cache, background=background)}


def check_release(
    documents: Documents, linked: tuple[LinkedPair, ...], shapes: Future[list[Violation]] | None, cache: Cache
) -> dict[str, Any]:
    """What the checks of every link found, and SHACL in the schemes and a sample: it is said in the manifest."""
    from policygraph.graph.checked import shape_faults

    found = shape_faults(documents, shapes, cache=cache)
    return {"faults": (*(fault for pair in linked for fault in pair.faults), *found)}


def write_links(
    documents: Documents,
    document_keys: dict[str, str],
    linked: tuple[LinkedPair, ...],
    sizes: dict[str, int],
    loading: Future[Before | None],
    release_id: str,
    settings: Settings,
    cache: Cache,
    staged: Path,
) -> dict[str, Any]:
    """Finish `graph.nq` and the store: links, and what the release says of itself."""
    from policygraph.graph.describe import Description, write_description
    from policygraph.graph.parts import Parts, finish_store, load_links
    from policygraph.linking import graph_of, total

    pairs = {(pair.lower, pair.higher): pair.key for pair in linked}
    path = staged / "graph.nq"
    offset = path.stat().st_size
    with path.open("ab") as graph:
        for pair in linked:
            graph.write(graph_of(pair, cache))
    counts = load_links(staged, offset=offset, before=loading.result(), pairs=pairs, base_iri=settings.base_iri)
    heads = list(documents.heads.values())
    description = Description(
        release=release_id,
        version=program_version(),
        inputs={head.document.id: head.document.sha256 for head in heads},
        counts=_counts(heads, total(linked)),
        graphs={**sizes, **counts},
    )
    part = write_description(description, base_iri=settings.base_iri)
    finish_store(staged, part, base_iri=settings.base_iri)
    with path.open("ab") as graph:
        graph.write(part)
    Parts(documents=document_keys, pairs=pairs, statements=counts).write(staged)
    return {"statements": sum(sizes.values()) + sum(counts.values()) + part.count(b"\n")}


def write_records(
    documents: Documents, targets: dict[str, str], linked: tuple[LinkedPair, ...], cache: Cache, staged: Path
) -> dict[str, Any]:
    """Put the records into the release once more, as they open fastest."""
    from policygraph import snapshot
    from policygraph.linking import records_of

    for document, head in documents.heads.items():
        path = staged / snapshot.document_name(document)
        path.parent.mkdir(parents=True, exist_ok=True)
        cited = {citation.id: targets.get(citation.id) for citation in head.citations}
        key = key_of("records", head.key, document, cited, program_version())
        path.write_bytes(_kept(cache, key, partial(_packed, documents, document)))
    with (staged / snapshot.LINKS).open("wb") as links:
        for pair in linked:
            links.write(records_of(pair, cache) + b"\n")
    return {}


def build_indexes(documents: Documents, encoder: Encoder | None, staged: Path) -> dict[str, Any]:
    """Index clauses and their sentences for search."""
    from policygraph.search.index import build_index

    build_index(documents.in_order(), staged / "index", encoder=encoder)
    return {}


def write_manifest(
    inputs: Corpus,
    documents: Documents,
    problems: tuple[Problem, ...],
    linked: tuple[LinkedPair, ...],
    faults: tuple[str, ...],
    document_keys: dict[str, str],
    statements: int,
    release_id: str,
    settings: Settings,
    encoder_identity: str,
    staged: Path,
) -> dict[str, Any]:
    """Write down what the release was made of and what is in it."""
    from policygraph.linking import total

    manifest = Manifest(
        format=FORMAT,
        id=release_id,
        program=program_version(),
        base_iri=settings.base_iri,
        encoder=encoder_identity,
        inputs=tuple(
            InputFile(source=file.source, sha256=file.sha256, overrides=file.overrides) for file in inputs.files
        ),
        documents=tuple(
            DocumentSummary(
                id=head.document.id,
                source=head.source,
                title=head.document.title,
                digest=document_keys[head.document.id][:16],
                characters=head.document.characters,
                warnings=head.document.warnings,
                **head.counts,
            )
            for head in documents.heads.values()
        ),
        problems=problems,
        warnings=(*inputs.warnings, *faults),
        links=total(linked),
        statements=statements,
        files=list_files(staged),
    )
    (staged / "manifest.json").write_text(manifest.to_json(), "utf-8")
    return {"manifest": manifest}


STAGES: tuple[Stage, ...] = (
    Stage(
        run=extract_documents,
        reads=("corpus", "cache", "settings", "progress"),
        writes=("heads", "problems", "inputs", "extracted"),
    ),
    Stage(run=name_release, reads=("inputs", "settings", "encoder_identity"), writes=("release_id",)),
    Stage(run=resolve_citations, reads=("heads", "cache"), writes=("documents", "targets")),
    Stage(run=begin_check, reads=("documents", "cache", "background"), writes=("shapes",)),
    Stage(run=store_sources, reads=("documents", "cache", "staged"), writes=()),
    Stage(
        run=write_documents,
        reads=("documents", "targets", "settings", "cache", "staged", "progress"),
        writes=("document_keys", "sizes"),
    ),
    Stage(run=begin_store, reads=("document_keys", "before", "settings", "staged", "background"), writes=("loading",)),
    Stage(
        run=align_documents,
        reads=("documents", "inputs", "encoder", "encoder_identity", "settings", "cache", "progress"),
        writes=("linked",),
    ),
    Stage(run=check_release, reads=("documents", "linked", "shapes", "cache"), writes=("faults",)),
    Stage(
        run=write_links,
        reads=(
            "documents", "document_keys", "linked", "sizes", "loading", "release_id", "settings", "cache", "staged",
        ),
        writes=("statements",),
    ),
    Stage(run=write_records, reads=("documents", "targets", "linked", "cache", "staged"), writes=()),
    Stage(run=build_indexes, reads=("documents", "encoder", "staged"), writes=()),
    Stage(
        run=write_manifest,
        reads=(
            "inputs", "documents", "problems", "linked", "faults", "document_keys", "statements", "release_id", "settings",
            "encoder_identity", "staged",
        ),
        writes=("manifest",),
    ),
)  # fmt: skip
#: What the state holds before the first stage.
GIVEN = ("corpus", "settings", "cache", "progress", "encoder", "encoder_identity", "staged", "background", "before")


# -- behind the stages -----------------------------------------------------------------------------------------------


def _kept(cache: Cache, key: str, make: Callable[[], bytes]) -> bytes:
    """The bytes kept under `key`, or made and kept now."""
    found = cache.read(key)
    if found is None:
        found = make()
        cache.write(key, found)
    return found


def _document_graph(
    write: Callable[..., bytes], documents: Documents, document: str, base: str, version: str
) -> bytes:
    return write(documents[document], base_iri=base, version=version)


def _packed(documents: Documents, document: str) -> bytes:
    from policygraph.snapshot import packed

    return packed(documents[document])


@dataclass(frozen=True, slots=True)
class _Resolved:
    """Puts the documents that citations name into the records."""

    targets: Mapping[str, str]

    def __call__(self, records: DocumentRecords) -> DocumentRecords:
        citations = tuple(
            replace(citation, target=self.targets[citation.id]) if citation.id in self.targets else citation
            for citation in records.citations
        )
        return replace(records, citations=citations)


def _counts(heads: Sequence[DocumentHead], links: dict[str, int]) -> dict[str, int]:
    """How many records of each type a release holds."""
    counts = {"documents": len(heads)}
    for head in heads:
        for name, count in head.counts.items():
            counts[name] = counts.get(name, 0) + count
    return counts | links


def _plain_title(title: str) -> str:
    return "".join(char for char in title if char not in "《》〈〉“” \u3000\"'")


def _again(job: Job) -> tuple[CorpusFile, Outcome]:
    """Process a file that changed under the first attempt, as it now is; one that will not stand still is a problem."""
    for _ in range(3):
        try:
            corpus = read_corpus_file(job.file)
        except OSError as error:
            reason = f"could not be read to its end ({error.strerror or error})."
            break
        outcome = process(job_for(corpus, cache=job.cache, settings=job.settings))
        if outcome.heads or outcome.problem is not None:
            return corpus, outcome
        reason = _CHANGED
    problem = Problem(source=job.file.source, reason=reason, remedy="Wait until it is complete, then build again.")
    return job.file, Outcome(key=job.key, source=job.file.source, sha256="", problem=problem)


def _distinct(
    outcome: Outcome, *, document: str, taken: set[str], problems: list[Problem]
) -> Iterable[DocumentHead]:
    """The heads of a file whose ids no other file has: files with several documents make ids of their own."""
    for head in outcome.heads:
        if head.document.id != document and head.document.id in taken:
            problems.append(
                Problem(
                    source=outcome.source,
                    reason=f"holds a document whose id {head.document.id} another file has.",
                    remedy="Give that file another id in manifest.toml.",
                )
            )
            continue
        taken.add(head.document.id)
        yield head


def _all_failed(problems: Sequence[Problem]) -> str:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"No document could be built: {first.source}: {first.reason}{more}"


def _encoder(settings: Settings, *, folder: DataFolder, progress: Progress) -> KeptEncoder | None:
    if settings.encoder == "none":
        return None
    from policygraph.search.encoder import open_encoder
    from policygraph.search.kept import KeptEncoder

    encoder = open_encoder(settings.encoder, progress=lambda _: progress("convert_encoder", done=0, total=0))
    done = partial(_told, progress, "encode_texts")
    return KeptEncoder(encoder, folder.cache / "vectors", done=done)


def _told(progress: Progress, stage: str, done: int, total: int) -> None:
    progress(stage, done=done, total=total)


def _identity(encoder: Encoder | None) -> str:
    return "none" if encoder is None else f"{encoder.name} {encoder.hash}"


def _standing(folder: DataFolder, release_id: str) -> Release | None:
    """The release of this id, if it stands whole: then nothing has to be built."""
    if not (folder.releases / release_id).is_dir():
        return None
    try:
        release = folder.release(release_id)
    except ReleaseError:
        return None
    return None if release.damage() else release


def _explained(error: OSError, *, data: Path) -> PolicyGraphError:
    where = error.filename or data
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ReleaseError(
            f"No space left for the release in {data} ({error.strerror}).",
            remedy="Free some, for instance with policygraph releases prune; the release in service is as it was.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ReleaseError(f"{where} cannot be written ({error.strerror}).", remedy="Name another folder with -o.")
    return ReleaseError(f"The build stopped: {error}.", remedy="The release in service is as it was; build again.")
