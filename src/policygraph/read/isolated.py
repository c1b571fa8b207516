"""Readers that run foreign machine code (PDF, OCR) in a process of their own.

A hostile file can then neither hang nor crash nor fill the memory of the build: the process has a limit on processor
time and memory, and what goes wrong in it is an `InputError` for that one file. `isolated_process` is what runs there:
standard input carries a line of JSON and the file's bytes, standard output JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import Any, Literal

from policygraph.errors import InputError, NotFoundError
from policygraph.read.limits import parse_seconds, refused
from policygraph.read.places import Places
from policygraph.read.source import Cell, SourceText, Table
from policygraph.settings import Settings

Format = Literal["pdf", "scan", "image", "page"]

#: Wall-clock seconds per second of processor time that a busy machine may take: the limit itself is in processor time,
#: this one only ends a process that sleeps.
_PATIENCE = 6


def read_isolated(data: bytes, *, name: str, kind: Format, settings: Settings) -> SourceText:
    """The source text that the reader of `kind` gives for `data`."""
    return _source(isolated(data, name=name, kind=kind, settings=settings))


def isolated(data: bytes, *, name: str, kind: Format, settings: Settings, page: int = 0) -> dict[str, Any]:
    """What is made of `data` in a process that is ended at its limits: a source text, or the picture of a page."""
    quick = kind in ("pdf", "page")
    seconds = parse_seconds(len(data), settings=settings) if quick else settings.file_seconds
    limit = "read_seconds" if quick else "file_seconds"
    head = json.dumps({"name": name, "kind": kind, "settings": asdict(settings), "seconds": seconds, "page": page}).encode()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "policygraph.read.isolated_process"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    )
    try:
        output, complaint = process.communicate(head + b"\n" + data, timeout=seconds * _PATIENCE)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise refused(limit, settings=settings, name=name, why="parsing it takes too long") from error
    if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise refused(limit, settings=settings, name=name, why="parsing it takes too long")
    if process.returncode:
        last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        if "MemoryError" in last or "bad_alloc" in last or process.returncode == -signal.SIGABRT:  # pdfium aborts
            raise refused("read_memory", settings=settings, name=name, why="parsing it takes too much memory")
        raise InputError(
            f"{name}: the {kind} reader broke down on it (status {process.returncode}{': ' + last if last else ''}).",
            remedy="The file is probably damaged: open it, save it anew, or give its text as .txt or .docx.",
        )
    answer: dict[str, Any] = json.loads(output)
    if "error" in answer:
        raise (NotFoundError if answer["missing"] else InputError)(answer["error"], remedy=answer["remedy"])
    return answer


def _source(answer: dict[str, Any]) -> SourceText:
    fields, places = answer["source"], answer["places"]
    tables = tuple(
        Table(start=table["start"], end=table["end"], cells=tuple(Cell(**cell) for cell in table["cells"]))
        for table in fields["tables"]
    )
    return SourceText(**(fields | {"tables": tables, "warnings": tuple(fields["warnings"]), "places": places and Places.of_rows(places)}))
