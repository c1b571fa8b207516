"""What is said where there is no answer: what is not held, what is nearest, and questions that do work here."""

from __future__ import annotations

from collections import Counter

from policygraph.align.library import Library
from policygraph.ask.grammar import Understood, document_names, fold_question, indicators_near, understand
from policygraph.ask.scope import documents_of
from policygraph.model import Target
from policygraph.vocabulary.regions import regions

#: Indicators named beside a refusal, and questions shown.
_NEAREST = 3


def refusal(found: Understood, library: Library, *, known: bool) -> str | None:
    """Why the question has no answer, or `None` where it may have one; `known` says that its intent has answers."""
    if found.missing:
        names = "、".join(found.missing)
        held = document_names(list(library.documents), library)
        if found.english:
            return f"There is no document of {', '.join(name.title() for name in found.missing)} here. Held: {held}."
        return f"没有{names}的文件。现有：{held}。"
    if found.intent == "results":
        return _no_results(found, library)
    if not known:
        if found.english:
            return "The question was not understood. Search for its words instead."
        return "没有理解这个问题，可以改用检索。"
    if found.items and len(found.holders) > 1 and len([h for h in found.holders if library.items(h)]) > 1:
        names = document_names(found.holders, library)
        if found.english:
            return f"Which document's item {found.items[0]} is meant: {names}?"
        return f"第{found.items[0]}项指哪个文件的：{names}？"
    if found.items and not found.holders:
        return "Which document's item is meant?" if found.english else "没有说明是哪个文件的条目。"
    return None


def out_of_range(found: Understood, library: Library) -> str | None:
    """That an item's number is beyond what its document has."""
    for holder in found.holders:
        numbers = library.items(holder)
        for item in found.items:
            if item not in numbers:
                title = f"《{library.documents[holder].title}》"
                if not numbers:
                    return f"{title} has no numbered items." if found.english else f"{title}没有编号的条目。"
                if found.english:
                    return f"{title} has {len(numbers)} items, numbered {min(numbers)} to {max(numbers)}: no item {item}."
                return f"{title}共{len(numbers)}项（第{min(numbers)}项至第{max(numbers)}项），没有第{item}项。"
    return None


def targets_asked(found: Understood, library: Library) -> list[Target]:
    """The targets of the indicators that the question names, in the documents it is about, of whatever year."""
    every = [target for name in documents_of(found, library) for target in library.of[name].targets]
    return [target for target in every if fold_question(target.indicator) in found.indicator]


def in_year(target: Target, found: Understood) -> bool:
    """Whether a target is for the year that the question names, or for later than the one it says `after` of."""
    due = target.deadline or ""
    if found.after:
        return due > found.after
    return not found.date or due[:4] == found.date[:4]


def no_target(found: Understood, library: Library) -> str:
    """That no such target is held: those of other years, or the indicators that are nearest."""
    others = targets_asked(found, library)
    year = (found.after or found.date or "")[:4]
    if others and year:
        held = _listed(others, library)
        if found.english:
            return f"No target {'after' if found.after else 'for'} {year} is held. Held: {held}."
        return f"文件里没有{year}年{'以后' if found.after else ''}的这项目标。现有：{held}。"
    documents = documents_of(found, library)
    near = "、".join(indicators_near(found.topic, documents, library)[:_NEAREST])
    if found.english:
        return f"No target of that name is held{f'; the nearest indicators: {near}' if near else ''}. Search for its words instead."
    asked = f"“{found.topic}”" if found.topic else "这样"
    return f"这些文件里没有名为{asked}的目标" + (f"，最接近的指标是{near}" if near else "") + "。可以改用检索。"


def _no_results(found: Understood, library: Library) -> str:
    held = _listed(targets_asked(found, library), library)
    if found.english:
        said = "The documents hold targets and tasks, not results."
        return f"{said} The target: {held}." if held else f"{said} Search for its words instead."
    said = "文件里只有目标和任务，没有完成情况"
    return f"{said}。相应的目标：{held}。" if held else f"{said}，可以改用检索。"


def _listed(targets: list[Target], library: Library) -> str:
    shown = dict.fromkeys(
        f"《{library.documents[target.document].title}》{target.text}（{(target.deadline or '')[:4] or '—'}）" for target in targets
    )
    return "；".join(list(shown)[: 2 * _NEAREST])


def examples(library: Library, *, english: bool) -> tuple[str, ...]:
    """Questions that this release answers, made from its own documents."""
    made: list[str] = []
    for lower, higher in sorted(library.pairs):
        region = regions().get(library.documents[lower].region or "")
        taken_up = {link.target for link in library.links.alignments
                    if link.relation == "implements" and library.clauses[link.source].document == lower}  # fmt: skip
        number = next(
            (item for item, clauses in library.items(higher).items()
             if any(leaf.id in taken_up for clause in clauses for leaf in library.leaves(clause))), None
        )  # fmt: skip
        if region and number and library.documents[higher].level == "national":
            name = region.english[0] if english else region.name.removesuffix("省").removesuffix("市")
            made.append(f"Which {name} clause implements national item {number}?" if english else f"{name}哪一条落实国家方案第{number}条？")
            break
    leads = Counter(
        agency.name for entry in library.records for note in entry.responsibilities for agency in note.agencies
        if agency.role == "lead" and len(agency.name) >= 3
    )  # fmt: skip
    made += [f"What does {name} lead?" if english else f"{name}牵头哪些任务？" for name, _ in leads.most_common(1)]
    measured = Counter(t.indicator for entry in library.records for t in entry.targets if t.value is not None and len(t.indicator) > 3)
    made += [f"What is the target for {name}?" if english else f"{name}的目标是多少？" for name, _ in measured.most_common(1)]
    return tuple(question for question in made if understand(question, library).intent)
