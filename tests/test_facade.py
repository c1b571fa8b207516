"""`PolicyGraph` from Python: the same answers as the command line, as records that become frames."""

from __future__ import annotations

import subprocess
import sys

import pytest

import policygraph
from policygraph import PolicyGraph
from policygraph.errors import NotFoundError, PolicyGraphError, QueryError, ReleaseError, UsageError
from policygraph.table import Table


@pytest.fixture(scope="module")
def graph(small_data):
    with PolicyGraph.open(small_data) as opened:
        yield opened


def test_public_names_are_there():
    assert all(getattr(policygraph, name) for name in policygraph.__all__)
    with pytest.raises(AttributeError):
        policygraph.nothing  # noqa: B018


def test_import_loads_nothing_heavy():
    code = "import sys, policygraph, policygraph.model, policygraph.cli; print(*sys.modules)"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    heavy = {"rdflib", "pyoxigraph", "onnxruntime", "faiss", "pandas", "numpy", "rjieba", "networkx", "pyshacl", "tantivy", "rich", "fastapi"}
    assert not loaded & heavy


def test_info_and_documents_agree(graph):
    assert [row.id for row in graph.info()] == [document.id for document in graph.documents()]
    assert {document.region for document in graph.documents()} == {"000000", "510000", "500000"}


def test_every_span_gives_its_text(graph):
    from policygraph.read import clean

    for records in graph.records.values():
        text = graph.source_text(records.document.id)
        for name in ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "findings"):
            for record in getattr(records, name):
                assert clean(text[record.start : record.end]) == record.text


def test_targets_for_an_indicator_in_all_documents(graph):
    rows = graph.targets(indicator="农膜回收率")
    assert {(row.document, row.comparator, row.value, row.unit, row.deadline) for row in rows} == {
        ("national-river-2022", ">=", 85, "%", "2025-12-31"),
        ("sichuan-river-2023", ">=", 85, "%", "2025-12-31"),
    }
    assert [row.document for row in graph.targets(indicator="农膜回收率", region="四川")] == ["sichuan-river-2023"]
    assert not graph.targets(indicator="月球面积")
    assert "月球面积" in graph.targets(indicator="月球面积").note


def test_due_names_who_leads(graph):
    rows = graph.due(by="2023-12-31", region="四川")
    assert [(row.date, row.lead) for row in rows] == [("2023-12-31", ("住房城乡建设厅",))]
    assert [row.date for row in graph.due()] == sorted(row.date for row in graph.due())
    assert {row.document for row in graph.due(since="2024-01-01", by="2024-12-31")} == {
        "national-river-2022",
        "sichuan-river-2023",
    }


def test_agency_leads_supports_and_works_with(graph):
    profile = graph.agency("生态环境厅")
    assert {(duty.role, duty.document) for duty in profile.duties} == {
        ("cooperate", "sichuan-river-2023"),
        ("responsible", "sichuan-river-2023"),
    }
    assert {partner.name for partner in profile.partners} == {"住房城乡建设厅", "水利厅"}


def test_sparql_gives_rows(graph):
    rows = graph.sparql("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    assert rows.columns == ("n",) and int(rows[0]["n"]) > 100
    with pytest.raises(QueryError):
        graph.sparql("SELECT nonsense")


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda graph: graph.clauses("nowhere"), NotFoundError, "sichuan-river-2023"),
        (lambda graph: graph.agency("海军"), NotFoundError, "For instance"),
        (lambda graph: graph.due(by="next year"), UsageError, "2023-12-31"),
        (lambda graph: graph.targets(region="亚特兰蒂斯"), NotFoundError, "no region"),
        (lambda graph: graph.source_text("nowhere"), NotFoundError, "It holds"),
        (lambda graph: PolicyGraph.open("no-such-folder"), ReleaseError, "policygraph build"),
        (lambda graph: PolicyGraph.open(graph.release.folder.parent.parent, release="zzz"), NotFoundError, "Releases: "),
    ],
)
def test_what_is_not_there_is_said_with_the_way_out(graph, ask, error, says):
    with pytest.raises(error, match=says):
        ask(graph)


def test_table_is_a_sequence_a_frame_and_html(graph):
    table = graph.targets()
    assert isinstance(table, Table) and len(table[:2]) == 2 and table[0] == list(table)[0]
    frame = table.frame()
    assert list(frame.columns) == list(table.columns) and len(frame) == len(table)
    assert "<th>indicator</th>" in table._repr_html_() and "<script>" not in Table([{"a": "<script>"}])._repr_html_()
    assert "rows of Target" in repr(table)


def test_frame_without_pandas_says_what_to_install():
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "from policygraph.table import Table\n"
        "try: Table([{'a': 1}]).frame()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("PolicyGraphError pandas is not installed. pip install"), done
    assert issubclass(PolicyGraphError, Exception)


def test_open_release_is_not_pruned(small_corpus, tmp_path):
    from policygraph.build.pipeline import build
    from policygraph.release.folder import DataFolder
    from policygraph.settings import Settings

    settings = Settings(encoder="none")
    first = build(small_corpus, tmp_path / "data", settings=settings).release.id
    with PolicyGraph.open(tmp_path / "data"):
        (small_corpus / "chongqing-river-2023.txt").unlink()
        build(small_corpus, tmp_path / "data", settings=settings)
        assert DataFolder(tmp_path / "data").prune(1) == []
    assert DataFolder(tmp_path / "data").prune(1) == [first]
