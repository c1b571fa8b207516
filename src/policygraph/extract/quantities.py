"""Numbers with their units, as policy texts write them, and the way a comparison is said around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from policygraph.extract.lexicon import lexicon
from policygraph.model import Comparator

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the vocabulary. `qudt` is its QUDT IRI, None where QUDT has none."""

    id: str
    zh: str
    kind: str
    qudt: str | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, at `start` to `end` of the text (comparison words after it not included).

    `unit` keeps the multiplier as written (万吨/日); `high` is the upper end of a range; `after` the words of comparison
    that follow (以上, 左右 …), which end at `stop`; `some` says that the number is rounded in words (余, 多).
    """

    start: int
    end: int
    stop: int
    value: Value
    unit: str
    kind: str
    after: str = ""
    high: Value | None = None
    some: bool = False


_HAN = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_PLACES = {"十": 10, "百": 100, "千": 1000}
#: Written without unit in front of what they count (上百个, 两千公里), or of things that are no quantity (百日攻坚, 千亿级).
_NOT_COUNTED = ("日", "天", "年", "级", "类", "期", "线", "次", "本", "口", "位", "省", "度", "里", "部", "分", "方", "班", "门", "节", "起", "例", "斤", "床", "名", "个月", "个小时")
_PER = {"百": "%", "千": "‰", "万": "‱"}
_CLASSES = {
    "I": "Ⅰ",
    "II": "Ⅱ",
    "III": "Ⅲ",
    "IV": "Ⅳ",
    "V": "Ⅴ",
    "劣V": "劣Ⅴ",
    "一": "Ⅰ",
    "二": "Ⅱ",
    "三": "Ⅲ",
    "四": "Ⅳ",
    "五": "Ⅴ",
}


@cache
def _units() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for row in lexicon("units")["units"]:
        for form in row["forms"]:
            units.setdefault(form, Unit(row["id"], row["zh"], row["kind"], row["qudt"]))
    return units


@cache
def _multipliers() -> dict[str, int]:
    multipliers: dict[str, int] = lexicon("units")["multipliers"]
    return multipliers


def resolve_unit(written: str) -> tuple[Unit, int] | None:
    """The unit of the vocabulary and the multiplier in front of it, or None.

    >>> unit, factor = resolve_unit("万吨/日")
    >>> unit.id, factor
    ('tonne-per-day', 10000)
    """
    for multiplier in sorted(_multipliers(), key=len, reverse=True):
        if written.startswith(multiplier) and written[len(multiplier) :] in _units():
            return _units()[written[len(multiplier) :]], _multipliers()[multiplier]
    unit = _units().get(written)
    return (unit, 1) if unit else None


def han_number(text: str) -> int | None:
    """The value of a number in Chinese numerals up to 9999, None for anything else.

    >>> han_number("一百三十")
    130
    """
    total, digit = 0, 0
    for char in text:
        if char in _HAN:
            digit = _HAN[char]
        elif char in _PLACES:
            total += (digit or 1) * _PLACES[char]
            digit = 0
        else:
            return None
    return total + digit if text else None


@cache
def _grammar() -> re.Pattern[str]:
    forms = sorted((f for f in _units() if f not in ("百分之", "千分之", "成", "年")), key=len, reverse=True)
    unit = "|".join(re.escape(form) for form in forms)
    counts = "|".join(
        re.escape(f)
        for f in forms
        if _units()[f].kind == "count"
        and f not in ("类", "级", "期", "部", "线", "本", "口", "次", "市", "省", "县", "组", "站", "位")
    )
    multiplier = "|".join(sorted(_multipliers(), key=len, reverse=True))
    number = r"\d+(?:,\d{3})*(?:\.\d+)?"
    han_unit = "|".join(
        re.escape(f) for f in forms if (_units()[f].kind in ("count", "measure", "money") or f == "个百分点") and f not in _NOT_COUNTED and not f.isascii()
    )
    per = r"/(?:人|生|年|月|日|户|亩|公顷|吨|平方米|床日|人次|学年|学期)(?:[·/](?:人|生|年|月|日|天))?"
    after = r"(?P<after>(?:及|含)?以[上下内]|之内|以外|左右|上下|及以[上下])?"
    return re.compile(
        rf"""
          (?<![\d.])(?P<wan>\d{{1,4}})万(?P<rest>\d{{4}})(?P<wan_unit>{unit}){after.replace("after", "after6")}
        | (?:(?<=前)(?P<first>\d{{1,3}}|[一二三四五六七八九十]{{1,3}})(?P<first_unit>位|名|强)|第(?P<place>\d{{1,3}}|[一二三四五六七八九十]{{1,3}})(?P<place_unit>位|名)?(?=[，。；、]|$|以内|行列))
        | (?<![\d.A-Za-z第])(?P<number>{number})
            (?:(?P<low_unit>%|‰)?(?:[—–\-－~～]{{1,2}}|至|到)(?P<high>{number}))?
            (?P<some>余|多)?(?P<multiplier>{multiplier})?(?P<some2>余|多)?(?P<unit>(?:{unit})(?:{per})?|/10万|/十万|∶\d+|年(?=以|左右|[，。；、）]|$)|(?=[、和]\d[\d.,]*(?:{multiplier})?(?:{unit}))){after}
        | (?<![一二两三四五六七八九十百千第数几每])(?P<some_of>上)?(?P<cn>[一二两三四五六七八九]?[十百千](?![县村镇乡人户校市区])[一二两三四五六七八九十百千〇零]*|[一二两三四五六七八九](?=[万亿](?!元级|级)))
            (?P<cn_some>余|多)?(?P<cn_multiplier>{multiplier})?(?P<cn_some2>余|多)?(?P<cn_unit>{han_unit})(?![一-龥]?户|级){after.replace("after", "after7")}
        | (?P<fraction>[一二三四五六七八九十两]+分之[一二三四五六七八九十两]+|[百千万]分之[零〇一二三四五六七八九十百点]+|一半|半数|[一二三四五六七八九]成(?:[一二三四五六七八九半])?(?=以上|左右|以下|[，。；、的]|$)|\d(?:\.\d)?成(?=以上|左右|以下|[，。；、的]|$)|[一两二三四五六七八九十]倍(?=以上|左右|[，。；、]|$))(?P<after2>以上|以下|左右)?
        | (?<=至少)(?P<least>有?(?:完成|建成|建设|培育|新建|建立|打造)?)(?P<han>[一二两三四五六七八九十百]+)(?P<han_unit>{counts})(?P<after3>以上)?
        | (?<=[到达至在为于过])(?P<index>\d+(?:\.\d+)?)(?P<thousands>{multiplier})?(?P<after5>以上|以下|以内|左右)?(?=[，。；、]|$)
        | (?P<class>劣?[ⅠⅡⅢⅣⅤ]|劣?(?:IV|V|I{{1,3}})|(?<=[到为持于])[一二三四五](?=类水|类标准|类以上|类[，。；]))(?P<class_unit>类)(?P<after4>(?:及?以上)|(?:水体)?(?:水质)?标准(?:及?以上)?)?
        """,
        re.VERBOSE,
    )


_MOST_DIGITS = 20
_MAYBE = re.compile(r"\d|分之|一半|半数|成|倍|至少|[十百千][一二三四五六七八九百余多万亿个家项座处亩公吨平立户台辆套株所条米元件种]|[一二两三四五六七八九][万亿]|[第前][一二三四五六七八九十]|[ⅠⅡⅢⅣⅤIV]类|[一二三四五]类")


def may_hold_quantity(folded: str, start: int, end: int) -> bool:
    """Whether a stretch has anything that a quantity could begin with: most sentences have not."""
    return _MAYBE.search(folded, start, end) is not None


def _value(text: str) -> float | int:
    plain = text.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def _is_number(*written: str | None) -> bool:
    """Whether digits are a number that anything is measured by, and not a run of them."""
    return all(digits is None or len(digits) <= _MOST_DIGITS for digits in written)


def find_quantities(folded: str) -> Iterator[Quantity]:
    """The quantities of a folded stretch, in reading order; a number without unit before a number with one takes its unit.

    >>> [(q.value, q.unit, q.after) for q in find_quantities("能力120万吨/天以上，农膜回收率达85%")]
    [(120, '万吨/天', '以上'), (85, '%', '')]
    """
    if not _MAYBE.search(folded):
        return
    found = [
        _quantity(match) for match in _grammar().finditer(folded)
        if _is_number(match["number"], match["high"]) and not _is_size(match, folded)
    ]  # fmt: skip
    for i in range(len(found) - 2, -1, -1):  # 20个、10个百分点; 10、20万吨
        one, two = found[i], found[i + 1]
        if (
            one.stop + 1 == two.start
            and folded[one.stop] in "、和"
            and (one.unit == "" or (one.unit == "个" and two.unit == "百分点"))
        ):
            found[i] = Quantity(
                one.start, one.end, one.stop, one.value, two.unit, two.kind, one.after, one.high, one.some
            )
    yield from (quantity for quantity in found if quantity.unit or quantity.kind == "index")


def _is_size(match: re.Match[str], folded: str) -> bool:
    """千亩花卉产业园, 百家企业行动: a round word that names the size of a thing and counts none."""
    bare = match["cn"] in ("十", "百", "千") and not (match["some_of"] or match["after7"] or match["cn_some"] or match["cn_some2"])
    return bare and folded[match.start() - 1 : match.start()] not in ("超", "过", "近", "约", "达", "到", "破")


def _quantity(match: re.Match[str]) -> Quantity:
    start, stop = match.start(), match.end()
    if match["number"]:
        written = (match["unit"] or "").replace("∶", ":")
        kind = _kind(written) if written else ""
        unit = "百分点" if written == "个百分点" else (match["multiplier"] or "") + written
        after = match["after"] or ""
        return Quantity(
            start, stop - len(after), stop, _value(match["number"]), unit, kind, after,
            _value(match["high"]) if match["high"] else None, bool(match["some"] or match["some2"]),
        )  # fmt: skip
    if match["wan"]:
        after = match["after6"] or ""
        kind = _kind(match["wan_unit"])
        return Quantity(start, stop - len(after), stop, int(match["wan"]) * 10000 + int(match["rest"]), match["wan_unit"], kind, after)
    if match["first"] or match["place"]:
        written = match["first"] or match["place"]
        place = int(written) if written.isdigit() else han_number(written) or 0
        return Quantity(start, stop, stop, place, "位", "rank", "以内" if match["first"] else "")
    if match["cn_unit"]:
        after = match["after7"] or ""
        unit = match["cn_unit"].removeprefix("个") if match["cn_unit"] == "个百分点" else match["cn_unit"]
        rounded = bool(match["cn_some"] or match["cn_some2"] or match["some_of"])
        written = match["cn"] or "一"
        return Quantity(start, stop - len(after), stop, han_number(written) or 0, (match["cn_multiplier"] or "") + unit, _kind(match["cn_unit"]), after, some=rounded)
    if match["fraction"]:
        after = match["after2"] or ""
        return Quantity(start, stop - len(after), stop, *_fraction(match["fraction"]), after)
    if match["han"]:
        after = match["after3"] or ""
        start += len(match["least"])
        return Quantity(
            start, stop - len(after), stop, han_number(match["han"]) or 0, match["han_unit"], "count", after
        )
    if match["index"]:
        after = match["after5"] or ""
        many = match["thousands"] or ""  # 人次达200万以上
        return Quantity(start, stop - len(after), stop, _value(match["index"]), many, "count" if many else "index", after)
    after = match["after4"] or ""
    grade = _CLASSES.get(match["class"], match["class"])
    return Quantity(start, stop - len(after), stop, grade, "类", "class", after)


@cache
def _kind(written: str) -> str:
    """The kind of a unit as written; a ratio is a share, 元/人·年 is money as 元 is."""
    if written[0] in ":/":
        return "share"
    known = _units().get(written) or _units()[written.split("/")[0]]
    return known.kind


def _fraction(text: str) -> tuple[Value, str, str]:
    if text in ("一半", "半数"):
        return 50, "%", "share"
    if text.endswith("倍"):
        return han_number(text[:-1]) or 0, "倍", "ratio"
    tenths, marked, rest = text.partition("成")
    if marked:
        whole = float(tenths) if tenths[0].isdigit() else _HAN[tenths]
        part = 0.5 if rest == "半" else _HAN.get(rest, 0) / 10
        value = whole + part
        return int(value) if value == int(value) else value, "成", "share"
    if text[0] in "百千万" and text[1:3] == "分之":
        whole_part, _, decimals = text[3:].partition("点")
        value = han_number(whole_part) or 0
        if decimals:
            return float(f"{value}.{''.join(str(_HAN[c]) for c in decimals if c in _HAN)}"), _PER[text[0]], "share"
        return value, _PER[text[0]], "share"
    low, _, high = text.partition("分之")
    return f"{han_number(high)}/{han_number(low)}", "分之一" if high == "一" else "分之几", "share"


_AFTER: dict[str, Comparator] = {"以上": ">=", "及以上": ">=", "含以上": ">=", "以下": "<=", "及以下": "<=", "以内": "<=", "之内": "<=", "左右": "~", "上下": "~"}  # fmt: skip
_NO_LESS = re.compile(r"(?:不得?低于|不少于|不小于|不得少于)(?:约)?$")
_AT_LEAST = re.compile(
    r"(?:至少有?(?:[\u4e00-\u9fff]{1,4})?|大于|高于|超过|超|超出|突破|高出|多于|优于|好于|≥|>|过)(?:约)?$"
)
_AT_MOST = re.compile(r"(?:不多于|不突破|低于|小于|少于|控制在|控制到|限制在|最多|压缩至|缩短至|≤|<|不足)$")
_ABOUT = re.compile(r"(?:约为?|大约|近|接近)$")
_MORE_THAN = re.compile(r"(?:不得?高于|不得?超过|不得?大于)$")


def comparator(before: str, quantity: Quantity) -> Comparator:
    """How the value is meant, from the words before it and after it. 达到 without 以上 is "="."""
    said = next((sign for word, sign in _AFTER.items() if quantity.after == word), None)
    if quantity.after.endswith("以上"):
        said = ">="
    if said:
        return said
    if _NO_LESS.search(before):
        return ">="
    if _MORE_THAN.search(before) or _AT_MOST.search(before):
        return "<="
    if _AT_LEAST.search(before):
        return ">="
    if quantity.some:
        return ">="
    return "~" if _ABOUT.search(before) else "="
