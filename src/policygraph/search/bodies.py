"""Public bodies and their roles in the words of a query, as the clauses of an index name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policygraph.vocabulary.named import bodies_named

if TYPE_CHECKING:
    from policygraph.search.index import ClauseIndex

_NATION = "000000"
_ENGLISH_KINDS = {"ministry": "national", "department": "regional", "bureau": "regional"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body that a query asks for, by any of `names` as the clauses write it, in a role or in any. `roles` are the
    recorded roles that are meant: who asks for those responsible means leads too. A body that is named only loosely
    (环保局) and in no role is no reason to leave other clauses out: `filters` is False."""

    words: str
    names: tuple[str, ...]
    role: str | None = None
    roles: tuple[str, ...] = ()
    filters: bool = True


@dataclass(frozen=True, slots=True)
class Mention:
    """A body named at a place of a query. No `names`: the index holds no clause of such a body."""

    start: int
    end: int
    names: tuple[str, ...]


def mentions(text: str, index: ClauseIndex) -> list[Mention]:
    """The bodies named in a query, in its order. 水利部 is the nation's, 水利厅 a province's, 水利部门 is any."""
    found: list[Mention] = []
    for start, end, names in sorted(_candidates(text, index), key=lambda c: (c[0] - c[1], c[0])):
        if not any(other.start < end and start < other.end for other in found):
            found.append(Mention(start, end, names))
    return sorted(found, key=lambda mention: mention.start)


def _candidates(text: str, index: ClauseIndex) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    of = index.of_function
    for start, end, name in index.agency_names.within(text):
        slug = index.agencies.get(name, "").partition("/")[2]
        yield start, end, _meant(name, of.get(slug, (name,)), index)
    for body in bodies_named(text):
        named = of.get(body.function, ())
        meant = _at_level(_ENGLISH_KINDS.get(body.kind), named, index) if body.kind else _meant(text[body.start : body.end], named, index)
        yield body.start, body.end, meant


def _meant(words: str, named: tuple[str, ...], index: ClauseIndex) -> tuple[str, ...]:
    """Of the names of one function those that the words mean: the same name, else one of the same level."""
    if words.endswith("部") or words.startswith(("国家", "中国")):
        return _at_level("national", named, index)
    if words.endswith("厅"):
        return _at_level("regional", named, index)
    ending = re.sub(r"^[省市]", "", words)
    return tuple(name for name in named if name.endswith(ending)) or named


def _at_level(level: str | None, named: tuple[str, ...], index: ClauseIndex) -> tuple[str, ...]:
    if level is None:
        return named
    return tuple(name for name in named if (index.agencies[name].startswith(_NATION)) == (level == "national"))


def bodies(text: str, index: ClauseIndex, roles: Mapping[str, str], stands_for: Mapping[str, Sequence[str]]) -> list[tuple[Body, Mention]]:
    """The bodies that a query asks for, each in the role named after it (由水利部和生态环境部牵头: both), or before it
    in English. `roles` are the words of each role, `stands_for` the recorded roles that each means."""
    named = mentions(text, index)
    found: list[tuple[Body, Mention]] = []
    following: str | None = None
    edges = [*(mention.start for mention in named), len(text)][1:]
    for mention, edge in reversed(list(zip(named, edges, strict=True))):
        following = _role(text[mention.end : edge], roles) or following
        role = following or _role(text[: named[0].start], roles)
        meant = tuple(stands_for.get(role, (role,))) if role else ()
        words = text[mention.start : mention.end]
        filters = role is not None or words in index.agencies
        found.append((Body(words=words, names=mention.names, role=role, roles=meant, filters=filters), mention))
    return found[::-1]


def _role(text: str, roles: Mapping[str, str]) -> str | None:
    places = ((match.start(), role) for role, pattern in roles.items() if (match := re.search(pattern, text)))
    return min(places, default=(0, None))[1]
