"""An index into a Milvus collection: row by row in the order of keys, gone on with after a break, counted and compared at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from policygraph.errors import ReleaseError
from policygraph.search.engine import Ints, Vectors
from policygraph.search.index import ClauseIndex
from policygraph.search.milvus import NO_GRAM, Collection, code, dimension, rows_of
from policygraph.search.parts import FIELDS, Field
from policygraph.search.texts import Texts
from policygraph.settings import Settings

#: Rows that are sent at once: a megabyte or two.
_BATCH = 500
#: Rows that are read back at the end, and how near their vectors have to come.
_SAMPLE, _NEAR = 40, 1e-4


class Told(Protocol):
    """Hears how far the work is."""

    def __call__(self, stage: str, *, done: int, total: int) -> None: ...


def push_index(folder: Path, *, settings: Settings, told: Told) -> int:
    """Make the collection that the settings name hold the index in a folder; gives how many rows were sent."""
    index = ClauseIndex(folder)
    return fill(index, Collection.named(settings, index), told=told)


def fill(index: ClauseIndex, collection: Collection, *, told: Told) -> int:
    """Make the collection hold the index; gives how many rows were sent. `told("fill_index", done=…, total=…)` hears of each
    batch. A collection of another release is refused, and left as it is."""
    if collection.exists:
        collection.refuse_other(index)
        collection.load()
    else:
        collection.make(index)
    rows = Rows(index)
    total, held, sent = rows_of(index), collection.count(), 0
    for partition, keys in rows.batches():
        if not held or collection.count(keys[0], keys[-1] + 1) != len(keys):
            collection.put(rows.of(keys), partition=partition)
            sent += len(keys)
        told("fill_index", done=keys[-1] + 1, total=total)
    collection.finish()
    collection.check(index)
    _compare(rows, collection, total)
    return sent


def _compare(rows: Rows, collection: Collection, total: int) -> None:
    """Rows from all over the collection are those of the index."""
    if not total or not rows.semantic:
        return
    keys = np.unique(np.linspace(0, total - 1, _SAMPLE).astype(np.int64)).tolist()
    held = collection.get(keys, "vector")
    for row in rows.of(keys):
        if np.abs(np.array(held.get(row["key"], np.inf)) - row["vector"]).max() > _NEAR:
            raise ReleaseError(
                f"{collection.address.written} does not hold what was sent: row {row['key']} differs.",
                remedy="Push into a collection of another name; the log of Milvus may say what happened to this one.",
            )


class Rows:
    """The rows of an index's collection, by key."""

    def __init__(self, index: ClauseIndex) -> None:
        self._index, self.semantic = index, index.semantic
        self._facts: dict[Field, tuple[Ints, Ints]] = {}
        for field in FIELDS:
            facts = index.facts(field)
            facts = facts[np.argsort(facts[:, 0], kind="stable")]
            codes = np.array([code(field, value, extra) for value, extra in facts[:, 2:].tolist()], np.int64)
            self._facts[field] = facts[:, 0].astype(np.int64), codes

    def batches(self) -> Iterator[tuple[str, list[int]]]:
        """Partitions with some keys each, in order."""
        units = self._index.units
        for partition, first, last in (("units", 0, units), ("sentences", units, rows_of(self._index))):
            for start in range(first, last, _BATCH):
                yield partition, list(range(start, min(start + _BATCH, last)))

    def of(self, keys: list[int]) -> list[dict[str, Any]]:
        """The rows of these keys."""
        index = self._index
        units = [key for key in keys if key < index.units]
        sentences = [key - index.units for key in keys if key >= index.units]
        rows = [
            {
                "key": unit, "unit": unit, "text": _grams(index.texts, unit), "head": _grams(index.heads, unit),
                **self._codes(index.rows_of(unit).start, index.rows_of(unit).stop),
            }
            for unit in units
        ]  # fmt: skip
        for sentence in sentences:
            clause = int(index.sentences[sentence, 0])
            rows.append({
                "key": index.units + sentence, "unit": int(index.unit_of[clause]), "text": {NO_GRAM: 1.0}, "head": {NO_GRAM: 1.0},
                **self._codes(clause, clause + 1),
            })  # fmt: skip
        if index.semantic:
            own = [(index.own.whole, units), (index.own.parts, sentences)]
            for row, vector in zip(rows, (vector for of, numbers in own for vector in _vectors(of, numbers)), strict=True):
                row["vector"] = vector
        return rows

    def _codes(self, first: int, last: int) -> dict[str, list[int]]:
        """What the clauses from `first` to before `last` have of each field."""
        found: dict[str, list[int]] = {}
        for field, (clauses, codes) in self._facts.items():
            start, end = np.searchsorted(clauses, [first, last])
            found[field] = np.unique(codes[start:end]).tolist()
        return found


def _grams(texts: Texts, number: int) -> dict[int, float]:
    return {dimension(gram): weight for gram, weight in texts.weights(number).items()} or {NO_GRAM: 1.0}


def _vectors(vectors: Vectors, numbers: list[int]) -> Iterator[Any]:
    yield from vectors.vectors(np.array(numbers, np.int64)) if numbers else ()
