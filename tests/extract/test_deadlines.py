"""Deadlines with their actions, notes included."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policygraph.extract.deadlines import extract_deadlines
from policygraph.extract.provision import Context, Provision

ROWS = [
    ("到2025年底前（其中成都市2024年底前），完成改造。", [("2025-12-31", "完成改造"), ("2024-12-31", "完成改造")], "a part of it earlier, in brackets"),
    ("完成改造任务（2024年底前）。", [("2024-12-31", "完成改造任务")], "what the bracket stands behind"),
    ("2023年底前，完成排查（包括入河排污口，重点单位等），并建立台账。", [("2023-12-31", "完成排查（包括入河排污口，重点单位等）")], "a comma in brackets ends nothing"),
    ("推进管网建设（到2025年，基本消除空白区，其他达标）。", [("2025-12-31", "基本消除空白区")], "what the bracket says itself"),
    ("每年汛期前完成隐患排查。", [(None, "完成隐患排查")], "a season, on no day"),
    ("汛前完成水闸检修。", [(None, "完成水闸检修")], "the season for short"),
    ("入冬前完成危房改造。", [(None, "完成危房改造")], "a season that begins"),
    ("开展汛前检查和准备工作。", [], "the name of a check"),
    ("每日处理污水2万吨。", [], "how much a day"),
    (
        "到2022年年底，完成长江流域饮用水水源地名录。到2024年年底，保护区完成定界立标。",
        [("2022-12-31", "完成长江流域饮用水水源地名录"), ("2024-12-31", "保护区完成定界立标")],
        "two in a paragraph",
    ),
    (
        "到2025年年底，县级城市建成区黑臭水体基本消除，其中长江三角洲区域力争提前一年完成。",
        [("2025-12-31", "县级城市建成区黑臭水体基本消除"), ("2024-12-31", "其中长江三角洲区域力争提前一年完成")],
        "what runs ahead counts back from the date before it",
    ),
    (
        "编制应对气候变化规划。（责任部门：气候处，完成期限：12月底）制定达峰方案。（责任部门：大气处，完成期限：11月底）",
        [("2022-12-31", "编制应对气候变化规划"), ("2022-11-30", "制定达峰方案")],
        "a note's deadline is for the sentence it closes",
    ),
    ("（二）推进落实（2023年6月底前完成）。", [("2023-06-30", None)], "in brackets"),
    ("力争提前一年完成任务。", [], "nothing to run ahead of"),
    ("持续推进小流域综合治理。（水利部负责）", [], "no date"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), ROWS)
def test_deadlines(
    text: str,
    expected: list[tuple[str, str | None]],
    reason: str,
    provision_of: Callable[..., Provision],
    context_of: Callable[..., Context],
) -> None:
    found = extract_deadlines(provision_of(text), context_of())
    assert [d.date for d in found] == [day for day, _ in expected], reason
    for deadline, (_, action) in zip(found, expected, strict=True):
        assert action is None or deadline.action == action, reason


def test_spans_lead_back_to_the_source(
    provision_of: Callable[..., Provision], context_of: Callable[..., Context]
) -> None:
    text = "到 2025 年\n\n年底，农膜回收率达85%"
    (deadline,) = extract_deadlines(provision_of(text), context_of())
    assert deadline.text == "到2025年年底"
    assert text[deadline.start : deadline.end].split() == ["到", "2025", "年", "年底"]


def test_preamble_promises_nothing(provision_of: Callable[..., Provision], context_of: Callable[..., Context]) -> None:
    assert extract_deadlines(provision_of("到2025年，开启新征程。", kind="preamble"), context_of()) == []
