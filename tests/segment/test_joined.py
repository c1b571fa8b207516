"""Texts that lost their line breaks, numbers that only their neighbours make numbers, and excerpts."""

import re

import pytest

from policygraph.read import SourceText
from policygraph.segment import segment

RULES = """泸州市绿色工厂管理办法

（2024年3月5日泸州市人民政府第12次常务会议通过）

第一章 总则

第一条 为规范绿色工厂管理，推动工业绿色发展，根据《中华人民共和国清洁生产促进法》，制定本办法。

第二条 申报绿色工厂的企业，应当符合下列条件：

（一）依法设立，正常运行一年以上；

（二）近三年未发生较大环境事件。

市级财政对符合第二条规定的企业给予补助。

第二章 申报程序

第三条 企业依照本办法第二条规定向所在地县级主管部门提出申请。

第四条 本办法自2024年5月1日起施行。
"""
PLAN = """泸州市水环境综合治理实施方案

为贯彻落实市委、市政府决策部署，持续改善水环境质量，制定本方案。

一、总体要求

（一）工作目标

到2025年，国控断面水质优良比例达到95%。

（二）基本原则

坚持系统治理，坚持分类施策。

二、完善设施，补齐短板

（三）建设管网。2025年底前建成污水管网97公里。（市水务局牵头）

（四）改造泵站。改造老旧泵站12座。

1.开展摸底调查。

2.制定改造清单。
"""
EMERGENCY = """泸州市突发环境事件应急预案

1 总则

1.1 编制目的

建立健全突发环境事件应对工作机制。

1.2 适用范围

本预案适用于3类事件，涉及2.5万人以上的除外。

2 组织体系

2.1 市级指挥部

市生态环境局牵头。

2.1.1 成员单位职责

市水务局负责水文监测。

3 附则
"""


def numbers(text: str) -> list[str]:
    """The numbers of the provisions of a text, in order."""
    (_, clauses), *_ = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")
    return [clause.number for clause in clauses if clause.number]


@pytest.mark.parametrize("text", [RULES, PLAN, EMERGENCY], ids=["rules", "plan", "emergency plan"])
@pytest.mark.parametrize(("gap", "why"), [("", "joined without anything"), (" ", "joined with a space"), ("\u3000", "joined with an indent")])
def test_text_without_line_breaks_has_the_same_provisions(text: str, gap: str, why: str) -> None:
    assert numbers(re.sub(r"\s*\n\s*", gap, text)) == numbers(text), why


def test_numbers_are_those_of_the_text() -> None:
    assert numbers(RULES) == ["第一章", "第一条", "第二条", "（一）", "（二）", "第二章", "第三条", "第四条"]
    assert numbers(PLAN) == ["一、", "（一）", "（二）", "二、", "（三）", "（四）", "1.", "2."]
    assert numbers(EMERGENCY) == ["1", "1.1", "1.2", "2", "2.1", "2.1.1", "3"]


def test_decimal_numbers_nest() -> None:
    (_, clauses), = segment(SourceText(name="x.txt", sha256="", text=EMERGENCY), doc_id="x")
    by_id = {clause.id: clause for clause in clauses}
    duties = next(clause for clause in clauses if clause.number == "2.1.1")
    assert duties.heading == "成员单位职责"
    assert [by_id[duties.parent].number, by_id[by_id[duties.parent].parent].number] == ["2.1", "2"]


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("一、主要措施\n1强化源头管控。严把准入关口。2完善监测网络。新建监测站点。3.加强执法检查。", ["一、", "1", "2", "3."], "points lost here and there"),
        ("一、主要措施\n建设泵站3座。\n5月底前完成排查。\n2个重点县先行。", ["一、"], "quantities and months at the start of a line"),
        ("一、支持项目\n在市级资金补助的基础上，按照1:\n1配套奖励，标准如下。\n2、改造项目。给予补助。", ["一、", "2、"], "a ratio broken by a line"),
        ("重庆市某区水利建设方案\n一、总体要求\n2.5万公顷农田受益。\n1.1万人饮水安全得到保障。", ["一、"], "decimal quantities at the start of a line"),
        ("应急预案\n第一章 总则\n1.1编制目的\n健全机制。\n第二章 体系\n2.1指挥机构\n1.贯彻法律。\n2.组织处置。\n3.发布信息。\n2.2工作机构\n负责应对。\n第三章 监测\n3.1监测分析\n加强监测。", ["第一章", "1.1", "第二章", "2.1", "1.", "2.", "3.", "2.2", "第三章", "3.1"], "a list within a provision of the outer count"),
        ("技术规范\n一、监测\n1.1采样点布设应当均匀。\n1.2采样频次每月一次。\n1.3样品当日送检。", ["一、", "1.1", "1.2", "1.3"], "decimals within a part"),
    ],
)
def test_numbers_in_context(text: str, expected: list[str], why: str) -> None:
    assert numbers(text) == expected, why


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("第十三条 省人民政府应当建立补偿机制。\n第十四条 县级以上人民政府应当加强监督。", ["第十三条", "第十四条"], "an excerpt has no first article"),
        ("节约用水条例\n第九百九十九条 国家实行计划用水。\n第一千条 用水单位应当安装计量设施。", ["第九百九十九条", "第一千条"], "past a thousand"),
        ("第一百三十三条 违反交通管理的，处罚款。\n第一百三十三条之一 醉酒驾驶的，处拘役。", ["第一百三十三条", "第一百三十三条之一"], "an inserted article"),
        ("五、健全机制。完善考核办法，强化结果运用。\n六、加强宣传。开展主题活动，营造良好氛围。", ["五、", "六、"], "an excerpt of a plan"),
        ("管理办法\n第一条 为了规范管理，制定本办法。\n第二条 申请人依照本法\n第一条规定提出申请。", ["第一条", "第二条"], "a line that wraps before a citation"),
    ],
)
def test_excerpts_and_articles(text: str, expected: list[str], why: str) -> None:
    assert numbers(text) == expected, why


def test_headings_and_comments_of_markdown_are_not_the_text() -> None:
    text = (
        "# 中华人民共和国节约用水法\n\n1998年1月29日 第八届全国人民代表大会常务委员会第二十九次会议通过\n\n"
        "2018年12月29日 第十三届全国人民代表大会常务委员会第七次会议《关于修改部分法律的决定》第一次修正\n\n<!-- INFO END -->\n\n"
        "## 第一章 总则\n\n第一条 为了节约用水，制定本法。\n\n第二条 国家实行节约用水制度。\n"
    )
    (document, clauses), = segment(SourceText(name="x.md", sha256="", text=text), doc_id="x")
    assert document.title == "中华人民共和国节约用水法"
    assert [c.number for c in clauses if c.leaf and c.kind == "article"] == ["第一条", "第二条"]
    assert not any("INFO" in clause.text for clause in clauses)


def test_closing_lines_are_cut_from_the_last_provision() -> None:
    text = PLAN.replace("\n", "") + "3.落实管护责任。抄送：市委办公室，市人大常委会办公室。"
    (_, clauses), = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")
    assert [c.kind for c in clauses if c.text.startswith("抄送")] == ["back"]
    assert next(c.kind for c in clauses if c.text.startswith("3.落实")) == "measure"


JOINED = [
    (
        "某市生态环境保护规划第一章规划背景第一节工作成效“十三五”期间，环境明显改善。第二章重点任务第一节推动绿色发展优化产业布局，推进产业转型升级。"
        "专栏1重点工程1.园区改造。对10个园区实施改造。2.清洁生产。推进50家企业审核。第二节改善环境质量加强水污染防治，推进管网建设。",
        ["推动绿色发展优化产业布局，推进产业转型升级。", "对10个园区实施改造。", "推进50家企业审核。"],
        "a section that runs into its text is no heading of the box behind it",
    ),
    (
        "某市节水行动方案为加强节水，制定本方案。一、总体要求坚持节水优先，落实双控。二、重点任务（一）强化管控。严格取水许可，健全计量体系。"
        "专栏1节水重点工程建设节水示范区5个，改造管网200公里。（二）推进农业节水。推广喷灌滴灌，新增高效节水灌溉面积5万亩。",
        ["严格取水许可，健全计量体系。", "专栏1节水重点工程建设节水示范区5个，改造管网200公里。"],
        "a box without numbers is a paragraph of its own",
    ),
]


@pytest.mark.parametrize(("text", "expected", "why"), JOINED, ids=[row[2] for row in JOINED])
def test_boxes_in_text_without_line_breaks(text: str, expected: list[str], why: str) -> None:
    ((_, clauses),) = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")
    leaves = [clause.text for clause in clauses if clause.leaf and clause.kind != "front"]
    assert [leaf for leaf in leaves if leaf in expected] == expected, why


def test_contents_that_run_into_the_text_are_no_provisions() -> None:
    text = (
        "某市生态环境保护规划目录第一章规划背景1第一节工作成效1第二节存在问题3第二章重点任务5第一节推动绿色发展5第一章规划背景"
        "第一节工作成效“十三五”期间，环境明显改善。第二节存在问题部分河段仍不达标。第二章重点任务第一节推动绿色发展优化产业布局，推进产业转型升级。"
    )
    ((_, clauses),) = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")
    assert [clause.text for clause in clauses if clause.kind == "contents"][1:] == [
        "第一章规划背景1", "第一节工作成效1", "第二节存在问题3", "第二章重点任务5", "第一节推动绿色发展5",
    ]  # fmt: skip


def test_excerpt_from_the_middle_of_a_part_begins_with_its_first_number() -> None:
    text = "某省行动方案\n（六）实施台账管理。各地要组织开展排查，建立项目清单。\n三、严格分类处置\n（七）叫停在建项目。各地要逐一检查复核。\n（八）推进拟建项目。严格按程序决策。\n"
    ((_, clauses),) = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")
    assert [(clause.kind, clause.number) for clause in clauses if clause.type == "item"] == [("heading", "（六）"), ("heading", "（七）"), ("heading", "（八）")]


def test_last_number_whose_text_is_back_matter_is_a_heading() -> None:
    text = "某市应急预案\n1 总则\n1.1 编制目的\n为了提高应对能力，制定本预案。\n1.2 工作原则\n坚持以人为本。\n2 指挥体系\n2.1 指挥部\n市人民政府设立指挥部。\n3 附则\n本预案自印发之日起实施。\n"
    ((_, clauses),) = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")
    assert [(clause.kind, clause.heading or clause.text) for clause in clauses[-2:]] == [("heading", "附则"), ("back", "本预案自印发之日起实施。")]


@pytest.mark.parametrize(
    ("line", "expected", "why"),
    [
        ("第一条 为了加强节约用水，制定本条例。", "第一条 为了加强节约用水，制定本条例。", "one space"),
        ("第一条　　为了加强 节约用水，制定本条例。", "第一条 为了加强节约用水，制定本条例。", "wide ones become one, those in the sentence go"),
        ("第一条之一 为了加强节约用水，制定本条例。", "第一条之一 为了加强节约用水，制定本条例。", "an article put in later"),
        ("第一条为了加强节约用水，制定本条例。", "第一条为了加强节约用水，制定本条例。", "none where the source has none"),
    ],
)
def test_space_behind_the_number_of_an_article_is_kept(line: str, expected: str, why: str) -> None:
    source = SourceText(name="x.txt", sha256="", text=f"某省节约用水条例\n{line}\n第二条 鼓励企业开展节水改造。\n")
    ((_, clauses),) = segment(source, doc_id="x")
    article = next(clause for clause in clauses if clause.type == "article")
    assert article.text == expected, why
    assert source.text[article.start : article.end] == line
