"""A page of a PDF, or a picture, drawn anew: what is shown beside the text. Drawn in a process of its own, since it is
foreign machine code on a foreign file; a PNG comes out whatever went in."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

from policygraph.errors import InputError, NotFoundError
from policygraph.settings import Settings

if TYPE_CHECKING:
    from numpy import ndarray

#: Pixels of the longer side: A4 at 150 dots an inch, where small print can be read.
LONGER_SIDE = 1754


def draw_page(data: bytes, *, name: str, page: int, settings: Settings) -> bytes:
    """Page `page` (from 1) of a PDF or picture as PNG, its longer side at most `LONGER_SIDE` pixels.

    Raises NotFoundError for a page that is not there, InputError for one that cannot be drawn within the limits.
    """
    from policygraph.read.isolated import isolated

    answer = isolated(data, name=name, kind="page", settings=settings, page=page)
    return base64.b64decode(answer["picture"])


def picture_of(data: bytes, *, name: str, page: int, settings: Settings) -> bytes:
    """What `draw_page` gives; runs where it can do no harm."""
    if data[:1024].find(b"%PDF-") < 0:
        if page != 1:
            raise NotFoundError(f"{name} is a picture of one page.", remedy="Ask for page 1.")
        from policygraph.read.pixels import unpacked

        return png(unpacked(data, name=name, most=LONGER_SIDE, settings=settings)[0])
    from policygraph.read.pdf import open_pdf

    document = open_pdf(data, name=name, settings=settings)
    if not 1 <= page <= len(document):
        raise NotFoundError(f"{name} has no page {page}.", remedy=f"It has pages 1 to {len(document)}.")
    sheet = document[page - 1]
    width, height = sheet.get_size()
    if not (width > 0 and height > 0):
        raise InputError(f"{name}: page {page} has no size.", remedy="Read the text beside it.")
    pixels = sheet.render(scale=LONGER_SIDE / max(width, height), rev_byteorder=True).to_numpy()
    return png(pixels[:, :, :3])


def png(pixels: ndarray) -> bytes:
    """Pixels (rows, columns, red green blue; whole numbers to 255) as a PNG, in grey where there is no colour."""
    import numpy

    if bool((pixels[:, :, 0] == pixels[:, :, 1]).all() and (pixels[:, :, 1] == pixels[:, :, 2]).all()):
        pixels = pixels[:, :, :1]
    height, width, channels = pixels.shape
    lines = numpy.insert(pixels.reshape(height, width * channels), 0, 0, axis=1)  # each line begins with its filter: none
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
