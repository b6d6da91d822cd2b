"""A member's own reservations and doctors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Patient, Reservation
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")


def said(answer: object) -> list[str]:
    """The messages that the next page will show."""
    assert isinstance(answer, HttpResponse)
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


def test_own_reservations_are_those_to_come_and_those_past(
    room: Room, hana: Member, minjun: Member, enter: Enter
) -> None:
    late, soon = room.book(hana, TEN + timedelta(days=1)), room.book(hana)
    gone = booking.cancel(reservation=room.book(hana, TEN + timedelta(days=2)), at=NOW, by=hana)
    past = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN - timedelta(days=7)
    )
    room.book(minjun, TEN + timedelta(minutes=30))
    answer = enter(hana).get("/reservation/mine/")
    assert list(answer.context["coming"]) == [soon, late]
    assert list(answer.context["past"]) == [gone, past]


@pytest.mark.parametrize("status", ["booked", "arrived", "checked-in"])
def test_a_meeting_is_ahead_until_it_is_over_also_for_who_is_here(
    room: Room, hana: Member, status: str
) -> None:
    row = room.book(hana)
    Reservation.objects.update(status=status)
    own = Reservation.objects.of(hana)
    over = TEN + timedelta(minutes=row.minutes)
    within = over - timedelta(seconds=1)
    assert [list(own.ahead(at=at)) for at in (NOW, TEN, within, over)] == [[row]] * 3 + [[]]
    assert [list(own.over(at=at)) for at in (NOW, TEN, within, over)] == [[]] * 3 + [[row]]


def test_a_meeting_that_is_done_is_past_at_once(room: Room, hana: Member) -> None:
    row = room.book(hana)
    Reservation.objects.update(status="fulfilled")
    own = Reservation.objects.of(hana)
    assert (list(own.ahead(at=TEN)), list(own.over(at=TEN))) == ([], [row])


def test_without_reservations_the_page_says_how_near_one_is(hana: Member, enter: Enter) -> None:
    text = enter(hana).get("/reservation/mine/").content.decode()
    assert "다가오는 예약이 없습니다. 두 번만 누르면 예약할 수 있습니다." in text


def test_cancelling_asks_once_more_then_frees_the_time(
    room: Room, hana: Member, enter: Enter
) -> None:
    row, client = room.book(hana), enter(hana)
    asked = client.get(f"/reservation/{row.uid}/cancel/")
    row.refresh_from_db()
    assert (asked.status_code, row.status) == (200, "booked")
    assert "이 예약을 취소할까요?" in asked.content.decode()
    answer = client.post(f"/reservation/{row.uid}/cancel/")
    row.refresh_from_db()
    assert (answer["Location"], row.status) == (f"/reservation/{row.uid}/", "cancelled")
    assert said(answer) == ["취소했습니다. 이제 다른 분이 이 시간을 예약할 수 있습니다."]
    again = client.post(f"/reservation/{row.uid}/cancel/")
    assert said(again)[-1] == "이미 끝났거나 취소된 예약이었습니다."
    page = client.get(f"/reservation/{row.uid}/")
    assert (page.context["is_coming"], page.context["is_cancellable"]) == (False, False)
    assert "다른 시간 찾기" in page.content.decode()


def test_too_late_to_cancel_is_said_before_and_after(
    room: Room, hana: Member, enter: Enter
) -> None:
    row = room.book(hana, TEN - timedelta(days=1) - timedelta(minutes=30))
    client = enter(hana)
    page = client.get(f"/reservation/{row.uid}/")
    assert (page.context["is_coming"], page.context["is_cancellable"]) == (True, False)
    assert "여기에서 취소하기에는 늦었습니다. 못 오시면 전화해 주세요." in page.content.decode()
    answer = client.post(f"/reservation/{row.uid}/cancel/")
    row.refresh_from_db()
    assert (said(answer), row.status) == (
        ["여기에서 취소하기에는 늦었습니다. 전화해 주세요."],
        "booked",
    )


def test_a_doctor_is_kept_and_taken_off_again(room: Room, hana: Member, enter: Enter) -> None:
    client, path = enter(hana), f"/reservation/doctors/{room.doctor.pk}/keep/"
    for word, kept in (("yes", [room.doctor]), ("yes", [room.doctor]), ("no", []), ("", [])):
        answer = client.post(path, {"keep": word})
        assert answer["Location"] == f"/reservation/doctors/{room.doctor.pk}/"
        assert list(room.patient(hana).doctors.all()) == kept


def test_a_doctor_who_is_not_there_is_not_kept(room: Room, hana: Member, enter: Enter) -> None:
    assert enter(hana).post("/reservation/doctors/999/keep/").status_code == 404
    assert Patient.objects.count() == 0
