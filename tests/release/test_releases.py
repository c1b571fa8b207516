"""Releases beside each other, and those of an older layout."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.build.pipeline import build
from policygraph.cache import sha256_of
from policygraph.errors import ReleaseError
from policygraph.graph.quads import graph_files, open_quads, packed, unpacked
from policygraph.release.changes import _records, compare, list_releases
from policygraph.release.folder import FORMAT, DataFolder, FileEntry, Release, open_release
from policygraph.settings import Settings

SETTINGS = Settings(encoder="none")


def as_format_1(release: Release) -> Release:
    """The release as it was laid out until format 2: one file of N-Quads, and no columns."""
    folder = release.folder
    (folder / "graph.nq").write_bytes(b"".join(open_quads(path).read() for path in graph_files(release.graph)))
    shutil.rmtree(folder / "graph")
    shutil.rmtree(folder / "columns")
    kept = {name: entry for name, entry in release.manifest.files.items() if not name.startswith("graph/")}
    kept["graph.nq"] = FileEntry(sha256=sha256_of(folder / "graph.nq"), bytes=(folder / "graph.nq").stat().st_size)
    manifest = replace(release.manifest, format=1, files=kept)
    (folder / "manifest.json").write_text(manifest.to_json(), "utf-8")
    return open_release(folder)


def test_release_of_format_1_opens_and_answers_the_same(small_corpus: Path, tmp_path: Path) -> None:
    build(small_corpus, tmp_path / "data", settings=SETTINGS)
    with PolicyGraph.open(tmp_path / "data") as graph:
        records, links = dict(graph.records), graph.links
        hits = [hit.clause for hit in graph.search("岸电").hits]
    old = as_format_1(DataFolder(tmp_path / "data").current())
    assert old.damage() == []
    with PolicyGraph.open(tmp_path / "data") as graph:
        assert graph.release.manifest.format == 1
        assert graph.records == records
        assert graph.links == links
        assert [hit.clause for hit in graph.search("岸电").hits] == hits != []


def test_release_of_format_1_is_gone_on_from_and_compared(small_corpus: Path, tmp_path: Path) -> None:
    build(small_corpus, tmp_path / "data", settings=SETTINGS)
    old = as_format_1(DataFolder(tmp_path / "data").current())
    plan = small_corpus / "sichuan-river-2023.txt"
    plan.write_text(plan.read_text("utf-8").replace("新建污水处理厂12座", "新建污水处理厂13座"), "utf-8")
    new = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    assert new.manifest.format == FORMAT
    changed = {change.id.split("/")[0] for change in compare(old, new) if change.kind in ("Clause", "Task", "Target")}
    assert changed == {"https:"} or changed == {"sichuan-river-2023"}


def test_release_of_a_newer_format_is_refused_with_the_way_out(small_corpus: Path, tmp_path: Path) -> None:
    release = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    content = json.loads((release.folder / "manifest.json").read_text("utf-8"))
    (release.folder / "manifest.json").write_text(json.dumps({**content, "format": FORMAT + 1}), "utf-8")
    with pytest.raises(ReleaseError, match=f"format {FORMAT + 1}; this program reads up to {FORMAT}") as refused:
        PolicyGraph.open(tmp_path / "data")
    assert "Install a newer policygraph" in refused.value.remedy


def test_comparison_reads_only_what_differs_and_says_what_reading_all_says(small_corpus: Path, tmp_path: Path) -> None:
    first = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    plan = small_corpus / "sichuan-river-2023.txt"
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("新建污水处理厂12座", "新建污水处理厂13座").replace("（三）发展绿色农业。推广", "（三）发展现代农业。推广"), "utf-8")
    second = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    found = compare(first, second)
    assert {change.change for change in found} >= {"changed"}
    apart = [replace(r, manifest=replace(r.manifest, files={})) for r in (first, second)]  # nothing is known to be the same
    assert list(compare(*apart)) == list(found)
    assert not any("chongqing-river-2023" in change.id for change in found)
    assert list(compare(first, first)) == []


@pytest.mark.slow
def test_releases_are_listed_rolled_back_and_pruned_in_their_order(small_corpus: Path, tmp_path: Path) -> None:
    plan = small_corpus / "sichuan-river-2023.txt"
    text = plan.read_text("utf-8")
    made = []
    for number in (12, 13, 14):
        plan.write_text(text.replace("12座", f"{number}座"), "utf-8")
        made.append(build(small_corpus, tmp_path / "data", settings=SETTINGS).release.id)
    folder = DataFolder(tmp_path / "data")
    assert [(row.id, row.current) for row in list_releases(folder)] == [(made[0], False), (made[1], False), (made[2], True)]
    assert folder.rollback().id == made[1]
    assert folder.prune(1) == [made[0], made[2]]
    assert folder.current().damage() == []  # what it shared with them is still there
    plan.write_text(text, "utf-8")
    again = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert (again.release.id, again.extracted) == (made[0], 0)


def test_record_changes_where_a_part_of_it_does(small_corpus: Path, tmp_path: Path) -> None:
    """A body of a note is a resource without a class: its role is the note's."""
    release = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    with PolicyGraph(release) as graph:
        note = next(note for records in graph.records.values() for note in records.responsibilities)
    (path,) = (release.folder / "graph" / "documents").glob(f"{note.document}.nq.gz")
    body = f"<https://w3id.org/policygraph/id/doc/{note.id}#agency_1> <http://www.w3.org/ns/prov#hadRole> ".encode()
    changed = tmp_path / "changed.nq.gz"
    lines = [line.replace(b"/role/lead>", b"/role/participate>") if line.startswith(body) else line for line in unpacked(path.read_bytes()).splitlines()]
    changed.write_bytes(packed(b"\n".join(lines) + b"\n"))
    old, new = _records([path]), _records([changed])
    assert [key for key in old if old[key] != new[key]] == [f"https://w3id.org/policygraph/id/doc/{note.id}"]
    assert not any("#" in key for key in old)
