"""Questions as officials, researchers and journalists type them, with what must and must not be among the records of the
answer (`questions.jsonl`), and odd ones that no false sentence may answer (`odd.jsonl`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policygraph import PolicyGraph
from policygraph.ask import Answer

HERE = Path(__file__).parent


def _rows(name: str) -> Any:
    """Each question to the corpus as it is built without an encoder, and with it; those of links that need it only so."""
    rows = [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]
    lexical = [pytest.param(row, "none", id=row["id"]) for row in rows if not row.get("encoder")]
    encoded = [pytest.param(row, "encoder", id=f"{row['id']}-encoder", marks=pytest.mark.slow) for row in rows]
    return pytest.mark.parametrize(("row", "asked"), lexical + encoded, indirect=["asked"])


#: What is asked of a corpus while its documents arrive: from how many on it is answered, and what is said before.
ARRIVING = (
    ("四川哪一条落实国家方案第十条？", 2, "没有四川的文件"),
    ("重庆市水利局牵头哪些任务？", 3, "没有重庆市的文件"),
    ("重庆市2025年的目标是什么？", 3, "没有重庆市的文件"),
    ("城市空气质量优良天数比率的目标是多少？", 4, "没有名为"),
)


@pytest.mark.slow
@pytest.mark.parametrize("count", range(1, 6))
def test_corpus_that_grows_answers_from_what_has_arrived(grown: Callable[[int], Path], count: int) -> None:
    with PolicyGraph.open(grown(count)) as graph:
        for question, needed, before in ARRIVING:
            answer = graph.ask(question)
            assert answer.answered == (count >= needed), (question, answer.message)
            assert answer.answered or before in answer.message, (question, answer.message)


@_rows("questions.jsonl")
def test_answer_has_what_it_must_and_nothing_that_it_must_not(asked: Any, counted: Any, row: dict[str, Any]) -> None:
    answer: Answer = asked(row["question"], after=row.get("after"))
    assert answer.answered == row["answerable"], answer.message
    assert [item["quote"] for item in row["must"] if not asked.holds(answer, item)] == []
    assert [item["quote"] for item in row["must_not"] if asked.holds(answer, item)] == []
    if row["count"] is not None and answer.answered:
        assert counted(answer) == row["count"], answer.message
    assert answer.answered or not answer.records


@_rows("odd.jsonl")
def test_no_false_sentence_answers_an_odd_question(asked: Any, row: dict[str, Any]) -> None:
    answer: Answer = asked(row["question"], after=row.get("after"))
    assert answer.answered == row["answered"], answer.message
    assert [said for said in row.get("says", ()) if said not in answer.message] == [], answer.message
    assert [said for said in row.get("never", ()) if said in answer.message] == [], answer.message
    assert answer.answered or not answer.records
