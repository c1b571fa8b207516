"""Responsibility notes: who leads, answers for, supports or carries out a clause.

The genre writes them in brackets at the end of what they govern, （A、B牵头，C、D等配合） or
（责任单位：X，配合单位：Y，完成期限：6月底）, or as a sentence of their own, 牵头单位：X。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from policygraph.extract.provision import Context, Provision
from policygraph.model import AgencyRole, Responsibility, Role
from policygraph.read import fold
from policygraph.vocabulary.agencies import resolve_agency

RULE = "responsibility.note/1"
DEFAULT_RULE = "responsibility.default/1"
HEADING_RULE = "responsibility.heading/1"

_MANNER = r"(?:按照?(?:各自)?(?:职责|职能|职能职责|职责任务)?(?:分工|权限)?|分工|根据(?:各自)?职责(?:分工)?|依(?:据)?职责(?:分工)?|依职责|分别|共同|联合|具体|统筹|各负其责|各司其职|抓好|组织|加强|做好)"
_VERBS: tuple[tuple[str, Role], ...] = (
    ("牵头负责", "lead"), ("牵头落实", "lead"), ("牵头推进", "lead"), ("牵头", "lead"),
    ("负责", "responsible"), ("配合", "cooperate"), ("协助", "cooperate"), ("协同", "cooperate"), ("支持", "cooperate"),
    ("参与", "participate"), ("参加", "participate"), ("组织实施", "implement"), ("落实", "implement"), ("实施", "implement"),
)
_CARRIES_OUT = re.compile(r"负责(?:组织|具体|抓好)?(?:落实|实施)$")
_LOCAL = re.compile(r"(?:地方|各地|各级|各[省市县区州镇乡盟旗设]).{0,18}$")
_BY_VERB: dict[str, Role] = dict(_VERBS)
_VERB = re.compile(rf"{_MANNER}*(?P<verb>{'|'.join(v for v, _ in _VERBS)})(?:配合|落实|推进|组织实施|实施|指导|完成|抓好落实)?$")
_LABELS: tuple[tuple[str, Role], ...] = (
    ("牵头", "lead"), ("主办", "lead"), ("主管", "lead"), ("第一责任", "lead"), ("主要责任", "lead"), ("责任", "responsible"), ("负责", "responsible"), ("承办", "responsible"),
    ("配合", "cooperate"), ("协办", "cooperate"), ("协助", "cooperate"), ("支持", "cooperate"), ("参与", "participate"), ("参加", "participate"),
    ("落实", "implement"), ("实施", "implement"),
)
_LABEL = re.compile(rf"(?P<label>{'|'.join(v for v, _ in _LABELS)})(?:（[^）]*）)?(?:(?:单位|部门|处室|科室|主体|机构|厅局|地区)(?:（[^）]*）)?(?:[及和与]责任人)?(?:：|为|是)|：)")
#: 责任领导：…，时间节点：… A label that names no body.
_OTHER_LABEL = re.compile(r"[\u4e00-\u9fff]{2,8}：")
#: 牵头单位：县水利局 责任单位：县财政局: labels on lines of their own, with no mark between them.
_NEXT_LABEL = re.compile(rf"(?<=[\u4e00-\u9fff）、])(?<![及和或要一体])(?=(?:{'|'.join(v for v, _ in _LABELS)})(?:单位|部门|处室|科室|领导)：|(?:完成|办结|推进)?(?:时限|期限|时间)：)")
#: （市工信局、市财政局、各区政府；排第一位的为牵头单位，下同）: who leads is said by the order of the names.
_FIRST_LEADS = re.compile(r"[；，。]?[^；，。]{0,4}(?:排(?:名|序|位)?(?:在|居)?(?:第一位?|首位|前|最前)|列(?:在)?(?:第一位?|首位)|第一个|首位)[^；。]{0,8}(?:为|是)?牵头(?:单位|部门)[^；。]{0,4}(?:，?[^；。]{0,4}下同)?")
_FIRST_WORDS = ("排", "列", "第一个", "首位")
_FIRST_LABEL = re.compile(r"^(?:责任|负责|承办|实施)(?:单位|部门|主体|处室|科室)：")
_ORGAN = re.compile(r"[部厅局委办院署会]$|(?:海关|中心|总队|支队|大队|妇联|残联|团委|工商联|科协|供销社|分行|支行|[处科])$|^团[省市县区]委$|政府$|集团$|公司$|银行$|管委会$|办事处$|(?:部门|单位)$|^各[市县区州镇乡盟旗](?:（[^）]*）|、[县区市旗](?:（[^）]*）)?)?$|[市县区州]$")
_SINGLE_ORGAN = re.compile(r"[部厅局委办院署会]$|政府$|银行$")
_EVERYONE = re.compile(r"^(?:各|有关|相关).{0,12}(?:部门|单位|政府|管委会)$|^各[市县区州]$")
#: 以上任务由市教育局牵头，市财政局负责。 A sentence that assigns what stands before it.
_ALL_WORDS = ("以上", "上述", "本项", "该项", "此项", "本条")
_ALL_OF = re.compile(rf"(?:^|(?<=[。；！）]))(?:{'|'.join(_ALL_WORDS)})[^，。；由]{{0,10}}由(?P<names>[^。]+)。?")
_ROLE_HINT = re.compile(r"牵头|负责|配合|参与|参加|落实|协助|组织实施|(?:责任|主办|协办|承办|主管)(?:单位|部门|处室|科室|主体)")
_TIME = re.compile(r"^(?:完成|办结|工作|推进)?(?:期限|时限|时间|进度)(?:要求)?：|^(?:\d{4}年)?\d{1,2}月|^(?:长期|持续|常态化|全年)")
_DEFAULT = re.compile(r"(?:以下|各项|上述|下列)[^，。；]{0,8}均(?:需|由)(?P<names>[^，。；]+?)(?:按职责分工)?(?P<verb>落实|负责|实施|配合)")
#: 各区人民政府〈含开发区管委会，下同〉
_ASIDE = re.compile(r"[〈（][^〉）]*(?:含|包括|下同|除外)[^〉）]*[〉）]$")
_EACH = re.compile(r"^各(?:省|市|州|县|区|盟)(?:（[^）]*）)?(?:、(?:自治区|直辖市|州|县|区|市|旗|盟)(?:（[^）]*）)?)*$")
_BELOW = re.compile(r"(?:自治区|直辖市|州|县|区|市|旗|盟)(?:（[^）]*）)?(?:人民政府|政府|党委|有关|相关|$)")
#: 武昌、青山区人民政府: what the last name of a list lends to those before it.
_LOCAL_GOVERNMENT = re.compile(r"[一-龥]{1,5}?(?P<kind>[市区县旗])(?P<body>(?:人民)?政府)")
_OF_LIST = re.compile(r"(?!各|有关|相关|全|本)[一-龥]{1,4}?(?P<kind>[市区县旗])?")
#: 省住房城乡建设厅（牵头）
_OWN_ROLE = re.compile(r"（(?P<role>牵头|主办|负责|配合|协办|参与)(?:单位|部门)?）$")
_OWN_ROLES: dict[str, Role] = {
    "牵头": "lead", "主办": "lead", "负责": "responsible", "配合": "cooperate", "协办": "cooperate", "参与": "participate",
}  # fmt: skip
_SHORT_NAME = re.compile(r"^(?:以下|下)(?:均?简称|同|称)")
#: 省水利厅和各市人民政府: two bodies, while 住房和城乡建设厅 is one.
_JOINED = re.compile(r"(?<!各[市县区州]委)(?<!各[市县区]州委)(?<=[厅局委部署办府位门])(?:以及|及|和|与)(?=各|省|市|县|有关|相关|国家)")
_ORGAN_ALONE = re.compile(r"[部厅局委办院署会行社队所站校处科]$|政府|部门|单位|公司|集团")
_NAME = re.compile(r"(?!完成|推进|开展|加强|做好|按|\d)[\u4e00-\u9fffA-Za-z0-9（）“”]{2,24}")
_NOBODY = re.compile(r"^等?(?:相关|有关)?$|^(?:部门|单位|机构|企业|地区)$")
_ETC = re.compile(r"等(?:\d+个?|[一二三四五六七八九十]+个?)?(?:省级|市级|县级|区级|省直|市直|省|市|县|区)?(?:有关|相关)?(?:行业|业务|职能)?(?:主管|监管)?(?:部门|单位|厅局|部委|机构|企业|地区)?(?:和单位)?$")
_BODY = re.compile(r"[部厅局委办院署会]$|政府|部门|单位|集团|公司|银行|总局|中心|电网|处$|处室$|科$|科室$|股$|站$|海关$|地方|各地|各市|各县|各区|州|机构|学校|企业|组织|队|联|社|总工会|分部|分行|所$|^[\u4e00-\u9fff]{1,8}[市县区州旗盟镇乡]$|街道|^(?:各|有关|相关)[市县区州盟]")


_NOTE_LABEL = re.compile(rf"(?:^|(?<=[。；！）〕]))(?:{'|'.join(v for v, _ in _LABELS)})(?:单位|部门|处室)：[^。]*。?(?:(?:完成|办结|推进)?(?:时限|期限|时间|进度)：[^。]*。?)?")
_BRACKETS = re.compile(r"[（〔）〕]")
_NOT_NAMED_ONLY = re.compile(r"[。：“《]")
_ENDS_AS_BODY = re.compile(r"[部厅局委办署]$")
_BEFORE_NAME = re.compile(r"^(?:由|及|以及|并由|和|其中)")
_NO_BODY = re.compile(r"[。；：]|^(?:完成|推进|开展|加强)")


@cache
def _edges(separators: str) -> re.Pattern[str]:
    return re.compile(f"[（〔《“〈）〕》”〉{separators}]")


def depth_split(text: str, separators: str) -> Iterator[tuple[int, int]]:
    """Stretches of `text` between separators that stand outside brackets."""
    depth, start = 0, 0
    for edge in _edges(separators).finditer(text):
        char = edge.group()
        if char in "（〔《“〈":
            depth += 1
        elif char in "）〕》”〉":
            depth = max(depth - 1, 0)
        elif depth == 0:
            yield start, edge.start()
            start = edge.end()
    yield start, len(text)


def find_notes(folded: str) -> list[tuple[int, int]]:
    """Stretches of a provision that are responsibility notes, brackets included."""
    notes: list[tuple[int, int]] = []
    stack: list[int] = []
    for bracket in _BRACKETS.finditer(folded):
        i = bracket.start()
        if bracket.group() in "（〔":
            stack.append(i)
        elif stack:
            opening = stack.pop()
            if not stack and _is_note(folded[opening + 1 : i], before=folded[opening - 1 : opening], after=folded[i + 1 : i + 2]):
                notes.append((opening, i + 1))
    for match in _NOTE_LABEL.finditer(folded) if "：" in folded else ():
        if not any(a <= match.start() < b for a, b in notes):
            notes.append((match.start(), match.end()))
    for match in _ALL_OF.finditer(folded) if "由" in folded and any(word in folded for word in _ALL_WORDS) else ():
        if assigned(match["names"]) and not any(a <= match.start() < b for a, b in notes):
            notes.append(match.span())
    return sorted(notes)


def _is_note(inner: str, *, before: str, after: str) -> bool:
    """Whether the inside of brackets assigns something to bodies. Names alone do where they close a sentence."""
    if len(inner) > 700:
        return False
    if _only_lists(inner):
        closed = before in "。！；）〕"
        return (closed or after in "。") and bool(_listed(inner, closed=closed))
    return bool(assigned(inner))


def _first_leads(text: str) -> re.Match[str] | None:
    return _FIRST_LEADS.search(text) if "牵头" in text and any(word in text for word in _FIRST_WORDS) else None


def _only_lists(inner: str) -> bool:
    """Whether a note has no word for a role, or says by the order of its names who leads."""
    return bool(_first_leads(inner)) or not _ROLE_HINT.search(inner)


def _listed(inner: str, *, closed: bool = True) -> list[tuple[str, Role]]:
    """The bodies of a note that only names them; empty unless all it names are bodies and one at least is known."""
    ordered = _first_leads(inner)
    rest = _FIRST_LABEL.sub("", inner[: ordered.start()]) if ordered else inner
    if _NOT_NAMED_ONLY.search(rest):
        return []
    listed = [rest[a:b] for a, b in depth_split(rest, "；")]
    listed = [",".join(p for p in part.split("，") if not _TIME.match(p)).replace(",", "，") for part in listed]
    names = [name for part in listed for name in names_in(part)]
    if not closed and not any(_ENDS_AS_BODY.search(name) for name in names):
        return []
    if not names or not all(len(name) <= 24 and _ORGAN.search(name) for name in names):
        return []
    if not any(_SINGLE_ORGAN.search(name) and resolve_agency(name, None) for name in names) and not all(_EVERYONE.match(name) for name in names):
        return []
    return [(name, "lead" if ordered and i == 0 else "responsible") for i, name in enumerate(names)]


def names_in(part: str) -> list[str]:
    """The names in an enumeration, 等 and 等部门 left out."""
    found: list[str] = []
    pieces: list[str] = []
    for a, b in depth_split(part, "、，"):
        piece = part[a:b].strip()
        if pieces and _EACH.search(pieces[-1]) and _BELOW.match(piece):
            pieces[-1] += part[a - 1] + piece  # 各市、县（市、区）人民政府 is one name
        else:
            pieces += _JOINED.split(piece)
    for name in _spelled_out(pieces):
        name = _BEFORE_NAME.sub("", name)
        name = _ETC.sub("", _ASIDE.sub("", name))
        if name and not _NOBODY.match(name):
            found.append(name)
    return found


def _spelled_out(pieces: list[str]) -> list[str]:
    """The names of a list, each with what the last one lends it (武昌、青山区人民政府: 武昌区人民政府)."""
    if len(pieces) < 2 or not any(piece.endswith("政府") for piece in pieces):
        return pieces
    full: list[str] = []
    lent: re.Match[str] | None = None
    for piece in reversed(pieces):
        government = _LOCAL_GOVERNMENT.fullmatch(piece)
        own = _OF_LIST.fullmatch(piece) if lent else None
        if lent and own and (own["kind"] or len(piece) >= 2) and not _ORGAN_ALONE.search(piece):
            full.append(f"{piece}{'' if own['kind'] else lent['kind']}{lent['body']}")
            continue
        lent = government
        full.append(piece)
    return full[::-1]


def assigned(inner: str) -> list[tuple[str, Role]]:
    """Names with their roles from the inside of a note; empty when it is not one."""
    out: list[tuple[str, Role]] = []
    default = _DEFAULT.search(inner)
    if default:
        inner = inner[: default.start()].rstrip("，。；")
    inner = _NEXT_LABEL.sub("；", inner) if "：" in inner else inner
    role: Role | None = None
    pending: list[str] = []
    trusted: set[str] = set()  # what stands after 责任单位： is a body, whatever it is called
    labelled_role: Role | None = None  # what a label before ； gives to names that have neither label nor verb
    for a, b in depth_split(inner, "；。"):
        sentence = inner[a:b]
        labelled_role, role, pending, other = role or labelled_role, None, [], False
        for c, d in depth_split(sentence, "，"):
            part = sentence[c:d].strip()
            if not part or _TIME.match(part) or _SHORT_NAME.match(part):
                continue
            label = _LABEL.match(part)
            if label:
                role, other = dict(_LABELS)[label["label"]], False
                named = part[label.end() :]
                verb = _VERB.search(named)
                own, _, others = (named[: verb.start()] if verb else named).partition("会同")
                labelled, joining = names_in(own), names_in(others)
                out += [(name, role) for name in labelled] + [(name, "cooperate") for name in joining]
                trusted.update(labelled, joining)
                continue
            other = other or bool(_OTHER_LABEL.match(part))
            if other:
                continue
            verb = _VERB.search(part)
            if verb and (verb.start() > 0 or pending):
                head = part[: verb.start()]
                found = _BY_VERB[verb["verb"]]
                if found == "responsible" and _CARRIES_OUT.search(part) and _LOCAL.search(head):
                    found = "implement"  # 各市（州）人民政府负责落实
                lead, _, others = head.partition("会同")
                out += [(name, found) for name in [*pending, *names_in(lead)]]
                out += [(name, "cooperate" if found != "participate" else found) for name in names_in(others)]
                pending, role = [], None
                continue
            if role:
                trusted.update(names_in(part))
                out += [(name, role) for name in names_in(part)]
            else:
                pending += names_in(part)
        if pending and role is None and labelled_role and all(_plausible(name) for name in pending):
            out += [(name, labelled_role) for name in pending]
            pending = []
    if pending and not out and any(_OWN_ROLE.search(name) for name in pending):
        out = [(name, "responsible") for name in pending]
    out = [(_OWN_ROLE.sub("", name), _OWN_ROLES[mark["role"]]) if name.endswith("）") and (mark := _OWN_ROLE.search(name)) else (name, found) for name, found in out]
    trusted = {_OWN_ROLE.sub("", name) for name in trusted}
    if default and pending and not out:
        out = _listed(inner)  # （省水利厅、省财政厅，以下均需各市人民政府落实）
    if out and any(not _plausible(name) for name, _ in out):
        bodies = [(n, r) for n, r in out if _plausible(n) or (n in trusted and _NAME.fullmatch(n) and any(_plausible(x) for x in trusted))]
        return bodies if len(bodies) * 2 >= len(out) else []
    if default:
        found_role: Role = "implement" if default["verb"] in ("落实", "实施") else "responsible" if default["verb"] == "负责" else "cooperate"
        out += [pair for name in names_in(default["names"]) if (pair := (name, found_role)) not in out]
    return out


def _plausible(name: str) -> bool:
    plain = name.partition("（")[0] if name.endswith("）") else name  # 省发展改革委（省能源局）
    return len(name) <= 30 and bool(_BODY.search(name) or _BODY.search(plain) or resolve_agency(name, None)) and not _NO_BODY.search(name)


def says_first_leads(folded: str) -> bool:
    """Whether a provision says that from here on the first body of a list leads (排第一位的为牵头单位，下同)."""
    found = _first_leads(folded) if "下同" in folded else None
    return found is not None and "下同" in folded[found.start() : found.end() + 4]


def extract_responsibilities(provision: Provision, context: Context, *, first_leads: bool = False) -> list[Responsibility]:
    """The responsibility notes of a provision, in order, one record a note. `first_leads` says that an earlier
    provision made the first body of every list the leader.

    Raises nothing; brackets that name no body are no note.
    """
    records: list[Responsibility] = []
    for start, end in find_notes(provision.folded):
        inner = provision.folded[start:end].rstrip("。")
        if inner[0] in "（〔":
            inner = inner[1:-1]
        text_names = provision.text[start:end]
        folded_names = provision.folded[start:end]
        roles = []
        everything = _ALL_OF.match(inner)
        inner = everything["names"] if everything else inner
        pairs = _listed(inner) if _only_lists(inner) else assigned(inner)
        if first_leads and pairs and all(role == "responsible" for _, role in pairs) and len(pairs) > 1:
            pairs[0] = (pairs[0][0], "lead")
        for name, role in pairs:
            at = folded_names.find(name)
            written = text_names[at : at + len(name)] if at >= 0 else name
            roles.append(AgencyRole(name=written, agency=resolve_agency(name, context.document.region), role=role))
        if not roles:
            continue
        first, last = provision.span(start, end)
        records.append(
            Responsibility(
                id=f"{provision.clause.id}/note_{len(records) + 1}", document=context.document.id, clause=provision.clause.id,
                text=provision.text[start:end], agencies=tuple(roles), start=first, end=last, by=RULE,
            )
        )
    return records


def default_implementers(records: list[Responsibility]) -> tuple[Responsibility, tuple[AgencyRole, ...]] | None:
    """The note that names implementers for all that follows (以下均需…落实，不再列出), and those it names."""
    for record in records:
        match = _DEFAULT.search(fold(record.text))
        if match:
            names = names_in(match["names"])
            agencies = tuple(a for a in record.agencies if fold(a.name) in names and a.role in ("implement", "responsible", "cooperate"))
            implementers = tuple(a for a in agencies if a.role == "implement") or agencies
            if implementers:
                return record, implementers
    return None
