"""What a search gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from policygraph.table import Table, plain

if TYPE_CHECKING:
    import pandas as pd

Strength = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a hit's text that speaks for it: `words` that match, or the sentence nearest in `meaning`. `start`
    and `end` count from the beginning of the hit's text."""

    start: int
    end: int
    kind: Literal["words", "meaning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a hit is there: a kind (words, bridge, meaning, condition), a phrase for readers, and what it adds."""

    kind: Literal["words", "bridge", "meaning", "condition"]
    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition found in the words of the query, or given as a parameter. `effect` says whether other clauses are
    left out (filter) or only come later (boost)."""

    field: str
    value: str
    words: str
    effect: Literal["filter", "boost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A clause of an article that is found as one. `start` and `end` are offsets in the source."""

    clause: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A clause found; of an article, the clause that answers best, and in `parts` all of them in their order. `start` and
    `end` are offsets in the source; `sentence` is the best one, a span of `text`.

    `score` orders hits of one query; `confidence`, 0 to 1, is comparable between queries.
    """

    clause: str
    document: str
    source: str
    start: int
    end: int
    kind: str
    number: str | None
    path: tuple[str, ...]
    text: str
    score: float
    confidence: float
    sentence: tuple[int, int]
    highlights: tuple[Span, ...]
    why: tuple[Reason, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """How many of the clauses found have a value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A page of hits, and what is known about all clauses found (`total`, `facets`).

    `confident` is False when nothing found looks like an answer; `message` then says so. `text` is what was matched
    after the conditions were taken out.
    """

    query: str
    text: str
    conditions: tuple[Condition, ...]
    hits: tuple[Hit, ...]
    total: int
    offset: int
    limit: int
    facets: dict[str, tuple[FacetValue, ...]]
    confidence: float
    confident: bool
    message: str
    semantic: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return plain(self)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The hits as plain values."""
        return [plain(hit) for hit in self.hits]

    def frame(self) -> pd.DataFrame:
        """A pandas frame with a row a hit (extra `pandas`)."""
        columns = ("clause", "document", "score", "confidence", "text", "source", "start", "end", "kind", "number")
        rows = [{**{name: getattr(hit, name) for name in columns}, "why": "; ".join(r.text for r in hit.why)} for hit in self.hits]
        return Table(rows, columns=[*columns, "why"]).frame()

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(hit.clause)}</td><td>{hit.confidence:.2f}</td><td>{escape(hit.text[:120])}</td></tr>"
            for hit in self.hits
        )
        head = "<tr><th>clause</th><th>confidence</th><th>text</th></tr>"
        return f"<p>{escape(self.message)}</p><table>{head}{rows}</table>"
