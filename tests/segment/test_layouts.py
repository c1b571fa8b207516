"""Layouts of the genre that the corpus does not have: what the tree and the metadata are in each."""

import pytest

from policygraph.read import SourceText, clean
from policygraph.segment import segment
from policygraph.segment.describe import bodies_in
from policygraph.segment.paragraphs import paragraphs


def tree(text: str):
    source = SourceText(name="x.txt", sha256="", text=text)
    ((document, clauses),) = segment(source, doc_id="x")
    assert all(clean(text[c.start : c.end]) == c.text for c in clauses)
    return document, {c.id.removeprefix("x/"): c for c in clauses}


NOTICE = (
    "临江市教育局 临江市财政局关于做好2024年秋季学期校园食品安全工作的通知\n临教发〔2024〕31号\n各县（区）教育局、财政局，市直各学校：\n"
    "为切实做好校园食品安全工作，保障师生身体健康，现就有关事项通知如下。\n一、压实主体责任。各学校要落实负责制，每周至少开展1次自查。\n"
    "二、强化经费保障。市、县财政部门要足额落实经费。\n附件：1.重点任务清单\n      2.联系方式\n临江市教育局\n临江市财政局\n2024年8月20日\n"
    "附件1\n重点任务清单\n序号\t重点任务\t责任单位\n1\t开展食堂专项检查\t市教育局\n2\t落实陪餐制度\t各学校\n"
)


def test_notice_that_is_itself_the_policy():
    document, found = tree(NOTICE)
    assert document.title.endswith("关于做好2024年秋季学期校园食品安全工作的通知")
    assert document.issuers == ("临江市教育局", "临江市财政局")
    assert document.addressees == ("各县（区）教育局", "财政局", "市直各学校")
    assert document.date == "2024-08-20"
    assert [c.text for c in found.values() if c.kind == "back"][-3:] == ["临江市教育局", "临江市财政局", "2024年8月20日"]
    assert (found["annex_1"].number, found["annex_1"].heading) == ("附件1", "重点任务清单")
    assert found["annex_1/para_1"].type == "table"


def test_regulation_with_contents_note_of_adoption_and_items():
    document, found = tree(
        "江东省节约用水条例\n（2023年9月22日江东省第十四届人民代表大会常务委员会第五次会议通过）\n目  录\n第一章　总则\n第二章　目录管理\n"
        "第一章　总则\n第一条　为了促进节约用水，根据有关法律，制定本条例。\n第二条　项目建设单位应当落实节水设施。\n"
        "第二章　目录管理\n第三条　约谈。对用水总量超过控制指标的地区，省人民政府应当约谈其负责人，并履行下列职责：\n（一）组织编制节水规划；\n（二）核定用水计划。\n"
        "第四条　违反本条例第三条第二款规定的，责令限期改正。\n第五条　本条例自2024年1月1日起施行。\n"
    )
    assert (document.title, document.date, document.effective) == ("江东省节约用水条例", "2023-09-22", "2024-01-01")
    assert document.issuers == ("江东省人民代表大会常务委员会",)
    assert found["chapter_2"].heading == "目录管理"
    assert {c.kind for key, c in found.items() if c.leaf and "article" in key} == {"article"}
    assert found["chapter_1/article_2"].leaf
    assert found["chapter_2/article_3/item_2"].text == "（二）核定用水计划。"
    assert "chapter_2/article_4" in found


def test_wrapped_plan_with_indented_page_numbers_and_centred_title():
    lines = [
        "    青州市空气质量持续改善行动实施方案", "    为持续深入打好蓝天保卫战，切实保障", "人民群众身体健康，以空气质量持续改善推", "动经济高质量发展，结合我市实际情况，制",
        "定本方案。", "    一、优化产业结构", "    （一）遏制高耗能、高排放、低水平项", "", "                －2－", "", "目盲目上马。新改扩建项目严格落实国家产",
        "业规划、产业政策、生态环境分区管控方案", "和规划环评，坚决遏制高耗能高排放项目建", "设，严格控制新增产能。（市生态环境分局",
        "牵头，市工信局，各镇人民政府按职责分工", "负责）", "    （二）开展产业集群升级改造。各镇要制", "定整治方案，明确目标任务和完成时限，加", "快推进改造升级。",
    ]  # fmt: skip
    document, found = tree("\n".join(lines) + "\n")
    assert document.title == "青州市空气质量持续改善行动实施方案"
    assert found["part_1/item_1"].heading == "遏制高耗能、高排放、低水平项目盲目上马"
    assert found["part_1/item_1/para_1"].text.endswith("按职责分工负责）")


def test_boxes_are_headings_and_make_no_preamble_of_what_stands_before():
    _, found = tree(
        "规划\n第一章 主要任务\n第一节 建设信息基础设施\n（一）千兆光网\n到2025年，端口数达到80万个。\n专栏1 重点工程\n1.“双千兆”工程。新建5G基站13万座。\n2.算力工程。建设3个集群。\n（二）算力设施\n推进体系建设。\n"
    )
    item = "chapter_1/section_1/item_1"
    assert found[f"{item}/para_1"].kind == "measure"
    assert found[f"{item}/section_1"].heading == "专栏1重点工程"
    assert found[f"{item}/section_1/subitem_2/para_1"].text == "建设3个集群。"
    assert found["chapter_1/section_1/item_2/para_1"].leaf


def test_a_box_right_under_a_chapter_takes_no_number_of_its_sections():
    _, found = tree(
        "规划\n第一章 规划背景\n全省生态环境质量持续改善。\n专栏1 主要指标完成情况\n森林覆盖率达到58%。\n第一节 工作进展\n推进污水收集，新建污水处理厂12座。\n"
        "第二节 存在问题\n部分河段水质不稳定。\n第二章 主要任务\n第一节 治理污水\n新建污水处理厂20座。\n"
    )
    headings = {path: clause.heading for path, clause in found.items() if clause.type == "section"}
    assert headings == {
        "chapter_1/section_1": "工作进展", "chapter_1/section_2": "存在问题", "chapter_1/section_3": "专栏1主要指标完成情况", "chapter_2/section_1": "治理污水",
    }  # fmt: skip
    assert found["chapter_1/section_1/para_1"].text == "推进污水收集，新建污水处理厂12座。"


def test_title_in_marks_and_a_short_preamble():
    document, found = tree("省委办公厅 省政府办公厅印发《关于推进乡村振兴的若干措施》\n2023年6月1日\n现提出如下措施。\n1.强化粮食安全。落实党政同责，稳定播种面积。\n2.建设高标准农田。新建高标准农田200万亩。\n")
    assert document.title == "关于推进乡村振兴的若干措施"
    assert next(c for c in found.values() if c.text == "现提出如下措施。").kind == "preamble"


def test_text_without_numbers():
    document, found = tree(
        "关于进一步做好冬季清洁取暖工作的通知\n各市能源局，各有关企业：\n要加强天然气供应保障，2023年11月15日前完成全部储气任务。\n要强化电力运行调度，确保电网安全稳定运行。\n省能源局\n2023年10月18日\n"
    )
    assert document.title == "关于进一步做好冬季清洁取暖工作的通知"
    assert document.date == "2023-10-18"
    assert [c.kind for c in found.values()] == ["front", "front", "measure", "measure", "back", "back"]


def test_label_lines_belong_to_the_item_before_them():
    _, found = tree("方案\n1、新建农村饮水工程15处，受益人口2.1万人。\n牵头单位：县水利局\n责任单位：县财政局、各乡镇人民政府\n完成时限：2024年11月底前\n2、改造老旧小区12个。\n牵头单位：县住建局\n")
    assert found["subitem_1"].leaf and found["subitem_1"].kind == "measure"
    assert found["subitem_1"].text.endswith("2024年11月底前")
    assert found["subitem_2"].text.endswith("县住建局")


def test_sentence_before_nothing_but_its_note_is_no_heading():
    _, found = tree("方案\n一、任务\n（一）健全预防体系\n1.加强已注销机构的监管，建立重点机构清单。（牵头单位：省教育厅）\n2.紧盯托管服务，做好日常监管。（牵头单位：省市场监管局）\n")
    assert found["part_1/item_1/subitem_1"].leaf
    assert found["part_1/item_1/subitem_1"].heading is None


def test_sentence_before_nothing_but_its_labels_is_no_heading():
    _, found = tree("方案\n一、任务\n（一）优化政务服务\n①推行告知承诺。\n②每季度召开企业座谈会，研究解决诉求。\n责任单位：市工商联、市商务局\n完成时限：持续推进\n（二）加强监管\n开展联合检查。\n")
    [last] = [c for c in found.values() if c.text.startswith("②")]
    assert last.leaf and last.heading is None and last.text.endswith("持续推进")


def test_contents_run_into_the_preamble():
    dots = "." * 12
    _, found = tree(f"规划\n目  录\n一、规划背景{dots}7（一）工作进展{dots} 7二、总体要求{dots} 12土壤和地下水关系群众健康，为加强污染防治，制定本规划。\n一、规划背景\n（一）工作进展\n各项工作稳步推进，取得积极成效。\n二、总体要求\n坚持保护优先，推进各项工作。\n")
    assert any(c.kind == "preamble" and c.text.startswith("土壤和地下水") for c in found.values())


@pytest.mark.parametrize(
    ("token", "names"),
    [
        ("河北省工业和信息化厅河北省发展和改革委员会", ["河北省工业和信息化厅", "河北省发展和改革委员会"]),
        ("河北省教育厅中共河北省委政法委员会", ["河北省教育厅", "中共河北省委政法委员会"]),
        ("国家发展改革委工业和信息化部财政部", ["国家发展改革委", "工业和信息化部", "财政部"]),
        ("市场监管总局国家能源局", ["市场监管总局", "国家能源局"]),
        ("住房和城乡建设部", ["住房和城乡建设部"]),
        ("教育部办公厅", ["教育部办公厅"]),
    ],
)
def test_names_run_together_are_told_apart(token, names):
    assert bodies_in(token) == names


def test_county_that_no_list_holds_is_not_taken_for_the_province_of_its_number():
    document, _ = tree("青州市人民政府文件\n青政发〔2024〕8号\n青州市人民政府关于印发实施方案的通知\n各镇人民政府：\n现将《实施方案》印发给你们，请认真组织实施。\n青州市人民政府\n2024年5月16日\n实施方案\n一、总体要求\n坚持绿色发展，推进各项工作。\n")
    assert (document.region, document.level) == (None, "county")


def test_lines_that_close_with_labels_are_not_joined():
    _, found = tree(
        "某省加快新能源汽车产业发展行动计划\n一、重点任务\n1.做强整车。支持龙头企业扩大产能。责任单位：省工业和信息化厅、省发展改革委、省财政厅，各设区市人民政府\n"
        "2.突破关键技术。实施重大专项，推动产学研深度融合。责任单位：省科技厅、省教育厅、省工业和信息化厅、省市场监管局\n"
        "3.完善基础设施。适度超前布局充换电设施，完善服务体系。责任单位：省发展改革委\n"
    )
    assert [c.heading for c in found.values() if c.type == "subitem"] == ["做强整车", "突破关键技术", "完善基础设施"]


def test_list_of_annexes_before_the_plan_is_front_matter():
    document, found = tree(
        "关于印发《某县2022年农村人居环境整治工作方案》的通知\n各乡镇人民政府：\n现将工作方案印发给你们，请认真组织实施。\n附件：1.任务分解表\n2.考核评分细则\n"
        "某县人民政府办公室\n2022年4月8日\n某县2022年农村人居环境整治工作方案\n为改善农村人居环境，制定本方案。\n一、工作目标\n村容村貌显著改观。\n二、重点任务\n推进厕所革命。\n"
    )
    assert "part_1" in found and "subitem_2" not in found
    assert document.title == "某县2022年农村人居环境整治工作方案"


@pytest.mark.parametrize(
    ("heading", "text", "kind", "why"),
    [
        ("总体要求", "到2025年，全省新能源汽车年产量达到50万辆。", "goal", "aims among the general requirements"),
        ("总体要求", "以习近平新时代中国特色社会主义思想为指导，坚持创新驱动。", "principle", "the spirit of the plan"),
        ("保障措施", "加强组织领导。", "safeguard", "what sees to the work"),
        ("保障措施", "本意见自印发之日起施行，有效期5年。", "back", "when the document begins"),
    ],
)
def test_kind_of_a_paragraph_under_a_heading(heading, text, kind, why):
    _, found = tree(f"某省行动计划\n一、{heading}\n{text}\n二、重点任务\n加强监管。\n")
    assert found["part_1/para_1"].kind == kind, why


def test_supplying_something_is_work_and_no_safeguard():
    _, found = tree("某省农村供水实施意见\n一、主要任务\n（一）强化水质保障。\n开展水质检测。\n（二）推进智慧水务。\n建设平台。\n二、保障措施\n（一）强化资金保障。\n落实经费。\n")
    assert [c.kind for c in found.values() if c.leaf and c.text in ("开展水质检测。", "落实经费。")] == ["measure", "safeguard"]


def test_name_of_an_annex_that_is_not_here_orders_nothing():
    _, found = tree("某市行动计划\n一、重点任务\n加强监管。\n附件：某市行动计划重点任务分解表\n")
    assert [c.kind for c in found.values() if "任务分解表" in c.text] == ["back"]


FUND = "（十九）加大碳减排行动资金投入。推动设立全省碳达峰、碳中和投资基金。（责任部门：财审处，完成期限：8月底）"


@pytest.mark.parametrize(
    ("first", "second", "joined", "why"),
    [
        (FUND + "配", "合省财政厅统筹整合专项资金。（责任部门：财审处）", True, "a word broken by a stray line end"),
        (FUND + "配合省财政厅统筹整合专项资金，", "设立省级碳达峰专项资金。", True, "a sentence broken off after a whole one"),
        (FUND, "配合省财政厅统筹整合专项资金。", False, "a note closes its paragraph"),
        (FUND + "统筹资金。", "配合省财政厅设立专项资金。", False, "a sentence closes its paragraph"),
        (FUND + "统筹资金", "（二十）广泛开展国际合作。", False, "a number opens a paragraph"),
        (FUND + "统筹资金", "江苏省生态环境厅", False, "a signature is no half of a sentence"),
        (FUND + "\t省财政厅", "设立省级碳达峰专项资金。\t省生态环境厅", False, "rows of a table"),
    ],
)
def test_sentence_that_a_page_breaks_off_goes_on_in_the_next_paragraph(first, second, joined, why):
    source = SourceText(name="x.pdf", sha256="", text=f"{first}\n{second}\n", paragraphs_known=True)
    assert len(paragraphs(source, source.reading())[0]) == (1 if joined else 2), why
