"""A doctor's day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from madang.people.models import Member
from madang.reservation import day
from madang.reservation.models import Doctor, Patient, Reservation
from tests.cast import NOW, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

NINE = datetime(2027, 3, 2, 0, 0, tzinfo=UTC)
DAY = date(2027, 3, 2)


def meet(room: Room, patient: Patient, minute: int, minutes: int = 30, **fields: object) -> None:
    Reservation.objects.create(
        doctor=room.doctor,
        patient=patient,
        appointed_time=NINE + timedelta(minutes=minute),
        minutes=minutes,
        **fields,
    )


def plan(room: Room, on: date = DAY) -> list[tuple[int, int, str | None]]:
    """Minutes after nine, minutes it lasts, with whom."""
    return [
        (
            (line.start - NINE) // timedelta(minutes=1),
            line.minutes,
            line.reservation.patient.name if line.reservation else None,
        )
        for line in day.lines(room.doctor, on)
    ]


def test_meetings_and_the_pauses_worth_a_line(room: Room, hana: Member, minjun: Member) -> None:
    meet(room, room.patient(hana), 0)
    meet(room, room.patient(minjun), 44)
    meet(room, room.patient(hana), 89)
    meet(room, room.patient(minjun), 0, status="cancelled")
    meet(room, room.patient(minjun), 30, status="entered-in-error")
    assert plan(room) == [
        (0, 30, "김하나"),
        (44, 30, "이민준"),
        (74, 15, None),
        (89, 30, "김하나"),
    ]


def test_whoever_is_overbooked_makes_no_pause_where_there_is_none(
    room: Room, hana: Member, minjun: Member
) -> None:
    meet(room, room.patient(hana), 0, 120)
    meet(room, room.patient(minjun), 30, overbook_reason="급함")
    meet(room, Patient.objects.create(name="셋째"), 120)
    assert plan(room) == [(0, 120, "김하나"), (30, 30, "이민준"), (120, 30, "셋째")]


def test_a_hold_that_has_run_out_is_nobodys_meeting(room: Room, hana: Member) -> None:
    for minute, left in ((0, 0), (60, 1)):
        until = NOW + timedelta(seconds=left)
        meet(room, room.patient(hana), minute, status="pending", hold_expires_at=until)
    assert plan(room) == [(60, 30, "김하나")]


def closed(room: Room, **fields: object) -> None:
    wanted = {"kind": "closed", "first_on": DAY, "last_on": DAY, **fields}
    room.doctor.exceptions.create(**wanted)


def test_what_is_closed_is_a_line_and_no_pause(room: Room, hana: Member) -> None:
    meet(room, room.patient(hana), 0)
    meet(room, room.patient(hana), 180)
    closed(room, opens_minute=600, closes_minute=660)
    assert plan(room) == [
        (0, 30, "김하나"),
        (30, 30, None),
        (60, 60, None),
        (120, 60, None),
        (180, 30, "김하나"),
    ]
    lines = day.lines(room.doctor, DAY)
    assert [line.exception is not None for line in lines] == [False, False, True, False, False]


def test_a_holiday_is_a_line_without_its_extra_hours(room: Room) -> None:
    closed(room, kind="holiday", reason="설날")
    closed(room, kind="extra", opens_minute=540, closes_minute=600)
    assert plan(room) == [(-540, 540, None), (0, 60, None), (60, 840, None)]


def test_the_page_says_what_is_closed_and_why(room: Room, seoyun: Member, enter: Enter) -> None:
    closed(room, reason="휴가")
    closed(room, opens_minute=600, closes_minute=660, reason="회의")
    text = enter(seoyun).get("/reservation/day/2027-03-02/").content.decode()
    assert ("하루 종일 닫음 · 휴가" in text, "오전 11:00까지 닫음 · 회의" in text) == (True, True)


def test_a_day_is_the_readers_also_when_clocks_change(room: Room, hana: Member) -> None:
    """In New York 14 March 2027 lasts from 05:00 to 04:00 of the next day, in UTC."""
    changing = date(2027, 3, 14)
    ends = [datetime(2027, 3, day, hour, 30, tzinfo=UTC) for day, hour in ((14, 5), (15, 3))]
    outside = [datetime(2027, 3, day, hour, 30, tzinfo=UTC) for day, hour in ((14, 4), (15, 4))]
    patient = room.patient(hana)
    for time in ends + outside:
        meet(room, patient, (time - NINE) // timedelta(minutes=1))
    with timezone.override("America/New_York"):
        found = day.lines(room.doctor, changing)
    assert [line.start for line in found if line.reservation] == ends


@pytest.mark.parametrize("path", ["/reservation/day/", "/reservation/day/2027-03-01/"])
def test_the_day_is_today_unless_another_is_asked_for(
    room: Room, seoyun: Member, enter: Enter, path: str
) -> None:
    context = enter(seoyun).get(path).context
    assert [context[name] for name in ("on", "before", "after", "is_today", "lines")] == [
        date(2027, 3, 1),
        date(2027, 2, 28),
        DAY,
        True,
        [],
    ]


def test_the_page_names_who_comes(room: Room, hana: Member, seoyun: Member, enter: Enter) -> None:
    meet(room, room.patient(hana), 0, service=room.service)
    meet(room, Patient.objects.create(name=""), 60)
    text = enter(seoyun).get("/reservation/day/2027-03-02/").content.decode()
    found = [text.index(word) for word in ("김하나", "학습 상담 · 30분", "30분 비어 있음")]
    assert found == sorted(found)
    assert "(이름 지움)" in text


def test_an_empty_day_says_so(room: Room, seoyun: Member, enter: Enter) -> None:
    text = enter(seoyun).get("/reservation/day/2027-03-02/").content.decode()
    assert "이날은 예약이 없습니다." in text


def test_one_doctor_does_not_see_anothers_day(
    room: Room, hana: Member, jiho: Member, enter: Enter
) -> None:
    Doctor.objects.create(name="정지호", member=jiho)
    meet(room, room.patient(hana), 0)
    answer = enter(jiho).get("/reservation/day/2027-03-02/")
    assert (answer.status_code, answer.context["lines"]) == (200, [])


@pytest.mark.parametrize("handle", ["hana", "sujin", "gwanu", "jiho"])
def test_only_doctors_have_such_a_day(
    request: pytest.FixtureRequest, room: Room, enter: Enter, handle: str
) -> None:
    """Jiho holds the role, and nobody has made a doctor of him yet."""
    answer = enter(request.getfixturevalue(handle)).get("/reservation/day/")
    assert answer.status_code == 403
    assert "들어갈 수 없는 방입니다" in answer.content.decode()


@pytest.mark.django_db
def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/reservation/day/")["Location"].startswith("/people/login/")


@pytest.mark.parametrize(
    "on", ["yesterday", "2027-02-30", "2027-3", "9999-12-31", "0001-01-01", "2030-03-04", "%FF"]
)
def test_what_is_no_day_of_this_age_cannot_be_read(
    room: Room, seoyun: Member, enter: Enter, on: str
) -> None:
    answer = enter(seoyun).get(f"/reservation/day/{on}/")
    assert answer.status_code == 400
    assert "저장하지 않았습니다. 다시 해 주세요." in answer.content.decode()
