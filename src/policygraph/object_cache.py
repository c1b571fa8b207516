"""A cache in an object store, for builds of several machines.

Entries and kept files are objects of the same keys, content and checksums as in a folder, written once: one that is there
and whole is left. The machine that builds has beside it a folder of what it made or read, from which releases are
linked; workers read and write objects alone, since each entry is read there once or twice. Nothing is removed from the
store: what no release needs may go by its rules of age, and costs the next build time.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from policygraph.cache import Cache, KeptFile, kept_file, opened, sealed
from policygraph.errors import PolicyGraphError
from policygraph.objects import ObjectPath

_FILE = ".file"


@dataclass(frozen=True, slots=True)
class ObjectCache(Cache):
    """The cache at `url`. `folder` holds what this machine has of it, if it `keeps` anything."""

    url: str = ""
    keeps: bool = True

    def __reduce__(self) -> tuple[type[Cache], tuple[object, ...]]:
        """What workers get: the store."""
        return ObjectCache, (Path(tempfile.gettempdir()), set(), self.url, False)

    def __str__(self) -> str:
        return self.url

    def read(self, key: str) -> bytes | None:
        found = Cache.read(self, key) if self.keeps else None
        if found is not None:
            return found
        self.asked.add(key)
        data = self._fetched(key)
        found = opened(data) if data is not None else None
        if found is not None and self.keeps:
            Cache.write(self, key, found)
        return found

    def has(self, key: str) -> bool:
        return (self.keeps and Cache.has(self, key)) or self._object(key).exists()

    def write(self, key: str, data: bytes) -> None:
        if self.keeps:
            Cache.write(self, key, data)
        self.asked.add(key)
        self._put(key, sealed(data), is_whole=lambda there: opened(there) is not None)

    def keep(self, key: str, data: bytes, *, lines: int | None = None) -> KeptFile:
        kept = kept_file(key, data, lines=lines)
        if self.keeps:
            Cache.keep(self, key, data, lines=lines)
        self.asked.add(key)
        self._put(key + _FILE, data, is_whole=lambda there: hashlib.sha256(there).hexdigest() == kept.sha256)
        return kept

    def holds(self, kept: KeptFile) -> bool:
        """Whether the file is here as it was, or in the store with its size: its content is looked at when it is linked."""
        return (self.keeps and Cache.holds(self, kept)) or self._object(kept.key + _FILE).size() == kept.bytes

    def link(self, kept: KeptFile, place: Path) -> None:
        if not Cache.holds(self, kept):
            data = self._fetched(kept.key + _FILE)
            if data is None or hashlib.sha256(data).hexdigest() != kept.sha256:
                raise PolicyGraphError(
                    f"{self._object(kept.key + _FILE)} {'was removed' if data is None else 'is damaged'}.", remedy="Remove it if it is there, then build again."
                )
            Cache.keep(self, kept.key, data, lines=kept.lines)
        Cache.link(self, kept, place)

    def _object(self, name: str) -> ObjectPath:
        return ObjectPath(f"{self.url.rstrip('/')}/{name[:2]}/{name[2:]}")

    def _fetched(self, name: str) -> bytes | None:
        try:
            return self._object(name).read_bytes()
        except FileNotFoundError:
            return None

    def _put(self, name: str, data: bytes, *, is_whole: Callable[[bytes], bool]) -> None:
        place = self._object(name)
        try:
            place.create(data)
        except FileExistsError:
            there = self._fetched(name)
            if there is None or not is_whole(there):
                place.replace(data)
