"""A doctor's week as a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from madang.people.models import Member
from madang.reservation import agenda
from madang.reservation.agenda import Piece, Week
from madang.reservation.models import Doctor, Patient, Reservation
from tests.cast import NOW, Enter, Room

pytestmark = pytest.mark.usefixtures("now")

MONDAY = date(2027, 3, 1)
NINE = datetime(2027, 3, 2, 0, 0, tzinfo=UTC)


def week(room: Room, first: date = MONDAY, at: datetime = NOW) -> Week:
    return agenda.week(doctor=room.doctor, first=first, at=at)


def meet(room: Room, name: str, minute: int, minutes: int = 30, **fields: object) -> Reservation:
    """On Tuesday, so many minutes after nine."""
    wanted = {
        "doctor": room.doctor,
        "patient": Patient.objects.create(name=name),
        "appointed_time": NINE + timedelta(minutes=minute),
        "minutes": minutes,
        **fields,
    }
    return Reservation.objects.create(**wanted)


def shown(pieces: list[Piece]) -> list[tuple[str | None, str, str]]:
    """With whom, where, how large."""
    return [
        (each.reservation.patient.name if each.reservation else None, each.place, each.size)
        for each in pieces
    ]


def test_a_week_has_its_open_hours_and_its_meetings(room: Room) -> None:
    meet(room, "하나", 90, 50)
    found = week(room)
    assert [column.on for column in found.columns] == [MONDAY + timedelta(days=n) for n in range(7)]
    assert (found.begins, found.ends, found.size) == (9, 18, "h9 m0")
    assert [place for place, _hour in found.hours] == [f"h{n} m0" for n in range(9)]
    assert {tuple(shown(column.opened)) for column in found.columns} == {
        ((None, "h0 m0", "h3 m0 lane0 of1"),)
    }
    assert [shown(column.pieces) for column in found.columns[:3]] == [
        [],
        [("하나", "h1 m30", "h0 m50 lane0 of1")],
        [],
    ]


def test_who_comes_early_or_late_is_seen(room: Room) -> None:
    meet(room, "새벽", -150)
    meet(room, "밤", 9 * 60 + 15, 60)
    found = week(room)
    assert (found.begins, found.ends) == (6, 20)
    assert [each[1] for each in shown(found.columns[1].pieces)] == ["h0 m30", "h12 m15"]


def test_what_is_closed_is_cut_to_the_hours_shown(room: Room) -> None:
    on = MONDAY + timedelta(days=1)
    for opens, closes in ((0, 1440), (60, 120), (600, 660)):
        room.doctor.exceptions.create(
            kind="closed", first_on=on, last_on=on, opens_minute=opens, closes_minute=closes
        )
    column = week(room).columns[1]
    assert column.opened == []
    assert shown(column.pieces) == [
        (None, "h0 m0", "h9 m0 lane0 of1"),
        (None, "h1 m0", "h1 m0 lane0 of1"),
    ]


def test_meetings_at_once_stand_side_by_side(room: Room) -> None:
    meet(room, "가", 0, 60)
    meet(room, "나", 30, 60, overbook_reason="급함")
    meet(room, "다", 60, 30)
    meet(room, "라", 90, 15)
    for n in range(5):
        meet(room, f"함께 {n}", 120, 30, overbook_reason="급함")
    pieces = week(room).columns[1].pieces
    assert [(name, size.split()[2:]) for name, _place, size in shown(pieces)] == [
        ("가", ["lane0", "of2"]),
        ("나", ["lane1", "of2"]),
        ("다", ["lane0", "of2"]),
        ("라", ["lane0", "of1"]),
        *((f"함께 {n}", [f"lane{min(n, 3)}", "of4"]) for n in range(5)),
    ]
    assert [piece.is_short for piece in pieces[:4]] == [False, False, False, True]


def test_what_is_over_or_never_was_is_not_shown(room: Room) -> None:
    meet(room, "취소", 0, status="cancelled")
    meet(room, "지난", 30, status="pending", hold_expires_at=NOW)
    meet(room, "맡음", 60, status="pending", hold_expires_at=NOW + timedelta(minutes=1))
    assert [each[0] for each in shown(week(room).columns[1].pieces)] == ["맡음"]


def test_the_line_of_now_is_in_todays_column_while_its_hour_is_shown(room: Room) -> None:
    lines = [column.now for column in week(room, at=NOW + timedelta(minutes=75)).columns]
    assert [line and line.place for line in lines] == ["h1 m15", *[None] * 6]
    lines = [column.now for column in week(room, at=NOW + timedelta(hours=9)).columns]
    assert lines == [None] * 7


def test_the_clock_is_the_readers_also_when_it_is_turned(room: Room) -> None:
    """Nine in Seoul is seven the evening before in New York, from the 14th on eight."""
    with timezone.override("America/New_York"):
        found = week(room, first=date(2027, 3, 8))
    assert (found.begins, found.ends) == (9, 23)
    assert [column.opened[0].first for column in found.columns] == [*[19 * 60] * 6, 20 * 60]


def test_a_meeting_over_midnight_is_cut_there(room: Room) -> None:
    meet(room, "밤샘", 14 * 60 + 30, 90)
    columns = week(room).columns
    assert [len(column.pieces) for column in columns[1:3]] == [1, 0]
    assert (columns[1].pieces[0].first, columns[1].pieces[0].last) == (23 * 60 + 30, 24 * 60)


@pytest.mark.parametrize("path", ["/reservation/week/", "/reservation/week/2027-03-07/"])
def test_the_week_is_this_one_unless_another_is_asked_for(
    room: Room, seoyun: Member, enter: Enter, path: str
) -> None:
    context = enter(seoyun).get(path).context
    assert [context[name] for name in ("first", "last", "before", "after", "is_now")] == [
        MONDAY,
        date(2027, 3, 7),
        date(2027, 2, 22),
        date(2027, 3, 8),
        True,
    ]


def test_the_page_leads_to_each_meeting(room: Room, seoyun: Member, enter: Enter) -> None:
    row = meet(room, "윤지우", 0, service=room.service)
    meet(room, "", 60, 15, status="noshow")
    on = MONDAY + timedelta(days=2)
    room.doctor.exceptions.create(kind="closed", first_on=on, last_on=on, reason="휴가")
    room.schedule.exceptions.create(
        kind="closed", first_on=MONDAY, last_on=MONDAY, opens_minute=600, closes_minute=660
    )
    text = enter(seoyun).get("/reservation/week/").content.decode()
    for words in (
        f'href="/reservation/day/2027-03-02/#r-{row.uid}"',
        "윤지우",
        "(이름 지움)",
        "오지 않음",
        "하루 종일 닫음 · 휴가",
        "오전 11:00까지 닫음 · 학습 상담",
        "style=",
    ):
        assert (words in text) is (words != "style=")


def test_one_doctor_does_not_see_anothers_week(room: Room, jiho: Member, enter: Enter) -> None:
    Doctor.objects.create(name="정지호", member=jiho)
    meet(room, "윤지우", 0)
    answer = enter(jiho).get("/reservation/week/")
    assert (answer.status_code, "윤지우" in answer.content.decode()) == (200, False)


@pytest.mark.parametrize("handle", ["hana", "gwanu", "jiho"])
def test_only_doctors_have_such_a_week(
    request: pytest.FixtureRequest, room: Room, enter: Enter, handle: str
) -> None:
    """Jiho holds the role, and nobody has made a doctor of him yet."""
    answer = enter(request.getfixturevalue(handle)).get("/reservation/week/")
    assert answer.status_code == 403


@pytest.mark.django_db
def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/reservation/week/")["Location"].startswith("/people/login/")


@pytest.mark.parametrize("on", ["yesterday", "2027-02-30", "9999-12-31", "0001-01-01"])
def test_what_is_no_day_of_this_age_cannot_be_read(
    room: Room, seoyun: Member, enter: Enter, on: str
) -> None:
    assert enter(seoyun).get(f"/reservation/week/{on}/").status_code == 400
