"""The gazetteer of areas: regions, clusters of cities, basins, rivers and lakes, and which province lies in which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from policygraph.program import VOCABULARY
from policygraph.vocabulary.regions import NATION, regions_in

AreaKind = Literal["region", "cluster", "basin", "river", "lake", "sea", "land", "level"]
_FILE = VOCABULARY / "areas.tsv"
_OPEN = re.compile(r"除|以外|之外|其他|其它|其余")


@dataclass(frozen=True, slots=True)
class Area:
    """An area by its names, the usual one first; `provinces` are the first two digits of their codes, none where what
    is said of it is addressed to no local government."""

    names: tuple[str, ...]
    kind: AreaKind
    provinces: frozenset[str]


@cache
def areas() -> tuple[Area, ...]:
    """All areas of the gazetteer."""
    found = []
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith(("#", "names")) or not line.strip():
            continue
        names, kind, provinces = line.split("\t")
        known = next(each for each in get_args(AreaKind) if each == kind)
        found.append(Area(tuple(names.split("/")), known, frozenset(provinces.replace("-", "").split())))
    return tuple(found)


@cache
def _by_name() -> tuple[re.Pattern[str], dict[str, Area]]:
    named = {name: area for area in areas() for name in area.names}
    return re.compile("|".join(map(re.escape, sorted(named, key=len, reverse=True)))), named


def areas_in(text: str) -> list[tuple[int, int, Area]]:
    """The areas named in a text: start, end and area, longest names first where they overlap.

    >>> [area.names[0] for _, _, area in areas_in("京津冀及周边地区、长三角地区煤炭消费量")]
    ['京津冀及周边', '长江三角洲']
    """
    pattern, named = _by_name()
    return [(match.start(), match.end(), named[match.group()]) for match in pattern.finditer(text)]


def provinces_in(name: str) -> tuple[str, ...]:
    """The codes of the provinces that an area holds (川渝); none where the name is not known.

    >>> provinces_in("川渝")
    ('500000', '510000')
    """
    area = _by_name()[1].get(name)
    return tuple(f"{branch}0000" for branch in sorted(area.provinces)) if area else ()


def excludes(text: str, region: str) -> bool:
    """Whether the areas and divisions that a text names leave a region out. A text that names none leaves none out.

    >>> excludes("长江三角洲区域", "510000"), excludes("长江经济带", "510000"), excludes("地级及以上城市", "510000")
    (True, False, False)
    >>> excludes("成都市", "510000"), excludes("成都市", "500000"), excludes("中央国家机关庭院", "520000")
    (False, True, True)
    """
    if region == NATION or _OPEN.search(text):
        return False
    named = areas_in(text)
    inside = any(region[:2] in area.provinces for _, _, area in named)
    rest = text
    for start, end, _ in named:
        rest = rest[:start] + "，" * (end - start) + rest[end:]
    divisions = regions_in(rest)
    own = branch(region)
    inside = inside or any(branch(code).startswith(own) or own.startswith(branch(code)) for _, _, code in divisions)
    return bool(named or divisions) and not inside


def branch(code: str) -> str:
    """What all codes within a region begin with: 50 for 500000, nothing for the nation."""
    return re.sub("(?:00)+$", "", code)
