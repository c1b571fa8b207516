"""The patterns of a query as blocks: basic graph patterns, GRAPH, FILTER with EXISTS, VALUES, BIND, and OPTIONAL of facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from policygraph.sparql.block import Block, Bound, File, Row, Thing, select
from policygraph.sparql.expressions import Expressions, is_variable, name_of
from policygraph.sparql.facts import Fact, Facts, SortOf, Things
from policygraph.sparql.sorts import Day, Figure, UncoveredError

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue
    from rdflib.term import Identifier

_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_DATE = "http://www.w3.org/2006/time#inXSDDate"
_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"


class Patterns:
    """The patterns of one query. `count` is how many rows it has taken so far; `any_graph`, whether a graph of rejected records
    may say something of one."""

    def __init__(self, facts: Facts, sort: SortOf, files: Sequence[File], expressions: Expressions) -> None:
        self.facts, self.sort, self.files, self.expressions = facts, sort, files, expressions
        self.count = 0
        self.any_graph = False
        self.tables: set[str] = set()
        #: of what class a subject is, by patterns that this one is joined with
        self.known: dict[Identifier, Things] = {}

    def block(self, part: CompValue, scope: Identifier | None) -> Block:
        """The solutions of a part of the algebra, in the graph `scope` or, where that is None, in all of them."""
        part = _simplified(part)
        match part.name:
            case "BGP":
                return self.pattern(part.triples, scope)
            case "Graph":
                return self.graph(part)
            case "Join":
                return self.joined(part, scope)
            case "Filter":
                block = self.block(part.p, scope)
                for condition in _conjuncts(part.expr):
                    block.conditions.append(self.filter(condition, block, scope))
                return block
            case "Extend":
                block = self.block(part.p, scope)
                if str(part.var) in block.bound:
                    raise UncoveredError
                block.bound[str(part.var)] = self.expressions.expression(part.expr, block)
                return block
            case "LeftJoin":
                return self.optional(part, scope)
        raise UncoveredError

    def graph(self, part: CompValue) -> Block:
        block = self.block(part.p, part.term)
        inside = [row for row in block.rows if row.scope == part.term]
        if not inside:
            raise UncoveredError
        sort = self.sort("graph")
        for row in inside:
            if is_variable(part.term):
                block.bind(str(part.term), Bound(row.graph, sort))
            else:
                block.conditions.append(f"{row.graph} = {self.expressions.constant(sort.value(part.term))}")
            row.scope = None  # the graph of a GRAPH around this one is another
        return block

    def joined(self, part: CompValue, scope: Identifier | None) -> Block:
        for one, other in ((part.p1, part.p2), (part.p2, part.p1)):
            if other.name == "ToMultiSet":
                return self.among(self.block(one, scope), other)
        block = self.block(part.p1, scope)
        block.join(self.beside(block, part.p2, scope))
        return block

    def beside(self, block: Block, part: CompValue, scope: Identifier | None) -> Block:
        """A part whose solutions have to agree with those of a block: its subjects are of the class that they have there."""
        before = self.known
        self.known = before | {subject: thing.things for (subject, _), thing in block.subjects.items() if thing.things.table}
        found = self.block(part, scope)
        self.known = before
        return found

    def among(self, block: Block, values: CompValue) -> Block:
        """A pattern with VALUES of one variable that it binds."""
        rows = (values.p.get("res") if values.p.name == "values" else None) or ()
        names = {name for row in rows for name in row}
        if len(names) != 1 or any(len(row) != 1 for row in rows):
            raise UncoveredError
        (name,) = names
        found = block.bound.get(str(name))
        wanted = [row[name] for row in rows]
        if found is None and len(wanted) == 1:
            block.bound[str(name)] = self.expressions.literal(wanted[0])
            return block
        if found is None or found.maybe or len(set(wanted)) != len(wanted):
            raise UncoveredError
        block.conditions.append(f"{found.sql} IN ({', '.join(self.expressions.constant(found.sort.value(term)) for term in wanted)})")
        return block

    def pattern(self, triples: Iterable[Sequence[Any]], scope: Identifier | None) -> Block:
        """A basic graph pattern. Each subject is a row, or within one."""
        wanted = list(self.single_steps(triples))
        block = Block()
        dated: list[tuple[Any, Any]] = []
        if not wanted:
            raise UncoveredError
        types: dict[Any, set[str]] = {}
        for subject, predicate, value in wanted:
            if str(predicate) == _TYPE:
                if is_variable(value):
                    raise UncoveredError
                types.setdefault(subject, set()).add(str(value))
        subjects = dict.fromkeys(subject for subject, _, _ in wanted)
        things = {subject: found for subject in subjects if (found := self.things(subject, types, wanted)) is not None}
        for subject, found in things.items():
            self.add_row(block, subject, found, scope)
        self.add_inner(block, wanted, scope)
        for subject, predicate, value in wanted:
            thing = block.subjects.get((subject, scope))
            if thing is None:
                if str(predicate) != _DATE:
                    raise UncoveredError
                dated.append((subject, value))
            elif str(predicate) == _TYPE:
                if str(value) not in thing.things.types:
                    raise UncoveredError
            elif str(predicate) in thing.things.facts:
                self.state(block, thing, thing.things.facts[str(predicate)], value)
            elif str(predicate) not in thing.things.inner:
                raise UncoveredError
        for instant, value in dated:
            self.date(block, instant, value, scope)
        return block

    def date(self, block: Block, instant: Any, value: Any, scope: Identifier | None) -> None:
        """The day of an instant that a row of this pattern names: the graph of the row says it, and graphs of others."""
        found = block.bound.get(name_of(instant))
        if scope is None or found is None or found.sort != self.sort("time") or not is_variable(value):
            raise UncoveredError
        block.conditions.append(f"{found.sql} GLOB '{_DAY}'")
        block.bind(name_of(value), Bound(found.sql, Day()))

    def things(self, subject: Any, types: Mapping[Any, set[str]], wanted: Iterable[Sequence[Any]]) -> Things | None:
        """The class of a subject that is a row of its own."""
        for type_ in types.get(subject, ()):
            if type_ in self.facts.by_type:
                return self.facts.by_type[type_]
        told = [self.facts.by_property.get(str(predicate)) for one, predicate, _ in wanted if one == subject]
        if found := next((things for things in told if things is not None), None):
            return found
        self.any_graph |= subject in self.known
        return self.known.get(subject)

    def add_row(self, block: Block, subject: Any, things: Things, scope: Identifier | None) -> None:
        row = Row(self.count, things, scope)
        self.count += 1
        self.any_graph |= scope is None
        self.tables.add(things.table)
        block.rows.append(row)
        self.add_subject(block, subject, Thing(row, things, things.identity), scope)

    def add_subject(self, block: Block, subject: Any, thing: Thing, scope: Identifier | None) -> None:
        block.subjects.setdefault((subject, scope), thing)
        self.state(block, thing, thing.identity, subject)

    def add_inner(self, block: Block, wanted: Iterable[Sequence[Any]], scope: Identifier | None) -> None:
        """What lies within rows, found from its row inwards."""
        for subject, predicate, value in wanted:
            thing = block.subjects.get((subject, scope))
            inner = thing.things.inner.get(str(predicate)) if thing is not None else None
            if thing is None or inner is None:
                continue
            if not is_variable(value):
                raise UncoveredError
            alias = self.entries(thing, inner.each) if inner.each else ""
            self.add_subject(block, value, Thing(thing.row, inner.things, inner.identity, alias), scope)

    def entries(self, thing: Thing, each: str) -> str:
        thing.row.lists.append(thing.sql(each))
        return f"j{len(thing.row.lists) - 1}"

    def state(self, block: Block, thing: Thing, fact: Fact, value: Any) -> None:
        """Have a fact be said, with this object."""
        if fact.elsewhere and thing.row.scope is None:
            raise UncoveredError
        if fact.each:
            alias = self.entries(thing, fact.sql)
            of = thing.sql(fact.sql)
            sql = f"{alias}.value"
            # an entry that is there twice is stated once
            thing.row.conditions.append(
                f"NOT EXISTS (SELECT 1 FROM json_each({of}) e WHERE e.value = {alias}.value AND e.key < {alias}.key)"
            )
        else:
            sql = thing.sql(fact.sql)
            if fact.said:
                thing.row.conditions.append(f"({thing.sql(fact.said)})")
        if is_variable(value):
            block.bind(name_of(value), Bound(thing.row.column(sql), fact.sort))
        else:
            thing.row.conditions.append(f"{sql} = {self.expressions.constant(fact.sort.value(value))}")

    def single_steps(self, triples: Iterable[Sequence[Any]]) -> Iterable[tuple[Any, Any, Any]]:
        """The triples, with sequences of properties (`a/b`) taken apart and `^a` turned round."""
        from rdflib.paths import InvPath, SequencePath
        from rdflib.term import BNode, URIRef

        for subject, predicate, value in triples:
            if isinstance(predicate, SequencePath):
                stations = [subject, *(BNode() for _ in predicate.args[1:]), value]
                yield from self.single_steps(zip(stations, predicate.args, stations[1:], strict=False))
            elif isinstance(predicate, InvPath):
                yield from self.single_steps([(value, predicate.arg, subject)])
            elif isinstance(predicate, URIRef):
                yield subject, predicate, value
            else:
                raise UncoveredError

    def optional(self, part: CompValue, scope: Identifier | None) -> Block:
        """OPTIONAL of facts that a subject of the pattern says once or not at all."""
        block = self.block(part.p1, scope)
        within = _simplified(part.p2)
        if within.name != "BGP" or getattr(part.expr, "name", "") != "TrueFilter":
            raise UncoveredError
        found: list[tuple[str, Bound]] = []
        said: list[str] = []
        for subject, predicate, value in self.single_steps(within.triples):
            thing = block.subjects.get((subject, scope))
            fact = thing.things.facts.get(str(predicate)) if thing is not None else None
            if thing is None or fact is None or fact.each or not is_variable(value) or name_of(value) in block.bound:
                raise UncoveredError
            said += [thing.row.column(f"({thing.sql(fact.said)})")] if fact.said else []
            found.append((name_of(value), Bound(thing.row.column(thing.sql(fact.sql)), fact.sort, maybe=True)))
        if len({name for name, _ in found}) != len(found):
            raise UncoveredError
        for name, bound in found:
            block.bound[name] = replace(bound, sql=f"(CASE WHEN {' AND '.join(said)} THEN {bound.sql} END)") if said else bound
        return block

    def filter(self, expression: Any, block: Block, scope: Identifier | None) -> str:
        """A condition of FILTER; EXISTS only here, not within an expression."""
        name = getattr(expression, "name", "")
        if name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            return self.exists(expression, block, scope, wanted=name == "Builtin_EXISTS")
        return self.expressions.condition(expression, block)

    def exists(self, expression: CompValue, block: Block, scope: Identifier | None, *, wanted: bool) -> str:
        """Whether a pattern has a solution that agrees with this one on what both bind."""
        from rdflib.plugins.sparql.algebra import translateGroupGraphPattern

        part = _simplified(translateGroupGraphPattern(expression.graph))
        said = self.said_of(part, block, scope)
        if said:
            return said if wanted else f"(NOT {said})"
        inner = self.beside(block, part, scope)
        pairs = [(block.bound[name], found) for name, found in inner.bound.items() if name in block.bound]
        if not pairs or any(a.maybe or b.maybe or a.sort != b.sort or isinstance(a.sort, Figure) for a, b in pairs):
            raise UncoveredError
        mine, theirs = [a.sql for a, _ in pairs], [b.sql for _, b in pairs]
        if scope is not None:  # both in the same graph
            mine.append(self.graphs(block, scope)[0])
            first, *others = self.graphs(inner, scope)
            inner.conditions += [f"{first} = {other}" for other in others]
            theirs.append(first)
        return f"(({', '.join(mine)}) {'' if wanted else 'NOT '}IN ({select(inner, theirs, files=self.files)}))"

    def said_of(self, part: CompValue, block: Block, scope: Identifier | None) -> str:
        """The condition that subjects of this block say some facts; nothing where the pattern is about others."""
        if part.name != "BGP":
            return ""
        conditions = []
        for subject, predicate, value in self.single_steps(part.triples):
            thing = block.subjects.get((subject, scope))
            fact = thing.things.facts.get(str(predicate)) if thing is not None else None
            if thing is None or fact is None or fact.each or is_variable(value):
                return ""
            said = [thing.sql(fact.said)] if fact.said else []
            same = f"{thing.sql(fact.sql)} = {self.expressions.constant(fact.sort.value(value))}"
            conditions.append(thing.row.column(f"({' AND '.join([*said, same])})"))
        return f"({' AND '.join(conditions)})" if conditions else ""

    def graphs(self, block: Block, scope: Identifier) -> list[str]:
        """The graphs of the rows in a scope."""
        found = [row.graph for row in block.rows if row.scope == scope]
        if not found:
            raise UncoveredError
        return found


def _simplified(part: CompValue) -> CompValue:
    """A part without what joins nothing to it."""
    while part.name == "Join":
        empty = [side.name == "BGP" and not side.triples for side in (part.p1, part.p2)]
        if not any(empty):
            break
        part = part.p2 if empty[0] else part.p1
    return part


def _conjuncts(expression: Any) -> Iterable[Any]:
    """The parts of a conjunction, each a condition of its own."""
    if getattr(expression, "name", "") == "ConditionalAndExpression":
        for part in (expression.expr, *expression.other):
            yield from _conjuncts(part)
    else:
        yield expression
