"""A national and a Sichuan text, and their records made by hand: every field of every record is used somewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policygraph.model import (
    AgencyRole,
    Alignment,
    Candidate,
    Citation,
    Clause,
    Coverage,
    Deadline,
    Document,
    DocumentRecords,
    Finding,
    Links,
    Match,
    Responsibility,
    Shift,
    Target,
    TargetLink,
    Task,
    TaskAgent,
    Term,
)
from policygraph.read import clean

NATIONAL_TEXT = (
    "深入打好长江保护修复攻坚战行动方案\n\n"
    "（十）深入推进农业绿色发展和农村污染治理。\n"
    "推进农业面源污染防治。到2025年，农膜回收率达到85%以上。鼓励有条件的地区先行先试。（农业农村部牵头，生态环境部参与）\n"
    "加强船舶污染防治。推进港口岸电设施建设，到2023年年底前\n\n— 10 —\n\n完成重点港口改造。（交通运输部负责）\n"
)
SICHUAN_TEXT = (
    "四川省打好长江保护修复攻坚战实施方案\n\n"
    "为贯彻落实《深入打好长江保护修复攻坚战行动方案》（环水体〔2022〕55号）和长江保护法，制定本方案。\n"
    "强化农业面源污染防治。到2025年，农膜回收率达85%，干流水质稳定保持Ⅱ类。开展岷江、沱江流域示范。"
    "〔农业农村厅牵头，生态环境厅、省发展改革委配合〕\n"
    "建设赤水河流域数字平台。县级城市建成区黑臭水体基本消除。\n"
)


@dataclass(frozen=True)
class Sample:
    """A text and finders of spans in it."""

    text: str

    def at(self, quote: str) -> dict[str, Any]:
        """Offsets and text of a quote; the quote is as the source has it."""
        start = self.text.index(quote)
        return {"start": start, "end": start + len(quote), "text": clean(quote)}


NATIONAL, SICHUAN = Sample(NATIONAL_TEXT), Sample(SICHUAN_TEXT)


def _clause(sample: Sample, identifier: str, quote: str, order: int, **fields: Any) -> Clause:
    values: dict[str, Any] = {"parent": None, "kind": "measure", "type": "led", "number": None, "heading": None, "lead": None}
    document = identifier.partition("/")[0]
    return Clause(
        id=identifier, document=document, order=order, by="segment.led/1", **{"leaf": True, **values, **sample.at(quote), **fields}
    )


def _lines(text: str) -> list[str]:
    return text.splitlines()


_N = "national-yangtze-2022"
_S = "sichuan-yangtze-2023"
FILM = f"{_N}/item_10/para_1"
PORT = f"{_N}/item_10/para_2"
FARM = f"{_S}/item_1/led_1"
PLATFORM = f"{_S}/item_1/led_2"

_port = NATIONAL_TEXT[NATIONAL_TEXT.index("加强船舶") :].rstrip("\n")

NATIONAL_RECORDS = DocumentRecords(
    document=Document(
        id=_N, source="national-yangtze-2022.md", title="深入打好长江保护修复攻坚战行动方案", number="环水体〔2022〕55号",
        issuers=("生态环境部", "国家发展改革委"), region="000000", level="national", date="2022-08-31", sha256="a" * 64,
        characters=len(NATIONAL_TEXT), addressees=("各省人民政府",), end=len(NATIONAL_TEXT), url="https://example.org/n",
    ),
    clauses=(
        _clause(NATIONAL, f"{_N}/front", "深入打好长江保护修复攻坚战行动方案", 0, kind="front", type="front"),
        _clause(NATIONAL, f"{_N}/item_10", "（十）深入推进农业绿色发展和农村污染治理。", 1, kind="heading", type="item",
                number="（十）", heading="深入推进农业绿色发展和农村污染治理", leaf=False),
        _clause(NATIONAL, FILM, _lines(NATIONAL_TEXT)[3], 2, parent=f"{_N}/item_10", type="paragraph", lead="推进农业面源污染防治"),
        _clause(NATIONAL, PORT, _port, 3, parent=f"{_N}/item_10", type="paragraph", lead="加强船舶污染防治"),
    ),
    tasks=(
        Task(id=f"{PORT}/task_1", document=_N, clause=PORT, verb="推进", object="港口岸电设施建设", modality="mandatory",
             by="task/1", **NATIONAL.at("推进港口岸电设施建设")),
        Task(id=f"{FILM}/task_1", document=_N, clause=FILM, verb="先行先试", object="", modality="encouraged",
             hedge="鼓励", by="task/1", **NATIONAL.at("鼓励有条件的地区先行先试")),
    ),
    targets=(
        Target(id=f"{FILM}/target_1", document=_N, clause=FILM, indicator="农膜回收率", comparator=">=", value=85, unit="%",
               deadline="2025-12-31", concept="agricultural-film-recovery", by="target.value/1",
               **NATIONAL.at("农膜回收率达到85%以上")),
    ),
    deadlines=(
        Deadline(id=f"{FILM}/deadline_1", document=_N, clause=FILM, date="2025-12-31", action="农膜回收率达到85%以上",
                 by="deadline.year/1", **NATIONAL.at("到2025年")),
        Deadline(id=f"{PORT}/deadline_1", document=_N, clause=PORT, date="2023-12-31", action="完成重点港口改造",
                 by="deadline.until/1", **NATIONAL.at("到2023年年底前")),
    ),
    responsibilities=(
        Responsibility(id=f"{FILM}/note_1", document=_N, clause=FILM, by="note/1", agencies=(
            AgencyRole(name="农业农村部", agency="000000/agriculture-rural", role="lead"),
            AgencyRole(name="生态环境部", agency="000000/ecology-environment", role="participate"),
        ), **NATIONAL.at("（农业农村部牵头，生态环境部参与）")),
        Responsibility(id=f"{PORT}/note_1", document=_N, clause=PORT, by="note/1", deadline="2023-12-31", agencies=(
            AgencyRole(name="交通运输部", agency="000000/transport", role="responsible"),
        ), **NATIONAL.at("（交通运输部负责）")),
    ),
    findings=(
        Finding(id=f"{FILM}/finding_1", document=_N, clause=FILM, kind="date", reason="no rule", **NATIONAL.at("先行先试")),
    ),
)  # fmt: skip

SICHUAN_RECORDS = DocumentRecords(
    document=Document(
        id=_S, source="sichuan-yangtze-2023.txt", title="四川省打好长江保护修复攻坚战实施方案", issuers=("四川省生态环境厅",),
        region="510000", level="provincial", date="2023", effective="2023-06", sha256="b" * 64, encoding="gb18030",
        characters=len(SICHUAN_TEXT), warnings=("no number", "no date"), end=len(SICHUAN_TEXT), ocr=True, part_of=_N,
    ),
    clauses=(
        _clause(SICHUAN, f"{_S}/front", "四川省打好长江保护修复攻坚战实施方案", 0, kind="front", type="front"),
        _clause(SICHUAN, f"{_S}/preamble", _lines(SICHUAN_TEXT)[2], 1, kind="preamble", type="paragraph"),
        _clause(SICHUAN, FARM, _lines(SICHUAN_TEXT)[3], 2, lead="强化农业面源污染防治"),
        _clause(SICHUAN, PLATFORM, _lines(SICHUAN_TEXT)[4], 3, lead="建设赤水河流域数字平台"),
    ),
    tasks=(
        Task(id=f"{FARM}/task_1", document=_S, clause=FARM, verb="开展", object="岷江、沱江流域示范", modality="mandatory",
             places=("岷江", "沱江"), has_target=True, by="task/1", **SICHUAN.at("开展岷江、沱江流域示范"),
             agents=(TaskAgent(name="生态环境厅", agency="510000/ecology-environment", role="lead", start=3, end=8),
                     TaskAgent(name="市级有关部门", agency=None, role="cooperate", start=3, end=8, inherited=True))),
        Task(id=f"{PLATFORM}/task_1", document=_S, clause=PLATFORM, verb="建设", object="数字平台", modality="exploratory",
             places=("赤水河",), by="task/1", **SICHUAN.at("建设赤水河流域数字平台")),
    ),
    targets=(
        Target(id=f"{FARM}/target_1", document=_S, clause=FARM, indicator="农膜回收率", comparator="=", value=85.5, unit="%",
               relative="increase", baseline="2020", deadline="2025-12-31", area="岷江", hedge="力争",
               by="target.value/1", **SICHUAN.at("农膜回收率达85%")),
        Target(id=f"{FARM}/target_2", document=_S, clause=FARM, indicator="干流水质", comparator="=", value="Ⅱ", unit="类",
               deadline="2025-12-31", deadline_inherited=True, alternative_to=f"{FARM}/target_1", by="target.class/1",
               **SICHUAN.at("干流水质稳定保持Ⅱ类")),
        Target(id=f"{PLATFORM}/target_1", document=_S, clause=PLATFORM, indicator="黑臭水体", state="基本消除",
               by="target.state/1", **SICHUAN.at("县级城市建成区黑臭水体基本消除")),
    ),
    deadlines=(
        Deadline(id=f"{FARM}/deadline_1", document=_S, clause=FARM, date="2025-12-31", earliest="2021-01-01",
                 granularity="period", by="deadline.period/1", **SICHUAN.at("到2025年")),
        Deadline(id=f"{FARM}/deadline_2", document=_S, clause=FARM, earliest="2023-01-01", recurrence="FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25",
                 granularity="day", by="deadline.every/1", **SICHUAN.at("2025年")),
        Deadline(id=f"{FARM}/deadline_3", document=_S, clause=FARM, granularity="day", by="deadline.within/1",
                 within=Term(amount=20, unit="day", working=True, after="受理"), **SICHUAN.at("2025年")),
    ),
    responsibilities=(
        Responsibility(id=f"{FARM}/note_1", document=_S, clause=FARM, by="note/1", agencies=(
            AgencyRole(name="农业农村厅", agency="510000/agriculture-rural", role="lead"),
            AgencyRole(name="生态环境厅", agency="510000/ecology-environment", role="cooperate"),
            AgencyRole(name="省发展改革委", agency=None, role="cooperate", inherited=True),
        ), **SICHUAN.at("〔农业农村厅牵头，生态环境厅、省发展改革委配合〕")),
    ),
    citations=(
        Citation(id=f"{_S}/preamble/citation_1", document=_S, clause=f"{_S}/preamble", title="深入打好长江保护修复攻坚战行动方案",
                 number="环水体〔2022〕55号", target=_N, basis=True, by="citation.marks/1",
                 **SICHUAN.at("《深入打好长江保护修复攻坚战行动方案》（环水体〔2022〕55号）")),
        Citation(id=f"{_S}/preamble/citation_2", document=_S, clause=f"{_S}/preamble", title="长江保护法",
                 instrument="长江保护法", by="citation.law/1", **SICHUAN.at("长江保护法")),
    ),
)  # fmt: skip


def _sides(lower: str, higher: str) -> dict[str, Any]:
    a, b = SICHUAN.at(lower), NATIONAL.at(higher)
    return {
        "source_start": a["start"], "source_end": a["end"], "target_start": b["start"], "target_end": b["end"],
        "source_text": a["text"], "target_text": b["text"],
    }  # fmt: skip


LINKS = Links(
    alignments=(
        Alignment(
            id="link-000000000001", source=FARM, target=FILM, relation="implements", score=0.93, method="demands/1",
            verbatim=0.25, demands=3, answered=2,
            evidence=(
                Match(kind="target", weight=0.75, **_sides("农膜回收率达85%", "农膜回收率达到85%以上")),
                Match(kind="wording", weight=0.5, **_sides("农业面源污染防治", "农业面源污染防治")),
            ),
            beaten=(Candidate(clause=PORT, score=0.12, reason="no demand in common"),),
            shifts=(Shift(kind="modality", direction="harder", **_sides("开展岷江、沱江流域示范", "鼓励有条件的地区先行先试")),),
        ),
        Alignment(
            id="link-000000000002", source=PLATFORM, target=FILM, relation="related", score=0.31, method="demands/1",
            verbatim=0.0, evidence=(Match(kind="topic", weight=0.1, **_sides("赤水河流域", "地区")),),
        ),
    ),
    target_links=(
        TargetLink(
            id="tlink-000000000001", source=f"{FARM}/target_1", target=f"{FILM}/target_1", strictness="looser",
            timing="equal", scope="same", reason="= 85 against >= 85", score=1.0, method="indicator/1",
        ),
    ),
    coverage=(
        Coverage(id="coverage-000000000001", subject=FILM, document=_S, status="implemented"),
        Coverage(id="coverage-000000000002", subject=PORT, document=_S, status="absent", nearest=(
            Candidate(clause=FARM, score=0.2, reason="other subject"), Candidate(clause=PLATFORM, score=0.1),
        )),
        Coverage(id="coverage-000000000003", subject=PLATFORM, document=_S, status="new"),
        Coverage(id="coverage-000000000004", subject=FILM, document=_S, status="dropped", nearest=(
            Candidate(clause=FILM, score=0.1, reason="no demand of the lower document answers it", text="鼓励有条件的地区先行先试"),
        )),
        Coverage(id="coverage-000000000005", subject=FARM, document=_N, status="added", nearest=(
            Candidate(clause=FARM, score=0.05, reason="it answers no demand of the higher document", text="开展岷江、沱江流域示范"),
        )),
    ),
)  # fmt: skip

RECORDS = (NATIONAL_RECORDS, SICHUAN_RECORDS)
SOURCES = {_N: NATIONAL_TEXT, _S: SICHUAN_TEXT}
