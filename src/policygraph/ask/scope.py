"""What a question is about, as its answer and the SPARQL beside it both take it: documents, pairs, clauses, links."""

from __future__ import annotations

from policygraph.align.library import Library
from policygraph.ask.grammar import Understood, fold_question, sides
from policygraph.model import Alignment, Clause, Deadline, TargetLink

#: What an agency may be in a clause, for each way of asking for it.
ROLES = {"lead": ("lead",), "support": ("cooperate", "participate"), "responsible": ("responsible", "lead")}


def documents_of(found: Understood, library: Library) -> list[str]:
    """The documents that the question is about: those it names, else all."""
    named = [name for mention in found.mentions for name in mention.documents]
    return list(dict.fromkeys(named)) or list(library.documents)


def pairs_of(found: Understood, library: Library) -> list[tuple[str, str]]:
    """Aligned (lower, higher) pairs among the documents named; where only one side is named, all with it. Pairs whose
    lower document came after the higher one go first, and alone where there are any."""
    named = [name for mention in found.mentions for name in mention.documents]
    lower = [name for mention in found.mentions if not mention.national for name in mention.documents]
    higher = [name for mention in found.mentions if mention.national for name in mention.documents]
    chosen = [
        pair
        for pair in sorted(library.pairs)
        if (not lower or pair[0] in lower) and (not higher or pair[1] in higher) and (not named or set(pair) & set(named))
    ]
    later = [pair for pair in chosen if not _older(pair, library)]
    return later or chosen


def _older(pair: tuple[str, str], library: Library) -> bool:
    lower, higher = (library.documents[name].date for name in pair)
    return bool(lower and higher and lower < higher)


def leaves_of(found: Understood, library: Library) -> set[str]:
    """The leaf clauses of the items, or of the clauses, that the question names."""
    if found.items:
        items = [library.items(holder).get(item, ()) for holder in found.holders for item in found.items]
        return {leaf.id for clauses in items for clause in clauses for leaf in library.leaves(clause)}
    return {leaf.id for clause in found.clauses for leaf in library.leaves(clause)}


def links_of(found: Understood, library: Library) -> list[Alignment]:
    """Implementing links of the item, clause or pair of documents that the question names."""
    pairs = set(pairs_of(found, library))
    links = [
        link
        for link in library.links.alignments
        if link.relation not in ("related",)
        and (library.clauses[link.source].document, library.clauses[link.target].document) in pairs
    ]
    wanted = leaves_of(found, library)
    if found.items and not wanted:
        library.item(found.holders[0], found.items[0])  # says how many there are
    return [link for link in links if not wanted or link.source in wanted or link.target in wanted]


def of_basis(found: Understood) -> bool:
    """Whether a question on citations asks for what a document rests on."""
    return any(word in found.question for word in ("依据", "根据", "上位", "rest", "based", "basis"))


def sentence_of(clause: Clause, deadline: Deadline) -> tuple[int, int, str]:
    """The sentence of a clause that a deadline is in, with where it stands; where that is not sure, the deadline's place."""
    text, exact = clause.text, clause.end - clause.start == len(clause.text)
    first = deadline.start - clause.start if exact else text.find(deadline.text)
    if text[first : first + len(deadline.text)] != deadline.text:
        return clause.start, clause.end, text
    begin = max(text.rfind(mark, 0, first) for mark in "。；\n") + 1
    stop = min((at for mark in "。；\n" if (at := text.find(mark, first)) >= 0), default=len(text))
    start, end = (clause.start + begin, clause.start + stop) if exact else (deadline.start, deadline.end)
    return start, end, text[begin:stop]


def compared_as_asked(link: TargetLink, found: Understood, library: Library) -> bool:
    """Whether a comparison of targets has the strictness, the timing and the indicator asked for. What cannot be
    compared is neither early nor late."""
    if found.strictness and link.strictness not in sides("strictness", found.strictness):
        return False
    if found.timing and link.timing not in sides("timing", found.timing):
        return False
    if found.timing and not found.strictness and link.strictness == "not_comparable":
        return False
    ends = (library.targets[end].indicator for end in (link.source, link.target))
    return not found.indicator or any(fold_question(name) in found.indicator for name in ends)
