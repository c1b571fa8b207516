"""Evidence for each unit, fused by score.

What is found as one (`ClauseIndex.units`) comes to be a candidate by its words, by its meaning or by a condition it meets;
then all evidence is computed exactly for every candidate, however it was found. Each kind is on a scale of its own that
does not depend on how many clauses there are: similarities in standard deviations above an ordinary sentence (a fixed
sample); BM25 over the root of what a text of nothing but the query would have, so that words neither fade in long
questions nor drown the rest. What is remembered between
queries (vectors of phrases) follows from the index alone. The weights are few, and fitted on several sets at once (`benchmarks/search.py --fit`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from policygraph.encode.encoder import normalised
from policygraph.encode.text import grams, is_chinese, plain
from policygraph.encode.weights import Floats
from policygraph.search.bridge import Bridge
from policygraph.search.engine import Column, Where
from policygraph.search.index import ClauseIndex
from policygraph.search.texts import SATURATION, Texts
from policygraph.search.understand import Understood, content

Encode = Callable[[list[str]], Floats]
Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

#: Sets of phrases of the vocabulary whose vector is remembered.
_NEAR = 64
#: Candidates that each kind of evidence brings: beyond these, none came into the first ten on any set.
_BY_WORDS, _BY_HEADING, _BY_BRIDGE, _BY_WHOLE, _BY_SENTENCE = 200, 40, 60, 150, 300
#: Where conditions leave no more than so many units, every one is scored.
_ALL_OPEN = 1000
#: What a bridge counts from a term that the query itself uses: its words count as words already.
_KNOWN = 0.5
#: A query that is little but a term asks for all that the term stands for, however much the corpus speaks of it.
_TERSE = 0.5
#: Units among which a quotation is looked for.
_MOST_WORDS = 30
#: A bridge is borne out when one of its terms stands in one of the so many units nearest in meaning.
_BORNE_OUT = 30
_NO_WORD = re.compile(r"\W")
_WORDS_OF_A_PHRASE = re.compile(r"[\s，。、；：？！“”（）]+")
#: What is quoted, or so many characters without a break, is looked for as it stands.
_VERBATIM = re.compile(r"[^\s，。、；：？！!?;“”\"（）()《》]{8,}")
_QUOTED = re.compile(r"[“\"]([^”\"]{4,})[”\"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each kind of evidence counts. With an encoder; `LEXICAL` is for an index without vectors."""

    words: float = 1.0
    heading: float = 0.2
    bridge: float = 5.0
    whole: float = 0.9
    part: float = 1.0
    document: float = 0.4
    verbatim: float = 4.0
    condition: float = 8.0


FUSED = Weights()
LEXICAL = Weights(whole=0, part=0)


@dataclass(slots=True)
class Evidence:
    """The evidence for the candidates; each array has a place for each of `units`."""

    units: Rows
    words: Array
    heading: Array
    bridge: Array
    whole: Array
    part: Array
    verbatim: Array
    condition: Array
    #: the document of each unit, a number
    of: Rows
    #: how many documents there are to be told apart, from 0 (one) to 1 (a thousand): what support by its document can say
    apart: float
    #: what of the words of the query stands in the text, 0 to 1
    share: Array
    #: for each kind of condition that does not filter, which units meet it
    met: dict[str, npt.NDArray[np.bool_]]
    #: the best sentence of each unit (a row of the sentence table), -1 without an encoder
    sentence: Rows
    #: inner product of the query and the best sentence
    similarity: Array
    bridged: list[tuple[Bridge, Array]] = field(default_factory=list)

    def score(self, weights: Weights) -> Array:
        """The sum of what speaks for each unit, and of what speaks for the document it is in."""
        total = np.zeros(len(self.units), np.float32)
        for name in (f.name for f in fields(Weights) if f.name != "document"):
            total += np.float32(getattr(weights, name)) * getattr(self, name)
        return total + np.float32(weights.document * self.apart) * self._support(total) if len(total) else total

    def _support(self, scores: Array) -> Array:
        """How much of what the query finds is in the document of each unit: neighbours count together."""
        share = np.exp(scores - scores.max())
        together = np.bincount(self.of, weights=share)
        return np.asarray(np.log(together[self.of] + np.exp(-_FAR)), np.float32)


#: Support counts down to so much below the best document's, on the scale of scores.
_FAR = 8.0


@dataclass(frozen=True, slots=True)
class _Near:
    """Nearness to a vector, exact: of units, and of their best sentences, in deviations above an ordinary sentence."""

    whole: Array
    part: Array
    sentence: Rows
    similarity: Array


class Gatherer:
    """Gathers evidence from one index."""

    def __init__(self, index: ClauseIndex) -> None:
        self.index = index
        self._phrase_vector = lru_cache(_NEAR)(_phrase_vector)
        self._beside = ThreadPoolExecutor(thread_name_prefix="encode")

    def gather(
        self, understood: Understood, *, encode: Encode | None, allowed: npt.NDArray[np.bool_] | None, depth: int,
        where: Where = (),
    ) -> Evidence:  # fmt: skip
        """Find candidates, each kind of evidence its own (at least `depth` of them when that is more), and score them
        all. Only units with an `allowed` clause are candidates; `where` says of it what an engine can understand."""
        index = self.index
        core = understood.core
        # encoded beside the search by words, which takes about as long
        vector = self._beside.submit(encode, [understood.said]) if encode is not None else None
        met = _conditions(understood, index)
        condition = sum(met.values(), np.zeros(index.size, np.float32))
        open_ = None if allowed is None else index.best_in_units(allowed, np.arange(index.units))
        if open_ is not None and np.count_nonzero(open_) > _ALL_OPEN:
            depth = max(depth, _ALL_OPEN)
        few = open_ is not None and np.count_nonzero(open_) <= _ALL_OPEN  # all of them are scored
        by_words = [] if few else self._by_words(understood, depth, where)
        weights = _weights(core, index, "text")
        asked = vector.result()[0] if vector is not None else None
        units = self._candidates(understood, asked, by_words, condition, open_, depth, where)
        ideal = sum(weights.values()) * SATURATION
        counts = index.texts.bm25(units, weights) if weights else np.zeros(len(units), np.float32)
        near = self._near(asked, units) if asked is not None else None
        bridged = self._bridged(understood, units, near)
        bridge = sum((values for _, values in bridged), np.zeros(len(units), np.float32))
        whole = part = np.zeros(len(units), np.float32)
        sentence = np.full(len(units), -1, np.int64)
        similarity = np.zeros(len(units), np.float32)
        if near is not None and encode is not None:
            whole, part, sentence, similarity = near.whole, near.part, near.sentence, near.similarity
            if reach := _reach(understood, bridged):
                other = self._near(self._phrase_vector(tuple(b.phrase for b, _ in reach), encode), units)
                share = np.float32(_share([b for b, _ in reach], understood))
                whole = np.maximum(whole, whole + share * (other.whole - whole))
                part = np.maximum(part, part + share * (other.part - part))
                if not is_chinese(core):
                    sentence = other.sentence  # what is shown: nearest to the words in Chinese
        return Evidence(
            units=units, words=counts / np.float32(max(ideal, 1e-6)) ** 0.5, share=counts / np.float32(max(ideal, 1e-6)),
            heading=_bm25(index.heads, units, _weights(core, index, "head")), bridge=bridge, whole=whole, part=part,
            verbatim=_verbatim(understood, index, units, counts), condition=index.best_in_units(condition, units),
            of=index.document_of[units], apart=min(math.log(max(len(index.documents), 1)) / math.log(1000), 1.0), met={name: index.best_in_units(values, units) > 0 for name, values in met.items()},
            sentence=sentence, similarity=similarity, bridged=bridged,
        )  # fmt: skip

    def _by_words(self, understood: Understood, depth: int, where: Where) -> list[Rows]:
        """Candidates by the words of the query, in texts and headings, and by the terms that they lead to."""
        index = self.index
        if index.units <= depth:
            return []
        words = list(dict.fromkeys(grams(understood.core)))
        found = [
            index.match(words, limit=max(_BY_WORDS, depth), where=where),
            index.match(words, limit=max(_BY_HEADING, depth), field="head", where=where),
        ]
        for bridge in understood.bridges:
            found += [index.match(_pairs(term), limit=_BY_BRIDGE, every=True, where=where) for term in bridge.terms]
        return found

    def _candidates(
        self, understood: Understood, asked: Floats | None, by_words: list[Rows], condition: Array,
        open_: npt.NDArray[np.bool_] | None, depth: int, where: Where,
    ) -> Rows:  # fmt: skip
        """What is scored, of the `open_` units (all, where that is left out)."""
        index = self.index
        if index.units <= depth:
            every = np.arange(index.units)
            return every if open_ is None else every[open_]
        if open_ is not None and np.count_nonzero(open_) <= _ALL_OPEN:
            return np.flatnonzero(open_)
        lists = list(by_words)
        if asked is not None:
            lists.append(index.whole.search(asked, max(_BY_WHOLE, depth), where=where))
            nearest = index.parts.search(asked, max(_BY_SENTENCE, 2 * depth), where=where)
            lists.append(index.unit_of[index.sentences[nearest, 0]])
        if understood.conditions or understood.bare:
            lists.append(index.unit_of[np.flatnonzero(condition)])
        units = np.unique(np.concatenate(lists)).astype(np.int64)
        if open_ is not None:
            units = units[open_[units]]
            if not len(units):  # nothing to match but the conditions
                units = np.flatnonzero(open_)[:depth]
        return units

    def _near(self, vector: Floats, units: Rows) -> _Near:
        index = self.index
        ordinary = np.einsum("ij,j->i", index.ordinary, vector)  # too small to be worth the threads of a matrix product
        mean, spread = ordinary.mean(), ordinary.std() or np.float32(1)
        sentences, of = index.sentences_of(units)
        products = index.parts.products(sentences, vector)
        order = np.lexsort((sentences, -products, of))
        first = order[np.searchsorted(of[order], np.arange(len(units)))] if len(units) else order
        best = products[first]
        return _Near((index.whole.products(units, vector) - mean) / spread, (best - mean) / spread, sentences[first], best)

    def _bridged(self, understood: Understood, units: Rows, near: _Near | None) -> list[tuple[Bridge, Array]]:
        """What each bridge adds to each unit. One that the corpus does not bear out adds nothing: none of its terms stands
        in what is nearest in meaning."""
        found: list[tuple[Bridge, Array]] = []
        if not understood.bridges or not len(units):
            return found
        covered = _share(understood.bridges, understood)
        share = np.float32(covered**0.5)
        total = sum(bridge.strength for bridge in understood.bridges)
        for bridge in understood.bridges:
            if _spoken(bridge, self.index) and not (bridge.official and covered >= _TERSE):
                continue
            values = np.zeros(len(units), np.float32)
            for term in bridge.terms:
                values = np.maximum(values, _term(self.index, units, term))
            if near is not None and is_chinese(understood.core) and len(units) > _BORNE_OUT:
                nearest = np.argpartition(-(near.whole + near.part), _BORNE_OUT)[:_BORNE_OUT]
                if not values[nearest].any():
                    continue
            known = np.float32(_KNOWN if bridge.official and is_chinese(understood.core) else 1)
            found.append((bridge, values * share * known * np.float32(bridge.strength / total)))
        return found

    def highest(self, vector: Floats) -> float:
        """What a clause of just this vector would have, in deviations above an ordinary clause."""
        ordinary = np.einsum("ij,j->i", self.index.ordinary, vector)
        return float((1 - ordinary.mean()) / (ordinary.std() or 1.0))


def _phrase_vector(phrases: tuple[str, ...], encode: Encode) -> Floats:
    vector: Floats = normalised(np.sum(encode(list(phrases)), axis=0, keepdims=True))[0]
    return vector


def _reach(understood: Understood, bridged: Sequence[tuple[Bridge, Array]]) -> list[tuple[Bridge, Array]]:
    """The bridges that lead to other words than the query's own."""
    return [(bridge, values) for bridge, values in bridged if not bridge.official]


def _spoken(bridge: Bridge, index: ClauseIndex) -> bool:
    """Whether the corpus itself speaks the words of the query more than the terms they would lead to: then they need no
    bridge (起诉, in statutes, is no word for 公益诉讼, nor 个体工商户 for 民营经济)."""
    words = max(_frequency(word, index) for word in bridge.words)
    return words > max((_frequency(term, index) for term in bridge.terms if term not in bridge.words), default=0)


def _frequency(word: str, index: ClauseIndex) -> int:
    """In how many units a word can stand at most: those that have the rarest of its pairs."""
    return min((index.frequency(pair) for pair in _pairs(word)), default=0)


def _share(bridges: Sequence[Bridge], understood: Understood) -> float:
    """How much of what there is to match the bridges cover: one short word of a long question speaks for little of it.
    Words of a foreign language have no other way to the texts."""
    said = len(_NO_WORD.sub("", content(understood.core))) if is_chinese(understood.core) else 0
    covered = len({place for bridge in bridges for a, b in bridge.spans for place in range(a, b)})
    return min(covered / said, 1.0) if said else 1.0


def _weights(text: str, index: ClauseIndex, column: Column) -> dict[str, float]:
    return {gram: index.weight(gram, field=column) for gram in grams(text)}


def _bm25(texts: Texts, units: Rows, weights: dict[str, float]) -> Array:
    ideal = sum(weights.values()) * SATURATION
    return texts.bm25(units, weights) / np.float32(ideal) ** 0.5 if ideal else np.zeros(len(units), np.float32)


def _pairs(term: str) -> list[str]:
    return [gram for gram in dict.fromkeys(grams(term)) if len(gram) > 1] or grams(term)


def _term(index: ClauseIndex, units: Rows, term: str) -> Array:
    """How well each unit holds a term, 0 to 1: only where all its pairs of characters stand."""
    pairs = _pairs(term)
    counts = index.texts.counts(units, pairs)
    every = (counts > 0).all(axis=1)
    values = np.zeros(len(units), np.float32)
    values[every] = _bm25(index.texts, units[every], dict.fromkeys(pairs, 1.0)) / np.float32(len(pairs) * SATURATION) ** 0.5
    return values


def _verbatim(understood: Understood, index: ClauseIndex, units: Rows, words: Array) -> Array:
    """Which units hold a stretch of the query as it stands: what it quotes, or what is too long to stand there by chance.
    They are among those with the most words of it."""
    quoted = [plain(match[1]) for match in _QUOTED.finditer(understood.query)]
    stretches = quoted or [match.group() for match in _VERBATIM.finditer(plain(understood.query))]
    found = np.zeros(len(units), np.float32)
    most = np.argsort(-words)[:_MOST_WORDS]
    for stretch in stretches:
        found[most] = np.maximum(found[most], index.texts.holding(units[most], stretch))
    return found


def _conditions(understood: Understood, index: ClauseIndex) -> dict[str, Array]:
    """For each kind of condition that does not filter alone, how well each clause meets it, 0 to 1."""
    met: dict[str, Array] = {}
    if understood.due:
        names, day = index.names["due"], understood.due.day
        share = 1.0 if understood.bare else 0.5
        same, year = ({i for i, name in enumerate(names) if test(name)} for test in (day.__eq__, lambda n: n[:4] == day[:4] and n <= day))
        met["due"] = np.maximum(index.mask("due", same) * np.float32(share), index.mask("due", year) * np.float32(share * 0.7))
        if understood.due.open:
            earlier = {i for i, name in enumerate(names) if name < day}
            met["due"] = np.maximum(met["due"], index.mask("due", earlier) * np.float32(share * 0.3))
    if understood.agencies:
        of = np.float32(len(understood.agencies))
        met["agency"] = sum((index.body_mask(body.names) for body in understood.agencies), np.zeros(index.size, np.float32)) * 0.3 / of
        in_role = [index.body_mask(body.names, body.roles) for body in understood.agencies if body.role]
        met["role"] = sum(in_role, np.zeros(index.size, np.float32)) * np.float32(0.7) / of
    if understood.cited:
        known = index.names["document"]
        met["document"] = index.mask("document", {known.index(key) for key in understood.cited}) * np.float32(0.3)
    if understood.indicators:
        names = index.names["indicator"]
        chosen = {names.index(name) for name in understood.indicators}
        met["indicator"] = index.mask("indicator", chosen) * np.float32(0.2)
    if understood.modality and understood.modality in index.names["modality"]:
        met["modality"] = index.mask("modality", {index.names["modality"].index(understood.modality)}) * np.float32(0.2)
    return met


def words_wanted(understood: Understood) -> tuple[str, ...]:
    """What is lit in a hit: pairs of characters and words of the query, and the terms it was bridged to."""
    wanted = [plain(term) for bridge in understood.bridges for term in bridge.terms]
    for phrase in _WORDS_OF_A_PHRASE.split(plain(understood.core)):
        if is_chinese(phrase):
            wanted += [phrase[i : i + 2] for i in range(len(phrase) - 1)] or [phrase]
        elif phrase:
            wanted.append(phrase)
    return tuple(dict.fromkeys(filter(None, wanted)))


def matched_words(wanted: Iterable[str], text: str) -> list[tuple[int, int]]:
    """Stretches of `text` in which the wanted words stand."""
    body = _plain(text)
    found: list[tuple[int, int]] = []
    for word in wanted:
        at = body.find(word)
        while at >= 0:
            found.append((at, at + len(word)))
            at = body.find(word, at + 1)
    stretches: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = stretches[-1][0], max(end, stretches[-1][1])
        else:
            stretches.append((start, end))
    return stretches


_plain = lru_cache(4096)(plain)
