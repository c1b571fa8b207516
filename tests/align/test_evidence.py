"""What a heading says for each of the provisions under it."""

from __future__ import annotations

import pytest

from policygraph.align.evidence import evidence_of
from policygraph.align.passages import Passage, passages
from policygraph.model import Clause, Document, DocumentRecords

HIGHER = [
    ("总体目标", "“十四五”期间，产业结构与用能结构优化取得积极进展，能源资源利用效率大幅提升，建成一批绿色工厂和绿色工业园区。"),
    ("总体目标", "“十五五”期间，产业结构布局进一步优化，工业能耗强度、二氧化碳排放强度持续下降，努力达峰削峰。"),
    ("强化节能监督管理", "持续开展国家工业专项节能监察，健全省、市、县三级节能监察体系。"),
]
LOWER = [
    ("总体目标", "“十四五”期间，产业结构优化取得积极进展，能源资源利用效率明显提升，建成一批绿色工厂和绿色工业园区。"),
    ("总体目标", "“十五五”期间，产业结构布局进一步优化，工业二氧化碳排放强度和总量持续下降，努力达峰削峰。"),
    ("强化节能监督管理", "对重点用能单位的节能审计做到全覆盖。"),
]


def plan(name: str, provisions: list[tuple[str, str]]) -> tuple[Passage, ...]:
    text = "".join(body for _, body in provisions)
    clauses, start = [], 0
    for order, (heading, body) in enumerate(provisions):
        clauses.append(
            Clause(
                id=f"{name}/{order}", document=name, parent=None, kind="goal", type="paragraph", number=None,
                heading=heading, lead=None, text=body, start=start, end=start + len(body), order=order, leaf=True, by="test",
            )  # fmt: skip
        )
        start += len(body)
    return passages(DocumentRecords(document=Document(id=name, source=name, title=name), clauses=tuple(clauses)), text)


@pytest.mark.parametrize(
    ("lower", "higher", "least", "most"),
    [
        (0, 0, 0.7, 1.0),  # of two goals under one heading it speaks for the one that reads alike
        (0, 1, 0.0, 0.3),
        (1, 0, 0.0, 0.3),
        (1, 1, 0.7, 1.0),
        (2, 2, 0.9, 1.0),  # where one provision has the heading it speaks for that, though their words differ
    ],
)
def test_heading_speaks_for_the_provision_that_reads_alike(lower: int, higher: int, least: float, most: float) -> None:
    found = evidence_of(plan("hebei", LOWER), plan("national", HIGHER), encoder=None)
    names = {(each.lower, each.higher): each.features["name"] for each in found}
    assert least <= names.get((lower, higher), 0.0) <= most + 1e-9
