#!/usr/bin/env python3
"""Score builds of the annotated sets against the gold annotations, write docs/quality.md, and keep what was reached.

    quality.py                   build every set, score, print the tables, write docs/quality.md and what /about shows
    quality.py --record          the same, and make these scores the ones to hold (tests/gold/recorded.json)
    quality.py --check           fail when a score is lower than recorded; show the lines gained and lost
    quality.py --only SET …      some sets alone: print (or check) them, write nothing

The sets are listed in tests/gold/sets.toml; the scores are those of benchmarks/evaluate.py. What was scored when a set was
first looked at stands in tests/gold/first-look.json and is never written by a program.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "tests" / "gold"
RECORDED = GOLD / "recorded.json"
FIRST_LOOK = GOLD / "first-look.json"
PAGE = ROOT / "docs" / "quality.md"
SHIPPED = ROOT / "api" / "quality.json"
#: Scores may differ by this much without anything being lost: they are rounded to four digits.
SLACK = 0.0002
#: What the project holds itself to on documents that the rules were written on, and on others.
BARS = {
    "clauses": 0.99, "responsibilities": 0.99, "deadlines": 0.98, "targets.value": 0.97, "targets.strict": 0.95,
    "dated_goals": 0.92, "tasks": 0.95, "tasks.modality": 0.97, "citations": 0.97, "alignment": 0.92,
    "alignment.full_recall": 0.97, "alignment.uncovered": 0.90, "comparison": 0.90,
}  # fmt: skip
DRAWN_BARS = {
    "clauses": 0.98, "responsibilities": 0.99, "deadlines": 0.95, "targets.value": 0.94, "targets.strict": 0.90,
    "dated_goals": 0.86, "tasks": 0.95, "tasks.modality": 0.97, "citations": 0.98,
}  # fmt: skip
NAMES = ("documents", "clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "alignments", "target_links")
#: Measures that are a share of what was to be found; all others are F1.
SHARES = {"clauses": "recall", "tasks.modality": "accuracy", "alignment.full_recall": "recall", "comparison": "accuracy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSet:
    """A corpus of its own with its annotations."""

    name: str
    title: str
    texts: Path
    gold: tuple[Path, ...]
    drawn: bool
    encoder: bool


@dataclass(slots=True)
class Scored:
    """What a set scores: a figure for each document and measure, micro averages over the set, the lines missed or extra."""

    documents: dict[str, dict[str, float]] = field(default_factory=dict)
    micro: dict[str, float] = field(default_factory=dict)
    misses: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    made_from: dict[str, str] = field(default_factory=dict)


def gold_sets() -> list[GoldSet]:
    """The sets of tests/gold/sets.toml."""
    found = tomllib.loads((GOLD / "sets.toml").read_text("utf-8"))
    return [
        GoldSet(
            name=name, title=row["title"], texts=(GOLD / row["texts"]).resolve(), gold=tuple(GOLD / folder for folder in row["gold"]),
            drawn=row["drawn"], encoder=row["encoder"],
        )
        for name, row in found.items()
    ]  # fmt: skip


def evaluator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("evaluate", Path(__file__).with_name("evaluate.py"))
    if spec is None or spec.loader is None:
        raise SystemExit("benchmarks/evaluate.py is missing.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score(chosen: GoldSet, export_folder: Path) -> Scored:
    """The scores of a set whose build was exported to a folder."""
    evaluate = evaluator()
    export = {name: evaluate.rows(export_folder / f"{name}.jsonl") for name in NAMES}
    scored, reports = Scored(), []
    for folder in chosen.gold:
        golds = {path.parent.name: evaluate.Gold(path.parent, chosen.texts) for path in sorted(folder.glob("*/meta.json"))}
        misses: dict[str, list[str]] = defaultdict(list)
        prefix = "" if len(chosen.gold) == 1 else f"{folder.name}/"
        for key, gold in golds.items():
            report = evaluate.evaluate_document(gold, export, misses)
            if "error" in report:
                raise SystemExit(f"{key}: {report['error']}")
            if (gold.folder / "alignment.jsonl").exists():
                report["alignment"] = evaluate.evaluate_alignment(gold, golds["national"], export, misses)
            if (gold.folder / "comparison.jsonl").exists():
                report["comparison"] = evaluate.evaluate_comparison(gold, golds["national"], export, misses)
            reports.append(report)
            scored.documents[prefix + key] = dict(measures(report))
            scored.files[prefix + key] = gold.file
        for measure, lines in misses.items():
            scored.misses.setdefault(measure, []).extend(f"{prefix}{line}" for line in lines)
    scored.micro = micro(reports)
    return scored


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


def micro(reports: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Micro averages: what was found, extra and missed, summed over the documents of a set."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    shares: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for report in reports:
        for name, part in report.items():
            parts = {"targets.value": part["value"], "targets.strict": part["strict"]} if name == "targets" else {name: part}
            for key, counted in parts.items():
                if "tp" in counted:
                    sums[key] = [a + counted[b] for a, b in zip(sums[key], ("tp", "fp", "fn"), strict=True)]
            if name == "clauses":
                shares[name] = [shares[name][0] + part["found"], shares[name][1] + part["of"]]
            if name == "tasks":
                shares["tasks.modality"] = [shares["tasks.modality"][0] + part["modality"] * part["tp"], shares["tasks.modality"][1] + part["tp"]]
    found = {key: 2 * tp / (2 * tp + fp + fn) for key, (tp, fp, fn) in sums.items() if tp + fp + fn}
    return {key: round(value, 4) for key, value in (found | {key: a / of for key, (a, of) in shares.items() if of}).items()}


def build_export(chosen: GoldSet, folder: Path) -> dict[str, str]:
    """Build a set and export it as JSON lines; what was measured, and when."""
    from policygraph.build.pipeline import build
    from policygraph.facade import PolicyGraph
    from policygraph.settings import Settings

    settings = Settings.load() if chosen.encoder else Settings.load(encoder="none")
    report = build(chosen.texts, folder / "data", settings=settings)
    with PolicyGraph.open(folder / "data") as graph:
        graph.export(folder / "export", format="jsonl")
    manifest = report.release.manifest
    today = datetime.now(UTC).date().isoformat()
    return {"date": today, "release": manifest.id, "program": manifest.program, "encoder": manifest.encoder}


def by_bar(names: Iterator[str] | Mapping[str, float]) -> list[str]:
    return sorted(dict.fromkeys(names), key=lambda name: list(BARS).index(name) if name in BARS else len(BARS))


def table(columns: Mapping[str, Mapping[str, float]], *, least: Mapping[str, float]) -> str:
    """A row for each measure, a column for each document or set."""
    rows = by_bar(iter([measure for scores in columns.values() for measure in scores]))
    lines = ["| measure | at least | " + " | ".join(columns) + " |", "|---|---|" + "---|" * len(columns)]
    for row in rows:
        cells = [f"{scores[row]:.4f}" if row in scores else "–" for scores in columns.values()]
        lines.append(f"| {row} | {least.get(row, '–')} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def first_look() -> dict[str, dict[str, Any]]:
    """By set: which program first saw it, and what it scored."""
    found: dict[str, dict[str, Any]] = json.loads(FIRST_LOOK.read_text("utf-8"))
    return found


def section(chosen: GoldSet, scored: Scored) -> str:
    """The tables of a set: each document, or, of documents drawn, the whole set beside its first look."""
    if not chosen.drawn:
        return table({**scored.documents, "all": scored.micro}, least=BARS)
    seen = first_look().get(chosen.name)
    columns = {"now": scored.micro} | ({f"first look ({seen['program']})": seen["scores"]} if seen else {})
    return table(columns, least=DRAWN_BARS)


@cache
def comparison() -> ModuleType:
    """benchmarks/comparison.py, loaded from beside this program."""
    spec = importlib.util.spec_from_file_location("comparison", Path(__file__).with_name("comparison.py"))
    if spec is None or spec.loader is None:
        raise SystemExit("benchmarks/comparison.py is missing.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def compared() -> list[dict[str, Any]]:
    """What is said of targets compared, pair by pair."""
    found: list[dict[str, Any]] = comparison().figures(sorted(GOLD.glob("compare-*")))
    return found


def page(results: Mapping[str, tuple[GoldSet, Scored]]) -> str:
    made_from = next(iter(results.values()))[1].made_from
    parts = "\n\n".join(
        f"## {chosen.title[0].upper()}{chosen.title[1:]}\n\n{len(scored.documents)} documents: {', '.join(scored.files.values())}.\n\n{section(chosen, scored)}"
        for chosen, scored in results.values()
    )
    return f"""# Quality

How well builds agree with the annotations in `tests/gold/`, which were made by reading, never by a pattern. Written by
`python benchmarks/quality.py` on {made_from["date"]}, program {made_from["program"]}, encoder {made_from["encoder"]}.

“Documents the rules were written on” say how well the rules fit the ways of the genre as seen there, and no more.
“Documents drawn at random” were annotated before the program had seen them: the column “first look” is what it scored then,
which is what to expect on a document of your own; since then their errors were read, too, and the rules mended by kind.

{parts}

{comparison().section(compared())}

## What a score counts

All comparison is by position in the source file. Micro averages: hits, extra and missed records are summed over the
documents of a set.

| measure | counts as right |
|---|---|
| clauses | share of annotated leaf clauses whose span is found (overlap over union ≥ 0.9) |
| responsibilities | F1 over (clause, body as written, role) of notes |
| deadlines | F1; the same expression with the same date |
| targets.value | F1; the same clause, value and unit |
| targets.strict | F1; also comparator, deadline and indicator (one name contains the other, or they are alike by 0.7) |
| dated_goals | F1 over goals with a date and no figure: the same stretch, the same deadline |
| tasks | F1; overlap over union ≥ 0.6, one to one |
| tasks.modality | share of the tasks found whose modality is right |
| citations | F1 over the titles cited in a document |
| alignment | F1 over links from a lower clause to a higher one |
| alignment.full_recall | share of the links found that carry out a clause in full |
| alignment.uncovered | F1 over higher clauses that nothing takes up |
| comparison | share of national targets with a link of the right strictness to a target of the right clause, or rightly none; timing and scope are not scored |

The columns “at least” are the bars that the project holds itself to. The rules are in `tests/gold/README.md`, the scoring code is
`benchmarks/evaluate.py`.
"""


def shipped(results: Mapping[str, tuple[GoldSet, Scored]]) -> dict[str, Any]:
    """What /about shows: the micro averages of each set, with the bars and the first look."""
    made_from = next(iter(results.values()))[1].made_from
    seen = first_look()
    sets = [
        {
            "name": name, "drawn": chosen.drawn, "documents": len(scored.documents), "scores": scored.micro,
            "least": DRAWN_BARS if chosen.drawn else BARS, "first_look": seen.get(name, {}).get("scores"),
        }
        for name, (chosen, scored) in results.items()
    ]  # fmt: skip
    return {**made_from, "sets": sets, "compared": compared()}


def flat(results: Mapping[str, tuple[GoldSet, Scored]]) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Scores by set, document and measure, and lines by set and measure: what is recorded and compared."""
    scores, misses = {}, {}
    for name, (_, scored) in results.items():
        scores |= {f"{name}/{key}/{m}": value for key, found in scored.documents.items() for m, value in found.items()}
        scores |= {f"{name}/all/{m}": value for m, value in scored.micro.items()}
        misses |= {f"{name}/{measure}": lines for measure, lines in scored.misses.items()}
    return scores, misses


def check(results: Mapping[str, tuple[GoldSet, Scored]]) -> int:
    scores, misses = flat(results)
    recorded = json.loads(RECORDED.read_text("utf-8"))
    held = {name: value for name, value in recorded["scores"].items() if name.split("/")[0] in results}
    lower = [f"{name}: {scores.get(name, 0.0):.4f}, recorded {value:.4f}" for name, value in held.items() if scores.get(name, 0.0) < value - SLACK]
    for measure in sorted(set(misses) | {name for name in recorded["misses"] if name.split("/")[0] in results}):
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
    arguments.add_argument("--only", nargs="+", default=[], metavar="SET", choices=[each.name for each in gold_sets()])
    chosen = arguments.parse_args()
    results: dict[str, tuple[GoldSet, Scored]] = {}
    for each in gold_sets():
        if chosen.only and each.name not in chosen.only:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            made_from = build_export(each, Path(scratch))
            scored = score(each, Path(scratch) / "export")
        scored.made_from = made_from
        results[each.name] = (each, scored)
        print(f"{each.name}: {each.title}\n{section(each, scored)}\n")
    if chosen.check:
        return check(results)
    if chosen.only:
        return 0
    PAGE.write_text(page(results), "utf-8")
    SHIPPED.write_text(json.dumps(shipped(results), indent=1) + "\n", "utf-8")
    if chosen.record:
        scores, misses = flat(results)
        text = json.dumps({"scores": scores, "misses": misses}, ensure_ascii=False, indent=1, sort_keys=True)
        RECORDED.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
