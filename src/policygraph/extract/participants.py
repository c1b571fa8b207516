"""So many bodies, people or places that something is done with: 以10个链主企业开展试点, 对300名企业家展开培训, 支持5所院校
组建教师教育学院, 在50%以上的国家级园区实施循环化改造. The figure is the aim, and what is done says of which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from policygraph.extract.lexicon import any_of
from policygraph.extract.outcomes import Found, Part, hedges, read_subject
from policygraph.extract.quantities import Quantity, comparator

_JOINED = re.compile(r"[、和及与]|以及|，")
_NOT_PLACE = re.compile(r"(?:中|内|之间|以来|年|月|日|期间|基础上|方面|时)$")


#: 支持3所学校开展…的探索: what is tried out is named, not counted.
_TRIED = re.compile(r"探索$|的[^，。；]{0,10}(?:单位|企业|机构|个人|人员|项目|主体|组织)$")
#: 对全州30处隐患点进行排查: all there are, and no number to be reached.
_ALL = re.compile(r"(?:全[省市国县区州域]|所有|全部|现有|辖区内?)的?$")


@cache
def _with() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('target-words', 'engages')})(?:{any_of('target-words', 'areas')})?(?:至少|不少于|不低于|约|近|超过)?$")


@cache
def _done() -> re.Pattern[str]:
    return re.compile(any_of("target-words", "done_with"))


@cache
def _paid() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('target-words', 'grants')}|处罚|处分|通报|约谈|问责)")


def find_participants(part: Part, quantities: Sequence[Quantity]) -> tuple[list[Found], int]:
    """The targets of a part that counts whom or what something is done with, and how many of its quantities they take:
    none or those of one list."""
    hidden = part.hidden
    for i, first in enumerate(quantities):
        before = hidden[part.first() : first.start]
        if first.kind not in ("count", "share") or not _with().search(hedges().sub("", before)) or _ALL.search(before):
            continue
        run = [first]
        done = _done().search(hidden, first.stop + 1, part.stop)
        for later in quantities[i + 1 :]:
            between = hidden[run[-1].stop : later.start]
            if done and later.start < done.start() and later.kind == first.kind and _JOINED.search(between[-2:]):
                run.append(later)
        if done is None or hidden.startswith("了", done.end()) or _TRIED.search(hidden[done.start() : part.stop]) or _paid().search(hidden, done.start(), part.stop):
            continue
        found = _read(part, run, done.start())
        if found:
            return found, i + len(run)
    return [], 0


def _read(part: Part, run: Sequence[Quantity], verb: int) -> list[Found]:
    act = part.text[verb : part.stop].strip("，、。；的 ")
    subject = read_subject(part, part.first(), run[0].start)
    found = []
    for n, quantity in enumerate(run):
        stop = run[n + 1].start if n + 1 < len(run) else verb
        noun = re.sub(r"(?:、|和|及|与|以及)$", "", part.text[quantity.stop : stop].strip("，、 "))
        of_scope = noun.startswith("的") and quantity.kind == "count"
        noun = noun.strip("的")
        if of_scope or len(noun) < 2 or len(noun) > 40 or _NOT_PLACE.search(noun):
            return []
        share = "比例" if quantity.kind == "share" else ""
        found.append(
            Found(
                subject.start, part.stop if n + 1 == len(run) else stop - 1, quantity.start, f"{act}的{noun}{share}", "engaged",
                comparator=comparator(part.hidden[part.first() : quantity.start], quantity), value=quantity.value,
                unit=quantity.unit or None, area=subject.area, hedge=subject.hedge,
            )
        )  # fmt: skip
    return found
