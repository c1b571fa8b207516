"""Tidy tables: a row a fact, with the words, the place and the title beside it, so that no join is needed to read it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from policygraph.align.library import Library
from policygraph.cite import printed_place
from policygraph.model import Clause, Target
from policygraph.program import ONTOLOGY

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its name, type, and what it means in Chinese and English."""

    name: str
    type: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyTable:
    """A table: its name, what a row is, its columns, and what makes its rows."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    rows: Callable[[Library], Iterator[Row]]


def _duties(library: Library) -> Iterator[Row]:
    place = _places(library)
    for records in library.records:
        document = records.document
        for note in records.responsibilities:
            for role in note.agencies:
                yield {
                    "agency": role.agency, "name": role.name, "role": role.role, "inherited": role.inherited, "in_text": note.in_text,
                    "document": document.id, "title": document.title, "region": document.region, "date": document.date,
                    "clause": note.clause, "place": place(note.clause), "text": note.text, "start": note.start, "end": note.end,
                    "verdict": note.verdict,
                }  # fmt: skip


def _links(library: Library) -> Iterator[Row]:
    place = _places(library)
    for link in library.columns.all("alignments"):
        yield {
            "link": link.id, "relation": link.relation, "score": link.score, "verbatim": link.verbatim, "method": link.method,
            **_side("lower", library.clauses[link.source], library, place), **_side("higher", library.clauses[link.target], library, place),
            "verdict": link.verdict,
        }  # fmt: skip


def _side(side: str, clause: Clause, library: Library, place: Callable[[str], str]) -> Row:
    title = library.documents[clause.document].title
    return {f"{side}_document": clause.document, f"{side}_title": title, f"{side}_clause": clause.id, f"{side}_place": place(clause.id), f"{side}_text": clause.text}


def _targets_compared(library: Library) -> Iterator[Row]:
    place = _places(library)

    def side(name: str, target: Target) -> Row:
        return {
            f"{name}_document": target.document, f"{name}_clause": target.clause, f"{name}_place": place(target.clause), f"{name}_quote": target.text,
            f"{name}_value": target.state if target.value is None else target.value, f"{name}_unit": target.unit, f"{name}_deadline": target.deadline,
        }  # fmt: skip

    for link in library.target_links():
        lower, higher = library.targets[link.source], library.targets[link.target]
        yield {
            "link": link.id, "strictness": link.strictness, "timing": link.timing, "scope": link.scope, "reason": link.reason,
            "indicator": higher.indicator, **side("lower", lower), **side("higher", higher),
            "verdict": link.verdict,
        }  # fmt: skip


def _places(library: Library) -> Callable[[str], str]:
    """The place of a clause as printed, those of the last documents kept."""
    return lru_cache(maxsize=1 << 14)(lambda clause: printed_place(library.clauses[clause], library))


_ROWS: Mapping[str, Callable[[Library], Iterator[Row]]] = {"duties": _duties, "links": _links, "targets_compared": _targets_compared}


@cache
def tables() -> tuple[TidyTable, ...]:
    """The tables, as `ontology/tables.toml` has them."""
    known = tomllib.loads((ONTOLOGY / "tables.toml").read_text("utf-8"))
    return tuple(
        TidyTable(
            name=name, zh=about["about"][0], en=about["about"][1], rows=_ROWS[name],
            columns=tuple(Column(name=column, type=kind, zh=zh, en=en) for column, kind, zh, en in about["columns"]),
        )
        for name, about in known.items()
    )  # fmt: skip
