"""Leaf clauses as alignment reads them: the provision without its note, cut into demands that keep their offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from policygraph.model import Clause, DocumentRecords, Task
from policygraph.read import Reading, reading

#: Goals answer goals and provisions answer provisions: a measure may repeat a goal without carrying it out.
Group = Literal["goal", "provision"]
GROUPS: Mapping[str, Group] = {
    "goal": "goal",
    "measure": "provision",
    "safeguard": "provision",
    "article": "provision",
}

#: What an agency that does not lead weighs beside one that does, and one that is named for the whole document only.
HELPER, INHERITED = 0.7, 0.3

_BREAKS = "。；！？，：:,;"
_OPEN = "（〔《“【"
_CLOSE = "）〕》”】"
_SHORT = 6  # a stretch shorter than this is a manner (因地制宜，) of the next one, or a stump of the last
_DATE_ONLY = re.compile(
    r"^(?:到|至|截至|在)?[“”]?(?:十[一二三四五]五|20\d\d[-—~至]?(?:20\d\d)?)[”“]?(?:年|期间|时期|年底|年末|底|前|[、和]|20\d\d)*[，,]?$"
)
_NOTE = re.compile(
    r"[（〔(][^（）〔〕()]{2,300}?(?:牵头|负责|配合|参与|落实|单位：?[^（）〔〕()]+|期限：?[^（）〔〕()]+)[^（）〔〕()]*[）〕)][。]?$"
)
#: What only says that something follows: 具体指标如表1：, 相关解读：.
_ANNOUNCES = re.compile(r"[^。；！？，]{1,30}[：:]\s*")
_CAPTION = re.compile(r"\s*表\s*[\d一二三四五六七八九十]")
_EXPLAINS = re.compile(r"^\s*(?:注|[（(]?\d+[）).．、]?)?[^，。；：]{2,30}(?:是指|指的是|指(?![导标定挥示引数]))")


@dataclass(frozen=True, slots=True)
class Demand:
    """The smallest stretch of a provision that can be answered by itself: one verb with its object, by punctuation."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PassageTask:
    """A task of a provision: `parts` are the numbers of its demands, `core` those of them that name the action (对磷矿集中的省份，制定…要求
    is of the second); a task that sets a target `is_target`."""

    text: str
    start: int
    parts: tuple[int, ...]
    core: tuple[int, ...]
    is_target: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A leaf clause to be aligned. `body` is its text without responsibility notes, `names` its lead and the
    headings nearest above it, `agencies` who answers for it: functions shared across levels, with a weight by role.
    `asked` is what it asks for, one by one, as numbers of demands: its tasks, and its targets beside them; each demand where it
    has neither."""

    clause: Clause
    group: Group
    body: str
    names: tuple[str, ...]
    demands: tuple[Demand, ...]
    agencies: Mapping[str, float]
    tasks: tuple[PassageTask, ...]
    asked: tuple[tuple[int, ...], ...]


def passages(records: DocumentRecords, text: str) -> tuple[Passage, ...]:
    """The passages of one document; `text` is the stored source text that its offsets count in."""
    by_id = {clause.id: clause for clause in records.clauses}
    notes: dict[str, list[tuple[int, int]]] = {}
    agencies: dict[str, dict[str, float]] = {}
    for note in records.responsibilities:
        notes.setdefault(note.clause, []).append((note.start, note.end))
        held = agencies.setdefault(note.clause, {})
        for role in note.agencies:
            weight = (1.0 if role.role == "lead" else HELPER) * (INHERITED if role.inherited else 1.0)
            function = (role.agency or role.name).rpartition("/")[2]
            held[function] = max(held.get(function, 0.0), weight)
    tasks: dict[str, list[Task]] = {}
    for task in records.tasks:
        tasks.setdefault(task.clause, []).append(task)
    targets: dict[str, list[str]] = {}
    for target in records.targets:
        targets.setdefault(target.clause, []).append(target.text)
    found = []
    tables = frozenset(clause.parent for clause in records.clauses if clause.type == "table")
    below_caption = {clause.id for clause in records.clauses if "序号" in (clause.heading or "")}  # a table's first row
    for clause in records.clauses:
        group = GROUPS.get(clause.kind)
        if clause.type == "table" or (clause.parent in tables and _CAPTION.match(clause.text)):
            below_caption.add(clause.parent or "")
        if clause.parent in below_caption and not clause.leaf:
            below_caption.add(clause.id)
        if not clause.leaf or group is None or _ANNOUNCES.fullmatch(clause.text):
            continue
        if clause.parent in below_caption and not _is_provision(clause.text):
            continue
        spans = notes.get(clause.id, [])
        parts = list(_outside(reading(text, clause.start, clause.end), spans))
        demands = tuple(demand for part in parts for demand in split_demands(part))
        if demands:
            body = "".join(part.text for part in parts)
            set_here = targets.get(clause.id, ())
            inside = tuple(_tasks(tasks.get(clause.id, ()), demands, set_here))
            asked = tuple(_asked(inside, demands, set_here)) or tuple((number,) for number in range(len(demands)))
            found.append(Passage(clause, group, body, _names(clause, by_id), demands, agencies.get(clause.id, {}), inside, asked))
    return tuple(found)


def _tasks(tasks: Sequence[Task], demands: Sequence[Demand], targets: Sequence[str]) -> Iterator[PassageTask]:
    """The tasks of a provision with the demands that they are made of. A demand of which less than half is a task's
    is another's; a task whose action was read in none of its demands is all of them."""
    for task in tasks:
        parts = tuple(
            number for number, demand in enumerate(demands)
            if 2 * (min(task.end, demand.end) - max(task.start, demand.start)) >= min(task.end - task.start, demand.end - demand.start)
        )  # fmt: skip
        if parts:
            core = tuple(number for number in parts if task.verb in demands[number].text)
            is_target = any(text in task.text or task.text in text for text in targets)
            yield PassageTask(task.text, task.start, parts, core or parts, is_target)


def _asked(tasks: Sequence[PassageTask], demands: Sequence[Demand], targets: Sequence[str]) -> Iterator[tuple[int, ...]]:
    known = {number for task in tasks for number in task.parts}
    yield from (task.core for task in tasks)
    for number, demand in enumerate(demands):
        if number not in known and any(text in demand.text or demand.text in text for text in targets):
            yield (number,)


def without_note(text: str) -> str:
    """A provision's text without the note at its end that says who answers for it.

    >>> without_note("排查污水收集管网。（住房城乡建设厅牵头，水利厅配合）")
    '排查污水收集管网。'
    """
    return _NOTE.sub("", text)


def _is_provision(text: str) -> bool:
    """Whether what stands under a table, or under its caption, is a provision again, and no cell or note of the table."""
    return "。" in text and not _EXPLAINS.match(text)


def _outside(whole: Reading, spans: list[tuple[int, int]]) -> Iterator[Reading]:
    """The parts of a reading outside source spans, and outside a note at its end that no extractor reported."""
    position = 0
    for start, end in sorted(spans):
        a, b = whole.locate(start, end)
        if a > position:
            yield whole.part(position, a)
        position = max(position, b)
    if not spans and (note := _NOTE.search(whole.text)):
        if note.start() > position:
            yield whole.part(position, note.start())
    elif position < len(whole.text):
        yield whole.part(position, len(whole.text))


def _names(clause: Clause, by_id: Mapping[str, Clause]) -> tuple[str, ...]:
    names = [clause.lead] if clause.lead else []
    if clause.heading:
        names.append(clause.heading)
    parent = by_id.get(clause.parent or "")
    if parent is not None and parent.heading and parent.type not in ("part", "chapter", "book", "annex"):
        names.append(parent.heading)
    return tuple(dict.fromkeys(names))


def _paired(text: str) -> dict[int, int]:
    """What each mark of a pair adds to the depth at its place: one that is never closed (“十四五") encloses nothing."""
    marks: dict[int, int] = {}
    opened: list[int] = []
    for i, char in enumerate(text):
        if char in _OPEN:
            opened.append(i)
        elif char in _CLOSE:
            kind = _OPEN[_CLOSE.index(char)]
            same = next((k for k in reversed(range(len(opened))) if text[opened[k]] == kind), None)
            if same is not None:
                marks |= {opened[same]: 1, i: -1}
                del opened[same:]
    return marks


def split_demands(part: Reading) -> Iterator[Demand]:
    """Demands of a stretch, in order.

    >>> from policygraph.read import reading
    >>> [d.text for d in split_demands(reading("到2025年，健全就业帮扶台账，推动“零就业”家庭至少有一人就业。"))]
    ['健全就业帮扶台账', '推动“零就业”家庭至少有一人就业']
    """
    depth, start = 0, 0
    pieces: list[tuple[int, int]] = []
    marks = _paired(part.folded)
    for i, char in enumerate(part.folded + "。"):
        if i in marks:
            depth += marks[i]
        elif (char in _BREAKS and depth == 0) or i == len(part.folded):
            if i > start and not _DATE_ONLY.match(part.folded[start:i]):
                pieces.append((start, i))
            start = i + 1
    joined: list[tuple[int, int]] = []
    for a, b in pieces:
        if joined and joined[-1][1] - joined[-1][0] < _SHORT and a == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    for a, b in joined:
        while a < b and part.folded[a] in "—-。，；）〕":
            a += 1
        if b - a >= 4:
            yield Demand(part.text[a:b], *part.span(a, b))
