"""Originals in a release, and the pictures of their pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.build.pipeline import build
from policygraph.errors import NotFoundError
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings

pytestmark = pytest.mark.slow

TEXT = """四川省清江实施方案
二、重点任务
（一）污水收集攻坚。排查污水收集管网，新建污水处理厂12座。到2023年年底，县级城市建成区黑臭水体消除。（住房城乡建设厅牵头，生态环境厅、水利厅等配合）
"""
SETTINGS = Settings(encoder="none", workers=1)


@pytest.fixture
def corpus(tmp_path: Path, policy_pdf: Callable[..., bytes]) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "plan.pdf").write_bytes(policy_pdf(TEXT))
    return folder


def test_a_record_has_its_page_and_rectangles_when_the_file_is_gone(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "data", settings=SETTINGS)
    (corpus / "plan.pdf").unlink()
    with PolicyGraph.open(tmp_path / "data") as graph:
        (note,) = graph.columns.of("responsibilities", "plan")
        rectangles = graph.places("plan", note.start, note.end)
        assert [r.page for r in rectangles] == [1, 1]
        assert rectangles[0].right > rectangles[0].left > 72
        assert graph.page("plan", 1).startswith(b"\x89PNG")
        kept = list((tmp_path / "data" / "cache" / "pictures").glob("??/*"))
        assert len(kept) == 1
        assert graph.page("plan", 1) == graph.page("plan", 1)
        with pytest.raises(NotFoundError, match="pages 1 to 1"):
            graph.page("plan", 2)


def test_pictures_beyond_the_limit_go(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "data", settings=SETTINGS)
    with PolicyGraph.open(tmp_path / "data", settings=dataclasses.replace(SETTINGS, picture_bytes=1)) as graph:
        assert graph.page("plan", 1).startswith(b"\x89PNG")
    assert list((tmp_path / "data" / "cache" / "pictures").glob("??/*")) == []


def test_originals_are_left_out_when_told_so(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "data", settings=dataclasses.replace(SETTINGS, keep_originals=False))
    with PolicyGraph.open(tmp_path / "data") as graph:
        assert "no pages" in graph.places("plan").note
        with pytest.raises(NotFoundError, match="keeps no original.*--keep-originals on"):
            graph.page("plan", 1)


def test_a_damaged_original_is_kept_anew(corpus: Path, tmp_path: Path) -> None:
    """A file of the cache that was written into is seen by its date; the build reads the document again."""
    build(corpus, tmp_path / "data", settings=SETTINGS)
    folder = DataFolder(tmp_path / "data")
    original = folder.current().original("plan")
    original.write_bytes(b"%PDF-1.5 nothing")
    assert folder.current().damage() == ["originals/plan: changed"]
    (corpus / "more.txt").write_text(TEXT, "utf-8")
    build(corpus, tmp_path / "data", settings=SETTINGS)
    assert folder.current().damage() == []
    assert folder.current().original("plan").read_bytes() == (corpus / "plan.pdf").read_bytes()
