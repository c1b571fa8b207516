"""What is cited: its title, who issued it, when, where in it, and under which address it stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from policygraph.align.library import Library
from policygraph.cite.places import printed_place
from policygraph.errors import NotFoundError
from policygraph.ids import DEFAULT_BASE, Iris
from policygraph.model import Clause, Document
from policygraph.vocabulary.regions import regions_in

#: Names of issuers that are written before 等.
_NAMED = 3
_RELATIONS = {"implements": "落实", "partially_implements": "部分落实", "corresponds": "相应于", "parallels": "并列于", "related": "相关于"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One entry of a bibliography. `place` is the section and paragraph as printed; `date` as much of an ISO date as is
    known; `key` an identifier in ASCII. A link's entry is a `dataset`, with the release as its `version`."""

    kind: Literal["document", "clause", "dataset"]
    key: str
    title: str
    issuers: tuple[str, ...] = ()
    number: str | None = None
    date: str | None = None
    place: str = ""
    address: str
    version: str | None = None

    @property
    def named(self) -> str:
        """The title with an issuer before it if it names neither place nor issuer: 生态环境部等《深入打好…方案》."""
        begins = regions_in(self.title)
        if not self.issuers or self.kind == "dataset" or (begins and begins[0][0] == 0) or self.title.startswith(self.issuers):
            return f"《{self.title}》"
        return f"{self.issuers[0]}{'等' if len(self.issuers) > 1 else ''}《{self.title}》"

    @property
    def words(self) -> str:
        """As a sentence names it: 生态环境部等《深入打好…方案》（环水体〔2022〕55号）二（十）."""
        return self.title if self.kind == "dataset" else f"{self.named}{f'（{self.number}）' if self.number else ''}{self.place}"


def references(identifier: str, *, library: Library, base: str, release: str) -> tuple[Reference, ...]:
    """The entries for a document (by id, number or title), a clause, or a link: both its clauses, and the link itself.

    Raises NotFoundError for what the release does not hold.
    """
    iris = Iris(base if is_stable(base) else DEFAULT_BASE)
    clause = library.clauses.get(identifier)
    if clause is not None:
        return (_clause(clause, library=library, iris=iris),)
    link = library.columns.find("alignments", identifier)
    if link is not None:
        both = [_clause(library.clauses[name], library=library, iris=iris) for name in (link.source, link.target)]
        lower, higher = (f"《{each.title}》{each.place}" for each in both)
        title = f"{lower}{_RELATIONS[link.relation]}{higher}"
        return (*both, Reference(kind="dataset", key=_key(link.id), title=title, issuers=("policygraph",), address=iris.link(link.id), version=release))
    try:
        document = library.document(identifier)
    except NotFoundError as error:
        raise NotFoundError(f"There is no document, clause or link {identifier!r}.", remedy=error.remedy) from error
    return (_document(document, iris=iris),)


def _document(document: Document, *, iris: Iris) -> Reference:
    return Reference(
        kind="document", key=_key(document.id), title=document.title, issuers=_issuers(document), number=document.number, date=document.date,
        address=document.url if document.url and is_stable(document.url) else iris.record(document.id),
    )  # fmt: skip


def _clause(clause: Clause, *, library: Library, iris: Iris) -> Reference:
    document = library.documents[clause.document]
    own = document.url if document.url and is_stable(document.url) else None
    return Reference(
        kind="clause", key=_key(clause.id), title=document.title, issuers=_issuers(document), number=document.number, date=document.date,
        place=printed_place(clause, library), address=own or iris.record(clause.id),
    )  # fmt: skip


def _issuers(document: Document) -> tuple[str, ...]:
    return tuple(dict.fromkeys(document.issuers))


def shown_issuers(issuers: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """The issuers that are written out, and whether there are others."""
    return tuple(issuers[:_NAMED]), len(issuers) > _NAMED


def _key(identifier: str) -> str:
    """An identifier in ASCII without what bibliographies give a meaning.

    >>> _key("a/part_2/item_10"), _key("川")
    ('a:part_2:item_10', 'u5ddd')
    """
    plain = identifier.replace("/", ":")
    return re.sub(r"[^A-Za-z0-9:_.-]", lambda match: f"u{ord(match[0]):x}", plain)


def is_stable(address: str) -> bool:
    """Whether an address can be given to others: on the web, and no machine's or network's own.

    >>> is_stable("https://www.mee.gov.cn/a.html"), is_stable("http://localhost:8000/id/"), is_stable("http://192.168.0.4/")
    (True, False, False)
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "." not in host or host.endswith((".local", ".localhost", ".internal", ".test", ".invalid")):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return True
