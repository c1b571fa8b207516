"""The omission audit: sentences with a quantity, a date or a role word from which nothing came, and names that no
vocabulary resolves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policygraph.extract.provision import Context, Provision
from policygraph.model import Deadline, DocumentRecords, Finding, Responsibility, Target, Task

_QUANTITY = re.compile(
    r"(?<!\d)\d+(?:\.\d+)?\s*(?:%|‰|个百分点|百分点|万|亿|吨|公里|公顷|亩|座|个|户|台|辆|千瓦|兆瓦|立方米|平方|项|条|家|所|人|名|套|处|批|倍|元|米|微克|毫克|μg|mg|小时)"
    r"|翻[一两]番|[一二三四五六七八九]成(?:以上|左右|[，。；])|百分之|千分之"
)
#: One of these is in every quantity and date; most sentences have none.
_FIGURE = re.compile(r"[\d番成分“]")
_DATE = re.compile(r"\d{4}年|\d{1,2}月|“十[四五六]五”")
_EFFECTIVE = re.compile(r"起(?:施行|实施|执行)|有效期|规划期")
_ROLE = re.compile(r"牵头|责任单位|责任部门|职责分工|配合单位|由[^，。；]{2,30}负责|会同[^，。；]{0,20}部门")


def audit(
    provision: Provision,
    context: Context,
    *,
    notes: Sequence[Responsibility],
    deadlines: Sequence[Deadline],
    targets: Sequence[Target],
    tasks: Sequence[Task],
    duties: Sequence[Responsibility] = (),
) -> list[Finding]:
    """Findings on one provision, in order, whatever its kind: what a preamble or a definition holds may have been meant.
    `duties` are the responsibilities that the running text gave."""
    folded = provision.folded
    found: list[Finding] = []

    def add(kind: str, reason: str, a: int, b: int) -> None:
        start, end = provision.span(a, b)
        found.append(
            Finding(
                id=f"{provision.clause.id}/finding_{len(found) + 1}", document=context.document.id, clause=provision.clause.id,
                kind=kind, text=provision.text[a:b], reason=reason, start=start, end=end,
            )
        )

    for a, b in provision.sentences():
        first, last = provision.span(a, b)

        def said(records: Sequence[Target | Deadline | Responsibility], first: int = first, last: int = last) -> bool:
            return any(r.start < last and r.end > first for r in records)

        figures = _FIGURE.search(folded, a, b) is not None
        if figures and _QUANTITY.search(folded, a, b) and not said(targets):
            add("quantity", "a quantity from which no target came", a, b)
        if figures and _DATE.search(folded, a, b) and not _EFFECTIVE.search(folded, a, b) and not said(deadlines) and not said(targets):
            add("date", "a date from which no deadline came", a, b)
        if _ROLE.search(folded, a, b) and not said(notes) and not said(duties):
            add("role", "a role word from which no responsibility came", a, b)
    for note in notes:
        for agency in note.agencies:
            if agency.agency is None:
                a, b = provision.reading.locate(note.start, note.end)
                add("agency", f"agency not in the vocabulary: {agency.name}", a, b)
    return found


def no_provisions(records: DocumentRecords) -> str | None:
    """What to say of a text that has clauses and from which nothing came (a letter, a list of names); None when
    something did."""
    if records.tasks or records.targets or records.deadlines or records.responsibilities:
        return None
    leaves = sum(clause.leaf for clause in records.clauses)
    return f"no provisions found: {leaves} clauses, but no task, target, deadline or responsibility in them. Is it a policy text?"
