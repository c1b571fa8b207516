"""Named places as they are written."""

import pytest

from policygraph.vocabulary.places import find_places, gazetteer

ROWS = [
    ("加快推进成都、泸州、南充等城市应急备用水源地建设", ("成都", "泸州", "南充"), "cities by their short names"),
    ("大力推进资阳市等不达标水源地治理", ("资阳市",), "with its class"),
    ("在邛海、泸沽湖、汉源湖、仙海湖等重要湖库", ("邛海", "泸沽湖", "汉源湖", "仙海湖"), "lakes"),
    ("完成全省长江干流及重要支流排污口整治", ("长江干流",), "a river's part"),
    ("推进长江干支流滩涂湿地生态修复", ("长江干支流",), "main stream and branches"),
    ("对长江经济带自然保护地开展监测", ("长江经济带",), "a region named after a river"),
    ("开展嘉陵江四川段、赤水河四川段评价", ("嘉陵江四川段", "赤水河四川段"), "a stretch of a river"),
    ("严格控制甘孜州、阿坝州草原载畜量", ("甘孜州", "阿坝州"), "prefectures"),
    ("加强四川省、重庆市协作", (), "provinces are left out"),
    ("加强长江保护法宣传", (), "a law is no place"),
    ("推动各市县重点区域河湖整治，提高县域水平", (), "classes without a name"),
    ("推动化工企业入园，三明确三到位", (), "pieces of words"),
    ("岷江、沱江、岷江", ("岷江", "沱江"), "each once"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ROWS)
def test_places(text, expected, why):
    assert find_places(text) == expected, why


def test_only_the_part_asked_for():
    text = "推进成都建设，加强泸州监管"
    assert find_places(text, 7) == ("泸州",)


def test_gazetteer_names_no_province():
    provinces = {"四川", "重庆", "北京", "上海", "天津", "湖北", "湖南", "江苏", "浙江", "安徽", "江西", "云南", "贵州", "青海", "西藏"}
    assert not provinces & gazetteer()
    assert all(len(name) >= 2 for name in gazetteer())
