#!/usr/bin/env python3
"""Characters a second that one core reads, segments and extracts; the corpus is gone through several times.

    extract.py [--rounds N] [FILE|FOLDER …]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from policygraph.corpus.folder import corpus_paths
from policygraph.extract import extract
from policygraph.read import read_file
from policygraph.segment import segment

ROOT = Path(__file__).resolve().parent.parent


def once(paths: list[Path]) -> tuple[int, dict[str, float]]:
    """Characters gone through, and the seconds of each stage."""
    characters, seconds = 0, {"read": 0.0, "segment": 0.0, "extract": 0.0}
    for path in paths:
        began = time.process_time()
        source = read_file(path)
        read = time.process_time()
        parts = segment(source, doc_id=path.stem)
        segmented = time.process_time()
        for document, clauses in parts:
            extract(source, document, clauses)
        seconds["read"] += read - began
        seconds["segment"] += segmented - read
        seconds["extract"] += time.process_time() - segmented
        characters += len(source.text)
    return characters, seconds


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("paths", nargs="*", type=Path, default=[ROOT / "corpus"])
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    paths = [file for path in chosen.paths for file in ([p for _, p in corpus_paths(path)] if path.is_dir() else [path])]
    once(paths)  # vocabularies are loaded once in a process, not once a document
    rates = []
    for _ in range(chosen.rounds):
        characters, seconds = once(paths)
        total = sum(seconds.values())
        rates.append(characters / total)
        parts = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
        print(f"{characters:,} characters in {total:.2f} s ({parts}): {rates[-1]:,.0f} characters a second")
    print(f"median {statistics.median(rates):,.0f} characters a second of processor time, best {max(rates):,.0f}")


if __name__ == "__main__":
    main()
