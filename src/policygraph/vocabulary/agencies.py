"""Agencies: a name as written to a canonical body, which is one function in one region.

The id is `<region code>/<function>` (510000/ecology-environment), so that counterparts at other levels
(生态环境部 ↔ 四川省生态环境厅) share the function. Collective bodies that are no single organ (各市（州）人民政府,
有关部门) are functions of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from policygraph.model import Level
from policygraph.program import VOCABULARY
from policygraph.vocabulary.regions import NATION, regions, regions_in

_FILE = VOCABULARY / "agencies.tsv"
_SUFFIXES = ("分局", "管理总局", "管理局", "委员会", "办公室", "办公厅", "总局", "总署", "委", "部", "厅", "局", "署", "办", "院", "会", "中心", "公司", "处", "科")
_COLLECTIVE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("local-governments", re.compile(r"(?:各级|地方|各地|各省|各市|各区|各县|各州|市县|有关市|相关市|沿江|乡镇|县级|市级|省级|各设区市|各有关市|各盟).{0,18}(?:政府|管委会)|^各市（?州?）?$|^各(?:区|县|市|省(?!属)|自治区|直辖市)|^(?:市|县|区)（[市州县区、]+）|(?:市|州|县|区).{0,4}人民政府$|党工委|管委会$|^(?:有关|相关|各)?区（市）县|县政府$|区政府$|市政府$|^各地|^地方|^各(?:乡|镇|街道|园区|开发区)|(?:乡|镇).{0,4}政府$|街道办(?:事处)?$|^[\u4e00-\u9fff]{1,8}[区县旗]$|^各涉")),
    ("governments", re.compile(r"^(?:省|自治区)?(?:人民)?政府$|^国务院$")),
    ("departments-concerned", re.compile(r"(?:有关|相关|各|成员|责任|职能|主管|牵头|行业)(?:省|市)?(?:级|直)?(?:有关|相关)?(?:部门|单位|厅局|委办局|处室)")),
)


#: The four cities that are provinces, whose 市级 is the provincial level.
_CITY_PROVINCES = ("11", "12", "31", "50")


@dataclass(frozen=True, slots=True)
class Agency:
    """A canonical body."""

    id: str
    region: str
    function: str
    name: str
    english: str


#: 省级交通运输主管部门, 各级财政部门
_OF_LEVEL = re.compile(r"^(?:各|有关|相关)?(?:(?:县级以上|各级|地方|本级|同级|省级|(?:设区的)?市级|县级)(?:地方)?(?:各级)?(?:人民政府)?|市县级?)(?=.{2,})")
#: 省级, 设区的市级: which level a body is of; 县级以上 is no single one.
_AT_LEVEL = re.compile(r"(?:各|有关|相关)?(?:(?P<province>省)|(?:设区的)?(?P<city>市|地)|(?P<county>县|区|旗|市县|区县|乡|镇|街道))级(?!以上)")
_RANKS: dict[Level, int] = {"national": 0, "provincial": 1, "municipal": 2, "county": 3}
#: Of no level but its subject's: 会同同级财政部门.
_SAME_LEVEL = re.compile(r"同级")
_LOCAL = re.compile(r"(?:县级以上|各级)?地方(?!金融|税务|志|铁路|海事)")
#: What only provinces have (教育厅), whatever national text names it.
_PROVINCIAL = re.compile(r"(?<!办公)厅$")
#: 海洋处, 疾控科: an office within a body, whose function is that of no body.
_OFFICE = re.compile(r"(?![省市县区州国])[\u4e00-\u9fff、（）]{2,10}(?<!办事)(?:处|处室|科|科室|股)$")


@cache
def _functions() -> dict[str, tuple[str, str, str, str, tuple[str, ...]]]:
    """slug → national, provincial, municipal and English name, stems."""
    found = {}
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith(("#", "slug\t")) or not line.strip():
            continue
        slug, stems, national, provincial, municipal, english = line.split("\t")
        found[slug] = (national, provincial, municipal, english, tuple(stems.split("/")))
    return found


@cache
def _stems() -> dict[str, str]:
    return {stem: slug for slug, row in _functions().items() for stem in row[4]}


def functions() -> dict[str, tuple[str, ...]]:
    """Every function with its stems."""
    return {slug: row[4] for slug, row in _functions().items()}


def english_names() -> dict[str, str]:
    """What every function is called in English, without the kind of body: Water Resources."""
    return {slug: row[3] for slug, row in _functions().items() if row[3]}


@cache
def resolve_agency(name: str, region: str | None = None) -> str | None:
    """The canonical id of an agency named in a document that speaks for `region`; None when no function fits.

    >>> resolve_agency("省能源局", "510000") == resolve_agency("四川省能源局", "510000")
    True
    >>> resolve_agency("应急厅", "510000"), resolve_agency("国家发展改革委", "510000")
    ('510000/emergency', '000000/development-reform')

    A body of a lower level than the document's (省级财政部门 in a national text) is one of many: the local governments'.

    >>> resolve_agency("省级财政部门", "000000"), resolve_agency("省级财政部门", "510000"), resolve_agency("省级财政部门", "510100")
    ('000000/local-governments', '510000/finance', '510000/finance')
    """
    own = region or NATION
    plain = re.sub(r"\s|[“”]", "", name)
    if _OFFICE.match(plain) or _SAME_LEVEL.match(plain):
        return None
    plain = re.sub(r"(?<=[省市县区州])(?:人民)?政府(?=国资|外事|侨务|港澳|口岸|研究室|金融)", "", plain)
    where, rest = own, plain
    found = regions_in(plain)
    if found and found[0][0] == 0 and found[0][1] < len(plain):
        where, rest = found[0][2], plain[found[0][1] :].lstrip("省市")
    elif re.match(r"国家(?!电网|铁路集团|开发)|中央|全国|中国(?!人民银行|三峡|石)|国务院", plain):
        where, rest = NATION, re.sub(r"^(?:国家|全国|国务院|中央|中国)(?=.{2,})", "", plain)
    elif re.match(r"省(?!级|直)|自治区", plain):
        where, rest = (own[:2] + "0000" if own != NATION else own), re.sub(r"^(?:省|自治区)(?:级|直)?", "", plain)
    elif re.match(r"(?:市|州|县|区)(?![场政管])", plain) and len(plain) >= 3:
        rest = plain[1:]
    rest = re.sub(r"（[局厅委办、]+）", "", rest)
    rest = re.sub(r"^(?:中共)?委(?=[宣组政网统编])", "", rest)
    rest = re.sub(r"(?<=[部厅局委办署院])（[^（）]+）$", "", rest)  # 省发展改革委（省能源局）
    slug = _function(rest) or _function(plain) or _function(_OF_LEVEL.sub("", plain))
    if slug is None:
        for collective, pattern in _COLLECTIVE:
            if pattern.search(plain):
                return f"{own}/{collective}"
        return None
    if level := _AT_LEVEL.match(plain):
        return _of_level(level, own, slug)
    if own == NATION and where == NATION and (_LOCAL.match(plain) or _PROVINCIAL.search(plain)):
        return f"{own}/local-governments"
    if where == own and own != NATION and re.search(r"部$|总局$|总署$|^(?:国家|中国)", plain) and not re.search(r"宣传部|组织部|统战部|分部|武装部", plain):
        where = NATION
    return f"{where}/{slug}"


def _of_level(level: re.Match[str], own: str, slug: str) -> str:
    """The body of a function at a level that its name tells, seen from the region of the document."""
    below = _RANKS[regions()[own].level]
    if level["province"] or (level["city"] and own[:2] in _CITY_PROVINCES):
        return f"{own}/local-governments" if below < 1 else f"{own[:2]}0000/{slug}"
    if level["city"]:
        return f"{own}/local-governments" if below < 2 else f"{own[:4]}00/{slug}"
    return f"{own}/local-governments" if below < 3 else f"{own}/{slug}"


def _function(rest: str) -> str | None:
    stems = _stems()
    candidates = [rest, *(rest.removesuffix(suffix) for suffix in _SUFFIXES if rest.endswith(suffix))]
    candidates += [c.removesuffix(suffix) for c in candidates[1:] for suffix in _SUFFIXES if c.endswith(suffix)]
    candidates += [c.removesuffix("主管") for c in candidates if c.endswith("主管")]
    candidates += [c.removesuffix("管理") for c in candidates if c.endswith("管理")]
    candidates += [c.removesuffix("行政") for c in candidates if c.endswith("行政")]
    for candidate in candidates:
        if candidate in stems:
            return stems[candidate]
    department = re.sub(r"(?:主管|行政主管|行政)?(?:部门|单位|机构)$", "", rest)
    if department != rest and department in stems:
        return stems[department]
    for special in ("人民银行", "人行", "国家电网", "国网", "国家开发银行", "农业发展银行", "三峡集团", "海事", "海关", "供电", "税务", "银保监", "证监", "法院", "检察院"):
        if special in rest and not rest.endswith("人民政府"):
            return stems.get(special) or stems.get("国网")
    return None


def agency(identifier: str) -> Agency:
    """The body behind a canonical id, with its usual name."""
    region, _, slug = identifier.partition("/")
    place = regions()[region]
    if slug in _functions():
        national, provincial, municipal, called, _ = _functions()[slug]
        level = place.level
        title = national if level == "national" else provincial if level == "provincial" else municipal
        own = level == "provincial" and place.code[:2] in _CITY_PROVINCES
        name = national if level == "national" else place.name + (title.replace("厅", "局") if own else title)
        return Agency(identifier, region, slug, name, f"{called}, {place.english[0]}" if place.english and level != "national" else called)
    labels = {"local-governments": "地方各级人民政府", "governments": "人民政府", "departments-concerned": "有关部门"}
    english = {"local-governments": "Local governments", "governments": "Government", "departments-concerned": "Departments concerned"}
    prefix = "" if place.code == NATION else place.name
    return Agency(identifier, region, slug, prefix + labels[slug], english[slug])


def counterpart(identifier: str, region: str) -> str:
    """The id of the body with the same function in another region."""
    return f"{region}/{identifier.partition('/')[2]}"
