"""Provisions made from a line of text, as the segmenter would make them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from policygraph.extract.provision import Context, Provision
from policygraph.model import Clause, ClauseKind, Document
from policygraph.read import reading

_NOTE = re.compile(r"[（〔][^（）〔〕]*(?:牵头|负责|责任部门|责任单位)[^（）〔〕]*[）〕]")


def _provision(text: str, *, kind: ClauseKind = "measure") -> Provision:
    clean = reading(text)
    clause = Clause(
        id="d/item_1/para_1", document="d", parent="d/item_1", kind=kind, type="paragraph", number=None, heading=None,
        lead=None, text=clean.text, start=0, end=len(text), order=0, leaf=True, by="test",
    )  # fmt: skip
    return Provision(clause, clean, notes=tuple(m.span() for m in _NOTE.finditer(clean.folded)))


def _context(dated: str | None = "2022-08-31", *, goal_deadline: str | None = None) -> Context:
    return Context(Document(id="d", source="d.txt", title="某省行动方案", date=dated), goal_deadline)


@pytest.fixture(scope="session")
def provision_of() -> Callable[..., Provision]:
    return _provision


@pytest.fixture(scope="session")
def context_of() -> Callable[..., Context]:
    return _context
