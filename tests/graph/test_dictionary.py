"""Every class, property and export field is documented, and the generated files are in step."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from policygraph.graph import Description, dictionary, terms, write_description
from policygraph.graph.schema import all_types
from policygraph.graph.vocabulary import ONTOLOGY_FOLDER, turtle_files

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"


def test_page_is_in_step() -> None:
    assert PAGE.read_text("utf-8") == dictionary.markdown(), "run python -m policygraph.graph.dictionary docs ontology"


def test_context_is_in_step() -> None:
    written = (ONTOLOGY_FOLDER / "context.jsonld").read_text("utf-8")
    assert written == dictionary.write_context(), "run python -m policygraph.graph.dictionary docs ontology"


def test_every_field_has_a_meaning() -> None:
    examples = json.loads((ONTOLOGY_FOLDER / "fields.json").read_text("utf-8"))
    for kind in all_types():
        for field in dataclasses.fields(kind.record):
            assert examples.get(f"{kind.name}.{field.name}") or examples.get(field.name), f"{kind.name}.{field.name}"


def test_every_own_term_has_labels_and_comments_in_both_languages() -> None:
    for name, _, facts in dictionary.own_terms():
        for key in ("label@zh", "label@en", "comment@zh", "comment@en"):
            assert facts.get(key), f"{name} has no {key}"


def test_every_property_that_is_written_is_on_the_page(quads: dict[str, bytes], vocabulary: bytes) -> None:
    page = PAGE.read_text("utf-8")
    description = write_description(
        Description(release="r", version="v", inputs={"a": "0"}, counts={"tasks": 1}, graphs={"links": 2})
    )
    parts = (*quads.values(), vocabulary, description)
    used = {line.split(b" ", 2)[1].decode()[1:-1] for part in parts for line in part.split(b"\n") if line}
    for iri in used:
        prefix, start = next((p, i) for p, i in terms.PREFIXES.items() if iri.startswith(i))
        assert f"`{prefix}:{iri[len(start):]}`" in page, iri


def test_every_own_term_that_is_used_is_declared(quads: dict[str, bytes]) -> None:
    declared = {name.partition(":")[2] for name, _, _ in dictionary.own_terms()}
    files = [path.read_bytes() for path in (*turtle_files(), *(ONTOLOGY_FOLDER / "queries").glob("*.rq"))]
    shapes = (ONTOLOGY_FOLDER / "shapes.ttl").read_bytes()
    used = set(re.findall(rb"policygraph/ontology#(\w+)>", b"".join(quads.values())))
    used |= set(re.findall(rb"\bpg:(\w+)", b"".join([*files, shapes])))
    assert {name.decode() for name in used} - declared == set()


@pytest.mark.parametrize("path", turtle_files(), ids=lambda path: path.name)
def test_vocabulary_has_no_blank_nodes(path: Path) -> None:
    import pyoxigraph

    for quad in pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TURTLE):
        assert not isinstance(quad.subject, pyoxigraph.BlankNode)
        assert not isinstance(quad.object, pyoxigraph.BlankNode)
