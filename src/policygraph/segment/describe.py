"""What a document says of itself: title, number, issuers, addressees, date.

What the file says elsewhere (its name, the page that it was taken from) is no word of the text; its name serves last,
and as a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policygraph.read import Reading, SourceText, fold
from policygraph.segment.debris import is_debris
from policygraph.segment.leads import ends_sentence
from policygraph.segment.matter import (
    ADDRESSEES,
    BODY_NAME,
    CONTENTS,
    DATE,
    FOREWORD,
    NUMBER,
    Matter,
    is_signature,
    iso_date,
    title_end,
)
from policygraph.segment.paragraphs import Piece
from policygraph.vocabulary.agencies import resolve_agency
from policygraph.vocabulary.regions import regions_in

Lines = Sequence[tuple[Piece, str]]

#: Where a name begins after another one: 河北省教育厅|河北省财政厅, 省教育厅|中共省委组织部.
_ANEW = re.compile(r"(?<=[部厅局署委院办会室府行处])(?:中共|国务院|最高人民|中国人民|中华人民共和国|国家|[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,7}(?:自治区|自治州)|[\u4e00-\u9fff]{1,4}?市(?!场|政))")
#: 1989年12月26日第七届全国人民代表大会…通过: a line of the history of a statute.
_HISTORY = re.compile(r"（?(?:根据)?\d{4}年\d{1,2}月\d{1,2}日[^。]*(?:通过|修[正订改]|公布|批准|施行)）?$|（?根据\d{4}年")
_LEADER = re.compile(r"[.…·]{4,}")
#: 《…规划》已经市政府同意，现印发… The sentence that issues a text names it.
_ISSUES = re.compile(r"(?:现将|将|现)?《((?:[^《》]|〈[^〉]*〉|《[^》]*》)+)》(?:（[^（）]{2,12}）)?[^。《》]{0,80}?(?:现(?:予|将其|将)?|予以)?(?:印发|转发|批转|发布|公布|颁布|下发)(?:给你们|你们|实施|[，。])")
_ISSUED = re.compile(r"印发《([^《》]{4,60}(?:方案|计划|规划|纲要|意见|办法|措施|细则|规定|要点|预案|通知))》[，。]")
_VERBS = "印发|转发|批转|发布|公布|颁布|下发|公开发布"
#: What may stand before a title on its line: the label of an annex, the date and the remark of the notice above it.
_BEFORE_TITLE = re.compile(
    rf"^(?:[^。]{{0,30}}?{DATE.pattern}(?!\d|日|印发|发布))?(?:（[^（）]{{2,20}}）)?(?:附件?[一二三四五六七八九十\d]{{0,2}}[：:]?)?(?:第[一二三四五六七八九十]{{1,3}}[章节][^《]{{2,30}}?\d{{1,3}})?"
)
_NUMERIC_DATE = re.compile(r"((?:19|20)\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_FIELDS = re.compile(
    r"[【〔]?(?P<name>法规标题|标题|名称|发文字号|文号|成文日期|发文日期|发布日期|发布时间|生成日期|印发日期|发布机构|发文机关|发文机构|制定机关)(?:[：:】〕]|(?=[\u4e00-\u9fff\d]))"
    r"(?P<value>[^：:]+?)(?=(?:索引号|主题分类|标题|名称|发文字号|文号|成文日期|发文日期|发布日期|发布时间|生成日期|发布机构|发文机关|有效性|主题词|公开类别|分类)(?:[：:]|(?=[\u4e00-\u9fff\d]))|$)"
)


@dataclass(frozen=True, slots=True)
class Described:
    """What a document says of itself; None where it says nothing."""

    title: str | None
    number: str | None
    issuers: tuple[str, ...]
    addressees: tuple[str, ...]
    date: str | None
    effective: str | None


def describe(source: SourceText, pieces: Sequence[Piece], reading: Reading, matter: Matter) -> Described:
    """The metadata that the front and back matter give."""
    head = [(p, p.text) for i, p in enumerate(pieces[: matter.body]) if i not in matter.contents]
    fields = _header_fields(head)
    front = [(p, text) for p, text in head if not is_debris(text) and not (fields and _FIELDS.match(text))]
    closing = [(p, p.text) for i, p in enumerate(pieces) if i in matter.closing]
    back = [(p, p.text) for p in pieces[matter.back :] if not is_debris(p.text)]
    preamble = [p.text for p in pieces[matter.body : max(matter.numbered, matter.body + 1)]]
    title = _title(front, preamble, reading) or _issued_title(fields.get("法规标题") or fields.get("标题") or fields.get("名称"))
    number = fields.get("发文字号") or fields.get("文号") or _number(front)
    issuers = _issuers(source, front, reading) or _issuers(source, closing, reading) or _adopted_by(front)
    issuers = issuers or _issuers(source, [(p, t) for p, t in back if is_signature(t)], reading)
    titled = _issuer_in_title(front)
    issuers = (titled if len(titled) > len(issuers) else issuers) or _printed_by(back) or _split_names(next((fields[n] for n in ("发文机关", "发文机构", "发布机构", "制定机关") if n in fields), ""))
    addressees = next((_addressed(text) for _, text in front if ADDRESSEES.match(NUMBER.sub("", text, count=1))), ())
    date = _iso(fields.get("成文日期") or fields.get("发文日期")) or _front_date(front) or _front_date(closing) or _front_date(back)
    date = date or _iso(next((fields[n] for n in ("印发日期", "发布日期", "发布时间", "生成日期") if n in fields), None))
    date = date or _numeric_date(head) or _year_of(title, number)
    first, last = pieces[0].start, pieces[-1].end
    return Described(title, number, issuers, addressees, date, _effective(reading.folded[first:last], date))


def _header_fields(front: Lines) -> dict[str, str]:
    """What the index table of the page says above the text (索引号, 发文机关, 成文日期 …)."""
    fields: dict[str, str] = {}
    indexed = any(re.match(r"(?:信息)?索引号", text) for _, text in front)
    for _, text in front:
        colon = re.match(r"[^：:。]{0,12}[：:]|[【〔]", text)
        if len(text) > 400 or not (colon or (indexed and _FIELDS.match(text))):
            continue
        for match in _FIELDS.finditer(text):
            fields.setdefault(match["name"], match["value"].strip())
    return fields


def _iso(text: str | None) -> str | None:
    if not text:
        return None
    match = DATE.search(text)
    if match:
        return iso_date(match)
    plain = _NUMERIC_DATE.search(text)
    return _of_numbers(plain) if plain else None


def _of_numbers(match: re.Match[str]) -> str | None:
    year, month, day = (int(group) for group in match.groups())
    return f"{year}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else None


def _numeric_date(front: Lines) -> str | None:
    """A day in digits in the lines above the text: 发布时间：2021-11-05, when the text itself is not dated."""
    for _, text in front:
        match = _NUMERIC_DATE.search(text) if len(text) <= _LONGEST_STAMP else None
        if match and (iso := _of_numbers(match)):
            return iso
    return None


_LONGEST_STAMP = 100


def _year_of(title: str | None, number: str | None) -> str | None:
    """The year that a number or a title has (〔2021〕, 2022年度工作计划); 2030年前 and 2021—2025年 are other years."""
    match = re.search(r"[〔（]((?:19|20)\d{2})[〕）]", number or "")
    if match:
        return match[1]
    years = re.findall(r"(?<![\d—–~-])((?:19|20)\d{2})年(?!前|底|末|远景|以前|[—–~-]|至)", re.sub(r"（[^（）]*）", "", title or ""))
    return years[0] if len(years) == 1 else None


def date_in_name(name: str) -> str | None:
    """The day, or else the year, that the name of a file has: 水法(2016-07-02), 2022年工作要点."""
    match = _NUMERIC_DATE.search(name) or re.search(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)", name)
    return (_of_numbers(match) if match else None) or _year_of(name, None)


def _front_date(part: Lines) -> str | None:
    """The last date that stands in a short line without a sentence: the signature's."""
    found = None
    for _, text in part:
        if len(text) <= 60 and not ends_sentence(text.replace("（此件社会公开）", "")) and "《" not in text and not _HISTORY.match(text):
            for match in DATE.finditer(text):
                iso = iso_date(match)
                if iso and (len(iso) == 10 or found is None):
                    found = iso
    if found is None:
        history = [iso for _, text in part if _HISTORY.match(text) for match in DATE.finditer(text) if (iso := iso_date(match))]
        found = max(history, default=None)
    return found


def _number(front: Lines) -> str | None:
    for _, text in front:
        if len(text) <= 40:
            match = NUMBER.search(text)
            if match and "《" not in text:
                return re.sub(r"\s", "", _without_title(match.group()))
    for _, text in front:
        match = re.search(r"（(" + NUMBER.pattern + r")）$", text)
        if match and title_end().search(text[: match.start()]):
            return match[1]
    for _, text in front:
        match = NUMBER.match(text)
        if match:
            return re.sub(r"\s", "", match.group())
    return None


def _without_title(number: str) -> str:
    """A number without the end of the title that runs into it (的通知|津住建科〔2020〕46号)."""
    return re.sub(r"^.*(?:通知|意见|公告|的函|批复|办法|方案|规定|细则|条例)(?=[\u4e00-\u9fff]{2,10}[〔（])", "", number)


def _title(front: Lines, preamble: Sequence[str], reading: Reading) -> str | None:
    """The title that stands nearest before the preamble, over as many lines as it takes; else the one that a notice
    issues, or that the preamble says was made (制定《…》)."""
    issued = next((match[1] for _, text in front for match in [_ISSUES.search(text) or _ISSUED.search(text)] if match), None)
    lines = _title_lines(front, reading)
    lines = [re.sub(rf"[（(](?:{NUMBER.pattern})[）)]$", "", line) if len(fold(line)) == len(line) else line for line in lines]
    joined = _once(_BEFORE_TITLE.sub("", fold("".join(lines))) and _clean_title("".join(lines)))
    if issued and joined and _plain(issued) in _plain(joined):
        return issued if not title_end().search(fold(joined)) or len(joined) > len(issued) + 2 and not joined.endswith("）") else joined
    if joined and title_end().search(fold(joined)):
        return _issued_title(joined)
    for _, text in front:
        if re.search(_VERBS, text) and title_end().search(text) and len(text) < 90:
            return _issued_title(text)
    heading = _top_title(front)
    if heading:
        return _issued_title(heading)
    if issued:
        return issued
    for text in preamble:
        made = re.search(r"(?:制定|编制|制订)(?:本)?《([^》]+)》", text) or _ISSUED.search(text)
        if made:
            return made[1]
    return joined or None


def _plain(title: str) -> str:
    return re.sub(r"[\s“”\"《》〈〉—–-]", "", fold(title))


def _clean_title(title: str) -> str:
    """A title without what stands before it on its line, the characters as written."""
    return title[_BEFORE_TITLE.match(fold(title)).end() :]  # type: ignore[union-attr]


def _once(title: str) -> str:
    """A title that a page prints twice, once."""
    half = len(title) // 2
    return title[:half] if half >= 6 and title[:half] == title[half:] else title


def _title_lines(front: Lines, reading: Reading) -> list[str]:
    """The lines of the title that stands nearest before the body, in order."""
    lines: list[str] = []
    for piece, folded in reversed(front):
        shown = reading.text[piece.start : piece.end]
        line = folded if lines else DATE.sub("", folded)
        if not lines and (re.fullmatch(r"（[^（）]*(?:通过|修[正订]|公布|批准)[^（）]*）", line) or _HISTORY.match(folded)):
            continue
        if re.fullmatch(r"（[^（）]{2,20}）", line) and not re.search(r"\d{4}", line):
            if lines:
                break
            continue
        if not lines and (not line or re.fullmatch(DATE.pattern, folded) or _LEADER.search(line) or CONTENTS.fullmatch(line) or FOREWORD.match(line)):
            continue  # the date and the contents that a cover has below its title
        if DATE.search(folded) and re.fullmatch(r"(?:（[^（）]{2,20}）)*", DATE.sub("", folded)):
            break
        if not line or ends_sentence(line) or NUMBER.fullmatch(line) or re.match(r"^(?:附件|标题：|发文|公文种类|主题)", line):
            annex = re.match(r"附件\d?[：:]?(.*[案划见法施则定点知])$", line)
            if annex and annex[1]:
                lines.insert(0, annex[1])
            elif lines and (label := re.match(r"附件\d?[：:]?(?=[\u4e00-\u9fff]{6})", line)):
                lines.insert(0, line[label.end() :])
            break
        if is_signature(line):
            if lines and re.match(r"《?关于|印发", lines[0]) or (lines and is_signature(lines[0]) and not DATE.search(folded)):
                lines.insert(0, shown)  # 湖南省人民政府办公厅|关于科学绿化的实施意见
                continue
            if lines:
                break
            continue  # the body that a cover names below its title
        if lines and title_end().search(line) and not line.endswith("行动") and not all(re.fullmatch(r"（[^（）]*）", each) for each in lines):
            break
        if lines and _begins_title(lines[0]) and not _LEADS_ON.search(line):
            break
        lines.insert(0, shown if len(shown) == len(line) else line)
        if len(lines) >= 4:
            break
    return lines


#: 某某市人民政府办公室关于印发| The line before a title that begins with a region.
_LEADS_ON = re.compile(r"(?:关于|印发|转发|发布|政府|办公[厅室]|[厅局委部]|[、和与])$")


def _begins_title(line: str) -> bool:
    found = regions_in(line[:12])
    return bool(found) and found[0][0] == 0


def _top_title(front: Lines) -> str | None:
    """The title at the head of a text that is itself the policy (关于做好……工作的通知), above number and addressees."""
    lines: list[str] = []
    heads: list[str] = []
    for _, text in front[:8]:
        if ends_sentence(text) or len(lines) >= 4:
            return None
        if NUMBER.fullmatch(text) or text.endswith("文件") or re.match(r"标题：|发文|索引号|主题|来源", text):
            lines, heads = [], []
            continue
        if not lines and is_signature(text) and len(front) > 1:
            heads.append(text)  # the head of a notice is the names of bodies
            continue
        lines += [*heads, text] if heads and re.match(r"《?关于", text) else [text]
        heads = []
        joined = NUMBER.sub("", "".join(lines)) if NUMBER.search(text) else "".join(lines)
        joined = re.sub(r"（）$", "", joined)
        if title_end().search(joined.rstrip("》")) and len(joined) <= 240:
            return _once(joined)
    return None


def _issued_title(title: str | None) -> str | None:
    """The title of what a notice issues: 关于印发《X》的通知 is about X."""
    if not title:
        return None
    quoted = re.search(rf"(?:{_VERBS})[^《]{{0,20}}《(.+)》(?:（[^（）]{{1,12}}）)?(?:的通知|的公告|的公示|$)", title)
    if quoted:
        return quoted[1]
    shown = re.match(r"关于《(.+)》的(?:公示|通知|公告)", title)
    if shown:
        return shown[1]
    plain = re.search(r"(?:印发|转发|批转)(?!《)(.+?)的通知", title)
    if plain:
        return plain[1]
    named = re.match(r"[\u4e00-\u9fff]{2,20}(?:办公厅|办公室|政府|[部厅局委])(?:印发|转发)(关于.+)$", title)
    return named[1] if named else title


def _issuers(source: SourceText, part: Lines, reading: Reading) -> tuple[str, ...]:
    """The bodies that sign: lines made of nothing but names of bodies (spaces or line breaks between them)."""
    found: list[str] = []
    for piece, text in part:
        rest = re.sub(r"（[^（）]*代章）|（[^（）]{2,12}）$", "", DATE.sub("", text))
        if len(rest) > 120 or not rest or ends_sentence(rest) or title_end().search(rest) or "文件" in rest:
            continue
        start, end = reading.span(piece.start, piece.end)
        if re.search(r"等[一二三四五六七八九十\d]*个?(?:部门|单位)$", rest):
            continue
        names: list[str] = []
        for token in source.text[start:end].split():
            token = DATE.sub("", re.sub(r"[*#]", "", token))
            names += bodies_in(re.sub(r"[（(][^（）()]*代章[）)]", "", token))
        if names and sum(map(len, names)) >= len(rest) * 0.9:
            found += [name for name in names if name not in found]
    return tuple(found)


_ADOPTED = re.compile(r"日([\u4e00-\u9fff]{2,20}?)第[一二三四五六七八九十]+届(人民代表大会)(常务委员会)?第[一二三四五六七八九十百]+次会议")


def _adopted_by(front: Lines) -> tuple[str, ...]:
    """The congress that a regulation's note of adoption names."""
    for _, text in front:
        match = _ADOPTED.search(text)
        if match and text.startswith("（"):
            return ("".join(filter(None, match.groups())),)
    return ()


def _addressed(text: str) -> tuple[str, ...]:
    """The addressees of a line, split outside brackets."""
    found, depth, name = [], 0, ""
    for char in NUMBER.sub("", text, count=1).rstrip("："):
        depth += (char in "（〔") - (char in "）〕")
        if char in "，、" and depth == 0:
            found.append(name)
            name = ""
        else:
            name += char
    return tuple(n for n in [*found, name] if n)


def bodies_in(token: str) -> list[str]:
    """The names of bodies in a stretch that holds nothing else, even where they run together.

    >>> bodies_in("河北省教育厅中共河北省委政法委员会")
    ['河北省教育厅', '中共河北省委政法委员会']
    >>> bodies_in("国家发展改革委工业和信息化部")
    ['国家发展改革委', '工业和信息化部']
    """
    folded = fold(token)
    if not BODY_NAME.search(folded):
        return []
    cuts = [0]
    for match in _ANEW.finditer(folded):
        if match.start() > cuts[-1] and not folded.endswith("中共", 0, match.start()):
            cuts.append(match.start())
    return [name for a, b in zip(cuts, [*cuts[1:], len(token)], strict=True) for name in _known_bodies(token[a:b])]


def _known_bodies(name: str) -> list[str]:
    """A name that the vocabulary knows as one body, or else the fewest known bodies that make it up."""
    if not BODY_NAME.fullmatch(fold(name)):
        return [match.group() for match in BODY_NAME.finditer(name)]
    if resolve_agency(name) or len(name) > 80:
        return [name]
    best: dict[int, list[str]] = {0: []}
    ends = [m.end() for m in re.finditer(r"[部厅局署委院办会行]", name)]
    for end in ends:
        options = [[*best[a], name[a:end]] for a in best if 3 <= end - a <= 22 and resolve_agency(name[a:end])]
        if options:
            best[end] = min(options, key=len)
    return best.get(len(name)) or [name]


def _printed_by(back: Lines) -> tuple[str, ...]:
    for _, text in back:
        match = re.match(r"(.{2,24}?(?:厅|局|委|部|委员会|人民政府|会))(?:办公室|办公厅)\d{4}年", text)
        if match:
            return (match[1],)
    return ()


_TITLE_BODY = re.compile(
    r"((?:(?:(?:中共)?(?:(?!印发|转发|批转|关于)[\u4e00-\u9fff]){2,20}?|(?=国务院|中共中央|党中央))(?:政府办公厅|政府办公室|人民政府|政府|国务院|办公厅|办公室|委员会|党委|党中央|中共中央|[部厅局委署院])(?:办公厅|办公室)?[、 ]?){1,10})"
    r"(?:等[一二三四五六七八九十\d]*个?部?[门委]?)?(?:关于|印发|转发|批转|(?=20\d{2}年))"
)


def _issuer_in_title(front: Lines) -> tuple[str, ...]:
    """The bodies that the title of a notice begins with."""
    joined = "".join(text for _, text in front[:4] if len(text) <= 120)
    for text in [joined, *(t for _, t in front)]:
        match = None if re.match(r"为|根据|按照|经|现", text) else _TITLE_BODY.match(text)
        if match:
            return _split_names(match[1])
    return ()


def _split_names(names: str) -> tuple[str, ...]:
    return tuple(name for part in re.split(r"[、，,;； ]", names) if part for name in bodies_in(part) or [part])


def _effective(folded: str, date: str | None) -> str | None:
    match = re.search(r"自(" + DATE.pattern + r")起(?:施行|实施|执行)", folded)
    if match:
        inner = DATE.search(match[1])
        return iso_date(inner) if inner else None
    return date if re.search(r"自(?:印发|发布|公布|颁布)之日起(?:施行|实施|执行)", folded) else None
