"""Citations: other instruments that a document names, and those it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from policygraph.extract.provision import Context, Named, Provision
from policygraph.model import Citation
from policygraph.program import VOCABULARY

RULE = "citation.title/1"
LAW_RULE = "citation.law/1"
SHORT_RULE = "citation.short/1"
NUMBER_RULE = "citation.number/1"
UNMARKED_RULE = "citation.unmarked/1"

_FILE = VOCABULARY / "laws.txt"
_TITLE = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")
_BRACKET = re.compile(r"（((?:[^（）]|（[^（）]*）)*)）")
#: 国发〔2021〕33号, 冀科财字（1993）016号: the office's sign before the year has no more than these characters.
_DOCUMENT_NUMBER = r"[一-龥]{1,12}?(?:〔\d{4}〕|（\d{4}）)\s*第?\d{1,5}号"
_ORDER = r"[一-龥 ]{2,24}?令第?\s*\d{1,4}号|第\d{1,4}号令|[一-龥、 ]{2,24}?第\d{1,4}(?:号)?令"
#: GB 3838—2002, HJ/T 91, DB51/2311—2016
_STANDARD = r"(?<![A-Za-z])(?:GB|HJ|DB\d{2}|CJJ?|SL|NY|JTG|JT|DL|JGJ|TD|LY|QB|YB|WS|AQ|QX|HY|ISO|JB|SZDB)(?:[/／][TZ]?)?\s?\d{2,6}(?:\.\d{1,3})?(?:\s?[—\-–－]\s?\d{4})?(?!\d)"
#: The office's sign before the year of a number: 发改环资 has four characters, the longest seen eight.
_LONGEST_SIGN = 12
_SIGN = re.compile(rf"[一-龥]{{1,{_LONGEST_SIGN}}}$")
_SIGNED = re.compile(r"〔\d{4}〕\s*第?\d{1,5}号")
_STANDARD_SIGNS = ("GB", "HJ", "DB", "CJ", "SL", "NY", "JT", "DL", "JGJ", "TD", "LY", "QB", "YB", "WS", "AQ", "QX", "HY", "ISO", "JB")
_STANDARDS = re.compile(_STANDARD)
#: A standard that stands alone has its year, or says that it is recommended.
_WHOLE_STANDARD = re.compile(r"[—\-–－]\s?\d{4}$|[/／]T")
_NUMBERS = re.compile(rf"(?P<sign>{_DOCUMENT_NUMBER})|(?P<order>{_ORDER})|(?P<standard>{_STANDARD})")
_BEHIND = re.compile(rf"\s?(?:{_DOCUMENT_NUMBER})")
#: Words before a number that are none of it (按照国发〔2021〕33号).
_LEADS_IN = re.compile(r".*(?:按照|根据|依据|依照|遵照|参照|对照|执行|落实|贯彻|印发|转发|以及|关于|详见|文件|通知|[见以和及与对在由的等用或即])")
#: What a document says of the instruments it rests on, before their titles.
_BASIS = re.compile(r"根据|按照|依据|依照|遵照|贯彻|落实|执行|对照|结合|衔接|为[^，。]{0,30}实施|经[^，。]{0,12}同意")
_ABBREVIATION = re.compile(r"(?:以下|下)(?:简称|称|统称)[“]?$|简称[“]?$")
_ABBREVIATED = re.compile(r"(?:以下|下)?(?:简称|统称|称)[“《]*([^“”《》（）]{2,20})[”》]*$")
#: The document's own forms and annexes: 填写《自查表》, 《承诺书》（见附件2）.
_FORM = re.compile(r"(?:表|表格|申请书|承诺书|任务书|合同书|协议书|确认书|责任书|声明|回执|样本|模板|样式|证书|证明|登记册|台账|报告书|许可证|合格证|清单（.{0,8}）)(?:（[^）]*）)?$")
_ANNEXED = re.compile(r"（(?:见|详见|格式见)?附(?:件|表|录)")
_ANNEX_HEAD = re.compile(r"附(?:件|表|录)[一二三四五六七八九十\d]{0,2}[：:.．、\s]*$")
#: 同时废止, 停止执行: what a document puts out of force.
_REPEALED = re.compile(r"(?:同时|相应|一并|即行|即日起|予以|之日起)?(?:废止|失效|停止执行|不再执行)")
_KINDS_OF_TITLE = r"(?:实施|行动|工作|暂行|管理)?(?:方案|意见|规划|计划|通知|办法|纲要|条例|决定|规定|要点|细则|指南|标准|规范|目录|措施|规程|导则)"
_LAST_BRACKET = re.compile(r"（[^）]*）$")
_GENERIC = re.compile(_KINDS_OF_TITLE)
#: Instruments without marks: 按照碳排放权交易管理办法（试行）执行.
_UNMARKED = re.compile(
    r"(?:根据|按照|依据|依照|执行|遵守|违反|参照|严格落实)(?:国家|省|市|国务院)?(?P<name>(?!本|该|有关|相关|上述|前款|以上|以下|其|各|国家|规定|现行|上级|我|具体|另行|不同|统一|学校|单位|企业|部门|项目|所在)"
    r"[一-龥、]{4,24}?(?:管理|监督|处罚|评审|认定|登记|保护|许可|交易|奖励|使用|补助|考核|评价|审批|备案|防治|验收|实施|评定|分配|核查|治理)(?:暂行)?(?:办法|条例|细则|规定)(?:（(?:试行|暂行|修订|修正)[^）]{0,8}）)?)"
    r"(?![一-龥]*(?:制定|出台|修订))"
)


_LAW_END = re.compile(r"(?:法典|法)(?!律|规|院|治|典|定|人|庭|制)")


@cache
def _laws() -> frozenset[str]:
    return frozenset(w for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#") for w in line.split())


def _laws_in(folded: str) -> Iterator[tuple[int, int]]:
    """Laws that stand without marks: the longest name of the list that ends at a 法."""
    if "法" not in folded:
        return
    laws = _laws()
    for match in _LAW_END.finditer(folded):
        end = match.end()
        start = next((a for a in range(max(end - 20, 0), end - 1) if folded[a:end] in laws), None)
        if start is not None:
            yield start - 7 if folded.endswith("中华人民共和国", 0, start) else start, end


def _rests_on(provision: Provision, position: int, context: Context) -> bool:
    """Whether the document says, before `position` in the sentence, that it rests on what stands there.

    Only its notice, preamble and first article can say so; a measure that carries out a plan cites it.
    """
    clause = provision.clause
    if clause.kind not in ("front", "preamble") and not (clause.kind == "article" and (clause.number == "第一条" or provision.folded.startswith("第一条"))):
        return False
    start = max(provision.folded.rfind("。", 0, position), provision.folded.rfind("；", 0, position)) + 1
    return bool(_BASIS.search(provision.folded, start, position))


def short_names(folded: str) -> dict[str, Named]:
    """What a document calls other instruments from then on: 《关于…的意见》（川办函〔2023〕5号，以下简称《意见》)."""
    found: dict[str, Named] = {}
    for match in _TITLE.finditer(folded):
        bracket = _BRACKET.match(folded, match.end())
        short = _ABBREVIATED.search(bracket[1]) if bracket else None
        if bracket and short:
            numbers = _numbers_in(bracket[1])
            found.setdefault(short[1], Named(match[1], numbers[0] if numbers else None))
    return found


@dataclass(frozen=True, slots=True)
class _Mention:
    """A stretch of the reading that names an instrument."""

    start: int
    end: int
    title: str
    number: str | None
    rule: str


def extract_citations(provision: Provision, context: Context) -> list[Citation]:
    """The instruments a provision names, in order: titles in 《》 with the numbers given after them and their short names
    later on, laws and measures named without marks, numbers of documents and standards that stand alone. The document's
    own title, its forms and annexes and the words that introduce a short name are none."""
    folded, text = provision.folded, provision.text
    found = [*_titled(provision, context)]
    taken = [(each.start, each.end) for each in found] + [match.span() for match in _TITLE.finditer(folded)]
    for start, end in _laws_in(folded):
        if not any(a <= start < b for a, b in taken):
            found.append(_Mention(start, end, text[start:end], None, LAW_RULE))
    for match in _UNMARKED.finditer(folded):
        start, end = match.span("name")
        if not any(a < end and start < b for a, b in taken):
            found.append(_Mention(start, end, text[start:end], None, UNMARKED_RULE))
            taken.append((start, end))
    if provision.clause.kind != "front":
        found += [each for each in _numbered(folded, text, context) if not any(a < each.end and each.start < b for a, b in taken)]
    records = []
    for n, each in enumerate(sorted(found, key=lambda each: (each.start, each.end)), start=1):
        start, end = provision.span(each.start, each.end)
        records.append(
            Citation(
                id=f"{provision.clause.id}/citation_{n}", document=context.document.id, clause=provision.clause.id,
                text=text[each.start : each.end], title=each.title, number=each.number, instrument=normal_title(each.title),
                basis=_rests_on(provision, each.start, context), repeals=_repeals(folded, each.end), start=start, end=end, by=each.rule,
            )
        )  # fmt: skip
    return records


def _titled(provision: Provision, context: Context) -> Iterator[_Mention]:
    folded, text = provision.folded, provision.text
    if "《" not in folded:
        return
    own = normal_title(context.document.title)
    before: list[_Mention] = []
    for match in _TITLE.finditer(folded):
        a, b = match.span(1)
        plain = normal_title(match[1])
        if _ABBREVIATION.search(folded, max(a - 8, 0), match.start()):
            continue
        named = context.short_names.get(match[1]) or _just_named(match[1], before)
        if named:
            if not _is_own(normal_title(named.title), own):
                yield _Mention(match.start(), match.end(), named.title, named.number, SHORT_RULE)
            continue
        if _is_own(plain, own) or folded.endswith("本", 0, match.start()) or _GENERIC.fullmatch(match[1]) or _FORM.search(match[1]):
            continue
        if _ANNEXED.match(folded, match.end()) or _ANNEX_HEAD.search(folded, max(match.start() - 8, 0), match.start()):
            continue
        bracket = _BRACKET.match(folded, match.end())
        numbers = _numbers_in(bracket[1]) if bracket else []
        behind = None if numbers else _BEHIND.match(folded, match.end())
        if bracket and numbers:
            mention = _Mention(match.start(), bracket.end(), text[a:b], numbers[0], RULE)
        elif behind:
            mention = _Mention(match.start(), behind.end(), text[a:b], behind.group().strip(), RULE)
        else:
            mention = _Mention(match.start(), match.end(), text[a:b], None, RULE)
        before.append(mention)
        yield mention
        for further in numbers[1:]:
            at = folded.find(further, match.end())
            yield _Mention(at, at + len(further), further, further, NUMBER_RULE)


def _just_named(title: str, before: list[_Mention]) -> Named | None:
    """The instrument that a generic short name means where none was given: the last one of its kind before it
    (《省生物多样性保护条例》…《条例》)."""
    if not _GENERIC.fullmatch(title):
        return None
    last = next((each for each in reversed(before) if _LAST_BRACKET.sub("", each.title).endswith(title) and each.title != title), None)
    return Named(last.title, last.number) if last else None


def _is_own(plain: str, own: str) -> bool:
    """Whether a title is the document's own; the issuers that a reader put before it, and a （试行） left out, do not count."""
    return plain in (own, _LAST_BRACKET.sub("", own)) or (len(plain) >= 8 and own.endswith(plain) and own[: -len(plain)].endswith(tuple("厅局委部办府行会院")))


def _numbers_in(inner: str) -> list[str]:
    """The numbers in the bracket behind a title: of documents, orders and standards."""
    return [match.group().strip("，、； ") for match in _NUMBERS.finditer(inner)]


def _numbered(folded: str, text: str, context: Context) -> Iterator[_Mention]:
    """Numbers of documents and standards that stand without a title."""
    standards = any(sign in folded for sign in _STANDARD_SIGNS)
    if "号" not in folded and not standards:
        return
    for match in _SIGNED.finditer(folded) if "〔" in folded else ():
        sign = _SIGN.search(folded, max(match.start() - _LONGEST_SIGN, 0), match.start())
        start = sign.start() if sign else match.start()
        if led := _LEADS_IN.match(folded, start, match.start()):
            start = led.end()
        number = text[start : match.end()].strip()
        if 2 <= match.start() - start <= _LONGEST_SIGN - 4 and number != context.document.number:
            yield _Mention(start, match.end(), number, number, NUMBER_RULE)
    for match in _STANDARDS.finditer(folded) if standards else ():
        if _WHOLE_STANDARD.search(match.group()):
            yield _Mention(match.start(), match.end(), text[match.start() : match.end()], text[match.start() : match.end()], NUMBER_RULE)


def _repeals(folded: str, position: int) -> bool:
    """Whether the sentence says that what it names before is out of force."""
    end = next((i for i in range(position, len(folded)) if folded[i] in "。；\n"), len(folded))
    return _REPEALED.search(folded, position, end) is not None


def normal_title(title: str) -> str:
    """A title as instruments are told apart by: no marks, no white space, no 中华人民共和国, and of a notice that
    issues something the thing issued.

    >>> normal_title("国务院关于印发“十四五”节能减排综合工作方案的通知")
    '十四五节能减排综合工作方案'
    """
    plain = re.sub(r"[\s《》〈〉＜＞<>“”\"'‘’]", "", title.translate({ord("("): "（", ord(")"): "）", ord("、"): None}))
    while (within := re.sub(r"^.{0,40}?(?:关于)?(?:印发|转发|批转|发布|公布)(.+)的通知$", r"\1", plain)) != plain:
        plain = within
    return plain.removeprefix("中华人民共和国").removesuffix("的通知")
