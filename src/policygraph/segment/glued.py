"""Title blocks and closing lines that stand on one line: cut where a number, addressees, a signature or a date ends."""

from __future__ import annotations

import re

from policygraph.segment.matter import ADDRESSEES, NUMBER, is_signature, title_end

_YEAR = r"(?:\d{4}|[一二三四五六七八九〇○零]{4})年"
_DAY = _YEAR + r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})月(?:\d{1,2}|[一二三四五六七八九十]{1,3})日"
#: …人民政府2021年5月1日 What signs a notice, after its last sentence.
_SIGNED = re.compile(rf"(?:(?<=[。！])|(?<=\.docx)|(?<=\.xlsx)|(?<=\.pdf)|(?<=\.doc)|(?<=\.xls))[\u4e00-\u9fff（）]{{0,90}}?{_DAY}(?:（[^（）]{{2,30}}）)*")
_ADDRESSED = re.compile(r"(?<=通知|意见|公告|的函|批复|规定|办法|决定|号〕|\d号|号）)(?=各[\u4e00-\u9fff]|省[直委政]|市[直委政]|县[直委政]|区[直委政]|有关[单部企]|相关[单部企]|中央|国务院各)|(?<=的通知)(?=[\u4e00-\u9fff]{3,14}[，、][^。]{2,200}：)")
_BEGINS = re.compile(r"(?<!本)(?:方案|计划|规划|纲要|意见|办法|细则|规定|措施|要点|条例|预案)(?:（[^（）]{1,20}）)*(?=为[了深加全进切推规认贯促有积充保提实落]|根据|按照|依据|近年来|当前[，]|摘要|前言|目录|序言|“十|本(?:办法|方案|规定|细则|条例)|（[\u4e00-\u9fff]{2,10}〔\d{4}〕\d+号）)")
_CLOSES = re.compile(r"(?<=[。；）])(?=抄送[：:]|主送[：:]|抄报[：:]|主动公开|附件[：:]|（此件|（联系[人方电]|信息公开选项|联系人[：:]|扫一扫|相关解读|责任编辑[：:]|【?打印)")
#: 2021年11月4日附件3全国碳市场… 。专栏3重点工程1.…
_ANNEX = re.compile(r"(?<=[。）日x])(?=附件\d{1,2}(?![：:、，。和至）]))|(?<=[。）])(?=专栏\d{1,2}[\u4e00-\u9fff“]{2})")
#: Characters of a title: less is a word (方案, 工作计划) in a sentence.
_SHORTEST_TITLE = 6
_CLOSING_WORDS = ("送", "公开", "附件", "此件", "联系", "扫一扫", "解读", "编辑", "打印", "专栏")
#: 编辑时间：2021-11-05各市生态环境局… What the page says above the text, and the text runs into.
_STAMPED = re.compile(r"(?:[^：。]{0,12}[：])?[^：。]{0,10}(?:时间|日期|浏览次数|点击数)[：]\d{4}[-/.年]?\d{0,2}[-/.月]?\d{0,2}日?(?: ?\d{1,2}[：:]\d{2}(?:[：:]\d{2})?)?")
#: A title block is no longer than that.
_BLOCK = 700


def block_edges(folded: str) -> list[int]:
    """Where the lines of a title block end that a paragraph before the first number holds: after the title of a notice,
    its number, its addressees, its signature and date, and before the first sentence of what it issues."""
    if len(folded) < 30:
        return []
    edges: set[int] = set()
    for match in NUMBER.finditer(folded, 0, min(len(folded), 300)):
        start, end = match.span()
        written = re.search(r"[\u4e00-\u9fff]{1,8}[〔（]", match.group())
        title = TITLE_ENDS.search(folded, start, end)
        start = title.end() if title and written and title.end() < end else start
        if folded[end : end + 1] in ("）", "》", "，", "、", "。", "；") or (start and folded[start - 1] in "（《，、据照和及"):
            continue
        if start == 0 or title_end().search(folded[:start]):
            edges |= {start, end}
    for match in _ADDRESSED.finditer(folded, 0, _BLOCK):
        colon = folded.find("：", match.start(), match.start() + 260)
        if colon > 0 and "。" not in folded[: colon]:
            edges |= {match.start(), colon + 1}
    first = folded.find("：")
    line = max((e for e in edges if e < first), default=0)
    if 0 < first < 300 and "。" not in folded[:first] and ADDRESSEES.match(folded[line : first + 1]) and not folded[:first].endswith("如下"):
        edges.add(first + 1)
    if stamped := _STAMPED.match(folded):
        edges.add(stamped.end())
    for match in _SIGNED.finditer(folded):
        if is_signature(re.sub(r"（[^（）]*）$", "", match.group())) or re.fullmatch(_DAY, match.group()):
            edges |= {match.start(), match.end()}
    last = max((e for e in edges if e < len(folded)), default=0)
    for a in (0, last):
        begins = _BEGINS.search(folded, a, min(len(folded), a + 90))
        if begins and begins.start() - a >= _SHORTEST_TITLE and "。" not in folded[a : begins.start()] and "，" not in folded[a : begins.start()] and not re.match(r"根据|按照|为", folded[a:]):
            edges.add(begins.end())
    return sorted(e for e in edges if 0 < e < len(folded))


#: 某某的通知|某政办发〔2021〕5号 A number takes in no title that runs into it.
TITLE_ENDS = re.compile(r"(?:的通知|的意见|的公告|的函|的批复|办法|方案|规定|细则|条例)(?=[\u4e00-\u9fff]{1,10}[〔（]\d{4})")


def closing_edges(folded: str) -> list[int]:
    """Where the closing lines of a text begin that its last provision runs into: 抄送, 附件：, a signature with its date."""
    edges: set[int] = set()
    if any(word in folded for word in _CLOSING_WORDS):
        edges = {match.start() for pattern in (_CLOSES, _ANNEX) for match in pattern.finditer(folded)}
    for match in _SIGNED.finditer(folded) if "日" in folded and ("。" in folded or "." in folded) else ():
        rest = folded[match.end() :]
        if is_signature(re.sub(r"（[^（）]*）$", "", match.group())) and (
            not rest or _CLOSES.match("。" + rest, 1) or rest.startswith("附件") or (len(rest) > 4 and title_end().search(rest))
        ):
            edges |= {match.start(), match.end()}
    return sorted(e for e in edges if 0 < e < len(folded))
