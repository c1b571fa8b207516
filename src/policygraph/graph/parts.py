"""The graph of a release in parts, and the store that it is loaded into.

The graph is a folder of parts, a file each: vocabularies, the documents, the pairs of documents, the description. The key of
a part names all that it depends on. So the store of a new release need not be loaded from nothing: it goes on
from the store of the release before, of which it shares the files that did not change, with the parts that changed
taken out and put in.

A build that has no store to go on from leaves out that of a large graph, which takes most of the time and of the disk:
`ensure_store` makes it when SPARQL is first asked. The service has it made by `python -m policygraph.graph.parts GRAPH STORE`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from policygraph.cache import Cache
from policygraph.errors import ReleaseError
from policygraph.graph.quads import SUFFIX, graph_files, open_quads, unpacked
from policygraph.ids import Iris

if TYPE_CHECKING:
    import pyoxigraph

Result = TypeVar("Result")
Done = Callable[[int], None]

#: The file of a release that names its parts.
FILE = "parts.json"
#: Graphs that all pairs write into.
LINK_GRAPHS = ("links", "implementation")
#: Files of the engine that are written once and never again; the others are copied.
_SHARED = ".sst"
#: Bytes of N-Quads that the engine is given at once: it takes some times as much memory to sort them.
_AT_ONCE = 8 << 20
_LOGS = ("LOG", "LOCK")


def _ignore(done: int) -> None:
    """For those who need not know how many files are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The keys of a release's parts: of each document's, and of each pair's by (lower, higher)."""

    documents: Mapping[str, str]
    pairs: Mapping[tuple[str, str], str]

    def write(self, folder: Path) -> None:
        pairs = [[lower, higher, key] for (lower, higher), key in sorted(self.pairs.items())]
        content = {"documents": dict(sorted(self.documents.items())), "pairs": pairs}
        (folder / FILE).write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", "utf-8")

    @classmethod
    def read(cls, folder: Path) -> Parts | None:
        """The parts of the release in `folder`; None where they are not known."""
        try:
            content = json.loads((folder / FILE).read_text("utf-8"))
            pairs = {(lower, higher): key for lower, higher, key in content["pairs"]}
            return cls(documents=content["documents"], pairs=pairs)
        except (OSError, ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The release to go on from: its folder, and its parts with their content, which the cache keeps."""

    folder: Path
    parts: Parts
    cache: Cache

    def content(self, key: str) -> bytes | None:
        """The N-Quads of a part; None where the cache no longer has them."""
        try:
            return unpacked(self.cache.file(key).read_bytes())
        except (OSError, EOFError, zlib.error):
            return None

    def has_store(self) -> bool:
        return (self.folder / "store").is_dir()

    def is_near(self, documents: Mapping[str, str]) -> bool:
        """Whether going on from it is less work than loading these documents from nothing."""
        changed = sum(self.parts.documents.get(name) != documents.get(name) for name in {*self.parts.documents, *documents})
        return changed * 4 <= len(documents)


def document_file(document: str) -> str:
    """Where the named graph of a document stands in a release."""
    return f"graph/documents/{document}{SUFFIX}"


def pair_file(key: str) -> str:
    """Where the links of a pair stand in a release, by the key of its part."""
    return f"graph/links/{key}{SUFFIX}"


def go_on(before: Path, place: Path, *, out: Iterable[bytes], put: Iterable[bytes]) -> None:
    """A store at `place` with what the one at `before` holds, without the quads `out` (lines) and with those in `put`."""
    import pyoxigraph

    share(before, place)

    def write(store: pyoxigraph.Store) -> None:
        for quad in pyoxigraph.parse(b"\n".join(out), format=pyoxigraph.RdfFormat.N_QUADS, lenient=True):
            store.remove(quad)
        _load(store, [b"".join(line + b"\n" for line in put)])

    _write(place, write)


def share(before: Path, place: Path) -> None:
    """A store at `place` with the content of the one at `before`, which stays as it is. What the engine writes once
    is the same file in both; where the disk cannot do that, and for all else, a copy."""
    place.mkdir(parents=True)
    for path in sorted(before.iterdir()):
        if path.name.startswith(_LOGS):
            continue
        if path.suffix == _SHARED:
            with contextlib.suppress(OSError):
                os.link(path, place / path.name)
                continue
        shutil.copyfile(path, place / path.name)


def load_documents(
    place: Path, *, before: Before | None, documents: Mapping[str, str], files: Sequence[Path], base_iri: str, done: Done = _ignore
) -> Before | None:
    """Make the store at `place` hold the vocabularies and the documents, by going on from a release or by loading the
    `files`; `done` is told how many are in. What comes back is the release that the store goes on from, if it does."""
    if before is not None:
        try:
            share(before.folder / "store", place)
            _write(place, lambda store: _replace_documents(store, before=before, documents=documents, base_iri=base_iri))
        except (OSError, RuntimeError):  # it is damaged (the engine raises either): everything is loaded
            shutil.rmtree(place, ignore_errors=True)
        else:
            return before
    _write(place, lambda store: _load(store, _stretches(files, done=done)))
    return None


def load_links(
    place: Path, *, before: Before | None, pairs: Mapping[tuple[str, str], str], files: Sequence[Path], base_iri: str,
    done: Done = _ignore,
) -> None:  # fmt: skip
    """Load the links of all pairs, which stand in `files`; `done` is told how many are in."""

    def write(store: pyoxigraph.Store) -> None:
        if before is not None and _replace_pairs(store, before=before, pairs=pairs):
            return
        for name in LINK_GRAPHS:
            store.remove_graph(_node(Iris(base_iri), name))
        _load(store, _stretches(files, done=done))
        store.optimize()  # now, or the next builds do it

    _write(place, write)


def ensure_store(graph: Path, place: Path) -> Path:
    """The store at `place`, made of the graph beside it where it is missing; who comes while it is made waits for it. A
    large one takes a minute or more."""
    if place.is_dir() or not graph.exists():
        return place
    making = place.with_name("store.making")
    try:
        with place.with_name("store.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.is_dir():
                shutil.rmtree(making, ignore_errors=True)  # left by one that was killed
                _write(making, lambda store: _load_whole(store, graph_files(graph)))
                making.rename(place)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(making, ignore_errors=True)
        raise ReleaseError(
            f"The SPARQL store {place} cannot be made ({error}).",
            remedy="Free some space and make the folder writable, or ask another store with --graph-store.",
        ) from error
    return place


def finish_store(place: Path, description: bytes, *, base_iri: str) -> None:
    """Put the description of the release into its store."""

    def write(store: pyoxigraph.Store) -> None:
        store.remove_graph(_node(Iris(base_iri), "dataset"))
        _load(store, [description])

    _write(place, write)


def _replace_documents(store: pyoxigraph.Store, *, before: Before, documents: Mapping[str, str], base_iri: str) -> None:
    """Make the documents' graphs those of the parts that `documents` names."""
    for name, key in sorted({**before.parts.documents, **documents}.items()):
        if before.parts.documents.get(name) == documents.get(name):
            continue
        if name in before.parts.documents:
            store.remove_graph(_node(Iris(base_iri), f"doc/{name}"))
        if name in documents:
            content = before.content(key)
            if content is None:
                raise ReleaseError("A cache entry was removed while the build ran.", remedy="Build again.")
            _load(store, [content])


def _replace_pairs(store: pyoxigraph.Store, *, before: Before, pairs: Mapping[tuple[str, str], str]) -> bool:
    """Make the links those of the parts that `pairs` names. False, and nothing done, when the cache no longer holds what has
    to be taken out. All pairs share the graphs of links, and no two say the same."""
    import pyoxigraph

    gone = [key for pair, key in before.parts.pairs.items() if pairs.get(pair) != key]
    new = [key for pair, key in pairs.items() if before.parts.pairs.get(pair) != key]
    content = {key: before.content(key) for key in (*gone, *new)}
    if None in content.values():
        return False
    old_lines, new_lines = ({line for key in keys for line in (content[key] or b"").splitlines()} for keys in (gone, new))
    for quad in pyoxigraph.parse(b"\n".join(sorted(old_lines - new_lines)), format=pyoxigraph.RdfFormat.N_QUADS, lenient=True):
        store.remove(quad)
    _load(store, [b"".join(line + b"\n" for line in sorted(new_lines - old_lines))])
    return True


def _write(place: Path, work: Callable[[pyoxigraph.Store], Result]) -> Result:
    """What `work` gives for the store at `place`, which is open only while it runs."""
    import pyoxigraph

    store = pyoxigraph.Store(str(place))
    result = work(store)
    store.flush()
    return result


def _load(store: pyoxigraph.Store, stretches: Iterable[bytes]) -> None:
    """Load what was written a moment ago, and so need not be checked to be RDF once more."""
    import pyoxigraph

    for stretch in stretches:
        store.bulk_load(stretch, format=pyoxigraph.RdfFormat.N_QUADS, lenient=True)


def _load_whole(store: pyoxigraph.Store, files: Iterable[Path]) -> None:
    _load(store, _stretches(files, done=_ignore))
    store.optimize()


def _stretches(files: Iterable[Path], *, done: Done) -> Iterator[bytes]:
    """The lines of the files, so many at a time: whatever the corpus, the engine sorts a bounded number."""
    waiting: list[bytes] = []
    for number, path in enumerate(files):
        done(number)
        with open_quads(path) as file:
            while part := file.read(_AT_ONCE):
                waiting.append(part + file.readline())
                if sum(map(len, waiting)) >= _AT_ONCE:
                    yield b"".join(waiting)
                    waiting = []
    if waiting:
        yield b"".join(waiting)


def _node(iris: Iris, graph: str) -> pyoxigraph.NamedNode:
    import pyoxigraph

    return pyoxigraph.NamedNode(iris.graph(graph))


if __name__ == "__main__":
    try:
        ensure_store(Path(sys.argv[1]), Path(sys.argv[2]))
    except ReleaseError as failed:
        sys.exit(str(failed))
