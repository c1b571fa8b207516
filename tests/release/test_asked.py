"""Pairs that the build left are aligned when asked for, said to be so, and kept for the next process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.build.pipeline import build
from policygraph.errors import NotFoundError
from policygraph.settings import Settings

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


OLD = """江苏省“十三五”生态环境保护规划

江苏省人民政府
2017年1月5日

一、重点任务

（一）治理农村污水。建设农村生活污水处理设施，健全运行维护机制，推广生态治理模式。

（二）保护饮用水水源。划定饮用水水源保护区，清理保护区内排污口。

（三）淘汰黄标车。限期淘汰黄标车，发放淘汰补贴。
"""
NEW = """江苏省“十四五”生态环境保护规划

江苏省人民政府
2021年9月28日

一、重点任务

（一）治理农村污水。建设农村生活污水处理设施，健全运行维护机制，推广生态治理模式。

（二）应对气候变化。编制温室气体排放清单，开展碳监测试点。

（三）保护饮用水水源。划定饮用水水源保护区，清理保护区内排污口，开展水源地安全评估。
"""


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan and the one that follows it; what a document of one provision says is in a third."""
    top = tmp_path_factory.mktemp("plans")
    (top / "corpus").mkdir()
    for name, text in (("plan-13", OLD), ("plan-14", NEW), ("notice", NOTICE)):
        (top / "corpus" / f"{name}.txt").write_text(text, "utf-8")
    build(top / "corpus", top / "data", settings=Settings.load(encoder="none", workers=1))
    return top / "data"


NOTICE = """南京市人民政府关于加强农村生活污水处理的通知

南京市人民政府
2022年3月1日

建设农村生活污水处理设施，健全运行维护机制，推广生态治理模式。
"""


def test_a_successor_keeps_changes_and_leaves_out(plans: Path) -> None:
    with PolicyGraph.open(plans) as graph:
        found = graph.coverage("plan-13", "plan-14")
        said = {row.text[:4]: row.status for row in found}
        with pytest.raises(NotFoundError, match="Swap them"):
            graph.pair("notice", "plan-14")
    assert said["建设农村"] == "kept"
    assert said["划定饮用"] in ("kept", "changed")
    assert said["限期淘汰"] == "absent"
    assert said["编制温室"] == "new"
    assert "comes after" in found.note


def test_a_document_of_one_provision_is_linked(plans: Path) -> None:
    with PolicyGraph.open(plans) as graph:
        (link,) = graph.implements("plan-14", lower="notice")
    assert (link.relation, link.target_text[:8]) == ("implements", "建设农村生活污水")
