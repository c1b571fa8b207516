"""Builds on a Ray cluster of two machines: the release of the process pool, byte for byte, whatever dies on the way."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from policygraph.build.pipeline import build
from policygraph.cluster import connected
from policygraph.encode.encoder import E5Encoder
from policygraph.errors import PolicyGraphError, UsageError
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings

ray = pytest.importorskip("ray", reason="the extra ray is not installed")
from ray.cluster_utils import Cluster  # noqa: E402

pytestmark = pytest.mark.slow

#: Of an object store: what a build sends about is small.
STORE = 80 * 1024**2
#: A machine that is silent counts as dead after a second, and not after fifteen.
SOON = {"health_check_initial_delay_ms": 500, "health_check_period_ms": 500, "health_check_failure_threshold": 3}
PLAIN = Settings(encoder="none", workers=2)


@pytest.fixture(scope="module")
def cluster():
    """A head that works on nothing, and a machine of one core."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False, "_system_config": SOON}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(num_cpus=1, object_store_memory=STORE)
    yield cluster
    cluster.shutdown()


@pytest.fixture
def settings(cluster):
    return Settings(encoder="none", executor="ray", address=cluster.address)


class Everywhere:
    """What all workers see."""

    def unseen(self):
        return ""


class Nowhere:
    """What no worker sees."""

    def unseen(self):
        return "the cache in /srv/policies"


def listed(data):
    release = DataFolder(data).current()
    assert release.damage() == []
    return {name: (release.folder / name).read_bytes() for name in ["manifest.json", "parts.json", *release.manifest.files]}


@dataclass
class Frail:
    """What takes its process with it when it is first asked, or always."""

    mark: Path
    always: bool = False

    def doubled(self, numbers):
        if self.always or not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return [2 * number for number in numbers]


def fall_on_seven(number):
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def gone(number):
    return f"died on {number}"


def refuse(number):
    raise PolicyGraphError(f"No {number}.", remedy="Take another.")


def test_release_of_a_cluster_is_that_of_processes(small_corpus, tmp_path, settings):
    one = build(small_corpus, tmp_path / "one", settings=PLAIN).release
    told = []
    two = build(small_corpus, tmp_path / "two", settings=settings, progress=lambda stage, *, done, total: told.append((stage, done, total))).release
    assert two.id == one.id
    assert listed(tmp_path / "two") == listed(tmp_path / "one")
    assert ("extract_documents", 3, 3) in told
    assert not ray.is_initialized()


def test_nothing_is_lost_or_twice_when_a_machine_dies_in_mid_build(small_corpus, tmp_path, cluster, settings):
    build(small_corpus, tmp_path / "one", settings=PLAIN)
    other = cluster.add_node(num_cpus=1, object_store_memory=STORE)
    told = []

    def progress(stage, *, done, total):
        told.append((stage, done))
        if told.count(("extract_documents", 1)) == 1 and other in cluster.worker_nodes:
            cluster.remove_node(other, allow_graceful=False)

    build(small_corpus, tmp_path / "two", settings=settings, progress=progress)
    assert other not in cluster.worker_nodes
    assert [done for stage, done in told if stage == "align_documents"] == [0, 1, 2, 3]
    assert listed(tmp_path / "two") == listed(tmp_path / "one")


def test_model_is_held_by_the_machines_and_the_release_is_the_same(small_corpus, tmp_path, settings, monkeypatch):
    build(small_corpus, tmp_path / "one", settings=PLAIN.but(encoder="e5-small"))
    for method in ("encode_passages", "encode_stretches"):
        monkeypatch.setattr(E5Encoder, method, lambda *_: pytest.fail("this process encodes"))
    build(small_corpus, tmp_path / "two", settings=settings.but(encoder="e5-small"))
    assert listed(tmp_path / "two") == listed(tmp_path / "one")


def test_what_a_machine_held_is_made_anew_when_its_process_dies(settings, tmp_path):
    with connected(settings, shared=Everywhere()) as cluster:
        portions = cluster.hold(partial(Frail, tmp_path / "mark")).call("doubled", range(9))
        assert [number for portion in portions for number in portion] == [2 * number for number in range(9)]
        with pytest.raises(PolicyGraphError, match="killed again and again"):
            cluster.hold(partial(Frail, tmp_path / "mark", always=True)).call("doubled", [1])


def test_only_the_item_that_kills_its_worker_is_lost(settings):
    with connected(settings, shared=Everywhere()) as executors:
        results = list(executors(0, items=12).map(fall_on_seven, range(12), died=gone))
    assert results == [0, 1, 2, 3, 4, 5, 6, "died on 7", 8, 9, 10, 11]


def test_error_of_a_worker_is_the_error_of_the_build(settings):
    with connected(settings, shared=Everywhere()) as executors, pytest.raises(PolicyGraphError) as caught:
        list(executors(0, items=1).map(refuse, [3], died=gone))
    assert (caught.value.message, caught.value.remedy) == ("No 3.", "Take another.")


def test_machine_that_does_not_see_the_folders_is_named(settings):
    with connected(settings, shared=Nowhere()) as executors, pytest.raises(UsageError, match="does not see the cache in /srv/policies"):
        list(executors(0, items=1).map(fall_on_seven, [3], died=gone))


def test_interrupt_leaves_the_release_in_service(small_corpus, tmp_path, settings):
    before = build(small_corpus, tmp_path / "data", settings=PLAIN).release.id
    plan = small_corpus / "sichuan-river-2023.txt"
    plan.write_text(plan.read_text("utf-8").replace("12座", "13座"), "utf-8")

    def interrupt(stage, *, done, total):
        if stage == "align_documents" and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(small_corpus, tmp_path / "data", settings=settings, progress=interrupt)
    assert DataFolder(tmp_path / "data").current().id == before
    assert not ray.is_initialized()


def free_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        return other.getsockname()[1]


def test_items_are_taken_as_cores_become_free(settings):
    taken = itertools.count()
    with connected(settings.but(in_flight=3), shared=Everywhere()) as executors:
        results = executors(0, items=100).map(str, (next(taken) for _ in range(100)), died=gone)
        assert next(results) == "0"
        assert next(taken) <= 7
        results.close()


def test_cluster_without_a_machine_to_work_on_is_given_up(cluster, settings):
    for machine in list(cluster.worker_nodes):
        cluster.remove_node(machine, allow_graceful=False)
    try:
        said = "has no machine left to work on. The release in service is as it was."
        with connected(settings.but(cluster_seconds=1.0), shared=Everywhere()) as executors, pytest.raises(PolicyGraphError, match=said):
            list(executors(0, items=1).map(str, [3], died=gone))
    finally:
        cluster.add_node(num_cpus=1, object_store_memory=STORE)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--executor", "dask"], "executor: there is no 'dask'. Executors: processes, ray."),
        (["--executor", "ray", "--address", "ray"], "'ray' is no address of a Ray cluster."),
        (["--executor", "ray", "--address", "ray://10.0.0.1:10001"], "'ray://10.0.0.1:10001' is no address of a Ray cluster."),
        (["--executor", "ray", "--address", f"127.0.0.1:{free_port()}"], "No Ray cluster answers at 127.0.0.1:"),
    ],
)
def test_address_that_is_none_is_refused_in_one_line(small_corpus, tmp_path, options, said):
    command = [sys.executable, "-m", "policygraph", "build", str(small_corpus), "-o", str(tmp_path / "data"), "--no-encoder"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_cluster_that_goes_away_is_told_in_one_line(small_corpus, tmp_path):
    """In a process of its own, since Ray ends one that has lost its cluster."""
    program = Path(__file__).with_name("cluster_gone.py")
    done = subprocess.run([sys.executable, str(program), str(small_corpus), str(tmp_path / "data")], capture_output=True, text=True, check=False)
    assert "does not answer any more. The release in service is as it was." in done.stderr
    assert done.returncode == 1
