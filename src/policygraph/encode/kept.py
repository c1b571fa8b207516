"""Vectors kept between builds, so that each text is encoded once: by search, by alignment, and by the next build."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from policygraph.cache import Cache, key_of
from policygraph.encode.encoder import Encoder, TokenVectors
from policygraph.encode.weights import Floats

#: Texts encoded between two looks at the progress; what they gave is on the disk by then.
_CHUNK = 64
#: Records from which a file that is mostly of texts nobody asks for any more is written anew.
_WORTH_CLEARING = 50_000
#: The file is written anew when it holds so many times what was asked for: then three quarters of it go.
_STALE = 4
#: How far the length of a vector that was kept may be from 1: rounding to 32 bits leaves it closer, a torn record does
#: not.
_ROUNDING = 1e-3

#: Bytes of vectors of tokens that stay between builds, those asked for last: two megabytes a plan, so five hundred plans.
_TOKEN_BYTES = 1 << 30

Done = Callable[[int, int], None]


class KeptEncoder:
    """An encoder that keeps its vectors in `folder`, in a file for each encoder and dimension.

    The file is a row of records (the first 8 bytes of the SHA-256 of the kind and the text, the vector) and only ever grows, so that a
    build that is killed has lost no more than the texts at hand. One that cannot be written costs time at the next
    build, nothing else. Vectors of tokens, which other processes ask for, are in `shared` as well where these do not see the folder.
    """

    def __init__(self, encoder: Encoder, folder: Path, *, done: Done | None = None, shared: Cache | None = None) -> None:
        self._encoder, self._shared = encoder, shared
        self._done = done
        self._path = folder / f"{encoder.hash[:16]}-{encoder.dimension}.bin"
        self._tokens = folder / f"{encoder.hash[:16]}-tokens"
        self._record = np.dtype([("key", "<u8"), ("vector", "<f4", (encoder.dimension,))])
        self._old = self._read()
        self._rows = {int(key): row for row, key in enumerate(self._old["key"])}
        self._new: dict[int, Floats] = {}
        self._asked: set[int] = set()

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def hash(self) -> str:
        return self._encoder.hash

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """The vectors of the texts as queries, of which only the unknown ones are encoded."""
        return self._known(texts, self._encoder.encode_queries, kind="query\0")

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """The vectors of the texts as passages, of which only the unknown ones are encoded."""
        return self._known(texts, self._encoder.encode_passages, kind="")

    def encode_stretches(self, texts: Sequence[Sequence[str]]) -> list[TokenVectors]:
        """Vectors of tokens, of which those of a whole document are kept in a file: it is asked for once a pair."""
        path = _tokens_of(self._tokens, texts)
        found = _tokens_in(path, shared=self._shared)
        if len(found) != len(texts):
            found = self._encoder.encode_stretches(texts)
            _write_tokens(path, found)
            if self._shared is not None and path.exists():
                self._shared.write(_shared_key(path), path.read_bytes())
        return found

    def keep_stretches(self, texts: Sequence[Sequence[str]]) -> None:
        """Have the vectors of a document's tokens kept."""
        if not _tokens_of(self._tokens, texts).exists():
            self.encode_stretches(texts)

    @property
    def kept(self) -> KeptTokens:
        """What was kept of tokens, for other processes."""
        return KeptTokens(self._path.parent, hash=self.hash, shared=self._shared)

    def _known(self, texts: Sequence[str], encode: Callable[[Sequence[str]], Floats], *, kind: str) -> Floats:
        keys = [int.from_bytes(hashlib.sha256((kind + text).encode()).digest()[:8], "little") for text in texts]
        self._asked.update(keys)
        unknown = {key: text for key, text in zip(keys, texts, strict=True) if self._vector(key) is None}
        waiting = list(unknown.items())
        for start in range(0, len(waiting), _CHUNK):
            part = waiting[start : start + _CHUNK]
            vectors = encode([text for _, text in part])
            self._keep([key for key, _ in part], vectors)
            if self._done:
                self._done(min(start + _CHUNK, len(waiting)), len(waiting))
        found = [self._vector(key) for key in keys]
        return np.array(found, np.float32).reshape(len(keys), self.dimension)

    def clear(self) -> None:
        """Write the file anew when most of it is of texts that were not asked for since this encoder was opened."""
        _leave_newest(self._tokens)
        size = len(self._old)
        if size < _WORTH_CLEARING or size < _STALE * len(self._asked):
            return
        kept = {key: vector for key in sorted(self._asked) if (vector := self._vector(key)) is not None}
        records = np.zeros(len(kept), self._record)
        records["key"], records["vector"] = list(kept), list(kept.values())
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(records.tobytes())
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)

    def _vector(self, key: int) -> Floats | None:
        """What is kept under a key, if it is whole: vectors are of length 1."""
        if key in self._new:
            return self._new[key]
        if key not in self._rows:
            return None
        vector = np.asarray(self._old["vector"][self._rows[key]])
        return vector if abs(float(vector @ vector) - 1) < _ROUNDING else None

    def _read(self) -> np.ndarray:
        """The records on the disk; a last one that was not finished is left out."""
        try:
            whole = self._path.stat().st_size // self._record.itemsize
            if whole:
                return np.memmap(self._path, self._record, mode="r", shape=(whole,))
        except OSError:
            pass
        return np.zeros(0, self._record)

    def _keep(self, keys: list[int], vectors: Floats) -> None:
        """Add vectors to the file; where it cannot be written they stay in memory."""
        records = np.zeros(len(keys), self._record)
        records["key"], records["vector"] = keys, vectors
        known = len(self._old)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("r+b" if self._path.exists() else "w+b") as file:
                file.truncate(known * self._record.itemsize)
                file.seek(0, os.SEEK_END)
                file.write(records.tobytes())
        except OSError:
            self._new.update(zip(keys, vectors, strict=True))
            return
        self._old = self._read()
        self._rows.update((key, known + i) for i, key in enumerate(keys))


class KeptTokens:
    """The vectors of tokens that builds kept in `folder`, by the encoder's hash. It encodes nothing: of texts that were not
    kept it raises `LookupError`."""

    def __init__(self, folder: Path, *, hash: str, shared: Cache | None = None) -> None:  # noqa: A002
        self._shared = shared
        self.name, self.hash, self.dimension = "kept", hash, 0
        self._tokens = folder / f"{hash[:16]}-tokens"

    def encode_stretches(self, texts: Sequence[Sequence[str]]) -> list[TokenVectors]:
        found = _tokens_in(_tokens_of(self._tokens, texts), shared=self._shared)
        if len(found) != len(texts):
            raise LookupError("these texts were not kept")
        return found

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        raise LookupError(f"{len(texts)} queries were not kept")

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        raise LookupError(f"{len(texts)} passages were not kept")


def _tokens_of(folder: Path, texts: Sequence[Sequence[str]]) -> Path:
    digest = hashlib.sha256("\0".join("\1".join(parts) for parts in texts).encode()).hexdigest()[:32]
    return folder / f"{digest}.npz"


def _shared_key(path: Path) -> str:
    return key_of("tokens", path.parent.name, path.name)


def _tokens_in(path: Path, *, shared: Cache | None) -> list[TokenVectors]:
    found = _read_tokens(path)
    if found or shared is None:
        return found
    data = shared.read(_shared_key(path))
    return _read_tokens(io.BytesIO(data)) if data else []


def _read_tokens(path: Path | io.BytesIO) -> list[TokenVectors]:
    """The texts of a document as they were kept; none where they were not, or not whole."""
    try:
        with np.load(path) as kept:
            texts, edges, pieces, levels, scales = (kept[name] for name in ("texts", "edges", "pieces", "levels", "scales"))
        if isinstance(path, Path):
            os.utime(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return []
    found, token = [], 0
    for a, b in itertools.pairwise(texts.tolist()):
        inside = edges[a:b]
        size = int(inside[-1])
        part = slice(token, token + size)
        found.append(TokenVectors(pieces[part], inside, levels[part], scales[part]))
        token += size
    return found


def _write_tokens(path: Path, found: Sequence[TokenVectors]) -> None:
    fresh = path.with_suffix(f".{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            np.savez(
                file,
                texts=np.cumsum([0, *(len(each.edges) for each in found)]),
                edges=np.concatenate([each.edges for each in found]),
                pieces=np.concatenate([each.pieces for each in found]),
                levels=np.concatenate([each.levels for each in found]),
                scales=np.concatenate([each.scales for each in found]),
            )
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)


def _leave_newest(folder: Path) -> None:
    """Remove the vectors of tokens that were asked for longest ago, beyond what is kept."""
    with contextlib.suppress(OSError):
        files = sorted(((path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob("*.npz")), reverse=True)
        held = 0
        for _, size, path in files:
            held += size
            if held > _TOKEN_BYTES:
                path.unlink(missing_ok=True)
