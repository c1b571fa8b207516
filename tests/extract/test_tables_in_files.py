"""The tables of the genre as offices set them, in DOCX, HTML and PDF: merged cells, headers over two rows, units in the
header or above the table, several bodies in a cell, tables that go on over the page."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from policygraph.extract import extract
from policygraph.model import DocumentRecords
from policygraph.read import read_bytes
from policygraph.segment import segment

#: Row, column, rows and columns that it spans, text.
Cells = list[tuple[int, int, int, int, str]]


def plain(*rows: str) -> Cells:
    return [(r, c, 1, 1, text) for r, row in enumerate(rows) for c, text in enumerate(row.split("|"))]


INDICATORS: Cells = [
    (0, 0, 2, 1, "类别"), (0, 1, 2, 1, "序号"), (0, 2, 2, 1, "指标名称"), (0, 3, 2, 1, "单位"), (0, 4, 2, 1, "2020年\n（基准年）"), (0, 5, 1, 2, "目标值"),
    (0, 7, 2, 1, "指标属性"), (1, 5, 1, 1, "2023年"), (1, 6, 1, 1, "2025年"),
    (2, 0, 2, 1, "水环境\n治理"), (2, 1, 1, 1, "1"), (2, 2, 1, 1, "地表水达到或好于Ⅲ类水体比例"), (2, 3, 1, 1, "%"), (2, 4, 1, 1, "94.3"), (2, 5, 1, 1, "95"), (2, 6, 1, 1, "97.5"), (2, 7, 1, 1, "约束性"),
    (3, 1, 1, 1, "2"), (3, 2, 1, 1, "城市生活污水集中收集率"), (3, 3, 1, 1, "%"), (3, 4, 1, 1, "55"), (3, 5, 1, 1, "—"), (3, 6, 1, 1, "≥70"), (3, 7, 1, 1, "预期性"),
    (4, 0, 2, 1, "污染\n减排"), (4, 1, 1, 1, "3"), (4, 2, 1, 1, "化学需氧量重点工程减排量"), (4, 3, 1, 1, "万吨"), (4, 4, 1, 1, "—"), (4, 5, 1, 1, "[6]"), (4, 6, 1, 1, "[14.92]"), (4, 7, 1, 1, "约束性"),
    (5, 1, 1, 1, "4"), (5, 2, 1, 1, "单位地区生产总值二氧化碳\n排放降低"), (5, 3, 1, 1, "%"), (5, 4, 1, 1, "—"), (5, 5, 1, 1, "—"), (5, 6, 1, 1, "完成国家下达任务"), (5, 7, 1, 1, "约束性"),
]  # fmt: skip
EMISSIONS = plain("指标|2020年|2025年|属性", "氨氮重点工程减排量|—|0.73|约束性", "农村生活污水治理率|25.5%|40%|预期性")
WATER = plain("主要指标|2020年现状值（万吨）|2025年目标值（万吨）", "再生水利用量|2.1|5以上")
TASKS: Cells = [
    *plain("序号|重点任务|工作措施|牵头单位|配合单位|完成时限"),
    (1, 0, 2, 1, "1"), (1, 1, 2, 1, "工业污染\n治理"), (1, 2, 1, 1, "开展工业园区污水整治，建成污水集中处理设施。"), (1, 3, 1, 1, "省生态环境厅\n省经济和信息化厅"), (1, 4, 1, 1, "省发展改革委、省科技厅，各市（州）人民政府"), (1, 5, 1, 1, "2025年底"),
    (2, 2, 1, 1, "推动危险化学品生产企业搬迁改造。"), (2, 3, 1, 1, "省经济和信息化厅"), (2, 4, 1, 1, "省应急管理厅等"), (2, 5, 1, 1, "持续推进"),
    (3, 0, 1, 1, "2"), (3, 1, 1, 1, "农业面源\n污染治理"), (3, 2, 1, 1, "实施化肥农药减量增效行动。"), (3, 3, 1, 1, "省农业农村厅"), (3, 4, 1, 1, "/"), (3, 5, 1, 1, "长期"),
    (4, 0, 1, 1, "3"), (4, 1, 1, 1, "船舶污染治理"), (4, 2, 1, 1, "完成400总吨以下船舶防污改造。"), (4, 3, 1, 1, "省交通运输厅"), (4, 4, 1, 1, "四川海事局"), (4, 5, 1, 1, "2023年\n6月底前"),
]  # fmt: skip
BODIES = plain(
    "主要任务|责任单位|时间进度",
    "开展城市黑臭水体排查整治。|省住房城乡建设厅牵头，省生态环境厅、省水利厅配合|2024年12月底前完成",
    "推进污水管网改造。|省住房城乡建设厅（牵头），省发展改革委、省财政厅（配合）|2022—2025年",
    "加强饮用水水源保护。|牵头单位：省生态环境厅\n配合单位：省水利厅、省卫生健康委|2023年6月",
    "落实河湖长制。|省河长制办公室、省水利厅按职责分工负责|长期坚持",
)
LONG = plain(
    "序号|重点任务|责任单位|完成时限",
    *(f"{n}|推进第{n}批污水收集管网排查整治，加快补齐城镇污水收集和处理设施短板，开展溯源整治并建立长效管护机制。|省生态环境厅、省财政厅|{2022 + n % 4}年底" for n in range(1, 41)),
)  # fmt: skip
#: What stands above each table, the table, whether its header is repeated on each page.
Shown = list[tuple[list[str], Cells, bool]]
ALL: Shown = [
    (["专栏1　主要指标"], INDICATORS, False), (["表2　减排指标", "单位：万吨"], EMISSIONS, False), (["表3　利用指标"], WATER, False),
    (["附件1", "重点任务分工表"], TASKS, False), (["附件2", "任务分工"], BODIES, False),
]  # fmt: skip
OPENING = ["四川省水污染防治工作方案", "川办发〔2022〕12号", "2022年5月6日", "一、主要目标", "主要指标见下表。"]


def as_docx(shown: Shown) -> bytes:
    from docx import Document
    from docx.oxml import OxmlElement

    made = Document()
    for line in OPENING:
        made.add_paragraph(line)
    for above, cells, repeated in shown:
        for line in above:
            made.add_paragraph(line)
        table = made.add_table(max(r + n for r, _, n, _, _ in cells), max(c + n for _, c, _, n, _ in cells), style="Table Grid")
        for r, c, rows, columns, text in cells:
            cell = table.cell(r, c)
            if rows > 1 or columns > 1:
                cell = cell.merge(table.cell(r + rows - 1, c + columns - 1))
            cell.text, *more = text.split("\n")
            for line in more:
                cell.add_paragraph(line)
        if repeated:
            table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        made.add_paragraph("加强统筹协调。")
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def as_html(shown: Shown) -> bytes:
    out = [f"<p>{line}</p>" for line in OPENING]
    for above, cells, _ in shown:
        out += [f"<p>{line}</p>" for line in above] + ["<table>"]
        for row in range(max(r + 1 for r, *_ in cells)):
            inner = (f"<td rowspan={n} colspan={m}><p>{'</p><p>'.join(text.split(chr(10)))}</p></td>" for r, _, n, m, text in cells if r == row)
            out.append(f"<tr>{''.join(inner)}</tr>")
        out.append("</table><p>加强统筹协调。</p>")
    return f"<html><body><div>{''.join(out)}</div></body></html>".encode()


def as_pdf(shown: Shown, folder: Path) -> bytes:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    (folder / "a.docx").write_bytes(as_docx(shown))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", "pdf",
         "--outdir", str(folder), str(folder / "a.docx")], check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return (folder / "a.pdf").read_bytes()


def records(data: bytes, name: str) -> DocumentRecords:
    source = read_bytes(data, name=name)
    ((document, clauses),) = segment(source, doc_id="a")
    found = extract(source, document, clauses)
    cells = {(cell.start, cell.end) for table in source.tables for cell in table.cells}
    assert all((record.start, record.end) in cells for record in (*found.targets, *found.responsibilities))
    return found


@pytest.fixture(scope="module", params=["docx", "html", "pdf"])
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DocumentRecords:
    make: dict[str, Callable[[], bytes]] = {
        "docx": lambda: as_docx(ALL), "html": lambda: as_html(ALL), "pdf": lambda: as_pdf(ALL, tmp_path_factory.mktemp("pdf"))
    }  # fmt: skip
    return records(make[request.param](), f"a.{request.param}")


def test_cells_of_indicator_tables_are_targets(read: DocumentRecords) -> None:
    assert [(t.indicator, t.comparator, t.value or t.state, t.unit, t.deadline) for t in read.targets] == [
        ("地表水达到或好于Ⅲ类水体比例", "=", 95, "%", "2023-12-31"),
        ("地表水达到或好于Ⅲ类水体比例", "=", 97.5, "%", "2025-12-31"),
        ("城市生活污水集中收集率", ">=", 70, "%", "2025-12-31"),
        ("化学需氧量重点工程减排量", "=", 6, "万吨", "2023-12-31"),
        ("化学需氧量重点工程减排量", "=", 14.92, "万吨", "2025-12-31"),
        ("单位地区生产总值二氧化碳排放降低", None, "完成国家下达任务", None, "2025-12-31"),
        ("氨氮重点工程减排量", "=", 0.73, "万吨", "2025-12-31"),
        ("农村生活污水治理率", "=", 40, "%", "2025-12-31"),
        ("再生水利用量", ">=", 5, "万吨", "2025-12-31"),
    ]


def test_cells_of_divisions_of_tasks_are_responsibilities(read: DocumentRecords) -> None:
    assert [("、".join(f"{a.name}:{a.role}" for a in note.agencies), note.deadline) for note in read.responsibilities] == [
        ("省生态环境厅:lead、省经济和信息化厅:lead", "2025-12-31"),
        ("省发展改革委:cooperate、省科技厅:cooperate、各市（州）人民政府:cooperate", "2025-12-31"),
        ("省经济和信息化厅:lead", None),
        ("省应急管理厅:cooperate", None),
        ("省农业农村厅:lead", None),
        ("省交通运输厅:lead", "2023-06-30"),
        ("四川海事局:cooperate", "2023-06-30"),
        ("省住房城乡建设厅:lead、省生态环境厅:cooperate、省水利厅:cooperate", "2024-12-31"),
        ("省住房城乡建设厅:lead、省发展改革委:cooperate、省财政厅:cooperate", "2025-12-31"),
        ("省生态环境厅:lead、省水利厅:cooperate、省卫生健康委:cooperate", "2023-06-30"),
        ("省河长制办公室:responsible、省水利厅:responsible", None),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("repeated", [True, False], ids=["header on each page", "header once"])
def test_table_that_goes_on_over_pages_is_one(repeated: bool, tmp_path: Path) -> None:
    found = records(as_pdf([(["附件1", "重点任务分工表"], LONG, repeated)], tmp_path), "a.pdf")
    expected = [("省生态环境厅、省财政厅", f"{2022 + n % 4}-12-31") for n in range(1, 41)]
    assert [("、".join(a.name for a in note.agencies), note.deadline) for note in found.responsibilities] == expected
