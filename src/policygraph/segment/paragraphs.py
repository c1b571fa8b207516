"""Paragraphs from lines: hard-wrapped lines and paragraphs broken by a page are joined again.

A line break is the only thing that text files keep of a layout, and it means too many things: the end of a paragraph,
the end of a printed line, the end of a page. What tells them apart is how far the line goes, how it ends, and what
the next one opens with.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from policygraph.read import Reading, SourceText
from policygraph.segment.leads import CLOSING, ends_sentence, lead_end, opening_verbs
from policygraph.segment.markers import ARTICLE, BULLET, SUBITEM, Marker, marker_at
from policygraph.segment.numbering import numbers_in_context
from policygraph.vocabulary.lists import any_of, lists

#: A note of responsibility belongs to the text before it, however the lines fall.
_NOTE_OPENING = re.compile(r"[（〔](?:责任|牵头|配合|主办|落实|完成)(?:单位|部门|处室|时限|期限|地区)?[：]")
#: 牵头单位：县水利局 on a line of its own.
_LABEL_LINE = re.compile(r"(?:(?:牵头|主办|主管|责任|配合|协办|参与|落实)(?:单位|部门|处室|领导)|责任人|(?:完成|办结)(?:时限|期限|时间))：")
_HEADING_MARK = re.compile(r"[ \t]*#{1,6}[ \t]")
#: Share of the lines that are as wide as the widest from which a text was broken at a width: last lines and headings are
#: short everywhere.
_MOSTLY_WRAPPED = 0.3
#: The widest a text is broken at: beyond it stand whole paragraphs, a line each.
_WIDEST_WRAP = 60
#: A line longer than this was not ended by its writer where it ends without a mark.
_LONG_LINE = 45


@cache
def _title_line() -> re.Pattern[str]:
    return re.compile(rf"{any_of(lists('layout')['documents']['lines'])}$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: a stretch of the document's reading. `heading_mark` says that Markdown marks it as a heading."""

    start: int
    end: int
    heading_mark: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the reading that opens at most one provision: a paragraph, or a part of one that holds several.

    `text` is its folded text, `mark` the number that opens it (positions from its own start), `row` says that it is a row
    of a table, `joined` that it does not begin a line.
    """

    start: int
    end: int
    text: str
    mark: Marker | None = None
    heading_mark: bool = False
    row: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    width: float
    heading_mark: bool
    indented: bool


def _lines(source: SourceText, reading: Reading) -> list[_Line]:
    text, at = source.text, reading.at
    lines: list[_Line] = []
    position = 0
    for raw in re.split(r"(\r\n|[\n\r\f\v\u2028])", text):
        start, position = position, position + len(raw)
        a, b = bisect_left(at, start), bisect_left(at, position)
        if not reading.text[a:b].strip():  # nothing, or the space that a line break between words is
            continue
        shown = raw.strip()
        narrow = sum(1 for char in shown if char < "\u0100")
        lines.append(_Line(a, b, len(shown) - narrow / 2, bool(_HEADING_MARK.match(raw)), raw[:1] in "\u3000\t" or raw.startswith("  ")))
    return lines


def _wrap_width(lines: list[_Line]) -> float | None:
    """The width at which the file wraps its lines, None when a line is a paragraph."""
    widths = sorted(line.width for line in lines if line.width >= 12)
    if len(widths) < 12:
        return None
    widest = widths[int(len(widths) * 0.93)]
    full = sum(1 for width in widths if width >= widest - 3)
    return widest if widest <= _WIDEST_WRAP and full >= len(widths) * _MOSTLY_WRAPPED else None


_ROLE_WORD = re.compile(r"牵头|负责|配合|参与|落实|单位[：]|部门[：]")


def ends_note(folded: str) -> bool:
    """Whether a text ends with a responsibility note in brackets."""
    if folded[-1:] not in ("）", "〕"):
        return False
    opening = _opening(folded)
    return opening >= 0 and bool(_ROLE_WORD.search(folded, opening))


def _opening(folded: str) -> int:
    """The bracket that the last character of a text closes, -1 when none does."""
    depth = 0
    for i in range(len(folded) - 1, max(len(folded) - 600, -1), -1):
        if folded[i] in "）〕":
            depth += 1
        elif folded[i] in "（〔":
            depth -= 1
            if depth == 0:
                return i
    return -1


def _continues(
    before: _Line, after: _Line, *, folded: str, paragraph_start: int, wrap: float | None, context: Mapping[int, Marker]
) -> bool:
    """Whether `after` goes on with the paragraph that `before` is the last line of."""
    opening = folded[after.start : after.end]
    ending = folded[before.start : before.end]
    if _NOTE_OPENING.match(opening):
        return True
    if _LABEL_LINE.match(opening):
        paragraph = folded[paragraph_start : before.end]
        return ends_sentence(paragraph) or ends_note(paragraph) or bool(_LABEL_LINE.match(ending))
    if after.heading_mark or before.heading_mark:
        return False
    marker = marker_at(opening)
    if marker and marker.level is ARTICLE and is_reference(opening, marker.end) and not ends_sentence(ending):
        return True  # 依照本法|第十七条规定 wraps before a citation
    if after.start in context or (marker and not (marker.level in (SUBITEM, BULLET) and _open_ended(ending, wrap, before))):
        return False
    if re.match(r"附件[\d：:一二三四五六七八九十]?|抄送|目录$|信息公开选项", opening):
        return False
    closed = ends_sentence(ending) or ends_note(folded[paragraph_start : before.end])
    if not closed and _GOES_ON.match(opening) and "\t" not in ending:
        return True
    if wrap is None:
        return not closed and before.width > _LONG_LINE and not _opens_anew(folded[paragraph_start : before.end], opening)
    full = wrap - 3
    opened = folded[paragraph_start : before.end]
    if after.indented and _title_line().search(opened) and not re.search(r"[，。；：]", opened) and not marker_at(opened):
        return False  # a centred title, and the first line of a paragraph
    if not closed and not marker_at(folded, paragraph_start) and not _title_line().search(ending):
        full = wrap * 0.8  # the first line of a paragraph is indented, and lines break before a bracket or a number
    if before.width < full:
        return False
    if after.indented and not before.indented:
        return not closed
    if not closed:
        return True
    # a full line that ends a sentence: a note closes a paragraph, a sentence usually does not
    return not ends_note(folded[paragraph_start : before.end].rstrip("。"))


def _opens_anew(paragraph: str, opening: str) -> bool:
    """Whether a line after one that lost its full stop is a paragraph of its own: both open with a short sentence, and
    the line with a verb of the genre (推进…… , 加强……)."""
    return bool(lead_end(paragraph) and lead_end(opening) and opening.startswith(opening_verbs()))


#: 责任单位：省工信厅、省发展改革委 A line that closes with a label has its names, and no full stop.
_LABELLED_END = re.compile(r"(?:(?:责任|牵头|配合|主办|协办|承办|实施)(?:单位|部门|主体|处室|科室)|(?:完成)?(?:时限|时间|期限))：[^。；！？]{2,}$")


def _open_ended(ending: str, wrap: float | None, line: _Line) -> bool:
    """Whether a line breaks off in the middle of a sentence, so that a number on the next one is a quantity."""
    if _LABELLED_END.search(ending):
        return False
    return not ends_sentence(ending) and ending[-1] not in "）〕" and (line.width >= wrap - 3 if wrap else line.width > _LONG_LINE)


#: …国家核证自愿减排量|（CCER）抵销… A line cannot begin with these.
_GOES_ON = re.compile(r"[，。、；：）》”]|（[A-Za-z]{2,}")
_REFERS = re.compile(r"规定|所[列规]|(?:[、，和至及或与到]|以及)?第[一二三四五六七八九十百千\d]+[条款项]|[、，]|项(?!目)|中[规所的]")


def is_reference(folded: str, end: int) -> bool:
    """Whether the number of an article that ends at `end` is cited (第十七条规定, 第三条、第四条) and opens nothing."""
    return bool(_REFERS.match(folded, end))


def paragraphs(source: SourceText, reading: Reading) -> tuple[list[Paragraph], dict[int, Marker]]:
    """The paragraphs of `source`, in order, which together hold every character of the reading; and the markers that
    only the numbering of the whole text shows, by their positions."""
    lines = _lines(source, reading)
    context = numbers_in_context(reading.folded, [line.start for line in lines])
    wrap = None if source.paragraphs_known else _wrap_width(lines)
    joined: list[Paragraph] = []
    last: _Line | None = None
    for line in lines:
        opening = reading.folded[line.start : line.end]
        if source.paragraphs_known and not (
            joined and (_NOTE_OPENING.match(opening) or _LABEL_LINE.match(opening) or _broken_off(joined[-1], line, source, reading))
        ):
            joined.append(Paragraph(line.start, line.end, line.heading_mark))
        elif last and joined and _continues(last, line, folded=reading.folded, paragraph_start=joined[-1].start, wrap=wrap, context=context):
            joined[-1] = Paragraph(joined[-1].start, line.end, joined[-1].heading_mark)
        else:
            joined.append(Paragraph(line.start, line.end, line.heading_mark))
        last = line
    return joined, context


def _broken_off(before: Paragraph, after: _Line, source: SourceText, reading: Reading) -> bool:
    """Whether a stray line end parts two halves of a sentence: a paragraph of the genre that holds a whole sentence
    ends with one, or with a note, and so does the half that follows (…完成期限：8月底）配 | 合省财政厅…). Rows of a table
    end as they like."""
    opened, opening = reading.folded[before.start : before.end], reading.folded[after.start : after.end]
    if "。" not in opened or ends_sentence(opened) or opened[-1] in CLOSING:
        return False
    if not (ends_sentence(opening) or ends_note(opening)):
        return False
    start, end = reading.at[before.start], reading.at[after.end - 1]
    return "\t" not in source.text[start:end]
