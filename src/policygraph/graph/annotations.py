"""Records as W3C Web Annotations: what a record says, and the characters that say it.

The graph keeps start and end as plain properties; this form, which annotation tools read, is made from the record when it
is asked for (Web Annotation Data Model, https://www.w3.org/TR/annotation-model/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from policygraph.ids import Iris, Name
from policygraph.model import Alignment, DocumentRecords

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
#: Characters before and after a quotation that tools find it by when offsets have moved; the model asks for a few words.
_AROUND = 32
#: Record types of a document that have evidence of their own, as `DocumentRecords` names them.
QUOTED = ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "findings")


def annotation(record: Any, *, source: str, iris: Iris) -> dict[str, Any]:
    """What was found in a text, as an annotation of it: a record with `document`, `start` and `end` in `source`.

    The body is the record itself, by its IRI; the target has a position and a quotation, word for word.
    """
    return {
        "@context": CONTEXT,
        "id": iris.print(Name("annotation", record.id)),
        "type": "Annotation",
        "motivation": "identifying",
        "body": iris.record(record.id),
        "target": _target(iris.source(record.document), source=source, start=record.start, end=record.end),
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


def annotations_of(records: DocumentRecords, *, source: str, iris: Iris) -> Iterable[dict[str, Any]]:
    """Everything found in a document, in the order of its record types."""
    for name in QUOTED:
        for record in getattr(records, name):
            yield annotation(record, source=source, iris=iris)


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
