"""Hours that differ from the weekly ones: to close some, to add some, to take either back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from madang.lib.clock import joined, meets
from madang.lib.constraints import refused
from madang.people.models import Member
from madang.reservation import freeing, grid
from madang.reservation.attending import NotYours
from madang.reservation.models import Doctor, Reservation, Schedule, ScheduleException
from madang.reservation.models.schedule import DAY_MINUTES

LONGEST = timedelta(days=366)
"""No exception is about more days than this."""
HORIZON = timedelta(days=3 * 366)
"""How far ahead meetings are looked for that lie in closed hours."""

Kind = ScheduleException.Kind


@dataclass(frozen=True)
class When:
    """The same hours on each of some days: days inclusive, minutes after midnight on the wall."""

    first_on: date
    last_on: date
    opens_minute: int = 0
    closes_minute: int = DAY_MINUTES


class BadHours(Exception):
    """They end before they begin, last longer than `LONGEST`, or are past."""


class AlreadyNoted(Exception):
    """The same hours of the same days are noted already."""


class Gone(Exception):
    """Somebody has taken it back already."""


REFUSALS: dict[str, type[Exception]] = {
    "reservation_exception_ends_after_start": BadHours,
    "reservation_exception_closes_after_opening": BadHours,
    "reservation_exception_once": AlreadyNoted,
    "reservation_exception_once_a_schedule": AlreadyNoted,
}


def zone_of(doctor: Doctor) -> str:
    """The zone of the doctor's hours: that of the first schedule, else that of the site."""
    zones = (
        Schedule.objects.filter(doctor=doctor).order_by("pk").values_list("time_zone", flat=True)
    )
    return zones.first() or settings.TIME_ZONE


def close(
    *,
    doctor: Doctor,
    schedule: Schedule | None,
    when: When,
    reason: str,
    at: datetime,
    by: Member,
) -> ScheduleException:
    """Close hours of all that the doctor offers, or of one schedule.

    On the wall of the schedule's zone, or of `zone_of` the doctor. From the moment it is written
    nobody books the time; what was booked before stays, and `concerned` names it. For the doctor
    and operators: raises `NotYours`, `BadHours` or `AlreadyNoted`, with nothing written.
    """
    return _note(
        Kind.CLOSED,
        doctor=doctor,
        schedule=schedule,
        when=when,
        reason=reason,
        at=at,
        by=by,
    )


def add_hours(
    *,
    doctor: Doctor,
    schedule: Schedule | None,
    when: When,
    reason: str,
    at: datetime,
    by: Member,
) -> ScheduleException:
    """Open more hours, also on a public holiday. As `close`; who waits is offered what is new."""
    return _note(
        Kind.EXTRA,
        doctor=doctor,
        schedule=schedule,
        when=when,
        reason=reason,
        at=at,
        by=by,
    )


def take_back(*, exception: ScheduleException, at: datetime, by: Member) -> None:
    """Let the weekly hours be as they were. Who waits is offered what becomes free.

    A public holiday is lifted and stays as a row, so that the next import leaves it open. Raises
    `NotYours` or `Gone`.
    """
    doctor = _doctor_of(exception)
    _check(doctor, by)
    with freeing.turn(doctor=doctor, patient=None, at=at, is_freeing=True):
        mine = ScheduleException.objects.filter(pk=exception.pk, is_lifted=False)
        if exception.kind == Kind.HOLIDAY:
            count = mine.update(is_lifted=True)
        else:
            count, _each = mine.delete()
        if not count:
            raise Gone
        if exception.kind != Kind.EXTRA:
            _offer(doctor, exception, at)


def restore(*, exception: ScheduleException, at: datetime, by: Member) -> None:
    """Close a public holiday again that was lifted; twice is as good as once. Raises `NotYours`."""
    doctor = _doctor_of(exception)
    _check(doctor, by)
    with freeing.turn(doctor=doctor, patient=None, at=at):
        ScheduleException.objects.filter(pk=exception.pk, kind=Kind.HOLIDAY).update(is_lifted=False)


def concerned(*, doctor: Doctor, at: datetime) -> list[Reservation]:
    """The doctor's meetings from `at` on that lie in hours which are closed by now, soonest first.

    They were made before, and nobody else will tell these people.
    """
    first, until = at.date() - grid.DAY, (at + HORIZON).date()
    found = grid.hours(doctors=[doctor], services=None, first=first, until=until)
    closed = {each.schedule.pk: each.closed(first, until) for each in found}
    everywhere = joined(span for spans in closed.values() for span in spans)
    if not everywhere:
        return []
    rows = doctor.reservations.open(at=at).filter(
        appointed_time__gt=at - grid.DAY, appointed_time__lt=everywhere[-1][1]
    )
    lying = []
    for row in rows.with_people().order_by("appointed_time", "id"):
        mine = [each.schedule.pk for each in found if each.schedule.service_id == row.service_id]
        spans = joined(span for pk in mine or closed for span in closed[pk])
        if row.ends_at > at and meets(spans, row.appointed_time, row.ends_at):
            lying.append(row)
    return lying


def _note(
    kind: str,
    *,
    doctor: Doctor,
    schedule: Schedule | None,
    when: When,
    reason: str,
    at: datetime,
    by: Member,
) -> ScheduleException:
    _check(doctor, by)
    if schedule is not None and schedule.doctor_id != doctor.pk:
        raise NotYours
    if when.last_on < at.date() - grid.DAY or when.last_on - when.first_on > LONGEST:
        raise BadHours
    exception = ScheduleException(
        doctor=doctor if schedule is None else None,
        schedule=schedule,
        kind=kind,
        time_zone=zone_of(doctor) if schedule is None else schedule.time_zone,
        made_by=by,
        made_at=at,
        reason=reason,
        **asdict(when),
    )
    is_freeing = kind == Kind.EXTRA
    with freeing.turn(doctor=doctor, patient=None, at=at, is_freeing=is_freeing):
        with refused(REFUSALS):
            exception.save(force_insert=True)
        if is_freeing:
            _offer(doctor, exception, at)
    return exception


def _offer(doctor: Doctor, exception: ScheduleException, at: datetime) -> None:
    """What has opened is for whoever waits first, before anybody who passes by."""
    spans = grid.spans([exception], exception.first_on, exception.last_on)
    if spans:
        freeing.offer(doctor=doctor, span=(spans[0][0], spans[-1][1]), at=at)


def _doctor_of(exception: ScheduleException) -> Doctor:
    if exception.schedule is not None:
        return exception.schedule.doctor
    assert exception.doctor is not None  # reservation_exception_of_one
    return exception.doctor


def _check(doctor: Doctor, by: Member) -> None:
    if not doctor.may_be_run_by(by):
        raise NotYours
