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
    pid: int = 0

    def processor_seconds(self) -> float:
        """What the service has taken of the processors so far: other work on the machine takes none of it."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

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
def served(top: Path, *options: str, review: bool = True, pause: float = 0.1) -> Iterator[Reviewed]:
    """Serve `top/data`, whose documents are `top/corpus`, with four reviewers; what they say is put into force `pause` seconds
    after it."""
    from policygraph.api.reviewing import Reviewers

    reviewers = Reviewers(top / "corpus" / "reviewers.txt")
    tokens = {name: reviewers.add(name, role) for name, role in ROLES.items()}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "POLICYGRAPH_REVIEW_PAUSE_SECONDS": str(pause), "POLICYGRAPH_REFRESH_SECONDS": "0.1", "POLICYGRAPH_ENCODER": "none"}
    command = [sys.executable, "-m", "policygraph", "serve", "--data", str(top / "data"), "--port", str(port), *(["--review"] if review else []), *options]
    found = Reviewed(f"http://127.0.0.1:{port}", top, tokens)
    with (top / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        found.pid = process.pid
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
