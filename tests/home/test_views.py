"""The front page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Doctor, Reservation
from tests.cast import NOW, Enter, Room

pytestmark = pytest.mark.usefixtures("now")


def book(room: Room, member: Member, hours: float) -> Reservation:
    return booking.book(
        doctor=room.doctor,
        patient=room.patient(member),
        service=room.service,
        appointed_time=NOW + timedelta(hours=hours),
        at=NOW,
        by=member,
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("ko", "우리 모두의 마당"), ("en", "A courtyard for everybody here")],
)
def test_a_stranger_reads_what_the_site_is_and_no_name(
    room: Room, client: Client, language: str, sentence: str
) -> None:
    answer = client.get("/", headers={"accept-language": language})
    text = answer.content.decode()
    assert (answer.status_code, sentence in text, "박서윤" in text) == (200, True, False)
    assert f'<html lang="{language}">' in text


def test_a_member_sees_the_next_reservation_first(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    rows = [book(room, hana, hours) for hours in (50, 1, 2, 26, 74)]
    booking.cancel(reservation=rows[2], at=NOW, by=hana)
    book(room, minjun, 0.5)
    room.patient(hana).doctors.add(room.doctor)
    room.patient(hana).doctors.add(Doctor.objects.create(name="닫힘", is_active=False))
    context = enter(hana).get("/").context
    assert context["next"] == rows[1]
    assert context["later"] == [rows[3], rows[0], rows[4]]
    links = {room.index: [link.title for link in links] for room, links in context["offers"]}
    assert links["reservation:index"] == ["박서윤"]


def test_a_member_without_plans_is_wished_a_good_day(hana: Member, enter: Enter) -> None:
    answer = enter(hana).get("/")
    text = answer.content.decode()
    assert "오늘은 기다리는 일이 없습니다. 좋은 하루 보내세요." in text
    assert "오늘 진료" not in text


def test_a_doctor_is_led_to_the_day(seoyun: Member, enter: Enter) -> None:
    assert "오늘 진료" in enter(seoyun).get("/").content.decode()
