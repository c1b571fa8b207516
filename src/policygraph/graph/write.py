"""Records to RDF, as N-Quads: the same records give the same bytes, on any machine.

Each document has a graph of its own, so that it can be cached, replaced and removed alone; what is in it was made by the
activity that the graph names. Nothing is a blank node
and nothing tells the time of the build.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from policygraph.graph import terms
from policygraph.graph.schema import (
    BY_NAME,
    COVERAGE,
    DOCUMENTS,
    OF_DOCUMENT,
    OF_LINKS,
    TASKS,
    Field,
    Moment,
    Names,
    RecordType,
)
from policygraph.graph.vocabulary import agency_triples, qudt_units
from policygraph.ids import DEFAULT_BASE, Iris, Name, moment
from policygraph.model import Document, DocumentRecords, Links
from policygraph.program import program_version

#: Relations that are asserted as such, in the graph `implementation`; the others are only on record as links.
ASSERTED = ("implements", "partially_implements")


def write_document(records: DocumentRecords, *, base_iri: str = DEFAULT_BASE, version: str | None = None) -> bytes:
    """The graph of one document. `version` is that of the program, which stands in the provenance."""
    document = records.document
    writer = _Writer(Iris(base_iri), f"doc/{document.id}")
    activity = writer.activity("extract", version or program_version(), used=[document])
    source = f"<{writer.iris.source(document.id)}>"
    writer.add(source, terms.iri("pg:sha256"), terms.text(document.sha256))
    writer.add(f"<{writer.iris.graph(f'doc/{document.id}')}>", terms.iri("prov:wasGeneratedBy"), activity)
    writer.record(DOCUMENTS, document)
    writer.clauses = frozenset(clause.id for clause in records.clauses)
    for kind in OF_DOCUMENT:
        if kind.usual:
            writer.usual(kind, getattr(records, kind.name), document=document.id)
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
    without them no provenance is written."""
    iris = Iris(base_iri)
    writer = _Writer(iris, "links")
    activity = writer.activity("align", version or program_version(), used=documents) if documents else None
    for kind in OF_LINKS:
        for record in getattr(links, kind.name):
            writer.record(kind, record)
            if activity and kind is not COVERAGE:  # a coverage record was made with the links of its documents
                writer.add(f"<{iris.link(record.id)}>", terms.iri("prov:wasGeneratedBy"), activity)
    asserted = _Writer(iris, "implementation")
    for link in links.alignments:
        if link.relation in ASSERTED:
            asserted.add(
                f"<{iris.record(link.source)}>", terms.iri("eli:ensures_implementation_of"), f"<{iris.record(link.target)}>"
            )
    return writer.quads() + asserted.quads()


def write_rejected(records: Iterable[tuple[str, Any]], *, base_iri: str = DEFAULT_BASE) -> bytes:
    """The graph `rejected`: records that persons rejected, by (table, record), with their own fields and what they stand for
    no longer. They are of one class, `pg:Rejected`, so that nobody who asks for targets or links meets them."""
    iris = Iris(base_iri)
    writer = _Writer(iris, "rejected")
    for table, record in records:
        kind = BY_NAME[table]
        subject = f"<{iris.print(Name(kind.kind, record.id))}>"
        writer.add(subject, terms.TYPE, terms.iri("pg:Rejected"))
        writer.add(subject, terms.iri("pg:verdict"), terms.text("rejected"))
        for field in kind.fields:
            value = getattr(record, field.name)
            if value is not None and not field.on and not field.each and field.name != "verdict":
                writer.add(subject, terms.iri(field.property), field.codec.encode(value, iris))
        for span in kind.spans:
            for name, property_ in zip((span.start, span.end), span.properties, strict=True):
                writer.add(subject, terms.iri(property_), terms.number(getattr(record, name)))
    return writer.quads()


def write_triples(triples: Iterable[terms.Triple], graph: str, *, base_iri: str = DEFAULT_BASE) -> bytes:
    """Triples that are terms already, sorted, in a graph (`vocabulary`, `dataset`)."""
    end = f" <{Iris(base_iri).graph(graph)}> ."
    lines = sorted({f"{s} {p} {o}{end}" for s, p, o in triples})
    return "".join(f"{line}\n" for line in lines).encode()


class _Writer:
    """Collects the lines of one graph, each once, in the order of the records."""

    def __init__(self, iris: Iris, graph: str) -> None:
        self.iris = iris
        self.units = qudt_units()
        self.end = f" <{iris.graph(graph)}> ."
        self.lines: dict[str, None] = {}
        self.clauses: frozenset[str] = frozenset()
        self._usual: dict[str, str] = {}

    def add(self, subject: str, predicate: str, value: str) -> None:
        self.lines[f"{subject} {predicate} {value}{self.end}"] = None

    def quads(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode("utf-8")

    def activity(self, kind: str, version: str, *, used: Sequence[Document]) -> str:
        """Say what made records: the program in its version, from these inputs. The activity's term."""
        inputs = sorted((document.id, document.sha256) for document in used)
        key = hashlib.sha256(repr((kind, version, inputs)).encode()).hexdigest()[:12]
        activity = f"<{self.iris.print(Name('activity', f'{kind}-{key}'))}>"
        program = f"<{self.iris.print(Name('program', version))}>"
        self.add(activity, terms.TYPE, terms.iri("prov:Activity"))
        self.add(activity, terms.iri("prov:wasAssociatedWith"), program)
        for document in used:
            self.add(activity, terms.iri("prov:used"), f"<{self.iris.source(document.id)}>")
        return activity

    def usual(self, kind: RecordType, records: Sequence[Any], *, document: str) -> None:
        """Say once the rule that most records of a type have."""
        rules = Counter(record.by for record in records)
        if rules:
            self._usual[kind.name] = min(rules, key=lambda rule: (-rules[rule], rule))
            self.add(f"<{self.iris.record(document)}>", terms.iri(kind.usual), terms.text(self._usual[kind.name]))

    def record(self, kind: RecordType, record: Any) -> None:
        subject = f"<{self.iris.print(Name(kind.kind, record.id))}>"
        for type_ in (kind.type, *kind.also):
            self.add(subject, terms.TYPE, terms.iri(type_))
        self._body(kind, record, subject=subject)
        for nested in kind.nested:
            for n, part in enumerate(nested.parts(record), start=1):
                inner = f"<{self.iris.print(Name(kind.kind, record.id, f'{nested.part}_{n}'))}>"
                self.add(subject, terms.iri(nested.property), inner)
                if nested.typed:
                    self.add(inner, terms.TYPE, terms.iri(nested.of.type))
                self._body(nested.of, part, subject=inner)
        for listed in kind.listed:
            if parts := getattr(record, listed.name):
                self.add(subject, terms.iri(listed.property), listed.encode(parts))
        for triple in kind.derived(record, self.iris) if kind.derived else ():
            self.add(*triple)

    def _body(self, kind: RecordType, record: Any, *, subject: str) -> None:
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
            if field.name == "by" and value == self._usual.get(kind.name):
                continue
            if field.name == "document" and kind is TASKS and record.clause in self.clauses:
                continue  # its clause says it
            if field.name == "leaf" and not value:
                continue
            if field.told and value == field.told({f.name: getattr(record, f.name) for f in kind.fields}):
                continue
            where = subject
            if field.on:
                node = nodes[field.on]
                where = self._node(field.on, record.id)
                self.add(subject, terms.iri(node.property), where)
                self.add(where, terms.TYPE, terms.iri(node.type))
            self._value(field, value, where=where)
        for span in kind.spans:
            ends = {name: getattr(record, name) for name in (span.start, span.end)}
            if all(name in defaults and value == defaults[name] for name, value in ends.items()):
                continue  # a document that is its whole file
            for name, property_ in zip(ends, span.properties, strict=True):
                if name == span.start or not span.tells_end(record):
                    self.add(subject, terms.iri(property_), terms.number(ends[name]))

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


@cache
def _defaults(kind: RecordType) -> dict[str, Any]:
    return {f.name: f.default for f in dataclasses.fields(kind.record) if f.default is not dataclasses.MISSING}


def _dated(iri: str, date: str) -> tuple[str, str]:
    """The property and literal that say which day, month or year an instant is."""
    literal = terms.day(date)
    kinds = {"date": "time:inXSDDate", "gYearMonth": "time:inXSDgYearMonth", "gYear": "time:inXSDgYear"}
    found = kinds.get(terms.datatype(literal).rpartition("#")[2], "rdfs:label")
    return terms.iri(found), literal
