"""The tidy tables of a release, and the data set around them."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

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
