#!/usr/bin/env python3
"""How well and how fast search answers: the method beside its baselines, in one run.

    search.py --data DATA [--corpus DIR] [--gold DIR] [--queries FILE] [--fit]   quality and time on graded queries
    search.py --data DATA --scale 100000 1000000 --out DIR                       synthetic clauses: size, time, recall

Quality is scored by the code of `benchmarks/evaluate.py` (a hit counts for the gold unit it overlaps). `--fit` searches
the weights of the fusion by leaving out a quarter of the queries at a time, and prints what they would be and what
they score on the queries left out. `--scale` perturbs the vectors and recombines the sentences of the release.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from evaluate import Gold, rows

from policygraph.encode.text import grams
from policygraph.release.folder import DataFolder
from policygraph.search import Searcher
from policygraph.search.ranking import FUSED, Evidence, Gatherer, Weights
from policygraph.search.understand import understand
from policygraph.search.vectors import VectorIndex, write_index

ROOT = Path(__file__).resolve().parents[1]
Order = Sequence[int]


class Judge:
    """Scores an order of rows against the graded units of a query."""

    def __init__(self, searcher: Searcher, corpus: Path, gold: Path) -> None:
        golds = {path.parent.name: Gold(path.parent, corpus) for path in sorted(gold.glob("*/meta.json"))}
        self.units: list[str | None] = []
        for row in range(searcher.index.size):
            entry = searcher.index.entry(row)
            found = next((g for g in golds.values() if g.file == Path(entry.source).name), None)
            unit = found and found.unit_at(found.source.span({"start": entry.start, "end": entry.end}), 0.5)
            self.units.append(f"{found.key}:{unit}" if unit else None)

    def score(self, query: dict, order: Order, limit: int = 10) -> tuple[float, float]:
        """nDCG and reciprocal rank."""
        grades = {r["unit"]: r["grade"] for r in query["relevant"]}
        seen: set[str | None] = set()
        gains = []
        for row in order[:limit]:
            unit = self.units[row]
            gains.append(0 if unit in seen else grades.get(unit, 0))
            seen.add(unit)
        got = sum((2**g - 1) / math.log2(i + 2) for i, g in enumerate(gains))
        best = sum((2**g - 1) / math.log2(i + 2) for i, g in enumerate(sorted(grades.values(), reverse=True)[:limit]))
        return got / best, next((1 / (i + 1) for i, g in enumerate(gains) if g), 0.0)


class Bm25:
    """BM25 (k1 1.2, b 0.75) over any cut of the texts: the lexical baselines."""

    def __init__(self, texts: list[str], cut: Callable[[str], list[str]]) -> None:
        self.cut = cut
        self.counts = [Counter(cut(text)) for text in texts]
        self.lengths = np.array([sum(c.values()) for c in self.counts])
        self.found = Counter(term for c in self.counts for term in c)

    def scores(self, query: str) -> np.ndarray:
        norm = 1.2 * (0.25 + 0.75 * self.lengths / self.lengths.mean())
        total = np.zeros(len(self.counts))
        for term in set(self.cut(query)):
            weight = math.log(1 + (len(self.counts) - self.found[term] + 0.5) / (self.found[term] + 0.5))
            tf = np.array([c[term] for c in self.counts])
            total += weight * tf * 2.2 / (tf + norm)
        return total


def z(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / (values.std() + 1e-9)


def baselines(searcher: Searcher) -> dict[str, Callable[[str], Order]]:
    """The floor of the design: BM25 on words and on characters, the encoder on clauses, and their simple sums."""
    import rjieba

    index = searcher.index
    entries = [index.entry(row) for row in range(index.size)]
    texts = [entry.text for entry in entries]
    words = Bm25(texts, lambda text: [word for word in rjieba.cut(text.lower()) if word.strip()])
    characters = Bm25(texts, grams)
    encoder = searcher._encoder
    assert encoder is not None
    clauses = encoder.encode_passages(texts)
    bounds = index.sentences
    split = encoder.encode_passages([texts[row][a:b] for row, a, b in bounds.tolist()])

    def parts(vector: np.ndarray) -> np.ndarray:
        best = np.full(len(texts), -1.0)
        np.maximum.at(best, bounds[:, 0], split @ vector)
        return best

    def ordered(scores: Callable[[str], np.ndarray]) -> Callable[[str], Order]:
        return lambda query: np.argsort(-scores(query), kind="stable").tolist()

    def vector(query: str) -> np.ndarray:
        return encoder.encode_queries([query])[0]

    return {
        "BM25, jieba words": ordered(words.scores),
        "BM25, characters 1+2": ordered(characters.scores),
        "encoder, clauses": ordered(lambda q: clauses @ vector(q)),
        "encoder, best sentence": ordered(lambda q: parts(vector(q))),
        "sum: clause z + BM25": ordered(lambda q: z(clauses @ vector(q)) + characters.scores(q)),
        "sum: clause z + 2 sentence z + BM25": ordered(
            lambda q: z(clauses @ vector(q)) + 2 * z(parts(vector(q))) + characters.scores(q)
        ),
    }


def table(judge: Judge, queries: list[dict], methods: dict[str, Callable[[str], Order]]) -> None:
    kinds = list(dict.fromkeys(q["type"] for q in queries if q["relevant"]))
    print(f"| method | nDCG@10 | MRR@10 | {' | '.join(kinds)} |\n|---|{'---|' * (len(kinds) + 2)}")
    for name, method in methods.items():
        by: dict[str, list[float]] = defaultdict(list)
        ranks = []
        for query in queries:
            if query["relevant"]:
                gain, rank = judge.score(query, method(query["query"]))
                by[query["type"]].append(gain)
                ranks.append(rank)
        every = [value for values in by.values() for value in values]
        cells = [np.mean(every), np.mean(ranks), *(np.mean(by[kind]) for kind in kinds)]
        print(f"| {name} | {' | '.join(f'{cell:.3f}' for cell in cells)} |", flush=True)


def quality(searcher: Searcher, args: argparse.Namespace) -> None:
    judge = Judge(searcher, args.corpus, args.gold)
    queries = rows(args.queries)
    row_of = {searcher.index.entry(row).clause: row for row in range(searcher.index.size)}
    times, unanswered = [], []

    def ours(query: str) -> Order:
        began = time.perf_counter()
        result = searcher.search(query)
        times.append(time.perf_counter() - began)
        return [row_of[hit.clause] for hit in result.hits]

    searcher.search("预热")
    table(judge, queries, {**baselines(searcher), "policygraph": ours})
    for query in queries:
        if not query["relevant"]:
            unanswered.append((query["query"], searcher.search(query["query"])))
    print(f"\nQuery time: p50 {np.percentile(times, 50) * 1e3:.1f} ms, p99 {np.percentile(times, 99) * 1e3:.1f} ms")
    for text, result in unanswered:
        print(f"No answer exists: {text} -> confidence {result.confidence}, confident {result.confident}")
    if args.fit:
        fit_weights(searcher, judge, [query for query in queries if query["relevant"]])


def fit_weights(searcher: Searcher, judge: Judge, queries: list[dict]) -> None:
    evidence: list[Evidence] = []
    gatherer = Gatherer(searcher.index)
    for query in queries:
        asked = understand(query["query"], searcher.index)
        allowed = searcher._asked(asked)
        evidence.append(gatherer.gather(asked, encode=searcher._vectors, allowed=allowed, depth=searcher.index.size))

    def mean(weights: Weights, chosen: Sequence[int]) -> float:
        total = 0.0
        for i in chosen:
            order = evidence[i].rows[np.argsort(-evidence[i].score(weights), kind="stable")][:10].tolist()
            total += sum(judge.score(queries[i], order)) / 2
        return total / len(chosen)

    def best(chosen: Sequence[int]) -> Weights:
        weights, top = FUSED, mean(FUSED, chosen)
        for name in asdict(FUSED):
            for factor in (0.5, 0.7, 1.4, 2.0):
                tried = replace(weights, **{name: round(getattr(weights, name) * factor, 2)})
                if (score := mean(tried, chosen)) > top + 1e-4:
                    weights, top = tried, score
        return weights

    every = range(len(queries))
    held = []
    for fold in range(4):
        out = [i for i in every if i % 4 == fold]
        weights = best([i for i in every if i % 4 != fold])
        held.append((mean(weights, out), mean(FUSED, out)))
    print(f"\nMean of nDCG@10 and MRR@10 on queries left out: fitted {np.mean([a for a, _ in held]):.3f}, as shipped {np.mean([b for _, b in held]):.3f}")
    print(f"Fitted on all: {best(every)}")


def scale(searcher: Searcher, sizes: list[int], out: Path) -> None:
    """Build synthetic indexes by perturbing the release's sentence vectors and recombining its sentences."""
    import tantivy

    real = searcher.index.sample
    bounds = searcher.index.sentences.tolist()
    texts = {row: searcher.index.entry(row).text for row in {row for row, _, _ in bounds}}
    said = [texts[row][a:b] for row, a, b in bounds]
    random = np.random.default_rng(0)
    print("\n| clauses | vectors | vector index | built in | p50 | p99 | recall@10 | lexical index | built in | p50 | p99 |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for size in sizes:
        folder = out / str(size)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        vectors = np.empty((size, real.shape[1]), np.float32)
        for start in range(0, size, 50_000):
            end = min(start + 50_000, size)
            made = real[random.integers(len(real), size=end - start)]
            made = made + random.normal(0, 0.02, made.shape).astype(np.float32)
            vectors[start:end] = made / np.linalg.norm(made, axis=1, keepdims=True)
        began = time.perf_counter()
        factory = write_index(vectors, folder / "vectors.faiss")
        built = time.perf_counter() - began
        index = VectorIndex(folder / "vectors.faiss", factory)
        asked = vectors[random.integers(size, size=50)] + random.normal(0, 0.01, (50, real.shape[1])).astype(np.float32)
        asked /= np.linalg.norm(asked, axis=1, keepdims=True)
        index.search(asked[0], 10)
        hits, times = 0, []
        for vector in asked:
            began = time.perf_counter()
            found, _ = index.search(vector, 10)
            times.append((time.perf_counter() - began) * 1e3)
            hits += len(set(found.tolist()) & set(np.argpartition(-(vectors @ vector), 10)[:10].tolist()))
        lexical = lexical_times(tantivy, folder / "lexical", said, size, random)
        megabytes = (folder / "vectors.faiss").stat().st_size / 1e6
        print(
            f"| {size:,} | {factory} | {megabytes:.0f} MB | {built:.0f} s | {np.percentile(times, 50):.1f} ms | "
            f"{np.percentile(times, 99):.1f} ms | {hits / 500:.3f} | {lexical} |", flush=True,
        )  # fmt: skip
        shutil.rmtree(folder)


def lexical_times(tantivy: object, folder: Path, said: list[str], size: int, random: np.random.Generator) -> str:
    folder.mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(heap_size=512 << 20, num_threads=2)
    cut = [" ".join(grams(sentence)) for sentence in said]
    began = time.perf_counter()
    for chosen in random.integers(len(cut), size=(size, 3)).tolist():
        writer.add_document(tantivy.Document(text=" ".join(cut[i] for i in chosen)))
    writer.commit()
    writer.wait_merging_threads()
    built = time.perf_counter() - began
    index.reload()
    searcher, times = index.searcher(), []
    for i in random.integers(len(said), size=50).tolist():
        terms = [tantivy.Query.term_query(index.schema, "text", gram) for gram in grams(said[i][:12])]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        began = time.perf_counter()
        searcher.search(query, limit=100, count=False)
        times.append((time.perf_counter() - began) * 1e3)
    megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return f"{megabytes:.0f} MB | {built:.0f} s | {np.percentile(times, 50):.1f} ms | {np.percentile(times, 99):.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data folder with a release, or an index folder")
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--gold", type=Path, default=ROOT / "tests" / "gold")
    parser.add_argument("--queries", type=Path, default=ROOT / "tests" / "gold" / "queries.jsonl")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--scale", type=int, nargs="*")
    parser.add_argument("--out", type=Path, default=Path("scale"))
    args = parser.parse_args()
    folder = args.data if (args.data / "manifest.json").exists() else DataFolder(args.data).current().folder / "index"
    began = time.perf_counter()
    searcher = Searcher.open(folder)
    print(f"Opened in {(time.perf_counter() - began) * 1e3:.1f} ms: {json.dumps(searcher.index.manifest['encoder'])}\n")
    if args.scale:
        scale(searcher, args.scale, args.out)
    else:
        quality(searcher, args)


if __name__ == "__main__":
    main()
