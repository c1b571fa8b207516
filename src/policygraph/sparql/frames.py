"""The wire between the service and its query workers: frames over a Unix socket.

A frame is one byte of kind, four bytes of length (big-endian) and the payload. Payloads are JSON, but for `DATA`, which
is a piece of the serialised result: the service never sees a term or a row, only bytes.
"""

from __future__ import annotations

import json
import struct
from asyncio import StreamReader
from dataclasses import asdict, dataclass, fields
from enum import IntEnum
from socket import socket
from typing import Any, Self

HEADER = struct.Struct(">BI")
#: Bytes of result that are gathered before they are sent.
PIECE = 1 << 16


class Kind(IntEnum):
    """What a frame says."""

    READY = 1  # worker → service, once: the store is open
    JOB = 2  # service → worker
    HEAD = 3  # worker → service: the form of the result and its media type; the query has started to answer
    DATA = 4
    END = 5  # rows, and which limit cut them
    ERROR = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One query and all that its worker needs to know.

    `default_graphs` and `named_graphs` are those of the protocol, None when it gave none. The three formats are what the
    client accepts for each form of result (names of `policygraph.sparql.formats`), None when it accepts none of them.
    """

    query: str
    base: str | None = None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    union: bool = True
    solutions: str | None = "json"
    boolean: str | None = "json"
    graph: str | None = "turtle"
    rows: int = 100_000
    size: int = 64 * 1024**2
    depth: int = 100
    seconds: float = 10.0

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """The job that a frame holds."""
        found = json.loads(payload)
        for name in ("default_graphs", "named_graphs"):
            if found[name] is not None:
                found[name] = tuple(found[name])
        return cls(**{field.name: found[field.name] for field in fields(cls)})

    def pack(self) -> bytes:
        """The payload of its frame."""
        return pack(asdict(self))


def pack(value: dict[str, Any]) -> bytes:
    """A JSON payload."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def send(connection: socket, kind: Kind, payload: bytes = b"") -> None:
    """Send one frame; waits while the other side does not read."""
    connection.sendall(HEADER.pack(kind, len(payload)))
    if payload:
        connection.sendall(payload)


def receive(connection: socket) -> tuple[Kind, bytes] | None:
    """The next frame, or None when the other side has closed."""
    header = _exactly(connection, HEADER.size)
    if header is None:
        return None
    kind, length = HEADER.unpack(header)
    payload = _exactly(connection, length)
    return None if payload is None else (Kind(kind), payload)


async def read(reader: StreamReader) -> tuple[Kind, bytes]:
    """The next frame on the side of the service; asyncio.IncompleteReadError when the worker is gone."""
    kind, length = HEADER.unpack(await reader.readexactly(HEADER.size))
    return Kind(kind), await reader.readexactly(length) if length else b""


def _exactly(connection: socket, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(count - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)
