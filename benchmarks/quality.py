#!/usr/bin/env python3
"""Score a build of corpus/ against the gold annotations, write docs/quality.md, and keep what was reached.

    quality.py                   build, score, print the table, write docs/quality.md and what /about shows
    quality.py --record          the same, and make these scores the ones to hold (tests/gold/recorded.json)
    quality.py --check           fail when a score is lower than recorded; show the lines gained and lost
    quality.py --export DIR      score an export that is there already

The scores are those of benchmarks/evaluate.py. Development scores: rules were written with these documents in sight.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "tests" / "gold"
RECORDED = GOLD / "recorded.json"
PAGE = ROOT / "docs" / "quality.md"
SHIPPED = ROOT / "api" / "quality.json"
#: Scores may differ by this much without anything being lost: they are rounded to four digits.
SLACK = 0.0002
BARS = {
    "clauses": 0.99, "responsibilities": 0.99, "deadlines": 0.98, "targets.value": 0.97, "targets.strict": 0.95,
    "dated_goals": 0.92, "tasks": 0.95, "tasks.modality": 0.97, "citations": 0.97, "alignment": 0.92,
    "alignment.full_recall": 0.97, "alignment.uncovered": 0.90, "comparison": 0.90,
}  # fmt: skip


def evaluator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("evaluate", Path(__file__).with_name("evaluate.py"))
    if spec is None or spec.loader is None:
        raise SystemExit("benchmarks/evaluate.py is missing.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score(export_folder: Path) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Scores by `document/measure`, and the lines missed or extra by measure."""
    evaluate = evaluator()
    folders = sorted(path.parent for path in GOLD.glob("*/meta.json"))
    golds = {folder.name: evaluate.Gold(folder, ROOT / "corpus") for folder in folders}
    misses: dict[str, list[str]] = defaultdict(list)
    names = ("documents", "clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "alignments", "target_links")
    export = {name: evaluate.rows(export_folder / f"{name}.jsonl") for name in names}
    scores: dict[str, float] = {}
    for key, gold in golds.items():
        report = evaluate.evaluate_document(gold, export, misses)
        if (gold.folder / "alignment.jsonl").exists():
            report["alignment"] = evaluate.evaluate_alignment(gold, golds["national"], export, misses)
        if (gold.folder / "comparison.jsonl").exists():
            report["comparison"] = evaluate.evaluate_comparison(gold, golds["national"], export, misses)
        if "error" in report:
            raise SystemExit(f"{key}: {report['error']}")
        scores |= {f"{key}/{name}": value for name, value in measures(report)}
    return scores, dict(misses)


def documents() -> dict[str, str]:
    """The annotated documents by the names of their annotations."""
    return {path.parent.name: Path(json.loads(path.read_text("utf-8"))["file"]).stem for path in sorted(GOLD.glob("*/meta.json"))}


def measures(report: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """The figures of a document's report that are worth holding."""
    for name, part in report.items():
        if name == "targets":
            yield "targets.value", part["value"]["f1"]
            yield "targets.strict", part["strict"]["f1"]
            continue
        yield name, part.get("f1", part.get("recall", part.get("accuracy")))
        if name == "tasks":
            yield "tasks.modality", part["modality"]
        if name == "alignment":
            yield "alignment.full_recall", part["full_recall"]
            yield "alignment.uncovered", part["uncovered"]["f1"]


def build_export(folder: Path, *, encoder: str | None) -> dict[str, str]:
    """Build the corpus and export it as JSON lines; what was measured, and when."""
    from policygraph.build.pipeline import build
    from policygraph.facade import PolicyGraph
    from policygraph.settings import Settings

    report = build(ROOT / "corpus", folder / "data", settings=Settings.load(encoder=encoder))
    with PolicyGraph.open(folder / "data") as graph:
        graph.export(folder / "export", format="jsonl")
    manifest = report.release.manifest
    today = datetime.now(UTC).date().isoformat()
    return {"date": today, "release": manifest.id, "program": manifest.program, "encoder": manifest.encoder}


def table(scores: dict[str, float]) -> str:
    keys = list(dict.fromkeys(name.split("/")[0] for name in scores))
    rows = list(dict.fromkeys(name.split("/")[1] for name in scores))
    lines = ["| measure | at least | " + " | ".join(keys) + " |", "|---|---|" + "---|" * len(keys)]
    for row in sorted(rows, key=lambda name: list(BARS).index(name) if name in BARS else 99):
        cells = [f"{scores[f'{key}/{row}']:.4f}" if f"{key}/{row}" in scores else "–" for key in keys]
        lines.append(f"| {row} | {BARS.get(row, '–')} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def page(scores: dict[str, float], *, made_from: dict[str, str]) -> str:
    return f"""# Quality

How well a build of `corpus/` agrees with the annotations in `tests/gold/`, which were made by reading, never by a
pattern. Written by `benchmarks/quality.py` on {made_from["date"]} from release {made_from["release"]}, program {made_from["program"]}, encoder {made_from["encoder"]}.

{table(scores)}

Scores are F1, except clauses (recall of the leaf clauses), modality (accuracy), full_recall (recall of full
links) and comparison (accuracy). What counts as what is settled in `tests/gold/README.md`; the scoring code is
`benchmarks/evaluate.py`. The rules were written with these documents in sight, so the figures say how well they
fit the genre's ways as seen here; expect a little less on documents from other fields and provinces. The column “at
least” is the bar that the project holds itself to.
"""


def check(scores: dict[str, float], misses: dict[str, list[str]]) -> int:
    recorded = json.loads(RECORDED.read_text("utf-8"))
    lower = [
        f"{name}: {scores.get(name, 0.0):.4f}, recorded {value:.4f}"
        for name, value in recorded["scores"].items()
        if scores.get(name, 0.0) < value - SLACK
    ]
    for measure in sorted(set(misses) | set(recorded["misses"])):
        now, before = set(misses.get(measure, ())), set(recorded["misses"].get(measure, ()))
        for sign, lines in (("lost  ", now - before), ("gained", before - now)):
            for line in sorted(lines):
                print(f"{sign} {measure}: {line}")
    if lower:
        print("\nLower than recorded:\n" + "\n".join("  " + line for line in lower))
        return 1
    print("No score is lower than recorded.")
    return 0


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--record", action="store_true")
    arguments.add_argument("--export", type=Path)
    arguments.add_argument("--encoder", help="none for a build by words alone")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made_from = {} if chosen.export else build_export(Path(scratch), encoder=chosen.encoder)
        scores, misses = score(chosen.export or Path(scratch) / "export")
    print(table(scores))
    if chosen.check:
        return check(scores, misses)
    if not chosen.export:
        PAGE.write_text(page(scores, made_from=made_from), "utf-8")
        SHIPPED.write_text(json.dumps({**made_from, "documents": documents(), "scores": scores, "least": BARS}, indent=1) + "\n", "utf-8")
    if chosen.record:
        text = json.dumps({"scores": scores, "misses": misses}, ensure_ascii=False, indent=1, sort_keys=True)
        RECORDED.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
