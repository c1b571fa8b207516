"""Which documents are aligned with which: what a document rests on, its level and its date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from policygraph.errors import UsageError
from policygraph.model import Document, DocumentRecords

_RANK: Mapping[str | None, int] = {"national": 0, "provincial": 1, "municipal": 2, "county": 3, None: 9}
_TITLE_NOISE = re.compile(r"[《》〈〉“”\s]|^关于印发|的通知$|^中华人民共和国")
_COMMON = 0.6


@dataclass(frozen=True, slots=True)
class Pair:
    """A lower document and the higher one it is held against; `reason` says why. When the lower one is older, its
    links say that passages correspond, not that one implements the other."""

    lower: str
    higher: str
    reason: str
    older: bool = False


def plan_pairs(
    records: Sequence[DocumentRecords],
    *,
    add: Iterable[tuple[str, str]] = (),
    forbid: Iterable[tuple[str, str]] = (),
) -> tuple[Pair, ...]:
    """The pairs to align: a document with each higher one it rests on or cites, and with a higher one on the same
    subject (titles with most words in common). `add` and `forbid` are (lower, higher) ids of the manifest.
    """
    documents = {entry.document.id: entry.document for entry in records}
    refused = set(forbid)
    pairs: dict[tuple[str, str], Pair] = {}
    for entry in records:
        lower = entry.document
        above = [other for other in documents.values() if _RANK[other.level] < _RANK[lower.level] and _inside(lower, other)]
        cited = {citation.target: citation.basis for citation in entry.citations if citation.target in documents}
        for higher in above:
            key = (lower.id, higher.id)
            if key in refused:
                continue
            if higher.id in cited:
                reason = "basis" if cited[higher.id] else "citation"
            elif _mentions(entry, higher):
                reason = "citation"
            elif _same_subject(lower, higher):
                reason = "subject"
            elif len(above) == 1:  # a corpus with one higher document is about that document
                reason = "level"
            else:
                continue
            cites = reason in ("basis", "citation")
            pairs[key] = Pair(lower.id, higher.id, reason, _older(lower, higher, cites=cites))
    for key in add:
        for document_id in key:
            if document_id not in documents:
                raise UsageError(
                    f"the manifest pairs {key[0]} with {key[1]}, but there is no document {document_id}.",
                    remedy=f"Documents: {', '.join(sorted(documents))}.",
                )
        known = pairs.get(key)
        cites = known is not None and known.reason in ("basis", "citation")
        pairs[key] = Pair(*key, "manifest", _older(documents[key[0]], documents[key[1]], cites=cites))
    return tuple(pairs[key] for key in sorted(pairs))


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


def _mentions(entry: DocumentRecords, higher: Document) -> bool:
    """Whether the document cites the higher one by its title or number, as far as the record says."""
    title = _plain(higher.title)
    return any(
        (citation.number and citation.number == higher.number) or _plain(citation.title) == title
        for citation in entry.citations
    )


def _same_subject(lower: Document, higher: Document) -> bool:
    a, b = (_bigrams(_plain(document.title)) for document in (lower, higher))
    return bool(a and b) and len(a & b) / len(b) >= _COMMON


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
