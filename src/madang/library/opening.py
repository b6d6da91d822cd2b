"""Which days the library is open. Days are those of the site's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from madang.library.models import ClosedDay, ClosedWeekday

MOST_CLOSED = 366
"""Days that are looked ahead; a library that is closed for longer is taken to be open."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Closures:
    """The days on which the library is closed: single ones, and days of the week (ISO 8601).

    On those of `opened` it is open, whatever day of the week they are.
    """

    days: frozenset[date]
    weekdays: frozenset[int]
    opened: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        """Whether the library is closed on `day`."""
        return day in self.days or (day.isoweekday() in self.weekdays and day not in self.opened)

    def open_day(self, first: date, count: int) -> date:
        """The `count`-th open day from `first` on, `first` included."""
        day, left = first, count
        for _day in range(_looked(count)):
            left -= day not in self
            if not left:
                return day
            day += DAY
        return first + DAY * (count - 1)


def closures(first: date, last: date | None = None) -> Closures:
    """The closed days from `first` to `last`, both included; without `last` all that are known."""
    rows = ClosedDay.objects.filter(on__gte=first)
    if last is not None:
        rows = rows.filter(on__lte=last)
    weekdays = ClosedWeekday.objects.values_list("weekday", flat=True)
    days = dict(rows.values_list("on", "is_open"))
    return Closures(
        frozenset(day for day, is_open in days.items() if not is_open),
        frozenset(weekdays),
        frozenset(day for day, is_open in days.items() if is_open),
    )


def today(at: datetime) -> date:
    """The day at the library at the moment `at`, whatever zone the reader is in."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def open_from(on: date) -> date:
    """`on`, or the next open day where the library is closed then."""
    return _open_day(on, 1)


def open_after(on: date, days: int) -> date:
    """The last of the `days` open days that follow `on`; `on` itself is not counted."""
    return _open_day(on + DAY, days)


def _open_day(first: date, count: int) -> date:
    return closures(first, first + DAY * _looked(count)).open_day(first, count)


def _looked(count: int) -> int:
    """How many days are looked at for the `count`-th open one."""
    return MOST_CLOSED + 7 * count
