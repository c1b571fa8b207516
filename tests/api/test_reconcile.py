"""`/reconcile`, as clients of the Reconciliation Service API 0.2 ask it; the shapes are those of its report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest


@cache
def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("reconciliation_schemas.json").read_text("utf-8"))
    return found


def fits(value: Any, kind: str) -> Any:
    """The value, which has the shape that the report gives a message of this kind."""
    jsonschema.validate(value, {**_schemas()[kind], "$defs": _schemas()["$defs"]})
    return value


@pytest.fixture(scope="module")
def client(serve, small_data) -> Iterator[httpx.Client]:
    with serve(small_data) as service, httpx.Client(base_url=service.url, timeout=300) as found:
        yield found


def ask(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    response = client.post("/reconcile", data={"queries": json.dumps({"q0": query})})
    assert response.status_code == 200, response.text
    found = fits(response.json(), "result-batch")["q0"]["result"]
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
        ({"query": "国环【2022】第5号"}, "doc/national-river-2022"),
        ({"query": " 国环（2022）5号\u200b"}, "doc/national-river-2022"),
        ({"query": "四川省清江实施方案.docx", "type": "document"}, "doc/sichuan-river-2023"),  # a column of file names
        ({"query": "川府发〔2021〕7号"}, None),  # not held
        ({"query": "市生态环境局", "type": "agency"}, None),  # every city has one, though one alone stands in the texts
        ({"query": "市生态环境局", "properties": [{"pid": "region", "v": "重庆"}]}, "agency/500000/ecology-environment"),
        ({"query": "市生态环境局", "type": "agency", "properties": [{"pid": "region", "v": "成都市"}]}, None),
        ({"query": "渝生态环境局", "type": "agency"}, "agency/500000/ecology-environment"),
        ({"query": "川生态环境厅", "type": "agency"}, "agency/510000/ecology-environment"),
        ({"query": "四川住建厅", "type": "agency"}, "agency/510000/housing-construction"),
        ({"query": "四川省 住房和城乡建设厅", "type": "agency"}, "agency/510000/housing-construction"),
        ({"query": "国家能源局", "type": "agency"}, "agency/000000/energy"),
        ({"query": "川", "type": "region"}, "region/510000"),
        ({"query": "单位GDP能耗"}, "indicator/energy-use-per-unit-of-gdp"),
        ({"query": "单位国内生产总值能耗"}, "indicator/energy-use-per-unit-of-gdp"),
    ],
)
def test_name_is_matched_where_one_thing_alone_bears_it(client: httpx.Client, query: dict[str, Any], matched: str | None) -> None:
    found = ask(client, **query)
    assert [row["id"] for row in found if row["match"]] == ([matched] if matched else []), found[:3]


def test_number_that_is_not_held_has_no_near_ones(client: httpx.Client) -> None:
    assert ask(client, query="国环〔2022〕6号") == []


def test_near_names_are_candidates(client: httpx.Client) -> None:
    assert ask(client, query="四川省清江实施方安", type="document", limit=1)[0]["id"] == "doc/sichuan-river-2023"
    assert len({row["id"] for row in ask(client, query="朝阳区", type="region")}) >= 2


def test_manifest_names_the_services_and_they_answer(client: httpx.Client) -> None:
    manifest = fits(client.get("/reconcile").json(), "manifest")
    assert "0.2" in manifest["versions"] and manifest["identifierSpace"].endswith("/id/") and "{{id}}" in manifest["view"]["url"]
    for name in ("entity", "type", "property"):
        service = manifest["suggest"][name]
        found = client.get(service["service_url"] + service["service_path"], params={"prefix": "清江" if name == "entity" else ""}).json()
        found = fits(found, "suggestions")["result"]
        assert found and all({"id", "name"} <= set(row) for row in found)
    for identifier in ("doc/sichuan-river-2023", "region/510000", "indicator/agricultural-film-recovery-rate", "agency/510000/ecology-environment"):
        for written in (identifier, quote(identifier, safe="")):  # clients encode an id as a component of an address
            assert client.get(manifest["view"]["url"].replace("{{id}}", written), follow_redirects=True).status_code == 200
        preview = client.get(manifest["preview"]["url"].replace("{{id}}", quote(identifier, safe="")))
        assert preview.status_code == 200 and "frame-ancestors *" in preview.headers["content-security-policy"]
        assert client.get("/reconcile/suggest/entity", params={"prefix": identifier.partition("/")[2]}).json()["result"] is not None


def test_things_give_their_values(client: httpx.Client) -> None:
    extend = fits(client.get("/reconcile").json(), "manifest")["extend"]["propose_properties"]
    proposed = fits(client.get(extend["service_url"] + extend["service_path"], params={"type": "document"}).json(), "proposal")
    asked = {"ids": ["doc/sichuan-river-2023", "doc/none"], "properties": [{"id": each["id"]} for each in proposed["properties"]]}
    found = fits(client.post("/reconcile", data={"extend": json.dumps(asked)}).json(), "extension")
    row = found["rows"]["doc/sichuan-river-2023"]
    assert row["number"] == [{"str": "川环发〔2023〕8号"}] and row["date"] == [{"str": "2023-05-06"}]
    assert row["region"] == [{"id": "region/510000", "name": "四川省"}]
    assert set(found["rows"]["doc/none"]) == {each["id"] for each in proposed["properties"]} and not any(found["rows"]["doc/none"].values())
    asked = {"ids": ["agency/510000/ecology-environment", "region/510000"], "properties": [{"id": "english"}, {"id": "code"}]}
    rows = fits(client.get("/reconcile", params={"extend": json.dumps(asked)}).json(), "extension")["rows"]
    assert "Ecology" in rows["agency/510000/ecology-environment"]["english"][0]["str"] and rows["region/510000"]["code"] == [{"str": "510000"}]


def test_page_of_another_origin_may_ask(client: httpx.Client) -> None:
    """The report demands it (cross-origin access), also where the answer is an error."""
    origin = {"origin": "http://127.0.0.1:3333"}
    for response in (client.get("/reconcile", headers=origin), client.post("/reconcile", data={"queries": "{"}, headers=origin)):
        assert response.headers["access-control-allow-origin"] == "*"


def test_preview_shows_names_and_runs_nothing(client: httpx.Client) -> None:
    page = client.get("/reconcile/preview", params={"id": "doc/sichuan-river-2023"}).text
    assert "四川省清江实施方案" in page and "川环发〔2023〕8号" in page and "<script" not in page
    assert client.get("/reconcile/preview", params={"id": "<script>" * 1000}).status_code == 404
    assert len(client.get("/reconcile/preview", params={"id": "doc/" + "x" * 5000}).text) < 600


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
        ({"data": {"extend": "["}}, 400),
        ({"data": {"extend": json.dumps({"ids": [1], "properties": []})}}, 400),
        ({"data": {"extend": json.dumps({"ids": ["doc/a"], "properties": [{"id": "colour"}]})}}, 400),
        ({"data": {"extend": json.dumps({"ids": [f"doc/{n}" for n in range(1001)], "properties": [{"id": "date"}]})}}, 400),
        ({"data": {"queries": json.dumps({"q": {"query": "a", "limit": 1e400}})}}, 400),
        ({"data": {"queries": json.dumps({"q": {"query": "a", "properties": [{"pid": "region", "v": "火星"}]}})}}, 400),
        ({"data": {}, "headers": {"content-type": "application/x-www-form-urlencoded"}}, 400),
        ({"content": b"queries=%ff%fe", "headers": {"content-type": "application/x-www-form-urlencoded"}}, 400),
        ({"content": b"queries=" + b"[" * 100_000, "headers": {"content-type": "application/x-www-form-urlencoded"}}, 400),
        ({"json": {}}, 415),
        ({"content": b"\xff", "headers": {"content-type": "application/x-www-form-urlencoded"}}, 400),
    ],
)
def test_bad_batch_is_a_problem_with_the_way_out(client: httpx.Client, sent: dict[str, Any], status: int) -> None:
    response = client.post("/reconcile", **sent)
    assert response.status_code == status and response.json()["remedy"]
