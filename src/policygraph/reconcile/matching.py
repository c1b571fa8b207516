"""Names to identifiers: the very name, a name's other forms, else the nearest names with how near they are.

A candidate is called a match only where one thing alone bears the very name. A body's name is its own only with its place
(市生态环境局 is every city's, 四川省水利厅 and 生态环境部 are one body's), and a number that is not held has no near ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, cached_property
from typing import Literal

from policygraph.align.library import Library
from policygraph.errors import UsageError
from policygraph.extract import resolve_indicator
from policygraph.extract.indicators import indicators
from policygraph.read import fold
from policygraph.verify import NUMBER, Naming, normal_number
from policygraph.vocabulary.agencies import agency, resolve_agency
from policygraph.vocabulary.regions import NATION, regions, regions_in

Kind = Literal["agency", "region", "indicator", "document"]
TYPES: Mapping[str, str] = {"agency": "责任单位 Agency", "region": "地区 Region", "indicator": "指标 Indicator", "document": "文件 Document"}
#: What narrows a query down beside its name.
PROPERTIES: Mapping[str, str] = {"region": "地区 Region (name or GB/T 2260 code)"}
#: What can be asked of a thing that was found, and of which kinds.
EXTENSIONS: Mapping[str, tuple[str, frozenset[Kind]]] = {
    "region": ("地区 Region", frozenset({"document", "agency"})),
    "number": ("文号 Number", frozenset({"document"})),
    "date": ("成文日期 Date", frozenset({"document"})),
    "issuer": ("发文机关 Issuer", frozenset({"document"})),
    "url": ("网址 Address", frozenset({"document"})),
    "english": ("英文名 English", frozenset({"agency", "region", "indicator"})),
    "code": ("代码 GB/T 2260", frozenset({"region"})),
}
#: The likeness from which a name is offered at all; below it names share a word by chance.
_NEAR = 0.6
#: The longest name that is compared with those that are near it: what is longer is a text.
_LONGEST = 300
#: The most names that are compared character by character, those that share most characters: the rest is no nearer.
_COMPARED = 400
#: What a document's IRI has in place of its kind.
_DOCUMENT = "doc"
_MARKS = re.compile(r"[\s《》“”\"'·（）()、,，\u200b\u200e\ufeff]")
#: What a table of files has behind a title.
_SUFFIX = re.compile(r"\.(?:docx?|wps|pdf|ofd|txt|md|html?|xlsx?)$", re.IGNORECASE)
#: Regions that a name is read from: one that means the same body from all of them says itself whose it is.
_FROM = (NATION, "510000", "440100")


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
        for name, _, body in self.library.columns.named_bodies:
            if body:
                written.setdefault(body, set()).add(name)
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
        name = _SUFFIX.sub("", re.sub(r"[\u200b\u200e\ufeff]", "", name).strip())
        wanted = [
            thing for thing in self.things.values()
            if (not kinds or thing.kind in kinds) and (code is None or thing.kind in ("region", "indicator") or thing.region == code)
        ]  # fmt: skip
        allowed = {thing.id for thing in wanted}
        exact = [identifier for identifier in self._exact(name, region=code) if identifier in allowed]
        sure = len(exact) == 1 and self._tells(name, self.things[exact[0]], region=code)
        found = [_candidate(self.things[identifier], 1.0, match=sure) for identifier in exact]
        if len(found) < limit and not NUMBER.fullmatch(_number(name)):
            found += self._near(name, (thing for thing in wanted if thing.id not in exact))
        return found[:limit]

    def _exact(self, name: str, *, region: str | None) -> list[str]:
        plain = _plain(name)
        found = list(self._by_name.get(plain, ()))
        number = NUMBER.fullmatch(_number(name))
        document = self.naming.number(number)[0] if number else None
        found += [f"{_DOCUMENT}/{each}" for each in ([document] if document else self.naming.title(name.strip().strip("《》")))]
        resolved = resolve_agency(name, region) if region else _of_itself(name)
        found += [f"agency/{resolved}"] if resolved else []
        found += [f"indicator/{each}" for each in [resolve_indicator(name)] if each]
        return [each for each in dict.fromkeys(found) if each in self.things]

    @staticmethod
    def _tells(name: str, thing: _Thing, *, region: str | None) -> bool:
        """Whether the name says of itself, or with the region asked for, whose body it is. Other things are told by name."""
        own = _plain(name) in {_plain(each) for each in (thing.id, thing.id.partition("/")[2], thing.name, thing.description.partition("，")[2])}
        return thing.kind != "agency" or region is not None or own or f"agency/{_of_itself(name)}" == thing.id

    def thing(self, identifier: str) -> Candidate | None:
        """The thing of an identifier, None where it is not held."""
        found = self.things.get(identifier)
        return _candidate(found, 1.0, match=True) if found else None

    def values(self, identifier: str, prop: str) -> list[str | Candidate]:
        """What a thing has of a property of `EXTENSIONS`: text, or the region as a thing. Empty where it has none or is not held."""
        if prop not in EXTENSIONS:
            raise UsageError(f"{prop!r} is no property.", remedy=f"Properties: {', '.join(EXTENSIONS)}.")
        thing = self.things.get(identifier)
        if thing is None or thing.kind not in EXTENSIONS[prop][1]:
            return []
        own = identifier.partition("/")[2]
        if prop == "region":
            place = self.things.get(f"region/{thing.region}")
            return [_candidate(place, 1.0, match=True)] if place else []
        if prop == "code":
            return [own]
        if prop == "english":
            if thing.kind == "region":
                return list(regions()[own].english)
            return [agency(own).english if thing.kind == "agency" else indicators()[own].en]
        document = self.library.documents[own]
        if prop == "issuer":
            return list(document.issuers)
        value = {"number": document.number, "date": document.date, "url": document.url}[prop]
        return [value] if value else []

    def _near(self, name: str, things: Iterable[_Thing]) -> list[Candidate]:
        plain = _plain(name)
        if not plain or len(plain) > _LONGEST:
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
        yield _thing("region", code, region.name, code, code, [code, region.name, region.short, *region.marks, *region.english])


def _indicators() -> Iterator[_Thing]:
    for identifier, indicator in indicators().items():
        yield _thing("indicator", identifier, indicator.zh, indicator.en, None, [identifier, indicator.zh, indicator.en, *indicator.alternatives])


def _of_itself(name: str) -> str | None:
    """The body that a name means wherever it is read: with its place (四川省水利厅), the character of its place (川发改委), or
    of the nation (国家发改委, 生态环境部)."""
    found = {resolve_agency(name, code) for code in _FROM}
    if len(found) == 1 and None not in found:
        return found.pop()
    province = _by_mark().get(name[:1])
    return resolve_agency(name[1:], province) if province and not regions_in(name) else None


@cache
def _by_mark() -> dict[str, str]:
    """Provinces by the character of their document numbers (川)."""
    return {mark: code for code, region in regions().items() if code != NATION and code.endswith("0000") for mark in region.marks}


def _number(name: str) -> str:
    return normal_number(fold(name))


def _plain(name: str) -> str:
    return _MARKS.sub("", fold(name)).lower()


def _code(region: str) -> str:
    if region.isdigit():
        return region
    named = regions_in(region)
    if not named:
        raise UsageError(f"{region!r} is no region.", remedy="Name it (四川, 成都市) or give its GB/T 2260 code (510000).")
    return named[0][2]

