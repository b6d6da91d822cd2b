"""Which days the library is open. Days are those of the site's own time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from madang.library.models import ClosedDay, ClosedWeekday

MOST_CLOSED = 366
"""Days that are looked ahead; a library that is closed for longer is taken to be open."""
DAY = timedelta(days=1)


def today(at: datetime) -> date:
    """The day at the library at the moment `at`, whatever zone the reader is in."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def open_from(on: date) -> date:
    """`on`, or the next open day where the library is closed then."""
    return _open_days(on, 1)


def open_after(on: date, days: int) -> date:
    """The last of the `days` open days that follow `on`; `on` itself is not counted."""
    return _open_days(on + DAY, days)


def _open_days(first: date, count: int) -> date:
    """The `count`-th open day from `first` on, `first` included."""
    last = first + DAY * (MOST_CLOSED + 7 * count)
    closed = set(ClosedDay.objects.filter(on__range=(first, last)).values_list("on", flat=True))
    weekdays = set(ClosedWeekday.objects.values_list("weekday", flat=True))
    day, left = first, count
    while day < last:
        if day not in closed and day.isoweekday() not in weekdays:
            left -= 1
        if not left:
            return day
        day += DAY
    return first + DAY * (count - 1)
