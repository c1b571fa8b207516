"""Links as people read them: one row a link, a covered clause, a compared target, with citation and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policygraph.align.library import Library
from policygraph.align.pairs import Standing
from policygraph.errors import NotFoundError, UsageError
from policygraph.model import Alignment, Candidate, Clause, Judged, Match, Shift
from policygraph.vocabulary.regions import regions, regions_in

#: Weight from which a match of demands is more likely than not.
ANSWERED = 0.5
#: Scores from which a link is called sure, and fairly sure: the reliability table of docs/alignment.md.
HIGH, MEDIUM = 0.9, 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """A link: what implements what, how surely, and by which evidence. `source` is the lower clause. `sureness` (high,
    medium, low) says of the score how surely the link holds, not how much is carried out: that is `answered` of the higher
    clause's `demands`. `left_out` are those of them that nothing in the lower document answers, `added` those of the lower
    clause beyond the higher document."""

    relation: str
    score: float
    sureness: str
    demands: int | None
    answered: int | None
    left_out: tuple[str, ...]
    added: tuple[str, ...]
    source: str
    source_citation: str
    target: str
    target_citation: str
    verbatim: float
    source_text: str
    target_text: str
    start: int
    end: int
    document: str
    method: str
    evidence: tuple[Match, ...]
    beaten: tuple[Candidate, ...]
    shifts: tuple[Shift, ...]
    #: what reviewers said of it; None where nobody judged
    verdict: Judged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What a document does with a clause: implemented, partly, corresponds, absent; or new, without a higher clause. Of
    a plan's successor: kept, changed, absent, new.
    `nearest` are the best candidates and why they fall short."""

    status: str
    clause: str
    citation: str
    against: str
    nearest: tuple[Candidate, ...]
    text: str
    start: int
    end: int
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A higher target beside a lower one; where none compares, `strictness` is deferred, not_applicable or absent, and
    `lower_text` what the lower document says of it instead (None where it says nothing)."""

    strictness: str
    timing: str | None
    scope: str | None
    #: Whether the row is the first of its kind on this target: what a document says twice counts once.
    distinct: bool
    indicator: str
    higher_text: str
    lower_text: str | None
    reason: str
    target: str
    source: str | None
    clause: str
    start: int
    end: int
    document: str
    verdict: Judged | None = None


def documents_of(library: Library, region: str | None) -> tuple[str, ...] | None:
    """The documents of a region, given by name or GB/T 2260 code; None for no region."""
    if region is None:
        return None
    code = region if region.isdigit() else next((code for _, _, code in regions_in(region)), None)
    english = {name.lower(): each.code for each in regions().values() for name in each.english}
    code = code or english.get(region.lower())
    found = tuple(d.id for d in library.documents.values() if d.region == code and code is not None)
    if not found:
        held = sorted({d.region for d in library.documents.values() if d.region})
        names = "、".join(regions()[held_code].short for held_code in held if held_code in regions())
        raise NotFoundError(f"There is no document of {region}.", remedy=f"There are documents of: {names}.")
    return found


def asked_clauses(
    library: Library, document: str, *, item: int | None = None, clause: str | None = None
) -> tuple[Clause, ...]:
    """The leaf clauses of an item or a clause of a document; all of the document when neither is named."""
    name = library.document(document).id
    if item is not None and clause is not None:
        raise UsageError("Both an item and a clause are named.", remedy="Name one of them.")
    if item is not None:
        return library.item(name, item)
    if clause is not None:
        full = clause if clause.startswith(name) else f"{name}/{clause}"
        if full not in library.clauses:
            raise NotFoundError(f"{name} has no clause {clause!r}.", remedy=_beside(library, full, document=name))
        return library.leaves(library.clauses[full])
    return tuple(each for each in library.of[name].clauses if each.leaf)


def _beside(library: Library, clause: str, *, document: str) -> str:
    """What there is at the nearest place above a clause that does not exist."""
    above: str | None = clause
    while above and above not in library.clauses:
        above = above.rpartition("/")[0]
    below = [each.id.removeprefix(f"{document}/") for each in library.of[document].clauses if each.parent == (above or None)]
    return f"{f'Below {above}' if above else 'At the top of it'} there is: {', '.join(below) or 'nothing'}."


def implements(
    library: Library, document: str, *, item: int | None = None, clause: str | None = None, region: str | None = None,
    lower: str | None = None,
) -> tuple[Implementation, ...]:  # fmt: skip
    """The lower clauses that implement the higher document's item or clause (all of it when neither is named)."""
    chosen = documents_of(library, region)
    if lower is not None:
        name = library.document(lower).id
        if chosen is not None and name not in chosen:
            raise UsageError(f"{name} is no document of {region}.", remedy="Leave out the region, or name another document.")
        chosen = (name,)
    return rows(library, library.implementing(asked_clauses(library, document, item=item, clause=clause), documents=chosen))


def implemented_by(
    library: Library, document: str, *, item: int | None = None, clause: str | None = None, higher: str | None = None
) -> tuple[Implementation, ...]:
    """The higher clauses, of one document if named, that the lower document's item or clause implements."""
    links = library.implemented(asked_clauses(library, document, item=item, clause=clause))
    if higher is not None:
        name = library.document(higher).id
        links = tuple(link for link in links if library.clauses[link.target].document == name)
    return rows(library, links)


def sureness(score: float) -> str:
    """A score in words: of ten links called high, nine hold and more."""
    return "high" if score >= HIGH else "medium" if score >= MEDIUM else "low"


def rows(library: Library, links: Iterable[Alignment]) -> tuple[Implementation, ...]:
    found = []
    for link in links:
        source, target = library.clauses[link.source], library.clauses[link.target]
        found.append(
            Implementation(
                relation=link.relation, score=link.score, sureness=sureness(link.score),
                demands=link.demands, answered=link.answered,
                left_out=library.left_out(target.id, document=source.document),
                added=library.added(source.id, document=target.document), source=source.id, source_citation=library.label(source),
                target=target.id, target_citation=library.label(target), verbatim=link.verbatim,
                source_text=source.text, target_text=target.text, start=source.start, end=source.end,
                document=source.document, method=link.method, evidence=link.evidence, beaten=link.beaten,
                shifts=link.shifts, verdict=link.verdict,
            )
        )  # fmt: skip
    return tuple(found)


#: What a plan's successor does with a clause that it takes up whole, and with one of which it takes up a part.
SUCCEEDED = {"implemented": "kept", "corresponds": "kept", "partly": "changed"}


def coverage(
    library: Library, higher: str, lowers: Sequence[str], *, standing: Standing = "above"
) -> tuple[Covered, ...]:
    """What each lower document does with the clauses of the higher one, and what is new in it."""
    found = []
    above = library.document(higher).id
    below = [library.document(name).id for name in lowers] or sorted(a for a, b in library.pairs if b == above)
    for name in below:
        for record in library.coverage(above, name):
            clause = library.clauses[record.subject]
            found.append(
                Covered(
                    status=SUCCEEDED.get(record.status, record.status) if standing == "before" else record.status,
                    clause=clause.id, citation=library.label(clause), against=record.document,
                    nearest=record.nearest, text=clause.text, start=clause.start, end=clause.end,
                    document=clause.document,
                )
            )  # fmt: skip
    return tuple(found)


def compare(library: Library, higher: str, lower: str) -> tuple[Compared, ...]:
    """What the lower document says of each target of the higher one. Of two documents of one level either may be named
    first."""
    above, below = library.document(higher).id, library.document(lower).id
    if (below, above) not in library.compared and (above, below) in library.compared:
        above, below = below, above
    links, dropped = library.compare(above, below)
    found = []
    seen: set[tuple[str, str]] = set()

    def distinct(target: str, status: str) -> bool:
        key = (library.first_place(target), status)
        new = key not in seen
        seen.add(key)
        return new

    for link in links:
        source, target = library.targets[link.source], library.targets[link.target]
        found.append(
            Compared(
                strictness=link.strictness, timing=link.timing, scope=link.scope,
                distinct=distinct(target.id, link.strictness), indicator=target.indicator,
                higher_text=target.text, lower_text=source.text, reason=link.reason, target=target.id,
                source=source.id, clause=source.clause, start=source.start, end=source.end, document=below, verdict=link.verdict,
            )
        )  # fmt: skip
    for record in dropped:
        target = library.targets[record.subject]
        said = record.nearest[0].text if record.status == "deferred" and record.nearest else None
        found.append(
            Compared(
                strictness=record.status, timing=None, scope=None, distinct=distinct(target.id, record.status),
                indicator=target.indicator, higher_text=target.text,
                lower_text=said, reason="; ".join(candidate.reason for candidate in record.nearest),
                target=target.id, source=None, clause=target.clause, start=target.start, end=target.end,
                document=above,
            )
        )  # fmt: skip
    return tuple(found)
