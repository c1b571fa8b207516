"""Figures: a value that a text gives for an indicator, against the targets of the documents and the words around them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from policygraph.align import unit_of
from policygraph.align.library import Library
from policygraph.extract import Now, Quantity, comparator, find_quantities, find_times, resolve_indicator
from policygraph.model import Clause, Target
from policygraph.verify.claims import Change, Claim, Place
from policygraph.verify.texts import plain
from policygraph.vocabulary.areas import areas_in
from policygraph.vocabulary.lists import any_of, lists
from policygraph.vocabulary.regions import regions_in

#: What is shorter names too many things to be looked for by its name (水质, 面积).
_SHORTEST = 4
_MARKS = re.compile(r"[的“”‘’\"\s·]")
_STOPS = "，。；：！？、\n"
_WHOLE = re.compile(r"全[省市国区县州]|[本我][省市]")
#: Words between commas that stand in two texts by chance are fewer.
_WORDS = 8
#: The most targets that a reason lists: more of them are no help.
_LISTED = 6
_SIGNS = {">=": "≥", "<=": "≤", "~": "≈", "=": "", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A quantity of the text with what it measures: `key` tells indicators apart, `name` is the words, `before` what
    stands before them and may make them another indicator. `date` is the day by which, `reached` a figure of the past."""

    quantity: Quantity
    key: str | None
    name: str
    before: str
    relative: str | None
    sign: str
    date: str | None
    when: str
    area: str | None
    reached: bool
    denied: bool
    part: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Named:
    """The name of an indicator, and the words before it that may make it another one (主要粮食作物化肥利用率)."""

    name: str
    before: str


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    table = lists("verify")
    fillers = re.compile(rf"^(?:{any_of(table['fillers'])})+|(?:{any_of(table['fillers'])})+$")
    grown = re.compile(rf"{any_of(table['increase'])}(?:了|约|近|幅度)?$")
    shrunk = re.compile(rf"{any_of(table['decrease'])}(?:了|约|近|幅度)?$")
    return fillers, grown, shrunk, re.compile(any_of(table["reached"])), re.compile(any_of(table["denies"]))


class Figures:
    """The indicators and targets of a release, by name."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @cached_property
    def _measured(self) -> list[tuple[str, str | None, bool]]:
        """Indicators as written, their concepts, and whether a figure is set for them."""
        return self.library.columns.rows("SELECT DISTINCT indicator, concept, value IS NOT NULL FROM targets")

    def targets(self, key: str, scope: Sequence[str]) -> list[Target]:
        """The targets of documents for an indicator."""
        columns = self.library.columns
        written = json.dumps([name for name, concept, _ in self._measured if key_of(name, concept) == key], ensure_ascii=False)
        condition = f"{columns.within(scope)} AND indicator IN (SELECT value FROM json_each(?))"
        return [target for target in columns.where("targets", condition, [written]) if key_of(target.indicator, target.concept) == key]

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of indicators that the documents set figures for, without marks, and the key of each."""
        return {
            bare: key_of(name, concept) for name, concept, quantified in self._measured if quantified and len(bare := _bare(name)) >= _SHORTEST
        }

    def read(self, folded: str, *, hidden: Sequence[tuple[int, int]]) -> Iterator[Figure]:
        """The figures of a folded sentence that do not stand in one of the hidden stretches. A figure that names nothing
        of its own (…为85%，比国家的80%更严) is of what the one before it measures."""
        _, grown, shrunk, reached, denies = _patterns()
        times = [time for time in find_times(folded, Now(None)) if time.date and re.search(r"\d{4}|十[一二三四五六]五", folded[time.start : time.end])]
        edge, last = 0, Named("", "")
        for quantity in find_quantities(folded):
            if any(a <= quantity.start < b for a, b in hidden) or any(t.start <= quantity.start < t.end for t in times):
                continue
            begin = max([edge, *(folded.rfind(stop, 0, quantity.start) + 1 for stop in "。；！？\n"), *(b for _, b in hidden if b <= quantity.start)])
            stretch, edge = folded[begin : quantity.start], quantity.stop
            due = [t for t in times if t.part != "baseline" and t.start < quantity.start] or [t for t in times if t.part != "baseline"]
            comma = max(stretch.rfind(stop) for stop in "，、：") + 1
            named = self._indicator(stretch[comma:]) or self._behind(folded, quantity.stop) or self._indicator(stretch)
            if named is None:
                named = Named("", "") if _qualifier(_bare(stretch[comma:])) else last
            last = named
            change = stretch.rstrip("约近了")
            relative = "increase" if grown.search(change) else "decrease" if shrunk.search(change) else None
            at = stretch.rfind(named.before + named.name) if named.name else -1
            yield Figure(
                quantity=quantity, key=self.names.get(named.name) or (resolve_indicator(named.name) if named.name else None), name=named.name,
                before=named.before, relative=relative, sign=comparator(stretch, quantity), date=due[-1].date if due else None, when=folded[due[-1].start : due[-1].end] if due else "",
                area=_area(named.before), reached=bool(reached.search(stretch)),
                denied=bool(denies.search(stretch[comma:])), part=_part(folded, quantity), start=begin + (at if at >= 0 else comma), end=quantity.stop,
            )  # fmt: skip

    def _indicator(self, stretch: str) -> Named | None:
        """The indicator named last in a stretch."""
        words = _bare(stretch)
        best: tuple[int, int, str] | None = None
        for name in self.names:
            at = words.rfind(name)
            if at >= 0 and (best is None or (at + len(name), len(name)) > best[:2]):
                best = (at + len(name), len(name), name)
        if best is None:
            bare = _patterns()[0].sub("", re.split(rf"[{_STOPS}]", words)[-1])
            return Named(bare, "") if bare and resolve_indicator(bare) else None
        end, length, name = best
        return Named(name, _qualifier(re.split(rf"[{_STOPS}]", words[: end - length])[-1]))

    def _behind(self, folded: str, at: int) -> Named | None:
        """85%的农膜回收率: the indicator after its figure."""
        rest = _bare(re.split(rf"[{_STOPS}]", folded[at : at + 40])[0])
        known = [name for name in self.names if rest.startswith(name)]
        return Named(max(known, key=len), "") if known and folded[at : at + 1] == "的" else None


def _bare(text: str) -> str:
    return _MARKS.sub("", text)


def key_of(indicator: str, concept: str | None) -> str:
    return concept or _bare(indicator)


def _qualifier(before: str) -> str:
    """What before an indicator makes it another one: nothing that only says who, when, or how it is aimed at."""
    fillers = _patterns()[0]
    left = re.sub(r"（[^（）]*）|《[^》]*》|[（）]", "", before)
    for start, end, _ in reversed(regions_in(left)):
        left = left[:start] + left[end:]
    left = re.sub(r"“?十[一二三四五六]五”?(?:期间|时期|末)?|\d{4}年(?:底|末)?(?:前)?", "", left)
    left = re.sub(any_of(lists("verify")["says"]) + "|" + any_of(lists("verify")["instruments"]), "", left)
    former = ""
    while left != former:
        former, left = left, fillers.sub("", left)
    return left


def _area(before: str) -> str | None:
    return before if before and areas_in(before) and not _WHOLE.fullmatch(before) else None


def shown(target: Target) -> str:
    """A target in short: 农膜回收率 ≥85% (2025-12-31).

    The values are those of the record, so that a reader finds them there.
    """
    change = {"increase": "+", "decrease": "-", None: ""}[target.relative]
    value = f"{_SIGNS.get(target.comparator, '')}{change}{target.value}{target.unit or ''}" if target.value is not None else target.state or ""
    return f"{target.area or ''}{target.indicator} {value}" + (f" ({target.deadline})" if target.deadline else "")


def check_figure(
    figure: Figure, claim: Claim, *, figures: Figures, scope: Sequence[str], named: bool, title: str
) -> Claim:
    """A figure against the targets for its indicator in `scope`, and against the sentences that name both."""
    library = figures.library
    if figure.denied:
        return _of(claim, "not_checkable", reason="The text denies it, and what a document does not say has no place in it.")
    if figure.key is None or not figure.name:
        if said := _word_for_word(figure, library=library, scope=scope):
            return _as_stated(claim, said, library=library) if said.in_time else _at_another_time(claim, said, named=named, library=library)
        return _of(claim, "not_checkable", reason="No indicator of the documents held is named beside the figure.")
    targets = figures.targets(figure.key, scope)
    names = {_bare(t.indicator) for t in targets} | {_bare(figure.name)}
    comparable = [t for t in targets if _comparable(figure, t)]
    equal = [t for t in comparable if _same_value(figure, t)]
    in_time = [t for t in equal if _same_time(figure, t)]
    if in_time:
        return _judged(figure, claim, in_time, library=library)
    if stated := _stated(figure, names, library=library, scope=scope):
        return _as_stated(claim, stated, library=library)
    if not targets:
        where = f"{title} is held here and sets" if named else "The documents held here set"
        return _of(claim, "not_held", reason=f"{where} no target for {figure.name}.")
    listed = "; ".join(dict.fromkeys(shown(t) for t in targets[:_LISTED]))
    if not named:
        return _of(claim, "not_checkable", reason=f"The text does not say of which document; those held set: {listed}.")
    if figure.reached or (figure.date and all(t.deadline and t.deadline > figure.date for t in targets) and not equal):
        return _of(claim, "not_checkable", reason=f"It speaks of another time than the targets, which are: {listed}.")
    if figure.before:
        return _of(claim, "not_checkable", reason=f"It is of {figure.before}{figure.name}; the document sets: {listed}.")
    if equal:
        return _of(claim, "contradicted", reason="Another year.", target=equal[0], library=library)
    rivals = [t for t in comparable if t.value is not None and _same_time(figure, t)]
    whole = [t for t in rivals if not t.area or _WHOLE.fullmatch(t.area) or regions_in(t.area)]
    if not whole and len({t.area for t in rivals}) == 1:
        whole = rivals  # the document sets it for one area only, which the text need not repeat
    if not whole:
        return _of(claim, "not_checkable", reason=f"The targets there are of another kind, area or time: {listed}.")
    return _of(claim, "contradicted", reason="Another figure.", target=whole[0], library=library)


def _judged(figure: Figure, claim: Claim, equal: Sequence[Target], *, library: Library) -> Claim:
    """The claim beside the target with its value that comes nearest in sign and area."""
    best = min(equal, key=lambda t: (bool(t.area) != bool(figure.area), t.comparator != figure.sign, t.start))
    if best.area and not _WHOLE.fullmatch(best.area) and not regions_in(best.area) and best.area not in claim.text and not figure.before:
        return _of(claim, "differs", reason=f"The source says it of {best.area}.", target=best, library=library)
    around = f"{best.area or ''}{best.indicator}{best.text}{library.documents[best.document].title}"
    if figure.before and figure.before not in _bare(around):
        return _of(claim, "not_checkable", reason=f"It is of {figure.before}{figure.name}; the document has it of {best.indicator}.")
    if best.comparator and figure.sign != best.comparator and not any(t.comparator == figure.sign for t in equal):
        opposite = {figure.sign, best.comparator} == {">=", "<="}
        return _of(claim, "contradicted" if opposite else "differs", reason="At least or at most, exactly or about.", target=best, library=library)
    if figure.date and not best.deadline:
        return _of(claim, "differs", reason="The source names no day for it.", target=best, library=library)
    return _of(claim, "found", reason="The figure is the document's.", target=best, library=library)


def _comparable(figure: Figure, target: Target) -> bool:
    changed = target.relative == figure.relative or target.indicator.startswith("新增")  # the name says that it is added
    return target.value is not None and changed and unit_of(target.unit)[1] == unit_of(figure.quantity.unit)[1]


def _same_value(figure: Figure, target: Target) -> bool:
    ours, theirs = figure.quantity.value, target.value
    if isinstance(ours, str) or isinstance(theirs, str) or theirs is None:
        return str(ours) == str(theirs)
    return abs(ours * unit_of(figure.quantity.unit)[0] - theirs * unit_of(target.unit)[0]) < 1e-9 * max(1.0, abs(theirs))


def same_day(claimed: str, source: str, *, words: str) -> bool:
    """Whether two last days are one; a bare year means any day in it.

    >>> same_day("2023-12-31", "2023-06-30", words="2023年"), same_day("2023-12-31", "2023-06-30", words="2023年底前")
    (True, False)
    """
    return claimed == source or (claimed[:4] == source[:4] and not re.search("[底末月日]", words))


def _same_time(figure: Figure, target: Target) -> bool:
    return figure.date is None or target.deadline is None or same_day(figure.date, target.deadline, words=figure.when)


@dataclass(frozen=True, slots=True)
class _Stated:
    clause: Clause
    start: int
    end: int
    in_time: bool = True


def _stated(figure: Figure, names: Iterable[str], *, library: Library, scope: Sequence[str]) -> _Stated | None:
    """A sentence of the documents that names the indicator, the very figure, and the year of the claim if it has one:
    what was reached by a year is no target, and stands there all the same."""
    year = figure.date[:4] if figure.date else ""
    for document in scope:
        for clause in library.of[document].clauses:
            if not clause.leaf or not any(name in _bare(clause.text) for name in names):
                continue
            at = 0
            for sentence in re.split(r"(?<=[。；！？])", clause.text):
                begin, at = at, at + len(sentence)
                bare = _bare(sentence)
                if not any(f"{figure.before}{name}" in bare for name in names) or (year and year not in sentence):
                    continue
                if not year and not figure.reached:
                    continue
                for quantity in find_quantities(sentence):
                    if (quantity.value, quantity.unit) == (figure.quantity.value, figure.quantity.unit) and _beside(sentence, quantity, names):
                        return _Stated(clause, begin, begin + len(sentence))
    return None


def _beside(sentence: str, quantity: Quantity, names: Iterable[str]) -> bool:
    """Whether no other figure stands between an indicator and the quantity."""
    before = _bare(sentence[: quantity.start])
    at = max((before.rfind(name) + len(name) for name in names if name in before), default=-1)
    return at >= 0 and not list(find_quantities(before[at:]))


def _part(folded: str, quantity: Quantity) -> str:
    begin = max(folded.rfind(stop, 0, quantity.start) + 1 for stop in _STOPS)
    return folded[begin : min([at for at in (folded.find(stop, quantity.stop) for stop in _STOPS) if at >= 0] or [len(folded)])]


def _word_for_word(figure: Figure, *, library: Library, scope: Sequence[str]) -> _Stated | None:
    """A clause that has the words around the figure as they are, best one that has them by the day of the text."""
    words = figure.part
    if len(words) < _WORDS:
        return None
    found: _Stated | None = None
    for document in scope:
        for clause in library.of[document].clauses:
            text = plain(clause.text) if clause.leaf else ""
            if (at := text.find(words)) < 0:
                continue
            days = _days_of(text, at)
            in_time = figure.date is None or any(same_day(figure.date, day, words=figure.when) for day in days)
            if in_time or (days and found is None):
                found = _Stated(clause, at, at + len(words), in_time)
            if in_time:
                return found
    return found


def _days_of(text: str, at: int) -> list[str]:
    """The day by which a sentence has what it says at a place: the last one before it, else those behind it."""
    begin, end = text.rfind("。", 0, at) + 1, text.find("。", at)
    sentence = text[begin : end if end >= 0 else len(text)]
    times = [time for time in find_times(sentence, Now(None)) if time.date and time.part != "baseline"]
    before = [time.date for time in times if time.date and begin + time.start <= at]
    return before[-1:] or [time.date for time in times if time.date]


def _at_another_time(claim: Claim, stated: _Stated, *, named: bool, library: Library) -> Claim:
    if not named:
        return _of(claim, "not_checkable", reason=f"{library.label(stated.clause)} has the same words by another day, and the text does not say of which document.")
    return replace(_as_stated(claim, stated, library=library), status="contradicted", reason="The document has the same words and figure, by another day.")


def _as_stated(claim: Claim, stated: _Stated, *, library: Library) -> Claim:
    clause = stated.clause
    place = Place(document=clause.document, clause=clause.id, citation=library.label(clause), start=clause.start, end=clause.end)
    says, reason = clause.text[stated.start : stated.end], "The document has the same words, figure and year."
    return Claim(kind=claim.kind, text=claim.text, start=claim.start, end=claim.end, status="found", reason=reason, says=says, where=place)


def _of(claim: Claim, status: str, *, reason: str, target: Target | None = None, library: Library | None = None) -> Claim:
    where: Place | None = None
    says: str | None = None
    changes: tuple[Change, ...] = ()
    if target and library:
        clause = library.clauses[target.clause]
        where = Place(document=target.document, clause=clause.id, citation=library.label(clause), start=target.start, end=target.end)
        says = target.text
        changes = () if status == "found" else (Change(claimed=claim.text, source=shown(target)),)
    return Claim(
        kind=claim.kind, text=claim.text, start=claim.start, end=claim.end, status=status,  # type: ignore[arg-type]
        reason=reason, says=says, changes=changes, where=where,
    )  # fmt: skip
