"""Vectors: kept between builds by the hash of the text and of the encoder, and searched with faiss."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from policygraph.search.encoder import Encoder
from policygraph.search.weights import Floats

Ints = npt.NDArray[np.int64]
Done = Callable[[int, int], None]

#: Up to this many vectors every one is compared (some milliseconds a query); above, faiss looks near the query only.
FLAT_UNTIL = 150_000
_CHUNK = 256


def encode(texts: Sequence[str], *, encoder: Encoder, cache: Path | None, done: Done | None = None) -> Floats:
    """Passage vectors of `texts`; those kept in the folder `cache` are not encoded again. What is kept afterwards is
    what was asked now, so that the cache does not outgrow the corpus."""
    keys = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
    path = cache / f"{encoder.hash[:16]}.npz" if cache else None
    known = _read(path, encoder.dimension) if path else {}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    waiting = sorted(missing.items(), key=lambda item: len(item[1]))
    for start in range(0, len(waiting), _CHUNK):
        part = waiting[start : start + _CHUNK]
        vectors = encoder.encode_passages([text for _, text in part])
        known.update(zip((key for key, _ in part), vectors, strict=True))
        if done:
            done(min(start + _CHUNK, len(waiting)), len(waiting))
    result = np.stack([known[key] for key in keys]) if keys else np.zeros((0, encoder.dimension), np.float32)
    if path and (missing or len(known) > len(set(keys))):
        _keep(path, keys, result)
    return np.ascontiguousarray(result, dtype=np.float32)


def _read(path: Path, dimension: int) -> dict[bytes, Floats]:
    try:
        with np.load(path) as kept:
            keys, vectors = kept["keys"], kept["vectors"]
    except (OSError, ValueError, KeyError, EOFError):
        return {}
    if vectors.ndim != 2 or vectors.shape[1] != dimension or keys.shape != (len(vectors), 16):
        return {}
    return {keys[i].tobytes(): vectors[i] for i in range(len(vectors))}


def _keep(path: Path, keys: list[bytes], vectors: Floats) -> None:
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    table = np.frombuffer(b"".join(first), np.uint8).reshape(-1, 16)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, keys=table, vectors=vectors[list(first.values())])
        Path(name).replace(path)
    except OSError:
        return  # a cache that cannot be written costs time at the next build, nothing else


def write_index(vectors: Floats, path: Path, *, flat_until: int = FLAT_UNTIL) -> str:
    """Write a faiss index of unit vectors, compared by inner product; gives the factory string that made it."""
    import faiss

    factory = "Flat"
    if len(vectors) > flat_until:
        factory = f"IVF{max(int(4 * len(vectors) ** 0.5) // 64 * 64, 64)},SQ8"
    index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        sample = np.random.default_rng(0).choice(len(vectors), min(len(vectors), 100_000), replace=False)
        index.train(vectors[np.sort(sample)])
    index.add(vectors)
    faiss.write_index(index, str(path))
    return factory


class VectorIndex:
    """An opened faiss index: memory-mapped, and loaded only when first asked."""

    def __init__(self, path: Path, factory: str) -> None:
        self._path, self._factory = path, factory
        self._index: Any = None

    def _open(self) -> Any:
        if self._index is None:
            import faiss

            index = faiss.read_index(str(self._path), faiss.IO_FLAG_MMAP_IFC if self._factory == "Flat" else faiss.IO_FLAG_MMAP)
            if self._factory != "Flat":
                faiss.ParameterSpace().set_index_parameter(index, "nprobe", 32)
            self._index = index
        return self._index

    def search(self, vector: Floats, limit: int) -> tuple[Ints, Floats]:
        """The nearest rows and their inner products, best first."""
        index = self._open()
        scores, rows = index.search(vector[None, :], max(min(limit, index.ntotal), 1))
        kept = rows[0] >= 0
        return rows[0][kept], scores[0][kept]

    def vector(self, row: int) -> Floats:
        """The stored vector of a row (of a flat index; others keep an approximation)."""
        index = self._open()
        if self._factory != "Flat":
            index.make_direct_map()
        return np.asarray(index.reconstruct(int(row)), np.float32)
