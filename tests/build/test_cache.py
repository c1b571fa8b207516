"""The cache: whole or absent, and nothing but records comes out."""

from __future__ import annotations

import pickle

import pytest

from policygraph.cache import Cache, key_of
from policygraph.model import Deadline

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


def test_keep_only_removes_the_rest_and_half_written_files(cache):
    cache.put(key_of("a"), 1)
    cache.put(key_of("b"), 2)
    (cache.path(key_of("a")).parent / ".half.123").write_bytes(b"x")
    assert cache.keep_only({key_of("a")}) == 2
    assert (cache.get(key_of("a")), cache.get(key_of("b"))) == (1, None)
