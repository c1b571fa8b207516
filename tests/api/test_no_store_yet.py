"""A large release is served without a SPARQL store: the first query has it made, and is told when to come back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from policygraph.build.pipeline import build
from policygraph.settings import Settings

pytestmark = pytest.mark.slow

HUNG = 300

PREFIX = "PREFIX pg: <https://w3id.org/policygraph/ontology#> "
TASKS = {"query": PREFIX + "SELECT ?m (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task ; pg:modality ?m } } GROUP BY ?m"}
#: Each clause beside each other, seven times.
HOPELESS = {"query": PREFIX + "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?{name} a pg:Clause ; pg:order ?o{name} ." for name in "abcdefg") + " }"}
COUNT = {"query": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"}


def test_first_query_has_the_store_made_and_is_told_to_come_back(small_corpus: Path, tmp_path: Path, serve) -> None:
    release = build(small_corpus, tmp_path / "data", settings=Settings(encoder="none", store_statements=100)).release
    with serve(tmp_path / "data", memory_statements="100") as service:
        service.until(lambda: httpx.get(f"{service.url}/readyz", timeout=HUNG).status_code == 200)
        assert httpx.get(f"{service.url}/documents", timeout=HUNG).json()["total"] == len(release.manifest.documents)
        assert not release.store.exists()
        first = httpx.get(f"{service.url}/sparql", params=COUNT, timeout=HUNG)
        assert first.status_code == 503
        assert f"SPARQL store of these {release.manifest.statements:,} statements is being made" in first.json()["detail"]
        assert int(first.headers["Retry-After"]) >= 5
        service.until(lambda: httpx.get(f"{service.url}/sparql", params=COUNT, timeout=HUNG).status_code == 200)
        found = httpx.get(f"{service.url}/sparql", params=COUNT, timeout=HUNG).json()["results"]["bindings"][0]["n"]["value"]
        assert int(found) == release.manifest.statements
    with serve(tmp_path / "data", memory_statements="100") as service:  # it is kept
        service.until(lambda: httpx.get(f"{service.url}/readyz", timeout=HUNG).status_code == 200)
        assert httpx.get(f"{service.url}/sparql", params=COUNT, timeout=HUNG).status_code == 200


def test_what_the_columns_tell_needs_no_store(small_corpus: Path, tmp_path: Path, serve) -> None:
    release = build(small_corpus, tmp_path / "data", settings=Settings(encoder="none", store_statements=100)).release
    with serve(tmp_path / "data", memory_statements="100") as service:
        service.until(lambda: httpx.get(f"{service.url}/readyz", timeout=HUNG).status_code == 200)
        answer = httpx.get(f"{service.url}/sparql", params=TASKS, timeout=HUNG)
        assert answer.status_code == 200 and answer.headers["Policygraph-Answered-By"] == "columns"
        assert not release.store.exists()
        wrong = httpx.get(f"{service.url}/sparql", params={"query": "SELECT * { ?t a "}, timeout=HUNG)
        assert wrong.status_code == 400 and not release.store.exists()
        found = {row["m"]["value"].rpartition("/")[2]: int(row["n"]["value"]) for row in answer.json()["results"]["bindings"]}
        with_store = PREFIX + "SELECT ?m ?n { { SELECT ?m (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task ; pg:modality ?m } } GROUP BY ?m } }"
        service.until(lambda: httpx.get(f"{service.url}/sparql", params={"query": with_store}, timeout=HUNG).status_code == 200)
        answer = httpx.get(f"{service.url}/sparql", params={"query": with_store}, timeout=HUNG)
        assert answer.headers["Policygraph-Answered-By"] == "store"
        assert {row["m"]["value"].rpartition("/")[2]: int(row["n"]["value"]) for row in answer.json()["results"]["bindings"]} == found


def test_hopeless_query_of_the_columns_dies_at_its_deadline_while_others_answer(small_data: Path, serve) -> None:
    with serve(small_data, memory_statements="100", query_seconds="3") as service:
        service.until(lambda: httpx.get(f"{service.url}/readyz", timeout=HUNG).status_code == 200)
        with ThreadPoolExecutor() as threads:
            hopeless = [threads.submit(httpx.get, f"{service.url}/sparql", params=HOPELESS, timeout=HUNG) for _ in range(3)]
            service.until(lambda: httpx.get(f"{service.url}/sparql", params=TASKS, timeout=HUNG).status_code == 200)
            for answer in hopeless:
                assert answer.result().status_code in (503, 504)  # its time was over, or no worker was free in time
            assert 504 in [answer.result().status_code for answer in hopeless]
            assert any("serve --graph-store" in answer.result().text for answer in hopeless)
