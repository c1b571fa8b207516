"""Identifiers: what is printed can be parsed, and nothing but ASCII leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policygraph.errors import UsageError
from policygraph.ids import DEFAULT_BASE, Iris, Name, concept, concept_value, home, link_id, moment, period

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_KINDS = st.sampled_from(["doc", "source", "agency", "region", "indicator", "unit", "instrument", "link", "graph"])


@given(_KINDS, _TEXT, st.none() | _TEXT, st.sampled_from([DEFAULT_BASE, "http://example.org/x#", "urn:policy:"]))
def test_parse_is_the_inverse_of_print(kind: str, identifier: str, part: str | None, base: str) -> None:
    if base.endswith("#"):
        part = None
    name = Name(kind, identifier, part)  # type: ignore[arg-type]
    iri = Iris(base).print(name)
    assert iri.isascii()
    assert not set(iri) & set(' <>"{}|\\^`')
    assert Iris(base).parse(iri) == name
    assert Iris(base).print(Iris(base).parse(iri)) == iri


@given(_TEXT, st.integers(0, 10**9), st.integers(0, 10**9))
def test_spans_tell_their_offsets(document: str, start: int, end: int) -> None:
    name = Iris().parse(Iris().span(document, start, end))
    assert (name.kind, name.id, name.characters) == ("source", document, (start, end))


@pytest.mark.parametrize(
    ("identifier", "iri"),
    [
        ("national-yangtze-2022/part_2/item_10/para_1", "doc/national-yangtze-2022/part_2/item_10/para_1"),
        ("四川方案/item_1~2", "doc/%E5%9B%9B%E5%B7%9D%E6%96%B9%E6%A1%88/item_1~2"),
        ("a b#c?d", "doc/a%20b%23c%3Fd"),
    ],
)
def test_records_are_printed(identifier: str, iri: str) -> None:
    assert Iris().record(identifier) == DEFAULT_BASE + iri


@pytest.mark.parametrize("base", ["", "policy", "https://example.org/x", "https://a b/", "https://<x>/"])
def test_bad_base_is_refused(base: str) -> None:
    with pytest.raises(UsageError, match="cannot be the base"):
        Iris(base)


@pytest.mark.parametrize("iri", ["http://elsewhere.org/doc/x", f"{DEFAULT_BASE}thing/x", f"{DEFAULT_BASE}doc"])
def test_foreign_iri_is_refused(iri: str) -> None:
    with pytest.raises(UsageError):
        Iris().parse(iri)


@given(_TEXT)
def test_concepts_come_back(value: str) -> None:
    assert concept_value(concept("role", value)) == value


def test_times_are_the_same_in_every_deployment() -> None:
    assert period("2021-01-01", "2025-12-31").startswith(moment("2021-01-01") + "/")


def test_link_ids_depend_on_their_ends_and_order() -> None:
    assert link_id("link", "a", "b") == link_id("link", "a", "b") != link_id("link", "b", "a")
    assert link_id("link", "ab", "c") != link_id("link", "a", "bc")


def test_home_is_the_longest_document() -> None:
    documents = frozenset({"plan", "plan/annex_1"})
    assert home("plan/annex_1/item_1", documents) == "plan/annex_1"
    assert home("plan/annex_10/item_1", documents) == "plan"
    assert home("other/item_1", documents) == "other"
