"""Where sentences end, what opens a directive, and lead sentences: the short sentence that opens a led paragraph and
names it (深化黑臭水体治理。…)."""

from __future__ import annotations

import re
from functools import cache

from policygraph.program import VOCABULARY

_TERMINAL = "。！？；："
CLOSING = "）〕】”’》"

#: The longest names of led paragraphs in plans of five provinces have 31 characters; an order soon has more.
_LONGEST_LEAD = 36


def sentence_end(folded: str, start: int = 0) -> int:
    """The position after the first full stop outside brackets and quotation marks, -1 when there is none."""
    depth = 0
    for i in range(start, len(folded)):
        char = folded[i]
        if char in "（〔《“":
            depth += 1
        elif char in "）〕》”":
            depth = max(depth - 1, 0)
        elif char == "。" and depth == 0:
            return i + 1
    return -1


def reads_as_name(sentence: str) -> bool:
    """Whether a first sentence names what follows, rather than ordering something itself: at most two members, no
    quantities, dates or semicolons."""
    plain = re.sub(r"（[^）]*）", "", sentence)
    return plain.count("，") <= 1 and not re.search(r"，严禁|，不得|，禁止|[；：]|\d+(?:\.\d+)?(?:%|个|万|亿|座|公里)|\d{4}年|[一二三四五六七八九十两]是", plain)


def lead_end(folded: str) -> int:
    """The end of the short lead sentence of a paragraph (with its full stop), 0 when the paragraph has none."""
    end = sentence_end(folded)
    if end <= 4 or end >= len(folded) or end - 1 > _LONGEST_LEAD:
        return 0
    sentence = folded[: end - 1]
    if not reads_as_name(sentence) or folded[0] in "到“（" and re.match(r"到\d", folded):
        return 0
    return end if len(folded) - end >= 8 else 0


def ends_sentence(folded: str) -> bool:
    """Whether a text ends where a sentence does: 。！？；： with closing brackets and quotation marks after it."""
    stripped = folded.rstrip(CLOSING)
    return bool(stripped) and stripped[-1] in _TERMINAL


@cache
def opening_verbs() -> tuple[str, ...]:
    """Verbs and adverbs that open a directive."""
    folder = VOCABULARY
    words = []
    for name in ("verbs.tsv", "adverbs.tsv"):
        for line in (folder / name).read_text("utf-8").splitlines():
            word = line.split("\t")[0]
            if len(word) >= 2 and not word.startswith("#"):
                words.append(word)
    return tuple(words)
