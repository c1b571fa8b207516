"""Heading marks are no text, wherever a part of the source begins."""

from __future__ import annotations

import pytest

from policygraph.read import clean


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("## （一）深化黑臭水体治理", "（一）深化黑臭水体治理"),
        ("落实责任。\r# 二、主要任务", "落实责任。二、主要任务"),  # lines ended as old Macintoshes did
        ("落实责任。 ### 二、主要任务", "落实责任。二、主要任务"),
        ("1# 机组和2# 机组改造", "1#机组和2#机组改造"),
    ],
)
def test_heading_marks_go_and_number_signs_stay(source: str, text: str) -> None:
    assert clean(source) == text


@pytest.mark.parametrize("source", ["01.ó.\r# 0 0 0", "一、总体要求。\r## 二、任务", "正文。# 标题"])
def test_a_part_reads_as_it_does_within_the_whole(source: str) -> None:
    at = source.index("#")
    assert clean(source).endswith(clean(source[at:]))
