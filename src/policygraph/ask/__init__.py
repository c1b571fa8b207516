"""Ask: a question in Chinese or English goes in, an answer made of records comes out, with what was understood of it.

Every record of an answer is one of the release. What was not understood is said, and never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import TYPE_CHECKING

from policygraph.align.library import Library
from policygraph.ask.answers import Answer, answer
from policygraph.ask.paired import Pairing
from policygraph.ask.plan import Plan
from policygraph.ask.reading import understand
from policygraph.ask.records import Texts
from policygraph.errors import UsageError

if TYPE_CHECKING:
    from policygraph.align.reader import Reader

__all__ = ["Answer", "Library", "Plan", "ask", "understand"]


def ask(
    question: str, library: Library, *, without: Collection[str] = (), after: str | None = None, texts: Texts | None = None,
    pair: Pairing | None = None, reader: Callable[[], Reader | None] | None = None,
) -> Answer:  # fmt: skip
    """The answer to a question, or what was not understood about it; never a guess.

    `without` takes back what was understood: names of fields (`agency`, `date`, `items`) and ids of documents. `after` is
    the question before: what it stated holds on where this one states nothing of the kind (那重庆呢？). `texts` gives a
    document's stored source text, for places to the character where a line was cleaned, `pair` the links of two documents that the build did not align.
    What `reader` gives, asked for then only, may propose what is asked where that was not understood; the answer then says so.

    >>> from policygraph.align.library import build_library
    >>> from policygraph.model import Links
    >>> ask("今天天气如何？", build_library((), Links())).message
    '没有理解这个问题，可以改用检索。'
    """
    before = understand(after, library)[-1] if after else None
    plans = understand(question, library, without=without, after=before)
    kept = cache(texts) if texts else None
    found = answer(plans, library, texts=kept, pair=pair)
    if found.answered or reader is None or without or after:
        return found
    from policygraph.ask.proposed import propose  # with what it takes to send it, which others do without

    try:
        proposing = reader()
    except UsageError:
        return found  # an endpoint that is not there is never needed
    return (proposing and propose(question, plans, library, reader=proposing, texts=kept, pair=pair)) or found
