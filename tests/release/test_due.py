"""When things are due that have no single last day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.model import Deadline, Term
from policygraph.release.due import DueRows, falls_in, first_on, notes_beside, section_of

FALLS = [
    ("FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25", "2020-10-25", "2020-10-25", "the day itself"),
    ("FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25", "2020-10-26", "2021-10-25", "a year later"),
    ("FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1", "2020-07-01", "2020-12-31", "the last day of one of two months"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2021-01-01", "2024-02-29", "a leap day"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "2021-02-10", "2021-02-28", "the end of a month"),
    ("FREQ=WEEKLY;BYDAY=FR", "2022-08-31", "2022-09-02", "a day of the week"),
]


@pytest.mark.parametrize(("rule", "day", "expected", "reason"), FALLS)
def test_first_day_that_a_rule_falls_on(rule: str, day: str, expected: str, reason: str) -> None:
    assert str(first_on(rule, date.fromisoformat(day))) == expected, reason


def test_a_day_that_never_comes_is_none() -> None:
    assert first_on("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date(2020, 1, 1)) is None


def _deadline(**said: object) -> Deadline:
    return Deadline(id="d/c/deadline_1", document="d", clause="d/c", text="每年", start=0, end=2, by="x", **said)  # type: ignore[arg-type]


SECTIONS = [
    ({"date": "2025-12-31"}, "dated", "a day"),
    ({"recurrence": "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25"}, "recurring", "每年10月25日前"),
    ({"within": Term(amount=20, unit="day", working=True, after="受理")}, "event", "受理后20个工作日内"),
    ({"within": Term(amount=6, unit="month", before="有效期满")}, "event", "有效期满前六个月内"),
    ({"date": "2024-09-15", "within": Term(amount=6, unit="month", after="本方案印发")}, "dated", "an event whose day is known"),
    ({"earliest": "2017-01-01"}, "from", "自2017年起"),
    ({}, "open", "今年, in a text without a date"),
]


@pytest.mark.parametrize(("said", "expected", "reason"), SECTIONS)
def test_section(said: dict[str, object], expected: str, reason: str) -> None:
    assert section_of(_deadline(**said)) == expected, reason


@pytest.mark.parametrize(
    ("said", "since", "by", "expected"),
    [
        ({"date": "2025-06-30"}, "2025-01-01", "2025-06-30", True),
        ({"date": "2025-06-30"}, None, "2025-06-29", False),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25"}, "2025-01-01", "2025-06-30", False),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25"}, "2025-01-01", "2025-12-31", True),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25"}, None, "2025-06-30", True),
        ({"earliest": "2017-01-01"}, None, None, True),
        ({"earliest": "2017-01-01"}, None, "2025-12-31", False),
    ],
)
def test_falls_between(said: dict[str, object], since: str | None, by: str | None, expected: bool) -> None:
    assert falls_in(_deadline(**said), since=since, by=by) is expected


def test_rows_of_what_is_due_are_read_when_they_are_taken_and_say_what_the_records_say(corpus_data: Path) -> None:
    """Who leads is told by the notes of the deadline's clause; in a table of 责任单位 by those of its row."""
    with PolicyGraph.open(corpus_data) as graph:
        table = graph.due()
        assert isinstance(table.rows, DueRows)
        rows = list(table)
        assert rows == [table[n] for n in range(len(table))] == list(table[: len(table)])
        assert table.rows.days == [row.date for row in rows if row.section == "dated"]
        wanted = []
        for records in graph.records.values():
            for deadline in records.deadlines:
                notes = notes_beside(deadline, [note for note in records.responsibilities if note.clause == deadline.clause])
                names = [role.name for note in notes for role in note.agencies if role.role in ("lead", "responsible")]
                wanted.append((deadline.document, deadline.start, deadline.date, tuple(dict.fromkeys(names))))
        assert sorted(wanted, key=str) == sorted(((row.document, row.start, row.date, row.lead) for row in rows), key=str)
        led = graph.due(agency="生态环境厅")
        assert list(led) == [row for row in rows if any("生态环境厅" in name for name in (*row.lead, *row.others))]
        assert led and len(led) < len(table)
