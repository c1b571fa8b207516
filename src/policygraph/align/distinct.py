"""Distinct targets: what a document says in its goals and again in a measure is one target in two places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from policygraph.align.likeness import measured
from policygraph.align.measures import unit_of
from policygraph.model import DocumentRecords, Target


def first_places(targets: Iterable[Target]) -> dict[str, str]:
    """For each target the id of the first of its document that says the same: one thing, one figure or state, one day.
    A place that gives no day says the same as the one that does; the two ends of a range (5%-10%) are one."""
    first: dict[tuple[object, ...], list[Target]] = {}
    found: dict[str, str] = {}
    before: Target | None = None
    for target in targets:
        if before is not None and is_range(before, target):
            found[target.id] = found[before.id]
            continue
        before = target
        key = (target.document, target.concept or measured(target).name, _where(target), *_demand(target))
        known = first.setdefault(key, [])
        same = next(
            (one for one in known if None in (one.deadline, target.deadline) or one.deadline == target.deadline), None
        )
        if same is None:
            known.append(target)
        found[target.id] = (same or target).id
    return found


def told_once(records: DocumentRecords) -> DocumentRecords:
    """The records with each target that says again what one before it says marked as such."""
    first = first_places(records.targets)
    marked = tuple(target if first[target.id] == target.id else replace(target, repeats=first[target.id]) for target in records.targets)
    return replace(records, targets=marked)


def is_range(low: Target, high: Target) -> bool:
    """Whether two targets are the lower and the upper end of one range."""
    same = (low.clause, low.start, low.end, low.indicator) == (high.clause, high.start, high.end, high.indicator)
    return same and (low.comparator, high.comparator) == (">=", "<=")


def _where(target: Target) -> str:
    return measured(target).name if target.concept and target.area else ""


def _demand(target: Target) -> tuple[object, ...]:
    if target.value is None:
        return (target.state,)
    factor, unit = unit_of(target.unit)
    value = target.value * factor if isinstance(target.value, (int, float)) else target.value
    return (value, unit, target.relative, target.comparator == "<=", target.alternative_to is None)
