"""A release scored against verdicts: what it says, without them, beside what persons say.

As `benchmarks/evaluate.py` scores against gold: precision of what was judged; recall where a document, or a pair of documents,
was read whole, since only there nothing is missing but what was added.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from policygraph.columns import Columns
from policygraph.review.matching import Fit, Fitted
from policygraph.review.verdict import BETWEEN, TABLES, Kind, Verdict, said_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Records of a kind against what persons say. `judged` were found and judged; `right` of them hold, `exact` in every field.
    `missed` were added or accepted by persons, and the release does not have them. Recall and F1 are of `read` documents or
    pairs read whole (None where none is): there what nobody rejected counts as right."""

    kind: str
    judged: int
    right: int
    exact: int
    missed: int
    precision: float | None
    precision_exact: float | None
    read: int
    recall: float | None
    f1: float | None
    disputed: int


def scores(columns: Columns, fitted: Fitted) -> list[Score]:
    """Each kind of which something was judged."""
    read = _read(fitted)
    judged = {fit.kind for fit in fitted.fits} | {each.verdict.kind for each in fitted.unfit}
    return [_score(kind, columns, fitted, read.get(kind, frozenset())) for kind in TABLES if kind in judged]


def _read(fitted: Fitted) -> dict[str, frozenset[tuple[str, ...]]]:
    """What was read whole, by kind: a document, or a pair (lower, higher)."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for fit in fitted.fits:
        if fit.key[0] == "read" and fit.holds is not None:
            found.setdefault(fit.kind, set()).add(fit.documents)
    return {kind: frozenset(documents) for kind, documents in found.items()}


def _score(kind: str, columns: Columns, fitted: Fitted, read: frozenset[tuple[str, ...]]) -> Score:
    counts: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for fit in fitted.fits:
        if fit.kind != kind or fit.key[0] == "read":
            continue
        outcome = outcome_of(fit)
        counts.update(outcome)
        if fit.documents in read:
            inside.update(outcome)
    for each in fitted.unfit:
        verdict = each.verdict
        if verdict.kind == kind and each.why == "not found" and verdict.judgement in ("accepted", "corrected", "added"):
            counts["missed"] += 1
            if tuple(place.document for place in verdict.places) in read:
                inside["missed"] += 1
    judged, right = counts["judged"], counts["right"]
    recall = f1 = None
    if read:
        found = sum(_found(columns, kind, documents) for documents in read) - inside["judged"] + inside["right"]
        wrong = inside["judged"] - inside["right"]
        recall = _share(found, found + inside["missed"])
        if recall is not None and found:
            precision = found / (found + wrong)
            f1 = round(2 * precision * recall / (precision + recall), 4)
    return Score(
        kind=kind, judged=judged, right=right, exact=counts["exact"], missed=counts["missed"], precision=_share(right, judged),
        precision_exact=_share(counts["exact"], judged), read=len(read), recall=recall, f1=f1, disputed=counts["disputed"],
    )  # fmt: skip


def _found(columns: Columns, kind: str, documents: tuple[str, ...]) -> int:
    """How many records of a kind the release has in a document, or asserts between two."""
    table = TABLES[kind][0]
    if kind in BETWEEN:
        links = columns.between(table, documents[0], documents[1])
        return sum(is_asserted(kind, link) for link in links)
    return 1 if kind == "document" else len(columns.of(table, documents[0]))


def is_asserted(kind: str, record: Any) -> bool:
    """Whether the program stands by a record: links that are merely related it does not assert."""
    return kind != "link" or record.relation != "related"


def outcome_of(fit: Fit) -> tuple[str, ...]:
    """What one judged record counts for: judged, right and exact; missed; disputed; or nothing."""
    verdict = fit.holds
    if verdict is None:
        return ("disputed",)
    wanted = holds(fit.kind, verdict)
    asserted = fit.record is not None and is_asserted(fit.kind, fit.record)
    if not asserted:
        return ("missed",) if wanted else ()
    if not wanted:
        return ("judged",)
    exact = all(getattr(fit.record, name, None) == value for name, value in said_of(fit.kind, verdict).items())
    return ("judged", "right", "exact") if exact else ("judged", "right")


def holds(kind: Kind, verdict: Verdict) -> bool:
    """Whether persons say that there is such a record."""
    if verdict.judgement == "rejected":
        return False
    relation = said_of(kind, verdict).get("relation") if kind == "link" else None
    return relation != "related"


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
