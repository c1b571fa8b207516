"""Divisions of work (重点任务 | 责任单位 | 完成时限): each row is a task with its bodies, deadline and targets, each with its
cell as the source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from policygraph.extract.cells import bodies_of
from policygraph.extract.grids import Leaves, Rows, role_of, rows_of
from policygraph.extract.predicates import final_verb
from policygraph.extract.present import now_of
from policygraph.extract.provision import Context, Provision
from policygraph.extract.targets import extract_targets
from policygraph.extract.tasks import extract_tasks
from policygraph.extract.times import TimeExpression, find_times
from policygraph.model import AgencyRole, Clause, Deadline, Document, Responsibility, Role, Target, Task, TaskAgent
from policygraph.read import Cell, Reading, SourceText, Table, clean, fold

NOTE_RULE = "responsibility.table/1"
TASK_RULE = "task.table/1"
DEADLINE_RULE = "deadline.table/1"

_TIME_COLUMN = re.compile(r"(?:完成|办结|工作|推进|实施)?(?:时限|期限|时间|进度)(?:要求|安排|节点)?$")
#: Columns that say what is to be done, and those that only say what is to come of it.
_TASK_COLUMN = re.compile(r"任务|措施|举措|内容|事项|工作|项目|要点|清单|行动|做法|安排$")
_GOAL_COLUMN = re.compile(r"目标|成效|指标|成果|要求")
_OTHER_COLUMN = re.compile(r"序号|编号|备注|说明|类别|领域|联系|依据|附注|分类|类型|方面")
#: A name that fits in a cell without ordering anything has fewer characters than this.
_SHORTEST = 4
#: Rows are read as provisions of their own; in the records they are their clause's.
ROW = "/table_row_"
Record = TypeVar("Record", Task, Target)


@dataclass(slots=True)
class Divided:
    """What the rows of the divisions of work say, and which stretches of the source they stand in."""

    tasks: list[Task] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    notes: list[Responsibility] = field(default_factory=list)
    stretches: list[tuple[int, int]] = field(default_factory=list)

    def covers(self, start: int) -> bool:
        return any(a <= start < b for a, b in self.stretches)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a division of work: roles of the bodies, the time, what is to be done, all that may hold a target."""

    roles: dict[int, Role]
    time: int | None
    task: int | None
    texts: tuple[int, ...]
    goals: tuple[int, ...]


def _columns(rows: Rows) -> _Columns:
    roles = {k: role for k, header in rows.headers.items() if (role := role_of(rows.lowest[k]) or role_of(header))}
    time = next((k for k, h in rows.headers.items() if _TIME_COLUMN.search(h) and k not in roles), None)
    others = [k for k, h in rows.headers.items() if k not in roles and k != time and not _OTHER_COLUMN.search(h)]
    tasks = [k for k in others if _TASK_COLUMN.search(rows.headers[k]) and not _GOAL_COLUMN.search(rows.headers[k])]
    goals = tuple(k for k in others if _GOAL_COLUMN.search(rows.headers[k]))
    return _Columns(roles, time, max(tasks or others, default=None), tuple(others), goals)


def extract_divisions(
    source: SourceText, document: Document, clauses: Sequence[Clause], *, whole: Reading, tables: Sequence[Table]
) -> Divided:
    """The tasks, targets, deadlines and bodies of the tables that divide work, row by row."""
    leaves = Leaves(clauses)
    found = Divided()
    for table in tables:
        rows = rows_of(table, source)
        columns = _columns(rows)
        if not columns.roles:
            continue
        found.stretches.append((table.start, table.end))
        for number, row in enumerate(rows.rows):
            _read_row(row, rows.cut_off.get(number, {}), columns, found, source=source, document=document, leaves=leaves, whole=whole)
    return found


def _read_row(
    row: dict[int, Cell], more: dict[int, Cell], columns: _Columns, found: Divided, *, source: SourceText, document: Document,
    leaves: Leaves, whole: Reading,
) -> None:  # fmt: skip
    task = row.get(columns.task) if columns.task is not None else None
    if task is None or len(clean(source.text[task.start : task.end])) < _SHORTEST:
        candidates = [row[k] for k in sorted(row, reverse=True) if k not in columns.roles and k != columns.time]
        task = next((cell for cell in candidates if cell.end - cell.start > _SHORTEST), None)
    clause = leaves.at(task.start) if task else None
    time = row.get(columns.time) if columns.time is not None else None
    due = _due(source, document, time)
    home = clause or next((at for k in columns.roles if k in row and (at := leaves.at(row[k].start))), None)
    if home is None:
        return
    identifier = leaves.identify(home, "row")
    agents: list[TaskAgent] = []
    said = 0
    for column, role in columns.roles.items():
        cell = row.get(column)
        if cell is None or cell.end == cell.start or (columns.task is not None and cell == row.get(columns.task)):
            continue
        written = source.text[cell.start : cell.end]
        if column in more:
            written += source.text[more[column].start : more[column].end]
        agencies = tuple(bodies_of(written, role=role, region=document.region))
        if not agencies:
            continue
        said += 1
        agents += [_agent(agency, cell, source) for agency in agencies]
        found.notes.append(
            Responsibility(
                id=f"{identifier}/note_{said}", document=document.id, clause=home.id, text=clean(source.text[cell.start : cell.end]),
                agencies=agencies, deadline=due.date if due else None, start=cell.start, end=cell.end, by=NOTE_RULE,
            )
        )  # fmt: skip
    if task is None or clause is None:
        return
    ordered = replace(clause, id=identifier, kind="measure", lead=None)
    if due and time is not None:
        found.deadlines.append(_deadline(due, time, task, ordered, source))
    context = Context(document, stage_deadline=due.date if due else None)
    for column in columns.texts:
        cell = row.get(column)
        if cell is None or cell.end <= cell.start:
            continue
        reading = _reading(whole, cell, more.get(column))
        provision = Provision(ordered, reading)
        aims = [_within(target, cell, source) for target in extract_targets(provision, context) if target.value is not None or column in columns.goals]
        known = {target.id for target in found.targets}
        found.targets += [
            replace(target, id=f"{target.id}c{column}" if target.id in known else target.id, deadline=target.deadline or (due.date if due else None),
                    deadline_inherited=target.deadline_inherited or (target.deadline is None and due is not None))
            for target in aims
        ]  # fmt: skip
        if cell == task:
            orders = extract_tasks(provision, context, targets=aims) or _named(provision)
            found.tasks += [replace(_within(order, cell, source), agents=tuple(agents), by=TASK_RULE) for order in orders]


def _reading(whole: Reading, cell: Cell, more: Cell | None) -> Reading:
    """The words of a cell, with what stands of it on the next page."""
    first = whole.part(*whole.locate(cell.start, cell.end))
    if more is None or more.end <= more.start:
        return first
    rest = whole.part(*whole.locate(more.start, more.end))
    return Reading(first.text + rest.text, first.folded + rest.folded, [*first.at, *rest.at])


def _within(record: Record, cell: Cell, source: SourceText) -> Record:
    """The record with its evidence in the cell: what a page cuts off stays out of it."""
    if record.end <= cell.end:
        return record
    end = cell.end if record.start < cell.end else record.end
    start = record.start if record.start < cell.end else max(record.start, cell.end)
    return replace(record, start=start, end=end, text=clean(source.text[start:end]))


def _named(provision: Provision) -> list[Task]:
    """The task of a cell that names it and orders nothing (工业污染治理)."""
    text, folded = provision.text.rstrip("。；"), provision.folded.rstrip("。；")
    verb = final_verb(folded, 2)
    if verb < 0 or len(folded) > 40:
        return []
    start, end = provision.span(0, len(text))
    return [
        Task(
            id=f"{provision.clause.id}/task_1", document=provision.clause.document, clause=provision.clause.id, text=text, verb=text[verb:],
            object=text[:verb], modality="mandatory", start=start, end=end, by=TASK_RULE,
        )
    ]  # fmt: skip


def _agent(agency: AgencyRole, cell: Cell, source: SourceText) -> TaskAgent:
    at = source.text.find(agency.name, cell.start, cell.end)
    start, end = (at, at + len(agency.name)) if at >= 0 else (cell.start, cell.end)
    return TaskAgent(name=agency.name, agency=agency.agency, role=agency.role, start=start, end=end)


def _due(source: SourceText, document: Document, cell: Cell | None) -> TimeExpression | None:
    """When a row is due by its time column: a bare 2025年 there is a deadline, and a month before the document's date too."""
    if cell is None:
        return None
    written = fold(clean(source.text[cell.start : cell.end]))
    for said in (written, "到" + written):
        due = [time for time in find_times(said, now_of(document)) if time.date]
        if due:
            return due[-1]
    return None


def _deadline(due: TimeExpression, time: Cell, task: Cell, clause: Clause, source: SourceText) -> Deadline:
    return Deadline(
        id=f"{clause.id}/deadline_1", document=clause.document, clause=clause.id, text=clean(source.text[time.start : time.end]),
        date=due.date, earliest=due.earliest, granularity=due.granularity, recurrence=due.recurrence, within=due.within,
        action=clean(source.text[task.start : task.end]).rstrip("。；"), start=time.start, end=time.end, by=DEADLINE_RULE,
    )  # fmt: skip
