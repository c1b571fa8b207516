"""The words, figures and libraries that the pages ship."""

from __future__ import annotations

import json
import re
from pathlib import Path

from policygraph.api.pages.quality import measured
from policygraph.api.pages.site import STATIC, messages

TOP = Path(__file__).parents[2]


def test_figures_of_the_page_are_those_of_the_document() -> None:
    """`docs/quality.md` and `/about` are written in one go."""
    page = (TOP / "docs" / "quality.md").read_text("utf-8")
    figures = measured()
    assert f"on {figures['date']}, program {figures['program']}" in page


def test_every_scored_set_has_its_name() -> None:
    assert {f"set_{column['set']}" for column in measured()["columns"]} <= set(messages())


def test_every_word_of_the_pages_has_both_languages() -> None:
    templates = "".join(path.read_text("utf-8") for path in sorted((STATIC.parent / "templates").glob("*.html")))
    used = set(re.findall(r"""\bt\(["']([a-z_0-9]+)["']\)""", templates))
    assert used <= set(messages())
    for key, (chinese, english) in messages().items():
        assert chinese and english, key
        assert not re.search("[\u4e00-\u9fff]", english.replace("农膜回收率", "")), key


def test_vendored_libraries_come_with_their_licences() -> None:
    pinned = json.loads((TOP / "scripts" / "vendor" / "package.json").read_text("utf-8"))["dependencies"]
    said = (STATIC / "vendor" / "LICENSES.txt").read_text("utf-8")
    for name, version in pinned.items():
        if name not in ("esbuild", "axe-core", "swagger-ui-dist"):
            assert f"\n{name} {version} (MIT)\n" in said
    assert (STATIC / "swagger-ui" / "VERSION").read_text("utf-8").strip() == pinned["swagger-ui-dist"]
    axe = (Path(__file__).parent / "axe-core" / "axe.min.js").read_text("utf-8")
    assert f"axe v{pinned['axe-core']}" in axe[:40]
