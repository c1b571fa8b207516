"""How a directive is worded: one stretch between commas, read for its verb, its object and its part in the sentence."""

from __future__ import annotations

import re

from policygraph.extract.predicates import (
    INTRO_END,
    MATTER_END,
    NOT_OBJECT,
    behind,
    candidates,
    ends_clause,
    final_verb,
    late_verb,
    plain_verb,
    read_adverbs,
    without_adverbs,
)
from policygraph.extract.stretches import INNER_PHRASE, Stretch, directive, opens_with_unknown_verb, tagged
from policygraph.extract.verbs import group, verb_at, words

_CONNECTIVE = re.compile(
    r"(?:第[一二三四五六七八九十百零〇]+条|请(?![示求进假教愿柬客])|并且|并(?![网购联入轨行列])|此外|另外|特别是|尤其是|而且|以及|或者|或|及(?![时早])|和(?![谐平])|且|[一二三四五六七八九十]{1,2}(?:是|要)|[①-⑳]|[（]?\d{1,2}[）.．、](?!\d)|、|—+|[·•●◆])+"
)
_DATE = re.compile(
    r"(?=[争力确预到至在于自从今明本当每上下年近远全即主汛雨供采开春国“※第\d一二三四五十两])(?:争取|力争|确保|预计)?(?:"
    r"(?:到|至|在|于|自|从)?(?:20\d\d(?:[—\-－~至]+20\d\d)?年?|[今明本当]年|“?十[一二三四五六七八九]五”?|※{5}(?=期间|时期|末))"
    r"(?:[上下]半年|年?\d{1,2}月(?:\d{1,2}日|[上中下]旬)?|第?[一二三四]季度|年?[底末初]|时期|期间|以后|以来|[之以]?前|起|末|内)*"
    r"|(?:今年|明年|每年)?第?[一二三四]季度(?:[底末]?(?:之?前)?|内)|[上下]半年(?:[底末]?前|内)?|(?:今|明|本|当)?年[底末内](?:之?前)?(?![涝部河陆])"
    r"|(?:\d{1,2}月?(?:[上中下]旬)?[至—\-－~～])?(?:\d{1,2}|每|本)月(?:\d{1,2}日|份|[上中下]旬)?[底末]?前?|近期|远期|全年|每年|每季度|即日起|(?:主?汛|雨季|供暖季|采暖季|开学|春节|国庆节?)前|[一二三四五两]年(?:内|累计)|到本世纪[^，]{1,4})"
)
_MORE_DATES = re.compile(r"[、和及]")
_PREPOSITION = re.compile(
    r"紧紧围绕|紧密结合|按照|按(?!时|期|规定|要求|需|职责|照|程序|年度|季度|月)|根据|依据|依照|依托|围绕|聚焦|结合(?!实际)|针对|立足|面向|瞄准|锚定|对标|"
    r"通过|借助|鉴于|随着|除|对于|关于|基于|本着|遵循|遵照|参照|对照|以|在|从|对|为|由|经|将|把|向|与|同(?!时|步)|用(?!好|足|水)|"
    r""
    r"会同|因(?!地|时|企|势)|就(?![业近地医读学餐低高要是])|自(?!主|觉|愿|行|然|动)|经过|作为|凡|如|若|待(?![遇业岗办建])"
)
# Phrases with a verb of their own that only say how: followed by a directive they belong to it (充分发挥…作用，).
_MANNER = re.compile(
    r"(?=[综充兼坚主适统处牢遵秉选把抓紧])(?:综合考虑|充分考虑|兼顾|坚持|(?:主动)?适应|统筹好|处理好|充分发挥|充分利用|充分运用|充分调动|牢固树立|遵循|秉持|秉承|选取|选择|把握好?|抓住|紧扣|紧盯)"
)
# A look back stands behind the character that it is about: so every alternative begins with one, and the search skips the rest.
_MODAL = re.compile(
    r"应当|必须|务必|不得|不准|不许|不允许|不再(?<!实现不再)|不予(?![^，]{1,12}的)|不能(?!(?:够?满足|适应|[^，]{1,12}的))|严禁|禁止|可以|应该|一律|原则上|"
    r"应(?<![供响适相对效反照理答策]应)(?![急用对付答力变激]|.尽)|须(?<![必无将]须)|要(?<![重主必需只首简纲概]要)(?![求素点害件闻道])|"
    r"可(?<![许认不]可)(?![靠持再视行用能比控追见燃回降信及看接操选观推复落达得耕供承溯]|循环|支配|利用|开发|降解|转移|量化|执行|交易|食用|验证|调[节度控]|接受|进入)|需(?<![所急]需)(?![求要])|负责(?!人|制|同志)"
)
_PROHIBITS = re.compile(r"不得|不准|不许|不允许|不再|不予|不能|严禁|禁止")
# Who can be told to do something.
_AGENT = re.compile(
    r"(?:政府|部门|单位|机关|企业|机构|学校|高校|院校|财政|协会|商会|组织|团体|银行|委员会|办公室|园区|开发区|管委会|集团|公司|平台企业|运营商|主体|人员|干部|党委|党组|党支部|医院|街道|社区|村委会|"
    r"[厅局委部办院]|各地|各级|各方|各市|各县|各区|各省|地区|地方|县|市|区|（※+）|行业|领域|城市|※|县级|村|乡镇|干线|省份|单元|人|者|方|省|全社会|项目|工程|用户|车辆|船舶|场所)(?:各|均|都|也|分别|共同|联合)?$"
)
_BODY = re.compile(r"(?:(?<!的)[市县区州]※+|政府|部门|单位|机关|财政|党委|党组|委员会|[厅局委部办]|各地|各级|各市|各县|各区|各省|市（州）|（※+）|地方|省|市|县)$")
_STATE = re.compile(
    r"(?:明显|显著|持续|稳步|大幅度?|不断|基本|有效|全面|进一步|逐步|初步|更加|较为|日益|总体|稳定|有力|切实|普遍|充分|成功|及时|实现|得到|有所|率先|整体|保持|趋于|加快|全部|同步|更为|较|动态|恢复性)+"
    r"(?:有效|明显|显著|持续|稳定|有力|进一步|全面|基本|大幅)*"
    r"(?:提升|提高|改善|增强|下降|好转|消除|健全|完善|形成|建立|建成|落实|控制|保障|维持|清零|可控|达标|优良|良好|增长|增加|减少|降低|优化|稳定|恢复|夯实|巩固|凸显|显现|普及|安全|合理|清洁|扩大|缩小|解决|转变|加快|释放|覆盖|迈上|成熟|定型|遏制|发展|改观|丰富|拓展|壮大|领先|推广|转型|平衡|畅通|向好)$"
    r"|(?:得到|得以)[^，的]{2,10}$"
)
_MEASURED = re.compile(
    r"(?:率|量|比例|比重|浓度|水平|面积|规模|指数|强度|占比|数|能力|覆盖面|收入|产值|增加值|里程|长度|人数)(?:力争|平均|年均|分别|均|基本|稳定|继续|再|总体|比|较|不|累计)*"
    r"[^，的]{0,10}?(?:达到?|提高|提升|下降|降低|降至|降到|保持|控制|不低于|不高于|不超过|不少于|超过|力争|为|增长|增加|减少|突破|位居|增至|扩大)[^，]*\d"
)
_STATES_NUMBER = re.compile(r"(?:达到?|提高到?|提升到?|下降到?|降低到?|降至|控制在|不低于|不超过|超过|突破|增长|增加到?|累计|占[^，]{0,20}?)[约近]?\d|(?:规模|产值|收入|总量|总额|人次|销售额)(?:力争|总体)?(?:突破|超过?|过|达到?)[十百千万亿两]+")
_COPULA = re.compile(r"由[^，]{2,60}(?:组成|构成)$|任(?:组长|副组长|主任|副主任|召集人)$|(?<!所)有权|是指|所称|系指|包括|适用于|均为|属于|自[^，]{0,12}施行|有效期(?!满|届|内|限|间)|是(?!否|非)")
#: 属于落后产能的加快淘汰: what such things are to undergo.
_SUCH = re.compile(r"的(?:加快|限期|依法|坚决|及时|严格|一律|逐步|优先|予以|全部|立即)[一-龥]{2,4}$")
_TAIL = re.compile(r"让|是否|使(?!用)|除外|等[^，]{0,4}$|不作为|包括|含|其中")


_MEANS_END = re.compile(r"(?:方式|形式|手段|方法|途径|办法|渠道|机会|契机)$")
# A thing or body told apart by a clause (对违法开展培训的机构和个人，…): what is ordered about it is still to come.
_TOPIC = re.compile(r"的(?:[^，的]{0,6}(?:地块|企业|单位|项目|机构|个人|人员|产品|地方|地区|行为|设施|区域|群体|家庭|学生|对象|用户|品牌|城市|县|村|学校|群众|场所|领域))$")
_TOLD_APART = re.compile(r"的[^，的]{0,14}(?:企业|单位|项目|机构|人员|地区|地块|园区|家庭|学校|设施|县|村|城市|区域|场所|个人)$")
_MEANS = re.compile(r"(?:方式|形式|措施|手段|途径|渠道|办法|平台)(?!和|、|与|及)")
#: 按一体化的模式建设中心: by which rule, and the verb behind it.
_RULES = re.compile(r"(?<=[一-龥※])(?:模式|方式|思路|路径|程序|原则|标准)(?=[一-龥])")
_MOVES = re.compile(r"(列为|[一-龥](?!列为)[一-龥](?=至|到|为|成|给|于|入))")
#: One character and where to: 将符合条件的耕地划为永久基本农田.
_SETS = re.compile(r"((?:列|划|定|改|转|评|选|设)为|(?:划|编|转|植|嵌|导|摆|计)入|(?:摆|放|挺)在)(?=[一-龥※])")


#: 对整改不力的予以通报, 对学校食堂每季度抽查一次: the act about what 对 names ends the stretch.
_BARE = re.compile(
    r"(?:给予|组织|限期|逐步|及时|依法|严肃|全面|严格|进行|予以|加以|从严|公开|每(?:年|季度|半年|月|周)(?:至少)?)([一-龥]{2,6}?)(?:(?:不少于)?[一两三四\d]次(?:以上)?)?$"
)


#: 由分管负责同志任组长
_OFFICE = re.compile(r"(?:担?任|为)(?:组长|副组长|成员|主任|副主任|召集人)$")
#: 结合创建城市上报材料: what somebody hands in is what the act goes by.
_HANDED_IN = re.compile(r"(?:上报|报送|提交|提供|反馈|出具|开具|下达|申报)(?:的)?(?:材料|情况|意见|数据|信息|结果|要求|报告|文件)$")
#: 为建设…提供支撑: what is done for the sake of something.
_FOR_SAKE = re.compile(r"提供|奠定|创造|打下|作出|做出|贡献|增添|注入|营造|积累|赋能|保驾|服务$")
#: 对…的评估结果将在网站公开
_WILL = re.compile(r"将(?:在|于|由|通过|向|按)|向社会|由")
#: 会同区财政局、区统计局联审
_JOINTLY = re.compile(r"(?:[局厅委办]|部门|单位|政府|机构)([一-龥]{2,6})(?<!部门|单位|政府|机构)(?<![局厅委办])$")
#: 对材料的真实性负责, 对整改效果负主体责任
_ANSWERS = re.compile(r"负责$|负[一-龥]{0,6}责任?$|承担[一-龥]{0,8}责任$")


_BEHIND_NAME = re.compile(r"[※）]([一-龥]{2})(?=[一-龥※]{2})(?!的)")


def _phrase(text: str, head: int, at: re.Match[str], hedge: str | None, dated: bool) -> Stretch:
    """A stretch that opens with a preposition: a phrase for the next stretch, or a phrase and its directive."""
    opening, end = at.group(), at.end()
    if opening == "由" and text.endswith(("组成", "构成")) or (opening in ("由", "以") and _OFFICE.search(text)):
        return Stretch(kind="state", head=head, dated=dated, subject=True)
    if text.endswith("的") or ends_clause(text) or (opening == "除" and text.endswith("外")):
        return Stretch(kind="intro", head=head)
    if opening == "对" and _TOPIC.search(text):
        return Stretch(kind="intro", head=head)
    if opening == "会同" and (then := _BEHIND_SUBJECT.search(text, end + 2)) and (second := _PREPOSITION.match(text, then.start())):
        return _phrase(text, head, second, hedge, dated)  # 会同财政厅根据…等因素，…
    if opening == "为" and verb_at(text, read_adverbs(text, end)[0]) and not _FOR_SAKE.search(text, end):
        return Stretch(kind="intro", head=head)  # 为持续推动活动深入开展，…
    if opening in ("结合", "根据", "按照", "依据", "对照", "参照") and _HANDED_IN.search(text, end):
        return Stretch(kind="intro", head=head)
    ends = INTRO_END.search(text) or MATTER_END.search(text)
    if opening not in ("将", "把", "由", "向", "与", "对", "在", "为") and ends and not late_verb(text, end):
        return Stretch(kind="intro", head=head)
    means = _MEANS.search(text, end) if opening in ("通过", "采取", "借助", "利用") else None
    begin = means.end() if means and means.end() < len(text) else min(end + 2 - text.startswith("其", end), len(text))
    if opening == "通过" and means is None:
        act, _, _ = read_adverbs(text, end)
        begin = max(begin, act + len(verb_at(text, act)))  # 通过重新梳理价值环节: the first act is the means
    found = list(candidates(text, begin))
    if opening in ("按", "按照", "以") and (rules := next((m for m in _RULES.finditer(text, end) if verb_at(text, m.end())), None)):
        means, begin = rules, rules.end()
    if means and (next_to := verb_at(text, begin)) and len(text) - begin - len(next_to) >= 2:
        found = [(begin, next_to)]
    modal = _MODAL.search(text, end + 1)
    if modal and not (found and found[0][0] < modal.start() and "的" not in text[found[0][0] : modal.start()]):
        return _ordered(text, head, modal, hedge, dated)
    chosen: tuple[int, str] | None = None
    for number, candidate in enumerate(found):
        following = found[number + 1][0] if number + 1 < len(found) else None
        if following is not None and "的" in text[candidate[0] : following]:
            continue
        chosen = candidate
        break
    if chosen is None:
        named = _BEHIND_NAME.search(text[end:])
        if named and named.group(1) in words().verbs and not INTRO_END.search(text):
            return directive(text, head, end + named.start(1), named.group(1), hedge=hedge, dated=dated)
        if opening in ("将", "把"):
            moved = next((m for m in _MOVES.finditer(text, end + 1) if m.group(1) in words().verbs), None)
            moved = moved or _SETS.search(text, end + 1)
            final = final_verb(text, end + 1)
            if moved or final > 0:
                verb = moved.span(1) if moved else (final, len(text))
                return Stretch(kind="directive", head=head, verb=verb, object=(end, verb[0]), disposes=True,
                               hedge=hedge, dated=dated)  # fmt: skip
            return Stretch(kind="open", head=head, verb=(at.start(), at.end()), object=(end, len(text)), disposes=True,
                           hedge=hedge, dated=dated)  # fmt: skip
        if opening == "由" and (final := final_verb(text, end + 1)) > 0:
            return Stretch(kind="directive", head=head, verb=(final, len(text)), object=(end, final), hedge=hedge, dated=dated)
        if opening == "会同" and (jointly := _JOINTLY.search(text, end)):
            return Stretch(kind="directive", head=head, verb=jointly.span(1), object=(end, jointly.start(1)), hedge=hedge, dated=dated)
        if opening in ("在", "自", "于", "经", "待") and (files := _FILES.search(text, end + 1)):
            return Stretch(kind="directive", head=head, verb=files.span(1), object=(files.end(1), len(text)), hedge=hedge, dated=dated)
        if opening in ("按", "按照", "依照", "参照") and (final := final_verb(text, end + 2)) > 0 and text[final:] in group("end_order"):
            return Stretch(kind="directive", head=head, verb=(final, len(text)), object=(end, final), hedge=hedge, dated=dated)
        if opening == "对" and _WILL.search(text, end + 2) and (final := final_verb(text, end + 2)) > 0:
            return Stretch(kind="directive", head=head, verb=(final, len(text)), object=(end, final), hedge=hedge, dated=dated)
        if opening in ("对", "就") and (answers := _ANSWERS.search(text, end + 1)):
            return Stretch(kind="directive", head=head, verb=answers.span(), object=(end, answers.start()), hedge=hedge, dated=dated)
        if follows := behind(text, opening, end):
            return directive(text, head, follows[0], follows[1], hedge=hedge, dated=dated)
        bare = _BARE.search(text, end)
        if bare and opening in ("对", "由", "向", "就", "在"):
            start = bare.start(1)
            return Stretch(kind="directive", head=head, verb=(start, len(text)), object=(end, bare.start()), hedge=hedge, dated=dated)
        return Stretch(kind="intro", head=head)
    start, word = chosen
    if opening in ("将", "把"):
        return Stretch(
            kind="directive", head=head, verb=(start, start + len(word)), object=(end, start), disposes=True,
            hedge=hedge, dated=dated,
        )  # fmt: skip
    if opening == "对" and word in ("进行", "开展", "实施", "实行") and len(text) - start - len(word) <= 6:
        act = start + len(word)
        act, _, _ = read_adverbs(text, act)
        if text[act:] not in words().verbs and not (text[act : act + 2] in words().verbs and text[act + 2 :] in words().verbs):
            return directive(text, head, start, word, hedge=hedge, dated=dated)
        return Stretch(kind="directive", head=head, verb=(act if act < len(text) else start, len(text)),
                       object=(end, start), hedge=hedge, dated=dated)  # fmt: skip
    return directive(text, head, start, word, hedge=hedge, dated=dated)


def _ordered(text: str, head: int, modal: re.Match[str], hedge: str | None, dated: bool) -> Stretch:
    """A stretch with 应当, 不得, 可以 …: an order to its subject."""
    if modal.start() <= head + 4 and _TOPIC.search(text) and not _PROHIBITS.match(modal.group()):
        return Stretch(kind="intro", head=head)
    prohibits = bool(_PROHIBITS.match(modal.group()))
    marks = {
        "subject": modal.start() > head,
        "agent": True,
        "body": True,
        "ordered": True,
        "prohibits": prohibits,
        "permits": modal.group() in ("可以", "可"),
        "modal": modal.start() == head and modal.group() in ("应当", "应", "须", "必须", "可以", "可"),
        "hedge": hedge,
        "dated": dated,
    }
    if prohibits or modal.group() == "负责":
        return Stretch(kind="directive", head=head, verb=modal.span(), object=(modal.end(), len(text)), **marks)  # type: ignore[arg-type]
    start, read, softened = read_adverbs(text, modal.end())
    denial = _PROHIBITS.match(text, start)
    if denial:
        return _ordered(text, head, denial, hedge, dated)
    marks["hedge"] = hedge or softened
    word = verb_at(text, start)
    preposition = _PREPOSITION.match(text, start)
    if preposition and len(preposition.group()) >= len(word):
        led = _phrase(text, head, preposition, hedge or softened, dated)
        by_what = preposition.group() in _BY_WHAT
        if led.kind == "intro" and not by_what and (final := final_verb(text, preposition.end())) > 0:
            return Stretch(kind="directive", head=head, verb=(final, len(text)), object=(start, final), **marks)  # type: ignore[arg-type]
        if led.kind == "intro" and not by_what and (late := plain_verb(text, preposition.end())):
            return _complete(directive(text, head, late[0], late[1], **marks), text, modal)
        if led.kind == "intro":
            return led._replace(modal=bool(marks["modal"]), permits=bool(marks["permits"]))
        led = led._replace(subject=modal.start() > head, agent=True, body=True, ordered=True, permits=bool(marks["permits"]),
                           modal=bool(marks["modal"]))  # fmt: skip
        return _complete(led, text, modal)
    if (_MANNER.match(text, start) and INTRO_END.search(text)) or _MEASURES.match(text, start):
        return Stretch(kind="intro", head=head, verb=(start, start + 2), object=(start + 2, len(text)), dated=dated)
    if not word and (unknown := opens_with_unknown_verb(text[start:])):
        return directive(text, head, start, unknown, **marks)
    if not word:
        inner = next(candidates(text, start), None)
        if inner:
            start, word = inner
    if not word:
        tags = tagged(text[start : start + 8])
        word = tags[0][0] if tags else "".join(read[-1:])
    if not word:
        return Stretch(kind="intro" if text.endswith("的") else "tail", head=head)
    if word in ("包括", "具备", "满足", "符合", "履行") and (start + len(word) == len(text) or _LISTED_BELOW.search(text, start)):
        return Stretch(kind="state", head=head, dated=dated, subject=True)  # 申请应包括：, 应符合下列条件：
    return _complete(directive(text, head, start, word, **marks), text, modal)


def _complete(order: Stretch, text: str, modal: re.Match[str]) -> Stretch:
    """An order about a thing is complete without an object (专项资金必须专款专用); one to somebody may go on (各地要认真组织，…)."""
    if order.bare and order.subject and not _AGENT.search(text, order.head, modal.start()):
        return order._replace(bare=False)
    return order


#: Prepositions of what an act goes by, which has nouns that are verbs elsewhere (根据…技术规范).
_BY_WHAT = ("根据", "按照", "依据", "依照", "结合", "围绕", "对照", "参照")
_LISTED_BELOW = re.compile(r"(?:下列|以下|如下)[^，]{0,8}$")


#: 报省水利厅备案, 抄报上级主管部门
#: 应当采取措施，推广…
_MEASURES = re.compile(r"采取(?:有效|必要|综合|相应|有力|切实|多种|各项|以下|下列|积极)?的?措施$")
_REPORTS = ("报", "上报", "抄", "呈报", "提请")
_FILES = re.compile(r"(报请|报经|上报|抄报|抄送|呈报|报送|提请|报)(?!告|表|名|废|价|酬|刊|纸|考|销)[^，]{1,40}?(?:备案|备查|审批|批准|核准|审定|审核|核实|审查|审议|同意|决定|[厅局委办部]|政府|部门|机关|单位|机构|办公室|(?:批准|同意|审定|核准|审核)后[一-龥]{2,8})※*$")


def read_stretch(text: str) -> Stretch:
    """Reads one stretch between commas, quoted words and brackets blanked out as ※.

    >>> read_stretch("并加快推进重点领域立法").verb
    (3, 5)
    >>> read_stretch("以岷江、沱江为重点").kind
    'intro'
    """
    connective = _CONNECTIVE.match(text)
    head = connective.end() if connective else 0
    if text.endswith("的"):
        return Stretch(kind="intro", head=head)
    if text[-1:] in "前内" and (by := _BY_THEN.search(text, head)) and not any(True for _ in candidates(text[: by.start()], head)):
        return Stretch(kind="intro", head=head, dated=True)
    if (text[-1:] == "内" and _WITHIN_DAYS.search(text)) or (text[-1:] in "责工限能内求" and _EACH_BY.search(text)):
        return Stretch(kind="intro", head=head, permits=_MAY_WITHIN.search(text, head) is not None)
    if "处" in text and (penalty := _PENALTY.match(text, head)):
        return Stretch(kind="directive", head=head, verb=penalty.span(1), object=(penalty.end(1), len(text)))
    position, dated = head, False
    date = _DATE.match(text, position)
    while date and (more := _MORE_DATES.match(text, date.end())) and (later := _DATE.match(text, more.end())):
        date = later
    if date and date.group():
        if date.end() == len(text):
            return Stretch(kind="intro", head=head, dated=True)
        position, dated = date.end(), True
    if dated and text.startswith("各", position) and verb_at(text, position + 1):
        position += 1  # 6月、12月各开展一次集中整治
    for also in ("同时", "还"):
        if text.startswith(also, position):
            position += len(also)
    if text.startswith("新", position) and not verb_at(text, position) and len(verb_at(text, position + 1)) > 1:
        position += 1  # 新开通基站15万个
    if position >= len(text):
        return Stretch(kind="intro", head=head, dated=dated)
    opened = position
    manner = _MANNER.match(text, position)
    if manner and not ends_clause(text) and not text.endswith("的"):
        return _manner(text, head, manner, dated)
    position, read, hedge = read_adverbs(text, position)
    verbs = words().verbs
    modal = _MODAL.match(text, position)
    if modal and modal.end() < len(text):
        return _ordered(text, head, modal, hedge, dated)
    preposition = _PREPOSITION.match(text, position)
    word = verb_at(text, position)
    if preposition and len(preposition.group()) >= len(word):
        return _phrase(text, head, preposition, hedge, dated)
    if text.startswith(_REPORTS, position) and (files := _FILES.match(text, position)):
        return Stretch(kind="directive", head=head, verb=files.span(1), object=(files.end(1), len(text)), hedge=hedge, dated=dated)
    if text.startswith("违反", position) and _BREACH.match(text, position):
        return Stretch(kind="intro", head=head)
    if word in _MAKES_NEW and _SHARE.search(text, position) and not _MODAL.search(text, position + len(word)):
        return Stretch(kind="state", head=head, dated=dated, subject=True)  # 新建建筑屋顶光伏覆盖率达到50%
    if word in group("tell_apart") and _TOLD_APART.search(text, position + len(word)):
        return Stretch(kind="intro", head=head, dated=dated)  # 纳入名录的排污企业，…
    listed = word and not verbs[word].anywhere and text[position + len(word) : position + len(word) + 1] in tuple("、和与及")
    if word and read and read[-1] in group("adverb_or_verb") and (listed or _one_noun(text, position, word)):
        # 加快监控信息化建设, 统筹信访、热线等渠道: what follows is one noun, and the adverb its verb.
        position, word = position - len(read[-1]), read[-1]
    if not word:
        for adverb in reversed(read):
            if adverb in verbs and len(text) - text.rindex(adverb, opened, position) > len(adverb):
                position, word = text.rindex(adverb, opened, position), adverb
                break
    if word and (text.endswith("的") or ends_clause(text)):
        return Stretch(kind="intro", head=head, dated=dated)
    if text.endswith("除外"):
        return Stretch(kind="state", head=head)
    if _TAIL.match(text, head):
        return Stretch(kind="tail", head=head)
    if word in group("use_means") and (_MEANS_END.search(text) or _MEASURES.match(text, position)):
        end = position + len(word)
        return Stretch(kind="intro", head=head, verb=(position, end), object=(end, len(text)), hedge=hedge, dated=dated)
    if word and ("会" in text or "组" in text or "室" in text) and (body := _BODY_NAME.match(text, position)) and (act := verb_at(text, body.end())) and len(text) - body.end() - len(act) >= 2:
        return directive(text, head, body.end(), act, subject=True, agent=True, body=True, hedge=hedge, dated=dated)  # 评审委员会组织…
    if not word and text.startswith("试点※", position):
        return directive(text, head, position, "试点", hedge=hedge, dated=dated)
    ordered = word and ("应" in text or "必须" in text or "不得" in text or "须" in text or "可" in text)
    if ordered and (named := _ORDERED_NOUN.search(text, position + len(word))) and _is_subject(text, position + len(word), named.start()):
        return _ordered(text, head, named, hedge, dated)  # 创建工作应…, 取得许可证的单位和个人应…
    if ordered and (may := _MAY.search(text, position + len(word))) and _is_subject(text, position + len(word), may.start()):
        return _ordered(text, head, may, hedge, dated)  # 推荐数量可放宽至…
    if word and _opens(text, position, word):
        return directive(text, head, position, word, hedge=hedge, dated=dated)
    return _led(text, head, opened, position, hedge, dated)


#: 各单位应于每年3月底前，…: who, and until when.
_BY_THEN = re.compile(r"(?:应当?|须|要|需)?(?:于|在)[^，]{0,6}(?:年|年[底末]|月|月[底初末]|[上中下]旬|\d日|季度|学期|汛期|工作日)(?:之?前|以?内|之内)$")
#: 验收合格后三个月内，…
_WITHIN_DAYS = re.compile(r"(?:之日起|后)[\d一二两三四五六七八九十]+个?(?:工作日|[日天月年]|小时)(?:之|以)?内$")
_MAY_WITHIN = re.compile(r"可以?(?=自|在|于|从|按)")
#: 教育、公安等部门按照各自职责，做好…: who, and within which duties.
_EACH_BY = re.compile(r"(?:部门|单位|机关|政府|机构|企业)(?:要|应当?)?(?:按照?|依照|根据|依据|结合|在)[^，]{0,6}(?:职责|分工|权限|职能)(?:范围内|要求)?$")
_PENALTY = re.compile(r"(处以?)[^，]{2,24}(?:罚款|拘留)")
#: 违反本条例规定，…: the case that an order is for.
_BREACH = re.compile(r"违反(?:本|前|国家|有关|法律|[^，]{0,12}(?:规定|条))")
#: 审核重点包括…, 检查内容为…
_IS_WHAT = re.compile(r"(?:的)?(?:重点|内容|事项|范围|对象|材料|要求|标准|指标|方式|程序|结果)(?:主要)?(?:包括|包含|是(?!否)|为(?!依据)|有)")
_TOLD_BY_ACT = re.compile(r"(?:通过|合格|同意|确定|备案)?的[^，的]{2,10}$")
_MAY = re.compile(r"可(?=放宽|适当|由|按|根据|在|以|不|视|向|申请|另行|自行)")
_ORDERED_NOUN = re.compile(r"应当|应(?![急用对付答力变激]|.尽)|必须|(?<![必无将])须(?!知)|不得(?!低于|少于|超过|高于)")
_BODY_NAME = re.compile(r"[一-龥]{2,6}(?:委员会|领导小组|评审组|专家组|办公室)")
_NAMES_BODY = re.compile(r"(?:领导)?(?:委员会|小组|机构|部门|单位|办公室|机关|城市|企业)(?=[、和与及]|存在|自[愿行主]|未|由|应|要|对|将|根据|按|会同|负责|结合|可|在)")


def _is_subject(text: str, after: int, end: int) -> bool:
    """Whether a verb and what follows it up to `end` name a thing or somebody (创建工作, 取得许可证的单位和个人)."""
    noun = text[after:end]
    return ("的" in noun and _AGENT.search(noun) is not None) or _NAMES_THING.fullmatch(noun) is not None


_NAMES_THING = re.compile(r"[^，的]{0,4}(?:城市|企业|园区|学校|工作|机构|部门|单位|人员|活动|项目|材料|结果|情况|费用|资金|标准|报告|方案|数量|范围|期限|时间|额度|比例|金额|对象|者|人)")


_MAKES_NEW = ("新建", "新增", "改建", "扩建", "新上", "既有")
_NAMES_MEASURE = re.compile(r"的[^，的]{0,8}(?:比例|占比|比重)$|(?:覆盖|达标|普及|利用|完成|合格)率$")
_SHARE = re.compile(r"(?:占比|比例|比重|率)※*(?:力争|原则上|分别|均|稳定|保持)*(?:(?:达到?|超过?|为|不低于|不高于|不超过|控制在|降至|下降到|降到|提高到|提高至|提升到|提升至|在)[^，的]{0,3})?\d")
_GROWS = re.compile(r"(?:量|额|值|数|规模|收入)(?:较|比)(?:20\d\d|上)年[^，]{0,6}(?:增|减|降|提|翻)")
_ORDERS = re.compile(r"应当|应(?![急用对])|必须|不得|一律|(?<![重主必需])要(?![求素点])")


def names_share(text: str) -> bool:
    """Whether a stretch says which share or rate is reached (新建厂房屋顶光伏覆盖率达到50%)."""
    return _SHARE.search(text) is not None


#: 运用智能管控等技术实现能效提升
_BY_TOOL = re.compile(r"(?:技术|手段|平台|方式|系统|工具|模式|方法|数据|渠道)(?:实现|提升|提高|开展|推动|推进)")


def _one_noun(text: str, position: int, word: str) -> bool:
    """Whether a verb that can be a noun opens a long noun that ends with another (监控信息化建设)."""
    verbs = words().verbs
    return not verbs[word].anywhere and len(text) - position - len(word) > 2 and text[-2:] in verbs


def _opens(text: str, position: int, word: str) -> bool:
    """Whether a verb at the head of a stretch governs what follows, and is not the noun that a statement is about
    (治理成效明显提升)."""
    after = position + len(word)
    verb = words().verbs[word]
    if after >= len(text):
        return True
    named = _NAMES_BODY.match(text, after)
    if text[after] in "的者" or (named and not (verb.anywhere and text[named.end()] in "、和与及")) or _IS_WHAT.match(text, after):
        return False
    if "是否" in text[after:] and word not in group("asks_whether"):
        return False
    if word in ("新建", "改建", "扩建", "新增", "新上") and _ORDERS.search(text, after):
        return False
    if verb.takes != "clause" and (_SHARE.search(text, after) or _GROWS.search(text, after)):
        return False
    if word in group("use_means") and _BY_TOOL.search(text, after):
        return True
    if verb.anywhere or verb.takes == "clause":
        return not (text[after] in "、和与及" and _modal_or_state(text, after))
    if len(word) == 1:
        return opens_with_unknown_verb(text[position:]) != ""
    return not _modal_or_state(text, after)


# What a statement about a noun goes on with (整治工作取得阶段性进展, 禁渔水域管理秩序良好).
_PREDICATE = re.compile(r"取得[^，]*(?:进展|成效|突破|成果)|得到|完成|实现|达到|有所|处于|显现|成为|得以|(?:向好|良好|优良|合理|稳定|可控|清洁|安全|畅通|完善|健全)$")


def _modal_or_state(text: str, after: int) -> bool:
    return bool(_PREDICATE.search(text, after) or _STATE.search(text, after) or _MEASURED.search(text, after) or _MODAL.search(text, after))


def _led(text: str, head: int, opened: int, position: int, hedge: str | None, dated: bool) -> Stretch:
    """A stretch that opens with a noun: somebody's order, a state, or the rest of the stretch before."""
    if text.endswith("的"):
        return Stretch(kind="intro", head=head, dated=dated)
    modal = _MODAL.search(text, opened)
    if (_SHARE.search(text, opened) or _GROWS.search(text, opened)) and not (modal and modal.group() in ("应当", "应", "须", "必须", "不得")):
        return Stretch(kind="state", head=head, dated=dated, subject=True)
    if modal and modal.end() < len(text) - 1:
        return _ordered(text, head, modal, hedge, dated)
    if "是否" in text[opened:]:
        return Stretch(kind="state", head=head, dated=dated, subject=True)
    if (copula := _COPULA.search(text, opened)) and not (copula.group() == "属于" and _SUCH.search(text, copula.end())):
        return Stretch(kind="state", head=head, dated=dated)
    unknown = opens_with_unknown_verb(text[position:], led=position > opened)
    end = position + len(unknown)
    if unknown and not _modal_or_state(text, end) and not _NAMES_BODY.match(text, end):
        return Stretch(kind="directive", head=head, verb=(position, end), object=(end, len(text)), hedge=hedge, dated=dated)
    reached = _MEASURED.search(text, opened) or _STATES_NUMBER.search(text, opened)
    if _STATE.search(text, opened) or (reached and not _SOME_OF.search(text, opened)):
        return Stretch(kind="state", head=head, dated=dated, subject=True)
    if _NAMES_MEASURE.search(text):
        return Stretch(kind="state", head=head, dated=dated, subject=True)
    if ends_clause(text):
        return Stretch(kind="intro", head=head, dated=dated)
    if own := _subject_and_phrase(text, head, opened, hedge, dated):
        return own
    if does := _BODY_DOES.match(text, opened):
        act = verb_at(text, does.end())
        if _TOLD_BY_ACT.match(text, does.end() + len(act)):
            return Stretch(kind="intro", head=head, dated=dated)  # 省级部门审核通过的备选项目，…
        if act in group("bodies_do") and len(text) - does.end() - len(act) >= 2 and not NOT_OBJECT.match(text, does.end() + len(act)):
            return directive(text, head, does.end(), act, subject=True, agent=True, body=True, hedge=hedge, dated=dated)
    for start, word in candidates(text, opened + 1):
        before, softened = without_adverbs(text, opened, start)
        agent = bool(_AGENT.search(text, opened, before))
        if start - opened in (2, 4) and not agent and words().verbs[word].takes == "clause":
            # Two or four characters before 推进 or the like are an adverb that no list has (务实推进…).
            return directive(text, head, start, word, hedge=hedge or softened, dated=dated)
        if words().verbs[word].takes == "state" and not agent:
            return Stretch(kind="state", head=head, dated=dated, subject=True)
        if agent or words().verbs[word].takes != "clause":
            read = directive(text, head, start, word, subject=True, agent=agent,
                              body=bool(_BODY.search(text, opened, before)), hedge=hedge or softened, dated=dated)  # fmt: skip
            return read._replace(bare=False) if _ABOUT.search(text, opened, start) else read
    if (final := final_verb(text, opened + 2)) > 0 and text[final:] in group("end_order") and _ON_THE_WAY.search(text, opened + 1, final):
        return Stretch(kind="directive", head=head, verb=(final, len(text)), object=(opened, final), subject=True, hedge=hedge, dated=dated)
    if gives := _GIVES.search(text, opened):
        return Stretch(kind="directive", head=head, verb=gives.span(1), object=(gives.end(1), len(text)), subject=True, hedge=hedge, dated=dated)
    phrase = INNER_PHRASE.search(text, opened + 2)
    if INTRO_END.search(text) or (phrase and _AGENT.search(text, opened, phrase.start())):
        return Stretch(kind="intro", head=head, dated=dated)
    return Stretch(kind="intro" if _TOPIC.search(text) else "tail", head=head, dated=dated, subject=True)


#: 条件合格的予以注册: the act that 予以 names.
_GIVES = re.compile(r"(?:予以|给予|加以)([一-龥]{2,8})$")
#: 抽取不低于20%的核查结果进行复核: the figure says of how many.
_SOME_OF = re.compile(r"\d[^，]{0,3}的[^，]{2,}(?:进行|开展|予以)[一-龥]{2,}")
#: 电子版材料同时通过平台报送: how, between a thing and the verb about it.
_ON_THE_WAY = re.compile(r"通过|经|由|向|按照?|在(?![线建])|另行|统一|一并|同步|予以")
#: 省科学技术厅组织…, 评审委员会审定…
_BODY_DOES = re.compile(r"[一-龥※、]{2,30}?(?:(?<!行政)部门|委员会|[厅局委](?!员|托|办)|政府|小组|办公室|机关)(?=组织|委托|受理|审查|审核|统筹|协调|参与|配合|公布|公示|公开|评估|认定|监督|检查|抽查|报告|通报|指导)")
#: Prepositions behind the body that acts: 区发展改革委根据联审意见, 相关情况由省生态环境厅向社会公开.
_BEHIND_SUBJECT = re.compile(r"会同|根据|按照|依据|依照|结合|围绕|针对|依托|聚焦|通过|对照|参照|(?<![存现内潜])在(?![线校册职建])|(?<![面针绝相核反应])对(?![接比应象标外口])|(?<![即必])将|(?<![自理缘])由|(?<![成造迁就])就(?![业近地医学])")


def _subject_and_phrase(text: str, head: int, opened: int, hedge: str | None, dated: bool) -> Stretch | None:
    """Somebody with a phrase behind him: with the verb in it, his order; without, the way to one. None when nobody
    who can be told to do something stands first."""
    found = _BEHIND_SUBJECT.search(text, opened + 2)
    if found is None or text[:head].endswith(("以及", "及", "和", "或")):
        return None
    passive = found.group() == "由"
    at = _PREPOSITION.match(text, found.start())
    if at is None or not (passive or _AGENT.search(text, opened, found.start())):
        return None
    led = _phrase(text, head, at, hedge, dated)
    if led.kind == "directive":
        body = passive or bool(_BODY.search(text, opened, found.start()))
        return led._replace(subject=True, agent=True, body=body, bare=False)
    return None if passive or led.kind != "intro" else led


#: 各市对辖区内工作实施情况全面检查: the object stands before the verb.
_ABOUT = re.compile(r"[^，、]对[^，]{4,}")


def _manner(text: str, head: int, opening: re.Match[str], dated: bool) -> Stretch:
    """A phrase that says how the next directive is carried out. It has a verb, so that it stands as a directive where
    nothing follows; a directive in the same stretch takes it along (充分利用…开展…)."""
    for start, word in candidates(text, opening.end() + 2):
        if "的" not in text[start:] and words().verbs[word].anywhere and not text.endswith("作用"):
            return directive(text, head, start, word, dated=dated)
    return Stretch(kind="intro", head=head, verb=opening.span(), object=(opening.end(), len(text)), dated=dated)
