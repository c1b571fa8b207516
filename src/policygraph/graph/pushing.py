"""The graph of a release into another SPARQL store: what it lacks, and nothing twice.

Invariant: what the store's graph `pushed` says of a named graph is true of it, whenever a push is broken off. So a graph
is struck off there before it is touched, and entered when what was sent is in:

    <graph>  pg:sha256      of the content that is there, or is on its way
             dcterms:extent how many of the release's files of it are in (the largest number holds)
             void:triples   how many statements were counted there, once it is whole
    <pushed> dcterms:identifier  the release, once all of its graphs were counted

Most graphs stand in one file of the release, which is sent at once. The links of all pairs share two graphs, a file for each
pair: those files are a part, which is sent file by file and gone on with where it stopped.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from policygraph.errors import PolicyGraphError, QueryError, ReleaseError, UsageError, some_of
from policygraph.graph.quads import graph_files, open_quads
from policygraph.graph.store import EndpointStore
from policygraph.ids import DEFAULT_BASE, Iris
from policygraph.settings import Settings

#: Where the server answers queries whose Graph Store Protocol address ends so.
QUERY_PATHS = {
    "/sparql-graph-crud": "/sparql",  # Virtuoso
    "/sparql-graph-crud-auth": "/sparql",
    "/store": "/query",  # Oxigraph
    "/data": "/query",  # Jena Fuseki
    "/rdf-graphs/service": "",  # RDF4J, GraphDB
}
#: Lines of `pushed` that are sent at once: some megabytes.
_LINES = 20_000
#: Fast, for what is packed on the way alone.
_LEVEL = 1
_SHA256 = "https://w3id.org/policygraph/ontology#sha256"
_FILES = "http://purl.org/dc/terms/extent"
_TRIPLES = "http://rdfs.org/ns/void#triples"
_RELEASE = "http://purl.org/dc/terms/identifier"
_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"

Told = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a push did: statements of each graph that was sent, how many graphs were there already, and what was removed."""

    sent: Mapping[str, int]
    kept: int
    removed: tuple[str, ...]
    way: str


@dataclass(slots=True)
class Part:
    """Files, and the graphs that they alone state: statements and hash of each."""

    files: list[Path]
    triples: dict[str, int]
    hashes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """Graphs of a part that are to be sent, from a file on; from the first on they are replaced."""

    part: Part
    graphs: tuple[str, ...]
    start: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """What `pushed` says of a graph."""

    sha256: str = ""
    files: int = 0
    triples: int | None = None


class Way(Protocol):
    """Gets jobs into a store."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def send(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, int]]:
        """A job and how many of its files are in, each time that the store has kept some for good."""
        ...


@dataclass(frozen=True, slots=True)
class GraphStoreProtocol:
    """A server that keeps the SPARQL 1.1 Graph Store Protocol at `address`. `packed`: it takes gzip."""

    address: str
    store: EndpointStore
    size: int = 8 << 20
    packed: bool = False

    @property
    def name(self) -> str:
        return f"Graph Store Protocol, {'gzip' if self.packed else 'uncompressed: the server takes no gzip'}"

    def put(self, graph: str, triples: bytes, *, more: bool = False) -> None:
        """Replace a named graph, or put `more` into it."""
        headers = {"Content-Type": "application/n-triples", **({"Content-Encoding": "gzip"} if self.packed else {})}
        body = gzip.compress(triples, _LEVEL) if self.packed else triples
        self._ask("POST" if more else "PUT", graph, body=body, headers=headers)

    def delete(self, graph: str) -> None:
        """Remove a named graph; one that is not there is removed."""
        try:
            self._ask("DELETE", graph)
        except QueryError as error:
            if f"answers {404}" not in error.message:
                raise

    def send(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, int]]:
        for job in jobs:
            begun = job.start > 0
            for done, found in _stretches(job, size=self.size):
                for graph in job.graphs:
                    if graph in found:
                        self.put(graph, found[graph], more=begun)
                    elif not begun:
                        self.delete(graph)
                begun = True
                yield job, done

    def _ask(self, method: str, graph: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> None:
        where = f"{self.address}?{urllib.parse.urlencode({'graph': graph})}"
        self.store.send(urllib.request.Request(where, data=body, headers=dict(headers or {}), method=method)).close()


def query_address(graph_store: str) -> str:
    """Where the server with that Graph Store Protocol address answers queries.

    >>> query_address("http://127.0.0.1:8890/sparql-graph-crud")
    'http://127.0.0.1:8890/sparql'
    """
    for end, query in QUERY_PATHS.items():
        if graph_store.endswith(end):
            return graph_store.removesuffix(end) + query
    raise UsageError(f"Where {graph_store} answers queries is not known.", remedy="Give its address: --endpoint http://host:port/….")


def push(
    graph: Path, graph_store: str, *, endpoint: EndpointStore, release: str, base_iri: str = DEFAULT_BASE,
    settings: Settings | None = None, loader: Callable[[GraphStoreProtocol], Way] | None = None, told: Told = lambda *_, **__: None,
) -> Pushed:  # fmt: skip
    """Make a store hold the named graphs of a release's graph (a folder of N-Quads, or a file), and no longer those that an
    earlier push brought and the release has not. `endpoint` answers its queries; `loader` is another way in than
    HTTP. QueryError, ReleaseError: what came before stays, and the next push goes on from there. ReleaseError names the
    graphs whose statements are not as many in the store as in the release."""
    limits = settings or Settings()
    state = Iris(base_iri).graph("pushed")
    parts = survey(graph, told=told)
    wanted = {name: part.hashes[name] for part in parts for name in part.hashes}
    there = _entries(endpoint, state)
    jobs = list(filter(None, (_job(part, there) for part in parts)))
    touched = {name for job in jobs if not job.start for name in job.graphs}
    entries = {name: entry for name, entry in there.items() if name not in touched}
    server = _server(GraphStoreProtocol(graph_store, endpoint, limits.push_bytes), state=state, release=release, entries=entries)
    way: Way = loader(server) if loader else server
    add = partial(server.put, state, more=True)

    sizes = {path: path.stat().st_size for part in parts for path in part.files}
    total, begun = sum(sizes[path] for job in jobs for path in job.part.files[job.start :]), 0
    at = {id(job): job.start for job in jobs}
    left = {name for job in jobs for name in job.graphs}
    try:
        for job, done in way.send(jobs):
            add("".join(_lines({name: Entry(job.part.hashes[name], done) for name in job.graphs})).encode())
            begun += sum(sizes[path] for path in job.part.files[at[id(job)] : done])
            at[id(job)] = done
            if done == len(job.part.files):
                left -= {*job.graphs}
            told("sending, in kB", done=begun // 1024, total=total // 1024)
        gone = tuple(sorted(there.keys() - wanted.keys()))
        for number, name in enumerate(gone):
            told("removing graphs", done=number, total=len(gone))
            server.delete(name)
        counts = _counted(parts, endpoint, told=told)
        whole = {name: Entry(wanted[name], len(part.files), counts[name]) for part in parts for name in part.triples if name in counts}
        named = [f'<{state}> <{_RELEASE}> "{release}" .\n'] if whole.keys() == wanted.keys() else []
        _write(server, state, [*named, *_lines(whole)])
    except PolicyGraphError as error:
        raise type(error)(
            f"{error.message.rstrip('.')} ({len(wanted) - len(left)} of {len(wanted)} graphs are in).",
            remedy=f"{error.remedy} Push again then: it goes on from there.".strip(),
        ) from error
    wrong = sorted(wanted.keys() - counts.keys())
    if wrong:
        raise ReleaseError(
            f"The store does not hold as many statements as the release of {some_of(wrong)}.", remedy="Push again: they are sent anew."
        )
    sent = {name: counts[name] for job in jobs for name in job.graphs}
    return Pushed(sent=sent, kept=len(wanted) - len(sent), removed=gone, way=way.name)


def survey(graph: Path, *, told: Told) -> list[Part]:
    """The parts of a graph, each with what its graphs come to."""
    part_of: dict[str, Part] = {}
    hashes: dict[str, hashlib._Hash] = {}
    files = graph_files(graph)
    for number, path in enumerate(files):
        told("reading the release", done=number, total=len(files))
        found: dict[str, int] = {}
        for name, triple in _triples(path):
            if name not in found:
                found[name] = 0
                hashes.setdefault(name, hashlib.sha256()).update(b"\0")  # where a file begins, the hash tells as well
            found[name] += 1
            hashes[name].update(triple)
        part = Part([path], found)
        for other in {id(part_of[name]): part_of[name] for name in found if name in part_of}.values():
            counted = {name: other.triples.get(name, 0) + part.triples.get(name, 0) for name in (*other.triples, *part.triples)}
            part = Part([*other.files, *part.files], counted)
        part_of |= dict.fromkeys(part.triples, part)
    parts = {id(part): part for part in part_of.values()}.values()
    for part in parts:
        part.files.sort()
        part.hashes = {name: hashes[name].hexdigest() for name in part.triples}
    return list(parts)


def _job(part: Part, there: Mapping[str, Entry]) -> Job | None:
    """What is to be sent of a part to a store that holds `there`."""
    missing = [name for name in part.triples if not _is_whole(part, name, there.get(name))]
    if not missing:
        return None
    starts = {there[name].files if name in there and there[name].sha256 == part.hashes[name] else 0 for name in missing}
    return Job(part, tuple(missing), starts.pop() if len(starts) == 1 else 0)


def _is_whole(part: Part, name: str, entry: Entry | None) -> bool:
    return entry is not None and entry.sha256 == part.hashes[name] and entry.files == len(part.files)


def _server(plain: GraphStoreProtocol, *, state: str, release: str, entries: Mapping[str, Entry]) -> GraphStoreProtocol:
    """The server, once it holds these entries: packed, if what it then holds is what it was sent."""
    said = f"{release}, on its way ({secrets.token_hex(4)})"
    lines = [f'<{state}> <{_RELEASE}> "{said}" .\n', *_lines(entries)]
    packed = replace(plain, packed=True)
    try:
        _write(packed, state, lines)
        if plain.store.select(f'SELECT ?s {{ GRAPH <{state}> {{ ?s <{_RELEASE}> "{said}" }} }}'):
            return packed
    except QueryError as error:
        if any(f"answers {status}" in error.message for status in (401, 403)):
            raise
    _write(plain, state, lines)
    return plain


def _write(server: GraphStoreProtocol, state: str, lines: Sequence[str]) -> None:
    """Replace what the store says of itself."""
    for at in range(0, max(1, len(lines)), _LINES):
        server.put(state, "".join(lines[at : at + _LINES]).encode(), more=at > 0)


def _entries(endpoint: EndpointStore, state: str) -> dict[str, Entry]:
    found: dict[str, dict[str, list[str]]] = {}
    for row in endpoint.select(f"SELECT ?s ?p ?o {{ GRAPH <{state}> {{ ?s ?p ?o }} }}"):
        found.setdefault(row["s"], {}).setdefault(row["p"], []).append(row["o"])
    found.pop(state, None)
    return {
        name: Entry(said[_SHA256][0], max(map(int, said.get(_FILES, ["0"]))), int(said[_TRIPLES][0]) if _TRIPLES in said else None)
        for name, said in found.items()
        if len(said.get(_SHA256, ())) == 1
    }


def _lines(entries: Mapping[str, Entry]) -> Iterator[str]:
    for name, entry in entries.items():
        yield f'<{name}> <{_SHA256}> "{entry.sha256}" .\n'
        yield f'<{name}> <{_FILES}> "{entry.files}"^^<{_INTEGER}> .\n'
        if entry.triples is not None:
            yield f'<{name}> <{_TRIPLES}> "{entry.triples}"^^<{_INTEGER}> .\n'


def _counted(parts: Sequence[Part], endpoint: EndpointStore, *, told: Told) -> dict[str, int]:
    """The statements of each graph in the store, of those that are as many as in the files."""
    counts: dict[str, int] = {}
    total = sum(len(part.triples) for part in parts)
    done = 0
    for part in parts:
        for name, triples in part.triples.items():
            told("counting what is there", done=done, total=total)
            done += 1
            rows = endpoint.select(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")
            count = int(rows[0]["n"])
            if count == triples or count == _distinct(part, name):
                counts[name] = count
    return counts


def _distinct(part: Part, graph: str) -> int:
    """The statements of a graph, one that two files make counted once."""
    return len({hash(triple) for path in part.files for name, triple in _triples(path) if name == graph})


def _triples(path: Path) -> Iterator[tuple[str, bytes]]:
    """Graph and triple (a line of N-Triples) of each line of a file; ReleaseError for a file that is cut off."""
    names: dict[bytes, str] = {}
    try:
        with open_quads(path) as lines:
            for line in lines:
                triple, end, name = line.rstrip().removesuffix(b" .").rpartition(b" ")
                if end:
                    yield names.get(name) or names.setdefault(name, name[1:-1].decode()), triple + b" .\n"
    except (OSError, EOFError) as error:
        raise ReleaseError(f"{path} cannot be read ({error}).", remedy="Build again.") from error


def _stretches(job: Job, *, size: int) -> Iterator[tuple[int, dict[str, bytes]]]:
    """Some megabytes of triples by graph, and how many files are in with them."""
    found: dict[str, list[bytes]] = {}
    waiting = 0
    last = len(job.part.files) - 1
    for number, path in enumerate(job.part.files[job.start :], start=job.start):
        for name, triple in _triples(path):
            if name in job.graphs:
                found.setdefault(name, []).append(triple)
                waiting += len(triple)
            if waiting >= size:
                yield number, {graph: b"".join(lines) for graph, lines in found.items()}
                found, waiting = {}, 0
        if waiting >= size // 2 or number == last:
            yield number + 1, {graph: b"".join(lines) for graph, lines in found.items()}
            found, waiting = {}, 0
