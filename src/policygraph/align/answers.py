"""Whether one demand carries out another: a probability for each pair of demands of two provisions, from a curve fitted
on pairs that were judged by reading (`benchmarks/alignment.py --fit`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policygraph.align.calibration import Calibration
from policygraph.align.terms import Floats, Ints

#: What each feature of two demands says. Those of `MEANT_OF_DEMANDS` speak where there is an encoder.
DEMAND_FEATURES = {
    "wording": "cosine of their wording, rare n-grams weighing more",
    "wording_rival": "that, less the best the lower demand finds in another higher provision",
    "wording_claim": "that, less the best another lower provision has for the higher demand",
    "wording_inner": "that, less the best the lower demand finds in this provision",
    "lower_worded": "the share of the lower demand's words that the higher one has, rare ones weighing more",
    "higher_worded": "the share of the higher demand's words that the lower one has",
    "rare_words": "how rare what they share is in all",
    "name": "how alike the names of the two provisions are",
    "said": "how much of the two provisions each says of the other, above the usual",
    "meant": "how far each says the other, token by token",
    "meant_above": "that, above what each usually has with the other document",
    "lower_said": "the share of the lower demand that the higher one says",
    "higher_said": "the share of the higher demand that the lower one says",
    "meant_rival": "`meant`, less the best the lower demand finds in another higher provision",
    "meant_claim": "`meant`, less the best another lower provision has for the higher demand",
    "meant_inner": "`meant`, less the best the lower demand finds in this provision",
    "meant_inner_claim": "`meant`, less the best the higher demand finds in the lower provision",
}
MEANT_OF_DEMANDS = frozenset(name for name in DEMAND_FEATURES if name.startswith("meant") or name.endswith("er_said"))
_LEAST = 0.01
#: No answer counts as surer than this, nor as less sure: odds have no end.
_SURE = 1e-4


def harmonic(first: Floats, second: Floats) -> Floats:
    """Both shares in one: high where both are."""
    a, b = np.clip(first, _LEAST, 1), np.clip(second, _LEAST, 1)
    both: Floats = 2 * a * b / (a + b)
    return both


def rivalled(tables: Sequence[Floats], *, rows: Sequence[Ints], columns: Sequence[Ints], name: str) -> dict[str, list[Floats]]:
    """Each value less the best of the same demand elsewhere: in another higher provision, in another lower one, and in
    the same provision."""
    rival = [np.empty(0)] * len(tables)
    claim = [np.empty(0)] * len(tables)
    for places in rows:
        best = np.stack([tables[k].max(axis=1) for k in places], axis=1)
        for k, other in zip(places, _others(best), strict=True):
            rival[k] = tables[k] - other[:, None]
    for places in columns:
        best = np.stack([tables[k].max(axis=0) for k in places], axis=1)
        for k, other in zip(places, _others(best), strict=True):
            claim[k] = tables[k] - other[None, :]
    inner = [table - table.max(axis=1, keepdims=True) for table in tables]
    return {f"{name}_rival": rival, f"{name}_claim": claim, f"{name}_inner": inner}


def _others(best: Floats) -> Floats:
    """For each column the best of the other columns, row by row; 0 where there is no other."""
    if best.shape[1] == 1:
        return np.zeros((1, len(best)))
    order = np.sort(best, axis=1)
    return np.where(best >= order[:, -1:], order[:, -2:-1], order[:, -1:]).T


def mutual(answers: Sequence[Floats], *, rows: Sequence[Ints], columns: Sequence[Ints]) -> list[float]:
    """For each pair the most that an answer is above what either of its two demands finds in any other provision, in log
    odds: one sure answer that nobody gives better carries a link, however much else its provision says."""
    odds = [np.log(np.clip(table, _SURE, 1 - _SURE) / (1 - np.clip(table, _SURE, 1 - _SURE))) for table in answers]
    least = np.log(_SURE / (1 - _SURE))
    rival = [np.empty(0)] * len(odds)
    claim = [np.empty(0)] * len(odds)
    for groups, axis, found in ((rows, 1, rival), (columns, 0, claim)):
        for places in groups:
            best = np.stack([odds[k].max(axis=axis) for k in places], axis=1)
            others = _others(best) if len(places) > 1 else np.full((1, len(best)), least)
            for k, other in zip(places, others, strict=True):
                found[k] = other
    return [
        float((table - np.maximum(up[:, None], down[None, :])).max())
        for table, up, down in zip(odds, rival, claim, strict=True)
    ]


def judged(features: dict[str, list[Floats]], calibration: Calibration) -> list[Floats]:
    """The probability that the lower demand carries out the higher one: a table for each pair of provisions."""
    shapes = [table.shape for table in next(iter(features.values()))]
    total = np.full(sum(a * b for a, b in shapes), calibration.bias)
    for name, weight in calibration.weights.items():
        total += weight * np.concatenate([table.ravel() for table in features[name]])
    flat = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
    edges = np.cumsum([a * b for a, b in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(flat, edges), shapes, strict=True)]
