"""The coverage matrix: higher clauses by lower documents, as rows for the pages and as a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from html import escape
from typing import Any

from policygraph.api.pages.pairs import DEMANDING
from policygraph.api.pages.site import region_name, words_of
from policygraph.api.serving import Live

#: Every status of a cell, the best first, with its colour and the colour of its words in the picture.
STATUSES = ("implemented", "partly", "corresponds", "absent")
_COLOURS = {"implemented": ("#24694b", "#fff"), "partly": ("#8fc3a7", "#10301f"), "corresponds": ("#c3d2ea", "#14284a"), "absent": ("#fff", "#8a2c1b")}
_LEFT, _COLUMN, _ROW, _TOP = 400, 132, 24, 52


def matrix(
    live: Live, *, status: str | None = None, order: str | None = None, lower: str | None = None, higher: str | None = None,
    among: Collection[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The matrix, where asked only of one higher document, only rows with a status, only one lower document or those
    `among` them, and ordered by what is lacking: in all (`least`) or in one document (its id). A cell holds the status,
    the best link, its score and what reviewers said of it."""
    library = live.graph.library
    links = {(clause, document): (link, score) for clause, document, link, score in library.columns.link_scores(higher)}
    judged = dict(library.columns.rows("SELECT id, verdict FROM alignments WHERE verdict IS NOT NULL"))
    cells: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    numbers = library.columns.numbers
    of_one, values = (" AND higher = ?", [numbers.get(higher, -1)]) if higher else ("", [])
    taken = f"of_clause AND status IN {STATUSES}{of_one}"
    lowers = dict.fromkeys(library.columns.among(library.columns.rows(f"SELECT DISTINCT lower FROM coverage WHERE {taken}", values)))
    wanted = {lower} & lowers.keys() if lower else lowers.keys() if among is None else lowers.keys() & set(among)
    if len(wanted) < len(lowers):
        taken += f" AND lower IN ({', '.join(str(numbers[name]) for name in wanted)})"
    for record in library.columns.where("coverage", taken, values):
        link, score = links.get((record.subject, record.document), (None, None))
        cells[record.subject][record.document] = {
            "status": record.status, "link": link, "score": score,
            "nearest": record.nearest[:3], "id": record.id, "verdict": judged.get(link),
        }  # fmt: skip
    ordered = sorted(lowers, key=lambda d: (library.documents[d].region or "", library.documents[d].date or ""))
    columns = [document for document in ordered if (document == lower if lower else among is None or document in among)]
    everything = [_row(clause.id, cells[clause.id], live) for clause in sorted((library.clauses[c] for c in cells), key=lambda c: (c.document, c.order))
                  if clause.kind in DEMANDING]  # fmt: skip
    rows = [row for row in everything if not status or any(cell["status"] == status for cell in row["cells"].values())]
    if order == "least":
        rows.sort(key=lambda row: -sum(STATUSES.index(cell["status"]) for cell in row["cells"].values()))
    elif order in columns:
        rows.sort(key=lambda row: -STATUSES.index(row["cells"][order]["status"]) if order in row["cells"] else 1)
    counts = {d: {name: sum(1 for row in everything if row["cells"].get(d, {}).get("status") == name) for name in STATUSES} for d in columns}
    above = {d: sorted({row["document"] for row in everything if d in row["cells"]}) for d in columns}
    return {
        "columns": [{"id": d, "region": library.documents[d].region or "", "title": library.documents[d].title, "year": (library.documents[d].date or "")[:4], "higher": above[d]} for d in columns],
        "rows": rows, "counts": counts, "total": len(everything), "lowers": ordered,
    }  # fmt: skip


def _row(identifier: str, cells: Mapping[str, Any], live: Live) -> dict[str, Any]:
    library = live.graph.library
    clause = library.clauses[identifier]
    parent = library.clauses.get(clause.parent or "")
    siblings = [c for c in library.children(clause.parent or "") if c.leaf]
    place = f" ¶{siblings.index(clause) + 1}" if len(siblings) > 1 and clause in siblings else ""
    return {
        "clause": clause.id, "document": clause.document, "number": (parent.number if parent else clause.number) or "",
        "heading": clause.lead or (parent.heading if parent else clause.heading) or clause.text[:20], "place": place, "cells": cells,
    }  # fmt: skip


def picture(found: Mapping[str, Any], lang: str) -> str:
    """The matrix as SVG, its words in a language."""
    t = words_of(lang)
    rows, columns = found["rows"], found["columns"]
    width, height = _LEFT + _COLUMN * len(columns) + 8, _TOP + _ROW * len(rows) + 8
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui,\'PingFang SC\',\'Noto Sans CJK SC\',\'Microsoft YaHei\',sans-serif" font-size="12" fill="#1d2733">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
    ]
    for i, column in enumerate(columns):
        x = _LEFT + _COLUMN * i
        out.append(f'<text x="{x}" y="22" font-weight="600">{escape(region_name(column["region"], lang))} {column["year"]}</text>'
                   f'<text x="{x}" y="40" font-size="10" fill="#526070">{escape(column["title"][:11])}</text>')  # fmt: skip
    for j, row in enumerate(rows):
        y = _TOP + _ROW * j
        out.append(f'<text x="8" y="{y + 15}">{escape(row["number"])}{escape(row["heading"][:26])}{escape(row["place"])}</text>')
        for i, column in enumerate(columns):
            cell = row["cells"].get(column["id"])
            if cell:
                fill, ink = _COLOURS[cell["status"]]
                line = ' stroke="#b4533f" stroke-dasharray="3 2"' if cell["status"] == "absent" else ""
                out.append(f'<rect x="{_LEFT + _COLUMN * i}" y="{y}" width="{_COLUMN - 8}" height="{_ROW - 4}" rx="3" fill="{fill}"{line}/>'
                           f'<text x="{_LEFT + _COLUMN * i + 8}" y="{y + 14}" fill="{ink}">{escape(t(cell["status"]))}</text>')  # fmt: skip
    return "".join([*out, "</svg>"])
