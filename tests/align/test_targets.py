"""Targets compared: states, figures, indicators."""

from __future__ import annotations

import pytest

from policygraph.align.targets import compare_states, compare_values, likeness, link_targets
from policygraph.model import Target


def target(indicator: str, **fields: object) -> Target:
    given = {"id": f"d/{indicator}", "document": "d", "clause": "d/c", "text": indicator, "start": 0, "end": 1, "by": "t"}
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
        ({"value": 14, "unit": "%", "relative": "decrease"}, {"value": 13.5, "unit": "%", "relative": "decrease"}, "stricter"),
        ({"value": 30, "unit": "微克每立方米", "comparator": "<="}, {"value": 35, "unit": "微克每立方米", "comparator": "<="}, "stricter"),
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
        "城市生活污水集中收集率", id="h/2", value=5, unit="百分点", relative="increase", comparator=">=", alternative_to="h/1"
    )
    ours = target("城市生活污水集中收集率", id="l/1", value=5, unit="百分点", relative="increase", comparator=">=")
    links, _ = link_targets([ours], [level, rise], documents=("l", "h"))
    assert [(link.target, link.strictness) for link in links] == [("h/2", "equal")]


def test_target_without_counterpart_is_said_with_the_nearest() -> None:
    lost = target("石漠化土地治理面积", id="h/1", value=100, unit="万公顷")
    links, coverage = link_targets([target("湿地面积", id="l/1", value=40, unit="平方公里")], [lost], documents=("l", "h"))
    assert not links
    assert (coverage[0].subject, coverage[0].document, coverage[0].status) == ("h/1", "l", "absent")


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
