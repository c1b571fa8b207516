"""Agencies and regions resolve to canonical ids, and the data files hold together."""

import pytest

from policygraph.vocabulary.agencies import agency, counterpart, functions, resolve_agency
from policygraph.vocabulary.regions import NATION, locate_document, parent, regions, regions_in

SAME = [
    ("四川省能源局", "省能源局", "510000"),
    ("应急厅", "应急管理厅", "510000"),
    ("省发改委", "省发展改革委", "510000"),
    ("住房和城乡建设部", "住房城乡建设部", NATION),
    ("国家林草局", "林草局", NATION),
    ("市生态环境局", "重庆市生态环境局", "500000"),
    ("人力社保局", "人力资源社会保障局", "500000"),
    ("水行政主管部门", "水利局", "500000"),
]


@pytest.mark.parametrize(("one", "other", "region"), SAME[:-1])
def test_spellings_of_one_body(one, other, region):
    assert resolve_agency(one, region) == resolve_agency(other, region) is not None


@pytest.mark.parametrize(
    ("name", "region", "expected"),
    [
        ("生态环境厅", "510000", "510000/ecology-environment"),
        ("自然资源部", "510000", "000000/natural-resources"),
        ("国家发展改革委", "510000", "000000/development-reform"),
        ("各市（州）人民政府", "510000", "510000/local-governments"),
        ("有关部门", "510000", "510000/departments-concerned"),
        ("气候处", "320000", None),
        ("不存在的单位名", "510000", None),
    ],
)
def test_agency_id(name, region, expected):
    assert resolve_agency(name, region) == expected


OF_LEVELS = [
    ("省级发展改革部门", NATION, "000000/local-governments", "a national text speaks of every province's"),
    ("各省级生态环境主管部门", NATION, "000000/local-governments", "with 各"),
    ("设区的市级生态环境主管部门", NATION, "000000/local-governments", "the cities'"),
    ("县级以上地方人民政府水行政主管部门", NATION, "000000/local-governments", "地方 leaves the ministry out"),
    ("县级以上人民政府教育行政部门", NATION, "000000/education", "the ministry is one of them"),
    ("教育厅", NATION, "000000/local-governments", "only provinces have a 厅"),
    ("省级财政部门", "510000", "510000/finance", "the province's own"),
    ("市级财政部门", "510000", "510000/local-governments", "a province speaks of its cities'"),
    ("省级财政部门", "510100", "510000/finance", "a city speaks of its province's"),
    ("市级财政部门", "500000", "500000/finance", "a city that is a province"),
    ("各省、自治区、直辖市人民政府", NATION, "000000/local-governments", "one name for all"),
    ("同级财政部门", "510000", None, "of whatever level its subject is"),
    ("各省属企业", "440000", None, "no government"),
]


@pytest.mark.parametrize(("name", "region", "expected", "reason"), OF_LEVELS)
def test_body_of_a_level_is_that_level_s(name: str, region: str, expected: str | None, reason: str) -> None:
    assert resolve_agency(name, region) == expected, reason


def test_counterpart_has_the_same_function():
    province = resolve_agency("四川省生态环境厅", "510000")
    assert counterpart(province, NATION) == resolve_agency("生态环境部", NATION)
    assert agency(province).name == "四川省生态环境厅"


def test_every_stem_belongs_to_one_function():
    stems = [stem for row in functions().values() for stem in row]
    assert len(stems) == len(set(stems))


def test_region_codes_are_well_formed_and_have_parents():
    found = regions()
    assert len(found) > 360
    for code in found:
        assert len(code) == 6
        assert code.isdigit()
        above = parent(code)
        assert above is None or above in found


@pytest.mark.parametrize(
    ("title", "number", "issuers", "expected"),
    [
        ("四川省打好攻坚战实施方案", None, (), ("510000", "provincial")),
        ("行动方案", "渝环规〔2023〕1号", (), ("500000", "provincial")),
        ("行动方案", "环水体〔2022〕55号", ("生态环境部",), (NATION, "national")),
        ("成都市能源结构调整行动方案", None, (), ("510100", "municipal")),
        ("行动方案", None, (), (None, None)),
    ],
)
def test_where_a_document_speaks_for(title, number, issuers, expected):
    assert locate_document(title=title, number=number, issuers=issuers, text="") == expected


def test_regions_in_text_takes_the_longest_name():
    assert [code for *_, code in regions_in("阿坝藏族羌族自治州和成都")] == ["513200", "510100"]
