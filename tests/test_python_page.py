"""`docs/python.md`: its examples run, and every public method has one."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

import pytest

from policygraph import PolicyGraph

PAGE = Path(__file__).parents[1] / "docs" / "python.md"


def test_examples_of_the_page_hold(corpus_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    (tmp_path / "data").symlink_to(corpus_data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLICYGRAPH_ENCODER", "none")
    report: list[str] = []
    test = doctest.DocTestParser().get_doctest(PAGE.read_text("utf-8"), {}, PAGE.name, str(PAGE), 0)
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=report.append)
    assert result.failed == 0, "".join(report)
    assert result.attempted > 40


def test_every_public_method_is_used_in_an_example() -> None:
    """In what runs, and not in prose alone; `pg.places_of` is no example of `places`."""
    used: set[str] = set()
    for example in doctest.DocTestParser().get_examples(PAGE.read_text("utf-8")):
        for node in ast.walk(ast.parse(example.source)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("pg", "PolicyGraph", "other", "same"):
                used.add(node.attr)
    public = {name for name in vars(PolicyGraph) if not name.startswith("_")}
    assert len(public) > 35 and public - used == set()
