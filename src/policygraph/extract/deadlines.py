"""Deadlines: every time expression of a provision that says when something is due."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from policygraph.extract.days import months_before
from policygraph.extract.lexicon import HIDDEN, hide_names, lexicon
from policygraph.extract.present import now_of
from policygraph.extract.provision import Context, Provision
from policygraph.extract.times import TimeExpression, find_times
from policygraph.model import Deadline

#: Clauses that report, name or date the document, and so promise nothing.
SILENT = frozenset({"front", "back", "contents", "heading", "preamble"})

_BREAK = re.compile(r"[，。；！？]")
_LEADING = re.compile(r"[，、：:和及与\s]+|（其中[^（）]{2,40}）|(?:期间|之内)[，]?")
_OPENING, _CLOSING = "（〔(", "）〕)"
_ASIDE = re.compile(r"（[^（）]*(?:（[^（）]*）[^（）]*)*）|〔[^〔〕]*〕")
_ONLY_DATE = re.compile(r"(?:到|在|于)?20\d\d年[\d月日年底末初前]*")
_SENTENCE = re.compile(r"[。；！？]")


_ASKS = re.compile(r"请|务必|应当|应于|须|各地要|各单位要")
#: 提前一年完成“十二五”落后产能淘汰任务: the date that something is ahead of may follow.
_PLANNED = re.compile(r"[^。；]{0,60}?“?(十[一二三四五六七八九]?五)”?[^，。；]{0,24}(?:任务|目标|指标|规划)")
_RECKONED = re.compile(r"(?:比|较)[^，。；]{0,20}?(20\d\d)年[^，。；]{0,12}$")


def due_times(provision: Provision, context: Context) -> list[TimeExpression]:
    """The expressions that are due, with what runs ahead of another date (力争提前一年) resolved against it."""
    due: list[TimeExpression] = []
    folded = provision.folded
    for time in find_times(folded, now_of(context.document)):
        if time.part in ("due", "open", "begins"):
            due.append(time)
        elif time.part == "advance":
            anchor = next((t for t in reversed(due) if t.date and not re.search(r"[。！？]", folded[t.end : time.start])), None)
            last = _ahead_of(folded, time) or (anchor.date if anchor else None)
            if last:
                day = months_before(last, time.months)
                granularity = anchor.granularity if anchor else time.granularity
                due.append(TimeExpression(time.start, time.end, "advance", day, granularity=granularity, rule=time.rule))
    return due


def _ahead_of(folded: str, time: TimeExpression) -> str | None:
    """The date that something is ahead of where it is no date to be met: a year compared with, or the end of a plan."""
    if compared := _RECKONED.search(folded, max(time.start - 40, 0), time.start):
        return f"{compared[1]}-12-31"
    planned = _PLANNED.match(folded, time.end)
    period = lexicon("periods")["plans"].get(planned[1]) if planned else None
    return period["last"] if period else None


def _is_asked(folded: str, time: TimeExpression) -> bool:
    """Whether an opening paragraph, which tells and orders nothing, asks for something by a day or month after all (请…于5月31日
    前报送)."""
    if time.date is None or time.granularity not in ("day", "month") or not time.start:
        return False
    begin = max(folded.rfind(mark, 0, time.start) for mark in "。；") + 1
    return _ASKS.search(folded, begin, time.start) is not None and folded[time.end - 1] in "前内底止"


def _behind(hidden: str, times: Sequence[TimeExpression]) -> dict[int, int]:
    """Where what is due begins behind each expression, by its end: behind the next one too where that follows at once
    (到2023年、2025年，…)."""
    ends = {time.start: time.end for time in times}
    begins: dict[int, int] = {}
    for time in reversed(times):
        at = time.end
        while at not in begins and (lead := _LEADING.match(hidden, at)):
            at = ends.get(lead.end(), lead.end())
        begins[time.end] = begins.get(at, at)
    return begins


def _trimmed(words: str) -> str:
    """Words without marks at their ends and without a bracket that opens or closes nothing in them."""
    words = words.strip("，、；。 ")
    while words and (words[0] in _CLOSING or words[-1] in _OPENING):
        words = words.strip(_CLOSING if words[0] in _CLOSING else _OPENING).strip("，、；。 ")
    opened: list[int] = []
    for i, char in enumerate(words):
        if char in _OPENING:
            opened.append(i)
        elif char in _CLOSING and opened:
            opened.pop()
        elif char in _CLOSING:
            return _trimmed(words[i + 1 :] if i * 2 < len(words) else words[:i])
    if not opened:
        return words
    return _trimmed(words[opened[0] + 1 :] if opened[0] * 2 < len(words) else words[: opened[0]])


def _action(provision: Provision, hidden: str, time: TimeExpression, *, at: int, breaks: Sequence[int]) -> str | None:
    """The first thing due: the clause after the expression, from `at` on, or the one before it where nothing follows."""
    following = bisect.bisect_left(breaks, at)
    end = breaks[following] if following < len(breaks) else len(hidden)
    for note_start, _ in provision.notes:
        if at <= note_start < end:
            end = note_start
    words = _trimmed(provision.text[at:end])
    if len(words) >= 4 and not provision.in_note(time.start) and time.part != "advance":
        return words
    floor = max((e for _, e in provision.notes if e <= time.start), default=0)
    note = next(((a, b) for a, b in provision.notes if a <= time.start < b), None)
    if note:  # the sentence that the note closes
        stops = [m.end() for m in _SENTENCE.finditer(hidden, floor, max(note[0] - 1, floor))]
        return provision.text[stops[-1] if stops else floor : note[0]].strip("。；，、 ") or words or None
    preceding = bisect.bisect_left(breaks, time.start) - 1
    before = provision.text[max(breaks[preceding] + 1 if preceding >= 0 else 0, floor) : end]
    return _trimmed(before) or words or None


def _due(
    provision: Provision, hidden: str, time: TimeExpression, *, at: int, breaks: tuple[Sequence[int], Sequence[int]], asides: Sequence[tuple[int, int]]
) -> str | None:  # fmt: skip
    """What is due: for a date in brackets what they say, else what they stand behind, or before (完成改造（2024年底前）).
    `breaks` are those outside of brackets, and all."""
    outer, inner = breaks
    aside = next(((a, b) for a, b in asides if a <= time.start < b), None)
    if aside is None or provision.in_note(time.start):
        return _action(provision, hidden, time, at=at, breaks=outer)
    within = _trimmed(provision.text[at : next((i for i in inner if i >= at and i < aside[1]), aside[1])]) if at < aside[1] else ""
    if len(within) >= 4:
        return within
    before = max((i + 1 for i in outer if i < aside[0]), default=0)
    words = _trimmed(provision.text[before : aside[0]])
    if len(words) >= 4 and not _ONLY_DATE.fullmatch(words):
        return words
    lead = _LEADING.match(hidden, aside[1])
    return _action(provision, hidden, time, at=lead.end() if lead else aside[1], breaks=outer)


def extract_deadlines(provision: Provision, context: Context) -> list[Deadline]:
    """The deadlines of a provision, notes included (完成期限：6月底)."""
    clause = provision.clause
    if clause.kind in SILENT and clause.kind != "preamble":
        return []
    times = due_times(provision, context)
    if clause.kind == "preamble":
        times = [time for time in times if _is_asked(provision.folded, time)]
    if not times:
        return []
    hidden = hide_names(provision.folded).replace(HIDDEN, "字")
    begins = _behind(hidden, times)
    asides = [match.span() for match in _ASIDE.finditer(hidden)]
    inner = [match.start() for match in _BREAK.finditer(hidden)]
    breaks = [at for at in inner if not any(a < at < b for a, b in asides)]
    deadlines = []
    for number, time in enumerate(times, 1):
        start, end = provision.span(time.start, time.end)
        deadlines.append(
            Deadline(
                id=f"{clause.id}/deadline_{number}",
                document=clause.document,
                clause=clause.id,
                text=provision.text[time.start : time.end],
                date=time.date,
                earliest=time.earliest,
                granularity=time.granularity,
                recurrence=time.recurrence,
                within=time.within,
                action=_due(provision, hidden, time, at=begins[time.end], breaks=(breaks, inner), asides=asides),
                start=start,
                end=end,
                by=f"deadline.{time.rule.removeprefix('time.')}/1",
            )
        )
    return deadlines
