"""Real SPARQL stores on loopback for tests, and a relay before one that can refuse, hold or lose what is written."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

PROGRAM = (sys.executable, "-m", "policygraph")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    """The process does not outlive the block."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def oxigraph(folder: Path, *, prepare: Callable[[], None] | None = None) -> Iterator[str]:
    """The address of an Oxigraph server, whose process `prepare` limits."""
    program = shutil.which("oxigraph") or shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("the oxigraph server is not installed (pip install oxigraph)")
    port = free_port()
    command = [program, "serve", "--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}", "--union-default-graph"]
    # restore_signals: a file that may not grow is an error to the server then, not its end
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, preexec_fn=prepare, restore_signals=False) as server, ended(server):
        assert server.stderr is not None
        for line in server.stderr:
            if "Listening" in line:
                break
        else:
            pytest.fail(f"oxigraph ended with {server.wait()}")
        threading.Thread(target=server.stderr.read, daemon=True).start()
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """The address of a Virtuoso that the command started on `folder`/db."""
    if shutil.which("virtuoso-t") is None:
        pytest.skip("Virtuoso is not installed (apt install virtuoso-opensource-7)")
    port = free_port()
    command = [*PROGRAM, "virtuoso", str(folder / "db"), "--port", str(port), "--memory", "100MB"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as server, ended(server):
        assert server.stderr is not None
        assert f"http://127.0.0.1:{port}/sparql" in server.stderr.readline()
        yield f"http://127.0.0.1:{port}"


class Relay(ThreadingHTTPServer):
    """Passes requests on to a store. `written`: method and graph of each write that it took. `rule` is asked before each
    with the number of writes so far and the graph: None passes it on; a status is answered in the store's name; "lose" says that it is written;
    "close" ends the connection; "hold" keeps the client waiting until the relay is closed."""

    daemon_threads = True

    def __init__(self, store: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = store
        self.written: list[tuple[str, str]] = []
        self.rule: Callable[[int, str], int | str | None] = lambda _, __: None
        self.held, self.closed = threading.Event(), threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def sent(self) -> list[str]:
        """The graphs that were written to, but the one that says what there is."""
        return [graph for _, graph in self.written if not graph.endswith("/pushed")]


@contextlib.contextmanager
def relay(store: str) -> Iterator[Relay]:
    server = Relay(store)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.closed.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Relay

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))) or None
        graph = parse_qs(urlsplit(self.path).query).get("graph", [""])[0]
        write = bool(graph)
        answer = self.server.rule(len(self.server.written), graph) if write else None
        if answer == "hold":
            self.server.held.set()
            self.server.closed.wait()
        if answer in ("hold", "close"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if write:
            self.server.written.append((self.command, graph))
        if answer is not None:
            self._answer(204 if answer == "lose" else int(answer), b"", {})
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "content-length")}
        request = urllib.request.Request(self.server.store + self.path, data=body, headers=headers, method=self.command)
        try:
            with urllib.request.urlopen(request) as reply:
                self._answer(reply.status, reply.read(), {"Content-Type": reply.headers.get("content-type") or "text/plain"})
        except urllib.error.HTTPError as error:
            self._answer(error.code, error.read(), {})

    do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: tests look at `written`."""
