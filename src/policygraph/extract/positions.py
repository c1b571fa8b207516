"""Where a quantity stands in its clause, and what that makes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from policygraph.extract.baselines import baseline_of, is_former_value, times_of_year, without_baseline
from policygraph.extract.lexicon import HIDDEN, any_of, lexicon
from policygraph.extract.outcomes import Found, Part, hedges, is_area, place_of, read_subject
from policygraph.extract.participants import find_participants
from policygraph.extract.quantities import Quantity, comparator, find_quantities
from policygraph.extract.times import TimeExpression
from policygraph.model import Comparator, Relative

_PROHIBITED = re.compile(r"禁止|严禁|不得(?!低于|超过|高于|少于|大于|突破|小于)|不再|不予|一律不")
#: 补助标准提高至94元: how much is paid is itself what is to change.
_GLOSS = re.compile(r"[（(][^（）()]*[）)]")
_STANDARD = re.compile(r"(?:标准|水平|额度)[^，。；\d]{0,6}(?:提高|提升|增加|提|达|调整|不低于|不少于)[^，。；\d]{0,3}\d")
_RATE_BEFORE = re.compile(r"(?:率|比例|占比|比重|覆盖面)(?:分别|均|都|力争|到?20\d\d年[底末]?|[\d.]+%|[、和])*(?:达到?|为|超过|保持在|稳定在|不低于|提高到|提升[至到])?(?:[\d.]+%|[、和])*$")
#: 服务设施覆盖全部社区、90%以上乡镇: what covers the share.
#: 二氧化碳排放（以下简称碳排放）总量
_SHORT_NAME = re.compile(r"（(?:以下|下)?(?:均|统)?(?:简称|称)[^（）]*）")
_COVERS = re.compile(r"([^，。；]{2,16})覆盖[^，。；]{0,24}[、和及]$")
#: 每个乡镇至少设有1个服务站
_AT_LEAST = re.compile(r"(?:至少|都|均)(?:建有|设有|配有|拥有|有)$|至少(?:设置|设|建|办)?$")
#: 每年推动2000家企业上云: so many are to get somewhere.
_MOVES_MANY = re.compile(r"(?:每年|累计|力争)(?:推动|带动|支持|引导|组织)$")
_LIST = re.compile(r"^(?:、|和|及|与|以及|，)$")
_ORIGIN = re.compile(r"(?:由|从|每|第|前|按|按照|最高|最多给予|不同|为期|排名|近年|分为|的)$")
#: 不低于教师总数的10%: the whole that a share is of stands between the comparison and the value.
_OF_WHOLE = re.compile(r"(?:不低于|不少于|不超过|不高于|超过)(?P<whole>[^，。；\d]{2,24}的)$")
#: 能耗占全市80%以上的企业应当…: which ones, and no share of them.
_MAKES_UP = re.compile(r"[^，。；]占[^，。；\d]{0,14}$")
_INDEX = re.compile(r"(?:系数|指数|效率|PUE|得分|评分|强度|容积率|密度|值|比)[^，。；\d]{0,12}$")
_TIME_NAMES = re.compile(r"(?:时间|年限|寿命|天数|时长|时限|周期|期限|小时数|学时)[^，。；]{0,8}$")
_MEASURED = re.compile(
    r"(?:率|比例|比重|占比|量|能力|面积|规模|里程|浓度|产值|指数|强度|数|覆盖|总额|水平|范围|蓄积|投资|消耗|排放|能耗|煤耗|电耗|水耗|物耗|人口|收入|营收|得分)$"
)
_STRONG = ("形成", "建成", "培育", "打造", "创建")
_STRONG_MEASURE = re.compile(r"(?:新增|完成|新建|建成|形成|改造|治理|恢复|修复|建设)(?:约|至少|不少于|超过|不低于)?$")
_CLASS_BEFORE = re.compile(
    r"(?:达到|达|保持为?|稳定(?:保持|达到|在)?|维持|优于|达到或优于|为|不低于|好于|持|以)(?:地表水|国家|地下水)?$"
)
_SCOPE_AFTER = re.compile(r"(?:的|及以|标准的|范围|以外|内的|工程机械|级别|能力的)")
#: 安排1000万元, 投入资金5亿元: what is spent is no aim.
_SPENT = re.compile(r"(?:安排|投入|下达|拨付|筹措|设立|预算|出资|补足|核定)(?:[^，。；\d]{0,16})$")
_RANKED = re.compile(r"(?:进入|跻身|[提上]?升[到至]|上升到|进位到?|达到|位居|居于?|保持在?|力争|排名|位次|位列|列|挺进)(?:世界|全球|全国|国内|亚洲|行业|全省|省内|同类[^，。；]{0,4})*前?$")
_FIGURE = re.compile(r"^的?(?:约|近)?\d[\d.,]*(?:%|‰|万?[^，。；\d级A-Za-zＡ-Ｚ]{0,3})$")
_CJK = re.compile(r"[\u4e00-\u9fffA-Za-z□（“]")
_TRIM_END = re.compile(
    r"(?:比|较|相比)(?:“?十.五”?末?|20\d\d年(?:底|末)?)$|(?:同比|比上年|每年|年均|分别|均|都|必须|确保|总体|稳定|进一步|累计|平均|也|再|稳步|逐步|幅度|力争|争取|,|，|、|不断|的|约|可|要|将|应|年)$"
)


@cache
def _predicate() -> re.Pattern[str]:
    fillers = any_of("target-words", "fillers")
    return re.compile(
        rf"(?:(?P<change>{any_of('target-words', 'rises')}|{any_of('target-words', 'falls')})(?:了|幅度)?|(?P<level>{any_of('target-words', 'levels')}))"
        rf"(?:{fillers})*$"
    )


@cache
def _rises() -> frozenset[str]:
    return frozenset(lexicon("target-words")["rises"])


@cache
def _maker() -> re.Pattern[str]:
    return re.compile(
        rf"(?:{any_of('target-words', 'makers')})(?:出|好|成)?(?:或|并|及)?(?:{any_of('target-words', 'fillers')}|有)*$"
    )


@cache
def _made_there() -> re.Pattern[str]:
    """A verb, and where the counted things are: 基本淘汰京津冀等区域内的500万辆黄标车."""
    return re.compile(rf"(?:{any_of('target-words', 'makers')})(?P<place>[^，。；\d]{{2,30}}(?:区域|地区|范围|境|辖区|流域|城市|全省|全市|全国)内?的)(?:全部|所有|约|近)?$")


@cache
def _maker_head() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('target-words', 'makers')})")


@cache
def _opening_makers() -> re.Pattern[str]:
    """Verbs at the head of what is counted (新建、扩建污水处理设施16座); 新增 says what the figure is and stays."""
    makers = any_of("target-words", "makers")
    return re.compile(
        rf"^(?:(?:鼓励|支持|引导|推动|指导)[\u4e00-\u9fff]{{2,8}}?)?(?:同步|重点|滚动|每年|[三两四五]年|累计|全面|分别|再)*(?!新增)(?:{makers})(?:{makers})?(?:（[^（）]{{1,6}}）)?(?:(?:、|或|和|及|并)(?:{makers}))*(?!区|率|用地|面积|建筑|投资|量|覆盖|水平|强度)(?=.{{2,}})"
    )


@cache
def _grants() -> re.Pattern[str]:
    return re.compile(any_of("target-words", "grants"))


@cache
def _achieved() -> re.Pattern[str]:
    return re.compile(any_of("target-words", "achieved"))


@cache
def _distances() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('target-words', 'distances')})(?:线)?$")


@cache
def _share_then() -> re.Pattern[str]:
    return re.compile(any_of("target-words", "shares_then"))


def forbids(hidden: str) -> bool:
    """Whether a sentence forbids something, with no figure before that (入户率必须达到100%，不得强迫…)."""
    found = _PROHIBITED.search(hidden)
    return found is not None and not any(True for _ in find_quantities(hidden[: found.start()]))


def is_report(hidden: str, times: Sequence[TimeExpression]) -> bool:
    """Whether a provision reports: dates that are over or words of achievement, and nothing due."""
    if any(t.part in ("due", "advance") for t in times):
        return False
    if any(t.part == "past" and (t.start == 0 or hidden[t.start - 1] in "。；，") for t in times):
        return True
    return len(_achieved().findall(hidden)) >= 2


def find_values(part: Part, *, previous: Found | None, dated: bool) -> list[Found]:
    """The quantitative targets of a part, in reading order. `previous` lends its indicator to a value without one."""
    hidden = part.hidden[part.start : part.stop]
    quantities = [
        replace(q, start=q.start + part.start, end=q.end + part.start, stop=q.stop + part.start)
        for q in find_quantities(hidden)
    ]
    quantities = [q for q in quantities if not any(t.start < q.end and q.start < t.end for t in part.times)]
    if quantities and _grants().search(hidden) and not _STANDARD.search(hidden):
        quantities = [q for q in quantities if _is_no_grant(part.hidden[part.start : q.start], q, hidden)]
    quantities = [q for q in quantities if not is_former_value(part.hidden[part.first() : q.start])]
    if not quantities or _PROHIBITED.search(hidden) or _achieved().search(hidden):
        return []
    cursor = part.first()
    found, i = find_participants(part, quantities)
    if found:
        return [value for value in found if value.indicator]
    while i < len(quantities):
        run = [quantities[i]]
        while i + len(run) < len(quantities) and _LIST.match(
            part.hidden[run[-1].stop : quantities[i + len(run)].start]
        ):
            run.append(quantities[i + len(run)])
        values = _read_run(
            part, run, cursor=cursor, previous=found[-1] if found else previous, found=found, dated=dated
        )
        found += values
        i += len(run)
        if values:
            cursor = run[-1].stop + part.hidden.startswith("的", run[-1].stop)
            if values[-1].rule == "made" or part.hidden.startswith(("、", "和", "及"), values[-1].end):
                cursor = max(cursor, values[-1].end)
    return [value for value in found if value.indicator and value.indicator not in _NO_NAME]


def _is_no_grant(before: str, quantity: Quantity, hidden: str) -> bool:
    """Whether a quantity beside words of paying out is not paid: things counted, or the rate that a measure reaches
    (资助比例达100%)."""
    if quantity.kind == "share":
        return _RATE_BEFORE.search(before) is not None
    return quantity.kind == "count" and "每" not in hidden


def _read_run(
    part: Part, run: list[Quantity], *, cursor: int, previous: Found | None, found: list[Found], dated: bool
) -> list[Found]:
    first, last = run[0], run[-1]
    before = part.hidden[cursor : first.start]
    if before.endswith(HIDDEN) and part.text[first.start - 1] == "）" and _maker().search(before.rstrip(HIDDEN)):
        before = before.rstrip(HIDDEN)  # 新建（改建）10家
    after = part.hidden[last.stop : part.stop]
    if gloss := _GLOSS.match(part.text, last.stop, part.stop):
        after = part.hidden[gloss.end() : part.stop]  # 10万亩（其中喷微灌5万亩）, 2条（段）幸福河湖
    ends = (
        not after
        or not (_CJK.match(after) or after[0].isdigit())
        or after[0] in "和及或并与"
        or after.startswith(("以及", "且"))
    )
    if first.kind == "class":
        if (
            _CLASS_BEFORE.search(before)
            and (ends or after.startswith(("水质", "标准")))
            and not any(f.rule == "share" for f in found)
        ):
            return [_level(part, first, cursor, before, previous, first.stop)]
        return []
    if first.kind == "index" and not _INDEX.search(before):
        if previous is None or previous.unit is not None or not isinstance(previous.value, int | float):
            return []
        value = _level(part, first, cursor, before, previous, first.stop)  # 存量改造后不高于1.4: the same index
        return [replace(value, indicator=previous.indicator, area=value.area or value.indicator)]
    if first.kind == "money" and _SPENT.search(before) and not _predicate().search(before):
        return []
    if first.kind == "rank":
        return _rank(part, first, cursor, before, previous) if dated and ends and _RANKED.search(before) else []
    if first.kind == "ratio" and not (times_of_year(before) or _predicate().search(before)):
        return []
    if first.kind == "rating" or (first.kind == "time" and not _is_measured_time(before, dated=dated)):
        return []
    if first.kind == "share" and (whole := _OF_WHOLE.search(before)):
        before = before[: whole.start("whole")]
    if first.kind == "share" and after.startswith("的") and _MAKES_UP.search(before):
        return []
    if first.kind == "share" and not ends and _opens_share(before, found):
        if first.unit.startswith("分之") and any(q.kind != "share" for q in find_quantities(after)):
            return []
        return _shares(part, run, cursor)
    if _ORIGIN.search(before) and not before.endswith(("占", "占比的")) and not before.endswith("的"):
        return []
    predicate = _predicate().search(before)
    made = _maker().search(before)
    joined = before in ("和", "、", "及") or (
        before.endswith(("和", "、", "及", "以及")) and not _CJK.match(before[:0])
    )
    if first.kind in ("count", "measure") and not ends:
        return _made(
            part, run, cursor, before, after, made=made, joined=joined, found=found, dated=dated, previous=previous
        )
    if predicate and not (predicate["level"] in ("在", "超", "超过", "过") and not ends):
        if after.startswith("的") or _SCOPE_AFTER.match(after):
            return []
        return _levels(part, run, cursor, before, previous)
    if before.endswith("的") and (re.search(r"(?:达到|占到?)(?!比)[^，。；\d]{2,24}的$", before)):
        return _levels(part, run, cursor, before, previous)
    if first.kind == "share" and re.search(r"占(?!比)[^，。；\d]{2,24}$", before) and ends:
        return _levels(part, run, cursor, before, previous)
    if (ends and made) or times_of_year(before):
        return _levels(part, run, cursor, before, previous)
    if ends and previous and (dated and not before or before and not hedges().sub("", before)):
        return _levels(part, run, cursor, before, previous)
    if ends and before and _CJK.match(before[-1]):
        return _behind(part, run, cursor, before, after, dated=dated, found=found, previous=previous)
    return []


def _rank(part: Part, quantity: Quantity, cursor: int, before: str, previous: Found | None) -> list[Found]:
    """A place in an order: 综合创新能力进入世界前15位."""
    reached = _RANKED.search(before)
    stop = cursor + (reached.start() if reached else len(before))
    name, area, hedge, start = _name(part, cursor, stop)
    if not name and previous is None:
        return []
    sign: Comparator = "<=" if quantity.after else "="
    return [
        Found(
            start, quantity.stop, quantity.start, name or (previous.indicator if previous else ""), "rank", comparator=sign,
            value=quantity.value, unit=quantity.unit, area=area, hedge=hedge,
        )
    ]  # fmt: skip


def _is_measured_time(before: str, *, dated: bool) -> bool:
    """Whether a length of time is what is aimed at: dated, or to be shortened, or to be studied."""
    if not _TIME_NAMES.search(before):
        return False
    return dated or re.search(r"(?:压缩|压减|缩短)(?:到|至|为)?$|(?:培训|教育|学习|继续教育)[^，。；]{0,6}(?:不少于|不低于|达到)$", before) is not None


def _opens_share(before: str, found: Sequence[Found]) -> bool:
    """Whether a share opens what it is a share of: nothing before it but an area, a hedge or a verb."""
    if found and found[-1].rule == "share":
        return True
    bare = hedges().sub("", before).strip("，、：并和及确保使近约 ")
    bare = re.sub(r"(?:实现|推动|推进|完成|有序推进|至少|不少于|不低于|超过|使|促进|对)+$", "", bare)
    return (
        not bare
        or is_area(bare)
        or _COVERS.search(before) is not None
        or bare in ("保障", "保证", "组织", "支持")
        or re.search(r"(?:完成|实现|推进)", before) is not None
    )


def _shares(part: Part, run: list[Quantity], cursor: int) -> list[Found]:
    quantity = run[0]
    begin = quantity.stop + part.hidden.startswith("的", quantity.stop)
    tail = part.text[begin : part.stop]
    more = next((q.start for q in find_quantities(part.hidden[begin : part.stop])), None)
    next_share = re.search(
        r"[、和及](?=(?:近)?[\d一二三四五六七八九]+(?:\.\d+)?(?:%|分之))", part.hidden[begin : part.stop]
    )
    noun_end = next_share.start() if next_share else None
    verb = _share_then().search(tail, 1)
    if verb and noun_end is not None and verb.start() < noun_end:
        tail, noun_end = tail[:noun_end], None  # 30%以上的村达到甲标准、50%以上的镇达到乙标准
    noun = tail[: noun_end if noun_end is not None else verb.start() if verb else len(tail)]
    then = tail[verb.start() :] if verb else ""
    if more is not None and not next_share and verb and verb.start() > more + 1:
        then = ""
    aspect = ""
    for word in lexicon("target-words")["aspects"]:
        if noun.endswith(word) and noun != word:
            noun, aspect = noun[: -len(word)], word
            break
    noun = noun.strip("，、。； ")
    then = then.strip("，、。； ")
    if re.search(r"完成", part.hidden[cursor : quantity.start]):
        name = f"{tail[:noun_end].strip('，、。； ')}完成比例"
    elif part.hidden.startswith("覆盖", quantity.start - 2):
        name = f"{noun}覆盖比例"
    elif covers := _COVERS.search(part.text, part.first(), quantity.start):
        name = f"{covers[1]}覆盖{noun}比例"
    else:
        name = f"{aspect}{then}的{noun}比例" if then else f"{noun}{aspect}比例"
    subject = read_subject(part, cursor, quantity.start)
    before = part.hidden[cursor : quantity.start]
    end = begin + (noun_end if noun_end is not None else len(tail.rstrip("，。；： ")))
    return [
        Found(
            subject.start, end, quantity.start, name, "share", comparator=comparator(before, quantity), value=quantity.value,
            unit=quantity.unit or None, area=subject.area or place_of(subject.name), hedge=subject.hedge,
        )
    ]  # fmt: skip


def _made(
    part: Part, run: list[Quantity], cursor: int, before: str, after: str, *, made: re.Match[str] | None, joined: bool,
    found: list[Found], dated: bool, previous: Found | None,
) -> list[Found]:  # fmt: skip
    """A number of things under a verb that brings them about: 完成130个…建设."""
    quantity = run[0]
    made = made or _made_there().search(before)
    scope = quantity.after != "" and quantity.kind == "measure" and not _STRONG_MEASURE.search(before)
    if after.startswith("的") or scope or _STOCK.search(before) or quantity.after in ("以下", "及以下", "及以上", "含以上"):
        return []
    if part.hidden.startswith("范围", quantity.stop):
        return []
    listed = re.search(r"(?:等|共)$", before)
    if listed:
        head = hedges().sub("", part.hidden[part.first() : part.first() + 6])
        if not head.startswith(_STRONG):
            return []
    elif _opens_count(before, after, quantity, dated=dated):
        pass
    elif (
        quantity.kind == "measure"
        and not (made and _STRONG_MEASURE.search(before))
        or (
            not made
            and not (joined and found and found[-1].rule in ("made", "behind"))
            and not (
                not before.strip("，、")
                and dated
                and previous
                and previous.rule == "made"
                and part.start > part.sentence
            )
        )
        and not (before.endswith("在") and "累计" in before)
        and not _AT_LEAST.search(before)
        and not _MOVES_MANY.search(before)
        and not (dated and before.endswith("推动"))
    ):
        return []
    stop = re.search(
        r"[，。；：]|、(?=\d)|和(?=\d)|及(?=\d)|[、和及](?=[^、和及，]{0,16}\d+(?:\.\d+)?(?:万|亿)?(?:个|座|家|项|条|处|公里|万吨))",
        part.hidden[quantity.stop : part.stop],
    )
    end = quantity.stop + (stop.start() if stop else part.stop - quantity.stop)
    within = (q.start for q in find_quantities(part.hidden[quantity.stop : end]))
    held = any(_predicate().search(part.hidden, quantity.stop, quantity.stop + at) for at in within)
    of_kind = _OF_KIND.match(part.hidden, quantity.stop) if held else None
    end = quantity.stop if of_kind else end
    subject = read_subject(part, cursor, quantity.start)
    gloss = _GLOSS.match(part.text, quantity.stop, end)
    name = part.text[gloss.end() if gloss else quantity.stop : end].strip("的，、；。 ")
    if of_kind:  # 培育15个…率提升5%以上、产值超百亿元的特色产业集群
        name = part.text[of_kind.start(1) : of_kind.end(1)]
    if _AT_LEAST.search(before):
        lead = _TRIM_END.sub("", _AT_LEAST.sub("", subject.name))
        name = f"{lead}{name}" if lead and not _maker().search(lead) else name
    maker = made[0] if made else ""
    relative: Relative | None = "increase" if maker.startswith(("新增", "新建")) and "能力" in name else None
    return _spread([
        Found(
            subject.start, end, quantity.start, name, "made", comparator=comparator(before, quantity), value=quantity.value,
            unit=quantity.unit or None, relative=relative, area=subject.area, hedge=subject.hedge,
        )
    ], [quantity])  # fmt: skip


def _opens_count(before: str, after: str, quantity: Quantity, *, dated: bool) -> bool:
    """争取2个以上项目纳入国家规划: a number of things that are to get somewhere opens the clause."""
    bare = re.sub(r"^(?:推动|推进|支持|确保|争取|力争|实现|促进|新增)+$", "", hedges().sub("", before).strip("，、： "))
    return quantity.kind == "count" and not bare and (
        quantity.after == "以上" or (dated and quantity.unit in ("家", "个", "所") and not _FURTHER.search(after))
    ) and _GETS.match(after) is not None


def _behind(
    part: Part,
    run: list[Quantity],
    cursor: int,
    before: str,
    after: str,
    *,
    dated: bool,
    found: list[Found],
    previous: Found | None,
) -> list[Found]:
    """A number right behind what it measures: 减排量14.92万吨, 农村生活污水管网900公里."""
    if before.endswith(("等", "约", "第", "共计", "合计", "总计", "共")) or _distances().search(before) or "范围" in after:
        return []
    if run[-1].after and after.startswith("或"):  # 消费量5000吨标准煤以上或排放…的企业
        return []
    head = _maker_head().search(before)
    listed = bool(found) and found[-1].rule in ("made", "behind", "level") and before[:1] in "、和及"
    listed = listed or previous is not None and previous.unit == run[0].unit and run[0].after in ("以上", "左右", "以内", "以下")
    if not (dated or head or listed or _MEASURED.search(before)):
        return []
    if (
        re.search(r"(?:总投资|投资|规模|容量|年产|日处理|功率|电压|注册资本|额定|不足)$", before)
        and run[0].kind != "share"
        and after[:1] not in ("", "、")
    ):
        return []
    return [replace(value, rule="behind") for value in _levels(part, run, cursor, before, previous)]


def _name(part: Part, cursor: int, stop: int) -> tuple[str, str | None, str | None, int]:
    """The indicator in front of a predicate: its name, area, hedge and start."""
    subject = read_subject(part, cursor, stop)
    name = re.sub(r"^(?:基本|全面)?实现(?=.{2})", "", _SHORT_NAME.sub("", subject.name))
    name = without_baseline(name)
    name, trimmed = _FIGURE.sub("", name), None
    while trimmed != name:
        trimmed, name = name, without_baseline(_TRIM_END.sub("", name)).strip("的，、：； ")
    return name, subject.area, subject.hedge, subject.start


def _level(part: Part, quantity: Quantity, cursor: int, before: str, previous: Found | None, end: int) -> Found:
    predicate = _predicate().search(before) if quantity.kind != "class" else _CLASS_BEFORE.search(before)
    stop = cursor + (predicate.start() if predicate else len(before))
    made = _maker().search(before)
    if moved := times_of_year(before):
        stop = cursor + moved.start()
    name, area, hedge, start = _name(part, cursor, stop)
    if moved:
        name = re.sub(r"(?:由|从).*$", "", name)
    if (
        (whole := re.search(r"(占|达到)(?!比)([^，。；\d]{2,24}?)的?$", before))
        and quantity.kind == "share"
        and not predicate
    ):
        name, area, hedge, start = _name(part, cursor, cursor + whole.start())
        name = f"{name}占{whole[2].rstrip('的')}比重"
    if made and not predicate and name in ("", made[0]):
        name = previous.indicator if previous is not None and previous.unit == quantity.unit else made[0]
    if not _RATE.search(name):  # 新建公共机构建筑屋顶光伏覆盖率 says of which buildings
        name = _opening_makers().sub("", name)
    added = name.endswith("新增") and len(name) > 4
    name = name.removesuffix("新增") if added else name
    among = (
        part.text.startswith("其中", part.start) and not _MEASURED.search(name) and quantity.kind in ("share", "points")
    )
    placed = is_area(name) and not (quantity.kind == "count" and _maker_head().search(before))
    if (not name or placed or among) and previous is not None:
        area = name or area
        name = previous.indicator if quantity.unit == previous.unit else _GROWTH.sub("", previous.indicator) or previous.indicator
    elif previous is not None and name.startswith("占") and len(name) < 12:
        name = _KIND.sub("", previous.indicator) + name  # 数字经济规模突破3000亿元，占GDP比重达到50%
    elif previous is not None and _GENERIC.match(name):
        name = _KIND.sub("", previous.indicator) + name
    change = predicate["change"] if predicate is not None and quantity.kind != "class" else None
    relative: Relative | None = None
    if change:
        relative = "increase" if change in _rises() else "decrease"
    elif added or ("新增" in before and "能力" in name):
        relative = "increase"
    return Found(
        start, end, quantity.start, name or (previous.indicator if previous else ""), "level",
        comparator=comparator(before if quantity.kind != "class" else re.sub(r"(?:保持|稳定|维持)$", "", before), quantity),
        value=quantity.value, unit=quantity.unit or None, relative=relative, baseline=baseline_of(before), area=area, hedge=hedge,
        alternative=before.startswith("或") and previous is not None,
    )  # fmt: skip


def _levels(part: Part, run: list[Quantity], cursor: int, before: str, previous: Found | None) -> list[Found]:
    """One target a value: a list of values meets the list of its subjects in order (分别达到55%、45%)."""
    lone = [q.after for q in run]
    if len(run) > 1 and lone[-1] and not any(lone[:-1]):
        run = [replace(q, after=run[-1].after) for q in run]
    found = [_level(part, q, cursor, before, previous, run[-1].stop) for q in run]
    if len(run) > 1:
        said = re.sub(r"^(?:分别|均|都|再)+", "", _name(part, cursor, cursor + len(before))[0])
        unnamed = not said or _predicate().match(said) is not None
        if unnamed and len(part.earlier) >= len(run):
            names: list[str] | None = list(part.earlier[-len(run) :])
        else:
            names = _distribute(found[0].indicator, len(run))
        if names:
            found = [replace(f, indicator=name) for f, name in zip(found, names, strict=True)]
    return _spread(found, run)


def _spread(found: list[Found], run: list[Quantity]) -> list[Found]:
    """A range (10—15%) is two targets, its lower and its upper end."""
    spread: list[Found] = []
    for value, quantity in zip(found, run, strict=True):
        if quantity.high is None:
            spread.append(value)
            continue
        spread.append(replace(value, comparator=">="))
        spread.append(replace(value, comparator="<=", value=quantity.high))
    return spread


#: 开展全省500余家企业的核查: all there are, and no number to be reached.
_STOCK = re.compile(r"(?:开展|组织|做好|推进|加强|强化)(?:全[省市国县区州]|我[省市县区]|辖区内?)$")
_OF_KIND = re.compile(r"[^。；]{4,160}?的([^，。；、的\d]{2,20})(?=[。；]|$)")
_GENERIC = re.compile(r"^(?:(?:集中|综合)?(?:利用|收集|处理|覆盖|回收|达标|普及|处置|治理)率|占比|比例|比重)$")
#: 最高不超过1亿元: a ceiling on what is paid
_NO_NAME = ("最高", "最多", "最低", "单个项目", "每户", "每人", "每家", "总额最高")
_RATE = re.compile(r"(?:率|占比|比例|比重|强度|效率)$")
_GROWTH = re.compile(r"(?:年均)?(?:增速|增幅|增长率|增长)$")
#: 74个国控断面水质达到Ⅲ类的比例达到97.3%: what the count is of is measured itself.
_FURTHER = re.compile(r"[\dⅠⅡⅢⅣⅤ]|率|比例|标准|[未已了]")
_GETS = re.compile(r"[^，。；、的]{2,20}?(?:纳入|进入|入选|入围|跻身|上市|获批|获评|建成|创建成|成为|达到|完成|实现)")
_KIND = re.compile(
    r"(?:(?:治理|处理|收集|改造|建设)?(?:任务|工作|项目|工程)|(?:集中|综合|无害化|资源化)?(?:利用|收集|处理|覆盖|回收|达标|普及|处置|治理)率|使用量|产量|总量|数量|面积|规模|占比|比例|比重)$"
)
_ROW = re.compile(r"[（〔【\[]?(?:约束|预期|引导|指导)性?[）〕】\]]?$")
_PER_UNIT = re.compile(
    r"(?:单位(?:国内生产总值|地区生产总值|生产总值|GDP|工业增加值|增加值|建筑面积|产品)|万元(?:GDP|工业增加值|国内生产总值|地区生产总值))"
)
_LAST_PLACE = re.compile(r"^.{0,16}?(?:地区|省|市|流域|区域|城市|县城|乡镇|农村)")
#: 京津冀、长三角、珠三角等区域细颗粒物浓度
_OTHER_PLACES = re.compile(r"^[^、]{2,10}?等(?:重点)?(?:地区|区域|流域|城市群?|省市?|地|市县?)")
_SUFFIX = re.compile(
    r"(?:(?:行业|企业|领域)[^、]*(?:占比|率|比例|比重|量)|单位[^、]*|新车[^、]*强度|重点工程减排量|排放总量|排放量|排放强度|减排量|使用比例"
    r"|覆盖率|利用率|使用率|治理率|处理率|处置率|收集率|回收率|达标率|普及率|完成率|合格率|增长率|率|消费量|使用量|产量|占比|比例|比重|能力|总量|面积|浓度|数量|强度|能耗"
    r"|(?:货运|客运|运输|周转|吞吐|存栏|出栏|保有|发电|供应|储备|用水|用电|用能|取水|销售|交易|施用|捕捞)量|装机(?:容量|规模)|班额|人数|里程|增加值|总?产值|总?收入|销售额|密度|寿命|量)$"
)
_SPLIT = re.compile(r"、|以及|(?<!普)及(?![时格率])|和(?![谐平])|(?<!参)与")


def _distribute(name: str, count: int) -> list[str] | None:
    """The names in a list of subjects with a common ending: 绿色防控、统防统治覆盖率 gives 绿色防控覆盖率, 统防统治覆盖率."""
    flat = re.sub(r"（[^）]*）", lambda m: HIDDEN * len(m[0]), name)
    cuts = [m.span() for m in _SPLIT.finditer(flat)]
    if len(cuts) + 1 < count:
        return None
    cuts = cuts[-(count - 1) :] if len(cuts) >= count else cuts
    edges = [0, *[b for _, b in cuts]]
    ends = [*[a for a, _ in cuts], len(name)]
    names = [name[a:b] for a, b in zip(edges, ends, strict=True)]
    if (unit := _PER_UNIT.match(names[0])) and not any(_PER_UNIT.match(n) for n in names[1:]):
        return [names[0], *(unit[0] + n for n in names[1:])]
    last = names[-1]
    place = _LAST_PLACE.match(last) if is_area(names[0]) else _OTHER_PLACES.match(last)
    suffix = last[place.end() :] if place else ""
    if not suffix:
        match = _SUFFIX.search(last)
        suffix = match[0] if match else ""
    return [n if n.endswith(suffix) or (_MEASURED.search(n) and "需氧量" not in n) else n + suffix for n in names]


def table_row(text: str, hidden: str) -> Found | None:
    """The target in a row of an indicator table that a reader flattened: name, value now, value due, kind of indicator
    (受污染耕地安全利用率90%左右93%左右约束性)."""
    end = _ROW.search(hidden)
    if end is None or "。" in hidden or "，" in hidden:
        return None
    quantities = [q for q in find_quantities(hidden[: end.start()]) if q.kind != "class"]
    if not quantities:
        return None
    last = quantities[-1]
    name = re.sub(r"(?:新增|—|-|\d+)*[\s\d]*$", "", text[: quantities[0].start])
    name = _TRIM_END.sub("", re.sub(r"^[\d.、\s]+", "", name)).strip("、：— ")
    if len(name) < 3 or last.stop < end.start() - 3:
        return None
    before = hidden[: last.start]
    change = re.search(r"(?:(?P<rise>提高|提升|增加|增长)|(?P<fall>下降|降低|减少))$", before)
    relative: Relative | None = ("increase" if change["rise"] else "decrease") if change else None
    return Found(
        0, end.start(), last.start, _opening_makers().sub("", name), "row", comparator=comparator(before, last), value=last.value,
        unit=last.unit, relative=relative,
    )  # fmt: skip
