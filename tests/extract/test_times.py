"""The time grammar, row by row: what is said in a document of a year, what it means, and why."""

from __future__ import annotations

from datetime import date

import pytest

from policygraph.extract.days import months_before
from policygraph.extract.lexicon import lexicon
from policygraph.extract.present import Now, now_of
from policygraph.extract.times import find_times
from policygraph.model import Document

ISSUED_2022 = Now(2022, date(2022, 8, 31))

DUE = [
    ("到2025年年底，县级城市建成区黑臭水体基本消除。", [("2025-12-31", "year")], "年年底"),
    ("2025年底前全面建立生态流量水量监测预警体系", [("2025-12-31", "year")], "底前"),
    ("2023年6月底前完成规划修编", [("2023-06-30", "month")], "a month's end"),
    ("到2024年2月底，完成整改", [("2024-02-29", "month")], "a leap year"),
    ("确保工业领域二氧化碳排放在2030年前达峰。", [("2029-12-31", "year")], "a bare 前 is before the year begins"),
    ("2025年1月1日前实现全覆盖", [("2024-12-31", "day")], "before the first day"),
    ("2023年12月31日前报送总结", [("2023-12-31", "day")], "by that day"),
    ("“十四五”期间，新建、扩建生活垃圾焚烧处理设施16座", [("2025-12-31", "period")], "a plan period"),
    ("到“十五五”末，基本建成现代化产业体系", [("2030-12-31", "year")], "the end of a plan period"),
    ("2022—2023年，完成全部改造任务", [("2023-12-31", "period")], "a span of years"),
    ("2025年，全省至少45%的县（市、区）建成达标县", [("2025-12-31", "year")], "a bare year at the head governs"),
    ("大宗工业固废综合利用率达到57%，2030年进一步提升至62%", [("2030-12-31", "year")], "a bare year with a predicate"),
    ("在2023年和2026年，开展规划执行情况评估", [("2023-12-31", "year"), ("2026-12-31", "year")], "two years joined"),
    ("在2023年、2025年底，分别进行评估", [("2023-12-31", "year"), ("2025-12-31", "year")], "two years joined by 、"),
    ("二〇二五年底前建成投用", [("2025-12-31", "year")], "Chinese digits"),
    ("到本世纪中叶，全面建成美丽中国", [("2050-12-31", "period")], "the middle of the century"),
    ("2024年上半年完成招标", [("2024-06-30", "half")], "half a year"),
    ("2024年一季度出台实施细则", [("2024-03-31", "quarter")], "a quarter"),
    ("年底前出台全省优化调整运输结构工作方案", [("2022-12-31", "year")], "the document's year"),
    ("年内新增绿色建筑1亿平方米。", [("2022-12-31", "year")], "the document's year"),
    ("12月底前，出台节能降碳技术改造实施方案", [("2022-12-31", "month")], "a month of the document's year"),
    ("3月底前，出台方案", [("2023-03-31", "month")], "a month that is over when the document is issued: the next one"),
    ("2024年3月底前完成排查，6月底前完成整改", [("2024-03-31", "month"), ("2024-06-30", "month")], "the year stays"),
    ("（责任部门：气候处，完成期限：2023年6月）", [("2023-06-30", "month")], "a label makes a bare month due"),
    ("自查阶段：5至9月份，组织自查", [("2022-09-30", "month")], "the months of a stage"),
    ("督导阶段：10至11月中旬，组织抽查", [("2022-11-20", "month")], "a stage that ends within a month"),
    ("部署阶段：10月份，制定方案", [("2022-10-31", "month")], "the month of a stage"),
    ("力争用三年时间，基本消除安全隐患", [("2025-08-31", "period")], "counted from the day of issue"),
    ("第二阶段（2023年7月至2024年12月），集中整治", [("2024-12-31", "period")], "a stage"),
    ("2023年第四季度前完成验收", [("2023-12-31", "quarter")], "a quarter with 前 is by its end, as with 末前"),
    (
        "2023年10月底前，完成评估；12月底前，完成整改",
        [("2023-10-31", "month"), ("2023-12-31", "month")],
        "the month's year stays over ；",
    ),
    (
        "到2025年，基本建成体系，6月底前出台细则",
        [("2025-12-31", "year"), ("2023-06-30", "month")],
        "a far year is not the month's",
    ),
    ("接入比例2025年不低于80%、2027年实现全部接入", [("2025-12-31", "year"), ("2027-12-31", "year")], "a second year joined by 、"),
    ("三季度前完成审批", [("2022-09-30", "quarter")], "a quarter with 前 is by its end"),
    ("项目申报时间为2022年11月23日9:00至2022年12月23日17:00", [("2022-12-23", "period")], "while something is to be handed in"),
    ("11月10日—11月20日开展现场核查", [("2022-11-20", "period")], "from day to day without a year"),
    ("2022年10月26日至12月10日，提交申请表", [("2022-12-10", "period")], "the year is said once"),
    ("2022年12月15日11点前完成清缴", [("2022-12-15", "day")], "an hour after the day"),
    ("申报截止时间：2022年11月15日(星期一)下班前", [("2022-11-15", "day")], "a day of the week in brackets"),
    ("六月三十日前完成排查", [("2023-06-30", "day")], "Chinese numerals"),
    ("2023年6月15号前报送", [("2023-06-15", "day")], "号"),
    ("2025.6.30前建成，2025/10/31前投用", [("2025-06-30", "day"), ("2025-10-31", "day")], "figures alone"),
    ("截止日期：2022-10-15", [("2022-10-15", "day")], "figures after a label"),
    ("今年上半年完成招标，明年三季度前建成", [("2022-06-30", "half"), ("2023-09-30", "quarter")], "the document's own year and the next"),
    ("2024年年中前完成主体工程", [("2024-06-30", "half")], "the middle of a year"),
    ("半年内建成湿地", [("2023-02-28", "period")], "half a year from the day of issue"),
    ("经过五年努力，空气质量总体改善", [("2026-12-31", "period")], "this year is the first of the five"),
    ("2023年春节前完成清欠，2024年中秋节前开放", [("2023-01-21", "day"), ("2024-09-16", "day")], "feasts by the moon"),
    ("甲县2024年、乙县2025年完成创建", [("2024-12-31", "year"), ("2025-12-31", "year")], "a list of those who get there"),
    ("准备阶段（2022年9月）", [("2022-09-30", "month")], "the month of a stage in brackets"),
    ("力争2030年左右达峰", [("2030-12-31", "year")], "about that year"),
    ("“十四五”水利发展的总体目标是：供水保障能力提升", [("2025-12-31", "period")], "a plan whose goals follow"),
    ("展望2035年，绿色生产生活方式广泛形成", [("2035-12-31", "year")], "an outlook"),
]

NOT_DUE = [
    ("淘汰2005年底前注册营运的黄标车", "the year tells which"),
    ("数字经济规模达到2020年的1.5倍", "a year whose value is multiplied"),
    ("规划期自2021年至2025年，远景展望至2035年。", "how far a plan looks"),
    ("项目网上填报起始时间为2023年7月4日9:00", "when something begins"),
    ("禁渔期为3月1日至6月30日", "how long something holds"),
    ("自2021年1月1日至2022年12月31日，对新能源汽车免征车辆购置税", "how long something holds"),
    ("2023年春节前后集中开展检查", "around a feast"),
    ("做好国庆前期准备和春耕前期备耕", "what is done early on"),
    ("城市生活污水集中收集率比2020年提高5个百分点以上", "a baseline"),
    ("毛入学率由2020年的54%提高到60%", "what a change starts from"),
    ("本办法自印发之日起实施，有效期至2025年12月31日。", "how long the document holds"),
    ("以2020年为基准，下降10%", "a baseline"),
    ("2020年，全省优良天数比例为90.7%，较2015年提高5.5个百分点", "a past fact"),
    ("“十三五”期间全省累计完成营造林830万亩", "a plan that is over"),
    ("实施长江生物多样性保护实施方案（2021—2025年）", "the years of a title"),
    ("落实《2030年前碳达峰行动方案》", "a title in marks"),
    ("科学制定2030年前碳达峰行动方案。", "a title without marks"),
    ("深入实施国家节水行动和省“十四五”节水型社会建设规划", "a plan's name"),
    ("确保完成“十四五”节能减排目标任务", "a plan's name"),
    ("本规划是“十四五”期间统筹推进生态环境保护工作的重要依据。", "spoken about"),
    ("“十四五”时期是我国开启全面建设社会主义现代化国家新征程的第一个五年。", "spoken about"),
    ("“十四五”时期，碳达峰任务艰巨，污染治理将进入深水区。", "a forecast of difficulties"),
    ("将“十四五”时期新增的可再生能源电力消费量予以扣除", "a qualifier"),
    ("2023年起，执行特别排放限值", "a beginning"),
    ("本方案自2023年7月1日起实施。", "a beginning"),
    ("每年4月底前将上一年度工作总结报送省节能办", "every year"),
    ("严格实施十年禁渔", "a length of time in a name"),
    ("停用时间超过3年的尾矿库", "a length of time that describes"),
    ("将碳达峰相关内容纳入2023年度环境监察培训", "a year that names"),
    ("实施2023年空气质量达标冲刺、2025年空气质量达标攻坚等重点项目", "years in names of projects"),
    ("企业每三年开展一次土壤污染隐患排查", "every three years"),
    ("应当自收到申请之日起三个月内答复", "counted from an event"),
    ("推广“2025年目标”宣传语", "quoted words"),
    ("截至2022年底，全市共有污水处理厂35座", "a count of what is there"),
    ("从2024年1月1日起，新建建筑全部执行新标准", "a beginning with a day"),
    ("实现2035年美丽四川建设目标", "a year that names a goal"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), DUE)
def test_due(text: str, expected: list[tuple[str, str]], reason: str) -> None:
    found = [(t.date, t.granularity) for t in find_times(text, ISSUED_2022) if t.part == "due"]
    assert found == expected, reason


@pytest.mark.parametrize(("text", "reason"), NOT_DUE)
def test_not_due(text: str, reason: str) -> None:
    assert [t for t in find_times(text, ISSUED_2022) if t.part in ("due", "advance")] == [], reason


@pytest.mark.parametrize("limit", ["前", "之前", "来临前", "到来之前"])
@pytest.mark.parametrize("name", [*lexicon("periods")["feasts"], *lexicon("periods")["seasons"]])
def test_before_a_feast_or_a_season_where_no_other_time_is_near(name: str, limit: str) -> None:
    (time,) = find_times(f"在{name}{limit}完成问题整改", ISSUED_2022)
    feast = name in lexicon("periods")["feasts"]
    assert (time.part, time.date is not None, time.rule) == (("due", True, "time.feast") if feast else ("open", False, "time.season"))


def test_period_has_its_first_day() -> None:
    (time,) = find_times("“十四五”期间，新建污泥处置点15座", ISSUED_2022)
    assert (time.earliest, time.date) == ("2021-01-01", "2025-12-31")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2025-12-31", 12, "2024-12-31"),
        ("2025-06-30", 6, "2024-12-31"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2025-03-15", 1, "2025-02-15"),
    ],
)
def test_months_before(day: str, months: int, expected: str) -> None:
    assert months_before(day, months) == expected


@pytest.mark.parametrize(
    ("title", "number", "dated", "expected"),
    [
        ("山东省绿色低碳转型2022年行动计划", None, "2021-12-20", 2022),
        ("四川省行动计划（2022—2023年）", None, "2021-12-23", 2021),
        ("四川省“十四五”生态环境保护规划", None, None, 2021),
        ("某方案", "环水体〔2022〕55号", None, 2022),
        ("某方案", None, None, None),
    ],
)
def test_now_of(title: str, number: str | None, dated: str | None, expected: int | None) -> None:
    assert now_of(Document(id="d", source="d.txt", title=title, number=number, date=dated)).year == expected
