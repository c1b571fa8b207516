"""The checks find real faults: one planted fault a row."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from policygraph.graph.validate import check_document, check_links, check_shapes
from policygraph.model import DocumentRecords


def _with(name: str, **changes: Any) -> Callable[[DocumentRecords], DocumentRecords]:
    """Change the first record of a type."""

    def change(records: DocumentRecords) -> DocumentRecords:
        first, *rest = getattr(records, name)
        return dataclasses.replace(records, **{name: (dataclasses.replace(first, **changes), *rest)})

    return change


def test_sound_records_have_no_fault(samples: ModuleType) -> None:
    for records in samples.RECORDS:
        assert check_document(records, samples.SOURCES[records.document.id]) == []
    assert check_links(samples.LINKS, samples.RECORDS, samples.SOURCES) == []


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (_with("targets", end=10**6), "span"),
        (_with("targets", end=0), "span"),
        (_with("targets", text="农膜回收率达到90%以上"), "text"),
        (_with("targets", clause="national-yangtze-2022/item_99"), "reference"),
        (_with("targets", alternative_to="national-yangtze-2022/none"), "reference"),
        (_with("targets", value=None), "target"),
        (_with("tasks", id="national-yangtze-2022/item_10"), "id"),
        (_with("tasks", id="elsewhere/task_1"), "id"),
        (_with("tasks", document="elsewhere"), "reference"),
        (_with("responsibilities", agencies=()), "responsibility"),
        (_with("deadlines", earliest="2030-01-01"), "deadline"),
        (lambda records: dataclasses.replace(records, clauses=records.clauses[:-1]), "tiling"),
        (_with("clauses", leaf=False), "tiling"),
    ],
)
def test_planted_fault_is_found(
    samples: ModuleType, change: Callable[[DocumentRecords], DocumentRecords], check: str
) -> None:
    broken = change(samples.NATIONAL_RECORDS)
    assert check in {v.check for v in check_document(broken, samples.NATIONAL_TEXT)}


@pytest.mark.parametrize(
    ("changes", "check"),
    [({"score": 1.2}, "score"), ({"evidence": ()}, "evidence"), ({"source": "nowhere"}, "reference")],
)
def test_planted_fault_of_a_link_is_found(samples: ModuleType, changes: dict[str, Any], check: str) -> None:
    first, second = samples.LINKS.alignments
    links = dataclasses.replace(samples.LINKS, alignments=(dataclasses.replace(first, **changes), second))
    assert check in {v.check for v in check_links(links, samples.RECORDS, samples.SOURCES)}


def test_evidence_that_is_not_in_the_text_is_found(samples: ModuleType) -> None:
    first, second = samples.LINKS.alignments
    match = dataclasses.replace(first.evidence[0], source_text="农膜回收率达99%")
    links = dataclasses.replace(samples.LINKS, alignments=(dataclasses.replace(first, evidence=(match,)), second))
    assert {v.check for v in check_links(links, samples.RECORDS, samples.SOURCES)} == {"text"}


def test_shapes_accept_sound_graphs(quads: dict[str, bytes], vocabulary: bytes) -> None:
    assert check_shapes(vocabulary, *quads.values()) == []


_PG = b"<https://w3id.org/policygraph/ontology#"
_FIRST_TARGET = b"item_10/para_1/target_1>"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"vocabulary/role/lead>", b"vocabulary/role/boss>", "role is one of the scheme"),
        (b"vocabulary/modality/mandatory>", b"vocabulary/modality/maybe>", "modality is one of the scheme"),
        (b'"0.93"^^', b'"1.93"^^', "between 0 and 1"),
        (_PG + b"evidence>", _PG + b"evidences>", "link has evidence"),
        (_PG + b"clause>", _PG + b"claws>", "stands in one clause"),
        (_PG + b"start>", _PG + b"star>", "one span"),
        (_PG + b"end>", _PG + b"ended>", "one span"),
        (b"qudt/numericValue>", b"qudt/numeric>", "value or a state"),
    ],
)
def test_shapes_find_a_planted_fault(
    quads: dict[str, bytes], vocabulary: bytes, old: bytes, new: bytes, message: str
) -> None:
    broken = [part.replace(old, new) for part in quads.values()]
    assert any(message in violation.message for violation in check_shapes(vocabulary, *broken))


def test_shapes_find_two_titles_and_a_span_beyond_the_text(
    quads: dict[str, bytes], vocabulary: bytes
) -> None:
    document = b"<https://w3id.org/policygraph/id/doc/national-yangtze-2022>"
    end = b" <http://example.org/g> .\n"
    more = document + b' <http://data.europa.eu/eli/ontology#title> "B"@zh' + end
    broken, changed = re.subn(
        rb'(/item_10/para_1/target_1> <https://w3id\.org/policygraph/ontology#end>) "\d+"', rb'\1 "99999"', quads["national-yangtze-2022"]
    )
    assert changed
    messages = {v.message for v in check_shapes(vocabulary, broken, more)}
    assert any("exactly one title" in message for message in messages)
    assert any("ends within its source text" in message for message in messages)
