"""A build killed at any of seventy instants loses nothing; Ctrl-C leaves everything as it was."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from policygraph.build.pipeline import build
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings

#: Instants in all, and in how many parts, so that no part takes long.
INSTANTS, PARTS = 70, 7


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_build_leaves_a_whole_release_and_the_next_one_finishes(small_corpus, tmp_path, part):
    build(small_corpus, tmp_path / "data", settings=Settings(encoder="none"))
    plan = small_corpus / "sichuan-river-2023.txt"
    plan.write_text(plan.read_text("utf-8").replace("12座", "13座"), "utf-8")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = Path(__file__).with_name("kill.py")
    done = subprocess.run(
        [sys.executable, str(program), str(small_corpus), str(tmp_path / "data"), str(scratch), str(INSTANTS), str(part), str(PARTS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["faults"] == []
    assert result["killed"] >= 7, result  # of ten; seven are counted in file operations, and come whatever the machine does


#: The command line, which gets Ctrl-C when it first opens a file whose path within the data folder begins so.
_INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
place = sys.argv.pop()
def watch(event, arguments):
    global place
    if event == "open" and place and place in str(arguments[0]):
        place = ""
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(watch)
from policygraph.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["graph/documents/", "graph/dataset", "index/"])
def test_interrupt_leaves_everything_as_it_was(small_corpus, tmp_path, place):
    before = build(small_corpus, tmp_path / "data", settings=Settings(encoder="none")).release.id
    plan = small_corpus / "sichuan-river-2023.txt"
    plan.write_text(plan.read_text("utf-8").replace("12座", "13座"), "utf-8")
    command = [sys.executable, "-c", _INTERRUPTED, "build", str(small_corpus), "-o", str(tmp_path / "data"), "--no-encoder"]
    done = subprocess.run([*command, place], capture_output=True, text=True, check=False)
    assert done.returncode in (1, 130), done.stderr
    assert "Traceback" not in done.stderr
    folder = DataFolder(tmp_path / "data")
    assert folder.current().id == before
    assert folder.current().damage() == []
    assert not list((tmp_path / "data").glob("staging/*"))
