"""What the columns say of the graph: for each class of record, which of its properties stand in its row, and as what.

A fact is left out where the graph says less than the row (the rule that most records of a document have, the end of a
quotation that its text tells). What is here is exact: the tests compare each class and property with the graph, statement for statement.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from policygraph.columns.layout import OF_DOCUMENT, layouts
from policygraph.graph import schema, terms
from policygraph.graph.schema import RecordType
from policygraph.sparql.sorts import Day, Figure, Fraction, Named, Sort, Truth, Whole, Words

SortOf = Callable[[str], Named]
#: Classes that persons may reject. A rejected record says its fields as they were, but not that it is of its class: so these
#: properties do not tell the class, and only those of its parts do.
_REJECTABLE = frozenset({"tasks", "targets", "deadlines", "responsibilities", "citations", "alignments", "target_links"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A property of a row: `sql` is its value, `said` when the graph states it. Both name the row `{t}`, its document `{d}`
    and an entry of a list within it `{j}`. `each`: the value is a list (JSON), each of whose entries is stated. `elsewhere`:
    another graph states it as well, so that who asks all graphs at once finds it twice."""

    sql: str
    sort: Sort
    said: str
    each: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Inner:
    """Things that belong to a row and have facts of their own: one, or one an entry of the list `each`."""

    identity: Fact
    things: Things
    each: str = ""


@dataclass(frozen=True, slots=True)
class Things:
    """A class: its table, how its IRIs stand there, what is said of each."""

    type: str
    identity: Fact
    facts: Mapping[str, Fact]
    inner: Mapping[str, Inner] = dataclasses.field(default_factory=dict)
    table: str = ""
    of_document: bool = False
    also: frozenset[str] = frozenset()

    @property
    def types(self) -> frozenset[str]:
        return self.also | {self.type} if self.type else frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """All classes by their IRI, and those that a property alone tells, by its IRI."""

    by_type: Mapping[str, Things]
    by_property: Mapping[str, Things]


def facts(sort: SortOf) -> Facts:
    """What the columns say, with IRIs as `sort` makes them."""
    all_things = {kind.name: _things(kind, sort) for kind in schema.RECORD_TYPES}
    users: dict[str, dict[str, None]] = {}
    for name, things in all_things.items():
        for property_ in (*things.facts, *things.inner):
            users.setdefault(property_, {})[name] = None
        for property_, inner in things.inner.items():
            for used in inner.things.facts:
                users.setdefault(used, {})[property_] = None
    telling = {
        property_: all_things[name]
        for property_, (name, *others) in users.items()
        if not others and name in all_things and (name not in _REJECTABLE or property_ in all_things[name].inner)
    }
    return Facts({things.type: things for things in all_things.values()}, telling)


def _things(kind: RecordType, sort: SortOf) -> Things:
    of_document = kind.name in OF_DOCUMENT
    row = _Row(kind, sort, derived=of_document and kind.name != "documents")
    inner = {_iri(node.property): _node(node, kind, row, sort) for node in kind.nodes}
    inner |= {_iri(nested.property): _nested(nested, kind, row, sort) for nested in kind.nested if not nested.single}
    return Things(
        type=_iri(kind.type), identity=row.identity, facts=row.facts(), inner=inner, table=kind.name, of_document=of_document,
        also=frozenset(map(_iri, kind.also)),
    )  # fmt: skip


def _node(node: schema.Node, kind: RecordType, row: _Row, sort: SortOf) -> Inner:
    found = row.facts(on=node.name)
    conditions = [fact.said for fact in found.values()]
    said = " OR ".join(f"({condition})" for condition in conditions) if all(conditions) else ""
    if node.name == "source":
        identity = Fact(row.identity.sql, sort("source"), said)
    else:
        identity = Fact(f"({row.identity.sql} || '#{node.name}')", sort(f"{kind.kind}#"), said)
    return Inner(identity, Things(type=_iri(node.type), identity=identity, facts=found))


def _nested(nested: schema.Nested, kind: RecordType, row: _Row, sort: SortOf) -> Inner:
    identity = Fact(f"({row.identity.sql} || '#{nested.part}_' || ({{j}}.key + 1))", sort(f"{kind.kind}#"), "")
    names = [field.name for field in dataclasses.fields(nested.of.record)]
    within = _Row(nested.of, sort, column=lambda name: f"json_extract({{j}}.value, '$[{names.index(name)}]')")
    things = Things(type=_iri(nested.of.type) if nested.typed else "", identity=identity, facts=within.facts())
    return Inner(identity, things, each=f'{{t}}."{nested.name}"')


class _Row:
    """The facts of a record type, as they stand in a row or in an entry of a list."""

    def __init__(
        self, kind: RecordType, sort: SortOf, *, derived: bool = False, column: Callable[[str], str] = '{{t}}."{}"'.format
    ) -> None:
        self.kind, self.sort, self.column, self.derived = kind, sort, column, derived
        self.own = {layouts()[kind.name].columns[at] for at in layouts()[kind.name].own} if derived else set()
        self.defaults = {f.name: f.default for f in dataclasses.fields(kind.record) if f.default is not dataclasses.MISSING}
        self.hints = get_type_hints(kind.record)

    @property
    def identity(self) -> Fact:
        return Fact(self.value("id"), self.sort(self.kind.kind), "")

    def value(self, name: str) -> str:
        """The value of a field, with ids whole."""
        column = self.column(name)
        if name == "document" and self.derived:
            return "{d}.id"
        if name not in self.own:
            return column
        whole = f"(CASE WHEN substr({column}, 1, 1) = '/' THEN {{d}}.id || {column} ELSE {column} END)"
        return f"coalesce({whole}, {{d}}.id)" if name == "parent" else whole

    def facts(self, *, on: str = "") -> dict[str, Fact]:
        found: dict[str, Fact] = {}
        for field in self.kind.fields:
            fact = self._fact(field) if field.on == on else None
            if fact is not None:
                found[_iri(field.each or field.property)] = fact
        for span in self.kind.spans if not on else ():
            ends = (span.start, span.end)
            said = "" if not self.defaults.keys() >= {*ends} else f"({self.column(ends[0])} <> 0 OR {self.column(ends[1])} <> 0)"
            for name, property_ in zip(ends, span.properties, strict=True):
                if name == span.start or not span.told_by:
                    found[_iri(property_)] = Fact(self.column(name), Whole(), said)
        return found

    def _fact(self, field: schema.Field) -> Fact | None:
        sort = self._sort(field)
        elsewhere = field.told or field.name == "by" and self.kind.usual or field.name == "document" and self.kind is schema.TASKS
        if sort is None or elsewhere:
            return None
        sql = self.value(field.name)
        if field.each:
            return Fact(sql, sort, "", each=True)
        said = [f"{sql} IS NOT NULL"] if type(None) in get_args(self.hints[field.name]) and field.name != "parent" else []
        default = self.defaults.get(field.name)
        if default is not None:
            said.append(f"{sql} <> {_literal(default)}")
        if field.name == "clause":
            said.append(f"{self.column('clause')} <> ''")
        if field.name == "leaf":
            said.append(f"{sql} <> 0")
        if field.takes:
            said.append(f"typeof({sql}) {'=' if str in field.takes else '<>'} 'text'")
        return Fact(sql, sort, " AND ".join(said), elsewhere=field.property == "pg:sha256")  # the description of the release has it

    def _sort(self, field: schema.Field) -> Sort | None:
        match field.codec:
            case schema.Text(language=language):
                return Words(language)
            case schema.Names():
                return Words()
            case schema.Score():
                return Fraction()
            case schema.Flag():
                return Truth()
            case schema.Day():
                return Day()
            case schema.Moment():
                return self.sort("time")
            case schema.Concept(scheme=scheme):
                return self.sort(f"concept/{scheme}")
            case schema.Resource(kind=kind):
                return self.sort(kind)
            case schema.Number():
                return Figure() if float in get_args(self.hints[field.name]) else Whole()
        return None


def _iri(name: str) -> str:
    return terms.iri_of(terms.iri(name))


def _literal(value: Any) -> str:
    """A default as SQL."""
    return f"'{value}'" if isinstance(value, str) else str(int(value))
