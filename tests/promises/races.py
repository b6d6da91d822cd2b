"""What the racers do: many threads with a connection each, in a process of their own.

Called through `tests.servers.run`, on a site's database, with the time passed in.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.db import connection

from madang.reservation import booking, racing
from madang.reservation.models import Doctor, Patient, Reservation, ReservationEvent, Service

CLIENTS = 50
TEN = datetime(2031, 3, 3, 10, tzinfo=UTC)
NOW = TEN - timedelta(days=3)
OVER = NOW + booking.HOLD


def at_once(count: int, act: Callable[[int], str]) -> Counter[str]:
    """What `count` clients are told who all act at the same moment."""
    gate = threading.Barrier(count)

    def client(n: int) -> str:
        gate.wait()
        try:
            return act(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(client, range(count)))


def patients(count: int) -> list[Patient]:
    """People without an account."""
    return Patient.objects.bulk_create(Patient(name=str(n)) for n in range(count))


def tell(told: Counter[str]) -> None:
    """Print what the clients were told, who has the time, and what happened how often."""
    holders = Reservation.objects.filter(status__in=Reservation.OCCUPYING)
    events = Counter(ReservationEvent.objects.values_list("kind", flat=True))
    print(json.dumps({"told": told, "holders": holders.count(), "events": events}))


def hold(*, is_guarded: bool) -> None:
    """A hold has just run out: its holder confirms, all others book or hold."""
    racing.prepare(is_guarded=is_guarded)
    doctor, service = Doctor.objects.get(), Service.objects.get()
    people = patients(CLIENTS)
    held = booking.hold(
        doctor=doctor, patient=people[0], service=service, appointed_time=TEN, at=NOW, by=None
    )

    def act(n: int) -> str:
        if not is_guarded:
            return _look_then_leap(doctor, people[n], service)
        try:
            if n == 0:
                booking.confirm(reservation=held, at=OVER, by=None)
            else:
                verb = booking.hold if n % 2 else booking.book
                verb(
                    doctor=doctor,
                    patient=people[n],
                    service=service,
                    appointed_time=TEN,
                    at=OVER,
                    by=None,
                )
        except (booking.SlotTaken, booking.HoldExpired) as refusal:
            return type(refusal).__name__
        return "won"

    tell(at_once(CLIENTS, act))


def _look_then_leap(doctor: Doctor, patient: Patient, service: Service) -> str:
    """The control: look whether a live hold is in the way, free the dead one, then write."""
    there = doctor.reservations.filter(appointed_time=TEN)
    if there.open(at=OVER).exists():
        return "lost"
    there.expired(at=OVER).update(status="cancelled", hold_expires_at=None)
    racing.let_others_look()
    Reservation.objects.create(doctor=doctor, patient=patient, service=service, appointed_time=TEN)
    return "won"
