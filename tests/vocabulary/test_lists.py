"""The lists of words that the outline is read by: well formed, and no word twice in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from policygraph.errors import ReleaseError
from policygraph.segment.kinds import kind_of_heading
from policygraph.vocabulary.lists import lists


def every_list(table: dict[str, Any], name: str = "") -> Iterator[tuple[str, list[str]]]:
    for key, value in table.items():
        yield from every_list(value, f"{name}.{key}") if isinstance(value, dict) else [(f"{name}.{key}", value)]


def test_lists_hold_words_once() -> None:
    for name, words in every_list(lists("layout")):
        assert all(isinstance(word, str) and word.strip() == word != "" for word in words), name
        assert len(set(words)) == len(words), name


def test_what_stands_by_itself_is_a_title() -> None:
    documents = lists("layout")["documents"]
    assert set(documents["whole"]) | set(documents["lines"]) <= set(documents["titles"])


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("一、总体要求", "principle"), ("二、基本原则", "principle"), ("五、保障措施", "safeguard"), ("（二）水质保障", None),
        ("六、工作要求", "safeguard"), ("稳固产业发展基础", None), ("优化发展环境", None), ("发展基础", "preamble"), ("一、规划背景", "preamble"), ("三、重点任务", None), ("二、工作目标", "goal"),
    ],
)  # fmt: skip
def test_a_heading_says_what_stands_under_it(heading: str, kind: str | None) -> None:
    name, level = heading.split("、")[-1].split("）")[-1], 60 if heading.startswith("（") else 50
    assert kind_of_heading(name, level=level) == kind


def test_a_list_that_is_missing_says_what_to_do() -> None:
    with pytest.raises(ReleaseError, match="Install the package again"):
        lists("nothing")
