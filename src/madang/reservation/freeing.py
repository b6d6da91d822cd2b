"""Times that become free again, and the line in which everybody waits who writes about a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from madang.people import tasks
from madang.reservation.models import Doctor, Patient, Reservation, ReservationEvent


@contextmanager
def turn(*, doctor: Doctor, patient: Patient, at: datetime) -> Iterator[None]:
    """One transaction in which nobody else writes about this doctor or this patient.

    What has expired of either by `at` is free before the caller writes, though no sweeper ran.
    Where the caller raises, nothing of its own is written; what has expired stays free.

    In PostgreSQL an INSERT that waits for a rival's can wait in a circle. Doctors first, then
    patients, each by their ids, and there is no circle. SQLite has one writer at a time anyway.
    """
    with transaction.atomic():
        mine = Q(doctor=doctor) | Q(patient=patient)
        stale = list(Reservation.objects.expired(at=at).filter(mine).order_by("pk"))
        _stand(doctors={doctor.pk, *(row.doctor_id for row in stale)}, patients={patient.pk})
        freed = [row for row in stale if _expire(row, at=at)]
        refusal: Exception | None = None
        try:
            with transaction.atomic() if freed else nullcontext():
                yield
        except Exception as error:
            if not freed:
                raise
            refusal = error
    if refusal is not None:
        raise refusal


@tasks.on_sweep
def free_expired(at: datetime) -> None:
    """Free what has expired where nobody came to want it."""
    for row in Reservation.objects.expired(at=at).with_people().order_by("pk"):
        with turn(doctor=row.doctor, patient=row.patient, at=at):
            pass


def _stand(*, doctors: set[int], patients: set[int]) -> None:
    """Wait until nobody else holds any of these rows, and hold them until the transaction ends."""
    for rows in (Doctor.objects.filter(pk__in=doctors), Patient.objects.filter(pk__in=patients)):
        list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _expire(row: Reservation, *, at: datetime) -> bool:
    """Whether it was this call that ended the hold."""
    ended = (
        Reservation.objects.expired(at=at)
        .filter(pk=row.pk)
        .update(
            status=Reservation.Status.CANCELLED,
            hold_expires_at=None,
            sequence=F("sequence") + 1,
            updated_at=at,
        )
    )
    if ended:
        row.events.create(kind=ReservationEvent.Kind.EXPIRED, happened_at=at)
    return bool(ended)
