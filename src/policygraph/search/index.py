"""The search index of a release, opened. Its folder (`writing.py` makes it) holds:

| file | what |
|---|---|
| `manifest.json` | format, encoder (name, hash, dimension; null for a lexical release), counts, names of the values below, where the facts of each field begin |
| `clauses.jsonl`, `offsets.npy` | what is shown of each clause, found by its row |
| `facts.npy` | rows of (clause, field, value, extra): document, kind, agency and role, due date, indicator, modality, one field after the other |
| `units.npy` | where the clauses of each unit begin: those of an article are found as one, others each by itself |
| `texts.npy`, `heads.npy` | characters of each unit and of its heading, to count words in (`texts.py`) |
| `sentences.npy` | (clause, start, end): the sentences, in the order of their vectors |
| `units.faiss`, `sentences.faiss`, `sample.npy` | vectors; a sample that says what an ordinary similarity is |
| `phrases.npy` | vectors of the phrases that lay words are bridged to, as queries, in the order of the manifest's `phrases` |
| `calibration.json` | what a search finds for nothing, and for the corpus's own words (`confidence.py`) |
| `lexical/` | tantivy: characters, their pairs and Latin words of each unit, in its text and in its heading |

The folder does not change once it is written; what an open index holds in memory are copies of parts of it.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from policygraph.encode.encoder import Encoder
from policygraph.encode.text import Names, plain
from policygraph.encode.weights import Floats
from policygraph.errors import EncoderError, ReleaseError
from policygraph.search.embedded import Embedded
from policygraph.search.engine import Column, Engine, Having, Ints, Vectors, Where
from policygraph.search.parts import FIELDS, ROLES, Entry, Field, short_title
from policygraph.search.texts import Texts

#: Version of the index's layout; raised when an older program could not read what this one writes.
FORMAT = 3
CALIBRATION = "calibration.json"
#: Characters of an indicator that a query can name: longer ones are sentences that were taken for a name.
_LONGEST_INDICATOR = 30
#: A title of fewer characters (通知) is a word, and names no document.
_SHORTEST_TITLE = 3
#: Clauses that are kept as they are shown, for the next query that finds them: some 10 MB, and most pages of hits of
#: a corpus of a hundred documents.
_ENTRIES = 4096


class ClauseIndex:
    """An opened index folder: clauses by row, filters as masks, lexical and vector search. Opening maps files and
    reads the manifest; engines are loaded when first asked."""

    def __init__(self, folder: Path, *, untouched: bool = False) -> None:
        """`untouched`: no lock is put into the folder, which is being made."""
        self.folder = folder
        try:
            self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
            self._offsets: Ints = np.load(folder / "offsets.npy", mmap_mode="r")
            self._facts: npt.NDArray[np.int32] = np.load(folder / "facts.npy", mmap_mode="r")
            self.sentences: npt.NDArray[np.int32] = np.load(folder / "sentences.npy", mmap_mode="r")
            self._firsts: npt.NDArray[np.int32] = np.load(folder / "units.npy")
        except (OSError, ValueError) as error:
            remedy = "Build the release again: policygraph build."
            raise ReleaseError(f"{folder} holds no search index that can be opened ({error}).", remedy=remedy) from error
        if self.manifest.get("format") != FORMAT:
            remedy = "Build the release again with this version."
            raise ReleaseError(f"{folder} holds a search index of format {self.manifest.get('format')}, not {FORMAT}.", remedy=remedy)
        self.size: int = self.manifest["clauses"]
        self.units: int = len(self._firsts) - 1
        self.names: dict[str, list[str]] = self.manifest["names"]
        self.documents: dict[str, dict[str, str | None]] = self.manifest["documents"]
        #: name as written → canonical id
        self.agencies: dict[str, str] = self.manifest["agencies"]
        factories = self.manifest["factories"] if self.semantic else {}
        self.own = Embedded(folder, units=self.units, factories=factories, untouched=untouched)
        #: what finds candidates: the folder's own engine, or another that holds the same
        self.engine: Engine = self.own

    @cached_property
    def calibration(self) -> dict[str, Any] | None:
        """What `confidence.py` counts confidence by; None for an index of words alone."""
        path = self.folder / CALIBRATION
        found: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
        return found

    @cached_property
    def texts(self) -> Texts:
        """The texts of the units."""
        return Texts(self.folder / "texts")

    @cached_property
    def heads(self) -> Texts:
        """The headings of the units."""
        return Texts(self.folder / "heads")

    @cached_property
    def unit_of(self) -> Ints:
        """The unit of each clause."""
        return np.repeat(np.arange(self.units), np.diff(self._firsts))

    def rows_of(self, unit: int) -> range:
        """The clauses of a unit."""
        return range(int(self._firsts[unit]), int(self._firsts[unit + 1]))

    @cached_property
    def _sentence_starts(self) -> Ints:
        """Where the sentences of each unit begin in `sentences`."""
        return np.searchsorted(self.sentences[:, 0], self._firsts).astype(np.int64)

    def sentences_of(self, units: Ints) -> tuple[Ints, Ints]:
        """The sentences of these units, and for each which of the units it is in."""
        starts = self._sentence_starts[units]
        lengths = self._sentence_starts[units + 1] - starts
        of = np.repeat(np.arange(len(units)), lengths)
        return np.arange(int(lengths.sum())) - (np.cumsum(lengths) - lengths)[of] + starts[of], of

    def best_in_units(self, values: npt.NDArray[Any], units: Ints) -> npt.NDArray[Any]:
        """Of a value for each clause, the largest in each of these units."""
        largest: npt.NDArray[Any] = np.maximum.reduceat(values, self._firsts[:-1])[units] if self.units else values[:0]
        return largest

    @cached_property
    def document_of(self) -> Ints:
        """The document of each unit, as a place in `names["document"]`."""
        of_clause = np.zeros(self.size, np.int64)
        facts = self.facts("document")
        of_clause[facts[:, 0]] = facts[:, 2]
        return of_clause[self._firsts[:-1]]

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles of the documents as queries are compared with them."""
        return {key: plain(str(value["title"])) for key, value in self.documents.items()}

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Numbers of the documents that have one, as queries are compared with them."""
        return {key: plain(str(value["number"])) for key, value in self.documents.items() if value.get("number")}

    @cached_property
    def ids(self) -> Names:
        """Ids of documents that a query may hold: one of one word is a word of the query."""
        return Names(key for key in self.documents if "-" in key)

    @cached_property
    def of_short_title(self) -> dict[str, tuple[str, ...]]:
        """The documents that people call by a name, several where a text was amended."""
        of: dict[str, tuple[str, ...]] = {}
        for key, title in self.titles.items():
            name = short_title(title)
            of[name] = (*of.get(name, ()), key)
        return of

    @cached_property
    def short_titles(self) -> Names:
        """What people call the documents, where that is no common word."""
        return Names(name for name in self.of_short_title if len(name) >= _SHORTEST_TITLE)

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
        return Entry.read(self._lines[int(self._offsets[row]) : int(self._offsets[row + 1])])

    @cached_property
    def _lines(self) -> mmap.mmap:
        with (self.folder / "clauses.jsonl").open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def row(self, clause: str) -> int | None:
        """The row of a clause id; found by its document's rows."""
        return self._rows.get(clause)

    @cached_property
    def _rows(self) -> dict[str, int]:
        with (self.folder / "clauses.jsonl").open("rb") as file:
            return {json.loads(line)["clause"]: row for row, line in enumerate(file)}

    @cached_property
    def _by_field(self) -> dict[str, npt.NDArray[np.int32]]:
        edges = self.manifest.get("facts")
        if edges is None:  # as earlier programs wrote them, in the order of documents
            return {field: self._facts[self._facts[:, 1] == i] for i, field in enumerate(FIELDS)}
        return {field: self._facts[edges[i] : edges[i + 1]] for i, field in enumerate(FIELDS)}

    def facts(self, field: Field) -> npt.NDArray[np.int32]:
        """Rows of (clause, field, value, extra) of one field; `value` is a place in `names[field]`."""
        return self._by_field[field]

    def mask(self, field: Field, values: Iterable[int], *, extra: int | None = None) -> npt.NDArray[np.bool_]:
        """Which clauses have one of these values (with this extra: the role, for agencies)."""
        facts = self.facts(field)
        chosen = np.isin(facts[:, 2], list(values))
        if extra is not None:
            chosen &= facts[:, 3] == extra
        mask = np.zeros(self.size, np.bool_)
        mask[facts[chosen, 0]] = True
        return mask

    def having(self, field: Field, names: Iterable[str], *, extra: int | None = None) -> Having:
        """The condition to have one of the values of these names; names that no clause has ask for nothing."""
        known = self._places[field]
        return Having(field, frozenset(known[name] for name in names if name in known), extra)

    def allowed(self, where: Where) -> npt.NDArray[np.bool_] | None:
        """Which clauses meet the conditions; None where there are none."""
        if not where:
            return None
        mask = np.ones(self.size, np.bool_)
        for group in where:
            mask &= np.logical_or.reduce([self.mask(one.field, one.values, extra=one.extra) for one in group])
        return mask

    def body_mask(self, names: Sequence[str], roles: Sequence[str] = ()) -> npt.NDArray[np.bool_]:
        """Which clauses name one of these agencies, in one of these roles if any are given."""
        extras: list[int | None] = [ROLES.index(role) for role in roles]
        values = self.having("agency", names).values
        chosen = np.zeros(self.size, np.bool_)
        for extra in extras or [None]:
            chosen |= self.mask("agency", values, extra=extra)
        return chosen

    # finding

    def weight(self, term: str, *, field: Column = "text") -> float:
        """How telling a gram is: its inverse document frequency in the texts or headings, as BM25 counts it."""
        found = self.frequency(term, field=field)
        return math.log(1 + (self.units - found + 0.5) / (found + 0.5))

    def frequency(self, term: str, *, field: Column = "text") -> int:
        """How many units have a gram."""
        return self.own.frequency(term, field=field)

    def match(self, terms: Sequence[str], *, limit: int, field: Column = "text", every: bool = False, where: Where = ()) -> Ints:
        """The units that have one of the terms (or every one), the best `limit` by BM25."""
        weights = [(term, self.weight(term, field=field)) for term in terms]
        return self.engine.match(weights, limit=limit, field=field, every=every, where=where)

    @property
    def whole(self) -> Vectors:
        """Vectors of the units."""
        return self.engine.whole

    @property
    def parts(self) -> Vectors:
        """Vectors of the sentences."""
        return self.engine.parts
