"""The engine in a release's own folder: faiss for vectors, tantivy for words. Opened when first asked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from policygraph.search.engine import Column, Ints, Where
from policygraph.search.vectors import VectorIndex

#: Words whose frequency is remembered: those of a few hundred queries.
_WEIGHTS = 8192
#: Grams by which units are looked up: they found the same first ten as all 37 of a long question, on every set.
_TELLING = 10


class Embedded:
    """The engine in the folder of an index of so many units. `factories` say how faiss holds units and sentences."""

    def __init__(self, folder: Path, *, units: int, factories: Mapping[str, str], untouched: bool) -> None:
        """`untouched`: the engine of words puts no lock into the folder, which is being made."""
        self._folder, self._units, self._untouched = folder, units, untouched
        if factories:
            self.whole = VectorIndex(folder / "units.faiss", factories["units"])
            self.parts = VectorIndex(folder / "sentences.faiss", factories["sentences"])

    @cached_property
    def _lexical(self) -> tuple[Any, Any, Ints]:
        import tantivy

        folder = self._folder / "lexical"
        try:
            index = tantivy.Index.open(self._linked(folder) if self._untouched else str(folder))
        except ValueError:
            index = tantivy.Index.open(self._linked(folder))
        rows = np.load(folder / "rows.npy")
        base = np.zeros(int(rows[:, 0].max(initial=0)) + 2, np.int64)
        np.add.at(base, rows[:, 0] + 1, 1)
        self._base = np.cumsum(base)
        return index, index.searcher(), rows[:, 2].astype(np.int64)

    def _linked(self, folder: Path) -> str:
        """Links to the files of a folder, in one that may be written: the engine wants to put a lock beside them. They
        go with this index."""
        self._links = tempfile.TemporaryDirectory(prefix="policygraph-")
        for path in folder.glob("[!.]*"):
            (Path(self._links.name) / path.name).symlink_to(path.resolve())
        return self._links.name

    def frequency(self, gram: str, *, field: Column) -> int:
        """How many units have a gram."""
        return self._frequency(gram, field)

    @cached_property
    def _frequency(self) -> Callable[[str, str], int]:
        return lru_cache(_WEIGHTS)(lambda gram, field: int(self._lexical[1].doc_freq(field, gram)))

    def match(self, weights: Sequence[tuple[str, float]], *, limit: int, field: Column, every: bool, where: Where = ()) -> Ints:
        """Of many grams the most telling are asked for: what is found is compared with all."""
        import tantivy

        grams = [gram for gram, _ in weights]
        index, searcher, units = self._lexical
        if not every and len(grams) > _TELLING:
            grams = sorted(grams, key=lambda gram: self.frequency(gram, field=field) or self._units)[:_TELLING]
        occur = tantivy.Occur.Must if every else tantivy.Occur.Should
        schema = index.schema
        parts = [(occur, tantivy.Query.term_query(schema, field, gram)) for gram in grams]
        if not parts or not self._units:
            return np.zeros(0, np.int64)
        hits = searcher.search(tantivy.Query.boolean_query(parts), limit=min(limit, self._units), count=False).hits
        places = np.array([(a.segment_ord, a.doc) for _, a in hits], np.int64).reshape(-1, 2)
        found: Ints = units[self._base[places[:, 0]] + places[:, 1]]
        return found
