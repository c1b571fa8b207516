"""Two reviewers beside each other: how far they agree, and where not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from policygraph.review.book import words_of
from policygraph.review.matching import Fit
from policygraph.review.verdict import Verdict

_HOLDS = ("accepted", "corrected", "added")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two reviewers on the records that both judged: Cohen's kappa of their judgements (None where chance leaves nothing to
    tell), F1 of what the one holds to be right against what the other does."""

    kind: str
    one: str
    other: str
    both: int
    same: int
    kappa: float | None
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A record on which reviewers do not agree: what each says. `settled` where an editor has settled it, or most agree."""

    id: str
    kind: str
    said: tuple[Verdict, ...]
    settled: bool


def agreements(fits: Iterable[Fit]) -> list[Agreement]:
    """Each two reviewers that judged the same records, by kind; those who share most first."""
    pairs: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for fit in fits:
        if fit.key[0] == "read":
            continue
        said = sorted(fit.verdicts, key=lambda verdict: verdict.reviewer)
        words = [words_of(verdict, fit.verdicts) for verdict in said]
        for i, one in enumerate(said):
            for j in range(i + 1, len(said)):
                pairs.setdefault((fit.kind, one.reviewer, said[j].reviewer), []).append((words[i], words[j]))
    found = [_agreement(kind, one, other, rows) for (kind, one, other), rows in pairs.items()]
    return sorted(found, key=lambda each: (-each.both, each.kind, each.one, each.other))


def _agreement(kind: str, one: str, other: str, rows: list[tuple[str, str]]) -> Agreement:
    same = sum(a == b for a, b in rows)
    held = [(_holds(a), _holds(b)) for a, b in rows]
    both = sum(a and b for a, b in held)
    total = sum(a for a, _ in held) + sum(b for _, b in held)
    return Agreement(
        kind=kind, one=one, other=other, both=len(rows), same=same, kappa=kappa(rows), f1=round(2 * both / total, 4) if total else 0.0
    )


def kappa(rows: list[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two readers' labels: agreement beyond what their habits alone would give.

    >>> kappa([("yes", "yes"), ("yes", "no"), ("no", "no"), ("no", "no")])
    0.5
    """
    if not rows:
        return None
    seen = sum(a == b for a, b in rows) / len(rows)
    first, second = Counter(a for a, _ in rows), Counter(b for _, b in rows)
    chance = sum(first[label] * second[label] for label in first) / len(rows) ** 2
    return None if chance == 1 else round((seen - chance) / (1 - chance), 4)


def _holds(words: str) -> bool:
    return any(words.startswith(f'["{judgement}"') for judgement in _HOLDS)


def disagreements(fits: Iterable[Fit]) -> list[Disagreement]:
    """The records on which reviewers do not agree, those that nobody settled first."""
    found = []
    for fit in fits:
        if len({words_of(verdict, fit.verdicts) for verdict in fit.verdicts}) > 1:
            found.append(Disagreement(id=fit.id, kind=fit.kind, said=fit.verdicts, settled=fit.holds is not None))
    return sorted(found, key=lambda each: (each.settled, each.kind, each.id))
