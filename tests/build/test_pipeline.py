"""The build as a whole: stages that hold to what they declare, releases that come out the same, bad inputs."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
import textwrap
import time

import pytest

from policygraph.errors import InputError, PolicyGraphError, ReleaseError
from policygraph.pipeline import GIVEN, STAGES, Stage, build
from policygraph.release import DataFolder
from policygraph.settings import Settings

SETTINGS = Settings(encoder="none")


def whole(data):
    release = DataFolder(data).current()
    assert release.damage() == []
    return release


def listed(release):
    return {name: (release.folder / name).read_bytes() for name in ["manifest.json", *release.manifest.files]}


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
    assert "chongqing-river-2023" not in report.release.graph.read_text("utf-8")
    assert not (report.release.folder / "sources" / "chongqing-river-2023.txt").exists()


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
    assert "https://example.org/s" in report.release.graph.read_text("utf-8")


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
    import re

    (small_corpus / name).write_bytes(content)
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert len(report.documents) == 3
    assert [problem.source for problem in report.problems] == [name]
    assert re.search(says, report.problems[0].reason)
    assert report.problems[0].remedy
    again = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert (again.unchanged, len(again.problems)) == (True, 1)


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
    report.release.graph.write_bytes(b"damaged")
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


def test_clock_that_jumps_back_changes_nothing(small_corpus, tmp_path, monkeypatch):
    first = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    (small_corpus / "chongqing-river-2023.txt").unlink()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "gmtime", lambda seconds=0.0: time.struct_time((1970, 1, 1, 0, 0, 0, 3, 1, 0)))
    second = build(small_corpus, tmp_path / "data", settings=SETTINGS).release
    folder = DataFolder(tmp_path / "data")
    assert folder.ids() == [first.id, second.id]
    assert folder.rollback().id == first.id


def test_full_disk_is_one_line_and_leaves_the_release(small_corpus, tmp_path):
    before = build(small_corpus, tmp_path / "data", settings=SETTINGS).release.id
    shutil.rmtree(tmp_path / "data" / "cache")
    (small_corpus / "sichuan-river-2023.txt").unlink()
    script = textwrap.dedent("""
        import resource, sys
        from policygraph.cli import main
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)  # what a full disk does to writes
        main()
    """)
    for size in (100, 3_000, 60_000):
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


def test_two_builds_at_once_do_not_harm_each_other(small_corpus, tmp_path):
    command = [sys.executable, "-m", "policygraph", "build", str(small_corpus), "-o", str(tmp_path / "data"), "--no-encoder"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], outputs
    assert sum("nothing had to be built" in output for output in outputs) == 2
    whole(tmp_path / "data")


def test_build_that_waits_too_long_for_another_says_so(small_corpus, tmp_path):
    folder = DataFolder(tmp_path / "data")
    with folder.locked(1), pytest.raises(ReleaseError, match="Another build"):
        build(small_corpus, tmp_path / "data", settings=SETTINGS.but(lock_seconds=0.1))


def test_file_that_changes_while_it_is_read_is_read_as_it_then_is(small_corpus, tmp_path, monkeypatch):
    """The file changes between the moment it is listed and the moment it is read: a FIFO of two contents would do the
    same; here the listing is what is delayed."""
    from policygraph import pipeline

    plan = small_corpus / "sichuan-river-2023.txt"
    listed_first = pipeline.read_corpus

    def then_change(folder):
        corpus = listed_first(folder)
        plan.write_text(plan.read_text("utf-8").replace("12座", "14座"), "utf-8")
        return corpus

    monkeypatch.setattr(pipeline, "read_corpus", then_change)
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    monkeypatch.undo()
    assert "14座" in report.release.source_text("sichuan-river-2023")
    again = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert (again.unchanged, again.release.id) == (True, report.release.id)


def test_file_that_is_deleted_while_it_is_read_is_a_problem(small_corpus, tmp_path, monkeypatch):
    from policygraph import pipeline

    listed_first = pipeline.read_corpus

    def then_delete(folder):
        corpus = listed_first(folder)
        (small_corpus / "sichuan-river-2023.txt").unlink(missing_ok=True)
        return corpus

    monkeypatch.setattr(pipeline, "read_corpus", then_delete)
    report = build(small_corpus, tmp_path / "data", settings=SETTINGS)
    assert [problem.source for problem in report.problems] == ["sichuan-river-2023.txt"]
    assert len(report.documents) == 2
