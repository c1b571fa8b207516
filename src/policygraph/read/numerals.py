"""Numbers as word processors write them before headings and items."""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"


def chinese(number: int, *, digits: str = _DIGITS, units: tuple[str, ...] = ("", "十", "百", "千")) -> str:
    """A number below 10,000 in Chinese characters; larger ones stay Arabic.

    >>> [chinese(n) for n in (3, 10, 12, 20, 105, 110, 1001)]
    ['三', '十', '十二', '二十', '一百零五', '一百一十', '一千零一']
    """
    if not 0 < number < 10_000:
        return str(number)
    parts: list[str] = []
    zero = False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            parts.append((digits[0] if zero and parts else "") + digits[digit] + units[place])
            zero = False
        else:
            zero = True
    written = "".join(parts)
    return written[1:] if 10 <= number < 20 and digits is _DIGITS else written


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    parts = []
    for value, letters in ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
                           (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        count, number = divmod(number, value)
        parts.append(letters * count)
    return "".join(parts)


def _letter(number: int) -> str:
    return chr(ord("A") + (number - 1) % 26) * min((number - 1) // 26 + 1, 5) if number > 0 else str(number)


def _circled(number: int) -> str:
    return chr(0x245F + number) if 0 < number <= 20 else str(number)


def _legal(number: int) -> str:
    return chinese(number, digits=_LEGAL, units=("", "拾", "佰", "仟"))


#: Word's number formats (w:numFmt, ST_NumberFormat) that Chinese documents use; others are written in Arabic digits.
WRITERS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda n: f"{n:02d}",
    "decimalFullWidth": lambda n: "".join(chr(ord(c) + 0xFEE0) for c in str(n)),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "chineseCounting": chinese,
    "chineseCountingThousand": chinese,
    "taiwaneseCounting": chinese,
    "taiwaneseCountingThousand": chinese,
    "japaneseCounting": chinese,
    "ideographDigital": chinese,
    "japaneseDigitalTenThousand": chinese,
    "chineseLegalSimplified": _legal,
    "upperRoman": _roman,
    "lowerRoman": lambda n: _roman(n).lower(),
    "upperLetter": _letter,
    "lowerLetter": lambda n: _letter(n).lower(),
    "ideographTraditional": lambda n: "甲乙丙丁戊己庚辛壬癸"[n - 1] if 0 < n <= 10 else str(n),
    "none": lambda _: "",
}
