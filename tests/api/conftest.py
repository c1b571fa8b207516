"""A real service on a free port of loopback, in a process of its own, on a store that the test fills."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

import policygraph
from policygraph.release.folder import FORMAT, Manifest

SOURCE = str(Path(policygraph.__file__).parent.parent)
#: Seconds after which a test that waits has hung, on however busy a machine.
HUNG = 300


def publish(data: Path, quads: list[ox.Quad], *, release: str = "r1") -> None:
    """A release that holds `quads` and nothing else, in service."""
    folder = data / "releases" / release
    folder.mkdir(parents=True)
    store = ox.Store(str(folder / "store"))
    store.bulk_extend(quads)
    store.flush()
    store.dump(str(folder / "graph.nq"), format=ox.RdfFormat.N_QUADS)
    del store
    manifest = Manifest(
        format=FORMAT, id=release, program="test", base_iri="https://example.org/", encoder="none", inputs=(), documents=(),
        problems=(), warnings=(), links={}, statements=len(quads), files={},
    )
    (folder / "manifest.json").write_text(manifest.to_json(), "utf-8")
    pointer = data / ".current"
    pointer.write_text(release, "utf-8")
    pointer.replace(data / "current")


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            found.setdefault(int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


class Service:
    """The running service: `url`, and its process."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process, self.url = process, url

    def answers(self) -> bool:
        """Whether it has started."""
        if self.process.poll() is not None:
            pytest.fail(f"the service ended with {self.process.returncode}")
        try:
            return httpx.get(f"{self.url}/healthz", timeout=HUNG).status_code == 200
        except httpx.TransportError:
            return False

    def workers(self) -> list[int]:
        """Process ids of the four query workers, once they have the graph in memory and nothing else is left: children of
        the nursery."""
        found: list[int] = []

        def complete() -> bool:
            children = _children()
            mine = [pid for pid in children.get(self.process.pid, ()) if b"policygraph.sparql" in _command(pid)]
            found[:] = children.get(mine[0], ()) if len(mine) == 1 and b"sparql.nursery" in _command(mine[0]) else ()
            return len(found) == 4

        self.until(complete)
        return found

    def gauge(self, name: str) -> float:
        """What `/metrics` says of it."""
        lines = httpx.get(f"{self.url}/metrics", timeout=HUNG).text.splitlines()
        return float(next(line.rpartition(" ")[2] for line in lines if line.startswith(f"policygraph_{name} ")))

    def until(self, so: Callable[[], bool]) -> None:
        """Returns when something is so."""
        given_up = time.monotonic() + HUNG
        while not so():
            assert time.monotonic() < given_up, f"not so after {HUNG} seconds"
            time.sleep(0.05)


@contextlib.contextmanager
def serving(data: Path, *, log: Path | None = None, **settings: str) -> Iterator[Service]:
    """The service on `data`; settings as environment variables say them. `log`: what it says on standard error."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "policygraph", "serve", "--data", str(data), "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": SOURCE} | {f"POLICYGRAPH_{k.upper()}": v for k, v in settings.items()}
    with Path(os.devnull if log is None else log).open("wb") as said:
        process = subprocess.Popen(command, env=environment, stderr=said)
    service = Service(process, f"http://127.0.0.1:{port}")
    try:
        service.until(service.answers)
        yield service
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def serve() -> Callable[..., contextlib.AbstractContextManager[Service]]:
    return serving


@pytest.fixture(scope="session")
def make_release() -> Callable[..., None]:
    return publish
