"""Packed files (DOCX, XLSX, OFD) opened with care: nothing is written to disk, no more is unpacked than the limit
allows, and no XML entity is expanded or fetched."""

from __future__ import annotations

import io
import zipfile
import zlib

from lxml import etree

from policygraph.errors import InputError
from policygraph.read.limits import check_size, refused
from policygraph.settings import Settings

_DAMAGED = "Open it in a word processor and save it anew, or give its text as .txt."


class Packed:
    """The members of a packed file, read by name within `unpacked_bytes`."""

    def __init__(self, data: bytes, *, name: str, settings: Settings) -> None:
        check_size(data, name=name, settings=settings)
        self._name, self._settings = name, settings
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
            raise InputError(f"{name}: not a readable packed file ({error}).", remedy=_DAMAGED) from error
        self._members = {info.filename.lstrip("/"): info for info in self._archive.infolist()}
        self._left = settings.unpacked_bytes
        if sum(info.file_size for info in self._members.values()) > settings.unpacked_bytes:
            raise self._bomb()

    def _bomb(self) -> InputError:
        return refused("unpacked_bytes", settings=self._settings, name=self._name, why="it unpacks to too many bytes")

    def names(self) -> tuple[str, ...]:
        return tuple(self._members)

    def read(self, member: str) -> bytes | None:
        """A member's bytes, None when it is not there. What the archive says of its size is not believed."""
        info = self._members.get(member)
        if info is None:
            return None
        if info.flag_bits & 1:
            raise InputError(f"{self._name}: the file is locked with a password.", remedy="Save a copy without it.")
        try:
            with self._archive.open(info) as stream:
                found = stream.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
            raise InputError(f"{self._name}: {member} cannot be unpacked ({error}).", remedy=_DAMAGED) from error
        self._left -= len(found)
        if self._left < 0:
            raise self._bomb()
        return found

    def xml(self, member: str) -> etree._Element | None:
        """The root of an XML member. A document type declaration is refused: office files have none."""
        found = self.read(member)
        if found is None:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
        try:
            root = etree.fromstring(found, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise InputError(f"{self._name}: {member} is no valid XML ({error}).", remedy=_DAMAGED) from error
        if root.getroottree().docinfo.doctype:
            raise InputError(
                f"{self._name}: {member} declares a document type, which office files do not do and attacks do.", remedy=_DAMAGED
            )
        return root
