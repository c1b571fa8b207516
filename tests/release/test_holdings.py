"""What a release holds, counted; families of documents; and the choice of documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policygraph.facade import PolicyGraph
from policygraph.model import Document
from policygraph.release.holdings import (
    chosen_documents,
    counted,
    due_years,
    families,
    province_of,
    stricter_documents,
    tiles,
)
from policygraph.vocabulary.kinds import kind_of
from policygraph.vocabulary.regions import regions


@pytest.fixture(scope="module")
def graph(corpus_data: Path) -> Iterator[PolicyGraph]:
    with PolicyGraph.open(corpus_data) as opened:
        yield opened


def document(name: str, **fields: object) -> Document:
    return Document(id=name, source=f"{name}.txt", sha256="", **{"title": name, "start": 0, "end": 1, **fields})  # type: ignore[arg-type]


DOCUMENTS = (
    document("a", title="浙江省林业发展“十四五”规划", region="330000", level="provincial", date="2021-04-21", issuers=("浙江省林业局",)),
    document("b", title="杭州市碳达峰实施方案", region="330100", level="municipal", date="2022-08-01", number="杭政函〔2022〕1号"),
    document("c", title="2030年前碳达峰行动方案", region="000000", level="national", date="2021-10-24", issuers=("国务院",)),
    document("d", title="关于开展绿色化改造的通知"),
)


def test_documents_are_counted_by_each_facet():
    found = counted(DOCUMENTS)
    assert found["level"] == {"provincial": 1, "municipal": 1, "national": 1}
    assert found["province"] == {"330000": 2}  # 杭州 is in 浙江; the nation is no province
    assert found["year"] == {"2021": 2, "2022": 1}
    assert found["kind"] == {"规划": 1, "实施方案": 1, "行动方案": 1, "通知": 1}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"words": "碳达峰"}, "bc"),
        ({"words": "碳达峰 杭政函"}, "b"),  # both words, one of them in the number
        ({"facets": {"province": "330000"}}, "ab"),
        ({"region": "330000"}, "a"),
        ({"facets": {"kind": "规划", "year": "2021"}}, "a"),
        ({"order": "newest"}, "bcad"),  # those without a date last
        ({"order": "oldest"}, "acbd"),
        ({"words": "没有这样的"}, ""),
    ],
)
def test_documents_are_chosen_and_ordered(asked: dict[str, object], found: str):
    assert "".join(each.id for each in chosen_documents(DOCUMENTS, **asked)) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("广东省碳达峰实施方案（征求意见稿）", "实施方案"),
        ("国务院关于印发2030年前碳达峰行动方案的通知", "行动方案"),
        ("关于做好2021年度碳排放报告核查工作的通知", "通知"),
        ("中华人民共和国长江保护法", "法"),
        ("国家适应气候变化战略2035", None),
    ],
)
def test_kind_is_what_the_title_ends_with(title: str, kind: str | None):
    assert kind_of(title) == kind


def test_family_has_its_carriers_and_the_provinces_that_are_missing(graph: PolicyGraph):
    (family,) = families(graph.columns)
    assert family.higher == "national-yangtze-2022"
    assert {carrier.document for carrier in family.carriers} == {"sichuan-yangtze-2023", "chongqing-yangtze-2023"}
    assert set(family.provinces) == {"500000", "510000"}
    assert len(family.missing) == 29
    assert not {"710000", "810000", "820000", "510000"} & set(family.missing)


def test_counts_are_those_of_the_records(graph: PolicyGraph):
    dated = [deadline.date[:4] for records in graph.records.values() for deadline in records.deadlines if deadline.date]
    assert due_years(graph.columns) == {year: dated.count(year) for year in sorted(set(dated))}
    stricter = [graph.columns.home(link.source) for link in graph.links.target_links if link.strictness == "stricter"]
    assert stricter_documents(graph.columns) == {name: stricter.count(name) for name in set(stricter)}


def test_every_province_has_a_tile_of_its_own():
    provinces = {code for code, region in regions().items() if region.level == "provincial"}
    assert set(tiles()) == provinces
    assert len(set(tiles().values())) == len(provinces)


def test_city_belongs_to_its_province():
    assert [province_of(each) for each in DOCUMENTS] == ["330000", "330000", None, None]
