"""A large release is served without a SPARQL store: the first query has it made, and is told when to come back."""

from __future__ import annotations

from pathlib import Path

import httpx

from policygraph.build.pipeline import build
from policygraph.settings import Settings

HUNG = 300

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
