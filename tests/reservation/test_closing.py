"""Closing hours, adding some, and taking either back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from madang.people.models import Member
from madang.reservation import booking, closing, moving, waiting
from madang.reservation.attending import NotYours
from madang.reservation.models import (
    Doctor,
    Reservation,
    Schedule,
    ScheduleException,
    Service,
    WaitlistEntry,
)
from tests.cast import NOW, TEN, Room

TUESDAY = date(2027, 3, 2)
DAY = timedelta(days=1)
HALF = timedelta(minutes=30)


def wanted(room: Room, by: Member, **fields: Any) -> dict[str, Any]:
    """Ten to eleven on Tuesday, unless told otherwise."""
    days = {"first_on": TUESDAY, "last_on": TUESDAY, "opens_minute": 600, "closes_minute": 660}
    when = closing.When(**{name: fields.pop(name, day) for name, day in days.items()})
    options = {"doctor": room.doctor, "schedule": None, "reason": "", "at": NOW, "by": by}
    return {"when": when, **options, **fields}


def test_closed_hours_are_written_whole(room: Room, seoyun: Member) -> None:
    row = closing.close(**wanted(room, seoyun, reason="회의"))
    row.refresh_from_db()
    fields = (row.doctor, row.schedule, row.kind, row.first_on, row.last_on, row.opens_minute)
    assert fields == (room.doctor, None, "closed", TUESDAY, TUESDAY, 600)
    assert (row.closes_minute, row.reason, row.time_zone) == (660, "회의", "Asia/Seoul")
    assert (row.made_by, row.made_at, row.is_whole_day, row.is_closing) == (
        seoyun,
        NOW,
        False,
        True,
    )


def test_nobody_books_holds_or_moves_into_closed_hours(
    room: Room, hana: Member, minjun: Member, seoyun: Member
) -> None:
    other = room.book(minjun, TEN - HALF)
    closing.close(**wanted(room, seoyun))
    for verb in (room.book, room.hold):
        with pytest.raises(booking.NotOffered):
            verb(hana)
    with pytest.raises(booking.NotOffered):
        moving.move(reservation=other, appointed_time=TEN, at=NOW, by=minjun)
    assert Reservation.objects.get() == other
    assert room.book(hana, TEN + 2 * HALF).status == "booked"


def test_one_schedule_can_be_closed_in_its_own_zone(room: Room, seoyun: Member) -> None:
    other = Service.objects.create(name="마음 상담", minutes=60)
    schedule = Schedule.objects.create(
        doctor=room.doctor, service=other, time_zone="Pacific/Auckland"
    )
    row = closing.close(**wanted(room, seoyun, schedule=schedule))
    assert (row.doctor, row.schedule, row.time_zone) == (None, schedule, "Pacific/Auckland")
    closing.take_back(exception=row, at=NOW, by=seoyun)
    assert not ScheduleException.objects.exists()


def test_an_operator_may_and_others_may_not(
    room: Room, hana: Member, jiho: Member, gwanu: Member
) -> None:
    Doctor.objects.create(name="정지호", member=jiho)
    for member in (hana, jiho):
        with pytest.raises(NotYours):
            closing.close(**wanted(room, member))
    row = closing.close(**wanted(room, gwanu))
    for verb in (closing.take_back, closing.restore):
        with pytest.raises(NotYours):
            verb(exception=row, at=NOW, by=hana)
    assert ScheduleException.objects.get() == row


def test_another_doctors_schedule_is_none_of_ours(room: Room, seoyun: Member) -> None:
    other = Doctor.objects.create(name="정지호")
    schedule = Schedule.objects.create(doctor=other, service=room.service)
    with pytest.raises(NotYours):
        closing.close(**wanted(room, seoyun, schedule=schedule))


@pytest.mark.parametrize(
    "fields",
    [
        {"last_on": TUESDAY - DAY},
        {"closes_minute": 600},
        {"last_on": TUESDAY + 367 * DAY},
        {"first_on": TUESDAY - 4 * DAY, "last_on": TUESDAY - 4 * DAY},
    ],
    ids=["ends before it begins", "no hour", "more than a year", "past"],
)
def test_what_makes_no_hours_is_refused(
    room: Room, seoyun: Member, fields: dict[str, object]
) -> None:
    with pytest.raises(closing.BadHours):
        closing.close(**wanted(room, seoyun, **fields))
    assert not ScheduleException.objects.exists()


def test_the_same_hours_are_noted_once(room: Room, seoyun: Member) -> None:
    for schedule in (None, room.schedule):
        for verb in (closing.close, closing.add_hours):
            verb(**wanted(room, seoyun, schedule=schedule))
            with pytest.raises(closing.AlreadyNoted):
                verb(**wanted(room, seoyun, schedule=schedule))
    assert ScheduleException.objects.count() == 4


def test_what_is_taken_back_is_as_it_was(room: Room, hana: Member, seoyun: Member) -> None:
    row = closing.close(**wanted(room, seoyun))
    closing.take_back(exception=row, at=NOW, by=seoyun)
    assert room.book(hana).status == "booked"
    with pytest.raises(closing.Gone):
        closing.take_back(exception=row, at=NOW, by=seoyun)


def test_extra_hours_that_are_taken_back_are_closed(
    room: Room, hana: Member, seoyun: Member
) -> None:
    evening = TEN + timedelta(hours=8)
    row = closing.add_hours(**wanted(room, seoyun, opens_minute=1080, closes_minute=1140))
    assert room.book(hana, evening).status == "booked"
    closing.take_back(exception=row, at=NOW, by=seoyun)
    with pytest.raises(booking.NotOffered):
        room.book(hana, evening + HALF)


def test_a_lifted_holiday_stays_and_can_be_closed_again(
    room: Room, hana: Member, seoyun: Member
) -> None:
    row = ScheduleException.objects.create(
        doctor=room.doctor, kind="holiday", first_on=TUESDAY, last_on=TUESDAY
    )
    closing.take_back(exception=row, at=NOW, by=seoyun)
    row.refresh_from_db()
    assert (row.is_lifted, row.is_closing, row.is_whole_day) == (True, False, True)
    room.book(hana)
    closing.restore(exception=row, at=NOW, by=seoyun)
    with pytest.raises(booking.NotOffered):
        room.book(hana, TEN + HALF)


def wait(room: Room, member: Member, start: Any, end: Any) -> WaitlistEntry:
    return waiting.join(
        doctor=room.doctor,
        patient=room.patient(member),
        service=room.service,
        starts_at=start,
        ends_at=end,
        at=NOW,
    )


def offers() -> list[tuple[str, Any]]:
    rows = Reservation.objects.filter(status="pending").order_by("pk")
    return [(row.patient.name, row.appointed_time) for row in rows]


def test_who_waits_is_offered_what_opens_again(
    room: Room, hana: Member, minjun: Member, seoyun: Member
) -> None:
    row = closing.close(**wanted(room, seoyun, opens_minute=0, closes_minute=1440))
    for member in (minjun, hana):
        wait(room, member, TEN, TEN + 2 * HALF)
    closing.take_back(exception=row, at=NOW, by=seoyun)
    assert offers() == [("이민준", TEN), ("김하나", TEN + HALF)]


def test_who_waits_is_offered_extra_hours(room: Room, hana: Member, seoyun: Member) -> None:
    evening = TEN + timedelta(hours=8)
    wait(room, hana, evening, evening + HALF)
    closing.add_hours(**wanted(room, seoyun, opens_minute=1080, closes_minute=1140))
    assert offers() == [("김하나", evening)]


def test_extra_hours_that_clocks_skip_are_offered_to_nobody(
    room: Room, hana: Member, seoyun: Member
) -> None:
    Schedule.objects.update(time_zone="America/New_York")
    spring = date(2027, 3, 14)
    at_two = {"first_on": spring, "last_on": spring, "opens_minute": 120, "closes_minute": 150}
    closing.add_hours(**wanted(room, seoyun, **at_two))
    assert offers() == []


def test_the_zone_is_that_of_the_hours_or_of_the_site(room: Room) -> None:
    Schedule.objects.update(time_zone="Europe/London")
    doctors = (room.doctor, Doctor.objects.create(name="정지호"))
    assert [closing.zone_of(doctor) for doctor in doctors] == ["Europe/London", "Asia/Seoul"]


def test_meetings_in_closed_hours_are_named(
    room: Room, hana: Member, minjun: Member, seoyun: Member
) -> None:
    inside, outside = room.book(hana), room.book(minjun, TEN + 2 * HALF)
    assert closing.concerned(doctor=room.doctor, at=NOW) == []
    closing.close(**wanted(room, seoyun))
    assert closing.concerned(doctor=room.doctor, at=NOW) == [inside]
    assert closing.concerned(doctor=room.doctor, at=inside.ends_at) == []
    closing.close(**wanted(room, seoyun, opens_minute=0, closes_minute=1440))
    assert closing.concerned(doctor=room.doctor, at=NOW) == [inside, outside]
    booking.cancel(reservation=inside, at=NOW, by=hana)
    assert closing.concerned(doctor=room.doctor, at=NOW) == [outside]


def test_a_meeting_is_concerned_by_its_own_service_alone(
    room: Room, hana: Member, minjun: Member, seoyun: Member
) -> None:
    other = Service.objects.create(name="마음 상담", minutes=30)
    schedule = Schedule.objects.create(doctor=room.doctor, service=other)
    room.book(hana)
    bare = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(minjun), appointed_time=TEN + HALF
    )
    closing.close(**wanted(room, seoyun, schedule=schedule))
    assert closing.concerned(doctor=room.doctor, at=NOW) == [bare]


def test_extra_hours_on_a_holiday_concern_nobody(room: Room, hana: Member, seoyun: Member) -> None:
    row = room.book(hana)
    ScheduleException.objects.create(
        doctor=room.doctor, kind="holiday", first_on=TUESDAY, last_on=TUESDAY
    )
    assert closing.concerned(doctor=room.doctor, at=NOW) == [row]
    closing.add_hours(**wanted(room, seoyun))
    assert closing.concerned(doctor=room.doctor, at=NOW) == []
