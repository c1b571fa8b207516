"""The errors of policygraph: few, told apart by what the caller can do about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Names that a message lists: more are counted.
_LISTED = 10


class PolicyGraphError(Exception):
    """Base of every error raised on purpose.

    The message names the value, where it was met, and the way out. `remedy` repeats the way out alone, for edges that
    show it apart (HTTP problem details).
    """

    #: Exit status of the command line for this error.
    exit_status = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip() if remedy else message)
        self.message = message
        self.remedy = remedy


class InputError(PolicyGraphError):
    """A file or folder that cannot be read as policy text; other inputs are not affected."""


class UsageError(PolicyGraphError):
    """A wrong argument: mend the call."""

    exit_status = 2


class NotFoundError(PolicyGraphError):
    """A document, clause, agency … that the release does not hold; the message lists what it does hold."""


class QueryError(PolicyGraphError):
    """A query that cannot be parsed or is refused before it runs."""


class LimitError(PolicyGraphError):
    """A limit of the settings table stopped the work; the message names the setting."""


class ReleaseError(PolicyGraphError):
    """No usable release in the data folder, or one that this program version cannot open."""


class EncoderError(PolicyGraphError):
    """The sentence encoder cannot be used: missing package, missing weights, or another one than the index was made with."""


def some_of(names: Iterable[str]) -> str:
    """The names as a message lists them: the first ten, and how many more there are.

    >>> some_of(["长江保护法", "黄河保护法"])
    '长江保护法, 黄河保护法'
    """
    known = list(names)
    more = f" and {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
    return (", ".join(known[:_LISTED]) or "none") + more


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An input of which nothing could be taken, and why."""

    source: str
    reason: str
    remedy: str = ""
