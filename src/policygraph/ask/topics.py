"""What a question is about: the words left of it, found again in the clauses and targets that speak of them.

A word that no document uses is not understood. Nothing is taken for near enough: a clause is on a topic when its heading,
else one of its sentences, has every word of it (or a word of the vocabulary for the same).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from itertools import pairwise

from policygraph.align.library import Library
from policygraph.ask.plan import Topic
from policygraph.ask.question import Sheet, fold_question, word_list, words
from policygraph.model import Clause, Target
from policygraph.program import VOCABULARY

#: Between two things of which either will do.
_BESIDE = re.compile(r"[、]|和|与|以及|及|或者?| and | or ")
#: Single characters that name a matter by themselves.
_MATTERS = frozenset("磷锰镉铊锑铅汞铬砷镍水气土声煤油草林树鱼船港渔氮碳ⅰⅱⅲⅳⅴ")
_SENTENCE = re.compile(r"[^。；;！!？?\n]+")
_OUTSIDE = ("front", "back", "contents")
#: Characters that no name begins or ends with.
_PARTICLES = frozenset("的了在和与及或是有把对为由于从到向被将等其之以就都也还要")
#: Characters of asking, which are no slips: 完什么.
_ASKING = frozenset("什么谁哪几多少何怎啥")
#: Single characters that together are a name, at most: 一河一策一图.
_LONGEST_NAME = 6
#: From so many words on, a sentence with two thirds of them speaks of what they describe.
_MANY = 4


class Vocabulary:
    """The words of a release, asked of by questions."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._had: dict[str, bool] = {}
        self._measuring: dict[Topic, list[tuple[str, str]]] = {}

    @cached_property
    def _indicators(self) -> tuple[str, ...]:
        """The names of indicators, as words are looked for in them."""
        return tuple(alike(name) for (name,) in self.library.columns.rows("SELECT DISTINCT indicator FROM targets"))

    def lines(self, *words: str) -> Iterator[str]:
        """The lines of clauses that have all of these words, and the names of indicators that do."""
        yield from self.library.columns.lines(*words)
        yield from (name for name in self._indicators if all(word in name for word in words))

    def measuring(self, topic: Topic) -> list[tuple[str, str]]:
        """The documents that set targets for what a topic speaks of, each with the indicator."""
        if topic not in self._measuring:
            named = [measure for name, held in self._measures.items() if names_measure(topic, name) for measure in held]
            self._measuring = {topic: self.library.columns.measuring(named) if named else []}
        return self._measuring[topic]

    @cached_property
    def _measures(self) -> dict[str, list[tuple[str | None, str, str | None]]]:
        """What targets measure, as words are looked for in it."""
        found: dict[str, list[tuple[str | None, str, str | None]]] = {}
        for area, indicator, state in self.library.columns.measures():
            found.setdefault(alike(f"{area or ''}{indicator}{state or ''}"), []).append((area, indicator, state))
        return found

    def has(self, word: str) -> bool:
        """Whether some document has the word; one of two characters not where they belong to two words (全省|长江 has no
        省长)."""
        if word not in self._had:
            self._had[word] = any(len(word) != 2 or _is_whole(word, line) for line in self.lines(word))
        return self._had[word]


def _is_whole(word: str, line: str) -> bool:
    """Whether two characters stand in a line within one word, or as two of one each."""
    import rjieba

    tokens = rjieba.cut(line, hmm=False)
    return any(word in token for token in tokens) or any(a + b == word for a, b in pairwise(tokens) if len(a) == len(b) == 1)


#: The vocabulary of the library asked last: one is in service at a time, and what it has looked up is kept.
_LAST: list[Vocabulary] = []


def vocabulary(library: Library) -> Vocabulary:
    last = next(iter(_LAST), None)
    if last is None or last.library is not library:
        last = Vocabulary(library)
        _LAST[:] = [last]
    return last


def read_topic(sheet: Sheet, known: Vocabulary) -> tuple[Topic | None, tuple[str, ...]]:
    """What the question is about, and the words left that no document has."""
    if sheet.english:
        return _english_topic(sheet, known)
    things: list[tuple[str, ...]] = []
    said: list[str] = []
    unread: list[str] = []
    general: list[str] = []
    for match in re.finditer(r"[“「\"'《]([^”」\"'“「、，,；;《》]{2,30})[”」\"'》]", sheet.text):
        if not sheet.is_read(*match.span(1)) and not sheet.holds(*match.span(1)) and known.has(match.group(1)):
            sheet.mark(*match.span(), hold=True)  # what is quoted is meant word for word
            things.append((match.group(1),))
            said.append(match.group(1))
    before = len(sheet.text) if things else -1
    for start, kept in _left(sheet, known):
        content = _content(kept, known, unread)
        general += [token for token in kept if len(token) >= 2 and token in word_list("weak", "words")]
        if not content:
            continue
        beside = 0 <= before <= start and _BESIDE.fullmatch(sheet.text[before:start].strip())
        if things and not beside:
            things[-1] = tuple(dict.fromkeys((*things[-1], *content)))
        else:
            things.append(tuple(dict.fromkeys(content)))
        said.append("".join(kept))
        before = start + len("".join(kept))
    if not things and general and not unread:
        things, said = [tuple(dict.fromkeys(general))], general
    topic = Topic(" ".join(said), tuple(things), tuple(dict.fromkeys(general))) if things else None
    return topic, tuple(dict.fromkeys(unread))


def _left(sheet: Sheet, known: Vocabulary) -> Iterator[tuple[int, list[str]]]:
    """Words side by side that nothing has read and that are not empty, with where the first begins."""
    import rjieba

    for start, stretch in sheet.stretches():
        at, run, began = start, list[str](), start
        tokens = _munched(rjieba.cut(stretch, hmm=False), known)  # no guessed words: a slip of the pen stays in single characters
        for token in tokens:
            degree = token == "最" and stretch[at - start + 1 :].startswith("严格")  # 最严格水资源管理制度 is a name
            if degree or sheet.is_read(at, at + len(token)) or token in word_list("empty", "chinese"):
                if run:
                    yield began, run
                run = []
            else:
                began = began if run else at
                run.append(token)
            at += len(token)
        if run:
            yield began, run


def _munched(tokens: Sequence[str], known: Vocabulary) -> list[str]:
    """Words with three and more single characters in a row that the documents write so as one: 碳达峰, 一企一管."""
    found: list[str] = []
    i = 0
    while i < len(tokens):
        singles = next((n for n in range(i, len(tokens)) if len(tokens[n]) > 1), len(tokens)) - i
        sizes = range(min(singles, _LONGEST_NAME), 2, -1) if tokens[i] not in _PARTICLES else ()
        size = next((n for n in sizes if tokens[i + n - 1] not in _PARTICLES and known.has("".join(tokens[i : i + n]))), 1)
        found.append("".join(tokens[i : i + size]))
        i += size
    return found


def _content(kept: Sequence[str], known: Vocabulary, unread: list[str]) -> list[str]:
    """The words of a stretch that tell one matter from another; what no document has goes to `unread`."""
    found: list[str] = []
    for token in _joined(kept, known):
        if token in word_list("weak", "words") or token in word_list("empty", "chinese"):
            continue
        if len(token) == 1 and token not in _MATTERS or re.fullmatch("最.|[以之]外|除外", token) or not known.has(token) and not _lay(token):
            unread.append(token)
        else:
            found.append(token)
    return found


def _parted(token: str, known: Vocabulary) -> list[str]:
    """A word that no document has as the words of two characters and more that it is made of, where they have those."""
    if len(token) < 4 or known.has(token) or _lay(token):
        return [token]
    at = next((i for i in range(len(token) - 2, 1, -1) if known.has(token[:i]) and known.has(token[i:])), 0)
    return [token[:at], token[at:]] if at else [token]


def _joined(tokens: Sequence[str], known: Vocabulary) -> list[str]:
    """Words with the single characters beside them that the documents write with them: 再生 and 水, 三 and 磷."""
    parts = [part for token in tokens for part in _parted(token, known)]
    found: list[str] = []
    waiting = ""
    for i, part in enumerate(parts):
        single = len(part) == 1 and part not in _MATTERS
        after = parts[i + 1] if i + 1 < len(parts) else ""
        if waiting and known.has(waiting + part):
            found.append(waiting + part)
            waiting = ""
        elif single and not waiting and found and not (len(after) == 1 and known.has(part + after)) and known.has(found[-1] + part):
            found[-1] += part
        elif single:
            found += [waiting] if waiting else []
            waiting = part
        else:
            found += [waiting] if waiting else []
            found.append(part)
            waiting = ""
    return [*found, waiting] if waiting else found


@cache
def _terms() -> tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]:
    """Rows of the vocabulary's terms: the words of policy, of everyday, and of English for one thing."""
    lines = (VOCABULARY / "terms.tsv").read_text("utf-8").splitlines()
    rows = csv.reader((line for line in lines if not line.startswith("#")), delimiter="\t")
    cells = [[tuple(part.strip().lower() for part in cell.split(";") if part.strip()) for cell in row] for row in list(rows)[1:]]
    return tuple((row[0], row[1], row[2]) for row in cells if len(row) >= 3)


@cache
def _lay(word: str) -> tuple[str, ...]:
    """The words of policy for an everyday word."""
    return tuple(dict.fromkeys(term for terms, lay, _ in _terms() if word in lay for term in terms))


@cache
def variants(word: str) -> tuple[str, ...]:
    """A word and those that mean the same in policy texts."""
    return (word, *_lay(word))


def _english_topic(sheet: Sheet, known: Vocabulary) -> tuple[Topic | None, tuple[str, ...]]:
    text, found, unread = sheet.text, list[str](), list[str]()
    meant = [(m.start(), m.end(), chinese) for pattern, chinese in words("english").items() for m in re.finditer(rf"\b(?:{pattern})\b", text)]
    for terms, _, english in _terms():
        first = next((term for term in terms if known.has(term)), terms[0])
        meant += [(m.start(), m.end(), first) for name in english for m in re.finditer(rf"\b{re.escape(name)}\b", text)]
    for start, end, chinese in sorted(meant, key=lambda entry: entry[0] - entry[1]):
        if not sheet.holds(start, end):
            sheet.mark(start, end, hold=True)
            found.append(chinese)
    for start, stretch in sheet.stretches():
        plain = stretch.strip(".'%-")
        if plain and not plain.isdigit() and not sheet.is_read(start, start + len(stretch)) and plain.removesuffix("'s") not in word_list("empty", "english"):
            unread.append(plain)
    if not found:
        return None, tuple(unread)
    missing = [word for word in found if not known.has(word)]
    kept = tuple(dict.fromkeys(word for word in found if word not in missing))
    return (Topic(" ".join(kept), (kept,)) if kept else None), (*unread, *missing)


# What is on a topic


def heading_of(clause: Clause, library: Library) -> str:
    """The heading that a clause stands under: its own, else that of the item that it is a paragraph of."""
    own, above = clause.lead or clause.heading, clause.parent
    while not own and (parent := library.clauses.get(above or "")) is not None and parent.type not in ("part", "chapter", "book"):
        own, above = parent.lead or parent.heading, parent.parent
    return fold_question(own or "")


def _has(text: str, thing: Sequence[str]) -> bool:
    return all(any(variant in text for variant in variants(word)) for word in thing)


def sentences(clause: Clause) -> Iterator[tuple[int, int, str]]:
    """The sentences of a clause with where they stand in the source text; where that is not sure, the clause's place."""
    exact = clause.end - clause.start == len(clause.text)
    for match in _SENTENCE.finditer(clause.text):
        if exact:
            yield clause.start + match.start(), clause.start + match.end(), match.group()
        else:
            yield clause.start, clause.end, match.group()


def speaking(topic: Topic, library: Library, documents: Collection[str] | None = None) -> list[Clause]:
    """The leaf clauses that can be on a topic, of some documents or all: those with its words in text or heading, and those
    under a heading with them."""
    things = [[variants(word) for word in thing] for thing in topic.things]
    found: dict[str, Clause] = {}
    for clause in library.columns.saying(things, documents=documents):
        for leaf in (clause,) if clause.leaf else library.leaves(clause):
            found.setdefault(leaf.id, leaf)
    order = {name: rank for rank, name in enumerate(documents if documents is not None else library.of)}
    return sorted(found.values(), key=lambda clause: (order[clause.document], clause.order))


def on_topic(topic: Topic, clauses: Iterable[Clause], library: Library) -> tuple[Clause, ...]:
    """The clauses of each document that are on a topic: those headed by it, else those of which one sentence has it."""
    by_document: dict[str, list[Clause]] = {}
    for clause in clauses:
        if clause.leaf and clause.kind not in _OUTSIDE:
            by_document.setdefault(clause.document, []).append(clause)
    library.columns.hold_above(clause for leaves in by_document.values() for clause in leaves)
    found: list[Clause] = []
    for leaves in by_document.values():
        for thing in topic.things:
            headed = [c for c in leaves if _has(heading_of(c, library), thing) and c.kind not in ("preamble", "principle")]
            spoken = [c for c in headed or leaves if _spoken(c, thing)]
            found += spoken or headed
    return tuple(dict.fromkeys(found))


def mostly_on_topic(topic: Topic, clauses: Iterable[Clause], library: Library) -> tuple[Clause, ...]:
    """Of each document the clauses of which one sentence has most words of a topic that is put in many words, where none
    has all; the best of them only."""
    words_of = tuple(dict.fromkeys(word for thing in topic.things for word in thing))
    if len(words_of) < _MANY:
        return ()
    best: dict[str, tuple[int, list[Clause]]] = {}
    for clause in clauses:
        if not clause.leaf or clause.kind in (*_OUTSIDE, "preamble", "principle"):
            continue
        count = max((sum(_has(text, (word,)) for word in words_of) for _, _, text in sentences(clause)), default=0)
        most, kept = best.get(clause.document, (0, []))
        if count > most:
            best[clause.document] = (count, [clause])
        elif count == most:
            kept.append(clause)
    return tuple(clause for count, kept in best.values() if 3 * count >= 2 * len(words_of) for clause in kept)


def headed(topic: Topic, clauses: Iterable[Clause], library: Library) -> tuple[Clause, ...]:
    """Of clauses on a topic those whose heading has it."""
    return tuple(c for c in clauses if any(_has(heading_of(c, library), thing) for thing in topic.things))


def says(topic: Topic, text: str) -> bool:
    """Whether a text has every word of one of the things that a topic names."""
    return any(_has(fold_question(text), thing) for thing in topic.things)


def _spoken(clause: Clause, thing: Sequence[str]) -> bool:
    found = [text for _, _, text in sentences(clause)]
    return any(_has(text, thing) for text in found) or any(_has(fold_question(text), thing) for text in found)


@cache
def _some_alike() -> re.Pattern[str]:
    return re.compile("|".join(words("alike")))


@lru_cache(maxsize=1 << 15)
def alike(name: str) -> str:
    """The name of an indicator, or a word of one, with those that mean the same written one way."""
    name = fold_question(name)
    if not _some_alike().search(name):
        return name
    for pattern, one in words("alike").items():
        name = re.sub(pattern, one, name)
    return name


def measured(topic: Topic, target: Target) -> bool:
    """Whether a target measures what the question speaks of: its indicator, with its area, has every word."""
    return names_measure(topic, alike((target.area or "") + target.indicator + (target.state or "")))


def names_measure(topic: Topic, name: str) -> bool:
    """Whether what a target measures, as `alike` writes it, has every word of one of the things of a topic."""
    return any(all(any(_in_order(alike(variant), name) for variant in variants(word)) for word in thing) for thing in topic.things)


def measuring(topic: Topic | None, documents: Iterable[str], library: Library) -> list[Target]:
    """The targets of documents that measure what a topic speaks of; without one all of them."""
    if topic is None:
        return [target for name in documents for target in library.of[name].targets]
    held = {document for document, _ in vocabulary(library).measuring(topic)}
    return [t for name in documents if name in held for t in library.of[name].targets if measured(topic, t)]


def best_measured(topic: Topic, targets: Sequence[Target]) -> list[Target]:
    """Of targets that measure a topic those that have most of its general words too."""
    counts = [sum(word in target.indicator for word in topic.general) for target in targets]
    return [target for target, count in zip(targets, counts, strict=True) if count == max(counts)]


def _in_order(word: str, name: str) -> bool:
    """Whether a name has a word, or all of a long one in its order (城市污水处理能力 in 城市生活污水处理能力)."""
    if word in name:
        return True
    rest = iter(name)
    return len(word) >= 4 and all(char in rest for char in word)


def nearest_indicators(topic: str, targets: Iterable[Target]) -> list[str]:
    """The indicators that share most pairs of characters with a topic, best first."""
    pairs = {topic[i : i + 2] for i in range(len(topic) - 1)}
    names = dict.fromkeys(target.indicator for target in targets)
    shared = {name: sum(pair in alike(name) for pair in pairs) for name in names}
    return sorted((name for name in names if shared[name]), key=lambda name: (-shared[name], len(name)))


# Slips of the pen


def slip_of(text: str, known: Vocabulary) -> str | None:
    """What the documents write that differs from a text in one character, where only one thing does."""
    found = set()
    for i in range(len(text)):
        before, after = text[:i], text[i + 1 :]
        pattern = re.compile(re.escape(before) + "([㐀-鿿])" + re.escape(after))
        for line in known.lines(*filter(None, (before, after))):
            found |= {before + character + after for character in pattern.findall(line)}
            if len(found) > 1:
                return None
    return next((meant for meant in found if len(found) == 1 and _in_a_word(text, meant)), None)


def _in_a_word(text: str, meant: str) -> bool:
    """Whether the character put right is part of a word (整该 → 整改), and not the first of one that is cut off (焚烧厂 →
    焚烧处)."""
    import rjieba

    changed = next(i for i, (a, b) in enumerate(zip(text, meant, strict=True)) if a != b)
    at = 0
    for token in rjieba.cut(meant, hmm=False):
        if at <= changed < at + len(token):
            return len(token) > 1
        at += len(token)
    return False


def slip_of_asking(word: str) -> str | None:
    """The word of asking that differs from two characters in one of them, where only one does."""
    near = {
        name
        for name in word_list("slips", "words")
        if len(name) == len(word) == 2
        and (name[0] == word[0]) != (name[1] == word[1])
        and not set(name) & set(word) & word_list("empty", "chinese")  # 要建 is 要 and 建, no slip of 要求
        and not set(word) & _ASKING
    }
    return near.pop() if len(near) == 1 else None
