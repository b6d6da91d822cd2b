"""Times that become free again, and the line in which everybody waits who writes about a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef, Q

from madang.db.prepared import Prepared
from madang.lib.clock import Span
from madang.lib.constraints import refused
from madang.people import tasks
from madang.reservation import letters, slots
from madang.reservation.models import (
    Doctor,
    GroupSession,
    Patient,
    Reservation,
    ReservationEvent,
    WaitlistEntry,
)

DOCTOR = "reservation_doctor_one_place"
PATIENT = "reservation_patient_one_place"
SEAT = "reservation_seat_once"
NO_SEAT = "reservation_seat_exists"


class _CannotCome(Exception):
    """The time is not for this one of those who wait: taken, or the patient is elsewhere."""


@contextmanager
def turn(
    *,
    doctor: Doctor,
    patient: Patient | None,
    at: datetime,
    is_freeing: bool = False,
    session: GroupSession | None = None,
) -> Iterator[None]:
    """One transaction in which nobody else writes about this doctor or this patient.

    With `session`, nor about anybody who has a seat in it.

    What has expired of either by `at` is free before the caller writes, though no sweeper ran, and
    is offered to the first who waits for it. Where the caller raises, nothing of its own is
    written; what was freed and offered stays so. A caller who frees a time and wants to
    `pass_on` it says so by `is_freeing`.

    In PostgreSQL an INSERT that waits for a rival's can wait in a circle. Doctors first, then
    patients, each by their ids, and there is no circle. SQLite has one writer at a time anyway.
    """
    with transaction.atomic():
        patient_id = None if patient is None else patient.pk
        keys = [key for (key,) in _expired(doctor=doctor.pk, patient=patient_id, at=at)]
        stale: list[Reservation] = []
        if keys:
            rows = Reservation.objects.filter(pk__in=keys)
            stale = list(rows.select_related("doctor").order_by("pk"))
        doctors = {doctor.pk, *(row.doctor_id for row in stale)}
        _stand_in_line(_doctors, doctors)
        patients = set() if patient is None else {patient.pk}
        if stale or is_freeing:
            waiting = WaitlistEntry.objects.waiting(at=at).filter(doctor__in=doctors)
            patients.update(waiting.values_list("patient_id", flat=True))
        if session is not None:
            patients.update(session.reservations.values_list("patient_id", flat=True))
        _stand_in_line(_patients, patients)
        freed = [row for row in stale if _expire(row, at=at)]
        for row in freed:
            pass_on(given_up=row, span=row.taken, at=at)
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


def pass_on(*, given_up: Reservation, span: Span, at: datetime) -> None:
    """Offer what `given_up` took in `span`, buffers included, to the first who waits for it.

    As `offer` does it; nobody is offered what was their own.
    """
    offer(doctor=given_up.doctor, span=span, at=at, besides=given_up.patient_id)


def offer(*, doctor: Doctor, span: Span, at: datetime, besides: int | None = None) -> None:
    """Offer what is free in `span` to those who wait for it, except the patient `besides`.

    Within the caller's `turn`. An offer is a hold of `service.offer_minutes`; nobody has two at
    once, and nobody is offered the same time twice.
    """
    start, end = span
    has_offer = Reservation.objects.filter(waitlist_entry=OuterRef("pk"), status="pending")
    waiting = WaitlistEntry.objects.waiting(at=at).filter(~Exists(has_offer), doctor=doctor)
    others = waiting if besides is None else waiting.exclude(patient=besides)
    entries = list(others.meeting(start, end).with_people())
    if not entries:
        return
    offered = set(
        Reservation.objects.filter(waitlist_entry__in=entries).values_list(
            "waitlist_entry_id", "appointed_time"
        )
    )
    free = _free_in(doctor, entries, span, at)
    for entry in entries:
        for slot in free:
            fits = entry.starts_at <= slot.start and slot.end <= entry.ends_at
            is_new = (entry.pk, slot.start) not in offered
            if entry.service_id == slot.service_id and fits and is_new and _offer(entry, slot, at):
                free = _free_in(doctor, entries, span, at)
                break


def _free_in(
    doctor: Doctor, entries: Iterable[WaitlistEntry], span: Span, at: datetime
) -> list[slots.Slot]:
    """The free times that touch the span, of all services somebody waits for."""
    start, end = span
    services = {entry.service for entry in entries}
    reach = {
        each.pk: (timedelta(minutes=each.buffer_before), timedelta(minutes=each.buffer_after))
        for each in services
    }
    found = slots.slots(
        doctors=[doctor],
        services=services,
        first=start.date() - timedelta(days=1),
        until=end.date() + timedelta(days=2),
        at=at,
    )
    return [
        slot
        for slot in found
        if slot.is_free
        and slot.start - reach[slot.service_id][0] < end
        and start < slot.end + reach[slot.service_id][1]
    ]


def _offer(entry: WaitlistEntry, slot: slots.Slot, at: datetime) -> bool:
    """Whether the time is now kept for who waits."""
    service = entry.service
    offer = Reservation(
        doctor=entry.doctor,
        patient=entry.patient,
        service=service,
        appointed_time=slot.start,
        minutes=service.minutes,
        buffer_before=service.buffer_before,
        buffer_after=service.buffer_after,
        status=Reservation.Status.PENDING,
        hold_expires_at=min(at + timedelta(minutes=service.offer_minutes), slot.start),
        waitlist_entry=entry,
        created_at=at,
        updated_at=at,
    )
    try:
        with refused({DOCTOR: _CannotCome, PATIENT: _CannotCome}):
            offer.save(force_insert=True)
    except _CannotCome:
        return False
    offer.events.create(kind=ReservationEvent.Kind.OFFERED, happened_at=at)
    letters.offered(offer)
    return True


def _stand_in_line(rows: Prepared, keys: set[int]) -> None:
    """Wait until nobody else has any of these rows, and have them until the transaction ends."""
    if connection.features.has_select_for_update:
        rows(keys=sorted(keys))  # SQLite: whoever is in a transaction is the one writer already


@Prepared
def _doctors(*, keys: list[int]) -> models.QuerySet[Doctor, tuple[int]]:
    mine = Doctor.objects.filter(pk__in=keys).select_for_update(no_key=True)
    return mine.order_by("pk").values_list("pk")


@Prepared
def _patients(*, keys: list[int]) -> models.QuerySet[Patient, tuple[int]]:
    mine = Patient.objects.filter(pk__in=keys).select_for_update(no_key=True)
    return mine.order_by("pk").values_list("pk")


@Prepared
def _expired(
    *, doctor: int, patient: int | None, at: datetime
) -> models.QuerySet[Reservation, tuple[int]]:
    """Which holds with the doctor, or of the patient, have run out though nobody freed them."""
    mine = Q(doctor=doctor) if patient is None else Q(doctor=doctor) | Q(patient=patient)
    return Reservation.objects.expired(at=at).filter(mine).values_list("pk")


def _expire(row: Reservation, *, at: datetime) -> bool:
    """Whether it was this call that ended the hold."""
    still = Reservation.objects.expired(at=at).filter(pk=row.pk)
    ended = still.update(
        status=Reservation.Status.CANCELLED,
        hold_expires_at=None,
        sequence=F("sequence") + 1,
        updated_at=at,
    )
    if ended:
        row.events.create(kind=ReservationEvent.Kind.EXPIRED, happened_at=at)
    return bool(ended)
