"""Where in a stretch between commas its verb stands: the candidates, the adverbs before them, and the places behind which a verb must stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from policygraph.extract.verbs import group, longest, verb_at, words

# Phrases of these never hold the verb of the directive themselves when they end the stretch so.
INTRO_END = re.compile(
    r"(?:的?(?:要求|原则|部署|规定|精神|思路|标准|方式|模式|目标|总要求|总体要求|基础上?|前提下?|同时|过程中|背景下|形势下|情况下|框架下|条件下|方面|领域|基本方针|方针|次序|步骤|路径|理念)"
    r"|为[^，]{0,14}(?:重点|抓手|目标|导向|引领|核心|主|主线|主体|载体|依托|纽带|单元|牵引|契机|突破口|动力|支撑|统领|根本|关键|基础|先导|指导|遵循|中心|底线|前提|平台|龙头|切入点|着力点|出发点|试点|手段|保障|原则|主攻方向|引擎)"
    r"|等(?:方式|形式|措施|手段|途径|方法|渠道|因素|情况|方面|要求)|(?:升级|发展|建设|生产|生活|实际|群众|就业|产业|市场|企业|多样化)(?:需要|需求)|后|时|之前|之后|以前|以后|期间|时期)$"
)
_CLAUSE_END = re.compile(
    r"(?:的同时|的?基础上|的?前提下|的?过程中|的?情况下|的?条件下|的?框架下|的?背景下|之后|以后|期间|(?<![最落先前事售滞产])后"
    r"|(?<![同及实按随小适临])时)$"
)
#: The last characters of `_CLAUSE_END`: most stretches end in none of them.
_CLAUSE_LAST = frozenset("时上下中后间")
MATTER_END = re.compile(r"(?:等|情况|结果|实际|需求|特点|问题|规律|形势|名录|意见|需要)$")
NOT_OBJECT = re.compile(r"(?:的|等|情况|方案|意见|细则|规划|力度|能力|成效|过程|进度|领导|机构|架构|主体|效果|工作$|和|与|及|、|以及|或|水平|难度|质量|时|后|率|不力|不到位|不足|不实|不够|要求|单位|对象|小组|委员会|型|性|度|员|者)")


def ends_clause(text: str) -> bool:
    """Whether a stretch ends as a clause of time or condition does (…的基础上, …完成后)."""
    return text[-1:] in _CLAUSE_LAST and _CLAUSE_END.search(text) is not None


#: 对符合条件的给予补助: the one who meets the conditions, not a condition of the verb's.
_SUCH_AS_ARE = ("条件的", "要求的", "规定的", "情形的", "标准的", "困难的", "突出的", "不力的")
_COUNTED = re.compile(r"一[批个项处座所家条套]|\d|若干")
#: 对不认真开展整改的: what is not done orders nothing.
_DENIED = re.compile(r"(?:不|未|没有)(?:认真|严格|按时|按期|按要求|及时|依法|如实|积极|有效|切实)$")


#: 执行与轻型载货车同等的标准
_AS_MUCH = re.compile(r"与[^，]{1,20}(?:同等|相同|一致|相当|相适应|相匹配)的")
_AND_VERB = re.compile(r"或者?|并")


def candidates(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Verbs inside a stretch that can open its directive: with an object after them, and not inside a list."""
    verbs, cues = words().verbs, words().cues
    position = start
    while position < len(text) - 1:
        word = verb_at(text, position)
        if len(word) < 2:
            position += 1
            continue
        after = position + len(word)
        before = text[position - 1] if position else ""
        listed = before in "、和与及或的未非不所对" and not text.endswith(_SUCH_AS_ARE, 0, position)
        adverb_before = any(text[max(position - n, start) : position] in cues for n in (4, 3, 2))
        counted = not verbs[word].anywhere and _COUNTED.match(text, after)
        opens = (verbs[word].anywhere or adverb_before or counted) and not _DENIED.search(text, max(position - 6, 0), position)
        paired = _AND_VERB.match(text, after)
        if paired and verb_at(text, paired.end()):
            after = paired.end() + len(verb_at(text, paired.end()))  # 新建或改造30个
        governs = (not NOT_OBJECT.match(text, after) or _AS_MUCH.match(text, after) is not None) and (after < len(text) or adverb_before)
        if opens and governs and not listed:
            yield position, word
        position = after


def read_adverbs(text: str, position: int) -> tuple[int, list[str], str | None]:
    """Where the adverbs that begin at `position` end, the adverbs, and the one that hedges."""
    lexicon = words()
    read: list[str] = []
    hedge = None
    while position < len(text):
        word = longest(text, position, lexicon.adverbs, lexicon.adverb_sizes)
        if not word:
            if read and text[position] in "、地和又而" and longest(text, position + 1, lexicon.adverbs, lexicon.adverb_sizes):
                position += 1
                continue
            break
        verb = verb_at(text, position)
        if len(verb) > len(word):
            break
        position += len(word)
        read.append(word)
        if lexicon.adverbs[word]:
            hedge = word
        if position < len(text) and text[position] == "地" and verb_at(text, position + 1):
            position += 1
    return position, read, hedge


#: 在合肥等13个市建设…: a verb behind the name of a place.
_PLACE_END = re.compile(r"(?:环节|场所|领域|行业|部位|河段|节点|系统|平台|网站|企业|学校|单位|等地|范围内|基础上|城镇|农村|沿线|[市县区省州镇乡村园域场站口])(?![一-龥]{0,8}的)")
#: 从根源上减少…
_FROM_END = re.compile(r"(?:上|中|处|起|入手)(?=[一-龥])")


@cache
def _any_verb(name: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(group(name), key=len, reverse=True)))


_BEHIND = {"以": "by_means", "向": "turn_to", "与": "do_with"}


def behind(text: str, opening: str, end: int) -> tuple[int, str] | None:
    """The verb that may be a noun elsewhere and cannot be one here: behind a place (在…市建设…), behind means
    (以…支撑…), behind somebody to turn to (向…报告…)."""
    if INTRO_END.search(text) or text[-1] in "中上下内里":
        return None
    if opening == "在":
        spots = (m.end() for m in _PLACE_END.finditer(text, end + 1))
        found = ((at, verb_at(text, at)) for at in spots)
    elif opening == "从":
        found = ((m.end(), verb_at(text, m.end())) for m in _FROM_END.finditer(text, end + 1))
    elif opening in _BEHIND:
        verbs = _any_verb(_BEHIND[opening])
        found = ((m.start(), m.group()) for m in verbs.finditer(text, end + 1))
    else:
        return None
    return next(
        (
            (at, word) for at, word in found
            if word and len(text) - at - len(word) >= 2 and (opening in ("向", "与") or not NOT_OBJECT.match(text, at + len(word)))
        ),
        None,
    )


def final_verb(text: str, start: int) -> int:
    """Where the verb begins that ends the stretch (及时向市政府报告, 与年度计划充分衔接), -1 when none does."""
    if INTRO_END.search(text):
        return -1
    for size in (4, 2):
        at = len(text) - size
        if at >= start and text[at:] in words().verbs:
            return at
    return -1


#: 根据数据采集规范要求: nouns one behind another.
_REQUIREMENT = re.compile(r"[一-龥]{2}(?:规范|标准|管理|技术|工作|编制|建设|发展|政策|改革|任务|目标)+要求")


def late_verb(text: str, start: int) -> bool:
    """Whether a phrase that ends like an introduction holds a directive all the same, its object ending so
    (按照规定完善…标准): a verb without 的 between it and the end."""
    return not text.endswith(("需要", "需求", "等因素", "等情况", "等方面", "等特点")) and any(
        at - start >= 4
        and not _REQUIREMENT.fullmatch(text, at) and ("的" not in text[at:] or text.endswith(("要求", "规定", "原则", "部署", "标准", "思路"), start, at))
        for at, _ in candidates(text, start + 2)
    )


def plain_verb(text: str, start: int) -> tuple[int, str] | None:
    """The first verb of any use with an object behind it, in what is ordered with a phrase before it (应当自变更之日起十日内更新目录)."""
    if INTRO_END.search(text) or MATTER_END.search(text) or ends_clause(text) or text[-1] in "中上下内":
        return None
    found = None
    at = start + 2
    while at < len(text) - 3:
        word = verb_at(text, at)
        if word and text[at - 1] not in "的、和与及" and not NOT_OBJECT.match(text, at + len(word)) and len(text) - at - len(word) >= 2:
            found = found or (at, word)
            at += len(word)
            continue
        at += 1
    return found


def without_adverbs(text: str, start: int, end: int) -> tuple[int, str | None]:
    """`end` moved back over the adverbs before it, and the one among them that hedges."""
    adverbs = words().adverbs
    hedge = None
    while end > start:
        for size in (4, 3, 2, 1):
            word = text[max(end - size, start) : end]
            if word in adverbs:
                end -= len(word)
                hedge = word if adverbs[word] else hedge
                break
        else:
            break
    return end, hedge
