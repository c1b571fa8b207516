"""A chat endpoint on loopback that plays what a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: What to answer to the body of a request: a text for a chat's answer, or bytes to send as they are.
Play = Callable[[dict[str, object]], str | bytes]


class Endpoint(ThreadingHTTPServer):
    """Keeps what it was asked, with the headers; `drip` sends an answer byte by byte, `wait` lets it come late."""

    daemon_threads = True

    def __init__(self, play: Play, *, status: int = 200, wait: float = 0.0, drip: float = 0.0, location: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.play, self.status, self.wait, self.drip, self.location = play, status, wait, drip, location
        self.asked: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_GET(self) -> None:
        self._send(json.dumps({"data": [{"id": "qwen-test"}]}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.headers.append(dict(self.headers))
        said = self.server.play(body)
        time.sleep(self.server.wait)
        self._send(said if isinstance(said, bytes) else chat(said))

    def _send(self, data: bytes) -> None:
        try:
            self.send_response(self.server.status)
            if self.server.location:
                self.send_header("Location", self.server.location)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            for i in range(len(data)) if self.server.drip else ():
                self.wfile.write(data[i : i + 1])
                self.wfile.flush()
                time.sleep(self.server.drip)
            if not self.server.drip:
                self.wfile.write(data)
        except OSError:
            pass  # the client hung up, as it should

    def log_message(self, *_: object) -> None:
        """Silent."""


def chat(content: str) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}, ensure_ascii=False).encode()


@contextmanager
def endpoint(play: Play, **how: object) -> Iterator[Endpoint]:
    server = Endpoint(play, **how)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
