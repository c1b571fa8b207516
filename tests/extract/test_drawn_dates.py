"""Deadlines, targets and dated goals on stretches of plans, rules and notices that no rule was written for."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path

import pytest

from policygraph.extract import extract
from policygraph.read import read_file
from policygraph.segment import segment

ROOT = Path(__file__).resolve().parents[2]
GOLD = ROOT / "tests" / "gold" / "drawn-dates"
#: What is held over the whole set, below what was reached so that a better rule may cost a case.
FLOORS = {"deadlines": 0.95, "value": 0.97, "strict": 0.97, "dated_goals": 0.9}
NAMES = ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations")


@pytest.fixture(scope="module")
def scores() -> dict[str, float]:
    spec = importlib.util.spec_from_file_location("evaluate", ROOT / "benchmarks" / "evaluate.py")
    assert spec and spec.loader
    evaluate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(evaluate)
    counts = {name: [0, 0, 0] for name in FLOORS}
    for folder in sorted(path.parent for path in GOLD.glob("*/meta.json")):
        gold = evaluate.Gold(folder, GOLD / "texts")
        source = read_file(GOLD / "texts" / gold.file)
        ((document, clauses),) = segment(source, doc_id=folder.name)
        records = extract(source, document, clauses)
        export = {name: [json.loads(json.dumps(dataclasses.asdict(r))) for r in getattr(records, name)] for name in NAMES}
        export["documents"] = [{**dataclasses.asdict(document), "source": gold.file}]
        misses = {name: [] for name in (*NAMES, "modality", "duties", "dated_goals", "targets_strict")}
        found = evaluate.evaluate_document(gold, export, misses)
        of_targets = found.get("targets", {})
        for name, part in {**found, "value": of_targets.get("value", {}), "strict": of_targets.get("strict", {})}.items():
            if name in counts and "tp" in part:
                counts[name] = [old + part[key] for old, key in zip(counts[name], ("tp", "fp", "fn"), strict=True)]
    return {name: 2 * tp / (2 * tp + fp + fn) for name, (tp, fp, fn) in counts.items()}


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_drawn_stretches_hold_their_floor(scores: dict[str, float], name: str) -> None:
    assert scores[name] >= FLOORS[name]
