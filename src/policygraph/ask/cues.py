"""The words of asking that a question has, and those of them that what it asks for cannot heed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policygraph.ask.plan import Plan, Side
from policygraph.ask.question import Sheet, words


@dataclass(slots=True)
class Cues:
    """The words of asking that a question has."""

    asks: frozenset[str]
    facts: tuple[str, ...]
    beyond: tuple[str, ...]
    relations: frozenset[str]
    compares: frozenset[str]
    forces: frozenset[str]
    modality: tuple[str, ...]
    number_absent: bool
    absent: str | None
    bodies: str | None
    into: str | None
    relative: tuple[str, ...]
    most: str | None


#: The comparisons by which one of two is asked for.
SIDES = ("stricter", "looser", "earlier", "later")
#: What answers that something is not there, or that two are compared, in one way or another.
_OF_ABSENCE = ("absent", "new", "compare", "coverage", "implements", "item_text", "item_lead", "no_lead", "no_deadline", "wording", "verbatim")


def unused(plan: Plan, cues: Cues) -> tuple[str, ...]:
    """Words that state a condition of another kind of question than the one that is asked, which cannot heed them."""
    found: list[str] = []
    negated = False in (plan.led, plan.dated, plan.quantified)
    if plan.asked and cues.absent and plan.asked not in _OF_ABSENCE and not negated:
        found.append(cues.absent)
    if plan.asked == "absent" and cues.bodies:
        found.append(cues.bodies)
    if plan.hedge and cues.into:
        found.append(cues.into)
    if plan.asked and plan.asked not in ("compare", "wording") and not plan.figures:
        found += [*cues.relative, *([cues.most] if cues.most else [])]
    return tuple(found)


def said(pattern: str, sheet: Sheet) -> str | None:
    """The first words of the free text that a pattern matches."""
    match = re.search(pattern, sheet.free)
    return match.group().strip() or None if match else None


def most(sheet: Sheet) -> str | None:
    """A comparison of more than two (哪个省…最高), which only two documents beside each other answer."""
    compared = said(words("compare")["any"], sheet)
    return compared if compared and "最" in compared else None


def compares(sheet: Sheet) -> frozenset[str]:
    """How two are compared; 没有国家严 is looser, and no word of it stricter."""
    found = set(sheet.all("compare"))
    rest = re.sub(words("compare")["looser"], "·", sheet.free)
    if not re.search(words("compare")["stricter"], rest):
        found.discard("stricter")
    return frozenset(found)


def strictness(cues: Cues) -> Side | None:
    sides: list[Side] = [side for side in ("stricter", "looser") if side in cues.compares]
    if len(sides) == 2:
        return "different"
    if sides:
        return sides[0]
    return "equal" if "equal" in cues.compares else None


def timing(cues: Cues) -> str | None:
    sides = [side for side in ("earlier", "later") if side in cues.compares]
    return "different" if len(sides) == 2 else sides[0] if sides else None


def direction(cues: Cues) -> str | None:
    return next((side for side in ("weaker", "harder") if side in cues.forces), None)
