"""Public bodies that a question names, by whatever name is in use, and the role that each is asked for in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from policygraph.align.library import Library
from policygraph.ask.plan import Held, Mention
from policygraph.ask.question import Sheet, words
from policygraph.vocabulary.agencies import functions
from policygraph.vocabulary.named import bodies_named
from policygraph.vocabulary.regions import NATION, regions

#: How names of bodies end; texts also name bodies by their function alone (生态环境、水利等部门), which is a topic too.
_BODY = re.compile(r"(?:部|厅|局|委|院|办|署|行|会|台|政府|部门|公司|集团|电网|中心|银行|机关|分行|管理部|分部)$")
_COLLECTIVE = re.compile(r"各级|各地|各有关|地方|有关|相关")
_BELOW = re.compile(r"(?:省|市|县|区|地方|各)级?")
#: What makes a body that of a river or a basin: 长江水利委员会, 太湖流域管理局.
_LONGER = re.compile(r"[\u4e00-\u9fff][江河湖海](?:流域)?$")
#: The recorded roles that each way of asking stands for, the one that the word names first.
ROLES: Mapping[str, tuple[str, ...]] = {
    "lead": ("lead",), "support": ("cooperate", "participate"), "responsible": ("responsible", "lead"), "implement": ("implement",),
}  # fmt: skip
#: Roles from the greatest down; who is only supporting has none of those before.
_GREATER = {"support": ("lead", "responsible"), "responsible": ("lead",)}


#: A stretch of the question, the bodies that it may mean, and the names of bodies that it is word for word.
_Candidate = tuple[int, int, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Named:
    start: int
    end: int
    ids: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bodies:
    """The bodies asked for, whether all of them have to be in one clause, and names that fit no body here."""

    held: tuple[Held, ...] = ()
    jointly: bool = False
    unknown: tuple[str, ...] = ()


def name_bodies(sheet: Sheet, mentions: Sequence[Mention], library: Library) -> Bodies:
    """Each body with the role named after it (由水利厅和生态环境厅牵头: both), or before it in English."""
    known = _known(library)
    named, unknown = [], []
    for start, end, ids, names in _candidates(sheet, known, library):
        longer = _LONGER.search(sheet.text[:start]) if not names else None
        if longer and not sheet.holds(longer.start(), start):  # 长江水利委员会 is no 水利厅
            start, ids = longer.start(), ()
        here = _within(ids, names, sheet.text[start:end], mentions, library)
        sheet.mark(start, end, hold=True)
        if here:
            named.append(_Named(start, end, here, tuple(sorted({n for i in here for n in known.get(i, (i,))}))))
        else:
            unknown.append(sheet.text[start:end])
    return Bodies(*_in_roles(sheet, named), unknown=tuple(unknown))


def _known(library: Library) -> dict[str, tuple[str, ...]]:
    """The names that the documents write for each body: by canonical id, or by the name itself where it has none."""
    found: dict[str, dict[str, None]] = {}
    for name, _, agency in library.columns.named_bodies:
        if not _is_collective(name, agency):
            found.setdefault(agency or name, {})[name] = None
    return {key: tuple(names) for key, names in found.items()}


def _is_collective(name: str, agency: str | None) -> bool:
    """Whether a name means no body of its own: 各级财政 is no 财政局, 省级发展改革部门 in a text of the nation none of its own."""
    return bool(_COLLECTIVE.match(name) or (agency or "").startswith(NATION) and _BELOW.match(name))


def _candidates(sheet: Sheet, known: Mapping[str, Sequence[str]], library: Library) -> list[_Candidate]:
    """Stretches that name a body, longest first where they overlap, with the bodies that the words may mean."""
    text = sheet.text
    found: list[_Candidate] = []
    by_name: dict[str, set[str]] = {}
    for as_written, plain, agency in library.columns.named_bodies:
        if not _is_collective(as_written, agency):
            by_name.setdefault(plain, set()).add(agency or as_written)
    for name, ids in by_name.items():
        if len(name) >= 3 and name in text and _BODY.search(name):
            found += [(m.start(), m.end(), tuple(sorted(ids)), (name,)) for m in re.finditer(re.escape(name), text)]
    for body in bodies_named(text, also=tuple(words("english_bodies").items())):
        found.append((body.start, body.end, tuple(sorted(key for key in known if key.partition("/")[2] == body.function)), ()))
    for match in _whole().finditer(text):
        slug = _short_names()[match.group()]
        found.append((*match.span(), tuple(sorted(key for key in known if key == f"{NATION}/{slug}")), ()))
    for letters, name in words("letters").items():
        for match in re.finditer(rf"\b{letters}\b", text):
            if sheet.english and (letters != "most" or "work" not in text):
                national = sorted(key for key in by_name.get(name, set()) if key.startswith(NATION))
                found.append((*match.span(), tuple(national), (name,)))
    merged: dict[tuple[int, int], tuple[set[str], set[str]]] = {}
    for start, end, meant, said in found:
        whole = merged.setdefault((start, end), (set(), set()))
        whole[0].update(meant)
        whole[1].update(said)
    kept: list[_Candidate] = []
    for (start, end), (bodies, written) in sorted(merged.items(), key=lambda entry: (entry[0][0] - entry[0][1], entry[0][0])):
        if not any(a < end and start < b for a, b, _, _ in kept):
            kept.append((start, end, tuple(sorted(bodies)), tuple(sorted(written))))
    return sorted(kept)


def _within(
    ids: Iterable[str], names: Sequence[str], said: str, mentions: Sequence[Mention], library: Library
) -> tuple[str, ...]:
    """Of the bodies that the words may mean those of the level that they say, in the regions that the question names."""
    kept = [key for key in ids if _at_level(key, said)]
    if not kept and names:
        kept = list(ids)
    named = {library.documents[name].region for mention in mentions for name in mention.documents}
    level_said = said.endswith("部") or said.startswith(("国家", "中国", "ministry", "national"))
    if named and not level_said:
        here = [key for key in kept if "/" not in key or key.partition("/")[0] in named]
        kept = here or [key for key in kept if _is_below(key, named)]
    return tuple(kept)


def counterparts(held: Held, mentions: Sequence[Mention], library: Library) -> Held:
    """The bodies of the same function in the regions of the documents named, whatever they are called there."""
    regions_named = {library.documents[name].region for mention in mentions for name in mention.documents}
    slugs = {key.partition("/")[2] for key in held.ids}
    known = _known(library)
    ids = tuple(key for key in known if key.partition("/")[2] in slugs and key.partition("/")[0] in regions_named)
    return replace(held, ids=ids, names=tuple(sorted({name for key in ids for name in known[key]})))


def _at_level(key: str, said: str) -> bool:
    """Whether a body may be called so: 部 and 国家… are the nation's, 厅 and 省… a province's, 市… and 局 below it or of a
    city that is a province."""
    region = key.partition("/")[0]
    if region not in regions():
        return True
    level, city = regions()[region].level, region[:2] in ("11", "12", "31", "50")
    if re.search(r"部$|^(?:国家|中国|ministry|national)", said) and not re.search(r"支部|分部|宣传部|组织部|统战部", said):
        return level == "national"
    if said.endswith("厅") or re.match(r"省|provincial", said):
        return level == "provincial" and not city
    if re.match(r"市|municipal", said):
        return level == "municipal" or city
    return True


def _is_below(key: str, named: Iterable[str | None]) -> bool:
    region = key.partition("/")[0]
    return any(code and code != NATION and region.startswith(code[:2]) for code in named)


@cache
def _short_names() -> dict[str, str]:
    """Short names that are whole as they stand: 最高法, 最高检."""
    return {stem: slug for slug, stems in functions().items() for stem in stems if re.fullmatch("最高[法检]", stem)}


@cache
def _whole() -> re.Pattern[str]:
    return re.compile("|".join(_short_names()))


def _in_roles(sheet: Sheet, named: Sequence[_Named]) -> tuple[tuple[Held, ...], bool]:
    if not named:
        return (), False
    sheet.says(words("held")["or_else"])  # 不含只是配合的: they do not lead
    free = re.sub(words("held")["or_else"], lambda match: "·" * len(match.group()), sheet.free)
    edges = [*(body.start for body in named), len(free)]
    held: list[Held] = []
    following: str | None = None
    turned_after = False
    for i in reversed(range(len(named))):
        after = free[named[i].end : edges[i + 1]]
        ahead = free[named[i - 1].end if i else 0 : named[i].start]
        turned = re.search(words("negation")["role"], after)
        taken = None if re.match(words("negation")["besides"], after) else re.search(words("negation")["body"], ahead)
        if turned:
            sheet.mark(named[i].end, named[i].end + turned.end(), hold=True)
        if taken and (apart := re.match(words("negation")["apart"], after)):
            sheet.mark(named[i].end, named[i].end + apart.end())
        if taken:
            sheet.mark(named[i].start - len(taken.group()), named[i].start, hold=True)
        beside = i + 1 < len(named) and re.fullmatch(r"[、,，]|和|与|及|以及|或者?|跟|同", after)
        if beside and turned_after:  # 生态环境厅、水利厅都不参与
            denied, turned = True, None
        else:
            denied = bool(turned or taken)
            turned_after = bool(turned)
        role = _role(after) or following
        if role is None and i == 0:
            role = _role(free[: named[0].start])
        following = role or following
        only = role is not None and bool(re.search(words("held")["only"], after or free))
        alone = role is not None and bool(re.search(words("held")["alone"], free))
        if role in _GREATER and re.match(words("held")["or_else"], sheet.text[named[i].end : edges[i + 1]]):
            only = True
        also = _also(after, role)
        if denied and role == "support":
            role = None  # who does not take part has no role at all
        if not denied and (less := _without_role(after, role)):  # 参与但不是牵头
            sheet.mark(named[i].end + less.start(), named[i].end + less.end(), hold=True)
            only = True
        held.insert(0, Held(sheet.text[named[i].start : named[i].end], named[i].ids, named[i].names, role, only, alone, also, denied))
    if held[0].role is None and (before := _role(free[: named[0].start])):
        held = [replace(h, role=before) for h in held]
    for table in ("only", "alone"):
        sheet.says(words("held")[table])
    together = sheet.says(words("held")["together"])
    roles = {h.role for h in held}
    apart = re.search(r"分别|各自|或", sheet.text)
    if any(h.denied for h in held):
        together = True
    return tuple(held), len(held) > 1 and (together or len(roles) > 1 or not apart)


_OR = re.compile(r"(?:或者?|和|、|及|以及|并|还是|\s+or\s+|\s+and\s+)")


def _also(text: str, role: str | None) -> tuple[str, ...]:
    """The other roles that will do as well: 牵头或者配合."""
    found: list[str] = []
    spots = sorted((m.span(), name) for name, pattern in words("role").items() if name != "implement" for m in re.finditer(pattern, text))
    for (first, _), (second, name) in pairwise(spots):
        if _OR.fullmatch(text, first[1], second[0]) and name != role:
            found.append(name)
    return tuple(dict.fromkeys(found))


def _without_role(text: str, role: str | None) -> re.Match[str] | None:
    """Where a body asked for in one role is said not to have the greater one."""
    if role not in _GREATER:
        return None
    return re.search(r"[,，]?(?:但|而|却|且)?(?:并?不是?|没有?|未|并非)(?:是|由)?(?:牵头|负责|主管)(?:的|单位|部门)?", text)


def _role(text: str) -> str | None:
    places = ((match.start(), role) for role, pattern in words("role").items() if (match := re.search(pattern, text)))
    return min(places, default=(0, None))[1]


def strict_roles(held: Held, said: str) -> tuple[str, ...]:
    """The recorded roles that answer a role asked for; 配合 means 配合 where the documents know it from 参与."""
    if held.role == "support" and re.search("参与|participat", said):
        return ("participate", "cooperate")
    wanted = ROLES.get(held.role or "", ())
    return tuple(dict.fromkeys((*wanted, *(role for name in held.also for role in ROLES[name]))))


def greater_roles(held: Held) -> tuple[str, ...]:
    """The roles that a body asked for as no more than this must not have."""
    return _GREATER.get(held.role or "", ()) if held.only else ()
