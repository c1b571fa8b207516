"""build, info, audit, add."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policygraph.cli.output import (
    DATA,
    DataOption,
    JsonOption,
    opened,
    parsed,
    print_json,
    print_table,
    with_settings,
)

if TYPE_CHECKING:
    from policygraph.build.pipeline import BuildReport
    from policygraph.release.folder import Manifest
    from policygraph.settings import Settings

_COUNTS = ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations")

#: Verdicts that fit nothing which a build names; policygraph review unfit lists all.
_UNFIT = 5
_LEFT = {
    "neighbours": "{number} pairs of documents of one level on one subject, since too many are on it",
    "alone": "{number} documents in no pair: they rest on nothing here, and nothing here is of their family",
}


def register(app: typer.Typer) -> None:
    app.command()(build)
    app.command()(info)
    app.command()(audit)
    app.command()(add)


@with_settings("build", "read", "encoder", "reader")
def build(
    corpus: Annotated[str, typer.Argument(help="The folder of policy documents, or their place in an object store (s3://bucket/prefix).")] = "corpus",
    data: Annotated[Path, typer.Option("--data", "-o", help="The data folder to publish into.", envvar="POLICYGRAPH_DATA")] = DATA,
    no_encoder: Annotated[bool, typer.Option("--no-encoder", help="Leave out the sentence encoder: search by words alone.")] = False,
    as_json: JsonOption = False,
    *,
    limits: dict[str, str | None],
) -> None:
    """Build a corpus into a new release and put it into service."""
    from policygraph.build.pipeline import build as build_corpus
    from policygraph.cli.progress import shown
    from policygraph.corpus.folder import place_of

    a_folder(data, what="Releases are published into a folder; what builds keep may be in a store (--cache).")
    settings = parsed(**(limits | ({"encoder": "none"} if no_encoder else {})))
    with shown() as progress:
        report = build_corpus(place_of(corpus), data, settings=settings, progress=progress)
    if as_json:
        print_json(_summary(report))
    else:
        _tell(report, data=data)
    if report.problems:
        raise typer.Exit(1)


def a_folder(path: Path, *, what: str) -> None:
    """Refuse an object store where a folder is wanted."""
    from policygraph.errors import UsageError

    if re.match(r"[a-z][a-z0-9+]+:/", str(path)):  # a path writes s3:// with one slash
        raise UsageError(f"{path} is no folder.", remedy=what)


def _summary(report: BuildReport) -> dict[str, Any]:
    return {
        "release": report.release.id,
        "unchanged": report.unchanged,
        "extracted": report.extracted,
        "documents": report.documents,
        "pairs": report.pairs,
        "left": report.left,
        "reader": report.reader,
        "read": report.read,
        "links": report.release.manifest.links,
        "problems": report.problems,
        "warnings": report.warnings,
        "seconds": report.seconds,
    }


def _tell(report: BuildReport, *, data: Path) -> None:
    from policygraph.table import Table

    print_table(Table(report.documents), columns=("id", *_COUNTS))
    links = report.release.manifest.links
    say = "unchanged: nothing had to be built" if report.unchanged else f"{report.extracted} files extracted"
    typer.echo(f"Release {report.release.id} ({say}); links: " + ", ".join(f"{n} {name}" for name, n in links.items()), err=True)
    if report.pairs:
        reasons = ", ".join(f"{number} by {reason}" for reason, number in report.pairs.items())
        typer.echo(f"{sum(report.pairs.values())} pairs of documents aligned: {reasons}; any other is aligned when asked for.", err=True)
    for kind, number in report.left.items():
        typer.echo(f"Left: {_LEFT[kind].format(number=number)}.", err=True)
    if report.reader:
        became = ", ".join(f"{number} {name}" for name, number in report.read.items()) or "nothing was in doubt"
        typer.echo(f"{report.reader}, pairs of clauses in doubt: {became}.", err=True)
    if report.verdicts.current:
        rejected = ", ".join(f"{number} {name} rejected" for name, number in report.release.judged.get("rejected", {}).items())
        typer.echo(f"{len(report.verdicts.current)} verdicts of reviewers are in it{f'; {rejected}' if rejected else ''}.", err=True)
    _warn(report, data=data)
    for problem in report.problems:
        reason = problem.reason.removeprefix(f"{problem.source}: ")
        typer.echo(f"not built: {problem.source}: {reason} {problem.remedy}".rstrip(), err=True)
    option = _option(data)
    typer.echo("Where to go next:", err=True)
    typer.echo(f"  policygraph {_question(report)}{option}", err=True)
    if any(document.deadlines for document in report.documents):
        typer.echo(f"  policygraph due{option}", err=True)
    typer.echo(f"  policygraph serve{option}     # pages, HTTP API and SPARQL on http://127.0.0.1:8000", err=True)


def _warn(report: BuildReport, *, data: Path) -> None:
    from policygraph.release.said import summed

    judged = [text for text in report.warnings if text.startswith("verdict")]
    lines = [*report.release.manifest.warnings, *summed(report.documents), *judged[:_UNFIT]]
    if len(judged) > _UNFIT:
        lines.append(f"{len(judged) - _UNFIT} more verdicts: policygraph review unfit{_option(data)}")
    for line in lines:
        typer.echo(f"warning: {line}", err=True)
    if len(lines) < len(report.warnings) - max(0, len(judged) - _UNFIT):
        typer.echo(f"All {len(report.warnings)} warnings: policygraph info --warnings{_option(data)}", err=True)


def _option(data: Path) -> str:
    return "" if data == DATA else f" --data {data}"


def _question(report: BuildReport) -> str:
    """A question that this release answers: what implements a document; where nothing is linked, what speaks of one."""
    from policygraph.facade import PolicyGraph
    from policygraph.ids import home
    from policygraph.settings import Settings

    with PolicyGraph(report.release, settings=Settings()) as graph:
        linked = graph.columns.rows("SELECT target, source FROM alignments WHERE relation = 'implements' ORDER BY place LIMIT 1")
    if not linked:
        return f"search “{report.documents[0].title}”"
    documents = frozenset(document.id for document in report.documents)
    higher, lower = (home(clause, documents) for clause in linked[0])
    return f"coverage {higher} {lower}"


def info(
    data: DataOption = DATA,
    warnings: Annotated[bool, typer.Option("--warnings", help="What the documents are warned of, a line each.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what the release in service holds."""
    with opened(data) as graph:
        manifest = graph.release.manifest
        if warnings:
            _show_warnings(manifest, as_json=as_json)
            return
        if as_json:
            print_json(manifest)
            return
        print_table(graph.info(), columns=("id", "title", *_COUNTS))
        typer.echo(f"Release {manifest.id}, program {manifest.program}, encoder {manifest.encoder}", err=True)


def _show_warnings(manifest: Manifest, *, as_json: bool) -> None:
    from policygraph.release.said import warnings_of
    from policygraph.table import Table

    rows = [{"document": "", "source": "", "warning": text} for text in manifest.warnings]
    rows += [{"document": d.id, "source": d.source, "warning": text} for d, text in warnings_of(manifest.documents)]
    print_table(Table(rows), columns=("document", "warning"), as_json=as_json)


def audit(
    data: DataOption = DATA,
    document: Annotated[str | None, typer.Option(help="Only this document.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List sentences with a quantity, a date or a role word from which nothing was taken."""
    with opened(data) as graph:
        print_table(graph.audit(document), columns=("document", "kind", "text", "reason", "start", "end"), as_json=as_json)


_COLUMN = "The column of a table that holds this."


@with_settings("read")
def add(
    files: Annotated[list[Path], typer.Argument(help="Files, folders or saved pages to bring in; tables with one row a document (CSV, TSV, XLSX, Parquet, JSON Lines, SQLite).")],
    corpus: Annotated[Path, typer.Option("--corpus", help="The corpus folder to bring them into.")] = Path("corpus"),
    yes: Annotated[bool, typer.Option("--yes", help="Bring in files without asking where something had to be guessed.")] = False,
    title: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    text: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    number: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    issuers: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    date: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    region: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    url: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    as_json: JsonOption = False,
    *,
    limits: dict[str, str | None],
) -> None:
    """Bring documents into a corpus, showing first what was understood of each."""
    from policygraph.corpus.tables import tables_among, unpack

    a_folder(corpus, what="Documents are brought into a folder; send it to the store with the store's own tools.")
    settings = parsed(**limits)
    columns = {"title": title, "text": text, "number": number, "issuers": issuers, "date": date, "region": region, "url": url}
    given = {field: column for field, column in columns.items() if column is not None}
    tables, rest = tables_among(files, settings=settings, given=given)
    failed = False
    with tempfile.TemporaryDirectory(prefix="policygraph-") as scratch:
        for number_, table in enumerate(tables):
            place = Path(scratch, str(number_))
            place.mkdir()
            unpacked = unpack(table, place, settings=settings, given=given)
            shown = "，".join(f"{field} ← {column}" for field, column in unpacked.columns.items())
            typer.echo(f"{table}: {len(unpacked.files)} documents; {shown}", err=True)
            for problem in unpacked.problems:
                failed = True
                typer.echo(f"warning: {table}, {problem}", err=True)
            rest += unpacked.files
        failed = _bring_in(rest, corpus=corpus, settings=settings, yes=yes, as_json=as_json) or failed
    if failed:
        raise typer.Exit(1)


def _bring_in(files: list[Path], *, corpus: Path, settings: Settings, yes: bool, as_json: bool) -> bool:
    """Show what is understood of each file and bring it in; whether something stayed out."""
    from policygraph.corpus.intake import bring_in, understand
    from policygraph.table import Table

    understood = understand(files, corpus=corpus, settings=settings)
    print_table(
        Table(understood), columns=("path", "id", "title", "number", "issuers", "region", "date", "clauses"), as_json=as_json
    )
    failed = False
    for candidate in understood:
        for warning in candidate.warnings:
            typer.echo(f"warning: {candidate.path}: {warning}", err=True)
        for note in candidate.notes:
            typer.echo(f"note: {candidate.path}: {note}", err=True)
        if candidate.problem:
            failed = True
            typer.echo(f"not added: {candidate.path}: {candidate.problem}", err=True)
            continue
        if candidate.warnings and not yes and not (sys.stdin.isatty() and typer.confirm("Bring it in?", err=True)):
            failed = True
            typer.echo(f"not added: {candidate.path}: --yes brings it in with these warnings.", err=True)
            continue
        typer.echo(f"added: {bring_in(candidate, corpus=corpus)}", err=True)
    return failed
