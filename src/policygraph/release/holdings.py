"""What a release holds, counted: documents by what describes them, families of documents, and what its questions can be
made of. Everything is counted by the columns; no record is made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from policygraph.columns import Columns
from policygraph.model import Document
from policygraph.program import VOCABULARY
from policygraph.vocabulary.kinds import kind_of
from policygraph.vocabulary.regions import NATION, regions

#: Divisions whose governments carry out what the State Council orders by plans of their own: all but Taiwan, Hong Kong
#: and Macao.
_APART = {"710000", "810000", "820000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A document that carries out a higher one, in so many of its clauses' links."""

    document: str
    province: str | None
    links: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A higher document and those that carry it out, most links first; `missing` are the provinces of which none does,
    where it is national."""

    higher: str
    carriers: tuple[Carrier, ...]
    provinces: tuple[str, ...]
    missing: tuple[str, ...]


@cache
def tiles() -> dict[str, tuple[int, int]]:
    """Column and row of each province in a map of tiles."""
    lines = (VOCABULARY / "tiles.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if "\t" in line and not line.startswith(("#", "code\t")))
    return {code: (int(column), int(row)) for code, column, row in rows}


def province_of(document: Document) -> str | None:
    """The province of a document's region, whatever its level; None of national ones and where no region is known."""
    if not document.region or document.region == NATION:
        return None
    return f"{document.region[:2]}0000"


#: What documents are counted and chosen by: the values that one has of it.
FACETS: Mapping[str, Callable[[Document], Iterable[str]]] = {
    "level": lambda document: [document.level] if document.level else [],
    "province": lambda document: filter(None, [province_of(document)]),
    "year": lambda document: [document.date[:4]] if document.date else [],
    "kind": lambda document: filter(None, [kind_of(document.title)]),
    "issuer": lambda document: list(dict.fromkeys(document.issuers)),
}


def counted(documents: Iterable[Document]) -> dict[str, Counter[str]]:
    """How many documents there are of each value of each facet."""
    found: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for document in documents:
        for facet, values in FACETS.items():
            found[facet].update(values(document))
    return found


def chosen_documents(
    documents: Iterable[Document], *, words: str | None = None, region: str | None = None,
    facets: Mapping[str, str | None] | None = None, order: str | None = None,
) -> list[Document]:  # fmt: skip
    """The documents that hold all `words` in title, number, issuers or file name, and have these values of facets; in an
    order: `newest`, `oldest` (those without a date last), `title`, or as they are given."""
    asked = (words or "").lower().split()
    wanted = {facet: value for facet, value in (facets or {}).items() if value}
    found = [
        document for document in documents
        if region in (None, "", document.region)
        and all(value in FACETS[facet](document) for facet, value in wanted.items())
        and all(word in _said_of(document) for word in asked)
    ]  # fmt: skip
    if order == "title":
        found.sort(key=lambda document: document.title)
    elif order:
        found.sort(key=lambda document: document.date or "", reverse=order == "newest")
        found.sort(key=lambda document: document.date is None)
    return found


def _said_of(document: Document) -> str:
    return " ".join((document.title, document.number or "", *document.issuers, document.source)).lower()


def families(columns: Columns) -> tuple[Family, ...]:
    """The families, those that most provinces and then most documents carry out first."""
    names = {number: document for document, number in columns.numbers.items()}
    carried: dict[str, dict[str, int]] = defaultdict(dict)
    rows = columns.rows(
        "SELECT lower, higher, COUNT(*) FROM alignments WHERE relation IN ('implements', 'partially_implements') GROUP BY lower, higher"
    )
    for lower, higher, links in rows:
        if lower in names and higher in names:
            carried[names[higher]][names[lower]] = links
    found = [_family(higher, lowers, columns.documents) for higher, lowers in carried.items()]
    return tuple(sorted(found, key=lambda family: (-len(family.provinces), -len(family.carriers), family.higher)))


def _family(higher: str, lowers: Mapping[str, int], documents: Mapping[str, Document]) -> Family:
    carriers = [Carrier(document=name, province=province_of(documents[name]), links=links) for name, links in lowers.items()]
    provinces = {carrier.province for carrier in carriers if carrier.province}
    national = documents[higher].level == "national"
    missing = [code for code in tiles() if code not in provinces | _APART] if national else []
    return Family(
        higher=higher,
        carriers=tuple(sorted(carriers, key=lambda carrier: (-carrier.links, carrier.document))),
        provinces=tuple(code for code in regions() if code in provinces),
        missing=tuple(sorted(missing)),
    )


def best_carriers(family: Family) -> dict[str, str]:
    """For each province the document that carries out most of the family's head."""
    found: dict[str, str] = {}
    for carrier in family.carriers:
        if carrier.province:
            found.setdefault(carrier.province, carrier.document)
    return found


def due_years(columns: Columns) -> dict[str, int]:
    """How many deadlines fall in each year."""
    rows = columns.rows("SELECT substr(date, 1, 4), COUNT(*) FROM deadlines WHERE date IS NOT NULL GROUP BY 1 ORDER BY 1")
    return dict(rows)


def stricter_documents(columns: Columns) -> dict[str, int]:
    """The documents that set targets stricter than those of a document above, with how many."""
    names = {number: document for document, number in columns.numbers.items()}
    rows = columns.rows(
        "SELECT lower, COUNT(*) FROM target_links WHERE strictness = 'stricter' GROUP BY lower ORDER BY 2 DESC, 1"
    )
    return {names[lower]: count for lower, count in rows if lower in names}
