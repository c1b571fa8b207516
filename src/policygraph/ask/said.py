"""What answers say: counts of what is listed, names, and the plan itself in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from policygraph.align.library import Library
from policygraph.ask.comparing import (
    compared,
    compared_documents,
    distinct_pairs,
    dropped_targets,
    of_both,
    pair_records,
    sides_of_dropped,
    two_sides,
)
from policygraph.ask.plan import KINDS, Plan
from policygraph.ask.records import Record, clause_record, distinct_targets, target_record
from policygraph.ask.scope import documents_of
from policygraph.ask.topics import alike, headed, measuring, on_topic, speaking
from policygraph.errors import NotFoundError
from policygraph.model import Target, TargetLink
from policygraph.vocabulary.regions import regions

#: Clauses, and names, that a sentence spells out before it leaves the rest to the list.
_SPELT = 5


@dataclass(frozen=True, slots=True)
class Found:
    """Records and the sentence about them, Chinese and English."""

    records: Sequence[Record]
    chinese: str
    english: str


def titles(documents: Iterable[str], library: Library) -> str:
    return "、".join(f"《{library.documents[name].title}》" for name in dict.fromkeys(documents))


def names(items: Iterable[object]) -> str:
    kept = list(dict.fromkeys(str(item) for item in items))
    return "、".join(kept[:_SPELT]) + ("等" if len(kept) > _SPELT else "")


def of_documents(records: Sequence[Record]) -> int:
    return len({record["document"] for record in records})


def span(plan: Plan) -> tuple[str, str]:
    """The period that a plan states, in words with its dates."""
    period = plan.period
    if period is None:
        return "", ""
    if period.left_out:
        rest = span(replace(plan, period=replace(period, left_out=()))) if not period.only_leaves_out else ("", "")
        return f"{rest[0]}{'、' if rest[0] else ''}不含{'、'.join(period.left_out)}年", f"{rest[1]} not in {', '.join(period.left_out)}".strip()
    if period.first is None:
        return f"{period.last}前", f"by {period.last}"
    if period.last is None:
        return f"{period.first}起", f"from {period.first}"
    return f"{period.first}至{period.last}间", f"between {period.first} and {period.last}"


_ROLES = {"lead": ("牵头", "lead"), "support": ("配合或参与", "support"), "responsible": ("负责", "responsible"), "implement": ("落实", "implement")}
_MODALITY = {
    "prohibited": ("禁止（严禁、不得）", "prohibited"), "encouraged": ("鼓励、支持或引导", "encouraged"),
    "exploratory": ("探索或试点", "exploratory"), "mandatory": ("要求做到、不是鼓励或探索", "mandatory"),
}  # fmt: skip


def role_said(role: str | None, *, english: bool = False) -> str:
    return _ROLES[role][english] if role else ""


def modality_said(names_of: Iterable[str], *, english: bool = False) -> str:
    return ("/" if english else "、").join(_MODALITY[name][english] for name in names_of)


def bodies_said(plan: Plan) -> str:
    """The bodies asked for with their roles, as the question puts them."""
    said = []
    for held in plan.bodies:
        only = "只" if held.only else ""
        alone = "单独" if held.alone else ""
        role = "或".join(role_said(name) for name in (held.role, *held.also) if name)
        name = "、".join(held.called) or held.words
        said.append(f"不由{name}{role}" if held.denied and role else f"没有{name}参加" if held.denied else f"{name}{only}{alone}{role}")
    return ("且" if plan.jointly else "或").join(said)


def plan_in_words(plan: Plan, library: Library) -> str:
    """What is looked for, and every condition, in one line."""
    facts = {"number": "文号", "issuers": "发文单位", "date": "印发日期", "effective": "施行日期"}
    parts = [("查", KINDS[plan.asked].called if plan.asked else ""), ("文件", titles(plan.holders + plan.others if plan.items else plan.documents, library))]
    parts += [("问", "、".join(facts[name] for name in plan.answer if name in facts) if plan.asked == "fact" else "")]
    parts += [("条目", "、".join(f"第{n}条" for n in plan.items)), ("条款", names(library.label(c) for c in plan.clauses))]
    parts += [("关于", plan.topic.words if plan.topic else ""), ("指标", names(plan.indicators)), ("地点", "或".join(plan.places))]
    parts += [("单位", bodies_said(plan)), ("期限", span(plan)[0]), ("性质", modality_said(plan.modality))]
    parts += [("数值", "、".join(f.words for f in plan.figures)), ("单位名", plan.unit or ""), ("只要", "有数字的" if plan.quantified else "没有数字的" if plan.quantified is False else "")]
    parts += [("措辞", plan.hedge or ""), ("取", {"soonest": "最早的", "latest": "最晚的"}.get(plan.extreme or "", ""))]
    return "；".join(f"{name}：{value}" for name, value in parts if value)


# Comparisons


_STRICT = {
    "stricter": ("更严", "stricter"), "looser": ("更宽", "looser"), "equal": ("一致", "equal"), "different": ("更严或更宽", "stricter or looser"),
    "dropped": ("没有对应", "without a counterpart"), None: ("可比", "compared"),
}  # fmt: skip
_TIMED = {"earlier": ("更早", "earlier"), "later": ("更晚", "later"), "different": ("更早或更晚", "earlier or later")}


def compare(plan: Plan, library: Library) -> Found:
    """Targets side by side: of a document and the higher one, or of two documents of one level."""
    if plan.strictness == "dropped":
        return _dropped(plan, library)
    if len(plan.sides) > 1 and plan.topic:
        return _both_sides(plan, library) if plan.strictness or plan.timing or all(of_both(plan, library)) else _both_clauses(plan, library)
    pairs = distinct_pairs(compared(plan, library), library)
    records = pair_records(pairs, library)
    what, english = _STRICT[plan.strictness]
    if plan.timing:
        timed = _TIMED[plan.timing]
        what = f"期限{timed[0]}" if plan.strictness is None else f"{what}且期限{timed[0]}"
        english = f"due {timed[1]}" if plan.strictness is None else f"{english} and {timed[1]}"
    who = who_en = ""
    if len(plan.sides) > 1:
        beside = compared_documents(*two_sides(plan), library)
        ours, theirs = (list(dict.fromkeys(pair[side] for pair in beside)) for side in (0, 1))
        who, who_en = f"{titles(ours, library)}与{titles(theirs, library)}相比，", f"{titles(ours, library)} beside {titles(theirs, library)}: "
    elif plan.mentions and plan.mentions[0].national and plan.named(national=False):
        beside_of = (titles(plan.named(national=False), library), titles(plan.named(national=True), library))
        who, who_en = f"{beside_of[0]}与{beside_of[1]}相比，", f"{beside_of[0]} beside {beside_of[1]}: "
    if not pairs:
        return _none(plan, library, who=(who, who_en), what=(what, english))
    everything = plan.strictness is None and plan.timing is None and plan.topic is None and len(plan.sides) < 2
    if everything:
        records += [target_record(t, library) | {"kind": "coverage", "status": "absent"} for t in dropped_targets(plan, library)]
    more = sum(record["kind"] == "coverage" for record in records)
    rest = f"；另有{more}项没有对应" if more else ""
    return Found(
        records,
        f"{who}{what}的指标共{len(pairs)}项，两边的原文都列出{rest}。",
        f"{who_en}{len(pairs)} targets are {english}; both texts are listed{f'; {more} more have no counterpart' if more else ''}.",
    )


def _none(plan: Plan, library: Library, *, who: tuple[str, str], what: tuple[str, str]) -> Found:
    """That none is as asked, of how many that can be compared; where none can be, what each side sets."""
    comparable = [
        link
        for link in distinct_pairs(compared(replace(plan, strictness=None, timing=None), library), library)
        if link.strictness != "not_comparable"
    ]
    if comparable:
        return Found(
            (), f"{who[0]}可比的{len(comparable)}项指标里没有{what[0]}的。", f"{who[1]}Of {len(comparable)} targets that compare none is {what[1]}."
        )
    set_for = [
        target_record(target, library)
        for target, _ in distinct_targets(measuring(plan.topic, documents_of(plan, library), library) if plan.topic else (), library)
    ]
    if not set_for:
        raise NotFoundError(
            "No targets of these documents can be compared; search for them instead." if plan.english
            else f"{who[0]}没有可以互相比较的指标，可以改用检索。"
        )  # fmt: skip
    said = "；".join(f"{titles([str(r['document'])], library)}{r['text']}" for r in set_for[:_SPELT])
    more = "等" if len(set_for) > _SPELT else ""
    return Found(
        set_for,
        f"{who[0]}没有判定为{what[0]}的指标，两边口径不同或没有比对；写明的有{len(set_for)}项：{said}{more}。",
        f"{who[1]}None was found to be {what[1]}: the sides measure different things or were not compared. Set are: {said}.",
    )


def _dropped(plan: Plan, library: Library) -> Found:
    targets = dropped_targets(plan, library)
    records = [target_record(target, library) | {"kind": "coverage", "status": "absent"} for target in targets]
    if len(plan.sides) > 1 and not plan.named(national=True):
        beside = compared_documents(*sides_of_dropped(plan), library)
        one, other = (titles((pair[side] for pair in beside), library) for side in (0, 1))
        return Found(
            records,
            f"{one}有、在{other}里没有找到对应的指标共{len(records)}项。",
            f"{len(records)} targets of {one} have no counterpart in {other}.",
        )
    return Found(
        records,
        f"没有对应{'数字' if plan.quantified else ''}的指标共{len(records)}项。" if records else "每一项指标都有对应。",
        f"{len(records)} targets are without a counterpart." if records else "No target is without a counterpart.",
    )


def _both_sides(plan: Plan, library: Library) -> Found:
    """What each of two sides sets for one thing, and which is stricter where the two can be compared."""
    ours, theirs = of_both(plan, library)
    labels = [_label(side, library) for side in two_sides(plan)]
    if not ours and not theirs:
        raise NotFoundError(f"两边都没有“{plan.topic.words if plan.topic else ''}”的目标，可以改用检索。")
    said = []
    for label, records in zip(labels, (ours, theirs), strict=True):
        said.append(f"{label}：{names(r['text'] for r in records)}" if records else f"{label}没有这项目标")
    links = distinct_pairs(compared(replace(plan, strictness=None, timing=None), library), library)
    verdict = _verdict(links, labels, library) if ours and theirs else ""
    chinese = "；".join(said) + (f"。{verdict}。" if verdict else "。")
    english = "; ".join(said) + "." + (f" {verdict}." if verdict else "")
    return Found([*ours, *theirs], chinese, english)


def _one_measure(one: Target, other: Target) -> bool:
    """Whether two targets measure what one name stands for; a verdict needs no less."""
    a, b = alike(one.indicator), alike(other.indicator)
    return a in b or b in a


def _both_clauses(plan: Plan, library: Library) -> Found:
    """What each of two sides says of a topic, where not both set targets for it."""
    records: list[Record] = []
    said = []
    for documents in two_sides(plan):
        chosen = on_topic(plan.topic, speaking(plan.topic, library, documents), library) if plan.topic else ()
        chosen = headed(plan.topic, chosen, library) or chosen if plan.topic else ()
        own = [clause_record(clause, library) for clause in chosen]
        records += own
        said.append(f"{_label(documents, library)}{len(own)}条" + (f"（{names(r['citation'] for r in own)}）" if own else ""))
    words = plan.topic.words if plan.topic else ""
    if not records:
        raise NotFoundError(f"两边都没有关于“{words}”的条款，可以改用检索。")
    return Found(records, f"关于{words}的条款：{'，'.join(said)}。", f"Clauses on {words}: {', '.join(said)}.")


def _verdict(links: Sequence[TargetLink], labels: Sequence[str], library: Library) -> str:
    """Which side is stricter, of each thing that can be compared; nothing where the sides measure different things."""
    word = {"stricter": f"{labels[0]}更严", "looser": f"{labels[1]}更严", "equal": "两边一致"}
    said = dict.fromkeys(
        f"{library.targets[link.source].indicator}{word[link.strictness]}"
        for link in links
        if link.strictness in word and link.scope == "same" and _one_measure(library.targets[link.source], library.targets[link.target])
    )
    return "，".join(said) if said else "两边口径不同，不能直接比较"


def _label(documents: Sequence[str], library: Library) -> str:
    codes = {library.documents[name].region for name in documents}
    code = codes.pop() if len(codes) == 1 else None
    return regions()[code].short if code and code in regions() else titles(documents, library)
