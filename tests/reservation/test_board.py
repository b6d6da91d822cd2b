"""Everybody's day: what stands in which column, and how high it is drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from madang.people.models import Member
from madang.reservation import board
from madang.reservation.models import Doctor, Patient, Reservation, Service
from tests.cast import NOW, TEN, Room

DAY = date(2027, 3, 2)
NINE = TEN - timedelta(hours=1)


def cells(room: Room, on: date = DAY, at: datetime = NOW) -> list[tuple[int, str, int, str]]:
    """Minutes after nine, kind, height, and names or how many times can be had or overbooked."""
    [column] = board.board(doctors=[room.doctor], services=Service.objects.all(), on=on, at=at)
    return [
        (
            (cell.start - NINE) // timedelta(minutes=1),
            cell.kind,
            cell.size,
            "+".join(row.patient.name for row in cell.meetings)
            + f"/{len(cell.free)}/{len(cell.taken)}",
        )
        for cell in column.cells
    ]


def meet(room: Room, name: str, minute: int, minutes: int = 30, **fields: object) -> None:
    Reservation.objects.create(
        doctor=room.doctor,
        patient=Patient.objects.create(name=name),
        appointed_time=NINE + timedelta(minutes=minute),
        minutes=minutes,
        **fields,
    )


def test_free_times_and_meetings_follow_one_another(room: Room) -> None:
    meet(room, "하나", 30)
    meet(room, "민준", 60, 60)
    assert cells(room) == [
        (0, "free", 30, "/1/0"),
        (30, "meeting", 30, "하나/0/1"),
        (60, "meeting", 60, "민준/0/2"),
        (120, "free", 30, "/1/0"),
        (150, "free", 30, "/1/0"),
    ]


def test_whoever_is_overbooked_stands_beside(room: Room) -> None:
    meet(room, "하나", 0, 60)
    meet(room, "민준", 0, overbook_reason="급함")
    meet(room, "엠마", 30, overbook_reason="급함")
    assert cells(room)[:3] == [
        (0, "meeting", 30, "하나+민준/0/1"),
        (30, "meeting", 30, "엠마/0/1"),
        (60, "free", 30, "/1/0"),
    ]


def test_who_did_not_come_leaves_the_time_free_and_who_cancelled_is_gone(room: Room) -> None:
    meet(room, "하나", 0, status="noshow")
    meet(room, "민준", 30, status="cancelled")
    assert cells(room)[:2] == [(0, "meeting", 30, "하나/1/0"), (30, "free", 30, "/1/0")]


def test_a_hold_that_has_run_out_is_gone(room: Room, hana: Member) -> None:
    row = room.hold(hana, NINE)
    assert cells(room)[0] == (0, "meeting", 30, "김하나/0/1")
    assert row.hold_expires_at is not None
    assert cells(room, at=row.hold_expires_at)[0] == (0, "free", 30, "/1/0")


def test_what_a_buffer_takes_can_be_overbooked(room: Room) -> None:
    meet(room, "하나", 0, 30, buffer_after=15)
    assert cells(room)[:3] == [
        (0, "meeting", 30, "하나/0/1"),
        (30, "taken", 30, "/0/1"),
        (60, "free", 30, "/1/0"),
    ]


def test_what_is_past_is_neither_free_nor_taken(room: Room) -> None:
    meet(room, "하나", 0)
    assert cells(room, at=NINE + timedelta(hours=2, minutes=10)) == [
        (0, "meeting", 30, "하나/0/0"),
        (30, "closed", 120, "/0/0"),
        (150, "free", 30, "/1/0"),
    ]


def test_staff_sees_what_patients_cannot_book_yet_as_free(room: Room) -> None:
    Service.objects.update(notice_minutes=24 * 60 * 30, horizon_days=0)
    assert [kind for _start, kind, _size, _what in cells(room)] == ["free"] * 6


def test_a_meeting_shorter_than_the_measure_is_drawn_and_the_rest_stays_level(room: Room) -> None:
    meet(room, "하나", 2, 2)
    meet(room, "민준", 30)
    drawn = cells(room)
    assert sum(size for start, _kind, size, _what in drawn if start < 60) == 60


def test_all_columns_begin_at_the_same_full_hour(room: Room) -> None:
    other = Doctor.objects.create(name="정지호")
    Reservation.objects.create(
        doctor=other,
        patient=Patient.objects.create(name="하나"),
        appointed_time=NINE - timedelta(minutes=20),
    )
    idle = Doctor.objects.create(name="문유나")
    columns = board.board(
        doctors=[room.doctor, other, idle], services=[room.service], on=DAY, at=NOW
    )
    drawn = [[(cell.kind, cell.size) for cell in column.cells[:2]] for column in columns]
    assert drawn == [
        [("closed", 60), ("free", 30)],
        [("closed", 40), ("meeting", 30)],
        [],
    ]
    assert [(column.free, column.meetings) for column in columns] == [(6, 0), (0, 1), (0, 0)]


@pytest.mark.parametrize(("size", "expected"), [(30, "m30"), (60, "h1"), (95, "h1 m35"), (0, "")])
def test_heights_are_classes_of_the_style_sheet(size: int, expected: str) -> None:
    assert board.Cell(NOW, NOW, size=size).height == expected


@pytest.mark.django_db
def test_a_day_is_the_readers_also_when_clocks_change(room: Room) -> None:
    """In New York 14 March 2027 lasts from 05:00 to 04:00 of the next day, in UTC."""
    for hour in (4, 5, 27, 28):
        time = datetime(2027, 3, 14, 0, 30, tzinfo=UTC) + timedelta(hours=hour)
        meet(room, str(hour), (time - NINE) // timedelta(minutes=1))
    with timezone.override("America/New_York"):
        found = cells(room, date(2027, 3, 14))
    assert [what for _start, kind, _size, what in found if kind == "meeting"] == [
        "5/0/0",
        "27/0/0",
    ]
