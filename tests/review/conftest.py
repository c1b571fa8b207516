"""A data folder of three short plans of its own for a test, and reviewers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from policygraph.build.pipeline import build
from policygraph.release.folder import DataFolder
from policygraph.review import By, Review
from policygraph.settings import Settings

SETTINGS = Settings(encoder="none", workers=1)
LI, WANG, EDITOR = By("li"), By("wang"), By("zhao", role="editor", settles=True)


@pytest.fixture
def top(small_data: Path, tmp_path: Path) -> Path:
    """A folder with `corpus` and `data`, which a test may change."""
    shutil.copytree(small_data.parent, tmp_path / "top", symlinks=True)
    return tmp_path / "top"


@pytest.fixture
def again(top: Path) -> Callable[[], Review]:
    """Builds the corpus once more, and opens what came of it for review."""

    def rebuilt() -> Review:
        build(top / "corpus", top / "data", settings=SETTINGS)
        return Review(DataFolder(top / "data"), settings=SETTINGS)

    return rebuilt


@pytest.fixture
def review(top: Path) -> Review:
    return Review(DataFolder(top / "data"), settings=SETTINGS)
