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
_COUNTIES = VOCABULARY / "counties.tsv"
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
    for line in _COUNTIES.read_text("utf-8").splitlines():
        if not line.startswith(("#", "code")) and "\t" in line:
            code, name = line.split("\t")
            found[code] = Region(code, (name,), (), ())
    return found


@cache
def _counties() -> dict[str, tuple[str, ...]]:
    """The codes of each county's name; 朝阳区 and 通州区 are there more than once."""
    found: dict[str, tuple[str, ...]] = {}
    for region in regions().values():
        if region.level == "county":
            found[region.name] = (*found.get(region.name, ()), region.code)
    return found


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    codes: dict[str, str] = {}
    for region in regions().values():
        if region.code == NATION or region.level == "county":
            continue
        for name in region.names:
            if name in _FULL_NAME_ONLY and region.level == "municipal":
                continue
            codes.setdefault(name, region.code)
    ordered = sorted(codes, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))), codes


def regions_in(text: str) -> list[tuple[int, int, str]]:
    """The provinces and prefectures named in a text: start, end and code, longest names first where they overlap.
    Counties are not looked for: their names are too many things.

    >>> [code for _, _, code in regions_in("四川省和重庆")]
    ['510000', '500000']
    """
    pattern, codes = _pattern()
    return [(m.start(), m.end(), codes[m.group()]) for m in pattern.finditer(text)]


def parent(code: str) -> str | None:
    """The region above: a province for a prefecture, the nation for a province, None for the nation."""
    if code == NATION:
        return None
    if code.endswith("0000"):
        return NATION
    prefecture = code[:4] + "00"
    return code[:2] + "0000" if code.endswith("00") or prefecture not in regions() else prefecture


_NATIONAL_MARK = re.compile(r"^(?:国|中|环|发改|工信|财|农|水|建|交|教|科|商|林|自然资|人社|卫|市监|应急|司|民|银|税|文旅|体|能源|国资|公)")
_NATIONAL_BODY = re.compile(
    r"^(?:国务院|中共中央|中央|全国|最高人民|国家|中国人民银行|人民银行|中国[银保证]{1,2}监会|中科院|中国科学院|工程院|中国工程院|国管局|国资委)|^(?:[\u4e00-\u9fff]{2,10})部(?:办公厅)?$|总局(?:办公厅)?$|^海关总署"
)
#: 科技部等九部门关于… A title that names a ministry first.
_NATIONAL_TITLE = re.compile(
    r"^(?:国务院|中共中央|全国人民代表大会|最高人民|国家(?!级)[\u4e00-\u9fff]{1,12}(?:局|委|委员会|总局)(?=[、关等印办]|办公)|(?![\u4e00-\u9fff]{0,8}[省市县区州])[\u4e00-\u9fff]{2,9}部(?:办公厅)?(?=[、关等印]))"
)
#: 繁昌区, 平遥县 at the head of a name: what no list holds is still a county.
_COUNTY = re.compile(
    r"(?P<name>(?!各|本|全|该|我|有关|相关|超|都|城乡?|老城|新城|自治|直辖|地市)[^\W\d_局厅委部府会院办]{1,9}?(?:自治县|自治旗|(?<![园社山城景校灾库片港林牧辖地功能保护示范新技术贸易合作试验实治])区|县|旗|(?<!城)市))"
    r"(?!域|级|划|块|场|政|直|分|内|外|镇|政策|容|民|长|委书记)"
)
#: 全国 further on in a text says nothing of whose text it is.
_OPENING = 600
_OWN = {"省": "provincial", "自治区": "provincial", "市": "municipal", "州": "municipal", "盟": "municipal", "区": "county", "县": "county"}
_SELF = re.compile(r"(?:中共)?(省(?!级|际)|自治区|市(?!场|级)|州(?!级)|盟|区(?!域|级)|县(?!级|域))(?:人民政府|政府|委|[\u4e00-\u9fff]{1,12}[厅局委办会])")


def locate_document(
    *, title: str, number: str | None, issuers: Sequence[str], text: str
) -> tuple[str | None, Level | None]:
    """The region a document speaks for and its level: from its issuers, its title, the character of its number
    (川办发 → 四川), and the regions that its text names (我省 alone says nothing). A county that no list holds has its
    level and the region of its parent. None when nothing tells.

    >>> locate_document(title="徐汇区节能减排降碳专项资金管理办法", number=None, issuers=[], text="")
    ('310104', 'county')
    >>> locate_document(title="若干措施", number="苏政办发〔2021〕105号", issuers=["省政府办公厅"], text="")
    ('320000', 'provincial')
    """
    own_title = re.sub(r"《[^》]*》", "", title) or title
    heads = [*issuers, own_title]
    for head in heads:
        county = _county_at(head, [*heads, number or "", text])
        if county:
            return county, "county"
    codes = [chain[-1] for head in heads if (chain := _chain(head))]
    said = next((match[1] for head in heads if (match := _SELF.match(head))), None)
    if said and not any(_branch_level(code) == _OWN[said] for code in codes):
        return _own_region(said, number=number, codes=codes, text=own_title + text)
    if codes:
        deepest = max(codes, key=lambda c: (c[2:4] != "00", codes.count(c)))
        unlisted = next((head for head in heads if _unlisted(head)), None)
        return deepest, "county" if unlisted else regions()[deepest].level
    if any(_unlisted(name) for name in issuers):
        return None, "county"
    if number and (marked := _of_mark(number)):
        return marked, regions()[marked].level
    if any(_NATIONAL_BODY.search(name) for name in issuers) or _NATIONAL_TITLE.match(title) or (number and _NATIONAL_MARK.match(number)):
        return NATION, "national"
    plain = re.sub(r"《[^》]*》", "", text)
    if re.search(r"我省|全省|我市|全市|我区|全区|省委|市委|本市|自治区党委", plain) and (best := _most_named(plain) or _most_named(text)):
        return best, regions()[best].level
    plain = plain[:_OPENING]
    if re.match(r"国家(?!级)", title) or (re.search(r"我国|全国|党中央、国务院决策部署|各地区[、各]", plain) and not re.search(r"省委|市委|我省|我市|全省|全市", plain)):
        return NATION, "national"
    return None, None


def _chain(head: str) -> list[str]:
    """The regions that a name or title begins with, each within the one before (吉林省|吉林市)."""
    found = regions_in(head[:24])
    if not found or found[0][0] > 6:
        return []
    chain, end = [found[0][2]], found[0][1]
    for start, stop, code in found[1:]:
        if start != end or not code.startswith(chain[-1][:2]) or not code.endswith("00") or code.endswith("0000"):
            break
        chain.append(code)
        end = stop
    return chain


def _branch_level(code: str) -> Level:
    """The level that a body of a region has in its own words: 市教委 of Tianjin is provincial."""
    return "municipal" if code[:2] in ("11", "12", "31", "50") else regions()[code].level


def _of_mark(number: str) -> str | None:
    """The province whose character opens a document number."""
    return next((r.code for r in regions().values() if r.level == "provincial" and any(number.startswith(mark) for mark in r.marks)), None)


def _own_region(
    said: str, *, number: str | None, codes: Sequence[str], text: str
) -> tuple[str | None, Level | None]:
    """The region that calls itself 省 or 市: that of its number, or the one of its level that the text names most."""
    marked = _of_mark(number) if number else None
    if _OWN[said] == "county":
        counted = {name: text.count(name) for name in _counties() if name in text}
        name = max(counted, key=lambda each: counted[each], default="")
        return (_county_at(name, [text]) if name else None), "county"
    level: Level = _OWN[said]  # type: ignore[assignment]
    if marked and (level == "provincial" or marked[:2] in ("11", "12", "31", "50")):
        return marked, "provincial"
    best = _most_named(re.sub(r"《[^》]*》", "", text) if regions_in(re.sub(r"《[^》]*》", "", text)) else text, level=level, within=marked)
    if best:
        return best, regions()[best].level
    if level == "provincial" and codes:
        return codes[0][:2] + "0000", "provincial"
    return marked, level


def _most_named(text: str, *, level: Level | None = None, within: str | None = None) -> str | None:
    """The region that a text names most often and by far, of a level (in their own words) and inside a province where
    given. Institutions that bear a region's name (湖北碳排放权交易中心) say nothing."""
    found: dict[str, int] = {}
    for _, end, code in regions_in(text):
        if _INSTITUTION.match(text, end):
            continue
        if level == "provincial" and regions()[code].level == "municipal":
            code = code[:2] + "0000"
        if code != NATION and (level is None or _branch_level(code) == level) and (within is None or code[:2] == within[:2]):
            found[code] = found.get(code, 0) + 1
    ranked = sorted(found, key=lambda code: -found[code])
    return ranked[0] if ranked and (len(ranked) == 1 or found[ranked[0]] >= 1.5 * found[ranked[1]]) else None


_INSTITUTION = re.compile(r"[\u4e00-\u9fff]{0,10}(?:交易中心|交易所|大学|学院|电网|分行|航空|公司|集团)")


def _county_at(head: str, context: Sequence[str]) -> str | None:
    """The code of the county that a name or title begins with, after its province and city; where several have the name,
    the one whose parent is named too."""
    start = _after_parents(head)
    started = re.match(r"关于(?:开展|印发|组织|做好|公布|申报|下达|发布|调整|加强|推进|进一步|报送)?", head)
    for name in [*_names_at(head, start), *(_names_at(head, started.end()) if started else ())]:
        codes = _counties().get(name, ())
        if len(codes) == 1 and not _contradicted(codes[0], head[:start]):
            return codes[0]
        named = {code for part in context for *_, code in regions_in(part[:400])}
        marks = {marked[:2] for part in context if (marked := _of_mark(part))}
        kept = [c for c in codes if parent(c) in named or c[:4] + "00" in named or (c[:2] + "0000" in named and sum(o[:2] == c[:2] for o in codes) == 1)]
        kept = kept or [c for c in codes if c[:2] in marks]
        if len(kept) == 1:
            return kept[0]
    return None


def _contradicted(code: str, before: str) -> bool:
    """Whether the province or city before a county's name is another one than its own."""
    found = regions_in(before)
    return bool(found) and not any(code.startswith(re.sub("(?:00)+$", "", above)) for *_, above in found)


def _names_at(head: str, start: int) -> list[str]:
    """What may be the name of a county at a position, longest first."""
    found = [head[start : start + n] for n in range(11, 1, -1) if head[start : start + n] in _counties()]
    return [name for name in found if head[start + len(name) : start + len(name) + 1] not in ("域", "级", "划", "块")]


def _after_parents(head: str) -> int:
    """The position after the province and the city that a name begins with (北京市|通州区…)."""
    at = 2 if head.startswith(("中共", "关于")) else 0
    for start, end, code in regions_in(head[:24]):
        if start != at or regions()[code].level == "county" or head[end : end + 1] in ("县", "区", "旗"):
            break
        if head[start:end] in _counties():
            break
        at = end
    return at


def _unlisted(head: str) -> bool:
    """Whether a name of a body begins with a county that the list does not hold, after its parents."""
    start = _after_parents(head)
    match = _COUNTY.match(head, start)
    if not match or match["name"].endswith("市") and start == 0 and regions_in(match["name"]):
        return False
    body = head[match.end() :]
    return bool(re.match(r"(?:人民政府|委员会|委办|政府|[\u4e00-\u9fff]{2,10}局)", body)) and len(match["name"]) >= 2
