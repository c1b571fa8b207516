"""Search over statutes, where articles are found as one and questions are laid in everyday words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from policygraph.encode.encoder import E5Encoder
from policygraph.encode.text import grams
from policygraph.extract import extract
from policygraph.read import read_file
from policygraph.search import Searcher, build_index
from policygraph.search.index import ClauseIndex
from policygraph.search.parts import short_title
from policygraph.search.understand import understand
from policygraph.segment import segment

WATER = """中华人民共和国清江水污染防治法

第一章　总则

第一条　为了保护和改善环境，防治水污染，保护水生态，制定本法。

第九条　县级以上人民政府生态环境主管部门对水污染防治实施统一监督管理。

第十条　排放水污染物，不得超过国家规定的水污染物排放标准。

第二章　法律责任

第二十条　违反本法规定，有下列行为之一的，由生态环境主管部门责令改正，处二万元以上二十万元以下的罚款：

（一）未按照规定安装水污染物排放自动监测设备的；

（二）拒绝现场检查，或者在检查时弄虚作假的。

法院委托的鉴定机构应当如实出具报告。
"""
LABOUR = """劳动合同条例（2012年修正）

第一条　为了保护劳动者的合法权益，制定本条例。

第九条　用人单位不得扣押劳动者的居民身份证，不得要求劳动者提供担保。

第十条　用人单位与劳动者协商一致，可以解除劳动合同。解除劳动合同的，应当按照工作年限支付经济补偿。

第二十条　劳动者被判处刑罚的，用人单位可以解除劳动合同。
"""
NOTICE = """青岛市船舶污染治理通知

青环发〔2021〕7号

一、推广岸电。港口应当配备岸电设施，古树名木周围不得堆放物料。

二、清理岸线。全面清理岸线垃圾。
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts, index = tmp_path_factory.mktemp("texts"), tmp_path_factory.mktemp("index")
    records = []
    for name, text in (("water.txt", WATER), ("labour.txt", LABOUR), ("qingdao.txt", NOTICE)):
        (texts / name).write_text(text, "utf-8")
        source = read_file(texts / name)
        records += [extract(source, document, clauses) for document, clauses in segment(source, doc_id=Path(name).stem)]
    build_index(records, index, encoder=E5Encoder())
    return index


@pytest.fixture(scope="module")
def searcher(folder: Path) -> Searcher:
    return Searcher.open(folder)


def test_an_article_is_one_hit_with_its_parts(searcher: Searcher) -> None:
    hits = searcher.search("拒绝检查弄虚作假罚款多少").hits
    article = hits[0]
    said = "".join(part.text for part in article.parts)
    assert "弄虚作假" in said and "罚款" in said  # asked of one paragraph, answered by another
    assert [part.start for part in article.parts] == sorted(part.start for part in article.parts)
    found = [part.clause for hit in hits for part in hit.parts or (hit,)]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("query", "document", "words"),
    [
        ("清江水污染防治法第十条", "water", "不得超过国家规定"),  # a law by its name, without title marks
        ("《清江水污染防治法》第十条", "water", "不得超过国家规定"),
        ("劳动合同条例 第十条", "labour", "经济补偿"),  # the year of its text is left out
        ("青环发〔2021〕7号", "qingdao", ""),
        ("青环发[2021]7号有哪些内容", "qingdao", ""),  # the brackets that people type
        ("不得要求劳动者提供担保", "labour", "居民身份证"),  # a quotation
        ("勞動合同解除 經濟補償", "labour", "经济补偿"),  # traditional characters
        ("扣了我的身份证合法吗", "labour", "居民身份证"),
    ],
)
def test_what_is_named_or_quoted_is_found_first(searcher: Searcher, query: str, document: str, words: str) -> None:
    first = searcher.search(query).hits[0]
    assert first.document == document
    assert words in first.text + "".join(part.text for part in first.parts)


@pytest.mark.parametrize(
    "query",
    [
        "根据《清江水污染防治法》，公司扣押身份证怎么处理",  # a ground: the answer stands elsewhere
        "超过国家规定的排放标准怎么办",  # 国家规定 is matter here, not the nation
        "法院委托的鉴定机构怎么出报告",  # no body 法院委
        "劳动合同条例对解除合同怎么规定的，企业要赔钱吗",  # a title without marks or an article is words
    ],
)
def test_matter_is_no_condition(searcher: Searcher, query: str) -> None:
    understood = understand(query, searcher.index)
    assert [c for c in understood.conditions if c.effect == "filter"] == []
    assert not understood.missing


@pytest.mark.parametrize(("query", "asked"), [("生态环境主管部门的职责", ["生态环境主管部门"]), ("被生态环境主管部门罚了", [])])
def test_a_body_that_did_something_to_somebody_is_not_asked_about(searcher: Searcher, query: str, asked: list[str]) -> None:
    assert [c.value for c in understand(query, searcher.index).conditions if c.field == "agency"] == asked


def test_articles_are_matched_without_their_number(searcher: Searcher) -> None:
    """第十条 stands in every article of every statute, and is looked up by itself."""
    index = searcher.index
    assert any(index.entry(row).text.startswith("第十条") for row in range(index.size))
    assert index.texts.counts(np.arange(index.units), ["十条"]).sum() == 0


def test_a_place_in_pinyin_is_its_chinese_name(searcher: Searcher) -> None:
    asked = understand("Qingdao 岸电", searcher.index)
    assert asked.regions or "青岛" in asked.core


@pytest.mark.parametrize(
    ("title", "short"),
    [("中华人民共和国水污染防治法（2017年修正）", "水污染防治法"), ("铁路法-2015-04-24", "铁路法"), ("个体工商户条例(2016-02-06)", "个体工商户条例")],
)
def test_documents_are_called_without_country_and_date(title: str, short: str) -> None:
    assert short_title(title) == short


def test_words_are_counted_alike_in_characters_and_in_grams(folder: Path) -> None:
    index = ClauseIndex(folder)
    wanted = ["岸", "岸电", "罚款", "水污", "2021"]
    counted = index.texts.counts(np.arange(index.units), wanted)
    for unit in range(index.units):
        text = "".join(index.entry(row).text for row in index.rows_of(unit))
        assert counted[unit].tolist() == [grams(text).count(gram) for gram in wanted]


@pytest.mark.parametrize("query", ["红烧肉怎么做", "羽毛球怎么发力", "how to train a puppy", "手机屏幕碎了能自己换吗"])
def test_a_foreign_question_finds_nothing_with_confidence(searcher: Searcher, query: str) -> None:
    assert not searcher.search(query).confident


@pytest.mark.parametrize("query", ["没有安装自动监测设备会罚款吗", "用人单位可以扣押身份证吗", "解除劳动合同有补偿吗"])
def test_a_question_that_is_answered_is_answered_with_confidence(searcher: Searcher, query: str) -> None:
    assert searcher.search(query).confident


def test_the_number_of_documents_costs_a_query_nothing(folder: Path) -> None:
    """A query is not compared with the id of every document in turn: looking up ids, it makes as many patterns among a
    thousand documents as among three."""
    import re

    index = ClauseIndex(folder)
    understand("岸电怎么推广", index)
    index.documents |= {f"law-{i}-2020-01-01": {"title": f"第{i}号条例", "number": None, "region": None, "source": ""} for i in range(1000)}
    for name in ("titles", "ids", "numbers", "of_short_title", "short_titles"):
        index.__dict__.pop(name, None)
    re.purge()
    understand("岸电怎么推广", index)
    assert len(re._cache) < 100  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["blind-many.jsonl", "blind-wild.jsonl"])
def test_blind_questions_quote_what_answers_them(name: str) -> None:
    questions = [json.loads(line) for line in (Path(__file__).parent / name).read_text("utf-8").splitlines()]
    assert len({question["query"] for question in questions}) == len(questions) >= 40
    assert all(question["type"] == "none" or question["answers"] for question in questions)
    assert all(answer["file"] and len(answer["quote"]) >= 4 for question in questions for answer in question["answers"])
