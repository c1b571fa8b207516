"""verify."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policygraph.cli.output import DATA, DataOption, JsonOption, opened, parsed, print_json, print_table, with_settings

if TYPE_CHECKING:
    from policygraph.settings import Settings

#: Bytes that a character takes at most in an encoding that is read.
_WIDEST = 4
#: What the exit status of the command says: 0 everything found, 1 something not, so that a script can stop on it.
_FINE = ("found",)


def register(app: typer.Typer) -> None:
    app.command()(verify)


@with_settings("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="A report, news item or answer in any format that is read; - reads text from standard input.")],
    document: Annotated[str | None, typer.Option(help="What the text speaks of where it names no document: its id, number or title.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
    *,
    limits: dict[str, str | None],
) -> None:
    """Check what a text says of the documents: quotations, numbers, titles, items, figures, days, bodies. Ends with 0 only
    if all of it was found."""
    from policygraph.table import Table

    settings = parsed(**limits)
    text = _text_of(file, settings=settings)
    with opened(data, settings=settings) as graph:
        found = graph.verify(text, document=document)
    if as_json:
        print_json(found)
    else:
        rows = [
            {"status": c.status, "claim": c.kind, "text": c.text, "reason": c.reason, "says": c.says or "", "where": c.where.citation if c.where else "",
             "document": c.where.document if c.where else "", "start": c.where.start if c.where else "", "end": c.where.end if c.where else ""}
            for c in found.claims
        ]  # fmt: skip
        columns = ("status", "claim", "text", "reason", "says", "where")
        if rows:
            print_table(Table(rows), columns=columns if sys.stdout.isatty() else (*columns, "document", "start", "end"))
        for sentence in found.unread:
            typer.echo(f"not read: {sentence.text}", err=True)
        typer.echo(f"{found.outcome}: {found.message}", err=True)
    if found.outcome not in _FINE:
        raise typer.Exit(1)


def _text_of(file: Path, *, settings: Settings) -> str:
    from policygraph.read import read_bytes, read_file
    from policygraph.settings import limit_reached

    if str(file) != "-":
        return read_file(file, settings=settings).text
    most = settings.verify_characters * _WIDEST
    data = sys.stdin.buffer.read(most + 1)
    if len(data) > most:
        raise limit_reached("verify_characters", settings=settings, what="The text is too long to verify")
    return read_bytes(data, name="standard input", settings=settings).text
