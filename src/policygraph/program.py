"""Which program this is, and where the data is that it comes with: the version that releases and cache entries are made under.

A version number alone would let a changed rule or vocabulary meet results of the old one, so the version carries a
fingerprint of the code and data that make results: `0.1.0+3f9c0a1b2c4d`. It is the same on every machine.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

VERSION = "0.1.0"
#: Ontology, vocabularies, queries: the data that the program comes with.
ONTOLOGY = Path(__file__).parent / "ontology"
VOCABULARY = ONTOLOGY / "vocabulary"
#: What the records of one document depend on.
EXTRACTION = (
    "model.py", "read", "segment", "extract", "vocabulary", "ontology/vocabulary",
    "align/distinct.py", "align/likeness.py", "align/measures.py", "align/states.py",  # which targets repeat another
)  # fmt: skip
#: What a release depends on beside that.
RELEASE = (
    *EXTRACTION, "align", "build", "encode", "graph", "ids.py", "ontology", "release", "resolve", "search",
)  # fmt: skip


@cache
def fingerprint(parts: tuple[str, ...] = RELEASE) -> str:
    """Twelve hex digits over the files of these parts of the package, by name and content."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for part in sorted(parts):
        for path in _files(package / part):
            name = path.relative_to(package).as_posix().encode()
            content = path.read_bytes()
            digest.update(b"%d %s %d\n" % (len(name), name, len(content)))
            digest.update(content)
    return digest.hexdigest()[:12]


def program_version(parts: tuple[str, ...] = RELEASE) -> str:
    """The package's version and the fingerprint of its parts."""
    return f"{VERSION}+{fingerprint(parts)}"


def _files(top: Path) -> list[Path]:
    if top.is_file():
        return [top]
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [Path(folder, name) for name in names if not name.endswith((".pyc", ".pyo"))]
    return sorted(found)
