"""What finds candidates: the seam between the searcher and the engine that holds vectors and words.

The engine of a release's own folder is `embedded.py`; `milvus.py` asks a collection that holds the same. Units and sentences are
told by their numbers in the release's index, so that whatever is found is shown, scored and explained from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from policygraph.encode.weights import Floats
from policygraph.search.parts import Field

Ints = npt.NDArray[np.int64]
#: What words are looked for in.
Column = Literal["text", "head"]


@dataclass(frozen=True, slots=True)
class Having:
    """Clauses that have one of these values of a field, by their places in the index's names; with this extra (of agencies
    the role), where one is given."""

    field: Field
    values: frozenset[int]
    extra: int | None = None


#: Clauses that meet one condition of every group. None at all: every clause.
Where = tuple[tuple[Having, ...], ...]


class Vectors(Protocol):
    """Vectors of units, or of sentences, by their number. Those of other clauses than `where` says are left out by whoever
    asks; an engine that leaves them out itself finds more of the others."""

    def search(self, vector: Floats, limit: int, *, where: Where = ()) -> Ints:
        """The nearest, best first."""
        ...

    def products(self, rows: Ints, vector: Floats) -> Floats:
        """The inner product with each of these, exact."""
        ...

    def vectors(self, rows: Ints) -> Floats:
        """The vectors of these, a row each."""
        ...


class Engine(Protocol):
    """Finds candidates for a query; may be asked from several threads."""

    @property
    def whole(self) -> Vectors:
        """Vectors of the units; only of an index that has an encoder."""
        ...

    @property
    def parts(self) -> Vectors:
        """Vectors of the sentences; only of an index that has an encoder."""
        ...

    def match(self, weights: Sequence[tuple[str, float]], *, limit: int, field: Column, every: bool, where: Where = ()) -> Ints:
        """The units that have one of the grams (or every one, as far as the engine can say so), the best `limit` by BM25.
        Each gram comes with its inverse document frequency."""
        ...
