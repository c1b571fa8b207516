"""A source file's text, and the cleaned reading of any part of it that never loses the way back."""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from policygraph.read.places import Places


def _fold_table() -> dict[int, int]:
    table = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width ASCII
    table |= {ord(a): ord(b) for a, b in zip("（），；：！？", "（），；：！？", strict=True)}
    table |= {ord(a): ord(b) for a, b in zip("(),;:!?", "（），；：！？", strict=True)}
    table |= {ord(a): ord(b) for a, b in zip("［］[]﹝﹞【】「」『』﹪µ–﹣", "〔〕〔〕〔〕〔〕“”“”%μ-－", strict=True)}
    table |= {ord("－"): ord("-")}
    # Fonts whose codes are those of GB 2312 (ꎬ is U+A3AC, and A3AC the comma), and its full stop, which stands for 。
    table |= {code: table.get(code - 0xA380, code - 0xA380) for code in range(0xA3A1, 0xA3FF)} | {0xA3AE: ord("。")}
    table |= {ord("«"): ord("《"), ord("»"): ord("》"), 0x1001B0: ord(".")}  # the last: the decimal point of the same fonts
    for code in range(0x2E80, 0x2FE0):  # radicals that PDF fonts use for characters
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and ord(plain) != code:
            table[code] = ord(plain)
    return table


_FOLD = {old: new for code, folded in _fold_table().items() if (old := chr(code)) != (new := chr(folded))}
_FOLDED = re.compile(f"[{re.escape(''.join(_FOLD))}]")
#: The characters of simplified writing and its punctuation: what most texts are made of.
_COMMON = frozenset(bytes(b for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF) for b in (row, cell)).decode("gb2312", "ignore"))
_COMMON |= frozenset(map(chr, range(128))) | frozenset("—·〇")
_NUMBER_COMMA = re.compile(r"[,，](?<=[0-9０-９].)(?=[0-9０-９]{3}(?![0-9０-９]))")


#: A point that ends a Chinese sentence (取得新成效.以强化…), as some texts write it throughout; 一.总体要求 is a number.
_FULL_STOP = re.compile(
    r"\.(?:(?<=[\u4e00-\u9fff%”》］].)|(?<=[^\d]）.))(?<![^\u4e00-\u9fff][一二三四五六七八九十]\.)(?<!^[一二三四五六七八九十]\.)(?<![一二三四五六七八九十第栏篇章节表图][一二三四五六七八九十]\.)"
    r"(?=[\u4e00-\u9fff“《（]|20\d\d年|$)"
)


def fold(text: str) -> str:
    """The same number of characters; width, punctuation and script made one: what patterns are matched against.

    >>> fold("２０２５年(年底),达95％")
    '2025年（年底），达95%'
    >>> fold("到2025年，長江經濟帶岸電使用量")
    '到2025年，长江经济带岸电使用量'
    >>> fold("完成改造ꎬ加强监管ꎮ责任单位ꎺ省水利厅ꎻ«方案»")
    '完成改造，加强监管。责任单位：省水利厅；《方案》'
    >>> fold("一.取得新成效.以治气为重点.到95％.2021年降到0.5")
    '一.取得新成效。以治气为重点。到95%。2021年降到0.5'
    """
    folded = _FOLDED.sub(lambda match: _FOLD[match[0]], text)
    if not _COMMON.issuperset(folded):
        from policygraph.read.traditional import simplified

        folded = simplified(folded)
    if "." in folded:
        folded = _FULL_STOP.sub("。", folded)
    if "，" in folded and _NUMBER_COMMA.search(text):
        at = {m.start() for m in _NUMBER_COMMA.finditer(text)}
        folded = "".join("," if i in at else c for i, c in enumerate(folded))
    return folded


# What is no part of the policy text. Each alternative only ever takes characters away.
_NOISE = re.compile(
    r"""
    (?=[\[\ufeff\u200b-\u200f\u2060\u00ad\s\#*<$_^{}\\–—―－-])           # how each of them begins
    (?:
      \[bookmark:[^\]\n]*\]                                        # Word bookmarks: [bookmark: _GoBack]
    | [\ufeff\u200b-\u200f\u2060\u00ad]+                           # marks without width
    | (?:(?<=[\n\f])|[ \t\r]{0,40}(?:[\n\f]\s{0,200}?)?[\n\f])[ \t\u3000\f]*+[-–—―－]{1,2}[ \t]*\d{1,4}[ \t]*[-–—―－]{1,2}[ \t\f]*(?=[\r\n\f])   # page number: — 10 —
    | (?<=[。；])—[ ]?\d{1,3}[ ]?—(?=[\u4e00-\u9fff（])              # the same where the line breaks were lost
    | (?<![0-9A-Za-z#])\#{1,6}[ \t]+                                # Markdown heading marks, wherever a part begins
    | <!--(?:(?!-->)[\s\S]){0,2000}-->                               # comments of Markdown and HTML
    | \*\*
    | </?(?:sub|sup|b|strong|em|i|u|br)[ ]*/?>                      # Markdown lets HTML through: VOC<sub>s</sub>
    | \$ | [_^](?=[{0-9]) | [{}] | \\(?:mathrm|text|rm)\b            # LaTeX: $PM_{2.5}$
    | \s+
    )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A cleaned stretch of source text: `text`, its folded twin of the same length, and the source offset of each
    character in `at`."""

    text: str
    folded: str
    at: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Source offsets of `text[start:end]`; the stretch must not be empty."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no characters {start}:{end} in a reading of {len(self.text)}")
        return self.at[start], self.at[end - 1] + 1

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """The part of `text` that lies inside source offsets `start` to `end`."""
        return bisect.bisect_left(self.at, start), bisect.bisect_left(self.at, end)

    def part(self, start: int, end: int) -> Reading:
        """The reading of `text[start:end]`."""
        return Reading(self.text[start:end], self.folded[start:end], self.at[start:end])


#: 第十条 为了…: the space behind the number of an article. Wherever it stands: a part of a text is read as in the whole.
_AFTER_ARTICLE = re.compile(r"第[一二三四五六七八九十百千零〇\d]{1,9}条(?:之[一二三四五六七八九十]{1,3})?[ \t\u3000]{1,8}(?=[\u4e00-\u9fff《“])")


def _word(char: str) -> str:
    """The class of a character for deciding whether a space before or after it is meant: letter, digit or none."""
    if "a" <= char <= "z" or "A" <= char <= "Z":
        return "letter"
    return "digit" if "0" <= char <= "9" else ""


def reading(text: str, start: int = 0, end: int | None = None) -> Reading:
    """The cleaned reading of `text[start:end]`: noise and white space go, every other character stays and keeps its
    offset. A space between two Latin words, between two numbers, or behind the number of an article is kept as one space; a line break there
    is kept only inside a run of small letters, since elsewhere it ends a line of its own (附件1, then 1.…).

    >>> reading("到 2025 年\\n\\n— 10 —\\n\\n底").text
    '到2025年底'
    >>> reading("第十条  为了加强 管理").text
    '第十条 为了加强管理'
    >>> reading("年均浓度( $PM_{2.5}$ )").text
    '年均浓度(PM2.5)'
    """
    stop = len(text) if end is None else end
    stretch = text[start:stop]
    drop = [m.span() for m in _NOISE.finditer(stretch)]
    kept = {m.end() for m in _AFTER_ARTICLE.finditer(stretch)} if "条" in stretch else set()
    chars: list[str] = []
    at: list[int] = []
    position = 0
    spaced = broken = False
    for a, b in [*drop, (len(stretch), len(stretch))]:
        if a > position:
            run = stretch[position:a]
            if position in kept or spaced and chars and _word(run[0]) and _word(run[0]) == _word(chars[-1][-1]) and not (broken and not (run[0] + chars[-1][-1]).islower()):
                chars.append(" ")
                at.append(start + position - 1)
            chars.append(run)
            at.extend(range(start + position, start + a))
            spaced = broken = False
        if b > position:
            position = b
        if b > a and stretch[b - 1].isspace():
            spaced = True
            broken = broken or any(char in stretch[a:b] for char in "\n\r\f\v\u2028")
    cleaned = "".join(chars)
    return Reading(cleaned, fold(cleaned), at)


@lru_cache(maxsize=1)
def _last_reading(text: str, start: int, end: int) -> Reading:
    """`reading`; the segmenter and the extractor ask for the same one."""
    return reading(text, start, end)


def clean(text: str) -> str:
    """The text alone of `reading(text)`."""
    return reading(text).text


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A table cell: its row and column from 0, its span in the source text."""

    row: int
    column: int
    start: int
    end: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table found by a reader; cells in reading order."""

    start: int
    end: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """What a reader gives: the stored text of one file, and what the file says of itself.

    `text` is the decoded text as it stands for text files (newlines as in the file); for PDF, DOCX, HTML … the text
    that the reader makes, one paragraph a line, which the release stores. `paragraphs_known` tells the segmenter that
    each line is a whole paragraph, so that nothing has to be joined. Numbers that a word processor makes are
    written into the text by the reader. `places` say where the characters stand on the pages of a PDF or a scan.
    """

    name: str
    sha256: str
    text: str
    encoding: str = "utf-8"
    media_type: str = "text/plain"
    paragraphs_known: bool = False
    tables: tuple[Table, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    ocr: bool = False
    warnings: tuple[str, ...] = ()
    places: Places | None = None

    def reading(self, start: int = 0, end: int | None = None) -> Reading:
        return _last_reading(self.text, start, len(self.text) if end is None else end)
