"""Mixed load on a running service of our own, and the same point queries on Oxigraph's server and Virtuoso.

    python benchmarks/service.py --data data/ [--seconds 60] [--clients 4] [-o docs/benchmarks/service.md]
    python benchmarks/service.py --data data/ --classes       # only the classes of SPARQL queries below

Starts `policygraph serve` on a free port and sends, from as many threads as clients, searches, clauses, lists, questions,
point SPARQL queries and graphs. Reports requests a second, median and 99th percentile by kind, errors, time from start to
ready, and memory of the service and its workers at the beginning and the end. Six classes of SPARQL queries follow, best of
three over HTTP, on each server: what names a clause, and what goes through all statements. A server that is not installed is left out.

Ends with 1 when a request failed or memory grew by more than a third; with --bars also when something was slower than it
may be, which a machine with other work to do cannot promise.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

WORDS = ("岸电", "农膜回收率", "黑臭水体", "入河排污口整治", "who leads water pollution control", "船舶污染", "城市污水收集率")
QUESTIONS = ("四川哪一条落实国家方案第十条？", "2023年底前到期的任务有哪些？", "生态环境厅牵头哪些工作？")
ALONE_SECONDS = 5.0
MOST_TIMES, MOST_START, MOST_GROWTH = 3.0, 3.0, 1.33
BARS = {"search": 40.0, "clause": 10.0, "sparql": 15.0}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(command: list[str], *, port: int, path: str, cwd: Path | None = None) -> Iterator[tuple[int, float]]:
    """The process, and how long it took until `path` answered 200."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                break
            if process.poll() is not None or time.perf_counter() - begin > 60:
                raise SystemExit(f"{command[0]} does not answer on {path}")
            time.sleep(0.02)
        yield process.pid, time.perf_counter() - begin
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def memory(pid: int) -> float:
    """Megabytes of a process and all that it started, pages that they share counted once."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    total = 0
    for member in family:
        with contextlib.suppress(OSError):
            rows = (line.split() for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines())
            total += sum(int(row[1]) for row in rows if row[0] == "Pss:")
    return total / 1000


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, **headers: str) -> tuple[int, bytes, float]:
        begin = time.perf_counter()
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        return answer.status, body, (time.perf_counter() - begin) * 1000


def point_query(iri: str) -> str:
    return f"SELECT ?p ?o WHERE {{ GRAPH ?g {{ <{iri}> ?p ?o }} }}"


_PREFIX = "PREFIX pg: <https://w3id.org/policygraph/ontology#> "
#: SPARQL queries by class; %clause% is a clause that has tasks.
CLASSES: dict[str, str] = {
    "a clause by its IRI": "SELECT ?p ?o { GRAPH ?g { %clause% ?p ?o } }",
    "its tasks": _PREFIX + "SELECT ?task ?text { GRAPH ?g { ?task pg:clause %clause% ; a pg:Task ; pg:text ?text } }",
    "links whose lower clause has a target, counted": _PREFIX
    + "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?link a pg:ImplementationLink ; pg:source ?lower } GRAPH ?h { ?target pg:clause ?lower ; a pg:Target } }",
    "tasks that contain 污水, counted": _PREFIX
    + 'SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task ; pg:text ?text } FILTER(CONTAINS(?text, "污水")) }',
    "tasks grouped by modality": _PREFIX + "SELECT ?modality (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task ; pg:modality ?modality } } GROUP BY ?modality",
    "twenty tasks sorted by text": _PREFIX + "SELECT ?task ?text { GRAPH ?g { ?task a pg:Task ; pg:text ?text } } ORDER BY ?text LIMIT 20",
}


def in_classes(servers: list[Server], clause: str) -> list[str]:
    """A table of the classes, the best of three on each server (ms); a query that a server stops has its status."""
    lines = ["| SPARQL query | " + " | ".join(server.name for server in servers) + " |", "|---|" + "---|" * len(servers)]
    for label, query in CLASSES.items():
        cells = []
        for server in servers:
            address = f"{server.path}?{urlencode({'query': query.replace('%clause%', f'<{clause}>')})}"
            cells.append(best_of_three(server, address))
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return lines


def best_of_three(server: Server, address: str) -> str:
    """Milliseconds; the status of a query that was refused or stopped; or that there was no answer in a client's patience."""
    times = []
    for _ in range(3):
        try:
            status, _, took = Client(server.port).get(address, Accept="application/sparql-results+json")
        except OSError:
            return "none in 60 s"
        if status != 200:
            return f"HTTP {status}"
        times.append(took)
    return f"{min(times):.1f}"


def a_clause(port: int) -> str:
    """The IRI of a clause that has tasks."""
    query = _PREFIX + "SELECT ?clause { GRAPH ?g { ?task a pg:Task ; pg:clause ?clause } } LIMIT 1"
    found = json.loads(Client(port).get(f"/sparql?{urlencode({'query': query})}", Accept="application/sparql-results+json")[1])
    return str(found["results"]["bindings"][0]["clause"]["value"])


def with_store(port: int) -> None:
    """Wait for the store of a large release, which the first query has made."""
    while Client(port).get("/sparql?query=ASK%7B%7D")[0] == 503:
        time.sleep(1)


def requests(clauses: list[str], base: str) -> dict[str, tuple[int, list[str]]]:
    """Kinds of request with their weight and addresses."""
    sparql = [f"/sparql?{urlencode({'query': point_query(base + 'doc/' + quote(name))})}" for name in clauses]
    whole = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 20000"
    return {
        "clause": (30, [f"/clauses/{quote(name)}" for name in clauses]),
        "sparql": (30, sparql),
        "search": (20, [f"/search?q={quote(word)}" for word in WORDS]),
        "list": (10, ["/targets", "/deadlines?by=2023-12-31", "/agencies", "/coverage.csv"]),
        "ask": (5, [f"/ask?q={quote(question)}" for question in QUESTIONS]),
        "turtle": (4, [f"/clauses/{quote(name)}.ttl" for name in clauses]),
        "graph": (1, [f"/sparql?{urlencode({'query': whole})}"]),
    }


def load(port: int, kinds: dict[str, tuple[int, list[str]]], *, seconds: float, clients: int) -> tuple[dict[str, list[float]], list[str]]:
    times: defaultdict[str, list[float]] = defaultdict(list)
    errors: list[str] = []
    end = time.perf_counter() + seconds

    def work(seed: int) -> None:
        chance = random.Random(seed)
        client = Client(port)
        names, weights = list(kinds), [weight for weight, _ in kinds.values()]
        while time.perf_counter() < end:
            kind = chance.choices(names, weights)[0]
            path = chance.choice(kinds[kind][1])
            status, body, took = client.get(path)
            times[kind].append(took)
            if status != 200:
                errors.append(f"{status} {path} {body[:200]!r}")

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, errors


@dataclass(frozen=True)
class Server:
    """One that answers point queries: `path` is that of its endpoint."""

    name: str
    port: int
    path: str


def points(server: Server, iris: list[str], *, count: int) -> list[float]:
    """Times of point queries by one client, the same on every server."""
    client = Client(server.port)
    times = []
    for at in range(count + 20):
        query = urlencode({"query": point_query(iris[at % len(iris)])})
        status, body, took = client.get(f"{server.path}?{query}", Accept="application/sparql-results+json")
        if status != 200 or not json.loads(body)["results"]["bindings"]:
            raise SystemExit(f"{server.name} answers {status}: {body[:200]!r}")
        times.append(took)
    return times[20:]


def in_turns(servers: list[Server], iris: list[str], *, rounds: int = 12, count: int = 50) -> dict[str, list[float]]:
    """Point queries on each server in turn, so that whatever else the machine does comes to all of them alike."""
    times: dict[str, list[float]] = {server.name: [] for server in servers}
    chance = random.Random(0)
    for _ in range(rounds):
        chance.shuffle(iris)
        for server in servers:
            times[server.name] += points(server, iris, count=count)
    return times


#: For programs that load a server.
QUIET: dict[str, Any] = {"check": True, "capture_output": True, "stdin": subprocess.DEVNULL, "timeout": 900}


@contextlib.contextmanager
def others(release: Path) -> Iterator[list[Server]]:
    """Those of Oxigraph's server and Virtuoso that are installed, with the graph of the release."""
    found = []
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as running:
        folder = Path(name)
        oxigraph = shutil.which("oxigraph") or shutil.which("oxigraph", path=str(Path(sys.executable).parent))
        if oxigraph:
            place = ["--location", str(folder / "store")]
            subprocess.run([oxigraph, "load", *place, "--file", *map(str, sorted((release / "graph").rglob("*.nq.gz")))], **QUIET)
            port = free_port()
            command = [oxigraph, "serve-read-only", *place, "--bind", f"127.0.0.1:{port}"]
            running.enter_context(started(command, port=port, path="/query?query=ASK%7B%7D"))
            found.append(Server("oxigraph serve", port, "/query"))
        virtuoso, isql = shutil.which("virtuoso-t"), shutil.which("isql-vt")
        if virtuoso and isql:
            port, sql = free_port(), free_port()
            (folder / "virtuoso.ini").write_text(
                f"[Database]\nDatabaseFile={name}/v.db\nErrorLogFile={name}/v.log\nTransactionFile={name}/v.trx\nLockFile={name}/v.lck\n"
                f"xa_persistent_file={name}/v.pxa\n[TempDatabase]\nDatabaseFile={name}/t.db\nTransactionFile={name}/t.trx\n"
                f"[Parameters]\nServerPort=127.0.0.1:{sql}\nNumberOfBuffers=20000\nDirsAllowed={release}\n"
                f"[HTTPServer]\nServerPort=127.0.0.1:{port}\n"
            )
            command = [virtuoso, "+foreground", "+configfile", str(folder / "virtuoso.ini")]
            running.enter_context(started(command, port=port, path="/sparql?query=ASK%7B%7D", cwd=folder))
            text = f"ld_dir_all('{release / 'graph'}', '%.nq.gz', 'http://unused/'); rdf_loader_run();"
            subprocess.run([isql, f"127.0.0.1:{sql}", "dba", "dba", f"exec={text}"], **QUIET)
            found.append(Server("Virtuoso", port, "/sparql"))
        yield found


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)] if times else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--bars", action="store_true", help="fail when a time is over its bar")
    parser.add_argument("--classes", action="store_true", help="only the classes of SPARQL queries")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers end with it
    release = options.data.resolve() / "releases" / (options.data / "current").read_text().strip()
    base = json.loads((release / "manifest.json").read_text())["base_iri"]
    port = free_port()
    command = [sys.executable, "-m", "policygraph", "serve", "--data", str(options.data), "--port", str(port), "--client-seconds", "0"]
    lines = ["# Service", "", f"{options.seconds:g} s of mixed load by {options.clients} clients on the same machine.", ""]
    with started(command, port=port, path="/readyz") as (pid, ready):
        with_store(port)
        leaves = json.loads(Client(port).get("/clauses?limit=1000&leaves=true")[1])["items"]
        clauses = [row["id"] for row in leaves]
        iris = [f"{base}doc/{quote(name)}" for name in clauses]
        if options.classes:
            with others(release) as servers:
                print("\n".join(in_classes([Server("policygraph serve", port, "/sparql"), *servers], a_clause(port))))
            return 0
        kinds = requests(clauses, base)
        load(port, kinds, seconds=min(30.0, max(15.0, options.seconds / 5)), clients=options.clients)  # warm
        before = memory(pid)
        times, errors = load(port, kinds, seconds=options.seconds, clients=options.clients)
        after = memory(pid)
        # searches that were not made before, so that no sentence is in the encoder's memory
        leads = list(dict.fromkeys(row["lead"] or row["text"][:20] for row in leaves))
        alone = {"search": [f"/search?q={quote(lead)}" for lead in leads], **{kind: kinds[kind][1] for kind in ("clause", "sparql")}}
        single = {kind: load(port, {kind: (1, paths)}, seconds=ALONE_SECONDS, clients=options.clients) for kind, paths in alone.items()}
        with others(release) as servers:
            every = [Server("policygraph serve", port, "/sparql"), *servers]
            turns, classes = in_turns(every, iris), in_classes(every, a_clause(port))
    lines += ["| request | count | p50 ms | p99 ms |", "|---|---|---|---|"]
    lines += [f"| {kind} | {len(found)} | {statistics.median(found):.1f} | {p99(found):.1f} |" for kind, found in sorted(times.items())]
    total = sum(map(len, times.values()))
    lines += ["", f"Requests a second: {total / options.seconds:.0f}. Errors: {len(errors)}. Start to ready: {ready:.1f} s (bar {MOST_START:g})."]
    lines += [f"Memory with workers: {before:.0f} MB at the beginning, {after:.0f} MB at the end.", ""]
    slow = ready > MOST_START
    lines += [f"| of one kind, {options.clients} clients | count | p50 ms | p99 ms | bar p50 |", "|---|---|---|---|---|"]
    for kind, (found, failed) in single.items():
        errors += failed
        median = statistics.median(found[kind])
        slow |= median > BARS[kind]
        lines.append(f"| {kind} | {len(found[kind])} | {median:.1f} | {p99(found[kind]):.1f} | {BARS[kind]:g} |")
    lines += ["", "| point SPARQL query, one client | p50 ms | p99 ms |", "|---|---|---|"]
    medians = {name: statistics.median(found) for name, found in turns.items()}
    lines += [f"| {name} | {medians[name]:.2f} | {p99(found):.2f} |" for name, found in turns.items()]
    ours = medians.pop("policygraph serve")
    if medians:
        best = min(medians.values())
        slow |= ours > MOST_TIMES * best
        lines += ["", f"Ours is {ours / best:.1f} times the faster one (bar {MOST_TIMES:g})."]
    lines += ["", *classes]
    lines += [f"- {error}" for error in errors[:10]]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text, "utf-8")
    return 1 if errors or after > MOST_GROWTH * before or (slow and options.bars) else 0


if __name__ == "__main__":
    sys.exit(main())
