"""How each field of each record is said in RDF: one table, read by the writer, the reader and the data dictionary.

That both directions read the same rows is what makes records → RDF → records the identity.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from policygraph import model
from policygraph.graph import terms
from policygraph.ids import Iris, Kind, Name, concept, concept_value, moment, period


class Codec(Protocol):
    """Turns a field's value into a term and back."""

    def encode(self, value: Any, iris: Iris) -> str: ...

    def decode(self, term: str, iris: Iris) -> Any: ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string: in Chinese (prose), or plain (names, numbers, codes: what people compare with)."""

    language: str = ""

    def encode(self, value: Any, iris: Iris) -> str:
        return terms.text(value, language=self.language)

    def decode(self, term: str, iris: Iris) -> Any:
        return terms.lexical(term)


@dataclass(frozen=True, slots=True)
class Number:
    def encode(self, value: Any, iris: Iris) -> str:
        return terms.number(value)

    def decode(self, term: str, iris: Iris) -> Any:
        return terms.number_of(term)


@dataclass(frozen=True, slots=True)
class Score:
    """A number that is a float in the record, however it is written."""

    def encode(self, value: Any, iris: Iris) -> str:
        return terms.number(float(value))

    def decode(self, term: str, iris: Iris) -> Any:
        return float(terms.lexical(term))


@dataclass(frozen=True, slots=True)
class Flag:
    def encode(self, value: Any, iris: Iris) -> str:
        return terms.typed("true" if value else "false", "xsd:boolean")

    def decode(self, term: str, iris: Iris) -> Any:
        return terms.lexical(term) in ("true", "1")


@dataclass(frozen=True, slots=True)
class Day:
    """A date as a literal."""

    def encode(self, value: Any, iris: Iris) -> str:
        return terms.day(value)

    def decode(self, term: str, iris: Iris) -> Any:
        return terms.lexical(term)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as a time:Instant."""

    def encode(self, value: Any, iris: Iris) -> str:
        return f"<{moment(value)}>"

    def decode(self, term: str, iris: Iris) -> Any:
        return concept_value(terms.iri_of(term))


@dataclass(frozen=True, slots=True)
class TemporalUnit:
    """A unit of time as OWL-Time's own (`time:unitMonth`)."""

    def encode(self, value: Any, iris: Iris) -> str:
        return terms.iri(f"time:unit{value.capitalize()}")

    def decode(self, term: str, iris: Iris) -> Any:
        return terms.iri_of(term).rpartition("#unit")[2].lower()


@dataclass(frozen=True, slots=True)
class Concept:
    """A value of a closed set, as a concept of the scheme."""

    scheme: str

    def encode(self, value: Any, iris: Iris) -> str:
        return f"<{concept(self.scheme, value)}>"

    def decode(self, term: str, iris: Iris) -> Any:
        return concept_value(terms.iri_of(term))


@dataclass(frozen=True, slots=True)
class Resource:
    """Another resource under the base."""

    kind: Kind

    def encode(self, value: Any, iris: Iris) -> str:
        return f"<{iris.print(Name(self.kind, value))}>"

    def decode(self, term: str, iris: Iris) -> Any:
        return iris.parse(terms.iri_of(term)).id


@dataclass(frozen=True, slots=True)
class Names:
    """An ordered tuple of strings: `rdf:JSON` keeps the order, and each string is said by itself beside it."""

    def encode(self, value: Any, iris: Iris) -> str:
        return terms.names(value)

    def decode(self, term: str, iris: Iris) -> Any:
        return tuple(json.loads(terms.lexical(term)))


PLAIN, PROSE, NUMBER, SCORE, FLAG, DAY, MOMENT, NAMES = (
    Text(), Text("zh"), Number(), Score(), Flag(), Day(), Moment(), Names(),
)  # fmt: skip
ANY_DOC = Resource("doc")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record. `on` names the node that carries the property when it is not the record itself; `takes`
    the types of value that this row is for; `each` the property that says every name of a tuple by itself; `told` what the
    field is, by the other fields of the record, where nothing is said."""

    name: str
    property: str
    codec: Codec
    on: str = ""
    takes: tuple[type, ...] = ()
    each: str = ""
    told: Callable[[Mapping[str, Any]], Any] | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Two offset fields: code points in a source text, half-open. It is the text of the document that the record was
    quoted from, or, for a link's evidence, of the document of the link's source or target. The W3C annotation with its
    selectors is made from them (`policygraph.graph.annotations`), not stored.

    Where there are very many, the end is said only when it is not the start and the length of the text (the field `told_by`):
    when line breaks and the like were cleaned away within.
    """

    start: str = "start"
    end: str = "end"
    told_by: str = ""
    #: What `graph` of format 2 said instead: a span resource whose IRI tells the offsets.
    former: str = "pg:span"

    @property
    def properties(self) -> tuple[str, str]:
        """The properties of both ends: pg:start and pg:end, pg:sourceStart and pg:sourceEnd."""
        first, last = (re.sub("_(.)", lambda m: m[1].upper(), name) for name in (self.start, self.end))
        return f"pg:{first}", f"pg:{last}"

    def tells_end(self, record: Any) -> bool:
        """Whether start and text of a record tell its end."""
        start, end = getattr(record, self.start), getattr(record, self.end)
        return bool(self.told_by) and end - start == len(getattr(record, self.told_by))


@dataclass(frozen=True, slots=True)
class Node:
    """A resource that belongs to one record: how it is linked, and its class."""

    name: str
    property: str
    type: str


@dataclass(frozen=True, slots=True)
class Nested:
    """A tuple of smaller records, or one or None (`single`); their place in it is in their IRI (`#agency_1`)."""

    name: str
    property: str
    part: str
    of: RecordType
    single: bool = False
    #: Whether each says its class, or the property that links it tells enough.
    typed: bool = True

    def parts(self, record: Any) -> tuple[Any, ...]:
        """The smaller records that a record holds."""
        held = getattr(record, self.name)
        if not self.single:
            return tuple(held)
        return () if held is None else (held,)


@dataclass(frozen=True, slots=True)
class Listed:
    """A tuple of smaller records that nobody joins with others: one literal of JSON says them all, in their order, with the
    names and ids of exports. In graphs until release format 3 each was a resource, linked by `former`."""

    name: str
    property: str
    of: RecordType
    former: str

    def encode(self, parts: tuple[Any, ...]) -> str:
        """The literal; fields that have their default are left out."""
        defaults = {field.name: field.default for field in dataclasses.fields(self.of.record)}
        said = [{f.name: value for f in self.of.fields if (value := getattr(part, f.name)) != defaults[f.name]} for part in parts]
        return terms.typed(json.dumps(said, ensure_ascii=False), "rdf:JSON")

    def decode(self, term: str) -> tuple[Any, ...]:
        return tuple(self.of.record(**fields) for fields in json.loads(terms.lexical(term)))


@dataclass(frozen=True, slots=True, eq=False)
class RecordType:
    """How one type of record is said in RDF."""

    name: str
    record: type[Any]
    type: str
    fields: tuple[Field, ...]
    spans: tuple[Span, ...] = ()
    nodes: tuple[Node, ...] = ()
    nested: tuple[Nested, ...] = ()
    listed: tuple[Listed, ...] = ()
    #: The property by which a document says the rule of most records of this type, which then do not say it.
    usual: str = ""
    also: tuple[str, ...] = ()
    kind: Kind = "doc"
    #: Triples beside the table, for those who query: (subject, property, object) terms. No reader needs them.
    derived: Callable[[Any, Iris], Iterable[terms.Triple]] | None = None


_DOCUMENT = Field("document", "prov:wasQuotedFrom", ANY_DOC)
_CLAUSE = Field("clause", "pg:clause", ANY_DOC)
_TEXT = Field("text", "pg:text", PROSE)
_BY = Field("by", "pg:rule", PLAIN)
_VERDICT = Field("verdict", "pg:verdict", PLAIN)
_SPAN = Span()
_TOLD_SPAN = Span(told_by="text")
_FOUND = (_DOCUMENT, _CLAUSE, _TEXT, _BY)


def _behind_the_verb(task: Mapping[str, Any]) -> str:
    """What stands behind the verb in the text of a task: `STRAFTER(?text, ?verb)`."""
    text, verb = str(task["text"]), str(task["verb"])
    return text.partition(verb)[2] if verb else text


def _deadline_extra(deadline: model.Deadline, iris: Iris) -> Iterable[terms.Triple]:
    if deadline.earliest and deadline.date:
        interval = f"<{period(deadline.earliest, deadline.date)}>"
        yield f"<{iris.record(deadline.id)}>", terms.iri("pg:period"), interval
        yield interval, terms.TYPE, terms.iri("time:ProperInterval")
        yield interval, terms.iri("time:hasBeginning"), f"<{moment(deadline.earliest)}>"
        yield interval, terms.iri("time:hasEnd"), f"<{moment(deadline.date)}>"


def _citation_extra(citation: model.Citation, iris: Iris) -> Iterable[terms.Triple]:
    if citation.target:
        cited = f"<{iris.record(citation.target)}>"
    elif citation.instrument:
        cited = f"<{iris.print(Name('instrument', citation.instrument))}>"
        yield cited, terms.TYPE, terms.iri("eli:LegalResource")
        yield cited, terms.iri("skos:altLabel"), terms.text(citation.title, language="zh")
    else:
        return
    yield f"<{iris.record(citation.clause or citation.document)}>", terms.iri("eli:cites"), cited
    if citation.repeals:
        yield f"<{iris.record(citation.document)}>", terms.iri("eli:repeals"), cited
    if citation.basis:
        yield f"<{iris.record(citation.document)}>", terms.iri("eli:based_on"), cited


def _coverage_extra(record: model.Coverage, iris: Iris) -> Iterable[terms.Triple]:
    """Of what nothing takes up: what comes nearest, each by itself, and the best one's score. Of a demand that is dropped
    or added within a clause that is taken up: its words."""
    subject = f"<{iris.link(record.id)}>"
    if record.status in ("dropped", "added"):
        for near in record.nearest:
            if near.text is not None:
                yield subject, terms.iri("pg:saying"), terms.text(near.text)
    if record.status in ("absent", "new") and record.nearest:
        yield subject, terms.iri("pg:score"), terms.number(max(float(near.score) for near in record.nearest))
        for near in record.nearest:
            yield subject, terms.iri("pg:nearest"), f"<{iris.record(near.clause)}>"


DOCUMENTS = RecordType(
    "documents", model.Document, "pg:PolicyDocument",
    (
        Field("title", "eli:title", PROSE),
        Field("number", "eli:id_local", PLAIN),
        Field("issuers", "pg:issuersInOrder", NAMES, each="pg:issuer"),
        Field("region", "eli:jurisdiction", Resource("region")),
        Field("level", "pg:level", Concept("level")),
        Field("date", "eli:date_document", DAY),
        Field("effective", "eli:first_date_entry_in_force", DAY),
        Field("addressees", "pg:addresseesInOrder", NAMES, each="pg:addressee"),
        Field("part_of", "dcterms:isPartOf", ANY_DOC),
        Field("url", "pg:url", PLAIN),
        Field("warnings", "pg:warningsInOrder", NAMES, each="pg:warning"),
        _VERDICT,
        Field("source", "pg:fileName", PLAIN, on="source"),
        Field("sha256", "pg:sha256", PLAIN, on="source"),
        Field("encoding", "pg:encoding", PLAIN, on="source"),
        Field("media_type", "pg:mediaType", PLAIN, on="source"),
        Field("characters", "pg:characters", NUMBER, on="source"),
        Field("ocr", "pg:ocr", FLAG, on="source"),
    ),
    spans=(_SPAN,),
    nodes=(Node("source", "prov:wasDerivedFrom", "pg:SourceText"),),
    also=("eli:LegalResource",),
)  # fmt: skip

CLAUSES = RecordType(
    "clauses", model.Clause, "pg:Clause",
    (
        _DOCUMENT,
        Field("parent", "eli:is_part_of", ANY_DOC),
        Field("kind", "pg:kind", Concept("clause-kind")),
        Field("type", "eli:type_subdivision", Concept("clause-type")),
        Field("number", "eli:number", PLAIN),
        Field("heading", "pg:heading", PROSE),
        Field("lead", "pg:lead", PROSE),
        _TEXT,
        Field("order", "pg:order", NUMBER),
        Field("leaf", "pg:leaf", FLAG),
        _BY,
    ),
    spans=(_TOLD_SPAN,), usual="pg:clauseRule",
)  # fmt: skip

_AGENTS = RecordType(
    "agents", model.TaskAgent, "pg:Responsibility",
    (
        Field("name", "pg:name", PLAIN),
        Field("agency", "prov:agent", Resource("agency")),
        Field("role", "prov:hadRole", Concept("role")),
        Field("inherited", "pg:inherited", FLAG),
    ),
    spans=(Span(told_by="name"),),
)  # fmt: skip

TASKS = RecordType(
    "tasks", model.Task, "pg:Task",
    (
        *_FOUND,
        Field("verb", "pg:verb", PLAIN),
        Field("object", "pg:object", PLAIN, told=_behind_the_verb),
        Field("modality", "pg:modality", Concept("modality")),
        Field("places", "pg:placesInOrder", NAMES, each="pg:place"),
        Field("has_target", "pg:hasTarget", FLAG),
        Field("hedge", "pg:hedge", PLAIN),
        _VERDICT,
    ),
    spans=(_TOLD_SPAN,), nested=(Nested("agents", "pg:actor", "agent", _AGENTS, typed=False),), usual="pg:taskRule",
)  # fmt: skip

TARGETS = RecordType(
    "targets", model.Target, "pg:Target",
    (
        *_FOUND,
        Field("indicator", "pg:indicatorName", PLAIN),
        Field("concept", "pg:indicator", Resource("indicator")),
        Field("comparator", "pg:comparator", PLAIN),
        Field("value", "qudt:numericValue", NUMBER, on="quantity", takes=(int, float)),
        Field("value", "rdf:value", PLAIN, on="quantity", takes=(str,)),
        Field("unit", "pg:unitAsWritten", PLAIN, on="quantity"),
        Field("relative", "pg:relative", PLAIN),
        Field("baseline", "pg:baseline", PLAIN),
        Field("state", "pg:state", PLAIN),
        Field("deadline", "pg:due", MOMENT),
        Field("deadline_inherited", "pg:dueInherited", FLAG),
        Field("area", "pg:area", PLAIN),
        Field("hedge", "pg:hedge", PLAIN),
        Field("alternative_to", "pg:alternativeTo", ANY_DOC),
        Field("repeats", "pg:repeats", ANY_DOC),
        _VERDICT,
    ),
    spans=(_SPAN,), nodes=(Node("quantity", "pg:quantity", "qudt:QuantityValue"),),
)  # fmt: skip

_TERMS = RecordType(
    "within", model.Term, "time:Duration",
    (
        Field("amount", "time:numericDuration", NUMBER),
        Field("unit", "time:unitType", TemporalUnit()),
        Field("working", "pg:workingDays", FLAG),
        Field("after", "pg:after", PLAIN),
        Field("before", "pg:before", PLAIN),
    ),
)  # fmt: skip

DEADLINES = RecordType(
    "deadlines", model.Deadline, "pg:Deadline",
    (
        *_FOUND,
        Field("date", "pg:due", MOMENT),
        Field("earliest", "pg:earliest", MOMENT),
        Field("granularity", "pg:granularity", PLAIN),
        Field("recurrence", "pg:recurrence", PLAIN),
        Field("action", "pg:action", PLAIN),
        _VERDICT,
    ),
    spans=(_SPAN,), nested=(Nested("within", "pg:within", "within", _TERMS, single=True),), derived=_deadline_extra,
)  # fmt: skip

_AGENCIES = RecordType(
    "agencies", model.AgencyRole, "pg:Responsibility",
    (
        Field("name", "pg:name", PLAIN),
        Field("agency", "prov:agent", Resource("agency")),
        Field("role", "prov:hadRole", Concept("role")),
        Field("inherited", "pg:inherited", FLAG),
    ),
)  # fmt: skip

RESPONSIBILITIES = RecordType(
    "responsibilities", model.Responsibility, "pg:ResponsibilityNote",
    (*_FOUND, Field("deadline", "pg:due", MOMENT), _VERDICT),
    spans=(_SPAN,), nested=(Nested("agencies", "pg:responsibility", "agency", _AGENCIES, typed=False),),
)  # fmt: skip

CITATIONS = RecordType(
    "citations", model.Citation, "pg:Citation",
    (
        *_FOUND,
        Field("title", "pg:citedTitle", PLAIN),
        Field("number", "pg:citedNumber", PLAIN),
        Field("target", "pg:citedDocument", ANY_DOC),
        Field("instrument", "pg:citedInstrument", Resource("instrument")),
        Field("basis", "pg:basis", FLAG),
        Field("repeals", "pg:repeals", FLAG),
        _VERDICT,
    ),
    spans=(_SPAN,), derived=_citation_extra,
)  # fmt: skip

FINDINGS = RecordType(
    "findings", model.Finding, "pg:Finding",
    (_DOCUMENT, _CLAUSE, _TEXT, Field("kind", "pg:findingKind", PLAIN), Field("reason", "pg:reason", PLAIN)),
    spans=(_SPAN,),
)  # fmt: skip

_SIDES = (
    Span("source_start", "source_end", told_by="source_text", former="pg:sourceSpan"),
    Span("target_start", "target_end", told_by="target_text", former="pg:targetSpan"),
)
_SIDE_TEXTS = (Field("source_text", "pg:sourceText", PLAIN), Field("target_text", "pg:targetText", PLAIN))
_MATCHES = RecordType(
    "evidence", model.Match, "pg:Match",
    (Field("kind", "pg:evidenceKind", PLAIN), *_SIDE_TEXTS, Field("weight", "pg:weight", SCORE)), spans=_SIDES,
)  # fmt: skip
_SHIFTS = RecordType(
    "shifts", model.Shift, "pg:Shift",
    (Field("kind", "pg:shiftKind", PLAIN), Field("direction", "pg:direction", PLAIN), *_SIDE_TEXTS), spans=_SIDES,
)  # fmt: skip
_CANDIDATES = RecordType(
    "candidates", model.Candidate, "pg:Candidate",
    (
        Field("clause", "pg:candidate", ANY_DOC),
        *(Field("score", "pg:score", SCORE), Field("reason", "pg:reason", PLAIN), Field("text", "pg:saying", PLAIN)),
    ),
)  # fmt: skip
_ENDS = (Field("source", "pg:source", ANY_DOC), Field("target", "pg:target", ANY_DOC))
_JUDGED = (Field("score", "pg:score", SCORE), Field("method", "pg:method", PLAIN))

ALIGNMENTS = RecordType(
    "alignments", model.Alignment, "pg:ImplementationLink",
    (
        *_ENDS,
        *_JUDGED,
        Field("relation", "pg:relation", Concept("relation")),
        Field("verbatim", "pg:verbatim", SCORE),
        Field("demands", "pg:demands", NUMBER),
        Field("answered", "pg:answered", NUMBER),
        _VERDICT,
    ),
    nested=(
        Nested("evidence", "pg:evidence", "match", _MATCHES, typed=False),
        Nested("shifts", "pg:shift", "shift", _SHIFTS, typed=False),
    ),
    listed=(Listed("beaten", "pg:beaten", _CANDIDATES, former="pg:beaten"),), kind="link",
)  # fmt: skip

TARGET_LINKS = RecordType(
    "target_links", model.TargetLink, "pg:TargetLink",
    (
        *_ENDS,
        *_JUDGED,
        Field("strictness", "pg:strictness", Concept("strictness")),
        Field("timing", "pg:timing", Concept("timing")),
        Field("scope", "pg:scope", Concept("scope")),
        Field("reason", "pg:reason", PLAIN),
        _VERDICT,
    ),
    kind="link",
)  # fmt: skip

COVERAGE = RecordType(
    "coverage", model.Coverage, "pg:Coverage",
    (
        Field("subject", "pg:subject", ANY_DOC),
        Field("document", "pg:inDocument", ANY_DOC),
        Field("status", "pg:status", Concept("coverage")),
    ),
    listed=(Listed("nearest", "pg:nearestInOrder", _CANDIDATES, former="pg:nearest"),), kind="link", derived=_coverage_extra,
)  # fmt: skip

#: In a document's own graph, in this order.
OF_DOCUMENT = (CLAUSES, TASKS, TARGETS, DEADLINES, RESPONSIBILITIES, CITATIONS, FINDINGS)
#: In the graph of links.
OF_LINKS = (ALIGNMENTS, TARGET_LINKS, COVERAGE)
RECORD_TYPES = (DOCUMENTS, *OF_DOCUMENT, *OF_LINKS)
BY_NAME = {kind.name: kind for kind in RECORD_TYPES}


def all_types() -> list[RecordType]:
    """Every record type, the nested and the listed ones after those that hold them."""
    return [each for kind in RECORD_TYPES for each in (kind, *(nested.of for nested in kind.nested), *(listed.of for listed in kind.listed))]
