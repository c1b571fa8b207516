"""Days counted from days."""

from __future__ import annotations

import calendar
from datetime import date


def last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def day_in(year: int, month: int, day: int) -> date:
    """The day of a month, its last one where it has fewer."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def months_after(day: date, months: int) -> date:
    """The same day of the month, so many months later (or earlier)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day_in(year, month + 1, day.day)


def months_before(day: str, months: int) -> str:
    """The same end of a month or year, `months` earlier: a year before 2025-12-31 is 2024-12-31."""
    when = date.fromisoformat(day)
    before = months_after(when, -months)
    whole = when == last_day(when.year, when.month)
    return (last_day(before.year, before.month) if whole else before).isoformat()
