"""How the pages say what records hold: reasons, figures, shares, in the language of the reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from policygraph.report.reasons import phrased

_PROBLEMS = Path(__file__).resolve().parent.parent / "templates" / "problems.toml"
_VERDICTS = _PROBLEMS.with_name("verify.toml")
_PATH = re.compile(r"(?<![\w/])/(?:[a-z][\w/?=&%.~-]*\w)?")
_SIGNS = {">=": "≥", "<=": "≤", "=": "", "==": ""}


def problem_in(lang: str, said: str) -> str | None:
    """What an error says, in a language; None where Chinese has no words for it.

    >>> problem_in("zh", "limit: Input should be greater than or equal to 1; by: Field required")
    '参数 limit 不能小于1。缺少参数 by。'
    """
    if lang == "en" or not said:
        return said
    parts = [phrased(_PROBLEMS, part, lang=lang) for part in said.split("; ")]
    return None if None in parts else "".join(part or "" for part in parts)


def verdict_in(lang: str, said: str) -> str:
    """Why a claim of a verified text is as it is, in a language; what has no words in it stays English.

    >>> verdict_in("zh", "Another day: 2025-12-31.")
    '期限不同：原文为2025-12-31。'
    """
    return said if lang == "en" else phrased(_VERDICTS, said, lang=lang) or said


def linked(said: str, *, root: str = "") -> Markup:
    """Text whose paths (/documents) are links, under `root`.

    >>> linked("请看 /docs 。")
    Markup('请看 <a href="/docs">/docs</a> 。')
    >>> linked("See /clauses?document=a.")
    Markup('See <a href="/clauses?document=a">/clauses?document=a</a>.')
    """
    pieces, at = Markup(""), 0
    for path in _PATH.finditer(said):
        pieces += said[at : path.start()] + Markup('<a href="{1}{0}">{0}</a>').format(path.group(), root)
        at = path.end()
    return pieces + said[at:]


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
