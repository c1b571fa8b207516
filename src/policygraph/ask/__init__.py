"""Questions in Chinese or English about documents, items, agencies, indicators and dates, answered with evidence."""

from __future__ import annotations

from policygraph.align.library import Library
from policygraph.ask.answers import Answer, answer
from policygraph.ask.grammar import understand

__all__ = ["Answer", "Library", "ask"]


def ask(question: str, library: Library) -> Answer:
    """The answer to a question, or what was not understood about it; never a guess.

    >>> from policygraph.model import Links
    >>> ask("今天天气如何？", Library((), Links())).message
    '没有理解这个问题，可以改用检索。'
    """
    return answer(understand(question, library), library)
