"""Several texts in one file: what becomes a document of its own, what an annex, and that nothing is lost."""

import pytest

from policygraph.extract import extract
from policygraph.graph.validate import check_document
from policygraph.read import SourceText
from policygraph.segment import segment

PLAN = (
    "四川省黑臭水体治理攻坚方案\n为深入打好城市黑臭水体治理攻坚战，制定本方案。\n一、总体要求\n到2025年，县级城市建成区黑臭水体消除比例达到90%。\n"
    "二、重点任务\n（一）加快城市黑臭水体排查。各地于2023年6月底前完成排查。（省住房城乡建设厅牵头，省生态环境厅配合）\n"
    "三、保障措施\n（一）加强组织领导。各市（州）人民政府落实主体责任。\n"
)
ISSUED = (
    "四川省人民政府办公厅\n关于印发《四川省黑臭水体治理攻坚方案》的通知\n川办发〔2023〕12号\n各市（州）人民政府，省政府有关部门：\n"
    "《四川省黑臭水体治理攻坚方案》已经省政府同意，现印发给你们，请认真贯彻执行。\n四川省人民政府办公厅\n2023年4月5日\n" + PLAN
)
NOTICE = (
    "湖南省生态环境厅关于做好2023年排污口整治工作的通知\n湘环发〔2023〕31号\n各市州生态环境局：\n为做好排污口整治工作，现就有关事项通知如下：\n"
    "一、加快排查。各市州于2023年6月底前完成排查。\n二、分类整治。对需要整治的排污口实行清单管理。\n"
)
SIGNED = "湖南省生态环境厅\n2023年3月10日\n"
ANNEXES = (
    "附件：1.湖南省长江入河排污口整治工作方案\n      2.湖南省入河排污口命名编码规则\n" + SIGNED + "（此件主动公开）\n附件1\n湖南省长江入河排污口整治工作方案\n"
    "为推进入河排污口整治，制定本方案。\n一、工作目标\n到2023年底，完成60%以上的整治任务。\n二、主要任务\n（一）开展监测。对排污口开展水质监测。（省生态环境厅负责）\n"
    "附件2\n湖南省入河排污口命名编码规则\n一、适用范围\n本规则适用于湖南省行政区域内入河排污口的命名与编码。\n二、命名规则\n（一）排污口名称由责任主体、排污口类型组成。\n"
)
SUBJECTS = ("工业炉窑综合治理", "挥发性有机物治理", "锅炉综合整治", "柴油货车污染治理", "秸秆综合利用", "扬尘污染防治", "重污染天气应对", "餐饮油烟治理",
            "城市黑臭水体治理", "饮用水水源地保护", "农业面源污染防治", "农村生活污水治理", "地下水污染防治", "土壤污染源头管控", "重金属污染防治",
            "危险废物整治", "尾矿库治理", "塑料污染治理", "噪声污染防治", "生态破坏问题整治")  # fmt: skip
SUBPLAN = "{label}{title}\n一、工作目标\n到2023年底，整治完成率达到{n}%。\n二、主要任务\n（一）全面排查。2023年5月底前完成排查。（省生态环境厅牵头）\n三、工作要求\n各地要压实责任。\n"
WATER = "江城市饮用水水源保护条例\n（2021年9月1日江城市第十五届人民代表大会常务委员会第三次会议通过）\n第一章 总则\n第一条 为了保护饮用水水源，制定本条例。\n第二章 附则\n第二条 本条例自2021年12月1日起施行。\n"
RIVERS = "江城市河道管理办法\n（2022年5月6日江城市人民政府令第33号公布）\n第一章 总则\n第一条 为了加强河道管理，制定本办法。\n第二章 附则\n第二条 本办法自2022年7月1日起施行。\n"


def read(text):
    source = SourceText(name="x.txt", sha256="", text=text)
    found = segment(source, doc_id="x")
    edges = [edge for document, _ in found for edge in (document.start, document.end)]
    assert edges[0] == 0 and edges[-1] == len(text) and edges[1:-1:2] == edges[2:-1:2]
    for document, clauses in found:
        assert check_document(extract(source, document, clauses), text) == []
    return found


def tree(document, clauses):
    return {clause.id.removeprefix(f"{document.id}/"): clause for clause in clauses}


def test_notice_that_only_issues_a_plan_is_the_plan():
    ((document, clauses),) = read(ISSUED)
    assert (document.title, document.number, document.date) == ("四川省黑臭水体治理攻坚方案", "川办发〔2023〕12号", "2023-04-05")
    assert not any(clause.type == "annex" for clause in clauses)


def test_notice_with_provisions_keeps_its_plans_as_annexes():
    ((document, clauses),) = read(NOTICE + ANNEXES)
    found = tree(document, clauses)
    assert (document.title, document.date) == ("湖南省生态环境厅关于做好2023年排污口整治工作的通知", "2023-03-10")
    assert [(c.number, c.heading) for c in clauses if c.type == "annex"] == [
        ("附件1", "湖南省长江入河排污口整治工作方案"), ("附件2", "湖南省入河排污口命名编码规则"),
    ]  # fmt: skip
    assert found["annex_1/part_2/item_1/para_1"].text == "对排污口开展水质监测。（省生态环境厅负责）"
    assert [c.text[:4] for c in clauses if c.kind == "back"] == ["附件：1", "2.湖南", "湖南省生", "2023", "（此件主"]


@pytest.mark.parametrize("label", ["附件{n}\n", "附件{n}：", ""], ids=["label above", "label before", "no label"])
def test_twenty_subplans_with_numbers_that_start_again(label):
    plans = "".join(
        SUBPLAN.format(label=label.format(n=n), title=f"四川省{subject}专项方案", n=n + 70) for n, subject in enumerate(SUBJECTS, start=1)
    )
    ((document, clauses),) = read(ISSUED + plans)
    found = tree(document, clauses)
    assert document.title == "四川省黑臭水体治理攻坚方案"
    for n, subject in enumerate(SUBJECTS, start=1):
        assert found[f"annex_{n}"].heading == f"四川省{subject}专项方案"
        assert found[f"annex_{n}/part_1/para_1"].text == f"到2023年底，整治完成率达到{n + 70}%。"
        assert found[f"annex_{n}/part_2/item_1/para_1"].kind == "measure"


def test_subplan_whose_title_names_no_kind_of_text_is_told_by_its_numbers():
    ((document, clauses),) = read(PLAN + "蓝天保卫战专项\n一、工作目标\n到2025年，重污染天气基本消除。\n二、主要任务\n推进散煤治理。\n")
    assert tree(document, clauses)["annex_1"].heading == "蓝天保卫战专项"


TWO = [
    ("own numbers", ISSUED + "四川省人民政府办公厅  2023年4月6日印发\n" + NOTICE + SIGNED,
     [("四川省黑臭水体治理攻坚方案", "川办发〔2023〕12号", "2023-04-05", "510000"), ("湖南省生态环境厅关于做好2023年排污口整治工作的通知", "湘环发〔2023〕31号", "2023-03-10", "430000")]),
    ("the same office twice", NOTICE + SIGNED + NOTICE.replace("31号", "32号").replace("排污口", "饮用水水源") + SIGNED,
     [("湖南省生态环境厅关于做好2023年排污口整治工作的通知", "湘环发〔2023〕31号", "2023-03-10", "430000"), ("湖南省生态环境厅关于做好2023年饮用水水源整治工作的通知", "湘环发〔2023〕32号", "2023-03-10", "430000")]),
    ("annexes between", NOTICE + ANNEXES + ISSUED,
     [("湖南省生态环境厅关于做好2023年排污口整治工作的通知", "湘环发〔2023〕31号", "2023-03-10", "430000"), ("四川省黑臭水体治理攻坚方案", "川办发〔2023〕12号", "2023-04-05", "510000")]),
    ("other regions", PLAN + PLAN.replace("四川省", "湖北省"),
     [("四川省黑臭水体治理攻坚方案", None, None, "510000"), ("湖北省黑臭水体治理攻坚方案", None, None, "420000")]),
    ("notes of adoption", RIVERS + WATER,
     [("江城市河道管理办法", None, "2022-05-06", None), ("江城市饮用水水源保护条例", None, "2021-09-01", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in TWO], ids=[row[0] for row in TWO])
def test_two_documents_in_one_file(text, expected):
    found = read(text)
    assert [(d.title, d.number, d.date, d.region) for d, _ in found] == expected
    assert [document.id for document, _ in found] == ["x", "x-2"]
    for document, clauses in found:
        assert all(document.start <= c.start < c.end <= document.end and c.document == document.id for c in clauses)


ONE = [
    ("a plan that cites a number on a line of its own", PLAN + "（二）对照以下文件落实。\n川办发〔2022〕3号\n（三）加强调度。每月调度一次。\n"),
    ("a division of work by bodies", PLAN + "任务分工\n省水利厅、省生态环境厅：\n（二）推进排查。2024年底前完成排查。\n"),
    ("a city's plan within its province's", PLAN + SUBPLAN.format(label="", title="成都市黑臭水体治理方案", n=80)),
    ("an annex with a number of its own", NOTICE + "附件：关于排污口的批复\n" + SIGNED + "附件\n湖南省人民政府关于排污口的批复\n湘政函〔2022〕8号\n省生态环境厅、省水利厅：\n一、同意设置。原则同意排污口设置方案。\n"),
]  # fmt: skip


@pytest.mark.parametrize("text", [row[1] for row in ONE], ids=[row[0] for row in ONE])
def test_one_document_stays_one(text):
    assert len(read(text)) == 1


def test_number_that_runs_into_the_addressees_opens_a_document():
    second = ISSUED.replace("四川省人民政府办公厅\n关于", "关于", 1).replace("12号\n各市", "13号各市", 1).replace("黑臭水体", "入河排污口")
    assert [document.number for document, _ in read(PLAN + second)] == [None, "川办发〔2023〕13号"]
