"""Duties: who must act, read from the running text."""

import pytest

from policygraph.extract import Context, Provision
from policygraph.extract.duties import read_duties
from policygraph.extract.responsibilities import extract_responsibilities
from policygraph.extract.tasks import extract_tasks
from policygraph.model import Clause, Document
from policygraph.read import reading

DOCUMENT = Document(id="d", source="d.txt", title="管理办法", region="510000", date="2023-03-23")


def duties_of(text):
    clause = Clause(id="d/c", document="d", parent=None, kind="article", type="paragraph", number=None, heading=None, lead=None,
                    text=text, start=0, end=len(text), order=0, leaf=True, by="t")  # fmt: skip
    provision, context = Provision(clause, reading(text)), Context(DOCUMENT)
    notes = extract_responsibilities(provision, context)
    provision = provision.with_notes(tuple((n.start, n.end) for n in notes))
    return read_duties(provision, context, extract_tasks(provision, context), notes=notes)


def agencies_of(text):
    return [f"{a.name} {a.role}" for duty in duties_of(text)[1] for a in duty.agencies]


ACTING = [
    ("各省、自治区、直辖市发展改革委应当于6月底前报送方案。", ["各省、自治区、直辖市发展改革委 responsible"], "one name for all"),
    ("国务院发展改革部门会同有关部门制定目录。", ["国务院发展改革部门 responsible", "有关部门 cooperate"], "发展 is no verb here"),
    ("省级节能主管部门会同同级财政、审计部门开展检查。", ["省级节能主管部门 responsible", "同级财政 cooperate", "审计部门 cooperate"], "a list of the same level"),
    ("各级人民政府应当加强节约用水工作的组织领导。", ["各级人民政府 responsible"], "应当"),
    ("省级有关部门要加强指导，各市（州）人民政府要落实属地责任。", ["省级有关部门 responsible", "各市（州）人民政府 responsible"], "two of them"),
    ("省级发展改革、财政、水利等部门要积极安排专项资金。",
     ["省级发展改革 responsible", "财政 responsible", "水利 responsible"], "one 部门 for several functions"),
    ("市、区人民政府应当推广使用节水器具。", ["市、区人民政府 responsible"], "levels of one body"),
    ("省财政厅会同省教育厅、省审计厅制定资金管理办法。",
     ["省财政厅 responsible", "省教育厅 cooperate", "省审计厅 cooperate"], "with whom"),
    ("县教育局和县卫生健康局根据各自职责，开展校园食品安全检查。",
     ["县教育局 responsible", "县卫生健康局 responsible"], "two with 和, and a phrase"),
    ("由省文化和旅游厅牵头，省体育局配合，制定年度计划。", ["省文化和旅游厅 lead", "省体育局 cooperate"], "who leads and who helps"),
    ("验收合格的，由县级以上人民政府水行政主管部门颁发证书。", ["县级以上人民政府水行政主管部门 responsible"], "由, after the case"),
    ("具体办法由市民政局另行制定。", ["市民政局 responsible"], "由, after the thing"),
    ("活动结束后，各参赛单位要及时提交总结材料。", ["各参赛单位 responsible"], "after when"),
    ("请各地区于6月底前报送典型案例。", ["各地区 responsible"], "请 asks somebody"),
    ("在本市从事餐饮经营的单位和个人，应当设置油烟净化设施。", ["单位和个人 responsible"], "told apart by what he does, the order after the comma"),
    ("列入名录的企业应当安装自动监测设备。", ["企业 responsible"], "told apart before the order"),
    ("任何单位和个人不得侵占消防通道。", ["任何单位和个人 responsible"], "who must not"),
    ("省林草局定期公布古树名木名录。", ["省林草局 responsible"], "no word of duty, an adverb and the verb"),
    ("评审委员会组织专家对申报材料进行评审。", ["评审委员会 responsible"], "a name that begins with a verb"),
    ("市级财政部门负责资金拨付，相关单位配合做好验收。", ["市级财政部门 responsible", "相关单位 cooperate"], "负责 and 配合"),
]
NOBODY = [
    ("落实企业主体责任，强化部门协同。", "bodies in what is acted on"),
    ("鼓励企业开展技术改造。", "who is encouraged"),
    ("督促各县（市、区）建立台账。", "who is told through somebody else"),
    ("向社会公众和企业宣传节能知识。", "whom it is for"),
    ("整治报告报省政府批准。", "who is reported to"),
    ("加强对重点排污单位的监督检查。", "who is inspected"),
    ("支持符合条件的机构申报项目。", "who is supported"),
    ("优化全省产业布局，推进局部改造。", "局 that is no bureau"),
    ("工作专班由省水利厅、省财政厅组成。", "who belongs to it"),
    ("率先在火电、钢铁等行业推广先进技术。", "where"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ACTING)
def test_who_acts(text, expected, why):
    assert agencies_of(text) == expected, why


@pytest.mark.parametrize(("text", "why"), NOBODY)
def test_nobody_acts(text, why):
    assert agencies_of(text) == [], why


def test_agents_stand_where_the_text_names_them():
    text = "县水务局要编制方案，建立台账。"
    tasks, (duty,) = duties_of(text)
    assert [(a.name, text[a.start : a.end], a.agency, a.inherited) for task in tasks for a in task.agents] == [
        ("县水务局", "县水务局", "510000/water-resources", False), ("县水务局", "县水务局", "510000/water-resources", True),
    ]  # fmt: skip
    assert (duty.text, duty.by, duty.in_text) == ("县水务局", "duty.subject/1", True)


def test_a_list_is_of_one_level():
    tasks, _ = duties_of("市级发展改革、财政等部门要积极安排专项资金。")
    assert {agent.agency for agent in tasks[0].agents} == {"510000/local-governments"}


def test_no_second_record_of_a_body_that_the_note_names():
    _, duties = duties_of("省水利厅要加强指导，各地要落实责任。（省水利厅牵头）")
    assert [[a.name for a in duty.agencies] for duty in duties] == [["各地"]]


def test_the_next_sentence_has_its_own_subject_or_none():
    tasks, _ = duties_of("县水务局要编制方案。建立长效机制。")
    assert [bool(task.agents) for task in tasks] == [True, False]
