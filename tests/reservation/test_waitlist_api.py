"""The waiting list through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any  # JSON

import pytest
from django.test import Client

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Doctor, Reservation, WaitlistEntry
from tests.cast import NOW, TEN, Enter, Room
from tests.reservation.test_queries import costs

pytestmark = pytest.mark.usefixtures("now")

JSON = "application/json"
URL = "/api/v1/waitlist"


def wanted(room: Room, **changed: object) -> dict[str, object]:
    return {
        "doctor": room.doctor.pk,
        "service": room.service.pk,
        "from": "2027-03-02",
        "to": "2027-03-03",
        **changed,
    }


def post(client: Client, body: object) -> tuple[int, Any]:
    answer = client.post(URL, body, content_type=JSON)
    return answer.status_code, answer.json()


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", ""), ("delete", "/1")])
def test_a_stranger_learns_nothing(client: Client, method: str, path: str) -> None:
    answer = getattr(client, method)(URL + path, {}, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


def test_days_are_those_of_the_schedule(
    room: Room, hana: Member, emma: Member, enter: Enter
) -> None:
    status, told = post(enter(hana), wanted(room))
    entry = WaitlistEntry.objects.get()
    assert (status, told) == (
        201,
        {
            "id": entry.pk,
            "doctor": room.doctor.pk,
            "service": room.service.pk,
            "from": "2027-03-01T15:00:00Z",
            "to": "2027-03-02T15:00:00Z",
            "place": 1,
            "offer": None,
        },
    )
    status, second = post(enter(emma), wanted(room))
    assert (status, second["place"]) == (201, 2)
    assert enter(hana).get(URL).json() == [told]
    assert enter(hana).get(URL, {"after": entry.pk}).json() == []


def test_moments_are_taken_as_they_are(room: Room, hana: Member, enter: Enter) -> None:
    moments = {"from": "2027-03-02T10:00:00+09:00", "to": "2027-03-02T02:00:00Z"}
    status, told = post(enter(hana), wanted(room, **moments))
    assert (status, told["from"], told["to"]) == (
        201,
        "2027-03-02T01:00:00Z",
        "2027-03-02T02:00:00Z",
    )


def test_an_offer_is_a_held_reservation_that_can_be_booked(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    row = room.book(minjun)
    client = enter(hana)
    post(client, wanted(room))
    booking.cancel(reservation=row, at=NOW, by=minjun)
    offer = client.get(URL).json()[0]["offer"]
    path = f"/api/v1/reservations/{offer}"
    held = client.get(path).json()
    assert (held["status"], held["hold_expires_at"]) == ("pending", "2027-03-01T00:30:00Z")
    booked = client.patch(path, {"status": "booked"}, content_type=JSON).json()
    assert (booked["status"], client.get(URL).json()) == ("booked", [])


def test_who_leaves_waits_no_more(room: Room, hana: Member, minjun: Member, enter: Enter) -> None:
    client = enter(hana)
    _status, told = post(client, wanted(room))
    path = f"{URL}/{told['id']}"
    assert enter(minjun).delete(path).status_code == 404
    answers = [client.delete(path) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [204, 409]
    assert (answers[0].content, answers[1].json()["code"]) == (b"", "already_over")
    assert client.get(URL).json() == []


def test_waiting_twice_is_refused(room: Room, hana: Member, enter: Enter) -> None:
    client = enter(hana)
    post(client, wanted(room))
    assert post(client, wanted(room)) == (
        409,
        {"code": "already_waiting", "message": "이미 이 대기 명단에 있습니다."},
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"from": "2027-03-03", "to": "2027-03-03"},
        {"from": "2027-03-03", "to": "2027-03-02"},
        {"from": "2027-02-01", "to": "2027-02-02"},
        {"from": "2027-03-02", "to": "2027-06-02"},
    ],
    ids=["empty", "backwards", "over", "too long"],
)
def test_a_window_that_is_none_is_refused(
    room: Room, hana: Member, enter: Enter, changed: dict[str, str]
) -> None:
    status, told = post(enter(hana), wanted(room, **changed))
    assert (status, told["code"]) == (422, "bad_range")
    assert WaitlistEntry.objects.count() == 0


def test_what_is_not_offered_is_refused(room: Room, hana: Member, enter: Enter) -> None:
    other = Doctor.objects.create(name="정지호")
    client = enter(hana)
    status, told = post(client, wanted(room, doctor=other.pk))
    assert (status, told["code"]) == (422, "not_offered")
    status, told = post(client, wanted(room, **{"from": "1800-01-01"}))
    assert (status, told["code"]) == (422, "not_offered")
    assert post(client, wanted(room, doctor=999))[0] == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("doctor", "1"),
        ("doctor", 2**63),
        ("service", None),
        ("from", "2027-03-02T10:00:00"),
        ("from", 1803952800),
        ("from", "1803952800"),
        ("to", "ten"),
        ("to", "2027-02-30"),
        ("to", None),
        ("patient", 1),
    ],
)
def test_each_field_is_checked(
    room: Room, hana: Member, enter: Enter, field: str, value: object
) -> None:
    status, told = post(enter(hana), wanted(room, **{field: value}))
    assert (status, told["code"]) == (422, "invalid")
    assert {each["where"][2] for each in told["errors"]} == {field}
    assert WaitlistEntry.objects.count() == 0


class Queue:
    """Hana waits for as many days as one asks for, each with an offer that came to nothing."""

    def __init__(self, room: Room, hana: Member) -> None:
        self.room, self.patient, self.rows = room, room.patient(hana), 0

    def grow(self, rows: int) -> None:
        while self.rows < rows:
            start = TEN + timedelta(days=self.rows)
            entry = WaitlistEntry.objects.create(
                doctor=self.room.doctor,
                service=self.room.service,
                patient=self.patient,
                starts_at=start,
                ends_at=start + timedelta(hours=1),
                placed_at=NOW,
            )
            Reservation.objects.create(
                doctor=self.room.doctor,
                patient=self.patient,
                service=self.room.service,
                appointed_time=start,
                status="cancelled",
                waitlist_entry=entry,
            )
            self.rows += 1


@pytest.mark.parametrize(("path", "expected"), [(URL, 4), ("/reservation/mine/", 7)])
def test_lists_cost_the_same_with_one_row_and_with_three(
    room: Room, hana: Member, enter: Enter, path: str, expected: int
) -> None:
    assert costs(Queue(room, hana), enter(hana), path) == [expected, expected]


def test_the_desk_lists_who_waits_for_the_same_price(
    room: Room, hana: Member, gwanu: Member, enter: Enter
) -> None:
    queue = Queue(room, hana)
    path = "/admin/reservation/waitlistentry/"
    assert costs(queue, enter(gwanu), path) == [8, 8]
    assert enter(gwanu).get(f"{path}add/").status_code == 403
