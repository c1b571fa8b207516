"""Behind another server: the path it serves this one under, and the address that its clients asked for.

What such a server says (X-Forwarded-Prefix, -Proto, -Host, -For) counts only when it comes from `trusted_proxies`. Inside, every
path is without the prefix; what goes out has it: `root_of` and `address_of` for what is written into an answer, and here for
redirects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from policygraph.api.problems import problem
from policygraph.errors import UsageError
from policygraph.settings import Settings

_ROOT = "policygraph.root"
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]+")
_HEADERS = tuple(f"x-forwarded-{name}".encode() for name in ("prefix", "proto", "host", "for"))


def root_of(request: Request) -> str:
    """What every path begins with to those who ask: `/policygraph`, or nothing."""
    return str(request.scope.get(_ROOT, ""))


def base_of(request: Request) -> str:
    """Where the service begins, as those who ask know it; ends with a slash."""
    return f"{request.url.scheme}://{request.url.netloc}{root_of(request)}/"


def address_of(request: Request) -> str:
    """What was asked for, as those who ask know it, without its query."""
    return base_of(request) + request.url.path.removeprefix("/")


class Behind:
    """The middleware around everything else."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.root = _prefix(settings.root_path)
        self.trusted = [_network(text) for text in settings.trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        root, scope = self.root, {**scope}
        said = {name: value.decode("latin-1").strip() for name, value in scope["headers"] if name in _HEADERS and value.strip()}
        if said and self._trusts(scope.get("client")):
            try:
                root = _prefix(said[_HEADERS[0]]) if _HEADERS[0] in said else root
                _take(scope, said)
            except UsageError as error:
                await problem(400, error.message, remedy=error.remedy)(scope, receive, send)
                return
        path: str = scope["path"]
        if root and (path == root or path.startswith(f"{root}/")):  # it was sent on as it came
            scope["path"] = path[len(root) :] or "/"
        scope[_ROOT] = root

        async def send_rooted(message: Message) -> None:
            if root and message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                where = headers.get("location", "")
                if where.startswith("/"):
                    headers["location"] = root + where
            await send(message)

        await self.app(scope, receive, send_rooted)

    def _trusts(self, client: tuple[str, int] | None) -> bool:
        try:
            address = ip_address(client[0]) if client else None
        except ValueError:
            return False
        return address is not None and any(address in network for network in self.trusted)


def _take(scope: Scope, said: Mapping[bytes, str]) -> None:
    """Set scheme, host and client to those of the request that the other server took; of a list, which several servers in a row
    have made, the last was said by the one that is trusted."""
    _, proto, host, client = (said.get(name, "").rpartition(",")[2].strip() for name in _HEADERS)
    if proto:
        if proto not in ("http", "https"):
            raise UsageError(f"X-Forwarded-Proto: {proto!r} is neither http nor https.", remedy="See docs/deploy.md.")
        scope["scheme"] = proto
    if host:
        if not _HOST.fullmatch(host):
            raise UsageError(f"X-Forwarded-Host: {host!r} is no host.", remedy="See docs/deploy.md.")
        scope["headers"] = [*(pair for pair in scope["headers"] if pair[0] != b"host"), (b"host", host.encode())]
    if client:
        scope["client"] = (client, 0)


def _prefix(text: str) -> str:
    """A prefix as paths begin with it: no slash at its end.

    >>> _prefix("/policygraph/"), _prefix("/")
    ('/policygraph', '')
    """
    prefix = text.rstrip("/")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise UsageError(f"root_path: {text!r} is no path.", remedy="It begins with a slash: --root-path /policygraph.")
    return prefix


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(
            f"trusted_proxies: {text!r} is no address or network.", remedy="Give --trusted-proxies 127.0.0.1,10.0.0.0/8 or the like."
        ) from error
