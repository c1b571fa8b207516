"""Citations and what a document rests on."""

from dataclasses import replace

import pytest

from policygraph.extract import Context, Provision
from policygraph.extract.citations import extract_citations, normal_title, short_names
from policygraph.model import Clause, Document, DocumentRecords
from policygraph.read import reading
from policygraph.resolve.instruments import link_citations

DOCUMENT = Document(id="d", source="d.txt", title="重庆市行动方案", region="500000")


def cited(text, kind="measure", document=DOCUMENT):
    clause = Clause(id="d/c", document="d", parent=None, kind=kind, type="paragraph", number=None, heading=None, lead=None,
                    text=text, start=0, end=len(text), order=0, leaf=True, by="t")
    return extract_citations(Provision(clause, reading(text)), Context(document, short_names=short_names(reading(text).folded)))


ROWS = [
    ("按照《关于加强监督管理工作的实施意见》（国办函〔2022〕17号）要求", [("关于加强监督管理工作的实施意见", "国办函〔2022〕17号")], "title with number"),
    ("落实长江保护法、水污染防治法等相关法律法规", [("长江保护法", None), ("水污染防治法", None)], "laws without marks"),
    ("严格落实《中华人民共和国长江保护法》岸线管控要求", [("中华人民共和国长江保护法", None)], "a law in marks is cited once"),
    ("国务院关于印发《2030年前碳达峰行动方案》的通知", [("2030年前碳达峰行动方案", None)], "inside a notice's title"),
    ("制定《重庆市行动方案》（以下简称《方案》）", [], "own title and abbreviation are none"),
    ("按照国发〔2021〕33号文件要求推进节能减排。", [("国发〔2021〕33号", "国发〔2021〕33号")], "a number alone"),
    ("根据财资环〔2022〕53号和发改环资〔2023〕178号安排资金。",
     [("财资环〔2022〕53号", "财资环〔2022〕53号"), ("发改环资〔2023〕178号", "发改环资〔2023〕178号")], "two numbers alone"),
    ("依据《排污许可管理条例》（国务院令第736号）核发。", [("排污许可管理条例", "国务院令第736号")], "an order"),
    ("按照《医疗废物管理办法》（国家卫生健康委第12号令）处置。", [("医疗废物管理办法", "国家卫生健康委第12号令")], "an order, its number first"),
    ("落实《土壤污染防治行动计划》国发〔2016〕31号。", [("土壤污染防治行动计划", "国发〔2016〕31号")], "a number without brackets"),
    ("根据《节水行动方案》（发改环资规〔2019〕695号、川发改环资〔2020〕3号）推进。",
     [("节水行动方案", "发改环资规〔2019〕695号"), ("川发改环资〔2020〕3号", "川发改环资〔2020〕3号")], "two numbers in one bracket"),
    ("按照《生活饮用水卫生标准》（GB 5749—2022）检测。", [("生活饮用水卫生标准", "GB5749—2022")], "a standard with its number"),
    ("废水排放执行GB 8978—1996和DB51/2311—2016。",
     [("GB8978—1996", "GB8978—1996"), ("DB51/2311—2016", "DB51/2311—2016")], "standards by number alone"),
    ("执行《关于规范养老服务的意见》（民发〔2022〕9号，以下简称《意见》）。严格落实《意见》第三条。",
     [("关于规范养老服务的意见", "民发〔2022〕9号"), ("关于规范养老服务的意见", "民发〔2022〕9号")], "a short name later on"),
    ("修订《省湿地保护条例》，开展《条例》宣传。", [("省湿地保护条例", None), ("省湿地保护条例", None)], "the last one of its kind"),
    ("填写《企业自查表》，签订《诚信承诺书》。", [], "the document's own forms"),
    ("按《绩效评分细则》（见附件2）打分。", [], "the document's own annex"),
    ("严格按照碳排放权交易管理办法（试行）开展履约。", [("碳排放权交易管理办法（试行）", None)], "a measure without marks"),
    ("根据本办法和有关管理办法执行，具体管理办法另行制定。", [], "no measure in particular"),
    ("完善执法办法，创新方式方法，依法立法", [], "办法, 方法, 依法 are no laws"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ROWS)
def test_citations(text, expected, why):
    assert [(c.title, c.number) for c in cited(text)] == expected, why


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("《某省再生水管理办法》由省水利厅负责解释。", [], "（试行） left out"),
        ("《某省再生水管理办法（暂行）》同时废止。", ["某省再生水管理办法（暂行）"], "the one before it"),
        ("本《再生水管理办法》自公布之日起施行。", [], "本"),
    ],
)
def test_own_title_is_no_citation(text, expected, why):
    own = replace(DOCUMENT, title="某省再生水管理办法（试行）")
    assert [c.title for c in cited(text, document=own)] == expected, why


def test_a_preamble_rests_on_what_a_measure_only_cites():
    text = "为贯彻落实《长江保护修复方案》，制定本方案。"
    assert cited(text, kind="preamble")[0].basis
    assert not cited(text, kind="measure")[0].basis


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("关于印发《某省规划》的通知", "某省规划"),
        ("中华人民共和国长江保护法", "长江保护法"),
        ("中共中央 国务院关于深入打好污染防治攻坚战的意见", "中共中央国务院关于深入打好污染防治攻坚战的意见"),
    ],
)
def test_normal_title(title, same):
    assert normal_title(title) == normal_title(same)


def test_citation_is_resolved_to_a_document_of_the_corpus_by_title_or_number():
    national = DocumentRecords(document=Document(id="n", source="n", title="节能减排方案", number="国发〔2021〕33号", level="national"))
    here = DocumentRecords(document=DOCUMENT, citations=tuple(cited("按照《节能减排方案》和《国务院通知》（国发〔2021〕33号）要求")))
    _, linked = link_citations([national, here])
    assert [c.target for c in linked.citations] == ["n", "n"]


def test_what_is_put_out_of_force():
    first, second = cited("按照《省供水条例》执行。《市供水管理办法》（市政府令第12号）同时废止。", kind="article")
    assert (first.repeals, second.repeals) == (False, True)


def test_a_notice_within_a_notice_is_about_the_innermost():
    title = "关于转发〈国家发展改革委关于印发〈长江经济带整改方案〉的通知〉的通知"
    assert normal_title(title) == "长江经济带整改方案"


def test_own_title_behind_its_issuers_is_no_citation():
    document = Document(id="d", source="d.txt", title="某省水利厅某省财政厅农村供水工程管护实施方案", region="500000")
    assert cited("印发《农村供水工程管护实施方案》。", document=document) == []
    assert [c.title for c in cited("落实国家《农村供水管护行动方案》。", document=document)] == ["农村供水管护行动方案"]
