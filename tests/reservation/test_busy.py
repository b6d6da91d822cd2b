"""When doctors are taken, as the rows say it, whatever the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.people.models import Member
from madang.reservation.busy import Busy, busy
from madang.reservation.models import Doctor, Patient, Reservation
from tests.cast import NOW, TEN, Room

DAY = date(2027, 3, 2)
SPANS = st.tuples(st.integers(0, 100), st.integers(1, 20))


@pytest.mark.django_db
@pytest.mark.parametrize("microsecond", [0, 1, 250_000, 999_999])
@pytest.mark.parametrize("year", [1931, 1970, 2027, 2299])
def test_a_moment_comes_back_to_the_microsecond(year: int, microsecond: int) -> None:
    start = datetime(year, 3, 4, 5, 6, 7, microsecond, tzinfo=UTC)
    row = Reservation.objects.create(
        doctor=Doctor.objects.create(name="박서윤"),
        patient=Patient.objects.create(name="김하나"),
        appointed_time=start,
        minutes=25,
        buffer_before=10,
        buffer_after=5,
    )
    found = busy(
        doctors=[row.doctor_id],
        first=start.date(),
        until=start.date() + timedelta(days=1),
        at=NOW,
    )
    spans = [(start - timedelta(minutes=10), start + timedelta(minutes=30))]
    assert {doctor: each.spans for doctor, each in found.items()} == {row.doctor_id: spans}


def of_day(room: Room, *, at: datetime = NOW, apart_from: Reservation | None = None) -> list[int]:
    """The doctors who are taken around DAY."""
    until = DAY + timedelta(days=1)
    doctors = [room.doctor.pk]
    return list(busy(doctors=doctors, first=DAY, until=until, at=at, apart_from=apart_from))


def test_what_is_to_be_moved_takes_nothing(room: Room, hana: Member) -> None:
    row = room.book(hana)
    assert of_day(room) == [room.doctor.pk]
    assert of_day(room, apart_from=row) == []


def test_a_hold_takes_its_time_until_it_runs_out(room: Room, hana: Member) -> None:
    over = room.hold(hana).hold_expires_at
    assert over is not None
    assert of_day(room, at=over - timedelta(microseconds=1)) == [room.doctor.pk]
    assert of_day(room, at=over) == []


@given(taken=st.lists(SPANS, max_size=8), asked=SPANS)
def test_meeting_is_overlapping_one_of_them(
    taken: list[tuple[int, int]], asked: tuple[int, int]
) -> None:
    """Against looking at each; those that overlap an earlier one are left out, as in the table."""
    apart: list[tuple[int, int]] = []
    for start, length in taken:
        if all(start >= end or start + length <= begin for begin, end in apart):
            apart.append((start, start + length))
    spans = [(TEN + timedelta(minutes=a), TEN + timedelta(minutes=b)) for a, b in apart]
    first, last = (TEN + timedelta(minutes=n) for n in (asked[0], sum(asked)))
    expected = any(begin < last and first < finish for begin, finish in spans)
    assert Busy(spans).meets(first, last) == expected
