"""What this room holds of a member, handed over on request and erased with the account."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from madang.people.holdings import Json
from madang.people.models import Member
from madang.reservation import booking, feeds, reminding, waiting
from madang.reservation.models import (
    Doctor,
    FeedToken,
    Patient,
    Reservation,
    ReservationNote,
    ScheduleException,
    WaitlistEntry,
)


def export(member: Member) -> Json:
    """The member's reservations and doctors as a patient; the profile as a doctor.

    With what doctors have noted, which no page shows: it is about the patient, who may ask for it.
    """
    reservations = Reservation.objects.of(member).with_people().order_by("appointed_time", "id")
    doctor = Doctor.objects.filter(member=member).first()
    feed = FeedToken.objects.filter(member=member).first()
    return {
        "reservations": [
            {
                "doctor": row.doctor.name,
                "service": row.service.name if row.service else None,
                "appointed_time": row.appointed_time.astimezone(UTC).isoformat(),
                "minutes": row.minutes,
                "status": row.status,
                "seat": row.seat,
            }
            for row in reservations
        ],
        "waiting": [
            {
                "doctor": entry.doctor.name,
                "service": entry.service.name,
                "starts_at": entry.starts_at.astimezone(UTC).isoformat(),
                "ends_at": entry.ends_at.astimezone(UTC).isoformat(),
                "placed_at": entry.placed_at.astimezone(UTC).isoformat(),
            }
            for entry in WaitlistEntry.objects.of(member).with_people().order_by("placed_at", "id")
        ],
        "notes": _notes(member),
        "my_doctors": list(
            Doctor.objects.filter(patients__member=member).values_list("name", flat=True)
        ),
        "wants_reminders": reminding.is_on(member=member),
        "doctor": None if doctor is None else _doctor(doctor),
        "calendar_address": None
        if feed is None
        else {
            "made_on": feed.made_on.isoformat(),
            "last_used_on": feed.last_used_on.isoformat() if feed.last_used_on else None,
        },
    }


def _notes(member: Member) -> Json:
    """What doctors have noted about the member's meetings."""
    notes = ReservationNote.objects.filter(reservation__patient__member=member)
    return [
        {
            "doctor": note.reservation.doctor.name,
            "appointed_time": note.reservation.appointed_time.astimezone(UTC).isoformat(),
            "written_at": note.written_at.astimezone(UTC).isoformat(),
            "text": note.text,
        }
        for note in notes.select_related("reservation__doctor").order_by("written_at", "id")
    ]


def _doctor(doctor: Doctor) -> Json:
    """The profile, when the weekly hours do not hold, with what was noted, and other calendars."""
    return {
        "name": doctor.name,
        "specialty": doctor.specialty,
        "hours": [
            {
                "kind": row.kind,
                "first_on": row.first_on.isoformat(),
                "last_on": row.last_on.isoformat(),
                "opens_minute": row.opens_minute,
                "closes_minute": row.closes_minute,
                "time_zone": row.time_zone,
                "reason": row.reason,
            }
            for row in ScheduleException.objects.of(doctor)
        ],
        "busy_elsewhere": [
            {
                "starts_at": row.starts_at.astimezone(UTC).isoformat(),
                "ends_at": row.ends_at.astimezone(UTC).isoformat(),
            }
            for row in doctor.busy_times.all()
        ],
    }


def erase(member: Member, at: datetime) -> None:
    """Cancel what is to come, take the name off what has been, forget doctors and waiting.

    A doctor's own profile stays, since others' reservations hang on it; it takes no new ones, and
    when the doctor was away, and why, is forgotten, and the doctor's notes go with the account.
    """
    feeds.revoke(member=member)
    patient = Patient.objects.filter(member=member).first()
    if patient is not None:
        for entry in patient.waitlist_entries.waiting(at=at).with_people():
            waiting.leave(entry=entry, at=at, by=None)
        patient.waitlist_entries.all().delete()
        for row in patient.reservations.open(at=at).starting_from(at).with_people():
            with suppress(booking.AlreadyOver, booking.TooLateToCancel):  # cancelled, or begins now
                booking.cancel(reservation=row, at=at, by=None, is_staff=True)
        patient.doctors.clear()
        Patient.objects.filter(pk=patient.pk).update(name="", member=None)
        ReservationNote.objects.about(patient).delete()  # after it nobody can write one any more
    doctor = Doctor.objects.filter(member=member).first()
    if doctor is not None:
        ScheduleException.objects.of(doctor).delete()
        doctor.busy_times.all().delete()
    Doctor.objects.filter(member=member).update(is_active=False, member=None)
