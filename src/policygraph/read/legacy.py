"""Old formats (DOC, WPS, RTF, ODT, XLS, ET …), turned into DOCX or XLSX by LibreOffice where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from policygraph.errors import InputError
from policygraph.read.docx import read_docx
from policygraph.read.limits import check_size, refused
from policygraph.read.source import SourceText
from policygraph.read.xlsx import read_xlsx
from policygraph.settings import Settings

MEDIA_TYPES = {
    ".doc": "application/msword",
    ".wps": "application/vnd.ms-works",
    ".rtf": "application/rtf",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".dot": "application/msword",
    ".wpt": "application/vnd.ms-works",
    ".xls": "application/vnd.ms-excel",
    ".et": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_SHEETS = frozenset([".xls", ".et", ".ods"])
_FILTERS = {".docx": "docx:MS Word 2007 XML", ".xlsx": "xlsx:Calc MS Excel 2007 XML"}
_PROGRAMS = ("soffice", "libreoffice")


def read_legacy(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """The text of a file in an old word processor's or spreadsheet's format.

    LibreOffice works in a folder of its own that is removed afterwards, with macros off, and is ended after
    `file_seconds`.
    """
    settings = settings or Settings()
    check_size(data, name=name, settings=settings)
    suffix = Path(name).suffix.lower()
    suffix = suffix if suffix in MEDIA_TYPES else ".doc"
    made_as = ".xlsx" if suffix in _SHEETS else ".docx"
    program = next((found for candidate in _PROGRAMS if (found := shutil.which(candidate))), None)
    if program is None:
        raise InputError(
            f"{name}: {suffix} files are read through LibreOffice, which is not installed.",
            remedy=f"Install LibreOffice (apt install libreoffice-{'calc' if suffix in _SHEETS else 'writer'}), or save the file as {made_as}.",
        )
    with tempfile.TemporaryDirectory(prefix="policygraph-") as folder:
        place = Path(folder)
        (place / f"source{suffix}").write_bytes(data)
        _convert(program, place, suffix, made_as, name=name, settings=settings)
        made = (place / "out" / "source").with_suffix(made_as)
        if not made.exists():
            raise InputError(
                f"{name}: LibreOffice cannot read it.", remedy=f"Open it in the program that made it and save it as {made_as}."
            )
        read = read_xlsx if suffix in _SHEETS else read_docx
        source = read(made.read_bytes(), name=name, settings=settings)
    return replace(source, sha256=sha256(data).hexdigest(), media_type=MEDIA_TYPES[suffix])


def _convert(program: str, place: Path, suffix: str, made_as: str, *, name: str, settings: Settings) -> None:
    command = [
        program, "--headless", "--norestore", "--nolockcheck", "--nodefault",
        f"-env:UserInstallation={(place / 'profile').as_uri()}",
        "--convert-to", _FILTERS[made_as], "--outdir", str(place / "out"), str(place / f"source{suffix}"),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=place,
        start_new_session=True, env=os.environ | {"HOME": str(place)},
    )
    try:
        process.wait(timeout=settings.file_seconds)
    except subprocess.TimeoutExpired as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise refused("file_seconds", settings=settings, name=name, why="LibreOffice takes too long") from error
