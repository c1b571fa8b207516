"""Responsibility notes: who leads, answers for, supports or carries out a clause.

The genre writes them in brackets at the end of what they govern, （A、B牵头，C、D等配合） or
（责任单位：X，配合单位：Y，完成期限：6月底）, or as a sentence of their own, 牵头单位：X。
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policygraph.extract.provision import Context, Provision
from policygraph.model import AgencyRole, Responsibility, Role
from policygraph.read import fold
from policygraph.resolve.agencies import resolve_agency

RULE = "responsibility.note/1"
DEFAULT_RULE = "responsibility.default/1"

_MANNER = r"(?:按照?(?:各自)?(?:职责|职能|职能职责|职责任务)?(?:分工|权限)?|根据(?:各自)?职责(?:分工)?|依(?:据)?职责(?:分工)?|依职责|分别|共同|联合|具体|统筹|各负其责|各司其职|抓好|组织|加强|做好)"
_VERBS: tuple[tuple[str, Role], ...] = (
    ("牵头负责", "lead"), ("牵头落实", "lead"), ("牵头推进", "lead"), ("牵头", "lead"),
    ("负责", "responsible"), ("配合", "cooperate"), ("协助", "cooperate"), ("协同", "cooperate"), ("支持", "cooperate"),
    ("参与", "participate"), ("参加", "participate"), ("组织实施", "implement"), ("落实", "implement"), ("实施", "implement"),
)
_BY_VERB: dict[str, Role] = dict(_VERBS)
_VERB = re.compile(rf"{_MANNER}*(?P<verb>{'|'.join(v for v, _ in _VERBS)})(?:配合|落实|推进|实施|指导|完成|抓好落实)?$")
_LABELS: tuple[tuple[str, Role], ...] = (
    ("牵头", "lead"), ("主办", "lead"), ("主要责任", "lead"), ("责任", "responsible"), ("负责", "responsible"), ("承办", "responsible"),
    ("配合", "cooperate"), ("协办", "cooperate"), ("协助", "cooperate"), ("支持", "cooperate"), ("参与", "participate"), ("参加", "participate"),
    ("落实", "implement"), ("实施", "implement"),
)
_LABEL = re.compile(rf"(?P<label>{'|'.join(v for v, _ in _LABELS)})(?:（[^）]*）)?(?:单位|部门|处室|科室|主体|领导|机构|厅局|地区)：")
_ROLE_HINT = re.compile(r"牵头|负责|配合|参与|参加|落实|协助|组织实施|(?:责任|主办|协办|承办)(?:单位|部门|处室)")
_TIME = re.compile(r"^(?:完成|办结|工作|推进)?(?:期限|时限|时间|进度)(?:要求)?：|^(?:\d{4}年)?\d{1,2}月|^(?:长期|持续|常态化|全年)")
_DEFAULT = re.compile(r"(?:以下|各项|上述|下列)[^，。；]{0,8}均(?:需|由)(?P<names>[^，。；]+?)(?:按职责分工)?(?P<verb>落实|负责|实施|配合)")
_NOBODY = re.compile(r"^等?(?:相关|有关)?$")
_ETC = re.compile(r"等(?:\d+个?|[一二三四五六七八九十]+个?)?(?:省级|市级|省直|市直|省|市)?(?:有关|相关)?(?:部门|单位|厅局|部委|机构|企业|地区)?(?:和单位)?$")
_BODY = re.compile(r"[部厅局委办院署会]$|政府|部门|单位|集团|公司|银行|总局|中心|电网|处$|地方|各地|各市|各县|各区|州|机构|学校|企业|组织|队|联|社|总工会|分部|分行|所$")


def _depth_split(text: str, separators: str) -> Iterator[tuple[int, int]]:
    """Stretches of `text` between separators that stand outside brackets."""
    depth, start = 0, 0
    for i, char in enumerate(text):
        if char in "（〔《“":
            depth += 1
        elif char in "）〕》”":
            depth = max(depth - 1, 0)
        elif char in separators and depth == 0:
            yield start, i
            start = i + 1
    yield start, len(text)


def find_notes(folded: str) -> list[tuple[int, int]]:
    """Stretches of a provision that are responsibility notes, brackets included."""
    notes: list[tuple[int, int]] = []
    stack: list[int] = []
    for i, char in enumerate(folded):
        if char in "（〔":
            stack.append(i)
        elif char in "）〕" and stack:
            opening = stack.pop()
            if not stack and _is_note(folded[opening + 1 : i]):
                notes.append((opening, i + 1))
    for match in re.finditer(r"(?:^|(?<=[。；！）〕]))(?:" + "|".join(v for v, _ in _LABELS) + r")(?:单位|部门|处室)：[^。]*。?", folded):
        if not any(a <= match.start() < b for a, b in notes):
            notes.append((match.start(), match.end()))
    return sorted(notes)


def _is_note(inner: str) -> bool:
    """Whether the inside of brackets assigns something to bodies."""
    if not _ROLE_HINT.search(inner) or len(inner) > 700:
        return False
    return bool(_assign(inner))


def _names(part: str) -> list[str]:
    """The names in an enumeration, 等 and 等部门 left out."""
    found = []
    for a, b in _depth_split(part, "、，"):
        name = part[a:b].strip()
        name = re.sub(r"^(?:由|及|以及|并由|和|其中)", "", name)
        name = _ETC.sub("", name)
        if name and not _NOBODY.match(name):
            found.append(name)
    return found


def _assign(inner: str) -> list[tuple[str, Role]]:
    """Names with their roles from the inside of a note; empty when it is not one."""
    out: list[tuple[str, Role]] = []
    default = _DEFAULT.search(inner)
    if default:
        inner = inner[: default.start()].rstrip("，。；")
    role: Role | None = None
    pending: list[str] = []
    for a, b in _depth_split(inner, "；。"):
        sentence = inner[a:b]
        role, pending = None, []
        for c, d in _depth_split(sentence, "，"):
            part = sentence[c:d].strip()
            if not part or _TIME.match(part):
                continue
            label = _LABEL.match(part)
            if label:
                role = dict(_LABELS)[label["label"]]
                out += [(name, role) for name in _names(part[label.end() :])]
                continue
            verb = _VERB.search(part)
            if verb and (verb.start() > 0 or pending):
                head = part[: verb.start()]
                found = _BY_VERB[verb["verb"]]
                lead, _, others = head.partition("会同")
                out += [(name, found) for name in [*pending, *_names(lead)]]
                out += [(name, "cooperate" if found != "participate" else found) for name in _names(others)]
                pending, role = [], None
                continue
            if role:
                out += [(name, role) for name in _names(part)]
            else:
                pending += _names(part)
    if out and any(not _plausible(name) for name, _ in out):
        bodies = [pair for pair in out if _plausible(pair[0])]
        return bodies if len(bodies) * 2 >= len(out) else []
    if default:
        found_role: Role = "implement" if default["verb"] in ("落实", "实施") else "responsible" if default["verb"] == "负责" else "cooperate"
        out += [(name, found_role) for name in _names(default["names"])]
    return out


def _plausible(name: str) -> bool:
    return len(name) <= 30 and bool(_BODY.search(name) or resolve_agency(name, None)) and not re.search(r"[。；：]|^(?:完成|推进|开展|加强)", name)


def extract_responsibilities(provision: Provision, context: Context) -> list[Responsibility]:
    """The responsibility notes of a provision, in order, one record a note.

    Raises nothing; brackets that name no body are no note.
    """
    records: list[Responsibility] = []
    for start, end in find_notes(provision.folded):
        inner = provision.folded[start:end].strip("（）〔〕。")
        text_names = provision.text[start:end]
        folded_names = provision.folded[start:end]
        roles = []
        for name, role in _assign(inner):
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
            names = _names(match["names"])
            agencies = tuple(a for a in record.agencies if fold(a.name) in names and a.role in ("implement", "responsible", "cooperate"))
            implementers = tuple(a for a in agencies if a.role == "implement") or agencies
            if implementers:
                return record, implementers
    return None
