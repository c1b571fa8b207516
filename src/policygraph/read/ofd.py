"""OFD (GB/T 33190), the format of electronic official documents: text objects by their places, like a PDF."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from lxml import etree

from policygraph.errors import InputError
from policygraph.read.composer import Composer
from policygraph.read.layout import Glyph, Page, in_columns, joined, lines_of, paragraphs, without_running_heads
from policygraph.read.limits import refused
from policygraph.read.packed import Packed
from policygraph.read.source import SourceText
from policygraph.settings import Settings

MEDIA_TYPE = "application/ofd"
#: Millimetres of a page that does not say its size: A4.
_PAGE = (210.0, 297.0)
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d+)?")
#: Widths of a character that the next one may be away from it and still stand beside it; more is a gap.
_WIDEST_STEP = 1.05
#: Repeats of a step (`g 40 3.5`) that are written out: no line has as many characters, and a file may say 999,999.
_MOST_REPEATS = 10_000


def read_ofd(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """The text of an OFD file; pages that hold only pictures give none."""
    settings = settings or Settings()
    packed = Packed(data, name=name, settings=settings)
    entry = packed.xml("OFD.xml")
    if entry is None:
        raise InputError(f"{name}: no OFD document in the file.", remedy="Save it as PDF or .docx.")
    metadata = {}
    for element in entry.iter("{*}Title", "{*}Author"):
        if element.text:
            metadata["file_" + etree.QName(element).localname.lower()] = element.text
    pages: list[Page] = []
    left = settings.file_characters
    for root in entry.iter("{*}DocRoot"):
        path = _path("", root.text)
        document = packed.xml(path)
        if document is None:
            continue
        folder = posixpath.dirname(path)
        box = _numbers(next((e.text for e in document.iter("{*}PhysicalBox")), None))
        for reference in document.iter("{*}Page"):
            if len(pages) >= settings.pages:
                raise refused("pages", settings=settings, name=name, why="it has more pages")
            content = packed.xml(_path(folder, reference.get("BaseLoc")))
            width, height = (box[2], box[3]) if len(box) == 4 else _PAGE
            number = len(pages)
            if content is None:
                continue
            left -= sum(len(code.text or "") for code in content.iter("{*}TextCode"))
            if left < 0:
                raise refused("file_characters", settings=settings, name=name, why="its text is too long")
            glyphs = list(_glyphs(content))
            pages.append(Page(number, width, height, lines_of(glyphs, page=number)))
    composer = Composer(name, settings)
    for paragraph in paragraphs([in_columns(page) for page in without_running_heads(pages)]):
        composer.paragraph(joined(paragraph))
    if not composer.characters:
        raise InputError(f"{name}: the OFD holds pictures, no text.", remedy="Save it as PDF and read that by OCR.")
    return composer.source(data, media_type=MEDIA_TYPE, metadata={**metadata, "pages": str(len(pages))})


def _path(folder: str, location: str | None) -> str:
    """A location in the file, absolute or from `folder`; it names a member and never a file of the disk."""
    location = (location or "").strip()
    return posixpath.normpath(location.lstrip("/") if location.startswith("/") else posixpath.join(folder, location))


def _numbers(text: str | None) -> list[float]:
    return [float(found) for found in _NUMBER.findall(text or "")[:8]]


def _deltas(text: str | None) -> Iterator[float]:
    """`4.2 g 10 4.5 3` is 4.2, ten times 4.5, then 3."""
    words = iter((text or "").split())
    for word in words:
        if word == "g":
            count, step = next(words, "0"), next(words, "0")
            times = min(int(count), _MOST_REPEATS) if count.isdecimal() else 0
            value = _numbers(step)
            yield from (value or [0.0])[:1] * times
        else:
            yield from _numbers(word)[:1]


def _glyphs(content: etree._Element) -> Iterator[Glyph]:
    for item in content.iter("{*}TextObject"):
        boundary = _numbers(item.get("Boundary"))
        matrix = _numbers(item.get("CTM"))
        if len(boundary) < 2:
            continue
        a, d, e, f = (matrix[0], matrix[3], matrix[4], matrix[5]) if len(matrix) == 6 else (1.0, 1.0, 0.0, 0.0)
        size = (_numbers(item.get("Size")) or [4.2])[0]
        x = y = 0.0
        for code in item.iter("{*}TextCode"):
            x = (_numbers(code.get("X")) or [x])[0]
            y = (_numbers(code.get("Y")) or [y])[0]
            steps = _deltas(code.get("DeltaX"))
            for char in code.text or "":
                em = max(abs(size * a), 0.1)
                width = em * (0.5 if char.isascii() else 1.0)
                step = next(steps, size * (0.5 if char.isascii() else 1.0))
                if not char.isspace():
                    left = boundary[0] + a * x + e
                    if width < abs(a * step) <= _WIDEST_STEP * em:
                        width = abs(a * step)  # digits set as wide as characters have no spaces between them
                    yield Glyph(char, left, left + width, boundary[1] + d * y + f, em)
                x += step
