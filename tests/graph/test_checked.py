"""What the build checks, it checks once."""

from __future__ import annotations

from types import ModuleType

from policygraph.build.shapes import sample
from policygraph.graph.validate import check_document


def test_sample_stands_by_itself(samples: ModuleType) -> None:
    part = sample(samples.NATIONAL_RECORDS, clauses=1)
    assert {clause.id for clause in part.clauses} == {samples.FILM, "national-yangtze-2022/item_10"}
    assert len(part.targets) == 1
    faults = check_document(part, samples.NATIONAL_TEXT)
    assert {fault.check for fault in faults} <= {"tiling"}
