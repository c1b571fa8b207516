"""Two releases that are asked both ways: from their columns and by the engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from policygraph.graph.parts import ensure_store
from policygraph.release.folder import DataFolder, Release
from policygraph.review import By, Review
from policygraph.settings import Settings
from policygraph.sparql.place import Place
from policygraph.sparql.statistics import Solutions, Statistics

SETTINGS = Settings(encoder="none", workers=1)
CORPUS = Path(__file__).resolve().parents[2] / "corpus"
Rows = list[tuple[str, ...]]


class Both:
    """A release, asked both ways."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.store = ox.Store.read_only(str(ensure_store(release.graph, release.store)))
        place = Place.of(release)
        assert place is not None
        opened = Statistics.open(place)
        assert opened is not None
        self.statistics = opened
        self.known: dict[tuple[str, str], list[str]] = {}

    def values(self, type_: str, property_: str) -> list[str]:
        """Some values of a property, as a query writes them."""
        key = (type_, property_)
        if key not in self.known:
            found = self.found(f"SELECT DISTINCT ?o {{ ?s a <{type_}> ; <{property_}> ?o }} LIMIT 30")[1:]
            self.known[key] = sorted(term for (term,) in found)
        return self.known[key]

    def told(self, query: str) -> Rows | None:
        """The rows that the columns give; None where they leave the query to the engine."""
        return rows(found) if (found := self.statistics.answer(query)) is not None else None

    def found(self, query: str) -> Rows:
        """The rows that the engine gives."""
        result = self.store.query(query, use_default_graph_as_union=True)
        assert not isinstance(result, ox.QueryTriples)
        return rows(bool(result) if isinstance(result, ox.QueryBoolean) else result)


def rows(result: bool | ox.QuerySolutions | Solutions) -> Rows:
    if isinstance(result, bool):
        return [(str(result),)]
    head = tuple(f"?{variable.value}" for variable in result.variables)
    return [head, *(tuple("" if term is None else str(term) for term in row) for row in result)]


def judge(top: Path, corpus_data: Path) -> None:
    """The five documents under some verdicts: a rejected link, task and deadline, a corrected and an accepted task.
    Few parts change, so that they go into the second file of the columns."""
    shutil.copytree(corpus_data, top / "data", symlinks=True)
    shutil.copytree(CORPUS, top / "corpus")  # verdicts stand beside the documents
    DataFolder(top / "data").note_corpus(top / "corpus")
    review = Review(DataFolder(top / "data"), settings=SETTINGS)
    by = By("li")
    link, *_ = review.columns.all("alignments")
    tasks = list(review.columns.of("tasks", "sichuan-yangtze-2023"))[:3]
    deadline, *_ = review.columns.of("deadlines", "sichuan-yangtze-2023")
    review.judge(link.id, "rejected", by=by)
    review.judge(tasks[0].id, "rejected", by=by)
    review.judge(tasks[1].id, "corrected", by=by, correction={"modality": "exploratory", "places": ["岷江", "沱江", "岷江"]})
    review.judge(tasks[2].id, "accepted", by=by)
    review.judge(deadline.id, "rejected", by=by)
    review.put_into_force()


@pytest.fixture(scope="session", params=["as found", "as judged"])
def both(request: pytest.FixtureRequest, once: Callable[..., Path], corpus_data: Path) -> Both:
    if request.param == "as found":
        return Both(DataFolder(corpus_data).current())
    made = once("judged", lambda top: judge(top, corpus_data))
    release = DataFolder(made / "data").current()
    assert (release.columns / "since.sqlite").exists() and (release.graph / "rejected.nq.gz").exists()
    return Both(release)


@pytest.fixture(scope="session")
def asked() -> type[Both]:
    """What asks a release both ways."""
    return Both
