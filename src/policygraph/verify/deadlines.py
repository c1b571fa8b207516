"""Deadlines: the day by which a text says a thing is due, against the sentences of the documents about that thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from policygraph.align.library import Library
from policygraph.extract import Now, TimeExpression, find_times
from policygraph.model import Clause, Target
from policygraph.verify.bodies import named_bodies
from policygraph.verify.claims import Claim, Place
from policygraph.verify.figures import same_day, shown
from policygraph.verify.passages import SHORTEST, About, bare, sentences_about, share_of
from policygraph.vocabulary.lists import any_of, lists

#: From this share of the topic on, a sentence with another day says that the claim's is wrong.
_SURE = 0.85
#: 基本消除, 得到有效保障: a state has no more characters.
_STATE = 10
_YEAR = re.compile(r"\d{4}|十[一二三四五六]五")


@dataclass(frozen=True, slots=True)
class DayClaim:
    """A day and what is to be done by it; `about` is the stretch of the sentence that says what."""

    date: str
    topic: str
    start: int
    end: int
    about: tuple[int, int]


def days_in(folded: str, *, hidden: Sequence[tuple[int, int]]) -> Iterator[DayClaim]:
    """The days of a folded sentence by which something is due, outside of hidden stretches (quotations, titles)."""
    times = [t for t in find_times(folded, Now(None)) if t.part == "due" and t.date and _YEAR.search(folded[t.start : t.end])]
    for time in times:
        if not any(a <= time.start < b for a, b in hidden):
            topic, about = _topic(folded, time, times)
            yield DayClaim(str(time.date), topic, time.start, time.end, about)


def _topic(folded: str, time: TimeExpression, times: Sequence[TimeExpression]) -> tuple[str, tuple[int, int]]:
    """The words around a day, without who says it: those between the commas beside it, or else those after the comma."""
    begin = max(folded.rfind(stop, 0, time.start) + 1 for stop in "。；！？\n，")
    after = [t.start for t in times if t.start > time.start]
    stop = min([*after, *(at for at in (folded.find(mark, time.end) for mark in "。；！？\n") if at >= 0), len(folded)])
    comma = folded.find("，", time.end, stop)
    end = comma if comma >= 0 else stop
    kept = _bare(folded[begin : time.start] + folded[time.end : end])
    if len(bare(kept)) >= SHORTEST:
        return kept, (begin, end)
    following = folded.find("，", end + 1, stop)
    for end in (following if following >= 0 else stop, stop):
        kept = _bare(folded[time.end : end])
        if len(bare(kept)) >= SHORTEST:
            break
    return kept, (time.end, end)


def _bare(words: str) -> str:
    kept = words
    for body in reversed(named_bodies(kept)):
        kept = kept[: body.start] + kept[body.end :]
    table = lists("verify")
    kept = re.sub(rf"（[^（）]*）|^.*?{any_of(table['says'])}[，：]?|《[^》]*》|^[^，]*?{any_of(table['instruments'])}(?:中|里)?[，：]?", "", kept)
    return re.sub(r"^(?:应当|应|要|须|将|由)|(?:应当|应|要|须|将|于|在)(?=$)|(?:时限|期限|时间)(?:是|为)?|前(?=完成)", "", kept).strip("，、：的")


def check_day(claim: Claim, said: DayClaim, *, library: Library, scope: Sequence[str], named: bool, title: str) -> Claim:
    """A day against those of the targets in words that the claim names, else of the sentences about the same thing."""
    if len(re.sub(r"[^\u4e00-\u9fff]|[年月日底前末]", "", said.topic)) < SHORTEST:
        return replace(claim, status="not_checkable", reason="The text does not say what is due on that day.")
    if judged := _beside_targets(claim, said, library=library, scope=scope, named=named):
        return judged
    found = sentences_about(said.topic, library=library, scope=scope)
    if not found:
        where = title if named else "the documents held"
        return replace(claim, status="not_checkable", reason=f"No sentence of {where} is near enough to “{said.topic}”.")
    dated = [(about, _day_of(about, said.topic, library=library)) for about in found]
    for about, day in dated:
        if day and same_day(said.date, day, words=claim.text):
            return replace(_seen(claim, about, library=library), status="found", reason="The day is the document's.")
    if not named:
        return replace(claim, status="not_checkable", reason="The text does not say of which document.")
    about, day = next((each for each in dated if each[1]), dated[0])
    if about.share < _SURE:
        return replace(claim, status="not_checkable", reason=f"No sentence of {title} is near enough to “{said.topic}”.")
    if day is None:
        return replace(_seen(claim, about, library=library), status="differs", reason="The source names no day for it.")
    return replace(_seen(claim, about, library=library), status="contradicted", reason=f"Another day: {day}.")


def _beside_targets(claim: Claim, said: DayClaim, *, library: Library, scope: Sequence[str], named: bool) -> Claim | None:
    """The claim beside the targets in words whose indicator it names; None where there is none, or none for its area."""
    topic = bare(said.topic)
    about = [t for d in scope for t in library.of[d].targets if t.state and t.deadline and len(bare(t.indicator)) >= SHORTEST and bare(t.indicator) in topic]
    longest = max((len(t.indicator) for t in about), default=0)
    about = [t for t in about if len(t.indicator) == longest and (not t.area or bare(t.area) in topic or topic.startswith(bare(t.indicator)) is False)]
    same = [t for t in about if bare(t.state or "") in topic.replace(bare(t.indicator), "", 1)]
    plain_area = [t for t in same if not t.area or bare(t.area) in topic]
    for target in plain_area:
        if same_day(said.date, target.deadline or "", words=claim.text):
            return _of_target(claim, target, "found", "The day is the document's.", library=library)
    if not named:
        return None
    if plain_area:
        return _of_target(claim, plain_area[0], "contradicted", f"Another day: {plain_area[0].deadline}.", library=library)
    others = [t for t in about if not t.area and t not in same]
    rest = topic.partition(bare(others[0].indicator))[2] if others else ""
    if others and 1 < len(rest) <= _STATE:
        return _of_target(claim, others[0], "differs", f"The source says: {shown(others[0])}.", library=library)
    return None


def _of_target(claim: Claim, target: Target, status: str, reason: str, *, library: Library) -> Claim:
    clause = library.clauses[target.clause]
    where = Place(document=clause.document, clause=clause.id, citation=library.label(clause), start=target.start, end=target.end)
    return replace(claim, status=status, reason=reason, says=target.text, where=where)  # type: ignore[arg-type]


def _day_of(about: About, topic: str, *, library: Library) -> str | None:
    """The day that governs the part of a sentence which has the topic's words: the last one said by its end."""
    document = library.documents[about.clause.document]
    text, now = about.text, Now(int(document.date[:4]) if document.date else None)
    times = [t for t in find_times(text, now) if t.date and t.part == "due"]
    parts = [match.span() for match in re.finditer(r"[^，；]+", text)]
    best = max(parts, key=lambda part: share_of(topic, text[slice(*part)]), default=(0, len(text)))
    before = [t for t in times if t.start < best[1]]
    return before[-1].date if before else None


def _seen(claim: Claim, about: About, *, library: Library) -> Claim:
    clause: Clause = about.clause
    where = Place(document=clause.document, clause=clause.id, citation=library.label(clause), start=clause.start, end=clause.end)
    return replace(claim, says=about.text, where=where)
