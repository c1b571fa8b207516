"""The page on the architecture says what is there: the layers, the picture, the paths."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import policygraph

TOP = Path(__file__).parents[1]
PACKAGE = Path(policygraph.__file__).parent
PAGE = (TOP / "docs" / "architecture.md").read_text("utf-8")


def layers() -> list[set[str]]:
    """The packages from the ground up."""
    contracts = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (flow,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [set(layer.split(" | ")) for layer in reversed(flow) if layer != "__main__"]


def test_table_has_every_package_in_the_order_of_the_layers() -> None:
    rows = [re.findall(r"`(\w+)/?`", cell) for cell in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)]
    order = {name: place for place, layer in enumerate(layers()) for name in layer}
    assert sorted(name for row in rows for name in row) == sorted(order)
    assert [order[name] for row in rows for name in row] == sorted(order.values())


def test_picture_has_every_package_of_the_flow() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {"vocabulary"}
    picture = " ".join(re.findall(r"<text[^>]*>([^<]*)", (TOP / "docs" / "flow.svg").read_text("utf-8")))
    assert packages - set(picture.split()) == set()


def test_paths_that_the_page_names_are_there() -> None:
    paths = re.findall(r"`([\w/.-]+(?:/|\.(?:py|toml|jsonl?|jsonld|ttl|md|html)))`", PAGE)
    roots = (TOP, PACKAGE, TOP / "tests" / "ask")
    assert len(paths) > 40
    assert [path for path in paths if not any((root / path).exists() for root in roots)] == []
