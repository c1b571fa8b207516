"""Documents named in the words of a query: by their number, their title, what people call them, or their id."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policygraph.search.index import ClauseIndex

_TITLE = re.compile(r"《([^》]{2,60})》")
#: 环水体〔2022〕55号, in any of the brackets that people type
_NUMBER = re.compile(r"(?P<mark>[\u4e00-\u9fff]{1,12})\s*[〔\[（(【［]\s*(?P<year>(?:19|20)\d\d)\s*[〕\]）)】］]\s*(?:第\s*)?(?P<number>\d{1,4})\s*号")


def documents_named(text: str, index: ClauseIndex) -> Iterator[tuple[int, int, tuple[str, ...], bool]]:
    """Where documents are named, which, and whether they are marked as such: by their number, in title marks, by their id."""
    for match in _NUMBER.finditer(text):
        number = f"{match['mark']}〔{match['year']}〕{match['number']}号"
        keys = tuple(key for key, value in index.numbers.items() if number.endswith(value))
        if keys:
            yield *match.span(), keys, True
    for match in _TITLE.finditer(text):
        keys = tuple(key for key, title in index.titles.items() if match[1] in title or title in match[1])
        if keys:
            yield *match.span(), keys, True
    for start, end, name in index.ids.within(text):
        if not re.match(r"[a-z0-9]", text[end : end + 1]) and not re.search(r"[a-z0-9]$", text[:start]):
            yield start, end, (name,), True
            break
    for start, end, name in index.short_titles.within(text):
        yield start, end, index.of_short_title[name], False
        break
