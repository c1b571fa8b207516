"""Two clauses beside each other: what is word for word, adapted or new, and which demands answer each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from policygraph.align.asked import standing
from policygraph.align.library import Library
from policygraph.align.report import ANSWERED, SUCCEEDED
from policygraph.align.wording import stretches
from policygraph.api.serving import Live
from policygraph.model import Alignment, Clause
from policygraph.read import reading
from policygraph.report import NEAR

#: Kinds of clause that carry demands.
DEMANDING = ("measure", "safeguard", "goal", "article")
_OF_DEMANDS = ("dropped", "added")


def link_context(identifier: str, live: Live, *, pair: tuple[str, str] | None = None) -> dict[str, Any] | None:
    """A link with its two clauses cut by where their words come from; None when there is no such link. Links that are not
    of the build are found in the `pair` (higher, lower) that was aligned on the spot."""
    paired = live.graph.pair(*pair) if pair else None
    library = paired.library if paired else live.graph.library
    link = library.columns.find("alignments", identifier)
    said = live.graph.judgements(identifier)
    if link is None and said:  # rejected: it stays on record, as the program found it
        library = live.graph.found.library
        link = library.columns.find("alignments", identifier)
    if link is None:
        return None
    lower, higher = library.clauses[link.source], library.clauses[link.target]
    targets = [
        {"link": t, "lower": library.targets[t.source], "higher": library.targets[t.target]}
        for t in library.target_links(lower.document, higher.document)
        if library.targets[t.source].clause == lower.id and library.targets[t.target].clause == higher.id
    ]
    return {
        "said": said, "rejected": any(row["judgement"] == "rejected" and row["holds"] for row in said),
        "link": link, "lower": lower, "higher": higher, **joined(link, live=live), "targets": targets, "paired": paired,
        **unanswered(link, library),
    }  # fmt: skip


def unanswered(link: Alignment, library: Library) -> dict[str, tuple[str, ...]]:
    """What of the higher clause nothing in the lower document answers, and what of the lower one answers nothing above."""
    source, target = library.clauses[link.source], library.clauses[link.target]
    return {
        "left_out": library.left_out(target.id, document=source.document),
        "added": library.added(source.id, document=target.document),
    }


def joined(link: Alignment, *, live: Live) -> dict[str, Any]:
    """The pieces of both clauses of a link; `joins` holds the numbers of the matched demands that a piece is part of. A match
    that is less likely than not is listed apart, and not lit."""
    clauses = live.graph.library.clauses
    lower, higher = clauses[link.source], clauses[link.target]
    sure = [match for match in link.evidence if match.kind == "verbatim" or match.weight >= ANSWERED]
    low = [(m.source_start, m.source_end) for m in sure]
    high = [(m.target_start, m.target_end) for m in sure]
    return {
        "pieces": list(_pieces(lower, higher, matched=[m.source_text for m in sure], spans=low, source=live.source(lower.document))),
        "back": list(_pieces(higher, lower, matched=[m.target_text for m in sure], spans=high, source=live.source(higher.document))),
        "matches": sure, "weak": [match for match in link.evidence if match not in sure],
    }  # fmt: skip


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
    """Two documents beside each other: each higher clause with the lower clauses that answer it, what of it is dropped,
    and what is new. Of two documents of different levels either may be named first."""
    one, other = (live.graph.library.document(name) for name in (higher, lower))
    if standing(other, one) == "above":
        one, other = other, one
    paired = live.graph.pair(one.id, other.id)
    library = paired.library
    status = {r.subject: r for r in library.covered(other.id, one.id) if r.status not in _OF_DEMANDS}
    rows: list[dict[str, Any]] = []
    for clause in library.of[one.id].clauses:
        if not clause.leaf or clause.kind not in DEMANDING:
            continue
        links = [a for a in library.down(clause.id) if a.relation != "related" and library.columns.home(a.source) == other.id]
        answers = [
            {"link": a, "clause": library.clauses[a.source], **joined(a, live=live), "added": library.added(a.source, document=one.id)}
            for a in links
        ]
        rows.append({
            "clause": clause, "answers": answers, "coverage": status.get(clause.id),
            "left_out": library.left_out(clause.id, document=other.id),
        })  # fmt: skip
    new = [library.clauses[r.subject] for r in library.covered(one.id, other.id) if r.status == "new" and r.subject in library.clauses]
    compared, dropped = live.graph.pair(one.id, other.id, targets=True).library.compare(*_in_order(one.id, other.id, live))
    known = live.graph.library.targets
    targets = [{"link": t, "lower": known[t.source], "higher": known[t.target]} for t in compared]
    missing = [{"record": r, "target": known[r.subject]} for r in dropped if r.subject in known]
    counts = Counter(row["coverage"].status for row in rows if row["coverage"])
    return {
        "higher": one, "lower": other, "rows": rows, "new": new, "targets": targets, "missing": missing, "counts": counts,
        "paired": paired, "names": SUCCEEDED if paired.standing == "before" else {},
        "near": NEAR, "left_out": sum(len(row["left_out"]) for row in rows),
    }  # fmt: skip


def _in_order(higher: str, lower: str, live: Live) -> tuple[str, str]:
    """Two documents as their targets were compared: of neighbours the build chose which is first."""
    compared = live.graph.library.compared
    return (lower, higher) if (higher, lower) in compared and (lower, higher) not in compared else (higher, lower)
