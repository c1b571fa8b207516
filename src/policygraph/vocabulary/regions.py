"""Regions by GB/T 2260 code: names in texts to codes, and the region and level that a document speaks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from policygraph.model import Level
from policygraph.program import VOCABULARY

NATION = "000000"
_FILE = VOCABULARY / "regions.tsv"
#: Prefectures that share their short name with a province or a common word are only taken by their full name.
_FULL_NAME_ONLY = {"吉林", "海南", "中山", "朝阳", "通化", "白山", "大理", "中卫", "黄山"}


@dataclass(frozen=True, slots=True)
class Region:
    """A division: `names` starts with the full name; `marks` are the characters of its document numbers (川, 渝)."""

    code: str
    names: tuple[str, ...]
    marks: tuple[str, ...]
    english: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def short(self) -> str:
        return self.names[1] if len(self.names) > 1 else self.names[0]

    @property
    def level(self) -> Level:
        return "national" if self.code == NATION else "provincial" if self.code.endswith("0000") else "municipal" if self.code.endswith("00") else "county"


@cache
def regions() -> dict[str, Region]:
    """Every region by code."""
    found = {}
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith(("#", "code")) or not line.strip():
            continue
        code, name, short, mark, english = (line + "\t\t\t\t").split("\t")[:5]
        found[code] = Region(code, (name, *filter(None, short.split("/"))), tuple(filter(None, mark.split("/"))), tuple(filter(None, english.split("/"))))
    return found


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    codes: dict[str, str] = {}
    for region in regions().values():
        if region.code == NATION:
            continue
        for name in region.names:
            if name in _FULL_NAME_ONLY and region.level == "municipal":
                continue
            codes.setdefault(name, region.code)
    ordered = sorted(codes, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))), codes


def regions_in(text: str) -> list[tuple[int, int, str]]:
    """The regions named in a text: start, end and code, longest names first where they overlap.

    >>> [code for _, _, code in regions_in("四川省和重庆")]
    ['510000', '500000']
    """
    pattern, codes = _pattern()
    return [(m.start(), m.end(), codes[m.group()]) for m in pattern.finditer(text)]


def parent(code: str) -> str | None:
    """The region above: a province for a prefecture, the nation for a province, None for the nation."""
    if code == NATION:
        return None
    return NATION if code.endswith("0000") else code[:2] + "0000" if code.endswith("00") else code[:4] + "00"


_NATIONAL_MARK = re.compile(r"^(?:国|中|环|发改|工信|财|农|水|建|交|教|科|商|林|自然资|人社|卫|市监|应急|司|民|银|税|文旅|体|能源|国资|公)")
#: A county or town that the list of regions does not hold: 青 in 青政发 is then no mark of 青海.
_LOCAL_BODY = re.compile(r"(?!各|省|本|全|城|超|都|自治|直辖)[\u4e00-\u9fff]{2,7}(?<!城)(?:市|县|区|旗)(?=人民政府|委员会|委办|政府|[\u4e00-\u9fff]{2,10}局)")
_NATIONAL_BODY = re.compile(r"^(?:国务院|中共中央|中央|全国|最高人民|国家)|^(?:[\u4e00-\u9fff]{2,10})部$|总局$|^中国人民银行")


def locate_document(
    *, title: str, number: str | None, issuers: Sequence[str], text: str
) -> tuple[str | None, Level | None]:
    """The region a document speaks for and its level: from its issuers, its title, the character of its number
    (川办发 → 四川), and the opening of its text (我省 alone says nothing). None when nothing tells."""
    heads = [found for part in (*issuers, title) if (found := regions_in(part[:16] if part is title else part[:12]))]
    codes = [found[0][2] for found in heads if found[0][0] <= 6]
    if codes:
        deepest = max(codes, key=lambda c: (c[2:4] != "00", codes.count(c)))
        return deepest, regions()[deepest].level
    if any(_LOCAL_BODY.match(name) for name in issuers):
        return None, "county"
    if number:
        for region in regions().values():
            if region.level == "provincial" and any(number.startswith(mark) for mark in region.marks):
                return region.code, region.level
    if any(_NATIONAL_BODY.search(name) for name in issuers) or (number and _NATIONAL_MARK.match(number)):
        return NATION, "national"
    own = regions_in(re.sub(r"《[^》]*》", "", text))
    if own and re.search(r"我省|全省|我市|全市|省委|市委", text):
        counts = {code: sum(1 for *_, c in own if c == code) for *_, code in own}
        best = max(counts, key=lambda c: counts[c])
        return best, regions()[best].level
    if re.search(r"我国|全国|党中央、国务院决策部署", text) and not re.search(r"省委|市委|我省|我市", text):
        return NATION, "national"
    return None, None
