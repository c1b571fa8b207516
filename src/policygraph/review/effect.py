"""What verdicts make of records: those that hold, as persons have them, and those that were rejected.

Functions over records. A document's records and a pair's links come out as they went in, but for what was judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from policygraph.ids import link_id
from policygraph.model import (
    AgencyRole,
    Alignment,
    Candidate,
    Coverage,
    CoverageStatus,
    DocumentRecords,
    Judged,
    Links,
    Match,
    TargetLink,
)
from policygraph.read import clean
from policygraph.review.matching import Fit
from policygraph.review.verdict import BETWEEN, TABLES, Verdict, said_of

#: The rule and the method of what a person added.
ADDED = "reviewer.added/1"
REJECTED = "a reviewer rejected it"
_RANK = {"implements": 3, "corresponds": 2, "partially_implements": 1}
_STATUS: Mapping[int, CoverageStatus] = {3: "implemented", 2: "corresponds", 1: "partly", 0: "absent"}
#: What is said of a clause as a whole, and of the demands in it.
_OF_CLAUSES = frozenset(_STATUS.values())
_OF_DEMANDS = ("dropped", "added")


@dataclass(frozen=True, slots=True)
class Effect:
    """Records as they now are, and those that were rejected: (table, record)."""

    records: Any
    rejected: tuple[tuple[str, Any], ...] = ()


@dataclass(slots=True)
class _Changes:
    """By table: the record that takes the place of one (None: rejected), and those that are added."""

    instead: dict[str, Any] = field(default_factory=dict)
    added: dict[str, list[Any]] = field(default_factory=dict)
    rejected: list[tuple[str, Any]] = field(default_factory=list)


def on_document(records: DocumentRecords, fits: Iterable[Fit], *, source: Callable[[], str]) -> Effect:
    """The records of a document under the verdicts on them; `source` gives its stored text."""
    changes = _Changes()
    document = records.document
    names: dict[str, str | None] = {}
    for fit in fits:
        verdict = fit.holds
        if fit.kind == "document":
            document = cast(Any, _judged(document, fit))
        elif fit.kind == "agency":
            if verdict is not None and verdict.judgement in ("corrected", "rejected"):
                names[verdict.name] = (verdict.correction or {}).get("agency")
        elif fit.key[0] != "read":
            _change(fit, changes, lambda fit, verdict: _added(fit, verdict, source()))
    gone = {record.id for _, record in changes.rejected}
    parts: dict[str, Any] = {}
    for each in fields(records):
        if each.name == "document":
            continue
        kept = [changes.instead.get(record.id, record) for record in getattr(records, each.name)]
        kept = [record for record in kept if record is not None]
        kept += changes.added.get(each.name, [])
        if changes.added.get(each.name):
            kept.sort(key=lambda record: record.start)
        if each.name == "targets" and gone:
            kept = [_without(target, gone) for target in kept]
        if names and each.name in ("responsibilities", "tasks"):
            kept = [_renamed(record, names) for record in kept]
        parts[each.name] = tuple(kept)
    return Effect(DocumentRecords(document=document, **parts), tuple(changes.rejected))


def on_pair(links: Links, fits: Iterable[Fit], *, lower: str, higher: str, gone: frozenset[str] = frozenset()) -> Effect:
    """The links of a pair under the verdicts on them; `gone` are targets that were rejected in either document, with which
    their comparisons and what is said of them go."""
    changes = _Changes()
    clauses: set[str] = set()
    for fit in fits:
        _change(fit, changes, _added_link)
        clauses |= {fit.ends[0], fit.ends[1]} if fit.kind == "link" else set()
    alignments = _kept(links.alignments, "alignments", changes)
    target_links = [link for link in _kept(links.target_links, "target_links", changes) if not {link.source, link.target} & gone]
    rejected_links = [record for table, record in changes.rejected if table == "alignments"]
    coverage = _covered(links.coverage, alignments, rejected_links, clauses, lower=lower, higher=higher)
    compared = [record for table, record in changes.rejected if table == "target_links"]
    coverage = _compared(coverage, target_links, compared, changes.added.get("target_links", []), lower=lower, higher=higher)
    coverage = [record for record in coverage if record.subject not in gone]
    made = Links(alignments=tuple(alignments), target_links=tuple(target_links), coverage=tuple(coverage))
    return Effect(made, tuple(changes.rejected))


def _change(fit: Fit, changes: _Changes, add: Callable[[Fit, Verdict], Any]) -> None:
    table = TABLES[fit.kind][0]
    verdict = fit.holds
    if fit.record is not None:
        judged = _judged(fit.record, fit)
        changes.instead[fit.record.id] = judged
        if judged is None:
            changes.rejected.append((table, fit.record))
    elif verdict is not None and verdict.judgement in ("added", "accepted", "corrected"):
        changes.added.setdefault(table, []).append(add(fit, verdict))


def _judged(record: Any, fit: Fit) -> Any:
    """A record as persons have it; None where they reject it."""
    verdict = fit.holds
    if verdict is None:
        return replace(record, verdict="disputed")
    if verdict.judgement == "rejected":
        return None
    said = dict(said_of(fit.kind, verdict))
    word: Judged = "accepted" if verdict.judgement in ("accepted", "added") else "corrected"
    if fit.kind == "target" and said.get("value") is not None and "state" not in said:
        said["state"] = None
    return replace(record, **said, verdict=word)


def _added(fit: Fit, verdict: Verdict, source: str) -> Any:
    (start, end), record = fit.spans[0], TABLES[fit.kind][1]
    return record(
        id=fit.key[-1], document=fit.documents[0], clause=fit.ends[0], text=clean(source[start:end]), start=start, end=end, by=ADDED,
        verdict=_word(verdict), **dict(said_of(fit.kind, verdict)),
    )  # fmt: skip


def _word(verdict: Verdict) -> Judged:
    """What a record says of persons that stands by their word alone."""
    return cast(Judged, verdict.judgement)


def _added_link(fit: Fit, verdict: Verdict) -> Any:
    """A link that only persons see: its evidence is their word."""
    source, target = fit.ends
    said = dict(said_of(fit.kind, verdict))
    if fit.kind == "comparison":
        said = {"timing": "undated", "scope": "same", "strictness": "not_comparable", **said}
        reason = said.pop("reason", None) or verdict.reason
        return TargetLink(id=link_id("tlink", source, target), source=source, target=target, score=1.0, method=ADDED, reason=reason, verdict=_word(verdict), **said)
    (a, b), texts = fit.spans, [place.text for place in verdict.places]
    match = Match(kind="reviewer", source_start=a[0], source_end=a[1], target_start=b[0], target_end=b[1], source_text=texts[0], target_text=texts[1], weight=1.0)
    said = {"relation": "partially_implements", **said}
    return Alignment(id=link_id("link", source, target), source=source, target=target, score=1.0, method=ADDED, verbatim=0.0, evidence=(match,), verdict=_word(verdict), **said)


def _kept(links: Sequence[Any], table: str, changes: _Changes) -> list[Any]:
    kept = [changes.instead.get(link.id, link) for link in links]
    return [link for link in kept if link is not None] + changes.added.get(table, [])


def _without(target: Any, gone: set[str]) -> Any:
    """A target that refers to none that is gone."""
    changes = {name: None for name in ("alternative_to", "repeats") if getattr(target, name) in gone}
    return replace(target, **changes) if changes else target


def _renamed(record: Any, names: Mapping[str, str | None]) -> Any:
    """A note or task in which a body is the one that a person says it is."""
    held = "agents" if hasattr(record, "agents") else "agencies"
    roles: tuple[AgencyRole, ...] = getattr(record, held)
    if not any(role.name in names for role in roles):
        return record
    return replace(record, **{held: tuple(replace(r, agency=names[r.name]) if r.name in names else r for r in roles)})


# -- what is covered -----------------------------------------------------------------------------------------------


def _covered(
    coverage: Sequence[Coverage], links: Sequence[Alignment], rejected: Sequence[Alignment], clauses: set[str], *, lower: str, higher: str
) -> list[Coverage]:
    """The coverage records of the clauses whose links were judged, as their links now have it; the others as they were."""
    best: dict[str, int] = {}
    taking: set[str] = set()
    for link in links:
        rank = _RANK.get(link.relation, 0)
        best[link.target] = max(best.get(link.target, 0), rank)
        if rank:
            taking.add(link.source)
    beaten: dict[str, list[Candidate]] = {}
    for link in rejected:
        beaten.setdefault(link.target, []).append(Candidate(clause=link.source, score=link.score, reason=REJECTED))
        beaten.setdefault(link.source, []).append(Candidate(clause=link.target, score=link.score, reason=REJECTED))
    kept: list[Coverage] = []
    seen = set()
    for record in coverage:
        if record.subject not in clauses:
            kept.append(record)
            continue
        taken_up = best.get(record.subject, 0) in (1, 3) if record.document == lower else record.subject in taking
        if record.status in _OF_DEMANDS:
            if taken_up:
                kept.append(record)
        elif record.document == lower and record.status in _OF_CLAUSES:
            seen.add(record.subject)
            kept.append(_rated(record, _STATUS[best.get(record.subject, 0)], beaten))
        elif record.document == higher and record.status == "new":
            seen.add(record.subject)
            if record.subject not in taking:
                kept.append(record)
        else:
            kept.append(record)
    sources = {link.source for link in (*links, *rejected)} & clauses
    for clause in sorted(sources - taking - seen):
        kept.append(Coverage(id=link_id("coverage", clause, higher), subject=clause, document=higher, status="new", nearest=tuple(beaten.get(clause, ()))))
    return kept


def _rated(record: Coverage, status: CoverageStatus, beaten: Mapping[str, list[Candidate]]) -> Coverage:
    if status == record.status:
        return record
    said = {candidate.clause: candidate for candidate in beaten.get(record.subject, ())}
    nearest = tuple(said.get(candidate.clause, candidate) for candidate in record.nearest)
    return replace(record, status=status, nearest=nearest or tuple(said.values()))


def _compared(
    coverage: Sequence[Coverage], links: Sequence[TargetLink], rejected: Sequence[TargetLink], added: Sequence[TargetLink], *, lower: str, higher: str
) -> list[Coverage]:
    """What is said of targets whose comparisons were judged: absent and new without any; nothing of those that are compared."""
    sources, targets = {link.source for link in links}, {link.target for link in links}
    met = {(link.source, higher) for link in added} | {(link.target, lower) for link in added}
    lost: dict[tuple[str, str], Coverage] = {}
    for link in rejected:
        for subject, document, status, other, still in (
            (link.target, lower, "absent", link.source, targets), (link.source, higher, "new", link.target, sources),
        ):  # fmt: skip
            if subject not in still:
                lost[subject, document] = Coverage(
                    id=link_id("coverage", subject, document), subject=subject, document=document, status=cast(CoverageStatus, status),
                    nearest=(Candidate(clause=other, score=link.score, reason=REJECTED),),
                )  # fmt: skip
    return [record for record in coverage if (record.subject, record.document) not in met | set(lost)] + list(lost.values())


def is_between(fit: Fit) -> bool:
    """Whether what is judged lies between two documents."""
    return fit.kind in BETWEEN and fit.key[0] != "read"
