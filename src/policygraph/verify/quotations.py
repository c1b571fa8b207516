"""Quotations: words in marks of quotation, found as they are, or put beside what the source says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from policygraph.extract import Now, find_quantities, find_times
from policygraph.model import Document
from policygraph.verify.bodies import named_bodies
from policygraph.verify.claims import Claim, Status
from policygraph.verify.texts import HeldTexts, Passage, changes_between, plain
from policygraph.vocabulary.lists import any_of, lists

#: What is shorter is a name or a term (“三线一单”), and not words that a document is said to use.
SHORTEST = 8
#: From this share of its characters on, in order, a quotation is held to be of the passage. Below it two provisions on one
#: subject are as like as a sentence and its corruption.
_NEAR, _NEAR_SHORT, _SHORT = 0.6, 0.75, 16
_EDGES = "。，、；：！？…. "
_ELLIPSIS = re.compile(r"…+|\.{3,}|。{3,}")


def quotations(text: str) -> Iterator[tuple[int, int]]:
    """The insides of outermost marks of quotation that are long enough to be quotations, `text` as `plain` gives it."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        if char == "“":
            start = at + 1 if depth == 0 else start
            depth += 1
        elif char == "”" and depth:
            depth -= 1
            if depth == 0 and at - start >= SHORTEST:
                yield start, at


def check_quotation(text: str, start: int, end: int, *, texts: HeldTexts, scope: Sequence[str], named: bool, title: str) -> Claim:
    """The quotation `text` against the documents of `scope`, which the text names if `named`, else all."""
    quoted = plain(text).strip(_EDGES)
    parts = [part.strip(_EDGES) for part in _ELLIPSIS.split(quoted) if len(part.strip(_EDGES)) >= 4]
    claim = Claim(kind="quotation", text=text, start=start, end=end, status="not_checkable")
    if not parts:
        return _with(claim, "not_checkable", "It holds no words.")
    if len(parts) > 1:
        return _in_parts(claim, parts, texts=texts, scope=scope)
    found = texts.find(parts[0], scope)
    if found:
        return _with(claim, "found", "Word for word.", texts=texts, passage=found)
    if named:
        elsewhere = texts.find(parts[0], (name for name in texts.documents if name not in scope))
        if elsewhere:
            return _with(claim, "contradicted", f"It stands in another document than {title}.", texts=texts, passage=elsewhere)
    near = texts.nearest(parts[0], scope)
    least = _NEAR_SHORT if len(parts[0]) < _SHORT else _NEAR
    if near is None or near.share < least:
        reason = f"{title} is held here and does not say it." if named else "No document held here says it."
        return _with(claim, "not_held", reason)
    source = texts.of(near.document).text[near.start : near.end]
    near = _trimmed(near, source)
    source = texts.of(near.document).text[near.start : near.end]
    fault = fault_of(parts[0], source, document=texts.library.documents[near.document])
    changes = changes_between(parts[0], source)
    return _with(claim, "contradicted" if fault else "differs", fault or "The source has other words.", texts=texts, passage=near, changes=changes)


def _trimmed(near: Passage, source: str) -> Passage:
    bare = source.strip(_EDGES)
    lead = source.find(bare)
    return Passage(near.document, near.start + lead, near.start + lead + len(bare), near.share) if bare else near


def _in_parts(claim: Claim, parts: Sequence[str], *, texts: HeldTexts, scope: Sequence[str]) -> Claim:
    """A quotation with what was left out marked: its parts must stand in one document, one after another."""
    for document in scope:
        held, at, first = texts.of(document), 0, 0
        for number, part in enumerate(parts):
            found = held.text.find(part, at)
            if found < 0:
                break
            first = found if number == 0 else first
            at = found + len(part)
        else:
            return _with(claim, "found", "Word for word, with parts left out.", texts=texts, passage=Passage(document, first, at, 1.0))
    return _with(claim, "not_held", "No document named says its parts, one after another.")


def _with(
    claim: Claim, status: Status, reason: str, *, texts: HeldTexts | None = None, passage: Passage | None = None, changes: Sequence[object] = ()
) -> Claim:
    says = texts.written(passage) if texts and passage and status != "found" else None
    where = texts.place(passage) if texts and passage else None
    return Claim(
        kind=claim.kind, text=claim.text, start=claim.start, end=claim.end, status=status, reason=reason, says=says,
        changes=tuple(changes), where=where,  # type: ignore[arg-type]
    )  # fmt: skip


@cache
def _polar() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = lists("verify")
    return re.compile(any_of(table["negative"])), re.compile(any_of(table["soft"]))


def fault_of(claimed: str, source: str, *, document: Document) -> str:
    """What makes two wordings of one sentence say two things: a figure, a day, a body, a prohibition; empty if nothing does.

    A claim that only leaves a figure out does not say another one.
    """
    now = Now(int(document.date[:4]) if document.date else None)
    ours, theirs = ({(q.value, q.unit) for q in find_quantities(text)} for text in (claimed, source))
    if (ours - theirs) and theirs - ours:
        return "Another figure."
    ours_t, theirs_t = ({t.date for t in find_times(text, now) if t.date} for text in (claimed, source))
    if (ours_t - theirs_t) and theirs_t - ours_t:
        return "Another day or year."
    if (ours - theirs) or (ours_t - theirs_t):
        return "A figure or day that the source does not have."
    negative, soft = _polar()
    if bool(negative.search(claimed)) != bool(negative.search(source)):
        return "One forbids or ends what the other does not."
    if bool(soft.search(claimed)) != bool(soft.search(source)):
        return "One demands what the other only encourages."
    bodies, others = ({body.agency for body in named_bodies(text, document.region)} for text in (claimed, source))
    if bodies - others and others - bodies:
        return "Another body."
    digits_a, digits_b = ("".join(c for c in text if c.isdigit()) for text in (claimed, source))
    return "Another number." if digits_a and digits_b and sorted(digits_a) != sorted(digits_b) and len(digits_a) == len(digits_b) else ""
