"""The search index of a release: what `build_index` writes into its folder, and `ClauseIndex` opens.

| file | what |
|---|---|
| `manifest.json` | format, encoder (name, hash, dimension; null for a lexical release), counts, names of the values below |
| `clauses.jsonl`, `offsets.npy` | what is shown of each clause, found by its row |
| `facts.npy` | rows of (clause, field, value, extra): document, kind, agency and role, due date, indicator, modality |
| `sentences.npy` | (clause, start, end): the sentences, in the order of their vectors |
| `clauses.faiss`, `sentences.faiss`, `sample.npy` | vectors; a sample that says what an ordinary similarity is |
| `phrases.npy` | vectors of the phrases that lay words are bridged to, as queries, in the order of the manifest's `phrases` |
| `lexical/` | tantivy: characters, their pairs and Latin words of each clause, in its text and in its headings |

The folder does not change once it is written; what an open index holds in memory are copies of parts of it.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from policygraph.cache import Cache, key_of
from policygraph.encode.encoder import Encoder, normalised
from policygraph.encode.text import Names, plain
from policygraph.encode.weights import Floats
from policygraph.errors import EncoderError, ReleaseError
from policygraph.executor import Executor, SerialExecutor
from policygraph.model import DocumentRecords
from policygraph.search.bridge import phrases
from policygraph.search.lexical import Link, index_part, write_lexical
from policygraph.search.parts import FIELDS, ROLES, Entry, Field, IndexPart, part_of
from policygraph.search.vectors import FLAT_UNTIL, Ints, VectorIndex, write_index

#: Version of the index's layout; raised when an older program could not read what this one writes.
FORMAT = 1
#: Sentences and clauses drawn to say how like texts usually are: the mean of a thousand cosines is sure to some
#: thousandths.
_SAMPLE = 1000
#: Characters of an indicator that a query can name: longer ones are sentences that were taken for a name.
_LONGEST_INDICATOR = 30
_NEWLINE = ord("\n")
#: Clauses that are kept as they are shown, for the next query that finds them: some 10 MB, and most pages of hits of
#: a corpus of a hundred documents.
_ENTRIES = 4096


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
    facts: list[npt.NDArray[np.int32]] = []
    sentences: list[npt.NDArray[np.int32]] = []
    lengths: list[Ints] = []
    documents: dict[str, dict[str, str | None]] = {}
    agencies: dict[str, str] = {}
    starts: dict[str, int] = {}
    sizes: dict[str, int] = {}
    clauses = 0
    vectors = None if encoder is None else _Vectors(encoder, folder / "vectors")
    with (folder / "clauses.jsonl").open("wb") as lines:
        for document, key in keys.items():
            part = index_part(cache, key)
            lines.write(part.lines)
            lengths.append(np.flatnonzero(np.frombuffer(part.lines, np.uint8) == _NEWLINE))
            facts.append(_placed(part, names, clauses))
            sentences.append(part.sentences + np.array([clauses, 0, 0], np.int32))
            if vectors is not None:
                vectors.add(part)
            starts[document], sizes[document] = clauses, part.size
            clauses += part.size
            agencies |= part.agencies
            documents[document] = {"title": part.title, "region": part.region, "source": part.source}
            done(len(documents))
    np.save(folder / "offsets.npy", _offsets(lengths, clauses))
    np.save(folder / "facts.npy", np.concatenate([np.zeros((0, 4), np.int32), *facts]))
    parts = np.concatenate([np.zeros((0, 3), np.int32), *sentences])
    np.save(folder / "sentences.npy", parts)
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
        "agencies": agencies,
        "documents": documents,
    }
    if encoder is not None and vectors is not None and clauses:
        split, whole = vectors.of("sentences"), vectors.of("clauses")
        manifest["encoder"] = {"name": encoder.name, "hash": encoder.hash, "dimension": encoder.dimension}
        manifest["factories"] = {
            "clauses": write_index(whole, folder / "clauses.faiss", flat_until=flat_until),
            "sentences": write_index(split, folder / "sentences.faiss", flat_until=flat_until),
        }
        chosen = np.random.default_rng(0).permutation(len(split))[:_SAMPLE]
        np.save(folder / "sample.npy", np.concatenate([split[np.sort(chosen)], whole[:_SAMPLE]]))
        manifest["phrases"] = phrases()
        np.save(folder / "phrases.npy", encoder.encode_queries(manifest["phrases"]))
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    if vectors is not None:
        vectors.clear()


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
    """Vectors of sentences and clauses, gathered part after part on the disk."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder, self._folder = encoder, folder
        folder.mkdir()

    def add(self, part: IndexPart) -> None:
        """Encode the sentences of a part. A clause has the mean of its sentences' vectors by length: nearly what
        encoding the whole gives, at half the cost of a build."""
        texts = [entry.text for entry in part.entries()]
        rows = part.sentences
        split = self._encoder.encode_passages([texts[row][a:b] for row, a, b in rows.tolist()])
        whole = np.zeros((part.size, self._encoder.dimension), np.float32)
        np.add.at(whole, rows[:, 0], split * (rows[:, 2] - rows[:, 1])[:, None].astype(np.float32))
        for name, vectors in (("sentences", split), ("clauses", normalised(whole))):
            with (self._folder / name).open("ab") as file:
                file.write(np.ascontiguousarray(vectors, np.float32).tobytes())

    def of(self, name: str) -> Floats:
        """All vectors of sentences, or of clauses."""
        path = self._folder / name
        if not path.stat().st_size:
            return np.zeros((0, self._encoder.dimension), np.float32)
        return np.memmap(path, np.float32, mode="r").reshape(-1, self._encoder.dimension)

    def clear(self) -> None:
        """Remove what was gathered."""
        shutil.rmtree(self._folder)


class ClauseIndex:
    """An opened index folder: clauses by row, filters as masks, lexical and vector search. Opening maps files and
    reads the manifest; engines are loaded when first asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
            self._offsets: Ints = np.load(folder / "offsets.npy", mmap_mode="r")
            self._facts: npt.NDArray[np.int32] = np.load(folder / "facts.npy", mmap_mode="r")
            self.sentences: npt.NDArray[np.int32] = np.load(folder / "sentences.npy", mmap_mode="r")
        except (OSError, ValueError) as error:
            remedy = "Build the release again: policygraph build."
            raise ReleaseError(f"{folder} holds no search index that can be opened ({error}).", remedy=remedy) from error
        if self.manifest.get("format") != FORMAT:
            remedy = "Build the release again with this version."
            raise ReleaseError(f"{folder} holds a search index of format {self.manifest.get('format')}, not {FORMAT}.", remedy=remedy)
        self.size: int = self.manifest["clauses"]
        self.names: dict[str, list[str]] = self.manifest["names"]
        self.documents: dict[str, dict[str, str | None]] = self.manifest["documents"]
        #: name as written → canonical id
        self.agencies: dict[str, str] = self.manifest["agencies"]
        if self.semantic:
            factories = self.manifest["factories"]
            self.whole = VectorIndex(folder / "clauses.faiss", factories["clauses"])
            self.parts = VectorIndex(folder / "sentences.faiss", factories["sentences"])

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles of the documents as queries are compared with them."""
        return {key: plain(str(value["title"])) for key, value in self.documents.items()}

    @cached_property
    def agency_names(self) -> Names:
        """Names of agencies that a query may hold."""
        return Names(name for name in self.names["agency"] if len(name) > 2)

    @cached_property
    def indicator_names(self) -> Names:
        """Names of indicators that a query may hold: what is longer is no name but a description."""
        return Names(name for name in self.names["indicator"] if 4 <= len(name) <= _LONGEST_INDICATOR)

    @cached_property
    def of_function(self) -> Mapping[str, tuple[str, ...]]:
        """Names of agencies by their function, whatever the region."""
        of: dict[str, list[str]] = {}
        for name, identifier in self.agencies.items():
            of.setdefault(identifier.partition("/")[2], []).append(name)
        return {slug: tuple(names) for slug, names in of.items()}

    @cached_property
    def _places(self) -> dict[str, dict[str, int]]:
        return {field: {name: place for place, name in enumerate(names)} for field, names in self.names.items()}

    @property
    def semantic(self) -> bool:
        """Whether the index has vectors."""
        return self.manifest["encoder"] is not None

    def check(self, encoder: Encoder) -> None:
        """Refuse an encoder other than the one that the vectors were made with."""
        made = self.manifest["encoder"]
        if made and made["hash"] != encoder.hash:
            raise EncoderError(
                f"The index was made with the encoder {made['name']} ({made['hash'][:12]}), "
                f"not with {encoder.name} ({encoder.hash[:12]}).",
                remedy="Use that encoder, or build the release again with this one.",
            )

    def phrase(self, text: str) -> Floats | None:
        """The vector of a phrase of the vocabulary; None where the index has none."""
        row = self._phrases.get(text)
        return None if row is None else np.asarray(self._phrase_vectors[row])

    @cached_property
    def _phrases(self) -> dict[str, int]:
        return {text: row for row, text in enumerate(self.manifest.get("phrases", ()))}

    @cached_property
    def _phrase_vectors(self) -> Floats:
        return np.asarray(np.load(self.folder / "phrases.npy", mmap_mode="r"))

    @cached_property
    def sample(self) -> Floats:
        return np.asarray(np.load(self.folder / "sample.npy", mmap_mode="r"), np.float32)

    @cached_property
    def ordinary(self) -> Floats:
        """A few hundred vectors of the sample: what similarity to any clause is ordinary."""
        return np.ascontiguousarray(self.sample[:: max(len(self.sample) // 400, 1)])

    def entry(self, row: int) -> Entry:
        """What is shown of a clause."""
        return self._entry(row)

    @cached_property
    def _entry(self) -> Callable[[int], Entry]:
        return lru_cache(_ENTRIES)(self._read_entry)

    def _read_entry(self, row: int) -> Entry:
        with (self.folder / "clauses.jsonl").open("rb") as file:
            file.seek(int(self._offsets[row]))
            return Entry.read(file.read(int(self._offsets[row + 1] - self._offsets[row])))

    def row(self, clause: str) -> int | None:
        """The row of a clause id; found by its document's rows."""
        return self._rows.get(clause)

    @cached_property
    def _rows(self) -> dict[str, int]:
        with (self.folder / "clauses.jsonl").open("rb") as file:
            return {json.loads(line)["clause"]: row for row, line in enumerate(file)}

    @cached_property
    def _by_field(self) -> dict[str, npt.NDArray[np.int32]]:
        return {field: self._facts[self._facts[:, 1] == i] for i, field in enumerate(FIELDS)}

    def facts(self, field: Field) -> npt.NDArray[np.int32]:
        """Rows of (clause, field, value, extra) of one field; `value` is a place in `names[field]`."""
        return self._by_field[field]

    def mask(self, field: Field, values: set[int], *, extra: int | None = None) -> npt.NDArray[np.bool_]:
        """Which clauses have one of these values (with this extra: the role, for agencies)."""
        facts = self.facts(field)
        chosen = np.isin(facts[:, 2], list(values))
        if extra is not None:
            chosen &= facts[:, 3] == extra
        mask = np.zeros(self.size, np.bool_)
        mask[facts[chosen, 0]] = True
        return mask

    def body_mask(self, names: Sequence[str], roles: Sequence[str] = ()) -> npt.NDArray[np.bool_]:
        """Which clauses name one of these agencies, in one of these roles if any are given."""
        known = self._places["agency"]
        values = {known[name] for name in names if name in known}
        chosen = np.zeros(self.size, np.bool_)
        extras: list[int | None] = [ROLES.index(role) for role in roles]
        for extra in extras or [None]:
            chosen |= self.mask("agency", values, extra=extra)
        return chosen

    # lexical

    @cached_property
    def _lexical(self) -> tuple[Any, Any, Ints]:
        import tantivy

        try:
            index = tantivy.Index.open(str(self.folder / "lexical"))
        except ValueError:
            index = tantivy.Index.open(self._linked(self.folder / "lexical"))
        rows = np.load(self.folder / "lexical" / "rows.npy")
        base = np.zeros(int(rows[:, 0].max(initial=0)) + 2, np.int64)
        np.add.at(base, rows[:, 0] + 1, 1)
        self._base = np.cumsum(base)
        return index, index.searcher(), rows[:, 2].astype(np.int64)

    def _linked(self, folder: Path) -> str:
        """Links to the files of a folder, in one that may be written: the engine wants to put a lock beside them. They
        go with this index."""
        self._links = tempfile.TemporaryDirectory(prefix="policygraph-")
        for path in folder.glob("[!.]*"):
            (Path(self._links.name) / path.name).symlink_to(path.resolve())
        return self._links.name

    def weight(self, term: str) -> float:
        """How telling a gram is: its inverse document frequency in the texts, as BM25 counts it."""
        found = self._lexical[1].doc_freq("text", term)
        return math.log(1 + (self.size - found + 0.5) / (found + 0.5))

    def match(self, terms: Sequence[tuple[str, float]], *, limit: int, field: str = "text", every: bool = False) -> tuple[Ints, Floats]:
        """The clauses that have one of the weighted terms (or every one), the best `limit`, and BM25 of each."""
        import tantivy

        index, searcher, rows = self._lexical
        occur = tantivy.Occur.Must if every else tantivy.Occur.Should
        schema = index.schema
        parts = [
            (occur, tantivy.Query.boost_query(tantivy.Query.term_query(schema, field, term), weight))
            for term, weight in terms
        ]
        if not parts or not self.size:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        hits = searcher.search(tantivy.Query.boolean_query(parts), limit=min(limit, self.size), count=False).hits
        places = np.array([(a.segment_ord, a.doc) for _, a in hits], np.int64).reshape(-1, 2)
        return rows[self._base[places[:, 0]] + places[:, 1]], np.array([score for score, _ in hits], np.float32)
