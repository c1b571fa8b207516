"""The program of a query worker: one read-only store, one query at a time, no network.

Run as `python -m policygraph.sparql.worker FD STORE MEMORY`, or forked by `policygraph.sparql.nursery` with the store in
memory. It says that it is ready and answers jobs until its socket closes. It is killed at the deadline of a query: the engine has no other stop.
The alarm is for the case that whoever should kill it is gone.
"""

from __future__ import annotations

import signal
import sys
from math import ceil
from select import select
from socket import socket

import pyoxigraph as ox

from policygraph.errors import QueryError
from policygraph.sparql.formats import BY_NAME
from policygraph.sparql.frames import PIECE, Job, Kind, frame, pack, receive, send
from policygraph.sparql.gate import RefusedError, inspect, preload
from policygraph.sparql.sandbox import confine
from policygraph.sparql.serialise import Meter, write_boolean, write_graph, write_solutions

#: A worker that has nothing to do for so long uses the time to load the gate's parser.
_IDLE_SECONDS = 3.0


class _Pieces:
    """A file to write to that sends its pieces as DATA frames, the last one together with the END."""

    def __init__(self, connection: socket) -> None:
        self.connection = connection
        self.size = 0
        self.waiting = bytearray()

    def write(self, piece: bytes, /) -> int:
        self.waiting += piece
        self.size += len(piece)
        if len(self.waiting) >= PIECE:
            send(self.connection, Kind.DATA, bytes(self.waiting))
            self.waiting.clear()
        return len(piece)

    def flush(self) -> None:
        """The engine calls it where it has written all; the last piece waits for the END."""

    def end(self, said: dict[str, object]) -> None:
        self.connection.sendall(frame(Kind.DATA, bytes(self.waiting)) + frame(Kind.END, pack(said)))


class NotAcceptableError(QueryError):
    """The client accepts no format that this form of result has."""


def serve(connection: socket, *, store: ox.Store, prefixes: dict[str, str]) -> None:
    """Answer jobs until the other side closes."""
    if not select([connection], [], [], _IDLE_SECONDS)[0]:
        preload()
    jobs = connection.makefile("rb")
    while True:
        received = receive(jobs)
        if received is None:
            return
        job, seconds = Job.parse(received[1])
        signal.alarm(ceil(seconds) + 1)
        try:
            answer(job, connection=connection, store=store, prefixes=prefixes)
        except RefusedError as error:
            _report(connection, error=error, kind="refused")
        except NotAcceptableError as error:
            _report(connection, error=error, kind="not acceptable")
        except (QueryError, SyntaxError, ValueError, RecursionError) as error:
            _report(connection, error=error, kind="malformed")
        except OSError as error:
            if isinstance(error, BrokenPipeError | ConnectionError):
                return
            _report(connection, error=error, kind="failed")
        except MemoryError as error:
            _report(connection, error=error, kind="memory")
            return
        signal.alarm(0)


def answer(job: Job, *, connection: socket, store: ox.Store, prefixes: dict[str, str]) -> None:
    """Run one query and send its result."""
    dataset = inspect(job.query, depth=job.depth, base=job.base)
    by_protocol = job.default_graphs is not None or job.named_graphs is not None
    if dataset and not by_protocol:
        for graph in (*dataset.default, *dataset.named):
            _require_graph(graph, store=store)
    result = store.query(
        job.query,
        base_iri=job.base,
        # a union would override FROM
        use_default_graph_as_union=job.union and not dataset and not by_protocol,
        default_graph=[ox.NamedNode(graph) for graph in job.default_graphs or ()] if by_protocol else None,
        named_graphs=[ox.NamedNode(graph) for graph in job.named_graphs or ()] if by_protocol else None,
    )
    pieces = _Pieces(connection)
    meter = Meter(pieces, rows=job.rows, size=job.size)
    if isinstance(result, ox.QueryBoolean):
        form, name = "boolean", _accepted(job.boolean, form="ASK")
        write_boolean(bool(result), name=name, sink=pieces)
    elif isinstance(result, ox.QuerySolutions):
        form, name = "solutions", _accepted(job.solutions, form="SELECT")
        write_solutions(result, name=name, meter=meter, query=job.query)
    else:
        form, name = "graph", _accepted(job.graph, form="CONSTRUCT or DESCRIBE")
        write_graph(result, name=name, meter=meter, prefixes=prefixes)
    content_type = BY_NAME[name].content_type
    pieces.end({"form": form, "format": name, "content_type": content_type, "rows": meter.rows, "cut": meter.cut})


def _accepted(name: str | None, *, form: str) -> str:
    if name is None:
        raise NotAcceptableError(f"The Accept header allows no format in which a {form} result can be given.")
    return name


def _require_graph(graph: str, *, store: ox.Store) -> None:
    if not store.contains_named_graph(ox.NamedNode(graph)):
        raise RefusedError(
            f"FROM <{graph}> is not a graph of this dataset, and nothing is fetched.",
            remedy="SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } lists the graphs.",
        )


def _report(connection: socket, *, error: Exception, kind: str) -> None:
    message = error.message if isinstance(error, QueryError) else str(error)
    remedy = error.remedy if isinstance(error, QueryError) else ""
    send(connection, Kind.ERROR, pack({"kind": kind, "message": message, "remedy": remedy}))


def work(connection: socket, *, store: ox.Store, memory: int) -> None:
    """Lock the process in, say that it is ready, serve."""
    from policygraph.sparql.prefixes import PREFIXES

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with connection:
        locks = confine(memory=memory)
        send(connection, Kind.READY, pack({"locks": locks, "triples": len(store)}))
        serve(connection, store=store, prefixes=PREFIXES)


def main(arguments: list[str]) -> None:
    """Open the store on disk and work."""
    connection, path, memory = socket(fileno=int(arguments[0])), arguments[1], int(arguments[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        store = ox.Store.read_only(path)
    except OSError as error:
        _report(connection, error=error, kind="failed")
        sys.exit(1)
    work(connection, store=store, memory=memory)


if __name__ == "__main__":
    main(sys.argv[1:])
