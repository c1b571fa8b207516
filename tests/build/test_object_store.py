"""Corpus and cache in an object store: the release of the folders, objects written once, and a store that refuses."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from policygraph.build.pipeline import build
from policygraph.cache import Cache, key_of
from policygraph.corpus.folder import place_of, read_corpus
from policygraph.errors import PolicyGraphError
from policygraph.object_cache import ObjectCache
from policygraph.objects import ObjectPath, _files_of
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings

moto = pytest.importorskip("moto.server", reason="the package moto is not installed (pip install 'policygraph[test]')")
pytest.importorskip("s3fs", reason="the extra ray is not installed")
KEY = key_of("落实")
ACCOUNT = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "of-policies", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def server():
    """S3 on loopback; the address of its endpoint."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server, monkeypatch, request):
    """A bucket of its own for a test."""
    for name, value in {**ACCOUNT, "AWS_ENDPOINT_URL": server}.items():
        monkeypatch.setenv(name, value)
    _files_of.cache_clear()
    import fsspec

    fsspec.get_filesystem_class("s3").clear_instance_cache()
    name = f"policies-{abs(hash(request.node.name)) % 10**9}"
    fsspec.filesystem("s3", use_listings_cache=False).mkdir(name)
    yield f"s3://{name}"
    _files_of.cache_clear()
    fsspec.get_filesystem_class("s3").clear_instance_cache()


@pytest.fixture
def cache(bucket, tmp_path):
    return ObjectCache(tmp_path / "here", url=f"{bucket}/cache")


def sent(folder, bucket):
    """The files of a folder as objects."""
    for path in folder.rglob("*"):
        if path.is_file():
            (ObjectPath(f"{bucket}/corpus") / path.relative_to(folder).as_posix()).create(path.read_bytes())
    return place_of(f"{bucket}/corpus/")


def listed(data):
    release = DataFolder(data).current()
    assert release.damage() == []
    return {name: (release.folder / name).read_bytes() for name in ["manifest.json", "parts.json", *release.manifest.files]}


def test_entries_are_those_of_a_folder(cache, tmp_path):
    folder = Cache(tmp_path / "folder")
    folder.put(KEY, {"条": 13})
    cache.put(KEY, {"条": 13})
    assert ObjectPath(f"{cache.url}/{KEY[:2]}/{KEY[2:]}").read_bytes() == folder.path(KEY).read_bytes()
    assert cache.keep(KEY, "城市黑臭水体\n".encode()) == folder.keep(KEY, "城市黑臭水体\n".encode())


def test_what_one_machine_keeps_another_reads_and_links(cache, tmp_path):
    cache.put(KEY, {"条": 13})
    kept = cache.keep(KEY, b"text\n")
    other = ObjectCache(tmp_path / "elsewhere", url=cache.url)
    assert (other.get(KEY), other.has(KEY), other.holds(kept)) == ({"条": 13}, True, True)
    other.link(kept, tmp_path / "linked.txt")
    assert (tmp_path / "linked.txt").read_bytes() == b"text\n"
    assert Cache(tmp_path / "elsewhere").get(KEY) == {"条": 13}  # and has it at hand from then on
    assert Cache(tmp_path / "elsewhere").holds(kept)


def test_workers_keep_nothing_of_it_on_their_disk(cache, tmp_path, monkeypatch):
    make, arguments = cache.__reduce__()
    worker = make(tmp_path / "scratch", *arguments[1:])
    worker.put(KEY, {"条": 13})
    kept = worker.keep(KEY, b"text\n")
    assert (worker.get(KEY), worker.has(KEY), worker.holds(kept)) == ({"条": 13}, True, True)
    assert not (tmp_path / "scratch").exists()


def test_object_that_is_whole_is_left_and_one_that_is_not_is_written_anew(cache):
    place = ObjectPath(f"{cache.url}/{KEY[:2]}/{KEY[2:]}")
    cache.put(KEY, 1)
    first = place.read_bytes()
    cache.put(KEY, 2)
    assert place.read_bytes() == first
    place.replace(first[:-1])
    away = ObjectCache(cache.folder.with_name("away"), url=cache.url)
    assert away.get(KEY) is None
    away.put(KEY, 2)
    assert ObjectCache(cache.folder.with_name("third"), url=cache.url).get(KEY) == 2


def test_kept_file_that_is_damaged_goes_into_no_release(cache, tmp_path):
    kept = cache.keep(KEY, b"text\n")
    ObjectPath(f"{cache.url}/{KEY[:2]}/{KEY[2:]}.file").replace(b"tent\n")
    with pytest.raises(PolicyGraphError, match="is damaged"):
        ObjectCache(tmp_path / "elsewhere", url=cache.url).link(kept, tmp_path / "linked.txt")
    assert not (tmp_path / "linked.txt").exists()


def test_corpus_of_objects_is_that_of_the_folder(small_corpus, bucket):
    for name in ("省/计划.txt", "省/.hidden/a.txt", "省/网页.html", "省/网页_files/b.txt", "README.md", "verdicts.jsonl"):
        (small_corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (small_corpus / name).write_text(f"{name}\n", "utf-8")
    (small_corpus / "manifest.toml").write_text('[documents."省/计划.txt"]\nid = "plan"\n', "utf-8")
    (small_corpus / "sichuan-river-2023.txt.toml").write_text('region = "510000"\n', "utf-8")
    (small_corpus / "chongqing-river-2023.txt.toml").write_text("region = 1\n", "utf-8")
    there, here = read_corpus(sent(small_corpus, bucket)), read_corpus(small_corpus)
    assert [(f.source, f.document, f.sha256, f.bytes, f.overrides) for f in there.files] == [
        (f.source, f.document, f.sha256, f.bytes, f.overrides) for f in here.files
    ]
    assert there.problems == here.problems
    assert len(here.files) == 4


def test_release_of_objects_is_that_of_folders(small_corpus, bucket, tmp_path):
    build(small_corpus, tmp_path / "one", settings=Settings(encoder="none"))
    settings = Settings(encoder="none", workers=1, cache=f"{bucket}/cache")
    corpus = sent(small_corpus, bucket)
    build(corpus, tmp_path / "two", settings=settings)
    assert listed(tmp_path / "two") == listed(tmp_path / "one")
    assert DataFolder(tmp_path / "two").corpus is None
    again = build(corpus, tmp_path / "three", settings=settings)  # another data folder: all that is there is taken
    assert again.extracted == 0
    assert listed(tmp_path / "three") == listed(tmp_path / "one")


@pytest.mark.slow
def test_release_of_a_cluster_on_objects_is_that_of_folders(small_corpus, bucket, tmp_path):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    build(small_corpus, tmp_path / "one", settings=Settings())
    settings = Settings(workers=1, executor="ray", cache=f"{bucket}/cache")
    build(sent(small_corpus, bucket), tmp_path / "two", settings=settings)
    assert listed(tmp_path / "two") == listed(tmp_path / "one")


def free_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        return other.getsockname()[1]


@pytest.mark.parametrize(
    ("options", "environment", "status", "said"),
    [
        (["s3://no-such-bucket/corpus"], {}, 1, "There is no bucket 'no-such-bucket' for s3://no-such-bucket/corpus."),
        (["{corpus}", "--cache", "s3://no-such-bucket/cache"], {}, 1, "There is no bucket 'no-such-bucket'"),
        (["{corpus}", "--cache", "there"], {}, 2, "cache: 'there' is no address of an object store."),
        (["{corpus}", "--cache", "tape://there"], {}, 2, "tape:// is no kind of store that is known."),
        (["{corpus}", "-o", "s3://bucket/data"], {}, 2, "is no folder. Releases are published into a folder"),
        (["{corpus}", "--cache", "s3://b/c"], {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "HOME": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true"}, 1, "The store refuses s3://b/c"),
        (["{corpus}", "--cache", "s3://b/c"], {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}, 1, "does not answer as it should"),
    ],
)  # fmt: skip
def test_store_that_cannot_be_used_is_one_line(small_corpus, tmp_path, server, options, environment, status, said):
    command = [sys.executable, "-m", "policygraph", "build", *(text.format(corpus=small_corpus) for text in options), "--no-encoder"]
    given = {**os.environ, **ACCOUNT, "AWS_ENDPOINT_URL": server, "POLICYGRAPH_DATA": str(tmp_path / "data"), **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=given)
    assert said in done.stderr
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (status, "", 1)


def test_wrong_credentials_are_told_as_such(bucket, server):
    def look_at_keys_after(requests):
        urlopen(Request(f"{server}/moto-api/reset-auth", data=requests, headers={"Content-Type": "text/plain"}))

    look_at_keys_after(b"0")
    try:
        with pytest.raises(PolicyGraphError, match="The store refuses .*AWS_ACCESS_KEY_ID"):
            ObjectPath(f"{bucket}/corpus/a.txt").create(b"a")
        with pytest.raises(PolicyGraphError, match="The store refuses"):
            read_corpus(place_of(f"{bucket}/corpus"))
    finally:
        look_at_keys_after(b"inf")


def test_documents_are_added_to_folders_alone(tmp_path):
    (tmp_path / "a.txt").write_text("四川省人民政府关于印发方案的通知\n", "utf-8")
    command = [sys.executable, "-m", "policygraph", "add", str(tmp_path / "a.txt"), "--corpus", "s3://bucket/corpus"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "is no folder. Documents are brought into a folder" in done.stderr


def test_object_is_read_as_a_file_is(bucket):
    place = ObjectPath(f"{bucket}/a/通知.txt")
    place.create("通知".encode())
    assert (place.name, place.read_text("utf-8"), place.with_name("b").exists()) == ("通知.txt", "通知", False)
    assert ObjectPath(f"{bucket}/a").names() == ["通知.txt"]
