"""targets, due, agency, sparql, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policygraph.cli.output import DATA, DataOption, JsonOption, opened, print_json, print_table
from policygraph.errors import UsageError
from policygraph.table import Table

if TYPE_CHECKING:
    from policygraph.facade import PolicyGraph

_SECTIONS = {
    "dated": "By a day", "recurring": "Each year, quarter, month", "event": "After or before an event",
    "from": "From a day on", "open": "Counted from a day that the text does not tell",
}  # fmt: skip
_Document = Annotated[str | None, typer.Option(help="Only this document.")]
_Region = Annotated[str | None, typer.Option(help="Only documents of this region (四川, or 510000).")]


def register(app: typer.Typer) -> None:
    for command in (targets, due, agency, sparql, export):
        app.command()(command)


def targets(
    indicator: Annotated[str | None, typer.Option(help="The indicator, as written or in part: 农膜回收率.")] = None,
    document: _Document = None,
    region: _Region = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """List targets: indicator, comparator, value, unit, deadline."""
    with opened(data) as graph:
        print_table(
            graph.targets(indicator=indicator, document=document, region=region),
            columns=("document", "indicator", "comparator", "value", "unit", "relative", "state", "deadline", "area", "hedge", "text"),
            as_json=as_json,
        )


def due(
    by: Annotated[str | None, typer.Option(help="Last day: 2023-12-31.")] = None,
    since: Annotated[str | None, typer.Option(help="First day.")] = None,
    document: _Document = None,
    region: _Region = None,
    agency: Annotated[str | None, typer.Option(help="Only what this agency has a role in.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """List what is due, soonest first, and who leads it; then what is due each year, after an event, or from a day on."""
    with opened(data) as graph:
        found = graph.due(by=by, since=since, document=document, region=region, agency=agency)
    columns = ("date", "document", "action", "lead", "others", "text")
    if as_json or not found or not sys.stdout.isatty():
        print_table(found, columns=("section", *columns), as_json=as_json)
    else:
        for section, title in _SECTIONS.items():
            if rows := [row for row in found if row.section == section]:
                print_table(Table(rows), columns=columns, title=title)
    if found and found.note:
        typer.echo(found.note, err=True)


def agency(
    name: Annotated[str, typer.Argument(help="The agency: 生态环境厅.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show what an agency leads and supports, and with whom it works."""
    with opened(data) as graph:
        profile = graph.agency(name)
        if as_json:
            print_json({"agencies": profile.agencies, "duties": profile.duties, "partners": profile.partners})
            return
        print_table(profile.duties, columns=("role", "in_text", "document", "heading", "name", "clause"), title=name)
        if sys.stdout.isatty():
            print_table(profile.partners[:15], columns=("name", "together"), title="works most with")


def sparql(
    file: Annotated[Path | None, typer.Argument(help="A file that holds the query; - reads it from standard input.")] = None,
    expression: Annotated[str | None, typer.Option("-e", "--expression", help="The query itself.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Run a SPARQL query on the release."""
    if (file is None) == (expression is None):
        raise UsageError("Give either a FILE or -e QUERY.", remedy="For instance: policygraph sparql -e 'SELECT …'.")
    query = expression if expression is not None else _text_of(file)
    with opened(data) as graph:
        table = graph.sparql(query, before_store=lambda: _tell_of_store(graph))
        print_table(table, columns=table.columns, as_json=as_json)


#: Formats of exports that are written from the graph, not from the columns.
_OF_GRAPH = ("turtle", "nquads", "trig", "jsonld", "annotations")


def _tell_of_store(graph: PolicyGraph) -> None:
    """Say what a minute or more passes with, where a large release has no SPARQL store yet."""
    if not graph.settings.graph_store and not graph.release.store.is_dir():
        typer.echo(f"Making the SPARQL store of {graph.release.manifest.statements:,} statements, once …", err=True)


def _text_of(file: Path | None) -> str:
    if file is None or str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(
            f"{file} cannot be read as a query ({reason}).", remedy="Give a text file in UTF-8, or the query itself with -e."
        ) from error


def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write into.")],
    format: Annotated[  # noqa: A002
        str, typer.Option(help="jsonl, csv, parquet, xlsx, turtle, nquads, trig, jsonld, graphml, agencies (a network, GraphML and GEXF), annotations, tables (tidy, with codebook) or stata (.dta).")
    ] = "jsonl",
    data: DataOption = DATA,
) -> None:
    """Write the release to files."""
    with opened(data) as graph:
        if format in _OF_GRAPH:
            _tell_of_store(graph)
        for path in graph.export(output, format=format):
            typer.echo(str(path))
