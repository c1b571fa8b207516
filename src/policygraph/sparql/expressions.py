"""The expressions of a query as SQL over what a pattern binds. NULL stands for an error and for what is unbound: both spread
through SQL's logic as through SPARQL's."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from policygraph.sparql.block import Block, Bound
from policygraph.sparql.sorts import Day, Figure, Fraction, Named, Truth, UncoveredError, Whole, Words

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue

_COMPARED = {"=": "=", "!=": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Expressions:
    """The expressions of one query, and their constants, by the names that stand for them in SQL."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def condition(self, expression: Any, block: Block) -> str:
        found = self.expression(expression, block)
        if not isinstance(found.sort, Truth):
            raise UncoveredError
        return f"({found.sql})"

    def expression(self, expression: Any, block: Block) -> Bound:
        """An expression as SQL."""
        name = getattr(expression, "name", "")
        if is_variable(expression):
            found = block.bound.get(name_of(expression))
            if found is None:
                raise UncoveredError
            return found
        match name:
            case "RelationalExpression":
                return self.relation(expression, block)
            case "ConditionalAndExpression" | "ConditionalOrExpression":
                word = " AND " if "And" in name else " OR "
                parts = [self.condition(part, block) for part in (expression.expr, *expression.other)]
                return Bound(f"({word.join(parts)})", Truth(), maybe=True)
            case "UnaryNot":
                return Bound(f"(NOT {self.condition(expression.expr, block)})", Truth(), maybe=True)
            case "Builtin_BOUND":
                found = self.expression(expression.arg, block)
                return Bound(f"({found.sql} IS NOT NULL)", Truth())
            case "Builtin_STRLEN":
                found = self.words(expression.arg, block)
                return Bound(f"characters({found.sql})", Whole(), found.maybe)
            case "Builtin_STR":
                return self.string(expression.arg, block)
            case "Builtin_CONTAINS" | "Builtin_STRSTARTS" | "Builtin_STRENDS":
                return self.search(expression, block)
        return self.literal(expression)

    def literal(self, term: Any) -> Bound:
        """A constant."""
        for sort in (Whole(), Fraction(), Words(getattr(term, "language", None) or ""), Truth()):
            try:
                return Bound(self.constant(sort.value(term)), sort)
            except UncoveredError:
                continue
        raise UncoveredError

    def words(self, expression: Any, block: Block) -> Bound:
        found = self.expression(expression, block)
        if not isinstance(found.sort, Words):
            raise UncoveredError
        return found

    def string(self, expression: Any, block: Block) -> Bound:
        found = self.expression(expression, block)
        if isinstance(found.sort, Words):
            return replace(found, sort=Words())
        if isinstance(found.sort, Named) and (sql := found.sort.order(found.sql)):
            return replace(found, sql=sql, sort=Words())
        raise UncoveredError

    def search(self, expression: CompValue, block: Block) -> Bound:
        text, part = self.words(expression.arg1, block), self.words(expression.arg2, block)
        if part.sort not in (text.sort, Words()):
            raise UncoveredError  # texts of two languages
        sql = {
            "Builtin_CONTAINS": "(instr({text}, {part}) > 0)",
            "Builtin_STRSTARTS": "(instr({text}, {part}) = 1)",
            "Builtin_STRENDS": "ends_with({text}, {part})",
        }[expression.name]
        return Bound(sql.format(text=text.sql, part=part.sql), Truth(), text.maybe or part.maybe)

    def relation(self, expression: CompValue, block: Block) -> Bound:
        op = str(expression.op)
        if op in ("IN", "NOT IN"):
            others = expression.other if isinstance(expression.other, list | tuple) else None
            if not others:
                raise UncoveredError
            same = [self.compared(expression.expr, "=", other, block).sql for other in others]
            either = f"({' OR '.join(same)})"
            return Bound(either if op == "IN" else f"(NOT {either})", Truth(), maybe=True)
        return self.compared(expression.expr, op, expression.other, block)

    def compared(self, one: Any, op: str, other: Any, block: Block) -> Bound:
        if _is_iri(one) and not _is_iri(other):
            return self.compared(other, _TURNED.get(op, op), one, block)
        left = self.expression(one, block)
        if _is_iri(other):
            if op not in ("=", "!="):
                raise UncoveredError
            return Bound(f"({left.sql} {_COMPARED[op]} {self.constant(left.sort.value(other))})", Truth(), left.maybe)
        if isinstance(left.sort, Day) and not is_variable(other):
            return self.dated(left, op, other)
        right = self.expression(other, block)
        numbers = (Whole, Fraction, Figure)
        if isinstance(left.sort, numbers) and isinstance(right.sort, numbers):
            sql = " ".join((_numeric(left), _COMPARED[op], _numeric(right)))
            return Bound(f"({sql})", Truth(), maybe=True)
        if left.sort != right.sort or not isinstance(left.sort, Named | Words | Truth):
            raise UncoveredError
        if op not in ("=", "!=") and left.sort != Words():
            raise UncoveredError
        return Bound(f"({left.sql} {_COMPARED[op]} {right.sql})", Truth(), left.maybe or right.maybe)

    def dated(self, left: Bound, op: str, other: Any) -> Bound:
        """A comparison with a day: what is no day compares with none."""
        written = Day().value(other)
        if not _is_day(written):
            raise UncoveredError
        day = f"(CASE WHEN date({left.sql}) = {left.sql} THEN {left.sql} END)"
        if op not in ("<", "<=", ">", ">="):
            raise UncoveredError
        return Bound(f"({day} {op} {self.constant(written)})", Truth(), maybe=True)

    def constant(self, value: Any) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def _numeric(bound: Bound) -> str:
    """A number as it compares: the engine compares no integer that is longer than a column's."""
    return f"(CASE WHEN typeof({bound.sql}) <> 'blob' THEN {bound.sql} END)" if isinstance(bound.sort, Figure) else bound.sql


def is_variable(term: Any) -> bool:
    from rdflib.term import BNode, Variable

    return isinstance(term, Variable | BNode)


def _is_iri(term: Any) -> bool:
    from rdflib.term import URIRef

    return isinstance(term, URIRef)


def name_of(variable: Any) -> str:
    """The name of a variable; that of a blank node is none that a variable can have."""
    from rdflib.term import BNode

    return f"_:{variable}" if isinstance(variable, BNode) else str(variable)


def _is_day(written: str) -> bool:
    try:
        return datetime.date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False
