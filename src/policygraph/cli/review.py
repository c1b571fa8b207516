"""review: the queue, verdicts, who agrees; and evaluate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policygraph.cli.output import DATA, DataOption, JsonOption, parsed, print_json, print_table, setting
from policygraph.errors import UsageError
from policygraph.table import Table

if TYPE_CHECKING:
    from policygraph.review import By, Review, Verdict

app = typer.Typer(help="Judge links and records, and see what reviewers said.", no_args_is_help=True, rich_markup_mode=None)

_Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Ids of records: of the queue, of exports, of pages.")]
_KindArgument = Annotated[str, typer.Argument(help="link, comparison, target, task, deadline, responsibility, citation, document.")]
_Fields = Annotated[list[str], typer.Argument(metavar="FIELD=VALUE…", help="The right fields: value=85 deadline=2025-12-31; JSON where it is no text.")]
_Reason = Annotated[str, typer.Option(help="Why.")]
_Reviewer = Annotated[str | None, setting("reviewer")]
_Verdicts = Annotated[str | None, setting("verdicts")]
_Settle = Annotated[bool, typer.Option("--settle", help="As an editor, settle it: this holds whatever reviewers say.")]
_Later = Annotated[bool, typer.Option("--later", help="Only write it down; policygraph review apply, or the next build, puts it into force.")]


@contextmanager
def _reviewing(data: Path, *, verdicts: str | None, reviewer: str | None = None) -> Iterator[Review]:
    from policygraph.release.folder import DataFolder
    from policygraph.review import Review

    review = Review(DataFolder(data), settings=parsed(verdicts=verdicts, reviewer=reviewer))
    try:
        yield review
    finally:
        review.close()


def _by(review: Review, *, settle: bool = False) -> By:
    from policygraph.review import By

    name = review.settings.reviewer
    if not name:
        raise UsageError("Nobody is named as the reviewer.", remedy="Give --reviewer, or set POLICYGRAPH_REVIEWER.")
    return By(name, role="editor" if settle else "reviewer", settles=settle)


def _told(review: Review, verdicts: list[Verdict], *, later: bool) -> None:
    """Say what was written down, and put it into force."""
    for verdict in verdicts:
        typer.echo(f"{verdict.id}\t{verdict.judgement}\t{verdict.kind}\t{verdict.record or verdict.places[0].text}")
    if later:
        return
    release = review.put_into_force()
    typer.echo(f"In service: release {release.id}.", err=True)


@app.command()
def queue(
    kind: Annotated[str, typer.Option(help="link, comparison, target, task, deadline, responsibility, citation, document.")] = "link",
    document: Annotated[str | None, typer.Option(help="Only of this document; of links the lower one.")] = None,
    higher: Annotated[str | None, typer.Option(help="Only links to this document.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only where this body is named.")] = None,
    disputed: Annotated[bool, typer.Option("--disputed", help="Only what reviewers do not agree on.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    reviewer: _Reviewer = None,
    verdicts: _Verdicts = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """List what waits for a judgement, the least sure first."""
    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        found = review.queue(
            kind=review.kind(kind), document=document, higher=higher, agency=agency, reviewer=review.settings.reviewer, disputed=disputed, limit=limit
        )
        rows = [{**row, "says": _says(item.record)} for row, item in zip(found.to_dicts(), found, strict=True)]
    print_table(Table(rows, note=found.note), columns=("sureness", "document", "higher", "says", "id"), as_json=as_json)
    if rows and not as_json:
        typer.echo(found.note, err=True)


def _says(record: Any) -> str:
    """A record in a few words: a link by its ends, all else by its text."""
    if hasattr(record, "source") and hasattr(record, "target") and hasattr(record, "method"):
        name = getattr(record, "relation", None) or record.strictness
        return f"{record.source.partition('/')[2]} {name} {record.target.partition('/')[2]} ({record.score:.2f})"
    return str(getattr(record, "text", "") or getattr(record, "title", ""))


@app.command()
def accept(
    ids: _Ids, reason: _Reason = "", settle: _Settle = False, later: _Later = False, reviewer: _Reviewer = None, verdicts: _Verdicts = None,
    data: DataOption = DATA,
) -> None:  # fmt: skip
    """Confirm records: they hold as the program has them."""
    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        _told(review, review.judge_all(ids, "accepted", by=_by(review, settle=settle), reason=reason), later=later)


@app.command()
def reject(
    ids: _Ids, reason: _Reason = "", settle: _Settle = False, later: _Later = False, reviewer: _Reviewer = None, verdicts: _Verdicts = None,
    data: DataOption = DATA,
) -> None:  # fmt: skip
    """Reject records: they stay on record as rejected, and count nowhere."""
    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        _told(review, review.judge_all(ids, "rejected", by=_by(review, settle=settle), reason=reason), later=later)


@app.command()
def correct(
    record: Annotated[str, typer.Argument(metavar="ID", help="The id of a record.")], fields: _Fields, reason: _Reason = "", settle: _Settle = False,
    later: _Later = False, reviewer: _Reviewer = None, verdicts: _Verdicts = None, data: DataOption = DATA,
) -> None:  # fmt: skip
    """Correct a record: name the fields that are wrong, with what is right."""
    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        verdict = review.judge(record, "corrected", by=_by(review, settle=settle), correction=_parsed(fields), reason=reason)
        _told(review, [verdict], later=later)


@app.command()
def add(
    kind: _KindArgument, fields: _Fields,
    document: Annotated[str | None, typer.Option(help="The document that says it.")] = None,
    quote: Annotated[str | None, typer.Option(help="How the document says it, word for word, white space aside.")] = None,
    lower: Annotated[str | None, typer.Option(help="Of a link: the id of the lower clause.")] = None,
    higher: Annotated[str | None, typer.Option(help="Of a link: the id of the higher clause.")] = None,
    near: Annotated[int, typer.Option(help="About where, in characters, if it says so several times.")] = 0,
    reason: _Reason = "", later: _Later = False, reviewer: _Reviewer = None, verdicts: _Verdicts = None, data: DataOption = DATA,
) -> None:  # fmt: skip
    """Add what the program missed."""
    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        said, by = _parsed(fields), _by(review)
        if kind == "link":
            if lower is None or higher is None:
                raise UsageError("A link has two ends.", remedy="Name both clauses: --lower and --higher.")
            verdict = review.add_link(lower, higher, by=by, relation=str(said.get("relation", "partially_implements")), reason=reason)
        elif document is None or quote is None:
            raise UsageError(f"Where the {kind} stands is not said.", remedy="Give --document and --quote.")
        else:
            verdict = review.add(review.kind(kind), document=document, quote=quote, by=by, fields=said, reason=reason, near=near)
        _told(review, [verdict], later=later)


@app.command()
def agency(
    document: Annotated[str, typer.Argument(help="The document that names it.")],
    name: Annotated[str, typer.Argument(help="The body, as the document names it.")],
    canonical: Annotated[str | None, typer.Argument(help="Its canonical id, where the program takes it for another; left out: it is right.")] = None,
    reason: _Reason = "", later: _Later = False, reviewer: _Reviewer = None, verdicts: _Verdicts = None, data: DataOption = DATA,
) -> None:  # fmt: skip
    """Say which body a name stands for in a document."""
    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        _told(review, [review.judge_agency(document, name, by=_by(review), agency=canonical, reason=reason)], later=later)


@app.command("read-whole")
def read_whole(
    document: Annotated[str, typer.Argument(help="The document; of links the lower one.")],
    higher: Annotated[str | None, typer.Argument(help="Of links: the higher document.")] = None,
    kind: Annotated[str, typer.Option(help="Of which kind nothing is missing but what was added.")] = "link",
    reason: _Reason = "", reviewer: _Reviewer = None, verdicts: _Verdicts = None, data: DataOption = DATA,
) -> None:  # fmt: skip
    """Mark a document, or a pair, as read whole: recall is measured there."""
    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        verdict = review.read_whole(document, by=_by(review), kind=review.kind(kind), higher=higher, reason=reason)
        _told(review, [verdict], later=True)


@app.command()
def withdraw(
    verdict: Annotated[str, typer.Argument(help="The id of your own verdict, or how it begins.")],
    later: _Later = False, reviewer: _Reviewer = None, verdicts: _Verdicts = None, data: DataOption = DATA,
) -> None:  # fmt: skip
    """Take your own word back."""
    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        _told(review, [review.withdraw(verdict, by=_by(review))], later=later)


@app.command("list")
def list_verdicts(verdicts: _Verdicts = None, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List all verdicts, the latest first."""
    with _reviewing(data, verdicts=verdicts) as review:
        found = review.history()
        rows = [{**verdict.row(), "superseded_by": verdict.superseded_by, "text": verdict.places[0].text} for verdict in found]
    print_table(Table(rows, note=found.note), columns=("time", "reviewer", "judgement", "kind", "text", "reason", "superseded_by", "id"), as_json=as_json)
    if rows and found.note and not as_json:
        typer.echo(f"warning: {found.note}", err=True)


@app.command()
def unfit(verdicts: _Verdicts = None, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List the verdicts that fit no record of the release, and why: stale, gone, not found."""
    with _reviewing(data, verdicts=verdicts) as review:
        found = review.unfit()
        rows = [{"why": each.why, "detail": each.detail, "id": each.verdict.id, "reviewer": each.verdict.reviewer, "judgement": each.verdict.judgement,
                 "kind": each.verdict.kind} for each in found]
    print_table(Table(rows, note=found.note), columns=("why", "kind", "judgement", "reviewer", "detail", "id"), as_json=as_json)


@app.command()
def disagreements(verdicts: _Verdicts = None, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List the records on which reviewers do not agree, for a third."""
    with _reviewing(data, verdicts=verdicts) as review:
        found = review.disagreements()
        rows = [{"settled": each.settled, "kind": each.kind, "said": "; ".join(f"{v.reviewer}: {v.judgement} {v.reason}".strip() for v in each.said), "id": each.id}
                for each in found]
    print_table(Table(rows, note=found.note), columns=("settled", "kind", "said", "id"), as_json=as_json)


@app.command()
def agreement(verdicts: _Verdicts = None, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Show how far each two reviewers agree: Cohen's kappa and F1."""
    with _reviewing(data, verdicts=verdicts) as review:
        print_table(review.agreements(), columns=("kind", "one", "other", "both", "same", "kappa", "f1"), as_json=as_json)


@app.command()
def apply(verdicts: _Verdicts = None, data: DataOption = DATA) -> None:
    """Put what reviewers said into force, without a build."""
    with _reviewing(data, verdicts=verdicts) as review:
        release = review.put_into_force()
        found = len(review.fitted.unfit)
    typer.echo(f"In service: {release.id}")
    if found:
        typer.echo(f"warning: {found} verdicts fit nothing: policygraph review unfit lists them.", err=True)


@app.command("export")
def export_verdicts(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write; of gold the folder.")],
    format: Annotated[str, typer.Option(help="annotations (W3C, JSON Lines), gold (of a pair of documents), or jsonl (as they are kept).")] = "annotations",  # noqa: A002
    lower: Annotated[str | None, typer.Option(help="Of gold: the lower document.")] = None,
    higher: Annotated[str | None, typer.Option(help="Of gold: the higher document.")] = None,
    verdicts: _Verdicts = None, data: DataOption = DATA,
) -> None:  # fmt: skip
    """Write the verdicts for others: as W3C annotations, as gold that benchmarks/evaluate.py scores by, or as lines."""
    from policygraph.review import export

    with _reviewing(data, verdicts=verdicts) as review:
        for path in export(review, output, form=format, lower=lower, higher=higher):
            typer.echo(str(path))


@app.command("import")
def import_verdicts(
    source: Annotated[Path, typer.Argument(help="The file; of gold the folder of the (lower) document.")],
    format: Annotated[str, typer.Option(help="annotations, gold, or jsonl (another file of verdicts).")] = "annotations",  # noqa: A002
    higher: Annotated[Path | None, typer.Option(help="Of gold with links: the folder of the higher document.")] = None,
    later: _Later = False, reviewer: _Reviewer = None, verdicts: _Verdicts = None, data: DataOption = DATA,
) -> None:  # fmt: skip
    """Take others' verdicts: what gives none is named, and the rest taken."""
    from policygraph.review import take

    with _reviewing(data, verdicts=verdicts, reviewer=reviewer) as review:
        taken = take(review, source, form=format, by=_by(review), higher=higher)
        typer.echo(f"{len(taken.verdicts)} new verdicts, {taken.known} known, {len(taken.refused)} refused.")
        for reason in taken.refused:
            typer.echo(f"refused: {reason}", err=True)
        if taken.verdicts and not later:
            typer.echo(f"In service: release {review.put_into_force().id}.", err=True)
    if taken.refused:
        raise typer.Exit(1)


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="The reviewer's name.")],
    role: Annotated[str, typer.Option(help="reader (sees what is judged), reviewer (judges), editor (also settles).")] = "reviewer",
    reviewers_file: Annotated[str | None, setting("reviewers_file")] = None,
    verdicts: _Verdicts = None,
    data: DataOption = DATA,
) -> None:
    """Make a reviewer's token for serve --review. It is shown this once; the file of reviewers holds its hash."""
    from policygraph.api.reviewing import FILE, Reviewers

    settings = parsed(reviewers_file=reviewers_file, verdicts=verdicts)
    if settings.reviewers_file:
        path = Path(settings.reviewers_file)
    else:
        with _reviewing(data, verdicts=verdicts) as review:
            path = review.book.path.parent / FILE
    typer.echo(Reviewers(path).add(name, role))
    typer.echo(f"{name} is a {role} by {path}.", err=True)


def evaluate(verdicts: _Verdicts = None, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Score the release, as the program found it, against what reviewers said."""
    with _reviewing(data, verdicts=verdicts) as review:
        scores, agreed = review.evaluate(), review.agreements()
        fought = review.disagreements()
    if as_json:
        print_json({"scores": scores, "agreement": agreed, "disagreements": [each.id for each in fought if not each.settled]})
        return
    print_table(scores, columns=("kind", "judged", "right", "exact", "precision", "precision_exact", "missed", "read", "recall", "f1", "disputed"))
    if agreed:
        print_table(agreed, columns=("kind", "one", "other", "both", "same", "kappa", "f1"))


def refit(
    apply: Annotated[bool, typer.Option("--apply", help="Keep the curves that are better on links left out, for the next build.")] = False,
    verdicts: _Verdicts = None, data: DataOption = DATA, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Fit the probabilities of links on the verdicts, too, and show the figures of links left out, before and after."""
    with _reviewing(data, verdicts=verdicts) as review:
        found = review.refit(apply=apply)
    if as_json:
        print_json(found.to_dicts())
    else:
        rows = [
            {"method": each.method, "curve": name, "judged": each.judged, "hold": each.hold, **asdict(measured), "slope": slope, "shift": shift, "note": note}
            for each in found
            if each.before is not None and each.after is not None
            for name, measured, slope, shift, note in (("before", each.before, 1.0, 0.0, ""), ("after", each.after, each.slope, each.shift, each.note))
        ]  # fmt: skip
        rows += [{"method": each.method, "judged": each.judged, "hold": each.hold, "note": each.note} for each in found if each.before is None]
        columns = ("method", "curve", "judged", "hold", "log_loss", "brier", "f1", "precision", "recall", "slope", "shift", "note")
        print_table(Table(rows, note=found.note), columns=columns)
    if apply:
        kept = [each.method for each in found if each.better]
        typer.echo(f"Kept for {', '.join(kept)}: policygraph build links by it." if kept else "Nothing was changed: no curve is better on links left out.", err=True)


def _parsed(fields: list[str]) -> dict[str, Any]:
    """FIELD=VALUE pairs; a value that is JSON counts as such, all else is text."""
    found = {}
    for pair in fields:
        name, sign, value = pair.partition("=")
        if not sign:
            raise UsageError(f"{pair!r} is no FIELD=VALUE.", remedy="Write value=85 or indicator=农膜回收率.")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
