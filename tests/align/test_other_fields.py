"""Links of pairs of other fields, which nothing was fitted to: `judged.jsonl` holds what a reader judged who had not
seen what the program links, but for those between introductions of the plans of industry, which were judged with the
links at hand. Full and partial links count, borderline ones do not."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from policygraph.align.links import link_passages
from policygraph.align.passages import Passage, passages
from policygraph.encode.encoder import E5Encoder
from policygraph.extract import extract
from policygraph.read import read_file
from policygraph.segment import segment

WILD = Path(__file__).resolve().parents[3] / "shared" / "wild"
PAIRS = [
    ("A2-prov-jnjp-anhui", "A0-nat-jnjp"),  # saving energy, cutting emissions
    ("B1-prov-lsxf-shanxi", "B0-nat-lsxf"),  # green consumption
    ("D1-prov-gytdf-hebei", "D0-nat-gytdf"),  # carbon peak of industry
]

pytestmark = pytest.mark.skipif(not WILD.is_dir(), reason="the documents of other fields are not here")


def read(name: str) -> tuple[Passage, ...]:
    source = read_file(WILD / f"{name}.txt")
    document, clauses = segment(source, doc_id=name)[0]
    return passages(extract(source, document, clauses), source.text)


def judged(lower: str) -> dict[str, set[tuple[str, str]]]:
    rows = [json.loads(line) for line in Path(__file__).with_name("judged.jsonl").read_text("utf-8").splitlines()]
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        if row["lower"].startswith(f"{lower}/"):
            found[row["degree"]].add((row["lower"], row["higher"]))
    return found


def agreement(pair: tuple[str, str], encoder: E5Encoder | None) -> tuple[float, float]:
    """F1 over the pairs of clauses, and the recall of full links."""
    lower, higher = pair
    degrees = judged(lower)
    links, _ = link_passages(read(lower), read(higher), encoder=encoder)
    found = {(link.source, link.target) for link in links if link.relation in ("implements", "partially_implements")}
    found -= degrees["borderline"]
    right = degrees["full"] | degrees["partial"]
    return 2 * len(found & right) / (len(found) + len(right)), len(found & degrees["full"]) / len(degrees["full"])


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_wording_alone_links_pairs_of_other_fields(pair: tuple[str, str]) -> None:
    f1, full = agreement(pair, None)
    assert f1 >= 0.94 and full == 1


@pytest.mark.slow
def test_encoder_links_a_pair_of_another_field(encoder: E5Encoder) -> None:
    f1, full = agreement(PAIRS[0], encoder)
    assert f1 >= 0.94 and full == 1
