"""The SPARQL 1.1 Service Description of the endpoint."""

from __future__ import annotations

import json

from policygraph.sparql.formats import GRAPH, SOLUTIONS
from policygraph.sparql.prefixes import PREFIXES

_SD, _VOID = PREFIXES["sd"], PREFIXES["void"]
_TYPE = PREFIXES["rdf"] + "type"


def describe(counts: bytes, *, endpoint: str, form: str) -> bytes:
    """The description in a graph format; `counts` is the SPARQL JSON of graphs `g` and their triples `n`."""
    from pyoxigraph import BlankNode, Literal, NamedNode, Triple, serialize

    from policygraph.sparql.serialise import RDF_FORMATS

    service, dataset, default = (BlankNode(name) for name in ("service", "dataset", "default"))
    triples: list[Triple] = []

    def say(subject: NamedNode | BlankNode, predicate: str, value: NamedNode | BlankNode | Literal) -> None:
        triples.append(Triple(subject, NamedNode(predicate), value))

    say(service, _TYPE, NamedNode(_SD + "Service"))
    say(service, _SD + "endpoint", NamedNode(endpoint))
    say(service, _SD + "supportedLanguage", NamedNode(_SD + "SPARQL11Query"))
    # with no FROM the default graph is the union of all; a graph that does not exist is an empty one
    for feature in ("UnionDefaultGraph", "EmptyGraphs"):
        say(service, _SD + "feature", NamedNode(_SD + feature))
    say(service, _SD + "defaultEntailmentRegime", NamedNode("http://www.w3.org/ns/entailment/Simple"))
    for offered in (*SOLUTIONS, *GRAPH):
        say(service, _SD + "resultFormat", NamedNode(offered.iri))
    say(service, _SD + "defaultDataset", dataset)
    say(dataset, _TYPE, NamedNode(_SD + "Dataset"))
    say(dataset, _SD + "defaultGraph", default)
    say(default, _TYPE, NamedNode(_SD + "Graph"))
    total = 0
    for at, row in enumerate(json.loads(counts)["results"]["bindings"]):
        if "g" not in row:
            continue
        entry, graph, size = BlankNode(f"named{at}"), BlankNode(f"graph{at}"), int(row["n"]["value"])
        total += size
        say(dataset, _SD + "namedGraph", entry)
        say(entry, _TYPE, NamedNode(_SD + "NamedGraph"))
        say(entry, _SD + "name", NamedNode(row["g"]["value"]))
        say(entry, _SD + "graph", graph)
        say(graph, _TYPE, NamedNode(_SD + "Graph"))
        say(graph, _VOID + "triples", Literal(size))
    say(default, _VOID + "triples", Literal(total))
    prefixes = {name: PREFIXES[name] for name in ("sd", "void")}
    body = serialize(triples, format=RDF_FORMATS[form], prefixes=prefixes if form == "turtle" else None)
    return body or b""
