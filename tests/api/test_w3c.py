"""The W3C manifests (protocol, graph store, service description, result formats) against a live server."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.term import Node
from store_servers import oxigraph, virtuoso

from policygraph.graph.pushing import GraphStoreProtocol
from policygraph.graph.store import EndpointStore

SUITE = Path(__file__).parents[2] / ".." / "shared" / "w3c"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C manifests (../shared/w3c) are not on this machine"),
]

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")

READ_ONLY = "read-only"
#: Tests that cannot pass because they write.
ALLOWED = dict.fromkeys(
    (
        "update_dataset_default_graph", "update_dataset_default_graphs", "update_dataset_named_graphs",
        "update_dataset_full", "update_post_form", "update_post_direct", "update_base_uri",
        "put_get_repeat_indirect", "put_get_default", "put_delete_get_delete_indirect", "post_get_post_get_indirect",
        "post_get_new_graph", "put_get_repeat_direct", "put_delete_get_delete_direct", "post_get_post_get_direct",
        "put_get_uri_pct_encoded_indirect", "put_get_uri_pct_encoded_twice", "head_existing_indirect",
        "head_existing_direct",
    ),
    READ_ONLY,
)  # fmt: skip
WRITES = ("PUT", "POST", "DELETE")
#: What the service asks: the store of the release, or another. What a store answers in a way of its own is listed with the reason
#: (docs/builds.md says it to readers); a test that is listed and passes is an error.
STORES = ("embedded", "oxigraph", "virtuoso")
DIFFERENCES = tomllib.loads((Path(__file__).with_name("store_differences.toml")).read_text("utf-8"))
#: Where triples of a default graph are put in a store whose default graph is the union of all.
DEFAULT = "urn:test:default"


def manifest(name: str) -> Graph:
    path = SUITE / name
    return Graph().parse(path, publicID=path.resolve().as_uri()) if path.exists() else Graph()


def entries_of(name: str) -> list[tuple[Graph, Node, str]]:
    graph = manifest(name)
    entries = [entry for head in graph.objects(None, MF.entries) for entry in Collection(graph, head)]
    return [(graph, entry, str(entry).rpartition("#")[2]) for entry in entries]


def requests_of(graph: Graph, test: Node) -> list[Node]:
    action = graph.value(test, MF.action)
    return list(Collection(graph, graph.value(action, HT.requests)))


def headers_of(graph: Graph, message: Node) -> dict[str, str]:
    head = graph.value(message, HT.headers)
    found = Collection(graph, head) if head is not None else []
    return {str(graph.value(h, HT.fieldName)): str(graph.value(h, HT.fieldValue)) for h in found}


def body_of(graph: Graph, message: Node) -> bytes | None:
    body = graph.value(message, HT.body)
    if body is None:
        return None
    encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    return str(graph.value(body, CNT.chars)).encode(encoding)


def accepted(graph: Graph, request: Node, status: int) -> bool:
    expected = {str(e).rpartition("#")[2] for e in graph.objects(graph.value(request, HT.resp), MF.expectedStatus)}
    names = {200: "OK", 201: "Created", 204: "NoContent", 404: "NotFound", 400: "BadRequest", 405: "MethodNotAllowed"}
    return f"StatusCode{status // 100}xx" in expected or names.get(status) in expected


def parametrize(*names: str) -> pytest.MarkDecorator:
    found = [test for name in names for test in entries_of(name)]
    return pytest.mark.parametrize(
        ("graph", "test"), [pytest.param(g, t, id=i) for g, t, i in found] or [pytest.param(None, None, id="none")]
    )


class Filled:
    """A store that holds what a test gives it."""

    def __init__(self, address: str, *, kind: str) -> None:
        store, query = ("/store", "/query") if kind == "oxigraph" else ("/sparql-graph-crud", "/sparql")
        self.endpoint = f"{address}{query}"
        self.server = GraphStoreProtocol(f"{address}{store}", EndpointStore(self.endpoint))
        self.graphs: set[str] = set()

    def put(self, quads: Iterable[ox.Quad]) -> None:
        found: dict[str, list[ox.Triple]] = {}
        for quad in quads:
            name = DEFAULT if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name.value
            found.setdefault(name, []).append(quad.triple)
        for gone in self.graphs - found.keys():
            self.server.delete(gone)
        for name, triples in found.items():
            self.server.put(name, ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES))
        self.graphs = set(found)


@pytest.fixture(scope="module", params=STORES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled | None]:
    """Another store that the service is to ask, or none."""
    if request.param == "embedded":
        yield None
        return
    start = oxigraph if request.param == "oxigraph" else virtuoso
    with start(tmp_path_factory.mktemp(request.param)) as address:
        yield Filled(address, kind=request.param)


@pytest.fixture(autouse=True)
def _differs(request: pytest.FixtureRequest) -> None:
    """A test that a store is known not to pass has to fail with it."""
    found = getattr(request.node, "callspec", None)
    if found is None or "store" not in found.params:
        return
    name = str(found.params["test"]).rpartition("#")[2] if "test" in found.params else request.node.originalname
    reason = DIFFERENCES.get(found.params["store"], {}).get(f"{request.node.originalname}:{name}")
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture
def endpoint(protocol: tuple[str, set[ox.Quad]], store: Filled | None) -> str:
    """The service on the data of the protocol's tests; others may have filled the store anew since."""
    address, quads = protocol
    if store is not None:
        store.put(quads)
    return address


@pytest.fixture(scope="module")
def protocol(serve, make_release, tmp_path_factory, store: Filled | None) -> Iterator[tuple[str, set[ox.Quad]]]:
    quads: set[ox.Quad] = set()
    for name in ("data1.nt", "data2.nt", "data3.nt"):
        graph = ox.NamedNode(f"http://kasei.us/2009/09/sparql/data/{name.replace('.nt', '.rdf')}")
        for triple in ox.parse(path=str(SUITE / "protocol" / name)):
            quads.add(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
    data = tmp_path_factory.mktemp("w3c")
    make_release(data, list(quads))
    with serve(data, **({"graph_store": store.endpoint} if store else {})) as service:
        yield service.url, quads


def send(endpoint: str, graph: Graph, request: Node, *, prefix: str, path: str) -> httpx.Response:
    asked = str(graph.value(request, HT.absolutePath))
    assert asked.startswith(prefix)
    url = endpoint + path + asked.removeprefix(prefix)
    built = httpx.Request(
        str(graph.value(request, HT.methodName)), url, headers=headers_of(graph, request), content=body_of(graph, request)
    )
    with httpx.Client() as client:
        return client.send(built)


@parametrize("protocol/manifest.ttl")
def test_protocol(graph: Graph, test: Node, endpoint: str) -> None:
    name = str(test).rpartition("#")[2]
    if name in ALLOWED:
        pytest.skip(ALLOWED[name])
    for request in requests_of(graph, test):
        response = send(endpoint, graph, request, prefix="/sparql/", path="/sparql/")
        assert accepted(graph, request, response.status_code), response.text
        expected = graph.value(request, HT.resp)
        boolean = graph.value(expected, MF.expectedBoolean)
        if boolean is not None:
            assert response.json()["boolean"] == boolean.toPython()
        form = graph.value(expected, MF.expectedFormat)
        media_type = response.headers["content-type"].split(";")[0]
        if form == Literal("RDF"):
            assert media_type in ("text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml")
        elif form == Literal("tabular"):
            assert media_type in ("application/sparql-results+json", "application/sparql-results+xml", "text/csv")


def test_every_allowed_failure_writes() -> None:
    found = {
        name: (graph, test)
        for file in ("protocol/manifest.ttl", "graph-store-protocol/manifest-direct.ttl",
                     "graph-store-protocol/manifest-indirect.ttl")
        for graph, test, name in entries_of(file)
    }  # fmt: skip
    for name in ALLOWED:
        if name not in found:
            continue
        graph, test = found[name]
        assert any(
            "update" in name or str(graph.value(request, HT.methodName)) in WRITES for request in requests_of(graph, test)
        ), name


GRAPH_STORE = ("graph-store-protocol/manifest-direct.ttl", "graph-store-protocol/manifest-indirect.ttl")


@pytest.fixture(scope="module")
def served(serve, make_release, tmp_path_factory, store: Filled | None) -> Iterator[Callable[[list[ox.Quad]], str]]:
    """Puts quads into a server and gives its address: one server, whose release is exchanged for each test, or its store filled
    anew."""
    data = tmp_path_factory.mktemp("served")
    numbers = count()
    make_release(data, [], release="empty")
    if store is not None:
        with serve(data, graph_store=store.endpoint) as service:

            def fill(quads: list[ox.Quad]) -> str:
                store.put(quads)
                return str(service.url)

            yield fill
        return
    with serve(data, refresh_seconds="0.05", query_workers="2") as service:

        def put(quads: list[ox.Quad]) -> str:
            name = f"r{next(numbers)}"
            make_release(data, quads, release=name)

            def in_service() -> bool:
                ready = httpx.get(f"{service.url}/readyz", timeout=300)
                return ready.status_code == 200 and ready.json()["release"] == name

            service.until(in_service)
            return service.url

        yield put


@parametrize(*GRAPH_STORE)
def test_graph_store(graph: Graph, test: Node, served: Callable[[list[ox.Quad]], str]) -> None:
    """Reads are sent as the manifest says. Of a test that begins by writing, the writes are made in the store before the
    server starts, up to the first read; what it writes later cannot be tested on a read-only server."""
    requests = requests_of(graph, test)
    methods = [str(graph.value(request, HT.methodName)) for request in requests]
    reads = [at for at, method in enumerate(methods) if method not in WRITES]
    if not reads or "DELETE" in methods[: reads[0]]:
        pytest.skip(READ_ONLY)
    first = reads[0]
    after = next((at for at in range(first, len(methods)) if methods[at] in WRITES), len(methods))
    prepare = requests[:first]
    named = [urlsplit(str(graph.value(request, HT.absolutePath))) for request in prepare]
    if any(not url.query and url.path == "/gsp" for url in named):
        pytest.skip(READ_ONLY)
    quads = []
    for request, url in zip(prepare, named, strict=True):
        asked = parse_qs(url.query, keep_blank_values=True)
        base = "http://127.0.0.1/graphs"
        name = None if "default" in asked else asked["graph"][0] if "graph" in asked else base + url.path.removeprefix("/gsp")
        place = ox.DefaultGraph() if name is None else ox.NamedNode(name)
        body = body_of(graph, request) or b""
        for triple in ox.parse(body, format=ox.RdfFormat.TURTLE, base_iri=name or "http://example.org/"):
            quads.append(ox.Quad(triple.subject, triple.predicate, triple.object, place))
    address = served(quads)
    for request in requests[first:after]:
        response = send_as(address, graph, request)
        assert accepted(graph, request, response.status_code), response.text
        expected = body_of(graph, graph.value(request, HT.resp))
        if expected is not None:
            wanted = Graph().parse(data=expected, format="turtle")
            assert isomorphic(Graph().parse(data=response.content, format="turtle"), wanted)


def send_as(endpoint: str, graph: Graph, request: Node) -> httpx.Response:
    """The request under the host name that the direct graph addresses were made with."""
    asked = str(graph.value(request, HT.absolutePath))
    headers = {**headers_of(graph, request), "host": "127.0.0.1"}
    with httpx.Client() as client:
        method = str(graph.value(request, HT.methodName))
        return client.request(method, endpoint + "/graphs" + asked.removeprefix("/gsp"), headers=headers)


def test_service_description_is_rdf_with_its_endpoint(endpoint: str) -> None:
    url = f"{endpoint}/sparql"
    for media_type, form in (("text/turtle", "turtle"), ("application/rdf+xml", "xml"), ("application/ld+json", "json-ld")):
        response = httpx.get(url, headers={"accept": media_type})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(media_type)
        found = Graph().parse(data=response.content, format=form)
        services = list(found.subjects(SD.endpoint, URIRef(url)))
        assert services
        assert (services[0], RDF.type, SD.Service) in found


def test_service_description_conforms_to_schema(endpoint: str) -> None:
    found = Graph().parse(data=httpx.get(f"{endpoint}/sparql").content, format="turtle")
    (service,) = found.subjects(RDF.type, SD.Service)
    assert (service, SD.supportedLanguage, SD.SPARQL11Query) in found
    assert list(found.objects(service, SD.resultFormat))
    assert (service, SD.feature, SD.UnionDefaultGraph) in found
    assert (service, SD.feature, SD.BasicFederatedQuery) not in found
    dataset = found.value(service, SD.defaultDataset)
    assert (found.value(dataset, SD.defaultGraph), RDF.type, SD.Graph) in found
    names = {str(found.value(named, SD.name)) for named in found.objects(dataset, SD.namedGraph)}
    assert "http://kasei.us/2009/09/sparql/data/data1.rdf" in names
    known = {str(term) for term in (
        SD.endpoint, SD.supportedLanguage, SD.resultFormat, SD.feature, SD.defaultEntailmentRegime, SD.defaultDataset,
        SD.defaultGraph, SD.namedGraph, SD.name, SD.graph,
    )}  # fmt: skip
    used = {str(p) for p in found.predicates() if str(p).startswith(str(SD))}
    assert used <= known


@parametrize("csv-tsv-res/manifest.ttl", "json-res/manifest.ttl")
def test_result_format(graph: Graph, test: Node, served: Callable[[list[ox.Quad]], str], store: Filled | None) -> None:
    action = graph.value(test, MF.action)
    query, source = graph.value(action, QT.query), graph.value(action, QT.data)
    expected = Path(urlsplit(str(graph.value(test, MF.result))).path)
    address = served([ox.Quad(t.subject, t.predicate, t.object) for t in ox.parse(path=urlsplit(str(source)).path)])
    types = {".csv": "text/csv", ".tsv": "text/tab-separated-values", ".srj": "application/sparql-results+json"}
    asked = {"query": Path(urlsplit(str(query)).path).read_text()}
    if store is not None:
        asked["default-graph-uri"] = DEFAULT  # the union of all graphs holds some that are a store's own
    response = httpx.get(f"{address}/sparql", params=asked, headers={"accept": types[expected.suffix]})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith(types[expected.suffix])
    if expected.suffix == ".csv":
        head, *rows = csv.reader(response.text.splitlines())
        wanted_head, *wanted = csv.reader(expected.read_text().splitlines())
        assert head == wanted_head
        assert sorted([_value(cell) for cell in row] for row in rows) == sorted([_value(c) for c in row] for row in wanted)
        return
    form = ox.QueryResultsFormat.TSV if expected.suffix == ".tsv" else ox.QueryResultsFormat.JSON
    if b'"boolean"' in expected.read_bytes():
        assert response.json()["boolean"] == json.loads(expected.read_text())["boolean"]
        return
    assert _rows(response.content, form) == _rows(expected.read_bytes(), form)


def _value(cell: str) -> str:
    """A cell for comparison: names of blank nodes are free, and the engine keeps numbers by value (1.0E6 is 1000000, a
    negativeInteger an integer)."""
    if cell.startswith("_:"):
        return "_:b"
    number = re.fullmatch(r'"?(-?[\d.]+(?:[eE][+-]?\d+)?)"?(?:\^\^<http://www.w3.org/2001/XMLSchema#[a-zI]+>)?', cell)
    return f"{float(number[1]):g}" if number else cell


def _rows(body: bytes, form: ox.QueryResultsFormat) -> list[list[str]]:
    solutions = ox.parse_query_results(body, format=form)
    assert isinstance(solutions, ox.QuerySolutions)
    names = sorted(variable.value for variable in solutions.variables)
    return sorted([_value(str(row[n])) for n in names] for row in solutions)
