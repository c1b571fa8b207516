"""A release while it is written: most of its files are links to what the cache keeps, and its store may go on from the
release before."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from policygraph.cache import Cache, KeptFile
from policygraph.errors import NotFoundError, ReleaseError
from policygraph.program import program_version
from policygraph.release.folder import DataFolder, FileEntry, list_files

if TYPE_CHECKING:
    from policygraph.graph.parts import Before


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """The folder of a release to be, and what is in the files that were linked into it."""

    folder: Path
    cache: Cache
    linked: dict[str, FileEntry] = field(default_factory=dict)

    def place(self, name: str) -> Path:
        """Where the file of this name goes; its folder is there."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def link(self, name: str, kept: KeptFile) -> None:
        """Have a kept file in the release."""
        self.cache.link(kept, self.place(name))
        self.linked[name] = FileEntry(sha256=kept.sha256, bytes=kept.bytes)

    def files(self) -> dict[str, FileEntry]:
        """All files for the manifest; only those that were not linked are read."""
        return list_files(self.folder, known=self.linked)


def before_in(folder: DataFolder, *, base_iri: str) -> Before | None:
    """The release in service as the program found it, when this program made it."""
    from policygraph.graph.parts import Before, Parts

    try:
        release = folder.as_found()
    except (NotFoundError, ReleaseError):
        return None
    parts = Parts.read(release.folder)
    same = (release.manifest.program, release.manifest.base_iri) == (program_version(), base_iri)
    if parts is None or not same:
        return None
    return Before(folder=release.folder, parts=parts, cache=Cache(folder.cache))
