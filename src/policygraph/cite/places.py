"""The place of a clause in its document, in the numbers and words that are printed there."""

from __future__ import annotations

import re

from policygraph.align.library import Library
from policygraph.model import Clause

#: Characters that name a paragraph, unless its neighbours begin with the same.
_FEWEST = 4
_TRAILING = "、.．，： "
_MARKS = re.compile(r"^[“”\"'（(《\s]+")


def printed_place(clause: Clause, library: Library) -> str:
    """Section and paragraph as printed: 三（一）“深入推进…”段, 第七条第（三）项, 第八条第二款; empty for what stands alone."""
    chain = [clause]
    while parent := library.clauses.get(chain[0].parent or ""):
        chain.insert(0, parent)
    said, article = "", False
    for node in chain:
        number = "" if not node.number or set(node.number) <= set("—-·•●■◆ ") else node.number.strip().rstrip(_TRAILING)
        if node.type == "article" and number:
            said, article = number, True  # the articles of a document are counted through, whatever chapter they are in
        elif article and number:
            said += f"第{number}{'项' if node.type == 'item' else '目'}" if not number.startswith("第") else number
        elif number:
            said += f".{number}" if said[-1:].isdigit() and number[0].isdigit() else number
        elif not node.leaf and node.heading:
            said += f"“{node.heading}”"
        elif node.leaf:
            said += _paragraph(node, library, article=article)
    return said


def _paragraph(clause: Clause, library: Library, *, article: bool) -> str:
    """What tells a paragraph without a number from its neighbours; nothing for one that has none."""
    parent = clause.parent or ""
    siblings = [each for each in library.of[clause.document].clauses if (each.parent or "") == parent]
    leaves = [each for each in siblings if each.leaf and not each.number]
    if parent and len(siblings) == 1:
        return ""
    if article:
        return f"第{_han(leaves.index(clause) + 1)}款" if clause in leaves else ""
    words = _name(clause)
    others = [_name(each) for each in siblings if each.id != clause.id]
    length = _FEWEST
    while length < len(words) and (any(other[:length] == words[:length] for other in others) or words[length - 1 : length + 1].isdigit()):
        length += 1
    return f"“{words[:length]}{'…' if length < len(words) else ''}”段"


def _name(clause: Clause) -> str:
    return _MARKS.sub("", clause.lead or clause.heading or clause.text)


def _han(number: int) -> str:
    """A number up to 99 in Chinese.

    >>> [_han(n) for n in (2, 10, 12, 21)]
    ['二', '十', '十二', '二十一']
    """
    digits = "〇一二三四五六七八九"
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十") + (digits[ones] if ones or not tens else "")
