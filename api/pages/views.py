"""What each page shows, made from the answer of the API and the release's records."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from policygraph.api.pages.marks import marked_clause
from policygraph.api.serving import Live
from policygraph.resolve.regions import regions

View = Callable[[Any, Live], tuple[str, dict[str, Any]]]
_LEADS = ("lead", "responsible")
#: Groups of targets that the page without a filter shows whole.
_GROUPS = 60
_STOPS = "。；！？"
_BEST = {"implemented": 0, "partly": 1, "corresponds": 2, "absent": 3}


def place_of(live: Live, document: str) -> str:
    """The short name of the region a document speaks for."""
    code = live.graph.library.documents[document].region
    return regions()[code].short if code in regions() else "—"


def matrix(live: Live, *, status: str | None = None, order: str | None = None) -> dict[str, Any]:
    """The coverage matrix: higher clauses by lower documents. A cell holds the status, the best link and its score."""
    library = live.graph.library
    links = {(a.target, library.clauses[a.source].document): a for a in sorted(library.links.alignments, key=lambda a: a.score)
             if a.relation != "related"}
    cells: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    lowers: dict[str, int] = {}
    for record in library.links.coverage:
        if record.status not in _BEST:
            continue
        if record.subject not in library.clauses:
            continue
        lowers[record.document] = lowers.get(record.document, 0) + 1
        link = links.get((record.subject, record.document))
        cells[record.subject][record.document] = {
            "status": record.status, "link": link.id if link else None, "score": link.score if link else None,
            "nearest": record.nearest[:3], "id": record.id,
        }  # fmt: skip
    columns = sorted(lowers, key=lambda d: (library.documents[d].region or "", library.documents[d].date or ""))
    rows: list[dict[str, Any]] = []
    for clause in sorted((library.clauses[c] for c in cells), key=lambda c: (c.document, c.order)):
        if clause.kind not in ("measure", "safeguard", "goal", "article"):
            continue
        own = cells[clause.id]
        if status and not any(cell["status"] == status for cell in own.values()):
            continue
        parent = library.clauses.get(clause.parent or "")
        siblings = [c for c in library.children.get(clause.parent or "", ()) if c.leaf]
        place = f" ¶{siblings.index(clause) + 1}" if len(siblings) > 1 and clause in siblings else ""
        rows.append({
            "clause": clause.id, "document": clause.document, "number": (parent.number if parent else clause.number) or "",
            "heading": (clause.lead or (parent.heading if parent else clause.heading) or clause.text[:20]), "place": place, "cells": own,
        })  # fmt: skip
    if order == "least":
        rows.sort(key=lambda row: -sum(_BEST[cell["status"]] for cell in row["cells"].values()))
    counts = {d: {name: sum(1 for row in rows if row["cells"].get(d, {}).get("status") == name) for name in _BEST} for d in columns}
    return {"columns": [{"id": d, "place": place_of(live, d), "title": library.documents[d].title} for d in columns], "rows": rows, "counts": counts}


@cache
def example_queries() -> list[dict[str, str]]:
    """The competency questions as SPARQL, with their titles."""
    import policygraph

    found = []
    for path in sorted((Path(policygraph.__file__).parent / "ontology" / "queries").glob("*.rq")):
        text = path.read_text("utf-8")
        heads = [line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#")]
        found.append({"name": path.stem, "title": heads[0] if heads else path.stem, "query": text})
    return found


def _document(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
    library = live.graph.library
    records = library.of[answer["id"]]
    source = live.source(answer["id"])
    shown = []
    findings: dict[str, list[Any]] = defaultdict(list)
    for finding in records.findings:
        findings[finding.clause].append(finding)
    depth: dict[str, int] = {}
    for clause in records.clauses:
        depth[clause.id] = depth[clause.parent] + 1 if clause.parent in depth else 0
        entry: dict[str, Any] = {"clause": clause, "depth": min(depth[clause.id], 3), "findings": findings.get(clause.id, [])}
        if clause.leaf:
            found = {name: live.of_clause(name, clause.id) for name in ("tasks", "targets", "deadlines", "responsibilities", "citations")}
            entry["pieces"] = marked_clause(source, clause, found)
            roles = [a for note in found["responsibilities"] for a in note.agencies if not a.inherited]
            entry["leads"] = list(dict.fromkeys(a.name for a in roles if a.role in _LEADS))
            entry["others"] = list(dict.fromkeys(a.name for a in roles if a.role not in _LEADS))
            entry["deadlines"] = found["deadlines"]
            entry["targets"] = found["targets"]
            entry["up"] = [a for a in library.up.get(clause.id, ()) if a.relation != "related"][:4]
            entry["down"] = [a for a in library.down.get(clause.id, ()) if a.relation != "related"][:4]
        shown.append(entry)
    lower = sorted({library.clauses[a.source].document for a in library.links.alignments if library.clauses[a.target].document == answer["id"]})
    higher = sorted({library.clauses[a.target].document for a in library.links.alignments if library.clauses[a.source].document == answer["id"]})
    return "document.html", {"document": records.document, "entries": shown, "lower": lower, "higher": higher, "counts": answer["counts"]}


def _clause(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
    library = live.graph.library
    clause = library.clauses[answer["id"]]
    found = {name: live.of_clause(name, clause.id) for name in ("tasks", "targets", "deadlines", "responsibilities", "citations")}
    pieces = marked_clause(live.source(clause.document), clause, found) if clause.leaf else []
    siblings = list(library.siblings(clause.id)[:6]) if clause.leaf else []
    return "clause.html", {"clause": clause, "pieces": pieces, "siblings": siblings}


def link_context(identifier: str, live: Live) -> dict[str, Any] | None:
    """A link with its two clauses, the lower one cut by where its words come from; None when there is no such link."""
    from policygraph.align.wording import stretches

    library = live.graph.library
    link = next((a for a in library.links.alignments if a.id == identifier), None)
    if link is None:
        return None
    lower, higher = library.clauses[link.source], library.clauses[link.target]
    matched = [m.source_text for m in link.evidence]
    pieces = [{"kind": s.kind, "text": lower.text[s.start : s.end]} for s in stretches(lower.text, higher.text, matched=matched)]
    back = [{"kind": s.kind, "text": higher.text[s.start : s.end]} for s in stretches(higher.text, lower.text, matched=[m.target_text for m in link.evidence])]
    targets = [
        {"link": t, "lower": library.targets[t.source], "higher": library.targets[t.target]}
        for t in library.links.target_links
        if library.targets[t.source].clause == lower.id and library.targets[t.target].clause == higher.id
    ]
    return {"link": link, "lower": lower, "higher": higher, "pieces": pieces, "back": back, "targets": targets}


def side_by_side(higher: str, lower: str, live: Live) -> dict[str, Any]:
    """Two documents beside each other: each higher clause with the lower clauses that answer it, and what is new."""
    library = live.graph.library
    rows, status = [], {r.subject: r for r in library.links.coverage if r.document == lower}
    for clause in library.of[higher].clauses:
        if not clause.leaf or clause.kind not in ("measure", "safeguard", "goal", "article"):
            continue
        answers = [a for a in library.down.get(clause.id, ()) if a.relation != "related" and library.clauses[a.source].document == lower]
        rows.append({"clause": clause, "answers": [(a, library.clauses[a.source]) for a in answers], "coverage": status.get(clause.id)})
    new = [library.clauses[r.subject] for r in library.links.coverage if r.status == "new" and r.subject in library.clauses
           and library.clauses[r.subject].document == lower]
    compared, dropped = library.compare(higher, lower)
    targets = [{"link": t, "lower": library.targets[t.source], "higher": library.targets[t.target]} for t in compared]
    missing = [library.targets[r.subject] for r in dropped if r.subject in library.targets]
    return {"higher": library.documents[higher], "lower": library.documents[lower], "rows": rows, "new": new, "targets": targets, "missing": missing}


def _targets(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
    """Targets by indicator across documents. Without a filter those of several documents come first, whole, and the other
    indicators are named."""
    library = live.graph.library
    everything = [asdict(target) for target in live.all("targets")]
    whole = answer["total"] == len(everything)
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in everything if whole else answer["items"]:
        groups[row["concept"] or row["indicator"]].append(row)
    links: dict[str, list[Any]] = defaultdict(list)
    for link in library.links.target_links:
        links[link.source].append(link)
    spread = {key: len({row["document"] for row in rows}) for key, rows in groups.items()}
    ordered = sorted(groups, key=lambda key: (-spread[key], -len(groups[key]), key))
    shown = [key for key in ordered if spread[key] > 1][:_GROUPS] if whole else ordered
    others = sorted({_indicator_name(key, groups[key]) for key in ordered if key not in shown}) if whole else []
    return "targets.html", {
        "groups": [{"name": _indicator_name(k, groups[k]), "rows": groups[k], "chart": _bars(groups[k], live)} for k in shown],
        "links": links, "others": others[:400], "whole": whole,
    }  # fmt: skip


def _indicator_name(key: str, rows: Sequence[Mapping[str, Any]]) -> str:
    return key if re.search(r"[\u4e00-\u9fff]", key) else min((str(r["indicator"]) for r in rows), key=len)


def _bars(rows: Sequence[Mapping[str, Any]], live: Live) -> list[dict[str, Any]]:
    """Bars for the values of one indicator in per cent, a document each; empty when fewer than two have one."""
    found = {r["document"]: r for r in rows if isinstance(r["value"], int | float) and r["unit"] == "%" and not r["relative"]}
    if len(found) < 2:
        return []
    return [{"place": f"{place_of(live, d)} {(live.graph.library.documents[d].date or '')[:4]}", "value": r["value"], "width": round(min(max(float(r["value"]), 0), 100) * 2, 1), "y": 24 * i} for i, (d, r) in enumerate(sorted(found.items()))]


def _agencies(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
    return "agencies.html", {"networks": networks(live)}


def _agency(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
    """The agency's duties, those with a deadline first, in order of date."""
    due = {
        duty["clause"]: sorted({d.date for d in live.of_clause("deadlines", duty["clause"]) if d.date})
        for name in ("leads", "supports") for duty in answer[name]
    }  # fmt: skip
    duties = {name: sorted(answer[name], key=lambda duty: due[duty["clause"]][:1] or ["9"]) for name in ("leads", "supports")}
    return "agency.html", {"duties": duties, "due": due}


def networks(live: Live, *, most: int = 12) -> list[dict[str, Any]]:
    """For each region its busiest agencies on a circle, joined where they stand in the same notes."""
    import networkx as nx

    graphs: dict[str, nx.Graph] = defaultdict(nx.Graph)
    for note in live.all("responsibilities"):
        roles = {a.agency: a for a in note.agencies if a.agency and not a.inherited}
        for key, role in roles.items():
            graph = graphs[key.split("/")[0]]
            if key not in graph:
                graph.add_node(key, name=role.name, leads=0, all=0)
            graph.nodes[key]["all"] += 1
            graph.nodes[key]["leads"] += role.role in _LEADS
        for a, b in combinations(sorted(roles), 2):
            if (graph := graphs[a.split("/")[0]]) is graphs[b.split("/")[0]]:
                weight = graph.edges[a, b]["weight"] + 1 if graph.has_edge(a, b) else 1
                graph.add_edge(a, b, weight=weight)
    found = []
    for region, graph in sorted(graphs.items()):
        kept = sorted(graph, key=lambda key: (-graph.nodes[key]["all"], key))[:most]
        if len(kept) > 2:
            found.append({"region": region, **_circle(graph.subgraph(kept), kept)})
    return found


def _circle(graph: Any, order: Sequence[str]) -> dict[str, Any]:
    """Nodes evenly on a circle, their names outside it, and the edges of weight two and more."""
    turns = {key: 2 * math.pi * i / len(order) - math.pi / 2 for i, key in enumerate(order)}
    at = {key: (240 + 105 * math.cos(turn), 140 + 105 * math.sin(turn)) for key, turn in turns.items()}
    nodes = []
    for key in order:
        facts, turn = graph.nodes[key], turns[key]
        size = 4 + 1.3 * facts["all"] ** 0.5
        across = math.cos(turn)
        nodes.append({
            "id": key, "name": facts["name"], "x": round(at[key][0], 1), "y": round(at[key][1], 1), "r": round(size, 1),
            "tx": round(at[key][0] + (size + 5) * across, 1), "ty": round(at[key][1] + (size + 9) * math.sin(turn) + 4, 1),
            "anchor": "middle" if abs(across) < 0.2 else "start" if across > 0 else "end",
            "leads": facts["leads"], "all": facts["all"], "leading": 2 * facts["leads"] >= facts["all"],
        })  # fmt: skip
    edges = [
        {"x1": round(at[a][0], 1), "y1": round(at[a][1], 1), "x2": round(at[b][0], 1), "y2": round(at[b][1], 1), "w": round(0.4 + min(w, 12) * 0.3, 1)}
        for a, b, w in sorted(graph.edges(data="weight")) if w >= 2
    ]  # fmt: skip
    return {"nodes": nodes, "edges": edges}


def _ask(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
    """The answer, and what was understood as names and words for the chips."""
    documents = live.graph.library.documents
    chips = []
    for name, value in answer["understood"].items():
        values = list(value) if isinstance(value, list | tuple) else [value]
        if name == "language" or not any(values) or (name == "indicator" and answer["understood"].get("agency")):
            continue
        if name == "intent":
            values = [f"intent_{value}"]
        shown = [documents[v].title if v in documents else live.graph.library.label(live.graph.library.clauses[v])
                 if v in live.graph.library.clauses else str(v) for v in values]
        chips.append((name, "、".join(shown[:4])))
    return "ask.html", {"chips": chips}


def _search(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
    """Hits cut at their best sentence, which is widened to whole clauses between stops."""
    del live
    cuts = {}
    for hit in answer["hits"]:
        text, (start, end) = hit["text"], hit["sentence"] or (0, 0)
        if end > start:
            start = max((text.rfind(stop, 0, start) for stop in _STOPS), default=-1) + 1
            end = min((at + 1 for stop in _STOPS if (at := text.find(stop, end - 1)) >= 0), default=len(text))
        cuts[hit["clause"]] = (text[:start], text[start:end], text[end:])
    return "search.html", {"cuts": cuts}


def _coverage(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
    del answer
    return "coverage.html", {"matrix": matrix(live)}


def _simple(template: str) -> View:
    def view(answer: Any, live: Live) -> tuple[str, dict[str, Any]]:
        del answer, live
        return template, {}

    return view


VIEWS: dict[str, View] = {
    "document": _document, "clause": _clause, "targets": _targets, "agencies": _agencies, "coverage": _coverage,
    "agency": _agency, "search": _search, "ask": _ask,
    "documents": _simple("documents.html"), "sparql": lambda answer, live: ("sparql.html", {"examples": example_queries()}), "plain": _simple("plain.html"), "release": _simple("plain.html"),
}  # fmt: skip
