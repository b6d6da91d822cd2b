"""Searching by FHIR: parameters, prefixes, pages, and what each member finds."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madang.people.models import Member
from madang.reservation import booking
from madang.reservation.models import Doctor, OpeningRule, Reservation, Schedule, Service
from tests.cast import NOW, TEN, Room
from tests.reservation.fhir.asking import checked, client, found, get, ids, why

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

DAY = timedelta(days=1)


@pytest.fixture
def second(room: Room) -> Doctor:
    """Another doctor, who offers the same service on Tuesdays at ten and half past."""
    doctor = Doctor.objects.create(name="Emma de Vries")
    schedule = Schedule.objects.create(doctor=doctor, service=room.service, time_zone="Asia/Seoul")
    OpeningRule.objects.create(schedule=schedule, weekday=2, opens_minute=600, closes_minute=660)
    return doctor


# Practitioners.


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("박", ["first"]),
        ("em", ["second"]),
        ("vries", ["second"]),
        ("ries", []),
        ("박,EMMA", ["first", "second"]),
        (r"Emma\,", []),
        ("", ["first", "second"]),
    ],
)
def test_doctors_by_how_a_part_of_the_name_begins(
    room: Room, second: Doctor, hana: Member, name: str, expected: list[str]
) -> None:
    keys = {"first": str(room.doctor.pk), "second": str(second.pk)}
    assert ids(hana, "Practitioner", name=name) == [keys[each] for each in expected]


def test_all_conditions_must_hold(room: Room, second: Doctor, hana: Member) -> None:
    browser = client(hana)
    found_ids = []
    for query in ("name=em&name=vr", "name=em&name=x", f"_id={second.pk}&name=박"):
        body = checked(browser.get(f"/fhir/Practitioner?{query}"))
        found_ids.append([each["id"] for each in found(body)])
    assert found_ids == [[str(second.pk)], [], []]


# Schedules.


def test_schedules_by_doctor_and_service(room: Room, second: Doctor, hana: Member) -> None:
    other = Service.objects.create(name="진료")
    Schedule.objects.create(doctor=second, service=other)
    first, both, alone = (
        f"{room.doctor.pk}-{room.service.pk}",
        f"{second.pk}-{room.service.pk}",
        f"{second.pk}-{other.pk}",
    )
    system = "http://localhost/reservation/services"
    for fields, expected in (
        ({}, [first, both, alone]),
        ({"actor": f"Practitioner/{second.pk}"}, [both, alone]),
        ({"actor": str(second.pk)}, [both, alone]),
        ({"actor": f"http://localhost/fhir/Practitioner/{second.pk}"}, [both, alone]),
        ({"actor": f"Patient/{second.pk}"}, []),
        ({"actor": f"http://elsewhere/fhir/Practitioner/{second.pk}"}, []),
        ({"service-type": str(other.pk)}, [alone]),
        ({"service-type": f"{system}|{other.pk}"}, [alone]),
        ({"service-type": f"http://elsewhere|{other.pk}"}, []),
        ({"_id": f"{first},{alone},x"}, [first, alone]),
    ):
        assert ids(hana, "Schedule", **fields) == expected, fields


# Slots.


def starts(member: Member, **fields: str) -> list[str]:
    """When the slots begin that a search finds, by day and hour in UTC."""
    return [each["start"][8:16] for each in found(get(member, "Slot", **fields))]


def test_slots_of_a_schedule_on_a_day_of_the_members_own_zone(
    room: Room, hana: Member, emma: Member
) -> None:
    fields = {"schedule": f"Schedule/{room.doctor.pk}-{room.service.pk}", "start": "2027-03-02"}
    morning = [f"02T0{hour}:{minute}" for hour in range(3) for minute in ("00", "30")]
    assert starts(hana, **fields) == morning
    assert starts(emma, **fields) == morning, "in London the day begins nine hours later"
    assert starts(hana, **{**fields, "start": "2027-03-02T10:00+09:00"}) == ["02T01:00"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2027-03-02T01:00:00Z", ["01:00"]),
        ("2027-03-02T01:00Z", ["01:00"]),
        ("2027-03-02T01:00:00.000Z", ["01:00"]),
        ("2027-03-02T10:00:00", ["01:00"]),
        ("gt2027-03-02T01:00:00Z", ["01:30", "02:00", "02:30"]),
        ("sa2027-03-02T01:00:00Z", ["01:30", "02:00", "02:30"]),
        ("ge2027-03-02T01:30:00Z", ["01:30", "02:00", "02:30"]),
        ("lt2027-03-02T01:00:00Z", ["00:00", "00:30"]),
        ("eb2027-03-02T01:00:00Z", ["00:00", "00:30"]),
        ("le2027-03-02T00:30:00Z", ["00:00", "00:30"]),
        ("ne2027-03-02T01:00:00Z", ["00:00", "00:30", "01:30", "02:00", "02:30"]),
        ("2027-03-02T01:00Z,2027-03-02T02:00Z", ["01:00", "02:00"]),
    ],
)
def test_prefixes_of_dates(room: Room, hana: Member, start: str, expected: list[str]) -> None:
    path = f"/fhir/Slot?schedule.actor={room.doctor.pk}&start=2027-03-02&start={start}"
    body = checked(client(hana).get(path.replace("+", "%2B")))
    assert [each["start"][11:16] for each in found(body)] == expected


@pytest.mark.parametrize(
    ("start", "first", "last"),
    [
        ("", "ge2027-03-01T00:00:00Z", "lt2027-03-08T00:00:00Z"),
        ("ge2027-04-01", "", "lt2027-04-07T15:00:00Z"),
        ("lt2027-04-01", "ge2027-03-24T15:00:00Z", ""),
    ],
)
def test_a_search_without_an_end_says_which_it_took(
    room: Room, hana: Member, start: str, first: str, last: str
) -> None:
    body = get(hana, "Slot", **({"start": start} if start else {}))
    [link] = [link["url"] for link in body["link"] if link["relation"] == "self"]
    said = [value for name, value in parse_qsl(urlsplit(link).query) if name == "start"]
    assert said == [each for each in (start, first, last) if each]
    assert body["total"] == 42, "six a day for a week"


def test_a_span_too_long_is_too_costly(room: Room, hana: Member) -> None:
    doctor = str(room.doctor.pk)
    two_months = {"start": "ge2027-03-01", "schedule.actor": doctor}
    path = f"/fhir/Slot?start=ge2027-03-01&start=lt2027-05-0{{}}&schedule.actor={doctor}"
    assert client(hana).get(path.format(2)).status_code == 200
    assert why(checked(client(hana).get(path.format(3)))) == ("too-costly", "start")
    assert why(get(hana, "Slot", 400, start="2027-03")) == ("too-costly", "start")
    assert get(hana, "Slot", **two_months)["total"] == 42


def test_slots_by_status_service_and_id(room: Room, second: Doctor, hana: Member) -> None:
    room.book(hana)
    key = f"{room.doctor.pk}-{room.service.pk}-20270302T010000Z"
    other = f"{second.pk}-{room.service.pk}-20270302T010000Z"
    for fields, expected in (
        ({"status": "busy"}, [key]),
        ({"status": "http://hl7.org/fhir/slotstatus|busy,x"}, [key]),
        ({"status": "http://elsewhere|busy"}, []),
        ({"_id": key}, [key]),
        ({"_id": f"{other},{key},x"}, [key, other]),
        ({"_id": "x"}, []),
        ({"_id": key, "status": "free"}, []),
        ({"service-type": "0"}, []),
        ({"schedule": "Schedule/0-0"}, []),
    ):
        assert ids(hana, "Slot", **fields) == expected, fields


def test_a_day_that_no_clock_showed_has_no_slot(room: Room, hana: Member) -> None:
    Schedule.objects.update(time_zone="Pacific/Apia")
    assert starts(hana, start="2011-12-30T12:00:00Z", **{"schedule.actor": "1"}) == []


# Appointments.


def test_each_finds_what_is_theirs(
    room: Room, hana: Member, minjun: Member, seoyun: Member, jiho: Member, yerin: Member
) -> None:
    first, second = room.book(hana), room.book(minjun, TEN + timedelta(minutes=30))
    one, two = str(first.uid), str(second.uid)
    for who, expected in (
        (hana, [one]),
        (minjun, [two]),
        (seoyun, [one, two]),
        (jiho, []),
        (yerin, [one, two]),
    ):
        assert ids(who, "Appointment") == expected, who
    patient = f"Patient/{first.patient_id}"
    assert ids(minjun, "Appointment", patient=patient) == []
    assert get(minjun, "Appointment", patient=patient)["total"] == 0


def test_appointments_by_what_they_are(room: Room, hana: Member, minjun: Member) -> None:
    booked = room.book(hana)
    gone = booking.cancel(reservation=room.book(hana, TEN + DAY), at=NOW, by=hana)
    held = room.hold(hana, TEN + 2 * DAY)
    ran_out = room.hold(hana, TEN + 3 * DAY, at=NOW - timedelta(minutes=6))
    doctor, patient = f"Practitioner/{room.doctor.pk}", f"Patient/{booked.patient_id}"
    other = room.patient(minjun).pk
    every = [booked, gone, held, ran_out]
    cases: list[tuple[dict[str, str], list[Reservation]]] = [
        ({"status": "booked"}, [booked]),
        ({"status": "pending"}, [held]),
        ({"status": "cancelled"}, [gone, ran_out]),
        ({"status": "http://hl7.org/fhir/appointmentstatus|booked,pending"}, [booked, held]),
        ({"status": "x"}, []),
        ({"date": "2027-03-02"}, [booked]),
        ({"date": "gt2027-03-02"}, [gone, held, ran_out]),
        ({"date": "ne2027-03-03"}, [booked, held, ran_out]),
        ({"date": "2027"}, every),
        ({"date": "2027-03"}, every),
        ({"date": "2027-12"}, []),
        ({"practitioner": doctor}, every),
        ({"practitioner": patient}, []),
        ({"patient": patient}, every),
        ({"patient": f"Patient/{other}"}, []),
        ({"actor": doctor}, every),
        ({"actor": patient}, every),
        ({"actor": f"Patient/{other}"}, []),
        ({"service-type": str(room.service.pk)}, every),
        ({"service-type": "0"}, []),
        ({"_id": f"{held.uid},{booked.uid},x"}, [booked, held]),
    ]
    for fields, expected in cases:
        assert ids(hana, "Appointment", **fields) == [str(row.uid) for row in expected], fields


# Pages.


@pytest.mark.parametrize("kind", ["Practitioner", "Schedule", "Slot", "Appointment"])
def test_pages_lead_through_everything_once(
    room: Room, second: Doctor, hana: Member, kind: str
) -> None:
    for day in range(3):
        room.book(hana, TEN + day * DAY)
    third = Doctor.objects.create(name="정지호")
    Schedule.objects.create(doctor=third, service=room.service)
    whole = get(hana, kind)
    pages, url = [], f"/fhir/{kind}?_count=2"
    while url:
        body = checked(client(hana).get(url))
        assert body["total"] == whole["total"] >= 3
        pages.append([each["id"] for each in found(body)])
        links = {link["relation"]: link["url"] for link in body["link"]}
        assert links["self"].startswith(f"http://localhost/fhir/{kind}?")
        url = links.get("next", "").removeprefix("http://localhost")
    assert [len(page) for page in pages[:-1]] == [2] * (len(pages) - 1)
    assert [key for page in pages for key in page] == [each["id"] for each in found(whole)]


@pytest.mark.parametrize("kind", ["Practitioner", "Schedule", "Slot", "Appointment"])
def test_who_only_counts_gets_a_number(room: Room, hana: Member, kind: str) -> None:
    room.book(hana)
    body = get(hana, kind, _count="0")
    assert body["total"] == (42 if kind == "Slot" else 1)
    assert ("entry" in body, [link["relation"] for link in body["link"]]) == (False, ["self"])


# What cannot be understood.


@pytest.mark.parametrize(
    ("query", "code", "where"),
    [
        ("Appointment?date=tomorrow", "value", "date"),
        ("Appointment?date=2027-02-30", "value", "date"),
        ("Appointment?date=ap2027", "value", "date"),
        ("Appointment?date=0001-01-01", "value", "date"),
        ("Appointment?date=9999-12-31", "value", "date"),
        ("Appointment?date=2027-03-02T25:00Z", "value", "date"),
        ("Appointment?date=٢٠٢٧", "value", "date"),
        ("Slot?start=", "value", "start"),
        ("Practitioner?_count=-1", "value", "_count"),
        ("Practitioner?_count=many", "value", "_count"),
        ("Practitioner?_count=9999999999", "value", "_count"),
        ("Practitioner?name:exact=x", "not-supported", "name:exact"),
        ("Appointment?patient.name=x", "", ""),
        ("Appointment?nonsense=x", "", ""),
    ],
)
def test_what_cannot_be_read_is_refused_and_what_is_not_known_left_out(
    hana: Member, query: str, code: str, where: str
) -> None:
    answer = client(hana).get(f"/fhir/{query}")
    if code:
        assert (answer.status_code, why(checked(answer))) == (400, (code, where))
    else:
        [link] = checked(answer)["link"]
        assert link["url"] == "http://localhost/fhir/Appointment?_count=50"


def test_who_asks_strictly_is_told_of_what_is_not_known(hana: Member) -> None:
    strict = {"Prefer": "handling=strict"}
    browser = client(hana)
    answer = browser.get("/fhir/Appointment?nonsense=x", headers=strict)
    assert (answer.status_code, why(checked(answer))) == (400, ("not-supported", "nonsense"))
    known = browser.get("/fhir/Appointment?_format=json&_count=1", headers=strict)
    assert known.status_code == 200


def test_a_form_searches_like_an_address(room: Room, hana: Member) -> None:
    row, form = room.book(hana), "application/x-www-form-urlencoded"
    path, browser = "/fhir/Appointment/_search", client(hana)
    for body, expected in (("status=booked", [str(row.uid)]), ("status=cancelled", [])):
        answer = browser.post(path + "?date=2027", body, content_type=form)
        assert [each["id"] for each in found(checked(answer))] == expected
    other = browser.post(path, "{}", content_type="application/json")
    assert (other.status_code, why(checked(other))) == (415, ("not-supported", form))
    assert client().post(path, "", content_type=form).status_code == 401


@pytest.mark.parametrize(
    ("kind", "expected"), [("Practitioner", 4), ("Schedule", 3), ("Slot", 6), ("Appointment", 5)]
)
def test_many_cost_as_many_queries_as_one(
    room: Room, hana: Member, kind: str, expected: int
) -> None:
    browser, costs = client(hana), []
    browser.get("/fhir/metadata")
    for rows in (1, 3):
        for day in range(rows):
            if not Reservation.objects.filter(appointed_time=TEN + day * DAY).exists():
                room.book(hana, TEN + day * DAY)
                doctor = Doctor.objects.create(name=f"의사 {day}")
                Schedule.objects.create(doctor=doctor, service=room.service)
        browser.get(f"/fhir/{kind}")  # the first notes the day on which the session was seen
        with CaptureQueriesContext(connection) as statements:
            assert browser.get(f"/fhir/{kind}").status_code == 200
        costs.append(len(statements))
    assert costs == [expected, expected]
