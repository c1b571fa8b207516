"""From evidence to a probability: a logistic curve over few features, fitted by `benchmarks/alignment.py --fit`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

#: How far reviewers' verdicts bend the curve of a method, in log odds: (slope, shift). Made by `policygraph refit --apply`.
Refit = Mapping[str, tuple[float, float]]
_FILE = Path(__file__).with_name("calibration.json")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the features (in the features' own units), and the probability from which a link is asserted."""

    method: str
    weights: Mapping[str, float]
    bias: float
    threshold: float

    def refitted(self, refit: Refit) -> Calibration:
        """The curve as reviewers' verdicts bend it, where they do."""
        slope, shift = refit.get(self.method, (1.0, 0.0))
        weights = {name: slope * weight for name, weight in self.weights.items()}
        return replace(self, weights=weights, bias=slope * self.bias + shift)

    def probability(self, features: Mapping[str, float]) -> float:
        total = self.bias + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


@cache
def load_judge(*, encoder: bool) -> Calibration:
    """The fitted judge of pairs of demands: whether one carries out the other."""
    return _load("demands_with_encoder" if encoder else "demands_without_encoder")


@cache
def load_calibration(*, encoder: bool, kin: bool = True) -> Calibration:
    """The fitted calibration: one for evidence with meaning, one for wording alone; and of each a stricter one that has
    seen documents with nothing to carry out, for pairs of which that is not known (not `kin`)."""
    return _load(f"{'' if kin else 'strangers_'}{'with' if encoder else 'without'}_encoder")


def _load(name: str) -> Calibration:
    fitted = json.loads(_FILE.read_text(encoding="utf-8"))[name]
    return Calibration(fitted["method"], fitted["weights"], fitted["bias"], fitted["threshold"])
