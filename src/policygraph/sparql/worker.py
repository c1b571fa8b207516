"""The program of a query worker: one read-only store, one query at a time, no network.

Run as `python -m policygraph.sparql.worker FD STORE MEMORY [COLUMNS BASE_IRI GRAPH]`, or forked by `policygraph.sparql.nursery` with the store in
memory. It says that it is ready and answers jobs until its socket closes. It is killed at the deadline of a query: the engine has no other stop.
The alarm is for the case that whoever should kill it is gone.
"""

from __future__ import annotations

import signal
import sys
from math import ceil
from pathlib import Path
from select import select
from socket import socket

import pyoxigraph as ox

from policygraph.errors import PolicyGraphError, QueryError, ReleaseError
from policygraph.graph.store import EndpointStore
from policygraph.sparql.formats import BY_NAME
from policygraph.sparql.frames import PIECE, Job, Kind, frame, pack, receive, send
from policygraph.sparql.gate import RefusedError, preload
from policygraph.sparql.place import Place
from policygraph.sparql.sandbox import confine
from policygraph.sparql.serialise import Meter, write_boolean, write_graph, write_solutions
from policygraph.sparql.sources import EndpointSource, NoStoreError, ReleaseSource, Source
from policygraph.sparql.statistics import Solutions, Statistics

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


def serve(connection: socket, *, source: Source, prefixes: dict[str, str]) -> None:
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
            answer(job, connection=connection, source=source, prefixes=prefixes)
        except RefusedError as error:
            _report(connection, error=error, kind="refused")
        except NotAcceptableError as error:
            _report(connection, error=error, kind="not acceptable")
        except NoStoreError as error:
            _report(connection, error=error, kind="no store")
        except (QueryError, SyntaxError, ValueError, RecursionError) as error:
            _report(connection, error=error, kind="malformed")
        except (ReleaseError, OSError) as error:
            if isinstance(error, BrokenPipeError | ConnectionError):
                return
            _report(connection, error=error, kind="failed")
        except MemoryError as error:
            _report(connection, error=error, kind="memory")
            return
        signal.alarm(0)


def answer(job: Job, *, connection: socket, source: Source, prefixes: dict[str, str]) -> None:
    """Run one query and send its result."""
    reply = source.answer(job)
    pieces = _Pieces(connection)
    meter = Meter(pieces, rows=job.rows, size=job.size, cut=reply.cut)
    if isinstance(reply.result, bool):
        form, name = "boolean", _accepted(job.boolean, form="ASK")
        write_boolean(reply.result, name=name, sink=pieces)
    elif isinstance(reply.result, ox.QuerySolutions | Solutions):
        form, name = "solutions", _accepted(job.solutions, form="SELECT")
        write_solutions(reply.result, name=name, meter=meter, query=job.query)
    else:
        form, name = "graph", _accepted(job.graph, form="CONSTRUCT or DESCRIBE")
        write_graph(reply.result, name=name, meter=meter, prefixes=prefixes)
    content_type = BY_NAME[name].content_type
    pieces.end({"form": form, "format": name, "content_type": content_type, "rows": meter.rows, "cut": meter.cut, "by": reply.by})


def _accepted(name: str | None, *, form: str) -> str:
    if name is None:
        raise NotAcceptableError(f"The Accept header allows no format in which a {form} result can be given.")
    return name


def _report(connection: socket, *, error: Exception, kind: str) -> None:
    message = error.message if isinstance(error, PolicyGraphError) else str(error)
    remedy = error.remedy if isinstance(error, PolicyGraphError) else ""
    send(connection, Kind.ERROR, pack({"kind": kind, "message": message, "remedy": remedy}))


def work(connection: socket, *, source: Source, memory: int) -> None:
    """Lock the process in, say that it is ready, serve."""
    from policygraph.sparql.prefixes import PREFIXES

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with connection:
        locks = confine(memory=memory, network=isinstance(source, EndpointSource))
        send(connection, Kind.READY, pack({"locks": locks}))
        serve(connection, source=source, prefixes=PREFIXES)


def main(arguments: list[str]) -> None:
    """Open a release on disk, or a store behind an address, and work."""
    connection, place, memory = socket(fileno=int(arguments[0])), arguments[1], int(arguments[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source: Source
    if place.startswith(("http://", "https://")):
        source = EndpointSource(EndpointStore(place))
    else:
        source = release = ReleaseSource(Path(place), Statistics.open(Place(*arguments[3:])) if arguments[3:] else None)
        try:
            if release.place.is_dir() or not arguments[3:]:
                release.open()
        except OSError as error:
            _report(connection, error=error, kind="failed")
            sys.exit(1)
    work(connection, source=source, memory=memory)


if __name__ == "__main__":
    main(sys.argv[1:])
