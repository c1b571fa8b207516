"""A real service with reviewers, on a data folder of its own, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROLES = {"li": "reviewer", "wang": "reviewer", "zhao": "editor", "chen": "reader"}
#: Seconds after which a test that waits has hung.
HUNG = 60


@dataclass
class Reviewed:
    """The service's address, its folders, and the token of each reviewer."""

    address: str
    top: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def client(self, reviewer: str) -> httpx.Client:
        """A program with a reviewer's token."""
        return httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {self.tokens[reviewer]}", "Accept": "application/json"}, timeout=HUNG)

    def in_force(self, *, other_than: str) -> str:
        """Wait until another release is live, and give its id."""
        return self.until(lambda: live if (live := self.live()) != other_than else "")

    def live(self) -> str:
        return str(httpx.get(f"{self.address}/readyz", timeout=HUNG).json().get("release", ""))

    def until(self, found) -> str:
        """What `found` gives as soon as it gives something."""
        end = time.monotonic() + HUNG
        while time.monotonic() < end:
            if value := found():
                return value
            time.sleep(0.05)
        raise AssertionError("it did not come")


@contextlib.contextmanager
def served(top: Path, *options: str, review: bool = True) -> Iterator[Reviewed]:
    """Serve `top/data`, whose documents are `top/corpus`, with four reviewers."""
    from policygraph.api.reviewing import Reviewers

    reviewers = Reviewers(top / "corpus" / "reviewers.txt")
    tokens = {name: reviewers.add(name, role) for name, role in ROLES.items()}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "POLICYGRAPH_REVIEW_PAUSE_SECONDS": "0.1", "POLICYGRAPH_REFRESH_SECONDS": "0.1", "POLICYGRAPH_ENCODER": "none"}
    command = [sys.executable, "-m", "policygraph", "serve", "--data", str(top / "data"), "--port", str(port), *(["--review"] if review else []), *options]
    found = Reviewed(f"http://127.0.0.1:{port}", top, tokens)
    with (top / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            end = time.monotonic() + HUNG
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{found.address}/readyz", timeout=HUNG).status_code == 200:
                        break
                if process.poll() is not None or time.monotonic() > end:
                    raise AssertionError((top / "log").read_text("utf-8", "replace"))
                time.sleep(0.05)
            yield found
        finally:
            process.terminate()
            process.wait(HUNG)
