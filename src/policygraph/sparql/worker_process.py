"""One query worker as the service sees it: a process, a socket, and a kill.

A worker has at most one job, and `reply` is its answer; once it was killed, or its socket has closed, it gets no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self, cast

from policygraph.errors import PolicyGraphError
from policygraph.sparql.frames import HEADER, Job, Kind, frame
from policygraph.sparql.nursery_process import Child, NurseryProcess, worker_environment

#: A result up to this size stays in memory; a larger one goes to a file without a name.
IN_MEMORY = 1 << 20
#: Within so long a worker must say that it is ready: it takes half a second, and some where the machine has other work.
_START_SECONDS = 20.0


class WorkerDiedError(PolicyGraphError):
    """The worker process ended in the middle of a query. `signal` is what ended it."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"The query worker ended with status {status}.")
        self.signal = -status if status is not None and status < 0 else None


class AnswerError(PolicyGraphError):
    """The worker refused or failed; `kind` is malformed, refused, not acceptable, no store, memory or failed."""

    def __init__(self, kind: str, message: str, *, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.kind = kind


@dataclass(slots=True, kw_only=True)
class Answer:
    """A whole result, at its first byte, how long it took, and what it was read from: `columns`, `store` or `graph store`.
    Close it."""

    form: str
    format: str
    content_type: str
    body: IO[bytes]
    size: int
    rows: int
    cut: str | None
    by: str
    seconds: float = 0.0

    def close(self) -> None:
        self.body.close()


class _Wire(asyncio.Protocol):
    """The service's end of a worker's socket: puts frames together into answers.

    A protocol and no streams, because what stands between a query of 0.2 ms and its client counts.
    """

    def __init__(self) -> None:
        self.ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.open = True
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.reply: asyncio.Future[Answer] | None = None
        self.body: IO[bytes] = BytesIO()
        self.size = 0
        self.received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def ask(self, job: Job, *, seconds: float) -> asyncio.Future[Answer]:
        """Send `job`; its answer, later."""
        self.reply = asyncio.get_running_loop().create_future()
        self.body, self.size = BytesIO(), 0
        self.transport.write(frame(Kind.JOB, job.pack(seconds=seconds)))
        return self.reply

    def data_received(self, data: bytes) -> None:
        self.received += data
        at, have = 0, len(self.received)
        while have - at >= HEADER.size:
            kind, length = HEADER.unpack_from(self.received, at)
            begin = at + HEADER.size
            if have - begin < length:
                break
            at = begin + length
            self._take(Kind(kind), bytes(self.received[begin:at]))
        del self.received[:at]

    def _take(self, kind: Kind, payload: bytes) -> None:
        if kind is Kind.DATA:
            if self.size <= IN_MEMORY < self.size + len(payload):
                file = cast("IO[bytes]", TemporaryFile())  # noqa: SIM115 - closed by whoever gets the answer
                file.write(cast(BytesIO, self.body).getbuffer())
                self.body = file
            self.size += self.body.write(payload)
            return
        said = json.loads(payload)
        if not self.ready.done():
            if kind is Kind.READY:
                self.ready.set_result(said)
            else:
                self.ready.set_exception(AnswerError("failed", said["message"], remedy="Build again."))
        elif self.reply is None or self.reply.done():
            self.body.close()
        elif kind is Kind.END:
            self.body.seek(0)
            self.reply.set_result(Answer(**said, body=self.body, size=self.size))
        elif kind is Kind.ERROR:
            self.body.close()
            self.reply.set_exception(AnswerError(said["kind"], said["message"], remedy=said["remedy"]))

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.open = False
        self.lost.set_result(None)


class WorkerProcess:
    """Starts with `start`, answers one job at a time with `answer`, ends with `kill`."""

    def __init__(self, process: asyncio.subprocess.Process | Child, wire: _Wire) -> None:
        self.process, self.wire = process, wire
        self.locks: tuple[str, ...] = ()
        self.killed = False
        self.end = asyncio.create_task(self._ended())

    @property
    def alive(self) -> bool:
        return self.process.returncode is None and self.wire.open and not self.killed

    @property
    def in_memory(self) -> bool:
        """Whether it has the graph in memory."""
        return isinstance(self.process, Child)

    @classmethod
    async def start(cls, store: Path | str, *, memory: int, columns: Sequence[str] = ()) -> Self:
        """A worker that has opened `store`, and the columns of its release (their folder, base IRI and graph), and waits for a job."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "policygraph.sparql.worker", str(theirs.fileno()), str(store), str(memory), *columns,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=worker_environment(),
                start_new_session=True,  # Ctrl-C in the terminal is for the service alone
            )  # fmt: skip
        return await cls._meet(process, ours, place=str(store))

    @classmethod
    async def fork(cls, nursery: NurseryProcess, *, memory: int) -> Self:
        """A worker that shares the graph in the memory of `nursery`; OSError when that has ended."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await nursery.fork(theirs, memory=memory)
            except BaseException:
                ours.close()
                raise
        return await cls._meet(process, ours, place="the graph in memory")

    @classmethod
    async def _meet(cls, process: asyncio.subprocess.Process | Child, connection: socket.socket, *, place: str) -> Self:
        connection.setblocking(False)
        _, wire = await asyncio.get_running_loop().create_unix_connection(_Wire, sock=connection)
        worker = cls(process, wire)
        try:
            async with asyncio.timeout(_START_SECONDS):
                said = await wire.ready
        except (TimeoutError, WorkerDiedError) as error:
            await worker.kill()
            raise AnswerError("failed", f"A query worker did not start on {place}.", remedy="See the log.") from error
        except AnswerError as error:
            await worker.kill()
            raise AnswerError("failed", f"A query worker cannot open {place}: {error.message}.", remedy="Build again.") from error
        except BaseException:
            await worker.kill()
            raise
        worker.locks = tuple(said["locks"])
        return worker

    def answer(self, job: Job, *, seconds: float) -> asyncio.Future[Answer]:
        """The result of `job`, whole, at its end. `kill` to stop it: nothing else does."""
        return self.wire.ask(job, seconds=seconds)

    def nice(self) -> None:
        """Let quick queries go first."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, 10)

    async def kill(self) -> None:
        """End the process now, whatever it does, and reap it."""
        self.killed = True
        self.wire.transport.abort()
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
        await self.end

    async def _ended(self) -> None:
        """Wait for the end of the process and tell whoever waits for a word from it."""
        await self.wire.lost
        status = await self.process.wait()
        for promise in (self.wire.ready, self.wire.reply):
            if promise is not None and not promise.done():
                promise.set_exception(WorkerDiedError(status))
