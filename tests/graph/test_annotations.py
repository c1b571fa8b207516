"""Web Annotations: what is quoted is in the source, word for word, where the positions say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.graph.annotations import Quoted, annotations_of
from policygraph.ids import Iris


@pytest.fixture
def graph(small_data: Path) -> Iterator[PolicyGraph]:
    with PolicyGraph.open(small_data) as opened:
        yield opened


def test_every_record_of_a_document_is_an_annotation_of_its_text(graph: PolicyGraph) -> None:
    records, source = graph.records["sichuan-river-2023"], graph.source_text("sichuan-river-2023")
    made = list(annotations_of(records, quoted=Quoted(document=records.document, text=source), iris=Iris()))
    assert len(made) == sum(len(getattr(records, name)) for name in ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "findings"))
    for each in made:
        position, quotation = each["target"]["selector"]
        assert source[position["start"] : position["end"]] == quotation["exact"]
        assert (quotation["prefix"] + quotation["exact"] + quotation["suffix"]) in source
    assert len({each["id"] for each in made}) == len(made)


def test_export_holds_links_that_quote_both_texts(graph: PolicyGraph, tmp_path: Path) -> None:
    [written] = graph.export(tmp_path, format="annotations")
    lines = [json.loads(line) for line in written.read_text("utf-8").splitlines()]
    assert written.read_bytes() == graph.export(tmp_path / "again", format="annotations")[0].read_bytes()
    linking = [line for line in lines if line["motivation"] == "linking"]
    assert len(linking) == len(graph.links.alignments)
    assert linking
    for line in linking:
        assert len({target["source"] for target in line["target"][1:]}) == 2
