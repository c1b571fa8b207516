"""Each rule that a record can name has its row, and each row says the truth: its examples are read here."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

import policygraph
from policygraph import PolicyGraph
from policygraph.align import align_pair
from policygraph.encode.encoder import E5Encoder
from policygraph.errors import NotFoundError
from policygraph.extract import extract
from policygraph.extract.outcomes import TargetRule
from policygraph.extract.times import TimeRule
from policygraph.model import AgencyRole, DocumentRecords
from policygraph.read import read_bytes, read_file
from policygraph.release.rules import Example, Rule, named, rule_of, rules, rules_page
from policygraph.segment import segment

PACKAGE = Path(policygraph.__file__).parent
TOP = Path(__file__).parents[2]
#: The packages whose code makes records and links.
MAKERS = ("read", "segment", "extract", "resolve", "align", "build")
#: Ids that are put together when a record is made, by what stands before the dot: their ends.
PUT_TOGETHER = {
    "deadline": {name.removeprefix("time.") for name in get_args(TimeRule)},
    "target": set(get_args(TargetRule)),
}
#: Ways of writing a time or a name from which no record comes.
UNRECORDED = {
    "deadline.baseline": "what a change is measured from",
    "deadline.from": "when a text takes effect, or a look back",
    "deadline.name": "part of a name",
    "deadline.outlook": "part of a name",
    "deadline.past": "over before the document was issued",
    "target.named": "lends its name to the value that comes after it",
}
WRITTEN = re.compile(r"[a-z]+(?:\.[a-z_]+)*/\d+")
#: Rules of what a text says that does not tell its date.
UNDATED = {"deadline.unplaced"}
ROWS = pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)


def trees() -> Iterator[ast.AST]:
    for package in MAKERS:
        for path in sorted((PACKAGE / package).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


def ids_in_source() -> set[str]:
    """The ids that code can write: whole in a string, by the ends of those put together, as methods of the fitted
    curves."""
    found = {entry["method"] for entry in json.loads((PACKAGE / "align" / "calibration.json").read_text("utf-8")).values()}
    for tree in trees():
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                first, last = node.values[0], node.values[-1]
                if isinstance(first, ast.Constant) and isinstance(last, ast.Constant) and re.fullmatch(r"/\d+", str(last.value)):
                    family = str(first.value).rstrip(".")
                    assert family in PUT_TOGETHER, f"line {node.lineno}: say in PUT_TOGETHER which ids {ast.unparse(node)} can make"
                    found |= {f"{family}.{end}/1" for end in PUT_TOGETHER[family]}
            elif isinstance(node, ast.Constant) and id(node) not in inside and WRITTEN.fullmatch(str(node.value)):
                found.add(str(node.value))
    return {rule_of(by) for by in found}


def test_each_rule_has_its_row_and_each_row_a_rule() -> None:
    assert ids_in_source() - set(UNRECORDED) == {rule.id for rule in rules()}


def named_in(records: Iterable[DocumentRecords]) -> set[str]:
    return {
        rule_of(record.by)
        for entry in records
        for kind in ("clauses", "tasks", "targets", "deadlines", "responsibilities", "citations")
        for record in getattr(entry, kind)
    }


def test_records_of_the_corpus_name_rules_that_have_rows() -> None:
    records = []
    for path in sorted((TOP / "corpus").glob("*-*")):
        source = read_file(path)
        records += [extract(source, *found) for found in segment(source, doc_id=path.stem)]
    found = named_in(records)
    assert {"segment.outline", "task.directive", "deadline.date", "target.outcome", "citation.title"} <= found
    assert found <= {rule.id for rule in rules()}


def read(text: str, *, name: str, dated: bool = True) -> tuple[DocumentRecords, str]:
    """A document of one line under a heading, or of several as they are, of the day that the examples are told for."""
    whole = text if "\n" in text else f"某省行动方案\n\n一、重点任务\n\n{text}\n"
    source = read_bytes(whole.encode(), name=f"{name}.md")
    ((document, clauses),) = segment(source, doc_id=name, overrides={"date": "2022-08-31"} if dated else {})
    return extract(source, document, clauses), source.text


def found_in(example: Example, rule: Rule, encoder: E5Encoder) -> list[dict[str, object]]:
    """The fields of the records, or links, of the rule in an example."""
    records, text = read(example.text, name="example", dated=rule.id not in UNDATED)
    if example.higher is None:
        every = [getattr(records, field.name) for field in fields(records) if field.name not in ("document", "findings")]
        found = [record for kind in every for record in kind if rule_of(record.by) == rule.id]
    else:
        higher, above = read(example.higher, name="higher")
        texts = {"higher": above, "example": text}
        links = align_pair(higher, records, texts=texts, encoder=None if rule.id == "wording" else encoder)
        found = [link for link in (*links.alignments, *links.target_links) if rule_of(link.method) == rule.id]
    return [{field.name: plain(getattr(record, field.name)) for field in fields(record)} for record in found]


def plain(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    return [f"{v.name} {v.role}{' inherited' * v.inherited}" if isinstance(v, AgencyRole) else v for v in value]


def among(wanted: Example, found: list[dict[str, object]]) -> bool:
    return any(all(record[name] == value for name, value in wanted.fields.items()) for record in found)


@ROWS
def test_takes_what_it_says(rule: Rule, encoder: E5Encoder) -> None:
    assert rule.takes is not None
    found = found_in(rule.takes, rule, encoder)
    assert among(rule.takes, found), found


@ROWS
def test_leaves_what_looks_alike(rule: Rule, encoder: E5Encoder) -> None:
    assert rule.leaves is not None
    found = found_in(rule.leaves, rule, encoder)
    assert not among(rule.leaves, found), found


def test_counts_are_those_of_the_records(small_data: Path) -> None:
    with PolicyGraph.open(small_data) as graph:
        fired = {rule.id: rule.fired for rule in graph.rules()}
        records = graph.records.values()
        assert fired["task.directive"] == sum(len(entry.tasks) for entry in records)
        assert fired["segment.outline"] == sum(len(entry.clauses) for entry in records)
        assert fired["wording"] == len(graph.links.alignments)
        assert fired["demands"] == 0


def test_rule_is_found_by_what_a_record_says() -> None:
    assert named("deadline.bare/1+ocr").id == named("deadline.bare").id == "deadline.bare"
    with pytest.raises(NotFoundError, match=r"Rules: deadline\.date"):
        named("deadline.until/1")


def test_page_is_the_one_written() -> None:
    assert (TOP / "docs" / "rules.md").read_text("utf-8") == rules_page(), "run: make docs"
