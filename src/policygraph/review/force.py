"""Verdicts put into force: a release as the program found it and verdicts go in, the release as persons have it comes out.

Both are releases like any other, the second made of the first: it shares all files but those of documents and pairs that were
judged, and the store and columns go on from those of the first. So whoever asks, by whatever way, gets what persons said, and
the first one says what the program alone found.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from policygraph.cache import key_of
from policygraph.columns import Columns, Part, write_columns
from policygraph.columns.layout import OF_DOCUMENT, OF_PAIR
from policygraph.errors import ReleaseError
from policygraph.graph.describe import Description, write_description
from policygraph.graph.parts import Parts, document_file, finish_store, go_on, pair_file
from policygraph.graph.quads import SUFFIX, packed, unpacked
from policygraph.graph.validate import check_document, check_links
from policygraph.graph.write import write_document, write_links, write_rejected
from policygraph.ids import Iris
from policygraph.model import DocumentRecords, Links
from policygraph.program import fingerprint
from policygraph.release.export import row
from policygraph.release.folder import FORMAT, JUDGED, DataFolder, Release, list_files
from policygraph.review.agreement import agreements
from policygraph.review.book import FILE, Book, Verdicts
from policygraph.review.effect import is_between, on_document, on_pair
from policygraph.review.matching import Finder, Fit, Fitted
from policygraph.review.scoring import scores

_CODE = ("review", "columns", "graph", "model.py", "ontology")
_REJECTED = f"graph/rejected{SUFFIX}"
_DATASET = f"graph/dataset{SUFFIX}"
#: Files of a release that are written anew for what was judged.
_OWN = ("manifest.json", "parts.json", _DATASET)
_SIZE = re.compile(rb"^<([^>]*)> <http://rdfs\.org/ns/void#triples> \"(\d+)\"", re.MULTILINE)


@dataclass(slots=True)
class _Judged:
    """What verdicts change of a release: documents and pairs by their parts, and what was rejected."""

    documents: dict[str, DocumentRecords] = field(default_factory=dict)
    pairs: dict[tuple[str, str], Links] = field(default_factory=dict)
    rejected: list[tuple[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def book_of(folder: DataFolder, *, named: str = "") -> Book | None:
    """The file of verdicts of a data folder: the one named, else the one beside the documents that were built; None where
    nobody knows where they are."""
    if named:
        return Book(Path(named))
    return None if folder.corpus is None else Book(folder.corpus / FILE)


def put_into_force(folder: DataFolder, found: Release, verdicts: Verdicts) -> Release:
    """Put the release that `found` and the verdicts make into service. Call with the folder's lock held.

    Without verdicts that is the release as found; what a verdict does not fit is in the release's `judged`."""
    if not verdicts.current:
        folder.point_to(found.id)
        folder.retire(found.id)
        return found
    said = [verdict.id for verdict in verdicts.current]
    release_id = key_of(found.id, fingerprint(_CODE), sorted(said))[:16]
    place = folder.releases / release_id
    if place.is_dir():
        standing = folder.release(release_id)
        if standing.is_whole():
            folder.point_to(release_id)
            return standing
    with folder.staging() as staged:
        _write(staged, found, verdicts, release_id=release_id)
        release = folder.publish(staged, release_id=release_id, before=found.folder)
    folder.retire(found.id)
    return release


def _write(place: Path, found: Release, verdicts: Verdicts, *, release_id: str) -> None:
    columns = Columns.open(found.columns)
    parts = Parts.read(found.folder)
    if columns is None or parts is None or found.manifest.format < FORMAT:
        raise ReleaseError(f"Release {found.id} is of an earlier program, to which no verdicts are put.", remedy="Build again.")
    try:
        fitted = Finder(columns, source=found.source_text).fitted(verdicts)
        judged = _judge(columns, fitted, source=found)
        _check(columns, judged, found)
        scored = {"scores": [row(each) for each in scores(columns, fitted)], "agreement": [row(each) for each in agreements(fitted.fits)]}
        keys = {name: key_of(parts.documents[name], release_id) for name in judged.documents}
        pair_keys = {pair: key_of(parts.pairs[pair], release_id) for pair in judged.pairs}
        changed = _write_graph(place, found, columns, judged, parts=parts, keys=keys, pair_keys=pair_keys)
        _write_columns(place, found, columns, judged, keys=keys, pair_keys=pair_keys)
    finally:
        columns.close()
    _write_rest(place, found, {**_told(found, fitted, judged), **scored}, judged, changed, release_id=release_id)


def _judge(columns: Columns, fitted: Fitted, *, source: Release) -> _Judged:
    """The documents and pairs that were judged, as persons have them."""
    of_document: dict[str, list[Fit]] = {}
    of_pair: dict[tuple[str, str], list[Fit]] = {}
    for fit in fitted.fits:
        if fit.key[0] == "read":
            continue
        if is_between(fit):
            of_pair.setdefault((fit.documents[0], fit.documents[1]), []).append(fit)
        else:
            of_document.setdefault(fit.documents[0], []).append(fit)
    judged = _Judged()
    gone: set[str] = set()
    for name, fits in of_document.items():
        def text(name: str = name) -> str:
            return source.source_text(name)

        effect = on_document(columns.records(name), fits, source=text)
        judged.documents[name] = effect.records
        judged.rejected += effect.rejected
        gone |= {record.id for table, record in effect.rejected if table == "targets"}
    if gone:
        touched = {columns.home(target) for target in gone}
        for part in columns.parts:
            if part.higher and touched & {part.lower, part.higher}:
                of_pair.setdefault(part.name, [])
    for pair, pair_fits in of_pair.items():
        before = columns.links_of(*pair)
        after = on_pair(before, pair_fits, lower=pair[0], higher=pair[1], gone=frozenset(gone))
        if after.records != before or after.rejected:
            judged.pairs[pair] = after.records
            judged.rejected += after.rejected
    return judged


def _check(columns: Columns, judged: _Judged, found: Release) -> None:
    """Check what persons made of records as a build checks its own; faults are said in the manifest."""
    def records(name: str) -> DocumentRecords:
        return judged.documents.get(name) or columns.records(name)

    for name in judged.documents:
        judged.faults += [f"fault: {fault}" for fault in check_document(records(name), found.source_text(name))]
    for pair, links in judged.pairs.items():
        sources = {name: found.source_text(name) for name in pair}
        judged.faults += [f"fault: {fault}" for fault in check_links(links, [records(name) for name in pair], sources)]


def _write_columns(
    place: Path, found: Release, columns: Columns, judged: _Judged, *, keys: Mapping[str, str], pair_keys: Mapping[tuple[str, str], str]
) -> None:
    def load(part: Part) -> DocumentRecords | Links:
        if not part.higher:
            return judged.documents.get(part.lower) or columns.records(part.lower)
        return judged.pairs.get(part.name) or columns.links_of(*part.name)

    parts = [replace(part, key=pair_keys.get(part.name) or (keys.get(part.lower) if not part.higher else None) or part.key) for part in columns.parts]
    write_columns(place / "columns", parts, load=load, before=found.columns)


def _write_graph(
    place: Path, found: Release, columns: Columns, judged: _Judged, *, parts: Parts, keys: Mapping[str, str],
    pair_keys: Mapping[tuple[str, str], str],
) -> Counter[str]:  # fmt: skip
    """Write the graph's files and the store; how many statements each named graph gained, or lost."""
    base, version = found.manifest.base_iri, found.manifest.program
    out: set[bytes] = set()
    put: set[bytes] = set()
    instead: dict[str, tuple[str, bytes]] = {}
    for name, records in judged.documents.items():
        instead[document_file(name)] = document_file(name), write_document(records, base_iri=base, version=version)
    for pair, links in judged.pairs.items():
        documents = [columns.documents[name] for name in pair]
        instead[pair_file(parts.pairs[pair])] = pair_file(pair_keys[pair]), write_links(links, documents=documents, base_iri=base, version=version)
    _linked(found, place, left_out={*instead, *_OWN})
    for former, (name, quads) in instead.items():
        old, new = set(unpacked((found.folder / former).read_bytes()).splitlines()), set(quads.splitlines())
        out |= old - new
        put |= new - old
        _placed(place / name, packed(quads))
    if rejected := write_rejected(judged.rejected, base_iri=base):
        put |= set(rejected.splitlines())
        _placed(place / _REJECTED, packed(rejected))
    if found.store.is_dir():  # that of a large graph may not be made yet
        go_on(found.store, place / "store", out=sorted(out - put), put=sorted(put))
    changed: Counter[str] = Counter()
    for lines, by in ((put, 1), (out - put, -1)):
        for line in lines:
            changed[line.rpartition(b" <")[2].removesuffix(b"> .").decode()] += by
    documents_now = {**parts.documents, **keys}
    Parts(documents=documents_now, pairs={**parts.pairs, **pair_keys}).write(place)
    return changed


def _linked(found: Release, place: Path, *, left_out: Iterable[str]) -> None:
    """Have the files of a release in another, but for some."""
    without = set(left_out)
    for name in found.manifest.files:
        if name in without:
            continue
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(found.folder / name, path)
        except OSError:
            shutil.copy2(found.folder / name, path)


def _placed(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _write_rest(
    place: Path, found: Release, told: Mapping[str, Any], judged: _Judged, changed: Counter[str], *, release_id: str
) -> None:
    """The description, the manifest, and who judged what."""
    columns = Columns.open(place / "columns")
    if columns is None:
        raise ReleaseError("The columns of the judged release cannot be read.", remedy="Build again.")
    base, manifest = found.manifest.base_iri, found.manifest
    iris = Iris(base)
    prefix = iris.graph("")
    former = unpacked((found.folder / _DATASET).read_bytes())
    sizes = {name.decode().removeprefix(prefix): int(count) for name, count in _SIZE.findall(former) if name.decode().startswith(prefix)}
    graphs = {name: size + changed[iris.graph(name)] for name, size in sizes.items()}
    if changed[iris.graph("rejected")]:
        graphs["rejected"] = changed[iris.graph("rejected")]
    counts = {table: columns.count(table) for table in (*OF_DOCUMENT, *OF_PAIR)}
    inputs = {document.id: document.sha256 for document in columns.documents.values()}
    description = Description(release=release_id, version=manifest.program, inputs=inputs, counts=counts, graphs=graphs)
    part = write_description(description, base_iri=base)
    if (place / "store").is_dir():
        finish_store(place / "store", part, base_iri=base)
    _placed(place / _DATASET, packed(part))
    (place / JUDGED).write_text(json.dumps(told, ensure_ascii=False, indent=0) + "\n", "utf-8")
    documents = tuple(
        replace(each, title=columns.documents[each.id].title, digest=key_of(each.digest, release_id)[:16], **cast(Any, _sizes(columns, each.id)))
        if each.id in judged.documents else each
        for each in manifest.documents
    )  # fmt: skip
    columns.close()
    known = {name: entry for name, entry in manifest.files.items() if name not in _OWN and _is_linked(place / name, found.folder / name)}
    made = replace(
        manifest, id=release_id, warnings=(*manifest.warnings, *judged.faults), documents=documents, links={table: counts[table] for table in OF_PAIR},
        statements=manifest.statements + sum(changed.values()) + part.count(b"\n") - former.count(b"\n"), files=list_files(place, known=known),
    )  # fmt: skip
    (place / "manifest.json").write_text(made.to_json(), "utf-8")


def _sizes(columns: Columns, document: str) -> dict[str, int]:
    return {table: len(columns.of(table, document)) for table in OF_DOCUMENT if table != "documents"}


def _is_linked(path: Path, other: Path) -> bool:
    return path.is_file() and path.stat().st_ino == other.stat().st_ino


def _told(found: Release, fitted: Fitted, judged: _Judged) -> dict[str, Any]:
    """Who judged what, by record, and what fits nothing: what a release tells of it."""
    verdicts: dict[str, list[dict[str, Any]]] = {}
    for fit in fitted.fits:
        if fit.key[0] == "read":
            continue
        holds = fit.holds
        for verdict in fit.verdicts:
            said = {"id": verdict.id, "kind": verdict.kind, "judgement": verdict.judgement, "reviewer": verdict.reviewer, "time": verdict.time, "reason": verdict.reason}
            verdicts.setdefault(fit.id, []).append({**said, "holds": holds is not None and holds.says == verdict.says, "moved": fit.moved})
    unfit = [{"id": each.verdict.id, "kind": each.verdict.kind, "why": each.why, "detail": each.detail} for each in fitted.unfit]
    return {"as_found": found.id, "verdicts": verdicts, "unfit": unfit, "rejected": Counter(table for table, _ in judged.rejected)}
