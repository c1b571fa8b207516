"""A client's connection: what it may send before it is a request, and how long it may keep the service waiting.

uvicorn puts no bound on the head of a request, on the time in which one arrives, nor on how slowly an answer is taken.
"""

from __future__ import annotations

import asyncio
import logging
from typing import ClassVar, cast

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from policygraph.api.problems import problem
from policygraph.settings import Settings, limit_reached

logger = logging.getLogger("policygraph.service")
#: The parser of addresses reads no longer ones.
_LONGEST_ADDRESS = 65_535


def bounded(settings: Settings) -> type[HttpToolsProtocol]:
    """The protocol for `uvicorn.Config(http=…)`."""
    return cast("type[HttpToolsProtocol]", type("BoundedConnection", (Connection,), {"settings": settings}))


class Connection(HttpToolsProtocol):
    """HTTP/1.1 with an end to patience: `request_seconds`, `header_bytes`, `connections` and a client's share of them."""

    settings: ClassVar[Settings] = Settings()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.unread = 0  # bytes of a head whose end has not come
        self.head_bytes = 0
        self.in_head = True
        self.url = b""
        self.patience: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        if len(self.connections) > self.settings.connections:
            self._refuse_by("connections", status=503, what="Too many connections are open")
        elif self._of_client() > max(1, self.settings.connections * self.settings.client_share):
            self._refuse_by("client_share", status=429, what="Too many connections are open from your address")
        else:
            self._wait_for_client()

    def data_received(self, data: bytes) -> None:
        if self.in_head:
            self.unread += len(data)
            if self.patience is None:
                self._wait_for_client()
        super().data_received(data)
        if self.in_head and self.unread > self.settings.header_bytes and not self.transport.is_closing():
            self._refuse_head()

    def on_message_begin(self) -> None:
        self.in_head, self.head_bytes = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self.head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.head_bytes > self.settings.header_bytes:
            raise ValueError  # the parser stops at that, and `send_400_response` is called
        self.in_head, self.unread = False, 0
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if self.head_bytes > self.settings.header_bytes:
            self._refuse_head()
        elif len(self.url) > _LONGEST_ADDRESS:
            what = f"The address of the request is longer than {_LONGEST_ADDRESS:,} bytes."
            self._refuse(problem(414, what, remedy="Send a long query by POST."))
        else:
            self._refuse(problem(400, msg, remedy="Send HTTP/1.1."))

    def on_message_complete(self) -> None:
        self.in_head = True  # of the next request
        self._client_has_come()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_client()

    def resume_writing(self) -> None:
        self._client_has_come()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._client_has_come()
        super().connection_lost(exc)

    def _of_client(self) -> int:
        """How many of the open connections are the client's; those without an address count as one client's."""
        addresses = ((cast(Connection, other).client or ("",))[0] for other in self.connections)
        return sum(address == (self.client or ("",))[0] for address in addresses)

    def _wait_for_client(self) -> None:
        self._client_has_come()
        self.patience = self.loop.call_later(self.settings.request_seconds, self.transport.abort)

    def _client_has_come(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None

    def _refuse_head(self) -> None:
        self._refuse_by("header_bytes", status=431, what="The head of the request is too large")

    def _refuse_by(self, name: str, *, status: int, what: str) -> None:
        error = limit_reached(name, settings=self.settings, what=what)
        retry = {"Retry-After": "5"} if status in (429, 503) else {}
        self._refuse(problem(status, error.message, remedy=error.remedy, headers=retry))

    def _refuse(self, answer: Response) -> None:
        """Answer what is no request yet in the shape that errors have everywhere, and hang up."""
        headers = b"".join(b"%s: %s\r\n" % header for header in answer.raw_headers)
        head = b"HTTP/1.1 %d Refused\r\n%sconnection: close\r\n\r\n" % (answer.status_code, headers)
        self.transport.write(head + bytes(answer.body))
        self.transport.close()
