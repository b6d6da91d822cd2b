"""Reminders: planned with the meeting, written once when their moment has come."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from madang.people import tasks
from madang.people.models import Member
from madang.reservation import letters
from madang.reservation.models import Patient, Reminder, Reservation

MOST = 500
"""So many are written in one sweep; the others a minute later."""


def plan(*, reservation: Reservation, at: datetime) -> None:
    """Remind of the meeting `service.reminder_minutes` before it, and of no earlier plan.

    In the caller's transaction. Nothing is planned where that moment has passed by `at`: who books
    or moves so late has just had a letter. Kept to one by `reservation_reminder_once`.
    """
    minutes = reservation.service.reminder_minutes if reservation.service else 0
    due_at = reservation.appointed_time - timedelta(minutes=minutes)
    if not minutes or due_at <= at:
        drop(reservation=reservation)
        return
    Reminder.objects.bulk_create(
        [Reminder(reservation=reservation, due_at=due_at)],
        update_conflicts=True,
        unique_fields=["reservation"],
        update_fields=["due_at", "closed_at"],
    )


def drop(*, reservation: Reservation) -> None:
    """Remind of the meeting no more. In the caller's transaction.

    Waits for whoever is writing the letter at this moment, so that no reminder comes after what
    the caller writes next.
    """
    Reminder.objects.filter(reservation=reservation).delete()


def write(*, reminder: Reminder, at: datetime) -> bool:
    """Put the reminder into the outbox, unless somebody did; whether it was this call.

    Closing the row and writing the letter are one transaction: a crash leaves both or neither.
    No letter is written where the meeting has begun or is not booked any more, or the patient
    wants none; the row is closed all the same.
    """
    with transaction.atomic():
        mine = Reminder.objects.due(at=at).filter(pk=reminder.pk)
        if not mine.update(closed_at=at):
            return False
        row = Reservation.objects.select_related("doctor", "patient__member", "service").get(
            pk=reminder.reservation_id
        )
        is_ahead = row.status == Reservation.Status.BOOKED and at < row.appointed_time
        if not is_ahead or not row.patient.wants_reminders:
            return False
        letters.reminded(row)
    return True


@tasks.on_sweep
def write_due(at: datetime) -> None:
    """Write every reminder whose moment has come."""
    for reminder in Reminder.objects.due(at=at)[:MOST]:
        write(reminder=reminder, at=at)


def switch(*, member: Member, is_on: bool) -> None:
    """Let `member` have reminders, or none; what is planned stays planned."""
    patient = Patient.objects.of(member)
    Patient.objects.filter(pk=patient.pk).update(wants_reminders=is_on)


def is_on(*, member: Member) -> bool:
    """Whether `member` gets reminders; so it is until they say otherwise."""
    return not Patient.objects.filter(member=member, wants_reminders=False).exists()


def expected(*, reservation: Reservation, at: datetime) -> datetime | None:
    """When a letter is still to come to the patient, or None."""
    member = reservation.patient.member_id
    if member is None or not reservation.patient.wants_reminders:
        return None
    planned = Reminder.objects.filter(reservation=reservation, closed_at__isnull=True)
    return planned.filter(due_at__gt=at).values_list("due_at", flat=True).first()
