"""Verdicts out and in: W3C annotations, the gold that `benchmarks/evaluate.py` scores by, lines of another file."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest

from policygraph import PolicyGraph
from policygraph.errors import InputError, UsageError
from policygraph.release.folder import DataFolder
from policygraph.review import By, Review, export, take
from policygraph.review.verdict import Verdict
from policygraph.settings import Settings

TOP = Path(__file__).parents[2]
CORPUS, GOLD = TOP / "corpus", TOP / "tests" / "gold"
SETTINGS = Settings(encoder="none", workers=1)
LI, GOLDEN = By("li"), By("gold")
NATIONAL, SICHUAN = "national-yangtze-2022", "sichuan-yangtze-2023"


@pytest.fixture
def corpus(corpus_data: Path, tmp_path: Path) -> Path:
    shutil.copytree(CORPUS, tmp_path / "corpus")
    shutil.copytree(corpus_data, tmp_path / "data", symlinks=True)
    DataFolder(tmp_path / "data").note_corpus(tmp_path / "corpus")
    return tmp_path


@pytest.fixture
def evaluate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("evaluate", TOP / "benchmarks" / "evaluate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scored(evaluate: ModuleType, data: Path, gold: tuple[Path, Path], out: Path, *, as_found: bool) -> dict[str, float]:
    """What the scoring program says of an export: F1, precision, recall of links, and of targets with a figure."""
    with PolicyGraph.open(data, as_found=as_found) as graph:
        graph.export(out)
    names = ("documents", "clauses", "tasks", "targets", "deadlines", "responsibilities", "citations", "alignments", "target_links")
    exported = {name: evaluate.rows(out / f"{name}.jsonl") for name in names}
    lower, national = (evaluate.Gold(folder, CORPUS) for folder in gold)
    misses: dict[str, list[str]] = defaultdict(list)
    links = evaluate.evaluate_alignment(lower, national, exported, misses)
    targets = evaluate.evaluate_document(lower, exported, misses)["targets"]["value"]
    return {"f1": links["f1"], "p": links["p"], "r": links["r"], "targets": targets["f1"]}


@pytest.mark.slow
def test_gold_in_scores_as_the_scoring_program_does_and_out_again(corpus: Path, evaluate: ModuleType) -> None:
    review = Review(DataFolder(corpus / "data"), settings=SETTINGS)
    taken = take(review, GOLD / "sichuan", form="gold", by=GOLDEN, higher=GOLD / "national")
    assert len(taken.verdicts) > 70
    wanted = scored(evaluate, corpus / "data", (GOLD / "sichuan", GOLD / "national"), corpus / "found", as_found=True)

    found = {score.kind: score for score in review.evaluate()}
    assert found["link"].precision == pytest.approx(wanted["p"], abs=0.01)
    assert found["link"].right / (found["link"].right + found["link"].missed) == pytest.approx(wanted["r"], abs=0.01)

    review.put_into_force()
    judged = scored(evaluate, corpus / "data", (GOLD / "sichuan", GOLD / "national"), corpus / "judged", as_found=False)
    assert judged["f1"] >= 0.99 and judged["targets"] >= 0.99 and judged["f1"] > wanted["f1"]

    review.read_whole(SICHUAN, by=GOLDEN, kind="link", higher=NATIONAL)
    export(review, corpus / "gold", form="gold", lower=SICHUAN, higher=NATIONAL)
    review.read_whole(SICHUAN, by=GOLDEN, kind="target")
    export(review, corpus / "gold", form="gold", lower=SICHUAN, higher=NATIONAL)
    ours = (corpus / "gold" / SICHUAN, corpus / "gold" / "national")
    again = scored(evaluate, corpus / "data", ours, corpus / "judged", as_found=False)
    assert again["f1"] >= 0.99 and again["targets"] >= 0.99
    alone = scored(evaluate, corpus / "data", ours, corpus / "found", as_found=True)
    assert alone["f1"] == pytest.approx(wanted["f1"], abs=0.03)

    shutil.rmtree(corpus / "found")
    (corpus / "corpus" / "verdicts.jsonl").unlink()
    back = take(Review(DataFolder(corpus / "data"), settings=SETTINGS), ours[0], form="gold", by=GOLDEN, higher=ours[1])
    assert len(back.verdicts) > 70 and not back.refused


def _changed(folder: Path, file: str, old: str, new: str | None) -> None:
    """Change a line of gold, or leave it out."""
    path = folder / f"{file}.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if old in line)
    lines[at : at + 1] = [] if new is None else [lines[at].replace(old, new, 1)]
    path.write_text("".join(lines), "utf-8")


def test_gold_of_every_kind_of_record_comes_in_and_goes_out(corpus: Path) -> None:
    gold = corpus / "sichuan"
    shutil.copytree(GOLD / "sichuan", gold)
    _changed(gold, "tasks", '"modality": "encouraged"', '"modality": "exploratory"')
    _changed(gold, "deadlines", '"date": "2025-12-31"', '"date": "2024-12-31"')
    _changed(gold, "responsibilities", '"role": "lead"', '"role": "cooperate"')
    _changed(gold, "citations", "长江保护法", None)
    review = Review(DataFolder(corpus / "data"), settings=SETTINGS)
    taken = take(review, gold, form="gold", by=GOLDEN)
    corrected = {verdict.kind: verdict.correction for verdict in taken.verdicts if verdict.judgement == "corrected"}
    assert corrected["task"] == {"modality": "exploratory"}
    assert corrected["deadline"] == {"date": "2024-12-31"}
    assert corrected["responsibility"]["agencies"][0]["role"] == "cooperate"
    assert [verdict.kind for verdict in taken.verdicts if verdict.judgement == "rejected" and verdict.kind == "citation"] == ["citation"]
    accepted = Counter(verdict.kind for verdict in taken.verdicts if verdict.judgement == "accepted")
    rows = {name: len((GOLD / "sichuan" / f"{name}.jsonl").read_text("utf-8").splitlines()) for name in ("tasks", "deadlines", "responsibilities")}
    assert accepted["task"] == rows["tasks"] - 1
    assert accepted["deadline"] == rows["deadlines"] - 1
    assert accepted["responsibility"] == rows["responsibilities"] - 1

    kinds = ("task", "deadline", "responsibility", "citation")
    for kind in kinds:
        review.read_whole(SICHUAN, by=GOLDEN, kind=kind)
    export(review, corpus / "gold", form="gold", lower=SICHUAN, higher=NATIONAL)
    (corpus / "corpus" / "verdicts.jsonl").unlink()
    again = take(Review(DataFolder(corpus / "data"), settings=SETTINGS), corpus / "gold" / SICHUAN, form="gold", by=GOLDEN)

    def said(verdicts: Iterable[Verdict]) -> Counter[tuple[str, str]]:
        return Counter((verdict.kind, verdict.judgement) for verdict in verdicts if verdict.kind in kinds)

    assert said(again.verdicts) == said(taken.verdicts)


def test_annotations_bring_every_verdict_back(review: Review, tmp_path: Path) -> None:
    ids = [row.id for row in review.queue(limit=3)]
    review.judge(ids[0], "rejected", by=LI, reason="所述对象不同")
    review.judge(ids[1], "corrected", by=LI, correction={"relation": "partially_implements"})
    review.add("target", document="sichuan-river-2023", quote="建成示范区3个", by=By("wang"), fields={"indicator": "示范区", "value": 3, "unit": "个"})
    before = review.verdicts.current
    (path,) = export(review, tmp_path / "out" / "verdicts.anno.jsonl", form="annotations")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert {row["@context"] for row in rows} == {"http://www.w3.org/ns/anno.jsonld"} and {row["type"] for row in rows} == {"Annotation"}
    assert [row["motivation"] for row in rows] == ["assessing", "editing", "identifying"]
    assert [len(row["target"]) for row in rows[:2]] == [2, 2]
    for target in rows[0]["target"]:
        position, quotation = target["selector"]
        source = review.release.source_text(target["source"].rpartition("/")[2])
        shown = "".join(source[position["start"] : position["end"]].split())
        assert shown.startswith("".join(quotation["exact"].split())[:20])
    review.book.path.unlink()
    taken = take(review, path, form="annotations", by=LI)
    assert (len(taken.verdicts), taken.known, taken.refused) == (3, 0, ())
    assert review.verdicts.current == before
    assert take(review, path, form="annotations", by=LI).known == 3


def test_annotation_of_another_tool_is_taken_where_it_names_a_record(review: Review, tmp_path: Path) -> None:
    link = review.queue(limit=1)[0].id
    iri = f"https://w3id.org/policygraph/id/link/{link}"
    rows = [
        {"@context": "http://www.w3.org/ns/anno.jsonld", "type": "Annotation", "creator": {"name": "chen"}, "target": iri,
         "body": [{"type": "TextualBody", "purpose": "tagging", "value": "否定"}, {"type": "TextualBody", "purpose": "commenting", "value": "对象不同"}]},
        {"type": "Annotation", "target": "https://example.org/page", "body": {"type": "TextualBody", "purpose": "tagging", "value": "accepted"}},
        {"type": "Annotation", "target": iri, "body": {"type": "TextualBody", "purpose": "tagging", "value": "interesting"}},
        {"type": "Annotation", "target": iri.replace(link, "link-000000000000"), "body": {"type": "TextualBody", "purpose": "tagging", "value": "accepted"}},
        {"type": "Annotation", "target": iri, "creator": {"name": "no name at all"}, "body": {"type": "TextualBody", "purpose": "tagging", "value": "accepted"}},
        "nothing",
    ]  # fmt: skip
    (tmp_path / "in.json").write_text(json.dumps({"type": "AnnotationPage", "items": rows[:4] + rows[5:]}, ensure_ascii=False), "utf-8")
    taken = take(review, tmp_path / "in.json", form="annotations", by=LI)
    assert [(v.reviewer, v.judgement, v.reason, v.record) for v in taken.verdicts] == [("chen", "rejected", "对象不同", link)]
    assert [reason.split(":")[0] for reason in taken.refused] == [f"annotation {n}" for n in (2, 3, 4, 5)]
    (tmp_path / "in.jsonl").write_text(json.dumps(rows[4], ensure_ascii=False) + "\n{\n", "utf-8")
    taken = take(review, tmp_path / "in.jsonl", form="annotations", by=LI)
    assert not taken.verdicts and ["no name of a reviewer" in taken.refused[0], "no JSON" in taken.refused[1]] == [True, True]


def test_lines_of_another_file_are_taken_as_they_are(review: Review, tmp_path: Path) -> None:
    link = review.queue(limit=1)[0].id
    theirs = review.judge(link, "rejected", by=By("wang"))
    (path,) = export(review, tmp_path / "theirs.jsonl", form="jsonl")
    review.book.path.unlink()
    review.judge(link, "accepted", by=LI)
    with path.open("a", encoding="utf-8") as file:
        file.write("{\n")
    taken = take(review, path, form="jsonl", by=LI)
    assert [verdict.id for verdict in taken.verdicts] == [theirs.id] and len(taken.refused) == 1
    assert [each.settled for each in review.disagreements()] == [False]


def test_what_is_no_gold_is_said(review: Review, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder of gold"):
        take(review, tmp_path, form="gold", by=LI)
    with pytest.raises(InputError, match="not in the release"):
        take(review, GOLD / "sichuan", form="gold", by=LI)
    with pytest.raises(UsageError, match="--lower"):
        export(review, tmp_path / "x", form="gold")
    with pytest.raises(UsageError, match="no format"):
        export(review, tmp_path / "x", form="xml")
