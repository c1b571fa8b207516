"""The numbering grammar: what opens a provision, and what only looks like it."""

import pytest

from policygraph.segment import markers as m
from policygraph.segment.markers import marker_at, number

OPENS = [
    ("第二编 环境", m.BOOK, 2, "books of a code"),
    ("第一章 总则", m.CHAPTER, 1, "chapters of a regulation"),
    ("第十条 本办法所称", m.ARTICLE, 10, "articles"),
    ("第二十一条 政务部门", m.ARTICLE, 21, "two-digit articles"),
    ("第一千二百六十条 本法自", m.ARTICLE, 1260, "articles of a code run past a thousand"),
    ("第一百三十三条之一 在道路上", m.ARTICLE, 133, "an article that an amendment inserted"),
    ("第二十条 第三方机构应当", m.ARTICLE, 20, "an article whose first word is 第三方"),
    ("第一篇 发展基础", m.BOOK, 1, "parts of a plan"),
    ("一、总体要求", m.PART, 1, "first level of GB/T 9704"),
    ("二十一、附则", m.PART, 21, "two-digit parts"),
    ("（三十七）严格监督执法。", m.ITEM, 37, "items that run through a document"),
    ("（十）深入推进", m.ITEM, 10, "a single ten"),
    ("1.构建布局", m.SUBITEM, 1, "Arabic with a point"),
    ("12．推进智慧", m.SUBITEM, 12, "full-width point"),
    ("3、加强监管", m.SUBITEM, 3, "Arabic with an enumeration comma"),
    ("3.3月底前出台", m.SUBITEM, 3, "a number followed by a month"),
    ("（1）实施", m.POINT, 1, "fourth level"),
    ("①排查", m.CIRCLE, 1, "circled"),
    ("——坚持生态优先", m.BULLET, 0, "a dash bullet"),
]
OPENS_NOTHING = [
    ("十五五”期间", "a plan period"),
    ("2.5万公顷", "a decimal"),
    ("2025年底前", "a year"),
    ("30亩以上", "a threshold"),
    ("第七条第（二）项规定的", "a citation of an item"),
    ("第三条第二款", "a citation of a paragraph"),
    ("第一条之规定", "a citation"),
    ("第一个百年", "an ordinal in running text"),
    ("（州）和有关部门", "the rest of a bracket after a wrap"),
    ("（责任单位：省生态环境厅）", "a responsibility note"),
]


@pytest.mark.parametrize(("text", "level", "ordinal", "why"), OPENS)
def test_marker_opens(text, level, ordinal, why):
    found = marker_at(text)
    assert found is not None, why
    assert (found.level, found.ordinal) == (level, ordinal), why


@pytest.mark.parametrize(("text", "why"), OPENS_NOTHING)
def test_no_marker(text, why):
    assert marker_at(text) is None, why


@pytest.mark.parametrize(("han", "value"), [("零", 0), ("九", 9), ("十", 10), ("十九", 19), ("二十", 20), ("一百零三", 103), ("一千零五", 1005), ("38", 38)])
def test_number_of_ordinals(han, value):
    assert number(han) == value
