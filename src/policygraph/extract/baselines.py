"""What a change or a share is measured from: 比2020年, 较“十三五”末, 由2020年的54%提高到60%, 2020年的1.5倍."""

from __future__ import annotations

import re

from policygraph.extract.lexicon import lexicon

_BASE = re.compile(
    r"(?:比|较|相比|以)(?:“?(?P<plan>十[一二三四五六七]?五)”?(?:末|期末)?|(?P<year>20\d\d)年?(?:末|底|为基准|水平|基础上|同期|相比|的?实际)?)"
)
_FROM_YEAR = re.compile(r"[由从](?P<year>20\d\d)年?底?的?(?=[约近]?\d)(?P<plan>)")
#: 达到2020年的(1.5倍): words that set a level as so many times that of a year.
_OF_YEAR = re.compile(
    r"(?:(?:提高|提升|下降|降低|增加|减少|增长|上升|扩大|降|升|增|减)[到至]|达到?|为|是|相当于)(?:约|近)?(?P<year>20\d\d)年(?:末|底)?的(?:约|近)?$"
)
#: 较上年提升, 由90%提升至95%, 较2020年的38%提高: the value before the change.
_AGAINST = re.compile(
    r"[比较](?:上|去)一?年(?:度|同期|末|底)?(?:相比)?$|(?:[由从]|[比较])(?:20\d\d年?[底末]?的?|(?:现在|目前|当前|原来|原先|现行)的?)?(?:约|近|不足)?\d[\d.,]*(?:%|‰|[^，。；\d]{0,10})$"
)
#: 在2020年60%的基础上提高5个百分点
_ON = re.compile(r"在(?:“?(?P<plan>十[一二三四五六七]?五)”?末|(?P<year>20\d\d)年(?:末|底)?)的?[\d.]*(?:%|[^，。；\d]{0,4})的?基础上|的?[\d.]+%的基础上$")
#: 较2020年的(38%)提高2个百分点, （原为80%）: the value that was is not the one to be reached.
_WAS = re.compile(
    r"(?:(?:比|较|由|从|相比|相较于?)20\d\d年(?:末|底)?的|(?:^|[，（、])(?:原来?|现状?|目前|现行)(?:标准|比例|值)?(?:为|是|的)?|基数为?|现状值?为?|现有[^，。；\d]{0,10})(?:约|近)?$"
)


def baseline_of(before: str) -> str | None:
    """The year that the words before a value or a state measure it from."""
    if said := _OF_YEAR.search(before):
        return said["year"]
    match = _BASE.search(before) or _FROM_YEAR.search(before) or _ON.search(before)
    if match is None:
        return None
    if match["year"]:
        return match["year"]
    period = lexicon("periods")["plans"].get(match["plan"])
    return period["last"][:4] if period else None


def times_of_year(before: str) -> re.Match[str] | None:
    """The words that make a value a multiple or a share of a year's (达到2020年的)."""
    return _OF_YEAR.search(before)


def is_former_value(before: str) -> bool:
    """Whether the words before a value say that it was, and is not to be."""
    return _WAS.search(before) is not None


def without_baseline(name: str) -> str:
    """A name without what it is compared with.

    >>> without_baseline("数字经济规模较2020年"), without_baseline("浓度由35微克/立方米")
    ('数字经济规模', '浓度')
    """
    return _BASE.sub("", _AGAINST.sub("", _ON.sub("", name)))
