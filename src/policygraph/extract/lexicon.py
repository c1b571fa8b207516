"""The word lists of the time, quantity and target grammars, read once from the vocabulary folder."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from policygraph.errors import ReleaseError
from policygraph.program import VOCABULARY


@cache
def lexicon(name: str) -> dict[str, Any]:
    """The JSON vocabulary `name` (`periods`, `units`, `indicators`, `target-words`)."""
    path = VOCABULARY / f"{name}.json"
    try:
        loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ReleaseError(
            f"The vocabulary {path.name} is missing ({path}).", remedy="Install the package again."
        ) from error
    return loaded


@cache
def any_of(name: str, key: str) -> str:
    """A pattern for any word of a list, longest first, without a group around it."""
    return "|".join(re.escape(word) for word in sorted(lexicon(name)[key], key=len, reverse=True))


# A plan period keeps its marks (“十四五”); every other name, title or saying is hidden.
_NAMES = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》|“(?!十[一二三四五六七八九]?五”)[^“”]*”")
_ASIDES = re.compile(r"（[^（）]*(?:（[^（）]*）[^（）]*)*）|〔[^〔〕]*〕|【[^【】]*】")
HIDDEN = "□"


def hide_names(folded: str) -> str:
    """The text with titles and quoted words blanked out, character for character: nothing in a name is a promise.

    >>> hide_names("落实《2030年方案》，“十四五”期间")
    '落实□□□□□□□□□，“十四五”期间'
    """
    if "《" not in folded and "“" not in folded:
        return folded
    return _NAMES.sub(lambda m: HIDDEN * (m.end() - m.start()), folded)


def hide_asides(folded: str) -> str:
    """The text with everything in brackets blanked out, character for character."""
    if "（" not in folded and "〔" not in folded and "【" not in folded:
        return folded
    return _ASIDES.sub(lambda m: HIDDEN * (m.end() - m.start()), folded)
