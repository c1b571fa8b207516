"""The wire between the service and its query workers: frames over a Unix socket.

A frame is one byte of kind, four bytes of length (big-endian) and the payload. Payloads are JSON, but for `DATA`, which
is a piece of the serialised result: the service never sees a term or a row, only bytes.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, fields
from enum import IntEnum
from operator import attrgetter
from socket import socket
from typing import Any, BinaryIO, Self

HEADER = struct.Struct(">BI")
#: Bytes of result that are gathered before they are sent.
PIECE = 1 << 16


class Kind(IntEnum):
    """What a frame says."""

    READY = 1  # worker → service, once: the store is open
    JOB = 2  # service → worker
    DATA = 3
    END = 4  # the form of the result, its media type, rows, and which limit cut them
    ERROR = 5


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

    @classmethod
    def parse(cls, payload: bytes) -> tuple[Self, float]:
        """The job that a frame holds, and the seconds within which it has to be done."""
        seconds, *values = json.loads(payload)
        found: dict[str, Any] = dict(zip(_NAMES, values, strict=True))
        for name in ("default_graphs", "named_graphs"):
            if found[name] is not None:
                found[name] = tuple(found[name])
        return cls(**found), seconds

    def pack(self, *, seconds: float) -> bytes:
        """The payload of its frame: the values in the order of the fields."""
        return _to_json((seconds, *_values_of(self))).encode()


_NAMES = tuple(field.name for field in fields(Job))
_values_of = attrgetter(*_NAMES)
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def pack(value: dict[str, Any]) -> bytes:
    """A JSON payload."""
    return _to_json(value).encode()


def frame(kind: Kind, payload: bytes = b"") -> bytes:
    """A frame as it goes over the wire."""
    return HEADER.pack(kind, len(payload)) + payload


def send(connection: socket, kind: Kind, payload: bytes = b"") -> None:
    """Send one frame; waits while the other side does not read."""
    connection.sendall(frame(kind, payload))


def receive(stream: BinaryIO) -> tuple[Kind, bytes] | None:
    """The next frame, or None when the other side has closed."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    payload = stream.read(length)
    return (Kind(kind), payload) if len(payload) == length else None


def send_order(connection: socket, order: dict[str, int], *, descriptors: tuple[int, ...] = ()) -> None:
    """Send a line of JSON, and sockets with it: how the service and the nursery of workers speak."""
    line = json.dumps(order).encode() + b"\n"
    if descriptors:
        from socket import send_fds  # not on every system

        send_fds(connection, [line], descriptors)
    else:
        connection.sendall(line)
