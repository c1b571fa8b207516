"""Two clauses beside each other: what is word for word, adapted or new, and which demands answer each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from policygraph.align.wording import stretches
from policygraph.api.serving import Live
from policygraph.model import Alignment, Clause
from policygraph.read import reading

#: Kinds of clause that carry demands.
DEMANDING = ("measure", "safeguard", "goal", "article")


def link_context(identifier: str, live: Live) -> dict[str, Any] | None:
    """A link with its two clauses cut by where their words come from; None when there is no such link."""
    library = live.graph.library
    link = library.columns.find("alignments", identifier)
    if link is None:
        return None
    lower, higher = library.clauses[link.source], library.clauses[link.target]
    targets = [
        {"link": t, "lower": library.targets[t.source], "higher": library.targets[t.target]}
        for t in library.target_links(lower.document, higher.document)
        if library.targets[t.source].clause == lower.id and library.targets[t.target].clause == higher.id
    ]
    return {"link": link, "lower": lower, "higher": higher, **joined(link, live=live), "targets": targets}


def joined(link: Alignment, *, live: Live) -> dict[str, list[dict[str, Any]]]:
    """The pieces of both clauses of a link; `joins` holds the numbers of the matched demands that a piece is part of."""
    clauses = live.graph.library.clauses
    lower, higher = clauses[link.source], clauses[link.target]
    low = [(m.source_start, m.source_end) for m in link.evidence]
    high = [(m.target_start, m.target_end) for m in link.evidence]
    return {
        "pieces": list(_pieces(lower, higher, matched=[m.source_text for m in link.evidence], spans=low, source=live.source(lower.document))),
        "back": list(_pieces(higher, lower, matched=[m.target_text for m in link.evidence], spans=high, source=live.source(higher.document))),
    }


def _pieces(
    clause: Clause, other: Clause, *, matched: Sequence[str], spans: Sequence[tuple[int, int]], source: str
) -> Iterator[dict[str, Any]]:
    cuts = stretches(clause.text, other.text, matched=matched)
    clean = reading(source, clause.start, clause.end)
    demands = [
        (*clean.locate(start, end), number)
        for number, (start, end) in enumerate(spans, 1)
        if clause.start <= start and end <= clause.end
    ]
    edges = {edge for cut in cuts for edge in (cut.start, cut.end)} | {edge for a, b, _ in demands for edge in (a, b)}
    ordered = sorted(edges)
    for start, end in zip(ordered, ordered[1:], strict=False):
        kind = next((cut.kind for cut in cuts if cut.start <= start < cut.end), "new")
        yield {
            "kind": kind, "text": clause.text[start:end],
            "joins": [number for a, b, number in demands if a <= start and end <= b],
            "begins": [number for a, _, number in demands if a == start],
        }  # fmt: skip


def side_by_side(higher: str, lower: str, live: Live) -> dict[str, Any]:
    """Two documents beside each other: each higher clause with the lower clauses that answer it, and what is new."""
    library = live.graph.library
    status = {r.subject: r for r in library.covered(lower, higher)}
    rows: list[dict[str, Any]] = []
    for clause in library.of[higher].clauses:
        if not clause.leaf or clause.kind not in DEMANDING:
            continue
        links = [a for a in library.down(clause.id) if a.relation != "related" and library.columns.home(a.source) == lower]
        answers = [{"link": a, "clause": library.clauses[a.source], **joined(a, live=live)} for a in links]
        rows.append({"clause": clause, "answers": answers, "coverage": status.get(clause.id)})
    new = [library.clauses[r.subject] for r in library.covered(higher, lower) if r.status == "new" and r.subject in library.clauses]
    compared, dropped = library.compare(higher, lower)
    targets = [{"link": t, "lower": library.targets[t.source], "higher": library.targets[t.target]} for t in compared]
    missing = [{"record": r, "target": library.targets[r.subject]} for r in dropped if r.subject in library.targets]
    counts = Counter(row["coverage"].status for row in rows if row["coverage"])
    return {
        "higher": library.documents[higher], "lower": library.documents[lower], "rows": rows, "new": new,
        "targets": targets, "missing": missing, "counts": counts,
    }  # fmt: skip
