"""A client's connection: what it may send before it is a request, and how long it may keep the service waiting.

uvicorn puts no bound on the head of a request, on the time in which one arrives, nor on how slowly an answer is taken.
"""

from __future__ import annotations

import asyncio
import logging
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from policygraph.settings import Settings

logger = logging.getLogger("policygraph.service")


def bounded(settings: Settings) -> type[HttpToolsProtocol]:
    """The protocol for `uvicorn.Config(http=…)`."""
    return cast("type[HttpToolsProtocol]", type("BoundedConnection", (Connection,), {"settings": settings}))


class Connection(HttpToolsProtocol):
    """HTTP/1.1 with an end to patience: `request_seconds`, `header_bytes` and `connections`."""

    settings: ClassVar[Settings] = Settings()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.unread = 0  # bytes of a head whose end has not come
        self.head_bytes = 0
        self.in_head = True
        self.patience: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        if len(self.connections) > self.settings.connections:
            self._refuse(503, name="connections")
        else:
            self._wait_for_client()

    def data_received(self, data: bytes) -> None:
        if self.in_head:
            self.unread += len(data)
            if self.patience is None:
                self._wait_for_client()
        super().data_received(data)
        if self.in_head and self.unread > self.settings.header_bytes and not self.transport.is_closing():
            self._refuse(431, name="header_bytes")

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
            self._refuse(431, name="header_bytes")
        else:
            super().send_400_response(msg)

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

    def _wait_for_client(self) -> None:
        self._client_has_come()
        self.patience = self.loop.call_later(self.settings.request_seconds, self.transport.abort)

    def _client_has_come(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None

    def _refuse(self, status: int, *, name: str) -> None:
        said = f"limit {name}\n".encode()
        retry = b"retry-after: 5\r\n" if status == 503 else b""
        head = b"HTTP/1.1 %d Refused\r\n%sconnection: close\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n"
        self.transport.write(head % (status, retry, len(said)) + said)
        self.transport.close()
