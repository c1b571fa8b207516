"""What a provision does, told by the headings above it."""

from __future__ import annotations

import re
from functools import cache

from policygraph.model import ClauseKind
from policygraph.segment.leads import lead_end, opening_verbs
from policygraph.vocabulary.lists import any_of, lists

#: How a word of a heading has to stand in it, by its key in `layout.toml`.
_STANDS = {"holds": "{}", "begins": "^{}", "ends": "{}$", "is": "^{}$"}


def _pattern(kind: str) -> re.Pattern[str]:
    words = lists("layout")["headings"][kind]
    return re.compile("|".join(_STANDS[place].format(any_of(said)) for place, said in words.items()))


@cache
def _kinds() -> tuple[tuple[ClauseKind, re.Pattern[str]], ...]:
    return (
        ("goal", re.compile(r"目标(?!.*(?:考核|责任制|管理))|主要指标|预期指标")),
        ("principle", _pattern("principle")),
        ("safeguard", _pattern("safeguard")),
        ("preamble", _pattern("preamble")),
        ("definition", _pattern("definition")),
    )


@cache
def _works() -> re.Pattern[str]:
    return _pattern("work")


#: 强化水质保障 is work; 强化组织保障 sees to the work.
_SUPPLIES = re.compile(r"(?<!组织)(?<!政策)(?<!资金)(?<!人才)(?<!要素)(?<!制度)(?<!法治)(?<!队伍)(?<!工作)(?<!服务)(?<!强化)(?<!加强)保障$")
#: 到2025年，… A paragraph of aims among the general requirements.
_AIMS = re.compile(r"(?:力争|确保)?(?:到|通过)(?:20\d\d年|“十[四五六]五”|[一二三四五]年(?:的?努力|左右))|20\d\d年，|“十[四五六]五”(?:期间|时期|末)，|经过[^，。]{1,6}年(?:的)?努力|(?:总体|主要|工作|发展|具体|奋斗|近期|中期|远期|阶段性?|预期)(?:目标|指标)[：。是]")
_EFFECTIVE = re.compile(r"(?:本|此|以上|上述)[^，。]{0,16}自[^，。]{2,24}起(?:正式)?(?:施行|实施|执行|生效)")
_WORK_LEVEL = re.compile(r"任务|举措|措施|工程|行动|重点")


def kind_of_heading(heading: str, *, level: int) -> ClauseKind | None:
    """The kind that a heading gives to what stands under it; None when it says nothing, so that what stands above
    decides. A heading of the upper levels that names work makes measures of all under it."""
    plain = re.sub(r"\s", "", heading)
    for kind, pattern in _kinds():
        if kind == "safeguard" and (level > 60 or (level == 60 and _SUPPLIES.search(plain))):
            continue
        if kind == "goal" and not re.search(r"目标$|指标$|目标要求$|^(?:总体|主要|工作|具体|发展|近期|远期|阶段性?)*目标", plain):
            continue
        if kind == "preamble" and (_works().match(plain) or (level > 60 and not re.search(r"^前言$", plain))):
            continue
        if pattern.search(plain) and not (kind != "goal" and _WORK_LEVEL.search(plain) and "保障措施" not in plain and "推进措施" not in plain):
            return kind
    return None


#: What tells of what is or has been, and of why: no order.
_TELLS = re.compile(r"近年来|近[几两三五]年|多年来|长期以来|(?:“十[一二三四五]五”|20\d\d年)以来|目前|当前|取得[了]?[^，。]{0,12}(?:成效|成就|进展|成绩|突破)|面临|存在[^，。]{0,16}(?:问题|不足|差距)|事关|意义重大|(?:重要|重大|关键|必然|有力)(?:意义|保障|支撑|举措|内容|组成部分|抓手|途径|要求|选择)[。，]|形势[^，。]{0,8}(?:严峻|复杂)")
_PURPOSE = re.compile(r"^(?:为(?:了|深入|贯彻|切实|进一步|全面|加快|推[进动])?|根据|按照|依据|经|遵照)[^。]*(?:制定|提出|印发|通知|公告|通告|如下|决定|明确|编制|作出)[^。]{0,24}[。：]$")
#: …，制定本方案。 …现就有关事项通知如下： What the whole text stands for.
_INTRODUCES = re.compile(r"(?:制定|制订|编制|提出|印发)(?:本|此|以下|如下)[^，。]{0,16}[。：]$|(?:现|特)[^。]{0,40}(?:如下|通知|公告|通告|印发给你们)[^，。]{0,12}[。：]$")
_DATED = re.compile(r"20\d\d年(?:\d{1,2}月)?(?:底|末|年底|年末)?(?:前|，|[\u4e00-\u9fff]{0,4}(?:达|完成|建成|实现|基本|全部|力争))|[到至]20\d\d年|力争|\d(?:%|个|家|万|亿|座|公里)(?:以上|以下|以内)?")
_MUST = re.compile(r"(?:^|[，。；])(?:[^，。；]{0,16}(?:要|应当|必须|须|不得|严禁|禁止|负责|牵头))(?![求素件点])")


def is_background(folded: str) -> bool:
    """Whether a paragraph before the numbered provisions only says why they stand there, how things are, or what comes
    (重点做好以下工作：), and neither orders nor promises anything.

    >>> is_background("近年来，我市水环境质量持续改善，但部分河段仍存在返黑返臭问题。")
    True
    >>> is_background("奋斗目标：经过五年努力，全市空气质量总体改善，重污染天气较大幅度减少。")
    False
    """
    if _PURPOSE.match(folded) or _INTRODUCES.search(folded):
        return True
    if _AIMS.search(folded) and not _TELLS.search(folded.partition("。")[0]):
        return False
    if folded.endswith("：") and not _DATED.search(folded):
        return True
    if _TELLS.search(folded.partition("。")[0]):
        return True
    parts = re.split("[，；。：]", folded)
    return not (_MUST.search(folded) or _DATED.search(folded) or any(part.startswith(opening_verbs()) for part in parts if part))


def leaf_kind(folded: str, *, headings: tuple[str, ...], inherited: ClauseKind | None, intro: bool, article: bool = False) -> ClauseKind:
    """The kind of a leaf: that of its headings; a paragraph that introduces numbered provisions is a preamble to them;
    an article of a regulation is an article; all else orders something."""
    if not article and inherited != "article" and len(folded) <= 80 and _EFFECTIVE.match(folded):
        return "back"
    if inherited == "principle" and _AIMS.match(folded):
        return "goal"
    if inherited == "goal" and any("任务" in heading for heading in headings) and lead_end(folded) and not _AIMS.match(folded):
        return "measure"  # 主要目标和任务: what its led paragraphs say is the work
    if intro and inherited in (None, "measure"):
        return "goal" if _AIMS.match(folded) else "preamble" if is_background(folded) else "measure"
    if inherited:
        return inherited
    if article or any(re.match(r"第.+条", h) for h in headings):
        return "article"
    if headings and not any(headings) and re.search(r"(?:制定|提出)(?:本|如下|以下)|(?:通知|要求|说明|公告|意见)如下|^为(?:了|深入|贯彻|切实|进一步|全面|加快|推[进动])", folded):
        return "preamble"  # the opening of a text without headings
    return "measure" if headings else "preamble"
