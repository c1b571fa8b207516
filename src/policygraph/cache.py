"""Results that need not be worked out twice, kept by the hash of all that they depend on.

An entry is written beside its place and renamed into it, so it is whole or absent, whatever happens to the process.
Entries that no standing release was made of are removed once a build has ended well. Entries are compressed and carry a checksum; one that
is damaged, or made by other classes, counts as absent. Only this package's records, and Python's plain values, are ever
read back, so a cache folder from elsewhere cannot run code.

What a release holds file by file is kept as a file of its own, which releases share by hard links: a `KeptFile` says
what must be in it. Kept files bear a fixed date, and whoever writes into one dates it anew: so it is seen without
reading it whether one is as it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pickle
import shutil
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MAGIC = b"pgc2"
#: Of zlib's nine: entries are read as often as written, and the next levels save a tenth.
_LEVEL = 1
#: What each release needs, a file a release.
_NOTES = "needed"
_MODULES = frozenset(
    f"policygraph.{name}"
    for name in (
        "model", "errors", "read.source", "corpus.folder", "build.documents", "build.linking", "build.composing", "release.folder", "cache",
        "search.parts", "search.lexical", "search.texts",
    )  # fmt: skip
)
_FILE = ".file"
#: How folders begin that are in the cache only while something is made in them.
SCRATCH = "making-"
#: The date of files that are not to change: 1980-01-01, the first that every archive format can name.
SEALED = 315_532_800
_DAMAGE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError, KeyError)


def key_of(*parts: object) -> str:
    """The key of a result that depends on `parts`: JSON values, order of mapping keys aside."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file in the cache that releases link to: under which key, and what is in it."""

    key: str
    sha256: str
    bytes: int
    lines: int


def kept_file(key: str, data: bytes, *, lines: int | None = None) -> KeptFile:
    """What is said of a file of this content; `lines` where it is compressed."""
    return KeptFile(key=key, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), lines=data.count(b"\n") if lines is None else lines)


def sealed(data: bytes) -> bytes:
    """An entry: bytes compressed, with their checksum."""
    packed = zlib.compress(data, _LEVEL)
    return _MAGIC + hashlib.sha256(packed).digest() + packed


def opened(entry: bytes) -> bytes | None:
    """The bytes of an entry; None where it is not whole."""
    body = memoryview(entry)[len(_MAGIC) + 32 :]
    if entry[: len(_MAGIC)] != _MAGIC or hashlib.sha256(body).digest() != entry[len(_MAGIC) : len(_MAGIC) + 32]:
        return None
    return zlib.decompress(body)


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries. `asked` is what this process asked for or kept since it was opened, there or not."""

    folder: Path
    asked: set[str] = field(default_factory=set, compare=False, repr=False)

    def __reduce__(self) -> tuple[type[Cache], tuple[object, ...]]:
        """What workers get: the folder."""
        return Cache, (self.folder,)

    def __str__(self) -> str:
        return str(self.folder)

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
            return opened(self.path(key).read_bytes())
        except OSError:
            return None

    def has(self, key: str) -> bool:
        """Whether an entry is there, whole or not."""
        self.asked.add(key)
        return self.path(key).is_file()

    def write(self, key: str, data: bytes) -> None:
        """Keep bytes under `key`."""
        self.asked.add(key)
        path = self.path(key)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(sealed(data))
            beside.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            raise

    def keep(self, key: str, data: bytes, *, lines: int | None = None) -> KeptFile:
        """Keep bytes under `key` as a file that releases link to; `lines` says how many it stands for, where they are
        compressed."""
        path = self.file(key)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(data)
            os.utime(beside, (SEALED, SEALED))
            beside.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            raise
        self.asked.add(key)
        return kept_file(key, data, lines=lines)

    def file(self, key: str) -> Path:
        """Where the file kept under `key` is."""
        path = self.path(key)
        return path.with_name(path.name + _FILE)

    def holds(self, kept: KeptFile) -> bool:
        """Whether the file is there and as it was."""
        self.asked.add(kept.key)
        return is_as_sealed(self.file(kept.key), sha256=kept.sha256, size=kept.bytes)

    def link(self, kept: KeptFile, place: Path) -> None:
        """Have the file at `place`, too; where the disk cannot link, a copy of it."""
        self.asked.add(kept.key)
        try:
            os.link(self.file(kept.key), place)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copy2(self.file(kept.key), place)

    def leave_newest(self, most: int) -> None:
        """Remove entries until `most` bytes are left, those used last."""
        files = sorted(((p.stat().st_mtime, p.stat().st_size, p) for p in self.folder.glob("??/*")), reverse=True)
        held = 0
        for _, size, path in files:
            held += size
            if held > most:
                path.unlink(missing_ok=True)

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
        for path in self.folder.glob(f"{SCRATCH}*"):
            shutil.rmtree(path, ignore_errors=True)
        removed = 0
        for path in self.folder.glob("??/*") if needed else ():
            if path.parent.name + path.name.removesuffix(_FILE) not in needed:
                with contextlib.suppress(OSError):
                    path.unlink()
                    removed += 1
        return removed


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_as_sealed(path: Path, *, sha256: str, size: int) -> bool:
    """Whether a file has this content: one of the fixed date has, when its size is right; any other is read."""
    try:
        found = path.stat()
        if found.st_size != size:
            return False
        if found.st_mtime_ns == SEALED * 10**9:
            return True
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


class _Records(pickle.Unpickler):
    """Reads records and plain values only."""

    def find_class(self, module: str, name: str) -> Any:
        if module in _MODULES and name[:1].isupper() and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and hasattr(found, "__dataclass_fields__"):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no record")
