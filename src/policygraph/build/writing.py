"""From records to a release: documents composed, pairs linked, the store loaded, the index written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, Any

from policygraph.build.composing import Composed, compose_all, kept_quads
from policygraph.build.documents import DocumentHead, Documents
from policygraph.build.progress import Progress
from policygraph.build.staging import Staged
from policygraph.cache import Cache, key_of
from policygraph.corpus.folder import REFIT, Corpus, write_refit
from policygraph.errors import Problem
from policygraph.executor import Executor, Executors
from policygraph.graph.parts import document_file, pair_file
from policygraph.graph.quads import SUFFIX, packed
from policygraph.model import DocumentRecords, Links
from policygraph.program import program_version
from policygraph.release.folder import (
    FORMAT,
    DocumentSummary,
    InputFile,
    Manifest,
    original_name,
    places_name,
    stored_name,
)
from policygraph.settings import Settings

if TYPE_CHECKING:
    from policygraph.align.reader import Reader
    from policygraph.build.linking import LinkedPair
    from policygraph.encode.encoder import Encoder
    from policygraph.encode.kept import KeptEncoder
    from policygraph.graph.parts import Before
    from policygraph.graph.validate import Violation

#: Seconds between two looks at what works in the background.
_LOOK = 0.2
#: Indexing a character takes as long as extracting so many bytes.
_INDEX_WORK = 0.5


class Counted:
    """How many of something a thread has done, for others to see."""

    number = 0

    def count(self, number: int) -> None:
        self.number = number


def begin_check(documents: Documents, cache: Cache, background: ThreadPoolExecutor) -> dict[str, Any]:
    """Check the schemes and a sample by SHACL in a process beside this one, while the next stages work."""
    from policygraph.build.shapes import begin_shapes

    return {"shapes": begin_shapes(documents, cache=cache, background=background)}


def write_documents(
    documents: Documents, settings: Settings, cache: Cache, executors: Executors, staged: Staged, progress: Progress
) -> dict[str, Any]:
    """Put vocabularies and documents into the release: texts, a named graph each, and the originals that have pages."""
    from policygraph.graph.describe import write_vocabulary

    base = settings.base_iri
    vocabulary = kept_quads(cache, key_of("vocabulary", base, program_version()), partial(write_vocabulary, base_iri=base))
    staged.link(f"graph/vocabulary{SUFFIX}", vocabulary)
    composed: list[Composed] = []
    made = compose_all(documents.heads, documents.targets, settings=settings, cache=cache, executors=executors)
    for done, document in enumerate(made, start=1):
        staged.link(stored_name(document.document), document.text)
        staged.link(document_file(document.document), document.graph)
        original = documents.heads[document.document].original
        if original is not None:
            staged.link(original_name(document.document), original.file)
            staged.link(places_name(document.document), original.places)
        composed.append(document)
        progress("write_documents", done=done, total=len(documents))
    sizes = {"vocabulary": vocabulary.lines, **{f"doc/{each.document}": each.graph.lines for each in composed}}
    return {"composed": tuple(composed), "sizes": sizes}


def begin_store(
    composed: tuple[Composed, ...], sizes: dict[str, int], before: Before | None, settings: Settings, staged: Staged,
    background: ThreadPoolExecutor,
) -> dict[str, Any]:  # fmt: skip
    """Load what is there of the graph into the engine's own format, while the next stage works; a large one that has no
    store to go on from is left for when it is wanted."""
    from policygraph.graph.parts import load_documents

    keys = {each.document: each.graph.key for each in composed}
    near = before if before is not None and before.has_store() and before.is_near(keys) else None
    if near is None and sum(sizes.values()) > settings.store_statements:
        return {"loading": None, "loaded": Counted()}
    files = [staged.folder / f"graph/vocabulary{SUFFIX}", *(staged.folder / document_file(name) for name in keys)]
    loaded = Counted()
    load = partial(load_documents, before=near, documents=keys, files=files, base_iri=settings.base_iri, done=loaded.count)
    return {"loading": background.submit(load, staged.folder / "store"), "loaded": loaded}


def align_documents(
    documents: Documents,
    inputs: Corpus,
    encoder: KeptEncoder | None,
    encoder_identity: str,
    reader: Reader | None,
    settings: Settings,
    cache: Cache,
    executors: Executors,
    staged: Staged,
    progress: Progress,
) -> dict[str, Any]:
    """Find the links of each pair of documents that belong together; a pair that did not change is not aligned again."""
    from policygraph.align import plan
    from policygraph.build.linking import link

    planned = plan(documents.outlines(), add=inputs.add, forbid=inputs.forbid)
    pairs = planned.pairs
    linked: list[LinkedPair] = []
    found = link(
        pairs, documents, settings=settings, cache=cache, executors=executors, encoder=encoder, identity=encoder_identity, reader=reader,
        refit=inputs.refit,
    )  # fmt: skip
    for done, pair in enumerate(found, start=1):
        staged.link(pair_file(pair.graph.key), pair.graph)
        linked.append(pair)
        progress("align_documents", done=done, total=len(pairs))
    reasons = dict(Counter(pair.reason for pair in pairs).most_common())
    return {"linked": tuple(linked), "pairs": reasons, "left": dict(planned.left)}


def write_columns(
    documents: Documents, composed: tuple[Composed, ...], linked: tuple[LinkedPair, ...], before: Before | None, cache: Cache,
    staged: Staged, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """Put the records of documents and pairs into columns, going on from those of the release before."""
    from policygraph.build.linking import links_in
    from policygraph.columns import Part
    from policygraph.columns import write_columns as write

    pairs = {(pair.lower, pair.higher): pair for pair in linked}
    parts = [Part(each.document, "", each.graph.key) for each in composed]
    parts += [Part(pair.lower, pair.higher, pair.graph.key) for pair in linked]

    def load(part: Part) -> DocumentRecords | Links:
        return links_in(cache, pairs[part.name]) if part.higher else documents.records(part.lower)

    write(
        staged.folder / "columns", parts, load=load, before=before.folder / "columns" if before else None,
        done=lambda number: progress("write_columns", done=number, total=len(parts)),
    )  # fmt: skip
    return {}


def check_release(
    documents: Documents, linked: tuple[LinkedPair, ...], shapes: Future[list[Violation]] | None, cache: Cache
) -> dict[str, Any]:
    """What the checks of every link found, and SHACL in the schemes and a sample: it is said in the manifest."""
    from policygraph.build.shapes import shape_faults

    found = shape_faults(documents, shapes, cache=cache)
    return {"faults": (*(fault for pair in linked for fault in pair.faults), *found)}


def begin_links(
    composed: tuple[Composed, ...], linked: tuple[LinkedPair, ...], loading: Future[Before | None] | None, loaded: Counted,
    settings: Settings, staged: Staged, background: ThreadPoolExecutor,
) -> dict[str, Any]:  # fmt: skip
    """Load the links behind the documents, while the next stages work."""
    from policygraph.graph.parts import load_links

    if loading is None:
        return {"links_loading": None}
    pairs = {(pair.lower, pair.higher): pair.graph.key for pair in linked}
    files = [staged.folder / pair_file(pair.graph.key) for pair in linked]

    def load() -> None:
        load_links(
            staged.folder / "store", before=loading.result(), pairs=pairs, files=files, base_iri=settings.base_iri,
            done=lambda number: loaded.count(len(composed) + number),
        )  # fmt: skip

    return {"links_loading": background.submit(load)}


def finish_graph(
    documents: Documents,
    composed: tuple[Composed, ...],
    linked: tuple[LinkedPair, ...],
    sizes: dict[str, int],
    links_loading: Future[None] | None,
    loaded: Counted,
    release_id: str,
    settings: Settings,
    staged: Staged,
    progress: Progress,
) -> dict[str, Any]:
    """Finish the graph and the store: what the release says of itself."""
    from policygraph.build.linking import total
    from policygraph.graph.describe import Description, write_description
    from policygraph.graph.parts import Parts, finish_store

    base, store = settings.base_iri, staged.folder / "store"
    pairs = {(pair.lower, pair.higher): pair.graph.key for pair in linked}
    total_files = len(composed) + len(linked)
    while links_loading is not None and not wait([links_loading], timeout=_LOOK).done:
        progress("finish_graph", done=loaded.number, total=total_files)
    progress("finish_graph", done=total_files, total=total_files)
    heads = list(documents.heads.values())
    asserted = sum(pair.asserted for pair in linked)
    counts = {"links": sum(pair.graph.lines for pair in linked) - asserted, "implementation": asserted}
    description = Description(
        release=release_id,
        version=program_version(),
        inputs={head.document.id: head.document.sha256 for head in heads},
        counts=_counts(heads, total(linked)),
        graphs={**sizes, **counts},
    )
    part = write_description(description, base_iri=base)
    if links_loading is not None:
        links_loading.result()
        finish_store(store, part, base_iri=base)
    staged.place(f"graph/dataset{SUFFIX}").write_bytes(packed(part))
    Parts(documents={each.document: each.graph.key for each in composed}, pairs=pairs).write(staged.folder)
    return {"statements": sum(sizes.values()) + sum(counts.values()) + part.count(b"\n")}


def write_index(
    documents: Documents,
    composed: tuple[Composed, ...],
    encoder: Encoder | None,
    cache: Cache,
    executors: Executors,
    staged: Staged,
    progress: Progress,
) -> dict[str, Any]:
    """Index clauses and their sentences for search."""
    from policygraph.search.writing import write_index_of

    characters = sum(head.document.characters for head in documents.heads.values())

    def executor(jobs: int) -> Executor:
        return executors(int(characters * _INDEX_WORK), items=jobs)

    write_index_of(
        {each.document: each.index for each in composed}, staged.folder / "index", cache=cache, encoder=encoder,
        executor=executor, link=lambda name, kept: staged.link(f"index/{name}", kept),
        done=lambda number: progress("write_index", done=number, total=len(composed)),
    )  # fmt: skip
    return {}


def write_manifest(
    inputs: Corpus,
    documents: Documents,
    composed: tuple[Composed, ...],
    problems: tuple[Problem, ...],
    linked: tuple[LinkedPair, ...],
    faults: tuple[str, ...],
    statements: int,
    release_id: str,
    settings: Settings,
    encoder_identity: str,
    staged: Staged,
) -> dict[str, Any]:
    """Write down what the release was made of and what is in it."""
    from policygraph.build.linking import told_of_reading, total

    if inputs.refit:
        write_refit(inputs.refit, staged.place(REFIT))
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
                digest=each.graph.key[:16],
                characters=head.document.characters,
                warnings=head.document.warnings,
                **head.counts,
            )
            for each, head in zip(composed, documents.heads.values(), strict=True)
        ),
        problems=problems,
        warnings=(*inputs.warnings, *faults, *told_of_reading(linked)),
        links=total(linked),
        statements=statements,
        files=staged.files(),
    )
    (staged.folder / "manifest.json").write_text(manifest.to_json(), "utf-8")
    return {"manifest": manifest}


def _counts(heads: Iterable[DocumentHead], links: dict[str, int]) -> dict[str, int]:
    """How many records of each type a release holds."""
    counts = {"documents": 0}
    for head in heads:
        counts["documents"] += 1
        for name, count in head.counts.items():
            counts[name] = counts.get(name, 0) + count
    return counts | links
