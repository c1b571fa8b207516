"""The process in which foreign machine code reads one file: see `policygraph.read.isolated`."""

from __future__ import annotations

import base64
import json
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from policygraph.errors import NotFoundError, PolicyGraphError
from policygraph.read.isolated import Format
from policygraph.read.source import SourceText
from policygraph.settings import Settings


def _reader(kind: Format) -> Callable[..., SourceText]:
    if kind == "pdf":
        from policygraph.read.pdf import parse_pdf

        return parse_pdf
    from policygraph.read.ocr import recognise_image, recognise_pdf

    return recognise_pdf if kind == "scan" else recognise_image


def _answer(head: dict[str, Any], data: bytes, settings: Settings) -> dict[str, object]:
    if head["kind"] == "page":
        from policygraph.read.picture import picture_of

        return {"picture": base64.b64encode(picture_of(data, name=head["name"], page=head["page"], settings=settings)).decode()}
    source = _reader(head["kind"])(data, name=head["name"], settings=settings)
    return {"source": asdict(replace(source, places=None)), "places": source.places and source.places.rows()}


def main() -> None:
    """The child process."""
    head = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in head["settings"].items()}
    settings = Settings().but(**values)
    cpu = int(head["seconds"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 2))
    resource.setrlimit(resource.RLIMIT_AS, (settings.read_memory, settings.read_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = _answer(head, data, settings)
    except PolicyGraphError as error:
        answer = {"error": error.message, "remedy": error.remedy, "missing": isinstance(error, NotFoundError)}
    sys.stdout.buffer.write(json.dumps(answer).encode())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
