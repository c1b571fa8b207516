"""What a plan is about, as its answer and the SPARQL beside it both take it: documents, pairs, clauses, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from policygraph.align.library import Library
from policygraph.ask.bodies import greater_roles, strict_roles
from policygraph.ask.naming import speaks_of
from policygraph.ask.plan import Plan
from policygraph.ask.topics import on_topic, speaking
from policygraph.columns import KeptRecords
from policygraph.model import Alignment, Clause, Responsibility

#: Clauses that carry provisions; headings, front matter and prefaces have none to answer with.
PROVISIONS = ("goal", "measure", "safeguard", "article", "table")


def documents_of(plan: Plan, library: Library) -> list[str]:
    """The documents that the question is about: those it names, else all."""
    return list(plan.documents) or list(library.documents)


def pairs_of(plan: Plan, library: Library) -> list[tuple[str, str]]:
    """Aligned (lower, higher) pairs among the documents named; where only one side is named, all with it. Pairs whose
    lower document came after the higher one go first, and alone where there are any."""
    named, lower, higher = plan.documents, plan.named(national=False), plan.named(national=True)
    chosen = [
        pair
        for pair in sorted(library.pairs)
        if (not lower or pair[0] in lower) and (not higher or pair[1] in higher) and (not named or set(pair) & set(named))
    ]
    later = [pair for pair in chosen if not _older(pair, library)]
    return later or chosen


def _older(pair: tuple[str, str], library: Library) -> bool:
    lower, higher = (library.documents[name].date for name in pair)
    return bool(lower and higher and lower < higher)


def leaves_of(plan: Plan, library: Library) -> set[str]:
    """The leaf clauses of the items, or of the clauses, that the question names."""
    if plan.items:
        items = [library.items(holder).get(item, ()) for holder in plan.holders for item in plan.items]
        return {leaf.id for clauses in items for clause in clauses for leaf in library.leaves(clause)}
    return {leaf.id for clause in plan.clauses for leaf in library.leaves(clause)}


def links_of(plan: Plan, library: Library) -> list[Alignment]:
    """Implementing links of the item, clause, topic or pair of documents that the question names."""
    links = [link for pair in pairs_of(plan, library) for link in library.alignments(*pair) if link.relation != "related"]
    links.sort(key=lambda link: link.id)
    wanted = leaves_of(plan, library)
    if plan.topic:
        wanted |= {clause.id for clause in on_topic(plan.topic, speaking(plan.topic, library), library)}
        return [link for link in links if link.source in wanted or link.target in wanted]
    if plan.items and not wanted:
        library.item(plan.holders[0], plan.items[0])  # says how many there are
    return [link for link in links if not wanted or link.source in wanted or link.target in wanted]


def selected(plan: Plan, library: Library, *, kinds: Sequence[str] = PROVISIONS, loosely: bool = False) -> list[Clause]:
    """The leaf clauses that meet every condition that a clause can meet: documents, clause, topic, bodies, places."""
    wanted = leaves_of(plan, library)
    documents = documents_of(plan, library)
    found = []
    for clause in speaking(plan.topic, library, documents) if plan.topic else _held_clauses(plan, documents, library, loosely=loosely):
        if not clause.leaf or clause.kind not in kinds or (wanted and clause.id not in wanted):
            continue
        if plan.bodies and plan.topic and not roles_held(plan, notes_on(clause, library), loosely=loosely):
            continue
        if not plan.places or any(speaks_of(clause.text, place) for place in plan.places):
            found.append(clause)
    return list(on_topic(plan.topic, found, library)) if plan.topic else found


def _held_clauses(plan: Plan, documents: Sequence[str], library: Library, *, loosely: bool) -> Iterator[Clause]:
    """The clauses of documents; where bodies are asked for, those in which they have a role."""
    sought = _sought(plan)
    if sought and not loosely:  # who is asked for stands in a note
        roles = [strict_roles(held, plan.question) for held in plan.bodies if not held.denied]
        named = library.columns.naming(sought, roles={role for each in roles for role in each} if all(roles) else ())
        documents = [name for name in documents if name in named]
    for name in documents:
        if not plan.bodies:
            yield from library.of[name].clauses
            continue
        notes = notes_in(plan, name, library, loosely=loosely)
        held = {clause for clause, own in notes.items() if roles_held(plan, own, loosely=loosely)}
        if held:
            yield from library.columns.some_of("clauses", name, held)


def _sought(plan: Plan) -> frozenset[str]:
    """The names of the bodies that have to be in a clause."""
    return frozenset(name for held in plan.bodies if not held.denied for name in held.names)


def notes_in(plan: Plan, document: str, library: Library, *, loosely: bool = False) -> dict[str, list[Responsibility]]:
    """The notes of a document by clause; where bodies are asked for, of the clauses that name one."""
    sought = _sought(plan)
    return library.columns.notes_beside(document, sought) if sought and not loosely else notes_of(library.of[document])


def notes_on(clause: Clause, library: Library) -> list[Responsibility]:
    """The notes of a clause."""
    return [note for note in library.of[clause.document].responsibilities if note.clause == clause.id]


def notes_of(records: KeptRecords) -> dict[str, list[Responsibility]]:
    found: dict[str, list[Responsibility]] = {}
    for note in records.responsibilities:
        found.setdefault(note.clause, []).append(note)
    return found


def roles_held(plan: Plan, notes: Iterable[Responsibility], *, loosely: bool = False) -> dict[str, str]:
    """The role that each body asked for has in a clause, by its name there; empty where the clause does not meet what is
    asked of them. `loosely` takes for 配合 whoever takes part under another name."""
    notes = list(notes)
    agencies = [agency for note in notes for agency in note.agencies]
    met: list[dict[str, str]] = []
    for held in plan.bodies:
        own = [agency for agency in agencies if held.means(agency)]
        roles = {agency.role for agency in own}
        if held.denied:
            if any(agency.role in strict_roles(held, plan.question) or held.role is None for agency in own):
                return {}
            continue
        wanted = strict_roles(held, plan.question)
        if held.role == "support" and not loosely and not held.also:
            wanted = wanted[:1]
        here: dict[str, str] = {a.name: a.role for a in own if not wanted or a.role in wanted}
        if roles & set(greater_roles(held)):
            here = {}
        if held.alone and len({a.name for a in agencies if a.role in wanted and not a.inherited}) != 1:
            here = {}
        met.append(here)
    if plan.jointly and not all(met):
        return {}
    if not met:  # all that is said is who it is not: whoever else answers for it
        noted = [agency for note in notes if not note.in_text for agency in note.agencies]
        return {a.name: a.role for a in noted if a.role in ("lead", "responsible") and not a.inherited}
    return {name: role for here in met for name, role in here.items()}


def has_number(text: str) -> bool:
    """Whether a text states a figure, dates aside."""
    return bool(re.search(r"\d", re.sub(r"20\d\d年?(?:\d{1,2}月)?", "", text)))


def of_basis(plan: Plan) -> bool:
    """Whether a question on citations asks for what a document rests on."""
    return "basis" in plan.answer
