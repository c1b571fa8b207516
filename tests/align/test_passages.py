"""What of a document is a provision that can be linked, and into which demands it is cut."""

from __future__ import annotations

import pytest

from policygraph.align.passages import passages, split_demands
from policygraph.extract import extract
from policygraph.read import read_bytes, reading
from policygraph.segment import segment

TABLE = """江苏省“十四五”土壤生态环境保护规划

二、总体要求

（三）规划目标

到2025年，全省土壤环境质量总体保持稳定，受污染耕地安全利用率达到93%以上。具体指标如表1：

表1 “十四五”主要指标

| 指标 | 2020年 | 2025年 |
|---|---|---|
| 受污染耕地安全利用率 | 90% | 93% |

农村生活污水治理率

1.重点建设用地指用途变更为住宅、公共管理与公共服务用地的所有地块。

2.农村生活污水治理率是指生活污水得到处理和资源化利用的行政村数占行政村总数的比例。

到2035年，土壤环境风险得到全面管控。

三、主要任务

（一）加强源头防控

推进耕地土壤污染成因排查，开展重金属溯源。

相关解读：
"""


def provisions(text: str) -> list[str]:
    source = read_bytes(text.encode(), name="plan.md")
    ((document, clauses),) = segment(source, doc_id="plan")
    return [passage.body for passage in passages(extract(source, document, clauses), source.text)]


@pytest.mark.parametrize(
    ("words", "is_provision"),
    [
        ("到2025年，全省土壤环境质量总体保持稳定", True),
        ("到2035年，土壤环境风险得到全面管控", True),  # what follows the table is a goal again
        ("推进耕地土壤污染成因排查", True),
        ("表1", False),  # a caption
        ("农村生活污水治理率", False),  # a cell that fell out of the table, and the note that explains it
        ("重点建设用地指", False),
        ("相关解读", False),  # what only says that something follows
    ],
)
def test_tables_and_their_notes_are_no_provisions(words: str, is_provision: bool) -> None:
    found = [body for body in provisions(TABLE) if body.lstrip("12.").startswith(words)]
    assert bool(found) == is_provision


@pytest.mark.parametrize(
    ("text", "demands"),
    [
        (
            "制定“十四五\"耕地安全利用方案及年度计划。推广应用品种替代、水肥调控等技术，强化监测与评价。",
            ["制定“十四五\"耕地安全利用方案及年度计划", "推广应用品种替代、水肥调控等技术", "强化监测与评价"],
        ),  # a mark that is never closed encloses nothing
        ("推动“零就业，零帮扶”家庭就业，健全台账。", ["推动“零就业，零帮扶”家庭就业", "健全台账"]),  # one that is closed does
        ("落实《关于深化（试行，改革的意见》，完善标准体系。", ["落实《关于深化（试行，改革的意见》", "完善标准体系"]),  # nor does an inner one
        ("支持企业a）改造，推动升级达标”，加强监管执法。", ["支持企业a）改造", "推动升级达标”", "加强监管执法"]),  # closing what was not opened
    ],
)
def test_demands_are_cut_by_marks_that_are_closed(text: str, demands: list[str]) -> None:
    assert [demand.text for demand in split_demands(reading(text))] == demands


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("对磷矿、磷肥生产集中的湖北、贵州等省份，制定更加严格的总磷排放管控要求。", [["制定更加严格的总磷排放管控要求"]]),  # whom it is for is no task
        ("按照产生者付费原则，建立生活垃圾处理收费制度，推进农业水价综合改革。", [["建立生活垃圾处理收费制度"], ["推进农业水价综合改革"]]),  # nor is a manner
        ("排查污水收集管网。到2025年，农膜回收率达到85%以上。", [["排查污水收集管网"], ["农膜回收率达到85%以上"]]),  # a target is asked for beside the tasks
    ],
)
def test_asked_are_tasks_and_targets_beside_them(text: str, core: list[list[str]]) -> None:
    source = read_bytes(f"# 行动方案\n\n一、重点任务\n\n（一）加强治理\n\n{text}\n".encode(), name="plan.md")
    ((document, clauses),) = segment(source, doc_id="plan")
    (passage,) = (p for p in passages(extract(source, document, clauses), source.text) if p.body == text)
    assert [[passage.demands[number].text for number in parts] for parts in passage.asked] == core
