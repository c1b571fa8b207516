"""Implementation links: fit the calibration, print every pair left out of the fit, and show what alignment costs.

    python benchmarks/alignment.py                 every pair of the gold, left out of the fit, and the reliability table
    python benchmarks/alignment.py --fit           fit on all pairs and write the calibration into the package
    python benchmarks/alignment.py --scale 2000    cost of pairs of made-up documents up to 2,000 × 2,000 clauses
    python benchmarks/alignment.py --reader URL    what a second reader says of the pairs in doubt, scored apart
    python benchmarks/alignment.py --write         what it prints, and how a link is judged, as docs/alignment.md

Two curves are fitted, each a logistic regression with a ridge: the judge of demands, on pairs of demands judged by reading
(`demands/`), and the links, on the pairs of provisions that retrieval proposes. A figure of a pair comes from curves that
never saw a link or a demand of it. Gold and documents of other fields lie outside the repository (`--shared`).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
from evaluate import Gold, rows

from policygraph.align import calibration
from policygraph.align.answers import DEMAND_FEATURES, MEANT_OF_DEMANDS, judged, mutual
from policygraph.align.calibration import Calibration
from policygraph.align.doubt import SecondReader
from policygraph.align.evidence import (
    FEATURES,
    MEANT,
    WORDED,
    Evidence,
    Side,
    answered,
    judge,
    places_of,
    propose,
    sides_of,
    weigh,
)
from policygraph.align.links import AKIN, akin
from policygraph.align.passages import Passage, passages
from policygraph.align.reader import Reader
from policygraph.align.terms import compare
from policygraph.encode.encoder import Encoder
from policygraph.extract import extract
from policygraph.model import Clause, Document, DocumentRecords
from policygraph.read import read_file
from policygraph.segment import segment
from policygraph.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
RIDGE, RIDGE_OF_DEMANDS = 0.35, 1.0
#: The probability from which a link is asserted: where F1 of pairs left out of the fit is highest, close to the half of that
#: F1 that theory names; between 0.38 and 0.5 it changes by less than 0.01. Between strangers: more likely than not.
THRESHOLD, OF_STRANGERS = 0.42, 0.5
METHODS = {
    "with_encoder": "demands/5",
    "without_encoder": "wording/5",
    "strangers_with_encoder": "demands/5",
    "strangers_without_encoder": "wording/5",
}
#: Each pair: the folder of its gold, the folder of its lower document's gold, the folder of the documents. Those of
#: `OWN` lie in this repository: plans that were rewritten, not copied, and judged before the program had seen them.
OWN = ROOT / "tests"
PAIRS = {
    "sichuan": ("gold", "sichuan", "corpus"),
    "energy": ("gold/pairs/energy", "anhui", "pairs"),
    "industry": ("gold/pairs/industry", "hebei", "pairs"),
    "hubei": ("gold/pairs/hubei", "hubei", "pairs"),
    "soil": ("gold/pairs/soil", "soil", "pairs"),
    "kjcg": ("gold/pairs/kjcg", "kjcg", "pairs"),
    "shandong": ("gold/rewritten/shandong", "shandong", "gold/rewritten/texts"),
    "guangxi": ("gold/rewritten/guangxi", "guangxi", "gold/rewritten/texts"),
    "hainan": ("gold/rewritten/hainan", "hainan", "gold/rewritten/texts"),
    "yunnan": ("gold/rewritten/yunnan", "yunnan", "gold/rewritten/texts"),
}
#: Pairs that no curve is ever fitted on, so that what it gives on them is what it gives on documents of your own.
ASIDE = frozenset({"hainan", "yunnan"})
#: Lower and higher documents of different fields, which have nothing to carry out: (lower, higher) of `PAIRS`.
STRANGERS = (
    ("kjcg", "sichuan"), ("sichuan", "kjcg"), ("soil", "kjcg"), ("energy", "kjcg"), ("kjcg", "soil"), ("hubei", "kjcg"),
    ("industry", "soil"), ("kjcg", "energy"), ("industry", "sichuan"), ("sichuan", "industry"),
)  # fmt: skip
Floats = NDArray[np.float64]
Key = tuple[str, int, int]


@dataclass(frozen=True)
class Task:
    """One pair of documents: its evidence, what is right, and what is not scored. `demands` holds the judged pairs of
    demands as (place of the evidence, lower demand, higher demand, judgement)."""

    lower: Side
    higher: Side
    evidence: list[Evidence]
    keys: list[Key | None]
    right: frozenset[Key]
    full: frozenset[Key]
    skip: frozenset[Key]
    demands: tuple[tuple[int, int, int, int], ...]

    @property
    def used(self) -> NDArray[np.bool_]:
        return np.array([key is not None and key not in self.skip for key in self.keys])

    @property
    def truth(self) -> Floats:
        return np.array([key in self.right for key in self.keys], dtype=np.float64)

    def matrix(self, names: Sequence[str], judge_by: Calibration) -> Floats:
        """The features of each pair of provisions, its demands judged by this curve."""
        tables = {name: [each.judging[name] for each in self.evidence] for name in judge_by.weights}
        pairs = [(each.lower, each.higher) for each in self.evidence]
        answers = judged(tables, judge_by)
        shares = dict(answered(answers, self.lower, self.higher, pairs))
        rows, columns_of = (places_of(np.array(side, np.int64)) for side in zip(*pairs, strict=True))
        shares["mutual"] = mutual(answers, rows=rows, columns=columns_of)
        columns = [
            shares[name] if name in shares else [each.features[name] for each in self.evidence] for name in names
        ]
        return np.array(columns, np.float64).T

    def of_demands(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        matrix = [[float(self.evidence[k].judging[name][a, b]) for name in names] for k, a, b, _ in self.demands]
        return np.array(matrix).reshape(-1, len(names)), np.array([label == 2 for *_, label in self.demands], np.float64)

    def score(self, chosen: Sequence[bool]) -> tuple[float, float, float, float]:
        """F1, precision, recall, and recall of full links."""
        found = {key for key, yes in zip(self.keys, chosen, strict=True) if yes and key} - self.skip
        hits = len(found & self.right)
        precision, recall = hits / max(len(found), 1), hits / max(len(self.right), 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        return f1, precision, recall, len(found & self.full) / max(len(self.full), 1)


def load(path: Path) -> tuple[DocumentRecords, str]:
    source = read_file(path)
    document, clauses = segment(source, doc_id=path.stem)[0]
    return extract(source, document, clauses), source.text


def gold_task(name: str, encoder: Encoder | None, shared: Path) -> Task:
    """The pair of a lower document with gold links and the national one."""
    where, key, corpus = PAIRS[name]
    shared = OWN if (OWN / where).exists() and "rewritten" in where else shared
    folder = shared / where
    national, gold = Gold(folder / "national", shared / corpus), Gold(folder / key, shared / corpus)
    below, above = (passages(*load(shared / corpus / each.file)) for each in (gold, national))
    lower, higher = sides_of(below, above, encoder=encoder)
    evidence = _weighed(lower, higher, encoder)
    item = {unit: (int(unit.split("-")[1]), int(unit.split("-")[2])) for unit in national.units}
    right, full, skip, scope = set(), set(), set(), set()
    for row in rows(folder / key / "alignment.jsonl"):
        unit = next(
            name
            for name, entry in gold.units.items()
            if name not in scope
            and (entry.get("lead") == row["lead"] or gold.source.plain[slice(*entry["span"])].startswith(row["lead"]))
        )
        scope.add(unit)
        right |= {(unit, link["item"], link["paragraph"]) for link in row["links"]}
        full |= {(unit, link["item"], link["paragraph"]) for link in row["links"] if link["degree"] == "full"}
        skip |= {(unit, link["item"], link["paragraph"]) for link in row["borderline"]}
    ours = {i: _unit(gold, passage) for i, passage in enumerate(below)}
    theirs = {i: _unit(national, passage) for i, passage in enumerate(above)}
    ours = {i: unit if unit in scope else None for i, unit in ours.items()}
    theirs = {
        i: unit if unit and national.units[unit]["kind"] in ("measure", "safeguard", "goal") else None
        for i, unit in theirs.items()
    }
    keys: list[Key | None] = []
    for each in evidence:
        source, target = ours[each.lower], theirs[each.higher]
        keys.append((source, *item[target]) if source and target else None)
    read = _judged_demands(shared / "gold" / "demands" / f"{name}.jsonl", below, above, evidence)
    return Task(lower, higher, evidence, keys, frozenset(right), frozenset(full), frozenset(skip), read)


def strangers(low: str, high: str, encoder: Encoder | None, shared: Path) -> Task:
    """A pair of documents that have nothing to do with each other: every proposed pair is wrong."""
    where, key, corpus = PAIRS[low]
    below = passages(*load(shared / corpus / Gold(shared / where / key, shared / corpus).file))
    where, _, corpus = PAIRS[high]
    above = passages(*load(shared / corpus / Gold(shared / where / "national", shared / corpus).file))
    lower, higher = sides_of(below, above, encoder=encoder)
    evidence = _weighed(lower, higher, encoder)
    keys: list[Key | None] = [(str(each.lower), each.higher, 0) for each in evidence]
    return Task(lower, higher, evidence, keys, frozenset(), frozenset(), frozenset(), ())


def _weighed(lower: Side, higher: Side, encoder: Encoder | None) -> list[Evidence]:
    """The evidence of all proposed pairs, their demands not judged yet."""
    bodies, demands = compare(lower.bodies, higher.bodies), compare(lower.demands, higher.demands)
    pairs = propose(lower, higher, bodies=bodies, demands=demands)
    nobody = Calibration("none", dict.fromkeys(demand_features(encoder), 0.0), 0.0, 0.5)
    return weigh(lower, higher, pairs, bodies=bodies, demands=demands, judge_by=nobody)


def _judged_demands(
    path: Path, below: Sequence[Passage], above: Sequence[Passage], evidence: Sequence[Evidence]
) -> tuple[tuple[int, int, int, int], ...]:
    if not path.exists():
        return ()
    sides = [
        {(d.start, d.end): (i, k) for i, passage in enumerate(side) for k, d in enumerate(passage.demands)}
        for side in (below, above)
    ]
    place = {(each.lower, each.higher): k for k, each in enumerate(evidence)}
    found = []
    for row in rows(path):
        a, b = sides[0].get(tuple(row["lower_span"])), sides[1].get(tuple(row["higher_span"]))
        if a and b and (a[0], b[0]) in place:
            found.append((place[a[0], b[0]], a[1], b[1], row["label"]))
    return tuple(found)


def _unit(gold: Gold, passage: Passage) -> str | None:
    span = gold.source.span({"start": passage.clause.start, "end": passage.clause.end})
    found: str | None = gold.unit_at(span)
    return found


def fit(matrix: Floats, truth: Floats, *, ridge: float) -> tuple[Floats, float]:
    """Weights in the features' own units and the bias, by Newton's method on standardised features."""
    mean, spread = matrix.mean(axis=0), matrix.std(axis=0) + 1e-9
    x = np.c_[(matrix - mean) / spread, np.ones(len(matrix))]
    weights = np.zeros(x.shape[1])
    penalty = np.diag([ridge] * (x.shape[1] - 1) + [1e-3])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + penalty, x.T @ (p - truth) + penalty @ weights)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    scaled = weights[:-1] / spread
    return scaled, float(weights[-1] - (scaled * mean).sum())


def probability(matrix: Floats, weights: Floats, bias: float) -> Floats:
    result: Floats = 1 / (1 + np.exp(-(matrix @ weights + bias)))
    return result


def features(encoder: object) -> list[str]:
    """The features of a link, where there is an encoder and where there is none."""
    return [name for name in FEATURES if name not in (MEANT if encoder is None else WORDED)]


def demand_features(encoder: object) -> list[str]:
    return [name for name in DEMAND_FEATURES if encoder is not None or name not in MEANT_OF_DEMANDS]


def fit_demands(tasks: Iterable[Task], names: Sequence[str], method: str) -> Calibration:
    """The judge of demands, from the judged demands of these pairs."""
    parts = [task.of_demands(names) for task in tasks if task.demands]
    matrix, truth = (np.concatenate(each) for each in zip(*parts, strict=True))
    weights, bias = fit(matrix, truth, ridge=RIDGE_OF_DEMANDS)
    return Calibration(method, dict(zip(names, weights.tolist(), strict=True)), bias, 0.5)


def fit_links(
    tasks: Sequence[Task], judges: Sequence[Calibration], names: Sequence[str], method: str
) -> Calibration:
    """The curve of links; the demands of each pair are judged by its own judge."""
    matrices = [task.matrix(names, judge_by)[task.used] for task, judge_by in zip(tasks, judges, strict=True)]
    weights, bias = fit(np.concatenate(matrices), np.concatenate([task.truth[task.used] for task in tasks]), ridge=RIDGE)
    return Calibration(method, dict(zip(names, weights.tolist(), strict=True)), bias, THRESHOLD)


def left_out(tasks: Mapping[str, Task], which: str, links: Sequence[str], demands: Sequence[str]) -> dict[str, Floats]:
    """The probabilities of each pair's links, from curves that never saw that pair. Demands of the pairs that remain are
    judged without their own, so that the curve of links sees them as it sees the pair that is left out."""
    found = {}
    for name, task in tasks.items():
        others = {other: each for other, each in tasks.items() if other != name and other not in ASIDE}
        judges = [
            fit_demands([each for other, each in others.items() if other != one], demands, which) for one in others
        ]
        curve = fit_links(list(others.values()), judges, links, which)
        matrix = task.matrix(links, fit_demands(others.values(), demands, which))
        found[name] = probability(matrix, np.array(list(curve.weights.values())), curve.bias)
    return found


def write_fit(tasks: Mapping[str, Mapping[str, Task]], wrong: Mapping[str, Mapping[tuple[str, str], Task]]) -> None:
    fitted = {}
    for which, named in tasks.items():
        encoder = None if which == "without_encoder" else which
        links, demands = features(encoder), demand_features(encoder)
        named = {name: each for name, each in named.items() if name not in ASIDE}
        judges = [fit_demands([each for o, each in named.items() if o != name], demands, which) for name in named]
        curves = {
            which: fit_links(list(named.values()), judges, links, METHODS[which]),
            f"demands_{which}": fit_demands(named.values(), demands, METHODS[which]),
        }
        name, unlike = f"strangers_{which}", list(wrong[which].values())
        judge_by = curves[f"demands_{which}"]
        curve = fit_links([*named.values(), *unlike], [*judges, *[judge_by] * len(unlike)], links, METHODS[name])
        curves[name] = replace(curve, threshold=OF_STRANGERS)
        for name, curve in curves.items():
            fitted[name] = {
                "method": curve.method,
                "weights": {feature: round(weight, 4) for feature, weight in curve.weights.items()},
                "bias": round(curve.bias, 4),
                "threshold": curve.threshold,
            }
    path = Path(calibration.__file__).with_name("calibration.json")
    path.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path.name}")


def report(which: str, tasks: Mapping[str, Task]) -> str:
    """Every pair, left out of the fit, beside a baseline that gets its best threshold on the pair itself; and whether
    probabilities are what they say."""
    encoder = None if which == "without_encoder" else which
    found = left_out(tasks, which, features(encoder), demand_features(encoder))
    lines = [f"## {which.replace('_', ' ').capitalize()}", ""]
    lines += ["| pair | F1 | precision | recall | full links found | links | TF-IDF of whole clauses, at its best threshold |"]
    lines += ["|---|---|---|---|---|---|---|"]
    scores = []
    for name, task in tasks.items():
        at = (np.array([(e.lower, e.higher) for e in task.evidence])).T
        values = compare(task.lower.bodies, task.higher.bodies).at(*at)
        best = max(task.score(list(values > limit))[0] for limit in np.quantile(values, np.linspace(0.7, 0.995, 200)))
        scores.append(task.score(list(found[name] >= THRESHOLD)))
        figures = " | ".join(f"{figure:.3f}" for figure in scores[-1])
        lines.append(f"| {name} | {figures} | {len(task.right)} | {best:.3f} |")
    for label, chosen in (("mean", tasks.keys()), ("mean of those never fitted on", ASIDE)):
        means = " | ".join(f"{figure:.3f}" for figure in np.mean([s for n, s in zip(tasks, scores, strict=True) if n in chosen], axis=0))
        lines.append(f"| {label} | {means} | | |")
    said = np.concatenate([found[name][task.used] for name, task in tasks.items()])
    held = np.concatenate([task.truth[task.used] for task in tasks.values()])
    lines += ["", "| probability | said | held | pairs |", "|---|---|---|---|"]
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (said >= low) & (said < low + 0.1 + (low > 0.85))
        if inside.any():
            a, b = said[inside].mean(), held[inside].mean()
            error += inside.mean() * abs(a - b)
            lines.append(f"| {low:.1f}–{low + 0.1:.1f} | {a:.2f} | {b:.2f} | {int(inside.sum())} |")
    lines += ["", f"Expected calibration error {error:.3f}.", ""]
    lines += ["| demands of | average precision of the judge, left out | of their wording | judged |", "|---|---|---|---|"]
    names = demand_features(encoder)
    for name, task in tasks.items():
        if task.demands:
            matrix, truth = task.of_demands(names)
            curve = fit_demands([each for other, each in tasks.items() if other != name and other not in ASIDE], names, which)
            judged_by = matrix @ np.array(list(curve.weights.values()))
            plain = average_precision(truth, matrix[:, names.index("wording")])
            lines.append(f"| {name} | {average_precision(truth, judged_by):.3f} | {plain:.3f} | {len(truth)} |")
    return "\n".join(lines)


def report_strangers(which: str, tasks: Mapping[str, Task], wrong: Mapping[tuple[str, str], Task]) -> str:
    """What is found and asserted where nobody says that two documents belong together: those that visibly do are read by
    the curve of links, others by the one that has seen strangers. Of each pair, both documents are left out of the fit,
    with all strangers that they are part of."""
    encoder = None if which == "without_encoder" else which
    links, demands = features(encoder), demand_features(encoder)
    lines = [f"## Documents of which nobody says that they belong together, {which.replace('_', ' ')}", "", "| pair | F1 |", "|---|---|"]
    false: dict[tuple[str, str], int] = {}
    scores = []
    for name, task in tasks.items():
        named = {other: each for other, each in tasks.items() if other != name and other not in ASIDE}
        unseen = {pair: each for pair, each in wrong.items() if name not in pair}
        judge_by = fit_demands(named.values(), demands, "strangers")
        judges = [fit_demands([each for o, each in named.items() if o != one], demands, "strangers") for one in named]
        kin = fit_links(list(named.values()), judges, links, "kin")
        strange = fit_links([*named.values(), *unseen.values()], [*judges, *[judge_by] * len(unseen)], links, "strangers")
        scores.append(task.score(_asserted(task, kin, strange, judge_by))[0])
        lines.append(f"| {name} | {scores[-1]:.3f} |")
        for pair, each in wrong.items():
            if name in pair:
                false[pair] = max(false.get(pair, 0), sum(_asserted(each, kin, strange, judge_by)))
    lines.append(f"| mean | {np.mean(scores):.3f} |")
    lines += ["", f"False links of {len(false)} pairs of strangers: {np.mean(list(false.values())):.1f} in the mean, at most "]
    lines[-1] += f"{max(false.values())}."
    return "\n".join(lines)


def _asserted(task: Task, kin: Calibration, strange: Calibration, judge_by: Calibration) -> list[bool]:
    matrix = task.matrix(list(kin.weights), judge_by)
    found = probability(matrix, np.array(list(kin.weights.values())), kin.bias)
    pairs = [(each.lower, each.higher) for each in task.evidence]
    if akin(zip(found.tolist(), pairs, strict=True), lower=len(task.lower.passages), higher=len(task.higher.passages)):
        return list(found >= THRESHOLD)
    return list(probability(matrix, np.array(list(strange.weights.values())), strange.bias) >= OF_STRANGERS)


def report_reader(tasks: Mapping[str, Task], second: SecondReader, which: str) -> str:
    """What the second reader says of the pairs in doubt, beside what the curve says of the same, each pair left out."""
    encoder = None if which == "without_encoder" else which
    found = left_out(tasks, which, features(encoder), demand_features(encoder))
    lines = [f"## {second.method}, {which.replace('_', ' ')}", "", "| pair | in doubt and judged | right | the curve right | F1 with it | F1 without |"]
    lines += ["|---|---|---|---|---|---|"]
    for name, task in tasks.items():
        pairs = [(each.lower, each.higher) for each in task.evidence]
        values = zip(found[name].tolist(), pairs, strict=True)
        verdicts = second.verdicts(values, task.lower.passages, task.higher.passages, threshold=THRESHOLD)
        alone = list(found[name] >= THRESHOLD)
        both = [verdicts[pair].degree != "none" if pair in verdicts else said for pair, said in zip(pairs, alone, strict=True)]
        scored = [k for k, pair in enumerate(pairs) if pair in verdicts and task.used[k]]
        right, curve = (sum(said[k] == (task.keys[k] in task.right) for k in scored) for said in (both, alone))
        lines.append(f"| {name} | {len(scored)} | {right} | {curve} | {task.score(both)[0]:.3f} | {task.score(alone)[0]:.3f} |")
    counts = ", ".join(f"{number} {what}" for what, number in second.counts.items())
    return "\n".join([*lines, "", f"{counts}."])


def average_precision(truth: Floats, values: Floats) -> float:
    order = np.argsort(-values, kind="stable")
    hits = np.cumsum(truth[order])
    return float((hits / np.arange(1, len(truth) + 1) * truth[order]).sum() / max(truth.sum(), 1))


class _Answers(dict[str, object]):
    """Answers of one run."""

    def put(self, key: str, value: object) -> None:
        self[key] = value


PAGE = """# How links are judged

A lower clause may carry out a higher one when a retriever proposes the pair: shared n-grams of the whole clauses or of
single demands, or nearness in meaning. Two curves judge it.

The *judge of demands* gives, for each demand of the one and each of the other, how probably the lower one carries out the
higher one. It is fitted on pairs of demands judged by reading.

The *curve of links* reads, beside the answered share of both clauses' demands, how much of each clause the other one says:
token by token against its nearest counterpart, by meaning (the encoder reads the clause under its headings) and by wording,
above what the clause usually has with the other document, and with every stretch going to the rival that says it best. Its
score reads as a probability; from {threshold:g} a link is asserted.

Where neither document rests on the other, cites it or is paired with it by the corpus, a stricter curve judges, fitted
beside pairs of documents that have nothing to do with each other; unless their titles are on one subject and {akin:.0%} of one of
them is surely linked, which strangers never come near: then the documents themselves say that they belong together.

Shandong, Guangxi, Hainan and Yunnan have plans that rewrite the national one; they were judged by reading before the program had seen
them. What it scored then, without and with encoder: Shandong 0.927 and 0.884, Guangxi 1.000 and 1.000, Hainan 0.947 and 0.982, Yunnan
0.909 and 0.911.

Figures are of pairs left out of the fit: neither curve saw a link or a demand of the pair. Hainan and Yunnan are never fitted on. Written by
`python benchmarks/alignment.py --write`.

{reports}

## What the features say

| feature | |
|---|---|
{features}

| feature of two demands | |
|---|---|
{demands}

## What is aligned when, and what a link says

A build aligns a document with each one above it that it rests on or cites, with the only one above it there is, with what
`manifest.toml` pairs it with, and with its neighbours: documents of its level on one subject, where at most six are on it (their
clauses run `parallel`, their targets are compared both ways, and nothing is left out of either). It says how many pairs it took for which reason and what it left. Above stands who is of a higher level of a region around
the lower one, and within one level and region a government above its departments; an unknown level is no level, so that a statute
which names another in passing is not held against it.

Any other two documents are aligned when somebody names them (`implements --lower`, `implemented-by --higher`, `coverage`,
`compare`, `report`, `ask`, `/compare/A/B`): by the vectors that a build kept of both, else by wording alone, and the answer says
which. To encode two long plans takes far longer than one waits for an answer. What comes out is kept in `cache/asked` of the
data folder by the content of both. Where neither stands above the other, clauses run `parallel`; of a plan and its successor
`coverage` says what is kept, changed, absent and new.

A link says two things apart: how surely it holds (`sureness`: high from 0.9, medium from 0.7, the figure is `score`), and how much of
the higher clause it takes up (`answered` of `demands`; a demand counts from an even chance on). A task of a clause that is taken up is a record with status `dropped`
where nothing in the lower document comes near to answering it, one of the lower clause with status `added` where it comes near to nothing
above. A false record of these costs more than ten that are missing, so much is left unsaid: what is no task of its own (a manner, a
heading), what is a target (the comparison of targets says what became of it), what is for other places or for national bodies, what the
other document has in words, and what says its thing only with the sentence before it (扩大实施范围). `demands` counts tasks, and targets beside them.
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
    return found


def default_encoder() -> Encoder:
    from policygraph.encode.encoder import E5Encoder

    return E5Encoder()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit on all pairs and write the calibration")
    parser.add_argument("--write", action="store_true", help="write docs/alignment.md")
    parser.add_argument("--scale", type=int, metavar="CLAUSES", help="measure the cost up to so many clauses a side")
    parser.add_argument("--no-encoder", action="store_true", help="wording alone")
    parser.add_argument("--reader", metavar="URL", default="", help="an OpenAI-compatible chat endpoint to score")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="where gold and documents lie")
    options = parser.parse_args()
    encoders: dict[str, Callable[[], Encoder | None]] = {"without_encoder": lambda: None}
    if not options.no_encoder:
        encoders["with_encoder"] = default_encoder
    if options.scale:
        scale(options.scale, None)
        return
    tasks = {
        which: {name: gold_task(name, encoder, options.shared) for name in PAIRS}
        for which, make in encoders.items()
        for encoder in [make()]
    }
    wrong = {
        which: {pair: strangers(*pair, encoder, options.shared) for pair in STRANGERS}
        for which, make in encoders.items()
        for encoder in [make()]
    }
    if options.fit:
        write_fit(tasks, wrong)
    reports = [report(which, named) for which, named in tasks.items()]
    reports += [report_strangers(which, named, wrong[which]) for which, named in tasks.items()]
    print("\n\n".join(reports))
    if reader := Reader.of(Settings.load(reader=options.reader or None)):
        for which, named in tasks.items():
            print("\n" + report_reader(named, SecondReader.of(reader, _Answers(), Settings.load()), which))
    if options.write:
        page = PAGE.format(
            threshold=THRESHOLD,
            akin=AKIN,
            reports="\n\n".join(reports),
            features="\n".join(f"| {name} | {text} |" for name, text in FEATURES.items()),
            demands="\n".join(f"| {name} | {text} |" for name, text in DEMAND_FEATURES.items()),
        )
        (ROOT / "docs" / "alignment.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
