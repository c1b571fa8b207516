"""How the pages say what records hold: reasons, figures, shares, in the language of the reader."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_SIGNS = {">=": "≥", "<=": "≤", "=": "", "==": ""}


@cache
def _phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = (Path(__file__).resolve().parent.parent / "templates" / "reasons.toml").read_text("utf-8")
    return tuple((re.compile(row["reason"]), row["chinese"]) for row in tomllib.loads(text)["phrase"])


def reason_in(lang: str, reason: str) -> str:
    """A record's reason in a language; one that no phrase covers stays as it is.

    >>> reason_in("zh", "并销号 is left out, but 力争")
    '未写“并销号”，但加了“力争”'
    """
    if lang == "en":
        return reason
    for pattern, chinese in _phrases():
        found = pattern.fullmatch(reason)
        if found is not None:
            for number, part in enumerate(found.groups(), 1):
                chinese = chinese.replace(f"\\{number}", reason_in(lang, part))
            return chinese
    return reason


def percent(value: float) -> str:
    """A share from 0 to 1; what is not quite nothing or everything is not rounded to it.

    >>> percent(0.9987), percent(1.0), percent(0.716)
    ('>99%', '100%', '72%')
    """
    if 0.995 <= value < 1:
        return ">99%"
    if 0 < value < 0.005:
        return "<1%"
    return f"{100 * float(value):.0f}%"


def figure(target: Mapping[str, Any] | Any) -> str:
    """The value of a target as it is read: its sign, number and unit, or its state.

    >>> figure({"comparator": ">=", "value": 90, "unit": "%", "state": None})
    '≥90%'
    """
    row = target if isinstance(target, Mapping) else {k: getattr(target, k) for k in ("comparator", "value", "unit", "state")}
    if row["value"] is None:
        return str(row["state"] or "")
    sign = row["comparator"] or ""
    return f"{_SIGNS.get(sign, sign)}{row['value']}{row['unit'] or ''}"
