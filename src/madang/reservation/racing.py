"""The racers of `madang prove reservation`: clients who all want the same time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from madang.reservation import booking, freeing
from madang.reservation.models import (
    Doctor,
    OpeningRule,
    Patient,
    Reservation,
    Schedule,
    Service,
)

HORIZON_DAYS = 365 * 20


class Gate(Protocol):
    """Where all clients wait for each other before a round."""

    def wait(self) -> int:
        """Go on when everybody is here."""
        ...

    def abort(self) -> None:
        """Let nobody wait any more."""
        ...


def prepare(*, is_guarded: bool) -> None:
    """A doctor who is always there; without the guard, a table that refuses nothing."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [1])
        if Doctor.objects.exists():
            return
        doctor = Doctor.objects.create(name="race")
        service = Service.objects.create(name="race", minutes=60, horizon_days=HORIZON_DAYS)
        schedule = Schedule.objects.create(doctor=doctor, service=service, time_zone="UTC")
        OpeningRule.objects.bulk_create(
            OpeningRule(schedule=schedule, weekday=day, opens_minute=0, closes_minute=1440)
            for day in range(1, 8)
        )
        if not is_guarded:
            _remove_guard()


def _remove_guard() -> None:
    with connection.cursor() as cursor:
        for name in (freeing.DOCTOR, freeing.PATIENT):
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE reservation_reservation DROP CONSTRAINT {name}")
            else:
                cursor.execute(f"DROP TRIGGER {name}_insert")
                cursor.execute(f"DROP TRIGGER {name}_update")


def client(name: str, starts: Sequence[str], gate: Gate, *, is_guarded: bool) -> Counter[str]:
    """Ask for each time once, at the same moment as all others; count what was told.

    Who cannot go on opens the gate for good, so that nobody waits in vain.
    """
    try:
        return _ask(name, starts, gate, is_guarded=is_guarded)
    except BaseException:
        gate.abort()
        raise
    finally:
        connection.close()


def _ask(name: str, starts: Sequence[str], gate: Gate, *, is_guarded: bool) -> Counter[str]:
    told: Counter[str] = Counter()
    doctor, service = Doctor.objects.get(), Service.objects.get()
    patient = Patient.objects.create(name=name)
    book = _book if is_guarded else _look_then_leap
    for start in starts:
        gate.wait()
        try:
            told["won" if book(doctor, patient, service, start) else "lost"] += 1
        except DatabaseError:
            told["errors"] += 1
    return told


def _book(doctor: Doctor, patient: Patient, service: Service, start: str) -> bool:
    """The verb, as pages and API use it."""
    try:
        booking.book(
            doctor=doctor,
            patient=patient,
            service=service,
            appointed_time=datetime.fromisoformat(start),
            at=timezone.now(),
            by=None,
        )
    except (booking.SlotTaken, booking.PatientBusy):
        return False
    return True


def _look_then_leap(doctor: Doctor, patient: Patient, service: Service, start: str) -> bool:
    """The control: see that the time is free, then write. What most booking sites do."""
    wanted = datetime.fromisoformat(start)
    taken = doctor.reservations.filter(appointed_time=wanted, status__in=Reservation.OCCUPYING)
    if taken.exists():
        return False
    _let_others_look()
    Reservation.objects.create(
        doctor=doctor, patient=patient, service=service, appointed_time=wanted
    )
    return True


def _let_others_look() -> None:
    """A page takes a moment between looking and writing; so does the control."""
    threading.Event().wait(0.01)
