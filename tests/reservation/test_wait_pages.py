"""Pages of those who wait."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from madang.people.models import Member
from madang.reservation import booking, waiting
from madang.reservation.models import OpeningRule, WaitlistEntry
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

HALF = timedelta(minutes=30)
WAIT = "/reservation/wait/"


def join(room: Room, member: Member, at: datetime = NOW) -> WaitlistEntry:
    return waiting.join(
        doctor=room.doctor,
        patient=room.patient(member),
        service=room.service,
        starts_at=TEN,
        ends_at=TEN + HALF,
        at=at,
    )


def window(room: Room, **changed: str) -> dict[str, str]:
    return {
        "doctor": str(room.doctor.pk),
        "service": str(room.service.pk),
        "starts_at": TEN.isoformat(),
        "ends_at": (TEN + HALF).isoformat(),
        **changed,
    }


def said(answer: object) -> list[str]:
    assert isinstance(answer, HttpResponse)
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


def only_tuesdays_at_ten(room: Room) -> None:
    """One time a week."""
    OpeningRule.objects.all().delete()
    OpeningRule.objects.create(
        schedule=room.schedule, weekday=2, opens_minute=600, closes_minute=630
    )


@pytest.mark.parametrize("path", [WAIT, f"{WAIT}1/leave/"])
def test_a_stranger_is_asked_to_sign_in(client: Client, room: Room, path: str) -> None:
    answer = client.post(path, window(room))
    assert (answer.status_code, answer["Location"]) == (302, f"/people/login/?next={path}")
    assert WaitlistEntry.objects.count() == 0


def test_nobody_leaves_for_somebody_else(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    entry = join(room, hana)
    assert enter(minjun).post(f"{WAIT}{entry.pk}/leave/").status_code == 404
    entry.refresh_from_db()
    assert entry.closed_at is None


def test_reading_never_joins(room: Room, hana: Member, enter: Enter) -> None:
    assert enter(hana).get(WAIT, window(room)).status_code == 405


def test_a_full_week_can_be_waited_for(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    only_tuesdays_at_ten(room)
    client = enter(hana)
    path = f"/reservation/doctors/{room.doctor.pk}/"
    assert "자리가 나면 받기" not in client.get(path).content.decode()
    room.book(minjun)
    answer = client.get(path)
    assert answer.context["window"] == (TEN, TEN + HALF)
    assert "자리가 나면 받기" in answer.content.decode()
    answer = client.post(WAIT, window(room))
    entry = WaitlistEntry.objects.get()
    assert (answer["Location"], entry.starts_at, entry.ends_at, entry.placed_at) == (
        "/reservation/mine/",
        TEN,
        TEN + HALF,
        NOW,
    )
    assert said(answer) == ["대기 명단에 올렸습니다. 자리가 나면 메일로 알려 드립니다."]


def test_a_closed_week_cannot_be_waited_for(room: Room, hana: Member, enter: Enter) -> None:
    OpeningRule.objects.all().delete()
    answer = enter(hana).get(f"/reservation/doctors/{room.doctor.pk}/")
    assert (answer.context["window"], answer.context["has_free"]) == (None, False)


def test_a_week_that_is_full_of_ones_own_choice_to_move_is_not_waited_for(
    room: Room, hana: Member, enter: Enter
) -> None:
    only_tuesdays_at_ten(room)
    row = room.book(hana)
    answer = enter(hana).get(f"/reservation/{row.uid}/move/")
    assert answer.context["window"] is None


def test_who_is_slower_can_wait_for_the_very_time(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    room.book(minjun)
    client = enter(hana)
    wanted = {"doctor": str(room.doctor.pk), "service": str(room.service.pk)}
    text = client.post("/reservation/book/", {**wanted, "time": TEN.isoformat()}).content.decode()
    assert f'name="ends_at" value="{(TEN + HALF).isoformat()}"' in text
    assert "자리가 나면 알려 주기" in text


def test_waiting_twice_is_said(room: Room, hana: Member, enter: Enter) -> None:
    join(room, hana)
    assert said(enter(hana).post(WAIT, window(room))) == ["이미 이 대기 명단에 있습니다."]
    assert WaitlistEntry.objects.count() == 1


def test_a_window_that_is_over_is_said(room: Room, hana: Member, enter: Enter) -> None:
    over = window(room, starts_at="2027-02-01T00:00:00Z", ends_at="2027-02-02T00:00:00Z")
    assert said(enter(hana).post(WAIT, over)) == ["이 시간은 기다릴 수 없습니다."]
    assert WaitlistEntry.objects.count() == 0


@pytest.mark.parametrize("field", ["doctor", "service", "starts_at", "ends_at"])
def test_nonsense_is_refused(room: Room, hana: Member, enter: Enter, field: str) -> None:
    assert enter(hana).post(WAIT, window(room, **{field: "x"})).status_code == 400
    assert WaitlistEntry.objects.count() == 0


def test_who_waits_sees_the_place_and_can_leave(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    join(room, minjun)
    entry = join(room, hana, NOW + timedelta(seconds=1))
    client = enter(hana)
    text = client.get("/reservation/mine/").content.decode()
    assert ("대기 2번째" in text, f'action="{WAIT}{entry.pk}/leave/"' in text) == (True, True)
    assert "이민준" not in text
    answers = [client.post(f"{WAIT}{entry.pk}/leave/") for _pressed in range(2)]
    assert [said(answer)[-1] for answer in answers] == [
        "대기 명단에서 뺐습니다.",
        "이미 이 대기 명단에 없습니다.",
    ]
    assert "기다리는 중" not in client.get("/reservation/mine/").content.decode()


def test_an_offer_is_shown_taken_or_passed_on(
    room: Room, hana: Member, minjun: Member, sujin: Member, enter: Enter
) -> None:
    row = room.book(sujin)
    first, second = join(room, hana), join(room, minjun, NOW + timedelta(seconds=1))
    booking.cancel(reservation=row, at=NOW, by=sujin)
    offer, client = first.offers.get(), enter(hana)
    assert "제안받음" in client.get("/reservation/mine/").content.decode()
    text = client.get(f"/reservation/{offer.uid}/").content.decode()
    assert "오늘 오전 9:30까지 맡아 두고, 그 뒤에는 다음 분께 여쭙니다." in text
    assert ("이 시간으로 예약" in text, "다음 분께 넘기기" in text) == (True, True)
    client.post(f"/reservation/{offer.uid}/cancel/")
    other = second.offers.get()
    answer = enter(minjun).post(f"/reservation/{other.uid}/confirm/")
    other.refresh_from_db()
    assert (answer["Location"], other.status) == (f"/reservation/{other.uid}/", "booked")


def test_an_offer_that_ran_out_is_the_nexts_by_now(
    room: Room, hana: Member, minjun: Member, sujin: Member, enter: Enter
) -> None:
    row = room.book(sujin)
    first, second = join(room, hana), join(room, minjun, NOW + timedelta(seconds=1))
    booking.cancel(reservation=row, at=NOW, by=sujin)
    offer = first.offers.get()
    with time_machine.travel(NOW + HALF, tick=False):
        answer = enter(hana).post(f"/reservation/{offer.uid}/confirm/")
    assert (answer.status_code, answer.context["why"]) == (409, "taken")
    assert second.offers.get().status == "pending"
