"""The service for agents: the Model Context Protocol, over standard input and output and over HTTP at `/mcp`.

Nothing here writes. The official package `mcp` is an extra; without it `/mcp` says so, and all else works.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from policygraph.api.problems import problem
from policygraph.errors import UsageError
from policygraph.settings import Settings

if TYPE_CHECKING:
    from policygraph.api.mcp.server import HttpEndpoint
    from policygraph.api.serving import Serving

_MISSING, _REMEDY = "The Model Context Protocol needs the package mcp, which is not installed.", "Install policygraph[mcp]."


class NoAgents:
    """`/mcp` where the package is missing."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await problem(404, _MISSING, remedy=_REMEDY)(scope, receive, send)


def agents(serving: Serving, *, settings: Settings) -> HttpEndpoint | NoAgents:
    """What answers at `/mcp`."""
    if find_spec("mcp") is None:
        return NoAgents()
    found: HttpEndpoint = import_module("policygraph.api.mcp.server").HttpEndpoint(serving, settings=settings)
    return found


def serve_stdio(data: Path, *, settings: Settings) -> None:
    """Serve a data folder's release over standard input and output until the client closes them."""
    if find_spec("mcp") is None:
        raise UsageError(_MISSING, remedy=_REMEDY)
    import asyncio

    asyncio.run(import_module("policygraph.api.mcp.server").serve_stdio(data, settings=settings))
