"""A build with a second reader: what it decided is said in the records, what it did not answer is asked again."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from policygraph.build.pipeline import build
from policygraph.facade import PolicyGraph
from policygraph.settings import Settings


def answering(body: dict[str, object]) -> str:
    """Quotes both texts where both speak of sewers, and invents a quotation elsewhere."""
    asked = str(body["messages"])
    if "排查污水收集管网" in asked.split("下级条文】")[-1] and "全面排查污水收集管网" in asked:
        return '{"degree": "partial", "lower_quote": "排查污水收集管网", "higher_quote": "全面排查污水收集管网"}'
    return '{"degree": "full", "lower_quote": "建成全部示范工程", "higher_quote": "建成全部示范工程"}'


def settings(url: str, **more: float) -> Settings:
    return Settings.load({}, encoder="none", workers=1, reader=url, reader_model="qwen", reader_margin=1.0, **more)


def test_a_build_names_what_the_second_reader_decided(small_corpus: Path, tmp_path: Path, reader_server: ModuleType) -> None:
    with reader_server.endpoint(answering) as server:
        report = build(small_corpus, tmp_path / "data", settings=settings(server.url))
        first = len(server.asked)
        again = build(small_corpus, tmp_path / "data", settings=settings(server.url))
        assert len(server.asked) == first
    assert again.unchanged
    assert report.reader == "reader:qwen"
    assert report.read["asked"] == first == report.read["counted"] + report.read["rejected"]
    assert any("do not count" in warning and "建成全部示范工程" in warning for warning in report.warnings)
    with PolicyGraph.open(tmp_path / "data") as graph:
        read = [link for link in graph.library.links.alignments if link.method == "reader:qwen"]
        assert {link.relation for link in read} == {"partially_implements"}
        said = graph.sparql(
            "PREFIX pg: <https://w3id.org/policygraph/ontology#>"
            ' SELECT ?link WHERE { GRAPH ?g { ?link a pg:ImplementationLink ; pg:method "reader:qwen" } }'
        )
        assert len(said) == len(read) > 0


def test_what_was_not_answered_stands_as_judged_and_is_asked_again(
    small_corpus: Path, tmp_path: Path, reader_server: ModuleType
) -> None:
    plain = build(small_corpus, tmp_path / "plain", settings=Settings.load({}, encoder="none", workers=1))
    with reader_server.endpoint(answering, status=503) as server:
        down = build(small_corpus, tmp_path / "data", settings=settings(server.url))
        server.status = 200
        again = build(small_corpus, tmp_path / "data", settings=settings(server.url))
    assert any("got no answer" in warning for warning in down.warnings)
    assert down.release.manifest.links == plain.release.manifest.links
    assert not again.unchanged
    assert again.read["counted"] > 0


def test_without_the_setting_nobody_is_asked(small_corpus: Path, tmp_path: Path, reader_server: ModuleType) -> None:
    with reader_server.endpoint(answering) as server:
        report = build(small_corpus, tmp_path / "data", settings=Settings.load({}, encoder="none", workers=1))
        assert server.asked == []
    assert report.reader == "" and report.read == {}
