"""Read: a file's bytes go in, its source text comes out, and clean readings of it with the way back to each character.

What a file is, its first bytes decide; its suffix only where they do not. A file that cannot be read is an `InputError`
for that file alone, whatever is in it, within the limits of the settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from policygraph.errors import InputError
from policygraph.read.picture import draw_page
from policygraph.read.places import Places, Rectangle
from policygraph.read.source import Cell, Reading, SourceText, Table, clean, fold, reading
from policygraph.read.traditional import folded, simplified_table

if TYPE_CHECKING:
    from policygraph.settings import Settings

__all__ = ["Cell", "Places", "Reading", "Rectangle", "SourceText", "Table", "clean", "draw_page", "fold", "folded", "read_bytes", "read_file", "reading", "simplified_table"]

_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM")
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<meta", b"<div")


def read_file(path: Path, *, settings: Settings | None = None) -> SourceText:
    """The source text of a file of any supported format.

    Raises InputError when the file cannot be read, is empty, too large, damaged, or of no known format.
    """
    try:
        size = path.stat().st_size
        if settings and size > settings.file_bytes:
            from policygraph.read.limits import refused

            raise refused("file_bytes", settings=settings, name=path.name, why=f"it has {size} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", remedy="Check the path and its permissions.") from error
    return read_bytes(data, name=path.name, settings=settings)


def read_bytes(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """The source text of a file's bytes; `name` is its file name."""
    if not data.strip():
        raise InputError(f"{name}: is empty.", remedy="Put the policy text into it, or take it out of the corpus.")
    suffix = Path(name).suffix.lower()
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data[:1024].find(b"%PDF-") >= 0:
        from policygraph.read.pdf import read_pdf

        return read_pdf(data, name=name, settings=settings)
    if data.startswith(b"PK\x03\x04"):
        if b"OFD.xml" in data[:65536] or suffix == ".ofd":
            from policygraph.read.ofd import read_ofd

            return read_ofd(data, name=name, settings=settings)
        if b"xl/workbook.xml" in data:
            from policygraph.read.xlsx import read_xlsx

            return read_xlsx(data, name=name, settings=settings)
        if suffix in (".odt", ".wps", ".ods") and b"word/" not in data:
            from policygraph.read.legacy import read_legacy

            return read_legacy(data, name=name, settings=settings)
        if suffix == ".zip":
            raise InputError(f"{name}: is an archive.", remedy="Unpack it and give the files in it.")
        from policygraph.read.docx import read_docx

        return read_docx(data, name=name, settings=settings)
    if data.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")) or suffix in (".doc", ".wps", ".rtf", ".xls", ".et"):
        from policygraph.read.legacy import read_legacy

        return read_legacy(data, name=name, settings=settings)
    if data.startswith(_IMAGES):
        from policygraph.read.scans import read_ocr

        return read_ocr(data, name=name, settings=settings)
    if head.startswith(_HTML) or suffix in (".htm", ".html", ".xhtml", ".mht", ".mhtml"):
        from policygraph.read.html import read_html

        return read_html(data, name=name, settings=settings)
    from policygraph.read.text import read_text

    return read_text(data, name=name, settings=settings)
