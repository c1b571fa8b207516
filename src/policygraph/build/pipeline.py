"""The build, from corpus to published release: the only place where stages are put together.

`STAGES` is the list. A stage is a function; what it reads are its parameters, what it writes the keys of the mapping
it returns, both declared in the list and held to it when it runs. To add a stage, write the function and add a line.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygraph.align.reader import Reader
from policygraph.build.linking import UNANSWERED, read_of
from policygraph.build.progress import Progress, silent
from policygraph.build.reading import extract_documents, name_release, release_id_of, resolve_citations
from policygraph.build.spread import kept_encoder, open_cache, spread
from policygraph.build.staging import Staged, before_in
from policygraph.build.writing import (
    align_documents,
    begin_check,
    begin_links,
    begin_store,
    check_release,
    finish_graph,
    write_columns,
    write_documents,
    write_index,
    write_manifest,
)
from policygraph.cache import key_of
from policygraph.corpus.folder import read_corpus
from policygraph.errors import InputError, PolicyGraphError, Problem, ReleaseError
from policygraph.objects import ObjectPath
from policygraph.release.folder import DataFolder, DocumentSummary, Release
from policygraph.review import Verdicts, book_of, put_into_force
from policygraph.settings import Settings

if TYPE_CHECKING:
    from policygraph.encode.encoder import Encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build did. `unchanged` when the release stood already; `seconds` by stage; `pairs`
    how many pairs of documents were aligned for which reason, `left` how many were left to be aligned when asked for:
    `neighbours` of one level on one subject, where too many are on it, and documents `alone`, in no pair; `read` what became
    of the pairs of clauses that the second reader was put: asked, kept (answered before), counted, rejected, unanswered; `verdicts`
    what reviewers said, which the release has in it."""

    release: Release
    unchanged: bool
    extracted: int
    seconds: dict[str, float] = field(default_factory=dict)
    pairs: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    reader: str = ""
    read: dict[str, int] = field(default_factory=dict)
    verdicts: Verdicts = field(default_factory=Verdicts)

    @property
    def documents(self) -> tuple[DocumentSummary, ...]:
        return self.release.manifest.documents

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.release.manifest.problems

    @property
    def warnings(self) -> tuple[str, ...]:
        manifest = self.release.manifest
        unfit = [f"verdict {row['id']} fits nothing ({row['why']}): {row['detail']}" for row in self.release.judged.get("unfit", ())]
        broken = [f"verdicts, line {each.line}: {each.reason}" for each in self.verdicts.broken]
        return (*manifest.warnings, *(f"{d.id}: {text}" for d in manifest.documents for text in d.warnings), *broken, *unfit)


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
    corpus: Path | ObjectPath,
    data: Path,
    *,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> BuildReport:
    """Build the documents of `corpus`, a folder or objects in a store, into a new release of `data` and put it into service.

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


def _build(corpus: Path | ObjectPath, *, folder: DataFolder, settings: Settings, progress: Progress) -> BuildReport:
    found = read_corpus(corpus)
    if not found.files and not found.problems:
        raise InputError(f"There is no document in {corpus}.", remedy="Put text, Markdown, PDF, DOCX or HTML files there.")
    encoder = _encoder(settings, progress=progress)
    reader = Reader.of(settings)
    identity = _identity(encoder, reader)
    release_id = release_id_of(found, settings=settings, encoder=identity)
    folder.note_corpus(corpus if isinstance(corpus, Path) else None)
    standing = _standing(folder, release_id)
    if standing is not None:
        verdicts = _verdicts(folder, settings)
        return BuildReport(release=put_into_force(folder, standing, verdicts), unchanged=True, extracted=0, verdicts=verdicts)
    cache = open_cache(folder.cache, settings=settings)
    before = before_in(folder, base_iri=settings.base_iri)
    with spread(settings, cache=cache, corpus=found) as executors, folder.staging() as place, ThreadPoolExecutor(2) as background:
        kept = None
        if encoder is not None:
            done = partial(_told, progress, "encode_texts")
            kept = kept_encoder(encoder, folder.cache / "vectors", cache=cache, executors=executors, settings=settings, done=done)
        state: dict[str, Any] = {
            "corpus": found,
            "settings": settings,
            "cache": cache,
            "progress": progress,
            "encoder": kept,
            "encoder_identity": identity,
            "reader": reader,
            "staged": Staged(folder=place, cache=cache),
            "background": background,
            "before": before,
            "executors": executors,
        }
        seconds = {}
        for stage in STAGES:
            began = time.monotonic()
            progress(stage.name, done=0, total=0)
            stage(state)
            seconds[stage.name] = time.monotonic() - began
        before_it = before.folder if before else None
        verdicts = _verdicts(folder, settings)  # now, and not when the build began: reviewers did not wait for it
        as_found = folder.publish(place, release_id=state["manifest"].id, before=before_it, in_service=not verdicts.current)
    release = put_into_force(folder, as_found, verdicts) if verdicts.current else as_found
    if kept is not None:
        kept.clear()
    folder.prune(settings.keep_releases)
    cache.note(release.id)
    cache.prune(folder.ids())
    return BuildReport(
        release=release, unchanged=False, extracted=state["extracted"], seconds=seconds, pairs=state["pairs"], left=state["left"],
        reader=reader.method if reader else "", read=read_of(state["linked"]), verdicts=verdicts,
    )  # fmt: skip


STAGES: tuple[Stage, ...] = (
    Stage(
        run=extract_documents,
        reads=("corpus", "cache", "settings", "executors", "progress"),
        writes=("heads", "problems", "inputs", "extracted"),
    ),
    Stage(run=name_release, reads=("inputs", "settings", "encoder_identity"), writes=("release_id",)),
    Stage(run=resolve_citations, reads=("heads", "cache"), writes=("documents",)),
    Stage(run=begin_check, reads=("documents", "cache", "background"), writes=("shapes",)),
    Stage(
        run=write_documents, reads=("documents", "settings", "cache", "executors", "staged", "progress"), writes=("composed", "sizes")
    ),
    Stage(
        run=begin_store, reads=("composed", "sizes", "before", "settings", "staged", "background"), writes=("loading", "loaded")
    ),
    Stage(
        run=align_documents,
        reads=("documents", "inputs", "encoder", "encoder_identity", "reader", "settings", "cache", "executors", "staged", "progress"),
        writes=("linked", "pairs", "left"),
    ),
    Stage(
        run=begin_links,
        reads=("composed", "linked", "loading", "loaded", "settings", "staged", "background"),
        writes=("links_loading",),
    ),
    Stage(
        run=write_columns, reads=("documents", "composed", "linked", "before", "cache", "staged", "progress"), writes=()
    ),
    Stage(run=check_release, reads=("documents", "linked", "shapes", "cache"), writes=("faults",)),
    Stage(
        run=write_index, reads=("documents", "composed", "encoder", "cache", "executors", "staged", "progress"), writes=()
    ),
    Stage(
        run=finish_graph,
        reads=(
            "documents", "composed", "linked", "sizes", "links_loading", "loaded", "release_id", "settings", "staged",
            "progress",
        ),
        writes=("statements",),
    ),
    Stage(
        run=write_manifest,
        reads=(
            "inputs", "documents", "composed", "problems", "linked", "faults", "statements", "release_id", "settings",
            "encoder_identity", "staged",
        ),
        writes=("manifest",),
    ),
)  # fmt: skip
#: What the state holds before the first stage.
GIVEN = ("corpus", "settings", "cache", "progress", "encoder", "encoder_identity", "reader", "staged", "background", "before", "executors")


def _verdicts(folder: DataFolder, settings: Settings) -> Verdicts:
    book = book_of(folder, named=settings.verdicts)
    return book.read() if book else Verdicts()


def _encoder(settings: Settings, *, progress: Progress) -> Encoder | None:
    if settings.encoder == "none":
        return None
    from policygraph.encode.encoder import open_encoder

    return open_encoder(settings.encoder, device=settings.encoder_device, progress=lambda _: progress("convert_encoder", done=0, total=0))


def _told(progress: Progress, stage: str, done: int, total: int) -> None:
    progress(stage, done=done, total=total)


def _identity(encoder: Encoder | None, reader: Reader | None) -> str:
    """What the links depend on beside the texts; where a second reader lives is nobody else's business."""
    read = f" {reader.method} {key_of(reader.identity)[:12]}" if reader else ""
    return ("none" if encoder is None else f"{encoder.name} {encoder.hash}") + read


def _standing(folder: DataFolder, release_id: str) -> Release | None:
    """The release of this id, if it stands whole: then nothing has to be built."""
    if not (folder.releases / release_id).is_dir():
        return None
    try:
        release = folder.release(release_id)
    except ReleaseError:
        return None
    if any(UNANSWERED in warning for warning in release.manifest.warnings):
        return None  # the second reader may answer by now
    return release if release.is_whole() else None


def _explained(error: OSError, *, data: Path) -> PolicyGraphError:
    where = error.filename or data
    # the engines' own errors bear no number
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or os.strerror(errno.ENOSPC) in str(error):
        return ReleaseError(
            f"No space left for the release in {data} ({error.strerror or error}).",
            remedy="Free some, for instance with policygraph releases prune; the release in service is as it was.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ReleaseError(f"{where} cannot be written ({error.strerror}).", remedy="Name another folder with -o.")
    return ReleaseError(f"The build stopped: {error}.", remedy="The release in service is as it was; build again.")
