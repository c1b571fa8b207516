"""Answers from links between documents: what implements what, what is left out or new, where the wording changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from policygraph.align.library import Library
from policygraph.align.wording import stretches
from policygraph.ask.comparing import distinct_pairs, only_here, pair_records
from policygraph.ask.plan import Plan
from policygraph.ask.records import Record, clause_record, link_record, note_record
from policygraph.ask.said import Found, names, titles
from policygraph.ask.scope import documents_of, links_of, pairs_of
from policygraph.ask.topics import headed, on_topic, speaking
from policygraph.errors import NotFoundError
from policygraph.model import Alignment, Clause, Shift

#: Pairs of clauses whose words are laid side by side in one answer.
_SHOWN = 20


def implements(plan: Plan, library: Library) -> Found:
    """What implements an item, a clause or a topic of a higher document; or what a lower one implements."""
    if plan.items:
        clauses: list[Clause] = []
        for holder in plan.holders:
            for item in plan.items if library.items(holder) else []:
                clauses += library.item(holder, item)
        if not clauses:
            raise NotFoundError("no such item")
        others = list(plan.others)
        asked = library.label(clauses[0]) if len(clauses) == 1 else _item_label(clauses, library)
    elif plan.clauses:
        clauses = [leaf for clause in plan.clauses for leaf in library.leaves(clause)]
        clauses = [clause for clause in clauses if clause.document in plan.documents] or clauses
        others = [name for name in plan.documents if name != clauses[0].document]
        asked = library.label(clauses[0]) if len(clauses) == 1 else _item_label(clauses, library)
    else:
        return _by_topic(plan, library)
    lower_side = any(pair[0] == clauses[0].document for pair in library.pairs)
    higher_side = any(pair[1] == clauses[0].document for pair in library.pairs)
    return _linked(clauses, asked, others, library, up=lower_side and not higher_side)


def _by_topic(plan: Plan, library: Library) -> Found:
    """By topic: 四川怎么落实入河排污口整治 asks what is below, 落实的是国家第几条 what is above."""
    higher = list(plan.named(national=True)) or sorted({pair[1] for pair in library.pairs})
    lower = list(plan.named(national=False)) or sorted({pair[0] for pair in library.pairs})
    up = plan.whole_items and _asks_above(plan)
    side = lower if up else higher
    chosen = _best_on(plan, side, library)
    words = plan.topic.words if plan.topic else ""
    if not chosen:
        own = _best_on(plan, higher if up else lower, library)
        if not own:
            raise NotFoundError(f"没有找到关于“{words}”的条款，可以改用检索。" if not plan.english else "No clause speaks of it; search for its words instead.")
        records = [clause_record(clause, library) for clause in own]
        return Found(
            records,
            f"{titles(side, library)}没有关于{words}的条款；{titles((c.document for c in own), library)}关于它的条款共{len(records)}条。",
            f"{titles(side, library)} has no clause on it; {len(records)} clauses are on it elsewhere.",
        )
    return _linked(chosen, f"{titles(dict.fromkeys(c.document for c in chosen), library)}关于{words}的条款", higher if up else lower, library, up=up)


def _asks_above(plan: Plan) -> bool:
    """Whether the higher document's clause is asked for: it is named after 落实, the topic before it."""
    nation = next((m for m in plan.mentions if m.national), None)
    own = next((m for m in plan.mentions if not m.national), None)
    text = plan.question.lower()
    if plan.english:
        return nation is not None and bool(text.startswith("which")) and text.find("national") < 40 and "does" in text
    if nation is None or own is None:
        return nation is not None
    after = max((text.rfind(word) for word in ("第几条", "哪一条", "哪条", "哪一项", "哪项", "第几项", "哪几条")), default=-1)
    holder = max((m for m in (nation, own) if m.start < after), key=lambda m: m.start, default=nation)
    return holder.national


def _best_on(plan: Plan, documents: Sequence[str], library: Library) -> list[Clause]:
    if plan.topic is None:
        return []
    found = on_topic(plan.topic, speaking(plan.topic, library, documents), library)
    by_heading = headed(plan.topic, found, library)
    return list(by_heading or found)


def _linked(clauses: Sequence[Clause], asked: str, others: Sequence[str], library: Library, *, up: bool) -> Found:
    if up:
        links = library.implemented(clauses)
        links = tuple(x for x in links if not others or library.clauses[x.target].document in others)
    else:
        links = library.implementing(clauses, documents=others or None)
    real = tuple(link for link in links if link.relation != "corresponds")
    older = len(links) - len(real)
    links = real or links
    if not up:
        links = _regrouped(links)
    records = _one_a_clause([link_record(link, library, lower=not up) for link in links])
    if not records:
        near = _nearest(clauses, others, library)
        return Found(
            near or [clause_record(clause, library) for clause in clauses],
            f"没有找到落实{asked}的条款" + ("，最接近的如下，但都不足以认定。" if near else "。"),
            f"No clause was found that implements {asked}" + ("; the nearest ones fall short." if near else "."),
        )
    extra = f"（另有{older}条较早文件的相应条款，不算落实）" if real and older else ""
    each = [(relation, [r for r in records if r["relation"] == relation]) for relation in _SAID]
    told = [(relation, of) for relation, of in each if of]
    total = f"，共{len(records)}条{extra}。" if len(told) == 1 else f"，合计{len(records)}条{extra}。"
    if up:
        parts = [f"{_SAID[relation][0].format(asked='' if relation != 'parallels' else '之')}的是{names(r['citation'] for r in of)}{_counted(of, told)}" for relation, of in told]
        english = [f"{_SAID[relation][1]} {of[0]['citation']} ({len(of)} found)" for relation, of in told]
        return Found(records, f"{asked}{'，'.join(parts)}{total}", f"{asked} {', '.join(english)}.")
    parts = [
        f"{'、'.join(_citations(of))}{_SAID[relation][0].format(asked='' if at else asked)}{_counted(of, told)}"
        for at, (relation, of) in enumerate(told)
    ]
    english = [f"{', '.join(_citations(of))} {_SAID[relation][1]} {asked}; {len(of)} found" for relation, of in told]
    return Found(records, f"{'，'.join(parts)}{total}", f"{'. '.join(english)}.")


#: How a headline says a relation, the strongest first: what is carried out in part is never called carried out.
_SAID = {
    "implements": ("落实{asked}", "implements"),
    "partially_implements": ("部分落实{asked}", "partially implements"),
    "corresponds": ("对应（文件较早，不算落实）{asked}", "corresponds to (an older document, so no implementation)"),
    "parallels": ("与{asked}并列（互不隶属，不算落实）", "runs parallel to (neither stands above the other)"),
}


def _counted(records: Sequence[Record], told: Sequence[object]) -> str:
    return f"（{len(records)}条）" if len(told) > 1 else ""


def _citations(records: Sequence[Record]) -> list[str]:
    """The citation of the best record of each document, in the order of the records."""
    return list({str(record["document"]): str(record["citation"]) for record in reversed(records)}.values())[::-1]


def _one_a_clause(records: list[Record]) -> list[Record]:
    """A clause that is linked several times is listed once, by its best link."""
    kept: dict[object, Record] = {}
    for record in records:
        first = kept.setdefault(record["clause"], record | {"others": []})
        if first["other"] != record["other"] and isinstance(first["others"], list):
            first["others"].append(record["other"])
    return list(kept.values())


def _regrouped(links: Sequence[Alignment]) -> tuple[Alignment, ...]:
    """Links with full ones before partial ones, so that the clause that carries the item comes first."""
    return tuple(sorted(links, key=lambda link: (link.relation != "implements", -link.score, link.source)))


def _item_label(clauses: Sequence[Clause], library: Library) -> str:
    parent = library.clauses.get(clauses[0].parent or "")
    return library.label(parent) if parent is not None else library.label(clauses[0])


def _nearest(clauses: Sequence[Clause], others: Sequence[str], library: Library) -> list[Record]:
    wanted = {clause.id for clause in clauses}
    found: list[Record] = []
    for record in library.covering(*wanted):
        if not others or record.document in others:
            for candidate in record.nearest:
                clause = library.clauses.get(candidate.clause)
                if clause is not None:
                    shown = clause_record(clause, library, kind="nearest", score=candidate.score)
                    found.append(shown | {"reason": candidate.reason, "other": record.subject})
    return sorted(found, key=lambda shown: -float(str(shown["score"])))


def item_text(plan: Plan, library: Library) -> Found:
    clauses = [leaf for holder in plan.holders for item in plan.items for leaf in library.item(holder, item)]
    records = [clause_record(clause, library) for clause in clauses]
    return Found(records, f"{records[0]['citation']}，共{len(records)}段。", f"{records[0]['citation']}: {len(records)} paragraphs.")


def item_lead(plan: Plan, library: Library) -> Found:
    """Who leads an item: of the documents that have it, and of no other."""
    records: list[Record] = []
    for holder in plan.holders:
        clauses = {leaf.id: leaf for item in plan.items for leaf in library.item(holder, item)}
        for note in library.of[holder].responsibilities:
            if note.clause in clauses:
                records.append(note_record(note, clauses[note.clause], library))
    leading = [name for record in records if isinstance(record["lead"], list) for name in record["lead"]]
    said = "、".join(dict.fromkeys(leading))
    return Found(records, f"牵头或负责的是{said}。" if said else "没有写明。", f"Led by {said}." if said else "No lead is named.")


# Coverage


def _coverage(plan: Plan, library: Library, statuses: Sequence[str]) -> list[Record]:
    wanted = {c.id for c in on_topic(plan.topic, speaking(plan.topic, library), library)} if plan.topic else None
    records = []
    for lower, higher in pairs_of(plan, library):
        for record in library.coverage(higher, lower):
            if record.status in statuses and (wanted is None or record.subject in wanted):
                clause = library.clauses[record.subject]
                shown = clause_record(clause, library, kind="coverage")
                near = [{"clause": c.clause, "score": c.score, "reason": c.reason} for c in record.nearest]
                records.append(shown | {"status": record.status, "against": record.document, "nearest": near})
    return records


_STATUSES = ("implemented", "partly", "corresponds", "absent")


def absent(plan: Plan, library: Library) -> Found:
    """The clauses that lower documents do not take up, whole items where items are asked for; of two documents of one
    level, what one has and the other has not."""
    if len(plan.sides) > 1 and plan.lacking and not any(m.national for m in plan.mentions):
        return _absent_beside(plan, library)
    every = _coverage(plan, library, _STATUSES)
    taken_up = {record["clause"] for record in every if record["status"] in ("implemented", "partly")}
    implementing = {record["against"] for record in every if record["status"] in ("implemented", "partly")}
    # a region has not taken a clause up when none of its documents that can implement it does
    missing = {
        record["clause"]: record
        for record in every
        if record["status"] == "absent" and record["clause"] not in taken_up and (not implementing or record["against"] in implementing)
    }
    pairs = pairs_of(plan, library)
    lower = titles([a for a, _ in pairs if not implementing or a in implementing], library)
    if not pairs:
        raise NotFoundError("这些文件之间没有对齐关系。" if not plan.english else "These documents were not aligned.")
    if plan.whole_items:
        records = _whole_items(missing, library)
        return Found(
            records,
            f"{lower}整条没有落实的上级条目共{len(records)}条。",
            f"{len(records)} whole items are not taken up by {lower}.",
        )
    records = list(missing.values())
    about = f"关于{plan.topic.words}、" if plan.topic else ""
    return Found(
        records,
        f"{about}{lower}没有落实的上级条款共{len(records)}条。",
        f"{len(records)} higher clauses are not taken up by {lower}.",
    )


def _whole_items(missing: dict[object, Record], library: Library) -> list[Record]:
    """The items of which no paragraph is taken up."""
    found: dict[str, Record] = {}
    for name, record in missing.items():
        clause = library.clauses[str(name)]
        parent = library.clauses.get(clause.parent or "")
        item = parent if parent is not None and parent.number and parent.type in ("item", "subitem", "article") else clause
        leaves = library.leaves(item)
        if item.id not in found and all(leaf.id in missing for leaf in leaves):
            span = {"start": leaves[0].start, "end": leaves[-1].end, "text": "".join(leaf.text for leaf in leaves)}
            found[item.id] = record | span | {"item": item.number, "citation": library.label(item if item.heading else leaves[0])}
    return list(found.values())


def _absent_beside(plan: Plan, library: Library) -> Found:
    there = plan.lacking
    here = tuple(name for side in plan.sides for name in side.documents if name not in there)
    records = only_here(here, there, library)
    return Found(
        records,
        f"{titles(here, library)}有、{titles(there, library)}没有相应内容的条款共{len(records)}条。",
        f"{len(records)} clauses of {titles(here, library)} have nothing like them in {titles(there, library)}.",
    )


def new(plan: Plan, library: Library) -> Found:
    records = _coverage(plan, library, ("new",))
    return Found(
        records,
        f"上级文件中没有对应、属于新增的条款共{len(records)}条。",
        f"{len(records)} clauses are new: no higher clause answers to them.",
    )


def coverage(plan: Plan, library: Library) -> Found:
    records = _coverage(plan, library, _STATUSES)
    if not records:
        raise NotFoundError("没有找到这样的对应关系，可以改用检索。" if not plan.english else "No such coverage is held; search instead.")
    counts = Counter(str(record["status"]) for record in records)
    zh = {"implemented": "落实", "partly": "部分落实", "corresponds": "相应", "absent": "未落实"}
    return Found(
        records,
        "；".join(f"{zh[name]}{counts[name]}条" for name in zh if counts[name]) + "。",
        "; ".join(f"{name} {counts[name]}" for name in zh if counts[name]) + ".",
    )


# Words


def verbatim(plan: Plan, library: Library) -> Found:
    records = []
    links = sorted(links_of(plan, library), key=lambda link: -link.verbatim)
    for link in links[:_SHOWN]:
        source, target = library.clauses[link.source], library.clauses[link.target]
        matched = [match.source_text for match in link.evidence]
        shares = Counter[str]()
        parts = []
        for part in stretches(source.text, target.text, matched=matched):
            shares[part.kind] += part.end - part.start
            parts.append({"kind": part.kind, "text": source.text[part.start : part.end]})
        total = max(sum(shares.values()), 1)
        records.append(
            link_record(link, library) | {"stretches": parts} | {k: round(shares[k] / total, 3) for k in ("adapted", "new")}
        )
    return Found(
        records,
        f"共{len(links)}对条款，按照抄比例由高到低列出{len(records)}对。",
        f"{len(links)} pairs of clauses, by the share taken word for word; {len(records)} are shown.",
    )


def _shift_records(link: Alignment, shift: Shift, library: Library) -> tuple[Record, Record]:
    """A change of wording as two records, the lower text and the higher one, each with the other beside it."""
    pair = f"{link.id}:{shift.source_start}:{shift.target_start}"
    shared = {"kind": "shift", "shift": shift.kind, "direction": shift.direction, "pair": pair}
    lower = {"start": shift.source_start, "end": shift.source_end, "text": shift.source_text}
    higher = {"start": shift.target_start, "end": shift.target_end, "text": shift.target_text}
    return (
        link_record(link, library) | shared | lower | {f"other_{name}": value for name, value in higher.items()},
        link_record(link, library, lower=False) | shared | higher | {f"other_{name}": value for name, value in lower.items()} | {"side": "other"},
    )


def _shifts(plan: Plan, library: Library) -> list[tuple[Alignment, Shift]]:
    return [(link, shift) for link in links_of(plan, library) if link.relation != "corresponds" for shift in link.shifts]


def wording(plan: Plan, library: Library) -> Found:
    """Where the wording is weaker or harder than above; with the targets that are looser or stricter, unless only the
    wording is asked for."""
    wants = plan.direction
    shifts = [(link, shift) for link, shift in _shifts(plan, library) if wants in (None, shift.direction)]
    pairs = {record["pair"]: None for link, shift in shifts for record in _shift_records(link, shift, library)}
    records = [record for link, shift in shifts for record in _shift_records(link, shift, library)]
    targets: list[Record] = []
    if wants and not any(word in plan.question for word in ("措辞", "语气", "用词", "口气", "表述", "wording", "tone")):
        side = {"weaker": "looser", "harder": "stricter"}[wants]
        links = [link for lower, higher in pairs_of(plan, library) for link in library.compare(higher, lower)[0] if link.strictness == side]
        targets = pair_records(distinct_pairs(links, library), library)
    also = f"，目标{'更宽' if wants == 'weaker' else '更严'}的共{len(targets) // 2}项" if targets else ""
    also_en = f", and {len(targets) // 2} targets are {'looser' if wants == 'weaker' else 'stricter'}" if targets else ""
    if not pairs and not targets:
        return Found((), "没有找到这样的措辞变化。", "No such change of wording was found.")
    if wants:
        said = {"weaker": ("弱化", "weaker"), "harder": ("加强", "harder")}[wants]
        return Found(
            [*records, *targets],
            f"措辞{said[0]}的共{len(pairs)}处{also}，两边的原文都列出。",
            f"The wording is {said[1]} in {len(pairs)} places{also_en}; both texts are listed.",
        )
    weaker = sum(shift.direction == "weaker" for _, shift in shifts)
    harder = sum(shift.direction == "harder" for _, shift in shifts)
    return Found(
        records,
        f"措辞有变化的共{len(pairs)}处：弱化{weaker}处，加强{harder}处，两边的原文都列出。",
        f"The wording changes in {len(pairs)} places: weaker in {weaker}, harder in {harder}; both texts are listed.",
    )


_FORCE = {"encouraged": ("鼓励", "支持", "倡导", "引导"), "exploratory": ("探索", "试点", "研究"), "prohibited": ("禁止", "严禁", "不得")}


def force(plan: Plan, library: Library) -> Found:
    """Where a demand that is of one force above is of another below: 国家必须、到重庆只是鼓励."""
    if plan.topic:
        return _force_on_topic(plan, library)
    lower = next((m for m in plan.modality if m != "mandatory"), None)
    weaker = _said_last(plan) != "mandatory"
    shifts = [
        (link, shift)
        for link, shift in _shifts(plan, library)
        if shift.kind == "modality" and shift.direction == ("weaker" if weaker else "harder")
    ]
    words = _FORCE.get(lower or "", ())
    kept = [
        (link, shift)
        for link, shift in shifts
        if _soft(shift.source_text if weaker else shift.target_text, words) and not _soft(shift.target_text if weaker else shift.source_text, words)
    ]
    records = [record for link, shift in kept for record in _shift_records(link, shift, library)]
    way = ("由必须变为" if weaker else "由") + (words[0] if words else "鼓励") + ("" if weaker else "变为必须")
    return Found(
        records,
        f"{way}的共{len(kept)}处，两边的原文都列出。" if kept else f"没有找到{way}的地方。",
        f"{len(kept)} demands change so; both texts are listed." if kept else "No demand changes so.",
    )


def _soft(text: str, words: Sequence[str]) -> bool:
    return any(word in text[:6] for word in words)


def _said_last(plan: Plan) -> str:
    """The force that the question names last: what a demand has become."""
    text = plan.question
    places = {name: max((text.rfind(word) for word in (*_FORCE.get(name, ()), *(("必须", "强制", "硬性") if name == "mandatory" else ()))), default=-1) for name in plan.modality}
    return max(places, key=lambda name: places[name], default="mandatory")


def _force_on_topic(plan: Plan, library: Library) -> Found:
    """What each side says of one thing, by the sentences that name it; which is stronger is left to the reader."""
    records: list[Record] = []
    for name in documents_of(plan, library):
        for task in library.of[name].tasks:
            if plan.topic and any(all(word in task.text for word in thing) for thing in plan.topic.things):
                clause = library.clauses[task.clause]
                records.append(
                    clause_record(clause, library, kind="task")
                    | {"id": task.id, "start": task.start, "end": task.end, "text": task.text, "modality": task.modality}
                )  # fmt: skip
    words = plan.topic.words if plan.topic else ""
    if not records:
        raise NotFoundError(f"没有找到写明“{words}”的任务，可以改用检索。")
    zh = {"mandatory": "要求", "encouraged": "鼓励", "exploratory": "探索试点", "prohibited": "禁止"}
    said = "；".join(f"{record['citation']}（{zh[str(record['modality'])]}）：{record['text']}" for record in records[:6])
    return Found(
        records,
        f"写明{words}的任务共{len(records)}项，按原文列出。{said}。",
        f"{len(records)} directives name it; their texts are listed.",
    )
