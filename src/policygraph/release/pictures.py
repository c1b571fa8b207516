"""Pictures of the pages of a release's originals, drawn when asked for and kept in the data folder by the content of the file.

What is kept may be removed at any time; where it cannot be written, the page is drawn again.
"""

from __future__ import annotations

import contextlib
import os

from policygraph.cache import Cache, key_of
from policygraph.errors import NotFoundError
from policygraph.read import draw_page
from policygraph.release.folder import Release, original_name
from policygraph.settings import Settings


def page_picture(release: Release, document: str, page: int, *, settings: Settings) -> bytes:
    """Page `page` (from 1) of a document's original as PNG.

    Raises NotFoundError where there is no original or no such page, InputError where it cannot be drawn.
    """
    places = release.places(document)
    original = release.original(document)
    if places is not None and not 1 <= page <= len(places.pages):
        raise NotFoundError(f"{document} has no page {page}.", remedy=f"It has pages 1 to {len(places.pages)}.")
    kept = Cache(release.folder.parent.parent / "cache" / "pictures")
    key = key_of("picture", release.manifest.files[original_name(document)].sha256, page)
    found = kept.read(key)
    if found is not None:
        with contextlib.suppress(OSError):
            os.utime(kept.path(key))
        return found
    picture = draw_page(original.read_bytes(), name=document, page=page, settings=settings)
    with contextlib.suppress(OSError):
        kept.write(key, picture)
        kept.leave_newest(settings.picture_bytes)
    return picture
