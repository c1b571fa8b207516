"""Tasks: the directives of a provision, each an action with its object that somebody could be made answerable for."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from policygraph.extract.provision import Context, Provision
from policygraph.extract.stretches import Stretch
from policygraph.extract.verbs import group, verb_at, words
from policygraph.extract.wording import names_share, read_stretch
from policygraph.model import Modality, Target, Task
from policygraph.vocabulary.places import find_places

RULE = "task.directive/1"
KINDS = frozenset({"measure", "safeguard", "article"})

_BLANK = re.compile(r"（[^（）]*(?:（[^（）]*）[^（）]*)*）|“[^“”]*”|《[^《》]*(?:《[^《》]*》[^《》]*)*》|〔[^〔〕]*〕|【[^【】]*】")
_PIECE = re.compile(r"[^，,。！？；：\n]+")
_WORD = re.compile(r"[一-龥]")
_LISTED = re.compile(r"[^、]+")
#: 自查自纠阶段：5至9月，…
_LABEL = re.compile(r"(?:阶段|步骤|时间|范围|内容|对象)$|(?:重点|内容|对象|范围|方式|程序|流程|标准)(?:为|是|有|包括)$")
#: Those who get something, and what they get: the second stretch is the task.
_GRANT_TOPIC = re.compile(r"(?=[\d对凡])(?:\d{1,2}[.．、])?(?:对|对于|凡|凡是)[^，]{4,}")
_GRANTS = re.compile(r"(?:(?:按照?|根据|参照)[^，。；]{2,30})?(?:一次性|分别|再|均|每年|按年度|最高)*(?:给予|予以|奖励|补助|补贴|资助)")
_NUMBERED = re.compile(r"\s*（[一二三四五六七八九十\d]{1,3}）")
#: （二）因停业不再从事生产经营活动的； An item that tells a case.
_CASE = re.compile(r"\s*（[一二三四五六七八九十]{1,3}）[^。；]*的[；;。]?\s*")
_PRINCIPLE_END = re.compile(r"^[^，]{0,16}的?(?:原则|方针|理念|思路)$")
_PRINCIPLES = ("原则", "方针", "理念", "思路")
_PRINCIPLE_OWN = re.compile(r"遵循|坚持|秉持|秉承|本着|按照|实行|贯彻")
_PRINCIPLE_HEAD = re.compile(r"(?:遵循|坚持|秉持|秉承|本着|按照|实行|贯彻)[^，的]{2,10}$")
_ENDS_SENTENCE = "。！？\n"
_DEFINES = re.compile(r"是指|所称|系指|适用本|特?制[定订]本(?:办法|条例|方案|规定|规划|细则|意见|行动|计划|实施|纲要|预案|指南|规则|准则|规程|章程|标准|导则|制度|措施|政策|要点|清单|工作|法)|^[^，将把应须]{2,14}分为|自[^，。]{0,16}起?施行")
#: 近年来，我省不断完善…: what was done and what is.
_LOOKS_BACK = re.compile(r"(?:近年来|近些年来?|近几年来?|多年来|长期以来|一直以来|截至目前|截至20\d\d年[^，]{0,3}|(?:“?十[一二三四五]五”?|※{5}|20\d\d年|党的十[八九]大|改革开放)以来)，|(?:目前|当前)，(?=[^。]{0,30}(?:已|仍|还|存在|面临|正在|尚|日益))")
_TOLD_OR_GOES_ON = re.compile(r"应当|必须|务必|不得|严禁|(?<![重主必需])要(?![求素点])|须|下一步|继续|请|责任")
#: …，对保障安全具有重要意义。…是实现高质量发展的内在要求。
_MEANS_MUCH = re.compile(r"(?:具有|有着)[^，。；]{0,12}意义[。]?$|(?:^|[^，。；但凡])(?<![还就只凡不或都])是[^，。；为]{0,30}(?:革命|(?:必然|战略|自觉)选择|(?:重要|重大|关键|有效|必要|有力)(?:举措|途径|抓手|支撑|手段|内容|保障|前提|标志|体现|一环|任务)|(?:必然|内在|迫切|客观)(?:要求|需要))[。]?$")
_BENEFITS = re.compile(r"(?:有利于|有助于)(?![^，。；]*的)|(?:提供|创造|奠定|注入|作出|积累|形成)了[^，。；]*(?:支撑|保障|基础|条件|动力|活力|贡献|经验)|释放出")
_CAN = re.compile(r"(?:能够|可以有效|可有效|(?<![功性])能有效|不仅能|还能|又能|也能|将能(?![耗源效量力])|这将)")
# Lists that one noun closes: nothing in them stands alone (加强A、推进B等工作).
_CLOSED = re.compile(r"等|[一二三四五六七八九十两几](?:大|项|类|个|种)")
# 支持 that is the budget's own business: it pays, and encourages nobody.
_FUNDS = re.compile(r"财政|资金|预算|持续")
_TRIES = re.compile(r"探索性?研究|先行先试|(?:展开|进行|开展)(?:积极|有益|实践)*探索|^(?:率先)?试点(?=[“※《])|试点(?:开展|实施|推行|推进|推广|建设|应用|运行)(?![一-龥]{0,4}(?:评估|经验|成效|成果))")
#: What ends with a trial: 开展…试点, 推进甲、乙试点示范工作.
_TRIAL = re.compile(r"试点(?:示范|城市|地区|项目|工作|建设|任务|改革|企业|单位|园区|工程|创建|应用|示范项目|示范工作|示范工程|示范建设|县|区|区域|乡镇|村|监测|评价|名单)*(?:※+)?(?:$|[，、和及与并])")
_BEFORE = re.compile(r"鼓励|倡导")
_ENCOURAGES = re.compile(r"鼓励|支持|引导|激励|倡导")
#: Those who are encouraged, and do what follows as well (支持企业成立…，形成…).
_ENCOURAGED = re.compile(r"[^，]{0,60}?(?:企业|机构|集群|平台|院校|高校|单位|园区|开发区|协会|商会|银行|运营商|服务商|合作社|基地)")
#: 采取财政补贴等措施鼓励个人购买: to encourage is the order, whatever the means.
_BY_MEANS = re.compile(r"(?:措施|方式|手段|办法|形式|途径)(?:积极)?(?:鼓励|引导|支持)(?!力度|政策|作用|体系|和)|^(?:联合|会同)[^，]{2,20}(?:厅|局|部门|单位)(?:鼓励|引导|支持)")
_MEANS = re.compile(r"通过[^，]*?(?:等|措施|方式)")
#: 形成…格局 comes of the rest.
_ARISES = re.compile(r"(?:格局|体系|态势|合力|局面|模式|氛围|效应|机制|生态|链条|优势|趋势|闭环|良性循环)$")
_TITLE = re.compile(r"《[^《》]*》")
_FIGURE = re.compile(r"\d")
#: 70%以上的县级机关建成节约型机关: a share of those who are to get there.
_SHARE_OF = re.compile(r"[^，。\d%]{0,6}(?:[约近]?\d[\d.]*%|半数|[一二三四五六七八九]成)(?:以上|左右)?的?(?=[一-龥※]{2})")
#: 3～5家企业进入全球第一梯队: so many are to get there.
_SO_MANY = re.compile(r"(?:^|[，年月底前])\d+(?:[—～~-]\d+)?[余多]?[家个所名户]")
_ACTS = re.compile(r"适时|积极|依法|结合|因地制宜|将|在|建设|建立|开展|制定|采用|使用|新增|发展|实施|推广|运用")
_CONDITIONAL = re.compile(r"(?:有|具备)条件的|条件(?:成熟|具备)的|有条件(?:地区|城市|企业|地方)")


@dataclass(slots=True)
class _Draft:
    """A task in the making: where it starts and ends in the reading, and the stretch that holds its verb."""

    start: int
    end: int
    stretch: Stretch
    offset: int
    open: bool = False


def extract_tasks(provision: Provision, context: Context, targets: Sequence[Target] = ()) -> list[Task]:
    """The tasks of a measure, safeguard or article, in reading order; other kinds of clause order nothing.

    The lead is a heading, unless it is all that the provision says. Notes are left out. A stretch that `targets`
    cover is a task as well only when it orders an action: 新建设施350座 does, 水质达标率达到100% does not.
    """
    clause = provision.clause
    if clause.kind not in KINDS or context.listed == "none" or (clause.kind == "article" and _CASE.fullmatch(provision.folded)):
        return []
    blanked = without_asides(provision)
    begin = provision.lead_end if _WORD.search(blanked, provision.lead_end) else 0
    if numbered := _NUMBERED.match(provision.folded, begin):
        begin = numbered.end()
    covered = _disjoint(provision.reading.locate(t.start, t.end) for t in targets if t.clause == clause.id)
    tasks: list[Task] = []
    for sentence in _sentences(blanked, begin):
        drafts = list(_drafts(blanked, sentence, covered))
        tasks += _finish(provision, drafts, covered, len(tasks))
    if context.listed in ("prohibited", "encouraged"):
        return [replace(task, modality=context.listed) if task.modality == "mandatory" else task for task in tasks]
    return tasks


def _disjoint(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _meets(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a stretch overlaps one of the spans, which are in order and disjoint."""
    if not spans:
        return False
    before = bisect.bisect_left(spans, (end,)) - 1
    return before >= 0 and spans[before][1] > start


def without_asides(provision: Provision) -> str:
    """The folded text, with quoted words, titles and brackets blanked out and notes made into breaks."""
    return _without_asides(provision.folded, provision.notes)


@lru_cache(maxsize=2)
def _without_asides(folded: str, notes: tuple[tuple[int, int], ...]) -> str:
    """`without_asides`; tasks and duties ask for the same one."""
    for start, end in notes:
        folded = folded[:start] + "\n" * (end - start) + folded[end:]
    folded = folded.replace("设区的市", "设区※市")  # one word
    for _ in range(2):
        folded = _BLANK.sub(lambda m: "※" * (m.end() - m.start()), folded)
    return folded


def _sentences(text: str, begin: int) -> Iterator[list[tuple[int, int, str]]]:
    """Sentences as lists of stretches: start, end, and the mark that follows. A semicolon stays inside its sentence:
    what a date or 鼓励 at its head governs may go on after it."""
    sentence: list[tuple[int, int, str]] = []
    for piece in _PIECE.finditer(text, begin):
        mark = text[piece.end() : piece.end() + 1] or "\n"
        if sentence and piece.group().endswith(_PRINCIPLES) and _PRINCIPLE_END.search(piece.group()) and (first := _principles_from(text, sentence, piece.group())) is not None:
            sentence[first:] = [(sentence[first][0], piece.end(), mark)]
        else:
            sentence.append((piece.start(), piece.end(), mark))
        if mark in _ENDS_SENTENCE:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _principles_from(text: str, sentence: list[tuple[int, int, str]], last: str) -> int | None:
    """Which stretch of the sentence so far begins a list of principles that the next one ends
    (遵循依法依规，公开透明，注重绩效的原则)."""
    if _PRINCIPLE_OWN.match(last):
        return None
    for number in range(len(sentence) - 1, -1, -1):
        start, end, mark = sentence[number]
        if mark not in "，,":
            return None
        if _PRINCIPLE_HEAD.search(text, start, end):
            return number
        if end - start > 10:
            return None
    return None


def _drafts(text: str, sentence: list[tuple[int, int, str]], covered: list[tuple[int, int]]) -> Iterator[_Draft]:
    whole = text[sentence[0][0] : sentence[-1][1]]
    if _DEFINES.search(whole) or _reports(whole):
        return
    waiting: int | None = None  # where the phrases begin that introduce the next stretch
    spare: _Draft | None = None  # one of them that is a directive itself when none follows
    dated = False
    last: _Draft | None = None
    stated = False  # whether the stretch before was a state
    broken = True  # whether something that orders nothing stands between the last task and here
    permitted = False
    stretches = list(_at_lists(text, sentence))
    for number, (start, end, mark) in enumerate(stretches):
        if mark == "：" and _LABEL.search(text, start, end):
            continue
        stretch = read_stretch(text[start:end])
        dated = dated or stretch.dated
        target = _meets(covered, start, end)
        kind = stretch.kind
        if kind in ("directive", "open") and _explains(text, start, end, stretch):
            waiting, kind = None, "state"
        if kind == "directive" and _states(text, start, stretch, dated=dated, target=target):
            kind = "state"
        if kind == "directive" and _GRANT_TOPIC.match(text, start, end) and number + 1 < len(stretches) and _GRANTS.match(text, stretches[number + 1][0]):
            kind = "intro"  # 对购置高效节能设备，按照购置费的20%给予补助
        permitted = (stretch.permits and kind == "intro") or (permitted and kind in ("intro", "tail", "directive"))
        if kind == "directive" and (stretch.permits or permitted) and not _CONDITIONAL.search(text, start, end):
            permitted = False
            kind = "state"  # who may do something is ordered nothing
        verb = text[start + stretch.verb[0] : start + stretch.verb[1]]
        joins = last is not None and not broken and (
            (stretch.bare and kind == "directive" and waiting is None) or (last.stretch.disposes and not stretch.subject and verb in group("complete"))
        )  # fmt: skip
        if joins and last:
            last.end = end
        elif stretch.modal and last and not broken and waiting is None and not last.stretch.ordered:
            # What stood before was no order but the case that this one is for (政务部门采集数据，应当…).
            if kind == "intro":
                waiting, last = last.start, None
            else:
                last = _Draft(last.start, end, stretch, start)
        elif last and last.open and kind != "state" and not (kind == "directive" and stretch.verb[0] <= stretch.head + 2 and _encourages(verb)):
            last.end = end
            if kind in ("directive", "open"):
                last.open = kind == "open"
        elif kind == "intro" or (kind == "directive" and stretch.bare and waiting is None and mark in "，,"):
            begin = start + stretch.head if waiting is None else waiting
            if stretch.verb[1]:
                spare = _Draft(begin, end, stretch, start)
            waiting = begin
        elif kind in ("directive", "open"):
            if last:
                yield last
            last = _Draft(start + stretch.head if waiting is None else waiting, end, stretch, start, kind == "open")
            waiting, spare, broken = None, None, False
        elif kind == "tail":
            if target and stretch.subject:
                broken = True
            elif waiting is None and last and not broken:
                last.end = end
            elif waiting is None and not target and end - start > 3 and not (stated and dated and stretch.subject):
                waiting = start + stretch.head
        else:
            waiting, spare, broken = None, None, True
        if mark == "：" and last and not stretch.bare and not last.open:
            broken = True  # what is listed after a colon is no part of the order
        stated = kind == "state" or (stated and kind == "tail")
        if mark == "；" or mark in _ENDS_SENTENCE:
            if spare:
                if last:
                    yield last
                last = spare
                last.end = end
            elif waiting is not None and last and not broken:
                last.end = end
            if last:
                last.open = False
            waiting, spare, broken = None, None, True
    if last:
        yield last


def _reports(sentence: str) -> bool:
    """Whether a sentence tells what was done, what is, or what something is good for, and orders nothing."""
    if _TOLD_OR_GOES_ON.search(sentence):
        return False
    return _LOOKS_BACK.match(sentence) is not None or _MEANS_MUCH.search(sentence) is not None


def _explains(text: str, start: int, end: int, stretch: Stretch) -> bool:
    """Whether a stretch says what comes of something (有利于降低能耗, 能够释放出巨大动能), without an order to anybody."""
    if stretch.ordered or stretch.prohibits:
        return False
    return _BENEFITS.search(text, start, end) is not None or _CAN.search(text, start, start + stretch.verb[0] + 1) is not None


def _encourages(verb: str) -> bool:
    known = words().verbs.get(verb) or words().verbs.get(verb[:2])
    return known is not None and known.modality == "encouraged"


def _states(text: str, start: int, stretch: Stretch, *, dated: bool, target: bool) -> bool:
    """Whether what looks like a directive reports a state to be reached, which is a target and no task."""
    verb = text[start + stretch.verb[0] : start + stretch.verb[1]]
    known = words().verbs.get(verb)
    reached = known is not None and known.takes == "state"
    softened = stretch.hedge in ("基本", "力争", "初步", "总体")
    if not (dated or target):
        return stretch.subject and reached and softened
    if softened:
        return True
    before = text[start : start + stretch.verb[0]]
    if stretch.subject and target and (_SHARE_OF.search(before) or _SO_MANY.search(before)):
        return True
    if stretch.subject:
        return not stretch.agent or (reached and not stretch.body)
    if verb in ("提高", "提升", "下降", "降低", "减少", "增长", "增加", "超过") and text[start + stretch.object[0] :][:1].isdigit():
        return True  # 提高2.9个百分点
    return verb in ("达到", "保持", "实现", "占", "拥有", "消除")


def _at_lists(text: str, sentence: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The stretches, cut once more at 、 where directives are listed with it (保护天然林、推动提质增效、加强建设)."""
    for start, end, mark in sentence:
        cuts = [start]
        if "、" in text[start:end]:
            cuts += _list_cuts(text, start, end)
        for number, cut in enumerate(cuts):
            following = cuts[number + 1] if number + 1 < len(cuts) else None
            yield (cut, end, mark) if following is None else (cut, following - 1, "、")


def _list_cuts(text: str, start: int, end: int) -> list[int]:
    pieces = [m.span() for m in _LISTED.finditer(text, start, end)]
    if len(pieces) < 2 or names_share(text[start:end]) or _CLOSED.search(text, pieces[-1][0], end) or "的" in text[pieces[-1][0] : end][-8:]:
        return []
    if not any(verb_at(text, a) or text[a : a + 2] in words().adverbs for a, _ in pieces[1:]):
        return []
    verbs = words().verbs
    cuts: list[int] = []
    first = read_stretch(text[start : pieces[0][1]])
    if first.kind != "directive" or first.bare or first.subject or first.verb[0] > 8:
        return []
    head = verbs.get(text[start + first.verb[0] : start + first.verb[0] + 2])
    if head and head.takes == "clause" and text[start + first.verb[0] : start + first.verb[0] + 2] not in ("推动", "推进", "促进", "加快"):
        return []
    for a, b in pieces[1:]:
        part = read_stretch(text[a:b])
        if part.kind != "directive" or part.subject or part.permits or part.bare or b - a - part.verb[1] < 3:
            continue
        opening = text[a + part.verb[0] : a + part.verb[1]]
        known = verbs.get(opening)
        counted = part.verb[0] == 0 and _FIGURE.search(text, a, b) and _FIGURE.search(text, start, a - 1)
        if known is None or not (known.anywhere or counted):
            continue
        cuts.append(a)
    return cuts


def _finish(provision: Provision, drafts: list[_Draft], covered: list[tuple[int, int]], number: int) -> list[Task]:
    tasks: list[Task] = []
    governing: Modality | None = None  # the modality that a 鼓励 or 探索 before lends to what follows it
    reached = drafts[0].end if drafts else 0
    for draft in drafts:
        text, stretch = provision.text, draft.stretch
        if "；" in provision.folded[reached : draft.start]:
            governing = None
        reached = draft.end
        verb = text[draft.offset + stretch.verb[0] : draft.offset + stretch.verb[1]]
        quote = text[draft.start : draft.end]
        said, doing = provision.folded[draft.start : draft.end], provision.folded[draft.offset + stretch.verb[0] : draft.offset + stretch.verb[1]]
        modality = _modality(said, doing, stretch)
        if modality == "mandatory" and governing and not stretch.subject and _is_governed(said, doing, governing):
            modality = governing
        else:
            governing = modality if _governs(said, doing, first=draft is drafts[0]) else None
        a, b = stretch.object
        tail = draft.end if b == draft.stretch.object[1] and draft.open is False and draft.end > draft.offset + b and stretch.kind == "open" else draft.offset + b
        start, end = provision.span(draft.start, draft.end)
        number += 1
        tasks.append(
            Task(
                id=f"{provision.clause.id}/task_{number}",
                document=provision.clause.document,
                clause=provision.clause.id,
                text=quote,
                verb=verb,
                object=text[draft.offset + a : tail],
                modality=modality,
                places=find_places(text, draft.start, draft.end),
                has_target=_meets(covered, draft.start, draft.end),
                hedge=stretch.hedge,
                start=start,
                end=end,
                by=RULE,
            )
        )
    return tasks


def _is_governed(quote: str, verb: str, governing: Modality) -> bool:
    """Whether an order after a 鼓励 is still what the encouraged do, not what comes of it (实现…, 提升效率) nor the
    government's own work (推广…, 完善…)."""
    if governing == "exploratory":
        return verb not in group("outcome") and verb != "推进"
    return verb not in group("own") and verb not in group("outcome") and not (verb == "形成" and _ARISES.search(quote))


def _governs(quote: str, verb: str, *, first: bool) -> bool:
    """Whether what follows in the sentence is encouraged or explored too: 探索 X，建立 Y, where it opens the sentence;
    鼓励制定 X，设置 Y; 支持企业成立 X，形成 Y. Where the public is encouraged (鼓励群众举报), what follows is the
    government's own again."""
    if (first and "探索" in verb) or _CONDITIONAL.match(quote):
        return True
    said = _ENCOURAGES.search(quote)
    if said is None or said.group() not in verb:
        return False
    return len(verb) > 2 or bool(said.group() == "鼓励" and _ACTS.match(quote, said.end())) or bool(_ENCOURAGED.match(quote, said.end()))


def _modality(quote: str, verb: str, stretch: Stretch) -> Modality:
    known = words().verbs
    first = verb if verb in known else next((verb[:n] for n in (4, 3, 2) if verb[:n] in known), verb)
    own = known[first].modality if first in known else ""
    if stretch.prohibits or own == "prohibited":
        return "prohibited"
    if own == "encouraged" and not (first == "支持" and _FUNDS.search(quote[: quote.find(verb)])):
        return "encouraged"
    if stretch.permits or ("条件" in quote and _CONDITIONAL.search(quote)):
        return "encouraged"
    before = quote[: max(quote.find(verb), 0)]
    said = "鼓励" in quote or "引导" in quote or "支持" in quote or "倡导" in quote
    if said and (_BEFORE.search(_MEANS.sub("", before)) or _BY_MEANS.search(quote)):
        return "encouraged"
    if own == "exploratory" or before.endswith(("探索", "试行", "试点")) or (("试" in quote or "探索" in quote) and _is_trial(_TITLE.sub("", quote), verb)):
        return "exploratory"
    return "mandatory"


def _is_trial(quote: str, verb: str) -> bool:
    """Whether a trial is what is ordered (开展…试点), and not what something else is about (总结试点工作经验)."""
    if "试" not in quote and "探索" not in quote:
        return False
    if _TRIES.search(quote):
        return True
    return verb in group("try") and _TRIAL.search(quote, max(quote.find(verb), 0)) is not None
