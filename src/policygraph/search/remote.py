"""The engine that is a Milvus collection, asked for candidates and for exact products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from policygraph.encode.weights import Floats
from policygraph.search.engine import Column, Ints, Where
from policygraph.search.index import ClauseIndex
from policygraph.search.milvus import Collection, dimension, expression

#: Results that Milvus gives at once: its own bound is 16,384.
_AT_ONCE = 10_000


class CollectionVectors:
    """The vectors of a partition: of row `r` under the key `start + r`. `unit_of` tells the unit of each row."""

    def __init__(self, collection: Collection, partition: str, *, start: int, unit_of: Ints) -> None:
        self._collection, self._partition, self._start, self._unit_of = collection, partition, start, unit_of

    def search(self, vector: Floats, limit: int, *, where: Where = ()) -> Ints:
        limit = min(limit, len(self._unit_of), _AT_ONCE)
        if not limit:
            return np.zeros(0, np.int64)
        found = self._search(vector, limit, expression(where))
        return np.array([key for key, _ in found], np.int64).reshape(-1) - self._start

    def products(self, rows: Ints, vector: Floats) -> Floats:
        """They are searched for among their units alone; what a search leaves out, as approximate ones may, is fetched."""
        products = np.full(len(self._unit_of), np.nan, np.float32)
        for units, size in self._batches(rows):
            for key, product in self._search(vector, size, f"unit in {units}"):
                products[key - self._start] = product
        found: Floats = products[rows]
        missed = np.flatnonzero(np.isnan(found))
        if len(missed):
            found[missed] = np.einsum("ij,j->i", self.vectors(rows[missed]), vector)
        return found

    def vectors(self, rows: Ints) -> Floats:
        keys = (rows + self._start).tolist()
        found: dict[int, Any] = {}
        for start in range(0, len(keys), _AT_ONCE):
            found |= self._collection.get(keys[start : start + _AT_ONCE], "vector")
        return np.array([found[key] for key in keys], np.float32)

    def _search(self, vector: Floats, limit: int, where: str) -> list[tuple[int, float]]:
        return self._collection.search(vector, field="vector", partition=self._partition, limit=limit, where=where)

    def _batches(self, rows: Ints) -> list[tuple[list[int], int]]:
        """The units of these rows, as many at once as have no more rows than a search gives, and how many those are."""
        batches: list[tuple[list[int], int]] = []
        for unit in np.unique(self._unit_of[rows]).tolist():
            first, last = np.searchsorted(self._unit_of, [unit, unit + 1]).tolist()
            if not batches or batches[-1][1] + last - first > _AT_ONCE:
                batches.append(([], 0))
            units, size = batches[-1]
            units.append(unit)
            batches[-1] = units, min(size + last - first, _AT_ONCE)
        return batches


class Remote:
    """The engine of an index, in a collection that was seen to hold just that index."""

    def __init__(self, index: ClauseIndex, collection: Collection) -> None:
        collection.check(index)
        self._collection, self._units = collection, index.units
        if index.semantic:
            of_sentence = index.unit_of[index.sentences[:, 0]]
            self.whole = CollectionVectors(collection, "units", start=0, unit_of=np.arange(index.units))
            self.parts = CollectionVectors(collection, "sentences", start=index.units, unit_of=of_sentence)

    def match(self, weights: Sequence[tuple[str, float]], *, limit: int, field: Column, every: bool, where: Where = ()) -> Ints:
        """With `every`, those that have most of the grams come first, and none is left out for lacking one: what is found
        is compared with all."""
        asked = {dimension(gram): weight for gram, weight in weights}
        if not asked or not self._units:
            return np.zeros(0, np.int64)
        found = self._collection.search(
            asked, field=field, partition="units", limit=min(limit, self._units, _AT_ONCE), where=expression(where)
        )
        return np.array([key for key, _ in found], np.int64)
