"""The waiting list: who joins first is asked first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError

from madang.lib.constraints import violated
from madang.people import outbox, tasks
from madang.people.models import Member, OutboxMail
from madang.reservation import booking, moving, waiting
from madang.reservation.models import (
    Doctor,
    OpeningRule,
    Reservation,
    Schedule,
    Service,
    WaitlistEntry,
)
from tests.cast import NOW, TEN, Room

HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
OVER = NOW + HALF
"""When an offer made at NOW has run out."""


def join(
    room: Room,
    member: Member,
    start: datetime = TEN,
    end: datetime = TEN + HALF,
    at: datetime = NOW,
    service: Service | None = None,
) -> WaitlistEntry:
    return waiting.join(
        doctor=room.doctor,
        patient=room.patient(member),
        service=service or room.service,
        starts_at=start,
        ends_at=end,
        at=at,
    )


def cancel(row: Reservation, at: datetime = NOW) -> None:
    booking.cancel(reservation=row, at=at, by=None)


def offers() -> list[tuple[str, datetime, str]]:
    """To whom, which time, and what became of it."""
    rows = Reservation.objects.filter(waitlist_entry__isnull=False).order_by("pk")
    return [(row.patient.name, row.appointed_time, row.status) for row in rows]


def test_an_entry_is_written_whole(room: Room, hana: Member) -> None:
    entry = join(room, hana)
    entry.refresh_from_db()
    assert (str(entry), entry.placed_at, entry.closed_at) == ("박서윤: 김하나", NOW, None)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NOW - HOUR, NOW),
        (TEN, TEN),
        (TEN, TEN - HALF),
        (TEN, TEN + waiting.LONGEST + SECOND),
    ],
    ids=["over", "empty", "backwards", "too long"],
)
def test_a_window_that_is_none_is_refused(
    room: Room, hana: Member, start: datetime, end: datetime
) -> None:
    with pytest.raises(waiting.BadWindow):
        join(room, hana, start, end)
    assert WaitlistEntry.objects.count() == 0


def test_what_the_doctor_does_not_offer_is_not_waited_for(room: Room, hana: Member) -> None:
    with pytest.raises(booking.NotOffered):
        join(room, hana, service=Service.objects.create(name="진료"))
    room.doctor.is_active = False
    room.doctor.save()
    with pytest.raises(booking.NotOffered):
        join(room, hana)


def test_one_waits_once_for_the_same_and_again_after_leaving(room: Room, hana: Member) -> None:
    entry = join(room, hana)
    with pytest.raises(waiting.AlreadyWaiting):
        join(room, hana)
    join(room, hana, TEN, TEN + HOUR)
    waiting.leave(entry=entry, at=NOW, by=hana)
    with pytest.raises(waiting.NotWaiting):
        waiting.leave(entry=entry, at=NOW, by=hana)
    assert join(room, hana).pk != entry.pk


def test_a_row_written_by_hand_is_refused_too(room: Room, hana: Member) -> None:
    entry = join(room, hana)
    entry.pk = None
    with pytest.raises(IntegrityError) as refusal:
        entry.save(force_insert=True)
    assert violated(refusal.value) == "reservation_waits_once"


def test_a_place_is_counted_among_those_who_want_the_same(
    room: Room, hana: Member, minjun: Member, emma: Member
) -> None:
    join(room, hana, TEN, TEN + HOUR)
    join(room, minjun, TEN + HALF, TEN + 2 * HOUR, NOW + SECOND)
    join(room, emma, TEN + HOUR, TEN + 2 * HOUR, NOW + 2 * SECOND)
    late = join(room, hana, TEN + HOUR, TEN + 3 * HOUR, NOW + 2 * SECOND)
    places = WaitlistEntry.objects.with_place(at=NOW).order_by("pk")
    assert [entry.place for entry in places] == [1, 2, 2, 3]
    waiting.leave(entry=late, at=NOW, by=hana)
    assert [entry.place for entry in places.waiting(at=NOW)] == [1, 2, 2]


# Offers.


def test_a_cancelled_time_is_offered_to_the_first_who_waits_in_the_same_moment(
    room: Room, hana: Member, minjun: Member, emma: Member
) -> None:
    row = room.book(hana)
    entry = join(room, minjun, at=NOW + SECOND)
    join(room, emma, at=NOW + 2 * SECOND)
    cancel(row)
    offer = entry.offers.get()
    assert (offer.status, offer.hold_expires_at, offer.patient.name) == ("pending", OVER, "이민준")
    assert [event.kind for event in offer.events.all()] == ["offered"]
    assert [name for name, *_ in offers()] == ["이민준"]
    with pytest.raises(booking.SlotTaken):
        room.book(emma)


def test_who_takes_the_offer_waits_no_more(room: Room, hana: Member, minjun: Member) -> None:
    row = room.book(hana)
    entry = join(room, minjun)
    cancel(row)
    booking.confirm(reservation=entry.offers.get(), at=OVER - SECOND, by=minjun)
    entry.refresh_from_db()
    assert (offers(), entry.closed_at) == ([("이민준", TEN, "booked")], OVER - SECOND)


def test_who_declines_stays_in_line_and_the_next_is_asked(
    room: Room, hana: Member, minjun: Member, emma: Member
) -> None:
    row = room.book(hana)
    first, second = join(room, minjun), join(room, emma, at=NOW + SECOND)
    cancel(row)
    cancel(first.offers.get())
    assert offers() == [("이민준", TEN, "cancelled"), ("엠마 클라크", TEN, "pending")]
    cancel(second.offers.get())
    assert [status for *_, status in offers()] == ["cancelled", "cancelled"]
    assert WaitlistEntry.objects.waiting(at=NOW).count() == 2
    assert room.book(hana).status == "booked"


def test_an_offer_that_ran_out_goes_to_the_next_before_any_passer_by(
    room: Room, hana: Member, minjun: Member, emma: Member, sujin: Member
) -> None:
    row = room.book(hana)
    join(room, minjun)
    join(room, emma, at=NOW + SECOND)
    cancel(row)
    with pytest.raises(booking.SlotTaken):
        room.book(sujin, at=OVER)
    assert offers() == [("이민준", TEN, "cancelled"), ("엠마 클라크", TEN, "pending")]
    assert Reservation.objects.filter(patient__member=sujin).count() == 0
    assert tasks.sweep(at=OVER + HALF) == []
    assert room.book(sujin, at=OVER + HALF).status == "booked"


def test_who_leaves_lets_the_next_have_the_offer(
    room: Room, hana: Member, minjun: Member, emma: Member
) -> None:
    row = room.book(hana)
    entry = join(room, minjun)
    join(room, emma, at=NOW + SECOND)
    cancel(row)
    waiting.leave(entry=entry, at=NOW, by=minjun)
    assert offers() == [("이민준", TEN, "cancelled"), ("엠마 클라크", TEN, "pending")]


def test_a_time_that_was_moved_away_from_is_offered(
    room: Room, hana: Member, minjun: Member
) -> None:
    row = room.book(hana)
    join(room, minjun)
    moving.move(reservation=row, appointed_time=TEN + HOUR, at=NOW, by=hana)
    assert offers() == [("이민준", TEN, "pending")]


def test_a_hold_that_was_given_back_is_offered(room: Room, hana: Member, minjun: Member) -> None:
    row = room.hold(hana)
    join(room, minjun)
    cancel(row)
    assert offers() == [("이민준", TEN, "pending")]


def test_nobody_is_offered_what_they_gave_up(room: Room, hana: Member) -> None:
    row = room.book(hana)
    join(room, hana)
    cancel(row)
    assert offers() == []


def test_a_window_must_hold_the_whole_time(room: Room, hana: Member, minjun: Member) -> None:
    row = room.book(hana)
    join(room, minjun, TEN + SECOND, TEN + HOUR)
    join(room, minjun, TEN - HOUR, TEN + HALF - SECOND)
    cancel(row)
    assert offers() == []


def test_who_is_elsewhere_is_passed_over(
    room: Room, hana: Member, minjun: Member, emma: Member
) -> None:
    other = Doctor.objects.create(name="정지호")
    schedule = Schedule.objects.create(doctor=other, service=room.service)
    OpeningRule.objects.create(schedule=schedule, weekday=2, opens_minute=540, closes_minute=720)
    booking.book(
        doctor=other,
        patient=room.patient(minjun),
        service=room.service,
        appointed_time=TEN,
        at=NOW,
        by=minjun,
    )
    row = room.book(hana)
    join(room, minjun)
    join(room, emma, at=NOW + SECOND)
    cancel(row)
    assert offers() == [("엠마 클라크", TEN, "pending")]


def test_nobody_has_two_offers_at_once_in_one_line(
    room: Room, hana: Member, minjun: Member
) -> None:
    rows = [room.book(hana), room.book(hana, TEN + HALF)]
    entry = join(room, minjun, TEN, TEN + HOUR)
    for row in rows:
        cancel(row)
    assert offers() == [("이민준", TEN, "pending")]
    cancel(entry.offers.get())
    assert offers() == [("이민준", TEN, "cancelled")]


def test_what_is_nearer_than_the_notice_is_offered_to_nobody(
    room: Room, hana: Member, minjun: Member
) -> None:
    room.service.notice_minutes = 120
    room.service.save()
    row = room.book(hana)
    join(room, minjun)
    booking.cancel(reservation=row, at=TEN - HOUR, by=None, is_staff=True)
    assert offers() == []


def test_an_offer_never_stands_beyond_its_beginning(
    room: Room, hana: Member, minjun: Member
) -> None:
    row = room.book(hana)
    entry = join(room, minjun)
    booking.cancel(reservation=row, at=TEN - timedelta(minutes=5), by=None, is_staff=True)
    assert entry.offers.get().hold_expires_at == TEN


def test_one_long_time_serves_two_who_wait_for_short_ones(
    room: Room, hana: Member, minjun: Member, emma: Member
) -> None:
    """Another service of the same doctor, with buffers: what fits into what became free."""
    long = Service.objects.create(name="긴 상담", minutes=60, buffer_before=30, buffer_after=30)
    schedule = Schedule.objects.create(doctor=room.doctor, service=long)
    OpeningRule.objects.create(schedule=schedule, weekday=2, opens_minute=540, closes_minute=720)
    row = booking.book(
        doctor=room.doctor,
        patient=room.patient(hana),
        service=long,
        appointed_time=TEN,
        at=NOW,
        by=hana,
    )
    for member, seconds in ((minjun, 1), (emma, 2)):
        join(room, member, TEN - HALF, TEN + HALF, NOW + seconds * SECOND)
    cancel(row)
    assert offers() == [
        ("이민준", TEN - HALF, "pending"),
        ("엠마 클라크", TEN, "pending"),
    ]


def test_two_offers_of_one_entry_are_refused_by_the_table(
    room: Room, hana: Member, minjun: Member
) -> None:
    row = room.book(hana)
    entry = join(room, minjun)
    cancel(row)
    offer = entry.offers.get()
    with pytest.raises(IntegrityError) as refusal:
        Reservation.objects.create(
            doctor=room.doctor,
            patient=offer.patient,
            appointed_time=TEN + HOUR,
            status="pending",
            hold_expires_at=OVER,
            waitlist_entry=entry,
        )
    assert violated(refusal.value) == "reservation_one_offer_each"


def test_the_letter_says_until_when_the_offer_stands(
    room: Room, hana: Member, minjun: Member, mailoutbox: list[EmailMessage]
) -> None:
    row = room.book(hana)
    entry = join(room, minjun)
    cancel(row)
    mail = OutboxMail.objects.get(member=minjun)
    outbox.deliver(mail, at=NOW + timedelta(days=1000))
    letter = mailoutbox[0]
    assert (letter.subject, letter.to, letter.attachments) == (
        "[마당] 빈자리가 났습니다: 박서윤 선생님",
        ["minjun@madang.example"],
        [],
    )
    assert letter.body == (
        "이민준 님, 안녕하세요.\n\n"
        "기다리시던 시간이 비었습니다. 잠시 동안 이 시간은 다른 분이 잡을 수 없습니다.\n\n"
        "언제: 2027년 3월 2일 화요일 오전 10:00\n누구와: 박서윤\n무엇을: 학습 상담\n"
        "맡아 두는 때: 2027년 3월 1일 월요일 오전 9:30\n\n"
        "예약하거나 다음 분께 넘기는 곳:\n"
        f"http://localhost/reservation/{entry.offers.get().uid}/\n\n마당\n"
    )
