"""The program that holds the graph in memory and brings forth workers by fork: they share its pages.

Run by `policygraph.sparql.nursery_process` as `python -m policygraph.sparql.nursery FD GRAPH`. In memory the engine answers
several times as fast as from disk, and a forked worker is there in milliseconds where a new process takes fifty. This
process runs no query itself, so it stays as it was loaded; it has one thread, as whoever forks should.

It takes orders on its socket, a line of JSON each: `{"memory": N}` together with the socket of the new worker, and
`{"kill": PID}`. It says `{"ready": statements}`, `{"born": PID}` and `{"ended": PID, "status": STATUS}`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from pathlib import Path
from select import select
from socket import recv_fds, socket, socketpair

import pyoxigraph as ox

from policygraph.graph.quads import graph_files, open_quads
from policygraph.sparql.frames import send_order
from policygraph.sparql.gate import preload
from policygraph.sparql.sandbox import die_with_parent
from policygraph.sparql.sources import EmbeddedSource
from policygraph.sparql.worker import work

#: Longest order and report: two numbers and a word; what carries data goes through the sockets that are handed over.
_ORDER_BYTES = 4096


class Nursery:
    """The loop: fork, kill and bury as told, until the other side closes."""

    def __init__(self, connection: socket, store: ox.Store) -> None:
        self.connection, self.store = connection, store
        self.children: set[int] = set()
        self.orders = b""
        self.sockets: list[int] = []

    def run(self) -> None:
        deaths, woken = socketpair()
        deaths.setblocking(False)
        woken.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken.fileno())
        while True:
            ready = select([self.connection, deaths], [], [])[0]
            if deaths in ready:
                deaths.recv(_ORDER_BYTES)
                self._bury()
            if self.connection in ready and not self._take():
                return

    def _take(self) -> bool:
        """Obey what has come; False when the other side has closed."""
        data, sockets, _, _ = recv_fds(self.connection, _ORDER_BYTES, 16)
        self.sockets += sockets
        *lines, self.orders = (self.orders + data).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "kill" in order:
                if order["kill"] in self.children:
                    os.kill(order["kill"], signal.SIGKILL)
            else:
                self._fork(self.sockets.pop(0), memory=order["memory"])
        return bool(data)

    def _fork(self, descriptor: int, *, memory: int) -> None:
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.connection.close()
            for other in self.sockets:
                os.close(other)
            try:
                work(socket(fileno=descriptor), source=EmbeddedSource(self.store), memory=memory)
            finally:
                os._exit(0)  # whatever happens, a worker never goes on as a nursery
        os.close(descriptor)
        self.children.add(child)
        send_order(self.connection, {"born": child})

    def _bury(self) -> None:
        while self.children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            self.children.discard(child)
            send_order(self.connection, {"ended": child, "status": os.waitstatus_to_exitcode(status)})


def main(arguments: list[str]) -> None:
    """Load the graph, then bring forth workers."""
    descriptor, graph = int(arguments[0]), arguments[1]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    store = ox.Store()
    for path in graph_files(Path(graph)):
        with open_quads(path) as lines:
            store.bulk_load(lines, format=ox.RdfFormat.N_QUADS)
    preload()
    gc.collect()
    gc.freeze()  # collections in the workers would copy the pages they share
    with socket(fileno=descriptor) as connection:
        send_order(connection, {"ready": len(store)})
        Nursery(connection, store).run()


if __name__ == "__main__":
    main(sys.argv[1:])
