"""What a release says of itself, as DCAT and VoID, and the graph of vocabularies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policygraph.graph import terms
from policygraph.graph.vocabulary import vocabulary_triples
from policygraph.graph.write import write_triples
from policygraph.ids import DEFAULT_BASE, ONTOLOGY, VOCABULARY, Iris, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is told of a release: its id, the program version, the inputs (document id → SHA-256), how many records of
    each type it holds, and how many triples each named graph."""

    release: str
    version: str
    inputs: Mapping[str, str]
    counts: Mapping[str, int] = field(default_factory=dict)
    graphs: Mapping[str, int] = field(default_factory=dict)


def write_vocabulary(*, base_iri: str = DEFAULT_BASE) -> bytes:
    """The graph `vocabulary`."""
    return write_triples(vocabulary_triples(iris=Iris(base_iri)), "vocabulary", base_iri=base_iri)


def write_description(description: Description, *, base_iri: str = DEFAULT_BASE) -> bytes:
    """The graph `dataset`."""
    return write_triples(_triples(description, Iris(base_iri)), "dataset", base_iri=base_iri)


def _triples(description: Description, iris: Iris) -> Iterator[terms.Triple]:
    dataset = f"<{iris.print(Name('release', description.release))}>"
    activity = f"<{iris.print(Name('activity', f'build-{description.release}'))}>"
    program = f"<{iris.print(Name('program', description.version))}>"
    for kind in ("dcat:Dataset", "void:Dataset", "prov:Entity"):
        yield dataset, terms.TYPE, terms.iri(kind)
    yield dataset, terms.iri("dcterms:title"), terms.text("政策知识图谱", language="zh")
    yield dataset, terms.iri("dcterms:title"), terms.text("Policy knowledge graph", language="en")
    yield dataset, terms.iri("dcterms:identifier"), terms.text(description.release)
    yield dataset, terms.iri("dcterms:language"), terms.text("zh")
    yield dataset, terms.iri("dcterms:conformsTo"), f"<{ONTOLOGY.removesuffix('#')}>"
    yield dataset, terms.iri("void:uriSpace"), terms.text(iris.base)
    for vocabulary in (ONTOLOGY, VOCABULARY, *(terms.PREFIXES[p] for p in ("eli", "prov", "oa", "org", "skos", "time", "qudt"))):
        yield dataset, terms.iri("void:vocabulary"), f"<{vocabulary}>"
    yield dataset, terms.iri("prov:wasGeneratedBy"), activity
    yield activity, terms.TYPE, terms.iri("prov:Activity")
    yield activity, terms.iri("prov:wasAssociatedWith"), program
    yield program, terms.TYPE, terms.iri("prov:SoftwareAgent")
    yield program, terms.iri("pg:version"), terms.text(description.version)
    yield dataset, terms.iri("dcat:version"), terms.text(description.version)
    for document, sha256 in description.inputs.items():
        source = f"<{iris.source(document)}>"
        yield activity, terms.iri("prov:used"), source
        yield source, terms.iri("pg:sha256"), terms.text(sha256)
        yield dataset, terms.iri("dcterms:hasPart"), f"<{iris.record(document)}>"
    yield dataset, terms.iri("void:triples"), terms.number(sum(description.graphs.values()))
    for graph, triples in description.graphs.items():
        part = f"<{iris.graph(graph)}>"
        yield dataset, terms.iri("void:subset"), part
        yield part, terms.TYPE, terms.iri("void:Dataset")
        yield part, terms.iri("void:triples"), terms.number(triples)
    for name, count in description.counts.items():
        part = f"<{iris.print(Name('release', description.release, name))}>"
        yield dataset, terms.iri("void:classPartition"), part
        yield part, terms.iri("void:class"), terms.iri(_class_of(name))
        yield part, terms.iri("void:entities"), terms.number(count)


def _class_of(name: str) -> str:
    from policygraph.graph.schema import BY_NAME

    return BY_NAME[name].type
