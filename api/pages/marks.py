"""A clause's text cut where records begin and end, so that each piece knows what stands on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from policygraph.api.pages.wording import figure
from policygraph.model import Clause
from policygraph.read import reading

_NAMES = {"tasks": "task", "targets": "target", "deadlines": "deadline", "responsibilities": "note", "citations": "citation"}


def marked_clause(
    source: str, clause: Clause, *, found: Mapping[str, Sequence[Any]], t: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Pieces of the clause's cleaned text: `text`, `marks` (kinds of record on it) and `title` (what they say, in `t`'s
    language)."""
    clean = reading(source, clause.start, clause.end)
    stretches: list[tuple[int, int, str, str]] = []
    for name, records in found.items():
        for record in records:
            if record.start < clause.start or record.end > clause.end:
                continue  # a default implementer's note stands in another clause
            a, b = clean.locate(record.start, record.end)
            stretches.append((a, b, _NAMES[name], _words(_NAMES[name], record, t=t)))
    edges = sorted({0, len(clean.text), *(a for a, *_ in stretches), *(b for _, b, *_ in stretches)})
    pieces = []
    for a, b in zip(edges, edges[1:], strict=False):
        on = [s for s in stretches if s[0] <= a and s[1] >= b]
        kinds = sorted({s[2] for s in on})
        pieces.append({"text": clean.text[a:b], "marks": kinds, "title": t("semicolon").join(dict.fromkeys(s[3] for s in on if s[3]))})
    return pieces


def _words(kind: str, record: Any, *, t: Callable[[str], str]) -> str:
    if kind == "task":
        return f"{record.verb} · {t('modality_' + record.modality)}"
    if kind == "target":
        return f"{record.indicator} {figure(record)} {record.deadline or ''}".strip()
    if kind == "deadline":
        return str(record.date or record.text)
    if kind == "note":
        return t("comma").join(f"{a.name} {t(a.role)}" for a in record.agencies)
    return str(record.title)
