"""A build killed at any of seventy instants loses nothing; Ctrl-C leaves everything as it was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from policygraph.build.pipeline import build
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings

INSTANTS = 70


def test_killed_build_leaves_a_whole_release_and_the_next_one_finishes(small_corpus, tmp_path):
    build(small_corpus, tmp_path / "data", settings=Settings(encoder="none"))
    plan = small_corpus / "sichuan-river-2023.txt"
    plan.write_text(plan.read_text("utf-8").replace("12座", "13座"), "utf-8")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = Path(__file__).with_name("kill.py")
    done = subprocess.run(
        [sys.executable, str(program), str(small_corpus), str(tmp_path / "data"), str(scratch), str(INSTANTS)],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["faults"] == []
    assert result["killed"] >= 50, result


def test_interrupt_leaves_everything_as_it_was(small_corpus, tmp_path):
    before = build(small_corpus, tmp_path / "data", settings=Settings(encoder="none")).release.id
    for number in range(60):
        text = (small_corpus / "sichuan-river-2023.txt").read_text("utf-8").replace("12座", f"{number + 20}座")
        (small_corpus / f"plan-{number}.txt").write_text(text, "utf-8")
    command = [sys.executable, "-m", "policygraph", "build", str(small_corpus), "-o", str(tmp_path / "data"), "--no-encoder"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell in the background has it ignored
    )  # fmt: skip
    limit = time.monotonic() + 30
    while not list((tmp_path / "data").glob("staging/*")) and time.monotonic() < limit:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode in (1, 130), errors
    assert "Traceback" not in errors
    folder = DataFolder(tmp_path / "data")
    assert folder.current().id == before
    assert folder.current().damage() == []
    assert not list((tmp_path / "data").glob("staging/*"))
