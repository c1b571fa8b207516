"""Responsibility notes in the ways the genre writes them."""

import pytest

from policygraph.extract import Context, Provision, extract
from policygraph.extract.responsibilities import (
    HEADING_RULE,
    RULE,
    default_implementers,
    extract_responsibilities,
    says_first_leads,
)
from policygraph.model import Clause, Document
from policygraph.read import reading
from policygraph.read.text import read_text
from policygraph.segment import segment

SICHUAN = Document(id="d", source="d.txt", title="方案", region="510000", level="provincial")


def notes(text, document=SICHUAN):
    clause = Clause(id="d/c", document="d", parent=None, kind="measure", type="paragraph", number=None, heading=None, lead=None,
                    text=text, start=0, end=len(text), order=0, leaf=True, by="t")
    return extract_responsibilities(Provision(clause, reading(text)), Context(document))


ROWS = [
    ("推进治理。（生态环境厅牵头，水利厅、农业农村厅等配合）", [("生态环境厅", "lead"), ("水利厅", "cooperate"), ("农业农村厅", "cooperate")], "lead and cooperate; 等 is nobody"),
    ("推进改造。（责任单位：省商务厅、省体育局会同有关部门）", [("省商务厅", "responsible"), ("省体育局", "responsible"), ("有关部门", "cooperate")], "会同 in a labelled list"),
    ("推进改造。（省水利厅、省财政厅，以下均需各市人民政府落实，不再列出）", [("省水利厅", "responsible"), ("省财政厅", "responsible"), ("各市人民政府", "implement")], "names alone, and who carries out from here on"),
    ("推进治理。（住房城乡建设厅、省发展改革委按职责分工负责，生态环境厅配合）", [("住房城乡建设厅", "responsible"), ("省发展改革委", "responsible"), ("生态环境厅", "cooperate")], "a manner before the verb"),
    ("推进治理。（生态环境部、水利部按职责分工牵头，国家疾控局等参与）", [("生态环境部", "lead"), ("水利部", "lead"), ("国家疾控局", "participate")], "all before the verb lead"),
    ("加强监管。(市生态环境局、市水利局等部门按职责分工负责)", [("市生态环境局", "responsible"), ("市水利局", "responsible")], "half-width brackets, 等部门"),
    ("推进改造。（责任单位：省发展改革委、省能源局，配合单位：各市人民政府）", [("省发展改革委", "responsible"), ("省能源局", "responsible"), ("各市人民政府", "cooperate")], "labelled"),
    ("推进改造。（牵头单位：省教育厅；责任单位：省市场监管局、省公安厅）", [("省教育厅", "lead"), ("省市场监管局", "responsible"), ("省公安厅", "responsible")], "labelled with a semicolon"),
    ("编制规划。（责任部门：气候处、大气处，完成期限：6月底）", [("气候处", "responsible"), ("大气处", "responsible")], "a term in the note is nobody"),
    ("推进改造。〔责任单位：市发改委、市经信局〕", [("市发改委", "responsible"), ("市经信局", "responsible")], "tortoise-shell brackets"),
    ("落实责任。（有关部门配合）", [("有关部门", "cooperate")], "有关部门 is somebody"),
    ("开展帮扶。（各市（州）人民政府落实）", [("各市（州）人民政府", "implement")], "brackets inside a name"),
    ("推进改造。牵头单位：省财政厅，配合单位：省税务局。", [("省财政厅", "lead"), ("省税务局", "cooperate")], "a sentence of its own"),
    ("推进甲。（省水利厅负责）推进乙。（省农业农村厅负责）", [("省水利厅", "responsible"), ("省农业农村厅", "responsible")], "several notes in a paragraph"),
    ("推进改造。【牵头单位：市发改委；责任单位：市直各部门，各县（市、区）】", [("市发改委", "lead"), ("市直各部门", "responsible"), ("各县（市、区）", "responsible")], "lenticular brackets"),
    ("推进改造。（责任单位：市发改委、市财政局按职责分工负责）", [("市发改委", "responsible"), ("市财政局", "responsible")], "a label and a verb"),
    ("推进改造。（牵头：市住建局；配合：市水利局）", [("市住建局", "lead"), ("市水利局", "cooperate")], "a label without 单位"),
    ("推进改造。（牵头单位为市住建局，配合单位为市水利局）", [("市住建局", "lead"), ("市水利局", "cooperate")], "为 for a colon"),
    ("推进改造。（第一责任单位：市住建局；责任单位：市水利局）", [("市住建局", "lead"), ("市水利局", "responsible")], "the first responsible leads"),
    ("推进改造。（责任领导：张某某；牵头单位：市商务局，时间节点：2024年6月底，责任人：李某）", [("市商务局", "lead")], "labels that name no body"),
    ("新建工程15处。牵头单位：县水利局责任单位：县财政局、各乡镇人民政府完成时限：2024年11月底前", [("县水利局", "lead"), ("县财政局", "responsible"), ("各乡镇人民政府", "responsible")], "labels on lines of their own"),
    ("推进改造。（市工信局、市财政局、各区政府；排第一位的为牵头单位，下同）", [("市工信局", "lead"), ("市财政局", "responsible"), ("各区政府", "responsible")], "who leads is said by the order"),
    ("开展督导。（医政科、体改科牵头，各相关科室配合；完成时限：12月底）", [("医政科", "lead"), ("体改科", "lead"), ("各相关科室", "cooperate")], "offices of a bureau"),
    ("推进改造。〔责任单位：省水利厅、省生态环境厅，列第一位的为牵头单位，下同〕", [("省水利厅", "lead"), ("省生态环境厅", "responsible")], "a label, and the order of the names"),
    ("推进改造。（省教育厅牵头，各市州委和市州政府落实）", [("省教育厅", "lead"), ("各市州委和市州政府", "implement")], "party committee and government of a place"),
    ("筹集住房。（省住房城乡建设厅；2023年12月）", [("省住房城乡建设厅", "responsible")], "a name and a date"),
    ("促进贸易。（市商务局、宁波海关）", [("市商务局", "responsible"), ("宁波海关", "responsible")], "a customs house"),
    ("修复林地。牵头单位：省林业局；配合单位：省水务厅。完成时限：11月底前。", [("省林业局", "lead"), ("省水务厅", "cooperate")], "a term in a sentence of its own belongs to the note"),
    ("推进改造。（市科技局、市财政局）", [("市科技局", "responsible"), ("市财政局", "responsible")], "names alone"),
    ("推进改造。（各有关部门，各区）", [("各有关部门", "responsible"), ("各区", "responsible")], "everybody"),
    ("足额落实经费。以上任务由市教育局牵头，市财政局、市市场监管局按职责分工负责。", [("市教育局", "lead"), ("市财政局", "responsible"), ("市市场监管局", "responsible")], "a sentence for all before it"),
    ("推进改造。（责任单位：市发改委，武昌区、江夏区人民政府〈含开发区管委会，下同〉）", [("市发改委", "responsible"), ("武昌区", "responsible"), ("江夏区人民政府", "responsible")], "districts share 人民政府; an aside is no name"),
    ("推进改造。（省住建厅牵头，省水利厅和各市人民政府配合）", [("省住建厅", "lead"), ("省水利厅", "cooperate"), ("各市人民政府", "cooperate")], "和 between two bodies"),
    ("推进改造。（各市、县（市、区）人民政府负责落实）", [("各市、县（市、区）人民政府", "implement")], "one name with a comma of its own"),
    ("推进改造。（省文旅厅等行业主管部门按职责分工负责）", [("省文旅厅", "responsible")], "等行业主管部门 is nobody"),
    ("推进改造。（配合单位：省科技厅、省工业和信息化厅等省有关部门、单位）", [("省科技厅", "cooperate"), ("省工业和信息化厅", "cooperate")], "单位 alone is nobody"),
    ("推进改造。（责任单位：市经信局、三瓦窑燃煤电厂）", [("市经信局", "responsible"), ("三瓦窑燃煤电厂", "responsible")], "what a label names is a body"),
    ("推进治理。（省发展改革委会同生态环境厅负责）", [("省发展改革委", "responsible"), ("生态环境厅", "cooperate")], "会同"),
]
ROWS += [
    ("推进改造。（省发展改革委（省粮食局）牵头，省财政厅配合）", [("省发展改革委（省粮食局）", "lead"), ("省财政厅", "cooperate")], "a body with its own in brackets"),
    ("推进改造。（省交通运输厅（牵头）、省公安厅、省商务厅）",
     [("省交通运输厅", "lead"), ("省公安厅", "responsible"), ("省商务厅", "responsible")], "（牵头） behind a name"),
    ("推进改造。（责任单位：市民政局（牵头）、市卫生健康委）", [("市民政局", "lead"), ("市卫生健康委", "responsible")], "（牵头） behind a label"),
    ("推进改造。（牵头单位：省水利厅；责任单位：省财政厅；各市、州、县人民政府）",
     [("省水利厅", "lead"), ("省财政厅", "responsible"), ("各市、州、县人民政府", "responsible")], "； before the local governments, one body"),
    ("推进改造。（责任单位：各市（含省直管市）政府、各县（市）政府，以下简称“各市县政府”）",
     [("各市（含省直管市）政府", "responsible"), ("各县（市）政府", "responsible")], "以下简称 names no body"),
    ("推进改造。（市水务局牵头，江岸、江汉、硚口区人民政府配合）",
     [("市水务局", "lead"), ("江岸区人民政府", "cooperate"), ("江汉区人民政府", "cooperate"), ("硚口区人民政府", "cooperate")],
     "what the last name lends"),
    ("推进改造。（省水利厅牵头，省粮食局）、省财政厅配合）", [("省水利厅", "lead")], "a bracket too many"),
]
NONE = [
    ("建立会商机制（生态环境部、水利部），加强协作。", "names inside a sentence"),
    ("落实财政事权（省政府、市政府、县政府）。", "levels of government that a term covers"),
    ("由市工信局牵头负责日常工作，定期调度。", "a duty in running text"),
    ("由省政府领导负责约谈当地政府主要负责人。", "a duty in running text is no note"),
    ("落实用水总量（含地下水）和强度控制。", "brackets that assign nothing"),
    ("强化企业（包括牵头承担项目的企业）主体责任。", "a description with a role word"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ROWS, ids=[r[2] for r in ROWS])
def test_note_assigns(text, expected, why):
    assert [(a.name, a.role) for r in notes(text) for a in r.agencies] == expected, why


@pytest.mark.parametrize(("text", "why"), NONE)
def test_no_note(text, why):
    assert notes(text) == [], why


def test_note_evidence_is_the_slice_of_the_source():
    text = "推进\n治理。（生态环境\n厅牵头）"
    (record,) = notes(text)
    assert record.text == "（生态环境厅牵头）"
    assert text[record.start : record.end] == "（生态环境\n厅牵头）"


def test_term_after_a_labelled_note_is_part_of_it():
    (record,) = notes("修复林地。牵头单位：省林业局；配合单位：省水务厅。完成时限：11月底前。")
    assert record.text.endswith("完成时限：11月底前。")


def test_default_implementers_are_found_where_they_are_said():
    records = notes("保障水源。（生态环境部牵头，自然资源部等参与。以下均需地方各级人民政府相关部门落实，不再列出）")
    assert ("地方各级人民政府相关部门", "implement") in [(a.name, a.role) for a in records[0].agencies]
    note, implementers = default_implementers(records)
    assert [a.name for a in implementers] == ["地方各级人民政府相关部门"]


def test_order_said_once_holds_for_all_that_follows():
    said = "推进甲。（市工信局、市财政局；排第一位的为牵头单位，下同）"
    assert says_first_leads(said)
    assert not says_first_leads("推进甲。（市工信局、市财政局）")
    text = "推进乙。（市科技局、市财政局）"
    clause = Clause(id="d/c", document="d", parent=None, kind="measure", type="paragraph", number=None, heading=None, lead=None,
                    text=text, start=0, end=len(text), order=0, leaf=True, by="t")
    (record,) = extract_responsibilities(Provision(clause, reading(text)), Context(SICHUAN), first_leads=True)
    assert [a.role for a in record.agencies] == ["lead", "responsible"]


def test_office_within_a_body_is_not_the_body_of_its_name():
    (record,) = notes("发展海上风电。（责任处室：气候处、海洋处）")
    assert [(a.name, a.agency) for a in record.agencies] == [("气候处", None), ("海洋处", None)]


PLAN = """某市数字经济行动方案

一、夯实数字基础设施（牵头单位：市工业和信息化局，责任单位：市大数据局）

1．加快5G网络建设。统筹推进网络建设。

2．优化算力布局。建设算力中心。（市发展改革委负责）

二、集中整治（2023年6月底前完成）

开展专项整治。
"""


def test_heading_assigns_and_dates_all_under_it():
    source = read_text(PLAN.encode(), name="plan.txt")
    ((document, clauses),) = segment(source, doc_id="plan")
    records = extract(source, document, clauses)
    said = [([(a.name, a.role, a.inherited) for a in r.agencies], r.by) for r in records.responsibilities]
    led = [("市工业和信息化局", "lead"), ("市大数据局", "responsible")]
    assert said == [
        ([(*pair, False) for pair in led], RULE),
        ([(*pair, True) for pair in led], HEADING_RULE),
        ([("市发展改革委", "responsible", False)], RULE),
    ]
    (deadline,) = records.deadlines
    assert (deadline.text, deadline.date, deadline.clause) == ("2023年6月底前", "2023-06-30", "plan/part_2")
