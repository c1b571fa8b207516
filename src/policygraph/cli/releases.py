"""releases: list, compare, rollback, prune."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from policygraph.cli.output import DATA, DataOption, JsonOption, print_json, print_table
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings

app = typer.Typer(help="List, compare, roll back and remove releases.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_releases(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List the releases, the newest last."""
    from policygraph.release.changes import list_releases as rows
    from policygraph.table import Table

    found = rows(DataFolder(data))
    if not as_json:
        found = Table(replace(row, program=row.program[:13], encoder=_short(row.encoder)) for row in found)
    print_table(found, columns=("id", "current", "published", "documents", "program", "encoder"), as_json=as_json)


def _short(encoder: str) -> str:
    """An encoder's name and the beginning of its hash."""
    name, _, digest = encoder.rpartition(" ")
    return f"{name} {digest[:8]}" if name else encoder


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="The older release: its id or the beginning of it.")],
    after: Annotated[str | None, typer.Argument(help="The newer one; the one in service when left out.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show which records appeared, changed and vanished between two releases."""
    from policygraph.release.changes import compare as compare_releases

    folder = DataFolder(data)
    newer = folder.release(after) if after else folder.current()
    table = compare_releases(folder.release(before), newer)
    print_table(table, columns=("change", "kind", "id"), as_json=as_json)


@app.command()
def rollback(
    release: Annotated[str | None, typer.Argument(help="The release to return to; the one before when left out.")] = None,
    data: DataOption = DATA,
) -> None:
    """Put an earlier release into service again."""
    folder = DataFolder(data)
    with folder.locked(Settings.load().lock_seconds):
        typer.echo(f"In service: {folder.rollback(release).id}")


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many releases to keep, the one in service among them.")] = 1,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Remove old releases, and from the cache what only they needed; the one in service and those that a process holds
    open stay."""
    from policygraph.cache import Cache

    folder = DataFolder(data)
    folder.current()
    with folder.locked(Settings.load().lock_seconds):
        removed = folder.prune(keep)
        Cache(folder.cache).prune(folder.ids())
    if as_json:
        print_json(removed)
    else:
        typer.echo(f"Removed {len(removed)}: {', '.join(removed)}" if removed else "Nothing to remove.")
