"""Releases beside each other: which there are, and what changed from one to the next."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from policygraph.ids import ONTOLOGY
from policygraph.release import DataFolder, Release, open_release
from policygraph.table import Table

Change = Literal["appeared", "changed", "vanished"]
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_QUAD = re.compile(r"(\S+) (\S+) (.*) (<[^>]*>) \.$")
#: What changes without the record changing: which build made it, and where its text stands.
_ASIDE = "<http://www.w3.org/ns/prov#wasGeneratedBy>"
_SPAN = re.compile(r"#(?:char|position|quote)=\d+,\d+>$")


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
    only moved, because something before it grew, is no change."""
    old, new = _records(before.graph), _records(after.graph)
    rows = []
    for record in sorted(old.keys() | new.keys()):
        if record not in old:
            rows.append(RecordChange(change="appeared", kind=new[record][0], id=record))
        elif record not in new:
            rows.append(RecordChange(change="vanished", kind=old[record][0], id=record))
        elif old[record][1] != new[record][1]:
            rows.append(RecordChange(change="changed", kind=new[record][0], id=record))
    return Table(rows, note="" if rows else "The two releases hold the same records.")


def _records(graph: Path) -> dict[str, tuple[str, int]]:
    """Class and a sum over statements of each named resource that has a class of our own."""
    kinds: dict[str, str] = {}
    sums: dict[str, int] = {}
    own = f"<{ONTOLOGY}"
    for subject, predicate, value in _statements(graph):
        if predicate == _ASIDE or _SPAN.search(value):
            continue
        digest = hashlib.blake2b(f"{predicate} {value}".encode(), digest_size=8).digest()
        sums[subject] = (sums.get(subject, 0) + int.from_bytes(digest, "big")) % 2**64
        if predicate == _TYPE and value.startswith(own):
            kinds.setdefault(subject, value[len(own) : -1])
    return {subject.strip("<>"): (kind, sums[subject]) for subject, kind in kinds.items()}


def _statements(graph: Path) -> Iterator[tuple[str, str, str]]:
    with graph.open(encoding="utf-8") as lines:
        for line in lines:
            if match := _QUAD.match(line.rstrip("\n")):
                yield match[1], match[2], match[3]
