"""Records → RDF → records is the identity, for records of every kind and for whatever text is in them."""

from __future__ import annotations

import dataclasses
import typing
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policygraph import model
from policygraph.graph import EmbeddedStore, Reader, load, open_store, write_document, write_links
from policygraph.graph.schema import all_types
from policygraph.ids import Iris


def test_documents_come_back_whole(reader: Reader, samples: ModuleType) -> None:
    for records in samples.RECORDS:
        back = reader.document_records(records.document.id)
        for field in dataclasses.fields(back):
            want = getattr(records, field.name)
            got = getattr(back, field.name)
            if isinstance(want, tuple):
                assert sorted(want, key=lambda r: r.id) == sorted(got, key=lambda r: r.id)
            else:
                assert want == got


def test_links_come_back_whole(reader: Reader, samples: ModuleType) -> None:
    assert reader.links() == samples.LINKS


def test_every_field_is_in_the_table() -> None:
    for kind in all_types():
        said = {part.name for part in (*kind.fields, *kind.nested, *kind.listed)}
        for span in kind.spans:
            said |= {span.start, span.end}
        assert {f.name for f in dataclasses.fields(kind.record)} - said - {"id"} == set(), kind.name


def test_same_records_give_same_bytes(samples: ModuleType, quads: dict[str, bytes]) -> None:
    records = samples.NATIONAL_RECORDS
    assert write_document(records, version="test") == quads[records.document.id]


def test_no_blank_nodes(quads: dict[str, bytes], vocabulary: bytes) -> None:
    for part in (*quads.values(), vocabulary):
        assert all(line.startswith(b"<") for line in part.splitlines())


def test_links_held_right_are_asserted_in_their_own_graph(quads: dict[str, bytes]) -> None:
    lines = [line for line in quads["links"].splitlines() if b"ensures_implementation_of" in line]
    assert len(lines) == 1
    assert lines[0].endswith(b"graph/implementation> .")


def test_store_on_disk_opens_twice(tmp_path: Any, quads: dict[str, bytes], samples: ModuleType) -> None:
    load(list(quads.values()), tmp_path / "store")
    first, second = open_store(tmp_path / "store"), open_store(tmp_path / "store")
    assert Reader(first).links() == Reader(second).links() == samples.LINKS


def test_another_base_gives_other_iris_and_the_same_records(samples: ModuleType) -> None:
    base = "http://example.org/政策/"
    part = write_links(samples.LINKS, base_iri=base, version="test")
    assert b"w3id.org/policygraph/id/" not in part
    assert Reader(EmbeddedStore.of(part), base_iri=base).links() == samples.LINKS


def test_graph_of_releases_of_format_2_is_read(samples: ModuleType) -> None:
    """There a span was a resource of its own whose IRI told the offsets."""
    target = samples.RECORDS[0].targets[0]
    record = f"<https://w3id.org/policygraph/id/doc/{target.id}>".encode()
    lines = write_document(samples.RECORDS[0], version="test").splitlines()
    kept = [line for line in lines if not (line.startswith(record) and (b"ontology#start>" in line or b"ontology#end>" in line))]
    assert len(kept) == len(lines) - 2
    span = f"<https://w3id.org/policygraph/id/source/{target.document}#char={target.start},{target.end}>".encode()
    graph = kept[0].rpartition(b" <")[2]
    kept.append(record + b" <https://w3id.org/policygraph/ontology#span> " + span + b" <" + graph)
    assert Reader(EmbeddedStore.of(b"\n".join(kept) + b"\n")).document_records(target.document).targets[0] == target


def test_graph_of_releases_of_format_3_is_read(samples: ModuleType) -> None:
    """There each candidate was a resource, and each task said its document and its rule."""
    link, iris = samples.LINKS.alignments[0], Iris()
    link = dataclasses.replace(link, beaten=(model.Candidate(clause="a/item_1", score=0.5, reason="too far"), model.Candidate(clause="a/item_2", score=0.25)))
    own = write_links(dataclasses.replace(samples.LINKS, alignments=(link,)), version="test")
    graph = own.split(b"\n")[0].rpartition(b" <")[2]
    subject, ontology = f"<{iris.link(link.id)}", "<https://w3id.org/policygraph/ontology#"
    former = [line for line in own.split(b"\n") if b"ontology#beaten>" not in line]
    for n, candidate in enumerate(link.beaten, start=1):
        node = f"{subject}#beaten_{n}>"
        said = [(f"{subject}>", "beaten", node), (node, "candidate", f"<{iris.record(candidate.clause)}>"), (node, "reason", f'"{candidate.reason}"')]
        said.append((node, "score", f'"{candidate.score}"^^<http://www.w3.org/2001/XMLSchema#decimal>'))
        former += [f"{s} {ontology}{p}> {o} <".encode() + graph for s, p, o in said if o != '""']
    assert Reader(EmbeddedStore.of(b"\n".join(former))).links().alignments == (link,)

    records = samples.RECORDS[0]
    lines = write_document(records, version="test").decode()
    end = lines.splitlines()[0].rpartition(" <")[2]
    usual = [line for line in lines.splitlines() if "ontology#taskRule>" not in line and "ontology#clauseRule>" not in line]
    for record in (*records.clauses, *records.tasks):
        usual.append(f'<{iris.record(record.id)}> {ontology}rule> "{record.by}" <{end}')
    for task in records.tasks:
        usual.append(f"<{iris.record(task.id)}> <http://www.w3.org/ns/prov#wasQuotedFrom> <{iris.record(task.document)}> <{end}")
    back = Reader(EmbeddedStore.of("\n".join(dict.fromkeys(usual)).encode())).document_records(records.document.id)
    assert (back.clauses, set(back.tasks), set(back.targets)) == (records.clauses, set(records.tasks), set(records.targets))


_ONTOLOGY = "<https://w3id.org/policygraph/ontology#"


def test_an_end_is_said_where_the_text_does_not_tell_it(samples: ModuleType, quads: dict[str, bytes]) -> None:
    """加强船舶污染防治。…到2023年年底前 goes on behind a page number, which its text leaves out."""
    lines, iris = quads[samples.NATIONAL_RECORDS.document.id].decode(), Iris()
    said = {line.split(" ")[0] for line in lines.splitlines() if f" {_ONTOLOGY}end> " in line}
    clauses = {f"<{iris.record(clause.id)}>" for clause in samples.NATIONAL_RECORDS.clauses}
    assert said & clauses == {f"<{iris.record(samples.PORT)}>"}
    assert {f"<{iris.record(target.id)}>" for target in samples.NATIONAL_RECORDS.targets} <= said
    assert not {f"<{iris.record(task.id)}>" for task in samples.NATIONAL_RECORDS.tasks} & said


@pytest.mark.parametrize(
    ("text", "verb", "object_", "is_said"),
    [
        ("推进港口岸电设施建设", "推进", "港口岸电设施建设", False),
        ("将应对气候变化要求纳入“三线一单”生态环境分区管控体系", "纳入", "应对气候变化要求", True),  # the object stands before the verb
        ("推进燃煤电厂与市政污泥，水泥窑与生活垃圾等的协同处置", "推进", "燃煤电厂与市政污泥", True),  # and ends before the text
        ("先行先试", "先行先试", "", False),
        ("有条件的地区要大胆试", "探索", "", False),
    ],
)
def test_an_object_is_said_where_it_does_not_stand_behind_the_verb(
    samples: ModuleType, text: str, verb: str, object_: str, is_said: bool
) -> None:
    records = samples.NATIONAL_RECORDS
    task = dataclasses.replace(records.tasks[0], text=text, verb=verb, object=object_)
    quads = write_document(dataclasses.replace(records, tasks=(task,)), version="test")
    assert (f" {_ONTOLOGY}object> ".encode() in quads) is is_said
    store = EmbeddedStore.of(quads)
    assert Reader(store).tasks() == [task]
    rows, _ = Reader(store).query(
        "PREFIX pg: <https://w3id.org/policygraph/ontology#>\n"
        "SELECT ?object WHERE { GRAPH ?g { ?task a pg:Task ; pg:text ?text ; pg:verb ?verb . "
        "OPTIONAL { ?task pg:object ?said } BIND(COALESCE(?said, STRAFTER(STR(?text), ?verb)) AS ?object) } }"
    )
    assert [row["object"] for row in rows] == [object_]


def test_start_and_length_of_the_text_give_the_end(reader: Reader, samples: ModuleType) -> None:
    rows, _ = reader.query(
        "PREFIX pg: <https://w3id.org/policygraph/ontology#>\n"
        "SELECT ?record ?end WHERE { GRAPH ?g { ?record pg:clause ?clause ; pg:start ?start ; pg:text ?text . "
        "OPTIONAL { ?record pg:end ?said } BIND(COALESCE(?said, ?start + STRLEN(?text)) AS ?end) } }"
    )
    ends = {row["record"]: int(row["end"]) for row in rows}
    tasks = [task for records in samples.RECORDS for task in records.tasks]
    assert {task.id: ends[Iris().record(task.id)] for task in tasks} == {task.id: task.end for task in tasks}


def test_graph_of_releases_of_format_5_is_read(samples: ModuleType) -> None:
    """There every record said its end, each task its object, and each body of a note its class."""
    iris, number, type_ = Iris(), "http://www.w3.org/2001/XMLSchema#integer", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    for records in samples.RECORDS:
        lines = write_document(records, version="test").decode()
        graph = lines.splitlines()[0].rpartition(" <")[2]
        said = {
            f'<{iris.record(record.id)}> {_ONTOLOGY}end> "{record.end}"^^<{number}> <{graph}'
            for record in (*records.clauses, *records.tasks)
        }
        said |= {f'<{iris.record(task.id)}> {_ONTOLOGY}object> "{task.object}" <{graph}' for task in records.tasks}
        said |= {f"<{iris.record(note.id, 'agency_1')}> {type_} {_ONTOLOGY}Responsibility> <{graph}" for note in records.responsibilities}
        assert not said <= set(lines.splitlines())
        back = Reader(EmbeddedStore.of("\n".join({*lines.splitlines(), *said}).encode())).document_records(records.document.id)
        for name in _OF_DOCUMENT:
            assert sorted(getattr(back, name), key=lambda r: r.id) == sorted(getattr(records, name), key=lambda r: r.id)


# -- generated ------------------------------------------------------------------------------------------------------

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_DAYS = st.dates(date(1949, 1, 1), date(2100, 1, 1)).map(date.isoformat)
_FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)
_SCORES = st.floats(0, 1)
_IDS = _TEXT.filter(bool).map(lambda text: f"d/{text}")


def _values(annotation: Any, name: str) -> st.SearchStrategy[Any]:
    """Values of a field by its type; the names that are dates or identifiers get such."""
    text = {"date": _DAYS, "earliest": _DAYS, "deadline": _DAYS, "effective": _DAYS}.get(name, _TEXT)
    if name in ("document", "part_of"):
        text = st.just("d")
    if name in ("parent", "alternative_to", "repeats", "clause", "source", "target", "subject"):
        text = _IDS
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return st.sampled_from(typing.get_args(annotation))
    if origin is tuple:
        return st.lists(_values(typing.get_args(annotation)[0], ""), max_size=3).map(tuple)
    if origin is not None:
        return st.one_of(*(_values(part, name) for part in typing.get_args(annotation)))
    if dataclasses.is_dataclass(annotation):
        return _records(annotation)
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        str: text, int: st.integers(0, 2**40), float: _FLOATS, bool: st.booleans(), type(None): st.none(),
    }  # fmt: skip
    return _SCORES if name in ("score", "weight", "verbatim") else kinds[annotation]


def _records(kind: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: _values(hints[field.name], field.name) for field in dataclasses.fields(kind)})


def _numbered(records: list[Any], prefix: str) -> tuple[Any, ...]:
    return tuple(dataclasses.replace(record, id=f"{prefix}_{n}") for n, record in enumerate(records))


_OF_DOCUMENT = {
    "clauses": model.Clause, "tasks": model.Task, "targets": model.Target, "deadlines": model.Deadline,
    "responsibilities": model.Responsibility, "citations": model.Citation, "findings": model.Finding,
}  # fmt: skip
_OF_LINKS = {"alignments": model.Alignment, "target_links": model.TargetLink, "coverage": model.Coverage}


@settings(max_examples=60, deadline=None)
@given(_records(model.Document), st.data())
def test_any_document_comes_back(document: model.Document, data: st.DataObject) -> None:
    document = dataclasses.replace(document, id="d")
    if not document.end:
        document = dataclasses.replace(document, start=0)
    parts = {
        name: _numbered(data.draw(st.lists(_records(kind), max_size=2)), f"d/{name}") for name, kind in _OF_DOCUMENT.items()
    }
    records = model.DocumentRecords(document=document, **parts)
    back = Reader(EmbeddedStore.of(write_document(records, version="test"))).document_records("d")
    assert back.document == document
    for name in _OF_DOCUMENT:
        assert sorted(getattr(back, name), key=lambda r: r.id) == list(parts[name])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_links_come_back(data: st.DataObject) -> None:
    parts = {name: _numbered(data.draw(st.lists(_records(kind), max_size=2)), name) for name, kind in _OF_LINKS.items()}
    links = model.Links(**parts)
    back = Reader(EmbeddedStore.of(write_links(links, version="test"))).links()
    assert back == links


@pytest.mark.parametrize("value", [0, -1, 5, 98.5, 0.1, 1e300, 1e-30, 14.92, 2**70, "Ⅱ", "劣Ⅴ", 5.0])
def test_values_keep_their_type(samples: ModuleType, value: Any) -> None:
    records = samples.NATIONAL_RECORDS
    target = dataclasses.replace(records.targets[0], value=value)
    quads = write_document(dataclasses.replace(records, targets=(target,)), version="test")
    back = Reader(EmbeddedStore.of(quads)).targets()[0]
    assert back.value == value
    assert type(back.value) is type(value)
