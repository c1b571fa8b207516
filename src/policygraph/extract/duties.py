"""Duties: who must act, read from the running text (省级有关部门要…, 由生态环境厅牵头…, 市水利局会同…).

A plan without notes names its owners as the subjects of its directives. Each becomes an agent of the task and a
responsibility of a rule `duty.*`; who is only encouraged, told of, reported to or asked for consent does not act.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from policygraph.extract.provision import Context, Provision
from policygraph.extract.tasks import without_asides
from policygraph.extract.verbs import group, verb_at, words
from policygraph.model import AgencyRole, Responsibility, Role, Task, TaskAgent
from policygraph.read import fold
from policygraph.vocabulary.agencies import resolve_agency

SUBJECT_RULE = "duty.subject/1"
PASSIVE_RULE = "duty.passive/1"

#: How the name of somebody who can act ends.
_END = (
    r"(?:部门|单位|政府|委员会|领导小组|工作组|专班|指挥部|办公室|机关|机构|(?<![主承协举开创经兴督格布结全大僵内外干中西东南北上下])[部厅局署办院](?<!部署)(?<!局部)(?<!总部)(?![分门署长件级省市公])|(?<![常编])委(?![员托会派任办])|党委|党组|党工委|管委会|企业|公司|集团|银行|学校|高校|院校"
    r"|医院|协会|商会|园区管理者|经营者|排放者|生产者|污染者|所有者|使用者|申请人|当事人|责任人|负责人|持证人|公民|运营商|服务商|供应商|主体|财政(?!部门|局|厅|部|所|资金|收入|支出|预算)"
    r"|各地区?|各级|各方|各[市州县区省盟旗](?:※+)?(?:、[市州县区旗]※*)*|行业协会|居民委员会|村民委员会|组织|个人|专家组|城市|行业)※*"
)
#: After 政府部门, 单位和个人, 有关部门和单位 the name goes on.
_GOES_ON = r"(?!和(?:单位|个人|机构|地区|企业)|及(?:其|个人|单位))"
_NAME = rf"(?:(?!会同|根据|按照|应当|联合(?=[省市国])|(?<!自)由)[一-龥A-Za-z0-9※、])*?{_END}"
_NAMES = rf"(?P<names>(?:[各本该][一-龥]|[一-龥※]){_NAME}(?:和(?:有关|相关|其他)?(?:单位|个人|机构|部门|企业))?)(?:等(?:相关|有关|市级|省级)?(?:部门|单位|机构|企业)?)?{_GOES_ON}"
_MODAL = r"(?:应当|应(?!急|用|对|付)|必须|须|务必|要(?!求|素|点|害|件)|需(?!求|要)|不得|不能|负责|牵头|将)"
_MANNER = r"(?:切实|认真|严格|积极|高度|进一步|全面|及时|依法|共同|分别|按职责分工|按职责|根据各自职责|按照职责分工|各自|具体|主动|统一|定期|适时|每年|原则上|都|均|也|还|随机)"
_PHRASE = r"(?:会同|根据|按照|依据|依照|结合|围绕|针对|对照|参照|通过|在|对|于|自|联合|商|待|就|以|向|将|把)"
_WHOLE = re.compile(rf"{_NAMES}$")
_ENDING = re.compile(_END)
_ETC = re.compile(r"(?:和(?:有关|相关|其他)?(?:单位|个人|机构|部门|企业))?(?:等(?:相关|有关|市级|省级)?(?:部门|单位|机构|企业)?)?")
#: What follows the name of somebody who acts.
_CUE = re.compile(rf"{_MANNER}*(?:{_MODAL}|配合|协助|参与|{_PHRASE})")
#: 由省级部门直接向国家部门报送: whom it is turned to does not act.
_TOWARDS = re.compile(r"(?:直接|统一|及时|定期|逐级|书面)?向")
_PASSIVE = re.compile(r"由(?<![自理缘]由)(?=[一-龥※]{2})")
_PARTNER = re.compile(rf"(?:会同|联合(?=[省市县国区各有相])|商(?=[省市县国区有相]))(?P<names>[一-龥]{_NAME}(?:和(?:单位|个人|机构))?(?:(?:、|和|与|以及|及)[一-龥]{_NAME})*)(?:等(?:相关|有关)?(?:部门|单位|机构)?)?")
#: 由省文化和旅游厅牵头，省体育局配合，…
_HELPER = re.compile(rf"(?<=[，,；])(?!由|会同|联合){_NAMES}(?P<act>配合|协助|参与|牵头)(?=[，,；。]|$)")
_SENTENCE_END = re.compile(r"[。！？\n]")
_REQUIRED = re.compile(r"应当|要|必须")
_PIECE = re.compile(r"[^，,；：]+")
_MARK = re.compile(r"[，,；：]")
_ITEM = re.compile(r"[^、]+")
_ORDER = re.compile(_MODAL)
#: 单位存在…情形的，应当…: somebody, and the case that the order is for.
_IN_CASE = re.compile(rf"{_NAMES}(?=存在|有|未|违反|发生|因|需|拟|申请|经|对|在|办理|发现|变更|停止|收到|接到)[^，]*(?:的|时|后)$")
_TOLD = re.compile(rf"{_MANNER}*(?:{_MODAL}|对)")
_COMPOUND = re.compile(rf"(?:监?管理?|主管|监督|执法|行政|审批|服务|技术|评价)?(?:委员会|小组|机构|部门|单位|办公室|机关|企业|主体|人(?=应|须|要|对|不)|者|[局厅委署]|城市(?={_MODAL}|对))")
_KINDS_OF_BODY = re.compile(r"(?:单位|个人|机构|企业|部门|地区)$")
_ETC_END = re.compile(r"等(?:相关|有关|市级|省级)?(?:部门|单位|机构)?$")
_BRINGS_IN = re.compile("由|会同|联合|商|配合|协助|参与|牵头")
_HELPS_AT_END = re.compile(r"(?:配合|协助|参与|牵头)(?=[，,；。]|$)")
_LEADS = re.compile(r"^(?:会同[^，]{2,30}?)?.{0,4}牵头")
_HELPS = re.compile(r"^(?:.{0,4})?(?:配合|协助|协同)")
_SHARES = re.compile(r"^(?:.{0,4})?参与")
#: 全国低碳日当天, 活动结束后: when, before the subject; 请, 其中: words that open a sentence.
_OPENS = re.compile(r"(?:第[一二三四五六七八九十百零]+条|【[^】]*】|※+|[（(]?[一二三四五六七八九十\d]+[）)、.．]|[一二三四五六七八九]是|请|其中|同时|此外|另外|并|凡|对此|确需|原则上|今后|\d{4}年(?:\d{1,2}月)?(?:底前|起)?|每年(?:\d{1,2}月)?(?:底前)?)*")
#: What cannot be the head of a name: a preposition, or a word that tells of something.
_NO_HEAD = re.compile(r"(?:对|向|在|以|为|按|从|与|将|把|经(?![济信营开])|由|据|如|若|因|凡|除|使|让|让|到|含|报|送|给|于|及其|包括|鼓励|支持|引导|推动|指导|督促|组织(?!部)|会同|联合|商(?!务)|加强|强化|落实|建立|完善|健全|推进|严格|通过|根据|按照|结合|依托|围绕|针对|聚焦|其他的|不|未|无(?!锡)|是|逐|有(?!关))")
#: 生产经营者排放污染物应当…: what he does, and then the order.
_DOING = re.compile(r"(?!和|与|及|的)[一-龥※、]{2,16}?(?<![的所])(?:应当|必须|不得)")
#: Openings of a clause that tells somebody apart, not of an order about him (取得…的单位, 在本市从事…的单位).
_TELLS_APART = re.compile(r"(?!对|鼓励|支持|引导|推动|指导|督促|组织|加强|强化|落实|推进|严格|通过|依托|向|将|把)")
#: What is no part of a name.
_BREAKS = re.compile(r"会同|根据|按照|应当|必须|联合(?=[省市国])|(?<!自)由|的|后|将|把|针对|通过|鼓励|支持|引导|特别是|跨|开展|连同|抽调|委托|占|购买|发挥|存在|超过|对(?![外口])|(?<![驻所存])在(?![线职])|若|如|向(?!阳)")
_MODAL_AHEAD = re.compile(rf"(?:并|还|也|均|都|同时)*{_MODAL}")
_JOINS = re.compile(r"以及|及|和|与|或者|或")
_ORGAN = re.compile(rf"{_END}$")
#: 各省、自治区、直辖市: no body until what they have of it is named.
_LEVEL_NOUNS = re.compile(r"各?(?:[市州县区省旗盟乡镇]|自治区|直辖市)(?:、(?:[市州县区旗]|自治区|直辖市))*")
_LEVEL_SAID = re.compile(r"(?:各|有关|相关)?(?:省|设区的市|市|县|区|同)级")
_LEVEL = re.compile(r"^(?:各级|省级|市级|县级|同级|本级|地方|相关|有关|其他)")
_NOBODY = re.compile(r"^(?:部门|单位|机构|个人|组织|主体|政府部门|行业|城市|院|办|局|厅|部|委)$|(?:建设|示范|试点|宜居|历史|地级及以上)城市$|(?:主体|支柱|重点|传统|高耗能)行业$|[一-龥]?(?:全部|内部|外部|局部|中部|西部|东部|北部|南部|干部|总部)$|(?:法院|学院|医院)?院$(?<!法院)(?<!检察院)(?<!科学院)(?<!国务院)(?<!研究院)(?<!学院)(?<!医院)")


@dataclass(frozen=True, slots=True)
class _Said:
    """Bodies in one role as a stretch names them: offsets in the reading, and the rule."""

    agents: tuple[TaskAgent, ...]
    start: int
    end: int
    rule: str


def read_duties(
    provision: Provision, context: Context, tasks: Sequence[Task], *, notes: Sequence[Responsibility] = ()
) -> tuple[list[Task], list[Responsibility]]:
    """The tasks with the bodies that carry them out, and a responsibility for each place that names some.

    What follows in a sentence without a subject of its own is done by the same bodies (`inherited`). A body that a
    note of the provision names already gets no second record.
    """
    if not tasks:
        return [], []
    shown = without_asides(provision)
    noted = {agency.name for note in notes for agency in note.agencies}
    found: list[Task] = []
    duties: list[Responsibility] = []
    acting: tuple[TaskAgent, ...] = ()
    reached = 0
    for task in tasks:
        start, end = provision.reading.locate(task.start, task.end)
        if _SENTENCE_END.search(shown, reached, start):
            acting = ()
        reached = end
        said = list(_named(shown, start, end, task, provision, context)) if _may_name(shown, start, end, task) else []
        agents = tuple(agent for each in said for agent in each.agents)
        if any(agent.role not in ("cooperate", "participate") for agent in agents):
            acting = tuple(replace(agent, inherited=True) for agent in agents if agent.role not in ("cooperate", "participate"))
        else:
            agents = (*acting, *agents)
        found.append(replace(task, agents=agents) if agents else task)
        new = [each for each in said if any(agent.name not in noted for agent in each.agents)]
        if not new:
            continue
        first, last = provision.span(min(each.start for each in new), max(each.end for each in new))
        duties.append(
            Responsibility(
                id=f"{provision.clause.id}/duty_{len(duties) + 1}", document=context.document.id, clause=provision.clause.id,
                text=provision.text[min(each.start for each in new) : max(each.end for each in new)],
                agencies=tuple(
                    AgencyRole(name=agent.name, agency=agent.agency, role=agent.role)
                    for each in new for agent in each.agents if agent.name not in noted
                ),
                start=first, end=last, by=new[0].rule,
            )
        )  # fmt: skip
    return found, duties


def _may_name(shown: str, start: int, end: int, task: Task) -> bool:
    """Whether a task can name somebody: it does not open with its verb, or has a word that brings a body in."""
    if _BRINGS_IN.search(shown, start, end):
        return True
    if shown.startswith(task.verb, start):
        return False
    written = fold(task.verb)
    return not (shown.startswith(written, start) or shown.startswith(written, _past_adverbs(shown, start, end)))


def _named(shown: str, start: int, end: int, task: Task, provision: Provision, context: Context) -> Iterator[_Said]:
    """The bodies that act in a task: its subject, whom 由 names, and with whom."""
    if task.modality == "encouraged" and not _REQUIRED.search(shown, start, end):
        return
    verb = shown.find(fold(task.verb), start, end)
    before = verb if verb >= start else end
    subject = _subject(shown, start, before, end)
    if subject:
        a, b, cue = subject
        yield from _agents(shown, a, b, _role(cue), SUBJECT_RULE, provision, context)
    passive = None if subject else _passive(shown, start, end)
    if passive:
        a, b = passive
        yield from _agents(shown, a, b, _role(shown[b:end]), PASSIVE_RULE, provision, context)
    for helper in _HELPER.finditer(shown, start, end) if _HELPS_AT_END.search(shown, start, end) else ():
        if not subject or helper.start("names") != subject[0]:
            yield from _agents(shown, *helper.span("names"), _role(helper["act"]), PASSIVE_RULE if passive else SUBJECT_RULE, provision, context)
    if partner := _PARTNER.search(shown, start, end):
        yield from _agents(shown, *partner.span("names"), "cooperate", PASSIVE_RULE if passive else SUBJECT_RULE, provision, context)


def _role(said: str) -> Role:
    if _LEADS.search(said):
        return "lead"
    if _HELPS.search(said):
        return "cooperate"
    return "participate" if _SHARES.search(said) else "responsible"


def _subject(shown: str, start: int, verb: int, end: int) -> tuple[int, int, str] | None:
    """Where the subject of a task stands, and what is said after it: at the head of one of its stretches, up to the
    one that holds the verb."""
    for piece in _PIECE.finditer(shown, start, end):
        a, b = piece.span()
        if a > verb:
            return None
        opened = _OPENS.match(shown, a, b)
        head = opened.end() if opened else a
        if head == verb or _past_adverbs(shown, head, b) == verb:
            return None
        follows = _MODAL_AHEAD.match(shown, b + 1, end)
        if follows and (whole := _WHOLE.match(shown, _after_clause(shown, head, b), b)) and not _tells(shown, whole.start()):
            return *whole.span("names"), shown[b + 1 : end]
        topic = _IN_CASE.match(shown[head:b]) if follows else None
        if topic and not _tells(shown, head):
            return head + topic.start("names"), head + topic.end("names"), shown[b + 1 : end]
        if (name_end := _name_end(shown, head, b, verb)) is not None:
            return head, name_end, shown[name_end:end]
        modal = _modal_at(shown, head, b)
        begin = _after_clause(shown, head, modal)
        if modal < b and begin > head and _TELLS_APART.match(shown, head) and (name_end := _name_end(shown, begin, b, verb)) == modal:
            return begin, name_end, shown[name_end:end]
    return None


def _name_end(shown: str, begin: int, stop: int, verb: int) -> int | None:
    """Where the name that opens a stretch ends, somebody's who is told to act or acts: behind it stands an order, a
    phrase or the verb."""
    noun = _past_adverbs(shown, begin, stop)
    if _tells(shown, begin) or _tells(shown, noun) or (verb_at(shown, noun) and not _compound(shown[noun:stop])):
        return None
    for ending in _ENDING.finditer(shown, begin, stop):
        at = ending.end()
        if _BREAKS.search(shown, begin, at):
            return None
        if shown.endswith(("国务院", "政府"), begin, at) and (whole := _DEPARTMENT_OF.match(shown, at, stop)) and _is_function(whole[1]):
            continue  # 国务院发展改革部门: the name goes on
        etc = _ETC.match(shown, at, stop)
        at = etc.end() if etc else at
        cue = _CUE.match(shown, at, stop)
        if shown.endswith(("城市", "行业"), begin, ending.end()) and not (cue and _TOLD.match(shown, at, stop)):
            continue
        if cue or _acts(shown, at, verb, stop) or (shown[at - 1] in "位者业构人体" and _DOING.match(shown, at, stop)):
            return at
    return None


#: 国务院发展改革部门, 县级以上人民政府教育行政部门
_DEPARTMENT_OF = re.compile(r"([一-龥]{2,12}?)(?:行政)?(?:主管)?(?:部门|机构)")


def _is_function(word: str) -> bool:
    found = resolve_agency(word, None)
    return found is not None and found not in ("000000/departments-concerned", "000000/local-governments", "000000/governments")


def _passive(shown: str, start: int, end: int) -> tuple[int, int] | None:
    """The bodies that 由 names, the verb behind them."""
    for by in _PASSIVE.finditer(shown, start, end):
        mark = _MARK.search(shown, by.end(), end)
        stop = mark.start() if mark else end
        towards = _TOWARDS.search(shown, by.end(), stop)
        for ending in _ENDING.finditer(shown, by.end(), towards.start() if towards else stop):
            etc = _ETC.match(shown, ending.end(), stop)
            at = etc.end() if etc else ending.end()
            if _CUE.match(shown, at, stop) or verb_at(shown, _past_adverbs(shown, at, stop)) or (towards and at == towards.start()):
                return by.end(), at
    return None


def _modal_at(shown: str, head: int, stop: int) -> int:
    found = _ORDER.search(shown, head, stop)
    return found.start() if found else stop


def _after_clause(shown: str, head: int, stop: int) -> int:
    """Where the name begins behind a clause that tells it apart (符合条件的城市人民政府)."""
    at = shown.rfind("的", head, stop)
    return at + 1 if at >= head else head


def _past_adverbs(shown: str, at: int, stop: int) -> int:
    adverbs = words().adverbs
    while known := next((shown[at : at + n] for n in (5, 4, 3, 2, 1) if shown[at : at + n] in adverbs and at + n <= stop), ""):
        at += len(known)
    return at


def _acts(shown: str, at: int, verb: int, stop: int) -> bool:
    """Whether the verb stands right behind a name, adverbs aside (省生态环境厅定期公开…)."""
    if shown[at - 2 : at] in ("各级", "各方"):
        return False
    at = _past_adverbs(shown, at, min(verb, stop))
    act = verb_at(shown, at)
    if at == verb or (act in group("bodies_do") and at < verb and shown[at + len(act)] != "的"):
        return True
    return bool(act) and at < verb < stop and "的" not in shown[at:verb]


def _compound(names: str) -> bool:
    """Whether a verb at the head is the first half of a name (监督管理部门, 申报单位, 创建城市)."""
    verb = verb_at(names, 0)
    known = words().verbs.get(verb)
    if known is None or known.takes == "clause" or verb in group("tell") or verb in ("吸引", "批准"):
        return False
    return _COMPOUND.match(names, len(verb)) is not None


def _tells(shown: str, at: int) -> bool:
    return _NO_HEAD.match(shown, at) is not None


def _agents(shown: str, start: int, end: int, role: Role, rule: str, provision: Provision, context: Context) -> Iterator[_Said]:
    agents = []
    level = ""
    for a, b in _split(shown, start, end):
        name = provision.text[a:b]
        known = fold(name)
        if own := _LEVEL_SAID.match(known):
            level = own[0]
        elif level and shown[a - 1] == "、":
            known = level + known  # 省级发展改革、财政等部门: the finance department of a province
        if (_NOBODY.search(shown[a:b]) and shown[a - 1 : a] != "的") or len(name) > 30 or len(name) < 2:
            continue
        first, last = provision.span(a, b)
        agents.append(TaskAgent(name=name, agency=resolve_agency(known, context.document.region), role=role, start=first, end=last))
    if agents:
        yield _Said(tuple(agents), start, end, rule)


def _split(shown: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The names of an enumeration: 省级发展改革、财政等部门 are two, 市、区人民政府 and 有关部门和单位 one."""
    cuts: list[tuple[int, int]] = []
    pieces = [m.span() for m in _ITEM.finditer(shown, start, end)]
    merged: list[tuple[int, int]] = []
    for a, b in pieces:
        if merged and not _is_body(shown[merged[-1][0] : merged[-1][1]], listed=True):
            merged[-1] = (merged[-1][0], b)
        else:
            merged.append((a, b))
    for a, b in merged:
        at = a
        for join in _JOINS.finditer(shown, a, b):
            left, right = shown[at : join.start()], shown[join.end() : b]
            if _ORGAN.search(left) and _ORGAN.search(right) and len(right) > 2 and not _KINDS_OF_BODY.match(right):
                cuts.append((at, join.start()))
                at = join.end()
        cuts.append((at, b))
    for a, b in cuts:
        etc = _ETC_END.search(shown[a:b])
        yield a, a + etc.start() if etc else b


def _is_body(name: str, *, listed: bool) -> bool:
    """Whether a piece of an enumeration is a body by itself; in a list the last name lends its 部门 to functions
    (发展改革、财政等部门)."""
    if _ORGAN.search(name) and not _LEVEL_NOUNS.fullmatch(name):
        return True
    return listed and resolve_agency(_LEVEL.sub("", name), None) is not None and not _LEVEL_NOUNS.fullmatch(name)
