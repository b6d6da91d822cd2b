"""Reading one resource by FHIR: what it says, who may, and how it says no."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from madang.people import tokens
from madang.people.models import Member
from madang.reservation.models import Reservation, Schedule
from tests.cast import NOW, TEN, Room
from tests.reservation.fhir.asking import FHIR, checked, client, get, why

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

KINDS = ("Practitioner", "Schedule", "Slot", "Appointment")


def service(room: Room) -> list[dict[str, object]]:
    coding = {
        "system": "http://localhost/reservation/services",
        "code": str(room.service.pk),
        "display": "학습 상담",
    }
    return [{"coding": [coding], "text": "학습 상담"}]


def doctor(room: Room) -> dict[str, str]:
    reference = f"Practitioner/{room.doctor.pk}"
    return {"reference": reference, "type": "Practitioner", "display": "박서윤"}


def version(body: dict[str, object]) -> str:
    meta = body.pop("meta")
    assert isinstance(meta, dict)
    return str(meta["versionId"])


def test_a_doctor_is_a_practitioner(room: Room, hana: Member) -> None:
    body = get(hana, f"Practitioner/{room.doctor.pk}")
    assert len(version(body)) == 16
    assert body == {
        "resourceType": "Practitioner",
        "id": str(room.doctor.pk),
        "active": True,
        "name": [{"text": "박서윤"}],
        "qualification": [{"code": {"text": "상담"}}],
    }


def test_all_hours_of_a_doctor_and_a_service_are_one_schedule(room: Room, hana: Member) -> None:
    for valid_from, valid_until in ((3, 9), (1, 5)):
        Schedule.objects.create(
            doctor=room.doctor,
            service=room.service,
            valid_from=date(2027, valid_from, 1),
            valid_until=date(2027, valid_until, 30),
        )
    key = f"{room.doctor.pk}-{room.service.pk}"
    said = {
        "resourceType": "Schedule",
        "id": key,
        "active": True,
        "serviceType": service(room),
        "actor": [doctor(room)],
    }
    zone = [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/timezone",
            "valueCode": "Asia/Seoul",
        }
    ]
    body = get(hana, f"Schedule/{key}")
    version(body)
    assert body == {**said, "extension": zone}, "one of the three rows has no end"
    room.schedule.delete()
    Schedule.objects.filter(valid_from="2027-01-01").update(time_zone="Europe/London")
    body = get(hana, f"Schedule/{key}")
    version(body)
    assert body == {**said, "planningHorizon": {"start": "2027-01-01", "end": "2027-09-30"}}


def test_a_slot_has_an_id_that_says_which_it_is(room: Room, hana: Member) -> None:
    key = f"{room.doctor.pk}-{room.service.pk}-20270302T010000Z"
    body = get(hana, f"Slot/{key}")
    free = version(body)
    assert body == {
        "resourceType": "Slot",
        "id": key,
        "serviceType": service(room),
        "schedule": {"reference": f"Schedule/{room.doctor.pk}-{room.service.pk}"},
        "status": "free",
        "start": "2027-03-02T01:00:00Z",
        "end": "2027-03-02T01:30:00Z",
    }
    room.book(hana)
    body = get(hana, f"Slot/{key}")
    assert (version(body) != free, body["status"]) == (True, "busy")


def test_a_reservation_is_an_appointment(room: Room, hana: Member) -> None:
    row = room.book(hana)
    body = get(hana, f"Appointment/{row.uid}")
    assert body.pop("meta")["lastUpdated"] == "2027-03-01T00:00:00Z"
    patient = {
        "reference": f"Patient/{row.patient_id}",
        "type": "Patient",
        "display": "김하나",
    }
    assert body == {
        "resourceType": "Appointment",
        "id": str(row.uid),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{row.uid}"}],
        "status": "booked",
        "serviceType": service(room),
        "slot": [{"reference": f"Slot/{room.doctor.pk}-{room.service.pk}-20270302T010000Z"}],
        "start": "2027-03-02T01:00:00Z",
        "end": "2027-03-02T01:30:00Z",
        "minutesDuration": 30,
        "created": "2027-03-01T00:00:00Z",
        "participant": [
            {"actor": doctor(room), "status": "accepted"},
            {"actor": patient, "status": "accepted"},
        ],
    }


@pytest.mark.parametrize("status", Reservation.Status.values)
def test_every_status_is_one_of_the_standard(room: Room, hana: Member, status: str) -> None:
    row = Reservation.objects.create(
        doctor=room.doctor,
        patient=room.patient(hana),
        appointed_time=TEN,
        status=status,
        hold_expires_at=TEN if status == "pending" else None,
    )
    body = get(hana, f"Appointment/{row.uid}")
    assert (body["status"], "slot" in body, "serviceType" in body) == (status, False, False)


def test_a_hold_that_has_run_out_is_cancelled_though_nobody_swept(room: Room, hana: Member) -> None:
    row = room.hold(hana, at=NOW - timedelta(minutes=6))
    assert get(hana, f"Appointment/{row.uid}")["status"] == "cancelled"


# Who may.


def test_nobody_reads_somebody_elses_appointment(room: Room, hana: Member, minjun: Member) -> None:
    row = room.book(hana)
    assert why(get(minjun, f"Appointment/{row.uid}", 404)) == ("not-found", "")


def test_the_doctor_reads_it_while_a_doctor_and_so_do_operators(
    room: Room, hana: Member, seoyun: Member, jiho: Member, gwanu: Member
) -> None:
    path = f"Appointment/{room.book(hana).uid}"
    assert [get(who, path)["status"] for who in (seoyun, gwanu)] == ["booked", "booked"]
    get(jiho, path, 404)
    seoyun.role_grants.all().delete()
    get(Member.objects.get(pk=seoyun.pk), path, 404)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_reads_nothing(room: Room, hana: Member, kind: str) -> None:
    key = {"Practitioner": "1", "Schedule": "1-1"}.get(kind, str(room.book(hana).uid))
    for path in (f"/fhir/{kind}", f"/fhir/{kind}/{key}"):
        answer = client().get(path)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert why(checked(answer))[0] == "login"


def test_a_token_opens_it_too_and_a_wrong_one_does_not(room: Room, hana: Member) -> None:
    path = f"/fhir/Appointment/{room.book(hana).uid}"
    text = tokens.issue(member=hana, name="EHR", at=NOW)[1]
    stranger = Client()
    answers = [
        stranger.get(path, headers={"Authorization": f"Bearer {token}"}) for token in (text, "x")
    ]
    assert [answer.status_code for answer in answers] == [200, 401]
    for _time in range(19):
        stranger.get(path, headers={"Authorization": "Bearer madang_x"})
    answer = stranger.get(path, headers={"Authorization": "Bearer madang_x"})
    assert (answer.status_code, why(checked(answer))[0]) == (429, "throttled")


def test_a_doctor_who_left_is_read_by_who_met_them(
    room: Room, hana: Member, minjun: Member, seoyun: Member
) -> None:
    room.book(hana)
    room.doctor.is_active = False
    room.doctor.save()
    path = f"Practitioner/{room.doctor.pk}"
    assert [get(who, path)["active"] for who in (hana, seoyun)] == [False, False]
    get(minjun, path, 404)
    get(hana, f"Schedule/{room.doctor.pk}-{room.service.pk}", 404)
    get(hana, f"Slot/{room.doctor.pk}-{room.service.pk}-20270302T010000Z", 404)


# What is not there.


@pytest.mark.parametrize(
    "path",
    [
        "Practitioner/0",
        "Practitioner/x",
        "Practitioner/99999999999999999999",
        "Schedule/1",
        "Schedule/0-0",
        "Slot/1-1-20270302T010001Z",
        "Slot/1-1-20279999T010000Z",
        "Slot/1-1-00010101T000000Z",
        "Slot/999-1-20270302T010000Z",
        "Slot/x",
        "Appointment/1",
        "Appointment/7D444840-9DC0-11D1-B245-5FFDCE74FAD2",
        "Appointment/7d444840-9dc0-11d1-b245-5ffdce74fad2",
        "Patient/1",
        "Appointment/$find",
        "Practitioner/1/_history/1",
        "",
    ],
)
def test_what_is_not_there_is_said_so_in_the_words_of_the_standard(
    room: Room, hana: Member, path: str
) -> None:
    assert why(get(hana, path, 404)) == ("not-found", "")


# How it is asked.


def test_who_has_the_version_is_not_sent_it_again(room: Room, hana: Member) -> None:
    row = room.book(hana)
    path, browser = f"/fhir/Appointment/{row.uid}", client(hana)
    first = browser.get(path)
    assert first["ETag"] == f'W/"{first.json()["meta"]["versionId"]}"'
    assert first["Last-Modified"] == "Mon, 01 Mar 2027 00:00:00 GMT"
    assert first["Cache-Control"] == "private, no-cache"
    again = {"If-None-Match": first["ETag"]}
    assert browser.get(path, headers=again).status_code == 304
    since = {"If-Modified-Since": first["Last-Modified"]}
    assert browser.get(path, headers=since).status_code == 200, "the version alone decides"
    room.doctor.name = "박서윤 원장"
    room.doctor.save()
    assert browser.get(path, headers=again).status_code == 200


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [
        ("", "*/*", 200),
        ("", "application/fhir+json", 200),
        ("", "application/json;q=0.9", 200),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 200),
        ("", "application/fhir+xml", 406),
        ("?_format=json", "application/fhir+xml", 200),
        ("?_format=application/fhir%2Bjson", "text/html", 200),
        ("?_format=xml", "*/*", 406),
    ],
)
def test_there_is_json_and_nothing_else(
    room: Room, hana: Member, query: str, accept: str, status: int
) -> None:
    path = f"/fhir/Practitioner/{room.doctor.pk}{query}"
    answer = client(hana).get(path, headers={"Accept": accept})
    body = checked(answer)
    assert answer.status_code == status
    if status == 406:
        assert why(body) == ("not-supported", "")


@pytest.mark.parametrize("path", ["metadata", "Practitioner", "Practitioner/1"])
def test_what_only_reads_takes_no_other_method(hana: Member, path: str) -> None:
    answer = client(hana).post(f"/fhir/{path}")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert why(checked(answer)) == ("not-supported", "")
    assert client(hana).get("/fhir/Appointment/$book").status_code == 405


def test_an_error_tells_nothing_of_itself(
    room: Room, hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madang.reservation.fhir.views.answers.conditional", lambda *_: 1 / 0)
    browser = client(hana)
    browser.raise_request_exception = False
    answer = browser.get(f"/fhir/Practitioner/{room.doctor.pk}")
    assert (answer.status_code, why(checked(answer))) == (500, ("exception", ""))


def test_what_is_refused_at_the_door_is_an_outcome_too(hana: Member) -> None:
    browser = client(hana)
    damaged = browser.get("/fhir/Practitioner?name=%00")
    assert (damaged.status_code, why(checked(damaged))) == (400, ("structure", ""))
    large = browser.post("/fhir/Appointment/$book", b"x" * 2_000_000, content_type=FHIR)
    assert (large.status_code, why(checked(large))) == (413, ("too-long", ""))
