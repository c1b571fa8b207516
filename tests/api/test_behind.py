"""Behind another server: under a path, and by the address that clients asked for; nginx itself where it is installed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import httpx
import pytest
from store_servers import ended, free_port

pytestmark = pytest.mark.slow

ROOT = "/policygraph"
CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: Pages of one kind that are visited: those of one route are drawn by one template.
_OF_A_KIND = 2
_MAIN = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 200; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/site.conf;
}}
"""


@contextlib.contextmanager
def nginx(folder: Path, *, ports: tuple[int, int]) -> Iterator[str]:
    """The site that the project's own configuration makes, before services on these ports."""
    if NGINX is None:
        pytest.skip("nginx is not installed (apt install nginx-light)")
    port = free_port()
    site = CONFIGURATION.read_text("utf-8").replace("listen 80;", f"listen 127.0.0.1:{port};")
    for written, taken in zip(("8000", "8001"), ports, strict=True):
        assert f"127.0.0.1:{written}" in site
        site = site.replace(f"127.0.0.1:{written}", f"127.0.0.1:{taken}")
    (folder / "site.conf").write_text(site, "utf-8")
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder), "utf-8")
    with subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)], stderr=subprocess.DEVNULL) as process, ended(process):
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
        if process.poll() is not None:
            pytest.fail((folder / "error.log").read_text("utf-8"))
        yield f"http://127.0.0.1:{port}"


class _Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        #: where forms go: without what a reader puts in, they need not answer
        self.forms: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src", "xlink:href") and value]
        self.forms += [value for name, value in attrs if name in ("action", "formaction") and value]


def _kind(url: str) -> str:
    """The first step of a path, its suffix and which parameters it has: what one template draws."""
    parts = urlsplit(url)
    steps = parts.path.removeprefix(ROOT).strip("/").split("/")
    asked = sorted(parse_qs(parts.query))
    return f"{steps[0]} {len(steps) > 1} {Path(parts.path).suffix[:5]} {asked}"


def _crawl(start: str, *, most: int) -> tuple[set[str], dict[str, str]]:
    """What was visited, and links that leave the site's prefix or lead nowhere, with the page that has them."""
    wrong: dict[str, str] = {}
    seen, waiting, kinds = {start}, [start], Counter[str]()
    top = f"{start.rstrip('/')}/"
    with httpx.Client(timeout=300, headers={"accept": "text/html,*/*;q=0.5"}) as client:
        while waiting and len(seen) < most:
            page = waiting.pop(0)
            answer = client.get(page)
            if answer.status_code >= 400:
                wrong[page] = f"{answer.status_code}"
            found = [answer.headers["location"]] if "location" in answer.headers else []
            kind = answer.headers.get("content-type", "")
            if kind.startswith(("text/html", "image/svg")):
                links = _Links(answer.text)
                found += links.found
                wrong |= {action: page for action in links.forms if not urljoin(page, action).startswith(top)}
            if kind.startswith("application/json") and (following := answer.json().get("next")):
                found.append(following)
            found += re.findall(r"<([^>]+)>; rel", answer.headers.get("link", ""))
            for link in found:
                target = urldefrag(urljoin(page, link)).url
                if urlsplit(target).netloc != urlsplit(start).netloc:
                    assert not re.match(r"https?://(127\.|localhost)", target), f"{page} leads to {target}"
                    continue
                if not target.startswith(top):
                    wrong[target] = page
                elif target not in seen and kinds[_kind(target)] < _OF_A_KIND:
                    kinds[_kind(target)] += 1
                    seen.add(target)
                    waiting.append(target)
    return seen, wrong


@pytest.fixture(scope="module")
def site(serve: Callable[..., Any], corpus_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service behind nginx, which takes the prefix off and says so."""
    with serve(corpus_data) as service, nginx(tmp_path_factory.mktemp("nginx"), ports=(urlsplit(service.url).port, free_port())) as address:
        yield address


def test_no_link_of_any_page_leaves_the_prefix(site: str) -> None:
    seen, wrong = _crawl(f"{site}{ROOT}/", most=400)
    assert wrong == {}
    steps = {urlsplit(url).path.removeprefix(ROOT).strip("/").split("/")[0] for url in seen}
    missing = {"documents", "clauses", "links", "targets", "agencies", "coverage", "compare", "timeline", "sparql", "about", "docs", "static", "sources", "ask", "search", "verify", "release", "language"} - steps
    assert not missing, f"never visited: {missing}"


def test_what_programs_follow_is_under_the_prefix(site: str) -> None:
    with httpx.Client(base_url=site + ROOT, timeout=300) as client:
        listed = client.get("/clauses.json", params={"limit": 2})
        assert listed.json()["next"].startswith(f"{ROOT}/clauses.json?")
        assert all(link.startswith(f"<{ROOT}/") for link in listed.headers["link"].split(", "))
        assert httpx.get(urljoin(site, listed.json()["next"]), timeout=300).json()["offset"] == 2
        assert client.get("/openapi.json").json()["servers"] == [{"url": ROOT}]
        manifest = client.get("/reconcile").json()
        assert manifest["documentation"] == f"{site}{ROOT}/docs"
        assert manifest["suggest"]["entity"]["service_url"] == f"{site}{ROOT}/reconcile"
        assert f"<{site}{ROOT}/sparql>" in client.get("/sparql", headers={"accept": "application/n-triples"}).text
        moved = client.get("/id/doc/national-yangtze-2022")
        assert moved.headers["location"].startswith(f"{ROOT}/documents/")
        chosen = client.get("/language/en", params={"back": "/targets?limit=3"})
        assert chosen.headers["location"] == f"{ROOT}/targets?limit=3"
        assert f"Path={ROOT}" in chosen.headers["set-cookie"]


def test_agents_are_answered_under_the_prefix(site: str) -> None:
    pytest.importorskip("mcp", reason="the package mcp is not installed")
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
    }  # fmt: skip
    answer = httpx.post(f"{site}{ROOT}/mcp", json=hello, headers={"accept": "application/json, text/event-stream"}, timeout=300)
    assert answer.status_code == 200, answer.text
    assert "policygraph" in answer.text


def test_the_query_page_works_under_the_prefix(site: str) -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    outside = []
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: outside.append(request.url) if not request.url.startswith((f"{site}{ROOT}/", "data:", "blob:")) else None)
        page.goto(f"{site}{ROOT}/sparql#q=SELECT%20%3Fd%20%7B%20GRAPH%20%3Fg%20%7B%20%3Fd%20a%20%3Chttps%3A%2F%2Fw3id.org%2Fpolicygraph%2Fontology%23PolicyDocument%3E%20%7D%20%7D")
        page.wait_for_selector("a[href*='/id/doc/']", timeout=60_000)
        addresses = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")
        page.goto(f"{site}{ROOT}/docs")
        page.wait_for_selector(".opblock", timeout=60_000)
        browser.close()
    assert any("format=csv" in address for address in addresses)
    assert not [address for address in addresses if address.startswith(site) and not address.startswith(f"{site}{ROOT}/")]
    assert [address for address in outside if not address.endswith("/favicon.ico")] == []


@pytest.fixture(scope="module")
def direct(serve: Callable[..., Any], corpus_data: Path) -> Iterator[str]:
    """A service under a path of its own, that trusts nobody on this machine."""
    with serve(corpus_data, root_path=f"{ROOT}/", trusted_proxies="192.0.2.1") as service:
        yield service.url


def test_a_prefix_can_be_set_and_may_come_with_the_request_or_not(direct: str) -> None:
    for path in ("/documents.json", f"{ROOT}/documents.json"):
        answer = httpx.get(direct + path, params={"limit": 1}, timeout=300)
        assert answer.json()["next"].startswith(f"{ROOT}/documents.json?")
    home = httpx.get(direct + ROOT, headers={"accept": "text/html"}, timeout=300)
    assert f'href="{ROOT}/documents"' in home.text


def test_what_strangers_say_of_the_address_does_not_count(direct: str) -> None:
    said = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.7"}
    answer = httpx.get(f"{direct}/reconcile", headers=said, timeout=300)
    assert answer.json()["documentation"] == f"{direct}{ROOT}/docs"
    assert "evil" not in httpx.get(f"{direct}/", headers=said | {"accept": "text/html"}, timeout=300).text


@pytest.mark.parametrize(
    ("name", "value"), [("Prefix", "//evil.example"), ("Prefix", '/a"><script>'), ("Proto", "javascript"), ("Host", "a b"), ("Prefix", "no-slash")]
)
def test_a_prefix_that_is_none_is_refused(name: str, value: str, trusting: str) -> None:
    answer = httpx.get(f"{trusting}/documents", headers={f"X-Forwarded-{name}": value}, timeout=300)
    assert answer.status_code == 400
    assert repr(value)[1:-1] in answer.json()["detail"]


@pytest.fixture(scope="module")
def trusting(serve: Callable[..., Any], corpus_data: Path) -> Iterator[str]:
    with serve(corpus_data) as service:
        yield service.url


def test_what_a_trusted_server_says_counts(trusting: str) -> None:
    said = {"X-Forwarded-Prefix": "/a/b", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "policy.example.org"}
    assert httpx.get(f"{trusting}/reconcile", headers=said, timeout=300).json()["documentation"] == "https://policy.example.org/a/b/docs"


@pytest.mark.parametrize(("option", "value"), [("--root-path", "policygraph"), ("--root-path", "/a b"), ("--trusted-proxies", "nginx")])
def test_a_wrong_option_is_one_line(corpus_data: Path, option: str, value: str) -> None:
    command = [sys.executable, "-m", "policygraph", "serve", "--data", str(corpus_data), "--port", "0", option, value]
    ended_with = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended_with.returncode == 2
    assert value in ended_with.stderr and ended_with.stderr.count("\n") == 1


def test_one_process_after_the_other_is_exchanged_and_no_request_fails(corpus_data: Path, tmp_path: Path) -> None:
    """The program is exchanged: the first ends and begins anew, then the second ends, while somebody asks without a pause."""
    ports = (free_port(), free_port())
    begun = contextlib.ExitStack()

    def begin(*ports: int) -> list[subprocess.Popen[bytes]]:
        return [ready(port, process) for port, process in [(port, start(port)) for port in ports]]

    def start(port: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "policygraph", "serve", "--data", str(corpus_data), "--port", str(port), "--client-share", "1"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        begun.enter_context(ended(process))
        return process

    def ready(port: int, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=300).status_code == 200:
                    return process
            assert process.poll() is None

    answers: Counter[int | str] = Counter()
    stop = threading.Event()

    def ask(address: str) -> None:
        with httpx.Client(timeout=60) as client:
            while not stop.is_set():
                try:
                    answers[client.get(f"{address}{ROOT}/documents.json").status_code] += 1
                except httpx.HTTPError as error:
                    answers[repr(error)] += 1
                    return

    with begun:
        services = begin(*ports)
        with nginx(tmp_path, ports=ports) as address:
            asking = threading.Thread(target=ask, args=(address,))
            asking.start()
            try:
                for service, port in zip(services, ports, strict=True):
                    so_far = answers.total()
                    os.kill(service.pid, signal.SIGTERM)
                    service.wait(60)
                    while answers.total() < so_far + 20 and asking.is_alive():
                        stop.wait(0.01)
                    if port == ports[0]:
                        begin(port)
            finally:
                stop.set()
                asking.join()
    assert set(answers) == {200}
    assert answers.total() > 40
