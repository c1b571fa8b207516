"""What the gate lets through, and what it refuses."""

from __future__ import annotations

import time

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policygraph.errors import QueryError
from policygraph.sparql.gate import Dataset, RefusedError, inspect

UNREAD = "FILTER(!!BOUND(?o))"  # sound SPARQL that rdflib does not read

FEDERATED = [
    ("SELECT * { SERVICE <http://h/> { ?s ?p ?o } }", "plain"),
    ("SELECT * { service <http://h/> { ?s ?p ?o } }", "lower case"),
    ("SELECT * { SeRvIcE SILENT <http://h/> { ?s ?p ?o } }", "mixed case, silent"),
    ("SELECT * { SERVICE<http://h/>{ ?s ?p ?o } }", "no space"),
    ("SELECT * { SERVICE#\n<http://h/> { ?s ?p ?o } }", "comment between"),
    ("PREFIX h: <http://h/> SELECT * { SERVICE h:x { ?s ?p ?o } }", "prefixed name"),
    ("SELECT * { ?x ?y ?z . SERVICE ?z { ?s ?p ?o } }", "variable"),
    ("SELECT * { { SELECT * { SERVICE <http://h/> { ?s ?p ?o } } } }", "sub-select"),
    ("SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <http://h/> { ?s ?p ?o } } }", "in EXISTS"),
    ("SELECT * { ?s ?p ?o FILTER NOT EXISTS { SERVICE <http://h/> { ?s ?p ?o } } }", "in NOT EXISTS"),
    ("SELECT * { ?s ?p ?o MINUS { SERVICE <http://h/> { ?s ?p ?o } } }", "in MINUS"),
    ("SELECT * { OPTIONAL { SERVICE <http://h/> { ?s ?p ?o } } }", "in OPTIONAL"),
    ("SELECT * { GRAPH ?g { SERVICE <http://h/> { ?s ?p ?o } } }", "in GRAPH"),
    ("SELECT (EXISTS { SERVICE <http://h/> { ?s ?p ?o } } AS ?x) {}", "in an expression of the head"),
    ("CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <http://h/> { ?s ?p ?o } }", "CONSTRUCT"),
    ("DESCRIBE ?s WHERE { SERVICE <http://h/> { ?s ?p ?o } }", "DESCRIBE"),
    ("ASK { ?a ?b ?c FILTER(?a<?b)SERVICE#comment>\n<http://h/>{ ?s ?p ?o } }", "hidden in what looks like an IRI"),
    ("ASK { \\u0053ERVICE <http://h/> { ?s ?p ?o } }", "escaped letter"),
    ("ASK { SERVIC\\u0045 <http://h/> { ?s ?p ?o } }", "escaped letter at the end"),
]


@pytest.mark.parametrize(("query", "reason"), FEDERATED)
def test_refuses_service(query: str, reason: str) -> None:
    with pytest.raises(QueryError):
        inspect(query, depth=100)


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s ?p "SERVICE <http://h/> {}" }',
        "PREFIX service: <http://h/> SELECT * { ?s service:x ?o }",
        "SELECT ?service { ?service ?p ?o }",
        "SELECT * { ?s ?p ?o } # SERVICE <http://h/> {}",
        "SELECT * { ?s <http://example.org/service/> ?o }",
    ],
)
def test_passes_what_only_looks_like_service(query: str) -> None:
    assert inspect(query, depth=100) == Dataset()


@pytest.mark.parametrize(
    "more",
    [
        'FILTER(?o != "SERVICE <http://h/> {}")', "FILTER(?o != '''a ' SERVICE \n''')", "# SERVICE <http://h/> {}\n", "?s <http://example.org/service#x> ?o",
        "?s <service/x> ?o", "?s e:DataService ?service", r'FILTER(?o != "\" service")',
    ],
)  # fmt: skip
def test_the_word_in_texts_comments_iris_and_names_is_no_federation(more: str) -> None:
    assert inspect(f"PREFIX e: <http://e/> SELECT * {{ ?s ?p ?o {UNREAD} {more} }}", depth=50) == Dataset()


@pytest.mark.parametrize(
    "more",
    [
        "SERVICE <http://h/> {}", "?s ?p 1SERVICE<http://h/>{}", "?s ?p ?o.SERVICE e:x {}", "FILTER(?a<?b)SERVICE#>\n<http://h/>{}",
        "FILTER(?a<?b&&?c='>\"'||?c='\"') SERVICE <http://h/> {}", "?s ?p e:a\\' SERVICE <http://h/> {} #'", "VALUES ?x {'''a'} SERVICE <http://h/> {}",
    ],
)  # fmt: skip
def test_federation_is_refused_in_what_is_not_understood(more: str) -> None:
    with pytest.raises(QueryError):
        inspect(f"PREFIX e: <http://e/> SELECT * {{ ?s ?p ?o {UNREAD} {more} }}", depth=50)


_PIECES = (
    "SERVICE <http://127.0.0.1:1/> {}", "SERVICE<http://127.0.0.1:1/>{}", "SERVICE e:x {}", "SERVICE", "<b>", "<?b", ">", "#", "\n", "\r", " ",
    "'", "'''", '"', '"""', "\\", "\\'", "e:a\\#", "?a", "e:", "e:a.", "{", "}", "(", ")", "FILTER(?a<?b)", "FILTER(?a<?b", "1", ".", "&&", "''",
    "?s ?p ?o", "VALUES ?x {", "#>", "'>", "\u3000",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=9).map("".join))
def test_what_the_engine_would_federate_is_refused(more: str) -> None:
    query = f"PREFIX e: <http://127.0.0.1:1/> ASK {{ ?s ?p ?o {UNREAD} {more} }}"
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("http://e/"), ox.NamedNode("http://e/"), ox.NamedNode("http://e/")))
    try:
        store.query(query)
    except SyntaxError:
        return
    except (OSError, RuntimeError):  # it tried to connect
        with pytest.raises(QueryError):
            inspect(query, depth=50)


@pytest.mark.parametrize(("head", "piece"), [("PREFIX", " "), ("BASE", " "), ("", "'\\"), ("", '"""\\'), ("", "<a"), ("", "?s<a://")])
def test_takes_time_in_proportion_to_the_text(head: str, piece: str) -> None:
    def seconds(size: int) -> float:
        query = head + piece * (size // len(piece))
        started = time.process_time()
        inspect(query, depth=100)
        return time.process_time() - started

    small = min(seconds(22_500) for _ in range(3))
    assert seconds(90_000) < 8 * small + 0.1


@pytest.mark.parametrize(
    "query",
    ["LOAD <http://h/>", "load silent <http://h/> into graph <http://g/>", "# x\nPREFIX a: <http://a/>\nINSERT DATA { a:b a:c a:d }",
     "DROP ALL", "CLEAR DEFAULT", "WITH <http://g/> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }"],
)  # fmt: skip
def test_refuses_updates(query: str) -> None:
    with pytest.raises(RefusedError, match="update"):
        inspect(query, depth=100)


def test_gives_the_dataset_that_the_text_names() -> None:
    query = "BASE <http://b/> PREFIX e: <http://e/> SELECT * FROM <x> FROM e:y FROM NAMED <http://z/> { ?s ?p ?o }"
    assert inspect(query, depth=9) == Dataset(default=("http://b/x", "http://e/y"), named=("http://z/",))


@pytest.mark.parametrize(
    "query", ["SELECT * " + "{" * 101 + "}" * 101, "ASK { FILTER(" + "!" * 200 + "true) }", "ASK { ?s " + "^" * 200 + "<p> ?o }"]
)
def test_refuses_deep_nesting(query: str) -> None:
    with pytest.raises(RefusedError, match="query_depth"):
        inspect(query, depth=100)


def test_brackets_in_texts_do_not_nest() -> None:
    assert inspect('ASK { ?s ?p "' + "(" * 500 + '" }', depth=10) == Dataset()


@pytest.mark.parametrize("rest", ["{ FILTER(!!BOUND(?o)) }", "{ LATERAL { ?s ?p ?o } }", "{ ?s ?p ?o FILTER(isTRIPLE(?o)) }"])
def test_graphs_named_in_a_query_that_is_not_understood_are_not_ignored(rest: str) -> None:
    with pytest.raises(QueryError, match="cannot be read"):
        inspect(f"SELECT * FROM <http://e/g> {rest}", depth=50)


def test_the_letters_of_from_in_names_and_texts_name_no_graph() -> None:
    for text in ('FILTER(!!CONTAINS(?o, "from"))', "?s <http://e/from> ?from FILTER(!!BOUND(?from))", "# from\n?s ?p ?o FILTER(!!BOUND(?o))"):
        assert not inspect(f"SELECT * {{ {text} }}", depth=50)
