"""The quality figures that the program ships: written by `benchmarks/quality.py`, with the date and what was measured."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FIGURES = Path(__file__).resolve().parent.parent / "quality.json"
#: Measures in the order of the page; the kinds of score that they are.
_KINDS = {"clauses": "recall", "tasks.modality": "accuracy", "alignment.full_recall": "recall", "comparison": "accuracy"}


@cache
def measured() -> dict[str, Any]:
    """Date, release, program and encoder of the measurement, its documents, and a row for each measure.

    >>> sorted(measured())
    ['date', 'documents', 'encoder', 'program', 'release', 'rows']
    """
    found = json.loads(_FIGURES.read_text("utf-8"))
    scores: dict[str, float] = found["scores"]
    documents: dict[str, str] = found["documents"]
    rows = [
        {"measure": measure, "kind": _KINDS.get(measure, "F1"), "least": least, "scores": [scores.get(f"{document}/{measure}") for document in documents]}
        for measure, least in found["least"].items()
    ]  # fmt: skip
    return {name: found[name] for name in ("date", "release", "program", "encoder")} | {"documents": list(documents.values()), "rows": rows}
