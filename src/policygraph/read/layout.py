"""From the places of characters on pages to paragraphs: what the reader of a PDF and of a scan share.

Coordinates run from the top left corner in points; `y` is the baseline. A paragraph is broken where a person sees
one: an indent, a line that ends short, another size, a gap, a centred or right-hand line. The evidence is weighed in
`_breaks`; what the page says about itself (its margins, its pitch) is measured, not assumed.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

TERMINAL = "。！？；：:;!?"
_OPENERS = "（〔【《“("
_CLOSERS = "）〕】》”)"
#: How a numbered heading or item starts.
HEADING = re.compile(
    r"(?:第[一二三四五六七八九十百零〇\d]+[编章节条部]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|\d{1,3}[.．、](?!\d)|[①-⑳]|附件|附表|附录|专栏|表\s*\d|图\s*\d|注[：:])"
)
#: A line that stands by itself even between centred lines: a document number, a date, a note under the title.
_STANDALONE = re.compile(
    r"[（(]?[\u4e00-\u9fff]{1,12}[〔\[［][12１２０-９\d]{4}[〕\]］].{0,3}[\d０-９]+号|[12１２][\d０-９]{3}年[\d０-９]{1,2}月|[（(].*(?:通过|发布|印发)"
)
_TITLE_ENDS = re.compile(r"(?:文件|通知|公告|方案|规划|意见|办法|条例|要点|计划|细则|决定|纲要|政策措施|目录|[）)号日])$")
_PAGE_NUMBER = re.compile(
    r"(?:[-–—―－·•~一]{1,2}\s*)?(\d{1,4})(?:\s*[-–—―－·•~一]{1,2})?"
    r"|第\s*(\d{1,4})\s*页(?:\s*[，,/（(]?\s*共\s*\d{1,4}\s*页[）)]?)?|(\d{1,4})\s*/\s*\d{1,4}"
)
#: The dots of a table of contents.
_LEADERS = re.compile(r"[.．·…]{4,}\s*[-–—]?\s*\d{0,4}\s*[-–—]?$")
_DECORATED = re.compile(r"[-–—―－·•~页/]|^一|一$")
_FOOTNOTE = re.compile(r"(?:[①-⑳]|\[\d{1,2}\]|〔\d{1,2}〕|\d{1,2}\s*(?![.．、\d年月日%])|\*|注\s*[：:\d])")
_FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_DIGITS = re.compile(r"\d+")
#: Share of the page between equal margins below which lines are short by themselves (a list, verse), not by the margin.
_NARROW = 0.7


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character (or, from a scan, a run of them) and the box it fills; `size` is its em."""

    text: str
    x0: float
    x1: float
    y: float
    size: float


@dataclass(slots=True)
class Line:
    """Characters on one baseline, left to right, and the frame (left and right margin) that they are set in."""

    glyphs: list[Glyph]
    page: int = 0
    column: int = 0
    left: float = 0.0
    right: float = 0.0
    text: str = ""
    fragments: int = 1
    x0: float = field(init=False)
    x1: float = field(init=False)
    y: float = field(init=False)
    size: float = field(init=False)

    def __post_init__(self) -> None:
        self.glyphs.sort(key=lambda glyph: glyph.x0)
        self.x0 = self.glyphs[0].x0
        self.x1 = max(glyph.x1 for glyph in self.glyphs)
        ideographs = [g.size for g in self.glyphs if "\u4e00" <= g.text[0] <= "\u9fff"]
        self.size = _median(ideographs or [g.size for g in self.glyphs])
        self.y = _median([glyph.y for glyph in self.glyphs])
        self.text, self.fragments = _spell(self.glyphs, self.size)

    @property
    def indent(self) -> float:
        """Distance from the left margin in ems."""
        return (self.x0 - self.left) / self.size

    @property
    def shortfall(self) -> float:
        """Distance from the right margin in ems."""
        return (self.right - self.x1) / self.size

    @property
    def centred(self) -> bool:
        return self.indent > 2.6 and self.shortfall > 2.6 and abs(self.indent - self.shortfall) < 1.6

    @property
    def right_hand(self) -> bool:
        return self.indent > 0.4 * (self.right - self.left) / self.size and self.shortfall < self.indent - 2

    @property
    def row_of_table(self) -> bool:
        """Three stretches or more with wide gaps: a table without rules."""
        return self.fragments >= 3


@dataclass(slots=True)
class Page:
    """What stands on one page outside its ruled tables: lines from top to bottom."""

    number: int
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)


def _median(values: Sequence[float]) -> float:
    return statistics.median_low(values)


def _spell(glyphs: Sequence[Glyph], size: float) -> tuple[str, int]:
    """The text of glyphs in order, with the spaces that gaps mean, and the number of stretches between wide gaps."""
    parts: list[str] = []
    fragments = 1
    previous: Glyph | None = None
    for glyph in glyphs:
        if previous is not None:
            gap = (glyph.x0 - previous.x1) / size
            if gap > 1.5:
                parts.append("  ")
                fragments += 1
            elif gap > 0.7 or (gap > 0.15 and previous.text[-1].isascii() and glyph.text[0].isascii()
                               and previous.text[-1].isalnum() and glyph.text[0].isalnum()):
                parts.append(" ")
        parts.append(glyph.text)
        previous = glyph
    return "".join(parts), fragments


def lines_of(glyphs: Iterable[Glyph], *, page: int = 0) -> list[Line]:
    """Glyphs gathered into lines, top to bottom. A small glyph above or below its neighbours' baseline (an exponent)
    joins their line, the mark of a footnote is left out; a glyph that is drawn twice for boldness counts once."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda g: (g.y, g.x0)):
        if rows and glyph.y - rows[-1][0].y < 0.4 * max(min(glyph.size, rows[-1][0].size), 1.0):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    lines = [Line(_distinct(row), page=page) for row in rows]
    return _raised_joined(lines, page)


def _distinct(row: list[Glyph]) -> list[Glyph]:
    kept: list[Glyph] = []
    for glyph in sorted(row, key=lambda g: g.x0):
        twin = kept and kept[-1].text == glyph.text and glyph.x0 - kept[-1].x0 < 0.25 * max(glyph.x1 - glyph.x0, 0.1)
        if not twin:
            kept.append(glyph)
    return kept


def _raised_joined(lines: list[Line], page: int) -> list[Line]:
    joined: list[Line] = []
    taken: set[int] = set()
    extra: dict[int, list[Glyph]] = {}
    for i, line in enumerate(lines):
        if len(line.glyphs) > 12:  # exponents, signs of footnotes and the like are short
            continue
        for j in (i - 1, i + 1):
            if not 0 <= j < len(lines) or j in taken:
                continue
            host = lines[j]
            near = abs(host.y - line.y) < 0.75 * host.size and line.size < 0.78 * host.size
            if near and all(host.x0 - host.size < g.x0 < host.x1 + host.size for g in line.glyphs):
                taken.add(i)
                if not _is_note_mark(line, host):
                    extra.setdefault(j, []).extend(line.glyphs)
                break
    for i, line in enumerate(lines):
        if i in taken:
            continue
        joined.append(Line(line.glyphs + extra[i], page=page) if i in extra else line)
    return joined


def _is_note_mark(line: Line, host: Line) -> bool:
    """Whether raised characters refer to a footnote: digits after a Chinese character (治理率³), not an exponent."""
    if host.y - line.y < 0.2 * host.size or not re.fullmatch(r"[\d\s\[\]〔〕①-⑳*]+", line.text):
        return False
    before = [glyph for glyph in host.glyphs if glyph.x1 <= line.x0 + 0.3 * host.size]
    return bool(before) and "\u4e00" <= before[-1].text[-1] <= "\u9fff"


def without_running_heads(pages: Sequence[Page]) -> list[Page]:
    """Pages without page numbers and without the heads and feet that repeat from page to page."""
    edges: Counter[str] = Counter()
    numbers: Counter[int] = Counter()
    for page in pages:
        for line in _edge_lines(page):
            edges[_DIGITS.sub("#", line.text.translate(_FULL_WIDTH_DIGITS))] += 1
            value = _page_number(line.text)
            if value is not None:
                numbers[value - page.number] += 1
    repeated = {text for text, count in edges.items() if count >= max(3, 0.4 * len(pages))}

    def is_running(line: Line, page: Page) -> bool:
        if _DIGITS.sub("#", line.text.translate(_FULL_WIDTH_DIGITS)) in repeated and not HEADING.match(line.text):
            return True
        value = _page_number(line.text)
        at_edge = not 0.1 * page.height < line.y < 0.9 * page.height
        if value is None:
            return at_edge and not line.text.strip(" -–—―－一")
        return bool(_DECORATED.search(line.text)) or numbers[value - page.number] >= 2 or at_edge

    kept = []
    for page in pages:
        drop = {id(line) for line in _edge_lines(page) if is_running(line, page)}
        kept.append(Page(page.number, page.width, page.height, [ln for ln in page.lines if id(ln) not in drop]))
    return kept


def _edge_lines(page: Page) -> list[Line]:
    return page.lines if len(page.lines) < 4 else [*page.lines[:2], *page.lines[-2:]]


def _page_number(text: str) -> int | None:
    match = _PAGE_NUMBER.fullmatch(text.translate(_FULL_WIDTH_DIGITS).strip())
    return int(next(group for group in match.groups() if group)) if match else None


def in_columns(page: Page) -> Page:
    """The page in reading order: where it is set in two columns, the left one before the right one."""
    gutter = _gutter(page)
    if gutter is None:
        return page
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in page.lines:
        before = [glyph for glyph in line.glyphs if glyph.x1 <= gutter + 1]
        after = [glyph for glyph in line.glyphs if glyph.x1 > gutter + 1 and glyph.x0 >= gutter - 1]
        if len(before) + len(after) < len(line.glyphs):  # a title across both columns
            ordered += [*left, *right, line]
            left, right = [], []
            continue
        if before:
            left.append(Line(before, page=line.page, column=1))
        if after:
            right.append(Line(after, page=line.page, column=2))
    return Page(page.number, page.width, page.height, [*ordered, *left, *right])


def _gutter(page: Page) -> float | None:
    """The middle of an empty strip that most lines leave, with text on both sides; None for one column."""
    if len(page.lines) < 10:  # a strip that few lines leave empty may be so by chance
        return None
    step = 3.0  # points: a third of a character, and gutters are wider than one
    bins = int(page.width / step) + 1
    cover = [0] * (bins + 1)
    for line in page.lines:
        previous = None
        for glyph in line.glyphs:
            start = glyph.x0 if previous is None or glyph.x0 - previous > 0.9 * line.size else previous
            for k in range(max(0, int(start / step)), min(bins, int(glyph.x1 / step)) + 1):
                cover[k] += 1 if start == glyph.x0 else 0
            if start != glyph.x0:
                for k in range(max(0, int(start / step) + 1), min(bins, int(glyph.x1 / step)) + 1):
                    cover[k] += 1
            previous = glyph.x1
    few, many = 0.12 * len(page.lines), 0.5 * len(page.lines)
    strip: list[int] = []
    for k in range(int(0.3 * bins), int(0.7 * bins)):
        if cover[k] <= few:
            strip.append(k)
        elif strip:
            break
    if len(strip) < 3:
        return None
    middle = strip[len(strip) // 2]
    if max(cover[:middle], default=0) < many or max(cover[middle:], default=0) < many:
        return None
    return middle * step


def paragraphs(pages: Sequence[Page]) -> list[list[Line]]:
    """The lines of the pages gathered into paragraphs, footnotes after the paragraph that they interrupt."""
    _set_frames(pages)
    body = _body_size(pages)
    lines: list[Line] = []
    notes_after: dict[int, list[Line]] = {}
    for page in pages:
        kept, notes = _footnotes(page, body)
        lines += kept
        if notes:
            notes_after[len(lines)] = notes
    indented = _indents(lines, body)
    pitch = _pitches(lines)
    found: list[list[Line]] = []
    waiting: list[Line] = []
    for i, line in enumerate(lines):
        if found and not _breaks(found[-1], line, body=body, indented=indented, pitch=pitch):
            found[-1].append(line)
        else:
            found += _gathered(waiting)
            waiting = []
            found.append([line])
        waiting += notes_after.get(i + 1, ())
    return found + _gathered(waiting)


def _gathered(notes: Sequence[Line]) -> list[list[Line]]:
    found: list[list[Line]] = []
    for note in notes:
        if found and not _FOOTNOTE.match(note.text):
            found[-1].append(note)
        else:
            found.append([note])
    return found


def _footnotes(page: Page, body: float) -> tuple[list[Line], list[Line]]:
    """The page's lines without its footnotes, and the footnotes: the smaller lines below all others."""
    at = len(page.lines)
    while at > 0 and page.lines[at - 1].size < 0.88 * body and page.lines[at - 1].y > 0.5 * page.height:
        at -= 1
    while at < len(page.lines) and not _FOOTNOTE.match(page.lines[at].text):
        at += 1
    return (page.lines[:at], page.lines[at:]) if at > 0 else (page.lines, [])


def _body_size(pages: Sequence[Page]) -> float:
    """The em in which most characters are set."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.glyphs)
    return sizes.most_common(1)[0][0] if sizes else 12.0


def _mode(values: Iterable[float], step: float) -> tuple[float, int]:
    """The middle of the fullest bin and its count."""
    bins: dict[int, list[float]] = {}
    for value in values:
        bins.setdefault(round(value / step), []).append(value)
    fullest = max(bins.values(), key=len)
    return _median(sorted(fullest)), len(fullest)


def _set_frames(pages: Sequence[Page]) -> None:
    """Gives every line its margins: its page's where enough lines show them, else those of all pages."""
    by_column: dict[int, list[Line]] = {}
    for page in pages:
        for line in page.lines:
            by_column.setdefault(line.column, []).append(line)
    whole = {column: _margins(lines, None) for column, lines in by_column.items()}
    for page in pages:
        for column, frame in whole.items():
            lines = [line for line in page.lines if line.column == column]
            left, right = _margins(lines, frame) if lines else frame
            mirrored = page.width - left
            if column == 0 and right - left < _NARROW * (mirrored - left):
                right = mirrored  # all lines are short: pages are set with margins of about the same width
            for line in lines:
                line.left, line.right = left, right


def _margins(lines: Sequence[Line], frame: tuple[float, float] | None) -> tuple[float, float]:
    left, left_count = _mode((line.x0 for line in lines), 3.0)
    lowest = min(line.x0 for line in lines)
    widest = max(line.x1 - line.x0 for line in lines)
    wide = [line.x1 for line in lines if line.x1 - line.x0 >= 0.5 * widest]
    right, right_count = _mode(wide, 6.0)
    if frame is None:
        # Lines that start paragraphs may outnumber those that go on: the margin is the leftmost place used often.
        often = [x for x, count in Counter(round(line.x0) for line in lines).items() if count >= max(2, 0.08 * len(lines))]
        return min([left, *(float(x) for x in often)]), right
    size = lines[0].size
    if left_count < 3 or left > frame[0] + 1.0 * size:
        left = min(frame[0], lowest) if lowest > frame[0] - 3 * size else frame[0]
        if abs(lowest - frame[0]) > 3 and lowest < frame[0] - 0.5 * size:
            left = lowest
    if right_count < 3 or abs(right - frame[1]) > 4 * size:
        right = frame[1]
    return left, right


def _indents(lines: Sequence[Line], body: float) -> bool:
    """Whether the document indents the first line of a paragraph."""
    count = sum(1 for line in lines if 1.4 < line.indent < 2.8 and abs(line.size - body) < 0.1 * body)
    return count >= max(2, 0.04 * len(lines))


def _pitches(lines: Sequence[Line]) -> float:
    """The usual distance between baselines, in ems; 0 when there are too few lines to say."""
    steps = [
        (b.y - a.y) / a.size
        for a, b in zip(lines, lines[1:], strict=False)
        if a.page == b.page and a.column == b.column and b.y > a.y
    ]
    return _median(sorted(steps)) if len(steps) >= 3 else 0.0


def _unbalanced(lines: Sequence[Line]) -> bool:
    text = "".join(line.text for line in lines[-6:])
    return sum(text.count(c) for c in _OPENERS) > sum(text.count(c) for c in _CLOSERS)


def _breaks(paragraph: Sequence[Line], line: Line, *, body: float, indented: bool, pitch: float) -> bool:
    """Whether `line` starts a new paragraph after `paragraph`."""
    previous = paragraph[-1]
    if line.row_of_table or previous.row_of_table or min(line.fragments, previous.fragments) > 1:
        return True
    if _LEADERS.search(previous.text):
        return True
    terminal = previous.text.rstrip("”’）)")[-1:] in TERMINAL
    heading = bool(HEADING.match(line.text))
    if abs(line.size - previous.size) > 0.12 * previous.size:
        return True
    large = line.size > 1.08 * body
    same_column = line.page == previous.page and line.column == previous.column
    if large or (line.centred and previous.centred):
        if line.right_hand or heading or _STANDALONE.match(line.text) or _STANDALONE.match(previous.text):
            return True
        far = same_column and line.y - previous.y > 2.6 * line.size
        full = previous.shortfall < 1.3 and previous.indent < 2.6 and not line.centred
        return far or terminal or not (line.centred or full) or bool(_TITLE_ENDS.search(previous.text) and not full and not line.text.startswith(("（", "(")))
    if line.centred or line.right_hand or previous.right_hand or previous.centred:
        # A wrapped line may happen to lie in the middle: only the start of the next one tells.
        return not (previous.indent < 2.8 and previous.shortfall < 1.3 and not terminal and line.indent < 0.8)
    if pitch and same_column and (line.y - previous.y) / previous.size > 1.7 * pitch:
        return True
    if line.indent > 0.8:
        level = abs(line.x0 - previous.x0) < 0.5 * line.size
        hanging = not 1.4 < line.indent < 2.8 or level or not indented
        return not (hanging and previous.shortfall < 1.5 and not terminal and not heading)
    if heading and (terminal or previous.shortfall > 1.3):
        return not (_unbalanced(paragraph) and not terminal)
    if previous.shortfall < 1.3:
        return heading and terminal and not indented
    if terminal:  # an opening bracket may not end a line: 。 ends one a little short, （… goes on in the next
        return not (indented and previous.shortfall < (2.6 if line.text[0] in _OPENERS else 2.0))
    if previous.shortfall < 4 or _unbalanced(paragraph):
        return False
    return not indented or previous.shortfall > 0.6 * (previous.right - previous.left) / previous.size


def joined(paragraph: Sequence[Line]) -> str:
    """The text of a paragraph's lines: nothing between Chinese characters, a space between Latin words."""
    parts: list[str] = []
    for line in paragraph:
        text = line.text.strip()
        if parts and text and parts[-1][-1].isascii() and parts[-1][-1].isalpha() and text[0].isascii() and text[0].isalpha():
            parts.append(" ")
        if text:
            parts.append(text)
    return "".join(parts)
