"""The doctor's day at work: who has come, who is checked in, who is done, who did not come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from madang.lib.constraints import refused
from madang.people.models import Member
from madang.reservation import booking, freeing
from madang.reservation.models import Reservation, ReservationEvent

Status = Reservation.Status

AFTER: Final[dict[str, tuple[str, ...]]] = {
    Status.ARRIVED: (Status.BOOKED,),
    Status.CHECKED_IN: (Status.ARRIVED,),
    Status.FULFILLED: (Status.ARRIVED, Status.CHECKED_IN),
    Status.NOSHOW: (Status.BOOKED,),
}
"""After which statuses each may come (FHIR R4 Appointment; checking in may be left out)."""
EARLY: Final = timedelta(hours=12)
"""So long before a meeting somebody can have come for it."""


class NotYours(Exception):
    """Only the doctor of the reservation, or staff, may."""


class OutOfOrder(Exception):
    """The reservation is not in a status after which this may come."""


class TooEarly(Exception):
    """Nobody comes so early, and nobody is late before the meeting begins."""


def confirm(*, reservation: Reservation, at: datetime, by: Member) -> Reservation:
    """Book for the patient what is held or offered. Raises `NotYours`, or what booking raises."""
    _check(reservation, by)
    return booking.confirm(reservation=reservation, at=at, by=by)


def arrive(*, reservation: Reservation, at: datetime, by: Member) -> Reservation:
    """Note that the patient is here, at most `EARLY` before the meeting.

    This and the next three: pressed many times they note one event, and they raise `NotYours`,
    `OutOfOrder` or `TooEarly` with nothing written.
    """
    return _step(reservation, Status.ARRIVED, at=at, by=by)


def check_in(*, reservation: Reservation, at: datetime, by: Member) -> Reservation:
    """Note that whoever has arrived is ready to be seen."""
    return _step(reservation, Status.CHECKED_IN, at=at, by=by)


def fulfil(*, reservation: Reservation, at: datetime, by: Member) -> Reservation:
    """Note that the people have met."""
    return _step(reservation, Status.FULFILLED, at=at, by=by)


def mark_noshow(*, reservation: Reservation, at: datetime, by: Member) -> Reservation:
    """Note that the patient did not come, once the meeting should have begun.

    What is left of the time is free, or offered to who waits for it.
    """
    return _step(reservation, Status.NOSHOW, at=at, by=by)


def undo(*, reservation: Reservation, slip: str, at: datetime, by: Member) -> Reservation:
    """Take the status `slip` back to the one before; both stay in the history.

    Pressed many times it goes one step back. Raises `NotYours`; `OutOfOrder` where the status is
    not `slip`; after a no-show `SlotTaken` or `PatientBusy` of `booking` where the time is
    somebody's by now. Then nothing is written.
    """
    _check(reservation, by)
    with freeing.turn(doctor=reservation.doctor, patient=reservation.patient, at=at):
        reservation.refresh_from_db(fields=booking.CHANGING)
        if slip not in AFTER or reservation.status != slip:
            raise OutOfOrder
        _write(reservation, _before(reservation), ReservationEvent.Kind.UNDONE, at=at, by=by)
    return reservation


Verb = Callable[..., Reservation]

VERBS: Final[dict[str, Verb]] = {
    Status.BOOKED: confirm,
    Status.ARRIVED: arrive,
    Status.CHECKED_IN: check_in,
    Status.FULFILLED: fulfil,
    Status.NOSHOW: mark_noshow,
}
"""Which verb leads to which status."""


def possible(reservation: Reservation, *, at: datetime) -> list[str]:
    """The statuses to which the doctor can take the reservation at `at`, the likeliest first."""
    if reservation.is_held:
        return [] if reservation.has_expired(at=at) else [Status.BOOKED]
    return [
        status
        for status, before in AFTER.items()
        if reservation.status in before and at >= _opens(reservation, status)
    ]


def _check(reservation: Reservation, by: Member) -> None:
    if not reservation.doctor.may_be_run_by(by):
        raise NotYours


def _opens(reservation: Reservation, status: str) -> datetime:
    """From when on the status makes sense."""
    moment: datetime = reservation.appointed_time
    return moment if status == Status.NOSHOW else moment - EARLY


def _step(
    reservation: Reservation, status: Reservation.Status, *, at: datetime, by: Member
) -> Reservation:
    _check(reservation, by)
    doctor, patient = reservation.doctor, reservation.patient
    is_freeing = status == Status.NOSHOW
    with freeing.turn(doctor=doctor, patient=patient, at=at, is_freeing=is_freeing):
        reservation.refresh_from_db(fields=booking.CHANGING)
        if reservation.status == status:
            return reservation
        if reservation.status not in AFTER[status]:
            raise OutOfOrder
        if at < _opens(reservation, status):
            raise TooEarly
        _write(reservation, status, ReservationEvent.Kind(status.value), at=at, by=by)
        if is_freeing:
            freeing.pass_on(given_up=reservation, span=reservation.taken, at=at)
    return reservation


def _write(
    reservation: Reservation,
    status: str,
    kind: ReservationEvent.Kind,
    *,
    at: datetime,
    by: Member,
) -> None:
    answers: dict[str, type[Exception]] = {
        freeing.DOCTOR: booking.SlotTaken,
        freeing.PATIENT: booking.PatientBusy,
        freeing.SEAT: booking.SlotTaken,
        freeing.NO_SEAT: booking.SlotTaken,
    }
    with refused(answers):
        Reservation.objects.filter(pk=reservation.pk).update(status=status, updated_at=at)
    reservation.refresh_from_db(fields=booking.CHANGING)
    reservation.events.create(kind=kind, happened_at=at, by=by)


def _before(reservation: Reservation) -> str:
    """The status before this one, as the events tell; they were written one after the other."""
    kinds = reservation.events.filter(kind__in=[*AFTER, ReservationEvent.Kind.UNDONE])
    steps: list[str] = [Status.BOOKED]
    for kind in kinds.order_by("pk").values_list("kind", flat=True):
        if kind == ReservationEvent.Kind.UNDONE:
            steps = steps[:-1] or [Status.BOOKED]
        else:
            steps.append(kind)
    known = [step for step in steps if step in AFTER[reservation.status]]
    return known[-1] if known else AFTER[reservation.status][0]
