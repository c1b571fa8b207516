"""Numbers that only their neighbours make numbers of provisions: 1 / 1.1 / 2.1.1, and a 1 whose point was lost.

By itself 1.1 may be a quantity and 3 the first digit of one. What tells is that the numbers of a text run on: 1, 1.1,
1.2, 2, 2.1. A run is taken whole or not at all.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policygraph.segment.leads import ends_sentence, opening_verbs
from policygraph.segment.markers import DECIMALS, INNER_DECIMALS, SUBITEM, Marker, marker_at

_NUMBER = re.compile(r"(?P<value>\d{1,2}(?:[.．]\d{1,2}){0,3})(?![\d%‰℃])(?P<point>[.．、]?)(?=[\u4e00-\u9fff“（《〔【A-ZⅠⅡⅢⅣ])")
_WITHIN = re.compile(r"(?<![\d.．A-Za-z%／/〔（—-])" + _NUMBER.pattern)
#: What follows a number that counts: 3个, 5月, 2.5万公顷.
_COUNTED = re.compile(
    r"[年月日时秒个项家万亿千百倍米元人户亩座条台辆套所名次类种批期轮档天周岁度余号楼层室栋克吨升厘毫折页件份位只头株场间张]|公[里顷斤]|平方|立方|小时|分钟|"
    r"级[以及）]|多[万个家项]|以[上下内]|左右|%|个"
)
#: 某某应急预案|1总则1.1编制目的 The first number may follow a title.
_FIRST = re.compile(r"1[.．、]?[\u4e00-\u9fff、]{2,20}1[.．]1(?!\d)")
_NAME = re.compile(r"[\u4e00-\u9fff、]{2,20}")
#: A run of decimal numbers has so many entries, and two of them of two parts: one 1.1 in a text is a quantity.
_SHORTEST_RUN = 3
#: The name of a provision without parts of its own (7 附则) is no longer than that.
_LONGEST_NAME = 24
_LINE_NAME = re.compile(r"[\u4e00-\u9fff、（）]{2,16}")


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    value: tuple[int, ...]
    written: str
    line: bool


def numbers_in_context(folded: str, line_starts: Sequence[int]) -> dict[int, Marker]:
    """The markers that the numbering of the whole text shows, by where they start. `line_starts` are the positions at
    which the source begins a line.

    >>> text = "1总则1.1编制目的建立工作机制。1.2编制依据依据有关法律。2组织体系2.1指挥部市应急局牵头。"
    >>> [marker.written for marker in numbers_in_context(text, [0]).values()]
    ['1', '1.1', '1.2', '2', '2.1']
    """
    candidates = _candidates(folded, line_starts)
    if sum(1 for c in candidates if len(c.value) == 2) >= 2:
        found = _decimals(candidates, folded, line_starts)
        if found:
            return found
    return _pointless(candidates, folded)


def _candidates(folded: str, line_starts: Sequence[int]) -> list[_Candidate]:
    """Numbers where a provision may begin: at the start of a line, after a sentence, or after the short name of
    another (2组织体系|2.1), or of the text (某某应急预案|1总则1.1)."""
    at_line = {m.start(): m for start in line_starts if (m := _NUMBER.match(folded, start))}
    found = {m.start(): m for m in _WITHIN.finditer(folded)} | at_line
    out: list[_Candidate] = []
    for start in sorted(found):
        match = found[start]
        ended = start in at_line or start == 0 or folded[start - 1] in "。；：！？）" or _FIRST.match(folded, start)
        if not ended and not (out and _NAME.fullmatch(folded, out[-1].end, start)):
            continue
        value = tuple(int(part) for part in re.split(r"[.．]", match["value"]))
        if 0 in value or (_COUNTED.match(folded, match.end()) and not folded.startswith(opening_verbs(), match.end())):
            continue
        out.append(_Candidate(start, match.end(), value, match["value"], start in at_line))
    return out


def _decimals(candidates: Sequence[_Candidate], folded: str, line_starts: Sequence[int]) -> dict[int, Marker]:
    runs: list[list[_Candidate]] = []
    for i, candidate in enumerate(candidates):
        run = runs[-1] if runs else []
        if run and _follows(run[-1].value, candidate.value):
            if len(candidate.value) > 1 or _has_parts(candidates, i) or _is_named(candidate, candidates, i, folded, line_starts):
                run.append(candidate)
        elif candidate.value == (1, 1) or (candidate.value == (1,) and _has_parts(candidates, i)):
            runs.append([candidate])
    found: dict[int, Marker] = {}
    for run in runs:
        if len(run) < _SHORTEST_RUN or sum(1 for c in run if len(c.value) == 2) < 2:
            continue
        inner = any(_is_outer(folded, start) for start in line_starts if start < run[0].start)
        for c in run:
            level = (INNER_DECIMALS if inner else DECIMALS)[len(c.value) - 1]
            found[c.start] = Marker(level, c.value[-1], c.start, c.end, c.written)
    return found


def _is_outer(folded: str, start: int) -> bool:
    mark = marker_at(folded, start)
    return mark is not None and DECIMALS[-1].rank < mark.level.rank < SUBITEM.rank


def _follows(last: tuple[int, ...], value: tuple[int, ...]) -> bool:
    """Whether a decimal number may come next after another: 2.1 → 2.1.1, 2.2, 3, 3.1."""
    if value == (*last, 1):
        return True
    for depth in range(len(last), 0, -1):
        raised = (*last[: depth - 1], last[depth - 1] + 1)
        if value == raised or value == (*raised, 1):
            return True
    return False


def _has_parts(candidates: Sequence[_Candidate], i: int) -> bool:
    """Whether the parts of a number (3 → 3.1) follow it before the number stands again."""
    own = candidates[i].value
    for other in candidates[i + 1 :]:
        if other.value == own:
            return False
        if len(other.value) > len(own):
            return other.value[: len(own)] == own
    return False


def _is_named(candidate: _Candidate, candidates: Sequence[_Candidate], i: int, folded: str, line_starts: Sequence[int]) -> bool:
    """Whether a number without parts opens a line that is a name (7 附则), whatever the next line says."""
    if not (candidate.line or folded[candidate.start - 1] == "。") or folded[candidate.end - 1] in ".．、":
        return False
    stop = candidates[i + 1].start if i + 1 < len(candidates) else len(folded)
    after = bisect.bisect_right(line_starts, candidate.start)
    if candidate.line and after < len(line_starts) and _LINE_NAME.fullmatch(folded, candidate.end, line_starts[after]):
        return True
    return not ends_sentence(folded[candidate.end : min(stop, candidate.end + _LONGEST_NAME)])


def _pointless(candidates: Sequence[_Candidate], folded: str) -> dict[int, Marker]:
    """Runs of 1 2 3 that lost their points, wholly or here and there: 1强化监管…。2完善制度…。3.加强宣传…。"""
    singles = [c for c in candidates if len(c.value) == 1]
    found: dict[int, Marker] = {}
    for i, first in enumerate(singles):
        if first.value != (1,):
            continue
        run = [first]
        for other in singles[i + 1 :]:
            if other.value == (run[-1].value[0] + 1,):
                run.append(other)
            elif other.value == (1,):
                break
        bare = [c for c in run if folded[c.end - 1].isdigit()]
        if any(re.search(r"\d[：，、]$", folded[max(c.start - 2, 0) : c.start]) for c in bare):
            continue  # 按照1:|1配套奖励 breaks off at a ratio
        ordering = all(folded.startswith(opening_verbs(), c.end) for c in bare)
        spoken = all("。" in folded[a.end : b.start] or "；" in folded[a.end : b.start] for a, b in zip(run, run[1:], strict=False))
        if bare and spoken and len(run) >= (2 if ordering else 3) and "。" in folded[run[-1].end : run[-1].end + 400]:
            found |= {c.start: Marker(SUBITEM, c.value[0], c.start, c.end, c.written) for c in bare}
    return found


def mark_of(folded: str, start: int, end: int, context: Mapping[int, Marker]) -> Marker | None:
    """The marker that opens the stretch `start` to `end` of a reading, with positions from the stretch's own start."""
    mark = context.get(start)
    if mark is not None:
        return Marker(mark.level, mark.ordinal, 0, mark.end - mark.start, mark.written, mark.inserted)
    return marker_at(folded[start:end])
