"""What the second reader is asked: the pairs of provisions whose probability lies near the threshold, nearest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from policygraph.align.passages import Passage
from policygraph.align.reader import ASKED, Reader, UnansweredError, Verdict, read_pair, verdict_of
from policygraph.cache import key_of
from policygraph.settings import Settings

#: After so many requests in a row that got no answer at all the endpoint counts as down: a build does not wait for it again
#: at every pair.
GIVES_UP = 3


class Store(Protocol):
    """Where answers are kept by content."""

    def get(self, key: str) -> object: ...

    def put(self, key: str, value: object) -> None: ...


@dataclass(slots=True)
class SecondReader:
    """A reader with its bounds and what it answered before. Of two documents it is asked `most` pairs within `margin` of the
    threshold. `counts` says what became of them: asked, counted, kept (answered before), rejected, unanswered; `keys` where its answers are kept."""

    reader: Reader
    store: Store
    margin: float
    most: int
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    keys: list[str] = field(default_factory=list)
    _silent: int = 0

    @classmethod
    def of(cls, reader: Reader, store: Store, settings: Settings) -> SecondReader:
        return cls(reader, store, settings.reader_margin, settings.reader_pairs)

    @property
    def method(self) -> str:
        return self.reader.method

    def verdicts(
        self,
        probabilities: Iterable[tuple[float, tuple[int, int]]],
        lower: Sequence[Passage],
        higher: Sequence[Passage],
        *,
        threshold: float,
    ) -> Mapping[tuple[int, int], Verdict]:
        """What it says of the pairs that are in doubt (numbers of passages); of those that it does not answer, nothing."""
        doubtful = sorted((abs(value - threshold), pair) for value, pair in probabilities if abs(value - threshold) <= self.margin)
        found: dict[tuple[int, int], Verdict] = {}
        for _, (i, j) in doubtful[: self.most]:
            try:
                found[i, j] = self._verdict(lower[i].body, higher[j].body)
            except UnansweredError as error:
                self.counts["unanswered" if error.down else "rejected"] += 1
                self.reasons[str(error)] += 1
            else:
                self.counts["counted"] += 1
        return found

    def _verdict(self, lower: str, higher: str) -> Verdict:
        self.counts["asked"] += 1
        key = key_of("second reader", self.reader.identity, ASKED, lower, higher)
        self.keys.append(key)
        kept = self.store.get(key)
        if isinstance(kept, dict):
            self.counts["kept"] += 1
            if "rejected" in kept:
                raise UnansweredError(str(kept["rejected"]))
            return verdict_of(kept, lower=lower, higher=higher)
        if self._silent >= GIVES_UP:
            raise UnansweredError(f"{self.reader.url} gave no answer {GIVES_UP} times in a row and was not asked again", down=True)
        try:
            verdict = read_pair(self.reader, lower=lower, higher=higher)
        except UnansweredError as error:
            self._silent = self._silent + 1 if error.down else 0
            if not error.down:
                self.store.put(key, {"rejected": str(error)})
            raise
        self._silent = 0
        quotes = {"lower_quote": lower[slice(*verdict.lower)], "higher_quote": higher[slice(*verdict.higher)]}
        self.store.put(key, {"degree": verdict.degree, **quotes})
        return verdict
