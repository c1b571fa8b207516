"""Ten thousand verdicts on the corpus: every page of reviewing, and the pages that verdicts change, in 0.3 s of a processor."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from policygraph.release.folder import DataFolder
from policygraph.review import By, Review
from policygraph.settings import Settings

pytestmark = pytest.mark.slow

CORPUS = Path(__file__).parents[2] / "corpus"
MOST = 0.3
#: Seconds after which what was judged is put into force: no answer waits for it.
NEVER = 3_600
KINDS = ("link", "comparison", "target", "task", "deadline", "responsibility")
NATIONAL, SICHUAN = "national-yangtze-2022", "sichuan-yangtze-2023"


@pytest.fixture(scope="module")
def address(corpus_data: Path, tmp_path_factory: pytest.TempPathFactory):
    spec = importlib.util.spec_from_file_location("reviewing_service", Path(__file__).with_name("reviewing.py"))
    assert spec is not None and spec.loader is not None
    module = sys.modules.setdefault("reviewing_service", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    top = tmp_path_factory.mktemp("many")
    shutil.copytree(CORPUS, top / "corpus")
    shutil.copytree(corpus_data, top / "data", symlinks=True)
    DataFolder(top / "data").note_corpus(top / "corpus")
    review = Review(DataFolder(top / "data"), settings=Settings(encoder="none"))
    ids = [waiting.id for kind in KINDS for waiting in review.queue(kind=kind, limit=100_000)]
    wanted = [(reviewer, place, identifier) for reviewer in ("li", "wang", "chen", "liu") for place, identifier in enumerate(ids)][:10_000]
    review.book.add_all(
        review.prepared(identifier, "rejected" if place % 17 == 0 or (reviewer == "wang" and place % 11 == 0) else "accepted", by=By(reviewer))
        for reviewer, place, identifier in wanted
    )
    assert len(review.verdicts.all) == 10_000
    review.put_into_force()
    with module.served(top, pause=NEVER) as service:
        yield service


@pytest.mark.parametrize(
    "path",
    ["/review", "/review?kind=task", "/review?disputed=1", "/review/lists", f"/compare/{NATIONAL}/{SICHUAN}", "/coverage", "/targets", "/about", "/"],
)
def test_page_is_there_in_time(address, path: str) -> None:
    took = []
    with address.client("zhao") as client:
        for _ in range(5):
            began = address.processor_seconds()
            answer = client.get(path, headers={"Accept": "text/html"})
            took.append(address.processor_seconds() - began)
            assert answer.status_code == 200
            if min(took) <= MOST:
                break
    assert min(took) <= MOST, took


def test_page_after_one_more_verdict_is_there_in_time(address) -> None:
    took = []
    live = address.live()
    for _ in range(4):
        with address.client("zhao") as client:
            identifier = client.get("/review", params={"kind": "task"}).json()["items"][0]["id"]
            began = address.processor_seconds()
            assert client.post("/review/verdicts", json={"id": identifier, "judgement": "accepted"}).status_code == 201
            written = address.processor_seconds()
            assert client.get("/review", headers={"Accept": "text/html"}).status_code == 200
            took.append(max(written - began, address.processor_seconds() - written))
        if min(took) <= MOST:
            break
    assert min(took) <= MOST, took
    assert address.live() == live  # what was judged is not in force yet: neither answer waited for it
