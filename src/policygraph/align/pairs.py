"""Which documents are aligned with which: what a document rests on, its level and its date. What is not paired here is
aligned when somebody asks for it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

from policygraph.errors import UsageError, some_of
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
#: What floating point may take off a number of words.
_ROUNDING = 0.01
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
    seated = _seated(documents.values())
    numbered = {d.number: d.id for d in documents.values() if d.number}
    called = {title: d.id for d in documents.values() if (title := _plain(d.title))}
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
        above = list(islice(_above(lower, seated), 2))
        if len(above) == 1:  # a corpus with one higher document is about that document
            reasons.setdefault(above[0].id, "level")
        for higher, reason in reasons.items():
            if (lower.id, higher) not in refused:
                older = _older(lower, documents[higher], cites=reason != "level")
                pairs[lower.id, higher] = Pair(lower.id, higher, reason, older)
    siblings, neighbours = _beside(documents.values())
    for key in siblings:
        if key not in refused and key[::-1] not in refused:
            pairs.setdefault(key, Pair(*key, "sibling", siblings=True))
    for key in add:
        for document_id in key:
            if document_id not in documents:
                raise UsageError(
                    f"the manifest pairs {key[0]} with {key[1]}, but there is no document {document_id}.",
                    remedy=f"Documents: {some_of(sorted(documents))}.",
                )
        known = pairs.get(key)
        cites = known is not None and known.reason in ("basis", "citation")
        ends = documents[key[0]], documents[key[1]]
        pairs[key] = Pair(*key, "manifest", _older(*ends, cites=cites), siblings=_are_neighbours(*ends))
    paired = {name for key in pairs for name in key}
    left = {"neighbours": neighbours, "alone": len(documents.keys() - paired)}
    return Planned(tuple(pairs[key] for key in sorted(pairs)), {name: number for name, number in left.items() if number})


#: A level and a subject, as pairs of characters.
_Matter = tuple[str, frozenset[str]]
#: Documents by rank and by the digits of their region that say anything: none for the nation, two for a province.
_Seated = Mapping[tuple[int, str], Sequence[Document]]


def _seated(documents: Iterable[Document]) -> _Seated:
    seated: dict[tuple[int, str], list[Document]] = defaultdict(list)
    for document in documents:
        if document.level in _RANK:
            seated[_rank(document, 0), (document.region or "").rstrip("0")].append(document)
    return seated


def _above(lower: Document, seated: _Seated) -> Iterator[Document]:
    """The documents of a higher level, of regions around the lower one's: of any region where its own is not known."""
    around = None if lower.region is None else [lower.region[:digits] for digits in range(len(lower.region) + 1)]
    for rank in range(_rank(lower, 0)):
        for key in [key for key in seated if key[0] == rank] if around is None else [(rank, digits) for digits in around]:
            yield from seated.get(key, ())


def _beside(documents: Iterable[Document]) -> tuple[list[tuple[str, str]], int]:
    """Documents on one subject of two regions of one level (the plans of two provinces), each pair once, and how many more
    such pairs there are. Where many are on one subject none is paired, since every one would be with every other; they are
    compared when asked for, and not gone through here: a collection of a million has billions of them."""
    held: dict[_Matter, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for document in documents:
        if document.level not in (None, "national") and document.region and (subject := _subject(_plain(document.title))):
            held[document.level, subject][document.region].append(document.id)
    size = {matter: sum(map(len, regions.values())) for matter, regions in held.items()}
    alike = _alike(held)
    number = {
        (matter, region): sum(size[other] - len(held[other].get(region, ())) for other in alike[matter])
        for matter, regions in held.items() for region in regions
    }  # fmt: skip
    siblings = [
        (one, other)
        for (matter, region), count in number.items() if count <= MOST_SIBLINGS
        for beside in alike[matter] for place, others in held[beside].items() if place != region and number[beside, place] <= MOST_SIBLINGS
        for one in held[matter][region] for other in others if one < other
    ]  # fmt: skip
    all_pairs = sum(count * len(held[matter][region]) for (matter, region), count in number.items()) // 2
    return siblings, all_pairs - len(siblings)


def _alike(matters: Collection[_Matter]) -> dict[_Matter, list[_Matter]]:
    """Of each matter those that are of one level and mostly of the same words, itself among them. Two that share so many
    words share one of their rarest: of five words, of which three must be the same, one of the rarest three."""
    common = Counter(word for _, subject in matters for word in subject)
    by_word: dict[tuple[str, str], list[_Matter]] = defaultdict(list)
    alike: dict[_Matter, list[_Matter]] = {matter: [matter] for matter in matters}
    for matter in matters:
        level, subject = matter
        others = int(len(subject) * (1 - _COMMON) + _ROUNDING)
        rarest = sorted(subject, key=lambda word: (common[word], word))[: others + 1]
        for other in {other: None for word in rarest for other in by_word[level, word]}:
            if _same_subject(subject, other[1]):
                alike[matter].append(other)
                alike[other].append(matter)
        for word in rarest:
            by_word[level, word].append(matter)
    return alike


def _same_subject(one: frozenset[str], two: frozenset[str]) -> bool:
    """Whether two subjects are mostly of the same words."""
    return bool(one and two) and len(one & two) / max(len(one), len(two)) >= _COMMON


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
    if same and _same_subject(*(_subject(_plain(document.title)) for document in (higher, lower))) and _period(higher) < _period(lower):
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
