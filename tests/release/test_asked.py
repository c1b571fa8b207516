"""Pairs that the build left are aligned when asked for, said to be so, and kept for the next process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.errors import NotFoundError

NATIONAL, SICHUAN, CHONGQING = "national-river-2022", "sichuan-river-2023", "chongqing-river-2023"


@pytest.fixture
def data(small_data: Path, tmp_path: Path) -> Path:
    shutil.copytree(small_data, tmp_path / "data")
    return tmp_path / "data"


def test_provinces_run_parallel_and_the_note_names_both(data: Path) -> None:
    with PolicyGraph.open(data) as graph:
        found = graph.implements(SICHUAN, lower=CHONGQING)
    assert {row.relation for row in found} == {"parallels"}
    assert {row.document for row in found} == {CHONGQING}
    assert "四川省清江实施方案" in found.note
    assert "重庆市清江工作方案" in found.note
    assert "by wording alone" in found.note


def test_another_process_has_what_was_aligned(data: Path) -> None:
    with PolicyGraph.open(data) as graph:
        first = graph.coverage(SICHUAN, CHONGQING)
    (kept,) = (data / "cache" / "asked").glob("??/*")
    written = kept.read_bytes()
    with PolicyGraph.open(data) as graph:
        assert graph.coverage(SICHUAN, CHONGQING) == first
    assert kept.read_bytes() == written
    kept.write_bytes(b"torn")  # what is not whole is aligned again
    with PolicyGraph.open(data) as graph:
        assert graph.coverage(SICHUAN, CHONGQING) == first


def test_a_folder_that_cannot_be_written_costs_time_only(data: Path) -> None:
    (data / "cache" / "asked").write_text("in the way")
    with PolicyGraph.open(data) as graph:
        assert graph.compare(SICHUAN, CHONGQING)
        assert graph.coverage(CHONGQING, SICHUAN)


def test_what_the_build_aligned_is_taken_from_it(data: Path) -> None:
    with PolicyGraph.open(data) as graph:
        assert graph.pair(NATIONAL, SICHUAN).by is None
        assert not graph.coverage(NATIONAL, SICHUAN).note
        with pytest.raises(NotFoundError, match="Swap them"):
            graph.pair(SICHUAN, NATIONAL)
    assert not (data / "cache" / "asked").exists()
