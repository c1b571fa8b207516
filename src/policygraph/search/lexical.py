"""The lexical index (tantivy) in shares of the corpus: each share has segments of its own, made once and kept, so that a
changed document costs its share.

The engine counts how rare a word is over all segments, so what a search finds does not depend on how documents are
shared out. Segments are named by what is in them: the same clauses give the same files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from policygraph.cache import SCRATCH, Cache, KeptFile, key_of
from policygraph.encode.text import grams
from policygraph.errors import PolicyGraphError
from policygraph.executor import Executor
from policygraph.program import program_version
from policygraph.search.parts import IndexPart

#: Documents of a share, as long as there are no more shares than a query goes through in a millisecond or two.
_DOCUMENTS = 16
_SHARES = 64
#: Memory of the engine's writer: a share of documents is a small part of it, so that it writes one segment.
_HEAP = 256 << 20
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
Ints = npt.NDArray[np.int64]
Link = Callable[[str, KeptFile], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment as `meta.json` names it, and its kept files by suffix."""

    description: str
    id: str
    files: tuple[tuple[str, KeptFile], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The segments of some documents. `places` are rows of (segment, place in it, unit), units counted over those
    documents; `meta` is what `meta.json` says beside the segments."""

    meta: str
    segments: tuple[Segment, ...]
    places: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareJob:
    """The documents of a share, by the keys of their index parts, and where to keep its segments."""

    key: str
    documents: tuple[str, ...]
    parts: tuple[str, ...]
    cache: Cache


def share_out(documents: Iterable[str]) -> list[list[str]]:
    """The documents by share; which one a document is in depends on its id, and on roughly how many there are."""
    names = sorted(documents)
    number = 1
    while number < _SHARES and number * _DOCUMENTS < len(names):
        number *= 2
    shares: list[list[str]] = [[] for _ in range(number)]
    for name in names:
        shares[int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % number].append(name)
    return shares


def write_lexical(
    folder: Path, *, parts: dict[str, str], starts: dict[str, int], sizes: dict[str, int], cache: Cache,
    executor: Callable[[int], Executor], link: Link,
) -> None:  # fmt: skip
    """Put the index into `folder`. `parts` are the keys of the documents' index parts in the cache, `starts` and
    `sizes` the first and the number of the units of each; `executor` gives one for so many jobs, `link` puts a
    kept file to a name in the folder."""
    jobs = [
        ShareJob(key=key_of("share", keys, program_version()), documents=tuple(names), parts=keys, cache=cache)
        for names in share_out(parts)
        for keys in [tuple(parts[name] for name in names)]
    ]
    known = {job.key: _known(job) for job in jobs}
    missing = [job for job in jobs if known[job.key] is None]
    made = executor(len(missing)).map(make_share, missing, died=_died)
    rows: list[npt.NDArray[np.int32]] = []
    segments: list[str] = []
    meta = ""
    for job in jobs:
        share = known[job.key] or next(made)
        of_unit = np.concatenate([np.arange(starts[d], starts[d] + sizes[d]) for d in job.documents] or [np.zeros(0, np.int64)])
        places = np.frombuffer(share.places, np.int32).reshape(-1, 3)
        rows.append(np.stack([places[:, 0] + len(segments), places[:, 1], of_unit[places[:, 2]]], axis=1).astype(np.int32))
        for segment in share.segments:
            segments.append(segment.description)
            for suffix, kept in segment.files:
                link(segment.id + suffix, kept)
        meta = share.meta
    content = {**json.loads(meta), "segments": [json.loads(segment) for segment in segments], "opstamp": len(segments)}
    (folder / "meta.json").write_text(json.dumps(content), "utf-8")
    np.save(folder / "rows.npy", np.concatenate(rows))


def make_share(job: ShareJob) -> Share:
    """Index the documents of a share and keep its segments."""
    job.cache.folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=job.cache.folder) as scratch:
            share = _share(job, Path(scratch))
    except ValueError as error:  # so the engine says that the disk is full
        if "IO error" not in str(error):
            raise
        raise OSError(str(error)) from error
    job.cache.put(job.key, share)
    return share


def _share(job: ShareJob, scratch: Path) -> Share:
    try:
        return _written(job, scratch)
    except ValueError as error:  # the engine's error for what the disk refuses, too
        refused = _OS_ERROR.search(str(error))
        raise OSError(int(refused[1]), os.strerror(int(refused[1])), str(scratch)) if refused else error from error


def _written(job: ShareJob, scratch: Path) -> Share:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("head", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("unit", stored=True, indexed=False, fast=False)
    index = tantivy.Index(builder.build(), path=str(scratch))
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    number = 0
    for key in job.parts:
        for unit in index_part(job.cache, key).units():
            writer.add_document(tantivy.Document(text=" ".join(grams(unit.text)), head=" ".join(grams(unit.heading)), unit=number))
            number += 1
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.all_query(), limit=max(searcher.num_docs, 1), count=False).hits
    places = sorted((address.segment_ord, address.doc, searcher.doc(address)["unit"][0]) for _, address in hits)
    meta = json.loads((scratch / "meta.json").read_text("utf-8"))
    segments = [_segment(number, segment, job=job, scratch=scratch) for number, segment in enumerate(meta.pop("segments"))]
    return Share(meta=json.dumps(meta), segments=tuple(segments), places=np.array(places, np.int32).tobytes())


def _segment(number: int, described: dict[str, object], *, job: ShareJob, scratch: Path) -> Segment:
    """Keep the files of a segment under a name that tells what is in it; the engine's own is a random one."""
    name = str(described["segment_id"]).replace("-", "")
    own = uuid.UUID(hex=key_of("segment", job.key, number)[:32])
    files = [
        (path.suffix, job.cache.keep(key_of("segment", job.key, number, path.suffix), path.read_bytes()))
        for path in sorted(scratch.glob(f"{name}.*"))
    ]
    return Segment(description=json.dumps({**described, "segment_id": str(own)}), id=own.hex, files=tuple(files))


def index_part(cache: Cache, key: str) -> IndexPart:
    """The index part kept under a key."""
    found = cache.get(key)
    if not isinstance(found, IndexPart):
        raise PolicyGraphError("A cache entry was removed while the build ran.", remedy="Build again.")
    return found


def _known(job: ShareJob) -> Share | None:
    found = job.cache.get(job.key)
    if not isinstance(found, Share):
        return None
    whole = [job.cache.holds(kept) for segment in found.segments for _, kept in segment.files]
    return found if all(whole) else None


def _died(job: ShareJob) -> Share:
    raise PolicyGraphError(
        f"The process that indexed {len(job.documents)} documents was killed (out of memory?).", remedy="Lower --workers."
    )
