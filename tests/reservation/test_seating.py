"""Sessions of one doctor with many, as verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from madang.people.models import Member, OutboxMail
from madang.reservation import attending, booking, busy, moving, seating, walking_in
from madang.reservation.models import (
    Doctor,
    GroupSession,
    Patient,
    Reminder,
    Reservation,
    ReservationEvent,
    Service,
)
from tests.cast import NOW, TEN, Room
from tests.sessions import AFTERNOON, Announce, take

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("now")


def change(session: GroupSession, by: Member, **wanted: Any) -> None:
    """Another time, or other seats."""
    said = {"starts_at": session.starts_at, "seats": session.seats, "at": NOW, **wanted}
    seating.change(session=session, by=by, **said)


def letters() -> list[str]:
    """What was written, by event."""
    return [mail.event.rsplit("/", 2)[1] for mail in OutboxMail.objects.order_by("pk")]


def test_an_announced_session_takes_the_doctors_time(room: Room, announce: Announce) -> None:
    session = announce(AFTERNOON + timedelta(seconds=7, microseconds=5))
    session.refresh_from_db()
    assert (session.starts_at, session.minutes, session.buffer_after) == (AFTERNOON, 60, 15)
    day = AFTERNOON.date()
    taken = busy.busy(doctors=[room.doctor.pk], first=day, until=day + timedelta(days=1), at=NOW)
    assert taken[room.doctor.pk].spans == [(AFTERNOON, AFTERNOON + timedelta(minutes=75))]
    assert str(session) == "요가: 2027-03-02 06:00"


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"seats": 0}, seating.NoSuchSeat),
        ({"seats": 201}, seating.NoSuchSeat),
        ({"starts_at": NOW}, booking.TooSoonOrLate),
        ({"service": Service(name="both", minutes=30)}, booking.NotOffered),
        ({"service": Service(name="off", capacity=3, is_active=False)}, booking.NotOffered),
        ({"doctor": Doctor(name="away", is_active=False)}, booking.NotOffered),
    ],
)
def test_what_cannot_be_announced(
    announce: Announce, gwanu: Member, other: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        announce(**{"by": gwanu, **other})
    assert not GroupSession.objects.exists()


def test_only_the_doctor_and_staff_announce(
    announce: Announce, hana: Member, yerin: Member
) -> None:
    with pytest.raises(attending.NotYours):
        announce(by=hana)
    assert announce(by=yerin).is_on


def test_a_session_and_a_meeting_keep_out_of_each_others_time(
    room: Room, announce: Announce, hana: Member, minjun: Member, seoyun: Member
) -> None:
    announce(TEN)
    with pytest.raises(booking.SlotTaken):
        room.book(hana, TEN + HOUR)
    later = room.book(hana, TEN + timedelta(minutes=90))
    with pytest.raises(booking.SlotTaken):
        moving.move(reservation=later, appointed_time=TEN, at=NOW, by=hana)
    with pytest.raises(booking.SlotTaken):
        announce(TEN + timedelta(minutes=90) - HOUR)
    with pytest.raises(booking.SlotTaken):
        announce(TEN + HOUR)
    with pytest.raises(booking.SlotTaken):
        announce(later.appointed_time)
    room.book(minjun, TEN - timedelta(minutes=30))
    soon = announce(NOW + HOUR)
    with pytest.raises(booking.SlotTaken):
        walking_in.walk_in(
            doctor=room.doctor,
            who="윤지우",
            service=room.service,
            starts_at=soon.starts_at + timedelta(minutes=30),
            minutes=10,
            at=NOW,
            by=seoyun,
        )


def test_a_seat_is_taken_with_a_letter_and_a_reminder(announce: Announce, hana: Member) -> None:
    row = take(announce(), hana, 2)
    row.refresh_from_db()
    assert (row.seat, row.seats, row.status) == (2, 3, "booked")
    assert (row.appointed_time, row.minutes, row.buffer_after) == (AFTERNOON, 60, 15)
    assert [event.kind for event in row.events.all()] == ["booked"]
    assert letters() == ["confirmed"]
    assert Reminder.objects.get().reservation == row
    assert not row.is_movable(at=NOW)
    with pytest.raises(booking.NotOffered):
        moving.move(reservation=row, appointed_time=TEN, at=NOW, by=hana)


def test_asked_twice_is_asked_once_and_another_seat_is_a_change(
    announce: Announce, hana: Member, minjun: Member
) -> None:
    session = announce()
    first = take(session, hana)
    assert (first.seat, take(session, hana, 1).pk, take(session, hana).pk) == (
        1,
        first.pk,
        first.pk,
    )
    take(session, minjun, 2)
    with pytest.raises(seating.SeatTaken):
        take(session, hana, 2)
    assert (take(session, hana, 3).pk, session.reservations.count()) == (first.pk, 2)
    assert letters() == ["confirmed", "confirmed"]
    assert seating.free_seats(session) == [1]


def test_who_takes_a_seat_that_is_gone_is_told(
    announce: Announce, hana: Member, minjun: Member
) -> None:
    session = announce(seats=2)
    take(session, minjun, 1)
    with pytest.raises(seating.SeatTaken):
        take(session, hana, 1)
    for seat in (0, 3):
        with pytest.raises(seating.NoSuchSeat):
            take(session, hana, seat)


def test_a_full_session_says_so_and_a_cancelled_seat_is_free_again(
    announce: Announce, hana: Member, minjun: Member
) -> None:
    session = announce(seats=1)
    row = take(session, minjun)
    with pytest.raises(seating.Full):
        take(session, hana, 1)
    booking.cancel(reservation=row, at=NOW, by=minjun)
    assert take(session, hana).seat == 1


def test_the_patient_is_in_one_place(room: Room, announce: Announce, hana: Member) -> None:
    other = Doctor.objects.create(name="정지호")
    elsewhere = Reservation.objects.create(
        doctor=other, patient=room.patient(hana), appointed_time=AFTERNOON
    )
    session = announce()
    with pytest.raises(booking.PatientBusy):
        take(session, hana)
    elsewhere.delete()
    assert take(session, hana).seat == 1


def test_the_notice_binds_patients_and_only_the_clock_binds_staff(
    announce: Announce, yoga: Service, hana: Member, minjun: Member, yerin: Member
) -> None:
    Service.objects.filter(pk=yoga.pk).update(notice_minutes=60)
    yoga.refresh_from_db()
    session = announce()
    take(session, hana, at=AFTERNOON - HOUR)
    late = AFTERNOON - timedelta(minutes=59)
    with pytest.raises(booking.TooSoonOrLate):
        take(session, minjun, at=late)
    take(session, minjun, at=late, by=yerin, is_staff=True)
    with pytest.raises(booking.TooSoonOrLate):
        take(session, yerin, at=AFTERNOON, is_staff=True)


def test_nobody_joins_a_doctor_who_takes_no_reservations_any_more(
    room: Room, announce: Announce, hana: Member
) -> None:
    session = announce()
    Doctor.objects.filter(pk=room.doctor.pk).update(is_active=False)
    with pytest.raises(booking.TooSoonOrLate):
        take(session, hana)
    assert list(GroupSession.objects.ahead(at=NOW)) == [session]
    assert not GroupSession.objects.ahead(at=NOW).to_be_joined().exists()


def test_a_session_moves_with_everybody_in_it(
    announce: Announce, hana: Member, minjun: Member, seoyun: Member
) -> None:
    session = announce()
    rows = [take(session, hana), take(session, minjun)]
    gone = take(session, seoyun)
    booking.cancel(reservation=gone, at=NOW, by=seoyun)
    OutboxMail.objects.all().delete()
    for _twice in range(2):
        change(session, seoyun, starts_at=AFTERNOON + HOUR)
    for row in rows:
        row.refresh_from_db()
        assert (row.appointed_time, row.sequence) == (AFTERNOON + HOUR, 1)
        moved = row.events.get(kind="moved")
        assert (moved.moved_from, moved.moved_to) == (AFTERNOON, AFTERNOON + HOUR)
    assert letters() == ["changed", "changed"]
    assert {reminder.due_at for reminder in Reminder.objects.all()} == {
        AFTERNOON + HOUR - timedelta(days=1)
    }


def test_a_session_moves_to_no_time_that_is_somebodys(
    room: Room, announce: Announce, hana: Member, minjun: Member, seoyun: Member
) -> None:
    session = announce()
    take(session, hana)
    room.book(minjun, TEN)
    other = announce(AFTERNOON + 4 * HOUR)
    room.doctor.busy_times.create(
        uid_digest="x", starts_at=AFTERNOON + 8 * HOUR, ends_at=AFTERNOON + 9 * HOUR
    )
    Reservation.objects.create(
        doctor=Doctor.objects.create(name="정지호"),
        patient=room.patient(hana),
        appointed_time=AFTERNOON + 2 * HOUR,
    )
    for starts_at, refusal in [
        (TEN, booking.SlotTaken),
        (other.starts_at, booking.SlotTaken),
        (AFTERNOON + 8 * HOUR, booking.SlotTaken),
        (AFTERNOON + 2 * HOUR, booking.PatientBusy),
        (NOW, booking.TooSoonOrLate),
    ]:
        with pytest.raises(refusal):
            change(session, seoyun, starts_at=starts_at)
    assert session.starts_at == AFTERNOON
    session.refresh_from_db()
    assert session.starts_at == AFTERNOON == session.reservations.get().appointed_time
    with pytest.raises(booking.TooSoonOrLate):
        change(session, seoyun, starts_at=TEN, at=AFTERNOON)


def test_seats_come_and_go_as_long_as_nobody_sits_on_them(
    announce: Announce, hana: Member, minjun: Member, seoyun: Member
) -> None:
    session = announce()
    gone, row = take(session, minjun, 3), take(session, hana, 2)
    booking.cancel(reservation=gone, at=NOW, by=minjun)
    with pytest.raises(seating.SeatsInUse):
        change(session, seoyun, seats=1)
    change(session, seoyun, seats=2)
    for each in (row, gone):
        each.refresh_from_db()
        assert each.seats == 2
    assert (gone.seat, gone.session) == (3, session)
    change(session, seoyun, seats=30)
    assert take(session, minjun, 30).seats == 30
    for seats in (0, 201):
        with pytest.raises(seating.NoSuchSeat):
            change(session, seoyun, seats=seats)


def test_a_session_that_is_called_off_frees_everybody(
    room: Room, announce: Announce, hana: Member, seoyun: Member
) -> None:
    session = announce(TEN)
    row = take(session, hana)
    OutboxMail.objects.all().delete()
    seating.call_off(session=session, at=NOW, by=seoyun, note="독감")
    row.refresh_from_db()
    event = ReservationEvent.objects.get(kind="cancelled")
    assert (row.status, row.sequence, event.note, event.by) == ("cancelled", 1, "독감", seoyun)
    assert (letters(), Reminder.objects.count()) == (["cancelled"], 0)
    assert room.book(hana, TEN).status == "booked"
    with pytest.raises(booking.AlreadyOver):
        take(session, hana)
    with pytest.raises(booking.AlreadyOver):
        seating.call_off(session=session, at=NOW, by=seoyun)


def test_only_the_doctor_and_staff_change_a_session(announce: Announce, hana: Member) -> None:
    session = announce()
    with pytest.raises(attending.NotYours):
        change(session, hana)
    with pytest.raises(attending.NotYours):
        seating.call_off(session=session, at=NOW, by=hana)


def test_the_day_is_worked_seat_by_seat(
    announce: Announce, hana: Member, minjun: Member, seoyun: Member
) -> None:
    session = announce()
    row = take(session, hana, 3)
    during = AFTERNOON + timedelta(minutes=5)
    attending.mark_noshow(reservation=row, at=during, by=seoyun)
    assert seating.free_seats(session) == [1, 2, 3]
    Reservation.objects.create(
        doctor=session.doctor,
        patient=Patient.objects.of(minjun),
        appointed_time=AFTERNOON,
        minutes=60,
        buffer_after=15,
        session=session,
        seat=3,
        seats=3,
    )
    with pytest.raises(booking.SlotTaken):
        attending.undo(reservation=row, slip="noshow", at=during, by=seoyun)


def test_nobody_comes_back_to_a_seat_that_is_gone(
    announce: Announce, hana: Member, seoyun: Member
) -> None:
    session = announce()
    row = take(session, hana, 3)
    attending.mark_noshow(reservation=row, at=AFTERNOON, by=seoyun)
    GroupSession.objects.update(seats=2)
    with pytest.raises(booking.SlotTaken):
        attending.undo(reservation=row, slip="noshow", at=AFTERNOON, by=seoyun)
