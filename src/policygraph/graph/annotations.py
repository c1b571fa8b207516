"""Records as W3C Web Annotations: what a record says, and the characters that say it.

The graph keeps start and end as plain properties; this form, which annotation tools read, is made from the record when it
is asked for (Web Annotation Data Model, https://www.w3.org/TR/annotation-model/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from policygraph.ids import Iris, Name
from policygraph.model import Alignment, Document, DocumentRecords
from policygraph.read import Places

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
#: Characters before and after a quotation that tools find it by when offsets have moved; the model asks for a few words.
_AROUND = 32
#: Record types of a document that have evidence of their own, as `DocumentRecords` names them.
QUOTED = ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "findings")
#: How a place in a PDF, and in a picture, is written behind its address.
_IN_PDF, _IN_PICTURE = "http://tools.ietf.org/rfc/rfc3778", "http://www.w3.org/TR/media-frags/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What annotations quote: a document, its stored text, and where that stands on the pages of the original."""

    document: Document
    text: str
    places: Places | None = None


def annotation(record: Any, *, quoted: Quoted, iris: Iris) -> dict[str, Any]:
    """What was found in a text, as an annotation of it: a record with `document`, `start` and `end` in the text of `quoted`.

    The body is the record itself, by its IRI; the target has a position and a quotation, word for word. Where the document
    has an address of its own, or pages, a second target quotes it there, with its page and rectangle.
    """
    return {
        "@context": CONTEXT,
        "id": iris.print(Name("annotation", record.id)),
        "type": "Annotation",
        "motivation": "identifying",
        "body": iris.record(record.id),
        "target": _targets(quoted, start=record.start, end=record.end, iris=iris),
    }


def link_annotation(link: Alignment, *, sources: Callable[[str], tuple[str, str]], iris: Iris) -> dict[str, Any]:
    """A link as an annotation of both texts; `sources` gives the document of a clause and its stored text."""
    sides = [(*sources(link.source), "source"), (*sources(link.target), "target")]
    return {
        "@context": CONTEXT,
        "id": iris.print(Name("annotation", link.id)),
        "type": "Annotation",
        "motivation": "linking",
        "body": iris.record(link.source),
        "target": [
            iris.record(link.target),
            *(
                _target(iris.source(document), source=text, start=getattr(match, f"{side}_start"), end=getattr(match, f"{side}_end"))
                for match in link.evidence
                for document, text, side in sides
            ),
        ],
    }


def annotations_of(records: DocumentRecords, *, quoted: Quoted, iris: Iris) -> Iterator[dict[str, Any]]:
    """Everything found in a document, in the order of its record types."""
    for record in quoted_records(records):
        yield annotation(record, quoted=quoted, iris=iris)


def quoted_records(records: DocumentRecords) -> Iterable[Any]:
    """The records of a document that have evidence of their own."""
    return (record for name in QUOTED for record in getattr(records, name))


def _targets(quoted: Quoted, *, start: int, end: int, iris: Iris) -> dict[str, Any] | list[dict[str, Any]]:
    document = quoted.document
    stored = _target(iris.source(document.id), source=quoted.text, start=start, end=end)
    if not document.url and quoted.places is None:
        return stored
    selectors: list[dict[str, Any]] = [stored["selector"][1]]
    rectangles = quoted.places.rectangles(start, end) if quoted.places else []
    for page in sorted({rectangle.page for rectangle in rectangles}):
        on = [rectangle for rectangle in rectangles if rectangle.page == page]
        left, right, top, bottom = min(r.left for r in on), max(r.right for r in on), min(r.top for r in on), max(r.bottom for r in on)
        if document.media_type == "application/pdf":
            form, fragment = _IN_PDF, f"page={page}&highlight={left:g},{right:g},{top:g},{bottom:g}"
        else:
            across, down = on[0].width / 100, on[0].height / 100
            form, fragment = _IN_PICTURE, f"xywh=percent:{left / across:.2f},{top / down:.2f},{(right - left) / across:.2f},{(bottom - top) / down:.2f}"
        selectors.append({"type": "FragmentSelector", "conformsTo": form, "value": fragment})
    return [stored, {"source": document.url or iris.original(document.id), "selector": selectors}]


def _target(iri: str, *, source: str, start: int, end: int) -> dict[str, Any]:
    return {
        "source": iri,
        "selector": [
            {"type": "TextPositionSelector", "start": start, "end": end},
            {
                "type": "TextQuoteSelector",
                "exact": source[start:end],
                "prefix": source[max(0, start - _AROUND) : start],
                "suffix": source[end : end + _AROUND],
            },
        ],
    }
