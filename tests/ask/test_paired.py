"""Questions on two documents that the build did not align, and the relation in a headline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policygraph import PolicyGraph


@pytest.fixture(scope="module")
def graph(small_data: Path) -> Iterator[PolicyGraph]:
    with PolicyGraph.open(small_data) as opened:
        yield opened


def test_provinces_that_were_not_aligned_are_said_to_run_parallel(graph: PolicyGraph) -> None:
    answer = graph.ask("重庆的方案哪一条对应四川的方案第二条？")
    assert answer.answered
    assert "即时比对" in answer.message
    assert "与《四川省清江实施方案》" in answer.message
    assert "并列（互不隶属，不算落实）" in answer.message
    assert {record["document"] for record in answer.records} == {"chongqing-river-2023"}
    assert answer.sparql == ""  # the graph does not hold these links


def test_what_is_carried_out_in_part_is_not_called_carried_out(graph: PolicyGraph) -> None:
    """Each clause that a headline names after 落实 carries the item, each after 部分落实 a part of it."""
    for item in (2, 3, 4):
        answer = graph.ask(f"哪些条款落实国家方案第{item}条？")
        relations = [record["relation"] for record in answer.records]
        assert relations
        assert ("部分落实" in answer.message) == ("partially_implements" in relations)
        said = answer.message.replace("部分落实", "").replace("不算落实", "")
        assert ("落实" in said) == ("implements" in relations)
