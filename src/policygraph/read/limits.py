"""Bounds on what a reader takes in. A file that breaks one is refused, the other files are not affected."""

from __future__ import annotations

from policygraph.errors import InputError
from policygraph.settings import SETTING, Settings

_SECONDS_PER = 10 * 1024**2


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


def parse_seconds(size: int, *, settings: Settings) -> float:
    """Processor time that parsing `size` bytes may take: `read_seconds` for each 10 MB begun."""
    return settings.read_seconds * max(1, -(-size // _SECONDS_PER))
