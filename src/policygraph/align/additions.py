"""What the lower document has beyond the higher one: its own targets, and demands apart from targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policygraph.align.likeness import pairs_of, words
from policygraph.align.statements import Near, Statements, has_figure, takes_up
from policygraph.ids import short_hash
from policygraph.model import Candidate, Clause, Coverage, CoverageStatus, Target, TargetLink

_VERB = 2  # characters that a statement begins with: 推进, 加强, 淘汰
#: Words before a thing's name that tell it apart from nothing.
_QUALIFIER = re.compile("^(?:主要|重点|全[省市区县域]|各类|所有|较大面积的)+(?=..)")


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
        near = (
            each for each in statements.nearest(target)
            if takes_up(each) and _of_the_same(each) and not has_figure(each.statement)
        )  # fmt: skip
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


def _of_the_same(near: Near) -> bool:
    """Whether a statement names the thing that the target is about by what tells it apart, which stands first, or nothing
    else: 秸秆综合利用率 is not spoken of in 加强磷石膏综合利用, nor 农村黑臭水体 in 治理城市黑臭水体; 公共机构燃煤锅炉 is in 淘汰燃煤锅炉.

    >>> from policygraph.align.statements import Statement
    >>> said = [Statement("c", text, text, frozenset(), False) for text in ("推进农作物秸秆综合利用", "加强磷石膏综合利用")]
    >>> [_of_the_same(Near(0.5, each, "主要农作物秸秆综合利用")) for each in said]
    [True, False]
    """
    said = near.statement.said
    return _QUALIFIER.sub("", near.name)[:2] in said or pairs_of(said[_VERB:]) <= pairs_of(near.name)


def _record(target: Target, document: str, status: CoverageStatus, nearest: tuple[Candidate, ...]) -> Coverage:
    return Coverage(
        id=f"coverage-{short_hash(target.id, document)}",
        subject=target.id, document=document, status=status, nearest=nearest,
    )  # fmt: skip
