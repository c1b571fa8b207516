"""The omission audit: sentences with a quantity, a date or a role word from which nothing came, and names that no
vocabulary resolves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policygraph.extract.provision import Context, Provision
from policygraph.model import Deadline, Finding, Responsibility, Target, Task

_QUANTITY = re.compile(r"(?<!\d)\d+(?:\.\d+)?\s*(?:%|个百分点|百分点|万|亿|吨|公里|公顷|亩|座|个|户|台|辆|千瓦|立方米|平方|项|条|家|所|人)")
_DATE = re.compile(r"\d{4}年|\d{1,2}月|“十[四五六]五”")
_EFFECTIVE = re.compile(r"起(?:施行|实施|执行)|有效期|规划期")
_ROLE = re.compile(r"牵头|责任单位|责任部门|按职责分工|配合单位")


def audit(
    provision: Provision,
    context: Context,
    *,
    notes: Sequence[Responsibility],
    deadlines: Sequence[Deadline],
    targets: Sequence[Target],
    tasks: Sequence[Task],
) -> list[Finding]:
    """Findings on one provision, in order. A preamble states what is, so its quantities and dates are expected."""
    if provision.clause.kind in ("preamble", "principle"):
        return []
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

        if _QUANTITY.search(folded, a, b) and not said(targets):
            add("quantity", "a quantity from which no target came", a, b)
        if _DATE.search(folded, a, b) and not _EFFECTIVE.search(folded, a, b) and not said(deadlines) and not said(targets):
            add("date", "a date from which no deadline came", a, b)
        if _ROLE.search(folded, a, b) and not said(notes):
            add("role", "a role word from which no responsibility came", a, b)
    for note in notes:
        for agency in note.agencies:
            if agency.agency is None:
                a, b = provision.reading.locate(note.start, note.end)
                add("agency", f"agency not in the vocabulary: {agency.name}", a, b)
    return found
