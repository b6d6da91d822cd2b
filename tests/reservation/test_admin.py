"""The operator's desk for this room."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from madang.people.models import Member
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from tests.cast import TEN, Enter, Room

TABLES = ["doctor", "patient", "service", "schedule", "reservation"]


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_a_stranger_is_asked_to_sign_in(client: Client, table: str) -> None:
    answer = client.get(f"/admin/reservation/{table}/")
    assert (answer.status_code, "/login/" in answer["Location"]) == (302, True)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("handle", ["hana", "seoyun"])
def test_members_and_doctors_stay_outside(
    request: pytest.FixtureRequest, enter: Enter, handle: str, table: str
) -> None:
    client = enter(request.getfixturevalue(handle))
    assert client.get(f"/admin/reservation/{table}/", follow=True).status_code == 403


@pytest.mark.parametrize("table", TABLES)
def test_an_operator_looks_searches_and_adds(
    room: Room, hana: Member, gwanu: Member, enter: Enter, table: str
) -> None:
    room.book(hana)
    client = enter(gwanu)
    found = client.get(
        f"/admin/reservation/{table}/?q=박" if table == "doctor" else f"/admin/reservation/{table}/"
    )
    assert (found.status_code, found.context["cl"].result_count) == (200, 1)
    assert client.get(f"/admin/reservation/{table}/add/").status_code == 200


def test_what_the_database_refuses_is_said_on_the_form(
    room: Room, hana: Member, minjun: Member, gwanu: Member, enter: Enter
) -> None:
    Reservation.objects.create(doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN)
    form = {
        "doctor": room.doctor.pk,
        "patient": room.patient(minjun).pk,
        "appointed_time_0": "2027-03-02",
        "appointed_time_1": "10:15",
        "minutes": 30,
        "buffer_before": 0,
        "buffer_after": 0,
        "status": "booked",
        "overbook_reason": "",
        "events-TOTAL_FORMS": 0,
        "events-INITIAL_FORMS": 0,
    }
    client = enter(gwanu)
    answer = client.post("/admin/reservation/reservation/add/", form)
    assert answer.status_code == 200
    assert "이 시간에 의사는 다른 분과 있습니다." in answer.content.decode()
    assert Reservation.objects.count() == 1
    later = client.post(
        "/admin/reservation/reservation/add/", {**form, "appointed_time_1": "10:30"}
    )
    assert later.status_code == 302
    assert Reservation.objects.get(patient=room.patient(minjun)).appointed_time == TEN + timedelta(
        minutes=30
    )


def test_a_doctor_gets_a_service_on_the_own_page(room: Room, gwanu: Member, enter: Enter) -> None:
    other = Service.objects.create(name="가족 상담")
    path = f"/admin/reservation/doctor/{room.doctor.pk}/change/"
    client = enter(gwanu)
    choices = client.get(path).content.decode().count(f'<option value="{other.pk}">가족 상담')
    form = {
        "name": "박서윤",
        "is_active": "on",
        "schedules-TOTAL_FORMS": 2,
        "schedules-INITIAL_FORMS": 1,
        "schedules-0-id": room.schedule.pk,
        "schedules-0-doctor": room.doctor.pk,
        "schedules-0-service": room.service.pk,
        "schedules-0-time_zone": "Asia/Seoul",
        "schedules-1-doctor": room.doctor.pk,
        "schedules-1-service": other.pk,
        "schedules-1-time_zone": "Europe/London",
    }
    assert (choices, client.post(path, form).status_code) == (2, 302)
    assert list(Schedule.objects.order_by("pk").values_list("service", "time_zone")) == [
        (room.service.pk, "Asia/Seoul"),
        (other.pk, "Europe/London"),
    ]
    wrong = client.post(path, {**form, "schedules-TOTAL_FORMS": 3, "schedules-2-time_zone": "Mars"})
    assert wrong.status_code == 200
    assert Schedule.objects.count() == 2


def test_history_is_not_deleted(room: Room, hana: Member, gwanu: Member, enter: Enter) -> None:
    row = room.book(hana)
    client = enter(gwanu)
    page = client.get(f"/admin/reservation/reservation/{row.pk}/change/").content.decode()
    assert "김하나" in page
    assert f"/admin/reservation/reservation/{row.pk}/delete/" not in page
    for path in ("reservation", "doctor", "patient", "service"):
        pk = getattr(row, path, row).pk
        client.post(f"/admin/reservation/{path}/{pk}/delete/", {"post": "yes"})
    assert [model.objects.count() for model in (Reservation, Doctor, Patient, Service)] == [1] * 4
