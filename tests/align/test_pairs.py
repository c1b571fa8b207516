"""Which documents are paired, on many heads at once: what is found by words and places is what comparing all with all finds."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from policygraph.align.pairs import MOST_SIBLINGS, on_one_subject, plan, standing, stands_above
from policygraph.model import Document, DocumentRecords

PROVINCES = {"四川省": "510000", "江苏省": "320000", "湖北省": "420000", "云南省": "530000", "山东省": "370000", "海南省": "460000", "甘肃省": "620000"}
CITIES = {"成都市": "510100", "南京市": "320100", "武汉市": "420100"}
SUBJECTS = (
    "土壤污染防治工作方案", "水污染防治工作方案", "大气污染防治行动计划实施方案", "生态环境保护规划", "长江保护修复攻坚战实施方案",
    "农业农村污染治理攻坚战行动方案", "新能源汽车产业发展规划", "固体废物污染环境防治条例", "塑料污染治理工作方案",
)  # fmt: skip


def _head(number: int, title: str, region: str | None, level: str | None, date: str = "2022") -> DocumentRecords:
    return DocumentRecords(document=Document(id=f"d{number:04d}", source=f"{number}.txt", title=title, region=region, level=level, date=date))


def _heads(count: int) -> list[DocumentRecords]:
    chance = random.Random(count)
    heads = []
    for number in range(count):
        places, level = chance.choice([(PROVINCES, "provincial"), (CITIES, "municipal")])
        name, code = chance.choice(sorted(places.items()))
        heads.append(_head(number, name + chance.choice(["", "深入", "“十四五”"]) + chance.choice(SUBJECTS), code, level))
    return heads


@pytest.mark.parametrize("count", [6, 20, 60, 150])
def test_neighbours_are_those_that_comparing_all_with_all_gives(count: int) -> None:
    documents = [head.document for head in _heads(count)]
    beside: dict[str, set[str]] = {document.id: set() for document in documents}
    for one, other in combinations(documents, 2):
        both = {one.level == other.level, one.region != other.region, on_one_subject(one, other)}
        if both == {True} and _mostly(one.title, other.title):
            beside[one.id].add(other.id)
            beside[other.id].add(one.id)
    all_pairs = {(one, other) for one, others in beside.items() for other in others if one < other}
    few = {(one, other) for one, other in all_pairs if max(len(beside[one]), len(beside[other])) <= MOST_SIBLINGS}
    planned = plan(_heads(count))
    assert {(pair.lower, pair.higher) for pair in planned.pairs if pair.siblings} == few
    assert planned.left.get("neighbours", 0) == len(all_pairs - few)


def _mostly(one: str, other: str) -> bool:
    """Whether two titles without region and kind share most words of the longer one."""
    from policygraph.align.pairs import _plain, _subject

    first, second = _subject(_plain(one)), _subject(_plain(other))
    return len(first & second) >= 0.6 * max(len(first), len(second))


def test_the_only_higher_document_of_a_place_is_paired() -> None:
    """江苏省's plan stands above 南京市's, and not above 成都市's; two above are no reason."""
    heads = [
        _head(1, "江苏省土壤污染防治工作方案", "320000", "provincial"), _head(2, "南京市新能源汽车产业发展规划", "320100", "municipal"),
        _head(3, "成都市水污染防治工作方案", "510100", "municipal"),
    ]  # fmt: skip
    assert [(pair.lower, pair.higher, pair.reason) for pair in plan(heads).pairs] == [("d0002", "d0001", "level")]
    two = [*heads, _head(4, "江苏省塑料污染治理工作方案", "320000", "provincial")]
    assert plan(two).pairs == ()
    nation = [*heads, _head(5, "土壤污染防治行动计划", "000000", "national")]
    assert {pair.lower for pair in plan(nation).pairs} == {"d0001", "d0003"}


def test_a_place_that_is_not_known_lies_in_any() -> None:
    heads = [_head(1, "江苏省土壤污染防治工作方案", "320000", "provincial"), _head(2, "关于水污染防治的意见", None, "municipal")]
    assert stands_above(heads[0].document, heads[1].document)
    assert standing(heads[0].document, heads[1].document) == "above"
    assert [(pair.lower, pair.higher) for pair in plan(heads).pairs] == [("d0002", "d0001")]


def test_thousands_of_plans_on_one_subject_are_planned_at_once() -> None:
    """Comparing each with each would be fifty million comparisons, and as many pairs."""
    heads = [_head(n, f"{name}土壤污染防治工作方案", code, "provincial") for n, (name, code) in enumerate(sorted(PROVINCES.items()) * 1_500)]
    planned = plan(heads)
    assert planned.pairs == ()
    assert planned.left == {"neighbours": 7 * 6 // 2 * 1_500**2, "alone": 7 * 1_500}
