"""When things are due that have no single last day: sections of a list of deadlines, and the days that a rule falls on.
Rules are those of RFC 5545, as far as policy texts use them: FREQ YEARLY, MONTHLY or WEEKLY with BYMONTH, BYMONTHDAY
(-1 is the last day) and BYDAY."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from policygraph.model import Deadline, Responsibility

DueSection = Literal["dated", "recurring", "event", "from", "open"]
#: In the order in which a reader wants them.
SECTIONS: tuple[DueSection, ...] = ("dated", "recurring", "event", "from", "open")

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


def section_of(deadline: Deadline) -> DueSection:
    """Where a deadline stands in a list of what is due."""
    if deadline.recurrence:
        return "recurring"
    if deadline.date:
        return "dated"
    if deadline.within and (deadline.within.after or deadline.within.before):
        return "event"
    return "from" if deadline.earliest else "open"


def falls_in(deadline: Deadline, *, since: str | None, by: str | None) -> bool:
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
