"""Search over one release: a query in, clauses out, with what was understood and why each is there.

What a searcher remembers (vectors of queries, results) follows from the query and the index alone, so an answer does
not depend on what was asked before, nor on the thread that asks.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from policygraph.encode.encoder import Encoder, normalised, open_encoder
from policygraph.encode.weights import Floats
from policygraph.errors import NotFoundError, UsageError
from policygraph.search.bridge import Bridge
from policygraph.search.confidence import Calibration
from policygraph.search.engine import Having, Where
from policygraph.search.index import ClauseIndex
from policygraph.search.parts import ROLES, Field
from policygraph.search.ranking import FUSED, LEXICAL, Evidence, Gatherer, matched_words, words_wanted
from policygraph.search.results import Condition, FacetValue, Hit, Part, Reason, SearchResult, Span
from policygraph.search.understand import Understood, plain_query, region_names, understand
from policygraph.settings import Settings

#: Up to so many units every one is scored: choosing would save little and could miss something.
_ALL = 600
_FACETS: tuple[Field, ...] = ("region", "document", "kind", "agency")
#: Values of a facet that are listed, the most frequent ones: what fits on a page beside the hits.
_FACET_VALUES = 20
_CONFIDENT = 0.5
#: A clause is counted as found when its confidence is at least this.
_FOUND = 0.2
_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028\u2029\ufeff\ud800-\udfff]+")

#: Vectors of queries, and results of searches, that are remembered.
_VECTORS, _RESULTS = 512, 256

Mask = npt.NDArray[np.bool_]
Filters = tuple[str | None, str | None, str | None, str | None, str | None, str | None, str | None, str | None]


class Searcher:
    """An opened search index. Opening is quick; the encoder loads at the first query. Safe to share between threads."""

    def __init__(self, index: ClauseIndex, *, encoder: Encoder | None = None, settings: Settings | None = None) -> None:
        self.index, self._settings = index, settings or Settings()
        self._longest = self._settings.search_characters
        self._encoder = encoder
        self._lock = threading.Lock()
        if encoder is not None:
            index.check(encoder)
        self._encode = lru_cache(_VECTORS)(self._encode_one)
        self._gatherer = Gatherer(index)
        self._search = lru_cache(_RESULTS)(self._search_now)

    @classmethod
    def open(cls, folder: Path, *, encoder: Encoder | None = None, settings: Settings | None = None) -> Searcher:
        """Open an index folder. Without `encoder`, the one that the index names is opened when first needed. Where the
        settings name a Milvus collection, candidates come from there: one that does not hold just this index is refused."""
        index = ClauseIndex(folder)
        if settings is not None and settings.index:
            from policygraph.search.milvus import Collection
            from policygraph.search.remote import Remote

            index.engine = Remote(index, Collection.named(settings, index))
        return cls(index, encoder=encoder, settings=settings)

    def search(
        self, query: str, *, limit: int = 10, offset: int = 0, region: str | None = None, document: str | None = None,
        kind: str | None = None, agency: str | None = None, role: str | None = None, due_by: str | None = None,
        indicator: str | None = None, modality: str | None = None, parse: bool = True,
    ) -> SearchResult:  # fmt: skip
        """The clauses that answer `query`, best first.

        Filters are exact: values that the index does not hold are refused, and the error lists those it does.
        `due_by` is a date (2023-12-31, 2023-06 or 2023): clauses due until then. `parse=False` matches the words as
        they stand. There is no cap on `offset`.
        """
        if limit < 1 or offset < 0:
            raise UsageError(f"limit {limit} and offset {offset}: limit is at least 1, offset at least 0.")
        text, notes = _readable(query, self._longest)
        filters = region, document, kind, agency, role, due_by, indicator, modality
        return self._search(query, text, notes, filters, limit, offset, parse)

    def _search_now(
        self, query: str, text: str, notes: tuple[str, ...], filters: Filters, limit: int, offset: int, parse: bool
    ) -> SearchResult:
        asked_for, given = self._filters(*filters)
        if not re.search(r"\w", text):
            if not given:
                raise UsageError(f"The query {query[:40]!r} has no word to search for.", remedy="Give a word or a filter.")
            understood = replace(plain_query(""), query=query)
        else:
            understood = understand(text, self.index) if parse else plain_query(text)
        where = (*asked_for, *self._asked(understood))
        allowed = self.index.allowed(where)
        depth = max(_ALL if self.index.units <= _ALL else 0, 2 * (offset + limit))
        encode = self._vectors if self.index.semantic and text else None
        evidence = self._gatherer.gather(understood, encode=encode, allowed=allowed, depth=depth, where=where)
        if not self.index.semantic:
            notes = (*notes, "This release has no sentence encoder: only words are matched.")
        understood = replace(understood, conditions=(*given, *understood.conditions))
        return self._result(understood, evidence, notes, limit=limit, offset=offset, allowed=allowed)

    def similar(self, clause: str, *, limit: int = 10, offset: int = 0, document: str | None = None, region: str | None = None) -> SearchResult:
        """The clauses nearest in meaning to a clause (in words, without an encoder); the clause itself is left out."""
        row = self.index.row(clause)
        if row is None:
            known = ", ".join(list(self.index.documents)[:10])
            raise NotFoundError(f"No clause {clause!r} in the search index.", remedy=f"Clause ids begin with a document: {known}.")
        where, given = self._filters(region, document, None, None, None, None, None, None)
        entry = self.index.entry(row)
        mask = self.index.allowed(where)
        allowed = np.ones(self.index.size, np.bool_) if mask is None else mask
        allowed[row] = False
        asked = plain_query(entry.text[: self._longest])
        vector = self._vector_of(row) if self.index.semantic else None
        encode = (lambda texts: np.stack([vector] * len(texts))) if vector is not None else None
        depth = max(_ALL if self.index.units <= _ALL else 0, 2 * (offset + limit))
        evidence = self._gatherer.gather(asked, encode=encode, allowed=allowed, depth=depth, where=where)
        alike = _likeness(evidence, None if vector is None else self._gatherer.highest(vector))
        return self._result(
            replace(asked, query=clause, conditions=given), evidence, (), limit=limit, offset=offset,
            allowed=allowed, confidence=alike,
        )  # fmt: skip

    # vectors

    def _vector_of(self, row: int) -> Floats:
        """The vector of a clause: its unit's, or of a part of an article the mean of its sentences'."""
        unit = int(self.index.unit_of[row])
        if len(self.index.rows_of(unit)) == 1:
            (vector,) = self.index.whole.vectors(np.array([unit]))
            return np.asarray(vector, np.float32)
        first, last = np.searchsorted(self.index.sentences[:, 0], [row, row + 1])
        vectors = self.index.parts.vectors(np.arange(first, last))
        lengths = np.diff(self.index.sentences[first:last, 1:], axis=1)
        (mean,) = normalised(np.sum(vectors * lengths, axis=0, keepdims=True))
        return np.asarray(mean, np.float32)

    def _vectors(self, texts: list[str]) -> Floats:
        return np.stack([self._encode(text) for text in texts])

    def _encode_one(self, text: str) -> Floats:
        known = self.index.phrase(text)
        if known is not None:
            return known
        with self._lock:
            if self._encoder is None:
                encoder = open_encoder(
                    self.index.manifest["encoder"]["name"], device=self._settings.encoder_device, threads=1
                )  # one thread: beside the search by words, and other queries
                self.index.check(encoder)
                self._encoder = encoder
        vector: Floats = self._encoder.encode_queries([text])[0]
        return vector

    # filters

    def _asked(self, understood: Understood) -> Where:
        """The conditions of the query's words that leave clauses out."""
        named = tuple(self.index.having("agency", body.names) for body in understood.agencies if body.filters)
        groups = [named] if named else []  # 由甲和乙牵头: clauses of either, those of both first
        wanted: tuple[tuple[Field, tuple[str, ...]], ...] = (
            ("region", understood.regions), ("document", understood.documents), ("number", understood.numbers),
        )  # fmt: skip
        groups += [(self.index.having(field, values),) for field, values in wanted if values]
        return tuple(groups)

    def _filters(
        self, region: str | None, document: str | None, kind: str | None, agency: str | None, role: str | None,
        due_by: str | None, indicator: str | None, modality: str | None,
    ) -> tuple[Where, tuple[Condition, ...]]:  # fmt: skip
        groups: list[tuple[Having, ...]] = []
        conditions: list[Condition] = []

        def add(field: Field, value: str, words: str, values: Iterable[int], *, extra: int | None = None, said: str = "") -> None:
            groups.append((Having(field, frozenset(values), extra),))
            conditions.append(Condition(field=said or field, value=value, words=words, effect="filter"))

        if region:
            codes = {c for c in self.index.names["region"] if region == c or region.lower() in map(str.lower, region_names().get(c, ()))}
            values = self._known("region", region, codes, show=lambda c: f"{c} {(region_names().get(c) or ('',))[0]}")
            add("region", ",".join(sorted(codes)), region, values)
        if document:
            keys = {key for key in self.index.names["document"] if key == document}
            keys = keys or {key for key, value in self.index.documents.items() if document in str(value["title"])}
            values = self._known("document", document, keys)
            add("document", ",".join(sorted(keys)), document, values)
        if kind:
            add("kind", kind, kind, self._known("kind", kind, {kind}))
        if role and role not in ROLES:
            raise UsageError(f"No role {role!r}.", remedy=f"Known roles: {', '.join(ROLES)}.")
        if role and not agency:
            every = set(range(len(self.index.names["agency"])))
            add("agency", role, role, every, extra=ROLES.index(role), said="role")
        if agency:
            names = self.index.names["agency"]
            same = {name for name in names if agency in (name, self.index.agencies.get(name))}
            same = same or {name for name in names if agency in name}
            values = self._known("agency", agency, same)
            add("agency", agency, agency, values, extra=ROLES.index(role) if role else None)
            if role:
                conditions.append(Condition(field="role", value=role, words=role, effect="filter"))
        if due_by:
            if not _DATE.fullmatch(due_by):
                raise UsageError(f"due_by {due_by!r} is not a date.", remedy="Write 2023-12-31, 2023-06 or 2023.")
            last = due_by + "-99"
            values = {i for i, day in enumerate(self.index.names["due"]) if day <= last}
            add("due", due_by, due_by, values)
        if indicator:
            same = {name for name in self.index.names["indicator"] if indicator in name}
            add("indicator", indicator, indicator, self._known("indicator", indicator, same))
        if modality:
            add("modality", modality, modality, self._known("modality", modality, {modality}))
        return tuple(groups), tuple(conditions)

    def _known(self, field: Field, value: str, found: set[str], *, show: object = None) -> set[int]:
        names = self.index.names[field]
        chosen = {i for i, name in enumerate(names) if name in found}
        if not chosen:
            shown = [show(name) if callable(show) else name for name in sorted(names)[:40]]
            more = f" and {len(names) - 40} more" if len(names) > 40 else ""
            raise UsageError(f"No {field} {value!r} in this release.", remedy=f"Known: {', '.join(shown) or 'none'}{more}.")
        return chosen

    # results

    def _result(
        self, asked: Understood, evidence: Evidence, notes: tuple[str, ...], *, limit: int, offset: int,
        allowed: Mask | None = None, confidence: npt.NDArray[np.float32] | None = None,
    ) -> SearchResult:  # fmt: skip
        weights = FUSED if self.index.semantic else LEXICAL
        scores = evidence.score(weights)
        if confidence is None:
            confidence = self._confidence(asked, evidence)
        found = confidence >= _FOUND
        order = np.lexsort((evidence.units, -scores))
        best = float(confidence[order[:3]].max()) if len(order) else 0.0
        wanted = words_wanted(asked)
        hits = tuple(
            self._hit(i, asked, evidence, wanted=wanted, allowed=allowed, score=float(scores[i]), confidence=float(confidence[i]))
            for i in order[offset : offset + limit].tolist()
        )
        confident = best >= _CONFIDENT and not asked.missing
        if not len(order):
            notes = ("Nothing found: no clause meets the conditions.", *notes)
        elif not confident:
            notes = ("No confident match: the clauses below are the nearest, but none looks like an answer.", *notes)
        notes = (*(f"Not held here: {missing}." for missing in asked.missing), *notes)
        return SearchResult(
            query=asked.query, text=asked.core.strip(), conditions=asked.conditions, hits=hits,
            total=len(order), offset=offset, limit=limit,
            facets=self._facets(evidence.units[found], allowed),
            confidence=round(best, 3), confident=confident, message=" ".join(notes), semantic=self.index.semantic,
        )  # fmt: skip

    def _confidence(self, asked: Understood, evidence: Evidence) -> npt.NDArray[np.float32]:
        """0 to 1 for each candidate. A query of conditions alone is answered by clauses that meet them."""
        calibration = self.index.calibration
        total = _by_words(evidence) if calibration is None else Calibration(**calibration).confidence(asked, evidence)
        if asked.bare or not asked.core.strip():
            total = np.maximum(total, np.clip(evidence.condition * 0.9, 0, 0.95))
            if not evidence.condition.any():
                total = np.maximum(total, 0.5 if asked.conditions else 0)
        return np.asarray(total, np.float32)

    def _facets(self, units: npt.NDArray[np.int64], allowed: Mask | None) -> dict[str, tuple[FacetValue, ...]]:
        of = np.zeros(self.index.units, np.bool_)
        of[units] = True
        chosen = of[self.index.unit_of]
        if allowed is not None:
            chosen &= allowed
        facets: dict[str, tuple[FacetValue, ...]] = {}
        for field in _FACETS:
            facts = self.index.facts(field)
            here = facts[chosen[facts[:, 0]]]
            size = len(self.index.names[field]) or 1
            if field == "agency":  # a clause may name a body in two roles
                here = here[np.unique(here[:, 0].astype(np.int64) * size + here[:, 2], return_index=True)[1]]
            counts = np.bincount(here[:, 2], minlength=1)
            top = [i for i in np.argsort(-counts, kind="stable")[:_FACET_VALUES].tolist() if counts[i]]
            facets[field] = tuple(FacetValue(value=self.index.names[field][i], count=int(counts[i])) for i in top)
        return facets

    def _hit(
        self, i: int, asked: Understood, evidence: Evidence, *, wanted: Sequence[str], allowed: Mask | None, score: float,
        confidence: float,
    ) -> Hit:  # fmt: skip
        rows = [row for row in self.index.rows_of(int(evidence.units[i])) if allowed is None or allowed[row]]
        entries = {row: self.index.entry(row) for row in rows}
        lit = {row: matched_words(wanted, entry.text) for row, entry in entries.items()}
        sentence = int(evidence.sentence[i])
        bounds = self.index.sentences[sentence] if sentence >= 0 else None
        row = int(bounds[0]) if bounds is not None else -1
        if row not in entries:
            row, bounds = max(rows, key=lambda row: sum(b - a for a, b in lit[row])), None
        entry = entries[row]
        words = lit[row]
        if bounds is None:
            start = words[0][0] if words else 0
            span = start, min(start + 60, len(entry.text))
        else:
            span = int(bounds[1]), int(bounds[2])
        spans = [Span(start=a, end=b, kind="words") for a, b in words]
        if bounds is not None:
            spans.append(Span(start=span[0], end=span[1], kind="meaning"))
        said = {word: None for other, found in lit.items() for a, b in found for word in [entries[other].text[a:b]]}
        return Hit(
            clause=entry.clause, document=entry.document, source=entry.source, start=entry.start, end=entry.end,
            kind=entry.kind, number=entry.number, path=entry.path, text=entry.text, score=round(score, 4),
            confidence=round(confidence, 3), sentence=span, highlights=tuple(spans),
            why=tuple(_why(asked, evidence, i, list(said))),
            parts=tuple(Part(clause=e.clause, start=e.start, end=e.end, text=e.text) for e in entries.values()) if len(entries) > 1 else (),
        )  # fmt: skip


def _readable(query: str, longest: int) -> tuple[str, tuple[str, ...]]:
    text = _CONTROL.sub(" ", query).strip()
    if len(text) <= longest:
        return text, ()
    return text[:longest], (f"Only the first {longest} characters of the query were read.",)


def _by_words(evidence: Evidence) -> npt.NDArray[np.float32]:
    """0 to 1 for each candidate of an index without vectors: words in common, and terms that the query was bridged to."""
    words, bridge = np.clip(evidence.share / 0.45, 0, 1), np.clip(evidence.bridge / 0.45, 0, 1)
    return np.asarray(1 - (1 - 0.85 * words) * (1 - 0.75 * bridge), np.float32)


def _likeness(evidence: Evidence, highest: float | None) -> npt.NDArray[np.float32]:
    """0 to 1 for each candidate beside a whole clause: how near it comes to what the clause itself would have.
    Counterparts in other documents come to 0.7–0.9 of that, clauses on neighbouring matters to 0.5–0.65."""
    if highest is None:
        return np.asarray(np.clip(evidence.share * 2.5, 0, 1), np.float32)
    return np.asarray(np.clip((evidence.whole / highest - 0.4) * 2, 0, 1), np.float32)


def _why(asked: Understood, evidence: Evidence, i: int, words: list[str]) -> list[Reason]:
    reasons: list[Reason] = []
    shown = "、".join(dict.fromkeys(words))
    if evidence.words[i] > 0:
        reasons.append(Reason(kind="words", text=f"words: {shown}" if shown else "words", weight=round(float(evidence.words[i]), 3)))
    for bridge, values in evidence.bridged:
        if values[i] > 0 and not bridge.official:
            reasons.append(Reason(kind="bridge", text=_bridged(bridge, shown), weight=round(float(values[i]), 3)))
    if evidence.similarity[i] > 0:
        reasons.append(Reason(kind="meaning", text=f"sentence similarity {evidence.similarity[i]:.2f}", weight=round(float(evidence.similarity[i]), 3)))
    for condition in asked.conditions:
        if condition.effect == "filter" or (condition.field in evidence.met and evidence.met[condition.field][i]):
            reasons.append(Reason(kind="condition", text=f"{condition.field}: {condition.words or condition.value}", weight=1.0))
    return reasons


def _bridged(bridge: Bridge, shown: str) -> str:
    terms = [term for term in bridge.terms if term in shown] or list(bridge.terms[:1])
    return f"{'、'.join(bridge.words)} → {'、'.join(terms)}"
