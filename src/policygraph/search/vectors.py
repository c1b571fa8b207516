"""Vectors searched with faiss. An index is written once and only read after that."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from policygraph.encode.weights import Floats

Ints = npt.NDArray[np.int64]

#: Up to this many vectors every one is compared (2 ms a query on one core); above, faiss looks near the query only (recall 0.98),
#: and what it finds, or anything else does, is compared exactly.
FLAT_UNTIL = 8_000
#: Vectors that each list of an approximate index is trained on.
_TRAINING = 40
_AT_ONCE = 1 << 14
#: Lists that a query looks into: with half as many, answers to lay questions are missed that share no word with them.
_LISTS = 64


def write_index(vectors: Floats, path: Path, *, flat_until: int = FLAT_UNTIL) -> str:
    """Write a faiss index of unit vectors, compared by inner product; gives the factory string that made it."""
    import faiss

    factory = "Flat"
    if len(vectors) > flat_until:
        lists = max(int(2 * len(vectors) ** 0.5) // 64 * 64, 64)
        factory = f"IVF{lists},SQ8"
    index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        sample = np.random.default_rng(0).choice(len(vectors), min(len(vectors), _TRAINING * lists), replace=False)
        index.train(vectors[np.sort(sample)])
    for start in range(0, len(vectors), _AT_ONCE):
        index.add(np.ascontiguousarray(vectors[start : start + _AT_ONCE]))
    faiss.write_index(index, str(path))
    if factory != "Flat":
        exact = np.lib.format.open_memmap(_exact(path), "w+", np.float16, vectors.shape)
        for start in range(0, len(vectors), _AT_ONCE):
            exact[start : start + _AT_ONCE] = vectors[start : start + _AT_ONCE]
        exact.flush()
    return factory


def _exact(path: Path) -> Path:
    """The vectors beside an approximate index: in half precision, which tells similarities apart to the fourth place."""
    return path.with_suffix(".vectors.npy")


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
                faiss.ParameterSpace().set_index_parameter(index, "nprobe", _LISTS)
            self._index = index
        return self._index

    @cached_property
    def _every(self) -> npt.NDArray[np.float32] | npt.NDArray[np.float16]:
        """The vectors themselves, whatever the index keeps of them."""
        if self._factory != "Flat":
            return np.asarray(np.load(_exact(self._path), mmap_mode="r"))
        import faiss

        index = self._open()
        vectors: Floats = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)
        return vectors

    def search(self, vector: Floats, limit: int) -> Ints:
        """The nearest rows, best first."""
        if self._factory == "Flat":  # compared here: faiss takes longer to keep the best hundreds of them
            products = np.einsum("ij,j->i", self._every, vector)
            chosen = np.argpartition(-products, limit)[:limit] if limit < len(products) else np.arange(len(products))
            return chosen[np.lexsort((chosen, -products[chosen]))]
        index = self._open()
        _, rows = index.search(vector[None, :], max(min(limit, index.ntotal), 1))
        found: Ints = rows[0]
        return found[found >= 0]

    def products(self, rows: Ints, vector: Floats) -> Floats:
        """The inner product with each of these rows, exact."""
        products: Floats = np.einsum("ij,j->i", self._every[rows].astype(np.float32, copy=False), vector)
        return products

    def vector(self, row: int) -> Floats:
        """The vector of a row."""
        return np.asarray(self._every[row], np.float32)
