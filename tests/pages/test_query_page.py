"""The query page in a real browser: editor, examples, table and graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

pytestmark = pytest.mark.slow

CLAUSE = "national-yangtze-2022/part_2/item_10/para_1"


def _write(page: Any, query: str) -> None:
    """Types a query in the place of the one in the editor."""
    page.locator(".editor .cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)


def test_query_of_the_editor_gives_a_table(page: Any) -> None:
    page.goto("/sparql")
    _write(page, "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#as-table td")
    assert int(page.locator("#as-table td").inner_text()) > 10_000


def test_editor_completes_names_and_declares_their_prefix(page: Any) -> None:
    page.goto("/sparql")
    _write(page, "SELECT ?c WHERE { GRAPH ?g { ?c a ")
    page.keyboard.type("pg:Policy")
    page.wait_for_selector(".editor .cm-tooltip-autocomplete li[aria-selected]")
    assert "政策文件" in page.locator(".editor .cm-tooltip-autocomplete li[aria-selected]").inner_text()
    page.wait_for_timeout(200)  # the editor takes no Enter in the first 75 ms, so that nobody accepts by mistake
    page.keyboard.press("Enter")
    page.wait_for_selector(".editor .cm-tooltip-autocomplete", state="detached")
    page.keyboard.insert_text(" } }")
    assert page.locator("#query").input_value().startswith("PREFIX pg: <https://w3id.org/policygraph/ontology#>\nSELECT")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#as-table td")
    assert page.locator("#as-table tbody tr").count() == 6


def test_undeclared_prefixes_are_declared_when_a_query_is_run(page: Any) -> None:
    page.goto("/sparql")
    _write(page, "ASK { GRAPH ?g { ?c eli:title ?t } } # skos: stays out")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#state:has-text('是')")
    assert "PREFIX eli:" in page.locator("#query").input_value()
    assert "PREFIX skos:" not in page.locator("#query").input_value()


def test_every_example_query_is_offered_and_runs(page: Any, address: str) -> None:
    from policygraph.api.pages.queries import example_queries

    page.goto("/sparql")
    assert page.locator(".example").count() == len(example_queries()) >= 12
    for example in example_queries():
        answer = httpx.get(f"{address}/sparql", params={"query": example["query"]}, timeout=300)
        assert answer.status_code == 200, example["name"]


@pytest.mark.parametrize("name", ["implementation-network", "agencies-of-items", "one-clause"])
def test_answer_is_drawn_as_a_graph(page: Any, name: str) -> None:
    from policygraph.api.pages.queries import example_queries

    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.goto("/sparql")
    at = next(i for i, example in enumerate(example_queries()) if example["name"] == name)
    page.locator(".example").nth(at).click()
    page.wait_for_selector("#as-graph .canvas canvas")
    page.wait_for_selector("#as-graph .legend .dot")
    assert page.locator("#tab-graph").get_attribute("aria-selected") == "true"
    assert faults == []


def test_graph_names_its_things_and_is_saved_as_a_picture(page: Any) -> None:
    page.goto("/sparql#q=" + quote(f"DESCRIBE <https://w3id.org/policygraph/id/doc/{CLAUSE}>"))
    page.wait_for_selector("#as-table td")
    page.locator("#tab-graph").click()
    page.wait_for_selector("#as-graph .legend .dot")
    with page.expect_download() as waiting:
        page.locator("#as-graph .tools button", has_text="PNG").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def test_answer_that_is_no_graph_says_so(page: Any) -> None:
    page.goto("/sparql#q=" + quote("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"))
    page.wait_for_selector("#as-table td")
    page.locator("#tab-graph").click()
    page.wait_for_selector("#as-graph:has-text('画不成图')")


def test_wrong_query_is_explained_and_the_place_shown(page: Any) -> None:
    page.goto("/sparql")
    _write(page, "SELECT ?x WHER { ?x ?y ?z }")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#state.warn")
    assert "1:16" in page.locator("#state").inner_text()


def test_iris_of_the_editor_lead_to_their_pages(page: Any) -> None:
    page.goto("/sparql")
    page.locator("#sparql button", has_text="运行").click()
    page.locator("#as-table td a").first.click()
    page.wait_for_url("**/clauses/**")
    assert page.locator("p.provision").is_visible()
