"""Bodies: who a text says leads, answers for or supports a thing, against the notes of the documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from policygraph.align.library import Library
from policygraph.model import AgencyRole, Clause, Responsibility
from policygraph.verify.claims import Claim, Place
from policygraph.verify.passages import clauses_about
from policygraph.vocabulary.agencies import resolve_agency
from policygraph.vocabulary.lists import any_of, lists

_ENDS = re.compile(r"(?:委员会|办公室|[部厅局委署院会办])(?![员会门署])")
#: The longest name of a body without its region: 中国（四川）自由贸易试验区工作办公室 has fewer.
_LONGEST = 18
_BETWEEN = re.compile(r"[、和及与，]|等|会同|以及|共同|联合|部门|单位|按职责|分工|省级|市级")
_IS = re.compile(r"(?:单位|部门)?(?:是|为|：|有|包括|即)")
_MASK = "※"
#: A list of bodies before its role has some hundred characters.
_FAR = 200
#: Where a text does not say whose bodies it names: 生态环境厅 is one body there, and 生态环境部 is the nation's as anywhere.
_SOME_PROVINCE = "510000"
_COLLECTIVE = ("departments-concerned", "governments", "local-governments")
#: From this share of the topic on, a clause without the body says that it is another's.
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class Body:
    """A body that a text names, by its canonical id."""

    name: str
    agency: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RoleClaim:
    """A body, the role that the text gives it, and for what."""

    body: Body
    role: str
    topic: str
    start: int
    end: int


def named_bodies(text: str, region: str | None = None) -> list[Body]:
    """The bodies that the vocabulary knows in a text, the longest name of each."""
    found: list[Body] = []
    for ending in _ENDS.finditer(text):
        for start in range(max(0, ending.end() - _LONGEST), ending.end() - 2):
            name = text[start : ending.end()]
            if not re.fullmatch(r"[\u4e00-\u9fff（）]+", name):
                continue
            agency = resolve_agency(name, region or _SOME_PROVINCE)
            if agency and not agency.endswith(_COLLECTIVE):
                found = [body for body in found if body.end <= start]
                found.append(Body(name, agency, start, ending.end()))
                break
    return found


@cache
def _roles() -> tuple[re.Pattern[str], dict[str, str]]:
    table = lists("verify")["roles"]
    by_word = {word: role for role, words in table.items() for word in words}
    return re.compile(any_of(by_word)), by_word


def roles_in(folded: str, region: str | None) -> Iterator[RoleClaim]:
    """The bodies of a folded sentence with the roles that it gives them."""
    pattern, by_word = _roles()
    words = list(pattern.finditer(folded))
    bodies = named_bodies(folded, region) if words else []
    masked = _masked(folded, [(body.start, body.end) for body in bodies])
    for body in bodies:
        after = next((w for w in words if body.end <= w.start() <= body.end + _FAR and not _left(masked[body.end : w.start()])), None)
        before = next((w for w in reversed(words) if body.start - _FAR <= w.end() <= body.start and _IS.fullmatch(_left(masked[w.end() : body.start]))), None)
        word = before or after
        if word is None:
            continue
        begin = max([folded.rfind(stop, 0, min(word.start(), body.start)) + 1 for stop in "。；！？\n"])
        stop = min([at for at in (folded.find(stop, max(word.end(), body.end)) for stop in "，。；！？\n") if at >= 0] or [len(folded)])
        yield RoleClaim(body, by_word[word.group()], _topic(folded, bodies, words, begin, stop), min(word.start(), body.start), max(word.end(), body.end))


def _masked(folded: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with a mark in place of every character of the spans."""
    chars = list(folded)
    for start, end in spans:
        chars[start:end] = _MASK * (end - start)
    return "".join(chars)


def _left(stretch: str) -> str:
    """What stands between a body and a role word besides other bodies and what joins them."""
    return _BETWEEN.sub("", stretch.replace(_MASK, ""))


def _topic(folded: str, bodies: Sequence[Body], words: Sequence[re.Match[str]], begin: int, stop: int) -> str:
    """What the sentence is about: itself without bodies, roles and who says it."""
    hidden = [(b.start, b.end) for b in bodies] + [w.span() for w in words]
    kept = _masked(folded, hidden)[begin:stop].replace(_MASK, "")
    table = lists("verify")
    said = re.compile(rf"^.*?{any_of(table['says'])}[，：]?|《[^》]*》|^[^，]*{any_of(table['instruments'])}(?:中|里)?[，：]?|第[一二三四五六七八九十百\d]+[条项]")
    kept = said.sub("", kept)
    kept = re.sub(r"按(?:照)?(?:各自)?职责(?:分工)?(?:分别)?|共同|联合|单位|部门|工作$|^(?:由|将|其中|对于|关于)|[由是为，、：（）]|等(?=$)|的(?=$)", "", kept)
    return kept.strip()


def check_role(
    claim: Claim, said: RoleClaim, *, library: Library, scope: Sequence[str], named: bool, title: str, item: Sequence[Clause] = ()
) -> Claim:
    """A body's role against the notes of the clauses that the claim is about, or of the item it names."""
    clauses = [(clause, 1.0) for clause in item] or clauses_about(said.topic, library=library, scope=scope)
    if re.search(any_of(lists("verify")["denies"]), claim.text + said.topic):
        return replace(claim, status="not_checkable", reason="The text denies it, and what a document does not say has no place in it.")
    if not clauses:
        where = title if named else "the documents held"
        return replace(claim, status="not_checkable", reason=f"No clause of {where} is near enough to “{said.topic}” to say whose it is.")
    notes = [(note, role, share) for clause, share in clauses for note in _notes(library, clause) for role in note.agencies]
    if not notes:
        return replace(claim, status="not_held", reason="The clause that it is about names no body.", where=_place(library, clauses[0][0]))
    regions = {document: library.documents[document].region for document in scope}
    same = [(note, role, share) for note, role, share in notes if role.agency == resolve_agency(said.body.name, regions[note.document]) or role.name == said.body.name]
    fitting = next((each for each in same if _fits(said.role, each[1], each[0])), None)
    if fitting:
        return _seen(claim, "found", "The document gives it that role.", note=fitting[0], library=library)
    if not named:
        return replace(claim, status="not_checkable", reason="The text does not say of which document.")
    if same:
        note, role, _ = same[0]
        leading = ("lead", "responsible")
        status = "differs" if (said.role in leading) == (role.role in leading) or role.role == "implement" else "contradicted"
        return _seen(claim, status, f"The document has it as {role.role}.", note=note, library=library)
    if max(share for _, _, share in notes) < _SURE:
        return replace(claim, status="not_checkable", reason=f"No clause of {title} is near enough to “{said.topic}” to say that another body has it.")
    rival = next((note for note, role, _ in notes if role.role == said.role), notes[0][0])
    return _seen(claim, "contradicted", "Another body.", note=rival, library=library)


def _notes(library: Library, clause: Clause) -> list[Responsibility]:
    return [note for note in library.of[clause.document].responsibilities if note.clause == clause.id]


def _fits(claimed: str, role: AgencyRole, note: Responsibility) -> bool:
    if claimed == role.role:
        return True
    if claimed == "responsible":
        return role.role in ("lead", "implement")
    alone = sum(each.role == role.role for each in note.agencies) == 1
    return claimed == "lead" and role.role == "responsible" and alone


def _place(library: Library, clause: Clause) -> Place:
    return Place(document=clause.document, clause=clause.id, citation=library.label(clause), start=clause.start, end=clause.end)


def _seen(claim: Claim, status: str, reason: str, *, note: Responsibility, library: Library) -> Claim:
    where = replace(_place(library, library.clauses[note.clause]), start=note.start, end=note.end)
    return replace(claim, status=status, reason=reason, says=note.text, where=where)  # type: ignore[arg-type]
