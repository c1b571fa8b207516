"""The server of the protocol: the tools' list and calls, and the documents and the ontology as resources."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import jsonschema
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from policygraph.api.mcp.tools import TOOLS, Found, ToolRow
from policygraph.api.serving import Live, Serving
from policygraph.errors import NotFoundError, PolicyGraphError, UsageError
from policygraph.program import ONTOLOGY, program_version
from policygraph.settings import Settings, limit_reached
from policygraph.sparql.frames import Job
from policygraph.sparql.prefixes import PREFIXES

_BY_NAME = {tool.name: tool for tool in TOOLS}
_SCHEME = "policygraph://"
_ONTOLOGY = f"{_SCHEME}ontology"
#: Documents on a page of the list of resources.
_PAGE = 200
#: Rows of a SPARQL answer: an agent reads all that it is given.
_ROWS = 200
INSTRUCTIONS = (
    "Chinese policy documents as a knowledge graph. Every item has document, start and end: the characters of the source that bear it out; "
    "cite by `citation`. Clause ids go into read_clause. Documents are named by id, number or title. What is not found is said in `message`."
)


def make_server(serving: Serving, *, settings: Settings) -> Server[Any]:
    """The server on the release in service."""

    async def list_tools(context: Any, params: Any) -> types.ListToolsResult:
        del context, params
        return types.ListToolsResult(tools=[_described(tool) for tool in TOOLS])

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            tool = _BY_NAME.get(params.name)
            if tool is None:
                raise UsageError(f"There is no tool {params.name!r}.", remedy=f"Tools: {', '.join(_BY_NAME)}.")
            asked = {name: value for name, value in (params.arguments or {}).items() if value is not None}
            _check(tool, asked)
            async with serving.opened() as live:
                found = await _called(tool, asked, live=live, settings=settings, client=_client(context))
                answer = {"message": found.message, "total": len(found.items) if found.total is None else found.total, "items": list(found.items), "release": live.release.id}
        except PolicyGraphError as error:
            return types.CallToolResult(content=[types.TextContent(type="text", text=str(error))], is_error=True)
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=str)
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=json.loads(text))

    async def list_resources(context: Any, params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        del context
        cursor = params.cursor if params else None
        start = int(cursor) if cursor and cursor.isdigit() and len(cursor) < 10 else 0
        async with serving.opened() as live:
            documents = list(live.graph.library.documents.values())
        found = [types.Resource(name="ontology", uri=_ONTOLOGY, description="The classes and properties of the graph.", mime_type="text/turtle")] if not start else []
        found += [
            types.Resource(name=d.id, title=d.title, uri=f"{_SCHEME}doc/{quote(d.id)}", description=" ".join(filter(None, (d.number, d.date))) or None, mime_type="text/plain")
            for d in documents[start : start + _PAGE]
        ]
        return types.ListResourcesResult(resources=found, next_cursor=str(start + _PAGE) if start + _PAGE < len(documents) else None)

    async def list_templates(context: Any, params: Any) -> types.ListResourceTemplatesResult:
        del context, params
        document = types.ResourceTemplate(name="document", uri_template=f"{_SCHEME}doc/{{id}}", description="A document, clause by clause, each with its id.", mime_type="text/plain")
        return types.ListResourceTemplatesResult(resource_templates=[document])

    async def read_resource(context: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        del context
        try:
            if params.uri == _ONTOLOGY:
                text, media = (ONTOLOGY / "policygraph.ttl").read_text("utf-8"), "text/turtle"
            else:
                async with serving.opened() as live:
                    text, media = _document_text(params.uri, live), "text/plain"
        except PolicyGraphError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=params.uri, text=text, mime_type=media)])

    return Server(
        "policygraph", version=program_version(), instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool,
        on_list_resources=list_resources, on_list_resource_templates=list_templates, on_read_resource=read_resource,
    )  # fmt: skip


async def serve_stdio(data: Path, *, settings: Settings) -> None:
    """Serve the release of a data folder over standard input and output until the client closes them."""
    from mcp.server.stdio import stdio_server

    serving = Serving(data, settings=settings)
    await serving.start()
    try:
        server = make_server(serving, settings=settings)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
    finally:
        await serving.close()


class HttpEndpoint:
    """`/mcp`: the protocol over streamable HTTP. No sessions are kept, so that any request can be the first one."""

    def __init__(self, serving: Serving, *, settings: Settings) -> None:
        self.serving, self.settings = serving, settings
        self.manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the block runs, requests are answered."""
        server = make_server(self.serving, settings=self.settings)
        self.manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=self.settings.request_bytes, max_sessions=None
        )
        async with self.manager.run():
            yield
        self.manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from policygraph.api.problems import problem

        answer: ASGIApp
        if scope["method"] != "POST":
            # without sessions there is nothing to listen to or to end
            answer = problem(405, "The protocol is spoken by POST here; no stream is kept open.", remedy="See docs/agents.md.", headers={"Allow": "POST"})
        elif self.manager is None:
            answer = problem(503, "The service is starting.", headers={"Retry-After": "1"})
        else:
            answer = self.manager.handle_request
            # read here: the package logs a client that closes in the middle as a fault of its own
            receive = _again(await Request(scope, receive).body(), receive)
        await answer(scope, receive, send)


def _again(body: bytes, rest: Receive) -> Receive:
    """Gives a body that was read, then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else await rest()

    return receive


def _described(tool: ToolRow) -> types.Tool:
    hints = types.ToolAnnotations(read_only_hint=True)
    return types.Tool(name=tool.name, description=tool.about, input_schema=tool.input_schema, output_schema=tool.output_schema, annotations=hints)


def _check(tool: ToolRow, asked: dict[str, Any]) -> None:
    faults = sorted(jsonschema.Draft202012Validator(tool.input_schema).iter_errors(asked), key=str)
    if faults:
        said = "; ".join(f"{'.'.join(map(str, fault.path)) or 'arguments'}: {fault.message}" for fault in faults[:3])
        raise UsageError(f"{tool.name}: {said[:500]}.", remedy=f"It takes {', '.join(tool.takes)}.")


def _client(context: Any) -> str:
    request = getattr(context, "request", None)
    return request.client.host if isinstance(request, Request) and request.client else ""


async def _called(tool: ToolRow, asked: dict[str, Any], *, live: Live, settings: Settings, client: str) -> Found:
    work = tool.work
    if work is not None:
        return await live.think(lambda: work(live, asked), client=client)
    if len(asked["query"]) > settings.query_characters:
        raise limit_reached("query_characters", settings=settings, what=f"The query has {len(asked['query'])} characters")
    job = Job(
        query=_with_prefixes(asked["query"]), graph="ntriples", rows=min(_ROWS, settings.query_rows), size=settings.query_bytes, depth=settings.query_depth
    )
    answer = await live.pool.answer(job, client=client)
    with closing(answer):
        body = answer.body.read().decode()
    return _solutions(body, form=answer.form, cut=bool(answer.cut))


def _with_prefixes(query: str) -> str:
    """The query with the known prefixes that it uses and does not declare."""
    used = [(prefix, iri) for prefix, iri in PREFIXES.items() if f"{prefix}:" in query and not re.search(rf"prefix\s+{prefix}:", query, re.IGNORECASE)]
    return "".join(f"PREFIX {prefix}: <{iri}> " for prefix, iri in used) + query


def _solutions(body: str, *, form: str, cut: bool) -> Found:
    if form == "graph" or not body.startswith("{"):
        items: list[dict[str, Any]] = [{"triple": line} for line in body.splitlines() if line]
    else:
        data = json.loads(body)
        if "boolean" in data:
            return Found(f"The answer is {'yes' if data['boolean'] else 'no'}.", [{"boolean": data["boolean"]}])
        items = [{name: value["value"] for name, value in row.items()} for row in data["results"]["bindings"]]
    if not items:
        return Found("The query has no solution: its pattern matches nothing in the graph. See the ontology for the terms.", ())
    more = f" There are more: the first {len(items)} are given; narrow it, or page with OFFSET." if cut else ""
    return Found(f"{len(items)} rows.{more}", items)


def _document_text(uri: str, live: Live) -> str:
    name = unquote(uri.removeprefix(f"{_SCHEME}doc/"))
    records = live.graph.records.get(name) if uri.startswith(f"{_SCHEME}doc/") else None
    if records is None:
        raise NotFoundError(f"There is no resource {uri!r}.", remedy=f"{_ONTOLOGY}, or {_SCHEME}doc/ID with an id of the list.")
    d = records.document
    head = [d.title, *(f"{label}: {value}" for label, value in (("number", d.number), ("issuers", "、".join(d.issuers)), ("date", d.date), ("url", d.url)) if value)]
    return "\n".join([*head, "", *(f"[{c.id.removeprefix(d.id)[1:] or c.id}] {c.text}" for c in records.clauses)]) + "\n"
