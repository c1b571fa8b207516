"""`/reconcile`, as clients of the Reconciliation Service API 0.2 ask it; the shapes are those of its report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="module")
def client(serve, small_data) -> Iterator[httpx.Client]:
    with serve(small_data) as service, httpx.Client(base_url=service.url, timeout=300) as found:
        yield found


def ask(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    response = client.post("/reconcile", data={"queries": json.dumps({"q0": query})})
    assert response.status_code == 200, response.text
    found = response.json()["q0"]["result"]
    assert len(found) <= query.get("limit", 10)
    for row in found:
        assert set(row) == {"id", "name", "description", "score", "match", "type"} and 0 < row["score"] <= 100
        assert isinstance(row["match"], bool) and row["type"][0].keys() == {"id", "name"}
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
    assert sum(row["match"] for row in found) <= 1
    return found


@pytest.mark.parametrize(
    ("query", "matched"),
    [
        ({"query": "国环〔2022〕5号"}, "doc/national-river-2022"),
        ({"query": "国环[2022]5号", "type": "document"}, "doc/national-river-2022"),
        ({"query": "《四川省清江实施方案》"}, "doc/sichuan-river-2023"),
        ({"query": "清江实施方案", "type": ["document"]}, "doc/sichuan-river-2023"),  # without its province
        ({"query": "四川省生态环境厅", "type": "agency"}, "agency/510000/ecology-environment"),
        ({"query": "生态环境厅", "properties": [{"pid": "region", "v": "四川"}]}, "agency/510000/ecology-environment"),
        ({"query": "生态环境部", "properties": [{"pid": "region", "v": {"id": "region/000000"}}]}, "agency/000000/ecology-environment"),
        ({"query": "四川", "type": "region"}, "region/510000"),
        ({"query": "Sichuan"}, "region/510000"),
        ({"query": "510000"}, "region/510000"),
        ({"query": "农膜回收率"}, "indicator/agricultural-film-recovery-rate"),
        ({"query": "朝阳区", "type": "region"}, None),  # there is one in Beijing and one in Changchun
        ({"query": "四川省清江实施方安", "type": "document"}, None),  # a slip of the pen is near, and no match
        ({"query": "量子计算机", "type": "agency"}, None),
    ],
)
def test_name_is_matched_where_one_thing_alone_bears_it(client: httpx.Client, query: dict[str, Any], matched: str | None) -> None:
    found = ask(client, **query)
    assert [row["id"] for row in found if row["match"]] == ([matched] if matched else []), found[:3]


def test_near_names_are_candidates(client: httpx.Client) -> None:
    assert ask(client, query="四川省清江实施方安", type="document", limit=1)[0]["id"] == "doc/sichuan-river-2023"
    assert len({row["id"] for row in ask(client, query="朝阳区", type="region")}) >= 2


def test_manifest_names_the_services_and_they_answer(client: httpx.Client) -> None:
    manifest = client.get("/reconcile").json()
    assert "0.2" in manifest["versions"] and manifest["identifierSpace"].endswith("/id/") and "{{id}}" in manifest["view"]["url"]
    for name in ("entity", "type", "property"):
        service = manifest["suggest"][name]
        found = client.get(service["service_url"] + service["service_path"], params={"prefix": "清江" if name == "entity" else ""}).json()["result"]
        assert found and all({"id", "name"} <= set(row) for row in found)
    for identifier in ("doc/sichuan-river-2023", "region/510000", "indicator/agricultural-film-recovery-rate", "agency/510000/ecology-environment"):
        assert client.get(manifest["view"]["url"].replace("{{id}}", identifier), follow_redirects=True).status_code == 200


def test_batch_in_the_address_is_answered(client: httpx.Client) -> None:
    queries = {"a": {"query": "四川"}, "b": {"query": "重庆", "limit": 1}}
    assert set(client.get("/reconcile", params={"queries": json.dumps(queries)}).json()) == {"a", "b"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"queries": "{"}}, 400),
        ({"data": {"queries": "[]"}}, 400),
        ({"data": {"queries": json.dumps({"q": {}})}}, 400),
        ({"data": {"queries": json.dumps({"q": {"query": 3}})}}, 400),
        ({"data": {"queries": json.dumps({"q": {"query": "a", "limit": "x"}})}}, 400),
        ({"data": {"queries": json.dumps({"q": {"query": "a", "type": "star"}})}}, 400),
        ({"data": {"queries": json.dumps({str(n): {"query": "a"} for n in range(101)})}}, 400),
        ({"data": {"extend": "{}"}}, 400),
        ({"json": {}}, 415),
        ({"content": b"\xff", "headers": {"content-type": "application/x-www-form-urlencoded"}}, 400),
    ],
)
def test_bad_batch_is_a_problem_with_the_way_out(client: httpx.Client, sent: dict[str, Any], status: int) -> None:
    response = client.post("/reconcile", **sent)
    assert response.status_code == status and response.json()["remedy"]
