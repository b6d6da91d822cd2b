"""Working through the day: the buttons of the page, and the same through the API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Reservation
from tests.cast import NOW, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

TEN = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
PAGE = "/reservation/day/2027-03-01/"
JSON = "application/json"


@pytest.fixture
def booked(room: Room, hana: Member) -> Reservation:
    """This morning, in an hour."""
    return room.book(hana, TEN)


def press(client: Client, row: Reservation, **form: str) -> tuple[str, str, str]:
    """Where one is led, what one is told there, and the status then."""
    answer = client.post(f"/reservation/{row.uid}/attend/", form, follow=True)
    row.refresh_from_db()
    told = " ".join(str(message) for message in answer.context["messages"])
    return answer.redirect_chain[-1][0], told, row.status


def buttons(client: Client) -> list[tuple[str, str, str]]:
    """Name, value and text of the buttons of the day."""
    text = client.get(PAGE).content.decode()
    return re.findall(r'<button class="[^"]*" name="(\w+)" value="([\w-]+)">([^<]*)<', text)


def test_the_day_is_worked_with_buttons(booked: Reservation, seoyun: Member, enter: Enter) -> None:
    client = enter(seoyun)
    assert buttons(client) == [("status", "arrived", "도착")]
    assert press(client, booked, status="arrived") == (PAGE, "", "arrived")
    assert buttons(client) == [
        ("status", "checked-in", "접수"),
        ("status", "fulfilled", "마침"),
        ("undo", "arrived", "되돌리기"),
    ]
    assert press(client, booked, status="checked-in") == (PAGE, "", "checked-in")
    assert press(client, booked, status="fulfilled") == (PAGE, "", "fulfilled")
    assert buttons(client) == [("undo", "fulfilled", "되돌리기")]
    assert press(client, booked, undo="fulfilled") == (PAGE, "", "checked-in")


def test_who_does_not_come_can_be_marked_once_it_has_begun(
    booked: Reservation, seoyun: Member, enter: Enter
) -> None:
    client = enter(seoyun)
    early = "아직 표시할 수 있는 때가 아닙니다."
    assert press(client, booked, status="noshow") == (PAGE, early, "booked")
    Reservation.objects.filter(pk=booked.pk).update(appointed_time=NOW)
    assert buttons(client) == [("status", "arrived", "도착"), ("status", "noshow", "오지 않음")]
    assert press(client, booked, status="noshow") == (PAGE, "", "noshow")


def test_a_hold_is_confirmed_for_the_patient(
    room: Room, hana: Member, seoyun: Member, enter: Enter
) -> None:
    held = room.hold(hana, TEN)
    client = enter(seoyun)
    assert buttons(client) == [("status", "booked", "확정")]
    assert press(client, held, status="booked") == (PAGE, "", "booked")


def test_what_cannot_be_is_said(
    room: Room, booked: Reservation, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    client = enter(seoyun)
    changed = "그사이에 상태가 바뀌었습니다. 다시 확인해 주세요."
    assert press(client, booked, status="fulfilled") == (PAGE, changed, "booked")
    assert press(client, booked, undo="arrived") == (PAGE, changed, "booked")
    booking.cancel(reservation=booked, at=NOW, by=None, is_staff=True)
    assert press(client, booked, status="booked") == (PAGE, changed, "cancelled")
    Reservation.objects.filter(pk=booked.pk).update(status="noshow")
    other = Reservation.objects.create(
        doctor=room.doctor,
        patient=room.patient(minjun),
        service=room.service,
        appointed_time=TEN,
        status="pending",
        hold_expires_at=NOW + timedelta(minutes=1),
    )
    taken = "그사이에 다른 예약이 이 시간을 차지해 되돌리지 않았습니다."
    assert press(client, booked, undo="noshow") == (PAGE, taken, "noshow")
    Reservation.objects.filter(pk=other.pk).update(hold_expires_at=NOW)
    over = "잡아 둔 시간이 지났습니다."
    assert press(client, other, status="booked") == (PAGE, over, "cancelled")


@pytest.mark.parametrize("handle", ["gwanu", "yerin"])
def test_staff_is_led_to_the_reservation(
    request: pytest.FixtureRequest, booked: Reservation, enter: Enter, handle: str
) -> None:
    client = enter(request.getfixturevalue(handle))
    page = f"/reservation/reception/{booked.uid}/"
    assert press(client, booked, status="arrived") == (page, "", "arrived")


@pytest.mark.parametrize("form", [{"status": "arrived"}, {"undo": "arrived"}])
@pytest.mark.parametrize("handle", ["hana", "minjun", "jiho"])
def test_others_may_not(
    request: pytest.FixtureRequest,
    booked: Reservation,
    enter: Enter,
    handle: str,
    form: dict[str, str],
) -> None:
    """Neither the patient, nor a member, nor another doctor."""
    client = enter(request.getfixturevalue(handle))
    assert client.post(f"/reservation/{booked.uid}/attend/", form).status_code == 403
    assert list(booked.events.values_list("kind", flat=True)) == ["booked"]


def test_a_stranger_is_asked_to_sign_in(booked: Reservation, client: Client) -> None:
    answer = client.post(f"/reservation/{booked.uid}/attend/", {"status": "arrived"})
    assert answer["Location"].startswith("/people/login/")
    answer = client.patch(f"/api/v1/reservations/{booked.pk}", {"status": "arrived"}, JSON)
    booked.refresh_from_db()
    assert (answer.status_code, booked.status) == (401, "booked")


@pytest.mark.parametrize("form", [{}, {"status": "cancelled"}, {"undo": "booked"}])
def test_what_is_no_step_cannot_be_read(
    booked: Reservation, seoyun: Member, enter: Enter, form: dict[str, str]
) -> None:
    assert enter(seoyun).post(f"/reservation/{booked.uid}/attend/", form).status_code == 400


def test_looking_changes_nothing(booked: Reservation, seoyun: Member, enter: Enter) -> None:
    assert enter(seoyun).get(f"/reservation/{booked.uid}/attend/").status_code == 405


def ask(client: Client, row: Reservation, status: str, key: str = "status") -> tuple[int, str]:
    """The answer of the API: its number, and the status or the code of the refusal."""
    answer = client.patch(f"/api/v1/reservations/{row.pk}", {key: status}, JSON)
    body = answer.json()
    return answer.status_code, body.get("status") or body["code"]


@pytest.mark.parametrize("handle", ["seoyun", "gwanu"])
def test_doctors_and_operators_do_the_same_through_the_api(
    request: pytest.FixtureRequest, booked: Reservation, enter: Enter, handle: str
) -> None:
    client = enter(request.getfixturevalue(handle))
    steps = ["noshow", "fulfilled", "arrived", "checked-in", "fulfilled", "fulfilled", "booked"]
    assert [ask(client, booked, status) for status in steps] == [
        (409, "too_early"),
        (409, "out_of_order"),
        (200, "arrived"),
        (200, "checked-in"),
        (200, "fulfilled"),
        (200, "fulfilled"),
        (409, "already_over"),
    ]


def test_through_the_api_others_may_not(
    booked: Reservation, hana: Member, minjun: Member, seoyun: Member, enter: Enter
) -> None:
    """The patient knows of the reservation; others do not; nor does the doctor cancel it so."""
    assert ask(enter(hana), booked, "arrived")[0] == 403
    assert ask(enter(minjun), booked, "arrived")[0] == 404
    assert ask(enter(seoyun), booked, "cancelled")[0] == 404
    assert list(booked.events.values_list("kind", flat=True)) == ["booked"]


def test_the_doctor_books_what_is_held_through_the_api(
    room: Room, hana: Member, seoyun: Member, enter: Enter
) -> None:
    held = room.hold(hana, TEN)
    assert ask(enter(seoyun), held, "booked") == (200, "booked")
    assert held.events.get(kind="booked").by == seoyun


@pytest.mark.parametrize("handle", ["seoyun", "yerin", "gwanu"])
def test_a_slip_is_undone_through_the_api(
    request: pytest.FixtureRequest, booked: Reservation, enter: Enter, handle: str
) -> None:
    client = enter(request.getfixturevalue(handle))
    steps = [("status", "arrived"), ("status", "checked-in")]
    steps += [("undo", "arrived"), ("undo", "checked-in"), ("undo", "arrived"), ("undo", "arrived")]
    assert [ask(client, booked, status, key) for key, status in steps] == [
        (200, "arrived"),
        (200, "checked-in"),
        (409, "out_of_order"),
        (200, "arrived"),
        (200, "booked"),
        (409, "out_of_order"),
    ]
    kinds = list(booked.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["booked", "arrived", "checked-in", "undone", "undone"]


def test_through_the_api_others_may_not_undo(
    booked: Reservation, hana: Member, minjun: Member, jiho: Member, client: Client, enter: Enter
) -> None:
    """The patient knows of the reservation; a member, another doctor and a stranger do not."""
    Reservation.objects.filter(pk=booked.pk).update(status="arrived")
    assert ask(enter(hana), booked, "arrived", "undo")[0] == 403
    assert [ask(enter(who), booked, "arrived", "undo")[0] for who in (minjun, jiho)] == [404, 404]
    assert ask(client, booked, "arrived", "undo")[0] == 401
    booked.refresh_from_db()
    assert booked.status == "arrived"


@pytest.mark.parametrize(("who", "code"), [("minjun", "slot_taken"), ("hana", "patient_busy")])
def test_a_no_show_is_not_undone_through_the_api_where_the_time_is_taken_by_now(
    request: pytest.FixtureRequest,
    room: Room,
    booked: Reservation,
    enter: Enter,
    who: str,
    code: str,
) -> None:
    Reservation.objects.filter(pk=booked.pk).update(status="noshow")
    Reservation.objects.create(
        doctor=room.doctor,
        patient=room.patient(request.getfixturevalue(who)),
        appointed_time=TEN,
        overbook_reason="" if who == "minjun" else "급함",
    )
    client = enter(request.getfixturevalue("seoyun"))
    answer = client.patch(f"/api/v1/reservations/{booked.pk}", {"undo": "noshow"}, JSON)
    booked.refresh_from_db()
    assert (answer.status_code, answer.json(), booked.status) == (
        409,
        {
            "code": code,
            "message": "그사이에 다른 예약이 이 시간을 차지해 되돌리지 않았습니다.",
            "nearest": [],
        },
        "noshow",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"undo": "booked"},
        {"undo": "cancelled"},
        {"undo": None},
        {"undo": "arrived", "status": "arrived"},
    ],
)
def test_what_is_no_slip_is_refused_by_the_api(
    booked: Reservation, seoyun: Member, enter: Enter, body: dict[str, object]
) -> None:
    answer = enter(seoyun).patch(f"/api/v1/reservations/{booked.pk}", body, JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
