"""Answers to the competency questions: records with their evidence, best first, and a sentence that says what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from policygraph.align.library import Library
from policygraph.align.wording import stretches
from policygraph.ask.grammar import Understood, document_names, topic_words
from policygraph.ask.refusals import examples, in_year, no_target, out_of_range, refusal, targets_asked
from policygraph.ask.scope import ROLES, compared_as_asked, documents_of, links_of, of_basis, pairs_of, sentence_of
from policygraph.ask.sparql import query_for
from policygraph.errors import NotFoundError
from policygraph.model import Alignment, Clause, Responsibility, TargetLink

Record = dict[str, object]
#: Pairs of clauses whose words are laid side by side in one answer.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What was understood, whether it was answered, the records with their evidence, the same as SPARQL, and a
    message that says it in words or says what was not understood."""

    understood: Mapping[str, object]
    answered: bool
    records: tuple[Record, ...] = ()
    sparql: str = ""
    message: str = ""
    suggestions: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, object]:
        return {
            "understood": dict(self.understood),
            "answered": self.answered,
            "records": [dict(record) for record in self.records],
            "sparql": self.sparql,
            "message": self.message,
            "suggestions": list(self.suggestions),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """Records and the sentence about them, Chinese and English."""

    records: Sequence[Record]
    chinese: str
    english: str


def answer(found: Understood, library: Library) -> Answer:
    """The answer to what was understood; a name that the graph does not hold is said with the choices."""
    known = found.as_dict()
    refused = refusal(found, library, known=found.intent in _ANSWERS)
    if refused is not None:
        shown = examples(library, english=found.english) if found.intent is None else ()
        if shown:
            refused += f" For example: {' '.join(shown)}" if found.english else f"可以这样问：{''.join(shown)}"
        return Answer(known, False, message=refused, suggestions=shown)
    try:
        result = _ANSWERS[found.intent or ""](found, library)
    except NotFoundError as error:
        return Answer(known, False, message=out_of_range(found, library) or str(error))
    message = result.english if found.english else result.chinese
    return Answer(known, True, tuple(result.records), query_for(found, library, result.records), message)


# Records


def clause_record(clause: Clause, library: Library, *, kind: str = "clause", score: float = 1.0) -> Record:
    document = library.documents[clause.document]
    return {
        "kind": kind,
        "document": clause.document,
        "source": document.source,
        "clause": clause.id,
        "start": clause.start,
        "end": clause.end,
        "text": clause.text,
        "score": round(score, 4),
        "citation": library.label(clause),
        "number": document.number,
    }


def link_record(link: Alignment, library: Library, *, lower: bool = True) -> Record:
    """One link, seen from its lower clause (or from the higher one)."""
    source, target = library.clauses[link.source], library.clauses[link.target]
    shown, other = (source, target) if lower else (target, source)
    record = clause_record(shown, library, kind="link", score=link.score)
    return record | {
        "id": link.id,
        "relation": link.relation,
        "method": link.method,
        "verbatim": link.verbatim,
        "other": other.id,
        "other_citation": library.label(other),
        "other_start": other.start,
        "other_end": other.end,
        "other_text": other.text,
        "evidence": [
            {"kind": m.kind, "source_text": m.source_text, "target_text": m.target_text, "weight": m.weight,
             "source_start": m.source_start, "source_end": m.source_end,
             "target_start": m.target_start, "target_end": m.target_end}
            for m in link.evidence
        ],
    }  # fmt: skip


def _leads(notes: Iterable[Responsibility]) -> list[str]:
    notes = list(notes)
    for role in ("lead", "responsible"):
        names = [a.name for note in notes for a in note.agencies if a.role == role and not a.inherited]
        if names:
            return list(dict.fromkeys(names))
    return []


def _said_apart(notes: list[Responsibility]) -> list[Responsibility]:
    """The notes of a clause; what its running text says besides only where it has none."""
    return [note for note in notes if not note.in_text] or notes


# Answers, one an intent


def _implements(found: Understood, library: Library) -> Found:
    if found.items:
        clauses: list[Clause] = []
        for holder in found.holders:
            for item in found.items if library.items(holder) else []:
                clauses += library.item(holder, item)
        if not clauses:
            raise NotFoundError("no such item")
    else:
        named = {name for mention in found.mentions for name in mention.documents}
        clauses = [leaf for clause in found.clauses for leaf in library.leaves(clause)]
        clauses = [clause for clause in clauses if clause.document in named] or clauses
    lower_side = any(pair[0] == clauses[0].document for pair in library.pairs)
    higher_side = any(pair[1] == clauses[0].document for pair in library.pairs)
    up = lower_side and not higher_side
    others = list(found.others)
    if not found.items:
        others = [n for m in found.mentions for n in m.documents if n != clauses[0].document]
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
    records = [link_record(link, library, lower=not up) for link in links]
    asked = library.label(clauses[0]) if len(clauses) == 1 else _item_label(clauses, library)
    if not records:
        records = [clause_record(clause, library, score=1.0) for clause in clauses]
        near = _nearest(clauses, others, library)
        return Found(
            records if not near else [*near],
            f"没有找到落实{asked}的条款" + ("，最接近的如下，但都不足以认定。" if near else "。"),
            f"No clause was found that implements {asked}" + ("; the nearest ones fall short." if near else "."),
        )
    first = records[0]
    each = list({str(record["document"]): str(record["citation"]) for record in reversed(records)}.values())[::-1]
    extra_zh = f"（另有{older}条较早文件的相应条款，不算落实）" if real and older else ""
    if up:
        return Found(records, f"{asked}落实的是{first['citation']}等{len(records)}条。", f"{asked} implements {first['citation']} ({len(records)} found).")  # fmt: skip
    verb = ("落实", "implements") if real else ("对应（文件较早，不算落实）", "corresponds to (an older document, so no implementation)")  # fmt: skip
    return Found(
        records,
        f"{'、'.join(each)}{verb[0]}{asked}，共{len(records)}条{extra_zh}。",
        f"{', '.join(each)} {verb[1]} {asked}; {len(records)} found.",
    )


def _item_text(found: Understood, library: Library) -> Found:
    clauses = [leaf for holder in found.holders for item in found.items for leaf in library.item(holder, item)]
    records = [clause_record(clause, library) for clause in clauses]
    return Found(records, f"{records[0]['citation']}，共{len(records)}段。", f"{records[0]['citation']}: {len(records)} paragraphs.")  # fmt: skip


def _item_lead(found: Understood, library: Library) -> Found:
    """Who leads an item: of the documents that have it, and of no other."""
    records: list[Record] = []
    for holder in found.holders:
        clauses = {leaf.id: leaf for item in found.items for leaf in library.item(holder, item)}
        for note in library.of[holder].responsibilities:
            if note.clause in clauses:
                records.append(
                    clause_record(clauses[note.clause], library, kind="responsibility")
                    | {"id": note.id, "note": note.text, "note_start": note.start, "note_end": note.end,
                       "lead": _leads([note]), "agencies": [{"name": a.name, "role": a.role} for a in note.agencies]}
                )  # fmt: skip
    names = "、".join(dict.fromkeys(name for record in records for name in _strings(record["lead"])))
    return Found(records, f"牵头或负责的是{names}。" if names else "没有写明。", f"Led by {names}." if names else "No lead is named.")  # fmt: skip


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _regrouped(links: Sequence[Alignment]) -> tuple[Alignment, ...]:
    """Links with full ones before partial ones, so that the clause that carries the item comes first."""
    return tuple(sorted(links, key=lambda link: (link.relation != "implements", -link.score, link.source)))


def _item_label(clauses: Sequence[Clause], library: Library) -> str:
    parent = library.clauses.get(clauses[0].parent or "")
    return library.label(parent) if parent is not None else library.label(clauses[0])


def _nearest(clauses: Sequence[Clause], others: Sequence[str], library: Library) -> list[Record]:
    wanted = {clause.id for clause in clauses}
    found: list[Record] = []
    for record in library.links.coverage:
        if record.subject in wanted and (not others or record.document in others):
            for candidate in record.nearest:
                clause = library.clauses.get(candidate.clause)
                if clause is not None:
                    shown = clause_record(clause, library, kind="nearest", score=candidate.score)
                    found.append(shown | {"reason": candidate.reason, "other": record.subject})
    return sorted(found, key=lambda shown: -float(str(shown["score"])))


def _coverage(found: Understood, library: Library, statuses: Sequence[str]) -> list[Record]:
    records = []
    for lower, higher in pairs_of(found, library):
        for record in library.coverage(higher, lower):
            if record.status in statuses:
                clause = library.clauses[record.subject]
                shown = clause_record(clause, library, kind="coverage")
                near = [{"clause": c.clause, "score": c.score, "reason": c.reason} for c in record.nearest]
                records.append(shown | {"status": record.status, "against": record.document, "nearest": near})
    return records


def _absent(found: Understood, library: Library) -> Found:
    every = _coverage(found, library, ("implemented", "partly", "corresponds", "absent"))
    taken_up = {record["clause"] for record in every if record["status"] in ("implemented", "partly")}
    implementing = {record["against"] for record in every if record["status"] in ("implemented", "partly")}
    # a region has not taken a clause up when none of its documents that can implement it does
    absent = {
        record["clause"]: record
        for record in every
        if record["status"] == "absent" and record["clause"] not in taken_up and (not implementing or record["against"] in implementing)
    }
    records = list(absent.values())
    pairs = pairs_of(found, library)
    lower = document_names([a for a in dict.fromkeys(a for a, _ in pairs) if not implementing or a in implementing], library)
    return Found(
        records,
        f"{lower}没有落实的上级条款共{len(records)}条。" if pairs else "这些文件之间没有对齐关系。",
        f"{len(records)} higher clauses are not taken up by {lower}." if pairs else "These documents were not aligned.",
    )


def _new(found: Understood, library: Library) -> Found:
    records = _coverage(found, library, ("new",))
    return Found(
        records,
        f"上级文件中没有对应、属于新增的条款共{len(records)}条。",
        f"{len(records)} clauses are new: no higher clause answers to them.",
    )


def _whole_coverage(found: Understood, library: Library) -> Found:
    records = _coverage(found, library, ("implemented", "partly", "corresponds", "absent"))
    counts = Counter(str(record["status"]) for record in records)
    zh = {"implemented": "落实", "partly": "部分落实", "corresponds": "相应", "absent": "未落实"}
    return Found(
        records,
        "；".join(f"{zh[name]}{counts[name]}条" for name in zh if counts[name]) + "。",
        "; ".join(f"{name} {counts[name]}" for name in zh if counts[name]) + ".",
    )


def _target_record(link: TargetLink, library: Library) -> Record:
    source, target = library.targets[link.source], library.targets[link.target]
    document = library.documents[source.document]
    return {
        "kind": "target_link",
        "id": link.id,
        "document": source.document,
        "source": document.source,
        "clause": source.clause,
        "start": source.start,
        "end": source.end,
        "text": source.text,
        "score": link.score,
        "indicator": source.indicator,
        "citation": library.label(library.clauses[source.clause]),
        "strictness": link.strictness,
        "timing": link.timing,
        "scope": link.scope,
        "reason": link.reason,
        "other": target.id,
        "other_text": target.text,
        "other_start": target.start,
        "other_end": target.end,
        "other_citation": library.label(library.clauses[target.clause]),
        "deadline": source.deadline,
        "other_deadline": target.deadline,
    }


def _compare(found: Understood, library: Library) -> Found:
    records: list[Record] = []
    for lower, higher in pairs_of(found, library):
        links, dropped = library.compare(higher, lower)
        if found.strictness != "dropped":
            records += [_target_record(link, library) for link in links if compared_as_asked(link, found, library)]
        if found.strictness == "dropped" or (found.strictness is None and found.timing is None and not found.indicator):
            for record in (each for each in dropped if each.status == "absent"):
                target = library.targets[record.subject]
                shown = _target_of(target.id, library) | {"kind": "coverage", "status": "absent", "against": lower}
                records.append(shown)
    what = {
        "stricter": ("更严", "stricter"), "looser": ("更宽", "looser"), "equal": ("一致", "equal"),
        "different": ("更严或更宽", "stricter or looser"), "dropped": ("没有对应", "without a counterpart"), None: ("可比", "compared"),
    }[found.strictness]  # fmt: skip
    when = {
        "earlier": ("更早", " and earlier"), "later": ("更晚", " and later"), "different": ("不同", " and earlier or later"),
        None: ("", ""),
    }[found.timing]  # fmt: skip
    if found.timing and found.strictness is None:
        what = ("期限", "due")
        when = (when[0], when[1].removeprefix(" and"))
    return Found(
        records,
        f"{what[0]}{when[0]}的指标共{len(records)}项。" if records else f"没有{what[0]}{when[0]}的指标。",
        f"{len(records)} targets are {what[1]}{when[1]}." if records else f"No target is {what[1]}{when[1]}.",
    )


def _target_of(target_id: str, library: Library) -> Record:
    target = library.targets[target_id]
    return {
        "kind": "target",
        "id": target.id,
        "document": target.document,
        "source": library.documents[target.document].source,
        "clause": target.clause,
        "start": target.start,
        "end": target.end,
        "text": target.text,
        "score": 1.0,
        "indicator": target.indicator,
        "comparator": target.comparator,
        "value": target.value,
        "unit": target.unit,
        "state": target.state,
        "baseline": target.baseline,
        "deadline": target.deadline,
        "hedge": target.hedge,
        "citation": library.label(library.clauses[target.clause]),
    }


def _indicator(found: Understood, library: Library) -> Found:
    records = [_target_of(target.id, library) for target in targets_asked(found, library) if in_year(target, found)]
    if not records:
        raise NotFoundError(no_target(found, library))
    names = "、".join(found.indicator)
    return Found(records, f"{names}的目标共{len(records)}项。", f"{len(records)} targets for {names}.")


_ROLES_SAID = {"lead": "牵头", "support": "配合或参与", "responsible": "负责"}


def _due(found: Understood, library: Library) -> Found:
    roles = ROLES.get(found.role or "")
    records: list[Record] = []
    for name in documents_of(found, library):
        entry = library.of[name]
        notes: dict[str, list[Responsibility]] = {}
        for note in entry.responsibilities:
            notes.setdefault(note.clause, []).append(note)
        for deadline in entry.deadlines:
            if deadline.date is None or found.date and deadline.date > found.date or (found.after and deadline.date <= found.after):
                continue
            here = notes.get(deadline.clause, [])
            mine = [a.role for note in here for a in note.agencies if a.name in found.agency and (roles is None or a.role in roles)]
            if found.agency and not mine:
                continue
            clause = library.clauses[deadline.clause]
            start, end, text = sentence_of(clause, deadline)
            records.append(
                clause_record(clause, library, kind="deadline")
                | {"id": deadline.id, "start": start, "end": end, "text": text, "when": deadline.text,
                   "role": mine[0] if mine else None, "date": deadline.date, "action": deadline.action, "lead": _leads(here)}
            )  # fmt: skip
    who = "、".join(found.agency) + (_ROLES_SAID.get(found.role or "", "") if found.agency else "")
    when = (f"{found.after}后", f"after {found.after}") if found.after else (f"{found.date}前", f"by {found.date}")
    records.sort(key=lambda record: (str(record["date"]), str(record["clause"])))
    return Found(
        records,
        f"{who}{when[0]}到期的共{len(records)}项。",
        f"{len(records)} things are due {when[1]}{f' with {who}' if who else ''}.",
    )


def _agency(found: Understood, library: Library) -> Found:
    roles = ROLES.get(found.role or "")
    records: list[Record] = []
    for name in documents_of(found, library):
        for note in library.of[name].responsibilities:
            mine = [a for a in note.agencies if a.name in found.agency and (roles is None or a.role in roles)]
            if mine:
                clause = library.clauses[note.clause]
                records.append(
                    clause_record(clause, library, kind="responsibility")
                    | {"id": note.id, "role": mine[0].role, "agency": mine[0].name, "note": note.text,
                       "note_start": note.start, "note_end": note.end}
                )  # fmt: skip
    names = "、".join(found.agency)
    zh = _ROLES_SAID.get(found.role or "", "承担")
    return Found(
        records,
        f"{names}{zh}的条款共{len(records)}条。",
        f"{len(records)} clauses where {names} {found.role or 'has a role'}.",
    )


def _topic_lead(found: Understood, library: Library) -> Found:
    """Who answers for a topic: by document, of the clauses headed by it, else of those that speak of it."""
    records: list[Record] = []
    for name in documents_of(found, library) if found.topic else ():
        entry = library.of[name]
        notes: dict[str, list[Responsibility]] = {}
        for note in entry.responsibilities:
            if not all(a.inherited for a in note.agencies):  # its own
                notes.setdefault(note.clause, []).append(note)
        leaves = [clause for clause in entry.clauses if clause.leaf and clause.id in notes]
        words = topic_words(found.topic)
        headed = [[c for c in leaves if word in (c.lead or "") + (c.heading or "")] for word in words]
        spoken = [[c for c in leaves if word in c.text] for word in words]
        hits = next((some for some in headed + spoken if some), [])
        for note in (note for clause in hits for note in _said_apart(notes[clause.id])):
            records.append(
                clause_record(library.clauses[note.clause], library, kind="responsibility")
                | {"id": note.id, "note": note.text, "note_start": note.start, "note_end": note.end, "in_text": note.in_text,
                   "lead": _leads([note]), "agencies": [{"name": a.name, "role": a.role} for a in note.agencies]}
            )  # fmt: skip
    if not records:
        raise NotFoundError(
            "No clause on this topic names an agency; search for its words instead." if found.english
            else f"没有找到写明责任单位的“{found.topic}”条款，可以改用检索。"
        )  # fmt: skip
    said = [f"{record['citation']}：{record['note']}" for record in records[:5]]
    return Found(
        records,
        f"关于{found.topic}、写明责任单位的条款共{len(records)}条。" + "；".join(said) + "。",
        f"{len(records)} clauses on {found.topic} name their agencies. " + "; ".join(said) + ".",
    )


def _partners(found: Understood, library: Library) -> Found:
    together: Counter[str] = Counter()
    first: dict[str, str] = {}
    for name in documents_of(found, library):
        for note in library.of[name].responsibilities:
            names = {agency.name for agency in note.agencies if not agency.inherited}
            if names & set(found.agency):
                for other in names - set(found.agency):
                    together[other] += 1
                    first.setdefault(other, note.clause)
    records = [
        clause_record(library.clauses[first[name]], library, kind="agency", score=count / max(together.values()))
        | {"agency": name, "count": count}
        for name, count in together.most_common()
    ]
    names_said = "、".join(found.agency)
    best = "、".join(f"{name}（{count}）" for name, count in together.most_common(3))
    return Found(records, f"{names_said}合作最多的是{best}。", f"{names_said} works most with {best}.")


def _no_lead(found: Understood, library: Library) -> Found:
    records = []
    for name in documents_of(found, library):
        entry = library.of[name]
        leading = {
            note.clause
            for note in entry.responsibilities
            if any(a.role in ("lead", "responsible") and not a.inherited for a in note.agencies)
        }
        records += [
            clause_record(clause, library)
            for clause in entry.clauses
            if clause.leaf and clause.kind in ("measure", "safeguard") and clause.id not in leading
        ]
    return Found(records, f"没有写明牵头单位的条款共{len(records)}条。", f"{len(records)} clauses name no lead agency.")


def _no_deadline(found: Understood, library: Library) -> Found:
    records = []
    for name in documents_of(found, library):
        entry = library.of[name]
        dated = {deadline.clause for deadline in entry.deadlines}
        records += [
            clause_record(clause, library)
            for clause in entry.clauses
            if clause.leaf and clause.kind in ("measure", "safeguard") and clause.id not in dated
        ]
    return Found(records, f"没有期限的条款共{len(records)}条。", f"{len(records)} clauses have no deadline.")


def _verbatim(found: Understood, library: Library) -> Found:
    records = []
    links = sorted(links_of(found, library), key=lambda link: -link.verbatim)
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


def _wording(found: Understood, library: Library) -> Found:
    wants = found.direction
    records = []
    for link in links_of(found, library):
        for shift in link.shifts:
            if wants in (None, shift.direction):
                records.append(
                    link_record(link, library)
                    | {"kind": "shift", "shift": shift.kind, "direction": shift.direction,
                       "start": shift.source_start, "end": shift.source_end, "text": shift.source_text,
                       "other_start": shift.target_start, "other_end": shift.target_end,
                       "other_text": shift.target_text}
                )  # fmt: skip
    if wants:
        said = {"weaker": ("弱化", "weaker"), "harder": ("加强", "harder")}[wants]
        return Found(records, f"措辞{said[0]}的共{len(records)}处。", f"The wording is {said[1]} in {len(records)} places.")
    weaker = sum(record["direction"] == "weaker" for record in records)
    return Found(
        records,
        f"措辞有变化的共{len(records)}处：弱化{weaker}处，加强{len(records) - weaker}处。",
        f"The wording changes in {len(records)} places: weaker in {weaker}, harder in {len(records) - weaker}.",
    )


def _citations(found: Understood, library: Library) -> Found:
    basis_only = of_basis(found)
    records = []
    for name in documents_of(found, library):
        for citation in library.of[name].citations:
            if basis_only and not citation.basis:
                continue
            clause = library.clauses.get(citation.clause)
            if clause is None:
                continue
            records.append(
                clause_record(clause, library, kind="citation")
                | {"id": citation.id, "start": citation.start, "end": citation.end, "text": citation.text,
                   "title": citation.title, "cited_number": citation.number, "basis": citation.basis,
                   "target": citation.target}
            )  # fmt: skip
    word = "依据" if basis_only else "引用"
    return Found(
        records, f"{word}的文件共{len(records)}处。", f"{len(records)} citations{' of a basis' if basis_only else ''}."
    )


_ANSWERS: Mapping[str, Callable[[Understood, Library], Found]] = {
    "implements": _implements,
    "item_text": _item_text,
    "item_lead": _item_lead,
    "absent": _absent,
    "new": _new,
    "coverage": _whole_coverage,
    "compare": _compare,
    "indicator": _indicator,
    "due": _due,
    "agency": _agency,
    "topic_lead": _topic_lead,
    "partners": _partners,
    "no_lead": _no_lead,
    "no_deadline": _no_deadline,
    "verbatim": _verbatim,
    "wording": _wording,
    "citations": _citations,
}
