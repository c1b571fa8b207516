"""What nobody should send, to the routes for texts, citations, annotations, originals, names and agents: each is refused in the
one shape of errors, shortly, with the way out, and the service says nothing of it as of a fault of its own."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

FORM = {"content-type": "application/x-www-form-urlencoded"}
TEXT = {"content-type": "text/plain"}
JSON = {"content-type": "application/json"}
DOCUMENT = "sichuan-river-2023"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "log"


@pytest.fixture(scope="module")
def client(serve: Any, small_data: Path, log: Path) -> Iterator[httpx.Client]:
    """A service whose standard error is kept: what it says there is looked at when all has been sent."""
    with serve(small_data, log=log) as service, httpx.Client(base_url=service.url, timeout=300) as found:
        yield found
    said = log.read_text("utf-8", "replace")
    assert "Traceback" not in said, said


@pytest.mark.parametrize(
    ("address", "status"),
    [
        # formats that there are not, or not here
        (f"/documents/{DOCUMENT}.xyz", 404), (f"/documents/{DOCUMENT}.BIB", 404), ("/targets.dta", 404), ("/verify.csv", 406),
        ("/links/nothing.csl", 404), ("/clauses/nothing/part_1.ris", 404), ("/targets.bib", 406),
        # identifiers with odd characters
        ("/originals/..%2f..%2fetc%2fpasswd", 404), ("/annotations/%00", 404), ("/annotations/%ff%fe", 404), ("/annotations/a%0d%0ab", 404),
        ("/annotations/%F0%9F%98%80", 404), ("/annotations/" + "x" * 600, 422), ("/documents/" + "x" * 9000, 422), ("/reconcile/preview?id=%00%ff", 404),
        ("/pages/%E4%B8/1", 404), ("/documents/a%2f%2e%2e%2fb.json", 404), (f"/originals/{DOCUMENT}", 404), (f"/pages/{DOCUMENT}", 404),
        # numbers that are none, or of nothing
        (f"/annotations/{DOCUMENT}?page=-1", 422), (f"/annotations/{DOCUMENT}?page=5000", 404), (f"/annotations/{DOCUMENT}?page=1e3", 422),
        (f"/annotations/{DOCUMENT}?page=99999999999999999999", 422), (f"/pages/{DOCUMENT}/0", 422), (f"/pages/{DOCUMENT}/one", 422),
        (f"/pages/{DOCUMENT}?start=-5", 422), ("/reconcile/suggest/entity?cursor=x", 422),
        # parameters that are none, or endless
        ("/reconcile?queries=%ff", 400), ("/reconcile?queries=" + "%5B" * 15_000, 400), ("/reconcile?extend=%7B%7D", 400), ("/reconcile/preview", 422),
        ("/reconcile/properties?type=star", 400), ("/search?q=" + "x" * 30_000, 422), ("/ask?q=" + "x" * 9000, 422),
    ],
)  # fmt: skip
def test_address_is_refused_shortly_with_the_way_out(client: httpx.Client, address: str, status: int) -> None:
    shown(client.get(address), status)


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/verify", {"content": b""}, 400), ("/verify", {"content": b"\xff\xfebad", "headers": TEXT}, 400),
        ("/verify", {"content": b"\xef\xbb\xbf", "headers": TEXT}, 400), ("/verify", {"content": b"\x81\xff\xff", "headers": TEXT}, 400),
        ("/verify", {"content": b'{"text": 3}', "headers": JSON}, 400), ("/verify", {"content": b'{"text": "\\ud800"}', "headers": JSON}, 400),
        ("/verify", {"content": b"[" * 100_000, "headers": JSON}, 400), ("/verify", {"content": b'{"text": "a", "document": "none"}', "headers": JSON}, 404),
        ("/verify", {"content": b"x", "headers": {"content-type": "image/png"}}, 415), ("/verify", {"content": b"a" * 5_000_000, "headers": TEXT}, 413),
        ("/verify", {"content": "第".encode() * 200_000, "headers": TEXT}, 413),
        ("/reconcile", {"content": b"queries=" + b"a" * 5_000_000, "headers": FORM}, 413), ("/reconcile", {"content": b"x", "headers": TEXT}, 415),
        ("/mcp", {"content": b"a" * 5_000_000, "headers": JSON}, 413),
    ],
)  # fmt: skip
def test_body_is_refused_shortly_with_the_way_out(client: httpx.Client, path: str, sent: dict[str, Any], status: int) -> None:
    shown(client.post(path, **sent), status)


@pytest.mark.parametrize("path", ["/verify", "/reconcile", "/annotations/a", "/pages/a", "/originals/a", "/mcp"])
def test_method_that_would_write_is_refused(client: httpx.Client, path: str) -> None:
    shown(client.put(path, content=b"x"), 405)
    shown(client.delete(path), 405)


def test_name_of_a_hundred_thousand_characters_is_nobodys(client: httpx.Client) -> None:
    response = client.post("/reconcile", data={"queries": json.dumps({"q": {"query": "四川省生态环境厅" * 12_000}}, ensure_ascii=False)})
    assert response.status_code == 200 and response.json() == {"q": {"result": []}}


@pytest.mark.parametrize("path", ["/targets.csv", "/clauses.csv", f"/annotations/{DOCUMENT}", "/graphs"])
def test_client_that_closes_in_the_middle_is_no_fault(client: httpx.Client, path: str) -> None:
    for _ in range(5):
        with socket.create_connection((client.base_url.host, client.base_url.port), timeout=300) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closed with a reset
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            assert connection.recv(1)
    for route in ("/verify", "/reconcile", "/sparql", "/mcp"):
        half(client, route)
    assert client.get("/readyz").status_code == 200


def half(client: httpx.Client, path: str) -> None:
    """Sends the beginning of what was announced, and closes."""
    kind = {"/verify": "text/plain", "/reconcile": FORM["content-type"], "/sparql": "application/sparql-query"}.get(path, "application/json")
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\nAccept: application/json, text/event-stream\r\nContent-Length: 1000\r\n\r\n{'x' * 10}"
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=300) as connection:
        connection.sendall(head.encode())


def shown(response: httpx.Response, status: int) -> None:
    """The answer is a problem of this status: small, and with the way out."""
    assert response.status_code == status, (response.status_code, response.text[:300])
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status and problem["detail"] and problem["remedy"], problem
    assert len(response.content) < 2000
