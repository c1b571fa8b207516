"""What all tests share: that nothing is skipped where everything must run, and small corpora."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from types import ModuleType

import pytest

from policygraph.align import align
from policygraph.align.library import Library, build_library
from policygraph.encode.encoder import E5Encoder
from policygraph.extract import extract
from policygraph.model import DocumentRecords
from policygraph.read import read_file
from policygraph.segment import segment

#: The reasons for which a test may be skipped even where everything must run: material that is not published,
#: conformance tests that write, and what only root may do (mount a small disk, set a process's clock).
EXCUSED = ("../shared", "read-only", "only root")

NATIONAL = """关于印发《清江行动方案》的通知

国环〔2022〕5号

各省、自治区、直辖市人民政府：

现将《清江行动方案》印发给你们，请遵照执行。

生态环境部

2022年3月1日

清江行动方案

一、总体要求

（一）工作目标。到2025年年底，城市生活污水集中收集率达到70%以上，农膜回收率达到85%以上。

二、主要任务

（二）推进污水收集。全面排查污水收集管网，新建污水处理厂50座。到2023年年底，县级城市建成区黑臭水体基本消除。（住房和城乡建设部牵头，生态环境部、水利部等配合）

（三）保护饮用水水源。完善饮用水水源地名录，开展规范化建设。禁止在保护区内新建排污口。（生态环境部负责）

（四）推广岸电。鼓励船舶使用岸电，2024年底前完成港口改造。（交通运输部牵头，国家能源局配合）
"""
SICHUAN = """四川省清江实施方案

川环发〔2023〕8号

为贯彻落实《清江行动方案》（国环〔2022〕5号），制定本方案。

一、主要目标

到2025年，全省城市生活污水集中收集率达到72%以上，农膜回收率达到85%以上。

二、重点任务

（一）污水收集攻坚。排查污水收集管网，新建污水处理厂12座。到2023年年底，县级城市建成区黑臭水体消除。（住房城乡建设厅牵头，生态环境厅、水利厅等配合）

（二）水源地保护。完善饮用水水源地名录，推进规范化建设。（生态环境厅负责）

（三）发展绿色农业。推广测土配方施肥技术，2024年底前建成示范区3个。（农业农村厅牵头）

四川省生态环境厅

2023年5月6日
"""
CHONGQING = """重庆市清江工作方案

渝环发〔2023〕11号

为落实《清江行动方案》，制定本方案。

一、工作任务

（一）推广岸电。船舶必须使用岸电，2023年底前完成全部港口改造。（市交通局牵头，市能源局配合）

（二）保护水源。开展饮用水水源地规范化建设。（市生态环境局负责）

重庆市生态环境局

2023年6月7日
"""
DOCUMENTS = {"national-river-2022.txt": NATIONAL, "sichuan-river-2023.txt": SICHUAN, "chongqing-river-2023.txt": CHONGQING}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With POLICYGRAPH_TEST_ALL=1 a test that is skipped has failed: its reason says what the machine lacks."""
    report = yield
    if os.environ.get("POLICYGRAPH_TEST_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if not any(excuse in reason for excuse in EXCUSED):
            report.outcome = "failed"
            report.longrepr = f"skipped, but POLICYGRAPH_TEST_ALL=1: {reason}"
    return report


def write_corpus(folder: Path, **others: str) -> Path:
    """Three documents that belong together; `others` are files to add or replace, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**DOCUMENTS, **others}.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def small_corpus(tmp_path: Path) -> Path:
    """A folder of three short documents of its own for a test."""
    return write_corpus(tmp_path / "corpus")


Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once(name, make)` is a folder that the first process of this run to need it makes; the others (`pytest -n`) wait
    for it. It is not to be changed."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder = shared / f"once-{name}"
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (done := folder.with_suffix(".made")).exists():
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def small_data(once: Once) -> Path:
    """A data folder with the three short documents built; not to be changed."""
    from policygraph.build.pipeline import build
    from policygraph.settings import Settings

    def make(top: Path) -> None:
        build(write_corpus(top / "corpus"), top / "data", settings=Settings.load(encoder="none"))

    return once("small", make) / "data"


@pytest.fixture(scope="session")
def corpus_data(once: Once) -> Path:
    """A data folder with the corpus built, without an encoder; not to be changed. A build in a copy of it, or with a copy
    of its cache, has only to do what is new."""
    from policygraph.build.pipeline import build
    from policygraph.settings import Settings

    def make(top: Path) -> None:
        build(CORPUS, top / "data", settings=Settings(encoder="none", workers=1))

    return once("corpus", make) / "data"


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line as a process of its own."""

    def run(*arguments: str | Path, **options: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "POLICYGRAPH_ENCODER": "none", "PYTHONIOENCODING": "utf-8", **options}
        return subprocess.run(
            [sys.executable, "-m", "policygraph", *map(str, arguments)],
            capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, env=environment, timeout=600, check=False,
        )  # fmt: skip

    return run


CORPUS = Path(__file__).resolve().parents[1] / "corpus"
ACTIONS = ("national-yangtze-2022.md", "sichuan-yangtze-2023.txt", "chongqing-yangtze-2023.txt")


@pytest.fixture(scope="session")
def policy_pdf() -> Callable[..., bytes]:
    """`policy_pdf(text)`: a text as a PDF with a text layer."""
    made: Callable[..., bytes] = _beside("policy_pdf").policy_pdf
    return made


@pytest.fixture(scope="session")
def reader_server() -> ModuleType:
    """A chat endpoint on loopback that plays what a test tells it to."""
    return _beside("reader_server")


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def actions() -> tuple[list[DocumentRecords], dict[str, str]]:
    """The three action plans of the corpus, read and extracted, and their texts by id."""
    records, texts = [], {}
    for name in ACTIONS:
        source = read_file(CORPUS / name)
        for document, clauses in segment(source, doc_id=Path(name).stem):
            records.append(extract(source, document, clauses))
            texts[document.id] = source.text
    return records, texts


@pytest.fixture(scope="session")
def encoder() -> E5Encoder:
    return E5Encoder()


@pytest.fixture(scope="session")
def library(once: Once, actions: tuple[list[DocumentRecords], dict[str, str]], encoder: E5Encoder) -> Library:
    """The three plans with all their links, as a build gives them."""
    records, texts = actions

    def make(top: Path) -> None:
        (top / "links").write_bytes(pickle.dumps(align(records, texts=texts, encoder=encoder)))

    return build_library(records, pickle.loads((once("library", make) / "links").read_bytes()))
