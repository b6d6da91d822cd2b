"""`Appointment/$book` as in IHE ITI-117: to book, to move, to cancel, and to be told no."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any  # JSON

import pytest
import time_machine
from django.test import Client

from madang.people import tokens
from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Doctor, Patient, Reservation, Schedule, Service
from tests.cast import NOW, TEN, Room
from tests.reservation.fhir.asking import FHIR, book, checked, client, found, get, send, why

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HALF = timedelta(minutes=30)
LATER = TEN + HALF


def slot(room: Room, time: str = "010000") -> dict[str, str]:
    return {"reference": f"Slot/{room.doctor.pk}-{room.service.pk}-20270302T{time}Z"}


def wanted(room: Room, **fields: Any) -> dict[str, Any]:
    """An appointment for the slot at ten, as a client writes it."""
    asked = {"resourceType": "Appointment", "status": "pending", "slot": [slot(room)], **fields}
    return {name: value for name, value in asked.items() if value is not None}


def ask(member: Member, appointment: dict[str, Any], status: int = 200) -> dict[str, Any]:
    return book(member, status, name="appointment-resource", resource=appointment)


def actor(kind: str, key: object) -> dict[str, Any]:
    return {"actor": {"reference": f"{kind}/{key}"}, "status": "accepted"}


def state(row: Reservation) -> tuple[str, object]:
    row.refresh_from_db()
    return row.status, row.appointed_time


def test_a_slot_is_booked_and_the_answer_is_a_bundle_with_the_appointment(
    room: Room, hana: Member
) -> None:
    bundle = ask(hana, wanted(room))
    row = Reservation.objects.get()
    assert (row.patient.member, state(row)) == (hana, ("booked", TEN))
    assert (bundle["type"], bundle["total"]) == ("searchset", 1)
    [appointment] = found(bundle)
    assert appointment == get(hana, f"Appointment/{row.uid}")
    assert bundle["entry"][0]["fullUrl"] == f"http://localhost/fhir/Appointment/{row.uid}"
    assert [event.by for event in row.events.all()] == [hana]


def test_a_token_books_too(room: Room, hana: Member) -> None:
    text = tokens.issue(member=hana, name="EHR", at=NOW)[1]
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": "appointment-resource", "resource": wanted(room)}],
    }
    answer = Client(enforce_csrf_checks=True).post(
        "/fhir/Appointment/$book",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {text}"},
    )
    assert (answer.status_code, found(checked(answer))[0]["status"]) == (200, "booked")


def test_a_browser_that_was_lured_here_books_nothing(room: Room, hana: Member) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(hana)
    answer = browser.post("/fhir/Appointment/$book", "{}", content_type=FHIR)
    assert (answer.status_code, why(checked(answer))) == (403, ("forbidden", ""))


def test_a_stranger_books_nothing(room: Room) -> None:
    assert why(send(None, "{}", 401))[0] == "login"


def test_without_a_slot_doctor_service_and_start_say_which(room: Room, hana: Member) -> None:
    coding = {"system": "http://localhost/reservation/services", "code": str(room.service.pk)}
    other = {"system": "http://snomed.info/sct", "code": "11429006"}
    ask(
        hana,
        wanted(
            room,
            slot=None,
            status="proposed",
            start="2027-03-02T10:00:00+09:00",
            end="2027-03-02T01:30:00Z",
            serviceType=[{"coding": [other, coding]}],
            participant=[
                actor("Practitioner", room.doctor.pk),
                actor("Patient", room.patient(hana).pk),
                {"status": "accepted"},
            ],
        ),
    )
    assert state(Reservation.objects.get()) == ("booked", TEN)


def test_who_is_later_is_told_the_nearest_free_slots(
    room: Room, hana: Member, minjun: Member
) -> None:
    room.book(minjun)
    code, near = why(ask(hana, wanted(room), 409))
    pair = f"Slot/{room.doctor.pk}-{room.service.pk}"
    assert code == "conflict"
    assert near.split(", ") == [
        f"{pair}-20270302T000000Z 2027-03-02T00:00:00Z",
        f"{pair}-20270302T003000Z 2027-03-02T00:30:00Z",
        f"{pair}-20270302T013000Z 2027-03-02T01:30:00Z",
    ]
    assert Reservation.objects.count() == 1


def test_nobody_is_in_two_places(room: Room, hana: Member) -> None:
    other = Doctor.objects.create(name="정지호")
    Reservation.objects.create(doctor=other, patient=room.patient(hana), appointed_time=TEN)
    assert why(ask(hana, wanted(room), 409)) == ("conflict", "")


# For whom.


def test_staff_books_for_others_and_nobody_else_does(
    room: Room, hana: Member, minjun: Member, yerin: Member
) -> None:
    other = room.patient(minjun)
    asked = wanted(room, participant=[actor("Patient", other.pk)])
    assert why(ask(hana, asked, 403)) == ("forbidden", "")
    assert not Reservation.objects.exists()
    ask(yerin, asked)
    assert Reservation.objects.get().patient == other


@pytest.mark.parametrize("who", ["nobody", "two", "oneself as well"])
def test_operators_name_one_patient(room: Room, minjun: Member, gwanu: Member, who: str) -> None:
    own, other = room.patient(gwanu).pk, room.patient(minjun).pk
    third = Patient.objects.create(name="손님").pk
    keys = {"nobody": [0], "two": [other, third], "oneself as well": [own, other]}[who]
    asked = wanted(room, participant=[actor("Patient", key) for key in keys])
    if who == "nobody":
        assert why(ask(gwanu, asked, 404)) == ("not-found", "")
    else:
        assert why(ask(gwanu, asked, 422)) == ("value", "Appointment.participant")
    assert not Reservation.objects.exists()


# What is held.


def test_what_is_held_is_booked_by_its_reference(room: Room, hana: Member, minjun: Member) -> None:
    row = room.hold(hana)
    reference = {"reference": f"Appointment/{row.uid}"}
    name = "appointment-reference"
    assert why(book(minjun, 404, name=name, valueReference=reference)) == ("not-found", "")
    for _time in range(2):
        [appointment] = found(book(hana, name=name, valueReference=reference))
        assert (appointment["status"], state(row)) == ("booked", ("booked", TEN))
    reference = {"reference": f"http://localhost/fhir/Appointment/{row.uid}"}
    book(hana, name=name, valueReference=reference)


def test_a_hold_that_ran_out_is_a_conflict(room: Room, hana: Member) -> None:
    row = room.hold(hana)
    with time_machine.travel(NOW + booking.HOLD, tick=False):
        body = book(
            hana,
            409,
            name="appointment-reference",
            valueReference={"reference": f"Appointment/{row.uid}"},
        )
    code, near = why(body)
    assert (code, near.count("Slot/")) == ("conflict", 3)


# Moving and cancelling.


def test_an_appointment_is_moved_and_sent_back_whole(room: Room, hana: Member) -> None:
    row = room.book(hana)
    body = get(hana, f"Appointment/{row.uid}")
    body |= {"slot": [slot(room, "013000")], "start": None, "end": None}
    [moved] = found(ask(hana, {name: value for name, value in body.items() if value}))
    assert (moved["start"], state(row)) == ("2027-03-02T01:30:00Z", ("booked", LATER))


def test_by_its_start_alone_it_is_moved_too(room: Room, hana: Member) -> None:
    row = room.book(hana)
    asked = wanted(room, slot=None, id=str(row.uid), status="booked", start=LATER.isoformat())
    ask(hana, asked)
    assert state(row) == ("booked", LATER)


def test_at_the_same_time_nothing_happens_but_that_a_hold_is_booked(
    room: Room, hana: Member
) -> None:
    row = room.hold(hana)
    for _time in range(2):
        ask(hana, wanted(room, id=str(row.uid)))
        assert state(row) == ("booked", TEN)
    assert row.events.count() == 2


def test_a_meeting_without_a_service_cannot_be_moved_but_kept(room: Room, hana: Member) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), appointed_time=TEN
    )
    asked = wanted(room, slot=None, id=str(row.uid), status="booked")
    ask(hana, asked)
    assert why(ask(hana, {**asked, "start": LATER.isoformat()}, 422)) == ("business-rule", "")
    assert state(row) == ("booked", TEN)


def test_an_appointment_is_cancelled_once(room: Room, hana: Member) -> None:
    row = room.book(hana)
    asked = wanted(room, slot=None, id=str(row.uid), status="cancelled")
    [cancelled] = found(ask(hana, asked))
    assert (cancelled["status"], state(row)) == ("cancelled", ("cancelled", TEN))
    assert why(ask(hana, asked, 409)) == ("conflict", "")


def test_what_is_over_and_what_is_too_late_stays_as_it_was(room: Room, hana: Member) -> None:
    row = room.book(hana)
    Service.objects.update(cancel_minutes=2000, reschedule_minutes=2000)
    cancel = wanted(room, slot=None, id=str(row.uid), status="cancelled")
    move = wanted(room, id=str(row.uid), status="booked", slot=[slot(room, "013000")])
    assert why(ask(hana, cancel, 409)) == ("business-rule", "")
    assert why(ask(hana, move, 409)) == ("business-rule", "")
    Reservation.objects.update(status="arrived")
    assert why(ask(hana, move, 409)) == ("conflict", "")
    assert state(row) == ("arrived", TEN)


@pytest.mark.parametrize("who", ["minjun", "seoyun", "gwanu"])
def test_nobody_moves_or_cancels_for_another(
    room: Room,
    hana: Member,
    minjun: Member,
    seoyun: Member,
    gwanu: Member,
    who: str,
) -> None:
    row = room.book(hana)
    member = {"minjun": minjun, "seoyun": seoyun, "gwanu": gwanu}[who]
    for status in ("cancelled", "booked"):
        asked = wanted(room, id=str(row.uid), status=status)
        assert why(ask(member, asked, 404)) == ("not-found", "")
    assert state(row) == ("booked", TEN)


# What cannot be done.


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"status": "booked"}, 422, ("value", "Appointment.status")),
        ({"slot": None}, 422, ("required", "Appointment.slot")),
        ({"slot": None, "start": "2027-03-02T01:00:00Z"}, 422, ("required", "Appointment.slot")),
        ({"slot": [{"reference": "Slot/x"}]}, 422, ("value", "Appointment.slot")),
        ({"slot": [{}]}, 422, ("value", "Appointment.slot")),
        ({"start": "2027-03-02T02:00:00Z"}, 422, ("invalid", "Appointment.start")),
        ({"end": "2027-03-02T02:00:00Z"}, 422, ("invalid", "Appointment.end")),
        ({"participant": [actor("Practitioner", 0)]}, 422, ("invalid", "Appointment.participant")),
        ({"slot": [{"reference": "Slot/0-0-20270302T010000Z"}]}, 422, ("required",)),
        ({"slot": [{"reference": "Slot/9999-9999-20270302T010000Z"}]}, 404, ("not-found", "")),
        ({"slot": ["{doctor}-{service}-20270302T010100Z"]}, 422, ("business-rule", "")),
        ({"slot": ["{doctor}-{service}-20270201T000000Z"]}, 422, ("business-rule", "")),
        ({"slot": ["{doctor}-{service}-00010101T000000Z"]}, 422, ("value", "Appointment.start")),
        ({"start": "2027-03-02T01:00:00"}, 400, ("structure", "start")),
        ({"start": "tomorrow"}, 400, ("structure", "start")),
        ({"resourceType": "Slot"}, 400, ("structure", "resourceType")),
        ({"status": None}, 400, ("structure", "status")),
        ({"slot": [{}, {}]}, 400, ("structure", "slot")),
    ],
)
def test_what_cannot_be_booked_is_said_with_its_place(
    room: Room, hana: Member, fields: dict[str, Any], status: int, said: tuple[str, ...]
) -> None:
    asked = wanted(room, **fields)
    for n, each in enumerate(asked.get("slot", [])):
        if isinstance(each, str):
            key = each.format(doctor=room.doctor.pk, service=room.service.pk)
            asked["slot"][n] = {"reference": f"Slot/{key}"}
    assert why(ask(hana, asked, status))[: len(said)] == said
    assert not Reservation.objects.exists()


def test_a_service_that_the_slot_does_not_have_is_refused(room: Room, hana: Member) -> None:
    coding = {"system": "http://localhost/reservation/services", "code": "0"}
    asked = wanted(room, serviceType=[{"coding": [coding]}])
    assert why(ask(hana, asked, 422)) == ("invalid", "Appointment.serviceType")


@pytest.mark.parametrize("what", ["slot", "participant", "serviceType"])
def test_what_moves_keeps_doctor_and_service(room: Room, hana: Member, what: str) -> None:
    other, service = Doctor.objects.create(name="정지호"), Service.objects.create(name="진료")
    Schedule.objects.create(doctor=other, service=service)
    row = room.book(hana)
    coding = {"system": "http://localhost/reservation/services", "code": str(service.pk)}
    changed: dict[str, Any] = {
        "slot": [{"reference": f"Slot/{other.pk}-{service.pk}-20270302T013000Z"}],
        "participant": [actor("Practitioner", other.pk)],
        "serviceType": [{"coding": [coding]}],
    }
    asked = wanted(room, slot=None, id=str(row.uid), status="booked", start=LATER.isoformat())
    body = ask(hana, {**asked, "start": None, what: changed[what]}, 422) if what == "slot" else None
    body = body or ask(hana, {**asked, what: changed[what]}, 422)
    assert why(body) == ("invalid", f"Appointment.{what}")
    assert state(row) == ("booked", TEN)


def test_a_status_that_the_doctor_sets_is_refused(room: Room, hana: Member) -> None:
    row = room.book(hana)
    asked = wanted(room, id=str(row.uid), status="fulfilled")
    assert why(ask(hana, asked, 422)) == ("value", "Appointment.status")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b" ", "structure"),
        (b"{", "structure"),
        (b"\xff", "structure"),
        (b"[]", "structure"),
        (b"[" * 100_000, "structure"),
        (b'{"resourceType": "Appointment", "parameter": []}', "structure"),
        (b'{"resourceType": "Parameters"}', "structure"),
        (b'{"resourceType": "Parameters", "parameter": []}', "required"),
        (b'{"resourceType": "Parameters", "parameter": [{"name": "x"}]}', "required"),
        (b'{"resourceType": "Parameters", "parameter": [{"name": 1}]}', "structure"),
    ],
)
def test_what_is_no_request_is_refused(hana: Member, body: bytes, code: str) -> None:
    assert why(send(hana, body, 400))[0] == code


@pytest.mark.parametrize("name", ["appointment-reference", "appointment-resource"])
def test_an_input_without_its_value_is_refused(room: Room, hana: Member, name: str) -> None:
    assert why(book(hana, 404 if "reference" in name else 400, name=name))[0] in {
        "not-found",
        "structure",
    }


def test_two_inputs_are_one_too_many(room: Room, hana: Member) -> None:
    one = {"name": "appointment-resource", "resource": wanted(room)}
    body = {"resourceType": "Parameters", "parameter": [one, one]}
    assert why(send(hana, json.dumps(body), 400)) == ("required", "Parameters.parameter")


def test_another_type_of_content_is_refused(hana: Member) -> None:
    answer = client(hana).post("/fhir/Appointment/$book", "<x/>", content_type="application/xml")
    assert (answer.status_code, why(checked(answer))) == (415, ("not-supported", FHIR))
