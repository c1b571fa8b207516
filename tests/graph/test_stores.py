"""The two stores answer alike; what goes wrong is said in one line with the way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from store_servers import oxigraph

from policygraph.errors import NotFoundError, QueryError, ReleaseError, UsageError
from policygraph.graph import EmbeddedStore, EndpointStore, GraphStore, Reader, load, open_store, push


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory, quads: dict[str, bytes]) -> Iterator[EndpointStore]:
    """An Oxigraph server on loopback, filled by push."""
    folder = tmp_path_factory.mktemp("server")
    with oxigraph(folder) as address:
        release = folder / "graph.nq"
        release.write_bytes(b"".join(quads.values()))
        store = EndpointStore(f"{address}/query")
        pushed = push(release, f"{address}/store", endpoint=store, release="r1")
        assert sum(pushed.sent.values()) == release.read_bytes().count(b"\n")
        yield store


@pytest.fixture(params=["embedded", "endpoint"])
def any_store(request: pytest.FixtureRequest, store: EmbeddedStore) -> GraphStore:
    return store if request.param == "embedded" else request.getfixturevalue("endpoint")


def test_records_are_the_same_from_either(any_store: GraphStore, reader: Reader, samples: ModuleType) -> None:
    there = Reader(any_store)
    assert there.links() == samples.LINKS
    for records in samples.RECORDS:
        assert there.document_records(records.document.id) == reader.document_records(records.document.id)


def test_either_is_a_graph_store(any_store: GraphStore) -> None:
    assert isinstance(any_store, GraphStore)


def test_selective_reading(any_store: GraphStore, samples: ModuleType) -> None:
    reader = Reader(any_store)
    film, farm = samples.FILM, samples.FARM
    assert [t.value for t in reader.targets(clause=farm)] == [85.5, "Ⅱ"]
    assert [t.document for t in reader.targets(indicator="农膜回收率", by="2025-12-31")] == [samples._N, samples._S]
    assert [t.id for t in reader.targets(concept="agricultural-film-recovery")] == [f"{film}/target_1"]
    assert [d.clause for d in reader.deadlines(by="2023-12-31")] == [samples.PORT]
    assert [d.clause for d in reader.deadlines(after="2024-01-01", document=samples._N)] == [film]
    assert [n.clause for n in reader.responsibilities(agency="510000/ecology-environment")] == [farm]
    assert reader.responsibilities(agency="510000/ecology-environment", role="lead") == []
    assert [c.title for c in reader.citations(basis=True)] == ["深入打好长江保护修复攻坚战行动方案"]
    assert [t.verb for t in reader.tasks(modality="encouraged")] == ["先行先试"]
    assert [a.source for a in reader.alignments(target=film)] == [farm, samples.PLATFORM]
    assert [a.source for a in reader.alignments(between=(samples._S, samples._N), relation="implements")] == [farm]
    assert reader.alignments(between=(samples._N, samples._S)) == []
    assert [c.subject for c in reader.coverage(status="absent")] == [samples.PORT]
    assert [d.id for d in reader.documents(region="510000")] == [samples._S]
    assert [c.id for c in reader.clauses(document=samples._N, leaves=True)][-1] == samples.PORT
    assert len(reader.findings()) == 1


def test_one_clause_with_all_that_was_found_in_it(any_store: GraphStore, samples: ModuleType) -> None:
    found = Reader(any_store).records(samples.FARM)
    assert found.clauses == (samples.SICHUAN_RECORDS.clauses[2],)
    assert {target.id for target in found.targets} == {f"{samples.FARM}/target_1", f"{samples.FARM}/target_2"}
    assert found.responsibilities == samples.SICHUAN_RECORDS.responsibilities


def test_query_answers_every_form(any_store: GraphStore) -> None:
    reader = Reader(any_store)
    assert reader.query("ASK { GRAPH ?g { ?s ?p ?o } }") == ([{"boolean": "true"}], ("boolean",))
    rows, columns = reader.query("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s a <http://www.w3.org/ns/prov#Activity> } }")
    assert (rows, columns) == ([{"n": "3"}], ("n",))


def test_construct_gives_triples(reader: Reader) -> None:
    rows, columns = reader.query("CONSTRUCT { ?s a ?t } WHERE { ?s a ?t }")
    assert columns == ("subject", "predicate", "object")
    assert len(rows) > 50


def test_bad_query_is_an_error_of_its_own(any_store: GraphStore) -> None:
    with pytest.raises(QueryError):
        any_store.select("SELECT * WHERE { ?s")


def test_unknown_document_lists_the_known(reader: Reader) -> None:
    with pytest.raises(NotFoundError, match="sichuan-yangtze-2023"):
        reader.document("beijing")
    with pytest.raises(NotFoundError):
        reader.clause("beijing/item_1")


def test_missing_store_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="policygraph build"):
        open_store(tmp_path / "nothing")


def test_unreachable_endpoint_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="cannot be reached"):
        open_store("http://127.0.0.1:9/query").select("ASK {}")


def test_store_is_not_loaded_into_a_full_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        load([b""], tmp_path)


def test_failed_load_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError):
        load([b"no quads at all"], tmp_path / "store")
    assert not (tmp_path / "store").exists()
