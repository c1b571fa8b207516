"""Divisions of work: each row of the table a task with its bodies, deadline and targets."""

import io

import pytest

from policygraph.extract import extract
from policygraph.graph.validate import check_document
from policygraph.model import DocumentRecords
from policygraph.read import read_bytes
from policygraph.release.due import notes_beside
from policygraph.segment import segment

HEAD = "某市2024年重点工作分工方案\n\n某市人民政府办公室\n\n2024年3月1日\n\n一、任务分工\n\n分工如下。\n\n"


def records_of(*rows: str) -> DocumentRecords:
    width = rows[0].count("|") + 1
    table = "\n".join([f"| {rows[0]} |", "|" + "---|" * width, *(f"| {row} |" for row in rows[1:])])
    source = read_bytes(f"{HEAD}{table}\n".encode(), name="a.md")
    ((document, clauses),) = segment(source, doc_id="a")
    records = extract(source, document, clauses)
    assert check_document(records, source.text) == []
    return records


def test_a_row_gives_tasks_with_bodies_deadline_and_targets():
    records = records_of("序号 | 重点任务 | 责任单位 | 完成时限", "1 | 新建充电桩500个，完善充电网络布局。 | 市能源局（牵头）、各区人民政府 | 2024年底前")
    assert [(t.text, [(a.name, a.role) for a in t.agents]) for t in records.tasks] == [
        ("新建充电桩500个", [("市能源局", "lead"), ("各区人民政府", "responsible")]),
        ("完善充电网络布局", [("市能源局", "lead"), ("各区人民政府", "responsible")]),
    ]
    assert [(d.date, d.action) for d in records.deadlines] == [("2024-12-31", "新建充电桩500个，完善充电网络布局")]
    assert [(t.indicator, t.value, t.unit, t.deadline) for t in records.targets] == [("充电桩", 500, "个", "2024-12-31")]


TIMES = [
    ("2025年", "2025-12-31", "a bare year"),
    ("6月底前", "2024-06-30", "a month of the document's year"),
    ("2024年1月", "2024-01-31", "a month before the document's own date"),
    ("长期坚持", None, "no day at all"),
]


@pytest.mark.parametrize(("said", "date", "why"), TIMES)
def test_times_of_a_row(said, date, why):
    records = records_of("任务 | 责任单位 | 完成时限", f"推进河道整治 | 市水务局 | {said}")
    assert [d.date for d in records.deadlines] == ([date] if date else []), why


def test_each_deadline_has_the_bodies_of_its_row():
    records = records_of("任务 | 责任单位 | 时间进度", "推进河道整治 | 市水务局 | 2024年6月底前", "开展执法检查 | 市城管委 | 2024年9月底前")
    beside = [[a.name for note in notes_beside(d, records.responsibilities) for a in note.agencies] for d in records.deadlines]
    assert beside == [["市水务局"], ["市城管委"]]


def test_a_repeated_header_is_no_record():
    records = records_of("序号 | 任务 | 责任单位 | 完成时限", "1 | 推进河道整治 | 市水务局 | 2024年", "序号 | 任务 | 责任单位 | 完成时限", "2 | 开展执法检查 | 市城管委 | 2025年")
    assert [t.text for t in records.tasks] == ["推进河道整治", "开展执法检查"]
    assert len(records.responsibilities) == 2


def test_a_row_that_a_page_cuts_is_one():
    records = records_of("序号 | 任务 | 责任单位 | 完成时限", "1 | 建设污水处理厂3座，完善收集 | 市生态环 | 2024年", " | 管网 | 境局、市水务局 | 12月底前")
    assert [[a.name for a in note.agencies] for note in records.responsibilities] == [["市生态环境局", "市水务局"]]
    assert [t.text for t in records.tasks] == ["建设污水处理厂3座", "完善收集"]
    assert [t.object for t in records.tasks] == ["污水处理厂3座", "收集管网"]


def test_measures_and_goals_stand_in_columns_of_their_own():
    records = records_of(
        "序号 | 重点任务 | 工作举措 | 工作目标 | 牵头单位 | 配合单位 | 完成时限 | 备注",
        "1 | 工业污染治理 | 开展园区污水整治 | 收集率达到90%以上 | 市生态环境局 | 市经信局 | 2025年底前 | 每月调度",
    )
    assert [t.text for t in records.tasks] == ["开展园区污水整治"]
    assert [(t.indicator, t.value) for t in records.targets] == [("收集率", 90)]
    assert [(a.name, a.role) for note in records.responsibilities for a in note.agencies] == [("市生态环境局", "lead"), ("市经信局", "cooperate")]


def test_a_name_in_the_column_of_tasks_is_the_task():
    records = records_of("重点任务 | 责任单位 | 完成时限", "黑臭水体治理 | 市水务局 | 2024年")
    assert [(t.text, t.verb, t.object) for t in records.tasks] == [("黑臭水体治理", "治理", "黑臭水体")]


def test_a_list_of_projects_divides_no_work():
    assert records_of("项目名称 | 建设地点 | 建成时间", "推进河道整治 | 江岸区 | 2024年").responsibilities == ()


def test_a_file_that_is_only_a_table_is_a_document():
    docx = pytest.importorskip("docx")
    made = docx.Document()
    rows = [("任务", "责任单位", "完成时限"), ("推进河道整治", "市水务局牵头，市财政局配合", "2024年6月底前"), ("建成泵站3座", "市水务局", "2025年")]
    table = made.add_table(len(rows), 3)
    for r, cells in enumerate(rows):
        for c, text in enumerate(cells):
            table.cell(r, c).text = text
    stream = io.BytesIO()
    made.save(stream)
    source = read_bytes(stream.getvalue(), name="分工表.docx")
    ((document, clauses),) = segment(source, doc_id="a")
    records = extract(source, document, clauses)
    assert [t.text for t in records.tasks] == ["推进河道整治", "建成泵站3座"]
    assert [d.date for d in records.deadlines] == ["2024-06-30", "2025-12-31"]
