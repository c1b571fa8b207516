"""implements, implemented-by, chain, coverage, compare, report, ask."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policygraph.cli.output import DATA, DataOption, JsonOption, opened, parsed, print_json, print_table, setting
from policygraph.errors import NotFoundError
from policygraph.table import Table

if TYPE_CHECKING:
    from policygraph.align.report import Implementation
    from policygraph.ask import Answer

_Item = Annotated[int | None, typer.Option(help="The number of an item: 10.")]
_Clause = Annotated[str | None, typer.Option(help="The id of a clause.")]
_STATUSES = ("implemented", "partly", "corresponds", "kept", "changed", "absent", "new", "dropped", "added")
#: Statuses of one demand of a clause, not of the clause.
_OF_DEMANDS = ("dropped", "added")
_CHAIN = ("depth", "region", "relation", "sureness", "date", "lag", "kept", "takes_up", "lost", "more", "citation", "clause")
_LINK = ("relation", "sureness", "takes_up", "source_citation", "target_citation", "verbatim", "source")


def register(app: typer.Typer) -> None:
    """Add the commands on links between documents."""
    app.command()(implements)
    app.command("implemented-by")(implemented_by)
    app.command()(chain)
    app.command()(coverage)
    app.command()(compare)
    app.command()(report)
    app.command()(ask)


def implements(
    document: Annotated[str, typer.Argument(help="The higher document: its id, number or title.")],
    item: _Item = None,
    clause: _Clause = None,
    region: Annotated[str | None, typer.Option(help="Only clauses of this region (四川, or 510000).")] = None,
    lower: Annotated[str | None, typer.Option(help="Only clauses of this document, whether the build aligned the two or not.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show which lower clauses implement an item of a higher document."""
    with opened(data) as graph:
        found = graph.implements(document, item=item, clause=clause, region=region, lower=lower)
    _print_links(found, as_json=as_json)


def implemented_by(
    document: Annotated[str, typer.Argument(help="The lower document: its id, number or title.")],
    item: _Item = None,
    clause: _Clause = None,
    higher: Annotated[str | None, typer.Option(help="Only clauses of this document, whether the build aligned the two or not.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show which higher clauses an item or clause of a lower document implements."""
    with opened(data) as graph:
        found = graph.implemented_by(document, item=item, clause=clause, higher=higher)
    _print_links(found, as_json=as_json)


def _print_links(found: Table[Implementation], *, as_json: bool) -> None:
    """Links; of each how surely it holds, and apart from that how much of the higher clause it takes up."""
    if as_json:
        print_json(found.to_dicts())
        return
    _say(found)
    rows = [{**row, "takes_up": _share(row)} for row in found.to_dicts()]
    print_table(Table(rows, note=found.note), columns=_LINK)


def _share(row: dict[str, Any]) -> str:
    return f"{row['answered']} of {row['demands']} demands" if row["demands"] else ""


def _say(found: Table[Any]) -> None:
    """What a reader of the rows should know; of no rows the table says it."""
    if found and found.note:
        typer.echo(found.note, err=True)


def chain(
    document: Annotated[str, typer.Argument(help="The document: its id, number or title.")],
    item: _Item = None,
    clause: _Clause = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show who carries out an item or clause at each level, what is kept, added and lost on the way, and the way back up."""
    with opened(data) as graph:
        found = graph.chain(document, item=item, clause=clause)
    if as_json:
        print_json(found.to_dicts())
        return
    _say(found)
    rows = [{**row, "region": _place(row["region"]), "takes_up": _share(row), "lost": len(row["left_out"]), "more": len(row["added"])} for row in found.to_dicts()]
    print_table(Table(rows, note=found.note), columns=_CHAIN)


def _place(code: str | None) -> str:
    from policygraph.vocabulary.regions import regions

    return regions()[code].short if code in regions() else code or ""


def coverage(
    higher: Annotated[str, typer.Argument(help="The higher document.")],
    lower: Annotated[list[str] | None, typer.Argument(help="Lower documents; all that were aligned if none.")] = None,
    status: Annotated[str | None, typer.Option(help=f"Only {', '.join(_STATUSES)}.")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Show what lower documents do with each clause of a higher one, and what is new in them."""
    if status is not None and status not in _STATUSES:
        raise NotFoundError(f"No clause can be {status!r}.", remedy=f"Known: {', '.join(_STATUSES)}.")
    with opened(data) as graph:
        found = graph.coverage(higher, *(lower or ()))
    kept = Table((row for row in found if status in (None, row.status)), columns=found.columns)
    if as_json:
        print_json(kept.to_dicts())
        return
    _say(found)
    rows = [{**row, "answer": _answer(row)} for row in kept.to_dicts()]
    print_table(Table(rows, note=kept.note), columns=("status", "citation", "clause", "against", "answer"))
    _sum_up("clauses", Counter(row.status for row in found if row.status not in _OF_DEMANDS))
    _sum_up("demands of linked clauses that the other document does not have", Counter(row.status for row in found if row.status in _OF_DEMANDS))


def _answer(row: dict[str, Any]) -> str:
    """The clause that does what the status says; of what was dropped or added, the demand."""
    if row["status"] in _OF_DEMANDS:
        return str(row["nearest"][0]["text"])
    return str(row["nearest"][0]["clause"]) if row["nearest"] and row["status"] not in ("absent", "new") else ""


def _sum_up(name: str, counts: Counter[str]) -> None:
    if counts:
        typer.echo(f"{counts.total()} {name}: " + ", ".join(f"{n} {kind}" for kind, n in counts.most_common()), err=True)


def compare(
    higher: Annotated[str, typer.Argument(help="The higher document.")],
    lower: Annotated[str, typer.Argument(help="The lower document.")],
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Compare the targets of two documents: what the lower one says of each target of the higher one."""
    with opened(data) as graph:
        found = graph.compare(higher, lower)
    if not as_json:
        _say(found)
    print_table(
        found,
        columns=("strictness", "timing", "scope", "indicator", "higher_text", "lower_text", "reason"),
        as_json=as_json,
    )
    if not as_json:
        _sum_up("distinct targets", Counter(row.strictness for row in found if row.distinct))


def report(
    higher: Annotated[str, typer.Argument(help="The higher document.")],
    lower: Annotated[str, typer.Argument(help="The lower document.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write: .md, .html or .docx; Markdown to the screen if none.")
    ] = None,
    english: Annotated[bool, typer.Option("--english", help="The sentences in English; the texts stay as they are.")] = False,
    data: DataOption = DATA,
) -> None:
    """Write one page on two documents: targets dropped, softened, hardened, deferred, added, with both texts."""
    from policygraph.report import to_markdown, write

    with opened(data) as graph:
        page = graph.report(higher, lower, lang="en" if english else "zh")
    if output is None:
        typer.echo(to_markdown(page), nl=False)
    else:
        write(page, output)
        typer.echo(str(output))


def ask(
    question: Annotated[str, typer.Argument(help="The question: 四川哪一条落实国家方案第十条？")],
    after: Annotated[str | None, typer.Option(help="The question before, which this one goes on from: 那重庆呢？")] = None,
    reader: Annotated[str | None, setting("reader")] = None,
    reader_model: Annotated[str | None, setting("reader_model")] = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Answer a question in Chinese or English, with evidence; say so when it is not understood."""
    with opened(data, settings=parsed(reader=reader, reader_model=reader_model)) as graph:
        if reader:
            graph.second_reader()  # one that is named here and not there is an error
        answer = graph.ask(question, after=after)
    if as_json:
        print_json(answer.to_dict())
    else:
        _print_answer(answer)
    if not answer.answered:
        raise typer.Exit(1)


def _print_answer(answer: Answer) -> None:
    typer.echo(answer.message, err=not answer.answered)
    for record in answer.records:
        if record.get("side") == "other":  # shown beside the first of its pair
            continue
        parts = [str(record.get("citation", ""))]
        parts += [str(record[name]) for name in ("relation", "status", "strictness", "timing", "date", "role", "verdict") if record.get(name)]
        typer.echo(f"\n{'  '.join(parts)}  [{record['clause'] or record['document']}]")
        typer.echo(f"    {record['text']}")
        if record.get("kind") in ("shift", "target_link"):
            dates = [str(record[name]) for name in ("deadline", "other_deadline") if record.get(name)]
            typer.echo(f"    ← {record['other_text']}  {record['other_citation']}{'  ' + ' / '.join(dates) if dates else ''}")
    understood = {name: value for name, value in answer.understood.items() if value}
    if answer.answered and sys.stdout.isatty():
        typer.echo(f"\nUnderstood: {understood}")
        typer.echo(f"\n{answer.sparql}")
