"""What staff does for others: book, overbook, move, cancel, and look at everybody's day."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client

from madang.people.models import Member, OutboxMail
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from tests.cast import NOW, TEN, Enter, Room
from tests.reservation.test_queries import Growing, costs

pytestmark = pytest.mark.usefixtures("now")

ROOT = "/reservation/reception/"
BOOK = f"{ROOT}book/"
REASON = "열이 높아 기다릴 수 없음"
HALF = timedelta(minutes=30)


@pytest.fixture
def desk(yerin: Member, enter: Enter) -> Client:
    """The receptionist's browser."""
    return enter(yerin)


def wanted(room: Room, patient: Patient | None = None, **more: str | int) -> dict[str, str | int]:
    who: dict[str, str | int] = {"patient": patient.pk} if patient else {}
    what: dict[str, str | int] = {
        "doctor": room.doctor.pk,
        "service": room.service.pk,
        "time": TEN.isoformat(),
    }
    return {**what, **who, **more}


def page(row: Reservation, step: str = "") -> str:
    return f"{ROOT}{row.uid}/{step}"


def told(answer: object) -> list[str]:
    return [str(message) for message in answer.context["messages"]]  # type: ignore[attr-defined]


def notes(row: Reservation) -> list[tuple[str, str]]:
    return [(event.kind, event.note) for event in row.events.order_by("pk")]


# Who may.

NOBODYS = "6f1c9a52-0b7e-4c58-9a34-3f2d1e8b7c60"
"""The number of no meeting; a fixed one, so that every process collects the same tests."""

PATHS = [
    "",
    "day/2027-03-02/",
    "patients/",
    "patients/1/",
    "patients/1/doctors/1/",
    "book/",
    f"{NOBODYS}/",
    f"{NOBODYS}/cancel/",
    f"{NOBODYS}/move/",
    f"{NOBODYS}/move/to/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    assert client.get(ROOT + path)["Location"].startswith("/people/login/")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("handle", ["hana", "seoyun", "sujin", "dohyun"])
def test_who_is_not_staff_stays_outside(
    request: pytest.FixtureRequest, enter: Enter, handle: str, path: str
) -> None:
    client = enter(request.getfixturevalue(handle))
    assert [client.get(ROOT + path).status_code, client.post(ROOT + path).status_code] == [403, 403]


@pytest.mark.parametrize("handle", ["gwanu", "yerin"])
def test_operators_and_receptionists_are_staff(
    request: pytest.FixtureRequest, enter: Enter, handle: str
) -> None:
    client = enter(request.getfixturevalue(handle))
    assert client.get(ROOT).status_code == 200
    assert 'href="/reservation/reception/"' in client.get("/reservation/").content.decode()
    assert "접수처" in client.get("/").content.decode()


def test_a_receptionist_does_not_enter_the_operators_desk(desk: Client) -> None:
    assert desk.get("/admin/")["Location"].startswith("/admin/login/")


# Everybody's day.


def test_the_day_leads_to_booking_and_overbooking(room: Room, hana: Member, desk: Client) -> None:
    row = room.book(hana)
    answer = desk.get(f"{ROOT}day/2027-03-02/?patient={row.patient_id}")
    text = answer.content.decode()
    assert f'href="{page(row)}"' in text
    assert text.count(f"&amp;patient={row.patient_id}") == 6  # five free times and the taken one


@pytest.mark.parametrize("on", ["yesterday", "2027-02-30", "9999-12-31"])
def test_what_is_no_day_cannot_be_read(desk: Client, on: str) -> None:
    assert desk.get(f"{ROOT}day/{on}/").status_code == 400


@pytest.mark.parametrize("number", ["x", "", "-1", "999", "9" * 40, "٣"])
def test_a_patient_who_is_not_there_is_not_found(room: Room, desk: Client, number: str) -> None:
    assert desk.get(ROOT, {"patient": number}).status_code == 404
    assert desk.get(BOOK, {**wanted(room), "patient": number}).status_code == 404


# Booking.


def test_staff_books_for_somebody_who_gets_the_mail(
    room: Room, hana: Member, yerin: Member, desk: Client
) -> None:
    patient = room.patient(hana)
    assert desk.get(BOOK, wanted(room, patient)).context["state"] == "free"
    answer = desk.post(BOOK, wanted(room, patient), follow=True)
    row = Reservation.objects.get()
    assert answer.redirect_chain == [(page(row), 302)]
    assert told(answer) == ["김하나 님이 오전 10:00에 옵니다."]
    assert [event.by for event in row.events.all()] == [yerin]
    assert OutboxMail.objects.count() == 1


def test_pressed_twice_it_is_booked_once(room: Room, hana: Member, desk: Client) -> None:
    body = wanted(room, room.patient(hana))
    first, second = (desk.post(BOOK, body)["Location"] for _ in range(2))
    assert (first, Reservation.objects.count()) == (second, 1)


def test_a_taken_time_says_who_is_there_and_is_overbooked_with_a_reason(
    room: Room, hana: Member, minjun: Member, desk: Client
) -> None:
    first = room.book(hana)
    body = wanted(room, room.patient(minjun))
    for answer, status in ((desk.get(BOOK, body), 200), (desk.post(BOOK, body), 409)):
        seen = [answer.context["state"], list(answer.context["there"])]
        assert (answer.status_code, seen) == (status, ["taken", [first]])
        assert len(answer.context["nearest"]) == 3
    assert Reservation.objects.count() == 1
    answer = desk.post(BOOK, {**body, "reason": REASON})
    row = Reservation.objects.get(patient__member=minjun)
    assert (answer["Location"], row.overbook_reason) == (page(row), REASON)
    assert notes(row) == [("booked", REASON)]
    assert REASON in desk.get(page(row)).content.decode()
    assert "겹침" in desk.get(f"{ROOT}day/2027-03-02/").content.decode()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_without_a_reason_nothing_is_overbooked(
    room: Room, hana: Member, minjun: Member, desk: Client, reason: str
) -> None:
    room.book(hana)
    answer = desk.post(BOOK, wanted(room, room.patient(minjun), reason=reason))
    assert (answer.status_code, Reservation.objects.count()) == (422, 1)
    assert 'class="error"' in answer.content.decode()


def test_a_time_that_became_free_meanwhile_is_simply_booked(
    room: Room, hana: Member, desk: Client
) -> None:
    desk.post(BOOK, wanted(room, room.patient(hana), reason=REASON))
    row = Reservation.objects.get()
    assert (row.overbook_reason, notes(row)) == ("", [("booked", "")])


def test_the_doctor_sees_the_reason(
    room: Room, hana: Member, minjun: Member, seoyun: Member, desk: Client, enter: Enter
) -> None:
    room.book(hana)
    desk.post(BOOK, wanted(room, room.patient(minjun), reason=REASON))
    assert REASON in enter(seoyun).get("/reservation/day/2027-03-02/").content.decode()


def test_nobody_is_in_two_places_whatever_the_reason(
    room: Room, hana: Member, desk: Client
) -> None:
    other = Doctor.objects.create(name="정지호")
    schedule = Schedule.objects.create(doctor=other, service=room.service)
    schedule.opening_rules.create(weekday=2, opens_minute=540, closes_minute=720)
    row = room.book(hana)
    body = wanted(room, row.patient, doctor=other.pk, reason=REASON)
    answer = desk.post(BOOK, body)
    assert (answer.status_code, answer.context["state"]) == (409, "elsewhere")
    assert list(answer.context["elsewhere"]) == [row]
    assert Reservation.objects.count() == 1


@pytest.mark.parametrize("shift", [timedelta(minutes=7), timedelta(hours=5), timedelta(days=-2)])
def test_what_is_past_or_not_offered_is_not_booked(
    room: Room, hana: Member, desk: Client, shift: timedelta
) -> None:
    body = wanted(room, room.patient(hana), time=(TEN + shift).isoformat(), reason=REASON)
    answers = [desk.get(BOOK, body), desk.post(BOOK, body)]
    assert [(each.status_code, each.context["state"]) for each in answers] == [(409, "closed")] * 2
    assert Reservation.objects.count() == 0


def test_staff_books_what_is_past_even_over_somebody_never(
    room: Room, hana: Member, minjun: Member, desk: Client
) -> None:
    past = TEN - timedelta(days=2)
    Reservation.objects.create(doctor=room.doctor, patient=room.patient(hana), appointed_time=past)
    body = wanted(room, room.patient(minjun), time=past.isoformat(), reason=REASON)
    assert desk.post(BOOK, body).status_code == 409
    assert Reservation.objects.count() == 1


def test_staff_is_bound_by_neither_notice_nor_horizon(
    room: Room, hana: Member, desk: Client
) -> None:
    Service.objects.update(notice_minutes=60 * 24 * 7, horizon_days=1)
    desk.post(BOOK, wanted(room, room.patient(hana)))
    row = Reservation.objects.get()
    desk.post(page(row, "move/to/"), {"time": (TEN + HALF).isoformat()})
    row.refresh_from_db()
    assert row.appointed_time == TEN + HALF


@pytest.mark.parametrize("field", ["doctor", "service", "time"])
def test_what_is_no_time_is_a_bad_request(
    room: Room, hana: Member, desk: Client, field: str
) -> None:
    body = wanted(room, room.patient(hana), **{field: "x"})
    assert [desk.get(BOOK, body).status_code, desk.post(BOOK, body).status_code] == [400, 400]


def test_the_week_of_a_patient_leads_to_free_and_taken_times(
    room: Room, hana: Member, minjun: Member, desk: Client
) -> None:
    room.book(minjun)
    patient = room.patient(hana)
    path = f"{ROOT}patients/{patient.pk}/doctors/{room.doctor.pk}/"
    text = desk.get(path).content.decode()
    query = urlencode({"doctor": room.doctor.pk, "service": room.service.pk}).replace("&", "&amp;")
    start = f'href="{BOOK}?patient={patient.pk}&amp;{query}&amp;time='
    assert text.count(f'class="over" {start}') == 1
    assert text.count(f"<a {start}") == 41  # of seven days, all but the taken one
    assert "기다리기" not in text


# Moving and cancelling.


def test_before_the_patients_deadline_no_note_is_needed(
    room: Room, hana: Member, yerin: Member, desk: Client
) -> None:
    row = room.book(hana)
    answer = desk.post(page(row, "move/to/"), {"time": (TEN + HALF).isoformat()}, follow=True)
    assert told(answer) == ["이제 예약 시간은 오전 10:30입니다."]
    answer = desk.post(page(row, "cancel/"), follow=True)
    assert told(answer) == ["취소했습니다. 이제 다른 분이 이 시간을 예약할 수 있습니다."]
    row.refresh_from_db()
    assert (row.status, notes(row)) == (
        "cancelled",
        [("booked", ""), ("moved", ""), ("cancelled", "")],
    )
    assert [event.by for event in row.events.order_by("pk")] == [hana, yerin, yerin]


@pytest.mark.parametrize("step", ["move/to/", "cancel/"])
def test_past_the_patients_deadline_staff_says_why(
    room: Room, hana: Member, desk: Client, step: str
) -> None:
    Service.objects.update(cancel_minutes=60 * 24 * 30, reschedule_minutes=60 * 24 * 30)
    row = room.book(hana)
    body = {"time": (TEN + HALF).isoformat(), "note": " "}
    assert desk.post(page(row, step), body).status_code == 422
    assert notes(row) == [("booked", "")]
    desk.post(page(row, step), {**body, "note": "전화로 부탁함"})
    assert notes(row)[1:] == [("moved" if "move" in step else "cancelled", "전화로 부탁함")]
    assert "전화로 부탁함" in desk.get(page(row)).content.decode()


def test_a_time_that_is_gone_leaves_the_reservation_where_it_was(
    room: Room, hana: Member, minjun: Member, desk: Client
) -> None:
    row = room.book(hana)
    room.book(minjun, TEN + HALF)
    room.book(hana, TEN + 3 * HALF)
    wishes = [(TEN + HALF, "taken"), (TEN + timedelta(days=30, minutes=7), "closed")]
    for time, why in wishes:
        for answer in (
            desk.get(page(row, "move/to/"), {"time": time.isoformat()}),
            desk.post(page(row, "move/to/"), {"time": time.isoformat()}),
        ):
            assert (answer.status_code, answer.context["why"]) == (409, why)
    row.refresh_from_db()
    assert row.appointed_time == TEN


def test_a_patient_who_is_elsewhere_is_not_moved_there(
    room: Room, hana: Member, desk: Client
) -> None:
    row = room.book(hana)
    other = Doctor.objects.create(name="정지호")
    Reservation.objects.create(doctor=other, patient=row.patient, appointed_time=TEN + HALF)
    answer = desk.post(page(row, "move/to/"), {"time": (TEN + HALF).isoformat()})
    assert (answer.status_code, answer.context["why"]) == (409, "elsewhere")


def test_what_is_over_is_neither_moved_nor_cancelled(
    room: Room, hana: Member, desk: Client
) -> None:
    row = room.book(hana)
    Reservation.objects.update(status="fulfilled")
    for step in ("move/", "move/to/"):
        answer = desk.get(page(row, step), {"time": TEN.isoformat()}, follow=True)
        assert told(answer) == ["이 예약은 이제 시간을 바꿀 수 없습니다."]
    answer = desk.post(page(row, "cancel/"), follow=True)
    assert told(answer) == ["이미 끝났거나 취소된 예약이었습니다."]


def test_what_has_begun_is_not_cancelled(room: Room, hana: Member, desk: Client) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=NOW
    )
    answer = desk.post(page(row, "cancel/"), {"note": "왜"}, follow=True)
    assert told(answer) == ["이미 시작되어 취소할 수 없습니다."]
    row.refresh_from_db()
    assert row.status == "booked"


def test_the_moving_page_shows_the_own_time(room: Room, hana: Member, desk: Client) -> None:
    row = room.book(hana)
    text = desk.get(page(row, "move/")).content.decode()
    assert 'class="own"' in text
    assert f'href="{page(row, "move/to/")}?doctor=' in text
    assert desk.get(page(row, "move/to/"), {"time": "soon"}).status_code == 400


def test_a_reservation_that_is_not_there_is_not_found(desk: Client) -> None:
    assert desk.get(f"{ROOT}{uuid4()}/").status_code == 404


# What it costs.


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("day/2027-03-02/", 10),
        ("patients/?q=하나", 4),
        ("patients/{patient}/", 7),
        ("patients/{patient}/doctors/{doctor}/", 10),
        ("{uid}/", 6),
    ],
)
def test_lists_cost_the_same_with_one_row_and_with_three(
    room: Room, hana: Member, desk: Client, path: str, expected: int
) -> None:
    growing = Growing(room, hana)
    path = path.format(
        patient=room.patient(hana).pk, doctor=room.doctor.pk, uid=growing.meeting.uid
    )
    assert costs(growing, desk, ROOT + path) == [expected, expected]
