"""Targets that a document says more than once are one target."""

from __future__ import annotations

import pytest

from policygraph.align.distinct import first_places
from policygraph.model import Target


def target(key: str, **fields: object) -> Target:
    given = {
        "id": key,
        "document": "d",
        "clause": key,
        "text": "",
        "indicator": "农膜回收率",
        "start": 0,
        "end": 1,
        "by": "t",
    }
    return Target(**{**given, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            {"value": 85, "unit": "%", "deadline": "2025-12-31"},
            {"value": 85, "unit": "%", "deadline": "2025-12-31"},
            True,
        ),
        ({"value": 85, "unit": "%", "deadline": "2025-12-31"}, {"value": 85, "unit": "%"}, True),  # goal and measure
        ({"value": 85, "unit": "%"}, {"value": 90, "unit": "%"}, False),
        (
            {"value": 85, "unit": "%", "deadline": "2025-12-31"},
            {"value": 85, "unit": "%", "deadline": "2030-12-31"},
            False,
        ),
        ({"value": 5, "unit": "万吨"}, {"value": 50000, "unit": "吨"}, True),
        ({"value": 5, "unit": "%"}, {"value": 5, "unit": "%", "relative": "increase"}, False),
        ({"state": "基本消除"}, {"state": "有效控制"}, False),
        ({"value": 85, "unit": "%", "document": "e"}, {"value": 85, "unit": "%"}, False),  # of two documents
        ({"value": 40, "unit": "%", "area": "成都市"}, {"value": 40, "unit": "%", "area": "绵阳市"}, False),
    ],
)
def test_goal_and_measure_that_say_the_same_are_one(
    one: dict[str, object], other: dict[str, object], same: bool
) -> None:
    found = first_places([target("1", **one), target("2", **other)])
    assert found == {"1": "1", "2": "1" if same else "2"}


def test_ends_of_a_range_are_one() -> None:
    ends = [target(str(n), clause="c", value=n, unit="个", comparator=sign) for n, sign in ((1, ">="), (2, "<="))]
    assert first_places(ends) == {"1": "1", "2": "1"}
