"""A release that goes on from the one before holds exactly what one built from nothing holds."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest

from policygraph.pipeline import build
from policygraph.release import DataFolder, Release
from policygraph.settings import Settings

SETTINGS = Settings(encoder="none")


def statements(release: Release) -> set[str]:
    return {str(quad) for quad in pyoxigraph.Store.read_only(str(release.store))}


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


def test_changes_one_after_the_other_give_what_a_build_from_nothing_gives(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "data", settings=SETTINGS)
    for name, change in CHANGES.items():
        change(corpus)
        release = build(corpus, tmp_path / "data", settings=SETTINGS).release
        fresh = build(corpus, tmp_path / name, settings=SETTINGS).release
        assert listed(release) == listed(fresh), name
        assert statements(release) == statements(fresh), name
        assert release.manifest.statements == len(statements(release)), name


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


@pytest.mark.parametrize("damage", ["store", "cache", "parts"])
def test_what_cannot_be_gone_on_from_is_built_from_nothing(corpus: Path, tmp_path: Path, damage: str) -> None:
    before = build(corpus, tmp_path / "data", settings=SETTINGS).release
    if damage == "store":
        for path in before.store.glob("MANIFEST*"):
            path.write_bytes(b"damaged")
    elif damage == "cache":
        for path in (tmp_path / "data" / "cache").rglob("*"):
            if path.is_file():
                path.unlink()
    else:
        (before.folder / "parts.json").write_text("{}")
    CHANGES["the higher document"](corpus)
    release = build(corpus, tmp_path / "data", settings=SETTINGS).release
    fresh = build(corpus, tmp_path / "fresh", settings=SETTINGS).release
    assert listed(release) == listed(fresh)
    assert statements(release) == statements(fresh)
