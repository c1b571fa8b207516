"""Numbers of items as people write them: 第十条, 第10项, （十）, item 10, tenth item."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"]
_CARDINALS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
_NOUN = r"(?:items?|articles?|clauses?|points?|measures?|sections?|no\.?|number|#)"
_ITEM = re.compile(
    r"第\s*(?P<a>[零〇一二两三四五六七八九十百]+|\d{1,3})\s*(?:大)?(?P<unit>条|项|点|款)"
    r"|[（(]\s*(?P<b>[一二三四五六七八九十百]+|\d{1,3})\s*[)）]"
    rf"|\b{_NOUN}\s*(?:no\.?|number|#)?\s*[（(]?(?P<c>\d{{1,3}}|{'|'.join(_CARDINALS)})\b[)）]?"
    rf"|\b(?:the\s+)?(?P<d>\d{{1,3}})(?:st|nd|rd|th)\s+(?:[a-z]+\s+)?{_NOUN}"
    rf"|\b(?P<e>{'|'.join(_ORDINALS)})\s+(?:[a-z]+\s+)?{_NOUN}"
    r"|(?<![\d年月第])(?P<f>\d{1,3})\s*(?:号?条|号?项)(?!目)",
)


@dataclass(frozen=True, slots=True)
class ItemMention:
    """An item's number and where the question names it; `unit` is 条, 项 … or empty."""

    number: int
    start: int
    end: int
    unit: str = ""


def numeral(text: str) -> int | None:
    """The value of a Chinese or Arabic numeral, brackets and 第…条 around it aside.

    >>> [numeral(t) for t in ("（十）", "三十八", "第一百零二条", "10", "甲")]
    [10, 38, 102, 10, None]
    """
    digits = re.search(r"\d+", text)
    if digits:
        return int(digits.group())
    run = re.search(r"[零〇一二两三四五六七八九十百]+", text)
    if not run:
        return None
    total, digit = 0, 0
    for char in run.group():
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def item_mentions(question: str) -> tuple[ItemMention, ...]:
    """Items that a question (in lower case) names, in order.

    >>> item_mentions("四川哪一条落实国家方案第十条？")[0].number
    10
    >>> [m.number for m in item_mentions("which sichuan clause implements item 10 of the national plan?")]
    [10]
    """
    found = []
    for match in _ITEM.finditer(question):
        group, text = next((name, value) for name, value in match.groupdict().items() if value and name != "unit")
        if group == "e":
            number: int | None = _ORDINALS.index(text) + 1
        elif text in _CARDINALS:
            number = _CARDINALS.index(text) + 1
        else:
            number = numeral(text)
        if number is not None:
            found.append(ItemMention(number, match.start(), match.end(), match.group("unit") or ""))
    return tuple(found)
