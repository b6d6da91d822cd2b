"""Times of another calendar: nobody books them, and what was booked before is told of."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from madang.lib.constraints import violated
from madang.people.models import Member
from madang.reservation import booking, elsewhere, foreign, moving, slots, waiting
from madang.reservation.elsewhere import TakenOver
from madang.reservation.models import BusyTime, Doctor, Reservation
from tests.cast import NOW, TEN, Room
from tests.reservation.test_foreign import calendar

HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)


def entry(uid: str, start: datetime = TEN, minutes: int = 60) -> str:
    return f"UID:{uid}\nDTSTART:{start:%Y%m%dT%H%M%SZ}\nDURATION:PT{minutes}M"


def bring(room: Room, *entries: str, is_whole: bool = False, at: datetime = NOW) -> TakenOver:
    """Take these entries over."""
    return elsewhere.take_over(
        doctor=room.doctor,
        content=calendar(*entries),
        zone="Asia/Seoul",
        at=at,
        is_whole=is_whole,
    )


def free(room: Room) -> list[datetime]:
    """The free times of the day after NOW."""
    found = slots.slots(
        doctors=[room.doctor],
        services=[room.service],
        first=TEN.date(),
        until=TEN.date() + timedelta(days=1),
        at=NOW,
    )
    return [slot.start for slot in found if slot.is_free]


def kept() -> list[tuple[datetime, datetime]]:
    return list(BusyTime.objects.values_list("starts_at", "ends_at"))


MORNING = [TEN - HOUR + n * HALF for n in range(6)]


def test_the_other_calendar_takes_its_times(room: Room) -> None:
    assert free(room) == MORNING
    assert bring(room, entry("a"), "UID:b\nDTSTART:tomorrow") == TakenOver(1, 1, [])
    assert free(room) == [*MORNING[:2], *MORNING[4:]]
    assert kept() == [(TEN, TEN + HOUR)]
    assert str(BusyTime.objects.get()) == "2027-03-02 01:00"


def test_a_month_still_costs_three_queries(
    room: Room, hana: Member, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    room.book(hana, TEN - HALF)
    bring(room, entry("a"), entry("b", TEN + HALF))
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert free(room) == [MORNING[0], MORNING[5]]


def test_nobody_books_holds_or_moves_to_such_a_time(room: Room, hana: Member) -> None:
    row = room.book(hana, TEN - HALF)
    bring(room, entry("a", TEN + timedelta(minutes=10), 1))
    for verb in (room.book, room.hold):
        with pytest.raises(booking.SlotTaken):
            verb(hana)
    with pytest.raises(booking.SlotTaken):
        moving.move(reservation=row, appointed_time=TEN, at=NOW, by=hana)
    room.book(hana, TEN + HALF)
    assert moving.move(reservation=row, appointed_time=TEN + HOUR, at=NOW, by=hana) == row


def test_buffers_keep_away_from_it(room: Room, hana: Member) -> None:
    room.service.buffer_before = room.service.buffer_after = 5
    room.service.save()
    row = room.book(hana, TEN - HOUR)
    bring(room, entry("a", minutes=30))
    for time in (TEN - HALF, TEN + HALF):
        with pytest.raises(booking.SlotTaken):
            room.book(hana, time)
        with pytest.raises(booking.SlotTaken):
            moving.move(reservation=row, appointed_time=time, at=NOW, by=hana)


def test_staff_may_book_it_with_a_reason(room: Room, hana: Member, gwanu: Member) -> None:
    bring(room, entry("a"))
    row = booking.book(
        doctor=room.doctor,
        patient=room.patient(hana),
        service=room.service,
        appointed_time=TEN,
        at=NOW,
        by=gwanu,
        overbook_reason="급함",
        is_staff=True,
    )
    assert (row.overbook_reason, elsewhere.over(doctor=room.doctor, at=NOW)) == ("급함", [row])


def test_what_was_booked_before_stays_and_is_told_of(room: Room, hana: Member) -> None:
    row, _beside = room.book(hana), room.book(hana, TEN + HOUR)
    gone = room.book(hana, TEN + HALF)
    booking.cancel(reservation=gone, at=NOW, by=hana)
    assert elsewhere.over(doctor=room.doctor, at=NOW) == []
    assert bring(room, entry("a")) == TakenOver(1, 0, [row])
    assert elsewhere.over(doctor=room.doctor, at=TEN + HALF) == []


def test_a_hold_that_was_there_can_be_confirmed(room: Room, hana: Member) -> None:
    held = room.hold(hana)
    assert bring(room, entry("a")).over == [held]
    assert booking.confirm(reservation=held, at=NOW, by=hana).status == "booked"


def test_an_entry_replaces_what_was_said_of_it(room: Room) -> None:
    bring(room, entry("a"), entry("b", TEN + HOUR))
    bring(room, entry("a", TEN - HOUR))
    assert kept() == [(TEN - HOUR, TEN), (TEN + HOUR, TEN + 2 * HOUR)]
    bring(room, entry("a") + "\nSTATUS:CANCELLED")
    assert kept() == [(TEN + HOUR, TEN + 2 * HOUR)]
    bring(room, entry("c"), is_whole=True)
    assert kept() == [(TEN, TEN + HOUR)]


def test_an_entry_that_cannot_be_read_leaves_what_was_said_of_it(room: Room) -> None:
    bring(room, entry("a"))
    assert bring(room, "UID:a\nDTSTART:tomorrow", is_whole=True) == TakenOver(0, 1, [])
    assert kept() == [(TEN, TEN + HOUR)]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [(b"nonsense", foreign.NoCalendar), (b"x" * (foreign.BYTES + 1), foreign.TooLarge)],
)
def test_a_file_that_is_refused_changes_nothing(
    room: Room, content: bytes, refusal: type[Exception]
) -> None:
    bring(room, entry("a"))
    with pytest.raises(refusal):
        elsewhere.take_over(
            doctor=room.doctor, content=content, zone="Asia/Seoul", at=NOW, is_whole=True
        )
    assert kept() == [(TEN, TEN + HOUR)]


def test_calendars_of_others_are_left_alone(room: Room, hana: Member) -> None:
    other = Doctor.objects.create(name="정지호")
    BusyTime.objects.create(doctor=other, uid_digest="x", starts_at=TEN, ends_at=TEN + HOUR)
    bring(room, is_whole=True)
    elsewhere.forget(doctor=room.doctor, at=NOW)
    assert kept() == [(TEN, TEN + HOUR)]
    assert room.book(hana).status == "booked"


# What becomes free.


def wait(room: Room, member: Member, start: datetime = TEN) -> None:
    waiting.join(
        doctor=room.doctor,
        patient=room.patient(member),
        service=room.service,
        starts_at=start,
        ends_at=start + HALF,
        at=NOW,
    )


def offers() -> list[tuple[str, datetime]]:
    rows = Reservation.objects.filter(waitlist_entry__isnull=False, status="pending")
    return [(row.patient.name, row.appointed_time) for row in rows.order_by("pk")]


def test_what_the_file_gives_back_goes_to_who_waits(
    room: Room, hana: Member, minjun: Member
) -> None:
    bring(room, entry("a"), entry("b", TEN + HOUR))
    wait(room, hana)
    wait(room, minjun, TEN + HOUR)
    assert bring(room, entry("a"), is_whole=False).over == []
    assert offers() == []
    assert bring(room, entry("b", TEN + HOUR), is_whole=True).over == []
    assert offers() == [("김하나", TEN)]
    with pytest.raises(booking.SlotTaken):
        room.book(minjun)


def test_what_is_forgotten_goes_to_who_waits(room: Room, hana: Member) -> None:
    bring(room, entry("a"))
    wait(room, hana)
    elsewhere.forget(doctor=room.doctor, at=NOW)
    assert (offers(), kept()) == ([("김하나", TEN)], [])
    elsewhere.forget(doctor=room.doctor, at=NOW)


def test_a_time_given_back_is_not_offered_while_the_calendar_has_it(
    room: Room, hana: Member, minjun: Member
) -> None:
    row = room.book(hana)
    bring(room, entry("a"))
    wait(room, minjun)
    booking.cancel(reservation=row, at=NOW, by=hana)
    assert offers() == []


# The rows.


def test_the_pieces_of_a_span_are_cut_to_it(room: Room) -> None:
    bring(room, entry("a"), entry("b", TEN + HALF), entry("c", TEN + 3 * HOUR))
    span = (TEN + timedelta(minutes=10), TEN + 4 * HOUR - HALF)
    assert elsewhere.within(doctor=room.doctor, span=span) == [
        (span[0], TEN + HOUR + HALF),
        (TEN + 3 * HOUR, span[1]),
    ]


@pytest.mark.parametrize(
    ("end", "name"),
    [
        (TEN, "reservation_busy_time_takes_time"),
        (TEN + HOUR, "reservation_busy_time_once"),
    ],
)
def test_the_database_refuses_other_rows(room: Room, end: datetime, name: str) -> None:
    BusyTime.objects.create(doctor=room.doctor, uid_digest="x", starts_at=TEN, ends_at=TEN + HOUR)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        BusyTime.objects.create(doctor=room.doctor, uid_digest="x", starts_at=TEN, ends_at=end)
    assert violated(caught.value) == name
