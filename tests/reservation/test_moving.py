"""Moving a reservation to another time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError

from madang.lib.constraints import violated
from madang.people import outbox
from madang.people.models import Member, OutboxMail
from madang.reservation import booking, moving, slots
from madang.reservation.models import Doctor, OpeningRule, Reservation, Schedule
from tests.cast import NOW, TEN, Room

ELEVEN = TEN + timedelta(hours=1)
HALF = timedelta(minutes=30)


def move(
    row: Reservation,
    to: datetime = ELEVEN,
    at: datetime = NOW,
    by: Member | None = None,
    *,
    is_staff: bool = False,
) -> Reservation:
    return moving.move(reservation=row, appointed_time=to, at=at, by=by, is_staff=is_staff)


def is_unmoved(row: Reservation, time: datetime = TEN) -> bool:
    row.refresh_from_db()
    return (row.appointed_time, row.sequence, row.events.filter(kind="moved").count()) == (
        time,
        0,
        0,
    )


def test_a_move_keeps_the_row_and_is_written_whole(room: Room, hana: Member) -> None:
    row = room.book(hana)
    uid = row.uid
    later = NOW + timedelta(minutes=1)
    move(row, at=later, by=hana)
    kept = Reservation.objects.get()
    assert (kept.pk, kept.uid, kept.appointed_time, kept.sequence, kept.updated_at) == (
        row.pk,
        uid,
        ELEVEN,
        1,
        later,
    )
    told = [
        (each.kind, each.happened_at, each.by, each.moved_from, each.moved_to)
        for each in row.events.order_by("id")
    ]
    assert told == [
        ("booked", NOW, hana, None, None),
        ("moved", later, hana, TEN, ELEVEN),
    ]


def test_the_old_time_is_free_and_the_new_one_is_not(
    room: Room, hana: Member, minjun: Member
) -> None:
    move(room.book(hana))
    with pytest.raises(booking.SlotTaken):
        room.book(minjun, ELEVEN)
    assert room.book(minjun, TEN).pk


def test_moving_to_where_it_is_changes_nothing(room: Room, hana: Member) -> None:
    row = move(move(room.book(hana)))
    assert (row.sequence, row.events.count()) == (1, 2)
    assert OutboxMail.objects.count() == 2


def test_one_may_move_into_ones_own_time(room: Room, hana: Member) -> None:
    """To a quarter past ten, with a meeting from ten to half past."""
    room.service.step = 15
    room.service.save()
    row = room.book(hana)
    found = [
        slots.find(
            doctor=room.doctor,
            service=room.service,
            start=TEN + HALF / 2,
            at=NOW,
            apart_from=apart,
        )
        for apart in (None, row)
    ]
    assert [slot and slot.status for slot in found] == ["busy", "free"]
    assert move(row, TEN + HALF / 2).appointed_time == TEN + HALF / 2


def test_somebody_elses_time_is_taken(room: Room, hana: Member, minjun: Member) -> None:
    row = room.book(hana)
    room.book(minjun, ELEVEN)
    with pytest.raises(booking.SlotTaken):
        move(row)
    assert is_unmoved(row)


def test_where_the_patient_is_elsewhere_nothing_moves(room: Room, hana: Member) -> None:
    other = Doctor.objects.create(name="정지호")
    schedule = Schedule.objects.create(doctor=other, service=room.service)
    OpeningRule.objects.create(schedule=schedule, weekday=2, opens_minute=540, closes_minute=720)
    row = room.book(hana)
    booking.book(
        doctor=other,
        patient=room.patient(hana),
        service=room.service,
        appointed_time=ELEVEN,
        at=NOW,
        by=hana,
    )
    with pytest.raises(booking.PatientBusy):
        move(row)
    assert is_unmoved(row)


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        (TEN + timedelta(minutes=10), booking.NotOffered),
        (TEN + timedelta(hours=12), booking.NotOffered),
        (NOW - HALF * 2, booking.NotOffered),
        (NOW, booking.TooSoonOrLate),
        (TEN + timedelta(days=70), booking.TooSoonOrLate),
    ],
    ids=["off the grid", "at night", "before opening", "within the notice", "beyond the horizon"],
)
def test_what_cannot_be_booked_cannot_be_moved_to(
    room: Room, hana: Member, to: datetime, refusal: type[Exception]
) -> None:
    room.service.notice_minutes = 10
    room.service.save()
    row = room.book(hana)
    with pytest.raises(refusal):
        move(row, to)
    assert is_unmoved(row)


def test_without_a_service_there_is_nowhere_to_move(room: Room, hana: Member) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN
    )
    with pytest.raises(booking.NotOffered):
        move(row)
    assert is_unmoved(row)


def test_a_patient_moves_until_the_deadline_and_staff_until_the_meeting(
    room: Room, hana: Member
) -> None:
    room.service.reschedule_minutes = 120
    room.service.save()
    row = room.book(hana)
    late = TEN - timedelta(minutes=120)
    assert [row.is_movable(at=at) for at in (late - timedelta(seconds=1), late)] == [True, False]
    with pytest.raises(moving.TooLateToMove):
        move(row, at=late)
    with pytest.raises(moving.TooLateToMove):
        move(row, at=TEN, is_staff=True)
    assert is_unmoved(row)
    assert move(row, at=late, is_staff=True).appointed_time == ELEVEN


@pytest.mark.parametrize("status", ["pending", "cancelled", "arrived", "fulfilled", "noshow"])
def test_only_what_is_booked_moves(room: Room, hana: Member, status: str) -> None:
    row = room.book(hana)
    row.status = status
    row.hold_expires_at = NOW + HALF if status == "pending" else None
    row.save()
    with pytest.raises(booking.AlreadyOver):
        move(row)
    assert is_unmoved(row)


def test_an_overbooked_one_moves_to_a_time_of_its_own(
    room: Room, hana: Member, minjun: Member
) -> None:
    """The reason stays behind, and with it the right to be there beside another."""
    room.book(minjun)
    row = Reservation.objects.create(
        doctor=room.doctor,
        patient=room.patient(hana),
        service=room.service,
        appointed_time=TEN,
        minutes=20,
        overbook_reason="급한 일",
    )
    move(row)
    row.refresh_from_db()
    assert (row.overbook_reason, row.minutes) == ("", 30)
    with pytest.raises(booking.SlotTaken):
        move(row, TEN)


def test_an_event_that_moved_says_from_where_to_where(room: Room, hana: Member) -> None:
    row = room.book(hana)
    with pytest.raises(IntegrityError) as refusal:
        row.events.create(kind="moved", happened_at=NOW)
    assert violated(refusal.value) == "reservation_event_moved_between"


def test_the_letter_names_both_times_and_moves_the_calendar(
    room: Room, hana: Member, mailoutbox: list[EmailMessage]
) -> None:
    row = move(room.book(hana))
    mail = OutboxMail.objects.order_by("id").last()
    assert mail is not None
    outbox.deliver(mail, at=NOW + timedelta(days=1000))
    letter = mailoutbox[0]
    assert letter.subject == "[마당] 변경: 박서윤 선생님 예약"
    assert letter.body == (
        "김하나 님, 안녕하세요.\n\n"
        "예약 시간이 바뀌었습니다. 새 시간은 다른 분이 잡을 수 없습니다.\n\n"
        "언제: 2027년 3월 2일 화요일 오전 11:00\n"
        "바꾸기 전: 2027년 3월 2일 화요일 오전 10:00\n누구와: 박서윤\n무엇을: 학습 상담\n\n"
        "예약을 보거나, 못 오시게 되면 취소하는 곳:\n"
        f"http://localhost/reservation/{row.uid}/\n\n마당\n"
    )
    calendar = letter.attachments[0][1]
    lines = str(calendar).splitlines()
    assert [line for line in lines if line.startswith(("METHOD", "SEQUENCE", "DTSTART"))] == [
        "METHOD:REQUEST",
        "DTSTART:20270302T020000Z",
        "SEQUENCE:1",
    ]
