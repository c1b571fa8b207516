"""The workers, and who gets one when.

Half of the workers are for quick queries. Every query starts on one of those; one that is not done within
`quick_seconds`, shared with the clients that wait, moves, still running, to the other half if there is room, so that its
worker counts as a long one and a quick one is free again. Where there is no room and another client waits, it is stopped
and run again from the start when there is. So a hundred hopeless queries keep each other waiting, and those that take
milliseconds only for a moment; and clients take turns, those that used least time lately first, so that the hundred of
one client keep no other client waiting, nor a hundred clients one that is new.

A worker is killed when its query reaches the deadline or its client hangs up, and retired after a long query: killing
is the only stop the engine has, and a fresh process gives memory back.

The first workers read columns and store on disk, so that a release is in service at once. Where a large release has no store
yet, the first query that the columns do not tell has it made, in a process beside, and is told to come back. Then the graph is
loaded into the memory of one more process, the nursery; when it is there, workers forked from it take the place of the first.

Each worker in `all` is idle or runs one query. With those that are coming they are `size`, and more only while workers in
memory take the place of the first. A place of `quick` or `long` is given back however its query ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from policygraph.errors import LimitError, QueryError
from policygraph.settings import Settings, limit_reached
from policygraph.sparql.frames import Job
from policygraph.sparql.nursery_process import NurseryProcess, worker_environment
from policygraph.sparql.place import Place
from policygraph.sparql.slots import Slots
from policygraph.sparql.worker_process import Answer, AnswerError, WorkerDiedError, WorkerProcess

logger = logging.getLogger("policygraph.sparql")
#: Share of its deadline from which a query is said to be near it.
_NEAR = 0.5
#: The way out for a query that is too slow for the embedded engine.
_FASTER = "Virtuoso would take it: policygraph virtuoso, push, serve --graph-store."
#: Between two tries to start a worker: often enough to be back soon, seldom enough to cost nothing while memory is short.
_RETRY_SECONDS = 1.0
#: Between two looks at a quick query that runs: a tenth of `quick_seconds` as it comes, so that a turn ends in time.
_SLICE_SECONDS = 0.05
#: Statements that the engine loads in a second, on a machine with other work: what a client is told to wait by.
_LOADED_A_SECOND = 30_000
#: Clients whose budgets are remembered (2 MB), the latest; one that is forgotten has its minute anew.
_CLIENTS = 10_000


class TooSlowError(LimitError):
    """The query reached its deadline and was killed."""


class BusyError(LimitError):
    """No worker became free in time; `retry_after` is when to come back (seconds)."""

    def __init__(self, error: LimitError, *, retry_after: float) -> None:
        super().__init__(error.message, remedy=error.remedy)
        self.retry_after = retry_after


class BudgetSpentError(BusyError):
    """The client has used up its query time."""


class NotYetError(BusyError):
    """The store of a large release is being made."""


class TooMuchMemoryError(LimitError):
    """The query needed more memory than a worker may take."""


@dataclass(slots=True)
class Budget:
    """Query time that each client has left: refilled at `a_minute` seconds a minute, at most a minute's worth."""

    a_minute: float
    #: time left, time used lately, and when that was so
    accounts: OrderedDict[str, tuple[float, float, float]]

    @classmethod
    def of(cls, a_minute: float) -> Self:
        return cls(a_minute, OrderedDict())

    def left(self, client: str) -> float:
        """Seconds left now; negative when overdrawn."""
        if not self.a_minute:
            return float("inf")
        left, _, since = self.accounts.get(client, (self.a_minute, 0.0, 0.0))
        return min(self.a_minute, left + (time.monotonic() - since) * self.a_minute / 60)

    def lately(self, client: str) -> float:
        """Seconds used; what was used a minute ago counts half."""
        _, used, since = self.accounts.get(client, (0.0, 0.0, 0.0))
        return used * math.exp2((since - time.monotonic()) / 60)

    def spend(self, client: str, *, seconds: float) -> None:
        """Take from a client's time."""
        self.accounts[client] = (self.left(client) - seconds, self.lately(client) + seconds, time.monotonic())
        self.accounts.move_to_end(client)
        if len(self.accounts) > _CLIENTS:
            self.accounts.popitem(last=False)

    def wait(self, client: str) -> float:
        """Seconds until the client has time again."""
        return max(1.0, -self.left(client) * 60 / self.a_minute) if self.a_minute else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    job: Job
    client: str
    deadline: float
    give_up: float


@dataclass(slots=True, kw_only=True)
class _Run:
    worker: WorkerProcess
    reply: asyncio.Future[Answer]
    deadline: float
    long: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it has neither come to an end nor to its deadline."""
        return not self.reply.done() and asyncio.get_running_loop().time() < self.deadline

    async def wait(self, seconds: float) -> None:
        left = self.deadline - asyncio.get_running_loop().time()
        await asyncio.wait({self.reply}, timeout=max(0.0, min(seconds, left)))

    async def wait_long(self) -> None:
        self.long = True
        self.worker.nice()
        await self.wait(float("inf"))


def slowness(seconds: float, settings: Settings) -> str | None:
    """What is said of an answer that came near the deadline of queries, with the way out; None of one that did not.

    >>> slowness(6.2, Settings())
    '6.2 of 10 s; Virtuoso would take it: policygraph virtuoso, push, serve --graph-store.'
    """
    if settings.graph_store or seconds < settings.query_seconds * _NEAR:
        return None
    return f"{seconds:.1f} of {settings.query_seconds:g} s; {_FASTER}"


class Pool:
    """Workers on one store, in a folder or behind the address of a SPARQL endpoint. `start` before use, `close` after;
    `move_to_memory` between them makes it faster. The store may be missing where `graph`, N-Quads of so many `statements`,
    says what it has to hold; `columns` hold its records."""

    def __init__(
        self, store: Path | str, *, settings: Settings, budget: Budget | None = None, graph: Path | None = None, statements: int = 0,
        columns: Place | None = None,
    ) -> None:  # fmt: skip
        self.store, self.settings = store, settings
        self.columns: Sequence[str] = columns or ()
        self.made_of, self.statements = graph, statements
        self.making: asyncio.Task[None] | None = None
        self.nursery: NurseryProcess | None = None
        self.graph: Path | None = None
        self.budget = budget or Budget.of(settings.client_seconds)
        self.size = max(2, settings.query_workers)
        self.quick = Slots(self.size - self.size // 2, used=self.budget.lately)
        self.long = Slots(self.size // 2, used=self.budget.lately)
        # the last one used goes first: its caches are warm
        self.idle: asyncio.LifoQueue[WorkerProcess] = asyncio.LifoQueue()
        self.all: set[WorkerProcess] = set()
        self.coming = 0
        self.starting: set[asyncio.Task[None]] = set()
        self.burials: set[asyncio.Task[None]] = set()
        self.killed = 0
        self.closed = False

    async def start(self) -> None:
        """Start the workers; returns when the first is ready, raises when it cannot be. Without columns and store there are
        none yet."""
        if self.is_missing and not self.columns:
            return
        await self._start_one()
        self._refill()

    async def move_to_memory(self, graph: Path) -> None:
        """Have the workers answer from memory, into which `graph` (N-Quads) is loaded once for all of them."""
        if sys.platform != "linux":
            return
        self.graph = graph
        try:
            nursery = await NurseryProcess.start(graph)
        except (OSError, TimeoutError) as error:
            logger.warning("SPARQL queries are answered from disk: %s", error)
            return
        if self.closed:
            await nursery.kill()
            return
        self.nursery = nursery
        for _ in range(self.size):
            await self._replace()
        for worker in [self.idle.get_nowait() for _ in range(self.idle.qsize())]:
            if worker.in_memory:
                self.idle.put_nowait(worker)
            else:
                self._retire(worker)  # those at work go when they have answered

    async def close(self) -> None:
        """End every worker; queries that still run fail."""
        self.closed = True
        makers = [self.making] if self.making else []
        for start in (*self.starting, *makers):
            start.cancel()
        await asyncio.gather(*self.starting, *makers, return_exceptions=True)
        if self.nursery is not None:
            await self.nursery.kill()
        await asyncio.gather(*self.burials, *(worker.kill() for worker in self.all), return_exceptions=True)
        self.all.clear()

    @property
    def is_missing(self) -> bool:
        """Whether the store has to be made first."""
        return self.nursery is None and self.made_of is not None and isinstance(self.store, Path) and not self.store.is_dir()

    @property
    def ready(self) -> bool:
        return not self.closed and (self.is_missing or any(worker.alive for worker in self.all))

    @property
    def waiting(self) -> int:
        """Queries that wait for a place."""
        return self.quick.queue() + self.long.queue()

    @property
    def in_memory(self) -> bool:
        """Whether new workers have the graph in memory."""
        return self.nursery is not None and self.nursery.open

    async def answer(self, job: Job, *, client: str) -> Answer:
        """The whole result of `job`, or the error that says which limit stopped it."""
        if self.quick.queued(client) + self.long.queued(client) >= max(1, self.settings.query_queue / 2):
            raise self.busy("query_queue")
        self.refuse_overdrawn(client)
        if not self.all and (self.is_missing or self.making):
            raise self._not_yet()
        self._refill()  # another program may have made the store
        started = asyncio.get_running_loop().time()
        turn = _Turn(
            job=job,
            client=client,
            deadline=started + self.settings.query_seconds,
            give_up=started + self.settings.query_seconds / 2,
        )
        # whoever kills one worker may have killed all that are idle, so each of them may be met once
        for left in range(self.size, -1, -1):
            try:
                answer = await self._run_quick(turn) or await self._run_long(turn)
                answer.seconds = asyncio.get_running_loop().time() - started
                return answer
            except AnswerError as error:
                if error.kind == "no store":
                    raise self._not_yet() from error
                raise
            except WorkerDiedError as error:
                # killed from outside, or by the system for its memory: again; a crash of the engine would come again
                if error.signal == signal.SIGSEGV:
                    raise _too_deep() from error
                if error.signal != signal.SIGKILL or not left:
                    raise self._too_much_memory() from error
        raise self.busy("query_workers")

    def refuse_overdrawn(self, client: str) -> None:
        """Raise when a client has used up its time, and as much again."""
        if self.budget.left(client) < -self.budget.a_minute:
            raise self._spent(client)

    async def _run_quick(self, turn: _Turn) -> Answer | None:
        """The answer, or None when the query is a long one and has to wait its turn."""
        held = self.quick
        await self._acquire(held, turn=turn)
        try:
            async with self._run(turn, give_up=turn.give_up) as run:
                waited = 0.0
                while run.goes_on:
                    await run.wait(_SLICE_SECONDS)
                    waited += _SLICE_SECONDS
                    if waited < self.settings.quick_seconds / (1 + held.others(turn.client)) or not run.goes_on:
                        continue
                    if self.budget.left(turn.client) < 0:
                        raise self._spent(turn.client)
                    if not self.long.locked():
                        await self.long.acquire(turn.client)
                        held.release()
                        held = self.long
                        await run.wait_long()
                    elif held.others(turn.client):
                        return None
                return self._result(run)
        finally:
            held.release()

    async def _run_long(self, turn: _Turn) -> Answer:
        await self._acquire(self.long, turn=turn)
        try:
            async with self._run(turn, give_up=turn.deadline) as run:
                await run.wait_long()
                return self._result(run)
        finally:
            self.long.release()

    @contextlib.asynccontextmanager
    async def _run(self, turn: _Turn, *, give_up: float) -> AsyncIterator[_Run]:
        """The query running on a worker of its own; at the end the worker goes back, or to its grave."""
        now = asyncio.get_running_loop().time
        worker = await self._take(give_up)
        started = now()
        reply = worker.answer(turn.job, seconds=turn.deadline - started)
        run = _Run(worker=worker, reply=reply, deadline=turn.deadline)
        try:
            yield run
        finally:
            self.budget.spend(turn.client, seconds=now() - started)
            if reply.done() and not run.long and worker.alive and worker.in_memory == self.in_memory:
                self.idle.put_nowait(worker)
            else:
                reply.cancel()
                self._retire(worker)

    def _result(self, run: _Run) -> Answer:
        if not run.reply.done():
            self.killed += 1
            raise self._too_slow()
        return run.reply.result()

    def _retire(self, worker: WorkerProcess) -> None:
        self.all.discard(worker)
        _keep(worker.kill(), self.burials)
        self._refill()

    def _refill(self) -> None:
        """Start as many workers as are missing."""
        while len(self.all) + self.coming < self.size and not self.closed:
            self.coming += 1
            _keep(self._come(), self.starting)

    async def _come(self) -> None:
        try:
            await self._replace()
        finally:
            self.coming -= 1
            self._refill()

    async def _acquire(self, slots: Slots, *, turn: _Turn) -> None:
        if not slots.locked():
            await slots.acquire(turn.client)  # at once
            return
        if slots.queue() >= self.settings.query_queue:
            raise self.busy("query_queue")
        try:
            async with asyncio.timeout_at(turn.give_up):
                await slots.acquire(turn.client)
        except TimeoutError as error:
            raise self.busy("query_workers") from error

    async def _take(self, give_up: float) -> WorkerProcess:
        while True:
            try:
                worker = self.idle.get_nowait()
            except asyncio.QueueEmpty:
                worker = await self._next_idle(give_up)
            if worker.alive:
                return worker
            self._retire(worker)

    async def _next_idle(self, give_up: float) -> WorkerProcess:
        try:
            async with asyncio.timeout_at(give_up):
                return await self.idle.get()
        except TimeoutError as error:
            raise self.busy("query_workers") from error

    async def _start_one(self) -> None:
        memory = self.settings.worker_memory
        if self.nursery is not None and self.nursery.open:
            worker = await WorkerProcess.fork(self.nursery, memory=memory)
        else:
            if self.nursery is not None and self.graph is not None:
                logger.warning("the process that holds the graph in memory has ended; it is started again")
                _keep(self.nursery.kill(), self.burials)
                self.nursery = None
                _keep(self.move_to_memory(self.graph), self.starting)
            worker = await WorkerProcess.start(self.store, memory=memory, columns=self.columns)
        self.all.add(worker)
        if self.closed:
            await worker.kill()
            return
        self.idle.put_nowait(worker)

    def _not_yet(self) -> NotYetError:
        """Have the store made; the error for who asked for it."""
        if self.making is None:
            self.making = asyncio.create_task(self._make())
        seconds = max(5, self.statements // _LOADED_A_SECOND)
        said = f"The SPARQL store of these {self.statements:,} statements is being made, once; it takes about {seconds} s"
        return NotYetError(LimitError(f"{said}.", remedy="Ask again then; everything else answers meanwhile."), retry_after=seconds)

    async def _make(self) -> None:
        """Make the store in a process of its own, behind all others, and start the workers on it."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "policygraph.graph.parts", str(self.made_of), str(self.store),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
                env=worker_environment(), start_new_session=True,
            )  # fmt: skip
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, 10)
            try:
                _, said = await process.communicate()
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
            if process.returncode:
                logger.error("the SPARQL store was not made: %s", said.decode("utf-8", "replace").strip()[-500:])
        finally:
            self.making = None
        if not self.is_missing:  # else who asks next has it tried again
            self._refill()

    async def _replace(self) -> None:
        while not self.closed:
            try:
                await self._start_one()
                return
            except (AnswerError, OSError) as error:
                logger.warning("%s", error)
                await asyncio.sleep(_RETRY_SECONDS)

    def _too_slow(self) -> TooSlowError:
        error = limit_reached("query_seconds", settings=self.settings, what="The query was stopped")
        return TooSlowError(error.message, remedy=error.remedy if self.settings.graph_store else f"{error.remedy} {_FASTER}")

    def _too_much_memory(self) -> TooMuchMemoryError:
        what = "The query broke its worker, as one does that needs too much memory"
        error = limit_reached("worker_memory", settings=self.settings, what=what)
        return TooMuchMemoryError(error.message, remedy=error.remedy)

    def busy(self, name: str) -> BusyError:
        """The error for a client that comes when a limit is reached."""
        what = "Too many queries wait or run already"
        return BusyError(limit_reached(name, settings=self.settings, what=what), retry_after=self.settings.query_seconds / 2)

    def _spent(self, client: str) -> BudgetSpentError:
        error = limit_reached("client_seconds", settings=self.settings, what="Your query time of this minute is used up")
        return BudgetSpentError(error, retry_after=self.budget.wait(client))


def _too_deep() -> QueryError:
    """The error for a query that overflowed the engine's stack; a chain of operators nests as brackets do."""
    return QueryError(
        "The query is nested too deeply for the engine.",
        remedy="Write it flatter: VALUES or several queries in place of a long chain of OPTIONAL, UNION or operators.",
    )


def _keep(work: Coroutine[None, None, None], tasks: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
