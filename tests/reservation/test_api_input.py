"""Nonsense sent to the API is refused by name, and nothing is written."""

from __future__ import annotations

from typing import Any  # JSON

import pytest
from django.test import Client

from madang.people.models import Member
from madang.reservation.models import Reservation
from tests.cast import Enter, Room

pytestmark = pytest.mark.usefixtures("now")

JSON = "application/json"


def post(client: Client, body: object) -> tuple[int, Any]:
    answer = client.post("/api/v1/reservations", body, content_type=JSON)
    return answer.status_code, answer.json()


def wanted(room: Room) -> dict[str, object]:
    time = "2027-03-02T10:00:00+09:00"
    return {"doctor": room.doctor.pk, "service": room.service.pk, "appointed_time": time}


NONSENSE: list[tuple[str, object]] = [
    ("doctor", "x"),
    ("doctor", "1"),
    ("doctor", True),
    ("doctor", 1.0),
    ("doctor", None),
    ("doctor", 0),
    ("doctor", -1),
    ("doctor", 2**63),
    ("doctor", [1]),
    ("service", {}),
    ("appointed_time", "2027-03-02T10:00:00"),
    ("appointed_time", "2027-03-14T02:30:00"),
    ("appointed_time", "2027-03-02"),
    ("appointed_time", "ten"),
    ("appointed_time", "2027-02-30T10:00:00Z"),
    ("appointed_time", "1803952800"),
    ("appointed_time", 1803952800),
    ("appointed_time", None),
    ("appointed_time", "\x00"),
    ("patient", "1"),
    ("overbook_reason", "x" * 201),
    ("note", "x"),
]


@pytest.mark.parametrize(("field", "value"), NONSENSE)
def test_each_field_is_checked_and_named(
    room: Room, hana: Member, enter: Enter, field: str, value: object
) -> None:
    status, body = post(enter(hana), {**wanted(room), field: value})
    assert (status, body["code"], body["message"]) == (
        422,
        "invalid",
        "요청에 잘못된 곳이 있습니다.",
    )
    assert [each["where"] for each in body["errors"]] == [["body", "wanted", field]]
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"doctor": "\xff"}',
        b"[" * 100_000,
        b'{"doctor": ' + b"9" * 5000 + b"}",
        b"NaN,",
    ],
    ids=["half", "no text", "half a text", "deep", "long number", "no JSON"],
)
def test_what_is_no_json_cannot_be_read(
    room: Room, hana: Member, emma: Member, enter: Enter, body: bytes
) -> None:
    sentences = {hana: "요청을 읽을 수 없습니다.", emma: "The request could not be read."}
    for member, sentence in sentences.items():
        assert post(enter(member), body) == (400, {"code": "unreadable", "message": sentence})
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"1", b'"x"', b"{}", b"NaN"])
def test_json_of_another_shape_is_refused(
    room: Room, hana: Member, enter: Enter, body: bytes
) -> None:
    status, answer = post(enter(hana), body)
    assert (status, answer["code"]) == (422, "invalid")


@pytest.mark.parametrize("body", [{"status": "gone"}, {"status": None}, {}, {"note": "x"}])
def test_a_status_that_is_none_changes_nothing(
    room: Room, hana: Member, enter: Enter, body: object
) -> None:
    row = room.book(hana)
    answer = enter(hana).patch(f"/api/v1/reservations/{row.pk}", body, content_type=JSON)
    row.refresh_from_db()
    assert (answer.status_code, answer.json()["code"], row.status) == (422, "invalid", "booked")


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", str(2**63), str(2**200), "%00"])
@pytest.mark.parametrize("path", ["/doctors/{}/slots", "/reservations/{}"])
def test_ids_that_are_none_are_refused(
    room: Room, hana: Member, enter: Enter, path: str, number: str
) -> None:
    days = "?service=1&from=2027-03-02&to=2027-03-03"
    answer = enter(hana).get("/api/v1" + path.format(number) + days)
    expected = (400, "unreadable") if number == "%00" else (422, "invalid")
    assert (answer.status_code, answer.json()["code"]) == expected


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        f"after={2**63}",
        "limit=0",
        "limit=101",
        "limit=",
        "limit=1.5",
    ],
)
@pytest.mark.parametrize("path", ["doctors", "reservations"])
def test_a_page_that_is_none_is_refused(hana: Member, enter: Enter, path: str, query: str) -> None:
    answer = enter(hana).get(f"/api/v1/{path}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "service=1",
        "service=1&from=2027-03-02",
        "service=x&from=2027-03-02&to=2027-03-03",
        "service=1&from=2027-02-30&to=2027-03-03",
        "service=1&from=soon&to=later",
    ],
)
def test_days_that_are_none_are_refused(room: Room, hana: Member, enter: Enter, query: str) -> None:
    answer = enter(hana).get(f"/api/v1/doctors/{room.doctor.pk}/slots?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
