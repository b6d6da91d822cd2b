"""Holding a time for a while: nobody else's until it runs out, anybody's afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from madang.people import tasks
from madang.people.models import Member, OutboxMail
from madang.reservation import booking, freeing, slots
from madang.reservation.models import Doctor, OpeningRule, Reservation, Schedule
from tests.cast import NOW, TEN, Room

OVER = NOW + booking.HOLD
"""When a hold that was taken at NOW has run out."""
LAST = OVER - timedelta(seconds=1)


def take(
    room: Room,
    member: Member,
    time: datetime = TEN,
    at: datetime = NOW,
    *,
    is_hold: bool = False,
) -> Reservation:
    verb = booking.hold if is_hold else booking.book
    return verb(
        doctor=room.doctor,
        patient=room.patient(member),
        service=room.service,
        appointed_time=time,
        at=at,
        by=member,
    )


def hold(room: Room, member: Member, time: datetime = TEN, at: datetime = NOW) -> Reservation:
    return take(room, member, time, at, is_hold=True)


def history(row: Reservation) -> list[tuple[str, datetime, Member | None]]:
    return [(each.kind, each.happened_at, each.by) for each in row.events.order_by("id")]


def state(row: Reservation) -> tuple[str, datetime | None, int]:
    row.refresh_from_db()
    return row.status, row.hold_expires_at, row.sequence


def test_a_hold_is_written_whole_and_tells_nobody(room: Room, hana: Member) -> None:
    row = hold(room, hana)
    assert state(row) == ("pending", OVER, 0)
    assert history(row) == [("held", NOW, hana)]
    assert OutboxMail.objects.count() == 0


def test_until_it_runs_out_nobody_else_can_have_it(
    room: Room, hana: Member, minjun: Member
) -> None:
    row = hold(room, hana)
    for is_hold in (True, False):
        with pytest.raises(booking.SlotTaken):
            take(room, minjun, at=LAST, is_hold=is_hold)
    assert Reservation.objects.get() == row
    assert state(row) == ("pending", OVER, 0)


def test_from_then_on_anybody_can_though_no_sweeper_ran(
    room: Room, hana: Member, minjun: Member
) -> None:
    row = hold(room, hana)
    mine = take(room, minjun, at=OVER)
    assert state(row) == ("cancelled", None, 1)
    assert history(row) == [("held", NOW, hana), ("expired", OVER, None)]
    assert state(mine) == ("booked", None, 0)
    assert [mail.address for mail in OutboxMail.objects.all()] == ["minjun@madang.example"]


def test_what_another_sweep_freed_in_the_meantime_is_noted_once(
    room: Room, hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = hold(room, hana)
    lines = []

    def meanwhile(rows: object, _keys: set[int]) -> None:
        lines.append(rows)
        if len(lines) == 1:  # another sweep, while this one waits for its turn
            freeing.free_expired(OVER)

    monkeypatch.setattr(freeing, "_stand_in_line", meanwhile)
    freeing.free_expired(OVER)
    assert len(lines) == 4  # both had looked and seen it
    assert state(row) == ("cancelled", None, 1)
    assert history(row)[1:] == [("expired", OVER, None)]


def test_a_hold_never_reaches_beyond_its_beginning(room: Room, hana: Member) -> None:
    row = hold(room, hana, at=TEN - timedelta(minutes=2))
    assert state(row) == ("pending", TEN, 0)


def test_what_cannot_be_booked_cannot_be_held(room: Room, hana: Member) -> None:
    with pytest.raises(booking.NotOffered):
        hold(room, hana, TEN + timedelta(minutes=1))
    with pytest.raises(booking.TooSoonOrLate):
        hold(room, hana, at=TEN + timedelta(minutes=1))
    assert Reservation.objects.count() == 0


def test_what_ran_out_stays_free_when_the_next_wish_is_refused(
    room: Room, hana: Member, minjun: Member
) -> None:
    """The old hold is freed and noted, though its finder wanted a time that is taken."""
    row = hold(room, hana)
    take(room, minjun, TEN + timedelta(minutes=30))
    with pytest.raises(booking.SlotTaken):
        take(room, hana, TEN + timedelta(minutes=30), at=OVER)
    assert state(row) == ("cancelled", None, 1)
    assert history(row)[1:] == [("expired", OVER, None)]


def test_a_patients_hold_elsewhere_that_ran_out_is_in_nobodys_way(room: Room, hana: Member) -> None:
    other = Doctor.objects.create(name="정지호")
    schedule = Schedule.objects.create(doctor=other, service=room.service)
    OpeningRule.objects.create(schedule=schedule, weekday=2, opens_minute=540, closes_minute=720)
    held = booking.hold(
        doctor=other,
        patient=room.patient(hana),
        service=room.service,
        appointed_time=TEN,
        at=NOW,
        by=hana,
    )
    with pytest.raises(booking.PatientBusy):
        take(room, hana, at=LAST)
    take(room, hana, at=OVER)
    assert state(held) == ("cancelled", None, 1)


# Confirming and giving back.


def test_what_is_held_can_be_booked(room: Room, hana: Member) -> None:
    row = booking.confirm(reservation=hold(room, hana), at=LAST, by=hana)
    assert state(row) == ("booked", None, 1)
    assert history(row) == [("held", NOW, hana), ("booked", LAST, hana)]
    assert [mail.address for mail in OutboxMail.objects.all()] == ["hana@madang.example"]


def test_confirming_twice_books_once(room: Room, hana: Member) -> None:
    row = hold(room, hana)
    for _time in range(2):
        booking.confirm(reservation=row, at=LAST, by=hana)
    assert state(row) == ("booked", None, 1)
    assert (row.events.count(), OutboxMail.objects.count()) == (2, 1)


def test_confirming_too_late_is_told_and_frees_the_time(room: Room, hana: Member) -> None:
    row = hold(room, hana)
    for at in (OVER, OVER + timedelta(minutes=1)):
        with pytest.raises(booking.HoldExpired):
            booking.confirm(reservation=row, at=at, by=hana)
    assert state(row) == ("cancelled", None, 1)
    assert history(row)[1:] == [("expired", OVER, None)]


def test_what_was_given_back_cannot_be_confirmed(room: Room, hana: Member) -> None:
    row = booking.cancel(reservation=hold(room, hana), at=NOW, by=hana)
    with pytest.raises(booking.AlreadyOver):
        booking.confirm(reservation=row, at=NOW, by=hana)
    assert state(row) == ("cancelled", None, 1)


def test_a_hold_is_given_back_without_a_letter_after_the_deadline_too(
    room: Room, hana: Member, minjun: Member
) -> None:
    late = TEN - timedelta(minutes=30)
    row = booking.cancel(reservation=hold(room, hana, at=late), at=late, by=hana)
    assert state(row) == ("cancelled", None, 1)
    assert history(row) == [("held", late, hana), ("given-back", late, hana)]
    assert OutboxMail.objects.count() == 0
    assert take(room, minjun, at=late).pk != row.pk


def test_a_hold_that_ran_out_cannot_be_given_back(room: Room, hana: Member) -> None:
    row = hold(room, hana)
    with pytest.raises(booking.AlreadyOver):
        booking.cancel(reservation=row, at=OVER, by=hana)
    assert history(row)[1:] == [("expired", OVER, None)]


# What others see.


def test_a_held_time_is_busy_and_then_free_again(room: Room, hana: Member) -> None:
    hold(room, hana)
    found = [
        slots.find(doctor=room.doctor, service=room.service, start=TEN, at=at)
        for at in (LAST, OVER)
    ]
    assert [slot and slot.status for slot in found] == ["busy", "free"]


def test_a_hold_is_coming_until_it_runs_out_and_is_never_past(room: Room, hana: Member) -> None:
    row = hold(room, hana)
    own = Reservation.objects.of(hana)
    assert [list(own.open(at=at)) for at in (LAST, OVER)] == [[row], []]
    assert [row.has_expired(at=at) for at in (LAST, OVER)] == [False, True]
    given = booking.cancel(reservation=hold(room, hana, TEN + timedelta(hours=1)), at=NOW, by=hana)
    assert list(own.over(at=OVER)) == []
    tasks.sweep(at=OVER)
    assert list(own.over(at=TEN + timedelta(days=1))) == []
    assert (state(row)[0], state(given)[0]) == ("cancelled", "cancelled")


def test_a_sweep_frees_what_nobody_came_to_want(room: Room, hana: Member, minjun: Member) -> None:
    rows = [hold(room, hana), hold(room, minjun, TEN + timedelta(minutes=30))]
    kept = hold(room, hana, TEN + timedelta(hours=1), at=LAST)
    assert tasks.sweep(at=OVER) == []
    assert [state(row) for row in rows] == [("cancelled", None, 1)] * 2
    assert [history(row)[1:] for row in rows] == [[("expired", OVER, None)]] * 2
    assert state(kept) == ("pending", LAST + booking.HOLD, 0)
