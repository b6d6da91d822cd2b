"""How the time of doctors was used, week by week: what was open, what was booked, who came."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from statistics import median
from typing import Final

from django.utils import timezone

from madang.lib.clock import Span, cut, joined, shared
from madang.reservation import grid
from madang.reservation.models import Doctor, Reservation

MET: Final = ("booked", "arrived", "checked-in", "fulfilled")
"""The statuses of meetings that take the doctor's time."""
NOSHOW: Final = Reservation.Status.NOSHOW.value


@dataclass
class Figures:
    """What is counted in some days: `due` are the meetings that have begun by now.

    `leads` are the days between booking and meeting; who was written down only when the meeting
    had begun, at the door, has none. A meeting counts where it begins.
    """

    open_minutes: int = 0
    booked_minutes: int = 0
    meetings: int = 0
    due: int = 0
    noshows: int = 0
    leads: list[float] = field(default_factory=list)

    @property
    def used(self) -> int | None:
        """Booked minutes of a hundred open ones; None where nothing was open."""
        return round(100 * self.booked_minutes / self.open_minutes) if self.open_minutes else None

    @property
    def missed(self) -> int | None:
        """Of a hundred meetings that have begun, to how many the patient did not come."""
        return round(100 * self.noshows / self.due) if self.due else None

    @property
    def lead(self) -> float | None:
        """The median of `leads`, to a tenth of a day."""
        return round(median(self.leads), 1) if self.leads else None

    def add(self, other: Figures) -> None:
        """Count what `other` has counted, too."""
        self.open_minutes += other.open_minutes
        self.booked_minutes += other.booked_minutes
        self.meetings += other.meetings
        self.due += other.due
        self.noshows += other.noshows
        self.leads += other.leads


@dataclass(frozen=True)
class Week:
    """A week from Monday to Sunday, or what of it lies in the days asked for."""

    first: date
    last: date
    figures: Figures = field(default_factory=Figures)

    @property
    def span(self) -> Span:
        """From midnight to midnight on the reader's clock."""
        return _midnight(self.first), _midnight(self.last + grid.DAY)


@dataclass(frozen=True)
class Report:
    """A doctor's weeks, and all of them together."""

    doctor: Doctor
    weeks: list[Week]
    whole: Figures = field(default_factory=Figures)


def report(*, doctors: Iterable[Doctor], first: date, last: date, at: datetime) -> list[Report]:
    """The days from `first` to `last`, both included, on the reader's clock; three queries.

    What is closed, and public holidays, are not open; meetings outside of the hours, at a closed
    door, take none of them, and two at once take the time of one. Hours are those that are kept
    today: those of former weeks are not written down. A doctor who takes no reservations any more
    and met nobody is left out.
    """
    doctors = list(doctors)
    opened = _opened(doctors, first, last)
    meetings = _meetings(doctors, first, last)
    found = []
    for doctor in doctors:
        mine = meetings.get(doctor.pk, [])
        if not (doctor.is_active or mine):
            continue
        each = Report(doctor, _weeks(first, last))
        busy = joined(row.span for row in mine if row.status in MET)
        for week in each.weeks:
            _count(week, opened.get(doctor.pk, []), busy, mine, at)
            each.whole.add(week.figures)
        found.append(each)
    return found


@dataclass(frozen=True)
class _Meeting:
    start: datetime
    minutes: int
    status: str
    booked_at: datetime

    @property
    def span(self) -> Span:
        return self.start, self.start + timedelta(minutes=self.minutes)


def _count(
    week: Week, opened: list[Span], busy: list[Span], meetings: list[_Meeting], at: datetime
) -> None:
    figures, (start, end) = week.figures, week.span
    open_now = _within(opened, week.span)
    figures.open_minutes = _minutes(open_now)
    figures.booked_minutes = _minutes(shared(open_now, _within(busy, week.span)))
    first, last = (bisect_left(meetings, moment, key=_start) for moment in (start, end))
    for each in meetings[first:last]:
        figures.meetings += 1
        figures.due += each.start <= at
        figures.noshows += each.status == NOSHOW
        if each.booked_at < each.start:
            figures.leads.append((each.start - each.booked_at) / grid.DAY)


def _start(meeting: _Meeting) -> datetime:
    return meeting.start


def _within(spans: list[Span], whole: Span) -> list[Span]:
    """What of `spans`, joined and in order, lies in `whole`, without a look at the others."""
    first = bisect_right(spans, whole[0], key=itemgetter(1))
    last = bisect_left(spans, whole[1], key=itemgetter(0))
    return cut(spans[first:last], whole)


def _opened(doctors: list[Doctor], first: date, last: date) -> dict[int, list[Span]]:
    """When the door of each doctor is open around those days, whatever is offered."""
    around = (first - grid.ZONES_APART, last + grid.DAY + grid.ZONES_APART)
    found: dict[int, list[Span]] = {}
    for each in grid.hours(doctors=doctors, services=None, first=around[0], until=around[1]):
        found.setdefault(each.schedule.doctor_id, []).extend(each.open(*around))
    return {doctor: joined(spans) for doctor, spans in found.items()}


def _meetings(doctors: list[Doctor], first: date, last: date) -> dict[int, list[_Meeting]]:
    """What each doctor had, also the day before, since that can reach into the first day."""
    rows = (
        Reservation.objects.filter(doctor__in=doctors, status__in=[*MET, NOSHOW])
        .filter(appointed_time__gte=_midnight(first - grid.DAY))
        .filter(appointed_time__lt=_midnight(last + grid.DAY))
        .order_by("appointed_time", "pk")
        .values_list("doctor", "appointed_time", "minutes", "status", "created_at")
    )
    found: dict[int, list[_Meeting]] = {}
    for doctor, start, minutes, status, booked_at in rows:
        found.setdefault(doctor, []).append(_Meeting(start, minutes, status, booked_at))
    return found


def _weeks(first: date, last: date) -> list[Week]:
    found = []
    while first <= last:
        sunday = first + timedelta(days=6 - first.weekday())
        found.append(Week(first, min(sunday, last)))
        first = sunday + grid.DAY
    return found


def _minutes(spans: Iterable[Span]) -> int:
    return sum(int((end - start).total_seconds()) // 60 for start, end in spans)


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))
