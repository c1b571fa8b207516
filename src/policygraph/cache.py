"""Results that need not be worked out twice, kept by the hash of all that they depend on.

An entry is written beside its place and renamed into it, so it is whole or absent, whatever happens to the process.
Entries carry a checksum; one that is damaged, or made by other classes, counts as absent. Only this package's
records, and Python's plain values, are ever read back, so a cache folder from elsewhere cannot run code.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MAGIC = b"pgc1"
_MODULES = frozenset({"policygraph.model", "policygraph.read.source", "policygraph.corpus", "policygraph.documents", "policygraph.linking", "policygraph.release"})
_DAMAGE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError, KeyError)


def key_of(*parts: object) -> str:
    """The key of a result that depends on `parts`: JSON values, order of mapping keys aside."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries."""

    folder: Path

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

    def keep_only(self, keys: set[str]) -> int:
        """Remove every other entry and what killed processes left; the number removed."""
        removed = 0
        for path in self.folder.glob("??/*") if self.folder.is_dir() else ():
            if path.parent.name + path.name not in keys:
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
