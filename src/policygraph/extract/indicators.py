"""The measured things: from a name as written to the canonical indicator of the vocabulary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from policygraph.extract.lexicon import any_of, lexicon


@dataclass(frozen=True, slots=True)
class Indicator:
    """A canonical indicator. `direction` says which way is better, None where neither is."""

    id: str
    zh: str
    en: str
    alternatives: tuple[str, ...]
    broader: tuple[str, ...]
    unit: str | None
    direction: Literal["more", "less"] | None
    field: str


@cache
def indicators() -> dict[str, Indicator]:
    """All canonical indicators by id."""
    return {
        row["id"]: Indicator(
            row["id"], row["zh"], row["en"], tuple(row.get("alt", ())), tuple(row.get("broader", ())), row.get("unit"),
            row.get("direction"), row["field"],
        )
        for row in lexicon("indicators")["indicators"]
    }  # fmt: skip


def direction_of(concept: str | None) -> Literal["more", "less"] | None:
    """Which way is better for a canonical indicator, None where neither is or nothing is known."""
    known = indicators().get(concept or "")
    return known.direction if known else None


@cache
def _by_label() -> dict[str, str]:
    labels: dict[str, str] = {}
    for indicator in indicators().values():
        for label in (indicator.zh, *indicator.alternatives):
            labels[_plain(label)] = indicator.id
    return labels


_MARKS = re.compile(r"[的“”\"、，,（）()\s·]")


def _plain(name: str) -> str:
    return _MARKS.sub("", name).replace("国内生产总值", "地区生产总值").replace("GDP", "地区生产总值")


@cache
def _scope() -> re.Pattern[str]:
    """Words that only say where or how widely, and leave the indicator what it is."""
    return re.compile(
        rf"^(?:{any_of('target-words', 'areas')}|[\u4e00-\u9fff]{{2,3}}[省市州县]|所有|全部|主要|其中|新增|累计)+"
    )


def resolve_indicator(name: str) -> str | None:
    """The id of the canonical indicator a name means, None when it is not in the vocabulary. A qualified name is not
    its plain one: 主要粮食作物化肥利用率 is another indicator than 化肥农药利用率.

    >>> resolve_indicator("全省农膜回收率")
    'agricultural-film-recovery-rate'
    """
    plain = _plain(name)
    found = _by_label().get(plain)
    if found or not plain:
        return found
    return _by_label().get(_scope().sub("", plain))
