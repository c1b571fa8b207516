"""Work on the machines of a Ray cluster (the extra `ray`).

`connected` joins a cluster, or starts one of this machine, for the length of a build. Items go out as tasks, at most
`in_flight` for each core that the cluster has at the moment; the results come back in the items' order. A task whose
worker or machine dies runs again elsewhere, and that is harmless, since what it keeps in the cache is the same whoever
makes it. Each worker process looks once, before its first item, whether it has this program and sees what the
build sees.

A cluster that is started here reports nothing to anyone: usage statistics and dashboard are off.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Protocol, TypeVar

from policygraph.errors import PolicyGraphError, UsageError
from policygraph.executor import Executor, SerialExecutor
from policygraph.program import program_version
from policygraph.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")

#: How often an item is tried again whose worker died: more than once, since a machine that goes takes all its items with it.
_AGAIN = 3
#: Texts that are worth sending to a machine of its own.
_LEAST = 4
#: Seconds between two looks whether the cluster is still there.
_LOOK = 1.0
#: Memory for objects on the way, of a cluster of this machine: items and results are some kilobytes each.
_OBJECTS = 256 * 1024**2
#: What Ray does unless told otherwise, and is not to do: report its use, try items without end whose worker needs too much memory.
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_task_oom_retries": str(_AGAIN)}


class Shared(Protocol):
    """What a build and its workers must both see. Sent to the workers and compared there."""

    def unseen(self) -> str:
        """What this machine does not see of it; nothing where it sees all."""
        ...

    def __hash__(self) -> int: ...


class Holder(Protocol):
    """An actor: something held on one machine."""

    @property
    def call(self) -> Task: ...


class Task(Protocol):
    """A function that runs on the cluster."""

    def remote(self, *arguments: object) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what a worker may take part: the build's program and what both must see."""

    program: str
    shared: Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class RayCluster:
    """The cluster that this process has joined: an executor by tasks. `address` is where its head answers."""

    address: tuple[str, int]
    in_flight: int
    patience: float
    terms: Terms

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, died: Callable[[Item], Result]
    ) -> Iterator[Result]:
        ray, task = _ray(), _task()
        source = iter(items)
        out: deque[tuple[Item, object]] = deque()
        most, more = self._most(), True
        try:
            while True:
                while more and len(out) < most:
                    for item in source:
                        out.append((item, task.remote(function, item, self.terms)))
                        break
                    else:
                        more = False
                if not out:
                    return
                most = self._await(out[0][1]) or most
                item, waiting = out.popleft()
                yield self._result(waiting, item, died=died)
        finally:
            for _, waiting in out:
                with contextlib.suppress(ray.exceptions.RayError, RuntimeError):
                    ray.cancel(waiting, force=True)

    def __call__(self, work: int, *, items: int) -> Executor:
        """The executor for any work: what is small here may wait for a core elsewhere, but the release is the same."""
        return self if items else SerialExecutor()

    def hold(self, make: Callable[[], object], *, cards: int = 0) -> Held:
        """What `make` makes, held by an actor on each machine that works (and has so many graphics cards free); where one dies, it is made
        anew on another."""
        ray = _ray()
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._most()
        actor = ray.remote(num_cpus=0, num_gpus=cards, max_restarts=-1, max_task_retries=_AGAIN)(_Holder)
        machines = [node["NodeID"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU") and node["Resources"].get("GPU", 0) >= cards]
        holders = [
            actor.options(scheduling_strategy=NodeAffinitySchedulingStrategy(machine, soft=True)).remote(make, self.terms) for machine in machines
        ]
        if not holders:
            raise UsageError(f"No machine of the Ray cluster at {_shown(self.address)} has a graphics card.", remedy="Leave out --encoder-device.")
        return Held(self, holders)

    def _most(self) -> int:
        """How many items may be out, by the cores that the cluster has now. One that does not answer, or has none, is given up
        after a while: Ray itself would wait for ever, or end this process."""
        began = time.monotonic()
        while True:
            answers = _answers(self.address, seconds=self.patience)
            cores = _ray().cluster_resources().get("CPU", 0) if answers else 0
            if cores:
                return int(cores) * self.in_flight
            if time.monotonic() - began > self.patience:
                what = "has no machine left to work on" if answers else "does not answer any more"
                raise PolicyGraphError(
                    f"The Ray cluster at {_shown(self.address)} {what}.",
                    remedy="The release in service is as it was. Build again when the cluster is up: what was done is kept.",
                )
            time.sleep(min(_LOOK, self.patience))

    def _await(self, waiting: object) -> int:
        """Wait for a result; gives how many items may be out, where there was time to ask."""
        ray = _ray()
        most = 0
        while not ray.wait([waiting], timeout=_LOOK)[0]:
            most = self._most()
        return most

    def fetch(self, waiting: object) -> object:
        """A result that is under way."""
        self._await(waiting)
        return self._result(waiting, None, died=_lost)

    def _result(self, waiting: object, item: Item, *, died: Callable[[Item], Result]) -> Result:
        ray = _ray()
        errors = ray.exceptions
        try:
            result: Result = ray.get(waiting)
            return result
        except errors.RuntimeEnvSetupError as error:
            raise PolicyGraphError(f"A worker of the Ray cluster could not start: {_first(error)}") from error
        except errors.RayTaskError as error:
            if isinstance(error.cause, PolicyGraphError | OSError):
                raise error.cause from error
            if isinstance(error.cause, ImportError):
                raise PolicyGraphError(
                    f"A worker of the Ray cluster cannot load the program ({error.cause}).",
                    remedy=f"Install policygraph {program_version()} on every machine of the cluster.",
                ) from error
            raise
        except (errors.WorkerCrashedError, errors.RayActorError, errors.OutOfMemoryError, errors.NodeDiedError, errors.ObjectLostError):
            return died(item)
        except errors.RayError as error:
            raise PolicyGraphError(
                f"The Ray cluster at {_shown(self.address)} failed: {_first(error)}",
                remedy="The release in service is as it was; build again.",
            ) from error


@contextmanager
def connected(settings: Settings, *, shared: Shared) -> Iterator[RayCluster]:
    """The cluster at `settings.address`, or of one of this machine alone that ends with the block.

    Raises UsageError where the extra is not installed, the address is none, or nothing answers there.
    """
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    ray = _ray()
    given = _parsed(settings.address) if settings.address else None
    if given and not _answers(given, seconds=settings.cluster_seconds):
        raise UsageError(
            f"No Ray cluster answers at {settings.address}.",
            remedy="Start one there (ray start --head --port 6379), name another with --address, or leave --address out to use this machine.",
        )
    joined = not ray.is_initialized()
    if joined:
        own = {} if given else {"num_cpus": settings.workers or None, "object_store_memory": _OBJECTS, "include_dashboard": False}
        try:
            ray.init(address=settings.address or "local", log_to_driver=False, logging_level="ERROR", **own)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise UsageError(
                f"The Ray cluster at {settings.address or 'this machine'} cannot be used ({_first(error)}).",
                remedy="Do all machines have the same versions of Python, Ray and policygraph?",
            ) from error
        ray._private.worker._worker_logs_enabled = False  # it prints what became of workers where --json prints
    address = _parsed(ray.get_runtime_context().gcs_address)
    terms = Terms(program=program_version(), shared=shared)
    try:
        yield RayCluster(address=address, in_flight=settings.in_flight, patience=settings.cluster_seconds, terms=terms)
    finally:
        if joined:
            ray.shutdown()


class _Holder:
    """Holds something heavy on a machine."""

    def __init__(self, make: Callable[[], object], terms: Terms) -> None:
        self._make, self._terms = make, terms
        self._held: object = None

    def call(self, method: str, items: list[object]) -> object:
        if self._held is None:  # not when it is begun: what is wrong then would be told of the actor and not of the item
            _take_part(self._terms)
            self._held = self._make()
        return getattr(self._held, method)(items)


class Held:
    """Something heavy that is held on several machines; its methods take lists, which are shared out."""

    def __init__(self, cluster: RayCluster, holders: list[Holder]) -> None:
        self._cluster, self._holders = cluster, holders

    def call(self, method: str, items: Sequence[object]) -> list[object]:
        """What the method gives for the items, a portion after the other."""
        size = max(_LEAST, -(-len(items) // len(self._holders)))
        portions = [list(items[start : start + size]) for start in range(0, len(items), size)]
        holders = itertools.cycle(self._holders)
        return [self._cluster.fetch(each) for each in [next(holders).call.remote(method, portion) for portion in portions]]


def _lost(_: None) -> object:
    raise PolicyGraphError("The processes of the Ray cluster that encode were killed again and again (out of memory?).", remedy="Give them more, or build with --no-encoder.")


def _run(function: Callable[[Item], Result], item: Item, terms: Terms) -> Result:
    _take_part(terms)
    return function(item)


@lru_cache(maxsize=1)
def _task() -> Task:
    """The one function that is made known to clusters, as a task."""
    task: Task = _ray().remote(num_cpus=1, max_retries=_AGAIN)(_run)
    return task


@lru_cache(maxsize=1)
def _take_part(terms: Terms) -> None:
    """Look whether this machine has the program and the folders of the build."""
    here = socket.gethostname()
    if program_version() != terms.program:
        raise UsageError(
            f"{here} of the Ray cluster has policygraph {program_version()}, this machine {terms.program}.",
            remedy="Install the same on every machine of the cluster.",
        )
    unseen = terms.shared.unseen()
    if unseen:
        raise UsageError(f"{here} of the Ray cluster does not see {unseen}.", remedy="Share that folder under the same path with every machine.")


def _ray() -> ModuleType:
    try:
        ray = import_module("ray")
        import_module("ray.exceptions")
    except ImportError as error:
        raise UsageError("--executor ray needs the extra: pip install 'policygraph[ray]'.") from error
    found: ModuleType = ray  # untyped where it is not installed
    return found


def _parsed(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise UsageError(f"{address!r} is no address of a Ray cluster.", remedy="Give the host and port of its head: --address 10.0.0.1:6379.")
    return host.strip("[]"), int(port)


def _answers(address: tuple[str, int], *, seconds: float) -> bool:
    try:
        socket.create_connection(address, timeout=seconds).close()
    except OSError:
        return False
    return True


def _shown(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"


def _first(error: Exception) -> str:
    """The first line of what an engine says."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
