"""Verdicts out and in: as annotations, as gold, and as lines of another file of verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from policygraph.errors import InputError, PolicyGraphError, UsageError
from policygraph.ids import Iris
from policygraph.review.annotated import Judged, Refused, annotation_of, read_annotations
from policygraph.review.book import Book
from policygraph.review.effect import on_document
from policygraph.review.gold import (
    SPANS,
    Read,
    alignment_rows,
    open_gold,
    read_alignment,
    read_spans,
    read_targets,
    span_rows,
    target_rows,
    write_document,
    write_rows,
)
from policygraph.review.reviewing import By, Review
from policygraph.review.scoring import holds
from policygraph.review.verdict import Verdict, check

FORMATS = ("annotations", "gold", "jsonl")


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an import: the verdicts that are new, how many were there already, and what gave none, with the reason."""

    verdicts: tuple[Verdict, ...]
    known: int
    refused: tuple[str, ...]


# -- out -----------------------------------------------------------------------------------------------------------


def export(review: Review, place: Path, *, form: str, lower: str | None = None, higher: str | None = None) -> list[Path]:
    """Write the current verdicts: `annotations` (JSON Lines of W3C annotations) or `jsonl` (as they are kept) into a file, `gold`
    of a lower and a higher document into a folder. The files written."""
    if form == "gold":
        if lower is None or higher is None:
            raise UsageError("Gold is of two documents.", remedy="Name them: --lower and --higher.")
        return _write_gold(review, place, lower=lower, higher=higher)
    if form not in FORMATS:
        raise UsageError(f"{form!r} is no format of verdicts.", remedy=f"Formats: {', '.join(FORMATS)}.")
    iris = Iris(review.release.manifest.base_iri)
    rows = (annotation_of(verdict, iris=iris) if form == "annotations" else verdict.row() for verdict in review.verdicts.current)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_rows(place, rows)
    except OSError as error:
        raise PolicyGraphError(f"{place} cannot be written ({error.strerror}).", remedy="Name another file with -o.") from error
    return [place]


def _write_gold(review: Review, place: Path, *, lower: str, higher: str) -> list[Path]:
    """Gold of a pair: the links that hold, and of each document the records of each kind that was read whole. Where the pair was read whole
    every lower clause is in reach, else those of which a link was judged."""
    below, above = review.document(lower).id, review.document(higher).id
    columns, source = review.columns, review.release.source_text
    folders = {above: place / "national", below: place / below}
    units = {
        above: write_document(folders[above], columns, above, letter="N", source=source(above)),
        below: write_document(folders[below], columns, below, letter="S", source=source(below)),
    }
    links, disputed, judged, read = {}, [], set[str](), set[tuple[str, tuple[str, ...]]]()
    said = {}
    for fit in review.fitted.fits:
        if fit.key[0] == "read":
            read.add((fit.kind, fit.documents))
        elif fit.kind == "link" and fit.documents == (below, above):
            said[fit.ends[0], fit.ends[1]] = fit
    for link in columns.between("alignments", below, above):
        if link.relation not in ("related", "parallels") and (link.source, link.target) not in said and ("link", (below, above)) in read:
            links[link.source, link.target] = link.relation
    for ends, fit in said.items():
        verdict = fit.holds
        judged.add(ends[0])
        if verdict is None:
            disputed.append((ends[0], ends[1]))
        elif holds("link", verdict):
            known = (verdict.correction or verdict.found or {}).get("relation")
            links[ends[0], ends[1]] = str(known or "partially_implements")
    reach = list(units[below]) if ("link", (below, above)) in read else [name for name in units[below] if name in judged]
    write_rows(folders[below] / "alignment.jsonl", alignment_rows(columns, source(below), (units[below], units[above]), links, disputed, of=reach))
    for document, folder in folders.items():
        whole = {kind for kind, documents in read if documents == (document,)}
        if not whole:
            continue
        fits = [fit for fit in review.fitted.fits if fit.documents == (document,) and fit.key[0] != "read"]
        records = on_document(columns.records(document), fits, source=partial(source, document)).records
        if "target" in whole:
            write_rows(folder / "targets.jsonl", target_rows(records.targets, units[document], source(document)))
        for spans in SPANS:
            if spans.kind in whole:
                write_rows(folder / f"{spans.file}.jsonl", span_rows(spans, getattr(records, spans.file), units[document], source(document)))
    return sorted(path for folder in folders.values() for path in folder.iterdir())


# -- in ------------------------------------------------------------------------------------------------------------


def take(review: Review, place: Path, *, form: str, by: By, higher: Path | None = None) -> Taken:
    """Read verdicts: lines of another file (`jsonl`), `annotations`, or a folder of `gold` (of links with that of the `higher`
    document). What others said stays theirs; gold, and annotations of other tools that name nobody, are said by `by`."""
    if form == "gold":
        return _take_gold(review, place, higher=higher, by=by)
    if form not in FORMATS:
        raise UsageError(f"{form!r} is no format of verdicts.", remedy=f"Formats: {', '.join(FORMATS)}.")
    try:
        text = place.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{place} cannot be read ({error}).", remedy="Give a file in UTF-8.") from error
    if form == "jsonl":
        other = Book(place).read()
        taken, known = review.book.take(other.all)
        return Taken(tuple(taken), known, tuple(f"line {each.line}: {each.reason}" for each in other.broken))
    verdicts, refused = [], []
    for number, said in read_annotations(text, iris=Iris(review.release.manifest.base_iri)):
        if isinstance(said, Refused):
            refused.append(f"annotation {number}: {said.reason}")
        elif isinstance(said, Judged):
            try:
                who = replace(by, reviewer=said.creator or by.reviewer)
                verdict = review.prepared(said.record, said.judgement, by=who, reason=said.reason)
                check(verdict)
                verdicts.append(verdict)
            except PolicyGraphError as error:
                refused.append(f"annotation {number}: {error.message}")
        else:
            verdicts.append(said)
    before = {verdict.id for verdict in review.verdicts.all}
    kept, known = review.book.take([verdict for verdict in verdicts if verdict.id])
    own = review.book.add_all([verdict for verdict in verdicts if not verdict.id])
    fresh = [verdict for verdict in own if verdict.id not in before]
    return Taken((*kept, *fresh), known + len(own) - len(fresh), tuple(refused))


def _take_gold(review: Review, folder: Path, *, higher: Path | None, by: By) -> Taken:
    columns = review.columns
    lower = open_gold(folder, columns, source=review.release.source_text)
    found = Read()
    read_targets(lower, columns, found)
    for spans in SPANS:
        read_spans(spans, lower, columns, found)
    if higher is not None:
        read_alignment(lower, open_gold(higher, columns, source=review.release.source_text), columns, found)
    elif (folder / "alignment.jsonl").exists():
        found.lost.append("alignment.jsonl: needs the gold of the higher document (--higher)")
    said = [review.prepared(identifier, "accepted", by=by) for identifier in found.accepted]
    said += [review.prepared(identifier, "rejected", by=by) for identifier in found.rejected]
    said += [review.prepared(identifier, "corrected", by=by, correction=wrong) for identifier, wrong in found.corrected]
    said += [review.prepared_link(low, high, by=by, relation=relation) for low, high, relation in found.links]
    said += [review.prepared_span(kind, document, span, by=by, fields=fields) for kind, document, span, fields in found.added]
    said += [review.prepared_whole(low, by=by, kind="link", higher=high) for low, high, _ in found.whole]
    before = {verdict.id for verdict in review.verdicts.all}
    kept = review.book.add_all(said)
    fresh = tuple(verdict for verdict in kept if verdict.id not in before)
    return Taken(fresh, len(kept) - len(fresh), tuple(found.lost))
