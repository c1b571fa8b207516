"""The gate: what of a query is looked at before it runs.

The gate is the first lock, never the only one: two parsers can differ, so the worker behind it has no network
(`policygraph.sparql.sandbox`). It refuses federation (SERVICE), updates, graphs that the dataset does not hold, and
texts that nest so deep that parsers break.

A text that nowhere has the letters of `service`, in any case and with no escapes, cannot federate whatever the parser,
and most queries pass on that ground alone. Any other text must be parsed by rdflib, and its tree is searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from policygraph.errors import QueryError

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue

_ESCAPE = re.compile(r"\\[uU]")
_COMMENT_OR_TEXT = re.compile(
    r"""'''(?:[^'\\]|\\.|'(?!''))*'''|\"""(?:[^"\\]|\\.|"(?!""))*\"""|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|<[^<>"{}|^`\\\s]*>|\#[^\n\r]*""",
    re.DOTALL,
)
_PROLOGUE = re.compile(r"(?:\s|\#[^\n\r]*(?:[\n\r]|$)|PREFIX\s+[^\s<]*\s*<[^>]*>|BASE\s*<[^>]*>)*([A-Za-z]+)", re.IGNORECASE)
_UPDATES = frozenset(["insert", "delete", "load", "clear", "create", "drop", "copy", "move", "add", "with"])
_OPEN, _CLOSE = "{([", "})]"


class RefusedError(QueryError):
    """A query that is sound SPARQL but asks for something that this service does not do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The graphs that the query text itself names with FROM and FROM NAMED."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.default or self.named)


def inspect(query: str, *, depth: int, base: str | None = None) -> Dataset:
    """Let `query` pass or raise; gives the dataset that its text names.

    >>> inspect("SELECT * FROM <http://example.org/g> { ?s ?p ?o }", depth=9).default
    ('http://example.org/g',)
    >>> inspect("ASK { service <http://example.org/> {} }", depth=9)
    Traceback (most recent call last):
    policygraph.sparql.gate.RefusedError: SERVICE asks this server to query another one, which it never does. Query ...
    """
    _refuse_update(query)
    _refuse_nesting(query, depth=depth)
    folded = query.casefold()
    escaped = _ESCAPE.search(query) is not None
    may_federate = escaped or "service" in folded
    if not may_federate and "from" not in folded:
        return Dataset()
    # only a text with one of these words pays for rdflib (0.3 s, once a process)
    from pyparsing.exceptions import ParseException
    from rdflib.plugins.sparql.parser import parseQuery
    from rdflib.plugins.sparql.parserutils import CompValue

    try:
        tree = parseQuery(query)
    except (ParseException, ValueError) as error:
        if may_federate:
            raise QueryError(
                f"The query cannot be read: {error}.",
                remedy="A text with the word SERVICE or with \\u escapes runs only when it is understood in full.",
            ) from error
        return Dataset()  # the engine's own parser says what is wrong with it
    except RecursionError as error:
        raise QueryError("The query nests too deep to be read.", remedy="Ask for less in one query.") from error
    values = [value for value in _walk(tree) if isinstance(value, CompValue)]
    if any(value.name == "ServiceGraphPattern" for value in values):
        raise RefusedError(
            "SERVICE asks this server to query another one, which it never does.",
            remedy="Query that server yourself and put its answer here as VALUES.",
        )
    return _dataset(values, base=base)


def preload() -> None:
    """Load rdflib's parser before a query needs it."""
    from rdflib.plugins.sparql.parser import parseQuery

    parseQuery("ASK {}")


def _dataset(values: list[CompValue], *, base: str | None) -> Dataset:
    from rdflib.plugins.sparql.parserutils import CompValue

    default: list[str] = []
    named: list[str] = []
    prefixes: dict[str, str] = {}
    for value in values:
        if value.name == "Base":
            base = urljoin(base or "", str(value["iri"]))
        elif value.name == "PrefixDecl":
            prefixes[_text(value, "prefix")] = str(value["iri"])
        elif value.name == "DatasetClause":
            for key, graphs in (("default", default), ("named", named)):
                if key not in value:
                    continue
                graph = value[key]
                if isinstance(graph, CompValue):  # a prefixed name
                    graphs.append(prefixes.get(_text(graph, "prefix"), "") + _text(graph, "localname"))
                else:
                    graphs.append(urljoin(base or "", str(graph)))
    return Dataset(default=tuple(default), named=tuple(named))


def _text(value: CompValue, key: str) -> str:
    return str(value[key]) if key in value else ""


def _walk(node: object) -> Iterator[object]:
    from pyparsing import ParseResults

    waiting = [node]
    while waiting:
        value = waiting.pop(0)
        yield value
        if isinstance(value, dict):
            waiting[:0] = value.values()
        elif isinstance(value, list | tuple | ParseResults):
            waiting[:0] = list(value)


def _refuse_update(query: str) -> None:
    first = _PROLOGUE.match(query)
    if first and first[1].lower() in _UPDATES:
        raise RefusedError(
            f"{first[1].upper()} is an update, and this service has only queries.",
            remedy="Use SELECT, ASK, CONSTRUCT or DESCRIBE; data changes by a new build.",
        )


def _refuse_nesting(query: str, *, depth: int) -> None:
    level = deepest = run = longest = 0
    for character in _COMMENT_OR_TEXT.sub(" ", query):
        if character in _OPEN:
            level += 1
            deepest = max(deepest, level)
        elif character in _CLOSE:
            level -= 1
        # operators before an operand nest without brackets: !!!!?x, - - ?x, ^^^<p>
        run = run + 1 if character in "!-+^" else run if character.isspace() else 0
        longest = max(longest, run)
    if max(deepest, longest) > depth:
        raise RefusedError(
            f"The query nests {max(deepest, longest)} levels deep: limit query_depth = {depth}.",
            remedy="Write it flatter, or have the operator raise --query-depth (POLICYGRAPH_QUERY_DEPTH).",
        )
