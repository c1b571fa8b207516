"""A Virtuoso of one's own for the graph of a release, with what `push` and `--graph-store` need of it set.

Virtuoso answers counts, sorts and searches over millions of statements many times as fast as the embedded engine, and
takes a third of the disk. It listens on this machine alone, so its password stays the one that it comes with.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policygraph.errors import ReleaseError, UsageError
from policygraph.graph.pushing import GraphStoreProtocol, Job

#: Bytes that one of its buffers takes: a page of 8 kB and what is kept of it.
_BUFFER = 8_700
#: Seconds that it may take to begin: a new database takes some, a large one is read in.
_START_SECONDS = 300.0
_LOOK = 0.1
#: Compressed bytes, and files, that its loader is given before the next checkpoint.
_LOADED, _FILES = 64 << 20, 2_000
_LOAD = """\
delete from DB.DBA.load_list;
ld_dir('{place}', '*.nq*', 'urn:none');
rdf_loader_run();
checkpoint;
select concat('REFUSED ', coalesce(ll_error, ll_file)) from DB.DBA.load_list where ll_error is not null or ll_state <> 2;
"""
_INI = """\
[Database]
DatabaseFile={folder}/virtuoso.db
ErrorLogFile={folder}/virtuoso.log
TransactionFile={folder}/virtuoso.trx
LockFile={folder}/virtuoso.lck
xa_persistent_file={folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile={folder}/temporary.db
TransactionFile={folder}/temporary.trx
[Parameters]
ServerPort=127.0.0.1:{sql}
NumberOfBuffers={buffers}
MaxDirtyBuffers={dirty}
DirsAllowed={folder}
[HTTPServer]
ServerPort=127.0.0.1:{port}
[SPARQL]
ResultSetMaxRows=1000000
MaxQueryExecutionTime=60
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Virtuoso:
    """One that runs: where it answers queries (`--graph-store`), where `push` puts graphs, and the folder of its loader."""

    endpoint: str
    graph_store: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Loader:
    """Virtuoso's own loader (`rdf_loader_run`), which reads a release's compressed files from the disk: for the Virtuoso that
    `start_virtuoso` started on `folder`. It writes no log, so what it loaded counts when it is in a checkpoint.
    """

    folder: Path
    server: GraphStoreProtocol

    @property
    def name(self) -> str:
        return "Virtuoso's loader, compressed N-Quads"

    def send(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, int]]:
        waiting: list[tuple[Job, int]] = []
        size = 0
        for job in jobs:
            for number, path in enumerate(job.part.files[job.start :], start=job.start):
                waiting.append((job, number))
                size += path.stat().st_size
                if size >= _LOADED or len(waiting) >= _FILES:
                    yield from self._load(waiting)
                    waiting, size = [], 0
        yield from self._load(waiting)

    def _load(self, waiting: Sequence[tuple[Job, int]]) -> Iterator[tuple[Job, int]]:
        """Load some files, by job and number."""
        for job, number in waiting:
            for graph in () if number else job.graphs:
                self.server.delete(graph)
        self._run([job.part.files[number] for job, number in waiting])
        for at, (job, number) in enumerate(waiting, start=1):
            if at == len(waiting) or waiting[at][0] is not job:
                yield job, number + 1

    def _run(self, paths: Sequence[Path]) -> None:
        if not paths:
            return
        place = self.folder / "pushed"
        shutil.rmtree(place, ignore_errors=True)  # left by one that was killed
        place.mkdir()
        try:
            for number, path in enumerate(paths):
                shutil.copyfile(path, place / f"{number:06}.nq{'.gz' if path.suffix == '.gz' else ''}")
            (place / "load.sql").write_text(_LOAD.format(place=place), "utf-8")
            said = _isql(_sql_port(self.folder), str(place / "load.sql"))
        finally:
            shutil.rmtree(place, ignore_errors=True)
        if "*** Error" in said or "REFUSED" in said:
            reason = next(line for line in said.splitlines() if "*** Error" in line or "REFUSED" in line)
            raise ReleaseError(f"Virtuoso's loader in {self.folder} failed ({reason}).", remedy=f"See {self.folder / 'virtuoso.log'}.")


@contextlib.contextmanager
def start_virtuoso(folder: Path, *, port: int, memory: int) -> Iterator[Virtuoso]:
    """Virtuoso on the database in `folder`, which is made; it ends with the block."""
    program = shutil.which("virtuoso-t")
    if program is None:
        raise UsageError("Virtuoso is not installed here.", remedy="apt install virtuoso-opensource-7")
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    sql, buffers = _free_port(), max(2_000, memory // _BUFFER)
    settings = folder / "virtuoso.ini"
    settings.write_text(_INI.format(folder=folder, port=port, sql=sql, buffers=buffers, dirty=buffers * 3 // 4), "utf-8")
    log = folder / "virtuoso.log"
    server = subprocess.Popen(
        [program, "+foreground", "+configfile", str(settings)], cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        endpoint = f"http://127.0.0.1:{port}/sparql"
        _wait(server, endpoint, log=log)
        _isql(sql, 'exec=grant SPARQL_UPDATE to "SPARQL"')
        yield Virtuoso(endpoint=endpoint, graph_store=f"http://127.0.0.1:{port}/sparql-graph-crud", folder=folder)
    except subprocess.SubprocessError as error:
        raise ReleaseError(f"Virtuoso in {folder} takes no orders ({error}).", remedy=f"See {log}.") from error
    finally:
        server.terminate()  # it writes down what it has in memory
        server.wait()


def _wait(server: subprocess.Popen[bytes], endpoint: str, *, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{endpoint}?query=ASK%20%7B%7D", timeout=_START_SECONDS):
            return
        time.sleep(_LOOK)
    raise ReleaseError(f"Virtuoso does not answer on {endpoint}.", remedy=f"See {log}; is the port taken, or does another use the folder?")


def _isql(port: int, order: str) -> str:
    """What the server says to an order, or to a file of them."""
    isql = next(filter(None, map(shutil.which, ("isql-vt", "isql-v"))), None)
    if isql is None:
        raise UsageError("Virtuoso is not installed here.", remedy="apt install virtuoso-opensource-7")
    command = [isql, f"127.0.0.1:{port}", "dba", "dba", order, "errors=stdout"]
    try:
        return subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout.decode("utf-8", "replace")
    except subprocess.CalledProcessError as error:
        raise ReleaseError(
            f"Virtuoso takes no orders on 127.0.0.1:{port} ({' '.join((error.stdout + error.stderr).decode('utf-8', 'replace').split())[-200:]}).",
            remedy="Does `policygraph virtuoso` run on that folder?",
        ) from error


def _sql_port(folder: Path) -> int:
    try:
        found = re.search(r"^ServerPort=127\.0\.0\.1:(\d+)", (folder / "virtuoso.ini").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    if found is None:
        raise UsageError(f"{folder} is no folder of `policygraph virtuoso`.", remedy="Give the one that it was started with, or leave it out.")
    return int(found[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
