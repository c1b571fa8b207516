"""The verdict: what a person says of one record, and of which, so that it is found again whatever the program does next."""

from __future__ import annotations

import hashlib
import json
import re
import types
import typing
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, cast, get_args

from policygraph import model
from policygraph.errors import UsageError

Kind = Literal["link", "comparison", "target", "task", "deadline", "responsibility", "citation", "agency", "document"]
Judgement = Literal["accepted", "rejected", "corrected", "added", "read_whole", "withdrawn"]
Role = Literal["reviewer", "editor"]
KINDS: tuple[Kind, ...] = get_args(Kind)
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)

#: Which records each kind of verdict is on: their table and type. A verdict on an agency is on a name in a document.
TABLES: Mapping[str, tuple[str, type[Any]]] = {
    "link": ("alignments", model.Alignment), "comparison": ("target_links", model.TargetLink), "target": ("targets", model.Target),
    "task": ("tasks", model.Task), "deadline": ("deadlines", model.Deadline), "responsibility": ("responsibilities", model.Responsibility),
    "citation": ("citations", model.Citation), "document": ("documents", model.Document),
}  # fmt: skip
#: Kinds that are between two places: lower side, then higher side.
BETWEEN = ("link", "comparison")
#: What a correction may say of each kind. Where a record stands is no field to correct: reject it, and add the right one.
CORRECTABLE: Mapping[str, tuple[str, ...]] = {
    "link": ("relation",),
    "comparison": ("strictness", "timing", "scope", "reason"),
    "target": ("indicator", "comparator", "value", "unit", "relative", "baseline", "state", "deadline", "area", "hedge", "concept"),
    "task": ("verb", "object", "modality", "places", "hedge"),
    "deadline": ("date", "earliest", "granularity", "recurrence", "action"),
    "responsibility": ("agencies", "deadline"),
    "citation": ("title", "number", "target", "instrument", "basis", "repeals"),
    "agency": ("agency",),
    "document": ("title", "number", "issuers", "region", "level", "date", "effective", "url"),
}
#: What an added record has to say.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "link": ("relation",), "comparison": ("strictness", "timing", "scope"), "target": ("indicator",), "task": ("verb", "object", "modality"),
    "deadline": (), "responsibility": ("agencies",), "citation": ("title",),
}  # fmt: skip
_DAYS = {"deadline", "date", "earliest", "effective"}
_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_REVIEWER = re.compile(r"[\w.@-]{1,64}")
#: Characters of a quotation that a verdict shows; its hash holds for the whole.
_SHOWN = 160
LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stretch of a document, by content: the document's id and the hash of its file, where the stretch stood (code
    points), how it began, and the hash of all of its words without white space."""

    document: str
    sha256: str
    start: int
    end: int
    text: str
    words: str

    @classmethod
    def of(cls, document: model.Document, *, start: int, end: int, text: str, whole: bool = False) -> Place:
        """The place of a stretch; `whole`: with all of its text, however long."""
        shown = text if whole or len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        return cls(document=document.id, sha256=document.sha256, start=start, end=end, text=shown, words=words_hash(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One judgement. `places` says of what: one stretch, or the lower and the higher one; `name` tells apart what stands in one
    stretch (an indicator with its value; the body that a note names). `found` is what the program had said there. `settles`: an
    editor's, which holds whatever reviewers say. `reads`: for `read_whole` the kinds of which the document, or the pair, has
    no others than what was found, judged or added. `superseded_by` is known when all are read, and not written."""

    id: str = ""
    #: what is judged, whoever judges it: the same for all verdicts on one record
    subject: str = ""
    kind: Kind
    judgement: Judgement
    places: tuple[Place, ...]
    name: str = ""
    correction: Mapping[str, Any] | None = None
    reason: str = ""
    reviewer: str
    role: Role = "reviewer"
    settles: bool = False
    time: str
    program: str
    record: str = ""
    found: Mapping[str, Any] | None = None
    supersedes: str | None = None
    superseded_by: str | None = None

    @property
    def says(self) -> str:
        """The judgement with its correction, as one text: what two reviewers agree on or not."""
        judgement = "corrected" if self.judgement == "added" else self.judgement  # added, or mended: it is as they say
        return json.dumps([judgement, self.correction], ensure_ascii=False, sort_keys=True)

    def row(self) -> dict[str, Any]:
        """The verdict as JSON has it, without what follows from the others."""
        said = {name: getattr(self, name) for name in _ROW}
        return {**said, "places": [{name: getattr(place, name) for name in _PLACE} for place in self.places]}


_ROW = tuple(field.name for field in fields(Verdict) if field.name != "superseded_by")
_PLACE = tuple(field.name for field in fields(Place))


def words_hash(text: str) -> str:
    """The hash of a text without its white space: where lines break does not change what is said."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:16]


def name_of(kind: Kind, record: Any) -> str:
    """What tells a record apart from others in the same stretch of text.

    >>> name_of("deadline", model.Deadline(id="d/1", document="d", clause="d", text="年底前", date="2025-12-31", start=0, end=3, by="r"))
    '2025-12-31'
    """
    if kind == "target":
        return f"{record.indicator}|{'' if record.value is None else record.value}"
    if kind == "task":
        return f"{record.verb}|{record.object}"
    if kind == "deadline":
        return str(record.date or record.recurrence or "")
    if kind == "responsibility" and all(role.inherited for role in record.agencies):
        return str(record.clause).removeprefix(record.document)  # a default stands where it is said, once for each clause
    return ""


def sealed(verdict: Verdict) -> Verdict:
    """The verdict with its subject, and its id, a hash of all it says."""
    reads = "read" if verdict.judgement == "read_whole" else ""
    where = [[place.document, place.words, place.start] for place in verdict.places]
    named = replace(verdict, id="", subject=_digest([verdict.kind, reads, where, verdict.name]))
    return replace(named, id=f"v-{_digest(named.row())}")


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def verdict_of(row: object) -> Verdict:
    """The verdict that a line of JSON holds; a `ValueError` says what is wrong with it."""
    if not isinstance(row, dict):
        raise ValueError("it is no JSON object")
    if strange := sorted(set(row) - set(_ROW)):
        raise ValueError(f"unknown field {strange[0]!r}")
    try:
        verdict = Verdict(**{**row, "places": tuple(Place(**place) for place in row["places"])})
    except (KeyError, TypeError) as error:
        raise ValueError(f"a field is missing or wrong ({error})") from error
    if verdict.kind not in KINDS or verdict.judgement not in JUDGEMENTS or verdict.role not in get_args(Role):
        raise ValueError(f"unknown kind, judgement or role: {verdict.kind!r}, {verdict.judgement!r}, {verdict.role!r}")
    texts = (verdict.id, verdict.name, verdict.reason, verdict.reviewer, verdict.time, verdict.program, verdict.record)
    if not all(isinstance(text, str) for text in texts) or not isinstance(verdict.settles, bool):
        raise ValueError("a field is no text")
    if not all(isinstance(place.start, int) and isinstance(place.end, int) for place in verdict.places) or not verdict.places:
        raise ValueError("it names no place")
    try:
        datetime.fromisoformat(verdict.time)
        check(verdict)
    except UsageError as error:
        raise ValueError(error.message) from error
    if sealed(verdict) != verdict:
        raise ValueError("its id is not that of what it says: it was changed by hand")
    return verdict


def check_name(reviewer: str) -> None:
    """Refuse what is no name of a reviewer."""
    if not _REVIEWER.fullmatch(reviewer):
        raise UsageError(f"{reviewer!r} is no name of a reviewer.", remedy="Use up to 64 letters, digits, . _ @ and -.")


def check(verdict: Verdict) -> None:
    """Refuse a verdict that says what none can say."""
    kind = verdict.kind
    check_name(verdict.reviewer)
    if len(verdict.reason) > LONGEST_REASON:
        raise UsageError(f"The reason has {len(verdict.reason)} characters.", remedy=f"Say it in {LONGEST_REASON}.")
    if verdict.settles and verdict.role != "editor":
        raise UsageError(f"{verdict.reviewer} is no editor, and cannot settle.", remedy="Ask an editor to.")
    ends = 2 if kind in BETWEEN else 1
    if len(verdict.places) != ends and verdict.judgement != "read_whole":
        raise UsageError(f"A verdict on a {kind} names {ends} places, not {len(verdict.places)}.", remedy="Name the record by its id.")
    if verdict.judgement in ("corrected", "added"):
        needed = NEEDED.get(kind) if verdict.judgement == "added" else ()
        if needed is None:
            raise UsageError(f"A {kind} cannot be added.", remedy=f"These can: {', '.join(NEEDED)}.")
        said = verdict.correction or {}
        if missing := [name for name in needed if said.get(name) in (None, "", (), [])]:
            raise UsageError(f"An added {kind} needs {', '.join(missing)}.", remedy=f"It may have: {', '.join(CORRECTABLE[kind])}.")
        if verdict.judgement == "corrected" and not said:
            raise UsageError("The correction says nothing.", remedy=f"A {kind} has: {', '.join(CORRECTABLE[kind])}.")
        corrected(kind, said)
    elif verdict.correction:
        raise UsageError(f"A record that is {verdict.judgement} has no correction.", remedy="Use `corrected` for one.")
    if verdict.judgement == "rejected" and kind == "document":
        raise UsageError("A document cannot be rejected.", remedy="Correct its metadata, or take its file out of the corpus.")


def corrected(kind: Kind, correction: Mapping[str, Any]) -> dict[str, Any]:
    """A correction as the values of a record's fields; one that no record can have is refused.

    >>> corrected("target", {"value": 85, "comparator": ">="})
    {'value': 85, 'comparator': '>='}
    """
    allowed = CORRECTABLE[kind]
    found = {}
    for name, value in correction.items():
        if name not in allowed:
            raise UsageError(f"A {kind} has no field {name!r} to correct.", remedy=f"Fields: {', '.join(allowed)}.")
        hint: Any = str if kind == "agency" else _hints(cast(Hashable, TABLES[kind][1]))[name]
        try:
            found[name] = _value(hint, value)
        except (ValueError, TypeError) as error:
            raise UsageError(f"{name} = {value!r} cannot be ({error}).", remedy=f"Expected {_told(hint)}.") from error
        if name in _DAYS and isinstance(value, str) and not _is_day(value):
            raise UsageError(f"{name} = {value!r} is no date.", remedy="Dates are written 2025-12-31.")
    return found


def said_of(kind: Kind, verdict: Verdict) -> dict[str, Any]:
    """The fields that a verdict settles: what it corrects; of what was accepted what the program had said then, should it say
    otherwise now."""
    then = {name: value for name, value in (verdict.found or {}).items() if name in CORRECTABLE[kind]}
    return {**corrected(kind, then), **corrected(kind, verdict.correction or {})}


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


@cache
def _hints(record: Hashable) -> dict[str, Any]:
    """The types of a record's fields."""
    return typing.get_type_hints(record)


def _value(hint: Any, value: Any) -> Any:
    """A JSON value as a field of this type has it."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        for arm in get_args(hint):
            try:
                return _value(arm, value)
            except (ValueError, TypeError):
                continue
        raise ValueError("of no kind that the field takes")
    if origin is Literal:
        if value not in get_args(hint):
            raise ValueError("not one of the list")
        return value
    if origin is tuple:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ValueError("no list")
        return tuple(_value(get_args(hint)[0], each) for each in value)
    if is_dataclass(hint) and isinstance(hint, type):
        inner = _hints(hint)
        if not isinstance(value, Mapping) or (strange := set(value) - set(inner)):
            raise ValueError(f"no {hint.__name__}" if not isinstance(value, Mapping) else f"unknown {', '.join(sorted(strange))}")
        return hint(**{name: _value(inner[name], each) for name, each in value.items()})
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise ValueError(f"no {getattr(hint, '__name__', hint)}")
    if isinstance(value, float) and value != value:
        raise ValueError("no number")
    return value


def _told(hint: Any) -> str:
    arms = get_args(hint)
    if typing.get_origin(hint) is Literal:
        return ", ".join(map(str, arms))
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " or ".join(_told(arm) for arm in arms)
    if typing.get_origin(hint) is tuple:
        return f"a list of {_told(arms[0])}"
    if is_dataclass(hint):
        return "{" + ", ".join(field.name for field in fields(hint)) + "}"
    return {"str": "a text", "NoneType": "null", "int": "a number", "float": "a number", "bool": "true or false"}.get(getattr(hint, "__name__", ""), str(hint))
