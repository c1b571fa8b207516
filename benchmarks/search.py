#!/usr/bin/env python3
"""How well and how fast search answers: the method beside its baselines, on every set, in one run.

    search.py --data DATA                                                    the graded queries of the corpus
    search.py --set NAME DATA TEXTS QUERIES [--set …] [--fit]                other sets, each a release, its texts, its questions
    search.py --data DATA --scale 100000 1000000 --out DIR                   synthetic clauses: size, time, recall

A set's questions are lines of JSON: `answers` with a file and a quote, or `relevant` with a file and an article (第十条,
which begins at a line); those with neither have no answer there. The corpus's own are scored by the code of
`benchmarks/evaluate.py`. Baselines order the same units by the same evidence: one kind of it, or its simple sums. `--fit`
searches the weights on all sets but one, each left out in turn, and prints what they score on the one left out.
`--scale` perturbs the vectors and recombines the sentences of the release.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from evaluate import Gold, rows

from policygraph.encode.text import grams
from policygraph.release.folder import DataFolder
from policygraph.search import Searcher
from policygraph.search import searcher as searching
from policygraph.search.index import ClauseIndex
from policygraph.search.ranking import FUSED, Evidence, Gatherer, Weights
from policygraph.search.understand import understand
from policygraph.search.vectors import VectorIndex, write_index
from policygraph.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
#: Candidates of a small index: all.
DEPTH = 20
Order = Sequence[int]


@dataclass
class Set:
    """Questions to one release. `places` are what each clause counts as, `wanted` what answers each question, with grades."""

    name: str
    searcher: Searcher
    queries: list[dict]
    places: list[set[str]]
    wanted: list[dict[str, int]]

    def score(self, number: int, order: Order, limit: int = 10) -> float:
        """nDCG@10 of an order of clauses; a place counts once."""
        grades, seen, gains = self.wanted[number], set(), []
        for row in order[:limit]:
            new = {place for place in self.places[row] if place in grades} - seen
            gains.append(max((grades[place] for place in new), default=0))
            seen |= self.places[row]
        got = sum((2**g - 1) / math.log2(i + 2) for i, g in enumerate(gains))
        best = sum((2**g - 1) / math.log2(i + 2) for i, g in enumerate(sorted(grades.values(), reverse=True)[:limit]))
        return got / best


def corpus_set(name: str, searcher: Searcher, queries: Path, args: argparse.Namespace) -> Set:
    """A set on the corpus of the repository, graded by units of the gold."""
    golds = {path.parent.name: Gold(path.parent, args.corpus) for path in sorted(args.gold.glob("*/meta.json"))}
    places = []
    for row in range(searcher.index.size):
        entry = searcher.index.entry(row)
        found = next((g for g in golds.values() if g.file == Path(entry.source).name), None)
        unit = found and found.unit_at(found.source.span({"start": entry.start, "end": entry.end}), 0.5)
        places.append({f"{found.key}:{unit}"} if unit else set())
    asked = rows(queries)
    return Set(name, searcher, asked, places, [{r["unit"]: r["grade"] for r in query["relevant"]} for query in asked])


def text_set(name: str, searcher: Searcher, texts: Path, queries: Path) -> Set:
    """A set on other texts, whose answers are quoted or named by their article."""
    asked = rows(queries)
    clauses: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for row in range(searcher.index.size):
        entry = searcher.index.entry(row)
        clauses[Path(entry.source).name].append((entry.start, entry.end, row))
    read = {name: (texts / name).read_bytes().decode("utf-8") for name in clauses}
    places: list[set[str]] = [set() for _ in range(searcher.index.size)]
    for source, text in read.items():
        articles = [(m.start(), m[1]) for m in re.finditer(r"^(第[零〇一二三四五六七八九十百千]+条)", text, re.MULTILINE)]
        for start, _, row in clauses[source]:
            at = bisect_right([begin for begin, _ in articles], start) - 1
            if at >= 0:
                places[row].add(f"{source}:{articles[at][1]}")
    wanted = []
    for query in asked:
        grades = {f"{r['file']}:{r['article']}": 1 for r in query.get("relevant", ())}
        for answer in query.get("answers", ()):
            at = read.get(answer["file"], "").find(answer["quote"]) + len(answer["quote"]) // 2
            holding = [row for start, end, row in clauses[answer["file"]] if start <= at < end]
            for row in holding:
                places[row].add(f"{answer['file']}@{row}")
                grades[f"{answer['file']}@{row}"] = 1
        wanted.append(grades)
    return Set(name, searcher, asked, places, wanted)


def baselines(index: ClauseIndex, vector: Callable[[str], np.ndarray]) -> dict[str, Callable[[str], np.ndarray]]:
    """The floor: words alone, meaning alone, and their simple sums, over all units."""
    units = np.arange(index.units)
    sentences, of = index.sentences_of(units)

    def words(query: str) -> np.ndarray:
        return index.texts.bm25(units, {gram: index.weight(gram) for gram in grams(query)})

    def whole(query: str) -> np.ndarray:
        return index.whole.products(units, vector(query))

    def part(query: str) -> np.ndarray:
        best = np.full(len(units), -1.0)
        np.maximum.at(best, of, index.parts.products(sentences, vector(query)))
        return best

    def fused(query: str) -> np.ndarray:
        ranks = [np.argsort(np.argsort(-scores, kind="stable"), kind="stable") for scores in (words(query), whole(query))]
        return sum(1 / (60 + rank) for rank in ranks)

    return {
        "BM25, characters 1+2": words,
        "encoder, whole": whole,
        "encoder, best sentence": part,
        "reciprocal rank fusion of words and whole": fused,
        "0.7 whole + 0.3 words": lambda q: 0.7 * scaled(whole(q)) + 0.3 * scaled(words(q)),
        "whole z + sentence z + 0.1 words": lambda q: z(whole(q)) + z(part(q)) + 0.1 * words(q),
    }


def scaled(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / (values.max() - values.min() + 1e-9)


def z(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / (values.std() + 1e-9)


def quality(each: Set) -> None:
    """The table of one set: baselines, the method without and with the query understood; time, and confidence."""
    index, searcher = each.searcher.index, each.searcher
    searcher.search("预热")
    row_of = {index.entry(row).clause: row for row in range(index.size)}
    times: list[float] = []

    def ours(query: str, *, parse: bool = True) -> Order:
        began = time.perf_counter()
        result = searcher.search(query, parse=parse)
        times.append(time.perf_counter() - began)
        return [row_of[hit.clause] for hit in result.hits]

    methods: dict[str, Callable[[str], Order]] = {
        name: lambda query, scores=scores: _rows(index, np.argsort(-scores(query), kind="stable")[:10])
        for name, scores in baselines(index, lambda query: searcher._vectors([query])[0]).items()
    }
    methods |= {"policygraph, parse=false": lambda query: ours(query, parse=False), "policygraph": ours}
    answerable = [i for i, wanted in enumerate(each.wanted) if wanted]
    kinds = list(dict.fromkeys(each.queries[i].get("type", "all") for i in answerable))
    print(f"\n{each.name}: {len(answerable)} questions, {index.units:,} units of {index.size:,} clauses\n")
    print(f"| method | nDCG@10 | {' | '.join(kinds)} |\n|---|{'---|' * (len(kinds) + 1)}")
    for name, method in methods.items():
        by: dict[str, list[float]] = defaultdict(list)
        for i in answerable:
            by[each.queries[i].get("type", "all")].append(each.score(i, method(each.queries[i]["query"])))
        cells = [np.mean([value for values in by.values() for value in values]), *(np.mean(by[kind]) for kind in kinds)]
        print(f"| {name} | {' | '.join(f'{100 * cell:.1f}' for cell in cells)} |", flush=True)
    unsure = np.mean([not searcher.search(each.queries[i]["query"]).confident for i in answerable])
    none = [not searcher.search(q["query"]).confident for q in each.queries if not q.get("answers") and not q.get("relevant")]
    print(f"\nNot confident: {100 * unsure:.0f} % of those with an answer, {sum(none)} of {len(none)} without one")
    own = times[len(times) // 2 :]  # as people use it
    print(f"Query time: p50 {np.percentile(own, 50) * 1e3:.1f} ms, p99 {np.percentile(own, 99) * 1e3:.1f} ms")


def _rows(index: ClauseIndex, units: np.ndarray) -> Order:
    """A clause for each unit: of an article any stands for it."""
    return [index.rows_of(int(unit))[0] for unit in units]


def fit_weights(sets: Sequence[Set]) -> None:
    """The weights searched on all sets but one, each left out in turn."""
    gathered: dict[str, list[tuple[int, Evidence, list[int]]]] = {}
    for each in sets:
        gatherer, index = Gatherer(each.searcher.index), each.searcher.index
        gathered[each.name] = []
        for i, query in enumerate(each.queries):
            if each.wanted[i]:
                asked = understand(query["query"], index)
                evidence = gatherer.gather(asked, encode=each.searcher._vectors, allowed=each.searcher._asked(asked), depth=DEPTH)
                best = [int(index.sentences[s, 0]) if s >= 0 else index.rows_of(int(u))[0] for s, u in zip(evidence.sentence, evidence.units, strict=True)]
                gathered[each.name].append((i, evidence, best))

    def mean(each: Set, weights: Weights) -> float:
        total = 0.0
        for i, evidence, best in gathered[each.name]:
            order = np.argsort(-evidence.score(weights), kind="stable")[:10]
            total += each.score(i, [best[place] for place in order])
        return total / len(gathered[each.name])

    def fitted(chosen: Sequence[Set]) -> Weights:
        weights, top = FUSED, np.mean([mean(each, FUSED) for each in chosen])
        for name in asdict(FUSED):
            for factor in (0.5, 0.7, 1.4, 2.0):
                tried = replace(weights, **{name: round(getattr(weights, name) * factor, 2)})
                if (score := np.mean([mean(each, tried) for each in chosen])) > top + 1e-4:
                    weights, top = tried, score
        return weights

    print("\n| left out | as shipped | fitted on the others | those weights |\n|---|---|---|---|")
    for out in sets:
        weights = fitted([each for each in sets if each is not out])
        changed = {name: value for name, value in asdict(weights).items() if value != getattr(FUSED, name)}
        print(f"| {out.name} | {100 * mean(out, FUSED):.1f} | {100 * mean(out, weights):.1f} | {changed or 'as shipped'} |", flush=True)


def scale(searcher: Searcher, sizes: list[int], out: Path) -> None:
    """Build synthetic indexes by perturbing the release's sentence vectors and recombining its sentences."""
    import tantivy

    real = searcher.index.sample
    bounds = searcher.index.sentences.tolist()
    texts = {row: searcher.index.entry(row).text for row in {row for row, _, _ in bounds}}
    said = [texts[row][a:b] for row, a, b in bounds]
    random = np.random.default_rng(0)
    print("\n| clauses | vectors | vector index | built in | p50 | p99 | best 10 among 200 | lexical index | built in | p50 | p99 |")
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
            found = index.search(vector, 200)  # about as many as a query takes and compares exactly
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
        telling = sorted(set(grams(said[i][:40])), key=lambda gram: searcher.doc_freq("text", gram))[:10]
        terms = [tantivy.Query.term_query(index.schema, "text", gram) for gram in telling]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        began = time.perf_counter()
        searcher.search(query, limit=100, count=False)
        times.append((time.perf_counter() - began) * 1e3)
    megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return f"{megabytes:.0f} MB | {built:.0f} s | {np.percentile(times, 50):.1f} ms | {np.percentile(times, 99):.1f} ms"


def opened(data: Path, index: str = "") -> Searcher:
    """The search index of a data folder's release, or of an index folder."""
    folder = data if (data / "clauses.jsonl").exists() else DataFolder(data).current().folder / "index"
    return Searcher.open(folder, settings=Settings(index=index))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="data folder with a release of the corpus, or an index folder")
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--gold", type=Path, default=TESTS / "gold")
    parser.add_argument("--set", nargs=4, action="append", default=[], metavar=("NAME", "DATA", "TEXTS", "QUERIES"))
    parser.add_argument("--index", default="", help="Milvus collection that holds the index of --data, as `push --index` filled it")
    parser.add_argument("--candidates", action="store_true", help="look candidates up in small indexes too, which are scored whole otherwise")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--scale", type=int, nargs="*")
    parser.add_argument("--out", type=Path, default=Path("scale"))
    args = parser.parse_args()
    if args.scale:
        scale(opened(args.data), args.scale, args.out)
        return
    if args.candidates:
        searching._ALL = 0
    sets = []
    if args.data:
        searcher = opened(args.data, args.index)
        print(json.dumps(searcher.index.manifest["encoder"]))
        sets.append(corpus_set("development", searcher, TESTS / "gold" / "queries.jsonl", args))
        sets.append(corpus_set("blind, the same corpus", searcher, TESTS / "search" / "blind.jsonl", args))
    sets += [text_set(name, opened(Path(data)), Path(texts), Path(queries)) for name, data, texts, queries in args.set]
    for each in sets:
        quality(each)
    if args.fit:
        fit_weights(sets)


if __name__ == "__main__":
    main()
