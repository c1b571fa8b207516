"""The bodies that a cell of a table names, each with its role: what the column is headed with, or what the cell says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policygraph.extract.responsibilities import assigned, depth_split, names_in
from policygraph.model import AgencyRole, Role
from policygraph.read import clean, fold
from policygraph.vocabulary.agencies import resolve_agency

_OWN_ROLE = re.compile(r"（(?P<role>牵头|主办|负责|配合|协办|参与)(?:单位|部门)?）$")
_OWN_ROLES: dict[str, Role] = {
    "牵头": "lead", "主办": "lead", "负责": "responsible", "配合": "cooperate", "协办": "cooperate", "参与": "participate",
}  # fmt: skip
#: Roles that a mark behind the last name gives to all before it: 省发展改革委、省财政厅（配合）.
_SHARED = ("cooperate", "participate")
_LABEL = re.compile(r"(?:牵头|主办|责任|负责|承办|配合|协办|参与|落实)(?:单位|部门|处室|主体)?：")
_BODY_END = re.compile(r"[部厅局委办院署会府队心行司团处室科站所社校等）]$|(?:部门|单位|海关|妇联|残联|企业|[市县区州])$")
_NOBODY = re.compile(r"[-–—―－/\\.…*〔〕\s]*|无|暂无")
_LONGEST = 30


def bodies_of(text: str, *, role: Role, region: str | None) -> Iterator[AgencyRole]:
    """The bodies of a cell in a column of that role; 等 is nobody.

    >>> [(a.name, a.role) for a in bodies_of("省水利厅（牵头），省财政厅、省林草局（配合）", role="responsible", region=None)]
    [('省水利厅', 'lead'), ('省财政厅', 'cooperate'), ('省林草局', 'cooperate')]
    >>> [(a.name, a.role) for a in bodies_of("省水利厅牵头，省财政厅配合", role="responsible", region=None)]
    [('省水利厅', 'lead'), ('省财政厅', 'cooperate')]
    """
    written = _on_one_line(text)
    folded = fold(written)
    at = 0
    for a, b in depth_split(folded, "；。"):
        for name, own in _sentence(folded[a:b], role):
            if len(name) < 2 or len(name) > _LONGEST or _NOBODY.fullmatch(name):
                continue
            found = folded.find(name, at)
            at = found if found >= 0 else at
            shown = written[found : found + len(name)] if found >= 0 else name
            yield AgencyRole(name=shown, agency=resolve_agency(name, region), role=own)


def _on_one_line(text: str) -> str:
    """The lines of a cell as one: a name that a line end parts is whole again, names on lines of their own are told
    apart."""
    line = ""
    for token in map(clean, text.split()):
        if not line or line[-1] in "、，,；;：:。":
            line += token
            continue
        folded, following = fold(line), fold(token)
        if _LABEL.match(following):
            line += "；" + token
            continue
        inside = folded.count("（") > folded.count("）")
        whole = _BODY_END.search(folded) and not following.startswith(("（", "员会", "、", "，", "；"))
        line += "、" + token if whole and not inside else token
    return line


def _sentence(sentence: str, role: Role) -> list[tuple[str, Role]]:
    if any(_OWN_ROLE.search(sentence[a:b]) for a, b in depth_split(sentence, "、，")):
        return [pair for a, b in depth_split(sentence, "，") for pair in _marked(sentence[a:b], role)]
    return assigned(sentence) or [(name, role) for name in names_in(sentence)]


def _marked(group: str, role: Role) -> list[tuple[str, Role]]:
    """The names between two commas, those with a mark behind them in the role that it gives."""
    pieces = [group[a:b] for a, b in depth_split(group, "、")]
    marks = [_OWN_ROLE.search(piece) for piece in pieces]
    last = _OWN_ROLES[marks[-1]["role"]] if marks[-1] else role
    shared = last if last in _SHARED and not any(marks[:-1]) else role
    pairs: list[tuple[str, Role]] = []
    for piece, mark in zip(pieces, marks, strict=True):
        own = _OWN_ROLES[mark["role"]] if mark else shared
        pairs += [(name, own) for name in names_in(piece[: mark.start()] if mark else piece)]
    return pairs
