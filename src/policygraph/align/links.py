"""Implementation links of one pair of documents: judged, calibrated, with evidence and with what was beaten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, cast

import numpy as np

from policygraph.align.calibration import Calibration, Refit, load_calibration
from policygraph.align.cover import NEIGHBOURS
from policygraph.align.evidence import Evidence, evidence_of
from policygraph.align.passages import Demand, Passage
from policygraph.align.unanswered import unanswered
from policygraph.align.wording import shifts_between, verbatim_share
from policygraph.ids import short_hash
from policygraph.model import Alignment, Candidate, Coverage, Match, Relation

if TYPE_CHECKING:
    from policygraph.align.doubt import SecondReader
    from policygraph.align.reader import Verdict
    from policygraph.encode.encoder import Encoder

#: Probability below which not even the topic is called the same.
RELATED = 0.25
#: Documents belong together where so much of one of them is linked with so much certainty. Of pairs of the gold it is half
#: and more; of documents of different fields never a fifth.
SURE, AKIN = 0.9, 0.3
#: Share of the higher provision that is answered from which its main demands count as carried: what parts full links from
#: partial ones best in the gold (nine of ten).
MAIN = 0.2
#: A demand counts as answered when it is more likely than not.
ANSWERED = 0.5
#: Evidence is shown from here: the reader sees what speaks for a link, with its weight, though it does not suffice alone.
EVIDENT = 0.2
#: Matches shown as evidence of a link, and candidates named where nothing or something else was linked: what one reads.
SHOWN = 6
NEAREST = 3
#: Cosine of wording from which two demands are alike in words, not in meaning only.
WORDED = 0.25


def link_passages(
    lower: Sequence[Passage],
    higher: Sequence[Passage],
    *,
    encoder: Encoder | None = None,
    older: bool = False,
    kin: bool = True,
    one_subject: bool = True,
    second: SecondReader | None = None,
    refit: Refit | None = None,
    region: str | None = None,
) -> tuple[tuple[Alignment, ...], tuple[Coverage, ...]]:
    """Links from lower to higher passages, best first for each lower one, and what each side has without the other.
    `kin`: the one rests on the other, cites it, or is paired with it by the corpus; documents of which that is not known
    need stronger evidence, unless they are on `one_subject` and visibly `akin`: a plan of everything shares topics with
    every plan, and carries none of them out. `region` is the lower document's. Of pairs near the threshold the `second` reader has
    the last word. `refit` bends the curve as reviewers' verdicts ask."""
    if not lower or not higher:
        return (), _coverage(lower, higher, [], {})
    usual = min(len(lower), len(higher)) >= NEIGHBOURS  # with fewer neighbours, nothing is above the usual
    evidence = evidence_of(lower, higher, encoder=encoder)
    calibration = load_calibration(encoder=encoder is not None, kin=usual).refitted(refit or {})
    judged = [(calibration.probability(each.features), each) for each in evidence]
    found = ((probability, (each.lower, each.higher)) for probability, each in judged)
    if usual and not kin and not (one_subject and akin(found, lower=len(lower), higher=len(higher))):
        calibration = load_calibration(encoder=encoder is not None, kin=False).refitted(refit or {})
        judged = [(calibration.probability(each.features), each) for each in evidence]
    verdicts: Mapping[tuple[int, int], Verdict] = {}
    if second is not None:
        doubts = ((probability, (each.lower, each.higher)) for probability, each in judged)
        verdicts = second.verdicts(doubts, lower, higher, threshold=calibration.threshold)
    judged.sort(key=lambda entry: (entry[1].lower, -entry[0], entry[1].higher))
    links = [
        _link(probability, evidence, lower, higher, rivals, calibration=calibration, older=older)
        for _, group in groupby(judged, key=lambda entry: entry[1].lower)
        for rivals in [list(group)]
        for probability, evidence in rivals
        if probability >= RELATED or (evidence.lower, evidence.higher) in verdicts
    ]
    if second is not None and verdicts:
        places = {(lower[i].clause.id, higher[j].clause.id): (i, j) for i, j in verdicts}
        links = [
            _read_again(link, verdicts[pair], lower[pair[0]], higher[pair[1]], method=second.method, older=older)
            if (pair := places.get((link.source, link.target)))
            else link
            for link in links
        ]
    reasons = {(lower[e.lower].clause.id, higher[e.higher].clause.id): (p, _why(p, e, calibration)) for p, e in judged}
    coverage = _coverage(lower, higher, links, reasons)
    left = unanswered(lower, higher, judged=[evidence for _, evidence in judged], coverage=coverage, links=links, region=region)
    return tuple(links), (*coverage, *left)


def akin(found: Iterable[tuple[float, tuple[int, int]]], *, lower: int, higher: int) -> bool:
    """Whether two documents of so many passages visibly belong together, by the probabilities of their pairs of passages."""
    sure = [pair for probability, pair in found if probability >= SURE]
    shares = (len({i for i, _ in sure}) / lower, len({j for _, j in sure}) / higher)
    return max(shares) >= AKIN


def _link(
    probability: float,
    evidence: Evidence,
    lower: Sequence[Passage],
    higher: Sequence[Passage],
    rivals: Sequence[tuple[float, Evidence]],
    *,
    calibration: Calibration,
    older: bool,
) -> Alignment:
    source, target = lower[evidence.lower], higher[evidence.higher]
    relation = "related"
    if probability >= calibration.threshold:
        relation = "corresponds" if older else "partially_implements"
        if not older and answered_share(evidence, target) >= MAIN:
            relation = "implements"
    matches = _matches(evidence, source, target)
    beaten = [
        Candidate(clause=higher[other.higher].clause.id, score=round(score, 4), reason=_beaten(probability, score))
        for score, other in rivals
        if other.higher != evidence.higher and score < probability
    ]
    return Alignment(
        id=f"link-{short_hash(source.clause.id, target.clause.id)}",
        source=source.clause.id,
        target=target.clause.id,
        relation=cast(Relation, relation),
        score=round(probability, 4),
        method=calibration.method,
        verbatim=round(verbatim_share(source.body, target.body), 4),
        evidence=matches,
        beaten=tuple(beaten[:NEAREST]),
        shifts=shifts_between(matches),
        demands=len(asked := target.asked),
        answered=sum(bool(evidence.answers[:, list(parts)].max() >= ANSWERED) for parts in asked),
    )


def _read_again(
    link: Alignment, verdict: Verdict, source: Passage, target: Passage, *, method: str, older: bool
) -> Alignment:
    """A link as the second reader has it: its relation, with what it quotes as the first evidence. The score stays what the
    program itself gives."""
    relation = "related"
    if verdict.degree != "none":
        relation = "corresponds" if older else {"full": "implements", "partial": "partially_implements"}[verdict.degree]
    a, b = _demand_at(source, verdict.lower), _demand_at(target, verdict.higher)
    quoted = Match(
        kind="reader", source_start=a.start, source_end=a.end, target_start=b.start, target_end=b.end,
        source_text=a.text, target_text=b.text, weight=link.score,
    )  # fmt: skip
    others = tuple(match for match in link.evidence if (match.source_start, match.target_start) != (a.start, b.start))
    return replace(link, relation=cast(Relation, relation), method=method, evidence=(quoted, *others)[:SHOWN])


def _demand_at(passage: Passage, quote: tuple[int, int]) -> Demand:
    """The demand of which a quotation has most."""
    shares, at = [], 0
    for demand in passage.demands:
        at = max(passage.body.find(demand.text, at), at)
        shares.append(min(at + len(demand.text), quote[1]) - max(at, quote[0]))
        at += len(demand.text)
    return passage.demands[int(np.argmax(shares))]


def answered_share(evidence: Evidence, target: Passage) -> float:
    """The share of the higher provision, by length of its demands, that the lower one answers."""
    lengths = np.array([len(demand.text) for demand in target.demands], dtype=np.float64)
    answers = np.clip(evidence.answers.max(axis=0), 0.0, 1.0)
    return float((answers * lengths).sum() / lengths.sum())


def _matches(evidence: Evidence, source: Passage, target: Passage) -> tuple[Match, ...]:
    """The demands that answer each other, one to one, best first."""
    found: list[Match] = []
    used: set[tuple[str, int]] = set()
    order = np.argsort(-evidence.answers, axis=None, kind="stable")
    for flat in order:
        i, j = (int(n) for n in np.unravel_index(int(flat), evidence.answers.shape))
        value = float(evidence.answers[i, j])
        if len(found) == SHOWN or (found and value < EVIDENT):
            break
        if ("source", i) in used or ("target", j) in used:
            continue
        used |= {("source", i), ("target", j)}
        a, b = source.demands[i], target.demands[j]
        kind = "wording" if evidence.wording[i, j] >= WORDED else "meaning"
        found.append(
            Match(
                kind="verbatim" if a.text == b.text else kind,
                source_start=a.start,
                source_end=a.end,
                target_start=b.start,
                target_end=b.end,
                source_text=a.text,
                target_text=b.text,
                weight=round(min(max(value, 0.0), 1.0), 4),
            )
        )
    return tuple(found)


def _beaten(winner: float, loser: float) -> str:
    return f"{winner - loser:.2f} less"


def _why(probability: float, evidence: Evidence, calibration: Calibration) -> str:
    """Why a candidate falls short, by its weakest evidence."""
    if probability >= calibration.threshold:
        return ""
    if evidence.answers.max() < ANSWERED:
        return "no demand of the one answers a demand of the other"
    if evidence.features["demand"] < ANSWERED:
        return "the demand that comes nearest is answered better elsewhere"
    return "too little in common beside one demand"


_RANK = {"implements": 3, "corresponds": 2, "partially_implements": 1}
_STATUS = {3: "implemented", 2: "corresponds", 1: "partly"}


def _coverage(
    lower: Sequence[Passage],
    higher: Sequence[Passage],
    links: Sequence[Alignment],
    reasons: Mapping[tuple[str, str], tuple[float, str]],
) -> tuple[Coverage, ...]:
    if not lower or not higher:
        return ()
    below, above = lower[0].clause.document, higher[0].clause.document
    best: dict[str, int] = {}
    taken: set[str] = set()
    for link in links:
        if rank := _RANK.get(link.relation, 0):
            best[link.target] = max(best.get(link.target, 0), rank)
            taken.add(link.source)
    near: dict[str, list[Candidate]] = {}
    for (source, target), (probability, reason) in reasons.items():
        near.setdefault(target, []).append(Candidate(clause=source, score=round(probability, 4), reason=reason))
        near.setdefault(source, []).append(Candidate(clause=target, score=round(probability, 4), reason=reason))

    def record(clause: str, document: str, status: str) -> Coverage:
        nearest = sorted(near.get(clause, ()), key=lambda candidate: (-candidate.score, candidate.clause))[:NEAREST]
        return Coverage(
            id=f"coverage-{short_hash(clause, document)}",
            subject=clause,
            document=document,
            status=status,  # type: ignore[arg-type]
            nearest=tuple(nearest),
        )

    found = [
        record(passage.clause.id, below, _STATUS.get(best.get(passage.clause.id, 0), "absent")) for passage in higher
    ]
    found += [record(passage.clause.id, above, "new") for passage in lower if passage.clause.id not in taken]
    return tuple(found)
