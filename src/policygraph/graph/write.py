"""Records to RDF, as N-Quads: the same records give the same bytes, on any machine.

Each document has a graph of its own, so that it can be cached, replaced and removed alone. Nothing is a blank node
and nothing tells the time of the build.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from policygraph.graph import terms
from policygraph.graph.schema import (
    DOCUMENTS,
    OF_DOCUMENT,
    OF_LINKS,
    Field,
    Moment,
    Names,
    RecordType,
    Span,
)
from policygraph.graph.vocabulary import agency_triples, qudt_units
from policygraph.ids import DEFAULT_BASE, Iris, Name, home, moment
from policygraph.model import Document, DocumentRecords, Links
from policygraph.program import program_version

#: Relations that are asserted as such, in the graph `implementation`; the others are only on record as links.
ASSERTED = ("implements", "partially_implements")


def write_document(records: DocumentRecords, *, base_iri: str = DEFAULT_BASE, version: str | None = None) -> bytes:
    """The graph of one document. `version` is that of the program, which stands in the provenance."""
    document = records.document
    writer = _Writer(Iris(base_iri), f"doc/{document.id}", home_of=lambda _: document.id)
    writer.activity("extract", version or program_version(), used=[document])
    writer.record(DOCUMENTS, document)
    for kind in OF_DOCUMENT:
        for record in getattr(records, kind.name):
            writer.record(kind, record)
    for triple in agency_triples(records, iris=writer.iris):
        writer.add(*triple)
    return writer.quads()


def write_links(
    links: Links, *, documents: Sequence[Document] = (), base_iri: str = DEFAULT_BASE, version: str | None = None
) -> bytes:
    """Two graphs: `links` with everything found between documents, and `implementation` with
    `eli:ensures_implementation_of` for the links that are held to be right. `documents` are those that were aligned:
    without them a clause's document is the first step of its id, and no provenance is written."""
    iris = Iris(base_iri)
    ids = frozenset(document.id for document in documents)
    writer = _Writer(iris, "links", home_of=lambda identifier: home(identifier, ids))
    if documents:
        writer.activity("align", version or program_version(), used=documents)
    for kind in OF_LINKS:
        for record in getattr(links, kind.name):
            writer.record(kind, record)
    asserted = _Writer(iris, "implementation", home_of=writer.home_of)
    for link in links.alignments:
        if link.relation in ASSERTED:
            asserted.add(
                f"<{iris.record(link.source)}>", terms.iri("eli:ensures_implementation_of"), f"<{iris.record(link.target)}>"
            )
    return writer.quads() + asserted.quads()


def write_triples(triples: Iterable[terms.Triple], graph: str, *, base_iri: str = DEFAULT_BASE) -> bytes:
    """Triples that are terms already, sorted, in a graph (`vocabulary`, `dataset`)."""
    end = f" <{Iris(base_iri).graph(graph)}> ."
    lines = sorted({f"{s} {p} {o}{end}" for s, p, o in triples})
    return "".join(f"{line}\n" for line in lines).encode()


class _Writer:
    """Collects the lines of one graph, each once, in the order of the records."""

    def __init__(self, iris: Iris, graph: str, *, home_of: Callable[[str], str]) -> None:
        self.iris = iris
        self.home_of = home_of
        self.units = qudt_units()
        self.end = f" <{iris.graph(graph)}> ."
        self.lines: dict[str, None] = {}
        self.generated: str | None = None

    def add(self, subject: str, predicate: str, value: str) -> None:
        self.lines[f"{subject} {predicate} {value}{self.end}"] = None

    def quads(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode("utf-8")

    def activity(self, kind: str, version: str, *, used: Sequence[Document]) -> None:
        """Say what made the records that follow: the program in its version, from these inputs."""
        inputs = sorted((document.id, document.sha256) for document in used)
        key = hashlib.sha256(repr((kind, version, inputs)).encode()).hexdigest()[:12]
        activity = f"<{self.iris.print(Name('activity', f'{kind}-{key}'))}>"
        program = f"<{self.iris.print(Name('program', version))}>"
        self.add(activity, terms.TYPE, terms.iri("prov:Activity"))
        self.add(activity, terms.iri("prov:wasAssociatedWith"), program)
        self.add(program, terms.TYPE, terms.iri("prov:SoftwareAgent"))
        self.add(program, terms.iri("pg:version"), terms.text(version))
        for document in used:
            source = f"<{self.iris.source(document.id)}>"
            self.add(activity, terms.iri("prov:used"), source)
            self.add(source, terms.iri("pg:sha256"), terms.text(document.sha256))
        self.generated = activity

    def record(self, kind: RecordType, record: Any) -> None:
        subject = f"<{self.iris.print(Name(kind.kind, record.id))}>"
        for type_ in (kind.type, *kind.also):
            self.add(subject, terms.TYPE, terms.iri(type_))
        if self.generated:
            self.add(subject, terms.iri("prov:wasGeneratedBy"), self.generated)
        self._body(kind, record, subject=subject, owner=record)
        for nested in kind.nested:
            for n, part in enumerate(nested.parts(record), start=1):
                inner = f"<{self.iris.print(Name(kind.kind, record.id, f'{nested.part}_{n}'))}>"
                self.add(subject, terms.iri(nested.property), inner)
                self.add(inner, terms.TYPE, terms.iri(nested.of.type))
                self._body(nested.of, part, subject=inner, owner=record)
        for triple in kind.derived(record, self.iris) if kind.derived else ():
            self.add(*triple)

    def _body(self, kind: RecordType, record: Any, *, subject: str, owner: Any) -> None:
        defaults = _defaults(kind)
        nodes = {node.name: node for node in kind.nodes}
        for field in kind.fields:
            value = getattr(record, field.name)
            if field.name == "parent" and value is None:
                value = record.document
            if value is None or field.takes and not isinstance(value, field.takes):
                continue
            if field.name in defaults and value == defaults[field.name]:
                continue
            if not value and field.name == "clause":
                continue
            where = subject
            if field.on:
                node = nodes[field.on]
                where = self._node(field.on, record.id)
                self.add(subject, terms.iri(node.property), where)
                self.add(where, terms.TYPE, terms.iri(node.type))
            self._value(field, value, where=where)
        for span in kind.spans:
            self._span(span, record, subject=subject, owner=owner)

    def _value(self, field: Field, value: Any, *, where: str) -> None:
        if isinstance(field.codec, Names):
            for each in value:
                self.add(where, terms.iri(field.each), terms.text(each))
            if len(value) < 2:
                return
        encoded = field.codec.encode(value, self.iris)
        self.add(where, terms.iri(field.property), encoded)
        if isinstance(field.codec, Moment):
            self.add(encoded, terms.TYPE, terms.iri("time:Instant"))
            self.add(encoded, *_dated(moment(value), value))
        elif field.name == "unit":
            minted = f"<{self.iris.print(Name('unit', value))}>"
            self.add(where, terms.iri("qudt:hasUnit"), self.units.get(value, minted))

    def _node(self, name: str, identifier: str) -> str:
        if name == "source":
            return f"<{self.iris.source(identifier)}>"
        return f"<{self.iris.record(identifier, name)}>"

    def _span(self, span: Span, record: Any, *, subject: str, owner: Any) -> None:
        start, end = getattr(record, span.start), getattr(record, span.end)
        if span.side == "self" and not end:
            return
        if span.side == "self":
            document = record.id
        elif span.side == "document":
            document = record.document
        else:
            document = self.home_of(getattr(owner, span.side))
        source = self.iris.source(document)
        there = f"<{source}#char={start},{end}>"
        self.add(subject, terms.iri(span.property), there)
        position = f"<{source}#position={start},{end}>"
        self.add(there, terms.TYPE, terms.iri("oa:SpecificResource"))
        self.add(there, terms.iri("oa:hasSource"), f"<{source}>")
        self.add(there, terms.iri("oa:hasSelector"), position)
        self.add(position, terms.TYPE, terms.iri("oa:TextPositionSelector"))
        self.add(position, terms.iri("oa:start"), terms.number(start))
        self.add(position, terms.iri("oa:end"), terms.number(end))
        if span.quoted:
            quote = f"<{source}#quote={start},{end}>"
            self.add(there, terms.iri("oa:hasSelector"), quote)
            self.add(quote, terms.TYPE, terms.iri("oa:TextQuoteSelector"))
            self.add(quote, terms.iri("oa:exact"), terms.text(record.text, language="zh"))


@cache
def _defaults(kind: RecordType) -> dict[str, Any]:
    return {f.name: f.default for f in dataclasses.fields(kind.record) if f.default is not dataclasses.MISSING}


def _dated(iri: str, date: str) -> tuple[str, str]:
    """The property and literal that say which day, month or year an instant is."""
    literal = terms.day(date)
    kinds = {"date": "time:inXSDDate", "gYearMonth": "time:inXSDgYearMonth", "gYear": "time:inXSDgYear"}
    found = kinds.get(terms.datatype(literal).rpartition("#")[2], "rdfs:label")
    return terms.iri(found), literal
