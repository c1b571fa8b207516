"""What nothing answers within clauses that answer each other: tasks of the higher clause that the lower document leaves out
(dropped), tasks of the lower one that the higher document has nothing of (added).

A record says what a reader would sign, so that much is left unsaid: what is no task of its own (a manner, a heading), what is a
target, what is for other places or other levels than the lower document's, what the lower document itself is (制定本地区工作方案), what says
its thing only with the sentence before it (扩大实施范围), and what the other document has in words though the judge of demands sees no
answer in them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from policygraph.align.evidence import Evidence
from policygraph.align.passages import Passage, PassageTask
from policygraph.align.terms import telling
from policygraph.ids import short_hash
from policygraph.model import Alignment, Candidate, Coverage, CoverageStatus
from policygraph.vocabulary.areas import excludes
from policygraph.vocabulary.regions import NATION

Floats = NDArray[np.float64]

#: What is answered more surely than this is not left out. Of what lies between here and an even chance readers find every
#: second one answered; a false record costs more than ten that are missing.
NEAR = 0.15
#: Nor is that of which the other document says so much in one stretch: in words, by how rare they are, or as the encoder reads it.
SAID, MEANT = 0.28, 0.55
#: A task tells by itself what is to be done when its two least everyday words are so far from it: 老旧 and 管网 of 改造老旧管网, none
#: of 扩大实施范围, 健全相关制度, 形成工作合力.
TELLS = 0.7
_QUOTED = re.compile("“([^“”]{2,12})”")
#: Whom a lower document cannot answer for.
_NATIONAL = re.compile("国务院|党中央|国家[^，。、]{1,8}[委局署]|[^，。、]{2,8}部(?:要|会同|牵头)")
#: What the lower document is the answer to, whatever stands in it.
_ITSELF = re.compile("(?:制定|制订|编制|出台|细化).{0,12}(?:本地区|本省|本市|本行业|本系统|本部门|具体|配套|相关|工作|实施|落实).{0,6}(?:方案|计划|措施|意见|办法|细则)$")
#: Why a task counts as dropped, and as added.
UNANSWERED = "no demand of the lower document answers it"
ANSWERS_NOTHING = "it answers no demand of the higher document"


def unanswered(
    lower: Sequence[Passage],
    higher: Sequence[Passage],
    *,
    judged: Sequence[Evidence],
    coverage: Sequence[Coverage],
    links: Sequence[Alignment],
    region: str | None,
) -> Iterator[Coverage]:
    """Records of both kinds; `region` is the lower document's. Goals are not among them: their figures are compared as
    targets, wherever the other document sets them."""
    taken = {record.subject: record.document for record in coverage if record.status in ("implemented", "partly")}
    for passage, task, answer in _left(higher, lower, judged, taken=taken, axis=0):
        own = region in (None, NATION) or not (excludes(task.text, region) or _NATIONAL.search(task.text))
        if own and not _ITSELF.search(task.text):
            yield _record(passage, task, "dropped", taken[passage.clause.id], answer=answer, reason=UNANSWERED)
    taking = {link.source for link in links if link.relation in ("implements", "partially_implements")}
    for passage, task, answer in _left(lower, higher, judged, taken=taking, axis=1):
        yield _record(passage, task, "added", higher[0].clause.document, answer=answer, reason=ANSWERS_NOTHING)


def _left(
    passages: Sequence[Passage], others: Sequence[Passage], judged: Sequence[Evidence], *, taken: Container[str], axis: Literal[0, 1]
) -> Iterator[tuple[Passage, PassageTask, float]]:
    """The tasks of one side's provisions that are `taken` which nothing on the other side answers or says, with what comes nearest."""
    answers, worded, meant = _best(judged, axis)
    text = "".join(passage.body for passage in others)
    for number, passage in enumerate(passages):
        if passage.clause.id not in taken or passage.group == "goal":
            continue
        for task in passage.tasks:
            core = list(task.core)
            answer = float(answers[number][core].max())
            said = worded[number][core].max() >= SAID or meant[number][core].max() >= MEANT
            named = any(name in text for name in _QUOTED.findall(task.text))
            if answer < NEAR and not said and not named and not task.is_target and telling(task.text) >= TELLS:
                yield passage, task, answer


def _record(
    passage: Passage, task: PassageTask, status: CoverageStatus, other: str, *, answer: float, reason: str
) -> Coverage:
    return Coverage(
        id=f"coverage-{short_hash(passage.clause.id, other, str(task.start))}",
        subject=passage.clause.id, document=other, status=status,
        nearest=(Candidate(clause=passage.clause.id, score=round(answer, 4), reason=reason, text=task.text),),
    )  # fmt: skip


def _best(judged: Sequence[Evidence], axis: Literal[0, 1]) -> tuple[Mapping[int, Floats], ...]:
    """For each passage of one side the most that any passage of the other answers of each of its demands, says of it in words, and
    means of it (nothing, where no encoder read them)."""
    side = "lower" if axis else "higher"
    found: tuple[dict[int, Floats], ...] = ({}, {}, {})
    for evidence in judged:
        number = evidence.lower if axis else evidence.higher
        wording = evidence.judging[f"{side}_worded"]
        for best, table in zip(found, (evidence.answers, wording, evidence.judging.get(f"{side}_said", wording * 0)), strict=True):
            here = table.max(axis=axis)
            best[number] = np.maximum(best.get(number, here), here)
    return found
