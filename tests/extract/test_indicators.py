"""The indicator vocabulary and its resolver."""

from __future__ import annotations

import pytest

from policygraph.extract.indicators import indicators, resolve_indicator
from policygraph.extract.lexicon import lexicon


@pytest.mark.parametrize(
    ("name", "concept", "reason"),
    [
        ("农膜回收率", "agricultural-film-recovery-rate", "the label"),
        ("全省农膜回收率", "agricultural-film-recovery-rate", "an area in front"),
        ("化肥农药利用率", "fertiliser-and-pesticide-use-efficiency", "the wide one"),
        (
            "主要粮食作物化肥利用率",
            "fertiliser-use-efficiency-of-main-grain-crops",
            "the narrow one is not the wide one",
        ),
        ("单位GDP能耗", "energy-use-per-unit-of-gdp", "another label"),
        ("单位国内生产总值能源消耗", "energy-use-per-unit-of-gdp", "the long label"),
        ("细颗粒物（PM2.5）年均浓度", "annual-mean-pm2-5-concentration", "brackets do not matter"),
        (
            "县城生活垃圾无害化处理率",
            "harmless-treatment-rate-of-county-town-waste",
            "narrower than 生活垃圾无害化处理率",
        ),
        ("工业互联网标识注册量", None, "unknown stays unknown"),
        ("", None, "nothing"),
    ],
)
def test_resolve(name: str, concept: str | None, reason: str) -> None:
    assert resolve_indicator(name) == concept, reason


def test_indicators_file() -> None:
    known = indicators()
    assert len(known) >= 150
    labels: dict[str, str] = {}
    for row in lexicon("indicators")["indicators"]:
        assert row["direction"] in {"more", "less", None}
        assert row["zh"]
        assert row["en"]
        assert all(wider in known for wider in row["broader"]), row["id"]
        for label in (row["zh"], *row["alt"]):
            assert labels.setdefault(label, row["id"]) == row["id"], label


def test_broader_has_no_cycle() -> None:
    known = indicators()
    for start in known:
        seen, rest = set(), [start]
        while rest:
            current = rest.pop()
            for wider in known[current].broader:
                assert wider != start
                if wider not in seen:
                    seen.add(wider)
                    rest.append(wider)


def test_narrower_fertiliser_rate_hangs_under_the_wide_one() -> None:
    assert (
        "fertiliser-and-pesticide-use-efficiency"
        in indicators()["fertiliser-use-efficiency-of-main-grain-crops"].broader
    )
