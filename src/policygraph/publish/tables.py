"""Tidy tables: a row a fact, with the words, the place and the title beside it, so that no join is needed to read it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from policygraph.align.library import Library
from policygraph.cite import references
from policygraph.graph.codebook import Column, values_of
from policygraph.ids import DEFAULT_BASE
from policygraph.model import Target
from policygraph.program import ONTOLOGY

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyTable:
    """A table: its name, what a row is, its columns, and what makes its rows."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    rows: Callable[[Library], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class _Said:
    """Where a clause stands: its place as printed, and its citation in the words of a text."""

    place: str
    citation: str


def _duties(library: Library) -> Iterator[Row]:
    said = _cited(library)
    for records in library.records:
        document = records.document
        for note in records.responsibilities:
            for role in note.agencies:
                yield {
                    "agency": role.agency, "name": role.name, "role": role.role, "inherited": role.inherited, "in_text": note.in_text,
                    "document": document.id, "title": document.title, "region": document.region, "date": document.date,
                    "clause": note.clause, "place": said(note.clause).place, "citation": said(note.clause).citation,
                    "text": note.text, "start": note.start, "end": note.end, "verdict": note.verdict,
                }  # fmt: skip


def _links(library: Library) -> Iterator[Row]:
    said = _cited(library)

    def side(name: str, identifier: str) -> Row:
        clause = library.clauses[identifier]
        return {**_side(name, identifier, library, said), f"{name}_text": clause.text, f"{name}_start": clause.start, f"{name}_end": clause.end}

    for link in library.columns.all("alignments"):
        yield {
            "link": link.id, "relation": link.relation, "score": link.score, "verbatim": link.verbatim, "method": link.method,
            **side("lower", link.source), **side("higher", link.target),
            "verdict": link.verdict,
        }  # fmt: skip


def _targets_compared(library: Library) -> Iterator[Row]:
    said = _cited(library)

    def side(name: str, target: Target) -> Row:
        return {
            **_side(name, target.clause, library, said), f"{name}_quote": target.text, f"{name}_start": target.start, f"{name}_end": target.end,
            f"{name}_value": target.state if target.value is None else target.value, f"{name}_unit": target.unit, f"{name}_deadline": target.deadline,
        }  # fmt: skip

    for link in library.target_links():
        lower, higher = library.targets[link.source], library.targets[link.target]
        yield {
            "link": link.id, "strictness": link.strictness, "timing": link.timing, "scope": link.scope, "reason": link.reason,
            "indicator": higher.indicator, **side("lower", lower), **side("higher", higher), "verdict": link.verdict,
        }  # fmt: skip


def _side(side: str, clause: str, library: Library, said: Callable[[str], _Said]) -> Row:
    """What both kinds of links say of one of their clauses."""
    document = library.documents[library.clauses[clause].document]
    return {
        f"{side}_document": document.id, f"{side}_title": document.title, f"{side}_region": document.region, f"{side}_date": document.date,
        f"{side}_clause": clause, f"{side}_place": said(clause).place, f"{side}_citation": said(clause).citation,
    }  # fmt: skip


def _cited(library: Library) -> Callable[[str], _Said]:
    """How a clause is cited, that of the last ones kept."""

    @lru_cache(maxsize=1 << 14)
    def said(clause: str) -> _Said:
        [entry] = references(clause, library=library, base=DEFAULT_BASE, release="")
        return _Said(entry.place, entry.words)

    return said


_ROWS: Mapping[str, Callable[[Library], Iterator[Row]]] = {"duties": _duties, "links": _links, "targets_compared": _targets_compared}


@cache
def tables() -> tuple[TidyTable, ...]:
    """The tables, as `ontology/tables.toml` has them."""
    known = tomllib.loads((ONTOLOGY / "tables.toml").read_text("utf-8"))
    return tuple(
        TidyTable(
            name=name, zh=about["about"][0], en=about["about"][1], rows=_ROWS[name],
            columns=tuple(_column(name, *column) for column in about["columns"]),
        )
        for name, about in known.items()
    )  # fmt: skip


def _column(table: str, name: str, kind: str, zh: str, en: str, more: Mapping[str, str] = MappingProxyType({})) -> Column:
    values = values_of(more["values"]) if "values" in more else ()
    return Column(table=table, name=name, type=kind, zh=zh, en=en, unit=more.get("unit", ""), values=values)
