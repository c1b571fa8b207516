"""Releases: what one build publishes, and the data folder that holds them.

    data/current               the id of the release in service, replaced by one rename
    data/releases/<id>/        manifest.json, parts.json, graph/, sources/<document>.txt,
                               originals/<document>, pages/<document>.json.gz, index/, columns/, store/
    data/staging/              releases being written; what a killed build leaves here is removed by the next
    data/cache/                results of earlier builds; may be removed at any time
    data/history               one line each time the pointer moved; the order of lines counts, not the clock
    data/lock                  held by a build while it publishes
    data/corpus                where the documents of the last build are, seen from here: verdicts lie beside them

A release never changes once it stands in `releases/`. Its id is a hash of the inputs and of the program, and the
files that its manifest lists are the same byte for byte however often it is built. `store/` and `columns/` are not among
them: they hold what the graph holds in the formats of two engines, SPARQL's and SQL's, go on from those of the release
before, and can be made again. `store/` is left out where the graph is large, until SPARQL is first asked: it is the one thing
that comes into a release later, by one rename.

A release to which verdicts were put (`policygraph.review`) is one of its own: it holds the records as persons have them, and
`judged.json`, which names the release as the program found it. That one stays as long as it does.

Releases share the files that are the same in both by hard links, with each other and with the cache. Listed files bear a
fixed date: one that was written into since bears another, and counts as damaged unless its content is what it was.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from policygraph.cache import SEALED, is_as_sealed, sha256_of
from policygraph.errors import NotFoundError, Problem, ReleaseError, some_of
from policygraph.ids import former_id
from policygraph.read import Places

#: Version of the layout; raised when an older program could not read what this one writes.
FORMAT = 6
#: What says of a release which verdicts were put to it.
JUDGED = "judged.json"
#: What an engine writes, in files that differ from build to build and can be made again from the graph.
UNLISTED = ("store", "columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file of the corpus as it went into the release, with what the corpus manifest says about it."""

    source: str
    sha256: str
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSummary:
    """What was found in one document; `digest` tells whether its records changed between releases."""

    id: str
    source: str
    title: str
    digest: str
    characters: int
    clauses: int
    tasks: int
    targets: int
    deadlines: int
    responsibilities: int
    citations: int
    findings: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file of the release."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`manifest.json`. It holds no time and no path of the machine, so that a rebuild gives the same bytes."""

    format: int
    id: str
    program: str
    base_iri: str
    encoder: str
    inputs: tuple[InputFile, ...]
    documents: tuple[DocumentSummary, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    links: dict[str, int]
    statements: int
    files: dict[str, FileEntry]

    @property
    def former(self) -> dict[str, str]:
        """Ids that documents had in releases until format 4 or by the name of their file, where they have others now."""
        named = {former_id(document.source): document.id for document in self.documents if "/" not in document.id}
        return {former: now for former, now in named.items() if former != now}

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        data = json.loads(text)
        return cls(
            **{
                **data,
                "inputs": tuple(InputFile(**row) for row in data["inputs"]),
                "documents": tuple(
                    DocumentSummary(**{**row, "warnings": tuple(row["warnings"])}) for row in data["documents"]
                ),
                "problems": tuple(Problem(**row) for row in data["problems"]),
                "warnings": tuple(data["warnings"]),
                "files": {name: FileEntry(**entry) for name, entry in data["files"].items()},
            }
        )


@dataclass(frozen=True, kw_only=True)
class Release:
    """A published release, opened."""

    folder: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def graph(self) -> Path:
        """The folder of the graph's parts; the one file that held it all until format 2."""
        folder = self.folder / "graph"
        return folder if folder.is_dir() else self.folder / "graph.nq"

    @property
    def store(self) -> Path:
        """The folder of the SPARQL store, which may not be there yet: `policygraph.graph.parts.ensure_store` makes it."""
        return self.folder / "store"

    @property
    def columns(self) -> Path:
        """The folder of the records in columns; from format 4 on."""
        return self.folder / "columns"

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def source_text(self, document: str) -> str:
        """The stored text that the offsets of a document count in, exactly as it was read."""
        name = stored_name(document)
        if name not in self.manifest.files:
            known = some_of(d.id for d in self.manifest.documents)
            raise NotFoundError(f"Release {self.id} holds no document {document!r}.", remedy=f"It holds: {known}.")
        return (self.folder / name).read_bytes().decode("utf-8")

    @cached_property
    def judged(self) -> Mapping[str, Any]:
        """What persons judged of it: `as_found` (the release as the program found it), `verdicts` by record, `unfit`, `scores` of the
        program against them, `agreement` of reviewers; empty where nobody did."""
        try:
            found: dict[str, Any] = json.loads((self.folder / JUDGED).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def places(self, document: str) -> Places | None:
        """Where the characters of the stored text stand on the pages of its original; None where there are no pages, or the
        build kept no originals."""
        name = places_name(document)
        return Places.unpacked((self.folder / name).read_bytes()) if name in self.manifest.files else None

    def original(self, document: str) -> Path:
        """The file that a document was read from, as it was; raises NotFoundError where the release has none."""
        name = original_name(document)
        if name not in self.manifest.files:
            raise NotFoundError(
                f"Release {self.id} keeps no original of {document!r}.",
                remedy="It keeps those of PDFs and pictures that were built with --keep-originals on.",
            )
        return self.folder / name

    def damage(self) -> list[str]:
        """The files that are missing or not what the manifest says; empty for a whole release."""
        found = []
        for name, entry in self.manifest.files.items():
            path = self.folder / name
            if not path.is_file():
                found.append(f"{name}: missing")
            elif path.stat().st_size != entry.bytes or sha256_of(path) != entry.sha256:
                found.append(f"{name}: changed")
        return found + [f"{name}: missing" for name in self._unlisted if not (self.folder / name).exists()]

    @property
    def _unlisted(self) -> tuple[str, ...]:
        since = {"store": self.manifest.format < 5, "columns": self.manifest.format >= 4}
        return tuple(name for name in UNLISTED if since[name])

    def is_whole(self) -> bool:
        """Whether every file is there as it was published. Quick: files of the fixed date are not read."""
        files = self.manifest.files.items()
        listed = all(is_as_sealed(self.folder / name, sha256=entry.sha256, size=entry.bytes) for name, entry in files)
        return listed and all((self.folder / name).exists() for name in self._unlisted)


def stored_name(document: str) -> str:
    """Where the stored text of a document stands in a release."""
    return f"sources/{document}.txt"


def original_name(document: str) -> str:
    """Where the file that a document was read from stands in a release."""
    return f"originals/{document}"


def places_name(document: str) -> str:
    """Where it stands in a release which characters are where on the pages."""
    return f"pages/{document}.json.gz"


def open_release(folder: Path) -> Release:
    """The release in `folder`; one that this program cannot read is refused with the way out."""
    try:
        text = (folder / "manifest.json").read_text("utf-8")
    except OSError as error:
        raise ReleaseError(
            f"Release {folder.name} has no readable manifest ({error.strerror}).", remedy="Build again: policygraph build."
        ) from error
    try:
        version = json.loads(text)["format"]
        if version > FORMAT:
            raise ReleaseError(
                f"Release {folder.name} has format {version}; this program reads up to {FORMAT}.",
                remedy="Install a newer policygraph, or build the corpus again with this one.",
            )
        return Release(folder=folder, manifest=Manifest.from_json(text))
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseError(
            f"The manifest of release {folder.name} cannot be read ({error}).", remedy="Build again: policygraph build."
        ) from error


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The data folder: the releases in it, and which one is in service."""

    path: Path

    @property
    def releases(self) -> Path:
        return self.path / "releases"

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    def current_id(self) -> str | None:
        """The id that the pointer names; None when nothing was published yet."""
        try:
            return (self.path / "current").read_text("utf-8").strip() or None
        except OSError:
            return None

    def current(self) -> Release:
        """The release in service."""
        release_id = self.current_id()
        if release_id is None:
            there = "has no release" if self.path.is_dir() else "is a file" if self.path.is_file() else "does not exist"
            raise ReleaseError(
                f"The data folder {self.path} {there}.",
                remedy="Build one: policygraph build corpus/ -o data/ (or name another folder with --data).",
            )
        return self.release(release_id)

    def release(self, release_id: str) -> Release:
        """A release by its id, or by the beginning of it when that is enough."""
        ids = self.ids()
        found = [name for name in ids if name == release_id] or [name for name in ids if name.startswith(release_id)]
        if len(found) != 1 or not release_id:
            what = f"is no release in {self.path}" if not found else f"begins the ids of {len(found)} releases"
            raise NotFoundError(f"{release_id!r} {what}.", remedy=f"Releases: {', '.join(ids) or 'none'}.")
        return open_release(self.releases / found[0])

    def as_found(self, release: Release | None = None) -> Release:
        """A release (that in service unless given) as the program found it, without what persons judged."""
        release = release or self.current()
        return self.release(release.judged["as_found"]) if release.judged else release

    @property
    def corpus(self) -> Path | None:
        """The folder of the documents that the last build read; None where it is not known."""
        try:
            return self.path / (self.path / "corpus").read_text("utf-8").rstrip("\n")
        except OSError:
            return None

    def note_corpus(self, corpus: Path | None) -> None:
        """Keep where the documents are, so that verdicts on them are found; None where they are in no folder."""
        if corpus is None:
            (self.path / "corpus").unlink(missing_ok=True)
            return
        _replace(self.path / "corpus", f"{os.path.relpath(corpus.absolute(), self.path.absolute())}\n")

    def ids(self) -> list[str]:
        """Ids of all releases, the most recently published last."""
        there = {p.name for p in self.releases.iterdir() if p.is_dir()} if self.releases.is_dir() else set()
        order = {release_id: place for place, (release_id, _) in enumerate(self.history())}
        return sorted(there, key=lambda name: (order.get(name, -1), name))

    def history(self) -> list[tuple[str, str]]:
        """Each time the pointer moved: release id and time (ISO 8601, UTC), oldest first."""
        try:
            lines = (self.path / "history").read_text("utf-8").splitlines()
        except OSError:
            return []
        return [(line.split(" ")[0], line.split(" ")[1]) for line in lines if len(line.split(" ")) == 2]

    def point_to(self, release_id: str) -> None:
        """Put a release into service: one rename."""
        if self.current_id() == release_id:
            return
        _replace(self.path / "current", f"{release_id}\n")
        moved = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with (self.path / "history").open("a", encoding="utf-8") as history:
            history.write(f"{release_id} {moved}\n")

    def rollback(self, release_id: str | None = None) -> Release:
        """Put an earlier release into service: the one named, or the one that was in service before."""
        current = self.current()
        if release_id is None:
            earlier = [name for name, _ in self.history() if name != current.id and (self.releases / name).is_dir()]
            if not earlier:
                raise ReleaseError(
                    f"There is no release before {current.id}.", remedy="policygraph releases shows what there is."
                )
            release_id = earlier[-1]
        release = self.release(release_id)
        broken = [] if release.is_whole() else release.damage()
        if broken:
            raise ReleaseError(f"Release {release.id} is damaged ({broken[0]}).", remedy="Build again, or choose another.")
        self.point_to(release.id)
        return release

    def prune(self, keep: int) -> list[str]:
        """Remove all but the `keep` most recently published releases; the current one, and those open in some process,
        stay. The ids removed."""
        bases = {name: self._base(name) for name in self.ids()}
        current = self.current_id() or ""
        last = list(dict.fromkeys([bases.get(current, current), *reversed(bases.values())]))[: max(keep, 1)]
        stay = {current, *last}
        removed = []
        for name in sorted(bases, key=lambda name: bases[name] == name):  # what was judged before what it was made of
            if name in stay or bases[name] in last:
                continue
            if self._remove(name):
                removed.append(name)
            else:
                stay.add(bases[name])
        return removed

    def _remove(self, release_id: str) -> bool:
        """Whether a release is gone: one that is open in some process stays."""
        folder = self.releases / release_id
        if _in_use(folder):
            return False
        gone = self.path / "staging" / f"removed-{release_id}"
        gone.parent.mkdir(exist_ok=True)
        folder.rename(gone)  # so that nobody sees half a release
        shutil.rmtree(gone, ignore_errors=True)
        return True

    def _base(self, release_id: str) -> str:
        """The release that verdicts were put to, or itself."""
        try:
            return str(json.loads((self.releases / release_id / JUDGED).read_text("utf-8"))["as_found"])
        except (OSError, ValueError, KeyError):
            return release_id

    def retire(self, as_found: str) -> None:
        """Remove what earlier verdicts made of a release, but what is in service or open somewhere."""
        for name in self.ids():
            if name not in (as_found, self.current_id()) and self._base(name) == as_found:
                self._remove(name)

    @contextlib.contextmanager
    def locked(self, seconds: float) -> Iterator[None]:
        """Hold the lock of the folder; the system lets go of it when the process ends, however it ends."""
        with self._lock() as lock:
            give_up = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= give_up:
                        raise ReleaseError(
                            f"Another build of {self.path} still runs after {seconds:g} s.",
                            remedy="Wait for it or end it; --lock-seconds sets how long a build waits.",
                        ) from None
                    time.sleep(0.05)
            yield

    def _lock(self) -> TextIO:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return (self.path / "lock").open("a")
        except OSError as error:
            reason = "it is a file, not a folder" if self.path.is_file() else error.strerror
            raise ReleaseError(
                f"The data folder {self.path} cannot be written ({reason}).",
                remedy="Name another folder with --data, or ask its owner for permission.",
            ) from error

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """A new folder to write a release in. Call with the lock held: what earlier builds left behind is removed."""
        top = self.path / "staging"
        shutil.rmtree(top, ignore_errors=True)
        folder = top / f"{os.getpid()}-{time.monotonic_ns()}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(top, ignore_errors=True)

    def publish(self, staged: Path, *, release_id: str, before: Path | None = None, in_service: bool = True) -> Release:
        """Move a finished release to its place and put it into service, or leave that to the caller. Files that the release in
        the folder `before` has, too, are on the disk already."""
        for path in sorted(staged.rglob("*")):
            name = path.relative_to(staged)
            if path.is_file() and not name.as_posix().startswith(UNLISTED) and path.stat().st_mtime_ns != SEALED * 10**9:
                os.utime(path, (SEALED, SEALED))
            if before is None or not _is_same(path, before / name):
                _sync(path)
        place = self.releases / release_id
        self.releases.mkdir(exist_ok=True)
        if place.exists():  # it was damaged, or the build would not have come here
            place.rename(staged.parent / f"damaged-{release_id}")
        staged.rename(place)
        _sync(self.releases)
        if in_service:
            self.point_to(release_id)
        return open_release(place)


def list_files(folder: Path, *, known: Mapping[str, FileEntry]) -> dict[str, FileEntry]:
    """The files of a release for its manifest: all but the engine's own and the manifest itself. Those that are `known`
    are not read."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith((*UNLISTED, "manifest.json")):
            found[name] = known.get(name) or FileEntry(sha256=sha256_of(path), bytes=path.stat().st_size)
    return found


def hold(folder: Path) -> int:
    """A file descriptor that keeps `folder` from being pruned until it is closed or the process ends."""
    descriptor = os.open(folder / "manifest.json", os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return descriptor


def _in_use(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / "manifest.json", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, "utf-8")
    _sync(beside)
    beside.replace(path)
    _sync(path.parent)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.is_file() and path.samefile(other)
    except OSError:
        return False


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
