"""Search in a Milvus collection: milvus-lite as a process, asked beside the release's own index."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pymilvus", reason="the extra milvus is not installed")
pytest.importorskip("milvus_lite", reason="the extra milvus is not installed")

from policygraph.encode.encoder import E5Encoder
from policygraph.errors import InputError, ReleaseError, UsageError
from policygraph.extract import extract
from policygraph.read import read_file
from policygraph.search import Searcher, build_index, filling, milvus, push_index, ranking, searcher
from policygraph.search.engine import Having
from policygraph.search.filling import Rows, fill
from policygraph.search.index import ClauseIndex
from policygraph.search.milvus import Address, Collection, dimension, expression, rows_of
from policygraph.segment import segment
from policygraph.settings import Settings

ROOT = Path(__file__).parents[2]
QUERIES = [json.loads(line)["query"] for line in (ROOT / "tests" / "gold" / "queries.jsonl").read_text("utf-8").splitlines()]


@contextlib.contextmanager
def milvus_server(folder: Path) -> Iterator[str]:
    """milvus-lite in a process of its own: its address, `milvus://127.0.0.1:port`; it is ended by its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder / "milvus"), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "milvus.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert process.poll() is None, (folder / "milvus.log").read_text("utf-8")
            time.sleep(0.05)
        yield f"milvus://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def silent(stage: str, *, done: int, total: int) -> None:
    assert stage == "fill_index" and 0 < done <= total


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of two documents of the corpus, with its vectors."""
    folder = tmp_path_factory.mktemp("index")
    records = []
    for path in sorted((ROOT / "corpus").glob("*yangtze*.*"))[-2:]:
        source = read_file(path)
        records += [extract(source, document, clauses) for document, clauses in segment(source, doc_id=path.stem)]
    build_index(records, folder, encoder=E5Encoder())
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with milvus_server(tmp_path_factory.mktemp("milvus")) as address:
        yield address


@pytest.fixture(scope="module")
def filled(folder: Path, server: str) -> str:
    """A collection that holds the index."""
    address = f"{server}/water"
    push_index(folder, settings=Settings(index=address), told=silent)
    return address


@pytest.fixture(scope="module")
def own(folder: Path) -> Searcher:
    return Searcher.open(folder)


@pytest.fixture(scope="module")
def remote(folder: Path, filled: str, own: Searcher) -> Searcher:
    return Searcher.open(folder, settings=Settings(index=filled))


def test_finds_what_the_own_index_finds_with_the_same_reasons_and_facets(own: Searcher, remote: Searcher) -> None:
    assert len(QUERIES) >= 40
    for query in QUERIES:
        here, there = own.search(query), remote.search(query)
        assert [hit.clause for hit in there.hits] == [hit.clause for hit in here.hits], query
        assert [[(why.kind, why.text) for why in hit.why] for hit in there.hits] == [
            [(why.kind, why.text) for why in hit.why] for hit in here.hits
        ], query
        assert there.facets == here.facets and there.total == here.total and there.conditions == here.conditions
        assert np.allclose([hit.score for hit in there.hits], [hit.score for hit in here.hits], atol=2e-3), query


def test_candidates_that_it_brings_are_those_that_answer(
    folder: Path, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an index of which each kind of evidence brings a small part."""
    monkeypatch.setattr(searcher, "_ALL", 0)
    for name, limit in (("_BY_WORDS", 12), ("_BY_HEADING", 4), ("_BY_BRIDGE", 6), ("_BY_WHOLE", 10), ("_BY_SENTENCE", 18)):
        monkeypatch.setattr(ranking, name, limit)
    own, remote = Searcher.open(folder), Searcher.open(folder, settings=Settings(index=filled))
    same = []
    for query in QUERIES:
        here, there = own.search(query, limit=5), remote.search(query, limit=5)
        assert here.total < own.index.units
        same += [{hit.clause for hit in here.hits} == {hit.clause for hit in there.hits}]
    assert sum(same) >= 0.9 * len(same)


@pytest.mark.parametrize(
    "filters",
    [
        {"region": "四川"}, {"document": "national-yangtze-2022"}, {"kind": "measure"}, {"agency": "生态环境部"},
        {"agency": "生态环境部", "role": "lead"}, {"role": "cooperate"}, {"due_by": "2024"}, {"modality": "mandatory"},
        {"indicator": "农膜回收率"},
    ],
    ids=str,
)  # fmt: skip
def test_filters_leave_out_the_same(own: Searcher, remote: Searcher, filters: dict[str, str]) -> None:
    try:
        here = own.search("污水", limit=50, **filters)
    except UsageError:
        pytest.skip("no such value in these documents")
    there = remote.search("污水", limit=50, **filters)
    assert [hit.clause for hit in there.hits] == [hit.clause for hit in here.hits] and here.hits
    assert there.facets == here.facets


def test_a_condition_is_handed_to_milvus_and_heeded_there(remote: Searcher) -> None:
    """What it leaves out the searcher would leave out as well, so this asks the engine itself."""
    index = remote.index
    lead = (index.having("agency", ["生态环境部"], extra=0),)
    found = index.engine.whole.search(index.ordinary[0], index.units, where=(lead,))
    mask = index.allowed((lead,))
    assert mask is not None
    assert sorted(found.tolist()) == np.unique(index.unit_of[np.flatnonzero(mask)]).tolist() != []
    words = index.match(["水"], limit=index.units, where=(lead,))
    assert set(words.tolist()) <= set(found.tolist())


def test_similar_clauses_are_the_same(own: Searcher, remote: Searcher) -> None:
    clause = own.search("岸电").hits[0].clause
    assert [hit.clause for hit in remote.similar(clause).hits] == [hit.clause for hit in own.similar(clause).hits]


def test_vectors_of_the_release_are_not_opened(folder: Path, filled: str, tmp_path: Path) -> None:
    """A service beside Milvus needs no vectors on its own disk."""
    light = tmp_path / "index"
    light.mkdir()
    for path in folder.iterdir():
        if path.suffix != ".faiss":
            (light / path.name).symlink_to(path)
    with pytest.raises(RuntimeError):
        Searcher.open(light).search("农膜回收率")
    assert Searcher.open(light, settings=Settings(index=filled)).search("农膜回收率").hits


def test_products_are_exact_where_the_index_is_approximate(folder: Path, server: str, own: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus, "_SCANNED_UNTIL", 0)
    settings = Settings(index=f"{server}/approximate")
    push_index(folder, settings=settings, told=silent)
    parts = Searcher.open(folder, settings=settings).index.parts
    rows, vector = np.arange(0, len(own.index.sentences), 2), own.index.ordinary[1]
    assert np.allclose(parts.products(rows, vector), own.index.parts.products(rows, vector), atol=1e-5)


def test_a_push_that_was_broken_off_is_gone_on_with(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when Milvus was ended, too."""
    monkeypatch.setattr(filling, "_BATCH", 60)
    index = ClauseIndex(folder)

    def broken(stage: str, *, done: int, total: int) -> None:
        if done > index.units:
            raise KeyboardInterrupt

    with milvus_server(tmp_path) as address, pytest.raises(KeyboardInterrupt):
        push_index(folder, settings=Settings(index=f"{address}/half"), told=broken)
    with milvus_server(tmp_path) as address:
        settings = Settings(index=f"{address}/half")
        with pytest.raises(ReleaseError, match=f"holds [0-9]+ of {rows_of(index):,} rows. Go on with it: policygraph push --index"):
            Searcher.open(folder, settings=settings)
        held = Collection.named(settings, index).count()
        assert index.units < held < rows_of(index)
        assert push_index(folder, settings=settings, told=silent) == rows_of(index) - held
        assert push_index(folder, settings=settings, told=silent) == 0
        assert Searcher.open(folder, settings=settings).search("岸电").hits


def test_rows_that_differ_are_seen(folder: Path, server: str) -> None:
    index = ClauseIndex(folder)
    collection = Collection.named(Settings(index=f"{server}/wrong"), index)
    fill(index, collection, told=silent)
    (row,) = Rows(index).of([0])
    collection.put([{**row, "vector": -row["vector"]}], partition="units")
    with pytest.raises(ReleaseError, match="row 0 differs"):
        fill(index, collection, told=silent)


def test_the_collection_of_another_release_is_refused_and_left(folder: Path, server: str, filled: str, tmp_path: Path) -> None:
    text = tmp_path / "qingjiang.txt"
    text.write_text("清江保护方案\n\n一、任务\n\n（一）推广岸电。2024年底前完成港口改造。（交通运输部牵头）\n", "utf-8")
    source = read_file(text)
    records = [extract(source, document, clauses) for document, clauses in segment(source, doc_id="qingjiang")]
    build_index(records, tmp_path / "words", encoder=None)
    for work in (Searcher.open, lambda place, settings: push_index(place, settings=settings, told=silent)):
        with pytest.raises(ReleaseError, match="holds the index .*, not .* of this release. Push this release into a collection of another"):
            work(tmp_path / "words", settings=Settings(index=filled))
    assert Searcher.open(folder, settings=Settings(index=filled)).search("岸电").hits
    settings = Settings(index=f"{server}/words")  # a release without an encoder: words alone
    push_index(tmp_path / "words", settings=settings, told=silent)
    found = Searcher.open(tmp_path / "words", settings=settings).search("港口改造")
    assert "港口改造" in found.hits[0].text and not found.semantic


def test_a_file_holds_a_collection_as_well(folder: Path, own: Searcher, tmp_path: Path) -> None:
    settings = Settings(index=f"milvus:{tmp_path}/index.db/water")
    push_index(folder, settings=settings, told=silent)
    found = Searcher.open(folder, settings=settings).search("农膜回收率")
    assert [hit.clause for hit in found.hits] == [hit.clause for hit in own.search("农膜回收率").hits]


def test_what_goes_wrong_is_one_line_with_the_way_out(folder: Path, server: str, tmp_path: Path) -> None:
    for index, error, said in [
        ("milvus://127.0.0.1:1/water", ReleaseError, "cannot be reached .* Does Milvus run there"),
        (f"{server}/nothing", ReleaseError, "There is no collection nothing .* policygraph push --index"),
        ("http://127.0.0.1:19530", UsageError, "is no address of an index. Write milvus://host:port/collection"),
        (f"milvus:{tmp_path}/nowhere/index.db", ReleaseError, "cannot be opened .*milvus-lite server"),
    ]:
        with pytest.raises(error, match=said) as caught:
            Searcher.open(folder, settings=Settings(index=index, index_seconds=5))
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="cannot be read .* --index-token-file"):
        Searcher.open(folder, settings=Settings(index=f"{server}/water", index_token_file=str(tmp_path / "none")))


def test_a_token_that_is_refused_is_said_to_be(folder: Path, tmp_path: Path) -> None:
    """milvus-lite takes any token, so a server stands here that refuses as Milvus does."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc

    class Refusing(grpc.ServerInterceptor):
        def intercept_service(self, continuation, details):
            def refuse(request, context):
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check api key is correct")

            return grpc.unary_unary_rpc_method_handler(refuse)

    token = tmp_path / "token"
    token.write_text("root:wrong\n", "utf-8")
    refusing = grpc.server(ThreadPoolExecutor(2), interceptors=[Refusing()])
    port = refusing.add_insecure_port("127.0.0.1:0")
    refusing.start()
    try:
        with pytest.raises(ReleaseError, match="refuses the token. Give a file"):
            Searcher.open(folder, settings=Settings(index=f"milvus://127.0.0.1:{port}/water", index_token_file=str(token)))
    finally:
        refusing.stop(None)


def test_a_milvus_that_goes_away_is_said(folder: Path, tmp_path: Path) -> None:
    with milvus_server(tmp_path) as address:
        settings = Settings(index=f"{address}/water", index_seconds=5)
        push_index(folder, settings=settings, told=silent)
        opened = Searcher.open(folder, settings=settings)
        assert opened.search("岸电").hits
    with pytest.raises(ReleaseError, match="Or leave --index out|Its log says more"):
        opened.search("农膜回收率")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "policygraph", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_service_goes_on_with_its_release_until_the_next_ones_collection_is_whole(server: str, tmp_path: Path) -> None:
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    corpus.mkdir()
    build = "build", str(corpus), "-o", str(data), "--no-encoder"
    index = f"{server}/water_{{release}}"
    push = "push", "--index", index, "--data", str(data)
    (corpus / "qingjiang.txt").write_text("清江保护方案\n\n一、任务\n\n（一）推广岸电。2024年底前完成港口改造。\n", "utf-8")
    assert run(*build).returncode == 0
    early = run("serve", "--data", str(data), "--index", index, "--port", "0")
    assert early.returncode == 1 and "Fill it: policygraph push --index" in early.stderr and early.stderr.count("\n") == 1
    pushed = run(*push)
    assert pushed.returncode == 0 and "rows sent; all counted" in pushed.stderr, pushed.stderr
    assert "港口改造" in run("search", "港口改造", "--data", str(data), "--index", index).stdout
    command = [sys.executable, "-m", "policygraph", "serve", "--data", str(data), "--index", index, "--port", "0", "--refresh-seconds", "0.05"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        try:
            lines = iter(service.stderr.readline, "")
            address = next(line.split()[1] for line in lines if line.startswith("policygraph: "))

            def found() -> list[str]:
                query = urllib.parse.urlencode({"q": "推进餐厨垃圾无害化处理", "limit": 3, "parse": "false"})
                with urllib.request.urlopen(f"{address}search?{query}", timeout=60) as reply:
                    return [hit["document"] for hit in json.load(reply)["hits"]]

            port = int(address.rstrip("/").rpartition(":")[2])
            while service.poll() is None:  # the address is said before it is listened on
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.05)
            assert "minjiang" not in found()
            (corpus / "minjiang.txt").write_text("岷江保护方案\n\n一、任务\n\n（一）处理厨余垃圾。推进餐厨垃圾无害化处理。\n", "utf-8")
            assert run(*build).returncode == 0
            assert any("There is no collection water_" in line for line in lines)
            assert "minjiang" not in found()
            assert run(*push).returncode == 0
            assert any("in service" in line for line in lines)
            assert found()[0] == "minjiang"
        finally:
            service.terminate()


def test_push_takes_one_address(tmp_path: Path) -> None:
    for more in ((), ("http://127.0.0.1:1/store", "--index", "milvus://127.0.0.1:1/water")):
        done = run("push", *more, "--data", str(tmp_path))
        assert done.returncode == 2 and "one of the two" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "uri", "name"),
    [
        ("milvus://10.0.0.7:19530/water", "http://10.0.0.7:19530", "water"),
        ("milvus+tls://milvus.example.cn:443", "https://milvus.example.cn:443", "policygraph"),
        ("milvus:data/index.db", "data/index.db", "policygraph"),
        ("milvus:///srv/index.db/water", "/srv/index.db", "water"),
    ],
)
def test_addresses(text: str, uri: str, name: str) -> None:
    assert (Address.read(text).uri, Address.read(text).name) == (uri, name)


def test_grams_have_dimensions_of_their_own() -> None:
    grams = ["岸", "电", "岸电", "电岸", "2025", "pm2.5", "vocs", "𠀀", "㐀", "一"]
    assert len({dimension(gram) for gram in grams}) == len(grams)
    assert all(0 < dimension(gram) < 2**32 - 1 for gram in grams)


def test_a_condition_of_more_values_than_are_handed_over_is_left_to_the_searcher() -> None:
    many, few = Having("due", frozenset(range(5000))), Having("region", frozenset({3}))
    assert expression(((many,), (few,))) == "(array_contains_any(region, [3]))"
    assert expression(((Having("agency", frozenset({1}), 2),),)) == "(array_contains_any(agency, [7]))"
