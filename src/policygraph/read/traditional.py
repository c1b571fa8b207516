"""Traditional characters read as simplified ones, one for one, so that offsets hold.

Only characters that simplified writing does not use are folded: 乾 and 薹 stay, because 乾坤 and 菜薹 are simplified
too, while 後 and 於 are in its character set and in no modern text.
"""

from __future__ import annotations

import re
from functools import cache

_BLOCKS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))
_SIMPLIFIED_SET = "gb2312"
_STILL_TRADITIONAL = frozenset("後於夥徵菸麽醣")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_BETWEEN = re.compile(r"(?<=[㐀-鿿]) +(?=[㐀-鿿\d])|(?<=\d) +(?=[㐀-鿿])")


def folded(text: str) -> str:
    """A text as words are looked for in it: lower case, full-width forms made plain, traditional characters simplified,
    spaces around Chinese characters taken out."""
    plain = " ".join(text.translate(_folding()).lower().split())
    return _BETWEEN.sub("", plain)


@cache
def _folding() -> dict[int, int]:
    return simplified_table() | _WIDE


@cache
def simplified_table() -> dict[int, int]:
    """A translation table from traditional to simplified characters; made once from OpenCC's dictionary."""
    from opencc import OpenCC

    characters = [chr(code) for block in _BLOCKS for code in block]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {
        ord(old): ord(new)
        for old, new in zip(characters, converted, strict=True)
        if old != new and len(new) == 1 and not _is_simplified(old)
    }


@cache
def _traditional() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, simplified_table()))}]")


def _is_simplified(char: str) -> bool:
    if char in _STILL_TRADITIONAL:
        return False
    try:
        char.encode(_SIMPLIFIED_SET)
    except UnicodeEncodeError:
        return False
    return True


def simplified(text: str) -> str:
    """`text` with traditional characters as simplified ones; the same number of characters.

    >>> simplified("關於推進長江經濟帶發展的顯著成效")
    '关于推进长江经济带发展的显著成效'
    """
    table = simplified_table()
    return _traditional().sub(lambda match: chr(table[ord(match[0])]), text)


def is_traditional(text: str) -> bool:
    """Whether a text is written in traditional characters (more than 3 in 100 of its first 20,000)."""
    sample = text[:20_000]
    table = simplified_table()
    return sum(1 for char in sample if ord(char) in table) > 0.03 * max(len(sample), 1)
