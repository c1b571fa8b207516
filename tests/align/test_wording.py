"""What is word for word, adapted, new; what is weaker or harder; how provisions are cut into demands."""

from __future__ import annotations

import numpy as np
import pytest

from policygraph.align.numerals import item_mentions, numeral
from policygraph.align.passages import split_demands
from policygraph.align.terms import POSTINGS, Weights, compare, cosine, special, terms_of, weight_of
from policygraph.align.wording import force_of, shifts_between, stretches, verbatim_share
from policygraph.model import Match
from policygraph.read import reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("完善饮用水水源地名录。到2024年底，保护区完成定界立标。", ["完善饮用水水源地名录", "保护区完成定界立标"]),
        ("推广“千村示范、万村整治”工程经验，解决垃圾围村问题", ["推广“千村示范、万村整治”工程经验", "解决垃圾围村问题"]),
        ("因地制宜，推进农村厕所革命", ["因地制宜，推进农村厕所革命"]),  # a manner belongs to what follows
        ("“十四五”期间，新建焚烧设施16座", ["新建焚烧设施16座"]),
        ("", []),
    ],
)
def test_demands_are_cut_by_punctuation_outside_brackets(text: str, expected: list[str]) -> None:
    assert [demand.text for demand in split_demands(reading(text))] == expected


def test_demand_keeps_its_offsets_through_hard_wraps() -> None:
    text = "完善饮用水水\n  源地名录。加强监\n测。"
    first, second = split_demands(reading(text))
    assert text[first.start : first.end] == "完善饮用水水\n  源地名录"
    assert text[second.start : second.end] == "加强监\n测"


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("严禁落后化工产能跨区域转移", 3),
        ("建立排污口长效管理机制", 0),
        ("推动建立排污口长效管理机制", -1),
        ("力争提前一年完成", -2),
        ("鼓励有条件的化工园区开展试点示范", -3),
    ],
)
def test_force_of_a_demand(text: str, strength: int) -> None:
    assert force_of(text).strength == strength


@pytest.mark.parametrize(
    ("lower", "higher", "direction"),
    [
        ("鼓励将再生水用于河湖生态补水", "将再生水用于河湖生态补水", "weaker"),
        ("建立排污口长效管理机制", "推动建立排污口长效管理机制", "harder"),
    ],
)
def test_shift_of_force_has_a_direction(lower: str, higher: str, direction: str) -> None:
    match = Match(
        kind="wording", source_start=0, source_end=1, target_start=0, target_end=1, source_text=lower,
        target_text=higher, weight=0.9,
    )  # fmt: skip
    assert [shift.direction for shift in shifts_between([match])] == [direction]


def test_wording_is_cut_into_verbatim_adapted_and_new() -> None:
    higher = "保护自然岸线，深化美丽岸线建设。推动磷石膏综合利用。"
    lower = "深化美丽岸线建设。大力拓展磷石膏综合利用途径。建设老鹰水库。"
    cut = stretches(lower, higher, matched=["大力拓展磷石膏综合利用途径"])
    assert "".join(lower[part.start : part.end] for part in cut) == lower
    kinds = {lower[part.start : part.end].strip("。"): part.kind for part in cut}
    assert kinds["深化美丽岸线建设"] == "verbatim"
    assert kinds["建设老鹰水库"] == "new"
    assert "adapted" in kinds.values()


def test_verbatim_share_is_all_for_the_same_text() -> None:
    assert verbatim_share("深化美丽岸线建设。", "深化美丽岸线建设。") == 1.0
    assert verbatim_share("。", "深化") == 0.0


def test_common_phrases_count_little_and_rare_terms_much() -> None:
    texts = ["加强生态环境保护公益诉讼", "加强生态环境保护监测", "加强生态环境保护宣传", "公益诉讼检察职能"]
    weights = Weights.count(texts)
    assert cosine(texts[0], texts[3], weights) > cosine(texts[1], texts[2], weights)


def test_terms_of_art_weigh_more_than_everyday_words() -> None:
    assert special("石漠化") > 0.9 > special("岸线") > 0.5 > special("农村") > special("存在")
    assert weight_of([("石漠化", 2.0), ("石漠化治理", 2.0)]) == weight_of([("石漠化治理", 2.0)])


@pytest.mark.parametrize("size", [1, 40, 300])
def test_cosines_by_inverted_index_are_those_of_the_dense_product(size: int) -> None:
    texts = [f"开展{a}河{b}段水质监测和{a}湖修复" for a in "岷沱嘉渠涪" for b in "甲乙丙丁戊己庚辛壬癸"] * 6
    weights = Weights.count(texts[:size])
    bags = weights.bags(texts[:size])
    dense = np.zeros((size, len(weights.grams)))
    dense[bags.rows, bags.terms] = bags.weights
    held = (dense > 0).sum(axis=0)
    dense_above = dense * (held <= POSTINGS)
    rows, columns = np.divmod(np.arange(size * size), size)
    found = compare(bags, bags).at(rows, columns).reshape(size, size)
    assert np.allclose(found, dense @ dense_above.T)


def test_terms_of_art_are_words_and_pairs_of_words() -> None:
    assert {"公益诉讼", "石漠化"} <= terms_of("公益诉讼制度，石漠化综合治理")


@pytest.mark.parametrize(
    ("text", "number"),
    [("（十）", 10), ("第三十八条", 38), ("一百零二", 102), ("二十", 20), ("10.", 10), ("甲", None)],
)
def test_numerals(text: str, number: int | None) -> None:
    assert numeral(text) == number


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("国家方案第10项", [10]),
        ("国家方案（十）和第十一条", [10, 11]),
        ("the 10th national item", [10]),
        ("item no. 10", [10]),
        ("twelfth item", [12]),
        ("2023年底前", []),
        ("第十四个五年规划", []),
        ("14th five-year plan", []),
    ],
)
def test_items_named_in_questions(text: str, numbers: list[int]) -> None:
    assert [mention.number for mention in item_mentions(text)] == numbers


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("切实保障基本生态流量", None),
        ("严守永久基本农田保护红线", None),
        ("推进基本公共服务均等化", None),
        ("扩大基本医疗保险覆盖范围", None),
        ("基本建立长效管理机制", "基本"),
        ("城市黑臭水体基本消除", "基本"),
        ("尾矿库环境风险隐患基本可控", "基本"),
    ],
)
def test_basic_is_a_hedge_before_a_verb_or_state_and_no_hedge_in_a_term(text: str, word: str | None) -> None:
    assert force_of(text).word == word


@pytest.mark.parametrize(
    ("lower", "higher", "compared"),
    [
        ("稳妥有序推进入河排污口分类整治", "全面交办长江入河排污口清单", False),
        ("有序推进农村黑臭水体治理", "系统推进城市黑臭水体治理", False),
        ("推动落后产能退出", "严禁落后化工产能跨区域转移", False),
        ("鼓励园区实施“一企一管”、实时监控", "实施“一企一管”、实时监测", True),
        ("力争完成锰污染综合整治", "完成锰污染综合治理", True),
        ("逐步开展水生态监测评价", "定期开展水生态监测评价", True),
    ],
)
def test_force_is_compared_between_demands_on_one_object(lower: str, higher: str, compared: bool) -> None:
    match = Match(
        kind="wording", source_start=0, source_end=1, target_start=0, target_end=1, source_text=lower,
        target_text=higher, weight=0.9,
    )  # fmt: skip
    assert bool(shifts_between([match])) is compared
