"""When things are due that have no single last day: sections of a list of deadlines, and the days that a rule falls on.
Rules are those of RFC 5545, as far as policy texts use them: FREQ YEARLY, MONTHLY or WEEKLY with BYMONTH, BYMONTHDAY
(-1 is the last day) and BYDAY."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple, Protocol, overload

from policygraph.columns import Columns
from policygraph.model import AgencyRole, Deadline, Responsibility, Term
from policygraph.table import ReadByNeed

DueSection = Literal["dated", "recurring", "event", "from", "open"]
#: In the order in which a reader wants them.
SECTIONS: tuple[DueSection, ...] = ("dated", "recurring", "event", "from", "open")

@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that is due: when, what, and who answers for it. `date` is the last day. What has none is told apart by
    `section`: due again and again (`recurring`), within a time from an event (`event`), from a day on (`from`), or
    counted from a present that the text does not tell (`open`)."""

    section: DueSection
    date: str | None
    document: str
    clause: str
    action: str | None
    lead: tuple[str, ...]
    others: tuple[str, ...]
    recurrence: str | None = None
    within: Term | None = None
    earliest: str | None = None
    text: str
    start: int
    end: int


LEADING = ("lead", "responsible")
#: Of a deadline what a row shows.
_FIELDS = ("id", "clause", "action", "date", "recurrence", "within", "earliest", "text", "start", "end")
#: Rows that are made at once of those that lie on the disk.
_AT_ONCE = 1_000
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: A rule that has not come true within so many days never does (29 February comes within eight years).
_LONGEST = 8 * 366


def first_on(rule: str, day: date) -> date | None:
    """The first day from `day` on that a rule falls on, None where there is none.

    >>> first_on("FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25", date(2020, 11, 1)).isoformat()
    '2021-10-25'
    >>> first_on("FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1", date(2021, 2, 1)).isoformat()
    '2021-03-31'
    """
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    months = {int(month) for month in parts.get("BYMONTH", "").split(",") if month}
    days = {int(number) for number in parts.get("BYMONTHDAY", "").split(",") if number}
    weekdays = set(parts.get("BYDAY", "").split(",")) - {""}
    if parts.get("FREQ") == "YEARLY" and not months:
        months, days = {12}, days or {-1}
    if parts.get("FREQ") == "MONTHLY" and not days:
        days = {-1}
    for ahead in range(_LONGEST):
        when = day + timedelta(days=ahead)
        length = calendar.monthrange(when.year, when.month)[1]
        falls = not days or when.day in days or when.day - length - 1 in days
        if falls and (not months or when.month in months) and (not weekdays or _DAYS[when.weekday()] in weekdays):
            return when
    return None


def notes_beside(deadline: Deadline, notes: Iterable[Responsibility]) -> list[Responsibility]:
    """The notes of a deadline's clause that are about it: in a table those of its row."""
    row = deadline.id.rpartition("/")[0]
    return [note for note in notes if "/table_row_" not in row or note.id.startswith(f"{row}/")]


class Timed(Protocol):
    """What tells when something is due: a deadline, or as much of one."""

    @property
    def date(self) -> str | None: ...
    @property
    def earliest(self) -> str | None: ...
    @property
    def recurrence(self) -> str | None: ...
    @property
    def within(self) -> Term | None: ...


def section_of(deadline: Timed) -> DueSection:
    """Where a deadline stands in a list of what is due."""
    if deadline.recurrence:
        return "recurring"
    if deadline.date:
        return "dated"
    if deadline.within and (deadline.within.after or deadline.within.before):
        return "event"
    return "from" if deadline.earliest else "open"


def falls_in(deadline: Timed, *, since: str | None, by: str | None) -> bool:
    """Whether a deadline falls between two days (ISO dates, both included; None is without bound). What recurs does where
    its rule comes true there; what has neither day nor rule only where there are no bounds."""
    if deadline.recurrence:
        first = max(filter(None, (since, deadline.earliest)), default=None)
        if by is None or first is None:
            return True
        next_time = first_on(deadline.recurrence, date.fromisoformat(first))
        return next_time is not None and next_time.isoformat() <= by
    if deadline.date is None:
        return not since and not by
    return not (by and deadline.date > by) and not (since and deadline.date < since)


class _Time(NamedTuple):
    date: str | None
    earliest: str | None
    recurrence: str | None
    within: Term | None


class _Place(NamedTuple):
    """Where a deadline stands in a list of what is due, and in the columns."""

    section: int
    date: str
    document: str
    start: int
    place: int


class DueRows(ReadByNeed[Due]):
    """What is due, soonest first, then section by section. A row is read, with the notes beside it, when it is taken."""

    def __init__(self, columns: Columns, places: Sequence[_Place]) -> None:
        self._columns, self._places = columns, places

    @property
    def days(self) -> list[str]:
        """The last day of each row that has one."""
        return [place.date for place in self._places if not place.section]

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Due: ...
    @overload
    def __getitem__(self, at: slice) -> list[Due]: ...
    def __getitem__(self, at: int | slice) -> Due | list[Due]:
        return self._made(self._places[at]) if isinstance(at, slice) else self._made([self._places[at]])[0]

    def __iter__(self) -> Iterator[Due]:
        notes = self._columns.notes()
        for at in range(0, len(self._places), _AT_ONCE):
            yield from self._made(self._places[at : at + _AT_ONCE], notes=notes)

    def _made(self, places: Sequence[_Place], *, notes: dict[str, list[tuple[str, str | None]]] | None = None) -> list[Due]:
        known = self._columns.notes({place.document for place in places}) if notes is None else notes
        rows = self._columns.fields("deadlines", [place.place for place in places], _FIELDS)
        return [self._row(place, *row, notes=known) for place, row in zip(places, rows, strict=True)]

    def _row(self, place: _Place, identifier: str, clause: str, *fields: Any, notes: dict[str, list[tuple[str, str | None]]]) -> Due:
        action, date, recurrence, within, earliest, text, start, end = fields
        leading, others = dict[str, None](), dict[str, None]()
        for role in roles_beside(identifier, clause, notes, self._columns):
            (leading if role.role in LEADING else others)[role.name] = None
        return Due(
            section=SECTIONS[place.section], date=date, document=place.document, clause=clause, action=action, lead=tuple(leading), others=tuple(others),
            recurrence=recurrence, within=within, earliest=earliest, text=text, start=start, end=end,
        )  # fmt: skip


def roles_beside(deadline: str, clause: str, notes: dict[str, list[tuple[str, str | None]]], columns: Columns) -> list[AgencyRole]:
    """The bodies of the notes that are about a deadline of a clause, by their ids; of all notes by their clause."""
    held = notes.get(clause)
    if not held:
        return []
    row = deadline.rpartition("/")[0]
    return [role for note, written in held if "/table_row_" not in row or note.startswith(f"{row}/") for role in columns.bodies_of(written)]


def due_rows(
    columns: Columns, documents: Iterable[str], *, since: str | None, by: str | None, agency: str | None = None
) -> tuple[DueRows, int]:
    """What falls between two days in some documents (of a body, where one is named), and how much is left out since it stands on
    no day."""
    places, left = list[_Place](), 0
    for place, document, start, day, earliest, recurrence, within in columns.days(documents):
        timed = _Time(day, earliest, recurrence, within)
        section = section_of(timed)
        if falls_in(timed, since=since, by=by):
            places.append(_Place(SECTIONS.index(section), timed.date or "", document, start, place))
        else:
            left += section in ("event", "from", "open")
    if agency:
        notes = columns.notes({place.document for place in places})
        deadlines = columns.fields("deadlines", [place.place for place in places], ("id", "clause"))
        places = [
            place for place, (deadline, clause) in zip(places, deadlines, strict=True)
            if any(agency in (role.agency, role.name) or agency in role.name for role in roles_beside(deadline, clause, notes, columns))
        ]  # fmt: skip
    return DueRows(columns, sorted(places)), left
