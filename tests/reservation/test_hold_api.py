"""Holding a time through the API."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Reservation
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

JSON = "application/json"
URL = "/api/v1/reservations"
BOOKED = {"status": "booked"}


def wanted(room: Room) -> dict[str, object]:
    return {
        "doctor": room.doctor.pk,
        "service": room.service.pk,
        "appointed_time": "2027-03-02T10:00:00+09:00",
    }


def test_a_time_is_held_then_booked(room: Room, hana: Member, enter: Enter) -> None:
    client = enter(hana)
    answer = client.post(URL, {**wanted(room), "hold": True}, content_type=JSON)
    row = Reservation.objects.get()
    held = {
        "id": row.pk,
        "doctor": room.doctor.pk,
        "service": room.service.pk,
        "appointed_time": "2027-03-02T01:00:00Z",
        "end": "2027-03-02T01:30:00Z",
        "status": "pending",
        "hold_expires_at": "2027-03-01T00:05:00Z",
    }
    assert (answer.status_code, answer.json()) == (201, held)
    booked = {**held, "status": "booked", "hold_expires_at": None}
    for _time in range(2):
        answer = client.patch(f"{URL}/{row.pk}", BOOKED, content_type=JSON)
        assert (answer.status_code, answer.json()) == (200, booked)
    assert [event.kind for event in row.events.order_by("id")] == ["held", "booked"]


def test_a_hold_that_is_none_is_a_booking(room: Room, hana: Member, enter: Enter) -> None:
    answer = enter(hana).post(URL, {**wanted(room), "hold": False}, content_type=JSON)
    assert (answer.status_code, answer.json()["status"]) == (201, "booked")


@pytest.mark.parametrize("hold", ["true", 1, None])
def test_whether_to_hold_is_true_or_false(
    room: Room, hana: Member, enter: Enter, hold: object
) -> None:
    answer = enter(hana).post(URL, {**wanted(room), "hold": hold}, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert Reservation.objects.count() == 0


def test_what_somebody_holds_is_taken(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    enter(hana).post(URL, {**wanted(room), "hold": True}, content_type=JSON)
    answer = enter(minjun).post(URL, {**wanted(room), "hold": True}, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    row = Reservation.objects.get()
    answer = enter(minjun).patch(f"{URL}/{row.pk}", BOOKED, content_type=JSON)
    assert answer.status_code == 404
    assert Reservation.objects.get().status == "pending"


def test_a_hold_that_ran_out_is_told_with_the_nearest_times(
    room: Room, hana: Member, enter: Enter
) -> None:
    client = enter(hana)
    made = client.post(URL, {**wanted(room), "hold": True}, content_type=JSON).json()
    with time_machine.travel(NOW + booking.HOLD, tick=False):
        answer = client.patch(f"{URL}/{made['id']}", BOOKED, content_type=JSON)
    body = answer.json()
    assert (answer.status_code, body["code"], body["message"]) == (
        409,
        "hold_expired",
        "맡아 둔 시간이 지났습니다. 비어 있는 가까운 시간입니다:",
    )
    starts = [datetime.fromisoformat(each["start"]) - TEN for each in body["nearest"]]
    assert starts == [timedelta(minutes=-60), timedelta(minutes=-30), timedelta(minutes=30)]
    assert Reservation.objects.get().status == "cancelled"


def test_a_hold_without_a_service_that_ran_out_has_no_times_nearby(
    room: Room, hana: Member, enter: Enter
) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor,
        patient=room.patient(hana),
        appointed_time=TEN,
        status="pending",
        hold_expires_at=NOW,
    )
    answer = enter(hana).patch(f"{URL}/{row.pk}", BOOKED, content_type=JSON)
    assert (answer.status_code, answer.json()["nearest"]) == (409, [])


def test_what_was_cancelled_is_not_booked_again(room: Room, hana: Member, enter: Enter) -> None:
    client = enter(hana)
    made = client.post(URL, wanted(room), content_type=JSON).json()
    client.patch(f"{URL}/{made['id']}", {"status": "cancelled"}, content_type=JSON)
    answer = client.patch(f"{URL}/{made['id']}", BOOKED, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_over")
