"""When a schedule is open: its weekly hours, and what differs from them on some days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q

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
    doctor_ids = {each.schedule.doctor_id for each in found.values()}
    exceptions = (
        ScheduleException.objects.filter(Q(doctor__in=doctor_ids) | Q(schedule__in=list(found)))
        .filter(is_lifted=False)
        .within(first - ZONES_APART, until + ZONES_APART)
        .select_related("schedule__service")
        .order_by("pk")
    )
    for exception in exceptions:
        for each in found.values():
            if exception.schedule_id == each.schedule.pk or (
                exception.doctor_id == each.schedule.doctor_id
            ):
                each.exceptions.append(exception)
    return list(found.values())


def _schedules(
    doctors: Iterable[Doctor], services: Iterable[Service] | None, first: date, until: date
) -> dict[int, Hours]:
    """The schedules with their weekly hours, by their ids: a row for each hour, one without any."""
    rows = Schedule.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lt=until),
        Q(valid_until__isnull=True) | Q(valid_until__gte=first),
        doctor__in=doctors,
        doctor__is_active=True,
        service__is_active=True,
    )
    if services is not None:
        rows = rows.filter(service__in=services)
    rules = rows.select_related("service").annotate(
        weekday=F("opening_rules__weekday"),
        opens=F("opening_rules__opens_minute"),
        closes=F("opening_rules__closes_minute"),
    )
    found: dict[int, Hours] = {}
    for row in rules.order_by("pk", "opening_rules__pk"):
        each = found.setdefault(row.pk, Hours(row))
        if row.weekday is not None:
            each.rules.append(Rule(row.weekday, row.opens, row.closes))
    return found
