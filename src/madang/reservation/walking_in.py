"""Patients who stand there without a reservation."""

from __future__ import annotations

from datetime import datetime, timedelta

from madang.lib.constraints import refused
from madang.people.models import Member
from madang.reservation import freeing
from madang.reservation.attending import EARLY, NotYours
from madang.reservation.booking import PatientBusy, SlotTaken, TooSoonOrLate
from madang.reservation.models import (
    Doctor,
    GroupSession,
    Patient,
    Reservation,
    ReservationEvent,
    Service,
)

Kind = ReservationEvent.Kind


def walk_in(
    *,
    doctor: Doctor,
    who: Patient | str,
    service: Service,
    starts_at: datetime,
    minutes: int,
    at: datetime,
    by: Member,
) -> Reservation:
    """Give the doctor's time from `starts_at` to who stands there: a patient, or a new one's name.

    Off the grid, in closed hours and without buffers of its own, for `minutes`; the patient counts
    as arrived, and no letter is written. At most `EARLY` before or after `at`. For the doctor and
    staff: raises `NotYours`, or of `booking` `TooSoonOrLate`, `SlotTaken` or `PatientBusy`,
    with nothing written, no new patient either. Kept by the constraints
    `reservation_doctor_one_place` and `reservation_patient_one_place`.
    """
    if not doctor.may_be_run_by(by):
        raise NotYours
    if not -EARLY <= starts_at - at <= EARLY:
        raise TooSoonOrLate
    known = None if isinstance(who, str) else who
    with freeing.turn(doctor=doctor, patient=known, at=at):
        ends_at = starts_at + timedelta(minutes=minutes)
        if GroupSession.objects.filter(doctor=doctor).meeting(starts_at, ends_at).exists():
            raise SlotTaken
        patient = Patient.objects.create(name=who) if isinstance(who, str) else who
        with refused({freeing.DOCTOR: SlotTaken, freeing.PATIENT: PatientBusy}):
            row = Reservation.objects.create(
                doctor=doctor,
                patient=patient,
                service=service,
                appointed_time=starts_at,
                minutes=minutes,
                status=Reservation.Status.ARRIVED,
                created_at=at,
                updated_at=at,
            )
        for kind in (Kind.BOOKED, Kind.ARRIVED):
            row.events.create(kind=kind, happened_at=at, by=by)
    return row
