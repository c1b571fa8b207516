"""Exports: what is written can be read back by the programs that people use."""

from __future__ import annotations

import csv
import dataclasses
import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from policygraph.errors import PolicyGraphError, UsageError
from policygraph.graph import EmbeddedStore, Reader, write_document, write_links
from policygraph.graph.schema import BY_NAME
from policygraph.release.export import CELL_CHARACTERS, FORMATS, cell, columns, export

FORMULAS = ("=1+1", "+A1", "-A1", "@SUM(A1)", "\tx", "\rx")


def _samples() -> ModuleType:
    spec = importlib.util.spec_from_file_location("export_samples", Path(__file__).parents[1] / "graph" / "samples.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["export_samples"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def samples() -> ModuleType:
    return _samples()


@pytest.fixture(scope="module")
def reader(samples: ModuleType) -> Reader:
    documents = [records.document for records in samples.RECORDS]
    parts = [write_document(records, version="test") for records in samples.RECORDS]
    return Reader(EmbeddedStore.of(*parts, write_links(samples.LINKS, documents=documents, version="test")))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_jsonl_has_a_file_a_record_type_with_every_field(reader: Reader, tmp_path: Path, samples: ModuleType) -> None:
    written = export(reader, tmp_path, format="jsonl")
    assert {path.stem for path in written} == set(BY_NAME)
    for name, kind in BY_NAME.items():
        for row in _rows(tmp_path / f"{name}.jsonl"):
            assert list(row) == columns(kind)
    targets = {row["id"]: row for row in _rows(tmp_path / "targets.jsonl")}
    assert targets[f"{samples.FARM}/target_1"]["value"] == 85.5
    assert targets[f"{samples.FARM}/target_2"]["value"] == "Ⅱ"
    assert targets[f"{samples.PLATFORM}/target_1"]["value"] is None
    notes = {row["id"]: row for row in _rows(tmp_path / "responsibilities.jsonl")}
    assert notes[f"{samples.FARM}/note_1"]["agencies"][0] == {
        "name": "农业农村厅", "agency": "510000/agriculture-rural", "role": "lead", "inherited": False,
    }  # fmt: skip
    assert _rows(tmp_path / "alignments.jsonl")[0]["evidence"][0]["source_text"] == "农膜回收率达85%"
    clauses = {row["id"]: row for row in _rows(tmp_path / "clauses.jsonl")}
    assert clauses[samples.FARM]["parent"] is None


def test_csv_opens_in_a_spreadsheet(reader: Reader, tmp_path: Path) -> None:
    export(reader, tmp_path, format="csv")
    raw = (tmp_path / "tasks.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert [row["places"] for row in rows if row["places"]] == ["岷江；沱江", "赤水河"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell((text,)) == f"'{text}"


def test_formula_in_a_record_is_plain_text_in_csv_and_xlsx(samples: ModuleType, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl reads the workbook back")
    pytest.importorskip("xlsxwriter", reason="the xlsx extra is not installed")
    records = samples.NATIONAL_RECORDS
    task = dataclasses.replace(records.tasks[0], object='=HYPERLINK("http://x","y")', verb="长" * (CELL_CHARACTERS + 9))
    quads = write_document(dataclasses.replace(records, tasks=(task,)), version="test")
    reader = Reader(EmbeddedStore.of(quads))
    export(reader, tmp_path, format="csv")
    assert ",\"'=HYPERLINK" in (tmp_path / "tasks.csv").read_text("utf-8-sig")
    export(reader, tmp_path, format="xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "policygraph.xlsx")["tasks"]
    head = [c.value for c in sheet[1]]
    values = dict(zip(head, sheet[2], strict=True))
    assert values["object"].data_type == "s"
    assert len(values["verb"].value) == CELL_CHARACTERS
    assert values["verb"].value.endswith("jsonl〕")


def test_xlsx_has_a_sheet_a_record_type(reader: Reader, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl reads the workbook back")
    pytest.importorskip("xlsxwriter", reason="the xlsx extra is not installed")
    export(reader, tmp_path, format="xlsx")
    book = openpyxl.load_workbook(tmp_path / "policygraph.xlsx")
    assert book.sheetnames == [*BY_NAME, "codebook"]
    assert book["targets"].max_row == 5


def test_parquet_has_one_type_a_column(reader: Reader, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    export(reader, tmp_path, format="parquet")
    table = parquet.read_table(tmp_path / "targets.parquet").to_pylist()
    assert [(row["value"], row["value_class"]) for row in table] == [(85.0, None), (85.5, None), (None, "Ⅱ"), (None, None)]


@pytest.mark.parametrize(("format", "name", "rdflib_format"), [
    ("turtle", "policygraph.ttl", "turtle"), ("nquads", "policygraph.nq", "nquads"),
    ("trig", "policygraph.trig", "trig"), ("jsonld", "policygraph.jsonld", "json-ld"),
])  # fmt: skip
def test_rdf_formats_hold_the_same_triples(
    reader: Reader, tmp_path: Path, format: str, name: str, rdflib_format: str  # noqa: A002
) -> None:
    import rdflib

    [path] = export(reader, tmp_path, format=format)
    assert path.name == name
    graph = rdflib.Dataset(default_union=True)
    graph.parse(path, format=rdflib_format)
    count = reader.query("SELECT (COUNT(*) AS ?n) WHERE { { SELECT DISTINCT ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } } } }")
    assert len(set(graph.triples((None, None, None)))) == int(count[0][0]["n"])


def test_jsonld_says_the_very_same_terms(reader: Reader, tmp_path: Path) -> None:
    """Not only as many triples: each with its datatype, language and IRI."""
    import rdflib
    from rdflib.compare import to_isomorphic

    graphs = []
    for format, name in (("turtle", "turtle"), ("jsonld", "json-ld")):  # noqa: A001
        [path] = export(reader, tmp_path, format=format)
        graphs.append(to_isomorphic(rdflib.Graph().parse(path, format=name)))
    assert graphs[0] == graphs[1]


def test_graphml_opens_in_networkx(reader: Reader, tmp_path: Path, samples: ModuleType) -> None:
    import networkx

    [path] = export(reader, tmp_path, format="graphml")
    graph = networkx.read_graphml(path)
    kinds = {data["kind"] for _, _, data in graph.edges(data=True)}
    assert {"part_of", "lead", "cooperate", "cites", "implements", "related"} <= kinds
    assert graph.nodes[samples.FARM]["label"] == "强化农业面源污染防治"


def test_unknown_format_lists_the_known(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="jsonl, csv, parquet"):
        export(reader, tmp_path, format="docx")


def test_folder_that_is_a_file_is_said(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PolicyGraphError, match="file"):
        export(reader, tmp_path / "file", format="jsonl")


def test_folder_without_permission_is_said(reader: Reader, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    own = os.geteuid()
    if own == 0:  # the superuser may write anywhere
        os.seteuid(65534)
    try:
        with pytest.raises(PolicyGraphError, match=r"cannot be written \(Permission denied\)"):
            export(reader, tmp_path / "new", format="jsonl")
    finally:
        os.seteuid(own)
        tmp_path.chmod(0o700)


def test_failed_export_leaves_no_half_file(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "clauses.jsonl").mkdir()
    with pytest.raises(PolicyGraphError):
        export(reader, tmp_path, format="jsonl")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("format", [name for name in FORMATS if name not in ("xlsx", "parquet", "annotations")])
def test_same_graph_gives_same_bytes(reader: Reader, tmp_path: Path, format: str) -> None:  # noqa: A002
    first = [path.read_bytes() for path in export(reader, tmp_path / "a", format=format)]
    assert first == [path.read_bytes() for path in export(reader, tmp_path / "b", format=format)]


def test_annotations_of_a_graph_without_its_texts_are_refused(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Export an opened release"):
        export(reader, tmp_path, format="annotations")
