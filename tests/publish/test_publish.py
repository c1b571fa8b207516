"""The tidy tables of a release, and the data set around them."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import re
import warnings
from pathlib import Path

import pytest
import rdflib

from policygraph import PolicyGraph
from policygraph.errors import UsageError
from policygraph.publish.tables import tables
from policygraph.read import clean


@pytest.fixture(scope="module")
def folder(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("published") / "set"
    with PolicyGraph.open(small_data) as graph:
        written = graph.export(found, format="tables")
    assert sorted(path.name for path in written) == sorted(path.name for path in found.iterdir())
    return found


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_column_is_in_the_codebook_and_every_row_has_its_words(folder: Path) -> None:
    book = rows(folder, "codebook")
    for table in tables():
        found = rows(folder, table.name)
        assert found and list(found[0]) == [row["column"] for row in book if row["table"] == table.name]
        assert all(row["zh"] and row["en"] and row["type"] for row in book)


def test_duties_are_one_row_for_each_agency_clause_and_role(folder: Path, small_data: Path) -> None:
    found = rows(folder, "duties")
    with PolicyGraph.open(small_data) as graph:
        assert len(found) == sum(len(note.agencies) for records in graph.records.values() for note in records.responsibilities)
        for row in found:
            text = clean(graph.source_text(row["document"])[int(row["start"]) : int(row["end"])])
            assert text == row["text"] and (row["name"] in text or row["inherited"] == "true")
    led = {(row["document"], row["name"], row["place"]) for row in found if row["role"] == "lead"}
    assert ("sichuan-river-2023", "住房城乡建设厅", "二（一）“污水收集…”段") in led or ("sichuan-river-2023", "住房城乡建设厅", "二（一）") in led, led


def test_links_and_comparisons_have_both_texts_and_places(folder: Path, small_data: Path) -> None:
    with PolicyGraph.open(small_data) as graph:
        assert {row["link"] for row in rows(folder, "links")} == {link.id for link in graph.links.alignments}
        assert {row["link"] for row in rows(folder, "targets_compared")} == {link.id for link in graph.links.target_links}
    for row in rows(folder, "links"):
        assert row["lower_text"] and row["higher_text"] and row["lower_title"] and row["lower_place"]
    row = next(row for row in rows(folder, "targets_compared") if row["indicator"] == "城市生活污水集中收集率")
    assert (row["strictness"], row["lower_value"], row["higher_value"]) == ("stricter", "72", "70")


def test_descriptor_sums_and_citation_fit_the_files(folder: Path, small_data: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        data = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data) and resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        head = data.decode().split("\r\n", 1)[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == head
    for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines():
        total, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == total
    assert package["version"] in (folder / "CITATION.cff").read_text("utf-8") and "localhost" not in json.dumps(package)


def test_same_release_gives_the_same_bytes(folder: Path, small_data: Path, tmp_path: Path) -> None:
    with PolicyGraph.open(small_data) as graph:
        graph.export(tmp_path / "again", format="tables")
        (tmp_path / "file").write_text("x")
        with pytest.raises(UsageError, match="is a file"):
            graph.export(tmp_path / "file", format="tables")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}


def test_catalogue_names_every_file_with_its_sum_and_size(folder: Path) -> None:
    graph = rdflib.Graph().parse(folder / "dcat.jsonld")
    query = """PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX spdx: <http://spdx.org/rdf/terms#>
        SELECT ?name ?size ?sum ?algorithm { ?set a dcat:Dataset ; dcat:distribution ?file . ?file a dcat:Distribution ; dct:title ?name ;
            dcat:byteSize ?size ; spdx:checksum [ spdx:checksumValue ?sum ; spdx:algorithm ?algorithm ] }"""
    found = {str(row.name): row for row in graph.query(query)}
    assert set(found) == {path.name for path in folder.iterdir()} - {"dcat.jsonld", "SHA256SUMS"}
    for name, row in found.items():
        data = (folder / name).read_bytes()
        assert int(row.size) == len(data) and str(row.sum) == hashlib.sha256(data).hexdigest()
        assert str(row.algorithm) == "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


@pytest.fixture(scope="module")
def stata(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pandas", reason="pandas is not installed")
    found = tmp_path_factory.mktemp("published") / "stata"
    with warnings.catch_warnings(), PolicyGraph.open(small_data) as graph:
        warnings.simplefilter("error")  # a name or a text that Stata would take otherwise
        graph.export(found, format="stata")
    return found


def test_stata_has_the_rows_of_the_tables_with_labels_of_variables_and_values(stata: Path, folder: Path) -> None:
    import pandas

    for table in tables():
        with pandas.io.stata.StataReader(stata / f"{table.name}.dta") as reader:
            read, labels, values = reader.read(convert_categoricals=False), reader.variable_labels(), reader.value_labels()
        plain = rows(folder, table.name)
        assert len(read) == len(plain)
        assert [name.removesuffix("_") for name in read] == [column.name for column in table.columns]
        assert all(labels.values()) and max(map(len, labels.values())) <= 80
        for column in table.columns:
            if column.values:
                said = {code: label.split(" ")[1] for code, label in values[column.name].items()}
                assert [said.get(code, "") for code in read[column.name]] == [row[column.name] for row in plain], column.name
    duties = pandas.read_stata(stata / "duties.dta")
    led = duties[(duties.role == "牵头 lead") & (duties.name == "住房城乡建设厅")]
    assert set(led.document) == {"sichuan-river-2023"} and (led.end_ - led.start == led.text.str.len()).all()


def test_stata_files_of_records_are_joined_by_their_ids(stata: Path) -> None:
    import pandas

    targets, clauses = (pandas.read_stata(stata / f"{name}.dta") for name in ("targets", "clauses"))
    joined = targets.merge(clauses, left_on="clause", right_on="id", validate="many_to_one", suffixes=("", "_of_clause"))
    assert len(joined) == len(targets) > 0
    assert all(target in clause for target, clause in zip(joined.text, joined.text_of_clause, strict=True))


def test_network_of_bodies_has_roles_and_years_and_counts_clauses(small_data: Path, tmp_path: Path) -> None:
    import networkx

    with PolicyGraph.open(small_data) as graph:
        graph.export(tmp_path, format="agencies")
        again = graph.export(tmp_path / "again", format="agencies")
        notes = [note for records in graph.records.values() for note in records.responsibilities]
    assert [path.read_bytes() for path in again] == [(tmp_path / path.name).read_bytes() for path in again]
    found = networkx.read_graphml(tmp_path / "agencies.graphml", force_multigraph=True)
    gexf = networkx.read_gexf(tmp_path / "agencies.gexf")
    assert set(found) == set(gexf) and found.number_of_edges() == gexf.number_of_edges()
    names = {body: data["label"] for body, data in found.nodes(data=True)}
    assert {data["region"] for _, data in found.nodes(data=True)} == {"000000", "510000", "500000"}
    ties = {(names[a], names[b], data["role"], data["year"]): data["weight"] for a, b, data in found.edges(data=True) if data["kind"] == "leads"}
    led = {
        (note.clause, lead.agency, other.agency)
        for note in notes
        for lead in note.agencies
        for other in note.agencies
        if lead.role == "lead" and other.role == "cooperate"
    }
    assert sum(weight for (_, _, role, _), weight in ties.items() if role == "cooperate") == len(led) > 0
    assert {year for *_, year in ties} == {2022, 2023}
    text = (tmp_path / "agencies.gexf").read_text("utf-8")
    assert 'timeformat="date"' in text and 'start="2023-01-01"' in text and 'end="2023-12-31"' in text


def test_codebook_is_a_sheet_a_file_and_metadata_of_parquet(small_data: Path, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    with PolicyGraph.open(small_data) as graph:
        for format_ in ("csv", "xlsx", "parquet"):
            graph.export(tmp_path / format_, format=format_)
    with (tmp_path / "csv" / "codebook.csv").open(encoding="utf-8-sig", newline="") as file:
        book = {(row["table"], row["column"]): row for row in csv.DictReader(file)}
    sheet = openpyxl.load_workbook(tmp_path / "xlsx" / "policygraph.xlsx")["codebook"]
    assert {(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=2)} == set(book)
    for path in (tmp_path / "csv").glob("[!c]*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert {(path.stem, column) for column in next(csv.reader(file))} <= set(book)
    field = parquet.read_schema(tmp_path / "parquet" / "targets.parquet").field("comparator").metadata
    assert json.loads(field[b"values"])[">="] == ["不低于", "at least"] and book["targets", "comparator"]["zh"] in field[b"description"].decode()
    assert all(field.metadata for path in (tmp_path / "parquet").iterdir() for field in parquet.read_schema(path))


def test_worked_joins_of_the_data_dictionary_run(small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    monkeypatch.chdir(tmp_path)
    with PolicyGraph.open(small_data) as graph:
        graph.export("out", format="parquet")
    text = (Path(__file__).parents[2] / "docs" / "data-dictionary.md").read_text("utf-8")
    joins = text[text.index("Worked joins") :]
    blocks = re.findall(r"```python\n(.*?)```", joins[: joins.index("\n## ")], re.DOTALL)
    assert len(blocks) == 6
    known: dict[str, object] = {}
    for block in blocks:
        *lines, last = ast.parse(block).body
        exec(compile(ast.Module(lines, []), "joins.md", "exec"), known)
        if isinstance(last, ast.Expr):
            assert len(eval(compile(ast.Expression(last.value), "joins.md", "eval"), known)) > 0, block
        else:
            exec(compile(ast.Module([last], []), "joins.md", "exec"), known)
