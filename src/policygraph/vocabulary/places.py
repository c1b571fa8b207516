"""Named places in a stretch of policy text: cities, rivers, lakes, basins, mountains, as they are written."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable
from functools import cache, lru_cache

from policygraph.program import VOCABULARY

# What is written on to a name and belongs to it.
_ON_TO_NAME = (
    r"(?:市|州|区|县|盆地|平原|新区|地区)?"
    r"(?:重点生态区|生态经济带|经济带|国家公园|干支流|干流|干线|支流|流域|水域|上游|中下游|中游|下游|库区|水库|湿地|(?:四川|重庆|湖北|[一-龥]{2})段)?"
)
# The class that ends a name written out; the class alone (各市, 重点区) is no name.
_CLASS = re.compile(r"自治州|自治县|水库|[市县湖江河海山岛湾淀]")
_CLASS_LAST = re.compile("[州县库市湖江河海山岛湾淀]")
_EDGE = frozenset("、，。；：※（）“”《》和与及在对至到以从向省市州由于是—－- ")
_NO_NAME = frozenset("各有该本全省市县区州个两三多主干支大小重江河湖海山岛湾库城乡沿流水内外上下近远入出引调用排污治管美丽黑臭无超特级地的和与及、在对以其他")
_PROVINCES = re.compile(
    r"(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆)[省市]?$"
)


def _tree(names: Iterable[str]) -> str:
    """A pattern that matches the longest of the names, shared beginnings written once."""
    branches: dict[str, list[str]] = {}
    ends = False
    for name in names:
        if name:
            branches.setdefault(name[0], []).append(name[1:])
        else:
            ends = True
    if not branches:
        return ""
    body = "|".join(re.escape(first) + _tree(rest) for first, rest in sorted(branches.items()))
    return f"(?:{body})?" if ends else f"(?:{body})"


@cache
def gazetteer() -> frozenset[str]:
    """The names of `places.txt`."""
    path = VOCABULARY / "places.txt"
    lines = path.read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_tree(sorted(gazetteer())) + _ON_TO_NAME)


@cache
def _heads() -> tuple[re.Pattern[str], frozenset[str]]:
    """A pattern for what may be the first two characters of a name, and those that are."""
    heads = frozenset(name[:2] for name in gazetteer())
    first, second = ("".join(sorted({head[i] for head in heads})) for i in (0, 1))
    return re.compile(f"[{first}](?=[{second}])"), heads


@lru_cache(maxsize=1)
def _may_stand(text: str) -> tuple[list[int], list[int]]:
    """Where a name of the gazetteer may begin, and where the class of one may end: the tasks of a provision ask for
    places in one text, and most of them have none."""
    first, heads = _heads()
    begins = [m.start() for m in first.finditer(text) if text[m.start() : m.start() + 2] in heads]
    return begins, [m.start() for m in _CLASS_LAST.finditer(text)]


def _any_between(offsets: list[int], start: int, stop: int) -> bool:
    at = bisect.bisect_left(offsets, start)
    return at < len(offsets) and offsets[at] < stop


@lru_cache(maxsize=4096)
def _is_name(word: str) -> bool:
    """Whether the general dictionary knows the word as a place."""
    if len(word) < 3 or word[0] in _NO_NAME or _PROVINCES.match(word):
        return False
    import rjieba

    tagged = rjieba.tag(word)
    return len(tagged) == 1 and tagged[0][1] == "ns"


def find_places(text: str, start: int = 0, end: int | None = None) -> tuple[str, ...]:
    """The named places in `text[start:end]`, each once, in the order they are written. Provinces are left out.

    >>> find_places("加快推进成都、泸州、南充等城市应急备用水源地建设")
    ('成都', '泸州', '南充')
    >>> find_places("在岷江、沱江流域和宜宾市长江干流开展试点")
    ('岷江', '沱江流域', '宜宾市', '长江干流')
    """
    stop = len(text) if end is None else end
    begins, classes = _may_stand(text)
    found: list[tuple[int, str]] = []
    taken: list[tuple[int, int]] = []
    for match in _pattern().finditer(text, start, stop) if _any_between(begins, start, stop) else ():
        word = match.group()
        if text.startswith(("保护法", "保护修复攻坚"), match.end()) or _inside_word(text, match.start(), match.end()):
            continue
        found.append((match.start(), word))
        taken.append(match.span())
    for match in _CLASS.finditer(text, start, stop) if _any_between(classes, start, stop) else ():
        if taken and any(a < match.end() and match.start() < b for a, b in taken):
            continue
        for first in range(match.start() - 1, max(match.start() - 5, start - 1), -1):
            if (first == start or text[first - 1] in _EDGE) and _is_name(text[first : match.end()]):
                found.append((first, text[first : match.end()]))
                break
            if text[first] in _EDGE:
                break
    return tuple(dict.fromkeys(word for _, word in sorted(found)))


# Words that hold a place name and name no place: 长江保护法 keeps the river as its matter, but these do not.
_NOT_PLACES = re.compile(r"大理石|白银产|黄山石|安康工程|东海岸线|南海|普洱茶|文山会海|中山装|长治久安|天津|境内江|[市省区域县]内江|鞍山式|南通道|东南通")


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether the name is a piece of a longer word that is none (长治久安)."""
    window = text[max(start - 2, 0) : end + 3]
    return any(m.start() <= start - max(start - 2, 0) < m.end() and m.group() != "南海" for m in _NOT_PLACES.finditer(window))
