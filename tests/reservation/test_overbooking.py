"""Staff books for somebody, and beside somebody else with a reason."""

from __future__ import annotations

import pytest

from madang.people.models import Member, OutboxMail
from madang.reservation import booking
from madang.reservation.models import Doctor, OpeningRule, Patient, Reservation, Schedule
from tests.cast import NOW, TEN, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

REASON = "열이 높아 기다릴 수 없음"
URL = "/api/v1/reservations"
JSON = "application/json"


def book(room: Room, member: Member, reason: str = "", doctor: Doctor | None = None) -> Reservation:
    return booking.book(
        doctor=doctor or room.doctor,
        patient=room.patient(member),
        service=room.service,
        appointed_time=TEN,
        at=NOW,
        by=member,
        overbook_reason=reason,
    )


def wanted(room: Room, **more: object) -> dict[str, object]:
    moment = TEN.isoformat()
    doctor, service = room.doctor.pk, room.service.pk
    return {"doctor": doctor, "service": service, "appointed_time": moment, **more}


# The verb.


def test_with_a_reason_the_doctor_sees_two_and_the_reason_is_kept_twice(
    room: Room, hana: Member, minjun: Member
) -> None:
    book(room, hana)
    row = book(room, minjun, REASON)
    row.refresh_from_db()
    assert (row.status, row.overbook_reason) == ("booked", REASON)
    assert [(event.kind, event.note) for event in row.events.all()] == [("booked", REASON)]
    assert Reservation.objects.filter(doctor=room.doctor, appointed_time=TEN).count() == 2


def test_no_reason_lifts_the_patients_rule(room: Room, hana: Member) -> None:
    other = Doctor.objects.create(name="정지호")
    schedule = Schedule.objects.create(doctor=other, service=room.service)
    OpeningRule.objects.create(schedule=schedule, weekday=2, opens_minute=540, closes_minute=720)
    book(room, hana)
    with pytest.raises(booking.PatientBusy):
        book(room, hana, REASON, other)
    assert Reservation.objects.count() == 1


def test_without_a_reason_nothing_is_overbooked(room: Room, hana: Member, minjun: Member) -> None:
    book(room, hana)
    with pytest.raises(booking.SlotTaken):
        book(room, minjun)
    row = Reservation.objects.get()
    assert [(event.kind, event.note) for event in row.events.all()] == [("booked", "")]


def test_a_cancelled_overbooking_says_the_reason_once(
    room: Room, hana: Member, minjun: Member
) -> None:
    book(room, hana)
    row = booking.cancel(reservation=book(room, minjun, REASON), at=NOW, by=minjun)
    assert [event.note for event in row.events.order_by("id")] == [REASON, ""]


# The API.


def test_an_operator_books_for_somebody_who_gets_the_letter(
    room: Room, hana: Member, gwanu: Member, enter: Enter
) -> None:
    patient = room.patient(hana)
    answer = enter(gwanu).post(URL, wanted(room, patient=patient.pk), content_type=JSON)
    row = Reservation.objects.get()
    assert (answer.status_code, answer.json()["id"], row.patient) == (201, row.pk, patient)
    assert [event.by for event in row.events.all()] == [gwanu]
    assert [mail.address for mail in OutboxMail.objects.all()] == ["hana@madang.example"]


def test_an_operator_overbooks_with_a_reason(
    room: Room, hana: Member, minjun: Member, gwanu: Member, enter: Enter
) -> None:
    book(room, hana)
    body = wanted(room, patient=room.patient(minjun).pk)
    client = enter(gwanu)
    refused = client.post(URL, {**body, "overbook_reason": " "}, content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    answer = client.post(URL, {**body, "overbook_reason": REASON}, content_type=JSON)
    row = Reservation.objects.get(patient__member=minjun)
    assert (answer.status_code, row.overbook_reason) == (201, REASON)


def test_an_operator_without_a_patient_books_for_oneself(
    room: Room, gwanu: Member, enter: Enter
) -> None:
    answer = enter(gwanu).post(URL, wanted(room, patient=None), content_type=JSON)
    assert (answer.status_code, Reservation.objects.get().patient.member) == (201, gwanu)


@pytest.mark.parametrize("handle", ["hana", "seoyun", "sujin", "dohyun"])
@pytest.mark.parametrize("field", ["patient", "overbook_reason"])
def test_nobody_else_books_for_somebody_or_overbooks(
    request: pytest.FixtureRequest,
    room: Room,
    minjun: Member,
    enter: Enter,
    handle: str,
    field: str,
) -> None:
    more = {"patient": room.patient(minjun).pk, "overbook_reason": REASON}[field]
    client = enter(request.getfixturevalue(handle))
    answer = client.post(URL, wanted(room, **{field: more}), content_type=JSON)
    assert (answer.status_code, answer.json()) == (
        403,
        {"code": "forbidden", "message": "할 수 없는 일입니다."},
    )
    assert Reservation.objects.count() == 0


def test_a_patient_who_is_not_there_is_not_found(room: Room, gwanu: Member, enter: Enter) -> None:
    answer = enter(gwanu).post(URL, wanted(room, patient=999), content_type=JSON)
    assert answer.status_code == 404
    assert Patient.objects.count() == 0


def test_what_is_overbooked_is_not_held(room: Room, gwanu: Member, enter: Enter) -> None:
    body = wanted(room, hold=True, overbook_reason=REASON)
    answer = enter(gwanu).post(URL, body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
