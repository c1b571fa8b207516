"""Tables with one row a document: columns guessed, rows named where something is wrong with them."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from policygraph.corpus.folder import read_sidecar
from policygraph.corpus.tables import guess_columns, is_table, unpack
from policygraph.errors import InputError
from policygraph.settings import Settings

TEXT = "为推进治理，制定本方案。\n一、重点任务\n（一）加快排查。2023年6月底前完成排查。"
ROWS = [
    {"标题": "四川省黑臭水体治理方案", "发文字号": "川办发〔2023〕12号", "发文机关": "四川省人民政府办公厅、四川省水利厅", "发布日期": "2023年4月5日", "地区": "四川省", "正文": TEXT},
    {"标题": "重庆市岸电建设方案", "发文字号": "", "发文机关": "重庆市交通局", "发布日期": "2023/5/6", "地区": "重庆", "正文": TEXT.replace("排查", "改造")},
    {"标题": "有名无文的通知", "发文字号": "", "发文机关": "", "发布日期": "去年", "地区": "", "正文": ""},
]


def _csv(path: Path, encoding: str = "gb18030") -> Path:
    head = ",".join(ROWS[0])
    lines = [",".join('"' + value.replace('"', '""') + '"' for value in row.values()) for row in ROWS]
    path.write_bytes("\r\n".join([head, *lines]).encode(encoding))
    return path


def _xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in [list(ROWS[0]), *(list(row.values()) for row in ROWS)]:
        book.active.append(row)
    book.save(path)
    return path


def _jsonl(path: Path) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), "utf-8")
    return path


def _parquet(path: Path) -> Path:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
    return path


def _sqlite(path: Path) -> Path:
    with sqlite3.connect(path) as base:
        names = ", ".join(f'"{name}" TEXT' for name in ROWS[0])
        base.execute(f"CREATE TABLE policies ({names})")
        base.execute("CREATE TABLE notes (id INTEGER, remark TEXT)")
        base.executemany(f"INSERT INTO policies VALUES ({', '.join('?' * len(ROWS[0]))})", [tuple(row.values()) for row in ROWS])
    base.close()
    return path


@pytest.mark.parametrize(
    ("make", "name"),
    [(_csv, "政策.csv"), (_xlsx, "政策.xlsx"), (_jsonl, "政策.jsonl"), (_parquet, "政策.parquet"), (_sqlite, "政策.sqlite")],
)
def test_rows_become_documents_with_their_metadata(tmp_path: Path, make: Callable[[Path], Path], name: str) -> None:
    table = make(tmp_path / name)
    assert is_table(table, settings=Settings())
    (tmp_path / "out").mkdir()
    found = unpack(table, tmp_path / "out", settings=Settings())
    assert found.columns == {"title": "标题", "text": "正文", "number": "发文字号", "issuers": "发文机关", "date": "发布日期", "region": "地区"}
    assert [path.name for path in found.files] == ["政策-0001-四川省黑臭水体治理方案.txt", "政策-0002-重庆市岸电建设方案.txt"]
    assert found.problems == ("row 3: its 正文 is empty.",)
    assert read_sidecar(found.files[0]) == {
        "title": "四川省黑臭水体治理方案", "number": "川办发〔2023〕12号", "issuers": ["四川省人民政府办公厅", "四川省水利厅"],
        "date": "2023-04-05", "region": "510000",
    }  # fmt: skip
    assert read_sidecar(found.files[1])["date"] == "2023-05-06"
    assert found.files[0].read_text("utf-8").startswith("四川省黑臭水体治理方案\n\n为推进治理")


@pytest.mark.parametrize(
    ("names", "given", "columns"),
    [
        (["标题", "全文", "时间"], {}, {"title": "标题", "text": "全文", "date": "时间"}),  # other words for the same
        (["【法规标题】", "【发文字号】", "【正文】"], {}, {"title": "【法规标题】", "text": "【正文】", "number": "【发文字号】"}),  # as a law database exports
        (["Title", "Full_Text", "URL"], {}, {"title": "Title", "text": "Full_Text", "url": "URL"}),
        (["a", "b"], {"text": "b"}, {"text": "b"}),  # named by the user
    ],
)
def test_columns_are_guessed_by_their_names(names: list[str], given: dict[str, str], columns: dict[str, Any]) -> None:
    assert guess_columns(names, given) == columns


def test_value_that_is_no_day_is_left_out_and_said(tmp_path: Path) -> None:
    table = tmp_path / "a.jsonl"
    table.write_text(json.dumps({"标题": "某市通知", "正文": TEXT, "日期": "去年", "级别": "县级"}, ensure_ascii=False), "utf-8")
    found = unpack(table, tmp_path, settings=Settings())
    assert found.problems == ("row 1: 日期 = '去年' is no date; it is left out.",)
    assert read_sidecar(found.files[0]) == {"title": "某市通知", "level": "county"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "甲,乙\n1,2\n", "Name it with --text. Columns: 甲、乙"),
        ("a.csv", "标题,正文\n", "has no rows"),
        ("a.csv", '标题,正文\n甲,乙,丙\n', "row 1: it has more values"),
        ("a.jsonl", "{\n", "line 1: not JSON"),
        ("a.jsonl", "[1]\n", "line 1: no object"),
        ("a.sqlite", "no base", "not readable as SQLite"),
        ("a.parquet", "PAR1", "not readable as Parquet"),
    ],
)
def test_table_that_cannot_be_read_says_why_and_the_way_out(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(InputError) as refused:
        unpack(tmp_path / name, tmp_path, settings=Settings())
    assert message in str(refused.value)


def test_column_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column '题目' for title"):
        unpack(_csv(tmp_path / "a.csv"), tmp_path, settings=Settings(), given={"title": "题目"})


def test_workbook_that_is_a_document_stays_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["任务", "责任单位", "完成时限"], ["完成排查", "市水利局", "2023年6月底前"]):
        book.active.append(row)
    book.save(tmp_path / "分工表.xlsx")
    assert not is_table(tmp_path / "分工表.xlsx", settings=Settings())


def test_add_shows_the_guess_and_brings_the_rows_in(cli: Callable[..., Any], tmp_path: Path) -> None:
    done = cli("add", _csv(tmp_path / "政策.csv"), "--corpus", "corpus", "--yes")
    assert "title ← 标题，text ← 正文" in done.stderr
    assert "政策.csv, row 3: its 正文 is empty." in done.stderr
    assert done.returncode == 1  # a row stayed out
    assert sorted(path.suffix for path in (tmp_path / "corpus").iterdir()) == [".toml", ".toml", ".txt", ".txt"]


def test_small_table_leaves_others_the_fields_that_they_can_read(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    table = tmp_path / "政策.csv"
    table.write_text("标题,正文\n岸电方案,推广岸电。\n", "utf-8")
    (tmp_path / "out").mkdir()
    unpack(table, tmp_path / "out", settings=Settings())
    assert csv.field_size_limit() >= before
