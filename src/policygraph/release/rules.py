"""The rules that the records of a release name: what way of writing each stands for, with an example that it takes and
one that it leaves. The rows are `ontology/rules.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from policygraph.errors import NotFoundError
from policygraph.program import ONTOLOGY

_VERSION = re.compile(r"/\d+(?:\+ocr)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text, and the fields that a record has which the rule finds in it; for one that it leaves, those that none has
    (no fields: there is no record of the rule), and `because` says why. `higher` is what a link goes to."""

    text: str
    higher: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    because: str | None = None


_UNKNOWN = "A rule of the program that built this release, which this one does not have."
#: What the second reader decided is no rule's: it names the model.
_READER = "reader:"
_READ = "A link that was in doubt, as the second reader has it (setting `reader`): a model's judgement, with what it quotes of both clauses."
#: What a person added is no rule's either.
_REVIEWER = "reviewer."
_ADDED = "What a reviewer added that the program had missed (`policygraph review`): its evidence is the stretch that they quote."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way of writing. `fired` is the number of records of a release that name it, None when nobody counted."""

    id: str
    stands_for: str
    takes: Example | None
    leaves: Example | None
    fired: int | None = None


def rule_of(by: str) -> str:
    """The rule id in the `by` of a record or the `method` of a link, without its version.

    >>> rule_of("deadline.bare/1+ocr")
    'deadline.bare'
    """
    return _VERSION.sub("", by)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of this program, in the order of the pipeline."""
    rows = tomllib.loads((ONTOLOGY / "rules.toml").read_text("utf-8"))
    return tuple(_rule(name, row) for name, row in rows.items())


def _rule(name: str, row: dict[str, Any]) -> Rule:
    higher = row.get("higher")
    takes, leaves = row["takes"], row["leaves"]
    return Rule(
        id=name,
        stands_for=row["stands_for"],
        takes=Example(text=takes["text"].lstrip("\n"), higher=higher, fields=takes["gives"]),
        leaves=Example(
            text=leaves["text"].lstrip("\n"), higher=higher, fields=leaves.get("without", {}), because=leaves["because"]
        ),
    )


def named(by: str) -> Rule:
    """The rule with this id, or of this `by` of a record."""
    known = {rule.id: rule for rule in rules()}
    wanted = rule_of(by.strip())
    if wanted.startswith(_READER):
        return Rule(id=wanted, stands_for=_READ, takes=None, leaves=None)
    if wanted.startswith(_REVIEWER):
        return Rule(id=wanted, stands_for=_ADDED, takes=None, leaves=None)
    if wanted not in known:
        like = [name for name in known if name.split(".")[0] == wanted.split(".")[0]] or list(known)
        raise NotFoundError(f"There is no rule {by!r}.", remedy=f"Rules: {', '.join(like)}.")
    return known[wanted]


def counted(written: Mapping[str, int]) -> tuple[Rule, ...]:
    """All rules with how often each fired, by the counts of each `by` and `method` as written. A rule that only an
    older program knew stands at the end, without examples."""
    fired: dict[str, int] = {}
    for by, count in written.items():
        fired[rule_of(by)] = fired.get(rule_of(by), 0) + count
    known = tuple(replace(rule, fired=fired.pop(rule.id, 0)) for rule in rules())
    others = (
        Rule(id=name, stands_for=_READ if name.startswith(_READER) else _ADDED if name.startswith(_REVIEWER) else _UNKNOWN, takes=None, leaves=None, fired=count)
        for name, count in sorted(fired.items())
    )
    return (*known, *others)


def rules_page() -> str:
    """`docs/rules.md`, made from the rows."""
    lines = [
        "# Rules",
        "",
        "Each record names the rule that found it (`by: deadline.bare/1`: the rule and its version; `+ocr` where the text was"
        " recognised from a picture), each link its `method`. A rule stands for one way of writing. Below, for each: an example"
        " that it takes with what it gives, and one that looks alike and is left. `policygraph rules --counts` says how often"
        " each fired in a release. This page is made from `ontology/rules.toml` (`make docs`); the tests read every example.",
    ]
    for rule in rules():
        lines += ["", f"## {rule.id}", "", rule.stands_for, ""]
        if rule.takes and rule.takes.higher:
            lines += ["The higher document:", "", _quoted(rule.takes.higher), ""]
        if rule.takes:
            lines += ["Takes:", "", _quoted(rule.takes.text), "", f"and gives {said(rule.takes)}.", ""]
        if rule.leaves:
            lines += ["Leaves:", "", _quoted(rule.leaves.text), "", f"Why: {rule.leaves.because}."]
    return "\n".join(lines) + "\n"


def said(example: Example) -> str:
    """The fields of an example in one line.

    >>> said(Example(text="", fields={"date": "2025-12-31", "agencies": ["水利厅 lead"]}))
    'date 2025-12-31, agencies 水利厅 lead'
    """
    return ", ".join(f"{name} {'; '.join(value) if isinstance(value, list) else value}" for name, value in example.fields.items())


def _quoted(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.strip().splitlines())
