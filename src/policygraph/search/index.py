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
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from policygraph.errors import EncoderError, ReleaseError
from policygraph.model import Clause, DocumentRecords
from policygraph.search.bridge import phrases
from policygraph.search.encoder import Encoder, normalised
from policygraph.search.text import grams, plain, sentences
from policygraph.search.vectors import FLAT_UNTIL, Ints, VectorIndex, write_index
from policygraph.search.weights import Floats

FORMAT = 1
Field = Literal["document", "region", "kind", "agency", "due", "indicator", "modality", "number"]
FIELDS: tuple[Field, ...] = ("document", "region", "kind", "agency", "due", "indicator", "modality", "number")
ROLES = ("lead", "responsible", "cooperate", "participate", "implement")

#: Clauses of these kinds say nothing that a search is for.
_LEFT_OUT = ("heading", "front", "back", "contents")
_SAMPLE = 1000
#: Clauses that are kept as they are shown, for the next query that finds them.
_ENTRIES = 4096
_HEAP = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A clause as the index shows it."""

    clause: str
    document: str
    source: str
    start: int
    end: int
    kind: str
    number: str | None
    path: tuple[str, ...]
    lead: str | None
    text: str


def build_index(
    records: Sequence[DocumentRecords], folder: Path, *, encoder: Encoder | None, flat_until: int = FLAT_UNTIL
) -> None:
    """Write the index of these documents into `folder`, which is made. Without an encoder the index is lexical only."""
    entries: list[Entry] = []
    names: dict[str, list[str]] = {field: [] for field in FIELDS}
    ordinals: dict[str, dict[str, int]] = {field: {} for field in FIELDS}
    facts: list[tuple[int, int, int, int]] = []
    agencies: dict[str, str] = {}

    def add(row: int, field: Field, value: str, extra: int = 0) -> None:
        known = ordinals[field]
        if value not in known:
            known[value] = len(known)
            names[field].append(value)
        facts.append((row, FIELDS.index(field), known[value], extra))

    for document in records:
        rows: dict[str, int] = {}
        for entry, numbers in _entries(document):
            rows[entry.clause] = row = len(entries)
            entries.append(entry)
            add(row, "document", entry.document)
            add(row, "kind", entry.kind)
            if document.document.region:
                add(row, "region", document.document.region)
            for number in numbers:
                add(row, "number", number)
        for responsibility in document.responsibilities:
            for agency in responsibility.agencies if responsibility.clause in rows else ():
                add(rows[responsibility.clause], "agency", agency.name, ROLES.index(agency.role))
                if agency.agency:
                    agencies[agency.name] = agency.agency
        for deadline in document.deadlines:
            if deadline.clause in rows:
                add(rows[deadline.clause], "due", deadline.date)
        for target in document.targets:
            if target.clause in rows:
                add(rows[target.clause], "indicator", target.indicator)
                if target.deadline:
                    add(rows[target.clause], "due", target.deadline)
        for task in document.tasks:
            if task.clause in rows:
                add(rows[task.clause], "modality", task.modality)

    folder.mkdir(parents=True, exist_ok=True)
    _write_entries(entries, folder)
    np.save(folder / "facts.npy", np.array(sorted(set(facts)), np.int32).reshape(-1, 4))
    _write_lexical(entries, folder / "lexical")
    parts = [(row, a, b) for row, entry in enumerate(entries) for a, b in sentences(entry.text)]
    np.save(folder / "sentences.npy", np.array(parts, np.int32).reshape(-1, 3))
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "encoder": None,
        "clauses": len(entries),
        "sentences": len(parts),
        "names": names,
        "agencies": agencies,
        "documents": {
            r.document.id: {"title": r.document.title, "region": r.document.region, "source": r.document.source}
            for r in records
        },
    }
    if encoder is not None and entries:
        split = encoder.encode_passages([entries[row].text[a:b] for row, a, b in parts])
        whole = _together(split, parts, len(entries))
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


def _together(vectors: Floats, parts: list[tuple[int, int, int]], size: int) -> Floats:
    """A vector for each clause: the mean of its sentences' by length. Nearly what encoding the whole gives, at half
    the cost of a build."""
    whole = np.zeros((size, vectors.shape[1]), np.float32)
    rows = np.array([row for row, _, _ in parts], np.int64)
    lengths = np.array([b - a for _, a, b in parts], np.float32)[:, None]
    np.add.at(whole, rows, vectors * lengths)
    return normalised(whole)


def _entries(records: DocumentRecords) -> Iterator[tuple[Entry, list[str]]]:
    clauses = {clause.id: clause for clause in records.clauses}
    for clause in records.clauses:
        if not clause.leaf or clause.kind in _LEFT_OUT or not clause.text.strip():
            continue
        above = list(_above(clause, clauses))
        numbers = [c.number for c in (clause, *above) if c.number and c.type in ("item", "article", "subitem")]
        yield Entry(
            clause=clause.id, document=clause.document, source=records.document.source, start=clause.start,
            end=clause.end, kind=clause.kind, number=next((c.number for c in (clause, *above) if c.number), None),
            path=tuple(c.heading for c in reversed(above) if c.heading), lead=clause.lead, text=clause.text,
        ), numbers  # fmt: skip


def _above(clause: Clause, clauses: dict[str, Clause]) -> Iterator[Clause]:
    parent = clauses.get(clause.parent) if clause.parent else None
    while parent is not None:
        yield parent
        parent = clauses.get(parent.parent) if parent.parent else None


def _write_entries(entries: list[Entry], folder: Path) -> None:
    offsets = np.zeros(len(entries) + 1, np.int64)
    with (folder / "clauses.jsonl").open("wb") as file:
        for row, entry in enumerate(entries):
            values = {name: getattr(entry, name) for name in Entry.__slots__}
            offsets[row + 1] = offsets[row] + file.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
    np.save(folder / "offsets.npy", offsets)


def _write_lexical(entries: list[Entry], folder: Path) -> None:
    import tantivy

    folder.mkdir(parents=True, exist_ok=True)
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("head", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("row", stored=True, indexed=False, fast=False)
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    for row, entry in enumerate(entries):
        head = " ".join(grams("，".join([*entry.path[-1:], entry.lead or ""])))
        writer.add_document(tantivy.Document(text=" ".join(grams(entry.text)), head=head, row=row))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.all_query(), limit=max(searcher.num_docs, 1), count=False).hits
    rows = [(address.segment_ord, address.doc, searcher.doc(address)["row"][0]) for _, address in hits]
    np.save(folder / "rows.npy", np.array(sorted(rows), np.int32).reshape(-1, 3))


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
    def longest_agencies(self) -> list[str]:
        """Names of agencies that a query may hold, long ones before the shorter ones within them."""
        return sorted((name for name in self.names["agency"] if len(name) > 2), key=len, reverse=True)

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
            values = json.loads(file.read(int(self._offsets[row + 1] - self._offsets[row])))
        return Entry(**{**values, "path": tuple(values["path"])})

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

    # lexical

    @cached_property
    def _lexical(self) -> tuple[Any, Any, Ints]:
        import tantivy

        index = tantivy.Index.open(str(self.folder / "lexical"))
        rows = np.load(self.folder / "lexical" / "rows.npy")
        base = np.zeros(int(rows[:, 0].max(initial=0)) + 2, np.int64)
        np.add.at(base, rows[:, 0] + 1, 1)
        self._base = np.cumsum(base)
        return index, index.searcher(), rows[:, 2].astype(np.int64)

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
