"""Releases beside each other: which there are, and what changed from one to the next."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from policygraph.graph.quads import graph_files, open_quads
from policygraph.ids import ONTOLOGY
from policygraph.release.folder import DataFolder, Release, open_release
from policygraph.table import Table

Change = Literal["appeared", "changed", "vanished"]
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_QUAD = re.compile(r"(\S+) (\S+) (.*) (<[^>]*>) \.$")
#: What changes without the record changing: which build made it, where its text stands, and what its text tells.
_ASIDE = frozenset(
    f"<{iri}>"
    for iri in (
        "http://www.w3.org/ns/prov#wasGeneratedBy",
        *(ONTOLOGY + name for name in ("start", "end", "sourceStart", "sourceEnd", "targetStart", "targetEnd", "object")),
    )
)
#: The same in graphs of format 2, where a span was a resource.
_SPAN = re.compile(r"#(?:char|position|quote)=\d+,\d+>$")
#: The graph that says of clauses what their links say.
_DERIVED = "/graph/implementation>"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """A release of a data folder; `published` is when it last went into service (UTC), None if it never did."""

    id: str
    current: bool
    published: str | None
    documents: int
    statements: int
    program: str
    encoder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """A record that is not the same in two releases; `kind` is its class in the ontology."""

    change: Change
    kind: str
    id: str


def list_releases(folder: DataFolder) -> Table[ReleaseRow]:
    """The releases of a data folder, the most recently published last."""
    current = folder.current().id
    published = dict(folder.history())
    rows = []
    for release_id in folder.ids():
        manifest = open_release(folder.releases / release_id).manifest
        rows.append(
            ReleaseRow(
                id=release_id,
                current=release_id == current,
                published=published.get(release_id),
                documents=len(manifest.documents),
                statements=manifest.statements,
                program=manifest.program,
                encoder=manifest.encoder,
            )
        )
    return Table(rows)


def compare(before: Release, after: Release) -> Table[RecordChange]:
    """The records that appeared, changed or vanished, by the statements about each in the two graphs. A record that
    only moved, because something before it grew, is no change. Parts of the graph that both releases hold are not read."""
    old, new = _records(_parts(before, without=after)), _records(_parts(after, without=before))
    rows = []
    for record in sorted(old.keys() | new.keys()):
        if record not in old:
            rows.append(RecordChange(change="appeared", kind=new[record][0], id=record))
        elif record not in new:
            rows.append(RecordChange(change="vanished", kind=old[record][0], id=record))
        elif old[record][1] != new[record][1]:
            rows.append(RecordChange(change="changed", kind=new[record][0], id=record))
    return Table(rows, note="" if rows else "The two releases hold the same records.")


def _parts(release: Release, *, without: Release) -> list[Path]:
    """The files of the graph that the other release does not have: a record stands in one of them."""
    there = without.manifest.files
    names = ((path, path.relative_to(release.folder).as_posix()) for path in graph_files(release.graph))
    return [path for path, name in names if name not in there or there[name] != release.manifest.files.get(name)]


def _records(parts: Iterable[Path]) -> dict[str, tuple[str, int]]:
    """Class and a sum over statements of each named resource that has a class of our own; what is said of a part of it
    (`#agency_1`, whose class its property tells) is said of it."""
    kinds: dict[str, str] = {}
    sums: dict[str, int] = {}
    own = f"<{ONTOLOGY}"
    for subject, predicate, value, graph in (statement for part in parts for statement in _statements(part)):
        if predicate in _ASIDE or _SPAN.search(value) or graph.endswith(_DERIVED):
            continue
        subject, is_part, _ = subject.strip("<>").partition("#")
        if is_part and predicate == _TYPE:
            continue
        digest = hashlib.blake2b(f"{predicate} {value}".encode(), digest_size=8).digest()
        sums[subject] = (sums.get(subject, 0) + int.from_bytes(digest, "big")) % 2**64
        if predicate == _TYPE and value.startswith(own):
            kinds.setdefault(subject, value[len(own) : -1])
    return {subject: (kind, sums[subject]) for subject, kind in kinds.items()}


def _statements(part: Path) -> Iterator[tuple[str, str, str, str]]:
    with open_quads(part) as lines:
        for line in lines:
            if match := _QUAD.match(line.decode().rstrip("\n")):
                yield match[1], match[2], match[3], match[4]
