"""A large release has no SPARQL store until it is asked; what it answers then is what one with a store answers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph
import pytest

from policygraph import PolicyGraph
from policygraph.build.pipeline import build
from policygraph.errors import ReleaseError
from policygraph.program import ONTOLOGY
from policygraph.release.folder import DataFolder, Release
from policygraph.settings import Settings

pytestmark = pytest.mark.slow

SMALL = Settings(encoder="none")
#: As a graph of millions of statements is to the default.
LARGE = Settings(encoder="none", store_statements=100, memory_statements=100)


def statements(release: Release) -> set[str]:
    return {str(quad) for quad in pyoxigraph.Store.read_only(str(release.store))}


@pytest.fixture
def large(small_corpus: Path, tmp_path: Path) -> Release:
    return build(small_corpus, tmp_path / "large", settings=LARGE).release


def test_store_of_a_large_graph_is_made_when_it_is_asked_and_answers_as_any(large: Release, small_corpus: Path, tmp_path: Path) -> None:
    assert not large.store.exists() and large.is_whole() and not large.damage()
    small = build(small_corpus, tmp_path / "small", settings=SMALL).release
    assert (small.folder / "manifest.json").read_bytes() == (large.folder / "manifest.json").read_bytes()
    with PolicyGraph(large, settings=LARGE) as graph, PolicyGraph(small, settings=SMALL) as other:
        assert graph.targets() and graph.due() and not large.store.exists()  # what the columns answer needs none
        queries = [path.read_text("utf-8") for path in sorted((ONTOLOGY / "queries").glob("*.rq"))]
        for query in queries:
            assert sorted(map(str, graph.sparql(query))) == sorted(map(str, other.sparql(query)))
    assert statements(large) == statements(small)
    assert len(statements(large)) == large.manifest.statements


def test_next_build_goes_on_from_a_store_that_was_asked_for(large: Release, small_corpus: Path, tmp_path: Path) -> None:
    sichuan = small_corpus / "sichuan-river-2023.txt"
    for n in range(8):
        (small_corpus / f"plan-{n}.txt").write_text(sichuan.read_text("utf-8").replace("四川省", "湖北省").replace("12座", f"{n + 20}座"), "utf-8")
    without = build(small_corpus, tmp_path / "large", settings=LARGE).release
    assert not without.store.exists()
    with PolicyGraph(without, settings=LARGE) as graph:
        assert graph.sparql("ASK { ?s ?p ?o }")[0]["boolean"] == "true"
    sichuan.write_text(sichuan.read_text("utf-8").replace("12座", "13座"), "utf-8")
    after = build(small_corpus, tmp_path / "large", settings=LARGE).release
    assert after.store.is_dir()
    fresh = build(small_corpus, tmp_path / "fresh", settings=SMALL).release
    assert statements(after) == statements(fresh)


def test_two_programs_that_ask_at_once_make_one_store_and_a_killed_one_leaves_nothing_in_the_way(large: Release, tmp_path: Path) -> None:
    left = large.folder / "store.making"
    left.mkdir()
    (left / "CURRENT").write_text("half")
    command = [sys.executable, "-m", "policygraph.graph.parts", str(large.graph), str(large.store)]
    made = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[1] for process in made] == [b"", b""]
    assert [process.returncode for process in made] == [0, 0]
    assert len(statements(large)) == large.manifest.statements
    assert not left.exists()
    folder = DataFolder(tmp_path / "large")
    assert folder.current().is_whole()


def test_graph_that_cannot_be_loaded_is_told_with_the_way_out(large: Release) -> None:
    shutil.copyfile(large.folder / "manifest.json", next(large.graph.rglob("*.nq.gz")))
    with PolicyGraph(large, settings=LARGE) as graph, pytest.raises(ReleaseError, match=r"cannot be made .*--graph-store"):
        graph.sparql("ASK { ?s ?p ?o }")
    assert not large.store.exists()
