"""What the commands share: options, and how results are printed."""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from policygraph.settings import SETTING, SETTINGS, Group, Settings

if TYPE_CHECKING:
    from policygraph.facade import PolicyGraph
    from policygraph.table import Table

DataOption = Annotated[Path, typer.Option("--data", help="The data folder.", envvar="POLICYGRAPH_DATA")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
DATA = Path("data")


def setting(name: str) -> Any:
    """The option of a row of the settings table, with its sentence, default and environment variable."""
    row = SETTING[name]
    return typer.Option(row.option, help=f"{row.sentence} [{row.variable}; default: {row.show()}]", show_default=False)


def with_settings(*groups: Group) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command an option for each row of some groups of the settings table; it gets them as `limits`."""
    rows = [row for group in groups for row in SETTINGS if row.group == group]

    def extended(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            limits = {row.name: given.pop(row.name) for row in rows}
            command(**given, limits=limits)

        hints = get_type_hints(command, include_extras=True)
        own = [p.replace(annotation=hints[p.name]) for p in inspect.signature(command).parameters.values() if p.name != "limits"]
        added = [
            inspect.Parameter(row.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, setting(row.name)])
            for row in rows
        ]
        run.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in (*own, *added)}
        return run

    return extended


def parsed(**texts: str | None) -> Settings:
    """The settings of the environment with options on top, given as the command line's texts."""
    return Settings.load().but(**{name: SETTING[name].parse(text) for name, text in texts.items() if text is not None})


def opened(data: Path, *, settings: Settings | None = None) -> PolicyGraph:
    """The release in service."""
    from policygraph.facade import PolicyGraph

    return PolicyGraph.open(data, settings=settings, tell=lambda said: typer.echo(said, err=True))


def print_json(value: object) -> None:
    """JSON for people and programs: Chinese as it is, records as objects."""
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=1, default=_plain))


def print_table(table: Table[Any], *, columns: Sequence[str], as_json: bool = False, title: str = "") -> None:
    """A table on a terminal; where the output is piped, tab-separated lines with a header. `columns` says which fields
    are worth the width; JSON has them all. What reviewers said stands last, where they said something."""
    from policygraph.table import show

    if as_json:
        print_json(table.to_dicts())
        return
    if not table:
        typer.echo(table.note or "Nothing found.", err=True)
        return
    if "verdict" in table.columns and any(_field(row, "verdict") for row in table):
        columns = (*columns, "verdict")
    cells = ([show(_field(row, name)) for name in columns] for row in table)
    if not sys.stdout.isatty():
        lines = ("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line) for line in cells)
        for stretch in batched(chain(["\t".join(columns)], lines)):
            typer.echo("\n".join(stretch))
        return
    from policygraph.cli.grid import print_grid

    print_grid([*cells], columns=columns, title=title)


def batched(lines: Iterator[str], size: int = 1_000) -> Iterator[list[str]]:
    """The lines, so many at a time."""
    while stretch := list(islice(lines, size)):
        yield stretch


def _field(row: Any, name: str) -> Any:
    return row.get(name) if isinstance(row, dict) else getattr(row, name, None)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "to_dicts"):
        return value.to_dicts()
    return str(value)
