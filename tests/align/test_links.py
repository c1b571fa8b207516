"""Links, coverage and pairs on the action plans of the corpus."""

from __future__ import annotations

import re

import pytest

from policygraph.align import align_pair, plan_pairs, report
from policygraph.align.library import Library
from policygraph.align.terms import telling
from policygraph.align.unanswered import TELLS
from policygraph.encode.encoder import E5Encoder
from policygraph.errors import NotFoundError, UsageError
from policygraph.model import Clause, Document, DocumentRecords, Links
from policygraph.read import clean

NATIONAL, SICHUAN, CHONGQING = "national-yangtze-2022", "sichuan-yangtze-2023", "chongqing-yangtze-2023"


def lead(library: Library, clause: str) -> str:
    return library.label(library.clauses[clause]).partition("》")[2]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (6, {"深化黑臭水体治理", "推进污水收集管网排查整治", "加强垃圾收集分类处置"}),  # one item, three clauses
        (10, {"深入推进入河排污口排查整治"}),
        (14, {"深入推进尾矿库污染治理"}),
        (18, {"扎实推进水生生物多样性保护", "稳步开展长江流域水生态考核"}),  # a partial link beside the full one
        (27, {"切实保障基本生态流量（水位）"}),
    ],
)
def test_item_is_implemented_by_these_sichuan_clauses(library: Library, item: int, expected: set[str]) -> None:
    links = library.implementing(library.item(NATIONAL, item), documents=[SICHUAN])
    assert {library.clauses[link.source].lead for link in links} == expected


@pytest.mark.parametrize("item", [12, 15])  # manganese, plastics: Sichuan says nothing of them
def test_item_is_absent_when_no_clause_takes_it_up(library: Library, item: int) -> None:
    wanted = {clause.id for clause in library.item(NATIONAL, item)}
    records = [c for c in library.coverage(NATIONAL, SICHUAN) if c.subject in wanted]
    assert [record.status for record in records] == ["absent"] * len(wanted)
    assert all(record.nearest and record.nearest[0].reason for record in records)


def test_new_clause_is_said(library: Library) -> None:
    new = [c.subject for c in library.coverage(NATIONAL, SICHUAN) if c.status == "new"]
    assert "严肃考核问责" in {library.clauses[name].lead for name in new}


def test_every_span_of_evidence_reads_as_its_text(
    library: Library, actions: tuple[list[DocumentRecords], dict[str, str]]
) -> None:
    texts = actions[1]
    matches = [(link, match) for link in library.links.alignments for match in link.evidence]
    assert matches
    for link, match in matches:
        source, target = library.clauses[link.source].document, library.clauses[link.target].document
        assert clean(texts[source][match.source_start : match.source_end]) == match.source_text
        assert clean(texts[target][match.target_start : match.target_end]) == match.target_text


def test_scores_and_ids_are_stable_and_bounded(library: Library) -> None:
    links = library.links.alignments
    assert len({link.id for link in links}) == len(links)
    assert all(0 <= link.score <= 1 and 0 <= link.verbatim <= 1 for link in links)
    assert all(re.fullmatch(r"link-[0-9a-f]{12}", link.id) for link in links)
    for link in links:
        assert all(candidate.score <= link.score for candidate in link.beaten)


@pytest.mark.slow
def test_a_pair_by_itself_gives_the_same_links(
    actions: tuple[list[DocumentRecords], dict[str, str]], library: Library, encoder: E5Encoder
) -> None:
    by_id = {entry.document.id: entry for entry in actions[0]}
    again = align_pair(by_id[NATIONAL], by_id[SICHUAN], texts=actions[1], encoder=encoder)
    first = [a for a in library.links.alignments if library.clauses[a.source].document == SICHUAN]
    assert sorted(again.alignments, key=lambda link: link.id) == first


def test_older_document_corresponds_and_never_implements(
    actions: tuple[list[DocumentRecords], dict[str, str]],
) -> None:
    by_id = {entry.document.id: entry for entry in actions[0]}
    links = align_pair(by_id[NATIONAL], by_id[SICHUAN], texts=actions[1], older=True)
    assert {link.relation for link in links.alignments} <= {"corresponds", "related"}


def test_siblings_meet_through_the_national_clause(library: Library) -> None:
    (clause,) = [c for c in library.of[SICHUAN].clauses if c.lead == "深入推进入河排污口排查整治"]
    best = library.siblings(clause.id)[0]
    assert library.clauses[best.target].document == CHONGQING
    assert "排污口" in library.clauses[best.target].text


def test_pairs_follow_bases(actions: tuple[list[DocumentRecords], dict[str, str]]) -> None:
    pairs = plan_pairs(actions[0])
    assert {(pair.lower, pair.higher, pair.older) for pair in pairs} == {
        (SICHUAN, NATIONAL, False),
        (CHONGQING, NATIONAL, False),
        (CHONGQING, SICHUAN, False),
    }
    assert [pair.reason for pair in pairs if pair.siblings] == ["sibling"]
    assert plan_pairs(actions[0], forbid=[(SICHUAN, NATIONAL)])[0].lower == CHONGQING
    assert "manifest" in {pair.reason for pair in plan_pairs(actions[0], add=[(CHONGQING, SICHUAN)])}
    with pytest.raises(UsageError, match="no document nowhere"):
        plan_pairs(actions[0], add=[("nowhere", NATIONAL)])


@pytest.mark.parametrize(
    ("date", "older"),
    [("2021-12-23", True), ("2023-03-23", False), (None, True), ("2022", False)],
)
def test_document_is_older_by_date(date: str | None, older: bool) -> None:
    higher = Document(id="h", source="h", title="长江保护修复行动方案", level="national", date="2022-08-31")
    lower = Document(id="l", source="l", title="长江保护修复行动方案", level="provincial", region="510000", date=date)
    (pair,) = plan_pairs([DocumentRecords(document=higher), DocumentRecords(document=lower)])
    assert pair.older is older


def test_empty_document_gives_no_links() -> None:
    empty = DocumentRecords(document=Document(id="a", source="a", title="a"))
    text = "推进岸电设施改造，提高岸电使用量。"
    clause = Clause(
        id="b/1", document="b", parent=None, kind="measure", type="paragraph", number=None, heading=None, lead=None,
        text=text, start=0, end=len(text), order=0, leaf=True, by="test",
    )  # fmt: skip
    full = DocumentRecords(document=Document(id="b", source="b", title="b"), clauses=(clause,))
    assert align_pair(full, empty, texts={"a": "", "b": text}).alignments == ()
    assert align_pair(empty, empty, texts={"a": ""}) == Links()


def test_item_out_of_range_says_how_many(library: Library) -> None:
    with pytest.raises(NotFoundError, match="from 1 to 38"):
        library.item(NATIONAL, 45)


def test_pair_without_relation_says_the_pairs(library: Library) -> None:
    with pytest.raises(NotFoundError, match="not aligned"):
        library.coverage(CHONGQING, SICHUAN)


@pytest.mark.parametrize(
    ("demand", "dropped"),
    [
        ("严禁落后化工产能跨区域转移", True),  # the clause is taken up, this is not
        ("加强涉铊涉锑等污染防治", True),
        ("深化美丽岸线建设", False),  # taken over to the character
    ],
)
def test_demand_that_nothing_answers_is_dropped(library: Library, demand: str, dropped: bool) -> None:
    found = [record for record in library.coverage(NATIONAL, SICHUAN) if record.status == "dropped"]
    said = [near.text or "" for record in found for near in record.nearest]
    assert any(demand in text for text in said) is dropped
    taken = {r.subject for r in library.coverage(NATIONAL, SICHUAN) if r.status in ("implemented", "partly")}
    assert {record.subject for record in found} <= taken


def test_link_says_how_sure_it_is_and_what_is_left_out(library: Library) -> None:
    rows = report.implements(library, NATIONAL, region="四川")
    assert {row.sureness for row in rows} <= {"high", "medium", "low"}
    (left,) = {row.left_out for row in rows if any("跨区域转移" in demand for demand in row.left_out)}
    assert all(demand in next(row.target_text for row in rows if row.left_out == left) for demand in left)


def test_demands_that_are_targets_are_told_as_targets(library: Library) -> None:
    """整治工作取得阶段性进展 is no dropped demand: Chongqing sets 70% beside it, which the comparison of targets says."""
    unanswered = [record for record in library.links.coverage if record.status in ("dropped", "added")]
    assert {record.status for record in unanswered} == {"dropped", "added"}
    said = {(target.clause, target.text) for entry in library.records for target in entry.targets}
    assert not {(record.subject, record.nearest[0].text) for record in unanswered} & said


#: (lower document, a national demand that it does not answer, whether that is told as left out, why)
LEFT = [
    (SICHUAN, "完善污水垃圾处理收费机制", True, "nothing on fees"),
    (SICHUAN, "加强长江中下游崩岸治理", False, "for provinces downstream"),
    (SICHUAN, "对磷矿、磷肥生产集中的湖北、贵州等省份", False, "for other provinces, and no task without what follows"),
    (SICHUAN, "经国家批准后", False, "a condition"),
    (SICHUAN, "强化固定污染源“一证式”执法监管", False, "全面推行排污许可“一证式”管理"),
    (SICHUAN, "鼓励有条件的省份全域推进“无废城市”建设", False, "15个市“无废城市”建设"),
    (CHONGQING, "启动重庆市、成都市科学绿化试点示范市建设", True, "its own city"),
]


@pytest.mark.parametrize(("lower", "demand", "told", "why"), LEFT)
def test_left_out_is_what_a_reader_would_sign(library: Library, lower: str, demand: str, told: bool, why: str) -> None:
    said = [near.text or "" for r in library.coverage(NATIONAL, lower) if r.status == "dropped" for near in r.nearest]
    assert any(demand in text for text in said) is told, why


def test_left_out_and_added_are_tasks(library: Library) -> None:
    tasks = {(task.clause, task.text) for entry in library.records for task in entry.tasks}
    records = [record for record in library.links.coverage if record.status in ("dropped", "added")]
    assert len(records) > 50
    assert {(record.subject, record.nearest[0].text) for record in records} <= tasks


@pytest.mark.parametrize(("text", "tells"), [("改造老旧管网", True), ("严禁落后化工产能跨区域转移", True), ("形成工作合力", False), ("扩大实施范围", False)])
def test_task_tells_by_itself_what_is_to_be_done(text: str, tells: bool) -> None:
    assert (telling(text) >= TELLS) is tells


def test_neighbours_run_parallel_and_are_read_from_either_side(library: Library) -> None:
    links = [link for link in library.columns.all("alignments") if link.relation == "parallels"]
    assert links
    homes = {(library.clauses[link.source].document, library.clauses[link.target].document) for link in links}
    assert homes == {(CHONGQING, SICHUAN)}
    assert not [r for r in library.links.coverage if r.status == "dropped" and r.subject.startswith((SICHUAN, CHONGQING))]
    best = max(links, key=lambda link: link.score)
    assert best.source in {other for other, _ in library.beside(best.target)}
    assert best.target in {other for other, _ in library.beside(best.source)}
    assert best not in library.up(best.source)  # neither is above the other
    assert best not in library.down(best.target)
    assert (CHONGQING, SICHUAN) not in library.pairs


def test_manifest_pair_of_one_level_runs_parallel(actions: tuple[list[DocumentRecords], dict[str, str]]) -> None:
    pairs = {(pair.lower, pair.higher): pair for pair in plan_pairs(actions[0], add=[(CHONGQING, SICHUAN)])}
    assert pairs[CHONGQING, SICHUAN].siblings
    assert not pairs[CHONGQING, NATIONAL].siblings
