"""Booking and cancelling."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madang.people.models import Member, OutboxMail
from madang.reservation import booking
from madang.reservation.models import Reservation, ReservationEvent
from tests.cast import NOW, TEN, Room


def nothing_is_written() -> bool:
    return not (
        Reservation.objects.exists()
        or ReservationEvent.objects.exists()
        or OutboxMail.objects.exists()
    )


def test_a_booking_is_written_whole(room: Room, hana: Member) -> None:
    row = room.book(hana)
    row.refresh_from_db()
    assert (row.status, row.minutes, row.ends_at) == ("booked", 30, TEN + timedelta(minutes=30))
    assert [(event.kind, event.happened_at, event.by) for event in row.events.all()] == [
        ("booked", NOW, hana)
    ]
    assert [mail.address for mail in OutboxMail.objects.all()] == ["hana@madang.example"]


def test_somebody_elses_time_is_taken(room: Room, hana: Member, minjun: Member) -> None:
    room.book(hana)
    with pytest.raises(booking.SlotTaken):
        room.book(minjun)
    assert Reservation.objects.count() == ReservationEvent.objects.count() == 1


def test_a_patient_is_in_one_place(room: Room, hana: Member) -> None:
    other = room.doctor.__class__.objects.create(name="정지호")
    schedule = room.schedule.__class__.objects.create(doctor=other, service=room.service)
    schedule.opening_rules.create(weekday=2, opens_minute=540, closes_minute=720)
    room.book(hana)
    with pytest.raises(booking.PatientBusy):
        booking.book(
            doctor=other,
            patient=room.patient(hana),
            service=room.service,
            appointed_time=TEN,
            at=NOW,
            by=hana,
        )
    assert Reservation.objects.count() == 1


@pytest.mark.parametrize(
    "minutes",
    [10, 15 * 60, 3 * 60, -90],
    ids=["off the grid", "at night", "after closing", "before opening"],
)
def test_what_is_not_offered_is_refused(room: Room, hana: Member, minutes: int) -> None:
    with pytest.raises(booking.NotOffered):
        room.book(hana, TEN + timedelta(minutes=minutes))
    assert nothing_is_written()


def test_the_past_is_refused(room: Room, hana: Member) -> None:
    with pytest.raises(booking.TooSoonOrLate):
        room.book(hana, at=TEN + timedelta(seconds=1))
    assert nothing_is_written()


def test_the_notice_is_kept_to_the_second(room: Room, hana: Member) -> None:
    room.service.notice_minutes = 60
    room.service.save()
    with pytest.raises(booking.TooSoonOrLate):
        room.book(hana, at=TEN - timedelta(minutes=60) + timedelta(seconds=1))
    assert room.book(hana, at=TEN - timedelta(minutes=60)).pk


def test_beyond_the_horizon_is_refused(room: Room, hana: Member) -> None:
    with pytest.raises(booking.TooSoonOrLate):
        room.book(hana, TEN + timedelta(days=70))


def test_a_closed_doctor_is_not_offered(room: Room, hana: Member) -> None:
    room.doctor.is_active = False
    room.doctor.save()
    with pytest.raises(booking.NotOffered):
        room.book(hana)


def test_cancelling_frees_the_time_and_keeps_the_row(
    room: Room, hana: Member, minjun: Member
) -> None:
    row = booking.cancel(reservation=room.book(hana), at=NOW, by=hana)
    assert (row.status, row.sequence) == ("cancelled", 1)
    assert [event.kind for event in row.events.order_by("id")] == ["booked", "cancelled"]
    assert room.book(minjun).pk != row.pk


def test_cancelling_twice_is_told(room: Room, hana: Member) -> None:
    row = room.book(hana)
    booking.cancel(reservation=row, at=NOW, by=hana)
    with pytest.raises(booking.AlreadyOver):
        booking.cancel(reservation=row, at=NOW, by=hana)
    assert row.events.count() == 2


def test_a_patient_cancels_until_the_deadline_and_staff_until_the_meeting(
    room: Room, hana: Member
) -> None:
    row = room.book(hana)
    late = TEN - timedelta(minutes=60)
    with pytest.raises(booking.TooLateToCancel):
        booking.cancel(reservation=row, at=late, by=hana)
    with pytest.raises(booking.TooLateToCancel):
        booking.cancel(reservation=row, at=TEN, by=None, is_staff=True)
    row.refresh_from_db()
    assert row.status == "booked"
    booking.cancel(reservation=row, at=late, by=None, is_staff=True)
    assert row.status == "cancelled"


def test_a_reservation_without_a_service_can_be_cancelled_until_it_begins(
    room: Room, hana: Member
) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN
    )
    booking.cancel(reservation=row, at=TEN - timedelta(seconds=1), by=hana)
    assert row.status == "cancelled"
