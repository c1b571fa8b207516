"""Documents, clauses and links as bibliographies want them."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.align.library import Library, build_library
from policygraph.cite import FORMATS, Reference, references, written
from policygraph.cite.places import printed_place
from policygraph.errors import NotFoundError, UsageError
from policygraph.extract import extract
from policygraph.model import DocumentRecords, Links
from policygraph.read import SourceText
from policygraph.segment import segment

DAY = date(2026, 1, 31)
BASE = "https://w3id.org/policygraph/id/"


@pytest.fixture(scope="session")
def plans(actions: tuple[list[DocumentRecords], dict[str, str]]) -> Library:
    return build_library(actions[0], Links())


@pytest.fixture(scope="module")
def graph(small_data: Path) -> Iterator[PolicyGraph]:
    with PolicyGraph.open(small_data) as found:
        yield found


def entry(library: Library, identifier: str) -> Reference:
    return references(identifier, library=library, base=BASE, release="r1")[0]


@pytest.mark.parametrize(
    ("clause", "place"),
    [
        ("national-yangtze-2022/part_2/item_10/para_1", "二（十）"),  # the only paragraph of its item
        ("national-yangtze-2022/part_2/item_6/para_2", "二（六）“推进污水…”段"),  # one of three; the third begins 推进垃圾
        ("sichuan-yangtze-2023/part_3/item_1/para_2", "三（一）“深化黑臭…”段"),  # by its lead
        ("sichuan-yangtze-2023/part_2/para_2", "二“长江流域…”段"),
        ("national-yangtze-2022/part_2", "二"),
        ("chongqing-yangtze-2023/part_1/item_2/bullet_1", "一（二）“生态优先…”段"),  # a dash is no number
    ],
)
def test_place_is_as_printed(plans: Library, clause: str, place: str) -> None:
    assert printed_place(plans.clauses[clause], plans) == place


RULES = """清江保护条例

第一章 总则

第一条 为了保护清江，制定本条例。

第二条 本条例所称清江，包括下列水体：
（一）干流；
（二）支流。

第三条 县级以上人民政府应当加强领导。
有关部门应当按照职责做好工作。
"""


def test_place_in_articles_counts_paragraphs_and_entries() -> None:
    source = SourceText(name="rules.txt", sha256="", text=RULES)
    records = [extract(source, document, clauses) for document, clauses in segment(source, doc_id="rules")]
    library = build_library(records, Links())
    leaves = [clause for clause in library.of["rules"].clauses if clause.leaf]
    for words, place in (("为了保护", "第一条"), ("干流", "第二条第（一）项"), ("有关部门", "第三条第二款")):
        assert [printed_place(clause, library) for clause in leaves if words in clause.text] == [place]


def test_issuer_is_named_with_a_title_that_lacks_it(plans: Library) -> None:
    words = {name: written([entry(plans, name)], "words", accessed=DAY).strip() for name in ("national-yangtze-2022", "sichuan-yangtze-2023")}
    assert words["national-yangtze-2022"] == "生态环境部等《深入打好长江保护修复攻坚战行动方案》（环水体〔2022〕55号）"
    assert words["sichuan-yangtze-2023"] == "《四川省打好长江保护修复攻坚战实施方案》"


def test_gbt7714_has_three_issuers_place_day_and_stable_address(plans: Library) -> None:
    said = written([entry(plans, "national-yangtze-2022/part_2/item_10/para_1")], "gbt7714", accessed=DAY)
    assert said == (
        "生态环境部, 发展改革委, 最高人民法院, 等. 深入打好长江保护修复攻坚战行动方案: 环水体〔2022〕55号[Z/OL]. (2022-08-31): 二（十）[2026-01-31]. "
        f"{BASE}doc/national-yangtze-2022/part_2/item_10/para_1.\n"
    )


@pytest.mark.parametrize(
    ("url", "base", "address"),
    [
        ("https://www.mee.gov.cn/a.html", BASE, "https://www.mee.gov.cn/a.html"),
        (None, BASE, f"{BASE}doc/a"),
        (None, "http://localhost:8000/id/", f"{BASE}doc/a"),
        ("http://127.0.0.1/a", "http://10.0.0.1/id/", f"{BASE}doc/a"),
        ("file:///tmp/a.txt", "https://example.org/id/", "https://example.org/id/doc/a"),
    ],
)
def test_address_is_the_documents_own_else_the_iri_and_never_a_machine(url: str | None, base: str, address: str) -> None:
    from policygraph.model import Document

    records = DocumentRecords(document=Document(id="a", source="a.txt", title="方案", url=url))
    assert references("a", library=build_library([records], Links()), base=base, release="r1")[0].address == address


def test_link_is_cited_with_both_its_clauses_and_the_release(graph: PolicyGraph) -> None:
    link = graph.links.alignments[0]
    lower, higher, own = graph.references(link.id)
    assert (lower.kind, higher.kind, own.kind) == ("clause", "clause", "dataset")
    assert own.version == graph.release.id and own.address.endswith(link.id)
    assert "落实" in own.title or "相" in own.title or "并列" in own.title
    assert graph.cite(link.id, link.source, format="bibtex").count("@misc{") == 3  # an entry named twice stands once


@pytest.mark.parametrize("form", FORMATS)
def test_every_kind_in_every_format(graph: PolicyGraph, form: str) -> None:
    said = graph.cite("国环〔2022〕5号", graph.links.alignments[0].id, format=form, accessed=DAY)
    assert said.endswith("\n") and "清江行动方案" in said and "localhost" not in said
    assert "2026" in said or form == "words"


def test_unknown_things_and_formats_are_named_with_the_way_out(graph: PolicyGraph) -> None:
    with pytest.raises(NotFoundError, match="Documents:"):
        graph.cite("湖北方案")
    with pytest.raises(UsageError, match="Formats: gbt7714"):
        graph.cite("national-river-2022", format="endnote")


def _odd() -> Reference:
    return Reference(kind="document", key="a", title="关于50%_{比例}&“十四五”#1\n方案", issuers=("甲厅", "乙局"), number="川环发〔2023〕8号", date="2023-05", address="https://a.org/?a=1&b=2")


@pytest.mark.parametrize("source", ["bibtex", "csl-json"])
def test_entries_are_read_and_set_by_citeproc(graph: PolicyGraph, tmp_path: Path, source: str) -> None:
    citeproc = pytest.importorskip("citeproc")
    from citeproc.source.bibtex import BibTeX
    from citeproc.source.json import CiteProcJSON

    link = graph.links.alignments[0]
    entries = [*graph.references("national-river-2022"), *graph.references(link.id), _odd()]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # an unknown field or type
        if source == "bibtex":
            path = tmp_path / "entries.bib"
            path.write_text(written(entries, "bibtex", accessed=DAY), "utf-8")
            warnings.filterwarnings("default")
            found = BibTeX(str(path), encoding="utf-8")
        else:
            found = CiteProcJSON(json.loads(written(entries, "csl-json", accessed=DAY)))
    assert set(found) == {each.key.lower() if source == "bibtex" else each.key for each in entries} or set(found) == {each.key for each in entries}
    style = citeproc.CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = citeproc.CitationStylesBibliography(style, found, citeproc.formatter.plain)
    for key in found:
        bibliography.register(citeproc.Citation([citeproc.CitationItem(key)]))
    said = "\n".join(str(item) for item in bibliography.bibliography())
    for each in entries:
        title = each.title.translate(str.maketrans("{}", "()")) if source == "bibtex" else each.title
        assert re.sub(r"\s+", " ", title) in re.sub(r"\s+", " ", said)


def test_ris_lines_are_tags_with_values() -> None:
    lines = written([_odd()], "ris", accessed=DAY).split("\r\n")
    assert lines[0] == "TY  - GOVDOC" and "DA  - 2023/05/" in lines and "AU  - 乙局" in lines
    assert [line for line in lines if line.strip() and not re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line)] == []


def test_command_prints_entries(cli, small_data: Path) -> None:
    done = cli("cite", "national-river-2022", "sichuan-river-2023", "--format", "gbt7714", "--accessed", "2026-01-31", "--data", small_data)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2 and "[2026-01-31]" in done.stdout
    assert cli("cite", "nowhere", "--data", small_data).returncode == 1
    assert cli("cite", "national-river-2022", "--accessed", "31.1.2026", "--data", small_data).returncode == 2
