"""Which documents are aligned with which: what a document rests on, its level and its date. What is not paired here is
aligned when somebody asks for it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from policygraph.errors import UsageError
from policygraph.model import Document, DocumentRecords
from policygraph.vocabulary.regions import regions_in

#: How a document stands to another: of a higher level, the plan that the other one follows, or neither.
Standing = Literal["above", "before", "beside"]
#: An unknown level is no level: what has none is paired where it is the basis of another, or rests on it, and nowhere else.
_RANK: Mapping[str, int] = {"national": 0, "provincial": 1, "municipal": 2, "county": 3}
_TITLE_NOISE = re.compile(r"[《》〈〉“”\s]|^关于印发|的通知$|^中华人民共和国")
#: Share of a title's subject that the other one has from which they are about one thing: most of it, with room for the
#: words that a province adds.
_COMMON = 0.6
#: Siblings that a document may have and still be paired with each: the plans of a handful of provinces side by side.
#: Pairs grow with the square: fifty plans of one subject would be 1,225.
MOST_SIBLINGS = 5
_GOVERNMENT = re.compile("(?:国务院|政府|人民代表大会|中央|中共.{1,12}委员会|[省市区县]委)(?:常务委员会|办公[厅室])?$")
_FIVE_YEARS = re.compile("十([一二三四五六])五")
_YEAR = re.compile(r"(?:19|20)\d\d")
_KIND = re.compile(r"^[省市区县]|深入|实施方案|行动方案|行动计划|工作方案|专项规划|规划|实施意见|方案|意见|计划|条例|办法|“?十[三四五]五”?|[（(][^）)]*[）)]")


@dataclass(frozen=True, slots=True)
class Pair:
    """A lower document and the higher one it is held against; `reason` says why. When the lower one is older, its
    links say that passages correspond, not that one implements the other. Of `siblings` neither is above the other:
    what answers each other runs parallel."""

    lower: str
    higher: str
    reason: str
    older: bool = False
    siblings: bool = False

    @property
    def kin(self) -> bool:
        """Whether the documents themselves, or the corpus, say that they belong together."""
        return self.reason in ("basis", "citation", "manifest")


@dataclass(frozen=True, slots=True)
class Planned:
    """The pairs to align, and what is left to be aligned when asked for: `neighbours`, pairs of documents of one level on
    one subject, where too many are on it; `alone`, documents in no pair."""

    pairs: tuple[Pair, ...]
    left: Mapping[str, int]


def plan_pairs(
    records: Sequence[DocumentRecords],
    *,
    add: Iterable[tuple[str, str]] = (),
    forbid: Iterable[tuple[str, str]] = (),
) -> tuple[Pair, ...]:
    """The pairs of `plan`."""
    return plan(records, add=add, forbid=forbid).pairs


def plan(
    records: Sequence[DocumentRecords],
    *,
    add: Iterable[tuple[str, str]] = (),
    forbid: Iterable[tuple[str, str]] = (),
) -> Planned:
    """The pairs to align: a document with each higher one it rests on or cites, the plans of two regions on one subject,
    and a document with the only higher one there is. Titles that share words are no reason. `add` and `forbid` are (lower,
    higher) ids of the manifest.
    """
    documents = {entry.document.id: entry.document for entry in records}
    titles = {document.id: _Title.of(document.title) for document in documents.values()}
    ranked = sorted((d for d in documents.values() if d.level in _RANK), key=lambda document: _rank(document, 0))
    ranks = [_rank(document, 0) for document in ranked]
    numbered = {d.number: d.id for d in documents.values() if d.number}
    called = {titles[d.id].plain: d.id for d in documents.values() if titles[d.id].plain}
    refused = set(forbid)
    pairs: dict[tuple[str, str], Pair] = {}
    for entry in records:
        lower = entry.document
        reasons: dict[str, str] = {}
        for citation in entry.citations:
            target = citation.target if citation.target in documents else numbered.get(citation.number or "")
            target = target or called.get(_plain(citation.title))
            basis = citation.basis and citation.target == target
            if target and target != lower.id and _may_rest_on(lower, documents[target], basis=basis):
                reasons[target] = "basis" if basis or reasons.get(target) == "basis" else "citation"
        above = [d for d in ranked[: bisect_left(ranks, _rank(lower, 0))] if _inside(lower, d)]
        if len(above) == 1:  # a corpus with one higher document is about that document
            reasons.setdefault(above[0].id, "level")
        for higher, reason in reasons.items():
            if (lower.id, higher) not in refused:
                older = _older(lower, documents[higher], cites=reason != "level")
                pairs[lower.id, higher] = Pair(lower.id, higher, reason, older)
    beside = _beside(list(documents.values()), titles)
    siblings = [key for key in beside if beside[key] <= MOST_SIBLINGS]
    for key in siblings:
        if key not in refused and key[::-1] not in refused:
            pairs.setdefault(key, Pair(*key, "sibling", siblings=True))
    for key in add:
        for document_id in key:
            if document_id not in documents:
                raise UsageError(
                    f"the manifest pairs {key[0]} with {key[1]}, but there is no document {document_id}.",
                    remedy=f"Documents: {', '.join(sorted(documents))}.",
                )
        known = pairs.get(key)
        cites = known is not None and known.reason in ("basis", "citation")
        ends = documents[key[0]], documents[key[1]]
        pairs[key] = Pair(*key, "manifest", _older(*ends, cites=cites), siblings=_are_neighbours(*ends))
    paired = {name for key in pairs for name in key}
    left = {"neighbours": len(beside) - len(siblings), "alone": len(documents.keys() - paired)}
    return Planned(tuple(pairs[key] for key in sorted(pairs)), {name: number for name, number in left.items() if number})


def _beside(documents: Sequence[Document], titles: Mapping[str, _Title]) -> dict[tuple[str, str], int]:
    """Documents on one subject of two regions of one level (the plans of two provinces), each pair once, with how many
    stand beside the one of them that has most. Where many are on one subject none is paired, since every one would be
    with every other; they are compared when asked for."""
    ordered = sorted((d for d in documents if d.level not in (None, "national") and d.region), key=lambda d: d.id)
    beside = {
        one.id: [
            other.id
            for other in ordered
            if other.id != one.id and other.level == one.level and other.region != one.region
            and titles[one.id].is_beside(titles[other.id])
        ]
        for one in ordered
    }  # fmt: skip
    return {
        (one, other): max(len(others), len(beside[other]))
        for one, others in beside.items() for other in others if one < other
    }  # fmt: skip


def _are_neighbours(one: Document, other: Document) -> bool:
    """Whether two documents are known to be of one level, and neither is above the other or comes after it."""
    return one.level is not None and one.level == other.level and standing(one, other) == standing(other, one) == "beside"


def stands_above(higher: Document, lower: Document) -> bool:
    """Whether the one is of a higher level than the other and of a region around it, as far as both are known: no city is
    below another province than its own. Of one level and region, a government stands above its departments."""
    above, below = _rank(higher, -1), _rank(lower, -1)
    if -1 in (above, below) or not _inside(lower, higher):
        return False
    return above < below or (above == below and higher.region == lower.region and _governs(higher, lower))


def _governs(one: Document, other: Document) -> bool:
    """Whether a government, or its party committee, issued the one and departments alone the other."""
    seats = [[bool(_GOVERNMENT.search(issuer)) for issuer in document.issuers] for document in (one, other)]
    return all(seats) and any(seats[0]) and not any(seats[1])


def standing(higher: Document, lower: Document) -> Standing:
    """How the one stands to the other, as far as levels and dates are known: a plan comes before its successor when both
    are of one place and level and on one subject.

    >>> old, new = (Document(id=p, source=p, title=f"江苏省“{p}”生态环境保护规划", region="320000", level="provincial") for p in ("十三五", "十四五"))
    >>> standing(old, new), standing(new, old)
    ('before', 'beside')
    """
    if stands_above(higher, lower):
        return "above"
    same = higher.level is not None and (higher.level, higher.region) == (lower.level, lower.region)
    if same and _Title.of(higher.title).is_beside(_Title.of(lower.title)) and _period(higher) < _period(lower):
        return "before"
    return "beside"


def _period(document: Document) -> str:
    """The year from which a document is about: of the five years, or of the years, that its title names, else of its date."""
    if plan := _FIVE_YEARS.search(document.title):
        return str(2006 + 5 * "一二三四五六".index(plan[1]))
    year = _YEAR.search(document.title)
    return year[0] if year else (document.date or "")[:4]


def on_one_subject(one: Document, other: Document) -> bool:
    """Whether the titles, without their regions and the kind of document, are of the same words: most of the shorter one.

    >>> from dataclasses import replace
    >>> plan = Document(id="a", source="a", title="土壤污染防治行动计划")
    >>> on_one_subject(plan, replace(plan, title="江苏省土壤污染防治工作方案"))
    True
    >>> on_one_subject(plan, replace(plan, title="四川省“十四五”生态环境保护规划"))
    False
    """
    subjects = [_subject(_plain(document.title)) for document in (one, other)]
    return all(subjects) and len(subjects[0] & subjects[1]) / min(map(len, subjects)) >= _COMMON


def _rank(document: Document, unknown: int) -> int:
    return _RANK.get(document.level or "", unknown)


def _may_rest_on(lower: Document, cited: Document, *, basis: bool) -> bool:
    """Whether the cited document stands above: at a higher level of a region around it. What a document names as its basis
    stands above as far as levels are known; what it cites in passing, of which no level is known, it does not carry out
    (保险法 names 证券法). What it cites of its own level it carries out beside that, not below it."""
    if basis and (lower.level is None or cited.level is None):
        return True
    return stands_above(cited, lower)


def _inside(lower: Document, higher: Document) -> bool:
    """Whether the lower document's region lies in the higher one's (GB/T 2260 codes nest by pairs of digits)."""
    if higher.region in (None, "000000") or lower.region is None:
        return True
    return lower.region.startswith((higher.region or "").rstrip("0"))


def _older(lower: Document, higher: Document, *, cites: bool) -> bool:
    """Whether the lower document cannot have known the higher one: dated before it, or of unknown date and silent
    about it. Dates are compared as far as both are known (a year alone tells nothing within that year)."""
    if cites:
        return False
    if not lower.date or not higher.date:
        return True
    known = min(len(lower.date), len(higher.date))
    return lower.date[:known] < higher.date[:known]


def _plain(title: str) -> str:
    return _TITLE_NOISE.sub("", title)


@lru_cache(maxsize=1 << 12)
def _subject(title: str) -> frozenset[str]:
    for start, end, _ in reversed(regions_in(title)):
        title = title[:start] + title[end:]
    title = _KIND.sub("", title)
    return frozenset(title[i : i + 2] for i in range(len(title) - 1))


@dataclass(frozen=True, slots=True)
class _Title:
    """A title without what says nothing of its subject, and its pairs of characters."""

    plain: str
    pairs: frozenset[str]

    @classmethod
    def of(cls, title: str) -> _Title:
        plain = _plain(title)
        return cls(plain, frozenset(plain[i : i + 2] for i in range(len(plain) - 1)))

    def is_beside(self, other: _Title) -> bool:
        """Whether two titles, without their regions and the kind of document, are mostly of the same words."""
        one, two = _subject(self.plain), _subject(other.plain)
        return bool(one and two) and len(one & two) / max(len(one), len(two)) >= _COMMON
