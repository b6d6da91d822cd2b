"""A doctor's notes about a meeting: written, read and taken back by that doctor alone.

What a patient is handed over on request contains them, and they go when the patient is erased.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from madang.people.models import Member
from madang.reservation.models import Patient, Reservation, ReservationNote


class NotTheDoctor(Exception):
    """Only the doctor of the meeting writes and reads notes; staff does not."""


class Forgotten(Exception):
    """The patient has been erased, so nothing more is written about the meeting."""


def write(*, reservation: Reservation, text: str, at: datetime, by: Member) -> ReservationNote:
    """Keep `text` about the meeting. Raises `NotTheDoctor`, or `Forgotten`.

    Erasing a patient and writing about the patient come one after the other: whichever is first,
    no note is left.
    """
    _check(reservation, by)
    with transaction.atomic():
        known = Patient.objects.filter(pk=reservation.patient_id).exclude(name="", member=None)
        if not list(known.select_for_update(of=("self",))):
            raise Forgotten
        return reservation.notes.create(author=by, text=text, written_at=at)


def read(*, reservation: Reservation, by: Member) -> list[ReservationNote]:
    """The notes of the doctor about the meeting, as they were written. Raises `NotTheDoctor`."""
    _check(reservation, by)
    return list(reservation.notes.of(by))


def take_back(*, reservation: Reservation, note_id: int, by: Member) -> None:
    """Forget a note; of many who press at once all are served. Raises `NotTheDoctor`."""
    _check(reservation, by)
    reservation.notes.of(by).filter(pk=note_id).delete()


def _check(reservation: Reservation, by: Member) -> None:
    if reservation.doctor.member_id != by.pk or "doctor" not in by.roles:
        raise NotTheDoctor
