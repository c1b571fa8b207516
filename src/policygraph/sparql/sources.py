"""What a worker queries: the columns and the store of a release, the graph in memory, or one behind a SPARQL 1.1 endpoint.
Every query passes the gate first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import IO, Literal, Protocol, cast

import pyoxigraph as ox

from policygraph.errors import QueryError
from policygraph.graph.store import EndpointStore
from policygraph.sparql.frames import Job
from policygraph.sparql.gate import RefusedError, inspect, inspect_in_full
from policygraph.sparql.statistics import Solutions, Statistics

#: Virtuoso's names of blank nodes are none that the specification of results knows.
_NODE, _PLAIN_NODE = b'"bnode", "value": "nodeID://', b'"bnode", "value": "'
#: What stands for a graph that is not held.
_EMPTY = "urn:policygraph:empty"
#: Where Virtuoso says that it has cut a result, and how it answers ASK.
_CUT_HEADER, _ASK_VARIABLE = "X-SPARQL-MaxRows", "__ASK_RETVAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A result as it comes, which limit of the source has cut it, and what it was read from."""

    result: bool | ox.QuerySolutions | Solutions | Iterator[ox.Triple]
    cut: str | None = None
    by: Literal["columns", "store", "graph store"] = "store"


class NoStoreError(QueryError):
    """The columns do not tell the answer, and the store that would is not there yet."""


class Source(Protocol):
    """Answers jobs, or raises QueryError, SyntaxError or ValueError."""

    def answer(self, job: Job) -> Reply: ...


@dataclass(frozen=True, slots=True)
class EmbeddedSource:
    """The engine in this process, on disk or in memory."""

    store: ox.Store

    def answer(self, job: Job) -> Reply:
        dataset = inspect(job.query, depth=job.depth, base=job.base)
        by_protocol = job.default_graphs is not None or job.named_graphs is not None
        if dataset and not by_protocol:
            _require((*dataset.default, *dataset.named), self.store.contains_named_graph)
        result = self.store.query(
            job.query,
            base_iri=job.base,
            # a union would override FROM
            use_default_graph_as_union=job.union and not dataset and not by_protocol,
            default_graph=[ox.NamedNode(graph) for graph in job.default_graphs or ()] if by_protocol else None,
            named_graphs=[ox.NamedNode(graph) for graph in job.named_graphs or ()] if by_protocol else None,
        )
        if isinstance(result, ox.QueryBoolean):
            return Reply(result=bool(result))
        return Reply(result=result)


class ReleaseSource:
    """A release on disk. What its columns tell is answered from them, all else from its store: `store` once it was opened,
    which it can be when it is there."""

    def __init__(self, place: Path, statistics: Statistics | None) -> None:
        self.place, self.statistics = place, statistics
        self.store: EmbeddedSource | None = None

    def open(self) -> EmbeddedSource:
        """The store, opened; OSError where it cannot be."""
        if self.store is None:
            self.store = EmbeddedSource(ox.Store.read_only(str(self.place)))
        return self.store

    def answer(self, job: Job) -> Reply:
        told = self.told(job)
        if told is not None:
            return Reply(result=told, by="columns")
        if self.store is None and not self.place.is_dir():
            raise NoStoreError("There is no SPARQL store yet.")
        return self.open().answer(job)

    def told(self, job: Job) -> bool | Solutions | None:
        """What the columns tell; nothing where the query names its graphs, or something that the store finds at once."""
        dataset = inspect(job.query, depth=job.depth, base=job.base)
        if self.statistics is None or dataset or not job.union or job.default_graphs is not None or job.named_graphs is not None:
            return None
        if self.place.is_dir() and self.statistics.is_quick_elsewhere(job.query):
            return None
        return self.statistics.answer(job.query, base=job.base)


@dataclass(frozen=True, slots=True)
class EndpointSource:
    """Another server. This process has the network, so that nothing but the gate stands between a visitor's query and that
    server: a query goes there only when it was understood in full, and a graph is named to it only when it holds it. What
    comes back is parsed and written anew, within the limits on rows and bytes."""

    store: EndpointStore

    def answer(self, job: Job) -> Reply:
        form, dataset = inspect_in_full(job.query, depth=job.depth, base=job.base)
        default, named = job.default_graphs or (), job.named_graphs or ()
        if not (default or named):
            default, named = dataset.default, dataset.named  # a server with a union as default graph may not heed FROM
        _require((*dataset.default, *dataset.named), self._holds)
        default, named = tuple(map(self._held, default)), tuple(map(self._held, named))
        graphs = [("default-graph-uri", graph) for graph in default] + [("named-graph-uri", graph) for graph in named]
        text = f"BASE <{job.base}>\n{job.query}" if job.base else job.query
        reply = self.store.open(text, format="ntriples" if form == "graph" else "json", fields=graphs)
        cut = "of the graph store" if reply.headers.get(_CUT_HEADER) else None
        body = cast("IO[bytes]", _PlainNodes(reply))
        if form == "graph":
            triples = (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
            return Reply(result=triples, cut=cut, by="graph store")
        found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        if form == "boolean":
            return Reply(result=_truth(found), by="graph store")
        if isinstance(found, ox.QueryBoolean):
            raise QueryError(f"{self.store.endpoint} answers a SELECT with a truth value.")
        return Reply(result=found, cut=cut, by="graph store")

    def _held(self, graph: str) -> str:
        """This name of a graph; for one that is not held, that of an empty graph, which no server would fetch."""
        return graph if self._holds(ox.NamedNode(graph)) else _EMPTY

    def _holds(self, graph: ox.NamedNode) -> bool:
        body = self.store.query(f"ASK {{ GRAPH {graph} {{ ?s ?p ?o }} }}", format="json")
        return _truth(ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON))


class _PlainNodes:
    """A result to be read, with Virtuoso's names of blank nodes as the specification has them."""

    def __init__(self, file: HTTPResponse) -> None:
        self.file = file
        self.kept = b""

    def read(self, size: int = -1, /) -> bytes:
        while True:
            piece = self.file.read(size)
            found = (self.kept + piece).replace(_NODE, _PLAIN_NODE)
            if not piece:
                self.kept = b""
                return found
            end = len(found) - len(_NODE) + 1  # what stands behind may go on as a name
            if end > 0:
                self.kept = found[end:]
                return found[:end]
            self.kept = found


def _truth(found: ox.QueryBoolean | ox.QuerySolutions) -> bool:
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    if [variable.value for variable in found.variables] != [_ASK_VARIABLE]:
        raise QueryError("The graph store answers an ASK with rows.")
    return any(getattr(row[0], "value", "0") == "1" for row in found)


def _require(graphs: Iterable[str], holds: Holds) -> None:
    for graph in graphs:
        if not holds(ox.NamedNode(graph)):
            raise RefusedError(
                f"FROM <{graph}> is not a graph of this dataset, and nothing is fetched.",
                remedy="SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } lists the graphs.",
            )


class Holds(Protocol):
    """Whether a dataset has a graph of that name."""

    def __call__(self, graph: ox.NamedNode, /) -> bool: ...
