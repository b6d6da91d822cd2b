"""Booking and cancelling: write, and let the constraints answer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from madang.lib.constraints import refused
from madang.people.models import Member
from madang.reservation import letters, slots
from madang.reservation.models import Doctor, Patient, Reservation, ReservationEvent, Service

DOCTOR = "reservation_doctor_one_place"
PATIENT = "reservation_patient_one_place"


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
) -> Reservation:
    """Give the time to `patient`; of those who race for it, one gets it.

    `appointed_time` and `at`, the moment of asking, are aware. Raises `NotOffered`,
    `TooSoonOrLate`, `SlotTaken` or `PatientBusy`, with nothing written. Kept by the constraints
    `reservation_doctor_one_place` and `reservation_patient_one_place`.
    """
    slot = slots.find(doctor=doctor, service=service, start=appointed_time, at=at)
    if slot is None:
        raise NotOffered
    if slot.status == "busy-unavailable":
        raise TooSoonOrLate
    reservation = Reservation(
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
    with transaction.atomic():
        _in_line(doctor, patient)
        with refused({DOCTOR: SlotTaken, PATIENT: PatientBusy}):
            reservation.save(force_insert=True)
        _note(reservation, ReservationEvent.Kind.BOOKED, at=at, by=by)
        letters.confirm(reservation)
    return reservation


def cancel(
    *, reservation: Reservation, at: datetime, by: Member | None, is_staff: bool = False
) -> Reservation:
    """Free the time again; the row stays, as history.

    A patient may until `service.cancel_minutes` before the meeting, staff until it begins.
    Raises `AlreadyOver` or `TooLateToCancel`, with nothing written.
    """
    if at >= reservation.cancellable_until(is_staff=is_staff):
        raise TooLateToCancel
    with transaction.atomic():
        still_open = Reservation.objects.filter(
            pk=reservation.pk, status__in=Reservation.CANCELLABLE
        )
        changed = still_open.update(
            status=Reservation.Status.CANCELLED,
            hold_expires_at=None,
            sequence=F("sequence") + 1,
            updated_at=at,
        )
        if not changed:
            raise AlreadyOver
        reservation.refresh_from_db()
        _note(reservation, ReservationEvent.Kind.CANCELLED, at=at, by=by)
        letters.cancelled(reservation)
    return reservation


def _in_line(doctor: Doctor, patient: Patient) -> None:
    """Wait behind others who book with this doctor or for this patient, in one fixed order.

    In PostgreSQL an INSERT that waits for a rival's can wait in a circle. Doctor first, then
    patient, and there is no circle. SQLite has one writer at a time anyway.
    """
    Doctor.objects.select_for_update(no_key=True).filter(pk=doctor.pk).first()
    Patient.objects.select_for_update(no_key=True).filter(pk=patient.pk).first()


def _note(
    reservation: Reservation, kind: ReservationEvent.Kind, *, at: datetime, by: Member | None
) -> None:
    reservation.events.create(kind=kind, happened_at=at, by=by)
