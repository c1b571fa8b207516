"""What paragraphs are that open no provision: introductions, what follows a list, notes, lines of the web page."""

import pytest

from policygraph.read import SourceText, fold
from policygraph.segment import segment
from policygraph.segment.debris import is_debris, is_note
from policygraph.segment.kinds import is_background


def clauses_of(text: str):
    ((_, clauses),) = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")
    return clauses


@pytest.mark.parametrize(
    ("text", "background", "why"),
    [
        ("近年来，我市水环境质量持续改善，但部分河段仍存在返黑返臭问题。", True, "how things are"),
        ("为贯彻落实省委、省政府决策部署，持续改善水环境质量，结合我市实际，制定本方案。", True, "why the text was made"),
        ("重点做好以下工作：", True, "what comes"),
        ("现就有关事项通知如下：", True, "a notice opens"),
        ("水是生命之源，事关人民群众身体健康。为改善水质，制定本方案。", True, "background, then the purpose"),
        ("2025年底前，完成河道整治96处。", False, "a due date and a number"),
        ("奋斗目标：经过五年努力，全市空气质量总体改善。", False, "an aim"),
        ("具体指标：到2017年，细颗粒物浓度下降25%以上。", False, "aims with numbers"),
        ("各区县要建立联席会议制度，定期通报进展。", False, "an order"),
        ("加快补齐设施短板，完善管网建设，提升运行水平。", False, "directives"),
        ("到2025年，实现以下目标：", False, "a date that governs what comes"),
    ],
)
def test_background_orders_and_promises_nothing(text, background, why):
    assert is_background(text) is background, why


@pytest.mark.parametrize(
    ("heading", "paragraph", "kind", "why"),
    [
        ("一、重点任务", "2025年底前，完成河道整治96处。", "measure", "before the items of a part"),
        ("一、重点任务\n（一）完善管网", "新建污水管网97公里，改造老旧管网30公里。", "measure", "before the numbers of an item"),
        ("一、总体目标", "到2025年，污水处理率达到95%。", "goal", "aims before what details them"),
        ("一、工作背景", "目前，污水处理率为80%。", "preamble", "the state of things"),
    ],
)
def test_paragraph_before_numbered_provisions(heading, paragraph, kind, why):
    deeper = "1.开展普查。全面摸清底数。\n2.实施改造。更新老旧设施。" if "（一）" in heading else "（一）开展普查。全面摸清底数。\n（二）实施改造。更新老旧设施。"
    found = next(c for c in clauses_of(f"水环境治理实施方案\n{heading}\n{paragraph}\n{deeper}\n") if c.leaf and c.text == paragraph)
    assert found.kind == kind, why


def test_paragraphs_of_aims_before_the_first_number_are_goals():
    text = "大气污染防治行动计划\n大气环境事关人民群众根本利益。为改善空气质量，制定本计划。\n奋斗目标：经过五年努力，空气质量总体改善。\n具体指标：到2017年，可吸入颗粒物浓度下降10%以上。\n一、加大治理力度\n（一）加强治理。全面整治燃煤小锅炉。\n"
    kinds = {c.text[:4]: c.kind for c in clauses_of(text)}
    assert (kinds["大气环境"], kinds["奋斗目标"], kinds["具体指标"]) == ("preamble", "goal", "goal")


@pytest.mark.parametrize(
    ("text", "opening", "parent", "why"),
    [
        ("管理办法\n第一条 为规范管理，制定本办法。\n第二条 申请人应当具备下列条件：\n（一）依法设立；\n（二）信用良好。\n市级财政给予补助。\n", "市级财政", "article_2", "the sentence after the items of an article"),
        ("管理办法\n第一条 为规范管理，制定本办法。\n第二条 申请人应当提交下列材料：（一）申请书；（二）证明文件。前款规定的材料应当真实。\n第三条 本办法自印发之日起施行。\n", "前款规定", "article_2", "the same on one line"),
        ("实施方案\n一、抵销条件\n抵销配额应同时满足如下要求：\n（一）比例不超过5%；\n（二）不得来自管理范围内的项目。\n因备案事项暂缓，可用的减排量均为此前产生。\n二、程序\n开立账户。\n", "因备案", "part_1", "a list that a colon opens ends with its full stop"),
        ("实施方案\n一、任务\n（一）完善管网\n新建管网。\n改造泵站。\n（二）监测水质\n布设断面。\n", "改造泵站", "part_1/item_1", "paragraphs under an item with a heading are its own"),
    ],
)
def test_paragraph_after_a_list(text, opening, parent, why):
    found = next(c for c in clauses_of(text) if c.text.startswith(opening))
    assert found.parent == f"x/{parent}", why


def test_items_after_a_semicolon_are_no_headings():
    found = clauses_of("管理办法\n第一条 有下列情形之一的，责令改正：\n（一）未制定预案；\n（二）未组织应急演练的。\n拒不改正的，处罚款。\n第二条 本办法自印发之日起施行。\n")
    assert not any(c.heading for c in found)


@pytest.mark.parametrize(
    ("line", "debris"),
    [
        ("相关解读：", True), ("[解读1][解读2]", True), ("扫一扫在手机打开当前页", True), ("主办：泸州市人民政府办公室 ICP备05028646号", True),
        ("【法宝引证码】CLI.12.4792728", True), ("索引号：008513218/2021-00123", True), ("打印本页 分享至：", True), ("上一篇下一篇", True),
        ("发布时间：2021-11-05 10:20", True), ("责任编辑：赵文强", True), ("首页 > 政务公开 > 政策文件", True), ("川公网安备51010602000000号", True),
        ("主办单位应当落实安全责任。", False), ("来源于财政资金的项目应当公开。", False), ("关闭散乱污企业120家。", False),
        ("发布时间与实际情况是否一致应当核实。", False), ("打印企业使用低挥发性油墨。", False), ("附件下载后填写申请表。", False),
    ],
)
def test_lines_of_the_page_are_told_from_the_text(line, debris):
    assert is_debris(fold(line)) is debris


def test_debris_is_no_clause_and_leaves_the_provision_open():
    text = "实施方案\n一、任务\n（一）完善管网。新建管网97公里，改造泵站12座。\n扫一扫在手机打开当前页\n（二）监测水质。布设断面20个，实现自动监测。\n相关解读：\n[解读1][解读2]\n主办：某市人民政府 ICP备05028646号\n"
    kinds = {c.text[:3]: c.kind for c in clauses_of(text)}
    assert {kinds["扫一扫"], kinds["相关解"], kinds["[解读"], kinds["主办："]} == {"back"}
    assert [c.number for c in clauses_of(text) if c.number] == ["一、", "（一）", "（二）"]


@pytest.mark.parametrize(
    ("line", "after_note", "after_table", "note"),
    [
        ("注：[]内为五年累计数。", False, False, True),
        ("注1：带*的指标为约束性指标。", False, False, True),
        ("2重点建设用地指用途变更为住宅的地块。", True, False, True),
        ("①单位国内生产总值能耗降低是指与2020年相比的降幅。", False, True, True),
        ("指导企业开展清洁生产审核。", True, True, False),
        ("注重发挥市场作用，推动绿色发展。", False, False, False),
        ("2.加强监督指导。定期开展检查。", True, False, False),
    ],
)
def test_notes_of_tables_are_told_from_provisions(line, after_note, after_table, note):
    assert is_note(line, after_note=after_note, after_table=after_table) is note


def test_notes_are_definitions():
    text = "规划\n一、主要指标\n到2025年，受污染耕地安全利用率达到93%左右。\n注：1重点建设用地指用途变更为住宅的所有地块。\n2地下水V类水比例指国家级监测点位中水质为Ⅴ类的点位所占比例。\n二、主要任务\n加强监管，落实责任。\n"
    assert [c.kind for c in clauses_of(text) if c.text.startswith(("注", "1", "2"))] == ["definition"] * len([c for c in clauses_of(text) if c.text.startswith(("注", "1", "2"))])
