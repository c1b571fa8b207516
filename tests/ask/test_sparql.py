"""The SPARQL beside an answer gives what the answer gives, from a store."""

from __future__ import annotations

from typing import Any

import pyoxigraph
import pytest

from policygraph.align.library import Library
from policygraph.ask import ask
from policygraph.graph.write import write_document, write_links
from policygraph.ids import Iris

IRIS = Iris()


@pytest.fixture(scope="module")
def store(library: Library) -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    for records in library.records:
        store.bulk_load(write_document(records), format=pyoxigraph.RdfFormat.N_QUADS)
    links = write_links(library.links, documents=[records.document for records in library.records])
    store.bulk_load(links, format=pyoxigraph.RdfFormat.N_QUADS)
    return store


@pytest.mark.parametrize(
    ("question", "column", "field"),
    [
        ("四川哪一条落实国家方案第十条？", "clause", "clause"),
        ("which Sichuan clause implements national item 6?", "clause", "clause"),
        ("四川的“深入推进入河排污口排查整治”落实国家哪一条", "higher", "clause"),
        ("第十条是什么", "clause", "clause"),
        ("四川没有落实哪些", "clause", "clause"),
        ("Which national items has Chongqing not taken up?", "clause", "clause"),
        ("四川方案有哪些新增内容是国家没有的", "clause", "clause"),
        ("四川落实国家方案的情况怎么样", "clause", "clause"),
        ("重庆比国家严的指标有哪些", "target", "other"),
        ("哪些国家指标四川没有对应", "target", "id"),
        ("四川和国家的指标比较", "target", None),
        ("农膜回收率各地目标是多少", "target", "id"),
        ("2023年底前要完成什么，谁牵头", "clause", "clause"),
        ("水利厅牵头哪些", "clause", "clause"),
        ("四川2025年农膜回收率目标是多少？", "target", "id"),
        ("四川地表水优良比例目标是多少", "target", "id"),
        ("四川哪些目标比国家晚？", "target", "other"),
        ("水利厅牵头哪些2025年底前到期的任务？", "clause", "clause"),
        ("水利厅参与哪些任务？", "clause", "clause"),
        ("国家发展改革委牵头哪些任务？", "clause", "clause"),
        ("生态环境厅和谁合作最多", "other", None),
        ("哪些条款没有牵头单位", "clause", "clause"),
        ("四川哪些条款没有明确完成时限", "clause", "clause"),
        ("四川方案依据哪些文件", "clause", "clause"),
        ("国家方案有哪些主要任务", "clause", "clause"),
        ("重庆方案有哪些目标", "target", "id"),
        ("四川在哪些地方措辞弱化了", "clause", "clause"),
        ("四川落实国家方案第十条，措辞有什么变化", "clause", "clause"),
    ],
)
def test_query_gives_what_the_answer_gives(
    store: pyoxigraph.Store, library: Library, question: str, column: str, field: str | None
) -> None:
    answer = ask(question, library)
    assert answer.answered, answer.message
    rows = list(store.query(answer.sparql, use_default_graph_as_union=True))
    assert len(rows) == len(answer.records)
    if field is not None:
        wanted = {IRIS.record(str(record[field])) for record in answer.records}
        assert {row[column].value for row in rows} == wanted


def test_query_on_what_is_word_for_word_gives_every_link(store: pyoxigraph.Store, library: Library) -> None:
    answer = ask("四川方案哪些内容照抄国家原文", library)
    rows = list(store.query(answer.sparql, use_default_graph_as_union=True))
    clauses = {row["clause"].value for row in rows}
    assert {IRIS.record(str(record["clause"])) for record in answer.records} <= clauses
    shares = [float(row["share"].value) for row in rows]
    assert shares == sorted(shares, reverse=True)


def test_query_on_who_cites_gives_every_place(asked: Any) -> None:
    answer = asked("哪些文件引用了国家方案")
    rows = asked.graph.sparql(answer.sparql).rows
    assert {row["citation"] for row in rows} == {IRIS.record(str(record["id"])) for record in answer.records}
