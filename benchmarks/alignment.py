"""Implementation links: fit the calibration, print it beside the baselines, and show what alignment costs.

    python benchmarks/alignment.py                 the method and the baselines on the gold, and the reliability curve
    python benchmarks/alignment.py --fit           fit the calibration on Sichuan and write it into the package
    python benchmarks/alignment.py --scale 2000    cost of pairs of made-up documents up to 2,000 × 2,000 clauses
    python benchmarks/alignment.py --write         what it prints, and how a link is judged, as docs/alignment.md

The fit is a logistic regression with a ridge (`RIDGE`) over the features of `policygraph.align.evidence.FEATURES`,
on the pairs that retrieval proposes between the Sichuan and the national document, and on nothing else. The honest
figure for Sichuan is the one from leaving each clause out in turn.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
from evaluate import Gold, rows

from policygraph.align import calibration
from policygraph.align.evidence import FEATURES, MEANT, WORDED, Evidence, Side, judge, sides_of
from policygraph.align.passages import Passage, passages
from policygraph.align.terms import compare
from policygraph.encode.encoder import Encoder
from policygraph.extract import extract
from policygraph.model import Clause, Document, DocumentRecords
from policygraph.read import read_file
from policygraph.segment import segment

ROOT = Path(__file__).resolve().parent.parent
RIDGE = 0.25
#: The probability from which a link is asserted: a little more likely than not.
THRESHOLD = 0.55
METHODS = {"with_encoder": "demands/3", "without_encoder": "wording/3"}
Floats = NDArray[np.float64]
Key = tuple[str, int, int]


@dataclass(frozen=True)
class Task:
    """One pair of documents: its evidence, what is right, and what is not scored. `whole` holds the encoder's cosines
    of whole clauses, for the baseline."""

    lower: Side
    higher: Side
    evidence: list[Evidence]
    whole: Floats | None
    keys: list[Key | None]
    right: frozenset[Key]
    skip: frozenset[Key]

    def matrix(self, names: Sequence[str]) -> Floats:
        return np.array([[evidence.features[name] for name in names] for evidence in self.evidence])

    @property
    def truth(self) -> Floats:
        return np.array([key in self.right for key in self.keys], dtype=np.float64)

    def score(self, chosen: Sequence[bool]) -> tuple[float, float, float]:
        found = {key for key, yes in zip(self.keys, chosen, strict=True) if yes and key} - self.skip
        hits = len(found & self.right)
        precision, recall = hits / max(len(found), 1), hits / max(len(self.right), 1)
        return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall


def load(path: Path) -> tuple[DocumentRecords, str]:
    source = read_file(path)
    document, clauses = segment(source, doc_id=path.stem)[0]
    return extract(source, document, clauses), source.text


def gold_task(key: str, encoder: Encoder | None, folder: Path, corpus: Path) -> Task:
    """The pair of a lower document with gold links and the national one."""
    national, gold = Gold(folder / "national", corpus), Gold(folder / key, corpus)
    below, above = (passages(*load(corpus / each.file)) for each in (gold, national))
    lower, higher = sides_of(below, above, encoder=encoder)
    evidence = judge(lower, higher)
    ours = {i: _unit(gold, passage) for i, passage in enumerate(below)}
    theirs = {i: _unit(national, passage) for i, passage in enumerate(above)}
    item = {name: (int(name.split("-")[1]), int(name.split("-")[2])) for name in national.units}
    keys: list[Key | None] = []
    for each in evidence:
        source, target = ours[each.lower], theirs[each.higher]
        keys.append((source, *item[target]) if source and target else None)
    right, skip, taken = set(), set(), set()
    for row in rows(folder / key / "alignment.jsonl"):
        unit = next(
            name
            for name, entry in gold.units.items()
            if name not in taken
            and (entry.get("lead") == row["lead"] or gold.source.plain[slice(*entry["span"])].startswith(row["lead"]))
        )
        taken.add(unit)
        right |= {(unit, link["item"], link["paragraph"]) for link in row["links"]}
        skip |= {(unit, link["item"], link["paragraph"]) for link in row["borderline"]}
    whole = None
    if encoder is not None:
        a, b = (encoder.encode_passages([passage.body for passage in side]) for side in (below, above))
        whole = np.array([float(a[each.lower] @ b[each.higher]) for each in evidence])
    return Task(lower, higher, evidence, whole, keys, frozenset(right), frozenset(skip))


def _unit(gold: Gold, passage: Passage) -> str | None:
    span = gold.source.span({"start": passage.clause.start, "end": passage.clause.end})
    found: str | None = gold.unit_at(span)
    return found


def fit(matrix: Floats, truth: Floats) -> tuple[Floats, float]:
    """Weights in the features' own units and the bias, by Newton's method on standardised features."""
    mean, spread = matrix.mean(axis=0), matrix.std(axis=0) + 1e-9
    x = np.c_[(matrix - mean) / spread, np.ones(len(matrix))]
    weights = np.zeros(x.shape[1])
    ridge = np.diag([RIDGE] * (x.shape[1] - 1) + [1e-3])
    for _ in range(60):
        p = 1 / (1 + np.exp(-x @ weights))
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (p - truth) + ridge @ weights)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    scaled = weights[:-1] / spread
    return scaled, float(weights[-1] - (scaled * mean).sum())


def probability(matrix: Floats, weights: Floats, bias: float) -> Floats:
    result: Floats = 1 / (1 + np.exp(-(matrix @ weights + bias)))
    return result


def left_out(task: Task, names: Sequence[str]) -> Floats:
    """The probability of each pair from a fit that never saw its lower clause."""
    matrix, truth = task.matrix(names), task.truth
    groups = np.array([evidence.lower for evidence in task.evidence])
    out = np.zeros(len(truth))
    for group in np.unique(groups):
        mine = groups == group
        out[mine] = probability(matrix[mine], *fit(matrix[~mine], truth[~mine]))
    return out


def features(name: str) -> list[str]:
    return [feature for feature in FEATURES if feature not in (WORDED if name == "with_encoder" else MEANT)]


def write_fit(tasks: dict[str, Task]) -> None:
    fitted = {}
    for name, task in tasks.items():
        weights, bias = fit(task.matrix(features(name)), task.truth)
        fitted[name] = {
            "method": METHODS[name],
            "weights": {f: round(float(w), 4) for f, w in zip(features(name), weights, strict=True)},
            "bias": round(bias, 4),
            "threshold": THRESHOLD,
        }
    path = Path(calibration.__file__).with_name("calibration.json")
    path.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    calibration.load_calibration.cache_clear()
    print(f"written: {path.name}")


def report(name: str, task: Task) -> str:
    """The method and the baselines on one pair; a baseline gets its best threshold on this very pair."""
    rows, columns = (np.array([(e.lower, e.higher) for e in task.evidence])).T
    table: list[tuple[str, Floats]] = [
        ("TF-IDF of whole clauses", compare(task.lower.bodies, task.higher.bodies).at(rows, columns))
    ]
    if task.whole is not None:
        table.append(("encoder alone", task.whole))
        both = [(values - values.mean()) / values.std() for values in (table[0][1], task.whole)]
        table.append(("both summed", both[0] + both[1]))
    lines = [f"## {name}", "", f"{len(task.right)} links, {len(task.evidence)} pairs proposed.", ""]
    lines += ["| method | F1 | precision | recall |", "|---|---|---|---|"]
    for label, values in table:
        best = max(task.score(list(values > limit)) for limit in np.quantile(values, np.linspace(0.7, 0.995, 200)))
        lines.append(f"| {label}, at its best threshold here | {best[0]:.3f} | {best[1]:.3f} | {best[2]:.3f} |")
    which = "with_encoder" if task.lower.meaning is not None else "without_encoder"
    fitted = calibration.load_calibration(encoder=which == "with_encoder")
    ours = np.array([fitted.probability(evidence.features) for evidence in task.evidence])
    unseen = left_out(task, features(which))
    for label, values in ((f"{fitted.method} as shipped", ours), (f"{fitted.method}, each clause left out of the fit", unseen)):
        got = task.score(list(values >= fitted.threshold))
        lines.append(f"| {label} | {got[0]:.3f} | {got[1]:.3f} | {got[2]:.3f} |")
    lines += ["", "Reliability, each clause left out of the fit:", "", "| probability | said | held | pairs |", "|---|---|---|---|"]
    for low in np.arange(0, 1, 0.1):
        inside = (unseen >= low) & (unseen < low + 0.1 + (low > 0.85))
        if inside.any():
            said, held = unseen[inside].mean(), task.truth[inside].mean()
            lines.append(f"| {low:.1f}–{low + 0.1:.1f} | {said:.2f} | {held:.2f} | {int(inside.sum())} |")
    lines += ["", "| feature | weight | what it says |", "|---|---|---|"]
    lines += [f"| {feature} | {weight:g} | {FEATURES[feature]} |" for feature, weight in fitted.weights.items()]
    lines.append(f"| | {fitted.bias:g} | always |")
    return "\n".join(lines)


PAGE = """# How links are judged

A lower clause may carry out a higher one when a retriever proposes the pair: shared n-grams of the whole clauses or of
single demands, or nearness in meaning. Each proposed pair gets a few features; a logistic curve over them gives the
score, which reads as a probability; from {threshold:g} a link is asserted. It `implements` when the demands that it answers
make up a quarter of the higher clause, and else `partially_implements`.
Weights are fitted on the pair Sichuan – national alone, with a ridge of {ridge:g}; nothing is fitted elsewhere. Three pairs
of other fields, judged by reading, hold the method to what it says (`tests/align/judged.jsonl`). Written by
`python benchmarks/alignment.py --write`.

{reports}
"""


def scale(most: int, encoder: Encoder | None) -> None:
    """Pairs of made-up documents: sentences of the corpus, drawn and mixed."""
    chance = random.Random(1)
    texts = [p.body for path in sorted((ROOT / "corpus").glob("*-*")) for p in passages(*load(path))]
    sentences = [part for text in texts for part in text.split("。") if len(part) > 12]
    print(f"{'clauses':>14}{'pairs proposed':>16}{'of all':>9}{'seconds':>9}{'ms a proposal':>15}")
    size = 250
    while size <= most:
        lower, higher = (_made_up(name, size, sentences, chance) for name in ("low", "high"))
        began = time.perf_counter()
        pairs = judge(*sides_of(lower, higher, encoder=encoder))
        took = time.perf_counter() - began
        print(f"{size:>6} × {size:<6}{len(pairs):>15}{len(pairs) / size**2:>9.2%}{took:>9.1f}{took / len(pairs) * 1e3:>15.2f}")
        size *= 2


def _made_up(name: str, size: int, sentences: Sequence[str], chance: random.Random) -> list[Passage]:
    """Clauses of four sentences each, words shuffled in from elsewhere so that no two are the same."""
    found = []
    words = [sentence[i : i + 6] for sentence in sentences for i in range(0, len(sentence) - 6, 6)]
    for number in range(size):
        parts = ["".join(chance.sample(words, 3)) + chance.choice(sentences) for _ in range(4)]
        text = "。".join(parts) + "。"
        clause = Clause(
            id=f"{name}/item_{number}", document=name, parent=None, kind="measure", type="paragraph", number=None,
            heading=None, lead=None, text=text, start=0, end=len(text), order=number, leaf=True, by="made-up/1",
        )  # fmt: skip
        records = DocumentRecords(document=Document(id=name, source=name, title=name), clauses=(clause,))
        found += passages(records, text)
    return [replace(passage) for passage in found]


def default_encoder() -> Encoder:
    from policygraph.encode.encoder import E5Encoder

    return E5Encoder()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit on Sichuan and write the calibration")
    parser.add_argument("--write", action="store_true", help="write docs/alignment.md")
    parser.add_argument("--scale", type=int, metavar="CLAUSES", help="measure the cost up to so many clauses a side")
    parser.add_argument("--no-encoder", action="store_true", help="wording alone")
    parser.add_argument("--gold", type=Path, default=ROOT / "tests" / "gold")
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    options = parser.parse_args()
    encoders: dict[str, Callable[[], Encoder | None]] = {"without_encoder": lambda: None}
    if not options.no_encoder:
        encoders["with_encoder"] = default_encoder
    if options.scale:
        scale(options.scale, None)
        return
    keys = sorted(path.parent.name for path in options.gold.glob("*/alignment.jsonl"))
    tasks = {
        key: {name: gold_task(key, make(), options.gold, options.corpus) for name, make in encoders.items()} for key in keys
    }
    if options.fit:
        write_fit(tasks["sichuan"])
    reports = [
        report(f"{key}, {name.replace('_', ' ')}", task) for key, named in tasks.items() for name, task in named.items()
    ]
    print("\n\n".join(reports))
    if options.write:
        page = PAGE.format(threshold=THRESHOLD, ridge=RIDGE, reports="\n\n".join(reports))
        (ROOT / "docs" / "alignment.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
