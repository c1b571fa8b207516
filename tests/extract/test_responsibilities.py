"""Responsibility notes in the ways the genre writes them."""

import pytest

from policygraph.extract import Context, Provision
from policygraph.extract.responsibilities import default_implementers, extract_responsibilities
from policygraph.model import Clause, Document
from policygraph.read import reading

SICHUAN = Document(id="d", source="d.txt", title="方案", region="510000", level="provincial")


def notes(text, document=SICHUAN):
    clause = Clause(id="d/c", document="d", parent=None, kind="measure", type="paragraph", number=None, heading=None, lead=None,
                    text=text, start=0, end=len(text), order=0, leaf=True, by="t")
    return extract_responsibilities(Provision(clause, reading(text)), Context(document))


ROWS = [
    ("推进治理。（生态环境厅牵头，水利厅、农业农村厅等配合）", [("生态环境厅", "lead"), ("水利厅", "cooperate"), ("农业农村厅", "cooperate")], "lead and cooperate; 等 is nobody"),
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
    ("推进治理。（省发展改革委会同生态环境厅负责）", [("省发展改革委", "responsible"), ("生态环境厅", "cooperate")], "会同"),
]
NONE = [
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


def test_default_implementers_are_found_where_they_are_said():
    records = notes("保障水源。（生态环境部牵头，自然资源部等参与。以下均需地方各级人民政府相关部门落实，不再列出）")
    assert ("地方各级人民政府相关部门", "implement") in [(a.name, a.role) for a in records[0].agencies]
    note, implementers = default_implementers(records)
    assert [a.name for a in implementers] == ["地方各级人民政府相关部门"]
