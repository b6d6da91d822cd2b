"""Moving through the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any  # JSON

import pytest

from madang.people.models import Member
from madang.reservation.models import Reservation
from tests.cast import TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

ELEVEN = TEN + timedelta(hours=1)
JSON = "application/json"


def patch(enter: Enter, member: Member, row: Reservation, body: object) -> tuple[int, Any]:
    answer = enter(member).patch(f"/api/v1/reservations/{row.pk}", body, content_type=JSON)
    return answer.status_code, answer.json()


def test_a_reservation_moves(room: Room, hana: Member, enter: Enter) -> None:
    row = room.book(hana)
    for _time in range(2):
        assert patch(enter, hana, row, {"appointed_time": "2027-03-02T11:00:00+09:00"}) == (
            200,
            {
                "id": row.pk,
                "doctor": room.doctor.pk,
                "service": room.service.pk,
                "appointed_time": "2027-03-02T02:00:00Z",
                "end": "2027-03-02T02:30:00Z",
                "status": "booked",
                "hold_expires_at": None,
            },
        )
    row.refresh_from_db()
    assert (row.appointed_time, row.sequence) == (ELEVEN, 1)


def test_a_taken_time_is_told_with_the_nearest(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    row = room.book(hana)
    room.book(minjun, ELEVEN)
    status, body = patch(enter, hana, row, {"appointed_time": ELEVEN.isoformat()})
    starts = [datetime.fromisoformat(each["start"]) - ELEVEN for each in body["nearest"]]
    assert (status, body["code"]) == (409, "slot_taken")
    assert starts == [timedelta(minutes=-90), timedelta(minutes=-30), timedelta(minutes=30)]
    row.refresh_from_db()
    assert row.appointed_time == TEN


@pytest.mark.parametrize(
    ("time", "status", "code"),
    [
        ("2027-03-02T10:10:00+09:00", 422, "not_offered"),
        ("9999-03-02T10:10:00+09:00", 422, "not_offered"),
        ("2027-06-02T10:00:00+09:00", 422, "too_soon_or_late"),
    ],
)
def test_what_cannot_be_booked_is_said(
    room: Room, hana: Member, enter: Enter, time: str, status: int, code: str
) -> None:
    row = room.book(hana)
    told = patch(enter, hana, row, {"appointed_time": time})
    row.refresh_from_db()
    assert (told[0], told[1]["code"], row.appointed_time) == (status, code, TEN)


def test_too_late_is_said(room: Room, hana: Member, enter: Enter) -> None:
    room.service.reschedule_minutes = 48 * 60
    room.service.save()
    row = room.book(hana)
    assert patch(enter, hana, row, {"appointed_time": ELEVEN.isoformat()}) == (
        409,
        {"code": "too_late", "message": "시간을 바꿀 수 있는 때가 지났습니다."},
    )


@pytest.mark.parametrize(
    "body",
    [
        {"status": "cancelled", "appointed_time": ELEVEN.isoformat()},
        {"status": None, "appointed_time": None},
        {"appointed_time": "2027-03-02T11:00:00"},
        {"appointed_time": 1803952800},
        {"appointed_time": "ten"},
    ],
)
def test_a_change_is_one_thing(room: Room, hana: Member, enter: Enter, body: object) -> None:
    row = room.book(hana)
    status, told = patch(enter, hana, row, body)
    row.refresh_from_db()
    assert (status, told["code"], row.status, row.appointed_time) == (422, "invalid", "booked", TEN)


def test_nobody_moves_somebody_elses_reservation(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    row = room.book(hana)
    assert patch(enter, minjun, row, {"appointed_time": ELEVEN.isoformat()})[0] == 404
