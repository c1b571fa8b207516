"""Ask: a question in Chinese or English goes in, an answer made of records comes out, with what was understood of it.

Every record of an answer is one of the release. What was not understood is said, and never dropped.
"""

from __future__ import annotations

from collections.abc import Collection

from policygraph.align.library import Library
from policygraph.ask.answers import Answer, answer
from policygraph.ask.grammar import understand

__all__ = ["Answer", "Library", "ask"]


def ask(question: str, library: Library, *, without: Collection[str] = ()) -> Answer:
    """The answer to a question, or what was not understood about it; never a guess.

    `without` takes back what was understood: names of fields (`agency`, `date`, `items`) and ids of documents.

    >>> from policygraph.model import Links
    >>> ask("今天天气如何？", Library((), Links())).message
    '没有理解这个问题，可以改用检索。'
    """
    return answer(understand(question, library, without=without), library)
