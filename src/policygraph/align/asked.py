"""Two documents that the build did not align, aligned when somebody asks for them: by wording, in seconds, with the curve
that has seen documents with nothing to carry out."""

from __future__ import annotations

from dataclasses import replace

from policygraph.align import align_pair
from policygraph.align.library import Library, build_library
from policygraph.align.pairs import stands_above
from policygraph.errors import NotFoundError
from policygraph.model import Coverage, Document, DocumentRecords, Links

NOTE = "The build did not align these documents: aligned on the spot, by wording alone."


def align_asked(higher: DocumentRecords, lower: DocumentRecords, *, texts: dict[str, str]) -> Library:
    """Both documents with their links. Where none stands above the other (two provinces, a plan and its successor) their
    clauses are `parallels`: nobody carries out a neighbour's plan, or drops what it asks for."""
    above, below = higher.document, lower.document
    if stands_above(below, above):
        raise NotFoundError(
            f"{below.id} is the higher document of the two, not {above.id}.", remedy=f"Swap them: {below.id} {above.id}."
        )
    ordered = stands_above(above, below)
    links = align_pair(higher, lower, texts=texts, older=_dated_before(below, above), kin=False)
    return build_library((higher, lower), links if ordered else _parallel(links))


def _parallel(links: Links) -> Links:
    return replace(
        links,
        alignments=tuple(
            link if link.relation == "related" else replace(link, relation="parallels") for link in links.alignments
        ),
        coverage=tuple(_corresponding(record) for record in links.coverage if record.status != "dropped"),
    )


def _corresponding(record: Coverage) -> Coverage:
    return replace(record, status="corresponds") if record.status in ("implemented", "partly") else record


def _dated_before(lower: Document, higher: Document) -> bool:
    """Whether the lower document is known to be the older one; dates are compared as far as both are known."""
    known = min(len(lower.date or ""), len(higher.date or ""))
    return bool(known) and (lower.date or "")[:known] < (higher.date or "")[:known]
