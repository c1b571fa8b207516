"""Answers that list what documents say themselves: clauses, targets, what is due, who answers for it, facts, citations."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

from policygraph.align.library import Library
from policygraph.ask.facts import fact_records, issuers
from policygraph.ask.naming import speaks_of, where_said
from policygraph.ask.plan import Figure, Plan
from policygraph.ask.question import fold_question
from policygraph.ask.records import (
    Record,
    Texts,
    clause_record,
    deadline_record,
    distinct_targets,
    leads,
    note_record,
    stretch_of,
    target_record,
    task_record,
    text_of,
)
from policygraph.ask.refusals import no_target
from policygraph.ask.said import Found, bodies_said, modality_said, names, of_documents, span, titles
from policygraph.ask.scope import (
    PROVISIONS,
    documents_of,
    has_number,
    notes_in,
    notes_of,
    of_basis,
    roles_held,
    selected,
)
from policygraph.ask.topics import best_measured, headed, measuring, mostly_on_topic, says
from policygraph.errors import NotFoundError
from policygraph.model import Citation, Clause, Responsibility, Target, Task
from policygraph.release.due import notes_beside

_LITERAL = ("鼓励", "支持", "倡导", "探索", "试点", "禁止", "严禁", "不得")


def _about(plan: Plan) -> str:
    """What a plan is about, as a sentence says it: 关于黑臭水体的."""
    parts = [f"关于{plan.topic.words}" if plan.topic else "", f"提到{'或'.join(plan.places)}" if plan.places else ""]
    if plan.asked == "clauses" and plan.quantified is not None:
        parts.append("有数字目标" if plan.quantified else "没有数字目标")
    parts += ["有期限" if plan.dated and not plan.period and plan.asked == "clauses" else ""]
    parts += ["写明牵头单位" if plan.led else "", f"{span(plan)[0]}有期限" if plan.period and plan.asked == "clauses" else ""]
    return "、".join(part for part in parts if part)


def clauses(plan: Plan, library: Library, texts: Texts | None) -> Found:
    """The clauses on a topic or a place; of one modality, the very directives."""
    if plan.modality:
        return _of_modality(plan, library)
    chosen = list(plan.clauses) or selected(plan, library)
    if plan.period or plan.dated:
        dated = {d.clause for c in chosen for d in library.of[c.document].deadlines if not plan.period or plan.period.holds(d.date)}
        chosen = [clause for clause in chosen if clause.id in dated]
    if plan.quantified is not None:
        kinds = ("measure", "safeguard", "article", "goal") if plan.quantified is False else PROVISIONS
        chosen = [c for c in chosen if c.kind in kinds and _figured(c.id, c.document, library) == plan.quantified]
    if plan.led:
        noted = cache(lambda document: notes_of(library.of[document]))
        chosen = [clause for clause in chosen if leads(noted(clause.document).get(clause.id, []))]
    records = [_narrowed(plan, clause, library, texts) for clause in chosen]
    about = _about(plan)
    if not records and plan.topic:
        return _mostly(plan, library, texts)
    if not records:
        raise NotFoundError(_nothing(plan, about))
    cited = names(record["citation"] for record in records)
    without = [m for m in plan.mentions if not {record["document"] for record in records} & set(m.documents)]
    none = f"；{'、'.join(m.label for m in without)}的文件里没有找到" if without else ""
    return Found(
        records,
        f"{about}的条款共{len(records)}条，见{of_documents(records)}份文件：{cited}{none}。",
        f"{len(records)} clauses in {of_documents(records)} documents speak of {plan.topic.words if plan.topic else '、'.join(plan.places) or about}: {cited}.",
    )


def tasks(plan: Plan, library: Library) -> Found:
    """What documents set out to do: the clauses that hold their tasks, in the order of the text."""
    chosen = [clause for clause in selected(plan, library) if clause.id in {task.clause for task in library.of[clause.document].tasks}]
    if not chosen:
        raise NotFoundError(f"{titles(documents_of(plan, library), library)}里没有找到任务，可以改用检索。")
    records = [clause_record(clause, library) for clause in chosen]
    listed = names(record["citation"] for record in records)
    return Found(
        records,
        f"{titles(documents_of(plan, library), library)}写有任务的条款共{len(records)}条：{listed}。",
        f"{len(records)} clauses of {titles(documents_of(plan, library), library)} hold tasks: {listed}.",
    )


def _mostly(plan: Plan, library: Library, texts: Texts | None) -> Found:
    """Clauses with most of what a long question describes, and in the other documents named those linked with them."""
    wide = selected(replace(plan, topic=None), library)
    found = list(mostly_on_topic(plan.topic, wide, library)) if plan.topic else []
    lacking = set(plan.documents) - {clause.document for clause in found}
    ids = {clause.id for clause in found}
    linked = [
        library.clauses[end]
        for link in sorted({link.id: link for link in (*library.up(*ids), *library.down(*ids))}.values(), key=lambda link: link.id)
        if link.relation in ("implements", "partially_implements")
        for end, other in ((link.source, link.target), (link.target, link.source))
        if other in ids and library.clauses[end].document in lacking
    ]
    if not found:
        raise NotFoundError(_nothing(plan, _about(plan)))
    records = [_narrowed(plan, clause, library, texts) for clause in dict.fromkeys((*found, *linked))]
    return Found(
        records,
        f"没有哪一条写全“{plan.topic.words if plan.topic else ''}”；写到其中多数的，以及与之有落实关系的条款共{len(records)}条：{names(r['citation'] for r in records)}。",
        f"No clause has all of it; {len(records)} clauses have most, or are linked with those.",
    )


def _nothing(plan: Plan, about: str) -> str:
    return f"No clause speaks of {about}; search for its words instead." if plan.english else f"这些文件里没有找到{about}的条款，可以改用检索。"


def _narrowed(plan: Plan, clause: Clause, library: Library, texts: Texts | None) -> Record:
    """A clause; where a place is asked for, of it the sentences from the first to the last that name it."""
    record = clause_record(clause, library)
    text = text_of(clause, texts)
    if not plan.places or text is None:
        return record
    spots = [span for place in plan.places for span in where_said(text, place)]
    if not spots:
        return record
    start, end, said = stretch_of(clause, clause.start + min(spots)[0], clause.start + max(spots)[1], texts)
    return record | {"start": start, "end": end, "text": said}


def _of_modality(plan: Plan, library: Library) -> Found:
    chosen = {clause.id for clause in selected(replace(plan, modality=()), library)}
    tasks = [
        task
        for name in documents_of(plan, library)
        for task in library.of[name].tasks
        if task.modality in plan.modality and task.clause in chosen
    ]
    said = [word for word in _LITERAL if word in plan.question]
    literal = [task for task in tasks if any(word in task.text for word in said)]
    if said and literal and "禁止" not in said and "严禁" not in said and "不得" not in said:
        tasks = literal
    if plan.topic:
        topic = plan.topic
        spoken = [t for t in tasks if any(all(word in fold_question(t.text) for word in thing) for thing in topic.things)]
        headings = {c.id for c in headed(topic, (library.clauses[t.clause] for t in tasks), library)}
        tasks = spoken or [t for t in tasks if t.clause in headings]
    if plan.places:
        tasks = [t for t in tasks if any(speaks_of(t.text, place) for place in plan.places)]
    written = [figure.words for figure in plan.figures]
    tasks = [t for t in tasks if not written or any(word in fold_question(t.text) for word in written)]
    records = [task_record(t, library) | {"lead": leads(notes_of(library.of[t.document]).get(t.clause, []))} for t in _distinct(tasks)]
    about = _about(plan)
    literally = bool(said) and all(any(word in task.text for word in said) for task in tasks)
    what = f"写明“{'、'.join(said)}”" if literally else modality_said(plan.modality)
    if not records:
        raise NotFoundError(
            f"No directive of that kind{' speaks of ' + about if about else ''} is held; search for its words instead." if plan.english
            else f"{titles(documents_of(plan, library), library)}里没有找到{about}{'、' if about else ''}{what}的任务，可以改用检索。"
        )  # fmt: skip
    return Found(
        records,
        f"{about}{'、' if about else ''}{what}的任务共{len(records)}项，见{of_documents(records)}份文件。",
        f"{len(records)} directives are {modality_said(plan.modality, english=True)}, in {of_documents(records)} documents.",
    )


def _distinct(tasks: list[Task]) -> list[Task]:
    kept: dict[tuple[int, int, str], Task] = {}
    for task in tasks:
        kept.setdefault((task.start, task.end, task.document), task)
    return list(kept.values())


# Targets


def indicator(plan: Plan, library: Library) -> Found:
    """The targets that the question names, by what they measure, by their number or by the clause they stand in."""
    targets = targets_asked(plan, library)
    by_clause = False
    if not targets and plan.topic and not plan.figures and not plan.unit and not plan.places:
        targets, by_clause = _in_headed_clauses(plan, library), True
    targets = [target for target in targets if meets(target, plan, library)]
    if plan.topic and targets and not by_clause:
        targets = best_measured(plan.topic, targets)
    shown = distinct_targets(targets, library)
    records = [target_record(target, library) | {"also": [again.clause for again in others]} for target, others in shown]
    if not records and plan.figures and not any(figure.side for figure in plan.figures):
        return _without_figure(plan, library)
    if not records:
        raise NotFoundError(no_target(plan, library))
    said = names(dict.fromkeys(target.indicator for target, _ in shown))
    where = f"“{plan.topic.words}”条款里的目标（{said}）" if by_clause and plan.topic else said
    values = "；".join(f"{titles([t.document], library)}{t.text}{_due(t)}{_by_whom(t, plan, library)}" for t, _ in shown[:3])
    return Found(
        records,
        f"{where}的目标共{len(records)}项：{values}{'等' if len(shown) > 3 else ''}。",
        f"{len(records)} targets for {said}: {values}.",
    )


def _without_figure(plan: Plan, library: Library) -> Found:
    """Where no target has the figure asked for: the figures that are set for the matter, else the clauses that write it."""
    figures = "、".join(figure.words for figure in plan.figures)
    others = [t for t in targets_asked(plan, library) if meets(t, replace(plan, figures=()), library)] if plan.topic else []
    written = [figure.words.replace("％", "%") for figure in plan.figures]
    clauses_with = [c for c in selected(replace(plan, topic=None), library) if any(word in fold_question(c.text) for word in written)]
    if plan.topic:
        clauses_with = [c for c in clauses_with if says(plan.topic, c.text)]
    if others and not clauses_with:
        shown = [target for target, _ in distinct_targets(others, library)]
        values = "；".join(f"{titles([t.document], library)}{t.text}{_due(t)}{_by_whom(t, plan, library)}" for t in shown[:3])
        return Found(
            [target_record(target, library) for target in shown],
            f"没有找到数值是{figures}的；写明的是：{values}{'等' if len(shown) > 3 else ''}，共{len(shown)}项。",
            f"No target has {figures}; set are: {values}.",
        )
    if not clauses_with:
        raise NotFoundError(no_target(plan, library))
    return Found(
        [clause_record(clause, library) for clause in clauses_with],
        f"没有数值是{figures}的目标；写到“{figures}”的条款共{len(clauses_with)}条。",
        f"No target has {figures}; {len(clauses_with)} clauses write it.",
    )


def _by_whom(target: Target, plan: Plan, library: Library) -> str:
    """Who answers for a target, where that is asked with its number."""
    if "lead" not in plan.answer:
        return ""
    who = leads(notes_of(library.of[target.document]).get(target.clause, []))
    return f"，{'、'.join(who)}牵头或负责" if who else "，没有写明由谁牵头或负责"


def _due(target: Target) -> str:
    return f"（{target.deadline[:4]}年）" if target.deadline else ""


def targets_asked(plan: Plan, library: Library) -> list[Target]:
    """The targets that measure what the question speaks of, in the documents it is about, of whatever year."""
    every = measuring(plan.topic, documents_of(plan, library), library)
    if plan.places:
        every = [t for t in every if any(_is_of(t, place) for place in plan.places)]
    return every


def _is_of(target: Target, place: str) -> bool:
    """Whether a target is for a place: its own words name it."""
    return speaks_of(f"{target.area or ''}{target.indicator}{target.text}", place)


def _in_headed_clauses(plan: Plan, library: Library) -> list[Target]:
    chosen = selected(replace(plan, bodies=()), library)
    on = {clause.id: clause.document for clause in (headed(plan.topic, chosen, library) if plan.topic else chosen)}
    holding = set(on.values())
    documents = [name for name in documents_of(plan, library) if name in holding]
    return [target for name in documents for target in library.of[name].targets if target.clause in on]


def meets(target: Target, plan: Plan, library: Library) -> bool:
    """Whether a target has the year, the number, the unit and the body that the question states."""
    if plan.period and not plan.period.holds(target.deadline):
        return False
    if plan.figures and not any(_is_figure(target, figure) for figure in plan.figures):
        return False
    if plan.unit and plan.unit not in (target.unit or ""):
        return False
    if plan.quantified and not (target.value is not None or has_number(target.text)):
        return False
    if plan.hedge and plan.hedge not in (target.hedge or "") and plan.hedge not in target.text:
        return False
    if plan.numbered and not isinstance(target.value, (int, float)):
        return False
    if plan.bodies:
        return bool(roles_held(plan, notes_of(library.of[target.document]).get(target.clause, ())))
    return True


def _is_figure(target: Target, figure: Figure) -> bool:
    unit = figure.unit.replace("％", "%").removeprefix("个")
    if not isinstance(target.value, (int, float)):
        return False
    value = float(target.value)
    holds = {"over": value > figure.value, "under": value < figure.value, "least": value >= figure.value, "most": value <= figure.value}
    if figure.side is not None and not holds[figure.side]:
        return False
    if figure.side is None and abs(value - figure.value) > 1e-9:
        return False
    own = target.unit or ""
    own = own.removeprefix("个") if len(own) > 1 else own
    if figure.side is not None:
        return own == unit
    return not own or own.startswith(unit) or unit.startswith(own)


def _figured(clause: str, document: str, library: Library) -> bool:
    return any(t.clause == clause and (t.value is not None or has_number(t.text)) for t in library.of[document].targets)


# What is due


def due(plan: Plan, library: Library, texts: Texts | None) -> Found:
    """What is due in a period, soonest first: each statement of a date, or with bodies each of their clauses."""
    if plan.bodies:
        return agency(plan, library)
    narrowed = plan.topic or plan.places or plan.items or plan.clauses
    clauses_on = selected(plan, library) if narrowed else []
    chosen = {clause.id for clause in clauses_on} if narrowed else None
    on_heading = {clause.id for clause in headed(plan.topic, clauses_on, library)} if plan.topic else set()
    records: list[Record] = []
    for name in documents_of(plan, library):
        notes = notes_of(library.of[name])
        for deadline in library.of[name].deadlines:
            if plan.period and not plan.period.holds(deadline.date):
                continue
            if chosen is not None and deadline.clause not in chosen:
                continue
            record = deadline_record(deadline, library, notes_beside(deadline, notes.get(deadline.clause, [])), texts)
            if chosen is not None and plan.topic and deadline.clause not in on_heading and not says(plan.topic, str(record["text"])):
                continue
            if plan.led and not record["lead"]:
                continue
            if not plan.quantified or has_number(str(record["text"])):
                records.append(record)
    if plan.places:  # 县级城市到2025年，其中长三角提前一年: the date of the part that names the place
        beside = [r for r in records if any(speaks_of(part, p) for p in plan.places for part in str(r["text"]).split("，") if str(r["when"]) in part)]
        records = beside or records
    records = _one_a_place(sorted(records, key=lambda record: (str(record["date"] or "9999"), str(record["document"]), str(record["clause"]))))
    if plan.extreme and records:
        edge = (min if plan.extreme == "soonest" else max)(str(record["date"] or "9999") for record in records if record["date"] or plan.extreme == "soonest")
        records = [record for record in records if str(record["date"]) == edge]
    about = _about(plan)
    if plan.topic and not records:
        raise NotFoundError(
            f"No date is set for {about} {span(plan)[1]}." if plan.english else f"没有找到{about}的条款写明的{span(plan)[0]}期限，可以改用检索。"
        )
    if not records:
        return Found((), f"没有找到{about}{'，' if about else ''}{span(plan)[0]}到期的事项。", f"Nothing is due {span(plan)[1]}.")
    if plan.extreme:
        which, which_en = ("最早", "soonest") if plan.extreme == "soonest" else ("最晚", "last")
        return Found(
            records,
            f"{about}{'，' if about else ''}{span(plan)[0]}期限{which}的是{records[0]['date']}，共{len(records)}项。",
            f"The {which_en} date is {records[0]['date']}: {len(records)} things are due.",
        )
    return Found(
        records,
        f"{about}{'，' if about else ''}{span(plan)[0]}到期的共{len(records)}项。" if plan.period else f"{about}写明期限的共{len(records)}项。",
        f"{len(records)} things are due {span(plan)[1]}.",
    )


def _one_a_place(records: list[Record]) -> list[Record]:
    kept: dict[tuple[object, ...], Record] = {}
    for record in records:
        kept.setdefault((record["document"], record["start"], record["end"], record["date"]), record)
    return list(kept.values())


# Bodies


def agency(plan: Plan, library: Library) -> Found:
    """The clauses in which bodies have the roles asked for, one record each, with what is due there where it is asked."""
    records = _held_records(plan, library) or _held_records(plan, library, loosely=True)
    who, english = bodies_said(plan), ", ".join(plan.agency)
    looser = _looser(plan, library) if not records else ""
    when = f"、{span(plan)[0]}有期限" if plan.period else "、有期限" if plan.dated else ""
    if plan.period and plan.period.only_leaves_out:
        when = f"、{'、'.join(plan.period.left_out)}年没有期限"
    when += "" if plan.quantified is None else "、有数字目标" if plan.quantified else "、没有数字目标"
    when += f"、写明{modality_said(plan.modality)}" if plan.modality else ""
    if plan.bodies and all(held.denied for held in plan.bodies):
        who = f"写明由谁牵头或负责、{who}"
    if not records:
        return Found((), f"没有找到{_about(plan)}{who}{when}的条款。{looser}", f"No clause is one that {english} {plan.role or 'has a role in'}.")
    about = f"{_about(plan)}，" if plan.topic or plan.places else ""
    return Found(
        records,
        f"{about}{who or '有关单位'}{'' if plan.role or any(held.denied for held in plan.bodies) else '承担'}{when}的条款共{len(records)}条，见{titles((str(r['document']) for r in records), library)}。",
        f"{len(records)} clauses where {english} {plan.role or 'has a role'}{' ' + span(plan)[1] if plan.period else ''}.",
    )


def _held_records(plan: Plan, library: Library, *, loosely: bool = False) -> list[Record]:
    records: list[Record] = []
    noted = cache(lambda document: notes_in(plan, document, library, loosely=loosely))
    timed = bool(plan.period or plan.dated)
    for clause in selected(plan, library, kinds=(*PROVISIONS, "preamble", "principle"), loosely=loosely):
        notes = noted(clause.document).get(clause.id, [])
        roles = roles_held(plan, notes, loosely=loosely)
        own_dates = [d for d in library.of[clause.document].deadlines if d.clause == clause.id] if timed else []
        deadlines = [d for d in own_dates if plan.period is None or plan.period.holds(d.date)]
        left_out = plan.period is not None and plan.period.only_leaves_out
        if left_out and len(deadlines) < len(own_dates) or timed and not left_out and not deadlines:
            continue
        if plan.quantified is not None and _figured(clause.id, clause.document, library) != plan.quantified:
            continue
        if plan.modality and not any(t.clause == clause.id and t.modality in plan.modality for t in library.of[clause.document].tasks):
            continue
        note = next((n for n in notes if any(a.name in roles for a in n.agencies)), notes[0])
        own = note_record(note, clause, library) | {"role": next(iter(roles.values()), None), "agency": next(iter(roles), None), "roles": roles}
        if plan.period and deadlines:
            first = min(deadlines, key=lambda d: d.date or "9999")
            own |= {"kind": "deadline", "date": first.date, "action": first.action, "when": first.text, "lead": leads(notes)}
        records.append(own)
    return records


def _looser(plan: Plan, library: Library) -> str:
    """How much there is in other roles, where there is nothing in the one asked for."""
    counts = []
    if len(plan.bodies) > 1 or any(held.denied for held in plan.bodies):
        return ""
    for role, word in (("lead", "牵头"), ("responsible", "负责"), ("support", "配合或参与")):
        lesser = replace(plan, bodies=tuple(replace(held, role=role, only=False, alone=False, also=()) for held in plan.bodies), jointly=False)
        if role != plan.role and plan.role in ("lead", "responsible", "support") and not (role == "lead" and plan.role == "responsible") and (found := _held_records(lesser, library)):
            counts.append(f"{word}的有{len(found)}条")
    return f"其中{'，'.join(counts)}。" if counts else ""


def topic_lead(plan: Plan, library: Library) -> Found:
    """Who answers for a topic: by document, of the clauses headed by it, else of those that speak of it."""
    if not (plan.topic or plan.places or plan.clauses):
        raise NotFoundError("谁负责什么？请写明事项。" if not plan.english else "Who answers for what? Name the matter.")
    records: list[Record] = []
    with_note: dict[str, Responsibility] = {}
    for name in documents_of(plan, library):
        for note in library.of[name].responsibilities:
            own = not all(agency.inherited for agency in note.agencies)
            if own and (note.clause not in with_note or with_note[note.clause].in_text > note.in_text):
                with_note[note.clause] = note  # what running text says besides, only where there is no note
    chosen = [clause for clause in selected(plan, library) if clause.id in with_note]
    if plan.topic:
        by_heading = {c.document for c in headed(plan.topic, chosen, library)}
        kept = set(headed(plan.topic, chosen, library))
        chosen = [c for c in chosen if c in kept or c.document not in by_heading]
    records = [note_record(with_note[clause.id], clause, library) for clause in chosen]
    about = plan.topic.words if plan.topic else "、".join(plan.places) or names(library.label(c) for c in plan.clauses)
    if not records:
        raise NotFoundError(
            "No clause on this topic names an agency; search for its words instead." if plan.english
            else f"没有找到写明责任单位的“{about}”条款，可以改用检索。"
        )  # fmt: skip
    said = [f"{record['citation']}：{record['note']}" for record in records[:5]]
    return Found(
        records,
        f"关于{about}、写明责任单位的条款共{len(records)}条。" + "；".join(said) + "。",
        f"{len(records)} clauses on {about} name their agencies. " + "; ".join(said) + ".",
    )


def partners(plan: Plan, library: Library) -> Found:
    together: Counter[str] = Counter()
    first: dict[str, str] = {}
    for name in documents_of(plan, library):
        for note in library.of[name].responsibilities:
            if not any(held.means(agency) for held in plan.bodies for agency in note.agencies if not agency.inherited):
                continue
            for agency in {a.name for a in note.agencies if not a.inherited and not any(h.means(a) for h in plan.bodies)}:
                together[agency] += 1
                first.setdefault(agency, note.clause)
    records = [
        clause_record(library.clauses[first[name]], library, kind="agency", score=count / max(together.values()))
        | {"agency": name, "count": count}
        for name, count in together.most_common()
    ]
    who = "、".join(plan.agency)
    best = "、".join(f"{name}（{count}）" for name, count in together.most_common(3))
    return Found(records, f"{who}合作最多的是{best}。", f"{who} works most with {best}.")


def no_lead(plan: Plan, library: Library) -> Found:
    records = []
    for name in documents_of(plan, library):
        leading = {
            note.clause
            for note in library.of[name].responsibilities
            if any(a.role in ("lead", "responsible") and not a.inherited for a in note.agencies)
        }
        dated = {deadline.clause for deadline in library.of[name].deadlines} if plan.dated is not None else set()
        chosen = (c for c in _measures(plan, name, library) if plan.dated is None or (c.id in dated) == plan.dated)
        records += [clause_record(c, library) for c in chosen if c.id not in leading]
    when = "" if plan.dated is None else "有期限、" if plan.dated else "没有期限、"
    return Found(records, f"{_narrowing(plan)}{when}没有写明牵头单位的条款共{len(records)}条。", f"{len(records)} clauses name no lead agency.")


def no_deadline(plan: Plan, library: Library) -> Found:
    records = []
    for name in documents_of(plan, library):
        dated = {deadline.clause for deadline in library.of[name].deadlines}
        undated = [c for c in _measures(plan, name, library) if c.id not in dated]
        if plan.led:
            undated = [c for c in undated if leads(notes_of(library.of[name]).get(c.id, []))]
        records += [clause_record(c, library) for c in undated]
    return Found(records, f"{_narrowing(plan)}没有期限的条款共{len(records)}条。", f"{len(records)} clauses have no deadline.")


def _narrowing(plan: Plan) -> str:
    said = "、".join(part for part in (_about(replace(plan, led=plan.led or None)), bodies_said(plan)) if part)
    return f"{said}、" if said else ""


def _measures(plan: Plan, document: str, library: Library) -> list[Clause]:
    chosen = selected(plan, library, kinds=("measure", "safeguard"))
    return [clause for clause in chosen if clause.document == document]


# Documents


def fact(plan: Plan, library: Library, texts: Texts | None) -> Found:
    """Facts of the documents named, each with the place that says it."""
    asked = [name for name in plan.answer if name in ("number", "issuers", "date", "effective")]
    records: list[Record] = []
    said: list[str] = []
    words = {"number": "文号", "issuers": "发文单位", "date": "印发日期", "effective": "施行日期"}
    documents = [name for name in documents_of(plan, library) if not plan.topic or says(plan.topic, library.documents[name].title)]
    if not documents and plan.topic:
        raise NotFoundError(
            f"No document is called {plan.topic.words}." if plan.english else f"没有题名写着“{plan.topic.words}”的文件，可以改用检索。"
        )
    for name in documents:
        document = library.documents[name]
        records += fact_records(document, asked, library, texts=texts)
        values = {"number": document.number, "date": document.date, "effective": document.effective, "issuers": "、".join(issuers(document))}
        told = [f"{words[fact]}{_told(fact, values[fact], len(issuers(document)))}" for fact in asked]
        said.append(f"《{document.title}》{'，'.join(told)}")
    if not records:
        raise NotFoundError("；".join(said) + "。")
    return Found(records, "；".join(said) + "。", "; ".join(said) + ".")


def _told(fact: str, value: str | None, issuers: int) -> str:
    if not value:
        return "：文件里没有写明"
    return f"：{value}" + (f"（共{issuers}家）" if fact == "issuers" and issuers > 1 else "")


def citations(plan: Plan, library: Library) -> Found:
    """What the documents cite, one record for each place; the sentence counts instruments."""
    basis_only = of_basis(plan)
    records: list[Record] = []
    for name in documents_of(plan, library):
        for citation in library.of[name].citations:
            clause = library.clauses.get(citation.clause)
            if clause is None or (basis_only and not citation.basis) or ("laws" in plan.answer and not _is_law(citation.title)):
                continue
            if plan.topic and not says(plan.topic, f"{citation.title} {citation.number or ''}"):
                continue
            records.append(_citation_record(citation, library))
    word = "依据" if basis_only else "引用"
    if plan.topic and not records:
        raise NotFoundError(f"没有引用名为“{plan.topic.words}”的文件。" if not plan.english else "No instrument of that name is cited.")
    instruments = {str(record["title"]).removeprefix("中华人民共和国") for record in records}
    if plan.topic and not plan.mentions:  # who cites it is asked
        by = titles(dict.fromkeys(str(record["document"]) for record in records), library)
        return Found(
            records,
            f"{word}{names(sorted(instruments))}的文件共{of_documents(records)}份（{len(records)}处）：{by}。",
            f"{of_documents(records)} documents cite {names(sorted(instruments))}, in {len(records)} places: {by}.",
        )
    return Found(
        records,
        f"{word}的文件共{len(instruments)}件（{len(records)}处）：{names(sorted(instruments))}。" if records else f"没有{word}文件。",
        f"{len(instruments)} instruments in {len(records)} citations{' of a basis' if basis_only else ''}.",
    )


def cited(plan: Plan, library: Library) -> Found:
    """Who cites the documents asked for, of those named beside them, else of all; one record for each place."""
    citing = [name for name in documents_of(plan, library) if name not in plan.cited] or [n for n in library.documents if n not in plan.cited]
    records = [
        _citation_record(citation, library)
        for name in citing
        for citation in library.of[name].citations
        if citation.target in plan.cited and citation.clause in library.clauses
    ]
    what = titles(plan.cited, library)
    if not records:
        raise NotFoundError(
            f"None of the {len(citing)} documents asked cites {what}." if plan.english else f"现有的{len(citing)}份文件里没有找到引用{what}的。"
        )
    by = titles(dict.fromkeys(str(record["document"]) for record in records), library)
    return Found(
        records,
        f"引用{what}的文件共{of_documents(records)}份（{len(records)}处）：{by}。",
        f"{of_documents(records)} documents cite {what}, in {len(records)} places: {by}.",
    )


def _citation_record(citation: Citation, library: Library) -> Record:
    return clause_record(library.clauses[citation.clause], library, kind="citation") | {
        "id": citation.id, "start": citation.start, "end": citation.end, "text": citation.text, "title": citation.title,
        "cited_number": citation.number, "basis": citation.basis, "target": citation.target,
    }  # fmt: skip


def _is_law(title: str) -> bool:
    return title.endswith(("法", "条例", "规定", "办法", "法典"))
