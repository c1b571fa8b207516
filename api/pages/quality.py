"""The quality figures that the program ships: written by `benchmarks/quality.py`, with the date and what was measured."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FIGURES = Path(__file__).resolve().parent.parent / "quality.json"
#: Measures that are a share of what was to be found; all others are F1.
_SHARES = {"clauses": "recall", "tasks.modality": "accuracy", "alignment.full_recall": "recall", "comparison": "accuracy"}


@cache
def measured() -> dict[str, Any]:
    """Date, program and encoder of the measurement, a column for each set of documents and for its first look, and a row
    for each measure: its scores in the order of the columns, None where a set has none; and what is said of targets compared, a
    row a pair.

    >>> sorted(measured())
    ['columns', 'compared', 'date', 'encoder', 'program', 'release', 'rows']
    """
    found = json.loads(_FIGURES.read_text("utf-8"))
    columns, figures = [], []
    for each in found["sets"]:
        looks = [("first", each["first_look"])] if each["first_look"] else []
        for look, scores in [*looks, ("now", each["scores"])]:
            columns.append({"set": each["name"], "drawn": each["drawn"], "documents": each["documents"], "look": look})
            figures.append((scores, each["least"]))
    measures = dict.fromkeys(measure for _, least in figures for measure in least)
    rows = []
    for measure in measures:
        scores = [
            {"value": scores[measure], "below": scores[measure] < least.get(measure, 0.0)} if measure in scores else None
            for scores, least in figures
        ]
        if any(scores):
            rows.append({"measure": measure, "kind": _SHARES.get(measure, "F1"), "scores": scores})
    return {name: found[name] for name in ("date", "release", "program", "encoder", "compared")} | {"columns": columns, "rows": rows}
