"""The records beside the graph: equal to it, and nothing hangs on them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from policygraph.release.records import LINKS, document_name, packed, unpacked

from policygraph import PolicyGraph
from policygraph.model import DocumentRecords, Links


def test_records_are_those_of_the_graph(small_data: Path) -> None:
    with PolicyGraph.open(small_data) as graph:
        assert graph.records
        for document, records in graph.records.items():
            assert records == graph.reader.document_records(document)
            assert unpacked(packed(records), DocumentRecords) == records
        assert graph.links.alignments and graph.links.target_links
        assert graph.links == graph.reader.links()
        assert unpacked(packed(graph.links), Links) == graph.links


def test_records_of_other_fields_or_damaged_are_read_from_the_graph(small_data: Path, tmp_path: Path) -> None:
    built = tmp_path / "data"
    shutil.copytree(small_data, built, symlinks=True)
    with PolicyGraph.open(built) as graph:
        folder, (document, records), links = graph.release.folder, next(iter(graph.records.items())), graph.links
    file = folder / document_name(document)
    content = json.loads(file.read_bytes())
    content["fields"]["Task"][0] = "identifier"
    file.write_text(json.dumps(content), "utf-8")
    pair = next((folder / LINKS).iterdir())
    pair.write_bytes(pair.read_bytes()[:-9])
    with PolicyGraph.open(built) as graph:
        assert graph.records[document] == records
        assert graph.links == links
