#!/usr/bin/env python3
"""Builds of many documents: documents a second, peak memory, how both grow, and what one changed document costs.

    build.py [--documents 200 2000] [--incremental 1000] [--workers N]

The documents are synthetic: real paragraphs of corpus/ recombined under real headings, about 10,000 characters each,
from a fixed seed. Builds run without encoder, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from policygraph.read import read_file
from policygraph.segment import segment

ROOT = Path(__file__).resolve().parent.parent
CHARACTERS = 10_000
NUMERALS = "一二三四五六七八九十"
_CHILD = """
import json, resource, sys, time
from pathlib import Path
from policygraph.pipeline import build
from policygraph.settings import Settings
if __name__ == "__main__":
    report = build(Path(sys.argv[1]), Path(sys.argv[2]), settings=Settings.load(encoder="none", workers=int(sys.argv[3])))
    peak = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"seconds": time.monotonic() - began, "main_mb": peak[0], "worker_mb": peak[1],
                      "documents": len(report.documents), "extracted": report.extracted,
                      "problems": [p.reason for p in report.problems][:3], "stages": report.seconds}))
"""


def paragraphs() -> list[str]:
    """The provisions of the corpus, word for word."""
    found = []
    for path in sorted((ROOT / "corpus").glob("*.*")):
        if path.suffix in (".txt", ".md"):
            source = read_file(path)
            for _, clauses in segment(source, doc_id=path.stem):
                found += [c.text for c in clauses if c.leaf and c.kind in ("measure", "safeguard", "goal")]
    return found


def write_document(path: Path, *, number: int, provisions: list[str]) -> None:
    """One document of recombined provisions; the same number gives the same document."""
    chance = random.Random(number)
    lines = [f"第{number}号综合治理实施方案", "", f"综治发〔2023〕{number}号", ""]
    written, section, item = 0, 0, 0
    while written < CHARACTERS:
        if item % 8 == 0:
            lines += [f"{NUMERALS[section % 10]}、第{section + 1}类重点任务", ""]
            section += 1
        item += 1
        text = chance.choice(provisions)
        lines += [f"{item}.落实事项{number}-{item}。{text}", ""]
        written += len(text)
    path.write_text("\n".join(lines), "utf-8")


def run(corpus: Path, data: Path, *, workers: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(corpus), str(data), str(workers)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=int, nargs="*", default=[200, 2000])
    arguments.add_argument("--incremental", type=int, default=1000)
    arguments.add_argument("--workers", type=int, default=0)
    chosen = arguments.parse_args()
    provisions = paragraphs()
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        for count in chosen.documents:
            corpus = top / f"corpus-{count}"
            corpus.mkdir()
            for number in range(count):
                write_document(corpus / f"plan-{number:05}.txt", number=number, provisions=provisions)
            result = run(corpus, top / f"data-{count}", workers=chosen.workers)
            rate = count / result["seconds"]
            print(
                f"{count} documents: {result['seconds']:.1f} s, {rate:.1f} documents a second, peak memory "
                f"{result['main_mb']:.0f} MB (main process), {result['worker_mb']:.0f} MB (largest worker)"
            )
            print("  " + ", ".join(f"{name} {value:.1f} s" for name, value in result["stages"].items()))  # type: ignore[attr-defined]
        if chosen.incremental:
            incremental(top, count=chosen.incremental, provisions=provisions, workers=chosen.workers)


def incremental(top: Path, *, count: int, provisions: list[str], workers: int) -> None:
    corpus, data = top / "corpus-incremental", top / "data-incremental"
    corpus.mkdir()
    for number in range(count):
        write_document(corpus / f"plan-{number:05}.txt", number=number, provisions=provisions)
    full = run(corpus, data, workers=workers)
    write_document(corpus / "plan-00007.txt", number=count + 7, provisions=provisions)
    one = run(corpus, data, workers=workers)
    (corpus / "plan-00008.txt").unlink()
    removed = run(corpus, data, workers=workers)
    nothing = run(corpus, data, workers=workers)
    print(f"{count} documents: full build {full['seconds']:.1f} s")
    for what, result in (("one changed", one), ("one removed", removed), ("nothing changed", nothing)):
        share = result["seconds"] / full["seconds"]
        print(f"  {what}: {result['seconds']:.2f} s, {share:.1%} of the full build, {result['extracted']} extracted")


if __name__ == "__main__":
    main()
