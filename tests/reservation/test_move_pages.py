"""Pages on which a reservation moves to another time."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Doctor, OpeningRule, Reservation, Schedule
from tests.cast import NOW, TEN, Enter, Room
from tests.reservation.test_queries import Growing, costs

pytestmark = pytest.mark.usefixtures("now")

ELEVEN = TEN + timedelta(hours=1)
UID = "7d444840-9dc0-11d1-b245-5ffdce74fad2"


def book(
    room: Room, member: Member, time: datetime = TEN, doctor: Doctor | None = None
) -> Reservation:
    return booking.book(
        doctor=doctor or room.doctor,
        patient=room.patient(member),
        service=room.service,
        appointed_time=time,
        at=NOW,
        by=member,
    )


def said(answer: object) -> list[str]:
    assert isinstance(answer, HttpResponse)
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


def to(time: datetime) -> dict[str, str]:
    return {"time": time.isoformat()}


@pytest.mark.django_db
@pytest.mark.parametrize("path", [f"/reservation/{UID}/move/", f"/reservation/{UID}/move/to/"])
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    for answer in (client.get(path), client.post(path, to(ELEVEN))):
        assert (answer.status_code, answer["Location"]) == (302, f"/people/login/?next={path}")


@pytest.mark.parametrize("handle", ["minjun", "seoyun", "gwanu"])
def test_nobody_moves_somebody_elses_reservation(
    request: pytest.FixtureRequest, room: Room, hana: Member, enter: Enter, handle: str
) -> None:
    row = book(room, hana)
    client = enter(request.getfixturevalue(handle))
    path = f"/reservation/{row.uid}/move/"
    answers = [
        client.get(path),
        client.get(f"{path}to/", to(ELEVEN)),
        client.post(f"{path}to/", to(ELEVEN)),
    ]
    row.refresh_from_db()
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert row.appointed_time == TEN


def test_the_week_marks_the_own_time_and_leads_to_others(
    room: Room, hana: Member, enter: Enter
) -> None:
    row = book(room, hana)
    client = enter(hana)
    assert (
        f'href="/reservation/{row.uid}/move/"'
        in client.get(f"/reservation/{row.uid}/").content.decode()
    )
    text = client.get(f"/reservation/{row.uid}/move/").content.decode()
    assert text.count('class="own"') == 1
    address = f"/reservation/{row.uid}/move/to/?time="
    assert address + quote(ELEVEN.isoformat(), safe="") in text
    assert address + quote(TEN.isoformat(), safe="") not in text
    assert "/reservation/book/" not in text
    part = client.get(f"/reservation/{row.uid}/move/?view=month", headers={"HX-Request": "true"})
    assert (part.status_code, b"<html" in part.content) == (200, False)


def test_moving_asks_once_more_and_writes_nothing(room: Room, hana: Member, enter: Enter) -> None:
    row = book(room, hana)
    text = enter(hana).get(f"/reservation/{row.uid}/move/to/", to(ELEVEN)).content.decode()
    assert ("오전 11:00</time>" in text, "내일, 오전 10:00" in text) == (True, True)
    row.refresh_from_db()
    assert (row.appointed_time, row.events.count()) == (TEN, 1)


def test_moving_ends_at_the_reservation_however_often_one_presses(
    room: Room, hana: Member, enter: Enter
) -> None:
    row, client = book(room, hana), enter(hana)
    for _pressed in range(2):
        answer = client.post(f"/reservation/{row.uid}/move/to/", to(ELEVEN))
        assert (answer.status_code, answer["Location"]) == (302, f"/reservation/{row.uid}/")
    row.refresh_from_db()
    assert (row.appointed_time, row.events.filter(kind="moved").count()) == (ELEVEN, 1)
    assert said(answer)[0] == (
        "예약을 오전 11:00 시간으로 바꾸었습니다. 같은 시간은 다른 분이 잡을 수 없습니다."
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_slower_keeps_the_old_time_and_is_told_the_nearest(
    room: Room, hana: Member, minjun: Member, enter: Enter, method: str
) -> None:
    row = book(room, hana)
    book(room, minjun, ELEVEN)
    answer = getattr(enter(hana), method)(f"/reservation/{row.uid}/move/to/", to(ELEVEN))
    assert (answer.status_code, answer.context["why"]) == (409, "taken")
    text = answer.content.decode()
    assert "지금 예약은 그대로입니다: 내일 오전 10:00" in text
    assert text.count(f'action="/reservation/{row.uid}/move/to/"') == 3
    row.refresh_from_db()
    assert row.appointed_time == TEN


def test_who_is_elsewhere_then_is_told_where(room: Room, hana: Member, enter: Enter) -> None:
    other = Doctor.objects.create(name="정지호")
    schedule = Schedule.objects.create(doctor=other, service=room.service)
    OpeningRule.objects.create(schedule=schedule, weekday=2, opens_minute=540, closes_minute=720)
    row, there = book(room, hana), book(room, hana, ELEVEN, other)
    answer = enter(hana).post(f"/reservation/{row.uid}/move/to/", to(ELEVEN))
    assert (answer.status_code, answer.context["elsewhere"]) == (409, [there])
    assert "아무것도 바꾸지 않았습니다." in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_time_outside_the_hours_is_said(
    room: Room, hana: Member, enter: Enter, method: str
) -> None:
    row = book(room, hana)
    night = TEN + timedelta(hours=12)
    answer = getattr(enter(hana), method)(f"/reservation/{row.uid}/move/to/", to(night))
    assert (answer.status_code, answer.context["why"]) == (409, "closed")


def test_too_late_leads_back(room: Room, hana: Member, enter: Enter) -> None:
    room.service.reschedule_minutes = 48 * 60
    room.service.save()
    row, client = book(room, hana), enter(hana)
    path = f"/reservation/{row.uid}/move/"
    assert path not in client.get(f"/reservation/{row.uid}/").content.decode()
    for method, address in (("get", path), ("get", f"{path}to/"), ("post", f"{path}to/")):
        answer = getattr(client, method)(address, to(ELEVEN))
        assert (answer.status_code, answer["Location"]) == (302, f"/reservation/{row.uid}/")
    assert set(said(answer)) == {"이 예약은 이제 시간을 바꿀 수 없습니다."}
    row.refresh_from_db()
    assert row.appointed_time == TEN


def test_without_a_service_there_is_nowhere_to_move(room: Room, hana: Member, enter: Enter) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN
    )
    client = enter(hana)
    for ending in ("move/", "move/to/"):
        answer = client.get(f"/reservation/{row.uid}/{ending}", to(ELEVEN))
        assert answer["Location"] == f"/reservation/{row.uid}/"


@pytest.mark.parametrize("time", ["", "ten", "2027-03-02T10:00:00"])
def test_a_time_that_is_none_is_refused(room: Room, hana: Member, enter: Enter, time: str) -> None:
    row = book(room, hana)
    answer = enter(hana).get(f"/reservation/{row.uid}/move/to/", {"time": time})
    assert answer.status_code == 400


def test_the_week_costs_the_same_with_one_row_and_with_three(
    room: Room, hana: Member, enter: Enter
) -> None:
    growing = Growing(room, hana)
    row = book(room, hana, TEN + timedelta(days=5))
    assert costs(growing, enter(hana), f"/reservation/{row.uid}/move/") == [8, 8]
