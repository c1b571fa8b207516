"""Targets and responsibilities out of tables: tables of readers, Markdown tables, tables that are only lines."""

from __future__ import annotations

import io

import pytest

from policygraph.extract.divisions import Divided, extract_divisions
from policygraph.extract.grids import tables_of
from policygraph.extract.tables import extract_table_targets
from policygraph.model import Clause, Document, Responsibility, Target
from policygraph.read import SourceText, read_bytes
from policygraph.segment import segment


def segmented(text: str) -> tuple[SourceText, Document, tuple[Clause, ...]]:
    source = read_bytes(f"某省水生态环境保护规划\n\n某政发〔2021〕3号\n\n一、主要指标\n\n{text}\n\n二、保障措施\n\n加强组织领导，落实各项工作任务。\n".encode(), name="a.md")
    document, clauses = segment(source, doc_id="a")[0]
    return source, document, clauses


def targets(text: str) -> list[Target]:
    return extract_table_targets(*segmented(text))


def notes(text: str) -> list[Responsibility]:
    return divided(*segmented(text)).notes


def divided(source: SourceText, document: Document, clauses: tuple[Clause, ...]) -> Divided:
    whole = source.reading(document.start, document.end or None)
    return extract_divisions(source, document, clauses, whole=whole, tables=tables_of(source))


def markdown(*rows: str) -> str:
    width = rows[0].count("|") + 1
    return "\n".join([f"| {rows[0]} |", "|" + "---|" * width, *(f"| {row} |" for row in rows[1:])])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("森林覆盖率 | % | 40.03 | ≥41 | 约束性", ("森林覆盖率", ">=", 41, "%", None, None)),
        ("受污染耕地安全利用率（%） | | 90 | 93左右 | 约束性", ("受污染耕地安全利用率", "~", 93, "%", None, None)),
        ("农村环境整治村庄数量 | | — | 新增8万个 | 预期性", ("农村环境整治村庄数量", "=", 8, "万个", "increase", None)),
        ("单位地区生产总值能耗降低 | % | — | [13.5] | 约束性", ("单位地区生产总值能耗降低", "=", 13.5, "%", "decrease", None)),
        ("1. 用水总量 | 亿立方米 | 98 | 100以内 | 约束性", ("用水总量", "<=", 100, "亿立方米", None, None)),
        ("双源点位水质 | — | — | 总体保持稳定 | 预期性", ("双源点位水质", None, None, None, None, "总体保持稳定")),
    ],
    ids=["sign", "unit in the name", "added", "cumulated", "within", "state"],
)
def test_a_row_gives_the_target_of_its_future_year(row: str, expected: tuple[object, ...]) -> None:
    (target,) = targets(markdown("指标 | 单位 | 2020年 | 2025年 | 属性", row))
    assert (target.indicator, target.comparator, target.value, target.unit, target.relative, target.state) == expected
    assert target.deadline == "2025-12-31"


@pytest.mark.parametrize("value", ["—", "-", "/", "", "……"])
def test_an_empty_value_is_no_target(value: str) -> None:
    assert targets(markdown("指标 | 单位 | 2020年 | 2025年", f"森林覆盖率 | % | 40 | {value}")) == []


def test_two_future_years_give_two_targets() -> None:
    found = targets(markdown("指标名称 | 2020年（现状值） | 2025年 | 2035年", "森林覆盖率 | 40% | 41% | 42%"))
    assert [(t.value, t.deadline) for t in found] == [(41, "2025-12-31"), (42, "2035-12-31")]


def test_the_cell_is_the_source() -> None:
    source, document, clauses = segmented(markdown("指标 | 2020年 | 2025年", "森林覆盖率 | 40% | 41%以上"))
    (target,) = extract_table_targets(source, document, clauses)
    assert source.text[target.start : target.end] == target.text == "41%以上"
    assert target.clause in {clause.id for clause in clauses}


def test_lines_with_wide_gaps_are_a_table() -> None:
    text = "类 型  指标名称  2020年（现状值）  2025年  指标属性\n受污染耕地安全利用率  90%左右  93%左右  约束性\n土壤环境\n农村生活污水治理率3  25.5%  40%  预期性"
    assert [(t.indicator, t.value) for t in targets(text)] == [("受污染耕地安全利用率", 93), ("农村生活污水治理率", 40)]


def test_running_text_is_no_table() -> None:
    text = "到2025年，指标  全面完成，责任单位  要落实。各项指标  2020年  提升。"
    assert tables_of(segmented(text)[0]) == ()


@pytest.mark.parametrize(
    ("header", "row", "expected", "deadline"),
    [
        ("重点任务 | 责任单位 | 完成时限", "推进污水收集管网排查整治 | 省住房城乡建设厅、省生态环境厅等 | 2023年6月底前",
         [("省住房城乡建设厅", "responsible"), ("省生态环境厅", "responsible")], "2023-06-30"),
        ("重点任务 | 责任单位 | 时间进度", "开展入河排污口排查工作 | 省生态环境厅（牵头），各市（州）人民政府 | 2025年",
         [("省生态环境厅", "lead"), ("各市（州）人民政府", "responsible")], "2025-12-31"),
        ("序号 | 工作任务 | 责任部门", "1 | 开展入河排污口排查工作 | 牵头单位：省水利厅；配合单位：省财政厅", [("省水利厅", "lead"), ("省财政厅", "cooperate")], None),
    ],
)  # fmt: skip
def test_a_row_gives_the_bodies_of_its_task(header: str, row: str, expected: list[tuple[str, str]], deadline: str | None) -> None:
    (note,) = notes(markdown(header, row))
    assert [(a.name, a.role) for a in note.agencies] == expected
    assert note.deadline == deadline


def test_columns_of_two_roles_give_two_notes() -> None:
    found = notes(markdown("任务 | 牵头单位 | 配合单位", "开展入河排污口排查工作 | 省水利厅 | 省财政厅、省林草局"))
    assert [[(a.name, a.role) for a in note.agencies] for note in found] == [
        [("省水利厅", "lead")], [("省财政厅", "cooperate"), ("省林草局", "cooperate")]
    ]  # fmt: skip


def test_a_cell_that_spans_rows_speaks_for_each() -> None:
    docx = pytest.importorskip("docx")
    made = docx.Document()
    for line in ("某省重点任务分工方案", "一、任务分工"):
        made.add_paragraph(line)
    table = made.add_table(3, 2)
    for r, cells in enumerate([("重点任务", "责任单位"), ("开展排查溯源工作", "省生态环境厅"), ("开展整治验收工作", "")]):
        for c, text in enumerate(cells):
            table.cell(r, c).text = text
    table.cell(1, 1).merge(table.cell(2, 1))
    stream = io.BytesIO()
    made.save(stream)
    source = read_bytes(stream.getvalue(), name="a.docx")
    document, clauses = segment(source, doc_id="a")[0]
    found = divided(source, document, clauses).notes
    assert [note.agencies[0].name for note in found] == ["省生态环境厅", "省生态环境厅"]
