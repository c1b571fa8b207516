"""Where the work on documents runs: here, in a pool of processes, or on a cluster (`policygraph.cluster`).

`Executor` is the seam: anything that maps a function over items and gives the results in the items' order. Results never
depend on which one was used or on the number of workers.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: The module that workers begin with.
PRELOADED = "policygraph.build.preload"
#: Less work than this (bytes of source files) is done on one core before a pool has started and shared it out.
SMALL_WORK = 1_500_000


class Executor(Protocol):
    """Maps a function over items. `died` gives the result for an item whose worker process died on it."""

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, died: Callable[[Item], Result]
    ) -> Iterator[Result]:
        """The results in the order of the items; items are taken only as workers become free."""
        ...


class Executors(Protocol):
    """Gives the executor that suits `work` bytes in `items` pieces."""

    def __call__(self, work: int, *, items: int) -> Executor: ...


class SerialExecutor:
    """Everything in this process, one after the other."""

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, died: Callable[[Item], Result]
    ) -> Iterator[Result]:
        del died  # this process cannot outlive itself
        yield from map(function, items)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessExecutor:
    """A pool of worker processes; at most `workers * in_flight` items are out at once.

    Function and items are pickled, so the function is one of a module. A worker that dies (killed for its memory, a
    crash in native code) takes the pool with it; the items that were out are then tried again one by one, each in a
    process of its own, and only the one that kills its process again is given to `died`.
    """

    workers: int
    in_flight: int = 4

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, died: Callable[[Item], Result]
    ) -> Iterator[Result]:
        source = iter(items)
        while True:
            out: deque[tuple[Item, Future[Result]]] = deque()
            pool = _pool(self.workers)
            try:
                while True:
                    while len(out) < self.workers * self.in_flight:
                        item = next(source, _NOTHING)
                        if isinstance(item, _Nothing):
                            break
                        try:
                            out.append((item, pool.submit(function, item)))
                        except BrokenProcessPool:  # a worker has died since: tried again with those that are out
                            out.append((item, Future()))
                            raise
                    if not out:
                        return
                    result = out[0][1].result()
                    out.popleft()
                    yield result
            except BrokenProcessPool:
                pass
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
            for item, _ in out:
                yield _alone(function, item, died=died)


def executor_for(work: int, *, items: int, workers: int, in_flight: int) -> Executor:
    """The executor that suits `work` bytes in `items` files; `workers` 0 takes one for each core.

    >>> type(executor_for(200_000, items=5, workers=0, in_flight=4)).__name__
    'SerialExecutor'
    """
    wanted = min(workers or _cores(), items)
    if wanted < 2 or (workers == 0 and work < SMALL_WORK):
        return SerialExecutor()
    return ProcessExecutor(workers=wanted, in_flight=in_flight)


class _Nothing:
    pass


_NOTHING = _Nothing()


def _alone(function: Callable[[Item], Result], item: Item, *, died: Callable[[Item], Result]) -> Result:
    with _pool(1) as pool:
        try:
            return pool.submit(function, item).result()
        except BrokenProcessPool:
            return died(item)


def _pool(workers: int) -> ProcessPoolExecutor:
    # A forked child of a process with threads (a progress bar has one) can deadlock; the fork server has none.
    context = get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])  # heeded by the first pool: the server lives as long as this process
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


def _start_worker() -> None:
    """End at once on Ctrl-C, without a trace on the terminal, and with the parent: killed, it cannot end its workers."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
