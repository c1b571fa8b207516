"""Spreadsheets as offices send them with a notice: a title over the table, merged cells, dates and shares as numbers."""

from __future__ import annotations

import datetime
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from policygraph.errors import InputError
from policygraph.extract import extract
from policygraph.read import read_bytes
from policygraph.segment import segment
from policygraph.settings import Settings

CALC = shutil.which("soffice") and Path("/usr/lib/libreoffice/program/libsclo.so").exists()


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def division() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "分工表"
    for row in [
        ["四川省水污染防治重点任务分工方案"],
        ["序号", "重点任务", "责任单位", None, "完成时限"],
        [None, None, "牵头单位", "配合单位", None],
        [1, "推进污水管网排查整治", "省住房城乡建设厅", "省生态环境厅\n省财政厅", datetime.date(2023, 6, 30)],
        [2, "开展入河排污口整治", "省生态环境厅", "省水利厅", "2025年底"],
        ["二、农业污染治理"],
        [3, "实施化肥减量增效行动", "省农业农村厅", None, "长期"],
        ["注：长期任务每年报告。"],
    ]:
        sheet.append(row)
    for merged in ("A1:E1", "C2:D2", "A2:A3", "B2:B3", "E2:E3", "A6:E6"):
        sheet.merge_cells(merged)
    sheet["E4"].number_format = "yyyy/m/d"
    indicators = book.create_sheet("指标")
    for row in [["主要指标"], ["单位：万吨"], ["指标", "2020年", "2025年", "属性"], ["再生水利用量", 2.1, 5.5, "预期性"], ["森林覆盖率", 0.4003, 0.415, "约束性"]]:
        indicators.append(row)
    indicators["B5"].number_format = indicators["C5"].number_format = "0.00%"
    book.create_sheet("草稿").append(["不公开", "的内容"])
    book["草稿"].sheet_state = "hidden"
    return saved(book)


def said(data: bytes, name: str) -> tuple[list[tuple[str, str | None]], list[tuple[str | None, object, str | None]]]:
    source = read_bytes(data, name=name)
    ((document, clauses),) = segment(source, doc_id="a")
    found = extract(source, document, clauses)
    notes = [("、".join(f"{a.name}:{a.role}" for a in note.agencies), note.deadline) for note in found.responsibilities]
    return notes, [(target.indicator, target.value, target.unit) for target in found.targets]


EXPECTED = (
    [
        ("省住房城乡建设厅:lead", "2023-06-30"), ("省生态环境厅:cooperate、省财政厅:cooperate", "2023-06-30"),
        ("省生态环境厅:lead", "2025-12-31"), ("省水利厅:cooperate", "2025-12-31"), ("省农业农村厅:lead", None),
    ],
    [("再生水利用量", 5.5, "万吨"), ("森林覆盖率", 41.5, "%")],
)  # fmt: skip


def test_divisions_of_tasks_and_indicators_are_records() -> None:
    assert said(division(), "a.xlsx") == EXPECTED


@pytest.mark.slow
@pytest.mark.skipif(not CALC, reason="LibreOffice Calc is not installed")
@pytest.mark.parametrize(("name", "kind"), [("a.et", "xls:MS Excel 97"), ("a.ods", "ods")])
def test_old_spreadsheets_come_through_libreoffice(name: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(division())
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", kind,
         "--outdir", str(tmp_path / "out"), str(tmp_path / "a.xlsx")], check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert said((tmp_path / "out" / f"a.{kind[:3]}").read_bytes(), name) == EXPECTED


def test_values_stand_as_the_sheet_shows_them_and_hidden_sheets_are_said() -> None:
    source = read_bytes(division(), name="a.xlsx")
    assert "2023年6月30日" in source.text and "41.5%" in source.text and "不公开" not in source.text
    assert source.text.splitlines()[0] == "四川省水污染防治重点任务分工方案" and source.text.splitlines()[-6] == "注：长期任务每年报告。"
    assert source.warnings == ("sheet 草稿 is hidden and left out",)


def packed(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(f"xl/{name.replace('__', '/')}", text)
    return stream.getvalue()


S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
BOOK = f'<workbook {S} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>'


def sheet(cells: str, target: str = "sheet1.xml") -> bytes:
    relations = f'<Relationships xmlns="x"><Relationship Id="r1" Target="{target}"/></Relationships>'
    body = f"<worksheet {S}><sheetData>{cells}</sheetData></worksheet>"
    return packed(**{"workbook.xml": BOOK, "_rels__workbook.xml.rels": relations, "sheet1.xml": body})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: sheet(""), "its sheets hold no text"),
        (lambda: sheet("<row><c r='A1' t='inlineStr'><is><t>甲</t></is></c></row>", target="../../../etc/passwd"), "its sheets hold no text"),
        (lambda: sheet("<row><c r='A1'><v>1</v></c></row>" * 101), "limit file_paragraphs = 100"),
        (lambda: sheet("<row><c r='A1' t='s'><v>99</v></c><c r='ZZZ1'><v>nan</v></c><c r='A0'><v>1e99</v></c></row>"), None),
        (lambda: sheet("<row><c r='A1' s='1①'><v>1</v></c><c r='B1' t='s'><v>②</v></c></row>"), None),
        (lambda: sheet("<row>" + "<c r='A1'><v>1</v></c>" * 9 + "</row>"), None),
        (lambda: packed(**{"workbook.xml": f"<!DOCTYPE a [<!ENTITY b 'c'>]>{BOOK}"}), "document type"),
    ],
    ids=["empty", "place outside", "rows", "odd values", "digits in circles", "one place nine times", "entities"],
)  # fmt: skip
def test_hostile_workbooks_are_read_or_refused(data: Callable[[], bytes], reason: str | None) -> None:
    if reason:
        with pytest.raises(InputError, match=reason):
            read_bytes(data(), name="a.xlsx", settings=Settings(file_paragraphs=100))
    else:
        assert read_bytes(data(), name="a.xlsx").text


def test_a_row_of_more_cells_than_any_sheet_has_is_cut_off() -> None:
    cells = "".join(f"<c r='{chr(65 + n % 26)}1'><v>{n}</v></c>" for n in range(200_000))
    assert len(read_bytes(sheet(f"<row>{cells}</row>"), name="a.xlsx").text) < 3000
