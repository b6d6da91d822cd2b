"""Pages about what is held."""

from __future__ import annotations

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Reservation
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

UID = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
OVER = NOW + booking.HOLD


def said(answer: object) -> list[str]:
    assert isinstance(answer, HttpResponse)
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    path = f"/reservation/{UID}/confirm/"
    answer = client.post(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/people/login/?next={path}")


def test_nobody_confirms_somebody_elses_hold(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    row = room.hold(hana)
    answer = enter(minjun).post(f"/reservation/{row.uid}/confirm/")
    row.refresh_from_db()
    assert (answer.status_code, row.status) == (404, "pending")


def test_reading_never_confirms(room: Room, hana: Member, enter: Enter) -> None:
    assert enter(hana).get(f"/reservation/{room.hold(hana).uid}/confirm/").status_code == 405


def test_who_has_to_think_holds_the_time_first(room: Room, hana: Member, enter: Enter) -> None:
    client = enter(hana)
    numbers = {"doctor": str(room.doctor.pk), "service": str(room.service.pk)}
    wanted = {**numbers, "time": TEN.isoformat()}
    assert "5분 동안 맡아 두기" in client.get("/reservation/book/", wanted).content.decode()
    for _pressed in range(2):
        answer = client.post("/reservation/book/", {**wanted, "hold": "yes"})
        row = Reservation.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/reservation/{row.uid}/")
    assert (row.status, row.hold_expires_at) == ("pending", OVER)
    text = client.get(f"/reservation/{row.uid}/").content.decode()
    assert "오전 9:05까지 맡아 둔 시간입니다." in text
    assert f'action="/reservation/{row.uid}/confirm/"' in text


def test_what_is_held_is_booked_by_one_press(room: Room, hana: Member, enter: Enter) -> None:
    row = room.hold(hana)
    answer = enter(hana).post(f"/reservation/{row.uid}/confirm/")
    row.refresh_from_db()
    assert (answer["Location"], row.status) == (f"/reservation/{row.uid}/", "booked")
    assert said(answer) == ["오전 10:00 예약이 되었습니다. 같은 시간은 다른 분이 잡을 수 없습니다."]


def test_what_is_held_is_given_back_by_one_press(room: Room, hana: Member, enter: Enter) -> None:
    row = room.hold(hana)
    answer = enter(hana).post(f"/reservation/{row.uid}/cancel/")
    row.refresh_from_db()
    assert (answer["Location"], row.status) == (
        f"/reservation/doctors/{room.doctor.pk}/",
        "cancelled",
    )
    assert said(answer) == ["돌려놓았습니다. 이제 다른 분이 이 시간을 잡을 수 있습니다."]


def test_a_hold_that_ran_out_says_so_and_still_books_a_free_time(
    room: Room, hana: Member, enter: Enter
) -> None:
    row, client = room.hold(hana), enter(hana)
    with time_machine.travel(OVER, tick=False):
        text = client.get(f"/reservation/{row.uid}/").content.decode()
        answer = client.post(f"/reservation/{row.uid}/confirm/")
    assert "맡아 둔 시간이 지났습니다." in text
    assert f'action="/reservation/{row.uid}/cancel/"' not in text
    mine = Reservation.objects.get(status="booked")
    assert (answer["Location"], mine.appointed_time) == (f"/reservation/{mine.uid}/", TEN)


def test_a_hold_that_ran_out_may_be_somebody_elses_by_now(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    row = room.hold(hana)
    with time_machine.travel(OVER, tick=False):
        room.book(minjun, at=OVER)
        answer = enter(hana).post(f"/reservation/{row.uid}/confirm/")
    assert (answer.status_code, answer.context["why"]) == (409, "taken")
    assert Reservation.objects.filter(status="booked").count() == 1


def test_what_was_given_back_is_not_confirmed(room: Room, hana: Member, enter: Enter) -> None:
    row = booking.cancel(reservation=room.hold(hana), at=NOW, by=hana)
    answer = enter(hana).post(f"/reservation/{row.uid}/confirm/")
    assert (answer.status_code, said(answer)) == (302, ["이미 끝났거나 취소된 예약이었습니다."])
