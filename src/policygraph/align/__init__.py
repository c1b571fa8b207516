"""Align: two documents' records go in, the links between their clauses and targets come out, with what has no counterpart.

A pair's links are a function of the two documents, the encoder and the program alone. Every clause and target of the
higher document is either linked or said to be without a counterpart, with the nearest candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from policygraph.align.distinct import told_once
from policygraph.align.measures import unit_of
from policygraph.align.pairs import Pair, on_one_subject, plan, plan_pairs
from policygraph.model import Coverage, DocumentRecords, Links, TargetLink

if TYPE_CHECKING:
    from policygraph.align.calibration import Refit
    from policygraph.align.doubt import SecondReader
    from policygraph.encode.encoder import Encoder

__all__ = ["Encoder", "Pair", "align", "align_pair", "asked_of", "compare_siblings", "plan", "plan_pairs", "told_once", "unit_of"]


def align(
    records: Sequence[DocumentRecords],
    *,
    texts: Mapping[str, str],
    encoder: Encoder | None = None,
    pairs: Iterable[Pair] | None = None,
) -> Links:
    """All links between the documents; `texts` holds each document's stored source text by its id, `pairs` what
    `plan_pairs` gave (planned here when left out). One call of `align_pair` for each pair, so a caller that caches
    does the same by itself and joins with `join`."""
    by_id = {entry.document.id: entry for entry in records}
    planned = plan_pairs(records) if pairs is None else pairs
    return join(
        align_pair(by_id[pair.higher], by_id[pair.lower], texts=texts, encoder=encoder, older=pair.older, siblings=pair.siblings, kin=pair.kin)
        for pair in planned
    )


def align_pair(
    higher: DocumentRecords,
    lower: DocumentRecords,
    *,
    texts: Mapping[str, str],
    encoder: Encoder | None = None,
    older: bool = False,
    siblings: bool = False,
    kin: bool = True,
    second: SecondReader | None = None,
    refit: Refit | None = None,
) -> Links:
    """The links of one pair: a function of the two documents, the encoder and the program's version only.

    `older` says that the lower document is the older one, so that its clauses correspond and cannot implement;
    `siblings` that neither is above the other, so that their clauses run parallel and nothing is left out of either;
    `kin` that they are known to belong together: else links need stronger evidence. `second` is a reader of pairs that are in
    doubt: with one, the links are a function of its answers, too; with a `refit`, of what reviewers said.
    """
    from policygraph.align.additions import own_targets
    from policygraph.align.links import link_passages  # numpy, which those who only read links can do without
    from policygraph.align.passages import passages

    alignments, coverage = link_passages(
        passages(lower, texts[lower.document.id]),
        passages(higher, texts[higher.document.id]),
        encoder=encoder,
        older=older,
        kin=kin,
        one_subject=on_one_subject(lower.document, higher.document),
        second=second,
        refit=refit,
        region=lower.document.region,
    )
    if siblings:
        beside = compare_siblings(higher, lower)
        return replace(beside, alignments=tuple(replace(link, relation="parallels") for link in alignments if link.relation != "related"))
    target_links, target_coverage = _compared(lower, higher, siblings=False)
    own = tuple(own_targets(lower.targets, target_links, above=higher.clauses, document=higher.document.id))
    return Links(alignments=alignments, target_links=target_links, coverage=(*coverage, *target_coverage, *own))


def compare_siblings(higher: DocumentRecords, lower: DocumentRecords) -> Links:
    """The targets of two documents of which neither is above the other, each held against the other's."""
    target_links, target_coverage = _compared(lower, higher, siblings=True)
    _, of_the_lower = _compared(higher, lower, siblings=True)
    return Links(target_links=target_links, coverage=target_coverage + of_the_lower)


def asked_of(records: DocumentRecords, text: str) -> list[list[str]]:
    """What an encoder is asked to read of a document, whatever it is paired with."""
    from policygraph.align import evidence
    from policygraph.align.passages import passages

    return evidence.asked_of(passages(records, text))


def _compared(
    lower: DocumentRecords, higher: DocumentRecords, *, siblings: bool
) -> tuple[tuple[TargetLink, ...], tuple[Coverage, ...]]:
    from policygraph.align.targets import link_targets

    return link_targets(
        lower.targets,
        higher.targets,
        documents=(lower.document.id, higher.document.id),
        regions=(lower.document.region, higher.document.region),
        clauses=lower.clauses,
        above=higher.clauses,
        siblings=siblings,
    )


def join(parts: Iterable[Links]) -> Links:
    """One record of several pairs' links."""
    collected = tuple(parts)
    return Links(
        alignments=tuple(link for part in collected for link in part.alignments),
        target_links=tuple(link for part in collected for link in part.target_links),
        coverage=tuple(record for part in collected for record in part.coverage),
    )
