"""RDF to records: typed and selective, through SPARQL, from any store that speaks it.

Each call is one CONSTRUCT whose N-Triples are put together here: cheaper than a SELECT with twenty OPTIONALs, and the
same on every engine. Results are sorted here too, because sorting is what small SPARQL engines are slowest at.
"""

from __future__ import annotations

import dataclasses
import re
from functools import cache, cached_property
from typing import Any, TypeVar, cast

from policygraph.errors import NotFoundError, QueryError, some_of
from policygraph.graph import schema, terms
from policygraph.graph.schema import DOCUMENTS, OF_DOCUMENT, OF_LINKS, Names, RecordType
from policygraph.graph.store import GraphStore, answer_of
from policygraph.ids import DEFAULT_BASE, Iris, Name, concept, home
from policygraph.model import (
    Alignment,
    Citation,
    Clause,
    Coverage,
    Deadline,
    Document,
    DocumentRecords,
    Finding,
    Links,
    Responsibility,
    Target,
    TargetLink,
    Task,
)

Record = TypeVar("Record")
_Node = dict[str, list[str]]
_DIGITS = re.compile(r"([0-9]+)")
TRIPLE = ("subject", "predicate", "object")


class Reader:
    """Reads the records of a store. Arguments that are None do not restrict; lists come in reading order."""

    def __init__(self, store: GraphStore, *, base_iri: str = DEFAULT_BASE) -> None:
        self.store = store
        self.iris = Iris(base_iri)

    def query(self, query: str) -> tuple[list[dict[str, str]], tuple[str, ...]]:
        """The rows of any query and their columns: the solutions of a SELECT, `boolean` for an ASK, and subject,
        predicate and object for a CONSTRUCT or DESCRIBE."""
        try:
            return answer_of(self.store.query(query, format="json"))
        except QueryError as error:
            if isinstance(error.__cause__, SyntaxError):
                raise
            triples = terms.parse_triples(self.store.construct(query))
            rows = [dict(zip(TRIPLE, (_shown(term) for term in triple), strict=True)) for triple in triples]
            return rows, TRIPLE

    # -- documents and what was found in them ---------------------------------------------------------------------

    def documents(self, *, region: str | None = None) -> list[Document]:
        where = _is("eli:jurisdiction", self._resource("region", region))
        return sorted(self._read(DOCUMENTS, Document, where), key=lambda d: d.id)

    def document(self, identifier: str) -> Document:
        found = self._read(DOCUMENTS, Document, bind=self._doc(identifier))
        if not found:
            known = some_of(d.id for d in self.documents())
            raise NotFoundError(f"There is no document {identifier!r}.", remedy=f"Documents: {known}.")
        return found[0]

    def clauses(self, *, document: str | None = None, leaves: bool = False) -> list[Clause]:
        where = _is("prov:wasQuotedFrom", self._doc(document))
        if leaves:
            where += _is("pg:leaf", schema.FLAG.encode(True, self.iris))
        return sorted(self._read(schema.CLAUSES, Clause, where), key=lambda c: (c.document, c.order))

    def clause(self, identifier: str) -> Clause:
        found = self._read(schema.CLAUSES, Clause, bind=self._doc(identifier))
        if not found:
            raise NotFoundError(
                f"There is no clause {identifier!r}.", remedy="policygraph export lists all; ids begin with the document's."
            )
        return found[0]

    def records(self, clause: str) -> DocumentRecords:
        """A clause with all that was found in it, by two queries."""
        node = self.clause(clause)
        triples = self._construct(_subjects("pg:clause", cast(str, self._doc(clause))))
        parts = {
            kind.name: tuple(sorted(self._assemble(kind, triples), key=_place)) for kind in OF_DOCUMENT[1:]
        }
        return DocumentRecords(document=self.document(node.document), clauses=(node,), **parts)

    def document_records(self, identifier: str) -> DocumentRecords:
        """All that one document yields, as the pipeline gave it, in reading order."""
        document = self.document(identifier)
        nodes = self._construct(_subjects("prov:wasQuotedFrom", cast(str, self._doc(identifier))))
        parts = {kind.name: tuple(self._assemble(kind, nodes)) for kind in OF_DOCUMENT}
        clauses = tuple(sorted(cast("tuple[Clause, ...]", parts.pop("clauses")), key=lambda c: c.order))
        ranks = {clause.id: clause.order for clause in clauses}

        def place(record: Any) -> tuple[int, list[str | int]]:
            return ranks.get(record.clause, -1), _natural(record.id)

        ordered = {name: tuple(sorted(found, key=place)) for name, found in parts.items()}
        return DocumentRecords(document=document, clauses=clauses, **cast("dict[str, Any]", ordered))

    def tasks(
        self, *, clause: str | None = None, document: str | None = None, modality: str | None = None
    ) -> list[Task]:
        where = _is("pg:clause", self._doc(clause)) + _is("pg:clause/prov:wasQuotedFrom", self._doc(document))
        where += _is("pg:modality", _concept("modality", modality))
        return sorted(self._read(schema.TASKS, Task, where), key=_place)

    def targets(
        self,
        *,
        clause: str | None = None,
        document: str | None = None,
        concept: str | None = None,
        indicator: str | None = None,
        by: str | None = None,
    ) -> list[Target]:
        """Targets; `concept` is the canonical indicator, `indicator` a name as written, `by` the latest deadline."""
        where = self._within(clause, document)
        where += _is("pg:indicator", self._resource("indicator", concept))
        where += _is("pg:indicatorName", None if indicator is None else terms.text(indicator))
        return sorted(self._read(schema.TARGETS, Target, where + _until(by)), key=_place)

    def deadlines(
        self, *, clause: str | None = None, document: str | None = None, by: str | None = None, after: str | None = None
    ) -> list[Deadline]:
        """Deadlines, earliest first, those without a day last; `by` and `after` (ISO dates) bound the last day, both inclusive."""
        where = self._within(clause, document) + _until(by, after)
        return sorted(self._read(schema.DEADLINES, Deadline, where), key=lambda d: (d.date or "9", _place(d)))

    def responsibilities(
        self,
        *,
        clause: str | None = None,
        document: str | None = None,
        agency: str | None = None,
        role: str | None = None,
    ) -> list[Responsibility]:
        """Notes in which an agency (canonical id) has a role; each comes whole, with all its agencies."""
        where = self._within(clause, document)
        if agency or role:
            where += "?s pg:responsibility ?held . "
            where += f"?held prov:agent {self._resource('agency', agency)} . " if agency else ""
            where += f"?held prov:hadRole {_concept('role', role)} . " if role else ""
        return sorted(self._read(schema.RESPONSIBILITIES, Responsibility, where), key=_place)

    def citations(
        self,
        *,
        clause: str | None = None,
        document: str | None = None,
        target: str | None = None,
        basis: bool | None = None,
    ) -> list[Citation]:
        where = self._within(clause, document) + _is("pg:citedDocument", self._doc(target))
        found = self._read(schema.CITATIONS, Citation, where)
        return sorted((c for c in found if basis is None or c.basis is basis), key=_place)

    def findings(
        self, *, clause: str | None = None, document: str | None = None, kind: str | None = None
    ) -> list[Finding]:
        where = self._within(clause, document) + _is("pg:findingKind", None if kind is None else terms.text(kind))
        return sorted(self._read(schema.FINDINGS, Finding, where), key=_place)

    # -- between documents -----------------------------------------------------------------------------------------

    def alignments(
        self,
        *,
        source: str | None = None,
        target: str | None = None,
        between: tuple[str, str] | None = None,
        relation: str | None = None,
    ) -> list[Alignment]:
        """Implementation links, best first; `between` is a pair of document ids, lower and higher."""
        where = self._ends(source, target, between) + _is("pg:relation", _concept("relation", relation))
        return sorted(self._read(schema.ALIGNMENTS, Alignment, where), key=lambda a: (-a.score, a.source, a.target))

    def alignment(self, identifier: str) -> Alignment:
        found = self._read(schema.ALIGNMENTS, Alignment, bind=f"<{self.iris.link(identifier)}>")
        if not found:
            raise NotFoundError(f"There is no link {identifier!r}.", remedy="policygraph export lists all links.")
        return found[0]

    def target_links(
        self, *, source: str | None = None, target: str | None = None, between: tuple[str, str] | None = None
    ) -> list[TargetLink]:
        where = self._ends(source, target, between)
        return sorted(self._read(schema.TARGET_LINKS, TargetLink, where), key=lambda a: (a.target, a.source))

    def coverage(
        self, *, document: str | None = None, subject: str | None = None, of: str | None = None, status: str | None = None
    ) -> list[Coverage]:
        """Coverage records: what `document` takes up; `of` restricts to subjects of one document."""
        where = _is("pg:inDocument", self._doc(document)) + _is("pg:subject", self._doc(subject))
        where += _is("pg:status", _concept("coverage", status))
        found = self._read(schema.COVERAGE, Coverage, where)
        if of is not None:
            found = [c for c in found if c.subject.startswith(f"{of}/")]
        return sorted(found, key=lambda c: (c.document, c.subject, c.id))

    def links(self) -> Links:
        """Everything between documents, by id."""
        parts = {kind.name: tuple(sorted(self._read(kind, kind.record), key=lambda r: r.id)) for kind in OF_LINKS}
        return Links(**cast("dict[str, Any]", parts))

    # -- how ---------------------------------------------------------------------------------------------------------

    def read(self, name: str) -> list[Any]:
        """All records of a type, by its name in exports (`targets`)."""
        return cast("list[Any]", getattr(self, name)())

    @cached_property
    def _documents(self) -> frozenset[str]:
        rows = self.store.select(f"{_PREFIXES}SELECT ?d WHERE {{ GRAPH ?g {{ ?d a pg:PolicyDocument }} }}")
        return frozenset(self.iris.parse(row["d"]).id for row in rows)

    @cached_property
    def _usual(self) -> dict[tuple[str, str], str]:
        """The rule of most records of a type, by type and document."""
        found: dict[tuple[str, str], str] = {}
        for kind in OF_DOCUMENT:
            if kind.usual:
                rows = self.store.select(f"{_PREFIXES}SELECT ?d ?rule WHERE {{ GRAPH ?g {{ ?d {kind.usual} ?rule }} }}")
                found |= {(kind.name, self.iris.parse(row["d"]).id): row["rule"] for row in rows}
        return found

    def _doc(self, identifier: str | None) -> str | None:
        return None if identifier is None else f"<{self.iris.record(identifier)}>"

    def _resource(self, kind: Any, identifier: str | None) -> str | None:
        return None if identifier is None else f"<{self.iris.print(Name(kind, identifier))}>"

    def _within(self, clause: str | None, document: str | None) -> str:
        return _is("pg:clause", self._doc(clause)) + _is("prov:wasQuotedFrom", self._doc(document))

    def _ends(self, source: str | None, target: str | None, between: tuple[str, str] | None) -> str:
        where = _is("pg:source", self._doc(source)) + _is("pg:target", self._doc(target))
        if between:
            for side, document in zip(("source", "target"), between, strict=True):
                where += f"?s pg:{side} ?{side} . GRAPH ?g{side} {{ ?{side} prov:wasQuotedFrom {self._doc(document)} }} "
        return where

    def _read(
        self, kind: RecordType, record: type[Record], where: str = "", *, bind: str | None = None
    ) -> list[Record]:
        restriction = f"?s a {kind.type} . {where}"
        pattern = restriction.replace("?s ", f"{bind} ") if bind else restriction
        subject = bind or "?s"
        links = [node.property for node in kind.nodes] + [nested.property for nested in kind.nested]
        links += [listed.former for listed in kind.listed]
        queries = [f"GRAPH ?g {{ {pattern} }} GRAPH ?g {{ {subject} ?p ?o }}"]
        queries += [f"GRAPH ?g {{ {pattern} {subject} {link} ?n . ?n ?p ?o }}" for link in links]
        heads = [f"{subject} ?p ?o"] + ["?n ?p ?o"] * len(links)
        data = [
            self.store.construct(f"{_PREFIXES}CONSTRUCT {{ {head} }} WHERE {{ {query} }}")
            for head, query in zip(heads, queries, strict=True)
        ]
        nodes = _grouped(*data)
        return cast("list[Record]", self._assemble(kind, nodes))

    def _construct(self, pattern: str) -> dict[str, _Node]:
        data = self.store.construct(f"{_PREFIXES}CONSTRUCT {{ ?n ?p ?o }} WHERE {{ {pattern} }}")
        return _grouped(data)

    def _assemble(self, kind: RecordType, nodes: dict[str, _Node]) -> list[Any]:
        wanted = terms.iri(kind.type)
        return [
            self._record(kind, subject, nodes)
            for subject, node in nodes.items()
            if wanted in node.get(terms.TYPE, ())
        ]

    def _record(self, kind: RecordType, subject: str, nodes: dict[str, _Node]) -> Any:
        values = self._fields(kind, subject, nodes)
        values["id"] = self.iris.parse(terms.iri_of(subject)).id
        for nested in kind.nested:
            inner = sorted(nodes[subject].get(terms.iri(nested.property), ()), key=_number)
            parts = tuple(nested.of.record(**self._fields(nested.of, part, nodes)) for part in inner if part in nodes)
            values[nested.name] = next(iter(parts), None) if nested.single else parts
        for listed in kind.listed:
            said = nodes[subject].get(terms.iri(listed.property), ())
            former = [part for part in nodes[subject].get(terms.iri(listed.former), ()) if part in nodes]
            if said and not terms.is_iri(said[0]):
                values[listed.name] = listed.decode(said[0])
            elif former:
                inner = sorted(former, key=_number)
                values[listed.name] = tuple(listed.of.record(**self._fields(listed.of, part, nodes)) for part in inner)
        if kind is schema.TASKS and values["document"] is None:
            values["document"] = home(values["clause"], self._documents)
        if kind.usual and values["by"] is None:
            values["by"] = self._usual.get((kind.name, values["document"]), "")
        if kind is schema.CLAUSES and values["parent"] == values["document"]:
            values["parent"] = None
        return kind.record(**values)

    def _fields(self, kind: RecordType, subject: str, nodes: dict[str, _Node]) -> dict[str, Any]:
        node = nodes[subject]
        parts = {"": node}
        for part in kind.nodes:
            linked = node.get(terms.iri(part.property), ())
            parts[part.name] = nodes.get(linked[0], {}) if linked else {}
        values: dict[str, Any] = {}
        for field in kind.fields:
            where = parts[field.on]
            found = where.get(terms.iri(field.property))
            if found:
                values[field.name] = field.codec.decode(found[0], self.iris)
            elif isinstance(field.codec, Names):
                each = where.get(terms.iri(field.each), ())
                values[field.name] = tuple(terms.lexical(term) for term in each)
            elif field.told:
                values[field.name] = field.told(values)
            elif field.name in _required(kind):
                values.setdefault(field.name, "" if field.name == "clause" else False if field.name == "leaf" else None)
        for span in kind.spans:
            start, end = (node.get(terms.iri(property_)) for property_ in span.properties)
            if start:
                first = values[span.start] = int(terms.lexical(start[0]))
                values[span.end] = int(terms.lexical(end[0])) if end else first + len(values[span.told_by])
            elif former := node.get(terms.iri(span.former)):
                values[span.start], values[span.end] = self.iris.parse(terms.iri_of(former[0])).characters or (0, 0)
        return values


_PREFIXES = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in terms.PREFIXES.items())


def _is(property_: str, term: str | None) -> str:
    return f"?s {property_} {term} . " if term else ""


def _concept(scheme: str, value: str | None) -> str | None:
    return None if value is None else f"<{concept(scheme, value)}>"


def _until(by: str | None, after: str | None = None) -> str:
    """Restricts to what is due between two days. Instants are compared by their dates, as text: Virtuoso finds no date before another."""
    if by is None and after is None:
        return ""
    tests = [f'STR(?day) {sign} {terms.text(date)}' for sign, date in (("<=", by), (">=", after)) if date]
    return f"?s pg:due ?instant . ?instant time:inXSDDate ?day . FILTER({' && '.join(tests)}) "


def _subjects(property_: str, value: str) -> str:
    """The nodes that have this value, and the nodes that belong to them."""
    said = [f"?s {property_} {value} ."]
    if property_ != "pg:clause":  # tasks say their clause, and it its document
        said.append(f"?clause {property_} {value} . ?s pg:clause ?clause ; a pg:Task .")
    own = [f"{{ GRAPH ?g {{ {each.replace('?s ', '?n ')} ?n ?p ?o }} }}" for each in said]
    links = ("pg:quantity", "pg:responsibility", "pg:actor", "pg:within")
    return " UNION ".join([*own, *(f"{{ GRAPH ?g {{ {each} ?s {link} ?n . ?n ?p ?o }} }}" for each in said for link in links)])


def _grouped(*parts: bytes) -> dict[str, _Node]:
    """Subject → predicate → objects, from N-Triples; a triple that is said twice counts once."""
    nodes: dict[str, _Node] = {}
    for part in parts:
        for subject, predicate, value in terms.parse_triples(part):
            node = nodes.get(subject)
            if node is None:
                node = nodes[subject] = {}
            values = node.get(predicate)
            if values is None:
                node[predicate] = [value]
            elif value not in values:
                values.append(value)
    return nodes


def _natural(identifier: str) -> list[str | int]:
    """`task_10` after `task_9`."""
    parts = _DIGITS.split(identifier)
    return [int(part) if n % 2 else part for n, part in enumerate(parts)]


@cache
def _required(kind: RecordType) -> frozenset[str]:
    return frozenset(
        f.name for f in dataclasses.fields(kind.record)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    )  # fmt: skip


def _number(term: str) -> int:
    """The place in its tuple that a nested node's IRI tells."""
    return int(term[1:-1].rpartition("_")[2])


def _place(record: Any) -> tuple[str, int, int, list[str | int]]:
    return record.document, record.start, record.end, _natural(record.id)


def _shown(term: str) -> str:
    return terms.iri_of(term) if terms.is_iri(term) else terms.lexical(term)
