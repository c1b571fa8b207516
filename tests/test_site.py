"""The site of the docs: built as `make docs-site` builds it; its links lead somewhere, nothing is fetched from elsewhere, and
what the program has is on its pages."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import lxml.html
import pytest

pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[1]
#: Attributes by which a page fetches something when it is opened; a link that one follows by hand is none.
FETCHED = "//script/@src | //img/@src | //iframe/@src | //source/@src | //link[not(@rel='canonical')]/@href | //use/@href"


@pytest.fixture(scope="module")
def site(once: Any) -> Path:
    for package in ("material", "jieba"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install 'policygraph[docs]'")

    def make(folder: Path) -> None:
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder / "site")]
        done = subprocess.run(command, cwd=TOP, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    return once("site", make) / "site"


@pytest.fixture(scope="module")
def made() -> ModuleType:
    """The hook that makes pages from the code."""
    spec = importlib.util.spec_from_file_location("site_pages", TOP / "scripts" / "site_pages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages(site: Path) -> dict[Path, Any]:
    return {path: lxml.html.fromstring(path.read_bytes()) for path in sorted(site.rglob("*.html"))}


def test_every_link_leads_to_a_page_and_a_place_in_it(site: Path) -> None:
    parsed = pages(site)
    names = {path: set(page.xpath("//@id | //a/@name")) for path, page in parsed.items()}
    wrong = []
    for path, page in parsed.items():
        if path.name == "404.html":  # its links are from the top of wherever the site is put
            continue
        for link in {*page.xpath("//a/@href"), *page.xpath(FETCHED)}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (parts.fragment and target in names and unquote(parts.fragment) not in names[target] | {"__top"}):
                wrong.append((str(path.relative_to(site)), link))
    assert len(parsed) > 25 and wrong == []


def test_page_fetches_nothing_from_elsewhere(site: Path) -> None:
    assert [(path.name, link) for path, page in pages(site).items() for link in page.xpath(FETCHED) if urlsplit(link).netloc] == []
    styles = {path.name: re.findall(r"(?:url\(|@import\s*)[\"']?(?:https?:)?//[^)\"']+", path.read_text("utf-8")) for path in site.rglob("*.css")}
    assert styles and not any(styles.values()), styles


def test_every_page_of_docs_is_in_the_navigation(site: Path) -> None:
    start = lxml.html.fromstring((site / "index.html").read_bytes())
    led = {urlsplit(link).path for link in start.xpath("//nav//a/@href")}
    assert {page.stem for page in (TOP / "docs").glob("*.md")} - {"index"} <= {Path(link).stem for link in led}


def test_start_pages_name_commands_that_there_are(made: ModuleType) -> None:
    import typer

    from policygraph.cli import app

    known = {name.split()[1] for name, _ in made.commands(typer.main.get_command(app), "policygraph") if " " in name}
    for page in ("docs/index.md", "docs/en/index.md"):
        named = set(re.findall(r"policygraph ([a-z][a-z-]+)", (TOP / page).read_text("utf-8")))
        assert named and named - known == set(), page


def test_every_command_and_option_is_on_the_page(made: ModuleType) -> None:
    import typer

    from policygraph.cli import app

    page = made.cli_page()
    found = list(made.commands(typer.main.get_command(app), "policygraph"))
    assert len(found) > 40
    for name, command in found:
        part = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert (command.help or "").split("\n")[0] in part
        for parameter in command.params:
            assert parameter.hidden or " ".join((parameter.help or "").split()).replace("|", "\\|") in part, (name, parameter.name)
            assert [option for option in parameter.opts if option.startswith("-") and option not in part] == [], name


def test_every_route_has_an_address_and_its_parameters(made: ModuleType) -> None:
    paths = made.description()["paths"]
    page = made.http_page()
    assert set(paths) == set(made.ADDRESSES)
    assert {path for path, found in paths.items() if "post" in found} == set(made.BODIES)
    for path, operations in paths.items():
        part = page.split(f"\n## {path}\n")[1].split("\n## ")[0]
        named = {each["name"] for operation in operations.values() for each in operation.get("parameters", [])}
        assert {name for name in named if f"| `{name}` |" not in part} == set(), path


def test_every_public_method_and_record_is_on_the_page(made: ModuleType) -> None:
    from policygraph import PolicyGraph
    from policygraph.model import Clause, Target

    page = made.python_page()
    public = [name for name in vars(PolicyGraph) if not name.startswith("_") and name not in ("release", "settings")]
    assert [name for name in public if f"\n### PolicyGraph.{name}\n" not in page] == []
    assert [name for kind in (Clause, Target) for name in kind.__dataclass_fields__ if f"| `{name}` |" not in page] == []
    assert "data: str | Path = 'data',\n    *,\n    release: str | None = None" in page


#: How often a page is opened for words that are not found, and milliseconds to wait each time, and for a page.
TRIES, PATIENCE, HUNG = 10, 20_000, 300_000


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing: what is asked for is seen in the browser."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if chromium is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("农膜回收率", "index.html"),
        ("OpenRefine", "reconciliation.html"),  # as it is written: its stem would not be found by what one types
        ("落实关系", "data-dictionary.html"),  # two words that jieba cuts
        ("lock-seconds", "settings.html"),
        ("rollback", "cli.html"),
    ],
)
def test_search_finds_words_in_both_languages_and_asks_nobody_else(browser: Any, address: str, words: str, page: str) -> None:
    late = pytest.importorskip("playwright.sync_api").TimeoutError
    asked: list[str] = []
    found = 0
    for _ in range(TRIES):  # a page anew, where its script or its search came to nothing on a busy machine
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(f"{address}/index.html", wait_until="networkidle", timeout=HUNG)
        opened.fill("input.md-search__input", words)
        hits = opened.locator(f".md-search-result__list a[href*='{page}']")
        with contextlib.suppress(late):
            hits.first.wait_for(state="attached", timeout=PATIENCE)
        found = hits.count()
        opened.close()
        if found:
            break
    assert found
    assert asked and [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.parametrize("page", ["index.html", "en/index.html", "reference/cli.html", "reference/http.html", "reference/python.html", "settings.html", "rules.html"])
def test_page_is_no_wider_than_a_telephone(browser: Any, address: str, page: str) -> None:
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    opened.goto(f"{address}/{page}")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert failures == []
    opened.close()
