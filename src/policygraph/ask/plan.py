"""A question as a plan: what kind of record is asked for, which of its fields is the answer, and every condition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from policygraph.model import AgencyRole, Clause

#: What a question asks for. Each is a kind of record, or a relation of records that are answered with.
Asked = Literal[
    "implements", "item_text", "item_lead", "absent", "new", "coverage", "compare", "indicator", "due", "agency", "topic_lead",
    "partners", "no_lead", "no_deadline", "verbatim", "wording", "citations", "cited", "fact", "clauses", "tasks", "force",
]  # fmt: skip
Side = Literal["stricter", "looser", "equal", "dropped", "different"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Documents that a stretch of the question names: the nation's, a region's, or one by its title."""

    label: str
    documents: tuple[str, ...]
    start: int
    end: int
    national: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A body asked for and the role it is to have. `ids` are the canonical bodies that the words mean here, `names` how
    the documents write them; `also`: or in one of these roles; `only`: in no greater role, `alone`: with no other body in
    that role, `denied`: not in that role, and without one in none at all."""

    words: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    role: str | None = None
    only: bool = False
    alone: bool = False
    also: tuple[str, ...] = ()
    denied: bool = False

    @property
    def called(self) -> tuple[str, ...]:
        """The names that are names of bodies; texts also write the function alone (生态环境、水利等部门)."""
        return tuple(name for name in self.names if re.search(r"[部厅局委院办署行会台府门司团网心]$", name))

    def means(self, agency: AgencyRole) -> bool:
        return agency.name in self.names and (agency.agency is None or agency.agency in self.ids)


@dataclass(frozen=True, slots=True)
class Period:
    """The days within which something is due, both included, as ISO dates; `None` leaves that side open. `left_out`
    are years that the question takes out (不含2025年)."""

    words: str
    first: str | None
    last: str | None
    left_out: tuple[str, ...] = ()

    def holds(self, date: str | None) -> bool:
        if date is None or (self.left_out and date.startswith(self.left_out)):
            return False
        return (self.first is None or date >= self.first) and (self.last is None or date <= self.last)

    @property
    def only_leaves_out(self) -> bool:
        """Whether nothing is said but which year is not meant."""
        return bool(self.left_out) and self.first is None and self.last is None


@dataclass(frozen=True, slots=True)
class Topic:
    """What is spoken of: the words of the question, and for each thing named beside another the words it must have.
    `general` words (新增, 处理, 能力) tell between those that have the others."""

    words: str
    things: tuple[tuple[str, ...], ...]
    general: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, as the question writes it; `side`: whether what is over it or under it is asked for."""

    words: str
    value: float
    unit: str
    side: Literal["over", "under", "least", "most"] | None = None


#: The conditions that narrow an answer.
NARROWING = ("topic", "places", "bodies", "period", "dated", "led", "quantified", "modality", "figures", "unit", "hedge", "extreme")
#: Conditions of which the contrary is one too: 没有期限 is stated as much as 有期限.
_EITHER = ("dated", "led", "quantified")


@dataclass(frozen=True, slots=True)
class Kind:
    """What is asked for, as a line says it, and the narrowing conditions that it heeds; one that is stated and not heeded
    is said to be not understood there, and never passed over."""

    called: str
    heeds: tuple[str, ...] = ()


KINDS: Mapping[Asked, Kind] = {
    "implements": Kind("落实关系", heeds=("topic",)),
    "item_text": Kind("条目原文"),
    "item_lead": Kind("条目的牵头单位", heeds=("bodies",)),
    "absent": Kind("没有落实的条款", heeds=("topic",)),
    "new": Kind("新增条款", heeds=("topic",)),
    "coverage": Kind("落实情况", heeds=("topic",)),
    "compare": Kind("目标比较", heeds=("topic", "period", "quantified", "dated")),
    "indicator": Kind("目标", heeds=("topic", "places", "bodies", "period", "figures", "unit", "quantified", "dated", "hedge")),
    "due": Kind("期限", heeds=("topic", "places", "bodies", "period", "dated", "quantified", "led", "extreme")),
    "agency": Kind("单位职责", heeds=("topic", "places", "bodies", "period", "dated", "quantified", "led", "modality")),
    "topic_lead": Kind("牵头单位", heeds=("topic", "places", "led")),
    "partners": Kind("合作单位", heeds=("bodies",)),
    "no_lead": Kind("没有牵头单位的条款", heeds=("topic", "places", "bodies", "led", "dated")),
    "no_deadline": Kind("没有期限的条款", heeds=("topic", "places", "bodies", "dated", "led")),
    "verbatim": Kind("照抄的条款", heeds=("topic",)),
    "wording": Kind("措辞变化", heeds=("topic",)),
    "citations": Kind("引用", heeds=("topic",)),
    "cited": Kind("被引用"),
    "fact": Kind("文件信息", heeds=("topic",)),
    "clauses": Kind("条款", heeds=("topic", "places", "period", "dated", "quantified", "modality", "led", "figures")),
    "tasks": Kind("任务"),
    "force": Kind("力度变化", heeds=("topic", "modality")),
}

#: The kinds of question that can be asked of what has no figure.
_WITHOUT_FIGURES = ("clauses", "agency")


@dataclass(frozen=True, slots=True)
class Plan:
    """One thing that is asked: everything that a record has to meet to be in the answer."""

    question: str
    english: bool
    asked: Asked | None = None
    answer: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    missing: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    holders: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    whole_items: bool = False
    clauses: tuple[Clause, ...] = ()
    topic: Topic | None = None
    indicators: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    bodies: tuple[Held, ...] = ()
    jointly: bool = False
    period: Period | None = None
    dated: bool | None = None
    led: bool | None = None
    quantified: bool | None = None
    hedge: str | None = None
    extreme: str | None = None
    modality: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    unit: str | None = None
    strictness: Side | None = None
    timing: str | None = None
    direction: str | None = None
    implementing: bool = False
    asking: bool = False
    counted: bool = False
    numbered: bool = False  # asks how many there are, which only a number answers
    corrected: tuple[tuple[str, str], ...] = ()
    called: tuple[tuple[str, str], ...] = ()  # bodies by a name that none here has, and what the documents write
    beyond: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()  # the documents of which it is asked who cites them
    unread: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()  # the stretches between names, while words in them are not understood

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents that the question names."""
        return tuple(dict.fromkeys(name for mention in self.mentions for name in mention.documents))

    def named(self, *, national: bool) -> tuple[str, ...]:
        return tuple(dict.fromkeys(n for m in self.mentions if m.national == national for n in m.documents))

    @property
    def sides(self) -> tuple[Mention, ...]:
        """The documents named beside each other, none of them the nation's, one entry each."""
        kept: dict[tuple[str, ...], Mention] = {}
        for mention in self.mentions:
            if not mention.national:
                kept.setdefault(mention.documents, mention)
        return tuple(kept.values())

    @property
    def agency(self) -> tuple[str, ...]:
        """The names by which the documents write the bodies asked for."""
        return tuple(sorted({name for held in self.bodies for name in held.names}))

    @property
    def role(self) -> str | None:
        return next((held.role for held in self.bodies if held.role), None)

    def as_dict(self) -> dict[str, object]:
        """What was understood, for whoever shows or stores it; only what the question states."""
        shown: dict[str, object] = {"intent": self.asked, "language": "en" if self.english else "zh"}
        plain = {
            "items": list(self.items), "agency": list(self.agency), "indicator": list(self.indicators),
            "date": self.period.last if self.period else None, "after": self.period.first if self.period else None,
            "role": self.role, "strictness": self.strictness, "timing": self.timing, "direction": self.direction,
            "topic": self.topic.words if self.topic else None, "place": list(self.places), "modality": list(self.modality),
            "left_out": list(self.period.left_out) if self.period else [], "figure": [figure.words for figure in self.figures], "unit": self.unit, "answer": list(self.answer),
            "dated": self.dated, "led": self.led, "quantified": self.quantified, "hedge": self.hedge, "extreme": self.extreme, "jointly": self.jointly or None,
            "called": [f"{said} → {meant}" for said, meant in self.called],
            "corrected": [f"{said} → {meant}" for said, meant in self.corrected],
        }  # fmt: skip
        shown |= {name: value for name, value in plain.items() if value not in (None, [])}
        if self.items:
            shown["documents"] = list(self.holders)
            shown["against"] = list(self.others)
        else:
            shown["documents"] = list(self.documents)
        if self.clauses:
            shown["clauses"] = [clause.id for clause in self.clauses]
        if self.unread:
            shown["not_understood"] = list(self.unread)
        return shown

    @property
    def unheeded(self) -> tuple[str, ...]:
        """The conditions that the question states and that its kind of question cannot heed."""
        heeded = KINDS[self.asked].heeds if self.asked else NARROWING
        stated = self.states()
        beside = () if self.quantified is not False or self.asked in _WITHOUT_FIGURES else ("quantified",)
        return tuple(name for name in NARROWING if (name not in heeded and name in stated) or name in beside)

    def states(self) -> frozenset[str]:
        """The names of the conditions that the question states."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return frozenset(n for n, value in values.items() if value not in (None, (), False) or (value is False and n in _EITHER))


def sides(table: str, asked: str) -> tuple[str, ...]:
    """The values of `strictness` or `timing` that answer what was asked for; `different` asks for either."""
    either = {"strictness": ("stricter", "looser"), "timing": ("earlier", "later")}
    return either[table] if asked == "different" else (asked,)
