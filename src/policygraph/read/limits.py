"""Bounds on what a reader takes in. A file that breaks one is refused, the other files are not affected."""

from __future__ import annotations

import re

from policygraph.errors import InputError
from policygraph.settings import SETTING, Settings

#: The size that `read_seconds` is said for; larger files get more of it, so that the limit stops what is slow, not what
#: is long.
_SECONDS_PER = 10 * 1024**2
_LINE = re.compile(r"\S[^\r\n\f\u2028]*")


def refused(setting: str, *, settings: Settings, name: str, why: str) -> InputError:
    """The error for a file that a limit stops: the file, the reason, the limit, and how to raise it.

    >>> print(refused("pages", settings=Settings(), name="a.pdf", why="it has 10000 pages").message)
    a.pdf: it has 10000 pages; limit pages = 3000.
    """
    row = SETTING[setting]
    return InputError(
        f"{name}: {why}; limit {setting} = {row.show(getattr(settings, setting))}.",
        remedy=f"Raise it with {row.option} or {row.variable}, or split the file.",
    )


def check_size(data: bytes, *, name: str, settings: Settings) -> None:
    """Refuses a file that is larger than `file_bytes`."""
    if len(data) > settings.file_bytes:
        raise refused("file_bytes", settings=settings, name=name, why=f"it has {len(data)} bytes")


def check_text(text: str, *, name: str, settings: Settings) -> None:
    """Refuses a text that is longer than `file_characters` or has more lines than `file_paragraphs`."""
    if len(text) > settings.file_characters:
        raise refused("file_characters", settings=settings, name=name, why=f"it has {len(text)} characters")
    lines = sum(1 for _ in _LINE.finditer(text))
    if lines > settings.file_paragraphs:
        raise refused("file_paragraphs", settings=settings, name=name, why=f"it has {lines} paragraphs")


def parse_seconds(size: int, *, settings: Settings) -> float:
    """Processor time that parsing `size` bytes may take: `read_seconds` for each 10 MB begun."""
    return settings.read_seconds * max(1, -(-size // _SECONDS_PER))
