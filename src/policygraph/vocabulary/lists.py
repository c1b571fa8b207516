"""Lists of words that patterns are made of, from the TOML files of the vocabulary folder."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from typing import Any

from policygraph.errors import ReleaseError
from policygraph.program import VOCABULARY


@cache
def lists(name: str) -> dict[str, Any]:
    """The tables of `name`.toml."""
    path = VOCABULARY / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ReleaseError(f"The vocabulary {path.name} is missing ({path}).", remedy="Install the package again.") from error


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first, so that none hides a longer one.

    >>> any_of(["措施", "若干措施"])
    '(?:若干措施|措施)'
    """
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
