"""The build as a whole: stages that hold to what they declare, releases that come out the same, bad inputs."""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from policygraph.build.documents import job_for, known, process
from policygraph.build.pipeline import GIVEN, STAGES, Stage, build
from policygraph.cache import Cache
from policygraph.corpus.folder import CorpusFile
from policygraph.errors import InputError, PolicyGraphError, ReleaseError
from policygraph.graph.quads import graph_files, open_quads
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings

SETTINGS = Settings(encoder="none")


def whole(data):
    release = DataFolder(data).current()
    assert release.damage() == []
    return release


def listed(release):
    return {name: (release.folder / name).read_bytes() for name in ["manifest.json", *release.manifest.files]}


def graph_of(release):
    return "".join(open_quads(path).read().decode() for path in graph_files(release.graph))


def test_every_stage_reads_what_was_written_before_it():
    there = set(GIVEN)
    for stage in STAGES:
        assert set(stage.reads) <= there, stage.name
        there |= set(stage.writes)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_stage_declares_its_parameters(stage):
    assert list(inspect.signature(stage.run).parameters) == list(stage.reads)


def test_stage_is_held_to_what_it_writes():
    def other(a):
        return {"c": a}

    with pytest.raises(PolicyGraphError, match="declares"):
        Stage(run=other, reads=("a",), writes=("b",))({"a": 1})


def test_build_publishes_a_whole_release(small_corpus, tmp_path):
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    release = whole(tmp_path / "data")
    assert release.id == report.release.id
    assert [document.id for document in report.documents] == ["chongqing-river-2023", "national-river-2022", "sichuan-river-2023"]
    assert all(document.clauses and document.tasks and document.responsibilities for document in report.documents)
    assert release.manifest.links["alignments"] > 0
    for document in report.documents:
        assert release.source_text(document.id) == (small_corpus / document.source).read_text("utf-8")


def test_progress_tells_how_far_each_long_stage_is(small_corpus, tmp_path):
    told = {}

    def progress(stage, *, done, total):
        assert done <= total
        told.setdefault(stage, []).append((done, total))

    build(small_corpus, tmp_path / "data", settings=SETTINGS, progress=progress)
    assert set(told) == {stage.name for stage in STAGES}
    for stage, most in (("extract_documents", 3), ("write_documents", 3), ("align_documents", 3), ("write_index", 3)):  # two pairs, and two siblings
        assert told[stage][-1] == (most, most)
    assert told["finish_graph"][-1] == (6, 6)


def test_second_build_extracts_nothing(small_corpus, tmp_path):
    build(small_corpus, tmp_path / "data", settings=SETTINGS)
    again = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert (again.unchanged, again.extracted) == (True, 0)


def test_one_changed_document_is_extracted_alone(small_corpus, tmp_path):
    first = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    plan = small_corpus / "sichuan-river-2023.txt"
    plan.write_text(plan.read_text("utf-8").replace("12座", "13座"), "utf-8")
    second = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert (second.unchanged, second.extracted) == (False, 1)
    changed = [a.id for a, b in zip(second.documents, first.documents, strict=True) if a.digest != b.digest]
    assert changed == ["sichuan-river-2023"]


def test_removed_document_takes_its_records_and_links_with_it(small_corpus, tmp_path):
    build(small_corpus, tmp_path / "data", settings=SETTINGS)
    (small_corpus / "chongqing-river-2023.txt").unlink()
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert report.extracted == 0
    assert "chongqing-river-2023" not in graph_of(report.release)
    assert not (report.release.folder / "sources" / "chongqing-river-2023.txt").exists()


@pytest.mark.slow
def test_release_is_the_same_bytes_wherever_and_in_whatever_order_it_is_built(small_corpus, tmp_path):
    first = build(small_corpus, tmp_path / "one", settings=SETTINGS).release
    elsewhere = tmp_path / "elsewhere" / "corpus"
    elsewhere.mkdir(parents=True)
    for path in sorted(small_corpus.iterdir(), reverse=True):
        shutil.copy(path, elsewhere)
        os.utime(elsewhere / path.name, (0, 0))
    second = build(elsewhere, tmp_path / "two", settings=Settings(encoder="none", workers=2)).release
    assert first.id == second.id
    assert listed(first) == listed(second)


def test_release_has_another_id_when_what_matters_changes(small_corpus, tmp_path):
    one = build(small_corpus, tmp_path / "data", settings=SETTINGS).release.id
    other_base = build(small_corpus, tmp_path / "data", settings=SETTINGS.but(base_iri="https://example.org/")).release.id
    (small_corpus / "manifest.toml").write_text('[documents."sichuan-river-2023.txt"]\nurl = "https://example.org/s"\n')
    described = build(small_corpus, tmp_path / "data", settings=SETTINGS).release.id
    assert len({one, other_base, described}) == 3


def test_manifest_overrides_and_a_conflict_is_said(small_corpus, tmp_path):
    (small_corpus / "manifest.toml").write_text(
        '[documents."sichuan-river-2023.txt"]\nnumber = "川环发〔2023〕9号"\nurl = "https://example.org/s"\n'
    )
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    sichuan = next(d for d in report.documents if d.id == "sichuan-river-2023")
    assert any("川环发〔2023〕8号" in text and "川环发〔2023〕9号" in text for text in sichuan.warnings)
    assert "https://example.org/s" in graph_of(report.release)


def test_empty_folder_is_refused(tmp_path):
    (tmp_path / "corpus").mkdir()
    with pytest.raises(InputError, match="There is no document"):
        build(tmp_path / "corpus", tmp_path / "data", settings=SETTINGS)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\n", "is empty"),
        ("binary.txt", bytes(range(256)) * 40, "binary|neither"),
        ("unknown.txt", b"\xff\xfe\xfd\x80\x81" * 300, "neither|binary|no clause"),
        ("nothing.txt", "目录".encode(), "no clause"),
        ("table.xyz", b"\x00\x01\x02" * 100, "binary|format|text"),
        ("broken.pdf", b"%PDF-1.7 broken", ""),
        ("broken.docx", b"PK\x03\x04 broken", ""),
    ],
)
def test_bad_file_is_a_problem_and_the_others_are_built(small_corpus, tmp_path, name, content, says):
    (small_corpus / name).write_bytes(content)
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert len(report.documents) == 3
    assert [problem.source for problem in report.problems] == [name]
    assert re.search(says, report.problems[0].reason)
    assert report.problems[0].remedy
    again = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert (again.unchanged, len(again.problems)) == (True, 1)


def test_document_that_the_program_fails_on_is_a_problem_of_its_own(small_corpus, tmp_path):
    """A worker that is handed what no manifest may hold stands for any fault of a rule: it is told with its place, and not kept."""
    path = small_corpus / "sichuan-river-2023.txt"
    data = path.read_bytes()
    file = CorpusFile(path=path, source=path.name, document=path.stem, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
    cache = Cache(tmp_path / "cache")
    wrong = job_for(replace(file, overrides={"title": 5}), cache=cache, settings=SETTINGS)
    outcome = process(wrong)
    assert outcome.problem is not None and not outcome.heads and known(wrong) is None
    assert re.search(r"TypeError at extract/\w+\.py:\d+: ", outcome.problem.reason) and "report" in outcome.problem.remedy
    assert process(job_for(file, cache=cache, settings=SETTINGS)).heads


def test_corpus_of_bad_files_leaves_the_release_in_service(small_corpus, tmp_path):
    before = build(small_corpus, tmp_path / "data", settings=SETTINGS).release.id
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "a.txt").write_bytes(b"")
    with pytest.raises(InputError, match="No document could be built: a.txt"):
        build(bad, tmp_path / "data", settings=SETTINGS)
    assert whole(tmp_path / "data").id == before


def test_damaged_release_is_built_again(small_corpus, tmp_path):
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    good = listed(report.release)
    (report.release.graph / "documents" / "sichuan-river-2023.nq.gz").write_bytes(b"damaged")
    again = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert (again.unchanged, again.extracted) == (False, 0)
    assert listed(whole(tmp_path / "data")) == good


def test_damaged_cache_is_made_again(small_corpus, tmp_path):
    good = listed(build(small_corpus, tmp_path / "data", settings=SETTINGS).release)
    shutil.rmtree(tmp_path / "data" / "releases")
    for path in (tmp_path / "data" / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert listed(build(small_corpus, tmp_path / "data", settings=SETTINGS).release) == good


@pytest.mark.slow
def test_clock_that_jumped_back_changes_nothing(small_corpus, tmp_path):
    """The first build ran while the clock was far ahead: so its files are dated, and so the history tells."""
    first = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    history = tmp_path / "data" / "history"
    history.write_text(re.sub(r" \d{4}-", " 2199-", history.read_text("utf-8")), "utf-8")
    ahead = time.time() + 170 * 366 * 86400
    for path in [*small_corpus.rglob("*"), *(tmp_path / "data").rglob("*")]:
        os.utime(path, (ahead, ahead))
    assert build(small_corpus, tmp_path / "data", settings=SETTINGS).unchanged
    (small_corpus / "chongqing-river-2023.txt").unlink()
    second = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert second.extracted == 0
    folder = DataFolder(tmp_path / "data")
    assert folder.ids() == [first.id, second.release.id]
    assert listed(second.release) == listed(build(small_corpus, tmp_path / "fresh", settings=SETTINGS).release)
    assert folder.rollback().id == first.id
    assert folder.prune(1) == [second.release.id]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="only root gives a process a clock of its own")
def test_clock_that_jumps_between_builds_changes_nothing(small_corpus, tmp_path):
    """The clock that waiting and progress are measured with is a year ahead in the first build."""
    command = [sys.executable, "-m", "policygraph", "build", str(small_corpus), "-o", str(tmp_path / "data"), "--no-encoder"]
    ahead = ["unshare", "--time", "--fork", "--monotonic", "31536000", "--boottime", "31536000"]
    first = subprocess.run([*ahead, *command], capture_output=True, text=True, check=False)
    if "unshare" in first.stderr:
        pytest.skip(f"only root, and not everywhere, gives a process a clock of its own: {first.stderr.strip()}")
    assert first.returncode == 0, first.stderr
    before = whole(tmp_path / "data").id
    (small_corpus / "chongqing-river-2023.txt").unlink()
    after = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    assert DataFolder(tmp_path / "data").ids() == [before, after.id]
    assert listed(after) == listed(build(small_corpus, tmp_path / "fresh", settings=SETTINGS).release)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount") or pytest.skip("only root, where there is a mount command, can mount a small disk")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"only root can mount a small disk: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_full_disk_leaves_the_release_and_the_next_build_finishes(small_corpus, small_disk, tmp_path):
    """Space runs out in the cache, in the store, in the index; once there is enough, everything is as ever."""
    data = small_disk / "data"
    before = build(small_corpus, data, settings=SETTINGS).release
    good = listed(before)
    plan = small_corpus / "sichuan-river-2023.txt"
    plan.write_text(plan.read_text("utf-8").replace("12座", "13座"), "utf-8")
    filler = small_disk / "filler"
    for left in (0, 60, 1_500, 2_600):
        filler.write_bytes(bytes(max(shutil.disk_usage(small_disk).free - left * 1024, 0)))
        with pytest.raises(ReleaseError, match="No space left for the release"):
            build(small_corpus, data, settings=SETTINGS)
        assert whole(data).id == before.id
        assert listed(before) == good
        assert not list(data.glob("staging/*"))
        filler.unlink()
    after = build(small_corpus, data, settings=SETTINGS).release
    assert listed(after) == listed(build(small_corpus, tmp_path / "fresh", settings=SETTINGS).release)


@pytest.mark.slow
def test_full_disk_is_one_line(small_corpus, tmp_path):
    before = build(small_corpus, tmp_path / "data", settings=SETTINGS).release.id
    shutil.rmtree(tmp_path / "data" / "cache")
    (small_corpus / "sichuan-river-2023.txt").unlink()
    script = textwrap.dedent("""
        import resource, sys
        from policygraph.cli import main
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)  # what a full disk does to writes
        main()
    """)
    for size in (100, 60_000):
        done = subprocess.run(
            [sys.executable, "-c", script, str(size), "build", str(small_corpus), "-o", str(tmp_path / "data"), "--no-encoder"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "No space left" in done.stderr and "Traceback" not in done.stderr
        assert whole(tmp_path / "data").id == before
        assert not list((tmp_path / "data").glob("staging/*"))


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root ignores permissions")
def test_folder_without_write_permission_is_one_line(small_corpus, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o555)
    command = [sys.executable, "-m", "policygraph", "build", str(small_corpus), "-o", str(tmp_path / "data"), "--no-encoder"]
    if os.geteuid() == 0:
        # Without the capability that lets root write anywhere, root is a user like others here.
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be written (Permission denied)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_two_builds_at_once_do_not_harm_each_other(small_corpus, tmp_path):
    command = [sys.executable, "-m", "policygraph", "build", str(small_corpus), "-o", str(tmp_path / "data"), "--no-encoder"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], outputs
    assert sum("nothing had to be built" in output for output in outputs) == 2
    whole(tmp_path / "data")


def test_build_that_waits_too_long_for_another_says_so(small_corpus, tmp_path):
    folder = DataFolder(tmp_path / "data")
    with folder.locked(1), pytest.raises(ReleaseError, match="Another build"):
        build(small_corpus, tmp_path / "data", settings=SETTINGS.but(lock_seconds=0.1))


#: What is to be done when this process opens a file for the second time, by its path: a build opens each document when
#: it lists them, and again when it reads them, one after the other.
_AT_SECOND_OPENING: dict[str, list[Callable[[], object] | None]] = {}


def _watch(event, arguments):
    if event == "open" and (waiting := _AT_SECOND_OPENING.get(str(arguments[0]))) and (change := waiting.pop(0)):
        change()


@pytest.fixture
def when_read(small_corpus):
    """Has a thing done when a build begins to read its documents, before it reads another than the first."""
    sys.addaudithook(_watch)  # for good: hooks cannot be taken away, but this one is idle without a path
    first = str(small_corpus / "chongqing-river-2023.txt")
    yield lambda change: _AT_SECOND_OPENING.update({first: [None, change]})
    assert not _AT_SECOND_OPENING.pop(first), "no build has read it"


def test_file_that_changes_while_others_are_read_is_read_as_it_then_is(small_corpus, tmp_path, when_read):
    plan = small_corpus / "sichuan-river-2023.txt"
    text = plan.read_text("utf-8")
    when_read(lambda: plan.write_text(text.replace("12座", "14座"), "utf-8"))
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert "14座" in report.release.source_text("sichuan-river-2023")
    again = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert (again.unchanged, again.release.id) == (True, report.release.id)


def test_file_that_is_deleted_while_others_are_read_is_a_problem(small_corpus, tmp_path, when_read):
    when_read((small_corpus / "sichuan-river-2023.txt").unlink)
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert [problem.source for problem in report.problems] == ["sichuan-river-2023.txt"]
    assert len(report.documents) == 2


@pytest.mark.slow
def test_files_that_never_stand_still_are_read_whole_or_not_at_all(small_corpus, tmp_path):
    """Another process puts new versions into place all the time, and now and then takes the file away."""
    plan = small_corpus / "sichuan-river-2023.txt"
    text = plan.read_text("utf-8")
    writer = textwrap.dedent("""
        import itertools, pathlib, sys
        plan = pathlib.Path(sys.argv[1])
        text = plan.read_text("utf-8")
        beside = plan.with_name(".beside")
        for n in itertools.count(100):
            if n % 50 == 0:
                plan.unlink(missing_ok=True)
            beside.write_text(text.replace("12座", f"{n}座"), "utf-8")
            beside.replace(plan)
    """)
    running = subprocess.Popen([sys.executable, "-c", writer, str(plan)])
    try:
        reports = [build(small_corpus, tmp_path / "data", settings=SETTINGS) for _ in range(4)]
    finally:
        running.kill()
        running.wait()
    for report in reports:
        said = {problem.source for problem in report.problems}
        assert said <= {plan.name}
        if not said and "sichuan-river-2023" in {document.id for document in report.documents}:
            read = report.release.source_text("sichuan-river-2023")
            assert re.sub(r"厂\d+座", "厂12座", read) == text
            stored = next(entry for entry in report.release.manifest.inputs if entry.source == plan.name)
            assert stored.sha256 == hashlib.sha256(read.encode()).hexdigest()
    assert whole(tmp_path / "data").id == reports[-1].release.id
