"""Instruments: which citation names which document of the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policygraph.extract.citations import normal_title
from policygraph.model import DocumentRecords


def link_citations(records: Sequence[DocumentRecords]) -> list[DocumentRecords]:
    """The same records, each citation with the document of the corpus that it names as its target.

    Title and number decide, in that order; a title that two documents bear (two provinces' 促进绿色消费实施方案) is
    resolved by number, else to the one of the higher level, else not at all.
    """
    by_title: dict[str, list[DocumentRecords]] = {}
    by_number: dict[str, str] = {}
    for one in records:
        by_title.setdefault(normal_title(one.document.title), []).append(one)
        if one.document.number:
            by_number.setdefault(one.document.number, one.document.id)

    def target(title: str, number: str | None, own: str) -> str | None:
        if number and number in by_number and by_number[number] != own:
            return by_number[number]
        found = [one for one in by_title.get(normal_title(title), []) if one.document.id != own]
        if len(found) > 1:
            national = [one for one in found if one.document.level == "national"]
            found = national if len(national) == 1 else []
        return found[0].document.id if found else None

    return [
        replace(
            one,
            citations=tuple(
                replace(c, target=target(c.title, c.number, one.document.id)) for c in one.citations
            ),
        )
        for one in records
    ]
