"""Answers: a plan run over the records, the records with their evidence, what was asked first, and a sentence that says
what they are. Every number in that sentence counts distinct things that are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from policygraph.align.library import Library
from policygraph.ask.linked import absent, coverage, force, implements, item_lead, item_text, new, verbatim, wording
from policygraph.ask.listed import (
    agency,
    citations,
    cited,
    clauses,
    due,
    fact,
    indicator,
    no_deadline,
    no_lead,
    partners,
    tasks,
    topic_lead,
)
from policygraph.ask.paired import Pairing, paired_for, said_of
from policygraph.ask.plan import Plan
from policygraph.ask.records import Record, Texts
from policygraph.ask.refusals import examples, out_of_range, refusal, unread
from policygraph.ask.said import Found, compare, plan_in_words
from policygraph.ask.sparql import query_for
from policygraph.errors import NotFoundError

#: What each kind of question is answered by; those of the second table need the source texts.
_RUN: Mapping[str, Callable[[Plan, Library], Found]] = {
    "implements": implements, "item_text": item_text, "item_lead": item_lead, "absent": absent, "new": new, "coverage": coverage,
    "compare": compare, "indicator": indicator, "agency": agency, "topic_lead": topic_lead, "partners": partners,
    "no_lead": no_lead, "no_deadline": no_deadline, "verbatim": verbatim, "wording": wording, "force": force,
    "citations": citations,
    "cited": cited, "tasks": tasks,
}  # fmt: skip
_RUN_ON_TEXTS: Mapping[str, Callable[[Plan, Library, Texts | None], Found]] = {"fact": fact, "due": due, "clauses": clauses}


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


def answer(plans: Sequence[Plan], library: Library, *, texts: Texts | None = None, pair: Pairing | None = None) -> Answer:
    """The answer to every part of a question, in its order; where one part has none, that is said beside the others."""
    answers: list[Answer] = []
    for plan in plans:
        follows = bool(answers) and plan.asked == "topic_lead"
        answers.append(_of_the_records(plan, answers[-1], library) if follows else answer_part(plan, library, texts=texts, pair=pair))
    return answers[0] if len(answers) == 1 else _together(answers)


def answer_part(plan: Plan, library: Library, *, texts: Texts | None = None, pair: Pairing | None = None) -> Answer:
    """The answer to one plan; a name that the graph does not hold is said with the choices."""
    known = plan.as_dict() | {"plan": plan_in_words(plan, library)}
    refused = unread(plan, library) or refusal(plan, library, known=plan.asked in _RUN or plan.asked in _RUN_ON_TEXTS)
    if refused is not None:
        shown = examples(library, _answers, english=plan.english) if plan.asked is None and not plan.missing and "results" not in plan.beyond else ()
        if shown:
            refused += f" For example: {' '.join(shown)}" if plan.english else f"可以这样问：{''.join(shown)}"
        return Answer(known, False, message=refused, suggestions=shown)
    try:
        paired = paired_for(plan, library, pair)
        library = paired.library if paired else library
        on_texts = _RUN_ON_TEXTS.get(plan.asked or "")
        result = on_texts(plan, library, texts) if on_texts else _RUN[plan.asked or ""](plan, library)
    except NotFoundError as error:
        return Answer(known, False, message=out_of_range(plan, library) or str(error))
    message = result.english if plan.english else result.chinese
    if not plan.english:
        message = "".join(f"（“{said}”按“{meant}”理解）" for said, meant in (*plan.corrected, *plan.called)) + message
    if paired:  # the graph does not hold these links
        return Answer(known, True, tuple(result.records), "", said_of(paired, english=plan.english) + message)
    return Answer(known, True, tuple(result.records), query_for(plan, library, result.records), message)


def _answers(question: str, library: Library) -> bool:
    from policygraph.ask.reading import understand

    return all(answer_part(plan, library).answered for plan in understand(question, library))


def _of_the_records(plan: Plan, before: Answer, library: Library) -> Answer:
    """Who answers for what the part before lists: the notes of those very clauses, else of those on the same topic."""
    listed = [library.clauses[str(record["clause"])] for record in before.records if record.get("clause")]
    kept = tuple(dict.fromkeys(clause.id for clause in listed))
    narrowed = replace(plan, clauses=tuple(library.clauses[name] for name in kept), topic=None, indicators=(), places=(), period=None)
    if kept and not plan.unread:
        found = answer_part(narrowed, library)
        if found.answered:
            return replace(found, understood=plan.as_dict() | {"plan": plan_in_words(plan, library)})
    return answer_part(plan, library)


def _together(answers: Sequence[Answer]) -> Answer:
    """The answers of all parts as one; it is answered only when each part is."""
    answered = all(part.answered for part in answers)
    records: list[Record] = []
    seen: Counter[tuple[object, ...]] = Counter()
    for number, part in enumerate(answers, 1):
        for record in part.records if answered else ():
            key = (record.get("id"), record["document"], record["start"], record["end"])
            if not seen[key]:
                records.append(record | {"part": number})
            seen[key] += 1
    message = "".join(part.message if part.message.endswith(("。", "？")) else f"{part.message} " for part in answers).strip()
    understood = dict(answers[0].understood) | {"parts": [dict(part.understood) for part in answers]}
    sparql = "\n\n".join(part.sparql for part in answers if part.sparql) if answered else ""
    suggestions = tuple(dict.fromkeys(s for part in answers for s in part.suggestions))
    return Answer(understood, answered, tuple(records), sparql, message, suggestions)
