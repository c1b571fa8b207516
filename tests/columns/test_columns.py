"""Records in columns: what went in comes out, and what the graph holds; questions read what they need."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.align.library import Library
from policygraph.columns import Columns, Part, columns_of, write_columns
from policygraph.columns.grams import Grams, GramsWriter
from policygraph.columns.layout import OF_DOCUMENT, OF_PAIR
from policygraph.columns.writing import searched
from policygraph.model import (
    AgencyRole,
    Clause,
    Coverage,
    Document,
    DocumentRecords,
    Links,
    Responsibility,
    Target,
    Task,
    TaskAgent,
)
from policygraph.table import Table

TEXT = "到2025年，城市污水处理率达到98%以上。"
DOCUMENT = Document(
    id="省-2023", source="省.txt", title="清江保护方案", level="provincial", sha256="0", encoding="utf-8", media_type="text/plain",
    characters=23, end=23,
)  # fmt: skip
CLAUSE = Clause(
    id="省-2023/item_1/para_1", document="省-2023", parent="省-2023/item_1", kind="measure", type="para", number=None, heading=None, lead="加强ＰＶＣ管理。",
    text=TEXT, order=1, leaf=True, start=0, end=23, by="segment/1",
)  # fmt: skip
TARGET = Target(
    id="省-2023/item_1/para_1/target_1", document="省-2023", clause=CLAUSE.id, text=TEXT, indicator="城市污水处理率", value=98, unit="%",
    start=0, end=23, by="target/1",
)  # fmt: skip


def columns(*records: DocumentRecords) -> Columns:
    return columns_of(records, Links())


def test_records_are_those_of_the_graph(small_data: Path) -> None:
    with PolicyGraph.open(small_data) as graph:
        assert len(graph.records) == len(graph.release.manifest.documents)
        for document, records in graph.records.items():
            assert records == graph.reader.document_records(document)
        assert graph.links.alignments and graph.links.target_links
        assert graph.links == graph.reader.links()


@pytest.mark.parametrize("damage", ["other columns", "cut off", "absent"])
def test_columns_that_cannot_be_read_are_made_from_the_graph(small_data: Path, tmp_path: Path, damage: str) -> None:
    built = tmp_path / "data"
    shutil.copytree(small_data, built, symlinks=True)
    with PolicyGraph.open(built) as graph:
        folder, records, links = graph.release.columns, dict(graph.records), graph.links
    file = folder / "all.sqlite"
    if damage == "other columns":
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE facts SET value = '{}' WHERE name = 'shape'")
    elif damage == "cut off":
        file.write_bytes(file.read_bytes()[:5000])
    else:
        shutil.rmtree(folder)
    told: list[str] = []
    with PolicyGraph.open(built, tell=told.append) as graph:
        assert graph.release.source_text(next(iter(records))) and not told, "what needs no records is as quick as ever"
        assert dict(graph.records) == records
        assert graph.links == links
    (said,) = told
    assert graph.release.id in said and "policygraph build" in said
    asked = subprocess.run(
        [sys.executable, "-m", "policygraph", "targets", "--data", str(built), "--json"], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert said in asked.stderr and len(json.loads(asked.stdout)) == sum(len(each.targets) for each in records.values())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (98, "a whole number stays one"),
        (98.5, "and a decimal one"),
        (10**30, "longer than a column's integers"),
        ("Ⅱ", "a class of water"),
        (None, "a state has none"),
    ],
)
def test_values_come_back_as_they_were(value: float | int | str | None, reason: str) -> None:
    target = replace(TARGET, value=value)
    (found,) = columns(DocumentRecords(document=DOCUMENT, clauses=(CLAUSE,), targets=(target,))).all("targets")
    assert found == target, reason
    assert type(found.value) is type(value), reason


def test_records_within_records_come_back() -> None:
    agents = (TaskAgent(name="省水利厅", agency="agency/水利", role="lead", start=0, end=4), TaskAgent(name="各市", agency=None, role="implement", start=5, end=7))
    task = Task(
        id=f"{CLAUSE.id}/task_1", document=DOCUMENT.id, clause=CLAUSE.id, text=TEXT, verb="达到", object="98%", modality="mandatory",
        places=("清江", "“两江”"), agents=agents, start=0, end=23, by="task/1",
    )  # fmt: skip
    held = columns(DocumentRecords(document=DOCUMENT, clauses=(CLAUSE,), tasks=(task,)))
    assert held.of("tasks", DOCUMENT.id) == (task,)
    assert held.find("tasks", task.id) == task


def test_id_that_only_begins_like_a_document_is_not_its_own() -> None:
    """`省-2023-附件` is no part of `省-2023`, though it begins with its letters."""
    other = replace(DOCUMENT, id="省-2023-附件")
    clause = replace(CLAUSE, id="省-2023-附件/item_1/para_1", document=other.id, parent="省-2023-附件/item_1")
    held = columns(DocumentRecords(document=DOCUMENT, clauses=(CLAUSE,)), DocumentRecords(document=other, clauses=(clause,)))
    assert held.find("clauses", clause.id) == clause
    assert held.find("clauses", CLAUSE.id) == CLAUSE
    assert held.find("clauses", "省-2023/item_9") is None
    assert held.home(clause.id) == other.id


@pytest.mark.parametrize(
    ("words", "found", "reason"),
    [
        ([["污水处理率"]], True, "as written"),
        ([["pvc"]], True, "the lead has it in full width and capitals"),
        ([["污水", "废水"], ["2025"]], True, "one spelling of each word"),
        ([["废水"]], False, "no clause has it"),
        ([["污水"], ["废水"]], False, "one word is missing"),
    ],
)
def test_clauses_that_say_something(words: list[list[str]], found: bool, reason: str) -> None:
    held = columns(DocumentRecords(document=DOCUMENT, clauses=(CLAUSE,)))
    assert held.saying([words]) == ([CLAUSE] if found else []), reason
    assert held.saying([words], documents=[]) == []


def test_what_changed_lies_in_a_second_file_until_it_is_much(tmp_path: Path) -> None:
    kept = {name: DocumentRecords(document=replace(DOCUMENT, id=name)) for name in map(str, range(20))}

    def write(folder: str, before: str | None, **keys: str) -> Columns:
        parts = [Part(name, "", keys.get(f"_{name}", "1")) for name in kept]
        write_columns(
            tmp_path / folder, parts, load=lambda part: replace(kept[part.lower], document=replace(kept[part.lower].document, title=part.key)),
            before=tmp_path / before if before else None,
        )  # fmt: skip
        found = Columns.open(tmp_path / folder)
        assert found is not None
        return found

    write("one", None)
    two = write("two", "one", _3="2", _4="2")
    assert {name: document.title for name, document in two.documents.items() if document.title != "1"} == {"3": "2", "4": "2"}
    assert list(two.numbers) == sorted(kept)
    assert (tmp_path / "two" / "all.sqlite").samefile(tmp_path / "one" / "all.sqlite")
    write("three", "two", _3="3", _4="2", _5="3", _6="3")
    assert (tmp_path / "three" / "since.sqlite").exists()
    last = write("four", "three", _3="3", _4="2", _5="3", _6="3", _7="4", _8="4")
    assert not (tmp_path / "four" / "since.sqlite").exists()
    assert sum(document.title != "1" for document in last.documents.values()) == 6


def test_links_are_found_by_their_ends_and_their_documents(library: Library) -> None:
    columns, links = library.columns, library.links
    pair = next(iter(sorted(columns.pairs)))
    between = [a for a in links.alignments if (columns.home(a.source), columns.home(a.target)) == pair]
    assert columns.between("alignments", *pair) == between != []
    first = between[0]
    assert columns.linked("alignments", "source", [first.source]) == [a for a in links.alignments if a.source == first.source]
    assert columns.find("alignments", first.id) == first
    subject = links.coverage[0].subject
    assert columns.linked("coverage", "subject", [subject]) == [r for r in links.coverage if r.subject == subject]


@pytest.mark.parametrize(
    ("subject", "aligned", "reason"),
    [
        (CLAUSE.id, True, "what is said of a clause comes of an alignment"),
        (f"{CLAUSE.id}/target_12", False, "targets are compared between neighbours, too"),
        (f"{CLAUSE.id}/table_target_1", False, "and so are those of tables"),
    ],
)
def test_documents_are_aligned_where_something_is_recorded_of_a_clause(subject: str, aligned: bool, reason: str) -> None:
    lower = replace(DOCUMENT, id="市-2023")
    record = Coverage(id="coverage-1", subject=subject, document=lower.id, status="absent")
    held = columns_of([DocumentRecords(document=DOCUMENT), DocumentRecords(document=lower)], Links(coverage=(record,)))
    assert held.pairs == ({(lower.id, DOCUMENT.id)} if aligned else set()), reason


def test_every_kind_of_record_has_a_table(library: Library) -> None:
    for table in (*OF_DOCUMENT, *OF_PAIR):
        assert library.columns.count(table) == len(list(library.columns.all(table)))


def test_more_than_is_kept_is_read_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policygraph.columns.reading._KEPT", 10)
    columns = library.columns
    for _ in range(2):
        for document in columns.numbers:
            assert columns.of("clauses", document) == columns.records(document).clauses != ()


def test_records_listed_are_those_found_and_each_is_read_when_it_is_taken(library: Library) -> None:
    columns = library.columns
    for table in ("clauses", "tasks", "targets", "coverage", "alignments"):
        listed, whole = columns.listed(table), list(columns.all(table))
        assert list(listed) == whole
        assert len(listed) == len(whole) > 10
        assert (listed[3], listed[-1], listed[2:9]) == (whole[3], whole[-1], whole[2:9])
    leaves = columns.listed("clauses", "leaf")
    assert list(leaves) == [clause for clause in columns.all("clauses") if clause.leaf]
    table = Table(columns.listed("targets"), columns=("id",))
    assert table == Table(columns.all("targets"), columns=("id",))
    assert [row["id"] for row in table[:2].to_dicts()] == [target.id for target in list(columns.all("targets"))[:2]]


def _said(documents: dict[str, list[str]]) -> list[DocumentRecords]:
    """Documents with these clauses."""
    return [
        DocumentRecords(
            document=replace(DOCUMENT, id=name),
            clauses=tuple(
                replace(CLAUSE, id=f"{name}/para_{n}", document=name, parent=None, lead=None, text=text, order=n) for n, text in enumerate(texts)
            ),
        )
        for name, texts in documents.items()
    ]


def test_a_word_is_looked_for_in_the_documents_that_can_have_it(tmp_path: Path) -> None:
    """What is found is what reading every line finds: after a change, too, and of documents that came since."""
    said = {
        f"市-{n}": [f"（{n}）推进第{n}批港口岸电设施建设。", "加强船舶污染防治，推广ＬＮＧ动力船。" if n % 7 else "开展“三磷”整治𠀀水库。"] for n in range(40)
    }
    records = {each.document.id: each for each in _said(said)}
    parts = [Part(name, "", "1") for name in records]
    write_columns(tmp_path / "first", parts, load=lambda part: records[part.lower])
    words = [("岸电",), ("第9批港口",), ("lng动力",), ("三磷",), ("电岸",), ("推进", "设施"), ("批港", "三磷"), ("𠀀水",), ("水",), ("磷整",)]

    def check(folder: Path) -> None:
        held = Columns.open(folder)
        assert held is not None
        lines = [line for name in sorted(records) for clause in held.of("clauses", name) for line in (searched(clause) or clause.text).split("\n")]
        for word in words:
            assert list(held.lines(*word)) == [line for line in lines if all(each in line for each in word)], word
        held.close()

    check(tmp_path / "first")
    gone = records.pop("市-7")
    records |= {each.document.id: each for each in _said({"市-9": ["严禁电岸施工。"], "新-1": ["批港口磷整治。"]})}
    assert gone.document.id not in records
    changed = [Part(name, "", "2" if name in ("市-9", "新-1") else "1") for name in records]
    write_columns(tmp_path / "second", changed, load=lambda part: records[part.lower], before=tmp_path / "first")
    assert (tmp_path / "second" / "since.sqlite").exists()
    assert (tmp_path / "second" / "grams.bin").samefile(tmp_path / "first" / "grams.bin")
    check(tmp_path / "second")


def test_bodies_and_headings_are_found_after_a_change_too(tmp_path: Path) -> None:
    """What is looked up in all documents at once comes and goes with the document that says it."""

    def document(name: str, heading: str, *bodies: tuple[str, str | None]) -> DocumentRecords:
        clause = replace(CLAUSE, id=f"{name}/para_1", document=name, parent=None, lead=None, heading=heading)
        note = Responsibility(
            id=f"{name}/para_1/note_1", document=name, clause=clause.id, text="（略）", start=0, end=3, by="made up",
            agencies=tuple(AgencyRole(name=body, agency=agency, role="lead") for body, agency in bodies),
        )  # fmt: skip
        return DocumentRecords(document=replace(DOCUMENT, id=name), clauses=(clause,), responsibilities=(note,))

    def check(folder: Path, *, naming: Mapping[str, set[str]], headed: Mapping[str, set[str]]) -> None:
        held = Columns.open(folder)
        assert held is not None
        for body, documents in naming.items():
            assert held.naming([body]) == held.naming([body], roles=["lead", "cooperate"]) == documents
            assert held.naming([body], roles=["cooperate"]) == set()
            assert {note.document for note in held.notes_naming([body])} >= documents
        found = held.headed(headed)
        assert {said: {clause.document for clause in held.at("clauses", found.get(said, []))} for said in headed} == headed
        held.close()

    water, sea = ("省水利厅", "510000/water"), ("海事局", None)
    records = {
        name: document(name, heading, *bodies)
        for name, heading, bodies in [
            ("甲", "推进　港口岸电建设。", [water, sea]), ("乙", "加强水源地保护", [water]), *((f"丙{n}", "總體要求和主要目標", [("省“三磷”办", None)]) for n in range(8))
        ]
    }  # fmt: skip
    write_columns(tmp_path / "first", [Part(name, "", "1") for name in records], load=lambda part: records[part.lower])
    first = {"省水利厅": {"甲", "乙"}, "海事局": {"甲"}, "水利厅": set(), "省“三磷”办": {f"丙{n}" for n in range(8)}}
    written = {"推进港口岸电建设": {"甲"}, "加强水源地保护": {"乙"}, "总体要求和主要目标": {f"丙{n}" for n in range(8)}, "港口岸电建设": set()}
    check(tmp_path / "first", naming=first, headed=written)
    del records["甲"]
    records["乙"] = document("乙", "推进港口岸电建设", sea)
    write_columns(
        tmp_path / "second", [Part(name, "", "2" if name == "乙" else "1") for name in records], load=lambda part: records[part.lower],
        before=tmp_path / "first",
    )  # fmt: skip
    assert (tmp_path / "second" / "since.sqlite").exists()
    changed = written | {"推进港口岸电建设": {"乙"}, "加强水源地保护": set()}
    check(tmp_path / "second", naming=first | {"省水利厅": set(), "海事局": {"乙"}}, headed=changed)


@pytest.mark.parametrize("documents", [1, 512, 513, 1100])
def test_pairs_of_characters_are_found_whatever_block_their_document_is_in(tmp_path: Path, documents: int) -> None:
    with GramsWriter(tmp_path / "grams.bin") as writer:
        for number in range(1, documents + 1):
            writer.add(number, [f"{chr(0x5000 + number)}号：{'岸电' if number % 3 == 0 else '电岸'}", ""])
    grams = Grams(tmp_path / "grams.bin")
    assert grams.documents(["岸电"]) == [number for number in range(1, documents + 1) if number % 3 == 0]
    assert grams.documents(["岸电", "\u5001号："]) == []
    assert grams.documents(["电岸", "\u5001号："]) == [1]
    assert grams.documents(["没有"]) == []
    assert grams.documents(["电"]) is None
