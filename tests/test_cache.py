"""The cache: whole or absent, and nothing but records comes out."""

from __future__ import annotations

import pickle

import pytest

from policygraph.build.pipeline import build
from policygraph.cache import Cache, key_of
from policygraph.model import Deadline
from policygraph.settings import Settings

DEADLINE = Deadline(id="d/1", document="d", clause="d/c", text="到2025年年底", date="2025-12-31", start=3, end=11, by="t/1")


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_what_is_put_comes_back(cache):
    cache.put(key_of("a"), (DEADLINE, {"n": 1}))
    assert cache.get(key_of("a")) == (DEADLINE, {"n": 1})
    assert cache.get(key_of("b")) is None


def test_key_depends_on_every_part_and_not_on_the_order_of_fields():
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1})
    assert len({key_of("ab"), key_of("a", "b"), key_of("a", ["b"]), key_of()}) == 4


@pytest.mark.parametrize("harm", [b"", b"pgc1", b"x" * 200, None], ids=["empty", "cut", "other", "flipped"])
def test_damaged_entry_counts_as_absent(cache, harm):
    key = key_of("a")
    cache.put(key, DEADLINE)
    data = cache.path(key).read_bytes()
    cache.path(key).write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if harm is None else harm)
    assert cache.get(key) is None


def test_only_records_are_read_back(cache, tmp_path):
    class Attack:
        def __reduce__(self):
            return (__import__("os").system, (f"touch {tmp_path}/attacked",))

    cache.write(key_of("a"), pickle.dumps(Attack()))
    assert cache.get(key_of("a")) is None
    assert not (tmp_path / "attacked").exists()


def test_prune_removes_what_no_standing_release_needs(cache):
    for name in "abc":
        cache.put(key_of(name), name)
    for release, names in (("r1", "ab"), ("r2", "b")):
        used = Cache(cache.folder)
        for name in names:
            used.get(key_of(name))
        used.note(release)
    (cache.path(key_of("b")).parent / ".half.123").write_bytes(b"x")
    assert cache.prune(["r1", "r2"]) == 2
    assert [cache.get(key_of(name)) for name in "abc"] == ["a", "b", None]
    assert cache.prune(["r2"]) == 1
    assert [cache.get(key_of(name)) for name in "abc"] == [None, "b", None]


def test_cache_without_notes_is_left_alone(cache):
    cache.put(key_of("a"), 1)
    assert cache.prune(["r1"]) == 0
    assert cache.get(key_of("a")) == 1


def test_worker_gets_the_folder_alone(cache):
    cache.get(key_of("a"))
    assert pickle.loads(pickle.dumps(cache)).asked == set()


@pytest.mark.slow
def test_cache_does_not_outgrow_the_releases_that_stand(small_corpus, tmp_path):
    settings = Settings(encoder="none", keep_releases=2)
    plan = small_corpus / "sichuan-river-2023.txt"
    text = plan.read_text("utf-8")
    sizes = []
    for number in range(12, 18):
        plan.write_text(text.replace("12座", f"{number}座"), "utf-8")
        build(small_corpus, tmp_path / "data", settings=settings)
        sizes.append(sum(1 for path in (tmp_path / "data" / "cache").glob("??/*")))
    assert sizes[0] < sizes[1] == sizes[-1]
    plan.write_text(text.replace("12座", "16座"), "utf-8")
    assert build(small_corpus, tmp_path / "data", settings=settings).extracted == 0
