"""Content negotiation: properties that hold for every Accept header, and the headers that clients really send."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policygraph.api.negotiation import choose, parse_accept, quality_of
from policygraph.api.representations import OF_LISTING, OF_RESOURCE
from policygraph.sparql.formats import GRAPH, SOLUTIONS

TYPES = [t for form in (*SOLUTIONS, *GRAPH, *OF_LISTING) for t in (form.media_type, *form.aliases)] + ["*/*", "text/*", "image/png"]
QUALITIES = st.integers(0, 1000).map(lambda n: f"{n / 1000:.3f}")
RANGES = st.tuples(st.sampled_from(TYPES), QUALITIES).map(lambda pair: f"{pair[0]};q={pair[1]}")
HEADERS = st.lists(RANGES, min_size=1, max_size=6).map(", ".join)


@given(st.text(max_size=200))
def test_any_text_is_parsed(header: str) -> None:
    for found in parse_accept(header):
        assert 0 <= found.quality <= 1


@given(HEADERS)
def test_the_choice_is_acceptable_and_nothing_offered_is_wanted_more(header: str) -> None:
    ranges = parse_accept(header)
    chosen = choose(GRAPH, header)
    qualities = {form.name: quality_of((form.media_type, *form.aliases), ranges) for form in GRAPH}
    if chosen is None:
        assert not any(qualities.values())
    else:
        assert qualities[chosen.name] == max(qualities.values()) > 0


@given(st.lists(RANGES, min_size=2, max_size=5, unique_by=lambda r: r.split(";")[0]))
def test_the_order_of_ranges_does_not_matter(ranges: list[str]) -> None:
    assert choose(SOLUTIONS, ", ".join(ranges)) == choose(SOLUTIONS, ", ".join(reversed(ranges)))


@given(st.sampled_from(TYPES[:-3]))
def test_a_type_refused_is_not_given(media_type: str) -> None:
    chosen = choose(OF_LISTING, f"{media_type};q=0, */*;q=0.5")
    assert chosen is not None
    assert media_type != chosen.media_type


@pytest.mark.parametrize(
    ("header", "name", "reason"),
    [
        (None, "json", "no header"),
        ("", "json", "empty header"),
        ("*/*", "json", "curl"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "html", "a browser"),
        ("application/ld+json", "jsonld", "JSON-LD client"),
        ("text/turtle;q=0.9, application/json;q=0.8", "turtle", "q-values"),
        ("TEXT/Turtle", "turtle", "case"),
        ("application/json;charset=utf-8", "json", "parameter"),
        ('text/turtle;note="a,b;c"', "turtle", "quoted comma"),
        ("text/*;q=0.5, text/html;q=0, */*;q=0", "turtle", "the more specific range decides"),
        ("image/png", None, "nothing of that"),
        ("application/json;q=0", None, "refused"),
    ],
)
def test_chooses(header: str | None, name: str | None, reason: str) -> None:
    chosen = choose(OF_RESOURCE, header)
    assert (chosen and chosen.name) == name, reason


@pytest.mark.parametrize("piece", ['"\\', "a/b,", ";", '"', '",', "\\", 'a/b;x="'])
def test_a_long_header_takes_no_long_time(piece: str) -> None:
    """Alternatives of a pattern once tried every way to read an unclosed quotation: two minutes for 40 kB."""

    def seconds(size: int) -> float:
        header = piece * (size // len(piece))
        started = time.process_time()
        parse_accept(header)
        return time.process_time() - started

    small = min(seconds(25_000) for _ in range(3))
    assert seconds(100_000) < 8 * small + 0.1
