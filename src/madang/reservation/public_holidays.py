"""Public holidays of a country, closed for a doctor: from the `holidays` package."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from madang.lib import public_holidays
from madang.people.models import Member
from madang.reservation import closing, freeing
from madang.reservation.attending import NotYours
from madang.reservation.models import Doctor, ScheduleException

NAME = 120
"""Longer names of holidays are cut."""


def close_all(
    *, doctor: Doctor, country: str, subdivision: str = "", at: datetime, by: Member
) -> int:
    """Close the public holidays from today to the end of next year; how many are new.

    `country` is an ISO 3166-1 code, `subdivision` a part of it as the package names it (mostly
    ISO 3166-2). What is there already, also what somebody changed or lifted, stays as it is; two
    who import at once write each day once. Kept by the constraint
    `reservation_exception_holiday_once`. Raises
    `NotYours` or the `UnknownCountry` of `madang.lib.public_holidays`.
    """
    if not doctor.may_be_run_by(by):
        raise NotYours
    zone = closing.zone_of(doctor)
    today = at.astimezone(ZoneInfo(zone)).date()
    days = public_holidays.on(
        country, subdivision, today.year, today.year + 1, language=settings.LANGUAGE_CODE
    )
    rows = [
        ScheduleException(
            doctor=doctor,
            kind=ScheduleException.Kind.HOLIDAY,
            first_on=day,
            last_on=day,
            time_zone=zone,
            reason=name[:NAME],
            made_by=by,
            made_at=at,
        )
        for day, name in sorted(days.items())
        if day >= today
    ]
    with freeing.turn(doctor=doctor, patient=None, at=at):
        there = doctor.exceptions.filter(kind=ScheduleException.Kind.HOLIDAY)
        before = there.count()
        ScheduleException.objects.bulk_create(rows, ignore_conflicts=True)
        return there.count() - before
