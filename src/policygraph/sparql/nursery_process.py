"""The nursery as the service sees it: a process that holds the graph in memory and gives workers.

Each worker is in `children` from its birth until its death was reported, and births are reported in the order in which
they were asked for. When the nursery ends, its workers end with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections import deque
from pathlib import Path
from typing import Any, Self

from policygraph.sparql.frames import send_order

#: Within so long the graph must be in memory: the largest graph that goes there (`memory_statements`) takes a
#: small part of it, also on a machine with other work.
_START_SECONDS = 300.0


def worker_environment() -> dict[str, str]:
    """What the programs of the workers need, and nothing of what the service knows (tokens, proxies)."""
    path = os.pathsep.join((str(Path(__file__).parents[2]), *filter(None, sys.path)))
    return {"PYTHONPATH": path, "LANG": "C.UTF-8"}


class Child:
    """A forked worker, with what is used of asyncio's Process."""

    def __init__(self, pid: int, nursery: NurseryProcess) -> None:
        self.pid, self.nursery = pid, nursery
        self.returncode: int | None = None
        self.over = asyncio.Event()

    def kill(self) -> None:
        self.nursery.kill_child(self.pid)

    async def wait(self) -> int:
        await self.over.wait()
        return self.returncode or 0

    def ended(self, status: int) -> None:
        self.returncode = status
        self.over.set()


class NurseryProcess(asyncio.Protocol):
    """Starts with `start`, gives workers with `fork`, ends, and they with it, with `kill`."""

    process: asyncio.subprocess.Process

    def __init__(self, orders: socket.socket) -> None:
        self.orders = orders
        self.ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.births: deque[asyncio.Future[Child]] = deque()
        self.children: dict[int, Child] = {}
        self.open = True
        self.said = b""

    @classmethod
    async def start(cls, graph: Path) -> Self:
        """A nursery that has loaded the N-Quads in `graph`; OSError when it does not come up."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "policygraph.sparql.nursery", str(theirs.fileno()), str(graph),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=worker_environment(),
                start_new_session=True,
            )  # fmt: skip
        ours.setblocking(False)
        orders = ours.dup()  # the transport keeps its socket for itself, and cannot send sockets
        _, nursery = await asyncio.get_running_loop().create_unix_connection(lambda: cls(orders), sock=ours)
        nursery.process = process
        try:
            async with asyncio.timeout(_START_SECONDS):
                await nursery.ready
        except BaseException:
            await nursery.kill()
            raise
        return nursery

    async def fork(self, connection: socket.socket, *, memory: int) -> Child:
        """A worker that serves `connection`."""
        birth: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self.births.append(birth)
        send_order(self.orders, {"memory": memory}, descriptors=(connection.fileno(),))
        return await birth

    def kill_child(self, pid: int) -> None:
        if self.open:
            send_order(self.orders, {"kill": pid})

    async def kill(self) -> None:
        """End the nursery and its workers, and reap it."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        self.transport.close()
        self.orders.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self.said = (self.said + data).split(b"\n")
        for line in lines:
            self._hear(json.loads(line))

    def _hear(self, word: dict[str, Any]) -> None:
        if "ready" in word:
            if not self.ready.done():
                self.ready.set_result(word["ready"])
        elif "born" in word:
            child = self.children[word["born"]] = Child(word["born"], self)
            birth = self.births.popleft()
            if not birth.done():  # else nobody waits any more, and the worker sees its socket closed
                birth.set_result(child)
        elif word["ended"] in self.children:
            self.children.pop(word["ended"]).ended(word["status"])

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        gone = OSError(f"The process that holds the graph in memory has ended ({error or 'killed'}).")
        if not self.ready.done():
            self.ready.set_exception(gone)
        for birth in self.births:
            if not birth.done():
                birth.set_exception(gone)
        for child in self.children.values():
            child.ended(-signal.SIGKILL)  # they end with it
        self.children.clear()
