"""SentencePiece Unigram: a text as the ids of the most likely sequence of pieces.

Written out here because loading a quarter of a million pieces into the `tokenizers` package takes over a second,
more than half of what a search from the command line may take; a dictionary is there in a tenth of that. The tests
hold the ids against those of `tokenizers`.
"""

from __future__ import annotations

import re

from policygraph.encode.weights import Weights

_SPACES = re.compile(" {2,}")
_MARK = "▁"
_WORDS = re.compile(f"{_MARK}[^{_MARK}]*")
#: What an unknown character costs beside the rarest piece: SentencePiece's own value, so that the cuts are its cuts.
_UNKNOWN_PENALTY = 10.0


class Pieces:
    """The vocabulary of an encoder, ready to cut texts."""

    def __init__(self, weights: Weights) -> None:
        self._normalisation = weights.normalisation
        self._ids = {piece: i for i, piece in enumerate(weights.pieces) if piece and i > weights.unknown}
        self._scores: list[float] = weights.scores.tolist()
        self._unknown = weights.unknown
        self._unknown_score = min(self._scores) - _UNKNOWN_PENALTY
        longest: dict[str, int] = {}
        for piece in self._ids:
            if len(piece) > longest.get(piece[0], 0):
                longest[piece[0]] = len(piece)
        self._longest = longest

    def normalise(self, text: str) -> str:
        """What is cut: characters mapped, runs of spaces made one, spaces written `▁`, one of them in front."""
        text = _SPACES.sub(" ", text.translate(self._normalisation)).replace(" ", _MARK)
        return text if text.startswith(_MARK) else _MARK + text

    def cut(self, text: str) -> list[int]:
        """The ids of `text`, without the marks of begin and end. A run of characters outside the vocabulary is one
        unknown piece."""
        out: list[int] = []
        for word in _WORDS.findall(self.normalise(text)):  # no piece holds a mark but in front
            out += self._cut(word)
        return out

    def cut_on(self, text: str) -> list[int]:
        """The ids of a text that goes on where another ended: no mark of a word's begin is put in front."""
        marked = self.normalise(text)
        if text.startswith((" ", _MARK)):
            return self.cut(text)
        first, *others = _WORDS.findall(marked)
        return self._cut(first[len(_MARK) :]) + [i for word in others for i in self._cut(word)]

    def _cut(self, word: str) -> list[int]:
        ids, scores, longest, unknown = self._ids, self._scores, self._longest, self._unknown
        size = len(word)
        best = [-1e30] * (size + 1)
        best[0] = 0.0
        step: list[tuple[int, int]] = [(0, unknown)] * (size + 1)
        for start in range(size):
            here = best[start]
            for end in range(start + 1, min(start + longest.get(word[start], 0), size) + 1):
                found = ids.get(word[start:end])
                if found is not None and here + scores[found] > best[end]:
                    best[end] = here + scores[found]
                    step[end] = start, found
            if here + self._unknown_score > best[start + 1]:
                best[start + 1] = here + self._unknown_score
                step[start + 1] = start, unknown
        out: list[int] = []
        at = size
        while at:
            at, found = step[at]
            if found != unknown or not out or out[-1] != unknown:
                out.append(found)
        return out[::-1]
