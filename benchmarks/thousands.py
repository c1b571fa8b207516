#!/usr/bin/env python3
"""Hundreds and thousands of documents on one machine: what a build, a question from a cold start, an export and the
service's pages cost.

    thousands.py [--corpus FOLDER] [--documents 491 5000 10000] [--grow] [--encoder NAME] [--json FILE] [--scratch FOLDER] [--keep]

The documents are the text files of a folder (left out, the folder `many` beside this checkout). Where more are asked for,
more are made of them: the head of one, and the paragraphs of it and another in turns, from a fixed seed, so that lengths,
wording and citations are those of real texts. With --grow a size goes on from the one before: its build is that of the
documents that are more. Each measurement runs in processes of its own. Seconds are by the clock with
processor seconds of all processes behind them, which say more on a machine that does other work; "starts" counts how often the bare
interpreter of this program starts and ends in the same time, so that runs on other machines compare. Memory is the most
that one process had. --json writes what `scale.py` reads.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from policygraph.columns import Columns
from policygraph.release.folder import DataFolder
from policygraph.release.holdings import families

ROOT = Path(__file__).resolve().parent.parent
MANY = ROOT.parent / "shared" / "many"
#: Questions from a cold start: as a person asks them of such a corpus.
QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("`ask`: who leads", ("ask", "生态环境厅牵头哪些任务？")),
    ("`ask`: on a topic", ("ask", "哪些条款提到污水处理？")),
    ("`targets`", ("targets", "--indicator", "森林覆盖率")),
    ("`due`", ("due", "--by", "2025-12-31")),
    ("`agency`", ("agency", "生态环境厅")),
)
PAGES = ("/", "/documents", "/coverage", "/timeline", "/targets", "/indicators", "/agencies")
#: The page of the largest family, and that of the longest document.
FAMILY, LONGEST = "of the largest family", "of the longest document"
#: What a size of 491 documents has to keep to, and one of thousands.
BARS: dict[str, tuple[str, str]] = {
    "build": ("≤ 120 s without encoder, ≤ 500 MB", "linear, ≤ 700 MB"),
    "build, nothing changed": ("≤ 1 s + 1 ms a document", "the same"),
    "build, one document added": ("", "≤ 15 s"),
    "data folder": ("≤ 800 MB", "linear"),
    "statements": ("≤ 3,500,000", "linear"),
    "export as JSON Lines": ("≤ 15 s", "linear"),
    "service in memory": ("≤ 350 MB", "≤ 600 MB"),
    **{f"{label}, cold": ("≤ 1 s, ≤ 200 MB", "≤ 1.5 s, ≤ 300 MB") for label, _ in QUESTIONS},
    **{f"page {path}": ("≤ 0.3 s, ≤ 300 kB", "≤ 0.5 s, ≤ 300 kB") for path in (*PAGES, FAMILY)},
}
#: From so many documents on, the second of them counts.
THOUSANDS = 1_000
#: Lines of a file that say what it is: title, number, issuer.
HEAD = 8
#: What is added to the number of a document whose text was there already, to draw another.
REDRAWN = 1_000_000
#: Seconds that a service may take to be ready before the run gives up on it.
_PATIENCE = 120
#: Of `prctl`: processes whose parent has ended become children of this one, so that their seconds are counted, too.
_ADOPT = 36


@dataclass(frozen=True)
class Cost:
    """What a process and those that it started took."""

    seconds: float
    processor: float
    megabytes: float
    #: What it said when it failed.
    fault: str = ""


def measured(command: Sequence[str | Path]) -> Cost:
    """Run a command to its end, and to that of the workers that outlive it by a moment."""
    ctypes.CDLL(None).prctl(_ADOPT, 1)
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        errors.seek(0)
        last = "".join(deque(errors, maxlen=1)).strip()
    seconds, all_used = time.monotonic() - began, [used]
    with contextlib.suppress(ChildProcessError):
        while True:
            all_used.append(os.wait4(-1, 0)[2])
    processor = sum(used.ru_utime + used.ru_stime for used in all_used)
    return Cost(seconds, processor, max(used.ru_maxrss for used in all_used) / 1024, last if status else "")


def program(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "policygraph", *arguments]


def recombined(texts: Sequence[Path], number: int) -> tuple[str, str]:
    """The name of one of the documents, and a text made of it and another."""
    chance = random.Random(number)
    lines, others = list[str](), list[str]()
    while min(len(lines), len(others)) < 2 * HEAD:  # of less nothing is made that is not there already
        first, second = chance.sample(range(len(texts)), 2)
        lines, others = (
            [line for line in texts[each].read_text("utf-8", errors="replace").split("\n") if line.strip()] for each in (first, second)
        )
    body = [line for pair in itertools.zip_longest(lines[HEAD:], others[HEAD:]) for line in pair if line][: max(len(lines) - HEAD, 1)]
    return texts[first].stem, "\n".join([*lines[:HEAD], *body]) + "\n"


def write_corpus(folder: Path, *, source: Path, documents: int) -> None:
    """So many documents: those of the source, then ones made of them."""
    texts = sorted(source.glob("*.txt"))[:documents]
    folder.mkdir(exist_ok=True)
    for path in texts:
        shutil.copy(path, folder / path.name)
    made = set[bytes]()
    for number in range(len(texts), documents):
        chance = number
        while True:
            name, text = recombined(texts, chance)
            if (digest := hashlib.sha256(text.encode()).digest()) not in made:
                break
            chance += REDRAWN  # two that say the same are one document
        made.add(digest)
        if not (path := folder / f"{number:05d}-{name}.txt").exists():
            path.write_text(text, "utf-8")


def size_of(folder: Path) -> float:
    """Megabytes on the disk, files that stand in two places counted once."""
    found = {(stat.st_dev, stat.st_ino): stat.st_blocks * 512 for path in folder.rglob("*") if path.is_file() for stat in [path.stat()]}
    return sum(found.values()) / 1e6


@contextlib.contextmanager
def served(data: Path) -> Iterator[tuple[str, int]]:
    """A service of the release; its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(part) for part in program("serve", "--data", data, "--port", str(port))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(_PATIENCE * 5):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/readyz", timeout=5):
                break
            time.sleep(0.2)
        yield address, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def page(address: str, path: str) -> tuple[float, int]:
    """Seconds and bytes of a page, the second time it is asked for."""
    request = urllib.request.Request(address + path, headers={"Accept": "text/html"})
    seconds, size = 0.0, 0
    for _ in range(2):
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                size = len(reply.read())
        except urllib.error.HTTPError as error:
            return time.monotonic() - began, -error.code
        seconds = time.monotonic() - began
    return seconds, size


def resident(pid: int) -> float:
    """Megabytes that a process has in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@dataclass(frozen=True)
class Row:
    """A measurement: what of, its figures, and how the table says them."""

    label: str
    said: str
    figures: dict[str, float]


def rows_of(documents: int, *, corpus: Path, data: Path, source: Path, encoder: str, store: bool) -> Iterator[Row]:
    """The measurements of one size, a row each; `store` also what SPARQL costs."""
    start = min(measured(program("--version")).processor for _ in range(3))

    def row(label: str, cost: Cost) -> Row:
        if cost.fault:
            raise SystemExit(f"{label} failed: {cost.fault}")
        said = f"{cost.seconds:.1f} s ({cost.processor:.1f} s, {cost.processor / start:.0f} starts), {cost.megabytes:.0f} MB"
        return Row(label, said, {"seconds": cost.seconds, "processor": cost.processor, "megabytes": cost.megabytes})

    write_corpus(corpus, source=source, documents=documents)
    build = program("build", corpus, "-o", data, "--encoder", encoder)
    there = len(DataFolder(data).current().manifest.documents) if data.exists() else 0
    yield row(f"build, of {there:,} before" if there else "build", measured(build))
    release = DataFolder(data).current()
    manifest = release.manifest
    folders = {path.name: size_of(path) for path in sorted((*release.folder.iterdir(), data / "cache")) if path.is_dir()}
    size, parts = size_of(data), ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in folders.items())
    yield Row("data folder", f"{size:.0f} MB ({parts})", {"all": size, **folders})
    text, pairs = sum(document.characters for document in manifest.documents), len(list((release.folder / "graph" / "links").iterdir()))
    counts = {"statements": manifest.statements, "characters": text, "documents": len(manifest.documents), "pairs": pairs, **manifest.links}
    yield Row("statements", f"{manifest.statements:,} ({text / 1e6:.1f} million characters, {pairs:,} pairs)", counts)
    yield row("build, nothing changed", measured(build))
    name, added = recombined(sorted(source.glob("*.txt")), documents + 100_000)
    (corpus / f"added-{documents}-{name}.txt").write_text(added, "utf-8")
    yield row("build, one document added", measured(build))
    for label, arguments in QUESTIONS:
        yield row(f"{label}, cold", measured(program(*arguments, "--data", data)))
    with tempfile.TemporaryDirectory(dir=data.parent) as export:
        yield row("export as JSON Lines", measured(program("export", "--data", data, "-o", Path(export) / "export")))
    with served(data) as (address, pid):
        for label, path in {**{path: path for path in PAGES}, **_large_pages(data)}.items():
            seconds, size = page(address, path)
            said = f"{seconds:.2f} s, {size / 1e3:.0f} kB" if size >= 0 else f"HTTP {-size}"
            yield Row(f"page {label}", said, {"seconds": seconds, "kilobytes": size / 1e3})
        memory = resident(pid)
        yield Row("service in memory", f"{memory:.0f} MB", {"megabytes": memory})
    if not store:
        return
    before = size_of(data)
    yield row("first SPARQL query, which makes the store", measured(program("sparql", "-e", "ASK {}", "--data", data)))
    made = size_of(data) - before
    yield Row("the store", f"{made:.0f} MB", {"megabytes": made})
    yield row("a SPARQL query then, cold", measured(program("sparql", "-e", "ASK {}", "--data", data)))


def _large_pages(data: Path) -> dict[str, str]:
    """The pages of the family with most documents, and of the longest document, where there are such."""
    release = DataFolder(data).current()
    found = {LONGEST: f"/documents/{quote(max(release.manifest.documents, key=lambda document: document.characters).id)}"}
    columns = Columns.open(release.columns)
    if columns is not None:
        largest = max(families(columns), key=lambda family: len(family.carriers), default=None)
        columns.close()
        if largest is not None:
            found[FAMILY] = f"/coverage?higher={quote(largest.higher)}"
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, default=MANY)
    options.add_argument("--documents", type=int, nargs="+", help="how many; left out, those there are")
    options.add_argument("--grow", action="store_true", help="let each size go on from the one before")
    options.add_argument("--encoder", default="none")
    options.add_argument("--store", action=argparse.BooleanOptionalAction, default=True, help="measure what SPARQL costs")
    options.add_argument("--json", type=Path, help="a file for the figures")
    options.add_argument("--scratch", type=Path, help="where corpora and data folders are made")
    options.add_argument("--keep", action="store_true", help="leave them there")
    chosen = options.parse_args()
    there = len(list(chosen.corpus.glob("*.txt")))
    if there < 2:
        options.error(f"{chosen.corpus} holds {there} text files; name a folder with --corpus.")
    scratch = Path(tempfile.mkdtemp(prefix="thousands-", dir=chosen.scratch))
    figures: dict[int, dict[str, dict[str, float]]] = {}
    try:
        for documents in chosen.documents or [there]:
            print(f"\n| {documents:,} documents | clock (processor, in starts of the interpreter), memory | must be |\n|---|---|---|", flush=True)
            corpus, data = (scratch / (kind if chosen.grow else f"{kind}-{documents}") for kind in ("corpus", "data"))
            for row in rows_of(documents, corpus=corpus, data=data, source=chosen.corpus, encoder=chosen.encoder, store=chosen.store):
                bar = BARS.get(row.label, ("", ""))[documents >= THOUSANDS]
                print(f"| {row.label} | {row.said} | {bar} |", flush=True)
                figures.setdefault(documents, {})[row.label] = row.figures
                if chosen.json:
                    chosen.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    finally:
        if not chosen.keep:
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
