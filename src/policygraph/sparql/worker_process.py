"""One query worker as the service sees it: a process, a socket, and a kill."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import policygraph
from policygraph.errors import PolicyGraphError
from policygraph.sparql.frames import HEADER, Job, Kind, read

#: A result up to this size stays in memory; a larger one goes to a file without a name.
IN_MEMORY = 1 << 20
_START_SECONDS = 20.0


class WorkerDiedError(PolicyGraphError):
    """The worker process ended in the middle of a query. `signal` is what ended it."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"The query worker ended with status {status}.")
        self.signal = -status if status is not None and status < 0 else None


class AnswerError(PolicyGraphError):
    """The worker refused or failed; `kind` is malformed, refused, not acceptable, memory or failed."""

    def __init__(self, kind: str, message: str, *, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.kind = kind


@dataclass(slots=True, kw_only=True)
class Answer:
    """A whole result, at its first byte. Close it."""

    form: str
    format: str
    content_type: str
    body: IO[bytes]
    size: int
    rows: int
    cut: str | None
    seconds: float = 0.0

    def close(self) -> None:
        self.body.close()


class WorkerProcess:
    """Starts with `start`, answers one job at a time with `answer`, ends with `kill`."""

    def __init__(self, process: asyncio.subprocess.Process, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.process = process
        self.reader, self.writer = streams
        self.locks: tuple[str, ...] = ()
        self.killed = False

    @property
    def alive(self) -> bool:
        return self.process.returncode is None and not self.killed

    @classmethod
    async def start(cls, store: Path, *, memory: int) -> Self:
        """A worker that has opened `store` and waits for a job."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "policygraph.sparql.worker", str(theirs.fileno()), str(store), str(memory),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={
                    "PYTHONPATH": os.pathsep.join((str(Path(policygraph.__file__).parent.parent), *filter(None, sys.path))),
                    "LANG": "C.UTF-8",
                },
                start_new_session=True,  # Ctrl-C in the terminal is for the service alone
            )  # fmt: skip
        ours.setblocking(False)
        worker = cls(process, await asyncio.open_unix_connection(sock=ours))
        try:
            async with asyncio.timeout(_START_SECONDS):
                kind, payload = await read(worker.reader)
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await worker.kill()
            raise AnswerError("failed", f"A query worker did not start on {store}.", remedy="See the log.") from error
        except BaseException:
            await worker.kill()
            raise
        said = json.loads(payload)
        if kind is not Kind.READY:
            await worker.kill()
            raise AnswerError("failed", f"A query worker cannot open {store}: {said['message']}.", remedy="Build again.")
        worker.locks = tuple(said["locks"])
        return worker

    async def answer(self, job: Job) -> Answer:
        """The result of `job`, whole. Cancel and `kill` to stop it: nothing else does."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        payload = job.pack()
        body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by whoever gets the answer
        try:
            self.writer.write(HEADER.pack(Kind.JOB, len(payload)) + payload)
            await self.writer.drain()
            head: dict[str, str] = {}
            while True:
                kind, payload = await read(self.reader)
                if kind is Kind.DATA:
                    body.write(payload)
                    continue
                said = json.loads(payload)
                if kind is Kind.HEAD:
                    head = said
                elif kind is Kind.ERROR:
                    raise AnswerError(said["kind"], said["message"], remedy=said["remedy"])
                elif kind is Kind.END:
                    break
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            body.close()
            raise WorkerDiedError(await self.process.wait()) from error
        except BaseException:
            body.close()
            raise
        size = body.tell()
        body.seek(0)
        return Answer(
            **head, body=body, size=size, rows=said["rows"], cut=said["cut"], seconds=loop.time() - started
        )

    def nice(self) -> None:
        """Let quick queries go first."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, 10)

    async def kill(self) -> None:
        """End the process now, whatever it does, and reap it."""
        self.killed = True
        self.writer.close()
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
