#!/usr/bin/env python3
"""What a collection costs as it grows: slopes that were measured, carried on to a province's and a country's collection, and
how many pairs a document is in when there are ten thousand documents, a hundred thousand, a million.

    scale.py [--measured FILE.json ...] [--collections 200000 10000000] [--documents 10000 100000 1000000] [--vectors 10000 100000 1000000]

The files are what `thousands.py --json` wrote, of any sizes. A slope is what each further document costs between two of them.

The pairs are planned by the program itself (`policygraph.align.plan`) on heads that are made up: titles, levels, regions,
dates and citations, from a fixed seed. A collection of twice the size has twice the subjects, and the same share of plans
for each: the nation's plan, those of provinces, cities and counties that rest on it and on each other, and laws that
all of them name as their basis. Some subjects are taken up by a few regions, some by all.

Pairs that retrieval would find are simulated on made-up vectors: a clause is a point near the centre of what it is about, and asks for its nearest
clauses in the whole collection. Two documents are a pair where several clauses of the one find clauses of the other.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import mean

import numpy as np

from policygraph.align import plan
from policygraph.model import Citation, Document, DocumentRecords
from policygraph.vocabulary.regions import NATION, regions

#: What of a size counts, by its row in the measurements and the name of the figure there; with its unit and how it is shown.
COUNTED = {
    "processor seconds of the build": ("build", "processor", 1.0),
    "megabytes of the data folder": ("data folder", "all", 1.0),
    "– columns": ("data folder", "columns", 1.0),
    "– graph": ("data folder", "graph", 1.0),
    "– index": ("data folder", "index", 1.0),
    "– cache": ("data folder", "cache", 1.0),
    "statements": ("statements", "statements", 1.0),
    "pairs of documents": ("statements", "pairs", 1.0),
    "links": ("statements", "alignments", 1.0),
    "characters": ("statements", "characters", 1.0),
    "most megabytes of a process of the build": ("build", "megabytes", 1.0),
    "megabytes of the service": ("service in memory", "megabytes", 1.0),
}  # fmt: skip
#: Rows that do not grow by the document from nothing: they are shown, and not carried on.
_NOT_CARRIED = ("most megabytes of a process of the build", "megabytes of the service")
#: Documents on a subject, on the average: the nation's plan and what is below it.
_OF_A_SUBJECT = 60
#: Laws that plans name as their basis, of which a plan names so many.
_LAWS, _NAMED = 200, 2
#: Characters that made-up subjects are written with.
_SYLLABLES = "碳能水气土固声光林草湿河湖海港航路轨车船电网储氢煤油矿铁铜铝钢建材化纺食药医教养老幼体文旅商贸物流数智芯云算星农牧渔粮种肥药机"
#: Made-up vectors: their width, how far a clause lies from its matter, matters of a subject, clauses of a document.
_WIDTH, _SPREAD, _MATTERS, _CLAUSES = 64, 0.5, 20, 10
#: Documents that ask, the nearest clauses that each of their clauses finds, and how many clauses of one must find another.
_ASKING, _NEAREST, _SEVERAL = 50, 10, 3
#: Documents whose vectors are in memory at a time.
_BLOCK = 5_000
#: Subjects of a collection in which they do not grow.
_SUBJECTS = 100
_LEVELS = ("provincial", "municipal", "county")


def measurements(files: Sequence[Path]) -> dict[int, Mapping[str, Mapping[str, float]]]:
    """The measurements by their number of documents."""
    found: dict[int, Mapping[str, Mapping[str, float]]] = {}
    for path in files:
        found |= {int(size): rows for size, rows in json.loads(path.read_text("utf-8")).items()}
    return dict(sorted(found.items()))


def slopes(sizes: Mapping[int, Mapping[str, Mapping[str, float]]], collections: Sequence[int]) -> Iterator[str]:
    """A table: each figure by size, what a further document adds between the smallest and the largest, and what a collection
    comes to by that."""
    names = list(sizes)
    yield "| | " + " | ".join(f"{size:,}" for size in names) + " | a document more | " + " | ".join(f"{each:,}" for each in collections) + " |"
    yield "|---|" + "---|" * (len(names) + 1 + len(collections))
    for label, (row, figure, _) in COUNTED.items():
        values = [sizes[size].get(row, {}).get(figure) for size in names]
        there = [(size, value) for size, value in zip(names, values, strict=True) if value is not None]
        if not there:
            continue
        slope = (there[-1][1] - there[0][1]) / (there[-1][0] - there[0][0]) if len(there) > 1 else there[0][1] / there[0][0]
        carried = ["" if label in _NOT_CARRIED else f"{there[-1][1] + slope * (each - there[-1][0]):,.0f}" for each in collections]
        shown = ["" if value is None else f"{value:,.0f}" for value in values]
        yield f"| {label} | " + " | ".join(shown) + f" | {slope:,.3g} | " + " | ".join(carried) + " |"


def made_up(count: int) -> Iterator[DocumentRecords]:
    """Heads of so many documents: first the laws, then subject by subject its plans, the highest first."""
    chance = random.Random(count)
    places = {level: [code for code, region in regions().items() if region.level == level] for level in _LEVELS}
    laws = [f"{''.join(chance.sample(_SYLLABLES, 3))}保护法" for _ in range(min(_LAWS, count // 20))]
    for number, title in enumerate(laws):
        yield _head(f"law-{number}", f"中华人民共和国{title}", NATION, "national", "2015", ())
    made, subject = len(laws), 0
    while made < count:
        matter = "".join(chance.sample(_SYLLABLES, 5)) + chance.choice(("污染防治", "高质量发展", "保护修复", "攻坚"))
        size = min(count - made, 1 + int(chance.expovariate(1 / _OF_A_SUBJECT)))
        named = [(law, f"law-{laws.index(law)}") for law in chance.sample(laws, _NAMED)]
        held: dict[str, tuple[str, str]] = {}
        for number in range(size):
            level = "national" if not number else chance.choices(_LEVELS, (3, 4, 3))[0]
            code = NATION if not number else chance.choice(places[level])
            name = "" if not number else regions()[code].name
            title, identifier = f"{name}{matter}工作方案", f"s{subject}-{number}"
            above = [held[around] for around in (NATION, f"{code[:2]}0000", f"{code[:4]}00") if around in held and around != code]
            rests = [*chance.sample(above, min(len(above), 2)), *named]
            yield _head(identifier, title, code, level, str(2021 + number % 4), rests)
            held.setdefault(code, (title, identifier))
        made, subject = made + size, subject + 1


def _head(identifier: str, title: str, region: str, level: str, date: str, rests: Sequence[tuple[str, str]]) -> DocumentRecords:
    document = Document(id=identifier, source=identifier, title=title, region=region, level=level, date=date)  # type: ignore[arg-type]
    citations = tuple(
        Citation(
            id=f"{identifier}/citation_{n}", document=identifier, clause=f"{identifier}/para_1", text=cited, title=cited, target=target, basis=not n % 2,
            start=0, end=1, by="made up",
        )
        for n, (cited, target) in enumerate(rests)
    )  # fmt: skip
    return DocumentRecords(document=document, citations=citations)


def simulated(counts: Sequence[int]) -> Iterator[str]:
    """A table: of so many documents how many pairs each is the lower one of, by reason."""
    yield "| documents | pairs | a document | most of one | basis | citation | sibling | level | neighbours left | seconds | memory |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for count in counts:
        heads = list(made_up(count))
        began = time.process_time()
        planned = plan(heads)
        seconds = time.process_time() - began
        of_one = Counter(pair.lower for pair in planned.pairs)
        reasons = Counter(pair.reason for pair in planned.pairs)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield (
            f"| {len(heads):,} | {len(planned.pairs):,} | {mean([of_one[head.document.id] for head in heads]):.2f} | {max(of_one.values(), default=0)} | "
            + " | ".join(f"{reasons[reason] / len(heads):.2f}" for reason in ("basis", "citation", "sibling", "level"))
            + f" | {planned.left.get('neighbours', 0):,} | {seconds:.1f} | {memory:,.0f} MB |"
        )


def retrieved(counts: Sequence[int], *, subjects: int | None = None) -> Iterator[str]:
    """A table: of so many documents how many others retrieval finds for one, by made-up vectors of their clauses; the subjects grow
    with the collection, or are so many."""
    yield "| documents | on a subject | found for a document | most | pairs of a document | most | seconds |"
    yield "|---|---|---|---|---|---|---|"
    for count in counts:
        began, of = time.process_time(), subjects or max(count // _OF_A_SUBJECT, 1)
        asking = np.random.default_rng(count).choice(count, _ASKING, replace=False)
        wanted = np.concatenate([_clauses(number, of) for number in asking])
        scores, found = np.full((len(wanted), _NEAREST), -1.0, "f4"), np.full((len(wanted), _NEAREST), -1)
        for first in range(0, count, _BLOCK):
            numbers = np.repeat(np.arange(first, min(first + _BLOCK, count)), _CLAUSES)
            block = np.concatenate([_clauses(number, of) for number in range(first, min(first + _BLOCK, count))])
            likeness = wanted @ block.T
            likeness[np.repeat(asking, _CLAUSES)[:, None] == numbers] = -1  # its own clauses
            best = np.argpartition(likeness, -_NEAREST, axis=1)[:, -_NEAREST:]
            every = np.concatenate([scores, np.take_along_axis(likeness, best, 1)], axis=1)
            whose = np.concatenate([found, numbers[best]], axis=1)
            kept = np.argpartition(every, -_NEAREST, axis=1)[:, -_NEAREST:]
            scores, found = np.take_along_axis(every, kept, 1), np.take_along_axis(whose, kept, 1)
        reached = [Counter(other for clause in clauses for other in set(clause)) for clauses in found.reshape(_ASKING, _CLAUSES, _NEAREST).tolist()]
        others, pairs = [len(each) for each in reached], [sum(n >= _SEVERAL for n in each.values()) for each in reached]
        yield f"| {count:,} | {count / of:,.0f} | {mean(others):.1f} | {max(others)} | {mean(pairs):.2f} | {max(pairs)} | {time.process_time() - began:.0f} |"


def _clauses(document: int, subjects: int) -> np.ndarray:
    """The vectors of a document's clauses: each near one of the matters of its subject."""
    chance = np.random.default_rng([7, document])
    subject = int(chance.integers(subjects))
    matters = np.random.default_rng([11, subject]).standard_normal((_MATTERS, _WIDTH), "f4")
    near = matters[chance.choice(_MATTERS, _CLAUSES, replace=False)] + _SPREAD * chance.standard_normal((_CLAUSES, _WIDTH), "f4")
    return near / np.linalg.norm(near, axis=1, keepdims=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--measured", type=Path, nargs="*", default=[], help="what thousands.py --json wrote")
    options.add_argument("--collections", type=int, nargs="+", default=[200_000, 10_000_000], help="sizes to carry the slopes on to")
    options.add_argument("--documents", type=int, nargs="*", default=[10_000, 100_000, 1_000_000], help="sizes to plan pairs for")
    options.add_argument("--vectors", type=int, nargs="*", default=[10_000, 100_000, 1_000_000], help="sizes to retrieve pairs in")
    chosen = options.parse_args()
    sizes = measurements(chosen.measured)
    if any(b <= a for a, b in pairwise(sizes)):
        options.error("two measurements are of one size.")
    for table in (slopes(sizes, chosen.collections) if sizes else (), simulated(chosen.documents), retrieved(chosen.vectors), retrieved(chosen.vectors, subjects=_SUBJECTS)):
        for line in table:
            print(line, flush=True)
        print(flush=True)


if __name__ == "__main__":
    main()
