"""Several texts in one file: where a document of its own begins, and where an annex does.

A text that follows another in the same file is a document of its own when it says so: by its own 发文字号, its own
addressees, its own note of adoption, or a title of another region. Everything else that opens with a title and
starts its numbering anew is an annex of the document that it follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from policygraph.segment import markers as m
from policygraph.segment.markers import marker_at
from policygraph.segment.matter import ADDRESSEES, ANNEX_LABEL, BACK, NUMBER, PRINTED, TITLE_END, is_dated, is_signature
from policygraph.segment.paragraphs import ends_sentence
from policygraph.vocabulary.regions import regions_in

#: Titles of documents; lists, divisions of work and standards are annexes of one.
_DOCUMENT = re.compile(
    r"(?:方案|计划|规划|纲要|意见|办法|细则|规定|要点|通知|决定|条例|规程|规则|通告|公告|批复|函|预案|措施)(?:（[^（）]{1,20}）)*$"
)
_ADOPTED = re.compile(r"（[^（）]{0,60}\d{4}年[^（）]{2,80}(?:通过|公布|发布|批准|修[正订])[^（）]{0,40}）$")
_LONGEST_HEADER = 60
#: A title block has at most so many paragraphs before and after the one that shows that it is one.
_BLOCK = 6
#: Within so many paragraphs after a title block the text itself has begun.
_OPENING = 12


def document_starts(texts: Sequence[str], *, rows: Sequence[bool]) -> list[int]:
    """The paragraphs at which the documents of a file begin; most files hold one, which begins at 0. `rows` says which
    paragraphs are rows of tables."""
    starts = [0]
    said = False  # whether the document that is open has come to its provisions, or to its end
    subject = _region(texts[:_OPENING])
    for i, text in enumerate(texts):
        if said and not rows[i] and i > starts[-1] and (start := _start(texts, i, rows=rows, floor=starts[-1] + 1, region=subject)):
            starts.append(start)
            said, subject = False, _region(texts[start : start + _OPENING])
        elif not said:
            said = _provides(text) or bool(PRINTED.search(text))
    return starts


def restarts(texts: Sequence[str], i: int, *, stop: int) -> bool:
    """Whether the numbering starts again at or shortly after paragraph `i`."""
    for j in range(i, min(i + _BLOCK, stop)):
        mark = marker_at(texts[j])
        if mark:
            return mark.level in (m.BOOK, m.CHAPTER, m.ARTICLE, m.PART) and mark.ordinal == 1
    return False


def _start(texts: Sequence[str], i: int, *, rows: Sequence[bool], floor: int, region: str | None) -> int | None:
    """Where the document begins whose title block holds paragraph `i`, if there is one and `i` shows it."""
    text = texts[i]
    numbered = bool(NUMBER.fullmatch(text))
    led = NUMBER.match(text)  # 冀工信节函〔2023〕133号各市人民政府：, the line end between them lost
    addressed = ADDRESSEES.match(text, led.end()) if led else ADDRESSEES.match(text)
    shows = numbered or _ADOPTED.fullmatch(text) or (len(text) <= 120 and addressed and not re.search(r"如下：$", text))
    other = not shows and _is_header(text) and bool(_DOCUMENT.search(text)) and _elsewhere(region, text)
    if not shows and not other:
        return None
    start = i
    while start > floor and i - start < _BLOCK and not rows[start - 1] and _is_header(texts[start - 1]):
        start -= 1
    if start > 0 and ANNEX_LABEL.match(texts[start - 1]):
        return None
    end = i + 1
    while numbered and end < len(texts) and end - i < _BLOCK and _is_header(texts[end]):
        end += 1
    if not any(_DOCUMENT.search(line) for line in texts[start:end]):
        return None
    opens = bool(addressed) or any(ADDRESSEES.match(t) or _provides(t, first=True) for t in texts[i : i + _OPENING])
    if other:
        opens = restarts(texts, i + 1, stop=len(texts))
    return start if opens else None


def _is_header(text: str) -> bool:
    """Whether a paragraph may stand in a title block: a short line that is no sentence, provision, date or label."""
    return (
        len(text) <= _LONGEST_HEADER
        and not ends_sentence(text)
        and not marker_at(text)
        and not ANNEX_LABEL.match(text)
        and not BACK.match(text)
        and not PRINTED.search(text)
        and not (is_signature(text) and is_dated(text))
    )


def _provides(text: str, *, first: bool = False) -> bool:
    mark = marker_at(text)
    return mark is not None and m.BULLET.rank > mark.level.rank and (mark.ordinal == 1 if first else mark.ordinal > 0)


def _region(texts: Sequence[str]) -> str | None:
    for text in texts:
        found = regions_in(text) if TITLE_END.search(text) else []
        if found:
            return found[0][2]
    return None


def _elsewhere(region: str | None, title: str) -> bool:
    """Whether a title names a region that neither holds nor lies in the one before."""
    found = regions_in(title)
    if region is None or not found or found[0][0] > 2:
        return False
    a, b = region.rstrip("0"), found[0][2].rstrip("0")
    return not a.startswith(b) and not b.startswith(a)
