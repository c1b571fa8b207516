"""RDF terms as N-Triples writes them, and back: the one spelling in which terms travel between records and stores."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache

from policygraph.ids import ONTOLOGY, VOCABULARY

#: Prefixes of everything that the graph is written with.
PREFIXES = {
    "pg": ONTOLOGY,
    "eli": "http://data.europa.eu/eli/ontology#",
    "prov": "http://www.w3.org/ns/prov#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "qudt": "http://qudt.org/schema/qudt/",
    "unit": "http://qudt.org/vocab/unit/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "void": "http://rdfs.org/ns/void#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "voc": VOCABULARY,
}

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = re.compile(r'[\\"\n\r\t\x00-\x08\x0b\x0c\x0e-\x1f\x7f]')
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_PLAIN = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@cache
def iri(name: str) -> str:
    """The term for a prefixed name or a full IRI.

    >>> iri("prov:agent")
    '<http://www.w3.org/ns/prov#agent>'
    """
    prefix, colon, local = name.partition(":")
    if colon and prefix in PREFIXES:
        return f"<{PREFIXES[prefix]}{local}>"
    return f"<{name}>"


TYPE = iri("rdf:type")


def text(value: str, *, language: str = "") -> str:
    """A string, plain or in a language.

    >>> text("到2025年", language="zh")
    '"到2025年"@zh'
    """
    if _TO_ESCAPE.search(value):
        value = _TO_ESCAPE.sub(_escape, value)
    return f'"{value}"@{language}' if language else f'"{value}"'


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}"


def typed(lexical: str, datatype: str) -> str:
    """A literal of a datatype, given as a prefixed name."""
    return f"{text(lexical)}^^{iri(datatype)}"


def number(value: float | int) -> str:
    """An xsd:integer, or the xsd:decimal that prints as people write it; xsd:double only where stores that hold
    decimals in 18 + 18 digits would lose some.

    >>> number(98.5).split("^^")[0]
    '"98.5"'
    """
    if isinstance(value, int):
        return f'"{value}"^^{iri("xsd:integer")}'
    written = format(Decimal(repr(value)), "f")
    whole, _, fraction = written.lstrip("-").partition(".")
    if len(whole) <= 18 and len(fraction) <= 18:
        return f'"{written if fraction else written + ".0"}"^^{iri("xsd:decimal")}'
    return f'"{value!r}"^^{iri("xsd:double")}'


def day(date: str) -> str:
    """An ISO date as xsd:date, xsd:gYearMonth or xsd:gYear, whichever it is; anything else stays a string."""
    for pattern, datatype in (
        (r"\d{4}-\d\d-\d\d", "xsd:date"), (r"\d{4}-\d\d", "xsd:gYearMonth"), (r"\d{4}", "xsd:gYear"),
    ):  # fmt: skip
        if re.fullmatch(pattern, date, re.ASCII):
            return typed(date, datatype)
    return text(date)


def names(values: tuple[str, ...]) -> str:
    """Several strings in their order, in one literal: RDF alone would lose the order."""
    return typed(json.dumps(values, ensure_ascii=False), "rdf:JSON")


def is_iri(term: str) -> bool:
    return term.startswith("<")


def iri_of(term: str) -> str:
    """The IRI within `<…>`."""
    return term[1:-1]


def lexical(term: str) -> str:
    """The string of a literal, whatever its language or datatype."""
    inner = term[1 : term.rindex('"')]
    return _ESCAPED.sub(_unescape, inner) if "\\" in inner else inner


def _unescape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _PLAIN.get(found[3], found[3])


def datatype(term: str) -> str:
    """The datatype IRI of a literal; xsd:string for plain ones and for those in a language."""
    at = term.rindex('"')
    return term[at + 4 : -1] if term.startswith("^^", at + 1) else PREFIXES["xsd"] + "string"


def number_of(term: str) -> float | int:
    """The number that `number` wrote."""
    written = lexical(term)
    return int(written) if datatype(term).endswith("#integer") else float(written)


Triple = tuple[str, str, str]


def parse_triples(data: bytes) -> list[Triple]:
    """The triples of an N-Triples document as terms, as a store returns it for CONSTRUCT."""
    triples: list[Triple] = []
    for line in data.decode("utf-8").split("\n"):
        if line.endswith(" ."):
            subject, predicate, rest = line.split(None, 2)
            triples.append((subject, predicate, rest[:-2]))
        elif line and not line.startswith("#"):  # as other engines write: tabs, no space before the end, CR
            parts = line.strip().removesuffix(".").split(None, 2)
            if len(parts) == 3:
                triples.append((parts[0], parts[1], parts[2].rstrip()))
    return triples
