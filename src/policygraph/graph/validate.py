"""Checks: native ones on every record of every build, SHACL on the vocabulary and a sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policygraph.graph.schema import OF_DOCUMENT
from policygraph.graph.vocabulary import ONTOLOGY_FOLDER
from policygraph.model import Alignment, Clause, Coverage, DocumentRecords, Links, TargetLink
from policygraph.read import clean, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A fault: which check found it, in what (id or IRI), and what is wrong."""

    check: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.message} ({self.check})"


def check_document(records: DocumentRecords, source: str) -> list[Violation]:
    """Faults of one document's records against the text that their offsets count in: spans, texts, ids, references,
    and that the leaf clauses tile the document."""
    return list(_document(records, source))


def check_links(links: Links, documents: Iterable[DocumentRecords], sources: Mapping[str, str]) -> list[Violation]:
    """Faults of what was found between documents. `sources` are the texts by document id."""
    return list(_links(links, tuple(documents), sources))


def _document(records: DocumentRecords, source: str) -> Iterator[Violation]:
    document = records.document
    if document.end > len(source):
        yield Violation(check="span", subject=document.id, message=f"ends at {document.end}, its text at {len(source)}")
    clauses = {clause.id: clause for clause in records.clauses}
    targets = {target.id for target in records.targets}
    seen: set[str] = {document.id}
    for kind in OF_DOCUMENT:
        for record in getattr(records, kind.name):
            if record.id in seen:
                yield Violation(check="id", subject=record.id, message="two records have this id")
            seen.add(record.id)
            if not record.id.startswith(f"{document.id}/"):
                yield Violation(check="id", subject=record.id, message=f"does not begin with {document.id}/")
            if record.document != document.id:
                yield Violation(check="reference", subject=record.id, message=f"belongs to {record.document}")
            yield from _span(record, source)
            named = record.parent if isinstance(record, Clause) else record.clause
            if named and named not in clauses:
                yield Violation(check="reference", subject=record.id, message=f"names the clause {named}, which is not there")
            for name in ("alternative_to", "repeats"):
                other = getattr(record, name, None)
                if other is not None and other not in targets:
                    yield Violation(check="reference", subject=record.id, message=f"{name} names {other}, which is not there")
    yield from _content(records)
    yield from _tiling(records, source)


def _span(record: Any, source: str) -> Iterator[Violation]:
    start, end = record.start, record.end
    if not 0 <= start < end <= len(source):
        yield Violation(check="span", subject=record.id, message=f"{start}:{end} is not in a text of {len(source)} characters")
    elif clean(source[start:end]) != record.text:
        message = f"text {record.text[:30]!r} is not what stands at {start}:{end}: {clean(source[start:end])[:30]!r}"
        yield Violation(check="text", subject=record.id, message=message)


def _content(records: DocumentRecords) -> Iterator[Violation]:
    for target in records.targets:
        if target.value is None and target.state is None:
            yield Violation(check="target", subject=target.id, message="has neither value nor state")
    for note in records.responsibilities:
        if not note.agencies:
            yield Violation(check="responsibility", subject=note.id, message="names no agency")
    for deadline in records.deadlines:
        if deadline.earliest is not None and deadline.date is not None and deadline.earliest > deadline.date:
            yield Violation(check="deadline", subject=deadline.id, message=f"{deadline.earliest} is after {deadline.date}")


def _tiling(records: DocumentRecords, source: str) -> Iterator[Violation]:
    """Every character of the document that is text stands in a leaf or in the own line of an inner node."""
    document = records.document
    parents = {clause.parent for clause in records.clauses}
    leaves = sorted((c for c in records.clauses if c.leaf), key=lambda c: (c.start, c.end))
    for clause in records.clauses:
        if clause.leaf is (clause.id in parents):
            yield Violation(check="tiling", subject=clause.id, message="says wrongly whether it is a leaf")
    for before, after in zip(leaves, leaves[1:], strict=False):
        if after.start < before.end:
            message = f"overlaps {before.id} ({before.end} > {after.start})"
            yield Violation(check="tiling", subject=after.id, message=message)
    covered = sorted((c.start, c.end) for c in records.clauses)
    at, stop = document.start, document.end or len(source)
    whole = reading(source, at, stop)  # what is text is told by what stands around it
    for start, end in [*covered, (stop, stop)]:
        first, last = whole.locate(at, min(start, stop))
        if start > at and (lost := whole.text[first:last].strip()):
            yield Violation(check="tiling", subject=document.id, message=f"no clause holds {at}:{start}, {lost[:30]!r}")
        at = max(at, end)


def _links(links: Links, documents: Sequence[DocumentRecords], sources: Mapping[str, str]) -> Iterator[Violation]:
    clauses = {clause.id: clause for records in documents for clause in records.clauses}
    targets = {target.id for records in documents for target in records.targets}
    seen: set[str] = set()
    everything: list[Alignment | TargetLink | Coverage] = [*links.alignments, *links.target_links, *links.coverage]
    for record in everything:
        if record.id in seen:
            yield Violation(check="id", subject=record.id, message="two records have this id")
        seen.add(record.id)
    for link in links.alignments:
        ends = [clauses.get(link.source), clauses.get(link.target)]
        if None in ends:
            yield Violation(check="reference", subject=link.id, message=f"links {link.source} and {link.target}: not both there")
            continue
        if not 0 <= link.score <= 1:
            yield Violation(check="score", subject=link.id, message=f"score {link.score} is not between 0 and 1")
        if not link.evidence:
            yield Violation(check="evidence", subject=link.id, message="has no evidence")
        for part in (*link.evidence, *link.shifts):
            for side, clause in zip(("source", "target"), ends, strict=True):
                start, end = getattr(part, f"{side}_start"), getattr(part, f"{side}_end")
                text = sources.get(clause.document, "") if clause else ""
                if not 0 <= start < end <= len(text):
                    yield Violation(check="span", subject=link.id, message=f"evidence at {start}:{end} is not in the text")
                elif clean(text[start:end]) != getattr(part, f"{side}_text"):
                    yield Violation(check="text", subject=link.id, message=f"evidence at {start}:{end} is not what stands there")
    for pair in links.target_links:
        for end_ in (pair.source, pair.target):
            if end_ not in targets:
                yield Violation(check="reference", subject=pair.id, message=f"names the target {end_}, which is not there")
    for cover in links.coverage:
        if cover.subject not in clauses and cover.subject not in targets:
            yield Violation(check="reference", subject=cover.id, message=f"is about {cover.subject}, which is not there")


def check_shapes(*quads: bytes) -> list[Violation]:
    """Faults that the SHACL shapes find in N-Quads, taken as one graph. Slow (about 10,000 triples a second): for the
    vocabulary and a sample."""
    import pyshacl
    import rdflib

    union = rdflib.Graph()
    for part in quads:
        triples = b"".join(line[: line.rindex(b" <")] + b" .\n" for line in part.split(b"\n") if line)
        union.parse(data=triples.decode("utf-8"), format="nt")
    shapes = rdflib.Graph().parse(ONTOLOGY_FOLDER / "shapes.ttl", format="turtle")
    _, report, _ = pyshacl.validate(union, shacl_graph=shapes, inference="none", advanced=False)
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    found = []
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        shape = report.value(result, sh.sourceConstraintComponent)
        path = report.value(result, sh.resultPath)
        said = report.value(result, sh.resultMessage)
        where = f"{path}: " if isinstance(path, rdflib.URIRef) else ""
        found.append(
            Violation(
                check=str(shape).rpartition("#")[2],
                subject=str(report.value(result, sh.focusNode)),
                message=f"{where}{said}",
            )
        )
    return sorted(found, key=lambda violation: (violation.subject, violation.message))
