"""A service on a real build of the corpus, and a browser to look at it."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

CORPUS = Path(__file__).parents[2] / "corpus"
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
#: A document that would run a script on every page that shows its words unescaped.
HOSTILE = """关于印发<script>document.title="run"</script>湖库方案的通知

一、总体要求

（一）工作目标。到2025年底，<script>document.title="run"</script>湖库水质"><img src=x onerror='document.title="run"'>优良比例达到90%以上。

二、主要任务

（二）治理'"><b id=injected>湖库</b>。完成湖库治理工程3座。（<i>水利部</i>牵头，生态环境部配合）
"""


SCANNED = """四川省清江实施方案

一、主要目标

到2025年，全省城市生活污水集中收集率达到72%以上，农膜回收率达到85%以上。

二、重点任务

（一）污水收集攻坚。新建污水处理厂12座。（住房城乡建设厅牵头，生态环境厅、水利厅等配合）
"""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory, corpus_data: Path) -> Iterator[str]:
    """A service on the corpus and the hostile document."""
    from policygraph.build.pipeline import build
    from policygraph.settings import Settings

    top = tmp_path_factory.mktemp("pages")
    shutil.copytree(CORPUS, top / "corpus")
    (top / "corpus" / "hostile.txt").write_text(HOSTILE, "utf-8")
    shutil.copytree(corpus_data, top / "data", symlinks=True)
    build(top / "corpus", top / "data", settings=Settings.load(encoder="none"))
    with _serving(top) as url:
        yield url


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory, policy_pdf: Callable[..., bytes]) -> Iterator[str]:
    """A service on two documents: a PDF and a text."""
    from policygraph.build.pipeline import build
    from policygraph.settings import Settings

    top = tmp_path_factory.mktemp("originals")
    (top / "corpus").mkdir()
    text = (CORPUS / "sichuan-yangtze-2023.txt").read_text("utf-8")[:2200]
    (top / "corpus" / "sichuan-yangtze-2023.pdf").write_bytes(policy_pdf(text))
    shutil.copy(CORPUS / "chongqing-yangtze-2023.txt", top / "corpus")
    build(top / "corpus", top / "data", settings=Settings.load(encoder="none"))
    with _serving(top) as url:
        yield url


@pytest.fixture(scope="session")
def scan(tmp_path_factory: pytest.TempPathFactory, policy_pdf: Callable[..., bytes]) -> Iterator[str]:
    """A service on one document that is a picture: its characters are recognised."""
    if importlib.util.find_spec("rapidocr") is None:
        pytest.skip("the ocr extra is not installed")
    import pypdfium2

    from policygraph.build.pipeline import build
    from policygraph.settings import Settings

    top = tmp_path_factory.mktemp("scan")
    (top / "corpus").mkdir()
    pypdfium2.PdfDocument(policy_pdf(SCANNED))[0].render(scale=2).to_pil().convert("L").save(top / "corpus" / "scan.png")
    build(top / "corpus", top / "data", settings=Settings.load(encoder="none"))
    with _serving(top) as url:
        yield url


@contextlib.contextmanager
def _serving(top: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (top / "log").open("wb") as log:
        command = [sys.executable, "-m", "policygraph", "serve", "--data", str(top / "data"), "--port", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=300).status_code == 200:
                        break
                if process.poll() is not None:
                    pytest.fail((top / "log").read_text("utf-8", "replace"))
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(300)


@pytest.fixture(scope="module")  # its event loop must end before tests of other modules start theirs
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()
