"""Paragraphs that hold several provisions: texts that lost their line breaks, wholly or here and there.

A number inside a paragraph opens a provision when it goes on with the count of its level (or starts one that goes
on), stands after the end of a sentence, a note, a heading or a gap in the source, and outside quotation marks and
brackets.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policygraph.read import Reading, SourceText
from policygraph.segment import markers as m
from policygraph.segment.glued import block_edges, closing_edges
from policygraph.segment.leads import sentence_end
from policygraph.segment.markers import Marker, markers_in
from policygraph.segment.matter import ANNEX_LABEL
from policygraph.segment.numbering import mark_of
from policygraph.segment.paragraphs import Paragraph, Piece, is_reference

_PAIRS = {"“": "”", "《": "》", "（": "）", "〔": "〕"}
#: What is quoted or put in brackets is no longer than that; a mark that is not closed by then was lost.
_LONGEST_ENCLOSED = 1500
_LEADERS = re.compile(r"[.…·]{4,}\s*\d{1,3}")
_CELL_GAP = re.compile(r"\S(?:[ \u3000]*\t[ \t\u3000]*|[ \u3000]{2,}|[ ]*\|[ ]*)(?=\S)")
#: A heading before the next number is no longer than that.
_LONGEST_HEAD = 40
#: …的除外。（三）动产与权利担保|第三十九条 A heading between two articles; 依照企业所得税法|第三条 is none.
_HEADED = re.compile(r"。[^，。；：《》]{0,8}[\u4e00-\u9fff、]{2,24}(?<![法例法定则》本照据按反])$")
_LABEL = re.compile(r"专栏\d{1,2}|附[件表]\d{0,2}")
#: Where the text itself has no numbers before it, a title block is no longer than that.
_LONGEST_BLOCK = 1500


class Counts:
    """The last number of each level. Within a provision of an outer level numbers begin anew or run on (二、…（四）…)."""

    def __init__(self) -> None:
        self._last: dict[m.Level, tuple[int, int]] = {}
        self._left: set[m.Level] = set()  # levels that a number of an outer level has closed

    def of(self, level: m.Level) -> int:
        """The last number of a level, 0 when it has none yet."""
        return self._last.get(level, (0, 0))[0]

    def follows(self, marker: Marker) -> bool:
        """Whether a marker goes on with its level: 第三条, 第三条之一, 第四条."""
        ordinal, inserted = self._last.get(marker.level, (0, 0))
        if marker.inserted:
            return (marker.ordinal, marker.inserted) == (ordinal, inserted + 1)
        return marker.ordinal == ordinal + 1 or (marker.ordinal == 1 and marker.level in self._left)

    def take(self, marker: Marker) -> None:
        self._left |= {level for level in self._last if level.rank > marker.level.rank and level is not m.ARTICLE}
        self._left.discard(marker.level)
        self._last[marker.level] = (marker.ordinal, marker.inserted)


def cut(paragraphs: Sequence[Paragraph], source: SourceText, reading: Reading, context: Mapping[int, Marker]) -> list[Piece]:
    """The paragraphs of a source cut into pieces, each of which opens at most one provision."""
    counts = Counts()
    positions = sorted(context)
    pieces: list[Piece] = []
    numbered = False
    for paragraph in paragraphs:
        for part in _glued(paragraph, reading, numbered=numbered):
            if ANNEX_LABEL.match(reading.folded, part.start):
                counts = Counts()
            mark = mark_of(reading.folded, part.start, part.end, context)
            numbered = numbered or mark is not None
            if _has_leaders(reading.folded[part.start : part.end]):
                pieces.append(Piece(part.start, part.end, reading.folded[part.start : part.end], mark))
                continue
            if mark:
                counts.take(mark)
            inner = [context[p] for p in positions[bisect_right(positions, part.start) : bisect_right(positions, part.end - 1)]]
            edges = [part.start, *(part.start + c for c in _cuts(part, mark, inner, source, reading, counts=counts)), part.end]
            edges = _list_ends(edges, reading, context)
            for a, b in zip(edges, edges[1:], strict=False):
                own = mark if a == part.start else mark_of(reading.folded, a, b, context)
                first = a == paragraph.start
                pieces.append(
                    Piece(a, b, reading.folded[a:b], own, paragraph.heading_mark and first, is_row(a, b, source, reading), not first)
                )
    return pieces


def _glued(paragraph: Paragraph, reading: Reading, *, numbered: bool) -> list[Paragraph]:
    """A paragraph cut where a line of a title block or a closing line ends; `numbered` says that the body has begun."""
    folded = reading.folded[paragraph.start : paragraph.end]
    inside = {*closing_edges(folded), *([] if numbered or paragraph.heading_mark else block_edges(folded))}
    if _has_leaders(folded):  # contents that lost their line breaks, with the text that follows them
        last = max(match.end() for match in _LEADERS.finditer(folded))
        inside = {last, *(edge for edge in inside if edge > last)}
    edges = [0, *sorted(edge for edge in inside if 0 < edge < len(folded)), len(folded)]
    return [Paragraph(paragraph.start + a, paragraph.start + b) for a, b in zip(edges, edges[1:], strict=False)]


def _has_leaders(folded: str) -> bool:
    """Whether a paragraph holds several lines of contents."""
    return ("…" in folded or ".." in folded or "··" in folded) and len(_LEADERS.findall(folded)) > 1


def is_row(start: int, end: int, source: SourceText, reading: Reading) -> bool:
    """Whether a line of the source is a row of a table: three cells or more, with tabs, bars or wide gaps between."""
    if end - start > 300:
        return False
    a, b = reading.span(start, end)
    line = source.text[a:b]
    return len(line) <= 300 and "\n" not in line and len(_CELL_GAP.findall(line)) >= 2


def _cuts(
    paragraph: Paragraph, opened: Marker | None, context: Sequence[Marker], source: SourceText, reading: Reading, *, counts: Counts
) -> list[int]:
    """The positions in a paragraph at which further provisions open; `counts` goes on over them."""
    folded = reading.folded[paragraph.start : paragraph.end]
    known = {marker.start - paragraph.start: marker for marker in context}
    found = [marker for marker in markers_in(folded) if marker.start > 0 and marker.start not in known]
    if not found and not known:
        return []
    enclosed = _enclosed(folded)
    last_at: dict[tuple[m.Level, int], int] = {(marker.level, marker.ordinal): marker.start for marker in found}
    cuts: list[int] = []
    head, last = (opened.end, opened.level) if opened else (None, None)
    if opened is None and (label := _LABEL.match(folded)):
        head = label.end()
    dashes = sum(1 for marker in found if marker.written == "——")
    for marker in sorted([*found, *(_moved(mark, start) for start, mark in known.items())], key=lambda each: each.start):
        if marker.start not in known:
            if any(a < marker.start < b for a, b in enclosed):
                continue
            if marker.level is m.BULLET:
                if marker.written == "——" and dashes >= 2 and _ends_before(folded, marker.start, head):
                    cuts.append(marker.start)
                continue
            goes_on = last_at.get((marker.level, marker.ordinal + 1), 0) > marker.end
            first = marker.ordinal == 1 and not marker.inserted
            excerpt = marker.level is m.ARTICLE and not counts.of(m.ARTICLE) and goes_on
            if not (counts.follows(marker) or (first and goes_on) or excerpt or (goes_on and _skips(marker, folded, counts))):
                continue
            if first and not goes_on and marker.level.rank > m.ARTICLE.rank and (
                len(found) < 3 or (counts.of(marker.level) and marker.level is not m.PART)
            ):
                continue
            deeper = marker.ordinal == 1 and (head is not None if last is None else marker.level.rank > last.rank)
            place = _Place(folded, marker, head, last, deeper=deeper, goes_on=goes_on)
            if not (_in_gap(marker, source, reading, paragraph) or place.ends()):
                block = place.block()
                if block < 0:
                    continue
                if block > (cuts[-1] if cuts else 0) and counts.of(marker.level):
                    cuts.append(block)  # the title of a further text, or of an annex
        cuts.append(marker.start)
        head, last = marker.end, marker.level
        counts.take(marker)
    return cuts


def _skips(marker: Marker, folded: str, counts: Counts) -> bool:
    """Whether a number after a full stop goes on with its level although the one before it was lost or misprinted."""
    return counts.of(marker.level) > 0 and marker.ordinal == counts.of(marker.level) + 2 and folded[marker.start - 1] in "。）"


def _list_ends(edges: list[int], reading: Reading, context: Mapping[int, Marker]) -> list[int]:
    """The edges of a paragraph, and one where a list of an article ends within it: items that end with ； have a last
    one that ends with the first full stop, and what follows it is the article's."""
    out = list(edges)
    marks = [mark_of(reading.folded, a, b, context) for a, b in zip(edges, edges[1:], strict=False)]
    for i in range(1, len(marks)):
        own, above = marks[i], marks[i - 1]
        following = marks[i + 1] if i + 1 < len(marks) else None
        if own is None or above is None or own.level is not m.ITEM or above.level is not m.ITEM or own.ordinal == 1:
            continue
        if following is not None and following.level.rank > m.ARTICLE.rank:
            continue
        in_article = any(mark is not None and mark.level is m.ARTICLE for mark in marks[:i])
        a, b = edges[i], edges[i + 1]
        end = sentence_end(reading.folded[a:b])
        if in_article and reading.folded[a - 1] == "；" and 0 < end < b - a - 4:
            out.append(a + end)
    return sorted(out)


def _moved(marker: Marker, start: int) -> Marker:
    return Marker(marker.level, marker.ordinal, start, start + marker.end - marker.start, marker.written)


def _ends_before(folded: str, position: int, head: int | None) -> bool:
    """Whether a sentence ends before a dash, or the heading that opens the list (（二）基本原则——坚持…)."""
    if folded[position - 1] in "。；：！":
        return True
    return head is not None and 2 <= position - head <= 20 and not re.search(r"[，。；：]", folded[head:position])


def _enclosed(folded: str) -> list[tuple[int, int]]:
    """The stretches inside quotation marks and brackets; a mark that nothing closes encloses nothing."""
    out: list[tuple[int, int]] = []
    for opening, closing in _PAIRS.items():
        stack: list[int] = []
        for match in re.finditer(f"[{opening}{closing}]", folded):
            if match[0] == opening:
                stack.append(match.start())
            elif stack:
                start = stack.pop()
                if match.start() - start <= _LONGEST_ENCLOSED:
                    out.append((start, match.start()))
    return out


def _in_gap(marker: Marker, source: SourceText, reading: Reading, paragraph: Paragraph) -> bool:
    """Whether the source has a gap before a marker: what a line break or an indent became."""
    at = reading.at[paragraph.start + marker.start]
    gap = source.text[max(at - 2, 0) : at]
    if not gap[-1:].isspace() or (marker.level is m.ARTICLE and is_reference(reading.folded, paragraph.start + marker.end)):
        return False
    return marker.level.rank <= m.ARTICLE.rank or (marker.level.rank <= m.ITEM.rank and (gap.isspace() or gap[-1] == "\u3000"))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a marker stands in a text: `head` is the end of the marker that is open, `last` its level."""

    folded: str
    marker: Marker
    head: int | None
    last: m.Level | None
    deeper: bool
    goes_on: bool

    def ends(self) -> bool:
        """Whether a sentence, a note or a heading ends before the marker."""
        folded, marker = self.folded, self.marker
        if marker.level is m.ARTICLE and is_reference(folded, marker.end):
            return False
        before = folded[marker.start - 1]
        if before in ("。！？；）" if marker.level.rank <= m.ARTICLE.rank else "。！？；）〕："):
            return True
        if before == "." and "\u4e00" <= folded[marker.start - 2] <= "\u9fff":
            return True
        if marker.level.rank < m.ARTICLE.rank:
            titled = self.last is None and marker.ordinal == 1 and self.goes_on  # 某某管理办法|第一章总则
            return before not in ("》本见按照及和" if titled else "》法例定则本见按照及和") and not is_reference(folded, marker.end)
        if before == "，" and marker.level is m.ITEM and marker.ordinal > 1 and self.last is m.ITEM and folded[marker.end : marker.end + 1] not in ("项", "、"):
            return True
        # 二、加强劳务品牌发现培育（三）分类型发现劳务品牌。 A heading without a full stop, then the next number.
        if self.head is not None and 2 <= marker.start - self.head <= _LONGEST_HEAD and not (marker.level is m.ARTICLE and self.last is m.ARTICLE):
            deeper = self.deeper or (self.last is not None and marker.level.rank > self.last.rank)
            return not re.search(r"[。；：]" if deeper else r"[，。；：]", folded[self.head : marker.start])
        return marker.level is m.ARTICLE and bool(_HEADED.search(folded, max(marker.start - 34, 0), marker.start))

    def block(self) -> int:
        """Where the line begins that a first number, or one that goes on, breaks off without punctuation: a title
        (某某办法第一章总则|第一条), or the last row of a table; -1 when the number stands within a sentence."""
        folded, marker = self.folded, self.marker
        if marker.level not in (m.ARTICLE, m.PART) or (marker.level is m.ARTICLE and is_reference(folded, marker.end)):
            return -1
        if re.match(r"[一二三四五六七八九十]|产业|[级类次]", folded[marker.end : marker.end + 2]) or folded[marker.start - 1] in "、，一二三四五六七八九十第（“《":
            return -1
        if marker.level is m.PART and not self.goes_on and not re.search(r"（一）|1[.、]", folded[marker.end : marker.end + 60]):
            return -1
        start = max(folded.rfind(char, 0, marker.start) for char in "。：；") + 1
        if self.head is None and self.goes_on:
            return start if 4 <= marker.start - start <= 80 and marker.start <= _LONGEST_BLOCK else -1
        if marker.ordinal == 1:
            return start if self.goes_on and 4 <= marker.start - start <= 45 and "，" not in folded[start : marker.start] else -1
        return 0 if marker.level is m.PART else -1
