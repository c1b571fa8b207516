"""Warnings of many documents are said in few lines, and none is lost."""

from __future__ import annotations

from policygraph.release.folder import DocumentSummary
from policygraph.release.said import summed, warnings_of

NO_DATE = "no date found. Set date in the manifest, or links cannot know which text is older."


def document(name: str, *warnings: str) -> DocumentSummary:
    return DocumentSummary(
        id=name, source=f"{name}.txt", title=name, digest="", characters=1, clauses=1, tasks=0, targets=0, deadlines=0,
        responsibilities=0, citations=0, findings=0, warnings=tuple(f"{name}.txt: {text}" for text in warnings),
    )  # fmt: skip


def test_what_many_documents_are_warned_of_is_one_line():
    told = [document(f"plan-{n}", NO_DATE) for n in range(151)]
    assert summed(told) == [f"151 documents: {NO_DATE} (plan-0, plan-1, plan-2, …)"]


def test_what_few_are_warned_of_names_each():
    assert summed([document("a", NO_DATE), document("b", NO_DATE)]) == [f"a: {NO_DATE}", f"b: {NO_DATE}"]


def test_warning_that_names_its_document_counts_with_those_of_others():
    told = [document(f"plan-{n}", f"no title found; plan-{n} stands for it.") for n in range(9)]
    assert summed(told) == ["9 documents: no title found; … stands for it. (plan-0, plan-1, plan-2, …)"]


def test_the_list_has_them_all():
    told = [document(f"plan-{n}", NO_DATE, "no region found.") for n in range(4)]
    assert [(each.id, text) for each, text in warnings_of(told)] == [
        (f"plan-{n}", text) for n in range(4) for text in (NO_DATE, "no region found.")
    ]
