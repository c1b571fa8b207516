"""Scanned pages: what the OCR extra recognises, put into paragraphs like the text layer of a PDF.

The models come with the package of the extra (`rapidocr`), so nothing is fetched. Records from such a source are
marked (`SourceText.ocr`): a character may be wrong.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from policygraph.errors import InputError
from policygraph.read.composer import Composer
from policygraph.read.layout import Glyph, Page, in_columns, joined, lines_of, paragraphs, without_running_heads
from policygraph.read.pdf import MEDIA_TYPE, open_pdf
from policygraph.read.pixels import unpacked
from policygraph.read.source import SourceText
from policygraph.settings import Settings

if TYPE_CHECKING:
    from numpy import ndarray
    from rapidocr import RapidOCR

#: Pixels of the longer side of what is read: A4 at 170 dots an inch, where characters of body text have 25 to 38 pixels;
#: the recogniser scales lines to 48.
_LONGER_SIDE = 2000


def recognise_pdf(data: bytes, *, name: str, settings: Settings) -> SourceText:
    """Every page drawn and read."""
    document = open_pdf(data, name=name, settings=settings)

    def pictures() -> Iterator[ndarray]:
        for page in document:
            scale = _LONGER_SIDE / max(*page.get_size(), 1.0)
            yield page.render(scale=min(scale, 2.4)).to_numpy()[:, :, :3]

    return _recognised(pictures(), data, name=name, media_type=MEDIA_TYPE, settings=settings)


def recognise_image(data: bytes, *, name: str, settings: Settings) -> SourceText:
    """One picture, read."""
    picture, media_type = unpacked(data, name=name, most=_LONGER_SIDE, settings=settings)
    return _recognised(iter([picture[:, :, ::-1]]), data, name=name, media_type=media_type, settings=settings)


def _recognised(
    pictures: Iterator[ndarray], data: bytes, *, name: str, media_type: str, settings: Settings
) -> SourceText:
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical"})
    composer = Composer(name, settings)
    pages = []
    for number, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        glyphs = _evened(list(_glyphs(engine, picture)))
        pages.append(Page(number, float(width), float(height), lines_of(glyphs, page=number)))
        composer.page(number, width=width, height=height)
    composer.warn("read by OCR: single characters may be wrong")
    for paragraph in paragraphs([in_columns(page) for page in without_running_heads(pages)]):
        composer.paragraph(joined(paragraph), lines=paragraph)
    if not composer.characters:
        raise InputError(f"{name}: no text can be recognised in it.", remedy="Give a sharper scan, or the text as .txt.")
    return composer.source(data, media_type=media_type, metadata={"pages": str(len(pages))}, ocr=True)


def _evened(glyphs: list[Glyph]) -> list[Glyph]:
    """Sizes near the page's usual one made it: what recognition measures of equal lines differs by a fifth."""
    usual = statistics.median_low([glyph.size for glyph in glyphs]) if glyphs else 0.0
    return [replace(glyph, size=usual) if abs(glyph.size - usual) < 0.22 * usual else glyph for glyph in glyphs]


def _glyphs(engine: RapidOCR, picture: ndarray) -> Iterator[Glyph]:
    """Recognised lines cut into characters of equal width (a Latin one counts half), on the line's own baseline."""
    from rapidocr.utils.output import RapidOCROutput

    result = engine(picture)
    if not isinstance(result, RapidOCROutput) or result.boxes is None or result.txts is None:
        return
    for box, text in zip(result.boxes, result.txts, strict=True):
        if not text.strip():
            continue
        left, right = float(box[:, 0].min()), float(box[:, 0].max())
        top, bottom = float(box[:, 1].min()), float(box[:, 1].max())
        units = sum(0.55 if char.isascii() else 1.0 for char in text)
        em = (right - left) / units
        size = min(em, bottom - top) if len(text) > 3 else (bottom - top) * 0.85
        x = left
        for char in text:
            step = em * (0.55 if char.isascii() else 1.0)
            if not char.isspace():
                yield Glyph(char, x, x + step, top + 0.8 * (bottom - top), size)
            x += step
