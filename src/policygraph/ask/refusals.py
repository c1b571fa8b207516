"""What is said where there is no answer: what was not understood, what is not held, what is nearest, what does work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from policygraph.align.library import Library
from policygraph.ask.plan import Plan
from policygraph.ask.records import distinct_targets
from policygraph.ask.scope import documents_of
from policygraph.ask.topics import measuring, nearest_indicators
from policygraph.model import Target
from policygraph.vocabulary.regions import regions

#: Indicators named beside a refusal, and questions shown.
_NEAREST = 3


def unread(plan: Plan, library: Library) -> str | None:
    """That a word of the question was not understood, with what was; `None` where all of it was."""
    if plan.beyond and (plan.asked or "results" in plan.beyond):
        return _beyond(plan, library)
    if plan.missing or plan.asked is None:
        return None
    if plan.unheeded and not plan.unread:
        return _unheeded(plan)
    if not plan.unread:
        return None
    if plan.asked == "indicator" and not plan.bodies and not _of_topic(plan, library):
        return no_target(plan, library)
    said = "、".join(f"“{word}”" for word in plan.unread)
    if plan.english:
        return f"Not understood: {', '.join(plan.unread)}. Ask without it, or search for its words instead."
    return f"没有理解{said}，不能确定要问的是什么。可以去掉它再问，或者改用检索。"


_CONDITIONS = {
    "topic": ("事项", "the matter"), "places": ("地点", "the place"), "bodies": ("单位", "the body"), "period": ("期限", "the period"),
    "dated": ("有没有期限", "whether a date is set"), "led": ("有没有牵头单位", "whether a lead is named"),
    "quantified": ("有没有数字", "whether there is a figure"), "modality": ("禁止、鼓励等性质", "the kind of directive"),
    "hedge": ("“力争”等措辞", "the hedge"), "extreme": ("最早或最晚", "which is first or last"),
    "figures": ("数值", "the figure"), "unit": ("计量单位", "the unit"),
}  # fmt: skip


def _unheeded(plan: Plan) -> str:
    """That a condition was understood, but cannot be heeded in such a question."""
    if plan.english:
        return f"This kind of question cannot heed {', '.join(_CONDITIONS[name][1] for name in plan.unheeded)}. Ask without it, or search."
    return f"这样的问题还不能按{'、'.join(_CONDITIONS[name][0] for name in plan.unheeded)}来答。可以去掉这个条件再问，或者改用检索。"


def _beyond(plan: Plan, library: Library) -> str:
    """That documents do not say so: results, reasons, opinions, and what depends on the day of asking."""
    if "results" in plan.beyond:
        return _no_results(plan, library)
    zh = {
        "today": "文件只写年份，不知道“今年”“现在”是哪一年，请写明年份",
        "reasons": "文件写要做什么，不写为什么",
        "opinion": "文件不作评价，只能列出写了什么",
    }
    en = {
        "today": "The documents know no today: name the year",
        "reasons": "The documents say what is to be done, not why",
        "opinion": "The documents give no opinion",
    }
    return f"{(en if plan.english else zh)[plan.beyond[0]]}{'.' if plan.english else '。'}"


def refusal(plan: Plan, library: Library, *, known: bool) -> str | None:
    """Why the question has no answer, or `None` where it may have one; `known` says that its kind has answers."""
    if plan.missing:
        names = "、".join(plan.missing)
        held = "、".join(f"《{document.title}》" for document in library.documents.values())
        if plan.english:
            return f"There is no document of {', '.join(name.title() for name in plan.missing)} here. Held: {held}."
        return f"没有{names}的文件。现有：{held}。"
    if not known:
        if plan.english:
            return "The question was not understood. Search for its words instead."
        return "没有理解这个问题，可以改用检索。"
    if plan.items and len(plan.holders) > 1 and len([h for h in plan.holders if library.items(h)]) > 1:
        names = "、".join(f"《{library.documents[name].title}》" for name in plan.holders)
        if plan.english:
            return f"Which document's item {plan.items[0]} is meant: {names}?"
        return f"第{plan.items[0]}项指哪个文件的：{names}？"
    if plan.items and not plan.holders:
        return "Which document's item is meant?" if plan.english else "没有说明是哪个文件的条目。"
    return None


def out_of_range(plan: Plan, library: Library) -> str | None:
    """That an item's number is beyond what its document has."""
    for holder in plan.holders:
        numbers = library.items(holder)
        for item in plan.items:
            if item not in numbers:
                title = f"《{library.documents[holder].title}》"
                if not numbers:
                    return f"{title} has no numbered items." if plan.english else f"{title}没有编号的条目。"
                if plan.english:
                    return f"{title} has {len(numbers)} items, numbered {min(numbers)} to {max(numbers)}: no item {item}."
                return f"{title}共{len(numbers)}项（第{min(numbers)}项至第{max(numbers)}项），没有第{item}项。"
    return None


def _of_topic(plan: Plan, library: Library) -> list[Target]:
    return measuring(plan.topic, documents_of(plan, library), library) if plan.topic else []


def no_target(plan: Plan, library: Library) -> str:
    """That no such target is held: those of other years, or the indicators that are nearest."""
    others = [] if plan.unread else _of_topic(plan, library)
    if others and plan.period and not plan.places and not plan.unit:
        year = (plan.period.last or plan.period.first or "")[:4]
        after = plan.period.last is None
        held = _listed(others, library)
        if plan.english:
            return f"No target {'after' if after else 'for'} {year} is held. Held: {held}."
        return f"文件里没有{year}年{'以后' if after else ''}的这项目标。现有：{held}。"
    words = plan.topic.words if plan.topic else "、".join((*plan.places, *(f.words for f in plan.figures))) or "".join(plan.unread) or plan.hedge or ""
    near = "、".join(nearest_indicators(words, (t for name in documents_of(plan, library) for t in library.of[name].targets))[:_NEAREST])
    if plan.english:
        return f"No target of that name is held{f'; the nearest indicators: {near}' if near else ''}. Search for its words instead."
    where = f"{'、'.join(plan.places)}的" if plan.places and plan.topic else ""
    unit = f"、以“{plan.unit}”计" if plan.unit else ""
    return f"这些文件里没有名为{where}“{words}”的目标{unit}" + (f"，最接近的指标是{near}" if near else "") + "。可以改用检索。"


def _no_results(plan: Plan, library: Library) -> str:
    held = _listed(_of_topic(plan, library), library)
    if plan.english:
        said = "The documents hold targets and tasks, not results."
        return f"{said} The target: {held}." if held else f"{said} Search for its words instead."
    said = "文件里只有目标和任务，没有完成情况"
    return f"{said}。相应的目标：{held}。" if held else f"{said}，可以改用检索。"


def _listed(targets: list[Target], library: Library) -> str:
    shown = [f"《{library.documents[t.document].title}》{t.text}（{(t.deadline or '')[:4] or '—'}）" for t, _ in distinct_targets(targets, library)]
    return "；".join(list(dict.fromkeys(shown))[: 2 * _NEAREST])


def examples(library: Library, answers: Callable[[str, Library], bool], *, english: bool) -> tuple[str, ...]:
    """Questions that this release answers, made from its own documents."""
    made: list[str] = []
    for lower, higher in sorted(library.pairs):
        region = regions().get(library.documents[lower].region or "")
        taken_up = {link.target for link in library.alignments(lower) if link.relation == "implements"}
        number = next(
            (item for item, clauses in library.items(higher).items()
             if any(leaf.id in taken_up for clause in clauses for leaf in library.leaves(clause))), None
        )  # fmt: skip
        if region and number and library.documents[higher].level == "national":
            name = region.english[0] if english else region.name.removesuffix("省").removesuffix("市")
            made.append(f"Which {name} clause implements national item {number}?" if english else f"{name}哪一条落实国家方案第{number}条？")
            break
    leading = Counter(
        agency.name for entry in library.records for note in entry.responsibilities for agency in note.agencies
        if agency.role == "lead" and len(agency.name) >= 3
    )  # fmt: skip
    made += [f"What does {name} lead?" if english else f"{name}牵头哪些任务？" for name, _ in leading.most_common(1)]
    measures = Counter(t.indicator for entry in library.records for t in entry.targets if t.value is not None and len(t.indicator) > 3)
    made += [f"What is the target for {name}?" if english else f"{name}的目标是多少？" for name, _ in measures.most_common(1)]
    return tuple(question for question in made if answers(question, library))
