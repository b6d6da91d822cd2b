"""The weekly hours, and what they leave outside."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from madang.people.models import Member
from madang.reservation import opening
from madang.reservation.models import Reservation, Schedule, ScheduleException, Service
from tests.cast import NOW, TEN, Room

HALF = timedelta(minutes=30)


def test_the_week_is_set_as_a_whole(room: Room) -> None:
    opening.set_hours(schedule=room.schedule, hours={1: [(540, 720), (780, 1080)], 3: []})
    rules = room.schedule.opening_rules.values_list("weekday", "opens_minute", "closes_minute")
    assert list(rules) == [(1, 540, 720), (1, 780, 1080)]


@pytest.mark.parametrize(
    ("hours", "is_outside"),
    [
        ({2: [(540, 720)]}, False),
        ({2: [(600, 630)]}, False),
        ({2: [(601, 720)]}, True),
        ({2: [(540, 629)]}, True),
        ({2: [(540, 615), (615, 720)]}, True),
        ({3: [(540, 720)]}, True),
        ({}, True),
    ],
)
def test_what_no_stretch_holds_is_outside(
    room: Room, hana: Member, hours: dict[int, list[tuple[int, int]]], is_outside: bool
) -> None:
    row = room.book(hana)
    opening.set_hours(schedule=room.schedule, hours=hours)
    assert opening.outside(room.schedule, at=NOW) == [row] * is_outside
    row.refresh_from_db()
    assert row.status == "booked"


def test_validity_counts_and_so_does_another_schedule(room: Room, hana: Member) -> None:
    row = room.book(hana)
    for fields in ({"valid_from": date(2027, 3, 3)}, {"valid_until": date(2027, 3, 1)}):
        Schedule.objects.update(valid_from=None, valid_until=None)
        Schedule.objects.update(**fields)
        room.schedule.refresh_from_db()
        assert opening.outside(room.schedule, at=NOW) == [row]
    other = Schedule.objects.create(
        doctor=room.doctor, service=room.service, time_zone="Europe/London"
    )
    opening.set_hours(schedule=other, hours={2: [(60, 120)]})  # ten in Seoul is one in London
    assert opening.outside(room.schedule, at=NOW) == []


@pytest.mark.parametrize(
    ("extra", "is_outside"),
    [
        ({"opens_minute": 600, "closes_minute": 660}, False),
        ({"opens_minute": 600, "closes_minute": 629}, True),
        ({"opens_minute": 601, "closes_minute": 660}, True),
        ({"opens_minute": 600, "closes_minute": 660, "kind": "closed"}, True),
    ],
)
@pytest.mark.parametrize("whose", ["doctor", "schedule"])
def test_extra_hours_hold_what_is_booked_in_them(
    room: Room, hana: Member, whose: str, extra: dict[str, object], is_outside: bool
) -> None:
    row = room.book(hana)
    opening.set_hours(schedule=room.schedule, hours={})
    day = row.appointed_time.date()
    fields = {"kind": "extra", "first_on": day, "last_on": day, whose: getattr(room, whose)}
    ScheduleException.objects.create(**fields | extra)
    assert opening.outside(room.schedule, at=NOW) == [row] * is_outside


def test_what_is_over_or_of_another_service_does_not_count(room: Room, hana: Member) -> None:
    patient = room.patient(hana)
    rows = [
        {"appointed_time": TEN, "service": Service.objects.create(name="다른 상담")},
        {"appointed_time": TEN + HALF, "service": room.service, "status": "cancelled"},
        {"appointed_time": NOW - HALF, "service": room.service},
    ]
    for fields in rows:
        Reservation.objects.create(doctor=room.doctor, patient=patient, **fields)
    opening.set_hours(schedule=room.schedule, hours={})
    assert opening.outside(room.schedule, at=NOW) == []
