"""How sure a search may be of what it found, calibrated on each index without labels.

What a search finds for questions that no policy text answers (`ontology/vocabulary/foreign.txt`) is what it finds for
nothing in this corpus; what it finds for stretches of the corpus's own sentences is what certainty looks like. Between the
two lies confidence: 0.5 where all but a few of the foreign questions stay below, 0.95 where half of the own ones come to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from policygraph.encode.encoder import Encoder
from policygraph.encode.text import is_chinese
from policygraph.encode.weights import Floats
from policygraph.program import VOCABULARY
from policygraph.search.index import ClauseIndex
from policygraph.search.ranking import FUSED, Encode, Evidence, Gatherer
from policygraph.search.understand import Understood, understand

Array = npt.NDArray[np.float32]

#: Share of the foreign questions that stay below a confidence of 0.5. Neighbouring matters come nearer than these do, and
#: half the questions of a corpus are put in words far from its own: on five sets this parts them best.
_BELOW = 0.95
#: How much nearness in meaning counts beside the score, in deviations: in Chinese only, where words of query and text are alike.
_MEANING = 0.5
#: Own sentences that questions are made of: enough for a median.
_OWN = 40
#: Candidates of a made-up question, as of any.
_DEPTH = 20
_STRETCH = re.compile(r"[^\s，。、；：？！（）“”]{6,24}")
_CERTAIN = 0.95
#: The score of a candidate by itself: its neighbours do not make it surer.
_ALONE = replace(FUSED, document=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Mean and spread of the score and of the nearness of what foreign questions find, both then counted in spreads above
    the mean: `unsure` is where confidence is 0.5, `sure` where it is 0.95."""

    score: tuple[float, float]
    similarity: tuple[float, float]
    unsure: float
    sure: float

    def confidence(self, asked: Understood, evidence: Evidence) -> Array:
        """0 to 1 for each candidate."""
        slope = np.log(_CERTAIN / (1 - _CERTAIN)) / max(self.sure - self.unsure, 0.5)
        height = _height(asked, evidence, score=self.score, similarity=self.similarity)
        return np.asarray(1 / (1 + np.exp(-slope * np.clip(height - self.unsure, -20, 20))), np.float32)


@cache
def foreign_questions() -> tuple[str, ...]:
    """Questions that no policy text answers."""
    lines = (VOCABULARY / "foreign.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def calibrate(index: ClauseIndex, encoder: Encoder) -> Calibration:
    """Ask an index the foreign questions and some made of its own sentences."""
    foreign, own = list(foreign_questions()), _own_questions(index)
    vectors = encoder.encode_queries([*foreign, *own])
    of = dict(zip([*foreign, *own], vectors, strict=True))
    gatherer = Gatherer(index)
    found: dict[str, tuple[Understood, Evidence]] = {}
    for question, vector in of.items():
        asked = understand(question, index)
        found[question] = asked, gatherer.gather(asked, encode=_encoding(vector, index), allowed=None, depth=_DEPTH)
    tops = np.array([_top(found[question][1]) for question in foreign if is_chinese(question)])
    means, spreads = tops.mean(axis=0).tolist(), np.maximum(tops.std(axis=0), 1e-3).tolist()
    score, similarity = (means[0], spreads[0]), (means[1], spreads[1])

    def height(question: str) -> float:
        asked, evidence = found[question]
        heights = _height(asked, evidence, score=score, similarity=similarity)
        return float(heights[np.argsort(-evidence.score(_ALONE))[:1]].max(initial=-9))

    unsure = float(np.quantile([height(question) for question in foreign], _BELOW))
    sure = float(np.median([height(question) for question in own])) if own else unsure
    return Calibration(score=score, similarity=similarity, unsure=unsure, sure=sure)


def _encoding(vector: Floats, index: ClauseIndex) -> Encode:
    """The vector of a question at hand, and those of phrases that it is bridged to."""

    def encode(texts: list[str]) -> Floats:
        known = [index.phrase(text) for text in texts]
        return np.stack([vector if phrase is None else phrase for phrase in known])

    return encode


def _own_questions(index: ClauseIndex) -> list[str]:
    """Stretches of sentences drawn from all over the index."""
    chosen = np.random.default_rng(0).permutation(len(index.sentences))[: 2 * _OWN]
    made: dict[str, None] = {}
    for clause, start, end in index.sentences[np.sort(chosen)].tolist():
        stretches = _STRETCH.findall(index.entry(clause).text[start:end])
        if stretches:
            made[max(stretches, key=len)] = None
    return list(made)[:_OWN]


def _top(evidence: Evidence) -> tuple[float, float]:
    """The score and the nearness of the best candidate."""
    scores = evidence.score(_ALONE)
    best = np.argsort(-scores)[:1]
    return float(scores[best].max(initial=0)), float(evidence.similarity[best].max(initial=0))


def _height(asked: Understood, evidence: Evidence, *, score: tuple[float, float], similarity: tuple[float, float]) -> Array:
    """How far above what foreign questions find each candidate is."""
    height = (evidence.score(_ALONE) - np.float32(score[0])) / np.float32(score[1])
    if is_chinese(asked.said):
        height = height + np.float32(_MEANING) * (evidence.similarity - np.float32(similarity[0])) / np.float32(similarity[1])
    return np.asarray(height, np.float32)
