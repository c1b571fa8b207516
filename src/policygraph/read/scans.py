"""Scans: PDFs without a text layer and pictures of pages, given to what the OCR extra recognises, in a process of its own."""

from __future__ import annotations

import importlib.util

from policygraph.errors import InputError
from policygraph.read.isolated import read_isolated
from policygraph.read.limits import check_size
from policygraph.read.source import SourceText
from policygraph.settings import Settings


def read_scan(data: bytes, *, name: str, why: str, settings: Settings) -> SourceText:
    """The text of a PDF without a text layer; `why` says what is wrong with the layer."""
    _check_installed(name, why)
    return read_isolated(data, name=name, kind="scan", settings=settings)


def read_ocr(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """The text of an image (PNG, JPEG, TIFF) of a page."""
    settings = settings or Settings()
    check_size(data, name=name, settings=settings)
    _check_installed(name, "it is an image")
    return read_isolated(data, name=name, kind="image", settings=settings)


def _check_installed(name: str, why: str) -> None:
    if importlib.util.find_spec("rapidocr") is None:
        raise InputError(
            f"{name}: {why}, and the OCR extra is not installed.",
            remedy="Install it (pip install 'policygraph[ocr]'), or give the document's text as .txt or .docx.",
        )
