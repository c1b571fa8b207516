"""The service for agents, asked by the protocol's official client over both of its transports."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest

pytest.importorskip("mcp")

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from policygraph.read import clean

#: Tools that an agent can choose among, and what their list may cost it, in bytes.
MOST_TOOLS, MOST_BYTES = 9, 8000
HUNG = 300
Ask = Callable[[Callable[[Client], Awaitable[Any]]], Any]


@pytest.fixture(scope="module")
def address(serve, corpus_data: Path) -> Iterator[str]:
    with serve(corpus_data) as service:
        yield service.url


@pytest.fixture(scope="module", params=["stdio", "http"])
def asked(request: pytest.FixtureRequest, corpus_data: Path, address: str) -> Iterator[Ask]:
    """Runs what clients say over a transport, all in one session."""
    waiting: Queue[tuple[Callable[[Client], Awaitable[Any]], Future[Any]] | None] = Queue()

    async def session() -> None:
        command = StdioServerParameters(command=sys.executable, args=["-m", "policygraph", "mcp", "--data", str(corpus_data)], env=dict(os.environ))
        transport = stdio_client(command) if request.param == "stdio" else streamable_http_client(f"{address}/mcp")
        async with Client(transport) as client:
            while (wanted := await asyncio.to_thread(waiting.get)) is not None:
                talk, answer = wanted
                try:
                    answer.set_result(await talk(client))
                except Exception as error:  # noqa: BLE001 - it is raised where it was asked
                    answer.set_exception(error)

    def run(talk: Callable[[Client], Awaitable[Any]]) -> Any:
        answer: Future[Any] = Future()
        waiting.put((talk, answer))
        wait([answer, held], timeout=HUNG, return_when=FIRST_COMPLETED)
        if held.done():
            held.result()
        return answer.result(timeout=0)

    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(asyncio.run, session())
        yield run
        waiting.put(None)


def test_tools_are_few_short_and_read_only(asked: Ask) -> None:
    async def talk(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = asked(talk)
    listed = json.dumps([tool.model_dump(by_alias=True, exclude_none=True) for tool in tools], ensure_ascii=False).encode()
    assert len(tools) <= MOST_TOOLS and len(listed) <= MOST_BYTES
    assert all(tool.annotations.read_only_hint and tool.output_schema["required"] == ["message", "items", "total"] for tool in tools)


#: Ten questions of a researcher: the tool, what it is given, what its message or items must hold.
TRANSCRIPT = json.loads(Path(__file__).with_name("research_questions.json").read_text("utf-8"))


def test_ten_research_questions(asked: Ask) -> None:
    async def talk(client: Client) -> Any:
        return [await client.call_tool(row["tool"], row["arguments"]) for row in TRANSCRIPT]

    assert len({row["question"] for row in TRANSCRIPT}) == 10
    for row, result in zip(TRANSCRIPT, asked(talk), strict=True):
        found = result.structured_content
        assert not result.is_error, (row["question"], result.content)
        assert json.loads(result.content[0].text) == found
        assert found["total"] >= row["least"] and len(found["items"]) <= found["total"], (row["question"], found["message"])
        said = json.dumps(found, ensure_ascii=False)
        assert [words for words in row["says"] if words not in said] == [], row["question"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("find_clauses", {"query": "岸电", "due_by": "1990-01-01"}, "o clause"),
        ("who_implements", {"document": "sichuan-yangtze-2023"}, "no document below it was aligned"),
        ("who_implements", {"document": "national-yangtze-2022", "direction": "up"}, "no document above it was aligned"),
        ("compare", {"higher": "national-yangtze-2022", "lower": "sichuan-yangtze-2023", "strictness": "purple"}, "has no target that"),
        ("targets", {"indicator": "农膜回收比率"}, "Indicators with like names: 农膜回收率"),
        ("due", {"by": "1990-01-01"}, "Nothing is"),
        ("sparql", {"query": "SELECT ?x WHERE { ?x a pg:Moon }"}, "no solution"),
        ("verify", {"text": "各地反响热烈。"}, "Nothing was checked"),
    ],
)
def test_tool_that_finds_nothing_says_so_and_why(address: str, tool: str, arguments: dict[str, Any], says: str) -> None:
    async def talk() -> Any:
        async with Client(streamable_http_client(f"{address}/mcp")) as client:
            return await client.call_tool(tool, arguments)

    found = asyncio.run(talk()).structured_content
    assert found["total"] == 0 and found["items"] == [] and says in found["message"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("nothing", {}, "Tools: find_clauses"),
        ("targets", {"indicators": "x"}, "It takes indicator"),
        ("due", {"by": "tomorrow"}, "by:"),
        ("due", {}, "Give an agency"),
        ("due", {"agency": "登月厅"}, "For instance"),
        ("read_clause", {"clause": "nowhere"}, "no clause"),
        ("who_implements", {"document": "national-yangtze-2022", "item": 99}, "items run from 1 to 38"),
        ("compare", {"higher": "湖北方案", "lower": "sichuan-yangtze-2023"}, "Documents:"),
        ("sparql", {"query": "DROP ALL"}, "only queries"),
        ("sparql", {"query": "SELECT * WHERE {"}, ""),
        ("verify", {"text": "长" * 200_000}, "verify_characters"),
    ],
)
def test_wrong_call_is_an_error_with_the_way_out(asked: Ask, tool: str, arguments: dict[str, Any], says: str) -> None:
    result = asked(lambda client: client.call_tool(tool, arguments))
    assert result.is_error and result.structured_content is None and says in result.content[0].text


def test_documents_and_ontology_are_resources(asked: Ask, corpus_data: Path) -> None:
    async def talk(client: Client) -> Any:
        listed = (await client.list_resources()).resources
        with pytest.raises(MCPError, match="no resource"):
            await client.read_resource("policygraph://doc/nowhere")
        return listed, [(await client.read_resource(resource.uri)).contents[0].text for resource in listed]

    listed, texts = asked(talk)
    by_name = {resource.name: text for resource, text in zip(listed, texts, strict=True)}
    assert "pg:Clause" in by_name["ontology"] and len(by_name) == 6
    assert "[part_2/item_10/para_1] " in by_name["national-yangtze-2022"]


def test_places_are_those_of_the_stored_source(asked: Ask, corpus_data: Path) -> None:
    from policygraph import PolicyGraph

    items = asked(lambda client: client.call_tool("targets", {"indicator": "农膜回收率"})).structured_content["items"]
    with PolicyGraph.open(corpus_data) as graph:
        assert all(clean(graph.source_text(item["document"])[item["start"] : item["end"]]) == item["text"] for item in items)


@pytest.mark.slow
def test_http_keeps_to_the_guards(serve, corpus_data: Path, tmp_path: Path) -> None:
    from policygraph.api.guards import hash_token

    tokens = tmp_path / "tokens"
    tokens.write_text(hash_token("secret") + "\n")
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"accept": "application/json, text/event-stream", "content-type": "application/json", "mcp-protocol-version": "2025-06-18"}
    with serve(corpus_data, tokens_file=str(tokens)) as service, httpx.Client(base_url=service.url, headers=headers, timeout=300) as client:
        refused = client.post("/mcp", json=call)
        assert refused.status_code == 401 and refused.headers["content-type"] == "application/problem+json"
        client.headers["authorization"] = "Bearer secret"
        assert len(client.post("/mcp", json=call).json()["result"]["tools"]) <= MOST_TOOLS
        assert client.post("/mcp", content=b"x" * 5_000_000).status_code == 413
        assert client.get("/mcp").status_code == 405 and client.delete("/mcp").status_code == 405
        assert client.post("/mcp", content=b"{").status_code == 400
        with pytest.raises(httpx.ReadTimeout):  # a client that closes
            client.post("/mcp", json={**call, "method": "tools/call", "params": {"name": "verify", "arguments": {"text": "四川方案提出农膜回收率达85%。" * 3000}}}, timeout=0.05)
        assert client.post("/mcp", json=call).status_code == 200
