"""Targets compared: states, figures, indicators."""

from __future__ import annotations

import pytest

from policygraph.align.additions import own_targets
from policygraph.align.likeness import likeness
from policygraph.align.measures import compare_values
from policygraph.align.states import compare_states
from policygraph.align.targets import compare, link_targets, scope_of
from policygraph.model import Clause, Target


def target(indicator: str, **fields: object) -> Target:
    given = {
        "id": f"d/{indicator}",
        "document": "d",
        "clause": "d/c",
        "text": indicator,
        "start": 0,
        "end": 1,
        "by": "t",
    }
    return Target(**{**given, "indicator": indicator, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lower", "higher", "expected"),
    [
        ("有所改善", "持续提升", "looser"),
        ("基本消除", "消除", "looser"),
        ("无黑臭水体", "基本消除", "stricter"),
        ("完成闭库", "完成闭库并销号", "looser"),
        ("完成闭库并销号", "完成闭库", "stricter"),
        ("全面消除", "基本消除", "stricter"),
        ("明显提升", "持续改善", "stricter"),
        ("实现恢复性增长", "恢复性增长", "equal"),  # 实现 says nothing of how much
        ("基本建立", "推动因地制宜基本建立", "equal"),
        ("良好", "持续下降", "not_comparable"),  # other outcomes
    ],
)
def test_states_have_the_order_of_the_genre(lower: str, higher: str, expected: str) -> None:
    assert compare_states(lower, higher)[0] == expected


@pytest.mark.parametrize(
    ("lower", "higher", "expected"),
    [
        ({"value": 90, "unit": "%", "comparator": ">="}, {"value": 85, "unit": "%", "comparator": ">="}, "stricter"),
        ({"value": 85, "unit": "%", "comparator": "="}, {"value": 85, "unit": "%", "comparator": ">="}, "equal"),
        ({"value": 43, "unit": "%", "hedge": "力争"}, {"value": 43, "unit": "%"}, "looser"),
        ({"value": "Ⅱ", "unit": "类"}, {"value": "Ⅲ", "unit": "类"}, "stricter"),
        ({"value": 5, "unit": "百分点", "relative": "increase"}, {"value": 70, "unit": "%"}, "not_comparable"),
        ({"value": 5, "unit": "%"}, {"value": 5, "unit": "百分点"}, "not_comparable"),  # never one unit
        (
            {"value": 14, "unit": "%", "relative": "decrease"},
            {"value": 13.5, "unit": "%", "relative": "decrease"},
            "stricter",
        ),
        (
            {"value": 30, "unit": "微克每立方米", "comparator": "<="},
            {"value": 35, "unit": "微克每立方米", "comparator": "<="},
            "stricter",
        ),
        ({"value": 2, "unit": "万公顷"}, {"value": 7.5, "unit": "万公顷"}, "not_comparable"),  # a part of the sum
    ],
)
def test_figures_are_compared_by_measure_and_direction(
    lower: dict[str, object], higher: dict[str, object], expected: str
) -> None:
    assert compare_values(target("x", **lower), target("x", **higher))[0] == expected


@pytest.mark.parametrize(
    ("lower", "higher", "alike"),
    [
        ("农膜回收率", "农膜回收率", True),
        ("主要粮食作物化肥利用率", "化肥农药利用率", True),
        ("城市生活垃圾资源化利用率", "县城生活垃圾无害化处理率", False),
        ("农村黑臭水体", "县级城市建成区黑臭水体", False),  # villages are not towns
        ("农村集中式饮用水水源保护区", "饮用水水源地名录", False),  # another thing, at the end of the name
    ],
)
def test_indicators_are_alike_when_one_thing_is_measured(lower: str, higher: str, alike: bool) -> None:
    value = {"value": 43, "unit": "%"} if lower.endswith("率") else {"state": "完成"}
    (found, _) = link_targets([target(lower, **value)], [target(higher, **value)], documents=("a", "b"))
    assert bool({link.strictness for link in found} - {"not_comparable"}) is alike


def test_alternative_taken_by_a_province_is_equal() -> None:
    level = target("城市生活污水集中收集率", id="h/1", value=70, unit="%", comparator=">=")
    rise = target(
        "城市生活污水集中收集率",
        id="h/2",
        value=5,
        unit="百分点",
        relative="increase",
        comparator=">=",
        alternative_to="h/1",
    )
    ours = target("城市生活污水集中收集率", id="l/1", value=5, unit="百分点", relative="increase", comparator=">=")
    links, _ = link_targets([ours], [level, rise], documents=("l", "h"))
    assert [(link.target, link.strictness) for link in links] == [("h/2", "equal")]


def test_target_without_counterpart_is_said_with_the_nearest() -> None:
    lost = target("石漠化土地治理面积", id="h/1", value=100, unit="万公顷")
    links, coverage = link_targets(
        [target("湿地面积", id="l/1", value=40, unit="平方公里")], [lost], documents=("l", "h")
    )
    assert not links
    assert (coverage[0].subject, coverage[0].document, coverage[0].status) == ("h/1", "l", "absent")


def test_rate_of_all_towns_is_beside_that_of_county_towns() -> None:
    ours = target("城镇生活垃圾无害化处理率", id="l/1", value=100, unit="%", concept="a")
    theirs = target("县城生活垃圾无害化处理率", id="h/1", value=97, unit="%", comparator=">=", concept="b")
    ((link,), _) = link_targets([ours], [theirs], documents=("l", "h"))
    assert (link.strictness, link.scope) == ("stricter", "broader")


def test_concepts_told_apart_are_not_alike() -> None:
    assert likeness(target("回收率", concept="a"), target("回收率", concept="b")) == 0.0


SICHUAN, CHONGQING, NATION = "510000", "500000", "000000"


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (("水质", "全市", "总体保持优良"), ("总体水质", "长江流域", "保持优良")),
        (("总体水质", "长江流域", "保持优良"), ("水质", "全省", "总体保持优良")),
        (("空气质量", "全省", "持续改善"), ("空气质量", "全国", "持续改善")),
    ],
)
def test_own_part_and_order_of_words_change_no_demand(
    lower: tuple[str, str, str], higher: tuple[str, str, str]
) -> None:
    ours, theirs = (
        target(indicator, id=key, area=area, state=state)
        for key, (indicator, area, state) in (("l/1", lower), ("h/1", higher))
    )
    ((link,), _) = link_targets([ours], [theirs], documents=("l", "h"), regions=(CHONGQING, NATION))
    assert (link.strictness, link.scope) == ("equal", "same")


@pytest.mark.parametrize(
    ("area", "region", "compared"),
    [
        ("长江三角洲区域", SICHUAN, False),
        ("长江三角洲区域", "320100", True),  # Nanjing
        ("京津冀及周边地区", CHONGQING, False),
        ("长江经济带", SICHUAN, True),
        ("成都市", SICHUAN, True),
        ("地级及以上城市", SICHUAN, True),
        ("除京津冀以外地区", SICHUAN, True),
        ("长江三角洲区域", None, True),
    ],
)
def test_target_for_other_areas_is_neither_compared_nor_absent(area: str, region: str | None, compared: bool) -> None:
    theirs = target("黑臭水体", id="h/1", area=area, state="基本消除", deadline="2024-12-31")
    ours = target("黑臭水体", id="l/1", state="基本消除", deadline="2025-12-31")
    links, (record,) = link_targets([ours], [theirs], documents=("l", "h"), regions=(region, NATION))
    assert [(link.strictness, link.timing) for link in links] == ([("equal", "later")] if compared else [])
    assert record.status == ("met" if compared else "not_applicable")
    assert compared or record.nearest[0].reason.removeprefix("for ").removesuffix(" only") in area
    _, (alone,) = link_targets([], [theirs], documents=("l", "h"), regions=(region, NATION))
    assert alone.status == ("absent" if compared else "not_applicable")


@pytest.mark.parametrize(("value", "unit", "relative"), [(72, "%", None), (5, "百分点", "increase")])
def test_branch_not_taken_is_no_absence(value: int, unit: str, relative: str | None) -> None:
    rate = "城市生活污水集中收集率"
    level = target(rate, id="h/1", value=70, unit="%", comparator=">=")
    rise = target(rate, id="h/2", value=5, unit="百分点", relative="increase", comparator=">=", alternative_to="h/1")
    ours = target(rate, id="l/1", value=value, unit=unit, relative=relative, comparator=">=")
    links, coverage = link_targets([ours], [level, rise], documents=("l", "h"))
    assert len(links) == 1
    assert {record.status for record in coverage} == {"met"}
    _, neither = link_targets([], [level, rise], documents=("l", "h"))
    assert {record.status for record in neither} == {"absent"}


def ends(key: str, low: float, high: float) -> list[Target]:
    name = "电炉炼钢占比"
    low_end = target(name, id=f"{key}/1", value=low, unit="%", comparator=">=")
    return [low_end, target(name, id=f"{key}/2", value=high, unit="%", comparator="<=")]


def single(key: str, value: float, comparator: str) -> list[Target]:
    return [target("电炉炼钢占比", id=f"{key}/1", value=value, unit="%", comparator=comparator)]


@pytest.mark.parametrize(
    ("lower", "higher", "expected"),
    [
        (ends("l", 5, 10), single("h", 15, ">="), "looser"),  # a floor: at least 5
        (single("l", 15, "="), ends("h", 5, 10), "stricter"),
        (ends("l", 5, 10), single("h", 15, "<="), "stricter"),  # a cap: at most 10
        (ends("l", 15, 20), ends("h", 10, 20), "stricter"),
    ],
)
def test_range_has_one_verdict(lower: list[Target], higher: list[Target], expected: str) -> None:
    links, coverage = link_targets(lower, higher, documents=("l", "h"))
    assert [link.strictness for link in links] == [expected]
    assert {record.status for record in coverage} == {"met"}


@pytest.mark.parametrize(
    ("unit", "indicator", "regions", "expected"),
    [
        ("万立方米/日", "新增污水处理能力", (SICHUAN, NATION), "not_comparable"),
        ("万千瓦", "新增装机", (SICHUAN, NATION), "not_comparable"),
        ("万立方米/日", "新增污水处理能力", (SICHUAN, SICHUAN), "looser"),  # two plans of one province
        ("%", "污水处理率", (SICHUAN, NATION), "looser"),
        ("立方米/万元", "用水量", (SICHUAN, NATION), "looser"),
        ("座", "每个县垃圾焚烧设施", (SICHUAN, NATION), "looser"),
    ],
)
def test_absolute_amounts_of_a_part_are_not_compared_with_the_whole(
    unit: str, indicator: str, regions: tuple[str, str], expected: str
) -> None:
    ours, theirs = (target(indicator, id=k, value=v, unit=unit, comparator=">=") for k, v in (("l/1", 20), ("h/1", 90)))
    ((link,), _) = link_targets([ours], [theirs], documents=("l", "h"), regions=regions)
    assert link.strictness == expected


def said_by(*sentences: str, kind: str = "measure") -> list[Clause]:
    text = "".join(f"{sentence}。" for sentence in sentences)
    return [
        Clause(
            id="l/1", document="l", parent=None, kind=kind, type="paragraph", number=None, heading=None, lead=None,  # type: ignore[arg-type]
            text=text, start=0, end=len(text), order=0, leaf=True, by="t",
        )
    ]  # fmt: skip


PAD = ("加强组织领导和统筹协调", "完善投融资机制", "开展监督检查", "深化区域合作", "推进信息公开")


@pytest.mark.parametrize(
    ("theirs", "sentence", "status"),
    [
        # taken up, with the figure left to others or none set
        ({"indicator": "大型规模化养殖场氨排放总量", "value": 5, "unit": "%", "relative": "decrease"}, "完成国家下达的大型规模化养殖场氨排放总量削减目标任务", "deferred"),
        ({"indicator": "油墨使用比例", "value": 10, "unit": "百分点", "relative": "decrease"}, "完成国家下达的工业涂料、油墨、胶粘剂使用比例削减要求", "deferred"),
        ({"indicator": "新增和改造污水收集管网", "value": 8, "unit": "万公里"}, "加快推进城镇排水管网建设", "deferred"),
        ({"indicator": "土壤污染源头管控项目", "value": 100, "unit": "个"}, "实施一批土壤污染源头管控项目", "deferred"),
        ({"indicator": "煤炭消费占比", "value": 13, "unit": "%", "comparator": "<="}, "加快公共机构煤炭减量步伐", "deferred"),
        ({"indicator": "生态流量水量监测预警体系", "state": "全面建立"}, "建设完善生态流量监测设施", "deferred"),
        (
            {"indicator": "停用时间超过3年的、无生产经营主体的尾矿库", "state": "完成闭库并销号"},
            "对全市不符合运行条件的尾矿库实施闭库治理并销号",
            "deferred",
        ),
        # of what is said beside the thing, nothing is taken up
        ({"indicator": "饮用水水源地名录", "state": "完成"}, "巩固城市饮用水水源保护成果", "absent"),
        ({"indicator": "尾矿库数量", "state": "明显减少"}, "严格尾矿库项目准入", "absent"),
        ({"indicator": "城镇生活垃圾焚烧处理能力", "value": 80, "unit": "万吨/日"}, "制修订生活垃圾焚烧大气污染物排放标准", "absent"),
        ({"indicator": "公共机构能效领跑者", "value": 200, "unit": "家"}, "充分发挥公共机构示范引领作用", "absent"),
        # a figure that stands in an unread table is no absence
        ({"indicator": "受污染耕地安全利用率", "value": 93, "unit": "%"}, "指标受污染耕地安全利用率93.3%93%约束性", "not_comparable"),
    ],
)  # fmt: skip
def test_absent_only_when_no_clause_says_it(theirs: dict[str, object], sentence: str, status: str) -> None:
    higher = target(**{"id": "h/1", **theirs})  # type: ignore[arg-type]
    links, (record,) = link_targets([], [higher], documents=("l", "h"), clauses=said_by(*PAD, sentence))
    assert not links
    assert record.status == status
    assert all(each.text is None or each.text in sentence + "".join(PAD) for each in record.nearest)


@pytest.mark.parametrize(
    ("lower", "higher", "expected"),
    [
        ({"value": 100, "unit": "%"}, {"state": "全面执行绿色建筑标准"}, "equal"),
        ({"value": 90, "unit": "%"}, {"state": "全面执行绿色建筑标准"}, "looser"),
        ({"state": "全面推行"}, {"value": 80, "unit": "%"}, "stricter"),
        ({"value": 90, "unit": "%"}, {"state": "大幅提升"}, "not_comparable"),  # a figure beside a state
        (
            {"value": 85, "unit": "%", "comparator": "~"},
            {"value": 85, "unit": "%", "comparator": ">="},
            "looser",
        ),  # 左右 against 以上
        ({"value": 10, "unit": "%", "comparator": "="}, {"value": 10, "unit": "%", "comparator": "~"}, "equal"),
        (
            {"value": 100, "unit": "%", "comparator": "="},
            {"value": 97, "unit": "%", "comparator": ">="},
            "stricter",
        ),  # 保持100%
        ({"value": 60, "unit": "家"}, {"value": 2000, "unit": "家"}, "not_comparable"),  # a share of the national count
        (
            {"value": 2, "unit": "%", "text": "年均下降2%"},
            {"value": 10, "unit": "%"},
            "not_comparable",
        ),  # yearly, not in all
        ({"state": "支持建成"}, {"state": "建成"}, "looser"),
        ({"state": "基本完成"}, {"state": "完成"}, "looser"),
        ({"state": "建立"}, {"state": "建立", "text": "推动建立长效管理机制"}, "stricter"),
        ({"state": "得到有力保障"}, {"state": "得到有效保障"}, "equal"),
    ],
)
def test_figures_and_states_are_put_in_order_together(
    lower: dict[str, object], higher: dict[str, object], expected: str
) -> None:
    assert compare(target("节约型公共机构示范单位", **lower), target("节约型公共机构示范单位", **higher))[0] == expected


@pytest.mark.parametrize(
    ("lower", "higher", "why"),
    [
        ("氨氮重点工程减排量", "氨氮排放总量", "another measure"),
        ("国控断面水质达到或优于Ⅲ类比例", "国控断面水质达到Ⅱ类比例", "another water class"),
        ("重点矿山地下水污染调查评估覆盖率", "其他污染源地下水污染调查评估覆盖率", None),
        ("尾矿综合利用率", "秸秆综合利用率", None),
        ("乡镇生活垃圾收集率", "城市生活垃圾收集率", None),
        ("城市生活污水集中处理率", "城市生活污水集中收集率", None),
    ],
)
def test_what_is_told_apart_is_never_put_in_order(lower: str, higher: str, why: str | None) -> None:
    ours = target(lower, id="l/1", value=90, unit="%")
    theirs = target(higher, id="h/1", value=80, unit="%", relative="decrease" if "排放" in higher else None)
    links, _ = link_targets([ours], [theirs], documents=("l", "h"))
    assert [(link.strictness, link.reason) for link in links] == ([("not_comparable", why)] if why else [])


def test_stages_of_one_thing_are_compared_each_with_its_own() -> None:
    near, far = ({"deadline": f"{year}-12-31"} for year in (2025, 2035))
    higher = [
        target("生态环境", id="h/1", state="持续改善", **near),
        target("生态环境", id="h/2", state="根本好转", **far),
    ]
    links, coverage = link_targets(
        [target("生态环境", id="l/1", state="根本好转", **far)], higher, documents=("l", "h")
    )
    assert [(link.target, link.strictness) for link in links] == [("h/2", "equal")]
    assert [record.status for record in coverage] == ["absent", "met"]


def test_what_belongs_to_a_topic_is_compared_within_it() -> None:
    def pair(document: str, topic: str) -> list[Target]:
        names = ((topic, "得到治理"), ("主要污染物排放总量", "持续下降"))
        return [target(name, id=f"{document}/{i}", state=state) for i, (name, state) in enumerate(names)]

    links, _ = link_targets(
        pair("l", "工业园区污水收集处理效能"), pair("h", "沿江化工产业污染源"), documents=("l", "h")
    )
    assert [link.strictness for link in links] == ["not_comparable"]
    links, _ = link_targets(pair("l", "沿江化工产业污染源"), pair("h", "沿江化工产业污染源"), documents=("l", "h"))
    assert [link.strictness for link in links] == ["equal", "equal"]


def test_document_commits_to_the_firmer_of_two_statements() -> None:
    ours = [
        target("生态流量管理措施", id="l/1", state="全面落实"),
        target("生态流量管理措施", id="l/2", state="基本健全"),
    ]
    links, _ = link_targets(ours, [target("生态流量管理措施", id="h/1", state="全面落实")], documents=("l", "h"))
    assert [(link.source, link.strictness) for link in links] == [("l/1", "equal")]


def test_siblings_are_not_left_out_of_each_others_cities() -> None:
    theirs = target("城市生活垃圾回收利用率", id="h/1", area="成都、德阳、广元", value=40, unit="%")
    _, (beside,) = link_targets([], [theirs], documents=("l", "h"), regions=(CHONGQING, SICHUAN), siblings=True)
    assert beside.status == "absent"


@pytest.mark.parametrize(
    ("theirs", "ours", "status"),
    [
        ("推行合同能源管理", {"indicator": "合同能源管理项目", "value": 30, "unit": "个"}, "beyond"),
        ("淘汰燃煤锅炉", {"indicator": "公共机构燃煤锅炉", "state": "全面淘汰"}, "beyond"),
        ("健全尾矿库监测预警体系", {"indicator": "生态流量监测预警体系", "state": "全面建立"}, "new"),
        ("推行合同能源管理", {"indicator": "电炉钢产能比例", "value": 25, "unit": "%"}, "new"),
        ("推行合同能源管理", {"indicator": "氨氮排放量", "state": "完成", "text": "完成国家下达的氨氮减排任务"}, None),
    ],
)
def test_own_targets_of_the_lower_document_are_said(theirs: str, ours: dict[str, object], status: str | None) -> None:
    lower = target(**{"id": "l/1", **ours})  # type: ignore[arg-type]
    found = list(own_targets([lower], (), above=said_by(*PAD, theirs), document="h"))
    assert [record.status for record in found] == ([status] if status else [])


def test_figure_for_what_the_higher_document_has_in_words_is_more_precise() -> None:
    lower, higher = (
        target("绿色出行比例", id="l/1", value=75, unit="%"),
        target("绿色出行比例", id="h/1", state="大幅提升"),
    )
    links, _ = link_targets([lower], [higher], documents=("l", "h"))
    (record,) = own_targets([lower], links, above=(), document="h")
    assert (record.status, record.nearest[0].clause) == ("more_precise", "h/1")


@pytest.mark.parametrize(
    ("lower", "higher", "expected"),
    [
        ("重要湖泊生态水位和自然变化节律", "重要湖泊生态水位", "broader"),  # a part more
        ("重点行业主要污染物排放控制水平", "重点行业能源利用效率和主要污染物排放控制水平", "narrower"),
        ("绿色发展政策体系", "绿色发展法律法规政策体系", "narrower"),
        ("政策体系", "法律法规政策体系", "narrower"),  # 法律法规 is dropped
        ("法律法规政策体系", "政策体系", "broader"),
        ("化肥利用率", "主要粮食作物化肥利用率", "broader"),  # a qualifier is dropped
        ("规模化养殖场粪污处理率", "粪污处理率", "narrower"),
        ("县级以上城市建成区黑臭水体", "县级城市建成区黑臭水体", "broader"),
        ("城镇污泥无害化处置率", "城市污泥无害化处置率", "broader"),
        ("乡镇饮用水水源水质达标率", "乡镇及以下饮用水水源水质达标率", "narrower"),
        ("长江干流水质", "干流水质", "same"),
    ],
)
def test_scope_is_as_a_reader_sees_it(lower: str, higher: str, expected: str) -> None:
    assert scope_of(target(lower, state="提升"), target(higher, state="提升")) == expected


def test_place_in_the_name_of_a_thing_leaves_nobody_out() -> None:
    theirs = target("推广“南阳实践”经验做法的河流", id="h/1", value=300, unit="条")
    _, (record,) = link_targets([], [theirs], documents=("l", "h"), regions=(SICHUAN, NATION))
    assert record.status == "absent"
