"""The lower document's own targets: what it sets that the higher document has no target for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policygraph.align.likeness import words
from policygraph.align.links import short_hash
from policygraph.align.statements import Statements, has_figure, takes_up
from policygraph.model import Candidate, Clause, Coverage, CoverageStatus, Target, TargetLink


def own_targets(
    lower: Sequence[Target], links: Sequence[TargetLink], *, above: Sequence[Clause], document: str
) -> Iterator[Coverage]:
    """A record for each lower target that answers none of the higher `document`: more_precise, where the higher one has
    the thing in words and this one in a figure; beyond, where it speaks of the thing and sets nothing; else new."""
    answering = {link.source: link for link in sorted(links, key=lambda link: link.strictness != "not_comparable")}
    statements = Statements(above)
    for target in lower:
        if words().deferring.search(target.text):
            continue
        link = answering.get(target.id)
        if link is not None and link.strictness != "not_comparable":
            continue
        if link is not None and not link.reason.startswith("another object"):
            if target.value is not None and link.reason == "a figure beside a state":
                nearest = Candidate(clause=link.target, score=link.score, reason=link.reason)
                yield _record(target, document, "more_precise", (nearest,))
            continue
        near = (each for each in statements.nearest(target) if takes_up(each) and not has_figure(each.statement))
        found = next(near, None)
        if found is None:
            yield _record(target, document, "new", ())
        else:
            said = found.statement
            reason = "sets no figure" if target.value is not None else "speaks of it and sets no target"
            nearest = Candidate(
                clause=said.clause, score=round(min(found.share, 1.0), 4), reason=reason, text=said.text
            )
            yield _record(target, document, "beyond", (nearest,))


def _record(target: Target, document: str, status: CoverageStatus, nearest: tuple[Candidate, ...]) -> Coverage:
    return Coverage(
        id=f"coverage-{short_hash(target.id, document)}",
        subject=target.id, document=document, status=status, nearest=nearest,
    )  # fmt: skip
