"""Curves of links bent by verdicts: on links left out, and only when asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from policygraph.build.pipeline import build
from policygraph.release.folder import DataFolder
from policygraph.review import By, Review
from policygraph.settings import Settings

CORPUS = Path(__file__).parents[2] / "corpus"
SETTINGS = Settings(encoder="none", workers=1)


@pytest.fixture
def top(corpus_data: Path, tmp_path: Path) -> Path:
    """The corpus and its release, to change."""
    shutil.copytree(CORPUS, tmp_path / "corpus")
    shutil.copytree(corpus_data, tmp_path / "data", symlinks=True)
    DataFolder(tmp_path / "data").note_corpus(tmp_path / "corpus")
    return tmp_path


def judged(top: Path, *, above: float) -> Review:
    """Links judged: those whose score is `above` hold, no others do."""
    review = Review(DataFolder(top / "data"), settings=SETTINGS)
    links = [link for link in review.columns.all("alignments") if link.relation not in ("related", "parallels")]
    for yes in (True, False):
        ids = [link.id for link in links if (link.score >= above) is yes]
        review.judge_all(ids, "accepted" if yes else "rejected", by=By("li"))
    return review


@pytest.mark.slow
def test_curve_follows_the_verdicts_and_nothing_changes_before_it_is_applied(top: Path) -> None:
    review = judged(top, above=0.97)
    found = review.refit()[0]
    assert found.judged > 40 and 0 < found.hold < found.judged
    assert found.before is not None and found.after is not None
    assert found.better and found.after.log_loss < found.before.log_loss and found.shift < 0
    assert not (top / "corpus" / "refit.json").exists()

    before = {link.id: link.score for link in review.columns.all("alignments")}
    review.refit(apply=True)
    curve = json.loads((top / "corpus" / "refit.json").read_text("utf-8"))[found.method]
    assert (curve["slope"], curve["shift"], curve["verdicts"]) == (found.slope, found.shift, found.judged)
    built = build(top / "corpus", top / "data", settings=SETTINGS)
    newer = Review(DataFolder(top / "data"), settings=SETTINGS)
    assert newer.release.id != review.release.id and (newer.release.folder / "refit.json").exists()
    after = {link.id: link.score for link in newer.columns.all("alignments")}
    doubted = [name for name, score in before.items() if 0.45 < score < 0.9]
    assert doubted and all(after.get(name, 0.0) < before[name] for name in doubted)
    assert len(built.verdicts.current) == found.judged and not newer.unfit()
    assert not build(top / "corpus", top / "data", settings=SETTINGS).extracted


def test_curve_that_is_no_better_is_not_kept(top: Path) -> None:
    review = judged(top, above=0.0)
    found = review.refit(apply=True)[0]
    assert not found.better and "some that do not" in found.note
    assert not (top / "corpus" / "refit.json").exists()


def test_file_of_curves_that_is_broken_is_said(top: Path) -> None:
    from policygraph.errors import InputError

    (top / "corpus" / "refit.json").write_text('{"wording/5": {"slope": "steep"}}', "utf-8")
    with pytest.raises(InputError, match="holds no curves"):
        build(top / "corpus", top / "data", settings=SETTINGS)
