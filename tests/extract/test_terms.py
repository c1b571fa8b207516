"""Times that stand on no single day, row by row: what comes back, what runs from an event, and what only looks like it."""

from __future__ import annotations

from datetime import date

import pytest

from policygraph.extract.present import Now
from policygraph.extract.times import find_times

PLAN = Now(2022, date(2022, 8, 31))
RULES = Now(2020, date(2020, 1, 1), rules=True)
UNDATED = Now(None)

EVERY = [
    ("各市每日17时前报送当日处置情况", ["FREQ=DAILY"], "an hour of each day"),
    ("每天下午5点前汇总上报监测数据", ["FREQ=DAILY"], "with the part of the day"),
    ("每个工作日下班前更新信息", ["FREQ=DAILY"], "the end of each working day"),
    ("每月5日、20日前报送进展", ["FREQ=MONTHLY;BYMONTHDAY=5,20"], "two days of the month"),
    ("每两年的6月底前公布评估结果", ["FREQ=YEARLY;INTERVAL=2;BYMONTH=6;BYMONTHDAY=-1"], "every other year"),
    ("每3年3月1日前换证", ["FREQ=YEARLY;INTERVAL=3;BYMONTH=3;BYMONTHDAY=1"], "every third year, in digits"),
    ("每年10月25日前，将评审结果报送省教育厅", ["FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25"], "a day of the year"),
    ("于每年3月1日前报送上一年度报告", ["FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1"], "于 before it"),
    ("每年的4月15日前，各县（市、区）完成申报", ["FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=15"], "的 within it"),
    ("每年11月到主管部门办理年检手续", ["FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=-1"], "a month"),
    ("每年年底前报送工作总结", ["FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1"], "the year's end"),
    ("每年9月底之前将下一年度计划报省厅", ["FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=-1"], "a month's end"),
    ("每年3月前下达年度计划", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"], "before a month is by the end of the one before"),
    ("每年6月底和12月底前报送进展情况", ["FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1"], "twice a year"),
    (
        "每年3月31日前、9月30日前各报送一次",
        ["FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31", "FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=30"],
        "two days that no one rule holds",
    ),
    ("每年一季度开展上一年度评估", ["FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1"], "a quarter of the year"),
    ("每季度末通报进展情况", ["FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"], "the end of each quarter"),
    ("每季度首月10日前报送上季度情况", ["FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"], "the first month of each quarter"),
    ("每月5日前报送上月情况", ["FREQ=MONTHLY;BYMONTHDAY=5"], "a day of the month"),
    ("每月底前更新台账", ["FREQ=MONTHLY;BYMONTHDAY=-1"], "the end of the month"),
    ("每周五前报送工作进展", ["FREQ=WEEKLY;BYDAY=FR"], "a day of the week"),
    ("重点排放单位应于次年3月31日前提交上一年度报告", ["FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31"], "the year after each"),
    (
        "每年10月25日前，学校报送结果，10月31日前，各市汇总报省厅",
        ["FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25", "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=31"],
        "what follows in the sentence comes back too",
    ),
    ("每年6月5日为环境日，开展宣传", [], "what is told of a day"),
    ("每年至少开展一次演练", [], "a frequency alone"),
    ("每半年通报一次", [], "a frequency alone"),
]

WITHIN = [
    ("受理后20个工作日内作出决定", [(20, "day", True, "受理", None)], "working days after an event"),
    ("应当自收到补正通知之日起10个工作日内补正", [(10, "day", True, "收到补正通知", None)], "自…之日起"),
    ("对符合条件的，应当自受理之日起二十日内（不含公示时间）予以批准", [(20, "day", False, "受理", None)], "Chinese numerals, a gloss behind"),
    ("公示期满后5个工作日内发文公布", [(5, "day", True, "公示期满", None)], "后"),
    ("公示无异议后，10个工作日内拨付资金", [(10, "day", True, "公示无异议", None)], "a comma between"),
    ("项目完成后三个月内申请验收", [(3, "month", False, "项目完成", None)], "months"),
    ("在变更或停止后的一个月内办理手续", [(1, "month", False, "变更或停止", None)], "后的"),
    ("应在每季度结束15日内报送", [(15, "day", False, "每季度结束", None)], "结束 without 后"),
    ("收到举报后应在5日内核实", [(5, "day", False, "收到举报", None)], "the event stands before the modal"),
    ("发现重大隐患应当在24小时内报告", [(24, "hour", False, "发现重大隐患", None)], "hours"),
    ("应在收到《核查清单》后2个工作日内答复", [(2, "day", True, "收到□□□□□□", None)], "a title within the event"),
    ("应在有效期满前六个月内提出申请", [(6, "month", False, None, "有效期满")], "before an event"),
    ("应当在有效期届满30日前提出延续申请", [(30, "day", False, None, "有效期届满")], "so long before an event"),
    ("开工前30日内备案", [(30, "day", False, None, "开工")], "前 before the length"),
    ("有效期届满前3个月提出", [(3, "month", False, None, "有效期届满")], "without 内"),
    ("应当在会议召开15日前书面通知", [(15, "day", False, None, "会议召开")], "any event before 前"),
    ("近三年内无重大违法记录", [], "what has to have been so"),
    ("申报之日前两年内未受行政处罚", [], "what has to have been so"),
    ("自处罚之日起三年内不得申报", [], "for so long something is barred"),
    ("逾期未整改的，三年之内不得享受资金支持", [], "for so long something is barred"),
    ("自获得资金之日起5年内法人主体不迁出", [], "for so long something holds"),
    ("公示期不少于5个工作日", [], "how long something lasts"),
    ("10月31日前报送", [], "a day of a month is no length"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), EVERY)
def test_what_comes_back(text: str, expected: list[str], reason: str) -> None:
    assert [t.recurrence for t in find_times(text, PLAN) if t.recurrence] == expected, reason


@pytest.mark.parametrize(("text", "expected", "reason"), WITHIN)
def test_what_runs_from_an_event(text: str, expected: list[tuple[int, str, bool, str | None, str | None]], reason: str) -> None:
    found = [t.within for t in find_times(text, PLAN) if t.within]
    assert [(w.amount, w.unit, w.working, w.after, w.before) for w in found] == expected, reason


def test_what_runs_from_an_event_has_no_day() -> None:
    assert all(t.part == "open" and t.date is None for t in find_times("受理后20个工作日内作出决定", PLAN))


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("自本方案印发之日起6个月内建成", "2023-02-28", "the document's own issue is a day"),
        ("本方案印发后三个月内出台细则", "2022-11-30", "印发后"),
        ("自2024年起三年内建成", "2026-12-31", "from the beginning of a year"),
        ("从2025年1月起半年内建成", "2025-06-30", "from a month, half a year"),
    ],
)
def test_an_event_whose_day_is_known(text: str, expected: str, reason: str) -> None:
    assert [t.date for t in find_times(text, PLAN)] == [expected], reason


def test_bare_length_in_rules_runs_from_what_they_speak_of() -> None:
    (time,) = find_times("许可证遗失的，应当在一个月内补办", RULES)
    assert time.date is None and time.within is not None and time.within.after == "许可证遗失"


def test_day_without_year_in_rules_comes_back() -> None:
    (time,) = find_times("评审结果于10月31日前报送", RULES)
    assert time.recurrence == "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=31"


@pytest.mark.parametrize("text", ["今年完成整改", "6月底前报送", "三年内建成", "年底前完成"])
def test_text_without_a_date_has_no_present(text: str) -> None:
    (time,) = find_times(text, UNDATED)
    assert (time.part, time.date, time.rule) == ("open", None, "time.unplaced")
