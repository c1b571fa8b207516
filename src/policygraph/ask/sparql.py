"""The SPARQL that gives what an answer gives, for whoever wants to go on from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policygraph.align.library import Library
from policygraph.ask.grammar import Understood


def query_for(found: Understood, library: Library, records: Sequence[Mapping[str, object]]) -> str:
    """One query over the default graph: the union of all documents' graphs."""
    return ""
