"""Questions whose every word counts: the role, the year, the timing, the body's level, the topic; and what is not held."""

from __future__ import annotations

import pytest

from policygraph.align.library import Library
from policygraph.ask import ask
from policygraph.cli.links import _print_answer

NATIONAL = "national-yangtze-2022"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("四川的森林覆盖率目标是多少？", "没有名为“森林覆盖率”的目标"),
        ("国家的森林覆盖率是多少", "没有名为“森林覆盖率”的目标"),
        ("What is Sichuan's forest coverage target?", "No target of that name"),
        ("四川2030年农膜回收率目标是多少？", "没有2030年的这项目标。现有：《"),
        ("四川2024年化肥利用率是多少？", "43%（2025）"),
        ("What is Sichuan's target for film recovery in 2030?", "No target for 2030"),
        ("四川的化肥利用率已经达到43%了吗？", "没有完成情况"),
        ("四川去年完成了多少入河排污口整治？", "没有完成情况"),
        ("Has Sichuan reached its fertilizer target?", "not results"),
        ("谁牵头月球探测？", "可以改用检索"),
        ("谁负责？", "没有理解"),
        ("四川绿地率目标", "没有名为“绿地率”的目标"),
    ],
)
def test_what_is_not_held_is_said(library: Library, question: str, said: str) -> None:
    answer = ask(question, library)
    assert not answer.answered and not answer.records
    assert said in answer.message


@pytest.mark.parametrize("question", ["四川对国家方案的覆盖率", "国家方案在四川的覆盖情况", "coverage of the national plan in Sichuan"])
def test_coverage_of_documents_is_still_coverage(library: Library, question: str) -> None:
    assert ask(question, library).understood["intent"] == "coverage"


def test_role_holds_beside_a_date(library: Library) -> None:
    led, all_ = (ask(f"生态环境厅{role}2025年底前到期的任务有哪些？", library) for role in ("牵头", "在"))
    assert {record["role"] for record in led.records} == {"lead"}
    assert len(led.records) < len(all_.records)
    assert not ask("水利厅牵头哪些2023年底前到期的任务？", library).records


@pytest.mark.parametrize("question", ["水利厅参与哪些任务？", "水利厅配合哪些任务", "Which tasks does 水利厅 support?"])
def test_who_takes_part_is_asked_for_duties(library: Library, question: str) -> None:
    answer = ask(question, library)
    assert answer.understood["intent"] == "agency"
    assert {record["role"] for record in answer.records} <= {"cooperate", "participate"} and answer.records


@pytest.mark.parametrize(
    ("question", "timing"),
    [
        ("四川哪些目标比国家晚？", "later"), ("四川比国家慢的指标", "later"), ("重庆哪些目标比国家早", "earlier"),
        ("Which Sichuan targets are later than national ones?", "later"),
    ],
)  # fmt: skip
def test_timing_is_asked_for(library: Library, question: str, timing: str) -> None:
    answer = ask(question, library)
    assert answer.understood["timing"] == timing
    assert {record["timing"] for record in answer.records} <= {timing}


@pytest.mark.parametrize("question", ["四川哪些目标比国家提前或推迟？", "重庆哪些目标比国家早，哪些晚？", "Which Sichuan targets are earlier or later than national ones?"])
def test_either_side_of_a_comparison_is_asked_for(library: Library, question: str) -> None:
    answer = ask(question, library)
    assert answer.understood["timing"] == "different"
    assert {record["timing"] for record in answer.records} <= {"earlier", "later"}
    assert "not_comparable" not in {record["strictness"] for record in answer.records}


def test_stricter_and_looser_are_asked_for_together(library: Library) -> None:
    both = ask("重庆哪些目标比国家更严，哪些更宽松？", library).records
    assert {record["strictness"] for record in both} == {"stricter", "looser"}
    one = [ask(f"重庆哪些目标比国家{side}？", library).records for side in ("更严", "更宽松")]
    assert len(both) == sum(map(len, one))


def test_less_strict_is_looser(library: Library) -> None:
    for question in ("Which Chongqing targets are less strict than the national ones?", "重庆哪些目标没有国家严？", "重庆哪些目标不如国家严？"):
        assert ask(question, library).understood["strictness"] == "looser", question


@pytest.mark.parametrize("question", ["四川地表水优良比例目标是多少", "四川地表水优良率是多少？", "四川国控断面水质优良比例"])
def test_an_indicator_is_known_by_its_parts(library: Library, question: str) -> None:
    assert 98.5 in {record["value"] for record in ask(question, library).records}


@pytest.mark.parametrize(
    "question",
    ["谁负责四川的黑臭水体治理？", "四川黑臭水体治理由哪个部门负责", "Which agency leads the cleanup of black and odorous water in Sichuan?"],
)
def test_who_answers_for_a_topic(library: Library, question: str) -> None:
    (record,) = ask(question, library).records
    assert record["citation"] == "《四川省打好长江保护修复攻坚战实施方案》（一）深化黑臭水体治理"
    assert "住房城乡建设厅" in record["lead"]  # type: ignore[operator]
    assert record["note"] in record["text"]  # type: ignore[operator]


def test_a_topic_is_answered_for_in_every_document(library: Library) -> None:
    answer = ask("谁牵头磷污染治理？", library)
    assert {record["document"] for record in answer.records} >= {NATIONAL, "sichuan-yangtze-2023"}
    assert all("磷" in str(record["citation"]) + str(record["text"]) for record in answer.records)


@pytest.mark.parametrize("question", ["国家方案第十条重庆和四川分别怎么落实？", "哪些省落实了国家方案第十条？"])
def test_each_document_is_named(library: Library, question: str) -> None:
    message = ask(question, library).message
    assert "《重庆市" in message and "《四川省" in message


def test_level_said_narrows_the_body(library: Library) -> None:
    answer = ask("国家发展改革委牵头哪些任务？", library)
    assert answer.understood["agency"] == ["发展改革委"]
    assert {record["document"] for record in answer.records} == {NATIONAL}
    assert ask("省发展改革委牵头哪些任务？", library).understood["agency"] == ["省发展改革委"]


def test_only_what_was_counted_is_stated(library: Library) -> None:
    answer = ask("四川哪些措辞变弱了", library)
    assert "加强" not in answer.message and all(record["other_text"] for record in answer.records)


@pytest.mark.parametrize("question", ["四川哪些措辞变弱了", "重庆比国家严的指标有哪些"])
def test_text_shows_what_stands_higher(library: Library, capsys: pytest.CaptureFixture[str], question: str) -> None:
    answer = ask(question, library)
    _print_answer(answer)
    printed = capsys.readouterr().out
    lower = [record for record in answer.records if record.get("side") != "other"]  # each pair is printed once
    assert lower and all(f"← {record['other_text']}" in printed for record in lower)
    assert 2 * len(lower) == len(answer.records)


def test_what_is_due_is_said(library: Library) -> None:
    for record in ask("2024年底前要完成什么？", library).records:
        assert str(record["when"]) in str(record["text"]) and len(str(record["text"])) > len(str(record["when"]))


@pytest.mark.parametrize("question", ["今天天气如何？", "tell me a joke"])
def test_examples_are_answered(library: Library, question: str) -> None:
    answer = ask(question, library)
    assert len(answer.suggestions) >= 2
    assert all(ask(example, library).answered for example in answer.suggestions)
