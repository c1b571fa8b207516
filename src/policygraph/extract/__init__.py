"""Extract: a document's clauses go in, what each says comes out: notes, deadlines, targets, tasks, citations.

Every record has the characters it was read from and the rule that read it; a sentence with a figure, a date or a role
word that gave none is a finding of the audit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from policygraph.extract.audit import audit, no_provisions
from policygraph.extract.citations import extract_citations, short_names
from policygraph.extract.deadlines import extract_deadlines
from policygraph.extract.divisions import ROW, extract_divisions
from policygraph.extract.duties import read_duties
from policygraph.extract.grids import tables_of
from policygraph.extract.indicators import direction_of, resolve_indicator
from policygraph.extract.lists import Listed, what_is_listed
from policygraph.extract.present import Now, dated_goals_of, horizon_of
from policygraph.extract.provision import Context, Provision
from policygraph.extract.quantities import Quantity, comparator, find_quantities, resolve_unit
from policygraph.extract.responsibilities import (
    DEFAULT_RULE,
    HEADING_RULE,
    default_implementers,
    extract_responsibilities,
    says_first_leads,
)
from policygraph.extract.tables import extract_table_targets
from policygraph.extract.targets import extract_targets
from policygraph.extract.tasks import extract_tasks
from policygraph.extract.times import TimeExpression, find_times
from policygraph.model import (
    AgencyRole,
    Citation,
    Clause,
    Deadline,
    Document,
    DocumentRecords,
    Finding,
    Responsibility,
    Target,
    Task,
)
from policygraph.read import Reading, SourceText, fold

Record = TypeVar("Record", Task, Target, Deadline, Responsibility, Citation, Finding)
Marked = TypeVar("Marked", Clause, Task, Target, Deadline, Responsibility, Citation)
#: Ends the rule of a record whose text was recognised from a picture, where single characters may be wrong.
OCR_MARK = "+ocr"

__all__ = [
    "Context", "Now", "Provision", "Quantity", "TimeExpression", "comparator", "direction_of", "extract", "find_quantities",
    "find_times", "no_provisions", "resolve_indicator", "resolve_unit",
]  # fmt: skip

_ORDERS = ("goal", "principle", "measure", "safeguard", "article", "preamble")
#: Kinds of clause that order nothing, and that the audit reads all the same.
_AUDITED = ("definition", "table")
_BRACKETED = re.compile(r"[（(〔][^）)〕]*$")
#: Longest stretch that is read at once; the longest provisions of real documents have some 3,000 characters.
_LONGEST = 4000
_STRETCH = "/stretch_"
#: Numbered entries, which may be those of a list that the paragraph before opens.
_ITEMS = ("item", "subitem")
#: A date so near the beginning of a paragraph is that of the whole paragraph, and of those after it.
_OPENS = 8
#: 中期目标, 远景目标: what is further off than the goals before it.
_FAR = re.compile(r"(?:[（(]?[一二三四五六七八九十\d]+[）).、．]?)?(?:中期|中长期|远期|长期|远景|中远期)(?:目标)?")
#: 第十条 为了…: the number of an article with the space behind it says nothing.
_NUMBER = re.compile(r"第[^，。；：条]{1,9}条(?:之[一二三四五六七八九十]{1,3})? ")
_INHERITS = ("measure", "safeguard", "article")


def extract(source: SourceText, document: Document, clauses: Sequence[Clause]) -> DocumentRecords:
    """All that the leaf clauses of a document say, and what an audit finds unsaid."""
    whole = source.reading(document.start, document.end or None)
    notes: list[Responsibility] = []
    deadlines: list[Deadline] = []
    targets: list[Target] = []
    tasks: list[Task] = []
    citations: list[Citation] = []
    findings: list[Finding] = []
    default: tuple[Responsibility, tuple[AgencyRole, ...]] | None = None  # the note, and what it lends to every clause
    goal: tuple[str | None, str] | None = None
    first_leads = False
    horizon = horizon_of(document)
    headed: dict[str, tuple[tuple[Responsibility, tuple[AgencyRole, ...]], ...]] = {}
    shorts = short_names(whole.folded)
    stages: dict[str, str] = {}
    listed: Listed | None = None
    of_goals = {clause.id for clause in clauses if "目标" in (clause.heading or "")}
    for clause, reading in _stretches(clauses, whole):
        if not clause.leaf:
            listed = what_is_listed(fold(clause.text))
            said = _in_heading(clause, whole, Context(document))
            headed[clause.id] = tuple((note, _lent(note.agencies)) for note in said[0]) or headed.get(clause.parent or "", ())
            notes += said[0]
            deadlines += said[1]
            ends = [deadline.date for deadline in said[1] if deadline.date]
            if last := ends[-1] if ends else dated_goals_of(clause.heading or "", document):
                stages[clause.id] = last
            continue
        written = _NUMBER.match(reading.text) if clause.type == "article" else None
        behind = written.end() if written else 0
        provision = Provision(clause, reading.part(behind, len(reading.text)), len(clause.lead) + 1 - behind if clause.lead else 0)
        shared = goal[1] if goal and goal[0] == clause.parent and clause.parent in of_goals else None
        context = Context(document, stage_deadline=stages.get(clause.parent or "") or shared, short_names=shorts)
        citations += extract_citations(provision, context)
        if clause.kind not in _ORDERS:
            if clause.kind in _AUDITED:
                findings += audit(provision, context, notes=(), deadlines=(), targets=(), tasks=())
            continue
        own = extract_responsibilities(provision, context, first_leads=first_leads)
        first_leads = first_leads or says_first_leads(provision.folded)
        provision = provision.with_notes(tuple(provision.reading.locate(r.start, r.end) for r in own))
        dated = extract_deadlines(provision, context)
        if clause.kind == "goal":
            lent = goal[1] if goal and goal[0] == clause.parent else stages.get(clause.parent or "") or (horizon if not dated else None)
            lent = None if _FAR.match(clause.text) else lent
            context = replace(context, goal_deadline=lent) if lent else context
        days = [deadline.date for deadline in dated if deadline.date]
        opens = len(set(days)) == 1 and dated[0].start - clause.start <= _OPENS
        if clause.kind == "goal" and days and (goal is None or goal[0] != clause.parent or opens):
            goal = (clause.parent, days[0])
        aims = extract_targets(provision, context, deadlines=dated)
        listed = listed if clause.type in _ITEMS else None
        context = replace(context, listed=listed) if listed else context
        orders, acting = read_duties(provision, context, extract_tasks(provision, context, targets=aims), notes=own)
        findings += audit(provision, context, notes=own, deadlines=dated, targets=aims, tasks=orders, duties=acting)
        notes += [*own, *acting]
        deadlines += dated
        targets += aims
        tasks += orders
        passed_on = [(*each, HEADING_RULE) for each in headed.get(clause.parent or "", ()) if not own]
        passed_on += [(*default, DEFAULT_RULE)] if default and clause.kind in _INHERITS else []
        for number, (note, lent_to, rule) in enumerate(passed_on, len(own) + 1):
            notes.append(replace(note, id=f"{clause.id}/note_{number}", clause=clause.id, by=rule, agencies=lent_to))
        if default is None and (implementers := default_implementers(own)):
            default = implementers[0], _lent(implementers[1])
        listed = what_is_listed(provision.folded) or (listed if clause.type in _ITEMS else None)
    tables = tables_of(source, document.start, document.end or len(source.text))
    rows = extract_table_targets(source, document, clauses, tables=tables)
    targets = [*(t for t in targets if not _overlaps(t, rows)), *rows]
    divided = extract_divisions(source, document, clauses, whole=whole, tables=tables)
    notes = [*(n for n in notes if not divided.covers(n.start)), *divided.notes]
    tasks = [*(t for t in tasks if not divided.covers(t.start)), *divided.tasks]
    deadlines = [*(d for d in deadlines if not divided.covers(d.start)), *divided.deadlines]
    targets = [*(t for t in targets if not divided.covers(t.start)), *divided.targets]
    findings = [f for f in findings if not (_overlaps(f, rows) or divided.covers(f.start))]
    found = DocumentRecords(
        document=document, clauses=tuple(clauses), tasks=_of_clauses(tasks), targets=_of_clauses(targets),
        deadlines=_of_clauses(deadlines), responsibilities=_of_clauses(notes), citations=_of_clauses(citations),
        findings=_of_clauses(findings),
    )
    return _recognised(found) if source.ocr else found


def _lent(agencies: Sequence[AgencyRole]) -> tuple[AgencyRole, ...]:
    """The bodies of a note as those of another clause, which it speaks for too."""
    return tuple(replace(agency, inherited=True) for agency in agencies)


def _recognised(records: DocumentRecords) -> DocumentRecords:
    """The records of a scan, each marked as read from recognised characters by its rule."""

    def marked(found: Sequence[Marked]) -> tuple[Marked, ...]:
        return tuple(replace(record, by=record.by + OCR_MARK) for record in found)

    return replace(
        records, clauses=marked(records.clauses), tasks=marked(records.tasks), targets=marked(records.targets),
        deadlines=marked(records.deadlines), responsibilities=marked(records.responsibilities), citations=marked(records.citations),
    )


def _stretches(clauses: Sequence[Clause], whole: Reading) -> Iterator[tuple[Clause, Reading]]:
    """The clauses that may say something, with their readings (a heading's is empty). A leaf that is longer than any
    provision (a text without numbers or line breaks) comes in stretches that end with sentences, so that the time it
    takes grows with its length only; each has an id of its own under the clause's."""
    for clause in clauses:
        if not clause.leaf:
            yield clause, whole.part(0, 0)
            continue
        if clause.kind == "contents":
            continue
        a, b = whole.locate(clause.start, clause.end)
        if b - a <= _LONGEST:
            yield clause, whole.part(a, b)
            continue
        number = 0
        while a < b:
            stop = min(a + _LONGEST, b)
            cut = whole.folded.rfind("。", a + _LONGEST // 2, stop) + 1 if stop < b else stop
            number += 1
            yield replace(clause, id=f"{clause.id}{_STRETCH}{number}", lead=None), whole.part(a, cut or stop)
            a = cut or stop


def _of_clauses(records: list[Record]) -> tuple[Record, ...]:
    """The records, those of a stretch or a table row as the clause's."""
    return tuple(
        replace(record, clause=record.clause.partition(_STRETCH)[0].partition(ROW)[0]) if _STRETCH in record.clause or ROW in record.clause else record
        for record in records
    )


def _in_heading(clause: Clause, whole: Reading, context: Context) -> tuple[tuple[Responsibility, ...], list[Deadline]]:
    """What the brackets of a heading say for all under it: who is responsible, and until when
    (（二）集中整治（2023年6月底前完成）)."""
    if "（" not in clause.text and "(" not in clause.text and "〔" not in clause.text:
        return (), []
    a, b = whole.locate(clause.start, clause.end)
    provision = Provision(replace(clause, kind="measure"), whole.part(a, b))
    own = extract_responsibilities(provision, context)
    provision = provision.with_notes(tuple(provision.reading.locate(r.start, r.end) for r in own))
    dated = [d for d in extract_deadlines(provision, context) if _BRACKETED.search(clause.text[: d.start - clause.start])]
    return tuple(own), dated


def _overlaps(record: Target | Responsibility | Finding, others: Sequence[Target] | Sequence[Responsibility]) -> bool:
    """Whether a record stands where one of the others does: what a table's cell says, its line need not say again."""
    return any(record.start < other.end and other.start < record.end for other in others)
