"""Bodies and what they do together, as a network: who leads whom in how many clauses of which year, and who shares clauses.

A node is a body: `region` (GB/T 2260), `function` (that of its counterparts at other levels), `label`; one that the vocabulary
does not know is a node by its name in its document's region, with an empty `function`. An edge of `kind`

- `leads` goes from the body that leads to another one of the same note, whose part is `role`;
- `shares` joins two bodies of a note of which none leads the other, in the order of their ids.

There is an edge for each pair, kind, role, year of the document and `inherited` (the part comes from a general provision, and is not
said in the clause). Its `weight` is the number of clauses. A document without a date gives an edge without `year`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from policygraph.columns import Columns
from policygraph.model import AgencyRole, Responsibility
from policygraph.vocabulary.agencies import agency
from policygraph.vocabulary.regions import regions

if TYPE_CHECKING:
    import networkx


class _Tie(NamedTuple):
    """What makes an edge one edge."""

    source: str
    target: str
    kind: str
    role: str
    year: int
    inherited: bool


def agency_network(columns: Columns) -> networkx.MultiDiGraph:
    """The network of a release's bodies; its edges have the keys 0, 1, … in a settled order."""
    import networkx

    documents = {document.id: document for document in columns.all("documents")}
    bodies: dict[str, dict[str, str]] = {}
    clauses: defaultdict[_Tie, set[str]] = defaultdict(set)
    for note in columns.all("responsibilities"):
        document = documents[note.document]
        region = document.region or ""
        for role in note.agencies:
            bodies.setdefault(_body(role, region), _described(role, region))
        for tie in _ties(note, region=region, year=int(document.date[:4]) if document.date else 0):
            clauses[tie].add(note.clause)
    graph = networkx.MultiDiGraph(mode="dynamic")
    for name in sorted(bodies):
        graph.add_node(name, **bodies[name])
    for at, (tie, found) in enumerate(sorted(clauses.items())):
        dated = {"year": tie.year, "start": f"{tie.year:04d}-01-01", "end": f"{tie.year:04d}-12-31"} if tie.year else {}
        graph.add_edge(tie.source, tie.target, key=at, id=str(at), label=tie.role or tie.kind, kind=tie.kind, role=tie.role, inherited=tie.inherited, weight=len(found), **dated)
    return graph


def _ties(note: Responsibility, *, region: str, year: int) -> Iterator[_Tie]:
    for one, other in combinations(note.agencies, 2):
        first, second = _body(one, region), _body(other, region)
        if first == second:
            continue
        inherited = one.inherited or other.inherited
        if (one.role == "lead") == (other.role == "lead"):
            yield _Tie(min(first, second), max(first, second), "shares", one.role if one.role == other.role else "", year, inherited)
        elif one.role == "lead":
            yield _Tie(first, second, "leads", other.role, year, inherited)
        else:
            yield _Tie(second, first, "leads", one.role, year, inherited)


def _body(role: AgencyRole, region: str) -> str:
    return role.agency or f"{region}/{_clean(role.name)}"


def _described(role: AgencyRole, region: str) -> dict[str, str]:
    if role.agency is None:
        return {"label": _clean(role.name), "region": region, "place": _place(region), "function": "", "english": ""}
    known = agency(role.agency)
    return {"label": known.name, "region": known.region, "place": _place(known.region), "function": known.function, "english": known.english}


def _place(region: str) -> str:
    return regions()[region].name if region in regions() else ""


def _clean(name: str) -> str:
    """A name without the control characters that XML cannot hold."""
    return "".join(char for char in name if char >= " ")
