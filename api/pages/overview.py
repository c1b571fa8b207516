"""What is in the corpus, for the home page and the lists of documents: counts, a map of tiles, families, and questions that
this corpus can answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from policygraph.api.pages.site import region_name
from policygraph.api.serving import Live
from policygraph.model import Document
from policygraph.release.holdings import Family, counted, due_years, families, province_of, stricter_documents, tiles
from policygraph.vocabulary.kinds import document_kinds

#: Up to so many documents are shown one by one, with all that is between them; more are shown as what they are of.
SMALL = 12
#: Families of a page: a screen or two of them.
FAMILIES = 12
#: Values of a facet that stand on a page; the others are reached by search.
_VALUES = 12
_LEVELS = ("national", "provincial", "municipal", "county")
#: Releases whose families are remembered: the one in service and the one before.
_RELEASES = 2


@lru_cache(maxsize=_RELEASES)
def families_of(live: Live) -> tuple[Family, ...]:
    """The families of a release, counted once."""
    return families(live.graph.columns)


def overview(live: Live, lang: str) -> dict[str, Any]:
    """What the home page shows of a corpus of any size."""
    documents = live.graph.columns.documents
    return {"small": len(documents) <= SMALL, "facets": facets(documents.values(), lang), "tiles": map_of(documents.values(), lang),
            "families": families_of(live)[:FAMILIES], "all_families": len(families_of(live)), "questions": questions(live, lang)}  # fmt: skip


def facets(documents: Any, lang: str) -> dict[str, list[dict[str, Any]]]:
    """The values of each facet with their documents: levels from above, years from the latest, the others by how many."""
    found = counted(documents)
    return {name: _values(name, found[name], lang) for name in ("level", "year", "kind", "issuer")}


def _values(facet: str, counts: Counter[str], lang: str) -> list[dict[str, Any]]:
    if facet == "level":
        ordered: Sequence[str] = [level for level in _LEVELS if counts[level]]
    elif facet == "year":
        ordered = sorted(counts, reverse=True)
    else:
        ordered = [value for value, _ in counts.most_common(_VALUES)]
    return [{"value": value, "name": _named(facet, value, lang), "n": counts[value]} for value in ordered]


def _named(facet: str, value: str, lang: str) -> str:
    return document_kinds().get(value, value) if facet == "kind" and lang == "en" else value


def map_of(documents: Any, lang: str) -> list[dict[str, Any]]:
    """The provinces as tiles, each with its documents, and how many they are beside the most that a province has."""
    counts = Counter(filter(None, map(province_of, documents)))
    most = max(counts.values(), default=1)
    return [
        {"code": code, "column": column + 1, "row": row + 1, "n": counts[code], "name": region_name(code, lang),
         "shade": -(-4 * counts[code] // most)}
        for code, (column, row) in sorted(tiles().items(), key=lambda tile: (tile[1][1], tile[1][0]))
    ]  # fmt: skip


@lru_cache(maxsize=_RELEASES * 2)
def questions(live: Live, lang: str) -> list[str]:
    """Questions that this corpus answers, in a language: of its largest family, of what is due, and of what is stricter."""
    documents, zh = live.graph.columns.documents, lang == "zh"
    found = []
    if question := _of_a_family(live, zh=zh):
        found.append(question)
    stricter = [documents[name] for name in stricter_documents(live.graph.columns)]
    province = next((d.region for d in stricter if d.level == "provincial" and d.region), None)
    if province:
        name = region_name(province, lang)
        found.append(f"{name}比国家严的指标有哪些？" if zh else f"Which targets of {name} are stricter than the national ones?")
    years = due_years(live.graph.columns)
    if years:
        year = max(years, key=lambda each: (years[each], each))
        found.append(f"{year}年底前要完成什么，谁牵头？" if zh else f"What is due by the end of {year} and who leads?")
    return found


def _of_a_family(live: Live, *, zh: bool) -> str | None:
    """Which clause of a province carries out an item of the head of the largest family: of the surest link to a numbered
    item."""
    library = live.graph.library
    for family in families_of(live):
        for carrier in family.carriers:
            if not carrier.province or library.documents[carrier.document].level != "provincial":
                continue
            links = [link for link in library.alignments(carrier.document, family.higher) if link.relation == "implements"]
            for link in sorted(links, key=lambda link: -link.score):
                item = _item(live, link.target)
                if item:
                    title, name = library.documents[family.higher].title, region_name(carrier.province, "zh" if zh else "en")
                    return f"{name}哪一条落实《{title}》第{item}条？" if zh else f"Which {name} clause implements item {item} of 《{title}》?"
    return None


def _item(live: Live, clause: str) -> int | None:
    """The number of the item that a clause stands in, where numbers run through the document."""
    for step in reversed(clause.split("/")):
        kind, _, number = step.partition("_")
        if kind in ("item", "article") and number.isdigit() and clause.count("/item_") + clause.count("/article_") == 1:
            return int(number)
    return None


def rows_of(documents: Sequence[Document] | Sequence[Mapping[str, Any]], live: Live) -> dict[str, dict[str, int]]:
    """How many records each of these documents has, by kind."""
    summaries = {summary.id: summary for summary in live.release.manifest.documents}
    names = ("clauses", "tasks", "targets", "deadlines")
    found = {}
    for document in documents:
        identifier = document["id"] if isinstance(document, Mapping) else document.id
        if summary := summaries.get(identifier):
            found[identifier] = {name: getattr(summary, name) for name in names}
    return found
