"""The check of a build by SHACL: ontology and concept schemes with a sample (regions, units and the like are data with
tests of their own). What was checked once and did not change is not checked again. The records of a document are
checked when they are extracted, the links of a pair when they are found."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from policygraph.cache import key_of
from policygraph.graph.validate import Violation, check_shapes
from policygraph.graph.vocabulary import scheme_triples
from policygraph.graph.write import write_document, write_triples
from policygraph.model import DocumentRecords
from policygraph.program import program_version

if TYPE_CHECKING:
    from policygraph.build.documents import Documents
    from policygraph.cache import Cache

#: Clauses of the first document that SHACL looks at.
SAMPLE = 6


def begin_shapes(
    documents: Documents, *, cache: Cache, background: ThreadPoolExecutor
) -> Future[list[Violation]] | None:
    """Start the check by SHACL in a process beside this one; none when these were checked before."""
    first = next(iter(documents.heads), None)
    if first is None or cache.read(_shapes_key(documents)) is not None:
        return None
    return background.submit(_check_apart, write_document(sample(documents.records(first))))


def _check_apart(quads: bytes) -> list[Violation]:
    """The faults that the SHACL shapes find in the concept schemes and these N-Quads, from a process of its own: the
    engine is slow and would hold up this one."""
    command = [sys.executable, "-m", "policygraph.build.shapes"]
    done = subprocess.run(command, input=quads, capture_output=True, check=False)
    if done.returncode:
        return _check_sample(quads)
    return [Violation(**fault) for fault in json.loads(done.stdout)]


def _check_sample(quads: bytes) -> list[Violation]:
    return check_shapes(write_triples(scheme_triples(), "vocabulary"), quads)


def shape_faults(
    documents: Documents, shapes: Future[list[Violation]] | None, *, cache: Cache
) -> tuple[str, ...]:
    """What SHACL finds, a line each; nothing, in a sound program. `shapes` is what `begin_shapes` gave."""
    faults = shapes.result() if shapes is not None else []
    if shapes is not None and not faults:
        cache.write(_shapes_key(documents), b"")
    return tuple(f"fault: {fault}" for fault in faults)


def sample(records: DocumentRecords, *, clauses: int = SAMPLE) -> DocumentRecords:
    """A part of a document that stands by itself: the clauses with most kinds of record, those above them, and what
    was found in them."""
    kinds = [f.name for f in dataclasses.fields(records) if f.name not in ("document", "clauses")]
    weight: dict[str, int] = {}
    for kind in kinds:
        for identifier in {record.clause for record in getattr(records, kind)}:
            weight[identifier] = weight.get(identifier, 0) + 1
    by_id = {clause.id: clause for clause in records.clauses}
    kept: set[str] = set()
    for identifier in sorted(weight, key=lambda identifier: (-weight[identifier], identifier))[:clauses]:
        above: str | None = identifier
        while above is not None and above in by_id:
            kept.add(above)
            above = by_id[above].parent
    parts = {kind: tuple(record for record in getattr(records, kind) if record.clause in kept) for kind in kinds}
    own = tuple(clause for clause in records.clauses if clause.id in kept)
    return DocumentRecords(document=records.document, clauses=own, **parts)


def _shapes_key(documents: Documents) -> str:
    return key_of("shapes", next(iter(documents.heads.values())).key, program_version())


if __name__ == "__main__":
    faults = _check_sample(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps([dataclasses.asdict(fault) for fault in faults], ensure_ascii=True))
