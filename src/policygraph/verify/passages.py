"""The sentences of the documents that a claim is about, by the words they share with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policygraph.align.library import Library
from policygraph.model import Clause
from policygraph.verify.texts import plain

#: A topic of fewer characters is found everywhere.
SHORTEST = 4
#: The share of a topic's pairs of characters that its sentence has; what shares less may be a neighbour's.
NEAR = 0.8
_MARKS = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class About:
    """A clause (or a sentence of it, `start` to `end` of its text) that has a topic's words, and the share of them."""

    clause: Clause
    start: int
    end: int
    share: float

    @property
    def text(self) -> str:
        return self.clause.text[self.start : self.end]


def bare(text: str) -> str:
    return _MARKS.sub("", text)


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def share_of(topic: str, text: str) -> float:
    """The share of the topic's pairs of characters that a text has.

    >>> share_of("岸电改造", "完成港口岸电设施改造")
    0.6666666666666666
    """
    wanted = _pairs(bare(topic))
    return len(wanted & _pairs(bare(text))) / len(wanted) if wanted else 0.0


def sentences_about(topic: str, *, library: Library, scope: Sequence[str], clauses: Iterable[Clause] | None = None) -> list[About]:
    """The sentences of the scope's clauses (or of `clauses`) that have a topic's words, the nearest first."""
    topic = bare(plain(topic))
    if len(topic) < SHORTEST:
        return []
    seed = topic[: max(2, len(topic) // 2)], topic[len(topic) // 2 :]
    found = []
    for clause in clauses if clauses is not None else (c for d in scope for c in library.of[d].clauses if c.leaf and c.kind != "contents"):
        text = plain(clause.text)
        if not any(pair in text for part in seed for pair in (part[:2], part[-2:])):
            continue
        at = 0
        for sentence in re.split(r"(?<=[。；！？])", text):
            begin, at = at, at + len(sentence)
            if (share := share_of(topic, sentence)) >= NEAR:
                found.append(About(clause, begin, at, share))
    return sorted(found, key=lambda about: (-about.share, about.clause.id, about.start))


def clauses_about(topic: str, *, library: Library, scope: Sequence[str]) -> list[tuple[Clause, float]]:
    """The clauses of the scope one sentence of which, whose lead, or a heading above which has a topic's words, each with
    the share of them, the nearest first. What a heading names, all clauses under it are about."""
    best: dict[str, tuple[Clause, float]] = {}
    for about in sentences_about(topic, library=library, scope=scope):
        best.setdefault(about.clause.id, (about.clause, about.share))
    if len(bare(topic)) >= SHORTEST:
        for document in scope:
            for clause in library.of[document].clauses:
                share = max(share_of(topic, plain(name)) for name in (clause.lead or "", clause.heading or ""))
                for leaf in library.leaves(clause) if share >= NEAR else ():
                    if leaf.id not in best or best[leaf.id][1] < share:
                        best[leaf.id] = (leaf, share)
    return sorted(best.values(), key=lambda each: (-each[1], each[0].document, each[0].order))
