"""What a document says of a thing in any of its clauses, found by the words that are rare in it."""

from __future__ import annotations

import heapq
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from policygraph.align.likeness import measured, pairs_of, plain, words
from policygraph.align.states import split_state
from policygraph.model import Clause, Target

#: Least share of what a target names, weighed by rareness, that a statement has to say to take the target up: below it
#: the statements that readers judged speak of something beside it (示范 and 机构 without 领跑者).
TAKEN_UP = 0.4
#: The same where the statement has the word that the name opens with, the thing itself (煤炭 of 煤炭消费占比).
OPENED = 0.33
#: The same for a name of four characters at most, of which one pair alone is most of nothing (生产 of 绿色生产).
SHORT = 0.6
#: The same where the statement itself refers to a figure set above (完成国家下达…任务): its frame says that it is a target.
REFERRED = 0.4
#: What the words of the heading count beside those of the statement: a heading names the object of all that stands below.
_HEADING = 0.5
#: Statements that are looked at for one target: behind the twentieth none of the judged pairs had what took it up.
_LOOKED_AT = 20
#: The shortest name that is looked for word for word: shorter ones are parts of others (水质 of 水质达标率).
_NAME = 6
#: Characters from which a part of a joined name stands for itself: the first of 化肥、农药利用率 does not.
_FULL = 4
_QUIET = {"preamble", "principle", "boilerplate", "definition", "basis", "closing"}
_PART = re.compile(r"[^，。；：:;\n]+")
_NOTE = re.compile(r"^[①-⑩]|^以.*为(?:重点|引领|核心|目标|抓手|载体|主体)$|牵头|负责|配合|按职责分工|参与）?$")
#: What is written about a thing is not the thing: 制修订生活垃圾焚烧排放标准 builds no plant.
_PAPER = re.compile(r"(?:标准|办法|条例|规范|目录|指南|规程|名录|清单|细则|导则)(?:体系)?$")
#: The longest part of a sentence that is a statement: what is longer without a mark is a table that was read as a line.
_LONGEST = 80
_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:%|个百分点|万|亿|[家个座条公里项吨])")
#: A figure right behind the name of what it measures.
_BESIDE = re.compile(r"[^，。；\u4e00-\u9fff]{0,12}\d[^，。；]{0,12}")
_ADDED = re.compile(
    r"^(?:新增|新建|改造|扩建|和|及|、|建设|完成|创建|遴选|实施|开展|选择|累计|恢复|培育|打造|推广|实现|年度?|一批)+"
)
_MEASURE = re.compile(
    r"(?:占[^占]{2,12})?(?:比例|率|总量|面积|规模|能力|数量|总数|比重|水平|浓度|里程|任务|项目|工作|个数)$"
)


#: A thing that is made, not worked on: what does not name it takes nothing of it up (水源地名录 and 水源保护).
_KEPT = re.compile(r"(?:名录|清单|目录|数据库|平台|基金|中心|实验室)$")
#: What may stand behind the thing in a statement about the thing itself.
_WORK = re.compile(
    r"[\u4e00-\u9fff]?|(?:(?:示范|试点|重点)?(?:建设|改造|治理|整治|修复|提升|更新|发展|利用|推广|应用|管控|监测|监管|管理|保护|减量|减排|削减|行动|工程|项目|工作|步伐|力度|水平|能力"
    r"|体系|机制|设施|活动|生态|功能|公园|并?销号|成果|示范|试点|比例|总量|规模|任务|目标|要求|覆盖|全覆盖|提质|增效|县|市|区|园区|基地|企业|单位|普及|使用|创建|开发|等[\u4e00-\u9fff]{0,6}|和|与|及|、))+"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of a sentence, in the clause that it stands in."""

    clause: str
    text: str
    said: str
    heading: frozenset[str]
    referring: bool


@dataclass(frozen=True, slots=True)
class Near:
    """A statement near to a name, with the share of the name that it says."""

    share: float
    statement: Statement
    name: str


class Statements:
    """All that a document states, ready to be searched. Nothing changes once it is made."""

    def __init__(self, clauses: Iterable[Clause]) -> None:
        spoken = [clause for clause in clauses if clause.leaf and clause.kind not in _QUIET]
        self._all = [each for clause in spoken for each in _parts(clause)]
        self._dense = [(clause.id, re.sub(r"\s", "", clause.text)) for clause in spoken]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for place, each in enumerate(self._all):
            for pair in pairs_of(each.said):
                self._holding[pair].append(place)

    def _weight(self, pair: str) -> float:
        return math.log((len(self._all) + 1) / (max(len(self._holding.get(pair, ())), 1) + 0.5))

    def unread(self, target: Target) -> tuple[str, str] | None:
        """Where what a target measures stands with a figure beside it, as in a table that was not read: a clause and its
        words. Of that no one can say that the document sets nothing."""
        name = re.sub(r"\s", "", target.indicator)
        if len(name) < _NAME:
            return None
        for clause, text in self._dense:
            at = text.find(name)
            while at >= 0:
                if figure := _BESIDE.match(text, at + len(name)):
                    return clause, name + figure.group()
                at = text.find(name, at + 1)
        return None

    def nearest(self, target: Target) -> list[Near]:
        """The statements nearest to what a target names, best first; of a name that joins two things (清洁取暖比例和制冷产品
        市场占有率) those nearest to either."""
        best: dict[int, Near] = {}
        for name in names_of(target):
            for place, share in self._shares(name).items():
                if place not in best or best[place].share < share:
                    best[place] = Near(share, self._all[place], name)
        return heapq.nsmallest(
            _LOOKED_AT, best.values(), key=lambda near: (-near.share, len(near.statement.text), near.statement.clause)
        )

    def _shares(self, name: str) -> dict[int, float]:
        """For each statement that says any of a name, the share of it that it says, its heading helping."""
        weights = {pair: self._weight(pair) for pair in sorted(pairs_of(name))}
        total = sum(weights.values())
        said: dict[int, float] = defaultdict(float)
        for pair, weight in weights.items():
            for place in self._holding.get(pair, ()):
                said[place] += weight
        if not total:
            return {}
        shares = {}
        for place, share in said.items():
            each = self._all[place]
            above = sum(
                weight for pair, weight in weights.items() if pair in each.heading and pair not in pairs_of(each.said)
            )
            shares[place] = (share + _HEADING * above) / total
        return shares


def takes_up(near: Near) -> bool:
    """Whether a statement takes a target up without a figure of its own: what it is about, at its end, is what the target
    is about (推进清洁取暖改造, and not 清洁取暖财政补贴)."""
    if near.statement.referring:
        return near.share >= REFERRED
    least = OPENED if near.name[:2] in near.statement.said else SHORT if len(near.name) <= _FULL else TAKEN_UP
    kept = _KEPT.search(near.name)
    if kept and kept[0] not in near.statement.said:
        return False
    return near.share >= least and _rest(near.statement.said, near.name) is not None


def names_of(target: Target) -> tuple[str, ...]:
    """What a target is about, each of the things that its name joins, where they are named in full, and what
    stands behind its qualifiers (停用时间超过3年的尾矿库完成闭库: 尾矿库闭库)."""
    joined = [_bare(plain(part)) for part in re.split("和|及|与", target.indicator)]
    parts = [name for name in joined if len(joined) > 1 and len(name) >= _FULL]
    core = target.indicator.rpartition("的")[2]
    done = plain(core + (split_state(target.state or "")[1] if target.state != target.indicator else ""))
    parts += [_bare(done)] if core != target.indicator and len(done) > _FULL and not core.startswith("比") else []
    return tuple(dict.fromkeys([named(target), *parts]))


def _rest(said: str, name: str) -> str | None:
    """What a statement says after the last of the name's words, where that is nothing but work on it; None otherwise."""
    pairs = pairs_of(name)
    ends = [i + 2 for i in range(len(said) - 1) if said[i : i + 2] in pairs]
    rest = said[ends[-1] :] if ends else said
    return rest if ends and _WORK.fullmatch(rest) else None


def named(target: Target) -> str:
    """What a target is about, without how it is measured: 新增和改造污水收集管网 → 污水管网.

    >>> from policygraph.model import Target
    >>> blank = dict(id="d/1", document="d", clause="d/c", text="", start=0, end=1, by="")
    >>> named(Target(indicator="新增和改造污水收集管网", **blank)), named(Target(indicator="煤炭消费占比", **blank))
    ('污水管网', '煤炭消费')
    """
    return _bare(measured(target).name)


def _bare(name: str) -> str:
    bare = _MEASURE.sub("", _ADDED.sub("", name))
    return bare if len(bare) > 1 else name


def _parts(clause: Clause) -> Iterable[Statement]:
    heading = pairs_of(plain(f"{clause.heading or ''} {clause.lead or ''}"))
    for match in _PART.finditer(clause.text):
        text = match.group().strip()
        if not 4 <= len(text) <= _LONGEST or _NOTE.search(text) or _PAPER.search(text):
            continue
        said = plain(text)
        yield Statement(clause.id, text, said, heading, bool(words().deferring.search(text)))


def has_figure(statement: Statement) -> bool:
    return bool(_FIGURE.search(statement.text))
