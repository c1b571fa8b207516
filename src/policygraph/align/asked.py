"""Two documents that the build did not align, aligned when somebody asks for them, with the curve that has seen documents
with nothing to carry out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from policygraph.align import align_pair, compare_siblings
from policygraph.align.library import Library
from policygraph.align.pairs import Standing, standing
from policygraph.errors import NotFoundError
from policygraph.model import Coverage, Document, DocumentRecords, Links

__all__ = ["Evidence", "Paired", "align_asked", "refuse_reversed", "standing"]

if TYPE_CHECKING:
    from policygraph.align.calibration import Refit
    from policygraph.encode.encoder import Encoder



class Evidence(Enum):
    """By what two documents were aligned on the spot: the vectors that the build kept of both, or their words alone."""

    MEANING = "meaning"
    WORDING = "wording"


_BY: Mapping[Evidence | None, str] = {
    None: "",
    Evidence.MEANING: "These documents were aligned on the spot.",
    Evidence.WORDING: "These documents were aligned on the spot, by wording alone.",
}
_STANDS: Mapping[Standing, str] = {
    "above": "",
    "before": "“{lower}” comes after “{higher}”: what of it is kept, changed and dropped.",
    "beside": "“{lower}” beside “{higher}”: neither stands above the other, so what answers each other runs parallel.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Two documents with the links between them; `by` says what was read where the build did not align them."""

    library: Library
    higher: str
    lower: str
    standing: Standing
    by: Evidence | None = None

    @property
    def note(self) -> str:
        """What a reader of the links should know: how the two stand to each other, and who aligned them."""
        titles = {name: self.library.documents[getattr(self, name)].title for name in ("higher", "lower")}
        return " ".join(filter(None, (_STANDS[self.standing].format(**titles), _BY[self.by])))


def refuse_reversed(higher: Document, lower: Document) -> None:
    """Refuse to take for higher what stands below."""
    if standing(lower, higher) == "above":
        raise NotFoundError(
            f"{lower.id} is the higher document of the two, not {higher.id}.", remedy=f"Swap them: {lower.id} {higher.id}."
        )


def align_asked(
    higher: DocumentRecords, lower: DocumentRecords, *, texts: Mapping[str, str], encoder: Encoder | None = None, refit: Refit | None = None
) -> Links:
    """The links of two documents. Where none stands above the other (two provinces, a plan and its successor) their
    clauses are `parallels`, and their targets are compared both ways: nobody carries out a neighbour's plan, or drops
    what it asks for."""
    above, below = higher.document, lower.document
    refuse_reversed(above, below)
    links = align_pair(higher, lower, texts=texts, encoder=encoder, older=_dated_before(below, above), kin=False, refit=refit)
    stands = standing(above, below)
    if stands == "above":
        return links
    beside = compare_siblings(higher, lower)
    clauses = {clause.id for records in (higher, lower) for clause in records.clauses}
    kept = (record for record in links.coverage if record.subject in clauses and record.status not in ("dropped", "added"))
    return Links(
        alignments=tuple(
            link if link.relation == "related" else replace(link, relation="parallels") for link in links.alignments
        ),
        target_links=beside.target_links,
        coverage=(*(record if stands == "before" else _corresponding(record) for record in kept), *beside.coverage),
    )


def _corresponding(record: Coverage) -> Coverage:
    return replace(record, status="corresponds") if record.status in ("implemented", "partly") else record


def _dated_before(lower: Document, higher: Document) -> bool:
    """Whether the lower document is known to be the older one; dates are compared as far as both are known."""
    known = min(len(lower.date or ""), len(higher.date or ""))
    return bool(known) and (lower.date or "")[:known] < (higher.date or "")[:known]
