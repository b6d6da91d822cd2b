"""Weeks and months on the reader's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from madang.people.models import Member
from madang.reservation import weeks
from madang.reservation.models import Reservation
from tests.cast import NOW, Room

MONDAY = date(2027, 3, 1)


def test_a_week_holds_each_time_on_the_readers_day(room: Room) -> None:
    """Nine in Seoul is four in the afternoon of the day before in Los Angeles."""
    with timezone.override("America/Los_Angeles"):
        days = weeks.week(doctors=[room.doctor], service=room.service, first=MONDAY, at=NOW)
    assert [day.on for day in days] == [MONDAY + timedelta(days=n) for n in range(7)]
    assert [day.is_today for day in days] == [False] * 7
    assert [len(day.times) for day in days] == [6] * 7
    assert days[0].times[0].start == datetime(2027, 3, 2, 0, 0, tzinfo=UTC)


def test_a_day_shows_what_is_free_and_what_is_held_and_not_what_is_past(
    room: Room, hana: Member
) -> None:
    Reservation.objects.create(
        doctor=room.doctor,
        patient=room.patient(hana),
        appointed_time=NOW + timedelta(hours=1),
        minutes=30,
    )
    at = NOW + timedelta(minutes=31)
    today = weeks.week(doctors=[room.doctor], service=room.service, first=MONDAY, at=at)[0]
    assert [slot.status for slot in today.times] == [
        "busy-unavailable",
        "busy-unavailable",
        "busy",
        "free",
        "free",
        "free",
    ]
    assert (today.is_today, today.shown, today.free) == (True, today.times[2:], today.times[3:])


@pytest.mark.parametrize(("first", "rows"), [(date(2027, 3, 1), 5), (date(2027, 2, 1), 4)])
def test_a_month_is_whole_weeks(room: Room, first: date, rows: int) -> None:
    grid = weeks.month(doctors=[room.doctor], service=room.service, first=first, at=NOW)
    cells = [cell for row in grid for cell in row]
    assert [len(row) for row in grid] == [7] * rows
    assert cells[0].on.isoweekday() == 1
    assert [cell.is_inside for cell in cells] == [cell.on.month == first.month for cell in cells]
    assert [cell.on for cell in cells if cell.is_today] == [d for d in [MONDAY] if rows == 5]
    assert {cell.free for cell in cells if cell.on >= MONDAY} <= {6}
    assert {cell.free for cell in cells if cell.on < MONDAY} <= {0}
