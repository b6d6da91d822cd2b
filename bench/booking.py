"""Bookings a second through the verb against the bare constrained INSERT.

`python -m bench.booking [--bookings 1000] [--rounds 3] [--on sqlite|postgresql]`. Both are done one
after the other by one client, in turns, on an empty database with all constraints: the INSERT
writes the same row in a transaction of its own; the verb looks whether the time is offered, waits
for its turn, frees what has expired, and notes the event. Printed: how many a second, the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bench._room import FIRST, KINDS, NOW, on_each, room

if TYPE_CHECKING:
    from madang.reservation.models import Doctor, Patient, Service

A_DAY = 18
Write = Callable[["Doctor", "Patient", "Service", datetime], object]


def main() -> int:
    """Both databases, or the one that `--on` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--on", choices=KINDS)
    options = parser.parse_args()
    if options.on is None:
        arguments = ["--bookings", str(options.bookings), "--rounds", str(options.rounds)]
        return on_each("bench.booking", arguments)
    with room(options.on, is_full=False):
        _compare(options.on, options.bookings, options.rounds)
    return 0


def _compare(kind: str, bookings: int, rounds: int) -> None:
    bare, whole = [], []
    for _round in range(rounds):
        bare.append(_rate(_insert, bookings))
        whole.append(_rate(_book, bookings))
    one, other = statistics.median(bare), statistics.median(whole)
    print(f"{kind}: bare INSERT {one:.0f}/s, booking {other:.0f}/s; ratio {other / one:.2f}")


def _rate(write: Write, bookings: int) -> float:
    """How many of `bookings` times of one doctor are written a second; none is left afterwards."""
    from madang.reservation.models import Doctor, Patient, Reservation, ReservationEvent, Service

    doctor, service = Doctor.objects.order_by("pk")[0], Service.objects.get()
    patients = list(Patient.objects.order_by("pk"))
    before = time.perf_counter()
    for n in range(bookings):
        start = FIRST + timedelta(days=n // A_DAY, minutes=30 * (n % A_DAY))
        write(doctor, patients[n % len(patients)], service, start)
    seconds = time.perf_counter() - before
    assert Reservation.objects.count() == bookings
    ReservationEvent.objects.all().delete()
    Reservation.objects.all().delete()
    return bookings / seconds


def _book(doctor: Doctor, patient: Patient, service: Service, start: datetime) -> object:
    from madang.reservation import booking

    return booking.book(
        doctor=doctor, patient=patient, service=service, appointed_time=start, at=NOW, by=None
    )


def _insert(doctor: Doctor, patient: Patient, service: Service, start: datetime) -> object:
    from django.db import transaction

    from madang.reservation.models import Reservation

    with transaction.atomic():
        return Reservation.objects.create(
            doctor=doctor, patient=patient, service=service, appointed_time=start, created_at=NOW
        )


if __name__ == "__main__":
    sys.exit(main())
