"""The sorts of terms that columns hold: how a value of SQLite becomes a term, and a constant of a query a value.

Within a sort two values are equal exactly when their terms are, and values of two sorts never are: so what SQL says of
values (joins, GROUP BY, DISTINCT) holds of the terms.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Protocol

import pyoxigraph as ox

from policygraph.errors import PolicyGraphError
from policygraph.graph import terms
from policygraph.ids import Iris, Kind, Name, concept, concept_value, moment

if TYPE_CHECKING:
    from rdflib.term import Identifier

_XSD = terms.PREFIXES["xsd"]
_INTEGER, _DECIMAL, _BOOLEAN = (ox.NamedNode(_XSD + name) for name in ("integer", "decimal", "boolean"))
_TRUE, _FALSE = ox.Literal("true", datatype=_BOOLEAN), ox.Literal("false", datatype=_BOOLEAN)
#: Digits of a decimal that a binary number tells from all its neighbours.
_EXACT_DIGITS = 15
_INTEGERS = range(-(2**63), 2**63)
_WHOLE = re.compile(r"0|-?[1-9][0-9]*")

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Numeral = int | float


class UncoveredError(Exception):
    """A query says something that the columns do not answer: the engine does."""


class Sort(Protocol):
    """`order` is by what SQL sorts as SPARQL does, None where it cannot."""

    def term(self, value: Any) -> Term: ...

    def value(self, term: Identifier) -> Any:
        """The value of a constant; UncoveredError for one that is of another sort."""

    def order(self, sql: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Named:
    """IRIs of one kind, by what tells them apart: an identifier, with `#` and a part behind it where they are parts of a
    record; a value of a concept scheme (`concept/role`); a date (`time`)."""

    kind: str
    iri: Callable[[str], str]
    parse: Callable[[str], str]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and other.kind == self.kind

    def __hash__(self) -> int:
        return hash(self.kind)

    def term(self, value: Any) -> Term:
        return ox.NamedNode(self.iri(value))

    def value(self, term: Identifier) -> Any:
        from rdflib.term import URIRef

        try:
            value = self.parse(str(term))
            same = isinstance(term, URIRef) and self.iri(value) == str(term)
        except (PolicyGraphError, ValueError) as error:
            raise UncoveredError from error
        if not same:
            raise UncoveredError
        return value

    def order(self, sql: str) -> str | None:
        return f"iri('{self.kind}', {sql})"


@dataclass(frozen=True, slots=True)
class Words:
    """Strings, plain or in a language."""

    language: str = ""

    def term(self, value: Any) -> Term:
        return ox.Literal(value, language=self.language) if self.language else ox.Literal(value)

    def value(self, term: Identifier) -> Any:
        from rdflib.term import Literal

        plain = isinstance(term, Literal) and term.datatype is None or str(getattr(term, "datatype", "")) == _XSD + "string"
        if not plain or (getattr(term, "language", None) or "") != self.language:
            raise UncoveredError
        return str(term)

    def order(self, sql: str) -> str | None:
        return sql


@dataclass(frozen=True, slots=True)
class Whole:
    """Integers."""

    def term(self, value: Any) -> Term:
        return ox.Literal(str(value), datatype=_INTEGER)

    def value(self, term: Identifier) -> Any:
        found = numeral(term)
        if not isinstance(found, int):
            raise UncoveredError
        return found

    def order(self, sql: str) -> str | None:
        return sql


@dataclass(frozen=True, slots=True)
class Fraction:
    """Decimals that are binary numbers in the record."""

    def term(self, value: Any) -> Term:
        written = terms.number(float(value))
        if not written.endswith("#decimal>"):
            return ox.Literal(float(value))
        return ox.Literal(plain(Decimal(terms.lexical(written))), datatype=_DECIMAL)

    def value(self, term: Identifier) -> Any:
        found = numeral(term)
        if not isinstance(found, float):
            raise UncoveredError
        return found

    def order(self, sql: str) -> str | None:
        return sql


@dataclass(frozen=True, slots=True)
class Figure:
    """Integers and decimals in one column. Here alone equal values may be two terms (`98` and `98.0`): such a column is
    given and compared with numbers, but nothing is joined, grouped or told apart by it."""

    def term(self, value: Any) -> Term:
        if isinstance(value, bytes):  # the digits of an integer that is longer than a column's
            return Whole().term(int(value))
        return Whole().term(value) if isinstance(value, int) else Fraction().term(value)

    def value(self, term: Identifier) -> Any:
        raise UncoveredError

    def order(self, sql: str) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class Written:
    """A mean: the decimal as text, or the 0 of nothing."""

    def term(self, value: Any) -> Term:
        return ox.Literal(str(value), datatype=_INTEGER if isinstance(value, int) else _DECIMAL)

    def value(self, term: Identifier) -> Any:
        raise UncoveredError

    def order(self, sql: str) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class Truth:
    """Booleans."""

    def term(self, value: Any) -> Term:
        return _TRUE if value else _FALSE

    def value(self, term: Identifier) -> Any:
        if str(getattr(term, "datatype", "")) != _XSD + "boolean" or str(term) not in ("true", "false"):
            raise UncoveredError
        return int(str(term) == "true")

    def order(self, sql: str) -> str | None:
        return sql


@dataclass(frozen=True, slots=True)
class Day:
    """Days, months and years, and what is none of them and stays a string."""

    def term(self, value: Any) -> Term:
        kind = terms.datatype(terms.day(value))
        return ox.Literal(value, datatype=ox.NamedNode(kind))

    def value(self, term: Identifier) -> Any:
        from rdflib.term import Literal

        written = str(term)
        if not isinstance(term, Literal) or str(term.datatype) != terms.datatype(terms.day(written)):
            raise UncoveredError
        return written

    def order(self, sql: str) -> str | None:
        return f"day({sql})"  # which fails where it is no day: then the engine sorts


Made = dict[str, Named]


def named(iris: Iris) -> Callable[[str], Named]:
    """The sorts of IRIs under a base, by their kind."""
    made: Made = {}

    def sort(kind: str) -> Named:
        if kind not in made:
            made[kind] = _named(kind, iris)
        return made[kind]

    return sort


def _named(kind: str, iris: Iris) -> Named:
    if kind.startswith("concept/"):
        scheme = kind.removeprefix("concept/")
        return Named(kind, lambda value: concept(scheme, value), concept_value)
    if kind == "time":
        return Named(kind, moment, concept_value)
    if kind.endswith("#"):  # parts of records
        return Named(kind, lambda value: _part(value, kind, iris), lambda iri: _parsed_part(iri, kind, iris))
    return Named(kind, lambda value: iris.print(Name(_kind(kind), value)), lambda iri: _parsed(iri, kind, iris))


def _kind(kind: str) -> Kind:
    return kind.removesuffix("#")  # type: ignore[return-value]


def _part(value: str, kind: str, iris: Iris) -> str:
    identifier, _, part = value.rpartition("#")
    return iris.print(Name(_kind(kind), identifier, part))


def _parsed(iri: str, kind: str, iris: Iris) -> str:
    name = iris.parse(iri)
    if name.kind != kind or name.part is not None:
        raise ValueError(iri)
    return name.id


def _parsed_part(iri: str, kind: str, iris: Iris) -> str:
    name = iris.parse(iri)
    if name.kind != _kind(kind) or name.part is None:
        raise ValueError(iri)
    return f"{name.id}#{name.part}"


def numeral(term: Identifier) -> Numeral:
    """A number that SQL compares as SPARQL does: an integer, or a decimal of few digits.

    >>> from rdflib.term import Literal
    >>> numeral(Literal(3)), numeral(Literal(Decimal("0.25")))
    (3, 0.25)
    """
    datatype, written = str(getattr(term, "datatype", "")), str(term)
    if datatype == _XSD + "integer" and _WHOLE.fullmatch(written) and int(written) in _INTEGERS:
        return int(written)
    if datatype == _XSD + "decimal":
        try:
            found = Decimal(written)
        except InvalidOperation as error:
            raise UncoveredError from error
        if len(found.as_tuple().digits) <= _EXACT_DIGITS and abs(found) < 10**_EXACT_DIGITS:
            return float(found)
    raise UncoveredError


def plain(number: Decimal) -> str:
    """A decimal as the engine writes it.

    >>> plain(Decimal("0.50")), plain(Decimal("1.0")), plain(Decimal("100"))
    ('0.5', '1', '100')
    """
    written = format(number, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
