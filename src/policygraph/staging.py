"""A release while it is written: most of its files are links to what the cache keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from policygraph.cache import Cache, KeptFile
from policygraph.release import FileEntry, list_files


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
