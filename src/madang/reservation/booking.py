"""Booking, holding and cancelling: write, and let the constraints answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from madang.lib.constraints import refused
from madang.people.models import Member
from madang.reservation import elsewhere, freeing, letters, reminding, slots
from madang.reservation.freeing import DOCTOR, PATIENT
from madang.reservation.models import (
    Doctor,
    Patient,
    Reservation,
    ReservationEvent,
    Service,
    WaitlistEntry,
)

HOLD = timedelta(minutes=5)
"""How long a time is kept for somebody who has not booked it yet."""
CHANGING = ["appointed_time", "status", "hold_expires_at", "sequence", "updated_at"]
"""The fields of a reservation that verbs change."""
BOOKED = ReservationEvent.Kind.BOOKED
LENGTHS = ["minutes", "buffer_before", "buffer_after", "overbook_reason"]
"""Those that only moving changes."""


class NotOffered(Exception):
    """The doctor does not offer this service at this time: off the grid, or closed."""


class TooSoonOrLate(Exception):
    """The time is past, or nearer than the notice, or beyond the horizon."""


class SlotTaken(Exception):
    """Somebody else holds this time of the doctor."""


class PatientBusy(Exception):
    """The patient is somewhere else at this time."""


class AlreadyOver(Exception):
    """The reservation is not open any more: cancelled, or the people have met."""


class HoldExpired(Exception):
    """The hold has run out; the time is free, or somebody else's."""


class TooLateToCancel(Exception):
    """The deadline for cancelling has passed."""


def book(
    *,
    doctor: Doctor,
    patient: Patient,
    service: Service,
    appointed_time: datetime,
    at: datetime,
    by: Member | None,
    overbook_reason: str = "",
    is_staff: bool = False,
) -> Reservation:
    """Give the time to `patient`; of those who race for it, one gets it.

    `appointed_time` and `at`, the moment of asking, are aware. With `overbook_reason`, for staff
    alone, the time may be somebody else's of the same doctor as well; where it is, the reason is
    kept in the row and in the event. The patient's own rule cannot be lifted. `is_staff` lifts
    the service's notice and horizon; nobody books what is past. Raises `NotOffered`,
    `TooSoonOrLate`, `SlotTaken` or `PatientBusy`, with nothing written. Kept by the constraints
    `reservation_doctor_one_place` and `reservation_patient_one_place`.
    """
    with freeing.turn(doctor=doctor, patient=patient, at=at):
        reservation = _wanted(doctor, patient, service, appointed_time, at, is_staff=is_staff)
        try:
            _write(reservation, BOOKED, at=at, by=by, is_last=not overbook_reason)
        except SlotTaken:
            if not overbook_reason:
                raise
            reservation.overbook_reason = overbook_reason
            _write(reservation, BOOKED, at=at, by=by)
        reminding.plan(reservation=reservation, at=at)
        letters.confirm(reservation)
    return reservation


def hold(
    *,
    doctor: Doctor,
    patient: Patient,
    service: Service,
    appointed_time: datetime,
    at: datetime,
    by: Member | None,
) -> Reservation:
    """Keep the time for `patient` until `HOLD` after `at`, at most until it begins.

    Nobody else can have it meanwhile: raises what `book` raises, kept by the same constraints.
    From the moment it has run out the time is free, whether or not a sweeper ran. No letter is
    written.
    """
    with freeing.turn(doctor=doctor, patient=patient, at=at):
        reservation = _wanted(doctor, patient, service, appointed_time, at)
        reservation.status = Reservation.Status.PENDING
        reservation.hold_expires_at = min(at + HOLD, appointed_time)
        _write(reservation, ReservationEvent.Kind.HELD, at=at, by=by)
    return reservation


def confirm(*, reservation: Reservation, at: datetime, by: Member | None) -> Reservation:
    """Book what is held or offered. Confirming twice books once; who was offered waits no more.

    Raises `HoldExpired` or `AlreadyOver`, with the hold freed.
    """
    with freeing.turn(doctor=reservation.doctor, patient=reservation.patient, at=at):
        held = Reservation.objects.filter(pk=reservation.pk, status=Reservation.Status.PENDING)
        changed = held.update(
            status=Reservation.Status.BOOKED,
            hold_expires_at=None,
            sequence=F("sequence") + 1,
            updated_at=at,
        )
        reservation.refresh_from_db(fields=CHANGING)
        if changed:
            WaitlistEntry.objects.filter(offers=reservation).update(closed_at=at)
            _note(reservation, ReservationEvent.Kind.BOOKED, at=at, by=by)
            reminding.plan(reservation=reservation, at=at)
            letters.confirm(reservation)
        elif reservation.events.filter(kind=ReservationEvent.Kind.EXPIRED).exists():
            raise HoldExpired
        elif reservation.status != Reservation.Status.BOOKED:
            raise AlreadyOver
    return reservation


def cancel(
    *,
    reservation: Reservation,
    at: datetime,
    by: Member | None,
    is_staff: bool = False,
    note: str = "",
) -> Reservation:
    """Free the time again; the row stays, as history. A hold is given back without a letter.

    The first who waits for the time is offered it in the same transaction. A patient may until
    `service.cancel_minutes` before the meeting, staff until it begins, and both give a hold back
    until then. `note`, of at most 200 signs, is kept in the event. Raises `AlreadyOver` or
    `TooLateToCancel`, with nothing written.
    """
    doctor, patient = reservation.doctor, reservation.patient
    with freeing.turn(doctor=doctor, patient=patient, at=at, is_freeing=True):
        reservation.refresh_from_db(fields=CHANGING)
        if at >= reservation.cancellable_until(is_staff=is_staff):
            raise TooLateToCancel
        if not reservation.is_open:
            raise AlreadyOver
        was_held = reservation.is_held
        Reservation.objects.filter(pk=reservation.pk).update(
            status=Reservation.Status.CANCELLED,
            hold_expires_at=None,
            sequence=F("sequence") + 1,
            updated_at=at,
        )
        reservation.refresh_from_db(fields=CHANGING)
        if was_held:
            _note(reservation, ReservationEvent.Kind.GIVEN_BACK, at=at, by=by, note=note)
        else:
            _note(reservation, ReservationEvent.Kind.CANCELLED, at=at, by=by, note=note)
            reminding.drop(reservation=reservation)
            letters.cancelled(reservation)
        freeing.pass_on(given_up=reservation, span=reservation.taken, at=at)
    return reservation


def check_offered(
    *,
    doctor: Doctor,
    service: Service,
    appointed_time: datetime,
    at: datetime,
    is_staff: bool = False,
) -> None:
    """Raise `NotOffered` or `TooSoonOrLate` for what cannot be booked, whoever holds the time.

    Staff is not bound by how far ahead a service is booked, only by the clock.
    """
    can = slots.is_bookable(doctor=doctor, service=service, start=appointed_time, at=at)
    if can is None:
        raise NotOffered
    if appointed_time < at or not (can or is_staff):
        raise TooSoonOrLate


def _wanted(
    doctor: Doctor,
    patient: Patient,
    service: Service,
    appointed_time: datetime,
    at: datetime,
    *,
    is_staff: bool = False,
) -> Reservation:
    """The row to write, where the doctor offers the time and it can be booked at `at`.

    Asked while others wait for the same doctor, so that nobody closes the time meanwhile.
    """
    check_offered(
        doctor=doctor,
        service=service,
        appointed_time=appointed_time,
        at=at,
        is_staff=is_staff,
    )
    return Reservation(
        doctor=doctor,
        patient=patient,
        service=service,
        appointed_time=appointed_time,
        minutes=service.minutes,
        buffer_before=service.buffer_before,
        buffer_after=service.buffer_after,
        created_at=at,
        updated_at=at,
    )


def _write(
    reservation: Reservation,
    kind: ReservationEvent.Kind,
    *,
    at: datetime,
    by: Member | None,
    is_last: bool = True,
) -> None:
    """The row and its event; unless `is_last`, the turn goes on after `SlotTaken`."""
    is_lifted = bool(reservation.overbook_reason)
    if not is_lifted and elsewhere.meets(doctor=reservation.doctor, span=reservation.taken):
        raise SlotTaken
    with refused({DOCTOR: SlotTaken, PATIENT: PatientBusy}, is_last=is_last):
        reservation.save(force_insert=True)
    _note(reservation, kind, at=at, by=by, note=reservation.overbook_reason)


def _note(
    reservation: Reservation,
    kind: ReservationEvent.Kind,
    *,
    at: datetime,
    by: Member | None,
    note: str = "",
) -> None:
    reservation.events.create(kind=kind, happened_at=at, by=by, note=note)
