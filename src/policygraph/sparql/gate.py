"""The gate: what of a query is looked at before it runs.

The gate is the first lock, never the only one: two parsers can differ, so the worker behind it has no network
(`policygraph.sparql.sandbox`). It refuses federation (SERVICE), updates, graphs that the dataset does not hold, and
texts that nest so deep that parsers break.

A text that nowhere has the letters of `service`, in any case and with no escapes, cannot federate whatever the parser,
and most queries pass on that ground alone. Any other text is parsed by rdflib, and its tree is searched; where rdflib
cannot read it, it passes only if these letters are all in texts, comments, IRIs and names.

A query that goes to another server (`--graph-store`) has no worker without network behind the gate: it must be parsed
whatever it says, and may call no functions but those of SPARQL and the casts of XML Schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

from policygraph.errors import QueryError

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue

_ESCAPE = re.compile(r"\\[uU]")
#: What is no word of the language: texts, comments, IRIs, variables, names after their prefix. Each character is looked at
#: once, for what cannot match is not tried again. What can be read in two ways is `unclear`: a text without an end, and
#: `<…>` that may as well be a comparison, in which a quote or `#` would then begin a text or comment (`?a<?b#>`).
_NO_WORD = re.compile(
    r"""'''(?:[^'\\]|\\.|'(?!''))*+'''|\"""(?:[^"\\]|\\.|"(?!""))*+\"""
    |'(?!'')(?:[^'\\\n\r]|\\.)*+'|"(?!"")(?:[^"\\\n\r]|\\.)*+"
    |\#[^\n\r]*+
    |<[a-z][a-z0-9+.-]*+://[^<>"{}|^`\\\x00-\x20]*+>|<[^<>"'\#()\[\]{}|^`\\\x00-\x20]*+>
    |[?$]\w++|:[\w:-]++|\\.
    |(?P<unclear>["'\\]|<[^<>"{}|^`\\\x00-\x20]*+>)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_PROLOGUE = re.compile(
    r"(?:\s|\#[^\n\r]*+|PREFIX\s++[^\s<]*+\s*+<[^>]*+>|BASE\s*+<[^>]*+>)*+([A-Za-z]+)", re.IGNORECASE
)
_UPDATES = frozenset(["insert", "delete", "load", "clear", "create", "drop", "copy", "move", "add", "with"])
#: FROM where it is a word of the language: no part of a name, a text or a comment.
_FROM = re.compile(r"(?<![\w:?$@.-])FROM(?![\w:.-])", re.IGNORECASE)
_OPEN, _CLOSE = "{([", "})]"
_XSD = "http://www.w3.org/2001/XMLSchema#"

Form = Literal["solutions", "boolean", "graph"]
_FORMS: dict[str, Form] = {
    "SelectQuery": "solutions", "AskQuery": "boolean", "ConstructQuery": "graph", "DescribeQuery": "graph"
}  # fmt: skip


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
    try:
        values = _parse(query)  # only a text with one of these words pays for rdflib (0.3 s, once a process)
    except QueryError:
        words = _words(query)
        if escaped or "service" in words.casefold() or _FROM.search(words):
            raise  # which graphs it names is not known, and all of them would be a wrong answer
        return Dataset()  # the engine's own parser says what is wrong with it
    _refuse_service(values)
    return _dataset(values, base=base)


def inspect_in_full(query: str, *, depth: int, base: str | None = None) -> tuple[Form, Dataset]:
    """Let `query` pass to another server or raise; gives its form, and the dataset that its text names.

    >>> inspect_in_full("ASK FROM <http://example.org/g> {}", depth=9)[0]
    'boolean'
    """
    _refuse_update(query)
    _refuse_nesting(query, depth=depth)
    values = _parse(query)
    _refuse_service(values)
    names = _Names.of(values, base=base)
    for value in values:
        if value.name == "Function" and not names.iri(value["iri"]).startswith(_XSD):
            raise RefusedError(f"The function <{names.iri(value['iri'])}> is none of SPARQL 1.1.", remedy="Do without it.")
    return next(_FORMS[value.name] for value in values if value.name in _FORMS), _dataset(values, base=base)


def preload() -> None:
    """Load rdflib's parser before a query needs it."""
    from rdflib.plugins.sparql.parser import parseQuery

    parseQuery("ASK {}")


def _parse(query: str) -> list[CompValue]:
    """The nodes of the query's tree, outer before inner."""
    from pyparsing.exceptions import ParseException
    from rdflib.plugins.sparql.parser import parseQuery
    from rdflib.plugins.sparql.parserutils import CompValue

    try:
        return [value for value in _walk(parseQuery(query)) if isinstance(value, CompValue)]
    except (ParseException, ValueError) as error:
        raise QueryError(
            f"The query cannot be read: {error}.",
            remedy="A text with FROM, with the word SERVICE or \\u escapes, or for another server, must be plain SPARQL 1.1.",
        ) from error
    except RecursionError as error:
        raise QueryError("The query nests too deep to be read.", remedy="Ask for less in one query.") from error


def _refuse_service(values: list[CompValue]) -> None:
    if any(value.name == "ServiceGraphPattern" for value in values):
        raise RefusedError(
            "SERVICE asks this server to query another one, which it never does.",
            remedy="Query that server yourself and put its answer here as VALUES.",
        )


@dataclass(frozen=True, slots=True)
class _Names:
    """What the prologue of a query says of names."""

    base: str | None
    prefixes: dict[str, str]

    @classmethod
    def of(cls, values: list[CompValue], *, base: str | None) -> _Names:
        prefixes: dict[str, str] = {}
        for value in values:
            if value.name == "Base":
                base = urljoin(base or "", str(value["iri"]))
            elif value.name == "PrefixDecl":
                prefixes[_text(value, "prefix")] = urljoin(base or "", str(value["iri"]))
        return cls(base, prefixes)

    def iri(self, written: object) -> str:
        from rdflib.plugins.sparql.parserutils import CompValue

        if isinstance(written, CompValue):  # a prefixed name
            return self.prefixes.get(_text(written, "prefix"), "") + _text(written, "localname")
        return urljoin(self.base or "", str(written))


def _dataset(values: list[CompValue], *, base: str | None) -> Dataset:
    names = _Names.of(values, base=base)
    found: dict[str, list[str]] = {"default": [], "named": []}
    for value in values:
        if value.name == "DatasetClause":
            for key, graphs in found.items():
                if key in value:
                    graphs.append(names.iri(value[key]))
    return Dataset(default=tuple(found["default"]), named=tuple(found["named"]))


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


def _words(query: str) -> str:
    """What is left of `query` without texts, comments, IRIs and names; from where it is unclear, all of it.

    >>> _words("ASK { ?s e:service 'SERVICE' } # SERVICE")
    'ASK {   e    }  '
    """
    pieces, end = [], 0
    for found in _NO_WORD.finditer(query):
        if found.lastgroup is not None:
            break
        pieces.append(query[end : found.start()])
        end = found.end()
    return " ".join([*pieces, query[end:]])


def _refuse_update(query: str) -> None:
    first = _PROLOGUE.match(query)
    if first and first[1].lower() in _UPDATES:
        raise RefusedError(
            f"{first[1].upper()} is an update, and this service has only queries.",
            remedy="Use SELECT, ASK, CONSTRUCT or DESCRIBE; data changes by a new build.",
        )


def _refuse_nesting(query: str, *, depth: int) -> None:
    level = deepest = run = longest = 0
    for character in _words(query):
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
