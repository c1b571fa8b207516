"""Questions in the ways people ask them: the right clause, a plain refusal, never a wrong clause."""

from __future__ import annotations

import cProfile

import pytest

from policygraph.align.library import Library
from policygraph.ask import ask

SICHUAN, CHONGQING, NATIONAL = "sichuan-yangtze-2023", "chongqing-yangtze-2023", "national-yangtze-2022"


def lead(library: Library, clause: object) -> str | None:
    return library.clauses[str(clause)].lead


@pytest.mark.parametrize(
    "question",
    [
        "四川哪一条落实国家方案第十条？",
        "四川哪条落实了国家第10条",
        "国家方案第10项在四川对应哪条",
        "国家方案第十项在四川是怎么落实的？",
        "国家行动方案（十）四川有对应吗",
        "国家方案(十)对应四川方案哪一条",
        "四川省哪一条对应国家方案的第十条？",
        "哪一条四川条款实施国家方案第十条",
        "四川 落实 国家 第 10 条",
        "第十条四川怎么落实",
        "四川怎么落实第十条？",
        "四川对国家方案第10条的落实条款是什么",
        "国家长江方案第十条四川落实在哪里",
        "请问四川方案中哪条承接了国家方案第十项？",
        "国家方案第10条，四川对应的是哪一条？",
        "《深入打好长江保护修复攻坚战行动方案》第十条在四川的落实",
        "环水体〔2022〕55号第十条四川哪条落实",
        "national-yangtze-2022 第10条 四川",
        "四川有没有落实国家方案第十条",
        "四川是否落实国家第十条？",
        "国家第十条，川省怎么细化的",
        "把国家方案第十条对应的四川条款找出来",
        "给我看看四川落实国家方案第十条的条款",
        "国家层面第十条在四川省方案里的对应条款",
        "四川实施方案里哪条落实国家第十条",
        "which Sichuan clause implements national item 10?",
        "Which Sichuan clause implements item 10 of the national plan?",
        "Which clause in the Sichuan plan implements national item 10",
        "What in Sichuan corresponds to item 10 of the national action plan?",
        "how does Sichuan implement national item 10",
        "national item 10 in Sichuan",
        "Sichuan's counterpart of national item 10",
        "Show the Sichuan clause that carries out the tenth item of the national plan",
        "Find Sichuan's implementation of the 10th national item",
        "national article 10: which Sichuan clause?",
        "item 10 of the national plan — Sichuan",
        "Did Sichuan implement item no. 10 of the national plan?",
        "Sichuan clause for national item ten",
        "does the Sichuan plan cover national item 10",
        "国家方案第１０条在四川对应哪条？",
        "四川省长江方案对国家方案第十条是如何贯彻的",
        "落实国家第十条的四川条款",
        "国家第十条→四川",
        "国家方案第十条由四川哪一条落实？",
    ],
)
def test_flagship_question_gives_the_sichuan_clause(library: Library, question: str) -> None:
    answer = ask(question, library)
    assert answer.answered, answer.message
    assert {lead(library, record["clause"]) for record in answer.records} == {"深入推进入河排污口排查整治"}
    assert answer.understood["items"] == [10]
    assert "SELECT" in answer.sparql


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("四川哪一条落实国家方案第45条？", "38"),  # out of range: how many there are
        ("Which Sichuan clause implements national item 45?", "38 items"),
        ("湖北哪条落实国家第十条", "没有湖北"),  # a region without a document
        ("Which clause in Hubei implements national item 10?", "no document of Hubei"),
        ("今天天气如何？", "没有理解"),
        ("tell me a joke", "not understood"),
    ],
)
def test_refusal_is_plain(library: Library, question: str, said: str) -> None:
    answer = ask(question, library)
    assert not answer.answered and not answer.records
    assert said in answer.message


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("四川的“深入推进入河排污口排查整治”落实国家哪一条", "implements"),
        ("第十条是什么", "item_text"),
        ("国家第十条谁牵头", "item_lead"),
        ("四川没有落实哪些", "absent"),
        ("Which national items has Sichuan not taken up?", "absent"),
        ("What did Sichuan not implement?", "absent"),
        ("四川方案有哪些新增内容是国家没有的", "new"),
        ("what is new in the Sichuan plan", "new"),
        ("四川落实国家方案的情况怎么样", "coverage"),
        ("重庆比国家严的指标有哪些", "compare"),
        ("四川比国家宽的指标有哪些", "compare"),
        ("哪些国家指标四川没有对应", "compare"),
        ("Where is Sichuan looser than the nation?", "compare"),
        ("农膜回收率各地目标是多少", "indicator"),
        ("target for agricultural film recovery", "indicator"),
        ("2023年底前要完成什么，谁牵头", "due"),
        ("What is due by 2023-12-31 in Sichuan?", "due"),
        ("水利厅牵头哪些", "agency"),
        ("生态环境厅和谁合作最多", "partners"),
        ("哪些条款没有牵头单位", "no_lead"),
        ("四川哪些条款没有明确完成时限", "no_deadline"),
        ("四川方案哪些内容照抄国家原文", "verbatim"),
        ("四川方案依据哪些文件", "citations"),
        ("四川在哪些地方措辞弱化了", "wording"),
    ],
)
def test_intent_of_each_competency_question(library: Library, question: str, intent: str) -> None:
    answer = ask(question, library)
    assert answer.understood["intent"] == intent
    assert answer.answered
    assert {"kind", "document", "source", "clause", "start", "end", "text", "score"} <= set(
        answer.records[0] if answer.records else {"kind", "document", "source", "clause", "start", "end", "text", "score"}
    )


def test_film_targets_are_found_in_every_document(library: Library) -> None:
    records = ask("农膜回收率的目标", library).records
    assert {record["document"] for record in records} == {NATIONAL, SICHUAN, CHONGQING}
    assert {record["value"] for record in records} == {85, 90}


def test_chongqing_is_stricter_on_film(library: Library) -> None:
    records = ask("重庆比国家严的指标有哪些", library).records
    assert "农膜回收率" in {record["indicator"] for record in records}
    assert {record["strictness"] for record in records} == {"stricter"}


def test_due_is_bounded_by_the_date_and_names_the_lead(library: Library) -> None:
    records = ask("2023年底前四川要完成什么，谁牵头", library).records
    assert records
    assert all(str(record["date"]) <= "2023-12-31" and record["document"] == SICHUAN for record in records)
    assert any(record["lead"] for record in records)


def test_agency_leads_only_what_it_leads(library: Library) -> None:
    records = ask("水利厅牵头哪些", library).records
    assert {record["role"] for record in records} == {"lead"}
    assert "巩固小水电清理整改成效" in {lead(library, record["clause"]) for record in records}


def test_question_back_from_the_sichuan_clause(library: Library) -> None:
    (record,) = ask("四川的“深入推进入河排污口排查整治”落实国家哪一条", library).records
    assert "（十）" in str(record["citation"])


def test_warm_answer_takes_no_time(library: Library) -> None:
    """Counted in calls of functions, which are the same on every machine: 10 ms for 30,000."""
    ask("四川哪一条落实国家方案第十条？", library)
    profile = cProfile.Profile()
    profile.runcall(ask, "四川哪一条落实国家方案第十条？", library)
    assert sum(row.callcount for row in profile.getstats()) < 150_000
