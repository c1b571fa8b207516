"""Texts as search sees them: folded and lower case, cut into grams for matching and into sentences for evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policygraph.read.source import fold

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}]+|[a-z0-9]+(?:[.\-][a-z0-9]+)*")
_HAN_RUN = re.compile(rf"[{_HAN}]")
_END = re.compile(r"[。！？；!?;\n]+[”’）)]*")
_ASIDE = re.compile(r"\s*[（(][^（）()]*[）)][。\s]*")
_CLOSED = re.compile(r"（[^（）]{0,200}）|\([^()]{0,200}\)")

#: A sentence longer than this is encoded in parts cut at commas.
_LONGEST_SENTENCE = 120
#: Less is a number or a stump (一是，) whose vector says nothing.
_SHORTEST_SENTENCE = 6


def plain(text: str) -> str:
    """Width and case made one, character for character.

    >>> plain("ＶＯＣｓ，PM2.5")
    'vocs，pm2.5'
    """
    folded = fold(text)
    lower = folded.lower()
    return lower if len(lower) == len(folded) else "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)


def is_chinese(text: str) -> bool:
    """Whether the text has a Chinese character at all."""
    return _HAN_RUN.search(text) is not None


def grams(text: str) -> list[str]:
    """What is matched: single characters and pairs of neighbours in runs of Chinese, whole words and numbers in Latin.

    >>> grams("岸电2025年")
    ['岸', '电', '岸电', '2025', '年']
    """
    out: list[str] = []
    for match in _RUN.finditer(plain(text)):
        run = match.group()
        if _HAN_RUN.match(run):
            out += run
            out += [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            out.append(run)
    return out


def sentences(text: str) -> list[tuple[int, int]]:
    """Stretches of `text` that are compared with a query by themselves: sentences, the long ones in parts cut at
    commas. Together they cover the text, but for parts too short to mean anything and notes in brackets."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for end in _ends(text):
        bounds += _parts(text, start, end)
        start = end
    kept = [(a, b) for a, b in bounds if b - a >= _SHORTEST_SENTENCE and not _ASIDE.fullmatch(text, a, b)]
    return kept or ([(0, len(text))] if text else [])


def _ends(text: str) -> Iterator[int]:
    closed = [match.span() for match in _CLOSED.finditer(text)]
    last = 0
    for match in _END.finditer(text):
        if not any(a < match.start() < b for a, b in closed):
            last = match.end()
            yield last
    if last < len(text):
        yield len(text)


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    while end - start > _LONGEST_SENTENCE:
        cut = text.rfind("，", start + _SHORTEST_SENTENCE, start + _LONGEST_SENTENCE) + 1
        if not cut:
            break
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]


class Names:
    """Names to be found in texts: each stretch of a text is looked up, so that it does not matter how many there are.

    >>> list(Names(["农膜回收率", "回收率"]).within("四川的农膜回收率"))
    [(3, 8, '农膜回收率'), (5, 8, '回收率')]
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {plain(name): name for name in names}
        lengths: dict[str, set[int]] = {}
        for name in self._names:
            lengths.setdefault(name[:1], set()).add(len(name))
        self._lengths = {first: sorted(of, reverse=True) for first, of in lengths.items()}

    def within(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where names stand in a text that is made plain, and which; at one place the longer ones first."""
        for start in range(len(text)):
            for length in self._lengths.get(text[start], ()):
                name = self._names.get(text[start : start + length]) if start + length <= len(text) else None
                if name is not None:
                    yield start, start + length, name
