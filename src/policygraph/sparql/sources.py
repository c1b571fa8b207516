"""What a worker queries: the store that it has opened, or one behind a SPARQL 1.1 endpoint. Either passes the gate first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol, cast

import pyoxigraph as ox

from policygraph.errors import QueryError
from policygraph.graph.store import EndpointStore
from policygraph.sparql.frames import Job
from policygraph.sparql.gate import RefusedError, inspect, inspect_in_full

#: Where Virtuoso says that it has cut a result, and how it answers ASK.
_CUT_HEADER, _ASK_VARIABLE = "X-SPARQL-MaxRows", "__ASK_RETVAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A result as it comes, and which limit of the source has cut it."""

    result: bool | ox.QuerySolutions | Iterator[ox.Triple]
    cut: str | None = None


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
        _require((*dataset.default, *dataset.named, *default, *named), self._holds)
        graphs = [("default-graph-uri", graph) for graph in default] + [("named-graph-uri", graph) for graph in named]
        text = f"BASE <{job.base}>\n{job.query}" if job.base else job.query
        reply = self.store.open(text, format="ntriples" if form == "graph" else "json", fields=graphs)
        cut = "of the graph store" if reply.headers.get(_CUT_HEADER) else None
        body = cast("IO[bytes]", reply)
        if form == "graph":
            triples = (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
            return Reply(result=triples, cut=cut)
        found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        if form == "boolean":
            return Reply(result=_truth(found))
        if isinstance(found, ox.QueryBoolean):
            raise QueryError(f"{self.store.endpoint} answers a SELECT with a truth value.")
        return Reply(result=found, cut=cut)

    def _holds(self, graph: ox.NamedNode) -> bool:
        body = self.store.query(f"ASK {{ GRAPH {graph} {{ ?s ?p ?o }} }}", format="json")
        return _truth(ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON))


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
