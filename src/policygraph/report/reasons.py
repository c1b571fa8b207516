"""Why a record is as it is, in the language of the reader."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_REASONS = Path(__file__).with_name("reasons.toml")


@cache
def _phrases(table: Path, lang: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = tomllib.loads(table.read_text("utf-8"))["phrase"]
    name = "english" if lang == "en" else "chinese"
    return tuple((re.compile(row["reason"]), row[name]) for row in rows if name in row)


def reason_in(lang: str, reason: str, *, place: str = "") -> str:
    """A record's reason in a language; one that no phrase covers stays as it is. `place` is who leaves a word out.

    >>> reason_in("zh", "并销号 is left out, but 力争", place="四川")
    '四川未写“并销号”，但加了“力争”'
    >>> reason_in("en", "并销号 is left out", place="Sichuan")
    'Sichuan leaves out “并销号”'
    """
    return phrased(_REASONS, reason, lang=lang, place=place) or reason


def phrased(table: Path, said: str, *, lang: str, place: str = "") -> str | None:
    """What a table of phrases puts in place of a text, None where none of them covers it."""
    for pattern, phrase in _phrases(table, lang):
        found = pattern.fullmatch(said)
        if found is None or ("{place}" in phrase and lang == "en" and not place):
            continue
        for number, part in enumerate(found.groups(""), 1):
            if f"\\{number}" in phrase:
                phrase = phrase.replace(f"\\{number}", phrased(table, part, lang=lang, place=place) or part)
                place = "" if place and place in phrase else place
        return phrase.replace("{place}", place)
    return None
