"""A Virtuoso of one's own for the graph of a release, with what `push` and `--graph-store` need of it set.

Virtuoso answers counts, sorts and searches over millions of statements many times as fast as the embedded engine, and
takes a third of the disk. It listens on this machine alone, so its password stays the one that it comes with.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from policygraph.errors import ReleaseError, UsageError

#: Bytes that one of its buffers takes: a page of 8 kB and what is kept of it.
_BUFFER = 8_700
#: Seconds that it may take to begin: a new database takes some, a large one is read in.
_START_SECONDS = 300.0
_LOOK = 0.1
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
    """One that runs: where it answers queries (`--graph-store`), and where `push` puts graphs."""

    endpoint: str
    graph_store: str


@contextlib.contextmanager
def start_virtuoso(folder: Path, *, port: int, memory: int) -> Iterator[Virtuoso]:
    """Virtuoso on the database in `folder`, which is made; it ends with the block."""
    program = shutil.which("virtuoso-t")
    isql = next(filter(None, map(shutil.which, ("isql-vt", "isql-v"))), None)
    if program is None or isql is None:
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
        grant = [isql, f"127.0.0.1:{sql}", "dba", "dba", 'exec=grant SPARQL_UPDATE to "SPARQL"']
        subprocess.run(grant, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=_START_SECONDS)
        yield Virtuoso(endpoint=endpoint, graph_store=f"http://127.0.0.1:{port}/sparql-graph-crud")
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
