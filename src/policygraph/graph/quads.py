"""The files of N-Quads that a release's graph is made of: compressed, a tenth of the size, and read as lines."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import BinaryIO, cast

#: Ends the names of compressed files; releases until format 2 hold plain ones.
SUFFIX = ".nq.gz"
#: Of zlib's nine: the levels above take twice the time and save a twentieth.
_LEVEL = 6


def graph_files(graph: Path) -> list[Path]:
    """The files of N-Quads that a release's graph is made of, in the order of their names."""
    return sorted([*graph.rglob("*.nq"), *graph.rglob(f"*{SUFFIX}")]) if graph.is_dir() else [graph]


def open_quads(path: Path) -> BinaryIO:
    """The file's lines, whether it is compressed or not."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def packed(quads: bytes) -> bytes:
    """The bytes of a compressed file: the same for the same quads."""
    return gzip.compress(quads, _LEVEL, mtime=0)


def unpacked(data: bytes) -> bytes:
    """The quads that `packed` was given."""
    return gzip.decompress(data)
