"""What a client may do on a connection: malformed, endless, slow and many requests, byte by byte."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import time
from collections.abc import Iterator

import httpx
import pyoxigraph as ox
import pytest

pytestmark = pytest.mark.slow

#: Seconds after which a test that waits has hung, on however busy a machine.
HUNG = 300
HEAD = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: h\r\n"


@pytest.fixture(scope="module")
def service(serve, make_release, tmp_path_factory) -> Iterator:
    data = tmp_path_factory.mktemp("data")
    node = ox.NamedNode
    text = ox.Literal("条" * 1000)
    make_release(data, [ox.Quad(node(f"http://e/{i}"), node("http://p/"), text, node("http://g/")) for i in range(6000)])
    with serve(data, request_seconds="1", connections="20", header_bytes="16kB", client_share="1", client_seconds="0") as running:
        yield running


def connect(service) -> socket.socket:
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=HUNG)


def send(service, data: bytes) -> bytes:
    """All that comes back until the service closes."""
    found = b""
    with connect(service) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(data)
        while piece := connection.recv(65536):
            found += piece
    return found


def request(target: bytes, *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"Host: h", b"Connection: close", *headers, b"", body])


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request(b"/sparql?query=\xff"), 400), (request(b"/sparql?query=%ff"), 400), (request(b"/nothing/%ff"), 404),
        (request(b"/graphs?graph=file:///etc/passwd"), 404), (request(b"/graphs?graph=abc"), 400), (request(b"/graphs/%3E%20a"), 404),
        (request(b"/sparql?query=ASK%7B%7D&default-graph-uri=%3Ca%3E"), 400), (request(b"/sparql?query=ASK%7B%7D&format=%0d%0aX:y"), 406),
        (request(b"/static/../../../etc/passwd"), 404), (request(b"/static/%2e%2e/%2e%2e/etc/passwd"), 404), (request(b"/static/..%2f..%2fetc/passwd"), 404),
        (request(b"/sparql", method=b"TRACE"), 405), (request(b"/sparql", b"Content-Length: -1", method=b"POST"), 400),
        (request(b"/sparql", b"Content-Length: 99999999999", method=b"POST"), 413),
        (request(b"/sparql", b"Content-Length: 5", b"Transfer-Encoding: chunked", method=b"POST", body=b"0\r\n\r\n"), 400),
        (request(b"/sparql", b"Content-Type: ,;=", b"Content-Length: 2", method=b"POST", body=b"xx"), 415),
        (request(b"/healthz", b'Accept: "\\' + b'"\\' * 4000), 200), (b"\x16\x03\x01\x02\x00" * 20, 400), (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (request(b"/healthz?" + b"x" * 17_000), 431), (request(b"/healthz", *(b"X-%d: y" % i for i in range(4000))), 431),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000, 431),
    ],
)  # fmt: skip
def test_odd_requests_are_refused_at_once(service, data: bytes, status: int) -> None:
    """At once: what is let wait for the rest of its request is closed without a word (the tests below)."""
    answer = send(service, data)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:300]


def test_a_request_that_does_not_come_is_not_waited_for(service) -> None:
    for begun in (b"", HEAD, b"POST /sparql HTTP/1.1\r\nHost: h\r\nContent-Type: application/sparql-query\r\nContent-Length: 9\r\n\r\nASK"):
        started = time.monotonic()
        assert send(service, begun) == b""
        assert time.monotonic() - started > 0.9


def test_a_request_in_drops_is_not_waited_for(service) -> None:
    with connect(service) as connection, pytest.raises(ConnectionError):
        connection.sendall(HEAD)
        given_up = time.monotonic() + HUNG
        while time.monotonic() < given_up:
            connection.sendall(b"X: y\r\n")
            time.sleep(0.1)


def answered(service) -> int:
    """How many requests to /sparql have come to an end."""
    lines = httpx.get(f"{service.url}/metrics", timeout=HUNG).text.splitlines()
    return sum(int(line.rpartition(" ")[2]) for line in lines if line.startswith('policygraph_requests_total{route="/sparql"'))


def test_a_client_that_does_not_read_is_let_go(service) -> None:
    service.until(lambda: service.gauge("requests_active") == 1)  # the one that asks
    before = answered(service)
    with connect(service) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request(b"/sparql?query=CONSTRUCT%20WHERE%20%7B%3Fs%20%3Fp%20%3Fo%7D"))
        service.until(lambda: answered(service) == before + 1)


def test_connections_are_counted(service) -> None:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connect(service)) for _ in range(25)]
        refused = [connection.recv(4096) for connection in held[20:]]
        assert all(answer.startswith(b"HTTP/1.1 503 ") and b"retry-after" in answer for answer in refused)
    service.until(lambda: httpx.get(f"{service.url}/healthz").status_code == 200)


def test_a_new_client_is_served_while_one_holds_all_that_it_may(serve, make_release, tmp_path) -> None:
    make_release(tmp_path, [])
    slow = b"POST /sparql HTTP/1.1\r\nHost: h\r\nContent-Type: application/sparql-query\r\nContent-Length: 9\r\n\r\nASK"
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with (
        serve(tmp_path, connections="40", concurrency="8", client_share="0.5") as running,
        contextlib.ExitStack() as stack,
        httpx.Client(base_url=running.url, transport=elsewhere) as other,
    ):
        held = [stack.enter_context(connect(running)) for _ in range(40)]
        for connection in held:
            with contextlib.suppress(ConnectionError):
                connection.sendall(slow)
        # four requests wait; a fifth is refused, and a connection more than twenty
        running.until(lambda: len(select.select(held, [], [], 0)[0]) == 36)
        assert other.get("/healthz").status_code == 200
        assert other.get("/sparql", params={"query": "ASK {}"}).status_code == 200
        for connection in select.select(held, [], [], 0)[0]:
            answer = connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 429 ")
            assert b"client_share" in answer
            assert b"retry-after" in answer


def test_errors_before_there_is_a_request_have_the_shape_of_all_others(serve, make_release, tmp_path) -> None:
    make_release(tmp_path, [])
    with serve(tmp_path) as running:
        for data, status in ((request(b"/healthz?" + b"x" * 70_000), 414), (b"nonsense\r\n\r\n", 400), (request(b"/" + b"x" * 300_000), 431)):
            head, _, body = send(running, data).partition(b"\r\n\r\n")
            assert b"content-type: application/problem+json" in head
            assert json.loads(body)["status"] == status
            assert json.loads(body)["remedy"]


def test_requests_one_after_another_on_a_connection_are_all_answered(service) -> None:
    with connect(service) as connection:
        connection.sendall((HEAD + b"\r\n") * 10)
        receive(connection, answers=10)
        time.sleep(1.2)  # the time for a request is over, and none was begun
        connection.sendall(HEAD + b"\r\n")
        receive(connection, answers=1)


def receive(connection: socket.socket, *, answers: int) -> None:
    """Read until so many answers have come; they come in pieces."""
    found = b""
    while found.count(b'"boolean":true') < answers:
        piece = connection.recv(65536)
        assert piece, f"the connection was closed after {found!r}"
        found += piece
