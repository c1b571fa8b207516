"""What is printed with a text and is no provision of it: lines of the web page around it, notes of tables, footnotes,
definitions of indicators."""

from __future__ import annotations

import re
from functools import cache

from policygraph.program import VOCABULARY

#: A line of a page is no longer than that; what is longer says something.
_LONGEST_LINE = 120
_NOTE = re.compile(r"[（〔【]?(?:备?注|表注|图注)(?:\d{1,2})?[：:.．、]|[（〔【]?注\d{1,2}|(?:指标|名词|术语)(?:解释|说明|注释)[：:]|说明[：:](?:本表|表中|\d)|[*＊★△▲]+[^，。]{0,12}(?:为|指|表示|是)|[带标加]有?[“*＊★△〔\[]|(?:数据|资料)来源[：:]")
#: 2地下水国控点位V类水比例指…, ①…包括…: an entry of a note or a footnote.
_ENTRY = re.compile(r"(?:\d{1,2}|[①-⑳]|（\d{1,2}）|\[\d{1,2}\]|〔\d{1,2}〕)[.．、]?")
_DEFINES = re.compile(
    r"[“”\u4e00-\u9fffA-Za-z0-9（）、.·—-]{2,40}?(?:，)?(?:是)?(?:指(?![导示标挥定出引向派数南])|的计算公式|统计口径|包括|不含|不包括|为(?:[五5]年)?累计|为(?:约束性|预期性)|系指|计算公式)"
)


@cache
def _page() -> re.Pattern[str]:
    lines = (VOCABULARY / "debris.txt").read_text("utf-8").splitlines()
    return re.compile("|".join(f"(?:{line})" for line in lines if line and not line.startswith("#")))


def is_debris(folded: str) -> bool:
    """Whether a line belongs to the web page around a text (扫一扫在手机打开当前页) or to its index table.

    >>> is_debris("主办：泸州市人民政府办公室 ICP备05028646号"), is_debris("来源：省生态环境厅"), is_debris("主办单位应当落实安全责任。")
    (True, True, False)
    """
    return len(folded) <= _LONGEST_LINE and _page().match(folded) is not None


def is_note(folded: str, *, after_note: bool, after_table: bool) -> bool:
    """Whether a line is the note of a table, a footnote or the definition of an indicator: 注：带*的为约束性指标. Entries go
    on after a note or a table (`after_note`, `after_table`).

    >>> is_note("注：[]内为五年累计数。", after_note=False, after_table=False)
    True
    >>> is_note("2重点建设用地指用途变更为住宅的地块。", after_note=True, after_table=False)
    True
    """
    if _NOTE.match(folded):
        return True
    if not after_note and not after_table:
        return False
    entry = _ENTRY.match(folded)
    return bool(_DEFINES.match(folded, entry.end() if entry else 0)) and (entry is not None or after_note or len(folded) <= 160)
