"""Questions that are not understood, put to the second reader: a plan that holds is answered from the records and said to
be proposed, any other changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from policygraph.ask import Answer
from policygraph.facade import PolicyGraph
from policygraph.settings import Settings

#: What the rules do not understand: 兜底 is nobody's word for leading.
ODD = "水源地那档子事最后归谁兜底？"
GOOD = {"intent": "topic_lead", "topic": "饮用水水源地"}
Asking = Callable[[str, object], Answer]


@pytest.fixture
def asking(small_data: Path, reader_server: ModuleType) -> Iterator[Asking]:
    """Asks with a reader that proposes something; what the endpoint was asked is in `asking.bodies`."""

    def ask(question: str, proposed: object) -> Answer:
        def play(body: dict[str, object]) -> Any:
            ask.bodies.append(body)  # type: ignore[attr-defined]
            return proposed if isinstance(proposed, str | bytes) else json.dumps(proposed, ensure_ascii=False)

        with reader_server.endpoint(play) as server:
            settings = Settings.load({}, encoder="none", reader=server.url, reader_model="qwen")
            with PolicyGraph.open(small_data, settings=settings) as graph:
                return graph.ask(question)

    ask.bodies = []  # type: ignore[attr-defined]
    yield ask


@pytest.fixture
def unaided(small_data: Path) -> Iterator[PolicyGraph]:
    with PolicyGraph.open(small_data, settings=Settings.load({}, encoder="none")) as graph:
        yield graph


def test_a_proposed_plan_is_answered_from_the_records(asking: Asking, unaided: PolicyGraph) -> None:
    assert not unaided.ask(ODD).answered
    answer = asking(ODD, GOOD)
    plain = unaided.ask("饮用水水源地由谁负责？")
    assert answer.answered and answer.records
    assert [record["id"] for record in answer.records] == [record["id"] for record in plain.records]
    assert answer.understood["proposed_by"] == "reader:qwen"
    assert answer.message.startswith("（按 reader:qwen 对问题的理解：")
    (body,) = asking.bodies  # type: ignore[attr-defined]
    assert ODD in str(body) and "清江行动方案" in str(body)


def test_a_question_that_is_understood_is_put_to_nobody(asking: Asking, unaided: PolicyGraph) -> None:
    answer = asking("饮用水水源地由谁负责？", GOOD)
    assert answer == unaided.ask("饮用水水源地由谁负责？")
    assert asking.bodies == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "proposed",
    [
        "由生态环境部负责。",  # an answer, and no plan
        b"<html>",
        {"intent": "topic_lead"},  # no condition
        {"intent": "guess", "topic": "饮用水水源地"},
        {"intent": "fact", "topic": "饮用水水源地"},
        {"intent": ["topic_lead"], "topic": "饮用水水源地"},
        {"intent": "topic_lead", "topic": "饮用水水源地", "answer": "生态环境部"},  # a field that a plan has not
        {"intent": "topic_lead", "topic": "饮用水水源地", "documents": ["hunan"]},  # a document that is not held
        {"intent": "topic_lead", "topic": "饮用水水源地", "documents": "sichuan"},
        {"intent": "topic_lead", "topic": "量子通信卫星"},  # words that no document has
        {"intent": "topic_lead", "topic": ["饮用水水源地"]},
        {"intent": "topic_lead", "topic": "饮用水水源地" * 20},
        {"intent": "agency", "agency": "火星事务局"},
        {"intent": "agency", "agency": "生态环境部", "role": "king"},
        {"intent": "agency", "role": "lead"},
        {"intent": "due", "due_by": "2023-02-30"},
        {"intent": "due", "due_by": 2023},
        {"intent": "item_text", "items": [True]},
        {"intent": "item_text", "items": list(range(1, 100))},
        {"intent": "item_text", "items": [99]},  # a plan, and no answer
        {"intent": "absent", "topic": "饮用水水源地", "due_by": "2023-12-31"},  # a condition that it cannot heed
    ],
)
def test_what_is_no_plan_changes_nothing(proposed: object, asking: Asking, unaided: PolicyGraph) -> None:
    assert asking(ODD, proposed) == unaided.ask(ODD)


@pytest.mark.parametrize(
    ("proposed", "word"),
    [
        ({"intent": "due", "due_by": "2023-12-31"}, "2023"),
        ({"intent": "agency", "agency": "交通运输部", "role": "lead"}, "岸电"),
        ({"intent": "item_text", "items": [4]}, "岸电"),
        ({"intent": "indicator", "topic": "农膜回收率"}, "85"),
    ],
)
def test_conditions_of_each_kind_are_carried_over(proposed: dict[str, object], word: str, asking: Asking) -> None:
    answer = asking(ODD, proposed)
    assert answer.answered
    assert any(word in str(record["text"]) for record in answer.records)


@pytest.mark.parametrize("model", ["qwen", ""])
def test_a_reader_that_is_not_there_is_never_needed(model: str, small_data: Path, unaided: PolicyGraph) -> None:
    settings = Settings.load({}, encoder="none", reader="http://127.0.0.1:9/v1", reader_model=model, reader_seconds=2.0)
    with PolicyGraph.open(small_data, settings=settings) as graph:
        assert graph.ask(ODD) == unaided.ask(ODD)
