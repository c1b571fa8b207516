"""Several texts in one file: where a document of its own begins, and where an annex does.

A text that follows another in the same file is a document of its own when it says so: by its own 发文字号, its own
addressees, its own note of adoption, or a title of another region. Everything else that opens with a title and
starts its numbering anew is an annex of the document that it follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from policygraph.segment import markers as m
from policygraph.segment.leads import ends_sentence
from policygraph.segment.matter import ADDRESSEES, ANNEX_LABEL, BACK, NUMBER, PRINTED, is_dated, is_signature, title_end
from policygraph.segment.paragraphs import Piece
from policygraph.vocabulary.lists import any_of, lists
from policygraph.vocabulary.regions import regions_in

_ADOPTED = re.compile(r"（[^（）]{0,60}\d{4}年[^（）]{2,80}(?:通过|公布|发布|批准|修[正订])[^（）]{0,40}）$")
#: Characters of a line of a title block; a longer one is text.
_LONGEST_HEADER = 60
#: A title block has at most so many paragraphs before and after the one that shows that it is one.
_BLOCK = 6
#: Within so many paragraphs after a title block the text itself has begun.
_OPENING = 12


@cache
def _title_of_a_document() -> re.Pattern[str]:
    """Titles of documents; lists, divisions of work and standards are annexes of one."""
    return re.compile(rf"{any_of(lists('layout')['documents']['whole'])}(?:（[^（）]{{1,20}}）)*$")


def document_starts(pieces: Sequence[Piece]) -> list[int]:
    """The pieces at which the documents of a file begin; most files hold one, which begins at 0."""
    starts = [0]
    said = False  # whether the document that is open has come to its provisions, or to its end
    subject = _region(pieces[:_OPENING])
    for i, piece in enumerate(pieces):
        if said and not piece.row and i > starts[-1] and (start := _start(pieces, i, floor=starts[-1] + 1, region=subject)):
            starts.append(start)
            said, subject = False, _region(pieces[start : start + _OPENING])
        elif not said:
            said = _provides(piece) or bool(PRINTED.search(piece.text))
    return starts


def restarts(pieces: Sequence[Piece], i: int, *, stop: int) -> bool:
    """Whether the numbering starts again at or shortly after piece `i`."""
    for j in range(i, min(i + _BLOCK, stop)):
        mark = pieces[j].mark
        if mark:
            return mark.level in (m.BOOK, m.CHAPTER, m.ARTICLE, m.PART, m.DECIMALS[0]) and mark.ordinal == 1
    return False


def _start(pieces: Sequence[Piece], i: int, *, floor: int, region: str | None) -> int | None:
    """Where the document begins whose title block holds piece `i`, if there is one and `i` shows it."""
    text = pieces[i].text
    numbered = bool(NUMBER.fullmatch(text))
    led = NUMBER.match(text)  # 冀工信节函〔2023〕133号各市人民政府：, the line end between them lost
    addressed = ADDRESSEES.match(text, led.end()) if led else ADDRESSEES.match(text)
    shows = numbered or _ADOPTED.fullmatch(text) or (len(text) <= 120 and addressed and not re.search(r"如下：$", text))
    other = not shows and _is_header(pieces[i]) and bool(_title_of_a_document().search(text)) and _elsewhere(region, text)
    if not shows and not other:
        return None
    start = i
    while start > floor and i - start < _BLOCK and not pieces[start - 1].row and _is_header(pieces[start - 1]):
        start -= 1
    if start > 0 and ANNEX_LABEL.match(pieces[start - 1].text):
        return None
    end = i + 1
    while numbered and end < len(pieces) and end - i < _BLOCK and _is_header(pieces[end]):
        end += 1
    if not any(_title_of_a_document().search(piece.text) for piece in pieces[start:end]):
        return None
    opens = bool(addressed) or any(ADDRESSEES.match(p.text) or _provides(p, first=True) for p in pieces[i : i + _OPENING])
    if other:
        opens = restarts(pieces, i + 1, stop=len(pieces))
    return start if opens else None


def _is_header(piece: Piece) -> bool:
    """Whether a piece may stand in a title block: a short line that is no sentence, provision, date or label."""
    text = piece.text
    return (
        len(text) <= _LONGEST_HEADER
        and not ends_sentence(text)
        and not piece.mark
        and not ANNEX_LABEL.match(text)
        and not BACK.match(text)
        and not PRINTED.search(text)
        and not (is_signature(text) and is_dated(text))
    )


def _provides(piece: Piece, *, first: bool = False) -> bool:
    mark = piece.mark
    return mark is not None and m.BULLET.rank > mark.level.rank and (mark.ordinal == 1 if first else mark.ordinal > 0)


def _region(pieces: Sequence[Piece]) -> str | None:
    for piece in pieces:
        found = regions_in(piece.text) if title_end().search(piece.text) else []
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
