"""Citations: other instruments that a document names, and those it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from policygraph.extract.provision import Context, Provision
from policygraph.model import Citation
from policygraph.program import VOCABULARY

RULE = "citation.title/1"
LAW_RULE = "citation.law/1"

_FILE = VOCABULARY / "laws.txt"
_TITLE = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")
_NUMBER = re.compile(r"（([^（）]{0,4}?[\u4e00-\u9fff]{1,12}(?:〔\d{4}〕|（\d{4}）)\s*第?\d{1,5}号)(?:，[^）]*)?）")
_LAW_NUMBER = re.compile(r"[^，。；：、《》]{0,12}$")
#: What a document says of the instruments it rests on, before their titles.
_BASIS = re.compile(r"根据|按照|依据|依照|遵照|贯彻|落实|执行|对照|结合|衔接|为[^，。]{0,30}实施|经[^，。]{0,12}同意")
_ABBREVIATION = re.compile(r"(?:以下|下)(?:简称|称|统称)[“]?$|简称[“]?$")
_ABBREVIATED = re.compile(r"（(?:以下|下)?简?称[“《]?([^”》）]+)[”》]?）")


_LAW_END = re.compile(r"(?:法典|法)(?!律|规|院|治|典|定|人|庭|制)")


@cache
def _laws() -> frozenset[str]:
    return frozenset(w for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#") for w in line.split())


def _laws_in(folded: str) -> Iterator[tuple[int, int]]:
    """Laws that stand without marks: the longest name of the list that ends at a 法."""
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
    if clause.kind not in ("front", "preamble") and not (clause.kind == "article" and re.match(r"第一条", provision.folded)):
        return False
    start = max(provision.folded.rfind("。", 0, position), provision.folded.rfind("；", 0, position)) + 1
    return bool(_BASIS.search(provision.folded, start, position))


def extract_citations(provision: Provision, context: Context) -> list[Citation]:
    """The instruments a provision names, in order: titles in 《》 with the number given after them, and laws named
    without marks. The document's own title and abbreviations (以下简称《方案》) are none."""
    folded, text = provision.folded, provision.text
    own = normal_title(context.document.title)
    found: list[tuple[int, int, str, str | None, str]] = []
    for match in _TITLE.finditer(folded):
        a, b = match.span(1)
        if normal_title(match[1]) == own or _ABBREVIATION.search(folded, max(a - 8, 0), match.start()):
            continue
        number = _NUMBER.match(folded, match.end())
        if len(match[1]) <= 4 and not number and not match[1].endswith(("法", "例", "宪法")) and _is_abbreviation(match[1], folded):
            continue
        found.append((match.start(), number.end() if number else match.end(), text[a:b], number[1] if number else None, RULE))
    taken = [(a, b) for a, b, *_ in found] + [m.span() for m in _TITLE.finditer(folded)]
    for start, end in _laws_in(folded):
        if not any(a <= start < b for a, b in taken):
            found.append((start, end, text[start:end], None, LAW_RULE))
    records = []
    for n, (a, b, title, number_text, rule) in enumerate(sorted(found), start=1):
        start, end = provision.span(a, b)
        records.append(
            Citation(
                id=f"{provision.clause.id}/citation_{n}", document=context.document.id, clause=provision.clause.id,
                text=text[a:b], title=title, number=number_text, instrument=normal_title(title),
                basis=_rests_on(provision, a, context), start=start, end=end, by=rule,
            )
        )
    return records


def _is_abbreviation(title: str, folded: str) -> bool:
    """Whether a short title is one that the text made up for a longer one (《意见》《规划》)."""
    return bool(re.fullmatch(r"(?:实施|行动|工作)?(?:方案|意见|规划|计划|通知|办法|纲要|条例|决定|规定|要点)", title)) or title in _ABBREVIATED.findall(folded)


def normal_title(title: str) -> str:
    """A title as instruments are told apart by: no marks, no white space, no 中华人民共和国, and of a notice that
    issues something the thing issued.

    >>> normal_title("国务院关于印发“十四五”节能减排综合工作方案的通知")
    '十四五节能减排综合工作方案'
    """
    plain = re.sub(r"[\s《》〈〉“”\"'‘’]", "", title.translate({ord("("): "（", ord(")"): "）", ord("、"): None}))
    plain = re.sub(r"^.{0,40}?(?:关于)?(?:印发|转发|发布|公布)(.+)的通知$", r"\1", plain)
    return plain.removeprefix("中华人民共和国").removesuffix("的通知")
