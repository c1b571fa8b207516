"""Verdicts on a real release: what they change, that they last, and that nothing of them is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.errors import NotFoundError, UsageError
from policygraph.graph.quads import graph_files, unpacked
from policygraph.graph.validate import check_shapes
from policygraph.release.folder import DataFolder
from policygraph.review import By, Review

NATIONAL, SICHUAN = "national-river-2022", "sichuan-river-2023"
LI, WANG, EDITOR = By("li"), By("wang"), By("zhao", role="editor", settles=True)


def link_of(review: Review, lower: str = SICHUAN) -> str:
    """The surest link of a lower document."""
    links = [link for link in review.columns.between("alignments", lower, NATIONAL) if link.relation in ("implements", "partially_implements")]
    return max(links, key=lambda link: link.score).id


def target_of(graph: PolicyGraph, indicator: str, document: str) -> str:
    return next(row.id for row in graph.targets(indicator=indicator, document=document))


def opened(top: Path, **options: bool) -> PolicyGraph:
    return PolicyGraph.open(top / "data", **options)


def test_rejected_link_counts_nowhere_and_stays_on_record(top: Path, review: Review) -> None:
    identifier = link_of(review)
    link = review.record(identifier)[1]
    with opened(top) as before:
        covered = {row.clause: row.status for row in before.coverage(NATIONAL, SICHUAN)}
        known = before.columns.count("alignments")
    assert covered[link.target] in ("implemented", "partly")
    review.judge(identifier, "rejected", by=LI, reason="所述对象不同")
    review.put_into_force()
    with opened(top) as graph:
        assert graph.columns.find("alignments", identifier) is None and graph.columns.count("alignments") == known - 1
        assert identifier not in {row.id for row in graph.links.alignments}
        now = {row.clause: row.status for row in graph.coverage(NATIONAL, SICHUAN)}
        assert now[link.target] == "absent" and now[link.source] == "new"
        assert graph.release.manifest.links["alignments"] == known - 1
        asserted = graph.sparql("SELECT ?l { ?l a <https://w3id.org/policygraph/ontology#ImplementationLink> }")
        assert len(asserted) == known - 1
        query = "SELECT ?a ?b { GRAPH ?g { ?l a pg:Rejected ; pg:verdict 'rejected' ; pg:source ?a ; pg:target ?b } }"
        assert [str(row["a"]).rpartition("/doc/")[2] for row in graph.sparql(f"PREFIX pg: <https://w3id.org/policygraph/ontology#> {query}")] == [link.source]
        implied = f"ASK {{ <https://w3id.org/policygraph/id/doc/{link.source}> <http://data.europa.eu/eli/ontology#ensures_implementation_of> <https://w3id.org/policygraph/id/doc/{link.target}> }}"
        assert graph.sparql(implied)[0]["boolean"] == "false"
        said = graph.judgements(identifier)
        assert [(row["reviewer"], row["judgement"], row["reason"], row["holds"]) for row in said] == [("li", "rejected", "所述对象不同", True)]
        assert not graph.release.damage()
    with opened(top, as_found=True) as alone:
        assert alone.columns.find("alignments", identifier) == link and alone.columns.count("alignments") == known


def test_graph_and_columns_of_a_judged_release_hold_the_same(top: Path, review: Review) -> None:
    with opened(top) as graph:
        target = target_of(graph, "农膜回收率", SICHUAN)
    review.judge(link_of(review), "rejected", by=LI)
    review.judge(link_of(review, "chongqing-river-2023"), "corrected", by=LI, correction={"relation": "partially_implements"})
    review.judge(target, "corrected", by=LI, correction={"value": 86})
    comparison = next(link for link in review.columns.all("target_links") if target not in (link.source, link.target))
    review.judge(comparison.id, "rejected", by=LI)
    review.judge(comparison.source, "rejected", by=LI)
    for kind in ("task", "responsibility", "deadline"):
        review.judge(review.queue(kind=kind)[0].id, "rejected", by=WANG)  # type: ignore[arg-type]
    review.add("task", document=SICHUAN, quote="制定本方案", by=WANG, fields={"verb": "制定", "object": "本方案", "modality": "mandatory"})
    review.judge_agency(SICHUAN, "水利厅", by=WANG, agency="agency-of-nobody")
    review.put_into_force()
    with opened(top) as graph:
        for document in graph.columns.numbers:
            assert graph.reader.document_records(document) == graph.columns.records(document)
        assert graph.reader.links() == graph.columns.links
        assert graph.targets(document=SICHUAN, indicator="农膜回收率")[0].value == 86
        assert {agency for name, _, agency in graph.columns.named_bodies if name == "水利厅"} == {"agency-of-nobody"}
        assert not [warning for warning in graph.release.manifest.warnings if "fault" in warning]
        assert not check_shapes(*(unpacked(path.read_bytes()) for path in graph_files(graph.release.graph)))
        counts = json.loads((graph.release.folder / "manifest.json").read_text("utf-8"))
        assert counts["statements"] == len(graph.sparql("SELECT ?s { GRAPH ?g { ?s ?p ?o } }"))


def test_corrected_target_is_what_answers_compare_and_exports_say(top: Path, review: Review, tmp_path: Path) -> None:
    with opened(top) as graph:
        target = target_of(graph, "城市生活污水集中收集率", SICHUAN)
    review.judge(target, "corrected", by=LI, correction={"deadline": "2024-12-31"}, reason="正文写2024年")
    review.put_into_force()
    with opened(top) as graph:
        row = graph.targets(indicator="城市生活污水集中收集率", region="四川")[0]
        assert (row.deadline, row.verdict, row.value) == ("2024-12-31", "corrected", 72)
        graph.export(tmp_path / "out")
        graph.export(tmp_path / "out", format="turtle")
    rows = [json.loads(line) for line in (tmp_path / "out" / "targets.jsonl").read_text("utf-8").splitlines()]
    assert {(row["deadline"], row["verdict"]) for row in rows if row["id"] == target} == {("2024-12-31", "corrected")}
    assert '"corrected"' in (tmp_path / "out" / "policygraph.ttl").read_text("utf-8")


def test_rejected_target_takes_its_comparisons_along(top: Path, review: Review) -> None:
    with opened(top) as graph:
        target = target_of(graph, "农膜回收率", SICHUAN)
        assert any(link.source == target for link in graph.links.target_links)
    review.judge(target, "rejected", by=LI)
    review.put_into_force()
    with opened(top) as graph:
        assert not [link for link in graph.links.target_links if target in (link.source, link.target)]
        assert not graph.targets(indicator="农膜回收率", document=SICHUAN)


def test_comparison_is_rejected_and_corrected(top: Path, review: Review) -> None:
    links = review.columns.between("target_links", SICHUAN, NATIONAL)
    by_strictness = {link.strictness: link for link in links}
    review.judge(by_strictness["equal"].id, "rejected", by=LI)
    review.judge(by_strictness["stricter"].id, "corrected", by=LI, correction={"strictness": "not_comparable", "reason": "口径不同"})
    review.put_into_force()
    with opened(top) as graph:
        rows = {row.target: row for row in graph.compare(NATIONAL, SICHUAN)}
        assert rows[by_strictness["stricter"].target].strictness == "not_comparable"
        assert rows[by_strictness["equal"].target].strictness == "absent"


def test_added_link_and_target_are_records_like_any_other(top: Path, review: Review) -> None:
    clauses = [clause for clause in review.columns.of("clauses", SICHUAN) if clause.leaf]
    lower = next(clause for clause in clauses if "测土配方" in clause.text)
    higher = next(clause for clause in review.columns.of("clauses", NATIONAL) if clause.leaf and "农膜回收率" in clause.text)
    review.add_link(lower.id, higher.id, by=LI, relation="partially_implements", reason="均为农业绿色发展")
    review.add("target", document=SICHUAN, quote="建成示范区3个", by=WANG, fields={"indicator": "示范区", "value": 3, "unit": "个", "deadline": "2024-12-31"})
    review.put_into_force()
    with opened(top) as graph:
        found = [row for row in graph.implements(NATIONAL, lower=SICHUAN) if row.source == lower.id and row.target == higher.id]
        assert [(row.method, row.relation) for row in found] == [("reviewer.added/1", "partially_implements")]
        added = [row for row in graph.targets(document=SICHUAN) if row.verdict in ("added", "accepted") and row.value == 3]
        assert [(row.text, row.clause) for row in added] == [("建成示范区3个", lower.id)] or added[0].clause == lower.id
        assert graph.source_text(SICHUAN)[added[0].start : added[0].end] == "建成示范区3个"
        assert {row.clause: row.status for row in graph.coverage(NATIONAL, SICHUAN)}.get(lower.id) != "new"


def test_verdicts_last_when_the_program_finds_nothing_new(again: Callable[[], Review], review: Review, top: Path) -> None:
    identifier = link_of(review)
    review.judge(identifier, "rejected", by=LI)
    first = review.put_into_force().id
    assert again().release.id == review.release.id
    with opened(top) as graph:
        assert graph.release.id == first and graph.columns.find("alignments", identifier) is None


def test_record_is_found_again_where_its_text_moved(again: Callable[[], Review], review: Review, top: Path) -> None:
    identifier = link_of(review)
    with opened(top) as graph:
        target = target_of(graph, "农膜回收率", SICHUAN)
    review.judge(identifier, "rejected", by=LI)
    review.judge(target, "corrected", by=LI, correction={"value": 88})
    path = top / "corpus" / "sichuan-river-2023.txt"
    path.write_text(path.read_text("utf-8").replace("制定本方案。", "结合我省实际，制定本方案。"), "utf-8")
    newer = again()
    assert not newer.unfit()
    assert {fit.moved for fit in newer.fitted.fits} == {True}
    with opened(top) as graph:
        assert graph.targets(indicator="农膜回收率", document=SICHUAN)[0].value == 88
        assert graph.columns.find("alignments", identifier) is None


def test_changed_text_makes_a_verdict_stale_and_says_so(again: Callable[[], Review], review: Review, top: Path) -> None:
    with opened(top) as graph:
        target = target_of(graph, "农膜回收率", SICHUAN)
    review.judge(target, "corrected", by=LI, correction={"value": 88})
    path = top / "corpus" / "sichuan-river-2023.txt"
    path.write_text(path.read_text("utf-8").replace("农膜回收率达到85%以上", "农膜回收率提高到90%"), "utf-8")
    newer = again()
    assert [(each.why, each.verdict.reviewer) for each in newer.unfit()] == [("stale", "li")]
    with opened(top) as graph:
        assert [row.value for row in graph.targets(indicator="农膜回收率", document=SICHUAN)] == [90]
        assert [row["why"] for row in graph.release.judged["unfit"]] == ["stale"]


def test_added_document_and_removed_document(again: Callable[[], Review], review: Review, top: Path) -> None:
    identifier = link_of(review)
    review.judge(identifier, "rejected", by=LI)
    review.judge(link_of(review, "chongqing-river-2023"), "accepted", by=LI)
    text = (top / "corpus" / "chongqing-river-2023.txt").read_text("utf-8")
    (top / "corpus" / "chongqing-river-2023.txt").unlink()
    (top / "corpus" / "guizhou-river-2023.txt").write_text(text.replace("重庆", "贵州").replace("渝", "黔"), "utf-8")
    newer = again()
    assert [each.why for each in newer.unfit()] == ["gone"]
    with opened(top) as graph:
        assert graph.columns.find("alignments", identifier) is None


def test_reviewers_who_disagree_leave_the_record_as_found_until_it_is_settled(top: Path, review: Review) -> None:
    identifier = link_of(review)
    review.judge(identifier, "accepted", by=LI)
    review.judge(identifier, "rejected", by=WANG, reason="并非同一事项")
    review.put_into_force()
    with opened(top) as graph:
        assert graph.columns.find("alignments", identifier).verdict == "disputed"
    assert [(each.id, each.settled) for each in review.disagreements()] == [(identifier, False)]
    assert identifier in {each.id for each in review.queue(reviewer="chen", disputed=True)}
    review.judge(identifier, "accepted", by=EDITOR, reason="同一事项")
    review.put_into_force()
    with opened(top) as graph:
        assert graph.columns.find("alignments", identifier).verdict == "accepted"
    assert [each.settled for each in review.disagreements()] == [True]


def test_word_is_taken_back(top: Path, review: Review) -> None:
    identifier = link_of(review)
    verdict = review.judge(identifier, "rejected", by=LI)
    review.put_into_force()
    with pytest.raises(UsageError, match="word of li"):
        review.withdraw(verdict.id, by=WANG)
    review.withdraw(verdict.id, by=LI)
    assert review.put_into_force().id == review.release.id
    with opened(top) as graph:
        assert graph.columns.find("alignments", identifier) is not None
    assert DataFolder(top / "data").ids() == [review.release.id]


def test_queue_begins_with_the_least_sure_and_leaves_out_what_was_judged(review: Review) -> None:
    rows = review.queue(reviewer="li")
    assert [row.sureness for row in rows] == sorted(row.sureness for row in rows) and len(rows) > 2
    review.judge(rows[0].id, "accepted", by=LI)
    assert rows[0].id not in {row.id for row in review.queue(reviewer="li")}
    assert rows[0].id in {row.id for row in review.queue(reviewer="wang")}
    of_pair = review.queue(document="chongqing-river-2023", higher=NATIONAL)
    assert of_pair and {row.document for row in of_pair} == {"chongqing-river-2023"}
    named = review.queue(agency="生态环境厅")
    assert named and {row.document for row in named} == {SICHUAN}
    assert review.queue(reviewer="li", limit=1).note == f"{len(rows) - 1} wait." and review.queue(reviewer="wang", limit=1).note == f"{len(rows)} wait."
    for kind in ("target", "task", "deadline", "responsibility", "citation", "document", "comparison"):
        found = review.queue(kind=kind, limit=1000)  # type: ignore[arg-type]
        assert found and len({row.id for row in found}) == len(found) == int(found.note.split(" ")[0]), kind
        assert review.queue(kind=kind, limit=1).note == found.note  # type: ignore[arg-type]


def test_what_is_no_record_is_said(review: Review) -> None:
    with pytest.raises(NotFoundError, match="no record 'link-nothing'"):
        review.judge("link-nothing", "accepted", by=LI)
    with pytest.raises(NotFoundError, match="does not say"):
        review.add("target", document=SICHUAN, quote="到2030年碳达峰", by=LI, fields={"indicator": "碳"})
    with pytest.raises(UsageError, match="were not aligned"):
        review.add_link(f"{NATIONAL}/part_1/item_1", f"{SICHUAN}/part_1", by=LI, relation="implements")
    with pytest.raises(UsageError, match="3 times"):
        review.add("target", document=SICHUAN, quote="生态环境厅", by=LI, fields={"indicator": "x"})


def test_release_is_scored_against_what_reviewers_say(review: Review) -> None:
    links = [row.id for row in review.queue(document=SICHUAN, limit=100)]
    review.judge(links[0], "rejected", by=LI)
    for identifier in links[1:]:
        review.judge(identifier, "accepted", by=LI)
    lower = next(clause for clause in review.columns.of("clauses", SICHUAN) if clause.leaf and "测土配方" in clause.text)
    higher = next(clause for clause in review.columns.of("clauses", NATIONAL) if clause.leaf and "农膜回收率" in clause.text)
    review.add_link(lower.id, higher.id, by=LI, relation="partially_implements")
    score = review.evaluate()[0]
    assert (score.kind, score.judged, score.right, score.missed, score.recall) == ("link", len(links), len(links) - 1, 1, None)
    review.read_whole(SICHUAN, by=LI, kind="link", higher=NATIONAL)
    score = review.evaluate()[0]
    right = len(links) - 1
    assert score.recall == pytest.approx(right / (right + 1), abs=1e-4) and score.precision == pytest.approx(right / len(links), abs=1e-4)


def test_two_reviewers_are_compared(review: Review) -> None:
    links = [row.id for row in review.queue(limit=4)]
    for number, identifier in enumerate(links):
        review.judge(identifier, "accepted" if number else "rejected", by=LI)
        review.judge(identifier, "accepted" if number > 1 else "rejected", by=WANG)
    found = review.agreements()[0]
    assert (found.one, found.other, found.both, found.same) == ("li", "wang", len(links), len(links) - 1)
    assert found.kappa is not None and 0 < found.kappa < 1 and found.f1 == pytest.approx(2 * 2 / (3 + 2), abs=1e-4)


def test_what_was_accepted_stays_when_the_program_finds_it_no_more(top: Path, review: Review) -> None:
    """A verdict on a target that another rule had found: no rule of this program does."""
    text = review.release.source_text(SICHUAN)
    start = text.index("建成示范区3个")
    fields = {"indicator": "示范区", "value": 3, "unit": "个", "deadline": "2024-12-31"}
    known = review.prepared_span("target", SICHUAN, (start, start + len("建成示范区3个")), by=LI, fields=fields)
    review.book.add(replace(known, judgement="accepted", correction=None, found=fields))
    review.book.add(replace(known, judgement="rejected", correction=None, found=fields, reviewer="wang", name="示范区|4"))
    assert [each.why for each in review.unfit()] == ["not found"]
    review.put_into_force()
    with opened(top) as graph:
        held = [row for row in graph.targets(document=SICHUAN) if row.value == 3 and row.indicator == "示范区"]
        assert [(row.verdict, row.deadline) for row in held] == [("accepted", "2024-12-31")]


def test_record_that_another_rule_cuts_otherwise_is_the_same(review: Review) -> None:
    target = next(row for row in review.columns.of("targets", SICHUAN) if row.indicator == "农膜回收率")
    known = review.prepared(target.id, "accepted", by=LI)
    longer = replace(known.places[0], start=target.start - 1, words="0" * 16)
    review.book.add(replace(known, places=(longer,)))
    (fit,) = review.fitted.fits
    assert fit.record == target and fit.moved and not review.unfit()


def test_answers_and_metadata_follow(top: Path, review: Review) -> None:
    identifier = link_of(review)
    link = review.record(identifier)[1]
    review.judge(identifier, "accepted", by=LI)
    review.judge(SICHUAN, "corrected", by=LI, correction={"number": "川环发〔2023〕9号", "region": "520000", "issuers": ["四川省生态环境厅", "四川省水利厅"]})
    review.put_into_force()
    with opened(top) as graph:
        document = graph.columns.documents[SICHUAN]
        assert (document.number, document.region, document.issuers, document.verdict) == ("川环发〔2023〕9号", "520000", ("四川省生态环境厅", "四川省水利厅"), "corrected")
        found = graph.implements(NATIONAL, region="贵州")
        assert [row.verdict for row in found if row.source == link.source and row.target == link.target] == ["accepted"]
        answer = graph.ask("贵州哪一条落实清江行动方案第二条？")
        assert not answer.answered or all("verdict" in row or row.get("id") != identifier for row in answer.records)
        assert document.region == "520000" and graph.due(region="贵州")


def test_releases_compare_says_what_verdicts_changed(top: Path, review: Review) -> None:
    from policygraph.release.changes import compare

    identifier = link_of(review)
    review.judge(identifier, "rejected", by=LI)
    judged = review.put_into_force()
    changes = {row.id: row.change for row in compare(review.release, judged)}
    assert changes and any(identifier in name for name in changes)


KILLED = """
import os, sys
from pathlib import Path
from policygraph.release import folder
from policygraph.release.folder import DataFolder
from policygraph.review import Review
from policygraph.settings import Settings
steps = int(sys.argv[2])
def counted(*_):
    global steps
    steps -= 1
    if steps == 0:
        os.kill(os.getpid(), 9)
sys.setprofile(counted)
Review(DataFolder(Path(sys.argv[1])), settings=Settings(encoder="none")).put_into_force()
"""


@pytest.mark.slow
def test_killed_while_putting_into_force_leaves_a_whole_release_in_service(top: Path, review: Review) -> None:
    import subprocess
    import sys

    identifier = link_of(review)
    review.judge(identifier, "rejected", by=LI)
    for steps in (60_000, 100_000, 140_000, 170_000, 190_000):
        subprocess.run([sys.executable, "-c", KILLED, str(top / "data"), str(steps)], check=False)
        with opened(top) as graph:
            assert not graph.release.damage()
            assert (graph.columns.find("alignments", identifier) is None) == bool(graph.release.judged)
    review.put_into_force()
    with opened(top) as graph:
        assert graph.columns.find("alignments", identifier) is None and not graph.release.damage()
