"""Search: the clauses of all documents go in, an index comes out; a query goes in, hits come out, each with its reasons.

An index answers with the encoder that made it or not at all; conditions that the words of a query state are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policygraph.search.filling import push_index
    from policygraph.search.results import Condition, FacetValue, Hit, Part, Reason, SearchResult, Span
    from policygraph.search.searcher import Searcher
    from policygraph.search.writing import build_index

__all__ = ["Condition", "FacetValue", "Hit", "Part", "Reason", "SearchResult", "Searcher", "Span", "build_index", "push_index"]

_WHERE = {
    "writing": ("build_index",),
    "filling": ("push_index",),
    "results": ("Condition", "FacetValue", "Hit", "Part", "Reason", "SearchResult", "Span"),
    "searcher": ("Searcher",),
}


def __getattr__(name: str) -> object:
    """The public names, each from its module when first asked: importing the package loads no engine."""
    from importlib import import_module

    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"policygraph.search.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
