"""Reading a question: every condition that its words state, what kind of record is asked for, and what was not understood.

No language model, and no pattern for a whole question: each condition is read wherever it stands, by the words of
`words.toml` and by the names that the release itself holds, so that order, courtesy and company do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from policygraph.align.library import Library
from policygraph.ask.bodies import counterparts, name_bodies
from policygraph.ask.cues import SIDES, Cues, compares, direction, most, said, strictness, timing, unused
from policygraph.ask.naming import attach_items, name_documents, name_items, name_places
from policygraph.ask.plan import Asked, Figure, Held, Mention, Plan, Side
from policygraph.ask.question import Sheet, fold_question, word_list, words
from policygraph.ask.times import name_period
from policygraph.ask.topics import read_topic, slip_of, slip_of_asking, vocabulary
from policygraph.columns import LEAST_HEADING, MOST_HEADING
from policygraph.model import Clause

#: What of a question can be taken back, by the names under which it is shown; items and documents are taken back before.
_TAKEN_BACK: Mapping[str, Mapping[str, Any]] = {
    "agency": {"bodies": ()}, "indicator": {"indicators": ()}, "clauses": {"clauses": ()}, "date": {"period": None},
    "role": {}, "strictness": {"strictness": None}, "timing": {"timing": None}, "direction": {"direction": None},
    "topic": {"topic": None, "indicators": ()}, "place": {"places": ()}, "modality": {"modality": ()}, "figure": {"figures": ()},
    "unit": {"unit": None}, "quantified": {"quantified": None}, "hedge": {"hedge": None}, "extreme": {"extreme": None},
}  # fmt: skip
_FIGURE = re.compile(
    r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>%|％|个?百分点|[百千万亿]*(?:吨|平方公里|平方千米|公里|千米|亩|公顷|立方米|座|个|条|家|人|户|处|元|微克|毫克|辆|套|只|项目)[^,，。?？的是\s]{0,4}?(?=[,，。?？的是\s]|$|[㐀-鿿]))"
)
#: A slip of the pen is told by the characters around it: so many on each side, and a stretch of at least so many in all.
_AROUND = 6
_LEAST_SLIP = 4


def understand(
    question: str, library: Library, *, without: Collection[str] = (), after: Plan | None = None
) -> tuple[Plan, ...]:
    """What is asked, one plan for each part of the question; `after` is the plan of the question before, whose conditions
    hold on where a follow-up (那重庆呢？) states none of that kind. `without` is taken back: names of what was
    understood, and ids of documents."""
    text = fold_question(question)
    if after is not None and (turned := _turned_round(question, text, after)):
        return turned
    plans = _parts(question, text, library, without)
    slips = tuple(found for plan in plans for found in _slips(plan, library))
    if slips:
        for said, meant in slips:
            text = text.replace(said, meant)
        again = _parts(question, text, library, without)
        if sum(len(plan.unread) for plan in again) < sum(len(plan.unread) for plan in plans):
            plans = [replace(plan, corrected=slips) for plan in again]
    if after is not None:
        plans = [_follow(plan, after, library) for plan in plans]
    return tuple(plans)


def _turned_round(question: str, text: str, before: Plan) -> tuple[Plan, ...]:
    """The comparison before with its sides changed: 反过来呢."""
    if before.asked != "compare" or len(before.sides) < 2 or not re.fullmatch(words("turned")["round"], text):
        return ()
    first, second = before.sides[:2]
    return (replace(before, question=f"{second.label}比{first.label}", mentions=tuple(reversed(before.mentions))),)


def _slips(plan: Plan, library: Library) -> list[tuple[str, str]]:
    """Words with one wrong character, with what they are meant for."""
    known, found = vocabulary(library), []
    for word in plan.unread:
        if len(word) > 1 and not plan.english:
            continue  # a word of the language is meant as it stands
        stretch = next((loose for loose in plan.loose if word in loose), word)
        at = stretch.find(word)
        around = [
            stretch[begin:end]
            for begin in range(max(0, at - _AROUND), at + 1)
            for end in range(min(len(stretch), at + len(word) + _AROUND), at + len(word) - 1, -1)
            if end - begin >= _LEAST_SLIP
        ]
        pairs = [stretch[i : i + 2] for i in (at, at - 1) if i >= 0]
        asking = next(((said, slip) for said in pairs if (slip := slip_of_asking(said))), None)
        meant = asking or next(((said, slip) for said in around if (slip := slip_of(said, known))), None)
        if meant:
            found.append(meant)
    return list(dict.fromkeys(found))


# Parts


_AND_THIS = re.compile(r"(?P<first>.+?)[,，;；。？?]那?(?P<then>[^,，;；。？?]{1,14})呢[？?。]*")


def _parts(question: str, text: str, library: Library, without: Collection[str]) -> list[Plan]:
    if (both := _AND_THIS.fullmatch(text)) and _kind_of_asking(both["first"]):
        first = _parts(question, both["first"], library, without)
        return [*first, _follow(_read(question, both["then"], library, without), first[-1], library)]
    if beside := _each_of_its_own(question, text, library, without):
        return beside
    whole = _read(question, text, library, without)
    segments = _asking_segments(text)
    if len(segments) < 2 or whole.asked in ("compare", "absent", "new", "wording", "force", "verbatim", "coverage"):
        return [whole]
    parts = [_read(question, segment, library, without) for segment in segments]
    filled: list[Plan] = []
    for i, part in enumerate(parts):
        for other in (*reversed(parts[:i]), *parts[i + 1 :]):
            part = _fill(part, other)
        filled.append(replace(part, asked=_decide_again(part, library)))
    return _joined(filled, whole)


def _each_of_its_own(question: str, text: str, library: Library, without: Collection[str]) -> list[Plan]:
    """Parts that ask each of other documents' bodies: 四川水利厅牵头几条，重庆水利局牵头几条."""
    pieces = [piece for piece in re.split("[,，;；。?？]", text) if piece.strip()]
    if len(pieces) < 2 or not all(_kind_of_asking(piece) for piece in pieces):
        return []
    parts = [_read(question, piece, library, without) for piece in pieces]
    if not all(part.mentions and part.bodies for part in parts) or len({part.documents for part in parts}) < len(parts):
        return []
    return parts


def _joined(parts: list[Plan], whole: Plan) -> list[Plan]:
    """Parts that ask the same are one; facts of one document are asked together; who leads is a field of what is due."""
    kept: list[Plan] = []
    for part in parts:
        same = next((k for k in kept if _same(k, part)), None)
        if same is not None:
            kept[kept.index(same)] = replace(same, answer=tuple(dict.fromkeys((*same.answer, *part.answer))))
        elif part.asked in ("topic_lead", None) and kept and kept[-1].asked == "due" and "lead" in part.answer:
            kept[-1] = replace(kept[-1], answer=(*kept[-1].answer, "lead"), unread=(*kept[-1].unread, *part.unread))
        else:
            kept.append(part)
    return kept if len(kept) > 1 else [replace(kept[0], unread=tuple(dict.fromkeys((*kept[0].unread, *whole.unread))))] if kept else [whole]


def _same(one: Plan, other: Plan) -> bool:
    if one.asked == other.asked == "fact":
        return one.documents == other.documents
    return replace(one, answer=(), counted=False, loose=()) == replace(other, answer=(), counted=False, loose=())


def _fill(part: Plan, other: Plan) -> Plan:
    """What a part leaves out and another states: whose documents, and on what."""
    if not part.mentions and not part.holders:
        part = replace(part, mentions=other.mentions, missing=part.missing or other.missing)
    if not part.items and other.items:
        part = replace(part, items=other.items, holders=other.holders, others=other.others)
    if part.topic is None and not part.places and not part.bodies and not part.items and not part.clauses:
        part = replace(part, topic=other.topic, indicators=other.indicators, places=other.places, clauses=other.clauses)
    return part


def _asking_segments(text: str) -> list[str]:
    """The parts of a question that ask each something of another kind; what asks nothing goes with the next part."""
    pieces = [piece for piece in re.split(r"[,，;；?？。!！]|、(?=[^、]{0,8}(?:谁|哪[天年个里]|什么|何时|多少))", text) if piece and piece.strip()]
    segments: list[str] = []
    kinds: list[frozenset[str]] = []
    waiting = ""
    for piece in pieces:
        kind = _kind_of_asking(piece)
        if not kind:
            waiting += piece + ","
        elif kinds and kind == kinds[-1] and not waiting or kind == {"count"} and segments:
            segments[-1] += "," + piece
        else:
            segments.append(waiting + piece)
            kinds.append(kind)
            waiting = ""
    if waiting and segments:
        segments[-1] += "," + waiting
    split = [part for segment in segments for part in _split_by_and(segment)]
    return split if len(split) > 1 else [text]


def _split_by_and(segment: str) -> list[str]:
    """English parts: who leads it and what must be done."""
    match = re.search(r"\band (?=who\b|what\b|when\b|how\b|which\b|by when)", segment)
    if match and _kind_of_asking(segment[: match.start()]):
        return [segment[: match.start()], segment[match.end() :]]
    return [segment]


def _kind_of_asking(piece: str) -> frozenset[str]:
    found = {name for name in ("who", "how_much", "when", "where") if re.search(words("asks")[name], piece)}
    found |= {"fact" for name, pattern in words("fact").items() if name != "documents" and re.search(pattern, piece)}
    if not found and re.search(words("asks")["what"], piece):
        found = {"what"}
    if re.fullmatch(r"(?:一共|总共|共)?(?:有)?几[家条项个]", piece):
        return frozenset({"count"})
    if found - {"who", "when"} and "fact" in found:
        found = {"fact"}
    return frozenset(found)


# One part


def _read(question: str, text: str, library: Library, without: Collection[str]) -> Plan:
    sheet = Sheet(text)
    known = vocabulary(library)
    named = name_documents(sheet, library, without=without)
    items = () if "items" in without else name_items(sheet, named.mentions)
    beyond = sheet.all("beyond")
    bodies = name_bodies(sheet, named.mentions, library)
    period = name_period(sheet)
    clauses = _named_clauses(sheet, library)
    places = name_places(sheet)
    governed = _government(sheet)
    figures = _figures(sheet, known)
    facts = _facts(sheet)
    unit = _unit(sheet)
    hedge = _hedge(sheet)
    extreme = sheet.first("extreme")
    sheet.says(words("courtesy")["english" if sheet.english else "chinese"])
    dated, led, quantified = _flags(sheet)
    role = [name for name in sheet.all("role") if name != "implement"]
    cues = Cues(
        asks=frozenset(sheet.all("asks")), facts=facts, beyond=beyond, relations=frozenset(sheet.all("relation")),
        compares=compares(sheet) if not facts else frozenset(), forces=frozenset(sheet.all("force")),
        modality=sheet.all("modality"), number_absent=bool(re.search(words("compare")["number"], sheet.free)),
        absent=said(words("relation")["absent"], sheet), bodies=said(words("bodies")["asked"], sheet), into=said(words("turned")["into"], sheet),
        relative=tuple(filter(None, (said(words("compare")[side], sheet) for side in SIDES))),
        most=most(sheet),
    )  # fmt: skip
    if figures and "implements" not in cues.relations:
        sheet.says("(?<!不)是|不是(?=[^,，]*[吗么]\\s*[?]?$)|指|提出|定为?")
    topic, unread = read_topic(sheet, known)
    if topic and (places or bodies.held or period) and all(word in word_list("weak", "plain") for thing in topic.things for word in thing):
        topic = None  # 广安要治理什么 asks of a place, not of 治理
    plan = Plan(
        question=question, english=sheet.english, mentions=named.mentions, missing=tuple(named.missing),
        items=tuple(dict.fromkeys(item.number for item in items)), clauses=clauses, topic=topic, places=places,
        bodies=bodies.held, jointly=bodies.jointly, period=period, dated=dated, led=led, quantified=quantified,
        modality=cues.modality, figures=figures, unit=unit, unread=(*unread, *bodies.unknown), hedge=hedge, extreme=extreme,
        called=_called(bodies.held), numbered=_numbered(text, cues),
        strictness=strictness(cues), timing=timing(cues), direction=direction(cues),
        lacking=_lacking(sheet, named.mentions), cited=_cited(sheet.text, named.mentions) if facts else (), implementing="implements" in cues.relations, asking=bool(cues.asks or cues.relations or cues.compares or facts or role), counted="count" in cues.asks, whole_items="item" in cues.asks,
    )  # fmt: skip
    if governed and not plan.unread and (role or not (topic or places or bodies.held or items or facts)):
        plan = replace(plan, unread=(governed,))  # whose it is to do, the texts say of departments
    if plan.unread:
        plan = replace(plan, loose=tuple(stretch for _, stretch in sheet.stretches()))
    if items:
        holders, others = attach_items(text, items, named.mentions, library)
        plan = replace(plan, holders=holders, others=others)
    if topic is not None and not items:
        plan = replace(plan, indicators=indicators_of(plan, library))
    for name in without:
        plan = replace(plan, **_TAKEN_BACK.get(name, {}))
        if name == "role":
            plan = replace(plan, bodies=tuple(replace(held, role=None, only=False) for held in plan.bodies))
    decided = _as_the_lower_stands(_decided(plan, cues, bool(role)), sheet.text)
    whose = [m.label for m in named.mentions if decided.asked == "citations" and len(named.mentions) > 1 and _as_object(m, sheet.text)]
    return replace(decided, unread=tuple(dict.fromkeys((*decided.unread, *unused(decided, cues), *whose))))


#: That nobody else has it, which no list of what one document says can heed.
_ALONE = re.compile(r"只|仅|唯|独|\bonly\b|\balone\b", re.IGNORECASE)
_THAN = re.compile(r"(?:比|比起|较|[高低严宽松早晚]于|\bthan)\s*(?:the\s+)?$")
_TURNED = {"stricter": "looser", "looser": "stricter", "earlier": "later", "later": "earlier"}


def _as_the_lower_stands(plan: Plan, text: str) -> Plan:
    """A comparison of the nation's with a lower document said from below, as it is recorded: where 国家比四川严 Sichuan is
    looser."""
    if plan.asked != "compare" or len(plan.mentions) < 2 or not plan.mentions[0].national or plan.mentions[1].national:
        return plan
    first, second = plan.mentions[:2]
    if not _THAN.search(text[first.end : second.start]):
        return plan
    turned = cast(Side | None, _TURNED.get(plan.strictness or "", plan.strictness))
    return replace(plan, strictness=turned, timing=_TURNED.get(plan.timing or "", plan.timing))


def _government(sheet: Sheet) -> str | None:
    """A government named after its place (成都市政府), which says no more than the place."""
    found = None
    for match in re.finditer(words("government")["pattern"], sheet.free):
        if match.start() and sheet.holds(match.start() - 1, match.start()):
            sheet.mark(*match.span(), hold=True)
            found = match.group()
    return found


def _hedge(sheet: Sheet) -> str | None:
    match = re.search(words("hedge")["pattern"], sheet.free)
    if match is None:
        return None
    sheet.mark(*match.span())
    return match.group(1)


def _called(held: Sequence[Held]) -> tuple[tuple[str, str], ...]:
    """Bodies named with another word for the kind of body than any here has: 省水务局 where there is a 水利厅."""
    return tuple(
        (body.words, body.called[0])
        for body in held
        if body.called and re.search("[厅局委]$", body.words) and not any(name.endswith(body.words[-1]) for name in body.called)
    )


def _numbered(text: str, cues: Cues) -> bool:
    """Whether it is asked how many there are, of things and not of what is listed."""
    return bool(re.search(words("numbered")["pattern"], text)) and "target" not in cues.asks


def _figures(sheet: Sheet, known: Any) -> tuple[Figure, ...]:
    found = []
    for match in _FIGURE.finditer(sheet.free):
        before, side = sheet.free[: match.start()], None
        for name, pattern in words("beyond_figure").items():
            if beyond := re.search(pattern, before):
                side = cast(Literal["over", "under", "least", "most"], name)
                sheet.mark(*beyond.span(), hold=True)
        sheet.mark(*match.span(), hold=True)
        found.append(Figure(match.group().strip(), float(match["value"]), match["unit"].strip(), side))
    return tuple(found)


def _facts(sheet: Sheet) -> tuple[str, ...]:
    return sheet.all("fact")


def _unit(sheet: Sheet) -> str | None:
    match = re.search(words("unit")["pattern"], sheet.free)
    if match is None:
        return None
    sheet.mark(*match.span())
    return "元" if match.group(1) in ("钱", "块钱", "资金", "经费") else match.group(1)


def _flags(sheet: Sheet) -> tuple[bool | None, bool | None, bool | None]:
    undated = sheet.says(words("dated")["no"])
    dated = sheet.says(words("dated")["yes"])
    unled = sheet.says(words("held")["none"])
    led = not unled and sheet.says(words("held")["some"])
    unquantified = sheet.says(words("quantified")["no"])
    quantified = sheet.says(words("quantified")["yes"])
    return _either(undated, dated), _either(unled, led), _either(unquantified, quantified)


def _either(denied: bool, stated: bool) -> bool | None:
    return False if denied else True if stated else None


def _named_clauses(sheet: Sheet, library: Library) -> tuple[Clause, ...]:
    """Leaf clauses whose lead or heading stands in the question word for word, of the documents it names if any."""
    free = sheet.free
    stretches = {free[i:j] for i in range(len(free)) for j in range(i + LEAST_HEADING, min(len(free), i + MOST_HEADING) + 1)}
    found = library.columns.headed(stretches)
    longest = max(map(len, found), default=0)
    named = {heading: places for heading, places in found.items() if len(heading) == longest}
    for heading in named:
        sheet.mark(free.find(heading), free.find(heading) + longest, hold=True)
    return tuple(library.columns.at("clauses", [place for places in named.values() for place in places]))


def _lacking(sheet: Sheet, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """The documents said to have something not: those named last before the negation."""
    match = re.search(words("relation")["absent"], sheet.free) or re.search(words("compare")["number"], sheet.free)
    before = [m for m in mentions if match and m.start < match.end()]
    return before[-1].documents if before else ()


def _cited(text: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """The documents of which it is asked who cites them: 哪些文件引用了国家方案, 国家方案被哪些文件引用."""
    for mention in mentions:
        before, behind = text[: mention.start], text[mention.end :]
        asked_before = re.search(words("cited")["asking"], before) or any(m.end <= mention.start for m in mentions)
        if _as_object(mention, text) and asked_before and not re.search(words("cited")["asking"], behind):
            return mention.documents
        if re.search(words("cited")["behind"], behind):
            return mention.documents
    return ()


def _as_object(mention: Mention, text: str) -> bool:
    """Whether a document is named right behind a word of citing."""
    return bool(re.search(words("cited")["before"], text[: mention.start]))


def indicators_of(plan: Plan, library: Library) -> tuple[str, ...]:
    """The indicators that the topic names, of the documents named, else of all."""
    if plan.topic is None:
        return ()
    held = vocabulary(library).measuring(plan.topic)
    for documents in (plan.documents, library.of):
        names = {indicator for document, indicator in held if document in documents}
        if names:
            return tuple(sorted(fold_question(name) for name in names))
    return ()


# What is asked for


def _decided(plan: Plan, cues: Cues, role: bool) -> Plan:
    """The plan with what it asks for, decided by the conditions that it has and the words of asking."""
    answer = tuple(
        field for field, name in (("lead", "who"), ("value", "how_much"), ("when", "when"), ("where", "where")) if name in cues.asks
    )
    answer = (*cues.facts, *answer)
    asked = _asked(plan, cues, role)
    if asked == "fact" and not cues.facts:
        answer = ("number",)
    if asked != "wording":
        plan = replace(plan, direction=None)
    if asked not in ("compare",):
        plan = replace(plan, strictness=None, timing=None)
    elif cues.number_absent and not plan.strictness and not plan.timing:
        plan = replace(plan, strictness="dropped")
    return replace(plan, asked=asked, answer=answer, beyond=cues.beyond)


def _asked(plan: Plan, cues: Cues, role: bool) -> Asked | None:
    on_something = bool(plan.topic or plan.items or plan.clauses or plan.places)
    measures = bool(plan.topic and re.search(words("measured")["ending"], plan.topic.words))
    aims = "target" in cues.asks or measures or bool(plan.indicators and {"how_much", "count"} & cues.asks)
    two_sides = len(plan.sides) > 1
    comparing = bool(cues.compares - {"number"}) and not cues.facts
    if cues.facts and not plan.items and (plan.mentions or set(cues.facts) & {"citations", "basis"}) and not plan.bodies:
        if "basis" in cues.facts and plan.topic and "item" in cues.asks:
            return "implements"
        if plan.cited:
            return "cited"
        return "citations" if set(cues.facts) & {"citations", "basis", "laws"} else "fact"
    if plan.mentions and "where" in cues.asks and not on_something and not plan.bodies and not plan.places and any(m.label in m.documents for m in plan.mentions):
        return "fact"
    if plan.led is False:
        return "no_lead"
    if plan.dated is False:
        return "no_deadline"
    if "verbatim" in cues.relations and "equal" not in cues.compares - {"equal"} and plan.strictness is None:
        return "verbatim"
    if len(set(cues.modality)) > 1 or (cues.modality and len({m.national for m in plan.mentions}) > 1):
        return "force"
    if cues.forces:
        return "wording"
    if "new" in cues.relations and not (plan.strictness or plan.timing):
        return "new"
    if cues.number_absent and ("target" in cues.asks or "number" in cues.asks) and not comparing:
        return "compare"
    if "absent" in cues.relations and not plan.items and not comparing:
        return "absent"
    if "coverage" in cues.relations and not plan.indicators:
        return "coverage"
    if two_sides and "absent" in cues.relations and not (plan.strictness or plan.timing) and not any(m.national for m in plan.mentions):
        return "absent"
    if comparing and (two_sides or any(m.national for m in plan.mentions) or plan.strictness or plan.timing) and not plan.items:
        return "compare"
    if "partners" in cues.relations and plan.bodies:
        return "partners"
    if plan.items:
        if "who" in cues.asks or role:
            return "item_lead"
        return "item_text" if not plan.others and not plan.implementing else "implements"
    if plan.topic and "item" in cues.asks and not plan.implementing and not plan.bodies and not comparing and not plan.modality:
        return "clauses"
    if plan.implementing and (plan.clauses or plan.topic) and (len({m.national for m in plan.mentions}) > 1 or plan.whole_items or plan.clauses):
        return "implements"
    if plan.figures and not plan.modality:
        return "indicator"
    if ("who" in cues.asks or role and plan.topic) and on_something and not plan.bodies:
        return "topic_lead"
    if plan.hedge and not plan.bodies:
        return "indicator"
    if plan.extreme and not plan.bodies:
        return "due"
    if plan.period and not plan.bodies and (aims or "how_much" in cues.asks) and (plan.topic or plan.places):
        return "indicator"
    if plan.bodies and (role or plan.topic or plan.period or plan.dated or plan.quantified or {"task", "what", "who"} & cues.asks):
        return "due" if plan.period and not plan.topic and not aims else "agency"
    if plan.modality:
        return "clauses"
    if plan.period and not measures and not (plan.indicators and ({"how_much"} & cues.asks or not plan.dated)):
        return "due"
    if aims and (plan.topic or plan.places or plan.unread) or (plan.indicators and (not cues.asks and measures or {"how_much", "target"} & cues.asks)):
        return "indicator"
    if "when" in cues.asks and on_something:
        return "due"
    if "how_much" in cues.asks and (plan.topic or plan.unread):
        return "indicator"
    if plan.topic or plan.places or plan.clauses or plan.led or plan.quantified is not None:
        return "clauses"
    if plan.implementing and plan.mentions and cues.asks:
        return "coverage" if len({m.national for m in plan.mentions}) > 1 else None
    if plan.mentions and not two_sides and not plan.unread and not cues.facts and "what" in cues.asks and not _ALONE.search(plan.question):
        wanted: Asked = "clauses" if plan.dated else "tasks"
        return "indicator" if "target" in cues.asks else wanted if "task" in cues.asks else None
    return None


def _decide_again(part: Plan, library: Library) -> Asked | None:
    """What a part asks for once it has what the others state: nothing else than before, but where it had no topic."""
    if part.asked is None and (part.topic or part.places or part.bodies):
        if "lead" in part.answer:
            return "topic_lead"
        if part.period or "when" in part.answer:
            return "due"
        return "indicator" if "value" in part.answer or part.indicators else "clauses"
    if part.asked in ("due", "clauses") and part.topic and "lead" in part.answer:
        return "topic_lead"
    return part.asked


# Follow-ups


def _follow(plan: Plan, before: Plan, library: Library) -> Plan:
    """A follow-up: what it states goes in the place of what the question before stated of that kind."""
    kept: dict[str, Any] = {}
    stated = plan.states()
    if plan.mentions or plan.missing:
        national = {m.national for m in plan.mentions}
        others = tuple(m for m in before.mentions if m.national not in national) if before.asked != "fact" else ()
        kept["mentions"] = tuple(sorted((*plan.mentions, *others), key=lambda m: m.start))
        kept["missing"] = plan.missing
    else:
        kept["mentions"] = before.mentions
    about = {"topic", "places", "bodies", "items", "clauses", "figures"}
    if not about & stated:
        for name in (*about, "indicators", "jointly"):
            kept[name] = getattr(before, name)
    for name in ("period", "modality", "unit", "dated", "led", "quantified", "hedge", "strictness", "timing", "direction", "implementing", "whole_items"):
        if name not in stated:
            kept[name] = getattr(before, name)
    asked = plan.asked if plan.asked and plan.asking else before.asked
    if plan.asked is None and before.asked != "fact" and not plan.bodies:
        asked = "due" if "when" in plan.answer and before.asked == "topic_lead" else asked
    if "lead" in plan.answer and not plan.bodies:
        asked = "item_lead" if kept.get("items") else "topic_lead"
    followed = replace(plan, **kept, asked=asked, answer=plan.answer or before.answer)
    if followed.items:
        names = followed.mentions
        holders = next((m.documents for m in names if m.national), followed.holders or before.holders)
        followed = replace(followed, holders=holders, others=tuple(n for m in names if m.documents != holders for n in m.documents))
    if followed.bodies and not plan.bodies:
        followed = replace(followed, bodies=tuple(counterparts(held, followed.mentions, library) for held in followed.bodies))
    elif plan.bodies:
        here = tuple(counterparts(held, followed.mentions, library) for held in plan.bodies) if followed.mentions else plan.bodies
        kept_bodies = tuple(narrowed if narrowed.ids else held for narrowed, held in zip(here, plan.bodies, strict=True))
        role = plan.role or before.role
        followed = replace(followed, bodies=tuple(replace(held, role=held.role or role) for held in kept_bodies))
    if followed.topic and "topic" not in stated:
        followed = replace(followed, indicators=indicators_of(followed, library))
    return followed
