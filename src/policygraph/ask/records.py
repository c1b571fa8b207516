"""The records that answers list: plain dictionaries with where they stand, what they say and how to cite them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from policygraph.align.library import Library
from policygraph.model import Alignment, Clause, Deadline, Responsibility, Target, TargetLink, Task

Record = dict[str, object]
#: Areas that are all of what a document is about.
_WHOLE = ("全国", "全省", "全市", "全区", "全县", "我省", "我市", "全州")
#: The stored source text of a document, by its id.
Texts = Callable[[str], str]


def clause_record(clause: Clause, library: Library, *, kind: str = "clause", score: float = 1.0) -> Record:
    document = library.documents[clause.document]
    return {
        "kind": kind,
        "document": clause.document,
        "source": document.source,
        "clause": clause.id,
        "start": clause.start,
        "end": clause.end,
        "text": clause.text,
        "score": round(score, 4),
        "citation": library.label(clause),
        "number": document.number,
    }


def link_record(link: Alignment, library: Library, *, lower: bool = True) -> Record:
    """One link, seen from its lower clause (or from the higher one)."""
    source, target = library.clauses[link.source], library.clauses[link.target]
    shown, other = (source, target) if lower else (target, source)
    record = clause_record(shown, library, kind="link", score=link.score)
    return record | {
        "id": link.id,
        "seen": "lower" if lower else "higher",
        "relation": link.relation,
        "method": link.method,
        "verbatim": link.verbatim,
        "other": other.id,
        "other_citation": library.label(other),
        "other_start": other.start,
        "other_end": other.end,
        "other_text": other.text,
        "evidence": [
            {"kind": m.kind, "source_text": m.source_text, "target_text": m.target_text, "weight": m.weight,
             "source_start": m.source_start, "source_end": m.source_end,
             "target_start": m.target_start, "target_end": m.target_end}
            for m in link.evidence
        ],
        **_judged(link),
    }  # fmt: skip


def _judged(record: Alignment | Target | TargetLink | Task | Deadline | Responsibility) -> Record:
    """What reviewers said of a record, where they did."""
    return {"verdict": record.verdict} if record.verdict else {}


def note_record(note: Responsibility, clause: Clause, library: Library) -> Record:
    """A clause with what it says of who answers for it."""
    return clause_record(clause, library, kind="responsibility") | {
        "id": note.id, "note": note.text, "note_start": note.start, "note_end": note.end, "in_text": note.in_text, "lead": leads([note]),
        "agencies": [{"name": a.name, "role": a.role} for a in note.agencies],
        **_judged(note),
    }  # fmt: skip


def leads(notes: Iterable[Responsibility]) -> list[str]:
    """Who leads, else who is responsible, by notes of a clause's own."""
    notes = list(notes)
    for role in ("lead", "responsible"):
        names = [a.name for note in notes for a in note.agencies if a.role == role and not a.inherited]
        if names:
            return list(dict.fromkeys(names))
    return []


def deadline_record(deadline: Deadline, library: Library, notes: Sequence[Responsibility], texts: Texts | None) -> Record:
    clause = library.clauses[deadline.clause]
    start, end, text = stretch_of(clause, deadline.start, deadline.end, texts)
    return clause_record(clause, library, kind="deadline") | {
        "id": deadline.id, "start": start, "end": end, "text": text, "when": deadline.text, "date": deadline.date,
        "earliest": deadline.earliest, "recurrence": deadline.recurrence, "action": deadline.action, "lead": leads(notes),
        **_judged(deadline),
    }  # fmt: skip


def target_record(target: Target, library: Library) -> Record:
    document = library.documents[target.document]
    return {
        "kind": "target",
        "id": target.id,
        "document": target.document,
        "source": document.source,
        "clause": target.clause,
        "start": target.start,
        "end": target.end,
        "text": target.text,
        "score": 1.0,
        "indicator": target.indicator,
        "comparator": target.comparator,
        "value": target.value,
        "unit": target.unit,
        "state": target.state,
        "baseline": target.baseline,
        "deadline": target.deadline,
        "hedge": target.hedge,
        "citation": library.label(library.clauses[target.clause]),
        "number": document.number,
        **_judged(target),
    }


def task_record(task: Task, library: Library) -> Record:
    return clause_record(library.clauses[task.clause], library, kind="task") | {
        "id": task.id, "start": task.start, "end": task.end, "text": task.text, "modality": task.modality, "places": list(task.places),
        **_judged(task),
    }  # fmt: skip


def compared_records(link: TargetLink, library: Library) -> tuple[Record, Record]:
    """A pair of compared targets as two records, each with the other beside it: first the lower document's."""
    shared = {
        "kind": "target_link", "id": link.id, "pair": link.id, "score": link.score, "strictness": link.strictness,
        "timing": link.timing, "scope": link.scope, "reason": link.reason,
        **_judged(link),
    }  # fmt: skip
    source, target = library.targets[link.source], library.targets[link.target]
    lower = target_record(source, library) | shared | _beside(target, library)
    higher = target_record(target, library) | shared | _beside(source, library)
    return lower, higher | {"side": "other"}


def _beside(other: Target, library: Library) -> Record:
    return {
        "other": other.id, "other_text": other.text, "other_start": other.start, "other_end": other.end,
        "other_citation": library.label(library.clauses[other.clause]), "other_deadline": other.deadline,
    }  # fmt: skip


def distinct_targets(targets: Iterable[Target], library: Library) -> list[tuple[Target, list[Target]]]:
    """Targets that say the same in one document, as goal and again as measure, are one, with the other places; the
    measure, which says who answers for it, goes first where it names what is measured."""
    found: dict[tuple[object, ...], tuple[Target, list[Target]]] = {}
    for target in targets:
        key = (
            target.document, target.indicator, target.comparator, str(target.value), target.unit, target.state, target.relative,
            target.baseline, target.deadline, None if target.area in _WHOLE else target.area,
        )  # fmt: skip
        if key not in found:
            found[key] = (target, [])
            continue
        first, again = found[key]
        measure = library.clauses[first.clause].kind == "goal" != library.clauses[target.clause].kind
        if measure and target.indicator in target.text:
            found[key] = (target, [first, *again])
        else:
            again.append(target)
    return list(found.values())


def text_of(clause: Clause, texts: Texts | None) -> str | None:
    """A clause's text as its source has it, place for place; `None` where it was cleaned and no source is at hand."""
    if clause.end - clause.start == len(clause.text):
        return clause.text
    return texts(clause.document)[clause.start : clause.end] if texts is not None else None


def stretch_of(clause: Clause, first: int, last: int, texts: Texts | None) -> tuple[int, int, str]:
    """The sentences of a clause from that with the place `first` to that with `last`; all of it where that is not sure."""
    text = text_of(clause, texts)
    if text is None or not clause.start <= first <= last <= clause.end:
        return clause.start, clause.end, clause.text
    begin = max(text.rfind(mark, 0, first - clause.start) for mark in "。；;") + 1
    stop = min((at for mark in "。；;" if (at := text.find(mark, max(last - clause.start - 1, 0))) >= 0), default=len(text))
    begin += len(text[begin:stop]) - len(text[begin:stop].lstrip())
    return clause.start + begin, clause.start + stop, re.sub(r"\s+", "", text[begin:stop])
