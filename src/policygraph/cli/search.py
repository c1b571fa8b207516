"""search, similar: the search owner's commands."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands on search."""
    del app
