"""The release: what one build publishes goes in, the folder that a program opens comes out.

A release never changes once it stands in `releases/`, and the pointer to the one in service moves by one rename.
"""

from policygraph.release.folder import (
    FORMAT,
    DataFolder,
    DocumentSummary,
    FileEntry,
    InputFile,
    Manifest,
    Release,
    hold,
    list_files,
    open_release,
    stored_name,
)

__all__ = [
    "FORMAT", "DataFolder", "DocumentSummary", "FileEntry", "InputFile", "Manifest", "Release", "hold", "list_files",
    "open_release", "stored_name",
]  # fmt: skip
