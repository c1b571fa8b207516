"""Executors: the same results wherever the work runs, and one bad item costs itself alone."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from policygraph.executor import ProcessExecutor, SerialExecutor, executor_for

pytestmark = pytest.mark.slow

THREADS = Path("/proc/self/task")


def square(number):
    time.sleep(0.001 * (number % 3))  # so that workers finish out of order
    return number * number


def die_on_seven(number):
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def threads_of_products(_):
    """The threads of this process that numpy began for its products."""
    import numpy

    before = len(list(THREADS.iterdir()))
    table = numpy.ones((600, 600), numpy.float32)
    (table @ table).sum()
    return os.environ.get("OPENBLAS_NUM_THREADS"), len(list(THREADS.iterdir())) - before


def gone(number):
    return f"died on {number}"


@pytest.mark.parametrize("executor", [SerialExecutor(), ProcessExecutor(workers=1), ProcessExecutor(workers=3, in_flight=2)])
def test_results_keep_the_order_whatever_the_workers(executor):
    assert list(executor.map(square, range(30), died=gone)) == [n * n for n in range(30)]


def test_only_the_item_that_kills_its_worker_is_lost():
    results = list(ProcessExecutor(workers=2).map(die_on_seven, range(12), died=gone))
    assert results == [0, 1, 2, 3, 4, 5, 6, "died on 7", 8, 9, 10, 11]


def test_item_that_comes_when_the_pool_has_just_broken_is_not_lost():
    def items():
        yield 7
        time.sleep(1)  # by then the pool knows, as a rule, that its worker is dead, and takes nothing more
        yield from range(8, 11)

    results = list(ProcessExecutor(workers=2).map(die_on_seven, items(), died=gone))
    assert results == ["died on 7", 8, 9, 10]


@pytest.mark.skipif(not THREADS.is_dir(), reason="threads are counted in /proc")
def test_workers_multiply_on_one_thread_each():
    """Two workers of two threads on two cores wait for each other: six times slower."""
    assert list(ProcessExecutor(workers=2).map(threads_of_products, range(2), died=gone)) == [("1", 0)] * 2


def test_items_are_taken_as_workers_become_free():
    taken = itertools.count()
    source = (next(taken) for _ in range(100))
    results = ProcessExecutor(workers=2, in_flight=3).map(square, source, died=gone)
    next(results)
    assert next(taken) <= 7
    results.close()


@pytest.mark.parametrize(
    ("work", "items", "workers", "kind"),
    [(100, 5, 0, SerialExecutor), (10**9, 1, 0, SerialExecutor), (100, 5, 2, ProcessExecutor), (10**9, 9, 1, SerialExecutor)],
)
def test_executor_suits_the_work(work, items, workers, kind):
    assert isinstance(executor_for(work, items=items, workers=workers, in_flight=4), kind)


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, sys, time\n"
        "from policygraph.executor import ProcessExecutor\n"
        "def slow(n):\n"
        "    open(f'{sys.argv[1]}/{os.getpid()}', 'w').close()\n"
        "    time.sleep(3600)\n"
        "if __name__ == '__main__':\n"
        "    list(ProcessExecutor(workers=2).map(slow, range(4), died=slow))\n"
    )
    marks = tmp_path / "marks"
    marks.mkdir()
    parent = subprocess.Popen([sys.executable, str(script), str(marks)])
    limit = time.monotonic() + 300  # for a hang; a busy machine may take a while
    while len(list(marks.iterdir())) < 2 and time.monotonic() < limit:
        time.sleep(0.05)
    workers = [int(mark.name) for mark in marks.iterdir()]
    assert len(workers) == 2
    parent.kill()
    parent.wait()
    while any(os.path.exists(f"/proc/{worker}") for worker in workers) and time.monotonic() < limit:  # noqa: PTH110
        time.sleep(0.05)
    assert not [worker for worker in workers if os.path.exists(f"/proc/{worker}")]  # noqa: PTH110
