"""The texts held, as what quotations are looked for in: exactly, and nearest to what was written."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import cycle

from policygraph.align.library import Library
from policygraph.model import Clause
from policygraph.read import fold, reading
from policygraph.verify.claims import Change, Place

#: Characters of a seed that a passage must share with a quotation to be looked at.
_SEED = 4
#: Seeds that are tried of one quotation: those of a long one tell no more.
_SEEDS = 120
#: Passages that are compared with a quotation character by character: more of them only take time.
_COMPARED = 6
#: A run that two texts share by chance is shorter.
_RUN = 2
_SAME = str.maketrans("‘’『』", "“”“”")


def plain(text: str) -> str:
    """A text as quotations are compared: width, script and marks of quotation made one, in as many characters; straight
    marks open and close in turn.

    >>> plain('"十四五"规划、『方案』')
    '“十四五”规划、“方案”'
    """
    folded = fold(text).translate(_SAME)
    if '"' not in folded:
        return folded
    marks = cycle("“”")
    return re.sub('"', lambda _: next(marks), folded)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document's joined clauses, and the share of a quotation's characters that stand in it in order."""

    document: str
    start: int
    end: int
    share: float


class _Held:
    """One document: its clauses joined as one text, without what stands between them."""

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self.clauses = [clause for clause in clauses if clause.kind != "contents"]
        self.starts, parts, at = [], [], 0
        for clause in self.clauses:
            self.starts.append(at)
            parts.append(plain(clause.text))
            at += len(clause.text)
        self.text = "".join(parts)
        self.written = "".join(clause.text for clause in self.clauses)

    def clause_at(self, position: int) -> int:
        return bisect.bisect_right(self.starts, position) - 1


class HeldTexts:
    """All documents of a release, joined when first looked at."""

    def __init__(self, library: Library, *, source: Callable[[str], str]) -> None:
        self.library, self.source = library, source
        self._held: dict[str, _Held] = {}

    @cached_property
    def documents(self) -> tuple[str, ...]:
        return tuple(self.library.documents)

    def of(self, document: str) -> _Held:
        if document not in self._held:
            self._held[document] = _Held(sorted(self.library.of[document].clauses, key=lambda clause: clause.order))
        return self._held[document]

    def find(self, quotation: str, documents: Iterable[str]) -> Passage | None:
        """Where the words stand as they are, `quotation` as `plain` gives it."""
        for document in documents:
            at = self.of(document).text.find(quotation)
            if at >= 0:
                return Passage(document, at, at + len(quotation), 1.0)
        return None

    def nearest(self, quotation: str, documents: Iterable[str]) -> Passage | None:
        """The passage that shares most with the quotation, None where nothing shares a run with it."""
        step = max(1, (len(quotation) - _SEED) // _SEEDS)
        seeds = [(at, quotation[at : at + _SEED]) for at in range(0, len(quotation) - _SEED + 1, step)]
        votes: dict[tuple[str, int], int] = {}
        width = len(quotation) // 2 + 4
        for document in documents:
            text = self.of(document).text
            for at, seed in seeds:
                found = text.find(seed)
                while found >= 0:
                    key = (document, (found - at) // width)
                    votes[key] = votes.get(key, 0) + 1
                    found = text.find(seed, found + 1)
        best = sorted(votes, key=lambda key: (-votes[key] - votes.get((key[0], key[1] + 1), 0), key))[:_COMPARED]
        passages = [self._passage(quotation, document, at * width) for document, at in best]
        return max((each for each in passages if each), key=lambda each: each.share, default=None)

    def _passage(self, quotation: str, document: str, near: int) -> Passage | None:
        text = self.of(document).text
        low, high = max(0, near - len(quotation) // 3 - 8), near + 2 * len(quotation) + 16
        window = text[low:high]
        blocks = [b for b in SequenceMatcher(None, quotation, window, autojunk=False).get_matching_blocks() if b.size >= _RUN]
        if not blocks:
            return None
        first, last = blocks[0], blocks[-1]
        start = max(0, first.b - first.a)
        end = min(len(window), last.b + last.size + len(quotation) - last.a - last.size)
        for stop in "。；！？":  # what was changed at an edge lies within its sentence
            cut = window.find(stop, last.b + last.size, end)
            end = cut if cut >= 0 else end
            begun = window.rfind(stop, start, first.b)
            start = begun + 1 if begun >= 0 else start
        return Passage(document, low + start, low + end, sum(b.size for b in blocks) / len(quotation))

    def written(self, passage: Passage) -> str:
        """The passage as the document writes it."""
        return self.of(passage.document).written[passage.start : passage.end]

    def clauses(self, passage: Passage) -> list[Clause]:
        """The clauses that a passage lies in."""
        held = self.of(passage.document)
        return held.clauses[held.clause_at(passage.start) : held.clause_at(passage.end - 1) + 1]

    def place(self, passage: Passage) -> Place:
        """Where a passage stands in the stored text of its document."""
        held = self.of(passage.document)
        clauses = self.clauses(passage)
        first = held.clause_at(passage.start)
        start = self._offset(clauses[0], passage.start - held.starts[first])
        last = first + len(clauses) - 1
        end = self._offset(clauses[-1], passage.end - 1 - held.starts[last]) + 1
        clause = clauses[0]
        return Place(document=passage.document, clause=clause.id, citation=self.library.label(clause), start=start, end=end)

    def _offset(self, clause: Clause, position: int) -> int:
        at = reading(self.source(clause.document), clause.start, clause.end).at
        return at[position] if position < len(at) else clause.start


_TOKEN = re.compile(r"\d+(?:\.\d+)?|.", re.DOTALL)


def changes_between(claimed: str, source: str) -> tuple[Change, ...]:
    """Where two texts differ, numbers as wholes; what stands between two changes and is one character counts as changed.

    >>> changes_between("达到80%", "达到85%以上")
    (Change(claimed='80%', source='85%以上'),)
    """
    ours, theirs = _TOKEN.findall(claimed), _TOKEN.findall(source)
    found: list[list[int]] = []
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if found and a - found[-1][1] <= 1:
            found[-1][1], found[-1][3] = b, d
        else:
            found.append([a, b, c, d])
    return tuple(Change(claimed="".join(ours[a:b]), source="".join(theirs[c:d])) for a, b, c, d in found)
