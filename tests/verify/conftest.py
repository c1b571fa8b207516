"""A verifier of the three action plans of the corpus."""

from __future__ import annotations

import pytest

from policygraph.align.library import build_library
from policygraph.model import DocumentRecords, Links
from policygraph.verify import Verifier


@pytest.fixture(scope="session")
def verifier(actions: tuple[list[DocumentRecords], dict[str, str]]) -> Verifier:
    """The three action plans, without links."""
    records, texts = actions
    return Verifier(build_library(records, Links()), source=texts.__getitem__)
