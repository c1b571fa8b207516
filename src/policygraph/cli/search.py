"""search, similar."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from policygraph.cli.output import DATA, DataOption, JsonOption, opened, parsed, print_json, with_settings

if TYPE_CHECKING:
    from rich.text import Text

    from policygraph.search import Hit, SearchResult

_Limit = Annotated[int | None, typer.Option(min=1, help="How many hits [default: the setting hits].", show_default=False)]
_Offset = Annotated[int, typer.Option(min=0, help="How many hits to leave out first.")]
_Region = Annotated[str | None, typer.Option(help="Only documents of this region (四川, Sichuan or 510000).")]
_Document = Annotated[str | None, typer.Option(help="Only this document: its id, or part of its title.")]
#: The width of the column of clause ids, which break after a slash.
_CLAUSE = 26


def register(app: typer.Typer) -> None:
    """Add the commands on search."""
    app.command()(search)
    app.command()(similar)


@with_settings("index", "encoder")
def search(
    query: Annotated[str, typer.Argument(help="Words or a question, in Chinese or English: 岸电")],
    limit: _Limit = None,
    offset: _Offset = 0,
    region: _Region = None,
    document: _Document = None,
    kind: Annotated[str | None, typer.Option(help="Only clauses of this kind (measure, goal, safeguard …).")] = None,
    agency: Annotated[str | None, typer.Option(help="Only clauses that give this agency a role.")] = None,
    role: Annotated[str | None, typer.Option(help="The role: lead, responsible, cooperate, participate, implement.")] = None,
    due_by: Annotated[str | None, typer.Option(help="Only clauses with something due by this day: 2023-12-31.")] = None,
    indicator: Annotated[str | None, typer.Option(help="Only clauses with a target for this indicator.")] = None,
    modality: Annotated[str | None, typer.Option(help="Only clauses with a task that is mandatory, encouraged …")] = None,
    parse: Annotated[bool, typer.Option("--parse/--no-parse", help="Understand conditions in the words of the query.")] = True,
    data: DataOption = DATA,
    as_json: JsonOption = False,
    *,
    limits: dict[str, str | None],
) -> None:
    """Find clauses by meaning, in Chinese or English; say so when nothing answers."""
    with opened(data, settings=parsed(**limits)) as graph:
        found = graph.search(
            query, limit=limit, offset=offset, region=region, document=document, kind=kind, agency=agency, role=role,
            due_by=due_by, indicator=indicator, modality=modality, parse=parse,
        )  # fmt: skip
    _print(found, as_json=as_json)


@with_settings("index", "encoder")
def similar(
    clause: Annotated[str, typer.Argument(help="The id of a clause.")],
    limit: _Limit = None,
    offset: _Offset = 0,
    region: _Region = None,
    document: _Document = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
    *,
    limits: dict[str, str | None],
) -> None:
    """Find the clauses nearest in meaning to a clause."""
    with opened(data, settings=parsed(**limits)) as graph:
        found = graph.similar(clause, limit=limit, offset=offset, document=document, region=region)
    _print(found, as_json=as_json)


def _print(found: SearchResult, *, as_json: bool) -> None:
    if as_json:
        print_json(found.to_dict())
        return
    if found.message:
        typer.echo(found.message, err=True)
    if not sys.stdout.isatty():
        typer.echo("score\tconfidence\tclause\tsource\tstart\tend\ttext")
        for hit in found.hits:
            cells = (hit.score, hit.confidence, hit.clause, hit.source, hit.start, hit.end, hit.text.replace("\t", " "))
            typer.echo("\t".join(map(str, cells)))
        return
    from rich.console import Console
    from rich.table import Table

    from policygraph.cli.grid import broken

    grid = Table(header_style="bold", show_lines=True)
    grid.add_column("clause", no_wrap=True)
    for name in ("sure", "text", "why"):
        grid.add_column(name, overflow="fold")
    for hit in found.hits:
        grid.add_row(broken(hit.clause, _CLAUSE), f"{hit.confidence:.2f}", _marked(hit), "\n".join(reason.text for reason in hit.why))
    console = Console()
    if found.conditions:
        console.print("Understood: " + "; ".join(f"{c.field} = {c.words or c.value}" for c in found.conditions), markup=False)
    console.print(grid)
    last = found.offset + len(found.hits)
    console.print(f"{found.offset + 1}–{last} of {found.total}" if found.hits else "0 hits", markup=False)


def _marked(hit: Hit) -> Text:
    """The best sentence, and what stands around it, with the words of the query marked."""
    from rich.text import Text

    start, end = hit.sentence
    start, end = max(start - 20, 0), min(max(end, start + 80), len(hit.text))
    shown = Text(("…" if start else "") + hit.text[start:end] + ("…" if end < len(hit.text) else ""))
    shift = (1 if start else 0) - start
    for span in hit.highlights:
        a, b = max(span.start, start), min(span.end, end)
        if a < b:
            shown.stylize("bold" if span.kind == "words" else "underline", a + shift, b + shift)
    return shown
