"""The checks of a build: every record, every link, and by SHACL ontology and concept schemes with a sample (regions, units
and the like are data with tests of their own). What was checked once and did not change is not checked again."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from policygraph.graph.validate import Violation, check_document, check_links, check_shapes
from policygraph.graph.vocabulary import scheme_triples
from policygraph.graph.write import write_document, write_triples
from policygraph.ids import home
from policygraph.model import Alignment, Coverage, DocumentRecords, Links, TargetLink
from policygraph.program import program_version

if TYPE_CHECKING:
    from policygraph.cache import Cache
    from policygraph.documents import Documents

#: Clauses of the first document that SHACL looks at.
SAMPLE = 6


def begin_shapes(
    documents: Documents, *, cache: Cache, background: ThreadPoolExecutor
) -> Future[list[Violation]] | None:
    """Start the check by SHACL in a process beside this one; none when these were checked before."""
    first = next(iter(documents.heads), None)
    if first is None or cache.read(_shapes_key(documents)) is not None:
        return None
    return background.submit(_check_apart, write_document(sample(documents[first])))


def _check_apart(quads: bytes) -> list[Violation]:
    """The faults that the SHACL shapes find in the concept schemes and these N-Quads, from a process of its own: the
    engine is slow and would hold up this one."""
    command = [sys.executable, "-m", "policygraph.graph.checked"]
    done = subprocess.run(command, input=quads, capture_output=True, check=False)
    if done.returncode:
        return _check_sample(quads)
    return [Violation(**fault) for fault in json.loads(done.stdout)]


def _check_sample(quads: bytes) -> list[Violation]:
    return check_shapes(write_triples(scheme_triples(), "vocabulary"), quads)


def check_release(
    documents: Documents, links: Links, *, shapes: Future[list[Violation]] | None, cache: Cache
) -> tuple[str, ...]:
    """The faults of a build, a line each; none is what a sound program gives. `shapes` is what `begin_shapes` gave."""
    found: list[str] = []
    for name, head in documents.heads.items():
        key = _key("document", head.key, name)
        if cache.read(key) is None:
            faults = check_document(documents[name], documents.texts[name])
            found += _settled(faults, key, cache)
    for pair, part in _by_pair(links, frozenset(documents)):
        key = _key("links", *(documents.heads[name].key for name in pair), repr(part))
        if cache.read(key) is None:
            texts = {name: documents.texts[name] for name in pair}
            faults = check_links(part, [documents[name] for name in pair], texts)
            found += _settled(faults, key, cache)
    if shapes is not None:
        found += _settled(shapes.result(), _shapes_key(documents), cache)
    return tuple(found)


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


def _key(*parts: str) -> str:
    from policygraph.cache import key_of

    return key_of("check", *parts, program_version())


def _shapes_key(documents: Documents) -> str:
    return _key("shapes", next(iter(documents.heads.values())).key)


def _settled(faults: list[Violation], key: str, cache: Cache) -> list[str]:
    """The faults as text; that there were none is kept."""
    if not faults:
        cache.write(key, b"")
    return [f"fault: {fault}" for fault in faults]


def _by_pair(links: Links, documents: frozenset[str]) -> Iterator[tuple[tuple[str, ...], Links]]:
    """The links of each pair of documents (of each single one, for coverage within it)."""

    def pair_of(*ends: str) -> tuple[str, ...]:
        return tuple(sorted({home(end, documents) for end in ends} & documents))

    alignments: dict[tuple[str, ...], list[Alignment]] = {}
    target_links: dict[tuple[str, ...], list[TargetLink]] = {}
    coverage: dict[tuple[str, ...], list[Coverage]] = {}
    for link in links.alignments:
        alignments.setdefault(pair_of(link.source, link.target), []).append(link)
    for both in links.target_links:
        target_links.setdefault(pair_of(both.source, both.target), []).append(both)
    for cover in links.coverage:
        coverage.setdefault(pair_of(cover.subject, cover.document), []).append(cover)
    for pair in sorted({*alignments, *target_links, *coverage}):
        yield (
            pair,
            Links(
                alignments=tuple(alignments.get(pair, ())),
                target_links=tuple(target_links.get(pair, ())),
                coverage=tuple(coverage.get(pair, ())),
            ),
        )


if __name__ == "__main__":
    faults = _check_sample(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps([dataclasses.asdict(fault) for fault in faults], ensure_ascii=True))
