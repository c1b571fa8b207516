"""`docs/python.md`: its examples run, and every public method has one."""

from __future__ import annotations

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


def test_every_public_method_has_an_example() -> None:
    page = PAGE.read_text("utf-8")
    public = {name for name in vars(PolicyGraph) if not name.startswith("_")}
    assert {name for name in public if f"pg.{name}" not in page and f"PolicyGraph.{name}(" not in page} == set()
