"""The weekly hours of a schedule: set as a whole, and the meetings that they leave outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from madang.lib.clock import Span
from madang.lib.hours import Stretch
from madang.reservation import grid
from madang.reservation.models import OpeningRule, Reservation, Schedule, ScheduleException


def set_hours(*, schedule: Schedule, hours: Mapping[int, Sequence[Stretch]]) -> None:
    """Let the week be `hours`: stretches for each ISO weekday, closed where there are none.

    `hours` come from `lib.hours.parse`, so no two of a day overlap. Of two who set them at once
    one comes after the other, and the later week stands whole. What was booked stays booked; see
    `outside`.
    """
    with transaction.atomic():
        list(Schedule.objects.select_for_update().filter(pk=schedule.pk))
        schedule.opening_rules.all().delete()
        OpeningRule.objects.bulk_create(
            OpeningRule(schedule=schedule, weekday=day, opens_minute=opens, closes_minute=closes)
            for day, stretches in sorted(hours.items())
            for opens, closes in stretches
        )


def outside(schedule: Schedule, *, at: datetime) -> list[Reservation]:
    """What is booked from `at` on and no hours hold any more, soonest first; at most four queries.

    Held against all schedules of this doctor and service, as the clocks of each one's zone show
    the beginning and the end, and against extra hours. What is closed is not looked at:
    `closing.concerned` names what lies there.
    """
    same = Schedule.objects.filter(doctor=schedule.doctor_id, service=schedule.service_id)
    schedules = list(same.prefetch_related("opening_rules"))
    rows = (
        Reservation.objects.filter(doctor=schedule.doctor_id, service=schedule.service_id)
        .ahead(at=at)
        .with_people()
    )
    left = [row for row in rows if not any(_holds(each, row) for each in schedules)]
    if not left:
        return []
    extra = _extra(schedules, left)
    return [
        row
        for row in left
        if not any(opens <= row.appointed_time and row.ends_at <= closes for opens, closes in extra)
    ]


def _extra(schedules: Sequence[Schedule], rows: Sequence[Reservation]) -> list[Span]:
    """The extra hours of the schedules, and of their doctor, on the days around `rows`."""
    more = ScheduleException.objects.filter(
        Q(doctor=schedules[0].doctor_id) | Q(schedule__in=schedules),
        kind=ScheduleException.Kind.EXTRA,
    )
    first, last = (rows[n].appointed_time.date() for n in (0, -1))
    return grid.spans(more, first, last + timedelta(days=1))


def _holds(schedule: Schedule, row: Reservation) -> bool:
    zone = ZoneInfo(schedule.time_zone)
    start, end = row.appointed_time.astimezone(zone), row.ends_at.astimezone(zone)
    on = start.date()
    if (schedule.valid_from and on < schedule.valid_from) or (
        schedule.valid_until and on > schedule.valid_until
    ):
        return False
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    first, last = (moment.replace(tzinfo=None) - midnight for moment in (start, end))
    return any(
        rule.weekday == on.isoweekday()
        and timedelta(minutes=rule.opens_minute) <= first
        and last <= timedelta(minutes=rule.closes_minute)
        for rule in schedule.opening_rules.all()
    )
