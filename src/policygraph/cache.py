"""Results that need not be worked out twice, kept by the hash of all that they depend on.

An entry is written beside its place and renamed into it, so it is whole or absent, whatever happens to the process.
Entries that no standing release was made of are removed once a build has ended well. Entries carry a checksum; one that is damaged, or made by other classes, counts as absent. Only this package's
records, and Python's plain values, are ever read back, so a cache folder from elsewhere cannot run code.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MAGIC = b"pgc1"
#: What each release needs, a file a release.
_NOTES = "needed"
_MODULES = frozenset({"policygraph.model", "policygraph.read.source", "policygraph.corpus", "policygraph.documents", "policygraph.linking", "policygraph.release"})
_DAMAGE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError, KeyError)


def key_of(*parts: object) -> str:
    """The key of a result that depends on `parts`: JSON values, order of mapping keys aside."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries. `asked` is what this process asked for since it was opened, there or not."""

    folder: Path
    asked: set[str] = field(default_factory=set, compare=False, repr=False)

    def __reduce__(self) -> tuple[type[Cache], tuple[Path]]:
        """What workers get: the folder."""
        return Cache, (self.folder,)

    def path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    def get(self, key: str) -> Any:
        """What was kept under `key`; None when there is nothing whole."""
        data = self.read(key)
        if data is None:
            return None
        try:
            return _Records(io.BytesIO(data)).load()
        except _DAMAGE:
            return None

    def put(self, key: str, value: object) -> None:
        """Keep `value`, made of records and plain values, under `key`."""
        self.write(key, pickle.dumps(value, protocol=5))

    def read(self, key: str) -> bytes | None:
        """The bytes kept under `key`."""
        self.asked.add(key)
        try:
            data = self.path(key).read_bytes()
        except OSError:
            return None
        body = data[len(_MAGIC) + 32 :]
        if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(body).digest() != data[len(_MAGIC) : len(_MAGIC) + 32]:
            return None
        return body

    def write(self, key: str, data: bytes) -> None:
        """Keep bytes under `key`."""
        path = self.path(key)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(_MAGIC + hashlib.sha256(data).digest() + data)
            beside.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            raise

    def note(self, release: str) -> None:
        """Note that a release needs what was asked for."""
        notes = self.folder / _NOTES
        notes.mkdir(parents=True, exist_ok=True)
        beside = notes / f".{release}.{os.getpid()}"
        beside.write_text("".join(f"{key}\n" for key in sorted(self.asked)), "utf-8")
        beside.replace(notes / release)

    def prune(self, releases: Iterable[str]) -> int:
        """Remove what none of these releases needs, and what killed processes left; the number removed. Call with the
        lock of the data folder held, and not before a build has ended well: what an interrupted one kept, the next needs."""
        notes = self.folder / _NOTES
        standing = set(releases)
        needed: set[str] = set()
        for path in notes.iterdir() if notes.is_dir() else ():
            if path.name in standing:
                needed.update(path.read_text("utf-8").split())
            else:
                path.unlink()
        removed = 0
        for path in self.folder.glob("??/*") if needed else ():
            if path.parent.name + path.name not in needed:
                with contextlib.suppress(OSError):
                    path.unlink()
                    removed += 1
        return removed


class _Records(pickle.Unpickler):
    """Reads records and plain values only."""

    def find_class(self, module: str, name: str) -> Any:
        if module in _MODULES and name[:1].isupper() and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and hasattr(found, "__dataclass_fields__"):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no record")
