"""Targets of two documents side by side: what the lower one says of every target of the higher one, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from policygraph.align.distinct import is_range
from policygraph.align.likeness import (
    SAME,
    are_neighbours,
    likeness,
    measured,
    obstacle,
    resemblance,
    same_thing,
    shares_head,
    shares_last_word,
    words,
)
from policygraph.align.measures import compare_values, same_measure
from policygraph.align.statements import Near, Statements, has_figure, takes_up
from policygraph.align.states import compare_states
from policygraph.ids import short_hash
from policygraph.model import Candidate, Clause, Coverage, CoverageStatus, Scope, Strictness, Target, TargetLink, Timing
from policygraph.vocabulary.areas import areas_in, branch, excludes
from policygraph.vocabulary.regions import regions_in

METHOD = "targets/2"
#: Indicators nearly as like as the best counterpart are counterparts too: goals and measures state a target twice.
NEARLY = 0.75
#: From here to `SAME` two states are of neighbouring objects: said beside each other, not compared.
NEAR = 0.29
_NEAREST = 3
#: “南阳实践”经验做法, “长江大保护”行动: a place in the name of a thing leaves nobody out; “三江” alone is the place.
_CALLED = re.compile(r"[“《][^”》]{4,}[”》]|[“《][^”》]+[”》](?=实践|经验|模式|行动|计划|做法)")
_ORDERED = ("equal", "stricter", "looser")


def compare(lower: Target, higher: Target, *, one_area: bool = False) -> tuple[Strictness, str]:
    """Strictness of two targets on one thing, and the reason."""
    if lower.value is None and higher.value is None:
        strictness, reason = compare_states(_whole_state(lower), _whole_state(higher))
        if strictness == "equal" and lower.hedge and not higher.hedge:
            return "looser", f"{reason}, but {lower.hedge}"
        return strictness, reason
    return compare_values(lower, higher, one_area=one_area)


def _whole_state(target: Target) -> str:
    """The state with the words in front of its verb that put it off (推动建立), where the text has them."""
    state = target.state or target.text
    pushed = re.search(f"(?:推动|推进|支持|争取|探索){re.escape(state)}", target.text)
    return pushed.group() if pushed else state


def _timing(lower: Target, higher: Target) -> Timing:
    if not lower.deadline or not higher.deadline:
        return "undated"
    if lower.deadline == higher.deadline:
        return "equal"
    return "earlier" if lower.deadline < higher.deadline else "later"


def scope_of(lower: Target, higher: Target) -> Scope:
    """Whether the lower target is of more, of less or of the same as the higher one: a qualifier narrows (主要粮食作物
    化肥利用率), a further part widens (生态水位和自然变化节律)."""
    if lower.concept is not None and lower.concept == higher.concept and lower.area == higher.area:
        return "same"
    a, b = measured(lower), measured(higher)
    if a.name == b.name:
        return "same"
    parts_a, parts_b = (frozenset(re.split("[和及与、]", t.indicator)) for t in (lower, higher))
    if parts_a < parts_b:
        return "narrower"
    if parts_b < parts_a:
        return "broader"
    if a.settlements != b.settlements and a.settlements and b.settlements:
        if a.settlements < b.settlements:
            return "narrower"
        if a.settlements > b.settlements:
            return "broader"
    if (rest := _left_over(a.name, b.name)) is not None:
        return "same" if _is_place(rest) else "narrower" if _is_part(rest) else "broader"
    if (rest := _left_over(b.name, a.name)) is not None:
        return "same" if _is_place(rest) else "broader" if _is_part(rest) else "narrower"
    return "other"


def _left_over(short: str, long: str) -> str | None:
    """What the longer name says beyond the shorter one, whose characters it has in order; None when it has not."""
    left, at = [], 0
    for char in long:
        if at < len(short) and char == short[at]:
            at += 1
        else:
            left.append(char)
    return "".join(left) if at == len(short) else None


def _is_part(words_left: str) -> bool:
    """Whether words are a thing beside another (和自然变化节律, 法律法规) and not a qualifier of it (主要粮食作物)."""
    return bool(re.search("[和及与]", words_left) or words().coordinate.fullmatch(words_left))


def _is_place(words_left: str) -> bool:
    """Whether words are a place that goes without saying: 干流 in the basin's own plan is 长江干流."""
    return words_left in {name for _, _, area in areas_in(words_left) for name in area.names}


@dataclass(frozen=True, slots=True)
class _Sides:
    """The two documents: ids, regions, whether they are of one level; `one_area` says that they speak for one area."""

    lower: str
    higher: str
    region: str | None
    above: str | None
    siblings: bool

    @property
    def one_area(self) -> bool:
        return self.region == self.above

    def leaves_out(self, target: Target, before: Target | None) -> str | None:
        """The words of a higher target that leave the lower document's region out, None when it is concerned."""
        if not self.region:
            return None
        where = target.area if target.area and (areas_in(target.area) or regions_in(target.area)) else target.indicator
        if before is not None and before.area and re.match("干流|支流|上游|中游|下游", target.indicator):
            where = before.area + target.indicator
        where = _CALLED.sub("", where)
        if not excludes(where, self.region):
            return None
        divisions = [(start, end, code) for start, end, code in regions_in(where)]
        own = branch(self.above) if self.siblings and self.above and not areas_in(where) else None
        if own and all(branch(code).startswith(own) for *_, code in divisions):
            return None
        spans = sorted((start, end) for start, end, _ in (*areas_in(where), *divisions))
        return "、".join(dict.fromkeys(where[start:end] for start, end in spans))


def link_targets(
    lower: Sequence[Target],
    higher: Sequence[Target],
    *,
    documents: tuple[str, str],
    regions: tuple[str | None, str | None] = (None, None),
    clauses: Sequence[Clause] = (),
    above: Sequence[Clause] = (),
    siblings: bool = False,
) -> tuple[tuple[TargetLink, ...], tuple[Coverage, ...]]:
    """What the lower document says of each target of the higher one: links of its own targets on the same thing, and
    one record of coverage for each higher target.

    `documents` and `regions` are those of the lower and the higher document, `clauses` the lower document's, in which
    what no target says is looked for, `above` the higher one's; `siblings` says that neither document is above the other.
    """
    sides = _Sides(*documents, *regions, siblings)
    statements = Statements(clauses)
    alternatives, ends = _alternatives(higher), _ends(lower) | _ends(higher)
    links: list[TargetLink] = []
    coverage: list[Coverage] = []
    topics = _topics(lower, clauses) | _topics(higher, above)
    same_name: dict[str, list[Target]] = {}
    for target in higher:
        same_name.setdefault(measured(target).name, []).append(target)
    before: Target | None = None
    for target in higher:
        previous = before if before is not None and before.clause == target.clause else None
        before = target if target.area or previous is None else replace(target, area=previous.area)
        if where := sides.leaves_out(target, previous):
            reason = f"for {where} only"
            coverage.append(
                _record(target, sides, "not_applicable", (Candidate(clause=target.id, score=1.0, reason=reason),))
            )
            continue
        # what the higher document sets for another of its own days (持续改善 by 2025, 根本好转 by 2035) answers that one
        stages = {each.deadline for each in same_name[measured(target).name]} - {target.deadline}
        ours = [
            source
            for source in lower
            if not (source.deadline in stages and measured(source).name == measured(target).name)
        ]
        chosen = _counterparts(target, ours, alternatives.get(target.id, ()), ends)
        found = [(score, source, *compare(source, target, one_area=sides.one_area)) for score, source in chosen]
        found = [_of_one_topic(entry, target, topics) for entry in found]
        ordered = _committed([entry for entry in found if entry[2] in _ORDERED])
        if ordered:
            links += [_link(target, *entry) for entry in ordered]
            coverage.append(_record(target, sides, "met"))
            continue
        near = statements.nearest(target)
        found = found or _neighbours(target, ours)
        if not found and (unread := statements.unread(target)):
            said = Candidate(clause=unread[0], score=1.0, reason="figures beside it that were not read", text=unread[1])
            coverage.append(_record(target, sides, "not_comparable", (said,)))
        elif deferring := _deferring(target, near, beside=bool(found)):
            coverage.append(_record(target, sides, "deferred", (deferring,)))
        elif found:
            links += [_link(target, *entry) for entry in found]
            coverage.append(_record(target, sides, "not_comparable"))
        else:
            coverage.append(_record(target, sides, "absent", _fallen_short(target, lower, near)))
    met = {record.subject for record in coverage if record.status == "met"}
    return tuple(links), tuple(_settled(record, met, alternatives, ends) for record in coverage)


def _counterparts(
    target: Target,
    lower: Sequence[Target],
    others: Sequence[Target],
    ends: Mapping[str, str],
) -> list[tuple[float, Target]]:
    """The lower targets on the same thing, best first: those of the same day where there are any."""
    scored = sorted(((likeness(source, target), source) for source in lower), key=lambda e: (-e[0], e[1].id))
    best = scored[0][0] if scored else 1.0
    chosen = [
        (score, source)
        for score, source in scored
        if same_thing(source, target, score)
        and (score == best or score >= NEARLY * best and shares_last_word(source, target))
    ]
    if others:
        chosen = [
            (score, source)
            for score, source in chosen
            if same_measure(source, target) or not any(same_measure(source, other) for other in others)
        ]
    chosen = [(score, source) for score, source in chosen if _demands(source, target, ends)]
    in_time = [(score, source) for score, source in chosen if source.deadline == target.deadline]
    return in_time if target.deadline and in_time else chosen


_Found = tuple[float, Target, Strictness, str]


def _topics(targets: Sequence[Target], clauses: Sequence[Clause]) -> dict[str, Target]:
    """For each target whose name belongs to something said before it, the target before it in its clause."""
    lists = {clause.id for clause in clauses if clause.kind == "goal"}
    return {
        target.id: before
        for before, target in pairwise(targets)
        if target.clause == before.clause and target.clause not in lists and measured(target).name in words().belonging
    }


def _of_one_topic(found: _Found, target: Target, topics: Mapping[str, Target]) -> _Found:
    """A comparison, taken back where the two names belong to two things."""
    mine, theirs = topics.get(found[1].id), topics.get(target.id)
    if mine is None or theirs is None or same_thing(mine, theirs, likeness(mine, theirs)):
        return found
    return found[0], found[1], "not_comparable", f"another object: of {mine.indicator}, not of {theirs.indicator}"


def _committed(found: Sequence[_Found]) -> list[_Found]:
    """What a document commits to where it says a thing more than once: not the weaker of two statements for one area."""
    firm = {(source.area, source.deadline) for _, source, strictness, _ in found if strictness != "looser"}
    best = max((score for score, *_ in found), default=0.0)
    return [
        entry for entry in found
        if entry[2] != "looser" or (entry[1].area, entry[1].deadline) not in firm or entry[0] == best and not any(
            other[0] == best and other[2] != "looser" for other in found
        )
    ]  # fmt: skip


def _deferring(target: Target, near: Sequence[Near], *, beside: bool) -> Candidate | None:
    """The statement that takes a target up and leaves the figure to others or, where no target stands `beside` it, sets
    none."""
    for each in near:
        if not takes_up(each) or has_figure(each.statement) or (beside and not each.statement.referring):
            continue
        if each.statement.referring:
            return _candidate(each, "refers to what is set above")
        return _candidate(each, "commits to no result" if target.value is None else "sets no figure")
    return None


def _neighbours(target: Target, lower: Sequence[Target]) -> list[_Found]:
    """The lower targets beside which a target can be put and not compared: on one pollutant, in another water class, or
    states of a neighbouring object; the best of them only."""
    best: list[_Found] = []
    for source in lower:
        score, why = resemblance(source, target), obstacle(source, target)
        if why == "another water class" and score >= SAME:
            best.append((score, source, "not_comparable", why))
        elif why is None and are_neighbours(source, target) and source.value is not None and target.value is not None:
            best.append((score, source, "not_comparable", "another measure"))
        elif (
            why is None
            and source.value is None
            and target.value is None
            and score >= NEAR
            and shares_head(source, target)
        ):
            best.append((score, source, "not_comparable", "another object"))
    return sorted(best, key=lambda entry: (-entry[0], entry[1].id))[:1]


def _fallen_short(target: Target, lower: Sequence[Target], near: Sequence[Near]) -> tuple[Candidate, ...]:
    """The nearest statements and targets of the whole lower document, and why each is none of the target."""
    said = [_candidate(each, "says only a part of it") for each in near[:1]]
    scored = sorted(((resemblance(source, target), source) for source in lower), key=lambda e: (-e[0], e[1].id))
    for score, source in scored[: _NEAREST - len(said)]:
        if score > 0:
            why = obstacle(source, target) or "another object"
            said.append(Candidate(clause=source.id, score=round(score, 4), reason=why, text=source.text))
    return tuple(said)


def _candidate(near: Near, reason: str) -> Candidate:
    said = near.statement
    return Candidate(clause=said.clause, score=round(min(near.share, 1.0), 4), reason=reason, text=said.text)


def _record(target: Target, sides: _Sides, status: CoverageStatus, nearest: tuple[Candidate, ...] = ()) -> Coverage:
    return Coverage(
        id=f"coverage-{short_hash(target.id, sides.lower)}",
        subject=target.id,
        document=sides.lower,
        status=status,
        nearest=nearest,
    )


def _link(target: Target, score: float, source: Target, strictness: Strictness, reason: str) -> TargetLink:
    return TargetLink(
        id=f"tlink-{short_hash(source.id, target.id)}",
        source=source.id,
        target=target.id,
        strictness=strictness,
        timing=_timing(source, target),
        scope=scope_of(source, target),
        reason=reason,
        score=round(score, 4),
        method=METHOD,
    )


def _settled(
    record: Coverage, met: set[str], alternatives: Mapping[str, Sequence[Target]], ends: Mapping[str, str]
) -> Coverage:
    """A target is no absence when its alternative, or the other end of its range, has a counterpart."""
    others = {other.id for other in alternatives.get(record.subject, ())} | {ends.get(record.subject, "")}
    return replace(record, status="met", nearest=()) if others & met else record


def _ends(targets: Sequence[Target]) -> dict[str, str]:
    """The two ends of each range (5%-10%), each by the other's id."""
    found: dict[str, str] = {}
    for low, high in pairwise(targets):
        if is_range(low, high):
            found |= {low.id: high.id, high.id: low.id}
    return found


def _demands(lower: Target, higher: Target, ends: Mapping[str, str]) -> bool:
    """Whether these are the ends that count where one is a range: the upper ones beside a cap, else the lower ones."""
    ranged = [target for target in (lower, higher) if target.id in ends]
    end = "<=" if any(target.comparator == "<=" for target in (lower, higher) if target not in ranged) else ">="
    return all(target.comparator == end for target in ranged)


def _alternatives(targets: Sequence[Target]) -> Mapping[str, list[Target]]:
    """For each target, those that it is an alternative to (70%以上或比2020年提高5个百分点以上), both ways round."""
    by_id = {target.id: target for target in targets}
    found: dict[str, list[Target]] = {}
    for target in targets:
        if target.alternative_to in by_id:
            other = by_id[target.alternative_to]
            found.setdefault(target.id, []).append(other)
            found.setdefault(other.id, []).append(target)
    return found
