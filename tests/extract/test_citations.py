"""Citations and what a document rests on."""

import pytest

from policygraph.extract import Context, Provision
from policygraph.extract.citations import extract_citations, normal_title
from policygraph.model import Clause, Document, DocumentRecords
from policygraph.read import reading
from policygraph.resolve.instruments import link_citations

DOCUMENT = Document(id="d", source="d.txt", title="重庆市行动方案", region="500000")


def cited(text, kind="measure", document=DOCUMENT):
    clause = Clause(id="d/c", document="d", parent=None, kind=kind, type="paragraph", number=None, heading=None, lead=None,
                    text=text, start=0, end=len(text), order=0, leaf=True, by="t")
    return extract_citations(Provision(clause, reading(text)), Context(document))


ROWS = [
    ("按照《关于加强监督管理工作的实施意见》（国办函〔2022〕17号）要求", [("关于加强监督管理工作的实施意见", "国办函〔2022〕17号")], "title with number"),
    ("落实长江保护法、水污染防治法等相关法律法规", [("长江保护法", None), ("水污染防治法", None)], "laws without marks"),
    ("严格落实《中华人民共和国长江保护法》岸线管控要求", [("中华人民共和国长江保护法", None)], "a law in marks is cited once"),
    ("国务院关于印发《2030年前碳达峰行动方案》的通知", [("2030年前碳达峰行动方案", None)], "inside a notice's title"),
    ("制定《重庆市行动方案》（以下简称《方案》）", [], "own title and abbreviation are none"),
    ("完善执法办法，创新方式方法，依法立法", [], "办法, 方法, 依法 are no laws"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ROWS)
def test_citations(text, expected, why):
    assert [(c.title, c.number) for c in cited(text)] == expected, why


def test_a_preamble_rests_on_what_a_measure_only_cites():
    text = "为贯彻落实《长江保护修复方案》，制定本方案。"
    assert cited(text, kind="preamble")[0].basis
    assert not cited(text, kind="measure")[0].basis


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("关于印发《某省规划》的通知", "某省规划"),
        ("中华人民共和国长江保护法", "长江保护法"),
        ("中共中央 国务院关于深入打好污染防治攻坚战的意见", "中共中央国务院关于深入打好污染防治攻坚战的意见"),
    ],
)
def test_normal_title(title, same):
    assert normal_title(title) == normal_title(same)


def test_citation_is_resolved_to_a_document_of_the_corpus_by_title_or_number():
    national = DocumentRecords(document=Document(id="n", source="n", title="节能减排方案", number="国发〔2021〕33号", level="national"))
    here = DocumentRecords(document=DOCUMENT, citations=tuple(cited("按照《节能减排方案》和《国务院通知》（国发〔2021〕33号）要求")))
    _, linked = link_citations([national, here])
    assert [c.target for c in linked.citations] == ["n", "n"]
