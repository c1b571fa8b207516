"""The gazetteer of areas: every row is well formed, and who is left out of what."""

from __future__ import annotations

import pytest

from policygraph.vocabulary.areas import areas, areas_in, excludes
from policygraph.vocabulary.regions import regions


def test_every_area_lies_in_known_provinces_and_has_its_names_alone() -> None:
    provinces = {code[:2] for code, region in regions().items() if region.level == "provincial"}
    names = [name for area in areas() for name in area.names]
    assert len(names) == len(set(names))
    assert all(area.provinces <= provinces for area in areas())
    assert {area.kind for area in areas() if not area.provinces} == {"level"}


@pytest.mark.parametrize(
    ("text", "region", "left_out"),
    [
        ("长江干流水质", "120000", True),  # Tianjin
        ("黄河干流上中游（花园口以上）水质", "120000", True),
        ("京津冀及周边地区煤炭消费量", "120000", False),
        ("汾渭平原煤炭消费量", "610000", False),
        ("北方地区县城以上区域公共机构清洁取暖", "520000", True),  # Guizhou
        ("中央国家机关庭院绿化率", "110000", True),  # of the state's own offices, wherever they stand
        ("嘉陵江流域", "510000", False),
        ("洞庭湖", "360000", True),
        ("其他地区", "360000", False),  # what the rest is, the text before says
        ("沿海河口湿地", "510000", False),  # no 海河 in it
        ("工业园区", "510000", False),
    ],
)
def test_area_leaves_out_whom_it_does_not_name(text: str, region: str, left_out: bool) -> None:
    assert excludes(text, region) is left_out


def test_longest_name_is_taken() -> None:
    assert [area.names[0] for _, _, area in areas_in("长江中下游和长江流域")] == ["长江中下游", "长江流域"]
