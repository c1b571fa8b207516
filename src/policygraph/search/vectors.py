"""Vectors searched with faiss. An index is written once and only read after that."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from policygraph.encode.weights import Floats

Ints = npt.NDArray[np.int64]

#: Up to this many vectors every one is compared (6 ms a query on one core); above, faiss looks near the query only (5 ms, recall 0.98).
FLAT_UNTIL = 20_000
#: Vectors that each list of an approximate index is trained on.
_TRAINING = 40
_AT_ONCE = 1 << 14


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

    @cached_property
    def _every(self) -> Floats:
        import faiss

        index = self._open()
        vectors: Floats = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)
        return vectors

    def search(self, vector: Floats, limit: int) -> tuple[Ints, Floats]:
        """The nearest rows and their inner products, best first."""
        if self._factory == "Flat":  # compared here: faiss takes longer to keep the best thousands of them
            products = np.einsum("ij,j->i", self._every, vector)
            chosen = np.argpartition(-products, limit)[:limit] if limit < len(products) else np.arange(len(products))
            order = chosen[np.lexsort((chosen, -products[chosen]))]
            return order, products[order]
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
