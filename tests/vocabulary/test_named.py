"""Bodies named in running words."""

import pytest

from policygraph.vocabulary.named import bodies_named

ROWS = [
    ("由国家水利部牵头", [("国家水利部", "water-resources")], "with 国家"),
    ("省生态环境厅和市财政局", [("省生态环境厅", "ecology-environment"), ("市财政局", "finance")], "two"),
    ("财政部门拨付资金", [("财政部门", "finance")], "部门 is longer than 部"),
    ("水利部署和财政部分", [], "部署 and 部分"),
    ("由教育局长负责", [], "a person"),
    ("农业农村委托第三方", [], "委托"),
    ("the provincial department of finance", [("the provincial department of finance", "finance")], "in English, the kind before"),
    ("finance bureaus", [("finance bureaus", "finance")], "in English, the kind behind"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ROWS)
def test_bodies_named(text: str, expected: list[tuple[str, str]], why: str) -> None:
    assert [(text[body.start : body.end], body.function) for body in bodies_named(text)] == expected, why
