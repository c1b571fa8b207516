"""A release goes into another store: only what it lacks, whenever the push before was broken off, and counted."""

from __future__ import annotations

import dataclasses
import gzip
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from store_servers import PROGRAM, Relay, free_port, oxigraph, relay, virtuoso

from policygraph.errors import PolicyGraphError, QueryError, ReleaseError, UsageError
from policygraph.graph import EndpointStore, Loader, Pushed, push, query_address, write_document, write_links
from policygraph.ids import DEFAULT_BASE
from policygraph.release.folder import FORMAT, Manifest
from policygraph.settings import Settings

GRAPH = "https://w3id.org/policygraph/id/graph/"
NATIONAL, SICHUAN, LINKS = f"{GRAPH}doc/national-yangtze-2022", f"{GRAPH}doc/sichuan-yangtze-2023", f"{GRAPH}links"


@pytest.fixture(scope="module")
def oxigraph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with oxigraph(tmp_path_factory.mktemp("oxigraph")) as address:
        yield address


@pytest.fixture
def store(oxigraph_server: str) -> Iterator[Relay]:
    """An empty store behind a relay."""
    for row in EndpointStore(f"{oxigraph_server}/query").select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"):
        _server(oxigraph_server).delete(row["g"])
    with relay(oxigraph_server) as found:
        yield found


def _server(address: str):  # type: ignore[no-untyped-def]
    from policygraph.graph.pushing import GraphStoreProtocol

    return GraphStoreProtocol(f"{address}/store", EndpointStore(f"{address}/query"))


@pytest.fixture
def graph(tmp_path: Path, samples: ModuleType) -> Path:
    """The graph of a release as a build lays it out: a file for each document, and the links in one for each pair, here five
    that all say something in the graph of links."""
    folder = tmp_path / "graph"
    (folder / "documents").mkdir(parents=True)
    (folder / "links").mkdir()
    for records in samples.RECORDS:
        _write(folder / "documents" / f"{records.document.id}.nq.gz", write_document(records, version="test"))
    documents = [records.document for records in samples.RECORDS]
    lines = write_links(samples.LINKS, documents=documents, version="test").splitlines(keepends=True)
    for number in range(5):
        _write(folder / "links" / f"{number}.nq.gz", b"".join(lines[number::5]))
    return folder


def _write(path: Path, quads: bytes) -> None:
    path.write_bytes(gzip.compress(quads))


def _pushed(graph: Path, address: str, *, release: str = "r1", **settings: int) -> Pushed:
    return push(graph, f"{address}/store", endpoint=EndpointStore(f"{address}/query"), release=release, settings=Settings(**settings))


def _counts(address: str) -> dict[str, int]:
    rows = EndpointStore(f"{address}/query").select("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    return {row["g"]: int(row["n"]) for row in rows if row["g"] != f"{GRAPH}pushed"}


def _release(address: str) -> list[str]:
    rows = EndpointStore(f"{address}/query").select(f"SELECT ?r {{ GRAPH <{GRAPH}pushed> {{ <{GRAPH}pushed> <http://purl.org/dc/terms/identifier> ?r }} }}")
    return [row["r"] for row in rows]


def _data_folder(graph: Path, folder: Path) -> Path:
    """A data folder whose release in service has that graph."""
    data = folder / "data"
    release = data / "releases" / "r1"
    shutil.copytree(graph, release / "graph")
    manifest = Manifest(
        format=FORMAT, id="r1", program="test", base_iri=DEFAULT_BASE, encoder="none", inputs=(), documents=(),
        problems=(), warnings=(), links={}, statements=0, files={},
    )  # fmt: skip
    (release / "manifest.json").write_text(manifest.to_json(), "utf-8")
    (data / "current").write_text("r1", "utf-8")
    return data


def _lines(graph: Path) -> int:
    return sum(gzip.decompress(path.read_bytes()).count(b"\n") for path in graph.rglob("*.gz"))


def test_all_of_a_release_is_sent_once(graph: Path, store: Relay) -> None:
    first = _pushed(graph, store.address)
    assert sum(first.sent.values()) == sum(_counts(store.address).values()) == _lines(graph)
    assert {NATIONAL, SICHUAN, LINKS} <= first.sent.keys()
    assert "gzip" in first.way
    assert _release(store.address) == ["r1"]
    store.written.clear()
    second = _pushed(graph, store.address)
    assert (second.sent, second.kept, store.sent()) == ({}, len(first.sent), [])


def test_only_graphs_that_changed_are_replaced(graph: Path, store: Relay, samples: ModuleType) -> None:
    _pushed(graph, store.address)
    store.written.clear()
    records = samples.SICHUAN_RECORDS
    retitled = dataclasses.replace(records, document=dataclasses.replace(records.document, title="四川省深入打好长江保护修复攻坚战实施方案"))
    _write(graph / "documents" / "sichuan-yangtze-2023.nq.gz", write_document(retitled, version="test"))
    second = _pushed(graph, store.address, release="r2")
    assert list(second.sent) == store.sent() == [SICHUAN]
    assert EndpointStore(f"{store.address}/query").select('ASK { GRAPH ?g { ?d ?p ?t FILTER(CONTAINS(STR(?t), "深入打好长江保护修复攻坚战实施方案")) } }') == [{"boolean": "true"}]
    assert _release(store.address) == ["r2"]


def test_graphs_that_the_release_no_longer_has_are_removed(graph: Path, store: Relay) -> None:
    _pushed(graph, store.address)
    foreign = f"{GRAPH}doc/of-somebody-else"
    _server(store.address).put(foreign, b"<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n")
    (graph / "documents" / "sichuan-yangtze-2023.nq.gz").unlink()
    shutil.rmtree(graph / "links")
    second = _pushed(graph, store.address, release="r2")
    assert SICHUAN in second.removed and LINKS in second.removed
    assert set(_counts(store.address)) == {NATIONAL, foreign}  # what no push brought is left alone


def test_a_killed_push_is_gone_on_with(graph: Path, store: Relay, tmp_path: Path) -> None:
    """Killed while the third file of links is on its way: the second run sends that and what comes after it alone."""
    data = _data_folder(graph, tmp_path)
    size = min(len(gzip.decompress(path.read_bytes())) for path in (graph / "links").iterdir())  # a file at a time
    sent_links = 0

    def hold(_: int, name: str) -> str | None:
        nonlocal sent_links
        sent_links += name == LINKS
        return "hold" if sent_links == 3 else None

    store.rule = hold
    command = [*PROGRAM, "push", f"{store.address}/store", "--data", str(data), "--push-bytes", str(size)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as pushing:
        assert store.held.wait(60)
        pushing.kill()
    before = store.sent()
    store.rule = lambda *_: None
    store.written.clear()
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "all counted" in done.stderr
    assert not {NATIONAL, SICHUAN} & set(store.sent()), "the documents were in"
    assert NATIONAL in before and SICHUAN in before
    assert store.sent().count(LINKS) > 0
    assert "PUT" not in {method for method, name in store.written if name == LINKS}, "what was in of it stays"
    assert sum(_counts(store.address).values()) == _lines(graph)


def test_what_was_lost_on_the_way_is_named_and_sent_anew(graph: Path, store: Relay) -> None:
    store.rule = lambda _, name: "lose" if name == NATIONAL else None
    with pytest.raises(ReleaseError, match="national-yangtze-2022") as caught:
        _pushed(graph, store.address)
    assert "Push again" in caught.value.remedy
    assert "sichuan" not in caught.value.message
    assert _release(store.address) == [], "the release is not said to be there"
    store.rule = lambda *_: None
    store.written.clear()
    assert list(_pushed(graph, store.address).sent) == store.sent() == [NATIONAL]


@pytest.mark.parametrize(
    ("answer", "says"),
    [(507, "give it room"), (500, "full disk"), (401, "--login-file"), (403, "--login-file"), ("close", "Is the SPARQL server running")],
)
def test_a_store_that_refuses_in_the_middle_says_the_way_out(graph: Path, store: Relay, answer: int | str, says: str) -> None:
    store.rule = lambda _, name: answer if name == SICHUAN else None
    with pytest.raises(PolicyGraphError) as caught:
        _pushed(graph, store.address)
    assert says in str(caught.value)
    assert "1 of " in caught.value.message
    assert "Push again" in caught.value.remedy
    assert "\n" not in str(caught.value)
    store.rule = lambda *_: None
    store.written.clear()
    assert NATIONAL not in _pushed(graph, store.address).sent


def test_a_store_whose_disk_is_full_says_so(graph: Path, tmp_path: Path) -> None:
    """A server that may write no file of more than 256 kB: what its engine says comes through."""
    clause = "推进农业面源污染防治，到2025年农膜回收率达到85%以上。" * 20
    lines = (f'<urn:clause:{number}> <urn:text> "{number}{clause}" <{NATIONAL}> .\n' for number in range(1_000))
    _write(graph / "documents" / "national-yangtze-2022.nq.gz", "".join(lines).encode())
    (tmp_path / "full").mkdir()

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 10, 256 << 10))

    with oxigraph(tmp_path / "full", prepare=full) as address, pytest.raises(PolicyGraphError, match="answers 5|cannot be reached") as caught:
        _pushed(graph, address)
    assert caught.value.remedy


def test_a_store_that_is_not_there_is_said(graph: Path) -> None:
    with pytest.raises(ReleaseError, match="cannot be reached"):
        _pushed(graph, f"http://127.0.0.1:{free_port()}")


def test_a_release_cut_off_on_disk_is_said_before_anything_is_sent(graph: Path, store: Relay) -> None:
    path = graph / "documents" / "national-yangtze-2022.nq.gz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ReleaseError, match=r"national-yangtze-2022\.nq\.gz cannot be read"):
        _pushed(graph, store.address)
    assert store.written == []


def test_where_queries_are_answered_is_known_or_asked_for() -> None:
    assert query_address("http://store.example/store") == "http://store.example/query"
    with pytest.raises(UsageError, match="--endpoint"):
        query_address("http://store.example/graphs")


@pytest.fixture(scope="module")
def virtuoso_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("virtuoso")
    with virtuoso(folder) as address:
        yield address, folder / "db"


def _into_virtuoso(graph: Path, address: str, *, loader: Path | None, crud: str = "sparql-graph-crud", login: tuple[str, str] | None = None) -> Pushed:
    return push(
        graph, f"{address}/{crud}", endpoint=EndpointStore(f"{address}/sparql", login=login), release="r1",
        loader=(lambda server: Loader(loader, server)) if loader else None,
    )  # fmt: skip


def test_virtuoso_takes_it_by_its_loader(graph: Path, virtuoso_server: tuple[str, Path]) -> None:
    address, folder = virtuoso_server
    first = _into_virtuoso(graph, address, loader=folder)
    assert "loader" in first.way
    assert sum(first.sent.values()) == _lines(graph)
    assert _into_virtuoso(graph, address, loader=folder).sent == {}
    _write(graph / "links" / "0.nq.gz", b"")  # a pair without links
    third = _into_virtuoso(graph, address, loader=folder)
    assert set(third.sent) <= {LINKS, f"{GRAPH}implementation"}
    assert sum(third.sent.values()) + sum(v for k, v in first.sent.items() if k not in third.sent) == _lines(graph)
    assert not (folder / "pushed").exists()


def test_virtuoso_asks_for_a_password_where_it_wants_one(graph: Path, virtuoso_server: tuple[str, Path]) -> None:
    address, _ = virtuoso_server
    with pytest.raises(QueryError, match="answers 401") as caught:
        _into_virtuoso(graph, address, loader=None, crud="sparql-graph-crud-auth", login=("dba", "wrong"))
    assert "--login-file" in caught.value.remedy
    assert _into_virtuoso(graph, address, loader=None, crud="sparql-graph-crud-auth", login=("dba", "dba")).kept >= 0


def test_a_folder_that_is_not_virtuosos_is_said(graph: Path, virtuoso_server: tuple[str, Path], tmp_path: Path) -> None:
    address, _ = virtuoso_server
    (graph / "documents" / "national-yangtze-2022.nq.gz").unlink()
    _write(graph / "documents" / "sichuan-yangtze-2023.nq.gz", b"<urn:a> <urn:b> <urn:c> <urn:d> .\n")
    with pytest.raises(UsageError, match="policygraph virtuoso"):
        _into_virtuoso(graph, address, loader=tmp_path)
