"""Write the search index of a release: the parts of its documents put together, and what is counted over all of them."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from policygraph.cache import Cache, key_of
from policygraph.encode.encoder import Encoder
from policygraph.encode.weights import Floats
from policygraph.executor import Executor, SerialExecutor
from policygraph.model import DocumentRecords
from policygraph.search.bridge import phrases
from policygraph.search.confidence import calibrate
from policygraph.search.engine import Ints
from policygraph.search.index import CALIBRATION, FORMAT, ClauseIndex
from policygraph.search.lexical import Link, index_part, write_lexical
from policygraph.search.parts import FIELDS, IndexPart, part_of
from policygraph.search.texts import TextsWriter
from policygraph.search.vectors import FLAT_UNTIL, write_index

#: Sentences and units drawn to say how like texts usually are: the mean of a thousand cosines is sure to some
#: thousandths.
_SAMPLE = 1000
_NEWLINE = ord("\n")


def build_index(
    records: Sequence[DocumentRecords], folder: Path, *, encoder: Encoder | None, flat_until: int = FLAT_UNTIL
) -> None:
    """Write the index of these documents into `folder`, which is made. Without an encoder the index is lexical only."""
    with tempfile.TemporaryDirectory() as scratch:
        cache = Cache(Path(scratch))
        keys: dict[str, str] = {}
        for document in records:
            key = key_of("index", document.document.id)
            cache.put(key, part_of(document))
            keys[document.document.id] = key
        write_index_of(
            keys, folder, cache=cache, encoder=encoder, executor=lambda _: SerialExecutor(),
            link=lambda name, kept: cache.link(kept, folder / name), done=lambda _: None, flat_until=flat_until,
        )  # fmt: skip


def write_index_of(
    keys: Mapping[str, str], folder: Path, *, cache: Cache, encoder: Encoder | None, executor: Callable[[int], Executor],
    link: Link, done: Callable[[int], None], flat_until: int = FLAT_UNTIL,
) -> None:  # fmt: skip
    """Write the index of the documents whose parts the cache keeps under these keys, in their order, into `folder`, which
    is made. The parts are read one after the other; `done` is told how many were. `link` puts a kept file to a name in
    `folder`."""
    (folder / "lexical").mkdir(parents=True, exist_ok=True)
    names: dict[str, dict[str, int]] = {field: {} for field in FIELDS}
    facts: list[list[npt.NDArray[np.int32]]] = [[] for _ in FIELDS]
    sentences: list[npt.NDArray[np.int32]] = []
    lengths: list[Ints] = []
    documents: dict[str, dict[str, str | None]] = {}
    agencies: dict[str, str] = {}
    starts: dict[str, int] = {}
    sizes: dict[str, int] = {}
    firsts: list[npt.NDArray[np.int32]] = []
    units = 0
    texts, heads = TextsWriter(folder / "texts"), TextsWriter(folder / "heads")
    clauses = 0
    vectors = None if encoder is None else _Vectors(encoder, folder / "vectors")
    with (folder / "clauses.jsonl").open("wb") as lines:
        for document, key in keys.items():
            part = index_part(cache, key)
            lines.write(part.lines)
            lengths.append(np.flatnonzero(np.frombuffer(part.lines, np.uint8) == _NEWLINE))
            placed = _placed(part, names, clauses)
            for number, of_field in enumerate(facts):
                of_field.append(placed[placed[:, 1] == number])
            sentences.append(part.sentences + np.array([clauses, 0, 0], np.int32))
            if vectors is not None:
                vectors.add(part)
            starts[document], sizes[document] = units, len(part.firsts)
            firsts.append(part.firsts + np.int32(clauses))
            texts.add(part.texts)
            heads.add(part.heads)
            units += len(part.firsts)
            clauses += part.size
            agencies |= part.agencies
            documents[document] = {"title": part.title, "number": part.number, "region": part.region, "source": part.source}
            done(len(documents))
    np.save(folder / "offsets.npy", _offsets(lengths, clauses))
    np.save(folder / "facts.npy", np.concatenate([np.zeros((0, 4), np.int32), *(each for of_field in facts for each in of_field)]))
    parts = np.concatenate([np.zeros((0, 3), np.int32), *sentences])
    np.save(folder / "sentences.npy", parts)
    np.save(folder / "units.npy", np.concatenate([*firsts, np.array([clauses], np.int32)]))
    texts.close()
    heads.close()
    write_lexical(
        folder / "lexical", parts=dict(keys), starts=starts, sizes=sizes, cache=cache, executor=executor,
        link=lambda name, kept: link(f"lexical/{name}", kept),
    )  # fmt: skip
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "encoder": None,
        "clauses": clauses,
        "sentences": len(parts),
        "names": {field: list(values) for field, values in names.items()},
        "facts": [0, *itertools.accumulate(sum(map(len, of_field)) for of_field in facts)],
        "agencies": agencies,
        "documents": documents,
    }
    if encoder is not None and vectors is not None and clauses:
        split, whole = vectors.of("sentences"), vectors.of("units")
        manifest["encoder"] = {"name": encoder.name, "hash": encoder.hash, "dimension": encoder.dimension}
        manifest["factories"] = {
            "units": write_index(whole, folder / "units.faiss", flat_until=flat_until),
            "sentences": write_index(split, folder / "sentences.faiss", flat_until=flat_until),
        }
        chosen = np.random.default_rng(0).permutation(len(split))[:_SAMPLE]
        np.save(folder / "sample.npy", np.concatenate([split[np.sort(chosen)], whole[:_SAMPLE]]))
        manifest["phrases"] = phrases()
        np.save(folder / "phrases.npy", encoder.encode_queries(manifest["phrases"]))
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    if vectors is not None:
        vectors.clear()
    if manifest["encoder"] is not None and encoder is not None:
        found = calibrate(ClauseIndex(folder, untouched=True), encoder)
        (folder / CALIBRATION).write_text(json.dumps(asdict(found)), "utf-8")


def _placed(part: IndexPart, names: dict[str, dict[str, int]], start: int) -> npt.NDArray[np.int32]:
    """The facts of a part as those of the whole index; names that are new to it are added."""
    facts = part.facts.copy()
    for number, field in enumerate(FIELDS):
        known = names[field]
        places = np.array([known.setdefault(name, len(known)) for name in part.names[field]], np.int32)
        of_field = facts[:, 1] == number
        facts[of_field, 2] = places[facts[of_field, 2]]
    facts[:, 0] += start
    return np.unique(facts, axis=0)


def _offsets(ends: Sequence[Ints], clauses: int) -> Ints:
    """Where each line begins, and where the last one ends, of the places of line ends in each part."""
    offsets = np.zeros(clauses + 1, np.int64)
    row = 1
    for places in ends:
        offsets[row : row + len(places)] = offsets[row - 1] + places + 1
        row += len(places)
    return offsets


class _Vectors:
    """Vectors of sentences and units, gathered part after part on the disk."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder, self._folder = encoder, folder
        folder.mkdir()

    def add(self, part: IndexPart) -> None:
        """Encode the sentences of a part, and its units as wholes: the mean of an article's sentences is no measure of it
        (on questions to statutes it finds 47 of 100 where the whole finds 52)."""
        texts = [entry.text for entry in part.entries()]
        split = self._encoder.encode_passages([texts[row][a:b] for row, a, b in part.sentences.tolist()])
        whole = self._encoder.encode_passages([unit.passage for unit in part.units()])
        for name, vectors in (("sentences", split), ("units", whole)):
            with (self._folder / name).open("ab") as file:
                file.write(np.ascontiguousarray(vectors, np.float32).tobytes())

    def of(self, name: str) -> Floats:
        """All vectors of sentences, or of units."""
        path = self._folder / name
        if not path.stat().st_size:
            return np.zeros((0, self._encoder.dimension), np.float32)
        return np.memmap(path, np.float32, mode="r").reshape(-1, self._encoder.dimension)

    def clear(self) -> None:
        """Remove what was gathered."""
        shutil.rmtree(self._folder)
