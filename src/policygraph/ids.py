"""Identifiers and IRIs: built, printed and parsed here and nowhere else.

A record's identifier says where it stands (`national-yangtze-2022/part_2/item_10/para_1/target_1`); its IRI is that
identifier under a configurable base. Everything but unreserved ASCII is percent-encoded, so that an IRI is also a URI
and goes through any store, log and shell unharmed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal, get_args
from urllib.parse import quote, unquote

from policygraph.errors import UsageError

#: Under which resources live unless a deployment says otherwise.
DEFAULT_BASE = "https://w3id.org/policygraph/id/"
#: Own terms, and the concepts of own schemes. These never move: they are the same in every deployment.
ONTOLOGY = "https://w3id.org/policygraph/ontology#"
VOCABULARY = "https://w3id.org/policygraph/vocabulary/"

#: What an IRI under the base can name. `doc` holds documents and all that was found in one.
Kind = Literal[
    "doc", "source", "original", "agency", "region", "indicator", "unit", "instrument", "link", "activity", "graph", "release",
    "program", "annotation",
]
_KINDS = frozenset(get_args(Kind))
_SAFE = "/~"
_SLUG = re.compile(r"[\W_]+")
_CHARACTERS = re.compile(r"(char|position|quote)=(\d+),(\d+)")


def short_hash(*parts: str) -> str:
    """What a link or a record of coverage is named by: twelve characters for what it is about."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Name:
    """What an IRI names: a kind, the identifier within it, and the part after `#` if there is one."""

    kind: Kind
    id: str
    part: str | None = None

    @property
    def characters(self) -> tuple[int, int] | None:
        """Start and end (code points, half-open) when the part is a stretch of text."""
        found = _CHARACTERS.fullmatch(self.part or "")
        return (int(found[2]), int(found[3])) if found else None


@dataclass(frozen=True, slots=True)
class Iris:
    """Prints and parses the IRIs under one base.

    >>> iris = Iris()
    >>> iris.record("national-yangtze-2022/part_2/item_10/para_1")
    'https://w3id.org/policygraph/id/doc/national-yangtze-2022/part_2/item_10/para_1'
    >>> iris.print(Name("indicator", "农膜回收率"))
    'https://w3id.org/policygraph/id/indicator/%E5%86%9C%E8%86%9C%E5%9B%9E%E6%94%B6%E7%8E%87'
    >>> iris.parse(iris.span("national-yangtze-2022", 120, 180)).characters
    (120, 180)
    """

    base: str = DEFAULT_BASE

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*[/#:]", self.base):
            raise UsageError(
                f"{self.base!r} cannot be the base of IRIs.",
                remedy="Give an absolute IRI that ends in /, for instance https://example.org/policy/.",
            )

    def print(self, name: Name) -> str:
        """The IRI of what `name` names."""
        iri = f"{self.base}{name.kind}/{_quoted(name.id)}"
        return iri if name.part is None else f"{iri}#{quote(name.part, safe='=,_')}"

    def parse(self, iri: str) -> Name:
        """What `iri` names; the inverse of `print`."""
        return _parsed(self.base, iri)

    def record(self, identifier: str, part: str | None = None) -> str:
        """A document, a clause, or anything found in one."""
        return self.print(Name("doc", identifier, part))

    def link(self, identifier: str, part: str | None = None) -> str:
        """An implementation link, a target link or a coverage record."""
        return self.print(Name("link", identifier, part))

    def source(self, document: str) -> str:
        """The stored text that the offsets of a document count in."""
        return self.print(Name("source", document))

    def original(self, document: str) -> str:
        """The file that a document was read from."""
        return self.print(Name("original", document))

    def span(self, document: str, start: int, end: int) -> str:
        """A stretch of a document's source text, as RFC 5147 writes it: `…#char=120,180`."""
        return self.print(Name("source", document, f"char={start},{end}"))

    def graph(self, name: str) -> str:
        """A named graph: `doc/<document id>`, or one of `links`, `implementation`, `vocabulary`, `dataset`."""
        return self.print(Name("graph", name))


@lru_cache(maxsize=1 << 16)
def _quoted(identifier: str) -> str:
    return quote(identifier, safe=_SAFE)


@lru_cache(maxsize=1 << 16)
def _parsed(base: str, iri: str) -> Name:
    if not iri.startswith(base):
        raise UsageError(f"{iri} is no IRI of this graph.", remedy=f"They begin with {base}.")
    head, mark, part = iri[len(base) :].partition("#")
    kind, slash, identifier = head.partition("/")
    if kind not in _KINDS or not slash:
        raise UsageError(f"{iri} names nothing known.", remedy=f"After {base} comes {', '.join(sorted(_KINDS))}.")
    return Name(kind, unquote(identifier), unquote(part) if mark else None)  # type: ignore[arg-type]


def concept(scheme: str, value: str) -> str:
    """The IRI of a concept in one of the own schemes.

    >>> concept("role", "lead")
    'https://w3id.org/policygraph/vocabulary/role/lead'
    """
    return f"{VOCABULARY}{scheme}/{quote(value, safe='')}"


def concept_value(iri: str) -> str:
    """The value that `concept` was given."""
    return unquote(iri.rpartition("/")[2])


def moment(date: str) -> str:
    """The IRI of a day, month or year: the same in all deployments, as time is."""
    return f"{VOCABULARY}time/{quote(date, safe='')}"


def period(earliest: str, last: str) -> str:
    """The IRI of the interval between two days: “十四五” is `…/time/2021-01-01/2025-12-31`."""
    return f"{moment(earliest)}/{quote(last, safe='')}"


#: A name in Chinese of more characters is cut to so many and told apart by a hash: each takes nine bytes of an IRI, and the id
#: of a document begins that of everything found in it.
_LONGEST, _KEPT = 18, 12


def slug(stem: str) -> str:
    """A name as an id: Chinese characters stay.

    >>> slug("Sichuan Plan（2023）_final")
    'sichuan-plan-2023-final'
    """
    return _SLUG.sub("-", unicodedata.normalize("NFKC", stem)).strip("-").lower() or "document"


def document_id(source: str) -> str:
    """The id that a document has by the name of its file, unless the corpus gives it another.

    >>> document_id("plans/sichuan-yangtze-2023.txt")
    'sichuan-yangtze-2023'
    >>> document_id("100、重庆市严格能效约束推动重点领域节能降碳实施方案.txt")
    '100-重庆市严格能效约-aed5a5'
    """
    name = former_id(source)
    if len(name) <= _LONGEST or name.isascii():
        return name
    return f"{name[:_KEPT].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def former_id(source: str) -> str:
    """The id that it had by the name of its file in releases until format 4: the whole name."""
    return slug(PurePosixPath(source).stem)


def link_id(kind: Literal["link", "tlink", "coverage"], *ends: str) -> str:
    """A stable identifier for a record between documents: the same ends give the same one in every build.

    >>> link_id("link", "a/item_1", "b/item_2")
    'link-b729924f217e'
    """
    return f"{kind}-{hashlib.sha256(chr(0x1F).join(ends).encode()).hexdigest()[:12]}"


def home(identifier: str, documents: frozenset[str]) -> str:
    """The document that a clause or record identifier belongs to: the longest of `documents` that begins it, else its
    first step.

    >>> home("sichuan-2023/annex_1/item_2", frozenset({"sichuan-2023", "sichuan-2023/annex_1"}))
    'sichuan-2023/annex_1'
    """
    at = len(identifier)
    while at > 0:
        if identifier[:at] in documents:
            return identifier[:at]
        at = identifier.rfind("/", 0, at)
    return identifier.partition("/")[0]
