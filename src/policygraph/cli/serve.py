"""serve, push: the service owner's commands."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of the service."""
    del app
