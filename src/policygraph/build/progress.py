"""How far a build is: what stages tell, and whoever watches is told."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told how far a build is: `done` of `total` in a stage."""

    def __call__(self, stage: str, *, done: int, total: int) -> None: ...


def silent(stage: str, *, done: int, total: int) -> None:
    """The progress of a build that nobody watches."""
