"""Where the work of a build runs: in processes of this machine, or on the machines of a cluster."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from policygraph.cache import Cache, key_of
from policygraph.corpus.folder import Corpus
from policygraph.errors import UsageError
from policygraph.executor import Executors, executor_for
from policygraph.settings import Settings

#: The values of `executor`.
EXECUTORS = ("processes", "ray")


@dataclass(frozen=True, slots=True)
class SharedFolders:
    """The cache with an entry that this build alone can have put there, and a file of the corpus."""

    cache: Cache
    key: str
    file: Path | None

    def unseen(self) -> str:
        if self.cache.read(self.key) is None:
            return f"the cache in {self.cache.folder}"
        return "" if self.file is None or self.file.exists() else f"the corpus ({self.file})"


@contextmanager
def spread(settings: Settings, *, cache: Cache, corpus: Corpus) -> Iterator[Executors]:
    """The executors that the settings want, for the length of a build. Raises UsageError where they cannot be had."""
    if settings.executor not in EXECUTORS:
        raise UsageError(f"executor: there is no {settings.executor!r}.", remedy=f"Executors: {', '.join(EXECUTORS)}.")
    if settings.executor == "processes":
        yield partial(executor_for, workers=settings.workers, in_flight=settings.in_flight)
        return
    from policygraph.cluster import connected

    key = key_of("build on a cluster", uuid.uuid4().hex)
    cache.write(key, b"")
    cache.asked.discard(key)  # the next pruning takes it
    file = corpus.files[0].path if corpus.files else None
    with connected(settings, shared=SharedFolders(cache, key, file)) as executors:
        yield executors
