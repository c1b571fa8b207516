"""Where the work of a build runs: in processes of this machine, or on the machines of a cluster."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from policygraph.cache import Cache, key_of
from policygraph.corpus.folder import Corpus
from policygraph.errors import UsageError
from policygraph.executor import Executors, executor_for
from policygraph.objects import ObjectPath, is_address
from policygraph.settings import Settings

if TYPE_CHECKING:
    from policygraph.encode.encoder import Encoder
    from policygraph.encode.kept import KeptEncoder

#: The values of `executor`.
EXECUTORS = ("processes", "ray")


@dataclass(frozen=True, slots=True)
class SharedFolders:
    """The cache with an entry that this build alone can have put there, and a file of the corpus."""

    cache: Cache
    key: str
    file: Path | ObjectPath | None

    def unseen(self) -> str:
        if self.cache.read(self.key) is None:
            return f"the cache in {self.cache}"
        return "" if self.file is None or self.file.exists() else f"the corpus ({self.file})"


def open_cache(folder: Path, *, settings: Settings) -> Cache:
    """The cache of builds in `folder`, or the one in an object store that the settings name, with `folder` for what this machine
    has of it. Raises PolicyGraphError where the store cannot be used."""
    if not settings.cache:
        return Cache(folder.absolute())
    if not is_address(settings.cache):
        raise UsageError(f"cache: {settings.cache!r} is no address of an object store.", remedy="For instance --cache s3://bucket/prefix.")
    from policygraph.object_cache import ObjectCache

    cache = ObjectCache(folder.absolute(), url=settings.cache)
    cache.write(key_of("a cache of policygraph"), b"")  # a store that cannot be used says so before the work and not after it
    return cache


def kept_encoder(
    encoder: Encoder, folder: Path, *, cache: Cache, executors: Executors, settings: Settings, done: Callable[[int, int], None]
) -> KeptEncoder:
    """The encoder with what it gave before in `folder`; its model is held where the work is spread to."""
    from policygraph.cluster import RayCluster
    from policygraph.encode.held import HeldEncoder
    from policygraph.encode.kept import KeptEncoder

    over = HeldEncoder(encoder, executors, name=settings.encoder, device=settings.encoder_device) if isinstance(executors, RayCluster) else encoder
    return KeptEncoder(over, folder.absolute(), done=done, shared=cache if settings.cache else None)


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
