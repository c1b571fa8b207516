"""Names to identifiers: the very name, a name's other forms, else the nearest names with how near they are.

A candidate is called a match only where one thing alone bears the very name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Literal

from policygraph.align.library import Library
from policygraph.errors import UsageError
from policygraph.extract import resolve_indicator
from policygraph.extract.indicators import indicators
from policygraph.read import fold
from policygraph.verify import NUMBER, Naming, normal_number
from policygraph.vocabulary.agencies import agency, resolve_agency
from policygraph.vocabulary.regions import regions, regions_in

Kind = Literal["agency", "region", "indicator", "document"]
TYPES: Mapping[str, str] = {"agency": "责任单位 Agency", "region": "地区 Region", "indicator": "指标 Indicator", "document": "文件 Document"}
#: What narrows a query down beside its name.
PROPERTIES: Mapping[str, str] = {"region": "地区 Region (name or GB/T 2260 code)"}
#: The likeness from which a name is offered at all; below it names share a word by chance.
_NEAR = 0.6
#: The most names that are compared character by character, those that share most characters: the rest is no nearer.
_COMPARED = 400
#: What a document's IRI has in place of its kind.
_DOCUMENT = "doc"
_MARKS = re.compile(r"[\s《》“”\"'·（）()、,，]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that a name may mean. `id` is its kind and identifier (agency/510000/water-resources), `score` to 100."""

    id: str
    name: str
    kind: Kind
    description: str
    score: float
    match: bool


@dataclass(frozen=True, slots=True)
class _Thing:
    """A thing and its names as they are compared."""

    id: str
    name: str
    kind: Kind
    description: str
    region: str | None
    names: frozenset[str]


class Matcher:
    """The things of a release by their names; make one and keep it."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.naming = Naming(library)

    @cached_property
    def things(self) -> dict[str, _Thing]:
        """All things by id."""
        return {thing.id: thing for thing in (*self._agencies(), *_regions(), *_indicators(), *self._documents())}

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for thing in self.things.values():
            for name in thing.names:
                found.setdefault(name, []).append(thing.id)
        return {name: tuple(ids) for name, ids in found.items()}

    def _agencies(self) -> Iterator[_Thing]:
        written: dict[str, set[str]] = {}
        for role in self.library.columns.roles():
            if role.agency:
                written.setdefault(role.agency, set()).add(role.name)
        for identifier, names in sorted(written.items()):
            own = agency(identifier)
            place = regions()[own.region].short if own.region in regions() else own.region
            yield _thing("agency", identifier, own.name, f"{place}，{own.english}", own.region, [own.name, own.english, *names])

    def _documents(self) -> Iterator[_Thing]:
        for document in self.library.documents.values():
            about = "，".join(filter(None, (document.number, document.date)))
            names = [document.id, document.title, *filter(None, [document.number])]
            yield _thing("document", document.id, document.title, about, document.region, names)

    def find(self, name: str, *, kinds: Sequence[str] = (), limit: int = 10, region: str | None = None) -> list[Candidate]:
        """What a name may mean, the likeliest first: things of these kinds (all if none), of a region if given."""
        for kind in kinds:
            if kind not in TYPES:
                raise UsageError(f"{kind!r} is no type.", remedy=f"Types: {', '.join(TYPES)}.")
        code = _code(region) if region else None
        wanted = [
            thing for thing in self.things.values()
            if (not kinds or thing.kind in kinds) and (code is None or thing.kind in ("region", "indicator") or thing.region == code)
        ]  # fmt: skip
        allowed = {thing.id for thing in wanted}
        exact = [identifier for identifier in self._exact(name, region=code) if identifier in allowed]
        found = [_candidate(self.things[identifier], 1.0, match=len(exact) == 1) for identifier in exact]
        if len(found) < limit:
            found += self._near(name, (thing for thing in wanted if thing.id not in exact))
        return found[:limit]

    def _exact(self, name: str, *, region: str | None) -> list[str]:
        plain = _plain(name)
        found = list(self._by_name.get(plain, ()))
        number = NUMBER.fullmatch(normal_number(fold(name.strip())))
        document = self.naming.number(number)[0] if number else None
        found += [f"{_DOCUMENT}/{each}" for each in ([document] if document else self.naming.title(name.strip().strip("《》")))]
        resolved = resolve_agency(name.strip(), region) if region or regions_in(name) else None
        found += [f"agency/{resolved}"] if resolved else []
        found += [f"indicator/{each}" for each in [resolve_indicator(name)] if each]
        return [each for each in dict.fromkeys(found) if each in self.things]

    def _near(self, name: str, things: Iterable[_Thing]) -> list[Candidate]:
        plain = _plain(name)
        if not plain:
            return []
        shared = sorted(things, key=lambda thing: (-max(len(set(plain) & set(each)) / max(len(plain), len(each), 1) for each in thing.names), thing.id))
        scored = [(max(SequenceMatcher(None, plain, each, autojunk=False).ratio() for each in thing.names), thing) for thing in shared[:_COMPARED]]
        near = sorted((pair for pair in scored if pair[0] >= _NEAR), key=lambda pair: (-pair[0], pair[1].id))
        return [_candidate(thing, min(score, 0.99), match=False) for score, thing in near]

    def begin(self, prefix: str, *, kinds: Sequence[str] = (), limit: int = 10) -> list[Candidate]:
        """Things a name of which begins so, then those that have it within."""
        plain = _plain(prefix)
        ranked = sorted(
            ((not any(name.startswith(plain) for name in thing.names), len(thing.name), thing.id) for thing in self.things.values()
             if plain and (not kinds or thing.kind in kinds) and any(plain in name for name in thing.names)),
        )  # fmt: skip
        return [_candidate(self.things[identifier], 1.0, match=False) for _, _, identifier in ranked[:limit]]


def _thing(kind: Kind, identifier: str, name: str, about: str, region: str | None, names: Iterable[str]) -> _Thing:
    return _Thing(f"{_DOCUMENT if kind == 'document' else kind}/{identifier}", name, kind, about, region, frozenset(filter(None, map(_plain, names))))


def _candidate(thing: _Thing, score: float, *, match: bool) -> Candidate:
    return Candidate(thing.id, thing.name, thing.kind, thing.description, round(100 * score, 1), match)


def _regions() -> Iterator[_Thing]:
    for code, region in regions().items():
        yield _thing("region", code, region.name, code, code, [code, region.name, region.short, *region.english])


def _indicators() -> Iterator[_Thing]:
    for identifier, indicator in indicators().items():
        yield _thing("indicator", identifier, indicator.zh, indicator.en, None, [identifier, indicator.zh, indicator.en, *indicator.alternatives])


def _plain(name: str) -> str:
    return _MARKS.sub("", fold(name)).lower()


def _code(region: str) -> str:
    if region.isdigit():
        return region
    named = regions_in(region)
    if not named:
        raise UsageError(f"{region!r} is no region.", remedy="Name it (四川, 成都市) or give its GB/T 2260 code (510000).")
    return named[0][2]

