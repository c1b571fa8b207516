"""The curves of links, bent as reviewers' verdicts ask.

A curve gives a link its probability in log odds. Verdicts bend it by two numbers, a slope and a shift, fitted by penalised
likelihood: without verdicts the curve stays as it was fitted on the gold, and few verdicts bend it little. The order of links
stays as it is; what changes is how sure they are called, and which are asserted.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policygraph.align.calibration import load_calibration
from policygraph.columns import Columns
from policygraph.corpus.folder import read_refit
from policygraph.errors import PolicyGraphError
from policygraph.review.effect import ADDED
from policygraph.review.matching import Fitted
from policygraph.review.scoring import holds

#: How far slope and shift are expected to lie from 1 and 0 (standard deviations): the gold that the curves were fitted on
#: speaks for them, and a few verdicts, mostly on links in doubt, shall not outweigh it.
SLOPE_SPREAD, SHIFT_SPREAD = 0.5, 1.0
#: Judged links from which a curve is fitted, of which some have to hold and some not.
LEAST = 20
FOLDS = 5
#: No score counts as surer: odds have no end.
_SURE = 1e-3
_STEPS = 50


@dataclass(frozen=True, slots=True)
class _Point:
    """A judged link: its log odds, whether it holds, and the group that is left out with it."""

    odds: float
    holds: bool
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How well probabilities fit verdicts: mean log loss, Brier score, F1, precision and recall at the threshold."""

    log_loss: float
    brier: float
    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refitted:
    """What verdicts make of a method's curve: slope and shift on top of the one in force, `before` and `after` of links left out
    of the fit. `better`: the log loss of links left out is lower; only then the curve may be applied."""

    method: str
    judged: int
    hold: int
    slope: float
    shift: float
    before: Measured | None
    after: Measured | None
    better: bool
    note: str = ""


def refitted(columns: Columns, fitted: Fitted) -> list[Refitted]:
    """The curve of each method of which links were judged."""
    points: dict[str, list[_Point]] = {}
    for fit in fitted.fits:
        verdict = fit.holds
        link: Any = fit.record
        if fit.kind != "link" or fit.key[0] == "read" or verdict is None or link is None or link.method == ADDED or "/" not in link.method:
            continue
        pair = "→".join(fit.documents)
        points.setdefault(link.method, []).append(_Point(_odds(link.score), holds("link", verdict), f"{pair}\n{link.source}"))
    return [_refit(method, rows) for method, rows in sorted(points.items())]


def _refit(method: str, points: Sequence[_Point]) -> Refitted:
    count = sum(point.holds for point in points)
    if len(points) < LEAST or count in (0, len(points)):
        note = f"needs {LEAST} judged links, some that hold and some that do not"
        return Refitted(method=method, judged=len(points), hold=count, slope=1.0, shift=0.0, before=None, after=None, better=False, note=note)
    threshold = load_calibration(encoder=method.startswith("demands")).threshold
    fold_of = _folds([point.group for point in points])
    before, after = [], []
    for fold in range(FOLDS):
        kept = [point for point in points if fold_of[point.group] != fold]
        slope, shift = fit_curve(kept)
        for point in points:
            if fold_of[point.group] == fold:
                before.append((_probability(point.odds), point.holds))
                after.append((_probability(slope * point.odds + shift), point.holds))
    slope, shift = fit_curve(points)
    measured = measure(before, threshold), measure(after, threshold)
    better = measured[1].log_loss < measured[0].log_loss
    return Refitted(
        method=method, judged=len(points), hold=count, slope=round(slope, 4), shift=round(shift, 4), before=measured[0], after=measured[1],
        better=better, note="" if better else "no better on links left out: it stays",
    )  # fmt: skip


def _folds(groups: Sequence[str]) -> dict[str, int]:
    """Which fold each group is left out in: whole pairs of documents where there are enough of them, else lower clauses."""
    pairs = {group.partition("\n")[0] for group in groups}
    by_pair = len(pairs) >= FOLDS
    names = {group: group.partition("\n")[0] if by_pair else group for group in groups}
    order = sorted(set(names.values()), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    place = {name: number % FOLDS for number, name in enumerate(order)}
    return {group: place[name] for group, name in names.items()}


def fit_curve(points: Sequence[_Point]) -> tuple[float, float]:
    """Slope and shift that verdicts ask for, by Newton's method on the penalised likelihood.

    >>> fit_curve([])
    (1.0, 0.0)
    """
    slope, shift = 1.0, 0.0
    for _ in range(_STEPS):
        down, across = (slope - 1) / SLOPE_SPREAD**2, shift / SHIFT_SPREAD**2
        aa, ab, bb = 1 / SLOPE_SPREAD**2, 0.0, 1 / SHIFT_SPREAD**2
        for point in points:
            p = _probability(slope * point.odds + shift)
            miss, weight = p - point.holds, p * (1 - p)
            down, across = down + miss * point.odds, across + miss
            aa, ab, bb = aa + weight * point.odds**2, ab + weight * point.odds, bb + weight
        ground = aa * bb - ab * ab
        step = ((bb * down - ab * across) / ground, (aa * across - ab * down) / ground)
        size, here = 1.0, _cost(points, slope, shift)
        while size > 1e-6 and _cost(points, slope - size * step[0], shift - size * step[1]) > here:
            size /= 2  # a whole step may lead over the valley
        slope, shift = slope - size * step[0], shift - size * step[1]
        if size * max(map(abs, step)) < 1e-9:
            break
    return slope, shift


def _cost(points: Sequence[_Point], slope: float, shift: float) -> float:
    """What the fit makes least: the log loss, and how far the curve is bent."""
    bent = (slope - 1) ** 2 / (2 * SLOPE_SPREAD**2) + shift**2 / (2 * SHIFT_SPREAD**2)
    odds = ((slope * point.odds + shift) * (1 if point.holds else -1) for point in points)
    return bent + sum(math.log1p(math.exp(-each)) if each > -30 else -each for each in odds)


def measure(said: Sequence[tuple[float, bool]], threshold: float) -> Measured:
    """How well probabilities fit what holds."""
    loss = -sum(math.log(p if yes else 1 - p) for p, yes in ((min(max(p, 1e-6), 1 - 1e-6), yes) for p, yes in said)) / len(said)
    brier = sum((p - yes) ** 2 for p, yes in said) / len(said)
    hits = sum(yes for p, yes in said if p >= threshold)
    asserted, right = sum(p >= threshold for p, _ in said), sum(yes for _, yes in said)
    precision, recall = hits / asserted if asserted else 0.0, hits / right if right else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return Measured(log_loss=round(loss, 4), brier=round(brier, 4), f1=round(f1, 4), precision=round(precision, 4), recall=round(recall, 4))


def apply(found: Sequence[Refitted], path: Path) -> Mapping[str, tuple[float, float]]:
    """Write the curves that are better into the file at `path`, on top of those that are in force there."""
    curves = read_refit(path)
    if not any(each.better for each in found):
        return curves
    for each in found:
        if each.better:
            slope, shift = curves.get(each.method, (1.0, 0.0))
            curves[each.method] = (round(each.slope * slope, 6), round(each.slope * shift + each.shift, 6))
    rows = {
        method: {"slope": slope, "shift": shift, "verdicts": next((each.judged for each in found if each.method == method), 0)}
        for method, (slope, shift) in sorted(curves.items())
    }
    beside = path.with_name(f".{path.name}")
    try:
        beside.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
        beside.replace(path)
    except OSError as error:
        raise PolicyGraphError(f"{path} cannot be written ({error.strerror}).", remedy="Check its permissions.") from error
    return curves


def _odds(score: float) -> float:
    p = min(max(score, _SURE), 1 - _SURE)
    return math.log(p / (1 - p))


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-max(min(odds, 30.0), -30.0)))
