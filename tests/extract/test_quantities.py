"""Numbers, units and comparisons as the genre writes them."""

from __future__ import annotations

import pytest

from policygraph.extract.lexicon import lexicon
from policygraph.extract.quantities import comparator, find_quantities, han_number, resolve_unit

ROWS = [
    ("新增污水处理能力120万吨/天以上", [(120, "万吨/天", "以上")], "a compound unit keeps its multiplier"),
    ("PM2.5浓度低于25微克每立方米", [(25, "微克每立方米", "")], "the 2.5 of PM2.5 is no quantity"),
    ("提高5个百分点以上", [(5, "百分点", "以上")], "points are not per cent"),
    ("使用比例分别降低20个、10个百分点", [(20, "百分点", ""), (10, "百分点", "")], "the unit is said once"),
    ("干流水质稳定保持Ⅱ类", [("Ⅱ", "类", "")], "a water class"),
    ("达到II类水质标准", [("Ⅱ", "类", "水质标准")], "a class in Latin letters"),
    ("基本消除劣V类水体", [("劣Ⅴ", "类", "")], "below the last class"),
    ("家庭至少有一人就业", [(1, "人", "")], "a Chinese numeral after 至少"),
    ("火灾受害率控制在0.9‰之内", [(0.9, "‰", "之内")], "per mille"),
    ("投资突破1.2万亿元", [(1.2, "万亿元", "")], "two multipliers"),
    ("服务50余家企业", [(50, "家", "")], "a rounded count"),
    ("覆盖10,000人", [(10000, "人", "")], "a thousands separator"),
    ("百分之四十的村庄", [(40, "%", "")], "in words"),
    ("供电煤耗降至295克标煤/千瓦时", [(295, "克标煤/千瓦时", "")], "a long unit before its parts"),
    ("经费标准不低于500元/年·生", [(500, "元/年·生", "")], "a unit per year and pupil"),
    ("孕产妇死亡率控制在12/10万以下", [(12, "/10万", "以下")], "per hundred thousand"),
    ("面积增长一倍以上", [(1, "倍", "以上")], "times, in words"),
    ("第26届缔约方大会", [], "an ordinal"),
    ("深入实施5G应用", [], "a name"),
    ("新增绿地三百五十万亩", [(350, "万亩", "")], "Chinese numerals before a multiplier"),
    ("建设管网一百二十公里、两千亩湿地", [(120, "公里", ""), (2000, "亩", "")], "Chinese numerals without one"),
    ("工业企业达到3万4000家", [(34000, "家", "")], "the two ways of writing in one number"),
    ("受害率控制在千分之五以下", [(5, "‰", "以下")], "per mille in words"),
    ("达到百分之零点五", [(0.5, "%", "")], "a fraction in words"),
    ("贡献率达到六成五以上", [(6.5, "成", "以上")], "tenths and half tenths"),
    ("培育上百个示范村", [(100, "个", "")], "上百"),
    ("产值超百亿元", [(100, "亿元", "")], "a round sum behind 超"),
    ("为2020年的1.5倍", [(1.5, "倍", "")], "times, in figures"),
    ("湿地面积20km²，人均12㎡，绿化50hm²，清淤20万m³", [(20, "km²", ""), (12, "㎡", ""), (50, "hm²", ""), (20, "万m³", "")], "raised figures in units"),
    ("浓度控制在32μg/m³以内", [(32, "μg/m³", "以内")], "a raised figure in a concentration"),
    ("进入全国前15位", [(15, "位", "以内")], "a place in an order"),
    ("被引次数居世界第二", [(2, "位", "")], "a place in an order, without a unit"),
    ("建设千亩花卉产业园，实施百县千镇行动", [], "the size of a thing, and a name"),
    ("千亿级产业集群", [], "a class of size"),
    ("委托第三方机构", [], "no place in an order"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), ROWS)
def test_quantities(text: str, expected: list[tuple[object, str, str]], reason: str) -> None:
    assert [(q.value, q.unit, q.after) for q in find_quantities(text)] == expected, reason


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("回收率达到85%以上", ">="), ("回收率达到85%", "="), ("比例不低于80%", ">="), ("总量控制在100亿立方米以内", "<="),
        ("比例不超过15%", "<="), ("比例超过70%", ">="), ("浓度低于25微克/立方米", "<="), ("比重达到42%左右", "~"),
        ("能力约89万吨/日", "~"), ("至少45%的县", ">="), ("布设不少于2600个点位", ">="), ("比例降至40%以下", "<="),
    ],
)  # fmt: skip
def test_comparator(text: str, sign: str) -> None:
    quantity = next(find_quantities(text))
    assert comparator(text[: quantity.start], quantity) == sign


def test_range_has_both_ends() -> None:
    (quantity,) = find_quantities("占比达到5%-10%。")
    assert (quantity.value, quantity.high, quantity.unit) == (5, 10, "%")


@pytest.mark.parametrize(
    ("text", "value"), [("十五", 15), ("一百三十", 130), ("两千", 2000), ("三", 3), ("甲", None), ("", None)]
)
def test_han_number(text: str, value: int | None) -> None:
    assert han_number(text) == value


@pytest.mark.parametrize(
    ("written", "unit", "factor"),
    [
        ("万吨/日", "tonne-per-day", 10_000),
        ("亿立方米", "cubic-metre", 100_000_000),
        ("百分点", "percentage-point", 1),
        ("万亩", "mu", 10_000),
        ("万亿元", "yuan", 10**12),
    ],
)
def test_resolve_unit(written: str, unit: str, factor: int) -> None:
    found = resolve_unit(written)
    assert found is not None
    assert (found[0].id, found[1]) == (unit, factor)


def test_unknown_unit_is_none() -> None:
    assert resolve_unit("斗") is None


def test_points_have_no_qudt_unit_and_percent_has() -> None:
    points, percent = resolve_unit("百分点"), resolve_unit("%")
    assert points is not None
    assert percent is not None
    assert points[0].qudt is None
    assert percent[0].qudt == "http://qudt.org/vocab/unit/PERCENT"


def test_units_file() -> None:
    rows = lexicon("units")["units"]
    assert len({row["id"] for row in rows}) == len(rows)
    forms = [form for row in rows for form in row["forms"]]
    assert len(set(forms)) == len(forms), sorted({f for f in forms if forms.count(f) > 1})
    for row in rows:
        assert set(row) == {"id", "zh", "en", "forms", "kind", "qudt"}
        assert row["kind"] in {"share", "points", "measure", "money", "time", "age", "rating", "count", "ratio"}
        assert row["zh"] in row["forms"]
        assert row["qudt"] is None or row["qudt"].startswith("http://qudt.org/vocab/unit/")
