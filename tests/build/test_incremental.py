"""A release that goes on from the one before holds exactly what one built from nothing holds, and costs what changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyoxigraph
import pytest

from policygraph import PolicyGraph
from policygraph.build.pipeline import build
from policygraph.columns import Columns
from policygraph.model import DocumentRecords, Links
from policygraph.release.changes import compare
from policygraph.release.folder import DataFolder, Release
from policygraph.search.parts import part_of
from policygraph.settings import Settings

SETTINGS = Settings(encoder="none")


def statements(release: Release) -> set[str]:
    return {str(quad) for quad in pyoxigraph.Store.read_only(str(release.store))}


def records(release: Release) -> tuple[dict[str, DocumentRecords], Links]:
    with PolicyGraph(release, settings=SETTINGS) as graph:
        found = dict(graph.records), graph.links
        assert found == ({name: graph.reader.document_records(name) for name in found[0]}, graph.reader.links())
        return found


def listed(release: Release) -> dict[str, bytes]:
    return {name: (release.folder / name).read_bytes() for name in ["manifest.json", *release.manifest.files]}


@pytest.fixture
def corpus(small_corpus: Path) -> Path:
    """A national document and nine that carry it out, so that one change is a small one."""
    sichuan = (small_corpus / "sichuan-river-2023.txt").read_text("utf-8")
    for n, province in enumerate(("湖北省", "湖南省", "江西省", "安徽省", "江苏省", "贵州省", "云南省")):
        (small_corpus / f"plan-{n}.txt").write_text(sichuan.replace("四川省", province).replace("12座", f"{n + 20}座"), "utf-8")
    return small_corpus


CHANGES = {
    "a lower document": lambda folder: _edit(folder / "plan-3.txt", "23座", "99座"),
    "the higher document": lambda folder: _edit(folder / "national-river-2022.txt", "2025年", "2026年"),
    "one removed": lambda folder: (folder / "plan-1.txt").unlink(),
    "one added": lambda folder: (folder / "plan-9.txt").write_text((folder / "plan-2.txt").read_text("utf-8").replace("22座", "50座"), "utf-8"),
    "one removed, one renamed": lambda folder: ((folder / "plan-0.txt").unlink(), (folder / "plan-4.txt").rename(folder / "other.txt")),
}  # fmt: skip


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.slow
def test_changes_one_after_the_other_give_what_a_build_from_nothing_gives(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "data", settings=SETTINGS)
    for name, change in CHANGES.items():
        change(corpus)
        release = build(corpus, tmp_path / "data", settings=SETTINGS).release
        fresh = build(corpus, tmp_path / name, settings=SETTINGS).release
        assert listed(release) == listed(fresh), name
        assert statements(release) == statements(fresh), name
        assert release.manifest.statements == len(statements(release)), name
        assert records(release) == records(fresh), name


def test_store_shares_files_with_the_one_before_which_stays_as_it_was(corpus: Path, tmp_path: Path) -> None:
    before = build(corpus, tmp_path / "data", settings=SETTINGS).release
    held = statements(before)
    CHANGES["a lower document"](corpus)
    after = build(corpus, tmp_path / "data", settings=SETTINGS).release
    assert {path.stat().st_ino for path in before.store.glob("*.sst")} & {path.stat().st_ino for path in after.store.glob("*.sst")}
    assert statements(before) == held
    folder = DataFolder(tmp_path / "data")
    folder.prune(1)
    assert folder.ids() == [after.id]
    assert len(statements(after)) == after.manifest.statements


def test_columns_share_what_was_there_and_change_beside_it(corpus: Path, tmp_path: Path) -> None:
    """The file with everything is one in both releases; what changed lies in a small one; both answer as they should."""
    before = build(corpus, tmp_path / "data", settings=SETTINGS).release
    held = records(before)
    CHANGES["a lower document"](corpus)
    after = build(corpus, tmp_path / "data", settings=SETTINGS).release
    CHANGES["one removed"](corpus)
    last = build(corpus, tmp_path / "data", settings=SETTINGS).release
    every, since = (before.columns / "all.sqlite").stat(), (after.columns / "since.sqlite").stat()
    assert {release.columns.joinpath("all.sqlite").stat().st_ino for release in (before, after, last)} == {every.st_ino}
    assert since.st_size < every.st_size
    assert records(before) == held
    assert [name for name in records(after)[0] if held[0][name] != records(after)[0][name]] == ["plan-3"]
    assert "plan-1" not in records(last)[0]
    assert not any("plan-1/" in link.source for link in records(last)[1].alignments)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["store", "cache", "parts", "columns"])
def test_what_cannot_be_gone_on_from_is_built_from_nothing(corpus: Path, tmp_path: Path, damage: str) -> None:
    before = build(corpus, tmp_path / "data", settings=SETTINGS).release
    if damage == "store":
        for path in before.store.glob("MANIFEST*"):
            path.write_bytes(b"damaged")
    elif damage == "cache":
        for path in (tmp_path / "data" / "cache").rglob("*"):
            if path.is_file():
                path.unlink()
    elif damage == "columns":
        (before.columns / "all.sqlite").write_bytes(b"damaged")
    else:
        (before.folder / "parts.json").write_text("{}")
    CHANGES["the higher document"](corpus)
    release = build(corpus, tmp_path / "data", settings=SETTINGS).release
    fresh = build(corpus, tmp_path / "fresh", settings=SETTINGS).release
    assert listed(release) == listed(fresh)
    assert statements(release) == statements(fresh)
    assert records(release) == records(fresh)


def provincial(corpus: Path, numbers: range) -> None:
    sichuan = (corpus / "sichuan-river-2023.txt").read_text("utf-8")
    for n in numbers:
        (corpus / f"more-{n}.txt").write_text(sichuan.replace("四川省清江", f"四川省清江第{n}段").replace("12座", f"{n + 200}座"), "utf-8")


def written(release: Release, before: Release) -> set[str]:
    """The files of a release that the one before does not share."""
    there = {(path.stat().st_dev, path.stat().st_ino) for path in before.folder.rglob("*")}
    names = (name for name in release.manifest.files)
    return {n for n in names for found in [(release.folder / n).stat()] if (found.st_dev, found.st_ino) not in there}


@pytest.mark.slow
def test_what_did_not_change_is_shared_and_a_change_writes_as_much_whatever_the_corpus(corpus: Path, tmp_path: Path) -> None:
    counts = []
    for more in (range(0), range(30)):
        provincial(corpus, more)
        before = build(corpus, tmp_path / "data", settings=SETTINGS).release
        asked = set((tmp_path / "data" / "cache").glob("??/*"))
        _edit(corpus / "plan-3.txt", f"{23 + len(counts)}座", f"{24 + len(counts)}座")
        report = build(corpus, tmp_path / "data", settings=SETTINGS)
        after = written(report.release, before)
        pairs = {name for name in after if name.startswith("graph/links/")}
        segments = {name for name in after if name.startswith("index/lexical/") and not name.endswith(("meta.json", "rows.npy"))}
        assert after - pairs - segments == {
            "graph/dataset.nq.gz", "graph/documents/plan-3.nq.gz", "sources/plan-3.txt", "parts.json",
            *(f"index/{name}" for name in ("clauses.jsonl", "facts.npy", "offsets.npy", "sentences.npy", "units.npy", "manifest.json")),
            *(f"index/{name}" for name in ("texts.npy", "texts.starts.npy", "heads.npy", "heads.starts.npy")),
            "index/lexical/meta.json", "index/lexical/rows.npy",
        }  # fmt: skip
        assert (len(pairs), len(segments)) == (1, 6)
        assert report.extracted == 1
        counts.append(len(set((tmp_path / "data" / "cache").glob("??/*")) - asked))
    assert counts[0] == counts[1]


@pytest.mark.slow
def test_file_of_a_release_that_was_written_into_is_not_shared_on(corpus: Path, tmp_path: Path) -> None:
    """Releases and the cache share files: damage in one is seen in all, and ends there."""
    before = build(corpus, tmp_path / "data", settings=SETTINGS).release
    for name in ("graph/documents/plan-1.nq.gz", "sources/plan-2.txt"):
        (before.folder / name).write_bytes(b"damaged")
    assert not before.is_whole()
    CHANGES["a lower document"](corpus)
    after = build(corpus, tmp_path / "data", settings=SETTINGS).release
    assert after.damage() == []
    assert listed(after) == listed(build(corpus, tmp_path / "fresh", settings=SETTINGS).release)


def test_removed_document_leaves_nothing(corpus: Path, tmp_path: Path) -> None:
    before = build(corpus, tmp_path / "data", settings=SETTINGS).release
    (corpus / "plan-1.txt").unlink()
    after = build(corpus, tmp_path / "data", settings=SETTINGS)
    assert after.extracted == 0
    for name in after.release.manifest.files:
        assert b"plan-1/" not in (after.release.folder / name).read_bytes(), name
    assert not [line for line in statements(after.release) if "plan-1" in line]
    gone = {change.id for change in compare(before, after.release) if change.change == "vanished"}
    assert any("/plan-1/" in record for record in gone)
    assert not {change.id for change in compare(before, after.release) if change.change == "appeared"}


@pytest.mark.slow
def test_only_changed_clauses_are_encoded_again(small_corpus: Path, tmp_path: Path) -> None:
    """The encoder keeps what it was given, by hash and in order: what came to it in the second build stands at the end."""
    settings = Settings(encoder="e5-small", workers=1)

    def given() -> list[int]:
        (file,) = (tmp_path / "data" / "cache" / "vectors").glob("*.bin")
        record = np.dtype([("key", "<u8"), ("vector", "<f4", (384,))])
        return np.fromfile(file, record)["key"].tolist()

    first = build(small_corpus, tmp_path / "data", settings=settings).release
    before = given()
    _edit(small_corpus / "sichuan-river-2023.txt", "推广测土配方施肥技术，", "推广测土配方施肥技术和水肥一体化技术，")
    second = build(small_corpus, tmp_path / "data", settings=settings).release
    added = given()[len(before) :]
    columns = Columns.open(second.columns)
    assert columns is not None
    clauses = [clause for clause in columns.of("clauses", "sichuan-river-2023") if "水肥一体化" in clause.text]
    inside = {clause.text[a:b] for clause in clauses for a in range(len(clause.text)) for b in range(a + 1, len(clause.text) + 1)}
    inside |= {unit.passage for unit in part_of(columns.records("sichuan-river-2023")).units() if "水肥一体化" in unit.text}  # an article with its heading
    inside |= {f"query\0{text}" for text in inside}  # phrases of the vocabulary that it is the first to say
    hashes = {int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") for text in inside}
    assert added and set(added) <= hashes
    assert len(before) > 5 * len(added)
    assert first.id != second.id
    fresh = build(small_corpus, tmp_path / "fresh", settings=settings.but(workers=2)).release
    assert listed(second) == listed(fresh)  # whatever process judged the links by what the encoder had read
