"""A reservation as other programs read it: two parsers that share nothing with ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any  # what parsers find

import icalendar
import pytest
import recurring_ical_events
import vobject

from madang.people.models import Member
from madang.reservation import booking, calendar
from madang.reservation.models import Patient, Reservation
from tests.cast import NOW, TEN, Enter, Room


@pytest.fixture
def row(room: Room, hana: Member) -> Reservation:
    return room.book(hana)


def read(content: bytes) -> dict[str, Any]:
    """Every line of the file as vobject reads it, by name."""
    document = vobject.readOne(content.decode())
    found = {line.name: line.value for line in document.lines()}
    assert [component.name for component in document.components()] == ["VEVENT"]
    return found | {line.name: line.value for line in document.vevent.lines()}


def whole(row: Reservation, **other: object) -> dict[str, object]:
    """What the file of `row` must say."""
    return {
        "PRODID": "-//Madang//madang//EN",
        "VERSION": "2.0",
        "METHOD": "PUBLISH",
        "UID": f"{row.uid}@localhost",
        "SEQUENCE": "0",
        "DTSTAMP": NOW,
        "CREATED": NOW,
        "LAST-MODIFIED": NOW,
        "DTSTART": TEN,
        "DTEND": TEN + timedelta(minutes=30),
        "SUMMARY": "박서윤 선생님 · 학습 상담",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
        "URL": f"http://localhost/reservation/{row.uid}/",
        **other,
    }


def test_a_downloaded_file_says_all_and_no_more(
    row: Reservation, hana: Member, enter: Enter
) -> None:
    answer = enter(hana).get(f"/reservation/{row.uid}.ics")
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "text/calendar; charset=utf-8",
        'attachment; filename="reservation.ics"',
    )
    assert read(answer.content) == whole(row)
    assert b"\r\n" in answer.content
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))  # RFC 5545, 3.1


def test_times_are_written_in_utc(row: Reservation) -> None:
    lines = calendar.calendar(row, method="PUBLISH", language="ko").split(b"\r\n")
    assert [line for line in lines if line.startswith((b"DTSTART", b"DTEND", b"DTSTAMP"))] == [
        b"DTSTART:20270302T010000Z",
        b"DTEND:20270302T013000Z",
        b"DTSTAMP:20270301T000000Z",
    ]


def test_the_file_speaks_the_readers_language(row: Reservation) -> None:
    english = read(calendar.calendar(row, method="PUBLISH", language="en"))
    assert english == whole(row, SUMMARY="학습 상담 with 박서윤")


def test_an_invitation_names_who_sends_and_who_receives(row: Reservation) -> None:
    content = calendar.calendar(row, method="REQUEST", language="ko")
    assert read(content) == whole(
        row,
        METHOD="REQUEST",
        ORGANIZER="mailto:madang@localhost",
        ATTENDEE="mailto:hana@madang.example",
    )
    event = vobject.readOne(content.decode()).vevent
    assert event.organizer.params == {"CN": ["박서윤"]}
    assert event.attendee.params == {"PARTSTAT": ["ACCEPTED"]}


def test_a_cancellation_has_the_same_uid_and_a_later_sequence(
    row: Reservation, hana: Member
) -> None:
    later = NOW + timedelta(hours=1)
    booking.cancel(reservation=row, at=later, by=hana)
    stamps = {"DTSTAMP": later, "LAST-MODIFIED": later, "SEQUENCE": "1", "STATUS": "CANCELLED"}
    letter = calendar.calendar(row, method="CANCEL", language="ko")
    assert read(letter) == whole(
        row,
        METHOD="CANCEL",
        ORGANIZER="mailto:madang@localhost",
        ATTENDEE="mailto:hana@madang.example",
        **stamps,
    )
    assert read(calendar.calendar(row, method="PUBLISH", language="ko")) == whole(row, **stamps)


def test_a_hold_is_tentative(row: Reservation) -> None:
    row.status = Reservation.Status.PENDING
    content = calendar.calendar(row, method="PUBLISH", language="ko")
    assert read(content) == whole(row, STATUS="TENTATIVE")


def test_without_service_member_or_address_the_file_still_reads(room: Room, hana: Member) -> None:
    rows = [
        Reservation(
            doctor=room.doctor,
            patient=patient,
            appointed_time=TEN,
            minutes=30,
            created_at=NOW,
            updated_at=NOW,
        )
        for patient in (Patient(name="손님"), Patient(name="김하나", member=hana))
    ]
    hana.email = ""
    for row in rows:
        assert read(calendar.calendar(row, method="REQUEST", language="ko")) == whole(
            row,
            METHOD="REQUEST",
            ORGANIZER="mailto:madang@localhost",
            SUMMARY="박서윤 선생님 · 예약",
        )


def test_a_calendar_program_shows_it_once_on_its_day(row: Reservation) -> None:
    content = calendar.calendar(row, method="PUBLISH", language="ko")
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(content))
    days = [events.at((2027, 3, day)) for day in (1, 2, 3)]
    assert [len(found) for found in days] == [0, 1, 0]
    assert [(event["UID"], event["DTSTART"].dt) for event in days[1]] == [
        (f"{row.uid}@localhost", TEN)
    ]


def test_names_with_commas_and_line_ends_stay_one_name(row: Reservation) -> None:
    row.doctor.name = "박서윤; 상담, \\과장\nBEGIN:VALARM"
    found = read(calendar.calendar(row, method="PUBLISH", language="ko"))
    assert found["SUMMARY"] == f"{row.doctor.name} 선생님 · 학습 상담"
