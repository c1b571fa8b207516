"""What is read in a stretch between commas, and how its verb governs the rest of it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from policygraph.extract.predicates import INTRO_END, NOT_OBJECT, candidates
from policygraph.extract.verbs import group, verb_at, words

#: What a stretch does in its sentence: a directive of its own; one whose verb is still to come (open); a phrase that
#: introduces the next stretch; a stretch that completes the one before; a state or statement that orders nothing.
Kind = Literal["directive", "open", "intro", "tail", "state"]


class Stretch(NamedTuple):
    """What was read in a stretch: `head` is where the directive begins (connectives left out), `verb` and `object`
    are offsets in it (empty when there is none), `ordered` whether 应当 or the like orders it,
    `modal` whether that word opens it, its subject said before, `subject` whether somebody or something stands before the verb, `agent` whether it can be told to do something, `body`
    whether it is a public body,
    `bare` a verb without object, `prohibits` 不得 and the like, `permits` 可以, `disposes` 将 and 把 with their object, `hedge` the word that softens it."""

    kind: Kind
    head: int = 0
    verb: tuple[int, int] = (0, 0)
    object: tuple[int, int] = (0, 0)
    subject: bool = False
    agent: bool = False
    body: bool = False
    bare: bool = False
    disposes: bool = False
    prohibits: bool = False
    permits: bool = False
    modal: bool = False
    ordered: bool = False
    dated: bool = False
    hedge: str | None = None


def _chain(text: str, start: int, word: str) -> int:
    """The end of a chain of verbs that share an object (推动建立…, 组织排查整治…): a verb that follows one that takes a
    clause counts while words are left for the object."""
    verbs = words().verbs
    end = start + len(word)
    while end < len(text):
        known = verbs.get(word)
        if known is None or (known.takes != "clause" and word not in ("研究", "探索", "监督", "督导", "协调", "排查")):
            break
        following = verb_at(text, end)
        after = end + len(following)
        if len(following) < 2 or len(text) - after < 2 or NOT_OBJECT.match(text, after):
            break
        if not verbs[following].anywhere and following not in group("follow"):
            break
        end, word = after, following
    return end


@lru_cache(maxsize=4096)
def tagged(text: str) -> tuple[tuple[str, str], ...]:
    """Part-of-speech tags of the opening words: asked only where the vocabulary knows no verb."""
    import rjieba

    return tuple((word, flag) for word, flag in rjieba.tag(text))


def opens_with_unknown_verb(text: str, *, led: bool = False) -> str:
    """The opening word when the tagger calls it a verb and words follow that it can govern. After an adverb (`led`) a
    word that the tagger calls a verbal noun, or does not know, counts too."""
    tags = tagged(text[:12])
    if len(tags) < 2 or tags[0][1] not in (("v", "vn", "x", "n") if led else ("v",)) or tags[0][0] in group("order_nothing") or text[:2] in ("相关", "有关"):
        return ""
    if led and (len(tags[0][0]) != 2 or (tags[0][1] == "n" and not words().verbs.get(tags[0][0]))):
        return ""
    following = text[len(tags[0][0]) :]
    if len(following) < 2 or following[0] in "的、和与及" or following[:2] in ("行业", "企业", "产业", "工业", "项目", "设施"):
        return ""
    return tags[0][0]


def directive(text: str, head: int, start: int, word: str, **marks: object) -> Stretch:
    """The stretch read as a directive whose verb is `word` at `start`."""
    end = _chain(text, start, word)
    first = words().verbs.get(word)
    kind: Kind = "directive"
    if first and (first.takes == "clause" or text[end : end + 1] == "以") and _waits_for_verb(text, end):
        kind = "open"
    alone = first is not None and not first.anywhere and first.takes == "object" and text[end:] in words().verbs
    bare = end >= len(text) or (alone and len(text) - end == 2)
    return Stretch(kind=kind, head=head, verb=(start, end), object=(end, len(text)), bare=bare, **marks)  # type: ignore[arg-type]


def _waits_for_verb(text: str, start: int) -> bool:
    """Whether the clause that 鼓励, 引导 … govern breaks off in a phrase, its own verb still to come
    (鼓励供给地和受益地按照自愿协商原则，…开展…)."""
    if _USING.search(text, start):
        return True
    found = INNER_PHRASE.search(text, start) or _WITHIN.search(text, start)
    if found is None:
        named = text[start - 2 : start] in group("tell") and _AGENT_ENDS.search(text, start)
        return bool(named) and not any("的" not in text[at:] for at, _ in candidates(text, start))
    if found.re is _WITHIN and text[start - 2 : start] in group("tell") and found.group() == "在" and text.endswith(("时段", "时间", "期间", "时期")):
        return True
    if found.re is _WITHIN:
        return found.group() == "在" or not any(True for _ in candidates(text, found.end()))
    if INTRO_END.search(text, found.end()):
        return True
    if any(len(text) - at - len(word) > 2 or not _MATTER.search(text, at) for at, word in candidates(text, found.end() + 1)):
        return False
    if _MATTER.search(text, found.end()):
        return True
    if found.group() in ("面向", "基于"):
        return True
    if found.group() == "通过":
        return bool(verb_at(text, found.end()))
    return found.group() in ("围绕", "按照", "根据", "依据", "针对") and not _governs_something(text, found.end() + 1)


def _governs_something(text: str, start: int) -> bool:
    """Whether any verb with something after it stands in the rest of a stretch."""
    at = start
    while at < len(text):
        word = verb_at(text, at)
        if word and len(text) - at - len(word) >= 2:
            return True
        at += max(len(word), 1)
    return False


#: 结合产业发展特点, 围绕活动主题和宣传重点: what a phrase names at its end.
_MATTER = re.compile(r"(?:特点|特色|重点|主题|状况|现状|优势|定位|任务|契机|方向|禀赋|条件|布局|实际|情况|需求|机遇|环节|领域|方面|场景|因素|问题|办法|规定|标准|规范|规程|程序|方案|计划|意见|通知|精神|部署)$")
INNER_PHRASE = re.compile(r"按照|根据|结合(?<![相机密融]结合)(?!的)|围绕|针对|依托|聚焦|通过|依据|对照|面向(?!的)|基于(?!的)")
#: 鼓励集群企业利用…契机
_USING = re.compile(r"(?:利用|借助|运用|采用|采取)[^，]{2,}(?:方式|形式|手段|方法|途径|办法|渠道|机会|契机)$")
_WITHIN = re.compile(r"在(?=[^，]{2,20}(?:中|上|下|时段|时间|期间|时期)$)|以(?=[^，]{2,20}为[^，]{1,8}$)")
# Ends of names of those who are told to do something: with nothing told yet, more must come.
_AGENT_ENDS = re.compile(r"(?:[^，]、[^，]+等|企业|单位|机构|高校|院校|团体|部门|重点区域|社会组织|专家|力量|人员|产业集群|学校|医院|协会|商会|合作社|农户|居民)$")
