"""Targets of two documents beside each other, and what one has that the other has not, between any two documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policygraph.align import compare_siblings
from policygraph.align.library import Library
from policygraph.ask.plan import Plan, sides
from policygraph.ask.records import Record, clause_record, compared_records, distinct_targets, target_record
from policygraph.ask.scope import PROVISIONS, has_number, pairs_of
from policygraph.ask.topics import measured
from policygraph.errors import NotFoundError
from policygraph.model import Clause, Target, TargetLink

#: From this share of its pairs of characters on, a clause is said in another document in other words.
_SAID_AGAIN = 0.5
#: Indicators with so many last characters in common measure one kind of thing (城镇生活垃圾无害化处理率 and 县城…处理率).
_ENDING = 6


def compared(plan: Plan, library: Library) -> list[TargetLink]:
    """The pairs of targets that have the strictness, the timing and the indicator asked for. What cannot be compared is
    neither early nor late."""
    links = between(*two_sides(plan), library) if len(plan.sides) > 1 else _with_the_higher(plan, library)
    return [link for link in links if _as_asked(link, plan, library)]


def _with_the_higher(plan: Plan, library: Library) -> list[TargetLink]:
    return [link for lower, higher in pairs_of(plan, library) for link in library.compare(higher, lower)[0]]


def two_sides(plan: Plan) -> tuple[Sequence[str], Sequence[str]]:
    """The documents that are asked about, and those that they are measured by: 四川比重庆严 asks about Sichuan."""
    first, second = plan.sides[0], plan.sides[1]
    text = plan.question
    before = text[: text.find(first.label)] if first.label in text else ""
    if before.endswith(("比", "相比", "较", "比起")):
        first, second = second, first
    return first.documents, second.documents


def compared_documents(ours: Sequence[str], theirs: Sequence[str], library: Library) -> list[tuple[str, str]]:
    """The pairs of documents that are held beside each other: those that the build found to be about one subject, and, where
    none are, all. A plan for rivers beside a five-year plan would measure other things by like names."""
    kin = {frozenset(pair) for pair in library.columns.compared}
    every = [(one, other) for one in ours for other in theirs]
    return [pair for pair in every if frozenset(pair) in kin] or every


def between(ours: Sequence[str], theirs: Sequence[str], library: Library) -> list[TargetLink]:
    """Our targets beside theirs on the same indicators."""
    return [
        link
        for one, other in compared_documents(ours, theirs, library)
        for link in compare_siblings(library.columns.records(other), library.columns.records(one)).target_links
    ]


def _as_asked(link: TargetLink, plan: Plan, library: Library) -> bool:
    if plan.strictness and link.strictness not in sides("strictness", plan.strictness):
        return False
    if plan.timing and link.timing not in sides("timing", plan.timing):
        return False
    if plan.timing and not plan.strictness and link.strictness == "not_comparable":
        return False
    ends = (library.targets[link.source], library.targets[link.target])
    if plan.period and not any(plan.period.holds(target.deadline) for target in ends):
        return False
    return plan.topic is None or any(measured(plan.topic, target) for target in ends)


def distinct_pairs(links: Iterable[TargetLink], library: Library) -> list[TargetLink]:
    """One pair for each two distinct targets: goal and measure that say the same are one."""
    links = list(links)
    first: dict[str, str] = {}
    for target, again in distinct_targets((library.targets[end] for link in links for end in (link.source, link.target)), library):
        first |= {one.id: target.id for one in (target, *again)}
    kept: dict[tuple[str, str], TargetLink] = {}
    for link in links:
        kept.setdefault((first[link.source], first[link.target]), link)
    return list(kept.values())


def pair_records(links: Iterable[TargetLink], library: Library) -> list[Record]:
    return [record for link in links for record in compared_records(link, library)]


def dropped_targets(plan: Plan, library: Library) -> list[Target]:
    """The higher documents' targets that none of the lower ones takes up; with a number only, where numbers are asked for."""
    if len(plan.sides) > 1 and not plan.named(national=True):
        return _of_one_side(plan, library)
    pairs = pairs_of(plan, library)
    missed = ("absent", "deferred") if plan.quantified else ("absent",)  # what is deferred has no figure of its own
    missing: dict[str, list[set[str]]] = {}
    for lower, higher in pairs:
        _, dropped = library.compare(higher, lower)
        missing.setdefault(higher, []).append({record.subject for record in dropped if record.status in missed})
    found = [library.targets[name] for each in missing.values() for name in set.intersection(*each)]
    theirs = [target for name in sorted({pair[0] for pair in pairs}) for target in library.of[name].targets]
    found = [target for target in found if not any(_of_one_name(target, other) for other in theirs)]
    found = [t for t in found if (not plan.topic or measured(plan.topic, t)) and (not plan.quantified or t.value is not None and has_number(t.text))]
    return [target for target, _ in distinct_targets(sorted(found, key=lambda t: (t.document, t.start)), library)]


def sides_of_dropped(plan: Plan) -> tuple[list[str], list[str]]:
    """Of two sides the documents that have something, and those that have it not."""
    there = list(plan.lacking)
    if not there:
        raise NotFoundError("Which of the two has it not?" if plan.english else "没有说明是哪一份文件没有，请写明：甲有而乙没有的是哪些。")
    return [name for side in plan.sides for name in side.documents if name not in there], there


def _of_one_side(plan: Plan, library: Library) -> list[Target]:
    """The targets of one of two documents that the other says nothing of."""
    here, there = sides_of_dropped(plan)
    missing: dict[str, list[set[str]]] = {}
    for one, other in compared_documents(here, there, library):
        links = compare_siblings(library.columns.records(one), library.columns.records(other))
        missing.setdefault(one, []).append({record.subject for record in links.coverage if record.status == "absent"})
    found = [library.targets[name] for each in missing.values() for name in set.intersection(*each) if name in library.targets]
    theirs = [target for name in there for target in library.of[name].targets]
    found = [t for t in found if t.document in here and not any(_of_one_name(t, other) for other in theirs)]
    found = [t for t in found if (not plan.topic or measured(plan.topic, t)) and (not plan.quantified or t.value is not None)]
    return [target for target, _ in distinct_targets(sorted(found, key=lambda t: (t.document, t.start)), library)]


def _of_one_name(target: Target, other: Target) -> bool:
    """Whether two indicators end alike, so that one may well take up the other though no link says so."""
    return target.value is not None and len(target.indicator) >= _ENDING <= len(other.indicator) and target.indicator[-_ENDING:] == other.indicator[-_ENDING:]


def of_both(plan: Plan, library: Library) -> list[list[Record]]:
    """The targets that a topic names, of each side, where the two may not be comparable."""
    found = []
    for documents in two_sides(plan):
        targets = [t for d in documents for t in library.of[d].targets if plan.topic and measured(plan.topic, t)]
        found.append([target_record(target, library) for target, _ in distinct_targets(targets, library)])
    return found


# What one document has and another has not


def only_here(here: Sequence[str], there: Sequence[str], library: Library) -> list[Record]:
    """Our clauses that answer no higher clause that theirs answers too, and that theirs do not say in other words."""
    theirs = [c for d in there for c in library.of[d].clauses if c.leaf and c.kind in PROVISIONS]
    spoken = [_pairs(clause) for clause in theirs]
    found = []
    for document in here:
        for clause in library.of[document].clauses:
            if not clause.leaf or clause.kind not in ("measure", "safeguard", "article"):
                continue
            shared = any(library.columns.home(s.target) in there for s in library.siblings(clause.id))
            own = _pairs(clause)
            again = max((len(own & other) / max(min(len(own), len(other)), 1) for other in spoken), default=0.0)
            if not shared and again < _SAID_AGAIN:
                found.append(clause_record(clause, library))
    return found


def _pairs(clause: Clause) -> frozenset[str]:
    text = clause.text
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))
