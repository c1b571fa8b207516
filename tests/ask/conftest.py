"""A release of the whole corpus, asked as a reader asks it, and whether an answer's records hold a quote."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from policygraph import PolicyGraph
from policygraph.ask import Answer
from policygraph.build.pipeline import build
from policygraph.encode.encoder import E5Encoder
from policygraph.settings import Settings

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


@dataclass(frozen=True)
class Asked:
    """The whole corpus in service. `holds` says whether some record of an answer stands where a quote does: it holds the
    quote or lies in it by half."""

    graph: PolicyGraph

    def __call__(self, question: str, *, after: str | None = None) -> Answer:
        return self.graph.ask(question, after=after)

    def holds(self, answer: Answer, item: Mapping[str, str]) -> bool:
        text = self.graph.source_text(Path(item["file"]).stem)
        quote = r"\s*".join(map(re.escape, re.sub(r"\s", "", item["quote"])))
        places = [match.span() for match in re.finditer(quote, text)]
        assert places, f"{item['file']} does not say {item['quote']}"
        spans = [
            (int(str(record["start"])), int(str(record["end"])))
            for record in answer.records
            if record["source"] == item["file"] and record["start"] is not None
        ]
        return any(min(b, y) - max(a, x) >= 0.5 * min(y - x, max(b - a, 1)) for a, b in spans for x, y in places)


def distinct(answer: Answer) -> int:
    """How many places an answer lists."""
    return len({(record["source"], record["start"], record["end"]) for record in answer.records})


#: The documents of the corpus in the order in which they arrive.
ARRIVALS = (
    "national-yangtze-2022.md", "sichuan-yangtze-2023.txt", "chongqing-yangtze-2023.txt", "sichuan-action-2022-2023.md",
    "sichuan-ecology-14th-fyp.txt",
)  # fmt: skip


@pytest.fixture(scope="session")
def grown(once: Any) -> Callable[[int], Path]:
    """`grown(n)`: the data folder after the first n documents of the corpus have arrived one by one, each followed by a
    build, without an encoder, that goes on from the one before."""

    def after(count: int) -> Path:
        before = after(count - 1) if count > 1 else None

        def make(top: Path) -> None:
            if before:
                shutil.copytree(before, top / "data", symlinks=True)
            (top / "corpus").mkdir()
            for name in (*ARRIVALS[:count], "manifest.toml"):
                shutil.copy(CORPUS / name, top / "corpus")
            build(top / "corpus", top / "data", settings=Settings.load(encoder="none"))

        return cast("Path", once(f"grown-{count}", make) / "data")

    return after


@pytest.fixture(scope="session")
def asked_data(once: Any, encoder: E5Encoder) -> Path:
    """The whole corpus, built with its encoder."""

    def make(top: Path) -> None:
        encoder.encode_queries(["水"])  # the weights are converted, where this machine has not done so yet
        build(CORPUS, top / "data", settings=Settings.load())

    return cast("Path", once("asked", make) / "data")


@pytest.fixture(scope="session")
def asked(request: pytest.FixtureRequest, corpus_data: Path) -> Iterator[Asked]:
    """The corpus as it is built without an encoder; where the parameter says so, with it."""
    with PolicyGraph.open(request.getfixturevalue("asked_data") if getattr(request, "param", "") == "encoder" else corpus_data) as graph:
        yield Asked(graph)


@pytest.fixture(scope="session")
def counted() -> Any:
    return distinct
