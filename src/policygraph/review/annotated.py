"""Verdicts as W3C Web Annotations, and back (Web Annotation Data Model, https://www.w3.org/TR/annotation-model/).

Each annotation says in the model's own terms what every annotation tool reads: who, when, on which characters, what and why; and
beside that the verdict as it is kept, so that nothing is lost on the way back. Annotations of other tools are taken where they
name a record of the release, and their classifying body says what of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policygraph.errors import PolicyGraphError, UsageError
from policygraph.graph.annotations import CONTEXT
from policygraph.ids import ONTOLOGY, Iris, Name
from policygraph.review.verdict import Judgement, Verdict, verdict_of

#: The property that holds the verdict as it is kept.
KEPT = f"{ONTOLOGY}verdictRecord"
#: What the model calls each judgement: to assess what is there, to edit it, to say what else there is.
_MOTIVATION: Mapping[str, str] = {
    "accepted": "assessing", "rejected": "assessing", "read_whole": "assessing", "withdrawn": "assessing", "corrected": "editing", "added": "identifying",
}  # fmt: skip
#: What other tools' bodies may say.
_WORDS: Mapping[str, Judgement] = {
    "accepted": "accepted", "accept": "accepted", "correct": "accepted", "确认": "accepted", "人工确认": "accepted",
    "rejected": "rejected", "reject": "rejected", "wrong": "rejected", "否定": "rejected", "人工否定": "rejected",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused:
    """An annotation that gives no verdict, by its place in the file, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What an annotation of another tool says of a record."""

    record: str
    judgement: Judgement
    reason: str
    creator: str


def annotation_of(verdict: Verdict, *, iris: Iris) -> dict[str, Any]:
    """A verdict as an annotation of the texts that it is on."""
    bodies: list[dict[str, Any]] = [{"type": "TextualBody", "purpose": "classifying", "value": verdict.judgement}]
    if verdict.reason:
        bodies.append({"type": "TextualBody", "purpose": "commenting", "value": verdict.reason})
    if verdict.correction:
        said = json.dumps(verdict.correction, ensure_ascii=False)
        bodies.append({"type": "TextualBody", "purpose": "editing", "format": "application/json", "value": said})
    if verdict.record:
        named = iris.link(verdict.record) if verdict.kind in ("link", "comparison") else iris.record(verdict.record)
        bodies.append({"type": "SpecificResource", "purpose": "identifying", "source": named})
    targets = [
        {
            "source": iris.source(place.document),
            "selector": [
                {"type": "TextPositionSelector", "start": place.start, "end": place.end},
                {"type": "TextQuoteSelector", "exact": place.text.removesuffix("…")},
            ],
        }
        for place in verdict.places
    ]
    return {
        "@context": CONTEXT,
        "id": iris.print(Name("annotation", verdict.id)),
        "type": "Annotation",
        "motivation": _MOTIVATION[verdict.judgement],
        "creator": {"type": "Person", "nickname": verdict.reviewer},
        "created": verdict.time,
        "body": bodies,
        "target": targets if len(targets) > 1 else targets[0],
        KEPT: verdict.row(),
    }


def read_annotations(text: str, *, iris: Iris) -> Iterator[tuple[int, Verdict | Judged | Refused]]:
    """What a file of annotations says: JSON Lines, a JSON array, or a collection with `items`; numbered from 1."""
    for number, row in _rows(text):
        try:
            yield number, _read(row, iris=iris)
        except (ValueError, KeyError, TypeError, PolicyGraphError) as error:
            yield number, Refused(number, str(error))


def _rows(text: str) -> Iterable[tuple[int, Any]]:
    stripped = text.lstrip("\ufeff \n\t")
    try:
        whole = json.loads(stripped)
    except ValueError:
        return _lines(text)
    if isinstance(whole, Mapping) and whole.get("type") != "Annotation":
        whole = whole.get("items") or (whole.get("first") or {}).get("items") or []
    return enumerate(whole if isinstance(whole, list) else [whole], start=1)


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                yield number, error


def _read(row: Any, *, iris: Iris) -> Verdict | Judged:
    if isinstance(row, ValueError):
        raise ValueError(f"it is no JSON ({row})")
    if not isinstance(row, Mapping) or row.get("type") not in ("Annotation", ["Annotation"]):
        raise ValueError("it is no annotation")
    if KEPT in row:
        return verdict_of(row[KEPT])
    bodies = row.get("body", [])
    bodies = bodies if isinstance(bodies, list) else [bodies]
    words = [str(body.get("value", "")).strip() for body in bodies if isinstance(body, Mapping) and body.get("purpose") in ("classifying", "tagging", "assessing")]
    judgement = next((_WORDS[word.lower()] for word in words if word.lower() in _WORDS), None)
    if judgement is None:
        raise ValueError(f"no body says accepted or rejected: {', '.join(words) or 'none'}")
    comments = [str(body.get("value", "")) for body in bodies if isinstance(body, Mapping) and body.get("purpose", "commenting") == "commenting"]
    creator = row.get("creator") or {}
    name = creator if isinstance(creator, str) else creator.get("nickname") or creator.get("name") or ""
    return Judged(_record(row, bodies, iris=iris), judgement, " ".join(comments).strip(), str(name))


def _record(row: Mapping[str, Any], bodies: Sequence[Any], *, iris: Iris) -> str:
    """The record that an annotation names: in its target, or in a body."""
    targets = row.get("target", [])
    for each in (*(targets if isinstance(targets, list) else [targets]), *bodies):
        named = each if isinstance(each, str) else (each.get("source") or each.get("id") or "") if isinstance(each, Mapping) else ""
        try:
            name = iris.parse(str(named))
        except UsageError:
            continue
        if name.kind in ("link", "doc", "annotation") and name.part is None:
            return name.id
    raise ValueError(f"neither target nor body names a record under {iris.base}")
