"""What a document says of a thing in any of its clauses, found by the words that are rare in it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from policygraph.align.likeness import measured, pairs_of, plain, words
from policygraph.model import Clause, Target

#: Least share of what a target names, weighed by rareness, that a statement has to say to take the target up: below it
#: the statements that readers judged speak of something beside it (示范 and 机构 without 领跑者).
TAKEN_UP = 0.5
#: The same where the statement itself refers to a figure set above (完成国家下达…任务): its frame says that it is a target.
REFERRED = 0.4
#: What the words of the heading count beside those of the statement: a heading names the object of all that stands below.
_HEADING = 0.5
_QUIET = {"preamble", "principle", "boilerplate", "definition", "basis", "closing"}
_PART = re.compile(r"[^，。；：:;\n]+")
_NOTE = re.compile(r"牵头|负责|配合|按职责分工|参与）?$")
#: What is written about a thing is not the thing: 制修订生活垃圾焚烧排放标准 builds no plant.
_PAPER = re.compile(r"(?:标准|办法|条例|规范|目录|指南|规程|名录|清单|细则|导则)(?:体系)?$")
#: The longest part of a sentence that is a statement: what is longer without a mark is a table that was read as a line.
_LONGEST = 80
_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:%|个百分点|万|亿|[家个座条公里项吨])")
_ADDED = re.compile(
    r"^(?:新增|新建|改造|扩建|和|及|、|建设|完成|创建|遴选|实施|开展|选择|累计|恢复|培育|打造|推广|实现|年度?|一批)+"
)
_MEASURE = re.compile(
    r"(?:占[^占]{2,12})?(?:比例|率|总量|面积|规模|能力|数量|总数|比重|水平|浓度|里程|任务|项目|工作|个数)$"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of a sentence, in the clause that it stands in."""

    clause: str
    text: str
    pairs: frozenset[str]
    heading: frozenset[str]
    referring: bool


class Statements:
    """All that a document states, ready to be searched. Nothing changes once it is made."""

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self._all = [each for clause in clauses if clause.leaf and clause.kind not in _QUIET for each in _parts(clause)]
        self._holding = Counter(pair for each in self._all for pair in each.pairs)

    def _weight(self, pair: str) -> float:
        return math.log((len(self._all) + 1) / (self._holding[pair] + 0.5))

    def nearest(self, target: Target) -> list[tuple[float, Statement]]:
        """The statements nearest to what a target names, best first, each with the share of it that it says."""
        names = sorted(pairs_of(named(target)))
        weights = {pair: self._weight(pair) for pair in names}
        total = sum(weights.values())
        if not total:
            return []
        found = []
        for each in self._all:
            said = sum(weights[pair] for pair in names if pair in each.pairs)
            if said:
                above = sum(weights[pair] for pair in names if pair not in each.pairs and pair in each.heading)
                found.append(((said + _HEADING * above) / total, each))
        return sorted(found, key=lambda entry: (-entry[0], len(entry[1].text), entry[1].clause))[:5]


def takes_up(share: float, statement: Statement) -> bool:
    """Whether a statement with this share of a target takes it up without a figure of its own."""
    return share >= (REFERRED if statement.referring else TAKEN_UP)


def named(target: Target) -> str:
    """What a target is about, without how it is measured: 新增和改造污水收集管网 → 污水管网.

    >>> from policygraph.model import Target
    >>> blank = dict(id="d/1", document="d", clause="d/c", text="", start=0, end=1, by="")
    >>> named(Target(indicator="新增和改造污水收集管网", **blank)), named(Target(indicator="煤炭消费占比", **blank))
    ('污水管网', '煤炭消费')
    """
    name = measured(target).name
    bare = _MEASURE.sub("", _ADDED.sub("", name))
    return bare if len(bare) > 1 else name


def _parts(clause: Clause) -> Iterable[Statement]:
    heading = pairs_of(plain(f"{clause.heading or ''} {clause.lead or ''}"))
    for match in _PART.finditer(clause.text):
        text = match.group().strip()
        if not 4 <= len(text) <= _LONGEST or _NOTE.search(text) or _PAPER.search(text):
            continue
        said = plain(text)
        yield Statement(clause.id, text, pairs_of(said), heading, bool(words().deferring.search(text)))


def has_figure(statement: Statement) -> bool:
    return bool(_FIGURE.search(statement.text))
