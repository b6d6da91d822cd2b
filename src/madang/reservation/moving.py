"""Moving a reservation to another time: the same row, so that the patient always has one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from madang.lib.constraints import refused
from madang.people.models import Member
from madang.reservation import booking, elsewhere, freeing, letters, reminding
from madang.reservation.models import Reservation, ReservationEvent


class TooLateToMove(Exception):
    """The deadline for moving has passed."""


def move(
    *,
    reservation: Reservation,
    appointed_time: datetime,
    at: datetime,
    by: Member | None,
    is_staff: bool = False,
    note: str = "",
) -> Reservation:
    """Let the meeting be at `appointed_time`; the old time is free, or offered to who waits for it.

    One statement on one row: there is no moment at which the patient has neither time, nor both.
    Moving twice to the same time moves once. The length is what the service takes now, and a
    reason for overbooking stays behind with the old time. A patient may until
    `service.reschedule_minutes` before the old time, staff until it begins, whatever the
    notice and horizon of the new one. `note`, of at most 200 signs, is kept in the event.

    Raises `TooLateToMove`, or of `booking` `AlreadyOver`, `NotOffered`, `TooSoonOrLate`,
    `SlotTaken` or `PatientBusy`; then everything is as it was. Kept by the constraints
    `reservation_doctor_one_place` and `reservation_patient_one_place`.
    """
    doctor, patient = reservation.doctor, reservation.patient
    with freeing.turn(doctor=doctor, patient=patient, at=at, is_freeing=True):
        reservation.refresh_from_db(fields=booking.CHANGING)
        if reservation.status != Reservation.Status.BOOKED:
            raise booking.AlreadyOver
        if reservation.appointed_time == appointed_time:
            return reservation
        if at >= reservation.movable_until(is_staff=is_staff):
            raise TooLateToMove
        _check(reservation, appointed_time, at, is_staff=is_staff)
        moved_from, was_taken = reservation.appointed_time, reservation.taken
        _write(reservation, appointed_time, at)
        reservation.events.create(
            kind=ReservationEvent.Kind.MOVED,
            happened_at=at,
            by=by,
            note=note,
            moved_from=moved_from,
            moved_to=appointed_time,
        )
        reminding.plan(reservation=reservation, at=at)
        letters.changed(reservation, moved_from=moved_from)
        freeing.pass_on(given_up=reservation, span=was_taken, at=at)
    return reservation


def _check(
    reservation: Reservation, appointed_time: datetime, at: datetime, *, is_staff: bool
) -> None:
    if reservation.service is None or reservation.session_id is not None:
        raise booking.NotOffered  # a session moves as a whole
    booking.check_offered(
        doctor=reservation.doctor,
        service=reservation.service,
        appointed_time=appointed_time,
        at=at,
        is_staff=is_staff,
    )


def _write(reservation: Reservation, appointed_time: datetime, at: datetime) -> None:
    service = reservation.service
    assert service is not None
    start = appointed_time - timedelta(minutes=service.buffer_before)
    end = appointed_time + timedelta(minutes=service.minutes + service.buffer_after)
    if elsewhere.meets(doctor=reservation.doctor, span=(start, end)):
        raise booking.SlotTaken
    with refused({freeing.DOCTOR: booking.SlotTaken, freeing.PATIENT: booking.PatientBusy}):
        Reservation.objects.filter(pk=reservation.pk).update(
            appointed_time=appointed_time,
            minutes=service.minutes,
            buffer_before=service.buffer_before,
            buffer_after=service.buffer_after,
            overbook_reason="",
            sequence=F("sequence") + 1,
            updated_at=at,
        )
    reservation.refresh_from_db(fields=[*booking.CHANGING, *booking.LENGTHS])
