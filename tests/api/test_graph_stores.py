"""The seam `GraphStore`: the same questions to the embedded store, to Oxigraph and to Virtuoso, each a real server."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import store_servers

import policygraph
from policygraph.build.pipeline import build
from policygraph.graph import EmbeddedStore, EndpointStore, GraphStore, Reader, push
from policygraph.graph.store import open_store
from policygraph.ids import DEFAULT_BASE
from policygraph.release.folder import DataFolder, Release
from policygraph.settings import Settings

pytestmark = pytest.mark.slow

QUERIES = Path(policygraph.__file__).parent / "ontology" / "queries"
CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory, corpus_data: Path) -> Release:
    data = tmp_path_factory.mktemp("release")
    shutil.copytree(corpus_data / "cache", data / "cache")
    corpus = tmp_path_factory.mktemp("corpus")
    for name in ("national-yangtze-2022.md", "sichuan-yangtze-2023.txt"):
        shutil.copy(CORPUS / name, corpus / name)
    build(corpus, data, settings=Settings(encoder="none", workers=1))
    return DataFolder(data).current()


@contextlib.contextmanager
def oxigraph(release: Release, folder: Path) -> Iterator[GraphStore]:
    with store_servers.oxigraph(folder) as address:
        endpoint = EndpointStore(f"{address}/query")
        pushed = push(release.graph, f"{address}/store", endpoint=endpoint, release=release.manifest.id)
        assert sum(pushed.sent.values()) == release.manifest.statements
        yield open_store(endpoint.endpoint)


@contextlib.contextmanager
def virtuoso(release: Release, folder: Path) -> Iterator[GraphStore]:
    """One that a user starts by the command, filled by the command: by its loader, then over HTTP, which finds all in place."""
    with store_servers.virtuoso(folder) as address:
        command = [*store_servers.PROGRAM, "push", f"{address}/sparql-graph-crud", "--data", str(release.folder.parents[1])]
        first = subprocess.run([*command, "--virtuoso", str(folder / "db")], check=True, capture_output=True, timeout=300)
        assert b"national-yangtze-2022" in first.stdout
        again = subprocess.run(command, check=True, capture_output=True, timeout=300)
        assert again.stdout == b""
        yield open_store(f"{address}/sparql")


@contextlib.contextmanager
def embedded(release: Release, folder: Path) -> Iterator[GraphStore]:
    del folder
    yield open_store(release.store)


@pytest.fixture(scope="module", params=[embedded, oxigraph, virtuoso], ids=lambda f: f.__name__)
def store(request: pytest.FixtureRequest, release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    make: Callable[[Release, Path], contextlib.AbstractContextManager[GraphStore]] = request.param
    folder = tmp_path_factory.mktemp(make.__name__)
    with make(release, folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def local(release: Release) -> Reader:
    return Reader(EmbeddedStore.open(release.store), base_iri=DEFAULT_BASE)


def test_gives_the_same_documents_and_clauses(store: GraphStore, local: Reader) -> None:
    reader = Reader(store, base_iri=DEFAULT_BASE)
    assert reader.documents() == local.documents()
    assert reader.clauses(document="sichuan-yangtze-2023") == local.clauses(document="sichuan-yangtze-2023")


def test_gives_the_same_targets(store: GraphStore, local: Reader) -> None:
    assert Reader(store, base_iri=DEFAULT_BASE).targets() == local.targets()


def test_gives_the_same_links(store: GraphStore, local: Reader) -> None:
    reader = Reader(store, base_iri=DEFAULT_BASE)
    assert {a.id: a for a in reader.alignments()} == {a.id: a for a in local.alignments()}


def test_answers_select_and_construct(store: GraphStore) -> None:
    rows = store.select("SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s a <https://w3id.org/policygraph/ontology#PolicyDocument> } }")
    assert rows == [{"n": "2"}]
    assert store.construct("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 3").count(b" .\n") == 3


@pytest.fixture(scope="module")
def client(store: GraphStore, release: Release, serve) -> Iterator[httpx.Client]:
    """The service on that store: what is asked of it is not answered from the release's own one."""
    settings = {"graph_store": store.endpoint} if isinstance(store, EndpointStore) else {}
    with serve(release.folder.parents[1], query_rows="50", **settings) as running, httpx.Client(base_url=running.url, timeout=300) as found:
        yield found


PREFIX = "PREFIX pg: <https://w3id.org/policygraph/ontology#> "
DOCUMENTS = PREFIX + "SELECT DISTINCT ?d { GRAPH ?g { ?d a pg:PolicyDocument } } ORDER BY ?d"


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return [{name: term["value"] for name, term in row.items()} for row in answer.json()["results"]["bindings"]]


def test_the_service_answers_from_it(client: httpx.Client, local: Reader) -> None:
    names = [d["d"].rpartition("/")[2] for d in rows(client.get("/sparql", params={"query": DOCUMENTS}))]
    assert names == sorted(document.id for document in local.documents())
    ask = client.get("/sparql", params={"query": PREFIX + "ASK { GRAPH ?g { ?d a pg:PolicyDocument } }"})
    assert ask.json()["boolean"] is True
    none = client.get("/sparql", params={"query": PREFIX + "ASK { GRAPH ?g { ?d a pg:Nothing } }"})
    assert none.json()["boolean"] is False
    graph = client.get("/sparql", params={"query": "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 7"}, headers={"accept": "application/n-triples"})
    assert graph.text.count(" .\n") == 7
    assert {row["id"] for row in client.get("/documents").json()["items"]} == set(names)


def test_the_service_tells_it_only_of_graphs_that_it_has(client: httpx.Client) -> None:
    graph = rows(client.get("/sparql", params={"query": PREFIX + "SELECT ?g { GRAPH ?g { ?d a pg:PolicyDocument } } ORDER BY ?g LIMIT 1"}))[0]["g"]
    counts = [
        rows(client.get("/sparql", params={"query": query, **more}))[0]["n"]
        for query, more in (
            (f"SELECT (COUNT(*) AS ?n) FROM <{graph}> {{ ?s ?p ?o }}", {}),
            ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", {"default-graph-uri": graph}),
            (f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", {}),
        )
    ]
    assert len(set(counts)) == 1
    assert client.get("/graphs", params={"graph": graph}).status_code == 200
    assert client.get("/graphs", params={"graph": "http://nothing.example/"}).status_code == 404
    assert client.get("/sparql", params={"query": "ASK FROM <http://127.0.0.1:1/> {}"}).status_code == 400


def test_the_service_lets_nothing_through_that_fetches(client: httpx.Client, store: GraphStore) -> None:
    for query in (
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "LOAD <http://127.0.0.1:1/>",
        'define get:soft "soft" SELECT * FROM <http://127.0.0.1:1/> { ?s ?p ?o }',
    ):  # fmt: skip
        assert client.get("/sparql", params={"query": query}).status_code == 400
    if isinstance(store, EndpointStore):
        refused = client.get("/sparql", params={"query": "PREFIX bif: <bif:> ASK { FILTER(bif:http_get('http://127.0.0.1:1/')) }"})
        assert refused.status_code == 400
        assert "none of SPARQL" in refused.json()["detail"]


@pytest.fixture(scope="module")
def whole(store: GraphStore, release: Release, serve) -> Iterator[httpx.Client]:
    """The service on that store, within its usual limits."""
    settings = {"graph_store": store.endpoint} if isinstance(store, EndpointStore) else {}
    with serve(release.folder.parents[1], **settings) as running, httpx.Client(base_url=running.url, timeout=300) as found:
        yield found


def test_the_service_answers_every_query_alike(whole: httpx.Client, release: Release) -> None:
    """Each query of the ontology as the engine of the release answers it: the same columns, the same rows."""
    engine = EmbeddedStore.open(release.store)
    compared = 0
    for path in sorted(QUERIES.glob("*.rq")):
        query = path.read_text("utf-8")
        answer = whole.get("/sparql", params={"query": query, "format": "srj"})
        assert answer.status_code == 200, f"{path.name}: {answer.text}"
        columns, found = _terms(answer.content)
        assert (columns, found) == _terms(engine.query(query, format="json")), path.name
        compared += len(found)
    assert compared > 500


def _terms(answer: bytes) -> tuple[list[str], list[list[str]]]:
    """The columns, and the rows in an order of their own, numbers by value: a store may write 0.50 as 0.5."""
    results = json.loads(answer)
    columns = results["head"]["vars"]
    return columns, sorted([_shown(row.get(column)) for column in columns] for row in results["results"]["bindings"])


def _shown(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    with contextlib.suppress(ValueError):
        if term.get("datatype", "").rpartition("#")[2] in ("integer", "decimal", "double"):
            return f"{float(term['value']):.12g}"
    if term.get("datatype", "").endswith("#boolean"):
        return str(term["value"] in ("true", "1"))
    return f"{term['type'].removeprefix('typed-')} {term['value']} {term.get('xml:lang', '')}"


def test_the_service_says_that_it_has_cut(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": "SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 60"})
    assert answer.headers["policygraph-cut"].startswith("query_rows; rows=50")
    assert answer.json()["cut"]["by"] == "query_rows"
