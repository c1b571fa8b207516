"""What was understood of a question can be taken back, one thing at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.ask import ask

ROWS = [
    # (question, taken back, what is then not understood any more, whether it is still answered)
    ("四川哪一条落实国家方案第2条？", ("sichuan-river-2023",), "against", True),  # all lower documents are meant
    ("四川哪一条落实国家方案第2条？", ("items",), "items", False),  # without the item it is no question
    ("2023年底前生态环境厅要完成什么？", ("agency",), "agency", True),
    ("2023年底前生态环境厅要完成什么？", ("nothing known",), "", True),
]


@pytest.mark.parametrize(("question", "without", "gone", "answered"), ROWS)
def test_what_is_taken_back_is_not_understood(
    small_data: Path, question: str, without: tuple[str, ...], gone: str, answered: bool
) -> None:
    with PolicyGraph.open(small_data) as graph:
        before, after = (ask(question, graph.library, without=taken) for taken in ((), without))
    assert before.answered
    assert after.answered is answered
    assert {name for name, value in before.understood.items() if value and not after.understood.get(name)} - {"intent"} <= {gone, "documents", "against"}
    assert not after.understood.get(gone)
