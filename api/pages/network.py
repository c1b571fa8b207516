"""Who works with whom: for each region its busiest agencies on a circle."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from policygraph.api.serving import Live

LEADING = ("lead", "responsible")


#: Releases whose networks are remembered: the one in service and the one before.
_RELEASES = 2


@lru_cache(maxsize=_RELEASES)
def networks_of(live: Live, *, most: int = 12) -> list[dict[str, Any]]:
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
            graph.nodes[key]["leads"] += role.role in LEADING
        for a, b in combinations(sorted(roles), 2):
            if (graph := graphs[a.split("/")[0]]) is graphs[b.split("/")[0]]:
                weight = graph.edges[a, b]["weight"] + 1 if graph.has_edge(a, b) else 1
                graph.add_edge(a, b, weight=weight)
    found = []
    for region, graph in sorted(graphs.items()):
        kept = sorted(graph, key=lambda key: (-graph.nodes[key]["all"], key))[:most]
        if len(kept) > 2:
            found.append({"region": region, "notes": sum(graph.nodes[key]["all"] for key in graph), **_circle(graph.subgraph(kept), kept)})
    return found


def _circle(graph: Any, order: Sequence[str]) -> dict[str, Any]:
    """Nodes evenly on a circle, their names outside it, and the edges of weight two and more."""
    turns = {key: 2 * math.pi * i / len(order) - math.pi / 2 for i, key in enumerate(order)}
    at = {key: (240 + 105 * math.cos(turn), 145 + 105 * math.sin(turn)) for key, turn in turns.items()}
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
        {"x1": round(at[a][0], 1), "y1": round(at[a][1], 1), "x2": round(at[b][0], 1), "y2": round(at[b][1], 1), "w": round(0.4 + min(w, 12) * 0.3, 1),
         "names": f"{graph.nodes[a]['name']}–{graph.nodes[b]['name']}", "together": w}
        for a, b, w in sorted(graph.edges(data="weight")) if w >= 2
    ]  # fmt: skip
    return {"nodes": nodes, "edges": edges}
