"""When a schedule is open: its weekly hours, and what differs from them on some days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any  # a database's row
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet

from madang.db.prepared import Prepared
from madang.lib.clock import Span, joined, meets, offered, open_spans, without
from madang.reservation.models import Doctor, Schedule, ScheduleException, Service

Kind = ScheduleException.Kind
DAY = timedelta(days=1)
ZONES_APART = 2 * DAY
"""A day of one zone lies within so many days of the same day of another."""


@dataclass(frozen=True)
class Rule:
    """Open every week: an ISO 8601 weekday, minutes after midnight."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True)
class Hours:
    """A schedule with its weekly hours, and the exceptions to them around the days asked for."""

    schedule: Schedule
    rules: list[Rule] = field(default_factory=list)
    exceptions: list[ScheduleException] = field(default_factory=list)

    def times(self, first: date, until: date) -> Iterator[Span]:
        """The times of the service that are offered on the days from `first` to before `until`.

        Weekly ones unless a holiday or something closed meets them; extra ones unless something
        closed does. Days are those of the schedule's own zone.
        """
        closed = self._spans(Kind.CLOSED, first, until)
        shut = joined([*closed, *self._spans(Kind.HOLIDAY, first, until)])
        for span in self._weekly(first, until):
            if not shut or not meets(shut, *span):
                yield span
        for span in self._extra(first, until):
            if not meets(closed, *span):
                yield span

    def open(self, first: date, until: date) -> list[Span]:
        """The stretches of those days in which the door is open."""
        zone = ZoneInfo(self.schedule.time_zone)
        weekly = [
            span
            for day in self._days(first, until)
            for rule in self.rules
            if rule.weekday == day.isoweekday()
            for span in open_spans(day, opens=rule.opens, closes=rule.closes, zone=zone)
        ]
        opened = without(weekly, self._spans(Kind.HOLIDAY, first, until))
        if extra := self._spans(Kind.EXTRA, first, until):
            days = self._days(first, until)
            midnights = [open_spans(day, opens=0, closes=24 * 60, zone=zone) for day in days]
            elsewhere = without(extra, [span for spans in midnights for span in spans])
            opened = [*opened, *without(extra, elsewhere)]
        return without(opened, self._spans(Kind.CLOSED, first, until))

    def closed(self, first: date, until: date) -> list[Span]:
        """What is closed around those days though the week has hours there, joined."""
        holidays = without(
            self._spans(Kind.HOLIDAY, first, until), self._spans(Kind.EXTRA, first, until)
        )
        return joined([*self._spans(Kind.CLOSED, first, until), *holidays])

    def _days(self, first: date, until: date) -> list[date]:
        """Those of the days on which the schedule is valid."""
        day = max(first, self.schedule.valid_from or first)
        last = min(until, (self.schedule.valid_until or until) + DAY)
        return [day + timedelta(days=n) for n in range((last - day).days)]

    def _weekly(self, first: date, until: date) -> Iterator[Span]:
        for day in self._days(first, until):
            for rule in self.rules:
                if rule.weekday == day.isoweekday():
                    yield from self._cut(day, rule.opens, rule.closes, self.schedule.time_zone)

    def _extra(self, first: date, until: date) -> Iterator[Span]:
        days = set(self._days(first, until))
        zone = ZoneInfo(self.schedule.time_zone)
        more = [each for each in self.exceptions if each.kind == Kind.EXTRA]
        for each, day in _each_day(more, first, until):
            for span in self._cut(day, each.opens_minute, each.closes_minute, each.time_zone):
                if span[0].astimezone(zone).date() in days:
                    yield span

    def _cut(self, day: date, opens: int, closes: int, zone: str) -> tuple[Span, ...]:
        service = self.schedule.service
        return offered(
            day,
            opens=opens,
            closes=closes,
            step=service.step or service.minutes,
            length=service.minutes,
            zone=ZoneInfo(zone),
        )

    def _spans(self, kind: str, first: date, until: date) -> list[Span]:
        """What the exceptions of a kind cover around those days, joined."""
        mine = [each for each in self.exceptions if each.kind == kind]
        return spans(mine, first, until)


def _each_day(
    exceptions: Iterable[ScheduleException], first: date, until: date
) -> Iterator[tuple[ScheduleException, date]]:
    for each in exceptions:
        day = max(each.first_on, first - ZONES_APART)
        last = min(each.last_on, until + ZONES_APART)
        while day <= last:
            yield each, day
            day += DAY


def spans(exceptions: Iterable[ScheduleException], first: date, until: date) -> list[Span]:
    """What `exceptions` cover around the days from `first` to before `until`, joined."""
    return joined(
        span
        for each, day in _each_day(exceptions, first, until)
        for span in open_spans(
            day,
            opens=each.opens_minute,
            closes=each.closes_minute,
            zone=ZoneInfo(each.time_zone),
        )
    )


def hours(
    *, doctors: Iterable[Doctor], services: Iterable[Service] | None, first: date, until: date
) -> list[Hours]:
    """The schedules of `services`, or of all, with `doctors` that are valid on some of the days.

    Two queries whatever the number; one where there is no schedule.
    """
    found = _schedules(doctors, services, first, until)
    if not found:
        return []
    rows = _exceptions(
        doctors=list({each.schedule.doctor_id for each in found.values()}),
        schedules=list(found),
        first=first - ZONES_APART,
        until=until + ZONES_APART,
    )
    for row in rows:
        exception = ScheduleException.from_db(connection.alias, EXCEPTION, row)
        for each in found.values():
            if exception.schedule_id == each.schedule.pk:
                exception.schedule = each.schedule
                each.exceptions.append(exception)
            elif exception.doctor_id == each.schedule.doctor_id:
                each.exceptions.append(exception)
    return list(found.values())


def _schedules(
    doctors: Iterable[Doctor], services: Iterable[Service] | None, first: date, until: date
) -> dict[int, Hours]:
    """The schedules with their weekly hours, by their ids: a row for each hour, one without any."""
    rows = _rules(
        doctors=[doctor.pk for doctor in doctors],
        services=None if services is None else [service.pk for service in services],
        first=first,
        until=until,
    )
    found: dict[int, Hours] = {}
    ends = (len(SCHEDULE), len(SCHEDULE) + len(SERVICE))
    for row in rows:
        weekday, opens, closes = row[ends[1] :]
        each = found.get(row[0])
        if each is None:
            schedule = Schedule.from_db(connection.alias, SCHEDULE, row[: ends[0]])
            schedule.service = Service.from_db(connection.alias, SERVICE, row[ends[0] : ends[1]])
            each = found[row[0]] = Hours(schedule)
        if weekday is not None:
            each.rules.append(Rule(weekday, opens, closes))
    return found


SCHEDULE, SERVICE, EXCEPTION = (
    [field.attname for field in model._meta.concrete_fields]
    for model in (Schedule, Service, ScheduleException)
)
"""The columns of the three, the primary key first."""


@Prepared
def _rules(
    *, doctors: list[int], services: list[int] | None, first: date, until: date
) -> QuerySet[Schedule, tuple[Any, ...]]:
    """A schedule, its service, and one of its weekly hours, or None three times."""
    rows = Schedule.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lt=until),
        Q(valid_until__isnull=True) | Q(valid_until__gte=first),
        doctor__in=doctors,
        doctor__is_active=True,
        service__is_active=True,
    )
    if services is not None:
        rows = rows.filter(service__in=services)
    return rows.order_by("pk", "opening_rules__pk").values_list(
        *SCHEDULE,
        *(f"service__{name}" for name in SERVICE),
        "opening_rules__weekday",
        "opening_rules__opens_minute",
        "opening_rules__closes_minute",
    )


@Prepared
def _exceptions(
    *, doctors: list[int], schedules: list[int], first: date, until: date
) -> QuerySet[ScheduleException, tuple[Any, ...]]:
    """What differs from the weekly hours, for a doctor or for one schedule."""
    rows = ScheduleException.objects.filter(Q(doctor__in=doctors) | Q(schedule__in=schedules))
    found = rows.filter(is_lifted=False).within(first, until).order_by("pk")
    return found.values_list(*EXCEPTION)
