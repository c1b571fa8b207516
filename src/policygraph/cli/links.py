"""implements, implemented-by, coverage, compare, ask: the align owner's commands."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands on links between documents."""
    del app
