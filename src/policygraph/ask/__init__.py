"""Ask: a question in Chinese or English goes in, an answer made of records comes out, with what was understood of it.

Every record of an answer is one of the release. What was not understood is said, and never dropped.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from policygraph.align.library import Library
from policygraph.ask.answers import Answer, answer
from policygraph.ask.paired import Pairing
from policygraph.ask.plan import Plan
from policygraph.ask.reading import understand
from policygraph.ask.records import Texts

__all__ = ["Answer", "Library", "Plan", "ask", "understand"]


def ask(
    question: str, library: Library, *, without: Collection[str] = (), after: str | None = None, texts: Texts | None = None,
    pair: Pairing | None = None,
) -> Answer:  # fmt: skip
    """The answer to a question, or what was not understood about it; never a guess.

    `without` takes back what was understood: names of fields (`agency`, `date`, `items`) and ids of documents. `after` is
    the question before: what it stated holds on where this one states nothing of the kind (那重庆呢？). `texts` gives a
    document's stored source text, for places to the character where a line was cleaned, `pair` the links of two documents that the build did not align.

    >>> from policygraph.align.library import build_library
    >>> from policygraph.model import Links
    >>> ask("今天天气如何？", build_library((), Links())).message
    '没有理解这个问题，可以改用检索。'
    """
    before = understand(after, library)[-1] if after else None
    plans = understand(question, library, without=without, after=before)
    return answer(plans, library, texts=cache(texts) if texts else None, pair=pair)
