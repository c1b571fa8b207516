"""The running service under attack, load and accidents: real sockets, real processes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest

TURTLE = {"accept": "application/n-triples"}
HOPELESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
#: Seconds after which a test that waits has hung, on however busy a machine.
HUNG = 300
ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def quads(count: int, mark: str) -> list[ox.Quad]:
    node = ox.NamedNode
    return [
        ox.Quad(node(f"http://e/{i}"), node("http://p/text"), ox.Literal(f"{mark} 条款 {i}"), node("http://g/1"))
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def service(serve, make_release, tmp_path_factory) -> Iterator:
    data = tmp_path_factory.mktemp("data")
    make_release(data, quads(20_000, "甲"))
    with serve(data, query_seconds="4", refresh_seconds="0.1", client_seconds="0") as running:
        running.data = data
        yield running


class Listener:
    """Counts who connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.hits = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.hits += 1
            connection.close()


def attacks(port: int) -> list[tuple[str, dict[str, str]]]:
    url = f"http://127.0.0.1:{port}/x"
    inner = "{ ?s ?p ?o }"
    spellings = [
        f"HTTP://127.0.0.1:{port}", f"http://localhost:{port}", f"http://127%2e0%2e0%2e1:{port}", f"http://0x7f.1:{port}",
        f"http://2130706433:{port}", f"http://u:p@127.0.0.1:{port}", f"http://[::ffff:127.0.0.1]:{port}", f"//127.0.0.1:{port}",
    ]  # fmt: skip
    texts = [
        f"SELECT * {{ SERVICE <{url}> {inner} }}", f"SELECT * {{ service silent <{url}> {inner} }}",
        f"SELECT * {{ SERVICE<{url}>{inner} }}", f"SELECT * {{ SERVICE # c\n <{url}> {inner} }}",
        f"PREFIX x: <http://127.0.0.1:{port}/> SELECT * {{ SERVICE x:x {inner} }}",
        f"BASE <http://127.0.0.1:{port}/> SELECT * {{ SERVICE <x> {inner} }}",
        f"SELECT * {{ BIND(<{url}> AS ?u) SERVICE ?u {inner} }}", f"SELECT * {{ VALUES ?u {{ <{url}> }} SERVICE ?u {inner} }}",
        f"SELECT * {{ ?a ?b ?c FILTER EXISTS {{ SERVICE <{url}> {inner} }} }}",
        f"SELECT * {{ {{ SELECT * {{ SERVICE <{url}> {inner} }} }} }}", f"ASK {{ \\u0053ERVICE <{url}> {inner} }}",
        f"ASK {{ ?a ?b ?c FILTER(?a<?b)SERVICE#comment>\n<{url}>{inner} }}", f"DESCRIBE <{url}>",
        f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ OPTIONAL {{ SERVICE <{url}> {inner} }} }}",
        f"SELECT * FROM <{url}> {inner}", f"SELECT * FROM NAMED <{url}> {{ GRAPH ?g {inner} }}", f"ASK FROM <{url}> {{}}",
        f"LOAD <{url}>", f"LOAD SILENT <{url}> INTO GRAPH <http://g/>", f"ASK {{}} ; LOAD <{url}>",
        f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{url}> {inner} }}", f"SELECT (<{url}>(1) AS ?x) {{}}",
        f"SELECT * {{ GRAPH <{url}> {inner} }}", f"SELECT * FROM <file:///etc/passwd> {inner}",
        f"SELECT * F\\u0052OM <{url}> {inner}", f"SELECT * \\U00000046ROM NAMED <{url}> {inner}", f"SELECT *\nfrom#\n<{url}>{inner}",
        f"PREFIX x: <http://127.0.0.1:{port}/> SELECT * FROM x:x {inner}", f"BASE <http://127.0.0.1:{port}/> ASK FROM <x> {inner}",
        f"PREFIX : <http://127.0.0.1:{port}/> SELECT * {{ SERVICE :x {inner} }}", f"SELECT * {{ SERVICE <{url}#SERVICE> {inner} }}",
        f"SELECT * {{ sErViCe\t<{url}>\r\n{inner} }}", f"SELECT * {{ SERVICE\u00a0<{url}> {inner} }}", f"SELECT * {{ SERVICE\ufeff<{url}> {inner} }}",
        f"SELECT * {{ ?s ?p ?o MINUS {{ SERVICE <{url}> {inner} }} }}", f"SELECT (EXISTS {{ SERVICE <{url}> {inner} }} AS ?x) {{}}",
        f"SELECT * {{}} ORDER BY EXISTS {{ SERVICE <{url}> {inner} }}", f"SELECT * {{}} GROUP BY ?x HAVING (EXISTS {{ SERVICE <{url}> {inner} }})",
        f"ASK {{ {inner} UNION {{ SERVICE <{url}> {inner} }} }}", f"CLEAR GRAPH <{url}>", f"# x\nPREFIX a: <{url}>\nLOAD a: INTO GRAPH a:",
        *(f"SELECT * {{ SERVICE <{spelling}/x> {inner} }}" for spelling in spellings),
        *(f"SELECT * FROM <{spelling}/x> {inner}" for spelling in spellings), *(f"LOAD <{spelling}/x>" for spelling in spellings),
    ]  # fmt: skip
    found = [(text, {}) for text in texts]
    found += [
        ("ASK {}", {name: place})
        for name in ("default-graph-uri", "named-graph-uri", "using-graph-uri", "using-named-graph-uri", "update")
        for place in (url, *spellings, "file:///etc/passwd")
    ]
    return found


def test_never_connects_to_anything(service) -> None:
    listener = Listener()
    statuses = []
    with httpx.Client(base_url=service.url) as client:
        for text, more in attacks(listener.port):
            statuses.append(client.get("/sparql", params={"query": text, **more}).status_code)
            body = client.post("/sparql", data={"query": text, **more})
            direct = client.post("/sparql", params=more, content=text.encode(), headers={"content-type": "application/sparql-query"})
            update = client.post("/sparql", data={"update": text})
            assert update.status_code == 400
            statuses += [body.status_code, direct.status_code]
        # names that are relative to an address which the client chooses
        here = {"host": f"127.0.0.1:{listener.port}"}
        for text in ("ASK FROM <x> {}", "SELECT * { SERVICE <x> { ?s ?p ?o } }", "SELECT * { SERVICE <> { ?s ?p ?o } }", "LOAD <x>"):
            statuses.append(client.get("/sparql", params={"query": text}, headers=here).status_code)
        once = quote(f"http://127.0.0.1:{listener.port}/x", safe="")
        for address in (f"/graphs?graph={once}", f"/graphs?graph={quote(once)}", f"/graphs/{once}", f"/graphs?default&graph={once}"):
            statuses += [client.request(method, address).status_code for method in ("GET", "HEAD", "PUT", "POST", "DELETE")]
            statuses.append(client.get(address, headers=here).status_code)
    assert set(statuses) <= {200, 400, 404, 405, 503}
    assert listener.hits == 0
    listener.socket.close()


@pytest.mark.parametrize("query", ["SELECT * { SERVICE <http://127.0.0.1:1/> {} }", "LOAD <http://127.0.0.1:1/>", "ASK FROM <http://127.0.0.1:1/> {}"])
def test_refusal_says_why_and_what_to_do(service, query: str) -> None:
    response = httpx.get(f"{service.url}/sparql", params={"query": query})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["remedy"]


def test_time_limit_names_its_setting(service) -> None:
    response = httpx.get(f"{service.url}/sparql", params={"query": HOPELESS}, timeout=HUNG)
    assert response.status_code == 504
    assert "query_seconds" in response.json()["detail"]


def test_a_query_too_deep_for_the_engine_is_a_wrong_request(service) -> None:
    response = httpx.post(f"{service.url}/sparql", data={"query": "ASK { BIND(1" + " + 1" * 20_000 + " AS ?x) }"}, timeout=HUNG)
    assert response.status_code == 400
    assert "nested too deeply" in response.json()["detail"]


@pytest.mark.slow
def test_many_clients_stream_the_whole_graph(serve, make_release, tmp_path: Path) -> None:
    make_release(tmp_path, quads(20_000, "甲"))
    with serve(tmp_path, query_seconds=str(HUNG), client_seconds="0") as running, ThreadPoolExecutor(32) as pool:
        running.workers()
        answers = list(
            pool.map(lambda _: httpx.get(f"{running.url}/sparql", params={"query": ALL}, headers=TURTLE, timeout=HUNG), range(32))
        )
    assert [a.status_code for a in answers] == [200] * 32
    assert all(len(a.text.splitlines()) == 20_000 for a in answers)


@pytest.mark.slow
def test_where_there_is_no_room_the_client_is_told_when_to_come_back(serve, make_release, tmp_path: Path) -> None:
    make_release(tmp_path, quads(1000, "甲"))
    with serve(tmp_path, query_seconds="1", query_queue="4", client_seconds="0") as running, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: httpx.get(f"{running.url}/sparql", params={"query": HOPELESS}, timeout=HUNG), range(16)))
    assert {a.status_code for a in answers} <= {503, 504}
    refused = [a for a in answers if a.status_code == 503]
    assert refused
    assert all(int(a.headers["retry-after"]) >= 1 and "query_" in a.json()["detail"] for a in refused)


@pytest.mark.slow
def test_a_new_client_does_not_queue_behind_a_crowd(serve, make_release, tmp_path: Path) -> None:
    """Forty clients hold all places and wait for more, with queries that nobody's patience outlasts; thirty new ones are
    answered meanwhile."""
    make_release(tmp_path, quads(20_000, "甲"))

    def status(query: str, *, address: str) -> int:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=HUNG) as client:
            return client.get(f"{running.url}/sparql", params={"query": query}).status_code

    with (
        serve(tmp_path, client_seconds="0", query_seconds=str(2 * HUNG), concurrency="64") as running,
        contextlib.ExitStack() as stack,
    ):
        running.workers()
        crowd = [stack.enter_context(asking(running.url, HOPELESS, address=f"127.0.1.{number}")) for number in range(1, 41)]
        running.until(lambda: running.gauge("requests_active") == len(crowd) + 1)  # with the one that asks
        assert [status("ASK {}", address=f"127.0.2.{number}") for number in range(1, 31)] == [200] * 30
        assert running.gauge("requests_active") == len(crowd) + 1


def asking(url: str, query: str, *, address: str = "127.0.0.1") -> socket.socket:
    """A client that has asked, and waits."""
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), source_address=(address, 0))
    connection.sendall(f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return connection


@pytest.mark.slow
def test_clients_that_hang_up_free_their_workers(serve, make_release, tmp_path: Path) -> None:
    make_release(tmp_path, quads(20_000, "甲"))
    with serve(tmp_path, client_seconds="0", query_seconds=str(2 * HUNG)) as running:
        for _ in range(8):
            with asking(running.url, HOPELESS):
                running.until(lambda: running.gauge("requests_active") == 2)  # with the one that asks
            running.until(lambda: running.gauge("requests_active") == 1)
        assert httpx.get(f"{running.url}/sparql", params={"query": "ASK {}"}, timeout=HUNG).json()["boolean"] is True


def test_killed_workers_are_replaced(service) -> None:
    for pid in service.workers():
        os.kill(pid, signal.SIGKILL)
    for _ in range(5):
        assert httpx.get(f"{service.url}/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
    assert len(service.workers()) == 4


def test_a_new_release_comes_into_service_without_a_failure(service, make_release) -> None:
    query = "SELECT ?o { <http://e/1> ?p ?o }"
    seen: list[str] = []
    failures: list[object] = []
    stop = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=service.url) as client:
            while not stop.is_set():
                response = client.get("/sparql", params={"query": query})
                if response.status_code != 200:
                    failures.append(response.text)
                    continue
                text = response.json()["results"]["bindings"][0]["o"]["value"]
                release = response.headers["policygraph-release"]
                if (release, text[0]) not in (("r1", "甲"), ("r2", "乙")):
                    failures.append((release, text))
                seen.append(release)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    service.until(lambda: len(seen) >= 10)
    make_release(service.data, quads(500, "乙"), release="r2")
    service.until(lambda: seen[-1] == "r2")
    after = len(seen)
    service.until(lambda: len(seen) >= after + 10)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert {"r1", "r2"} <= set(seen)
    assert len(service.workers()) == 4, "workers of the former release are left"


@pytest.mark.slow
def test_an_unreadable_data_folder_is_said_and_survived(serve, make_release, tmp_path: Path) -> None:
    data = tmp_path / "data"
    make_release(data, quads(10, "甲"))
    with serve(data, refresh_seconds="0.1") as running:
        away = tmp_path / "away"
        data.rename(away)
        running.until(lambda: httpx.get(f"{running.url}/readyz").status_code == 503)
        answer = httpx.get(f"{running.url}/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"})
        assert answer.json()["results"]["bindings"][0]["n"]["value"] == "10"
        away.rename(data)
        running.until(lambda: httpx.get(f"{running.url}/readyz").status_code == 200)


def test_no_process_outlives_the_service(serve, make_release, tmp_path: Path) -> None:
    make_release(tmp_path, quads(10, "甲"))
    with serve(tmp_path) as running:
        workers = running.workers()
        assert workers
        running.process.kill()
        running.process.wait()
        running.until(lambda: not any(_alive(pid) for pid in workers))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_limits_of_requests(serve, make_release, tmp_path: Path) -> None:
    make_release(tmp_path, quads(100, "甲"))
    token = tmp_path / "tokens"
    import hashlib

    token.write_text(hashlib.sha256(b"secret").hexdigest() + " reader\n")
    limits = {"request_bytes": "4096", "query_rows": "7", "query_characters": "500", "trusted_hosts": "127.0.0.1"}
    with serve(tmp_path, tokens_file=str(token), **limits) as running:
        get = httpx.Client(base_url=running.url, headers={"authorization": "Bearer secret"})
        assert httpx.get(f"{running.url}/sparql").status_code == 401
        assert httpx.get(f"{running.url}/sparql", headers={"authorization": "Bearer wrong"}).status_code == 401
        assert get.get("/sparql", params={"query": "ASK {}"}).status_code == 200
        large = get.post("/sparql", content=b" " * 5000, headers={"content-type": "application/sparql-query"})
        assert large.status_code == 413
        assert "request_bytes" in large.text
        chunked = get.post("/sparql", content=iter([b" " * 3000] * 3), headers={"content-type": "application/sparql-query"})
        assert chunked.status_code == 413
        long = get.get("/sparql", params={"query": "ASK {} #" + "x" * 600})
        assert long.status_code == 413
        assert "query_characters" in long.text
        cut = get.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }"})
        assert cut.headers["policygraph-cut"].startswith("query_rows")
        assert cut.json()["cut"]["rows"] == 7
        assert get.get("/healthz", headers={"host": "evil.example"}).status_code == 421


def test_every_answer_has_the_security_headers(service) -> None:
    for path in ("/sparql", "/sparql?query=nonsense", "/nowhere", "/docs", "/healthz", "/static/swagger-ui/start.js"):
        headers = httpx.get(service.url + path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["access-control-allow-origin"] == "*"
    assert "cdn" not in httpx.get(f"{service.url}/docs").text


@pytest.mark.slow
def test_it_stays_ready_while_its_workers_come_into_memory(serve, make_release, tmp_path: Path) -> None:
    make_release(tmp_path, quads(20_000, "甲"))
    with serve(tmp_path) as running, ThreadPoolExecutor(1) as other:
        moved = other.submit(running.workers)
        statuses = []
        while not moved.done():
            statuses.append(httpx.get(f"{running.url}/readyz").status_code)
        assert 503 not in statuses[statuses.index(200) :]
        assert len(moved.result()) == 4
