#!/usr/bin/env python3
"""Builds of many documents: documents a second, peak memory, how both grow, and what one changed document costs.

    build.py [--documents 200 1000 2000] [--workers N] [--scratch FOLDER]

The documents are synthetic: real provisions of corpus/ recombined under real headings, about 10,000 characters each,
one national document to nineteen provincial ones that carry it out, from a fixed seed. Builds run without encoder,
each in a process of its own. Memory is what all processes of a build have together at one moment (their proportional
set sizes, looked at twice a second), and the most that the main process had. Processor time is theirs together: what it
says does not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policygraph.read import read_file
from policygraph.segment import segment
from policygraph.vocabulary.regions import regions

ROOT = Path(__file__).resolve().parent.parent
CHARACTERS = 10_000
GROUP = 20
TAKEN_OVER = 0.4
#: Seconds between two looks at the memory of a build.
_LOOK = 0.5
NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八")
_CHILD = """
import json, resource, sys, time
began = time.monotonic()
from pathlib import Path
from policygraph.build.pipeline import build
from policygraph.settings import Settings
if __name__ == "__main__":
    report = build(Path(sys.argv[1]), Path(sys.argv[2]), settings=Settings.load(encoder="none", workers=int(sys.argv[3])))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.monotonic() - began, "main_mb": peak,
                      "documents": len(report.documents), "extracted": report.extracted, "stages": report.seconds,
                      "links": sum(report.release.manifest.links.values()), "statements": report.release.manifest.statements,
                      "problems": [p.reason for p in report.problems][:3]}))
"""


@dataclass(frozen=True)
class Stock:
    """What synthetic documents are made of: headings and provisions of the corpus, word for word, and provinces."""

    headings: tuple[str, ...]
    provisions: tuple[str, ...]
    provinces: tuple[str, ...]


def stock() -> Stock:
    headings: dict[str, None] = {}
    provisions: dict[str, None] = {}
    for path in sorted((ROOT / "corpus").glob("*.*")):
        if path.suffix in (".txt", ".md"):
            for _, clauses in segment(read_file(path), doc_id=path.stem):
                headings |= {c.heading: None for c in clauses if c.heading and 6 <= len(c.heading) <= 20}
                provisions |= {c.text: None for c in clauses if c.leaf and c.kind in ("measure", "safeguard", "goal")}
    provinces = tuple(region.name for region in regions().values() if region.level == "provincial")
    return Stock(tuple(headings), tuple(provisions), provinces)


def write_document(path: Path, *, number: int, stock: Stock, seed: int = 0) -> None:
    """One document; the same number and seed give the same one. The first of each group is national, the others carry
    it out in a province each and take a part of its provisions over word for word."""
    group, place = divmod(number, GROUP)
    chance = random.Random(f"{number}-{seed}")
    subject = stock.headings[group % len(stock.headings)]
    national = random.Random(group).sample(stock.provisions, 40)
    lines = [f"{subject}行动方案", f"国环发〔2022〕{group + 1}号", "生态环境部", "2022年8月31日"]
    if place:
        province = stock.provinces[place]
        lines = [f"{province}{subject}实施方案", f"{province}人民政府", f"2023年{1 + place % 12}月5日",
                 f"为贯彻落实《{subject}行动方案》，结合实际，制定本方案。"]  # fmt: skip
    written, section, item = 0, 0, 0
    while written < CHARACTERS:
        if item % 8 == 0:
            lines.append(f"{NUMERALS[section]}、{chance.choice(stock.headings)}")
            section += 1
        item += 1
        text = chance.choice(national if not place or chance.random() < TAKEN_OVER else stock.provisions)
        lines.append(f"{item}.落实事项{number}-{item}。{text}")
        written += len(text)
    path.write_text("\n\n".join(lines) + "\n", "utf-8")


def write_corpus(folder: Path, *, count: int, stock: Stock) -> None:
    folder.mkdir()
    for number in range(count):
        write_document(folder / f"plan-{number:05}.txt", number=number, stock=stock)


def run(corpus: Path, data: Path, *, workers: int) -> dict[str, Any]:
    """A build in a process of its own: what it says of itself, the most memory that its processes had together, and the
    processor time that all of them took."""
    command = [sys.executable, "-c", _CHILD, str(corpus), str(data), str(workers)]
    peak = 0.0
    worked: dict[int, float] = {}
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdout=output)
        while child.poll() is None:
            processes = tree(child.pid)
            peak = max(peak, sum(map(proportional, processes)))
            worked |= {process: seconds for process in processes if (seconds := processor_seconds(process))}
            time.sleep(_LOOK)
        if child.returncode:
            raise SystemExit(f"The build ended with status {child.returncode}.")
        output.seek(0)
        return {**json.loads(output.read()), "together_mb": peak, "worked": sum(worked.values())}


def tree(top: int) -> list[int]:
    """A process and all that it started."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            children.setdefault(int((folder / "stat").read_text().rpartition(")")[2].split()[1]), []).append(int(folder.name))
    found = [top]
    for process in found:
        found += children.get(process, [])
    return found


def proportional(process: int) -> float:
    """Megabytes of a process, pages that it shares counted in part; none when it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def processor_seconds(process: int) -> float:
    """The processor time that a process took so far; none when it has ended."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def stages(result: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value:.1f} s" for name, value in result["stages"].items() if value >= 0.05)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=int, nargs="*", default=[200, 1000, 2000])
    arguments.add_argument("--workers", type=int, default=0)
    arguments.add_argument("--scratch", type=Path, help="A folder for corpora and builds; a temporary one when left out.")
    chosen = arguments.parse_args()
    made_of = stock()
    full: dict[int, dict[str, Any]] = {}
    for count in chosen.documents:
        with tempfile.TemporaryDirectory(dir=chosen.scratch) as scratch:
            full[count] = measure(Path(scratch), count=count, stock=made_of, workers=chosen.workers)
    least, most = min(full), max(full)
    if least < most:
        rate = {count: count / full[count]["seconds"] for count in (least, most)}
        memory = full[most]["together_mb"] / full[least]["together_mb"]
        print(f"from {least} to {most} documents: {rate[most] / rate[least]:.2f} times the documents a second, {memory:.2f} times the memory")


def measure(top: Path, *, count: int, stock: Stock, workers: int) -> dict[str, Any]:
    """A full build of so many documents, which is what comes back, then one with one changed, one removed, and nothing
    changed."""
    corpus, data = top / "corpus", top / "data"
    write_corpus(corpus, count=count, stock=stock)
    full = run(corpus, data, workers=workers)
    print(
        f"{count} documents: {full['seconds']:.1f} s, {count / full['seconds']:.2f} documents a second, peak memory "
        f"{full['together_mb']:.0f} MB (all processes together), {full['main_mb']:.0f} MB (main process); "
        f"processor time {full['worked']:.1f} s"
    )
    print(f"  {full['statements']} statements, {full['links']} links; {stages(full)}", flush=True)
    write_document(corpus / "plan-00007.txt", number=7, stock=stock, seed=1)
    one = run(corpus, data, workers=workers)
    (corpus / "plan-00008.txt").unlink()
    removed = run(corpus, data, workers=workers)
    nothing = run(corpus, data, workers=workers)
    for what, result in (("one changed", one), ("one removed", removed), ("nothing changed", nothing)):
        share, work = result["seconds"] / full["seconds"], result["worked"] / full["worked"]
        print(f"  {what}: {result['seconds']:.2f} s, {share:.2%} of the full build, {share * count:.1f} documents' share, {result['extracted']} extracted")
        print(f"    processor time {result['worked']:.2f} s, {work:.2%}, {work * count:.1f} documents' share; peak memory {result['together_mb']:.0f} MB; {stages(result)}", flush=True)
    return full


if __name__ == "__main__":
    main()
