"""cite."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from policygraph.cli.output import DATA, DataOption, opened
from policygraph.errors import UsageError


def register(app: typer.Typer) -> None:
    app.command()(cite)


def cite(
    identifiers: Annotated[list[str], typer.Argument(metavar="ID…", help="Documents (id, number or title), clauses, links.")],
    format: Annotated[str, typer.Option(help="gbt7714, bibtex, ris, csl-json, or words (as a text names it).")] = "gbt7714",  # noqa: A002
    accessed: Annotated[str | None, typer.Option(help="Day of access: 2026-01-31 [default: today].", show_default=False)] = None,
    data: DataOption = DATA,
) -> None:
    """Cite documents, clauses and links: GB/T 7714, BibTeX, RIS, CSL-JSON."""
    try:
        day = date.fromisoformat(accessed) if accessed else None
    except ValueError as error:
        raise UsageError(f"--accessed: {accessed!r} is no date.", remedy="Dates are written 2026-01-31.") from error
    with opened(data) as graph:
        typer.echo(graph.cite(*identifiers, format=format, accessed=day), nl=False)
