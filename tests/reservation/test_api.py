"""Doctors, free times and reservations as JSON."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any  # JSON

import pytest
from django.test import Client

from madang.people import tokens
from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

JSON = "application/json"


def wanted(room: Room, time: str = "2027-03-02T10:00:00+09:00") -> dict[str, str | int]:
    return {"doctor": room.doctor.pk, "service": room.service.pk, "appointed_time": time}


def told(row: Reservation, time: str, end: str, status: str = "booked") -> dict[str, object]:
    return {
        "id": row.pk,
        "doctor": row.doctor_id,
        "service": row.service_id,
        "appointed_time": time,
        "end": end,
        "status": status,
        "hold_expires_at": None,
    }


def post(client: Client, body: object) -> tuple[int, Any]:
    answer = client.post("/api/v1/reservations", body, content_type=JSON)
    return answer.status_code, answer.json()


# Strangers, and what is somebody else's.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/doctors"),
        ("get", "/doctors/1/slots"),
        ("get", "/reservations"),
        ("post", "/reservations"),
        ("get", "/reservations/1"),
        ("patch", "/reservations/1"),
    ],
)
def test_a_stranger_learns_nothing(client: Client, method: str, path: str) -> None:
    answer = getattr(client, method)(f"/api/v1{path}", {}, content_type=JSON)
    assert (answer.status_code, answer["WWW-Authenticate"], answer.json()) == (
        401,
        "Bearer",
        {"code": "signed_out", "message": "로그인하거나 토큰을 보내 주세요."},
    )


def test_somebody_elses_reservation_is_as_if_it_were_not(
    room: Room, hana: Member, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    row = room.book(hana)
    nothing = (404, {"code": "not_found", "message": "여기에는 아무것도 없습니다."})
    for member in (minjun, seoyun):
        for path in (f"/api/v1/reservations/{row.pk}", "/api/v1/reservations/999"):
            client = enter(member)
            cancel = {"status": "cancelled"}
            for answer in (client.get(path), client.patch(path, cancel, content_type=JSON)):
                assert (answer.status_code, answer.json()) == nothing
        assert enter(member).get("/api/v1/reservations").json() == []
    row.refresh_from_db()
    assert row.status == "booked"


# Reading.


def test_doctors_come_with_what_they_offer(room: Room, hana: Member, enter: Enter) -> None:
    other = Service.objects.create(name="가족 상담", minutes=60)
    closed = Service.objects.create(name="쉼", is_active=False)
    for service in (other, closed):
        Schedule.objects.create(doctor=room.doctor, service=service, time_zone="Europe/London")
    idle = Doctor.objects.create(name="정지호")
    Doctor.objects.create(name="닫힘", is_active=False)
    row = {"id": room.service.pk, "name": "학습 상담", "minutes": 30, "time_zone": "Asia/Seoul"}
    assert enter(hana).get("/api/v1/doctors").json() == [
        {
            "id": room.doctor.pk,
            "name": "박서윤",
            "specialty": "상담",
            "services": [
                {
                    "id": other.pk,
                    "name": "가족 상담",
                    "minutes": 60,
                    "time_zone": "Europe/London",
                },
                row,
            ],
        },
        {"id": idle.pk, "name": "정지호", "specialty": "", "services": []},
    ]


def test_lists_are_read_page_by_page(room: Room, hana: Member, enter: Enter) -> None:
    doctors = [room.doctor, *(Doctor.objects.create(name=str(n)) for n in range(3))]
    rows = [room.book(hana, TEN + timedelta(minutes=30 * n)) for n in range(4)]
    client = enter(hana)
    for path, every in (("doctors", doctors), ("reservations", rows)):
        found, after = [], 0
        while page := client.get(f"/api/v1/{path}?limit=3&after={after}").json():
            found.append([each["id"] for each in page])
            after = page[-1]["id"]
        pks = [each.pk for each in every]
        assert found == [pks[:3], pks[3:]]


def test_times_of_a_doctor(room: Room, hana: Member, minjun: Member, enter: Enter) -> None:
    room.book(minjun)
    client, path = enter(hana), f"/api/v1/doctors/{room.doctor.pk}/slots"
    days: dict[str, str | int] = {
        "service": room.service.pk,
        "from": "2027-03-02",
        "to": "2027-03-03",
    }
    clocks = ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00"]
    moments = [f"2027-03-02T{clock}:00Z" for clock in clocks]
    assert client.get(path, days).json() == [
        {"start": start, "end": end, "status": "busy" if start[11:16] == "01:00" else "free"}
        for start, end in pairwise(moments)
    ]
    whole = client.get(path, {**days, "to": "2027-05-03"})
    assert (whole.status_code, len(whole.json())) == (200, 62 * 6)


@pytest.mark.parametrize(
    ("first", "until", "sentence"),
    [
        ("2027-03-02", "2027-03-02", "1일에서 62일까지"),
        ("2027-03-03", "2027-03-02", "1일에서 62일까지"),
        ("2027-03-02", "2027-05-04", "1일에서 62일까지"),
        ("1899-12-31", "1900-01-01", "그런 해에는"),
        ("9001-01-01", "9001-01-02", "그런 해에는"),
        ("9999-12-30", "9999-12-31", "그런 해에는"),
        ("0001-01-01", "0001-01-02", "그런 해에는"),
    ],
)
def test_days_out_of_order_too_many_or_of_no_year_are_refused(
    room: Room, hana: Member, enter: Enter, first: str, until: str, sentence: str
) -> None:
    days: dict[str, str | int] = {"service": room.service.pk, "from": first, "to": until}
    answer = enter(hana).get(f"/api/v1/doctors/{room.doctor.pk}/slots", days)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_range")
    assert answer.json()["message"].startswith(sentence)


@pytest.mark.parametrize(
    "missing", [Doctor.objects.all, Service.objects.all], ids=["doctor", "service"]
)
def test_times_of_who_is_closed_are_not_found(
    room: Room, hana: Member, enter: Enter, missing: Any
) -> None:
    missing().update(is_active=False)
    days: dict[str, str | int] = {
        "service": room.service.pk,
        "from": "2027-03-02",
        "to": "2027-03-03",
    }
    answer = enter(hana).get(f"/api/v1/doctors/{room.doctor.pk}/slots", days)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# Booking and cancelling.


def test_a_booking_is_made_read_listed_and_cancelled(
    room: Room, hana: Member, enter: Enter
) -> None:
    client = enter(hana)
    status, body = post(client, wanted(room))
    row = Reservation.objects.get()
    whole = told(row, "2027-03-02T01:00:00Z", "2027-03-02T01:30:00Z")
    assert (status, body, row.patient.member) == (201, whole, hana)
    assert client.get(f"/api/v1/reservations/{row.pk}").json() == whole
    assert client.get("/api/v1/reservations").json() == [whole]
    answer = client.patch(
        f"/api/v1/reservations/{row.pk}", {"status": "cancelled"}, content_type=JSON
    )
    assert (answer.status_code, answer.json()) == (200, {**whole, "status": "cancelled"})
    assert client.get("/api/v1/reservations").json() == [{**whole, "status": "cancelled"}]


def test_a_token_books_as_its_member(room: Room, hana: Member, client: Client) -> None:
    text = tokens.issue(member=hana, name="t", at=NOW)[1]
    answer = client.post(
        "/api/v1/reservations",
        wanted(room),
        content_type=JSON,
        headers={"Authorization": f"Bearer {text}"},
    )
    assert answer.status_code == 201
    assert Reservation.objects.get().patient.member == hana


def test_who_is_slower_is_told_the_nearest_times(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    room.book(hana)
    near = [("00:00", "00:30"), ("00:30", "01:00"), ("01:30", "02:00")]
    assert post(enter(minjun), wanted(room)) == (
        409,
        {
            "code": "slot_taken",
            "message": "다른 분이 조금 먼저 예약했습니다. 이 시간은 비어 있습니다.",
            "nearest": [
                {
                    "start": f"2027-03-02T{start}:00Z",
                    "end": f"2027-03-02T{end}:00Z",
                    "status": "free",
                }
                for start, end in near
            ],
        },
    )
    assert Reservation.objects.count() == 1


def test_a_patient_is_in_one_place(room: Room, emma: Member, enter: Enter) -> None:
    other = Doctor.objects.create(name="정지호")
    Reservation.objects.create(doctor=other, patient=room.patient(emma), appointed_time=TEN)
    assert post(enter(emma), wanted(room)) == (
        409,
        {
            "code": "patient_busy",
            "message": "You have another reservation at this time.",
            "nearest": [],
        },
    )


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("2027-02-28T10:00:00+09:00", "too_soon_or_late"),
        ("2027-05-31T10:00:00+09:00", "too_soon_or_late"),
        ("2027-03-02T10:07:00+09:00", "not_offered"),
        ("2027-03-02T10:00:01+09:00", "not_offered"),
        ("2027-03-02T22:00:00+09:00", "not_offered"),
        ("0001-01-01T00:00:00+14:00", "not_offered"),
        ("9999-12-31T23:59:59-12:00", "not_offered"),
    ],
)
def test_what_cannot_be_booked_is_said_and_nothing_is_written(
    room: Room, hana: Member, enter: Enter, time: str, code: str
) -> None:
    status, body = post(enter(hana), wanted(room, time))
    sentences = {
        "too_soon_or_late": "지금은 예약할 수 없는 시간입니다.",
        "not_offered": "예약을 받지 않는 시간입니다.",
    }
    assert (status, body) == (422, {"code": code, "message": sentences[code]})
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize("field", ["doctor", "service"])
def test_who_is_not_there_is_not_found(room: Room, hana: Member, enter: Enter, field: str) -> None:
    for number in (999, 2**63 - 1):
        status, body = post(enter(hana), {**wanted(room), field: number})
        assert (status, body["code"]) == (404, "not_found")
    assert (Reservation.objects.count(), Patient.objects.count()) == (0, 0)


def test_too_late_and_twice_are_refused(room: Room, hana: Member, enter: Enter) -> None:
    late = room.book(hana, NOW + timedelta(minutes=30))
    gone = booking.cancel(reservation=room.book(hana), at=NOW, by=hana)
    refusals = [
        enter(hana).patch(
            f"/api/v1/reservations/{row.pk}", {"status": "cancelled"}, content_type=JSON
        )
        for row in (late, gone)
    ]
    assert [(answer.status_code, answer.json()) for answer in refusals] == [
        (409, {"code": "too_late", "message": "취소할 수 있는 때가 지났습니다."}),
        (409, {"code": "already_over", "message": "이미 끝났거나 취소된 예약입니다."}),
    ]
    late.refresh_from_db()
    assert late.status == "booked"
