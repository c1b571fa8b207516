"""rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from policygraph.cli.output import DATA, DataOption, JsonOption, opened, print_json, print_table

if TYPE_CHECKING:
    from policygraph.release.rules import Rule


def register(app: typer.Typer) -> None:
    app.command()(rules)


def rules(
    name: Annotated[str | None, typer.Argument(help="Only this rule: deadline.bare, or as a record has it: deadline.bare/1.")] = None,
    counts: Annotated[bool, typer.Option("--counts", help="Say how often each fired in the release in service.")] = False,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show what each rule stands for that a record or link names."""
    from policygraph.release import rules as known
    from policygraph.table import Table

    found: Sequence[Rule] = [known.named(name)] if name else known.rules()
    if counts:
        with opened(data) as graph:
            wanted = {rule.id for rule in found}
            found = [rule for rule in graph.rules() if rule.id in wanted or not name]
    if as_json:
        print_json(Table(found).to_dicts())
    elif name:
        _print_one(found[0])
    else:
        rows = [{"rule": r.id, "fired": r.fired, "stands_for": r.stands_for} for r in found]
        print_table(Table(rows), columns=("rule", *(["fired"] if counts else []), "stands_for"))


def _print_one(rule: Rule) -> None:
    from policygraph.release.rules import said

    fired = "" if rule.fired is None else f" It fired {rule.fired} times."
    typer.echo(f"{rule.id}: {rule.stands_for}{fired}")
    if rule.takes:
        if rule.takes.higher:
            typer.echo(f"\nhigher document:\n{rule.takes.higher.strip()}")
        typer.echo(f"\ntakes: {rule.takes.text.strip()}\n  gives {said(rule.takes)}")
    if rule.leaves:
        typer.echo(f"\nleaves: {rule.leaves.text.strip()}\n  {rule.leaves.because}")
