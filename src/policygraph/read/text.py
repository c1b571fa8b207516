"""Plain text and Markdown files: decoding, nothing else."""

from __future__ import annotations

import codecs
import hashlib
import re

from policygraph.errors import InputError
from policygraph.read.limits import check_text
from policygraph.read.source import SourceText
from policygraph.settings import Settings

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, *, name: str) -> tuple[str, str]:
    """The text of `data` and the encoding it was in: a byte-order mark decides, then UTF-8, then UTF-16 without a mark
    (by its zero bytes), then GB18030.

    Raises InputError for binary data and for bytes that none of them can be.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError as error:
                raise InputError(f"{name}: starts with the byte-order mark of {encoding} but is not {encoding} "
                                 f"(byte {error.start}).", remedy="Save the file again as UTF-8.") from error
            if _common(text) < 0.8:  # as without a mark: text of any kind is above
                raise InputError(f"{name}: has the byte-order mark of {encoding}, and is neither that nor any text.", remedy="Save the file again as UTF-8.")
            return text, encoding
    if b"\0" in data[:4096]:  # in UTF-16 every blank, digit and line end has one
        for encoding in ("utf-16-le", "utf-16-be"):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if _mostly_text(text) and _common(text) >= 0.8:
                return text, encoding
        raise InputError(f"{name}: is binary data, not text.", remedy="Give a text, Markdown, PDF, DOCX or HTML file.")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _mostly_text(text):
            return text, encoding
    raise InputError(f"{name}: is neither UTF-8, UTF-16 nor GB18030 text.", remedy="Save the file as UTF-8.")


#: Characters from which it is judged what a text is made of: some pages.
_SAMPLE = 20_000
_ODD = re.compile("[\x00-\x08\x0e-\x1f\ue000-\uf8ff\ufffd]")


def _mostly_text(text: str) -> bool:
    """Whether a decoding is plausible: few control characters, few private-use or unassigned ones."""
    sample = text[:_SAMPLE]
    return len(_ODD.findall(sample)) * 50 <= len(sample)


def _common(text: str) -> float:
    """The share of characters that Chinese text is made of: ideographs, their punctuation, ASCII."""
    sample = text[:_SAMPLE]
    common = sum(1 for c in sample if "\u4e00" <= c <= "\u9fff" or " " <= c <= "~" or c in "\r\n\t" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef")
    return common / max(len(sample), 1)


def read_text(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """Source text of a text or Markdown file; the text is what the file holds, newlines included."""
    text, encoding = decode(data, name=name)
    check_text(text, name=name, settings=settings or Settings())
    if not text.strip():
        raise InputError(f"{name}: is empty.", remedy="Put the policy text into it, or take it out of the corpus.")
    markdown = name.lower().endswith((".md", ".markdown"))
    return SourceText(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        text=text,
        encoding="utf-8" if encoding == "utf-8-sig" else encoding,
        media_type="text/markdown" if markdown else "text/plain",
    )
