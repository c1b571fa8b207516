"""Vectors searched with faiss. An index is written once and only read after that."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from policygraph.encode.weights import Floats
from policygraph.search.engine import Ints, Where

#: Up to this many vectors every one is compared exactly (2 ms a query on one core); above, by four bits of each number (0.4 ms
#: at 20,000, recall of the best 200 in 400 found 0.995), and what is found, or anything else finds, is compared exactly.
FLAT_UNTIL = 8_000
#: Up to this many all are compared (2 ms at 100,000); above, those in the lists nearest to the query.
_SCANNED_UNTIL = 200_000
#: Vectors that the four bits are fitted on (16 levels of a number need no more), and those that each list is.
_TRAINING, _TRAINING_OF_A_LIST = 4096, 40
#: Lists that a query looks into.
_LISTS = 64
_AT_ONCE = 1 << 14


def write_index(vectors: Floats, path: Path, *, flat_until: int = FLAT_UNTIL) -> str:
    """Write a faiss index of unit vectors, compared by inner product; gives the factory string that made it."""
    import faiss

    factory = "Flat"
    if len(vectors) > flat_until:
        factory = f"PQ{vectors.shape[1]}x4fs"
    lists = int(2 * len(vectors) ** 0.5) // 64 * 64 if len(vectors) > _SCANNED_UNTIL else 0
    if lists:
        factory = f"IVF{lists},{factory}"
    index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        sample = np.random.default_rng(0).choice(len(vectors), min(len(vectors), max(_TRAINING, _TRAINING_OF_A_LIST * lists)), replace=False)
        threads = faiss.omp_get_max_threads()
        if not lists:
            faiss.omp_set_num_threads(1)  # a number's levels are fitted in less time than threads need to begin
        index.train(vectors[np.sort(sample)])
        faiss.omp_set_num_threads(threads)
    for start in range(0, len(vectors), _AT_ONCE):
        index.add(np.ascontiguousarray(vectors[start : start + _AT_ONCE]))
    faiss.write_index(index, str(path))
    if factory != "Flat":
        exact = np.lib.format.open_memmap(_exact(path), "w+", np.uint16, vectors.shape)
        for start in range(0, len(vectors), _AT_ONCE):
            exact[start : start + _AT_ONCE] = _shortened(vectors[start : start + _AT_ONCE])
        exact.flush()
    return factory


def _exact(path: Path) -> Path:
    """The vectors beside an approximate index, as bfloat16: products are right to the fourth place, and reading them back
    takes a third of the time of half precision."""
    return path.with_suffix(".vectors.npy")


def _shortened(vectors: Floats) -> npt.NDArray[np.uint16]:
    """The upper half of each number's bits, rounded."""
    bits = np.ascontiguousarray(vectors, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def _lengthened(bits: npt.NDArray[np.uint16]) -> Floats:
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


class VectorIndex:
    """An opened faiss index, loaded only when first asked; exact vectors are memory-mapped."""

    def __init__(self, path: Path, factory: str) -> None:
        self._path, self._factory = path, factory
        self._index: Any = None

    def _open(self) -> Any:
        if self._index is None:
            import faiss

            index = faiss.read_index(str(self._path), faiss.IO_FLAG_MMAP_IFC if self._factory == "Flat" else 0)
            if self._factory.startswith("IVF"):
                faiss.ParameterSpace().set_index_parameter(index, "nprobe", _LISTS)
            self._index = index
        return self._index

    @cached_property
    def _every(self) -> Floats:
        """The vectors of an index that keeps them."""
        import faiss

        index = self._open()
        vectors: Floats = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)
        return vectors

    @cached_property
    def _short(self) -> npt.NDArray[np.uint16]:
        return np.asarray(np.load(_exact(self._path), mmap_mode="r"))

    def vectors(self, rows: Ints) -> Floats:
        """The vectors of these rows."""
        return self._every[rows] if self._factory == "Flat" else _lengthened(self._short[rows])

    def search(self, vector: Floats, limit: int, *, where: Where = ()) -> Ints:
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
        products: Floats = np.einsum("ij,j->i", self.vectors(rows), vector)
        return products
