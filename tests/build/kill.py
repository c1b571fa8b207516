"""Builds killed at many instants; run as a program by test_killed.py.

    kill.py CORPUS DATA_TEMPLATE SCRATCH INSTANTS PART PARTS

Every PARTSth instant, from PART on: a copy of DATA_TEMPLATE (with an earlier release in service), a forked child that builds CORPUS
and is killed with SIGKILL, the check that the release in service is whole and one of the two, then a build that
finishes. Three of four instants are counted in file operations, which are the same on a busy machine; one in time, which
also falls into native code.
Prints one line of JSON: what was killed, and the faults.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import policygraph.align
import policygraph.graph
import policygraph.search.index  # noqa: F401  loaded once, not in every child
from policygraph.build.documents import job_for, process
from policygraph.build.pipeline import build
from policygraph.cache import Cache
from policygraph.corpus.folder import read_corpus
from policygraph.program import program_version
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings

SETTINGS = Settings(encoder="none", workers=1)
OPERATIONS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.utime", "shutil.rmtree", "os.listdir")


def child(corpus: Path, data: Path, *, die_at: int = 0, report: Path | None = None) -> int:
    """Fork a child that builds; it kills itself at the file operation of that number."""
    pid = os.fork()
    if pid:
        return pid
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in OPERATIONS and str(data) in str(arguments[0]):
            seen += 1
            if seen == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    try:
        build(corpus, data, settings=SETTINGS)
        if report is not None:
            report.write_text(str(seen))
        os._exit(0)
    finally:
        os._exit(1)


def files(data: Path) -> dict[str, bytes]:
    release = DataFolder(data).current()
    return {name: (release.folder / name).read_bytes() for name in ["manifest.json", *release.manifest.files]}


def main() -> None:
    corpus, template, scratch = (Path(argument) for argument in sys.argv[1:4])
    instants, part, parts = map(int, sys.argv[4:7])
    before = DataFolder(template).current().id
    program_version()
    for file in read_corpus(corpus).files:  # dictionaries and vocabularies, too, are loaded once
        process(job_for(file, cache=Cache(scratch / "cache"), settings=SETTINGS))
    undisturbed = scratch / "undisturbed"
    shutil.copytree(template, undisturbed)
    began = time.monotonic()
    assert os.waitpid(child(corpus, undisturbed, report=scratch / "count"), 0)[1] == 0
    took = time.monotonic() - began
    operations = int((scratch / "count").read_text())
    wanted = files(undisturbed)
    after = DataFolder(undisturbed).current().id
    killed, faults = 0, []
    for number in range(part, instants, parts):
        data = scratch / f"data-{number}"
        shutil.copytree(template, data)
        if number % 4:
            pid = child(corpus, data, die_at=1 + number * operations // instants)
        else:
            pid = child(corpus, data)
            time.sleep(took * number / instants)
            os.kill(pid, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        current = DataFolder(data).current()
        if current.id not in (before, after) or current.damage():
            faults.append(f"{number}: {current.id} {current.damage()}")
        if os.waitpid(child(corpus, data), 0)[1] != 0:
            faults.append(f"{number}: the next build failed")
        elif files(data) != wanted:
            faults.append(f"{number}: the next build gave other bytes")
        if list((data / "staging").glob("*")):
            faults.append(f"{number}: something is left in staging")
        shutil.rmtree(data)
    print(json.dumps({"killed": killed, "operations": operations, "faults": faults}))


if __name__ == "__main__":
    main()
