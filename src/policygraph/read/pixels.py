"""A picture's bytes unpacked into pixels, within limits."""

from __future__ import annotations

import importlib.util
import io
from typing import TYPE_CHECKING

from policygraph.errors import InputError
from policygraph.read.limits import refused
from policygraph.settings import Settings

if TYPE_CHECKING:
    from numpy import ndarray

#: Pixels of a picture that is opened at all (240 MB once unpacked): A3 at 600 dots an inch has 70 million.
_MOST_PIXELS = 80_000_000


def unpacked(data: bytes, *, name: str, most: int, settings: Settings) -> tuple[ndarray, str]:
    """The pixels (rows, columns, red green blue) of a PNG, JPEG, TIFF or BMP, scaled down until the longer side has `most`,
    and its media type."""
    if importlib.util.find_spec("PIL") is None:
        raise InputError(f"{name}: it is an image, and the OCR extra is not installed.", remedy="Install it: pip install 'policygraph[ocr]'.")
    import numpy
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise refused("read_memory", settings=settings, name=name, why=f"{image.width} × {image.height} pixels")
            media_type = Image.MIME.get(image.format or "", "image/png")
            image.thumbnail((most, most))
            return numpy.asarray(image.convert("RGB")), media_type
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{name}: not a readable image ({error}).", remedy="Save it as PNG or PDF.") from error
