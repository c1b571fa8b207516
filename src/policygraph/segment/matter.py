"""Front and back matter: where the policy itself begins and ends, and what the document says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from policygraph.segment import markers as m
from policygraph.segment.debris import is_debris
from policygraph.segment.leads import ends_sentence
from policygraph.segment.markers import marker_at
from policygraph.segment.paragraphs import Piece
from policygraph.vocabulary.lists import any_of, lists

_BODY_LEVELS = (m.BOOK, m.CHAPTER, m.SECTION, m.ARTICLE, m.PART, m.ITEM, m.SUBITEM, *m.DECIMALS, *m.INNER_DECIMALS)
NUMBER = re.compile(r"(?:[\u4e00-\u9fff]{1,12}[〔]\s*\d{4}\s*[〕]\s*第?\s*\d{1,5}\s*号)|(?:[\u4e00-\u9fff]{1,8}（\d{4}）\d{1,5}号)")
DATE = re.compile(r"((?:19|20)\d{2}|[一二三四五六七八九〇○零ＯO]{4})年(\d{1,2}|[一二三四五六七八九十]{1,3})月(?:(\d{1,2}|[一二三四五六七八九十]{1,3})日)?")
BACK = re.compile(r"^(?:抄送|抄报|主送|分送|信息公开选项|公开方式|公开属性|主动公开|（此[件文][^）]*）|（主动公开）|（联系人|联系人[：]|责任编辑|编辑[：]|来源[：])")
PRINTED = re.compile(r"(?:办公室|办公厅|办公?|秘书处)\s*\d{4}年\d{1,2}月\d{1,2}日印发$|\d{4}年\d{1,2}月\d{1,2}日印(?:发|制)")
BODY_NAME = re.compile(
    r"(?:中共)?[\u4e00-\u9fff（）]{1,24}?(?:人民政府办公厅|人民政府办公室|人民政府|委员会办公室|委员会|办公厅|办公室|法院|检察院|总局|总署|"
    r"[部厅局署委院]|[银证保]{1,2}监会|银行|联合会|集团|总工会|妇联|管委会|公司)(?![员会])"
)
FOREWORD = re.compile(r"^(?:前言|引言|序言|序)$")
ADDRESSEES = re.compile(r"(?:各|省|市|县|州|区|国务院|有关|相关|中央|自治|新疆|[\u4e00-\u9fff]{2,10}[、，]).*：$")
#: 附件1, 附件：, 附表2重点工程, 附录A（规范性附录）: the label of an annex, alone or with its title.
ANNEX_LABEL = re.compile(r"(?P<label>附[件表录](?:(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:[-—]\d{1,2})?|(?<=录)[A-H](?=$|（[规资]))?)(?:(?<=[件表录])(?:[：:]|$)|(?<![件表录])[：:]?)")
_LABEL_ALONE = re.compile(r"附[件表录](?:\d{1,3}|[一二三四五六七八九十]{1,3}|[：:]?$)")
_LISTED = re.compile(r"\d{1,2}[．.、](?!\d)")
#: What is shorter may be a title alone.
_SHORTEST_BODY = 80
#: A title and three names are the shortest list.
_SHORTEST_LISTING = 3
CONTENTS = re.compile(r"[•·]?目录")
_CONTENTS_LINE = re.compile(r"[.…·]{4,}[\s—-]*\d")


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
        if numbered >= back and len(longest := max(texts, key=len)) >= _SHORTEST_BODY:
            numbered = texts.index(longest)  # whatever it looks like: a text is never refused for its layout
            back, contents = max(back, numbered + 1), contents - {numbered}
        debris = frozenset(i for i in range(numbered, back) if is_debris(texts[i]))
        return Matter(contents, numbered, numbered, back, debris=debris)
    body = numbered
    while body > 0 and body - 1 not in contents and (_is_prose(texts[body - 1]) or FOREWORD.match(texts[body - 1])):
        body -= 1
        if FOREWORD.match(texts[body]):
            break
    debris = frozenset(i for i in range(body, back) if is_debris(texts[i]))
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
        if following and following.level.rank < mark.level.rank and following.ordinal > 1:
            return i  # （六）, then 三、: an excerpt from the middle of 二、
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
        if not signed or not is_dated(texts[date]) or (first == date and not BODY_NAME.match(texts[date])):
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
    return bool(DATE.search(text))


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
    if not any(CONTENTS.fullmatch(text) for text in texts):
        return frozenset(found)
    lines = [re.sub(r"[.…·\d\s]+$", "", text) for text in texts]
    last = {line: j for j, line in enumerate(lines)}
    for i, text in enumerate(texts):
        if CONTENTS.fullmatch(text):
            found.add(i)
            seen = set()
            for j in range(i + 1, len(texts)):
                line = lines[j]
                if j in found:
                    seen.add(line)
                    continue
                if ends_sentence(texts[j]) or line in seen or len(line) > 60:
                    break
                paged = line != texts[j] and len(line) >= 5  # in a joined text the heading runs into what stands under it
                if last[line] <= j and not (paged and any(text.startswith(line) for text in texts[j + 1 :])):
                    break
                seen.add(line)
                found.add(j)
    return frozenset(found)


def _back(pieces: list[Piece], numbered: int) -> int:
    """The first paragraph of the back matter: 抄送, 印发, 信息公开选项, and a signature with its date."""
    back = len(pieces)
    for i in range(len(pieces) - 1, max(numbered, len(pieces) - 40), -1):
        text, mark = pieces[i].text, pieces[i].mark
        if is_debris(text) or (not mark and (BACK.match(text) or PRINTED.search(text))):
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
    rest = DATE.sub("", text)
    return (rest != text and len(rest) <= 2) or bool(rest and BODY_NAME.sub("", rest) == "")


def iso_date(match: re.Match[str]) -> str | None:
    """The ISO form of a date that `DATE` matched, as far as it goes (2021-12 without a day)."""
    year_text = match[1]
    year = year_text if year_text.isdigit() else "".join(
        "0" if c in "〇○零ＯO" else str("一二三四五六七八九".index(c) + 1) for c in year_text)
    month = int(match[2]) if match[2].isdigit() else m.number(match[2])
    day = None if match[3] is None else int(match[3]) if match[3].isdigit() else m.number(match[3])
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return f"{year}-{month:02}" + (f"-{day:02}" if day else "")
