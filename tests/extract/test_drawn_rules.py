"""Tasks, modality, duties and citations on stretches of rules and notices that no rule was written for."""

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
GOLD = ROOT / "tests" / "gold" / "drawn-rules"
#: What is held over the whole set, below what was reached so that a better rule may cost a case.
FLOORS = {"tasks": 0.97, "modality": 0.98, "citations": 0.98, "duties": 0.93}
NAMES = ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations")


@pytest.fixture(scope="module")
def scores():
    spec = importlib.util.spec_from_file_location("evaluate", ROOT / "benchmarks" / "evaluate.py")
    evaluate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(evaluate)
    sums = {name: [0, 0] for name in FLOORS}
    for folder in sorted(path.parent for path in GOLD.glob("*/meta.json")):
        gold = evaluate.Gold(folder, GOLD / "texts")
        source = read_file(GOLD / "texts" / gold.file)
        ((document, clauses),) = segment(source, doc_id=folder.name)
        records = extract(source, document, clauses)
        export = {name: [json.loads(json.dumps(dataclasses.asdict(r))) for r in getattr(records, name)] for name in NAMES}
        export["documents"] = [{**dataclasses.asdict(document), "source": gold.file}]
        found = evaluate.evaluate_document(gold, export, {name: [] for name in (*NAMES, "modality", "duties", "dated_goals")})
        for name in ("tasks", "citations"):
            if name in found:
                sums[name][0] += 2 * found[name]["tp"]
                sums[name][1] += 2 * found[name]["tp"] + found[name]["fp"] + found[name]["fn"]
        sums["modality"][0] += round(found["tasks"]["modality"] * found["tasks"]["tp"])
        sums["modality"][1] += found["tasks"]["tp"]
        sums["duties"][0] += found["duties"]["found"]
        sums["duties"][1] += found["duties"]["of"]
    return {name: right / of for name, (right, of) in sums.items()}


@pytest.mark.parametrize("name", FLOORS)
def test_what_is_held_on_rules_and_notices(scores, name):
    assert scores[name] >= FLOORS[name]
