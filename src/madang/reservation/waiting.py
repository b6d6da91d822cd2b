"""The waiting list: to join it and to leave it. `freeing` asks those who wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from madang.lib.constraints import refused
from madang.people.models import Member
from madang.reservation import booking, freeing
from madang.reservation.models import (
    Doctor,
    Patient,
    Reservation,
    Schedule,
    Service,
    WaitlistEntry,
)

ONCE = "reservation_waits_once"
LONGEST = timedelta(days=62)
"""Nobody waits for a time within a longer window than this."""


class BadWindow(Exception):
    """The window is over, ends before it begins, or is longer than `LONGEST`."""


class AlreadyWaiting(Exception):
    """The patient waits for the same already."""


class NotWaiting(Exception):
    """The patient does not wait any more."""


def join(
    *,
    doctor: Doctor,
    patient: Patient,
    service: Service,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
) -> WaitlistEntry:
    """Let `patient` wait for a time that lies wholly within [starts_at, ends_at).

    Whoever joins first is asked first. Raises `BadWindow`, `AlreadyWaiting` or
    `booking.NotOffered`, with nothing written. Kept by the constraint `reservation_waits_once`.
    """
    if not max(starts_at, at) < ends_at <= starts_at + LONGEST:
        raise BadWindow
    offered = Schedule.objects.filter(doctor=doctor, service=service)
    if not offered.filter(doctor__is_active=True, service__is_active=True).exists():
        raise booking.NotOffered
    entry = WaitlistEntry(
        doctor=doctor,
        patient=patient,
        service=service,
        starts_at=starts_at,
        ends_at=ends_at,
        placed_at=at,
    )
    with (
        freeing.turn(doctor=doctor, patient=patient, at=at),
        refused({ONCE: AlreadyWaiting}),
    ):
        entry.save(force_insert=True)
    return entry


def leave(*, entry: WaitlistEntry, at: datetime, by: Member | None) -> None:
    """Wait no more; an offer that is open goes to whoever is next. Raises `NotWaiting`."""
    with freeing.turn(doctor=entry.doctor, patient=entry.patient, at=at, is_freeing=True):
        still = WaitlistEntry.objects.filter(pk=entry.pk, closed_at__isnull=True)
        if not still.update(closed_at=at):
            raise NotWaiting
        for offer in entry.offers.filter(status=Reservation.Status.PENDING).with_people():
            booking.cancel(reservation=offer, at=at, by=by)
