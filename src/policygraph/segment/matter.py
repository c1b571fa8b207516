"""Front and back matter: where the policy itself begins and ends, and what the document says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from policygraph.read import Reading, SourceText, fold
from policygraph.segment import markers as m
from policygraph.segment.debris import is_debris
from policygraph.segment.leads import ends_sentence
from policygraph.segment.markers import marker_at
from policygraph.segment.paragraphs import Piece
from policygraph.vocabulary.agencies import resolve_agency
from policygraph.vocabulary.lists import any_of, lists

_BODY_LEVELS = (m.BOOK, m.CHAPTER, m.SECTION, m.ARTICLE, m.PART, m.ITEM, m.SUBITEM, *m.DECIMALS, *m.INNER_DECIMALS)
NUMBER = re.compile(r"(?:[\u4e00-\u9fff]{1,12}[〔]\s*\d{4}\s*[〕]\s*第?\s*\d{1,5}\s*号)|(?:[\u4e00-\u9fff]{1,8}（\d{4}）\d{1,5}号)")
_DATE = re.compile(r"(\d{4}|[一二三四五六七八九〇○零ＯO]{4})年(\d{1,2}|[一二三四五六七八九十]{1,3})月(?:(\d{1,2}|[一二三四五六七八九十]{1,3})日)?")
BACK = re.compile(r"^(?:抄送|抄报|主送|分送|信息公开选项|公开方式|公开属性|主动公开|（此[件文][^）]*）|（主动公开）|（联系人|联系人[：]|责任编辑|编辑[：]|来源[：])")
PRINTED = re.compile(r"(?:办公室|办公厅|办公?|秘书处)\s*\d{4}年\d{1,2}月\d{1,2}日印发$|\d{4}年\d{1,2}月\d{1,2}日印(?:发|制)")
_BODY_NAME = re.compile(
    r"(?:中共)?[\u4e00-\u9fff（）]{1,24}?(?:人民政府办公厅|人民政府办公室|人民政府|委员会办公室|委员会|办公厅|办公室|法院|检察院|总局|总署|"
    r"[部厅局署委院]|银行|联合会|集团|总工会|妇联|管委会|公司)(?![员会])"
)
#: Where a name begins after another one: 河北省教育厅|河北省财政厅, 省教育厅|中共省委组织部.
_ANEW = re.compile(r"(?<=[部厅局署委院办会室府行处])(?:中共|国务院|最高人民|中国人民|国家|[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,7}(?:自治区|自治州)|[\u4e00-\u9fff]{1,4}?市(?!场|政))")
_FOREWORD = re.compile(r"^(?:前言|引言|序言|序)$")
ADDRESSEES = re.compile(r"(?:各|省|市|县|州|区|国务院|有关|相关|中央|自治|新疆|[\u4e00-\u9fff]{2,10}[、，]).*：$")
#: 附件1, 附件：, 附表2重点工程: the label of an annex, alone or with its title.
ANNEX_LABEL = re.compile(r"(?P<label>附[件表录](?:(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:[-—]\d{1,2})?)?)(?:(?<=[件表录])(?:[：:]|$)|(?<![件表录])[：:]?)")
_LABEL_ALONE = re.compile(r"附[件表录](?:\d{1,3}|[一二三四五六七八九十]{1,3}|[：:]?$)")
_LISTED = re.compile(r"\d{1,2}[．.、](?!\d)")
#: A title and three names are the shortest list.
_SHORTEST_LISTING = 3
_CONTENTS = re.compile(r"[•·]?目录")
_CONTENTS_LINE = re.compile(r"[.…·]{4,}[\s—-]*\d")
#: 1989年12月26日第七届全国人民代表大会…通过: a line of the history of a statute.
_HISTORY = re.compile(r"（?(?:根据)?\d{4}年\d{1,2}月\d{1,2}日[^。]*(?:通过|修[正订改]|公布|批准|施行)）?$|（?根据\d{4}年")
_LEADER = re.compile(r"[.…·]{4,}")


@cache
def title_end() -> re.Pattern[str]:
    """What a title ends with: 方案, 计划（2023—2025年）."""
    return re.compile(rf"{any_of(lists('layout')['documents']['titles'])}(?:（[^（）]{{1,20}}）)*$")


@dataclass(frozen=True, slots=True)
class Matter:
    """Indices into the paragraphs: `contents`, `body` starts with the preamble, `back` starts the back matter; `closing` is what
    a notice signs off with before its annexes: the list of annexes, the signature and the date; `debris` are lines of
    the web page within the body."""

    contents: frozenset[int]
    body: int
    numbered: int
    back: int
    closing: frozenset[int] = frozenset()
    debris: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Described:
    """What a document says of itself; None where it says nothing."""

    title: str | None
    number: str | None
    issuers: tuple[str, ...]
    addressees: tuple[str, ...]
    date: str | None
    effective: str | None


def find_matter(pieces: list[Piece]) -> Matter:
    """Where the body begins and ends. The preamble is the run of full sentences before the first number; what stands
    before it is title, addressees, the notice that issues the document, signatures and date."""
    texts = [p.text for p in pieces]
    contents = _contents(texts)
    listed = _listed_annexes(texts)
    numbered = _first_number(pieces, passed=contents | listed)
    back = _back(pieces, numbered or 0)
    if numbered is None or numbered >= back:
        listing = 1 if back > _SHORTEST_LISTING else back  # a list of names has no sentences
        numbered = next((i for i, t in enumerate(texts) if i not in contents and _is_prose(t)), listing)
        debris = frozenset(i for i in range(numbered, back) if is_debris(texts[i]))
        return Matter(contents, numbered, numbered, back, debris=debris)
    body = numbered
    while body > 0 and body - 1 not in contents and (_is_prose(texts[body - 1]) or _FOREWORD.match(texts[body - 1])):
        body -= 1
        if _FOREWORD.match(texts[body]):
            break
    debris = frozenset(i for i in range(body, back) if not pieces[i].mark and is_debris(texts[i]))
    return Matter(contents, body, numbered, back, _closing(texts, numbered, back), debris)


def _first_number(pieces: list[Piece], *, passed: frozenset[int]) -> int | None:
    """The first piece that a number of the body opens. An excerpt begins with any article, or any number that goes on."""
    marked = [
        (i, p.mark) for i, p in enumerate(pieces)
        if p.mark and p.mark.level in _BODY_LEVELS and i not in passed and not _is_annex_line(p.text)
    ]
    for n, (i, mark) in enumerate(marked):
        if mark.ordinal in (1, 2) or mark.level is m.ARTICLE:
            return i
        following = next((other for _, other in marked[n + 1 :] if other.level.rank <= mark.level.rank), None)
        if following and following.level is mark.level and following.ordinal == mark.ordinal + 1:
            return i
    return None


def _listed_annexes(texts: list[str]) -> frozenset[int]:
    """The lines after 附件：1.… that go on with its count."""
    found: set[int] = set()
    for i, text in enumerate(texts):
        if not re.match(r"附件[：:]1[.．、]", text):
            continue
        for n, j in enumerate(range(i + 1, len(texts)), start=2):
            if not re.match(rf"{n}[.．、](?!\d)", texts[j]) or len(texts[j]) > 60 or ends_sentence(texts[j]):
                break
            found.add(j)
    return frozenset(found)


def _closing(texts: list[str], numbered: int, back: int) -> frozenset[int]:
    """The paragraphs that close a text before its annexes: the list of them (附件：1.…) and the signature to its date,
    with what may stand below it."""
    found: set[int] = set()
    last_label = next((i for i in range(back - 1, numbered, -1) if _LABEL_ALONE.match(texts[i])), -1)
    for i in range(numbered + 1, back):
        if _lists_annexes(texts, i, last_label=last_label):
            found.add(i)
            for n, j in enumerate(range(i + 1, back), start=2):
                if not _LISTED.match(texts[j]) or len(texts[j]) > 60 or int(re.match(r"\d+", texts[j])[0]) != n:  # type: ignore[index]
                    break
                found.add(j)
    first = numbered + 1  # of the run of signatures and closing lines that `date` stands in
    for date in range(numbered + 1, back):
        signed = is_signature(texts[date])
        if not signed and date not in found:
            first = date + 1
        if not signed or first == date or not is_dated(texts[date]):
            continue
        found.update(range(first, date + 1))
        first = date
        for j in range(date + 1, back):
            if not (re.match(r"（[^（）]{2,30}）$", texts[j]) or BACK.match(texts[j]) or PRINTED.search(texts[j])):
                break
            found.add(j)
    return frozenset(found)


def _lists_annexes(texts: list[str], i: int, *, last_label: int) -> bool:
    """Whether 附件：… lists the annexes that follow, and opens none itself: it counts them, it stands before the
    signature, or a label comes later."""
    label = re.match(r"附件[：:]", texts[i])
    if not label or ends_sentence(texts[i]) or len(texts[i]) > 120:
        return False
    return bool(_LISTED.match(texts[i], label.end())) or last_label > i or (i + 1 < len(texts) and is_signature(texts[i + 1]))


def is_dated(text: str) -> bool:
    """Whether a text holds a date."""
    return bool(_DATE.search(text))


def _is_annex_line(text: str) -> bool:
    return bool(re.match(r"附件\d?[：:]?", text)) and len(text) < 60


def _is_prose(text: str) -> bool:
    if not ends_sentence(text) or is_debris(text):
        return False
    if len(text) < 24:  # 现就有关事项通知如下。
        if len(text) >= 12 and text.endswith("。") and "，" in text and not re.search(r"[印转]发|执行|请", text):
            return True  # 奋斗目标：经过五年努力，空气质量总体改善。
        return len(text) >= 8 and bool(re.search(r"(?:如下[^。：]{0,6}|制定本[^。：]{2,6})[。：]$", text))
    if text.endswith("：") and ADDRESSEES.match(text) and not re.search(r"如下：$", text):
        return False
    if re.search(r"(?:印发|转发|发布|公布|下发)给?你们|请认真(?:贯彻|组织|遵照)|请(?:遵照|结合)[^。]{0,12}(?:执行|贯彻)|请[^。]{0,16}(?:贯彻执行|抓好落实|组织实施)。", text) and len(text) < 700:
        return not re.search(r"(?:现将|现)?[^。]{0,60}(?:印发|转发|发布|公布)给?你们", text)
    return not text.startswith(("附件", "（此件", "标题：", "发文"))


def _contents(texts: list[str]) -> frozenset[int]:
    """Pieces of a table of contents: after 目录, lines that stand again as headings further on, and dot leaders."""
    found = {i for i, text in enumerate(texts) if _CONTENTS_LINE.search(text)}
    if not any(_CONTENTS.fullmatch(text) for text in texts):
        return frozenset(found)
    lines = [re.sub(r"[.…·\d\s]+$", "", text) for text in texts]
    last = {line: j for j, line in enumerate(lines)}
    for i, text in enumerate(texts):
        if _CONTENTS.fullmatch(text):
            found.add(i)
            seen = set()
            for j in range(i + 1, len(texts)):
                line = lines[j]
                if j in found:
                    seen.add(line)
                    continue
                if ends_sentence(texts[j]) or line in seen or len(line) > 60:
                    break
                if last[line] <= j:
                    break
                seen.add(line)
                found.add(j)
    return frozenset(found)


def _back(pieces: list[Piece], numbered: int) -> int:
    """The first paragraph of the back matter: 抄送, 印发, 信息公开选项, and a signature with its date."""
    back = len(pieces)
    for i in range(len(pieces) - 1, max(numbered, len(pieces) - 40), -1):
        text, mark = pieces[i].text, pieces[i].mark
        if not mark and (BACK.match(text) or PRINTED.search(text) or is_debris(text)):
            back = i
        elif ANNEX_LABEL.match(text) or (mark and mark.level in _BODY_LEVELS):
            break  # what stands above closes a notice, and annexes follow
    while back - 1 > numbered and is_signature(pieces[back - 1].text):
        back -= 1
    return back


def is_signature(text: str) -> bool:
    """A line of issuers, or a date alone."""
    if len(text) > 60 or marker_at(text) or ends_sentence(text):
        return False
    rest = _DATE.sub("", text)
    return (rest != text and len(rest) <= 2) or bool(rest and _BODY_NAME.sub("", rest) == "")


def iso_date(match: re.Match[str]) -> str | None:
    """The ISO form of a date that `_DATE` matched, as far as it goes (2021-12 without a day)."""
    year_text = match[1]
    year = year_text if year_text.isdigit() else "".join(
        "0" if c in "〇○零ＯO" else str("一二三四五六七八九".index(c) + 1) for c in year_text)
    month = int(match[2]) if match[2].isdigit() else m.number(match[2])
    day = None if match[3] is None else int(match[3]) if match[3].isdigit() else m.number(match[3])
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return f"{year}-{month:02}" + (f"-{day:02}" if day else "")


def describe(source: SourceText, paragraphs: list[Piece], reading: Reading, matter: Matter) -> Described:
    """The metadata that the front and back matter give."""
    front = [(p, p.text) for i, p in enumerate(paragraphs[: matter.body]) if i not in matter.contents]
    closing = [(p, p.text) for i, p in enumerate(paragraphs) if i in matter.closing]
    back = [(p, p.text) for p in paragraphs[matter.back :]]
    fields = _header_fields(front)
    title = _title(front, paragraphs[matter.body : matter.numbered], reading) or _issued_title(fields.get("标题"))
    number = fields.get("发文字号") or _number(front)
    issuers = _issuers(source, front, reading) or _issuers(source, closing, reading) or _adopted_by(front)
    addressees = next((_addressed(text) for _, text in front if ADDRESSEES.match(NUMBER.sub("", text, count=1))), ())
    date = _iso(fields.get("成文日期")) or _front_date(front) or _front_date(closing) or _front_date(back)
    if not issuers:
        issuers = _printed_by(back) or _issuer_in_title(front) or _issuers(source, [(p, t) for p, t in back if is_signature(t)], reading)
    return Described(title, number, issuers, addressees, date, _effective(reading.folded[paragraphs[0].start : paragraphs[-1].end], date))


def _header_fields(front: list[tuple[Piece, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for _, text in front:
        match = re.match(r"(标题|发文字号|文号|成文日期|发布日期|发布机构)：(.+)", text)
        if match:
            fields.setdefault("发文字号" if match[1] == "文号" else match[1], match[2])
    return fields


def _iso(text: str | None) -> str | None:
    match = _DATE.search(text) if text else None
    return iso_date(match) if match else None


def _front_date(part: list[tuple[Piece, str]]) -> str | None:
    """The last date that stands in a short line without a sentence: the signature's."""
    found = None
    for _, text in part:
        if len(text) <= 60 and not ends_sentence(text.replace("（此件社会公开）", "")) and "《" not in text:
            for match in _DATE.finditer(text):
                iso = iso_date(match)
                if iso and (len(iso) == 10 or found is None):
                    found = iso
    return found


def _number(front: list[tuple[Piece, str]]) -> str | None:
    for _, text in front:
        if len(text) <= 40:
            match = NUMBER.search(text)
            if match and "《" not in text:
                return re.sub(r"\s", "", match.group())
    for _, text in front:
        match = re.search(r"（(" + NUMBER.pattern + r")）$", text) if "《" not in text[:-30] or text.count("》") else None
        if match and title_end().search(text[: match.start()]):
            return match[1]
    for _, text in front:
        match = NUMBER.match(text)
        if match:
            return re.sub(r"\s", "", match.group())
    return None


def _title(front: list[tuple[Piece, str]], preamble: list[Piece], reading: Reading) -> str | None:
    """The title that stands nearest before the preamble, over as many lines as it takes; else the one that a notice
    issues, or that the preamble says was made (制定《…》)."""
    lines: list[str] = []
    for paragraph, _ in reversed(front):
        shown = reading.text[paragraph.start : paragraph.end]
        shown_folded = reading.folded[paragraph.start : paragraph.end]
        line = shown_folded if lines else _DATE.sub("", shown_folded)
        if not lines and (re.fullmatch(r"（[^（）]*(?:通过|修[正订]|公布|批准)[^（）]*）", line) or _HISTORY.match(shown_folded)):
            continue
        if re.fullmatch(r"（[^（）]{2,20}）", line) and not re.search(r"\d{4}", line):
            if lines:
                break
            continue
        if not lines and (not line or re.fullmatch(_DATE.pattern, shown_folded) or _LEADER.search(line) or _CONTENTS.fullmatch(line)):
            continue  # the date and the contents that a cover has below its title
        if not line or ends_sentence(line) or NUMBER.fullmatch(line) or re.match(r"^(?:附件|标题：|发文|公文种类|主题)", line):
            annex = re.match(r"附件\d?[：:]?(.*[案划见法施则定点知])$", line)
            if annex and annex[1]:
                lines.insert(0, annex[1])
            break
        if is_signature(line):
            break
        if lines and title_end().search(line) and not line.endswith("行动"):
            break
        lines.insert(0, shown if len(shown) == len(line) else line)
        if len(lines) >= 4:
            break
    joined = "".join(lines)
    if joined and title_end().search(joined.replace("(", "（").replace(")", "）")):
        return _issued_title(joined)
    for _, text in front:
        if "印发" in text and title_end().search(text) and len(text) < 90:
            return _issued_title(text)
    heading = _top_title(front)
    if heading:
        return _issued_title(heading)
    for paragraph in preamble:
        made = re.search(r"(?:制定|编制|制订)(?:本)?《([^》]+)》", paragraph.text)
        if made:
            return made[1]
    return joined or None


def _top_title(front: list[tuple[Piece, str]]) -> str | None:
    """The title at the head of a text that is itself the policy (关于做好……工作的通知), above number and addressees."""
    lines: list[str] = []
    for _, text in front[:8]:
        if ends_sentence(text) or len(lines) >= 4:
            return None
        if NUMBER.fullmatch(text) or text.endswith("文件") or re.match(r"标题：|发文|索引号|主题|来源", text):
            lines = []
            continue
        lines.append(text)
        joined = NUMBER.sub("", "".join(lines)) if NUMBER.search(text) else "".join(lines)
        if title_end().search(joined.rstrip("》")) and len(joined) <= 120:
            return joined
    return None


def _issued_title(title: str | None) -> str | None:
    """The title of what a notice issues: 关于印发《X》的通知 is about X."""
    if not title:
        return None
    quoted = re.search(r"(?:印发|转发|发布|公布)[^《]{0,20}《(.+)》(?:的通知|的公告|$)", title)
    if quoted:
        return quoted[1]
    plain = re.search(r"(?:印发|转发)(?!《)(.+?)的通知", title)
    return plain[1] if plain else title


def _issuers(source: SourceText, front: list[tuple[Piece, str]], reading: Reading) -> tuple[str, ...]:
    """The bodies that sign: lines made of nothing but names of bodies (spaces or line breaks between them)."""
    found: list[str] = []
    for paragraph, text in front:
        rest = _DATE.sub("", text)
        if len(rest) > 80 or not rest or ends_sentence(rest) or title_end().search(rest) or "文件" in rest:
            continue
        start, end = reading.span(paragraph.start, paragraph.end)
        if re.search(r"等[一二三四五六七八九十\d]*个?(?:部门|单位)$", rest):
            continue
        names: list[str] = []
        for token in source.text[start:end].split():
            token = _DATE.sub("", re.sub(r"[*#]", "", token))
            names += bodies_in(token)
        if names and sum(map(len, names)) >= len(rest) * 0.9:
            found += [name for name in names if name not in found]
    return tuple(found)


_ADOPTED = re.compile(r"日([\u4e00-\u9fff]{2,20}?)第[一二三四五六七八九十]+届(人民代表大会)(常务委员会)?第[一二三四五六七八九十百]+次会议")


def _adopted_by(front: list[tuple[Piece, str]]) -> tuple[str, ...]:
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
    if not _BODY_NAME.search(folded):
        return []
    cuts = [0]
    for match in _ANEW.finditer(folded):
        if match.start() > cuts[-1] and not folded.endswith("中共", 0, match.start()):
            cuts.append(match.start())
    return [name for a, b in zip(cuts, [*cuts[1:], len(token)], strict=True) for name in _known_bodies(token[a:b])]


def _known_bodies(name: str) -> list[str]:
    """A name that the vocabulary knows as one body, or else the fewest known bodies that make it up."""
    if not _BODY_NAME.fullmatch(fold(name)):
        return [match.group() for match in _BODY_NAME.finditer(name)]
    if resolve_agency(name) or len(name) > 80:
        return [name]
    best: dict[int, list[str]] = {0: []}
    ends = [m.end() for m in re.finditer(r"[部厅局署委院办会行]", name)]
    for end in ends:
        options = [[*best[a], name[a:end]] for a in best if 3 <= end - a <= 22 and resolve_agency(name[a:end])]
        if options:
            best[end] = min(options, key=len)
    return best.get(len(name)) or [name]


def _printed_by(back: list[tuple[Piece, str]]) -> tuple[str, ...]:
    for _, text in back:
        match = re.match(r"(.{2,24}?(?:厅|局|委|部|委员会|人民政府|会))(?:办公室|办公厅)\d{4}年", text)
        if match:
            return (match[1],)
    return ()


def _issuer_in_title(front: list[tuple[Piece, str]]) -> tuple[str, ...]:
    for _, text in front:
        match = re.match(r"([\u4e00-\u9fff、]{2,40}?(?:政府办公厅|政府办公室|政府|国务院|[部厅局委]))(?:等[一二三四五六七八九十\d]*个?部?[门委]?)?(?:关于|印发)", text)
        if match:
            return tuple(name for part in match[1].split("、") for name in bodies_in(part) or [part])
    return ()


def _effective(folded: str, date: str | None) -> str | None:
    match = re.search(r"自(" + _DATE.pattern + r")起(?:施行|实施|执行)", folded)
    if match:
        inner = _DATE.search(match[1])
        return iso_date(inner) if inner else None
    return date if re.search(r"自(?:印发|发布|公布|颁布)之日起(?:施行|实施|执行)", folded) else None
