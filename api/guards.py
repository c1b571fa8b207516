"""What every request passes: counting, logging, size, hosts, tokens, room; and the headers that every answer gets.

One ASGI middleware in plain code, because it stands in the path of every byte. A request
counts as active from before anything can refuse it until its answer is sent, however it ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from policygraph.api.problems import problem
from policygraph.api.representations import SUFFIXES
from policygraph.errors import InputError
from policygraph.settings import Settings, limit_reached

access_log = logging.getLogger("policygraph.access")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Those of every answer, unless it brings its own.
_HEADERS = tuple(
    (name.lower().encode(), value.encode())
    for name, value in {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }.items()
)
#: Answered even when there is no room and without a token: whoever watches the service asks these.
_WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})
#: Where a dot is part of the name.
_OWN_NAMES = ("/openapi.json", "/static/", "/docs", "/sparql", "/graphs")
#: What a page of an allowed origin may send and read.
_CORS = (
    (b"access-control-expose-headers", b"Link, ETag, Retry-After, Policygraph-Release, Policygraph-Rows, Policygraph-Answered-By, Policygraph-Cut, Policygraph-Slow"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Authorization, Content-Type, If-None-Match"),
)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


_to_json = json.JSONEncoder(ensure_ascii=False).encode


class Metrics:
    """Counts for `/metrics`, in Prometheus' text format."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        #: by route: how many took up to each bound and no less than the one before, and all seconds together
        self.seconds: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * (len(_BUCKETS) + 2))
        self.active = 0
        self.active_of: Counter[str] = Counter()

    def count(self, route: str, *, method: str, status: int, seconds: float) -> None:
        self.requests[route, method, status] += 1
        row = self.seconds[route]
        row[bisect_left(_BUCKETS, seconds)] += 1
        row[-1] += seconds

    def text(self, gauges: dict[str, float]) -> str:
        """All counts and `gauges` as one page."""
        lines = ["# TYPE policygraph_requests_total counter"]
        lines += [
            f'policygraph_requests_total{{route="{route}",method="{method}",status="{status}"}} {count}'
            for (route, method, status), count in sorted(self.requests.items())
        ]
        lines.append("# TYPE policygraph_request_seconds histogram")
        for route, row in sorted(self.seconds.items()):
            below = list(accumulate(row[:-1]))
            for count, bound in zip(below, (*map(str, _BUCKETS), "+Inf"), strict=True):
                lines.append(f'policygraph_request_seconds_bucket{{route="{route}",le="{bound}"}} {count:.0f}')
            lines.append(f'policygraph_request_seconds_count{{route="{route}"}} {below[-1]:.0f}')
            lines.append(f'policygraph_request_seconds_sum{{route="{route}"}} {row[-1]:.6f}')
        for name, value in {"requests_active": float(self.active), **gauges}.items():
            lines += [f"# TYPE policygraph_{name} gauge", f"policygraph_{name} {value:g}"]
        return "\n".join(lines) + "\n"


class Tokens:
    """The bearer tokens that open the service: a file of SHA-256 hashes, one a line, a name may follow."""

    def __init__(self, path: Path) -> None:
        try:
            lines = path.read_text("utf-8").splitlines()
        except OSError as error:
            raise InputError(
                f"The file of tokens {path} cannot be read ({error.strerror}).", remedy="See --tokens-file."
            ) from error
        words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
        self.hashes = [row[0].lower().encode() for row in words]

    def allow(self, header: str | None) -> bool:
        """Whether an Authorization header holds one of the tokens; every hash is compared, in constant time."""
        scheme, _, token = (header or "").partition(" ")
        given = hash_token(token.strip()).encode()
        matches = [hmac.compare_digest(given, known) for known in self.hashes]
        return scheme.lower() == "bearer" and any(matches)


def hash_token(token: str) -> str:
    """What the file of tokens holds for `token`; tokens are random, so one round is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class Guards:
    """The middleware around everything: `direct` are applications of single paths, `app` has all others."""

    def __init__(self, app: ASGIApp, *, direct: Mapping[str, ASGIApp], settings: Settings, metrics: Metrics) -> None:
        self.app, self.direct, self.settings, self.metrics = app, direct, settings, metrics
        self.tokens = Tokens(Path(settings.tokens_file)) if settings.tokens_file else None
        self.any_host = "*" in settings.trusted_hosts
        self.hosts = frozenset(host.lower() for host in settings.trusted_hosts)
        self.any_origin = "*" in settings.cors_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}
        started = time.perf_counter()
        status = 0
        sent = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                found = list(message["headers"])
                own = {name for name, _ in found}
                found += [pair for pair in _HEADERS if pair[0] not in own]
                message["headers"] = found
                self._allow_origin(MutableHeaders(raw=found), headers.get(b"origin"))
            else:
                sent += len(message.get("body", b""))
            await send(message)

        path = scope["path"]
        direct = self.direct.get(path)
        inner = scope
        if direct is None and scope["method"] == "HEAD" and not path.startswith("/graphs"):
            inner = {**scope, "method": "GET"}  # the server itself leaves the body of an answer to HEAD out
        client = (scope.get("client") or ("",))[0]
        self.metrics.active += 1
        self.metrics.active_of[client] += 1
        try:
            refusal = self._refuse(scope, headers, client=client)
            if refusal is not None:
                await refusal(scope, receive, send_with_headers)
            elif direct is not None:
                await direct(scope, _limited(receive, self.settings), send_with_headers)
            else:
                _take_suffix(inner)
                await self.app(inner, _limited(receive, self.settings), send_with_headers)
        except ClientDisconnect:
            status = 499  # the client went while it was sending: nobody is left to answer, and nothing is wrong here
        except asyncio.CancelledError:
            status = status or 499
            raise
        finally:
            self.metrics.active -= 1
            self.metrics.active_of[client] -= 1
            if not self.metrics.active_of[client]:
                del self.metrics.active_of[client]
            seconds = time.perf_counter() - started
            route = path if direct is not None else getattr(inner.get("route"), "path", "other")
            self.metrics.count(route, method=scope["method"], status=status or 499, seconds=seconds)
            self._log(scope, status=status or 499, sent=sent, seconds=seconds)

    def _refuse(self, scope: Scope, headers: Mapping[bytes, str], *, client: str) -> Response | None:
        if not self.any_host and not self._trusted(headers.get(b"host", "")):
            return problem(421, "This service does not answer for that host name.", remedy="See --trusted-hosts.")
        length = headers.get(b"content-length", "0")
        if not length.isdigit() or int(length) > self.settings.request_bytes:
            error = limit_reached("request_bytes", settings=self.settings, what="The request is too large")
            return problem(413, error.message, remedy=error.remedy, headers={"Connection": "close"})
        path, method = scope["path"], scope["method"]
        if path in _WATCHED:
            return None
        if method == "OPTIONS" and b"access-control-request-method" in headers:
            return Response(status_code=204)
        if self.metrics.active > self.settings.concurrency:
            error = limit_reached("concurrency", settings=self.settings, what="Too many requests at once")
            return problem(503, error.message, remedy=error.remedy, headers={"Retry-After": "1"})
        if self.metrics.active_of[client] > max(1, self.settings.concurrency * self.settings.client_share):
            error = limit_reached("client_share", settings=self.settings, what="Too many requests at once from your address")
            return problem(429, error.message, remedy=error.remedy, headers={"Retry-After": "1"})
        if self.tokens is not None and not self.tokens.allow(headers.get(b"authorization")):
            challenge = {"WWW-Authenticate": 'Bearer realm="policygraph"'}
            return problem(401, "This service wants a bearer token.", remedy="Ask its operator for one.", headers=challenge)
        return None

    def _trusted(self, host: str) -> bool:
        name = host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host.lower()
        return name in self.hosts or any(h.startswith("*.") and name.endswith(h[1:]) for h in self.hosts)

    def _allow_origin(self, headers: MutableHeaders, origin: str | None) -> None:
        if self.any_origin:
            headers.raw.append((b"access-control-allow-origin", b"*"))
        elif self.settings.cors_origins:
            headers.add_vary_header("Origin")
            if origin is not None and origin in self.settings.cors_origins:
                headers["Access-Control-Allow-Origin"] = origin
        else:
            return
        headers.raw.extend(_CORS)

    def _log(self, scope: Scope, *, status: int, sent: int, seconds: float) -> None:
        if not access_log.isEnabledFor(logging.INFO):
            return
        row = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": (scope.get("client") or ("",))[0],
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "bytes": sent,
            "ms": round(seconds * 1000, 1),
        }
        if self.settings.log_queries and scope.get("query_string"):
            row["query"] = scope["query_string"].decode("latin-1")
        access_log.info("%s", _to_json(row))


def _take_suffix(scope: Scope) -> None:
    """`/targets.csv` is `/targets` with the format settled."""
    path: str = scope["path"]
    stem, dot, suffix = path.rpartition(".")
    if dot and not stem.endswith("/") and f".{suffix}" in SUFFIXES and stem not in _WATCHED and not path.startswith(_OWN_NAMES):
        scope["path"], scope["policygraph.suffix"] = stem, f".{suffix}"


def _limited(receive: Receive, settings: Settings) -> Receive:
    """`receive`, up to a size: for bodies that come without their length."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > settings.request_bytes:
            raise limit_reached("request_bytes", settings=settings, what="The request is too large")
        return message

    return limited
